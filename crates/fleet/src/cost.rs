//! What a fleet costs a month, line by line and where each price is from. Each line is rounded to the cent once, totals are sums
//! of lines: what a report shows adds up. What has no price is a line that says so.

mod bill;
mod difference;
mod lifecycle;
mod line;
mod machine;
mod penalty;
mod price;
mod saving;
mod share;
mod site;
mod years;

use serde::Serialize;

use crate::catalogue::{Catalogue, Standing};
use crate::money::Amount;
use crate::prices::{Books, Group};
use crate::spec::{Hours, Spec};

pub use bill::{Bill, OtherBooks, TOLD_PERCENT, bill};
pub use difference::{Difference, Differences, Reason, difference};
pub use lifecycle::{AccessPattern, Kept, Lifecycle, Moved, Portion, Wait, lifecycle};
pub use line::{Line, What};
pub use penalty::{Month, Penalty, penalty};
pub use saving::{Saving, SavingKind};
pub use share::{BreakEven, PlanCost, price_for};
pub use years::{CloudTotal, Match, ThreeYears, three_years};

use price::Prices;

/// Of a week's 168 hours, those of an office: twelve on five days.
const OFFICE: f64 = 60.0 / 168.0;

/// What a fleet costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// The fleet.
    pub name: String,
    /// All of it, a month.
    pub monthly: Monthly,
    /// Its parts.
    pub groups: Vec<GroupTotal>,
    /// Each thing that is paid.
    pub lines: Vec<Line>,
    /// How many lines have no price: the totals are without them.
    pub without_price: usize,
    /// Books that the spec names and nobody has.
    pub unknown_books: Vec<String>,
    /// Paid at the beginning for what is bought: part of each month's cost by its depreciation.
    pub bought: Amount,
    /// By what clinics bought.
    pub plans: Vec<PlanCost>,
    /// One clinic's share; nothing where there are none.
    pub per_clinic: Option<Amount>,
    /// From how many clinics on it pays; nothing where a plan that is sold has no price.
    pub break_even: Option<BreakEven>,
    /// What could be paid less. They exclude each other where they are of the same thing.
    pub savings: Vec<Saving>,
}

/// A month's cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Monthly {
    /// With its range: `low`, `total`, `high`.
    #[serde(flatten)]
    pub amount: Amount,
    /// ISO 4217.
    pub currency: String,
}

/// A part of the bill.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GroupTotal {
    /// Which.
    pub group: Group,
    /// A month of it.
    pub month: Amount,
}

/// Prices a fleet by the books that it names.
#[must_use]
pub fn cost(spec: &Spec, catalogue: &Catalogue, books: &Books) -> Cost {
    let prices = Prices::new(spec, books);
    let mut lines = Vec::new();
    machine::nodes(&prices, &mut lines);
    machine::storage(&prices, &mut lines);
    machine::services(&prices, &mut lines);
    site::sites(&prices, &mut lines);
    site::licences(&prices, &mut lines);
    site::staff(&prices, &mut lines);
    environments(spec, &mut lines);
    taxes(spec, &mut lines);
    let total: Amount = lines.iter().map(|line| line.month).sum();
    let groups = Group::ALL.into_iter().filter(|group| lines.iter().any(|line| line.group == *group));
    let groups = groups.map(|group| GroupTotal { group, month: of_group(&lines, group) }).collect();
    let plans = share::plans(spec, &lines);
    let clinics: u64 = plans.iter().map(|plan| plan.clinics).sum();
    Cost {
        name: spec.name.clone(),
        monthly: Monthly { amount: total, currency: spec.currency.clone() },
        groups,
        without_price: lines.iter().filter(|line| line.is_missing()).count(),
        unknown_books: spec.price_books.iter().filter(|id| books.get(id).is_none()).cloned().collect(),
        bought: lines.iter().filter_map(|line| line.bought).sum(),
        per_clinic: (clinics > 0).then(|| total.map(|money| money.divided(clinics))),
        break_even: share::break_even(spec, total),
        savings: saving::savings(spec, catalogue, &prices, &lines),
        plans,
        lines,
    }
}

/// Sum of a group's lines.
fn of_group(lines: &[Line], group: Group) -> Amount {
    lines.iter().filter(|line| line.group == group).map(|line| line.month).sum()
}

/// Production once more, smaller. What is rented by time can be switched off out of hours; what is bought, and what keeps data,
/// costs the same.
fn environments(spec: &Spec, lines: &mut Vec<Line>) {
    let mut new = Vec::new();
    for environment in &spec.environments {
        let copied: Vec<&Line> = lines.iter().filter(|line| line.what.is_copied()).collect();
        let stops = |line: &&Line| environment.hours == Hours::Office && line.stops();
        let (stopped, running): (Vec<&Line>, Vec<&Line>) = copied.iter().partition(|line| stops(line));
        let sum = |lines: &[&Line]| lines.iter().map(|line| line.month).sum::<Amount>();
        let month = sum(&stopped).scaled(environment.scale * OFFICE) + sum(&running).scaled(environment.scale);
        let bought = copied.iter().filter_map(|line| line.bought).sum::<Amount>().scaled(environment.scale);
        let standing = copied.iter().filter_map(|line| line.standing).max_by_key(|standing| weakness(*standing));
        let mut line = Line::of_spec(Group::Environments, What::Environment, &environment.name, environment.scale);
        line.standing = standing;
        line.bought = Some(bought).filter(|amount| *amount != Amount::default());
        line.month = month;
        new.push(line);
    }
    lines.append(&mut new);
}

/// A rate on all that is bought; work is no purchase.
fn taxes(spec: &Spec, lines: &mut Vec<Line>) {
    let percent = spec.business.tax_percent;
    if percent > 0.0 {
        let taxed: Amount = lines.iter().filter(|line| line.group != Group::Staff).map(|line| line.month).sum();
        let mut line = Line::of_spec(Group::Taxes, What::Tax, "tax_percent", percent);
        line.month = taxed.scaled(percent / 100.0);
        lines.push(line);
    }
}

/// How little a figure is known, the best 0.
pub(crate) fn weakness(standing: Standing) -> u8 {
    match standing {
        Standing::Measured => 0,
        Standing::Sourced => 1,
        Standing::Required => 2,
        Standing::Assumed => 3,
    }
}
