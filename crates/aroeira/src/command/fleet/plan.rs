//! `aroeira fleet plan`: who sits where, what failures do, what is left, and when it is outgrown.

use std::process::ExitCode;

use aroeira_fleet::report::Section;
use aroeira_fleet::{Language, Plan, plan};

use super::report::{self, Figures};
use super::{Input, Page, table};
use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  aroeira fleet plan fleet.toml
  aroeira fleet plan fleet.toml --html report.html
  aroeira fleet plan fleet.toml --strict      in a pipeline: exits with 1 when something does not fit or survive

Exits with 0 also when something does not fit: it says what, and the smallest change that would make it fit.";

/// Place the workloads on the nodes: what fits, what a failure does, what is left and when it is outgrown
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    page: Page,
    /// Fail where something does not fit, or a failure is not survived
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let fleet = args.input.read()?;
    let plan = plan(&fleet.spec, &fleet.catalogue);
    if let Some(file) = &args.page.html {
        report::write(fleet, &Figures::built_in()?, Section::Plan, file, args.input.language())?;
    } else if !args.input.prints(&plan)? {
        tell(&plan, args.input.language());
    }
    let holds = plan.fits && plan.survival.holds;
    Ok(if args.strict && !holds { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn tell(plan: &Plan, language: Language) {
    put!(
        "{}",
        match (plan.fits, plan.survival.holds) {
            (true, true) => language.say(
                "Tudo cabe, e sobrevive às falhas prometidas.",
                "Everything fits, and survives the failures promised."
            ),
            (true, false) => language.say(
                "Tudo cabe, mas não sobrevive às falhas prometidas.",
                "Everything fits, but not after the failures promised."
            ),
            (false, _) => language.say("Nem tudo cabe.", "Not everything fits."),
        }
    );
    let survival = &plan.survival;
    let failures = language.say("Falhas de nós sobrevividas", "Failures of nodes survived");
    put!("{failures}: {} / {}", survival.survived, survival.tried);
    for finding in &plan.findings {
        put!("- {}", finding.text(language));
    }
    for change in &plan.changes {
        put!("-> {}", change.step.text(language));
    }
    put!("");
    nodes(plan, language);
    put!("");
    outlook(plan, language);
}

/// A table of the nodes: what is taken of what there is.
fn nodes(plan: &Plan, language: Language) {
    const SHOWN: usize = 40;
    let head =
        ["nó|node", "CPU|CPU", "memória GiB|memory GiB", "disco GB|disk GB", "GPU GiB|GPU GiB", "réplicas|replicas"];
    let said = |both: &str| {
        let (portuguese, english) = both.split_once('|').unwrap_or((both, both));
        language.say(portuguese, english).to_owned()
    };
    let mut rows = vec![head.map(said).to_vec()];
    let of = |used: f64, all: f64| {
        if all > 0.0 {
            format!("{} / {}", table::number(used, 1, language), table::number(all, 1, language))
        } else {
            "-".to_owned()
        }
    };
    for node in plan.nodes.iter().take(SHOWN) {
        let (used, all) = (node.used, node.capacity);
        rows.push(vec![
            node.name.clone(),
            of(used.cores, all.cores),
            of(used.memory_gb, all.memory_gb),
            of(used.disk_gb, all.disk_gb),
            of(used.gpu_gb, all.gpu_gb),
            node.tenants.len().to_string(),
        ]);
    }
    table::print(&rows);
    if plan.nodes.len() > SHOWN {
        let more = language.say("mais; todos com --json", "more; all of them with --json");
        put!("  ... {} {more}", plan.nodes.len() - SHOWN);
    }
}

/// What is left, what ends first, and when.
fn outlook(plan: &Plan, language: Language) {
    for left in &plan.headroom {
        let percent = table::number(left.used_percent, 0, language);
        let of = language.say("do que não é reserva", "of what is not kept free");
        put!("{}: {percent} % {of}", left.of.text(language));
    }
    if let Some(first) = plan.bottleneck {
        put!("{}: {}", language.say("O primeiro limite", "What ends first"), first.text(language));
    }
    let ends = &plan.exhaustion;
    let month =
        |month: Option<u32>| month.map_or_else(|| format!("> {}", ends.horizon_months), |month| month.to_string());
    put!(
        "{}: {} ({} – {}); {} {}",
        language.say("Esgota-se no mês", "Outgrown in month"),
        month(ends.month_50),
        month(ends.month_10),
        month(ends.month_90),
        ends.clinics_most,
        match ends.clinics_most {
            1 => language.say("clínica no máximo", "clinic at most"),
            _ => language.say("clínicas no máximo", "clinics at most"),
        },
    );
}
