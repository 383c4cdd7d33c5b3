//! `access.care = "team"`: a chart is opened by care or by break-glass, and by nothing one writes oneself.

use aroeira_clinic::{Asked, Care, Error, HistoryQuery, Precondition, RecordQuery, Refusal};
use serde_json::{Value, json};

use crate::house::{Cast, HOUR, fields, input, record, resource};

#[expect(clippy::needless_pass_by_value, reason = "results are written where they are made")]
fn outside<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Denied(Refusal::NotInCare))), "{result:?}");
}

fn encounter(patient: &str, practitioner: &str) -> Value {
    json!({"resourceType": "Encounter", "status": "in-progress", "class": {"code": "AMB"},
        "subject": {"reference": format!("Patient/{patient}")},
        "participant": [{"individual": {"reference": format!("Practitioner/{practitioner}")}}]})
}

/// Ana is in the doctor's care, with a record and an allergy; Bia in nobody's.
async fn team() -> (Cast, String) {
    let cast = Cast::with(Care::Team).await;
    let link = encounter(&cast.ana, &cast.doctor_id);
    cast.reception.fhir_create("Encounter", resource(&link)).await.unwrap();
    let id = cast.record().await;
    let allergies = json!({"allergies": [{"substance": "Dipirona"}], "version": 1});
    cast.doctor.amend_patient(&cast.ana, Precondition::None, input(allergies)).await.unwrap();
    (cast, id)
}

