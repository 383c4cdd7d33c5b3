//! Exact decimal numbers as FHIR writes them: the digits are kept, and no sum goes through binary floating point.

use std::{cmp::Ordering, fmt, str::FromStr};

/// An exact decimal: `mantissa` divided by ten to the `scale`. Trailing zeros are kept for writing and do not count in
/// comparisons.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// A text that is no decimal, or one of more than 38 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal of at most 38 digits")]
pub struct NotADecimal;

/// The most digits after the point.
const MAX_SCALE: u32 = 28;
/// Digits after the point of a quotient; FHIRPath asks for at least 8.
const QUOTIENT_SCALE: u32 = 18;

fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

impl Decimal {
    /// Zero.
    pub const ZERO: Decimal = Decimal { mantissa: 0, scale: 0 };
    /// One.
    pub const ONE: Decimal = Decimal { mantissa: 1, scale: 0 };

    /// `mantissa` divided by ten to the `scale`; nothing where the scale is over 28.
    pub fn new(mantissa: i128, scale: u32) -> Option<Decimal> {
        (scale <= MAX_SCALE).then_some(Decimal { mantissa, scale })
    }

    /// Digits after the point as written.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// The digits as a whole number: the value times ten to the scale.
    pub fn mantissa(&self) -> i128 {
        self.mantissa
    }

    /// The same number without zeros at the end of its fraction.
    #[must_use]
    pub fn normal(self) -> Decimal {
        let mut it = self;
        while it.scale > 0 && it.mantissa % 10 == 0 {
            it = Decimal { mantissa: it.mantissa / 10, scale: it.scale - 1 };
        }
        it
    }

    /// Whether the number is zero.
    pub fn is_zero(&self) -> bool {
        self.mantissa == 0
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.mantissa < 0
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(self) -> Decimal {
        Decimal { mantissa: -self.mantissa, ..self }
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(self) -> Decimal {
        Decimal { mantissa: self.mantissa.abs(), ..self }
    }

    fn aligned(self, other: Decimal) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let up = |d: Decimal| d.mantissa.checked_mul(power_of_ten(scale - d.scale)?);
        Some((up(self)?, up(other)?, scale))
    }

    /// The sum, or nothing where it has too many digits.
    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        let (a, b, scale) = self.aligned(other).or_else(|| self.normal().aligned(other.normal()))?;
        Some(Decimal { mantissa: a.checked_add(b)?, scale })
    }

    /// The difference, or nothing where it has too many digits.
    pub fn checked_sub(self, other: Decimal) -> Option<Decimal> {
        self.checked_add(other.negated())
    }

    /// The product, or nothing where it has too many digits. Digits past the 28th after the point are rounded.
    pub fn checked_mul(self, other: Decimal) -> Option<Decimal> {
        let product = self.mantissa.checked_mul(other.mantissa).map(|m| (m, self.scale + other.scale)).or_else(|| {
            let (a, b) = (self.normal(), other.normal());
            a.mantissa.checked_mul(b.mantissa).map(|m| (m, a.scale + b.scale))
        });
        let (mantissa, scale) = product?;
        let it = Decimal { mantissa, scale };
        if scale > MAX_SCALE { it.round(MAX_SCALE) } else { Some(it) }
    }

    /// The quotient to 18 digits after the point (fewer where it is very large), without zeros at its end; nothing for
    /// a division by zero.
    pub fn checked_div(self, other: Decimal) -> Option<Decimal> {
        if other.is_zero() {
            return None;
        }
        let (a, b) = (self.normal(), other.normal());
        for digits in (0..=QUOTIENT_SCALE).rev() {
            // a / 10^as / (b / 10^bs) = a * 10^(digits + bs - as) / b / 10^digits
            let shift = i64::from(digits) + i64::from(b.scale) - i64::from(a.scale);
            let factor = power_of_ten(u32::try_from(shift.unsigned_abs()).ok()?)?;
            let (top, bottom) = if shift >= 0 {
                (a.mantissa.checked_mul(factor), Some(b.mantissa))
            } else {
                (Some(a.mantissa), b.mantissa.checked_mul(factor))
            };
            if let (Some(top), Some(bottom)) = (top, bottom) {
                return Some(Decimal { mantissa: divide_rounded(top, bottom)?, scale: digits }.normal());
            }
        }
        None
    }

