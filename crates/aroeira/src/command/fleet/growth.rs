//! `aroeira fleet growth`: from ten clinics to ten thousand.

use aroeira_fleet::cost::cost;
use aroeira_fleet::growth::growth;
use aroeira_fleet::plan::Terms;
use aroeira_fleet::report::Section;
use aroeira_fleet::{Language, Spec};

use super::cost::Prices;
use super::report::{self, Figures};
use super::{Fleet, Input, Page, table};
use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  aroeira fleet growth fleet.toml
  aroeira fleet growth fleet.toml --html report.html
  aroeira fleet growth fleet.toml --json

The nodes of the spec are multiplied until each step fits and survives; its services stay as they are, so that what they cost \
is least sure at the far end.";

/// Say what ten to ten thousand clinics take: nodes, cost of each clinic, what ends first, what must be built differently
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    prices: Prices,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let fleet = args.input.read()?;
    let books = args.prices.read()?;
    if let Some(file) = &args.page.html {
        return report::write(fleet, &Figures::with(books)?, Section::Growth, file, args.input.language());
    }
    let Fleet { spec, catalogue, .. } = fleet;
    let price = |spec: &Spec| {
        let cost = cost(spec, &catalogue, &books);
        (cost.without_price == 0).then(|| cost.monthly.amount.total.as_f64())
    };
    let growth = growth(&spec, &catalogue, &Terms::default(), &price);
    if args.input.prints(&growth)? {
        return Ok(());
    }
    let language = args.input.language();
    let portuguese = language == Language::Portuguese;
    let mut rows = vec![if portuguese {
        ["clínicas", "nós", "por mês", "por clínica", "limite"].map(str::to_owned).to_vec()
    } else {
        ["clinics", "nodes", "a month", "each clinic", "limit"].map(str::to_owned).to_vec()
    }];
    let shown =
        |amount: Option<f64>| amount.map_or_else(|| "-".to_owned(), |amount| table::number(amount, 2, language));
    for stage in &growth.stages {
        let nodes = if stage.holds { stage.nodes_total.to_string() } else { format!("> {}", stage.nodes_total) };
        rows.push(vec![
            stage.clinics.to_string(),
            nodes,
            shown(stage.month.filter(|_| stage.holds)),
            shown(stage.month_per_clinic.filter(|_| stage.holds)),
            stage.bottleneck.map(|of| of.text(language).to_owned()).unwrap_or_default(),
        ]);
    }
    put!("  {}", spec.currency);
    table::print(&rows);
    put!("");
    if let Some(stage) = growth.stages.iter().find(|stage| !stage.holds) {
        let text = if portuguese {
            "clínicas não cabem em mais nós como estes"
        } else {
            "clinics do not fit on more nodes like these"
        };
        put!("{} {text}", stage.clinics);
        for finding in stage.findings.iter().filter(|finding| finding.stops()).take(3) {
            put!("- {}", finding.text(language));
        }
    }
    let mut told = Vec::new();
    for stage in &growth.stages {
        for (what, _) in stage.passed.iter().filter(|(what, _)| !told.contains(what)).collect::<Vec<_>>() {
            told.push(*what);
            put!("{} {}: {}", stage.clinics, if portuguese { "clínicas" } else { "clinics" }, what.text(language));
        }
    }
    Ok(())
}
