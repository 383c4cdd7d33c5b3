//! The rules of a clinic, through its one door.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod audit;
mod care;
mod house;
mod idempotency;
mod import;
mod leaks;
mod patients;
mod people;
mod records;
mod sessions;
