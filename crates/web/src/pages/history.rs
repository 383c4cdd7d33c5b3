//! What became of a record: its versions and their differences, deleting and restoring with a reason, and paper.

use aroeira_clinic::{Error, FieldChange, Input, MedicalRecord, Patient, Precondition, Revision, access};
use askama::Template;
use axum::extract::Path;
use serde_json::{Value, json};

use crate::error::{Answer, page_status, texts};
use crate::routes::{Class, Routes};

use super::banner::Banner;
use super::charts::{self, Entry, RECORD};
use super::diff::{self, Piece};
use super::form::{Form, Sheet};
use super::locale::{Locale, When};
use super::merge;
use super::shell::{Shell, View};
use super::{done, html, html_as, id};

/// Registers what looks back.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/records/{id}/history", Class::Read, history)
        .get("/records/{id}/print", Class::Read, print)
        .get("/records/{id}/delete", Class::Read, ask_delete)
        .post("/records/{id}/delete", Class::Write, delete)
        .get("/records/{id}/restore", Class::Read, ask_restore)
        .post("/records/{id}/restore", Class::Write, restore)
}

/// A version and what it changed.
pub(super) struct Step {
    pub(super) version: u32,
    pub(super) event: String,
    pub(super) author: String,
    pub(super) at: When,
    pub(super) reason: Option<String>,
    /// Label, pieces, and whether it is not for this reader.
    pub(super) changes: Vec<(String, Vec<Piece>, bool)>,
}

#[derive(Template)]
#[template(path = "history.html")]
pub(super) struct HistoryPage {
    pub(super) s: Shell,
    /// Absent once the record is deleted.
    pub(super) banner: Option<Banner>,
    pub(super) id: String,
    pub(super) steps: Vec<Step>,
    pub(super) deleted: bool,
    pub(super) may_restore: bool,
}

/// The versions as they are shown.
pub(super) fn steps(locale: &Locale, history: &[Revision]) -> Vec<Step> {
    let step = |revision: &Revision| Step {
        version: revision.version,
        event: locale.t(&format!("event-{}", revision.event)),
        author: revision.author_name.clone(),
        at: locale.when(revision.at),
        reason: revision.reason.as_deref().and_then(charts::seen).filter(|reason| !reason.is_empty()),
        changes: revision.changes.iter().filter(|change| worth(change)).map(|change| changed(locale, change)).collect(),
    };
    history.iter().map(step).collect()
}

/// Fields a reader knows of; the others are bookkeeping.
const FIELDS: &[&str] = &[
    "title",
    "type",
    "date",
    "diagnosis",
    "treatment",
    "notes",
    "priority",
    "status",
    "codes",
    "patientId",
    "authorId",
];

fn worth(change: &FieldChange) -> bool {
    FIELDS.contains(&change.field.as_str()) && change.before != change.after
}

fn changed(locale: &Locale, change: &FieldChange) -> (String, Vec<Piece>, bool) {
    let covered = change.before == "***" || change.after == "***";
    let (before, after) = (told(locale, &change.field, &change.before), told(locale, &change.field, &change.after));
    let label = match change.field.as_str() {
        "patientId" => locale.t("patient"),
        "authorId" => locale.t("author"),
        field => locale.t(field),
    };
    (label, if covered { Vec::new() } else { diff::words(&before, &after) }, covered)
}

/// A value of a change as it is read.
fn told(locale: &Locale, field: &str, value: &Value) -> String {
    let text = merge::plain(value);
    match field {
        _ if text.is_empty() => text,
        "type" => locale.t(&format!("kind-{text}")),
        "priority" => locale.t(&format!("priority-{text}")),
        "status" => locale.t(&format!("status-{text}")),
        "date" => locale.date(&text),
        "codes" => {
            let line = |code: &Value| {
                let part = |name: &str| code[name].as_str().unwrap_or_default();
                format!("{} {} {}", charts::system(part("system")), part("code"), part("display")).trim_end().to_owned()
            };
            value.as_array().map(|codes| codes.iter().map(line).collect::<Vec<_>>().join("\n")).unwrap_or(text)
        }
        _ => text,
    }
}

