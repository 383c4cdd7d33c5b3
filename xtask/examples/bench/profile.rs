//! `cargo xtask bench --profile`: what a clinic of each plan takes of a server, which is what the catalogue of fleets says of
//! Aroeira; and `cargo xtask bench --density`: as many clinics as a plan puts on this machine, at their busiest hour.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::load::{Connection, request};
use crate::process::Server;
use crate::{Done, NOTES, installation, record};

/// Plans with consultations a day (`plan::Terms`), and clinics of each that are run.
const PLANS: [(&str, usize, usize); 3] = [("starter", 20, 16), ("professional", 100, 6), ("enterprise", 600, 3)];
/// Of a day's consultations, the share in its busiest hour: assumed.
const BUSIEST: f64 = 0.15;
/// Days a year that a clinic works.
const DAYS: f64 = 250.0;
/// Consultations one after the other on each of so many connections.
const CONNECTIONS: usize = 4;

/// What a plan's clinics were seen to take, each clinic.
struct Seen {
    plan: &'static str,
    consultations: usize,
    cpu_ms: f64,
    memory_mb: f64,
    disk_kb: f64,
}

/// A clinic at work: a doctor's token and the patients there are.
#[derive(Clone)]
struct Clinic {
    token: String,
    patients: Vec<String>,
}

fn serve(target: &Path, home: &Path) -> Done<Server> {
    let ready = home.join("ready");
    let mut command = Command::new(target.join("release/aroeira"));
    command.args(["serve", "--data"]).arg(home.join("data")).arg("--ready-file").arg(&ready);
    command.env("AROEIRA_SERVER__LISTEN", "127.0.0.1:0").stdout(Stdio::null()).stderr(Stdio::null());
    for key in ["SIGN_IN", "ANONYMOUS", "USER", "WRITE", "IMPORT"] {
        command.env(format!("AROEIRA_LIMITS__{key}"), "0");
    }
    Ok(Server::start(&mut command, &ready)?)
}

/// Makes clinics, serves them, and signs a doctor in at each. Answers the server, its memory before anybody came, and them.
async fn open(target: &Path, home: &Path, slugs: &[String]) -> Done<(Server, f64, Vec<Clinic>)> {
    for slug in slugs {
        installation::clinic(target, home, slug)?;
    }
    let server = serve(target, home)?;
    let idle = server.resident_mb();
    let mut clinics = Vec::new();
    for slug in slugs {
        let token = installation::doctor(server.address, slug).await?;
        clinics.push(Clinic { token, patients: Vec::new() });
    }
    Ok((server, idle, clinics))
}

/// The calls of one consultation: who is it, the chart, what was written before, a new record, and one more look. One in four
/// patients is new.
async fn consult(connection: &mut Connection, clinic: &mut Clinic, number: usize) -> Done<u64> {
    let token = clinic.token.clone();
    let mut asked = 0;
    let mut ask = async |method: &str, path: &str, body: &str| -> Done<Value> {
        let (status, answer) = connection.ask(&request(method, path, &token, body)).await?;
        asked += 1;
        if !(200..300).contains(&status) {
            return Err(format!("{method} {path}: {status} {}", String::from_utf8_lossy(answer)).into());
        }
        Ok(serde_json::from_slice(answer).unwrap_or_default())
    };
    if number.is_multiple_of(4) {
        let name = format!("Paciente {} da Banca", syllables(number));
        let made =
            ask("POST", "/api/patients", &json!({ "name": name, "birthDate": "1980-05-17" }).to_string()).await?;
        clinic.patients.push(made["id"].as_str().ok_or("a patient without id")?.to_owned());
    }
    let patient = clinic.patients[number * 7 % clinic.patients.len()].clone();
    ask("GET", &format!("/api/patients?q={}&limit=10", syllables(number)), "").await?;
    ask("GET", "/api/patients?q=banca&limit=10", "").await?;
    ask("GET", &format!("/api/patients/{patient}"), "").await?;
    let list = ask("GET", &format!("/api/medical-records?patientId={patient}&limit=20"), "").await?;
    for item in list["items"].as_array().into_iter().flatten().take(5) {
        ask("GET", &format!("/api/medical-records/{}", item["id"].as_str().unwrap_or_default()), "").await?;
    }
    let made = ask("POST", "/api/medical-records", &record(&patient)).await?;
    let id = made["id"].as_str().ok_or("a record without id")?;
    let more = json!({ "notes": format!("{NOTES} Retorno em trinta dias."), "reason": "complemento", "version": 1 });
    ask("PUT", &format!("/api/medical-records/{id}"), &more.to_string()).await?;
    ask("GET", &format!("/api/medical-records/{id}"), "").await?;
    Ok(asked)
}

/// A name of its own for a number.
fn syllables(number: usize) -> String {
    const SYLLABLES: [&str; 10] = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru"];
    format!("{number:04}").bytes().map(|digit| SYLLABLES[usize::from(digit - b'0')]).collect()
}

