//! Growth: from ten clinics to ten thousand, what it takes at each step, what ends first, and what must be built differently.

use serde::Serialize;

use crate::Catalogue;
use crate::Language;
use crate::catalogue::{Source, Standing};
use crate::plan::{Dimension, Finding, Plan, Terms, plan_with, would_hold};
use crate::spec::{Isolation, Spec};

/// Clinics of the steps.
pub const STEPS: [u32; 10] = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
/// Nodes of a kind that a step may have.
const MOST_NODES: u32 = 5_000;

/// Where something must be built differently, as data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Threshold {
    /// What is counted.
    pub of: Watched,
    /// From here on.
    pub from: f64,
    /// Where this is from.
    pub source: Source,
}

/// What thresholds count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watched {
    /// Times that what pooled clinics keep is as large as the memory of the largest node, where PostgreSQL keeps it.
    RecordsPerMemory,
    /// Namespaces of one Kubernetes.
    Namespaces,
    /// Nodes of one Kubernetes.
    Nodes,
    /// Replicas on one node.
    PodsPerNode,
    /// Clinics that one site's fire would stop.
    ClinicsPerSite,
    /// Times that a site's rack is full.
    Racks,
}

impl Watched {
    /// What is to be done, in words.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Watched::RecordsPerMemory, Language::Portuguese) => "particionar o PostgreSQL",
            (Watched::RecordsPerMemory, Language::English) => "partition PostgreSQL",
            (Watched::Namespaces, Language::Portuguese) => "agrupar clínicas por namespace, ou abrir outro cluster",
            (Watched::Namespaces, Language::English) => "group clinics by namespace, or open another cluster",
            (Watched::Nodes, Language::Portuguese) => "abrir outro cluster",
            (Watched::Nodes, Language::English) => "open another cluster",
            (Watched::PodsPerNode, Language::Portuguese) => "usar nós menores, ou clínicas juntas no mesmo processo",
            (Watched::PodsPerNode, Language::English) => "use smaller nodes, or clinics together in one process",
            (Watched::ClinicsPerSite, Language::Portuguese) => "abrir um segundo site",
            (Watched::ClinicsPerSite, Language::English) => "open a second site",
            (Watched::Racks, Language::Portuguese) => "alugar outro rack",
            (Watched::Racks, Language::English) => "rent another rack",
        }
    }
}

/// The thresholds as they stand by themselves.
#[must_use]
pub fn thresholds() -> Vec<Threshold> {
    let of = |of, from, standing, text: &str| {
        let source = Source { standing, text: text.to_owned(), date: "2026-11-22".to_owned() };
        Threshold { of, from, source }
    };
    let docs = "Kubernetes, considerations for large clusters and SIG Scalability thresholds";
    let own = "assumed; a third to thrice is possible";
    vec![
        of(
            Watched::RecordsPerMemory,
            10.0,
            Standing::Assumed,
            "PostgreSQL's manual: partition a table larger than the physical memory; a tenth of what clinics keep is taken as \
             the largest table",
        ),
        of(Watched::Namespaces, 5_000.0, Standing::Assumed, "half of the 10,000 of SIG Scalability's thresholds"),
        of(Watched::Nodes, 5_000.0, Standing::Sourced, docs),
        of(Watched::PodsPerNode, 110.0, Standing::Sourced, docs),
        of(Watched::ClinicsPerSite, 1_000.0, Standing::Assumed, own),
        of(Watched::Racks, 1.0, Standing::Assumed, "the rack units that the spec says of the site"),
    ]
}

/// So many clinics.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// Clinics, in the mixture of the spec.
    pub clinics: u64,
    /// Nodes it takes, by the spec's ids.
    pub nodes: Vec<(String, u32)>,
    /// All of them together.
    pub nodes_total: u64,
    /// It fits and survives with these.
    pub holds: bool,
    /// What ends first.
    pub bottleneck: Option<Dimension>,
    /// What stops it where it does not hold.
    pub findings: Vec<Finding>,
    /// Thresholds that are passed, with what was counted.
    pub passed: Vec<(Watched, f64)>,
    /// A month, in the currency of the spec, and for each clinic.
    pub month: Option<f64>,
    /// As `month`.
    pub month_per_clinic: Option<f64>,
}

/// The whole way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Growth {
    /// Step by step.
    pub stages: Vec<Stage>,
    /// What they were held against.
    pub thresholds: Vec<Threshold>,
}

/// Grows a fleet in the mixture of its clinics, with more of the nodes it has; other counts stay. `price`: what a spec costs
/// a month.
#[must_use]
pub fn growth(spec: &Spec, catalogue: &Catalogue, terms: &Terms, price: &dyn Fn(&Spec) -> Option<f64>) -> Growth {
    let thresholds = thresholds();
    let mut at_least: Vec<u32> = spec.nodes.iter().map(|_| 1).collect();
    let mut stages = Vec::new();
    let mut stuck = false;
    for clinics in STEPS {
        let mut sized = mixed(spec, clinics);
        for (node, count) in sized.nodes.iter_mut().zip(&at_least) {
            node.count = *count;
        }
        // What more nodes did not help once, they do not help where there is more to place.
        stuck = stuck || !enlarge(&mut sized, catalogue, terms);
        at_least = sized.nodes.iter().map(|node| node.count).collect();
        // Futures are not asked here: few are thrown.
        let few = Terms { futures: 1, horizon_months: 0, ..terms.clone() };
        let plan = plan_with(&sized, catalogue, &few);
        let month = price(&sized);
        stages.push(Stage {
            clinics: plan.clinics,
            nodes: sized.nodes.iter().map(|node| (node.id.clone(), node.count)).collect(),
            nodes_total: at_least.iter().map(|count| u64::from(*count)).sum(),
            holds: plan.fits && plan.survival.holds,
            bottleneck: plan.bottleneck,
            passed: passed(&sized, &plan, &thresholds),
            findings: plan.findings,
            month,
            month_per_clinic: month.map(|month| month / f64::from(clinics.max(1))),
        });
    }
    Growth { stages, thresholds }
}

