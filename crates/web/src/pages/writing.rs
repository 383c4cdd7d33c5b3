//! Writing and amending a record beside its chart: the draft that is kept, and the page where two versions meet.

use aroeira_clinic::{Conflict, Draft, Error, Input, MedicalRecord, Patient, Precondition, Refusal, access};
use askama::Template;
use axum::extract::{Path, Query};
use http::StatusCode;
use serde_json::{Value, json};

use crate::error::{Answer, page_status, texts};
use crate::routes::{Class, Routes};

use super::banner::Banner;
use super::charts::{self, Entry, RECORD, SYSTEMS, Timeline, Year};
use super::diff::{self, Piece};
use super::faults;
use super::form::{Form, Sheet};
use super::locale::{Locale, When};
use super::merge::{self, Outcome};
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

/// The parts of a record that are chosen one by one where two versions meet.
const PARTS: &[&str] = &["title", "type", "date", "priority", "diagnosis", "treatment", "notes", "codes"];

/// A part that both changed.
pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) mine: String,
    pub(super) theirs: String,
    /// From theirs to mine.
    pub(super) pieces: Vec<Piece>,
    /// What was chosen so far.
    pub(super) picked: String,
}

#[derive(Template)]
#[template(path = "conflict.html")]
pub(super) struct ConflictPage {
    pub(super) s: Shell,
    pub(super) banner: Banner,
    pub(super) id: String,
    pub(super) version: u32,
    /// Version this doctor's text was begun on.
    pub(super) base: u32,
    pub(super) author: String,
    /// The other text is this reader's too, from another window.
    pub(super) own: bool,
    pub(super) saved: When,
    pub(super) choices: Vec<Choice>,
    /// Parts only one of the two changed: label, text, and whether it is theirs.
    pub(super) settled: Vec<(String, String, bool)>,
    /// Fields posted as they are.
    pub(super) hidden: Vec<(String, String)>,
    pub(super) status: String,
    /// A choice is missing.
    pub(super) missing: bool,
    pub(super) needs_reason: bool,
    pub(super) reason: String,
}

/// A code for each line: what is compared and chosen as one text.
fn code_lines<'a>(rows: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> String {
    rows.map(|(system, code, display)| format!("{system} | {code} | {display}")).collect::<Vec<_>>().join("\n")
}

/// The parts of a form, in the order of [`PARTS`].
fn parts_of(locale: &Locale, form: &Form) -> Vec<String> {
    let (systems, displays) = (form.all("codes.system"), form.all("codes.display"));
    let rows = form.all("codes.code").into_iter().enumerate().filter(|(_, code)| !code.is_empty());
    let lines = code_lines(rows.map(|(i, code)| {
        (systems.get(i).copied().unwrap_or_default(), code, displays.get(i).copied().unwrap_or_default())
    }));
    let part = |name: &&str| match *name {
        "codes" => lines.clone(),
        "date" => locale.typed_moment(form.get("date"), form.get("time")),
        name => form.get(name).replace("\r\n", "\n"),
    };
    PARTS.iter().map(part).collect()
}

/// The parts of a record.
fn parts_of_record(record: &MedicalRecord) -> Vec<String> {
    let codes = record.codes.iter().flatten();
    let lines = code_lines(codes.map(|code| (code.system.as_str(), code.code.as_str(), code.display.as_str())));
    let part = |name: &&str| match *name {
        "title" => record.title.clone(),
        "type" => record.kind.clone(),
        "date" => record.date.clone(),
        "priority" => record.priority.clone(),
        "diagnosis" => record.diagnosis.clone(),
        "treatment" => record.treatment.clone(),
        "notes" => record.notes.clone(),
        _ => lines.clone(),
    };
    PARTS.iter().map(part).collect()
}

/// Two dates that mean the same moment are the same: a form writes the clinic's offset, a record any.
fn same_moment(a: &str, b: &str) -> bool {
    a.parse::<aroeira_fhir::Instant>()
        .ok()
        .zip(b.parse::<aroeira_fhir::Instant>().ok())
        .is_some_and(|(a, b)| a.0 / 60_000 == b.0 / 60_000)
}

