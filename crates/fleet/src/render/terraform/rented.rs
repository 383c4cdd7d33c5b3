//! What a site of a cloud rents, as Terraform needs it.

use crate::Spec;
use crate::cost::Cost;
use crate::plan::Access;
use crate::render::scene::Scene;
use crate::spec::{Edge, Kept, Service, Site, StorageClass};

use super::parts::{Bought, Bucket, Group, transitions};
use super::{Files, Problem, short};

mod access;
mod kept;

/// Kinds of services that are files of several machines.
const FILES: [&str; 3] = ["efs", "filestore", "files"];
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
    pub(super) scene: &'a Scene<'a>,
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
    /// Gigabytes of them.
    pub(super) files_gb: u64,
    pub(super) registry: bool,
    pub(super) tables: bool,
    /// What of it a month costs, in the spec's currency.
    pub(super) month: String,
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
            files_gb: 0,
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
        let provider = self.provider;
        let bucket = |kept: Kept<'a>| {
            let transitions = transitions(provider, kept.class, access);
            Bucket { id: kept.id, class: kept.class, immutable: kept.immutable, transitions }
        };
        self.buckets = self.spec.objects_at(&self.site.id).map(bucket).collect();
        self.fill_files();
        self.registry = self.bought("ecr");
        self.tables = self.provider == Provider::Aws && self.services().any(|one| one.item.starts_with("aws.dynamodb"));
        let cluster = !self.groups.is_empty();
        self.cdn = cluster && ["cloudfront", "cdn", "frontdoor"].into_iter().any(|kind| self.bought(kind));
        let edge = self.site.addresses.as_ref().is_some_and(|addresses| addresses.edge == Edge::Cloud);
        let balancers = ["alb", "lb", "gateway", "waf"].into_iter().any(|kind| self.bought(kind));
        self.balancer = cluster && (edge || balancers || self.cdn);
    }

    fn fill_files(&mut self) {
        let storage = self.spec.storage.iter().filter(|one| one.site == self.site.id);
        let shared = storage.filter(|one| matches!(one.class, StorageClass::Nas | StorageClass::SharedFiles));
        let bought = self.services().filter(|one| FILES.contains(&kind_of(one)));
        let sizes: Vec<f64> = shared.map(|one| one.gb).chain(bought.map(|one| one.count)).collect();
        self.files = !sizes.is_empty();
        self.files_gb = sizes.iter().sum::<f64>().ceil() as u64;
    }

    /// What is bought at the site.
    pub(super) fn services(&self) -> impl Iterator<Item = &'a Service> + use<'a> {
        let site = &self.site.id;
        self.spec.services.iter().filter(move |one| one.site == *site)
    }

    /// Whether the spec counts something of this kind there: `nat` of `aws.nat`.
    pub(super) fn bought(&self, kind: &str) -> bool {
        self.services().any(|one| kind_of(one) == kind)
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

    /// Machines that serve a model, as many as were bought.
    pub(super) fn models(&self) -> u64 {
        let bought = self.services().filter(|one| self.is_aws() && kind_of(one) == "sagemaker");
        bought.map(|one| one.count.ceil() as u64).sum()
    }

    /// It has a network of its own.
    pub(super) fn networked(&self) -> bool {
        let within = self.database.is_some() || self.cache.is_some() || self.files || self.models() > 0;
        !self.groups.is_empty() || within || self.endpoints()
    }

    /// Its objects answer at private addresses alone.
    fn endpoints(&self) -> bool {
        self.provider == Provider::Azure && !self.buckets.is_empty()
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
        super::network(self.at)
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
            let kind = kind_of(one);
            let first = [&self.database, &self.cache].into_iter().flatten().any(|bought| bought.service.id == one.id);
            let cluster =
                !self.groups.is_empty() && ["eks", "gke", "aks", "alb", "lb", "gateway", "nat", "waf"].contains(&kind);
            let edge = self.cdn && ["cloudfront", "cdn", "frontdoor"].contains(&kind);
            let part = ["kms", "secret", "ebs", "disk", "ecr", "egress", "ipv4"].contains(&kind)
                || one.item == "aws.rds.storage"
                || one.item.starts_with("gcp.sql.")
                || one.item.starts_with("azure.postgresql.")
                || FILES.contains(&kind)
                || (self.models() > 0 && kind == "sagemaker")
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
        !self.groups.is_empty() && self.spec.environments.iter().any(wanted)
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

/// What kind of thing a service is: `nat` of `aws.nat`.
fn kind_of(service: &Service) -> &str {
    service.item.split('.').nth(1).unwrap_or_default()
}

/// A number with two digits after the point.
fn plain(number: f64) -> String {
    format!("{number:.2}")
}
