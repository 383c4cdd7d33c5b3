//! Books of prices: what an item costs, in which currency, and how that is known. The books that come with the program are
//! dated; a provider adds its own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Source, Standing};
use crate::language::Language;

/// The books that come with the program.
const BUILT_IN: &[(&str, &str)] = &[
    ("aws-2026-11", include_str!("../prices/aws-2026-11.toml")),
    ("azure-2026-11", include_str!("../prices/azure-2026-11.toml")),
    ("brazil-2026-11", include_str!("../prices/brazil-2026-11.toml")),
    ("exchange-2026-11", include_str!("../prices/exchange-2026-11.toml")),
    ("gcp-2026-11", include_str!("../prices/gcp-2026-11.toml")),
    ("requirements-2025", include_str!("../prices/requirements-2025.toml")),
];

/// Hours of a month: a year's through twelve.
pub const MONTH_HOURS: f64 = 730.0;
/// Characters of a book.
const LONGEST: usize = 4 << 20;

/// All the books, by id.
#[derive(Debug, Clone, Default)]
pub struct Books {
    books: BTreeMap<String, Book>,
}

/// A book of prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// As a spec's `price_books` names it.
    pub id: String,
    /// For people.
    pub name: String,
    /// The day its prices were read, ISO 8601.
    pub date: String,
    /// Of what says no other, ISO 4217.
    pub currency: String,
    /// Its prices.
    #[serde(default, rename = "item", skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// What currencies are worth.
    #[serde(default, rename = "rate", skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<Rate>,
}

/// The price of something. One may stand several times, in several currencies: each is a price of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// As specs name it: `aws.ec2.t3.medium`.
    pub id: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it costs.
    pub price: f64,
    /// As cheap as it may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// As dear as it may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// In place of the book's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What one pays for.
    pub unit: Unit,
    /// The price is of so many: 3 where a source gives one price for three.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub per: f64,
    /// What surviving the failure of a zone multiplies it by.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub multi_zone: f64,
    /// In which part of the bill it stands; compute where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// Of a machine: virtual cores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<f64>,
    /// Of a machine: gibibytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_gb: Option<f64>,
    /// Of a machine: gibibytes of its cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_memory_gb: Option<f64>,
    /// Of a machine: its cores are not its own all the time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared_cores: bool,
    /// It costs less where one promises to keep it for years.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reservable: bool,
    /// Where the price is from.
    pub source: Source,
}

fn one() -> f64 {
    1.0
}

// Serde passes a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_one(number: &f64) -> bool {
    (*number - 1.0).abs() < f64::EPSILON
}

/// What one pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Each, a month.
    Month,
    /// Each, an hour that it runs; a month has 730.
    Hour,
    /// A gigabyte, a month.
    GbMonth,
    /// A gibibyte that passes or is read.
    Gib,
    /// A kilowatt-hour.
    Kwh,
    /// An hour of a person's work.
    WorkHour,
    /// Each, bought once.
    Once,
    /// A gigabyte, bought once.
    GbOnce,
    /// No money: percent of another price.
    Percent,
    /// No money: a factor, such as PUE.
    Factor,
}

/// Parts of the bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Machines and what runs for one.
    Compute,
    /// What keeps data.
    Storage,
    /// Links, balancers, addresses, the edge.
    Network,
    /// Electricity, cooling, batteries, generators.
    Power,
    /// Rented racks.
    Colocation,
    /// Software that is paid.
    Licences,
    /// People.
    Staff,
    /// Taxes on what is bought.
    Taxes,
    /// Staging, development and the like.
    Environments,
}

impl Group {
    /// All of them, as a bill lists them.
    pub const ALL: [Group; 9] = [
        Group::Compute,
        Group::Storage,
        Group::Network,
        Group::Power,
        Group::Colocation,
        Group::Licences,
        Group::Staff,
        Group::Taxes,
        Group::Environments,
    ];

    /// For people.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        match self {
            Group::Compute => language.say("máquinas", "machines"),
            Group::Storage => language.say("armazenamento", "storage"),
            Group::Network => language.say("rede e internet", "network and internet"),
            Group::Power => language.say("energia e climatização", "power and cooling"),
            Group::Colocation => language.say("rack alugado", "rented rack"),
            Group::Licences => language.say("licenças", "licences"),
            Group::Staff => language.say("equipe", "staff"),
            Group::Taxes => language.say("impostos", "taxes"),
            Group::Environments => language.say("outros ambientes", "other environments"),
        }
    }
}

/// What one of a currency is worth in another, on a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// ISO 4217.
    pub from: String,
    /// ISO 4217.
    pub to: String,
    /// What one of `from` costs in `to`.
    pub price: f64,
    /// The least it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The most it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Where it is from.
    pub source: Source,
}

/// A number with its range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The least.
    pub low: f64,
    /// What to reckon with.
    pub likely: f64,
    /// The most.
    pub high: f64,
}

