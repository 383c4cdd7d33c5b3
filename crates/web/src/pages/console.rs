//! The FHIR console: for who writes a clinic's integrations. A call as a client writes it, what it is answered, and how a
//! search was done. What is asked for is posted, never in an address.

mod answer;
mod capabilities;

use askama::Template;

use crate::error::{Answer, Fault};
use crate::fhir::console::{LONGEST, Trial, place};
use crate::routes::{Class, Routes};

use super::form::{Form, Sheet};
use super::shell::{Shell, View};
use super::{Pager, Turning, html};
use answer::Shown;

/// Where it is.
pub(super) const HERE: &str = "/console";

/// Registers the console and the readable capability statement.
pub(super) fn routes(routes: Routes) -> Routes {
    let routes = routes.get("/console", Class::Read, blank).post("/console", Class::Read, tried);
    capabilities::routes(routes)
}

/// Calls to begin with: the words for each, the types it takes, and how it is written.
const EXAMPLES: &[(&str, &[&str], &str)] = &[
    ("name", &["Patient"], "Patient?family=silva&_count=5&_total=accurate"),
    ("range", &["Patient"], "Patient?birthdate=ge1980-01-01&birthdate=lt1990-01-01&_sort=birthdate"),
    ("agenda", &["Appointment", "Patient"], "Appointment?status=booked&_include=Appointment:patient&_count=5"),
    ("chain", &["Composition", "Patient"], "Composition?patient.family=silva&_sort=-date&_count=5"),
    ("has", &["Patient", "Composition"], "Patient?_has:Composition:patient:status=final&_count=5"),
    ("records", &["Composition"], "Composition?status=final&date=ge2026&_count=5"),
    ("types", &[], "?_lastUpdated=ge2026&_count=5"),
    ("who", &["Practitioner"], "Practitioner?active=true&_summary=true"),
    ("history", &["Composition"], "Composition/_history?_count=5"),
    ("unknown", &["Patient"], "Patient?familia=souza"),
];

/// An example as it is offered.
pub(super) struct Example {
    pub(super) words: String,
    pub(super) call: &'static str,
}

#[derive(Template)]
#[template(path = "console.html")]
pub(super) struct ConsolePage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    pub(super) examples: Vec<Example>,
    pub(super) shown: Option<Shown>,
    pub(super) turning: Turning,
}

impl ConsolePage {
    pub(super) fn new(s: Shell, sheet: Sheet, searchable: &[&str], shown: Option<Shown>, turning: Turning) -> Self {
        let open = EXAMPLES.iter().filter(|(_, kinds, _)| kinds.iter().all(|kind| searchable.contains(kind)));
        let examples =
            open.map(|(name, _, call)| Example { words: s.t(format!("console-try-{name}")), call }).collect();
        Self { s, sheet, examples, shown, turning }
    }

    fn lenient(&self) -> bool {
        self.sheet.is("handling", "lenient")
    }
}

async fn blank(view: View) -> Answer {
    let searchable = view.desk.fhir_searchable().await?;
    drawn(&view, Sheet::new(&view.locale, Form::default()), &searchable, None, Turning::none()).await
}

async fn tried(view: View, trial: Trial, mut form: Form) -> Answer {
    let searchable = view.desk.fhir_searchable().await?;
    if let Some(example) = form.opt("_try") {
        form.set("call", &example);
        form.set("handling", "strict");
    }
    let call = place(form.get("call"));
    let mut sheet = Sheet::new(&view.locale, form);
    let wrong = match call.len() {
        0 => Some("console-empty"),
        1..=LONGEST => None,
        _ => Some("console-long"),
    };
    if let Some(key) = wrong {
        sheet.errors = vec![("call".to_owned(), view.locale.t(key))];
        return drawn(&view, sheet, &searchable, None, Turning::none()).await;
    }
    let pager = Pager::of(&sheet.values);
    let (shown, turning) = answered(&view, trial, &call, &pager, sheet.is("handling", "lenient")).await?;
    drawn(&view, sheet, &searchable, Some(shown), turning).await
}

/// Tries a call, at the page it was turned to.
async fn answered(
    view: &View,
    trial: Trial,
    call: &str,
    pager: &Pager,
    lenient: bool,
) -> Result<(Shown, Turning), Fault> {
    let at = match &pager.cursor {
        None => call.to_owned(),
        Some(cursor) => turned(call, cursor),
    };
    let tried = trial.get(&at, lenient).await?;
    let shown = Shown::new(&view.locale, call, &tried);
    let turning = Turning {
        text: view.locale.count("console-rows", shown.rows.len() as u64),
        next: pager.next(shown.next.as_ref()),
        previous: pager.previous(),
    };
    Ok((shown, turning))
}

/// A call at another of its pages.
fn turned(call: &str, cursor: &str) -> String {
    let (path, query) = call.split_once('?').unwrap_or((call, ""));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("_cursor="));
    let plain = cursor.chars().filter(|c| c.is_ascii_alphanumeric() || "-._~".contains(*c)).collect::<String>();
    let pairs: Vec<String> = kept.map(str::to_owned).chain([format!("_cursor={plain}")]).collect();
    format!("{path}?{}", pairs.join("&"))
}

async fn drawn(view: &View, sheet: Sheet, searchable: &[&str], shown: Option<Shown>, turning: Turning) -> Answer {
    let s = view.shell(HERE, &view.locale.t("console")).await;
    html(&ConsolePage::new(s, sheet, searchable, shown, turning))
}

#[cfg(test)]
pub(super) use answer::sample;
#[cfg(test)]
pub(super) use capabilities::{KindPage, KindsPage, statement_sample};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_turned_to_by_its_cursor_alone() {
        assert_eq!(turned("/Patient?name=a&_cursor=1&_count=5", "9.8.7"), "/Patient?name=a&_count=5&_cursor=9.8.7");
        assert_eq!(turned("/Patient/_history", "12.0&x=y"), "/Patient/_history?_cursor=12.0xy");
        assert_eq!(turned("?_type=Patient", "a"), "?_type=Patient&_cursor=a");
    }

    #[test]
    fn every_example_is_a_call_that_can_be_sent() {
        for (_, _, call) in EXAMPLES {
            assert_eq!(place(call).trim_start_matches('/'), *call);
        }
    }
}