async fn history(view: View, Path(record): Path<String>) -> Answer {
    let record = id(&record)?;
    let history = view.desk.record_history(record).await?.value;
    let deleted = history.first().is_some_and(|last| last.event == "delete");
    let banner = match deleted {
        true => None,
        false => Some(Banner::new(&view.locale, &view.desk.record_in_chart(record).await?.1.value, false)),
    };
    let s = view.shell(charts::tab(&view), &view.locale.t("history")).await;
    html(&HistoryPage {
        banner,
        id: record.to_owned(),
        steps: steps(&view.locale, &history),
        deleted,
        may_restore: deleted && access::allows(view.role(), aroeira_clinic::Action::Restore, RECORD),
        s,
    })
}

#[derive(Template)]
#[template(path = "print.html")]
pub(super) struct PrintPage {
    pub(super) s: Shell,
    pub(super) banner: Banner,
    pub(super) entry: Entry,
    /// The author's council and number, where they have one.
    pub(super) council: Option<String>,
    pub(super) printed: String,
}

async fn print(view: View, Path(record): Path<String>) -> Answer {
    let sheet = view.desk.print_record(id(&record)?).await?;
    let s = view.shell(charts::tab(&view), &view.locale.t("print")).await;
    html(&paper(s, &sheet.record.value, &sheet.patient.value, sheet.council))
}

/// A record on paper.
pub(super) fn paper(s: Shell, record: &MedicalRecord, patient: &Patient, council: Option<String>) -> PrintPage {
    let locale = s.locale.clone();
    PrintPage {
        banner: Banner::new(&locale, patient, false),
        entry: Entry::new(&locale, record),
        council,
        printed: locale.moment(locale.now),
        s,
    }
}

/// Deleting and restoring: a reason instead of "are you sure?".
#[derive(Template)]
#[template(path = "reason.html")]
pub(super) struct ReasonPage {
    pub(super) s: Shell,
    pub(super) banner: Option<Banner>,
    pub(super) sheet: Sheet,
    /// Where the form goes, up to the verb: `/records/{id}`.
    pub(super) place: String,
    pub(super) version: u32,
    /// `delete` or `restore`.
    pub(super) verb: &'static str,
    /// The key of what is said of it.
    pub(super) text: &'static str,
    pub(super) what: String,
    /// Who deleted it, and when.
    pub(super) gone: Option<(String, When)>,
    pub(super) back: String,
}

async fn ask_delete(view: View, Path(record): Path<String>) -> Answer {
    let record = id(&record)?;
    if !access::allows(view.role(), aroeira_clinic::Action::Delete, RECORD) {
        return Err(Error::Denied(aroeira_clinic::Refusal::Role).into());
    }
    let sheet = Sheet::new(&view.locale, Form::default());
    deleting(&view, record, sheet, axum::http::StatusCode::OK).await
}

async fn deleting(view: &View, record: &str, sheet: Sheet, status: http::StatusCode) -> Answer {
    let (seen, patient) = view.desk.record_in_chart(record).await?;
    let entry = Entry::new(&view.locale, &seen.value);
    let page = ReasonPage {
        banner: Some(Banner::new(&view.locale, &patient.value, false)),
        version: seen.version,
        what: format!("{} ({})", entry.title, entry.date.exact),
        gone: None,
        back: format!("/records/{record}"),
        place: format!("/records/{record}"),
        verb: "delete",
        text: "delete-text",
        sheet,
        s: view.shell(charts::tab(view), &view.locale.t("record-delete")).await,
    };
    html_as(status, &page)
}