    /// The whole part of the quotient, toward zero; nothing for a division by zero.
    pub fn whole_quotient(self, other: Decimal) -> Option<Decimal> {
        let (a, b, _) = self.aligned(other)?;
        Some(Decimal { mantissa: a.checked_div(b)?, scale: 0 })
    }

    /// What [`Decimal::whole_quotient`] leaves over, with the sign of `self`.
    pub fn remainder(self, other: Decimal) -> Option<Decimal> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Decimal { mantissa: a.checked_rem(b)?, scale })
    }

    /// The number with at most `digits` digits after the point, halves away from zero.
    pub fn round(self, digits: u32) -> Option<Decimal> {
        if self.scale <= digits {
            return Some(self);
        }
        let Some(unit) = power_of_ten(self.scale - digits) else { return Some(Decimal::ZERO) };
        Some(Decimal { mantissa: divide_rounded(self.mantissa, unit)?, scale: digits })
    }

    /// The whole part, toward zero.
    #[must_use]
    pub fn truncate(self) -> Decimal {
        let unit = power_of_ten(self.scale).unwrap_or(i128::MAX);
        Decimal { mantissa: self.mantissa / unit, scale: 0 }
    }

    /// The largest whole number that is not above it.
    #[must_use]
    pub fn floor(self) -> Decimal {
        let unit = power_of_ten(self.scale).unwrap_or(i128::MAX);
        Decimal { mantissa: self.mantissa.div_euclid(unit), scale: 0 }
    }

    /// The smallest whole number that is not below it.
    #[must_use]
    pub fn ceiling(self) -> Decimal {
        self.negated().floor().negated()
    }

    /// The number as an FHIRPath Integer (32 bits), where it is whole and fits.
    pub fn to_integer(self) -> Option<i32> {
        let it = self.normal();
        if it.scale == 0 { i32::try_from(it.mantissa).ok() } else { None }
    }

    /// The nearest binary number, for roots and logarithms.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The shortest decimal that stands for the binary number; nothing where it is not finite or too large.
    pub fn from_f64(number: f64) -> Option<Decimal> {
        if !number.is_finite() || number.abs() >= 1e28 {
            return None;
        }
        let text = format!("{number}");
        text.parse().ok().or_else(|| format!("{number:.20}").parse().ok().map(Decimal::normal))
    }

    /// The number to a whole power, exact; nothing where it has too many digits.
    pub fn whole_power(self, exponent: u32) -> Option<Decimal> {
        let mut left = exponent;
        let (mut base, mut result) = (self, Decimal::ONE);
        while left > 0 {
            if left & 1 == 1 {
                result = result.checked_mul(base)?;
            }
            left >>= 1;
            if left > 0 {
                base = base.checked_mul(base)?;
            }
        }
        Some(result)
    }
}

/// `top / bottom`, halves away from zero.
fn divide_rounded(top: i128, bottom: i128) -> Option<i128> {
    let (quotient, rest) = (top.checked_div(bottom)?, top.checked_rem(bottom)?);
    let up = rest.unsigned_abs() >= bottom.unsigned_abs() - rest.unsigned_abs();
    if rest != 0 && up { quotient.checked_add(if (top < 0) == (bottom < 0) { 1 } else { -1 }) } else { Some(quotient) }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match self.aligned(*other).or_else(|| self.normal().aligned(other.normal())) {
            Some((a, b, _)) => a.cmp(&b),
            // One of them has too many whole digits for the fraction of the other: the whole parts tell.
            None => self.truncate().mantissa.cmp(&other.truncate().mantissa),
        }
    }
}

