//! A FHIR search: a tree of conditions, whom it is confined to, and an order. Turned into SQL whose values are all bound:
//! the narrowest condition is gone through, and each of its records held against the others.

use std::fmt::Write;

use aroeira_fhir::search::{Compare, Filter, ParameterKind, Place, Rows, Sort, Words};
use rusqlite::types::Value;

use crate::query::{Statement, words};

/// Whom a search may speak of: part of it, and of everything it looks at on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confines {
    /// Everybody.
    None,
    /// What belongs to this patient and to nobody else. Of `Composition` those of whom they are the subject, and no draft.
    Chart(String),
    /// What belongs to one of these patients, and what belongs to nobody and names no patient.
    Care(Vec<String>),
}

/// A search.
#[derive(Debug, Clone)]
pub struct Search {
    /// Resource type.
    pub kind: String,
    /// What a match satisfies.
    pub filter: Filter,
    /// Whom it may speak of.
    pub confines: Confines,
    /// With none, as they were made.
    pub sort: Vec<Sort>,
    /// Matches of a page; with 0 they are only counted.
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<Ended>,
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Its last row.
    pub rid: i64,
    /// The entry that wrote it: where there is an order, a row that has changed since is in another place.
    pub sequence: u64,
    /// How many matches there were when the search began.
    pub total: u64,
}

/// One page of a search.
#[derive(Debug, Clone)]
pub struct Found {
    /// In order.
    pub records: Vec<std::sync::Arc<crate::Record>>,
    /// For the next page; `None` on the last.
    pub next: Option<Ended>,
    /// All pages together.
    pub total: u64,
}

/// Something that can be gone through: the rows of an index, alternatives side by side.
pub(crate) struct Driver {
    /// `SELECT rid FROM ...`, one for each alternative.
    pub(crate) selects: Statement,
    /// Its place among the conditions.
    pub(crate) at: usize,
}

/// A statement as it is written: its tables have numbered aliases.
pub(crate) struct Builder {
    pub(crate) statement: Statement,
    aliases: usize,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { statement: Statement::default(), aliases: 0 }
    }

    fn alias(&mut self) -> usize {
        self.aliases += 1;
        self.aliases
    }

    pub(crate) fn push(&mut self, sql: &str) {
        self.statement.sql.push_str(sql);
    }

    pub(crate) fn bind(&mut self, value: impl Into<Value>) {
        self.statement.values.push(value.into());
    }
}

impl Search {
    /// The conditions that all have to hold.
    pub(crate) fn conditions(&self) -> &[Filter] {
        match &self.filter {
            Filter::All(all) => all,
            one => std::slice::from_ref(one),
        }
    }

    /// Nothing is asked of a record but its type.
    pub(crate) fn asks_for_all(&self) -> bool {
        self.conditions().is_empty() && self.confines == Confines::None
    }

    /// Whether words are looked for: that may take long within one of the steps that SQLite counts.
    pub(crate) fn reads_words(&self) -> bool {
        fn reads(filter: &Filter) -> bool {
            match filter {
                Filter::Content(_) => true,
                Filter::All(all) | Filter::Any(all) => all.iter().any(reads),
                Filter::Not(inner) | Filter::Chain { filter: inner, .. } | Filter::Has { filter: inner, .. } => {
                    reads(inner)
                }
                _ => false,
            }
        }
        reads(&self.filter)
    }

    /// What could be gone through: positive conditions on rows, each with its `SELECT`.
    pub(crate) fn drivers(&self) -> Vec<Driver> {
        let conditions = self.conditions().iter().enumerate();
        conditions.filter_map(|(at, filter)| Some(Driver { selects: selects(filter, &self.kind)?, at })).collect()
    }

