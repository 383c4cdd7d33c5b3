//! Who asks, from where and in which language: what handlers take in before they ask the desk.

use std::net::IpAddr;
use std::sync::Arc;

use aroeira_clinic::{Caller, Context, Desk, Error, Purpose, Refusal, Role};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};

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
            desk: caller.clinic.desk(context),
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
            Err(Fault::Clinic(Error::Unauthenticated(_))) => return Err(redirect(&sign_in_first(parts))),
            Err(fault) => return Err(fault.into_response()),
        };
        match outstanding(&signed.caller, signed.proof) {
            Some(Refusal::ScreenLocked) => Err(redirect("/locked")),
            Some(Refusal::MustChangePassword) => Err(redirect("/password")),
            Some(_) => Err(redirect("/terms")),
            None => Ok(Self(signed)),
        }
    }
}

/// The way back is a path without its query: a search may hold a name.
fn sign_in_first(parts: &Parts) -> String {
    let path = parts.uri.path();
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._".contains(&b)) && !path.starts_with("//");
    if plain && path != "/" { format!("/login?next={path}") } else { "/login".to_owned() }
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
}
