//! What happens when machines fail: everything on them is placed again on the others, failure by failure, and nothing else moves.

use std::collections::BTreeMap;

use super::demand::Batch;
use super::pack::{Problem, Seat, Seating};
use crate::spec::Spread;

/// Steps of the search for one failure.
const STEPS: u32 = 4_000;
/// Machines up to which every two are tried.
pub(super) const MOST_FOR_PAIRS: usize = 1_000;

/// What failures were tried and how they ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Trial {
    /// Failures tried.
    pub(super) tried: usize,
    /// Of these, how many it survives.
    pub(super) survived: usize,
    /// The first that it does not: the machines, and a workload that finds no place.
    pub(super) first: Option<(Vec<usize>, usize)>,
    /// Workloads of which a set runs with fewer replicas meanwhile, because their rules leave no other place.
    pub(super) fewer: Vec<bool>,
}

/// A trial of all failures of one machine, and of any two where two may fail.
pub(super) struct Trier<'p, 'a> {
    problem: &'p Problem<'a>,
    seating: Seating,
    /// Of each machine: the sets with a seat on it.
    sets_on: Vec<Vec<usize>>,
    /// Machines, the emptiest first.
    emptiest: Vec<usize>,
    /// Of each batch: domains with the machines in each that could take it.
    domains: Vec<BTreeMap<usize, u32>>,
    dead: Vec<bool>,
    /// Of each batch: what comes first.
    weights: Vec<(bool, u64)>,
}

impl<'p, 'a> Trier<'p, 'a> {
    pub(super) fn new(problem: &'p Problem<'a>, seating: &Seating) -> Self {
        let mut sets_on = vec![Vec::new(); problem.machines.len()];
        for (set, seats) in seating.seats.iter().enumerate() {
            for seat in seats {
                sets_on[seat.machine].push(set);
            }
        }
        let mut emptiest: Vec<usize> = (0..problem.machines.len()).collect();
        emptiest.sort_by_key(|machine| seating.load(problem, *machine));
        let domains = problem.batches.iter().map(|batch| {
            let mut domains = BTreeMap::new();
            for machine in (0..problem.machines.len()).filter(|machine| problem.eligible(batch, *machine)) {
                *domains.entry(problem.domain(batch.spread, machine)).or_insert(0) += 1;
            }
            domains
        });
        let domains = domains.collect();
        let (totals, cards) = problem.totals();
        let weight = |batch: &Batch| (batch.need.card > 0, problem.weight(&batch.need, &totals, cards));
        let weights = problem.batches.iter().map(weight).collect();
        let dead = vec![false; problem.machines.len()];
        Self { problem, seating: seating.clone(), sets_on, emptiest, domains, dead, weights }
    }

    /// Tries them all; gives up at the first that it does not survive where `all` is not asked for. `sampled`: of the pairs
    /// those of neighbours, of opposites and of the fullest, for estimates.
    pub(super) fn run(&mut self, all: bool, sampled: bool) -> Trial {
        let mut trial = Trial { fewer: vec![false; self.problem.allowed.len()], ..Trial::default() };
        let count = self.problem.machines.len();
        if self.problem.spare == 0 {
            return trial;
        }
        for one in 0..count {
            if !self.fail(&[one], &mut trial) && !all {
                return trial;
            }
        }
        if self.problem.spare > 1 && count <= MOST_FOR_PAIRS {
            for one in 0..count {
                for other in one + 1..count {
                    if sampled && !self.sample(one, other) {
                        continue;
                    }
                    if !self.fail(&[one, other], &mut trial) && !all {
                        return trial;
                    }
                }
            }
        }
        trial
    }

    fn sample(&self, one: usize, other: usize) -> bool {
        let full = |machine: &usize| self.emptiest.iter().rev().take(8).any(|fullest| fullest == machine);
        other - one == 1 || other - one == self.emptiest.len() / 2 || (full(&one) && full(&other))
    }

    fn fail(&mut self, machines: &[usize], trial: &mut Trial) -> bool {
        trial.tried += 1;
        let mut displaced: BTreeMap<usize, u32> = BTreeMap::new();
        for machine in machines {
            self.dead[*machine] = true;
            for set in &self.sets_on[*machine] {
                *displaced.entry(*set).or_insert(0) += 1;
            }
        }
        let mut lost: Vec<(usize, usize, Seat)> = Vec::new();
        for set in displaced.keys() {
            while let Some(at) = self.seating.seats[*set].iter().position(|seat| self.dead[seat.machine]) {
                let seat = self.seating.stand(self.problem, *set, at);
                lost.push((*set, at, seat));
            }
        }
        let missing = self.replace(&displaced, machines, trial);
        for (set, at, seat) in lost.into_iter().rev() {
            self.seating.sit(self.problem, set, seat);
            if let Some(back) = self.seating.seats[set].pop() {
                self.seating.seats[set].insert(at, back);
            }
        }
        for machine in machines {
            self.dead[*machine] = false;
        }
        match missing {
            None => {
                trial.survived += 1;
                true
            }
            Some(workload) => {
                if trial.first.is_none() {
                    trial.first = Some((machines.to_vec(), workload));
                }
                false
            }
        }
    }

