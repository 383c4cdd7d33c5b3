//! Search parameters of a clinic's own.

use serde_json::{Value, json};

use super::{filled, found, observation, patient, put};
use crate::harness::{Client, GENEROUS, Who};

fn parameter(id: &str, code: &str, kind: &str, base: &[&str], expression: &str) -> Value {
    json!({ "resourceType": "SearchParameter", "id": id, "url": format!("urn:own:{id}"), "name": code, "status": "active",
        "description": code, "code": code, "type": kind, "base": base, "expression": expression })
}

/// Waits until the index of a parameter is whole.
fn indexed(client: &Client, id: &str) -> Value {
    loop {
        let status = client.get(&format!("/fhir/SearchParameter/{id}/$reindex")).is(200).json();
        let named = |name: &str| {
            status["parameter"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
        };
        match named("state")["valueCode"].as_str().unwrap() {
            "ready" => return named("failed")["valueInteger"].clone(),
            "indexing" => std::thread::yield_now(),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_clinic_searches_by_parameters_of_its_own() {
    let world = filled(&GENEROUS);
    let doctor = world.doctor();
    doctor.get("/fhir/Observation?initial=A").is(400);
    put(
        &world,
        &[
            parameter("initial", "initial", "string", &["Patient"], "Patient.name.given.first().substring(0, 1)"),
            parameter("high", "high", "token", &["Observation"], "Observation.value.as(Quantity).value > 140"),
            parameter("half", "half", "quantity", &["Observation"], "Observation.value.as(Quantity)"),
            parameter("of-whom", "of-whom", "reference", &["Observation", "Condition"], "subject"),
            parameter("odd", "odd", "number", &["Observation"], "Observation.code.coding.code + 1"),
        ],
    );
    for id in ["initial", "high", "half", "of-whom"] {
        assert_eq!(indexed(doctor, id), 0, "{id}");
    }
    assert_eq!(indexed(doctor, "odd"), 5, "what an expression does not work on is counted");
    // What was there is found, and what is written from now on.
    put(
        &world,
        &[observation("o6", "pc", "8480-6", 141.0, "2026-03-01"), patient("pd", "Dias", "Áurea", "2000-01-01")],
    );
    let table: &[(&str, &[&str])] = &[
        ("Patient?_id=pa,pb,pc,pd&initial=a", &["pa", "pd"]),
        ("Patient?_id=pa,pb,pc,pd&initial:exact=%C3%81", &["pd"]),
        ("Patient?_id=pa,pb,pd&_sort=-initial", &["pb", "pa", "pd"]),
        ("Observation?high=true", &["o1", "o4", "o6"]),
        ("Observation?half=gt150", &["o4"]),
        ("Observation?half=gt15%7Chttp://unitsofmeasure.org%7Ccm[Hg]", &["o4"]),
        ("Observation?of-whom=Patient/pc", &["o5", "o6"]),
        ("Observation?of-whom:Patient.initial=b&high=true", &["o4"]),
        ("Patient?_has:Observation:of-whom:high=true&_id=pc", &["pc"]),
        ("Observation?_filter=high%20eq%20true%20and%20of-whom%20eq%20pa", &["o1"]),
        ("Observation?odd:missing=false", &[]),
    ];
    for (search, ids) in table {
        assert_eq!(&found(doctor, search), ids, "{search}");
    }
    // Who may search by them is told of them; who is not signed in, and who does not see all of the type, is not.
    let told = |client: &Client, kind: &str| -> Vec<String> {
        let statement = client.get("/fhir/metadata").is(200).json();
        let resources = statement["rest"][0]["resource"].as_array().unwrap();
        let resource = resources.iter().find(|resource| resource["type"] == kind).unwrap();
        let named = resource["searchParam"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
        let includes = resource["searchInclude"].as_array().into_iter().flatten().map(|one| one.as_str().unwrap());
        let own = ["initial", "high", "half", "of-whom", "odd", "Observation:of-whom", "Condition:of-whom"];
        named.chain(includes).filter(|name| own.contains(name)).map(str::to_owned).collect()
    };
    assert_eq!(told(doctor, "Observation"), ["half", "high", "odd", "of-whom", "Observation:of-whom"]);
    assert_eq!(told(doctor, "Condition"), ["of-whom", "Condition:of-whom"]);
    assert_eq!(told(doctor, "Patient"), ["initial"]);
    for who in [Who::Nobody, Who::Reception, Who::Auditor] {
        for kind in ["Observation", "Condition", "Patient"] {
            assert!(told(world.client(who), kind).is_empty(), "{who:?} {kind}");
        }
    }
    let page = doctor.get("/console/capabilities/Patient").is(200).text();
    assert!(page.contains("initial"));
    let bundle = doctor.get("/fhir/Observation?_id=o6&_include=Observation:of-whom").is(200).json();
    assert_eq!(bundle["entry"][1]["resource"]["id"], "pc");
    // Another expression is another index; the same one again as well.
    let mut changed =
        parameter("high", "high", "token", &["Observation"], "Observation.value.as(Quantity).value > 155");
    doctor.request("PUT", "/fhir/SearchParameter/high").header("If-Match", "W/\"1\"").fhir(&changed).send().is(200);
    assert_eq!(indexed(doctor, "high"), 0);
    assert_eq!(found(doctor, "Observation?high=true"), ["o4"]);
    doctor.request("POST", "/fhir/SearchParameter/high/$reindex").send().is(202);
    assert_eq!(indexed(doctor, "high"), 0);
    assert_eq!(found(doctor, "Observation?high=true"), ["o4"]);
    // Retired or deleted it is gone.
    changed["status"] = "retired".into();
    doctor.request("PUT", "/fhir/SearchParameter/high").header("If-Match", "W/\"2\"").fhir(&changed).send().is(200);
    let outcome = doctor.get("/fhir/Observation?high=true").is(400).json();
    assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], "search.unknown");
    assert_eq!(told(doctor, "Observation"), ["half", "odd", "of-whom", "Observation:of-whom"]);
    doctor.request("POST", "/fhir/SearchParameter/high/$reindex").send().is(422);
    doctor.request("DELETE", "/fhir/SearchParameter/half").send().is(204);
    doctor.get("/fhir/Observation?half=1").is(400);
    doctor.get("/fhir/SearchParameter/half/$reindex").is(410);
    // Whoever does not see all of a type does not search by what may be any part of it.
    world.client(Who::Reception).get("/fhir/Patient?initial=a").is(403);
    world.client(Who::Reception).get("/fhir/Patient?_sort=initial").is(403);
    assert_eq!(found(world.client(Who::Nurse), "Observation?of-whom=Patient/pc").len(), 2);
}

#[test]
fn a_parameter_that_is_not_fit_is_refused_or_none() {
    let world = filled(&GENEROUS);
    let doctor = world.doctor();
    let initial = parameter("initial", "initial", "string", &["Patient"], "Patient.name.given.first().substring(0, 1)");
    put(&world, &[initial]);
    assert_eq!(indexed(doctor, "initial"), 0);
    for (wrong, element) in [
        (parameter("x", "family", "string", &["Patient"], "Patient.name.family"), "SearchParameter.code"),
        (parameter("x", "a b", "string", &["Patient"], "Patient.name.family"), "SearchParameter.code"),
        (parameter("x", "initial", "string", &["Person", "Patient"], "name.family"), "SearchParameter.code"),
        (parameter("x", "x", "string", &["Dog"], "name"), "SearchParameter.base"),
        (parameter("x", "x", "composite", &["Patient"], "name"), "SearchParameter.type"),
        (parameter("x", "x", "string", &["Patient"], "name.where("), "SearchParameter.expression"),
        (parameter("x", "x", "string", &["Patient"], ""), "SearchParameter.expression"),
    ] {
        let outcome = doctor.request("PUT", "/fhir/SearchParameter/x").fhir(&wrong).send().is(422).json();
        let told = outcome["issue"].as_array().unwrap().iter();
        let mut places = told.map(|issue| issue["expression"][0].as_str().unwrap());
        assert!(places.any(|place| place.starts_with(element)), "{outcome}");
    }
    // Kept although it is not what it should be, it is no parameter.
    let unfit = json!({ "resourceType": "SearchParameter", "id": "unfit", "status": "active", "code": "unfit", "base": ["Patient"] });
    let kept =
        doctor.request("PUT", "/fhir/SearchParameter/unfit").header("Prefer", "validation=lenient").fhir(&unfit).send();
    kept.is(201);
    doctor.get("/fhir/Patient?unfit=x").is(400);
    let mut draft = parameter("x", "family", "string", &["Patient"], "Patient.name.family");
    draft["status"] = "draft".into();
    doctor.request("PUT", "/fhir/SearchParameter/x").fhir(&draft).send().is(201);
}
