//! The sealed engine: one SQLite file a clinic, encrypted with AEGIS-256 (SQLite3 Multiple Ciphers) under its own key.

mod copier;
pub(crate) mod job;
pub(crate) mod memory;
pub(crate) mod migrations;
pub(crate) mod readers;
pub(crate) mod setup;
pub(crate) mod writer;

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::keys::Key;
use crate::{Error, Result};

/// How a file is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Makes the file.
    Create,
    /// The file must be there: a lost one is not replaced by an empty one.
    Write,
    /// Cannot write.
    Read,
}

/// Copies what it can of the log into the file. Answers whether that was all of it.
pub(crate) fn copy_log(connection: &Connection) -> Result<bool> {
    let found = connection
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let (busy, pages, copied): (i64, i64, i64) = found;
    Ok(busy == 0 && pages == copied)
}

/// Opens the encrypted file and proves the key with a first read.
pub(crate) fn open(path: &Path, key: &Key, mode: Mode, cache_kb: u32) -> Result<Connection> {
    let flags = match mode {
        Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        // A reader too may have to read the log of a program that was killed.
        Mode::Write | Mode::Read => OpenFlags::SQLITE_OPEN_READ_WRITE,
    } | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if mode != Mode::Create && !path.exists() {
        return Err(Error::Unavailable("the clinic's file is gone: restore a backup".into()));
    }
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(128);
    let hex = key.hex();
    // A raw key: no derivation on every open. It never reaches an error text.
    let keyed = zeroize::Zeroizing::new(format!("PRAGMA cipher='aegis'; PRAGMA key='raw:{}';", hex.as_str()));
    connection.execute_batch(&keyed).map_err(|_| Error::Internal("the key was not taken".into()))?;
    connection
        .execute_batch("SELECT count(*) FROM sqlite_schema")
        .map_err(|e| Error::Unavailable(format!("this clinic's file does not open with its key: {e}")))?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;
         PRAGMA cell_size_check=ON; PRAGMA cache_size=-{cache_kb}; PRAGMA wal_autocheckpoint=0;
         PRAGMA journal_size_limit=67108864; PRAGMA secure_delete=OFF;"
    ))?;
    // A plan holds for every value bound to it: else a list would be planned anew at each question.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    if mode == Mode::Read {
        connection.pragma_update(None, "query_only", true)?;
    }
    Ok(connection)
}
