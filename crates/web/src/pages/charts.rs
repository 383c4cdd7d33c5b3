//! The chart of a patient: banner, timeline, the chosen record, and what its records have in common.

use aroeira_clinic::{Action, Error, MedicalRecord, Patient, RecordQuery, Refusal, Role, access};
use askama::Template;
use axum::extract::{Path, Query};
use http::StatusCode;

use crate::context::redirect;
use crate::error::Answer;
use crate::routes::{Class, Routes};

use super::banner::Banner;
use super::emergency;
use super::form::Form;
use super::locale::{Locale, When};
use super::shell::{Shell, View};
use super::{Asked, html, id};

/// How many records a timeline shows at first.
const SHOWN: u32 = 60;
/// The type medical records are kept as.
pub(super) const RECORD: &str = "Composition";

/// Registers charts and the records in them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/patients/{id}", Class::Read, chart).post("/patients/{id}", Class::Read, older).get(
        "/records/{id}",
        Class::Read,
        record,
    )
}

/// A record as pages show it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) version: u32,
    pub(super) patient_name: String,
    /// The kind's words where the title is not for this reader.
    pub(super) title: String,
    pub(super) kind: String,
    pub(super) date: When,
    /// `21/11` and the year.
    pub(super) day: (String, String),
    pub(super) priority: String,
    pub(super) priority_text: String,
    pub(super) status: String,
    pub(super) status_text: String,
    pub(super) author_name: String,
    pub(super) updated: When,
    /// Label and text; nothing where it is not for this reader.
    pub(super) sections: Vec<(String, Option<String>)>,
    pub(super) codes: Option<Vec<(String, String, String)>>,
    pub(super) reason: Option<String>,
    /// Something of it is covered.
    pub(super) covered: bool,
}

/// The text of a field, unless it is covered.
pub(super) fn seen(text: &str) -> Option<String> {
    (text != "***").then(|| text.to_owned())
}

/// A code system as clinicians call it.
pub(super) fn system(url: &str) -> String {
    let known = SYSTEMS.iter().find(|(known, _)| *known == url).map(|(_, name)| *name);
    known.unwrap_or_else(|| url.rsplit('/').next().unwrap_or(url)).to_owned()
}

/// Code systems a record is coded with, as clinicians call them.
pub(super) const SYSTEMS: &[(&str, &str)] = &[
    ("http://hl7.org/fhir/sid/icd-10", "CID-10"),
    ("http://www.saude.gov.br/fhir/r4/CodeSystem/BRCID10", "CID-10 (BR)"),
    ("http://www.saude.gov.br/fhir/r4/CodeSystem/BRCIAP2", "CIAP-2"),
    ("http://www.saude.gov.br/fhir/r4/CodeSystem/BRTabelaSUS", "SIGTAP"),
    ("http://loinc.org", "LOINC"),
    ("http://snomed.info/sct", "SNOMED CT"),
];

impl Entry {
    /// A record as this reader sees it.
    pub(super) fn new(locale: &Locale, record: &MedicalRecord) -> Self {
        let kind = known(locale, "kind", &record.kind);
        let section = |key: &str, text: &str| (locale.t(key), seen(text));
        Self {
            id: record.id.clone(),
            version: record.version,
            patient_name: record.patient_name.clone(),
            title: seen(&record.title).filter(|title| !title.is_empty()).unwrap_or_else(|| kind.clone()),
            kind,
            date: locale.when_text(&record.date),
            day: locale.day_and_year(&record.date),
            priority_text: known(locale, "priority", &record.priority),
            priority: record.priority.clone(),
            status_text: known(locale, "status", &record.status),
            status: record.status.clone(),
            author_name: record.author_name.clone(),
            updated: locale.when(record.updated_at),
            sections: vec![
                section("diagnosis", &record.diagnosis),
                section("treatment", &record.treatment),
                section("notes", &record.notes),
            ],
            codes: record.codes.as_ref().map(|codes| {
                codes.iter().map(|code| (system(&code.system), code.code.clone(), code.display.clone())).collect()
            }),
            reason: record.reason.as_deref().and_then(seen).filter(|reason| !reason.is_empty()),
            covered: !record.masked.is_empty(),
        }
    }

    /// The look of its priority.
    pub(super) fn tone(&self) -> &'static str {
        match self.priority.as_str() {
            "CRITICAL" => "danger",
            "HIGH" => "warn",
            _ => "plain",
        }
    }

    /// Whether its priority is worth saying in a list.
    pub(super) fn urgent(&self) -> bool {
        matches!(self.priority.as_str(), "CRITICAL" | "HIGH")
    }
}

/// The words of a code; covered and unknown ones as they should look.
fn known(locale: &Locale, prefix: &str, code: &str) -> String {
    if code == "***" || code.is_empty() {
        return locale.t("protected");
    }
    locale.t(&format!("{prefix}-{code}"))
}

