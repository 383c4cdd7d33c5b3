//! What is asked for: replicas of each workload with what each takes, from the catalogue's curves and the clinics.

use std::collections::{BTreeSet, HashMap};

use super::finding::Finding;
use super::machine::{Amounts, Need, up, usable_gb};
use super::terms::Terms;
use crate::Catalogue;
use crate::catalogue::{Amount, Entry, StorageKind, StorageNeed, Unit, by_operator};
use crate::spec::{Clinics, Isolation, Node, Spec, Spread, StorageClass, Workload};

/// Sets of replicas that are all alike: one of what clinics share, one for each clinic of a silo.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    /// Which `workload` of the spec.
    pub(super) workload: usize,
    pub(super) sets: u32,
    /// Of each set.
    pub(super) replicas: u32,
    /// Of each set, how many must run for it to serve.
    pub(super) quorum: u32,
    /// Of each replica, with what stands beside it.
    pub(super) need: Need,
    /// Of that, what stands beside it.
    pub(super) beside: Amounts,
    /// What the curve counts, of each set.
    pub(super) units: f64,
    /// Each set is a clinic's own.
    pub(super) own: bool,
    pub(super) spread: Spread,
    /// Gigabytes of blocks and files of each replica, wherever they lie.
    pub(super) keeps_gb: f64,
}

/// Gigabytes beside the disks of the nodes, and all there are of each kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Stored {
    /// Of each kind: gigabytes now, and that come each month.
    pub(super) block: (f64, f64),
    pub(super) object: (f64, f64),
    pub(super) files: (f64, f64),
    /// Of each kind: whether it lies on the nodes' own disks.
    pub(super) block_on_nodes: bool,
    pub(super) object_on_nodes: bool,
    pub(super) files_on_nodes: bool,
    /// Gigabytes a month that come to the nodes' disks.
    pub(super) node_growth: f64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Demand {
    pub(super) batches: Vec<Batch>,
    pub(super) stored: Stored,
    pub(super) findings: Vec<Finding>,
    /// Clinics, all together.
    pub(super) clinics: u64,
}

/// What some clinics bring.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    clinics: f64,
    consultations: f64,
    users: f64,
    gb: f64,
}

impl Load {
    fn of(clinics: &Clinics, terms: &Terms) -> Self {
        let (consultations, users) = terms.of(clinics.plan);
        let (least, most) = clinics.plan.gb();
        Self {
            clinics: 1.0,
            consultations: clinics.consultations_day.unwrap_or(consultations),
            users,
            gb: clinics.gb.unwrap_or((least + most) / 2.0),
        }
    }

    fn plus(self, other: Self, times: f64) -> Self {
        Self {
            clinics: self.clinics + other.clinics * times,
            consultations: self.consultations + other.consultations * times,
            users: self.users + other.users * times,
            gb: self.gb + other.gb * times,
        }
    }

    fn units(self, unit: Unit) -> f64 {
        match unit {
            Unit::Clinic | Unit::Client => self.clinics,
            Unit::ConsultationDay => self.consultations,
            Unit::User => self.users,
            Unit::Fixed => 0.0,
        }
    }
}

/// What is asked of an entry.
struct Ask {
    /// Of each set.
    load: Load,
    /// Gigabytes of the clinics themselves, where it is what serves them.
    kept: Option<f64>,
    sets: u32,
    own: bool,
    /// The most that any node it may run on can give: cores, gibibytes, gigabytes.
    largest: [f64; 3],
}

/// What a cluster puts beside each replica: operators run what clinics share, not what is their own.
fn beside(spec: &Spec, entry: &Entry, replicas: u32, own: bool) -> Amount {
    let there = spec.bears_cluster() && !(own && by_operator(&entry.id));
    if there { entry.beside(replicas) } else { Amount::default() }
}

/// The workload that serves these clinics.
fn serves(clinics: &Clinics) -> &str {
    clinics.workload.as_deref().unwrap_or("aroeira")
}