/// A day of consultations in each of these clinics. Answers the requests.
async fn day(server: &Server, clinics: &mut [Clinic], consultations: usize) -> Done<u64> {
    let mut all = 0;
    let each = clinics.len().div_ceil(CONNECTIONS);
    let mut tasks = Vec::new();
    for part in clinics.chunks(each) {
        let (address, mut part) = (server.address, part.to_vec());
        tasks.push(tokio::spawn(async move {
            let run = async {
                let mut connection = Connection::open(address).await?;
                let mut asked = 0;
                for number in 0..consultations {
                    for clinic in &mut part {
                        asked += consult(&mut connection, clinic, number).await?;
                    }
                }
                Done::Ok((part, asked))
            };
            run.await.map_err(|error| error.to_string())
        }));
    }
    let mut worked = Vec::new();
    for task in tasks {
        let (part, asked) = task.await??;
        worked.extend(part);
        all += asked;
    }
    clinics.clone_from_slice(&worked);
    Ok(all)
}

/// What a directory takes on the disk, in kilobytes.
fn kilobytes(directory: &Path) -> f64 {
    let mut sum = 0;
    let mut folders: Vec<PathBuf> = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) => sum += meta.len(),
                Err(_) => {}
            }
        }
    }
    sum as f64 / 1024.0
}

/// Measures every plan and writes `profile.json` under the target directory.
pub(crate) async fn profile(target: &Path, directory: &Path) -> Done<()> {
    let mut seen = Vec::new();
    let (mut idle, mut empty_kb, mut asked_each) = (0.0, 0.0, 0.0);
    println!(
        "{:<14} {:>8} {:>8} {:>14} {:>12} {:>12}",
        "plan", "clinics", "a day", "CPU-ms/consult", "MB/clinic", "KB/consult"
    );
    for (plan, consultations, count) in PLANS {
        let home = directory.join(plan);
        let slugs: Vec<String> = (0..count).map(|n| format!("clinica-{n}")).collect();
        let (server, before, mut clinics) = open(target, &home, &slugs).await?;
        idle = before;
        let opened = kilobytes(&home.join("data"));
        empty_kb = opened / count as f64;
        let cpu = server.cpu();
        let asked = day(&server, &mut clinics, consultations).await?;
        let done = (consultations * count) as f64;
        let one = Seen {
            plan,
            consultations,
            cpu_ms: (server.cpu() - cpu).as_secs_f64() * 1e3 / done,
            memory_mb: (server.resident_mb() - before) / count as f64,
            disk_kb: (kilobytes(&home.join("data")) - opened) / done,
        };
        asked_each = asked as f64 / done;
        println!(
            "{plan:<14} {count:>8} {consultations:>8} {:>14.2} {:>12.1} {:>12.1}",
            one.cpu_ms, one.memory_mb, one.disk_kb
        );
        seen.push(one);
        drop(server);
        std::fs::remove_dir_all(&home)?;
    }
    write(target, &seen, idle, empty_kb, asked_each)
}

/// Cores of a clinic in its busiest hour.
fn cores(seen: &Seen) -> f64 {
    seen.cpu_ms / 1e3 * seen.consultations as f64 * BUSIEST / 3600.0
}

/// Gigabytes a month.
fn growth(seen: &Seen) -> f64 {
    seen.disk_kb * seen.consultations as f64 * DAYS / 12.0 / (1024.0 * 1024.0)
}

fn write(target: &Path, seen: &[Seen], idle: f64, empty_kb: f64, asked: f64) -> Done<()> {
    let said = |program: &str, words: &[&str]| {
        let said = Command::new(program).args(words).output().map(|said| said.stdout).unwrap_or_default();
        String::from_utf8_lossy(&said).trim().to_owned()
    };
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("", |(_, name)| name.trim());
    let machine = format!("{} cores of {model}", std::thread::available_parallelism().map_or(1, usize::from));
    let date = said("date", &["+%F"]);
    let plans: Vec<Value> = seen
        .iter()
        .map(|one| {
            json!({"plan": one.plan, "consultationsDay": one.consultations, "requestsDay": asked * one.consultations as f64,
                "cpuMsConsultation": one.cpu_ms, "cores": cores(one), "memoryMb": one.memory_mb, "growthGbMonth": growth(one)})
        })
        .collect();
    let file = target.join("profile.json");
    let told = json!({"date": date, "machine": machine, "idleMb": idle, "emptyClinicKb": empty_kb,
        "requestsConsultation": asked, "plans": plans});
    std::fs::write(&file, serde_json::to_string_pretty(&told)?)?;
    let most = |of: fn(&Seen) -> f64| seen.iter().map(of).fold(0.0, f64::max);
    println!(
        "\n{asked:.1} requests a consultation; {idle:.0} MB before anybody comes\n\nfor crates/fleet/catalogue/aroeira.toml (cores and memory of the largest plan):"
    );
    println!("cores = {{ base = 0.1, per_unit = {:.5} }}", most(cores));
    println!("memory_gb = {{ base = {:.3}, per_unit = {:.4} }}", idle / 1024.0, most(|one| one.memory_mb) / 1024.0);
    // A curve is a straight line over clinics: of what is stored, that of the middle plan.
    println!("growth_gb_month = {{ base = 0.0, per_unit = {:.4} }}", seen.get(1).map_or(0.0, growth));
    println!(
        "text = \"cargo xtask bench --profile, on {machine}\"\ndate = \"{date}\"\n\nwritten to {}",
        file.display()
    );
    Ok(())
}

