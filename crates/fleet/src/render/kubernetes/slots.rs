//! One text, two readings: as a manifest it holds a value, as a template of Helm it refers to `values.yaml`, where the value then
//! stands. So the two targets cannot drift apart.

use std::cell::RefCell;

use serde_json::{Map, Value};

/// What parts our references from text until all of a file is there: letters that no tool uses.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// Where values go.
pub(in crate::render) struct Slots {
    /// Written into here, and referred to; nothing where values stand in their place.
    values: Option<RefCell<Value>>,
}

impl Slots {
    /// Values stand in their place.
    pub(in crate::render) fn literal() -> Self {
        Self { values: None }
    }

    /// Values stand in `values.yaml`.
    pub(in crate::render) fn chart() -> Self {
        Self { values: Some(RefCell::new(Value::Object(Map::new()))) }
    }

    pub(in crate::render) fn is_chart(&self) -> bool {
        self.values.is_some()
    }

    /// A value, or what refers to it; a text without its quotes, as it stands between them.
    pub(in crate::render) fn put(&self, path: &[&str], value: impl Into<Value>) -> String {
        let value = match value.into() {
            Value::String(text) => Value::String(clean(&text)),
            other => other,
        };
        let Some(values) = &self.values else { return plain(&value) };
        let mut values = values.borrow_mut();
        let mut at = &mut *values;
        for key in path {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            at = &mut at[*key];
        }
        *at = value;
        let simple = path.iter().all(|key| key.bytes().all(|b| b.is_ascii_alphanumeric()));
        let keys: Vec<String> = path.iter().map(|key| format!("\"{key}\"")).collect();
        self.of(if simple {
            format!("$.Values.{}", path.join("."))
        } else {
            format!("index $.Values {}", keys.join(" "))
        })
    }

    /// Refers to a variable of the chart.
    #[expect(clippy::unused_self, reason = "only a chart has variables")]
    pub(in crate::render) fn of(&self, expression: impl std::fmt::Display) -> String {
        format!("{OPEN} {expression} {CLOSE}")
    }

    /// What Helm is told to do, on a line of its own.
    pub(in crate::render) fn action(&self, expression: &str) -> String {
        if self.is_chart() { format!("{OPEN}- {expression} {CLOSE}\n") } else { String::new() }
    }

    /// A text whose own braces mean nothing to Helm, and whose references do.
    pub(in crate::render) fn finish(&self, text: &str) -> String {
        if !self.is_chart() {
            return text.to_owned();
        }
        text.replace("{{", "{{ \"{{\" }}").replace(OPEN, "{{").replace(CLOSE, "}}")
    }

    /// All values that were put.
    pub(in crate::render) fn values(&self) -> Value {
        self.values.as_ref().map_or(Value::Null, |values| values.borrow().clone())
    }
}

/// Free text of a spec, without the letters that part our references.
pub(in crate::render) fn clean(text: &str) -> String {
    text.chars().filter(|letter| !matches!(*letter, OPEN | CLOSE) && !letter.is_control()).collect()
}

/// A text as it stands between quotes, without them.
fn plain(value: &Value) -> String {
    let written = value.to_string();
    match value {
        Value::String(_) => written[1..written.len() - 1].to_owned(),
        _ => written,
    }
}
