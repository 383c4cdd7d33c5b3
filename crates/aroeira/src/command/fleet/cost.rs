//! `aroeira fleet cost`: the bill of a month, line by line.

use std::path::PathBuf;

use aroeira_fleet::availability::months;
use aroeira_fleet::catalogue::Standing;
use aroeira_fleet::cost::{Bill, Cost, Line, bill};
use aroeira_fleet::report::Section;
use aroeira_fleet::{Amount, Books, Language, Money, plan};

use super::report::{self, Figures, SEED, YEARS};
use super::{Fleet, Input, Page, table, text_of};
use crate::failure::{Code, Failure, Result};

const EXAMPLES: &str = "\
Examples:
  aroeira fleet cost fleet.toml
  aroeira fleet cost fleet.toml --html report.html
  aroeira fleet cost fleet.toml --prices my-prices.toml      with prices of one's own, in a book that the spec names
  aroeira fleet cost fleet.toml --json      the total is `monthly.total`

Each price says where it is from. `*` marks what is assumed: the range is beside the total. docs/fleet-prices.md says how to \
write a book.";

/// Say what a fleet costs a month: each line with its price and where that is from, by clinic and plan, and from how many
/// clinics on it pays
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

/// Where prices are from.
#[derive(Default, clap::Args)]
pub(super) struct Prices {
    /// More books of prices (TOML); one with the id of a built-in book stands in its place
    #[arg(long, value_name = "FILE")]
    prices: Vec<PathBuf>,
}

impl Prices {
    /// # Errors
    /// A file that is not there, or is no book.
    pub(super) fn read(&self) -> Result<Books> {
        let mut books = Books::built_in().map_err(|problem| {
            Failure::new(Code::Failed, format!("the built-in prices: {problem}"), "report this as a defect")
        })?;
        for path in &self.prices {
            books.add(&text_of(path)?).map_err(|problem| {
                let error = format!("the book {}: {}", path.display(), problem.trim_end());
                Failure::new(Code::Usage, error, "write it as docs/fleet-prices.md says")
            })?;
        }
        Ok(books)
    }
}

pub(super) fn run(args: &Args) -> Result<()> {
    let fleet = args.input.read()?;
    let books = args.prices.read()?;
    if let Some(file) = &args.page.html {
        return report::write(fleet, &Figures::with(books)?, Section::Cost, file, args.input.language());
    }
    let Fleet { spec, catalogue, .. } = fleet;
    let plan = plan(&spec, &catalogue);
    // Years are simulated only where what is broken is paid for.
    let months = if spec.business.penalty_percent > 0.0 {
        months(&spec, &catalogue, &super::availability::rates(None)?, SEED, YEARS)
    } else {
        Vec::new()
    };
    let bill = bill(&spec, &catalogue, &books, &plan, &months);
    if !args.input.prints(&bill)? {
        tell(&bill.cost, args.input.language());
        beside(&bill, args.input.language());
    }
    Ok(())
}

/// An amount with its currency.
pub(super) fn money(money: Money, currency: &str, language: Language) -> String {
    language.money(money, currency)
}

