//! FHIR search over HTTP (R4, 3.1.1): by GET, and by POST to `_search` for what shall not stand in a URL. The stored bytes
//! of a match go into the bundle as they are.

use std::io::Write;

use aroeira_clinic::{Asked, Compartment, Error, Plan, SearchPage};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::json;

use super::content::Accepted;
use super::shape::Shape;
use super::written::Written;
use super::{Chart, Kind};
use crate::body::{Form, pairs};
use crate::context::{Signed, Visit};
use crate::error::{Answer, Fault};
use crate::state::App;

/// `Prefer: handling=lenient`: unknown parameters are passed over, not refused.
pub(super) struct Lenient(bool);

/// Where this server is, as the client calls it.
pub(super) struct Base(pub(super) String);

impl FromRequestParts<App> for Lenient {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        let said = parts.headers.get_all(HeaderName::from_static("prefer")).into_iter();
        let mut words = said.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split([',', ';']));
        Ok(Self(words.any(|word| word.trim() == "handling=lenient")))
    }
}

impl FromRequestParts<App> for Base {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let told = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        // HTTP/2 says it in the request itself.
        let host = parts.uri.authority().map(http::uri::Authority::as_str).or(told);
        // A host is letters, digits, dots, colons, hyphens and brackets; anything else is no address to send back.
        let plain = |host: &&str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-[]".contains(&b));
        let host = host.filter(plain).unwrap_or("localhost");
        let scheme = if visit.secure || app.options().tls.is_some() { "https" } else { "http" };
        Ok(Self(format!("{scheme}://{host}/fhir")))
    }
}

/// Stands among the extensions of a request of which is to be told how it was searched: nobody can send it.
#[derive(Clone, Copy)]
pub(super) struct Explain;

/// How a search was understood and done: beside the answer to a request with [`Explain`].
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The parameters as they were understood.
    pub(crate) understood: Vec<(String, String)>,
    /// Unknown parameters that were passed over.
    pub(crate) ignored: Vec<String>,
    /// More would go with the matches than a page holds.
    pub(crate) cut: bool,
    /// Of several types, that of the first.
    pub(crate) plan: Option<Plan>,
}

/// The type of a path, the parameters of its query, and where and how they are to be read.
pub(super) struct Call {
    signed: Signed,
    accepted: Accepted,
    lenient: Lenient,
    base: Base,
    pairs: Vec<(String, String)>,
    explained: bool,
}

impl FromRequestParts<App> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let raw = |fault: Fault| fault.into_response();
        let signed = Signed::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let accepted = Accepted::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let Ok(lenient) = Lenient::from_request_parts(parts, app).await;
        let base = Base::from_request_parts(parts, app).await.map_err(raw)?;
        let pairs = pairs(parts.uri.query().unwrap_or_default().as_bytes()).map_err(raw)?;
        let explained = parts.extensions.get::<Explain>().is_some();
        Ok(Self { signed, accepted, lenient, base, pairs, explained })
    }
}

pub(super) async fn get(call: Call, Kind(kind): Kind) -> Answer {
    search(call, &kind, None, false).await
}

pub(super) async fn post(mut call: Call, Kind(kind): Kind, Form(mut sent): Form<Vec<(String, String)>>) -> Answer {
    // What stands in the URL counts as well (R4, 3.1.1.1).
    call.pairs.append(&mut sent);
    search(call, &kind, None, true).await
}

/// Several types (`_type`), or all.
pub(super) async fn get_all(call: Call) -> Answer {
    search(call, "", None, false).await
}

/// The same by a form.
pub(super) async fn post_all(mut call: Call, Form(mut sent): Form<Vec<(String, String)>>) -> Answer {
    call.pairs.append(&mut sent);
    search(call, "", None, true).await
}

/// One type, or all (`*`), of what belongs to a record.
pub(super) async fn get_within(call: Call, chart: Chart) -> Answer {
    search(call, &chart.kind, Some(chart.of()), false).await
}

/// The same by a form.
pub(super) async fn post_within(mut call: Call, chart: Chart, Form(mut sent): Form<Vec<(String, String)>>) -> Answer {
    call.pairs.append(&mut sent);
    search(call, &chart.kind, Some(chart.of()), true).await
}

