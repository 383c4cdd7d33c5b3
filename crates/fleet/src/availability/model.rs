//! From a spec to what fails and what that takes down: sites with power and links, nodes with their parts, workloads with
//! replicas, services by their published level.

mod node;
mod site;
mod workload;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::rates::Rates;
use super::system::{Cause, Child, Loss, Outage, System, Unit};
use crate::Catalogue;
use crate::spec::{Spec, StorageClass};

/// Replicas of a workload that are looked at: with more than that nothing changes.
const MEMBERS: usize = 16;
/// Workloads that are looked at.
const WORKLOADS: usize = 200;

/// What Aroeira uses where the fleet has it; alone it needs nothing, so that its entry names no dependency.
const USES: [&str; 4] = ["postgresql", "object-store", "valkey", "nginx"];

/// Something that the spec does not say, or that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "gap")]
pub enum Gap {
    /// An own place without `power`: neither batteries nor generator were assumed.
    NoPower {
        /// The site.
        site: String,
    },
    /// A place without a link: nothing was assumed to fail.
    NoLink {
        /// The site.
        site: String,
    },
    /// A second link that nothing changes over to.
    LinkUnused {
        /// The site.
        site: String,
    },
    /// No copies: what is lost was counted as a year's work.
    NoBackup,
    /// A service whose level nobody knows and that provides nothing that is needed: it was left out.
    ServiceLeftOut {
        /// The service.
        service: String,
    },
    /// A workload that no node can run: it is down always.
    Nowhere {
        /// The workload.
        workload: String,
    },
    /// A workload that the catalogue does not know: one replica is enough, and it keeps nothing.
    NotInCatalogue {
        /// The workload.
        workload: String,
    },
    /// Rented machines and services were counted as bad as their published level allows: most run better than that.
    AtPublishedLevel,
    /// There is nothing that could fail.
    Nothing,
    /// More workloads than are looked at.
    TooMany,
}

/// The system of a spec, and what was not known.
#[derive(Debug, Clone)]
pub struct Model {
    /// What fails.
    pub system: System,
    /// What it means to lose the data and read a copy back.
    pub loss: Loss,
    /// What was not known.
    pub gaps: Vec<Gap>,
}

impl Model {
    /// Makes it.
    #[must_use]
    pub fn new(spec: &Spec, catalogue: &Catalogue, rates: &Rates) -> Self {
        let mut making = Making {
            spec,
            catalogue,
            rates,
            system: System::default(),
            gaps: BTreeSet::new(),
            sites: HashMap::new(),
            zones: HashMap::new(),
            nodes: HashMap::new(),
            together: HashMap::new(),
            crews: HashMap::new(),
            shared: HashMap::new(),
        };
        making.system.handover = Some(rates.switchover_seconds.value / 3600.0);
        let mut top = making.workloads();
        top.extend(making.services());
        if top.is_empty() {
            making.gaps.insert(Gap::Nothing);
        } else {
            top.extend(making.people());
        }
        making.system.all(top);
        let loss = making.loss();
        Self { system: making.system, loss, gaps: making.gaps.into_iter().collect() }
    }
}

/// A machine that was made: the gate of the whole of it, and that of its disks.
#[derive(Debug, Clone, Copy)]
struct Machine {
    whole: Child,
    disks: Option<Child>,
}

struct Making<'a> {
    spec: &'a Spec,
    catalogue: &'a Catalogue,
    rates: &'a Rates,
    system: System,
    gaps: BTreeSet<Gap>,
    sites: HashMap<usize, Child>,
    zones: HashMap<(usize, usize), Child>,
    nodes: HashMap<(usize, u32), Machine>,
    together: HashMap<usize, Option<Child>>,
    crews: HashMap<usize, usize>,
    shared: HashMap<usize, Child>,
}

