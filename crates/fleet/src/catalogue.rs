//! What can be run: each entry with what it takes, as data that a provider can add to. A figure says where it is from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod run;

pub use run::Run;

/// The entries that come with the program.
const BUILT_IN: &[(&str, &str)] = &[
    ("ai-governance", include_str!("../catalogue/ai-governance.toml")),
    ("alertmanager", include_str!("../catalogue/alertmanager.toml")),
    ("aroeira", include_str!("../catalogue/aroeira.toml")),
    ("dynamodb", include_str!("../catalogue/dynamodb.toml")),
    ("ecr", include_str!("../catalogue/ecr.toml")),
    ("edu-quantum", include_str!("../catalogue/edu-quantum.toml")),
    ("efs", include_str!("../catalogue/efs.toml")),
    ("ener-quantum", include_str!("../catalogue/ener-quantum.toml")),
    ("fin-quantum", include_str!("../catalogue/fin-quantum.toml")),
    ("geo-quantum", include_str!("../catalogue/geo-quantum.toml")),
    ("grafana", include_str!("../catalogue/grafana.toml")),
    ("health-quantum", include_str!("../catalogue/health-quantum.toml")),
    ("loki", include_str!("../catalogue/loki.toml")),
    ("mongodb", include_str!("../catalogue/mongodb.toml")),
    ("mysql", include_str!("../catalogue/mysql.toml")),
    ("nginx", include_str!("../catalogue/nginx.toml")),
    ("object-store", include_str!("../catalogue/object-store.toml")),
    ("ollama", include_str!("../catalogue/ollama.toml")),
    ("postgresql", include_str!("../catalogue/postgresql.toml")),
    ("prometheus", include_str!("../catalogue/prometheus.toml")),
    ("quantum-studio", include_str!("../catalogue/quantum-studio.toml")),
    ("sagemaker", include_str!("../catalogue/sagemaker.toml")),
    ("valkey", include_str!("../catalogue/valkey.toml")),
    ("vllm", include_str!("../catalogue/vllm.toml")),
    ("websocket", include_str!("../catalogue/websocket.toml")),
    ("whisper", include_str!("../catalogue/whisper.toml")),
    ("wordpress", include_str!("../catalogue/wordpress.toml")),
];

/// All the entries, by id.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    entries: BTreeMap<String, Entry>,
}

/// Something that can be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// As a spec's `use` names it.
    pub id: String,
    /// For people.
    pub name: String,
    /// Container image, with its tag; nothing of what is only bought.
    #[serde(default)]
    pub image: Option<String>,
    /// What its curves count.
    pub unit: Unit,
    /// Cores: `base` of the replicas without which it is not whole, each further one as much as one of those; `per_unit` of
    /// all replicas together.
    pub cores: Curve,
    /// Gibibytes of each replica: those of its share of the units with it.
    pub memory_gb: Curve,
    /// What each replica may take at most; twice what it asks for where it is not said.
    #[serde(default)]
    pub limits: Option<Limits>,
    /// Units that one replica serves at most; no bound where it is not said.
    #[serde(default)]
    pub units_per_replica: Option<f64>,
    /// Replicas without which it is not whole.
    #[serde(default = "one")]
    pub replicas: u32,
    /// How many of its replicas must run for it to serve.
    #[serde(default = "one")]
    pub quorum: u32,
    /// What it keeps.
    #[serde(default, rename = "storage")]
    pub storage: Vec<StorageNeed>,
    /// The part of a card it takes.
    #[serde(default)]
    pub gpu: Option<GpuNeed>,
    /// Ports, by name.
    #[serde(default)]
    pub ports: BTreeMap<String, u16>,
    /// Path that answers 200 while it lives, and while it can serve.
    #[serde(default)]
    pub probes: Probes,
    /// Entries it cannot run without.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// How its data is copied.
    #[serde(default)]
    pub backup: BackupClass,
    /// What stands beside its replicas in a cluster, as sentinels, proxies and agents of operators do.
    #[serde(default)]
    pub beside: Beside,
    /// How its image is run.
    #[serde(default)]
    pub run: Run,
    /// Where its figures are from.
    pub source: Source,
}

impl Entry {
    /// Cores of each of so many replicas that have these units among them.
    pub(crate) fn cores_each(&self, units: f64, replicas: f64) -> f64 {
        let least = f64::from(self.replicas).clamp(1.0, replicas.max(1.0));
        self.cores.base / least + self.cores.per_unit * units / replicas
    }

