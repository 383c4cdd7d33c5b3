//! What a site of a cloud rents, as Terraform needs it.

use crate::Spec;
use crate::cost::Cost;
use crate::plan::Access;
use crate::render::scene::Scene;
use crate::spec::{DiskKind, Edge, Node, Payment, Service, Site, StorageClass};

use super::{Files, Problem, short};

mod access;
mod kept;

/// Days of a month, where one counts in days.
const MONTH_DAYS: u32 = 30;
/// Gigabytes of a machine's own disk, where the spec says none.
const SYSTEM_GB: u64 = 50;
/// Gigabytes of a database, where the spec says none.
const DATABASE_GB: u64 = 100;

/// The clouds that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    Aws,
    Google,
    Azure,
}

/// A site with all that is rented there.
pub(super) struct Rented<'a> {
    scene: &'a Scene<'a>,
    pub(super) spec: &'a Spec,
    pub(super) site: &'a Site,
    pub(super) provider: Provider,
    pub(super) region: &'a str,
    /// Of fleet and site, as long as clouds take it.
    pub(super) name: String,
    /// Which of the spec's sites.
    at: usize,
    pub(super) groups: Vec<Group<'a>>,
    pub(super) database: Option<Bought<'a>>,
    pub(super) cache: Option<Bought<'a>>,
    pub(super) buckets: Vec<Bucket<'a>>,
    /// A balancer with a firewall for the web.
    pub(super) balancer: bool,
    pub(super) cdn: bool,
    /// Files that several machines share.
    pub(super) files: bool,
    pub(super) registry: bool,
    pub(super) tables: bool,
    /// What of it a month costs, in the spec's currency.
    pub(super) month: String,
}

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

impl<'a> Rented<'a> {
    /// Nothing where the cloud is not known.
    pub(super) fn of(scene: &'a Scene<'a>, cost: &Cost, at: usize, site: &'a Site) -> Option<Self> {
        let provider = match site.provider.as_deref()? {
            "aws" => Provider::Aws,
            "gcp" => Provider::Google,
            "azure" => Provider::Azure,
            _ => return None,
        };
        let spec = scene.spec;
        let groups: Vec<Group<'_>> = spec.nodes.iter().filter(|node| node.site == site.id).map(Group::of).collect();
        let month =
            cost.lines.iter().filter(|line| line.site.as_deref() == Some(&site.id)).map(|line| line.month.total);
        let mut rented = Self {
            scene,
            spec,
            site,
            provider,
            region: site.region.as_deref()?,
            name: short(&format!("{}-{}", spec.name, site.id), 20),
            at,
            groups,
            database: None,
            cache: None,
            buckets: Vec::new(),
            balancer: false,
            cdn: false,
            files: false,
            registry: false,
            tables: false,
            month: plain(month.map(crate::money::Money::as_f64).sum::<f64>()),
        };
        rented.fill(&scene.plan.terms.access);
        Some(rented)
    }

    /// Puts one of the site's files where it is wanted.
    pub(super) fn put(
        &self,
        files: &mut Files,
        wanted: bool,
        name: &str,
        text: askama::Result<String>,
    ) -> Result<(), Problem> {
        if wanted {
            files.put(format!("{}/{name}", self.site.id), text?.trim_start().to_owned());
        }
        Ok(())
    }

    fn fill(&mut self, access: &Access) {
        self.database = self.providing("postgresql");
        self.cache = self.providing("valkey");
        let storage = self.spec.storage.iter().filter(|one| one.site == self.site.id);
        let (objects, others): (Vec<_>, Vec<_>) = storage.partition(|one| is_object(one.class));
        let bought = self.services().filter(|one| one.provides.as_deref() == Some("object-store"));
        let bought = bought.map(|one| (one.id.as_str(), StorageClass::Object, false));
        let objects = objects.into_iter().map(|one| (one.id.as_str(), one.class, one.immutable));
        let provider = self.provider;
        self.buckets = bought
            .chain(objects)
            .map(|(id, class, immutable)| {
                let transitions = transitions(provider, class, access);
                Bucket { id, class, immutable, transitions }
            })
            .collect();
        self.files = others.iter().any(|one| matches!(one.class, StorageClass::Nas | StorageClass::SharedFiles));
        self.registry = self.bought("ecr");
        self.tables = self.provider == Provider::Aws && self.services().any(|one| one.item.starts_with("aws.dynamodb"));
        let cluster = !self.groups.is_empty();
        self.cdn = cluster && ["cloudfront", "cdn", "frontdoor"].into_iter().any(|kind| self.bought(kind));
        let edge = self.site.addresses.as_ref().is_some_and(|addresses| addresses.edge == Edge::Cloud);
        let balancers = ["alb", "lb", "gateway", "waf"].into_iter().any(|kind| self.bought(kind));
        self.balancer = cluster && (edge || balancers || self.cdn);
    }

    /// What is bought at the site.
    pub(super) fn services(&self) -> impl Iterator<Item = &'a Service> + use<'a> {
        let site = &self.site.id;
        self.spec.services.iter().filter(move |one| one.site == *site)
    }

    /// Whether the spec counts something of this kind there: `nat` of `aws.nat`.
    pub(super) fn bought(&self, kind: &str) -> bool {
        self.services().any(|one| one.item.split('.').nth(1) == Some(kind))
    }

