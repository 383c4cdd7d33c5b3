//! `aroeira fleet cost`: the bill of a month, line by line.

use std::path::PathBuf;

use aroeira_fleet::catalogue::Standing;
use aroeira_fleet::cost::{Cost, Line, SavingKind, cost};
use aroeira_fleet::{Books, Language, Money};

use super::{Fleet, Input, table, text_of};
use crate::failure::{Code, Failure, Result};

const EXAMPLES: &str = "\
Examples:
  aroeira fleet cost fleet.toml
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
    prices: Prices,
}

/// Where prices are from.
#[derive(clap::Args)]
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
    let Fleet { spec, catalogue, .. } = args.input.read()?;
    let cost = cost(&spec, &catalogue, &args.prices.read()?);
    if !args.input.prints(&cost)? {
        tell(&cost, args.input.language());
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
    if cost.bought != aroeira_fleet::Amount::default() {
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
        let how = match (saving.kind, portuguese) {
            (SavingKind::Reserved, true) => "reservar por 1 a 3 anos",
            (SavingKind::Reserved, false) => "reserve for 1 to 3 years",
            (SavingKind::Spot, true) => "usar máquinas spot",
            (SavingKind::Spot, false) => "use spot machines",
            (SavingKind::OfficeHours, true) => "desligar fora do expediente",
            (SavingKind::OfficeHours, false) => "switch off out of hours",
            (SavingKind::Lifecycle, true) => "mover objetos que envelhecem",
            (SavingKind::Lifecycle, false) => "move objects as they age",
        };
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
