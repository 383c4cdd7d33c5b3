//! The CapabilityStatement, walked: everything it claims is asked for, on every type.

use serde_json::{Value, json};

use crate::harness::{Client, Who, World, percent};

/// A value that a parameter of a type can be asked for.
fn value(parameter: &Value) -> &'static str {
    match (parameter["name"].as_str().unwrap(), parameter["type"].as_str().unwrap()) {
        ("near", _) => "-23.5|-46.6|10|km",
        (_, "number" | "quantity") => "5",
        (_, "date") => "2026",
        (_, "uri") => "http://example.org/x",
        (_, "reference") => "x",
        (_, "string" | "token") => "abc",
        (name, kind) => panic!("no value for {name}, a {kind}"),
    }
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value[key].as_array().into_iter().flatten()
}

#[test]
fn everything_it_claims_is_there() {
    let world = World::new();
    let statement = world.client(Who::Nobody).get("/fhir/metadata").is(200).json();
    assert_eq!((&statement["fhirVersion"], &statement["kind"]), (&json!("4.0.1"), &json!("instance")));
    let rest = &statement["rest"][0];
    assert_eq!(list(rest, "resource").count(), 146, "every type of R4");
    let doctor = world.doctor();
    let mut parameters = 0;
    for resource in list(rest, "resource") {
        let kind = resource["type"].as_str().unwrap();
        interactions(doctor, kind, resource);
        for parameter in list(resource, "searchParam") {
            parameters += 1;
            let name = parameter["name"].as_str().unwrap();
            // A composite's other parts have types of their own: what is asked of them may be no value of that.
            let values = match parameter["type"].as_str() {
                Some("composite") => vec!["abc$5", "abc$5$5"],
                _ => vec![value(parameter)],
            };
            for value in values {
                let answer = doctor.get(&format!("/fhir/{kind}?{name}={}&_count=1", percent(value)));
                let composite = parameter["type"] == "composite"
                    && answer.status == 400
                    && !answer.text().contains("not-supported");
                assert!(answer.status == 200 || composite, "{kind}?{name}: {}", answer.text());
            }
        }
        for include in list(resource, "searchInclude") {
            let include = include.as_str().unwrap();
            doctor.get(&format!("/fhir/{kind}?_include={include}&_count=1")).is(200);
            doctor.get(&format!("/fhir/Patient?_revinclude={include}&_count=1")).is(200);
        }
        for operation in list(resource, "operation") {
            let name = operation["name"].as_str().unwrap();
            let nothing = json!({ "resourceType": "Parameters" });
            let called = [("GET", ""), ("GET", "x/"), ("POST", "")].map(|(method, id)| {
                let request = doctor.request(method, &format!("/fhir/{kind}/{id}${name}"));
                if method == "POST" { request.fhir(&nothing).send() } else { request.send() }
            });
            let answered =
                |answer: &crate::harness::Answer| answer.status != 405 && !answer.text().contains("no-route");
            assert!(called.iter().any(answered), "{kind}/${name}: {}", called[0].text());
        }
    }
    assert!(parameters > 3000, "{parameters} parameters");
    let compartments: Vec<&str> = list(rest, "compartment").map(|one| one.as_str().unwrap()).collect();
    assert_eq!(compartments.len(), 5);
    for definition in compartments {
        let name = definition.strip_prefix("http://hl7.org/fhir/CompartmentDefinition/").unwrap();
        let of = list(rest, "resource").map(|resource| resource["type"].as_str().unwrap());
        let of = of.into_iter().find(|kind| kind.eq_ignore_ascii_case(name)).unwrap();
        doctor.get(&format!("/fhir/{of}/x/Observation?_count=1")).is(200);
    }
    for interaction in list(rest, "interaction") {
        let answer = match interaction["code"].as_str().unwrap() {
            kind @ ("transaction" | "batch") => {
                doctor.request("POST", "/fhir").fhir(&json!({ "resourceType": "Bundle", "type": kind })).send()
            }
            "history-system" => doctor.get("/fhir/_history"),
            "search-system" => doctor.get("/fhir?_type=Patient"),
            other => panic!("{other} is claimed and not tried here"),
        };
        answer.is(200);
    }
}

/// Makes one, and does to it everything that is claimed.
fn interactions(client: &Client, kind: &str, resource: &Value) {
    // A final record is changed for a reason alone.
    let body = json!({ "resourceType": kind, "status": if kind == "Composition" { "preliminary" } else { "active" } });
    let body = if kind == "SearchParameter" { search_parameter() } else { body };
    let lenient = |method: &str, path: &str| client.request(method, path).header("Prefer", "validation=lenient");
    let made = lenient("POST", &format!("/fhir/{kind}")).fhir(&body).send().is(201);
    let id = made.id();
    let at = format!("/fhir/{kind}/{id}");
    for interaction in list(resource, "interaction") {
        let code = interaction["code"].as_str().unwrap();
        let answer = match code {
            "create" => continue,
            "read" => client.get(&at),
            "vread" => client.get(&format!("{at}/_history/1")),
            "update" => {
                let mut changed = body.clone();
                (changed["id"], changed["language"]) = (id.as_str().into(), "pt-BR".into());
                lenient("PUT", &at).fhir(&changed).send()
            }
            "patch" => {
                let patch = json!([{ "op": "add", "path": "/language", "value": "pt" }]);
                lenient("PATCH", &at).body("application/json-patch+json", patch.to_string()).send()
            }
            "history-instance" => client.get(&format!("{at}/_history")),
            "history-type" => client.get(&format!("/fhir/{kind}/_history?_count=1")),
            "search-type" => client.get(&format!("/fhir/{kind}?_count=1")),
            "delete" => continue,
            other => panic!("{other} is claimed and not tried here"),
        };
        assert!(answer.status == 200, "{kind} {code}: {}", answer.text());
    }
    let gone = client.request("DELETE", &format!("{at}?reason={}", percent("foi um teste"))).send();
    assert_eq!(gone.status, 204, "{kind}: {}", gone.text());
    client.get(&at).is(410);
}

/// One of a clinic's own is checked as a whole.
fn search_parameter() -> Value {
    json!({ "resourceType": "SearchParameter", "url": "http://example.org/busca", "name": "Busca", "description": "x",
        "status": "active", "code": "apelido", "base": ["Patient"], "type": "string", "expression": "Patient.name.text" })
}
