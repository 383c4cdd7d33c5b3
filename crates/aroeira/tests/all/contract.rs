//! The REST contract, line by line, as a program meets it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Answer, Client, PASSWORD, Who, World, percent, record};

const RECORDS: &str = "/api/medical-records";

fn at(id: &str) -> String {
    format!("{RECORDS}/{id}")
}

#[test]
fn a_record_is_written_read_amended_deleted_and_restored() {
    let world = World::new();
    let doctor = world.doctor();

    let made = doctor.post(RECORDS, &record(&world.patient, "Retorno")).is(201);
    let id = made.id();
    assert_eq!(made.header("location"), Some(at(&id).as_str()));
    assert_eq!(made.etag(), "W/\"1\"");
    let read = doctor.get(&at(&id)).is(200);
    assert_eq!((read.etag(), read.json()), (made.etag(), made.json()));
    let told = read.json();
    assert_eq!(told["patientName"], "João da Silva");
    assert_eq!(told["authorName"], "Rui Prado");
    assert_eq!(
        (&told["status"], &told["version"], &told["date"]),
        (&json!("final"), &json!(1), &json!("2026-03-04T10:30:00-03:00"))
    );
    assert_eq!(told["codes"][0]["code"], "I10");
    for (name, value) in record(&world.patient, "Retorno").as_object().unwrap() {
        assert_eq!(&told[name], value, "{name}");
    }

    let same = doctor.request("GET", &at(&id)).header("If-None-Match", "W/\"1\"").send().is(304);
    assert!(same.body.is_empty() && same.etag() == "W/\"1\"");
    doctor.request("GET", &at(&id)).header("If-None-Match", "W/\"7\"").send().is(200);

    amended(doctor, &id);
    deleted_and_restored(&world, &id);
    assert!(world.home.verify().contains("ok, "));
}

#[test]
fn a_record_that_was_read_is_told_anew_when_anything_of_it_changes() {
    let world = World::new();
    let doctor = world.doctor();
    let id = doctor.post(RECORDS, &record(&world.patient, "Retorno")).is(201).id();
    let told = || doctor.get(&at(&id)).is(200).json();
    let first = told();
    assert_eq!(told(), first, "the same again");

    // Somebody else's eyes, between two of the doctor's.
    let desk = world.client(Who::Reception).get(&at(&id)).is(200);
    assert_eq!((&desk.json()["diagnosis"], &desk.json()["patientName"]), (&json!("***"), &first["patientName"]));
    assert!(desk.header("lgpd-masked").is_some());
    assert_eq!(told(), first, "what was covered for others is not covered here");

    let patient = format!("/api/patients/{}", world.patient);
    let etag = doctor.get(&patient).is(200).etag();
    doctor.put(&patient, &etag, &json!({ "name": "João da Silva Prado" })).is(200);
    assert_eq!(told()["patientName"], "João da Silva Prado", "the record's own version is the same");
    doctor.put(&at(&id), "W/\"1\"", &json!({ "notes": "Outra nota.", "reason": "faltava" })).is(200);
    assert_eq!((&told()["notes"], &told()["version"]), (&json!("Outra nota."), &json!(2)));
}