pub(super) fn demand(spec: &Spec, catalogue: &Catalogue, terms: &Terms) -> Demand {
    let mut demand = Demand {
        clinics: spec.clinics.iter().map(|one| u64::from(one.count)).sum(),
        stored: Stored::beside(spec),
        ..Demand::default()
    };
    let largest = largest(spec, terms);
    let all = spec.clinics.iter().fold(Load::default(), |sum, one| sum.plus(Load::of(one, terms), one.count.into()));
    for (at, workload) in spec.workloads.iter().enumerate() {
        let name = workload.uses();
        let Some(entry) = catalogue.get(name) else {
            demand.findings.push(Finding::UnknownEntry { workload: workload.id.clone(), entry: name.to_owned() });
            continue;
        };
        let named: Vec<&Clinics> = spec.clinics.iter().filter(|one| serves(one) == workload.id).collect();
        if named.is_empty() {
            let load = match workload.load {
                Some(load) => Load { clinics: load, consultations: load, users: load, gb: 0.0 },
                None => all,
            };
            demand.ask(at, entry, &Ask { load, kept: None, sets: 1, own: false, largest: largest[at] }, spec);
            continue;
        }
        let mut pooled = Load::default();
        for clinics in named {
            let load = Load::of(clinics, terms);
            if clinics.isolation == Isolation::Pool {
                pooled = pooled.plus(load, clinics.count.into());
            } else if clinics.count > 0 {
                let ask = Ask { load, kept: Some(load.gb), sets: clinics.count, own: true, largest: largest[at] };
                demand.ask(at, entry, &ask, spec);
            }
        }
        if pooled.clinics > 0.0 {
            demand.ask(
                at,
                entry,
                &Ask { load: pooled, kept: Some(pooled.gb), sets: 1, own: false, largest: largest[at] },
                spec,
            );
        }
    }
    demand.dependencies(spec, catalogue);
    demand
}

impl Demand {
    /// Asks for sets of a workload.
    fn ask(&mut self, at: usize, entry: &Entry, ask: &Ask, spec: &Spec) {
        let Some(workload) = spec.workloads.get(at) else { return };
        let Ask { load, kept, sets, own, .. } = *ask;
        let units = load.units(entry.unit);
        let enough = entry.units_per_replica.filter(|most| *most > 0.0).map_or(1, |most| (units / most).ceil() as u32);
        let needed = entry.replicas.max(enough).max(1);
        let replicas = workload.replicas.unwrap_or_else(|| match entry.units_per_replica {
            Some(_) => needed.max(self.stored.split(workload, entry, ask, units, spec)),
            None => needed,
        });
        if replicas < needed {
            let workload = workload.id.clone();
            self.findings.push(Finding::TooFewReplicas { workload, replicas, needed });
        }
        if replicas == 0 {
            return;
        }
        let each = f64::from(replicas);
        let disk = self.stored.ask(entry, units, kept, each, f64::from(sets), spec);
        let cores = workload.cores.unwrap_or_else(|| entry.cores_each(units, each));
        let memory = workload.memory_gb.unwrap_or_else(|| entry.memory_gb.at(units / each));
        let beside = beside(spec, entry, replicas, own);
        let beside = [up(beside.cores, 1000.0), up(beside.memory_gb, 1024.0), 0];
        let alone = [up(cores, 1000.0), up(memory, 1024.0), up(disk, 1000.0)];
        let need = Need {
            amounts: std::array::from_fn(|at| alone[at].saturating_add(beside[at])),
            card: entry.gpu.map_or(0, |gpu| up(gpu.memory_gb, 1024.0)),
        };
        // Where each replica keeps its part of the data on its node, those of a missing one are not served.
        let parts = entry.units_per_replica.is_some() && self.stored.shared_on_nodes(entry);
        let quorum = if parts { replicas } else { entry.quorum.clamp(1, replicas) };
        self.batches.push(Batch {
            workload: at,
            sets,
            replicas,
            quorum,
            need,
            beside,
            units,
            own,
            spread: workload.place.spread,
            keeps_gb: keeps(entry, units, kept, each),
        });
    }

    /// What a workload cannot run without, and nothing of the spec is.
    fn dependencies(&mut self, spec: &Spec, catalogue: &Catalogue) {
        let mut there: BTreeSet<&str> = spec.services.iter().filter_map(|one| one.provides.as_deref()).collect();
        for workload in &spec.workloads {
            there.insert(&workload.id);
            there.extend(workload.entry.as_deref());
        }
        if spec.storage.iter().any(|one| one.class == StorageClass::Object) {
            there.insert("object-store");
        }
        for workload in &spec.workloads {
            let entry = catalogue.get(workload.uses());
            for on in entry.iter().flat_map(|entry| &entry.depends_on) {
                if !there.contains(on.as_str()) {
                    let workload = workload.id.clone();
                    self.findings.push(Finding::MissingDependency { workload, depends_on: on.clone() });
                }
            }
        }
    }
}

