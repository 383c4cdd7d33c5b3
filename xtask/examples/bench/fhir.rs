//! `cargo xtask bench fhir`: a clinic of 2,000 patients with 20,000 resources, and again at ten times that (`--large`: at
//! fifty), asked as FHIR clients ask: what each call costs, and how that grows.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::load::{self, Load, request};
use crate::process::Server;
use crate::{Done, Report, ask, installation};

/// Patients of the smallest clinic, and resources of each.
const PATIENTS: usize = 2000;
const EACH: usize = 10;
/// Patients of one family, so that a search by family has ten hits.
const FAMILY: usize = 10;
/// Patients of a bundle that fills the clinic.
const BATCH: usize = 40;
const CONNECTIONS: usize = 64;
const CODES: [&str; 5] = ["8480-6", "8462-4", "8867-4", "8310-5", "29463-7"];

/// What is measured, in the order of the table.
const NAMES: [&str; 9] = [
    "read",
    "search by family (10)",
    "token + date (20)",
    "chained (10)",
    "_include",
    "$everything",
    "create",
    "transaction of 50",
    "conditional create",
];

/// One size, measured.
struct Size {
    loads: Vec<Load>,
    resident: f64,
}

/// Both sizes, or all three.
pub(crate) async fn bench(target: &Path, directory: &Path, large: bool) -> Done<()> {
    let mut report = Report::default();
    let mut sizes = Vec::new();
    for times in [1, 10, 50].into_iter().take(if large { 3 } else { 2 }) {
        let home = directory.join(format!("fhir-{times}"));
        sizes.push((times, size(target, &home, times, &mut report).await?));
        std::fs::remove_dir_all(&home)?;
    }
    println!();
    let small = &sizes[0].1;
    for (name, at, cpu, rate) in [
        ("read", 0, 0.04, 1.5 * 18_962.0),
        ("search by family", 1, 0.15, 10.0 * 629.0),
        ("create", 6, 0.30, 3.0 * 644.0),
    ] {
        report.figure(&format!("FHIR {name}: CPU-ms"), small.loads[at].cpu_ms, cpu, true);
        report.figure(&format!("FHIR {name}: requests/s"), small.loads[at].rate, rate, false);
    }
    for (times, larger) in &sizes[1..] {
        for (at, name) in NAMES.iter().enumerate() {
            let growth = larger.loads[at].cpu_ms / small.loads[at].cpu_ms;
            report.figure(&format!("{name}: CPU-ms at {times}x over 1x"), growth, 1.5, true);
        }
        report.figure(&format!("resident after the load at {times}x, MB"), larger.resident, 300.0, true);
    }
    report.write(&target.join("bench-fhir.json"))
}

async fn size(target: &Path, home: &Path, times: usize, report: &mut Report) -> Done<Size> {
    let patients = PATIENTS * times;
    installation::clinic(target, home, "banca")?;
    let synthea = synthea(target, home)?;
    let ready = home.join("ready");
    let mut command = Command::new(target.join("release/aroeira"));
    command.args(["serve", "--data"]).arg(home.join("data")).arg("--ready-file").arg(&ready);
    command.env("AROEIRA_SERVER__LISTEN", "127.0.0.1:0").env("AROEIRA_LOG__LEVEL", "warn").stdout(Stdio::null());
    for key in ["SIGN_IN", "ANONYMOUS", "USER", "WRITE", "IMPORT"] {
        command.env(format!("AROEIRA_LIMITS__{key}"), "0");
    }
    let server = Server::start(&mut command, &ready)?;
    let token = installation::doctor(server.address, "banca").await?;
    let (begun, cpu) = (Instant::now(), server.cpu());
    for first in (0..patients).step_by(BATCH) {
        let bundle = bundle(first..(first + BATCH).min(patients), times);
        let (status, body) = ask(server.address, &request("POST", "/fhir", &token, &bundle)).await?;
        if status != 200 {
            return Err(format!("a bundle was refused: {status} {}", String::from_utf8_lossy(&body)).into());
        }
    }
    let resources = (patients * (EACH + 1)) as f64;
    println!(
        "\n{times}x: {patients} patients, {} resources{synthea}; filled in {:.1} s, {:.3} CPU-ms a resource",
        patients * EACH,
        begun.elapsed().as_secs_f64(),
        (server.cpu() - cpu).as_secs_f64() * 1e3 / resources
    );
    println!("{:<22} {:>4} {:>10} {:>10} {:>9} {:>9}", "", "conn", "req/s", "CPU-ms", "p50 ms", "p99 ms");
    let mut loads = Vec::new();
    let calls = calls(patients, times, &token);
    // A server that has just begun still takes its code and its memory in: that is no part of what a call costs.
    load::run(server.address, CONNECTIONS, &calls[0], || server.cpu()).await?;
    for (name, made) in NAMES.iter().zip(calls) {
        let load = load::run(server.address, CONNECTIONS, &made, || server.cpu()).await?;
        report.load(&format!("{name} {times}x"), CONNECTIONS, &load);
        loads.push(load);
    }
    Ok(Size { loads, resident: server.resident_mb() })
}

