//! The plan: what is asked for, where each replica sits, what failures do to it, what is left, and when it is outgrown.

mod change;
mod demand;
mod dice;
mod finding;
mod forecast;
mod machine;
mod pack;
mod report;
mod solve;
mod survive;
mod terms;

use serde::Serialize;

pub use finding::{Change, Dimension, Finding, Step};
pub use forecast::{Exhaustion, StoredMonth};
pub use machine::usable_gb;
pub use terms::{Access, Measured, PHASES, Phase, Terms};

use crate::Catalogue;
use crate::spec::Spec;
use demand::{Demand, allowed, apart};
use machine::{Machine, machines};
use pack::Problem;
use solve::{holds, solve};

/// Machines, and replicas, above which nothing is planned one by one.
const MOST_MACHINES: u64 = 20_000;
const MOST_REPLICAS: u64 = 200_000;
/// Machines times replicas up to which an estimate tries all orders.
const THOROUGH: u64 = 20_000;
/// Workloads times kinds of nodes.
const MOST_RULES: usize = 10_000_000;

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Everything has a place, and nothing is missing. Failures apart.
    pub fits: bool,
    /// What failures do.
    pub survival: Survival,
    /// Clinics there are.
    pub clinics: u64,
    /// What is asked for.
    pub demand: Vec<Demanded>,
    /// The nodes, one by one, with who sits on each.
    pub nodes: Vec<Planned>,
    /// What is left of each dimension.
    pub headroom: Vec<Headroom>,
    /// What ends first.
    pub bottleneck: Option<Dimension>,
    /// What does not fit, and what to know.
    pub findings: Vec<Finding>,
    /// What would make it fit and survive, the smallest first; each was planned again.
    pub changes: Vec<Change>,
    /// When it is outgrown.
    pub exhaustion: Exhaustion,
    /// What is stored, by kind and month.
    pub storage: Vec<StoredMonth>,
    /// Replicas that take too much or too little, by what was measured.
    pub advice: Vec<Advice>,
    /// The phase of requirement 000 that so many clinics belong to.
    pub phase: Phase,
    /// The next one, and the clinics it begins at.
    pub next_phase: Option<(Phase, u32)>,
    /// What was taken for granted.
    pub terms: Terms,
}

/// What failures of nodes do. Those that survive do not move; those that were on the failed node sit down elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Survival {
    /// Nodes that may fail at once, by the spec.
    pub promised: u32,
    /// Nodes of which all failures at once were tried: at most two, and one where there are more than a thousand nodes.
    pub at_once: u32,
    /// Failures tried.
    pub tried: usize,
    /// Of these, how many are survived: all that the rules leave a place for sits, and each set keeps its quorum.
    pub survived: usize,
    /// All of them, and as many at once as promised.
    pub holds: bool,
}

/// Sets of replicas alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Demanded {
    /// A workload's id.
    pub workload: String,
    /// Sets: one of what is shared, one for each clinic of a silo.
    pub sets: u32,
    /// Replicas of each set.
    pub replicas: u32,
    /// Of these, how many must run.
    pub quorum: u32,
    /// Each set is a clinic's own.
    pub own: bool,
    /// What its curve counts, for each set.
    pub units: f64,
    /// Of each replica.
    pub takes: Takes,
    /// What stands beside each replica in a cluster, and is not of `takes`: sentinels, agents, its share of proxies.
    pub beside: Takes,
    /// Gigabytes of blocks and files of each replica, on its node or beside it.
    pub keeps_gb: f64,
}

/// Amounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Takes {
    /// Cores.
    pub cores: f64,
    /// Gibibytes.
    pub memory_gb: f64,
    /// Gigabytes of disk.
    pub disk_gb: f64,
    /// Gibibytes of cards.
    pub gpu_gb: f64,
}

/// A node with who sits on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// The spec's id, with a number where there are several.
    pub name: String,
    /// The spec's id.
    pub node: String,
    /// A site's id.
    pub site: String,
    /// Number of its zone, from 0, of all sites together.
    pub zone: usize,
    /// What it can give, without what its own system takes.
    pub capacity: Takes,
    /// What is taken. Of cards, whole slices.
    pub used: Takes,
    /// Who sits there.
    pub tenants: Vec<Tenant>,
}

