//! A marker word stands wherever something clinical can: none of it reaches RECEPTION or ADMIN, and nothing of another
//! patient reaches a PATIENT.

use std::fmt::Debug;

use aroeira_clinic::{Desk, Error, HistoryQuery, PatientQuery, Precondition, RecordQuery, Refusal, Validation};
use serde_json::{Value, json};

use crate::house::{CPF, Cast, fields, input, json, record, resource};

const MARK: &str = "zqxmarca";

fn marked() -> Value {
    json!({"text": MARK, "coding": [{"system": "http://loinc.org", "code": MARK, "display": MARK}]})
}

fn extension() -> Value {
    json!([{"url": "http://x/e", "valueString": MARK}])
}

fn narrative() -> Value {
    json!({"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{MARK}</div>")})
}

fn common(kind: &str, patient: &str) -> Value {
    json!({
        "resourceType": kind, "text": narrative(), "extension": extension(), "modifierExtension": extension(),
        "contained": [{"resourceType": "Condition", "code": marked()}], "language": MARK,
        "meta": {"tag": [{"code": MARK}], "security": [{"code": MARK}], "source": format!("http://{MARK}"),
                 "extension": extension()},
        "subject": {"reference": format!("Patient/{patient}"), "extension": extension()},
        "note": [{"text": MARK}], "reasonCode": [marked()], "reasonReference": [{"display": MARK}],
        "serviceType": [marked()], "priority": MARK
    })
}

async fn plant(cast: &Cast) -> Vec<(&'static str, String)> {
    let ana = &cast.ana;
    // The marker also stands where nothing valid would have it.
    let doctor = cast.doctor.clone().validating(Validation::Lenient);
    let mut rest = record(ana);
    for key in ["title", "diagnosis", "treatment", "notes"] {
        rest[key] = MARK.into();
    }
    rest["codes"] = json!([{"system": format!("http://{MARK}"), "code": MARK, "display": MARK}]);
    let rest = cast.doctor.create_record(input(rest), None).await.unwrap().value.id;
    let change = json!({"reason": MARK, "title": format!("{MARK} dois"), "priority": "CRITICAL"});
    cast.doctor.amend_record(&rest, Precondition::Any, input(change)).await.unwrap();
    let mut planted = vec![("Composition", rest)];

    let mut composition = common("Composition", ana);
    for (key, value) in json!({
        "status": "final", "date": "2026-11-20", "_date": {"extension": extension()}, "title": MARK, "category": [marked()],
        "confidentiality": MARK, "identifier": {"value": MARK},
        "type": {"text": MARK, "coding": [{"system": "http://loinc.org", "code": MARK, "display": MARK},
                 {"system": "urn:aroeira:fhir:record-type", "code": MARK},
                 {"system": "urn:aroeira:fhir:record-type", "code": "exam", "display": MARK, "version": MARK}]},
        "subject": {"reference": format!("Patient/{ana}"), "display": MARK, "id": MARK, "type": MARK,
                    "identifier": {"value": MARK}, "extension": extension()},
        "author": [{"reference": format!("Practitioner/{}", cast.doctor_id), "display": MARK, "extension": extension()},
                   {"display": MARK}, {"reference": format!("#{MARK}")}],
        "attester": [{"mode": "legal", "party": {"display": MARK}}], "custodian": {"display": MARK},
        "relatesTo": [{"code": MARK}], "event": [{"code": [marked()], "detail": [{"display": MARK}]}],
        "section": [{"title": MARK, "code": marked(), "text": narrative(), "entry": [{"display": MARK}],
                     "section": [{"title": MARK}]}],
    }).as_object().unwrap() {
        composition[key] = value.clone();
    }
    composition["meta"]["profile"] = json!([format!("http://{MARK}")]);
    let served = doctor.fhir_create("Composition", resource(&composition)).await.unwrap();
    planted.push(("Composition", served.id));

    let mut encounter = common("Encounter", ana);
    encounter["status"] = "finished".into();
    encounter["type"] = json!([marked()]);
    encounter["diagnosis"] = json!([{"condition": {"display": MARK}}]);
    encounter["hospitalization"] = json!({"dischargeDisposition": marked()});
    encounter["period"] =
        json!({"start": "2026-11-20", "extension": extension(), "_start": {"extension": extension()}});
    planted.push(("Encounter", doctor.fhir_create("Encounter", resource(&encounter)).await.unwrap().id));

    let mut appointment = common("Appointment", ana);
    for key in ["description", "comment", "patientInstruction"] {
        appointment[key] = MARK.into();
    }
    appointment["status"] = "cancelled".into();
    appointment["cancelationReason"] = marked();
    appointment["participant"] =
        json!([{"status": "accepted", "actor": {"reference": format!("Patient/{ana}"), "extension": extension()}}]);
    planted.push(("Appointment", doctor.fhir_create("Appointment", resource(&appointment)).await.unwrap().id));

    let mut coverage = common("Coverage", ana);
    coverage["status"] = "active".into();
    coverage["beneficiary"] = json!({"reference": format!("Patient/{ana}"), "extension": extension()});
    planted.push(("Coverage", doctor.fhir_create("Coverage", resource(&coverage)).await.unwrap().id));

    for kind in ["Condition", "Observation", "AllergyIntolerance", "DiagnosticReport", "Binary", "Bundle", "Basic"] {
        let mut body = common(kind, ana);
        body["code"] = marked();
        body["patient"] = json!({"reference": format!("Patient/{ana}")});
        planted.push((kind, doctor.fhir_create(kind, resource(&body)).await.unwrap().id));
    }

    // Ana herself carries a few as well.
    let stored = json(&doctor.fhir_read("Patient", &cast.ana).await.unwrap().bytes);
    let mut patient = stored.clone();
    for (key, value) in common("Patient", ana).as_object().unwrap() {
        if key != "resourceType" && key != "meta" && key != "subject" {
            patient[key] = value.clone();
        }
    }
    patient["meta"]["tag"] = json!([{"code": MARK}]);
    patient["name"][0]["extension"] = extension();
    patient["name"][0]["_text"] = json!({"extension": extension()});
    patient["photo"] = json!([{"title": MARK}]);
    let put = doctor.fhir_update("Patient", ana, Precondition::None, || Ok(resource(&patient))).await;
    put.unwrap();
    planted.push(("Patient", cast.ana.clone()));
    planted
}

