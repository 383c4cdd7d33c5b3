//! One block of years: the queue of events, the crews, the states of units and gates.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

use super::super::exact::YEAR;
use super::super::system::{Cause, Child, Outage, System};

/// Hours of a month.
const MONTH: f64 = YEAR / 12.0;
/// Days that maintenance waits for the rest to be whole; then it is done all the same.
const PATIENCE: u8 = 14;

/// Who needs what, turned round.
pub(super) struct Plan {
    unit_parents: Vec<Vec<usize>>,
    gate_parents: Vec<Vec<usize>>,
    /// Part that is watched, by gate.
    watched: Vec<Option<usize>>,
    groups: usize,
    names: Vec<u64>,
}

impl Plan {
    pub(super) fn new(system: &System) -> Self {
        let mut unit_parents = vec![Vec::new(); system.units.len()];
        let mut gate_parents = vec![Vec::new(); system.gates.len()];
        for (at, gate) in system.gates.iter().enumerate() {
            for child in &gate.children {
                match child {
                    Child::Unit(unit) => unit_parents[*unit].push(at),
                    Child::Gate(gate) => gate_parents[*gate].push(at),
                }
            }
        }
        let mut watched = vec![None; system.gates.len()];
        for (at, (_, child)) in system.watched.iter().enumerate() {
            if let Child::Gate(gate) = child {
                watched[*gate] = Some(at);
            }
        }
        let groups = system.units.iter().filter_map(|unit| unit.group).max().map_or(0, |most| most + 1);
        let names = system.units.iter().map(|unit| hash(&unit.name)).collect();
        Self { unit_parents, gate_parents, watched, groups, names }
    }
}

/// FNV-1a: the same on every machine and version.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What a block gives.
pub(super) struct Block {
    /// Minutes down, each twelfth of a year.
    pub(super) months: Vec<f64>,
    pub(super) causes: [f64; Cause::ALL.len()],
    pub(super) losses: u64,
    pub(super) lost_hours: f64,
    pub(super) watched: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Fail(usize),
    Down(usize),
    Noticed(usize),
    Up(usize),
    Ready(usize, u32),
}

/// Hours, in an order.
#[derive(Debug, Clone, Copy, PartialEq)]
struct When(f64);

impl Eq for When {}

impl PartialOrd for When {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for When {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

struct UnitState {
    up: bool,
    random: Xoshiro256PlusPlus,
    /// Hours of the repair at hand.
    repair: f64,
    waited: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Up,
    /// Too few children run.
    Down,
    /// Enough run, and another takes over or a copy is read back.
    Busy,
}

struct GateState {
    running: usize,
    standing: Standing,
    /// The child that serves, by its place.
    active: usize,
    /// Counts what it is busy with, so that an old end of it means nothing.
    turn: u32,
    down_since: f64,
}

struct Run<'a> {
    system: &'a System,
    plan: &'a Plan,
    now: f64,
    end: f64,
    events: BinaryHeap<Reverse<(When, u64, Event)>>,
    count: u64,
    units: Vec<UnitState>,
    gates: Vec<GateState>,
    dirty: BinaryHeap<Reverse<usize>>,
    free: Vec<u32>,
    queues: Vec<VecDeque<usize>>,
    group_down: Vec<u32>,
    /// What took the whole down.
    cause: Cause,
    /// What fails at this moment.
    failing: Cause,
    down_since: Option<f64>,
    block: Block,
}

/// Simulates a block of years.
pub(super) fn run(system: &System, plan: &Plan, seed: u64, at: u32, years: u32) -> Block {
    let mut run = Run::new(system, plan, seed, at, years);
    for unit in 0..system.units.len() {
        run.next_failure(unit, 0.0);
    }
    while let Some(Reverse((When(time), _, event))) = run.events.pop() {
        if time >= run.end {
            break;
        }
        run.now = time;
        run.happen(event);
    }
    run.now = run.end;
    run.account();
    for gate in 0..run.gates.len() {
        if run.gates[gate].standing != Standing::Up {
            run.watch(gate);
        }
    }
    run.block
}

impl<'a> Run<'a> {
    fn new(system: &'a System, plan: &'a Plan, seed: u64, at: u32, years: u32) -> Self {
        let stream = seed ^ u64::from(at).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let unit = |name: &u64| UnitState {
            up: true,
            random: Xoshiro256PlusPlus::seed_from_u64(stream ^ name),
            repair: 0.0,
            waited: 0,
        };
        let gates = system.gates.iter().map(|gate| GateState {
            running: gate.children.len(),
            standing: Standing::Up,
            active: 0,
            turn: 0,
            down_since: 0.0,
        });
        Self {
            system,
            plan,
            now: 0.0,
            end: f64::from(years + 1) * YEAR,
            events: BinaryHeap::with_capacity(system.units.len() + 16),
            count: 0,
            units: plan.names.iter().map(unit).collect(),
            gates: gates.collect(),
            dirty: BinaryHeap::new(),
            free: system.crews.clone(),
            queues: vec![VecDeque::new(); system.crews.len()],
            group_down: vec![0; plan.groups],
            cause: Cause::Machine,
            failing: Cause::Machine,
            down_since: None,
            block: Block {
                months: vec![0.0; years as usize * 12],
                causes: [0.0; Cause::ALL.len()],
                losses: 0,
                lost_hours: 0.0,
                watched: vec![0.0; system.watched.len()],
            },
        }
    }

