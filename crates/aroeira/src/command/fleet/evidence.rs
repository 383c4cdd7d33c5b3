//! `aroeira fleet evidence`: what of a framework's controls is proven, as OSCAL for machines and a page for people.

use std::fs;
use std::path::PathBuf;

use aroeira_clinic::Clock;
use aroeira_fleet::Language;
use aroeira_fleet::evidence::{Evidence, Framework, NAMES, assessment_results, component_definition, evidence, page};
use jiff::civil::Date;

use super::{Fleet, Input, status};
use crate::failure::{Code, Failure, Result};

const EXAMPLES: &str = "\
Examples:
  aroeira fleet evidence fleet.toml --framework lgpd --out evidence/lgpd
  aroeira fleet evidence fleet.toml --framework iso27001 --out evidence/iso --server https://aroeira.example.org

Writes evidence.html, and assessment-results.json and component-definition.json (OSCAL 1.1). A
control is met, met in part, not proven, or the customer's duty; what nothing proves is not
proven. What only a running system shows is looked at where --server, --prometheus or --here says
where. The same spec and date give the same bytes.";

/// Say which controls of LGPD, ISO 27001, SOC 2 or PCI DSS are proven, and by what
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    sources: status::Sources,
    /// What it is held against
    #[arg(long, value_name = "FRAMEWORK", value_parser = clap::builder::PossibleValuesParser::new(NAMES))]
    framework: String,
    /// Where to write it; made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The day that it is of; today where it is not said
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let Fleet { spec, places, catalogue } = args.input.read()?;
    let defect = |why: String| Failure::new(Code::Failed, why, "report this as a defect");
    let framework = Framework::named(&args.framework).map_err(defect)?;
    let observed = args.sources.collect(&spec, &catalogue)?;
    let date = args.date.unwrap_or_else(today).to_string();
    let file = args.input.file.file_name().map_or_else(|| "fleet.toml".into(), |name| name.to_string_lossy());
    let evidence = evidence(&framework, (&spec, &places), &catalogue, observed.as_ref(), (&file, &date));
    let files = [
        ("evidence.html", page(&evidence, args.input.language()).map_err(defect)?),
        ("assessment-results.json", format!("{:#}\n", assessment_results(&evidence))),
        ("component-definition.json", format!("{:#}\n", component_definition(&evidence))),
    ];
    fs::create_dir_all(&args.out).map_err(|error| Failure::file("the directory", &args.out, &error))?;
    for (name, text) in files {
        let path = args.out.join(name);
        fs::write(&path, text).map_err(|error| Failure::file("the file", &path, &error))?;
    }
    if !args.input.prints(&evidence)? {
        tell(&evidence, args.input.language());
        put!("{}", args.out.join("evidence.html").display());
    }
    Ok(())
}

fn today() -> Date {
    let now = jiff::Timestamp::from_millisecond(Clock::system().now().0).unwrap_or_default();
    now.to_zoned(jiff::tz::TimeZone::system()).date()
}

fn tell(evidence: &Evidence, language: Language) {
    let totals = &evidence.totals;
    let title = evidence.title.in_language(language);
    match language {
        Language::Portuguese => put!(
            "{title}: {} atendidos, {} em parte, {} não provados, {} deveres do cliente",
            totals.met,
            totals.partly,
            totals.not,
            totals.customer
        ),
        Language::English => put!(
            "{title}: {} met, {} partly, {} not proven, {} the customer's duties",
            totals.met,
            totals.partly,
            totals.not,
            totals.customer
        ),
    }
}