#[track_caller]
fn clean<T: Debug>(what: &str, answer: &Result<T, Error>) {
    let said = format!("{answer:?}");
    // Bytes are shown as numbers: they are looked at by `clean_bytes`.
    assert!(!said.contains(MARK), "{what}: {said}");
}

#[track_caller]
fn clean_bytes(what: &str, bytes: &[u8]) {
    let said = String::from_utf8_lossy(bytes);
    assert!(!said.contains(MARK), "{what}: {said}");
}

async fn look_everywhere(cast: &Cast, desk: &Desk, planted: &[(&'static str, String)]) {
    let ana = &cast.ana;
    for sort in [None, Some("date"), Some("-updated")] {
        let query = RecordQuery { sort: sort.map(str::to_owned), ..RecordQuery::default() };
        clean("records", &desk.records(query.clone()).await);
        clean("chart", &desk.chart(ana, query).await);
    }
    clean("patients", &desk.patients(PatientQuery::default()).await);
    clean("patient", &desk.patient(ana).await);
    clean("patient history", &desk.patient_history(ana).await);
    for (kind, id) in planted {
        clean("record", &desk.record(id).await);
        clean("record in chart", &desk.record_in_chart(id).await);
        clean("print", &desk.print_record(id).await);
        clean("record history", &desk.record_history(id).await);
        match desk.fhir_read(kind, id).await {
            Ok(served) => {
                clean_bytes("read", &served.bytes);
                assert!(!served.masked.is_empty());
                assert!(String::from_utf8_lossy(&served.bytes).contains("MASKED"), "{kind}");
            }
            refused => clean("read", &refused),
        }
        for version in 1..=3 {
            match desk.fhir_vread(kind, id, version).await {
                Ok(served) => clean_bytes("vread", &served.bytes),
                refused => clean("vread", &refused),
            }
        }
        match desk.fhir_history(kind, id, &HistoryQuery::default()).await {
            Ok(page) => {
                page.versions.iter().filter_map(|v| v.resource.as_ref()).for_each(|b| clean_bytes("history", b));
            }
            refused => clean("history", &refused),
        }
    }
}

#[tokio::test]
async fn nothing_clinical_reaches_reception_or_the_administrator() {
    let cast = Cast::new().await;
    let planted = plant(&cast).await;
    assert!(String::from_utf8_lossy(&cast.doctor.fhir_read("Patient", &cast.ana).await.unwrap().bytes).contains(MARK));
    for desk in [&cast.reception, &cast.admin] {
        look_everywhere(&cast, desk, &planted).await;
    }
    // A deleted record is restored by who sees none of it.
    let id = &planted[0].1;
    cast.doctor.delete_record(id, Precondition::Any, Some(MARK)).await.unwrap();
    clean("history of a deleted one", &cast.admin.record_history(id).await);
    clean("restore", &cast.admin.restore_record(id, input(json!({"reason": "engano"}))).await);
    let back = cast.doctor.record(id).await.unwrap();
    assert!(back.value.title.contains(MARK) && back.masked.is_empty());
    look_everywhere(&cast, &cast.admin, &planted).await;
}

#[tokio::test]
async fn of_a_record_reception_sees_that_it_exists() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    let seen = cast.reception.record(&id).await.unwrap();
    let value = &seen.value;
    assert_eq!(
        (value.patient_id.as_str(), value.kind.as_str(), value.date.as_str()),
        (&*cast.ana, "consultation", "2026-11-20")
    );
    assert_eq!((value.status.as_str(), value.author_id.as_str()), ("final", &*cast.doctor_id));
    for text in [&value.title, &value.diagnosis, &value.treatment, &value.notes, &value.priority] {
        assert_eq!(text, "***");
    }
    assert!(value.codes.is_none() && value.reason.is_none());
    assert!(["title", "diagnosis", "treatment", "notes", "codes"].iter().all(|name| seen.masked.contains(name)));
}

#[tokio::test]
async fn what_is_hidden_cannot_be_searched_sorted_or_counted() {
    let cast = Cast::new().await;
    cast.record().await;
    let hidden = |q: RecordQuery| q;
    for query in [
        hidden(RecordQuery { q: Some("hipertensao".into()), ..RecordQuery::default() }),
        hidden(RecordQuery { priority: Some("HIGH".into()), ..RecordQuery::default() }),
        hidden(RecordQuery { sort: Some("title".into()), ..RecordQuery::default() }),
        hidden(RecordQuery { sort: Some("-title".into()), ..RecordQuery::default() }),
        hidden(RecordQuery { sort: Some("-priority".into()), ..RecordQuery::default() }),
    ] {
        for desk in [&cast.reception, &cast.admin] {
            let refused = |e: Error| matches!(e, Error::Denied(Refusal::HiddenField));
            assert!(refused(desk.records(query.clone()).await.unwrap_err()), "{query:?}");
            assert!(refused(desk.chart(&cast.ana, query.clone()).await.unwrap_err()), "{query:?}");
        }
        assert_eq!(cast.doctor.records(query).await.unwrap().total, 1);
    }
    let by = |q: &str| PatientQuery { q: Some(q.into()), ..PatientQuery::default() };
    for cpf in [CPF, "529.982.247-25", "529", "982.247", "***.982.247-**"] {
        assert!(matches!(cast.admin.patients(by(cpf)).await, Err(Error::Denied(Refusal::HiddenField))), "{cpf}");
    }
    assert_eq!(cast.reception.patients(by("529.982.247-25")).await.unwrap().total, 1);
    assert_eq!(cast.admin.patients(by("souza")).await.unwrap().total, 1);
}

#[tokio::test]
async fn the_cpf_is_masked_through_both_doors_for_the_administrator() {
    let cast = Cast::new().await;
    let seen = cast.admin.patient(&cast.ana).await.unwrap();
    assert_eq!(seen.value.cpf, "***.982.247-**");
    assert!(seen.masked.contains(&"cpf"));
    let other = json!({"resourceType": "Practitioner", "id": "p1", "name": [{"text": "Dr. Z"}],
        "identifier": [{"system": "urn:oid:2.16.840.1.113883.13.237", "value": CPF}],
        "qualification": [{"identifier": [{"value": CPF}], "code": {"text": "Clínica"}}]});
    cast.doctor.fhir_update("Practitioner", "p1", Precondition::None, || Ok(resource(&other))).await.unwrap();
    for (kind, id) in [("Patient", cast.ana.as_str()), ("Practitioner", "p1")] {
        let served = cast.admin.fhir_read(kind, id).await.unwrap();
        let text = String::from_utf8(served.bytes.to_vec()).unwrap();
        assert!(!text.contains(CPF) && text.contains("***.982.247-**") && served.masked.contains(&"cpf"), "{text}");
    }
    // Nor does a patient read that of a professional.
    let served = cast.patient.fhir_read("Practitioner", "p1").await.unwrap();
    assert!(!String::from_utf8(served.bytes.to_vec()).unwrap().contains(CPF));
    let own = cast.patient.fhir_read("Patient", &cast.ana).await.unwrap();
    assert!(String::from_utf8(own.bytes.to_vec()).unwrap().contains(CPF));
    // Saved as it was read, every digit stays; another value is refused.
    let mut sent = json(&cast.admin.fhir_read("Practitioner", "p1").await.unwrap().bytes);
    sent["active"] = true.into();
    cast.admin.fhir_update("Practitioner", "p1", Precondition::None, || Ok(resource(&sent))).await.unwrap();
    let kept = json(&cast.doctor.fhir_read("Practitioner", "p1").await.unwrap().bytes);
    assert_eq!(kept["qualification"], other["qualification"]);
    assert_eq!(kept["identifier"], other["identifier"]);
    sent["identifier"][0]["value"] = "11144477735".into();
    let put = cast.admin.fhir_update("Practitioner", "p1", Precondition::None, || Ok(resource(&sent))).await;
    assert_eq!(fields(&put.unwrap_err())[0].1, "masked");
}

#[tokio::test]
async fn masked_values_sent_back_change_nothing_and_others_are_refused() {
    let cast = Cast::new().await;
    plant(&cast).await;
    let before = json(&cast.doctor.fhir_read("Patient", &cast.ana).await.unwrap().bytes);
    let same = |after: &Value| {
        let without = |value: &Value| {
            let mut value = value.clone();
            value["meta"].as_object_mut().unwrap().retain(|key, _| key != "versionId" && key != "lastUpdated");
            value
        };
        assert_eq!(without(after), without(&before));
    };
    for desk in [&cast.admin, &cast.reception] {
        // Through FHIR, as it was read.
        let seen = json(&desk.fhir_read("Patient", &cast.ana).await.unwrap().bytes);
        desk.fhir_update("Patient", &cast.ana, Precondition::None, || Ok(resource(&seen))).await.unwrap();
        same(&json(&cast.doctor.fhir_read("Patient", &cast.ana).await.unwrap().bytes));
        // Through the view, as it was read.
        let seen = desk.patient(&cast.ana).await.unwrap().value;
        let seen = serde_json::to_value(&seen).unwrap();
        desk.amend_patient(&cast.ana, Precondition::Any, input(seen)).await.unwrap();
        same(&json(&cast.doctor.fhir_read("Patient", &cast.ana).await.unwrap().bytes));
        // A value of their own is refused by both.
        let seen = json(&desk.fhir_read("Patient", &cast.ana).await.unwrap().bytes);
        for (pointer, value) in
            [("text", narrative()), ("photo", json!([])), ("extension", extension()), ("contained", json!([]))]
        {
            let mut sent = seen.clone();
            sent[pointer] = value;
            let put = desk.fhir_update("Patient", &cast.ana, Precondition::None, || Ok(resource(&sent))).await;
            assert_eq!(fields(&put.unwrap_err()), [(format!("Patient.{pointer}"), "masked")]);
        }
        let amended = desk.amend_patient(&cast.ana, Precondition::Any, input(json!({"allergies": []}))).await;
        assert_eq!(fields(&amended.unwrap_err()), [("allergies".into(), "masked")]);
    }
    for cpf in ["111.444.777-35", "529.982.247-25", "", "***.444.777-**"] {
        let amended = cast.admin.amend_patient(&cast.ana, Precondition::Any, input(json!({"cpf": cpf}))).await;
        assert_eq!(fields(&amended.unwrap_err()), [("cpf".into(), "masked")], "{cpf}");
    }
    // An edit beside a hidden part keeps that part.
    let mut seen = json(&cast.reception.fhir_read("Patient", &cast.ana).await.unwrap().bytes);
    seen["name"][0]["text"] = "Ana Maria Souza".into();
    cast.reception.fhir_update("Patient", &cast.ana, Precondition::None, || Ok(resource(&seen))).await.unwrap();
    let after = json(&cast.doctor.fhir_read("Patient", &cast.ana).await.unwrap().bytes);
    assert_eq!(after["name"][0]["text"], "Ana Maria Souza");
    assert_eq!(after["name"][0]["extension"], extension());
    // Taking the CPF out is no way to change it.
    let mut seen = json(&cast.admin.fhir_read("Patient", &cast.ana).await.unwrap().bytes);
    seen.as_object_mut().unwrap().remove("identifier");
    cast.admin.fhir_update("Patient", &cast.ana, Precondition::None, || Ok(resource(&seen))).await.unwrap();
    assert_eq!(cast.doctor.patient(&cast.ana).await.unwrap().value.cpf, "529.982.247-25");
}

#[expect(clippy::needless_pass_by_value, reason = "results are written where they are made")]
fn hidden<T: Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
}

