//! The rules of medical records, for those that come in as FHIR: the same as through `/api/medical-records`.

use aroeira_fhir::Resource;
use serde_json::Value;

use crate::error::Field;
use crate::records::is_final;
use crate::{Error, Result};

/// A final record is changed with a reason and stays final.
pub(super) fn check_amendment(stored: &Resource, next: &Resource) -> Result<()> {
    if !is_final(stored) {
        return Ok(());
    }
    let mut problems = Vec::new();
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
