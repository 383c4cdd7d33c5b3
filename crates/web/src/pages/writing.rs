//! Writing and amending a record beside its chart, and the draft that is kept.

use aroeira_clinic::{Conflict, Draft, Error, Input, MedicalRecord, Patient, Precondition, Refusal, access};
use askama::Template;
use axum::extract::{Path, Query};
use http::StatusCode;
use serde_json::{Value, json};

use crate::error::{Answer, page_status, texts};
use crate::routes::{Class, Routes};

use super::banner::Banner;
use super::charts::{self, Entry, RECORD, SYSTEMS, Timeline, Year};
use super::conflict::{meet, resolved};
use super::faults;
use super::form::{Form, Sheet};
use super::locale::{Locale, When};
use super::records::{KINDS, PRIORITIES, writes};
use super::shell::{Shell, View};
use super::{Asked, done, html_as, id, options};

/// Registers the pages that write.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/records/new", Class::Read, new)
        .post("/records/new", Class::Write, create)
        .get("/records/{id}/amend", Class::Read, edit)
        .post("/records/{id}/amend", Class::Write, amend)
        .post("/records/{id}/discard", Class::Write, discard)
}

#[derive(Template)]
#[template(path = "record-form.html")]
pub(super) struct WritePage {
    pub(super) s: Shell,
    pub(super) banner: Banner,
    pub(super) sheet: Sheet,
    /// What the draft is kept under.
    pub(super) target: String,
    /// Version the form was begun on; 0 for a new record.
    pub(super) base: u32,
    /// Of the record that is amended.
    pub(super) id: Option<String>,
    pub(super) once: String,
    /// A change is explained.
    pub(super) needs_reason: bool,
    pub(super) kinds: Vec<(String, String)>,
    pub(super) priorities: Vec<(String, String)>,
    pub(super) systems: Vec<(String, String)>,
    /// What was found again.
    pub(super) draft: Option<When>,
    /// The draft was begun on an older version.
    pub(super) draft_old: bool,
    // For the timeline beside the form.
    pub(super) years: Vec<Year>,
    pub(super) total_text: String,
    pub(super) entry: Option<Entry>,
}

impl WritePage {
    pub(super) fn new(
        s: Shell,
        patient: &Patient,
        timeline: &Timeline,
        record: Option<&MedicalRecord>,
        sheet: Sheet,
    ) -> Self {
        let locale = s.locale.clone();
        let mut sheet = sheet;
        if sheet.values.all("codes.code").is_empty() {
            sheet.values.push("codes.system", SYSTEMS[0].0).push("codes.code", "").push("codes.display", "");
        }
        Self {
            banner: Banner::new(&locale, patient, false),
            target: record.map_or_else(|| format!("new-{}", patient.id), |record| record.id.clone()),
            base: record.map_or(0, |record| record.version),
            id: record.map(|record| record.id.clone()),
            once: String::new(),
            needs_reason: record.is_some_and(|record| record.status != "draft"),
            kinds: options(&locale, "kind", KINDS),
            priorities: options(&locale, "priority", PRIORITIES),
            systems: SYSTEMS.iter().map(|(url, name)| ((*url).to_owned(), (*name).to_owned())).collect(),
            draft: None,
            draft_old: false,
            years: charts::years(&locale, &timeline.records),
            total_text: locale.count("records-count", timeline.total),
            entry: record.map(|record| Entry::new(&locale, record)),
            s,
            sheet,
        }
    }

    /// Says that a draft was found.
    pub(super) fn found(&mut self, draft: &Draft) {
        self.draft = Some(self.s.locale.when(draft.saved_at));
        self.draft_old = draft.base_version != self.base;
    }
}