/// The records of a year, the newest first.
pub(super) struct Year {
    pub(super) year: String,
    pub(super) entries: Vec<Entry>,
}

/// Records in the order they came, a group for each year.
pub(super) fn years(locale: &Locale, records: &[MedicalRecord]) -> Vec<Year> {
    let mut years: Vec<Year> = Vec::new();
    for record in records {
        let entry = Entry::new(locale, record);
        match years.last_mut().filter(|last| last.year == entry.day.1) {
            Some(last) => last.entries.push(entry),
            None => years.push(Year { year: entry.day.1.clone(), entries: vec![entry] }),
        }
    }
    years
}

/// A code seen in the records.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) display: String,
    pub(super) times: String,
    pub(super) last: String,
}

/// The codes of the records, the most frequent first; none where codes are not for this reader.
pub(super) fn problems(locale: &Locale, records: &[MedicalRecord]) -> Vec<Problem> {
    let mut found: Vec<(String, String, u64, String)> = Vec::new();
    for record in records {
        for code in record.codes.iter().flatten() {
            match found.iter_mut().find(|(known, ..)| *known == code.code) {
                Some((_, display, times, _)) => {
                    *times += 1;
                    if display.is_empty() {
                        display.clone_from(&code.display);
                    }
                }
                None => found.push((code.code.clone(), code.display.clone(), 1, locale.day(&record.date))),
            }
        }
    }
    found.sort_by_key(|problem| std::cmp::Reverse(problem.2));
    let shown = found.into_iter().take(12);
    shown.map(|(code, display, n, last)| Problem { code, display, times: locale.count("times", n), last }).collect()
}

#[derive(Template)]
#[template(path = "chart.html", blocks = ["record"])]
pub(super) struct ChartPage {
    pub(super) s: Shell,
    pub(super) banner: Banner,
    pub(super) years: Vec<Year>,
    pub(super) total: u64,
    pub(super) total_text: String,
    pub(super) older: Option<String>,
    pub(super) newest: bool,
    pub(super) entry: Option<Entry>,
    pub(super) problems: Vec<Problem>,
    /// Label and value.
    pub(super) facts: Vec<(String, String)>,
    pub(super) may: May,
}

/// What the reader may do with the chosen record and its patient.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct May {
    pub(super) write: bool,
    pub(super) amend: bool,
    pub(super) delete: bool,
    pub(super) edit_patient: bool,
    /// Would, but another wrote it.
    pub(super) not_author: bool,
    /// Only that records exist is for this role.
    pub(super) covered: bool,
}

impl May {
    /// By role, and by authorship. The desk asks again.
    pub(super) fn of(role: Role, user: &str, record: Option<&MedicalRecord>) -> Self {
        let can = |action| access::allows(role, action, RECORD);
        let own = record.is_none_or(|record| own(user, record));
        Self {
            write: can(Action::Create),
            amend: record.is_some() && can(Action::Update) && own,
            delete: record.is_some() && can(Action::Delete) && own,
            edit_patient: access::allows(role, Action::Update, "Patient"),
            not_author: can(Action::Update) && !own,
            covered: record.is_some_and(|record| !record.masked.is_empty()),
        }
    }
}

/// Whether a reader may have written a record. One that names nobody is left to the desk, which looks further.
pub(super) fn own(user: &str, record: &MedicalRecord) -> bool {
    record.author_id.is_empty() || record.author_id == user
}

impl ChartPage {
    /// A chart with its newest record, or another one, open.
    pub(super) fn new(
        s: Shell,
        patient: &Patient,
        timeline: &Timeline,
        chosen: Option<&MedicalRecord>,
        may: May,
    ) -> Self {
        let locale = s.locale.clone();
        Self {
            banner: Banner::new(&locale, patient, may.write),
            years: years(&locale, &timeline.records),
            total: timeline.total,
            total_text: locale.count("records-count", timeline.total),
            older: timeline.older.clone(),
            newest: timeline.newest,
            entry: chosen.map(|record| Entry::new(&locale, record)),
            problems: problems(&locale, &timeline.records),
            facts: facts(&locale, patient),
            may,
            s,
        }
    }
}

/// A stretch of a patient's records.
pub(super) struct Timeline {
    pub(super) records: Vec<MedicalRecord>,
    pub(super) total: u64,
    pub(super) older: Option<String>,
    /// Begins with the newest.
    pub(super) newest: bool,
}

