//! The audit trail as an auditor reads it, and the walk of the chain.

use aroeira_fhir::Instant;
use serde::Serialize;

use aroeira_store::{Event, JournalFilter, JournalRow, View};

use crate::access::{Action, JOURNAL};
use crate::error::Field;
use crate::input::limit;
use crate::{Desk, Error, Page, Result};

/// Which entries, the newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// First day or instant, inclusive.
    pub from: Option<String>,
    /// Last day or instant, inclusive.
    pub to: Option<String>,
    /// create, read, search, update, delete, restore, import, print, export, login, login-failed, logout, denied, emergency ...
    pub event: Option<String>,
    /// Id of a user.
    pub user: Option<String>,
    /// `Type/id`.
    pub record: Option<String>,
    /// 1 to 100; 20 when absent.
    pub limit: Option<u32>,
    /// From the page before.
    pub cursor: Option<String>,
}

/// One entry: ids and facts, nothing clinical.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Position in the chain, from 1.
    pub sequence: u64,
    /// When.
    pub at: Instant,
    /// What happened.
    pub event: String,
    /// Who; `system` for the operator's commands, `anonymous` for a failed sign-in of nobody we know.
    pub user_id: String,
    /// Their name now.
    pub user_name: String,
    /// Their role then.
    pub role: String,
    /// HL7 PurposeOfUse.
    pub purpose: String,
    /// From where.
    pub address: Option<String>,
    /// The request.
    pub request_id: String,
    /// Which records at which versions.
    pub records: Vec<AuditRecord>,
    /// Hash of the entry, hex.
    pub hash: String,
}

/// A record an entry speaks of.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// Resource type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Logical id.
    pub id: String,
    /// Version seen or written.
    pub version: u32,
}

/// What the walk of the chain found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// The chain is whole, every body is the one that was written and the head outside the file agrees.
    pub ok: bool,
    /// Entries walked.
    pub entries: u64,
    /// Hash of the last one, hex.
    pub head: String,
    /// The first thing found wrong: a code and a position, no content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl From<aroeira_store::Verification> for Verification {
    fn from(found: aroeira_store::Verification) -> Self {
        Self { ok: found.problem.is_none(), entries: found.entries, head: found.head, problem: found.problem }
    }
}

impl Desk {
    /// The trail; AUDITOR alone. Looking at it is an entry too.
    ///
    /// # Errors
    /// `Denied`, `Invalid`.
    pub async fn audit(&self, query: AuditQuery) -> Result<Page<AuditEntry>> {
        self.authorise(Action::Search, JOURNAL).await?;
        let filter = self.audit_filter(&query)?;
        if filter.record.is_some() || filter.user.is_some() || filter.event.is_some() {
            self.clinic.store.index_journal().await?;
        }
        let read = move |view: &View<'_>| -> Result<Page<AuditEntry>> {
            let (rows, total) = view.journal(&filter)?;
            let full = rows.len() == filter.limit as usize;
            let next_cursor = rows.last().filter(|row| full && row.sequence > 1).map(|row| row.sequence.to_string());
            let items = rows.into_iter().map(|row| entry(view, row)).collect::<Result<_>>()?;
            Ok(Page { items, next_cursor, total })
        };
        let page = self.clinic.store.search_journal(move |view| Ok(read(view))).await??;
        self.clinic.store.append(self.entry(Event::Audit)).await?;
        Ok(page)
    }

    fn audit_filter(&self, query: &AuditQuery) -> Result<JournalFilter> {
        let mut problems = Vec::new();
        let from = self.day(query.from.as_deref(), "from", false, &mut problems);
        let until = self.day(query.to.as_deref(), "to", true, &mut problems);
        let event = query.event.as_deref().and_then(|code| {
            let event = Event::from_code(code);
            if event.is_none() {
                let known: Vec<&str> = Event::ALL.iter().map(|event| event.code()).collect();
                problems.push(Field::new("event", "one-of").expecting(known.join(", ")));
            }
            event
        });
        let record = query.record.as_deref().and_then(|text| {
            let parts = text.split_once('/').filter(|(kind, id)| !kind.is_empty() && aroeira_fhir::types::is_id(id));
            if parts.is_none() {
                problems.push(Field::new("record", "reference").expecting("Type/id"));
            }
            parts.map(|(kind, id)| (kind.to_owned(), id.to_owned()))
        });
        let before = query.cursor.as_deref().and_then(|text| {
            let before = text.parse().ok().filter(|text: &u64| *text <= i64::MAX.unsigned_abs());
            if before.is_none() {
                problems.push(Field::new("cursor", "cursor"));
            }
            before
        });
        let limit = limit(query.limit, &mut problems);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        Ok(JournalFilter { from, until, event, user: query.user.clone(), record, before, limit })
    }

    /// Walks the chain from its first entry.
    ///
    /// # Errors
    /// `Denied`, `Unavailable`. A broken chain is an answer, not an error.
    pub async fn verify(&self) -> Result<Verification> {
        self.authorise(Action::Read, JOURNAL).await?;
        let found = self.clinic.store.verify().await?;
        self.clinic.store.append(self.entry(Event::Verify)).await?;
        Ok(found.into())
    }
}

fn entry(view: &View<'_>, row: JournalRow) -> Result<AuditEntry> {
    Ok(AuditEntry {
        user_name: Desk::name_of(view, &row.user)?,
        sequence: row.sequence,
        at: row.at,
        event: row.event,
        user_id: row.user,
        role: row.role,
        purpose: row.purpose,
        address: row.address,
        request_id: row.request,
        records: row.records.into_iter().map(|r| AuditRecord { kind: r.kind, id: r.id, version: r.version }).collect(),
        hash: row.hash,
    })
}
