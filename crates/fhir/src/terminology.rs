//! The code systems and value sets of the official definitions: what belongs to a value set, what it holds, what a code
//! means. Whatever a clinic brings along is none of it: [`value_set`] and [`code_system`] are where it would be asked for.

mod compose;
mod expansion;
mod external;
mod members;
mod prose;
mod tables;

pub use compose::{Rule, Stated, ValueSet};
pub use expansion::{Closed, Expansion, Listed, Page, expand};
pub use tables::{CodeSystem, Concept, Content, PropertyValue, code_system, value_set, value_set_by_id};

use crate::text::fold;
use members::Work;

/// Whether a code belongs to a value set (R4, 4.9.8): `Some(true)` or `Some(false)` where that can be told, `None` where
/// it cannot, because the value set, or a code system it draws on, is not held here.
///
/// `value_set_url` is a canonical address with or without `|version`; without a `system` the code may be of any code
/// system that the value set draws on, as for an element of type `code`. A code that groups others and is not meant to
/// be used by itself still belongs.
pub fn member(value_set_url: &str, system: Option<&str>, code: &str) -> Option<bool> {
    contains(value_set(value_set_url)?, system, code)
}

/// As [`member`], of a value set at hand.
pub fn contains(set: &ValueSet<'_>, system: Option<&str>, code: &str) -> Option<bool> {
    members::contains(set, system, code, &Work::new())
}

/// Whether a code is one of a code system; `None` where that cannot be told.
pub fn is_code(system: &str, code: &str) -> Option<bool> {
    if let Some(told) = external::admits(system, code, &[]) {
        return told;
    }
    let held = code_system(system)?;
    match held.content {
        _ if held.concept(code).is_some() => Some(true),
        Content::Complete => Some(false),
        Content::Fragment | Content::Example | Content::NotPresent => None,
    }
}

/// How one code stands to another (the answers of `CodeSystem/$subsumes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subsumption {
    /// They are the same.
    Equivalent,
    /// The first is above the second.
    Subsumes,
    /// The first is under the second.
    SubsumedBy,
    /// Neither.
    NotSubsumed,
}

impl Subsumption {
    /// As `http://hl7.org/fhir/concept-subsumption-outcome` has it.
    pub fn code(self) -> &'static str {
        match self {
            Subsumption::Equivalent => "equivalent",
            Subsumption::Subsumes => "subsumes",
            Subsumption::SubsumedBy => "subsumed-by",
            Subsumption::NotSubsumed => "not-subsumed",
        }
    }
}

impl CodeSystem {
    /// How a code stands to another; nothing where one of them is not of this code system.
    pub fn subsumption(&self, a: &str, b: &str) -> Option<Subsumption> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        Some(if a == b {
            Subsumption::Equivalent
        } else if self.is_under(b, a) {
            Subsumption::Subsumes
        } else if self.is_under(a, b) {
            Subsumption::SubsumedBy
        } else {
            Subsumption::NotSubsumed
        })
    }

    /// What a code means, where the definitions say it.
    pub fn definition(&self, code: &str) -> Option<String> {
        prose::definition(self.url, code)
    }

    /// What a code is called in other languages: language tag and name.
    pub fn names(&self, code: &str) -> Vec<(&'static str, String)> {
        prose::names(self.url, code)
    }

    /// Whether a code may be called so, accents, case and language aside.
    pub fn is_called(&self, code: &str, display: &str) -> bool {
        let said = fold(display);
        let own = self.concept(code).is_some_and(|concept| fold(concept.display) == said);
        own || self.names(code).iter().any(|(_, name)| fold(name) == said)
    }
}
