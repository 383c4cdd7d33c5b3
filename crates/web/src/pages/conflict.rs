//! The page where two versions of a record meet: what only one of them changed is settled, what both changed is chosen.

use aroeira_clinic::{MedicalRecord, Patient};
use askama::Template;
use http::StatusCode;

use crate::error::Answer;

use super::banner::Banner;
use super::charts;
use super::diff::{self, Piece};
use super::form::Form;
use super::html_as;
use super::locale::{Locale, When};
use super::merge::{self, Outcome};
use super::shell::{Shell, View};

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
pub(super) async fn meet(view: &View, record: &str, form: Form, missing: bool) -> Answer {
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
pub(super) fn resolved(form: &Form) -> Result<Form, Form> {
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
    use super::super::writing::filled;
    use super::*;
    use crate::language::Language;
    use serde_json::Value;

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
