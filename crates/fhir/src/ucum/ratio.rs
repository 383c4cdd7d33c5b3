//! Quotients of whole numbers times a power of ten: the factors of units, exact as long as 38 digits last.

use crate::fhirpath::Decimal;

/// `top / bottom * 10^exponent`; the bottom is above zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ratio {
    top: i128,
    bottom: i128,
    exponent: i32,
}

/// Digits that are kept where not all can be.
const DIGITS: u32 = 18;
/// The largest power of ten on the way.
const EXPONENT: i32 = 2_000;

impl Ratio {
    pub(super) const ONE: Ratio = Ratio { top: 1, bottom: 1, exponent: 0 };

    pub(super) fn whole(number: i64) -> Ratio {
        Ratio { top: i128::from(number), ..Ratio::ONE }.normal()
    }

    /// A decimal as it is.
    pub(super) fn of(number: Decimal) -> Option<Ratio> {
        let exponent = i32::try_from(number.scale()).ok()?;
        Some(Ratio { top: number.mantissa(), bottom: 1, exponent: -exponent }.normal())
    }

    /// A decimal as it is written in the definitions, with or without a power of ten: `6.62607015e-34`.
    pub(super) fn read(text: &str) -> Option<Ratio> {
        let (number, tens) = text.split_once('e').unwrap_or((text, "0"));
        let mut read = Ratio::of(number.parse().ok()?)?;
        read.exponent += tens.parse::<i32>().ok()?;
        Some(read)
    }

    pub(super) fn is_zero(self) -> bool {
        self.top == 0
    }

    pub(super) fn negated(self) -> Ratio {
        Ratio { top: -self.top, ..self }
    }

    /// In lowest terms, the tens gathered in the exponent.
    fn normal(self) -> Ratio {
        if self.top == 0 {
            return Ratio { top: 0, ..Ratio::ONE };
        }
        let common = i128::try_from(common(self.top.unsigned_abs(), self.bottom.unsigned_abs())).unwrap_or(1);
        let (mut top, mut bottom, mut exponent) = (self.top / common, self.bottom / common, self.exponent);
        while top % 10 == 0 {
            (top, exponent) = (top / 10, exponent + 1);
        }
        while bottom % 10 == 0 {
            (bottom, exponent) = (bottom / 10, exponent - 1);
        }
        Ratio { top, bottom, exponent }
    }

    /// With fewer digits, for what would not fit else.
    fn short(self) -> Ratio {
        let cut = |mut number: i128, exponent: &mut i32, up: i32| {
            while number.unsigned_abs() >= 10_u128.pow(DIGITS) {
                let half = if number < 0 { -5 } else { 5 };
                number = number.saturating_add(half) / 10;
                *exponent += up;
            }
            number
        };
        let mut exponent = self.exponent;
        let top = cut(self.top, &mut exponent, 1);
        let bottom = cut(self.bottom, &mut exponent, -1);
        Ratio { top, bottom, exponent }.normal()
    }

    pub(super) fn times(self, other: Ratio) -> Option<Ratio> {
        let whole = |a: Ratio, b: Ratio| {
            let exponent = a.exponent.checked_add(b.exponent).filter(|it| it.abs() <= EXPONENT)?;
            Some(Ratio { top: a.top.checked_mul(b.top)?, bottom: a.bottom.checked_mul(b.bottom)?, exponent }.normal())
        };
        whole(self, other).or_else(|| whole(self.short(), other.short()))
    }

    pub(super) fn over(self, other: Ratio) -> Option<Ratio> {
        let sign = if other.top < 0 { -1 } else { 1 };
        let turned = Ratio { top: other.bottom * sign, bottom: other.top * sign, exponent: -other.exponent };
        if other.top == 0 { None } else { self.times(turned) }
    }

    pub(super) fn plus(self, other: Ratio) -> Option<Ratio> {
        let exponent = self.exponent.min(other.exponent);
        let raised = |it: Ratio| {
            let tens = 10_i128.checked_pow(u32::try_from(it.exponent - exponent).ok()?)?;
            it.top.checked_mul(tens)
        };
        let (a, b) = (raised(self)?.checked_mul(other.bottom)?, raised(other)?.checked_mul(self.bottom)?);
        Some(Ratio { top: a.checked_add(b)?, bottom: self.bottom.checked_mul(other.bottom)?, exponent }.normal())
    }

    pub(super) fn power(self, power: i32) -> Option<Ratio> {
        let mut result = Ratio::ONE;
        for _ in 0..power.unsigned_abs() {
            result = result.times(self)?;
        }
        if power < 0 { Ratio::ONE.over(result) } else { Some(result) }
    }

    /// The quotient as a whole number and a power of ten, to at least 18 digits where it does not end before.
    fn digits(self) -> Option<(i128, i32)> {
        let it = if self.bottom == 1 { self } else { self.short() };
        let (mut top, mut exponent) = (it.top, it.exponent);
        while top % it.bottom != 0 && top.unsigned_abs() < 10_u128.pow(2 * DIGITS) {
            (top, exponent) = (top.checked_mul(10)?, exponent - 1);
        }
        let (quotient, rest) = (top / it.bottom, top % it.bottom);
        let up = rest.unsigned_abs() * 2 >= it.bottom.unsigned_abs();
        let step = if up { rest.signum() } else { 0 };
        Some((quotient + step, exponent))
    }

    /// As a decimal of at most 28 digits after the point.
    pub(super) fn to_decimal(self) -> Option<Decimal> {
        let (mut top, mut exponent) = self.digits()?;
        while exponent > 0 {
            (top, exponent) = (top.checked_mul(10)?, exponent - 1);
        }
        while exponent < -28 {
            (top, exponent) = ((top + 5 * top.signum()) / 10, exponent + 1);
        }
        Some(Decimal::new(top, exponent.unsigned_abs())?.normal())
    }

    /// The nearest binary number.
    pub(super) fn to_f64(self) -> f64 {
        self.digits().and_then(|(top, exponent)| format!("{top}e{exponent}").parse().ok()).unwrap_or(f64::NAN)
    }
}

fn common(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
