//! What belongs to a record, searched as its compartment: by whom, and what stays hidden from whom.

use serde_json::{Value, json};

use crate::harness::{Client, GENEROUS, Who, World};

fn put(world: &World, resources: &[Value]) {
    for resource in resources {
        let path = format!("/fhir/{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
        world.doctor().request("PUT", &path).fhir(resource).send().is(201);
    }
}

fn observation(id: &str, code: &str, rest: &Value) -> Value {
    let mut one = json!({ "resourceType": "Observation", "id": id, "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": code }] } });
    for (key, value) in rest.as_object().unwrap() {
        one[key] = value.clone();
    }
    one
}

fn filled() -> World {
    let world = World::with(&GENEROUS);
    let of = |patient: &str| json!({ "reference": format!("Patient/{patient}") });
    put(
        &world,
        &[
            json!({ "resourceType": "Patient", "id": "pa", "name": [{ "family": "Souza" }] }),
            json!({ "resourceType": "Patient", "id": "pb", "name": [{ "family": "Dias" }], "link": [{ "other": of("pa"), "type": "seealso" }] }),
            json!({ "resourceType": "Encounter", "id": "e", "status": "finished", "subject": of("pa"),
                "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" } }),
            observation("o1", "8480-6", &json!({ "subject": of("pa"), "encounter": { "reference": "Encounter/e" } })),
            observation(
                "o2",
                "8462-4",
                &json!({ "subject": of("pa"), "performer": [{ "reference": "Practitioner/dr" }] }),
            ),
            // Measured by the one, on the other: it belongs to both.
            observation("o3", "8480-6", &json!({ "subject": of("pb"), "performer": [of("pa")] })),
            observation("o4", "8480-6", &json!({ "subject": of("pb"), "device": { "reference": "Device/d" } })),
            json!({ "resourceType": "RelatedPerson", "id": "rp", "patient": of("pa") }),
            json!({ "resourceType": "Appointment", "id": "ap", "status": "booked", "start": "2026-08-01T10:00:00Z", "end": "2026-08-01T10:30:00Z",
                "participant": [{ "actor": of("pa"), "status": "accepted" }, { "actor": { "reference": "RelatedPerson/rp" }, "status": "accepted" }] }),
        ],
    );
    world
}

/// The matches of all pages, and the totals they say.
fn found(client: &Client, search: &str) -> Vec<String> {
    let mut path = format!("/fhir/{search}");
    let mut ids = Vec::new();
    loop {
        let bundle = client.get(&path).is(200).json();
        let entries = bundle["entry"].as_array().into_iter().flatten();
        ids.extend(entries.map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()));
        let links = bundle["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
            assert_eq!(bundle["total"], ids.len(), "{search}");
            ids.sort_unstable();
            return ids;
        };
        path = next["url"].as_str().unwrap().split_once("/fhir/").map(|(_, rest)| format!("/fhir/{rest}")).unwrap();
    }
}

#[test]
fn what_belongs_to_a_record_is_searched_in_its_compartment() {
    let world = filled();
    let table: &[(&str, &[&str])] = &[
        ("Patient/pa/Observation", &["o1", "o2", "o3"]),
        ("Patient/pa/Observation?_count=1", &["o1", "o2", "o3"]),
        ("Patient/pa/Observation?code=8480-6", &["o1", "o3"]),
        ("Patient/pa/Observation?code=8480-6&subject=Patient/pa", &["o1"]),
        ("Patient/pa/Observation?_filter=code%20eq%208462-4", &["o2"]),
        ("Patient/pb/Observation?_sort=-code", &["o3", "o4"]),
        ("Patient/pa/Patient", &["pa", "pb"]),
        ("Patient/pb/Patient?family=souza", &[]),
        ("Encounter/e/Observation", &["o1"]),
        ("Encounter/e/Encounter", &["e"]),
        ("Practitioner/dr/Observation?code=8462-4", &["o2"]),
        ("Device/d/Observation", &["o4"]),
        ("RelatedPerson/rp/Appointment", &["ap"]),
        ("RelatedPerson/rp/RelatedPerson", &["rp"]),
        ("Patient/pa/*", &["ap", "e", "o1", "o2", "o3", "pa", "pb", "rp"]),
        ("Patient/pa/*?_count=2&_sort=-_lastUpdated", &["ap", "e", "o1", "o2", "o3", "pa", "pb", "rp"]),
        ("Patient/pa/*?_type=Encounter,Observation", &["e", "o1", "o2", "o3"]),
        ("Patient/pa/*?_type=Observation&code=8462-4", &["o2"]),
        // Nobody of that id: as a search by the reference would find nothing.
        ("Patient/nobody/Observation", &[]),
        ("Patient/nobody/*", &[]),
        ("Device/pa/Observation", &[]),
    ];
    for (search, ids) in table {
        assert_eq!(&found(world.doctor(), search), ids, "{search}");
    }
    let bundle = world.doctor().get("/fhir/Patient/pa/Observation?code=8480-6&_count=1").is(200).json();
    for link in bundle["link"].as_array().unwrap() {
        assert!(link["url"].as_str().unwrap().contains("/fhir/Patient/pa/Observation?code=8480-6"), "{link}");
    }
    // A cursor is good for that compartment alone.
    let next = bundle["link"][1]["url"].as_str().unwrap().split_once("/fhir/").unwrap().1.to_owned();
    world.doctor().get(&format!("/fhir/{next}")).is(200);
    world.doctor().get(&format!("/fhir/{}", next.replace("Patient/pa/", "Patient/pb/"))).is(400);
    world.doctor().get(&format!("/fhir/{}", next.replace("Patient/pa/", ""))).is(400);

    let form = [("code", "8480-6"), ("_count", "1")];
    let posted =
        world.doctor().request("POST", "/fhir/Patient/pa/Observation/_search").form(&form).send().is(200).json();
    assert_eq!((&posted["total"], &posted["entry"][0]["resource"]["id"]), (&json!(2), &json!("o1")));
    assert!(!posted["link"].to_string().contains("8480-6"), "what came in a body stands in no link");
    let next = posted["link"][1]["url"].as_str().unwrap().split_once("/fhir/").unwrap().1.to_owned();
    assert_eq!(world.doctor().get(&format!("/fhir/{next}")).is(200).json()["entry"][0]["resource"]["id"], "o3");
    world.doctor().get(&format!("/fhir/{}", next.replace("Patient/pa/", "Patient/pb/"))).is(400);
    // In a batch as anywhere.
    let entry = json!({ "request": { "method": "GET", "url": "Patient/pa/Observation?code=8462-4" } });
    let batch = json!({ "resourceType": "Bundle", "type": "batch", "entry": [entry] });
    let answers = world.doctor().request("POST", "/fhir").fhir(&batch).send().is(200).json();
    assert_eq!(answers["entry"][0]["resource"]["total"], 1, "{answers}");
}

