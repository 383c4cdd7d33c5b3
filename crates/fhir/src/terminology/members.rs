//! Whether a code belongs to a value set. Three answers: yes, no, and that it cannot be told here.

use std::cell::Cell;

use regex::{Regex, RegexBuilder};

use super::compose::{Rule, Stated, ValueSet};
use super::external;
use super::tables::{CodeSystem, Content, code_system, value_set};

/// Value sets within value sets: beyond, nothing can be told. A circle ends here too.
const DEPTH: u32 = 12;
/// Bytes of a regular expression and of what it is compiled to.
const EXPRESSION: usize = 1 << 10;
const COMPILED: usize = 1 << 18;

/// What may still be done for one question: a value set that somebody sends must not keep a processor busy.
pub(super) struct Work(Cell<u64>);

impl Work {
    /// Looks at codes and statements of one question.
    pub(super) fn new() -> Work {
        Work(Cell::new(4_000_000))
    }

    /// Nothing once the limit is reached.
    pub(super) fn spend(&self, steps: usize) -> Option<()> {
        let left = self.0.get().checked_sub(steps as u64);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ())
    }
}

/// Whether a value set contains a code; without a system, of any code system it draws on.
pub(super) fn contains(set: &ValueSet<'_>, system: Option<&str>, code: &str, work: &Work) -> Option<bool> {
    within(set, system, code, DEPTH, work)
}

fn within(set: &ValueSet<'_>, system: Option<&str>, code: &str, depth: u32, work: &Work) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    let one = |stated: &Stated<'_>| holds(stated, system, code, depth, work);
    match any(set.include.iter().map(one)) {
        Some(true) => any(set.exclude.iter().map(one)).map(|excluded| !excluded),
        Some(false) => Some(false),
        None if any(set.exclude.iter().map(one)) == Some(true) => Some(false),
        None => None,
    }
}

/// Whether a code is of one of these parts of a value set.
pub(super) fn listed(parts: &[Stated<'_>], system: &str, code: &str, work: &Work) -> Option<bool> {
    any(parts.iter().map(|stated| holds(stated, Some(system), code, DEPTH, work)))
}

/// Whether a code is of this part of a value set.
fn holds(stated: &Stated<'_>, system: Option<&str>, code: &str, depth: u32, work: &Work) -> Option<bool> {
    work.spend(1)?;
    if !stated.system.is_empty() && system.is_some_and(|system| system != stated.system) {
        return Some(false);
    }
    let own = if stated.system.is_empty() { Some(true) } else { of_system(stated, code, work) };
    if own == Some(false) {
        return own;
    }
    all([own].into_iter().chain(others(stated, system, code, depth, work)))
}

/// Whether a code is of each value set that a part names.
fn others(
    stated: &Stated<'_>,
    system: Option<&str>,
    code: &str,
    depth: u32,
    work: &Work,
) -> impl Iterator<Item = Option<bool>> {
    stated.value_sets.iter().map(move |url| value_set(url).and_then(|set| within(set, system, code, depth, work)))
}

/// Whether a code is of each value set that a part names beside its own codes.
pub(super) fn in_others(stated: &Stated<'_>, system: &str, code: &str, work: &Work) -> Option<bool> {
    all(others(stated, Some(system), code, DEPTH, work))
}

/// Whether the code system, the codes and the filters admit a code.
fn of_system(stated: &Stated<'_>, code: &str, work: &Work) -> Option<bool> {
    let known = code_system(stated.system);
    if !stated.concepts.is_empty() {
        work.spend(stated.concepts.len())?;
        let same =
            |own: &str| own == code || known.is_some_and(|s| !s.case_sensitive && own.eq_ignore_ascii_case(code));
        return Some(stated.concepts.iter().any(|(own, _)| same(own)));
    }
    if let Some(told) = external::admits(stated.system, code, &stated.filters) {
        return told;
    }
    let known = known.filter(|known| stated.version.is_empty() || known.version == stated.version)?;
    let Some(place) = known.place(code) else {
        // What is held only in part may have the code elsewhere.
        return (known.content == Content::Complete).then_some(false);
    };
    let tests: Vec<Test<'_>> = stated.filters.iter().map(|rule| Test::of(*rule, work)).collect::<Option<_>>()?;
    all(tests.iter().map(|test| test.passes(known, place)))
}

/// A filter made ready to be tried on many concepts.
pub(super) struct Test<'a> {
    rule: Rule<'a>,
    /// Of the operator `regex`.
    whole: Option<Regex>,
}

impl<'a> Test<'a> {
    /// `None` for an expression that is too large or cannot be read.
    pub(super) fn of(rule: Rule<'a>, work: &Work) -> Option<Test<'a>> {
        if rule.op != "regex" {
            return Some(Test { rule, whole: None });
        }
        work.spend(2_000)?;
        if rule.value.len() > EXPRESSION {
            return None;
        }
        let whole = RegexBuilder::new(&format!("^(?:{})$", rule.value)).size_limit(COMPILED).build().ok()?;
        Some(Test { rule, whole: Some(whole) })
    }

    /// Whether a concept satisfies the filter; `None` for one that is not known here.
    pub(super) fn passes(&self, system: &CodeSystem, place: u32) -> Option<bool> {
        let concept = system.at(place);
        let under = |one: u32, other: u32| one == other || system.is_under(one, other);
        let related = |holds: &dyn Fn(u32) -> bool| system.place(self.rule.value).map(holds);
        match (self.rule.property, self.rule.op) {
            ("concept" | "code", "is-a") => related(&|other| under(place, other)),
            ("concept" | "code", "descendent-of") => related(&|other| place != other && under(place, other)),
            ("concept" | "code", "is-not-a") => related(&|other| !under(place, other)),
            ("concept" | "code", "generalizes") => related(&|other| under(other, place)),
            ("concept" | "code", _) => self.compares(&[concept.code]),
            ("display", _) => self.compares(&[concept.display]),
            ("parent", _) => self.compares(&system.parents(concept.code).map(|it| it.code).collect::<Vec<_>>()),
            ("child", _) => self.compares(&system.children(concept.code).map(|it| it.code).collect::<Vec<_>>()),
            (name, _) => {
                let own = system.properties_at(place).filter(|(own, _)| *own == name);
                self.compares(&own.map(|(_, value)| value.text()).collect::<Vec<_>>())
            }
        }
    }

    /// Whether one of a concept's values satisfies a comparison.
    fn compares(&self, values: &[&str]) -> Option<bool> {
        let Rule { op, value: wanted, .. } = self.rule;
        let listed = |value: &&str| wanted.split(',').any(|one| one.trim() == *value);
        match (op, &self.whole) {
            ("=", _) => Some(values.contains(&wanted)),
            ("in", _) => Some(values.iter().any(listed)),
            ("not-in", _) => Some(!values.iter().any(listed)),
            ("exists", _) => Some(values.is_empty() == (wanted == "false")),
            ("regex", Some(whole)) => Some(values.iter().any(|value| whole.is_match(value))),
            _ => None,
        }
    }
}

/// Yes where one is, no where all are no.
fn any(mut answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let untold = answers.try_fold(false, |untold, answer| match answer {
        Some(true) => Err(()),
        Some(false) => Ok(untold),
        None => Ok(true),
    });
    match untold {
        Err(()) => Some(true),
        Ok(false) => Some(false),
        Ok(true) => None,
    }
}

/// No where one is, yes where all are yes.
pub(super) fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    any(answers.map(|answer| answer.map(|yes| !yes))).map(|no| !no)
}
