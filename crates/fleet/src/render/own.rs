//! Own machines: which of Aroeira's processes are run where, which other containers beside them, and by what addresses they
//! speak to each other. Compose and systemd are both written from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Planned;
use crate::spec::{ClinicPlan, Clinics, Edge, Isolation, SiteKind, Spec};

use super::naming;
use super::scene::{App, Scene};

/// The network of the machines, over WireGuard: the third part is the group of machines, the fourth the machine in it.
pub(super) const MESH: &str = "10.77.0.0/16";
/// Machines alike, and groups of them, that addresses are given to.
const MOST: usize = 250;
/// The network that podman gives to containers.
pub(super) const PODMAN: &str = "10.88.0.0/16";
/// Aroeira's first port on a machine.
const FIRST_PORT: u16 = 8101;

/// A machine of one's own, with who is run on it.
pub(super) struct Machine<'a> {
    pub(super) name: &'a str,
    /// In the network of the machines.
    pub(super) address: String,
    pub(super) aroeira: Vec<Process<'a>>,
    pub(super) containers: Vec<Process<'a>>,
    /// People's browsers reach it.
    pub(super) edge: bool,
}

/// A workload's process on a machine.
pub(super) struct Process<'a> {
    pub(super) app: &'a App<'a>,
    /// Its unit, its directory, and the first label of its host name.
    pub(super) name: String,
    /// On the machine; 0 where it listens nowhere.
    pub(super) port: u16,
    /// Which card of the machine.
    pub(super) card: Option<usize>,
}

impl<'a> Machine<'a> {
    /// All that is run on it.
    pub(super) fn all(&self) -> impl Iterator<Item = &Process<'a>> {
        self.aroeira.iter().chain(&self.containers)
    }

    /// Whether an entry runs here in a container.
    pub(super) fn runs(&self, entry: &str) -> bool {
        self.containers.iter().any(|one| one.app.entry.id == entry)
    }
}

impl Process<'_> {
    /// The port inside of its container.
    pub(super) fn inner_port(&self) -> u16 {
        self.app.port()
    }
}

/// A replica of the plan that no unit is written for.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Left {
    pub(super) workload: String,
    pub(super) why: Why,
}

/// Why there is no unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// A clinic's files have one process.
    Sealed,
    /// Its copies follow each other only where somebody says which of them leads.
    Cluster,
    /// It is bought, or has no image.
    Image,
}

/// Machines of one's own, in the plan's order.
pub(super) struct Machines<'a> {
    pub(super) all: Vec<Machine<'a>>,
    pub(super) left: BTreeSet<Left>,
    /// There are more machines or groups than addresses.
    pub(super) too_many: bool,
}

/// A place that is not rented by the hour.
pub(super) fn is_own(spec: &Spec, site: &str) -> bool {
    spec.sites.iter().any(|one| one.id == site && one.kind != SiteKind::CloudRegion)
}

/// The names of Aroeira's processes: by demand, set and replica. One process holds a directory, so that a replica of what is
/// shared is a part of the clinics, and a second one of a clinic's own is none.
pub(super) fn names(scene: &Scene<'_>) -> BTreeMap<(usize, usize, usize), String> {
    let mut names = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for app in &scene.apps {
        let mut own = own_clinics(scene.spec, app);
        for set in 0..app.asked.sets as usize {
            let base = match own.next() {
                Some((clinic, named)) if app.asked.own => {
                    let count = counts.entry(format!("{}/{clinic}", app.id())).or_default();
                    *count += 1;
                    let number = if named && *count == 1 { String::new() } else { format!("-{count}") };
                    format!("{}-{clinic}{number}", app.id())
                }
                _ => app.id().to_owned(),
            };
            // A second process of a clinic's own is none.
            let alone = app.asked.replicas == 1 || app.asked.own && app.is_aroeira();
            for replica in 0..if alone { 1 } else { app.asked.replicas as usize } {
                let mut name = if alone { base.clone() } else { format!("{base}-{}", replica + 1) };
                while !taken.insert(name.clone()) {
                    name.push('x');
                }
                names.insert((app.at, set, replica), name);
            }
        }
    }
    names
}

/// A clinic's name as a label of its host.
fn called(name: &str) -> String {
    let label = naming::label(name, 40);
    if label.is_empty() { "clinica".to_owned() } else { label }
}

/// What the clinics with a process of their own are called, in the plan's order; whether by their own names.
fn own_clinics(spec: &Spec, app: &App<'_>) -> impl Iterator<Item = (String, bool)> + use<> {
    let of = |one: &&Clinics| {
        one.isolation != Isolation::Pool && one.workload.as_deref().unwrap_or("aroeira") == app.id() && one.count > 0
    };
    let entry = spec.clinics.iter().filter(of).nth(app.own_entry);
    let called = entry.map(|one| match (&one.name, one.plan) {
        (Some(name), _) => (called(name), true),
        (None, ClinicPlan::Starter) => ("starter".to_owned(), false),
        (None, ClinicPlan::Professional) => ("professional".to_owned(), false),
        (None, ClinicPlan::Enterprise) => ("enterprise".to_owned(), false),
    });
    std::iter::repeat_n(called.unwrap_or_default(), entry.map_or(0, |one| one.count as usize))
}

