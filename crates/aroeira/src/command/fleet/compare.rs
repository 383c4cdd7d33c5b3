//! `aroeira fleet compare`: two specs side by side.

use aroeira_fleet::availability::availability;
use aroeira_fleet::cost::{Differences, TOLD_PERCENT, cost, difference};
use aroeira_fleet::report::pair;
use aroeira_fleet::{Language, plan};
use serde::Serialize;

use super::availability::rates;
use super::cost::{Prices, money};
use super::report::{self, Figures, SEED, YEARS};
use super::{Input, Page, read, table};
use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  aroeira fleet compare now.toml with-a-generator.toml
  aroeira fleet compare aws.toml own-rack.toml --json
  aroeira fleet compare aws.toml own-rack.toml --html report.html";

/// Put two specs side by side: cost, capacity, availability
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    page: Page,
    /// The other spec
    #[arg(value_name = "OTHER")]
    other: std::path::PathBuf,
    #[command(flatten)]
    prices: Prices,
}

/// What is compared of one spec.
#[derive(Serialize)]
struct Side {
    name: String,
    cost: aroeira_fleet::Cost,
    plan: aroeira_fleet::Plan,
    availability: aroeira_fleet::availability::Availability,
}

/// Both of them.
#[derive(Serialize)]
struct Both<'a> {
    specs: [&'a Side; 2],
    differences: &'a Option<Differences>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let language = args.input.language();
    let (first, second) = (args.input.read()?, read(&args.other, &args.input.catalogue, language)?);
    let books = args.prices.read()?;
    if let Some(file) = &args.page.html {
        let figures = Figures::with(books)?;
        return report::put_page(pair(&figures.study(first), &figures.study(second), language), file);
    }
    let rates = rates(None)?;
    let side = |fleet: super::Fleet| Side {
        cost: cost(&fleet.spec, &fleet.catalogue, &books),
        plan: plan(&fleet.spec, &fleet.catalogue),
        availability: availability(&fleet.spec, &fleet.catalogue, &rates, SEED, YEARS),
        name: fleet.spec.name,
    };
    let (one, other) = (side(first), side(second));
    let differences = difference(&one.cost, &other.cost, TOLD_PERCENT);
    if args.input.prints(&Both { specs: [&one, &other], differences: &differences })? {
        return Ok(());
    }
    tell(&one, &other, language);
    let portuguese = language == Language::Portuguese;
    put!("");
    match differences {
        None => put!(
            "{}",
            if portuguese {
                "As contas estão em moedas diferentes."
            } else {
                "The bills are in different currencies."
            }
        ),
        Some(differences) => {
            let shown = |amount| money(amount, &differences.currency, language);
            let rows = differences.lines.iter().map(|line| {
                vec![
                    format!("{} {}", line.what.text(language), line.of),
                    shown(line.before),
                    shown(line.after),
                    line.reason.text(language).to_owned(),
                ]
            });
            table::print(&rows.collect::<Vec<_>>());
        }
    }
    Ok(())
}

fn tell(one: &Side, other: &Side, language: Language) {
    let portuguese = language == Language::Portuguese;
    let say = |in_portuguese: &str, in_english: &str| if portuguese { in_portuguese } else { in_english }.to_owned();
    let row = |name: String, of: &dyn Fn(&Side) -> String| vec![name, of(one), of(other)];
    let percent = |value: f64, decimals| format!("{} %", table::number(value, decimals, language));
    table::print(&[
        row(String::new(), &|side| side.name.clone()),
        row(say("por mês", "a month"), &|side| {
            money(side.cost.monthly.amount.total, &side.cost.monthly.currency, language)
        }),
        row(say("por clínica", "each clinic"), &|side| {
            side.cost
                .per_clinic
                .map_or_else(|| "-".to_owned(), |amount| money(amount.total, &side.cost.monthly.currency, language))
        }),
        row(say("cabe", "fits"), &|side| if side.plan.fits { say("sim", "yes") } else { say("não", "no") }),
        row(say("sobrevive às falhas prometidas", "survives the failures promised"), &|side| {
            if side.plan.survival.holds { say("sim", "yes") } else { say("não", "no") }
        }),
        row(say("clínicas no máximo", "clinics at most"), &|side| side.plan.exhaustion.clinics_most.to_string()),
        row(say("disponibilidade média", "up on average"), &|side| percent(side.availability.percent, 3)),
        row(say("anos que cumprem a promessa", "years that keep the promise"), &|side| {
            side.availability.keeps_promise.map_or_else(|| "-".to_owned(), |keeps| percent(keeps * 100.0, 1))
        }),
        row(say("minutos fora do ar por ano", "minutes down in a year"), &|side| {
            table::number(side.availability.minutes.mean, 0, language)
        }),
    ]);
}
