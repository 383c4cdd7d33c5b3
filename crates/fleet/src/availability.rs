//! How surely a fleet runs: how many minutes a year it is down and why, how likely a year keeps the promise, what of the
//! work is lost, and what one improvement would change.

mod exact;
mod improve;
mod model;
mod rates;
mod simulate;
mod system;
mod words;

use serde::Serialize;

use crate::{Catalogue, Spec};

pub use exact::unavailability;
pub use improve::{Improvement, Step};
pub use model::{Gap, Model};
pub use rates::{Level, Rate, Rates};
pub use simulate::{Outcome, simulate};
pub use system::{Cause, Child, Gate, Loss, Outage, System, Unit};

/// Minutes of a year.
const MINUTES: f64 = exact::YEAR * 60.0;

/// How surely it runs.
#[derive(Debug, Clone, Serialize)]
pub struct Availability {
    /// Years that were simulated.
    pub years: usize,
    /// The seed they were drawn with: the same gives the same.
    pub seed: u64,
    /// Percent of the time that it is up, on average.
    pub percent: f64,
    /// Standard error of `percent`.
    pub error: f64,
    /// The same by the closed forms, in which crews are always enough and maintenance does not wait; nothing where too much
    /// is shared to be worked out.
    pub exact_percent: Option<f64>,
    /// What is promised, in percent.
    pub promise_percent: Option<f64>,
    /// Share of the years that keep the promise, from 0 to 1.
    pub keeps_promise: Option<f64>,
    /// Minutes down in a year.
    pub minutes: Minutes,
    /// How many years were down how long, from none on.
    pub distribution: Vec<Years>,
    /// Minutes by what took it down, the most first.
    pub causes: Vec<CauseMinutes>,
    /// Hours of work lost in a year, on average.
    pub lost_hours: f64,
    /// Times a year that work is lost, on average.
    pub losses: f64,
    /// A copy read back.
    pub recovery: Recovery,
    /// Of each workload that is needed: percent of the time that it is up.
    pub workloads: Vec<Part>,
    /// What one change would bring, the most minutes first.
    pub improvements: Vec<Improvement>,
    /// What the spec does not say.
    pub gaps: Vec<Gap>,
    /// Names of the rates that nobody could look up.
    pub assumed: Vec<&'static str>,
    /// Minutes down in each month that was simulated.
    #[serde(skip)]
    pub months: Vec<f64>,
}

/// Years that were down about as long.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Years {
    /// Minutes: more than these, but for the first.
    pub from: f64,
    /// Minutes: up to these; nothing where there is no end.
    pub to: Option<f64>,
    /// How many there were.
    pub years: usize,
}

/// Where the years are divided, in minutes: from a quarter of an hour to a week.
const EDGES: [f64; 10] = [15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 720.0, 1440.0, 2880.0, 10_080.0];

/// Minutes down in a year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Minutes {
    /// On average.
    pub mean: f64,
    /// Half of the years stay at or under.
    pub p50: f64,
    /// Nine of ten years.
    pub p90: f64,
    /// Nineteen of twenty.
    pub p95: f64,
    /// Ninety-nine of a hundred.
    pub p99: f64,
    /// The worst of all.
    pub worst: f64,
}

/// What a cause costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CauseMinutes {
    /// What.
    pub cause: Cause,
    /// Minutes a year that it took the whole down, as simulated.
    pub minutes: f64,
    /// Minutes a year that there would be less without it, by the closed forms.
    pub without: Option<f64>,
}

/// A copy read back after all replicas lost the data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Recovery {
    /// Hours until all of it is back.
    pub hours: f64,
    /// What is promised of that.
    pub promise_hours: Option<f64>,
    /// Hours of work that are lost at worst.
    pub lost_hours: f64,
    /// What is promised of that.
    pub promise_lost_hours: Option<f64>,
    /// Both promises are kept, those that are made.
    pub keeps_promise: bool,
}

/// A part of the whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Its name in the spec.
    pub name: String,
    /// Percent of the time that it is up.
    pub percent: f64,
}

