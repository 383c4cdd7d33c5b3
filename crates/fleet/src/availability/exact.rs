//! The closed forms: series, k of n, common cause, failover as rate x time. Exact where units fail and are repaired on
//! their own; crews that are too few are for the simulation alone.

use super::system::{Cause, Child, Gate, System};

/// Hours of a year.
pub(super) const YEAR: f64 = 8760.0;
/// Gates that are worked out, at most: each thing that several gates share doubles them.
const WORK: usize = 300_000;

/// Unavailability, how often a year it begins, and how often of that it was planned.
#[derive(Debug, Clone, Copy)]
struct Part {
    down: f64,
    rate: f64,
    planned: f64,
}

impl Part {
    const NEVER: Part = Part { down: 1.0, rate: 0.0, planned: 0.0 };
    const ALWAYS: Part = Part { down: 0.0, rate: 0.0, planned: 0.0 };
}

/// Unavailability of the whole, from 0 to 1; nothing where too much is shared to be worked out.
#[must_use]
pub fn unavailability(system: &System) -> Option<f64> {
    without(system, None)
}

/// As `unavailability`, were a cause not there.
pub(super) fn without(system: &System, cause: Option<Cause>) -> Option<f64> {
    if system.gates.is_empty() {
        return Some(0.0);
    }
    let shared = shared(system);
    if shared.len() > 20 || system.gates.len() << shared.len() > WORK {
        return None;
    }
    let common = system.gates.iter().map(|gate| common(system, gate)).collect();
    let mut work = Work { system, cause, fixed: Vec::new(), shared: &shared, common };
    Some(work.split(0).clamp(0.0, 1.0))
}

/// Units and gates with several parents, children before parents.
fn shared(system: &System) -> Vec<Child> {
    let mut units = vec![0usize; system.units.len()];
    let mut gates = vec![0usize; system.gates.len()];
    for child in system.gates.iter().flat_map(|gate| &gate.children) {
        match child {
            Child::Unit(at) => units[*at] += 1,
            Child::Gate(at) => gates[*at] += 1,
        }
    }
    let units = units.iter().enumerate().filter(|(_, parents)| **parents > 1).map(|(at, _)| Child::Unit(at));
    let gates = gates.iter().enumerate().filter(|(_, parents)| **parents > 1).map(|(at, _)| Child::Gate(at));
    units.chain(gates).collect()
}

struct Work<'a> {
    system: &'a System,
    cause: Option<Cause>,
    /// What the shared things before are taken to be.
    fixed: Vec<(Child, Part)>,
    shared: &'a [Child],
    /// Of each gate, what all of its children need: nothing takes over where that fails.
    common: Vec<Vec<Child>>,
}

