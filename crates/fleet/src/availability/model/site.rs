//! A site: its power, its ways to the internet, its edge; or the region of a cloud.

use std::collections::BTreeMap;

use super::super::system::{Cause, Child, Outage, Unit};
use super::{Gap, Making};
use crate::spec::{Edge, Link, LinkKind, Routing, Site, SiteKind};

/// Carriers of a site that are looked at.
const CARRIERS: usize = 8;

impl Making<'_> {
    /// The gate of a site: whether people reach what runs there.
    pub(super) fn site(&mut self, at: usize) -> Child {
        if let Some(gate) = self.sites.get(&at) {
            return *gate;
        }
        let site = &self.spec.sites[at];
        let mut children = vec![self.power(site)];
        if matches!(site.kind, SiteKind::OwnRack | SiteKind::Colocation) {
            children.extend(self.links(site));
            children.extend(self.edge(site));
        }
        let gate = self.system.all(children);
        self.sites.insert(at, gate);
        gate
    }

    /// A zone of a cloud.
    pub(super) fn zone(&mut self, site: usize, zone: usize) -> Child {
        if let Some(unit) = self.zones.get(&(site, zone)) {
            return *unit;
        }
        let name = format!("zone {}-{zone}", self.spec.sites[site].id);
        let percent = self.level("zone", false).unwrap_or(99.95);
        let unit = self.bought(name, percent);
        self.zones.insert((site, zone), unit);
        unit
    }

    /// Those who repair at a site.
    pub(super) fn crew(&mut self, site: usize) -> usize {
        if let Some(crew) = self.crews.get(&site) {
            return *crew;
        }
        let crew = self.system.crew(self.rates.crew.value as u32);
        self.crews.insert(site, crew);
        crew
    }

    fn power(&mut self, site: &Site) -> Child {
        let rates = self.rates;
        match site.kind {
            SiteKind::CloudRegion => {
                let percent = self.level("region", false).unwrap_or(99.99);
                self.bought(format!("region {}", site.id), percent)
            }
            SiteKind::Colocation => {
                let outage = Outage::Exponential(rates.facility_hours.value);
                let name = format!("facility {}", site.id);
                self.system.unit(Unit::new(name, Cause::Provider, rates.facility_outages.value, outage))
            }
            SiteKind::OwnRack | SiteKind::OnPremises => {
                if site.power.is_none() {
                    self.gaps.insert(Gap::NoPower { site: site.id.clone() });
                }
                let (rate, mean) = match site.country.as_str() {
                    "BR" => (&rates.grid_outages_brazil, &rates.grid_hours_brazil),
                    _ => (&rates.grid_outages_elsewhere, &rates.grid_hours_elsewhere),
                };
                let generator = site.power.as_ref().is_some_and(|power| power.generator);
                let outage = Outage::Beyond {
                    mean: mean.value,
                    bridged: site.power.as_ref().map_or(0.0, |power| power.ups_minutes / 60.0),
                    felt: if generator { rates.generator_fails.value.min(1.0) } else { 1.0 },
                    restart: rates.power_restart_hours.value,
                };
                self.system.unit(Unit::new(format!("power {}", site.id), Cause::Power, rate.value, outage))
            }
        }
    }

    /// The ways to the internet: links of one carrier fail together, so each carrier counts once, with its best.
    fn links(&mut self, site: &Site) -> Option<Child> {
        let Some(first) = site.links.first() else {
            self.gaps.insert(Gap::NoLink { site: site.id.clone() });
            return None;
        };
        let routing = site.addresses.as_ref().map(|addresses| addresses.routing).unwrap_or_default();
        let mut carriers: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for link in &site.links {
            let (rate, hours) = self.fails(link);
            let best = carriers.entry(&link.carrier).or_insert((rate, hours));
            if rate * hours < best.0 * best.1 {
                *best = (rate, hours);
            }
        }
        let seconds = match routing {
            Routing::Bgp => self.rates.bgp_seconds.value,
            Routing::DualWan => self.rates.dual_wan_seconds.value,
            Routing::Single => {
                if site.links.len() > 1 {
                    self.gaps.insert(Gap::LinkUnused { site: site.id.clone() });
                }
                let only = (first.carrier.as_str(), self.fails(first));
                carriers = BTreeMap::from([only]);
                0.0
            }
        };
        let beta = if carriers.len() > 1 { self.rates.link_common_cause.value.min(1.0) } else { 0.0 };
        let least = carriers.values().copied().min_by(|a, b| (a.0 * a.1).total_cmp(&(b.0 * b.1)));
        let units: Vec<Child> = carriers
            .iter()
            .take(CARRIERS)
            .map(|(carrier, (rate, hours))| {
                let name = format!("link {} {carrier}", site.id);
                let rate = rate * (1.0 - beta);
                self.system.unit(Unit::new(name, Cause::Link, rate, Outage::Exponential(*hours)))
            })
            .collect();
        let gate = self.system.gate(1, units, seconds / 3600.0, None);
        let Some((rate, hours)) = least.filter(|_| beta > 0.0) else { return Some(gate) };
        let name = format!("links {} together", site.id);
        let together = self.system.unit(Unit::new(name, Cause::CommonCause, rate * beta, Outage::Exponential(hours)));
        Some(self.system.all(vec![gate, together]))
    }

    /// Failures a year and their mean hours.
    fn fails(&self, link: &Link) -> (f64, f64) {
        let rates = self.rates;
        match link.kind {
            LinkKind::Dedicated => (rates.link_failures.value, rates.link_hours.value),
            LinkKind::Residential => {
                (rates.link_failures.value, rates.link_hours.value * rates.residential_factor.value)
            }
            LinkKind::Mobile => (rates.mobile_failures.value, rates.mobile_hours.value),
            LinkKind::Satellite => (rates.satellite_failures.value, rates.satellite_hours.value),
        }
    }

    fn edge(&mut self, site: &Site) -> Option<Child> {
        let count = match site.addresses.as_ref().map(|addresses| addresses.edge).unwrap_or_default() {
            Edge::Firewall => 1,
            Edge::FirewallPair => 2,
            Edge::Host | Edge::Cloud => return None,
        };
        let rates = self.rates;
        let outage = Outage::Lognormal { mean: rates.edge_hours.value, sigma: rates.repair_sigma.value };
        let unit = Unit::new(format!("edge {}", site.id), Cause::Edge, rates.edge_failures.value, outage);
        let failover = rates.edge_failover_seconds.value / 3600.0;
        Some(self.system.redundant(1, count, rates.common_cause.value, failover, &unit))
    }
}
