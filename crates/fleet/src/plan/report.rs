//! The plan as it is told: nodes with their tenants, what is left, what is found, what to change in size.

use std::cmp::Reverse;

use super::demand::Batch;
use super::finding::{Dimension, Finding};
use super::machine::{Amounts, Machine};
use super::pack::{Problem, Seating};
use super::solve::Solution;
use super::survive::MOST_FOR_PAIRS;
use super::terms::{PHASES, Phase, Terms};
use super::{Advice, Demanded, Exhaustion, Headroom, Layout, Plan, Planned, Survival, Takes, Tenant, forecast};
use crate::spec::Spec;

fn takes(amounts: &Amounts, gpu: u64) -> Takes {
    Takes {
        cores: amounts[0] as f64 / 1000.0,
        memory_gb: amounts[1] as f64 / 1024.0,
        disk_gb: amounts[2] as f64 / 1000.0,
        gpu_gb: gpu as f64 / 1024.0,
    }
}

/// The plan of what is too large to be planned.
pub(super) fn nothing(spec: &Spec, terms: &Terms, finding: Finding) -> Plan {
    let clinics = spec.clinics.iter().map(|one| u64::from(one.count)).sum();
    let (phase, next_phase) = phase(clinics);
    Plan {
        fits: false,
        survival: Survival { promised: spec.promises.spare_nodes, at_once: 0, tried: 0, survived: 0, holds: false },
        clinics,
        demand: Vec::new(),
        nodes: Vec::new(),
        headroom: Vec::new(),
        bottleneck: None,
        findings: vec![finding],
        changes: Vec::new(),
        exhaustion: Exhaustion::default(),
        storage: Vec::new(),
        advice: Vec::new(),
        phase,
        next_phase,
        terms: terms.clone(),
    }
}

/// The plan without changes and exhaustion, which plan again.
pub(super) fn of(spec: &Spec, terms: &Terms, layout: &Layout, problem: &Problem<'_>, solution: &Solution) -> Plan {
    let nodes = nodes(spec, problem, &solution.seating);
    let headroom = headroom(problem, &nodes);
    let mut findings = layout.demand.findings.clone();
    let unplaced = unplaced(spec, problem, &solution.seating);
    let first = headroom.iter().filter(|one| one.used > 0.0);
    let first = first.max_by(|one, other| one.used_percent.total_cmp(&other.used_percent)).map(|one| one.of);
    let bottleneck = match unplaced.first() {
        Some(Finding::Unplaced { bound, .. }) => Some(*bound),
        _ => first,
    };
    findings.extend(unplaced);
    for (of, asked_gb, there_gb) in &layout.short {
        findings.push(Finding::StorageShort { of: *of, asked_gb: *asked_gb, there_gb: *there_gb });
    }
    let fits = !findings.iter().any(Finding::stops);
    let survival = survival(problem, solution);
    if let Some((machines, workload)) = &solution.trial.first {
        let nodes = machines.iter().map(|machine| problem.machines[*machine].name.clone()).collect();
        findings.push(Finding::NotSurvived { nodes, workload: spec.workloads[*workload].id.clone() });
    }
    for (workload, fewer) in spec.workloads.iter().zip(&solution.trial.fewer) {
        if *fewer {
            findings.push(Finding::FewerReplicas { workload: workload.id.clone() });
        }
    }
    if survival.at_once < survival.promised {
        let (spare_nodes, tried) = (survival.promised, survival.at_once);
        findings.push(Finding::FewerFailuresTried { spare_nodes, tried });
    }
    let own = layout.demand.batches.iter().filter(|batch| batch.own);
    let sets: u64 = own.clone().map(|batch| u64::from(batch.sets)).sum();
    if let Some(first) = own.clone().next().filter(|_| sets > MANY_SETS) {
        findings.push(Finding::ManySets { workload: spec.workloads[first.workload].id.clone(), sets });
    }
    let (phase, next_phase) = phase(layout.demand.clinics);
    Plan {
        fits,
        survival,
        clinics: layout.demand.clinics,
        demand: layout.demand.batches.iter().map(|batch| demanded(spec, batch)).collect(),
        nodes,
        headroom,
        bottleneck,
        findings,
        changes: Vec::new(),
        exhaustion: Exhaustion::default(),
        storage: forecast::storage(spec, terms, layout),
        advice: advice(spec, terms, &layout.demand.batches),
        phase,
        next_phase,
        terms: terms.clone(),
    }
}

/// Sets of clinics' own from which one should think of what a cluster of Kubernetes bears: half of it.
const MANY_SETS: u64 = 5_000;

fn survival(problem: &Problem<'_>, solution: &Solution) -> Survival {
    let pairs = if problem.machines.len() <= MOST_FOR_PAIRS { 2 } else { 1 };
    let at_once = problem.spare.min(pairs);
    let trial = &solution.trial;
    Survival {
        promised: problem.spare,
        at_once,
        tried: trial.tried,
        survived: trial.survived,
        holds: solution.holds(problem) && at_once == problem.spare,
    }
}

/// What a replica takes without what stands beside it.
fn alone(batch: &Batch) -> Amounts {
    std::array::from_fn(|at| batch.need.amounts[at].saturating_sub(batch.beside[at]))
}

fn demanded(spec: &Spec, batch: &Batch) -> Demanded {
    Demanded {
        workload: spec.workloads[batch.workload].id.clone(),
        sets: batch.sets,
        replicas: batch.replicas,
        quorum: batch.quorum,
        own: batch.own,
        units: batch.units,
        takes: takes(&alone(batch), batch.need.card),
        beside: takes(&batch.beside, 0),
        keeps_gb: batch.keeps_gb,
    }
}

