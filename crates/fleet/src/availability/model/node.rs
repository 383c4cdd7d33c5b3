//! A machine and its parts: it stops, its hardware is repaired, its disks lose what is on them, it is maintained.

use super::super::exact::YEAR;
use super::super::system::{Cause, Child, Outage, Unit};
use super::{Machine, Making};
use crate::spec::{Disk, DiskKind, Node, Raid, SiteKind};

/// Groups of disks of a machine that are looked at.
const GROUPS: usize = 8;

impl Making<'_> {
    /// One machine of those alike.
    pub(super) fn machine(&mut self, node: usize, number: u32, site: usize, zone: usize) -> Machine {
        if let Some(machine) = self.nodes.get(&(node, number)) {
            return *machine;
        }
        let kind = &self.spec.nodes[node];
        let name = format!("{}-{}", kind.id, number + 1);
        let mut children = Vec::new();
        if self.is_rented(kind, site) {
            let percent = self.level("instance", false).unwrap_or(99.5);
            children.push(self.bought(format!("instance {name}"), percent));
            children.push(self.zone(site, zone));
        } else {
            self.parts(&name, site, &mut children);
        }
        let disks: Vec<Child> =
            (0..kind.disks.len().min(GROUPS)).filter_map(|at| self.disk(&name, at, &kind.disks[at], site)).collect();
        let disks = if disks.is_empty() { None } else { Some(self.system.all(disks)) };
        children.extend(disks);
        let machine = Machine { whole: self.system.all(children), disks };
        self.nodes.insert((node, number), machine);
        machine
    }

    fn is_rented(&self, node: &Node, site: usize) -> bool {
        node.instance.is_some() || self.spec.sites[site].kind == SiteKind::CloudRegion
    }

    /// Failures that strike all own machines of a site at once.
    pub(super) fn together(&mut self, site: usize) -> Option<Child> {
        if let Some(known) = self.together.get(&site) {
            return *known;
        }
        let beta = self.beta(site);
        let together = if beta > 0.0 {
            let id = &self.spec.sites[site].id;
            let [stop, incident] = self.failures(&format!("machines {id} together"), site);
            let units = [stop, incident]
                .map(|unit| self.system.unit(Unit { rate: unit.rate * beta, cause: Cause::CommonCause, ..unit }));
            Some(self.system.all(units.to_vec()))
        } else {
            None
        };
        self.together.insert(site, together);
        together
    }

    /// The share of failures that strike all; nothing where there is one machine.
    fn beta(&self, site: usize) -> f64 {
        let id = &self.spec.sites[site].id;
        let own = self.spec.nodes.iter().filter(|node| node.site == *id && !self.is_rented(node, site));
        let count: u64 = own.map(|node| u64::from(node.count)).sum();
        if count > 1 { self.rates.common_cause.value.min(1.0) } else { 0.0 }
    }

    fn failures(&mut self, name: &str, site: usize) -> [Unit; 2] {
        let rates = self.rates;
        let detection = rates.detection_minutes.value / 60.0;
        let stop = Outage::Exponential(rates.machine_hours.value);
        let repair = Outage::Lognormal { mean: rates.incident_hours.value, sigma: rates.repair_sigma.value };
        let crew = Some(self.crew(site));
        let stop = Unit::new(format!("machine {name}"), Cause::Machine, rates.machine_failures.value, stop);
        let repair = Unit::new(format!("hardware {name}"), Cause::Machine, rates.incidents.value, repair);
        [Unit { detection, group: Some(site), ..stop }, Unit { detection, crew, group: Some(site), ..repair }]
    }

    fn parts(&mut self, name: &str, site: usize, children: &mut Vec<Child>) {
        let apart = 1.0 - self.beta(site);
        for unit in self.failures(name, site) {
            children.push(self.system.unit(Unit { rate: unit.rate * apart, ..unit }));
        }
        let rates = self.rates;
        let window = Outage::Fixed(rates.maintenance_minutes.value / 60.0);
        let window = Unit::new(format!("maintenance {name}"), Cause::Maintenance, rates.maintenance.value, window);
        children.push(self.system.unit(Unit { group: Some(site), ..window }));
    }

    /// Disks alike: how often they lose what is on them, and that they are replaced.
    fn disk(&mut self, name: &str, at: usize, disk: &Disk, site: usize) -> Option<Child> {
        let rates = self.rates;
        let each = match disk.kind {
            DiskKind::Hdd => rates.hdd_failures.value,
            DiskKind::Ssd | DiskKind::Nvme => rates.ssd_failures.value,
            DiskKind::Network => rates.network_disk_failures.value,
        };
        let rate = losses(disk, each, rates.rebuild_hours.value);
        if rate <= 0.0 {
            return None;
        }
        let outage = Outage::Lognormal { mean: rates.incident_hours.value, sigma: rates.repair_sigma.value };
        let crew = Some(self.crew(site));
        let detection = rates.detection_minutes.value / 60.0;
        let unit = Unit::new(format!("disks {name} {at}"), Cause::Disk, rate, outage);
        Some(self.system.unit(Unit { crew, detection, group: Some(site), ..unit }))
    }
}

/// Losses of data a year: a disk fails, and so many more before it is replaced and filled again.
fn losses(disk: &Disk, each: f64, rebuild: f64) -> f64 {
    let count = f64::from(disk.count);
    let again = (each * rebuild / YEAR).min(1.0);
    let first = (count * each).min(1000.0);
    let further = |n: f64| ((count - n).max(0.0) * again).min(1.0);
    match disk.raid {
        _ if disk.count < 2 => first,
        Raid::None => first,
        Raid::Raid1 => (1..disk.count.min(8)).fold(first, |rate, n| rate * further(f64::from(n))),
        Raid::Raid5 => first * further(1.0),
        Raid::Raid6 if disk.count > 2 => first * further(1.0) * further(2.0),
        Raid::Raid6 => first * further(1.0),
        Raid::Raid10 => first * again,
    }
}
