//! Break-glass: the form that opens a chart for an hour, and the list of its uses.

use aroeira_clinic::{EmergencyAccess, Error, Role};
use askama::Template;
use http::StatusCode;

use crate::context::redirect;
use crate::error::{Answer, page_status, texts};
use crate::routes::{Class, Routes};

use super::form::{Form, Sheet};
use super::locale::{Locale, When};
use super::shell::{Shell, View};
use super::{Pager, Turning, html, html_as, id};

const SIZE: u32 = 50;

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/emergency", Class::Read, list).post("/emergency", Class::Read, turn).post(
        "/emergency/open",
        Class::Write,
        open,
    )
}

#[derive(Template)]
#[template(path = "emergency-ask.html")]
pub(super) struct AskPage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    pub(super) patient: String,
}

/// The form for a patient outside one's care.
pub(super) async fn ask(view: &View, patient: &str, status: StatusCode) -> Answer {
    let sheet = Sheet::new(&view.locale, Form::default());
    asking(view, patient, sheet, status).await
}

async fn asking(view: &View, patient: &str, sheet: Sheet, status: StatusCode) -> Answer {
    let s = view.shell("/patients", &view.locale.t("emergency-ask")).await;
    html_as(status, &AskPage { s, sheet, patient: patient.to_owned() })
}

async fn open(view: View, form: Form) -> Answer {
    let patient = form.get("patient").to_owned();
    let patient = id(&patient)?;
    match view.desk.break_glass(patient, form.get("reason")).await {
        Ok(_) => Ok(redirect(&format!("/patients/{patient}"))),
        Err(error @ Error::Invalid(_)) => {
            let sheet = Sheet::refused(&view.locale, form, texts(&error, view.locale.language));
            asking(&view, patient, sheet, page_status(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// A use of break-glass.
pub(super) struct Row {
    pub(super) user: String,
    pub(super) patient: String,
    pub(super) reason: String,
    pub(super) from: When,
    pub(super) until: String,
    pub(super) running: bool,
}

impl Row {
    pub(super) fn new(locale: &Locale, access: &EmergencyAccess) -> Self {
        Self {
            user: access.user_name.clone(),
            patient: access.patient_id.clone(),
            reason: access.reason.clone(),
            from: locale.when(access.from),
            until: locale.clock(access.until),
            running: access.until > locale.now,
        }
    }
}

#[derive(Template)]
#[template(path = "emergency.html")]
pub(super) struct EmergencyPage {
    pub(super) s: Shell,
    pub(super) rows: Vec<Row>,
    pub(super) turning: Turning,
    pub(super) opens: bool,
}

async fn list(view: View) -> Answer {
    shown(&view, &Form::default()).await
}

async fn turn(view: View, form: Form) -> Answer {
    shown(&view, &form).await
}

async fn shown(view: &View, form: &Form) -> Answer {
    let pager = Pager::of(form);
    let page = view.desk.emergencies(Some(SIZE), pager.cursor.as_deref()).await?;
    let locale = &view.locale;
    let s = view.shell("/emergency", &locale.t("tab-emergency")).await;
    html(&EmergencyPage {
        rows: page.items.iter().map(|access| Row::new(locale, access)).collect(),
        turning: Turning::new(locale, &pager, SIZE as usize, page.items.len(), page.next_cursor.as_ref(), page.total),
        opens: view.role() == Role::Admin,
        s,
    })
}

/// Uses for tests and for the gallery.
#[cfg(test)]
pub(super) fn samples() -> Vec<EmergencyAccess> {
    let at = |text: &str| text.parse().expect("an instant");
    let access = |id: &str, from: &str, until: &str, reason: &str| EmergencyAccess {
        id: id.into(),
        user_id: "u2".into(),
        user_name: "Dra. Helena Prado".into(),
        patient_id: "0190f3c2-7b9e-7c3a-9d5e-1f2a3b4c5d6e".into(),
        reason: reason.into(),
        from: at(from),
        until: at(until),
    };
    vec![
        access(
            "e1",
            "2026-11-21T17:10:00Z",
            "2026-11-21T18:10:00Z",
            "Paciente inconsciente na recepção; preciso das alergias e medicações em uso.",
        ),
        access("e2", "2026-10-03T02:10:00Z", "2026-10-03T03:10:00Z", "Cobertura de plantão, dor torácica."),
    ]
}