async fn delete(view: View, Path(record): Path<String>, form: Form) -> Answer {
    let record = id(&record)?;
    let precondition = form.get("version").parse().map_or(Precondition::None, Precondition::Version);
    let patient = view.desk.record(record).await?.value.patient_id;
    match view.desk.delete_record(record, precondition, form.opt("reason").as_deref()).await {
        Ok(()) => Ok(done(&format!("/patients/{patient}"), "deleted")),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let sheet = Sheet::refused(&view.locale, form, texts(&error, view.locale.language));
            deleting(&view, record, sheet, page_status(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask_restore(view: View, Path(record): Path<String>) -> Answer {
    let record = id(&record)?;
    if !access::allows(view.role(), aroeira_clinic::Action::Restore, RECORD) {
        return Err(Error::Denied(aroeira_clinic::Refusal::Role).into());
    }
    let sheet = Sheet::new(&view.locale, Form::default());
    html(&restoring(&view, record, sheet).await)
}

async fn restoring(view: &View, record: &str, sheet: Sheet) -> ReasonPage {
    ReasonPage {
        banner: None,
        version: 0,
        what: String::new(),
        gone: None,
        back: format!("/records/{record}/history"),
        place: format!("/records/{record}"),
        verb: "restore",
        text: "restore-text",
        sheet,
        s: view.shell(charts::tab(view), &view.locale.t("record-restore")).await,
    }
}

async fn restore(view: View, Path(record): Path<String>, form: Form) -> Answer {
    let record = id(&record)?;
    match view.desk.restore_record(record, Input::Json(json!({"reason": form.opt("reason")}))).await {
        Ok(_) => Ok(done(&format!("/records/{record}"), "restored")),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let sheet = Sheet::refused(&view.locale, form, texts(&error, view.locale.language));
            html_as(page_status(&error), &restoring(&view, record, sheet).await)
        }
        Err(error) => Err(error.into()),
    }
}

/// A history for tests and for the gallery.
#[cfg(test)]
pub(super) fn sample() -> Vec<Revision> {
    let change = |field: &str, before: Value, after: Value| FieldChange { field: field.into(), before, after };
    let revision = |version: u32, event: &str, at: &str, reason: Option<&str>, changes: Vec<FieldChange>| Revision {
        version,
        at: at.parse().expect("an instant"),
        author_id: "doctor".into(),
        author_name: "Dra. Helena Prado".into(),
        event: event.into(),
        reason: reason.map(str::to_owned),
        changes,
    };
    let codes = json!([{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10", "display": "Hipertensão essencial (primária)"}]);
    vec![
        revision(
            2,
            "update",
            "2026-11-20T13:12:00Z",
            Some("Dose da metformina corrigida conforme prescrição."),
            vec![
                change(
                    "treatment",
                    "Manter losartana 50 mg de 12/12 h.\nAumentar metformina para 500 mg de 8/8 h.".into(),
                    "Manter losartana 50 mg de 12/12 h.\nAumentar metformina para 850 mg de 8/8 h, após as refeições."
                        .into(),
                ),
                change("priority", "HIGH".into(), "NORMAL".into()),
            ],
        ),
        revision(
            1,
            "create",
            "2026-11-20T13:00:00Z",
            None,
            vec![
                change("title", Value::Null, "Retorno: hipertensão e diabetes".into()),
                change("type", Value::Null, "return".into()),
                change("codes", Value::Null, codes),
                change("updatedAt", Value::Null, "2026-11-20T13:00:00Z".into()),
            ],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::locale::sample as locale;
    use super::*;
    use crate::language::Language;

    #[test]
    fn each_version_says_what_it_changed_in_words() {
        let steps = steps(&locale(Language::PtBr), &sample());
        assert_eq!(steps.len(), 2);
        let (label, pieces, covered) = &steps[0].changes[1];
        assert_eq!((label.as_str(), *covered), ("Prioridade", false));
        assert_eq!(pieces, &[Piece::Gone("Alta".into()), Piece::New("Normal".into())]);
        let labels: Vec<&str> = steps[1].changes.iter().map(|(label, ..)| label.as_str()).collect();
        assert_eq!(labels, ["Título", "Tipo", "Códigos"], "bookkeeping is left out");
        assert_eq!(steps[1].changes[2].1, [Piece::New("CID-10 I10 Hipertensão essencial (primária)".into())]);
    }

    #[test]
    fn covered_changes_are_said_to_be_covered() {
        let change = FieldChange { field: "notes".into(), before: Value::Null, after: "***".into() };
        let (_, pieces, covered) = changed(&locale(Language::PtBr), &change);
        assert!(covered && pieces.is_empty());
    }
}
