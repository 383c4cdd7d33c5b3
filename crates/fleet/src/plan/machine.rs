//! The machines a spec has, one by one, with what each can give. Whole numbers, so that nothing is lent twice by rounding.

use std::collections::HashMap;

use super::terms::Terms;
use crate::spec::{Disk, Raid, Spec};

/// Thousandths of a core, mebibytes of memory, megabytes of disk.
pub(super) type Amounts = [u64; 3];

/// What one replica takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Need {
    pub(super) amounts: Amounts,
    /// Mebibytes of one card.
    pub(super) card: u64,
}

/// A card: slices, each with so many mebibytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) slices: u32,
    pub(super) slice: u64,
}

impl Card {
    /// Slices that so many mebibytes take.
    pub(super) fn slices_for(&self, mebibytes: u64) -> u32 {
        if self.slice == 0 {
            return u32::MAX;
        }
        u32::try_from(mebibytes.div_ceil(self.slice)).unwrap_or(u32::MAX)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) name: String,
    /// Which `node` of the spec.
    pub(super) group: usize,
    pub(super) site: usize,
    /// Which zone of all sites.
    pub(super) zone: usize,
    pub(super) capacity: Amounts,
    pub(super) cards: Vec<Card>,
}

impl Machine {
    /// Whether it would take this if nothing else were on it.
    pub(super) fn could(&self, need: &Need) -> bool {
        (0..3).all(|at| need.amounts[at] <= self.capacity[at])
            && (need.card == 0 || self.cards.iter().any(|card| card.slices_for(need.card) <= card.slices))
    }
}

/// So many thousandths, rounded up: needs.
pub(super) fn up(value: f64, unit: f64) -> u64 {
    (value.clamp(0.0, 1e12) * unit - 1e-6).ceil().max(0.0) as u64
}

/// So many thousandths, rounded down: what there is.
pub(super) fn down(value: f64, unit: f64) -> u64 {
    (value.clamp(0.0, 1e12) * unit + 1e-6).floor() as u64
}

/// Gigabytes that remain of disks after what stands in for failed ones.
#[must_use]
pub fn usable_gb(disk: &Disk) -> f64 {
    let count = f64::from(disk.count);
    let disks = match disk.raid {
        Raid::None => count,
        Raid::Raid1 => count.min(1.0),
        Raid::Raid5 => (count - 1.0).max(0.0),
        Raid::Raid6 => (count - 2.0).max(0.0),
        Raid::Raid10 => (count / 2.0).floor(),
    };
    disk.gb * disks
}

/// The machines, in the order of the spec. The k-th of a `node` stands in another zone than its neighbour, and stays in it
/// when more are added.
pub(super) fn machines(spec: &Spec, terms: &Terms) -> Vec<Machine> {
    let sites: HashMap<&str, usize> = spec.sites.iter().enumerate().map(|(at, site)| (site.id.as_str(), at)).collect();
    let mut first_zone = Vec::new();
    let mut zones = 0usize;
    for site in &spec.sites {
        first_zone.push(zones);
        zones += site.zones.max(1) as usize;
    }
    let mut groups_at = vec![0usize; spec.sites.len()];
    let mut machines = Vec::new();
    for (group, node) in spec.nodes.iter().enumerate() {
        let Some(site) = sites.get(node.site.as_str()).copied() else { continue };
        let own_zones = spec.sites[site].zones.max(1) as usize;
        let memory = node.memory_gb * (1.0 - terms.reserve_memory_percent.clamp(0.0, 100.0) / 100.0);
        let disk: f64 = node.disks.iter().map(usable_gb).sum();
        let capacity =
            [down((node.cores - terms.reserve_cores).max(0.0), 1000.0), down(memory, 1024.0), down(disk, 1000.0)];
        let cards = node.gpus.iter().flat_map(|gpu| {
            let slices = gpu.slices.max(1);
            let card = Card { slices, slice: down(gpu.memory_gb / f64::from(slices), 1024.0) };
            std::iter::repeat_n(card, gpu.count.min(64) as usize)
        });
        let cards: Vec<Card> = cards.collect();
        for number in 0..node.count {
            let name = if node.count == 1 { node.id.clone() } else { format!("{}-{}", node.id, number + 1) };
            let zone = first_zone[site] + (groups_at[site] + number as usize) % own_zones;
            machines.push(Machine { name, group, site, zone, capacity, cards: cards.clone() });
        }
        groups_at[site] += 1;
    }
    machines
}
