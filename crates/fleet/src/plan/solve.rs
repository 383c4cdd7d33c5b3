//! The choice among placements: the first that places all and survives what it must, else the one that comes nearest.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::demand::Batch;
use super::pack::{Order, Prefer, Problem, Seat, Seating, ordered, pack};
use super::survive::{Trial, Trier};
use crate::spec::Spread;

/// Replicas and machines up to which everything is tried, within `STEPS`.
const FEW_REPLICAS: usize = 28;
const FEW_MACHINES: usize = 10;
const STEPS: u32 = 60_000;
const LEAVES: u32 = 400;
/// Machines above which pairs of failures are sampled where no plan is told, only how far it reaches.
const ESTIMATED: usize = 64;

/// A placement with what failures do to it.
pub(super) struct Solution {
    pub(super) seating: Seating,
    pub(super) trial: Trial,
}

impl Solution {
    /// All sit, and every failure tried is survived.
    pub(super) fn holds(&self, problem: &Problem<'_>) -> bool {
        self.seating.placed == problem.replicas() && self.trial.survived == self.trial.tried
    }
}

/// Places everything as well as it can. `thorough`: more orders, and everything tried where there is little.
pub(super) fn solve(problem: &Problem<'_>, thorough: bool) -> Solution {
    match find(problem, thorough) {
        Ok(solution) => solution,
        Err(seating) => {
            let trial = Trier::new(problem, &seating).run(true, false);
            Solution { seating, trial }
        }
    }
}

/// Whether a placement is found that holds.
pub(super) fn holds(problem: &Problem<'_>, thorough: bool) -> bool {
    !hopeless(problem) && find(problem, thorough).is_ok_and(|solution| solution.holds(problem))
}

/// A placement that holds, or the fullest of those tried.
fn find(problem: &Problem<'_>, thorough: bool) -> Result<Solution, Seating> {
    let replicas = problem.replicas();
    let mut best: Option<Seating> = None;
    for (order, prefer, spared) in attempts(problem, thorough) {
        let seating = pack(problem, order, prefer, &usable(problem, spared));
        if seating.placed == replicas {
            let trial = Trier::new(problem, &seating).run(false, !thorough && problem.machines.len() > ESTIMATED);
            if trial.survived == trial.tried {
                return Ok(Solution { seating, trial });
            }
        }
        if best.as_ref().is_none_or(|best| seating.placed > best.placed) {
            best = Some(seating);
        }
    }
    let small = replicas <= FEW_REPLICAS && problem.machines.len() <= FEW_MACHINES;
    if thorough
        && small
        && let Some(seating) = Search::of(problem).run()
    {
        let trial = Trier::new(problem, &seating).run(true, false);
        return Ok(Solution { seating, trial });
    }
    Err(best.unwrap_or_else(|| problem.empty()))
}

/// More is asked for than there is: of a dimension, or of places for replicas that share none.
fn hopeless(problem: &Problem<'_>) -> bool {
    let crowded = |batch: &Batch| {
        batch.spread != Spread::None && batch.replicas > 1 && {
            let eligible = (0..problem.machines.len()).filter(|machine| problem.eligible(batch, *machine));
            let domains: HashSet<usize> = eligible.map(|machine| problem.domain(batch.spread, machine)).collect();
            domains.len() < batch.replicas as usize
        }
    };
    if problem.batches.iter().any(crowded) {
        return true;
    }
    (0..3).any(|at| {
        let needs = problem
            .batches
            .iter()
            .map(|batch| u128::from(batch.need.amounts[at]) * u128::from(batch.sets) * u128::from(batch.replicas));
        let there: u128 = problem.machines.iter().map(|one| u128::from(one.capacity[at])).sum();
        needs.sum::<u128>() > there
    })
}

