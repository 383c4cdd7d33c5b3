//! Patients: documents, uniqueness, allergies, what a save keeps.

use aroeira_clinic::{Conflict, Error, PatientQuery, Precondition, RecordQuery, Refusal, Validation};
use serde_json::{Value, json};

use crate::house::{CPF, Cast, V1, fields, input, json, resource};

fn cpf(value: &str) -> Value {
    json!([{"system": "http://rnds-fhir.saude.gov.br/NamingSystem/cpf", "value": value}])
}

#[tokio::test]
async fn a_cpf_is_right_and_one_patients_through_both_doors() {
    let cast = Cast::new().await;
    for wrong in ["529.982.247-24", "111.111.111-11", "5299822472", "５２９９８２２４７２５", "abc"] {
        let made = cast.reception.create_patient(input(json!({"name": "Caio", "cpf": wrong})), None).await;
        assert_eq!(fields(&made.unwrap_err()), [("cpf".to_owned(), "cpf")], "{wrong}");
        let body = json!({"resourceType": "Patient", "identifier": cpf(wrong)});
        let made = cast.doctor.fhir_create("Patient", resource(&body)).await;
        assert_eq!(fields(&made.unwrap_err())[0].1, "cpf", "{wrong}");
    }
    let taken = |result: Result<(), Error>| {
        assert!(matches!(result, Err(Error::Conflict(Conflict::Duplicate { field: "cpf" }))), "{result:?}");
    };
    let again = json!({"name": "Caio", "cpf": "529.982.247-25"});
    taken(cast.reception.create_patient(input(again), None).await.map(|_| ()));
    taken(cast.reception.amend_patient(&cast.bia, V1, input(json!({"cpf": CPF}))).await.map(|_| ()));
    let body = json!({"resourceType": "Patient", "identifier": cpf(CPF)});
    taken(cast.doctor.fhir_create("Patient", resource(&body)).await.map(|_| ()));
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": {"resourceType": "Patient", "id": "p9", "identifier": cpf(CPF)},
         "request": {"method": "PUT", "url": "Patient/p9"}}]});
    taken(cast.doctor.import(resource(&bundle), "").await.map(|_| ()));
    // Neither a second one beside, nor one that is no list, goes past the check.
    let mut two = cpf("11144477735");
    two.as_array_mut().unwrap().extend(cpf(CPF).as_array().unwrap().clone());
    for identifier in [two, cpf(CPF)[0].clone()] {
        let body = json!({"resourceType": "Patient", "identifier": identifier});
        assert!(matches!(cast.doctor.fhir_create("Patient", resource(&body)).await, Err(Error::Invalid(_))));
    }
    // Once the patient is deleted the number is free, and then the patient stays deleted.
    cast.reception.delete_patient(&cast.ana, V1, Some("duplicado")).await.unwrap();
    let new = json!({"name": "Ana Souza", "cpf": CPF});
    cast.reception.create_patient(input(new), None).await.unwrap();
    taken(cast.admin.restore_patient(&cast.ana, input(json!({"reason": "engano"}))).await.map(|_| ()));
}

#[tokio::test]
async fn dates_of_birth_are_days_that_were() {
    let cast = Cast::new().await;
    for date in [
        "0000-00-00",
        "1980-02-30",
        "1981-02-29",
        "1869-12-31",
        "2026-11-22",
        "9999-01-01",
        "1980",
        "29/02/1981",
        "1980-W01-1",
        "NaN",
    ] {
        let made = cast.reception.create_patient(input(json!({"name": "Caio", "birthDate": date})), None).await;
        assert_eq!(fields(&made.unwrap_err()), [("birthDate".to_owned(), "birth-date")], "{date}");
    }
    for date in ["29/02/1980", "1980-02-29", "2026-11-21"] {
        cast.reception.create_patient(input(json!({"name": "Caio", "birthDate": date})), None).await.unwrap();
    }
    for date in [json!("0000-00-00"), json!("1980-02-30"), json!(1980), json!("1980-02-28T10:00:00Z")] {
        let body = json!({"resourceType": "Patient", "birthDate": date});
        assert!(matches!(cast.doctor.fhir_create("Patient", resource(&body)).await, Err(Error::Invalid(_))), "{date}");
    }
    let by = |q: &str| PatientQuery { q: Some(q.into()), ..PatientQuery::default() };
    assert_eq!(cast.doctor.patients(by("29/02/1980")).await.unwrap().total, 3);
}

