//! The rules of medical records, for those that come in as FHIR: the same as through `/api/medical-records`.

use aroeira_fhir::Resource;
use serde_json::Value;

use crate::error::Field;
use crate::records::{is_date, is_final, is_status, patient_of};
use crate::{Error, Result};

/// The system of the labels of what is not whole.
const PARTS: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

/// What a record must be for the clinic's rules to hold of it: elements of the right shape, a status and a date that are
/// such. Everything else is kept as it comes.
pub(super) fn check_shape(next: &Resource) -> Result<()> {
    let mut problems = Vec::new();
    let mut shape = |keys: &[&str], code, fits: fn(&Value) -> bool| {
        for key in keys.iter().filter(|key| next.get(key).is_some_and(|value| !fits(value))) {
            problems.push(Field::new(format!("Composition.{key}"), code));
        }
    };
    shape(&["author", "attester", "section", "event", "extension"], "type.array", Value::is_array);
    shape(&["subject", "type", "encounter"], "type.object", Value::is_object);
    shape(&["title"], "type.string", Value::is_string);
    shape(&["date"], "date", is_date);
    if next.get("status").is_some_and(|status| !is_status(status)) {
        let known = "preliminary, final, amended, entered-in-error";
        problems.push(Field::new("Composition.status", "one-of").expecting(known));
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// A profile that limits a time relative to the clock would never be looked at: whoever posts it is told so.
pub(super) fn check_limits(next: &Resource) -> Result<()> {
    let found = aroeira_fhir::validate::relative_limits(next.as_value());
    let problem = |path| Field::new(format!("StructureDefinition.{path}"), "relative-limit");
    if found.is_empty() { Ok(()) } else { Err(Error::Invalid(found.into_iter().map(problem).collect())) }
}

/// What was read in part is not saved as the whole: `SUBSETTED` says so of `_elements` and `_summary`, `MASKED` of what a
/// role did not see.
pub(super) fn check_whole(next: &Resource, stored: Option<&Resource>) -> Result<()> {
    let said = |resource: &Resource, list: &str, code: &str| {
        let labels = resource.get("meta").and_then(|meta| meta.get(list)).and_then(Value::as_array);
        labels.is_some_and(|labels| labels.iter().any(|label| label["system"] == PARTS && label["code"] == code))
    };
    let wrong = |list: &str| Err(Error::field(format!("{}.meta.{list}", next.kind()), "part"));
    if said(next, "tag", "SUBSETTED") {
        return wrong("tag");
    }
    match stored {
        Some(stored) if said(next, "security", "MASKED") && !said(stored, "security", "MASKED") => wrong("security"),
        _ => Ok(()),
    }
}

/// A record stays with its patient. A final one is changed with a reason and stays final.
pub(super) fn check_amendment(stored: &Resource, next: &Resource) -> Result<()> {
    let mut problems = Vec::new();
    if patient_of(stored) != patient_of(next) {
        problems.push(Field::new("Composition.subject", "reference"));
    }
    if !is_final(stored) {
        return if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) };
    }
    if next.reason().is_none_or(|reason| reason.trim().chars().count() < 3) {
        problems.push(Field::new("Composition.meta.extension", "reason.required"));
    }
    if !is_final(next) {
        problems.push(Field::new("Composition.status", "one-of").expecting("final, amended, corrected"));
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// What follows from a change: a final record that was changed says so.
pub(super) fn follow_on(next: &mut Resource, stored: &Resource) {
    let was_final = next.kind() == "Composition" && is_final(stored);
    if was_final && next.get("status").and_then(Value::as_str) == Some("final") {
        next.insert("status", "amended".into());
    }
}
