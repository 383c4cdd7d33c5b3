//! FHIR as its clients meet it: every official example kept value for value, and the interactions of every type.

#[path = "../../../fhir/tests/official/mod.rs"]
mod official;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Answer, Who, World};

/// Types whose "examples" are FHIR's own definitions. What is left are 746 files, of all other types: the 733 examples of
/// types that are neither conformance nor terminology are among them, whichever way that line is drawn.
const DEFINITIONS: &[&str] =
    &["StructureDefinition", "SearchParameter", "CodeSystem", "ValueSet", "OperationDefinition", "ConceptMap"];

/// What is not valid among them.
const INVALID: &[&str] = &[
    "/fhir/ActivityDefinition/blood-tubes-supply",
    "/fhir/ActivityDefinition/heart-valve-replacement",
    "/fhir/Bundle/b0a5e4277-83c4-4adb-87e2-e3efe3369b6f",
    "/fhir/Bundle/dataelements",
    "/fhir/DeviceMetric/example",
    "/fhir/DeviceUseStatement/example",
    "/fhir/EventDefinition/example",
    "/fhir/ImplementationGuide/fhir",
    "/fhir/MedicationRequest/medrx0301",
    "/fhir/Observation/clinical-gender",
    "/fhir/Questionnaire/qs1",
    "/fhir/Questionnaire/zika-virus-exposure-assessment",
];

fn examples() -> Vec<(String, String, Value)> {
    let read = |(name, text): (String, String)| {
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let kind = value["resourceType"].as_str()?;
        (!DEFINITIONS.contains(&kind)).then_some((name, text, value))
    };
    official::texts(|_| true).into_iter().filter_map(read).collect()
}

/// Without what the server writes itself: the version and its time.
fn without_stamp(mut value: Value) -> Value {
    if let Some(meta) = value.get_mut("meta").and_then(Value::as_object_mut) {
        meta.remove("versionId");
        meta.remove("lastUpdated");
        if meta.is_empty() {
            value.as_object_mut().unwrap().remove("meta");
        }
    }
    value
}

#[test]
fn every_official_example_is_kept_value_for_value() {
    let world = World::new();
    let doctor = world.doctor();
    let examples = examples();
    assert_eq!(examples.len(), 746, "of which 733 are neither conformance nor terminology");
    let mut places = BTreeSet::new();
    let mut lost = Vec::new();
    let (mut decimals, mut refused) = (0, 0);
    for (name, text, value) in &examples {
        let place = place(value);
        // One is a bundle of 35 MB in its own layout: without blanks it fits into the 32 MB a request may have.
        let sent = if text.len() > 32 << 20 { value.to_string() } else { text.clone() };
        let put = doctor.request("PUT", &place).body("application/fhir+json", sent);
        // A few are not valid (crates/fhir/tests/validate_examples.txt says why): they are taken as they are.
        let imperfect = INVALID.contains(&place.as_str());
        if imperfect {
            refused += 1;
            put.clone().send().is(422);
        }
        let put = put.header("Prefer", if imperfect { "validation=lenient" } else { "validation=strict" }).send();
        // Two of them have the same type and id: the later one is the next version.
        let expected = if places.insert(place.clone()) { 201 } else { 200 };
        if put.status != expected {
            lost.push(format!("{name}: {} {}", put.status, put.text().chars().take(300).collect::<String>()));
            continue;
        }
        let read = doctor.get(&place).is(200);
        // Numbers are compared as they are written: 1.50 is not 1.5.
        let mut read = read.json();
        if imperfect {
            let tags = read["meta"]["tag"].as_array_mut().unwrap();
            let ours = json!({ "system": "urn:aroeira:fhir:validation", "code": "lenient" });
            assert_eq!(tags.pop(), Some(ours), "{name}");
            if tags.is_empty() {
                read["meta"].as_object_mut().unwrap().remove("tag");
            }
        }
        if without_stamp(read) != without_stamp(value.clone()) {
            lost.push(format!("{name}: not what was sent"));
        }
        decimals += numbers(value).iter().filter(|number| number.ends_with('0') && number.contains('.')).count();
    }
    assert_eq!((places.len(), refused), (745, 13));
    assert!(lost.is_empty(), "{} of {}:\n{}", lost.len(), examples.len(), lost.join("\n"));
    assert!(decimals > 20, "the examples hold decimals that end in 0: {decimals}");
    assert!(world.home.verify().contains("ok, "));
}

fn place(value: &Value) -> String {
    format!("/fhir/{}/{}", value["resourceType"].as_str().unwrap(), value["id"].as_str().unwrap())
}

fn numbers(value: &Value) -> Vec<String> {
    match value {
        Value::Number(number) => vec![number.to_string()],
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        Value::Object(map) => map.values().flat_map(numbers).collect(),
        _ => Vec::new(),
    }
}

fn observation(patient: &str) -> Value {
    serde_json::from_str(&format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"peso"}},
            "subject":{{"reference":"Patient/{patient}"}},"valueQuantity":{{"value":71.50,"unit":"kg"}}}}"#
    ))
    .unwrap()
}

