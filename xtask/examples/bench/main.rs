//! The figures of `cargo xtask bench`, floors and all, in one run on one machine.

mod fhir;
mod floors;
mod installation;
mod load;
mod process;
mod profile;

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use load::{Connection, Load, request};
use process::Server;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> Done<()> {
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match words.as_slice() {
        [mode, body, ready] if mode.as_os_str() == "bare" => {
            // As many threads as the product's server has.
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            Ok(runtime.block_on(floors::bare(body, ready))?)
        }
        [target, rest @ ..]
            if matches!(words_of(rest).as_slice(), [] | ["fhir", "--large"] | ["fhir" | "--profile" | "--density"]) =>
        {
            let directory = target.join(format!("bench-{}", std::process::id()));
            std::fs::create_dir_all(&directory)?;
            // One thread for the load: it must not crowd out the server.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let done = match words_of(rest).as_slice() {
                [] => runtime.block_on(bench(target, &directory)),
                ["--profile"] => runtime.block_on(profile::profile(target, &directory)),
                ["--density"] => runtime.block_on(profile::density(target, &directory)),
                more => runtime.block_on(fhir::bench(target, &directory, more.len() > 1)),
            };
            let _ = std::fs::remove_dir_all(&directory);
            done
        }
        _ => Err("usage: bench TARGET_DIRECTORY [fhir [--large] | --profile | --density]".into()),
    }
}

fn words_of(rest: &[PathBuf]) -> Vec<&str> {
    rest.iter().filter_map(|word| word.to_str()).collect()
}

/// The figures, and what is wanted of them.
#[derive(Default)]
struct Report {
    loads: Vec<Value>,
    figures: Vec<Value>,
}

impl Report {
    fn load(&mut self, name: &str, connections: usize, load: &Load) {
        println!(
            "{name:<22} {connections:>4} {:>10.0} {:>10.4} {:>9.2} {:>9.2}{}",
            load.rate,
            load.cpu_ms,
            load.p50,
            load.p99,
            if load.failures > 0 { format!("   {} of {} FAILED", load.failures, load.requests) } else { String::new() }
        );
        self.loads.push(json!({
            "name": name, "connections": connections, "rate": load.rate, "cpuMs": load.cpu_ms, "p50": load.p50,
            "p99": load.p99, "requests": load.requests, "failures": load.failures,
        }));
    }

    /// A figure that is wanted to be at most (`most`) or at least so much.
    fn figure(&mut self, name: &str, value: f64, wanted: f64, most: bool) {
        let met = if most { value <= wanted } else { value >= wanted };
        let sign = if most { "<=" } else { ">=" };
        println!(
            "{name:<48} {value:>9.3}  {sign} {wanted:<7} {}  x{:.2}",
            if met { "met   " } else { "MISSED" },
            value / wanted
        );
        self.figures.push(json!({"name": name, "value": value, "wanted": wanted, "most": most, "met": met}));
    }
}

impl Report {
    /// Writes everything into a file.
    fn write(&self, file: &Path) -> Done<()> {
        let failures: u64 = self.loads.iter().filter_map(|load| load["failures"].as_u64()).sum();
        std::fs::write(file, serde_json::to_string_pretty(&json!({"loads": self.loads, "figures": self.figures}))?)?;
        println!("\nwritten to {}", file.display());
        if failures > 0 { Err(format!("{failures} requests failed").into()) } else { Ok(()) }
    }
}

fn demo(target: &Path, directory: &Path) -> (Command, PathBuf) {
    let ready = directory.join("ready");
    let mut command = Command::new(target.join("release/aroeira"));
    command.args(["demo", "--port", "0", "--data"]).arg(directory.join("data")).arg("--ready-file").arg(&ready);
    for key in ["SIGN_IN", "ANONYMOUS", "USER", "WRITE", "IMPORT"] {
        command.env(format!("AROEIRA_LIMITS__{key}"), "0");
    }
    command.stdout(std::process::Stdio::null());
    (command, ready)
}