impl Spread {
    /// Without a range.
    pub const ONE: Spread = Spread { low: 1.0, likely: 1.0, high: 1.0 };

    fn of(likely: f64, low: Option<f64>, high: Option<f64>) -> Self {
        Self { low: low.unwrap_or(likely), likely, high: high.unwrap_or(likely) }
    }

    /// One over it.
    fn inverse(self) -> Self {
        let over = |number: f64| if number > 0.0 { 1.0 / number } else { 0.0 };
        Self { low: over(self.high), likely: over(self.likely), high: over(self.low) }
    }
}

impl Item {
    /// The price with its range.
    #[must_use]
    pub fn spread(&self) -> Spread {
        Spread::of(self.price, self.low, self.high)
    }
}

/// An item, and the book it stands in.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The book.
    pub book: &'a Book,
    /// The item.
    pub item: &'a Item,
}

impl<'a> Found<'a> {
    /// The currency of its price.
    #[must_use]
    pub fn currency(self) -> &'a str {
        self.item.currency.as_deref().unwrap_or(&self.book.currency)
    }
}

/// What a currency is worth in another, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exchange {
    /// The factor.
    pub rate: Spread,
    /// How it is known: of the same currency, as its price.
    pub standing: Option<Standing>,
}

impl Books {
    /// The books that come with the program.
    ///
    /// # Errors
    /// A book that cannot be read, with its name: only a broken build has one.
    pub fn built_in() -> Result<Self, String> {
        let mut books = Self::default();
        for (name, text) in BUILT_IN {
            books.add(text).map_err(|problem| format!("{name}: {problem}"))?;
        }
        Ok(books)
    }

    /// Adds a book, in place of one with its id.
    ///
    /// # Errors
    /// What is wrong with the text: no TOML, keys that do not exist, prices below nothing or out of their range.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        if text.len() > LONGEST {
            return Err(format!("a book is longer than {LONGEST} bytes"));
        }
        let book: Book = toml::from_str(text).map_err(|error| error.to_string())?;
        let prices = book.items.iter().map(|item| (item.id.as_str(), item.price, item.low, item.high));
        let prices = prices.chain(book.rates.iter().map(|rate| (rate.from.as_str(), rate.price, rate.low, rate.high)));
        for (id, price, low, high) in prices {
            let spread = Spread::of(price, low, high);
            let all = [0.0, spread.low, spread.likely, spread.high, 1e12];
            if !all.is_sorted_by(|before, after| before <= after) {
                return Err(format!("`{id}`: write 0 <= low <= price <= high <= 10^12"));
            }
        }
        if let Some(item) = book.items.iter().find(|item| !(item.per > 0.0 && item.multi_zone >= 1.0)) {
            return Err(format!("`{}`: `per` is above 0, `multi_zone` is 1 or more", item.id));
        }
        self.books.insert(book.id.clone(), book);
        Ok(())
    }

    /// A book.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Book> {
        self.books.get(id)
    }

    /// All of them, by id.
    pub fn all(&self) -> impl Iterator<Item = &Book> {
        self.books.values()
    }

    /// An item in the first of the named books that has it; of its prices there, the one in `currency` goes first.
    #[must_use]
    pub fn find(&self, order: &[String], id: &str, currency: &str) -> Option<Found<'_>> {
        order.iter().filter_map(|book| self.books.get(book)).find_map(|book| {
            let rows = || book.items.iter().filter(|item| item.id == id);
            let own = |item: &&Item| item.currency.as_deref().unwrap_or(&book.currency) == currency;
            rows().find(own).or_else(|| rows().next()).map(|item| Found { book, item })
        })
    }

    /// An item in the named books, else in any: of figures that are no price of a place, such as a discount or a PUE.
    #[must_use]
    pub fn find_anywhere(&self, order: &[String], id: &str, currency: &str) -> Option<Found<'_>> {
        let every: Vec<String> = self.books.keys().cloned().collect();
        self.find(order, id, currency).or_else(|| self.find(&every, id, currency))
    }

    /// What one of `from` is worth in `to`; of the named books first, then of any, then the other way round.
    #[must_use]
    pub fn exchange(&self, order: &[String], from: &str, to: &str) -> Option<Exchange> {
        if from == to {
            return Some(Exchange { rate: Spread::ONE, standing: None });
        }
        let named = order.iter().filter_map(|id| self.books.get(id));
        let rates: Vec<&Rate> = named.chain(self.books.values()).flat_map(|book| &book.rates).collect();
        let spread = |rate: &Rate| Spread::of(rate.price, rate.low, rate.high);
        let there = rates.iter().find(|rate| rate.from == from && rate.to == to);
        let there = there.map(|rate| (spread(rate), rate.source.standing));
        let back = || rates.iter().find(|rate| rate.from == to && rate.to == from && rate.price > 0.0);
        let found = there.or_else(|| back().map(|rate| (spread(rate).inverse(), rate.source.standing)));
        found.map(|(rate, standing)| Exchange { rate, standing: Some(standing) })
    }
}
