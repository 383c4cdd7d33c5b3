//! Workloads: on which nodes their replicas are, how many must run, what it takes until another takes over.

use std::collections::BTreeMap;

use super::super::exact::YEAR;
use super::super::system::{Cause, Child, Outage, Unit};
use super::{Gap, MEMBERS, Making, WORKLOADS};
use crate::catalogue::{BackupClass, Entry};
use crate::spec::{Spread, StorageClass, Workload};

/// A machine that may run it: the node, which of those alike, its site, its zone.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    node: usize,
    number: u32,
    site: usize,
    zone: usize,
}

impl Making<'_> {
    /// What must run, each with its gate.
    pub(super) fn workloads(&mut self) -> Vec<Child> {
        let spec = self.spec;
        let needed = self.needed();
        let is_needed = |one: &&Workload| {
            needed.contains(&one.id) || one.entry.as_ref().is_some_and(|entry| needed.contains(entry))
        };
        let mut chosen: Vec<&Workload> = spec.workloads.iter().filter(is_needed).collect();
        if chosen.is_empty() {
            chosen = spec.workloads.iter().collect();
        }
        if chosen.len() > WORKLOADS {
            chosen.truncate(WORKLOADS);
            self.gaps.insert(Gap::TooMany);
        }
        let nodes_alone = spec.workloads.is_empty() && !spec.nodes.is_empty();
        let alone = Workload {
            id: "nodes".to_owned(),
            entry: None,
            replicas: None,
            place: crate::spec::Placement::default(),
            cores: None,
            memory_gb: None,
            load: None,
        };
        if nodes_alone {
            chosen.push(&alone);
        }
        chosen.into_iter().map(|workload| self.workload(workload)).collect()
    }

    fn workload(&mut self, workload: &Workload) -> Child {
        let entry = self.catalogue.get(workload.uses());
        if entry.is_none() && workload.id != "nodes" {
            self.gaps.insert(Gap::NotInCatalogue { workload: workload.id.clone() });
        }
        let keeps = entry.is_some_and(|entry| entry.backup != BackupClass::None);
        let replicas = workload.replicas.or(entry.map(|entry| entry.replicas)).unwrap_or(1).max(1) as usize;
        let mut members = self.candidates(workload, entry);
        if members.is_empty() {
            self.gaps.insert(Gap::Nowhere { workload: workload.id.clone() });
            let out = Unit::new(format!("nowhere {}", workload.id), Cause::Machine, 1e5, Outage::Fixed(YEAR * 1e6));
            let never = self.system.unit(out);
            return self.system.all(vec![never]);
        }
        // What keeps nothing is started on any other node; what keeps data runs where its replicas are.
        members.truncate(if keeps { replicas.min(MEMBERS) } else { MEMBERS });
        let quorum = entry.map_or(1, |entry| entry.quorum.max(1) as usize);
        let needed = if replicas > members.len() { (quorum * members.len()).div_ceil(replicas) } else { quorum };
        let mut disks = Vec::new();
        let children: Vec<Child> = members
            .iter()
            .enumerate()
            .map(|(at, member)| self.member(workload, at, *member, keeps, &mut disks))
            .collect();
        let seconds = if keeps { self.rates.failover_seconds.value } else { self.rates.balancer_seconds.value };
        let gate = self.system.gate(needed.max(1), children, seconds / 3600.0, None);
        let gate = if keeps && disks.len() == members.len() {
            let loss = self.loss();
            let data = self.system.gate(1, disks, 0.0, Some(loss));
            self.system.all(vec![gate, data])
        } else {
            gate
        };
        self.system.watched.push((workload.id.clone(), gate));
        gate
    }

    /// One replica: its machine, its site, what strikes all machines there, the storage it is on, and itself.
    fn member(
        &mut self,
        workload: &Workload,
        at: usize,
        member: Candidate,
        keeps: bool,
        disks: &mut Vec<Child>,
    ) -> Child {
        let machine = self.machine(member.node, member.number, member.site, member.zone);
        disks.extend(machine.disks);
        let mut children = vec![machine.whole, self.site(member.site)];
        children.extend(self.together(member.site));
        if keeps {
            children.extend(self.shared_storage(member.site));
        }
        let rates = self.rates;
        let outage = Outage::Fixed(rates.crash_seconds.value / 3600.0);
        let name = format!("process {}-{}", workload.id, at + 1);
        children.push(self.system.unit(Unit::new(name, Cause::Software, rates.crashes.value, outage)));
        self.system.all(children)
    }

    /// A SAN or NAS of the site, where it has one.
    fn shared_storage(&mut self, site: usize) -> Option<Child> {
        let id = &self.spec.sites[site].id;
        let is_shared = |class| matches!(class, StorageClass::San | StorageClass::Nas);
        let storage = self.spec.storage.iter().find(|one| one.site == *id && is_shared(one.class))?;
        if let Some(known) = self.shared.get(&site) {
            return Some(*known);
        }
        let rates = self.rates;
        let outage = Outage::Lognormal { mean: rates.storage_hours.value, sigma: rates.repair_sigma.value };
        let name = format!("storage {}", storage.id);
        let unit = self.system.unit(Unit::new(name, Cause::Storage, rates.storage_failures.value, outage));
        self.shared.insert(site, unit);
        Some(unit)
    }

    /// Machines that may run it, neighbours as far apart as they are: one of each site, then the next of each.
    fn candidates(&self, workload: &Workload, entry: Option<&Entry>) -> Vec<Candidate> {
        let place = &workload.place;
        let wants_gpu = entry.is_some_and(|entry| entry.gpu.is_some());
        let mut by_site: BTreeMap<usize, Vec<Candidate>> = BTreeMap::new();
        for (node, kind) in self.spec.nodes.iter().enumerate() {
            let Some(site) = self.spec.sites.iter().position(|site| site.id == kind.site) else { continue };
            if !place.allows(kind) || (wants_gpu && kind.gpus.is_empty()) {
                continue;
            }
            let zones = self.spec.sites[site].zones.max(1) as usize;
            let list = by_site.entry(site).or_default();
            for number in 0..kind.count.min(MEMBERS as u32) {
                list.push(Candidate { node, number, site, zone: list.len() % zones });
            }
        }
        let longest = by_site.values().map(Vec::len).max().unwrap_or_default();
        let ranks = 0..longest.min(MEMBERS);
        let mut all: Vec<Candidate> =
            ranks.flat_map(|rank| by_site.values().filter_map(move |list| list.get(rank)).copied()).collect();
        if place.spread == Spread::Node || place.spread == Spread::None {
            // Nearness is no harm: those of the first site first.
            all.sort_by_key(|one| one.site);
        }
        all
    }
}
