//! `+ - * / div mod &` and the sign, over numbers, texts, quantities and dates (N1, 6.6).

use std::borrow::Cow;

use super::{
    Decimal, EvalError, Item, Quantity, Temporal, Unit,
    ast::Operator,
    calendar::{self, Refusal},
    compare::quantity,
    eval::{Answer, Engine, single},
};

/// A whole result stays an Integer; one that is out of range is empty (N1, 6.6).
fn whole<'a>(number: Option<i32>) -> Vec<Item<'a>> {
    number.map(Item::Integer).into_iter().collect()
}

fn fraction<'a>(number: Option<Decimal>) -> Vec<Item<'a>> {
    number.map(Item::Decimal).into_iter().collect()
}

fn name(operator: Operator) -> &'static str {
    match operator {
        Operator::Plus => "+",
        Operator::Minus => "-",
        Operator::Times => "*",
        Operator::Divide => "/",
        Operator::Div => "div",
        Operator::Mod => "mod",
        _ => "&",
    }
}

fn integers(operator: Operator, a: i32, b: i32) -> Vec<Item<'static>> {
    match operator {
        Operator::Plus => whole(a.checked_add(b)),
        Operator::Minus => whole(a.checked_sub(b)),
        Operator::Times => whole(a.checked_mul(b)),
        Operator::Div => whole(a.checked_div(b)),
        Operator::Mod => whole(a.checked_rem(b)),
        _ => fraction(Decimal::from(a).checked_div(Decimal::from(b))),
    }
}

fn decimals(operator: Operator, a: Decimal, b: Decimal) -> Vec<Item<'static>> {
    match operator {
        Operator::Plus => fraction(a.checked_add(b)),
        Operator::Minus => fraction(a.checked_sub(b)),
        Operator::Times => fraction(a.checked_mul(b)),
        Operator::Div => whole(a.whole_quotient(b).and_then(Decimal::to_integer)),
        Operator::Mod => fraction(a.remainder(b)),
        _ => fraction(a.checked_div(b)),
    }
}

/// The sign of an amount turned where it is taken away.
fn signed(operator: Operator, value: Decimal) -> Decimal {
    if operator == Operator::Minus { value.negated() } else { value }
}

impl<'a> Engine<'_, 'a> {
    pub(super) fn negated(&self, items: &[Item<'a>]) -> Answer<'a> {
        let Some(item) = single(items, "a sign")? else { return Ok(Vec::new()) };
        Ok(match item.system() {
            Item::Integer(number) => whole(number.checked_neg()),
            Item::Decimal(number) => vec![Item::Decimal(number.negated())],
            other => match quantity(&other) {
                Some(it) => vec![Item::Quantity(Quantity { value: it.value.negated(), ..it })],
                None => return Err(EvalError::Types("a sign")),
            },
        })
    }

    pub(super) fn arithmetic(&self, operator: Operator, left: &[Item<'a>], right: &[Item<'a>]) -> Answer<'a> {
        let what = name(operator);
        let (a, b) = (single(left, what)?, single(right, what)?);
        if operator == Operator::Join {
            let text = |item: Option<&Item<'a>>| match item {
                None => Ok(Cow::Borrowed("")),
                Some(item) => item.text().ok_or(EvalError::Types("&")),
            };
            return self.joined(&text(a)?, &text(b)?);
        }
        let (Some(a), Some(b)) = (a, b) else { return Ok(Vec::new()) };
        match (a.system(), b.system()) {
            (Item::Integer(a), Item::Integer(b)) => Ok(integers(operator, a, b)),
            (Item::Integer(a), Item::Decimal(b)) => Ok(decimals(operator, Decimal::from(a), b)),
            (Item::Decimal(a), Item::Integer(b)) => Ok(decimals(operator, a, Decimal::from(b))),
            (Item::Decimal(a), Item::Decimal(b)) => Ok(decimals(operator, a, b)),
            (Item::String(a), Item::String(b)) if operator == Operator::Plus => self.joined(&a, &b),
            (Item::Temporal(a), b) if matches!(operator, Operator::Plus | Operator::Minus) => moved(operator, &a, &b),
            (a, b) => self.quantities(operator, &a, &b),
        }
    }

    fn joined(&self, a: &str, b: &str) -> Answer<'a> {
        self.spend_text(a.len() + b.len())?;
        Ok(vec![Item::String(Cow::Owned([a, b].concat()))])
    }

    fn quantities(&self, operator: Operator, a: &Item<'a>, b: &Item<'a>) -> Answer<'a> {
        let none = || EvalError::Types(name(operator));
        let (x, y) = (quantity(a).ok_or_else(none)?, quantity(b).ok_or_else(none)?);
        let one = |unit: &Unit<'a>| *unit == Unit::Code("1".into());
        let result = match operator {
            Operator::Plus | Operator::Minus => self
                .in_unit(&y, &x.unit)
                .and_then(|value| x.value.checked_add(signed(operator, value)))
                .map(|value| Quantity { value, unit: x.unit }),
            Operator::Times if one(&y.unit) => {
                x.value.checked_mul(y.value).map(|value| Quantity { value, unit: x.unit })
            }
            Operator::Times if one(&x.unit) => {
                x.value.checked_mul(y.value).map(|value| Quantity { value, unit: y.unit })
            }
            Operator::Divide if one(&y.unit) => {
                x.value.checked_div(y.value).map(|value| Quantity { value, unit: x.unit })
            }
            Operator::Divide => self
                .in_unit(&y, &x.unit)
                .and_then(|value| x.value.checked_div(value))
                .map(|value| Quantity { value, unit: Unit::Code("1".into()) }),
            Operator::Times => return Err(EvalError::Unsupported("a product of units")),
            _ => return Err(none()),
        };
        Ok(result.map(Item::Quantity).into_iter().collect())
    }
}

/// A date or time and a length of time. Codes of UCUM are lengths of the calendar but for years and months, which are
/// of another length there (N1, 6.6.7).
fn moved<'a>(operator: Operator, at: &Temporal, by: &Item<'a>) -> Answer<'a> {
    let none = || EvalError::Types(name(operator));
    let (Item::Quantity(_) | Item::Node(_)) = by else { return Err(none()) };
    let by = quantity(by).ok_or_else(none)?;
    let unit = match &by.unit {
        Unit::Calendar(word) => *word,
        Unit::Code(code) => match calendar::unit_of_code(code).filter(|unit| calendar::fixed_length(unit).is_some()) {
            Some(unit) => unit,
            // The words of the calendar are taken for themselves between quotes too.
            None => calendar::unit(code).ok_or_else(none)?,
        },
    };
    match calendar::add(at, signed(operator, by.value), unit) {
        Ok(at) => Ok(vec![Item::Temporal(at)]),
        Err(Refusal::Range) => Ok(Vec::new()),
        Err(Refusal::Unit) => Err(none()),
    }
}