/// Preconditions, in the order in which they are looked at.
fn amended(doctor: &Client, id: &str) {
    let put = |body: &Value| doctor.request("PUT", &at(id)).json(body);
    put(&json!({ "notes": "x", "reason": "motivo" })).send().is(428);
    let stale = put(&json!({ "notes": "x", "reason": "motivo" })).header("If-Match", "W/\"9\"").send().is(412);
    assert_eq!(stale.json()["current"], 1);
    let other = put(&json!({ "notes": "x", "reason": "motivo", "version": 9 })).send().is(409);
    assert_eq!(other.json()["current"], 1);
    // What is wrong with the body is looked at later.
    put(&json!({ "nonsense": 1 })).header("If-Match", "W/\"9\"").send().is(412);
    doctor.request("PUT", &at(id)).header("If-Match", "W/\"9\"").body("application/json", "{").send().is(412);
    put(&json!({ "nonsense": 1 })).header("If-Match", "W/\"1\"").send().is(422).names(&[("nonsense", "unknown")]);
    put(&json!({ "notes": "x" })).header("If-Match", "W/\"1\"").send().is(422).names(&[("reason", "reason.required")]);
    put(&json!({ "status": "draft", "reason": "motivo" }))
        .header("If-Match", "W/\"1\"")
        .send()
        .is(422)
        .names(&[("status", "one-of")]);

    let second = doctor.put(&at(id), "W/\"1\"", &json!({ "notes": "Outra nota.", "reason": "faltava" })).is(200);
    assert_eq!(second.etag(), "W/\"2\"");
    let second = second.json();
    assert_eq!(
        (&second["status"], &second["notes"], &second["reason"]),
        (&json!("amended"), &json!("Outra nota."), &json!("faltava"))
    );
    assert_eq!(second["diagnosis"], "Hipertensão arterial sistêmica.", "what is not sent stays");
    // The version in the body alone is enough, and what was read may be sent back.
    let mut back = doctor.get(&at(id)).is(200).json();
    back["title"] = "Retorno em 30 dias".into();
    back["reason"] = "título".into();
    let third = put(&back).send().is(200);
    assert_eq!(third.etag(), "W/\"3\"");

    let history = doctor.get(&format!("{}/history", at(id))).is(200).json();
    assert_eq!((&history["total"], &history["nextCursor"]), (&json!(3), &Value::Null));
    let newest = &history["items"][0];
    assert_eq!(
        (&newest["version"], &newest["event"], &newest["reason"]),
        (&json!(3), &json!("update"), &json!("título"))
    );
    assert_eq!(newest["authorName"], "Rui Prado");
    assert!(newest["at"].is_string());
    assert_eq!(newest["changes"], json!([{ "field": "title", "before": "Retorno", "after": "Retorno em 30 dias" }]));
    assert_eq!(history["items"][2]["event"], "create");
}

fn deleted_and_restored(world: &World, id: &str) {
    let (doctor, admin) = (world.doctor(), world.client(Who::Admin));
    doctor.request("DELETE", &at(id)).json(&json!({ "reason": "engano" })).send().is(428);
    doctor.delete(&at(id), "W/\"1\"", "engano").is(412);
    doctor
        .request("DELETE", &at(id))
        .header("If-Match", "W/\"3\"")
        .send()
        .is(422)
        .names(&[("reason", "reason.required")]);
    let query = format!("{}?reason={}", at(id), percent("registro em duplicidade"));
    let gone = doctor.request("DELETE", &query).header("If-Match", "W/\"3\"").send().is(204);
    assert!(gone.body.is_empty());
    doctor.get(&at(id)).is(410);
    // A PUT revives nothing, whichever door it comes through.
    doctor.put(&at(id), "W/\"4\"", &json!({ "notes": "x", "reason": "motivo" })).is(410);
    let composition = json!({ "resourceType": "Composition", "id": id, "status": "final" });
    doctor.request("PUT", &format!("/fhir/Composition/{id}")).fhir(&composition).send().is(410);
    doctor.delete(&at(id), "W/\"4\"", "engano").is(410);
    let restore = format!("{}/restore", at(id));
    doctor.post(&restore, &json!({ "reason": "engano" })).is(403);
    admin.post(&restore, &json!({})).is(422).names(&[("reason", "reason.required")]);
    let restored = admin.post(&restore, &json!({ "reason": "excluído por engano" })).is(200);
    assert_eq!(restored.etag(), "W/\"5\"");
    assert_eq!(restored.header("lgpd-masked"), Some("title,diagnosis,treatment,notes,priority,codes,reason"));
    admin.post(&restore, &json!({ "reason": "de novo" })).is(409);
    assert_eq!(doctor.get(&at(id)).is(200).json()["title"], "Retorno em 30 dias");
    let events: Vec<String> = doctor.get(&format!("{}/history", at(id))).json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events, ["restore", "delete", "update", "update", "create"]);
    doctor.get(&at("nenhum")).is(404);
    doctor.put(&at("nenhum"), "W/\"1\"", &json!({})).is(404);
}

