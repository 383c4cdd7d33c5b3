//! What can be read of a clinic ([`View`]) and what a request can write ([`Transaction`]): the only SQL on records.

mod find;
mod journal;
mod own;
mod past;
mod read;
mod refs;
mod search;
mod write;

pub use past::{Past, PastPage};
pub use read::View;
pub use write::Transaction;

pub(crate) use journal::{head, holds, index_journal, indexed, last_entry};
pub(crate) use own::Known;
pub(crate) use refs::Refs;
pub(crate) use search::reindex;
pub(crate) use write::Batch;

use aroeira_fhir::{INDEX_VERSION, Instant};
use rusqlite::{Connection, OptionalExtension, params};

use crate::keys::{Key, unhex_key};
use crate::{Error, Result};

/// A value of `meta`.
pub(crate) fn meta(connection: &Connection, key: &str) -> Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

pub(crate) fn set_meta(connection: &Connection, key: &str, value: &[u8]) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")?
        .execute(params![key, value])?;
    Ok(())
}

/// Fills the `meta` of a new file. The salt that keys body hashes is derived once from the clinic's first key, and kept
/// through every later one.
pub(crate) fn found(connection: &Connection, key: &Key) -> Result<()> {
    let salt = Key::from_bytes(key.mac(&[b"aroeira body salt"]));
    set_meta(connection, "index_version", INDEX_VERSION.to_string().as_bytes())?;
    set_meta(connection, "salt", salt.hex().as_bytes())
}

/// The salt that keys body hashes.
pub(crate) fn salt(connection: &Connection) -> Result<Key> {
    let salt = meta(connection, "salt")?.ok_or_else(|| Error::Internal("the salt is gone".into()))?;
    unhex_key(&salt).ok_or_else(|| Error::Internal("the salt cannot be read".into()))
}

/// Drops what was kept for a while and has expired.
pub(crate) fn drop_expired(connection: &Connection, now: Instant) -> Result<()> {
    let due: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM kept WHERE expires <= ?)")?
        .query_row([now.0], |row| row.get(0))?;
    if due {
        connection.prepare_cached("DELETE FROM kept WHERE expires <= ?")?.execute([now.0])?;
    }
    Ok(())
}
