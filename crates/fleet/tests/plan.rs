//! Plans are honest: nothing is lent twice, every rule is kept, what is said to survive does. Judged by code that shares
//! nothing with the planner, on fleets thrown with seeded dice.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aroeira_fleet::Catalogue;
use aroeira_fleet::plan::{Finding, Plan, plan};
use aroeira_fleet::spec::{Node, Spec, Spread};

const HEAD: &str = "name = \"frota\"\ncurrency = \"BRL\"\nprice_books = []\n";

fn read(text: &str) -> Spec {
    match Spec::read(text) {
        Ok((spec, _)) => spec,
        Err(errors) => panic!("{errors:?}\n{text}"),
    }
}

/// An entry that takes what its workload says, keeps so many gigabytes on each replica's node, and a part of a card.
fn entry(id: &str, disk: u32, card: u32, quorum: u32) -> String {
    let gpu = if card > 0 { format!("gpu = {{ memory_gb = {card} }}\n") } else { String::new() };
    format!(
        "id = \"{id}\"\nname = \"{id}\"\nunit = \"fixed\"\ncores = {{ base = 1 }}\nmemory_gb = {{ base = 1 }}\n\
         quorum = {quorum}\n{gpu}[[storage]]\nof = \"x\"\nkind = \"block\"\ngb = {{ base = {disk} }}\n\
         growth_gb_month = {{ base = 0 }}\nper_replica = true\n[source]\nstanding = \"assumed\"\ntext = \"t\"\n\
         date = \"2026-11-22\"\n"
    )
}

fn catalogue(entries: &[String]) -> Catalogue {
    let mut catalogue = Catalogue::built_in().unwrap();
    for text in entries {
        catalogue.add(text).unwrap();
    }
    catalogue
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn pick(&mut self, least: u64, most: u64) -> u32 {
        (least + self.below(most - least + 1)) as u32
    }
}

/// A fleet of a few kinds of nodes at two sites, with all the rules there are.
fn thrown(seed: u64, spare: u32) -> (Spec, Catalogue) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut text = format!("{HEAD}[promises]\nspare_nodes = {spare}\n");
    if dice.below(6) == 0 {
        text.push_str("[residency]\ncountries = [\"BR\"]\n");
    }
    text.push_str("[[site]]\nid = \"casa\"\nkind = \"own-rack\"\ncountry = \"BR\"\nzones = 2\n");
    text.push_str("[[site]]\nid = \"fora\"\nkind = \"cloud-region\"\ncountry = \"US\"\n");
    for node in 0..dice.pick(1, 3) {
        let site = if dice.below(3) == 0 { "fora" } else { "casa" };
        let (count, cores, memory) = (dice.pick(1, 3), dice.pick(4, 16), dice.pick(8, 64));
        let _ = write!(
            text,
            "[[node]]\nid = \"n{node}\"\nsite = \"{site}\"\ncount = {count}\ncores = {cores}\nmemory_gb = {memory}\n\
             [[node.disk]]\nkind = \"ssd\"\ngb = {}\ncount = 2\nraid = \"raid1\"\n",
            dice.pick(100, 500)
        );
        if dice.below(2) == 0 {
            text.push_str("[[node.gpu]]\nmodel = \"L4\"\ncount = 2\nmemory_gb = 24\nslices = 3\n");
        }
    }
    let mut entries = Vec::new();
    let workloads = dice.pick(1, 5);
    for at in 0..workloads {
        let card = if dice.below(5) == 0 { dice.pick(4, 20) } else { 0 };
        entries.push(entry(&format!("w{at}"), dice.pick(0, 120), card, 1));
        let spread = ["none", "node", "node", "zone", "site"][dice.below(5) as usize];
        let _ = write!(
            text,
            "[[workload]]\nid = \"w{at}\"\nreplicas = {}\ncores = {}.25\nmemory_gb = {}\nplace = {{ spread = \"{spread}\"",
            dice.pick(1, 3),
            dice.pick(0, 5),
            dice.pick(1, 20)
        );
        if dice.below(4) == 0 && workloads > 1 {
            let _ = write!(text, ", apart_from = [\"w{}\"]", (at + 1) % workloads);
        }
        match dice.below(8) {
            0 => text.push_str(", sites = [\"casa\"]"),
            1 => text.push_str(", nodes = [\"n0\"]"),
            _ => {}
        }
        text.push_str(" }\n");
    }
    (read(&text), catalogue(&entries))
}