/// A replica on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tenant {
    /// Which of `Plan::demand`.
    pub demand: usize,
    /// Which of its sets.
    pub set: usize,
    /// Which card of the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<usize>,
}

/// What is left of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Headroom {
    /// Of what: cores; gibibytes of memory and cards; gigabytes of disk.
    pub of: Dimension,
    /// There is.
    pub total: f64,
    /// Is taken.
    pub used: f64,
    /// Of the largest nodes that may fail: kept free for it.
    pub reserved: f64,
    /// Taken, in percent of what is not reserved.
    pub used_percent: f64,
}

/// A replica that takes too much or too little.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// A workload's id.
    pub workload: String,
    /// Planned now, of each replica.
    pub planned: Takes,
    /// What was measured and the margin: cores.
    pub cores: f64,
    /// As `cores`: gibibytes.
    pub memory_gb: f64,
    /// It takes less than it needs: this one is urgent.
    pub too_small: bool,
}

/// Plans a fleet as the terms stand by themselves.
#[must_use]
pub fn plan(spec: &Spec, catalogue: &Catalogue) -> Plan {
    plan_with(spec, catalogue, &Terms::default())
}

/// Plans a fleet.
#[must_use]
pub fn plan_with(spec: &Spec, catalogue: &Catalogue, terms: &Terms) -> Plan {
    let layout = match Layout::of(spec, catalogue, terms) {
        Ok(layout) => layout,
        Err(finding) => return report::nothing(spec, terms, finding),
    };
    let problem = layout.problem();
    let solution = solve(&problem, true);
    let mut plan = report::of(spec, terms, &layout, &problem, &solution);
    let holds = solution.holds(&problem) && layout.short.is_empty();
    if !holds {
        plan.changes = change::changes(spec, catalogue, terms, &layout);
    }
    plan.exhaustion = forecast::exhaustion(spec, catalogue, terms, &layout, holds);
    plan
}

/// Whether everything would have a place and survive: a plan without its report. Where there is much, fewer orders are tried,
/// and of more than 64 machines fewer pairs of failures.
#[must_use]
pub fn would_hold(spec: &Spec, catalogue: &Catalogue, terms: &Terms) -> bool {
    Layout::of(spec, catalogue, terms)
        .is_ok_and(|layout| layout.holds(layout.machines.len() as u64 * layout.replicas() <= THOROUGH))
}

/// Demand, machines and rules of a spec.
struct Layout {
    demand: Demand,
    machines: Vec<Machine>,
    allowed: Vec<Vec<bool>>,
    apart: Vec<Vec<usize>>,
    short: Vec<(crate::catalogue::StorageKind, f64, f64)>,
    spare: u32,
}

impl Layout {
    /// # Errors
    /// There is more than is planned one by one.
    fn of(spec: &Spec, catalogue: &Catalogue, terms: &Terms) -> Result<Self, Finding> {
        let count: u64 = spec.nodes.iter().map(|node| u64::from(node.count)).sum();
        let rules = spec.workloads.len().saturating_mul(spec.nodes.len());
        if count > MOST_MACHINES || rules > MOST_RULES {
            return Err(Finding::TooLarge { machines: count, replicas: 0 });
        }
        let mut layout = Self {
            demand: demand::demand(spec, catalogue, terms),
            machines: Vec::new(),
            allowed: allowed(spec),
            apart: apart(spec),
            short: Vec::new(),
            spare: spec.promises.spare_nodes,
        };
        let replicas = layout.replicas();
        if replicas > MOST_REPLICAS {
            return Err(Finding::TooLarge { machines: count, replicas });
        }
        layout.short = layout.demand.stored.short(spec);
        layout.machines = machines(spec, terms);
        Ok(layout)
    }

    fn replicas(&self) -> u64 {
        let each = self.demand.batches.iter().map(|batch| u64::from(batch.sets) * u64::from(batch.replicas));
        each.fold(0, u64::saturating_add)
    }

    fn problem(&self) -> Problem<'_> {
        Problem::new(&self.machines, &self.demand.batches, &self.allowed, &self.apart, self.spare)
    }

    fn holds(&self, thorough: bool) -> bool {
        self.short.is_empty() && holds(&self.problem(), thorough)
    }
}
