//! The functions over numbers (N1, 5.7). Powers and roundings are exact; roots, exponents and logarithms go through
//! binary floating point.

use super::{
    Decimal, EvalError, Item, Quantity,
    eval::{Engine, single},
    function::Function,
};

fn decimal(item: &Item<'_>) -> Option<Decimal> {
    match item.system() {
        Item::Integer(number) => Some(Decimal::from(number)),
        Item::Decimal(number) => Some(number),
        _ => None,
    }
}

fn whole<'a>(number: Decimal) -> Option<Item<'a>> {
    number.to_integer().map(Item::Integer)
}

fn binary<'a>(number: f64) -> Option<Item<'a>> {
    Decimal::from_f64(number).map(Item::Decimal)
}

/// A number to a power: exact for whole exponents, an Integer where both are.
fn power<'a>(base: &Item<'a>, number: Decimal, exponent: &Item<'a>, by: Decimal) -> Option<Item<'a>> {
    let Some(count) = by.to_integer().filter(|count| count.unsigned_abs() <= 1024) else {
        return binary(number.to_f64().powf(by.to_f64()));
    };
    let found = number.whole_power(count.unsigned_abs());
    let found = match found {
        Some(found) if count < 0 => Decimal::ONE.checked_div(found),
        Some(found) => Some(found),
        None => return binary(number.to_f64().powi(count)),
    };
    let integers = matches!((base.system(), exponent.system()), (Item::Integer(_), Item::Integer(_)));
    if integers && count >= 0 { whole(found?) } else { found.map(Item::Decimal) }
}

impl<'a> Engine<'_, 'a> {
    /// The function's result, where it is one over numbers.
    pub(super) fn math(
        &self,
        function: Function,
        input: &[Item<'a>],
        argument: &[Item<'a>],
    ) -> Result<Option<Vec<Item<'a>>>, EvalError> {
        use Function as F;
        if !matches!(
            function,
            F::Abs | F::Ceiling | F::Exp | F::Floor | F::Ln | F::Log | F::Power | F::Round | F::Sqrt | F::Truncate
        ) {
            return Ok(None);
        }
        let name = function.name();
        let Some(item) = single(input, name)? else { return Ok(Some(Vec::new())) };
        if let (F::Abs, Item::Quantity(it)) = (function, item) {
            let it = Quantity { value: it.value.abs(), unit: it.unit.clone() };
            return Ok(Some(vec![Item::Quantity(it)]));
        }
        let number = decimal(item).ok_or(EvalError::Types(name))?;
        let other = match single(argument, name)? {
            Some(other) => Some((other, decimal(other).ok_or(EvalError::Types(name))?)),
            None => None,
        };
        let is_integer = matches!(item.system(), Item::Integer(_));
        let found = match (function, other) {
            (F::Abs, _) if is_integer => whole(number.abs()),
            (F::Abs, _) => Some(Item::Decimal(number.abs())),
            (F::Ceiling, _) => whole(number.ceiling()),
            (F::Floor, _) => whole(number.floor()),
            (F::Truncate, _) => whole(number.truncate()),
            (F::Exp, _) => binary(number.to_f64().exp()),
            (F::Ln, _) => binary(number.to_f64().ln()),
            (F::Sqrt, _) => binary(number.to_f64().sqrt()),
            (F::Round, None) => number.round(0).map(Item::Decimal),
            (F::Round, Some((_, digits))) => {
                let digits = digits.to_integer().and_then(|digits| u32::try_from(digits).ok());
                number.round(digits.ok_or(EvalError::Types(name))?).map(Item::Decimal)
            }
            (F::Log, Some((_, base))) => binary(logarithm(number.to_f64(), base.to_f64())),
            (F::Power, Some((exponent, by))) => power(item, number, exponent, by),
            _ => None,
        };
        Ok(Some(found.into_iter().collect()))
    }
}

/// The ready-made ones are exact where the result is whole.
fn logarithm(number: f64, base: f64) -> f64 {
    if base == 2.0 {
        number.log2()
    } else if base == 10.0 {
        number.log10()
    } else {
        number.ln() / base.ln()
    }
}