/// A node of the plan as the judge sees it.
struct Judged<'a> {
    spec: &'a Spec,
    plan: &'a Plan,
    node: Vec<&'a Node>,
}

impl<'a> Judged<'a> {
    fn of(spec: &'a Spec, plan: &'a Plan) -> Self {
        let find = |id: &str| spec.nodes.iter().find(|node| node.id == id).unwrap();
        Self { spec, plan, node: plan.nodes.iter().map(|planned| find(&planned.node)).collect() }
    }

    fn disk(node: &Node) -> f64 {
        node.disks.iter().map(|disk| disk.gb * f64::from(disk.count) / 2.0).sum()
    }

    fn may(&self, demand: usize, at: usize) -> bool {
        let workload = self.spec.workloads.iter().find(|one| one.id == self.plan.demand[demand].workload).unwrap();
        let node = self.node[at];
        let site = self.spec.sites.iter().find(|site| site.id == node.site).unwrap();
        let place = &workload.place;
        (place.sites.is_empty() || place.sites.contains(&node.site))
            && (place.nodes.is_empty() || place.nodes.contains(&node.id))
            && (self.spec.residency.countries.is_empty() || self.spec.residency.countries.contains(&site.country))
    }

    fn spread(&self, demand: usize) -> Spread {
        self.spec.workloads.iter().find(|one| one.id == self.plan.demand[demand].workload).unwrap().place.spread
    }

    fn domain(&self, demand: usize, at: usize) -> String {
        match self.spread(demand) {
            Spread::None | Spread::Node => self.plan.nodes[at].name.clone(),
            Spread::Zone => self.plan.nodes[at].zone.to_string(),
            Spread::Site => self.plan.nodes[at].site.clone(),
        }
    }

    fn apart(&self, one: usize, other: usize) -> bool {
        let says = |one: usize, other: usize| {
            let (one, other) = (&self.plan.demand[one].workload, &self.plan.demand[other].workload);
            let workload = self.spec.workloads.iter().find(|workload| workload.id == *one).unwrap();
            one != other && workload.place.apart_from.contains(other)
        };
        says(one, other) || says(other, one)
    }

    /// Whether these replicas (demand, set) can sit on one node, as far as its size and `apart_from` go.
    fn holds(&self, at: usize, tenants: &[(usize, usize)]) -> bool {
        let sum = |of: &dyn Fn(usize) -> f64| tenants.iter().map(|(demand, _)| of(*demand)).sum::<f64>();
        let takes = |demand: usize| self.plan.demand[demand].takes;
        // What the node can give, but never more than the spec says it has.
        let (node, capacity) = (self.node[at], self.plan.nodes[at].capacity);
        assert!(capacity.cores <= node.cores && capacity.memory_gb <= node.memory_gb);
        assert!(capacity.disk_gb <= Self::disk(node) + 1e-9);
        if sum(&|one| takes(one).cores) > capacity.cores + 1e-6
            || sum(&|one| takes(one).memory_gb) > capacity.memory_gb + 1e-6
            || sum(&|one| takes(one).disk_gb) > capacity.disk_gb + 1e-6
        {
            return false;
        }
        if tenants.iter().any(|(one, _)| tenants.iter().any(|(other, _)| self.apart(*one, *other))) {
            return false;
        }
        let cards: Vec<(u32, f64)> = node
            .gpus
            .iter()
            .flat_map(|gpu| vec![(gpu.slices, gpu.memory_gb / f64::from(gpu.slices)); gpu.count as usize])
            .collect();
        let wants: Vec<f64> = tenants.iter().map(|(one, _)| takes(*one).gpu_gb).filter(|gb| *gb > 0.0).collect();
        cards_hold(&mut cards.clone(), &wants)
    }

