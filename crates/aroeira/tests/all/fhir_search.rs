//! FHIR search as its clients meet it: what is found, page by page, and what stays hidden from whom.

use serde_json::{Value, json};

use crate::harness::{Client, GENEROUS, Who, World, percent};

/// Puts resources there under ids of the test's own.
fn put(world: &World, resources: &[Value]) {
    for resource in resources {
        let path = format!("/fhir/{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
        world.doctor().request("PUT", &path).fhir(resource).send().is(201);
    }
}

fn patient(id: &str, family: &str, given: &str, birth: &str) -> Value {
    json!({ "resourceType": "Patient", "id": id, "birthDate": birth, "gender": "female",
        "name": [{ "family": family, "given": [given] }], "active": true })
}

fn observation(id: &str, patient: &str, code: &str, value: f64, date: &str) -> Value {
    json!({ "resourceType": "Observation", "id": id, "status": "final", "effectiveDateTime": date,
        "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
        "subject": { "reference": format!("Patient/{patient}") },
        "valueQuantity": { "value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]" } })
}

fn filled(environment: &[(&str, &str)]) -> World {
    let world = World::with(environment);
    put(
        &world,
        &[
            patient("pa", "Conceição", "Ângela", "1950-02-03"),
            patient("pb", "Conceicao", "Bruna", "1990-07-01"),
            patient("pc", "Souza", "Clara", "1990-07-15"),
            observation("o1", "pa", "8480-6", 150.0, "2026-01-10"),
            observation("o2", "pa", "8462-4", 95.0, "2026-01-10T10:00:00-03:00"),
            observation("o3", "pb", "8480-6", 120.0, "2026-02-01"),
            observation("o4", "pb", "8480-6", 160.5, "2025-12-31"),
            observation("o5", "pc", "2339-0", 88.0, "2026-03-01"),
        ],
    );
    world
}

/// The ids that match, in their order, all pages.
fn found(client: &Client, search: &str) -> Vec<String> {
    let mut path = format!("/fhir/{search}");
    let mut ids = Vec::new();
    loop {
        let bundle = client.get(&path).is(200).json();
        assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("searchset")));
        for entry in bundle["entry"].as_array().into_iter().flatten() {
            assert!(entry["fullUrl"].as_str().unwrap().ends_with(entry["resource"]["id"].as_str().unwrap()));
            if entry["search"]["mode"] == "match" {
                ids.push(entry["resource"]["id"].as_str().unwrap().to_owned());
            }
        }
        let links = bundle["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
            assert!(bundle["total"].is_null() || bundle["total"] == ids.len(), "{search}: {}", bundle["total"]);
            return ids;
        };
        path = next["url"].as_str().unwrap().split_once("/fhir/").map(|(_, rest)| format!("/fhir/{rest}")).unwrap();
    }
}

