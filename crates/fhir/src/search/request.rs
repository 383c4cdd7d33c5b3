//! Reads the parameters of a FHIR search into a [`Request`]: conditions, order, page and what goes with the matches.
//! Everything wrong is said at once; what is not supported is never passed over in silence.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::filter::{Compare, Filter};
use super::own::Own;
use super::{ParameterKind, parameter, parameters};
use crate::instant::Instant;
use crate::types::{RESOURCE_TYPES, is_resource_type};

/// Parameters of one search, and alternatives of one value.
pub(super) const MOST: usize = 100;
/// Conditions of a search, with every way that a chain without a type may go.
pub(super) const CONDITIONS: usize = 1000;
/// Bytes of a value; of `_id` many ids.
const LONGEST: usize = 2 << 10;
const LONGEST_IDS: usize = 64 << 10;
/// Keys of an order, and parameters of what goes with the matches.
const KEYS: usize = 5;
const WITH: usize = 10;

/// What is known when a search is read.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Dates without an offset are read in it.
    pub zone: &'a TimeZone,
    /// For `ap`.
    pub now: Instant,
    /// `Prefer: handling=lenient`: what is unknown is passed over, and named in [`Request::ignored`].
    pub lenient: bool,
    /// The clinic's own parameters.
    pub own: &'a Own,
    /// Where the server is: a reference that begins so is to a resource of its own.
    pub base: &'a str,
}

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Resource type.
    pub kind: String,
    /// What a match satisfies.
    pub filter: Filter,
    /// `_sort`, the first first; with none, as they were made.
    pub sort: Vec<Sort>,
    /// `_count`: matches of a page.
    pub count: Option<u32>,
    /// `_total`, `_summary=count`.
    pub total: Total,
    /// `_include`.
    pub include: Vec<Include>,
    /// `_revinclude`.
    pub revinclude: Vec<Include>,
    /// Where the page before ended, as the server wrote it.
    pub cursor: Option<String>,
    /// Every parameter that is looked at, with the type it is looked at of: whoever may not see one is refused.
    pub used: BTreeSet<(String, &'static str)>,
    /// Unknown parameters that were passed over.
    pub ignored: Vec<String>,
    /// The parameters as they were understood, for the link of the bundle.
    pub understood: Vec<(String, String)>,
}

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// Name of the parameter; `_id` and `_lastUpdated` too.
    pub param: &'static str,
    /// Of its values.
    pub kind: ParameterKind,
    /// The other way round.
    pub descending: bool,
}

/// How many there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Total {
    /// It is counted.
    #[default]
    Counted,
    /// Nobody asked.
    Unsaid,
    /// Nothing else is wanted (`_summary=count`).
    Alone,
}

/// What goes with the matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The type that has the reference.
    pub kind: String,
    /// The references.
    pub params: Vec<&'static str>,
    /// Every reference of the type was asked for (`*`), not one by its name: those that may not be seen are left out.
    pub every: bool,
    /// Only targets of this type.
    pub target: Option<String>,
    /// Also of what goes with the matches (`:iterate`).
    pub iterate: bool,
}

/// A parameter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// As it was sent, cut to 60 characters.
    pub param: String,
    /// `unknown`, `modifier`, `value`, `unsupported`, `limit`, `chain`, `indexing`, `query` (a named one); `unheld` and
    /// `costly` of terminology.
    pub code: &'static str,
    /// What would be right; never the value that was sent.
    pub expected: String,
}