#[tokio::test]
async fn a_foreign_patient_is_saved_as_read_without_loss() {
    let cast = Cast::new().await;
    // A telephone without a system is none that R4 allows, and comes all the same.
    let lenient = cast.doctor.clone().validating(Validation::Lenient);
    let body = json!({"resourceType": "Patient", "id": "f1",
        "name": [{"use": "official", "family": "Walter", "given": ["Jan"], "prefix": ["Mr."]}],
        "birthDate": "1980", "gender": "male",
        "telecom": [{"system": "phone", "value": "555-1", "rank": 1, "period": {"start": "2020"}}, {"value": "x"}],
        "address": [{"line": ["1 Main St", "Apt 2"], "city": "Boston", "state": "Massachusetts", "postalCode": "02134",
                     "country": "US", "extension": [{"url": "http://x/geo", "valueString": "42"}]}]});
    lenient.fhir_update("Patient", "f1", Precondition::None, || Ok(resource(&body))).await.unwrap();
    let allergy = json!({"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/f1"},
        "criticality": "unable-to-assess", "reaction": [{"manifestation": [{"text": "Urticária"}]}]});
    let allergy_id = lenient.fhir_create("AllergyIntolerance", resource(&allergy)).await.unwrap().id;
    let mut seen = serde_json::to_value(cast.doctor.patient("f1").await.unwrap().value).unwrap();
    seen["sex"] = "other".into();
    cast.doctor.amend_patient("f1", V1, input(seen)).await.unwrap();
    let kept = json(&cast.doctor.fhir_read("Patient", "f1").await.unwrap().bytes);
    assert_eq!(kept["gender"], "other");
    for key in ["name", "birthDate", "telecom", "address"] {
        assert_eq!(kept[key], body[key], "{key}");
    }
    assert_eq!(cast.doctor.fhir_read("AllergyIntolerance", &allergy_id).await.unwrap().version, 1);
    // A number that is added leaves the others what they are.
    let contacts = json!([{"system": "phone", "value": "555-1"}, {"system": "email", "value": "a@b"}]);
    let amended =
        cast.doctor.amend_patient("f1", Precondition::Any, input(json!({"contacts": contacts, "version": 2}))).await;
    assert_eq!(fields(&amended.unwrap_err())[0].1, "phone");
    let contacts = json!([{"system": "email", "value": "a@b"}]);
    cast.doctor
        .amend_patient("f1", Precondition::Any, input(json!({"contacts": contacts, "version": 2})))
        .await
        .unwrap();
}