    fn tenants(&self) -> Vec<Vec<(usize, usize)>> {
        let of = |node: &aroeira_fleet::plan::Planned| node.tenants.iter().map(|one| (one.demand, one.set)).collect();
        self.plan.nodes.iter().map(of).collect()
    }

    /// Nothing is lent twice and every rule is kept.
    fn judge(&self) {
        let tenants = self.tenants();
        let mut seats: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, there) in tenants.iter().enumerate() {
            assert!(self.holds(at, there), "{} is lent twice", self.plan.nodes[at].name);
            for (demand, set) in there {
                assert!(self.may(*demand, at), "{} may not be there", self.plan.demand[*demand].workload);
                seats.entry((*demand, *set)).or_default().push(at);
            }
            self.judge_cards(at);
        }
        for ((demand, _), at) in &seats {
            assert!(at.len() <= self.plan.demand[*demand].replicas as usize);
            let domains: BTreeSet<String> = at.iter().map(|at| self.domain(*demand, *at)).collect();
            assert!(self.spread(*demand) == Spread::None || domains.len() == at.len(), "they share what they may not");
        }
        let seated: usize = tenants.iter().map(Vec::len).sum();
        let asked: u32 = self.plan.demand.iter().map(|one| one.sets * one.replicas).sum();
        let unplaced: usize = self
            .plan
            .findings
            .iter()
            .map(|one| if let Finding::Unplaced { replicas, .. } = one { *replicas } else { 0 })
            .sum();
        assert_eq!(seated + unplaced, asked as usize);
        assert!(!self.plan.fits || unplaced == 0);
    }

    /// The cards the plan names take what it puts on them.
    fn judge_cards(&self, at: usize) {
        let node = self.node[at];
        let mut slices: Vec<(u32, f64)> = node
            .gpus
            .iter()
            .flat_map(|gpu| vec![(gpu.slices, gpu.memory_gb / f64::from(gpu.slices)); gpu.count as usize])
            .collect();
        for tenant in &self.plan.nodes[at].tenants {
            let gb = self.plan.demand[tenant.demand].takes.gpu_gb;
            assert_eq!(gb > 0.0, tenant.card.is_some());
            if let Some(card) = tenant.card {
                let take = (gb / slices[card].1 - 1e-9).ceil() as u32;
                assert!(take <= slices[card].0, "a card is lent twice");
                slices[card].0 -= take;
            }
        }
    }

    /// Whether a failure is survived: tries every way to seat what stood on the failed nodes.
    fn survives(&self, failed: &[usize]) -> bool {
        let mut tenants = self.tenants();
        let mut lost: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for at in failed {
            for tenant in std::mem::take(&mut tenants[*at]) {
                *lost.entry(tenant).or_default() += 1;
            }
        }
        let mut queue = Vec::new();
        for ((demand, set), count) in lost {
            let left: Vec<usize> = (0..tenants.len()).filter(|at| tenants[*at].contains(&(demand, set))).collect();
            let running: usize = tenants.iter().flatten().filter(|one| **one == (demand, set)).count();
            let taken: BTreeSet<String> = left.iter().map(|at| self.domain(demand, *at)).collect();
            let open = |at: &usize| !failed.contains(at) && self.may(demand, *at) && self.holds(*at, &[(demand, set)]);
            let domains: BTreeSet<String> = (0..tenants.len()).filter(open).map(|at| self.domain(demand, at)).collect();
            let room = match self.spread(demand) {
                Spread::None if domains.is_empty() => 0,
                Spread::None => count,
                _ => domains.difference(&taken).count().min(count),
            };
            if room < count && running + room < self.plan.demand[demand].quorum as usize {
                return false;
            }
            queue.extend(std::iter::repeat_n((demand, set), room));
        }
        self.seat(&mut tenants, &queue, failed)
    }

    fn seat(&self, tenants: &mut [Vec<(usize, usize)>], queue: &[(usize, usize)], failed: &[usize]) -> bool {
        let Some(((demand, set), rest)) = queue.split_first() else { return true };
        for at in (0..tenants.len()).filter(|at| !failed.contains(at)) {
            let domain = self.domain(*demand, at);
            let shares = self.spread(*demand) != Spread::None
                && (0..tenants.len())
                    .any(|other| tenants[other].contains(&(*demand, *set)) && self.domain(*demand, other) == domain);
            if shares || !self.may(*demand, at) {
                continue;
            }
            tenants[at].push((*demand, *set));
            if self.holds(at, &tenants[at]) && self.seat(tenants, rest, failed) {
                return true;
            }
            tenants[at].pop();
        }
        false
    }

    fn failures(&self) -> Vec<Vec<usize>> {
        let count = self.plan.nodes.len();
        let mut failures: Vec<Vec<usize>> =
            if self.plan.survival.at_once > 0 { (0..count).map(|at| vec![at]).collect() } else { Vec::new() };
        if self.plan.survival.at_once > 1 {
            failures.extend((0..count).flat_map(|one| (one + 1..count).map(move |other| vec![one, other])));
        }
        failures
    }
}

