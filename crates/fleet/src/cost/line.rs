//! A line of the bill.

use serde::Serialize;

use crate::catalogue::Standing;
use crate::language::Language;
use crate::money::Amount;
use crate::prices::{Group, Unit};
use crate::spec::Payment;

/// One thing that is paid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// In which part of the bill it stands.
    pub group: Group,
    /// What it is.
    pub what: What,
    /// What the spec calls it.
    pub of: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The item of the books: of what has no price, the one that was looked for.
    pub item: String,
    /// The item that the spec names, where no book has it and it is priced by its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
    /// How many: machines, gigabytes, kilowatt-hours, hours of work a month.
    pub count: f64,
    /// What one pays for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Of `per` units, in `currency`; nothing where no book has it.
    pub price: Option<f64>,
    /// Of how many units the price is.
    pub per: f64,
    /// The price's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The book; `spec` of a figure in the spec itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub book: Option<String>,
    /// How the price is known, or the exchange rate where that is known less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How it is paid, of what is rented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// Paid at the beginning, in the spec's currency, of what is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bought: Option<Amount>,
    /// A month of it, in the spec's currency.
    pub month: Amount,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A whole machine.
    Node,
    /// A machine without what is in it.
    Chassis,
    /// Processors.
    Cores,
    /// Memory.
    Memory,
    /// Disks.
    Disk,
    /// Graphics cards.
    Card,
    /// Storage beside the machines.
    Storage,
    /// Something bought as it is.
    Service,
    /// Electricity of the machines.
    Power,
    /// Electricity of cooling, and losses.
    Cooling,
    /// Batteries.
    Ups,
    /// A generator.
    Generator,
    /// Its tests and fuel.
    GeneratorUpkeep,
    /// An own rack.
    Rack,
    /// Air conditioning.
    AirConditioning,
    /// Units of a rented rack.
    RackUnits,
    /// Electricity and cooling of a rented rack.
    ColocationPower,
    /// A way to the internet.
    Link,
    /// Addresses.
    Addresses,
    /// An autonomous system.
    Routing,
    /// A firewall of its own, or two.
    Firewall,
    /// A firewall of a cloud in front of an own place.
    EdgeService,
    /// Switches.
    Switch,
    /// Software that is paid.
    Licence,
    /// People.
    Staff,
    /// Staging, development and the like.
    Environment,
    /// A tax.
    Tax,
}

impl What {
    /// For people.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        let (portuguese, english) = match self {
            What::Node => ("máquina", "machine"),
            What::Chassis => ("servidor sem as suas partes", "server without its parts"),
            What::Cores => ("processadores", "processors"),
            What::Memory => ("memória", "memory"),
            What::Disk => ("discos", "disks"),
            What::Card => ("placas gráficas", "graphics cards"),
            What::Storage => ("armazenamento", "storage"),
            What::Service => ("serviço", "service"),
            What::Power => ("energia das máquinas", "electricity of the machines"),
            What::Cooling => ("energia da climatização e perdas", "electricity of cooling, and losses"),
            What::Ups => ("nobreak", "UPS"),
            What::Generator => ("gerador", "generator"),
            What::GeneratorUpkeep => ("manutenção e combustível do gerador", "upkeep and fuel of the generator"),
            What::Rack => ("rack", "rack"),
            What::AirConditioning => ("ar-condicionado", "air conditioning"),
            What::RackUnits => ("espaço em rack alugado", "space in a rented rack"),
            What::ColocationPower => ("energia do rack alugado", "electricity of the rented rack"),
            What::Link => ("link de internet", "internet link"),
            What::Addresses => ("endereços IP", "IP addresses"),
            What::Routing => ("sistema autônomo e BGP", "autonomous system and BGP"),
            What::Firewall => ("firewall", "firewall"),
            What::EdgeService => ("proteção de borda na nuvem", "protection at the edge in a cloud"),
            What::Switch => ("switches", "switches"),
            What::Licence => ("licença", "licence"),
            What::Staff => ("horas da equipe", "hours of staff"),
            What::Environment => ("ambiente", "environment"),
            What::Tax => ("impostos", "taxes"),
        };
        match language {
            Language::Portuguese => portuguese,
            Language::English => english,
        }
    }

    /// Whether a smaller copy of production has it too.
    pub(crate) fn is_copied(self) -> bool {
        use What::{Card, Chassis, Cores, Disk, Memory, Node, Service, Storage};
        matches!(self, Node | Chassis | Cores | Memory | Disk | Card | Storage | Service)
    }
}

impl Line {
    /// A line by a figure of the spec itself.
    pub(crate) fn of_spec(group: Group, what: What, of: &str, figure: f64) -> Self {
        Self {
            group,
            what,
            of: of.to_owned(),
            site: None,
            item: "spec".to_owned(),
            instead_of: None,
            count: 1.0,
            unit: None,
            price: Some(figure),
            per: 1.0,
            currency: None,
            book: Some("spec".to_owned()),
            standing: None,
            source: None,
            payment: None,
            bought: None,
            month: Amount::default(),
        }
    }

    /// Whether no book has its price.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.price.is_none()
    }

    /// Whether it costs nothing while it is switched off.
    pub(crate) fn stops(&self) -> bool {
        matches!(self.what, What::Node | What::Service) && self.group == Group::Compute && self.bought.is_none()
    }
}
