//! What a search can go through: the rows of a condition, also where a chain, another record or words lead to them.

use std::fmt::Write;

use aroeira_fhir::search::{Filter, Place, Words};

use super::leaf::{dates, matched, rows, table};
use super::stretch::Stretch;
use super::{Builder, Confines, PARAM, Search, Statement};

/// Something that can be gone through: the rows of an index, alternatives side by side.
pub(crate) struct Driver {
    /// `SELECT rid FROM ...`, one for each alternative.
    pub(crate) selects: Statement,
    /// Its place among the conditions, where its rows are all that satisfies the condition; else it is asked once more.
    pub(crate) at: Option<usize>,
    /// The condition it is of, by number; `None` of the charts a search is confined to.
    pub(crate) of: Option<usize>,
    /// Where a way leads to the rows: what it begins with, which says how long the way is.
    pub(crate) begins: Option<Statement>,
}

impl Search {
    /// What could be gone through, each with its `SELECT`.
    pub(crate) fn drivers(&self) -> Vec<Driver> {
        let conditions = self.conditions();
        let mut drivers: Vec<Driver> = Vec::new();
        for (at, filter) in conditions.iter().enumerate() {
            let param = Stretch::of(filter).map(|(param, _)| param);
            let together = param.and_then(|param| Some((param, Stretch::of_all(conditions, param)?)));
            match together.filter(|(_, (_, conditions))| *conditions > 1) {
                None => drivers.extend(self.driver(at, filter)),
                // The first of them speaks for all.
                Some((param, (stretch, _))) if is_first(conditions, at, param) => {
                    let mut b = Builder::new();
                    stretch.selects(&mut b, &self.kind, param, true, &|_| {});
                    drivers.push(Driver { selects: b.statement, at: None, of: Some(at), begins: None });
                }
                Some(_) => {}
            }
        }
        let charts = match &self.confines {
            Confines::Chart(own) => std::slice::from_ref(own),
            Confines::Charts(patients) => patients,
            Confines::None | Confines::Care(_) => return drivers,
        };
        let mut b = Builder::new();
        b.push("SELECT c.rid AS rid FROM compartment c WHERE c.patient IN (SELECT value FROM json_each(?))");
        b.bind(serde_json::json!(charts).to_string());
        drivers.push(Driver { selects: b.statement, at: None, of: None, begins: None });
        drivers
    }

    fn driver(&self, at: usize, filter: &Filter) -> Option<Driver> {
        if !is_driven(filter) {
            return None;
        }
        let mut b = Builder::new();
        let whole = self.selects(&mut b, filter, &self.kind);
        let begins = begins(filter).map(|(first, kind)| {
            let mut b = Builder::new();
            self.selects(&mut b, first, kind);
            b.statement
        });
        Some(Driver { selects: b.statement, at: whole.then_some(at), of: Some(at), begins })
    }

    /// Whether a record may come more than once.
    pub(crate) fn repeats(&self, driver: &Driver) -> bool {
        let of = driver.at.map(|at| &self.conditions()[at]);
        !matches!(of, Some(Filter::Content { .. } | Filter::Id(_)))
    }

    /// The words whose rank is asked for, with it.
    pub(crate) fn scored(&self) -> Option<Driver> {
        self.conditions().iter().enumerate().find_map(|(at, filter)| {
            let Filter::Content { words, narrative } = filter else { return None };
            let mut b = Builder::new();
            b.push("SELECT rowid AS rid, -bm25(narrative) AS score FROM narrative WHERE narrative MATCH ?");
            b.bind(matched(words, *narrative));
            Some(Driver { selects: b.statement, at: Some(at), of: Some(at), begins: None })
        })
    }

    /// Writes the `SELECT` of a condition that can be gone through. Answers whether its rows are all that satisfies it.
    fn selects(&self, b: &mut Builder, filter: &Filter, kind: &str) -> bool {
        match filter {
            Filter::Any(any) => {
                let mut whole = true;
                for (n, one) in any.iter().enumerate() {
                    if n > 0 {
                        b.push(" UNION ALL ");
                    }
                    whole &= self.selects(b, one, kind);
                }
                whole
            }
            Filter::All(all) => {
                if let Some(first) = best(all) {
                    self.selects(b, first, kind);
                }
                false
            }
            Filter::Id(ids) => {
                b.push(
                    "SELECT i.rid AS rid FROM resource i WHERE i.kind = ? AND i.id IN (SELECT value FROM json_each(?))",
                );
                b.bind(kind.to_owned());
                b.bind(serde_json::json!(ids).to_string());
                true
            }
            Filter::Content { words, narrative } => {
                b.push("SELECT n.rowid AS rid FROM narrative n WHERE n.narrative MATCH ?");
                b.bind(matched(words, *narrative));
                true
            }
            Filter::Tokens { param, codes } => {
                let _always = write!(
                    b.statement.sql,
                    "SELECT i.rid AS rid FROM json_each(?) v CROSS JOIN index_token i WHERE i.param = ({PARAM}) \
                     AND i.code = v.value ->> 1 AND i.system = v.value ->> 0"
                );
                b.bind(serde_json::json!(codes).to_string());
                b.bind(kind.to_owned());
                b.bind((*param).to_owned());
                true
            }
            Filter::Chain { param, kind: target, filter } => {
                self.along(b, kind, param, target, filter);
                true
            }
            Filter::Has { kind: source, param, filter } => {
                self.against(b, kind, param, source, filter);
                true
            }
            leaf => {
                if let Some((param, stretch)) = Stretch::of(leaf) {
                    stretch.selects(b, kind, param, false, &|b| dates(b, leaf, "i"));
                    return true;
                }
                let _always = write!(b.statement.sql, "SELECT i.rid AS rid FROM {} i WHERE ", table(leaf));
                rows(b, leaf, kind, "i");
                true
            }
        }
    }

