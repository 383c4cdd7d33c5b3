//! The store through its public door.
#![allow(clippy::unwrap_used, reason = "a test")]

mod disk;
mod groups;
mod house;
mod installation;
mod journal;
mod lists;
mod own;
mod records;
mod searches;