#[test]
fn a_resource_is_made_read_changed_and_deleted() {
    let world = World::new();
    let doctor = world.doctor();
    let made = doctor.request("POST", "/fhir/Observation").fhir(&observation(&world.patient)).send().is(201);
    assert_eq!(made.header("content-type"), Some("application/fhir+json"));
    let (id, etag) = (made.id(), made.etag());
    assert_eq!(etag, "W/\"1\"");
    assert_eq!(made.header("location"), Some(format!("/fhir/Observation/{id}/_history/1").as_str()));
    assert!(made.header("last-modified").is_some() && made.text().contains("71.50"));
    let place = format!("/fhir/Observation/{id}");
    let read = doctor.get(&place).is(200);
    assert_eq!((read.body.clone(), read.etag()), (made.body.clone(), etag));
    doctor.request("GET", &place).header("If-None-Match", "W/\"1\"").send().is(304);
    let since = read.header("last-modified").unwrap().to_owned();
    doctor.request("GET", &place).header("If-Modified-Since", &since).send().is(304);

    let mut next = read.json();
    next["status"] = "amended".into();
    let put = |body: &Value| doctor.request("PUT", &place).fhir(body);
    put(&next).header("If-Match", "W/\"7\"").send().is(412);
    doctor.request("PUT", &place).header("If-Match", "W/\"7\"").body("application/fhir+json", "{").send().is(412);
    let second = put(&next).header("If-Match", "W/\"1\"").send().is(200);
    assert_eq!((second.etag(), &second.json()["meta"]["versionId"]), ("W/\"2\"".into(), &json!("2")));
    assert_eq!(put(&next).send().is(200).etag(), "W/\"2\"", "the same content is no new version");
    let minimal = put(&observation_with(&next, "corrected")).header("Prefer", "return=minimal").send().is(200);
    assert!(minimal.body.is_empty() && minimal.etag() == "W/\"3\"");
    let outcome = put(&observation_with(&next, "final")).header("Prefer", "return=OperationOutcome").send().is(200);
    assert_eq!(outcome.json()["resourceType"], "OperationOutcome");

    assert_eq!(doctor.get(&format!("{place}/_history/1")).is(200).json()["status"], "final");
    assert_eq!(doctor.get(&format!("{place}/_history/2")).is(200).json()["status"], "amended");
    doctor.get(&format!("{place}/_history/9")).is(404);
    doctor.get(&format!("{place}/_history/x")).is(404);

    let gone = doctor.request("DELETE", &place).send().is(204);
    assert_eq!(gone.etag(), "W/\"5\"");
    assert_eq!(doctor.request("DELETE", &place).send().is(204).etag(), "W/\"5\"", "again is the same");
    outcome_of(&doctor.get(&place).is(410), "deleted");
    outcome_of(&put(&next).send().is(410), "deleted");
    doctor.get(&format!("{place}/_history/5")).is(410);
    doctor.get(&format!("{place}/_history/1")).is(200);
    let history = doctor.get(&format!("{place}/_history")).is(200).json();
    assert_eq!(
        (&history["resourceType"], &history["type"], &history["total"]),
        (&json!("Bundle"), &json!("history"), &json!(5))
    );
    let methods: Vec<_> =
        history["entry"].as_array().unwrap().iter().map(|e| e["request"]["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["DELETE", "PUT", "PUT", "PUT", "POST"]);
    assert!(history["entry"][0].get("resource").is_none());

    let own_id = json!({ "resourceType": "Basic", "id": "meu-id", "code": { "text": "x" } });
    assert_eq!(doctor.request("PUT", "/fhir/Basic/meu-id").fhir(&own_id).send().is(201).id(), "meu-id");
    let other = json!({ "resourceType": "Basic", "id": "outro-id", "code": { "text": "x" } });
    let absent = doctor.request("PUT", "/fhir/Basic/outro-id").header("If-None-Match", "*").fhir(&other);
    absent.clone().send().is(201);
    absent.send().is(412);
}

fn observation_with(stored: &Value, status: &str) -> Value {
    let mut next = stored.clone();
    next["status"] = status.into();
    next
}

fn outcome_of(answer: &Answer, code: &str) {
    assert_eq!(answer.header("content-type"), Some("application/fhir+json"), "{}", answer.asked);
    let outcome = answer.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{}", answer.asked);
    let issue = &outcome["issue"][0];
    assert_eq!((&issue["severity"], &issue["code"]), (&json!("error"), &json!(code)), "{}: {outcome}", answer.asked);
}

#[test]
fn what_is_wrong_is_an_operation_outcome() {
    let world = World::new();
    let doctor = world.doctor();
    let post = |kind: &str, text: &str| {
        doctor.request("POST", &format!("/fhir/{kind}")).body("application/fhir+json", text).send()
    };
    outcome_of(&post("Observation", "{").is(400), "structure");
    outcome_of(&post("Observation", "{}").is(422), "invalid");
    outcome_of(&post("Observation", r#"{"resourceType":"Patient"}"#).is(422), "invalid");
    outcome_of(&post("Nothing", "{}").is(404), "not-supported");
    outcome_of(&post("Observation", r#"{"resourceType":"Observation","status":"a","status":"b"}"#).is(422), "invalid");
    outcome_of(&doctor.get("/fhir/Patient/nenhum").is(404), "not-found");
    outcome_of(&world.client(Who::Nobody).get("/fhir/Patient/x").is(401), "login");
    outcome_of(&world.client(Who::Auditor).get(&format!("/fhir/Patient/{}", world.patient)).is(403), "forbidden");
    outcome_of(&doctor.get("/fhir/Patient/x?_format=xml").is(406), "not-supported");
    outcome_of(
        &doctor.request("GET", "/fhir/Patient/x").header("Accept", "application/fhir+xml").send().is(406),
        "not-supported",
    );
    doctor.get(&format!("/fhir/Patient/{}?_format=json&_pretty=true", world.patient)).is(200);
    outcome_of(
        &doctor.request("PUT", "/fhir/Patient/a").fhir(&json!({ "resourceType": "Patient", "id": "b" })).send().is(422),
        "invalid",
    );
    // The clinic's rules hold whichever door is taken.
    let cpf = json!({ "resourceType": "Patient", "identifier": [{ "system": "http://rnds-fhir.saude.gov.br/NamingSystem/cpf", "value": "52998224726" }] });
    outcome_of(&doctor.request("POST", "/fhir/Patient").fhir(&cpf).send().is(422), "value");
    let mut record = doctor.get(&format!("/fhir/Composition/{}", world.record)).is(200).json();
    record["title"] = "Sem razão".into();
    let place = format!("/fhir/Composition/{}", world.record);
    let refused = doctor.request("PUT", &place).fhir(&record).send().is(422);
    outcome_of(&refused, "required");
    doctor.request("DELETE", &place).send().is(422);
    // Accounts are no resource.
    outcome_of(&doctor.get(&format!("/fhir/User/{}", world.user(Who::Admin))).is(404), "not-supported");
}

#[test]
fn a_transaction_is_all_or_nothing() {
    let world = World::new();
    let doctor = world.doctor();
    let bundle = |second: Value| {
        json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
            { "fullUrl": "urn:uuid:0b0f6f8e-0001-4000-8000-000000000001",
              "resource": { "resourceType": "Patient", "name": [{ "text": "Ivo Reis" }] },
              "request": { "method": "POST", "url": "Patient" } },
            { "fullUrl": "urn:uuid:0b0f6f8e-0001-4000-8000-000000000002", "resource": second,
              "request": { "method": "POST", "url": "Observation" } },
        ] })
    };
    // What is wrong with the second is found by its shape, by the clinic's rules, or by the record that it speaks of.
    let cpf = json!([{ "system": "http://rnds-fhir.saude.gov.br/NamingSystem/cpf", "value": "52998224726" }]);
    for second in [
        json!({ "resourceType": "Nothing" }),
        json!({ "resourceType": "Patient", "identifier": cpf }),
        json!({ "resourceType": "Composition", "id": world.record, "status": "final", "title": "Sem razão" }),
    ] {
        let mut broken = bundle(second.clone());
        let kind = second["resourceType"].as_str().unwrap();
        broken["entry"][1]["request"] = match second["id"].as_str() {
            Some(id) => json!({ "method": "PUT", "url": format!("{kind}/{id}") }),
            None => json!({ "method": "POST", "url": kind }),
        };
        let refused = doctor.request("POST", "/fhir").fhir(&broken).send().is(422);
        assert_eq!(refused.json()["resourceType"], "OperationOutcome");
        doctor.get("/fhir/Patient/0b0f6f8e-0001-4000-8000-000000000001").is(404);
    }
    let whole = bundle(json!({
        "resourceType": "Observation", "status": "final", "code": { "text": "peso" },
        "subject": { "reference": "urn:uuid:0b0f6f8e-0001-4000-8000-000000000001" },
    }));
    let answer = doctor.request("POST", "/fhir").fhir(&whole).send().is(200).json();
    assert_eq!((&answer["type"], answer["entry"].as_array().map(Vec::len)), (&json!("transaction-response"), Some(2)));
    assert_eq!(answer["entry"][0]["response"]["status"], "201 Created");
    let stored = doctor.get("/fhir/Observation/0b0f6f8e-0001-4000-8000-000000000002").is(200).json();
    assert_eq!(stored["subject"]["reference"], "Patient/0b0f6f8e-0001-4000-8000-000000000001");
    let again = doctor.request("POST", "/fhir").fhir(&whole).send().is(200).json();
    assert_eq!(again["entry"][1]["response"]["status"], "200 OK");
    assert_eq!(again["entry"][1]["response"]["etag"], "W/\"1\"", "the same content is no new version");
    doctor.request("POST", "/fhir").fhir(&json!({ "resourceType": "Patient" })).send().is(422);
}
