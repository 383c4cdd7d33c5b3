//! Packing: who sits where, by several orders and, where few enough, by trying everything within a bound.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::demand::Batch;
use super::machine::{Amounts, Machine, Need};
use crate::spec::Spread;

/// Everything that placing asks about and that does not change by it.
pub(super) struct Problem<'a> {
    pub(super) machines: &'a [Machine],
    pub(super) batches: &'a [Batch],
    /// By workload, then by `node` of the spec.
    pub(super) allowed: &'a [Vec<bool>],
    /// By workload: those it shares no node with.
    pub(super) apart: &'a [Vec<usize>],
    /// The first set of each batch; and one past the last of all.
    pub(super) first_set: Vec<usize>,
    /// Which batch a set is of.
    pub(super) batch_of: Vec<u32>,
    /// Machines that may fail at once.
    pub(super) spare: u32,
}

/// A place on a machine, and on one of its cards where it takes a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) machine: usize,
    pub(super) card: Option<usize>,
}

/// Who sits where.
#[derive(Clone)]
pub(super) struct Seating {
    pub(super) free: Vec<Amounts>,
    /// Free slices of each card.
    pub(super) slices: Vec<Vec<u32>>,
    /// Of each machine: workloads with their replicas on it.
    present: Vec<Vec<(usize, u32)>>,
    /// Of each set: its seats.
    pub(super) seats: Vec<Vec<Seat>>,
    /// Replicas that sit.
    pub(super) placed: usize,
}

impl<'a> Problem<'a> {
    pub(super) fn new(
        machines: &'a [Machine],
        batches: &'a [Batch],
        allowed: &'a [Vec<bool>],
        apart: &'a [Vec<usize>],
        spare: u32,
    ) -> Self {
        let mut first_set = Vec::with_capacity(batches.len() + 1);
        let mut batch_of = Vec::new();
        for (at, batch) in batches.iter().enumerate() {
            first_set.push(batch_of.len());
            batch_of.extend(std::iter::repeat_n(at as u32, batch.sets as usize));
        }
        first_set.push(batch_of.len());
        Self { machines, batches, allowed, apart, first_set, batch_of, spare }
    }

    pub(super) fn batch(&self, set: usize) -> &Batch {
        &self.batches[self.batch_of[set] as usize]
    }

    /// Replicas there are to be.
    pub(super) fn replicas(&self) -> usize {
        self.batches.iter().map(|batch| batch.sets as usize * batch.replicas as usize).sum()
    }

    /// What replicas of one set must differ in.
    pub(super) fn domain(&self, spread: Spread, machine: usize) -> usize {
        match spread {
            Spread::None | Spread::Node => machine,
            Spread::Zone => self.machines[machine].zone,
            Spread::Site => self.machines[machine].site,
        }
    }

    /// Whether a rule or the size of the machine forbids it, whoever else sits there.
    pub(super) fn eligible(&self, batch: &Batch, machine: usize) -> bool {
        let it = &self.machines[machine];
        self.allowed[batch.workload][it.group] && it.could(&batch.need)
    }

    pub(super) fn empty(&self) -> Seating {
        Seating {
            free: self.machines.iter().map(|one| one.capacity).collect(),
            slices: self.machines.iter().map(|one| one.cards.iter().map(|card| card.slices).collect()).collect(),
            present: vec![Vec::new(); self.machines.len()],
            seats: vec![Vec::new(); self.batch_of.len()],
            placed: 0,
        }
    }

    /// How much of the largest machine a need takes in the dimension it takes most of, in millionths.
    pub(super) fn weight(&self, need: &Need, totals: &Amounts, cards: u64) -> u64 {
        let of = |need: u64, all: u64| {
            if need == 0 { 0 } else { (u128::from(need) * 1_000_000_000 / u128::from(all.max(1))) as u64 }
        };
        (0..3).map(|at| of(need.amounts[at], totals[at])).chain([of(need.card, cards)]).max().unwrap_or(0)
    }

