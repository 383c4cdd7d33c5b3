//! `aroeira fleet status` against a running Aroeira, and against a Prometheus that scrapes it and this machine once a second.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::scraper::{Scraper, free};
use super::{Rendered, aroeira};
use crate::server::Server;
use crate::steps;

/// The status of the garage, its one machine being this one.
fn status(words: &[&str]) -> Result<Value, String> {
    let mut command = aroeira();
    command.args(["fleet", "status", "--json"]).arg(steps::target().join("fleet/garage/fleet.toml")).args(words);
    let said = command.output().map_err(|error| error.to_string())?;
    if !said.status.success() {
        return Err(String::from_utf8_lossy(&said.stderr).into_owned());
    }
    serde_json::from_slice(&said.stdout).map_err(|error| format!("no JSON: {error}"))
}

fn expect(holds: bool, what: &str, status: &Value) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{what}: {status:#}")) }
}

/// # Errors
/// What is not seen as it is.
pub(super) fn run(_: &[Rendered]) -> Result<(), String> {
    let server = Server::start()?;
    direct(&server)?;
    let aroeira = server.url.trim_start_matches("http://");
    let scraper = Scraper::start("status", |host, own| {
        format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n\
             \x20 - job_name: aroeira\n    static_configs: [{{ targets: [\"{aroeira}\"] }}]\n\
             \x20 - job_name: node\n    static_configs: [{{ targets: [\"127.0.0.1:{host}\"], labels: {{ node: torre }} }}]\n\
             \x20 - job_name: minecraft\n    static_configs: [{{ targets: [\"127.0.0.1:{own}\"] }}]\n"
        )
    })?;
    scraped(&scraper.url)
}

fn direct(server: &Server) -> Result<(), String> {
    let seen = status(&["--server", &server.url, "--here", "torre"])?;
    let replica = &seen["workloads"][0]["replicas"][0];
    expect(replica["up"] == true && replica["ready"] == true, "a running Aroeira is not seen", &seen)?;
    let machine = &seen["nodes"][0]["seen"];
    expect(
        machine["has"]["cores"].as_f64() > Some(0.0) && machine["used"]["memory_gb"].as_f64() > Some(0.0),
        "this machine is not seen",
        &seen,
    )?;
    let one = free()?;
    match status(&["--server", &format!("http://127.0.0.1:{one}")]) {
        Err(why) if why.contains("does not answer") && why.contains("help: ") => Ok(()),
        other => Err(format!("nobody answers, and this is said: {other:?}")),
    }
}

/// Asks until the second scrape of everything is in: a use is told from two.
fn scraped(url: &str) -> Result<(), String> {
    let begun = Instant::now();
    let seen = loop {
        let seen = status(&["--prometheus", url, "--window", "10m"]);
        let complete = |seen: &Value| {
            let node = &seen["nodes"][0]["seen"];
            node["used"]["cores"].is_number() && node["up"] == true && seen["workloads"][0]["running"] == 1
        };
        match seen {
            Ok(seen) if complete(&seen) => break seen,
            other if begun.elapsed() > Duration::from_secs(100) => {
                return Err(format!("nothing is seen of it: {other:?}"));
            }
            _ => std::thread::sleep(Duration::from_millis(500)),
        }
    };
    let node = &seen["nodes"][0]["seen"];
    for key in ["cores", "memory_gb", "disk_gb"] {
        expect(node["has"][key].as_f64() > Some(0.0), key, &seen)?;
    }
    let differences = seen["differences"].as_array().map(Vec::as_slice).unwrap_or_default();
    let stranger = differences.iter().any(|one| one["code"] == "unplanned" && one["workload"] == "minecraft");
    expect(stranger, "what nobody planned is not told", &seen)?;
    println!("an Aroeira and this machine are seen, by themselves and through Prometheus");
    Ok(())
}
