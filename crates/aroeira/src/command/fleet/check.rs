//! `aroeira fleet check`: contradictions and risks of a spec, each at its line.

use std::process::ExitCode;

use aroeira_fleet::Language;
use aroeira_fleet::check::{Finding, Severity, check};
use aroeira_fleet::report::Section;
use serde_json::json;

use super::report::{self, Figures};
use super::{Input, Page};
use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  aroeira fleet check fleet.toml
  aroeira fleet check fleet.toml --html report.html
  aroeira fleet check fleet.toml --language en
  aroeira fleet check fleet.toml --strict --json     in a pipeline

Exits with 0 when nothing contradicts itself, a law or a licence, with 1 when something does (with --strict: when there is a \
risk to decide on, too), with 2 when the file is no spec.";

/// Say what a spec contradicts or forgets: promises, copies, laws, licences, single points of failure
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    page: Page,
    /// Fail on warnings as well
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let fleet = args.input.read()?;
    let findings = check(&fleet.spec, &fleet.places, &fleet.catalogue);
    let name = fleet.spec.name.clone();
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
    if let Some(file) = &args.page.html {
        report::write(fleet, &Figures::built_in()?, Section::Check, file, args.input.language())?;
    } else if args.input.json {
        let told = json!({
            "name": name, "errors": errors, "warnings": warnings, "notes": notes, "findings": findings,
        });
        args.input.prints(&told)?;
    } else {
        let shown = args.input.file.display().to_string();
        for finding in &findings {
            tell(finding, &shown, args.input.language());
        }
        put!("{}", summary(errors, warnings, notes, args.input.language()));
    }
    let failed = errors > 0 || (args.strict && warnings > 0);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn tell(finding: &Finding, file: &str, language: Language) {
    let mark = match (finding.severity, language) {
        (Severity::Error, Language::Portuguese) => "ERRO ",
        (Severity::Error, Language::English) => "ERROR",
        (Severity::Warning, Language::Portuguese) => "aviso",
        (Severity::Warning, Language::English) => "risk ",
        (Severity::Note, Language::Portuguese) => "nota ",
        (Severity::Note, Language::English) => "note ",
    };
    put!("{mark}  {file}:{}: {} [{}]", finding.place, finding.text.in_language(language), finding.code);
    put!("         -> {}", finding.remedy.in_language(language));
}

fn summary(errors: usize, warnings: usize, notes: usize, language: Language) -> String {
    match language {
        Language::Portuguese => {
            format!(
                "{}, {}, {}",
                of(errors, "erro", "erros"),
                of(warnings, "aviso", "avisos"),
                of(notes, "nota", "notas")
            )
        }
        Language::English => {
            format!(
                "{}, {}, {}",
                of(errors, "error", "errors"),
                of(warnings, "risk", "risks"),
                of(notes, "note", "notes")
            )
        }
    }
}

fn of(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
