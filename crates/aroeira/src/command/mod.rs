//! The commands, one file each.

mod audit;
mod backup_key;
mod clinic;
mod config;
mod demo;
mod doctor;
mod fleet;
mod import;
mod serve;
mod user;

use std::future::Future;
use std::io::Read;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::{CODES, Code, Failure, Result};

/// The clinic cloud in one binary: medical records for a clinic, with nothing else installed.
#[derive(Parser)]
#[command(name = "aroeira", version, after_long_help = CODES, after_help = "Exit codes and more: aroeira --help")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Doctor(doctor::Args),
    Config(config::Args),
    /// Make and list clinics
    #[command(subcommand)]
    Clinic(clinic::Command),
    /// Make accounts
    #[command(subcommand)]
    User(user::Command),
    Import(import::Args),
    /// Look after the audit trail
    #[command(subcommand)]
    Audit(audit::Command),
    BackupKey(backup_key::Args),
    /// Plan a provider's fleet on paper: from one file, what is wrong with it and what follows from it
    #[command(subcommand)]
    Fleet(fleet::Command),
}

/// Runs the command of this process's arguments.
pub(crate) fn run() -> Result<ExitCode> {
    let done = match Cli::parse().command {
        Command::Demo(args) => return demo::run(&args),
        Command::Serve(args) => return serve::run(&args),
        Command::Doctor(args) => return doctor::run(&args),
        Command::Audit(command) => return audit::run(command),
        Command::Fleet(command) => return fleet::run(command),
        Command::Config(args) => config::run(&args),
        Command::Clinic(command) => clinic::run(command),
        Command::User(command) => user::run(command),
        Command::Import(args) => import::run(&args),
        Command::BackupKey(args) => backup_key::run(&args),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Runs a command that people wait for: warnings as text, and a runtime of its own.
fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    crate::log::quiet();
    runtime()?.block_on(future)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| {
        Failure::new(
            Code::Failed,
            format!("no threads can be started: {e}"),
            "raise the limit of processes of this user",
        )
    })
}

/// The password of standard input, its line end cut; `None` where one is to be generated.
fn password(from_stdin: bool) -> Result<Option<String>> {
    if !from_stdin {
        return Ok(None);
    }
    let mut text = String::new();
    let read = std::io::stdin().take(4096).read_to_string(&mut text);
    let password = text.trim_end_matches(['\r', '\n']);
    if read.is_err() || password.is_empty() {
        let help = "for example: printf %s \"$PASSWORD\" | aroeira user add ... --password-stdin";
        return Err(Failure::new(Code::Usage, "standard input holds no password", help));
    }
    Ok(Some(password.to_owned()))
}

/// Tells of a new account. A generated password is shown here and never again.
fn tell_account(email: &str, role: aroeira_clinic::Role, password: Option<&str>) {
    println!("Account:  {email} ({})", role.code());
    if let Some(password) = password {
        println!("Password: {password}");
        println!("It is shown this once, and is to be changed at the first sign-in.");
    }
}

/// A server or a command of another version answered something else.
fn unexpected() -> Failure {
    Failure::new(
        Code::Failed,
        "the running server gave an answer that this command does not know",
        "use the command of the same version as the server",
    )
}
