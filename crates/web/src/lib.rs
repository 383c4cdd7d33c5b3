//! HTTP: router, guards, the JSON API, FHIR and the pages. One shape everywhere: extract, ask the desk, render.
//! This room never names the store; what it knows of patients it was told by a desk.

mod api;
mod assets;
mod body;
mod context;
mod error;
mod etag;
mod fhir;
mod guards;
mod health;
mod language;
mod metrics;
mod openapi;
mod options;
mod pages;
mod routes;
mod serve;
mod state;

pub use metrics::install as install_metrics;
pub use options::{Limits, Network, NotANetwork, Options, Tls};
pub use routes::{Class, Route, router, table};
pub use serve::serve;