impl Work<'_> {
    /// Unavailability of the whole, given what is fixed: by cases of the next thing that is shared.
    fn split(&mut self, next: usize) -> f64 {
        let Some(&child) = self.shared.get(next) else {
            return self.whole();
        };
        let part = self.part_of(child, true);
        // Its rate is kept while it is taken as up, so that failovers that it sets off are counted.
        let mut sum = 0.0;
        for (case, weight) in [(Part { down: 0.0, ..part }, 1.0 - part.down), (Part::NEVER, part.down)] {
            if weight > 0.0 {
                self.fixed.push((child, case));
                sum += weight * self.split(next + 1);
                self.fixed.pop();
            }
        }
        sum
    }

    fn whole(&self) -> f64 {
        self.part_of(Child::Gate(self.system.gates.len() - 1), false).down
    }

    /// A child; `fresh` looks past what is fixed for the child itself.
    fn part_of(&self, child: Child, fresh: bool) -> Part {
        if !fresh && let Some((_, part)) = self.fixed.iter().find(|(fixed, _)| *fixed == child) {
            return *part;
        }
        match child {
            Child::Unit(at) => self.unit(at),
            Child::Gate(at) => self.gate(at),
        }
    }

    fn unit(&self, at: usize) -> Part {
        let unit = &self.system.units[at];
        if unit.rate <= 0.0 || self.cause == Some(unit.cause) {
            return Part::ALWAYS;
        }
        let (felt, busy) = unit.outage.means();
        let between = YEAR / unit.rate;
        let cycle = between + busy + unit.detection;
        let rate = YEAR / cycle * unit.outage.felt();
        let planned = if unit.cause == Cause::Maintenance { rate } else { 0.0 };
        Part { down: (felt + unit.detection) / cycle, rate, planned }
    }

    fn gate(&self, at: usize) -> Part {
        let (gate, common) = (&self.system.gates[at], &self.common[at]);
        let parts: Vec<Part> = gate.children.iter().map(|child| self.part_of(*child, false)).collect();
        let down = 1.0 - at_least(&parts, None, gate.needed);
        let (mut rate, mut planned) = (0.0, 0.0);
        if gate.needed > 0 {
            for (at, part) in parts.iter().enumerate() {
                let critical = at_least(&parts, Some(at), gate.needed - 1) - at_least(&parts, Some(at), gate.needed);
                rate += part.rate * critical;
                planned += part.planned * critical;
            }
        }
        let mut extra = 0.0;
        if gate.failover > 0.0 && self.cause != Some(Cause::Failover) && !parts.is_empty() {
            // The child that serves fails while one more than is needed runs.
            let spare = at_least(&parts, None, gate.needed + 1);
            let (each, each_planned) = serving(&parts);
            let at_once: f64 = common.iter().map(|child| self.part_of(*child, false).rate).sum();
            let handovers = each_planned * spare;
            let failovers = (each - each_planned - at_once).max(0.0) * spare;
            let hours = |planned| self.system.takeover(gate, planned);
            extra += (failovers * hours(false) + handovers * hours(true)) / YEAR;
            rate += failovers + handovers;
            planned += handovers;
        }
        if let Some(loss) = gate.loss.filter(|_| self.cause != Some(Cause::Restore)) {
            extra += rate * loss.restore / YEAR;
        }
        Part { down: (down + extra * (1.0 - down)).clamp(0.0, 1.0), rate, planned }
    }
}

/// How often a year the child that serves goes down while it runs, all of it and what of it is planned.
fn serving(parts: &[Part]) -> (f64, f64) {
    let up = || parts.iter().filter(|part| part.down < 1.0);
    let each: f64 = up().map(|part| part.rate / (1.0 - part.down)).sum();
    let planned: f64 = up().map(|part| part.planned / (1.0 - part.down)).sum();
    (each / parts.len() as f64, planned / parts.len() as f64)
}

/// What all children of a gate that fails over need.
fn common(system: &System, gate: &Gate) -> Vec<Child> {
    let of = |child: &Child| match child {
        Child::Gate(at) => system.gates[*at].children.as_slice(),
        Child::Unit(_) => &[],
    };
    match gate.children.split_first() {
        Some((first, others)) if gate.failover > 0.0 => {
            of(first).iter().filter(|child| others.iter().all(|other| of(other).contains(child))).copied().collect()
        }
        _ => Vec::new(),
    }
}

/// Probability that at least `needed` of the parts run, without the one at `skip`.
fn at_least(parts: &[Part], skip: Option<usize>, needed: usize) -> f64 {
    if needed == 0 {
        return 1.0;
    }
    // counts[j]: probability that exactly j run, all above `needed` gathered in the last.
    let mut counts = vec![0.0; needed + 1];
    counts[0] = 1.0;
    for (at, part) in parts.iter().enumerate() {
        if skip == Some(at) {
            continue;
        }
        for j in (0..=needed).rev() {
            let stays = if j == needed { counts[j] } else { counts[j] * part.down };
            let comes = if j > 0 { counts[j - 1] * (1.0 - part.down) } else { 0.0 };
            counts[j] = stays + comes;
        }
    }
    counts[needed]
}
