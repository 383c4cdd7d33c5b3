//! Three years of own machines beside three years of the same in a cloud.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Cost;
use super::line::{Line, What};
use super::machine::storage_of;
use super::price::{Ask, Prices};
use crate::money::Amount;
use crate::prices::{Books, Group, Item, Unit};
use crate::spec::{Disk, Node, Payment, Raid, Spec, StorageClass};

/// Months that are compared.
const MONTHS: f64 = 36.0;
/// Virtual cores of a cloud that an own core is worth: they sell its threads.
const THREADS: f64 = 2.0;
/// Virtual cores of the smallest machine that stands in for an own one, where that has as many: what runs there is not cut into
/// slivers.
const LEAST: f64 = 8.0;

/// Own machines beside clouds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThreeYears {
    /// Machines written off month by month, electricity, cooling, links, racks, licences, people: three years of it.
    pub own: Amount,
    /// Of it, what has to be paid at the beginning, before it is written off.
    pub bought: Amount,
    /// The clouds that the books have machines of, the cheapest first.
    pub clouds: Vec<CloudTotal>,
}

/// The same load at a cloud.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CloudTotal {
    /// `aws`, `gcp`, `azure`.
    pub provider: String,
    /// Three years by the hour.
    pub on_demand: Amount,
    /// Three years promised.
    pub reserved: Amount,
    /// What stands in for each machine and disk.
    pub matches: Vec<Match>,
    /// Machines and disks that nothing there stands in for: the totals are without them.
    pub without: Vec<String>,
}

/// What stands in for an own machine, or its disks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match {
    /// As the spec calls it.
    pub of: String,
    /// The item of the books.
    pub item: String,
    /// How many, or gigabytes.
    pub count: f64,
}

/// Three years of what stands at own places, beside what carries the same at each cloud. `load` is the part of the own machines
/// that is used, above 0 to 1: a cloud need not be larger than that. People cost the same on both sides; traffic out of the cloud
/// is not in it. Nothing where no machine is own.
#[must_use]
pub fn three_years(spec: &Spec, books: &Books, cost: &Cost, load: f64) -> Option<ThreeYears> {
    let prices = Prices::new(spec, books);
    let nodes: Vec<&Node> =
        spec.nodes.iter().filter(|node| !prices.is_cloud(&node.site) && node.instance.is_none()).collect();
    if nodes.is_empty() {
        return None;
    }
    let load = if load > 0.0 { load.min(1.0) } else { 1.0 };
    let at_own =
        |line: &&Line| line.site.as_deref().is_some_and(|site| !prices.is_cloud(site)) && line.what != What::Service;
    let tax = 1.0 + spec.business.tax_percent / 100.0;
    let staff: Amount = cost.lines.iter().filter(|line| line.group == Group::Staff).map(|line| line.month).sum();
    let own: Amount = cost.lines.iter().filter(at_own).map(|line| line.month).sum();
    let bought: Amount = cost.lines.iter().filter(at_own).filter_map(|line| line.bought).sum();
    let mut clouds: Vec<CloudTotal> = providers(books)
        .into_iter()
        .map(|provider| cloud(&prices, &nodes, &provider, load))
        .map(|mut total| {
            for amount in [&mut total.on_demand, &mut total.reserved] {
                *amount = (amount.scaled(tax) + staff).scaled(MONTHS);
            }
            total
        })
        .collect();
    clouds.sort_by_key(|cloud| (cloud.without.len(), cloud.on_demand.total));
    Some(ThreeYears { own: (own.scaled(tax) + staff).scaled(MONTHS), bought: bought.scaled(tax), clouds })
}

/// Clouds that the dated books have machines of.
fn providers(books: &Books) -> BTreeSet<String> {
    let items = books.all().flat_map(|book| &book.items).filter(|item| item.cores.is_some() && item.unit == Unit::Hour);
    items.filter_map(|item| item.id.split('.').next().map(str::to_owned)).collect()
}

