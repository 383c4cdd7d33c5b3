//! The clinic cloud in one binary. Each command has its file; what they share is the configuration, the installation and
//! the way a failure is told.

mod command;
mod config;
mod control;
mod demo;
mod failure;
mod installation;
mod log;
mod server;

use std::process::ExitCode;

/// Smaller and faster than the system's under many threads; SQLite's C asks it too (`override`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match command::run() {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
