//! Search parameters of a clinic's own: which there are, and their rows, made behind the writer in small batches. What is
//! written meanwhile is indexed with its write.

use std::sync::Arc;

use aroeira_fhir::search::{Definition, Own, OwnParameter, OwnRows, Progress, SLOTS};
use aroeira_fhir::{Limits, Resource, Row};
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};

use super::refs::Refs;
use super::search::file_rows;
use super::{meta, set_meta};
use crate::{Error, Result};

/// Records looked at, and of these indexed, in one batch: some milliseconds.
const LOOKED: i64 = 1000;
const INDEXED: usize = 50;
/// Rows taken away in one batch.
const TAKEN: usize = 500;
/// The record type that says what a parameter is.
pub(super) const KIND: &str = "SearchParameter";
/// That the records of an older file were looked through.
const MARK: &str = "own_parameters";

const INDEXING: i64 = 0;
const READY: i64 = 1;
const LEAVING: i64 = 2;

/// The tables that hold rows, each with what tells its rows apart within a parameter.
const TABLES: [(&str, &str); 7] = [
    ("index_string", "value, written, rid"),
    ("index_token", "code, system, rid"),
    ("index_date", "low, high, rid"),
    ("index_reference", "target_id, target_kind, effective, rid"),
    ("index_number", "low, high, rid"),
    ("index_quantity", "code, low, high, system, rid"),
    ("index_uri", "value, rid"),
];

/// What the writer knows of them.
#[derive(Default)]
pub(crate) struct Known {
    own: Own,
    /// Something is still being indexed or taken away.
    pending: bool,
    zone: Option<TimeZone>,
    /// Changed since the last savepoint: read again when it is undone.
    pub(super) fresh: bool,
    /// Changed since it was last shown to the readers.
    untold: bool,
}

impl Known {
    pub(crate) fn load(connection: &Connection, zone: &TimeZone) -> Result<Self> {
        let mut known = Self { zone: Some(zone.clone()), ..Self::default() };
        known.read(connection)?;
        if meta(connection, MARK)?.is_none() {
            known.look_through(connection)?;
            set_meta(connection, MARK, b"1")?;
        }
        Ok(known)
    }

    /// Reads the table again.
    pub(super) fn read(&mut self, connection: &Connection) -> Result<()> {
        let mut statement = connection
            .prepare_cached("SELECT slot, id, definition, state, done, upto FROM own_parameter ORDER BY slot")?;
        let mut rows = statement.query([])?;
        let (mut all, mut pending) = (Vec::new(), false);
        while let Some(row) = rows.next()? {
            let state: i64 = row.get(3)?;
            pending |= state != READY;
            if state == LEAVING {
                continue;
            }
            let (slot, id, definition): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (done, upto): (i64, i64) = (row.get(4)?, row.get(5)?);
            let progress = match state {
                READY => Progress::Ready,
                _ => Progress::Indexing(u8::try_from(done.saturating_mul(100) / upto.max(1)).unwrap_or(99).min(99)),
            };
            let known = self.own.all().find(|(own, _)| own.id == id && written(&own.definition) == definition);
            let own = match known.filter(|(own, _)| own.slot() == format!("own:{slot}")) {
                Some((own, _)) => Arc::clone(own),
                None => Arc::new(parameter(&id, &definition, slot)?),
            };
            all.push((own, progress));
        }
        (self.own, self.pending, self.untold) = (Own::new(all), pending, true);
        Ok(())
    }

    /// For the readers, if it is not what they have.
    pub(crate) fn untold(&mut self) -> Option<Own> {
        std::mem::take(&mut self.untold).then(|| self.own.clone())
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.pending
    }

    /// The parameters that records of before this table say.
    fn look_through(&mut self, connection: &Connection) -> Result<()> {
        let mut statement =
            connection.prepare_cached("SELECT id, body FROM resource WHERE kind = ? AND deleted = 0 ORDER BY rid")?;
        let mut rows = statement.query([KIND])?;
        while let Some(row) = rows.next()? {
            let (id, body): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
            self.follow(connection, &id, Some(&body))?;
        }
        Ok(())
    }

