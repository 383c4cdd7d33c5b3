//! A Prometheus of the length of a check, that scrapes a running Aroeira, this machine and itself once a second.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::super::Rendered;
use super::super::scraper::Scraper;
use crate::server::Server;
use crate::steps;

/// The preset whose rules are loaded: it has all groups of them.
const WITH_ALL: &str = "hospital";
/// How long traffic is made, and scraped.
const TRAFFIC: Duration = Duration::from_secs(8);
/// Metrics that rules name and that are not there now, and why.
const ABSENT: [(&str, &str); 2] = [
    ("aroeira_certificate_end_seconds", "the demo speaks no TLS"),
    ("aroeira:sets:planned", "recorded for fleets in Kubernetes alone"),
];

/// A running Prometheus with what it scrapes.
struct Live {
    server: Server,
    scraper: Scraper,
}

impl Live {
    fn start(rules: &Path) -> Result<Self, String> {
        let rules = &hurried(rules)?;
        let server = Server::start()?;
        let scraper = Scraper::start("watching", |host, own| configuration(rules, &server.url, host, own))?;
        let live = Self { server, scraper };
        live.until("up == 1", 3)?;
        Ok(live)
    }

    /// Waits until an expression finds so many series.
    fn until(&self, expr: &str, series: usize) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            if self.ask(expr).is_ok_and(|found| found.len() >= series) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        Err(format!("`{expr}` did not find {series} series within a minute: {}", self.scraper.log()))
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent.get(format!("{}{path}", self.scraper.url));
        for (name, value) in query {
            request = request.query(name, value);
        }
        let text = request
            .call()
            .and_then(|mut answer| answer.body_mut().read_to_string())
            .map_err(|error| format!("{path}: {error}"))?;
        let answer: Value = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
        match answer["status"].as_str() {
            Some("success") => Ok(answer["data"].clone()),
            _ => Err(answer["error"].as_str().unwrap_or("no answer").to_owned()),
        }
    }

    /// The series an expression finds now.
    fn ask(&self, expr: &str) -> Result<Vec<Value>, String> {
        let found = self.get("/api/v1/query", &[("query", expr)])?;
        Ok(found["result"].as_array().cloned().unwrap_or_default())
    }

    /// What people of a clinic do, and what they may not.
    fn traffic(&self) -> Result<(), String> {
        let (doctor, desk) = (self.server.sign_in("medica")?, self.server.sign_in("recepcao")?);
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let begun = Instant::now();
        while begun.elapsed() < TRAFFIC {
            for (token, path) in [
                (&doctor, "/api/patients"),
                (&doctor, "/api/medical-records"),
                (&doctor, "/fhir/Patient?name=a"),
                (&desk, "/api/medical-records"),
            ] {
                let url = format!("{}{path}", self.server.url);
                let answer = agent.get(url).header("authorization", format!("Bearer {token}")).call();
                answer.map_err(|error| format!("{path}: {error}"))?;
            }
            let wrong = r#"{"clinic":"demo","email":"ninguem@demo","password":"not-the-password"}"#;
            let url = format!("{}/api/sessions", self.server.url);
            let answer = agent.post(url).header("content-type", "application/json").send(wrong);
            answer.map_err(|error| format!("/api/sessions: {error}"))?;
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }
}

/// The same rules, all evaluated as often: a check has no minutes to wait for the slow groups.
fn hurried(rules: &Path) -> Result<PathBuf, String> {
    let folder = steps::target().join("fleet-live-rules");
    let said = |error: std::io::Error| format!("{}: {error}", rules.display());
    fs::create_dir_all(&folder).map_err(said)?;
    for entry in fs::read_dir(rules).map_err(said)?.flatten() {
        let text = fs::read_to_string(entry.path()).map_err(said)?;
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("    interval: ")).collect();
        fs::write(folder.join(entry.file_name()), kept.join("\n")).map_err(said)?;
    }
    Ok(folder)
}

