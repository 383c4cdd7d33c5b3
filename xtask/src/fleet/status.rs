//! `aroeira fleet status` against a running Aroeira, and against a Prometheus that scrapes it and this machine once a second.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Rendered, aroeira};
use crate::server::Server;
use crate::steps;

/// A program that ends with the check.
struct Program(Child);

impl Program {
    fn start(command: &mut Command, log: &Path) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let file = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let child = command.stdout(Stdio::null()).stderr(file).spawn();
        child.map(Self).map_err(|error| format!("{name} cannot be started: {error}"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder that goes with the check.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn free() -> Result<u16, String> {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map(|address| address.port());
    port.map_err(|error| format!("no free port: {error}"))
}

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
    let folder = Folder(steps::target().join(format!("xtask-status-{}", std::process::id())));
    fs::create_dir_all(&folder.0).map_err(|error| format!("{}: {error}", folder.0.display()))?;
    let (host, own) = (free()?, free()?);
    let config = folder.0.join("prometheus.yml");
    let aroeira = server.url.trim_start_matches("http://");
    let text = format!(
        "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n\
         \x20 - job_name: aroeira\n    static_configs: [{{ targets: [\"{aroeira}\"] }}]\n\
         \x20 - job_name: node\n    static_configs: [{{ targets: [\"127.0.0.1:{host}\"], labels: {{ node: torre }} }}]\n\
         \x20 - job_name: minecraft\n    static_configs: [{{ targets: [\"127.0.0.1:{own}\"] }}]\n"
    );
    fs::write(&config, text).map_err(|error| format!("{}: {error}", config.display()))?;
    let mut exporter = Command::new("prometheus-node-exporter");
    exporter.arg(format!("--web.listen-address=127.0.0.1:{host}"));
    let mut prometheus = Command::new("prometheus");
    prometheus.arg("--config.file").arg(&config).arg("--storage.tsdb.path").arg(folder.0.join("data"));
    prometheus.arg(format!("--web.listen-address=127.0.0.1:{own}")).args(["--log.level", "warn"]);
    let _exporter = Program::start(&mut exporter, &folder.0.join("exporter.log"))?;
    let _prometheus = Program::start(&mut prometheus, &folder.0.join("prometheus.log"))?;
    scraped(&format!("http://127.0.0.1:{own}"))
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
