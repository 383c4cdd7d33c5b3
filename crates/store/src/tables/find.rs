//! Searches: the plan is chosen by how many rows each condition has, the matches are gone through once, and what goes
//! with a page is read in one question for each parameter.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use super::View;
use crate::find::{Builder, Driver, Ended, Found, Search};
use crate::query::Statement;
use crate::store::Record;
use crate::{Error, Result};

/// Rows of a condition that are counted before a plan is chosen: beyond it they are many.
const PROBED: i64 = 1000;
/// Bytes of the records of a page, about.
const LARGEST_PAGE: usize = 16 << 20;

/// A value of an order; what has none comes last.
#[derive(Debug, Clone, PartialEq)]
enum Key {
    Number(i64),
    Real(f64),
    Text(String),
    None,
}

impl Key {
    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Integer(number) => Self::Number(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            _ => Self::None,
        }
    }

    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::None, Self::None) => return Ordering::Equal,
            (Self::None, _) => return Ordering::Greater,
            (_, Self::None) => return Ordering::Less,
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Real(one), Self::Real(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => Ordering::Equal,
        };
        if descending { order.reverse() } else { order }
    }
}

/// A match in its place.
#[derive(Debug, Clone)]
struct Place {
    keys: Vec<Key>,
    rid: i64,
}

/// The order of a search.
struct Order<'a>(&'a Search);

impl Order<'_> {
    fn compare(&self, one: &Place, other: &Place) -> Ordering {
        let sort = self.0.sort.iter();
        let keys = one.keys.iter().zip(&other.keys).zip(sort);
        let by_key = keys.map(|((one, other), sort)| one.compare(other, sort.descending)).find(|order| order.is_ne());
        by_key.unwrap_or_else(|| one.rid.cmp(&other.rid))
    }

    fn place(&self, row: &Row<'_>) -> Result<Place> {
        let keys = (1..=self.0.sort.len()).map(|at| Ok(Key::of(row.get_ref(at)?)));
        Ok(Place { keys: keys.collect::<Result<_>>()?, rid: row.get(0)? })
    }
}

