//! `Patient/$match` as its clients meet it: who is found, how surely, and what stays hidden from whom.

use serde_json::{Value, json};

use crate::harness::{Answer, Client, Who, World};

const CPF: &str = "http://rnds-fhir.saude.gov.br/NamingSystem/cpf";

fn person(given: &str, family: &str, birth: &str, gender: &str, cpf: &str) -> Value {
    let mut one = json!({ "resourceType": "Patient", "name": [{ "given": given.split(' ').collect::<Vec<_>>(), "family": family }] });
    for (key, value) in [("birthDate", birth), ("gender", gender)] {
        if !value.is_empty() {
            one[key] = json!(value);
        }
    }
    if !cpf.is_empty() {
        one["identifier"] = json!([{ "system": CPF, "value": cpf }]);
    }
    one
}

fn ask(client: &Client, described: &Value, more: &[Value]) -> Answer {
    let mut list = vec![json!({ "name": "resource", "resource": described })];
    list.extend_from_slice(more);
    let body = json!({ "resourceType": "Parameters", "parameter": list });
    client.request("POST", "/fhir/Patient/$match").fhir(&body).send()
}

/// Who is found, with the grade.
fn found(client: &Client, described: &Value) -> Vec<(String, String)> {
    let bundle = ask(client, described, &[]).is(200).json();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("searchset")));
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!(bundle["total"], entries.len());
    let scores: Vec<f64> = entries.iter().map(|entry| entry["search"]["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores.iter().all(|score| (0.0..=1.0).contains(score)));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    entries
        .iter()
        .map(|entry| {
            let extension = &entry["search"]["extension"][0];
            assert_eq!(extension["url"], "http://hl7.org/fhir/StructureDefinition/match-grade");
            assert_eq!(entry["search"]["mode"], "match");
            (text(&entry["resource"]["id"]), text(&extension["valueCode"]))
        })
        .collect()
}

fn filled() -> World {
    let world = World::new();
    for (id, given, family, birth, gender, cpf) in [
        ("thais", "Thays Cristina", "Gonçalves de Souza", "1990-07-12", "female", "12345678909"),
        ("twin", "Thaís Helena", "Gonçalves de Souza", "1990-07-12", "female", "11144477735"),
        ("wellington", "Wellington", "Luiz Teixeira", "1975-03-04", "male", ""),
        ("felipe", "Philipe", "Moraes", "2001-11-30", "male", ""),
        ("father", "José", "Moraes", "1961-01-20", "male", ""),
    ] {
        let mut one = person(given, family, birth, gender, cpf);
        one["id"] = json!(id);
        if id == "felipe" {
            one["telecom"] = json!([{ "system": "phone", "value": "+55 11 98888-7777" }]);
        }
        world.doctor().request("PUT", &format!("/fhir/Patient/{id}")).fhir(&one).send().is(201);
    }
    world
}

#[test]
fn a_person_is_found_however_they_are_spelt() {
    let world = filled();
    let named = |given: &str, family: &str, birth: &str, gender: &str| {
        found(world.doctor(), &person(given, family, birth, gender, ""))
    };
    let one = |id: &str, grade: &str| vec![(id.to_owned(), grade.to_owned())];
    assert_eq!(named("Wellington", "Luiz Teixeira", "1975-03-04", "male"), one("wellington", "certain"));
    assert_eq!(named("Uelinton", "Luis Texeira", "1975-03-04", "male"), one("wellington", "probable"));
    assert_eq!(named("Uelinton", "Teixeira", "1975-04-03", "male"), one("wellington", "probable"));
    assert_eq!(named("Welington", "Teixeira", "1976-03-04", ""), one("wellington", "possible"));
    assert_eq!(named("Felipe", "Morais", "2001-11-30", ""), one("felipe", "probable"));
    assert_eq!(named("Felipe", "Morais", "", ""), one("felipe", "possible"));
    assert_eq!(named("Felipe", "Nogueira", "", ""), []);
    assert_eq!(named("Zulmira", "Quaresma", "1975-03-04", "female"), []);
    let both = named("Tais Cristina", "Goncalves Sousa", "1990-07-12", "female");
    assert_eq!(both[0], ("thais".to_owned(), "probable".to_owned()));
    assert_eq!((both.len(), both[1].0.as_str()), (2, "twin"));
    // What is posted alone is the person sought.
    let alone = person("Felipe", "Morais", "2001-11-30", "", "");
    let bundle = world.doctor().request("POST", "/fhir/Patient/$match").fhir(&alone).send().is(200).json();
    assert_eq!(bundle["entry"][0]["resource"]["id"], "felipe");
}

#[test]
fn a_cpf_and_a_telephone_find_as_well() {
    let world = filled();
    let cpf = found(world.doctor(), &person("Taís", "Souza", "", "", "123.456.789-09"));
    assert_eq!(cpf[0], ("thais".to_owned(), "certain".to_owned()));
    assert!(cpf.iter().skip(1).all(|(_, grade)| grade != "certain"));
    let phone = json!({ "resourceType": "Patient", "name": [{ "text": "Felipe Moraes" }], "telecom": [{ "system": "phone", "value": "(11) 98888-7777" }] });
    assert_eq!(found(world.doctor(), &phone)[0].0, "felipe");
}

#[test]
fn only_one_certain_match_is_certain() {
    let world = filled();
    let flag = [json!({ "name": "onlyCertainMatches", "valueBoolean": true })];
    let certain = |described: &Value| ask(world.doctor(), described, &flag).is(200).json()["total"].clone();
    let thais = person("Thays Cristina", "Gonçalves de Souza", "1990-07-12", "female", "12345678909");
    assert_eq!(certain(&thais), 1);
    assert_eq!(certain(&person("Felipe", "Morais", "", "", "")), 0);
    let mut again = person("Wellington", "Luiz Teixeira", "1975-03-04", "male", "");
    world.doctor().request("POST", "/fhir/Patient").fhir(&again).send().is(201);
    assert_eq!(certain(&again), 0);
    again["birthDate"] = json!("1975");
    let count = [json!({ "name": "count", "valueInteger": 1 })];
    assert_eq!(ask(world.doctor(), &again, &count).is(200).json()["total"], 1);
}

#[test]
fn what_a_role_cannot_see_neither_matches_nor_tells() {
    let world = filled();
    let admin = world.client(Who::Admin);
    let cpf = json!({ "resourceType": "Patient", "identifier": [{ "system": CPF, "value": "12345678909" }] });
    assert_eq!(found(world.client(Who::Reception), &cpf).len(), 1);
    assert_eq!(found(admin, &cpf), []);
    let (right, wrong) = ("12345678909", "11144477735");
    let score = |cpf: &str| {
        let described = person("Thays Cristina", "Gonçalves de Souza", "1990-07-12", "female", cpf);
        ask(admin, &described, &[]).is(200).json()["entry"][0]["search"]["score"].clone()
    };
    assert_eq!(score(right), score(wrong));
    assert_eq!(score(right), score(""));
    let answer = ask(admin, &person("Thays Cristina", "Gonçalves de Souza", "1990-07-12", "", ""), &[]).is(200);
    assert!(!answer.text().contains(right) && answer.header("lgpd-masked").is_some());
    ask(world.client(Who::Patient), &cpf, &[]).is(403);
    ask(world.client(Who::Auditor), &cpf, &[]).is(403);
}

#[test]
fn who_was_shown_is_in_the_journal_and_who_was_sought_is_not() {
    let world = filled();
    assert_eq!(found(world.doctor(), &person("Felipe", "Morais", "2001-11-30", "", "")).len(), 1);
    let journal = world.client(Who::Auditor).get("/api/audit?event=search&limit=5").is(200);
    let text = journal.text();
    let newest = &journal.json()["items"][0];
    assert_eq!(newest["records"].as_array().unwrap().len(), 1, "{newest}");
    assert_eq!(newest["records"][0]["id"], "felipe", "{newest}");
    assert!(!text.contains("Morais") && !text.contains("2001-11-30"));
    assert!(world.home.verify().contains("ok, "));
}

#[test]
fn what_tells_nobody_is_refused() {
    let world = filled();
    ask(world.doctor(), &json!({ "resourceType": "Patient", "gender": "male" }), &[]).is(422);
    let unknown = [json!({ "name": "nonsense", "valueString": "x" })];
    ask(world.doctor(), &person("Ana", "Lima", "", "", ""), &unknown).is(400);
    let nothing = json!({ "resourceType": "Parameters", "parameter": [] });
    world.doctor().request("POST", "/fhir/Patient/$match").fhir(&nothing).send().is(400);
    world.doctor().request("POST", "/fhir/Observation/$match").fhir(&nothing).send().is(404);
}
