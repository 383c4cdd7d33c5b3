//! What there is to watch: where each Aroeira answers, the machines, the promise that is held against them.

use super::compose;
use super::own::{Machine, Machines, Process};
use super::scene::{Platform, Scene};

/// Port of the node exporter.
pub(super) const HOST: u16 = 9100;

/// Port of the blackbox exporter.
pub(super) const PROBER: u16 = 9115;

/// An address that is scraped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Watched<'a> {
    /// `host:port`.
    pub(super) address: String,
    pub(super) site: &'a str,
    pub(super) node: &'a str,
}

/// Who asks, from where.
#[derive(Clone, Copy)]
pub(super) enum View<'a> {
    /// One of the own machines, of what runs on them.
    Machines,
    /// Somebody beside a cluster, who asks it for its pods.
    Beside,
    /// A pod of the cluster, of what the manifests hold: lines of targets, and how a service of an entry is called.
    Inside { targets: &'a str, service: &'a dyn Fn(&str) -> String },
}

impl View<'_> {
    /// Of who is told nothing else.
    pub(super) fn of(scene: &Scene<'_>) -> Self {
        if scene.in_kubernetes() { Self::Beside } else { Self::Machines }
    }

    pub(super) fn is_cluster(self) -> bool {
        !matches!(self, Self::Machines)
    }

    /// Where an entry is reached: a service of the cluster, a container of some machine, or else the very machine.
    pub(super) fn host(self, scene: &Scene<'_>, entry: &str, port: u16) -> String {
        match self {
            Self::Inside { service, .. } => format!("{}:{port}", service(entry)),
            Self::Beside => format!("{entry}:{port}"),
            Self::Machines if scene.platform() == Platform::Compose => {
                let machines = Machines::of(scene);
                let here = machines.all.iter().flat_map(|machine| &machine.containers);
                let mut here = here.filter(|one| one.app.entry.id == entry);
                format!("{}:{port}", here.next().map_or("localhost", |one| one.name.as_str()))
            }
            Self::Machines => Machines::of(scene).reach(entry).unwrap_or_else(|| format!("localhost:{port}")),
        }
    }
}

/// Every Aroeira on a machine that no Kubernetes looks after, where it listens.
pub(super) fn aroeiras<'a>(scene: &'a Scene<'a>) -> Vec<Watched<'a>> {
    let machines = Machines::of(scene);
    let mut found = Vec::new();
    for machine in &machines.all {
        for (address, _) in listening(scene, &machines, machine) {
            found.push(Watched { address, site: site_of(scene, machine.name), node: machine.name });
        }
    }
    found
}

/// Where each Aroeira of a machine listens.
pub(super) fn listening<'m, 'a>(
    scene: &Scene<'_>,
    machines: &Machines<'_>,
    machine: &'m Machine<'a>,
) -> Vec<(String, &'m Process<'a>)> {
    let address = |at: usize, process: &Process<'_>| match scene.platform() {
        Platform::Compose => format!("{}:{}", compose::address(at), process.inner_port()),
        _ => format!("{}:{}", machines.listen(machine), process.port),
    };
    machine.aroeira.iter().enumerate().map(|(at, process)| (address(at, process), process)).collect()
}

fn site_of<'a>(scene: &'a Scene<'a>, name: &str) -> &'a str {
    scene.plan.nodes.iter().find(|node| node.name == name).map_or("", |node| node.site.as_str())
}

/// The machines that a node exporter runs on: own ones, in their own network, and rented ones by their names where no Kubernetes
/// looks after them.
pub(super) fn hosts<'a>(scene: &'a Scene<'a>, view: View<'_>) -> Vec<Watched<'a>> {
    let kubernetes = view.is_cluster();
    let machines = Machines::of(scene);
    let mut found = Vec::new();
    for node in &scene.plan.nodes {
        let own = machines.all.iter().find(|one| one.name == node.name);
        let host = match own {
            Some(machine) if !kubernetes => machines.listen(machine),
            None if kubernetes => continue,
            _ => &node.name,
        };
        found.push(Watched { address: format!("{host}:{HOST}"), site: &node.site, node: &node.name });
    }
    found
}

/// Where TLS ends on own machines, and where who looks at its certificates answers: beside the first Prometheus.
pub(super) fn edges<'a>(scene: &'a Scene<'a>, view: View<'_>) -> (Vec<Watched<'a>>, String) {
    let machines = Machines::of(scene);
    if view.is_cluster() || scene.served().is_none() {
        return (Vec::new(), String::new());
    }
    let edge = |machine: &Machine<'a>| Watched {
        address: format!("{}:443", machines.listen(machine)),
        site: site_of(scene, machine.name),
        node: machine.name,
    };
    let prober = machines.watchers().first().map(|machine| format!("{}:{PROBER}", machines.listen(machine)));
    (machines.edges().map(edge).collect(), prober.unwrap_or_default())
}

/// How many Aroeiras the plan has: shards of what is shared, and one for each set of a clinic's own.
pub(super) fn planned(scene: &Scene<'_>) -> u32 {
    let aroeiras = scene.apps.iter().filter(|app| app.is_aroeira());
    aroeiras.map(|app| if app.asked.own { app.asked.sets } else { app.asked.replicas }).sum()
}

/// Whether the spec has Aroeira at all.
pub(super) fn has_aroeira(scene: &Scene<'_>) -> bool {
    scene.apps.iter().any(super::scene::App::is_aroeira)
}
