//! What a plan has to say in words: what does not fit, and what would make it fit.

use serde::Serialize;

use crate::Language;
use crate::catalogue::StorageKind;
use crate::language::counted;
use crate::spec::Spread;

/// What there is too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// Cores.
    Cores,
    /// Memory.
    Memory,
    /// Disk of the nodes.
    Disk,
    /// Memory of cards.
    Gpu,
    /// Not a matter of size: rules leave no place.
    Rules,
}

impl Dimension {
    /// Its name.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Dimension::Cores, Language::Portuguese) => "núcleos",
            (Dimension::Cores, Language::English) => "cores",
            (Dimension::Memory, Language::Portuguese) => "memória",
            (Dimension::Memory, Language::English) => "memory",
            (Dimension::Disk, Language::Portuguese) => "disco",
            (Dimension::Disk, Language::English) => "disk",
            (Dimension::Gpu, Language::Portuguese) => "memória de placa de vídeo",
            (Dimension::Gpu, Language::English) => "memory of graphics cards",
            (Dimension::Rules, Language::Portuguese) => "regras de posição",
            (Dimension::Rules, Language::English) => "rules of placement",
        }
    }
}

/// Something that a plan found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Finding {
    /// The catalogue has no such entry.
    UnknownEntry {
        /// Whose.
        workload: String,
        /// The entry.
        entry: String,
    },
    /// It cannot run without what is not there.
    MissingDependency {
        /// Whose.
        workload: String,
        /// The entry it needs.
        depends_on: String,
    },
    /// The spec says fewer replicas than its load or its entry asks for.
    TooFewReplicas {
        /// Whose.
        workload: String,
        /// In the spec.
        replicas: u32,
        /// Asked for.
        needed: u32,
    },
    /// Replicas find no node.
    Unplaced {
        /// Whose.
        workload: String,
        /// How many.
        replicas: usize,
        /// What most nodes have too little of.
        bound: Dimension,
    },
    /// A failure after which something finds no place.
    NotSurvived {
        /// The nodes that fail.
        nodes: Vec<String>,
        /// What finds no place.
        workload: String,
    },
    /// Rules leave no other node, so it runs with fewer replicas while one is down.
    FewerReplicas {
        /// Whose.
        workload: String,
    },
    /// The spec promises more failures at once than were tried.
    FewerFailuresTried {
        /// Promised.
        spare_nodes: u32,
        /// Tried.
        tried: u32,
    },
    /// Storage beside the nodes is too small.
    StorageShort {
        /// Of which kind.
        of: StorageKind,
        /// Gigabytes asked for.
        asked_gb: f64,
        /// Gigabytes there are.
        there_gb: f64,
    },
    /// So many clinics have a set of their own that one cluster of Kubernetes comes near what it bears.
    ManySets {
        /// Whose.
        workload: String,
        /// How many.
        sets: u64,
    },
    /// More machines or replicas than are planned one by one.
    TooLarge {
        /// Machines.
        machines: u64,
        /// Replicas; 0 where they were not even counted.
        replicas: u64,
    },
}

impl Finding {
    /// Whether it says that something does not fit; the others are advice.
    #[must_use]
    pub fn stops(&self) -> bool {
        !matches!(self, Finding::FewerReplicas { .. } | Finding::FewerFailuresTried { .. } | Finding::ManySets { .. })
    }

