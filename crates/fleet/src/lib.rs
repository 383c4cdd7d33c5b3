//! A provider's fleet on paper: one spec of what is hosted, for whom, where and how surely, and what follows from it. Pure
//! computation: files are read and written by who calls.

pub mod catalogue;
pub mod check;
pub mod language;
pub mod presets;
pub mod spec;

pub use catalogue::Catalogue;
pub use check::check;
pub use language::Language;
pub use spec::{Spec, SpecError};
