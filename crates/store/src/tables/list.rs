//! Lists: one page of the records that fit, and how many fit in all.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{OptionalExtension, Row, params_from_iter};

use super::View;
use crate::query::{Cursor, Hits, Order, Query};
use crate::store::Record;
use crate::{Error, Result};

/// What a list is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(String),
}

/// A row in its place: by key, then by age.
type Place = (Key, i64);

impl Key {
    fn value(self) -> Value {
        match self {
            Self::Number(number) => Value::Integer(number),
            Self::Text(text) => Value::Text(text),
        }
    }
}

fn place(row: &Row<'_>) -> Result<Place> {
    let key = match row.get_ref(1)? {
        ValueRef::Integer(number) => Key::Number(number),
        ValueRef::Text(text) => Key::Text(String::from_utf8_lossy(text).into_owned()),
        _ => return Err(Error::Internal("an order gave no key".into())),
    };
    Ok((key, row.get(0)?))
}

impl View<'_> {
    /// One page of a list.
    ///
    /// # Errors
    /// `Question`, `Internal`.
    pub fn list(&self, query: &Query) -> Result<Hits> {
        if query.reads_words() {
            self.take_time()?;
        }
        let after = query.after.as_ref().map(|cursor| self.ended(query, cursor)).transpose()?;
        let most = query.limit as usize;
        let (mut places, total) = if query.is_in_order() {
            let total = match &query.after {
                Some(cursor) => cursor.total,
                None => self.count(query)?,
            };
            (self.in_order(query, after)?, total)
        } else {
            let (places, fit) = self.best(query, after.as_ref())?;
            (places, query.after.as_ref().map_or(fit, |cursor| cursor.total))
        };
        let more = places.len() > most;
        places.truncate(most);
        let next = places.last().filter(|_| more).map(|(key, rid)| {
            // A label is personal: its row says it again.
            let key = if let Key::Number(number) = key { Some(*number) } else { None };
            Cursor { key, rid: *rid, total }
        });
        let found = places.iter().map(|(_, rid)| self.row(*rid)).filter_map(Result::transpose);
        Ok(Hits { records: found.collect::<Result<Vec<Arc<Record>>>>()?, next, total })
    }

    /// Where the page before ended.
    fn ended(&self, query: &Query, cursor: &Cursor) -> Result<Place> {
        match (cursor.key, query.order) {
            (Some(key), Order::Effective | Order::Updated | Order::Ranked(..)) => Ok((Key::Number(key), cursor.rid)),
            (None, Order::Label) => {
                let mut statement = self.connection().prepare_cached("SELECT sort FROM resource WHERE rid = ?")?;
                let label = statement.query_row([cursor.rid], |row| row.get(0)).optional()?;
                label
                    .map(|label| (Key::Text(label), cursor.rid))
                    .ok_or(Error::Question("the cursor belongs to another list"))
            }
            _ => Err(Error::Question("the cursor belongs to another list")),
        }
    }

    fn count(&self, query: &Query) -> Result<u64> {
        let count = query.count();
        let mut statement = self.connection().prepare_cached(&count.sql)?;
        let total: i64 = statement.query_row(params_from_iter(count.values), |row| row.get(0))?;
        Ok(total.unsigned_abs())
    }

    /// A page and one more, as an index has them.
    fn in_order(&self, query: &Query, after: Option<Place>) -> Result<Vec<Place>> {
        let page = query.page(after.map(|(key, rid)| (key.value(), rid)));
        let mut statement = self.connection().prepare_cached(&page.sql)?;
        let mut rows = statement.query(params_from_iter(page.values))?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            places.push(place(row)?);
        }
        Ok(places)
    }

    /// A page and one more of all that fit, which are gone through once; and how many they are. Memory is that of the
    /// page, and of eight bytes for every row.
    fn best(&self, query: &Query, after: Option<&Place>) -> Result<(Vec<Place>, u64)> {
        let all = query.all();
        let mut statement = self.connection().prepare_cached(&all.sql)?;
        let mut rows = statement.query(params_from_iter(all.values))?;
        let repeats = query.driver().is_some_and(|at| query.criteria[at].repeats());
        let mut seen = HashSet::new();
        let mut best = Best::new(query);
        let mut fit = 0;
        while let Some(row) = rows.next()? {
            if repeats && !seen.insert(row.get::<_, i64>(0)?) {
                continue;
            }
            fit += 1;
            let place = place(row)?;
            if after.is_none_or(|after| best.before(after, &place)) {
                best.offer(place);
            }
        }
        Ok((best.whole(), fit))
    }
}

/// The first so many of many.
struct Best {
    most: usize,
    descending: bool,
    held: Vec<Place>,
    /// What is not before this one is none of them.
    last: Option<Place>,
}

impl Best {
    fn new(query: &Query) -> Self {
        Self { most: query.limit as usize + 1, descending: query.descending, held: Vec::new(), last: None }
    }

    fn before(&self, one: &Place, other: &Place) -> bool {
        if self.descending { one > other } else { one < other }
    }

    fn offer(&mut self, place: Place) {
        if self.last.as_ref().is_some_and(|last| !self.before(&place, last)) {
            return;
        }
        self.held.push(place);
        if self.held.len() >= 4 * self.most + 64 {
            self.cut();
            self.last = self.held.last().cloned();
        }
    }

    fn cut(&mut self) {
        self.held.sort_unstable();
        if self.descending {
            self.held.reverse();
        }
        self.held.truncate(self.most);
    }

    fn whole(mut self) -> Vec<Place> {
        self.cut();
        self.held
    }
}