impl View<'_> {
    /// One page of a search.
    ///
    /// # Errors
    /// `Question` for words that cannot be looked for or too much work, `Internal`.
    pub fn find(&self, search: &Search) -> Result<Found> {
        if search.reads_words() {
            self.take_time()?;
        }
        let driver = self.narrowest(search)?;
        let most = search.limit as usize + 1;
        let (mut places, total) = if driver.is_none() && search.sort.is_empty() {
            self.made_in_order(search, most)?
        } else {
            self.matches(search, driver.as_ref(), most)?
        };
        let total = search.after.map_or(total, |ended| ended.total);
        let mut more = places.len() == most;
        places.truncate(search.limit as usize);
        let (mut records, mut bytes) = (Vec::with_capacity(places.len()), 0);
        for place in &places {
            // A page of very large records ends early, and the next one goes on.
            if bytes > LARGEST_PAGE {
                more = true;
                break;
            }
            if let Some(record) = self.row(place.rid)? {
                bytes += record.body.len();
                records.push(record);
            }
        }
        let next = records.last().filter(|_| more);
        let next = next.map(|last| Ended { rid: last.rid, sequence: last.sequence, total });
        Ok(Found { records, next, total })
    }

    /// The condition with the fewest rows, counted as far as [`PROBED`].
    fn narrowest(&self, search: &Search) -> Result<Option<Driver>> {
        let mut drivers = search.drivers();
        if drivers.len() < 2 {
            return Ok(drivers.pop());
        }
        let mut best: Option<(i64, Driver)> = None;
        for driver in drivers {
            let sql = format!("SELECT count(*) FROM ({} LIMIT {PROBED})", driver.selects.sql);
            let mut statement = self.connection().prepare_cached(&sql)?;
            let rows: i64 = statement.query_row(params_from_iter(driver.selects.values.iter()), |row| row.get(0))?;
            if best.as_ref().is_none_or(|(fewest, _)| rows < *fewest) {
                best = Some((rows, driver));
            }
        }
        Ok(best.map(|(_, driver)| driver))
    }

    /// The matches in the order they were made: an index has them so.
    fn made_in_order(&self, search: &Search, most: usize) -> Result<(Vec<Place>, u64)> {
        let total = match search.after {
            Some(ended) => ended.total,
            None => self.total(search)?,
        };
        if search.limit == 0 {
            return Ok((Vec::new(), total));
        }
        let mut b = Builder::new();
        b.push("SELECT r.rid");
        search.from(&mut b, None);
        b.push(" AND r.rid > ? ORDER BY r.rid LIMIT ?");
        b.bind(search.after.map_or(0, |ended| ended.rid));
        b.bind(i64::try_from(most).unwrap_or(i64::MAX));
        let Statement { sql, values } = b.statement;
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows =
            statement.query_map(params_from_iter(values), |row| Ok(Place { keys: Vec::new(), rid: row.get(0)? }))?;
        Ok((rows.collect::<rusqlite::Result<_>>()?, total))
    }

    fn total(&self, search: &Search) -> Result<u64> {
        let mut b = Builder::new();
        if search.asks_for_all() {
            b.push("SELECT ifnull((SELECT live FROM tally WHERE kind = ?), 0)");
            b.bind(search.kind.clone());
        } else {
            b.push("SELECT count(*)");
            search.from(&mut b, None);
        }
        let Statement { sql, values } = b.statement;
        let total: i64 =
            self.connection().prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?;
        Ok(total.unsigned_abs())
    }

    /// The first of all matches, which are gone through once; and how many they are.
    fn matches(&self, search: &Search, driver: Option<&Driver>, most: usize) -> Result<(Vec<Place>, u64)> {
        let order = Order(search);
        let after = search.after.map(|ended| self.ended_at(search, ended)).transpose()?;
        let mut b = Builder::new();
        b.push("SELECT r.rid");
        let keys = search.keys().statement;
        b.push(&keys.sql);
        b.statement.values.extend(keys.values);
        search.from(&mut b, driver);
        let Statement { sql, values } = b.statement;
        let mut statement = self.connection().prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let (mut seen, mut held, mut fit) = (HashSet::new(), Vec::<Place>::new(), 0);
        while let Some(row) = rows.next()? {
            if driver.is_some() && !seen.insert(row.get::<_, i64>(0)?) {
                continue;
            }
            fit += 1;
            let place = order.place(row)?;
            if after.as_ref().is_none_or(|after| order.compare(after, &place).is_lt()) {
                held.push(place);
            }
            if held.len() > 4 * most + 256 {
                held.sort_unstable_by(|one, other| order.compare(one, other));
                held.truncate(most);
            }
        }
        held.sort_unstable_by(|one, other| order.compare(one, other));
        held.truncate(most);
        Ok((held, fit))
    }

    /// The place of the row where the page before ended. A cursor holds no value of a record: they travel in URLs.
    fn ended_at(&self, search: &Search, ended: Ended) -> Result<Place> {
        let moved = Error::Question("the cursor's record has changed: begin again");
        if search.sort.is_empty() {
            return Ok(Place { keys: Vec::new(), rid: ended.rid });
        }
        let keys = search.keys().statement;
        let sql = format!(
            "SELECT r.rid{} FROM resource r WHERE r.rid = ? AND r.kind = ? AND r.sequence = ? AND r.deleted = 0",
            keys.sql
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let sequence = i64::try_from(ended.sequence).unwrap_or(i64::MAX);
        let values = keys.values.into_iter().chain([ended.rid.into(), search.kind.clone().into(), sequence.into()]);
        let place = statement.query_row(params_from_iter(values), |row| Ok(Order(search).place(row))).optional()?;
        place.ok_or(moved)?
    }

    /// What records refer to by a parameter of their type, each once, `most` at most; deleted ones are left out.
    ///
    /// # Errors
    /// `Internal`.
    pub fn referred(
        &self,
        records: &[Arc<Record>],
        kind: &str,
        param: &str,
        target: Option<&str>,
        most: usize,
    ) -> Result<Vec<Arc<Record>>> {
        let rids: Vec<i64> = records.iter().filter(|record| record.kind == kind).map(|record| record.rid).collect();
        let mut statement = self.connection().prepare_cached(
            "SELECT DISTINCT i.target_kind, i.target_id FROM index_reference i WHERE i.rid IN (SELECT value FROM json_each(?1))
               AND i.param = (SELECT ref FROM param WHERE kind = ?2 AND name = ?3) AND i.target_kind <> ''
               AND (?4 IS NULL OR i.target_kind = ?4) LIMIT ?5",
        )?;
        let mut rows = statement.query(params![
            serde_json::json!(rids).to_string(),
            kind,
            param,
            target,
            i64::try_from(most).unwrap_or(i64::MAX)
        ])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (kind, id): (String, String) = (row.get(0)?, row.get(1)?);
            found.extend(self.record(&kind, &id)?.filter(|record| !record.deleted));
        }
        Ok(found)
    }

    /// The records of a type that refer to some by a parameter, each once, `most` at most.
    ///
    /// # Errors
    /// `Internal`.
    pub fn referring(&self, records: &[Arc<Record>], kind: &str, param: &str, most: usize) -> Result<Vec<Arc<Record>>> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let Some(target) = records.first().map(|record| record.kind.as_str()) else { return Ok(Vec::new()) };
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let mut statement = self.connection().prepare_cached(
            "SELECT DISTINCT i.rid FROM index_reference i WHERE i.param = (SELECT ref FROM param WHERE kind = ?1 AND name = ?2)
               AND i.target_kind = ?3 AND i.target_id IN (SELECT value FROM json_each(?4)) ORDER BY i.rid LIMIT ?5",
        )?;
        let mut rows = statement.query(params![kind, param, target, serde_json::json!(ids).to_string(), most])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(self.row(row.get(0)?)?.filter(|record| !record.deleted));
        }
        Ok(found)
    }
}