#[tokio::test]
async fn a_chart_is_closed_to_who_does_not_care_for_the_patient() {
    let (cast, id) = team().await;
    let other = &cast.other_doctor;
    outside(other.record(&id).await);
    assert_eq!(cast.last_entry().await.0, "denied");
    outside(other.record_history(&id).await);
    outside(other.record_in_chart(&id).await);
    outside(other.fhir_read("Composition", &id).await);
    outside(other.fhir_history("Composition", &id, &HistoryQuery::default()).await);
    outside(other.chart(&cast.ana, RecordQuery::default()).await);
    outside(other.create_record(input(record(&cast.ana)), None).await);
    assert_eq!(other.records(RecordQuery::default()).await.unwrap().total, 0);
    let seen = other.patient(&cast.ana).await.unwrap();
    assert!(seen.value.allergies.is_none() && seen.masked.contains(&"allergies"));
    // What they do not see they do not wipe out.
    let wiped = other.amend_patient(&cast.ana, Precondition::Any, input(json!({"allergies": [], "version": 2}))).await;
    assert_eq!(fields(&wiped.unwrap_err()), [("allergies".to_owned(), "masked")]);
    assert!(cast.doctor.record(&id).await.is_ok());
    assert_eq!(cast.doctor.records(RecordQuery::default()).await.unwrap().total, 1);
    assert_eq!(cast.doctor.patient(&cast.ana).await.unwrap().value.allergies.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_lets_themselves_in() {
    let (cast, id) = team().await;
    let (me, bia) = (&cast.doctor_id, &cast.bia);
    let ours = format!("Patient/{}", cast.ana);
    let author = json!([{"reference": format!("Practitioner/{me}")}]);
    let composition = |subject: &str, also: Value| {
        let mut body = json!({"resourceType": "Composition", "status": "final", "date": "2026", "title": "x",
            "type": {"text": "x"}, "subject": {"reference": subject}, "author": author});
        for (key, value) in also.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let bia_signs = json!({"author": [author[0], {"reference": format!("Patient/{bia}")}]});
    let bia_attests = json!({"attester": [{"mode": "personal", "party": {"reference": format!("Patient/{bia}")}}]});
    let member = |who: &str| json!({"member": {"reference": who}});
    let team = |subject: &str, more: &str| {
        json!({"resourceType": "CareTeam", "subject": {"reference": subject},
            "participant": [member(&format!("Practitioner/{me}")), member(more)]})
    };
    for body in [
        encounter(bia, me),
        team(&format!("Patient/{bia}"), &ours),
        // Beside a patient of theirs, Bia would come in.
        team(&ours, &format!("Patient/{bia}")),
        composition(&format!("Patient/{bia}"), json!({})),
        composition(&ours, bia_signs),
        composition(&ours, bia_attests),
    ] {
        let kind = body["resourceType"].as_str().unwrap().to_owned();
        outside(cast.doctor.fhir_create(&kind, resource(&body)).await);
        let mut put = body.clone();
        put["id"] = "x1".into();
        outside(cast.doctor.fhir_update(&kind, "x1", Precondition::None, || Ok(resource(&put))).await);
        let bundle = json!({"resourceType": "Bundle", "type": "transaction",
            "entry": [{"resource": body, "request": {"method": "POST", "url": kind}}]});
        outside(cast.doctor.import(resource(&bundle), "").await);
        outside(cast.doctor.chart(bia, RecordQuery::default()).await);
    }
    // Nor by moving what is theirs to her.
    let free = json!({"resourceType": "CareTeam", "id": "t1", "participant": [member(&format!("Practitioner/{me}"))]});
    cast.doctor.fhir_update("CareTeam", "t1", Precondition::None, || Ok(resource(&free))).await.unwrap();
    let mut moved = free.clone();
    moved["subject"] = json!({"reference": format!("Patient/{bia}")});
    outside(cast.doctor.fhir_update("CareTeam", "t1", Precondition::None, || Ok(resource(&moved))).await);
    outside(cast.doctor.chart(bia, RecordQuery::default()).await);
    assert!(cast.doctor.record(&id).await.is_ok());
}

#[tokio::test]
async fn break_glass_opens_a_chart_for_one_hour_in_sight_of_the_administrator() {
    let (cast, id) = team().await;
    let other = &cast.other_doctor;
    for reason in ["", "   ", "curto", "         x"] {
        assert_eq!(fields(&other.break_glass(&cast.ana, reason).await.unwrap_err())[0].0, "reason", "{reason:?}");
    }
    assert!(matches!(other.break_glass("nobody", "parada cardíaca").await, Err(Error::NotFound)));
    let opened = other.break_glass(&cast.ana, "parada cardíaca").await.unwrap();
    assert_eq!(opened.until.0 - opened.from.0, HOUR);
    assert!(other.record(&id).await.is_ok());
    assert_eq!(other.records(RecordQuery::default()).await.unwrap().total, 1);
    assert!(other.chart(&cast.ana, RecordQuery::default()).await.is_ok());
    outside(other.chart(&cast.bia, RecordQuery::default()).await);
    outside(crate::house::desk(&cast.clinic, "another", aroeira_clinic::Role::Doctor, None).record(&id).await);
    let seen = cast.admin.emergencies(None, None).await.unwrap();
    assert_eq!((seen.total, seen.items[0].user_id.as_str()), (1, &*cast.other_doctor_id));
    assert_eq!(seen.items[0].reason, "parada cardíaca");
    cast.place.pass(HOUR - 1);
    assert!(other.record(&id).await.is_ok());
    cast.place.pass(1);
    outside(other.record(&id).await);
    assert_eq!(other.records(RecordQuery::default()).await.unwrap().total, 0);
}

#[tokio::test]
async fn outside_their_care_a_clinician_sees_the_registration_and_no_container() {
    let (cast, _) = team().await;
    let mut body = crate::house::json(&cast.doctor.fhir_read("Patient", &cast.ana).await.unwrap().bytes);
    body["extension"] = json!([{"url": "http://x", "valueString": "segredo"}]);
    cast.doctor.fhir_update("Patient", &cast.ana, Precondition::None, || Ok(resource(&body))).await.unwrap();
    let other = &cast.other_doctor;
    let read = other.fhir_read("Patient", &cast.ana).await.unwrap();
    let version = other.fhir_vread("Patient", &cast.ana, read.version).await.unwrap();
    let history = other.fhir_history("Patient", &cast.ana, &HistoryQuery::default()).await.unwrap();
    let all = history.versions.iter().filter_map(|v| v.resource.as_ref()).chain([&read.bytes, &version.bytes]);
    assert!(all.into_iter().all(|bytes| !String::from_utf8_lossy(bytes).contains("segredo")));
    // What they did not see stays when they save the rest.
    let mut seen = crate::house::json(&read.bytes);
    seen["gender"] = "unknown".into();
    other.fhir_update("Patient", &cast.ana, Precondition::None, || Ok(resource(&seen))).await.unwrap();
    let kept = crate::house::json(&cast.doctor.fhir_read("Patient", &cast.ana).await.unwrap().bytes);
    assert_eq!((&kept["extension"], &kept["gender"]), (&body["extension"], &json!("unknown")));

    let about = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": format!("Patient/{}", cast.ana)}});
    for holder in [
        json!({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": about}]}),
        json!({"resourceType": "Parameters", "parameter": [{"name": "x", "resource": about}]}),
        json!({"resourceType": "Binary", "contentType": "text/plain", "data": "eA==",
            "securityContext": {"reference": format!("Patient/{}", cast.ana)}}),
    ] {
        let kind = holder["resourceType"].as_str().unwrap();
        let id = cast.doctor.fhir_create(kind, resource(&holder)).await.unwrap().id;
        assert!(cast.doctor.fhir_read(kind, &id).await.is_ok());
        outside(other.fhir_read(kind, &id).await);
        outside(other.fhir_create(kind, resource(&holder)).await);
        // Deleted it still spoke of her, and no history lists it.
        cast.doctor.fhir_delete(kind, &id, Precondition::None, None).await.unwrap();
        outside(other.fhir_vread(kind, &id, 1).await);
        let all = HistoryQuery::default();
        outside(other.fhir_history(kind, &id, &all).await);
        for page in [other.fhir_recent(Some(kind), &all).await, other.fhir_recent(None, &all).await] {
            let page = page.unwrap();
            assert!(page.versions.iter().all(|version| version.id != id), "{kind}");
        }
        assert_eq!(cast.doctor.fhir_recent(Some(kind), &all).await.unwrap().versions.len(), 2, "{kind}");
    }
}

#[tokio::test]
async fn a_plan_counts_nothing_outside_of_the_care() {
    let pairs = [("status".to_owned(), "final".to_owned()), ("type:missing".to_owned(), "false".to_owned())];
    let asked = Asked { pairs: &pairs, lenient: false, base: "", in_body: false, explained: true, within: None };
    let (cast, _) = team().await;
    let page = cast.other_doctor.fhir_search_of("Composition", asked).await.unwrap();
    let plan = page.plan.unwrap();
    assert_eq!((page.total, plan.looked_at, plan.driver.as_deref()), (Some(0), None, None));
    assert!(plan.conditions.iter().all(|one| one.rows.is_none()), "{plan:?}");
    // Where every chart is open, the rows are counted.
    let cast = Cast::with(Care::Open).await;
    cast.record().await;
    let plan = cast.other_doctor.fhir_search_of("Composition", asked).await.unwrap().plan.unwrap();
    let told: Vec<_> = plan.conditions.iter().map(|one| (one.name.as_str(), one.rows)).collect();
    assert_eq!((told, plan.looked_at), (vec![("status", Some(1)), ("(type or type:text)", None)], Some(1)));
    assert!(cast.doctor.fhir_search("Composition", &pairs, false, "").await.unwrap().plan.is_none());
}
