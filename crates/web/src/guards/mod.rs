//! What stands before and after every handler: who is it, may they ask so often, is it forged, how long may it take; then
//! the words of an error, the headers, one line of log and the meters.

mod address;
mod cors;
pub(crate) mod forgery;
pub(crate) mod headers;
pub(crate) mod limits;
pub(crate) mod room;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aroeira_clinic::Error;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tower_http::compression::Predicate;
use tower_http::compression::predicate::{NotForContentType, SizeAbove};
use tracing::Instrument;

use crate::context::{Identity, Proof, Visit, cookie, session_cookie};
use crate::error::{Fault, Raised, Texts, problem};
use crate::language::Language;
use crate::metrics::Meters;
use crate::routes::{Class, Route};
use crate::state::App;
use crate::{fhir, pages};
use limits::Tally;

/// The request id, sent or made.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a route speaks: how its errors are rendered and which limits of size and time it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// JSON and problem+json.
    Api,
    /// FHIR JSON and OperationOutcome.
    Fhir,
    /// HTML.
    Page,
    /// Static files.
    Asset,
}

impl Surface {
    pub(crate) fn of(path: &str) -> Self {
        let under = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if under("/api") || under("/metrics") {
            Self::Api
        } else if under("/fhir") {
            Self::Fhir
        } else if under("/assets") || matches!(path, "/favicon.ico" | "/favicon.svg" | "/manifest.webmanifest") {
            Self::Asset
        } else {
            Self::Page
        }
    }
}

/// The gate of one route.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Inner>);

struct Inner {
    app: App,
    class: Class,
    template: &'static str,
    surface: Option<Surface>,
    meters: Meters,
}

impl Gate {
    /// The gate of a route, or of what has none.
    pub(crate) fn new(app: &App, route: Option<Route>) -> Self {
        let (method, template) = route.map_or(("other", "none"), |route| (route.method, route.path));
        Self(Arc::new(Inner {
            app: app.clone(),
            class: route.map_or(Class::Anonymous, |route| route.class),
            template,
            surface: route.map(|route| Surface::of(route.path)),
            meters: Meters::new(method, template),
        }))
    }
}

/// What the way through the gate leaves for the answer's headers and the log.
#[derive(Default)]
struct Trail {
    identity: Option<Identity>,
    tally: Option<Tally>,
}

/// The way of every request.
pub(crate) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let gate = &*gate.0;
    let surface = gate.surface.unwrap_or_else(|| Surface::of(request.uri().path()));
    let method = request.method().clone();
    let origin = cors::allowed(gate.app.options(), surface, request.headers());
    let (visit, id_header) = visit(&gate.app, surface, &request);
    let mut trail = Trail::default();

    let mut response = if cors::is_preflight(&method, request.headers()) && origin.is_some() {
        StatusCode::NO_CONTENT.into_response()
    } else {
        let span = tracing::info_span!(
            target: "aroeira::trace",
            "request",
            otel.kind = "server",
            http.request.method = known(&method),
            http.route = gate.template,
            http.response.status_code = tracing::field::Empty,
            request = &*visit.request_id,
        );
        let admitted = admit(gate, surface, &visit, request, next, &mut trail).instrument(span.clone()).await;
        let response = admitted.unwrap_or_else(IntoResponse::into_response);
        span.record("http.response.status_code", response.status().as_u16());
        response
    };
    if let Some(Raised(fault)) = response.extensions_mut().remove::<Raised>() {
        response = render(gate, surface, &visit, &trail, &fault, &response);
    }
    let headers = response.headers_mut();
    if let Some(tally) = trail.tally {
        tally.write(headers);
    }
    headers.insert(REQUEST_ID, id_header);
    headers::secure(headers, surface, &visit, gate.app.options());
    if let Some(origin) = origin {
        cors::write(headers, origin, &method);
    }
    finish(gate, &method, &visit, &trail, response.status(), began.elapsed());
    response
}

