//! Where: sites with power, links and addresses; nodes and their parts; storage.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place where something runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Letters, digits and hyphens; unique.
    pub id: String,
    /// What sort of place.
    pub kind: SiteKind,
    /// ISO 3166-1 alpha-2: `BR`.
    pub country: String,
    /// Of a cloud: `aws`, `gcp`, `azure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Of a cloud: `sa-east-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Zones that fail apart; 1 where it is not said.
    #[serde(default = "one")]
    pub zones: u32,
    /// Of an own place: where its electricity comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<Power>,
    /// Ways to the internet.
    #[serde(default, rename = "link", skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Addresses and what guards them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Addresses>,
}

fn one() -> u32 {
    1
}

/// Sorts of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SiteKind {
    /// The provider's own room.
    OwnRack,
    /// A rented rack in a data centre.
    Colocation,
    /// A region of a cloud.
    CloudRegion,
    /// At a clinic.
    OnPremises,
}

/// Electricity and cooling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Power {
    /// Minutes that the batteries last under full load.
    #[serde(default)]
    pub ups_minutes: f64,
    /// A generator takes over by itself.
    #[serde(default)]
    pub generator: bool,
    /// Units of rack there are; 42 of a full one.
    #[serde(default)]
    pub rack_units: u32,
    /// Heat that the cooling takes away, in BTU an hour.
    #[serde(default)]
    pub cooling_btu_hour: f64,
    /// Watts that the circuit gives.
    #[serde(default)]
    pub watts: f64,
}

/// A way to the internet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What sort of link.
    pub kind: LinkKind,
    /// The company that sells it: links of one company fail together.
    pub carrier: String,
    /// Megabits a second.
    pub mbps: f64,
    /// What its contract promises, in percent of a month; nothing where it promises nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla_percent: Option<f64>,
}

/// Sorts of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// Fibre of one's own with a contract.
    Dedicated,
    /// What homes have.
    Residential,
    /// 4G or 5G.
    Mobile,
    /// Starlink and the like.
    Satellite,
}

/// Addresses and the edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// Length of the IPv4 block's prefix: 29 for eight addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv4_prefix: Option<u8>,
    /// How links take over from each other.
    #[serde(default)]
    pub routing: Routing,
    /// What stands at the edge.
    #[serde(default)]
    pub edge: Edge,
    /// Administrators come in by VPN alone.
    #[serde(default)]
    pub admin_vpn: bool,
}

/// How links take over from each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Routing {
    /// They do not.
    #[default]
    Single,
    /// The edge changes to the other link.
    DualWan,
    /// The block is announced on both.
    Bgp,
}

/// What stands at the edge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// The hosts' own filters alone.
    #[default]
    Host,
    /// A firewall of its own.
    Firewall,
    /// Two that take over from each other.
    FirewallPair,
    /// What the cloud or a CDN offers.
    Cloud,
}

/// One machine, or several alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Letters, digits and hyphens; unique. Several alike are called `id-1`, `id-2`.
    pub id: String,
    /// A site's id.
    pub site: String,
    /// How many alike.
    #[serde(default = "one")]
    pub count: u32,
    /// Cores, or virtual ones of a rented machine.
    pub cores: f64,
    /// Gibibytes.
    pub memory_gb: f64,
    /// The memory corrects errors.
    #[serde(default)]
    pub ecc: bool,
    /// Disks in it.
    #[serde(default, rename = "disk", skip_serializing_if = "Vec::is_empty")]
    pub disks: Vec<Disk>,
    /// Cards in it.
    #[serde(default, rename = "gpu", skip_serializing_if = "Vec::is_empty")]
    pub gpus: Vec<Gpu>,
    /// Gigabits a second of its network.
    #[serde(default = "gigabit")]
    pub network_gbps: f64,
    /// Of own hardware: units of rack it takes, watts under load.
    #[serde(default)]
    pub rack_units: u32,
    /// Watts under load.
    #[serde(default)]
    pub watts: f64,
    /// `proxmox`, `vmware`, `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypervisor: Option<String>,
    /// Of a rented machine: what it is and how it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Instance>,
    /// The item of the price books, where it is own hardware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
}

fn gigabit() -> f64 {
    1.0
}

/// A rented machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// As its provider calls it: `t3.medium`.
    pub kind: String,
    /// How it is paid.
    #[serde(default)]
    pub payment: super::Payment,
}

/// Disks alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// What sort.
    pub kind: DiskKind,
    /// Gigabytes of each.
    pub gb: f64,
    /// How many.
    #[serde(default = "one")]
    pub count: u32,
    /// How they stand in for each other.
    #[serde(default)]
    pub raid: Raid,
}

/// Sorts of disks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DiskKind {
    /// Turning.
    Hdd,
    /// SATA or SAS flash.
    Ssd,
    /// Flash on PCI Express.
    Nvme,
    /// A disk of the cloud.
    Network,
}

/// How disks stand in for each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Raid {
    /// They do not.
    #[default]
    None,
    /// Two or more copies.
    Raid1,
    /// One may fail.
    Raid5,
    /// Two may fail.
    Raid6,
    /// Pairs.
    Raid10,
}

/// Graphics cards alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// As its maker calls it: `L4`, `A4000`, `T4`, `RTX 4090`.
    pub model: String,
    /// How many.
    #[serde(default = "one")]
    pub count: u32,
    /// Gibibytes of each.
    pub memory_gb: f64,
    /// Parts each is divided into (MIG, vGPU); 1 where it is whole.
    #[serde(default = "one")]
    pub slices: u32,
}

/// Storage beside the disks of the nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// Letters, digits and hyphens; unique.
    pub id: String,
    /// A site's id.
    pub site: String,
    /// What sort.
    pub class: StorageClass,
    /// Gigabytes there are, or are paid.
    pub gb: f64,
    /// What is on it is encrypted.
    #[serde(default)]
    pub encrypted: bool,
    /// Nothing is overwritten or deleted before its time.
    #[serde(default)]
    pub immutable: bool,
    /// The item of the price books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
}

/// Sorts of storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StorageClass {
    /// A storage area network.
    San,
    /// A file server.
    Nas,
    /// Objects, read often.
    Object,
    /// Objects, read now and then.
    ObjectInfrequent,
    /// Objects, read within minutes or hours.
    ObjectArchive,
    /// Objects, read within a day.
    ObjectDeepArchive,
    /// Files that several machines share (EFS).
    SharedFiles,
}

impl StorageClass {
    /// It keeps objects.
    pub(crate) fn is_object(self) -> bool {
        matches!(self, Self::Object | Self::ObjectInfrequent | Self::ObjectArchive | Self::ObjectDeepArchive)
    }
}

/// Objects that a site keeps, its own or bought.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept<'a> {
    pub(crate) id: &'a str,
    pub(crate) class: StorageClass,
    pub(crate) immutable: bool,
}