impl Request {
    /// The types of a search of the whole server (`_type`), sorted; none where nobody says. A parameter must then be one of
    /// each type.
    ///
    /// # Errors
    /// `_type` that names something else.
    pub fn kinds(pairs: &[(String, String)]) -> Result<Vec<&'static str>, Wrong> {
        let mut kinds = Vec::new();
        for (_, value) in pairs.iter().filter(|(name, _)| name == "_type") {
            for kind in value.split(',') {
                let at = RESOURCE_TYPES.binary_search(&kind);
                let at = at.map_err(|_| Wrong::new("_type", "value", "types of R4, with commas between them"))?;
                kinds.push(RESOURCE_TYPES[at]);
            }
        }
        kinds.sort_unstable();
        kinds.dedup();
        Ok(kinds)
    }

    /// Reads the parameters of a search of `kind`, in the order they were sent.
    ///
    /// # Errors
    /// Every parameter that is wrong.
    pub fn read(kind: &str, pairs: &[(String, String)], asker: Asker<'_>) -> Result<Self, Vec<Wrong>> {
        let mut reading = Reading {
            asker,
            request: Self::of(kind),
            all: Vec::new(),
            wrong: Vec::new(),
            used: Vec::new(),
            left: CONDITIONS,
            content: false,
        };
        if pairs.len() > MOST {
            return Err(vec![Wrong::new("", "limit", format!("at most {MOST} parameters"))]);
        }
        for (name, value) in pairs {
            match reading.pair(name, value) {
                Ok(()) => {}
                Err(wrong) if wrong.code == "unknown" && asker.lenient => {
                    reading.request.ignored.push(wrong.param);
                    continue;
                }
                Err(wrong) => reading.wrong.push(wrong),
            }
            if name != "_cursor" {
                reading.request.understood.push((name.clone(), value.clone()));
            }
        }
        let ranked = reading.all.iter().any(|filter| matches!(filter, Filter::Content { .. }));
        if !ranked && reading.request.sort.iter().any(|sort| sort.param == "_score") {
            reading.wrong.push(Wrong::new("_sort", "value", "_score with _content or _text"));
        }
        reading.request.filter = Filter::All(reading.all);
        reading.request.used = reading.used.into_iter().collect();
        if reading.wrong.is_empty() { Ok(reading.request) } else { Err(reading.wrong) }
    }

    fn of(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            filter: Filter::All(Vec::new()),
            sort: Vec::new(),
            count: None,
            total: Total::Counted,
            include: Vec::new(),
            revinclude: Vec::new(),
            cursor: None,
            used: BTreeSet::new(),
            ignored: Vec::new(),
            understood: Vec::new(),
        }
    }
}

impl Wrong {
    pub(super) fn new(param: &str, code: &'static str, expected: impl Into<String>) -> Self {
        let param = param.chars().filter(|c| !c.is_control()).take(60).collect();
        Self { param, code, expected: expected.into() }
    }
}

/// A search as it is read.
pub(super) struct Reading<'a> {
    pub(super) asker: Asker<'a>,
    request: Request,
    all: Vec<Filter>,
    wrong: Vec<Wrong>,
    /// What was looked at so far; what a way of a chain that led nowhere added is taken back.
    pub(super) used: Vec<(String, &'static str)>,
    /// Conditions left.
    pub(super) left: usize,
    /// A full text was asked for: one is enough, no step of it is counted.
    pub(super) content: bool,
}