    /// `FROM` and `WHERE` of the whole search, with `r` for the record.
    pub(crate) fn from(&self, b: &mut Builder, driver: Option<&Driver>) {
        match driver {
            Some(driver) => {
                b.push(" FROM (");
                b.push(&driver.selects.sql);
                b.statement.values.extend(driver.selects.values.iter().cloned());
                b.push(") d CROSS JOIN resource r INDEXED BY resource_page ON r.rid = d.rid WHERE r.kind = ? AND r.deleted = 0");
            }
            None => b.push(" FROM resource r WHERE r.kind = ? AND r.deleted = 0"),
        }
        b.bind(self.kind.clone());
        for (at, filter) in self.conditions().iter().enumerate() {
            if driver.is_none_or(|driver| driver.at != at) {
                b.push(" AND ");
                self.condition(b, filter, &self.kind, "r");
            }
        }
        self.confine(b, &self.kind, "r");
    }

    /// The values a record is ordered by.
    pub(crate) fn keys(&self) -> Builder {
        let mut b = Builder::new();
        for sort in &self.sort {
            b.push(", ");
            let table = match (sort.param, sort.kind) {
                ("_lastUpdated", _) => {
                    b.push("r.sequence");
                    continue;
                }
                ("_id", _) => {
                    b.push("(SELECT id FROM resource u WHERE u.rid = r.rid)");
                    continue;
                }
                (_, ParameterKind::Date) => {
                    if sort.descending {
                        "max(high) FROM index_date"
                    } else {
                        "min(low) FROM index_date"
                    }
                }
                (_, ParameterKind::Number) => "min(low) FROM index_number",
                (_, ParameterKind::Quantity) => "min(low) FROM index_quantity",
                (_, ParameterKind::Token) => "min(code) FROM index_token",
                (_, ParameterKind::Reference) => "min(target_id) FROM index_reference",
                (_, ParameterKind::Uri) => "min(value) FROM index_uri",
                _ => {
                    if sort.descending {
                        "max(value) FROM index_string"
                    } else {
                        "min(value) FROM index_string"
                    }
                }
            };
            let _always = write!(b.statement.sql, "(SELECT {table} i WHERE i.rid = r.rid AND i.param = ({PARAM}))");
            b.bind(self.kind.clone());
            b.bind(sort.param.to_owned());
        }
        b
    }

    fn condition(&self, b: &mut Builder, filter: &Filter, kind: &str, row: &str) {
        match filter {
            Filter::All(all) => self.joined(b, all, " AND ", "1", kind, row),
            Filter::Any(any) => self.joined(b, any, " OR ", "0", kind, row),
            Filter::Not(inner) => {
                b.push("NOT ");
                self.condition(b, inner, kind, row);
            }
            Filter::Id(_) | Filter::Updated { .. } => columns(b, filter, row),
            Filter::Content(typed) => {
                let _always =
                    write!(b.statement.sql, "{row}.rid IN (SELECT rowid FROM narrative WHERE narrative MATCH ?)");
                b.bind(words(typed).unwrap_or_else(|| "\"\"".to_owned()));
            }
            Filter::Chain { param, kind: target, filter } => {
                let (i, t) = (b.alias(), b.alias());
                let _always = write!(
                    b.statement.sql,
                    "EXISTS (SELECT 1 FROM index_reference i{i} JOIN resource t{t} ON t{t}.kind = i{i}.target_kind AND t{t}.id = \
                     i{i}.target_id WHERE i{i}.rid = {row}.rid AND i{i}.param = ({PARAM}) AND i{i}.target_kind = ? AND t{t}.deleted = 0 AND "
                );
                b.bind(kind.to_owned());
                b.bind((*param).to_owned());
                b.bind(target.clone());
                self.reached(b, filter, target, &format!("t{t}"));
            }
            Filter::Has { kind: source, param, filter } => {
                let (i, t) = (b.alias(), b.alias());
                let _always = write!(
                    b.statement.sql,
                    "EXISTS (SELECT 1 FROM index_reference i{i} JOIN resource t{t} ON t{t}.rid = i{i}.rid WHERE i{i}.param = ({PARAM}) \
                     AND i{i}.target_id = (SELECT id FROM resource u WHERE u.rid = {row}.rid) AND i{i}.target_kind = ? \
                     AND t{t}.deleted = 0 AND "
                );
                b.bind(source.clone());
                b.bind((*param).to_owned());
                b.bind(kind.to_owned());
                self.reached(b, filter, source, &format!("t{t}"));
            }
            leaf => {
                let i = b.alias();
                let _always = write!(
                    b.statement.sql,
                    "EXISTS (SELECT 1 FROM {} i{i} WHERE i{i}.rid = {row}.rid AND ",
                    table(leaf)
                );
                rows(b, leaf, kind, &format!("i{i}"));
                b.push(")");
            }
        }
    }