    /// What stands in for a workload.
    fn providing(&self, workload: &str) -> Option<Bought<'a>> {
        let service = self.services().find(|one| one.provides.as_deref() == Some(workload))?;
        // The item is `aws.rds.db.t3.medium`, `azure.redis.c1`, or names no size: `gcp.memorystore.gb`.
        let size = service.item.splitn(3, '.').nth(2).filter(|size| match self.provider {
            Provider::Aws => size.starts_with("db.") || size.starts_with("cache."),
            Provider::Google => false,
            Provider::Azure => *size == "c1",
        });
        let disks = ["aws.rds.storage", "gcp.sql.storage", "azure.postgresql.storage"];
        let disk = self.services().find(|one| disks.contains(&one.item.as_str()));
        let gb = disk.map_or(DATABASE_GB, |one| one.count.ceil() as u64).max(20);
        Some(Bought { service, size, multi_zone: service.multi_zone, gb })
    }

    /// Of what is bought, how many of this item there are.
    pub(super) fn count(&self, item: &str, least: u64) -> u64 {
        self.services().find(|one| one.item == item).map_or(least, |one| (one.count.ceil() as u64).max(least))
    }

    /// It has a network of its own.
    pub(super) fn networked(&self) -> bool {
        !self.groups.is_empty() || self.database.is_some() || self.cache.is_some() || self.files || self.endpoints()
    }

    /// Its objects answer at private addresses alone.
    fn endpoints(&self) -> bool {
        self.provider == Provider::Azure && !self.buckets.is_empty()
    }

    /// Files that several machines share, where nothing is written for them.
    pub(super) fn files_left_out(&self) -> bool {
        self.files && !self.is_aws()
    }

    /// Zones it stretches over: managed services want two at least.
    pub(super) fn zones(&self) -> u32 {
        self.site.zones.clamp(2, 3)
    }

    /// As AWS names them.
    pub(super) fn zone_names(&self) -> Vec<String> {
        ('a'..).take(self.zones() as usize).map(|letter| format!("{}{letter}", self.region)).collect()
    }

    /// Addresses, another block for each site.
    pub(super) fn cidr(&self) -> String {
        format!("10.{}.0.0/16", 20 + self.at % 200)
    }

    /// Days that a copy is kept.
    pub(super) fn keep_days(&self) -> u64 {
        (self.spec.backup.keep_days.ceil() as u64).clamp(1, 36_500)
    }

    /// As `keep_days`, and no more than a service takes.
    pub(super) fn retention_days(&self, most: u64) -> u64 {
        self.keep_days().min(most)
    }

    /// Rule sets of AWS's firewall for the web, with their order.
    pub(super) fn waf_rules(&self) -> Vec<(&'static str, u32)> {
        let sets = [
            "AWSManagedRulesAmazonIpReputationList",
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
            "AWSManagedRulesSQLiRuleSet",
        ];
        sets.into_iter().zip((1..).map(|at| at * 10)).collect()
    }

    /// What the spec buys here and nothing is written for.
    pub(super) fn left_out(&self) -> Vec<&'a Service> {
        let written = |one: &&Service| {
            let kind = one.item.split('.').nth(1).unwrap_or_default();
            let first = [&self.database, &self.cache].into_iter().flatten().any(|bought| bought.service.id == one.id);
            let cluster =
                !self.groups.is_empty() && ["eks", "gke", "aks", "alb", "lb", "gateway", "nat", "waf"].contains(&kind);
            let edge = self.cdn && self.is_aws() && ["cloudfront", "cdn", "frontdoor"].contains(&kind);
            let part = ["kms", "secret", "ebs", "disk", "ecr", "egress", "ipv4"].contains(&kind)
                || one.item == "aws.rds.storage"
                || one.item.starts_with("gcp.sql.")
                || one.item.starts_with("azure.postgresql.")
                || (self.tables && kind == "dynamodb");
            first || cluster || edge || part || one.provides.as_deref() == Some("object-store")
        };
        self.services().filter(|one| !written(one)).collect()
    }

    /// One of two texts, by the language of the comments.
    pub(super) fn say<'t>(&self, portuguese: &'t str, english: &'t str) -> &'t str {
        self.scene.say(portuguese, english)
    }

    /// Its machines can stop out of office hours, and an environment wants them to.
    pub(super) fn office(&self) -> bool {
        let wanted = |one: &crate::spec::Environment| one.hours == crate::spec::Hours::Office && one.scale > 0.0;
        self.is_aws() && !self.groups.is_empty() && self.spec.environments.iter().any(wanted)
    }

    pub(super) fn is_aws(&self) -> bool {
        self.provider == Provider::Aws
    }

    pub(super) fn is_google(&self) -> bool {
        self.provider == Provider::Google
    }

    pub(super) fn is_azure(&self) -> bool {
        self.provider == Provider::Azure
    }
}

impl<'a> Group<'a> {
    fn of(node: &'a Node) -> Self {
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

fn is_object(class: StorageClass) -> bool {
    use StorageClass::{Object, ObjectArchive, ObjectDeepArchive, ObjectInfrequent};
    matches!(class, Object | ObjectInfrequent | ObjectArchive | ObjectDeepArchive)
}

/// When objects go to which class. What is bought as a colder class goes there as early as the provider takes it.
fn transitions(provider: Provider, class: StorageClass, access: &Access) -> Vec<(u32, &'static str)> {
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

/// A number with two digits after the point.
fn plain(number: f64) -> String {
    format!("{number:.2}")
}
