//! Reads the parameters of a FHIR search into a [`Request`]: conditions, order, page and what goes with the matches.
//! Everything wrong is said at once; what is not supported is never passed over in silence.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::definitions::TOGETHER;
use super::filter::{Compare, Filter};
use super::value;
use super::{Parameter, ParameterKind, parameter, parameters};
use crate::instant::Instant;
use crate::text::fold;
use crate::types::{is_id, is_resource_type};

/// Parameters of one search, and alternatives of one value.
const MOST: usize = 100;
/// Steps of a chain.
const DEEPEST: usize = 4;
/// Conditions of a search, with every way that a chain without a type may go.
const CONDITIONS: usize = 1000;
/// Bytes of a value; of `_id` many ids.
const LONGEST: usize = 2 << 10;
const LONGEST_IDS: usize = 64 << 10;
/// Keys of an order, and parameters of what goes with the matches.
const KEYS: usize = 5;
const WITH: usize = 10;
/// Words of a full text, and letters of a word that is only begun.
const WORDS: usize = 8;
const LETTERS: usize = 3;

/// What is known when a search is read.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Dates without an offset are read in it.
    pub zone: &'a TimeZone,
    /// For `ap`.
    pub now: Instant,
    /// `Prefer: handling=lenient`: what is unknown is passed over, and named in [`Request::ignored`].
    pub lenient: bool,
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
    /// The reference.
    pub param: &'static str,
    /// Only targets of this type.
    pub target: Option<String>,
}

/// A parameter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// As it was sent, cut to 60 characters.
    pub param: String,
    /// `unknown`, `modifier`, `value`, `unsupported`, `limit`, `chain`.
    pub code: &'static str,
    /// What would be right; never the value that was sent.
    pub expected: String,
}

