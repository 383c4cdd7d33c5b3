//! Installations in temporary directories, commands and servers on them, and a client that sends what it is told to send.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What the operator typed into `--password-stdin`.
pub(crate) const FIRST_PASSWORD: &str = "Trilha-Serena-482";
/// What every account of a [`World`] has.
pub(crate) const PASSWORD: &str = "Vereda-Calma-731";
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
        Client { address: self.address, token: None }
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

/// Sends requests, as somebody or as nobody.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) token: Option<String>,
}

impl Client {
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { address: self.address, token: Some(token.to_owned()) }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        let authorization = self.token.iter().map(|token| ("Authorization".to_owned(), format!("Bearer {token}")));
        Request {
            address: self.address,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: authorization.collect(),
            body: None,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.request("POST", path).json(body).send()
    }

    pub(crate) fn put(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.request("PUT", path).header("If-Match", etag).json(body).send()
    }

    pub(crate) fn delete(&self, path: &str, etag: &str, reason: &str) -> Answer {
        self.request("DELETE", path).header("If-Match", etag).json(&json!({ "reason": reason })).send()
    }

    /// Signs in over REST.
    pub(crate) fn sign_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({ "clinic": CLINIC, "email": email, "password": password });
        Self { address: self.address, token: None }.post("/api/sessions", &body)
    }

    /// Signed in; the operator's password is changed to [`PASSWORD`].
    pub(crate) fn signed_in(&self, email: &str, password: &str) -> Self {
        let answer = self.sign_in(email, password).is(201);
        let signed = self.with_token(answer.json()["token"].as_str().unwrap());
        if password == FIRST_PASSWORD {
            let change = json!({ "current": password, "new": PASSWORD });
            signed.request("PUT", "/api/me/password").json(&change).send().is(204);
        }
        signed
    }
}

/// A request, written as it is.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    address: SocketAddr,
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, kind: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self.header("Content-Type", kind)
    }

    pub(crate) fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    pub(crate) fn fhir(self, value: &Value) -> Self {
        self.body("application/fhir+json", value.to_string())
    }

    pub(crate) fn form(self, pairs: &[(&str, &str)]) -> Self {
        let encoded: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        self.body("application/x-www-form-urlencoded", encoded.join("&"))
    }

    /// A body already cut into chunks.
    pub(crate) fn chunked(self, kind: &str, chunks: impl Into<Vec<u8>>) -> Self {
        self.body(kind, chunks).header("Transfer-Encoding", "chunked")
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\nConnection: close\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            out.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in &self.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        let unsafe_method = !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let chunked = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
        if !chunked && (self.body.is_some() || unsafe_method) {
            out.push_str(&format!("Content-Length: {}\r\n", self.body.as_ref().map_or(0, Vec::len)));
        }
        out.push_str("\r\n");
        let mut out = out.into_bytes();
        out.extend_from_slice(self.body.as_deref().unwrap_or_default());
        out
    }

    pub(crate) fn send(self) -> Answer {
        let shown = format!("{} {}", self.method, self.path);
        self.try_send().unwrap_or_else(|e| panic!("{shown}: {e}"))
    }

    /// `Err` where the connection ended before a whole answer was there.
    pub(crate) fn try_send(self) -> std::io::Result<Answer> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        self.try_over(stream)
    }

    /// Over a connection that is there already.
    pub(crate) fn try_over(self, mut stream: impl Read + Write) -> std::io::Result<Answer> {
        // A server that refuses a body may close before it has read it all: its answer counts.
        let wrote = stream.write_all(&self.bytes()).and_then(|()| stream.flush());
        let mut received = Vec::new();
        let read = stream.read_to_end(&mut received);
        let answer = Answer::parse(&received, self.method == "HEAD");
        answer.map(|answer| Answer { asked: format!("{} {}", self.method, self.path), ..answer }).ok_or_else(|| {
            let cut = || std::io::Error::other("the answer was cut");
            wrote.err().or_else(|| read.err()).unwrap_or_else(cut)
        })
    }
}

/// For queries and forms.
pub(crate) fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(received: &[u8], head_only: bool) -> Option<Self> {
        let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&received[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Self { asked: String::new(), status, headers, body: received[end + 4..].to_vec() };
        if head_only || matches!(status, 204 | 304) {
            answer.body.clear();
        } else if answer.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            answer.body = unchunked(&answer.body)?;
        } else if let Some(length) = answer.header("content-length").and_then(|length| length.parse::<usize>().ok()) {
            if answer.body.len() < length {
                return None;
            }
            answer.body.truncate(length);
        }
        Some(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body; `null` where it is no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        self
    }

    pub(crate) fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("{}: no ETag", self.asked)).to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_else(|| panic!("{}: no id in {}", self.asked, self.text())).to_owned()
    }

    /// The fields that a problem names, with their codes, sorted.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let problem = self.json();
        let wrong = problem["errors"].as_array().cloned().unwrap_or_default();
        let mut fields: Vec<_> = wrong.iter().map(|one| (text(&one["field"]), text(&one["code"]))).collect();
        fields.sort();
        fields
    }

    #[track_caller]
    pub(crate) fn names(&self, wanted: &[(&str, &str)]) {
        let mut wanted: Vec<_> = wanted.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
        wanted.sort();
        assert_eq!(self.fields(), wanted, "{}: {}", self.asked, self.text());
    }
}

fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n")?;
        let size =
            usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?.split(';').next()?.trim(), 16).ok()?;
        bytes = &bytes[end + 2..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(bytes.get(..size)?);
        bytes = bytes.get(size + 2..)?;
    }
}

/// The six roles, and nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    Admin,
    Doctor,
    Nurse,
    Reception,
    Patient,
    Auditor,
}

impl Who {
    pub(crate) const ALL: [Self; 7] =
        [Self::Nobody, Self::Admin, Self::Doctor, Self::Nurse, Self::Reception, Self::Patient, Self::Auditor];
}

/// A clinic with somebody of every role signed in, and a patient with a chart.
pub(crate) struct World {
    pub(crate) home: Home,
    pub(crate) server: Server,
    clients: Vec<Client>,
    ids: Vec<String>,
    /// The chart of the PATIENT.
    pub(crate) patient: String,
    /// A final record in it, by the DOCTOR.
    pub(crate) record: String,
    /// Somebody else's chart, and a record in it.
    pub(crate) other_patient: String,
    pub(crate) other_record: String,
}

/// Limits out of the way of tests that are not about limits.
pub(crate) const GENEROUS: [(&str, &str); 5] = [
    ("AROEIRA_LIMITS__SIGN_IN", "0"),
    ("AROEIRA_LIMITS__ANONYMOUS", "0"),
    ("AROEIRA_LIMITS__USER", "0"),
    ("AROEIRA_LIMITS__WRITE", "0"),
    ("AROEIRA_LIMITS__IMPORT", "0"),
];

impl World {
    pub(crate) fn new() -> Self {
        Self::with(&GENEROUS)
    }

    pub(crate) fn with(environment: &[(&str, &str)]) -> Self {
        let home = Home::with_clinic();
        let server = home.serve(environment);
        let nobody = server.client();
        let admin = nobody.signed_in("ana@example.org", FIRST_PASSWORD);
        let mut world = Self {
            home,
            server,
            clients: vec![nobody, admin],
            ids: vec![String::new()],
            patient: String::new(),
            record: String::new(),
            other_patient: String::new(),
            other_record: String::new(),
        };
        world
            .ids
            .push(world.client(Who::Admin).get("/api/me").is(200).json()["user"]["id"].as_str().unwrap().to_owned());
        for (role, name) in [("DOCTOR", "Rui Prado"), ("NURSE", "Bia Lopes"), ("RECEPTION", "Tainá Moreira")] {
            world.add(role, name, None);
        }
        world.patient = world.new_patient("João da Silva", Some("52998224725"));
        world.other_patient = world.new_patient("Rosa Lima", None);
        let patient = world.patient.clone();
        world.add("PATIENT", "João da Silva", Some(&patient));
        world.add("AUDITOR", "Otávio Lins", None);
        world.record = world.new_record(&world.patient, "Retorno de hipertensão");
        world.other_record = world.new_record(&world.other_patient, "Consulta de rotina");
        world
    }

    fn add(&mut self, role: &str, name: &str, patient: Option<&str>) {
        let email = format!("{}@example.org", role.to_lowercase());
        let mut body = json!({ "email": email, "name": name, "role": role, "password": PASSWORD });
        if let Some(patient) = patient {
            body["patientId"] = patient.into();
        }
        self.ids.push(self.client(Who::Admin).post("/api/users", &body).is(201).id());
        let client = self.client(Who::Nobody).signed_in(&email, PASSWORD);
        self.clients.push(client);
    }

    pub(crate) fn client(&self, who: Who) -> &Client {
        &self.clients[who as usize]
    }

    pub(crate) fn doctor(&self) -> &Client {
        self.client(Who::Doctor)
    }

    pub(crate) fn user(&self, who: Who) -> &str {
        &self.ids[who as usize]
    }

    /// The same people, of a server that was started again.
    pub(crate) fn again(&mut self, server: Server) {
        for client in &mut self.clients {
            client.address = server.address;
        }
        self.server = server;
    }

    pub(crate) fn new_patient(&self, name: &str, cpf: Option<&str>) -> String {
        let mut body = json!({ "name": name, "birthDate": "1980-05-17", "sex": "male" });
        if let Some(cpf) = cpf {
            body["cpf"] = cpf.into();
        }
        self.doctor().post("/api/patients", &body).is(201).id()
    }

    pub(crate) fn new_record(&self, patient: &str, title: &str) -> String {
        self.doctor().post("/api/medical-records", &record(patient, title)).is(201).id()
    }
}

/// The body of a record.
pub(crate) fn record(patient: &str, title: &str) -> Value {
    json!({
        "patientId": patient, "title": title, "type": "consultation", "date": "2026-03-04T10:30:00-03:00",
        "diagnosis": "Hipertensão arterial sistêmica.", "treatment": "Losartana 50 mg.", "notes": "Sem queixas.",
        "priority": "HIGH", "codes": [{ "system": "http://hl7.org/fhir/sid/icd-10", "code": "I10", "display": "Hipertensão" }],
    })
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Whether the long runs were asked for.
pub(crate) fn long() -> bool {
    ["LONG", "AROEIRA_SOAK"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
