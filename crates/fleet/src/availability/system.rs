//! What fails and what that takes down, of whatever it is made: units that fail and are repaired, and gates that need so
//! many of their children. The exact computation and the simulation both read this and know nothing of sites or nodes.

use serde::{Deserialize, Serialize};

/// Why something was down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The grid was out longer than batteries and generator carried.
    Power,
    /// The way to the internet.
    Link,
    /// Firewall at the edge.
    Edge,
    /// A machine stopped.
    Machine,
    /// Disks.
    Disk,
    /// Storage that several machines share.
    Storage,
    /// Something struck machines or links that should fail apart.
    CommonCause,
    /// What runs crashed.
    Software,
    /// Another took over, and that took its time.
    Failover,
    /// It was planned.
    Maintenance,
    /// Somebody did something wrong.
    HumanError,
    /// A copy was read back after data was lost.
    Restore,
    /// A cloud, a data centre or a service that is bought.
    Provider,
}

impl Cause {
    /// All of them.
    pub const ALL: [Cause; 13] = [
        Cause::Power,
        Cause::Link,
        Cause::Edge,
        Cause::Machine,
        Cause::Disk,
        Cause::Storage,
        Cause::CommonCause,
        Cause::Software,
        Cause::Failover,
        Cause::Maintenance,
        Cause::HumanError,
        Cause::Restore,
        Cause::Provider,
    ];

    /// Its place in `ALL`.
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

/// How long something is out, in hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outage {
    /// Always as long.
    Fixed(f64),
    /// Exponential, by its mean.
    Exponential(f64),
    /// Lognormal, by its mean and the deviation of the logarithm: most are short, a few are very long.
    Lognormal {
        /// Hours.
        mean: f64,
        /// Of the natural logarithm.
        sigma: f64,
    },
    /// Exponential, of which only what goes beyond something is felt: the grid behind batteries and a generator.
    Beyond {
        /// Hours that the outage itself takes, mean.
        mean: f64,
        /// Hours that are bridged.
        bridged: f64,
        /// Probability that an outage longer than that is felt: that the generator does not start.
        felt: f64,
        /// Hours until all runs again after it was felt.
        restart: f64,
    },
}

impl Outage {
    /// Mean hours that are felt, and mean hours until the next failure can begin.
    pub(super) fn means(self) -> (f64, f64) {
        match self {
            Outage::Fixed(hours) | Outage::Exponential(hours) | Outage::Lognormal { mean: hours, .. } => (hours, hours),
            Outage::Beyond { mean, bridged, felt, restart } => {
                let longer = if mean > 0.0 { (-bridged / mean).exp() } else { 0.0 };
                let restart = longer * felt * restart;
                (longer * felt * mean + restart, mean + restart)
            }
        }
    }

    /// How often a failure is felt at all.
    pub(super) fn felt(self) -> f64 {
        match self {
            Outage::Beyond { mean, bridged, felt, .. } if mean > 0.0 => (-bridged / mean).exp() * felt,
            Outage::Beyond { .. } => 0.0,
            _ => 1.0,
        }
    }
}

/// Something that fails and is repaired.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Stable: its chance is drawn from the name, so that two systems that share a unit share its fate.
    pub name: String,
    /// What its outages are counted as.
    pub cause: Cause,
    /// Failures in a year of running.
    pub rate: f64,
    /// How long it is out, from when somebody works on it.
    pub outage: Outage,
    /// Hours until it is noticed.
    pub detection: f64,
    /// The crew that has to repair it, one at a time each; nobody waits where there is none.
    pub crew: Option<usize>,
    /// It waits while something of its group is down, as maintenance does.
    pub group: Option<usize>,
}

impl Unit {
    /// A unit that nobody has to notice or wait for.
    #[must_use]
    pub fn new(name: impl Into<String>, cause: Cause, rate: f64, outage: Outage) -> Self {
        Self { name: name.into(), cause, rate, outage, detection: 0.0, crew: None, group: None }
    }
}

/// What a gate needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Child {
    /// A unit, by index.
    Unit(usize),
    /// A gate before this one, by index.
    Gate(usize),
}

/// Runs while so many of its children do.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// How many must run.
    pub needed: usize,
    /// Of these.
    pub children: Vec<Child>,
    /// Hours until another takes over where the child that serves goes down.
    pub failover: f64,
    /// Data is lost where it goes down.
    pub loss: Option<Loss>,
}

/// What the loss of data means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// Hours between two copies: what is lost is anything from none to all of it.
    pub interval: f64,
    /// Hours that reading a copy back takes, after the repair.
    pub restore: f64,
}

/// Units and gates; the last gate is the whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct System {
    /// What fails.
    pub units: Vec<Unit>,
    /// What needs it; children before parents.
    pub gates: Vec<Gate>,
    /// People in each crew.
    pub crews: Vec<u32>,
    /// Hours until another takes over where that was planned, if that is shorter than the gate's failover.
    pub handover: Option<f64>,
    /// Gates whose own minutes are counted too, by name.
    pub watched: Vec<(String, Child)>,
}

impl System {
    /// Adds a unit.
    pub fn unit(&mut self, unit: Unit) -> Child {
        self.units.push(unit);
        Child::Unit(self.units.len() - 1)
    }

    /// Adds a gate; no more is needed than there are children.
    pub fn gate(&mut self, needed: usize, children: Vec<Child>, failover: f64, loss: Option<Loss>) -> Child {
        let needed = needed.min(children.len());
        self.gates.push(Gate { needed, children, failover, loss });
        Child::Gate(self.gates.len() - 1)
    }

    /// Adds a gate that needs all of its children.
    pub fn all(&mut self, children: Vec<Child>) -> Child {
        self.gate(children.len(), children, 0.0, None)
    }

    /// Adds a crew of so many.
    pub fn crew(&mut self, people: u32) -> usize {
        self.crews.push(people.max(1));
        self.crews.len() - 1
    }

    /// Adds `count` units alike of which `needed` must run, with a share `beta` of their failures striking all at once: the
    /// beta-factor model, whose unavailability for one of two is ((1-b)u)^2 + b u.
    pub fn redundant(&mut self, needed: usize, count: usize, beta: f64, failover: f64, unit: &Unit) -> Child {
        let beta = if count > 1 { beta.clamp(0.0, 1.0) } else { 0.0 };
        let children: Vec<Child> = (0..count)
            .map(|at| {
                let name = format!("{}-{}", unit.name, at + 1);
                self.unit(Unit { name, rate: unit.rate * (1.0 - beta), ..unit.clone() })
            })
            .collect();
        let gate = self.gate(needed, children, failover, None);
        if beta <= 0.0 {
            return gate;
        }
        let name = format!("{} together", unit.name);
        let together = self.unit(Unit { name, cause: Cause::CommonCause, rate: unit.rate * beta, ..unit.clone() });
        self.all(vec![gate, together])
    }

    /// Hours until another takes over at a gate.
    pub(super) fn takeover(&self, gate: &Gate, planned: bool) -> f64 {
        match self.handover.filter(|_| planned) {
            Some(hours) => hours.min(gate.failover),
            None => gate.failover,
        }
    }

    /// Failures a year of all units together: what a simulated year costs.
    pub(super) fn rate(&self) -> f64 {
        let cycles = self.units.iter().filter(|unit| unit.rate > 0.0);
        cycles.map(|unit| 1.0 / (1.0 / unit.rate + unit.outage.means().1 / super::exact::YEAR)).sum()
    }
}