/// How to reach the patient, where the reader may know.
fn facts(locale: &Locale, patient: &Patient) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    for contact in &patient.contacts {
        facts.push((locale.t(&format!("system-{}", contact.system)), contact.value.clone()));
    }
    let address = &patient.address;
    let place = [address.city.as_str(), address.state.as_str()].into_iter().filter(|text| !text.is_empty());
    let parts = [address.line.clone(), address.district.clone(), place.collect::<Vec<_>>().join("/")];
    let text = parts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    if !text.is_empty() {
        facts.push((locale.t("address"), text));
    }
    facts.into_iter().filter(|(_, value)| value != "***").collect()
}

/// `NotInCare` is answered with the form that opens the chart.
async fn or_break_glass(view: &View, patient: &str, error: Error) -> Answer {
    match error {
        Error::Denied(Refusal::NotInCare) => emergency::ask(view, patient, StatusCode::FORBIDDEN).await,
        error => Err(error.into()),
    }
}

async fn chart(view: View, Path(patient): Path<String>, Query(asked): Query<Asked>) -> Answer {
    shown(&view, id(&patient)?, None, asked.done.as_deref()).await
}

async fn older(view: View, Path(patient): Path<String>, form: Form) -> Answer {
    shown(&view, id(&patient)?, form.opt("cursor"), None).await
}

async fn shown(view: &View, patient: &str, cursor: Option<String>, told: Option<&str>) -> Answer {
    let newest = cursor.is_none();
    let query = RecordQuery { limit: Some(SHOWN), cursor, ..RecordQuery::default() };
    let chart = match view.desk.chart(patient, query).await {
        Ok(chart) => chart,
        Err(Error::Gone) if access::allows(view.role(), Action::Restore, "Patient") => {
            return Ok(redirect(&format!("/patients/{patient}/restore")));
        }
        Err(error) => return or_break_glass(view, patient, error).await,
    };
    let page = chart.timeline;
    let timeline = Timeline { records: page.items, total: page.total, older: page.next_cursor, newest };
    let first = timeline.records.first();
    let may = May::of(view.role(), &view.caller.actor.user, first);
    let mut s = view.shell(tab(view), &view.locale.t("chart")).await;
    s.after(told, format!("new-{patient}"));
    html(&ChartPage::new(s, &chart.patient.value, &timeline, first, may))
}

/// The tab that charts and all within them belong to.
pub(super) fn tab(view: &View) -> &'static str {
    if view.role() == Role::Patient { "/" } else { "/patients" }
}

async fn record(view: View, Path(record): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let record = id(&record)?;
    let (seen, patient) = match view.desk.record_in_chart(record).await {
        Ok(both) => both,
        Err(Error::Gone) if access::allows(view.role(), Action::Restore, RECORD) => {
            return restore_first(&view, record).await;
        }
        Err(error) => return Err(error.into()),
    };
    let may = May::of(view.role(), &view.caller.actor.user, Some(&seen.value));
    // A part is the record alone: the timeline beside it is there already.
    let timeline = if view.part {
        Timeline { records: Vec::new(), total: 0, older: None, newest: true }
    } else {
        timeline(&view, &patient.value.id).await?
    };
    let mut s = view.shell(tab(&view), &view.locale.t("chart")).await;
    s.after(asked.done.as_deref(), format!("{record} new-{}", patient.value.id));
    let page = ChartPage::new(s, &patient.value, &timeline, Some(&seen.value), may);
    if view.part { html(&page.as_record()) } else { html(&page) }
}

/// To what is deleted: the record, or the patient of one that is not.
async fn restore_first(view: &View, record: &str) -> Answer {
    match view.desk.record(record).await {
        Ok(seen) => Ok(redirect(&format!("/patients/{}/restore", seen.value.patient_id))),
        Err(Error::Gone) => Ok(redirect(&format!("/records/{record}/restore"))),
        Err(error) => Err(error.into()),
    }
}

/// The newest records of a patient.
pub(super) async fn timeline(view: &View, patient: &str) -> Result<Timeline, Error> {
    let query = RecordQuery { patient_id: Some(patient.to_owned()), limit: Some(SHOWN), ..RecordQuery::default() };
    let page = view.desk.records(query).await?;
    Ok(Timeline { records: page.items, total: page.total, older: page.next_cursor, newest: true })
}