#[test]
fn what_is_wrong_with_a_record_is_named_field_by_field() {
    let world = World::new();
    let doctor = world.doctor();
    doctor.post(RECORDS, &json!({})).is(422).names(&[
        ("patientId", "required"),
        ("title", "required"),
        ("type", "required"),
        ("date", "required"),
    ]);
    let mut body = record("ninguem", "Consulta");
    doctor.post(RECORDS, &body).is(422).names(&[("patientId", "patient.unknown")]);
    body = json!({
        "patientId": 1, "title": " ", "type": "surgery", "date": "04/03/2026", "diagnosis": [], "priority": "urgent",
        "status": "amended?", "codes": [{ "system": "sem dois pontos", "code": "I10", "extra": 1 }, 2], "unknown": true,
    });
    let answer = doctor.post(RECORDS, &body).is(422);
    let named: BTreeSet<String> = answer.fields().into_iter().map(|(field, _)| field).collect();
    for field in ["patientId", "title", "type", "date", "diagnosis", "priority", "status", "unknown"] {
        assert!(named.contains(field), "{field} is not among {named:?}");
    }
    // A list is read as a whole once its members have the right shape.
    body = record(&world.patient, "Consulta");
    body["codes"] = json!([{ "system": "sem dois pontos", "code": "I10", "extra": 1 }, { "code": "" }]);
    doctor.post(RECORDS, &body).is(422).names(&[
        ("codes[0].extra", "unknown"),
        ("codes[0].system", "uri"),
        ("codes[1].system", "required"),
        ("codes[1].code", "empty"),
    ]);
    body = record(&world.patient, &"t".repeat(201));
    doctor.post(RECORDS, &body).is(422).names(&[("title", "too-long")]);
    for date in ["2026-13-01", "2026-02-30", "2026-03-04T10:30:00", "amanhã", "", "2026"] {
        body = record(&world.patient, "Consulta");
        body["date"] = date.into();
        doctor.post(RECORDS, &body).is(422).names(&[("date", "date")]);
    }
    for date in ["2026-03-04", "2026-03-04T10:30:00Z", "2026-03-04T10:30:00.123-03:00"] {
        body = record(&world.patient, "Consulta");
        body["date"] = date.into();
        assert_eq!(doctor.post(RECORDS, &body).is(201).json()["date"], date);
    }
    let draft = json!({ "patientId": world.patient, "title": "Rascunho", "type": "other", "date": "2026-03-04", "status": "draft" });
    let draft = doctor.post(RECORDS, &draft).is(201);
    assert_eq!((&draft.json()["status"], &draft.json()["priority"]), (&json!("draft"), &json!("NORMAL")));
    // A draft needs no reason, and its patient does not see it.
    let patient = world.client(Who::Patient);
    patient.get(&at(&draft.id())).is(404);
    doctor.put(&at(&draft.id()), "W/\"1\"", &json!({ "status": "final" })).is(200);
    patient.get(&at(&draft.id())).is(200);
    for (kind, body) in [("application/json", "{\"title\": \"x\""), ("application/json", "")] {
        doctor.request("POST", RECORDS).body(kind, body).send().is(400);
    }
    doctor.post(RECORDS, &json!([1])).is(422);
}

#[test]
fn the_same_key_makes_one_record() {
    let world = World::new();
    let doctor = world.doctor();
    let send = |client: &Client, path: &str, key: &str, body: &Value| {
        client.request("POST", path).header("Idempotency-Key", key).json(body).send()
    };
    let body = record(&world.patient, "Uma vez só");
    let first = send(doctor, RECORDS, "k-1", &body).is(201);
    let again = send(doctor, RECORDS, "k-1", &body).is(201);
    assert_eq!((again.id(), again.etag()), (first.id(), first.etag()));
    assert_eq!(again.header("location"), first.header("location"));
    let mut other = body.clone();
    other["title"] = "Outra".into();
    send(doctor, RECORDS, "k-1", &other).is(422);
    // By user and by route.
    assert_ne!(send(world.client(Who::Nurse), RECORDS, "k-1", &body).is(201).id(), first.id());
    let patient = send(doctor, "/api/patients", "k-1", &json!({ "name": "Pessoa" })).is(201);
    assert_eq!(send(doctor, "/api/patients", "k-1", &json!({ "name": "Pessoa" })).is(201).id(), patient.id());
    send(doctor, RECORDS, &"k".repeat(256), &body).is(422).names(&[("Idempotency-Key", "idempotency-key")]);
    // Many at once are still one.
    let ids: BTreeSet<String> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| send(doctor, RECORDS, "k-2", &body).is(201).id())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1);
    // The amended record is not written over by the first request come again.
    doctor.put(&at(&first.id()), "W/\"1\"", &json!({ "notes": "nova", "reason": "motivo" })).is(200);
    let late = send(doctor, RECORDS, "k-1", &body).is(201);
    assert_eq!((late.id(), late.etag()), (first.id(), "W/\"1\"".to_owned()));
}