/// The requests that are measured, of each kind many.
struct Asked {
    stored: Vec<Vec<u8>>,
    reads: Vec<Vec<u8>>,
    lists: Vec<Vec<u8>>,
    names: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    creates: Vec<Vec<u8>>,
}

impl Asked {
    fn of(token: &str, records: &[String], patients: &[String]) -> Self {
        let get = |path: String| request("GET", &path, token, "");
        Self {
            stored: records.iter().map(|id| get(format!("/fhir/Composition/{id}"))).collect(),
            reads: records.iter().map(|id| get(format!("/api/medical-records/{id}"))).collect(),
            lists: patients.iter().map(|id| get(format!("/api/medical-records?patientId={id}&limit=20"))).collect(),
            names: ["maria", "souza", "ana", "joao", "silva", "carl", "oliv"]
                .map(|q| get(format!("/api/patients?q={q}&limit=10")))
                .into(),
            words: ["hipertensao", "diabetes", "dor", "retorno", "losartana", "cefal*"]
                .map(|q| get(format!("/api/medical-records?q={q}&limit=10")))
                .into(),
            creates: patients.iter().map(|id| request("POST", "/api/medical-records", token, &record(id))).collect(),
        }
    }

    fn that_change_nothing(&self) -> [(&'static str, &[Vec<u8>]); 5] {
        [
            ("read", &self.reads),
            ("list", &self.lists),
            ("search by name", &self.names),
            ("search by text", &self.words),
            ("FHIR read", &self.stored),
        ]
    }
}

async fn bench(target: &Path, directory: &Path) -> Done<()> {
    let (mut command, ready) = demo(target, directory);
    let begun = Instant::now();
    drop(Server::start(&mut command, &ready)?);
    let fill = begun.elapsed();
    let begun = Instant::now();
    let server = Server::start(&mut command, &ready)?;
    let (status, _) = ask(server.address, &request("GET", "/api/health/ready", "", "")).await?;
    let start = begun.elapsed();
    if status != 200 {
        return Err(format!("the server is not ready: {status}").into());
    }
    let idle = server.resident_mb();

    let token = sign_in(server.address).await?;
    let records = ids(server.address, &token, "medical-records").await?;
    let patients = ids(server.address, &token, "patients").await?;
    let asked = Asked::of(&token, &records, &patients);

    let mut report = Report::default();
    println!("{:<22} {:>4} {:>10} {:>10} {:>9} {:>9}", "", "conn", "req/s", "CPU-ms", "p50 ms", "p99 ms");
    let cpu = || server.cpu();
    let (_, body) = ask(server.address, &asked.reads[0]).await?;
    let bare = bare(directory, &body)?;
    let mut worst = [0.0_f64; 6];
    let mut shares = [f64::MAX; 2];
    // First all that changes nothing, of the clinic as it was filled.
    for connections in [16, 64] {
        let floor = load::run(bare.address, connections, &[request("GET", "/", &token, "")], || bare.cpu()).await?;
        report.load("bare axum handler", connections, &floor);
        for (n, (name, made)) in asked.that_change_nothing().into_iter().enumerate() {
            let load = load::run(server.address, connections, made, cpu).await?;
            report.load(name, connections, &load);
            worst[n] = worst[n].max(load.cpu_ms);
            if n == 0 {
                shares[0] = shares[0].min(load.rate / floor.rate);
            }
        }
    }
    let users = hundred_users(&server, [&asked.reads, &asked.lists, &asked.names, &asked.creates]).await?;
    report.load("100 users, mixed", 100, &users);
    let pages = pages(&server, &token, &patients, &records).await?;
    report.load("pages, one at a time", 1, &pages);
    (worst[5], shares[1]) = creates(&server, &asked.creates, directory, &mut report).await?;

    println!();
    report.figure("read: share of the bare handler's rate", shares[0], 0.333, false);
    report.figure("create: share of plain SQLite's rate", shares[1], 0.5, false);
    report.figure("read: CPU-ms", worst[0], 0.04, true);
    report.figure("search by name: CPU-ms", worst[2], 0.15, true);
    report.figure("FHIR read: CPU-ms", worst[4], 0.04, true);
    report.figure("create: CPU-ms", worst[5], 0.25, true);
    report.figure("page: time at p95 in ms", pages.p95, 50.0, true);
    report.figure("100 users: p99 in ms", users.p99, 25.0, true);
    report.figure("start to the first ready answer, s", start.as_secs_f64(), 0.3, true);
    report.figure("resident when idle, MB", idle, 50.0, true);
    report.figure("demo filled and served, first start, s", fill.as_secs_f64(), 5.0, true);
    report.write(&target.join("bench.json"))
}

/// Writes, beside plain SQLite in groups of the same size: the most CPU-ms of one, and the least share of SQLite's rate.
async fn creates(server: &Server, creates: &[Vec<u8>], directory: &Path, report: &mut Report) -> Done<(f64, f64)> {
    let (mut worst, mut share) = (0.0_f64, f64::MAX);
    for connections in [16, 64] {
        let before = batches(server.address).await?;
        let load = load::run(server.address, connections, creates, || server.cpu()).await?;
        report.load("create", connections, &load);
        worst = worst.max(load.cpu_ms);
        let after = batches(server.address).await?;
        let group =
            ((after.0 - before.0) / (after.1 - before.1).max(1.0)).round().clamp(1.0, connections as f64) as u64;
        let (rate, cpu_ms) = floors::sqlite(&directory.join(format!("plain-{connections}")), group, &fhir())?;
        println!(
            "{:<22} {connections:>4} {rate:>10.0} {cpu_ms:>10.4}            groups of {group}",
            "plain SQLite create"
        );
        report.loads.push(json!({"name": "plain SQLite create", "connections": connections, "rate": rate, "cpuMs": cpu_ms, "group": group}));
        share = share.min(load.rate / rate);
    }
    Ok((worst, share))
}

/// The bare handler, in a process of its own as the server is.
fn bare(directory: &Path, body: &[u8]) -> Done<Server> {
    let (file, ready) = (directory.join("body"), directory.join("bare-ready"));
    std::fs::write(&file, body)?;
    Ok(Server::start(Command::new(std::env::current_exe()?).arg("bare").arg(file).arg(&ready), &ready)?)
}

/// A hundred connections of a hundred sessions that read, list, search and write without a pause.
async fn hundred_users(server: &Server, made: [&[Vec<u8>]; 4]) -> Done<Load> {
    let mut mixed = Vec::new();
    for n in 0..100 {
        let token = sign_in(server.address).await?;
        let own = |request: &[u8]| {
            let text = String::from_utf8_lossy(request);
            let (before, rest) = text.split_once("Bearer ").unwrap_or((&text, ""));
            let (_, after) = rest.split_once("\r\n").unwrap_or(("", rest));
            format!("{before}Bearer {token}\r\n{after}").into_bytes()
        };
        for turn in 0..20 {
            let of = [0, 0, 0, 0, 0, 0, 1, 1, 2, 3][turn % 10];
            mixed.push(own(&made[of][(n * 31 + turn) % made[of].len()]));
        }
    }
    Ok(load::run(server.address, 100, &mixed, || server.cpu()).await?)
}

/// The pages a doctor opens, with a session's cookie: one at a time, so that the time is the server's and not the queue's.
async fn pages(server: &Server, token: &str, patients: &[String], records: &[String]) -> Done<Load> {
    let mut paths = vec!["/".to_owned(), "/patients".into(), "/records".into(), "/records?q=hipertensao".into()];
    for (patient, record) in patients.iter().zip(records).take(50) {
        paths.push(format!("/patients/{patient}"));
        paths.push(format!("/records/{record}"));
    }
    let get = |path: &String| {
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: aroeira_session={token}\r\n\r\n").into_bytes()
    };
    let made: Vec<_> = paths.iter().map(get).collect();
    for (path, page) in paths.iter().zip(&made) {
        let (status, _) = ask(server.address, page).await?;
        if status != 200 && path != "/" {
            return Err(format!("{path} answered {status}").into());
        }
    }
    Ok(load::run(server.address, 1, &made[1..], || server.cpu()).await?)
}

async fn ask(address: SocketAddr, request: &[u8]) -> Done<(u16, Vec<u8>)> {
    let mut connection = Connection::open(address).await?;
    let answered = tokio::time::timeout(Duration::from_secs(20), connection.ask(request)).await?;
    let (status, body) = answered?;
    Ok((status, body.to_vec()))
}

async fn sign_in(address: SocketAddr) -> Done<String> {
    let body = r#"{"clinic":"demo","email":"medica@demo","password":"aroeira-demo-1"}"#;
    let (status, answer) = ask(address, &request("POST", "/api/sessions", "", body)).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    answer["token"].as_str().map(str::to_owned).ok_or_else(|| format!("no session: {status}").into())
}

/// Every id of a list, page after page.
async fn ids(address: SocketAddr, token: &str, list: &str) -> Done<Vec<String>> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/{list}?limit=100{cursor}");
        let (status, page) = ask(address, &request("GET", &path, token, "")).await?;
        let page: Value = serde_json::from_slice(&page)?;
        let items = page["items"].as_array().ok_or_else(|| format!("{list} has no items: {status}"))?;
        found.extend(items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(found),
        }
    }
}