/// Whether parts of cards can be had: each of one card, in whole slices.
fn cards_hold(cards: &mut Vec<(u32, f64)>, wants: &[f64]) -> bool {
    let Some((want, rest)) = wants.split_first() else { return true };
    for at in 0..cards.len() {
        let slices = (want / cards[at].1 - 1e-9).ceil() as u32;
        if slices <= cards[at].0 {
            cards[at].0 -= slices;
            if cards_hold(cards, rest) {
                return true;
            }
            cards[at].0 += slices;
        }
    }
    false
}

#[test]
fn a_plan_lends_nothing_twice_keeps_rules_and_survives_what_it_claims() {
    let (mut held, mut fell) = (0, 0);
    for seed in 1..=200 {
        let (spec, catalogue) = thrown(seed, 1 + (seed % 4 == 0) as u32);
        let plan = plan(&spec, &catalogue);
        let judged = Judged::of(&spec, &plan);
        judged.judge();
        let failures = judged.failures();
        assert_eq!(plan.survival.tried, failures.len());
        let survived = failures.iter().filter(|failed| judged.survives(failed)).count();
        assert_eq!(plan.survival.survived, survived, "seed {seed}: {:#?}", plan.findings);
        assert!(!plan.survival.holds || survived == failures.len());
        if plan.fits && plan.survival.holds { held += 1 } else { fell += 1 }
    }
    assert!(held > 20 && fell > 20, "the dice throw both sorts: {held} hold, {fell} do not");
}

#[test]
fn one_more_node_makes_nothing_worse() {
    for seed in 1..=80 {
        let (spec, catalogue) = thrown(seed, 1);
        let before = plan(&spec, &catalogue);
        let seated = |plan: &Plan| plan.nodes.iter().map(|node| node.tenants.len()).sum::<usize>();
        for at in 0..spec.nodes.len() {
            let mut more = spec.clone();
            more.nodes[at].count += 1;
            let after = plan(&more, &catalogue);
            assert!(seated(&after) >= seated(&before), "seed {seed}, node {at}");
            assert!(!before.fits || after.fits, "seed {seed}, node {at}: it fitted");
            // Where rules left a replica without a place, a node that opens one asks for its room too.
            let fewer = before.findings.iter().any(|one| matches!(one, Finding::FewerReplicas { .. }));
            let held = before.fits && before.survival.holds && !fewer;
            assert!(!held || after.survival.holds, "seed {seed}, node {at}: it survived");
        }
    }
}

/// Whether so many nodes suffice: every way to seat everything is tried, and after each failure every way to seat again.
struct Exhaustive {
    nodes: usize,
    cores: u32,
    memory: f64,
    /// Of each replica: workload, cores, memory.
    replicas: Vec<(usize, u32, f64)>,
    spread: Vec<bool>,
}

impl Exhaustive {
    fn room(&self, there: &[usize], one: usize) -> bool {
        let cores: u32 = there.iter().chain([&one]).map(|at| self.replicas[*at].1).sum();
        let memory: f64 = there.iter().chain([&one]).map(|at| self.replicas[*at].2).sum();
        let workload = self.replicas[one].0;
        let shares = self.spread[workload] && there.iter().any(|at| self.replicas[*at].0 == workload);
        // The planner keeps a tenth of a core and a twentieth of the memory for the node itself.
        f64::from(cores) <= f64::from(self.cores) - 0.1 && memory <= self.memory * 0.95 && !shares
    }

