//! What a role cannot see stays where it is, and is told by no answer.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::harness::{Client, GENEROUS, Who, World};

const CPF: &str = "http://rnds-fhir.saude.gov.br/NamingSystem/cpf";

fn put(client: &Client, path: &str, version: u32, body: &Value) -> u16 {
    client.request("PUT", path).header("If-Match", &format!("W/\"{version}\"")).fhir(body).send().status
}

#[test]
fn a_covered_cpf_cannot_be_guessed_nor_taken_away() {
    let world = World::with(&GENEROUS);
    let doctor = world.doctor();
    let two = json!({ "resourceType": "Patient", "id": "dois", "name": [{ "text": "Ana" }],
        "identifier": [{ "system": CPF, "value": "39053344705" }, { "system": "urn:antigo", "value": "111.444.777-35" }] });
    doctor.request("PUT", "/fhir/Patient/dois").fhir(&two).send().is(201);
    let admin = world.client(Who::Admin);
    let seen = admin.get("/fhir/Patient/dois").is(200).json();
    assert_eq!(seen["identifier"][0]["value"], "***.533.447-**");
    assert_eq!(put(admin, "/fhir/Patient/dois", 1, &seen), 200, "what was read changes nothing");
    for guess in ["39053344705", "390.533.447-05", "11144477735", "52998224725"] {
        let mut sent = seen.clone();
        sent["identifier"][0]["value"] = guess.into();
        assert_eq!(put(admin, "/fhir/Patient/dois", 1, &sent), 422, "{guess}: right or wrong, the answer is the same");
    }
    let mut sent = seen.clone();
    sent["identifier"].as_array_mut().unwrap().pop();
    assert_eq!(put(admin, "/fhir/Patient/dois", 1, &sent), 422, "one of two is not taken away");
    let mut sent = seen.clone();
    sent["identifier"][1]["system"] = "urn:novo".into();
    sent["identifier"].as_array_mut().unwrap().push(json!({ "system": "urn:x", "value": "7" }));
    assert_eq!(
        put(admin, "/fhir/Patient/dois", 1, &sent),
        200,
        "the one that was edited is known, and keeps its digits"
    );
    let kept = doctor.get("/fhir/Patient/dois").is(200).json();
    let values: Vec<&str> =
        kept["identifier"].as_array().unwrap().iter().filter_map(|one| one["value"].as_str()).collect();
    assert_eq!(values, ["39053344705", "111.444.777-35", "7"]);
}

#[test]
fn an_expression_that_fails_tells_nothing_of_what_is_hidden() {
    let world = World::with(&GENEROUS);
    let parameter = json!({ "resourceType": "SearchParameter", "id": "espia", "url": "urn:espia", "name": "espia", "status": "active",
        "description": "x", "code": "espia", "type": "token", "base": ["Condition"],
        "expression": "iif(code.coding.code.exists($this = 'B24'), ('a' | 'b').single(), {})" });
    world.client(Who::Admin).request("PUT", "/fhir/SearchParameter/espia").fhir(&parameter).send().is(403);
    world.doctor().request("PUT", "/fhir/SearchParameter/espia").fhir(&parameter).send().is(201);
    let told = |client: &Client| {
        let status = client.get("/fhir/SearchParameter/espia/$reindex").is(200).json();
        status["parameter"].as_array().unwrap().iter().any(|one| one["name"] == "failed")
    };
    assert!(told(world.doctor()) && !told(world.client(Who::Admin)));
}

#[test]
fn what_the_form_does_not_show_stays() {
    let world = World::with(&GENEROUS);
    let doctor = world.doctor();
    let geo = json!([{ "url": "http://hl7.org/fhir/StructureDefinition/geolocation", "extension": [
        { "url": "latitude", "valueDecimal": -8.05 }, { "url": "longitude", "valueDecimal": -34.9 }] }]);
    let patient = json!({ "resourceType": "Patient", "id": "casa",
        "name": [{ "use": "official", "prefix": ["Dra."], "family": "Lima", "given": ["Rosa"] }],
        "birthDate": "1980-01-01", "gender": "female",
        "address": [{ "use": "home", "extension": geo, "line": ["Rua A, 1"], "district": "Boa Vista", "city": "Recife", "state": "PE" }] });
    doctor.request("PUT", "/fhir/Patient/casa").fhir(&patient).send().is(201);
    let desk = world.client(Who::Reception);
    let read = desk.get("/api/patients/casa").is(200).json();
    let mut sent = read.clone();
    sent["address"]["district"] = "Casa Forte".into();
    sent["name"] = "Rosa Lima Dias".into();
    desk.request("PUT", "/api/patients/casa").header("If-Match", "W/\"1\"").json(&sent).send().is(200);
    let kept = doctor.get("/fhir/Patient/casa").is(200).json();
    let address = &kept["address"][0];
    assert_eq!(
        (&address["district"], &address["extension"], &address["line"][0]),
        (&json!("Casa Forte"), &geo, &json!("Rua A, 1"))
    );
    assert_eq!((&kept["name"][0]["family"], &kept["name"][0]["prefix"][0]), (&json!("Dias"), &json!("Dra.")));
}

#[test]
fn a_period_that_ends_before_it_begins_is_found_between_its_ends() {
    let world = World::with(&GENEROUS);
    let doctor = world.doctor();
    let stay = json!({ "resourceType": "Encounter", "id": "volta", "status": "finished",
        "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" },
        "period": { "start": "2026-03-10T10:00:00Z", "end": "2026-03-01T10:00:00Z" } });
    let sent = doctor.request("PUT", "/fhir/Encounter/volta").header("Prefer", "validation=lenient").fhir(&stay).send();
    sent.is(201);
    for search in
        ["date=2026-03", "date=ge2026-03-05&date=lt2026-03-06", "status=finished&date=ge2026-03-05&date=lt2026-03-06"]
    {
        let found = doctor.get(&format!("/fhir/Encounter?_id=volta&{search}")).is(200).json();
        assert_eq!(found["total"], 1, "{search}");
    }
}

#[test]
fn who_stops_sending_is_let_go() {
    let world = World::with(&GENEROUS);
    let doctor = world.doctor();
    let mut stream = TcpStream::connect(doctor.address).unwrap();
    let head = format!(
        "POST /fhir/Basic HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/fhir+json\r\nContent-Length: 30000000\r\n\r\n",
        doctor.token.as_deref().unwrap()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&[b' '; 70_000]).unwrap();
    // Two of the longest are all the room there is: others of other accounts go on meanwhile, and this one ends.
    let large = json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x".repeat(100_000) } });
    world.client(Who::Nurse).request("POST", "/fhir/Observation").fhir(&large).send().is(201);
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}