    /// In words.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::Portuguese => self.portuguese(),
            Language::English => self.english(),
        }
    }

    fn portuguese(&self) -> String {
        match self {
            Finding::UnknownEntry { workload, entry } => format!("{workload}: o catálogo não tem `{entry}`"),
            Finding::MissingDependency { workload, depends_on } => {
                format!("{workload} não funciona sem `{depends_on}`, que nenhuma carga é e nenhum serviço fornece")
            }
            Finding::TooFewReplicas { workload, replicas, needed } => {
                format!("{workload}: {replicas} réplicas não bastam, são precisas {needed}")
            }
            Finding::Unplaced { workload, replicas, bound } => {
                format!("{workload}: {replicas} réplicas sem lugar; falta: {}", bound.text(Language::Portuguese))
            }
            Finding::NotSurvived { nodes, workload } => {
                format!("se {} falhar, {workload} fica sem lugar", nodes.join(" e "))
            }
            Finding::FewerReplicas { workload } => {
                format!(
                    "{workload} funciona com menos réplicas enquanto um nó está parado: suas regras não deixam outro lugar"
                )
            }
            Finding::FewerFailuresTried { spare_nodes, tried } => {
                format!("a promessa é de {spare_nodes} falhas ao mesmo tempo; foram experimentadas as de {tried}")
            }
            Finding::StorageShort { asked_gb, there_gb, .. } => {
                format!("armazenamento: são precisos {asked_gb:.0} GB e há {there_gb:.0} GB")
            }
            Finding::ManySets { workload, sets } => format!(
                "{workload}: {sets} clínicas com um conjunto só seu; um cluster de Kubernetes aguenta cerca de 10.000 espaços de \
                 nomes e serviços: reúna clínicas (isolation = \"pool\") ou divida-as entre clusters"
            ),
            Finding::TooLarge { machines, replicas } => {
                format!("{machines} máquinas e {replicas} réplicas são mais do que se planeja uma a uma")
            }
        }
    }

    fn english(&self) -> String {
        match self {
            Finding::UnknownEntry { workload, entry } => format!("{workload}: the catalogue has no `{entry}`"),
            Finding::MissingDependency { workload, depends_on } => {
                format!("{workload} cannot run without `{depends_on}`, which no workload is and no service provides")
            }
            Finding::TooFewReplicas { workload, replicas, needed } => {
                format!("{workload}: {replicas} replicas are too few, {needed} are needed")
            }
            Finding::Unplaced { workload, replicas, bound } => {
                format!("{workload}: {replicas} replicas find no node; short of: {}", bound.text(Language::English))
            }
            Finding::NotSurvived { nodes, workload } => {
                format!("if {} fails, {workload} finds no place", nodes.join(" and "))
            }
            Finding::FewerReplicas { workload } => {
                format!("{workload} runs with fewer replicas while a node is down: its rules leave no other place")
            }
            Finding::FewerFailuresTried { spare_nodes, tried } => {
                format!("{spare_nodes} failures at once are promised; those of {tried} were tried")
            }
            Finding::StorageShort { asked_gb, there_gb, .. } => {
                format!("storage: {asked_gb:.0} GB are needed and there are {there_gb:.0} GB")
            }
            Finding::ManySets { workload, sets } => format!(
                "{workload}: {sets} clinics have a set of their own; a cluster of Kubernetes bears about 10,000 namespaces and \
                 services: pool clinics (isolation = \"pool\") or divide them among clusters"
            ),
            Finding::TooLarge { machines, replicas } => {
                format!("{machines} machines and {replicas} replicas are more than are planned one by one")
            }
        }
    }
}

/// A change after which everything fits and survives: each was planned again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What to change.
    #[serde(flatten)]
    pub step: Step,
    /// How much of all there is it adds, in percent, in the dimension it adds most of; 0 of a rule that is relaxed.
    pub adds_percent: f64,
}

/// What to change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Step {
    /// More nodes of a kind.
    AddNodes {
        /// A node of the spec.
        node: String,
        /// How many more.
        count: u32,
    },
    /// More memory in each node of a kind.
    MoreMemory {
        /// A node of the spec.
        node: String,
        /// Gibibytes each then has.
        memory_gb: f64,
    },
    /// More cores in each node of a kind.
    MoreCores {
        /// A node of the spec.
        node: String,
        /// Cores each then has.
        cores: f64,
    },
    /// Larger disks in each node of a kind.
    LargerDisks {
        /// A node of the spec.
        node: String,
        /// How many times as large.
        times: f64,
    },
    /// Replicas may share more than they may now: safety is given up.
    Relax {
        /// Whose rule.
        workload: String,
        /// What they then do not share.
        spread: Spread,
    },
    /// It may share nodes with anyone: safety is given up.
    DropApart {
        /// Whose rule.
        workload: String,
    },
}

impl Step {
    /// In words.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let pt = language == Language::Portuguese;
        match self {
            Step::AddNodes { node, count } if pt => {
                format!("acrescentar {} como `{node}`", counted(*count, "nó", "nós"))
            }
            Step::AddNodes { node, count } => format!("add {} like `{node}`", counted(*count, "node", "nodes")),
            Step::MoreMemory { node, memory_gb } if pt => format!("pôr {memory_gb:.0} GiB de memória em cada `{node}`"),
            Step::MoreMemory { node, memory_gb } => format!("put {memory_gb:.0} GiB of memory into each `{node}`"),
            Step::MoreCores { node, cores } if pt => format!("dar {cores:.0} núcleos a cada `{node}`"),
            Step::MoreCores { node, cores } => format!("give each `{node}` {cores:.0} cores"),
            Step::LargerDisks { node, times } if pt => format!("pôr em cada `{node}` discos {times} vezes maiores"),
            Step::LargerDisks { node, times } => format!("put disks {times} times as large into each `{node}`"),
            Step::Relax { workload, .. } if pt => {
                format!("deixar réplicas de {workload} dividirem mais (perde-se segurança)")
            }
            Step::Relax { workload, .. } => format!("let replicas of {workload} share more (safety is given up)"),
            Step::DropApart { workload } if pt => {
                format!("deixar {workload} dividir nós com qualquer carga (perde-se segurança)")
            }
            Step::DropApart { workload } => format!("let {workload} share nodes with anyone (safety is given up)"),
        }
    }
}
