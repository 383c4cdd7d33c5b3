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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Instant,
        fhirpath::{Context, Expression, Node},
        validate::Definitions,
    };
    use serde_json::json;

    /// The type of the element that a constraint is of, and values of it.
    fn values(key: &str) -> (&'static str, Vec<Value>) {
        let of = |kind, all: Value| (kind, all.as_array().cloned().unwrap_or_default());
        let id = json!({ "id": "x" });
        match key {
            "per-1" => of(
                "Period",
                json!([{}, { "start": "2020" }, { "end": "2020" }, { "start": "2020", "end": "2019" }, { "_start": id, "end": "2019" },
                    { "start": "2020-05", "end": "2020-05" }, { "start": "2020-05-02", "end": "2020-05-01" },
                    { "start": "2020", "end": "2020-05" }, { "start": "2020-01-01T10:00:00Z", "end": "2020-01-01T09:00:00Z" },
                    { "start": "2020-01-01T10:00:00+02:00", "end": "2020-01-01T09:00:00Z" },
                    { "start": "2020-01-01T10:00:00-03:00", "end": "2020-01-01T11:00:00-03:00" }]),
            ),
            "qty-3" => of(
                "Quantity",
                json!([{}, { "code": "g" }, { "_code": id }, { "code": "g", "system": "s" }, { "system": "s" }]),
            ),
            "sqty-1" => of("Quantity", json!([{}, { "comparator": "<" }, { "_comparator": id }])),
            "cpt-2" => of(
                "ContactPoint",
                json!([{}, { "value": "1" }, { "value": "1", "system": "fax" }, { "value": "1", "_system": id }]),
            ),
            "txt-1" | "txt-2" => {
                of("xhtml", json!(["<div>a</div>", "<p>a</p>", "<div> </div>", "<div><img src='x'/></div>", "a"]))
            }
            "obs-3" => of(
                "Observation.referenceRange",
                json!([{}, { "low": { "value": 1 } }, { "text": "a" }, { "_text": id }, { "age": {} }]),
            ),
            "obs-6" => of(
                "Observation",
                json!([{}, { "valueString": "a" }, { "dataAbsentReason": { "text": "a" } },
                { "valueString": "a", "dataAbsentReason": { "text": "a" } }, { "_valueString": id, "dataAbsentReason": { "text": "a" } }]),
            ),
            "obs-7" => {
                of("Observation", json!([{}, { "valueString": "a" }, { "component": [{ "code": { "text": "a" } }] }]))
            }
            "pat-1" => of(
                "Patient.contact",
                json!([{}, { "name": {"text": "a"} }, { "gender": "male" }, { "telecom": [{ "value": "1" }] }]),
            ),
            _ => ("", Vec::new()),
        }
    }

    #[test]
    fn by_hand_is_as_by_fhirpath() {
        let definitions = Definitions;
        let mut asked = 0;
        for (key, text, check) in CHECKS {
            let expression = Expression::parse(text).unwrap();
            let (kind, values) = values(key);
            assert_eq!(values.is_empty(), *key == "ref-1", "{key}");
            for value in &values {
                let Some(by_hand) = check(value) else { continue };
                let resource = json!({ "resourceType": "Observation" });
                let context =
                    Context::new(&resource, Instant(0)).with_model(&definitions).with_focus(Node::new(value, kind));
                let told = expression.holds(&context).unwrap();
                // Together the two constraints of a narrative are what the one function asks.
                if text.contains("htmlChecks") {
                    let both = values_of_narrative(value);
                    assert_eq!(told, Some(both), "{value}");
                } else {
                    assert_eq!(told.unwrap_or(true), by_hand, "{key}: {value}");
                }
                asked += 1;
            }
        }
        assert!(asked > 40, "{asked}");
    }

    fn values_of_narrative(value: &Value) -> bool {
        value.as_str().is_some_and(|text| html::is_formed(text) && html::shows(text))
    }
}