impl Stored {
    /// Where each kind lies: beside the nodes where the spec has a place for it.
    fn beside(spec: &Spec) -> Self {
        let has = |classes: &[StorageClass]| spec.storage.iter().any(|one| classes.contains(&one.class));
        let bought = |names: &[&str]| {
            spec.services.iter().filter_map(|one| one.provides.as_deref()).any(|name| names.contains(&name))
        };
        Self {
            block_on_nodes: !has(&[StorageClass::San, StorageClass::Nas]),
            object_on_nodes: !has(&[StorageClass::Object]) && !bought(&["object-store"]),
            files_on_nodes: !has(&[StorageClass::SharedFiles, StorageClass::Nas]) && !bought(&["shared-files", "efs"]),
            ..Self::default()
        }
    }

    /// Adds what sets of a workload keep; answers gigabytes on the node of each replica. What clinics keep takes the place
    /// of the curve's own share for each unit, in its proportions.
    fn ask(&mut self, entry: &Entry, units: f64, kept: Option<f64>, replicas: f64, sets: f64, spec: &Spec) -> f64 {
        let weight: f64 = entry.storage.iter().map(|one| one.gb.per_unit).sum();
        let growth = spec.growth.data_percent_month / 100.0;
        let mut disk = 0.0;
        for one in &entry.storage {
            let gb = match kept {
                Some(kept) if weight > 0.0 => one.gb.base + kept * one.gb.per_unit / weight,
                _ => one.gb.at(units),
            };
            let copies = if one.per_replica { replicas } else { 1.0 };
            let month = one.growth_gb_month.at(units) + gb * growth;
            let (total, on_nodes) = match one.kind {
                StorageKind::Block => (&mut self.block, self.block_on_nodes),
                StorageKind::Object => (&mut self.object, self.object_on_nodes),
                StorageKind::Files => (&mut self.files, self.files_on_nodes),
            };
            total.0 += gb * copies * sets;
            total.1 += month * copies * sets;
            if on_nodes {
                disk += gb * copies / replicas;
                self.node_growth += month * copies * sets;
            }
        }
        disk
    }

    fn on_nodes(&self, kind: StorageKind) -> bool {
        match kind {
            StorageKind::Block => self.block_on_nodes,
            StorageKind::Object => self.object_on_nodes,
            StorageKind::Files => self.files_on_nodes,
        }
    }

    /// Whether replicas keep parts of a whole on their nodes.
    fn shared_on_nodes(&self, entry: &Entry) -> bool {
        entry.storage.iter().any(|one| self.on_nodes(one.kind) && !one.per_replica)
    }

    /// Replicas among which units that may be shared out must be, so that each finds a node: where replicas may share one, half
    /// of it each, since halves are easier to place.
    fn split(&self, workload: &Workload, entry: &Entry, ask: &Ask, units: f64, spec: &Spec) -> u32 {
        let Ask { kept, own, largest, .. } = *ask;
        let part = if workload.place.spread == Spread::None { 0.5 } else { 0.99 };
        let weight: f64 = entry.storage.iter().map(|one| one.gb.per_unit).sum();
        let (mut whole, mut shared) = (0.0, 0.0);
        for one in &entry.storage {
            let here = self.on_nodes(one.kind);
            let gb = match kept {
                Some(kept) if weight > 0.0 => one.gb.base + kept * one.gb.per_unit / weight,
                _ => one.gb.at(units),
            };
            if here && one.per_replica {
                whole += gb;
            } else if here {
                shared += gb;
            }
        }
        let cores = if workload.cores.is_some() { 0.0 } else { entry.cores.per_unit * units };
        let memory = if workload.memory_gb.is_some() { 0.0 } else { entry.memory_gb.per_unit * units };
        // As many of them as are the worst case of what they share.
        let beside = beside(spec, entry, entry.replicas.max(2), own);
        let least = entry.cores_each(0.0, entry.replicas.into());
        let bases = [least + beside.cores, entry.memory_gb.base + beside.memory_gb];
        let parts = [(cores, bases[0], 0), (memory, bases[1], 1), (shared, whole, 2)].map(|(all, base, at)| {
            let room = largest[at] * part - base;
            if room > 0.0 { (all / room).ceil() } else { 1.0 }
        });
        // Never more than there are units: the smallest part is one of them.
        parts.into_iter().fold(1.0, f64::max).min(units.ceil().max(1.0)) as u32
    }

