//! What there is to watch: where each Aroeira answers, the machines, the promise that is held against them.

use super::compose;
use super::own::{Machine, Machines, Process};
use super::scene::{Platform, Scene};

/// Port of the node exporter.
const HOST: u16 = 9100;

/// An address that is scraped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Watched<'a> {
    /// `host:port`.
    pub(super) address: String,
    pub(super) site: &'a str,
    pub(super) node: &'a str,
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
pub(super) fn hosts<'a>(scene: &'a Scene<'a>) -> Vec<Watched<'a>> {
    let kubernetes = scene.in_kubernetes();
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

/// Whether the spec has Aroeira at all.
pub(super) fn has_aroeira(scene: &Scene<'_>) -> bool {
    scene.apps.iter().any(super::scene::App::is_aroeira)
}
