//! What there is to watch: where each Aroeira answers, the machines, the promise that is held against them.

use crate::spec::Isolation;

use super::own::Machines;
use super::scene::Scene;

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

/// Whether the fleet runs in Kubernetes: one is rented, or clinics have namespaces of it.
pub(super) fn in_kubernetes(scene: &Scene<'_>) -> bool {
    let rented = |item: &str| item.split('.').any(|part| ["eks", "gke", "aks"].contains(&part));
    scene.spec.services.iter().any(|one| rented(&one.item))
        || scene.spec.clinics.iter().any(|one| one.isolation == Isolation::Namespace)
}

/// Every Aroeira on a machine that no Kubernetes looks after, where it listens.
pub(super) fn aroeiras<'a>(scene: &'a Scene<'a>) -> Vec<Watched<'a>> {
    let machines = Machines::of(scene);
    let mut found = Vec::new();
    for machine in &machines.all {
        for process in &machine.aroeira {
            found.push(Watched {
                address: format!("{}:{}", machines.listen(machine), process.port),
                site: site_of(scene, machine.name),
                node: machine.name,
            });
        }
    }
    found
}

fn site_of<'a>(scene: &'a Scene<'a>, name: &str) -> &'a str {
    scene.plan.nodes.iter().find(|node| node.name == name).map_or("", |node| node.site.as_str())
}

/// The machines that a node exporter runs on: own ones, in their own network, and rented ones by their names where no Kubernetes
/// looks after them.
pub(super) fn hosts<'a>(scene: &'a Scene<'a>) -> Vec<Watched<'a>> {
    let kubernetes = in_kubernetes(scene);
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
