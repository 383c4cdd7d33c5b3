//! Equality, equivalence and order of items (N1, 6.1 and 6.2).

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    Decimal, EvalError, Item, Quantity, Temporal, Unit,
    ast::Operator,
    calendar,
    eval::{Engine, single},
    temporal::Kind,
    units::roughly,
};

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
}

/// A text for equivalence: lower case, every blank character alike (N1, 6.1.2).
fn plain(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|c| if c.is_whitespace() { ' ' } else { c }).collect()
}
