//! What there is to watch: where each Aroeira answers, the machines, the promise that is held against them.

use crate::spec::{Isolation, SiteKind};

use super::scene::Scene;

/// Port of Aroeira; further sets on one machine take the next ones.
const AROEIRA: u16 = 8080;
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

/// Every Aroeira that the plan places, by the machine it sits on.
pub(super) fn aroeiras<'a>(scene: &Scene<'a>) -> Vec<Watched<'a>> {
    let is_aroeira = |at: usize| {
        let asked = scene.plan.demand.get(at);
        asked.is_some_and(|asked| scene.apps.iter().any(|app| app.is_aroeira() && std::ptr::eq(app.asked, asked)))
    };
    let mut found = Vec::new();
    for node in &scene.plan.nodes {
        let here = node.tenants.iter().filter(|tenant| is_aroeira(tenant.demand)).count();
        for at in 0..u16::try_from(here).unwrap_or(u16::MAX - AROEIRA) {
            found.push(Watched {
                address: format!("{}:{}", node.name, AROEIRA + at),
                site: &node.site,
                node: &node.name,
            });
        }
    }
    found
}

/// The machines that a node exporter runs on: own ones, and rented ones that no Kubernetes looks after.
pub(super) fn hosts<'a>(scene: &Scene<'a>) -> Vec<Watched<'a>> {
    let kubernetes = in_kubernetes(scene);
    let own = |site: &str| {
        let site = scene.spec.sites.iter().find(|one| one.id == site);
        !kubernetes || site.is_some_and(|site| site.kind != SiteKind::CloudRegion)
    };
    let nodes = scene.plan.nodes.iter().filter(|node| own(&node.site));
    nodes.map(|node| Watched { address: format!("{}:{HOST}", node.name), site: &node.site, node: &node.name }).collect()
}

/// Whether the spec has Aroeira at all.
pub(super) fn has_aroeira(scene: &Scene<'_>) -> bool {
    scene.apps.iter().any(super::scene::App::is_aroeira)
}
