//! Health and metrics: for whoever watches the installation, without a session and without secrets.

use std::net::IpAddr;

use aroeira_clinic::Error;
use axum::extract::State;
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use crate::api::answer;
use crate::body::Query;
use crate::context::Visit;
use crate::error::Answer;
use crate::metrics;
use crate::routes::{Class, Routes};
use crate::state::App;

/// Registers `/api/health...` and `/metrics`.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/health", Class::Exempt, ready)
        .get("/api/health/live", Class::Exempt, live)
        .get("/api/health/ready", Class::Exempt, ready)
        .get("/metrics", Class::Exempt, scrape)
}

/// The process answers.
async fn live(query: Query) -> Answer {
    query.end()?;
    Ok(answer::json(StatusCode::OK, &json!({ "live": true })))
}

/// Requests can be served; else what is wrong, in codes.
async fn ready(State(app): State<App>, query: Query) -> Answer {
    query.end()?;
    let health = app.house().health();
    let status = if health.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(answer::json(status, &health))
}

/// Prometheus exposition, for the addresses that were named; to all others there is no such page.
async fn scrape(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Answer {
    let from = visit.address;
    // An address a proxy vouches for is in `visit`; a header from somebody else means that a proxy nobody named stands
    // in between, and then the address is the proxy's.
    let behind = headers.contains_key("x-forwarded-for") && app.options().trusted_proxies.is_empty();
    let named = |address: IpAddr| app.options().metrics_from.iter().any(|network| network.contains(address));
    if behind || !from.is_some_and(named) {
        return Err(Error::NotFound.into());
    }
    let text = metrics::exposition(app.house());
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
