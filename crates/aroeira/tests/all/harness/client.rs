//! A client that sends what it is told to send, over a socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use super::{CLINIC, FIRST_PASSWORD, PASSWORD, PATIENCE};

/// Sends requests, as somebody or as nobody.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) token: Option<String>,
}

impl Client {
    /// Nobody.
    pub(super) fn of(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

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
        Self::of(self.address).post("/api/sessions", &body)
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
