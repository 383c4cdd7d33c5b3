//! Conversions between FHIRPath's own types (N1, 5.5).

use std::borrow::Cow;

use super::{
    Decimal, EvalError, Item, Quantity, Temporal, Unit, calendar,
    compare::quantity,
    eval::{Engine, boolean, single},
    function::Function,
    temporal::Kind,
};

fn to_boolean<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    let is = match item {
        Item::Boolean(is) => Some(*is),
        Item::Integer(1) => Some(true),
        Item::Integer(0) => Some(false),
        Item::Decimal(number) if *number == Decimal::ONE => Some(true),
        Item::Decimal(number) if number.is_zero() => Some(false),
        Item::String(text) if text.len() <= 5 => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(true),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    is.map(Item::Boolean)
}

fn to_integer<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::Integer(number) => Some(*number),
        Item::Boolean(is) => Some(i32::from(*is)),
        Item::String(text) => text.parse().ok(),
        _ => None,
    }
    .map(Item::Integer)
}

fn to_decimal<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::Decimal(number) => Some(*number),
        Item::Integer(number) => Some(Decimal::from(*number)),
        Item::Boolean(is) => Some(Decimal::from(i32::from(*is))),
        Item::String(text) if !text.contains(['e', 'E']) => text.parse().ok(),
        _ => None,
    }
    .map(Item::Decimal)
}

fn to_temporal<'a>(item: &Item<'a>, kind: Kind) -> Option<Item<'a>> {
    match (item, kind) {
        (Item::Temporal(it), Kind::Date) => it.to_date(),
        (Item::Temporal(it), Kind::DateTime) => it.to_date_time(),
        (Item::Temporal(it), Kind::Time) => (it.kind() == Kind::Time).then_some(*it),
        (Item::String(text), Kind::Date) => Temporal::date(text),
        (Item::String(text), Kind::DateTime) => Temporal::date_time(text),
        (Item::String(text), Kind::Time) => Temporal::time(text.strip_prefix('T').unwrap_or(text)),
        _ => None,
    }
    .map(Item::Temporal)
}

fn to_text<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    let text = match item {
        Item::String(text) => text.clone(),
        Item::Boolean(is) => Cow::Borrowed(if *is { "true" } else { "false" }),
        Item::Integer(number) => Cow::Owned(number.to_string()),
        Item::Decimal(number) => Cow::Owned(number.to_string()),
        Item::Temporal(it) => Cow::Owned(it.to_string()),
        other => {
            let it = quantity(other)?;
            let many = matches!(it.unit, Unit::Calendar(_)) && it.value != Decimal::ONE;
            Cow::Owned(format!("{} {}{}", it.value, it.unit.written(), if many { "s" } else { "" }))
        }
    };
    Some(Item::String(text))
}

/// `1`, `1.5 'mg'` or `4 days`.
fn read_quantity(text: &str) -> Option<Quantity<'static>> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(text.len());
    let value = text[..end].parse().ok()?;
    let rest = text[end..].trim();
    let unit = if rest.is_empty() {
        Unit::Code("1".into())
    } else if let Some(code) = rest.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        (!code.is_empty()).then(|| Unit::Code(Cow::Owned(code.to_owned())))?
    } else {
        Unit::Calendar(calendar::unit(rest)?)
    };
    Some(Quantity { value, unit })
}

impl<'a> Engine<'_, 'a> {
    /// The function's result, where it is a conversion or asks for one.
    pub(super) fn conversion(
        &self,
        function: Function,
        input: &[Item<'a>],
        unit: &[Item<'a>],
    ) -> Result<Option<Vec<Item<'a>>>, EvalError> {
        use Function as F;
        let convert: &dyn Fn(&Item<'a>) -> Option<Item<'a>> = match function {
            F::ToBoolean | F::ConvertsToBoolean => &to_boolean,
            F::ToInteger | F::ConvertsToInteger => &to_integer,
            F::ToDecimal | F::ConvertsToDecimal => &to_decimal,
            F::ToString | F::ConvertsToString => &to_text,
            F::ToDate | F::ConvertsToDate => &|item| to_temporal(item, Kind::Date),
            F::ToDateTime | F::ConvertsToDateTime => &|item| to_temporal(item, Kind::DateTime),
            F::ToTime | F::ConvertsToTime => &|item| to_temporal(item, Kind::Time),
            F::ToQuantity | F::ConvertsToQuantity => &|item| self.to_quantity(item, unit),
            _ => return Ok(None),
        };
        let asks = matches!(
            function,
            F::ConvertsToBoolean
                | F::ConvertsToInteger
                | F::ConvertsToDecimal
                | F::ConvertsToString
                | F::ConvertsToDate
                | F::ConvertsToDateTime
                | F::ConvertsToTime
                | F::ConvertsToQuantity
        );
        let Some(item) = single(input, function.name())? else { return Ok(Some(Vec::new())) };
        let item = match item.text() {
            // An element's own text, whatever its type: its date may be written in more than one way.
            Some(text) if function == F::ToString => Item::String(text),
            _ => item.system(),
        };
        if let Item::String(text) = &item {
            self.spend_text(text.len())?;
        }
        let found = convert(&item);
        Ok(Some(if asks { boolean(found.is_some()) } else { found.into_iter().collect() }))
    }

    fn to_quantity(&self, item: &Item<'a>, unit: &[Item<'a>]) -> Option<Item<'a>> {
        let it = match item {
            Item::String(text) => read_quantity(text)?,
            Item::Boolean(is) => Quantity { value: Decimal::from(i32::from(*is)), unit: Unit::Code("1".into()) },
            other => quantity(other)?,
        };
        let Some(unit) = unit.first() else { return Some(Item::Quantity(it)) };
        let unit = unit.text()?;
        let unit = calendar::unit(&unit).map_or(Unit::Code(unit), Unit::Calendar);
        let value = self.in_unit(&it, &unit)?;
        Some(Item::Quantity(Quantity { value, unit }))
    }
}