    /// Finds new seats; answers a workload that finds none. Leaves the seating as it was.
    fn replace(&mut self, displaced: &BTreeMap<usize, u32>, failed: &[usize], trial: &mut Trial) -> Option<usize> {
        let mut queue = Vec::new();
        for (set, count) in displaced {
            let batch = self.problem.batch(*set);
            let wanted = self.places(*set, batch, failed).min(*count);
            if wanted < *count {
                if (self.seating.seats[*set].len() as u32 + wanted) < batch.quorum {
                    return Some(batch.workload);
                }
                trial.fewer[batch.workload] = true;
            }
            queue.extend(std::iter::repeat_n(*set, wanted as usize));
        }
        queue.sort_by_key(|set| std::cmp::Reverse(self.weights[self.problem.batch_of[*set] as usize]));
        self.greedy(&queue, false)?;
        let missing = self.greedy(&queue, true)?;
        let mut steps = STEPS;
        if queue.len() <= 16 && self.problem.machines.len() <= 32 && self.search(&queue, 0, &mut steps) {
            return None;
        }
        Some(missing)
    }

    /// Places that its rules and the sizes of the machines leave for more replicas of a set.
    fn places(&self, set: usize, batch: &Batch, failed: &[usize]) -> u32 {
        let domains = &self.domains[self.problem.batch_of[set] as usize];
        let eligible_failed = failed.iter().filter(|machine| self.problem.eligible(batch, **machine));
        if matches!(batch.spread, Spread::None | Spread::Node) {
            let alive = (domains.len() - eligible_failed.count()) as u32;
            if batch.spread == Spread::None {
                return if alive > 0 { u32::MAX } else { 0 };
            }
            return alive.saturating_sub(self.seating.seats[set].len() as u32);
        }
        let mut left = domains.clone();
        for machine in eligible_failed {
            if let Some(count) = left.get_mut(&self.problem.domain(batch.spread, *machine)) {
                *count -= 1;
            }
        }
        for seat in &self.seating.seats[set] {
            left.remove(&self.problem.domain(batch.spread, seat.machine));
        }
        left.values().filter(|count| **count > 0).count() as u32
    }

    fn can(&self, set: usize, machine: usize) -> Option<Seat> {
        let batch = self.problem.batch(set);
        if self.dead[machine] || !self.problem.allowed[batch.workload][self.problem.machines[machine].group] {
            return None;
        }
        let card = self.seating.fits(self.problem, batch, machine)?;
        self.seating.welcome(self.problem, set, machine).then_some(Seat { machine, card })
    }

    /// One after the other on the emptiest machine, or on the fullest; answers the workload that finds no place.
    fn greedy(&mut self, queue: &[usize], fullest: bool) -> Option<usize> {
        let mut done = 0;
        let mut missing = None;
        for set in queue {
            let seat = if fullest {
                self.emptiest.iter().rev().find_map(|machine| self.can(*set, *machine))
            } else {
                self.emptiest.iter().find_map(|machine| self.can(*set, *machine))
            };
            match seat {
                Some(seat) => self.seating.sit(self.problem, *set, seat),
                None => {
                    missing = Some(self.problem.batch(*set).workload);
                    break;
                }
            }
            done += 1;
        }
        for set in queue[..done].iter().rev() {
            let last = self.seating.seats[*set].len() - 1;
            self.seating.stand(self.problem, *set, last);
        }
        missing
    }

    /// Tries everything within so many steps. Leaves the seating as it was.
    fn search(&mut self, queue: &[usize], at: usize, steps: &mut u32) -> bool {
        let Some(set) = queue.get(at).copied() else { return true };
        for machine in 0..self.problem.machines.len() {
            if *steps == 0 {
                return false;
            }
            *steps -= 1;
            let Some(seat) = self.can(set, machine) else { continue };
            self.seating.sit(self.problem, set, seat);
            let found = self.search(queue, at + 1, steps);
            let last = self.seating.seats[set].len() - 1;
            self.seating.stand(self.problem, set, last);
            if found {
                return true;
            }
        }
        false
    }
}
