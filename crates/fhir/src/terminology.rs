//! The code systems and value sets of the official definitions: what belongs to a value set, what it holds, what a code
//! means. Whatever a clinic brings along is none of it: [`value_set`] and [`code_system`] are where it would be asked for.

mod compose;
mod external;
mod members;
mod tables;

pub use compose::{Rule, Stated, ValueSet};
pub use tables::{CodeSystem, Concept, Content, PropertyValue, code_system, value_set};

/// Whether a code belongs to a value set (R4, 4.9.8): `Some(true)` or `Some(false)` where that can be told, `None` where
/// it cannot, because the value set, or a code system it draws on, is not held here.
///
/// `value_set_url` is a canonical address with or without `|version`; without a `system` the code may be of any code
/// system that the value set draws on, as for an element of type `code`. A code that groups others and is not meant to
/// be used by itself still belongs.
pub fn member(value_set_url: &str, system: Option<&str>, code: &str) -> Option<bool> {
    members::contains(value_set(value_set_url)?, system, code)
}
