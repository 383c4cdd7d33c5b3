//! The list of patients, found as one types; taking one away, and bringing them back.

use aroeira_clinic::{Action, Conflict, Error, Input, Patient, PatientQuery, Precondition, Revision, access};
use askama::Template;
use axum::Json;
use axum::extract::{Path, Query};
use axum::response::IntoResponse;
use http::StatusCode;
use serde_json::{Value, json};

use crate::context::redirect;
use crate::error::{Answer, page_status, texts};
use crate::routes::{Class, Routes};

use super::banner::{Banner, sex, spaced};
use super::form::{Form, Sheet};
use super::history::ReasonPage;
use super::locale::{Locale, When};
use super::shell::{Shell, View};
use super::{Asked, Pager, Turning, done, html, html_as, id};

const SIZE: u32 = 25;

/// Registers the pages of patients.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/patients", Class::Read, list)
        .post("/patients", Class::Read, search)
        .post("/patients/find", Class::Read, find)
        .post("/patients/{id}/delete", Class::Write, delete)
        .get("/patients/{id}/restore", Class::Read, ask_restore)
        .post("/patients/{id}/restore", Class::Write, restore)
}

/// A row of the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) registered: Option<String>,
    pub(super) birth: String,
    pub(super) age: Option<String>,
    pub(super) sex: String,
    pub(super) cpf: String,
    pub(super) cns: String,
    pub(super) updated: When,
}

impl Row {
    /// A patient as a row.
    pub(super) fn new(locale: &Locale, patient: &Patient) -> Self {
        let banner = Banner::new(locale, patient, false);
        Self {
            id: banner.id,
            name: banner.name,
            registered: banner.registered,
            birth: banner.birth,
            age: banner.age,
            sex: sex(locale, &patient.sex),
            cpf: patient.cpf.clone(),
            cns: if patient.cns == "***" { locale.t("protected") } else { spaced(&patient.cns) },
            updated: locale.when(patient.updated_at),
        }
    }
}

#[derive(Template)]
#[template(path = "patients.html", blocks = ["rows"])]
pub(super) struct PatientsPage {
    pub(super) s: Shell,
    pub(super) q: String,
    pub(super) sort: String,
    pub(super) sorts: Vec<(String, String)>,
    pub(super) rows: Vec<Row>,
    pub(super) turning: Turning,
    pub(super) problem: Option<String>,
    pub(super) may_create: bool,
}

async fn list(view: View, Query(asked): Query<Asked>) -> Answer {
    shown(&view, &Form::default(), asked.done.as_deref()).await
}

async fn search(view: View, form: Form) -> Answer {
    shown(&view, &form, None).await
}

async fn shown(view: &View, form: &Form, told: Option<&str>) -> Answer {
    let pager = Pager::of(form);
    let query =
        PatientQuery { q: form.opt("q"), sort: form.opt("sort"), limit: Some(SIZE), cursor: pager.cursor.clone() };
    let (page, problem) = match view.desk.patients(query).await {
        Ok(page) => (page, None),
        Err(error @ Error::Invalid(_)) => {
            let told = texts(&error, view.locale.language);
            let words = told.fields.into_iter().map(|(_, text)| text).next().unwrap_or(told.detail);
            (aroeira_clinic::Page { items: Vec::new(), next_cursor: None, total: 0 }, Some(words))
        }
        Err(error) => return Err(error.into()),
    };
    let locale = &view.locale;
    let mut s = view.shell("/patients", &locale.t("tab-patients")).await;
    s.after(told, "");
    let page = PatientsPage {
        q: form.get("q").to_owned(),
        sort: form.get("sort").to_owned(),
        sorts: sorts(locale),
        rows: page.items.iter().map(|patient| Row::new(locale, patient)).collect(),
        turning: Turning::new(locale, &pager, SIZE as usize, page.items.len(), page.next_cursor.as_ref(), page.total),
        problem,
        may_create: access::allows(view.role(), Action::Create, "Patient"),
        s,
    };
    if view.part { html(&page.as_rows()) } else { html(&page) }
}

/// The orders a list of patients can have.
pub(super) fn sorts(locale: &Locale) -> Vec<(String, String)> {
    let name = |(code, key): (&str, &str)| (code.to_owned(), locale.t(key));
    [("name", "sort-name"), ("-updated", "sort-updated"), ("birthDate", "sort-oldest"), ("-birthDate", "sort-youngest")]
        .map(name)
        .to_vec()
}

/// What the palette shows: the first few that match.
async fn find(view: View, form: Form) -> Answer {
    let query = PatientQuery { q: form.opt("q"), limit: Some(8), ..PatientQuery::default() };
    let page = match view.desk.patients(query).await {
        Ok(page) => page,
        Err(Error::Invalid(_)) => return Ok(Json(json!([])).into_response()),
        Err(error) => return Err(error.into()),
    };
    let one = |patient: &Patient| {
        let row = Row::new(&view.locale, patient);
        let detail = [Some(row.birth), row.age, Some(row.cpf)].into_iter().flatten().filter(|text| !text.is_empty());
        json!({"id": row.id, "name": row.name, "detail": detail.collect::<Vec<_>>().join(" · ")})
    };
    Ok(Json(page.items.iter().map(one).collect::<Vec<Value>>()).into_response())
}

