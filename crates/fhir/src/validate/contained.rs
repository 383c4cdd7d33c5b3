//! The rules for what is contained in a resource (R4, 5.3.2): dom-2 to dom-5, and the words of dom-6.

use serde_json::{Map, Value};

use super::{
    Reason,
    path::Step,
    walk::{Place, Walk},
};

pub(super) const DOM_6: &str = "dom-6: A resource should have narrative for robust management";
const DOM_2: &str = "dom-2: it must not contain resources itself";
const DOM_3: &str = "dom-3: it must be referred to from the resource that contains it, or refer to that";
const DOM_4: &str = "dom-4: it must have neither meta.versionId nor meta.lastUpdated";
const DOM_5: &str = "dom-5: it must have no security label";

impl<'a> Walk<'a, '_> {
    /// What a resource contains, as seen from it. Its elements are looked at by the walk.
    pub(super) fn contained(&mut self, map: &'a Map<String, Value>, place: Place) {
        let Some(Value::Array(all)) = map.get("contained") else { return };
        self.path.push(Step::Name("contained"));
        if place == Place::Contained {
            self.error(Reason::ContainedRule, DOM_2);
        }
        for (at, one) in all.iter().enumerate() {
            self.path.push(Step::At(at));
            let meta = |key: &str| one.get("meta").is_some_and(|meta| meta.get(key).is_some());
            if meta("versionId") || meta("lastUpdated") {
                self.error(Reason::ContainedRule, DOM_4);
            }
            if meta("security") {
                self.error(Reason::ContainedRule, DOM_5);
            }
            let id = one.get("id").and_then(Value::as_str).unwrap_or_default();
            let named =
                !id.is_empty() && map.iter().any(|(_, value)| says(value, &|text| text.strip_prefix('#') == Some(id)));
            if !named && !says(one, &|text| text == "#") {
                self.error(Reason::ContainedRule, DOM_3);
            }
            self.path.pop();
        }
        self.path.pop();
    }
}

/// Whether a text somewhere in the value is one that is looked for.
fn says(value: &Value, wanted: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => wanted(text),
        Value::Array(items) => items.iter().any(|item| says(item, wanted)),
        Value::Object(map) => map.values().any(|value| says(value, wanted)),
        _ => false,
    }
}
