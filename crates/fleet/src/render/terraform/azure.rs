//! Azure: network, AKS, PostgreSQL Flexible Server, Managed Redis, Blob Storage, Azure Files, Application Gateway with WAF, Front Door, Key Vault, a budget.

use askama::Template;

use super::parts::{Bought, Bucket};
use super::rented::Rented;
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
    Database "terraform/azure/database.tf",
    Cache "terraform/azure/cache.tf",
    Storage "terraform/azure/storage.tf",
    SharedFiles "terraform/azure/files.tf",
    Edge "terraform/azure/edge.tf",
    Cdn "terraform/azure/cdn.tf",
    Office "terraform/azure/office.tf",
    Budget "terraform/azure/budget.tf",
    Outputs "terraform/azure/outputs.tf",
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
    r.put(files, r.office(), "office.tf", Office { r }.render())?;
    r.put(files, r.keeps_secrets(), "access.tf", Access { r }.render())?;
    r.put(files, !r.buckets.is_empty(), "storage.tf", Storage { r }.render())?;
    r.put(files, r.files, "files.tf", SharedFiles { r }.render())?;
    r.put(files, r.balancer, "edge.tf", Edge { r }.render())?;
    r.put(files, r.cdn, "cdn.tf", Cdn { r }.render())?;
    r.put(files, r.database.is_some(), "database.tf", Database { r }.render())?;
    r.put(files, r.cache.is_some(), "cache.tf", Cache { r }.render())?;
    Ok(())
}

impl Rented<'_> {
    /// Addresses of pods, which lie over the network.
    fn pods(&self) -> &str {
        self.scene.filled(|to| to.cidr_pods.as_deref(), "10.244.0.0/16")
    }

    /// As large as Azure sells a share of the Premium class, in gibibytes.
    fn azure_share_gb(&self) -> u64 {
        self.files_gb.clamp(100, 102_400)
    }

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
