//! A provider's fleet on paper: one spec of what is hosted, for whom, where and how surely, and what follows from it. Pure
//! computation: files are read and written by who calls.

pub mod catalogue;
pub mod growth;
pub mod language;
pub mod plan;
pub mod spec;

pub use catalogue::Catalogue;
pub use language::Language;
pub use plan::{Plan, plan};
pub use spec::{Spec, SpecError};
