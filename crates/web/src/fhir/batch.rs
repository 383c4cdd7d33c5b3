//! Batches (R4 http, 3.1.0.11): every entry a request of its own, answered on its own.

use std::sync::Arc;

use aroeira_clinic::{Error, Field};
use aroeira_fhir::Resource;
use aroeira_fhir::patch::{JSON_PATCH, MERGE_PATCH};
use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::Response;
use bytes::Bytes;
use http::request::{Builder, Parts};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Collected};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::outcome;
use crate::context::{Identity, Visit};
use crate::error::{Fault, Raised};
use crate::language::Language;
use crate::routes;
use crate::state::App;

/// Entries of one batch that are worked on at a time.
const AT_ONCE: usize = 16;
/// Bytes that the answers of one batch may have together.
const LARGEST: usize = 32 << 20;
const PREFER: HeaderName = HeaderName::from_static("prefer");
/// Headers of an entry by their names in `request`.
const HEADERS: [(&str, HeaderName); 4] = [
    ("ifNoneMatch", header::IF_NONE_MATCH),
    ("ifMatch", header::IF_MATCH),
    ("ifModifiedSince", header::IF_MODIFIED_SINCE),
    ("ifNoneExist", HeaderName::from_static("if-none-exist")),
];

/// Whom the entries are asked for, as the request that brought them was let in.
#[derive(Clone)]
pub(super) struct Asker {
    visit: Visit,
    identity: Identity,
    host: Option<HeaderValue>,
    /// How what is not valid is treated holds for each of them.
    prefer: Option<HeaderValue>,
}

impl FromRequestParts<App> for Asker {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let identity = parts.extensions.get::<Identity>().cloned().unwrap_or(Identity::Nobody);
        // HTTP/2 says it in the request itself.
        let authority = parts.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
        let host = authority.or_else(|| parts.headers.get(header::HOST).cloned());
        Ok(Self { visit, identity, host, prefer: parts.headers.get(PREFER).cloned() })
    }
}

impl Asker {
    /// The language of the answers.
    pub(super) fn language(&self) -> Language {
        self.visit.language
    }

    /// A request of theirs, as if it had come through the gate.
    pub(super) fn request(self, mut request: Builder, body: Body) -> http::Result<Request<Body>> {
        if let Some(host) = self.host {
            request = request.header(header::HOST, host);
        }
        request.extension(self.visit).extension(self.identity).body(body)
    }
}

/// Carries out the entries, and answers with what each was answered.
pub(super) async fn run(app: &App, asker: Asker, bundle: Resource) -> Result<Vec<u8>, Fault> {
    let Value::Object(mut bundle) = bundle.into_value() else { return Ok(Vec::new()) };
    let entries = match bundle.remove("entry") {
        None => Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(_) => {
            let field = Field::new("Bundle.entry", "fhir").expecting("entry is an array");
            return Err(Error::Invalid(vec![field]).into());
        }
    };
    let router = routes::within_request(app);
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut answers: Vec<Option<Answered>> = entries.iter().map(|_| None).collect();
    let mut running = JoinSet::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let (router, asker, turns) = (router.clone(), asker.clone(), Arc::clone(&turns));
        running.spawn(async move {
            let _turn = turns.acquire_owned().await;
            let language = asker.visit.language;
            let answered = match request(entry, at, asker) {
                Ok(request) => answer(router, request, language).await,
                Err(fault) => raised(&fault, language).await,
            };
            (at, answered)
        });
    }
    let mut left = LARGEST;
    while let Some(done) = running.join_next().await {
        let (at, mut answered) = done.map_err(|_| Error::Internal("an entry of a batch ended early".into()))?;
        match left.checked_sub(answered.body.len()) {
            Some(less) => left = less,
            // What was written was written: only its body is left out.
            None if answered.status.is_success() && answered.location.is_some() => answered.body = Bytes::new(),
            None => answered = raised(&Fault::TooLarge, asker.visit.language).await,
        }
        answers[at] = Some(answered);
    }
    Ok(written(answers.into_iter().flatten(), LARGEST - left))
}

/// What an entry was answered.
struct Answered {
    status: StatusCode,
    location: Option<String>,
    etag: Option<String>,
    updated: Option<String>,
    body: Bytes,
}