/// Works out how surely a fleet runs, from so many simulated years. The same seed gives the same answer on any number of threads.
#[must_use]
pub fn availability(spec: &Spec, catalogue: &Catalogue, rates: &Rates, seed: u64, years: u32) -> Availability {
    let model = Model::new(spec, catalogue, rates);
    let outcome = simulate(&model.system, seed, years, threads());
    let promise = spec.promises.availability_percent.filter(|percent| *percent <= 100.0);
    let count = outcome.years.len() as f64;
    let mut answer = Availability {
        years: outcome.years.len(),
        seed,
        percent: outcome.availability() * 100.0,
        error: outcome.error() * 100.0,
        exact_percent: unavailability(&model.system).map(|down| (1.0 - down) * 100.0),
        promise_percent: promise,
        keeps_promise: promise.map(|percent| outcome.years_that_keep(percent / 100.0)),
        minutes: Minutes {
            mean: outcome.mean_minutes(),
            p50: outcome.percentile(0.5),
            p90: outcome.percentile(0.9),
            p95: outcome.percentile(0.95),
            p99: outcome.percentile(0.99),
            worst: outcome.percentile(1.0),
        },
        distribution: distribution(&outcome.years),
        causes: causes(&model.system, &outcome),
        lost_hours: outcome.lost_hours / count,
        losses: outcome.losses as f64 / count,
        recovery: recovery(spec, model.loss),
        workloads: Vec::new(),
        improvements: Vec::new(),
        gaps: model.gaps,
        assumed: rates.assumed(),
        months: Vec::new(),
    };
    let names = model.system.watched.iter().map(|(name, _)| name.clone());
    let percents = outcome.watched.iter().map(|minutes| (1.0 - minutes / count / MINUTES) * 100.0);
    answer.workloads = names.zip(percents).map(|(name, percent)| Part { name, percent }).collect();
    answer.months = outcome.months;
    answer.improvements = improve::improvements(spec, catalogue, rates, seed, years, &answer);
    answer
}

/// Minutes down in each of so many years' months, and nothing else: what [`crate::cost::bill`] asks for.
#[must_use]
pub fn months(spec: &Spec, catalogue: &Catalogue, rates: &Rates, seed: u64, years: u32) -> Vec<f64> {
    simulate(&Model::new(spec, catalogue, rates).system, seed, years, threads()).months
}

fn distribution(years: &[f64]) -> Vec<Years> {
    let from = std::iter::once(0.0).chain(EDGES);
    let to = EDGES.into_iter().map(Some).chain([None]);
    let count = |from: f64, to: Option<f64>| {
        let within = |minutes: f64| (minutes > from || from == 0.0) && to.is_none_or(|to| minutes <= to);
        years.iter().filter(|minutes| within(**minutes)).count()
    };
    from.zip(to).map(|(from, to)| Years { from, to, years: count(from, to) }).collect()
}

fn recovery(spec: &Spec, loss: Loss) -> Recovery {
    let (promise_hours, promise_lost_hours) = (spec.promises.rto_hours, spec.promises.rpo_hours);
    let kept = |promise: Option<f64>, hours: f64| promise.is_none_or(|promise| hours <= promise);
    let keeps_promise = kept(promise_hours, loss.restore) && kept(promise_lost_hours, loss.interval);
    Recovery { hours: loss.restore, promise_hours, lost_hours: loss.interval, promise_lost_hours, keeps_promise }
}

/// As many as the machine has: they change how long it takes, not what comes out.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn causes(system: &System, outcome: &Outcome) -> Vec<CauseMinutes> {
    let whole = unavailability(system);
    let count = outcome.years.len() as f64;
    let mut causes: Vec<CauseMinutes> = Cause::ALL
        .iter()
        .filter(|cause| outcome.causes[cause.index()] > 0.0)
        .map(|&cause| {
            let left = exact::without(system, cause.into());
            let without = whole.zip(left).map(|(whole, left)| (whole - left) * MINUTES);
            CauseMinutes { cause, minutes: outcome.causes[cause.index()] / count, without }
        })
        .collect();
    causes.sort_by(|a, b| b.minutes.total_cmp(&a.minutes));
    causes
}
