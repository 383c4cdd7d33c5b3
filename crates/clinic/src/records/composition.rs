//! A `Composition` that is kept, as people speak of it.

use aroeira_fhir::{Instant, Resource, Target, text};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Code, MedicalRecord};
use crate::input::is_date_or_instant;
use crate::masking::MASK;

/// Our own list of record types.
pub(crate) const TYPE_SYSTEM: &str = "urn:aroeira:fhir:record-type";
/// R4's Composition has no priority.
pub(crate) const PRIORITY_URL: &str = "urn:aroeira:fhir:record-priority";

pub(crate) const TYPES: &[&str] =
    &["consultation", "return", "exam", "procedure", "hospitalization", "telemedicine", "other"];
pub(crate) const PRIORITIES: &[&str] = &["CRITICAL", "HIGH", "NORMAL", "LOW"];
pub(crate) const STATUSES: &[&str] = &["draft", "final"];

/// The clinical fields of the view, as `LGPD-Masked` names them.
pub(crate) const CLINICAL: &[&str] = &["title", "diagnosis", "treatment", "notes", "priority", "codes", "reason"];

/// The sections of our own: field, LOINC code, title.
pub(super) const SECTIONS: &[(&str, &str, &str)] =
    &[("diagnosis", "29308-4", "Diagnóstico"), ("treatment", "18776-5", "Conduta"), ("notes", "34109-9", "Anotações")];
pub(super) const LOINC: &str = "http://loinc.org";

/// `map` for the three sections, in their order.
pub(super) trait Each {
    fn each<T>(&self, get: impl FnMut(&(&str, &str, &str)) -> T) -> [T; 3];
}

impl Each for [(&str, &str, &str)] {
    fn each<T>(&self, mut get: impl FnMut(&(&str, &str, &str)) -> T) -> [T; 3] {
        [get(&self[0]), get(&self[1]), get(&self[2])]
    }
}

pub(super) fn is_section(section: &Value, code: &str) -> bool {
    section["code"]["coding"]
        .as_array()
        .is_some_and(|codings| codings.iter().any(|c| c["system"] == LOINC && c["code"] == code))
}

/// Whether a value is one of R4's `composition-status`.
pub(crate) fn is_status(value: &Value) -> bool {
    matches!(value.as_str(), Some("preliminary" | "final" | "amended" | "entered-in-error"))
}

/// Whether a value is a FHIR `dateTime`.
pub(crate) fn is_date(value: &Value) -> bool {
    value.as_str().is_some_and(|text| match text.len() {
        4 | 7 => aroeira_fhir::Period::parse(text, &TimeZone::UTC).is_some(),
        _ => is_date_or_instant(text, &TimeZone::UTC),
    })
}

/// Whether a patient may see a version: it is of their chart and no draft.
pub(crate) fn is_open_to(resource: &Resource, patient: &str) -> bool {
    !patient.is_empty() && is_final(resource) && patient_of(resource) == patient
}

/// Whether a record is beyond drafting.
pub(crate) fn is_final(resource: &Resource) -> bool {
    !matches!(resource.get("status").and_then(Value::as_str), Some("preliminary"))
}

/// The patient a record speaks of; empty where none. Somebody else's `https://elsewhere/Patient/1` is none of ours.
pub(crate) fn patient_of(resource: &Resource) -> String {
    resource
        .get("subject")
        .and_then(|subject| subject["reference"].as_str())
        .filter(|reference| reference.starts_with("Patient/"))
        .and_then(Target::local)
        .filter(|target| target.kind == "Patient")
        .map(|target| target.id)
        .unwrap_or_default()
}

fn practitioners(resource: &Resource) -> impl Iterator<Item = String> {
    let authors = resource.get("author").and_then(Value::as_array).cloned().unwrap_or_default();
    authors
        .into_iter()
        .filter_map(|author| author["reference"].as_str().and_then(Target::local))
        .filter(|target| target.kind == "Practitioner")
        .map(|target| target.id)
}