async fn kept(view: &View, target: &str) -> Result<Option<Draft>, Error> {
    match view.desk.draft(target).await {
        Ok(draft) => Ok(Some(draft)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The form of a record not yet written.
pub(super) fn blank(locale: &Locale, patient: &str) -> Form {
    let mut form = Form::default();
    form.push("patientId", patient)
        .push("type", "consultation")
        .push("priority", "NORMAL")
        .push("date", locale.today_typed())
        .push("time", locale.clock(locale.now));
    form
}

/// The form of a record as it is.
pub(super) fn filled(locale: &Locale, record: &MedicalRecord) -> Form {
    let mut form = Form::default();
    form.push("version", record.version.to_string())
        .push("title", &*record.title)
        .push("type", &*record.kind)
        .push("date", locale.day(&record.date))
        .push("time", locale.hour(&record.date))
        .push("priority", &*record.priority)
        .push("diagnosis", &*record.diagnosis)
        .push("treatment", &*record.treatment)
        .push("notes", &*record.notes);
    for code in record.codes.iter().flatten() {
        form.push("codes.system", &*code.system).push("codes.code", &*code.code).push("codes.display", &*code.display);
    }
    form
}

async fn new(view: View, Query(asked): Query<Asked>) -> Answer {
    if !writes(view.role()) {
        return Err(Error::Denied(Refusal::Role).into());
    }
    let patient = asked.patient.unwrap_or_default();
    let patient = id(&patient)?;
    let draft = kept(&view, &format!("new-{patient}")).await?;
    let mut form = draft.as_ref().map_or_else(|| blank(&view.locale, patient), |draft| Form::from_draft(&draft.fields));
    form.set("patientId", patient);
    let sheet = Sheet::new(&view.locale, form);
    write_new(&view, patient, sheet, draft.as_ref(), StatusCode::OK).await
}

async fn write_new(view: &View, patient: &str, sheet: Sheet, draft: Option<&Draft>, status: StatusCode) -> Answer {
    let seen = view.desk.patient(patient).await?;
    let timeline = charts::timeline(view, patient).await?;
    let s = view.shell("/patients", &view.locale.t("record-new")).await;
    let mut page = WritePage::new(s, &seen.value, &timeline, None, sheet);
    // A form that was refused has no address of its own to come back to.
    page.s.path = format!("/records/new?patient={patient}");
    page.once.clone_from(&view.request_id);
    if let Some(draft) = draft {
        page.found(draft);
    }
    html_as(status, &page)
}

async fn create(view: View, form: Form) -> Answer {
    let patient = form.get("patientId").to_owned();
    let patient = id(&patient)?;
    let target = format!("new-{patient}");
    if let Some(form) = with_row(&form) {
        return write_new(&view, patient, Sheet::new(&view.locale, form), None, StatusCode::OK).await;
    }
    if form.get("_draft") == "keep" {
        view.desk.keep_draft(&target, 0, form.to_draft()).await?;
        return Ok(done(&format!("/patients/{patient}"), "kept"));
    }
    let mut body = body(&view.locale, &form);
    body["patientId"] = patient.into();
    match view.desk.create_record(Input::Json(body), form.opt("_once").as_deref()).await {
        Ok(seen) => {
            view.desk.drop_draft(&target).await?;
            Ok(done(&format!("/records/{}", seen.value.id), "created"))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let sheet = Sheet::refused(&view.locale, form, texts(&error, view.locale.language));
            write_new(&view, patient, sheet, None, page_status(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn edit(view: View, Path(record): Path<String>) -> Answer {
    let record = id(&record)?;
    if !access::allows(view.role(), aroeira_clinic::Action::Update, RECORD) {
        return Err(Error::Denied(Refusal::Role).into());
    }
    let (seen, patient) = view.desk.record_in_chart(record).await?;
    let draft = kept(&view, record).await?;
    let mut form =
        draft.as_ref().map_or_else(|| filled(&view.locale, &seen.value), |draft| Form::from_draft(&draft.fields));
    // A draft begun on an older version meets the newer one when it is saved: nothing is overwritten unseen.
    let base = draft.as_ref().map_or(seen.version, |draft| draft.base_version);
    form.set("version", &base.to_string());
    let sheet = Sheet::new(&view.locale, form);
    editor(&view, &seen.value, &patient.value, sheet, draft.as_ref(), StatusCode::OK).await
}

/// Instead of a form that the desk would refuse: what can be done, a record of one's own.
async fn not_author(view: &View, patient: &str) -> Answer {
    let error = Error::Denied(Refusal::NotAuthor);
    let told = texts(&error, view.locale.language);
    let s = view.shell("/patients", &told.title).await;
    let mut page = faults::page(s, page_status(&error), &told, &view.request_id);
    page.advice = view.locale.t("not-author-advice");
    page.write = Some(patient.to_owned());
    html_as(page_status(&error), &page)
}

async fn editor(
    view: &View,
    record: &MedicalRecord,
    patient: &Patient,
    sheet: Sheet,
    draft: Option<&Draft>,
    status: StatusCode,
) -> Answer {
    if !charts::own(&view.caller.actor.user, record) {
        return not_author(view, &patient.id).await;
    }
    let timeline = charts::timeline(view, &patient.id).await?;
    let s = view.shell("/patients", &view.locale.t("amend")).await;
    let base = sheet.value("version").parse().unwrap_or(record.version);
    let mut page = WritePage::new(s, patient, &timeline, Some(record), sheet);
    if let Some(draft) = draft {
        page.found(draft);
    }
    page.base = base;
    html_as(status, &page)
}

async fn amend(view: View, Path(record): Path<String>, form: Form) -> Answer {
    let record = id(&record)?;
    let base = form.get("version").parse::<u32>().ok();
    if let Some(form) = with_row(&form) {
        let (seen, patient) = view.desk.record_in_chart(record).await?;
        return editor(&view, &seen.value, &patient.value, Sheet::new(&view.locale, form), None, StatusCode::OK).await;
    }
    if form.get("_draft") == "keep" {
        view.desk.keep_draft(record, base.unwrap_or(0), form.to_draft()).await?;
        return Ok(done(&format!("/records/{record}"), "kept"));
    }
    let form = match resolved(&form) {
        Ok(form) => form,
        Err(mine) => return meet(&view, record, mine, true).await,
    };
    let precondition = base.map_or(Precondition::None, Precondition::Version);
    match view.desk.amend_record(record, precondition, Input::Json(body(&view.locale, &form))).await {
        Ok(_) => {
            view.desk.drop_draft(record).await?;
            Ok(done(&format!("/records/{record}"), "amended"))
        }
        Err(Error::Conflict(Conflict::Stale { .. } | Conflict::Version { .. })) => {
            meet(&view, record, form, false).await
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let (seen, patient) = view.desk.record_in_chart(record).await?;
            let sheet = Sheet::refused(&view.locale, form, texts(&error, view.locale.language));
            editor(&view, &seen.value, &patient.value, sheet, None, page_status(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn discard(view: View, Path(target): Path<String>, form: Form) -> Answer {
    let target = id(&target)?;
    view.desk.drop_draft(target).await?;
    Ok(match form.opt("patientId") {
        Some(patient) => done(&format!("/patients/{}", id(&patient)?), "discarded"),
        None => done(&format!("/records/{target}"), "discarded"),
    })
}

fn with_row(form: &Form) -> Option<Form> {
    if form.get("_row") != "codes" {
        return None;
    }
    let mut form = form.clone();
    form.push("codes.system", SYSTEMS[0].0).push("codes.code", "").push("codes.display", "");
    form.set("_row", "");
    Some(form)
}

/// What the desk is sent. Without a button that says otherwise nothing becomes final by accident.
fn body(locale: &Locale, form: &Form) -> Value {
    let mut body = json!({
        "title": form.get("title"),
        "type": form.get("type"),
        "date": locale.typed_moment(form.get("date"), form.get("time")),
        "diagnosis": form.get("diagnosis"),
        "treatment": form.get("treatment"),
        "notes": form.get("notes"),
        "priority": form.get("priority"),
        "status": form.opt("status").unwrap_or_else(|| "draft".into()),
        "codes": codes(form),
    });
    if let Some(reason) = form.opt("reason") {
        body["reason"] = reason.into();
    }
    body
}

fn codes(form: &Form) -> Vec<Value> {
    let (systems, displays) = (form.all("codes.system"), form.all("codes.display"));
    let rows = form.all("codes.code").into_iter().enumerate().filter(|(_, code)| !code.is_empty());
    rows.map(|(i, code)| {
        json!({
            "system": systems.get(i).copied().unwrap_or(SYSTEMS[0].0),
            "code": code,
            "display": displays.get(i).copied().unwrap_or_default(),
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::locale::sample as locale;
    use super::*;
    use crate::language::Language;

    #[test]
    fn a_record_survives_the_form() {
        let record = charts::samples().remove(0);
        let sent = body(&locale(Language::PtBr), &filled(&locale(Language::PtBr), &record));
        assert_eq!(sent["notes"], record.notes.as_str());
        assert_eq!(sent["type"], "return");
        assert_eq!(sent["date"], "2026-11-20T10:00:00-03:00", "the same moment in the clinic's zone");
        assert_eq!(sent["codes"], serde_json::to_value(&record.codes).unwrap());
        assert_eq!(sent["status"], "draft", "nothing becomes final by accident");
        assert!(sent.get("reason").is_none());
    }
}