fn items(answer: &Answer) -> Vec<Value> {
    answer.json()["items"].as_array().unwrap_or_else(|| panic!("{}: no items", answer.asked)).clone()
}

fn titles(answer: &Answer) -> Vec<String> {
    items(answer).iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn lists_are_filtered_sorted_searched_and_paged() {
    let world = World::new();
    let doctor = world.doctor();
    let patient = world.new_patient("Lia Campos", None);
    for n in 1..=25 {
        let mut body = record(&patient, &format!("Consulta {n:02}"));
        body["date"] = format!("2026-01-{n:02}").into();
        body["priority"] = ["CRITICAL", "HIGH", "NORMAL", "LOW"][n % 4].into();
        body["type"] = if n % 5 == 0 { "exam" } else { "return" }.into();
        body["notes"] = if n == 7 { "Avaliação de Hipertireoidismo subclínico." } else { "Sem queixas." }.into();
        doctor.post(RECORDS, &body).is(201);
    }
    let list = |query: &str| doctor.get(&format!("{RECORDS}?patientId={patient}&{query}")).is(200);
    let first = list("limit=10");
    assert_eq!((items(&first).len(), &first.json()["total"]), (10, &json!(25)));
    assert_eq!(titles(&first)[0], "Consulta 25", "the newest first");
    assert_eq!(items(&list("")).len(), 20, "twenty where nobody says");

    // Walked to its end while others write: nothing twice, nothing missing.
    let (mut seen, mut cursor) = (titles(&first), first.json()["nextCursor"].clone());
    while let Some(next) = cursor.as_str() {
        world.new_record(&patient, "Escrita no meio");
        let page = list(&format!("limit=10&cursor={}", percent(next)));
        assert_eq!(page.json()["total"], 25, "the total stands");
        seen.extend(titles(&page));
        cursor = page.json()["nextCursor"].clone();
    }
    seen.retain(|title| title != "Escrita no meio");
    let unique: BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), unique.len()), (25, 25));

    // A cursor is good for who was given it, for that list, and as it was given.
    let next = first.json()["nextCursor"].as_str().unwrap().to_owned();
    let (before, seal) = next.rsplit_once('.').unwrap();
    let forged = format!("{before}.{}", "0".repeat(seal.len()));
    let another = format!("1{next}");
    for (query, cursor) in [("", &forged), ("", &another), ("sort=title&", &next)] {
        doctor.get(&format!("{RECORDS}?patientId={patient}&{query}cursor={cursor}")).is(422);
    }
    let nurse = world.client(Who::Nurse);
    nurse.get(&format!("{RECORDS}?patientId={patient}&cursor={next}")).is(422);
    doctor.get(&format!("{RECORDS}?patientId={patient}&limit=3&cursor={next}")).is(200);

    assert_eq!(list("priority=CRITICAL").json()["total"], 6);
    assert_eq!(list("type=exam").json()["total"], 5);
    assert_eq!(list("from=2026-01-03&to=2026-01-05").json()["total"], 3);
    assert_eq!(titles(&list("from=2026-01-03&to=2026-01-05&sort=date")), ["Consulta 03", "Consulta 04", "Consulta 05"]);
    assert_eq!(titles(&list("sort=title&limit=2")), ["Consulta 01", "Consulta 02"]);
    assert_eq!(items(&list("sort=-priority&limit=1"))[0]["priority"], "LOW");
    for q in
        ["hipertireoidismo", "HIPERTIREO*", "avaliacao", "\"avaliação de hipertireoidismo\"", "avaliacao subclinico"]
    {
        let found = list(&format!("q={}", percent(q)));
        assert_eq!(titles(&found), ["Consulta 07"], "{q}");
    }
    assert_eq!(
        list(&format!("q={}", percent("\"subclinico avaliacao\""))).json()["total"],
        0,
        "a phrase keeps its order"
    );
    let whole = doctor.get(&format!("{RECORDS}?limit=100")).is(200).json()["total"].as_u64().unwrap();
    assert!(whole >= 29, "{whole}");

    for (query, field, code) in [
        ("limit=101", "limit", "limit"),
        ("limit=0", "limit", "limit"),
        ("limit=x", "limit", "limit"),
        ("cursor=zzz", "cursor", "cursor"),
        ("priority=urgent", "priority", "one-of"),
        ("type=x", "type", "one-of"),
        ("from=ontem", "from", "date"),
        ("sort=notes", "sort", "sort"),
        ("q=%22", "q", "query"),
        ("page=2", "page", "unknown"),
    ] {
        doctor.get(&format!("{RECORDS}?{query}")).is(422).names(&[(field, code)]);
    }
}

