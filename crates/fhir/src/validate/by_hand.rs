//! The commonest constraints, in Rust. Each has the key and the very expression of the definitions it stands for, and a
//! test holds them against the engine.

use serde_json::{Map, Value};

use crate::fhirpath::html;

/// A constraint by hand, of the JSON of an element: whether it holds; nothing where FHIRPath has to be asked.
pub(super) type Check = fn(&Value) -> Option<bool>;

/// What is checked by hand, by key and expression.
const CHECKS: &[(&str, &str, Check)] = &[
    // The walk looks at every reference, and says more.
    (
        "ref-1",
        "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))",
        |_| Some(true),
    ),
    ("per-1", "start.hasValue().not() or end.hasValue().not() or (start <= end)", per_1),
    ("qty-3", "code.empty() or system.exists()", |v| Some(!has(v, "code") || has(v, "system"))),
    ("sqty-1", "comparator.empty()", |v| Some(!has(v, "comparator"))),
    ("cpt-2", "value.empty() or system.exists()", |v| Some(!has(v, "value") || has(v, "system"))),
    ("txt-1", "htmlChecks()", |v| Some(v.as_str().is_some_and(html::is_formed))),
    ("txt-2", "htmlChecks()", |v| Some(v.as_str().is_some_and(html::shows))),
    ("obs-3", "low.exists() or high.exists() or text.exists()", |v| Some(any(v, &["low", "high", "text"]))),
    ("obs-6", "dataAbsentReason.empty() or value.empty()", |v| {
        Some(!has(v, "dataAbsentReason") || !chosen(v, "value"))
    }),
    ("obs-7", "value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()", |v| {
        (!chosen(v, "value") || !has(v, "component")).then_some(true)
    }),
    ("pat-1", "name.exists() or telecom.exists() or address.exists() or organization.exists()", |v| {
        Some(any(v, &["name", "telecom", "address", "organization"]))
    }),
];

/// The check of a constraint.
pub(super) fn of(key: &str, expression: &str) -> Option<Check> {
    CHECKS.iter().find(|(own, text, _)| *own == key && *text == expression).map(|(.., check)| *check)
}

fn object(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object()
}

/// Whether an object has an element: a value, or what stands beside one.
fn has(value: &Value, key: &str) -> bool {
    let there = |key: &str| object(value).and_then(|map| map.get(key)).is_some_and(|value| !value.is_null());
    there(key) || there(&format!("_{key}"))
}

fn any(value: &Value, keys: &[&str]) -> bool {
    keys.iter().any(|key| has(value, key))
}

/// Whether an object has a choice of that stem.
fn chosen(value: &Value, stem: &str) -> bool {
    object(value).is_some_and(|map| {
        map.keys().any(|key| {
            let key = key.strip_prefix('_').unwrap_or(key);
            key.strip_prefix(stem).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        })
    })
}

/// Times that are written alike compare as texts; FHIRPath knows about the others.
fn per_1(value: &Value) -> Option<bool> {
    let text = |key| object(value).and_then(|map| map.get(key)).and_then(Value::as_str);
    let (Some(start), Some(end)) = (text("start"), text("end")) else { return Some(true) };
    let zone = |text: &str| text.get(19..).map(str::to_owned);
    let alike = start.len() == end.len() && (start.len() <= 10 || (start.len() <= 25 && zone(start) == zone(end)));
    alike.then(|| start <= end)
}