    /// Follows a SearchParameter that was written, or deleted. What does not change what is indexed changes nothing.
    pub(super) fn follow(&mut self, connection: &Connection, id: &str, body: Option<&[u8]>) -> Result<()> {
        let wanted = body.and_then(|body| Definition::read(parse(body).ok()?.as_value()).ok()?);
        let wanted = wanted.filter(|wanted| !self.is_taken(id, wanted));
        let before: Option<String> = connection
            .prepare_cached("SELECT definition FROM own_parameter WHERE id = ? AND state <> ?")?
            .query_row(params![id, LEAVING], |row| row.get(0))
            .optional()?;
        let wanted = wanted.map(|wanted| written(&wanted));
        if before == wanted {
            return Ok(());
        }
        self.fresh = true;
        self.leave(connection, id)?;
        if let Some(definition) = wanted {
            begin(connection, id, &definition)?;
        }
        self.read(connection)
    }

    /// Makes the index of a parameter anew. Answers whether there is one.
    pub(super) fn again(&mut self, connection: &Connection, id: &str) -> Result<bool> {
        let Some((own, _)) = self.own.all().find(|(own, _)| own.id == id) else { return Ok(false) };
        let definition = written(&own.definition);
        self.fresh = true;
        self.leave(connection, id)?;
        begin(connection, id, &definition)?;
        self.read(connection)?;
        Ok(true)
    }

    fn leave(&self, connection: &Connection, id: &str) -> Result<()> {
        let sql = "UPDATE own_parameter SET state = ? WHERE id = ?";
        connection.prepare_cached(sql)?.execute(params![LEAVING, id])?;
        Ok(())
    }

    /// Whether another parameter of one of the types has the code.
    fn is_taken(&self, id: &str, wanted: &Definition) -> bool {
        let others = self.own.all().filter(|(own, _)| own.id != id && own.definition.code == wanted.code);
        others.into_iter().any(|(own, _)| own.definition.base.iter().any(|base| wanted.base.contains(base)))
    }

    /// Indexes a record by the parameters of its type. `ahead` are rows made before the writer was asked: those of a parameter
    /// that has changed since are made here. Answers the slots whose expressions did not work on it.
    pub(super) fn index(
        &self,
        connection: &Connection,
        refs: &mut Refs,
        (kind, rid, effective): (&str, i64, i64),
        body: &[u8],
        ahead: &OwnRows,
    ) -> Result<Vec<&'static str>> {
        let mut failed = Vec::new();
        let Some(zone) = &self.zone else { return Ok(failed) };
        let mut resource = None;
        for own in self.own.of(kind) {
            let made: Vec<Row>;
            let rows = match ahead.by(own) {
                Some(rows) => rows,
                None => {
                    let resource = match &mut resource {
                        Some(resource) => resource,
                        empty => empty.insert(parse(body)?.into_value()),
                    };
                    match own.rows(resource, zone) {
                        Ok(rows) => {
                            made = rows;
                            Some(made.as_slice())
                        }
                        Err(_) => None,
                    }
                }
            };
            let Some(rows) = rows else {
                failed.push(own.slot());
                continue;
            };
            file_rows(connection, refs, (kind, rid, effective), rows)?;
        }
        Ok(failed)
    }

    /// One batch of what is pending, within a transaction of the caller's.
    pub(crate) fn work(&mut self, connection: &Connection, refs: &mut Refs) -> Result<()> {
        let next: Option<(i64, i64, i64, i64)> = connection
            .prepare_cached(
                "SELECT slot, state, done, upto FROM own_parameter WHERE state <> ? ORDER BY state DESC, slot LIMIT 1",
            )?
            .query_row([READY], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        match next {
            None => {}
            Some((slot, LEAVING, ..)) => take_away(connection, slot)?,
            Some((slot, _, done, upto)) => self.go_on(connection, refs, slot, done, upto)?,
        }
        self.read(connection)
    }

    /// Indexes the next records by one parameter.
    fn go_on(&self, connection: &Connection, refs: &mut Refs, slot: i64, done: i64, upto: i64) -> Result<()> {
        let name = format!("own:{slot}");
        let found = self.own.all().find(|(own, _)| own.slot() == name);
        let (Some((own, _)), Some(zone)) = (found, &self.zone) else { return take_away(connection, slot) };
        let kinds = serde_json::json!(own.definition.base).to_string();
        let mut statement = connection.prepare_cached(
            "SELECT rid, kind, effective, CASE WHEN deleted = 0 AND kind IN (SELECT value FROM json_each(?1)) THEN body END
             FROM resource WHERE rid > ?2 AND rid <= ?3 ORDER BY rid LIMIT ?4",
        )?;
        let mut rows = statement.query(params![kinds, done, upto, LOOKED])?;
        let (mut last, mut looked, mut indexed, mut failed) = (done, 0, 0, 0);
        while let Some(row) = rows.next()? {
            (last, looked) = (row.get(0)?, looked + 1);
            let Some(body) = row.get_ref(3)?.as_blob_or_null().unwrap_or_default() else { continue };
            let (kind, effective): (String, i64) = (row.get(1)?, row.get(2)?);
            match parse(body).ok().and_then(|resource| own.rows(&resource.into_value(), zone).ok()) {
                Some(found) => file_rows(connection, refs, (&kind, last, effective), &found)?,
                None => failed += 1,
            }
            indexed += 1;
            if indexed == INDEXED {
                break;
            }
        }
        let over = looked < LOOKED && indexed < INDEXED;
        connection
            .prepare_cached("UPDATE own_parameter SET done = ?, failed = failed + ?, state = ? WHERE slot = ?")?
            .execute(params![if over { upto } else { last }, failed, if over { READY } else { INDEXING }, slot])?;
        Ok(())
    }
}