/// What the history says a part was at `base`; codes are compared as they are now, because a history tells them whole.
fn base_of(name: &str, base: u32, theirs: &str, history: &[aroeira_clinic::Revision]) -> String {
    if name != "codes" {
        return merge::at_base(name, base, theirs, history);
    }
    let text = merge::at_base(name, base, "\u{0}", history);
    match serde_json::from_str::<Vec<aroeira_clinic::Code>>(&text) {
        Ok(codes) => {
            code_lines(codes.iter().map(|code| (code.system.as_str(), code.code.as_str(), code.display.as_str())))
        }
        Err(_) if text.is_empty() => String::new(),
        Err(_) => theirs.to_owned(),
    }
}

/// The page where two versions meet. What was typed is kept as a draft first: nothing here can be lost.
async fn meet(view: &View, record: &str, form: Form, missing: bool) -> Answer {
    let base = form.get("version").parse().unwrap_or(0);
    view.desk.keep_draft(record, base, form.to_draft()).await?;
    let (seen, patient) = view.desk.record_in_chart(record).await?;
    let history = view.desk.record_history(record).await?.value;
    let s = view.shell("/patients", &view.locale.t("conflict")).await;
    let mut page = conflict(s, &patient.value, &seen.value, &history, &form, base, missing);
    page.own = history.first().is_some_and(|last| last.author_id == view.caller.actor.user);
    html_as(StatusCode::CONFLICT, &page)
}

/// What was chosen before is still chosen; what only one of the two changed is settled.
pub(super) fn conflict(
    s: Shell,
    patient: &Patient,
    record: &MedicalRecord,
    history: &[aroeira_clinic::Revision],
    form: &Form,
    base: u32,
    missing: bool,
) -> ConflictPage {
    let locale = s.locale.clone();
    let (mine, theirs) = (parts_of(&locale, form), parts_of_record(record));
    let (mut choices, mut settled, mut hidden) = (Vec::new(), Vec::new(), Vec::new());
    for ((name, mine), theirs) in PARTS.iter().zip(mine).zip(theirs) {
        let mine = if *name == "date" && same_moment(&mine, &theirs) { theirs.clone() } else { mine };
        let label = locale.t(name);
        match merge::settle(&base_of(name, base, &theirs, history), &mine, &theirs) {
            Outcome::Settled(text) => {
                if mine != theirs {
                    settled.push((label, shown(&locale, name, &text), text == theirs));
                }
                hidden.push((format!("part.{name}"), text));
            }
            Outcome::Open { mine, theirs } => {
                hidden.push((format!("mine.{name}"), mine.clone()));
                hidden.push((format!("theirs.{name}"), theirs.clone()));
                let (mine, theirs) = (shown(&locale, name, &mine), shown(&locale, name, &theirs));
                let pieces = diff::words(&theirs, &mine);
                let picked = form.get(&format!("pick.{name}")).to_owned();
                choices.push(Choice { name, label, mine, theirs, pieces, picked });
            }
        }
    }
    ConflictPage {
        banner: Banner::new(&locale, patient, false),
        id: record.id.clone(),
        version: record.version,
        base,
        author: history.first().map_or_else(|| record.author_name.clone(), |last| last.author_name.clone()),
        own: false,
        saved: locale.when(record.updated_at),
        choices,
        settled,
        hidden,
        status: form.opt("status").unwrap_or_else(|| "draft".into()),
        missing,
        needs_reason: record.status != "draft",
        reason: form.get("reason").to_owned(),
        s,
    }
}

/// A part as it is read.
fn shown(locale: &Locale, name: &str, text: &str) -> String {
    match name {
        "type" => locale.t(&format!("kind-{text}")),
        "priority" => locale.t(&format!("priority-{text}")),
        "date" => locale.date(text),
        "codes" => text
            .lines()
            .map(|line| {
                let mut columns = line.splitn(3, " | ");
                let system = charts::system(columns.next().unwrap_or_default());
                format!("{system} {}", columns.collect::<Vec<_>>().join(" "))
            })
            .collect::<Vec<_>>()
            .join("\n"),
        _ => text.to_owned(),
    }
}