#[tokio::test]
async fn allergies_are_what_was_said_and_not_what_was_refuted() {
    let cast = Cast::new().await;
    let status = async || cast.doctor.patient(&cast.ana).await.unwrap().value.allergy_status;
    let say = async |body: Value| {
        let desk = &cast.doctor;
        let version = desk.patient(&cast.ana).await.unwrap().version;
        desk.amend_patient(&cast.ana, Precondition::Version(version), input(body)).await.unwrap().value
    };
    assert_eq!(status().await, "unknown");
    say(json!({"allergyStatus": "none"})).await;
    assert_eq!(status().await, "none");
    let known =
        say(json!({"allergies": [{"substance": "Dipirona", "reaction": "Edema", "criticality": "high"}]})).await;
    let list = known.allergies.unwrap();
    assert_eq!((known.allergy_status.as_str(), list.len()), ("known", 1));
    // Nobody says "none" over a list that is sent along.
    let both = json!({"allergyStatus": "none", "allergies": list, "version": 3});
    assert!(cast.doctor.amend_patient(&cast.ana, Precondition::Any, input(both)).await.is_err());
    // Nurses add, and take nothing away.
    let taken =
        cast.nurse.amend_patient(&cast.ana, Precondition::Any, input(json!({"allergies": [], "version": 3}))).await;
    assert!(matches!(taken, Err(Error::Denied(Refusal::Role))), "{taken:?}");
    let mut more = serde_json::to_value(&list).unwrap();
    more.as_array_mut().unwrap().push(json!({"substance": "Látex"}));
    cast.nurse
        .amend_patient(&cast.ana, Precondition::Any, input(json!({"allergies": more, "version": 3})))
        .await
        .unwrap();
    assert_eq!(cast.doctor.patient(&cast.ana).await.unwrap().value.allergies.unwrap().len(), 2);
    let id = list[0].id.clone().unwrap();
    let mut refuted = json(&cast.doctor.fhir_read("AllergyIntolerance", &id).await.unwrap().bytes);
    refuted["verificationStatus"] = json!({"coding": [{"code": "entered-in-error"}]});
    cast.doctor.fhir_update("AllergyIntolerance", &id, Precondition::None, || Ok(resource(&refuted))).await.unwrap();
    let left = cast.doctor.patient(&cast.ana).await.unwrap().value.allergies.unwrap();
    assert_eq!(left.iter().map(|a| a.substance.as_str()).collect::<Vec<_>>(), ["Látex"]);
    // Somebody else's allergy is not moved by naming it.
    let stolen = json!({"allergies": [{"id": id, "substance": "X"}], "version": 1});
    assert!(cast.doctor.amend_patient(&cast.bia, Precondition::None, input(stolen)).await.is_err());
}

#[tokio::test]
async fn lists_page_through_all_and_limits_hold() {
    let cast = Cast::new().await;
    for i in 0..7 {
        cast.reception.create_patient(input(json!({"name": format!("Zeca {i}")})), None).await.unwrap();
    }
    let mut query = PatientQuery { q: Some("zéca".into()), limit: Some(3), ..PatientQuery::default() };
    let mut names = Vec::new();
    loop {
        let page = cast.reception.patients(query.clone()).await.unwrap();
        assert_eq!(page.total, 7);
        names.extend(page.items.into_iter().map(|p| p.name));
        // Written meanwhile, before and after where the list stands.
        cast.reception.create_patient(input(json!({"name": "Zeca"})), None).await.unwrap();
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(names, (0..7).map(|i| format!("Zeca {i}")).collect::<Vec<_>>());
    for limit in [0, 101, u32::MAX] {
        let asked = PatientQuery { limit: Some(limit), ..PatientQuery::default() };
        assert_eq!(fields(&cast.doctor.patients(asked).await.unwrap_err())[0].0, "limit");
        let asked = RecordQuery { limit: Some(limit), ..RecordQuery::default() };
        assert_eq!(fields(&cast.doctor.records(asked).await.unwrap_err())[0].0, "limit");
    }
    for cursor in ["", "x", "🦀", "AAAA", "LjEuMQ.x"] {
        let asked = RecordQuery { cursor: Some(cursor.into()), ..RecordQuery::default() };
        assert_eq!(
            fields(&cast.doctor.records(asked).await.unwrap_err()),
            [("cursor".to_owned(), "cursor")],
            "{cursor}"
        );
    }
    for q in ["\"", "***", "NEAR(", "a AND", &"x".repeat(600)] {
        let asked = RecordQuery { q: Some(q.into()), ..RecordQuery::default() };
        let answer = cast.doctor.records(asked).await;
        assert!(matches!(answer, Ok(_) | Err(Error::Invalid(_))), "{q}: {answer:?}");
    }
}