#[test]
fn every_type_of_parameter_finds_what_it_says() {
    let world = filled(&GENEROUS);
    let table: &[(&str, &[&str])] = &[
        ("Patient?family=conceicao", &["pa", "pb"]),
        ("Patient?name=%C3%82NGELA", &["pa"]),
        ("Patient?name:contains=ceic", &["pa", "pb"]),
        ("Patient?family=conceicao,souza&birthdate=1990-07", &["pb", "pc"]),
        ("Patient?family=conceicao&family=souza", &[]),
        ("Patient?_id=pb,pc&gender=female", &["pb", "pc"]),
        ("Patient?_id=pa,pb,pc&birthdate=lt1960", &["pa"]),
        ("Patient?_id=pa,pb,pc&birthdate=ge1990-07-15", &["pc"]),
        ("Patient?_id=pa,pb,pc&_sort=-birthdate", &["pc", "pb", "pa"]),
        ("Patient?_id=pa,pb,pc&_sort=family,-birthdate", &["pb", "pa", "pc"]),
        ("Patient?_id=pa,pb,pc&_sort=given&_count=1", &["pa", "pb", "pc"]),
        ("Patient?_id=pa,pb&deceased=false", &["pa", "pb"]),
        ("Patient?_id=pa,pb&general-practitioner:missing=true", &["pa", "pb"]),
        ("Patient?_id=pa,pb&general-practitioner:missing=false", &[]),
        ("Patient?_id=pa&active=true", &["pa"]),
        ("Observation?code=8480-6", &["o1", "o3", "o4"]),
        ("Observation?code=http://loinc.org%7C8480-6&_count=2", &["o1", "o3", "o4"]),
        ("Observation?code=http://snomed.info/sct%7C8480-6", &[]),
        ("Observation?code=%7C8480-6", &[]),
        ("Observation?code:not=8480-6", &["o2", "o5"]),
        ("Observation?code=8480-6,2339-0&value-quantity=gt130", &["o1", "o4"]),
        ("Observation?value-quantity=160.5", &["o4"]),
        ("Observation?value-quantity=160", &[]),
        ("Observation?value-quantity=le95%7Chttp://unitsofmeasure.org%7Cmm[Hg]", &["o2", "o5"]),
        ("Observation?value-quantity=12.66559%7Chttp://unitsofmeasure.org%7CkPa", &["o2"]),
        ("Observation?value-quantity=gt20%7Chttp://unitsofmeasure.org%7CkPa", &["o4"]),
        ("Observation?value-quantity=ge15.99864%7Chttp://unitsofmeasure.org%7CkPa", &["o1", "o3", "o4"]),
        ("Observation?value-quantity=lt1%7Chttp://unitsofmeasure.org%7Ckg", &[]),
        ("Observation?value-quantity=gt20%7Chttp://unitsofmeasure.org%7Cabsurdo", &[]),
        ("Observation?value-quantity=gt15000000", &[]),
        ("Observation?date=2026-01-10", &["o1", "o2"]),
        ("Observation?date=ge2026-01&date=lt2026-02", &["o1", "o2"]),
        ("Observation?date=sa2026-02-01", &["o5"]),
        ("Observation?date=eb2026-01-01", &["o4"]),
        ("Observation?subject=Patient/pa", &["o1", "o2"]),
        ("Observation?patient=pb", &["o3", "o4"]),
        ("Observation?subject:Patient=pb", &["o3", "o4"]),
        ("Observation?patient.family=conceicao&code=8480-6", &["o1", "o3", "o4"]),
        ("Observation?subject:Patient.birthdate=1990-07-15", &["o5"]),
        ("Patient?_has:Observation:patient:code=2339-0", &["pc"]),
        ("Patient?_has:Observation:patient:value-quantity=gt140", &["pa", "pb"]),
        ("Observation?_content=nada", &[]),
        ("Observation?_lastUpdated=lt2000", &[]),
        ("Observation?patient=pa&_total=none", &["o1", "o2"]),
    ];
    for (search, ids) in table {
        assert_eq!(&found(world.doctor(), search), ids, "{search}");
    }
    assert_eq!(found(world.doctor(), "Observation?_lastUpdated=gt2000").len(), 5);
}

#[test]
fn what_cannot_be_read_is_named_and_never_passed_over() {
    let world = filled(&GENEROUS);
    for (search, code, expression) in [
        ("Patient?nonsense=1", "not-supported", "nonsense"),
        ("Patient?birthdate=ontem", "value", "birthdate"),
        ("Patient?birthdate:exact=2020", "not-supported", "birthdate:exact"),
        ("Patient?general-practitioner:Device=x", "not-supported", "general-practitioner:Device"),
        ("Observation?code-value-quantity=x$y", "not-supported", "code-value-quantity"),
        ("Observation?code.text=x", "value", "code.text"),
        ("Patient?_has:Observation:code:status=final", "value", "_has:Observation:code:status"),
        ("Patient?_include=Patient:name", "value", "_include"),
        ("Patient?_sort=nonsense", "value", "_sort"),
        ("Patient?_count=-1", "value", "_count"),
        ("Patient?_id=a/b", "value", "_id"),
        ("Patient?family=", "value", "family"),
        ("Observation?value-quantity=1e", "value", "value-quantity"),
    ] {
        let outcome = world.doctor().get(&format!("/fhir/{search}")).is(400).json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{search}");
        let issue = &outcome["issue"][0];
        assert_eq!(
            (&issue["code"], &issue["expression"][0]),
            (&json!(code), &json!(expression)),
            "{search}: {outcome}"
        );
    }
    // All that is wrong at once.
    let outcome = world.doctor().get("/fhir/Patient?a=1&b=2&birthdate=x").is(400).json();
    assert_eq!(outcome["issue"].as_array().unwrap().len(), 3);
    let lenient = world.doctor().request("GET", "/fhir/Patient?_id=pa&nonsense=1").header("Prefer", "handling=lenient");
    let bundle = lenient.send().is(200).json();
    assert_eq!(bundle["total"], 1);
    assert_eq!(bundle["entry"][1]["search"]["mode"], "outcome");
    assert!(!bundle["link"][0]["url"].as_str().unwrap().contains("nonsense"), "the link says what was searched");
    let many = vec!["lt2000"; 1500].join(",");
    let ways = "Library?derived-from.derived-from.derived-from.derived-from._id=x".to_owned();
    let long = format!("ValueSet?url:above=http://h{}", "/".repeat(3000));
    for (search, code) in [
        (format!("Patient?_lastUpdated={many}"), "search.limit"),
        (ways, "search.limit"),
        (long, "search.limit"),
        ("Observation?_content=dor&_content=febre".to_owned(), "search.limit"),
        ("Observation?_content=a*".to_owned(), "search.limit"),
        ("Patient?_sort=name,family,given,birthdate,gender,active".to_owned(), "search.limit"),
    ] {
        let outcome = world.doctor().get(&format!("/fhir/{search}")).is(400).json();
        assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], code, "{}", &search[..40]);
    }
    let form: Vec<(&str, &str)> = vec![("code", "s|a,s|b,s|c,s|d,s|e,s|f,s|g,s|h,s|i,s|j"); 100];
    let answer = world.doctor().request("POST", "/fhir/Observation/_search").form(&form).send();
    assert!([200, 400].contains(&answer.status), "{}", answer.status);
    world.doctor().get("/fhir/Nonsense?name=x").is(404);
    world.doctor().get("/fhir/Patient?_cursor=x").is(400);
}