/// A month of the machines and disks at a cloud.
fn cloud(prices: &Prices<'_>, nodes: &[&Node], provider: &str, load: f64) -> CloudTotal {
    let order: Vec<String> = prices.books.all().map(|book| book.id.clone()).collect();
    let spec = Spec { price_books: order, ..prices.spec.clone() };
    let every = Prices::new(&spec, prices.books);
    let (on_demand, reserved) = (Amount::default(), Amount::default());
    let mut total = CloudTotal { provider: provider.to_owned(), on_demand, reserved, matches: vec![], without: vec![] };
    for node in nodes {
        let Some(machines) = machines(prices.books, node, provider, load) else {
            total.without.push(node.id.clone());
            continue;
        };
        for (item, count) in machines {
            total.on_demand += price(&every, &node.id, &item.id, (count, None), Payment::OnDemand).month;
            total.reserved += price(&every, &node.id, &item.id, (count, None), Payment::ReservedThreeYears).month;
            total.matches.push(Match { of: node.id.clone(), item: item.id.clone(), count });
        }
        let gb = node.disks.iter().map(usable).sum::<f64>() * f64::from(node.count) * load;
        disks(&mut total, &node.id, StorageClass::San, gb, &every);
    }
    for storage in prices.spec.storage.iter().filter(|storage| !prices.is_cloud(&storage.site)) {
        disks(&mut total, &storage.id, storage.class, storage.gb * load, &every);
    }
    total
}

/// The line of so many of an item, or of so many gigabytes.
fn price(every: &Prices<'_>, of: &str, item: &str, (count, gb): (f64, Option<f64>), payment: Payment) -> Line {
    let mut ask = Ask::new(Group::Compute, What::Node, of, item).times(count);
    (ask.gb, ask.payment) = (gb, Some(payment));
    every.line(&ask)
}

/// Disks are not promised: both ways cost the same.
fn disks(total: &mut CloudTotal, of: &str, class: StorageClass, gb: f64, every: &Prices<'_>) {
    if gb <= 0.0 {
        return;
    }
    let item = storage_of(&total.provider, class);
    let line = price(every, of, &item, (gb, Some(gb)), Payment::OnDemand);
    if line.is_missing() {
        total.without.push(of.to_owned());
    } else {
        total.on_demand += line.month;
        total.reserved += line.month;
        total.matches.push(Match { of: of.to_owned(), item, count: gb });
    }
}

/// The machines of a cloud that carry what a node carries, at the least an hour: those with cards as many as its cards ask for,
/// and for what is left of cores and memory those without. Nothing where the cloud has none.
fn machines<'a>(books: &'a Books, node: &Node, provider: &str, load: f64) -> Option<Vec<(&'a Item, f64)>> {
    let many = f64::from(node.count) * load;
    let card: f64 = node.gpus.iter().map(|gpu| gpu.memory_gb * f64::from(gpu.count)).sum::<f64>() * many;
    let (mut cores, mut memory) = (THREADS * node.cores * many, node.memory_gb * many);
    let least = (THREADS * node.cores).min(LEAST);
    let prefix = format!("{provider}.");
    let items = || {
        let items = books.all().flat_map(|book| &book.items);
        items.filter(|item| item.unit == Unit::Hour && item.id.starts_with(&prefix) && !item.shared_cores)
    };
    let mut found = Vec::new();
    if card > 0.0 {
        let counted = items().filter_map(|item| {
            let gb = item.gpu_memory_gb.filter(|gb| *gb > 0.0)?;
            Some((item, (card / gb).ceil()))
        });
        let (item, count) = counted.min_by(cheaper)?;
        cores -= count * item.cores.unwrap_or(0.0);
        memory -= count * item.memory_gb.unwrap_or(0.0);
        found.push((item, count));
    }
    if cores > 0.0 || memory > 0.0 {
        let counted = items().filter(|item| item.gpu_memory_gb.is_none()).filter_map(|item| {
            let (each, gb) = (item.cores.filter(|cores| *cores >= least)?, item.memory_gb.filter(|gb| *gb > 0.0)?);
            Some((item, (cores / each.max(1.0)).max(memory / gb).ceil()))
        });
        found.push(counted.min_by(cheaper)?);
    }
    Some(found)
}

/// Which costs less an hour.
fn cheaper(one: &(&Item, f64), other: &(&Item, f64)) -> std::cmp::Ordering {
    (one.0.price * one.1).total_cmp(&(other.0.price * other.1))
}

/// Gigabytes of disks that can be written.
fn usable(disk: &Disk) -> f64 {
    let count = f64::from(disk.count);
    disk.gb
        * match disk.raid {
            Raid::None => count,
            Raid::Raid1 => count.min(1.0),
            Raid::Raid5 => (count - 1.0).max(0.0),
            Raid::Raid6 => (count - 2.0).max(0.0),
            Raid::Raid10 => count / 2.0,
        }
}
