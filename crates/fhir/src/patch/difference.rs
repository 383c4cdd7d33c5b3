//! The FHIRPath Patch that leads from one version of a resource to another.

use serde_json::{Map, Value, json};

use super::path_patch::capital;
use crate::fhirpath::Model;
use crate::resource::{Resource, is_stamp};
use crate::types::is_resource_type;

/// A patch such that applying it to `from` gives what `to` says; `meta.versionId` and `meta.lastUpdated` are left out,
/// for every version has its own.
pub fn difference(from: &Resource, to: &Resource, model: &dyn Model) -> Resource {
    let mut walk = Walk { model, operations: Vec::new() };
    walk.objects(from.as_value(), to.as_value(), from.kind(), from.kind());
    let mut fields = Map::new();
    fields.insert("resourceType".to_owned(), "Parameters".into());
    if !walk.operations.is_empty() {
        fields.insert("parameter".to_owned(), Value::Array(walk.operations));
    }
    Resource::parameters(fields)
}

struct Walk<'m> {
    model: &'m dyn Model,
    operations: Vec<Value>,
}

/// An element as its parent has it.
struct Element {
    /// The name in FHIRPath, and that of its choice's type where it is one.
    name: String,
    kind: String,
    many: bool,
}

/// A primitive's value and the object beside it.
type Pair<'v> = (&'v Value, &'v Value);

