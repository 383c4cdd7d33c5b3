//! What one change would bring: the spec with it, simulated again with the same chance, so that the difference is the
//! change and not luck.

use serde::Serialize;

use super::{Availability, MINUTES, Model, Rates, simulate, threads};
use crate::Catalogue;
use crate::spec::{Addresses, Edge, Link, LinkKind, Power, Routing, SiteKind, Spec};

/// Changes that are tried.
const TRIED: usize = 12;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum Step {
    /// A link of another carrier, and an edge that changes over.
    SecondLink {
        /// The site.
        site: String,
    },
    /// A second firewall that takes over.
    SecondFirewall {
        /// The site.
        site: String,
    },
    /// A generator that takes over by itself, behind half an hour of batteries at least.
    Generator {
        /// The site.
        site: String,
    },
    /// One node more of those, and one replica more of what runs on them.
    OneMoreNode {
        /// The node.
        node: String,
    },
    /// The service over several zones.
    MultiZone {
        /// The service.
        service: String,
    },
    /// Each change copied at once.
    ContinuousBackup,
    /// Spare parts on site.
    SparePart,
}

/// What a change would bring.
#[derive(Debug, Clone, Serialize)]
pub struct Improvement {
    /// The change.
    #[serde(flatten)]
    pub step: Step,
    /// Percent of the time that it is up with it.
    pub percent: f64,
    /// Minutes a year that it is down less.
    pub minutes: f64,
    /// Share of the years that keep the promise with it, from 0 to 1.
    pub keeps_promise: Option<f64>,
    /// Hours of work a year that are lost less.
    pub lost_hours: f64,
    /// The spec with it, for whoever knows its price.
    #[serde(skip)]
    pub spec: Spec,
}

/// Tries the changes that the spec leaves open.
pub(super) fn improvements(
    spec: &Spec,
    catalogue: &Catalogue,
    rates: &Rates,
    seed: u64,
    years: u32,
    now: &Availability,
) -> Vec<Improvement> {
    let mut tried: Vec<Improvement> = steps(spec)
        .into_iter()
        .take(TRIED)
        .map(|step| {
            let (spec, rates) = with(spec, rates, &step);
            let outcome = simulate(&Model::new(&spec, catalogue, &rates).system, seed, years, threads());
            let percent = outcome.availability() * 100.0;
            Improvement {
                step,
                percent,
                minutes: (percent - now.percent) / 100.0 * MINUTES,
                keeps_promise: now.promise_percent.map(|promise| outcome.years_that_keep(promise / 100.0)),
                lost_hours: now.lost_hours - outcome.lost_hours / outcome.years.len() as f64,
                spec,
            }
        })
        .collect();
    tried.sort_by(|a, b| b.minutes.total_cmp(&a.minutes));
    tried
}

fn steps(spec: &Spec) -> Vec<Step> {
    let mut steps = Vec::new();
    let own_hardware = spec.sites.iter().any(|site| site.kind != SiteKind::CloudRegion);
    if own_hardware && !spec.nodes.is_empty() {
        steps.push(Step::SparePart);
    }
    if spec.backup.every_hours != Some(0.0) {
        steps.push(Step::ContinuousBackup);
    }
    for site in spec.sites.iter().filter(|site| site.kind != SiteKind::CloudRegion).take(TRIED) {
        let routing = site.addresses.as_ref().map(|addresses| addresses.routing).unwrap_or_default();
        let carriers = site.links.iter().any(|link| link.carrier != site.links[0].carrier);
        if site.kind != SiteKind::OnPremises && !site.links.is_empty() && (routing == Routing::Single || !carriers) {
            steps.push(Step::SecondLink { site: site.id.clone() });
        }
        let edge = site.addresses.as_ref().map(|addresses| addresses.edge);
        if site.kind != SiteKind::OnPremises && edge == Some(Edge::Firewall) {
            steps.push(Step::SecondFirewall { site: site.id.clone() });
        }
        let is_ours = site.kind != SiteKind::Colocation;
        if is_ours && !site.power.as_ref().is_some_and(|power| power.generator) {
            steps.push(Step::Generator { site: site.id.clone() });
        }
    }
    for node in spec.nodes.iter().filter(|node| node.count < 16).take(4) {
        steps.push(Step::OneMoreNode { node: node.id.clone() });
    }
    for service in spec.services.iter().filter(|service| !service.multi_zone && service.provides.is_some()).take(4) {
        steps.push(Step::MultiZone { service: service.id.clone() });
    }
    steps
}

/// The spec and the rates with a change.
fn with(spec: &Spec, rates: &Rates, step: &Step) -> (Spec, Rates) {
    let (mut spec, mut rates) = (spec.clone(), rates.clone());
    match step {
        Step::SparePart => {
            let spare = rates.incident_hours_spare.value.min(rates.incident_hours.value);
            rates.incident_hours.value = spare;
        }
        Step::ContinuousBackup => spec.backup.every_hours = Some(0.0),
        Step::SecondLink { site } => {
            for site in spec.sites.iter_mut().filter(|one| one.id == *site) {
                let carriers = site.links.iter().any(|link| link.carrier != site.links[0].carrier);
                if !carriers {
                    let mbps = site.links.first().map_or(100.0, |link| link.mbps);
                    let carrier = "another carrier".to_owned();
                    site.links.push(Link { kind: LinkKind::Dedicated, carrier, mbps, sla_percent: None });
                }
                let none =
                    Addresses { ipv4_prefix: None, routing: Routing::DualWan, edge: Edge::Host, admin_vpn: false };
                let addresses = site.addresses.get_or_insert(none);
                if addresses.routing == Routing::Single {
                    addresses.routing = Routing::DualWan;
                }
            }
        }
        Step::SecondFirewall { site } => {
            for site in spec.sites.iter_mut().filter(|one| one.id == *site) {
                if let Some(addresses) = &mut site.addresses {
                    addresses.edge = Edge::FirewallPair;
                }
            }
        }
        Step::Generator { site } => {
            for site in spec.sites.iter_mut().filter(|one| one.id == *site) {
                let none =
                    Power { ups_minutes: 0.0, generator: false, rack_units: 0, cooling_btu_hour: 0.0, watts: 0.0 };
                let power = site.power.get_or_insert(none);
                power.generator = true;
                power.ups_minutes = power.ups_minutes.max(30.0);
            }
        }
        Step::OneMoreNode { node } => {
            for node in spec.nodes.iter_mut().filter(|one| one.id == *node) {
                node.count += 1;
            }
            for workload in &mut spec.workloads {
                let here = workload.place.nodes.is_empty() || workload.place.nodes.contains(node);
                if here && let Some(replicas) = &mut workload.replicas {
                    *replicas = replicas.saturating_add(1);
                }
            }
        }
        Step::MultiZone { service } => {
            for service in spec.services.iter_mut().filter(|one| one.id == *service) {
                service.multi_zone = true;
            }
        }
    }
    (spec, rates)
}