    fn seat(&self, seats: &mut Vec<Vec<usize>>, at: usize) -> bool {
        if at == self.replicas.len() {
            return (0..self.nodes).all(|failed| self.again(seats, failed));
        }
        for node in 0..self.nodes {
            if seats[node].is_empty() && seats[..node].iter().any(Vec::is_empty) {
                continue;
            }
            if self.room(&seats[node], at) {
                seats[node].push(at);
                if self.seat(seats, at + 1) {
                    return true;
                }
                seats[node].pop();
            }
        }
        false
    }

    fn again(&self, seats: &[Vec<usize>], failed: usize) -> bool {
        let mut left = seats.to_vec();
        let lost = std::mem::take(&mut left[failed]);
        let mut queue = Vec::new();
        for one in lost {
            let workload = self.replicas[one].0;
            let on = |there: &Vec<usize>| there.iter().any(|at| self.replicas[*at].0 == workload);
            let free = (0..self.nodes).filter(|node| *node != failed && !on(&left[*node])).count();
            if !self.spread[workload] || free > 0 {
                queue.push(one);
            } else if !left.iter().any(on) {
                return false;
            }
        }
        self.refill(&mut left, &queue, failed)
    }

    fn refill(&self, left: &mut [Vec<usize>], queue: &[usize], failed: usize) -> bool {
        let Some((one, rest)) = queue.split_first() else { return true };
        for node in (0..self.nodes).filter(|node| *node != failed) {
            if self.room(&left[node], *one) {
                left[node].push(*one);
                if self.refill(left, rest, failed) {
                    return true;
                }
                left[node].pop();
            }
        }
        false
    }
}

#[test]
fn nodes_needed_are_within_five_percent_of_the_optimum() {
    let (mut optimum, mut planned) = (0, 0);
    for seed in 1..=400u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let (cores, memory) = (16, 64.0);
        let mut workloads = String::new();
        let (mut replicas, mut spread, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..dice.pick(3, 5) as usize {
            let (count, takes, gb, apart) = (dice.pick(1, 2), dice.pick(1, 9), dice.pick(2, 35), dice.below(2) == 0);
            replicas.extend(std::iter::repeat_n((at, takes, f64::from(gb)), count as usize));
            spread.push(apart);
            entries.push(entry(&format!("w{at}"), 0, 0, 1));
            let _ = write!(
                workloads,
                "[[workload]]\nid = \"w{at}\"\nreplicas = {count}\ncores = {takes}\nmemory_gb = {gb}\n\
                 place = {{ spread = \"{}\" }}\n",
                if apart { "node" } else { "none" }
            );
        }
        let least = (1..12).find(|nodes| {
            let (replicas, spread) = (replicas.clone(), spread.clone());
            let it = Exhaustive { nodes: *nodes, cores, memory, replicas, spread };
            it.seat(&mut vec![Vec::new(); *nodes], 0)
        });
        let catalogue = catalogue(&entries);
        let found = (1..12).find(|nodes| {
            let text = format!(
                "{HEAD}[[site]]\nid = \"a\"\nkind = \"own-rack\"\ncountry = \"BR\"\n[[node]]\nid = \"n\"\nsite = \"a\"\n\
                 count = {nodes}\ncores = {cores}\nmemory_gb = {memory}\n{workloads}"
            );
            let (spec, terms) = (read(&text), aroeira_fleet::plan::Terms::default());
            aroeira_fleet::plan::would_hold(&spec, &catalogue, &terms)
        });
        let (least, found) = (least.expect("twelve nodes suffice"), found.expect("twelve nodes suffice"));
        assert!(found >= least, "seed {seed}: {found} nodes cannot do, {least} are the least");
        (optimum, planned) = (optimum + least, planned + found);
    }
    assert!(planned as f64 <= optimum as f64 * 1.05, "{planned} nodes where {optimum} would do");
}
