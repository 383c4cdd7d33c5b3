//! Conditions of a search as they are read: chains, `_has`, values of parameters, and what has no parameter.

use super::definitions::{Parameter, ParameterKind, TOGETHER, parameter, parameters};
use super::filter::Filter;
use super::own::Progress;
use super::request::{CONDITIONS, MOST, Reading, Wrong};
use super::{expression, value};
use crate::index::has_words;
use crate::types::is_id;

/// Steps of a chain.
const DEEPEST: usize = 4;
/// Codes of a value set that count as one condition.
const CODES: usize = 50;
/// Words of a full text, and letters of a word that is only begun.
const WORDS: usize = 8;
const LETTERS: usize = 3;

impl<'a> Reading<'a> {
    /// A parameter of a type by its name, an official one or one of the clinic's own.
    ///
    /// # Errors
    /// One whose index is still being made: half an answer would look like a whole one.
    pub(super) fn parameter(&self, kind: &str, name: &str) -> Result<Option<&'a Parameter>, Wrong> {
        if let Some(found) = parameter(kind, name) {
            return Ok(Some(found));
        }
        match self.asker.own.find(kind, name) {
            Some((_, Progress::Indexing(percent))) => Err(Wrong::new(name, "indexing", format!("{percent} %"))),
            found => Ok(found.map(|(parameter, _)| parameter)),
        }
    }

    pub(super) fn unknown(&self, kind: &str, name: &str) -> Wrong {
        let own = self.asker.own.of(kind).map(|own| own.definition.code.as_str());
        let names: Vec<&str> = parameters(kind).iter().map(|found| found.name).chain(own).collect();
        Wrong::new(name, "unknown", format!("a search parameter of {kind}: {}", names.join(", ")))
    }

    /// Counts a condition.
    pub(super) fn count(&mut self, name: &str) -> Result<(), Wrong> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            Wrong::new(name, "limit", format!("at most {CONDITIONS} conditions: name the types of a chain"))
        })?;
        Ok(())
    }

    /// A condition on a resource of `kind`; `key` is what is left of the name.
    pub(super) fn condition(
        &mut self,
        kind: &str,
        name: &str,
        key: &str,
        text: &str,
        depth: usize,
    ) -> Result<Filter, Wrong> {
        if depth > DEEPEST {
            return Err(Wrong::new(name, "chain", format!("at most {DEEPEST} steps")));
        }
        self.count(name)?;
        if let Some(rest) = key.strip_prefix("_has:") {
            return self.has(name, rest, text, depth);
        }
        if let Some((head, rest)) = key.split_once('.') {
            return self.chain(kind, name, (head, rest), text, depth);
        }
        let (bare, modifier) = key.split_once(':').map_or((key, None), |(bare, modifier)| (bare, Some(modifier)));
        let used = match bare {
            "_id" | "_lastUpdated" | "_content" | "_text" | "_list" | "_filter" => {
                if modifier.is_some() {
                    return Err(Wrong::new(name, "modifier", "none"));
                }
                return self.own(kind, name, bare, text);
            }
            bare => self.parameter(kind, bare)?.ok_or_else(|| self.unknown(kind, name))?,
        };
        if !used.is_searchable(kind) {
            return Err(refused(used, name));
        }
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
            "_list" => return self.list(name, text),
            "_filter" => return expression::read(self, kind, name, text),
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
                if !has_words(kind) {
                    let expected =
                        format!("another parameter: a {kind} holds the words of others, and none of its own");
                    return Err(Wrong::new(name, "unsupported", expected));
                }
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

    /// A list of codes counts as many conditions.
    pub(super) fn weigh(&mut self, name: &str, filter: &Filter) -> Result<(), Wrong> {
        let Filter::Tokens { codes, .. } = filter else { return Ok(()) };
        self.left = self
            .left
            .checked_sub(codes.len() / CODES)
            .ok_or_else(|| Wrong::new(name, "limit", "fewer value sets in one search, or smaller ones".to_owned()))?;
        Ok(())
    }

    /// `_list`: what a List names as its items. The lists that a server would have to make up are none of ours.
    fn list(&mut self, name: &str, text: &str) -> Result<Filter, Wrong> {
        let ids = value::alternatives(text);
        if ids.iter().any(|id| id.starts_with('$')) {
            return Err(Wrong::new(
                name,
                "unsupported",
                "the id of a List; nobody keeps $current-problems and its like",
            ));
        }
        if ids.len() > MOST || !ids.iter().all(|id| is_id(id)) {
            return Err(Wrong::new(name, "value", "ids of List resources, with commas between them"));
        }
        self.used.extend([("List".to_owned(), "item"), ("List".to_owned(), "_id")]);
        Ok(Filter::Has { kind: "List".to_owned(), param: "item", filter: Box::new(Filter::Id(ids)) })
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
        let found = self.parameter(kind, param)?.filter(|found| found.kind == ParameterKind::Reference);
        let found = found.ok_or_else(expected)?;
        self.used.push((kind.to_owned(), found.name));
        let filter = self.condition(kind, name, key, text, depth + 1)?;
        Ok(Filter::Has { kind: kind.to_owned(), param: found.name, filter: Box::new(filter) })
    }

    fn chain(&mut self, kind: &str, name: &str, key: (&str, &str), text: &str, depth: usize) -> Result<Filter, Wrong> {
        let (head, rest) = key;
        self.ways(kind, name, head, &mut |reading, target| reading.condition(target, name, rest, text, depth + 1))
    }

    /// The ways a reference may go - `name`, or `name:Type` - each with what is asked of what it leads to.
    pub(super) fn ways(
        &mut self,
        kind: &str,
        name: &str,
        head: &str,
        asked: &mut dyn FnMut(&mut Self, &'static str) -> Result<Filter, Wrong>,
    ) -> Result<Filter, Wrong> {
        let (bare, target) = head.split_once(':').map_or((head, None), |(bare, target)| (bare, Some(target)));
        let found = self.parameter(kind, bare)?.ok_or_else(|| self.unknown(kind, name))?;
        if found.kind != ParameterKind::Reference {
            return Err(Wrong::new(name, "chain", "a reference before the dot"));
        }
        let targets: Vec<&'static str> = match target {
            Some(target) => found.targets.iter().copied().filter(|known| *known == target).collect(),
            None => found.targets.to_vec(),
        };
        if targets.is_empty() {
            return Err(Wrong::new(name, "chain", found.targets.join(", ")));
        }
        self.used.push((kind.to_owned(), found.name));
        let mut any = Vec::new();
        let mut last = None;
        for target in targets {
            let before = self.used.len();
            match asked(self, target) {
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
        found: &Parameter,
        name: &str,
        modifier: Option<&str>,
        text: &str,
    ) -> Result<Filter, Wrong> {
        let own = found.name.strip_prefix(TOGETHER).filter(|_| kind == "Observation");
        let together = found.kind == ParameterKind::Composite || modifier == Some("text");
        let Some(own) = own.filter(|_| together) else { return self.typed(found, name, modifier, text) };
        let two = [own.to_owned(), format!("component-{own}")];
        let two: Vec<&Parameter> = two.iter().filter_map(|param| parameter(kind, param)).collect();
        // What is missing here may be there.
        let missing = modifier == Some("missing") && text == "true";
        let modified = if missing { "false" } else { text };
        let any = two.into_iter().map(|found| self.typed(found, name, modifier, modified));
        let any = any.collect::<Result<Vec<_>, _>>()?;
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
            let filter = value::read(found, name, modifier, one, self.asker)?;
            self.weigh(name, &filter)?;
            any.push(filter);
        }
        let filter = one_of(any);
        Ok(if matches!(modifier, Some("not" | "not-in")) { Filter::Not(Box::new(filter)) } else { filter })
    }
}

/// A parameter that is never answered: there are no named queries, nor words of what only holds others.
pub(super) fn refused(found: &Parameter, name: &str) -> Wrong {
    if found.name == "_query" {
        Wrong::new(name, "query", "")
    } else {
        Wrong::new(name, "unsupported", "another parameter")
    }
}

pub(super) fn one_of(mut any: Vec<Filter>) -> Filter {
    match any.len() {
        1 => any.remove(0),
        _ => Filter::Any(any),
    }
}