impl Reading<'_> {
    fn pair(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        let longest = if name == "_id" { LONGEST_IDS } else { LONGEST };
        if value.len() > longest || name.len() > LONGEST {
            return Err(Wrong::new(name, "limit", format!("at most {longest} bytes")));
        }
        let (bare, modifier) = name.split_once(':').unwrap_or((name, ""));
        match bare {
            "_count" => {
                self.request.count = Some(value.parse().map_err(|_| Wrong::new(name, "value", "a whole number"))?);
                if self.request.count == Some(0) {
                    self.request.total = Total::Alone;
                }
            }
            "_cursor" => self.request.cursor = Some(value.to_owned()),
            "_total" => {
                self.request.total = match value {
                    "accurate" | "estimate" => Total::Counted,
                    "none" => Total::Unsaid,
                    _ => return Err(Wrong::new(name, "value", "none, estimate, accurate")),
                }
            }
            // How the total is to be counted, as the client fhirpy asks beside `_count=0`: here there is one way.
            "_totalMethod" => match value {
                "count" | "estimate" | "max" => {}
                _ => return Err(Wrong::new(name, "value", "count, estimate, max")),
            },
            "_summary" => match value {
                "count" => self.request.total = Total::Alone,
                "false" => {}
                _ => return Err(Wrong::new(name, "unsupported", "count, false")),
            },
            "_sort" => self.sort(name, value)?,
            "_include" => {
                let include = self.include(name, value, modifier)?;
                self.request.include.extend(include);
            }
            "_revinclude" => {
                let include = self.include(name, value, modifier)?;
                self.request.revinclude.extend(include);
            }
            "_format" | "_pretty" => {}
            _ => {
                let kind = self.request.kind.clone();
                let filter = self.condition(&kind, name, name, value, 0)?;
                self.all.push(filter);
            }
        }
        Ok(())
    }

    fn sort(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        for key in value.split(',') {
            if self.request.sort.len() == KEYS {
                return Err(Wrong::new(name, "limit", format!("at most {KEYS} keys")));
            }
            let (descending, key) = key.strip_prefix('-').map_or((false, key), |key| (true, key));
            let sort = match key {
                "_id" => Sort { param: "_id", kind: ParameterKind::Token, descending },
                "_score" => Sort { param: "_score", kind: ParameterKind::Number, descending },
                "_lastUpdated" => Sort { param: "_lastUpdated", kind: ParameterKind::Date, descending },
                key => {
                    let found = self
                        .parameter(&self.request.kind, key)?
                        .filter(|found| !matches!(found.kind, ParameterKind::Composite | ParameterKind::Special));
                    let found = found.ok_or_else(|| Wrong::new(name, "value", "a search parameter of the type"))?;
                    Sort { param: found.name, kind: found.kind, descending }
                }
            };
            if sort.param != "_score" {
                self.used.push((self.request.kind.clone(), sort.param));
            }
            self.request.sort.push(sort);
        }
        Ok(())
    }

    /// `Type:parameter`, `Type:parameter:Target`, `Type:*`, and `*` for what the matches refer to.
    fn include(&mut self, name: &str, value: &str, modifier: &str) -> Result<Option<Include>, Wrong> {
        if !matches!(modifier, "" | "iterate") {
            return Err(Wrong::new(name, "modifier", "iterate"));
        }
        if self.request.include.len() + self.request.revinclude.len() == WITH {
            return Err(Wrong::new(name, "limit", format!("at most {WITH} of _include and _revinclude")));
        }
        let whole = format!("{}:*", self.request.kind);
        let value = if value == "*" && name.starts_with("_include") { &whole } else { value };
        let expected = || Wrong::new(name, "value", "Type:parameter, Type:parameter:Target or Type:*");
        let mut parts = value.split(':');
        let (kind, param, target) = (parts.next(), parts.next(), parts.next());
        let (Some(kind), Some(param), None) = (kind, param, parts.next()) else { return Err(expected()) };
        if !is_resource_type(kind) || target.is_some_and(|target| !is_resource_type(target)) {
            return Err(expected());
        }
        let every = param == "*";
        let params: Vec<&'static str> = if every {
            parameters(kind)
                .iter()
                .filter(|found| found.kind == ParameterKind::Reference)
                .map(|found| found.name)
                .collect()
        } else {
            let found = self.parameter(kind, param)?.filter(|found| found.kind == ParameterKind::Reference);
            let found = found.ok_or_else(expected)?;
            self.used.push((kind.to_owned(), found.name));
            vec![found.name]
        };
        let (target, iterate) = (target.map(str::to_owned), !modifier.is_empty());
        Ok((!params.is_empty()).then(|| Include { kind: kind.to_owned(), params, every, target, iterate }))
    }
}

/// The elements of `kind` that a parameter reads, by their names at the top of a resource; a choice by its stem.
#[must_use]
pub fn elements(kind: &str, name: &str) -> Vec<&'static str> {
    let Some(found) = parameter(kind, name) else { return Vec::new() };
    let mut names = Vec::new();
    for part in found.expression.split('|') {
        let part = part.trim_start_matches(['(', ' ']);
        let Some((base, rest)) = part.split_once('.') else { continue };
        if base == kind || matches!(base, "Resource" | "DomainResource") {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            names.push(&rest[..end]);
        }
    }
    names
}

/// The comparison of a prefix, and what stands behind it.
pub(super) fn prefixed(text: &str) -> (Compare, &str) {
    match text.get(..2).and_then(Compare::of) {
        Some(compare) => (compare, &text[2..]),
        None => (Compare::Equal, text),
    }
}