#[test]
fn patients_have_one_cpf_and_their_allergies() {
    let world = World::new();
    let doctor = world.doctor();
    let body = json!({
        "name": "Maria Aparecida de Souza", "socialName": "Mara", "birthDate": "1972-11-03", "sex": "female",
        "cpf": "111.444.777-35", "cns": "", "contacts": [{ "system": "phone", "value": "(11) 98765-4321", "use": "mobile" }],
        "address": { "line": "Rua das Acácias, 10", "district": "Centro", "city": "São Paulo", "state": "SP", "postalCode": "01001000" },
        "allergies": [{ "substance": "Dipirona", "reaction": "urticária", "criticality": "high" }],
    });
    let made = doctor.post("/api/patients", &body).is(201);
    let (id, told) = (made.id(), made.json());
    let place = format!("/api/patients/{id}");
    assert_eq!((made.header("location"), made.etag()), (Some(place.as_str()), "W/\"1\"".to_owned()));
    assert_eq!((&told["cpf"], &told["socialName"]), (&json!("111.444.777-35"), &json!("Mara")));
    assert_eq!((&told["allergies"][0]["substance"], &told["allergyStatus"]), (&json!("Dipirona"), &json!("known")));
    assert_eq!(told["contacts"], body["contacts"]);

    doctor
        .post("/api/patients", &json!({ "name": "Outra", "cpf": "11144477735" }))
        .is(409)
        .names(&[("cpf", "duplicate")]);
    let wrong = json!({ "cpf": "111.444.777-36", "cns": "123", "sex": "x", "birthDate": "2999-01-01", "nome": "x" });
    let answer = doctor.post("/api/patients", &wrong).is(422);
    let named: Vec<String> = answer.fields().into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, ["birthDate", "cns", "cpf", "name", "nome", "sex"]);
    doctor.put(&place, "W/\"9\"", &json!({ "name": "x" })).is(412);
    doctor.request("PUT", &place).json(&json!({ "name": "x" })).send().is(428);
    let second = doctor.put(&place, "W/\"1\"", &json!({ "name": "Maria Aparecida Souza" })).is(200);
    assert_eq!(second.etag(), "W/\"2\"");
    assert_eq!(second.json()["allergies"][0]["substance"], "Dipirona");
    doctor.request("GET", &place).header("If-None-Match", "W/\"2\"").send().is(304);
    let history = doctor.get(&format!("{place}/history")).is(200).json();
    assert_eq!(history["items"][0]["changes"][0]["field"], "name");

    for q in ["Mara", "aparecida", "11144477735", "111.444.777-35", "03/11/1972", "1972-11-03"] {
        let found = doctor.get(&format!("/api/patients?q={}", percent(q))).is(200);
        assert_eq!(found.json()["items"][0]["id"], json!(id), "{q}");
    }
    masked(&world, &id);

    let etag = doctor.get(&place).is(200).etag();
    doctor.delete(&place, &etag, "cadastro em dobro").is(204);
    doctor.get(&place).is(410);
    let admin = world.client(Who::Admin);
    admin.post(&format!("{place}/restore"), &json!({ "reason": "não era" })).is(200);
    doctor.get(&place).is(200);
}

