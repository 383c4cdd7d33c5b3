//! Equality, equivalence and order of items (N1, 6.1 and 6.2), and collections without repetition.

use std::{
    cmp::Ordering,
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::Value;

use super::{
    Decimal, EvalError, Item, Quantity, Temporal, Unit,
    ast::Operator,
    calendar,
    eval::{Engine, single},
    temporal::Kind,
};

/// Collections up to this length are searched one by one.
const FEW: usize = 12;

fn decimal(item: &Item<'_>) -> Option<Decimal> {
    match item {
        Item::Integer(number) => Some(Decimal::from(*number)),
        Item::Decimal(number) => Some(*number),
        _ => None,
    }
}

/// An item as a quantity, where it is one; a number is one without a unit.
pub(super) fn quantity<'a>(item: &Item<'a>) -> Option<Quantity<'a>> {
    match item {
        Item::Quantity(quantity) => Some(quantity.clone()),
        Item::Node(node) => node.quantity(),
        other => decimal(other).map(|value| Quantity { value, unit: Unit::Code("1".into()) }),
    }
}

/// A text as a point in time of the kind it is compared with: elements whose type is not known come as texts.
fn temporal_like(text: &str, other: &Temporal) -> Option<Temporal> {
    match other.kind() {
        Kind::Time => Temporal::time(text),
        Kind::Date | Kind::DateTime => Temporal::date_time(text),
    }
}

/// Two items in FHIRPath's own types, a text against a time read as one where it comes from an element.
fn both<'a>(a: &Item<'a>, b: &Item<'a>) -> (Item<'a>, Item<'a>) {
    let (x, y) = (a.system(), b.system());
    match (&x, &y) {
        (Item::String(text), Item::Temporal(it)) if a.node().is_some() || b.node().is_some() => {
            let read = temporal_like(text, it).map(Item::Temporal);
            (read.unwrap_or(x), y)
        }
        (Item::Temporal(it), Item::String(text)) if a.node().is_some() || b.node().is_some() => {
            let read = temporal_like(text, it).map(Item::Temporal);
            (x, read.unwrap_or(y))
        }
        _ => (x, y),
    }
}

