//! A demo server for the length of a step: a free port, a directory of its own, limits that nobody reaches.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::steps;

/// A running server; stopped, and its directory removed, when dropped.
pub(crate) struct Server {
    child: Child,
    directory: PathBuf,
    pub(crate) url: String,
}

impl Server {
    /// Starts the debug build and waits until it answers.
    pub(crate) fn start() -> Result<Self, String> {
        Self::start_with(&[])
    }

    /// The same, with settings of the environment.
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> Result<Self, String> {
        let directory = steps::target().join(format!("xtask-demo-{}", std::process::id()));
        let ready = directory.with_extension("ready");
        let _ = std::fs::remove_file(&ready);
        let child = Command::new(steps::target().join("debug/aroeira"))
            .args(["demo", "--port", "0", "--data"])
            .arg(&directory)
            .arg("--ready-file")
            .arg(&ready)
            .envs(
                ["SIGN_IN", "ANONYMOUS", "USER", "WRITE", "IMPORT"].map(|key| (format!("AROEIRA_LIMITS__{key}"), "0")),
            )
            .envs(settings.iter().copied())
            .spawn()
            .map_err(|e| format!("the server cannot be started: {e}"))?;
        let mut server = Self { child, directory, url: String::new() };
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(120) {
            if let Ok(address) = std::fs::read_to_string(&ready) {
                let _ = std::fs::remove_file(&ready);
                server.url = format!("http://{}", address.trim());
                return Ok(server);
            }
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("the server ended: {status}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("the server did not answer within two minutes".into())
    }

    /// A bearer token of one of the demo's users.
    pub(crate) fn sign_in(&self, user: &str) -> Result<String, String> {
        let body = format!(r#"{{"clinic":"demo","email":"{user}@demo","password":"aroeira-demo-1"}}"#);
        let sent =
            ureq::post(format!("{}/api/sessions", self.url)).header("content-type", "application/json").send(body);
        let text = sent
            .and_then(|mut answer| answer.body_mut().read_to_string())
            .map_err(|e| format!("{user} cannot sign in: {e}"))?;
        let answer: serde_json::Value =
            serde_json::from_str(&text).map_err(|e| format!("the session is no JSON: {e}"))?;
        answer["token"].as_str().map(str::to_owned).ok_or_else(|| "the session has no token".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped =
            Command::new("kill").arg(self.child.id().to_string()).status().is_ok_and(|status| status.success());
        if !stopped {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
