//! The FHIR console as a browser meets it: what a call is answered, its plan, and that it shows no more than `/fhir` does.

use serde_json::{Value, json};

use crate::harness::{Client, Who, World};

/// The page after a call was sent.
fn tried(client: &Client, pairs: &[(&str, &str)]) -> String {
    client.request("POST", "/console").header("Accept-Language", "pt-BR").form(pairs).send().is(200).text()
}

/// What a button or a hidden field of a page says.
fn said(page: &str, name: &str) -> Option<String> {
    let rest = page.split_once(&format!("name=\"{name}\" value=\""))?.1;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

fn filled() -> World {
    let world = World::new();
    for (n, family) in ["Tavares", "Tavares", "Tavares", "Quintela"].into_iter().enumerate() {
        let patient = json!({ "resourceType": "Patient", "id": format!("c{n}"), "birthDate": format!("198{n}-01-01"),
            "name": [{ "family": family, "given": ["Ana"] }],
            "identifier": [{ "system": "http://rnds-fhir.saude.gov.br/NamingSystem/cpf", "value": "39053344705" }] });
        let patient = if n == 0 { patient } else { without_identifier(patient) };
        world.doctor().request("PUT", &format!("/fhir/Patient/c{n}")).fhir(&patient).send().is(201);
    }
    world
}

fn without_identifier(mut patient: Value) -> Value {
    if let Some(members) = patient.as_object_mut() {
        members.remove("identifier");
    }
    patient
}

#[test]
fn a_search_is_answered_with_its_plan_page_by_page() {
    let world = filled();
    let call = "https://clinica.example/fhir/Patient?family=tavares&birthdate=ge1970&_count=2&_total=accurate";
    let first = tried(world.doctor(), &[("call", call)]);
    assert!(first.contains("200 OK") && first.contains("Patient/c0") && first.contains("Patient/c1"));
    assert!(!first.contains("Patient/c2") && !first.contains("Patient/c3"));
    assert!(
        first.contains("<code>birthdate</code>") && first.contains("A busca percorre as linhas de “family”"),
        "{first}"
    );
    assert!(first.contains("family=tavares</code>"), "what was understood");
    let page = said(&first, "_page").unwrap();
    let second = tried(world.doctor(), &[("call", call), ("handling", "strict"), ("_page", &page)]);
    assert!(second.contains("Patient/c2") && !second.contains("Patient/c1\""), "{second}");
    let back = said(&second, "_page").unwrap();
    assert!(tried(world.doctor(), &[("call", call), ("_page", &back)]).contains("Patient/c0"));
    // Changed on the way, a cursor is one of another search.
    let foreign = tried(world.doctor(), &[("call", "Patient?family=quintela"), ("_page", &page)]);
    assert!(foreign.contains("400 Bad Request") && foreign.contains("_cursor"), "{foreign}");
}

#[test]
fn it_shows_what_the_role_sees_and_the_journal_hears_of_it() {
    let world = filled();
    assert!(tried(world.doctor(), &[("call", "Patient/c0")]).contains("39053344705"));
    let masked = tried(world.client(Who::Admin), &[("call", "Patient?family=tavares")]);
    assert!(masked.contains("Patient/c0") && masked.contains("LGPD-Masked") && !masked.contains("39053344705"));
    for (who, call) in [(Who::Admin, "Observation"), (Who::Reception, "Composition?title=consulta")] {
        assert!(tried(world.client(who), &[("call", call)]).contains("403 Forbidden"), "{call}");
    }
    let audit = |query: &str| world.client(Who::Auditor).get(&format!("/api/audit?{query}&limit=100")).is(200).json();
    let searches = audit("event=search");
    let seen = searches["items"].as_array().unwrap().iter().any(|entry| {
        entry["role"] == "ADMIN" && entry["records"].as_array().unwrap().iter().any(|record| record["id"] == "c0")
    });
    assert!(seen, "{searches}");
    assert!(audit("event=denied")["total"].as_u64() >= Some(2));
    assert!(world.home.verify().contains("ok, "));
}

#[test]
fn what_is_wrong_is_said_and_what_was_typed_stays() {
    let world = World::new();
    let refused = tried(world.doctor(), &[("call", "Patient?familia=souza")]);
    assert!(refused.contains("400 Bad Request") && refused.contains("<code>familia</code>"));
    assert!(refused.contains("value=\"Patient?familia=souza\""));
    let lenient = tried(world.doctor(), &[("call", "Patient?familia=souza"), ("handling", "lenient")]);
    assert!(lenient.contains("200 OK") && lenient.contains("<code>familia</code>"));
    for call in ["", "  ", "GET /fhir", &"x".repeat(5000)] {
        let page = tried(world.doctor(), &[("call", call)]);
        assert!(page.contains("id=\"f-call-error\"") && !page.contains("id=\"answer\""), "{call}");
    }
    let page = tried(world.doctor(), &[("call", "Patient?name=<script>alert(1)</script>\"ção")]);
    assert!(page.contains("200 OK") && !page.contains("<script>alert"));
    for call in ["Nada", "Patient/nenhum", "../api/me", "Patient/%2e%2e/x/y/z"] {
        assert!(tried(world.doctor(), &[("call", call)]).contains("404 Not Found"), "{call}");
    }
}

#[test]
fn a_confined_reader_is_told_no_counts() {
    let world = World::new();
    let page = tried(world.client(Who::Patient), &[("call", "Composition?status=final")]);
    assert!(
        page.contains("200 OK") && page.contains("o caminho e as contagens não aparecem") && !page.contains("Conduz"),
        "{page}"
    );
}

#[test]
fn the_readable_statement_is_the_one_that_is_sent() {
    let world = World::new();
    let statement = world.client(Who::Nobody).get("/fhir/metadata").is(200).json();
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    let overview = world.client(Who::Reception).get("/console/capabilities").is(200).text();
    for resource in resources {
        let kind = resource["type"].as_str().unwrap();
        assert!(overview.contains(&format!("href=\"/console/capabilities/{kind}\"")), "{kind}");
    }
    let named = |kind: &str| resources.iter().find(|resource| resource["type"] == kind).unwrap();
    for kind in ["Patient", "Observation"] {
        let page = world.client(Who::Reception).get(&format!("/console/capabilities/{kind}")).is(200).text();
        let resource = named(kind);
        for (key, member) in [("searchParam", "name"), ("interaction", "code"), ("operation", "name")] {
            for one in resource[key].as_array().unwrap() {
                assert!(page.contains(one[member].as_str().unwrap()), "{kind}: {one}");
            }
        }
    }
    let chosen = world.client(Who::Doctor).request("POST", "/console/capabilities").form(&[("type", "Slot")]).send();
    assert_eq!(chosen.is(303).header("location"), Some("/console/capabilities/Slot"));
}
