//! Whether a code belongs to a value set. Three answers: yes, no, and that it cannot be told here.

use regex::RegexBuilder;

use super::compose::{Rule, Stated, ValueSet};
use super::external;
use super::tables::{CodeSystem, Content, code_system, value_set};

/// Value sets within value sets: beyond, nothing can be told. A circle ends here too.
const DEPTH: u32 = 12;
/// Bytes of a regular expression and of what it is compiled to.
const EXPRESSION: usize = 1 << 10;
const COMPILED: usize = 1 << 18;

/// Whether a value set contains a code; without a system, of any code system it draws on.
pub(super) fn contains(set: &ValueSet<'_>, system: Option<&str>, code: &str) -> Option<bool> {
    within(set, system, code, DEPTH)
}

fn within(set: &ValueSet<'_>, system: Option<&str>, code: &str, depth: u32) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    let one = |stated: &Stated<'_>| holds(stated, system, code, depth);
    match any(set.include.iter().map(one)) {
        Some(true) => any(set.exclude.iter().map(one)).map(|excluded| !excluded),
        Some(false) => Some(false),
        None if any(set.exclude.iter().map(one)) == Some(true) => Some(false),
        None => None,
    }
}

/// Whether a code is of this part of a value set.
fn holds(stated: &Stated<'_>, system: Option<&str>, code: &str, depth: u32) -> Option<bool> {
    if !stated.system.is_empty() && system.is_some_and(|system| system != stated.system) {
        return Some(false);
    }
    let own = if stated.system.is_empty() { Some(true) } else { of_system(stated, code) };
    let others = stated.value_sets.iter().map(|url| value_set(url).and_then(|set| within(set, system, code, depth)));
    all([own].into_iter().chain(others))
}

/// Whether the code system, the codes and the filters admit a code.
fn of_system(stated: &Stated<'_>, code: &str) -> Option<bool> {
    let known = code_system(stated.system);
    if !stated.concepts.is_empty() {
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
    all(stated.filters.iter().map(|rule| passes(known, place, rule)))
}

/// Whether a concept satisfies a filter; `None` for one that is not known here.
pub(super) fn passes(system: &CodeSystem, place: u32, rule: &Rule<'_>) -> Option<bool> {
    let concept = system.at(place);
    match rule.property {
        "concept" | "code" => match rule.op {
            "is-a" => related(system, rule.value, |other| place == other || system.is_under(place, other)),
            "descendent-of" => related(system, rule.value, |other| system.is_under(place, other)),
            "is-not-a" => related(system, rule.value, |other| place != other && !system.is_under(place, other)),
            "generalizes" => related(system, rule.value, |other| place == other || system.is_under(other, place)),
            _ => compared(&[concept.code], rule),
        },
        "display" => compared(&[concept.display], rule),
        "parent" => compared(&system.parents(concept.code).map(|parent| parent.code).collect::<Vec<_>>(), rule),
        "child" => compared(&system.children(concept.code).map(|child| child.code).collect::<Vec<_>>(), rule),
        name => {
            let own = system.properties_at(place).filter(|(own, _)| *own == name);
            compared(&own.map(|(_, value)| value.text()).collect::<Vec<_>>(), rule)
        }
    }
}

fn related(system: &CodeSystem, other: &str, holds: impl Fn(u32) -> bool) -> Option<bool> {
    system.place(other).map(holds)
}

/// Whether one of a concept's values satisfies a comparison.
fn compared(values: &[&str], rule: &Rule<'_>) -> Option<bool> {
    let listed = |value: &&str| rule.value.split(',').any(|one| one.trim() == *value);
    match rule.op {
        "=" => Some(values.contains(&rule.value)),
        "in" => Some(values.iter().any(listed)),
        "not-in" => Some(!values.iter().any(listed)),
        "exists" => Some(values.is_empty() == (rule.value == "false")),
        "regex" if rule.value.len() <= EXPRESSION => {
            let whole = RegexBuilder::new(&format!("^(?:{})$", rule.value)).size_limit(COMPILED).build().ok()?;
            Some(values.iter().any(|value| whole.is_match(value)))
        }
        _ => None,
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
