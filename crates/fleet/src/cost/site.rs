//! Lines of places: electricity, cooling, racks, links, the edge; and of people and licences.

use super::line::{Line, What};
use super::price::{Ask, Prices, country};
use crate::prices::{Group, MONTH_HOURS, Spread, Unit};
use crate::spec::{Edge, LinkKind, Node, Routing, Site, SiteKind};

/// All places but the clouds, whose prices have power and racks in them and whose traffic is a service.
pub(super) fn sites(prices: &Prices<'_>, lines: &mut Vec<Line>) {
    for site in prices.spec.sites.iter().filter(|site| site.kind != SiteKind::CloudRegion) {
        let nodes: Vec<&Node> =
            prices.spec.nodes.iter().filter(|node| node.site == site.id && node.instance.is_none()).collect();
        let watts: f64 = nodes.iter().map(|node| node.watts * f64::from(node.count)).sum();
        if nodes.iter().any(|node| node.watts <= 0.0) {
            lines.push(prices.line(&Ask::new(Group::Power, What::Power, &site.id, "node.watts").at(&site.id)));
        }
        if site.kind == SiteKind::Colocation {
            rented_rack(prices, site, &nodes, watts, lines);
        } else {
            own_power(prices, site, watts, lines);
        }
        links(prices, site, lines);
        edge(prices, site, lines);
        if nodes.iter().map(|node| u64::from(node.count)).sum::<u64>() > 1 {
            let ask = Ask::new(Group::Network, What::Switch, &site.id, "hardware.switch");
            lines.push(prices.line(&ask.at(&site.id).times(2.0)));
        }
    }
}

fn rented_rack(prices: &Prices<'_>, site: &Site, nodes: &[&Node], watts: f64, lines: &mut Vec<Line>) {
    let units: f64 = nodes.iter().map(|node| f64::from(node.rack_units) * f64::from(node.count)).sum();
    let item = |name: &str| format!("{}.colocation.{name}", country(site));
    let ask = Ask::new(Group::Colocation, What::RackUnits, &site.id, item("rack-unit"));
    lines.push(prices.line(&ask.at(&site.id).times(units)));
    let ask = Ask::new(Group::Colocation, What::ColocationPower, &site.id, item("kw"));
    lines.push(prices.line(&ask.at(&site.id).times(watts / 1000.0)));
}

/// Electricity by the meter: watts under load all month, and as much on top of it as PUE says.
fn own_power(prices: &Prices<'_>, site: &Site, watts: f64, lines: &mut Vec<Line>) {
    let country = country(site);
    let kwh = watts / 1000.0 * MONTH_HOURS;
    let ask = |what: What, item: String| Ask::new(Group::Power, what, &site.id, item).at(&site.id);
    if kwh > 0.0 {
        lines.push(prices.line(&ask(What::Power, format!("{country}.kwh")).times(kwh)));
        let pue = prices.figure(&format!("{country}.pue")).filter(|found| found.item.unit == Unit::Factor);
        let mut cooling = ask(What::Cooling, format!("{country}.kwh"));
        match pue.map(|found| found.item.spread()) {
            Some(pue) => {
                let above = |pue: f64| kwh * (pue - 1.0).max(0.0);
                cooling.count = Spread { low: above(pue.low), likely: above(pue.likely), high: above(pue.high) };
            }
            None => cooling.items = vec![format!("{country}.pue")],
        }
        lines.push(prices.line(&cooling));
    }
    let Some(power) = &site.power else { return };
    let kw = power.watts.max(watts) / 1000.0;
    if power.ups_minutes > 0.0 {
        lines.push(prices.line(&ask(What::Ups, "hardware.ups.kw".into()).times(kw)));
    }
    if power.generator {
        lines.push(prices.line(&ask(What::Generator, "hardware.generator.kw".into()).times(kw)));
        lines.push(prices.line(&ask(What::GeneratorUpkeep, format!("{country}.generator.upkeep"))));
    }
    if power.rack_units > 0 {
        let racks = f64::from(power.rack_units.div_ceil(42));
        lines.push(prices.line(&ask(What::Rack, "hardware.rack".into()).times(racks)));
    }
    if power.cooling_btu_hour > 0.0 {
        let ask = ask(What::AirConditioning, "hardware.cooling.btu".into());
        lines.push(prices.line(&ask.times(power.cooling_btu_hour)));
    }
}

fn links(prices: &Prices<'_>, site: &Site, lines: &mut Vec<Line>) {
    let country = country(site);
    for link in &site.links {
        let (name, count) = match link.kind {
            LinkKind::Dedicated if site.kind == SiteKind::Colocation => ("colocation.mbps", link.mbps),
            LinkKind::Dedicated => ("dedicated.mbps", link.mbps),
            LinkKind::Residential => ("residential", 1.0),
            LinkKind::Mobile => ("mobile", 1.0),
            LinkKind::Satellite => ("satellite", 1.0),
        };
        let ask = Ask::new(Group::Network, What::Link, &link.carrier, format!("{country}.link.{name}"));
        lines.push(prices.line(&ask.at(&site.id).times(count)));
    }
}

fn edge(prices: &Prices<'_>, site: &Site, lines: &mut Vec<Line>) {
    let Some(addresses) = &site.addresses else { return };
    let country = country(site);
    let ask = |what: What, item: String| Ask::new(Group::Network, what, &site.id, item).at(&site.id);
    if let Some(prefix) = addresses.ipv4_prefix {
        let block = 2_f64.powi(32 - i32::from(prefix.min(32)));
        lines.push(prices.line(&ask(What::Addresses, format!("{country}.ipv4")).times(block)));
    }
    if addresses.routing == Routing::Bgp {
        lines.push(prices.line(&ask(What::Routing, format!("{country}.bgp"))));
    }
    match addresses.edge {
        Edge::Host => {}
        Edge::Firewall => lines.push(prices.line(&ask(What::Firewall, "hardware.firewall".into()))),
        Edge::FirewallPair => {
            lines.push(prices.line(&ask(What::Firewall, "hardware.firewall".into()).times(2.0)));
        }
        Edge::Cloud => lines.push(prices.line(&ask(What::EdgeService, format!("{country}.edge.cloud")))),
    }
}

/// Hypervisors of own machines: by the core where they are sold so, else by the machine.
pub(super) fn licences(prices: &Prices<'_>, lines: &mut Vec<Line>) {
    for node in prices.spec.nodes.iter().filter(|node| !prices.is_cloud(&node.site)) {
        let Some(hypervisor) = node.hypervisor.as_deref().filter(|name| *name != "none") else { continue };
        let count = f64::from(node.count);
        let (item, count) = match hypervisor {
            "vmware" => ("licence.vmware.core".to_owned(), count * node.cores),
            other => (format!("licence.{other}"), count),
        };
        lines.push(prices.line(&Ask::new(Group::Licences, What::Licence, &node.id, item).at(&node.site).times(count)));
    }
}

/// Hours of work, at what they cost in the country of the first place.
pub(super) fn staff(prices: &Prices<'_>, lines: &mut Vec<Line>) {
    let hours = prices.spec.business.staff_hours_month;
    if hours > 0.0 {
        let country = prices.spec.sites.first().map_or_else(|| "brazil".to_owned(), country);
        let ask = Ask::new(Group::Staff, What::Staff, "staff_hours_month", format!("{country}.staff.hour"));
        lines.push(prices.line(&ask.times(hours)));
    }
}
