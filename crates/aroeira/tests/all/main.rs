//! The binary as its users meet it: real processes, real sockets, real files. One test binary, so that it is linked once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod commands;
mod console;
mod contract;
mod crate_graph;
mod fhir;
mod fhir_bounds;
mod fhir_calls;
mod fhir_compartment;
mod fhir_hidden;
mod fhir_match;
mod fhir_metadata;
mod fhir_search;
mod fhir_terminology;
mod fhir_validate;
mod fleet;
mod fsync;
mod guards;
mod harness;
mod import;
mod kill9;
mod logs;
mod matrix;
mod metrics;
mod shutdown;
