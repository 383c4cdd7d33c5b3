//! Reading: a record, its versions, lists, what is kept for a while, the journal.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aroeira_fhir::Instant;
use aroeira_fhir::types::is_resource_type;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::journal::JournalRow;
use crate::sqlite::memory::Memory;
use crate::store::{Made, Record, Version};
use crate::{Error, Result};

/// A whole record, in the order [`record`] reads it.
macro_rules! record_sql {
    () => {
        "SELECT rid, id, version, updated, sequence, deleted, effective, label, body, kind FROM resource "
    };
}

/// A patient's id, and rows of theirs.
type RowsOf<'p> = (&'p str, Arc<[i64]>);

/// A clinic as it stands at this moment.
pub struct View<'a> {
    connection: &'a Connection,
    /// What is remembered, and the last entry of the journal that this look sees. A transaction has none: it sees what is not committed.
    memory: Option<(&'a Memory, i64)>,
    /// Of a look that must be brief: what is left of it.
    brief: Option<&'a AtomicI64>,
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        rid: row.get(0)?,
        kind: row.get(9)?,
        id: row.get(1)?,
        version: row.get(2)?,
        updated: Instant(row.get(3)?),
        sequence: row.get::<_, i64>(4)?.unsigned_abs(),
        deleted: row.get(5)?,
        effective: Instant(row.get(6)?),
        label: row.get(7)?,
        body: Bytes::from(row.get::<_, Vec<u8>>(8)?),
        made: Made::default(),
    })
}

