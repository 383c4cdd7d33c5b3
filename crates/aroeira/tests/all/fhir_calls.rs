//! Calls beyond reading and writing one resource, as FHIR clients make them: conditions, patches, batches and
//! transactions, histories, operations, parts of resources.

use serde_json::{Value, json};

use crate::harness::{Answer, Client, Who, World, percent};

const MRN: &str = "http://example.org/prontuario";

fn patient(number: &str, family: &str) -> Value {
    json!({ "resourceType": "Patient", "identifier": [{ "system": MRN, "value": number }],
        "name": [{ "family": family, "given": ["Ana"] }], "birthDate": "1980-01-01" })
}

fn post(client: &Client, path: &str, body: &Value) -> Answer {
    client.request("POST", path).fhir(body).send()
}

fn transaction(client: &Client, entries: &Value) -> Answer {
    post(client, "/fhir", &json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }))
}

fn code(answer: &Answer) -> String {
    let outcome = answer.json();
    outcome["issue"][0]["details"]["coding"][0]["code"].as_str().unwrap_or_default().to_owned()
}

fn statuses(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().unwrap();
    entries.iter().map(|entry| entry["response"]["status"].as_str().unwrap()[..3].to_owned()).collect()
}

#[test]
fn a_condition_is_met_by_none_one_or_several() {
    let world = World::new();
    let doctor = world.doctor();
    let create = |number: &str| {
        let request =
            doctor.request("POST", "/fhir/Patient").header("If-None-Exist", &format!("identifier={MRN}|{number}"));
        request.fhir(&patient(number, "Moura")).send()
    };
    let made = create("1").is(201);
    let again = create("1").is(200);
    assert_eq!((made.id(), again.etag()), (again.id(), "W/\"1\"".to_owned()));

    let update = |number: &str, body: &Value| {
        let path = format!("/fhir/Patient?identifier={}", percent(&format!("{MRN}|{number}")));
        doctor.request("PUT", &path).fhir(body).send()
    };
    let changed = update("1", &patient("1", "Moura Dias")).is(200);
    assert_eq!((changed.id(), changed.etag()), (made.id(), "W/\"2\"".to_owned()));
    let new = update("2", &patient("2", "Reis")).is(201);
    assert_ne!(new.id(), made.id());
    let mut named = patient("3", "Melo");
    named["id"] = "melo".into();
    assert_eq!(update("3", &named).is(201).id(), "melo");
    named["id"] = "outro".into();
    update("3", &named).is(422);

    post(doctor, "/fhir/Patient", &patient("1", "Moura")).is(201);
    for answer in [create("1"), update("1", &patient("1", "Moura"))] {
        assert_eq!(code(&answer.is(412)), "several");
    }
    // No condition at all, and one that is none.
    doctor.request("PUT", "/fhir/Patient").fhir(&patient("9", "Sá")).send().is(422);
    doctor.request("DELETE", "/fhir/Patient?nenhum=1").send().is(422);

    let delete = |number: &str| doctor.request("DELETE", &format!("/fhir/Observation?identifier={number}")).send();
    let observation = json!({ "resourceType": "Observation", "status": "final", "identifier": [{ "value": "o1" }],
        "code": { "text": "pulso" }, "subject": { "reference": format!("Patient/{}", made.id()) } });
    let observed = post(doctor, "/fhir/Observation", &observation).is(201).id();
    delete("o1").is(204);
    doctor.get(&format!("/fhir/Observation/{observed}")).is(410);
    delete("o1").is(204);
    // What a role may not search, it may not set as a condition.
    let request = world.client(Who::Admin).request("PATCH", "/fhir/Patient?identifier=52998224725");
    request.body("application/json-patch+json", "[]").send().is(403);
}

