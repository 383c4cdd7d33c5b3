//! What a value set holds, code by code (R4, 4.9.8.3).

use std::collections::HashSet;

use super::compose::{Stated, ValueSet};
use super::external;
use super::members::{Test, Work, in_others, listed};
use super::tables::{Concept, Content, code_system, value_set};
use crate::text::fold;

/// Value sets within value sets.
const DEPTH: u32 = 12;

/// What is asked of an expansion.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page<'a> {
    /// Words that code or display must have, accents and case aside; empty for all.
    pub filter: &'a str,
    /// How many to pass over.
    pub offset: usize,
    /// How many to list at most.
    pub count: Option<usize>,
    /// Leaves out what is no longer in use.
    pub active_only: bool,
}

/// The codes of a value set, or a page of them.
#[derive(Debug)]
pub struct Expansion<'a> {
    /// How many match in all.
    pub total: usize,
    /// Those of the page, in the order of the definitions.
    pub codes: Vec<Listed<'a>>,
    /// There may be more: a code system it draws on is held in part only.
    pub unclosed: bool,
}

/// One code of an expansion.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Its code system.
    pub system: &'a str,
    /// The code with its display.
    pub code: &'a str,
    /// As the value set calls it, else its code system; may be empty.
    pub display: &'a str,
    /// Groups others and is not meant to be used by itself.
    pub is_abstract: bool,
    /// No longer in use.
    pub inactive: bool,
}

/// Why a value set cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It draws on a code system or a value set that is not held here, by canonical address.
    #[error("draws on {0}, which is not held here")]
    Unheld(String),
    /// To expand it takes more work than one question may.
    #[error("takes too much work")]
    TooCostly,
}

/// Lists the codes of a value set.
///
/// # Errors
/// [`Closed`], where the list would not be whole.
pub fn expand<'a>(set: &'a ValueSet<'a>, page: &Page<'_>) -> Result<Expansion<'a>, Closed> {
    let mut gathering = Gathering { work: Work::new(), seen: HashSet::new(), codes: Vec::new(), unclosed: false };
    gathering.set(set, DEPTH)?;
    let words: Vec<String> = fold(page.filter).split_whitespace().map(str::to_owned).collect();
    let mut matching = gathering.codes;
    matching.retain(|it| {
        let text = if words.is_empty() { String::new() } else { format!("{} {}", fold(it.code), fold(it.display)) };
        words.iter().all(|word| text.contains(word.as_str())) && !(page.active_only && it.inactive)
    });
    let total = matching.len();
    let codes = matching.into_iter().skip(page.offset).take(page.count.unwrap_or(usize::MAX)).collect();
    Ok(Expansion { total, codes, unclosed: gathering.unclosed })
}

struct Gathering<'a> {
    work: Work,
    seen: HashSet<(&'a str, &'a str)>,
    codes: Vec<Listed<'a>>,
    unclosed: bool,
}

impl<'a> Gathering<'a> {
    fn set(&mut self, set: &'a ValueSet<'a>, depth: u32) -> Result<(), Closed> {
        let depth = depth.checked_sub(1).ok_or(Closed::TooCostly)?;
        for stated in &set.include {
            let start = self.codes.len();
            match stated.value_sets.split_first() {
                Some((first, _)) if stated.system.is_empty() => {
                    let other = value_set(first).ok_or_else(|| Closed::Unheld((*first).to_owned()))?;
                    self.set(other, depth)?;
                }
                _ => self.system(stated)?,
            }
            self.keep(start, stated, &set.exclude)?;
        }
        Ok(())
    }

    /// Of what was gathered last, what the other statements admit.
    fn keep(&mut self, start: usize, stated: &Stated<'a>, exclude: &[Stated<'a>]) -> Result<(), Closed> {
        if stated.value_sets.is_empty() && exclude.is_empty() {
            return Ok(());
        }
        let gathered = self.codes.split_off(start);
        for it in gathered {
            let admitted = in_others(stated, it.system, it.code, &self.work).ok_or_else(|| self.untold(stated))?;
            if admitted && !listed(exclude, it.system, it.code, &self.work).ok_or_else(|| self.untold(stated))? {
                self.codes.push(it);
            } else {
                // Another part of the value set may bring it back.
                self.seen.remove(&(it.system, it.code));
            }
        }
        Ok(())
    }

    fn untold(&self, stated: &Stated<'_>) -> Closed {
        match (self.work.spend(1), stated.value_sets.first()) {
            (Some(()), Some(url)) => Closed::Unheld((*url).to_owned()),
            (Some(()), None) => Closed::Unheld(stated.system.to_owned()),
            (None, _) => Closed::TooCostly,
        }
    }

    fn push(&mut self, it: Listed<'a>) -> Result<(), Closed> {
        self.work.spend(1).ok_or(Closed::TooCostly)?;
        if self.seen.insert((it.system, it.code)) {
            self.codes.push(it);
        }
        Ok(())
    }

    /// The codes that a part states, or all of its code system that pass its filters.
    fn system(&mut self, stated: &Stated<'a>) -> Result<(), Closed> {
        let unheld = || Closed::Unheld(stated.system.to_owned());
        let known = code_system(stated.system);
        for (code, display) in &stated.concepts {
            let concept = known.and_then(|known| known.concept(code));
            let own = concept.map_or("", |concept| concept.display);
            let display = if display.is_empty() { own } else { display };
            self.push(of(stated.system, code, display, concept))?;
        }
        if !stated.concepts.is_empty() {
            return Ok(());
        }
        if let Some(codes) = external::all(stated.system).filter(|_| stated.filters.is_empty()) {
            return codes.iter().try_for_each(|code| self.push(of(stated.system, code, "", None)));
        }
        let known = known.filter(|it| stated.version.is_empty() || it.version == stated.version).ok_or_else(unheld)?;
        if known.content == Content::NotPresent {
            return Err(unheld());
        }
        self.unclosed |= known.content != Content::Complete;
        let tests = stated.filters.iter().map(|rule| Test::of(*rule, &self.work)).collect::<Option<Vec<_>>>();
        let tests = tests.ok_or_else(unheld)?;
        for (place, concept) in (0..).zip(&known.concepts) {
            let mut passes = true;
            for test in &tests {
                passes &= test.passes(known, place).ok_or_else(unheld)?;
            }
            if passes {
                self.push(of(stated.system, concept.code, concept.display, Some(concept)))?;
            }
        }
        Ok(())
    }
}

fn of<'a>(system: &'a str, code: &'a str, display: &'a str, concept: Option<&Concept>) -> Listed<'a> {
    let (is_abstract, inactive) = concept.map_or((false, false), |concept| (concept.is_abstract, concept.inactive));
    Listed { system, code, display, is_abstract, inactive }
}