impl<'a> Engine<'_, 'a> {
    /// `=`: nothing where a side is empty or precisions do not tell.
    pub(super) fn all_equal(&self, left: &[Item<'a>], right: &[Item<'a>]) -> Result<Option<bool>, EvalError> {
        if left.is_empty() || right.is_empty() {
            return Ok(None);
        }
        if left.len() != right.len() {
            return Ok(Some(false));
        }
        let mut all = Some(true);
        for (a, b) in left.iter().zip(right) {
            match self.equal(a, b)? {
                Some(false) => return Ok(Some(false)),
                None => all = None,
                Some(true) => {}
            }
        }
        Ok(all)
    }

    /// Whether two items are equal.
    pub(super) fn equal(&self, a: &Item<'a>, b: &Item<'a>) -> Result<Option<bool>, EvalError> {
        self.spend(1)?;
        let (x, y) = both(a, b);
        Ok(match (&x, &y) {
            (Item::Boolean(a), Item::Boolean(b)) => Some(a == b),
            (Item::String(a), Item::String(b)) => {
                self.spend(a.len().min(b.len()) / 64)?;
                Some(a == b)
            }
            (Item::Temporal(a), Item::Temporal(b)) => match calendar::compare(a, b, &self.context.zone) {
                None => Some(false),
                Some(order) => order.map(Ordering::is_eq),
            },
            (Item::Type(a), Item::Type(b)) => Some(a == b),
            (Item::Node(a), Item::Node(b)) => {
                let nothing = a.value.is_null() && b.value.is_null();
                let (a, b) = if nothing { (a.sibling, b.sibling) } else { (Some(a.value), Some(b.value)) };
                Some(match (a, b) {
                    (Some(a), Some(b)) => self.same(a, b)?,
                    (a, b) => a == b,
                })
            }
            _ => match (decimal(&x), decimal(&y)) {
                (Some(a), Some(b)) => Some(a == b),
                _ => match (quantity(&x), quantity(&y)) {
                    (Some(a), Some(b)) => self.compare_quantities(&a, &b).map(Ordering::is_eq),
                    _ => Some(false),
                },
            },
        })
    }

    /// Whether two structures have the same elements with the same values. Keys may stand in any order.
    fn same(&self, a: &Value, b: &Value) -> Result<bool, EvalError> {
        self.spend(1)?;
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                for (key, value) in a {
                    match b.get(key) {
                        Some(other) if self.same(value, other)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(a.len() == b.len())
            }
            (Value::Array(a), Value::Array(b)) => {
                for (value, other) in a.iter().zip(b) {
                    if !self.same(value, other)? {
                        return Ok(false);
                    }
                }
                Ok(a.len() == b.len())
            }
            (Value::Number(x), Value::Number(y)) => {
                Ok(match (x.as_str().parse::<Decimal>(), y.as_str().parse::<Decimal>()) {
                    (Ok(x), Ok(y)) => x == y,
                    _ => a == b,
                })
            }
            (a, b) => Ok(a == b),
        }
    }

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
            return it.value.mul(Decimal::from(from))?.div(Decimal::from(to));
        }
        if let (Some(from), Some(to)) = (millis(&it.unit), millis(unit)) {
            return it.value.mul(Decimal::from(from))?.div(Decimal::from(to));
        }
        match (&it.unit, unit) {
            (Unit::Code(from), Unit::Code(to)) => self.context.resolver?.convert(it.value, from, to),
            _ => None,
        }
    }

    /// `~`: collections in any order; two empty ones are equivalent.
    pub(super) fn all_equivalent(&self, left: &[Item<'a>], right: &[Item<'a>]) -> Result<bool, EvalError> {
        if left.len() != right.len() {
            return Ok(false);
        }
        let mut rest: Vec<&Item<'a>> = right.iter().collect();
        for a in left {
            let mut found = None;
            for (at, b) in rest.iter().enumerate() {
                if self.equivalent(a, b)? {
                    found = Some(at);
                    break;
                }
            }
            match found {
                Some(at) => rest.swap_remove(at),
                None => return Ok(false),
            };
        }
        Ok(true)
    }

    fn equivalent(&self, a: &Item<'a>, b: &Item<'a>) -> Result<bool, EvalError> {
        self.spend(1)?;
        let (x, y) = both(a, b);
        Ok(match (&x, &y) {
            (Item::String(a), Item::String(b)) => {
                self.spend_text(a.len() + b.len())?;
                plain(a) == plain(b)
            }
            (Item::Temporal(a), Item::Temporal(b)) => calendar::equivalent(a, b, &self.context.zone),
            (Item::Node(a), Item::Node(b)) if a.quantity().is_none() || b.quantity().is_none() => {
                self.alike(a.value, b.value)?
            }
            _ => match (decimal(&x), decimal(&y)) {
                (Some(a), Some(b)) => roughly(a, b),
                _ => match (quantity(&x), quantity(&y)) {
                    (Some(a), Some(b)) => self.quantities_alike(&a, &b),
                    _ => self.equal(&x, &y)? == Some(true),
                },
            },
        })
    }

    fn quantities_alike(&self, a: &Quantity<'a>, b: &Quantity<'a>) -> bool {
        let loose = |unit: &Unit<'_>| match unit {
            Unit::Code(code) => calendar::unit_of_code(code),
            Unit::Calendar(word) => Some(*word),
        };
        match self.in_unit(b, &a.unit) {
            Some(value) => roughly(a.value, value),
            None => loose(&a.unit).is_some() && loose(&a.unit) == loose(&b.unit) && roughly(a.value, b.value),
        }
    }

    /// Equivalence of structures: texts without their case and blanks, arrays in any order.
    fn alike(&self, a: &Value, b: &Value) -> Result<bool, EvalError> {
        self.spend(1)?;
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                for (key, value) in a {
                    match b.get(key) {
                        Some(other) if self.alike(value, other)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(a.len() == b.len())
            }
            (Value::Array(a), Value::Array(b)) => {
                let mut rest: Vec<&Value> = b.iter().collect();
                for value in a {
                    let mut found = None;
                    for (at, other) in rest.iter().enumerate() {
                        if self.alike(value, other)? {
                            found = Some(at);
                            break;
                        }
                    }
                    match found {
                        Some(at) => rest.swap_remove(at),
                        None => return Ok(false),
                    };
                }
                Ok(rest.is_empty())
            }
            (Value::String(a), Value::String(b)) => {
                self.spend_text(a.len() + b.len())?;
                Ok(plain(a) == plain(b))
            }
            (a, b) => self.same(a, b),
        }
    }

    /// `<`, `<=`, `>` and `>=`.
    pub(super) fn ordered(
        &self,
        operator: Operator,
        left: &[Item<'a>],
        right: &[Item<'a>],
    ) -> Result<Option<bool>, EvalError> {
        const WHAT: &str = "a comparison";
        let (Some(a), Some(b)) = (single(left, WHAT)?, single(right, WHAT)?) else { return Ok(None) };
        let (x, y) = both(a, b);
        let order = match (&x, &y) {
            (Item::String(a), Item::String(b)) => {
                self.spend_text(a.len().min(b.len()))?;
                Some(a.cmp(b))
            }
            (Item::Temporal(a), Item::Temporal(b)) => {
                calendar::compare(a, b, &self.context.zone).ok_or(EvalError::Types(WHAT))?
            }
            _ => match (decimal(&x), decimal(&y)) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => match (quantity(&x), quantity(&y)) {
                    (Some(a), Some(b)) => self.compare_quantities(&a, &b),
                    // An element without a value, or a quantity that is none for FHIRPath, cannot be compared.
                    _ if x.node().is_some() || y.node().is_some() => None,
                    _ => return Err(EvalError::Types(WHAT)),
                },
            },
        };
        Ok(order.map(|order| match operator {
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            _ => order.is_ge(),
        }))
    }

    /// Whether one of the items equals `one`.
    pub(super) fn has(&self, all: &[Item<'a>], one: &Item<'a>) -> Result<bool, EvalError> {
        for item in all {
            if self.equal(item, one)? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The items, each once, in their order.
    pub(super) fn distinct(&self, items: Vec<Item<'a>>) -> Result<Vec<Item<'a>>, EvalError> {
        let mut seen = Seen::default();
        for item in items {
            seen.add(self, item)?;
        }
        Ok(seen.items)
    }
}

/// Items of which none equals another.
#[derive(Default)]
pub(super) struct Seen<'a> {
    pub(super) items: Vec<Item<'a>>,
    buckets: HashMap<u64, Vec<usize>>,
}

impl<'a> Seen<'a> {
    /// Adds the item unless it is there; whether it was added.
    pub(super) fn add(&mut self, engine: &Engine<'_, 'a>, item: Item<'a>) -> Result<bool, EvalError> {
        engine.spend(1)?;
        if self.items.len() < FEW {
            if engine.has(&self.items, &item)? {
                return Ok(false);
            }
            self.items.push(item);
            return Ok(true);
        }
        if self.buckets.is_empty() {
            for (at, own) in self.items.iter().enumerate() {
                self.buckets.entry(key(own)).or_default().push(at);
            }
        }
        let bucket = self.buckets.entry(key(&item)).or_default();
        for at in bucket.iter() {
            if engine.equal(&self.items[*at], &item)? == Some(true) {
                return Ok(false);
            }
        }
        bucket.push(self.items.len());
        self.items.push(item);
        Ok(true)
    }
}

/// A number that is the same for equal items.
fn key(item: &Item<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match item.system() {
        Item::String(text) => {
            // A text may equal a time: then both are of the time's bucket.
            if Temporal::date_time(&text).is_some() || Temporal::time(&text).is_some() { 1 } else { 0 }
                .hash(&mut hasher);
            if Temporal::date_time(&text).is_none() && Temporal::time(&text).is_none() {
                text.hash(&mut hasher);
            }
        }
        Item::Temporal(_) => 1.hash(&mut hasher),
        Item::Boolean(is) => (2, is).hash(&mut hasher),
        Item::Type(kind) => (3, kind.name).hash(&mut hasher),
        Item::Integer(number) => (4, Decimal::from(number)).hash(&mut hasher),
        Item::Decimal(number) => (4, number).hash(&mut hasher),
        Item::Quantity(_) => 4.hash(&mut hasher),
        Item::Node(node) => (5, weight(node.value)).hash(&mut hasher),
    }
    hasher.finish()
}

/// Tells most structures apart: what their first level holds.
fn weight(value: &Value) -> u64 {
    let of = |value: &Value| match value {
        Value::String(text) => {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            hasher.finish()
        }
        Value::Array(all) => all.len() as u64,
        Value::Object(all) => all.len() as u64,
        _ => 1,
    };
    match value {
        Value::Object(all) => all.values().map(of).fold(all.len() as u64, u64::wrapping_add),
        other => of(other),
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

/// A text for equivalence: lower case, blanks as one.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word.to_lowercase());
    }
    out
}

/// Numbers are equivalent when they agree in the digits of the one with fewer.
fn roughly(a: Decimal, b: Decimal) -> bool {
    let digits = a.normal().scale().min(b.normal().scale());
    match (a.round(digits), b.round(digits)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}