/// A form posted from the page where two versions meet becomes the form of the record again; others stay as they are.
/// `Err` where a choice is missing: with this doctor's text, the choices made and the version it was begun on.
fn resolved(form: &Form) -> Result<Form, Form> {
    if form.get("_resolve").is_empty() {
        return Ok(form.clone());
    }
    let mut out = Form::default();
    for name in ["version", "status", "reason"] {
        out.push(name, form.get(name));
    }
    let mut missing = false;
    for name in PARTS {
        let settled = form.opt(&format!("part.{name}"));
        let open = !form.all(&format!("mine.{name}")).is_empty();
        let text = match (open, form.get(&format!("pick.{name}"))) {
            (false, _) => settled.unwrap_or_default(),
            (true, pick @ ("mine" | "theirs")) => form.get(&format!("{pick}.{name}")).to_owned(),
            (true, _) => {
                missing = true;
                form.get(&format!("mine.{name}")).to_owned()
            }
        };
        match *name {
            "codes" => text.lines().for_each(|line| {
                let mut columns = line.splitn(3, " | ");
                for column in ["codes.system", "codes.code", "codes.display"] {
                    out.push(column, columns.next().unwrap_or_default());
                }
            }),
            name => {
                out.push(name, text);
            }
        }
    }
    if !missing {
        return Ok(out);
    }
    for name in PARTS {
        // A part chosen already stays this doctor's text too: the page asks for all of them again.
        let mine = form.get(&format!("mine.{name}"));
        if *name != "codes" && !mine.is_empty() {
            out.set(name, mine);
        }
        out.push(format!("pick.{name}"), form.get(&format!("pick.{name}")));
    }
    out.set("version", form.get("_base"));
    Err(out)
}

#[cfg(test)]
mod tests {
    use super::super::banner;
    use super::super::locale::sample as locale;
    use super::super::shell;
    use super::*;
    use crate::language::Language;

    fn shell() -> Shell {
        shell::sample(Language::PtBr, aroeira_clinic::Role::Doctor, "/patients", "x")
    }

    fn revision(version: u32, field: &str, before: Value, after: Value) -> aroeira_clinic::Revision {
        aroeira_clinic::Revision {
            version,
            at: aroeira_fhir::Instant(0),
            author_id: "other".into(),
            author_name: "Dr. Tomás Brandão".into(),
            event: "update".into(),
            reason: None,
            changes: vec![aroeira_clinic::FieldChange { field: field.into(), before, after }],
        }
    }

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

    #[test]
    fn only_what_both_changed_is_to_be_chosen() {
        let mut record = charts::samples().remove(0);
        let mut form = filled(&locale(Language::PtBr), &record);
        let (notes, treatment) = (record.notes.clone(), record.treatment.clone());
        form.set("notes", "Minhas anotações.");
        form.set("diagnosis", "Meu diagnóstico.");
        record.version = 3;
        record.notes = "Anotações de outra pessoa.".into();
        record.treatment = "Conduta de outra pessoa.".into();
        let history = [
            revision(3, "notes", notes.into(), "Anotações de outra pessoa.".into()),
            revision(3, "treatment", treatment.into(), "Conduta de outra pessoa.".into()),
        ];
        let page = conflict(shell(), &banner::sample(), &record, &history, &form, 2, false);
        let open: Vec<&str> = page.choices.iter().map(|choice| choice.name).collect();
        assert_eq!(open, ["notes"]);
        let settled: Vec<(&str, bool)> =
            page.settled.iter().map(|(_, text, theirs)| (text.as_str(), *theirs)).collect();
        assert_eq!(settled, [("Meu diagnóstico.", false), ("Conduta de outra pessoa.", true)]);

        // And what the page posts is the form again, with the choice made.
        let mut posted = Form::default();
        posted.push("_resolve", "1").push("version", "3").push("status", "final").push("reason", "r");
        for (name, value) in &page.hidden {
            posted.push(name.as_str(), value.as_str());
        }
        posted.push("_base", "2");
        let again = resolved(&posted).expect_err("nothing was chosen yet");
        assert_eq!((again.get("version"), again.get("notes")), ("2", "Minhas anotações."));
        posted.push("pick.notes", "mine");
        let form = resolved(&posted).unwrap();
        assert_eq!(form.get("notes"), "Minhas anotações.");
        assert_eq!(form.get("treatment"), "Conduta de outra pessoa.");
        assert_eq!(form.get("diagnosis"), "Meu diagnóstico.");
        assert_eq!(form.all("codes.code"), ["I10", "E11.9"]);
    }
}
