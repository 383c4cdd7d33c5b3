//! The picture of the sites: ways in, zones, machines alike, what runs on them, and what is bought.

use std::collections::BTreeMap;

use askama::Template;

use super::canvas::{Canvas, Chart, Hold, colour, fit, lines};
use super::{Problem, Reader, Study, words};
use crate::Language;
use crate::plan::Planned;
use crate::spec::{Edge, Link, LinkKind, Node, Routing, Site, SiteKind, StorageClass};

/// Letters of the picture.
const SMALL: f64 = 11.5;
const NORMAL: f64 = 13.0;
const WIDTH: i32 = 380;
/// Of each site.
const MOST_ZONES: usize = 8;
const MOST_GROUPS: usize = 16;

#[derive(Template)]
#[template(path = "report/sites.html", syntax = "page", escape = "html", whitespace = "preserve")]
struct Sites {
    l: Language,
    pictures: Vec<Chart>,
    rows: Vec<Vec<String>>,
}

pub(super) fn html(study: &Study, reader: Reader) -> Result<String, Problem> {
    let l = reader.language;
    let picture = |(at, site): (usize, &Site)| picture(study, site, reader, at);
    let pictures = study.spec.sites.iter().enumerate().map(picture).collect::<Result<_, _>>()?;
    let rows = study.spec.sites.iter().map(|site| row(study, site, l)).collect();
    Ok(Sites { l, pictures, rows }.render()?)
}

fn kind(site: &Site, l: Language) -> String {
    let kind = match site.kind {
        SiteKind::OwnRack => l.say("rack próprio", "own rack"),
        SiteKind::Colocation => l.say("colocation", "colocation"),
        SiteKind::CloudRegion => l.say("nuvem", "cloud"),
        SiteKind::OnPremises => l.say("na clínica", "at the clinic"),
    };
    let cloud = [site.provider.as_deref(), site.region.as_deref()].into_iter().flatten();
    std::iter::once(kind).chain(cloud).chain([site.country.as_str()]).collect::<Vec<_>>().join(" · ")
}

fn link(link: &Link, l: Language) -> String {
    let kind = match link.kind {
        LinkKind::Dedicated => l.say("dedicado", "dedicated"),
        LinkKind::Residential => l.say("residencial", "residential"),
        LinkKind::Mobile => l.say("celular", "mobile"),
        LinkKind::Satellite => l.say("satélite", "satellite"),
    };
    let sla = link.sla_percent.map_or_else(String::new, |sla| format!(" · SLA {}", words::percent(sla, l)));
    format!("{} · {kind} · {} Mb/s{sla}", link.carrier, words::amount(link.mbps, l))
}

fn power(site: &Site, l: Language) -> Option<String> {
    let power = site.power.as_ref()?;
    let ups = if power.ups_minutes > 0.0 {
        format!("{} {} min", l.say("nobreak", "UPS"), words::amount(power.ups_minutes, l))
    } else {
        l.say("sem nobreak", "no UPS").to_owned()
    };
    let generator = if power.generator { l.say("gerador", "generator") } else { l.say("sem gerador", "no generator") };
    let rack = if power.rack_units > 0 { format!(" · {} U", power.rack_units) } else { String::new() };
    Some(format!("{ups} · {generator}{rack}"))
}

fn edge(site: &Site, l: Language) -> Option<String> {
    let addresses = site.addresses.as_ref()?;
    let edge = match addresses.edge {
        Edge::Host => l.say("filtro nas máquinas", "filters on the hosts"),
        Edge::Firewall => "firewall",
        Edge::FirewallPair => l.say("dois firewalls", "two firewalls"),
        Edge::Cloud => l.say("proteção da nuvem", "protection of the cloud"),
    };
    let routing = match addresses.routing {
        Routing::Single => None,
        Routing::DualWan => Some("dual WAN"),
        Routing::Bgp => Some("BGP"),
    };
    let vpn = addresses.admin_vpn.then_some("VPN");
    Some(std::iter::once(edge).chain(routing).chain(vpn).collect::<Vec<_>>().join(" · "))
}

fn class(class: StorageClass, l: Language) -> &'static str {
    match class {
        StorageClass::San => "SAN",
        StorageClass::Nas => "NAS",
        StorageClass::Object => l.say("objetos", "objects"),
        StorageClass::ObjectInfrequent => l.say("objetos, acesso raro", "objects, read now and then"),
        StorageClass::ObjectArchive => l.say("arquivo", "archive"),
        StorageClass::ObjectDeepArchive => l.say("arquivo profundo", "deep archive"),
        StorageClass::SharedFiles => l.say("arquivos compartilhados", "shared files"),
    }
}