/// Believable records for tests and for the gallery.
#[cfg(test)]
pub(super) fn samples() -> Vec<MedicalRecord> {
    let code = |code: &str, display: &str| aroeira_clinic::Code {
        system: "http://hl7.org/fhir/sid/icd-10".into(),
        code: code.into(),
        display: display.into(),
    };
    let record = |n: u32, title: &str, kind: &str, date: &str, priority: &str, status: &str| {
        MedicalRecord {
        id: format!("rec-{n}"),
        version: 2,
        patient_id: "0190f3c2-7b9e-7c3a-9d5e-1f2a3b4c5d6e".into(),
        patient_name: "Marina Tavares de Albuquerque".into(),
        title: title.into(),
        kind: kind.into(),
        date: date.into(),
        diagnosis: "Hipertensão arterial sistêmica em estágio 1, sem lesão de órgão-alvo. Diabetes mellitus tipo 2 com controle parcial (HbA1c 7,6%).".into(),
        treatment: "Manter losartana 50 mg de 12/12 h.\nAumentar metformina para 850 mg de 8/8 h, após as refeições.\nOrientada dieta hipossódica, caminhada de 30 minutos cinco vezes por semana.".into(),
        notes: "Refere cefaleia occipital pela manhã há cerca de duas semanas, sem sinais de alarme. Nega dispneia, dor torácica ou edema.\n\nPA 146/92 mmHg (braço direito, sentada), FC 78 bpm, peso 74,2 kg, IMC 28,1 kg/m². Ausculta cardíaca e pulmonar sem alterações. Pés sem lesões, sensibilidade preservada.\n\nRetorno em 30 dias com MAPA e perfil lipídico.".into(),
        priority: priority.into(),
        status: status.into(),
        codes: Some(vec![code("I10", "Hipertensão essencial (primária)"), code("E11.9", "Diabetes mellitus não insulinodependente, sem complicações")]),
        author_id: "doctor".into(),
        author_name: "Dra. Helena Prado".into(),
        updated_at: "2026-11-20T13:12:00Z".parse().expect("an instant"),
        reason: None,
        masked: Vec::new(),
    }
    };
    vec![
        record(1, "Retorno: hipertensão e diabetes", "return", "2026-11-20T13:00:00Z", "NORMAL", "final"),
        record(2, "Consulta por cefaleia", "consultation", "2026-10-02", "HIGH", "draft"),
        record(
            3,
            "Dor torácica em repouso: encaminhada à emergência",
            "consultation",
            "2026-06-18T18:40:00Z",
            "CRITICAL",
            "amended",
        ),
        record(4, "Ecocardiograma transtorácico", "exam", "2025-12-04", "NORMAL", "final"),
        record(5, "Teleconsulta de acompanhamento", "telemedicine", "2025-08-21", "LOW", "final"),
        record(6, "Colecistectomia videolaparoscópica", "procedure", "2024-03-11", "NORMAL", "final"),
        record(7, "Internação por pneumonia adquirida na comunidade", "hospitalization", "2022-07-30", "HIGH", "final"),
    ]
}

/// The same as reception sees them.
#[cfg(test)]
pub(super) fn covered_samples() -> Vec<MedicalRecord> {
    let cover = |record: MedicalRecord| MedicalRecord {
        title: "***".into(),
        diagnosis: "***".into(),
        treatment: "***".into(),
        notes: "***".into(),
        priority: "***".into(),
        codes: None,
        masked: vec!["title", "diagnosis", "treatment", "notes", "codes", "priority"],
        ..record
    };
    samples().into_iter().map(cover).collect()
}

#[cfg(test)]
mod tests {
    use super::super::locale::sample as locale;
    use super::*;
    use crate::language::Language;

    #[test]
    fn the_timeline_is_grouped_by_year_in_its_order() {
        let years = years(&locale(Language::PtBr), &samples());
        let shape: Vec<(&str, usize)> = years.iter().map(|year| (year.year.as_str(), year.entries.len())).collect();
        assert_eq!(shape, [("2026", 3), ("2025", 2), ("2024", 1), ("2022", 1)]);
    }

    #[test]
    fn covered_fields_are_said_to_be_protected_and_never_shown_as_stars() {
        let entry = Entry::new(&locale(Language::PtBr), &covered_samples()[0]);
        assert_eq!(entry.title, "Retorno");
        assert!(entry.sections.iter().all(|(_, text)| text.is_none()));
        assert!(entry.codes.is_none() && entry.covered);
        assert_eq!(entry.priority_text, "Protegido");
    }

    #[test]
    fn problems_are_the_codes_by_how_often_they_were_written() {
        let mut records = samples();
        records[0].codes.as_mut().unwrap().truncate(1);
        let found = problems(&locale(Language::PtBr), &records);
        assert_eq!((found[0].code.as_str(), found[0].times.as_str()), ("I10", "7 vezes"));
        assert_eq!((found[1].code.as_str(), found[1].last.as_str()), ("E11.9", "02/10/2026"));
        assert!(problems(&locale(Language::PtBr), &covered_samples()).is_empty());
    }

    #[test]
    fn a_record_is_its_authors_to_change() {
        let records = samples();
        assert!(May::of(Role::Doctor, "doctor", Some(&records[0])).amend);
        let other = May::of(Role::Doctor, "somebody", Some(&records[0]));
        assert!(!other.amend && other.not_author);
        assert!(!May::of(Role::Doctor, "somebody", Some(&records[1])).amend, "a draft is no different");
        assert!(!May::of(Role::Reception, "doctor", Some(&records[0])).amend);
    }
}
