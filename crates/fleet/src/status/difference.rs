//! What differs between a plan and what is there, each with its sentence.

use serde::Serialize;

use super::{NodeStatus, OVER, Observed, Seen, TOLERANCE, UNDER, WorkloadStatus};
use crate::Language;
use crate::plan::{Dimension, Plan, Takes};
use crate::spec::Spec;

/// Something that is not as planned. Amounts as in the plan: cores, gibibytes of memory, gigabytes of disk.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Difference {
    /// Fewer replicas answer than are planned.
    NotRunning {
        /// Its id.
        workload: String,
        /// By the plan.
        planned: u64,
        /// That answer.
        running: u64,
    },
    /// Nobody tells of a workload: it may run unwatched.
    NotSeen {
        /// Its id.
        workload: String,
        /// By the plan.
        planned: u64,
    },
    /// A replica was asked and did not answer.
    NoAnswer {
        /// Its id.
        workload: String,
        /// Where it was asked.
        address: String,
    },
    /// A replica answers and cannot serve.
    NotReady {
        /// Its id.
        workload: String,
        /// Where it was asked.
        address: String,
        /// Its own codes.
        problems: Vec<String>,
    },
    /// A machine of the plan was not seen, or does not answer.
    NodeMissing {
        /// Its name.
        node: String,
    },
    /// A machine has less than the spec says.
    NodeSmaller {
        /// Its name.
        node: String,
        /// Of what.
        of: Dimension,
        /// By the spec or the plan.
        planned: f64,
        /// As it is.
        seen: f64,
    },
    /// More is in use than the plan puts there, or than a replica may take.
    OverUse {
        /// The machine, or the replica.
        what: String,
        /// Of what.
        of: Dimension,
        /// By the spec or the plan.
        planned: f64,
        /// As it is.
        seen: f64,
    },
    /// Replicas of one workload are of several versions.
    Drift {
        /// Its id.
        workload: String,
        /// All of them.
        versions: Vec<String>,
    },
    /// More replicas answer than are planned.
    TooMany {
        /// Its id.
        workload: String,
        /// By the plan.
        planned: u64,
        /// That answer.
        running: u64,
    },
    /// Something runs that the spec does not have.
    Unplanned {
        /// Its id.
        workload: String,
        /// Where it was asked.
        address: String,
    },
    /// A machine that the spec does not have.
    NodeUnplanned {
        /// Its name.
        node: String,
    },
    /// Other clinics than the spec says.
    Clinics {
        /// By the plan.
        planned: u64,
        /// As it is.
        seen: u64,
    },
    /// A machine has more than the spec says.
    NodeLarger {
        /// Its name.
        node: String,
        /// Of what.
        of: Dimension,
        /// By the spec or the plan.
        planned: f64,
        /// As it is.
        seen: f64,
    },
    /// Less than a quarter is in use of what the plan puts there.
    UnderUse {
        /// The machine, or the replica.
        what: String,
        /// Of what.
        of: Dimension,
        /// By the spec or the plan.
        planned: f64,
        /// As it is.
        seen: f64,
    },
}

