//! Azure: network, AKS, PostgreSQL Flexible Server, Managed Redis, Blob Storage, Application Gateway with WAF, Key Vault, a budget.

use askama::Template;

use super::rented::{Bought, Bucket, Rented};
use super::{Files, Problem};
use crate::render::filters;
use crate::spec::StorageClass;

super::files! {
    Versions "terraform/azure/versions.tf",
    Variables "terraform/azure/variables.tf",
    Backend "terraform/azure/backend.hcl.example",
    Keys "terraform/azure/keys.tf",
    Access "terraform/azure/access.tf",
    Network "terraform/azure/network.tf",
    Private "terraform/azure/private.tf",
    Cluster "terraform/azure/cluster.tf",
    Storage "terraform/azure/storage.tf",
    Edge "terraform/azure/edge.tf",
    Budget "terraform/azure/budget.tf",
    Outputs "terraform/azure/outputs.tf",
}

#[derive(Template)]
#[template(path = "terraform/azure/database.tf", escape = "none")]
struct Database<'a> {
    r: &'a Rented<'a>,
    database: &'a Bought<'a>,
}

#[derive(Template)]
#[template(path = "terraform/azure/cache.tf", escape = "none")]
struct Cache<'a> {
    r: &'a Rented<'a>,
    cache: &'a Bought<'a>,
}

pub(super) fn render(r: &Rented<'_>, files: &mut Files) -> Result<(), Problem> {
    let cluster = !r.groups.is_empty();
    r.put(files, true, "versions.tf", Versions { r }.render())?;
    r.put(files, true, "variables.tf", Variables { r }.render())?;
    r.put(files, true, "backend.hcl.example", Backend { r }.render())?;
    r.put(files, true, "keys.tf", Keys { r }.render())?;
    r.put(files, true, "budget.tf", Budget { r }.render())?;
    r.put(files, true, "outputs.tf", Outputs { r }.render())?;
    r.put(files, r.networked(), "network.tf", Network { r }.render())?;
    r.put(files, r.networked(), "private.tf", Private { r }.render())?;
    r.put(files, cluster, "cluster.tf", Cluster { r }.render())?;
    r.put(files, r.keeps_secrets(), "access.tf", Access { r }.render())?;
    r.put(files, !r.buckets.is_empty(), "storage.tf", Storage { r }.render())?;
    r.put(files, r.balancer, "edge.tf", Edge { r }.render())?;
    if let Some(database) = &r.database {
        r.put(files, true, "database.tf", Database { r, database }.render())?;
    }
    if let Some(cache) = &r.cache {
        r.put(files, true, "cache.tf", Cache { r, cache }.render())?;
    }
    Ok(())
}

impl Rented<'_> {
    /// As Azure numbers them.
    fn zone_numbers(&self) -> std::ops::RangeInclusive<u32> {
        1..=self.zones()
    }
}

impl Bought<'_> {
    /// The size of disk that Azure sells, in mebibytes: 32 GiB and its doubles.
    fn azure_mb(&self) -> u64 {
        self.gb.next_power_of_two().clamp(32, 32_768) * 1024
    }
}

impl Bucket<'_> {
    /// It lies in three zones, which Azure's archive does not.
    fn zonal(&self) -> bool {
        self.class != StorageClass::ObjectDeepArchive
    }

    /// When blobs go to which tier, or go, as wide as each other.
    fn azure_tiers(&self, rented: &Rented<'_>) -> Vec<(u64, String)> {
        let moves = self.moves(rented).into_iter().filter(|(_, tier)| !self.zonal() || *tier != "tier_to_archive");
        let end = self.immutable.then_some((rented.last_day(), "delete"));
        let all = moves.map(|(days, tier)| (u64::from(days), tier)).chain(end);
        let names = all.map(|(days, tier)| (days, format!("{tier}_after_days_since_modification_greater_than")));
        let width = names.clone().map(|(_, name)| name.len()).max().unwrap_or(0);
        names.map(|(days, name)| (days, format!("{name:width$}"))).collect()
    }
}
