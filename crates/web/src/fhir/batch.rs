//! Batches (R4 http, 3.1.0.11): every entry a request of its own, counted and answered on its own.

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
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::outcome;
use super::written::Written;
use crate::context::{Identity, Visit};
use crate::error::{Fault, Raised};
use crate::language::Language;
use crate::routes;
use crate::state::App;

/// Entries of one batch that are worked on at a time: enough to share a commit, few enough to leave the others their turn.
const AT_ONCE: usize = 8;
/// Bytes that the answers of one batch may have together.
const LARGEST: usize = 8 << 20;
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

/// A batch that was carried out.
pub(super) struct Done {
    /// The Bundle with what each entry was answered.
    pub(super) bytes: Written,
    /// Seconds until it is worth sending the entries again that were too many and were not done.
    pub(super) retry_after: Option<u32>,
}

/// Carries out the entries, and answers with what each was answered, in their order. Each counts against the limits of who
/// sent them; one that is too many is answered 429, and nothing of it is done.
pub(super) async fn run(app: &App, asker: Asker, bundle: Resource) -> Result<Done, Fault> {
    let entries = match bundle.into_value() {
        Value::Object(mut bundle) => bundle.remove("entry"),
        _ => None,
    };
    let entries = match entries {
        None => Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(_) => {
            let field = Field::new("Bundle.entry", "fhir").expecting("entry is an array");
            return Err(Error::Invalid(vec![field]).into());
        }
    };
    let router = routes::of_entries(app);
    let mut answers: Vec<Option<Answered>> = entries.iter().map(|_| None).collect();
    let mut waiting = entries.into_iter().enumerate();
    let mut running = JoinSet::new();
    let (mut left, mut retry_after) = (LARGEST, None);
    loop {
        for (at, entry) in waiting.by_ref().take(AT_ONCE - running.len()) {
            running.spawn(carry_out(router.clone(), asker.clone(), at, entry));
        }
        let Some(done) = running.join_next().await else { break };
        let (at, mut answered) = done.map_err(|_| Error::Internal("an entry of a batch ended early".into()))?;
        match left.checked_sub(answered.body.len()) {
            Some(less) => left = less,
            // What was written was written: only its body is left out.
            None if answered.status.is_success() && answered.location.is_some() => answered.body = Bytes::new(),
            None => answered = raised(&Fault::TooLarge, asker.visit.language).await,
        }
        retry_after = retry_after.max(answered.retry_after);
        answers[at] = Some(answered);
    }
    Ok(Done { bytes: written(answers.into_iter().flatten(), LARGEST - left), retry_after })
}

async fn carry_out(router: Router, asker: Asker, at: usize, entry: Value) -> (usize, Answered) {
    let language = asker.visit.language;
    let answered = match request(entry, at, asker) {
        Ok(request) => answer(router, request, language).await,
        Err(fault) => raised(&fault, language).await,
    };
    (at, answered)
}

/// What an entry was answered.
struct Answered {
    status: StatusCode,
    location: Option<String>,
    etag: Option<String>,
    updated: Option<String>,
    /// Seconds, of one that was too many.
    retry_after: Option<u32>,
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
            Some(Raised(fault)) => rendered(&fault, language),
            None => response,
        },
        Err(never) => match never {},
    }
}

async fn raised(fault: &Fault, language: Language) -> Answered {
    collected(rendered(fault, language)).await
}

fn rendered(fault: &Fault, language: Language) -> Response {
    let mut texts = fault.texts(language);
    let Fault::Clinic(Error::Limited { retry_after }) = fault else {
        return outcome::render(fault, &texts, language);
    };
    // An entry has no headers of its own: its outcome says it.
    texts.detail = format!("{} (Retry-After: {retry_after})", texts.detail);
    let mut response = outcome::render(fault, &texts, language);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
    response
}

async fn collected(response: Response) -> Answered {
    let (parts, body) = response.into_parts();
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let modified = text(header::LAST_MODIFIED).and_then(|text| httpdate::parse_http_date(&text).ok());
    let updated = modified
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .map(|since| aroeira_fhir::Instant(i64::try_from(since.as_millis()).unwrap_or_default()).to_string());
    let retry_after = text(header::RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
    let location = text(header::LOCATION).or_else(|| text(header::CONTENT_LOCATION));
    let location = location.map(|place| place.trim_start_matches("/fhir/").to_owned());
    // Bodies of ours are in memory already: reading one cannot fail.
    let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
    Answered { status: parts.status, location, etag: text(header::ETAG), updated, retry_after, body }
}

fn written(answers: impl Iterator<Item = Answered>, bytes: usize) -> Written {
    let mut out = Written::with_capacity(bytes + bytes / 16 + 4096);
    out.put(br#"{"resourceType":"Bundle","type":"batch-response""#);
    let mut first = true;
    for answered in answers {
        out.put(if first { br#","entry":[{"# } else { b",{" });
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
            out.put(br#""resource":"#);
            out.resource(&answered.body);
            out.put(b",");
        }
        out.put(br#""response":"#);
        let response = Value::Object(response).to_string();
        if failed && !answered.body.is_empty() {
            out.put(&response.as_bytes()[..response.len() - 1]);
            out.put(br#","outcome":"#);
            out.resource(&answered.body);
            out.put(b"}");
        } else {
            out.put(response.as_bytes());
        }
        out.put(b"}");
    }
    out.put(if first { b"}" } else { b"]}" });
    out
}