impl Difference {
    /// The worst first.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::NotRunning { .. } | Self::NodeMissing { .. } => 0,
            Self::NoAnswer { .. } | Self::NotReady { .. } => 1,
            Self::NodeSmaller { .. } | Self::OverUse { .. } => 2,
            Self::Drift { .. } | Self::NotSeen { .. } => 3,
            Self::TooMany { .. } | Self::Unplanned { .. } | Self::NodeUnplanned { .. } | Self::Clinics { .. } => 4,
            Self::NodeLarger { .. } | Self::UnderUse { .. } => 5,
        }
    }

    /// In one sentence.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::Portuguese => self.in_portuguese(),
            Language::English => self.in_english(),
        }
    }

    fn in_portuguese(&self) -> String {
        let of = |of: &Dimension| of.text(Language::Portuguese);
        let number = |value: &f64| amount(*value).replace('.', ",");
        match self {
            Self::NotRunning { workload, planned, running } => {
                format!("{workload}: respondem {running} de {planned} réplicas")
            }
            Self::NotSeen { workload, planned } => {
                format!(
                    "{workload}: ninguém diz nada das {planned} réplicas; o Prometheus não tem um job com este nome"
                )
            }
            Self::NoAnswer { workload, address } => format!("{workload}: {address} não responde"),
            Self::NotReady { workload, address, problems } => {
                format!("{workload}: {address} responde, mas não pode atender: {}", problems.join(", "))
            }
            Self::NodeMissing { node } => format!("{node}: a máquina do plano não foi vista"),
            Self::NodeSmaller { node, of: what, planned, seen } => {
                format!(
                    "{node}: {} é menos que na especificação: {} em vez de {}",
                    of(what),
                    number(seen),
                    number(planned)
                )
            }
            Self::OverUse { what, of: dimension, planned, seen } => {
                format!(
                    "{what}: {} em uso além do plano: {} em vez de {}",
                    of(dimension),
                    number(seen),
                    number(planned)
                )
            }
            Self::Drift { workload, versions } => {
                format!("{workload}: versões diferentes ao mesmo tempo: {}", versions.join(", "))
            }
            Self::TooMany { workload, planned, running } => {
                format!("{workload}: respondem {running} réplicas, o plano tem {planned}")
            }
            Self::Unplanned { workload, address } => format!("{workload} ({address}) roda e não está na especificação"),
            Self::NodeUnplanned { node } => format!("{node}: máquina que não está na especificação"),
            Self::Clinics { planned, seen } => format!("há {seen} clínicas, e a especificação conta {planned}"),
            Self::NodeLarger { node, of: what, planned, seen } => {
                format!(
                    "{node}: {} é mais que na especificação: {} em vez de {}",
                    of(what),
                    number(seen),
                    number(planned)
                )
            }
            Self::UnderUse { what, of: dimension, planned, seen } => {
                format!("{what}: {} pouco usado: {} de {} planejados", of(dimension), number(seen), number(planned))
            }
        }
    }

    fn in_english(&self) -> String {
        let of = |of: &Dimension| of.text(Language::English);
        let number = |value: &f64| amount(*value);
        match self {
            Self::NotRunning { workload, planned, running } => {
                format!("{workload}: {running} of {planned} replicas answer")
            }
            Self::NotSeen { workload, planned } => {
                format!("{workload}: nobody tells of its {planned} replicas; Prometheus has no job of that name")
            }
            Self::NoAnswer { workload, address } => format!("{workload}: {address} does not answer"),
            Self::NotReady { workload, address, problems } => {
                format!("{workload}: {address} answers and cannot serve: {}", problems.join(", "))
            }
            Self::NodeMissing { node } => format!("{node}: the plan's machine was not seen"),
            Self::NodeSmaller { node, of: what, planned, seen } => {
                format!("{node}: {} is less than the spec says: {} for {}", of(what), number(seen), number(planned))
            }
            Self::OverUse { what, of: dimension, planned, seen } => {
                format!("{what}: more {} in use than planned: {} for {}", of(dimension), number(seen), number(planned))
            }
            Self::Drift { workload, versions } => {
                format!("{workload}: several versions at once: {}", versions.join(", "))
            }
            Self::TooMany { workload, planned, running } => {
                format!("{workload}: {running} replicas answer, the plan has {planned}")
            }
            Self::Unplanned { workload, address } => format!("{workload} ({address}) runs and is not in the spec"),
            Self::NodeUnplanned { node } => format!("{node}: a machine that is not in the spec"),
            Self::Clinics { planned, seen } => format!("there are {seen} clinics, and the spec counts {planned}"),
            Self::NodeLarger { node, of: what, planned, seen } => {
                format!("{node}: {} is more than the spec says: {} for {}", of(what), number(seen), number(planned))
            }
            Self::UnderUse { what, of: dimension, planned, seen } => {
                format!("{what}: little {} in use: {} of {} planned", of(dimension), number(seen), number(planned))
            }
        }
    }
}

