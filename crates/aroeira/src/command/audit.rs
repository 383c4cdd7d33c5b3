//! `aroeira audit verify`.

use std::process::ExitCode;

use crate::config::{Config, Place};
use crate::failure::{Code, Result};
use crate::installation::{Installation, Reply, Request, Verified};

const EXAMPLES: &str = "\
Examples:
  aroeira audit verify --data /var/lib/aroeira                        every clinic
  aroeira audit verify --clinic saude-viva --config clinic.toml       one of them

Exits with 5 when a chain is broken: an entry or a record was changed or cut off outside the program.";

#[derive(clap::Subcommand)]
pub(super) enum Command {
    Verify(Verify),
}

/// Walk the audit trail of every clinic: each entry, each record it speaks of, and the head kept outside the file
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Verify {
    /// Only this clinic
    #[arg(long, value_name = "SLUG")]
    clinic: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(command: Command) -> Result<ExitCode> {
    let Command::Verify(args) = command;
    let config = Config::load_or_demo(&args.place)?;
    let found = super::block_on(async {
        let mut installation = Installation::reach(&config, false).await?;
        let found = verify(&mut installation, args.clinic.as_deref()).await;
        installation.close().await;
        found
    })?;
    let mut broken = false;
    for (slug, found) in &found {
        if found.ok {
            println!("{slug}: ok, {} entries, head {}", found.entries, found.head);
        } else {
            broken = true;
            println!(
                "{slug}: BROKEN after {} entries: {}",
                found.entries,
                found.problem.as_deref().unwrap_or("unknown")
            );
        }
    }
    if broken {
        eprintln!("error: the audit trail was changed outside the program, or the disk is failing");
        eprintln!(
            "help: keep a copy of the data directory as it is now, then restore the clinic from its last good backup"
        );
        return Ok(ExitCode::from(Code::Data as u8));
    }
    Ok(ExitCode::SUCCESS)
}

/// What the walk of one chain, or of all of them, found.
pub(super) async fn verify(installation: &mut Installation, only: Option<&str>) -> Result<Vec<(String, Verified)>> {
    let slugs = match only {
        Some(slug) => vec![slug.to_owned()],
        None => match installation.ask(Request::ClinicList {}, Vec::new()).await? {
            Reply::Clinics(slugs) => slugs,
            _ => return Err(super::unexpected()),
        },
    };
    let mut found = Vec::new();
    for clinic in slugs {
        match installation.ask(Request::AuditVerify { clinic: clinic.clone() }, Vec::new()).await? {
            Reply::Verified(verified) => found.push((clinic, verified)),
            _ => return Err(super::unexpected()),
        }
    }
    Ok(found)
}
