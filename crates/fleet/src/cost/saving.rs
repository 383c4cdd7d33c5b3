//! What could be paid less, each on its own.

use std::collections::HashMap;

use serde::Serialize;

use super::lifecycle::{Moved, moved};
use super::line::{Line, What};
use super::price::Prices;
use super::{OFFICE, weakness};
use crate::catalogue::{BackupClass, Catalogue, Standing};
use crate::language::Language;
use crate::money::{Amount, Money};
use crate::prices::{Group, Unit};
use crate::spec::{Hours, Node, Payment, Spec};

/// What could be paid less.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Saving {
    /// How.
    pub kind: SavingKind,
    /// Of what, as the spec calls it.
    pub of: String,
    /// A month less. Here `low` is the least that is saved.
    pub month: Amount,
    /// How the figure is known that it is reckoned with.
    pub standing: Standing,
}

/// Ways to pay less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SavingKind {
    /// Promising one to three years.
    Reserved,
    /// Machines that may be taken away, for what keeps nothing.
    Spot,
    /// Switching an environment off out of office hours.
    OfficeHours,
    /// Objects moved on as they age.
    Lifecycle,
}

impl SavingKind {
    /// For people.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        match self {
            SavingKind::Reserved => language.say("reservar por 1 a 3 anos", "reserve for 1 to 3 years"),
            SavingKind::Spot => language.say("usar máquinas spot", "use spot machines"),
            SavingKind::OfficeHours => language.say("desligar fora do expediente", "switch off out of hours"),
            SavingKind::Lifecycle => language.say("mover objetos que envelhecem", "move objects as they age"),
        }
    }
}

pub(super) fn savings(spec: &Spec, catalogue: &Catalogue, prices: &Prices<'_>, lines: &[Line]) -> Vec<Saving> {
    let mut savings = Vec::new();
    let nodes: HashMap<&str, &Node> = spec.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let by_hour = |line: &&Line| line.stops() && line.payment == Some(Payment::OnDemand) && !line.is_missing();
    for line in lines.iter().filter(by_hour) {
        if prices.find(&line.item).is_some_and(|found| found.item.reservable) {
            savings.extend(discounted(prices, line, SavingKind::Reserved, "discount.reserved"));
        }
        if line.what == What::Node
            && nodes.get(line.of.as_str()).is_some_and(|node| keeps_nothing(spec, catalogue, node))
        {
            savings.extend(discounted(prices, line, SavingKind::Spot, "discount.spot"));
        }
    }
    savings.extend(office(spec, lines));
    savings.extend(moved(prices).into_iter().map(|Moved { of, lifecycle }| {
        let saved = |before: Money, after: Money| (before - after).max(Money::default());
        let (before, after) = (lifecycle.before, lifecycle.after);
        let month = Amount {
            low: saved(before.low, after.low),
            total: saved(before.total, after.total),
            high: saved(before.high, after.high),
        };
        Saving { kind: SavingKind::Lifecycle, of, month, standing: Standing::Assumed }
    }));
    savings.retain(|saving| saving.month.total > Money::default());
    savings
}

/// A percentage of a line.
fn discounted(prices: &Prices<'_>, line: &Line, kind: SavingKind, item: &str) -> Option<Saving> {
    let found = prices.figure(item).filter(|found| found.item.unit == Unit::Percent)?;
    let percent = found.item.spread();
    let month = Amount {
        low: line.month.low.scaled(percent.low / 100.0),
        total: line.month.total.scaled(percent.likely / 100.0),
        high: line.month.high.scaled(percent.high / 100.0),
    };
    let standings = [Some(found.item.source.standing), line.standing];
    let standing = standings.into_iter().flatten().max_by_key(|standing| weakness(*standing))?;
    Some(Saving { kind, of: line.of.clone(), month, standing })
}

/// Whether all that may run on a node can be made again, and something may.
fn keeps_nothing(spec: &Spec, catalogue: &Catalogue, node: &Node) -> bool {
    let may = |sites: &[String], nodes: &[String]| {
        (sites.is_empty() || sites.contains(&node.site)) && (nodes.is_empty() || nodes.contains(&node.id))
    };
    let mut here =
        spec.workloads.iter().filter(|workload| may(&workload.place.sites, &workload.place.nodes)).peekable();
    here.peek().is_some()
        && here.all(|workload| {
            let entry = catalogue.get(workload.entry.as_ref().unwrap_or(&workload.id));
            entry.is_some_and(|entry| entry.backup == BackupClass::None)
        })
}

/// Environments that run always and need not.
fn office<'a>(spec: &'a Spec, lines: &'a [Line]) -> impl Iterator<Item = Saving> + 'a {
    spec.environments.iter().filter(|environment| environment.hours == Hours::Always).map(|environment| {
        let stops = lines.iter().filter(|line| line.what.is_copied() && line.stops());
        let month = stops.map(|line| line.month).sum::<Amount>().scaled(environment.scale * (1.0 - OFFICE));
        let copied = lines.iter().filter(|line| line.group == Group::Environments && line.of == environment.name);
        let standing = copied.filter_map(|line| line.standing).max_by_key(|standing| weakness(*standing));
        let standing = standing.unwrap_or(Standing::Assumed);
        Saving { kind: SavingKind::OfficeHours, of: environment.name.clone(), month, standing }
    })
}
