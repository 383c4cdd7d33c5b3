//! Years of a system, event by event. Each unit draws its chance from its own stream, named after it, in blocks of years:
//! the result is the same on any number of threads, and two systems that share a unit share its fate.

mod block;

use super::exact::YEAR;
use super::system::{Cause, System};

/// Years that are simulated in one go; a year before them is thrown away.
const BLOCK: u32 = 20;
/// Events that a simulation may take: above it there are fewer years.
const EVENTS: f64 = 2e7;

/// What happened in the years that were simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Minutes down, each year.
    pub years: Vec<f64>,
    /// Minutes down, each twelfth of these years.
    pub months: Vec<f64>,
    /// Minutes down of all years, by cause, in the order of [`Cause::ALL`].
    pub causes: [f64; Cause::ALL.len()],
    /// Times that data was lost, in all years.
    pub losses: u64,
    /// Hours of work that were lost with it, in all years: half the interval of copies each time.
    pub lost_hours: f64,
    /// Minutes down of all years, of each of the parts that are watched.
    pub watched: Vec<f64>,
}

impl Outcome {
    /// Share of the time that it was up, from 0 to 1.
    #[must_use]
    pub fn availability(&self) -> f64 {
        (1.0 - self.mean_minutes() / (YEAR * 60.0)).clamp(0.0, 1.0)
    }

    /// Standard error of `availability`.
    #[must_use]
    pub fn error(&self) -> f64 {
        let (mean, count) = (self.mean_minutes(), self.years.len() as f64);
        let squares: f64 = self.years.iter().map(|year| (year - mean) * (year - mean)).sum();
        if count < 2.0 { 1.0 } else { (squares / (count - 1.0) / count).sqrt() / (YEAR * 60.0) }
    }

    /// Minutes down in a year, on average.
    #[must_use]
    pub fn mean_minutes(&self) -> f64 {
        self.years.iter().sum::<f64>() / (self.years.len() as f64).max(1.0)
    }

    /// Share of the years that were up at least so much of the time, from 0 to 1.
    #[must_use]
    pub fn years_that_keep(&self, availability: f64) -> f64 {
        let allowed = (1.0 - availability) * YEAR * 60.0 + 1e-6;
        let kept = self.years.iter().filter(|minutes| **minutes <= allowed).count();
        kept as f64 / (self.years.len() as f64).max(1.0)
    }

    /// Minutes that the given share of the years stays at or under.
    #[must_use]
    pub fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.years.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = (share.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
        sorted.get(at.saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// Simulates so many years, on so many threads; fewer years where a system has too many failures for that.
#[must_use]
pub fn simulate(system: &System, seed: u64, years: u32, threads: usize) -> Outcome {
    let affordable = (EVENTS / (system.rate() * 3.0).max(1.0)).max(1.0);
    let years = years.clamp(1, 1_000_000).min(affordable as u32).max(1);
    let blocks = years.div_ceil(BLOCK);
    let plan = block::Plan::new(system);
    let next = std::sync::atomic::AtomicU32::new(0);
    let mut done: Vec<(u32, block::Block)> = std::thread::scope(|scope| {
        let work = || {
            let mut mine = Vec::new();
            loop {
                let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if at >= blocks {
                    return mine;
                }
                let length = BLOCK.min(years - at * BLOCK);
                mine.push((at, block::run(system, &plan, seed, at, length)));
            }
        };
        let others: Vec<_> = (1..threads.clamp(1, 64)).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            match other.join() {
                Ok(blocks) => all.extend(blocks),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    let mut outcome = Outcome {
        years: Vec::with_capacity(years as usize),
        months: Vec::with_capacity(years as usize * 12),
        causes: [0.0; Cause::ALL.len()],
        losses: 0,
        lost_hours: 0.0,
        watched: vec![0.0; system.watched.len()],
    };
    for (_, block) in done {
        outcome.years.extend(block.months.chunks(12).map(|months| months.iter().sum::<f64>()));
        outcome.months.extend(block.months);
        outcome.losses += block.losses;
        outcome.lost_hours += block.lost_hours;
        outcome.causes.iter_mut().zip(block.causes).for_each(|(sum, minutes)| *sum += minutes);
        outcome.watched.iter_mut().zip(block.watched).for_each(|(sum, minutes)| *sum += minutes);
    }
    outcome
}
