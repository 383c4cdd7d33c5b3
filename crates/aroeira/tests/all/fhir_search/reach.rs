//! What stays hidden from whom.

use serde_json::{Value, json};

use super::{filled, found, observation, put};
use crate::harness::{GENEROUS, Who, World, percent};

#[test]
fn nobody_finds_counts_or_sorts_by_what_they_cannot_see() {
    let world = filled(&GENEROUS);
    put(&world, &[observation("own", &world.patient, "8480-6", 130.0, "2026-01-01")]);
    put(
        &world,
        &[json!({ "resourceType": "Group", "id": "g", "type": "person", "actual": true,
        "member": [{ "entity": { "reference": format!("Patient/{}", world.patient) } }, { "entity": { "reference": "Patient/pa" } }] })],
    );
    let patient = world.client(Who::Patient);
    assert_eq!(found(patient, "Observation"), ["own"]);
    assert_eq!(found(patient, "Observation?code=8480-6&_sort=-date"), ["own"]);
    assert!(found(patient, "Observation?patient=pa").is_empty());
    assert!(found(patient, "Group").is_empty(), "a group would show each member the others");
    assert_eq!(found(patient, "Composition"), std::slice::from_ref(&world.record));
    let bundle = patient.get("/fhir/Observation?_include=Observation:patient").is(200).json();
    let with: Vec<&Value> = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]["id"]).collect();
    assert_eq!(with, [&json!("own"), &json!(world.patient)], "their own registration goes with it");
    patient.get("/fhir/Patient?_revinclude=Observation:patient").is(403);
    let draft = json!({ "patientId": world.patient, "title": "Rascunho", "type": "consultation", "date": "2026-03-04",
        "diagnosis": "x", "status": "draft" });
    world.doctor().post("/api/medical-records", &draft).is(201);
    let own = found(patient, "Composition?_sort=-_lastUpdated");
    assert_eq!(own, std::slice::from_ref(&world.record), "a draft is none of theirs");
    patient.get("/fhir/Patient?name=rosa").is(403);
    patient.get("/fhir/Observation?patient.name=rosa").is(403);

    let desk = world.client(Who::Reception);
    let bundle = desk.get("/fhir/Composition?_count=1").is(200);
    assert!(bundle.header("lgpd-masked").unwrap().contains("section"));
    let bundle = bundle.json();
    assert!(
        bundle["entry"][0]["resource"].get("section").is_none()
            && bundle["entry"][0]["resource"].get("title").is_none()
    );
    assert_eq!(found(desk, "Patient?family=souza"), ["pc"]);
    assert_eq!(found(desk, "Composition?patient.name=rosa"), std::slice::from_ref(&world.other_record));
    for hidden in [
        "Composition?title=consulta",
        "Composition?section=x",
        "Composition?_content=hipertensao",
        "Composition?_sort=title",
        "Composition?type=consultation",
        "Composition?_sort=type",
        "Composition?_tag=x",
        "Composition?type:missing=true&_security=x",
        "Observation?code=8480-6",
        "Patient?_has:Observation:patient:code=8480-6",
        "Patient?_revinclude=Observation:patient",
        "Encounter?reason-code=x",
        "Encounter?diagnosis.code=x",
    ] {
        desk.get(&format!("/fhir/{hidden}")).is(403);
    }
    let admin = world.client(Who::Admin);
    admin.get(&format!("/fhir/Patient?identifier={}", percent("52998224725"))).is(403);
    admin.get("/fhir/Patient?_sort=identifier").is(403);
    admin.get("/fhir/Patient?telecom=52998224725").is(403);
    admin.get("/fhir/Coverage?class-value=5").is(403);
    let text = admin.get("/fhir/Patient?_count=50").is(200).text();
    assert!(!text.contains("52998224725") && text.contains("***.982.247-**"), "the CPF is covered in a bundle too");

    let audit = world.client(Who::Auditor).get("/api/audit?event=search&limit=100").is(200).json();
    let seen = audit["items"].as_array().unwrap().iter().flat_map(|entry| entry["records"].as_array().unwrap().clone());
    assert!(
        seen.into_iter().any(|record| record["id"] == "own" && record["type"] == "Observation"),
        "what was shown is journalled"
    );
}

#[test]
fn a_clinician_finds_within_their_care_and_in_what_belongs_to_nobody() {
    let mut world = World::new();
    let condition =
        json!({ "resourceType": "Condition", "subject": { "reference": format!("Patient/{}", world.patient) } });
    world.doctor().request("POST", "/fhir/Condition").fhir(&condition).send().is(201);
    let mut environment = GENEROUS.to_vec();
    environment.push(("AROEIRA_ACCESS__CARE", "team"));
    world.server.end();
    let server = world.home.serve(&environment);
    world.again(server);
    let (own, other) = (world.record.clone(), world.other_record.clone());
    let nurse = world.client(Who::Nurse);
    assert!(found(nurse, "Composition").is_empty(), "no link, no chart");
    let mine = found(world.doctor(), "Composition");
    assert!(mine.contains(&own) && mine.contains(&other), "the author's own");
    assert!(found(nurse, "Condition").is_empty());
    assert!(
        found(nurse, &format!("Patient?_id={}&_has:Condition:patient:_lastUpdated=gt2000", world.patient)).is_empty()
    );
    assert_eq!(
        found(nurse, &format!("Patient?_id={}", world.patient)),
        [world.patient.clone()],
        "the registration is open"
    );
    assert!(!found(nurse, "Practitioner").is_empty(), "what belongs to nobody is everybody's");
    nurse.get("/fhir/Bundle").is(403);
    let with = nurse.get(&format!("/fhir/Patient?_id={}&_revinclude=Condition:patient", world.patient)).is(200).json();
    assert_eq!(with["entry"].as_array().unwrap().len(), 1, "what goes with a match is held to the same");
}