    /// All there is of each dimension, and of cards.
    pub(super) fn totals(&self) -> (Amounts, u64) {
        let mut totals = [0u64; 3];
        let mut cards = 0u64;
        for machine in self.machines {
            for (at, total) in totals.iter_mut().enumerate() {
                *total = total.saturating_add(machine.capacity[at]);
            }
            for card in &machine.cards {
                cards = cards.saturating_add(card.slice.saturating_mul(card.slices.into()));
            }
        }
        (totals, cards)
    }
}

impl Seating {
    /// The card it would sit on: `Some(None)` where it takes none; nothing where it does not fit.
    pub(super) fn fits(&self, problem: &Problem<'_>, batch: &Batch, machine: usize) -> Option<Option<usize>> {
        let free = &self.free[machine];
        if (0..3).any(|at| batch.need.amounts[at] > free[at]) {
            return None;
        }
        if batch.need.card == 0 {
            return Some(None);
        }
        let cards = problem.machines[machine].cards.iter().zip(&self.slices[machine]).enumerate();
        let fitting = cards.filter_map(|(at, (card, free))| {
            let slices = card.slices_for(batch.need.card);
            (slices <= *free).then(|| (free - slices, at))
        });
        fitting.min().map(|(_, at)| Some(at))
    }

    /// Whether those that are there let it come.
    pub(super) fn welcome(&self, problem: &Problem<'_>, set: usize, machine: usize) -> bool {
        let batch = problem.batch(set);
        let apart = &problem.apart[batch.workload];
        if !apart.is_empty() && self.present[machine].iter().any(|(other, _)| apart.binary_search(other).is_ok()) {
            return false;
        }
        if batch.spread == Spread::None {
            return true;
        }
        let domain = problem.domain(batch.spread, machine);
        self.seats[set].iter().all(|seat| problem.domain(batch.spread, seat.machine) != domain)
    }

    pub(super) fn sit(&mut self, problem: &Problem<'_>, set: usize, seat: Seat) {
        let batch = problem.batch(set);
        for at in 0..3 {
            self.free[seat.machine][at] -= batch.need.amounts[at];
        }
        if let Some(card) = seat.card {
            self.slices[seat.machine][card] -= problem.machines[seat.machine].cards[card].slices_for(batch.need.card);
        }
        let present = &mut self.present[seat.machine];
        match present.iter_mut().find(|(workload, _)| *workload == batch.workload) {
            Some((_, count)) => *count += 1,
            None => present.push((batch.workload, 1)),
        }
        self.seats[set].push(seat);
        self.placed += 1;
    }

    /// Takes the seat back; the set keeps the others in their order.
    pub(super) fn stand(&mut self, problem: &Problem<'_>, set: usize, at: usize) -> Seat {
        let batch = problem.batch(set);
        let seat = self.seats[set].remove(at);
        for at in 0..3 {
            self.free[seat.machine][at] += batch.need.amounts[at];
        }
        if let Some(card) = seat.card {
            self.slices[seat.machine][card] += problem.machines[seat.machine].cards[card].slices_for(batch.need.card);
        }
        let present = &mut self.present[seat.machine];
        if let Some(found) = present.iter().position(|(workload, _)| *workload == batch.workload) {
            present[found].1 -= 1;
            if present[found].1 == 0 {
                present.swap_remove(found);
            }
        }
        self.placed -= 1;
        seat
    }

    /// Nothing sits there.
    pub(super) fn is_empty(&self, machine: usize) -> bool {
        self.present[machine].is_empty()
    }

    /// How full a machine is in its fullest dimension, in millionths.
    pub(super) fn load(&self, problem: &Problem<'_>, machine: usize) -> u64 {
        let capacity = &problem.machines[machine].capacity;
        let share = |free: u64, all: u64| {
            if all == 0 { 0 } else { (u128::from(all - free) * 1_000_000 / u128::from(all)) as u64 }
        };
        let amounts = (0..3).map(|at| share(self.free[machine][at], capacity[at]));
        let cards: u32 = problem.machines[machine].cards.iter().map(|card| card.slices).sum();
        let free: u32 = self.slices[machine].iter().sum();
        amounts.chain([share(free.into(), cards.into())]).max().unwrap_or(0)
    }
}

/// Which machine comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefer {
    /// As the spec has them.
    First,
    /// The fullest that takes it.
    Fullest,
    /// The emptiest.
    Emptiest,
}