impl<'a> Machines<'a> {
    pub(super) fn of(scene: &'a Scene<'a>) -> Self {
        let names = names(scene);
        let mut seen: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let mut machines = Self { all: Vec::new(), left: BTreeSet::new(), too_many: false };
        for node in &scene.plan.nodes {
            if !is_own(scene.spec, &node.site) {
                continue;
            }
            let group = groups.len();
            let (group, count) = groups.entry(node.node.as_str()).or_insert((group, 0));
            *count += 1;
            machines.too_many |= *group >= MOST || *count >= MOST;
            let address = format!("10.77.{group}.{count}");
            let machine = machines.settle(scene, node, address, &names, &mut seen);
            machines.all.push(machine);
        }
        machines.choose_edges(scene);
        machines
    }

    fn settle(
        &mut self,
        scene: &'a Scene<'a>,
        node: &'a Planned,
        address: String,
        names: &BTreeMap<(usize, usize, usize), String>,
        seen: &mut BTreeMap<(usize, usize), usize>,
    ) -> Machine<'a> {
        let mut machine =
            Machine { name: &node.name, address, aroeira: Vec::new(), containers: Vec::new(), edge: false };
        // The edge's own, and what is watched there.
        let mut ports = BTreeSet::from([22, 80, 443, 8081, 8404, 9100, 9115]);
        for tenant in &node.tenants {
            let replica = seen.entry((tenant.demand, tenant.set)).or_default();
            let place = (tenant.demand, tenant.set, *replica);
            *replica += 1;
            let Some(app) = scene.apps.iter().find(|app| app.at == tenant.demand) else { continue };
            let why = if app.is_aroeira() {
                (app.asked.own && place.2 > 0).then_some(Why::Sealed)
            } else if app.entry.image.is_none() {
                Some(Why::Image)
            } else {
                (app.is_clustered() && place.2 > 0).then_some(Why::Cluster)
            };
            if let Some(why) = why {
                self.left.insert(Left { workload: app.id().to_owned(), why });
                continue;
            }
            // Debian's own nginx is the edge.
            if app.entry.id == "nginx" {
                machine.edge = true;
                continue;
            }
            let wished = if app.is_aroeira() { FIRST_PORT } else { app.port() };
            let port = if wished == 0 { 0 } else { (wished..).find(|port| ports.insert(*port)).unwrap_or(wished) };
            let name = names.get(&place).cloned().unwrap_or_else(|| app.id().to_owned());
            let process = Process { app, name, port, card: tenant.card };
            if app.is_aroeira() { machine.aroeira.push(process) } else { machine.containers.push(process) }
        }
        machine
    }

    /// The edge stands where the spec runs nginx; else on two machines, those that serve people before others.
    fn choose_edges(&mut self, scene: &Scene<'_>) {
        if self.all.iter().any(|machine| machine.edge) {
            return;
        }
        let Some(served) = scene.served() else { return };
        let rank = |machine: &Machine<'_>| match machine.all().any(|one| one.app.entry.id == served) {
            true => 0,
            // A card is too dear to wait for a browser.
            false => 1 + usize::from(machine.all().any(|one| one.card.is_some())),
        };
        let mut ranked: Vec<(usize, usize)> = self.all.iter().map(rank).zip(0..).collect();
        ranked.sort_unstable();
        for (_, at) in ranked.into_iter().take(2) {
            if let Some(machine) = self.all.get_mut(at) {
                machine.edge = true;
            }
        }
    }

    /// They speak over the network of the machines: there are several, or containers that reach each other by their machine.
    pub(super) fn is_mesh(&self) -> bool {
        self.all.len() > 1 || self.all.iter().any(|one| !one.containers.is_empty())
    }

    /// Where what runs on a machine listens.
    pub(super) fn listen<'m>(&self, machine: &'m Machine<'_>) -> &'m str {
        if self.is_mesh() { &machine.address } else { "127.0.0.1" }
    }

    /// Machines that read metrics: those with Prometheus, or else the first, for who installs one there.
    pub(super) fn watchers(&self) -> Vec<&Machine<'a>> {
        let run: Vec<_> = self.all.iter().filter(|one| one.runs("prometheus")).collect();
        if run.is_empty() { self.all.iter().take(1).collect() } else { run }
    }

    /// Where an entry that runs in a container is reached.
    pub(super) fn reach(&self, entry: &str) -> Option<String> {
        let mut places = self.all.iter().flat_map(|machine| {
            let here = machine.containers.iter().filter(|one| one.app.entry.id == entry);
            here.map(|one| format!("{}:{}", self.listen(machine), one.port))
        });
        places.next()
    }

    /// Machines that people's browsers reach.
    pub(super) fn edges(&self) -> impl Iterator<Item = &Machine<'a>> {
        self.all.iter().filter(|machine| machine.edge)
    }
}

/// What stands at the edge of the first place of one's own.
pub(super) fn edge_of(spec: &Spec) -> Edge {
    let own = spec.sites.iter().filter(|site| is_own(spec, &site.id));
    own.filter_map(|site| site.addresses.as_ref()).map(|one| one.edge).next().unwrap_or_default()
}

/// Administrators come in by VPN alone.
pub(super) fn has_vpn(spec: &Spec) -> bool {
    let own = spec.sites.iter().filter(|site| is_own(spec, &site.id));
    own.filter_map(|site| site.addresses.as_ref()).any(|one| one.admin_vpn)
}