impl Making<'_> {
    /// A unit of what is bought, out as much as its level allows.
    fn bought(&mut self, name: String, percent: f64) -> Child {
        self.gaps.insert(Gap::AtPublishedLevel);
        let down = (self.rates.level_share.value.min(1.0) * (1.0 - percent / 100.0)).clamp(0.0, 1.0 - 1e-6);
        let rate = self.rates.provider_outages.value.max(0.01);
        let hours = down / (1.0 - down) * super::exact::YEAR / rate;
        self.system.unit(Unit::new(name, Cause::Provider, rate, Outage::Exponential(hours)))
    }

    fn level(&self, item: &str, multi_zone: bool) -> Option<f64> {
        let level = self.rates.level(item)?;
        Some(if multi_zone { level.multi_zone_percent } else { level.percent })
    }

    /// Services and bought storage that are in the way of a request.
    fn services(&mut self) -> Vec<Child> {
        let (spec, needed) = (self.spec, self.needed());
        let mut children = Vec::new();
        for service in &spec.services {
            let level = self.level(&service.item, service.multi_zone);
            let wanted = match &service.provides {
                Some(provides) => needed.is_empty() || needed.contains(provides.as_str()),
                None => level.is_some(),
            };
            if wanted && children.len() < WORKLOADS {
                let percent = level.unwrap_or(if service.multi_zone { 99.95 } else { 99.9 });
                children.push(self.bought(format!("service {}", service.id), percent));
            } else {
                self.gaps.insert(Gap::ServiceLeftOut { service: service.id.clone() });
            }
        }
        for storage in spec.storage.iter().filter(|one| one.class == StorageClass::Object) {
            let level = storage.item.as_deref().and_then(|item| self.level(item, false));
            if let Some(percent) = level.filter(|_| children.len() < WORKLOADS) {
                children.push(self.bought(format!("storage {}", storage.id), percent));
            }
        }
        children
    }

    /// What people do wrong.
    fn people(&mut self) -> Vec<Child> {
        let rates = self.rates;
        let outage = Outage::Lognormal { mean: rates.human_error_hours.value, sigma: rates.repair_sigma.value };
        let errors = Unit::new("wrong change", Cause::HumanError, rates.human_errors.value, outage);
        let seen = Outage::Fixed(rates.detection_minutes.value / 60.0);
        let deletions = Unit::new("deletion", Cause::HumanError, rates.deletions.value, seen);
        let errors = self.system.unit(errors);
        let deletions = self.system.unit(deletions);
        let loss = self.loss();
        let deletions = self.system.gate(1, vec![deletions], 0.0, Some(loss));
        vec![errors, deletions]
    }

    /// What the loss of all replicas of the data means.
    fn loss(&mut self) -> Loss {
        let interval = match self.spec.backup.every_hours {
            Some(hours) if hours > 0.0 => hours.min(super::exact::YEAR),
            Some(_) => self.rates.continuous_minutes.value / 60.0,
            None => {
                self.gaps.insert(Gap::NoBackup);
                super::exact::YEAR
            }
        };
        let gb: f64 = self
            .spec
            .clinics
            .iter()
            .map(|clinics| {
                let (least, most) = clinics.plan.gb();
                f64::from(clinics.count) * clinics.gb.unwrap_or(f64::midpoint(least, most))
            })
            .sum();
        // What is read back together is bounded: the clinic that waits longest waits a month.
        let reading = (gb / self.rates.restore_gb_hour.value.max(1.0)).min(720.0);
        Loss { interval, restore: self.rates.restore_base_hours.value + reading }
    }

    /// Names of what must run: what serves the clinics, and what that depends on. Empty where no clinic says.
    fn needed(&self) -> BTreeSet<String> {
        let mut needed = BTreeSet::new();
        let serving = self.spec.clinics.iter().map(|one| one.workload.as_deref().unwrap_or("aroeira"));
        let mut open: Vec<String> = serving.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect();
        let entries: BTreeMap<&str, &str> =
            self.spec.workloads.iter().map(|one| (one.id.as_str(), one.uses())).collect();
        while let Some(name) = open.pop() {
            let entry = entries.get(name.as_str()).copied().unwrap_or(&name).to_owned();
            if entry == "aroeira" {
                open.extend(USES.map(str::to_owned));
            }
            if needed.insert(name)
                && let Some(entry) = self.catalogue.get(&entry)
            {
                open.extend(entry.depends_on.iter().cloned());
            }
        }
        needed
    }
}
