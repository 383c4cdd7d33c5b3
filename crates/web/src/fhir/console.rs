//! A call tried from a page: a GET as a client would write it, answered by the very handlers that answer clients, and
//! with it how a search was done. Nothing but GET is sent, so that nothing is written.

use std::fmt::Write;
use std::time::{Duration, Instant};

use aroeira_clinic::Error;
use axum::body::Body;
use axum::extract::FromRequestParts;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;

use super::batch::{self, Asker};
use super::search::{Explain, Told};
use crate::error::Fault;
use crate::routes;
use crate::state::App;

/// Bytes that a call may have.
pub(crate) const LONGEST: usize = 4096;

/// Whoever tries calls.
pub(crate) struct Trial {
    app: App,
    asker: Asker,
}

/// What a call was answered.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Of a search that was answered.
    pub(crate) told: Option<Told>,
    /// From the request to the whole answer, without what stands before the routes.
    pub(crate) took: Duration,
}

impl FromRequestParts<App> for Trial {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        Ok(Self { app: app.clone(), asker: Asker::from_request_parts(parts, app).await? })
    }
}

impl Trial {
    /// Asks for what `call` names below `/fhir`: see [`place`].
    ///
    /// # Errors
    /// `Malformed` for what is no URL. What FHIR refuses is an answer.
    pub(crate) async fn get(self, call: &str, lenient: bool) -> Result<Tried, Fault> {
        let Self { app, asker } = self;
        let language = asker.language();
        let mut request = Request::builder().uri(format!("/fhir{}", encoded(call))).extension(Explain);
        if lenient {
            request = request.header("prefer", "handling=lenient");
        }
        let request =
            asker.request(request, Body::empty()).map_err(|_| Error::Malformed("the call is no URL".into()))?;
        let began = Instant::now();
        let mut response = batch::respond(routes::within_request(&app), request, language).await;
        let told = response.extensions_mut().remove::<Told>();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Error::Internal("an answer ended early".into()))?.to_bytes();
        Ok(Tried { status: parts.status, headers: parts.headers, body, told, took: began.elapsed() })
    }
}

/// What a call names below `/fhir`, from however it was typed or pasted: with `GET` before it, with the address of a
/// server, with or without a slash. Begins with `/` or `?`, or is empty where nothing was typed.
pub(crate) fn place(typed: &str) -> String {
    let text = typed.trim();
    let text = match text.split_at_checked(4) {
        Some((method, rest)) if method.eq_ignore_ascii_case("get ") => rest.trim_start(),
        _ => text,
    };
    let path = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme)).map(|rest| {
        // Whatever stands before `/fhir` is a server's address.
        rest.find('/').map_or("", |at| &rest[at..])
    });
    let text = path.unwrap_or(text);
    let bare = text.trim_start_matches('/');
    let below = bare.strip_prefix("fhir").filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let below = below.unwrap_or(bare).trim_start_matches('/');
    if below.is_empty() || below.starts_with('?') { below.to_owned() } else { format!("/{below}") }
}

/// As it may stand in a request line: what people type plainly and URLs write in percents.
fn encoded(call: &str) -> String {
    let mut out = String::with_capacity(call.len());
    let bytes = call.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let escape = |n: usize| bytes.get(at + n).is_some_and(u8::is_ascii_hexdigit);
        if byte.is_ascii_alphanumeric()
            || b"-._~/?:@!$&'()*+,;=".contains(byte)
            || (*byte == b'%' && escape(1) && escape(2))
        {
            out.push(char::from(*byte));
        } else {
            let _always = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_however_it_is_typed() {
        let typed = [
            ("Patient?family=souza", "/Patient?family=souza"),
            (" GET /fhir/Patient ", "/Patient"),
            ("get Patient/a/_history", "/Patient/a/_history"),
            ("https://clinica.example/fhir/Patient?name=a", "/Patient?name=a"),
            ("https://clinica.example", ""),
            ("/fhir?_type=Patient", "?_type=Patient"),
            ("?_type=Patient", "?_type=Patient"),
            ("fhir", ""),
            ("", ""),
            ("fhirPatient", "/fhirPatient"),
        ];
        for (text, wanted) in typed {
            assert_eq!(place(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_people_type_stands_in_a_url() {
        assert_eq!(encoded("/Patient?name=joão da|x"), "/Patient?name=jo%C3%A3o%20da%7Cx");
        assert_eq!(encoded("/P?a=%20b%2&c=100%#x"), "/P?a=%20b%252&c=100%25%23x");
        for text in ["/Patient?a=\"<>{}\\^`[]", "?\u{1}\n", "/%", "//"] {
            assert!(format!("/fhir{}", encoded(text)).parse::<http::Uri>().is_ok(), "{text}");
        }
    }
}
