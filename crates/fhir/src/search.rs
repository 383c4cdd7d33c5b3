//! Searching: the parameters of every type, as the official definitions have them, and where their values stand.

mod compartment;
mod concepts;
mod condition;
mod definitions;
mod expression;
mod filter;
mod near;
mod own;
pub(crate) mod path;
mod request;
mod value;

pub use compartment::{COMPARTMENTS, compartment_parameters, compartment_types};
pub use definitions::{Component, Parameter, ParameterKind, parameter, parameters};
pub use filter::{Compare, Filter, Place, Rows, Words};
pub use near::{EARTH, vector};
pub use own::{Definition, Own, OwnParameter, OwnRows, Progress, SLOTS, Unfit, slot_of};
pub use request::{Asker, Include, Request, Sort, Total, Wrong, elements};
