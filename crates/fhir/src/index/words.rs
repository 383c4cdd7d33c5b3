//! The words of a resource, for the full-text search.

use serde_json::{Map, Value};

use super::{each, str_of};
use crate::text::narrative_text;

/// Bytes of words kept of one resource.
const WORDS: usize = 32 << 10;

/// What of a person is read beside what is read of any resource: names, addresses, numbers.
const OF_PERSON: [&str; 11] =
    ["family", "given", "prefix", "suffix", "line", "city", "district", "state", "postalCode", "country", "value"];

/// What the full-text search reads of a resource: its words, and apart from them its narrative. Nothing of what only holds
/// others: their words belong to the patients of those, whom no index knows.
pub(super) fn of(kind: &str, map: &Map<String, Value>) -> (String, String) {
    let words = match kind {
        kind if !has_words(kind) => return (String::new(), String::new()),
        "Composition" => words_of_record(map),
        "Patient" => words_of_any(map, &OF_PERSON),
        _ => words_of_any(map, &[]),
    };
    let mut narrative = Words(String::new());
    if let Some(div) = map.get("text").and_then(|text| str_of(text, "div")) {
        narrative.add(&narrative_text(div));
    }
    (words, narrative.0)
}

/// Whether the full-text search reads a type.
pub fn has_words(kind: &str) -> bool {
    !matches!(kind, "Bundle" | "Parameters")
}

/// Words gathered up to the limit, one text a line.
struct Words(String);

impl Words {
    fn add(&mut self, text: &str) {
        let room = WORDS.saturating_sub(self.0.len() + 1);
        if text.is_empty() || room == 0 {
            return;
        }
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
    }

    fn full(&self) -> bool {
        self.0.len() + 1 >= WORDS
    }

    /// The title and narrative of a section, and of those within it.
    fn section(&mut self, section: &Value) {
        self.add(str_of(section, "title").unwrap_or_default());
        if let Some(div) = section.get("text").and_then(|text| str_of(text, "div")) {
            self.add(&narrative_text(div));
        }
        if let Value::Object(map) = section {
            each(map, "section", &mut |inner| self.section(inner));
        }
    }

    /// `more` are the keys whose texts are read beside those of every type.
    fn any(&mut self, map: &Map<String, Value>, whole: bool, more: &[&str]) {
        for (key, value) in map {
            if self.full() {
                return;
            }
            if whole && key == "text" && value.is_object() {
                continue;
            }
            match value {
                Value::String(text) => match key.as_str() {
                    "div" => self.add(&narrative_text(text)),
                    "text" | "display" | "description" => self.add(text),
                    key if more.contains(&key) => self.add(text),
                    _ => {}
                },
                Value::Object(inner) => self.any(inner, false, more),
                Value::Array(items) => {
                    for item in items {
                        match item {
                            Value::Object(item) => self.any(item, false, more),
                            Value::String(text) if more.contains(&key.as_str()) => self.add(text),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// A medical record: its title, its sections, and what its events are coded as.
fn words_of_record(map: &Map<String, Value>) -> String {
    let mut words = Words(String::new());
    words.add(map.get("title").and_then(Value::as_str).unwrap_or_default());
    each(map, "section", &mut |section| words.section(section));
    each(map, "event.code", &mut |code| {
        words.add(str_of(code, "text").unwrap_or_default());
        for coding in code.get("coding").and_then(Value::as_array).into_iter().flatten() {
            words.add(str_of(coding, "display").unwrap_or_default());
            words.add(str_of(coding, "code").unwrap_or_default());
        }
    });
    words.0
}

/// Any other resource: each text, display, description and narrative in it but its own narrative, and what stands under
/// `more`.
fn words_of_any(map: &Map<String, Value>, more: &[&str]) -> String {
    let mut words = Words(String::new());
    words.any(map, true, more);
    words.0
}
