//! How an answer is written: `_summary` and `_elements`, `_pretty`, NDJSON. Done to what the handler answered, so that
//! it is the same for every call; an answer that is asked for as it is passes untouched.

use aroeira_clinic::{Error, Field};
use aroeira_fhir::subset::{self, Part};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::MethodRouter;
use http::{HeaderName, HeaderValue, header};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::body::pairs;
use crate::error::Fault;
use crate::state::App;

/// The parameters that say how, which no handler has to know.
pub(super) const PARAMETERS: [&str; 3] = ["_pretty", "_summary", "_elements"];
/// Newline-delimited JSON.
const NDJSON: &str = "application/fhir+ndjson";
/// Elements that may be asked for.
const MOST: usize = 100;

/// What was asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    pretty: bool,
    part: Option<Part>,
    /// As they were sent, for the links of a bundle.
    said: Vec<(String, String)>,
}

impl Shape {
    /// Takes its parameters out of those of a search; `_summary=count` stays, for the search counts.
    pub(super) fn take(all: Vec<(String, String)>) -> Result<(Vec<(String, String)>, Self), Fault> {
        let mut shape = Self::default();
        let mut rest = Vec::with_capacity(all.len());
        for (name, value) in all {
            match (name.as_str(), value.as_str()) {
                ("_summary", "count") => {
                    rest.push((name, value));
                    continue;
                }
                ("_pretty", "true" | "false") => shape.pretty = value == "true",
                ("_summary", "true") => shape.part = Some(Part::Summary),
                ("_summary", "text") => shape.part = Some(Part::Text),
                ("_summary", "data") => shape.part = Some(Part::Data),
                ("_summary", "false") => {}
                ("_elements", names) if names.len() < 4096 && names.split(',').count() <= MOST => {
                    let names = names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
                    shape.part = Some(Part::Elements(names.collect()));
                }
                ("_pretty", _) => return Err(wrong(&name, "true, false")),
                ("_summary", _) => return Err(wrong(&name, "true, text, data, count, false")),
                ("_elements", _) => return Err(wrong(&name, "names of elements, at most 100")),
                _ => {
                    rest.push((name, value));
                    continue;
                }
            }
            shape.said.push((name, value));
        }
        Ok((rest, shape))
    }

    fn asks(&self) -> bool {
        self.pretty || self.part.is_some()
    }
}

fn wrong(name: &str, expected: &str) -> Fault {
    Fault::Search(vec![Field::new(name, "search.value").expecting(expected)])
}

/// The handlers of a route, their answers written as they are asked for.
pub(crate) fn shaped(handlers: MethodRouter<App>) -> MethodRouter<App> {
    handlers.route_layer(from_fn(write))
}

async fn write(request: Request, next: Next) -> Result<Response, Fault> {
    let query = request.uri().query().unwrap_or_default();
    let lines = asks_for_lines(&request);
    // Most calls ask for nothing of it.
    let mut shape = if PARAMETERS.iter().any(|name| query.contains(name)) {
        Shape::take(pairs(query.as_bytes())?)?.1
    } else {
        Shape::default()
    };
    let mut response = next.run(request).await;
    // A form says it in the body, which only the handler reads.
    if let Some(said) = response.extensions_mut().remove::<Shape>()
        && said.asks()
    {
        shape = said;
    }
    if !(shape.asks() || lines) || !response.status().is_success() || !is_fhir(&response) {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await.map_err(|_| Error::Internal("an answer ended early".into()))?.to_bytes();
    if bytes.is_empty() {
        return Ok(Response::from_parts(parts, bytes.into()));
    }
    let mut value: Value =
        serde_json::from_slice(&bytes).map_err(|_| Error::Internal("an answer is no JSON".into()))?;
    drop(bytes);
    if let Some(part) = &shape.part {
        reduce(&mut value, part);
    }
    link(&mut value, &shape.said);
    parts.headers.remove(header::CONTENT_LENGTH);
    let written = if lines {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
        if let Some(next) =
            next_of(&value).and_then(|url| HeaderValue::from_str(&format!("<{url}>; rel=\"next\"")).ok())
        {
            parts.headers.insert(header::LINK, next);
        }
        if let Some(total) = value.get("total").and_then(Value::as_u64) {
            parts.headers.insert(HeaderName::from_static("x-total-count"), HeaderValue::from(total));
        }
        as_lines(&value)
    } else if shape.pretty {
        serde_json::to_vec_pretty(&value)
    } else {
        serde_json::to_vec(&value)
    };
    let written = written.map_err(|e| Error::Internal(e.to_string()))?;
    Ok(Response::from_parts(parts, written.into()))
}

/// Whether NDJSON is wanted: by `_format`, or by `Accept`.
fn asks_for_lines(request: &Request) -> bool {
    let accept = request.headers().get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    let named = |text: &str| super::content::is_ndjson(text.split(';').next().unwrap_or_default().trim());
    accept.flat_map(|text| text.split(',')).any(named)
        || request.uri().query().is_some_and(|query| {
            query.split('&').filter_map(|pair| pair.strip_prefix("_format=")).any(|format| {
                super::content::is_ndjson(&format.replace("%2F", "/").replace("%2f", "/").replace("%2B", "+"))
            })
        })
}

fn is_fhir(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with(super::MEDIA_TYPE) || kind.starts_with("application/json"))
}

/// A resource, or each one that a bundle of answers holds.
fn reduce(value: &mut Value, part: &Part) {
    match value.get("resourceType").and_then(Value::as_str) {
        Some("OperationOutcome") => {}
        Some("Bundle") if is_answer(value) => {
            for entry in value.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(resource) = entry.get_mut("resource") {
                    reduce(resource, part);
                }
            }
        }
        _ => subset::reduce(value, part),
    }
}

fn is_answer(bundle: &Value) -> bool {
    matches!(
        bundle.get("type").and_then(Value::as_str),
        Some("searchset" | "history" | "batch-response" | "transaction-response")
    )
}

/// Puts what was asked into the links of a bundle, so that its next page is written alike.
fn link(value: &mut Value, said: &[(String, String)]) {
    if said.is_empty() || !is_answer(value) {
        return;
    }
    let Ok(query) = serde_urlencoded::to_string(said) else { return };
    for link in value.get_mut("link").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(Value::String(url)) = link.get_mut("url") {
            // A handler that passed them through has them there already.
            if said.iter().any(|(name, _)| url.contains(&format!("{name}="))) {
                continue;
            }
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&query);
        }
    }
}

fn next_of(bundle: &Value) -> Option<&str> {
    let links = bundle.get("link")?.as_array()?;
    links.iter().find(|link| link["relation"] == "next")?["url"].as_str()
}

/// The resources of a bundle of answers, or the one there is, each on a line.
fn as_lines(value: &Value) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut line = |resource: &Value| {
        serde_json::to_writer(&mut out, resource)?;
        out.push(b'\n');
        Ok::<(), serde_json::Error>(())
    };
    if is_answer(value) {
        for entry in value.get("entry").and_then(Value::as_array).into_iter().flatten() {
            if let Some(resource) = entry.get("resource") {
                line(resource)?;
            }
        }
    } else {
        line(value)?;
    }
    Ok(out)
}