#[test]
fn one_of_many_at_the_same_time_creates() {
    let world = World::new();
    let made: Vec<u16> = std::thread::scope(|scope| {
        let create = || {
            let request = world.doctor().request("POST", "/fhir/Patient");
            let condition = format!("identifier={MRN}|77");
            request.header("If-None-Exist", &condition).fhir(&patient("77", "Cruz")).send().status
        };
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(create)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(made.iter().filter(|status| **status == 201).count(), 1, "{made:?}");
    assert!(made.iter().all(|status| matches!(status, 200 | 201)), "{made:?}");
}

#[test]
fn a_resource_is_patched() {
    let world = World::new();
    let doctor = world.doctor();
    let id = post(doctor, "/fhir/Patient", &patient("1", "Nunes")).is(201).id();
    let path = format!("/fhir/Patient/{id}");
    let json_patch =
        |operations: &Value| doctor.request("PATCH", &path).body("application/json-patch+json", operations.to_string());
    let patched = json_patch(&json!([
        { "op": "test", "path": "/name/0/family", "value": "Nunes" },
        { "op": "replace", "path": "/name/0/family", "value": "Nunes Sá" },
        { "op": "add", "path": "/telecom", "value": [{ "system": "phone", "value": "+5511999990000" }] },
        { "op": "copy", "from": "/name/0/given/0", "path": "/name/0/given/-" },
        { "op": "remove", "path": "/birthDate" },
    ]))
    .send()
    .is(200);
    let body = patched.json();
    assert_eq!(body["name"][0], json!({ "family": "Nunes Sá", "given": ["Ana", "Ana"] }));
    assert_eq!((body["birthDate"].clone(), patched.etag().as_str()), (Value::Null, "W/\"2\""));
    // Nothing is done by halves, and nothing against the version that is there.
    json_patch(&json!([{ "op": "remove", "path": "/telecom" }, { "op": "test", "path": "/active", "value": true }]))
        .send()
        .is(422);
    json_patch(&json!([{ "op": "remove", "path": "/telecom" }])).header("If-Match", "W/\"1\"").send().is(412);
    json_patch(&json!([{ "op": "replace", "path": "/id", "value": "outro" }])).send().is(422);
    json_patch(&json!({ "op": "remove" })).send().is(422);
    assert_eq!(doctor.get(&path).is(200).etag(), "W/\"2\"");

    let operation = |kind: &str, path: &str, rest: &[Value]| {
        let mut parts =
            vec![json!({ "name": "type", "valueCode": kind }), json!({ "name": "path", "valueString": path })];
        parts.extend_from_slice(rest);
        json!({ "name": "operation", "part": parts })
    };
    let fhir_patch = json!({ "resourceType": "Parameters", "parameter": [
        operation("add", "Patient", &[json!({ "name": "name", "valueString": "birthDate" }), json!({ "name": "value", "valueDate": "1981-02-03" })]),
        operation("add", "Patient", &[json!({ "name": "name", "valueString": "address" }), json!({ "name": "value", "valueAddress": { "city": "Recife" } })]),
        operation("replace", "Patient.name.where(family = 'Nunes Sá').family", &[json!({ "name": "value", "valueString": "Nunes" })]),
        operation("insert", "Patient.name[0].given", &[json!({ "name": "index", "valueInteger": 0 }), json!({ "name": "value", "valueString": "Clara" })]),
        operation("move", "Patient.name[0].given", &[json!({ "name": "source", "valueInteger": 0 }), json!({ "name": "destination", "valueInteger": 1 })]),
        operation("delete", "Patient.telecom[0]", &[]),
    ] });
    let body = doctor.request("PATCH", &path).fhir(&fhir_patch).send().is(200).json();
    assert_eq!(body["name"][0], json!({ "family": "Nunes", "given": ["Ana", "Clara", "Ana"] }));
    assert_eq!((&body["birthDate"], &body["address"]), (&json!("1981-02-03"), &json!([{ "city": "Recife" }])));
    assert_eq!(body["telecom"], Value::Null);
    let by_condition = format!("/fhir/Patient?identifier={}", percent(&format!("{MRN}|1")));
    let active = json!([{ "op": "add", "path": "/active", "value": true }]);
    let request = doctor.request("PATCH", &by_condition).body("application/json-patch+json", active.to_string());
    assert_eq!(request.send().is(200).json()["active"], true);
    let none = doctor.request("PATCH", "/fhir/Patient?identifier=ninguem").body("application/json-patch+json", "[]");
    none.send().is(404);
}

#[test]
fn members_are_merged_into_a_resource() {
    let world = World::new();
    let doctor = world.doctor();
    let path = format!("/fhir/Patient/{}", world.patient);
    let before = doctor.get(&path).is(200).json();
    let merge =
        |who: &Client, kind: &str, members: &Value| who.request("PATCH", &path).body(kind, members.to_string()).send();
    for (kind, city) in [("application/merge-patch+json", "Recife"), ("application/json", "Olinda")] {
        let body = merge(doctor, kind, &json!({ "address": [{ "city": city }], "birthDate": null })).is(200).json();
        assert_eq!((&body["address"], &body["birthDate"]), (&json!([{ "city": city }]), &Value::Null));
        assert_eq!(body["name"], before["name"]);
    }
    // A resource is no list of members, and what is no resource any more is not kept.
    merge(doctor, "application/json", &json!({ "resourceType": "Patient", "active": true })).is(422);
    merge(doctor, "application/json", &json!({ "nothing": true })).is(422);
    merge(doctor, "application/fhir+json", &json!({ "active": true })).is(422);
    // What a role does not see stays as it was.
    let admin = world.client(Who::Admin);
    merge(admin, "application/json", &json!({ "identifier": null, "active": false })).is(200);
    assert_eq!(doctor.get(&path).is(200).json()["identifier"], before["identifier"]);
}

#[test]
fn a_resource_is_made_where_a_query_finds_none() {
    let world = World::new();
    let doctor = world.doctor();
    let path = format!("/fhir/Patient?identifier={}", percent(&format!("{MRN}|8")));
    let made = post(doctor, &path, &patient("8", "Lemos")).is(201);
    assert_eq!(post(doctor, &path, &patient("8", "Lemos")).is(200).id(), made.id());
    let both = doctor.request("POST", &path).header("If-None-Exist", "identifier=9");
    both.fhir(&patient("9", "Lemos")).send().is(400);
    post(doctor, "/fhir/Patient?identifer=8", &patient("8", "Lemos")).is(422);
    post(doctor, "/fhir/Patient?_pretty=true&_format=json", &patient("9", "Lemos")).is(201);
}

#[test]
fn the_base_may_end_with_a_slash() {
    let world = World::new();
    let doctor = world.doctor();
    assert_eq!(doctor.get("/fhir/?_type=Patient&_count=1").is(200).json()["entry"].as_array().unwrap().len(), 1);
    let entry = json!([{ "resource": patient("1", "Lima"), "request": { "method": "POST", "url": "Patient" } }]);
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entry });
    assert_eq!(statuses(&post(doctor, "/fhir/", &bundle).is(200).json()), ["201"]);
    world.client(Who::Nobody).get("/fhir/").is(401);
    doctor.request("PUT", "/fhir/").fhir(&patient("1", "Lima")).send().is(405);
}

