//! What a profile says of a value's size (R4, `ElementDefinition.minValue[x]`, `maxValue[x]`, `maxLength`).

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Reason, profile::Element, walk::Walk};
use crate::fhirpath::{Decimal, Node};
use crate::instant::Period;

impl<'a> Walk<'a, '_> {
    /// Whether a value is within what a profile allows; where the two cannot be compared it is.
    pub(super) fn limits(&mut self, asked: &Element, node: Node<'a>) {
        if let Some(least) = &asked.least
            && compare(node.value, least) == Some(Ordering::Less)
        {
            self.error(Reason::Least, shown(least));
        }
        if let Some(most) = &asked.most
            && compare(node.value, most) == Some(Ordering::Greater)
        {
            self.error(Reason::Most, shown(most));
        }
        if let (Some(longest), Some(text)) = (asked.longest, node.value.as_str())
            && text.chars().nth(longest).is_some()
        {
            self.error(Reason::Length, longest.to_string());
        }
    }
}

/// How a value stands to a limit of the same type; nothing where that cannot be told: dates of unlike precision that
/// overlap, units that cannot be compared.
fn compare(value: &Value, limit: &Value) -> Option<Ordering> {
    match (value, limit) {
        (Value::Number(_), Value::Number(_)) => Some(decimal(value)?.cmp(&decimal(limit)?)),
        (Value::String(value), Value::String(limit)) => moments(value, limit),
        (Value::Object(_), Value::Object(_)) => {
            let unit = |quantity: &'_ Value| -> Option<String> {
                Some(quantity.get("code").or_else(|| quantity.get("unit"))?.as_str()?.to_owned())
            };
            let (own, limited) = (decimal(value.get("value")?)?, decimal(limit.get("value")?)?);
            let own = match (unit(value), unit(limit)) {
                (from, to) if from == to => own,
                (Some(from), Some(to)) => crate::ucum::convert(own, &from, &to)?,
                _ => return None,
            };
            Some(own.cmp(&limited))
        }
        _ => None,
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    value.as_number()?.as_str().parse().ok()
}

/// Dates and times; times of a day are written so that they sort.
fn moments(value: &str, limit: &str) -> Option<Ordering> {
    if value.as_bytes().get(2) == Some(&b':') && limit.as_bytes().get(2) == Some(&b':') {
        return Some(value.cmp(limit));
    }
    // A date has no zone: what has one is held against it by the date that it says.
    let day = |text: &'_ str, other: &str| -> String {
        let text = if other.contains('T') { text } else { text.split_once('T').map_or(text, |(day, _)| day) };
        text.to_owned()
    };
    let read = |text: String| Period::parse(&text, &TimeZone::UTC);
    let (value, limit) = (read(day(value, limit))?, read(day(limit, value))?);
    if value.high <= limit.low {
        Some(Ordering::Less)
    } else if value.low >= limit.high {
        Some(Ordering::Greater)
    } else {
        None
    }
}

/// A limit, for people.
fn shown(limit: &Value) -> String {
    match limit {
        Value::String(text) => text.clone(),
        Value::Object(quantity) => {
            let part =
                |key: &str| quantity.get(key).map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
            let unit = part("unit").or_else(|| part("code")).unwrap_or_default();
            format!("{} {unit}", part("value").unwrap_or_default()).trim_end().to_owned()
        }
        other => other.to_string(),
    }
}
