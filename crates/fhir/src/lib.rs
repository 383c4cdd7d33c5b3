//! FHIR R4 as data: reading resources, what they are found by, transaction bundles, and the texts and identifiers of
//! Brazilian records. Pure: no input or output, no clock, no randomness; time zones and ids are passed in.

mod body;
pub mod brazil;
pub mod bundle;
mod compartment;
pub mod fhirpath;
mod index;
mod instant;
pub mod json;
pub mod matching;
pub mod patch;
mod resource;
pub mod search;
pub mod subset;
pub mod terminology;
pub mod text;
pub mod types;
pub mod ucum;
pub mod validate;

pub use body::Body;
pub use index::{INDEX_VERSION, Index, Row, Target, has_words, index};
pub use instant::{Instant, NotAnInstant, Period};
pub use resource::{Limits, Problem, REASON_URL, Resource};

/// The definitions of R4's types, as FHIRPath and patches ask for them.
pub fn definitions() -> &'static dyn fhirpath::Model {
    &validate::Definitions
}