    fn at(&mut self, time: f64, event: Event) {
        if time < self.end {
            self.count += 1;
            self.events.push(Reverse((When(time), self.count, event)));
        }
    }

    fn next_failure(&mut self, unit: usize, from: f64) {
        let rate = self.system.units[unit].rate;
        if rate > 0.0 {
            let hours = exponential(&mut self.units[unit].random, YEAR / rate);
            self.at(from + hours, Event::Fail(unit));
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Fail(unit) => self.fail(unit),
            Event::Down(unit) => {
                self.set(unit, false);
                self.at(self.now + self.units[unit].repair, Event::Up(unit));
            }
            Event::Noticed(unit) => match self.system.units[unit].crew {
                Some(crew) if self.free[crew] == 0 => self.queues[crew].push_back(unit),
                Some(crew) => {
                    self.free[crew] -= 1;
                    self.at(self.now + self.units[unit].repair, Event::Up(unit));
                }
                None => self.at(self.now + self.units[unit].repair, Event::Up(unit)),
            },
            Event::Up(unit) => self.repaired(unit),
            Event::Ready(gate, turn) => {
                if self.gates[gate].standing == Standing::Busy && self.gates[gate].turn == turn {
                    self.stand(gate, Standing::Up);
                    self.spread();
                }
            }
        }
    }

    fn fail(&mut self, unit: usize) {
        let kind = &self.system.units[unit];
        if kind.cause == Cause::Maintenance
            && let Some(group) = kind.group
            && self.group_down[group] > 0
            && self.units[unit].waited < PATIENCE
        {
            self.units[unit].waited += 1;
            self.at(self.now + 24.0, Event::Fail(unit));
            return;
        }
        let state = &mut self.units[unit];
        state.waited = 0;
        let hours = sample(&mut state.random, kind.outage);
        if let Outage::Beyond { bridged, felt, restart, .. } = kind.outage {
            let starts = uniform(&mut state.random) >= felt;
            if hours <= bridged || starts {
                self.next_failure(unit, self.now + hours);
            } else {
                state.repair = hours - bridged + restart;
                self.at(self.now + bridged, Event::Down(unit));
            }
            return;
        }
        state.repair = hours;
        let detection = kind.detection;
        self.set(unit, false);
        if detection > 0.0 {
            self.at(self.now + detection, Event::Noticed(unit));
        } else {
            self.happen(Event::Noticed(unit));
        }
    }

    fn repaired(&mut self, unit: usize) {
        if let Some(crew) = self.system.units[unit].crew {
            match self.queues[crew].pop_front() {
                Some(next) => self.at(self.now + self.units[next].repair, Event::Up(next)),
                None => self.free[crew] += 1,
            }
        }
        self.set(unit, true);
        self.next_failure(unit, self.now);
    }

    fn set(&mut self, unit: usize, up: bool) {
        if self.units[unit].up == up {
            return;
        }
        self.units[unit].up = up;
        if let Some(group) = self.system.units[unit].group {
            let down = &mut self.group_down[group];
            *down = if up { down.saturating_sub(1) } else { *down + 1 };
        }
        // While the whole is down, what took it down stays the cause.
        if !up {
            self.failing = self.system.units[unit].cause;
            if self.down_since.is_none() {
                self.cause = self.failing;
            }
        }
        for at in 0..self.plan.unit_parents[unit].len() {
            self.turn(self.plan.unit_parents[unit][at], up);
        }
        self.spread();
    }

    /// A child of a gate has come or gone.
    fn turn(&mut self, gate: usize, up: bool) {
        let running = &mut self.gates[gate].running;
        *running = if up { *running + 1 } else { running.saturating_sub(1) };
        self.dirty.push(Reverse(gate));
    }

