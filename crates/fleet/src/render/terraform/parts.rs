//! What a site of a cloud rents, piece by piece: machines, services with a size, objects.

use crate::plan::Access;
use crate::spec::{DiskKind, Node, Payment, Service, StorageClass};

use super::rented::{Provider, Rented};
use super::short;

/// Days of a month, where one counts in days.
const MONTH_DAYS: u32 = 30;
/// Gigabytes of a machine's own disk, where the spec says none.
const SYSTEM_GB: u64 = 50;

/// Machines alike.
pub(super) struct Group<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) count: u32,
    pub(super) gpu: bool,
    pub(super) gpu_model: &'a str,
    pub(super) gpu_count: u32,
    pub(super) disk_gb: u64,
    payment: Payment,
}

/// A service with its size.
pub(super) struct Bought<'a> {
    pub(super) service: &'a Service,
    /// Nothing where its item names none.
    pub(super) size: Option<&'a str>,
    pub(super) multi_zone: bool,
    pub(super) gb: u64,
}

/// Objects.
pub(super) struct Bucket<'a> {
    pub(super) id: &'a str,
    pub(super) class: StorageClass,
    pub(super) immutable: bool,
    /// Days after which objects go to a class, as the provider calls it.
    pub(super) transitions: Vec<(u32, &'static str)>,
}

impl<'a> Group<'a> {
    pub(super) fn of(node: &'a Node) -> Self {
        let named = node.instance.as_ref().map(|instance| instance.kind.as_str());
        let item = node.item.as_deref().and_then(|item| item.splitn(3, '.').nth(2));
        let disks = node.disks.iter().filter(|disk| disk.kind == DiskKind::Network);
        let gb = disks.map(|disk| disk.gb * f64::from(disk.count)).sum::<f64>().ceil() as u64;
        Self {
            id: &node.id,
            kind: named.or(item).unwrap_or_default(),
            count: node.count,
            gpu: !node.gpus.is_empty(),
            gpu_model: node.gpus.first().map_or("", |gpu| gpu.model.as_str()),
            gpu_count: node.gpus.iter().map(|gpu| gpu.count).sum(),
            disk_gb: gb.max(SYSTEM_GB),
            payment: node.instance.as_ref().map(|instance| instance.payment).unwrap_or_default(),
        }
    }

    /// It may be taken away at any moment.
    pub(super) fn spot(&self) -> bool {
        self.payment == Payment::Spot
    }

    /// As EKS calls it.
    pub(super) fn capacity(&self) -> &'static str {
        if self.spot() { "SPOT" } else { "ON_DEMAND" }
    }

    /// The image of EKS for its processor and card: Graviton has a `g` after the generation.
    pub(super) fn image(&self) -> &'static str {
        let family = self.kind.split('.').next().unwrap_or_default();
        let after = family.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
        let arm = after.trim_start_matches(|letter: char| letter.is_ascii_digit()).starts_with('g');
        match (arm, self.gpu) {
            (false, false) => "AL2023_x86_64_STANDARD",
            (false, true) => "AL2023_x86_64_NVIDIA",
            (true, false) => "AL2023_ARM_64_STANDARD",
            (true, true) => "AL2023_ARM_64_NVIDIA",
        }
    }

    /// A name of letters and digits alone, at most so many.
    pub(super) fn pool(&self, most: usize) -> String {
        let name = short(self.id, most);
        name.chars().filter(char::is_ascii_alphanumeric).collect()
    }
}

impl Bought<'_> {
    /// Machines that hold it: two where a zone may fail.
    pub(super) fn copies(&self) -> u32 {
        if self.multi_zone { 2 } else { 1 }
    }
}

impl Bucket<'_> {
    /// Its name within the files.
    pub(super) fn label(&self) -> String {
        format!("objects-{}", self.id)
    }

    /// Its part of a name that must be short.
    pub(super) fn short(&self) -> String {
        short(self.id, 12)
    }

    /// As `short`, of letters and digits alone.
    pub(super) fn pressed(&self, most: usize) -> String {
        short(self.id, most).chars().filter(char::is_ascii_alphanumeric).collect()
    }

    /// What it is for.
    pub(super) fn told(&self, rented: &Rented<'_>) -> &'static str {
        match (self.class, self.immutable) {
            (_, true) => {
                rented.say("cópias que ninguém apaga antes da hora", "copies that nobody deletes before their time")
            }
            (StorageClass::Object, false) => rented.say("arquivos lidos com frequência", "files that are read often"),
            _ => rented.say("arquivos lidos de vez em quando", "files that are read now and then"),
        }
    }
}

/// When objects go to which class. What is bought as a colder class goes there as early as the provider takes it.
pub(super) fn transitions(provider: Provider, class: StorageClass, access: &Access) -> Vec<(u32, &'static str)> {
    let names = match provider {
        Provider::Aws => ["STANDARD_IA", "GLACIER", "DEEP_ARCHIVE"],
        Provider::Google => ["NEARLINE", "COLDLINE", "ARCHIVE"],
        Provider::Azure => ["tier_to_cool", "tier_to_cold", "tier_to_archive"],
    };
    let own = match class {
        StorageClass::ObjectInfrequent => 1,
        StorageClass::ObjectArchive => 2,
        StorageClass::ObjectDeepArchive => 3,
        _ => 0,
    };
    let months = [access.infrequent_months, access.archive_months, access.deep_archive_months];
    let mut all = Vec::new();
    for (at, (months, name)) in months.into_iter().zip(names).enumerate() {
        // The class that was bought, and those after it, in their order; 30 days is the least that AWS takes for the first.
        let days = if at + 1 == own { MONTH_DAYS } else { months.saturating_mul(MONTH_DAYS).max(MONTH_DAYS) };
        let last = all.last().map_or(0, |(days, _)| *days);
        if at + 1 >= own && days > last {
            all.push((days, name));
        }
    }
    all
}
