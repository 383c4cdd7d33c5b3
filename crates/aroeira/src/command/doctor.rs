//! `aroeira doctor`: looks at an installation, beside a running server too, and says what to do about what it finds.

use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use aroeira_clinic::Ids;

use crate::config::{Config, Place};
use crate::failure::{Code, Failure, Result};
use crate::installation::{self, Installation, Reply, Request};

/// How long a running server may take to say that it serves.
const PATIENCE: Duration = Duration::from_secs(4);

const EXAMPLES: &str = "\
Examples:
  aroeira doctor --data /var/lib/aroeira
  aroeira doctor --config clinic.toml
  aroeira doctor --server http://127.0.0.1:8080     for a container's health check: whether it can serve, nothing else

Exits with 1 when something must be mended.";

/// Look at an installation and say what to mend: permissions, lock, key, schema, disk, audit trail
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Ask a running server whether it can serve, and look at nothing else
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "config"])]
    server: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// One thing looked at.
enum Finding {
    Good(String),
    /// Worth knowing; nothing fails because of it yet.
    Warning(String, String),
    Bad(String, String),
}

use Finding::{Bad, Good, Warning};

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    if let Some(url) = &args.server {
        return serves(url);
    }
    let config = Config::load(&args.place)?;
    let data = &config.store.data;
    let mut findings = vec![("configuration", Good("valid".into())), ("data directory", directory(data))];
    if matches!(findings.last(), Some((_, Good(_) | Warning(..)))) {
        findings.push(("disk", disk(data)));
        findings.push(("master key", key(&config)));
        findings.extend(tls(&config));
        findings.extend(super::block_on(clinics(&config)).unwrap_or_else(|failure| vec![("clinics", bad(failure))]));
    }
    let mut mend = false;
    for (name, finding) in &findings {
        let (mark, text, help) = match finding {
            Good(text) => ("ok     ", text, None),
            Warning(text, help) => ("warning", text, Some(help)),
            Bad(text, help) => ("MEND   ", text, Some(help)),
        };
        mend |= matches!(finding, Bad(..));
        println!("{mark}  {name}: {text}");
        if let Some(help) = help {
            println!("         -> {help}");
        }
    }
    Ok(if mend { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Asks `/api/health/ready`. Only over plain http: it is asked from beside the server, not across a network.
fn serves(url: &str) -> Result<ExitCode> {
    let url = url.trim_end_matches('/');
    let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
    let answer = agent.new_agent().get(format!("{url}/api/health/ready")).call().map_err(|error| {
        Failure::new(Code::Failed, format!("{url} does not answer: {error}"), "give the address as http://HOST:PORT")
    })?;
    let ready = answer.status() == 200;
    let status = answer.status();
    println!(
        "{}  health: {}",
        if ready { "ok     " } else { "MEND   " },
        if ready { "ready".into() } else { status.to_string() }
    );
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn bad(failure: Failure) -> Finding {
    Bad(failure.error, failure.help)
}

fn open_to_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o077 != 0
}

fn directory(data: &Path) -> Finding {
    let shown = data.display();
    match std::fs::metadata(data) {
        Err(e) if e.kind() == ErrorKind::NotFound => Bad(
            format!("{shown} is not there"),
            "give its place with --data, or make one with `aroeira clinic add`".into(),
        ),
        Err(e) => Bad(format!("{shown}: {e}"), "run as the user who owns it".into()),
        Ok(metadata) if !metadata.is_dir() => {
            Bad(format!("{shown} is no directory"), "give the directory with --data".into())
        }
        Ok(metadata) if open_to_others(&metadata) => {
            Warning(format!("other users of this machine may look into {shown}"), format!("chmod 700 {shown}"))
        }
        Ok(_) => Good(shown.to_string()),
    }
}

fn disk(data: &Path) -> Finding {
    let Ok(found) = rustix::fs::statvfs(data) else {
        return Warning("free space is not known".into(), "look with `df`".into());
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize) >> 20;
    let help = "make room, or move the data directory to a larger disk; writes are refused when it is full";
    match free {
        0..200 => Bad(format!("{free} MiB free"), help.into()),
        200..2048 => Warning(format!("{free} MiB free"), help.into()),
        _ => Good(format!("{} GiB free", free >> 10)),
    }
}

fn key(config: &Config) -> Finding {
    if let Err(failure) = installation::master_key(config, false, &Ids::system()) {
        return bad(failure);
    }
    if !config.keys.master.is_empty() {
        return Good("given in the configuration".into());
    }
    let file = installation::master_file(config);
    match std::fs::metadata(&file) {
        Ok(metadata) if open_to_others(&metadata) => Bad(
            format!("other users of this machine may read {}", file.display()),
            format!("chmod 600 {}", file.display()),
        ),
        _ => Good(format!("{}; `aroeira backup-key` says how to keep it", file.display())),
    }
}

fn tls(config: &Config) -> Option<(&'static str, Finding)> {
    let tls = config.web().ok()?.tls?;
    let unreadable = [&tls.certificate, &tls.key].into_iter().find_map(|path| Some((path, File::open(path).err()?)));
    Some((
        "certificate",
        match unreadable {
            Some((path, e)) => bad(Failure::file("the file", path, &e)),
            None => Good("readable".into()),
        },
    ))
}

/// What only the one who holds the installation knows: it is opened here where nobody does.
async fn clinics(config: &Config) -> Result<Vec<(&'static str, Finding)>> {
    let mut installation = Installation::reach(config, false).await?;
    let lock = match &installation {
        Installation::Own(_) => "free: no server runs",
        Installation::Held(_) => "held by the running server, which answers",
    };
    let mut findings = vec![("lock", Good(lock.into()))];
    match installation.ask(Request::Health {}, Vec::new()).await {
        Ok(Reply::Health { ready: true, .. }) => findings.push(("health", Good("ready".into()))),
        Ok(Reply::Health { problems, .. }) => {
            findings.push(("health", Bad(problems.join(", "), "look at the server's log".into())));
        }
        Ok(_) => findings.push(("health", bad(super::unexpected()))),
        Err(failure) => findings.push(("health", bad(failure))),
    }
    match super::audit::verify(&mut installation, None).await {
        Err(failure) => findings.push(("clinics", bad(failure))),
        Ok(found) if found.is_empty() => {
            let help = "make one: `aroeira clinic add SLUG --name NAME --admin EMAIL`";
            findings.push(("clinics", Warning("there is none yet".into(), help.into())));
        }
        Ok(found) => findings.extend(found.into_iter().map(|(slug, found)| {
            let finding = if found.ok {
                Good(format!("{slug}: schema known, chain whole, {} entries", found.entries))
            } else {
                let help =
                    "keep a copy of the data directory as it is now, then restore the clinic from its last good backup";
                Bad(format!("{slug}: {}", found.problem.unwrap_or_default()), help.into())
            };
            ("clinic", finding)
        })),
    }
    installation.close().await;
    Ok(findings)
}