#[test]
fn a_patch_tells_nobody_what_they_do_not_see() {
    let world = World::new();
    let path = format!("/fhir/Patient/{}", world.patient);
    let stored = world.doctor().get(&path).is(200).json();
    let cpf = stored["identifier"][0]["value"].as_str().unwrap().to_owned();
    let guess = json!([
        { "op": "test", "path": "/identifier/0/value", "value": cpf },
        { "op": "add", "path": "/active", "value": true },
    ]);
    let request = world.client(Who::Admin).request("PATCH", &path);
    request.body("application/json-patch+json", guess.to_string()).send().is(422);
    let honest =
        json!([{ "op": "add", "path": "/telecom", "value": [{ "system": "phone", "value": "+558133330000" }] }]);
    let request = world.client(Who::Admin).request("PATCH", &path);
    request.body("application/json-patch+json", honest.to_string()).send().is(200);
    let now = world.doctor().get(&path).is(200).json();
    assert_eq!(now["identifier"], stored["identifier"], "what was hidden stays as it was");
}

#[test]
fn a_transaction_does_everything_in_order_or_nothing() {
    let world = World::new();
    let doctor = world.doctor();
    let (old, kept) = (
        post(doctor, "/fhir/Patient", &patient("1", "Velho")).is(201).id(),
        post(doctor, "/fhir/Patient", &patient("2", "Firme")).is(201).id(),
    );
    let patch = json!({ "resourceType": "Parameters", "parameter": [{ "name": "operation", "part": [
        { "name": "type", "valueCode": "add" }, { "name": "path", "valueString": "Patient" },
        { "name": "name", "valueString": "active" }, { "name": "value", "valueBoolean": true }] }] });
    let reference = format!("Patient?identifier={MRN}|2");
    let entries = json!([
        { "request": { "method": "GET", "url": format!("Patient/{kept}") } },
        { "request": { "method": "GET", "url": format!("Patient?identifier={MRN}|3") } },
        { "request": { "method": "PATCH", "url": format!("Patient/{kept}") }, "resource": patch },
        { "fullUrl": "urn:uuid:6a0f0f0e-0000-4000-8000-000000000001", "resource": patient("3", "Novo"),
          "request": { "method": "POST", "url": "Patient", "ifNoneExist": format!("identifier={MRN}|3") } },
        { "resource": patient("4", "Quarto"), "request": { "method": "PUT", "url": format!("Patient?identifier={MRN}|4") } },
        { "resource": { "resourceType": "Observation", "status": "final", "code": { "text": "peso" },
            "subject": { "reference": "urn:uuid:6a0f0f0e-0000-4000-8000-000000000001" }, "focus": [{ "reference": reference }] },
          "request": { "method": "POST", "url": "Observation" } },
        { "request": { "method": "DELETE", "url": format!("Patient/{old}") } },
    ]);
    // A patient is deleted for a reason, which only DELETE of its own can say.
    transaction(doctor, &entries).is(422);
    doctor.get(&format!("/fhir/Patient?identifier={}", percent(&format!("{MRN}|3")))).is(200);
    let mut entries = entries.as_array().unwrap().clone();
    entries.pop();
    let bundle = transaction(doctor, &Value::Array(entries.clone())).is(200).json();
    assert_eq!(statuses(&bundle), ["200", "200", "200", "201", "201", "201"]);
    assert_eq!(bundle["entry"][0]["resource"]["active"], true, "a read sees what the transaction wrote");
    assert_eq!(bundle["entry"][1]["resource"]["entry"][0]["resource"]["name"][0]["family"], "Novo");
    let place = bundle["entry"][5]["response"]["location"].as_str().unwrap().to_owned();
    let observation = doctor.get(&format!("/fhir/{place}")).is(200).json();
    assert_eq!(observation["focus"][0]["reference"], format!("Patient/{kept}"));
    assert_eq!(observation["subject"]["reference"], "Patient/6a0f0f0e-0000-4000-8000-000000000001");
    // The same once more: what is there is met, not made again.
    let again = transaction(doctor, &json!([entries[3], entries[4]])).is(200).json();
    assert_eq!(statuses(&again), ["200", "200"]);

    let wrong = json!([
        { "resource": patient("5", "Não"), "request": { "method": "POST", "url": "Patient" } },
        { "resource": { "resourceType": "Observation", "status": "final", "code": { "text": "x" },
            "subject": { "reference": format!("Patient?identifier={MRN}|nenhum") } },
          "request": { "method": "POST", "url": "Observation" } },
    ]);
    let refused = transaction(doctor, &wrong).is(422).json();
    assert_eq!(refused["issue"][0]["expression"][0], "Bundle.entry[1].resource.subject.reference");
    let stale = json!([
        { "resource": patient("5", "Não"), "request": { "method": "POST", "url": "Patient" } },
        { "resource": { "resourceType": "Patient", "id": kept }, "request": { "method": "PUT", "url": format!("Patient/{kept}"), "ifMatch": "W/\"1\"" } },
    ]);
    transaction(doctor, &stale).is(412);
    let none = doctor.get(&format!("/fhir/Patient?identifier={}", percent(&format!("{MRN}|5")))).is(200).json();
    assert_eq!(none["total"], 0);
}

