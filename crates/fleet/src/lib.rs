//! A provider's fleet on paper: one spec of what is hosted, for whom, where and how surely, and what follows from it. Pure
//! computation: files are read and written by who calls.

pub mod availability;
pub mod catalogue;
pub mod check;
pub mod cost;
pub mod evidence;
pub mod growth;
pub mod language;
pub mod money;
pub mod plan;
pub mod presets;
pub mod prices;
pub mod render;
pub mod report;
pub mod spec;
pub mod status;

pub use catalogue::Catalogue;
pub use check::check;
pub use cost::{Cost, cost};
pub use language::Language;
pub use money::{Amount, Money};
pub use plan::{Plan, plan};
pub use prices::Books;
pub use spec::{Spec, SpecError};