/// Which replicas come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By the dimension they take most of.
    Dominant,
    /// By the sum over the dimensions.
    Sum,
    /// By memory.
    Memory,
    /// By the fewest machines that may take it.
    Choosy,
}

/// Places all it can. Machines from `usable` on are left empty.
pub(super) fn pack(problem: &Problem<'_>, order: Order, prefer: Prefer, usable: &[usize]) -> Seating {
    let mut seating = problem.empty();
    for batch in ordered(problem, order) {
        if prefer == Prefer::Emptiest {
            by_emptiest(problem, &mut seating, batch, usable);
        } else {
            in_order(problem, &mut seating, batch, prefer, usable);
        }
    }
    seating
}

/// The batches in the order they are placed.
pub(super) fn ordered(problem: &Problem<'_>, order: Order) -> Vec<usize> {
    let (totals, cards) = problem.totals();
    let sum = |need: &Need| -> u64 {
        (0..3).map(|at| (u128::from(need.amounts[at]) * 1_000_000_000 / u128::from(totals[at].max(1))) as u64).sum()
    };
    let key = |batch: &Batch| -> (u64, u64) {
        let dominant = problem.weight(&batch.need, &totals, cards);
        match order {
            Order::Dominant => (dominant, 0),
            Order::Sum => (sum(&batch.need).saturating_add(batch.need.card), dominant),
            Order::Memory => (batch.need.amounts[1], dominant),
            Order::Choosy => {
                let many = (0..problem.machines.len()).filter(|machine| problem.eligible(batch, *machine)).count();
                (u64::MAX - many as u64, dominant)
            }
        }
    };
    let mut batches: Vec<usize> = (0..problem.batches.len()).collect();
    batches.sort_by_cached_key(|at| {
        let batch = &problem.batches[*at];
        Reverse((batch.need.card > 0, key(batch)))
    });
    batches
}

/// One after the other. A machine that has no room for one has none for its equals: it is not asked again.
fn in_order(problem: &Problem<'_>, seating: &mut Seating, at: usize, prefer: Prefer, usable: &[usize]) {
    let batch = &problem.batches[at];
    let mut machines: Vec<usize> = usable.iter().copied().filter(|one| problem.eligible(batch, *one)).collect();
    if prefer == Prefer::Fullest {
        machines.sort_by_key(|one| Reverse(seating.load(problem, *one)));
    }
    for set in problem.first_set[at]..problem.first_set[at + 1] {
        for _ in 0..batch.replicas {
            let mut full = 0;
            let mut found = None;
            for (position, machine) in machines.iter().enumerate() {
                match seating.fits(problem, batch, *machine) {
                    Some(card) if seating.welcome(problem, set, *machine) => {
                        found = Some(Seat { machine: *machine, card });
                        break;
                    }
                    None if position == full => full += 1,
                    _ => {}
                }
            }
            machines.drain(..full);
            match found {
                Some(seat) => seating.sit(problem, set, seat),
                None => break,
            }
        }
    }
}

/// Each on the emptiest that takes it.
fn by_emptiest(problem: &Problem<'_>, seating: &mut Seating, at: usize, usable: &[usize]) {
    let batch = &problem.batches[at];
    let eligible = usable.iter().copied().filter(|one| problem.eligible(batch, *one));
    let mut heap: BinaryHeap<Reverse<(u64, usize)>> =
        eligible.map(|one| Reverse((seating.load(problem, one), one))).collect();
    let mut aside = Vec::new();
    for set in problem.first_set[at]..problem.first_set[at + 1] {
        for _ in 0..batch.replicas {
            let mut found = false;
            while let Some(Reverse((load, machine))) = heap.pop() {
                let Some(card) = seating.fits(problem, batch, machine) else { continue };
                if seating.welcome(problem, set, machine) {
                    seating.sit(problem, set, Seat { machine, card });
                    heap.push(Reverse((seating.load(problem, machine), machine)));
                    found = true;
                    break;
                }
                aside.push(Reverse((load, machine)));
            }
            heap.extend(aside.drain(..));
            if !found {
                break;
            }
        }
    }
}
