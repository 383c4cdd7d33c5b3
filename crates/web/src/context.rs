//! Who asks, from where and in which language: what handlers take in before they ask the desk.

use std::net::IpAddr;
use std::sync::Arc;

use aroeira_clinic::{Caller, Context, Desk, Error, Purpose, Refusal, Role, Validation};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri, header};

use crate::error::Fault;
use crate::language::Language;
use crate::state::App;

/// The value of a cookie, as it was sent.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The session cookie's name. The prefix makes browsers refuse it without TLS and from another host.
pub(crate) fn session_cookie(secure: bool) -> &'static str {
    if secure { "__Host-aroeira_session" } else { "aroeira_session" }
}

/// What is known of a request before anybody looks at who sent it. An extractor that never fails.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// Comes back as `X-Request-Id`.
    pub(crate) request_id: Arc<str>,
    /// From where, behind trusted proxies too.
    pub(crate) address: Option<IpAddr>,
    /// The browser speaks TLS with us or with a trusted proxy.
    pub(crate) secure: bool,
    /// Of the answer.
    pub(crate) language: Language,
    /// Of the page's content security policy; empty for `/api` and `/fhir`.
    pub(crate) nonce: Arc<str>,
    /// `light`, `dark` or nothing: what pages look like.
    pub(crate) theme: &'static str,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The session cookie: a browser sends it unasked, so forgery must be kept out.
    Cookie,
    /// A bearer token.
    Bearer,
}

/// Who sent a request, as the gate found out.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    /// A session.
    Known(Arc<Caller>, Proof),
    /// No session, or one that is over.
    Nobody,
}

/// A signed-in caller and their desk, with nothing that must be done before.
pub(crate) struct Signed {
    /// The one door to the clinic.
    pub(crate) desk: Desk,
    /// Who.
    pub(crate) caller: Arc<Caller>,
    /// Of the answer.
    pub(crate) language: Language,
    /// Comes back as `X-Request-Id`.
    pub(crate) request_id: String,
    proof: Proof,
}

/// As [`Signed`], also while the screen is locked, a password is to be changed or the terms are to be accepted: for what
/// gets one out of these.
pub(crate) struct Pending(pub(crate) Signed);

/// As [`Signed`] for pages: whoever cannot go on is sent where they can.
pub(crate) struct Page(pub(crate) Signed);

fn purpose(role: Role) -> Purpose {
    match role {
        Role::Doctor | Role::Nurse => Purpose::Treatment,
        Role::Admin | Role::Reception | Role::Auditor => Purpose::Operations,
        Role::Patient => Purpose::PatientRequest,
        Role::System => Purpose::SystemAdministration,
    }
}

/// What must be done before anything else. A program with a token has no screen to lock and reads no terms.
fn outstanding(caller: &Caller, proof: Proof) -> Option<Refusal> {
    let browser = proof == Proof::Cookie;
    if browser && caller.screen_locked {
        Some(Refusal::ScreenLocked)
    } else if caller.must_change_password {
        Some(Refusal::MustChangePassword)
    } else if browser && caller.must_accept_terms {
        Some(Refusal::MustAcceptTerms)
    } else {
        None
    }
}

/// `Prefer: validation=lenient`, which only what is written as FHIR asks for.
fn validation(headers: &HeaderMap) -> Validation {
    let said = headers.get_all("prefer").into_iter().filter_map(|value| value.to_str().ok());
    let mut preferences = said.flat_map(|value| value.split([',', ';'])).map(str::trim);
    let lenient =
        preferences.any(|one| one.strip_prefix("validation=").is_some_and(|how| how.trim_matches('"') == "lenient"));
    if lenient { Validation::Lenient } else { Validation::Strict }
}

fn visit(parts: &Parts) -> Result<&Visit, Fault> {
    parts.extensions.get::<Visit>().ok_or_else(|| Error::Internal("a route outside the gate".into()).into())
}

impl Signed {
    fn of(parts: &Parts) -> Result<Self, Fault> {
        let visit = visit(parts)?;
        let Some(Identity::Known(caller, proof)) = parts.extensions.get::<Identity>() else {
            return Err(Error::Unauthenticated(Refusal::NoSession).into());
        };
        let context = Context {
            actor: caller.actor.clone(),
            purpose: purpose(caller.actor.role),
            request_id: visit.request_id.as_ref().to_owned(),
            address: visit.address,
        };
        Ok(Self {
            request_id: context.request_id.clone(),
            desk: caller.clinic.desk(context).validating(validation(&parts.headers)),
            caller: Arc::clone(caller),
            language: visit.language,
            proof: *proof,
        })
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        visit(parts).cloned()
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        let signed = Self::of(parts)?;
        outstanding(&signed.caller, signed.proof).map_or(Ok(signed), |refusal| Err(Error::Denied(refusal).into()))
    }
}