    /// A record that a search passes on its way is held against the confines like those it answers.
    fn reached(&self, b: &mut Builder, filter: &Filter, kind: &str, row: &str) {
        self.condition(b, filter, kind, row);
        self.confine(b, kind, row);
        b.push(")");
    }

    fn joined(&self, b: &mut Builder, all: &[Filter], word: &str, none: &str, kind: &str, row: &str) {
        if all.is_empty() {
            return b.push(none);
        }
        b.push("(");
        for (n, filter) in all.iter().enumerate() {
            if n > 0 {
                b.push(word);
            }
            self.condition(b, filter, kind, row);
        }
        b.push(")");
    }

    fn confine(&self, b: &mut Builder, kind: &str, row: &str) {
        match &self.confines {
            Confines::None => {}
            Confines::Chart(own) => {
                let _always = write!(
                    b.statement.sql,
                    " AND EXISTS (SELECT 1 FROM compartment c WHERE c.rid = {row}.rid AND c.patient = ?)
                      AND NOT EXISTS (SELECT 1 FROM compartment c WHERE c.rid = {row}.rid AND c.patient <> ?)"
                );
                b.bind(own.clone());
                b.bind(own.clone());
                if kind == "Composition" {
                    let leaf = |param, code: &str| Filter::Token { param, system: None, code: Some(code.to_owned()) };
                    let subject = Filter::Reference { param: "patient", kind: Some("Patient".into()), id: own.clone() };
                    b.push(" AND ");
                    self.condition(b, &subject, kind, row);
                    b.push(" AND NOT ");
                    self.condition(b, &leaf("status", "preliminary"), kind, row);
                }
            }
            // A registration is open to every clinician; the desk answers no more of it than that.
            Confines::Care(_) if kind == "Patient" => {}
            Confines::Care(patients) => {
                let _always = write!(
                    b.statement.sql,
                    " AND (EXISTS (SELECT 1 FROM compartment c WHERE c.rid = {row}.rid AND c.patient IN (SELECT value FROM json_each(?)))
                       OR (NOT EXISTS (SELECT 1 FROM compartment c WHERE c.rid = {row}.rid)
                         AND NOT EXISTS (SELECT 1 FROM index_reference i WHERE i.rid = {row}.rid AND i.target_kind = 'Patient')))"
                );
                b.bind(serde_json::json!(patients).to_string());
            }
        }
    }
}

/// The number of a parameter, of a kind and a name that are bound.
const PARAM: &str = "SELECT ref FROM param WHERE kind = ? AND name = ?";

/// The rows a positive condition on an index is found by.
fn selects(filter: &Filter, kind: &str) -> Option<Statement> {
    let leaves: Vec<&Filter> = match filter {
        Filter::Any(any) if !any.is_empty() => any.iter().collect(),
        one => vec![one],
    };
    let mut b = Builder::new();
    for (n, leaf) in leaves.into_iter().enumerate() {
        let driven = match leaf {
            Filter::Text { how, .. } => *how == Words::Begins,
            Filter::Token { code, .. } => code.is_some(),
            Filter::Uri { how, .. } => *how == Place::Is,
            Filter::Reference { .. } | Filter::Date { .. } | Filter::Number { .. } => true,
            Filter::Quantity { code, .. } => code.is_some(),
            Filter::Id(_) => true,
            _ => false,
        };
        if !driven {
            return None;
        }
        if n > 0 {
            b.push(" UNION ALL ");
        }
        if let Filter::Id(ids) = leaf {
            b.push("SELECT i.rid AS rid FROM resource i WHERE i.kind = ? AND i.id IN (SELECT value FROM json_each(?))");
            b.bind(kind.to_owned());
            b.bind(serde_json::json!(ids).to_string());
            continue;
        }
        let _always = write!(b.statement.sql, "SELECT i.rid AS rid FROM {} i WHERE ", table(leaf));
        rows(&mut b, leaf, kind, "i");
    }
    Some(b.statement)
}

