//! Lines of machines, storage and what is bought as it is.

use super::line::{Line, What};
use super::price::{Ask, Prices};
use crate::prices::Group;
use crate::spec::{DiskKind, Node, SiteKind, StorageClass};

/// Machines: rented by their kind, own ones as a whole where a book has the item, else by their parts.
pub(super) fn nodes(prices: &Prices<'_>, lines: &mut Vec<Line>) {
    for node in &prices.spec.nodes {
        let rented = prices.is_cloud(&node.site) || node.instance.is_some();
        let whole = node.item.as_ref().is_some_and(|item| prices.find(item).is_some());
        if rented || whole {
            let mut ask = Ask::new(Group::Compute, What::Node, &node.id, "");
            ask.items = items(prices, node);
            ask.payment = node.instance.as_ref().map(|instance| instance.payment);
            lines.push(prices.line(&ask.at(&node.site).times(f64::from(node.count))));
            network_disks(prices, node, lines);
        } else {
            parts(prices, node, lines);
        }
    }
}

/// What a rented machine may be called.
fn items(prices: &Prices<'_>, node: &Node) -> Vec<String> {
    let mut items: Vec<String> = node.item.iter().cloned().collect();
    let provider = prices.site(&node.site).and_then(|site| site.provider.as_deref()).unwrap_or("cloud");
    match (&node.instance, provider) {
        (Some(instance), "aws") => {
            items.push(format!("aws.ec2.{}", instance.kind));
            items.push(format!("aws.ecs.{}", instance.kind));
        }
        (Some(instance), "gcp") => items.push(format!("gcp.compute.{}", instance.kind)),
        (Some(instance), "azure") => items.push(format!("azure.vm.{}", instance.kind)),
        (Some(instance), other) => items.push(format!("{other}.{}", instance.kind)),
        (None, other) => items.push(format!("{other}.machine")),
    }
    items
}

/// Disks that a cloud rents beside the machine; those in it are in its price.
fn network_disks(prices: &Prices<'_>, node: &Node, lines: &mut Vec<Line>) {
    for disk in node.disks.iter().filter(|disk| disk.kind == DiskKind::Network) {
        let mut ask = Ask::new(Group::Storage, What::Disk, &node.id, disk_item(prices, &node.site)).at(&node.site);
        ask.gb = Some(disk.gb * f64::from(disk.count) * f64::from(node.count));
        lines.push(prices.line(&ask));
    }
}

/// An own machine by what is in it.
fn parts(prices: &Prices<'_>, node: &Node, lines: &mut Vec<Line>) {
    let count = f64::from(node.count);
    let from = lines.len();
    let mut add = |what: What, group: Group, item: String, count: f64, gb: Option<f64>| {
        let mut ask = Ask::new(group, what, &node.id, item).at(&node.site).times(count);
        ask.gb = gb;
        lines.push(prices.line(&ask));
    };
    add(What::Chassis, Group::Compute, "hardware.chassis".into(), count, None);
    add(What::Cores, Group::Compute, "hardware.core".into(), count * node.cores, None);
    let memory = if node.ecc { "hardware.memory-gb.ecc" } else { "hardware.memory-gb" };
    add(What::Memory, Group::Compute, memory.into(), count * node.memory_gb, None);
    for disk in &node.disks {
        let kind = match disk.kind {
            DiskKind::Hdd => "hdd",
            DiskKind::Ssd => "ssd",
            DiskKind::Nvme => "nvme",
            DiskKind::Network => continue,
        };
        let gb = count * disk.gb * f64::from(disk.count);
        add(What::Disk, Group::Storage, format!("hardware.disk.{kind}-gb"), gb, Some(gb));
    }
    for gpu in &node.gpus {
        let model = gpu.model.to_lowercase().replace(' ', "-");
        add(What::Card, Group::Compute, format!("hardware.gpu.{model}"), count * f64::from(gpu.count), None);
    }
    for line in &mut lines[from..] {
        line.instead_of.clone_from(&node.item);
    }
}

/// Storage beside the machines.
pub(super) fn storage(prices: &Prices<'_>, lines: &mut Vec<Line>) {
    for storage in &prices.spec.storage {
        let default = storage_item(prices, &storage.site, storage.class);
        let mut ask = Ask::new(Group::Storage, What::Storage, &storage.id, default).at(&storage.site);
        if let Some(item) = &storage.item {
            ask.items.insert(0, item.clone());
        }
        ask.gb = Some(storage.gb);
        let mut line = prices.line(&ask);
        line.instead_of = storage.item.clone().filter(|item| *item != line.item);
        lines.push(line);
    }
}

/// What storage of a class is called where it stands.
pub(super) fn storage_item(prices: &Prices<'_>, site: &str, class: StorageClass) -> String {
    let site = prices.site(site);
    if site.is_none_or(|site| site.kind != SiteKind::CloudRegion) {
        return if class == StorageClass::San { "hardware.san-gb" } else { "hardware.nas-gb" }.to_owned();
    }
    let provider = site.and_then(|site| site.provider.as_deref()).unwrap_or("cloud");
    storage_of(provider, class)
}

/// What a provider's storage of a class is called.
pub(super) fn storage_of(provider: &str, class: StorageClass) -> String {
    let objects = if provider == "aws" { "aws.s3".to_owned() } else { format!("{provider}.storage") };
    match (class, provider) {
        (StorageClass::Object, _) => format!("{objects}.standard"),
        (StorageClass::ObjectInfrequent, _) => format!("{objects}.infrequent"),
        (StorageClass::ObjectArchive, _) => format!("{objects}.archive"),
        (StorageClass::ObjectDeepArchive, _) => format!("{objects}.deep-archive"),
        (StorageClass::San, "aws") => "aws.ebs".to_owned(),
        (StorageClass::San, _) => format!("{provider}.disk"),
        (StorageClass::Nas | StorageClass::SharedFiles, "aws") => "aws.efs".to_owned(),
        (StorageClass::Nas | StorageClass::SharedFiles, "gcp") => "gcp.filestore".to_owned(),
        (StorageClass::Nas | StorageClass::SharedFiles, _) => format!("{provider}.files"),
    }
}

fn disk_item(prices: &Prices<'_>, site: &str) -> String {
    storage_item(prices, site, StorageClass::San)
}

/// What is bought as it is.
pub(super) fn services(prices: &Prices<'_>, lines: &mut Vec<Line>) {
    for service in &prices.spec.services {
        let ask = Ask::new(Group::Compute, What::Service, &service.id, &service.item).at(&service.site);
        let mut ask = ask.times(service.count);
        ask.payment = Some(service.payment);
        ask.multi_zone = service.multi_zone;
        lines.push(prices.line(&ask));
    }
}