    /// What stands beside each of so many replicas, with its share of what stands before all of them.
    pub(crate) fn beside(&self, replicas: u32) -> Amount {
        let Beside { from, each, set } = self.beside;
        if replicas < from {
            return Amount::default();
        }
        let share = f64::from(replicas.max(1));
        Amount { cores: each.cores + set.cores / share, memory_gb: each.memory_gb + set.memory_gb / share }
    }
}

/// What an operator of Kubernetes runs, where clinics share it: its pods have the operator's labels, and it copies itself away.
pub(crate) fn by_operator(entry: &str) -> bool {
    matches!(entry, "postgresql" | "mysql" | "mongodb" | "object-store")
}

fn one() -> u32 {
    1
}

/// What a curve counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Clinics.
    Clinic,
    /// Consultations a day, all clinics together.
    ConsultationDay,
    /// Customers of the provider.
    Client,
    /// People at once.
    User,
    /// Nothing: it takes what it takes.
    Fixed,
}

/// A straight line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// With nothing to do.
    pub base: f64,
    /// For each unit.
    #[serde(default)]
    pub per_unit: f64,
}

impl Curve {
    /// At so many units.
    #[must_use]
    pub fn at(self, units: f64) -> f64 {
        self.base + self.per_unit * units
    }
}

/// The least and the most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

/// What a replica may take at most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Cores.
    pub cores: f64,
    /// Gibibytes.
    pub memory_gb: f64,
}

/// What stands beside the replicas of a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Beside {
    /// Replicas from which anything does.
    pub from: u32,
    /// Beside each replica.
    pub each: Amount,
    /// Before each set, whatever its replicas: planned where they are.
    pub set: Amount,
}

/// Cores and memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// Cores.
    pub cores: f64,
    /// Gibibytes.
    pub memory_gb: f64,
}

/// What is kept, of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageNeed {
    /// What is kept: `records`, `audio`, `models`.
    pub of: String,
    /// Where it belongs.
    pub kind: StorageKind,
    /// Gigabytes at the beginning.
    pub gb: Curve,
    /// Gigabytes a month that come to it.
    pub growth_gb_month: Curve,
    /// Between which `gb.base` lies, where the source gives a range.
    #[serde(default)]
    pub gb_range: Option<Range>,
    /// Between which `growth_gb_month.base` lies, where the source gives a range.
    #[serde(default)]
    pub growth_range: Option<Range>,
    /// Each replica keeps all of it.
    #[serde(default)]
    pub per_replica: bool,
}

/// Where data belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StorageKind {
    /// A disk of the node or the network.
    Block,
    /// Objects.
    Object,
    /// Files that several share.
    Files,
}

/// The part of a card.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpuNeed {
    /// Gibibytes of the card's memory, of each replica.
    pub memory_gb: f64,
}

/// Paths of probes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Probes {
    /// While it lives.
    pub live: Option<String>,
    /// While it can serve.
    pub ready: Option<String>,
}

/// How data is copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BackupClass {
    /// Not at all: it can be made again.
    #[default]
    None,
    /// Each change, and a whole copy now and then.
    Continuous,
    /// A whole copy now and then.
    Snapshot,
}

/// Where figures are from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// How they are known.
    pub standing: Standing,
    /// Who says so, and of which machine.
    pub text: String,
    /// When, ISO 8601: `2026-11-22`.
    pub date: String,
}

/// How a figure is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// By our own bench.
    Measured,
    /// Published.
    Sourced,
    /// It is in the requirements.
    Required,
    /// Nobody knows: a provider fills it in.
    Assumed,
}

impl Catalogue {
    /// The entries that come with the program.
    ///
    /// # Errors
    /// An entry that cannot be read, with its name: only a broken build has one.
    pub fn built_in() -> Result<Self, String> {
        let mut catalogue = Self::default();
        for (name, text) in BUILT_IN {
            catalogue.add(text).map_err(|problem| format!("{name}: {problem}"))?;
        }
        Ok(catalogue)
    }

    /// Adds an entry, in place of one with its id.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let entry: Entry = toml::from_str(text).map_err(|error| error.to_string())?;
        entry.run.check().map_err(|problem| format!("[run] {problem}"))?;
        self.entries.insert(entry.id.clone(), entry);
        Ok(())
    }

    /// An entry.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// All of them, by id.
    pub fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}
