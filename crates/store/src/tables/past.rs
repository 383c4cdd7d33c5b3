//! What was written, the newest first: the journal read backwards.

use std::sync::Arc;

use aroeira_fhir::Instant;
use aroeira_fhir::types::is_resource_type;
use bytes::Bytes;
use rusqlite::{OptionalExtension, Row, params};

use super::View;
use crate::journal::{Event, JournalRow, Touched};
use crate::store::{Record, Version};
use crate::{Error, Result};

/// Entries of the journal that one page goes through at most.
const STRETCH: u64 = 50_000;
/// Bytes of the versions of a page.
const LARGEST: usize = 4 << 20;

/// The events that write resources.
const WRITES: [Event; 6] =
    [Event::Create, Event::Update, Event::Delete, Event::Restore, Event::Import, Event::UserManagement];

/// Which versions.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// Only of this type.
    pub kind: Option<String>,
    /// Not written before.
    pub since: Option<Instant>,
    /// Only those before this place: an entry and the number of its records that are still to come.
    pub before: Option<(u64, usize)>,
    /// How many at most.
    pub limit: usize,
}

/// Sequence, time and bytes of an entry.
fn read_row(row: &Row<'_>) -> Result<(i64, i64, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Versions with their records, and where the next page begins.
pub type PastPage = (Vec<(Arc<Record>, Version)>, Option<(u64, usize)>);

impl View<'_> {
    /// Versions of resources that `keep` keeps, the last written first. A page may be shorter than its limit and still have
    /// a next one, where much had to be gone through.
    ///
    /// # Errors
    /// Those of `keep`; `Internal`.
    pub fn past<E: From<Error>>(
        &self,
        past: &Past,
        mut keep: impl FnMut(&Arc<Record>, &Version) -> std::result::Result<bool, E>,
    ) -> std::result::Result<PastPage, E> {
        let events: Vec<String> = WRITES.iter().map(|event| event.number().to_string()).collect();
        let sql = format!(
            "SELECT sequence, at, entry FROM journal WHERE sequence <= ?1 AND sequence > ?2 AND event IN ({})
             ORDER BY sequence DESC",
            events.join(", ")
        );
        let last = match past.before {
            Some((sequence, _)) => sequence,
            None => super::journal::last_entry(self.connection())?.unsigned_abs(),
        };
        let first = last.saturating_sub(STRETCH);
        let mut statement = self.connection().prepare_cached(&sql).map_err(Error::from)?;
        let bound = |sequence: u64| i64::try_from(sequence).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![bound(last), bound(first)]).map_err(Error::from)?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next().map_err(Error::from)? {
            let (sequence, at, bytes_of) = read_row(row)?;
            if past.since.is_some_and(|since| at < since.0) {
                return Ok((found, None));
            }
            let entry = JournalRow::decode(sequence, &bytes_of, &[])?;
            let sequence = sequence.unsigned_abs();
            let left = match past.before {
                Some((before, left)) if before == sequence => left,
                _ => entry.records.len(),
            };
            for (place, touched) in entry.records.iter().enumerate().take(left).rev() {
                if touched.hash.is_none()
                    || !is_resource_type(&touched.kind)
                    || past.kind.as_ref().is_some_and(|kind| *kind != touched.kind)
                {
                    continue;
                }
                if found.len() == past.limit || bytes > LARGEST {
                    return Ok((found, Some((sequence, place + 1))));
                }
                if let Some((record, version)) = self.past_version(touched, &entry)?
                    && keep(&record, &version)?
                {
                    bytes += version.body.len();
                    found.push((record, version));
                }
            }
        }
        let next = (first > 0).then_some((first, usize::MAX));
        Ok((found, next))
    }

    /// One version as an entry names it.
    fn past_version(&self, touched: &Touched, entry: &JournalRow) -> Result<Option<(Arc<Record>, Version)>> {
        let Some(record) = self.record(&touched.kind, &touched.id)? else { return Ok(None) };
        let version = |updated, deleted, body| Version {
            version: touched.version,
            updated,
            sequence: entry.sequence,
            user: entry.user.clone(),
            event: entry.event.clone(),
            deleted,
            body,
        };
        if record.version == touched.version {
            let version = version(record.updated, record.deleted, record.body.clone());
            return Ok(Some((record, version)));
        }
        let mut statement = self
            .connection()
            .prepare_cached("SELECT updated, deleted, body FROM version WHERE rid = ? AND version = ?")?;
        let older = statement
            .query_row(params![record.rid, touched.version], |row| {
                Ok(version(Instant(row.get(0)?), row.get(1)?, Bytes::from(row.get::<_, Vec<u8>>(2)?)))
            })
            .optional()?;
        Ok(older.map(|version| (record, version)))
    }
}