/// Takes the bundles of Synthea in besides, where they are at hand.
fn synthea(target: &Path, home: &Path) -> Done<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/synthea");
    let Ok(folder) = std::fs::read_dir(folder) else { return Ok(String::new()) };
    let mut files: Vec<PathBuf> = folder.filter_map(|file| Some(file.ok()?.path())).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".json.gz"));
    let mut command = Command::new(target.join("release/aroeira"));
    command
        .args(["import", "--clinic", "banca"])
        .args(&files)
        .arg("--data")
        .arg(home.join("data"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if command.status()?.success() {
        Ok(format!(" and {} bundles of Synthea", files.len()))
    } else {
        Err("the bundles of Synthea were not taken in".into())
    }
}

/// A family's name: syllables of its number, so that none begins another.
fn family(number: usize) -> String {
    const SYLLABLES: [&str; 10] = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru"];
    let digits = format!("{number:05}");
    let name: String = digits.bytes().map(|digit| SYLLABLES[usize::from(digit - b'0')]).collect();
    format!("{}{}", name[..1].to_uppercase(), &name[1..])
}

/// When an observation was made: over twelve times 28 days, evenly, whatever the clinic's size.
fn moment(patient: usize, times: usize) -> String {
    let minutes = patient * (12 * 28 * 1440) / (PATIENTS * times);
    let (day, minute) = (minutes / 1440, minutes % 1440);
    format!("2025-{:02}-{:02}T{:02}:{:02}:00Z", day / 28 + 1, day % 28 + 1, minute / 60, minute % 60)
}

fn observation(patient: usize, code: &str, at: &str) -> Value {
    json!({ "resourceType": "Observation", "status": "final",
        "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
        "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
        "subject": { "reference": format!("Patient/p{patient}") }, "effectiveDateTime": at,
        "valueQuantity": { "value": 100 + patient % 60, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]" } })
}

fn patient(number: usize) -> Value {
    json!({ "resourceType": "Patient", "id": format!("p{number}"),
        "identifier": [{ "system": "http://example.org/prontuario", "value": format!("{number}") }],
        "name": [{ "use": "official", "family": family(number / FAMILY), "given": ["Ana", "Clara"] }],
        "gender": if number.is_multiple_of(2) { "female" } else { "male" },
        "birthDate": format!("{}-{:02}-{:02}", 1940 + number % 70, number % 12 + 1, number % 28 + 1) })
}

/// Some patients with ten resources each.
fn bundle(numbers: std::ops::Range<usize>, times: usize) -> String {
    let mut entries = Vec::new();
    let mut put = |id: String, mut resource: Value| {
        resource["id"] = id.as_str().into();
        let url = format!("{}/{id}", resource["resourceType"].as_str().unwrap_or_default());
        entries.push(json!({ "resource": resource, "request": { "method": "PUT", "url": url } }));
    };
    for n in numbers {
        let (subject, at) = (json!({ "reference": format!("Patient/p{n}") }), moment(n, times));
        put(format!("p{n}"), patient(n));
        for (which, code) in CODES.iter().enumerate() {
            put(format!("o{n}-{which}"), observation(n, code, &at));
        }
        put(
            format!("e{n}"),
            json!({ "resourceType": "Encounter", "status": "finished", "subject": subject,
            "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" },
            "period": { "start": at } }),
        );
        for which in 0..2 {
            put(
                format!("c{n}-{which}"),
                json!({ "resourceType": "Condition", "subject": subject,
                "encounter": { "reference": format!("Encounter/e{n}") },
                "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10", "code": format!("I{}{which}", n % 10) }] } }),
            );
        }
        put(
            format!("m{n}"),
            json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order",
            "subject": subject, "authoredOn": at, "medicationCodeableConcept": { "text": "Losartana 50 mg" } }),
        );
        put(
            format!("a{n}"),
            json!({ "resourceType": "AllergyIntolerance", "patient": subject,
            "clinicalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active" }] },
            "code": { "text": "Dipirona" } }),
        );
    }
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }).to_string()
}

/// The requests of each load, in the order of [`NAMES`].
fn calls(patients: usize, times: usize, token: &str) -> [Vec<Vec<u8>>; 9] {
    let some = |make: &dyn Fn(usize) -> String| -> Vec<Vec<u8>> {
        (0..2000).map(|n| request("GET", &make(n * 7919 % patients), token, "")).collect()
    };
    let window = |n: usize| (moment(n, times), moment((n + 20).min(patients - 1), times));
    let post = |path: &str, make: &dyn Fn(usize) -> String, count: usize| -> Vec<Vec<u8>> {
        (0..count).map(|n| request("POST", path, token, &make(n * 7919 % patients))).collect()
    };
    let new = |n: usize| observation(n, "8480-6", "2026-03-01T10:00:00Z");
    let entry = |n: usize| json!({ "resource": new(n), "request": { "method": "POST", "url": "Observation" } });
    [
        some(&|n| format!("/fhir/Observation/o{n}-0")),
        some(&|n| format!("/fhir/Patient?family={}&_count=10", family(n / FAMILY))),
        some(&|n| {
            let (low, high) = window(n);
            format!("/fhir/Observation?code=http://loinc.org|8480-6&date=ge{low}&date=lt{high}&_count=20&_total=none")
        }),
        some(&|n| format!("/fhir/Observation?subject:Patient.family={}&code=8462-4&_count=10", family(n / FAMILY))),
        some(&|n| {
            format!("/fhir/Condition?patient=p{n}&_include=Condition:subject&_include=Condition:encounter&_count=10")
        }),
        some(&|n| format!("/fhir/Patient/p{n}/$everything")),
        post("/fhir/Observation", &|n| new(n).to_string(), 2000),
        post(
            "/fhir",
            &|n| {
                let entries: Vec<Value> = (0..50).map(|k| entry((n + k) % patients)).collect();
                json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }).to_string()
            },
            50,
        ),
        (0..2000)
            .map(|n| {
                let number = n * 7919 % patients;
                let text =
                    String::from_utf8_lossy(&request("POST", "/fhir/Patient", token, &patient(number).to_string()))
                        .into_owned();
                let header = format!("If-None-Exist: identifier=http://example.org/prontuario|{number}\r\n");
                text.replacen("\r\n\r\n", &format!("\r\n{header}\r\n"), 1).into_bytes()
            })
            .collect(),
    ]
}
