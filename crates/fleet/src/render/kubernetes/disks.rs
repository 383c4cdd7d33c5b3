//! Kinds of disks, a storage class each: encrypted, kept when a claim goes, bound where the pod sits.

use super::Kube;
use crate::render::scene::App;
use crate::spec::{DiskKind, Node, SiteKind, StorageClass};

/// A storage class.
#[derive(Clone, PartialEq)]
pub(super) struct Disk {
    /// `nvme`, `san`.
    pub(super) kind: &'static str,
    pub(super) provisioner: String,
    pub(super) parameters: Vec<(&'static str, String)>,
}

fn kind_of(disk: DiskKind) -> &'static str {
    match disk {
        DiskKind::Hdd => "hdd",
        DiskKind::Ssd => "ssd",
        DiskKind::Nvme => "nvme",
        DiskKind::Network => "network",
    }
}

/// Where what a workload keeps lies: beside the nodes where the spec has a place for it, else on the node itself.
pub(super) fn kind_for(k: &Kube<'_>, app: &App<'_>) -> &'static str {
    let beside = |class| k.scene.spec.storage.iter().any(|one| one.class == class);
    if beside(StorageClass::San) {
        return if cloud(k).is_some() { "network" } else { "san" };
    }
    if beside(StorageClass::Nas) {
        return "nas";
    }
    let place = &app.workload.place;
    let may = |node: &&Node| place.allows(node);
    let disk = k.scene.spec.nodes.iter().filter(may).flat_map(|node| &node.disks).next();
    disk.map_or("network", |disk| kind_of(disk.kind))
}

/// The cloud that all machines stand in.
pub(super) fn cloud<'a>(k: &Kube<'a>) -> Option<(&'a str, &'a str)> {
    let own = [SiteKind::OwnRack, SiteKind::Colocation, SiteKind::OnPremises];
    if own.into_iter().any(|kind| k.scene.runs_at(kind)) {
        return None;
    }
    let mut sites = k.scene.spec.nodes.iter().filter_map(|node| k.scene.site_of(node));
    let site = sites.find(|site| site.kind == SiteKind::CloudRegion)?;
    Some((site.provider.as_deref().unwrap_or("aws"), site.region.as_deref().unwrap_or("")))
}

/// Every class that something lies on.
pub(super) fn all(k: &Kube<'_>) -> Vec<Disk> {
    let mut kinds: Vec<&'static str> =
        k.scene.apps.iter().filter(|app| app.asked.keeps_gb > 0.0).map(|app| kind_for(k, app)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().map(|kind| disk(k, kind)).collect()
}

fn disk(k: &Kube<'_>, kind: &'static str) -> Disk {
    let shared = k.scene.filled(|to| to.storage_driver.as_deref(), "csi.storage.example.org");
    let (provisioner, parameters): (&str, &[(&str, &str)]) = match (kind, cloud(k).map(|(provider, _)| provider)) {
        ("network", Some("gcp")) => ("pd.csi.storage.gke.io", &[("type", "pd-balanced")]),
        ("network", Some("azure")) => ("disk.csi.azure.com", &[("skuName", "Premium_ZRS")]),
        ("network", _) => ("ebs.csi.aws.com", &[("type", "gp3"), ("encrypted", "true")]),
        ("san" | "nas", _) => (shared, &[("csi.storage.k8s.io/fstype", "ext4")]),
        (kind, _) => ("topolvm.io", &[("csi.storage.k8s.io/fstype", "xfs"), ("topolvm.io/device-class", kind)]),
    };
    let parameter = |(key, value): &(&'static str, &str)| (*key, (*value).to_owned());
    Disk {
        kind,
        provisioner: k.slots.put(&["disks", kind], provisioner),
        parameters: parameters.iter().map(parameter).collect(),
    }
}