/// The density that a plan gives this machine, held for a minute: every replica it places here, with its share of the clinics.
pub(crate) async fn density(target: &Path, directory: &Path) -> Done<()> {
    const HELD: Duration = Duration::from_secs(60);
    let planned = planned(target, directory)?;
    let (count, replicas) = (planned.clinics, planned.replicas);
    println!(
        "planned: {count} clinics in {replicas} replicas, each {:.2} cores and {:.0} MB",
        planned.cores, planned.memory_mb
    );
    let mut sites = Vec::new();
    for replica in 0..replicas {
        let slugs: Vec<String> = (replica..count).step_by(replicas).map(|n| format!("clinica-{n}")).collect();
        let home = directory.join(format!("density-{replica}"));
        let (server, _, mut clinics) = open(target, &home, &slugs).await?;
        // A part of a day each, so that every clinic has something in memory.
        day(&server, &mut clinics, PLANS[2].1 / 10).await?;
        let connection = Connection::open(server.address).await?;
        sites.push((server, clinics, connection));
    }
    let a_second = count as f64 * PLANS[2].1 as f64 * BUSIEST / 3600.0;
    let begun = Instant::now();
    let cpu: Vec<Duration> = sites.iter().map(|(server, ..)| server.cpu()).collect();
    let (mut times, mut number) = (Vec::new(), 0);
    while begun.elapsed() < HELD {
        let due = begun + Duration::from_secs_f64(number as f64 / a_second);
        tokio::time::sleep_until(due.into()).await;
        // From when it was due: a server that falls behind is seen.
        let (_, clinics, connection) = &mut sites[number % replicas];
        let at = number / replicas % clinics.len();
        consult(connection, &mut clinics[at], number + 1).await?;
        times.push(due.elapsed().as_secs_f64() * 1e3);
        number += 1;
    }
    times.sort_by(f64::total_cmp);
    let p99 = times[(times.len() * 99 / 100).min(times.len() - 1)];
    println!("held: {number} consultations in a minute, p99 of a whole one {p99:.0} ms");
    let seconds = begun.elapsed().as_secs_f64();
    let mut kept = true;
    for ((server, clinics, _), cpu) in sites.iter().zip(cpu) {
        let (used, resident) = ((server.cpu() - cpu).as_secs_f64() / seconds, server.resident_mb());
        println!("  {} clinics: {used:.3} cores, {resident:.0} MB", clinics.len());
        kept &= used <= planned.cores && resident <= planned.memory_mb;
    }
    if kept { Ok(()) } else { Err("the plan promised less than it took".into()) }
}

struct Planned {
    clinics: usize,
    replicas: usize,
    /// Of each replica.
    cores: f64,
    memory_mb: f64,
}

/// What `aroeira fleet plan` says of this machine with as many large clinics as it takes.
fn planned(target: &Path, directory: &Path) -> Done<Planned> {
    let program = target.join("release/aroeira");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kb = info
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    let memory = kb.ok_or("no /proc/meminfo")? / 1024.0 / 1024.0;
    let file = directory.join("fleet.toml");
    let plan = |clinics: usize| -> Done<Value> {
        let spec = format!(
            "name = \"esta-maquina\"\ncurrency = \"BRL\"\nprice_books = [\"brazil-2026-11\"]\n[promises]\nspare_nodes = 0\n\
             [[site]]\nid = \"aqui\"\nkind = \"on-premises\"\ncountry = \"BR\"\n\
             [[node]]\nid = \"esta\"\nsite = \"aqui\"\ncores = {cores}\nmemory_gb = {memory:.1}\n\
             [[node.disk]]\nkind = \"ssd\"\ngb = 100000\n\
             [[clinics]]\nplan = \"enterprise\"\ncount = {clinics}\ngb = 1\n\
             [[workload]]\nid = \"aroeira\"\nplace = {{ spread = \"none\" }}\n"
        );
        std::fs::write(&file, spec)?;
        let said = Command::new(&program).args(["fleet", "plan", "--json"]).arg(&file).output()?;
        Ok(serde_json::from_slice(&said.stdout)?)
    };
    // The most that still fits.
    let (mut fits, mut not) = (0, 4_097);
    while not - fits > 1 {
        let middle = usize::midpoint(fits, not);
        if plan(middle)?["fits"] == json!(true) { fits = middle } else { not = middle }
    }
    if fits == 0 {
        return Err("a plan gives this machine no clinic".into());
    }
    let demand = plan(fits)?["demand"][0].clone();
    let number = |key: &str| demand["takes"][key].as_f64().ok_or_else(|| format!("the plan says no {key}"));
    let replicas = demand["replicas"].as_u64().ok_or("the plan says no replicas")?;
    Ok(Planned {
        clinics: fits,
        replicas: usize::try_from(replicas)?,
        cores: number("cores")?,
        memory_mb: number("memory_gb")? * 1024.0,
    })
}