/// Everybody in whose name a record speaks: its authors and those who attest it.
pub(crate) fn signers(resource: &Resource) -> Vec<String> {
    let attesters = resource.get("attester").and_then(Value::as_array).cloned().unwrap_or_default();
    let attesting = attesters
        .into_iter()
        .filter_map(|attester| attester["party"]["reference"].as_str().and_then(Target::local))
        .filter(|target| target.kind == "Practitioner")
        .map(|target| target.id);
    practitioners(resource).chain(attesting).collect()
}

pub(crate) fn is_author(resource: &Resource, user: &str) -> bool {
    practitioners(resource).any(|author| author == user)
}

pub(crate) fn has_practitioner_author(resource: &Resource) -> bool {
    practitioners(resource).next().is_some()
}

/// The view of a `Composition`, names still empty, nothing masked.
pub(crate) fn view(id: &str, version: u32, updated: Instant, resource: &Resource) -> MedicalRecord {
    let string = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let date = resource.get("date").filter(|date| is_date(date)).and_then(Value::as_str).unwrap_or_default();
    let status = resource.get("status").filter(|status| is_status(status)).and_then(Value::as_str);
    let [diagnosis, treatment, notes] = SECTIONS.each(|(_, code, _)| section_text(resource, code));
    MedicalRecord {
        id: id.to_owned(),
        version,
        patient_id: patient_of(resource),
        patient_name: String::new(),
        title: string("title"),
        kind: kind_of(resource).to_owned(),
        date: date.to_owned(),
        diagnosis,
        treatment,
        notes,
        priority: priority_of(resource).to_owned(),
        status: match status {
            Some("preliminary") => "draft".to_owned(),
            Some(other) => other.to_owned(),
            None => "final".to_owned(),
        },
        codes: Some(codes_of(resource)),
        author_id: practitioners(resource).next().unwrap_or_default(),
        author_name: String::new(),
        updated_at: updated,
        reason: resource.reason().map(str::to_owned),
        masked: Vec::new(),
    }
}

fn kind_of(resource: &Resource) -> &'static str {
    let codings = resource.get("type").and_then(|t| t["coding"].as_array());
    codings
        .into_iter()
        .flatten()
        .filter(|coding| coding["system"] == TYPE_SYSTEM)
        .find_map(|coding| TYPES.iter().find(|known| coding["code"] == **known))
        .copied()
        .unwrap_or("other")
}

fn priority_of(resource: &Resource) -> &'static str {
    let extensions = resource.get("extension").and_then(Value::as_array);
    extensions
        .into_iter()
        .flatten()
        .filter(|extension| extension["url"] == PRIORITY_URL)
        .find_map(|extension| PRIORITIES.iter().find(|known| extension["valueCode"] == **known))
        .copied()
        .unwrap_or("NORMAL")
}

fn section_text(resource: &Resource, code: &str) -> String {
    let sections = resource.get("section").and_then(Value::as_array);
    let found = sections.into_iter().flatten().find(|section| is_section(section, code));
    found.and_then(|section| section["text"]["div"].as_str()).map(text::narrative_text).unwrap_or_default()
}

fn codes_of(resource: &Resource) -> Vec<Code> {
    let events = resource.get("event").and_then(Value::as_array);
    events
        .into_iter()
        .flatten()
        .flat_map(|event| event["code"].as_array().cloned().unwrap_or_default())
        .flat_map(|concept| concept["coding"].as_array().cloned().unwrap_or_default())
        .map(|coding| {
            let string = |key: &str| coding[key].as_str().unwrap_or_default().to_owned();
            Code { system: string("system"), code: string("code"), display: string("display") }
        })
        .collect()
}

/// Covers what is clinical; answers the names of what was covered.
pub(crate) fn mask(record: &mut MedicalRecord) -> Vec<&'static str> {
    for text in
        [&mut record.title, &mut record.diagnosis, &mut record.treatment, &mut record.notes, &mut record.priority]
    {
        MASK.clone_into(text);
    }
    record.codes = None;
    record.reason = None;
    CLINICAL.to_vec()
}
