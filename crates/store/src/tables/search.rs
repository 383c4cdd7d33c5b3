//! The search index of one record: derived from its body, written with it, and made anew when the index changes.

use aroeira_fhir::search::vector;
use aroeira_fhir::{INDEX_VERSION, Index, Instant, Limits, Resource, Row, index as index_of};
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};

use super::own::{Known, count_failed};
use super::refs::Refs;
use super::{meta, set_meta};
use crate::find::SPAN;
use crate::{Error, Result};

/// Records indexed anew in one commit.
const STRETCH: i64 = 1000;

/// Takes a record out of every index but that of words.
pub(super) fn unindex(connection: &Connection, rid: i64) -> Result<()> {
    for sql in [
        "DELETE FROM index_string WHERE rid = ?",
        "DELETE FROM index_token WHERE rid = ?",
        "DELETE FROM index_date WHERE rid = ?",
        "DELETE FROM index_reference WHERE rid = ?",
        "DELETE FROM index_number WHERE rid = ?",
        "DELETE FROM index_quantity WHERE rid = ?",
        "DELETE FROM index_uri WHERE rid = ?",
        "DELETE FROM index_pair WHERE rid = ?",
        "DELETE FROM index_place WHERE rid = ?",
        "DELETE FROM compartment WHERE rid = ?",
    ] {
        connection.prepare_cached(sql)?.execute([rid])?;
    }
    Ok(())
}

/// Files a record - its kind, row and clinical date - under its values.
pub(super) fn index(connection: &Connection, refs: &mut Refs, place: (&str, i64, i64), index: &Index) -> Result<()> {
    file_rows(connection, refs, place, &index.rows)
}

/// Files a record under values, and under the time from the first of its dates to the last where one parameter has
/// several: two conditions on such a date may hold of two of them.
pub(super) fn file_rows(connection: &Connection, refs: &mut Refs, place: (&str, i64, i64), rows: &[Row]) -> Result<()> {
    let mut spans: Vec<(&'static str, Instant, Instant, usize)> = Vec::new();
    for row in rows {
        file_row(connection, refs, place, row)?;
        if let Row::Date { param, low, high } = row {
            match spans.iter_mut().find(|(known, ..)| known == param) {
                Some(span) => *span = (param, span.1.min(*low), span.2.max(*high), span.3 + 1),
                None => spans.push((param, *low, *high, 1)),
            }
        }
    }
    for (param, low, high, _) in spans.into_iter().filter(|span| span.3 > 1) {
        let param = refs.param(connection, place.0, &format!("{param}{SPAN}"))?;
        connection
            .prepare_cached("INSERT OR IGNORE INTO index_date (param, low, high, rid) VALUES (?, ?, ?, ?)")?
            .execute(params![param, low.0, high.0, place.1])?;
    }
    Ok(())
}

/// Files a record under one value.
fn file_row(
    connection: &Connection,
    refs: &mut Refs,
    (kind, rid, effective): (&str, i64, i64),
    row: &Row,
) -> Result<()> {
    let param = refs.param(connection, kind, row.param())?;
    let insert = |sql: &str, values: &[&dyn rusqlite::ToSql]| connection.prepare_cached(sql)?.execute(values);
    match row {
        Row::Text { value, written, .. } => insert(
            "INSERT OR IGNORE INTO index_string (param, value, written, rid) VALUES (?, ?, ?, ?)",
            params![param, value, written, rid],
        ),
        Row::Token { system, code, .. } => insert(
            "INSERT OR IGNORE INTO index_token (param, code, system, rid) VALUES (?, ?, ?, ?)",
            params![param, code, system, rid],
        ),
        Row::Date { low, high, .. } => insert(
            "INSERT OR IGNORE INTO index_date (param, low, high, rid) VALUES (?, ?, ?, ?)",
            params![param, low.0, high.0, rid],
        ),
        Row::Reference { target, .. } => insert(
            "INSERT OR IGNORE INTO index_reference (param, target_id, target_kind, effective, rid) VALUES (?, ?, ?, ?, ?)",
            params![param, target.id, target.kind, effective, rid],
        ),
        Row::Number { low, high, .. } => insert(
            "INSERT OR IGNORE INTO index_number (param, low, high, rid) VALUES (?, ?, ?, ?)",
            params![param, low, high, rid],
        ),
        Row::Quantity { system, code, low, high, .. } => insert(
            "INSERT OR IGNORE INTO index_quantity (param, code, low, high, system, rid) VALUES (?, ?, ?, ?, ?, ?)",
            params![param, code, low, high, system, rid],
        ),
        Row::Uri { value, .. } => {
            insert("INSERT OR IGNORE INTO index_uri (param, value, rid) VALUES (?, ?, ?)", params![param, value, rid])
        }
        Row::Pair { parts, .. } => {
            let (one, other) = (Part::of(&parts.0), Part::of(&parts.1));
            insert(
                    "INSERT OR IGNORE INTO index_pair (param, code1, system1, low1, high1, code2, system2, low2, high2, rid)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    params![
                        param, one.code, one.system, one.low, one.high, other.code, other.system, other.low, other.high,
                        rid
                    ],
                )
        }
        Row::Place { latitude, longitude, .. } => {
            let [x, y, z] = vector(*latitude, *longitude);
            insert(
                "INSERT OR IGNORE INTO index_place (param, x, y, z, rid) VALUES (?, ?, ?, ?, ?)",
                params![param, x, y, z, rid],
            )
        }
    }?;
    Ok(())
}

