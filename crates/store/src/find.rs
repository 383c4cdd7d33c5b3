//! A FHIR search: a tree of conditions, whom it is confined to, and an order. Turned into SQL whose values are all bound:
//! the narrowest condition is gone through, and each of its records held against the others.

mod driver;
mod leaf;
mod order;
mod stretch;
mod words;

use std::fmt::Write;

use aroeira_fhir::search::{Filter, slot_of};
use rusqlite::types::Value;

pub(crate) use driver::Driver;
use leaf::{columns, rows, table};
pub use order::{By, Sorting};
pub(crate) use stretch::SPAN;
pub use words::words;

/// Whom a search may speak of: part of it, and of everything it looks at on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confines {
    /// Everybody.
    None,
    /// What belongs to this patient and to nobody else. Of `Composition` those of whom they are the subject, and no draft.
    Chart(String),
    /// What belongs to one of these patients.
    Charts(Vec<String>),
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
    /// Its keys, the first first; with none, as they were made. Ties go by age.
    pub sort: Vec<Sorting>,
    /// Matches of a page; with 0 they are only counted.
    pub limit: u32,
    /// How many there are is wanted.
    pub counted: bool,
    /// How it was done is wanted.
    pub explained: bool,
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
    /// How many matches there were when the search began; 0 where nobody wanted to know.
    pub total: u64,
}

/// How a search was done. Names parameters, and no value.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The condition whose rows were gone through; `None` where every record of the type was.
    pub driver: Option<String>,
    /// Every condition, in the order they were asked.
    pub conditions: Vec<Weighed>,
    /// Rows gone through; `None` where that is not to be known.
    pub looked_at: Option<u64>,
    /// Until the page was read.
    pub took: std::time::Duration,
}

/// A condition of a search, and how many rows it is thought to have.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// Its parameter, with the way there: `patient:Patient.name`.
    pub name: String,
    /// Rows, as far as they were counted; `None` of a condition that no index can be gone through for.
    pub rows: Option<u64>,
    /// There may be more of them.
    pub more: bool,
}

/// One page of a search.
#[derive(Debug, Clone)]
pub struct Found {
    /// In order.
    pub records: Vec<std::sync::Arc<crate::Record>>,
    /// For the next page; `None` on the last.
    pub next: Option<Ended>,
    /// All pages together; 0 where nobody wanted to know.
    pub total: u64,
    /// Where it was wanted.
    pub plan: Option<Plan>,
}

/// SQL and its values.
#[derive(Debug, Default)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
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
                Filter::Content { .. } => true,
                Filter::All(all) | Filter::Any(all) => all.iter().any(reads),
                Filter::Not(inner) | Filter::Chain { filter: inner, .. } | Filter::Has { filter: inner, .. } => {
                    reads(inner)
                }
                _ => false,
            }
        }
        reads(&self.filter)
    }

    /// The slots of the clinic's own parameters that are asked for.
    pub(crate) fn own_slots(&self) -> Vec<i64> {
        let mut slots: Vec<i64> = self.sort.iter().filter_map(|sort| slot_of(sort.by.param()?)).collect();
        self.filter.each_param(&mut |param| slots.extend(slot_of(param)));
        slots
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
            if driver.is_none_or(|driver| driver.at != Some(at)) {
                b.push(" AND ");
                self.condition(b, filter, &self.kind, "r");
            }
        }
        // What was gone through are the rows of those very charts.
        let within = driver.is_some_and(|driver| driver.of.is_none()) && matches!(self.confines, Confines::Charts(_));
        if !within {
            self.confine(b, &self.kind, "r");
        }
    }

    fn condition(&self, b: &mut Builder, filter: &Filter, kind: &str, row: &str) {
        match filter {
            Filter::All(all) => self.joined(b, all, " AND ", "1", kind, row),
            Filter::Any(any) => self.joined(b, any, " OR ", "0", kind, row),
            Filter::Not(inner) => {
                b.push("NOT ");
                self.condition(b, inner, kind, row);
            }
            Filter::Id(_) | Filter::Updated { .. } | Filter::Content { .. } => columns(b, filter, row),
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
                b.push(")");
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
                b.push(")");
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
            Confines::Charts(patients) => {
                let _always = write!(
                    b.statement.sql,
                    " AND EXISTS (SELECT 1 FROM compartment c WHERE c.rid = {row}.rid AND c.patient IN (SELECT value FROM json_each(?)))"
                );
                b.bind(serde_json::json!(patients).to_string());
            }
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