/// `kind` is empty for several types.
async fn search(call: Call, kind: &str, within: Option<Compartment<'_>>, in_body: bool) -> Answer {
    let Call { signed, accepted, lenient, base, pairs, explained } = call;
    let format = pairs.iter().find(|(name, _)| name == "_format").map(|(_, value)| value.as_str());
    super::content::format(format)?;
    let (pairs, shape) = Shape::take(pairs)?;
    let asked = Asked { pairs: &pairs, lenient: lenient.0, base: &base.0, in_body, explained, within };
    let page = match kind {
        "" => signed.desk.fhir_search_all(asked).await,
        kind => signed.desk.fhir_search_of(kind, asked).await,
    };
    let page = page.map_err(|error| match error {
        Error::Invalid(fields) => Fault::Search(fields),
        other => other.into(),
    })?;
    let place = match within {
        None => kind.to_owned(),
        Some(Compartment { kind: of, id }) => format!("{of}/{id}/{}", if kind.is_empty() { "*" } else { kind }),
    };
    let bytes = bundle(&place, &page, &base.0).map_err(|e| Error::Internal(e.to_string()))?;
    let mut response = Response::new(bytes.into_body());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0));
    mark(headers, &page);
    response.extensions_mut().insert(shape);
    if explained {
        let SearchPage { understood, ignored, cut, plan, .. } = page;
        response.extensions_mut().insert(Told { understood, ignored, cut, plan });
    }
    Ok(response)
}

/// Says what is covered in any of the resources of a page.
pub(super) fn mark(headers: &mut HeaderMap, page: &SearchPage) {
    let mut masked: Vec<&'static str> = page.entries.iter().flat_map(|entry| entry.served.masked.clone()).collect();
    masked.sort_unstable();
    masked.dedup();
    crate::api::answer::masked(headers, &masked);
}

/// A page as a bundle of its own. `path` is what was searched, as it stands in a URL below the base; empty for several types.
pub(super) fn bundle(path: &str, page: &SearchPage, base: &str) -> std::io::Result<Written> {
    let bytes: usize = page.entries.iter().map(|entry| entry.served.bytes.len() + 200).sum();
    let mut out = Written::with_capacity(bytes + 512);
    write_bundle(&mut out, path, page, base)?;
    Ok(out)
}

pub(super) fn write_bundle(out: &mut Written, path: &str, page: &SearchPage, base: &str) -> std::io::Result<()> {
    write!(out, r#"{{"resourceType":"Bundle","type":"searchset""#)?;
    if let Some(total) = page.total {
        write!(out, r#","total":{total}"#)?;
    }
    let address = |pairs: &[(String, String)]| {
        // Pairs of texts can always be written so.
        let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
        let place = if path.is_empty() { base.to_owned() } else { format!("{base}/{path}") };
        if query.is_empty() { place } else { format!("{place}?{query}") }
    };
    let mut links = vec![json!({ "relation": "self", "url": address(&page.understood) })];
    if let Some(next) = &page.next {
        let mut pairs = page.understood.clone();
        pairs.push(("_cursor".to_owned(), next.clone()));
        links.push(json!({ "relation": "next", "url": address(&pairs) }));
    }
    write!(out, r#","link":{}"#, serde_json::Value::Array(links))?;
    let mut first = true;
    for entry in &page.entries {
        out.write_all(if first { br#","entry":["# } else { b"," })?;
        first = false;
        // Types and ids are of letters, digits, '-' and '.'; the base was looked at.
        write!(out, r#"{{"fullUrl":"{base}/{}/{}","resource":"#, entry.kind, entry.served.id)?;
        out.resource(&entry.served.bytes);
        let mode = if entry.matches { "match" } else { "include" };
        write!(out, r#","search":{{"mode":"{mode}"}}}}"#)?;
    }
    let mut issues = Vec::new();
    if !page.ignored.is_empty() {
        let text = format!("passed over: {}", page.ignored.join(", "));
        issues.push(json!({ "severity": "warning", "code": "not-supported", "diagnostics": text }));
    }
    if page.cut {
        let text = "more goes with these matches than a page holds: ask for fewer matches, or for less to go with them";
        issues.push(json!({ "severity": "warning", "code": "too-costly", "diagnostics": text }));
    }
    if !issues.is_empty() {
        out.write_all(if first { br#","entry":["# } else { b"," })?;
        first = false;
        let outcome = json!({ "resourceType": "OperationOutcome", "issue": issues });
        write!(out, r#"{{"resource":{outcome},"search":{{"mode":"outcome"}}}}"#)?;
    }
    out.write_all(if first { b"}" } else { b"]}" })
}