fn table(leaf: &Filter) -> &'static str {
    match leaf {
        Filter::Present { rows, .. } => match rows {
            Rows::Text => "index_string",
            Rows::Token => "index_token",
            Rows::Date => "index_date",
            Rows::Number => "index_number",
            Rows::Quantity => "index_quantity",
            Rows::Reference => "index_reference",
            Rows::Uri => "index_uri",
        },
        Filter::Text { .. } => "index_string",
        Filter::Token { .. } => "index_token",
        Filter::Date { .. } => "index_date",
        Filter::Number { .. } => "index_number",
        Filter::Quantity { .. } => "index_quantity",
        Filter::Reference { .. } => "index_reference",
        _ => "index_uri",
    }
}

/// The test of a leaf on a row of its table.
fn rows(b: &mut Builder, leaf: &Filter, kind: &str, row: &str) {
    let param = match leaf {
        Filter::Present { param, .. }
        | Filter::Text { param, .. }
        | Filter::Token { param, .. }
        | Filter::Date { param, .. }
        | Filter::Number { param, .. }
        | Filter::Quantity { param, .. }
        | Filter::Reference { param, .. }
        | Filter::Uri { param, .. } => *param,
        _ => "",
    };
    let _always = write!(b.statement.sql, "{row}.param = ({PARAM})");
    b.bind(kind.to_owned());
    b.bind(param.to_owned());
    let mut also = |test: &str, value: Value| {
        let _always = write!(b.statement.sql, " AND {row}.{test}");
        b.bind(value);
    };
    let text = |text: &String| Value::Text(text.clone());
    match leaf {
        Filter::Text { how: Words::Begins, value, .. } => {
            also("value >= ?", text(value));
            also("value < ?", Value::Text(format!("{value}\u{10FFFF}")));
        }
        Filter::Text { how: Words::Contains, value, .. } => {
            let _always = write!(b.statement.sql, " AND instr({row}.value, ?) > 0");
            b.bind(value.clone());
        }
        Filter::Token { system, code, .. } => {
            if let Some(code) = code {
                also("code = ?", text(code));
            }
            if let Some(system) = system {
                also("system = ?", text(system));
            }
        }
        Filter::Date { compare, low, high, .. } => {
            interval(b, *compare, row, &Value::Integer(low.0), &Value::Integer(high.0), false);
        }
        Filter::Number { compare, low, high, .. } => {
            interval(b, *compare, row, &Value::Real(*low), &Value::Real(*high), true);
        }
        Filter::Quantity { compare, low, high, system, code, .. } => {
            if let Some(code) = code {
                also("code = ?", text(code));
            }
            if let Some(system) = system {
                also("system = ?", text(system));
            }
            interval(b, *compare, row, &Value::Real(*low), &Value::Real(*high), true);
        }
        Filter::Reference { kind, id, .. } => {
            also("target_id = ?", text(id));
            match kind {
                Some(kind) => also("target_kind = ?", text(kind)),
                None => {
                    let _always = write!(b.statement.sql, " AND {row}.target_kind <> ''");
                }
            }
        }
        Filter::Uri { how: Place::Is, value, .. } => also("value = ?", text(value)),
        Filter::Uri { how: Place::Below, value, .. } => below(b, row, value),
        Filter::Uri { how: Place::Above, value, .. } => above(b, row, value),
        _ => {}
    }
}

