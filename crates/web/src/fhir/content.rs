//! What a FHIR client sends and wants back: media types, preferences, dates, and the resource in a body.

use std::convert::Infallible;
use std::time::{Duration, UNIX_EPOCH};

use aroeira_clinic::{Error, Field};
use aroeira_fhir::{Instant, Limits, Problem, Resource};
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::de::IgnoredAny;

use super::MEDIA_TYPE;
use crate::body;
use crate::error::Fault;
use crate::state::App;

/// A body so large is parsed beside the threads that answer requests.
const LARGE: usize = 256 << 10;

/// The media type of the answer: FHIR JSON, or plain JSON for who knows only that. XML is refused (406).
#[derive(Clone, Copy)]
pub(super) struct Accepted(pub(super) &'static str);

impl FromRequestParts<App> for Accepted {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        let mut said = false;
        let mut plain = false;
        for value in parts.headers.get_all(header::ACCEPT) {
            for range in value.to_str().unwrap_or_default().split(',') {
                let kind = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                match kind.as_str() {
                    "application/fhir+json" | "*/*" | "application/*" => return Ok(Self(MEDIA_TYPE)),
                    "application/json" | "text/json" => plain = true,
                    lines if is_ndjson(lines) => return Ok(Self(MEDIA_TYPE)),
                    _ => {}
                }
                said = true;
            }
        }
        match (said, plain) {
            (false, _) => Ok(Self(MEDIA_TYPE)),
            (true, true) => Ok(Self("application/json")),
            (true, false) => Err(Fault::NotAcceptable),
        }
    }
}

/// The parameter `_format`, which goes with `Accept`.
pub(super) fn format(asked: Option<&str>) -> Result<(), Fault> {
    match asked {
        None | Some("json" | "text/json" | "application/json" | "application/fhir+json" | "application/fhir json") => {
            Ok(())
        }
        // A plus in a query is a space.
        Some(lines) if is_ndjson(&lines.replace(' ', "+")) => Ok(()),
        Some(_) => Err(Fault::NotAcceptable),
    }
}

/// Whether a media type is newline-delimited JSON, by any of its names.
pub(super) fn is_ndjson(kind: &str) -> bool {
    matches!(kind, "ndjson" | "application/fhir+ndjson" | "application/ndjson" | "application/x-ndjson")
}

/// How much of a written resource the client wants back: `Prefer: return=...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Prefer {
    /// All of it.
    #[default]
    Representation,
    /// Headers only.
    Minimal,
    /// An `OperationOutcome`.
    Outcome,
}

impl FromRequestParts<App> for Prefer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let said = parts.headers.get_all(HeaderName::from_static("prefer")).into_iter();
        Ok(said.filter_map(|value| value.to_str().ok()).find_map(Self::of).unwrap_or_default())
    }
}

impl Prefer {
    fn of(text: &str) -> Option<Self> {
        let mut returns = text.split([',', ';']).filter_map(|one| one.trim().strip_prefix("return="));
        returns.find_map(|kind| match kind.trim_matches('"') {
            "minimal" => Some(Self::Minimal),
            "representation" => Some(Self::Representation),
            "OperationOutcome" => Some(Self::Outcome),
            _ => None,
        })
    }
}

/// `If-Modified-Since`; what is no HTTP date is as if it were not there (RFC 9110, 13.1.3).
pub(super) struct Since(Option<i64>);

impl FromRequestParts<App> for Since {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let said = parts.headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
        let date = said.and_then(|text| httpdate::parse_http_date(text).ok());
        let seconds = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_secs());
        Ok(Self(seconds.and_then(|seconds| i64::try_from(seconds).ok())))
    }
}

impl Since {
    /// Whether nothing changed after it. Seconds are all that the header can say.
    pub(super) fn covers(&self, updated: Instant) -> bool {
        self.0.is_some_and(|since| updated.0.div_euclid(1000) <= since)
    }
}

/// An instant as HTTP writes it.
pub(super) fn http_date(at: Instant) -> HeaderValue {
    let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(at.0 / 1000).unwrap_or(0));
    HeaderValue::from_str(&httpdate::fmt_http_date(at)).unwrap_or(HeaderValue::from_static(""))
}

/// A header that holds one text; nothing where it is not there.
pub(super) fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?").to_owned())
}

/// A body of FHIR JSON, not yet parsed.
pub(super) struct Sent {
    bytes: Bytes,
    limits: Limits,
}

impl FromRequest<App> for Sent {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let limits = &app.options().limits;
        let bytes = body::read(&parts.headers, body, limits.fhir_bytes).await?;
        if !bytes.is_empty() && !body::is_json(&parts.headers) {
            return Err(Fault::MediaType);
        }
        Ok(Self { bytes, limits: Limits { depth: limits.depth, bytes: limits.fhir_bytes, ..Limits::default() } })
    }
}