/// What is tried, in order: even load first, since a failure then hits the fewest; then whole machines left empty.
fn attempts(problem: &Problem<'_>, thorough: bool) -> Vec<(Order, Prefer, usize)> {
    let spare = problem.spare as usize;
    let mut attempts = vec![(Order::Dominant, Prefer::Emptiest, 0), (Order::Dominant, Prefer::Fullest, 0)];
    if spare > 0 {
        attempts.push((Order::Dominant, Prefer::Fullest, spare));
    }
    if !thorough {
        return attempts;
    }
    for order in [Order::Dominant, Order::Sum, Order::Memory, Order::Choosy] {
        for prefer in [Prefer::Emptiest, Prefer::First, Prefer::Fullest] {
            for spared in [0, spare] {
                if !attempts.contains(&(order, prefer, spared)) {
                    attempts.push((order, prefer, spared));
                }
            }
        }
    }
    attempts
}

/// The machines without so many of the largest: left empty, they take what fails.
fn usable(problem: &Problem<'_>, spared: usize) -> Vec<usize> {
    let mut machines: Vec<usize> = (0..problem.machines.len()).collect();
    if spared == 0 {
        return machines;
    }
    let (totals, _) = problem.totals();
    let size = |machine: &usize| {
        let it = &problem.machines[*machine];
        let share = |at: usize| (u128::from(it.capacity[at]) * 1_000_000_000 / u128::from(totals[at].max(1))) as u64;
        (!it.cards.is_empty(), (0..3).map(share).sum::<u64>(), *machine)
    };
    machines.sort_by_key(|machine| Reverse(size(machine)));
    let mut rest = machines.split_off(spared.min(machines.len()));
    rest.sort_unstable();
    rest
}

/// Everything there is, replica by replica, the heaviest first, on each machine that differs from those before.
struct Search<'p, 'a> {
    problem: &'p Problem<'a>,
    /// Sets, one entry for each replica.
    queue: Vec<usize>,
    seating: Seating,
    steps: u32,
    leaves: u32,
}

impl<'p, 'a> Search<'p, 'a> {
    fn of(problem: &'p Problem<'a>) -> Self {
        let mut queue = Vec::new();
        for batch in ordered(problem, Order::Dominant) {
            for set in problem.first_set[batch]..problem.first_set[batch + 1] {
                queue.extend(std::iter::repeat_n(set, problem.batches[batch].replicas as usize));
            }
        }
        Self { problem, queue, seating: problem.empty(), steps: STEPS, leaves: LEAVES }
    }

    fn run(mut self) -> Option<Seating> {
        if hopeless(self.problem) {
            return None;
        }
        self.enter(0).then_some(self.seating)
    }

    fn enter(&mut self, at: usize) -> bool {
        let Some(set) = self.queue.get(at).copied() else {
            self.leaves = self.leaves.saturating_sub(1);
            let trial = Trier::new(self.problem, &self.seating).run(false, false);
            return trial.survived == trial.tried;
        };
        let problem = self.problem;
        let batch = problem.batch(set);
        // Replicas of one set are equals: each sits no earlier than the one before.
        let first = self.seating.seats[set].last().map_or(0, |seat| seat.machine);
        for machine in first..problem.machines.len() {
            if self.steps == 0 || self.leaves == 0 {
                return false;
            }
            self.steps -= 1;
            if !problem.eligible(batch, machine) || self.twin(machine, first) {
                continue;
            }
            let Some(card) = self.seating.fits(problem, batch, machine) else { continue };
            if !self.seating.welcome(problem, set, machine) {
                continue;
            }
            self.seating.sit(problem, set, Seat { machine, card });
            if self.enter(at + 1) {
                return true;
            }
            let last = self.seating.seats[set].len() - 1;
            self.seating.stand(problem, set, last);
        }
        false
    }

    /// An empty machine like an empty one before it.
    fn twin(&self, machine: usize, first: usize) -> bool {
        let empty = |at: usize| self.seating.is_empty(at);
        let it = &self.problem.machines[machine];
        let like = |at: usize| {
            let other = &self.problem.machines[at];
            other.group == it.group && other.zone == it.zone && empty(at)
        };
        empty(machine) && (first..machine).any(like)
    }
}
