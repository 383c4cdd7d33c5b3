//! The plan beside what is really there: what is not running, what nobody planned, what takes more or less than was planned.
//! Who calls collects what is seen; here it is only compared.

mod difference;

use serde::Serialize;

use crate::plan::{Advice, Dimension, Headroom, Measured, Plan, Takes, Terms, plan_with};
use crate::spec::Spec;
use crate::{Catalogue, catalogue};

pub use difference::Difference;

/// Of what is planned, how far a machine may be off: a part of its memory and disk is never told.
const TOLERANCE: f64 = 0.1;
/// Of what is planned, the share above which use is too much, and under which it is little.
const OVER: f64 = 1.0;
const UNDER: f64 = 0.25;

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Observed {
    /// Machines; nothing where nobody looked at any.
    pub machines: Option<Vec<Machine>>,
    /// Replicas, those that did not answer with them.
    pub replicas: Vec<Replica>,
    /// Every workload was looked for: one without a replica is not running.
    pub all_workloads: bool,
}

/// A machine as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Machine {
    /// As it calls itself, or as who watches it calls it.
    pub name: String,
    /// It answers.
    pub up: bool,
    /// What it has.
    pub has: Seen,
    /// What is in use.
    pub used: Seen,
}

/// Amounts, those that could be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Seen {
    /// Cores.
    pub cores: Option<f64>,
    /// Gibibytes.
    pub memory_gb: Option<f64>,
    /// Gigabytes of disk.
    pub disk_gb: Option<f64>,
}

/// A replica as it runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Replica {
    /// A workload's id, or what else runs under that name.
    pub workload: String,
    /// Where it answers, or should.
    pub address: String,
    /// It answers.
    pub up: bool,
    /// It was asked over TLS; nothing where somebody else asked it.
    pub encrypted: Option<bool>,
    /// It can serve; nothing where it does not say so.
    pub ready: Option<bool>,
    /// What it says is wrong, in its own codes.
    pub problems: Vec<String>,
    /// Its version.
    pub version: Option<String>,
    /// Clinics it keeps.
    pub clinics: Option<f64>,
    /// What it uses.
    pub used: Seen,
    /// `used.cores` was exceeded in one minute of twenty, and `used.memory_gb` never: sizes can be told from it.
    pub measured: bool,
}

/// The plan beside what was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// The fleet.
    pub name: String,
    /// Nothing differs.
    pub as_planned: bool,
    /// The machines of the plan, and those nobody planned.
    pub nodes: Vec<NodeStatus>,
    /// The workloads of the plan.
    pub workloads: Vec<WorkloadStatus>,
    /// What differs, the worst first.
    pub differences: Vec<Difference>,
    /// Sizes by what was measured.
    pub advice: Vec<Advice>,
    /// The plan with these sizes; nothing where there is no advice.
    pub resized: Option<Resized>,
}

/// A machine of the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeStatus {
    /// Its name in the plan.
    pub name: String,
    /// What the spec says it has; nothing of one that nobody planned.
    pub planned: Option<Takes>,
    /// What the plan puts on it, with what its own system takes.
    pub planned_use: Option<Takes>,
    /// What it has, and what is in use; nothing where it was not seen.
    pub seen: Option<Machine>,
}

/// A workload of the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkloadStatus {
    /// Its id.
    pub workload: String,
    /// Replicas, of all sets.
    pub planned: u64,
    /// Replicas that answer.
    pub running: u64,
    /// What each may take by the plan, the most of all sets.
    pub each: Takes,
    /// Those seen, with those that do not answer.
    pub replicas: Vec<Replica>,
}

/// A plan with other sizes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resized {
    /// Everything has a place.
    pub fits: bool,
    /// Failures promised are survived.
    pub survives: bool,
    /// What ends first.
    pub bottleneck: Option<Dimension>,
    /// What would be left.
    pub headroom: Vec<Headroom>,
}

/// Holds a spec against what was seen.
#[must_use]
pub fn status(spec: &Spec, catalogue: &Catalogue, observed: &Observed) -> Status {
    let terms = Terms { measured: measured(spec, observed), ..Terms::default() };
    let plan = plan_with(spec, catalogue, &terms);
    let nodes = nodes(spec, &plan, observed);
    let workloads = workloads(spec, catalogue, &plan, observed);
    let mut differences = Vec::new();
    nodes.iter().filter(|_| observed.machines.is_some()).for_each(|node| difference::of_node(node, &mut differences));
    workloads.iter().for_each(|one| difference::of_workload(one, &mut differences));
    difference::of_strangers(&workloads, observed, &mut differences);
    difference::of_clinics(spec, &plan, observed, &mut differences);
    differences.sort_by_key(Difference::weight);
    Status {
        name: spec.name.clone(),
        as_planned: differences.is_empty(),
        nodes,
        workloads,
        differences,
        resized: resized(spec, catalogue, &plan.advice),
        advice: plan.advice,
    }
}

