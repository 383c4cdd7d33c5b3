//! Transaction bundles: whole or not at all, twice the same, and by nobody who may not.

use std::io::Read;

use aroeira_clinic::{Error, Precondition, Refusal};
use serde_json::{Value, json};

use crate::house::{Cast, fields, json, resource};

fn bundle(entries: &[(&str, &str, Value)]) -> aroeira_fhir::Resource {
    let entries: Vec<Value> = entries
        .iter()
        .map(|(method, url, body)| json!({"resource": body, "request": {"method": method, "url": url}}))
        .collect();
    resource(&json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
}

#[tokio::test]
async fn a_synthetic_chart_is_loaded_and_again_changes_nothing() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/synthea");
    let Ok(file) = std::fs::File::open(format!("{folder}/Fanny_Sipes_9c638f08.json.gz")) else {
        println!("skipped: no folder {folder}");
        return;
    };
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    let read = || aroeira_fhir::Resource::parse(&bytes, &aroeira_fhir::Limits::default()).unwrap();
    let cast = Cast::new().await;
    let operator = cast.house.operator(crate::house::SLUG).await.unwrap();
    let before = cast.entries().await;
    let (first, entries) = operator.import(read(), "").await.unwrap();
    assert!(first.entries > 20 && first.created == first.entries, "{first:?}");
    assert!(entries.iter().all(|entry| entry.status == 201 && entry.version == 1));
    assert_eq!(cast.entries().await, before + 2, "one entry for all of it");
    let (again, entries) = operator.import(read(), "").await.unwrap();
    assert_eq!((again.unchanged, again.created, again.updated), (again.entries, 0, 0));
    assert!(entries.iter().all(|entry| entry.status == 200 && entry.version == 1));
    for entry in &entries {
        let served = cast.doctor.fhir_read(&entry.kind, &entry.id).await.unwrap();
        assert!(served.masked.is_empty());
    }
    assert!(cast.auditor.verify().await.unwrap().ok);
}

#[tokio::test]
async fn one_bad_entry_keeps_all_of_them_out() {
    let cast = Cast::new().await;
    let good = |id: &str| json!({"resourceType": "Patient", "id": id, "name": [{"text": "P"}]});
    let bad = json!({"resourceType": "Patient", "id": "p2", "identifier": [
        {"system": "http://rnds-fhir.saude.gov.br/NamingSystem/cpf", "value": "1"}]});
    let made = cast.doctor.import(bundle(&[("PUT", "Patient/p1", good("p1")), ("PUT", "Patient/p2", bad)]), "").await;
    assert_eq!(fields(&made.unwrap_err())[0].1, "cpf");
    for id in ["p1", "p2"] {
        assert!(matches!(cast.doctor.fhir_read("Patient", id).await, Err(Error::NotFound)));
    }
    for broken in [
        json!({"resourceType": "Bundle", "type": "batch"}),
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "GET", "url": "Patient/x/y"}}]}),
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "DELETE", "url": "User/x"}}]}),
        json!({"resourceType": "Parameters"}),
    ] {
        assert!(matches!(cast.doctor.import(resource(&broken), "").await, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn who_may_not_write_does_not_import() {
    let cast = Cast::new().await;
    let condition = json!({"resourceType": "Condition", "id": "c1", "code": {"text": "x"}});
    let patient = json!({"resourceType": "Patient", "id": "p1", "name": [{"text": "P"}]});
    for desk in [&cast.patient, &cast.reception, &cast.admin, &cast.auditor] {
        let all = bundle(&[("PUT", "Patient/p1", patient.clone()), ("PUT", "Condition/c1", condition.clone())]);
        assert!(matches!(desk.import(all, "").await, Err(Error::Denied(Refusal::Role))));
        assert_eq!(cast.last_entry().await.0, "denied");
    }
    assert!(matches!(cast.doctor.fhir_read("Patient", "p1").await, Err(Error::NotFound)));
    cast.reception.import(bundle(&[("PUT", "Patient/p1", patient.clone())]), "").await.unwrap();
    // What is hidden from the importer stays.
    let mut rich = patient.clone();
    rich["extension"] = json!([{"url": "http://x", "valueString": "raça"}]);
    cast.doctor.fhir_update("Patient", "p1", Precondition::None, || Ok(resource(&rich))).await.unwrap();
    let mut renamed = patient.clone();
    renamed["name"][0]["text"] = "Q".into();
    cast.reception.import(bundle(&[("PUT", "Patient/p1", renamed)]), "").await.unwrap();
    let kept = json(&cast.doctor.fhir_read("Patient", "p1").await.unwrap().bytes);
    assert_eq!((&kept["extension"], &kept["name"][0]["text"]), (&rich["extension"], &json!("Q")));
    let mut sent = patient;
    sent["text"] = json!({"status": "generated", "div": "<div/>"});
    let refused = cast.reception.import(bundle(&[("PUT", "Patient/p1", sent)]), "").await;
    assert_eq!(fields(&refused.unwrap_err())[0].1, "masked");
}

#[tokio::test]
async fn an_amended_record_needs_its_author_and_a_reason_here_too() {
    let cast = Cast::new().await;
    let id = cast.record().await;
    let mut next = json(&cast.doctor.fhir_read("Composition", &id).await.unwrap().bytes);
    next["title"] = "Outra".into();
    let url = format!("Composition/{id}");
    let refused = cast.doctor.import(bundle(&[("PUT", &url, next.clone())]), "").await;
    assert_eq!(fields(&refused.unwrap_err())[0].1, "reason.required");
    next["meta"]["extension"] = json!([{"url": "urn:aroeira:fhir:reason", "valueString": "correção"}]);
    let refused = cast.other_doctor.import(bundle(&[("PUT", &url, next.clone())]), "").await;
    assert!(matches!(refused, Err(Error::Denied(Refusal::NotAuthor))));
    let (report, _) = cast.doctor.import(bundle(&[("PUT", &url, next)]), "").await.unwrap();
    assert_eq!(report.updated, 1);
    assert_eq!(cast.doctor.record(&id).await.unwrap().value.status, "amended");
}