    /// Works out the gates that changed, children first.
    fn spread(&mut self) {
        while let Some(Reverse(gate)) = self.dirty.pop() {
            let kind = &self.system.gates[gate];
            let state = &self.gates[gate];
            if state.running < kind.needed {
                if state.standing != Standing::Down {
                    self.fall(gate);
                }
            } else if state.standing == Standing::Down {
                self.rise(gate);
            } else if kind.failover > 0.0 && !self.runs(kind.children[state.active]) {
                self.gates[gate].active = self.first(gate);
                if self.gates[gate].standing == Standing::Up && self.down_since.is_none() {
                    self.cause = Cause::Failover;
                }
                let hours = self.system.takeover(kind, self.failing == Cause::Maintenance);
                self.busy(gate, hours);
            }
        }
    }

    fn fall(&mut self, gate: usize) {
        if let Some(loss) = self.system.gates[gate].loss
            && self.now >= YEAR
        {
            self.block.losses += 1;
            self.block.lost_hours += loss.interval / 2.0;
        }
        // What was to take over, or to be read back, fails too: from now on that is the cause.
        if self.gates[gate].standing == Standing::Busy && self.down_since.is_some() {
            self.account();
            self.down_since = Some(self.now);
            self.cause = self.failing;
        }
        self.stand(gate, Standing::Down);
    }

    fn rise(&mut self, gate: usize) {
        self.gates[gate].active = self.first(gate);
        match self.system.gates[gate].loss {
            Some(loss) if loss.restore > 0.0 => {
                if self.down_since.is_some() {
                    self.account();
                    self.down_since = Some(self.now);
                    self.cause = Cause::Restore;
                }
                self.busy(gate, loss.restore);
            }
            _ => self.stand(gate, Standing::Up),
        }
    }

    fn busy(&mut self, gate: usize, hours: f64) {
        self.gates[gate].turn = self.gates[gate].turn.wrapping_add(1);
        let turn = self.gates[gate].turn;
        self.stand(gate, Standing::Busy);
        self.at(self.now + hours, Event::Ready(gate, turn));
    }

    fn runs(&self, child: Child) -> bool {
        match child {
            Child::Unit(at) => self.units[at].up,
            Child::Gate(at) => self.gates[at].standing == Standing::Up,
        }
    }

    fn first(&self, gate: usize) -> usize {
        self.system.gates[gate].children.iter().position(|child| self.runs(*child)).unwrap_or_default()
    }

    fn stand(&mut self, gate: usize, standing: Standing) {
        let before = std::mem::replace(&mut self.gates[gate].standing, standing);
        let (was, is) = (before == Standing::Up, standing == Standing::Up);
        if was == is {
            return;
        }
        if is {
            self.watch(gate);
        } else {
            self.gates[gate].down_since = self.now;
        }
        for at in 0..self.plan.gate_parents[gate].len() {
            self.turn(self.plan.gate_parents[gate][at], is);
        }
        if gate + 1 == self.gates.len() {
            if is {
                self.account();
                self.down_since = None;
            } else {
                self.down_since = Some(self.now);
            }
        }
    }

    /// Counts the time that a watched gate was down.
    fn watch(&mut self, gate: usize) {
        if let Some(part) = self.plan.watched[gate] {
            let from = self.gates[gate].down_since.max(YEAR);
            self.block.watched[part] += (self.now - from).max(0.0) * 60.0;
        }
    }

    /// Counts the time that the whole has been down until now.
    fn account(&mut self) {
        let Some(since) = self.down_since else { return };
        let mut from = since.max(YEAR);
        while from < self.now {
            let mut month = (from / MONTH) as usize;
            if (month + 1) as f64 * MONTH <= from {
                month += 1;
            }
            let until = self.now.min((month + 1) as f64 * MONTH);
            let minutes = (until - from) * 60.0;
            // The first year is thrown away.
            if let Some(sum) = month.checked_sub(12).and_then(|at| self.block.months.get_mut(at)) {
                *sum += minutes;
            }
            self.block.causes[self.cause.index()] += minutes;
            from = until;
        }
    }
}

/// From 0 to 1, without 1.
fn uniform(random: &mut Xoshiro256PlusPlus) -> f64 {
    (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

fn exponential(random: &mut Xoshiro256PlusPlus, mean: f64) -> f64 {
    -mean * (1.0 - uniform(random)).ln()
}

fn sample(random: &mut Xoshiro256PlusPlus, outage: Outage) -> f64 {
    match outage {
        Outage::Fixed(hours) => hours,
        Outage::Exponential(mean) | Outage::Beyond { mean, .. } => exponential(random, mean),
        Outage::Lognormal { mean, sigma } => {
            // Box and Muller; the mean of a lognormal lies sigma^2 / 2 above its median's logarithm.
            let radius = (-2.0 * (1.0 - uniform(random)).ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * uniform(random)).cos();
            mean * (sigma * normal - sigma * sigma / 2.0).exp()
        }
    }
}