#[test]
fn what_goes_with_a_match_comes_once_and_post_is_get() {
    let world = filled(&GENEROUS);
    let modes = |search: &str| -> Vec<String> {
        let bundle = world.doctor().get(&format!("/fhir/{search}")).is(200).json();
        let entries = bundle["entry"].as_array().unwrap().iter();
        entries
            .map(|e| format!("{} {}", e["search"]["mode"].as_str().unwrap(), e["resource"]["id"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(
        modes("Observation?patient=pa&_include=Observation:patient&_include=Observation:subject:Patient"),
        ["match o1", "match o2", "include pa"]
    );
    assert_eq!(modes("Observation?patient=pa&_include=Observation:subject:Group"), ["match o1", "match o2"]);
    assert_eq!(modes("Patient?_id=pb&_revinclude=Observation:patient"), ["match pb", "include o3", "include o4"]);
    // An address of ours is a reference of ours.
    let bundle = world.doctor().get("/fhir/Patient?_id=pa").is(200).json();
    let address = bundle["entry"][0]["fullUrl"].as_str().unwrap().to_owned();
    assert_eq!(found(world.doctor(), &format!("Observation?subject={}", percent(&address))), ["o1", "o2"]);
    // A cursor is good for who was given it, for that search, and as it was given.
    let page = world.doctor().get("/fhir/Observation?_count=1&_sort=value-quantity").is(200).json();
    let next = page["link"][1]["url"].as_str().unwrap().split_once("/fhir/").unwrap().1.to_owned();
    world.doctor().get(&format!("/fhir/{next}")).is(200);
    let (before, seal) = next.rsplit_once('.').unwrap();
    let (_, cursor) = next.rsplit_once("_cursor=").unwrap();
    for forged in [
        format!("{before}.{}", "0".repeat(seal.len())),
        next.replace("_cursor=", "_cursor=1"),
        format!("Observation?_count=1&_sort=code&_cursor={cursor}"),
    ] {
        world.doctor().get(&format!("/fhir/{forged}")).is(400);
    }
    world.client(Who::Nurse).get(&format!("/fhir/{next}")).is(400);
    let count = world.doctor().get("/fhir/Observation?_summary=count").is(200).json();
    assert_eq!((&count["total"], count.get("entry")), (&json!(5), None));
    let posted = world.doctor().request("POST", "/fhir/Observation/_search?code=8480-6").form(&[("patient", "pa")]);
    let bundle = posted.send().is(200).json();
    assert_eq!((&bundle["total"], &bundle["entry"][0]["resource"]["id"]), (&json!(1), &json!("o1")));
    // Deleted is not found, and neither is what an older version said.
    world.doctor().request("DELETE", "/fhir/Observation/o1").send().is(204);
    let mut other = observation("o2", "pb", "9999-9", 1.0, "2026-01-10");
    other["id"] = "o2".into();
    world.doctor().request("PUT", "/fhir/Observation/o2").header("If-Match", "W/\"1\"").fhir(&other).send().is(200);
    assert!(found(world.doctor(), "Observation?patient=pa").is_empty());
    assert_eq!(found(world.doctor(), "Observation?patient=pb&code=9999-9"), ["o2"]);
}

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