impl Walk<'_> {
    /// The element that a key stands for; what no definition knows is compared whole.
    fn element(&self, parent: &str, key: &str) -> Element {
        if let Some(child) = self.model.child(parent, key)
            && !child.choice
        {
            let kind = child.types.first().copied().unwrap_or_default();
            return Element { name: key.to_owned(), kind: kind.to_owned(), many: child.many };
        }
        for (at, _) in key.char_indices().filter(|(_, c)| c.is_ascii_uppercase()) {
            let (stem, suffix) = key.split_at(at);
            if let Some(child) = self.model.child(parent, stem)
                && child.choice
                && let Some(kind) = child.types.iter().find(|kind| capital(kind) == suffix)
            {
                return Element { name: stem.to_owned(), kind: (*kind).to_owned(), many: false };
            }
        }
        Element { name: key.to_owned(), kind: String::new(), many: false }
    }

    fn objects(&mut self, from: &Map<String, Value>, to: &Map<String, Value>, kind: &str, path: &str) {
        let mut keys: Vec<&str> = Vec::new();
        for key in from.keys().chain(to.keys()).map(|key| key.strip_prefix('_').unwrap_or(key)) {
            if !keys.contains(&key) && key != "resourceType" && !(kind == "Meta" && is_stamp(key)) {
                keys.push(key);
            }
        }
        let pair = |map: &'_ Map<String, Value>, key: &str| {
            (map.get(key).cloned().unwrap_or_default(), map.get(&format!("_{key}")).cloned().unwrap_or_default())
        };
        // What goes makes room for a choice of another type.
        let there = |pair: &(Value, Value)| !pair.0.is_null() || !pair.1.is_null();
        let is_gone = |key: &&&str| there(&pair(from, key)) && !there(&pair(to, key));
        let gone: Vec<&str> = keys.iter().filter(is_gone).copied().collect();
        let rest = keys.iter().filter(|key| !gone.contains(key)).copied();
        for key in gone.iter().copied().chain(rest) {
            let (before, after) = (pair(from, key), pair(to, key));
            if before == after {
                continue;
            }
            let element = self.element(kind, key);
            self.member((&before.0, &before.1), (&after.0, &after.1), &element, path);
        }
    }

    fn member(&mut self, before: Pair<'_>, after: Pair<'_>, element: &Element, path: &str) {
        let here = format!("{path}.{}", element.name);
        if element.many {
            return self.lists(before, after, element, path);
        }
        let is_there = |pair: Pair<'_>| !pair.0.is_null() || !pair.1.is_null();
        match (is_there(before), is_there(after)) {
            (true, false) => self.delete(&here),
            (false, _) => self.add(path, element, after),
            (true, true) => self.change(before, after, &element.kind, &here),
        }
    }

    fn lists(&mut self, before: Pair<'_>, after: Pair<'_>, element: &Element, path: &str) {
        let here = format!("{path}.{}", element.name);
        let (from, to) = (pairs(before), pairs(after));
        let same = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
        let ends = from[same..].iter().rev().zip(to[same..].iter().rev());
        let behind = ends.take_while(|(one, other)| one == other).count();
        let (from_end, to_end) = (from.len() - behind, to.len() - behind);
        let both = from_end.min(to_end);
        for at in same..both {
            self.change(from[at], to[at], &element.kind, &format!("{here}[{at}]"));
        }
        for at in (both..from_end).rev() {
            self.delete(&format!("{here}[{at}]"));
        }
        for (at, pair) in to.iter().enumerate().take(to_end).skip(both.max(same)) {
            if !from.is_empty() {
                let value = self.value("value", &element.kind, *pair);
                self.operations.push(operation("insert", &here, [number("index", at), value]));
            } else {
                self.add(path, element, *pair);
            }
        }
    }

    fn change(&mut self, before: Pair<'_>, after: Pair<'_>, kind: &str, here: &str) {
        if before == after {
            return;
        }
        match (before.0, after.0) {
            // Within a resource of its own the types are those of that.
            (Value::Object(from), Value::Object(to)) if !kind.is_empty() && !from.contains_key("resourceType") => {
                self.objects(from, to, kind, here);
            }
            _ => {
                let value = self.value("value", kind, after);
                self.operations.push(operation("replace", here, [value]));
            }
        }
    }

    fn delete(&mut self, here: &str) {
        self.operations.push(operation("delete", here, []));
    }

    fn add(&mut self, path: &str, element: &Element, after: Pair<'_>) {
        let name = json!({ "name": "name", "valueString": element.name });
        let value = self.value("value", &element.kind, after);
        self.operations.push(operation("add", path, [name, value]));
    }

    /// A value as a parameter carries it.
    fn value(&self, name: &str, kind: &str, (value, beside): Pair<'_>) -> Value {
        let mut part = Map::new();
        part.insert("name".to_owned(), name.into());
        if let Value::Object(map) = value {
            if map.contains_key("resourceType") {
                part.insert("resource".to_owned(), value.clone());
                return Value::Object(part);
            }
            if kind.contains('.') || kind.is_empty() {
                part.insert("part".to_owned(), Value::Array(self.parts(map, kind)));
                return Value::Object(part);
            }
        }
        let kind = match kind {
            "" => "string",
            kind if kind.starts_with("http://hl7.org/fhirpath/") || is_resource_type(kind) => "string",
            kind => kind,
        };
        let suffix = capital(kind);
        if !value.is_null() {
            part.insert(format!("value{suffix}"), value.clone());
        }
        if !beside.is_null() {
            part.insert(format!("_value{suffix}"), beside.clone());
        }
        Value::Object(part)
    }

    fn parts(&self, map: &Map<String, Value>, kind: &str) -> Vec<Value> {
        let mut parts = Vec::new();
        let mut keys: Vec<&str> = Vec::new();
        for key in map.keys().map(|key| key.strip_prefix('_').unwrap_or(key)) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        for key in keys {
            let element = self.element(kind, key);
            let nothing = Value::Null;
            let pair = (map.get(key).unwrap_or(&nothing), map.get(&format!("_{key}")).unwrap_or(&nothing));
            if element.many {
                parts.extend(pairs(pair).into_iter().map(|pair| self.value(&element.name, &element.kind, pair)));
            } else {
                parts.push(self.value(&element.name, &element.kind, pair));
            }
        }
        parts
    }
}

static NOTHING: Value = Value::Null;

/// The members of a list of primitives or structures, each with what is beside it.
fn pairs<'v>((values, beside): Pair<'v>) -> Vec<Pair<'v>> {
    let items = |value: &'v Value| value.as_array().map_or(&[][..], Vec::as_slice);
    let (values, beside) = (items(values), items(beside));
    let at = |items: &'v [Value], at: usize| items.get(at).unwrap_or(&NOTHING);
    (0..values.len().max(beside.len())).map(|n| (at(values, n), at(beside, n))).collect()
}

fn number(name: &str, number: usize) -> Value {
    json!({ "name": name, "valueInteger": number })
}

fn operation<const N: usize>(kind: &str, path: &str, rest: [Value; N]) -> Value {
    let mut parts = vec![json!({ "name": "type", "valueCode": kind }), json!({ "name": "path", "valueString": path })];
    parts.extend(rest);
    json!({ "name": "operation", "part": parts })
}
