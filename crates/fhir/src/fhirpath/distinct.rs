//! Collections without repetition: a few are compared one by one, more by a hash of what makes them equal.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::Value;

use super::{EvalError, Item, Temporal, Unit, compare, eval::Engine};

/// Collections up to this length are searched one by one.
const FEW: usize = 12;

impl<'a> Engine<'_, 'a> {
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
        // A text of an element may equal a time: then both are of the time's bucket.
        Item::String(text) if Temporal::date_time(&text).is_some() || Temporal::time(&text).is_some() => {
            1.hash(&mut hasher);
        }
        Item::String(text) => (0, text).hash(&mut hasher),
        Item::Temporal(_) => 1.hash(&mut hasher),
        Item::Boolean(is) => (2, is).hash(&mut hasher),
        Item::Type(kind) => (3, kind.name).hash(&mut hasher),
        other => match (compare::quantity(&other), &other) {
            // Numbers are quantities without a unit; those of other units may be equal with other numbers.
            (Some(it), _) if it.unit == Unit::Code("1".into()) => (4, it.value).hash(&mut hasher),
            (Some(_), _) => 5.hash(&mut hasher),
            (None, Item::Node(node)) => (6, weight(node.value)).hash(&mut hasher),
            (None, _) => {}
        },
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
