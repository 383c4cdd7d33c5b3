//! The smallest changes that would make everything fit and survive; each is planned again before it is told.

use super::Layout;
use super::finding::{Change, Step};
use super::machine::usable_gb;
use super::terms::Terms;
use crate::Catalogue;
use crate::spec::{Node, Spec, Spread};

/// Replicas times machines above which fewer changes are tried.
const LARGE: usize = 500_000;
/// Nodes of a kind that are tried at most, in times of those there are.
const MOST_ADDED: u32 = 512;

/// The changes that work, the smallest first; relaxed rules last.
pub(super) fn changes(spec: &Spec, catalogue: &Catalogue, terms: &Terms, layout: &Layout) -> Vec<Change> {
    let large = layout.machines.len().saturating_mul(layout.replicas() as usize) > LARGE;
    let holds = |spec: &Spec| Layout::of(spec, catalogue, terms).is_ok_and(|layout| layout.holds(!large));
    let mut changes = Vec::new();
    let groups = if large { 2 } else { 6 };
    let mut nodes: Vec<(usize, &Node)> = spec.nodes.iter().enumerate().collect();
    nodes.sort_by_key(|(_, node)| std::cmp::Reverse(node.count));
    nodes.truncate(groups);
    for (at, node) in nodes {
        if let Some(count) = added(spec, at, large, &holds) {
            let share = share(spec, node, f64::from(count), f64::from(count), f64::from(count));
            changes.push(Change { step: Step::AddNodes { node: node.id.clone(), count }, adds_percent: share });
        }
        larger(spec, at, node, &holds, &mut changes);
    }
    changes.sort_by(|one, other| one.adds_percent.total_cmp(&other.adds_percent));
    if !large {
        relaxed(spec, &holds, &mut changes);
    }
    changes
}

/// How many more of a kind it takes.
fn added(spec: &Spec, at: usize, large: bool, holds: &dyn Fn(&Spec) -> bool) -> Option<u32> {
    let with = |count: u32| {
        let mut spec = spec.clone();
        spec.nodes[at].count = spec.nodes[at].count.saturating_add(count);
        holds(&spec)
    };
    let most = if large { MOST_ADDED } else { 32 };
    let mut high = 1;
    while !with(high) {
        high *= 2;
        if high > most {
            return None;
        }
    }
    let mut low = high / 2;
    while high - low > 1 && !(large && (high - low) * 10 < high) {
        let middle = (low + high) / 2;
        if with(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// More memory, cores or disk in each of a kind.
fn larger(spec: &Spec, at: usize, node: &Node, holds: &dyn Fn(&Spec) -> bool, changes: &mut Vec<Change>) {
    let count = f64::from(node.count);
    for times in [1.25, 1.5, 2.0, 4.0] {
        let mut more = spec.clone();
        more.nodes[at].memory_gb = (node.memory_gb * times).ceil();
        if holds(&more) {
            let step = Step::MoreMemory { node: node.id.clone(), memory_gb: more.nodes[at].memory_gb };
            changes.push(Change { step, adds_percent: share(spec, node, 0.0, count * (times - 1.0), 0.0) });
            break;
        }
    }
    for times in [1.5, 2.0, 4.0] {
        let mut more = spec.clone();
        more.nodes[at].cores = (node.cores * times).ceil();
        if holds(&more) {
            let step = Step::MoreCores { node: node.id.clone(), cores: more.nodes[at].cores };
            changes.push(Change { step, adds_percent: share(spec, node, count * (times - 1.0), 0.0, 0.0) });
            break;
        }
    }
    for times in [1.5, 2.0, 4.0] {
        let mut more = spec.clone();
        for disk in &mut more.nodes[at].disks {
            disk.gb *= times;
        }
        if holds(&more) {
            let step = Step::LargerDisks { node: node.id.clone(), times };
            changes.push(Change { step, adds_percent: share(spec, node, 0.0, 0.0, count * (times - 1.0)) });
            break;
        }
    }
}

/// What so many times a node's cores, memory and disk are of all there is, in percent, in the largest.
fn share(spec: &Spec, node: &Node, cores: f64, memory: f64, disk: f64) -> f64 {
    let disk_of = |node: &Node| node.disks.iter().map(usable_gb).sum::<f64>();
    let total = |of: &dyn Fn(&Node) -> f64| spec.nodes.iter().map(|one| of(one) * f64::from(one.count)).sum::<f64>();
    let part = |added: f64, of: &dyn Fn(&Node) -> f64| {
        let total = total(of);
        if total > 0.0 { added * of(node) * 100.0 / total } else { 0.0 }
    };
    let parts = [part(cores, &|one| one.cores), part(memory, &|one| one.memory_gb), part(disk, &disk_of)];
    parts.into_iter().fold(0.0, f64::max)
}

/// Rules, one at a time.
fn relaxed(spec: &Spec, holds: &dyn Fn(&Spec) -> bool, changes: &mut Vec<Change>) {
    for (at, workload) in spec.workloads.iter().enumerate().take(24) {
        let laxer: &[Spread] = match workload.place.spread {
            Spread::Site => &[Spread::Zone, Spread::Node, Spread::None],
            Spread::Zone => &[Spread::Node, Spread::None],
            Spread::Node => &[Spread::None],
            Spread::None => &[],
        };
        for spread in laxer {
            let mut less = spec.clone();
            less.workloads[at].place.spread = *spread;
            if holds(&less) {
                let step = Step::Relax { workload: workload.id.clone(), spread: *spread };
                changes.push(Change { step, adds_percent: 0.0 });
                break;
            }
        }
        let mut less = spec.clone();
        less.workloads[at].place.apart_from.clear();
        for other in &mut less.workloads {
            other.place.apart_from.retain(|id| *id != workload.id);
        }
        if less != *spec && holds(&less) {
            let step = Step::DropApart { workload: workload.id.clone() };
            changes.push(Change { step, adds_percent: 0.0 });
        }
    }
}
