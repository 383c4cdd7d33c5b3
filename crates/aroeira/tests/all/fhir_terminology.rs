//! The terminology operations as FHIR clients meet them.

use serde_json::{Value, json};

use crate::harness::{Client, World};

const GENDER: &str = "http://hl7.org/fhir/ValueSet/administrative-gender";
const GENDERS: &str = "http://hl7.org/fhir/administrative-gender";
const ACT: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

fn ask(client: &Client, operation: &str, parameters: &Value) -> crate::harness::Answer {
    let body = json!({ "resourceType": "Parameters", "parameter": parameters });
    client.request("POST", &format!("/fhir/{operation}")).fhir(&body).send()
}

/// The value of an answer's parameter.
fn told(answer: &Value, name: &str) -> Value {
    assert_eq!(answer["resourceType"], "Parameters");
    let found = answer["parameter"].as_array().unwrap().iter().find(|one| one["name"] == name);
    let members = found.and_then(Value::as_object).into_iter().flatten();
    members.into_iter().find(|(key, _)| key.starts_with("value")).map_or(Value::Null, |(_, value)| value.clone())
}

fn codes(expanded: &Value) -> Vec<&str> {
    assert_eq!(expanded["resourceType"], "ValueSet");
    let list = expanded["expansion"]["contains"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn a_value_set_is_expanded_page_by_page_and_by_words() {
    let world = World::new();
    let expand =
        |query: &str| world.doctor().get(&format!("/fhir/ValueSet/$expand?url={GENDER}{query}")).is(200).json();
    let all = expand("");
    assert_eq!(codes(&all), ["male", "female", "other", "unknown"]);
    assert_eq!(
        (&all["url"], &all["status"], &all["expansion"]["total"]),
        (&json!(GENDER), &json!("active"), &json!(4))
    );
    assert_eq!(all["expansion"]["contains"][0], json!({ "system": GENDERS, "code": "male", "display": "Male" }));
    assert!(all["expansion"]["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(codes(&expand("&offset=1&count=2&includeDesignations=false")), ["female", "other"]);
    assert_eq!(expand("&offset=1&count=2")["expansion"]["total"], 4);
    assert_eq!(codes(&expand("&filter=F%C3%89male")), ["female"]);
    assert_eq!(codes(&expand("&count=0")), Vec::<&str>::new());
    assert_eq!(codes(&expand("%7C4.0.1")).len(), 4);
}

#[test]
fn a_value_set_that_is_sent_or_stored_is_expanded() {
    let world = World::new();
    let include =
        json!([{ "system": ACT, "filter": [{ "property": "concept", "op": "is-a", "value": "_ActEncounterCode" }] }]);
    let exclude = json!([{ "system": ACT, "concept": [{ "code": "AMB" }] }]);
    let set =
        json!({ "resourceType": "ValueSet", "status": "draft", "compose": { "include": include, "exclude": exclude } });
    let sent =
        ask(world.doctor(), "ValueSet/$expand", &json!([{ "name": "valueSet", "resource": set }])).is(200).json();
    assert!(codes(&sent).contains(&"IMP") && !codes(&sent).contains(&"AMB"));
    let alone = world.doctor().request("POST", "/fhir/ValueSet/$expand").fhir(&set).send().is(200).json();
    assert_eq!(codes(&alone), codes(&sent));
    let id = world.doctor().request("POST", "/fhir/ValueSet").fhir(&set).send().is(201).id();
    let stored = world.doctor().get(&format!("/fhir/ValueSet/{id}/$expand?filter=imp")).is(200).json();
    assert_eq!(codes(&stored), ["IMP"]);
    world.doctor().get("/fhir/ValueSet/nenhum/$expand").is(404);
    // What stands beside the operations is still reached.
    world.doctor().get(&format!("/fhir/ValueSet/{id}/_history")).is(200);
    world.doctor().get(&format!("/fhir/ValueSet/{id}")).is(200);
}

#[test]
fn what_cannot_be_answered_is_an_outcome() {
    let world = World::new();
    for (path, status, code) in [
        ("ValueSet/$expand", 400, "required"),
        ("ValueSet/$expand?url=http://example.org/nenhum", 404, "not-found"),
        ("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/condition-code", 422, "not-supported"),
        ("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/all-types&nonsense=1", 400, "structure"),
        ("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/all-types&count=-1", 400, "structure"),
        ("ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/all-types", 400, "required"),
        (
            "ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/condition-code&system=http://snomed.info/sct&code=1",
            422,
            "not-supported",
        ),
        ("CodeSystem/$lookup?code=male", 400, "required"),
        ("CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=x", 404, "not-found"),
        ("CodeSystem/$lookup?system=http://snomed.info/sct&code=1", 404, "not-found"),
        ("CodeSystem/$subsumes?system=http://hl7.org/fhir/administrative-gender&codeA=male", 400, "required"),
    ] {
        let outcome = world.doctor().get(&format!("/fhir/{path}")).is(status).json();
        assert_eq!(
            (&outcome["resourceType"], &outcome["issue"][0]["code"]),
            (&json!("OperationOutcome"), &json!(code)),
            "{path}"
        );
    }
    ask(world.doctor(), "ValueSet/$expand", &json!([{ "name": "url" }])).is(400);
    world
        .doctor()
        .request("POST", "/fhir/ValueSet/$expand")
        .fhir(&json!({ "resourceType": "Observation" }))
        .send()
        .is(422);
}

#[test]
fn a_code_is_validated_alone_in_a_coding_and_in_a_concept() {
    let world = World::new();
    let valid = |operation: &str, parameters: Value| ask(world.doctor(), operation, &parameters).is(200).json();
    let url = json!({ "name": "url", "valueUri": GENDER });
    let result = |parameters: Value| told(&valid("ValueSet/$validate-code", parameters), "result");
    let coding = |code: &str, display: &str| json!({ "name": "coding", "valueCoding": { "system": GENDERS, "code": code, "display": display } });
    assert_eq!(
        result(json!([url, { "name": "code", "valueCode": "male" }, { "name": "system", "valueUri": GENDERS }])),
        true
    );
    assert_eq!(
        result(json!([url, { "name": "code", "valueCode": "homem" }, { "name": "system", "valueUri": GENDERS }])),
        false
    );
    assert_eq!(result(json!([url, coding("male", "MALE")])), true);
    let wrong = valid("ValueSet/$validate-code", json!([url, coding("male", "Female")]));
    assert_eq!((told(&wrong, "result"), told(&wrong, "display")), (json!(false), json!("Male")));
    assert!(told(&wrong, "message").is_string());
    let concept = json!({ "name": "codeableConcept", "valueCodeableConcept": { "coding": [
        { "system": "http://example.org", "code": "m" }, { "system": GENDERS, "code": "other" },
    ] } });
    assert_eq!(result(json!([url, concept])), true);
    let grouping = |flag: bool| {
        let code = [("url", ACT), ("code", "_ActEncounterCode")]
            .map(|(name, value)| json!({ "name": name, "valueUri": value }));
        let [url, code] = code;
        told(
            &valid("CodeSystem/$validate-code", json!([url, code, { "name": "abstract", "valueBoolean": flag }])),
            "result",
        )
    };
    assert_eq!((grouping(true), grouping(false)), (json!(true), json!(false)));
    let language = world.doctor().get("/fhir/CodeSystem/$validate-code?url=urn:ietf:bcp:47&code=pt-BR").is(200).json();
    assert_eq!(told(&language, "result"), true);
}

#[test]
fn a_code_is_looked_up_and_held_against_another() {
    let world = World::new();
    let found = world.doctor().get(&format!("/fhir/CodeSystem/$lookup?system={ACT}&code=ACUTE")).is(200).json();
    assert_eq!((told(&found, "display"), told(&found, "version")), (json!("inpatient acute"), json!("2018-08-12")));
    let properties: Vec<&Value> =
        found["parameter"].as_array().unwrap().iter().filter(|one| one["name"] == "property").collect();
    let value = |code: &str| {
        properties.iter().find(|one| one["part"][0]["valueCode"] == code).map(|one| one["part"][1].clone())
    };
    assert_eq!(value("parent"), Some(json!({ "name": "value", "valueCode": "IMP" })));
    assert!(value("definition").is_some() && value("child").is_none());
    let few =
        world.doctor().get(&format!("/fhir/CodeSystem/$lookup?system={ACT}&code=ACUTE&property=parent")).is(200).json();
    assert_eq!(few["parameter"].as_array().unwrap().iter().filter(|one| one["name"] == "property").count(), 1);
    let coding = json!([{ "name": "coding", "valueCoding": { "system": GENDERS, "code": "male" } }]);
    assert_eq!(told(&ask(world.doctor(), "CodeSystem/$lookup", &coding).is(200).json(), "display"), "Male");
    for (a, b, outcome) in [
        ("IMP", "ACUTE", "subsumes"),
        ("ACUTE", "IMP", "subsumed-by"),
        ("AMB", "IMP", "not-subsumed"),
        ("AMB", "AMB", "equivalent"),
    ] {
        let answer =
            world.doctor().get(&format!("/fhir/CodeSystem/$subsumes?system={ACT}&codeA={a}&codeB={b}")).is(200).json();
        assert_eq!(told(&answer, "outcome"), outcome, "{a} {b}");
    }
}
