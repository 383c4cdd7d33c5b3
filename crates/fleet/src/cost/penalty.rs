//! What broken promises cost, by a distribution of months that the caller has from a simulation or from a log.

use serde::Serialize;

use super::share::revenue;
use crate::money::Money;
use crate::spec::Spec;

/// A month that may come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Month {
    /// Of the month, how much it was up, in percent.
    pub availability_percent: f64,
    /// How often such a month comes, beside the others.
    pub weight: f64,
}

impl Month {
    /// A month of a year's twelfth that was down so many minutes; each comes as often as any other.
    #[must_use]
    pub fn down(minutes: f64) -> Self {
        let whole = crate::prices::MONTH_HOURS * 60.0;
        Self { availability_percent: (1.0 - minutes / whole).clamp(0.0, 1.0) * 100.0, weight: 1.0 }
    }
}

/// What is given back to clinics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Penalty {
    /// A month, on average.
    pub expected: Money,
    /// In the worst of the months.
    pub worst: Money,
    /// How many of a hundred months something is given back in.
    pub months_percent: f64,
}

/// What is expected to be given back: `penalty_percent` of the payment for every started tenth of a percent below the promise,
/// never more than the payment. Nothing where there is no promise, no penalty or no price, or no month is given.
#[must_use]
pub fn penalty(spec: &Spec, months: &[Month]) -> Option<Penalty> {
    let promise = spec.promises.availability_percent?;
    let percent = spec.business.penalty_percent;
    let revenue = revenue(spec)?;
    let months = months.iter().filter(|month| month.weight > 0.0 && month.availability_percent.is_finite());
    let months: Vec<&Month> = months.collect();
    let weight: f64 = months.iter().map(|month| month.weight).sum();
    if percent <= 0.0 || weight <= 0.0 || !weight.is_finite() {
        return None;
    }
    let back = |month: &Month| {
        // A millionth of a tenth below is an error of arithmetic, no broken promise.
        let tenths = ((promise - month.availability_percent) * 10.0 - 1e-6).ceil().max(0.0);
        (tenths * percent / 100.0).min(1.0)
    };
    let expected = months.iter().map(|month| back(month) * month.weight).sum::<f64>() / weight;
    let worst = months.iter().map(|month| back(month)).fold(0.0, f64::max);
    let broken: f64 = months.iter().filter(|month| back(month) > 0.0).map(|month| month.weight).sum();
    Some(Penalty {
        expected: revenue.scaled(expected),
        worst: revenue.scaled(worst),
        months_percent: 100.0 * broken / weight,
    })
}
