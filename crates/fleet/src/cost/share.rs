//! Whose cost it is: by plan and clinic, and from how many clinics on it pays.

use serde::Serialize;

use super::line::Line;
use crate::money::{Amount, Money};
use crate::plan::Terms;
use crate::prices::Group;
use crate::spec::{ClinicPlan, Clinics, Spec};

/// The share of a plan's clinics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PlanCost {
    /// What they bought.
    pub plan: ClinicPlan,
    /// How many.
    pub clinics: u64,
    /// Gigabytes of all of them: what storage is shared by.
    pub gb: f64,
    /// Consultations a day of all of them: what the rest is shared by.
    pub consultations_day: f64,
    /// A month of all of them. The plans add up to the whole, to the cent.
    pub month: Amount,
    /// A month of each, on average.
    pub clinic: Amount,
}

/// From how many clinics on it pays, with the mix of plans that the spec has and its cost as it is: it does not grow until the
/// fleet is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BreakEven {
    /// Where everything is as cheap as it may be.
    pub low: u64,
    /// What to reckon with.
    pub clinics: u64,
    /// Where everything is as dear as it may be.
    pub high: u64,
    /// How many there are.
    pub hosted: u64,
    /// What they pay a month.
    pub revenue: Money,
    /// What remains of it: below nothing where it does not pay.
    pub profit: Money,
    /// What a clinic would have to pay for those there are to be enough.
    pub price_needed: Amount,
}

fn gb(clinics: &Clinics) -> f64 {
    let (low, high) = clinics.plan.gb();
    clinics.gb.unwrap_or(low.midpoint(high)) * f64::from(clinics.count)
}

/// Storage by gigabytes, the rest by consultations.
pub(super) fn plans(spec: &Spec, lines: &[Line]) -> Vec<PlanCost> {
    // Where the spec does not say how much a clinic works, the load that machines are planned for.
    let terms = Terms::default();
    let mut plans: Vec<PlanCost> = Vec::new();
    for plan in ClinicPlan::ALL {
        let of: Vec<&Clinics> =
            spec.clinics.iter().filter(|clinics| clinics.plan == plan && clinics.count > 0).collect();
        let day = |clinics: &Clinics| {
            clinics.consultations_day.unwrap_or_else(|| terms.of(plan).0) * f64::from(clinics.count)
        };
        if !of.is_empty() {
            plans.push(PlanCost {
                plan,
                clinics: of.iter().map(|clinics| u64::from(clinics.count)).sum(),
                gb: of.iter().map(|clinics| gb(clinics)).sum(),
                consultations_day: of.iter().map(|clinics| day(clinics)).sum(),
                month: Amount::default(),
                clinic: Amount::default(),
            });
        }
    }
    let kept: Vec<f64> = plans.iter().map(|plan| plan.gb).collect();
    let load: Vec<f64> = plans.iter().map(|plan| plan.consultations_day).collect();
    let (storage, rest): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| line.group == Group::Storage);
    for (lines, weights) in [(storage, kept), (rest, load)] {
        let sum: Amount = lines.iter().map(|line| line.month).sum();
        let shares =
            sum.low.shared(&weights).into_iter().zip(sum.total.shared(&weights)).zip(sum.high.shared(&weights));
        for (plan, ((low, total), high)) in plans.iter_mut().zip(shares) {
            plan.month += Amount { low, total, high };
        }
    }
    for plan in &mut plans {
        plan.clinic = plan.month.map(|money| money.divided(plan.clinics));
    }
    plans
}

/// What the clinics of a spec pay a month; nothing where a plan that is sold has no price.
pub(super) fn revenue(spec: &Spec) -> Option<Money> {
    let mut revenue = Money::default();
    for clinics in &spec.clinics {
        let price = match clinics.plan {
            ClinicPlan::Starter => spec.business.price_starter,
            ClinicPlan::Professional => spec.business.price_professional,
            ClinicPlan::Enterprise => spec.business.price_enterprise,
        };
        revenue += Money::product(price?, f64::from(clinics.count), 1.0, 1.0);
    }
    Some(revenue)
}

pub(super) fn break_even(spec: &Spec, total: Amount) -> Option<BreakEven> {
    let revenue = revenue(spec).filter(|revenue| revenue.as_cents() > 0)?;
    let hosted: u64 = spec.clinics.iter().map(|clinics| u64::from(clinics.count)).sum();
    let needed = |cost: Money| {
        let product = i128::from(cost.as_cents().max(0)) * i128::from(hosted);
        let revenue = i128::from(revenue.as_cents());
        u64::try_from((product + revenue - 1) / revenue).unwrap_or(u64::MAX)
    };
    Some(BreakEven {
        low: needed(total.low),
        clinics: needed(total.total),
        high: needed(total.high),
        hosted,
        revenue,
        profit: revenue - total.total,
        price_needed: price_for(total, Amount::default(), 1, hosted),
    })
}

/// What each of so many customers must pay a month for a cost to be covered, with what is invested at the beginning back after
/// so many months.
#[must_use]
pub fn price_for(month: Amount, invested: Amount, months: u64, customers: u64) -> Amount {
    (month + invested.map(|money| money.divided(months))).map(|money| money.divided(customers))
}