/// A part of a composite as its columns have it. Instants are whole milliseconds, which a double holds for 285,000 years.
#[derive(Default)]
struct Part<'a> {
    code: &'a str,
    system: &'a str,
    low: f64,
    high: f64,
}

impl<'a> Part<'a> {
    fn of(row: &'a Row) -> Self {
        match row {
            Row::Text { value, .. } | Row::Uri { value, .. } => Self { code: value, ..Self::default() },
            Row::Token { system, code, .. } => Self { code, system, ..Self::default() },
            Row::Reference { target, .. } => Self { code: &target.id, system: &target.kind, ..Self::default() },
            Row::Date { low, high, .. } => Self { low: low.0 as f64, high: high.0 as f64, ..Self::default() },
            Row::Number { low, high, .. } => Self { low: *low, high: *high, ..Self::default() },
            Row::Quantity { system, code, low, high, .. } => Self { code, system, low: *low, high: *high },
            Row::Pair { .. } | Row::Place { .. } => Self::default(),
        }
    }
}

/// The words of a record, to be filed. SQLite's full-text index writes what it holds at every savepoint, so a group's
/// words are filed together, behind the last one.
pub(super) struct Words {
    pub(super) rid: i64,
    /// It may have words already.
    pub(super) known: bool,
    pub(super) text: String,
    pub(super) narrative: String,
}

impl Words {
    pub(super) fn file(&self, connection: &Connection) -> Result<()> {
        if self.known {
            connection.prepare_cached("DELETE FROM narrative WHERE rowid = ?")?.execute([self.rid])?;
        }
        if !self.text.is_empty() || !self.narrative.is_empty() {
            connection
                .prepare_cached("INSERT INTO narrative (rowid, text, story) VALUES (?, ?, ?)")?
                .execute(params![self.rid, self.text, self.narrative])?;
        }
        Ok(())
    }
}

/// Files a record under its patients; a deleted one stays there, so that its history is as closed as it was.
pub(super) fn belong(connection: &Connection, rid: i64, patients: &[String]) -> Result<()> {
    for patient in patients {
        connection
            .prepare_cached("INSERT OR IGNORE INTO compartment (patient, rid) VALUES (?, ?)")?
            .execute(params![patient, rid])?;
    }
    Ok(())
}

/// Indexes every FHIR record anew where an older program filled the index. Goes on where an interrupted run ended.
/// Records of our own kinds keep their rows, and deleted ones the patients they belong to.
pub(crate) fn reindex(connection: &mut Connection, refs: &mut Refs, own: &Known, zone: &TimeZone) -> Result<()> {
    let wanted = INDEX_VERSION.to_string();
    if meta(connection, "index_version")?.as_deref() == Some(wanted.as_bytes()) {
        return Ok(());
    }
    tracing::info!(version = INDEX_VERSION, "the search index is made anew");
    let mark = format!("reindexed_{wanted}");
    let mut done: i64 =
        meta(connection, &mark)?.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()).unwrap_or(0);
    if done == 0 {
        connection.execute("UPDATE own_parameter SET failed = 0", [])?;
    }
    loop {
        let transaction = connection.transaction()?;
        match stretch(&transaction, refs, own, zone, done)? {
            Some(last) => {
                done = last;
                set_meta(&transaction, &mark, done.to_string().as_bytes())?;
                transaction.commit()?;
                // Nobody reads yet: the log begins anew with the next stretch, and does not grow by the whole index.
                crate::sqlite::copy_log(connection)?;
            }
            None => {
                transaction.execute("DELETE FROM meta WHERE key GLOB 'reindexed_*'", [])?;
                set_meta(&transaction, "index_version", wanted.as_bytes())?;
                transaction.commit()?;
                return Ok(());
            }
        }
    }
}

/// A stretch of records after `rid`; answers the last one, `None` when there were none.
fn stretch(connection: &Connection, refs: &mut Refs, own: &Known, zone: &TimeZone, rid: i64) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT rid, kind, deleted, effective, body FROM resource WHERE rid > ? ORDER BY rid LIMIT ?",
    )?;
    let mut rows = statement.query(params![rid, STRETCH])?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        let (rid, kind, deleted): (i64, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        last = Some(rid);
        if deleted || !aroeira_fhir::types::is_resource_type(&kind) {
            continue;
        }
        let body = row.get_ref(4)?.as_blob().unwrap_or_default();
        let resource = Resource::parse(body, &Limits::STORED)
            .map_err(|_| Error::Internal("a stored body cannot be read: look with `aroeira audit verify`".into()))?;
        let values = index_of(&resource, zone);
        unindex(connection, rid)?;
        let place = (kind.as_str(), rid, row.get(3)?);
        index(connection, refs, place, &values)?;
        let failed = own.index(connection, refs, place, body, &values.own)?;
        count_failed(connection, &failed)?;
        Words { rid, known: true, text: values.text, narrative: values.narrative }.file(connection)?;
        belong(connection, rid, &values.patients)?;
    }
    Ok(last)
}
