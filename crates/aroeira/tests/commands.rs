//! The binary as an operator meets it: commands alone, beside a running server, after one that was killed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const PASSWORD: &str = "Trilha-Serena-482";

struct Home {
    directory: TempDir,
}

impl Home {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> PathBuf {
        // Deeper than a socket address is long.
        self.directory.path().join("d".repeat(60)).join("e".repeat(60)).join("data")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aroeira"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AROEIRA_")) {
            command.env_remove(name);
        }
        command.args(words).arg("--data").arg(self.data());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command that reads a password.
    fn run_with_password(&self, words: &[&str]) -> Output {
        let mut command = self.command(words);
        let mut child = command
            .arg("--password-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn add_clinic(&self, slug: &str) -> Output {
        self.run_with_password(&["clinic", "add", slug, "--name", "Clínica Saúde Viva", "--admin", "ana@example.org"])
    }

    fn serve(&self, environment: &[(&str, &str)]) -> Serving {
        let mut command = self.command(&["serve"]);
        command.env("AROEIRA_SERVER__LISTEN", "127.0.0.1:0").envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap_or_else(|| panic!("no address: {line:?}")).to_owned();
        Serving { child, address }
    }
}

struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn terminate(mut self) -> (Option<i32>, String) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success());
        let status = self.child.wait().unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (status.code(), log)
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Already gone where the test ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", out(output), err(output));
    out(output)
}

/// The command failed with this code, and said what to do.
fn failed(output: &Output, code: i32) -> String {
    let text = err(output);
    assert_eq!(output.status.code(), Some(code), "{}{text}", out(output));
    assert!(text.contains("error: ") && text.contains("help: "), "{text}");
    text
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn an_installation_is_made_and_looked_after_without_a_server() {
    let home = Home::new();
    failed(&home.run(&["clinic", "list"]), 3);
    assert!(!home.data().exists(), "asking makes nothing");
    let made = done(&home.add_clinic("saude-viva"));
    assert!(made.contains("saude-viva") && made.contains("ana@example.org") && !made.contains(PASSWORD), "{made}");
    assert_eq!(mode(&home.data()), 0o700);
    assert_eq!(mode(&home.data().join("master.key")), 0o600);
    assert_eq!(done(&home.run(&["clinic", "list"])), "saude-viva\n");

    let user = [
        "user",
        "add",
        "--clinic",
        "saude-viva",
        "--role",
        "DOCTOR",
        "--email",
        "rui@example.org",
        "--name",
        "Rui Prado",
    ];
    let made = done(&home.run(&user));
    assert!(made.contains("Password: "), "a generated password is shown: {made}");
    assert!(failed(&home.run(&user), 1).contains("email"));
    failed(
        &home.run(&["user", "add", "--clinic", "outra", "--role", "NURSE", "--email", "a@example.org", "--name", "A"]),
        3,
    );
    failed(&home.add_clinic("saude-viva"), 1);
    failed(&home.add_clinic("Saúde Viva"), 2);

    assert!(done(&home.run(&["audit", "verify"])).contains("saude-viva: ok, "));
    assert!(done(&home.run(&["doctor"])).contains("chain whole"));
    let key = std::fs::read_to_string(home.data().join("master.key")).unwrap();
    assert_eq!(done(&home.run(&["backup-key", "--reveal"])), key);
    assert!(!done(&home.run(&["backup-key"])).contains(key.trim()));
}

#[test]
fn a_lost_or_wrong_master_key_is_told_and_never_replaced() {
    let home = Home::new();
    done(&home.add_clinic("saude-viva"));
    let key = home.data().join("master.key");
    let kept = home.directory.path().join("kept");
    std::fs::rename(&key, &kept).unwrap();
    failed(&home.run(&["audit", "verify"]), 5);
    assert!(!key.exists(), "a new key would open nothing");
    assert!(
        done(&home.command(&["audit", "verify"]).env("AROEIRA_KEYS__MASTER_FILE", &kept).output().unwrap())
            .contains("ok")
    );
    let wrong = home.command(&["audit", "verify"]).env("AROEIRA_KEYS__MASTER", "A".repeat(43) + "=").output().unwrap();
    failed(&wrong, 5);
    assert_eq!(home.run(&["doctor"]).status.code(), Some(1));
}

#[test]
fn commands_beside_a_running_server_go_through_it() {
    let home = Home::new();
    let server = home.serve(&[]);
    done(&home.add_clinic("saude-viva"));
    assert_eq!(mode(&home.data().join("aroeira.sock")), 0o600);
    assert!(server.get("/api/health/ready").starts_with("HTTP/1.1 200"));
    done(&home.run_with_password(&[
        "user",
        "add",
        "--clinic",
        "saude-viva",
        "--role",
        "AUDITOR",
        "--email",
        "a@example.org",
        "--name",
        "Ada",
    ]));
    failed(
        &home.run(&["user", "add", "--clinic", "outra", "--role", "ADMIN", "--email", "a@example.org", "--name", "A"]),
        3,
    );

    let bundle = home.directory.path().join("bundle.json.gz");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(
            br#"{"resourceType":"Bundle","type":"transaction","entry":[
                {"fullUrl":"urn:uuid:0b0f6f8e-0001-4000-8000-000000000001",
                 "resource":{"resourceType":"Patient","name":[{"text":"Rosa Lima"}]},
                 "request":{"method":"POST","url":"Patient"}},
                {"fullUrl":"urn:uuid:0b0f6f8e-0001-4000-8000-000000000002",
                 "resource":{"resourceType":"Observation","status":"final","code":{"text":"peso"},
                  "subject":{"reference":"urn:uuid:0b0f6f8e-0001-4000-8000-000000000001"}},
                 "request":{"method":"POST","url":"Observation"}}]}"#,
        )
        .unwrap();
    std::fs::write(&bundle, packed.finish().unwrap()).unwrap();
    let import = ["import", "--clinic", "saude-viva", bundle.to_str().unwrap()];
    assert!(done(&home.run(&import)).contains("2 created"));
    let again = done(&home.run(&import));
    assert!(again.contains("2 unchanged") && again.contains("nothing was changed"), "{again}");
    std::fs::write(&bundle, "{\"resourceType\":\"Bundle\"").unwrap();
    failed(&home.run(&import), 5);

    assert!(done(&home.run(&["audit", "verify"])).contains("ok, "));
    assert!(done(&home.run(&["doctor"])).contains("held by the running server"));
    let second = home.command(&["serve"]).env("AROEIRA_SERVER__LISTEN", "127.0.0.1:0").output().unwrap();
    failed(&second, 4);

    let (code, log) = server.terminate();
    assert_eq!(code, Some(0), "{log}");
    assert!(!home.data().join("aroeira.sock").exists());
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(line["level"].is_string() && line["timestamp"].is_string(), "{line}");
    }
    assert!(log.contains("\"message\":\"listening\""), "{log}");
    assert!(done(&home.run(&["audit", "verify"])).contains("ok, "));
}

