//! Money without surprises: whole cents, and prices in millionths that are multiplied as integers and rounded once, half up.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// Parts of the whole that factors and exchange rates are reckoned in.
const FINE: i128 = 1_000_000_000_000;
/// Millionths in a cent.
const CENT: i128 = 10_000;

/// An amount of whole cents. Its JSON is a number of the currency: `540.18`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "f64")]
pub struct Money(i64);

impl Money {
    /// Of cents.
    #[must_use]
    pub fn cents(cents: i64) -> Self {
        Self(cents)
    }

    /// Of the currency's whole, rounded to the cent. What is no number is nothing.
    #[must_use]
    pub fn of(whole: f64) -> Self {
        Self::rounded(micros(whole), 1)
    }

    /// In cents.
    #[must_use]
    pub fn as_cents(self) -> i64 {
        self.0
    }

    /// In the currency's whole.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// A price for each of so many, in another currency, rounded once: `price` times `quantity` times `rate`, through `per`.
    /// None of them is below nothing; what is beyond the largest amount is the largest.
    #[must_use]
    pub fn product(price: f64, quantity: f64, rate: f64, per: f64) -> Self {
        let factors = micros(price).checked_mul(micros(quantity)).and_then(|product| product.checked_mul(fine(rate)));
        // All three are finite and none is below nothing: what overflows is beyond any amount.
        factors.map_or(Self(i64::MAX), |product| Self::rounded(product, micros(per).max(1).saturating_mul(FINE)))
    }

    /// This times a factor, rounded once.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let product = i128::from(self.0).checked_mul(CENT).and_then(|cents| cents.checked_mul(fine(factor)));
        let beyond = if (self.0 < 0) == (factor < 0.0) { i64::MAX } else { i64::MIN };
        product.map_or(Self(beyond), |product| Self::rounded(product, FINE))
    }

    /// One of so many equal parts, rounded once; of none, nothing.
    #[must_use]
    pub fn divided(self, parts: u64) -> Self {
        if parts == 0 {
            return Self::default();
        }
        Self::rounded(i128::from(self.0).saturating_mul(CENT), i128::from(parts))
    }

    /// Of millionths, through a divisor.
    fn rounded(micros: i128, divisor: i128) -> Self {
        let divisor = divisor.saturating_mul(CENT);
        let half = if micros < 0 { -(divisor / 2) } else { divisor / 2 };
        let cents = micros.saturating_add(half) / divisor;
        Self(i64::try_from(cents).unwrap_or(if cents < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Divided by weights so that the parts add up to it to the cent: the largest remainders get the last cents. Where all
    /// weights are nothing, evenly.
    #[must_use]
    pub fn shared(self, weights: &[f64]) -> Vec<Self> {
        let mut weights: Vec<i128> = weights.iter().map(|weight| micros(*weight).max(0)).collect();
        if weights.iter().sum::<i128>() == 0 {
            weights.iter_mut().for_each(|weight| *weight = 1);
        }
        let total: i128 = weights.iter().sum();
        if total == 0 {
            return Vec::new();
        }
        let products: Vec<i128> = weights.iter().map(|weight| i128::from(self.0).saturating_mul(*weight)).collect();
        let mut parts: Vec<i64> =
            products.iter().map(|product| i64::try_from(product.div_euclid(total)).unwrap_or(i64::MAX)).collect();
        let missing = self.0.saturating_sub(parts.iter().fold(0, |sum: i64, part| sum.saturating_add(*part)));
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|at| (-products[*at].rem_euclid(total), *at));
        for at in order.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
            parts[at] = parts[at].saturating_add(1);
        }
        parts.into_iter().map(Self).collect()
    }
}

/// A factor in its parts; of what is no number, nothing.
fn fine(number: f64) -> i128 {
    (number * 1e12).round() as i128
}

/// Millionths of a number; of what is none, nothing.
fn micros(number: f64) -> i128 {
    // A cast of what is no number gives 0, of what is too large the largest.
    (number * 1e6).round() as i128
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::of)
    }
}

/// An amount with the range it lies in. Where nothing is said of the range, all three are the same. A total's range is the sum
/// of its lines' ranges: as if all were cheap at once, or dear at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    /// Everything as cheap as it may be.
    pub low: Money,
    /// What to reckon with.
    pub total: Money,
    /// Everything as dear as it may be.
    pub high: Money,
}

impl Amount {
    /// Without a range.
    #[must_use]
    pub fn exact(total: Money) -> Self {
        Self { low: total, total, high: total }
    }

    /// Each of the three changed alike.
    #[must_use]
    pub fn map(self, change: impl Fn(Money) -> Money) -> Self {
        Self { low: change(self.low), total: change(self.total), high: change(self.high) }
    }

    /// Times a factor, each rounded once.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        self.map(|money| money.scaled(factor))
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { low: self.low + other.low, total: self.total + other.total, high: self.high + other.high }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}