/// What is bought or kept beside the machines: its name and what it is.
fn beside(study: &Study, site: &Site, l: Language) -> Vec<(String, String)> {
    let storages = study.spec.storage.iter().filter(|one| one.site == site.id);
    let storages =
        storages.map(|one| (one.id.clone(), format!("{} · {} GB", class(one.class, l), words::amount(one.gb, l))));
    let services = study.spec.services.iter().filter(|one| one.site == site.id).map(|one| {
        let zones = one.multi_zone.then(|| l.say("várias zonas", "several zones").to_owned());
        let parts = [one.provides.clone(), zones];
        let said = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        (one.id.clone(), if said.is_empty() { one.item.clone() } else { said })
    });
    storages.chain(services).collect()
}

/// Machines alike in a zone, and how many replicas of what sit on them.
struct Group<'a> {
    node: &'a Node,
    count: usize,
    runs: BTreeMap<&'a str, usize>,
}

impl Group<'_> {
    fn title(&self, l: Language) -> String {
        let times = if self.count > 1 { format!(" × {}", self.count) } else { String::new() };
        format!("{}{times}", self.node.id,)
            + &format!(
                " · {} {} · {} GiB",
                words::amount(self.node.cores, l),
                l.say("núcleos", "cores"),
                words::amount(self.node.memory_gb, l)
            )
            + &self.node.gpus.iter().map(|gpu| format!(" · {}× {}", gpu.count, gpu.model)).collect::<String>()
    }

    fn runs(&self, l: Language) -> String {
        if self.runs.is_empty() {
            return l.say("de reserva", "spare").to_owned();
        }
        let one = |(id, count): (&&str, &usize)| if *count > 1 { format!("{id}×{count}") } else { (*id).to_owned() };
        self.runs.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// The machines of a site by zone.
fn zones<'a>(study: &'a Study, site: &Site) -> Vec<Vec<Group<'a>>> {
    let mut zones: BTreeMap<usize, Vec<Group<'a>>> = BTreeMap::new();
    let here = study.plan.nodes.iter().filter(|planned| planned.site == site.id);
    for planned in here {
        let Some(node) = study.spec.nodes.iter().find(|node| node.id == planned.node) else { continue };
        let groups = zones.entry(planned.zone).or_default();
        let at = groups.iter().position(|group| group.node.id == node.id).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push(Group { node, count: 0, runs: BTreeMap::new() });
        }
        groups[at].count += 1;
        for workload in tenants(study, planned) {
            *groups[at].runs.entry(workload).or_default() += 1;
        }
    }
    zones.into_values().collect()
}

fn tenants<'a>(study: &'a Study, planned: &'a Planned) -> impl Iterator<Item = &'a str> {
    planned
        .tenants
        .iter()
        .filter_map(|tenant| study.plan.demand.get(tenant.demand))
        .map(|asked| asked.workload.as_str())
}

/// Draws downward.
struct Pen {
    canvas: Canvas,
    y: i32,
}

impl Pen {
    /// A box around what `inside` draws, `x` from both edges.
    fn framed(&mut self, x: i32, fill: plotters::style::RGBColor, inside: impl FnOnce(&mut Self)) {
        let (under, top) = (self.canvas.mark(), self.y);
        self.y += 6;
        inside(self);
        self.y += 6;
        let to = (self.canvas.width() - x, self.y);
        self.canvas.frame(under, (x, top), to, fill, colour::LINE);
        self.y += 6;
    }

    fn row(&mut self, x: i32, text: &str, size: f64, bold: bool) {
        self.y += (size * 0.75) as i32;
        let text = fit(text, self.canvas.width() - 2 * x, size);
        let ink = if bold || size == NORMAL { colour::INK } else { colour::MUTED };
        self.canvas.tell((x, self.y), text, size, Hold::Left, ink, bold);
        self.y += (size * 0.75) as i32;
    }

    fn paragraph(&mut self, x: i32, text: &str, size: f64) {
        let width = self.canvas.width() - 2 * x;
        let broken = lines(text, width, size);
        for line in broken.iter().take(6) {
            self.row(x, line, size, false);
        }
        if broken.len() > 6 {
            self.row(x, "…", size, false);
        }
    }
}

