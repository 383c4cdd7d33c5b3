//! Searches: the plan is chosen by how many rows each condition has, the matches are gone through once, and what goes
//! with a page is read in one question for each parameter.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{OptionalExtension, Row, Rows, params, params_from_iter};

use super::View;
use crate::find::{Builder, By, Driver, Ended, Found, Plan, Search, Sorting, Statement, Weighed};
use crate::store::Record;
use crate::{Error, Result};

/// Rows of a condition that are counted before a plan is chosen: beyond it they are many.
const PROBED: i64 = 1000;
/// So many first: most searches have a condition with fewer.
const PROBES: [i64; 3] = [40, 200, PROBED];
/// Bytes of the records of a page, about.
const LARGEST_PAGE: usize = 4 << 20;

/// How many records of a type there are.
const LIVE: &str = "SELECT ifnull((SELECT live FROM tally WHERE kind = ?), 0)";

/// Rows that were met already, a bit each: of a million at most some hundred kilobytes.
#[derive(Default)]
struct Seen(HashMap<i64, Box<[u64; Seen::WORDS]>>);

impl Seen {
    const WORDS: usize = 64;

    /// Answers whether it is new.
    fn insert(&mut self, rid: i64) -> bool {
        let bits = 64 * Self::WORDS as i64;
        let words = self.0.entry(rid.div_euclid(bits)).or_insert_with(|| Box::new([0; Self::WORDS]));
        let at = usize::try_from(rid.rem_euclid(bits)).unwrap_or_default();
        let (word, bit) = (&mut words[at / 64], 1 << (at % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

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

    fn value(&self) -> Value {
        match self {
            Self::Number(number) => Value::Integer(*number),
            Self::Real(number) => Value::Real(*number),
            Self::Text(text) => Value::Text(text.clone()),
            Self::None => Value::Null,
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
#[derive(Debug, Clone, Default)]
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
        let by_age = one.rid.cmp(&other.rid);
        by_key.unwrap_or(if self.0.newest_first() { by_age.reverse() } else { by_age })
    }

    fn place(&self, row: &Row<'_>) -> Result<Place> {
        let mut place = Place::default();
        self.read(row, &mut place)?;
        Ok(place)
    }

    /// The place of a row, where that of another was.
    fn read(&self, row: &Row<'_>, place: &mut Place) -> Result<()> {
        place.rid = row.get(0)?;
        place.keys.clear();
        (1..=self.0.sort.len()).try_for_each(|at| {
            place.keys.push(Key::of(row.get_ref(at)?));
            Ok(())
        })
    }
}

impl View<'_> {
    /// One page of a search.
    ///
    /// # Errors
    /// `Question` for words that cannot be looked for or too much work, `Internal`.
    pub fn find(&self, search: &Search) -> Result<Found> {
        self.find_among(std::slice::from_ref(search))
    }

    /// One page of several searches, each of another type, that are alike in order, page and cursor: as one.
    ///
    /// # Errors
    /// As [`View::find`].
    pub fn find_among(&self, searches: &[Search]) -> Result<Found> {
        let Some(first) = searches.first() else { return Err(Error::Internal("a search of nothing".into())) };
        // For who reads the plan; no answer depends on it.
        let started = first.explained.then(std::time::Instant::now);
        if searches.iter().any(Search::reads_words) {
            self.take_time()?;
        }
        self.check_own(searches)?;
        let after = first.after.map(|ended| self.ended_at(first, ended)).transpose()?;
        let most = first.limit as usize + 1;
        let (mut places, mut total, mut plan) = (Vec::new(), 0, None);
        for search in searches {
            let mut explained = search.explained.then(Plan::default);
            let driver = self.narrowest(search, explained.as_mut())?;
            let (found, count) = if search.is_in_order(driver.as_ref()) {
                self.in_order(search, after.as_ref(), most)?
            } else {
                self.matches(search, driver.as_ref(), after.as_ref(), most)?
            };
            places.extend(found);
            total += count;
            plan = plan.or(explained);
        }
        if searches.len() > 1 {
            places.sort_unstable_by(|one, other| Order(first).compare(one, other));
            places.truncate(most);
        }
        let total = first.after.map_or(total, |ended| ended.total);
        let (records, more) = self.page_of(places, first.limit as usize)?;
        let next = records.last().filter(|_| more);
        let next = next.map(|last| Ended { rid: last.rid, sequence: last.sequence, total });
        if let Some(plan) = &mut plan {
            plan.took = started.map(|started| started.elapsed()).unwrap_or_default();
        }
        Ok(Found { records, next, total, plan })
    }

    /// Search parameters of the clinic's own answer once their index is whole, at this very moment.
    fn check_own(&self, searches: &[Search]) -> Result<()> {
        let slots: BTreeSet<i64> = searches.iter().flat_map(Search::own_slots).collect();
        if slots.is_empty() {
            return Ok(());
        }
        let sql = "SELECT count(*) FROM own_parameter WHERE state = 1 AND slot IN (SELECT value FROM json_each(?))";
        let mut statement = self.connection().prepare_cached(sql)?;
        let ready: i64 = statement.query_row([serde_json::json!(slots).to_string()], |row| row.get(0))?;
        let whole = usize::try_from(ready) == Ok(slots.len());
        if whole { Ok(()) } else { Err(Error::Question("a search parameter is being indexed")) }
    }

    /// How many records an expression did not work on, by the id of its SearchParameter.
    ///
    /// # Errors
    /// `Internal`.
    pub fn own_failed(&self, id: &str) -> Result<u64> {
        let sql = "SELECT ifnull(sum(failed), 0) FROM own_parameter WHERE id = ? AND state <> 2";
        let failed: i64 = self.connection().prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
        Ok(failed.unsigned_abs())
    }

    /// The records of a page, and whether there are more.
    fn page_of(&self, mut places: Vec<Place>, limit: usize) -> Result<(Vec<Arc<Record>>, bool)> {
        let mut more = places.len() > limit;
        places.truncate(limit);
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
        Ok((records, more))
    }

    /// The condition with the fewest rows, counted as far as [`PROBED`]; a way to rows counts when what it begins with is
    /// few. `None` where going through everything finds a page sooner.
    fn narrowest(&self, search: &Search, plan: Option<&mut Plan>) -> Result<Option<Driver>> {
        let mut drivers = if search.is_scored() { search.scored().into_iter().collect() } else { search.drivers() };
        let first_page_is_enough = !search.counted && search.sort.is_empty();
        if plan.is_none() && drivers.len() < 2 && !first_page_is_enough {
            return Ok(drivers.pop());
        }
        // The steps rise: what a narrow condition saves is not spent on counting a wide one. A plan that is read has all.
        let mut rows = Vec::new();
        for most in if plan.is_some() { &PROBES[2..] } else { &PROBES } {
            rows = drivers.iter().map(|driver| self.rows_of(driver, *most)).collect::<Result<_>>()?;
            if rows.iter().any(|rows| rows < most) {
                break;
            }
        }
        let best = (0..drivers.len()).min_by_key(|at| rows[*at]);
        let best = best.filter(|at| !first_page_is_enough || rows[*at] < PROBED || search.is_scored());
        if let Some(plan) = plan {
            self.explain(search, &drivers, &rows, best, plan)?;
        }
        Ok(best.map(|at| drivers.swap_remove(at)))
    }

    /// Rows of a driver, as far as `most`; one more where the way there is as long.
    fn rows_of(&self, driver: &Driver, most: i64) -> Result<i64> {
        let long = driver.begins.as_ref().map(|begins| self.probe(begins, most)).transpose()?;
        if long.is_some_and(|rows| rows >= most) { Ok(most + 1) } else { self.probe(&driver.selects, most) }
    }

    /// Rows of a `SELECT`, as far as `most`.
    fn probe(&self, selects: &Statement, most: i64) -> Result<i64> {
        let sql = format!("SELECT count(*) FROM ({} LIMIT ?)", selects.sql);
        let mut statement = self.connection().prepare_cached(&sql)?;
        let values = selects.values.iter().cloned().chain([Value::Integer(most)]);
        Ok(statement.query_row(params_from_iter(values), |row| row.get(0))?)
    }

    fn explain(
        &self,
        search: &Search,
        drivers: &[Driver],
        rows: &[i64],
        best: Option<usize>,
        plan: &mut Plan,
    ) -> Result<()> {
        for (at, filter) in search.conditions().iter().enumerate() {
            let driver = drivers.iter().position(|driver| driver.of == Some(at));
            let rows = driver.map(|driver| rows[driver]);
            let more = rows.is_some_and(|rows| rows >= PROBED);
            let rows = rows.map(|rows| rows.min(PROBED).unsigned_abs());
            plan.conditions.push(Weighed { name: filter.names(), rows, more });
        }
        let best = best.map(|at| &drivers[at]);
        plan.driver = best.map(|driver| match driver.of {
            Some(at) => search.conditions()[at].names(),
            None => "_compartment".to_owned(),
        });
        let (sql, values) = match best {
            Some(driver) => (format!("SELECT count(*) FROM ({})", driver.selects.sql), driver.selects.values.clone()),
            None => (LIVE.to_owned(), vec![search.kind.clone().into()]),
        };
        let looked_at: i64 =
            self.connection().prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?;
        plan.looked_at = Some(looked_at.unsigned_abs());
        Ok(())
    }

    /// The matches that an index has in their order.
    fn in_order(&self, search: &Search, after: Option<&Place>, most: usize) -> Result<(Vec<Place>, u64)> {
        let total = match search.after {
            Some(ended) => ended.total,
            None if !search.counted => 0,
            None => self.total(search)?,
        };
        if search.limit == 0 {
            return Ok((Vec::new(), total));
        }
        let after = after.map(|place| (place.keys.first().map(Key::value), place.rid));
        let Statement { sql, values } = search.page(after, i64::try_from(most).unwrap_or(i64::MAX));
        let mut statement = self.connection().prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            places.push(Order(search).place(row)?);
        }
        Ok((places, total))
    }

    fn total(&self, search: &Search) -> Result<u64> {
        let Statement { sql, values } = if search.asks_for_all() {
            Statement { sql: LIVE.to_owned(), values: vec![search.kind.clone().into()] }
        } else {
            search.count()
        };
        let total: i64 =
            self.connection().prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?;
        Ok(total.unsigned_abs())
    }

    /// The first of all matches, which are gone through once; and how many they are.
    fn matches(
        &self,
        search: &Search,
        driver: Option<&Driver>,
        after: Option<&Place>,
        most: usize,
    ) -> Result<(Vec<Place>, u64)> {
        let order = Order(search);
        let mut b = Builder::new();
        b.push("SELECT r.rid");
        let keys = search.keys(true).statement;
        b.push(&keys.sql);
        b.statement.values.extend(keys.values);
        search.from(&mut b, driver);
        let Statement { sql, values } = b.statement;
        let mut statement = self.connection().prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let (mut seen, mut held, mut fit) = (Seen::default(), Vec::<Place>::new(), 0);
        let repeats = driver.is_some_and(|driver| search.repeats(driver));
        // What comes behind it is on no page.
        let mut last: Option<Place> = None;
        let mut place = Place::default();
        while let Some(row) = rows.next()? {
            if repeats && !seen.insert(row.get(0)?) {
                continue;
            }
            fit += 1;
            order.read(row, &mut place)?;
            if last.as_ref().is_some_and(|last| order.compare(&place, last).is_gt()) {
                continue;
            }
            if after.is_none_or(|after| order.compare(after, &place).is_lt()) {
                held.push(std::mem::take(&mut place));
            }
            if held.len() > 4 * most + 256 {
                held.sort_unstable_by(|one, other| order.compare(one, other));
                held.truncate(most);
                last = held.last().cloned();
            }
        }
        held.sort_unstable_by(|one, other| order.compare(one, other));
        held.truncate(most);
        Ok((held, fit))
    }

    /// The place of the row where the page before ended. A cursor holds no value of a record: they travel in URLs.
    fn ended_at(&self, search: &Search, ended: Ended) -> Result<Place> {
        let moved = Error::Question("the cursor's record has changed: begin again");
        let sequence = i64::try_from(ended.sequence).unwrap_or(i64::MAX);
        match search.sort.as_slice() {
            [] => return Ok(Place { keys: Vec::new(), rid: ended.rid }),
            [Sorting { by: By::Updated, .. }] => {
                return Ok(Place { keys: vec![Key::Number(sequence)], rid: ended.rid });
            }
            _ => {}
        }
        let keys = search.keys(false).statement;
        // A row that says its place itself goes on saying it.
        let (stands, sequence) = match search.is_by_column() {
            true => ("", None),
            false => (" AND r.sequence = ? AND r.deleted = 0", Some(sequence.into())),
        };
        let sql = format!("SELECT r.rid{} FROM resource r WHERE r.rid = ?{stands}", keys.sql);
        let mut statement = self.connection().prepare_cached(&sql)?;
        let values = keys.values.into_iter().chain([ended.rid.into()]).chain(sequence);
        let place = statement.query_row(params_from_iter(values), |row| Ok(Order(search).place(row))).optional()?;
        place.ok_or(moved)?
    }

    /// What records of a type refer to by some of its parameters, each once, `most` at most, and bytes of about a page;
    /// deleted ones are left out. Answers whether that was all.
    ///
    /// # Errors
    /// `Internal`.
    pub fn referred(
        &self,
        records: &[Arc<Record>],
        kind: &str,
        names: &[&str],
        target: Option<&str>,
        most: usize,
    ) -> Result<(Vec<Arc<Record>>, bool)> {
        let rids: Vec<i64> = records.iter().filter(|record| record.kind == kind).map(|record| record.rid).collect();
        if rids.is_empty() {
            return Ok((Vec::new(), true));
        }
        let mut statement = self.connection().prepare_cached(
            "SELECT DISTINCT i.target_kind, i.target_id FROM index_reference i WHERE i.rid IN (SELECT value FROM json_each(?1))
               AND i.param IN (SELECT p.ref FROM json_each(?3) n CROSS JOIN param p ON p.kind = ?2 AND p.name = n.value)
               AND i.target_kind <> '' AND (?4 IS NULL OR i.target_kind = ?4) LIMIT ?5",
        )?;
        let mut rows = statement.query(params![
            serde_json::json!(rids).to_string(),
            kind,
            serde_json::json!(names).to_string(),
            target,
            i64::try_from(most).unwrap_or(i64::MAX)
        ])?;
        self.gathered(&mut rows, most, |row| {
            let (kind, id): (String, String) = (row.get(0)?, row.get(1)?);
            self.record(&kind, &id)
        })
    }

    /// The records of a type that refer to some by some of its parameters, as [`View::referred`].
    ///
    /// # Errors
    /// `Internal`.
    pub fn referring(
        &self,
        records: &[Arc<Record>],
        kind: &str,
        names: &[&str],
        target: Option<&str>,
        most: usize,
    ) -> Result<(Vec<Arc<Record>>, bool)> {
        let limit = most;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let asked = records.iter().filter(|record| target.is_none_or(|target| record.kind == target));
        let places: Vec<[&str; 2]> = asked.map(|record| [record.kind.as_str(), record.id.as_str()]).collect();
        if places.is_empty() {
            return Ok((Vec::new(), true));
        }
        let mut statement = self.connection().prepare_cached(
            "SELECT DISTINCT i.rid FROM json_each(?3) t CROSS JOIN json_each(?2) n CROSS JOIN param p ON p.kind = ?1 AND p.name = n.value
               CROSS JOIN index_reference i ON i.param = p.ref AND i.target_id = t.value ->> 1 AND i.target_kind = t.value ->> 0
             ORDER BY i.rid LIMIT ?4",
        )?;
        let (names, places) = (serde_json::json!(names).to_string(), serde_json::json!(places).to_string());
        let mut rows = statement.query(params![kind, names, places, most])?;
        self.gathered(&mut rows, limit, |row| self.row(row.get(0)?))
    }

    /// Reads the records of rows until they are too many or too large for a page.
    fn gathered(
        &self,
        rows: &mut Rows<'_>,
        most: usize,
        read: impl Fn(&Row<'_>) -> Result<Option<Arc<Record>>>,
    ) -> Result<(Vec<Arc<Record>>, bool)> {
        let (mut found, mut bytes, mut seen) = (Vec::new(), 0, 0);
        while let Some(row) = rows.next()? {
            seen += 1;
            if let Some(record) = read(row)?.filter(|record| !record.deleted) {
                bytes += record.body.len();
                found.push(record);
            }
            if bytes > LARGEST_PAGE {
                return Ok((found, false));
            }
        }
        Ok((found, seen < most))
    }
}