/// The same patient and a record, as each role sees them.
fn masked(world: &World, id: &str) {
    let place = format!("/api/patients/{id}");
    let admin = world.client(Who::Admin).get(&place).is(200);
    assert_eq!(admin.json()["cpf"], "***.444.777-**");
    assert_eq!(admin.header("lgpd-masked"), Some("cpf,allergies,allergyStatus"));
    let reception = world.client(Who::Reception).get(&place).is(200);
    assert_eq!((&reception.json()["cpf"], &reception.json()["allergies"]), (&json!("111.444.777-35"), &Value::Null));
    assert_eq!(reception.header("lgpd-masked"), Some("allergies,allergyStatus"));
    assert_eq!(world.doctor().get(&place).is(200).header("lgpd-masked"), None);
    // Sent back masked it changes nothing; another value is refused.
    let mut back = admin.json();
    back["name"] = "Maria A. Souza".into();
    let put =
        world.client(Who::Admin).request("PUT", &place).header("If-Match", &admin.etag()).json(&back).send().is(200);
    let now = world.doctor().get(&place).is(200).json();
    assert_eq!((&now["cpf"], &now["allergies"][0]["substance"]), (&json!("111.444.777-35"), &json!("Dipirona")));
    let etag = put.etag();
    let other = world.client(Who::Admin).put(&place, &etag, &json!({ "cpf": "529.982.247-25" }));
    other.is(422).names(&[("cpf", "masked")]);

    let id = world.new_record(id, "Segredo clínico");
    for who in [Who::Admin, Who::Reception] {
        let seen = world.client(who).get(&at(&id)).is(200);
        assert_eq!(
            seen.header("lgpd-masked"),
            Some("title,diagnosis,treatment,notes,priority,codes,reason"),
            "{who:?}"
        );
        assert!(!seen.text().contains("Segredo") && !seen.text().contains("Hipertens") && !seen.text().contains("I10"));
        assert_eq!((&seen.json()["type"], &seen.json()["status"]), (&json!("consultation"), &json!("final")));
        let fhir = world.client(who).get(&format!("/fhir/Composition/{id}")).is(200);
        assert!(!fhir.text().contains("Segredo") && !fhir.text().contains("Hipertens") && !fhir.text().contains("I10"));
        assert!(
            fhir.text().contains("MASKED") && fhir.header("lgpd-masked").unwrap().contains("title"),
            "{}",
            fhir.text()
        );
        let list = world.client(who).get(RECORDS).is(200);
        assert!(!list.text().contains("Segredo") && list.header("lgpd-masked").is_some());
        let versions = world.client(who).get(&format!("/fhir/Composition/{id}/_history")).is(200);
        assert!(!versions.text().contains("Segredo"));
        let page = world.client(who).get(&format!("/records/{id}")).is(200);
        assert!(!page.text().contains("Segredo") && !page.text().contains("Losartana"));
    }
}

#[test]
fn sessions_are_begun_listed_and_ended() {
    let world = World::new();
    let nobody = world.client(Who::Nobody);
    let answer = nobody.sign_in("doctor@example.org", PASSWORD).is(201);
    let told = answer.json();
    assert!(told["token"].is_string() && told["expiresAt"].is_string(), "{told}");
    assert_eq!(told["role"], "DOCTOR");
    assert_eq!(told["user"]["email"], "doctor@example.org");
    let session = nobody.with_token(told["token"].as_str().unwrap());
    assert_eq!(session.get("/api/sessions").is(200).json()["total"], 2);
    session.request("DELETE", "/api/sessions/current").send().is(204);
    session.get("/api/me").is(401);
    assert_eq!(world.doctor().get("/api/sessions").is(200).json()["total"], 1);
    // Which of them is wrong is not said.
    let texts: BTreeSet<String> = [
        nobody.sign_in("doctor@example.org", "errada-123"),
        nobody.sign_in("ninguem@example.org", PASSWORD),
        nobody
            .post("/api/sessions", &json!({ "clinic": "outra", "email": "doctor@example.org", "password": PASSWORD })),
    ]
    .into_iter()
    .map(|answer| {
        let problem = answer.is(401).json();
        format!("{} {} {}", problem["type"], problem["title"], problem["detail"])
    })
    .collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    nobody.post("/api/sessions", &json!({ "clinic": 1, "otp": [] })).is(422).names(&[
        ("clinic", "type.string"),
        ("email", "required"),
        ("password", "required"),
        ("otp", "type.string"),
    ]);
    for token in ["", "x", "saude-viva.x.y", "outra.x.y", "..", "a.b.c.d"] {
        nobody.with_token(token).get("/api/me").is(401);
    }
    // Five wrong passwords lock the account, for the right one too.
    for _ in 0..5 {
        nobody.sign_in("nurse@example.org", "errada-123").is(401);
    }
    let locked = nobody.sign_in("nurse@example.org", PASSWORD).is(401);
    assert!(!locked.text().contains("token"));
}

