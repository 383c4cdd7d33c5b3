//! `aroeira fleet availability`: how sure a year is, what takes the fleet down, and what one change would bring.

use aroeira_fleet::availability::{Availability, Rates, availability};
use aroeira_fleet::cost::cost;
use aroeira_fleet::report::Section;
use aroeira_fleet::{Language, Spec};

use super::cost::{Prices, money};
use super::report::{self, Figures};
use super::{Fleet, Input, Page, table, text_of};
use crate::failure::{Code, Failure, Result};

const EXAMPLES: &str = "\
Examples:
  aroeira fleet availability fleet.toml
  aroeira fleet availability fleet.toml --html report.html
  aroeira fleet availability fleet.toml --years 20000 --seed 7
  aroeira fleet availability fleet.toml --rates my-rates.toml --json

The same seed gives the same years. docs/fleet-availability.md says what is assumed.";

/// Simulate thousands of years: minutes down and why, how many years keep the promise, what one change would bring
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    prices: Prices,
    /// How often things fail and how long they take, in place of the built-in figures (TOML)
    #[arg(long, value_name = "FILE")]
    rates: Option<std::path::PathBuf>,
    /// Years to simulate
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    years: u32,
    /// Where the dice begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// # Errors
/// A file that is not there, or is none of rates.
pub(super) fn rates(file: Option<&std::path::Path>) -> Result<Rates> {
    match file {
        None => Rates::built_in().map_err(|problem| {
            Failure::new(Code::Failed, format!("the built-in rates: {problem}"), "report this as a defect")
        }),
        Some(path) => Rates::read(&text_of(path)?).map_err(|problem| {
            let error = format!("the rates {}: {}", path.display(), problem.trim_end());
            Failure::new(Code::Usage, error, "write them as docs/fleet-availability.md says")
        }),
    }
}

pub(super) fn run(args: &Args) -> Result<()> {
    let fleet = args.input.read()?;
    let rates = rates(args.rates.as_deref())?;
    let books = args.prices.read()?;
    if let Some(file) = &args.page.html {
        let figures = Figures { books, rates, seed: args.seed, years: args.years };
        return report::write(fleet, &figures, Section::Availability, file, args.input.language());
    }
    let Fleet { spec, catalogue, .. } = fleet;
    let answer = availability(&spec, &catalogue, &rates, args.seed, args.years);
    if args.input.prints(&answer)? {
        return Ok(());
    }
    let month = |spec: &Spec| cost(spec, &catalogue, &books).monthly.amount.total;
    let before = month(&spec);
    let dearer = |changed: &Spec| (changed != &spec).then(|| month(changed) - before);
    tell(
        &answer,
        &|changed| dearer(changed).map(|more| money(more, &spec.currency, args.input.language())),
        args.input.language(),
    );
    Ok(())
}

fn tell(answer: &Availability, dearer: &dyn Fn(&Spec) -> Option<String>, language: Language) {
    let portuguese = language == Language::Portuguese;
    let say =
        |in_portuguese: &'static str, in_english: &'static str| if portuguese { in_portuguese } else { in_english };
    let number = |value: f64, decimals: usize| table::number(value, decimals, language);
    put!(
        "{}: {} % (± {})",
        say("Disponibilidade média", "Up on average"),
        number(answer.percent, 3),
        number(answer.error, 3)
    );
    if let (Some(promise), Some(keeps)) = (answer.promise_percent, answer.keeps_promise) {
        put!(
            "{} {} %: {} % {}",
            say("Anos que cumprem", "Years that keep"),
            number(promise, 2),
            number(keeps * 100.0, 1),
            if portuguese { format!("de {}", answer.years) } else { format!("of {}", answer.years) }
        );
    }
    let minutes = &answer.minutes;
    put!(
        "{}: {} ({} {}, {} {})",
        say("Minutos fora do ar por ano, em média", "Minutes down in a year, on average"),
        number(minutes.mean, 0),
        say("metade dos anos até", "half of the years up to"),
        number(minutes.p50, 0),
        say("19 de 20 até", "19 of 20 up to"),
        number(minutes.p95, 0),
    );
    put!(
        "{}: {}",
        say("Horas de trabalho perdidas por ano", "Hours of work lost in a year"),
        number(answer.lost_hours, 3)
    );
    put!("");
    let causes = answer.causes.iter().filter(|cause| cause.minutes >= 0.05);
    let rows: Vec<_> =
        causes.map(|cause| vec![cause.cause.text(language).to_owned(), number(cause.minutes, 1)]).collect();
    table::print(&rows);
    put!("\n{}:", say("O que uma mudança traria", "What one change would bring"));
    let mut rows = vec![vec![
        String::new(),
        say("min/ano a menos", "min/year less").to_owned(),
        say("anos que cumprem", "years that keep").to_owned(),
        say("a mais por mês", "more a month").to_owned(),
    ]];
    for better in &answer.improvements {
        let keeps =
            better.keeps_promise.map_or_else(|| "-".to_owned(), |keeps| format!("{} %", number(keeps * 100.0, 1)));
        let more = dearer(&better.spec).unwrap_or_else(|| "-".to_owned());
        rows.push(vec![better.step.text(language), number(better.minutes, 1), keeps, more]);
    }
    table::print(&rows);
    put!("");
    for gap in &answer.gaps {
        put!("- {}", gap.text(language));
    }
    put!("- {}: {}", say("figuras supostas", "figures assumed"), answer.assumed.len());
}
