//! What and for whom: clinics, workloads, services, environments, promises and copies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Node;

/// What customers are promised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Promises {
    /// In percent of a year: 99.9.
    pub availability_percent: Option<f64>,
    /// Hours until it runs again after a disaster.
    pub rto_hours: Option<f64>,
    /// Hours of work that may be lost.
    pub rpo_hours: Option<f64>,
    /// Years that records are kept. Twenty by law 13.787/2018.
    pub retention_years: f64,
    /// Machines that may fail at once without harm: 1 for N+1.
    pub spare_nodes: u32,
}

impl Default for Promises {
    fn default() -> Self {
        Self { availability_percent: None, rto_hours: None, rpo_hours: None, retention_years: 20.0, spare_nodes: 1 }
    }
}

/// How copies are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// Hours between two; 0 where each change is copied at once.
    pub every_hours: Option<f64>,
    /// Copies, the live one with them.
    pub copies: u32,
    /// Sorts of media they are on.
    pub media: u32,
    /// Of these, how many are at another place.
    pub offsite: u32,
    /// They are encrypted.
    pub encrypted: bool,
    /// Days that a copy is kept.
    pub keep_days: f64,
    /// Days between two trials of reading one back.
    pub drill_days: Option<f64>,
}

impl Backup {
    /// Minutes between two copies, at least, of what nothing copies change by change.
    pub(crate) const LEAST_MINUTES: f64 = 15.0;
}

impl Default for Backup {
    fn default() -> Self {
        Self { every_hours: None, copies: 1, media: 1, offsite: 0, encrypted: true, keep_days: 30.0, drill_days: None }
    }
}

/// Where data may be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Residency {
    /// Countries it may be in, ISO 3166-1 alpha-2; anywhere where none is named.
    pub countries: Vec<String>,
}

/// Clinics alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clinics {
    /// What they bought.
    pub plan: ClinicPlan,
    /// How many.
    pub count: u32,
    /// How they are kept apart.
    #[serde(default)]
    pub isolation: Isolation,
    /// The one clinic's name, where it is listed by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The workload that serves them; the one called `aroeira` where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    /// Gigabytes each keeps; the middle of the plan where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gb: Option<f64>,
    /// Consultations a day of each; what the catalogue says of the plan where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultations_day: Option<f64>,
}

/// What a clinic buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClinicPlan {
    /// 20 to 50 GB.
    Starter,
    /// 100 to 300 GB.
    Professional,
    /// 500 GB to 2 TB.
    Enterprise,
}

impl ClinicPlan {
    /// All of them, the smallest first.
    pub const ALL: [ClinicPlan; 3] = [ClinicPlan::Starter, ClinicPlan::Professional, ClinicPlan::Enterprise];

    /// Gigabytes of the plan: the least and the most (requirement 004).
    #[must_use]
    pub fn gb(self) -> (f64, f64) {
        match self {
            ClinicPlan::Starter => (20.0, 50.0),
            ClinicPlan::Professional => (100.0, 300.0),
            ClinicPlan::Enterprise => (500.0, 2000.0),
        }
    }
}

/// How clinics are kept apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// A process and a store of its own.
    Silo,
    /// One process, rows kept apart by the database, or a sealed file each.
    #[default]
    Pool,
    /// A namespace of Kubernetes.
    Namespace,
}

/// Something that runs on the nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Letters, digits and hyphens; unique.
    pub id: String,
    /// The entry of the catalogue; `id` where it is not said.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// How many of it; what the load asks for where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// Where it may run.
    #[serde(default)]
    pub place: Placement,
    /// Cores of each replica, in place of the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<f64>,
    /// Gibibytes of each replica, in place of the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_gb: Option<f64>,
    /// Users, clients or requests that the catalogue's curve counts, where no clinics say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
}

/// Where a workload may run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Placement {
    /// What no two replicas share.
    pub spread: Spread,
    /// Sites it may run at; anywhere where none is named.
    pub sites: Vec<String>,
    /// Nodes it may run on, by id; any where none is named.
    pub nodes: Vec<String>,
    /// Workloads that it may not share a node with.
    pub apart_from: Vec<String>,
}

impl Workload {
    /// The id of its entry in the catalogue.
    pub(crate) fn uses(&self) -> &str {
        self.entry.as_deref().unwrap_or(&self.id)
    }
}

impl Placement {
    /// Whether it may run on such a node.
    #[must_use]
    pub fn allows(&self, node: &Node) -> bool {
        (self.nodes.is_empty() || self.nodes.contains(&node.id))
            && (self.sites.is_empty() || self.sites.contains(&node.site))
    }
}

/// What no two replicas share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// They may share anything.
    None,
    /// A node.
    #[default]
    Node,
    /// A zone.
    Zone,
    /// A site.
    Site,
}

/// Something bought as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Letters, digits and hyphens; unique.
    pub id: String,
    /// The item of the price books: `aws.rds.db.t3.medium`.
    pub item: String,
    /// A site's id.
    pub site: String,
    /// How many units of the item.
    #[serde(default = "unit")]
    pub count: f64,
    /// The workload it stands in for: `postgresql`, `valkey`, `object-store`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provides: Option<String>,
    /// It survives the failure of a zone (Multi-AZ).
    #[serde(default)]
    pub multi_zone: bool,
    /// How it is paid.
    #[serde(default)]
    pub payment: Payment,
}

fn unit() -> f64 {
    1.0
}

/// How something rented is paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Payment {
    /// By the hour.
    #[default]
    OnDemand,
    /// Promised for a year.
    ReservedOneYear,
    /// Promised for three years.
    ReservedThreeYears,
    /// May be taken away at any moment.
    Spot,
}

/// A copy of production, smaller, for trying things.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// `staging`, `development`.
    pub name: String,
    /// Of production's machines and services, how much of them, from 0 to 1.
    pub scale: f64,
    /// When it runs.
    #[serde(default)]
    pub hours: Hours,
}

/// When something runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hours {
    /// Always.
    #[default]
    Always,
    /// Twelve hours on five days of the week.
    Office,
}
