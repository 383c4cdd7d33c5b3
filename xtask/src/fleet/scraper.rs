//! A Prometheus of the length of a check, and a node exporter beside it.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::steps;

/// Both, running; ended, and their folder removed, when dropped.
pub(super) struct Scraper {
    _programs: [Program; 2],
    /// Of Prometheus, without a `/` at its end.
    pub(super) url: String,
    directory: PathBuf,
}

impl Scraper {
    /// Starts both; `configuration` is told the ports of the exporter and of Prometheus.
    pub(super) fn start(name: &str, configuration: impl FnOnce(u16, u16) -> String) -> Result<Self, String> {
        let directory = steps::target().join(format!("xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        let (host, own) = (free()?, free()?);
        let config = directory.join("prometheus.yml");
        fs::write(&config, configuration(host, own)).map_err(|error| format!("{}: {error}", config.display()))?;
        let mut exporter = Command::new("prometheus-node-exporter");
        exporter.arg(format!("--web.listen-address=127.0.0.1:{host}"));
        let mut prometheus = Command::new("prometheus");
        prometheus.arg("--config.file").arg(&config).arg("--storage.tsdb.path").arg(directory.join("data"));
        prometheus.arg(format!("--web.listen-address=127.0.0.1:{own}")).args(["--log.level", "warn"]);
        let programs = [
            Program::start(&mut exporter, &directory.join("exporter.log"))?,
            Program::start(&mut prometheus, &directory.join("prometheus.log"))?,
        ];
        Ok(Self { _programs: programs, url: format!("http://127.0.0.1:{own}"), directory })
    }

    /// What Prometheus complained of.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.directory.join("prometheus.log")).unwrap_or_default()
    }
}

impl Drop for Scraper {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

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

/// A port that nobody has now.
pub(super) fn free() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}