impl FromRequestParts<App> for Pending {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        Signed::of(parts).map(Self)
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Response> {
        let signed = match Signed::of(parts) {
            Ok(signed) => signed,
            Err(Fault::Clinic(Error::Unauthenticated(_))) => {
                return Err(redirect(&through("/login", &way_back(parts))));
            }
            Err(fault) => return Err(fault.into_response()),
        };
        match outstanding(&signed.caller, signed.proof) {
            Some(Refusal::ScreenLocked) => Err(redirect(&through("/locked", &way_back(parts)))),
            Some(Refusal::MustChangePassword) => Err(redirect("/password")),
            Some(_) => Err(redirect("/terms")),
            None => Ok(Self(signed)),
        }
    }
}

/// Keeps a way back a path of ours: no other host, nothing a header could be broken with, and of a query only whose
/// record is to be written. A search may hold a name.
pub(crate) fn own_path(text: &str) -> Option<&str> {
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._".contains(&b));
    let known = query.is_none_or(|query| query.strip_prefix("patient=").is_some_and(is_id));
    (plain && known && path.starts_with('/') && !path.starts_with("//")).then_some(text)
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
}

/// Where a request was going, to come back to. What was posted cannot be asked for again: its page can.
pub(crate) fn way_back(parts: &Parts) -> String {
    let page = parts.headers.get(header::REFERER).filter(|_| !parts.method.is_safe());
    let page = page.and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<Uri>().ok());
    let uri = page.as_ref().unwrap_or(&parts.uri);
    let patient = uri.query().unwrap_or_default().split('&').find(|pair| pair.starts_with("patient="));
    let whole = patient.map(|patient| format!("{}?{patient}", uri.path()));
    whole.filter(|whole| own_path(whole).is_some()).unwrap_or_else(|| uri.path().to_owned())
}

/// A page that stands before another one and leads on to it.
pub(crate) fn through(door: &str, next: &str) -> String {
    match own_path(next).filter(|next| *next != "/") {
        Some(next) => format!("{door}?next={}", next.replace('?', "%3F").replace('=', "%3D")),
        None => door.to_owned(),
    }
}

/// 303 to a path of ours.
pub(crate) fn redirect(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; aroeira_session=x=y"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=2"));
        assert_eq!(cookie(&headers, "aroeira_session"), Some("x=y"));
        assert_eq!(cookie(&headers, "b"), Some("2"));
        assert_eq!(cookie(&headers, "session"), None);
    }

    #[test]
    fn the_way_back_stays_on_this_server() {
        for yes in ["/", "/patients", "/records/abc-1.2/amend", "/records/new?patient=0190f3c2-7b9e"] {
            assert_eq!(own_path(yes), Some(yes));
        }
        let outside = ["", "patients", "//evil.example", "https://evil.example", "/\\evil", "/a\r\nb", "/a b"];
        let queries = ["/a?b", "/a?patient=", "/a?patient=x&q=y", "/a?patient=á", "/a?q=ana", "/a?patient=x?y"];
        for no in outside.iter().chain(&queries) {
            assert_eq!(own_path(no), None, "{no}");
        }
    }

    fn asked(method: http::Method, uri: &str, from: Option<&str>) -> String {
        let mut request = http::Request::builder().method(method).uri(uri);
        if let Some(from) = from {
            request = request.header(header::REFERER, from);
        }
        way_back(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn whoever_must_stop_comes_back_to_the_page_that_was_asked_for() {
        use http::Method;
        assert_eq!(asked(Method::GET, "/records/new?done=x&patient=p-1", None), "/records/new?patient=p-1");
        assert_eq!(asked(Method::GET, "/records?q=ana", None), "/records");
        let form = Some("http://127.0.0.1/records/new?patient=p-1");
        assert_eq!(asked(Method::POST, "/records/new", form), "/records/new?patient=p-1");
        assert_eq!(asked(Method::POST, "/records", None), "/records");
        assert_eq!(through("/locked", "/records/new?patient=p-1"), "/locked?next=/records/new%3Fpatient%3Dp-1");
        assert_eq!(through("/login", "/"), "/login");
        assert_eq!(through("/login", "//evil.example"), "/login");
    }
}