#[tokio::test]
async fn a_patient_sees_their_own_chart_and_nothing_tells_of_others() {
    let cast = Cast::new().await;
    let own = cast.record().await;
    let other = cast.doctor.create_record(input(record(&cast.bia)), None).await.unwrap().value.id;
    let me = &cast.patient;
    assert_eq!(me.record(&own).await.unwrap().value.diagnosis, "Hipertensão");
    assert_eq!(me.patient(&cast.ana).await.unwrap().value.cpf, "529.982.247-25");
    hidden(me.record(&other).await);
    assert_eq!(cast.last_entry().await, ("denied".to_owned(), vec![format!("Composition/{other}")]));
    hidden(me.record_history(&other).await);
    hidden(me.record_in_chart(&other).await);
    hidden(me.fhir_read("Composition", &other).await);
    hidden(me.fhir_vread("Composition", &other, 1).await);
    hidden(me.fhir_history("Composition", &other, &HistoryQuery::default()).await);
    hidden(me.patient(&cast.bia).await);
    hidden(me.patient_history(&cast.bia).await);
    hidden(me.fhir_read("Patient", &cast.bia).await);
    hidden(me.chart(&cast.bia, RecordQuery::default()).await);
    let page = me.records(RecordQuery::default()).await.unwrap();
    assert_eq!((page.total, page.items.len()), (1, 1));
    for query in [
        RecordQuery { patient_id: Some(cast.bia.clone()), ..RecordQuery::default() },
        RecordQuery { q: Some("bia".into()), ..RecordQuery::default() },
    ] {
        assert_eq!(me.records(query).await.unwrap().total, 0);
    }
    // A deleted record of somebody else is as unknown as any, and so is one that never was.
    cast.doctor.delete_record(&other, Precondition::Any, Some("duplicado")).await.unwrap();
    hidden(me.record(&other).await);
    hidden(me.record("none").await);
}