impl Sent {
    /// The resource, whatever its type.
    pub(super) async fn resource(self) -> Result<Resource, Error> {
        if self.bytes.len() < LARGE {
            return parse(&self.bytes, &self.limits);
        }
        let parsing = tokio::task::spawn_blocking(move || parse(&self.bytes, &self.limits));
        parsing.await.unwrap_or_else(|_| Err(Error::Internal("parsing ended early".into())))
    }

    /// The bytes as they came.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Whether it is an object without a type, which no resource is: members to be merged. None so large is asked for.
    pub(super) fn is_untyped(&self) -> bool {
        #[derive(serde::Deserialize)]
        struct Typed {
            #[serde(rename = "resourceType")]
            kind: Option<IgnoredAny>,
        }
        let object = self.bytes.trim_ascii_start().first() == Some(&b'{') && self.bytes.len() < LARGE;
        object && serde_json::from_slice::<Typed>(&self.bytes).is_ok_and(|typed| typed.kind.is_none())
    }

    /// The resource, of the type and with the id that the path says.
    pub(super) async fn resource_of(self, kind: &str, id: Option<&str>) -> Result<Resource, Error> {
        placed(self.resource().await?, kind, id)
    }

    /// Reads the resource when it is called: a precondition is looked at before. A large one is read now, for the call
    /// comes on a thread that must not wait; what is wrong with it is kept until then.
    pub(super) async fn reader(self, kind: &str, id: &str) -> impl FnOnce() -> Result<Resource, Error> + Send + use<> {
        let (kind, id) = (kind.to_owned(), id.to_owned());
        let (later, now) =
            if self.bytes.len() < LARGE { (Some(self), None) } else { (None, Some(self.resource().await)) };
        move || {
            let read = later.map(|sent| parse(&sent.bytes, &sent.limits)).or(now);
            let resource = read.unwrap_or_else(|| Err(Error::Internal("no body to read".into())))?;
            placed(resource, &kind, Some(&id))
        }
    }
}

fn placed(resource: Resource, kind: &str, id: Option<&str>) -> Result<Resource, Error> {
    let wrong = if resource.kind() != kind {
        Field::new(format!("{}.resourceType", resource.kind()), "fhir")
            .expecting("not the resource type of the address")
    } else if id.is_some() && resource.id() != id {
        Field::new(format!("{kind}.id"), "fhir").expecting("the id must be there and be the one of the address")
    } else {
        return Ok(resource);
    };
    Err(Error::Invalid(vec![wrong]))
}

fn parse(bytes: &[u8], limits: &Limits) -> Result<Resource, Error> {
    Resource::parse(bytes, limits).map_err(|problems| unread(bytes, problems))
}

/// What is no JSON at all is malformed (400); what is JSON and no resource is invalid (422).
fn unread(bytes: &[u8], problems: Vec<Problem>) -> Error {
    match serde_json::from_slice::<IgnoredAny>(bytes) {
        Err(e) => Error::Malformed(format!("not JSON: line {}, column {}", e.line(), e.column())),
        Ok(_) => {
            let fields = problems.into_iter().map(|problem| Field::new(problem.path, "fhir").expecting(problem.text));
            Error::Invalid(fields.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_malformed_and_what_is_no_resource_is_invalid() {
        let read = |text: &str| parse(text.as_bytes(), &Limits::default());
        assert!(matches!(read("{"), Err(Error::Malformed(_))));
        assert!(matches!(read(""), Err(Error::Malformed(_))));
        assert!(matches!(read("{}"), Err(Error::Invalid(_))));
        assert!(matches!(read(r#"{"resourceType":"Patient","resourceType":"Patient"}"#), Err(Error::Invalid(_))));
        assert!(read(r#"{"resourceType":"Patient","id":"a"}"#).is_ok());
    }

    #[test]
    fn a_resource_stands_where_its_type_and_id_say() {
        let read = || parse(br#"{"resourceType":"Patient","id":"a"}"#, &Limits::default()).unwrap();
        assert!(placed(read(), "Patient", Some("a")).is_ok());
        assert!(placed(read(), "Patient", None).is_ok());
        assert!(placed(read(), "Patient", Some("b")).is_err());
        assert!(placed(read(), "Observation", None).is_err());
    }

    #[test]
    fn a_preference_is_found_among_others() {
        assert_eq!(Prefer::of("handling=strict, return=minimal"), Some(Prefer::Minimal));
        assert_eq!(Prefer::of("return=OperationOutcome"), Some(Prefer::Outcome));
        assert_eq!(Prefer::of("respond-async"), None);
    }

    #[test]
    fn a_date_is_written_and_compared_to_the_second() {
        let at = Instant(784_111_777_900);
        assert_eq!(http_date(at), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(Since(Some(784_111_777)).covers(at));
        assert!(!Since(Some(784_111_776)).covers(at) && !Since(None).covers(at));
    }

    #[test]
    fn only_json_is_a_format() {
        assert!(format(None).is_ok() && format(Some("json")).is_ok() && format(Some("application/fhir+json")).is_ok());
        assert!(format(Some("xml")).is_err());
    }
}
