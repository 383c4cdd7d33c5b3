//! Clinics on disk: records with every version, the journal with its chain, the search index. Callers see a concrete
//! [`Store`], never an engine. Only `clinic` names this room.

#[cfg(test)]
extern crate self as aroeira_store;

mod clock;
mod error;
mod find;
mod head;
mod installation;
mod journal;
mod keys;
mod meters;
mod room;
mod sqlite;
mod store;
mod tables;
#[cfg(test)]
mod tamper_tests;
mod verify;

pub use clock::{Clock, Ids};
pub use error::Error;
pub use find::{By, Confines, Ended, Found, Plan, Search, Sorting, Weighed, words};
pub use installation::{Installation, Options};
pub use journal::{Entry, Event, JournalFilter, JournalRow, Touched};
pub use keys::{MasterKey, hex};
pub use meters::describe_metrics;
pub use room::Room;
pub use store::{Change, Record, Store, Version, Vitals, Written};
pub use tables::{Past, PastPage, Transaction, View};
pub use verify::Verification;

/// What every call of this room answers.
pub type Result<T> = std::result::Result<T, Error>;