#[test]
fn a_batch_answers_each_entry_on_its_own() {
    let world = World::new();
    let kept = world.patient.clone();
    let batch = json!({ "resourceType": "Bundle", "type": "batch", "entry": [
        { "resource": patient("1", "Luz"), "request": { "method": "POST", "url": "Patient" } },
        { "request": { "method": "GET", "url": format!("Patient/{kept}") } },
        { "request": { "method": "GET", "url": "Patient/ninguem" } },
        { "request": { "method": "GET", "url": "Patient?family=silva" } },
        { "request": { "method": "DELETE", "url": "Patient?nenhum=1" } },
        { "resource": { "resourceType": "Observation" }, "request": { "method": "POST", "url": "Patient" } },
        { "request": { "method": "POST", "url": "" }, "resource": { "resourceType": "Bundle", "type": "batch" } },
        { "resource": { "resourceType": "Binary", "contentType": "application/json-patch+json", "data": "W10=" },
          "request": { "method": "PATCH", "url": format!("Patient/{kept}") } },
        { "request": { "method": "GET", "url": format!("Patient/{kept}/_history") } },
        { "request": { "method": "OPTIONS", "url": "Patient" } },
        { "request": { "method": "GET", "url": format!("Patient/{kept}"), "ifNoneMatch": "W/\"1\"" } },
    ] });
    let bundle = post(world.doctor(), "/fhir", &batch).is(200).json();
    assert_eq!((&bundle["type"], bundle["entry"].as_array().unwrap().len()), (&json!("batch-response"), 11));
    assert_eq!(statuses(&bundle), ["201", "200", "404", "200", "422", "422", "422", "200", "200", "422", "304"]);
    assert_eq!(bundle["entry"][2]["response"]["outcome"]["resourceType"], "OperationOutcome");
    assert_eq!(bundle["entry"][3]["resource"]["entry"][0]["resource"]["id"], kept.as_str());
    let place = bundle["entry"][0]["response"]["location"].as_str().unwrap();
    world.doctor().get(&format!("/fhir/{place}")).is(200);
    // Each entry is let in or not as its own request would be.
    let as_patient = post(
        world.client(Who::Patient),
        "/fhir",
        &json!({ "resourceType": "Bundle", "type": "batch", "entry": [
        { "request": { "method": "GET", "url": format!("Patient/{kept}") } },
        { "request": { "method": "GET", "url": format!("Patient/{}", world.other_patient) } },
        { "resource": patient("1", "Luz"), "request": { "method": "POST", "url": "Patient" } },
    ] }),
    );
    assert_eq!(statuses(&as_patient.is(200).json()), ["200", "404", "403"]);
    post(world.client(Who::Nobody), "/fhir", &batch).is(401);
}