/// Everything that may turn a request away, and then the handler.
async fn admit(
    gate: &Inner,
    surface: Surface,
    visit: &Visit,
    mut request: Request,
    next: Next,
    trail: &mut Trail,
) -> Result<Response, Fault> {
    let app = &gate.app;
    let limits = &app.options().limits;
    if request.headers().len() > limits.headers {
        return Err(Fault::Headers);
    }
    let identity =
        if gate.class == Class::Exempt { Identity::Nobody } else { identify(app, visit, request.headers()).await? };
    trail.identity = Some(identity.clone());
    let (tally, taken) = app.buckets().take(gate.class, &identity, visit.address);
    trail.tally = tally;
    taken?;
    request = forgery::check(app, surface, &identity, request).await?;
    request.extensions_mut().insert(visit.clone());
    // Nobody is given no room: their bodies are not read.
    let caller = match &identity {
        Identity::Known(caller, _) if surface == Surface::Fhir => Some(Arc::clone(caller)),
        _ => None,
    };
    request.extensions_mut().insert(identity);
    let seconds = if surface == Surface::Fhir { limits.fhir_seconds } else { limits.api_seconds };
    let answered = async {
        let Some(caller) = caller else { return Ok(next.run(request).await) };
        match room::enter(app, &caller, request).await? {
            (request, None) => Ok(next.run(request).await),
            // What is begun goes on when its client goes away, and has its places until it ends.
            (request, Some(places)) => {
                let work = async move {
                    let response = next.run(request).await;
                    drop(places);
                    response
                };
                let work = tokio::spawn(work.in_current_span());
                work.await.map_err(|error| Error::Internal(format!("a request ended early: {error}")).into())
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(seconds), answered).await.unwrap_or(Err(Fault::Timeout))
}

/// What counts the entries of a batch that go to one route.
#[derive(Clone)]
pub(crate) struct Count {
    app: App,
    class: Class,
}

impl Count {
    /// By the limits of a class.
    pub(crate) fn new(app: &App, class: Class) -> Self {
        Self { app: app.clone(), class }
    }
}

/// The way of an entry of a batch: its bearer was let in and identified already, it counts as a call of theirs.
pub(crate) async fn count(State(count): State<Count>, request: Request, next: Next) -> Response {
    let identity = request.extensions().get::<Identity>().cloned().unwrap_or(Identity::Nobody);
    let address = request.extensions().get::<Visit>().and_then(|visit| visit.address);
    match count.app.buckets().take(count.class, &identity, address).1 {
        Ok(()) => next.run(request).await,
        Err(fault) => fault.into_response(),
    }
}

fn visit(app: &App, surface: Surface, request: &Request) -> (Visit, HeaderValue) {
    let headers = request.headers();
    let (address, secure) = address::of(app.options(), request);
    let language = Language::of(headers);
    let (request_id, id_header) = request_id(app, headers);
    let nonce = if surface == Surface::Page { headers::nonce(app.ids()) } else { Arc::default() };
    (Visit { request_id, address, secure, language, nonce, theme: pages::theme(headers) }, id_header)
}

/// The id that came with the request if it is 8 to 64 letters, digits and hyphens, else a new one.
fn request_id(app: &App, headers: &HeaderMap) -> (Arc<str>, HeaderValue) {
    if let Some(value) = headers.get(REQUEST_ID)
        && let Ok(text) = value.to_str()
        && (8..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    {
        return (text.into(), value.clone());
    }
    let id = app.ids().new_id(app.clock().now()).unwrap_or_else(|_| "no-random-bytes".to_owned());
    let header = HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"));
    (id.into(), header)
}

async fn identify(app: &App, visit: &Visit, headers: &HeaderMap) -> Result<Identity, Fault> {
    let (token, proof) = if let Some(token) = bearer(headers) {
        (token, Proof::Bearer)
    } else if let Some(token) = cookie(headers, session_cookie(visit.secure)) {
        (token, Proof::Cookie)
    } else {
        return Ok(Identity::Nobody);
    };
    match app.house().caller(token).await {
        Ok(caller) => Ok(Identity::Known(Arc::new(caller), proof)),
        Err(Error::Unauthenticated(_) | Error::NotFound) => Ok(Identity::Nobody),
        Err(error) => Err(error.into()),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What a handler left as a fault, in the words and the form of its surface.
fn render(gate: &Inner, surface: Surface, visit: &Visit, trail: &Trail, fault: &Fault, raised: &Response) -> Response {
    if let Fault::Clinic(Error::Internal(text)) = fault {
        tracing::error!(request = &*visit.request_id, route = gate.template, "{text}");
    }
    let texts: Texts = fault.texts(visit.language);
    let mut response = match surface {
        Surface::Api | Surface::Asset => problem::render(fault, &texts, &visit.request_id),
        Surface::Fhir => fhir::outcome::render(fault, &texts, visit.language),
        Surface::Page => {
            let caller = match &trail.identity {
                Some(Identity::Known(caller, _)) => Some(&**caller),
                _ => None,
            };
            let wait = match fault {
                Fault::Clinic(Error::Limited { retry_after }) => Some(*retry_after),
                _ => None,
            };
            pages::fault(&gate.app, visit, caller, fault.status(), &texts, wait)
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(visit.language.tag()));
    match fault {
        Fault::Clinic(Error::Limited { retry_after }) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        Fault::Clinic(Error::Unavailable(reason)) => {
            tracing::warn!(request = &*visit.request_id, route = gate.template, "unavailable: {reason}");
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        Fault::Clinic(Error::Unauthenticated(_)) if surface != Surface::Page => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    if let Some(allow) = raised.headers().get(header::ALLOW) {
        headers.insert(header::ALLOW, allow.clone());
    }
    response
}

/// One line of log, without query, token or name, and the meters.
fn finish(gate: &Inner, method: &Method, visit: &Visit, trail: &Trail, status: StatusCode, took: Duration) {
    gate.meters.count(status, took);
    if !tracing::enabled!(target: "aroeira::access", tracing::Level::INFO) {
        return;
    }
    let (role, clinic) = match &trail.identity {
        Some(Identity::Known(caller, _)) => (caller.actor.role.code(), caller.slug.as_str()),
        _ => ("", ""),
    };
    let ms = f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1000.0;
    tracing::info!(
        target: "aroeira::access",
        method = known(method),
        route = gate.template,
        status = status.as_u16(),
        ms,
        request = &*visit.request_id,
        role,
        clinic,
    );
}

/// A method by a name of ours: a made-up one could carry anything into the log.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// The answer for a handler that panicked. What it said goes nowhere: it may hold what it worked on.
pub(crate) fn panicked() -> Response {
    tracing::error!("a handler panicked");
    Fault::Panicked.into_response()
}

/// Compresses what is worth it: over 1 KiB, no pictures, and no errors.
#[derive(Clone, Copy)]
pub(crate) struct WorthCompressing;

impl Predicate for WorthCompressing {
    fn should_compress<B: HttpBody>(&self, response: &http::Response<B>) -> bool {
        response.status().is_success()
            && SizeAbove::new(1024).should_compress(response)
            && NotForContentType::IMAGES.should_compress(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_a_surface() {
        for (path, surface) in [
            ("/api/patients", Surface::Api),
            ("/api", Surface::Api),
            ("/apis", Surface::Page),
            ("/metrics", Surface::Api),
            ("/fhir", Surface::Fhir),
            ("/fhir/Patient/1", Surface::Fhir),
            ("/assets/a.js", Surface::Asset),
            ("/", Surface::Page),
        ] {
            assert_eq!(Surface::of(path), surface, "{path}");
        }
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("bearer abc"));
        assert_eq!(bearer(&headers), Some("abc"));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Basic abc"));
        assert_eq!(bearer(&headers), None);
    }
}