fn configuration(rules: &Path, aroeira: &str, host: u16, own: u16) -> String {
    let aroeira = aroeira.trim_start_matches("http://");
    let jobs = [
        ("aroeira", aroeira.to_owned()),
        ("node", format!("127.0.0.1:{host}")),
        ("prometheus", format!("127.0.0.1:{own}")),
    ];
    let jobs: String = jobs
        .iter()
        .map(|(job, address)| format!("  - job_name: {job}\n    static_configs: [{{ targets: [\"{address}\"] }}]\n"))
        .collect();
    format!(
        "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}\nrule_files: [\"{}/*.yml\"]\nscrape_configs:\n{jobs}",
        rules.display()
    )
}

/// Expressions of all dashboards, with what Grafana puts into them.
fn drawn(rendered: &[Rendered]) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    for file in rendered.iter().filter(|one| one.target == "grafana").flat_map(|one| one.files(".json")) {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let dashboard: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let panels = dashboard["panels"].as_array().into_iter().flatten();
        for target in panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten()) {
            let expr = target["expr"].as_str().unwrap_or_default();
            found.insert(expr.replace("$instance", ".*").replace("$__rate_interval", "30s"));
        }
    }
    if found.is_empty() { Err("no dashboard asks for anything".into()) } else { Ok(found) }
}

/// Expressions of all alerts.
fn ruled(rendered: &[Rendered]) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    for file in rendered.iter().filter(|one| one.target == "prometheus").flat_map(|one| {
        one.files(".yml").into_iter().filter(|file| file.parent().is_some_and(|folder| folder.ends_with("rules")))
    }) {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let quoted = text.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
        for quoted in quoted.filter(|text| text.starts_with('"')) {
            found.insert(serde_json::from_str(quoted).map_err(|error| format!("{quoted}: {error}"))?);
        }
    }
    if found.is_empty() { Err("no rule asks for anything".into()) } else { Ok(found) }
}

/// Names of metrics in an expression.
fn metrics(expr: &str) -> impl Iterator<Item = &str> {
    let words = expr.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    words.filter(|word| {
        *word == "up"
            || ["aroeira_", "aroeira:", "process_", "node_", "prometheus_"].iter().any(|root| word.starts_with(root))
    })
}

pub(super) fn run(rendered: &[Rendered]) -> Result<(), String> {
    let (drawn, ruled) = (drawn(rendered)?, ruled(rendered)?);
    let with_all = rendered.iter().find(|one| one.preset == WITH_ALL && one.target == "prometheus");
    let rules = with_all.ok_or("the rules of the hospital are not rendered")?.directory.join("rules");
    let live = Live::start(&rules)?;
    live.traffic()?;
    live.until("aroeira:unavailable:ratio1h", 1)?;
    let mut wrong = Vec::new();
    for expr in &drawn {
        match live.ask(expr) {
            Ok(found) if found.iter().any(|one| one["value"][1].as_str().is_some_and(|value| value != "NaN")) => {}
            Ok(_) => wrong.push(format!("finds nothing: {expr}")),
            Err(why) => wrong.push(format!("{why}: {expr}")),
        }
    }
    let names = live.get("/api/v1/label/__name__/values", &[])?;
    let there = |name: &str| names.as_array().into_iter().flatten().any(|one| one == name);
    for expr in &ruled {
        if let Err(why) = live.ask(expr) {
            wrong.push(format!("{why}: {expr}"));
        }
        for name in metrics(expr).filter(|name| !there(name) && ABSENT.iter().all(|(absent, _)| absent != name)) {
            wrong.push(format!("nobody has {name}: {expr}"));
        }
    }
    let groups = live.get("/api/v1/rules", &[])?;
    let loaded: Vec<&Value> = groups["groups"].as_array().into_iter().flatten().collect();
    let rules = loaded.iter().flat_map(|group| group["rules"].as_array().into_iter().flatten());
    wrong.extend(
        rules.filter(|rule| rule["health"] != "ok").map(|rule| format!("{}: {}", rule["name"], rule["lastError"])),
    );
    if wrong.is_empty() {
        println!("{} expressions of dashboards find something, {} of alerts are evaluated", drawn.len(), ruled.len());
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}