/// Counts a record that an expression did not work on.
pub(super) fn count_failed(connection: &Connection, slots: &[&'static str]) -> Result<()> {
    for slot in slots.iter().filter_map(|name| aroeira_fhir::search::slot_of(name)) {
        let sql = "UPDATE own_parameter SET failed = failed + 1 WHERE slot = ?";
        connection.prepare_cached(sql)?.execute([slot])?;
    }
    Ok(())
}

fn parse(body: &[u8]) -> Result<Resource> {
    Resource::parse(body, &Limits::STORED)
        .map_err(|_| Error::Internal("a stored body cannot be read: look with `aroeira audit verify`".into()))
}

fn written(definition: &Definition) -> String {
    serde_json::to_string(definition).unwrap_or_default()
}

fn parameter(id: &str, definition: &str, slot: i64) -> Result<OwnParameter> {
    let broken = || Error::Internal("a search parameter of the clinic's own cannot be read".into());
    let definition: Definition = serde_json::from_str(definition).map_err(|_| broken())?;
    OwnParameter::new(id, definition, usize::try_from(slot).unwrap_or_default()).ok_or_else(broken)
}

/// Takes the first free slot for a definition, to be indexed from the beginning to the last record there is.
fn begin(connection: &Connection, id: &str, definition: &str) -> Result<()> {
    let mut statement = connection.prepare_cached("SELECT slot FROM own_parameter ORDER BY slot")?;
    let taken: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let free = (1..=i64::try_from(SLOTS).unwrap_or_default()).find(|slot| !taken.contains(slot));
    let free = free.ok_or(Error::Question("too many search parameters of the clinic's own: delete some first"))?;
    connection
        .prepare_cached(
            "INSERT INTO own_parameter (slot, id, definition, state, done, upto, failed)
             VALUES (?, ?, ?, ?, 0, ifnull((SELECT max(rid) FROM resource), 0), 0)",
        )?
        .execute(params![free, id, definition, INDEXING])?;
    Ok(())
}

/// Takes some rows of a slot away; the slot is free once none is left.
fn take_away(connection: &Connection, slot: i64) -> Result<()> {
    let name = format!("own:{slot}");
    let mut statement = connection.prepare_cached("SELECT ref FROM param WHERE name = ?1 OR name GLOB ?1 || ':*'")?;
    let refs: Vec<i64> = statement.query_map([&name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut left = TAKEN;
    for (table, key) in TABLES {
        for param in &refs {
            let sql = format!(
                "DELETE FROM {table} WHERE param = ?1 AND ({key}) IN (SELECT {key} FROM {table} WHERE param = ?1 LIMIT ?2)"
            );
            let most = i64::try_from(left).unwrap_or(i64::MAX);
            left -= left.min(connection.prepare_cached(&sql)?.execute(params![param, most])?);
            if left == 0 {
                return Ok(());
            }
        }
    }
    connection.prepare_cached("DELETE FROM own_parameter WHERE slot = ?")?.execute([slot])?;
    Ok(())
}
