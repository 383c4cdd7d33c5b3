//! Small numbers for search parameters and actors, so that an index row repeats no name.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::Result;

/// The numbers given so far, remembered while the file is open.
#[derive(Default)]
pub(crate) struct Refs {
    /// By type, then by name: a look-up allocates nothing.
    params: HashMap<String, HashMap<String, i64>>,
    actors: HashMap<String, i64>,
    /// Added since the last savepoint: forgotten when it is undone.
    pub(super) fresh: bool,
}

impl Refs {
    pub(crate) fn load(connection: &Connection) -> Result<Self> {
        let mut refs = Self::default();
        let mut statement = connection.prepare_cached("SELECT kind, name, ref FROM param")?;
        for row in statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))? {
            let (kind, name, number) = row?;
            refs.params.entry(kind).or_default().insert(name, number);
        }
        let mut statement = connection.prepare_cached("SELECT id, ref FROM actor")?;
        for row in statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (key, number) = row?;
            refs.actors.insert(key, number);
        }
        Ok(refs)
    }

    pub(super) fn param(&mut self, connection: &Connection, kind: &str, name: &str) -> Result<i64> {
        if let Some(number) = self.params.get(kind).and_then(|names| names.get(name)) {
            return Ok(*number);
        }
        connection.prepare_cached("INSERT INTO param (kind, name) VALUES (?, ?)")?.execute([kind, name])?;
        let number = connection.last_insert_rowid();
        self.params.entry(kind.to_owned()).or_default().insert(name.to_owned(), number);
        self.fresh = true;
        Ok(number)
    }

    pub(super) fn actor(&mut self, connection: &Connection, id: &str) -> Result<i64> {
        if let Some(number) = self.actors.get(id) {
            return Ok(*number);
        }
        connection.prepare_cached("INSERT INTO actor (id) VALUES (?)")?.execute([id])?;
        let number = connection.last_insert_rowid();
        self.actors.insert(id.to_owned(), number);
        self.fresh = true;
        Ok(number)
    }
}
