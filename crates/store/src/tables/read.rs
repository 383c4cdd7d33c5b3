//! Reading: a record, its versions, lists, what is kept for a while, the journal.

use aroeira_fhir::Instant;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use crate::journal::{JournalFilter, JournalRow};
use crate::query::{Cursor, Hit, Hits, Order, Query};
use crate::store::{Record, Version};
use crate::{Error, Result};

const RECORD: &str = "rid, id, version, updated, sequence, deleted, effective, label, body";

/// A clinic as it stands at this moment.
pub struct View<'a> {
    connection: &'a Connection,
}

fn record(kind: &str, row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        rid: row.get(0)?,
        kind: kind.to_owned(),
        id: row.get(1)?,
        version: row.get(2)?,
        updated: Instant(row.get(3)?),
        sequence: row.get::<_, i64>(4)?.unsigned_abs(),
        deleted: row.get(5)?,
        effective: Instant(row.get(6)?),
        label: row.get(7)?,
        body: row.get(8)?,
    })
}

impl<'a> View<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    pub(crate) fn connection(&self) -> &'a Connection {
        self.connection
    }

    /// The current version of a record, deleted ones included.
    ///
    /// # Errors
    /// `Internal`.
    pub fn record(&self, kind: &str, id: &str) -> Result<Option<Record>> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {RECORD} FROM resource WHERE kind = ? AND id = ?"))?;
        Ok(statement.query_row([kind, id], |row| record(kind, row)).optional()?)
    }

    /// The label of a record that is not deleted; empty where there is none.
    ///
    /// # Errors
    /// `Internal`.
    pub fn label(&self, kind: &str, id: &str) -> Result<String> {
        let mut statement =
            self.connection.prepare_cached("SELECT label FROM resource WHERE kind = ? AND id = ? AND deleted = 0")?;
        Ok(statement.query_row([kind, id], |row| row.get(0)).optional()?.unwrap_or_default())
    }

    /// Whether a record belongs to one of the patients.
    ///
    /// # Errors
    /// `Internal`.
    pub fn belongs(&self, record: &Record, patient: &str) -> Result<bool> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM compartment WHERE patient = ? AND rid = ?)")?;
        Ok(statement.query_row(params![patient, record.rid], |row| row.get(0))?)
    }

    /// The patients a record belongs to, also when it is deleted.
    ///
    /// # Errors
    /// `Internal`.
    pub fn patients(&self, record: &Record) -> Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached("SELECT patient FROM compartment WHERE rid = ?")?;
        let rows = statement.query_map([record.rid], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Every version of a record, the newest first, with who wrote it.
    ///
    /// # Errors
    /// `NotFound`, `Internal`.
    pub fn versions(&self, kind: &str, id: &str) -> Result<Vec<Version>> {
        let mut statement = self.connection.prepare_cached(
            "WITH all_versions (version, updated, sequence, deleted, body) AS (
               SELECT version, updated, sequence, deleted, body FROM resource WHERE kind = ?1 AND id = ?2
               UNION ALL
               SELECT v.version, v.updated, v.sequence, v.deleted, v.body FROM version v
                 JOIN resource r ON r.rid = v.rid WHERE r.kind = ?1 AND r.id = ?2)
             SELECT a.version, a.updated, a.sequence, a.deleted, a.body, j.entry, j.hash
             FROM all_versions a LEFT JOIN journal j ON j.sequence = a.sequence ORDER BY a.version DESC",
        )?;
        let mut rows = statement.query([kind, id])?;
        let mut versions = Vec::new();
        while let Some(row) = rows.next()? {
            let sequence: i64 = row.get(2)?;
            let entry = match row.get_ref(5)?.as_blob_or_null().unwrap_or_default() {
                Some(bytes) => Some(JournalRow::decode(sequence, bytes, &[])?),
                None => None,
            };
            versions.push(Version {
                version: row.get(0)?,
                updated: Instant(row.get(1)?),
                sequence: sequence.unsigned_abs(),
                user: entry.as_ref().map(|e| e.user.clone()).unwrap_or_default(),
                event: entry.map(|e| e.event).unwrap_or_default(),
                deleted: row.get(3)?,
                body: row.get(4)?,
            });
        }
        if versions.is_empty() { Err(Error::NotFound) } else { Ok(versions) }
    }

    /// Whether a practitioner is linked to a patient by one of these (type, reference parameter) pairs.
    ///
    /// # Errors
    /// `Internal`.
    pub fn linked(&self, patient: &str, practitioner: &str, by: &[(&str, &str)]) -> Result<bool> {
        for (kind, param) in by {
            let mut statement = self.connection.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM index_reference i JOIN compartment c ON c.rid = i.rid AND c.patient = ?1
                   WHERE i.param = (SELECT ref FROM param WHERE kind = ?2 AND name = ?3)
                     AND i.target_id = ?4 AND i.target_kind = 'Practitioner')",
            )?;
            if statement.query_row(params![patient, kind, param, practitioner], |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The patients a practitioner is linked to by one of these pairs.
    ///
    /// # Errors
    /// `Internal`.
    pub fn linked_patients(&self, practitioner: &str, by: &[(&str, &str)]) -> Result<Vec<String>> {
        let mut patients = std::collections::BTreeSet::new();
        for (kind, param) in by {
            let mut statement = self.connection.prepare_cached(
                "SELECT DISTINCT c.patient FROM index_reference i JOIN compartment c ON c.rid = i.rid
                   WHERE i.param = (SELECT ref FROM param WHERE kind = ?1 AND name = ?2)
                     AND i.target_id = ?3 AND i.target_kind = 'Practitioner'",
            )?;
            for patient in statement.query_map([kind, param, &practitioner], |row| row.get::<_, String>(0))? {
                patients.insert(patient?);
            }
        }
        Ok(patients.into_iter().collect())
    }

    /// Ids of records, not deleted, that carry a token.
    ///
    /// # Errors
    /// `Internal`.
    pub fn ids_by_token(&self, kind: &str, param: &str, system: &str, code: &str) -> Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT r.id FROM index_token t JOIN resource r ON r.rid = t.rid
             WHERE t.param = (SELECT ref FROM param WHERE kind = ?1 AND name = ?2) AND t.code = ?4 AND t.system = ?3
               AND r.deleted = 0",
        )?;
        let rows = statement.query_map([kind, param, system, code], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Records of a kind, not deleted, that refer to a target.
    ///
    /// # Errors
    /// `Internal`.
    pub fn referring(&self, kind: &str, param: &str, target_kind: &str, target_id: &str) -> Result<Vec<Record>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {RECORD} FROM resource WHERE deleted = 0 AND rid IN (SELECT rid FROM index_reference
               WHERE param = (SELECT ref FROM param WHERE kind = ?1 AND name = ?2) AND target_id = ?4 AND target_kind = ?3)
             ORDER BY rid LIMIT 1000"
        ))?;
        let rows = statement.query_map([kind, param, target_kind, target_id], |row| record(kind, row))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Every record of a kind that is not deleted: for kinds a clinic has few of.
    ///
    /// # Errors
    /// `Internal`.
    pub fn all(&self, kind: &str) -> Result<Vec<Record>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {RECORD} FROM resource WHERE kind = ? AND deleted = 0 ORDER BY sort, rid"
        ))?;
        let rows = statement.query_map([kind], |row| record(kind, row))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// One page of a list.
    ///
    /// # Errors
    /// `Question`, `Internal`.
    pub fn list(&self, query: &Query) -> Result<Hits> {
        let total = match &query.after {
            Some(cursor) => cursor.total,
            None => {
                let count = query.count();
                let mut statement = self.connection.prepare_cached(&count.sql)?;
                let total: i64 = statement.query_row(params_from_iter(count.values), |row| row.get(0))?;
                total.unsigned_abs()
            }
        };
        let page = query.page()?;
        let mut statement = self.connection.prepare_cached(&page.sql)?;
        let mut rows = statement.query(params_from_iter(page.values))?;
        let limit = query.limit as usize;
        let mut hits: Vec<(Hit, Value)> = Vec::with_capacity(limit.min(100));
        let mut more = false;
        while let Some(row) = rows.next()? {
            if hits.len() == limit {
                more = true;
                break;
            }
            hits.push((Hit { record: record(query.kind, row)? }, row.get(9)?));
        }
        let next = match hits.last() {
            Some((hit, key)) if more => Some(Cursor { key: cursor_key(query.order, key)?, rid: hit.record.rid, total }),
            _ => None,
        };
        Ok(Hits { hits: hits.into_iter().map(|(hit, _)| hit).collect(), next, total })
    }

    /// What is kept under a key until it expires.
    ///
    /// # Errors
    /// `Internal`.
    pub fn kept(&self, space: &str, key: &str, now: Instant) -> Result<Option<Vec<u8>>> {
        let mut statement =
            self.connection.prepare_cached("SELECT value FROM kept WHERE space = ? AND key = ? AND expires > ?")?;
        Ok(statement.query_row(params![space, key, now.0], |row| row.get(0)).optional()?)
    }

    /// All that is kept for an owner: keys and values.
    ///
    /// # Errors
    /// `Internal`.
    pub fn kept_by(&self, space: &str, owner: &str, now: Instant) -> Result<Vec<(String, Vec<u8>)>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key, value FROM kept WHERE space = ? AND owner = ? AND expires > ? ORDER BY key")?;
        let rows = statement.query_map(params![space, owner, now.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Entries of the journal, the newest first, with how many match in all.
    ///
    /// # Errors
    /// `Internal`.
    pub fn journal(&self, filter: &JournalFilter) -> Result<(Vec<JournalRow>, u64)> {
        // Time runs with the sequence: a stretch of time is a stretch of entries, found by halves.
        let first = match filter.from {
            Some(from) => self.first_entry_at(from)?,
            None => 1,
        };
        let end = self.first_entry_at(filter.until.unwrap_or(Instant(i64::MAX)))?;
        let mut sql = String::from(" FROM journal WHERE sequence >= ? AND sequence < ?");
        let mut values: Vec<Value> = vec![Value::Integer(first), Value::Integer(end)];
        let plain = filter.event.is_none() && filter.user.is_none() && filter.record.is_none();
        let mut also = |text: &str, value: Value| {
            sql.push_str(text);
            values.push(value);
        };
        if let Some(event) = filter.event {
            also(" AND event = ?", Value::Integer(event.number()));
        }
        if let Some(user) = &filter.user {
            also(" AND actor = (SELECT ref FROM actor WHERE id = ?)", Value::Text(user.clone()));
        }
        if let Some((kind, id)) = &filter.record {
            also(
                " AND sequence IN (SELECT sequence FROM journal_record WHERE rid = (SELECT rid FROM resource WHERE kind = ?",
                Value::Text(kind.clone()),
            );
            also(" AND id = ?))", Value::Text(id.clone()));
        }
        let total: i64 = if plain {
            end.saturating_sub(first).max(0)
        } else {
            let mut statement = self.connection.prepare_cached(&format!("SELECT count(*){sql}"))?;
            statement.query_row(params_from_iter(values.iter()), |row| row.get(0))?
        };
        if let Some(before) = filter.before {
            sql.push_str(" AND sequence < ?");
            values.push(Value::Integer(i64::try_from(before).unwrap_or(i64::MAX)));
        }
        let sql = format!("SELECT sequence, entry, hash{sql} ORDER BY sequence DESC LIMIT {}", filter.limit);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let blob = |i| -> Result<Vec<u8>> { Ok(row.get(i)?) };
            entries.push(JournalRow::decode(row.get(0)?, &blob(1)?, &blob(2)?)?);
        }
        Ok((entries, total.unsigned_abs()))
    }

    /// The first entry not written before `at`; the next one to come where there is none.
    fn first_entry_at(&self, at: Instant) -> Result<i64> {
        let last: i64 = self
            .connection
            .prepare_cached("SELECT ifnull(max(sequence), 0) FROM journal")?
            .query_row([], |row| row.get(0))?;
        let mut statement = self.connection.prepare_cached("SELECT at FROM journal WHERE sequence = ?")?;
        let (mut low, mut high) = (1, last + 1);
        while low < high {
            let middle = i64::midpoint(low, high);
            // A missing entry is for the walk of the chain to report.
            let written: Option<i64> = statement.query_row([middle], |row| row.get(0)).optional()?;
            if written.is_some_and(|written| written < at.0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

fn cursor_key(order: Order, value: &Value) -> Result<Option<i64>> {
    match (order, value) {
        (Order::Label, _) => Ok(None),
        (_, Value::Integer(number)) => Ok(Some(*number)),
        _ => Err(Error::Internal("an order gave no key".into())),
    }
}