fn tell(cost: &Cost, language: Language) {
    let portuguese = language == Language::Portuguese;
    let currency = cost.monthly.currency.as_str();
    let shown = |amount| money(amount, currency, language);
    let row = |line: &Line| {
        let star = if line.standing == Some(Standing::Assumed) { "*" } else { "" };
        let month = if line.is_missing() {
            if portuguese { "sem preço" } else { "no price" }.to_owned()
        } else {
            format!("{}{star}", shown(line.month.total))
        };
        vec![
            format!("{} {}", line.what.text(language), line.of),
            line.item.clone(),
            table::number(line.count, if line.count.fract() == 0.0 { 0 } else { 1 }, language),
            month,
            line.book.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = cost.lines.iter().map(row).collect();
    table::print(&rows);
    let amount = &cost.monthly.amount;
    let range = if amount.low == amount.high {
        String::new()
    } else {
        format!("  ({} – {})", shown(amount.low), shown(amount.high))
    };
    put!("\n{} {}{range}", if portuguese { "Por mês:" } else { "A month:" }, shown(amount.total));
    if let Some(clinic) = &cost.per_clinic {
        put!("{} {}", if portuguese { "Por clínica:" } else { "Each clinic:" }, shown(clinic.total));
    }
    if cost.bought != Amount::default() {
        put!(
            "{} {}",
            if portuguese { "Investimento inicial:" } else { "Bought at the beginning:" },
            shown(cost.bought.total)
        );
    }
    if let Some(even) = &cost.break_even {
        let text = if portuguese {
            "clínicas pagam a conta; cada uma teria de pagar"
        } else {
            "clinics pay for it; each would have to pay"
        };
        put!("{} {text} {}", even.clinics, shown(even.price_needed.total));
    }
    for saving in &cost.savings {
        let how = saving.kind.text(language);
        let text = if portuguese { "Economia possível" } else { "Could be saved" };
        put!("{text}: {} ({}): {}", how, saving.of, shown(saving.month.total));
    }
    match (cost.without_price, portuguese) {
        (0, _) => {}
        (1, true) => put!("1 item sem preço: o total não o contém"),
        (several, true) => put!("{several} itens sem preço: o total não os contém"),
        (1, false) => put!("1 item without a price: it is not in the total"),
        (several, false) => put!("{several} items without a price: they are not in the total"),
    }
    for book in &cost.unknown_books {
        put!("{}: {book}", if portuguese { "Tabela de preços desconhecida" } else { "Unknown book of prices" });
    }
}

/// What follows from the month's bill.
fn beside(bill: &Bill, language: Language) {
    let currency = bill.cost.monthly.currency.as_str();
    let shown = |amount: Money| money(amount, currency, language);
    let say = |portuguese: &'static str, english: &'static str| language.say(portuguese, english);
    for moved in &bill.lifecycles {
        put!(
            "{} ({}): {} -> {}",
            say("Objetos, com os antigos em classes mais baratas", "Objects, with the old ones in cheaper classes"),
            moved.of,
            shown(moved.lifecycle.before.total),
            shown(moved.lifecycle.after.total)
        );
    }
    if let Some(penalty) = &bill.penalty {
        put!(
            "{}: {} ({} {}; {} % {})",
            say("Multas esperadas por mês", "Expected to be given back a month"),
            shown(penalty.expected),
            say("no pior mês", "in the worst month"),
            shown(penalty.worst),
            table::number(penalty.months_percent, 1, language),
            say("dos meses", "of the months")
        );
    }
    if let Some(years) = &bill.three_years {
        put!("\n{}:", say("Três anos", "Three years"));
        let cells = |one: &str, other: &str| vec![String::new(), one.to_owned(), other.to_owned()];
        let mut rows = vec![cells(say("por hora", "by the hour"), say("reservado", "reserved"))];
        rows.push(vec![say("próprio", "own").to_owned(), shown(years.own.total), "-".to_owned()]);
        rows.extend(years.clouds.iter().map(|cloud| {
            let without = if cloud.without.is_empty() { "" } else { "*" };
            let name = format!("{}{without}", cloud.provider);
            vec![name, shown(cloud.on_demand.total), shown(cloud.reserved.total)]
        }));
        table::print(&rows);
        let without: Vec<&String> = years.clouds.iter().flat_map(|cloud| &cloud.without).collect();
        if !without.is_empty() {
            put!("  * {}", say("sem o que nada lá substitui", "without what nothing there stands in for"));
        }
    }
    if let Some(other) = &bill.other_books {
        let (before, after) = (shown(other.differences.before.total), shown(other.differences.after.total));
        put!("\n{} ({}): {before} -> {after}", say("Por outras tabelas", "By other books"), other.books.join(", "));
        let rows = other.differences.lines.iter().map(|line| {
            vec![
                format!("{} {}", line.what.text(language), line.of),
                shown(line.before),
                shown(line.after),
                line.percent.map_or_else(String::new, |percent| format!("{} %", table::number(percent, 1, language))),
                line.reason.text(language).to_owned(),
            ]
        });
        table::print(&rows.collect::<Vec<_>>());
        put!("  {}: {}", say("as outras linhas", "the other lines"), shown(other.differences.rest));
    }
}
