//! The spec of a fleet: what a provider hosts, for whom, where and how surely. Written as TOML; units stand in the names.

mod examine;
mod installation;
mod installed;
mod place;
mod position;
mod read;
mod watching;
mod work;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use examine::is_name;
pub use installation::{Installation, Peer, RunBy, Told};
pub(crate) use place::Kept;
pub use place::{
    Addresses, Disk, DiskKind, Edge, Gpu, Instance, Link, LinkKind, Node, Power, Raid, Routing, Site, SiteKind,
    Storage, StorageClass,
};
pub use position::{Place, Places};
pub use read::SpecError;
pub(crate) use watching::minutes;
pub use watching::{Channel, Logs, Traces, Watching};
pub use work::{
    Backup, ClinicPlan, Clinics, Environment, Hours, Isolation, Payment, Placement, Promises, Residency, Service,
    Spread, Workload,
};

/// A fleet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// As reports and manifests call it: letters, digits and hyphens.
    pub name: String,
    /// Money of the reports, ISO 4217: `BRL`, `USD`.
    pub currency: String,
    /// Books that prices are looked up in, the first that has an item wins: `requirements-2025`, `aws-2026-11`.
    pub price_books: Vec<String>,
    /// What customers are promised.
    #[serde(default)]
    pub promises: Promises,
    /// How copies are made.
    #[serde(default)]
    pub backup: Backup,
    /// Where data may be.
    #[serde(default)]
    pub residency: Residency,
    /// How the provider grows.
    #[serde(default)]
    pub growth: Growth,
    /// What a clinic pays, and what the provider pays beside machines.
    #[serde(default)]
    pub business: Business,
    /// Where logs, traces and alerts go.
    #[serde(default)]
    pub watching: Watching,
    /// What only the installation knows: names, addresses, accounts.
    #[serde(default)]
    pub installation: Installation,
    /// Places where something runs.
    #[serde(default, rename = "site", skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<Site>,
    /// Machines, own or rented.
    #[serde(default, rename = "node", skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Node>,
    /// Storage beside the disks of the nodes.
    #[serde(default, rename = "storage", skip_serializing_if = "Vec::is_empty")]
    pub storage: Vec<Storage>,
    /// What is bought as it is: managed databases, load balancers, a CDN.
    #[serde(default, rename = "service", skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// Who is hosted.
    #[serde(default, rename = "clinics", skip_serializing_if = "Vec::is_empty")]
    pub clinics: Vec<Clinics>,
    /// What runs on the nodes.
    #[serde(default, rename = "workload", skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<Workload>,
    /// Staging, development and the like, beside production.
    #[serde(default, rename = "environment", skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<Environment>,
}

/// Machines from which a cluster keeps its own head when one of them goes.
pub(crate) const LEAST_OF_CLUSTER: u64 = 3;

impl Spec {
    /// Machines, all together.
    pub(crate) fn machines(&self) -> u64 {
        self.nodes.iter().map(|node| u64::from(node.count)).sum()
    }

    /// Whether any machine stands at such a place.
    pub(crate) fn runs_at(&self, kind: SiteKind) -> bool {
        let here = |node: &Node| self.sites.iter().any(|site| site.id == node.site && site.kind == kind);
        self.nodes.iter().any(here)
    }

    /// What keeps objects at a site: what is bought there, then its storage.
    pub(crate) fn objects_at(&self, site: &str) -> impl Iterator<Item = Kept<'_>> {
        let bought = self.services.iter().filter(move |one| one.site == site);
        let bought = bought.filter(|one| one.provides.as_deref() == Some("object-store"));
        let bought = bought.map(|one| Kept { id: &one.id, class: StorageClass::Object, immutable: false });
        let storage = self.storage.iter().filter(move |one| one.site == site && one.class.is_object());
        bought.chain(storage.map(|one| Kept { id: &one.id, class: one.class, immutable: one.immutable }))
    }

    /// What databases of a site are copied to: what is read now and then, else what is read often, else anything.
    pub(crate) fn copies_at(&self, site: &str) -> Option<Kept<'_>> {
        let of = |class| self.objects_at(site).find(|kept| kept.class == class);
        of(StorageClass::ObjectInfrequent).or_else(|| of(StorageClass::Object)).or_else(|| self.objects_at(site).next())
    }

    /// What databases of a cluster are copied to: at its own site where that keeps objects, else wherever the fleet does.
    pub(crate) fn copies(&self) -> Option<Kept<'_>> {
        let own = self.nodes.iter().map(|node| node.site.as_str());
        own.chain(self.sites.iter().map(|site| site.id.as_str())).find_map(|site| self.copies_at(site))
    }

    /// Whether a cluster can be made of it at all.
    pub(crate) fn bears_cluster(&self) -> bool {
        self.machines() >= LEAST_OF_CLUSTER || self.runs_at(SiteKind::CloudRegion)
    }
}

/// How the number of clinics, and what each keeps, grows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Growth {
    /// New clinics a month, in percent of those there are: expected.
    pub clinics_percent_month: f64,
    /// Standard deviation of it, in points.
    pub clinics_deviation: f64,
    /// Growth of data beside what the catalogue says of each workload, in percent a month.
    pub data_percent_month: f64,
}

impl Default for Growth {
    /// Five percent a month, give or take three: assumed.
    fn default() -> Self {
        Self { clinics_percent_month: 5.0, clinics_deviation: 3.0, data_percent_month: 0.0 }
    }
}

/// The money beside machines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Business {
    /// What a clinic pays a month, by plan, in the spec's currency.
    pub price_starter: Option<f64>,
    /// As `price_starter`.
    pub price_professional: Option<f64>,
    /// As `price_starter`.
    pub price_enterprise: Option<f64>,
    /// Taxes on what is bought, in percent.
    pub tax_percent: f64,
    /// Hours of staff a month.
    pub staff_hours_month: f64,
    /// Of each month of a clinic's payment, percent given back for every started tenth of a percent below the promise.
    pub penalty_percent: f64,
    /// Years over which own hardware is written off; five where it is not said.
    pub depreciation_years: Option<f64>,
}