impl Request {
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

struct Reading<'a> {
    asker: Asker<'a>,
    request: Request,
    all: Vec<Filter>,
    wrong: Vec<Wrong>,
    /// What was looked at so far; what a way of a chain that led nowhere added is taken back.
    used: Vec<(String, &'static str)>,
    /// Conditions left.
    left: usize,
    /// A full text was asked for: one is enough, no step of it is counted.
    content: bool,
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
            "_summary" => match value {
                "count" => self.request.total = Total::Alone,
                "false" => {}
                _ => return Err(Wrong::new(name, "unsupported", "count, false")),
            },
            "_sort" => self.sort(name, value)?,
            "_include" => {
                let include = self.include(name, value, modifier)?;
                self.request.include.push(include);
            }
            "_revinclude" => {
                let include = self.include(name, value, modifier)?;
                self.request.revinclude.push(include);
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
                "_lastUpdated" => Sort { param: "_lastUpdated", kind: ParameterKind::Date, descending },
                key => {
                    let found = parameter(&self.request.kind, key)
                        .filter(|found| !matches!(found.kind, ParameterKind::Composite | ParameterKind::Special));
                    let found = found.ok_or_else(|| Wrong::new(name, "value", "a search parameter of the type"))?;
                    Sort { param: found.name, kind: found.kind, descending }
                }
            };
            self.used.push((self.request.kind.clone(), sort.param));
            self.request.sort.push(sort);
        }
        Ok(())
    }

    fn include(&mut self, name: &str, value: &str, modifier: &str) -> Result<Include, Wrong> {
        if !modifier.is_empty() {
            return Err(Wrong::new(name, "unsupported", "no modifier"));
        }
        if self.request.include.len() + self.request.revinclude.len() == WITH {
            return Err(Wrong::new(name, "limit", format!("at most {WITH} of _include and _revinclude")));
        }
        let expected = || Wrong::new(name, "value", "Type:parameter or Type:parameter:Target");
        let mut parts = value.split(':');
        let (kind, param, target) = (parts.next(), parts.next(), parts.next());
        let (Some(kind), Some(param)) = (kind, param) else { return Err(expected()) };
        let found = parameter(kind, param).filter(|found| found.kind == ParameterKind::Reference);
        let (Some(found), None) = (found, parts.next()) else { return Err(expected()) };
        if target.is_some_and(|target| !is_resource_type(target)) {
            return Err(expected());
        }
        self.used.push((kind.to_owned(), found.name));
        Ok(Include { kind: kind.to_owned(), param: found.name, target: target.map(str::to_owned) })
    }

    /// A condition on a resource of `kind`; `key` is what is left of the name.
    fn condition(&mut self, kind: &str, name: &str, key: &str, text: &str, depth: usize) -> Result<Filter, Wrong> {
        if depth > DEEPEST {
            return Err(Wrong::new(name, "chain", format!("at most {DEEPEST} steps")));
        }
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            Wrong::new(name, "limit", format!("at most {CONDITIONS} conditions: name the types of a chain"))
        })?;
        if let Some(rest) = key.strip_prefix("_has:") {
            return self.has(name, rest, text, depth);
        }
        if let Some((head, rest)) = key.split_once('.') {
            return self.chain(kind, name, (head, rest), text, depth);
        }
        let (bare, modifier) = key.split_once(':').map_or((key, None), |(bare, modifier)| (bare, Some(modifier)));
        let used = match bare {
            "_id" | "_lastUpdated" | "_content" | "_text" => {
                if modifier.is_some() {
                    return Err(Wrong::new(name, "modifier", "none"));
                }
                return self.own(kind, name, bare, text);
            }
            bare => parameter(kind, bare).ok_or_else(|| Wrong::new(name, "unknown", known(kind)))?,
        };
        self.used.push((kind.to_owned(), used.name));
        self.typed_of(kind, used, name, modifier, text)
    }

    /// The parameters that are columns, not rows.
    fn own(&mut self, kind: &str, name: &str, bare: &str, text: &str) -> Result<Filter, Wrong> {
        let (used, filter) = match bare {
            "_id" => {
                let ids: Vec<String> = value::alternatives(text);
                if ids.len() > MOST * 10 || !ids.iter().all(|id| is_id(id)) {
                    return Err(Wrong::new(name, "value", "logical ids, with commas between them"));
                }
                ("_id", Filter::Id(ids))
            }
            "_lastUpdated" => {
                let mut any = Vec::new();
                for one in self.few(name, text)? {
                    let (compare, period) = value::date(&one, self.asker)
                        .ok_or_else(|| Wrong::new(name, "value", "a date, with or without a prefix"))?;
                    any.push(Filter::Updated { compare, low: period.low, high: period.high });
                }
                ("_lastUpdated", one_of(any))
            }
            bare => {
                let mut words = text.split_whitespace();
                let begun = |word: &str| word.ends_with('*') && word.chars().count() <= LETTERS;
                if std::mem::replace(&mut self.content, true)
                    || text.split_whitespace().count() > WORDS
                    || words.any(begun)
                {
                    let most = format!("one full text, of at most {WORDS} words; {LETTERS} letters before *");
                    return Err(Wrong::new(name, "limit", most));
                }
                let narrative = bare == "_text";
                let used = if narrative { "_text" } else { "_content" };
                (used, Filter::Content { words: text.to_owned(), narrative })
            }
        };
        self.used.push((kind.to_owned(), used));
        Ok(filter)
    }

    /// The alternatives of a value, counted.
    fn few(&mut self, name: &str, text: &str) -> Result<Vec<String>, Wrong> {
        let alternatives = value::alternatives(text);
        let most = MOST.min(self.left + 1);
        if alternatives.len() > most {
            return Err(Wrong::new(name, "limit", format!("at most {most} alternatives")));
        }
        self.left -= alternatives.len() - 1;
        Ok(alternatives)
    }

    fn has(&mut self, name: &str, rest: &str, text: &str, depth: usize) -> Result<Filter, Wrong> {
        let expected = || Wrong::new(name, "chain", "_has:Type:reference:parameter");
        let (kind, rest) = rest.split_once(':').ok_or_else(expected)?;
        let (param, key) = rest.split_once(':').ok_or_else(expected)?;
        let found =
            parameter(kind, param).filter(|found| found.kind == ParameterKind::Reference).ok_or_else(expected)?;
        self.used.push((kind.to_owned(), found.name));
        let filter = self.condition(kind, name, key, text, depth + 1)?;
        Ok(Filter::Has { kind: kind.to_owned(), param: found.name, filter: Box::new(filter) })
    }

    fn chain(&mut self, kind: &str, name: &str, key: (&str, &str), text: &str, depth: usize) -> Result<Filter, Wrong> {
        let (head, rest) = key;
        let (bare, target) = head.split_once(':').map_or((head, None), |(bare, target)| (bare, Some(target)));
        let found = parameter(kind, bare).ok_or_else(|| Wrong::new(name, "unknown", known(kind)))?;
        if found.kind != ParameterKind::Reference {
            return Err(Wrong::new(name, "chain", "a reference before the dot"));
        }
        let targets: Vec<&str> = match target {
            Some(target) if found.targets.contains(&target) => vec![target],
            Some(_) => return Err(Wrong::new(name, "chain", found.targets.join(", "))),
            None => found.targets.to_vec(),
        };
        self.used.push((kind.to_owned(), found.name));
        let mut any = Vec::new();
        let mut last = None;
        for target in targets {
            let before = self.used.len();
            match self.condition(target, name, rest, text, depth + 1) {
                Ok(filter) => {
                    any.push(Filter::Chain { param: found.name, kind: target.to_owned(), filter: Box::new(filter) });
                }
                // Another way may know the parameter; what is wrong with its value is wrong all the same.
                Err(wrong) if wrong.code == "unknown" => {
                    self.used.truncate(before);
                    last = Some(wrong);
                }
                Err(wrong) => return Err(wrong),
            }
        }
        match last {
            Some(wrong) if any.is_empty() => Err(wrong),
            _ => Ok(one_of(any)),
        }
    }

    /// A condition on the rows of a parameter. What puts two parameters of an Observation together has no rows of its own
    /// for some questions: one of the two must hold.
    fn typed_of(
        &mut self,
        kind: &str,
        found: &'static Parameter,
        name: &str,
        modifier: Option<&str>,
        text: &str,
    ) -> Result<Filter, Wrong> {
        let own = found.name.strip_prefix(TOGETHER).filter(|_| kind == "Observation");
        let together = found.kind == ParameterKind::Composite || modifier == Some("text");
        let Some(own) = own.filter(|_| together) else { return self.typed(found, name, modifier, text) };
        let two = [own.to_owned(), format!("component-{own}")];
        let two = two.iter().filter_map(|param| parameter(kind, param));
        // What is missing here may be there.
        let missing = modifier == Some("missing") && text == "true";
        let modified = if missing { "false" } else { text };
        let any = two.map(|found| self.typed(found, name, modifier, modified)).collect::<Result<Vec<_>, _>>()?;
        Ok(if missing { Filter::Not(Box::new(Filter::Any(any))) } else { Filter::Any(any) })
    }

    /// A condition on the rows of one parameter.
    fn typed(&mut self, found: &Parameter, name: &str, modifier: Option<&str>, text: &str) -> Result<Filter, Wrong> {
        if modifier == Some("missing") {
            let present = value::present(found, name)?;
            return match text {
                "true" => Ok(Filter::Not(Box::new(present))),
                "false" => Ok(present),
                _ => Err(Wrong::new(name, "value", "true, false")),
            };
        }
        let alternatives = self.few(name, text)?;
        let mut any = Vec::with_capacity(alternatives.len());
        for one in &alternatives {
            any.push(value::read(found, name, modifier, one, self.asker)?);
        }
        let filter = one_of(any);
        Ok(if modifier == Some("not") { Filter::Not(Box::new(filter)) } else { filter })
    }
}

fn one_of(mut any: Vec<Filter>) -> Filter {
    match any.len() {
        1 => any.remove(0),
        _ => Filter::Any(any),
    }
}

fn known(kind: &str) -> String {
    let names: Vec<&str> = parameters(kind).iter().map(|found| found.name).collect();
    format!("a search parameter of {kind}: {}", names.join(", "))
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

pub(super) fn folded(text: &str) -> String {
    fold(text).chars().take(200).collect()
}
