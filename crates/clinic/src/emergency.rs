//! Break-glass: one hour in a chart outside one's care, with a reason, in sight of the administrator.

use aroeira_fhir::{Body, Index, Instant, Resource, Row};
use aroeira_store::{By, Change, Event, Record, Sorting, View};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::{Action, EMERGENCY};
use crate::desk::touched;
use crate::input::checked_reason;
use crate::page::Asked;
use crate::{Desk, Error, Page, Result};

/// What the list of them asks.
const QUESTION: &str = "emergency accesses";
/// One hour.
const LASTS: i64 = 60 * 60 * 1000;

/// One use of break-glass.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmergencyAccess {
    /// Id.
    pub id: String,
    /// Who.
    pub user_id: String,
    /// Their name now.
    pub user_name: String,
    /// Whose chart.
    pub patient_id: String,
    /// Why, as they wrote it.
    pub reason: String,
    /// Since when.
    pub from: Instant,
    /// Until when.
    pub until: Instant,
}

/// What is kept of it: the names are looked up when it is shown.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    user: String,
    patient: String,
    reason: String,
    from: Instant,
    until: Instant,
}

fn parse(record: &Record) -> Result<Kept> {
    serde_json::from_slice(&record.body)
        .map_err(|e| Error::Internal(format!("an emergency access cannot be read: {e}")))
}

impl Desk {
    /// Opens a chart for an hour. Clinicians, where `access.care` is `team`.
    ///
    /// # Errors
    /// `Invalid` without a reason of at least 10 characters, `Denied`, `NotFound`.
    pub async fn break_glass(&self, patient: &str, reason: &str) -> Result<EmergencyAccess> {
        self.authorise(Action::Create, EMERGENCY).await?;
        let reason = checked_reason(Some(reason))?;
        if reason.trim().chars().count() < 10 {
            return Err(Error::Invalid(vec![crate::Field::new("reason", "too-short").expecting("10")]));
        }
        let id = self.new_id()?;
        let mut entry = self.entry(Event::Emergency);
        entry.purpose = crate::Purpose::Emergency.code();
        let (desk, patient) = (self.clone(), patient.to_owned());
        self.clinic
            .store
            .write(Some(entry), move |tx| {
                let target = tx.record("Patient", &patient)?.filter(|record| !record.deleted).ok_or(Error::NotFound)?;
                let from = tx.now();
                let until = Instant(from.0 + LASTS);
                let kept = Kept { user: desk.actor_id().to_owned(), patient: patient.clone(), reason, from, until };
                let Ok(Value::Object(fields)) = serde_json::to_value(&kept) else {
                    return Err(Error::Internal("an emergency access is no object".into()));
                };
                let user = Row::Token { param: "user", system: String::new(), code: kept.user.clone() };
                tx.put(&Change {
                    body: Body::new(&Resource::private(EMERGENCY, &id, fields)),
                    index: Index { rows: vec![user], patients: vec![patient], ..Index::default() },
                    effective: Some(from),
                    label: String::new(),
                    deleted: false,
                })?;
                tx.saw(&target);
                shown(tx, &id, kept)
            })
            .await
    }

    /// The uses of break-glass, the newest first: ADMIN and AUDITOR.
    ///
    /// # Errors
    /// `Denied`.
    pub async fn emergencies(&self, limit_asked: Option<u32>, cursor: Option<&str>) -> Result<Page<EmergencyAccess>> {
        self.authorise(Action::Search, EMERGENCY).await?;
        let asked = Asked { question: QUESTION, limit: limit_asked, cursor };
        let newest = Sorting { by: By::Effective, descending: true };
        let search = self.list(EMERGENCY, Vec::new(), newest, asked, Vec::new())?;
        let (page, records) = self
            .search(move |desk, view| {
                let hits = view.find(&search).map_err(crate::records::question_error)?;
                let mut items = Vec::new();
                let mut records = Vec::new();
                for record in &hits.records {
                    items.push(shown(view, &record.id, parse(record)?)?);
                    records.push(touched(record));
                }
                let next_cursor = hits.next.map(|ended| desk.cursor(QUESTION, ended));
                Ok((Page { items, next_cursor, total: hits.total }, records))
            })
            .await?;
        self.searched(QUESTION, records).await?;
        Ok(page)
    }

    /// Whether this actor opened the patient's chart within the hour.
    pub(crate) fn broke_glass(&self, view: &View<'_>, patient: &str) -> Result<bool> {
        Ok(self.broken_glasses(view)?.iter().any(|open| open == patient))
    }

    /// The patients whose charts this actor opened within the hour.
    pub(crate) fn broken_glasses(&self, view: &View<'_>) -> Result<Vec<String>> {
        let now = self.now();
        let mut patients = Vec::new();
        for id in view.ids_by_token(EMERGENCY, "user", "", self.actor_id())? {
            let Some(record) = view.record(EMERGENCY, &id)? else { continue };
            // Ids made later sort later, but only the times decide.
            let kept = parse(&record)?;
            if kept.until > now {
                patients.push(kept.patient);
            }
        }
        Ok(patients)
    }
}

fn shown(view: &View<'_>, id: &str, kept: Kept) -> Result<EmergencyAccess> {
    Ok(EmergencyAccess {
        id: id.to_owned(),
        user_name: Desk::name_of(view, &kept.user)?,
        user_id: kept.user,
        patient_id: kept.patient,
        reason: kept.reason,
        from: kept.from,
        until: kept.until,
    })
}
