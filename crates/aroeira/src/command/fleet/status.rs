//! `aroeira fleet status`: collects what is running - from Aroeira itself, from Prometheus, from this machine - and prints it beside
//! the plan. What is compared, and how, is the room `fleet`'s.

mod asking;
mod direct;
mod here;
mod prometheus;

use std::path::PathBuf;
use std::process::ExitCode;

use aroeira_fleet::plan::Takes;
use aroeira_fleet::status::{Observed, Seen, Status, status};
use aroeira_fleet::{Catalogue, Language, Spec};

use super::{Fleet, Input, table};
use crate::failure::{Code, Failure, Result};
use asking::Asking;

const EXAMPLES: &str = "\
Examples:
  aroeira fleet status fleet.toml --server http://127.0.0.1:8080 --here
  aroeira fleet status fleet.toml --server http://10.0.0.5:8080 --server aroeira-hospital=http://10.0.0.6:8080
  aroeira fleet status fleet.toml --prometheus https://prometheus.example.org --token-file token --strict

A Prometheus is asked for its jobs, which are to be called as the workloads of the spec (`node`
for machines), for what each replica and each machine used, and for sizes by it. A server is asked
for /api/health and, where it lets this address, /metrics. Exits with 0 also when something
differs: with --strict with 1. When nothing answers it exits with 1 and says what to do.";

/// Gigabyte and gibibyte, as the spec counts disks and memory.
const GB: f64 = 1e9;
const GIB: f64 = 1_073_741_824.0;
/// Servers that are asked at most.
const MOST_SERVERS: usize = 100;

/// Hold the plan against what is running and used: missing, unplanned, over and under use, versions that differ, sizes
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    sources: Sources,
    /// Fail where something is not as planned
    #[arg(long)]
    strict: bool,
}