/// Where the next page is.
fn next(bundle: &Value) -> String {
    let links = bundle["link"].as_array().unwrap();
    let next = links.iter().find(|link| link["relation"] == "next").unwrap();
    next["url"].as_str().unwrap().split_once("/fhir").map(|(_, rest)| format!("/fhir{rest}")).unwrap()
}

#[test]
fn a_page_goes_on_for_who_asked_and_for_what_they_asked() {
    let world = World::new();
    let (doctor, nurse) = (world.doctor(), world.client(Who::Nurse));
    let mine = format!("Patient/{}", world.patient);
    let body =
        json!({ "resourceType": "Basic", "id": "a", "subject": { "reference": mine }, "code": { "text": "um" } });
    for text in ["um", "dois", "três"] {
        let mut body = body.clone();
        body["code"]["text"] = text.into();
        doctor.request("PUT", "/fhir/Basic/a").fhir(&body).send();
    }
    for (path, other) in [
        ("/fhir/_history?_count=1", "/fhir/Basic/_history?"),
        ("/fhir/Basic/_history?_count=1", "/fhir/_history?"),
        ("/fhir/Basic/a/_history?_count=1", "/fhir/Basic/a/_history?_since=2020-01-01T00:00:00Z&"),
        (
            &format!("/fhir/{mine}/$everything?_count=1"),
            &format!("/fhir/{mine}/$everything?_since=2020-01-01T00:00:00Z&"),
        ),
    ] {
        let path = next(&doctor.get(path).is(200).json());
        doctor.get(&path).is(200);
        // Nobody else's, for no other question, and at no other place.
        nurse.get(&path).is(422);
        let (_, cursor) = path.split_once("_cursor=").unwrap();
        doctor.get(&format!("{other}_cursor={cursor}")).is(422);
        doctor.get(&path.replace("_cursor=", "_cursor=1")).is(422);
        let (place, _) = cursor.rsplit_once('.').unwrap();
        doctor.get(&path.replace(cursor, place)).is(422);
    }
}