/// The largest of each workload: all its replicas are planned alike.
fn measured(spec: &Spec, observed: &Observed) -> Vec<Measured> {
    let of = |id: &String| {
        let seen = observed.replicas.iter().filter(|one| one.workload == *id && one.measured);
        let both = seen.filter_map(|one| one.used.cores.zip(one.used.memory_gb));
        let most = both.reduce(|(cores, memory), (other, more)| (cores.max(other), memory.max(more)));
        most.map(|(cores, memory_gb)| Measured { workload: id.clone(), cores, memory_gb })
    };
    spec.workloads.iter().filter_map(|one| of(&one.id)).collect()
}

fn nodes(spec: &Spec, plan: &Plan, observed: &Observed) -> Vec<NodeStatus> {
    let seen = observed.machines.as_deref().unwrap_or_default();
    let mut taken = vec![false; seen.len()];
    let mut nodes: Vec<NodeStatus> = plan
        .nodes
        .iter()
        .map(|node| {
            let at = seen.iter().position(|machine| is_called(&machine.name, &node.name));
            let machine = at.map(|at| {
                taken[at] = true;
                seen[at].clone()
            });
            let of_spec = spec.nodes.iter().find(|one| one.id == node.node);
            let planned = of_spec.map(|one| Takes {
                cores: one.cores,
                memory_gb: one.memory_gb,
                disk_gb: node.capacity.disk_gb,
                gpu_gb: node.capacity.gpu_gb,
            });
            // Its own system takes its part beside what the plan puts there.
            let own = &plan.terms;
            let system = planned.map_or(0.0, |one| one.memory_gb * own.reserve_memory_percent / 100.0);
            let (cores, memory_gb) = (node.used.cores + own.reserve_cores, node.used.memory_gb + system);
            let planned_use = Takes { cores, memory_gb, ..node.used };
            NodeStatus { name: node.name.clone(), planned, planned_use: Some(planned_use), seen: machine }
        })
        .collect();
    let strangers = seen.iter().zip(taken).filter(|(_, taken)| !taken);
    nodes.extend(strangers.map(|(machine, _)| NodeStatus {
        name: machine.name.clone(),
        planned: None,
        planned_use: None,
        seen: Some(machine.clone()),
    }));
    nodes
}

/// Whether a machine's own name, `virt-1.example.org:9100`, is that of the plan, `virt-1`.
fn is_called(name: &str, planned: &str) -> bool {
    let host = name.rsplit_once(':').map_or(name, |(host, _)| host);
    host.eq_ignore_ascii_case(planned)
        || host.split('.').next().is_some_and(|first| first.eq_ignore_ascii_case(planned))
}

fn workloads(spec: &Spec, catalogue: &Catalogue, plan: &Plan, observed: &Observed) -> Vec<WorkloadStatus> {
    let of = |workload: &crate::spec::Workload| {
        let asked = || plan.demand.iter().filter(|one| one.workload == workload.id);
        let replicas: Vec<Replica> =
            observed.replicas.iter().filter(|one| one.workload == workload.id).cloned().collect();
        let runs = catalogue.get(workload.uses()).is_some_and(is_run);
        if replicas.is_empty() && !(observed.all_workloads && runs) {
            return None;
        }
        let each = asked().map(|one| one.takes).reduce(|one, other| Takes {
            cores: one.cores.max(other.cores),
            memory_gb: one.memory_gb.max(other.memory_gb),
            disk_gb: one.disk_gb.max(other.disk_gb),
            gpu_gb: one.gpu_gb.max(other.gpu_gb),
        });
        Some(WorkloadStatus {
            workload: workload.id.clone(),
            planned: asked().map(|one| u64::from(one.sets) * u64::from(one.replicas)).fold(0, u64::saturating_add),
            running: replicas.iter().filter(|one| one.up).count() as u64,
            each: each.unwrap_or_default(),
            replicas,
        })
    };
    spec.workloads.iter().filter_map(of).collect()
}

/// It runs on the nodes: what is only bought has no image.
fn is_run(entry: &catalogue::Entry) -> bool {
    entry.image.is_some()
}

/// Plans once more with the sizes that are advised.
fn resized(spec: &Spec, catalogue: &Catalogue, advice: &[Advice]) -> Option<Resized> {
    if advice.is_empty() {
        return None;
    }
    let mut other = spec.clone();
    for workload in &mut other.workloads {
        if let Some(one) = advice.iter().find(|one| one.workload == workload.id) {
            (workload.cores, workload.memory_gb) = (Some(one.cores), Some(one.memory_gb));
        }
    }
    let plan = plan_with(&other, catalogue, &Terms::default());
    Some(Resized {
        fits: plan.fits,
        survives: plan.survival.holds,
        bottleneck: plan.bottleneck,
        headroom: plan.headroom,
    })
}
