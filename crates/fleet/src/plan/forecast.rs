//! When it is outgrown, and what will be stored where: thrown with dice over the growth of the spec.

use serde::Serialize;

use super::Layout;
use super::dice::Dice;
use super::machine::Machine;
use super::terms::Terms;
use crate::Catalogue;
use crate::spec::{Spec, StorageClass};

/// When the fleet is outgrown. Months from now; nothing where it lasts beyond the months looked ahead.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Exhaustion {
    /// One future in ten is earlier.
    pub month_10: Option<u32>,
    /// Half of them are.
    pub month_50: Option<u32>,
    /// Nine in ten are.
    pub month_90: Option<u32>,
    /// Clinics, in the same mixture, up to which everything fits and survives with today's data.
    pub clinics_most: u64,
    /// Of the futures that end, the percent in which storage ends first.
    pub storage_first_percent: f64,
    /// Months looked ahead.
    pub horizon_months: u32,
}

/// What is stored in one month, in gigabytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredMonth {
    /// From now.
    pub month: u32,
    /// On disks.
    pub block: f64,
    /// Files that several share.
    pub files: f64,
    /// Objects, read often.
    pub object_hot: f64,
    /// Objects, read now and then.
    pub object_infrequent: f64,
    /// Objects in the archive.
    pub object_archive: f64,
    /// Objects in the deep archive.
    pub object_deep_archive: f64,
}

/// The spec with so many times the clinics, and the load where a workload says its own.
pub(crate) fn scaled(spec: &Spec, times: f64) -> Spec {
    let mut spec = spec.clone();
    for clinics in &mut spec.clinics {
        clinics.count = (f64::from(clinics.count) * times).ceil().clamp(0.0, 1e6) as u32;
    }
    for workload in &mut spec.workloads {
        workload.load = workload.load.map(|load| load * times);
    }
    spec
}

/// How many times the clinics still fit.
fn most_times(spec: &Spec, catalogue: &Catalogue, terms: &Terms) -> f64 {
    let holds = |times: f64| Layout::of(&scaled(spec, times), catalogue, terms).is_ok_and(|layout| layout.holds(false));
    let (mut low, mut high) = (1.0, None);
    for times in [1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1000.0] {
        if !holds(times) {
            high = Some(times);
            break;
        }
        low = times;
    }
    let Some(mut high) = high else { return low };
    while high / low > 1.01 {
        let middle = (low * high).sqrt();
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// What grows by the month and ends somewhere: gigabytes now, each month, and room.
struct Tank {
    now: f64,
    month: f64,
    room: f64,
}

fn tanks(spec: &Spec, layout: &Layout) -> Vec<Tank> {
    let disk = |machine: &Machine| machine.capacity[2] as f64 / 1000.0;
    let mut disks: Vec<f64> = layout.machines.iter().map(disk).collect();
    disks.sort_by(|one, other| other.total_cmp(one));
    let spare = spec.promises.spare_nodes as usize;
    let needs = layout
        .demand
        .batches
        .iter()
        .map(|batch| batch.need.amounts[2] as f64 / 1000.0 * f64::from(batch.sets) * f64::from(batch.replicas));
    let stored = &layout.demand.stored;
    let mut tanks =
        vec![Tank { now: needs.sum(), month: stored.node_growth, room: disks.iter().skip(spare).sum::<f64>() }];
    let mut beside = |what: (f64, f64), on_nodes: bool, classes: &[StorageClass]| {
        let of: Vec<f64> = spec.storage.iter().filter(|one| classes.contains(&one.class)).map(|one| one.gb).collect();
        if !on_nodes && !of.is_empty() {
            tanks.push(Tank { now: what.0, month: what.1, room: of.iter().sum() });
        }
    };
    beside(stored.block, stored.block_on_nodes, &[StorageClass::San, StorageClass::Nas]);
    beside(stored.object, stored.object_on_nodes, &[StorageClass::Object]);
    beside(stored.files, stored.files_on_nodes, &[StorageClass::SharedFiles]);
    tanks.retain(|tank| tank.now > 0.0 || tank.month > 0.0);
    tanks
}

/// Throws the futures. Each throws its rate of growth once: what nobody knows is the rate, not the month.
pub(super) fn exhaustion(
    spec: &Spec,
    catalogue: &Catalogue,
    terms: &Terms,
    layout: &Layout,
    holds: bool,
) -> Exhaustion {
    let horizon_months = terms.horizon_months.min(1200);
    if !holds {
        let now = Some(0);
        return Exhaustion { month_10: now, month_50: now, month_90: now, horizon_months, ..Exhaustion::default() };
    }
    let most = most_times(spec, catalogue, terms);
    let tanks = tanks(spec, layout);
    let mut dice = Dice::new(terms.seed);
    let futures = terms.futures.clamp(1, 100_000);
    let mut months = Vec::new();
    let mut by_storage = 0u32;
    for _ in 0..futures {
        let rate = dice.normal(spec.growth.clinics_percent_month, spec.growth.clinics_deviation);
        let rate = (rate / 100.0).clamp(-0.5, 1.0);
        let (mut times, mut sum) = (1.0f64, 0.0f64);
        let end = (1..=horizon_months).find_map(|month| {
            sum += times;
            times = (times * (1.0 + rate)).min(1e9);
            let full = tanks.iter().any(|tank| tank.now * times + tank.month * sum > tank.room);
            (full || times > most).then_some((month, full && times <= most))
        });
        by_storage += u32::from(end.is_some_and(|(_, storage)| storage));
        months.push(end.map_or(u32::MAX, |(month, _)| month));
    }
    months.sort_unstable();
    let ended = months.iter().filter(|month| **month != u32::MAX).count();
    let at = |percent: usize| months.get(months.len() * percent / 100).copied().filter(|month| *month != u32::MAX);
    Exhaustion {
        month_10: at(10),
        month_50: at(50),
        month_90: at(90),
        clinics_most: (layout.demand.clinics as f64 * most) as u64,
        storage_first_percent: if ended == 0 { 0.0 } else { f64::from(by_storage) * 100.0 / ended as f64 },
        horizon_months,
    }
}

/// What is stored, month by month for three years, at the expected growth. What is there now counts as new.
pub(super) fn storage(spec: &Spec, terms: &Terms, layout: &Layout) -> Vec<StoredMonth> {
    let stored = &layout.demand.stored;
    let rate = (spec.growth.clinics_percent_month / 100.0).clamp(0.0, 1.0);
    let mut rows = Vec::new();
    let (mut times, mut sum) = (1.0f64, 0.0f64);
    let mut cohorts = vec![stored.object.0];
    for month in 0..=36u32 {
        if month > 0 {
            sum += times;
            let before = times;
            times = (times * (1.0 + rate)).min(1e9);
            cohorts.push(stored.object.1 * before + stored.object.0 * (times - before));
        }
        let mut row = StoredMonth {
            month,
            block: stored.block.0 * times + stored.block.1 * sum,
            files: stored.files.0 * times + stored.files.1 * sum,
            object_hot: 0.0,
            object_infrequent: 0.0,
            object_archive: 0.0,
            object_deep_archive: 0.0,
        };
        for (born, gb) in cohorts.iter().enumerate() {
            let age = month - born as u32;
            let class = match age {
                _ if age >= terms.access.deep_archive_months => &mut row.object_deep_archive,
                _ if age >= terms.access.archive_months => &mut row.object_archive,
                _ if age >= terms.access.infrequent_months => &mut row.object_infrequent,
                _ => &mut row.object_hot,
            };
            *class += gb;
        }
        rows.push(row);
    }
    rows
}