fn picture(study: &Study, site: &Site, reader: Reader, at: usize) -> Result<Chart, Problem> {
    let l = reader.language;
    let mut pen = Pen { canvas: Canvas::new(WIDTH), y: 1 };
    internet(&mut pen, site, l);
    pen.framed(1, colour::SURFACE, |pen| {
        pen.row(12, &site.id, 15.0, true);
        pen.row(12, &kind(site, l), SMALL, false);
        for line in [power(site, l), edge(site, l)].into_iter().flatten() {
            pen.row(12, &line, SMALL, false);
        }
        pen.y += 4;
        let zones = zones(study, site);
        let several = zones.len() > 1;
        for (zone, groups) in zones.iter().enumerate().take(MOST_ZONES) {
            if several {
                pen.framed(8, colour::SUNKEN, |pen| {
                    pen.row(16, &format!("{} {}", l.say("Zona", "Zone"), zone + 1), SMALL, true);
                    machines(pen, groups, 14, l);
                });
            } else {
                machines(pen, groups, 8, l);
            }
        }
        if zones.len() > MOST_ZONES {
            pen.row(12, &format!("… + {}", zones.len() - MOST_ZONES), SMALL, false);
        }
        let beside = beside(study, site, l);
        if !beside.is_empty() {
            pen.row(12, l.say("Serviços e armazenamento", "Services and storage"), SMALL, true);
            for (name, said) in beside.iter().take(MOST_GROUPS) {
                pen.row(12, &format!("▪ {name}: {said}"), SMALL, false);
            }
        }
    });
    let title = format!("{} {}", l.say("Local", "Site"), site.id);
    pen.canvas.finish(pen.y, reader.id(&format!("site-{at}")), title, row(study, site, l).join("; "))
}

/// The ways in: a line for each link, from the internet to the site.
fn internet(pen: &mut Pen, site: &Site, l: Language) {
    let cloud = site.kind == SiteKind::CloudRegion;
    if site.links.is_empty() && !cloud {
        return;
    }
    pen.framed(1, colour::SOFT, |pen| pen.row(12, "Internet", SMALL, true));
    pen.y -= 6;
    let top = pen.y;
    let rows = site.links.len().clamp(1, 6) as i32;
    let bottom = top + 20 * rows + 4;
    for (at, one) in site.links.iter().take(6).enumerate() {
        let x = 18 + 12 * at as i32;
        pen.canvas.line(&[(x, top), (x, bottom)], colour::ACCENT, 3);
        let left = 18 + 12 * rows;
        let text = fit(&link(one, l), WIDTH - left - 4, SMALL);
        pen.canvas.say((left, top + 12 + 20 * at as i32), text, SMALL, Hold::Left);
    }
    if site.links.is_empty() {
        pen.canvas.line(&[(18, top), (18, bottom)], colour::ACCENT, 3);
        pen.canvas.say((30, top + 12), l.say("rede da nuvem", "the cloud's network"), SMALL, Hold::Left);
    }
    pen.y = bottom;
}

fn machines(pen: &mut Pen, groups: &[Group<'_>], x: i32, l: Language) {
    for group in groups.iter().take(MOST_GROUPS) {
        pen.framed(x, colour::SOFT, |pen| {
            pen.paragraph(x + 8, &group.title(l), NORMAL);
            pen.paragraph(x + 8, &group.runs(l), SMALL);
        });
    }
    if groups.len() > MOST_GROUPS {
        pen.row(x + 8, &format!("… + {}", groups.len() - MOST_GROUPS), SMALL, false);
    }
}

/// The same in words.
fn row(study: &Study, site: &Site, l: Language) -> Vec<String> {
    let several = |texts: Vec<String>| if texts.is_empty() { "–".to_owned() } else { texts.join("; ") };
    let links = site.links.iter().map(|one| link(one, l)).collect();
    let guards = [power(site, l), edge(site, l)].into_iter().flatten().collect();
    let mut alike: Vec<Group<'_>> = Vec::new();
    for group in zones(study, site).into_iter().flatten() {
        match alike.iter_mut().find(|one| one.node.id == group.node.id) {
            Some(one) => {
                one.count += group.count;
                group.runs.into_iter().for_each(|(id, count)| *one.runs.entry(id).or_default() += count);
            }
            None => alike.push(group),
        }
    }
    let machines = alike.iter().map(|group| format!("{}: {}", group.title(l), group.runs(l))).collect();
    let beside = beside(study, site, l).into_iter().map(|(name, said)| format!("{name}: {said}")).collect();
    vec![
        format!("{} ({})", site.id, kind(site, l)),
        several(links),
        several(guards),
        several(machines),
        several(beside),
    ]
}
