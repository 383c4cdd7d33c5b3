//! Installations in temporary directories, commands and servers on them, and a client that sends what it is told to send.

mod client;
mod world;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) use client::{Answer, Client, Request, percent};
pub(crate) use world::{GENEROUS, PASSWORD, Who, World, record};

/// What the operator typed into `--password-stdin`.
pub(crate) const FIRST_PASSWORD: &str = "Trilha-Serena-482";
pub(crate) const CLINIC: &str = "saude-viva";

/// The address lines and the last log lines of a server that ends come well within this.
const PATIENCE: Duration = Duration::from_secs(60);

/// An installation's directory, gone when this is dropped.
pub(crate) struct Home {
    pub(crate) directory: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// With one clinic and its administrator.
    pub(crate) fn with_clinic() -> Self {
        let home = Self::new();
        done(&home.add_clinic(CLINIC));
        home
    }

    pub(crate) fn data(&self) -> PathBuf {
        // Deeper than a socket address is long.
        self.directory.path().join("d".repeat(60)).join("e".repeat(60)).join("data")
    }

    pub(crate) fn clinic_directory(&self) -> PathBuf {
        self.data().join("clinics").join(CLINIC)
    }

    /// A command as it is typed, on this installation.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = bare(words);
        command.arg("--data").arg(self.data());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    pub(crate) fn run_with_password(&self, words: &[&str]) -> Output {
        let mut child = self
            .command(words)
            .arg("--password-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that refuses its words never reads the password.
        let _ = child.stdin.take().unwrap().write_all(FIRST_PASSWORD.as_bytes());
        child.wait_with_output().unwrap()
    }

    pub(crate) fn add_clinic(&self, slug: &str) -> Output {
        self.run_with_password(&["clinic", "add", slug, "--name", "Clínica Saúde Viva", "--admin", "ana@example.org"])
    }

    pub(crate) fn serve(&self, environment: &[(&str, &str)]) -> Server {
        let mut command = self.command(&["serve"]);
        command.env("AROEIRA_SERVER__LISTEN", "127.0.0.1:0").envs(environment.iter().copied());
        Server::start(command)
    }

    /// Head and chain, from the outside.
    pub(crate) fn verify(&self) -> String {
        done(&self.run(&["audit", "verify"]))
    }
}

/// The binary with these words and nothing of our own environment's settings.
pub(crate) fn bare(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aroeira"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AROEIRA_")) {
        command.env_remove(name);
    }
    command.args(words);
    command
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", out(output), err(output));
    out(output)
}

/// The command failed with this code, and said what to do.
pub(crate) fn failed(output: &Output, code: i32) -> String {
    let text = err(output);
    assert_eq!(output.status.code(), Some(code), "{}{text}", out(output));
    assert!(text.contains("error: ") && text.contains("help: "), "{text}");
    text
}

/// The lines read so far, and whether those were all.
type SoFar = (Vec<String>, bool);

/// Lines that a thread reads while the process runs.
#[derive(Clone, Default)]
struct Lines(Arc<(Mutex<SoFar>, Condvar)>);

impl Lines {
    fn read(from: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let kept = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(std::io::Result::ok) {
                kept.0.0.lock().unwrap().0.push(line);
                kept.0.1.notify_all();
            }
            kept.0.0.lock().unwrap().1 = true;
            kept.0.1.notify_all();
        });
        lines
    }

    /// The first line that is looked for; `None` where the process ended without it.
    fn wait_for(&self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let until = Instant::now() + PATIENCE;
        let mut held = self.0.0.lock().unwrap();
        loop {
            if let Some(line) = held.0.iter().find(|line| wanted(line)) {
                return Some(line.clone());
            }
            if held.1 || Instant::now() > until {
                return None;
            }
            held = self.0.1.wait_timeout(held, Duration::from_secs(1)).unwrap().0;
        }
    }

    /// All of it, once the process has closed its end.
    fn whole(&self) -> String {
        let _ = self.wait_for(|_| false);
        self.text()
    }

    fn text(&self) -> String {
        self.0.0.lock().unwrap().0.join("\n")
    }
}

/// A running server; killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Lines,
}

impl Server {
    /// Starts it and waits for its address.
    pub(crate) fn start(command: Command) -> Self {
        Self::try_start(command).unwrap_or_else(|log| panic!("the server did not start: {log}"))
    }

    /// The log where it does not come up.
    pub(crate) fn try_start(mut command: Command) -> Result<Self, String> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let printed = Lines::read(child.stdout.take().unwrap());
        let log = Lines::read(child.stderr.take().unwrap());
        let is_address = |line: &str| line.trim().starts_with("http://") || line.trim().starts_with("https://");
        let Some(line) = printed.wait_for(is_address) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{}\n{}", printed.whole(), log.whole()));
        };
        let address = line.trim().split_once("://").unwrap().1.parse().unwrap();
        Ok(Self { child, address, log })
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(self.address)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    /// Waits for a line of its log.
    pub(crate) fn wait_for_log(&self, wanted: &str) {
        assert!(self.log.wait_for(|line| line.contains(wanted)).is_some(), "no {wanted:?} in\n{}", self.log());
    }

    /// Asks it to end.
    pub(crate) fn ask_to_end(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(asked.success());
    }

    /// Waits until it has ended; its exit code and its whole log.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        (status.code(), self.log.whole())
    }

    pub(crate) fn terminate(self) -> (Option<i32>, String) {
        self.ask_to_end();
        self.ended()
    }

    /// Ends it in peace, and waits for that.
    pub(crate) fn end(&mut self) {
        self.ask_to_end();
        self.wait();
    }

    /// Waits until it has ended well.
    pub(crate) fn wait(&mut self) {
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.log.whole());
    }

    /// SIGKILL: nothing is said, nothing is written.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone where the test ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Whether the long runs were asked for.
pub(crate) fn long() -> bool {
    ["LONG", "AROEIRA_SOAK"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