/// With as many decimals as tell something.
fn amount(value: f64) -> String {
    match value {
        _ if value >= 100.0 => format!("{value:.0}"),
        _ if value >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// Planned and seen of each dimension that was seen.
fn pairs(planned: Takes, seen: Seen) -> impl Iterator<Item = (Dimension, f64, f64)> {
    let all = [
        (Dimension::Cores, planned.cores, seen.cores),
        (Dimension::Memory, planned.memory_gb, seen.memory_gb),
        (Dimension::Disk, planned.disk_gb, seen.disk_gb),
    ];
    all.into_iter().filter_map(|(of, planned, seen)| seen.map(|seen| (of, planned, seen)))
}

/// Use beside what is planned of it. Disk is filled over years: little of it in use says nothing.
fn of_use(what: &str, planned: Takes, seen: Seen, differences: &mut Vec<Difference>) {
    for (of, planned, seen) in pairs(planned, seen).filter(|(_, planned, _)| *planned > 0.0) {
        let what = what.to_owned();
        if seen > planned * OVER {
            differences.push(Difference::OverUse { what, of, planned, seen });
        } else if seen < planned * UNDER && of != Dimension::Disk {
            differences.push(Difference::UnderUse { what, of, planned, seen });
        }
    }
}

pub(super) fn of_node(status: &NodeStatus, differences: &mut Vec<Difference>) {
    let node = status.name.clone();
    let Some(machine) = status.seen.as_ref().filter(|machine| machine.up || status.planned.is_none()) else {
        differences.push(Difference::NodeMissing { node });
        return;
    };
    let (Some(planned), Some(planned_use)) = (status.planned, status.planned_use) else {
        differences.push(Difference::NodeUnplanned { node });
        return;
    };
    for (of, planned, seen) in pairs(planned, machine.has) {
        let node = node.clone();
        if seen < planned * (1.0 - TOLERANCE) {
            differences.push(Difference::NodeSmaller { node, of, planned, seen });
        } else if seen > planned * (1.0 + TOLERANCE) && planned > 0.0 {
            differences.push(Difference::NodeLarger { node, of, planned, seen });
        }
    }
    of_use(&node, planned_use, machine.used, differences);
}

pub(super) fn of_workload(status: &WorkloadStatus, differences: &mut Vec<Difference>) {
    let (workload, planned, running) = (&status.workload, status.planned, status.running);
    if status.replicas.is_empty() && planned > 0 {
        differences.push(Difference::NotSeen { workload: workload.clone(), planned });
    } else if running < planned {
        differences.push(Difference::NotRunning { workload: workload.clone(), planned, running });
    } else if running > planned {
        differences.push(Difference::TooMany { workload: workload.clone(), planned, running });
    }
    for replica in &status.replicas {
        let (workload, address) = (workload.clone(), replica.address.clone());
        if !replica.up {
            differences.push(Difference::NoAnswer { workload, address });
            continue;
        }
        if replica.ready == Some(false) {
            differences.push(Difference::NotReady { workload, address, problems: replica.problems.clone() });
        }
        of_use(&format!("{} ({})", replica.workload, replica.address), status.each, replica.used, differences);
    }
    let mut versions: Vec<String> = status.replicas.iter().filter_map(|one| one.version.clone()).collect();
    versions.sort();
    versions.dedup();
    if versions.len() > 1 {
        differences.push(Difference::Drift { workload: workload.clone(), versions });
    }
}

/// What runs under a name that the spec does not have.
pub(super) fn of_strangers(workloads: &[WorkloadStatus], observed: &Observed, differences: &mut Vec<Difference>) {
    let planned = |id: &str| workloads.iter().any(|one| one.workload == id);
    for replica in observed.replicas.iter().filter(|one| one.up && !planned(&one.workload)) {
        let (workload, address) = (replica.workload.clone(), replica.address.clone());
        differences.push(Difference::Unplanned { workload, address });
    }
}

/// Clinics, where every planned replica that keeps any says how many.
pub(super) fn of_clinics(spec: &Spec, plan: &Plan, observed: &Observed, differences: &mut Vec<Difference>) {
    let told: Vec<f64> = observed.replicas.iter().filter_map(|one| one.clinics).collect();
    let keeps =
        |workload: &str| spec.clinics.iter().any(|one| one.workload.as_deref().unwrap_or("aroeira") == workload);
    let asked = plan.demand.iter().filter(|one| keeps(&one.workload));
    let replicas = asked.map(|one| u64::from(one.sets) * u64::from(one.replicas)).fold(0, u64::saturating_add);
    let seen = told.iter().sum::<f64>() as u64;
    if replicas > 0 && told.len() as u64 >= replicas && seen != plan.clinics {
        differences.push(Difference::Clinics { planned: plan.clinics, seen });
    }
}
