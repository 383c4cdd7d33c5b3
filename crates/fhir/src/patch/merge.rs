//! JSON Merge Patch (RFC 7396): members that stand for those of the resource, null for what goes.

use serde_json::{Map, Value};

use crate::resource::Problem;

/// Reads the members.
pub(super) fn read(value: Value) -> Result<Map<String, Value>, Vec<Problem>> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(vec![Problem::new("Patch", "structure", "a JSON Merge Patch is an object")]),
    }
}

/// As RFC 7396, 2 has it. What comes out is no larger than both together, and no deeper than the deeper.
pub(super) fn apply(members: &Map<String, Value>, value: &mut Value) {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Value::Object(map) = value else { return };
    for (name, member) in members {
        match member {
            Value::Null => {
                map.shift_remove(name);
            }
            Value::Object(inner) => apply(inner, map.entry(name.as_str()).or_insert(Value::Null)),
            other => {
                map.insert(name.clone(), other.clone());
            }
        }
    }
}