#[test]
fn what_a_killed_server_leaves_does_not_stop_the_next() {
    let home = Home::new();
    done(&home.add_clinic("saude-viva"));
    home.serve(&[]).kill();
    assert!(home.data().join("aroeira.sock").exists(), "a killed server leaves its socket");
    assert!(done(&home.run(&["audit", "verify"])).contains("ok, "));
    let next = home.serve(&[]);
    assert!(done(&home.run(&["clinic", "list"])).contains("saude-viva"));
    assert_eq!(next.terminate().0, Some(0));
}

#[test]
fn an_address_that_is_taken_is_told() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let text = failed(&home.run(&["demo", "--port", &port]), 4);
    assert!(text.contains(&port) && text.contains("--port"), "{text}");
    assert!(!home.data().exists(), "nothing is filled for nobody");
}

#[test]
fn a_demo_never_takes_a_directory_that_is_none() {
    let home = Home::new();
    done(&home.add_clinic("saude-viva"));
    failed(&home.run(&["demo", "--port", "0", "--fresh"]), 4);
    assert!(done(&home.run(&["audit", "verify"])).contains("saude-viva: ok, "));
}

#[test]
fn traces_reach_the_collector_before_the_server_ends() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", collector.local_addr().unwrap());
    let received = std::thread::spawn(move || {
        let (stream, _) = collector.accept().unwrap();
        let mut stream = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        (head, body)
    });
    let home = Home::new();
    let server = home.serve(&[("AROEIRA_TELEMETRY__OTLP_ENDPOINT", &endpoint)]);
    assert!(server.get("/api/health/live").starts_with("HTTP/1.1 200"));
    assert_eq!(server.terminate().0, Some(0));
    let (head, body) = received.join().unwrap();
    assert!(head.starts_with("POST /v1/traces ") && head.contains("application/x-protobuf"), "{head}");
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("service.name") && body.contains("/api/health/live"), "{body}");
}
