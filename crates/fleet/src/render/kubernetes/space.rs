//! Namespaces: what each may take at most, and that nobody speaks to anybody unless it is said.

use askama::Template;

use super::Kube;
use super::work::Need;
use crate::render::{Problem, filters};

/// What a namespace takes, as Kubernetes writes amounts.
#[derive(Clone, Default)]
pub(super) struct Quota {
    pub(super) cpu: String,
    pub(super) memory: String,
    pub(super) cpu_most: String,
    pub(super) memory_most: String,
    pub(super) disk: String,
    pub(super) volumes: String,
    pub(super) pods: String,
}

/// Sums of whole works.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    need: Need,
    pods: u64,
    volumes: u64,
}

impl Sum {
    pub(super) fn add(&mut self, need: Need, pods: u64) {
        self.need.millicores += need.millicores * pods;
        self.need.mebibytes += need.mebibytes * pods;
        self.need.most_millicores += need.most_millicores * pods;
        self.need.most_mebibytes += need.most_mebibytes * pods;
        self.need.disk_gb += need.disk_gb * pods;
        self.pods += pods;
        self.volumes += if need.disk_gb > 0 { pods } else { 0 };
    }

    /// With room for the pods that answer for a certificate, and for jobs that somebody runs by hand.
    pub(super) fn quota(self) -> Quota {
        let need = self.need;
        Quota {
            cpu: format!("{}m", need.millicores + 500),
            memory: format!("{}Mi", need.mebibytes + 512),
            cpu_most: format!("{}m", need.most_millicores + 1000),
            memory_most: format!("{}Mi", need.most_mebibytes + 512),
            disk: format!("{}Gi", need.disk_gb),
            volumes: self.volumes.to_string(),
            pods: (self.pods + 2).to_string(),
        }
    }
}

/// What pods of a namespace may be, as Pod Security names it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Restricted,
    /// Operators write pods into it that begin as root.
    Baseline,
    /// Pods of ours in it read what lies on their node.
    Privileged,
}

/// A namespace.
#[derive(Template)]
#[template(path = "kubernetes/namespace.yaml", escape = "none")]
pub(super) struct Space<'a> {
    pub(super) k: &'a Kube<'a>,
    pub(super) name: String,
    pub(super) part: &'static str,
    pub(super) quota: Quota,
    /// Something in it is reached from outside.
    pub(super) open: bool,
    pub(super) level: Level,
}

impl Space<'_> {
    pub(super) fn write(&self) -> Result<String, Problem> {
        Ok(self.render()? + "\n")
    }
}

impl Quota {
    fn each(self, mut put: impl FnMut(&str, String) -> String) -> Self {
        Self {
            cpu: put("cpu", self.cpu),
            memory: put("memory", self.memory),
            cpu_most: put("mostCpu", self.cpu_most),
            memory_most: put("mostMemory", self.memory_most),
            disk: put("disk", self.disk),
            volumes: put("volumes", self.volumes),
            pods: put("pods", self.pods),
        }
    }

    /// Among the values, below this path.
    pub(super) fn put(self, k: &Kube<'_>, path: &[&str]) -> Self {
        self.each(|key, text| {
            let path: Vec<&str> = path.iter().copied().chain([key]).collect();
            k.slots.put(&path, text)
        })
    }

    /// As fields of a variable of the chart.
    pub(super) fn of(self, k: &Kube<'_>, variable: &str) -> Self {
        self.each(|key, _| k.slots.of(format!("{variable}.{key}")))
    }

    /// As an object of values.
    pub(super) fn object(self) -> serde_json::Value {
        let mut object = serde_json::Map::new();
        self.each(|key, text| {
            object.insert(key.to_owned(), text.clone().into());
            text
        });
        object.into()
    }
}