    /// The records that point at what satisfies a filter.
    fn along(&self, b: &mut Builder, kind: &str, param: &str, target: &str, filter: &Filter) {
        let (d, t, i) = (b.alias(), b.alias(), b.alias());
        let _always = write!(b.statement.sql, "SELECT i{i}.rid AS rid FROM (");
        self.selects(b, filter, target);
        let _always = write!(
            b.statement.sql,
            ") d{d} CROSS JOIN resource t{t} ON t{t}.rid = d{d}.rid CROSS JOIN index_reference i{i} ON i{i}.param = ({PARAM}) \
             AND i{i}.target_id = t{t}.id AND i{i}.target_kind = t{t}.kind WHERE t{t}.kind = ? AND t{t}.deleted = 0 AND "
        );
        for value in [kind, param, target] {
            b.bind(value.to_owned());
        }
        self.reached(b, filter, target, &format!("t{t}"));
    }

    /// The records that what satisfies a filter points at.
    fn against(&self, b: &mut Builder, kind: &str, param: &str, source: &str, filter: &Filter) {
        let (d, t, i, u) = (b.alias(), b.alias(), b.alias(), b.alias());
        let _always = write!(b.statement.sql, "SELECT u{u}.rid AS rid FROM (");
        self.selects(b, filter, source);
        let _always = write!(
            b.statement.sql,
            ") d{d} CROSS JOIN resource t{t} ON t{t}.rid = d{d}.rid CROSS JOIN index_reference i{i} ON i{i}.rid = t{t}.rid \
             AND i{i}.param = ({PARAM}) AND i{i}.target_kind = ? CROSS JOIN resource u{u} ON u{u}.kind = i{i}.target_kind \
             AND u{u}.id = i{i}.target_id WHERE t{t}.kind = ? AND t{t}.deleted = 0 AND "
        );
        for value in [source, param, kind, source] {
            b.bind(value.to_owned());
        }
        self.reached(b, filter, source, &format!("t{t}"));
    }
}

/// Whether no condition before this one is on the parameter's stretch.
fn is_first(conditions: &[Filter], at: usize, param: &str) -> bool {
    !conditions[..at].iter().filter_map(Stretch::of).any(|(known, _)| known == param)
}

/// Whether an index has the rows of a condition together.
fn is_driven(filter: &Filter) -> bool {
    match filter {
        Filter::Text { how, .. } => matches!(how, Words::Begins | Words::Is),
        Filter::Token { code, .. } | Filter::Quantity { code, .. } => code.is_some(),
        Filter::Uri { how, .. } => *how == Place::Is,
        Filter::Exact { .. }
        | Filter::Tokens { .. }
        | Filter::Reference { .. }
        | Filter::Date { .. }
        | Filter::Number { .. }
        | Filter::Near { .. }
        | Filter::Id(_)
        | Filter::Content { .. } => true,
        Filter::Pair { parts, .. } => is_driven(&parts.0),
        Filter::Any(any) => !any.is_empty() && any.iter().all(is_driven),
        Filter::All(all) => best(all).is_some(),
        Filter::Chain { filter, .. } | Filter::Has { filter, .. } => is_driven(filter),
        Filter::Not(_) | Filter::Present { .. } | Filter::Updated { .. } => false,
    }
}

/// The first of conditions that can be gone through, one on rows before those that a way leads to.
fn best(all: &[Filter]) -> Option<&Filter> {
    let driven = || all.iter().filter(|filter| is_driven(filter));
    driven().find(|filter| !matches!(filter, Filter::Chain { .. } | Filter::Has { .. })).or_else(|| driven().next())
}

/// What a way begins with, and the type that is of.
fn begins(filter: &Filter) -> Option<(&Filter, &str)> {
    match filter {
        Filter::Chain { kind, filter, .. } | Filter::Has { kind, filter, .. } => {
            Some(begins(filter).unwrap_or((filter, kind)))
        }
        _ => None,
    }
}
