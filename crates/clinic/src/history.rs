//! Histories: every version of a record, and what changed from each to the next, field by field.

use aroeira_store::{Version, View};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::desk::parse;
use crate::{Desk, Error, Result};

/// One version in a history: who, when, why and what changed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// 1 for the first.
    pub version: u32,
    /// When.
    pub at: aroeira_fhir::Instant,
    /// Id of the user who wrote it.
    pub author_id: String,
    /// Their name now.
    pub author_name: String,
    /// create, update, delete, restore.
    pub event: String,
    /// Why; clinical, so masked for some.
    pub reason: Option<String>,
    /// What differs from the version before; all fields for the first.
    pub changes: Vec<FieldChange>,
}

/// A field before and after.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// Name as in the view.
    pub field: String,
    /// `null` where it was absent.
    pub before: serde_json::Value,
    /// `null` where it is absent now.
    pub after: serde_json::Value,
}

/// Fields that differ at every version by their nature.
const BOOKKEEPING: &[&str] = &["version", "updatedAt", "reason", "masked", "authorName", "patientName", "id"];

/// A view as fields, without those that are covered: for comparing versions.
pub(crate) fn fields(view: &impl Serialize, masked: &[&str]) -> Result<Map<String, Value>> {
    match serde_json::to_value(view) {
        Ok(Value::Object(mut map)) => {
            map.retain(|key, _| !masked.contains(&key.as_str()));
            Ok(map)
        }
        _ => Err(Error::Internal("a view is no object".into())),
    }
}

/// The revisions of a record, the newest first. `show` makes the masked view of a body; `None` for one it cannot show.
pub(crate) fn revisions(
    view: &View<'_>,
    versions: &[Version],
    hide_reason: bool,
    show: impl Fn(&Version) -> Result<Map<String, Value>>,
) -> Result<Vec<Revision>> {
    let mut before = Map::new();
    let mut revisions = Vec::with_capacity(versions.len());
    for version in versions.iter().rev() {
        let after = if version.deleted { before.clone() } else { show(version)? };
        let reason = parse(&version.body)?.reason().map(str::to_owned).filter(|_| !hide_reason);
        revisions.push(Revision {
            version: version.version,
            at: version.updated,
            author_id: version.user.clone(),
            author_name: Desk::name_of(view, &version.user)?,
            event: version.event.clone(),
            reason,
            changes: changes(&before, &after),
        });
        before = after;
    }
    revisions.reverse();
    Ok(revisions)
}

fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<FieldChange> {
    let names = after.keys().chain(before.keys().filter(|key| !after.contains_key(*key)));
    names
        .filter(|name| !BOOKKEEPING.contains(&name.as_str()))
        .filter_map(|name| {
            let of = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or(Value::Null);
            let (before, after) = (of(before), of(after));
            (before != after).then(|| FieldChange { field: name.clone(), before, after })
        })
        .collect()
}