impl std::hash::Hash for Decimal {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let it = self.normal();
        (it.mantissa, it.scale).hash(state);
    }
}

impl From<i32> for Decimal {
    fn from(number: i32) -> Decimal {
        Decimal { mantissa: i128::from(number), scale: 0 }
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Decimal {
        Decimal { mantissa: i128::from(number), scale: 0 }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:0>width$}", self.mantissa.unsigned_abs(), width = self.scale as usize + 1);
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    /// Reads `-1.50`, `+3`, `2e-3`: an optional sign, digits, an optional fraction and exponent.
    fn from_str(text: &str) -> Result<Decimal, NotADecimal> {
        read(text).ok_or(NotADecimal)
    }
}

fn read(text: &str) -> Option<Decimal> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (number, exponent) = match rest.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(w, f)| (w, Some(f)));
    if whole.is_empty() || fraction.is_some_and(str::is_empty) {
        return None;
    }
    let mut mantissa: i128 = 0;
    for digit in whole.bytes().chain(fraction.unwrap_or_default().bytes()) {
        let digit = digit.is_ascii_digit().then(|| i128::from(digit - b'0'))?;
        mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
    }
    let scale = i32::try_from(fraction.unwrap_or_default().len()).ok()?.checked_sub(exponent)?;
    if negative {
        mantissa = -mantissa;
    }
    match u32::try_from(scale) {
        Ok(scale) => Decimal::new(mantissa, scale),
        Err(_) if mantissa == 0 => Some(Decimal::ZERO),
        Err(_) => Decimal::new(mantissa.checked_mul(power_of_ten(scale.unsigned_abs())?)?, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn the_digits_are_kept() {
        for text in ["0", "1.50", "-0.05", "120.500", "123456789012345678.123456789012345678", "-7"] {
            assert_eq!(d(text).to_string(), text);
        }
        assert_eq!(d("1.5e3").to_string(), "1500");
        assert_eq!(d("15E-3").to_string(), "0.015");
        for no in ["", "-", ".5", "1.", "1e", "0x1", "1 ", "1e400", "9".repeat(40).as_str(), "1e-99999999999"] {
            assert!(no.parse::<Decimal>().is_err(), "{no}");
        }
    }

    #[test]
    fn sums_are_exact() {
        assert_eq!(d("0.1").checked_add(d("0.2")), Some(d("0.3")));
        assert_eq!(d("1.10"), d("1.1"));
        assert_eq!(d("2.0").checked_mul(d("0.25")), Some(d("0.5")));
        assert_eq!(d("1").checked_div(d("3")).expect("quotient").to_string(), "0.333333333333333333");
        assert_eq!(d("2").checked_div(d("-3")).expect("quotient").to_string(), "-0.666666666666666667");
        assert_eq!(d("1").checked_div(d("0")), None);
        assert_eq!(d("5.5").whole_quotient(d("0.7")), Some(d("7")));
        assert_eq!(d("5.5").remainder(d("0.7")), Some(d("0.6")));
        assert_eq!(d("1.1").whole_power(3), Some(d("1.331")));
    }

    #[test]
    fn rounding_goes_away_from_zero() {
        let rounded = |text: &str, digits| d(text).round(digits).expect("rounds").to_string();
        assert_eq!(rounded("1.5", 0), "2");
        assert_eq!(rounded("-1.5", 0), "-2");
        assert_eq!(rounded("3.14159", 3), "3.142");
        assert_eq!(d("-1.1").floor(), d("-2"));
        assert_eq!(d("-1.1").ceiling(), d("-1"));
        assert_eq!(d("-1.9").truncate(), d("-1"));
    }

    #[test]
    fn large_and_small_are_told_apart() {
        assert!(d("99999999999999999999999999999999999999") > d("0.0000000000000000000000000001"));
        assert!(d("-99999999999999999999999999999999999999") < d("0.1"));
        assert_eq!(d("99999999999999999999999999999999999999").checked_add(d("0.1")), None);
    }
}
