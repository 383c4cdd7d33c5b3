//! The router, built from a table so that a test can list every route there is.

use aroeira_clinic::{Clock, House, Ids};
use axum::Router;
use axum::extract::MatchedPath;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Uri;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::error::Fault;
use crate::guards::{self, Gate};
use crate::state::App;
use crate::{Options, api, assets, fhir, health, pages};

/// What kind of call a route is: which limits count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Needs no session: counted by address, or by user where one is signed in.
    Anonymous,
    /// An attempt to sign in: always counted by address.
    SignIn,
    /// Looks.
    Read,
    /// Changes.
    Write,
    /// Loads a bundle or walks the whole chain.
    Import,
    /// Health, metrics, static files: never counted.
    Exempt,
}

/// One route, for tests that walk them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// Template, such as `/api/patients/{id}`.
    pub path: &'static str,
    /// How it is counted.
    pub class: Class,
}

/// The routes as they are collected.
#[derive(Default)]
pub(crate) struct Routes(Vec<(Route, MethodRouter<App>)>);

impl Routes {
    /// A route for `GET` (and `HEAD`).
    pub(crate) fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, class: Class, handler: H) -> Self {
        self.with("GET", MethodFilter::GET, path, class, handler)
    }

    /// A route for `POST`.
    pub(crate) fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, class: Class, handler: H) -> Self {
        self.with("POST", MethodFilter::POST, path, class, handler)
    }

    /// A route for `PUT`.
    pub(crate) fn put<H: Handler<T, App>, T: 'static>(self, path: &'static str, class: Class, handler: H) -> Self {
        self.with("PUT", MethodFilter::PUT, path, class, handler)
    }

    /// A route for `PATCH`.
    pub(crate) fn patch<H: Handler<T, App>, T: 'static>(self, path: &'static str, class: Class, handler: H) -> Self {
        self.with("PATCH", MethodFilter::PATCH, path, class, handler)
    }

    /// A route for `DELETE`.
    pub(crate) fn delete<H: Handler<T, App>, T: 'static>(self, path: &'static str, class: Class, handler: H) -> Self {
        self.with("DELETE", MethodFilter::DELETE, path, class, handler)
    }

    fn with<H: Handler<T, App>, T: 'static>(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &'static str,
        class: Class,
        handler: H,
    ) -> Self {
        self.0.push((Route { method, path, class }, on(filter, handler)));
        self
    }
}

fn all() -> Routes {
    let routes = health::routes(Routes::default());
    let routes = fhir::routes(api::routes(routes));
    assets::routes(pages::routes(routes))
}

/// Every route of the server.
#[must_use]
pub fn table() -> Vec<Route> {
    all().0.into_iter().map(|(route, _)| route).collect()
}

/// The whole server as a service, for use without a socket. Metrics are seen only when installed before.
pub fn router(house: House, options: Options, clock: Clock, ids: Ids) -> Router {
    assemble(App::new(house, options, clock, ids))
}

/// The routes of FHIR as the calls of the console meet them: already let in and counted.
pub(crate) fn within_request(app: &App) -> Router {
    let mut router = Router::new();
    for (route, handlers) in fhir::routes(Routes::default()).0 {
        router = router.route(route.path, inner(handlers));
    }
    let router = router.fallback(async || Fault::NoRoute).method_not_allowed_fallback(no_method);
    router.with_state(app.clone())
}

/// A path that is there for other verbs; an operation that there is none of stands where a type may.
async fn no_method(path: Option<MatchedPath>, uri: Uri) -> Fault {
    let is_member = path.is_some_and(|path| path.as_str().ends_with("/{member}"));
    let is_operation = uri.path().rsplit('/').next().is_some_and(|last| last.starts_with(['$', '_']));
    if is_member && is_operation { Fault::NoRoute } else { Fault::Method }
}

/// The routes of FHIR as the entries of a batch meet them: already let in, each counted against the limits of its class as
/// if it had come alone.
pub(crate) fn of_entries(app: &App) -> Router {
    let counted = |class| from_fn_with_state(guards::Count::new(app, class), guards::count);
    let mut router = Router::new();
    for (route, handlers) in fhir::routes(Routes::default()).0 {
        router = router.route(route.path, inner(handlers).route_layer(counted(route.class)));
    }
    router
        .fallback((async || Fault::NoRoute).layer(counted(Class::Anonymous)))
        .method_not_allowed_fallback(no_method.layer(counted(Class::Anonymous)))
        .with_state(app.clone())
}

fn inner(handlers: MethodRouter<App>) -> MethodRouter<App> {
    fhir::shaped(handlers).route_layer(CatchPanicLayer::custom(|_| guards::panicked()))
}

pub(crate) fn assemble(app: App) -> Router {
    let mut router = Router::new();
    for (route, handlers) in all().0 {
        let gate = Gate::new(&app, Some(route));
        let handlers = if route.path.starts_with("/fhir") { fhir::shaped(handlers) } else { handlers };
        let handlers = handlers
            .route_layer(CatchPanicLayer::custom(|_| guards::panicked()))
            .route_layer(from_fn_with_state(gate, guards::pass));
        if route.path == "/fhir" {
            // Clients that end their base with a slash send bundles and searches of all types so.
            router = router.route("/fhir/", handlers.clone());
        }
        router = router.route(route.path, handlers);
    }
    let gate = Gate::new(&app, None);
    router
        .fallback((async || Fault::NoRoute).layer(from_fn_with_state(gate.clone(), guards::pass)))
        .method_not_allowed_fallback(no_method.layer(from_fn_with_state(gate.clone(), guards::pass)))
        .with_state(app)
        .layer(CompressionLayer::new().compress_when(guards::WorthCompressing))
}