/// The URI itself, or one whose path is under it.
fn below(b: &mut Builder, row: &str, value: &str) {
    let under = format!("{}/", value.trim_end_matches('/'));
    let _always = write!(b.statement.sql, " AND ({row}.value = ? OR ({row}.value >= ? AND {row}.value < ?))");
    b.bind(value.to_owned());
    b.bind(under.clone());
    b.bind(format!("{under}\u{10FFFF}"));
}

/// The URI itself, or one of those that its path is under.
fn above(b: &mut Builder, row: &str, value: &str) {
    const STEPS: usize = 64;
    let mut all = vec![value.to_owned()];
    let host = value.find("://").map_or(0, |at| at + 3);
    let mut rest = value;
    while let Some(at) = rest.rfind('/').filter(|at| *at > host && all.len() < STEPS) {
        rest = &rest[..at];
        all.push(rest.to_owned());
    }
    let _always = write!(b.statement.sql, " AND {row}.value IN (SELECT value FROM json_each(?))");
    b.bind(serde_json::json!(all).to_string());
}

/// [`Compare::holds`] in SQL, or [`Compare::holds_number`] where the intervals are `closed`.
fn interval(b: &mut Builder, compare: Compare, row: &str, low: &Value, high: &Value, closed: bool) {
    let under = if closed { "<" } else { "<=" };
    let test = match compare {
        Compare::Equal => format!("({row}.low >= ?1 AND {row}.high {under} ?2)"),
        Compare::NotEqual => format!("NOT ({row}.low >= ?1 AND {row}.high {under} ?2)"),
        Compare::Greater => format!("{row}.high > ?2"),
        Compare::Less => format!("{row}.low < ?1"),
        Compare::GreaterOrEqual if closed => format!("{row}.high >= ?2"),
        Compare::LessOrEqual if closed => format!("{row}.low <= ?1"),
        Compare::GreaterOrEqual => format!("({row}.high > ?2 OR ({row}.low >= ?1 AND {row}.high <= ?2))"),
        Compare::LessOrEqual => format!("({row}.low < ?1 OR ({row}.low >= ?1 AND {row}.high <= ?2))"),
        Compare::StartsAfter if closed => format!("{row}.low > ?2"),
        Compare::StartsAfter => format!("{row}.low >= ?2"),
        Compare::EndsBefore if closed => format!("{row}.high < ?1"),
        Compare::EndsBefore => format!("{row}.high <= ?1"),
        Compare::Approximately if closed => format!("({row}.low <= ?2 AND {row}.high >= ?1)"),
        Compare::Approximately => format!("({row}.low < ?2 AND {row}.high > ?1)"),
    };
    b.push(" AND ");
    bound(b, &test, low, high);
}

/// Writes a test whose `?1` and `?2` are these values, in the order they stand in it.
fn bound(b: &mut Builder, test: &str, first: &Value, second: &Value) {
    let mut rest = test;
    while let Some(at) = rest.find('?') {
        b.push(&rest[..=at]);
        b.statement.values.push(if rest[at + 1..].starts_with('1') { first.clone() } else { second.clone() });
        rest = &rest[at + 2..];
    }
    b.push(rest);
}

fn columns(b: &mut Builder, filter: &Filter, row: &str) {
    match filter {
        Filter::Id(ids) => {
            let _always = write!(
                b.statement.sql,
                "(SELECT id FROM resource u WHERE u.rid = {row}.rid) IN (SELECT value FROM json_each(?))"
            );
            b.bind(serde_json::json!(ids).to_string());
        }
        Filter::Updated { compare, low, high } => {
            // An instant is a period of a millisecond.
            let _always = write!(
                b.statement.sql,
                "EXISTS (SELECT 1 FROM (SELECT updated AS low, updated + 1 AS high FROM resource u WHERE u.rid = {row}.rid) m WHERE 1"
            );
            interval(b, *compare, "m", &Value::Integer(low.0), &Value::Integer(high.0), false);
            b.push(")");
        }
        _ => b.push("1"),
    }
}