#[tokio::test]
async fn a_patient_sees_no_draft_not_even_of_the_past() {
    let cast = Cast::new().await;
    let id = cast.draft().await;
    let me = &cast.patient;
    hidden(me.record(&id).await);
    hidden(me.fhir_read("Composition", &id).await);
    hidden(me.fhir_history("Composition", &id, &HistoryQuery::default()).await);
    assert_eq!(me.records(RecordQuery::default()).await.unwrap().total, 0);
    assert_eq!(me.chart(&cast.ana, RecordQuery::default()).await.unwrap().timeline.total, 0);
    let done = json!({"status": "final", "diagnosis": "Nada grave", "codes": [], "version": 1});
    cast.doctor.amend_record(&id, Precondition::None, input(done)).await.unwrap();
    assert_eq!(me.record(&id).await.unwrap().value.diagnosis, "Nada grave");
    let history = me.record_history(&id).await.unwrap().value;
    assert!(!format!("{history:?}").contains("Hipertensão"), "the draft said so");
    hidden(me.fhir_vread("Composition", &id, 1).await);
    assert_eq!(me.fhir_history("Composition", &id, &HistoryQuery::default()).await.unwrap().versions.len(), 1);
    // A draft thrown away was never theirs to know of; a record deleted is closed with its past.
    let thrown = cast.draft().await;
    cast.doctor.delete_record(&thrown, Precondition::Any, Some("engano")).await.unwrap();
    hidden(me.record(&thrown).await);
    hidden(me.record_history(&thrown).await);
    cast.doctor.delete_record(&id, Precondition::Any, Some("paciente errado")).await.unwrap();
    assert!(matches!(me.record_history(&id).await, Err(Error::Gone)));
    assert!(matches!(me.fhir_history("Composition", &id, &HistoryQuery::default()).await, Err(Error::Gone)));
    assert!(matches!(me.fhir_vread("Composition", &id, 2).await, Err(Error::Gone)));
}

