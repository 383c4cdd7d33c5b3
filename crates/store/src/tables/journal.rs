//! The journal's tables: its head, and the derived index of the records it speaks of.

use aroeira_fhir::Instant;
use rusqlite::{Connection, OptionalExtension, params};

use super::{meta, set_meta};
use crate::journal::{Head, JournalRow};
use crate::{Error, Result};

/// Position and hash of the last entry.
pub(crate) fn head(connection: &Connection) -> Result<Head> {
    let found = connection
        .prepare_cached("SELECT sequence, hash, at FROM journal ORDER BY sequence DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { sequence: row.get(0)?, hash: row.get(1)?, at: Instant(row.get(2)?) }))
        .optional()?;
    Ok(found.unwrap_or(Head::START))
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

/// Indexes at most `most` entries more; answers how many it found.
pub(crate) fn index_journal(connection: &mut Connection, most: usize) -> Result<usize> {
    let done: i64 =
        meta(connection, "journal_indexed")?.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()).unwrap_or(0);
    let last: i64 =
        connection.prepare_cached("SELECT ifnull(max(sequence), 0) FROM journal")?.query_row([], |row| row.get(0))?;
    if last <= done {
        return Ok(0);
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let until = last.min(done.saturating_add(most));
    let transaction = connection.transaction()?;
    {
        let mut entries = transaction.prepare_cached(
            "SELECT sequence, entry, hash FROM journal WHERE sequence > ? AND sequence <= ? ORDER BY 1",
        )?;
        let mut insert = transaction.prepare_cached(
            "INSERT OR IGNORE INTO journal_record (rid, sequence) SELECT rid, ? FROM resource WHERE kind = ? AND id = ?",
        )?;
        let mut rows = entries.query([done, until])?;
        while let Some(row) = rows.next()? {
            let sequence: i64 = row.get(0)?;
            let entry = JournalRow::decode(sequence, row.get_ref(1)?.as_blob().unwrap_or_default(), &[])?;
            for record in entry.records {
                insert.execute(params![sequence, record.kind, record.id])?;
            }
        }
    }
    set_meta(&transaction, "journal_indexed", until.to_string().as_bytes())?;
    transaction.commit()?;
    usize::try_from(until - done).map_err(|_| Error::Internal("a journal that runs backwards".into()))
}