/// The spec with so many clinics in its mixture; of plan Starter where it has none. Replicas follow the load.
fn mixed(spec: &Spec, clinics: u32) -> Spec {
    let mut sized = spec.clone();
    let now: f64 = spec.clinics.iter().map(|one| f64::from(one.count)).sum();
    let mut left = clinics;
    let mut sum = 0.0;
    for one in &mut sized.clinics {
        // By the running sum, so that the parts make up the whole.
        sum += f64::from(one.count);
        let until = if now > 0.0 { (sum / now * f64::from(clinics)).round() as u32 } else { 0 };
        let before = clinics - left;
        one.count = until.saturating_sub(before);
        left -= one.count.min(left);
    }
    let times = if now > 0.0 { f64::from(clinics) / now } else { 1.0 };
    for workload in &mut sized.workloads {
        workload.load = workload.load.map(|load| load * times);
        if times > 1.0 {
            workload.replicas = None;
        }
    }
    sized
}

/// Adds nodes of one kind, doubling, then takes back what is too many: the kind that ends with the fewest nodes. Answers
/// whether that helps.
fn enlarge(spec: &mut Spec, catalogue: &Catalogue, terms: &Terms) -> bool {
    if would_hold(spec, catalogue, terms) {
        return true;
    }
    let mut best: Option<(u32, Vec<u32>)> = None;
    let counts: Vec<u32> = spec.nodes.iter().map(|node| node.count).collect();
    let kinds = spec.nodes.len().min(4);
    // One kind by itself, then all together, where one alone cannot.
    let mut choices: Vec<Vec<usize>> = (0..kinds).map(|at| vec![at]).collect();
    choices.push((0..spec.nodes.len()).collect());
    for choice in choices {
        if choice.len() > 1 && best.is_some() {
            break;
        }
        let mut with = |added: u32| {
            for (at, node) in spec.nodes.iter_mut().enumerate() {
                node.count = counts[at].saturating_add(if choice.contains(&at) { added } else { 0 });
            }
            would_hold(spec, catalogue, terms)
        };
        let most = best.as_ref().map_or(MOST_NODES, |(added, _)| *added);
        let mut high = 1;
        while high < most && !with(high) {
            high *= 2;
        }
        if high >= most {
            continue;
        }
        let mut low = high / 2;
        while high - low > (high / 50).max(1) {
            let middle = (low + high) / 2;
            if with(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        with(high);
        best = Some((high, spec.nodes.iter().map(|node| node.count).collect()));
    }
    let found = best.is_some();
    let last = best.map_or(counts, |(_, counts)| counts);
    for (node, count) in spec.nodes.iter_mut().zip(last) {
        node.count = count;
    }
    found
}

fn passed(spec: &Spec, plan: &Plan, thresholds: &[Threshold]) -> Vec<(Watched, f64)> {
    let memory = spec.nodes.iter().map(|node| node.memory_gb).fold(0.0, f64::max);
    let pooled: f64 = spec.clinics.iter().filter(|one| one.isolation == Isolation::Pool).map(kept).sum();
    let namespaces = spec.clinics.iter().filter(|one| one.isolation == Isolation::Namespace);
    let count = |of: Watched| match of {
        Watched::RecordsPerMemory if memory > 0.0 && postgresql(spec) => pooled / memory,
        Watched::RecordsPerMemory => 0.0,
        Watched::Namespaces => namespaces.clone().map(|one| f64::from(one.count)).sum(),
        Watched::Nodes => plan.nodes.len() as f64,
        Watched::PodsPerNode => plan.nodes.iter().map(|node| node.tenants.len()).max().unwrap_or(0) as f64,
        Watched::ClinicsPerSite => plan.clinics as f64 / spec.sites.len().max(1) as f64,
        Watched::Racks => spec.sites.iter().map(|site| racks(spec, site)).fold(0.0, f64::max),
    };
    let over = |one: &Threshold| Some((one.of, count(one.of))).filter(|(_, counted)| *counted > one.from);
    thresholds.iter().filter_map(over).collect()
}

fn postgresql(spec: &Spec) -> bool {
    let workloads = spec.workloads.iter().flat_map(|one| [Some(&one.id), one.entry.as_ref()]);
    let names = workloads.chain(spec.services.iter().map(|one| one.provides.as_ref()));
    names.flatten().any(|name| name.contains("postgres"))
}

/// Gigabytes that clinics keep.
fn kept(clinics: &crate::spec::Clinics) -> f64 {
    let (least, most) = clinics.plan.gb();
    clinics.gb.unwrap_or((least + most) / 2.0) * f64::from(clinics.count)
}

/// How many times the rack of a site is full; 0 where its size is not said.
fn racks(spec: &Spec, site: &crate::spec::Site) -> f64 {
    let units = site.power.as_ref().map_or(0, |power| power.rack_units);
    if units == 0 {
        return 0.0;
    }
    let here = spec.nodes.iter().filter(|node| node.site == site.id);
    here.map(|node| f64::from(node.rack_units) * f64::from(node.count)).sum::<f64>() / f64::from(units)
}
