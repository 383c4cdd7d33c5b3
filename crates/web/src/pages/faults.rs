//! What went wrong, as a page: what happened, what was kept and what to do.

use aroeira_clinic::Caller;
use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::tz::TimeZone;

use crate::context::Visit;
use crate::error::Texts;
use crate::state::App;

use super::html_as;
use super::locale::Locale;
use super::shell::Shell;

/// A page for a refusal or a failure.
#[derive(Template)]
#[template(path = "fault.html")]
pub(super) struct FaultPage {
    pub(super) s: Shell,
    pub(super) status: u16,
    pub(super) heading: String,
    pub(super) detail: String,
    /// Each wrong parameter: there is no form to show it beside.
    pub(super) fields: Vec<(String, String)>,
    /// What was kept, and what to do now.
    pub(super) kept: Option<String>,
    pub(super) advice: String,
    /// Seconds until it is worth trying again.
    pub(super) wait: Option<u32>,
    /// In whose chart a new record is offered instead.
    pub(super) write: Option<String>,
    pub(super) request: String,
}

/// What went wrong, as a page. The gate calls it for every `Fault` of a route that is not `/api`, `/fhir` or `/assets`.
pub(crate) fn fault(
    app: &App,
    visit: &Visit,
    caller: Option<&Caller>,
    status: StatusCode,
    texts: &Texts,
    wait: Option<u32>,
) -> Response {
    let zone = caller.map_or(TimeZone::UTC, |caller| caller.clinic.zone().clone());
    let locale = Locale { language: visit.language, zone, now: app.clock().now() };
    let mut shell = Shell::bare(&locale, visit.theme, "/", &texts.title);
    if let Some(caller) = caller {
        caller.csrf.clone_into(&mut shell.csrf);
        shell.sign(caller.clinic.name(), &caller.name, caller.actor.role);
    }
    let mut page = page(shell, status, texts, &visit.request_id);
    page.wait = wait;
    html_as(status, &page).unwrap_or_else(|_| (status, texts.title.clone()).into_response())
}

/// The page of a status.
pub(super) fn page(shell: Shell, status: StatusCode, texts: &Texts, request: &str) -> FaultPage {
    let key = match status.as_u16() {
        401 => "401",
        403 => "403",
        404 | 405 => "404",
        409 | 412 | 428 => "409",
        410 => "410",
        429 => "429",
        408 | 503 => "503",
        500.. => "500",
        _ => "400",
    };
    let kept = matches!(key, "429" | "500" | "503").then(|| shell.t("fault-kept"));
    FaultPage {
        status: status.as_u16(),
        heading: texts.title.clone(),
        detail: texts.detail.clone(),
        fields: texts.fields.clone(),
        kept,
        advice: shell.t(format!("fault-{key}-advice")),
        wait: None,
        write: None,
        request: request.to_owned(),
        s: shell,
    }
}