async fn delete(view: View, Path(patient): Path<String>, form: Form) -> Answer {
    let patient = id(&patient)?;
    let precondition = form.get("version").parse().map_or(Precondition::None, Precondition::Version);
    view.desk.delete_patient(patient, precondition, form.opt("reason").as_deref()).await?;
    Ok(done("/patients", "patient-deleted"))
}

async fn ask_restore(view: View, Path(patient): Path<String>) -> Answer {
    let patient = id(&patient)?;
    if !access::allows(view.role(), Action::Restore, "Patient") {
        return Err(Error::Denied(aroeira_clinic::Refusal::Role).into());
    }
    let sheet = Sheet::new(&view.locale, Form::default());
    restoring(&view, patient, sheet, StatusCode::OK).await
}

async fn restoring(view: &View, patient: &str, sheet: Sheet, status: StatusCode) -> Answer {
    let history = view.desk.patient_history(patient).await?.value;
    if history.first().is_none_or(|last| last.event != "delete") {
        return Ok(redirect(&format!("/patients/{patient}")));
    }
    let s = view.shell("/patients", &view.locale.t("patient-restore")).await;
    html_as(status, &restorer(s, patient, &history, sheet))
}

/// The form that brings back a patient: its last version says who they are, the deletion who took them away.
pub(super) fn restorer(s: Shell, patient: &str, history: &[Revision], sheet: Sheet) -> ReasonPage {
    let last = |field: &str| {
        let mut changes = history.iter().flat_map(|revision| &revision.changes);
        let value = changes.find(|change| change.field == field).and_then(|change| change.after.as_str());
        value.filter(|text| !text.is_empty() && *text != "***")
    };
    let name = last("socialName").or_else(|| last("name")).unwrap_or(patient);
    let birth = last("birthDate").map(|day| format!(" ({})", s.locale.day(day)));
    ReasonPage {
        banner: None,
        version: 0,
        what: format!("{name}{}", birth.unwrap_or_default()),
        gone: history.first().map(|deletion| (deletion.author_name.clone(), s.locale.when(deletion.at))),
        back: "/patients".into(),
        place: format!("/patients/{patient}"),
        verb: "restore",
        text: "patient-restore-text",
        sheet,
        s,
    }
}

async fn restore(view: View, Path(patient): Path<String>, form: Form) -> Answer {
    let patient = id(&patient)?;
    match view.desk.restore_patient(patient, Input::Json(json!({"reason": form.opt("reason")}))).await {
        Ok(_) => Ok(done(&format!("/patients/{patient}"), "patient-restored")),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let mut told = texts(&error, view.locale.language);
            if matches!(error, Error::Conflict(Conflict::Duplicate { .. })) {
                // This form has no field of that name to lead to.
                told.fields.clear();
                told.detail = view.locale.t("patient-restore-duplicate");
            }
            let sheet = Sheet::refused(&view.locale, form, told);
            restoring(&view, patient, sheet, page_status(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The history of a patient who was deleted, for tests and for the gallery.
#[cfg(test)]
pub(super) fn deleted_sample() -> Vec<Revision> {
    let change =
        |field: &str, before: Value, after: Value| aroeira_clinic::FieldChange { field: field.into(), before, after };
    let revision = |version: u32, event: &str, changes: Vec<aroeira_clinic::FieldChange>| Revision {
        version,
        at: "2026-11-20T13:00:00Z".parse().expect("an instant"),
        author_id: "doctor".into(),
        author_name: "Dra. Helena Prado".into(),
        event: event.into(),
        reason: None,
        changes,
    };
    let (name, social) = ("Marcos Vinícius Tavares de Albuquerque", "Marina Tavares de Albuquerque");
    let first = vec![
        change("name", Value::Null, name.into()),
        change("socialName", Value::Null, "Mari Tavares".into()),
        change("birthDate", Value::Null, "1978-04-12".into()),
    ];
    let renamed = vec![change("socialName", "Mari Tavares".into(), social.into())];
    vec![revision(3, "delete", Vec::new()), revision(2, "update", renamed), revision(1, "create", first)]
}

#[cfg(test)]
mod tests {
    use super::super::shell;
    use super::*;

    #[test]
    fn who_is_restored_is_called_as_they_were_last() {
        let shell = || shell::sample(crate::language::Language::PtBr, aroeira_clinic::Role::Admin, "/patients", "");
        let what =
            |history: &[Revision]| restorer(shell(), "id", history, Sheet::new(&shell().locale, Form::default())).what;
        let mut history = deleted_sample();
        assert_eq!(what(&history), "Marina Tavares de Albuquerque (12/04/1978)");
        history[1].changes[0].after = Value::Null;
        assert_eq!(what(&history), "Marcos Vinícius Tavares de Albuquerque (12/04/1978)");
        history.truncate(1);
        assert_eq!(what(&history), "id");
    }
}
