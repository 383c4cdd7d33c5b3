//! No name, no number, no diagnosis, no query, no password and no token leaves by the log, the meters or a file's name.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{CLINIC, FIRST_PASSWORD, GENEROUS, PASSWORD, Who, World, percent};

/// Words that are nowhere else.
const MARKS: &[&str] = &[
    "Xanthippe",
    "Quetzalina",
    "Zebedeia",
    "529.982.247-25",
    "52998224725",
    "11144477735",
    "Feocromocitoma",
    "Fenoxibenzamina",
    "xantocromia",
    "motivo-quixotesco",
    "agulha-no-palheiro",
    "senha-zarolha-9",
    "Rua Jabuticabeira",
    "zarolha@example.org",
    "doctor@example.org",
    "wyvern",
];

fn busy(world: &World) -> Vec<String> {
    let (doctor, nobody) = (world.doctor(), world.client(Who::Nobody));
    let mut ids = Vec::new();
    let mut told = |answer: crate::harness::Answer| ids.push(answer.header("x-request-id").unwrap().to_owned());
    let patient = json!({
        "name": "Xanthippe Marcada", "socialName": "Quetzalina", "cpf": "111.444.777-35",
        "address": { "line": "Rua Jabuticabeira, 9", "city": "São Paulo", "state": "SP" },
        "allergies": [{ "substance": "Zebedeia" }],
    });
    let made = doctor.post("/api/patients", &patient).is(201);
    let id = made.id();
    told(made);
    told(doctor.post("/api/patients", &patient).is(409));
    let record = json!({
        "patientId": id, "title": "Feocromocitoma", "type": "exam", "date": "2026-01-01", "diagnosis": "Feocromocitoma à direita",
        "treatment": "Fenoxibenzamina", "notes": "xantocromia",
    });
    let made = doctor.post("/api/medical-records", &record).is(201);
    let record_id = made.id();
    told(made);
    let place = format!("/api/medical-records/{record_id}");
    told(
        doctor
            .put(&place, "W/\"1\"", &json!({ "notes": "xantocromia de novo", "reason": "motivo-quixotesco" }))
            .is(200),
    );
    for q in ["agulha-no-palheiro", "Feocromocitoma", "xantocromia", "52998224725"] {
        told(doctor.get(&format!("/api/medical-records?q={}", percent(q))).is(200));
        told(doctor.get(&format!("/api/patients?q={}", percent(q))).is(200));
        told(world.client(Who::Reception).get(&format!("/api/medical-records?q={}", percent(q))).is(403));
        told(doctor.get(&format!("/fhir/Patient/x?name={}", percent(q))));
        told(doctor.request("POST", "/patients").form(&[("q", q)]).send().is(200));
        told(doctor.get(&format!("/{q}")).is(404));
        told(doctor.get(&format!("/api/patients/{q}")).is(404));
    }
    // What is refused may hold anything.
    told(doctor.post("/api/medical-records", &json!({ "Xanthippe": 1, "title": ["Feocromocitoma"] })).is(422));
    told(
        doctor
            .request("POST", "/api/medical-records")
            .body("application/json", "{\"notes\": \"xantocromia\"")
            .send()
            .is(400),
    );
    told(doctor.request("POST", "/fhir/Observation").body("application/fhir+json", "{\"wyvern\": }").send().is(400));
    told(doctor.request("POST", "/fhir/Observation").fhir(&json!({ "resourceType": "wyvern" })).send().is(422));
    told(
        doctor
            .request("GET", "/api/me")
            .header("User-Agent", "wyvern")
            .header("Referer", "https://x/?wyvern")
            .send()
            .is(200),
    );
    told(doctor.request("GET", "/api/me").header("X-Request-Id", "wyvern wyvern").send().is(200));
    told(doctor.request("WYVERN", "/api/me").send().is(405));
    told(nobody.sign_in("zarolha@example.org", "senha-zarolha-9").is(401));
    told(nobody.sign_in("doctor@example.org", "senha-zarolha-9").is(401));
    told(
        nobody
            .post("/api/sessions", &json!({ "clinic": CLINIC, "email": "zarolha@example.org", "password": 9 }))
            .is(422),
    );
    told(
        nobody
            .request("POST", "/login")
            .form(&[("email", "zarolha@example.org"), ("password", "senha-zarolha-9")])
            .send(),
    );
    told(nobody.with_token("saude-viva.wyvern.wyvern").get("/api/me").is(401));
    told(nobody.request("GET", "/api/me").header("Cookie", "aroeira_session=saude-viva.wyvern.wyvern").send().is(401));
    told(doctor.get(&format!("/fhir/Composition/{record_id}")).is(200));
    told(doctor.get(&format!("/records/{record_id}/print")).is(200));
    told(doctor.delete(&place, "W/\"2\"", "motivo-quixotesco").is(204));
    ids
}

#[test]
fn nothing_of_a_patient_or_of_a_secret_leaves_by_the_log() {
    // At the most talkative of levels, for our own code and for what it stands on.
    let mut settings = GENEROUS.to_vec();
    settings.push(("AROEIRA_LOG__LEVEL", "trace"));
    let mut world = World::with(&settings);
    let ids = busy(&world);
    let metrics = world.client(Who::Nobody).get("/metrics").is(200).text();
    let files = names(world.home.directory.path());
    let token = world.doctor().token.clone().unwrap();
    let secret = token.rsplit('.').next().unwrap().to_owned();
    world.server.end();
    let log = world.server.log();

    for mark in MARKS.iter().copied().chain([secret.as_str(), PASSWORD, FIRST_PASSWORD]) {
        for (place, text) in [("log", &log), ("metrics", &metrics), ("names of files", &files)] {
            let line = text.lines().find(|line| line.to_lowercase().contains(&mark.to_lowercase()));
            assert!(line.is_none(), "{mark} in the {place}: {line:?}");
        }
    }
    // What looks like an answer of the server must be findable in the log.
    let mut requests = Vec::new();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(line["level"].is_string() && line["timestamp"].is_string(), "{line}");
        if line["target"] == "aroeira::access" {
            assert!(line["route"].is_string() && line["status"].is_u64() && line["ms"].is_number(), "{line}");
            let route = line["route"].as_str().unwrap();
            assert!(!route.contains('?') && (route == "none" || route.starts_with('/')), "{line}");
            requests.push(line["request"].as_str().unwrap().to_owned());
        }
    }
    assert!(requests.len() > ids.len());
    for id in &ids {
        assert_eq!(requests.iter().filter(|request| *request == id).count(), 1, "request {id} in the log");
    }
}

/// The paths of everything under a directory, a line each.
fn names(directory: &Path) -> String {
    let mut told = String::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        told.push_str(&path.to_string_lossy());
        told.push('\n');
        if path.is_dir() {
            told.push_str(&names(&path));
        }
    }
    told
}

/// What the files hold is ciphertext: a word of a record is nowhere in them.
#[test]
fn nothing_of_a_patient_can_be_read_from_the_files() {
    let mut world = World::new();
    busy(&world);
    let while_open = contents(&world.home.data());
    world.server.end();
    for (path, bytes) in while_open.into_iter().chain(contents(&world.home.data())) {
        for mark in MARKS {
            let found = bytes.windows(mark.len()).any(|window| window.eq_ignore_ascii_case(mark.as_bytes()));
            assert!(!found, "{mark} in {path}");
        }
    }
}

fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            all.push((path.display().to_string(), bytes));
        }
    }
    all
}