/// Where what is running can be seen.
#[derive(clap::Args)]
pub(super) struct Sources {
    /// A running Aroeira; of another workload than the one that runs it, with that name and `=` before it
    #[arg(long, value_name = "[WORKLOAD=]URL")]
    server: Vec<String>,
    /// A Prometheus that scrapes the fleet
    #[arg(long, value_name = "URL")]
    prometheus: Option<String>,
    /// This machine as well: which of the plan's it is; the one of its host's name, or the only one, where it is not said
    #[arg(long, value_name = "NODE", num_args = 0..=1, default_missing_value = "")]
    here: Option<String>,
    /// How far back Prometheus looks for what is used
    #[arg(long, value_name = "DURATION", default_value = "1d", requires = "prometheus", value_parser = prometheus::window)]
    window: String,
    /// File with the bearer token that Prometheus asks for
    #[arg(long, value_name = "FILE", requires = "prometheus")]
    token_file: Option<PathBuf>,
    /// PEM file of the authorities that certificates are held to; the machine's own where it is not said
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let Fleet { spec, catalogue, .. } = args.input.read()?;
    let observed = args.sources.collect(&spec, &catalogue)?.ok_or_else(|| {
        let help = "name a running Aroeira (--server URL), a Prometheus (--prometheus URL) or this machine (--here)";
        Failure::new(Code::Usage, "nobody is asked what is running", help)
    })?;
    let status = status(&spec, &catalogue, &observed);
    if !args.input.prints(&status)? {
        tell(&status, args.input.language());
    }
    Ok(if args.strict && !status.as_planned { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Sources {
    /// What is seen there; nothing where nothing is said.
    ///
    /// # Errors
    /// Nothing answered, or what answered is not what it should be.
    pub(super) fn collect(&self, spec: &Spec, catalogue: &Catalogue) -> Result<Option<Observed>> {
        if self.server.is_empty() && self.prometheus.is_none() && self.here.is_none() {
            return Ok(None);
        }
        if self.server.len() > MOST_SERVERS {
            let help = "let a Prometheus scrape them, and ask it with --prometheus";
            return Err(Failure::new(Code::Usage, format!("more than {MOST_SERVERS} servers"), help));
        }
        let mut observed = Observed::default();
        let mut silent = None;
        let asking = Asking::new(self.ca.as_deref())?;
        if let Some(url) = &self.prometheus {
            let asking = asking.with_token(self.token_file.as_deref(), url)?;
            prometheus::Prometheus::new(&asking, url, &self.window)?.collect(spec, &mut observed)?;
        }
        for server in &self.server {
            let (workload, url) = named(server, spec);
            let (replica, why) = direct::ask(&asking, &workload, url)?;
            silent = silent.or(why);
            // Who is asked by name and by Prometheus is one.
            observed.replicas.retain(|one| one.address != replica.address);
            observed.replicas.push(replica);
        }
        if let Some(name) = &self.here {
            let machine = here::machine(name, &aroeira_fleet::plan(spec, catalogue))?;
            observed.machines.get_or_insert_default().push(machine);
        }
        let nothing = observed.machines.is_none() && observed.replicas.iter().all(|one| !one.up);
        match silent {
            Some(why) if nothing => Err(why),
            _ => Ok(Some(observed)),
        }
    }
}

/// The workload of a server, and its address.
fn named<'a>(server: &'a str, spec: &Spec) -> (String, &'a str) {
    if let Some((workload, url)) = server.split_once('=').filter(|(name, _)| !name.contains("://")) {
        return (workload.to_owned(), url);
    }
    let runs = spec.workloads.iter().find(|one| one.entry.as_deref().unwrap_or(&one.id) == "aroeira");
    (runs.map_or_else(|| "aroeira".to_owned(), |one| one.id.clone()), server)
}

fn tell(status: &Status, language: Language) {
    let say = |in_portuguese: &'static str, in_english: &'static str| match language {
        Language::Portuguese => in_portuguese,
        Language::English => in_english,
    };
    put!("{}", say("Em uso / planejado", "In use / planned"));
    if status.nodes.iter().any(|node| node.seen.is_some()) {
        table::print(&machines(status, language));
    }
    table::print(&replicas(status, language));
    put!("");
    for difference in &status.differences {
        put!("- {}", difference.text(language));
    }
    if status.as_planned {
        put!("{}", say("Tudo como no plano.", "All is as planned."));
    }
    for advice in &status.advice {
        let (cores, memory) = (table::number(advice.cores, 2, language), table::number(advice.memory_gb, 2, language));
        put!("-> {}: {cores} {}, {memory} GiB", advice.workload, say("núcleos", "cores"));
    }
    let Some(resized) = &status.resized else { return };
    put!(
        "   {}",
        match (resized.fits, resized.survives) {
            (true, true) => {
                say("Com estes tamanhos tudo cabe e sobrevive.", "With these sizes everything fits and survives.")
            }
            (true, false) => say(
                "Com estes tamanhos tudo cabe, mas nem toda falha é sobrevivida.",
                "With these sizes everything fits, but not every failure is survived."
            ),
            (false, _) => say("Com estes tamanhos nem tudo cabe.", "With these sizes not everything fits."),
        }
    );
}

fn title(first: [&'static str; 2], language: Language) -> Vec<String> {
    let words = match language {
        Language::Portuguese => [first[0], "núcleos", "memória GiB", "disco GB"],
        Language::English => [first[1], "cores", "memory GiB", "disk GB"],
    };
    words.map(str::to_owned).to_vec()
}

/// A line: what is in use, and what is planned.
fn row(name: String, used: Seen, planned: Option<Takes>, language: Language) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| table::number(value, 2, language));
    let of = |seen: Option<f64>, planned: Option<f64>| format!("{} / {}", number(seen), number(planned));
    vec![
        name,
        of(used.cores, planned.map(|one| one.cores)),
        of(used.memory_gb, planned.map(|one| one.memory_gb)),
        of(used.disk_gb, planned.map(|one| one.disk_gb)),
    ]
}

fn machines(status: &Status, language: Language) -> Vec<Vec<String>> {
    let mut rows = vec![title(["máquina", "machine"], language)];
    for node in &status.nodes {
        let used = node.seen.as_ref().map_or_else(Seen::default, |machine| machine.used);
        rows.push(row(node.name.clone(), used, node.planned_use, language));
    }
    rows
}

fn replicas(status: &Status, language: Language) -> Vec<Vec<String>> {
    let mut rows = vec![title(["réplica", "replica"], language)];
    for workload in &status.workloads {
        for replica in &workload.replicas {
            let name = [workload.workload.as_str(), &replica.address, replica.version.as_deref().unwrap_or_default()]
                .join(" ");
            rows.push(row(name.trim_end().to_owned(), replica.used, Some(workload.each), language));
        }
    }
    rows
}