fn cards(machine: &Machine, free: Option<&[u32]>) -> u64 {
    let of = |(at, card): (usize, &super::machine::Card)| {
        let slices = card.slices - free.map_or(0, |free| free[at]);
        card.slice.saturating_mul(slices.into())
    };
    machine.cards.iter().enumerate().map(of).fold(0, u64::saturating_add)
}

fn nodes(spec: &Spec, problem: &Problem<'_>, seating: &Seating) -> Vec<Planned> {
    let planned = |(at, machine): (usize, &Machine)| {
        let free = &seating.free[at];
        let used = [0, 1, 2].map(|of| machine.capacity[of] - free[of]);
        Planned {
            name: machine.name.clone(),
            node: spec.nodes[machine.group].id.clone(),
            site: spec.nodes[machine.group].site.clone(),
            zone: machine.zone,
            capacity: takes(&machine.capacity, cards(machine, None)),
            used: takes(&used, cards(machine, Some(&seating.slices[at]))),
            tenants: Vec::new(),
        }
    };
    let mut nodes: Vec<Planned> = problem.machines.iter().enumerate().map(planned).collect();
    for (set, seats) in seating.seats.iter().enumerate() {
        let demand = problem.batch_of[set] as usize;
        for seat in seats {
            let tenant = Tenant { demand, set: set - problem.first_set[demand], card: seat.card };
            nodes[seat.machine].tenants.push(tenant);
        }
    }
    nodes
}

/// One of the amounts.
type Of = fn(&Takes) -> f64;

fn headroom(problem: &Problem<'_>, nodes: &[Planned]) -> Vec<Headroom> {
    let dimensions: [(Dimension, Of); 4] = [
        (Dimension::Cores, |takes| takes.cores),
        (Dimension::Memory, |takes| takes.memory_gb),
        (Dimension::Disk, |takes| takes.disk_gb),
        (Dimension::Gpu, |takes| takes.gpu_gb),
    ];
    let of = |(of, get): (Dimension, Of)| {
        let mut sizes: Vec<f64> = nodes.iter().map(|node| get(&node.capacity)).collect();
        sizes.sort_by(|one, other| other.total_cmp(one));
        let total: f64 = sizes.iter().sum();
        let reserved: f64 = sizes.iter().take(problem.spare as usize).sum();
        let used: f64 = nodes.iter().map(|node| get(&node.used)).sum();
        let room = total - reserved;
        let used_percent = match room > 0.0 {
            true => used * 100.0 / room,
            false if used > 0.0 => 1000.0,
            false => 0.0,
        };
        Headroom { of, total, used, reserved, used_percent }
    };
    dimensions.into_iter().map(of).collect()
}

/// What has no place, by workload, with what is short.
fn unplaced(spec: &Spec, problem: &Problem<'_>, seating: &Seating) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, batch) in problem.batches.iter().enumerate() {
        let sets = problem.first_set[at]..problem.first_set[at + 1];
        let seated: usize = sets.clone().map(|set| seating.seats[set].len()).sum();
        let replicas = batch.sets as usize * batch.replicas as usize - seated;
        if replicas > 0 {
            let workload = spec.workloads[batch.workload].id.clone();
            findings.push(Finding::Unplaced { workload, replicas, bound: bound(problem, seating, batch) });
        }
    }
    findings
}

/// What most nodes that may take it have too little of.
fn bound(problem: &Problem<'_>, seating: &Seating, batch: &Batch) -> Dimension {
    let dimensions = [Dimension::Cores, Dimension::Memory, Dimension::Disk, Dimension::Gpu, Dimension::Rules];
    let mut short = [0usize; 5];
    for (at, machine) in problem.machines.iter().enumerate() {
        if !problem.allowed[batch.workload][machine.group] {
            continue;
        }
        let mut any = false;
        for (dimension, count) in short.iter_mut().enumerate().take(3) {
            if batch.need.amounts[dimension] > seating.free[at][dimension] {
                *count += 1;
                any = true;
            }
        }
        if !any {
            short[if seating.fits(problem, batch, at).is_none() { 3 } else { 4 }] += 1;
        }
    }
    let most = (0..5).max_by_key(|at| (short[*at], Reverse(*at))).filter(|at| short[*at] > 0);
    most.map_or(Dimension::Rules, |at| dimensions[at])
}

fn advice(spec: &Spec, terms: &Terms, batches: &[Batch]) -> Vec<Advice> {
    let margin = 1.0 + terms.margin_percent.max(0.0) / 100.0;
    let mut advice = Vec::new();
    for batch in batches {
        let workload = &spec.workloads[batch.workload].id;
        let Some(measured) = terms.measured.iter().find(|one| one.workload == *workload) else { continue };
        let planned = takes(&alone(batch), batch.need.card);
        let (cores, memory_gb) = (measured.cores * margin, measured.memory_gb * margin);
        let too_small = planned.cores < measured.cores || planned.memory_gb < measured.memory_gb;
        // A quarter more than is needed is left alone: every change of size has its own risk.
        let too_large = planned.cores > cores * 1.25 || planned.memory_gb > memory_gb * 1.25;
        if too_small || too_large {
            advice.push(Advice { workload: workload.clone(), planned, cores, memory_gb, too_small });
        }
    }
    advice
}

/// The phase that so many clinics belong to, and the next.
fn phase(clinics: u64) -> (Phase, Option<(Phase, u32)>) {
    let now =
        PHASES.iter().rev().find(|(_, from)| clinics >= u64::from(*from)).map_or(Phase::Garage, |(phase, _)| *phase);
    (now, PHASES.iter().find(|(_, from)| u64::from(*from) > clinics).copied())
}