#[tokio::test]
async fn what_names_several_patients_is_shown_to_none_of_them() {
    let cast = Cast::new().await;
    let (ana, bia) = (format!("Patient/{}", cast.ana), format!("Patient/{}", cast.bia));
    let me = &cast.patient;
    let group = json!({"resourceType": "Group", "type": "person", "actual": true,
        "member": [{"entity": {"reference": ana}}, {"entity": {"reference": bia}}]});
    let group = cast.doctor.fhir_create("Group", resource(&group)).await.unwrap().id;
    hidden(me.fhir_read("Group", &group).await);
    // Signed by Ana, about Bia.
    let about = json!({"resourceType": "Composition", "status": "final", "date": "2026-11-20", "title": "De Bia",
        "type": {"text": "x"}, "subject": {"reference": bia}, "author": [{"reference": ana}]});
    let about = cast.doctor.fhir_create("Composition", resource(&about)).await.unwrap().id;
    hidden(me.fhir_read("Composition", &about).await);
    hidden(me.record(&about).await);
    assert_eq!(me.records(RecordQuery::default()).await.unwrap().total, 0);
    // Linked to Ana, and Bia all the same.
    let mut linked = json(&cast.doctor.fhir_read("Patient", &cast.bia).await.unwrap().bytes);
    linked["link"] = json!([{"other": {"reference": ana}, "type": "seealso"}]);
    cast.doctor.fhir_update("Patient", &cast.bia, Precondition::None, || Ok(resource(&linked))).await.unwrap();
    hidden(me.fhir_read("Patient", &cast.bia).await);
    hidden(me.patient(&cast.bia).await);
    // An observation that was Bia's once stays closed in that version.
    let mut seen = json!({"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "de Bia"},
        "subject": {"reference": bia}});
    let put = cast.doctor.fhir_update("Observation", "o1", Precondition::None, || Ok(resource(&seen))).await;
    put.unwrap();
    seen["subject"]["reference"] = ana.into();
    cast.doctor.fhir_update("Observation", "o1", Precondition::None, || Ok(resource(&seen))).await.unwrap();
    assert!(me.fhir_read("Observation", "o1").await.is_ok());
    hidden(me.fhir_vread("Observation", "o1", 1).await);
    assert_eq!(me.fhir_history("Observation", "o1", &HistoryQuery::default()).await.unwrap().versions.len(), 1);
    // Documents that belong to nobody are nobody's to a patient.
    let bundle = json!({"resourceType": "Bundle", "type": "collection"});
    let bundle = cast.doctor.fhir_create("Bundle", resource(&bundle)).await;
    hidden(me.fhir_read("Bundle", &bundle.unwrap().id).await);
}

#[tokio::test]
async fn a_patient_of_another_server_is_none_of_ours() {
    let cast = Cast::new().await;
    let foreign = format!("https://elsewhere.example/fhir/Patient/{}", cast.ana);
    let body = json!({"resourceType": "Composition", "status": "final", "date": "2026-11-20", "title": "Alheia",
        "type": {"text": "x"}, "subject": {"reference": foreign}, "author": [{"display": "Alguém"}]});
    let id = cast.doctor.fhir_create("Composition", resource(&body)).await.unwrap().id;
    hidden(cast.patient.record(&id).await);
    assert_eq!(cast.doctor.chart(&cast.ana, RecordQuery::default()).await.unwrap().timeline.total, 0);
    assert_eq!(cast.doctor.record(&id).await.unwrap().value.patient_id, "");
    let allergy = json!({"resourceType": "AllergyIntolerance", "patient": {"reference": foreign}, "code": {"text": "Látex"},
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
            "code": "active"}]}});
    cast.doctor.fhir_create("AllergyIntolerance", resource(&allergy)).await.unwrap();
    assert_eq!(cast.doctor.patient(&cast.ana).await.unwrap().value.allergy_status, "unknown");
}