impl<'a> View<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection, memory: None, brief: None }
    }

    pub(crate) fn remembering(connection: &'a Connection, memory: &'a Memory, entry: i64) -> Self {
        Self { connection, memory: Some((memory, entry)), brief: None }
    }

    pub(crate) fn briefly(mut self, left: &'a AtomicI64) -> Self {
        self.brief = Some(left);
        self
    }

    /// Gives up a look that must be brief, for work that SQLite does not count.
    pub(super) fn take_time(&self) -> Result<()> {
        match self.brief {
            Some(left) => {
                left.store(-1, Ordering::Relaxed);
                Err(Error::TOO_MUCH)
            }
            None => Ok(()),
        }
    }

    pub(crate) fn connection(&self) -> &'a Connection {
        self.connection
    }

    /// The current version of a record, deleted ones included.
    ///
    /// # Errors
    /// `Internal`.
    pub fn record(&self, kind: &str, id: &str) -> Result<Option<Arc<Record>>> {
        if let Some((memory, entry)) = self.memory
            && let Some(record) = memory.named(entry, kind, id)
        {
            return Ok(Some(record));
        }
        let mut statement = self.connection.prepare_cached(concat!(record_sql!(), "WHERE kind = ? AND id = ?"))?;
        self.remember(statement.query_row([kind, id], record).optional()?)
    }

    /// The current version of the record of a row.
    pub(super) fn row(&self, rid: i64) -> Result<Option<Arc<Record>>> {
        if let Some((memory, entry)) = self.memory
            && let Some(record) = memory.row(entry, rid)
        {
            return Ok(Some(record));
        }
        let mut statement = self.connection.prepare_cached(concat!(record_sql!(), "WHERE rid = ?"))?;
        self.remember(statement.query_row([rid], record).optional()?)
    }

    fn remember(&self, found: Option<Record>) -> Result<Option<Arc<Record>>> {
        let found = found.map(Arc::new);
        // Accounts hold secrets: they are read when they are needed, and not kept in memory.
        if let (Some((memory, entry)), Some(record)) = (self.memory, &found)
            && is_resource_type(&record.kind)
        {
            memory.put(entry, record);
        }
        Ok(found)
    }

    /// The label of a record; `None` where there is none or it is deleted.
    ///
    /// # Errors
    /// `Internal`.
    pub fn label(&self, kind: &str, id: &str) -> Result<Option<String>> {
        if self.memory.is_some() && is_resource_type(kind) {
            return Ok(self.record(kind, id)?.filter(|record| !record.deleted).map(|record| record.label.clone()));
        }
        if let Some(label) = self.memory.and_then(|(memory, entry)| memory.label(entry, kind, id)) {
            return Ok(Some(label.as_ref().to_owned()));
        }
        let mut statement =
            self.connection.prepare_cached("SELECT label FROM resource WHERE kind = ? AND id = ? AND deleted = 0")?;
        let label: Option<String> = statement.query_row([kind, id], |row| row.get(0)).optional()?;
        if let (Some((memory, entry)), Some(label)) = (self.memory, &label) {
            memory.put_label(entry, kind, id, label);
        }
        Ok(label)
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
                body: Bytes::from(row.get::<_, Vec<u8>>(4)?),
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

    /// Records of a kind, not deleted, that name one of the patients in `patient` and belong to them; each with the
    /// patient's id.
    ///
    /// # Errors
    /// `Internal`.
    pub fn of_patients<'p>(&self, kind: &str, patients: &[&'p str]) -> Result<Vec<(&'p str, Arc<Record>)>> {
        let mut known: Vec<RowsOf<'_>> = Vec::with_capacity(patients.len());
        let mut unknown = Vec::new();
        for patient in patients {
            match self.memory.and_then(|(memory, entry)| memory.of_patient(entry, kind, patient)) {
                Some(rows) => known.push((patient, rows)),
                None => unknown.push(*patient),
            }
        }
        if !unknown.is_empty() {
            known.extend(self.rows_of_patients(kind, &unknown)?);
        }
        let mut found = Vec::new();
        for (patient, rows) in known {
            for rid in rows.iter() {
                if let Some(record) = self.row(*rid)? {
                    found.push((patient, record));
                }
            }
        }
        Ok(found)
    }

    /// One question for all of the patients.
    fn rows_of_patients<'p>(&self, kind: &str, patients: &[&'p str]) -> Result<Vec<RowsOf<'p>>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT i.target_id, i.rid FROM index_reference i
             WHERE i.param = (SELECT ref FROM param WHERE kind = ?1 AND name = 'patient') AND i.target_kind = 'Patient'
               AND i.target_id IN (SELECT value FROM json_each(?2)) ORDER BY i.rid",
        )?;
        let mut rows = statement.query(params![kind, serde_json::json!(patients).to_string()])?;
        let mut theirs: HashMap<String, Vec<i64>> = HashMap::new();
        while let Some(row) = rows.next()? {
            theirs.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
        let mut all = Vec::with_capacity(patients.len());
        for patient in patients {
            let rows: Arc<[i64]> = theirs.get(*patient).map_or_else(Arc::default, |rows| rows.as_slice().into());
            if let Some((memory, entry)) = self.memory {
                memory.put_of_patient(entry, kind, patient, Arc::clone(&rows));
            }
            all.push((*patient, rows));
        }
        Ok(all)
    }

    /// What belongs to a patient, is not deleted and is kept by `keep`, in the order it was made, from behind the row
    /// `after` on: at most `limit` records of `bytes` together, and the row after which the next page begins.
    ///
    /// # Errors
    /// Those of `keep`; `Internal`.
    pub fn chart<E: From<Error>>(
        &self,
        patient: &str,
        after: i64,
        (limit, bytes): (u32, usize),
        mut keep: impl FnMut(&Arc<Record>) -> std::result::Result<bool, E>,
    ) -> std::result::Result<(Vec<Arc<Record>>, Option<i64>), E> {
        let statement = self.connection.prepare_cached(
            "SELECT r.rid, r.id, r.version, r.updated, r.sequence, r.deleted, r.effective, r.label, r.body, r.kind
             FROM compartment c JOIN resource r ON r.rid = c.rid
             WHERE c.patient = ?1 AND c.rid > ?2 AND r.deleted = 0 AND r.kind <> 'Patient' ORDER BY c.rid",
        );
        let mut statement = statement.map_err(Error::from)?;
        let (mut found, mut left) = (Vec::new(), bytes);
        let mut rows = statement.query(params![patient, after]).map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            let record = Arc::new(record(row).map_err(Error::from)?);
            if !keep(&record)? {
                continue;
            }
            if found.len() == limit as usize || left == 0 {
                let last = found.last().map(|record: &Arc<Record>| record.rid);
                return Ok((found, last));
            }
            left = left.saturating_sub(record.body.len());
            found.push(record);
        }
        Ok((found, None))
    }

    /// Every record of a kind that is not deleted: for kinds a clinic has few of.
    ///
    /// # Errors
    /// `Internal`.
    pub fn all(&self, kind: &str) -> Result<Vec<Record>> {
        let mut statement = self
            .connection
            .prepare_cached(concat!(record_sql!(), "WHERE kind = ? AND deleted = 0 ORDER BY sort, rid"))?;
        let rows = statement.query_map([kind], record)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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
}