#[test]
fn accounts_are_the_administrators() {
    let world = World::new();
    let admin = world.client(Who::Admin);
    admin.post("/api/users", &json!({ "role": "KING", "password": "curta" })).is(422);
    let made =
        admin.post("/api/users", &json!({ "email": "caio@example.org", "name": "Caio", "role": "NURSE" })).is(201);
    let first = made.json()["password"].as_str().unwrap().to_owned();
    assert_eq!(
        (made.header("location"), made.etag()),
        (Some(format!("/api/users/{}", made.id()).as_str()), "W/\"1\"".to_owned())
    );
    assert!(!admin.get(&format!("/api/users/{}", made.id())).is(200).text().contains(&first), "it is told once");
    admin
        .post("/api/users", &json!({ "email": "CAIO@example.org", "name": "Outro", "role": "NURSE" }))
        .is(409)
        .names(&[("email", "duplicate")]);
    // A password that was made for somebody opens nothing before it is changed.
    let caio = world.client(Who::Nobody).sign_in("caio@example.org", &first).is(201);
    let caio = world.client(Who::Nobody).with_token(caio.json()["token"].as_str().unwrap());
    assert!(caio.get("/api/patients").is(403).text().contains("must-change-password"));
    caio.request("PUT", "/api/me/password").json(&json!({ "current": first, "new": "Nova-Senha-42" })).send().is(204);
    caio.get("/api/patients").is(200);
    // An account that is switched off is out at once.
    let place = format!("/api/users/{}", made.id());
    let etag = admin.get(&place).is(200).etag();
    admin.put(&place, &etag, &json!({ "active": false })).is(200);
    caio.get("/api/patients").is(401);
    world.client(Who::Nobody).sign_in("caio@example.org", "Nova-Senha-42").is(401);
    let own = format!("/api/users/{}", world.user(Who::Admin));
    let etag = admin.get(&own).is(200).etag();
    admin.put(&own, &etag, &json!({ "role": "DOCTOR" })).is(403);
    let list = admin.get("/api/users?limit=2").is(200).json();
    assert_eq!((list["items"].as_array().unwrap().len(), list["total"].as_u64()), (2, Some(7)));
    // Somebody who comes between two pages moves nobody, wherever their name stands.
    admin.post("/api/users", &json!({ "email": "aa@example.org", "name": "Aaron", "role": "NURSE" })).is(201);
    let mut seen: Vec<String> = items_of(&list);
    let mut cursor = list["nextCursor"].as_str().map(str::to_owned);
    admin.get(&format!("/api/users?q=caio&cursor={}", percent(cursor.as_deref().unwrap()))).is(422);
    admin.get("/api/users?cursor=2").is(422).names(&[("cursor", "cursor")]);
    while let Some(next) = cursor {
        let page = admin.get(&format!("/api/users?limit=2&cursor={}", percent(&next))).is(200).json();
        seen.extend(items_of(&page));
        cursor = page["nextCursor"].as_str().map(str::to_owned);
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert!(once.len() == seen.len() && (7..=8).contains(&seen.len()), "{seen:?}");
}

fn items_of(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_audit_trail_says_who_did_what_and_verifies() {
    let world = World::new();
    let auditor = world.client(Who::Auditor);
    world.doctor().get(&at(&world.record)).is(200);
    world.client(Who::Reception).get(&format!("{RECORDS}?q=x")).is(403);
    let record = format!("Composition/{}", world.record);
    let entries = auditor.get(&format!("/api/audit?record={record}")).is(200);
    let events: Vec<_> = items(&entries).iter().map(|item| item["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(events, ["read", "create"], "{}", entries.text());
    let read = &items(&entries)[0];
    assert_eq!(
        (&read["userId"], &read["role"], &read["purpose"]),
        (&json!(world.user(Who::Doctor)), &json!("DOCTOR"), &json!("TREAT"))
    );
    assert_eq!(read["address"], "127.0.0.1");
    assert_eq!(read["records"][0]["version"], 1);
    assert_eq!(
        auditor.get("/api/audit?event=denied").is(200).json()["items"][0]["userId"],
        json!(world.user(Who::Reception))
    );
    let by_user = auditor.get(&format!("/api/audit?user={}&limit=3", world.user(Who::Doctor))).is(200);
    assert!(items(&by_user).iter().all(|item| item["userId"] == json!(world.user(Who::Doctor))));
    let next = by_user.json()["nextCursor"].as_str().unwrap().to_owned();
    let rest = auditor.get(&format!("/api/audit?user={}&limit=100&cursor={next}", world.user(Who::Doctor))).is(200);
    assert_eq!(Some(items(&rest).len() as u64 + 3), by_user.json()["total"].as_u64());
    assert_eq!(auditor.get("/api/audit?from=2001-01-01&to=2001-12-31").is(200).json()["total"], 0);
    auditor.get("/api/audit?event=x&record=y&from=z").is(422).names(&[
        ("event", "one-of"),
        ("record", "reference"),
        ("from", "date"),
    ]);
    // The trail holds ids and nothing that anybody wrote or is called, but the names of those who acted.
    let whole = auditor.get("/api/audit?limit=100").is(200).text();
    for word in ["Rosa Lima", "Hipertens", "52998224725", "hipertensao", "Losartana"] {
        assert!(!whole.contains(word), "{word} in {whole}");
    }
    let verified = auditor.get("/api/audit/verify").is(200).json();
    assert_eq!(verified["ok"], true);
    assert_eq!(verified["head"].as_str().unwrap().len(), 64);
    let before = verified["entries"].as_u64().unwrap();
    assert!(before > 20);
    assert_eq!(
        auditor.get("/api/audit/verify").is(200).json()["entries"].as_u64(),
        Some(before + 1),
        "a walk is an entry too"
    );
    assert_eq!(verified.as_object().unwrap().len(), 3, "{verified}");
}

#[test]
fn errors_are_problems_in_the_callers_language() {
    let world = World::new();
    let doctor = world.doctor();
    let ask = |language: &str| doctor.request("GET", &at("nenhum")).header("Accept-Language", language).send().is(404);
    let (pt, en) = (ask("pt-BR,pt;q=0.9"), ask("en"));
    for (answer, tag, title) in
        [(&pt, "pt-BR", "Não encontrado"), (&en, "en", "Not found"), (&ask("xx"), "pt-BR", "Não encontrado")]
    {
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.header("content-language"), Some(tag));
        let problem = answer.json();
        assert_eq!((&problem["title"], &problem["status"]), (&json!(title), &json!(404)));
        assert_eq!(problem["type"], "urn:aroeira:problem:not-found");
        assert_eq!(problem["instance"], format!("urn:aroeira:request:{}", answer.header("x-request-id").unwrap()));
    }
    let wrong = doctor.request("POST", RECORDS).header("Accept-Language", "en").json(&json!({})).send().is(422);
    assert!(wrong.json()["errors"][0]["detail"].as_str().unwrap().starts_with("Required"));
    let told = doctor.request("GET", &at("nenhum")).header("X-Request-Id", "meu-pedido-1").send();
    assert_eq!(told.header("x-request-id"), Some("meu-pedido-1"));
    let refused = doctor.request("GET", &at("nenhum")).header("X-Request-Id", "a b").send();
    assert_ne!(refused.header("x-request-id"), Some("a b"));
}

#[test]
fn what_the_openapi_document_says_is_what_there_is() {
    let world = World::new();
    let document = world.client(Who::Nobody).get("/api/openapi.json").is(200).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let mut told = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str()))
        {
            told.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let there: BTreeSet<String> = aroeira_web::table()
        .iter()
        .filter(|route| ["/api", "/fhir", "/metrics"].iter().any(|root| route.path.starts_with(root)))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(told, there);
    let docs = world.client(Who::Nobody).get("/api/docs").is(200);
    assert!(
        docs.header("content-type").unwrap().starts_with("text/html") && docs.text().contains("/api/medical-records")
    );
}