#[test]
fn what_has_no_compartment_is_named() {
    let world = filled();
    for (search, status, code) in [
        ("Patient/pa/Medication", 400, "search.value"),
        ("Patient/pa/*?_type=Medication", 400, "search.value"),
        ("Patient/pa/Observation?nonsense=1", 400, "search.unknown"),
        ("Patient/pa/Nonsense", 404, "no-route"),
        ("Patient/pa/$nonsense", 404, "no-route"),
        ("Observation/o1/Patient", 404, "no-route"),
        ("Nonsense/pa/Patient", 404, "no-such-type"),
        ("Patient/a_b/Observation", 404, "not-found"),
    ] {
        let outcome = world.doctor().get(&format!("/fhir/{search}")).is(status).json();
        assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], code, "{search}: {outcome}");
    }
    world.doctor().request("POST", "/fhir/Patient/pa/$nonsense").send().is(404);
    world.doctor().request("POST", "/fhir/Patient/pa/Observation").send().is(405);
}

#[test]
fn a_compartment_shows_nobody_more_than_a_search_does() {
    let world = filled();
    let own = world.patient.clone();
    let reference = json!({ "reference": format!("Patient/{own}") });
    put(&world, &[observation("own", "8480-6", &json!({ "subject": reference }))]);
    let patient = world.client(Who::Patient);
    assert_eq!(found(patient, &format!("Patient/{own}/Observation")), ["own"]);
    assert!(found(patient, "Patient/pa/Observation").is_empty(), "another's chart");
    assert!(found(patient, "Patient/pa/*").is_empty());
    assert!(found(patient, "Practitioner/dr/Observation").is_empty());
    // The desk sees appointments and no observations: of everything, what it may search.
    let desk = world.client(Who::Reception);
    desk.get("/fhir/Patient/pa/Observation").is(403);
    assert_eq!(found(desk, "Patient/pa/Appointment"), ["ap"]);
    desk.get("/fhir/Patient/pa/Appointment?reason-code=x").is(403);
    let all = found(desk, "Patient/pa/*");
    assert!(all.contains(&"ap".to_owned()) && !all.iter().any(|id| id.starts_with('o')), "{all:?}");
    world.client(Who::Auditor).get("/fhir/Patient/pa/Observation").is(403);
    // Found is journalled.
    world.doctor().get("/fhir/Encounter/e/Observation").is(200);
    let audit = world.client(Who::Auditor).get("/api/audit?event=search&limit=100").is(200).json();
    let seen = audit["items"].as_array().unwrap().iter().flat_map(|entry| entry["records"].as_array().unwrap().clone());
    assert!(seen.into_iter().any(|record| record["id"] == "o1" && record["type"] == "Observation"));
}

#[test]
fn a_clinicians_compartments_hold_their_care() {
    let mut world = filled();
    let mut environment = GENEROUS.to_vec();
    environment.push(("AROEIRA_ACCESS__CARE", "team"));
    world.server.end();
    let server = world.home.serve(&environment);
    world.again(server);
    let nurse = world.client(Who::Nurse);
    assert!(found(nurse, "Patient/pa/Observation").is_empty(), "no link, no chart");
    assert!(found(nurse, "Device/d/Observation").is_empty());
}