/// `Type/id/version` of every entry of a history, page by page.
fn history(client: &Client, path: &str) -> Vec<String> {
    let (mut found, mut path) = (Vec::new(), path.to_owned());
    loop {
        let bundle = client.get(&path).is(200).json();
        assert_eq!(bundle["type"], "history");
        for entry in bundle["entry"].as_array().into_iter().flatten() {
            let version = entry["response"]["etag"].as_str().unwrap().trim_matches(['W', '/', '"']).to_owned();
            let place = entry["fullUrl"].as_str().unwrap().split_once("/fhir/").unwrap().1.to_owned();
            found.push(format!("{} {place}/{version}", entry["request"]["method"].as_str().unwrap()));
        }
        let links = bundle["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else { return found };
        path = next["url"].as_str().unwrap().split_once("/fhir").map(|(_, rest)| format!("/fhir{rest}")).unwrap();
    }
}

#[test]
fn what_was_written_is_told_the_last_first() {
    let world = World::new();
    let doctor = world.doctor();
    let put = |id: &str, text: &str| {
        let body = json!({ "resourceType": "Basic", "id": id, "code": { "text": text } });
        doctor.request("PUT", &format!("/fhir/Basic/{id}")).fhir(&body).send()
    };
    put("a", "um").is(201);
    put("b", "um").is(201);
    put("a", "dois").is(200);
    doctor.request("DELETE", "/fhir/Basic/b").send().is(204);
    let expected = ["DELETE Basic/b/2", "PUT Basic/a/2", "POST Basic/b/1", "POST Basic/a/1"];
    assert_eq!(history(doctor, "/fhir/Basic/_history"), expected);
    assert_eq!(history(doctor, "/fhir/Basic/_history?_count=1"), expected);
    assert_eq!(history(doctor, "/fhir/_history?_count=3")[..4], expected);
    assert_eq!(history(doctor, "/fhir/Basic/a/_history?_count=1"), ["PUT Basic/a/2", "POST Basic/a/1"]);
    let second =
        doctor.get("/fhir/Basic/a/_history/2").is(200).json()["meta"]["lastUpdated"].as_str().unwrap().to_owned();
    assert_eq!(history(doctor, &format!("/fhir/Basic/_history?_since={}", percent(&second)))[..2], expected[..2]);
    assert_eq!(history(doctor, "/fhir/Basic/a/_history?_since=2999-01-01T00:00:00Z"), [""; 0]);
    doctor.get("/fhir/Basic/_history?_since=ontem").is(400);
    doctor.get("/fhir/Basic/_history?_cursor=x").is(422);
    // Everybody hears of what they may read, and of nothing else.
    let mine = history(world.client(Who::Patient), "/fhir/_history");
    assert!(
        mine.iter().any(|line| line.contains(&world.record))
            && !mine.iter().any(|line| line.contains(&world.other_record))
    );
    assert!(!mine.iter().any(|line| line.contains(&world.other_patient)), "{mine:?}");
    let administrator = history(world.client(Who::Admin), "/fhir/_history");
    assert!(administrator.iter().all(|line| !line.contains("Basic/")), "{administrator:?}");
    world.client(Who::Auditor).get("/fhir/Basic/_history").is(403);
}

#[test]
fn everything_of_a_patient_comes_as_its_reader_sees_it() {
    let world = World::new();
    let doctor = world.doctor();
    let mine = format!("Patient/{}", world.patient);
    let observe = |code: &str, date: &str| {
        let body = json!({ "resourceType": "Observation", "status": "final", "subject": { "reference": mine },
            "performer": [{ "reference": format!("Practitioner/{}", world.user(Who::Doctor)) }],
            "category": [{ "coding": [{ "code": "vital-signs" }] }],
            "code": { "coding": [{ "system": "http://loinc.org", "code": code }] }, "effectiveDateTime": date });
        post(doctor, "/fhir/Observation", &body).is(201).id()
    };
    let observed: Vec<String> =
        [("8480-6", "2026-01-01"), ("8480-6", "2026-02-01"), ("8462-4", "2026-01-15"), ("8480-6", "2026-03-01")]
            .map(|(code, date)| observe(code, date))
            .to_vec();
    let names = |client: &Client, path: &str| -> Vec<String> {
        let (mut found, mut path) = (Vec::new(), path.to_owned());
        loop {
            let bundle = client.get(&path).is(200).json();
            for entry in bundle["entry"].as_array().into_iter().flatten() {
                let resource = &entry["resource"];
                let name =
                    format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
                if !found.contains(&name) {
                    found.push(name);
                }
            }
            let next = bundle["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next").cloned();
            let Some(next) = next else { return found };
            path = next["url"].as_str().unwrap().split_once("/fhir").map(|(_, rest)| format!("/fhir{rest}")).unwrap();
        }
    };
    let path = format!("/fhir/{mine}/$everything");
    let all = names(doctor, &path);
    assert_eq!(all[0], mine);
    for wanted in [
        format!("Composition/{}", world.record),
        format!("Practitioner/{}", world.user(Who::Doctor)),
        format!("Observation/{}", observed[0]),
    ] {
        assert!(all.contains(&wanted), "{wanted} in {all:?}");
    }
    assert!(!all.iter().any(|name| name.contains(&world.other_record)));
    let mut paged = names(doctor, &format!("{path}?_count=2"));
    let mut whole = all.clone();
    paged.sort();
    whole.sort();
    assert_eq!(paged, whole);
    assert_eq!(
        names(doctor, &format!("{path}?_type=Observation&start=2026-02-01&end=2026-02-28")),
        [format!("Observation/{}", observed[1])]
    );
    assert!(names(world.client(Who::Patient), &path).contains(&mine));
    let reception = names(world.client(Who::Reception), &path);
    assert!(reception.contains(&mine) && !reception.iter().any(|name| name.starts_with("Observation")));
    world.client(Who::Patient).get(&format!("/fhir/Patient/{}/$everything", world.other_patient)).is(404);
    world.client(Who::Auditor).get(&path).is(403);
    doctor.get(&format!("{path}?nada=1")).is(400);
    doctor.get(&format!("/fhir/Observation/{}/$everything", observed[0])).is(404);

    let last = names(doctor, &format!("/fhir/Observation/$lastn?patient={}&category=vital-signs", world.patient));
    assert_eq!(last, [format!("Observation/{}", observed[3]), format!("Observation/{}", observed[2])]);
    let two = names(doctor, &format!("/fhir/Observation/$lastn?subject={mine}&code=8480-6&max=2"));
    assert_eq!(two, [format!("Observation/{}", observed[3]), format!("Observation/{}", observed[1])]);
    doctor.get("/fhir/Observation/$lastn?code=8480-6").is(400);
    world.client(Who::Reception).get(&format!("/fhir/Observation/$lastn?subject={mine}&code=x")).is(403);
}

#[test]
fn the_difference_of_two_versions_leads_from_one_to_the_other() {
    let world = World::new();
    let doctor = world.doctor();
    let id = post(doctor, "/fhir/Patient", &patient("1", "Antes")).is(201).id();
    let path = format!("/fhir/Patient/{id}");
    let mut changed = doctor.get(&path).is(200).json();
    changed["name"] =
        json!([{ "family": "Depois", "given": ["Ana", "Bia"], "use": "official" }, { "text": "apelido" }]);
    changed["contact"] = json!([{ "name": { "family": "Mãe" }, "telecom": [{ "system": "phone", "value": "1" }] }]);
    changed["deceasedBoolean"] = false.into();
    changed.as_object_mut().unwrap().remove("birthDate");
    let later = doctor.request("PUT", &path).fhir(&changed).send().is(200).json();
    let forwards = doctor.get(&format!("{path}/$diff?fromVersion=1&toVersion=2")).is(200).json();
    let backwards = doctor.get(&format!("{path}/$diff?fromVersion=2&toVersion=1")).is(200).json();
    assert_eq!(forwards["resourceType"], "Parameters");
    let without_meta = |mut value: Value| {
        value.as_object_mut().unwrap().remove("meta");
        value
    };
    let first = without_meta(doctor.get(&format!("{path}/_history/1")).is(200).json());
    let back = doctor.request("PATCH", &path).fhir(&backwards).send().is(200).json();
    assert_eq!(without_meta(back), first);
    let forth = doctor.request("PATCH", &path).fhir(&forwards).send().is(200).json();
    assert_eq!(without_meta(forth), without_meta(later));
    doctor.get(&format!("{path}/$diff?fromVersion=9")).is(404);
    doctor.get(&format!("{path}/$diff?fromVersion=x")).is(400);
}

#[test]
fn an_answer_comes_in_part_pretty_or_in_lines() {
    let world = World::new();
    let doctor = world.doctor();
    for number in 0..3 {
        let mut body = patient(&number.to_string(), "Parte");
        body["text"] = json!({ "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Ana</div>" });
        body["contact"] = json!([{ "name": { "family": "Mãe" } }]);
        post(doctor, "/fhir/Patient", &body).is(201);
    }
    let keys = |resource: &Value| resource.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let search = doctor.get("/fhir/Patient?family=parte&_elements=birthDate&_count=2").is(200).json();
    let mut first = keys(&search["entry"][0]["resource"]);
    first.sort();
    assert_eq!(first, ["birthDate", "id", "meta", "resourceType"]);
    assert_eq!(search["entry"][0]["resource"]["meta"]["tag"][0]["code"], "SUBSETTED");
    let next = search["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next").unwrap();
    let next = next["url"].as_str().unwrap().split_once("/fhir").unwrap().1.to_owned();
    let second = doctor.get(&format!("/fhir{next}")).is(200).json();
    assert_eq!(second["entry"][0]["resource"]["name"], Value::Null, "the next page is written alike");
    let id = search["entry"][0]["resource"]["id"].as_str().unwrap();
    let read = |how: &str| doctor.get(&format!("/fhir/Patient/{id}?{how}")).is(200);
    let summary = read("_summary=true").json();
    assert!(summary["name"].is_array() && summary["contact"].is_null() && summary["text"].is_null(), "{summary}");
    assert!(read("_summary=data").json()["text"].is_null());
    let text = read("_summary=text").json();
    assert!(text["text"].is_object() && text["name"].is_null());
    assert!(read("_pretty=true").text().contains("\n  \"resourceType\": \"Patient\""));
    doctor.get(&format!("/fhir/Patient/{id}?_summary=metade")).is(400);
    let count = doctor.get("/fhir/Patient?family=parte&_summary=count").is(200).json();
    assert_eq!((&count["total"], &count["entry"]), (&json!(3), &Value::Null));
    let form = doctor.request("POST", "/fhir/Patient/_search").form(&[("family", "parte"), ("_elements", "gender")]);
    assert!(form.send().is(200).json()["entry"][0]["resource"]["name"].is_null());

    let lines =
        doctor.request("GET", "/fhir/Patient?family=parte&_count=2").header("Accept", "application/fhir+ndjson");
    let lines = lines.send().is(200);
    assert_eq!(lines.header("content-type"), Some("application/fhir+ndjson"));
    assert!(lines.header("link").unwrap().contains("rel=\"next\""));
    let patients: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(patients.len(), 2);
    assert!(patients.iter().all(|patient| patient["resourceType"] == "Patient"));
    doctor.request("GET", &format!("/fhir/Patient/{id}")).header("Accept", "application/fhir+xml").send().is(406);
    doctor.get(&format!("/fhir/Patient/{id}?_format=xml")).is(406);
}

#[test]
fn a_concept_of_words_alone_is_there() {
    let world = World::new();
    let doctor = world.doctor();
    let made =
        post(doctor, "/fhir/Basic", &json!({ "resourceType": "Basic", "code": { "text": "Nota" } })).is(201).id();
    for (asked, found) in [("code:missing=true", false), ("code:missing=false", true), ("code:text=nota", true)] {
        let total =
            doctor.get(&format!("/fhir/Basic?_id={made}&{asked}&_summary=count")).is(200).json()["total"].clone();
        assert_eq!(total, u64::from(found), "{asked}");
    }
}

#[test]
fn a_part_is_not_saved_as_the_whole() {
    let world = World::new();
    let doctor = world.doctor();
    let id = post(doctor, "/fhir/Patient", &patient("1", "Inteira")).is(201).id();
    let path = format!("/fhir/Patient/{id}");
    let part = doctor.get(&format!("{path}?_elements=name")).is(200).json();
    let refused = doctor.request("PUT", &path).fhir(&part).send().is(422);
    assert_eq!(code(&refused), "part");
    assert_eq!(doctor.get(&path).is(200).json()["birthDate"], "1980-01-01");
    // What its reader sees masked, saved by who sees all.
    let masked = world.client(Who::Admin).get(&format!("/fhir/Patient/{}", world.patient)).is(200).json();
    let refused = doctor.request("PUT", &format!("/fhir/Patient/{}", world.patient)).fhir(&masked).send().is(422);
    assert_eq!(code(&refused), "part");
}

#[test]
fn what_meets_no_condition_takes_no_other_ones_place() {
    let world = World::new();
    let doctor = world.doctor();
    let kept = post(doctor, "/fhir/Patient", &patient("1", "Firme")).is(201).id();
    let mut other = patient("2", "Outra");
    other["id"] = kept.as_str().into();
    let path = format!("/fhir/Patient?identifier={}", percent(&format!("{MRN}|2")));
    doctor.request("PUT", &path).fhir(&other).send().is(412);
    assert_eq!(doctor.get(&format!("/fhir/Patient/{kept}")).is(200).json()["name"][0]["family"], "Firme");
}

#[test]
fn a_patch_makes_nothing_deep() {
    let world = World::new();
    let doctor = world.doctor();
    let id = post(doctor, "/fhir/Patient", &patient("1", "Funda")).is(201).id();
    let nest = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    let (mut operations, inner) = (Vec::new(), "/a".repeat(50));
    for turn in 0..400 {
        let (here, there) = if turn % 2 == 0 { ("x", "y") } else { ("y", "x") };
        operations.push(format!(r#"{{"op":"add","path":"/{here}","value":{}}}"#, nest(51)));
        operations.push(format!(r#"{{"op":"move","from":"/{there}","path":"/{here}{inner}/z"}}"#));
    }
    operations.remove(1);
    let patch = format!("[{}]", operations.join(","));
    let path = format!("/fhir/Patient/{id}");
    let refused = doctor.request("PATCH", &path).body("application/json-patch+json", patch).send().is(422).json();
    assert_eq!(refused["issue"][0]["expression"][0].as_str().map(|place| &place[..5]), Some("Patch"));
    doctor.get(&path).is(200);
}

#[test]
fn what_was_looked_at_is_journalled_also_where_it_failed() {
    let world = World::new();
    let doctor = world.doctor();
    let guess = json!([{ "op": "test", "path": "/birthDate", "value": "1901-01-01" }]);
    let path = format!("/fhir/Patient/{}", world.patient);
    doctor.request("PATCH", &path).body("application/json-patch+json", guess.to_string()).send().is(422);
    let trail = world.client(Who::Auditor).get(&format!("/api/audit?event=search&record=Patient/{}", world.patient));
    let items = trail.is(200).json()["items"].as_array().unwrap().clone();
    assert!(items.iter().any(|item| item["userId"] == world.user(Who::Doctor)), "{items:?}");
}