/// Commits so far: the requests in them, and how many.
async fn batches(address: SocketAddr) -> Done<(f64, f64)> {
    let (_, text) = ask(address, &request("GET", "/metrics", "", "")).await?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let total = |suffix: &str| {
        let lines = text.lines().filter(|line| line.starts_with(&format!("aroeira_commit_batch_size_{suffix}")));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    };
    Ok((total("sum"), total("count")))
}

const NOTES: &str = "Refere melhora da cefaleia. PA 132x84 mmHg, FC 76 bpm, afebril. Ausculta sem alterações. Orientada sobre \
                     dieta hipossódica, atividade física regular e sinais de alarme. Exames laboratoriais solicitados.";

fn record(patient: &str) -> String {
    json!({
        "patientId": patient, "title": "Consulta de acompanhamento", "type": "consultation", "date": "2026-11-20T10:30:00-03:00",
        "diagnosis": "Hipertensão arterial sistêmica", "treatment": "Losartana 50 mg, um comprimido ao dia", "notes": NOTES,
        "priority": "NORMAL", "codes": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10", "display": "Hipertensão"}],
    })
    .to_string()
}

/// About the resource that the record above is kept as.
fn fhir() -> String {
    let section = |text: &str| {
        json!({"title": "Anotações", "code": {"coding": [{"system": "http://loinc.org", "code": "34109-9"}]},
        "text": {"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{text}</div>")}})
    };
    json!({"resourceType": "Composition", "id": "0197d3a0-0000-7000-8000-000000000000", "meta": {"versionId": "1",
        "lastUpdated": "2026-11-20T13:30:00.000Z"}, "record": record("0197d3a0-0000-7000-8000-000000000000").len(), "status": "final",
        "subject": {"reference": "Patient/0197d3a0-0000-7000-8000-000000000000"}, "date": "2026-11-20T10:30:00-03:00",
        "author": [{"reference": "Practitioner/0197d3a0-0000-7000-8000-000000000000"}], "title": "Consulta de acompanhamento",
        "section": [section("Hipertensão arterial sistêmica"), section("Losartana 50 mg, um comprimido ao dia"), section(NOTES)]})
    .to_string()
}
