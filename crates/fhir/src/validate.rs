//! Whether a resource is valid: its structure, cardinality, types, required bindings, references, constraints, and the
//! profiles a clinic has loaded. All problems at once, each with its place; no text repeats a value of the resource.

mod binding;
mod by_hand;
mod conform;
mod contained;
mod definitions;
mod errata;
mod hops;
mod invariant;
mod issue;
mod limit;
mod path;
mod primitive;
mod profile;
mod reference;
mod slice;
mod walk;

use serde_json::Value;

pub use definitions::Definitions;
pub use issue::{Issue, Reason, Severity};
pub use profile::{Lookup, NotAProfile, Profile, relative_limits};

use crate::Instant;

/// Whether a code is in a value set: the seam to terminology.
pub trait Terms: Sync {
    /// Whether the value set, named by its canonical URL, has the code. Without a system, whether one of its
    /// systems has it. Nothing where that cannot be told.
    fn member(&self, value_set: &str, system: Option<&str>, code: &str) -> Option<bool>;
}

/// The value sets of R4's own definitions.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfficialTerms;

impl Terms for OfficialTerms {
    fn member(&self, value_set: &str, system: Option<&str>, code: &str) -> Option<bool> {
        crate::terminology::member(value_set, system, code)
    }
}

/// How a resource is validated.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// Value sets.
    pub terms: &'o dyn Terms,
    /// What `now()` is in a constraint.
    pub now: Instant,
    /// Also tells what is no error, such as a resource without a narrative.
    pub warnings: bool,
    /// Issues at most; one more says that there are others.
    pub most: usize,
    /// Steps of FHIRPath and of profiles for the whole of the resource.
    pub steps: u64,
    /// The profiles there are.
    pub profiles: &'o Lookup<'o>,
    /// Profiles that the resource has to follow, besides those it claims in `meta.profile`.
    pub asked: &'o [String],
}

/// As many issues as anybody reads.
pub const MOST: usize = 100;

/// Steps of FHIRPath for a resource: enough for the largest of the official examples.
pub const STEPS: u64 = 20_000_000;

impl Options<'_> {
    /// Errors alone, with the value sets of R4.
    pub fn new(now: Instant) -> Options<'static> {
        Options {
            terms: &OfficialTerms,
            now,
            warnings: false,
            most: MOST,
            steps: STEPS,
            profiles: &|_| None,
            asked: &[],
        }
    }
}

/// Validates a resource. What is found is in the order of the JSON, with an issue for all the others where there are too
/// many; an empty list says that the resource is valid.
pub fn validate(resource: &Value, options: &Options<'_>) -> Vec<Issue> {
    walk::Walk::new(resource, options).whole()
}
