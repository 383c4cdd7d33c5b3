//! The journal's tables: its head, and the derived index of the records it speaks of.

use aroeira_fhir::Instant;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::{View, meta, set_meta};
use crate::journal::{Head, JournalFilter, JournalRow};
use crate::{Error, Result};

/// Position and hash of the last entry.
pub(crate) fn head(connection: &Connection) -> Result<Head> {
    let found = connection
        .prepare_cached("SELECT sequence, hash, at FROM journal ORDER BY sequence DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { sequence: row.get(0)?, hash: row.get(1)?, at: Instant(row.get(2)?) }))
        .optional()?;
    Ok(found.unwrap_or(Head::START))
}

/// The number of the last entry.
pub(crate) fn last_entry(connection: &Connection) -> Result<i64> {
    let mut statement = connection.prepare_cached("SELECT ifnull(max(sequence), 0) FROM journal")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Whether the journal has this very entry.
pub(crate) fn holds(connection: &Connection, head: &Head) -> Result<bool> {
    if head.sequence == 0 {
        return Ok(true);
    }
    let hash: Option<Vec<u8>> = connection
        .prepare_cached("SELECT hash FROM journal WHERE sequence = ?")?
        .query_row([head.sequence], |row| row.get(0))
        .optional()?;
    Ok(hash.is_some_and(|hash| hash == head.hash))
}

/// The last entry that the index speaks of.
pub(crate) fn indexed(connection: &Connection) -> Result<i64> {
    let known = meta(connection, "journal_indexed")?;
    Ok(known.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()).unwrap_or(0))
}

/// Indexes at most `most` entries more; answers how many it found.
pub(crate) fn index_journal(connection: &mut Connection, most: usize) -> Result<usize> {
    let done = indexed(connection)?;
    let last = last_entry(connection)?;
    if last <= done {
        return Ok(0);
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let until = last.min(done.saturating_add(most));
    let transaction = connection.transaction()?;
    {
        let mut entries = transaction.prepare_cached(
            "SELECT sequence, entry, actor, event FROM journal WHERE sequence > ? AND sequence <= ? ORDER BY 1",
        )?;
        let mut by_actor =
            transaction.prepare_cached("INSERT OR IGNORE INTO journal_by_actor (actor, sequence) VALUES (?, ?)")?;
        let mut by_event =
            transaction.prepare_cached("INSERT OR IGNORE INTO journal_by_event (event, sequence) VALUES (?, ?)")?;
        let mut insert = transaction.prepare_cached(
            "INSERT OR IGNORE INTO journal_record (rid, sequence) SELECT rid, ? FROM resource WHERE kind = ? AND id = ?",
        )?;
        let mut rows = entries.query([done, until])?;
        while let Some(row) = rows.next()? {
            let sequence: i64 = row.get(0)?;
            by_actor.execute([row.get(2)?, sequence])?;
            by_event.execute([row.get(3)?, sequence])?;
            // An entry that cannot be read is for the walk of the chain to report.
            let entry = JournalRow::decode(sequence, row.get_ref(1)?.as_blob().unwrap_or_default(), &[]);
            for record in entry.map(|entry| entry.records).unwrap_or_default() {
                insert.execute(params![sequence, record.kind, record.id])?;
            }
        }
    }
    set_meta(&transaction, "journal_indexed", until.to_string().as_bytes())?;
    transaction.commit()?;
    usize::try_from(until - done).map_err(|_| Error::Internal("a journal that runs backwards".into()))
}

impl View<'_> {
    /// Entries of the journal, the newest first, with how many match in all. By event, user or record after
    /// [`Store::index_journal`](crate::Store::index_journal) only.
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
        let (mut sql, mut values) = entries_that_fit(filter, first, end);
        let total: i64 = if filter.is_plain() {
            end.saturating_sub(first).max(0)
        } else {
            let mut statement = self.connection().prepare_cached(&format!("SELECT count(*){sql}"))?;
            statement.query_row(params_from_iter(values.iter()), |row| row.get(0))?
        };
        if let Some(before) = filter.before {
            sql.push_str(" AND d.sequence < ?");
            values.push(Value::Integer(i64::try_from(before).unwrap_or(i64::MAX)));
        }
        let sql = format!(
            "SELECT j.sequence, j.entry, j.hash FROM (SELECT d.sequence AS sequence{sql} ORDER BY d.sequence DESC LIMIT {}) p
               JOIN journal j ON j.sequence = p.sequence ORDER BY p.sequence DESC",
            filter.limit
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
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
        let last = last_entry(self.connection())?;
        let mut statement = self.connection().prepare_cached("SELECT at FROM journal WHERE sequence = ?")?;
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

/// `FROM` and `WHERE` of a filter: the narrowest of its indexes is gone through, each entry of it held against the others.
fn entries_that_fit(filter: &JournalFilter, first: i64, end: i64) -> (String, Vec<Value>) {
    let mut asked: Vec<(&str, &str, Vec<Value>)> = Vec::new();
    if let Some((kind, id)) = &filter.record {
        let values = vec![Value::Text(kind.clone()), Value::Text(id.clone())];
        asked.push(("journal_record", "rid = (SELECT rid FROM resource WHERE kind = ? AND id = ?)", values));
    }
    if let Some(user) = &filter.user {
        let values = vec![Value::Text(user.clone())];
        asked.push(("journal_by_actor", "actor = (SELECT ref FROM actor WHERE id = ?)", values));
    }
    if let Some(event) = filter.event {
        asked.push(("journal_by_event", "event = ?", vec![Value::Integer(event.number())]));
    }
    let mut asked = asked.into_iter();
    let (mut sql, mut values) = match asked.next() {
        Some((table, test, values)) => (format!(" FROM {table} d WHERE d.{test}"), values),
        None => (" FROM journal d WHERE 1".to_owned(), Vec::new()),
    };
    sql.push_str(" AND d.sequence >= ? AND d.sequence < ?");
    values.extend([Value::Integer(first), Value::Integer(end)]);
    for (table, test, more) in asked {
        sql.push_str(&format!(" AND EXISTS (SELECT 1 FROM {table} i WHERE i.{test} AND i.sequence = d.sequence)"));
        values.extend(more);
    }
    (sql, values)
}
