//! Part of a resource (R4 search, 3.1.1.5.8 and 3.1.1.5.9): what `_summary` and `_elements` ask for, with what must not
//! be left out.

use serde_json::{Map, Value, json};

use crate::validate::Definitions;

/// The tag of a resource that is not whole.
const TAG_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

/// Which part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The elements that the definitions call summary.
    Summary,
    /// The narrative.
    Text,
    /// All but the narrative.
    Data,
    /// Elements at the root by their names, or `Type.name` for resources of that type.
    Elements(Vec<String>),
}

/// Takes out of a resource what was not asked for, and tags it. Its id, `meta`, elements that must be there and
/// modifiers stay.
pub fn reduce(resource: &mut Value, part: &Part) {
    let Some(map) = resource.as_object_mut() else { return };
    let kind = map.get("resourceType").and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_named = |names: &[String], name: &str| {
        names.iter().any(|asked| match asked.split_once('.') {
            Some((of, asked)) => of == kind && asked == name,
            None => asked == name,
        })
    };
    let before = map.len();
    match part {
        Part::Data => {
            map.shift_remove("text");
        }
        Part::Text => keep(map, &kind, |name| name == "text"),
        Part::Elements(names) => keep(map, &kind, |name| is_named(names, name)),
        Part::Summary => summarise(map, &kind),
    }
    if map.len() < before || *part == Part::Summary {
        tag(map);
    }
}

/// Keeps the elements of the root that `asked` names, and those that must be there.
fn keep(map: &mut Map<String, Value>, kind: &str, asked: impl Fn(&str) -> bool) {
    map.retain(|key, _| {
        let name = key.strip_prefix('_').unwrap_or(key);
        let element = Definitions::element(kind, name);
        let stem = element.map_or(name, |element| element.name);
        matches!(name, "resourceType" | "id" | "meta" | "implicitRules")
            || asked(stem)
            || asked(name)
            || element.is_some_and(|element| element.mandatory || element.modifier)
    });
}

fn summarise(map: &mut Map<String, Value>, kind: &str) {
    map.retain(|key, value| {
        let name = key.strip_prefix('_').unwrap_or(key);
        if name == "resourceType" {
            return true;
        }
        let Some(element) = Definitions::element(kind, name) else { return false };
        if !element.summary {
            return false;
        }
        // An inline structure says of each of its elements whether it is summary; a type is taken whole.
        if element.kind.contains('.') {
            let each = |value: &mut Value| {
                if let Value::Object(map) = value {
                    summarise(map, element.kind);
                }
            };
            match value {
                Value::Array(items) => items.iter_mut().for_each(each),
                value => each(value),
            }
        }
        true
    });
}

fn tag(map: &mut Map<String, Value>) {
    let meta = map.entry("meta".to_owned()).or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(meta) = meta else { return };
    let tags = meta.entry("tag".to_owned()).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(tags) = tags {
        tags.push(json!({ "system": TAG_SYSTEM, "code": "SUBSETTED" }));
    }
}