    /// What lies beside the nodes and is more than there is: kind, gigabytes asked for, gigabytes there are.
    pub(super) fn short(&self, spec: &Spec) -> Vec<(StorageKind, f64, f64)> {
        let room = |classes: &[StorageClass]| -> Option<f64> {
            let mut of = spec.storage.iter().filter(|one| classes.contains(&one.class)).peekable();
            of.peek()?;
            Some(of.map(|one| one.gb).sum())
        };
        let mut sans = room(&[StorageClass::San, StorageClass::Nas]);
        let mut short = Vec::new();
        let mut check = |kind, asked: f64, there: Option<f64>| {
            if let Some(there) = there.filter(|there| asked > *there) {
                short.push((kind, asked, there));
            }
        };
        check(StorageKind::Object, self.object.0, room(&[StorageClass::Object]));
        let shared = room(&[StorageClass::SharedFiles]);
        let mut block = self.block.0;
        if shared.is_some() {
            check(StorageKind::Files, self.files.0, shared);
        } else if !self.files_on_nodes && room(&[StorageClass::Nas]).is_some() {
            block += self.files.0;
        }
        check(StorageKind::Block, block, sans.take());
        short
    }
}

/// Gigabytes of blocks and files of each of so many replicas.
fn keeps(entry: &Entry, units: f64, kept: Option<f64>, replicas: f64) -> f64 {
    let weight: f64 = entry.storage.iter().map(|one| one.gb.per_unit).sum();
    let of = |one: &StorageNeed| {
        let gb = match kept {
            Some(kept) if weight > 0.0 => one.gb.base + kept * one.gb.per_unit / weight,
            _ => one.gb.at(units),
        };
        if one.per_replica { gb } else { gb / replicas }
    };
    entry.storage.iter().filter(|one| one.kind != StorageKind::Object).map(of).sum()
}

/// Of each workload: the most that any node it may run on can give.
fn largest(spec: &Spec, terms: &Terms) -> Vec<[f64; 3]> {
    let size = |node: &Node| {
        let memory = node.memory_gb * (1.0 - terms.reserve_memory_percent.clamp(0.0, 100.0) / 100.0);
        [node.cores - terms.reserve_cores, memory, node.disks.iter().map(usable_gb).sum()]
    };
    let most = |may: Vec<bool>| {
        let sizes = spec.nodes.iter().zip(may).filter(|(_, may)| *may).map(|(node, _)| size(node));
        sizes.fold([0.0f64; 3], |most, size| [0, 1, 2].map(|at| most[at].max(size[at])))
    };
    allowed(spec).into_iter().map(most).collect()
}

/// Where each workload may run: by workload, then by `node` of the spec.
pub(super) fn allowed(spec: &Spec) -> Vec<Vec<bool>> {
    let countries: HashMap<&str, &str> =
        spec.sites.iter().map(|site| (site.id.as_str(), site.country.as_str())).collect();
    let of_workload = |workload: &Workload| {
        let place = &workload.place;
        let may = |node: &Node| {
            let country = countries.get(node.site.as_str()).copied().unwrap_or_default();
            place.allows(node)
                && (spec.residency.countries.is_empty() || spec.residency.countries.iter().any(|one| one == country))
        };
        spec.nodes.iter().map(may).collect()
    };
    spec.workloads.iter().map(of_workload).collect()
}

/// For each workload, those it shares no node with; what one says holds for the other.
pub(super) fn apart(spec: &Spec) -> Vec<Vec<usize>> {
    let ids: HashMap<&str, usize> = spec.workloads.iter().enumerate().map(|(at, one)| (one.id.as_str(), at)).collect();
    let mut apart = vec![BTreeSet::new(); spec.workloads.len()];
    for (at, workload) in spec.workloads.iter().enumerate() {
        for other in workload.place.apart_from.iter().filter_map(|id| ids.get(id.as_str()).copied()) {
            if other != at {
                apart[at].insert(other);
                apart[other].insert(at);
            }
        }
    }
    apart.into_iter().map(|set| set.into_iter().collect()).collect()
}
