//! A provider's fleet on paper: one spec of what is hosted, for whom, where and how surely, and what follows from it. Pure
//! computation: files are read and written by who calls.

pub mod availability;
pub mod catalogue;
pub mod spec;

pub use catalogue::Catalogue;
pub use spec::{Spec, SpecError};
