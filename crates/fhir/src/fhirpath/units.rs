//! Quantities of different units: the lengths of time are known here, other units by UCUM or the resolver.

use std::cmp::Ordering;

use super::{Decimal, Quantity, Unit, calendar, eval::Engine};

impl<'a> Engine<'_, 'a> {
    /// How one quantity stands to another; nothing where their units cannot be brought together.
    pub(super) fn compare_quantities(&self, a: &Quantity<'a>, b: &Quantity<'a>) -> Option<Ordering> {
        Some(a.value.cmp(&self.in_unit(b, &a.unit)?))
    }

    /// The value of a quantity in another unit.
    pub(super) fn in_unit(&self, it: &Quantity<'_>, unit: &Unit<'_>) -> Option<Decimal> {
        if it.unit == *unit {
            return Some(it.value);
        }
        if let (Some(from), Some(to)) = (months(&it.unit), months(unit)) {
            return it.value.checked_mul(Decimal::from(from))?.checked_div(Decimal::from(to));
        }
        let calendar = matches!((&it.unit, unit), (Unit::Calendar(_), Unit::Calendar(_)));
        let length = |unit: &Unit<'_>| if calendar { about(unit) } else { millis(unit) };
        if let (Some(from), Some(to)) = (length(&it.unit), length(unit)) {
            return it.value.checked_mul(Decimal::from(from))?.checked_div(Decimal::from(to));
        }
        match (&it.unit, unit) {
            (Unit::Code(from), Unit::Code(to)) => match self.context.resolver {
                Some(resolver) => resolver.convert(it.value, from, to),
                None => crate::ucum::convert(it.value, from, to),
            },
            _ => None,
        }
    }

    /// Equivalence: the numbers roughly in one unit; a year is like UCUM's.
    pub(super) fn quantities_alike(&self, a: &Quantity<'a>, b: &Quantity<'a>) -> bool {
        let loose = |unit: &Unit<'_>| match unit {
            Unit::Code(code) => calendar::unit_of_code(code),
            Unit::Calendar(word) => Some(*word),
        };
        match self.in_unit(b, &a.unit) {
            Some(value) => roughly(a.value, value),
            None => loose(&a.unit).is_some() && loose(&a.unit) == loose(&b.unit) && roughly(a.value, b.value),
        }
    }
}

fn months(unit: &Unit<'_>) -> Option<i64> {
    match unit {
        Unit::Calendar("year") => Some(12),
        Unit::Calendar("month") => Some(1),
        _ => None,
    }
}

fn millis(unit: &Unit<'_>) -> Option<i64> {
    match unit {
        Unit::Calendar(word) => calendar::fixed_length(word),
        Unit::Code(code) => calendar::fixed_length(calendar::unit_of_code(code)?),
    }
}

/// The same, with the lengths that the calendar's months and years are given for comparison (N1, 5.5.7).
fn about(unit: &Unit<'_>) -> Option<i64> {
    match unit {
        Unit::Calendar("year") => Some(365 * 86_400_000),
        Unit::Calendar("month") => Some(30 * 86_400_000),
        other => millis(other),
    }
}

/// Numbers are equivalent when they agree in the digits of the one with fewer.
pub(super) fn roughly(a: Decimal, b: Decimal) -> bool {
    let digits = a.normal().scale().min(b.normal().scale());
    match (a.round(digits), b.round(digits)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}
