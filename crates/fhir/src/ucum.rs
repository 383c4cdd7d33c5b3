//! Units of measure by UCUM 2.2, in its case-sensitive form: whether a code is one, what it is in base units, and what a
//! value is in another unit.

mod atoms;
mod grammar;
mod ratio;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{PoisonError, RwLock};

use crate::fhirpath::Decimal;
use ratio::Ratio;

/// The code system of units.
pub const SYSTEM: &str = "http://unitsofmeasure.org";

/// Bytes of a unit at most.
const LONGEST: usize = 256;

/// A unit as powers of base units and a factor.
#[derive(Debug, Clone, PartialEq)]
struct Unit {
    /// Base units, and arbitrary units, which are only like themselves, by name with their powers: sorted, none zero.
    dimension: Vec<(&'static str, i32)>,
    factor: Ratio,
    scale: Scale,
}

/// Where a value of the unit stands on the scale of its base unit.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scale {
    /// At its multiple.
    Linear,
    /// At its multiple after this was added: degrees of temperature.
    From(Ratio),
    /// At a function of it, such as a logarithm: such a value is compared with those of the same code alone.
    Curved,
}

impl Unit {
    /// What a value is in base units.
    fn to_base(&self, value: Ratio) -> Option<Ratio> {
        match self.scale {
            Scale::Linear => value.times(self.factor),
            Scale::From(start) => value.plus(start)?.times(self.factor),
            Scale::Curved => None,
        }
    }

    /// What a value in base units is in this unit.
    fn of_base(&self, value: Ratio) -> Option<Ratio> {
        match self.scale {
            Scale::Linear => value.over(self.factor),
            Scale::From(start) => value.over(self.factor)?.plus(start.negated()),
            Scale::Curved => None,
        }
    }
}

fn parse(code: &str) -> Option<Unit> {
    if code.is_empty() || code.len() > LONGEST { None } else { grammar::parse(code) }
}

/// Whether the text is a unit of UCUM.
pub fn is_unit(code: &str) -> bool {
    parse(code).is_some()
}

/// Whether values of both units can be compared; nothing where one of them is no unit.
pub fn comparable(a: &str, b: &str) -> Option<bool> {
    let (one, other) = (parse(a)?, parse(b)?);
    let curved = one.scale == Scale::Curved || other.scale == Scale::Curved;
    Some(a == b || (one.dimension == other.dimension && !curved))
}

/// A value in another unit: exact where it has an end within 28 digits after the point, else to 18 significant digits.
/// Nothing where the units cannot be compared or a number is too large.
pub fn convert(value: Decimal, from: &str, to: &str) -> Option<Decimal> {
    if from == to {
        return is_unit(from).then_some(value);
    }
    let (one, other) = (parse(from)?, parse(to)?);
    if one.dimension != other.dimension {
        return None;
    }
    other.of_base(one.to_base(Ratio::of(value)?)?)?.to_decimal()
}

/// A unit written in base units, for finding values of whatever unit they were written in.
#[derive(Debug, Clone)]
pub struct Canonical {
    /// The powers of base units: `g.m-3`; `1` where there are none.
    pub code: String,
    unit: Unit,
}

impl Canonical {
    /// What a value of the unit is in base units: the nearest binary number to the exact one. Nothing where it is too
    /// large or too small for one.
    pub fn value(&self, value: f64) -> Option<f64> {
        let exact = self.unit.to_base(Ratio::of(Decimal::from_f64(value)?)?)?;
        Some(exact.to_f64()).filter(|found| found.is_finite() && (*found != 0.0 || value == 0.0 || exact.is_zero()))
    }
}

/// Units that were written in base units before: a clinic uses few, and every quantity it writes is filed by them.
const REMEMBERED: usize = 512;

/// A unit in base units; nothing for what is no unit, or one whose values are no multiples of a base unit's.
pub fn canonical(code: &str) -> Option<Canonical> {
    static KNOWN: RwLock<BTreeMap<String, Canonical>> = RwLock::new(BTreeMap::new());
    if let Some(found) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(code) {
        return Some(found.clone());
    }
    let found = written(code)?;
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() < REMEMBERED {
        known.insert(code.to_owned(), found.clone());
    }
    Some(found)
}

fn written(code: &str) -> Option<Canonical> {
    let unit = parse(code).filter(|unit| unit.scale != Scale::Curved)?;
    let mut written = String::new();
    for (name, power) in &unit.dimension {
        let point = if written.is_empty() { "" } else { "." };
        let _always = match power {
            1 => write!(written, "{point}{name}"),
            power => write!(written, "{point}{name}{power}"),
        };
    }
    if written.is_empty() {
        written.push('1');
    }
    Some(Canonical { code: written, unit })
}