/// An entry as the request it stands for.
fn request(entry: Value, at: usize, asker: Asker) -> Result<Request<Body>, Fault> {
    let wrong = |path: &str, text: &str| -> Fault {
        Error::Invalid(vec![Field::new(format!("Bundle.entry[{at}]{path}"), "fhir").expecting(text)]).into()
    };
    let Value::Object(mut entry) = entry else { return Err(wrong("", "an entry is an object")) };
    let Some(Value::Object(said)) = entry.remove("request") else {
        return Err(wrong(".request", "an entry of a batch says what it requests"));
    };
    let text = |key: &str| said.get(key).and_then(Value::as_str);
    let method = match text("method") {
        Some("GET") => Method::GET,
        Some("HEAD") => Method::HEAD,
        Some("POST") => Method::POST,
        Some("PUT") => Method::PUT,
        Some("PATCH") => Method::PATCH,
        Some("DELETE") => Method::DELETE,
        _ => return Err(wrong(".request.method", "GET, HEAD, POST, PUT, PATCH or DELETE")),
    };
    let url = text("url").ok_or_else(|| wrong(".request.url", "the URL of the request is missing"))?;
    let url = url.trim_start_matches('/');
    if method == Method::POST && (url.is_empty() || url.starts_with('?')) {
        return Err(wrong(".request.url", "a batch holds no other bundle to carry out"));
    }
    if url.split_once('?').is_some_and(|(_, query)| query.contains("_format=") && query.contains("ndjson")) {
        return Err(wrong(".request.url", "an entry of a bundle is no list of lines"));
    }
    let is_patch = method == Method::PATCH;
    let mut request = Request::builder().method(method).uri(if url.starts_with('?') {
        format!("/fhir{url}")
    } else {
        format!("/fhir/{url}")
    });
    for (key, name) in HEADERS {
        if let Some(value) = text(key) {
            request = request.header(name, value);
        }
    }
    if let Some(prefer) = &asker.prefer {
        request = request.header(PREFER, prefer);
    }
    let body = match entry.remove("resource") {
        None => Body::empty(),
        Some(resource) => {
            let (kind, bytes) = carried(&resource, is_patch).ok_or_else(|| wrong(".resource", "not base64"))?;
            request = request.header(header::CONTENT_TYPE, kind);
            Body::from(bytes)
        }
    };
    asker.request(request, body).map_err(|_| wrong(".request", "not a URL, or not a header"))
}

/// The body of a resource; of a patch in a Binary the patch itself.
fn carried(resource: &Value, is_patch: bool) -> Option<(&'static str, Vec<u8>)> {
    let patch = [JSON_PATCH, MERGE_PATCH].into_iter().find(|kind| resource["contentType"] == *kind);
    if let (true, Some(kind)) = (is_patch && resource["resourceType"] == "Binary", patch) {
        use base64::Engine;
        let bytes = base64::engine::general_purpose::STANDARD.decode(resource["data"].as_str()?).ok()?;
        return Some((kind, bytes));
    }
    Some((super::MEDIA_TYPE, serde_json::to_vec(resource).ok()?))
}

async fn answer(router: Router, request: Request<Body>, language: Language) -> Answered {
    collected(respond(router, request, language).await).await
}

/// What a request is answered, a fault in words.
pub(super) async fn respond(router: Router, request: Request<Body>, language: Language) -> Response {
    match router.oneshot(request).await {
        Ok(mut response) => match response.extensions_mut().remove::<Raised>() {
            Some(Raised(fault)) => outcome::render(&fault, &fault.texts(language), language),
            None => response,
        },
        Err(never) => match never {},
    }
}

async fn raised(fault: &Fault, language: Language) -> Answered {
    collected(outcome::render(fault, &fault.texts(language), language)).await
}

async fn collected(response: Response) -> Answered {
    let (parts, body) = response.into_parts();
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let modified = text(header::LAST_MODIFIED).and_then(|text| httpdate::parse_http_date(&text).ok());
    let updated = modified
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .map(|since| aroeira_fhir::Instant(i64::try_from(since.as_millis()).unwrap_or_default()).to_string());
    let location = text(header::LOCATION).or_else(|| text(header::CONTENT_LOCATION));
    let location = location.map(|place| place.trim_start_matches("/fhir/").to_owned());
    // Bodies of ours are in memory already: reading one cannot fail.
    let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
    Answered { status: parts.status, location, etag: text(header::ETAG), updated, body }
}

fn written(answers: impl Iterator<Item = Answered>, bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes + bytes / 16 + 4096);
    out.extend_from_slice(br#"{"resourceType":"Bundle","type":"batch-response""#);
    let mut first = true;
    for answered in answers {
        out.extend_from_slice(if first { br#","entry":[{"# } else { b",{" });
        first = false;
        let reason = answered.status.canonical_reason().unwrap_or_default();
        let mut response = Map::new();
        response.insert("status".to_owned(), json!(format!("{} {reason}", answered.status.as_u16()).trim_end()));
        for (key, value) in
            [("location", answered.location), ("etag", answered.etag), ("lastModified", answered.updated)]
        {
            response.extend(value.map(|value| (key.to_owned(), Value::String(value))));
        }
        let failed = answered.status.is_client_error() || answered.status.is_server_error();
        if !answered.body.is_empty() && !failed {
            out.extend_from_slice(br#""resource":"#);
            out.extend_from_slice(&answered.body);
            out.push(b',');
        }
        out.extend_from_slice(br#""response":"#);
        let response = Value::Object(response).to_string();
        if failed && !answered.body.is_empty() {
            out.extend_from_slice(&response.as_bytes()[..response.len() - 1]);
            out.extend_from_slice(br#","outcome":"#);
            out.extend_from_slice(&answered.body);
            out.push(b'}');
        } else {
            out.extend_from_slice(response.as_bytes());
        }
        out.push(b'}');
    }
    out.extend_from_slice(if first { b"}" } else { b"]}" });
    out
}
