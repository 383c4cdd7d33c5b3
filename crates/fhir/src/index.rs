//! What a resource is found by: typed rows for the search parameters of its type, the patients whose chart it is part
//! of, and the words of it.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::{
    compartment,
    instant::{Instant, Period},
    params::{self, Kind, Param},
    resource::Resource,
    text::{fold, narrative_text},
    types,
};

/// Raised whenever [`index`] answers otherwise for the same resource: stores with an older number index anew.
pub const INDEX_VERSION: u32 = 2;

/// The extension of a Composition that holds how urgent the record is (`valueCode`).
const PRIORITY_URL: &str = "urn:aroeira:fhir:record-priority";
/// Characters of a folded text that are kept.
const TEXT_CHARS: usize = 200;
/// Rows that are compared one by one.
const FEW: usize = 64;
/// Bytes of words kept for the full-text search of one resource.
const WORDS: usize = 32 << 10;

/// All that a store indexes of a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Index {
    /// A row for each value of each parameter, none twice.
    pub rows: Vec<Row>,
    /// Ids of the patients it belongs to, sorted, each once; a Patient belongs to itself.
    pub patients: Vec<String>,
    /// What the full-text search reads, as written; at most 32 KiB. Empty for a Patient.
    pub text: String,
}

/// One value of a search parameter.
#[expect(missing_docs, reason = "each variant says what its fields are")]
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A string: folded, at most 200 characters.
    Text { param: &'static str, value: String },
    /// A code with its system; the system is empty where there is none.
    Token { param: &'static str, system: String, code: String },
    /// From `low` to before `high`.
    Date { param: &'static str, low: Instant, high: Instant },
    /// A reference to another resource.
    Reference { param: &'static str, target: Target },
    /// A number with the width its digits imply: 0.8 is 0.75 to before 0.85.
    Number { param: &'static str, low: f64, high: f64 },
    /// A number with its unit: the code and system of it, or its text with an empty system.
    Quantity { param: &'static str, system: String, code: String, low: f64, high: f64 },
    /// A URI, character by character.
    Uri { param: &'static str, value: String },
}

impl Row {
    /// The search parameter the row is of.
    pub fn param(&self) -> &'static str {
        match self {
            Row::Text { param, .. }
            | Row::Token { param, .. }
            | Row::Date { param, .. }
            | Row::Reference { param, .. }
            | Row::Number { param, .. }
            | Row::Quantity { param, .. }
            | Row::Uri { param, .. } => param,
        }
    }
}

/// What a reference points at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The resource type; empty for `urn:uuid:x` and, in an index, for an address on another server.
    pub kind: String,
    /// The logical id; in an index, the whole address of what another server has.
    pub id: String,
}

impl Target {
    /// As [`Target::parse`], of what is kept here: another server's record may have the id of one of ours.
    #[must_use]
    pub fn local(reference: &str) -> Option<Target> {
        let foreign = reference.starts_with("http://") || reference.starts_with("https://");
        if foreign { None } else { Self::parse(reference) }
    }

    /// Reads `Type/id`, `Type/id/_history/2`, an absolute http(s) URL that ends so, or `urn:uuid:x`. `None` for anything
    /// else: a contained resource, a conditional or logical reference.
    pub fn parse(reference: &str) -> Option<Target> {
        if let Some(id) = reference.strip_prefix("urn:uuid:") {
            return types::is_id(id).then(|| Target { kind: String::new(), id: id.to_owned() });
        }
        let path = match reference.strip_prefix("https://").or_else(|| reference.strip_prefix("http://")) {
            Some(rest) => rest.split_once('/')?.1,
            None => reference,
        };
        let absolute = path.len() != reference.len();
        let path = path.split_once("/_history/").map_or(path, |(path, _)| path);
        let (before, id) = path.rsplit_once('/')?;
        let kind = match before.rsplit_once('/') {
            Some((_, kind)) if absolute => kind,
            Some(_) => return None,
            None => before,
        };
        (types::is_resource_type(kind) && types::is_id(id)).then(|| Target { kind: kind.to_owned(), id: id.to_owned() })
    }
}

/// Indexes a resource. Dates without an offset are read in `zone`.
pub fn index(resource: &Resource, zone: &TimeZone) -> Index {
    let (kind, map) = (resource.kind(), resource.as_value());
    let mut rows = Rows { rows: Vec::with_capacity(16), zone };
    for param in params::COMMON.iter().chain(params::of(kind)) {
        each(map, param.path, &mut |value| rows.add(param, value));
    }
    let text = match kind {
        "Patient" => String::new(),
        "Composition" => {
            rows.priority(map);
            words_of_record(map)
        }
        _ => words_of_any(map),
    };
    Index { rows: rows.each_once(), patients: compartment::patients(kind, resource.id(), map), text }
}

/// Visits every value at a path of element names, through arrays.
pub(crate) fn each<'v>(map: &'v Map<String, Value>, path: &str, visit: &mut dyn FnMut(&'v Value)) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some(value) = map.get(name) else { return };
    let mut one = |value: &'v Value| match (rest, value) {
        (None, value) => visit(value),
        (Some(rest), Value::Object(map)) => each(map, rest, visit),
        _ => {}
    };
    match value {
        Value::Array(items) => items.iter().for_each(one),
        value => one(value),
    }
}

/// The text of a Reference, or of a canonical or uri that stands for one.
pub(crate) fn reference_of(value: &Value) -> Option<&str> {
    str_of(value, "reference").or_else(|| value.as_str())
}

fn str_of<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

struct Rows<'z> {
    rows: Vec<Row>,
    zone: &'z TimeZone,
}

impl Rows<'_> {
    fn add(&mut self, param: &Param, value: &Value) {
        let name = param.name;
        match param.kind {
            Kind::Text => self.texts(name, value),
            Kind::Token => self.tokens(name, value),
            Kind::Contact(system) => self.contact(name, system, value),
            Kind::Date => self.date(name, value),
            Kind::Reference => self.reference(name, value, false),
            Kind::Patient => self.reference(name, value, true),
            Kind::Number => {
                if let Some((low, high)) = value.as_number().and_then(|n| width(n.as_str())) {
                    self.push(Row::Number { param: name, low, high });
                }
            }
            Kind::Quantity => self.quantity(name, value),
            Kind::Uri => {
                if let Some(value) = value.as_str() {
                    self.push(Row::Uri { param: name, value: value.to_owned() });
                }
            }
        }
    }

    /// Adds a row unless it is among the first [`FEW`].
    fn push(&mut self, row: Row) {
        if !self.rows[..self.rows.len().min(FEW)].contains(&row) {
            self.rows.push(row);
        }
    }

    /// The rows, none twice. A resource with very many is not compared row by row.
    fn each_once(mut self) -> Vec<Row> {
        if self.rows.len() > FEW {
            let mut seen = HashSet::with_capacity(self.rows.len());
            self.rows.retain(|row| seen.insert(format!("{row:?}")));
        }
        self.rows
    }

    fn text(&mut self, param: &'static str, text: &str) {
        let mut value = fold(text);
        if let Some((end, _)) = value.char_indices().nth(TEXT_CHARS) {
            value.truncate(end);
        }
        if !value.is_empty() {
            self.push(Row::Text { param, value });
        }
    }

    /// A string, or every part of a HumanName or an Address; of a name also "given family" as one.
    fn texts(&mut self, param: &'static str, value: &Value) {
        let Value::Object(map) = value else {
            return value.as_str().map_or((), |text| self.text(param, text));
        };
        for part in [
            "text",
            "given",
            "family",
            "prefix",
            "suffix",
            "line",
            "district",
            "city",
            "state",
            "postalCode",
            "country",
        ] {
            each(map, part, &mut |part| self.text(param, part.as_str().unwrap_or_default()));
        }
        let mut whole = String::new();
        for part in ["given", "family"] {
            each(map, part, &mut |part| {
                if let Some(part) = part.as_str() {
                    if !whole.is_empty() {
                        whole.push(' ');
                    }
                    whole.push_str(part);
                }
            });
        }
        self.text(param, &whole);
    }

    fn token(&mut self, param: &'static str, system: &str, code: &str) {
        if !code.is_empty() {
            self.push(Row::Token { param, system: system.to_owned(), code: code.to_owned() });
        }
    }

    /// A code, a boolean, a Coding, a CodeableConcept, an Identifier or a ContactPoint.
    fn tokens(&mut self, param: &'static str, value: &Value) {
        match value {
            Value::String(code) => self.token(param, "", code),
            Value::Bool(yes) => self.token(param, "", if *yes { "true" } else { "false" }),
            Value::Object(map) => {
                let system = map.get("system").and_then(Value::as_str).unwrap_or_default();
                if let Some(code) = map.get("code").or_else(|| map.get("value")).and_then(Value::as_str) {
                    self.token(param, system, code);
                }
                each(map, "coding", &mut |coding| self.tokens(param, coding));
            }
            _ => {}
        }
    }

    /// The value of a ContactPoint of one system; of a telephone number its digits as well.
    fn contact(&mut self, param: &'static str, system: &str, value: &Value) {
        let Some(text) = str_of(value, "value").filter(|_| str_of(value, "system") == Some(system)) else { return };
        self.token(param, "", text);
        if system == "phone" {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            self.token(param, "", &digits);
        }
    }

    /// A date of any precision, a Period or a Timing.
    fn date(&mut self, param: &'static str, value: &Value) {
        let read = |text: Option<&str>| text.and_then(|text| Period::parse(text, self.zone));
        let found = match value {
            Value::String(text) => read(Some(text)),
            Value::Object(map) if map.contains_key("event") || map.contains_key("repeat") => {
                return self.timing(param, map);
            }
            Value::Object(map) => {
                let (start, end) = (map.get("start").and_then(Value::as_str), map.get("end").and_then(Value::as_str));
                let (low, high) = (read(start), read(end));
                // An end that cannot be read is no open end.
                let readable = start.is_some() == low.is_some() && end.is_some() == high.is_some();
                let given = low.is_some() || high.is_some();
                (readable && given).then(|| Period {
                    low: low.map_or(Period::EVER.low, |period| period.low),
                    high: high.map_or(Period::EVER.high, |period| period.high),
                })
            }
            _ => None,
        };
        if let Some(Period { low, high }) = found {
            self.push(Row::Date { param, low, high });
        }
    }

    /// From the first event of a Timing to the last, or the period it repeats in.
    fn timing(&mut self, param: &'static str, timing: &Map<String, Value>) {
        let mut span: Option<Period> = None;
        each(timing, "event", &mut |event| {
            if let Some(event) = event.as_str().and_then(|text| Period::parse(text, self.zone)) {
                let so_far = span.get_or_insert(event);
                so_far.low = so_far.low.min(event.low);
                so_far.high = so_far.high.max(event.high);
            }
        });
        match span {
            Some(Period { low, high }) => self.push(Row::Date { param, low, high }),
            None => each(timing, "repeat.boundsPeriod", &mut |bounds| self.date(param, bounds)),
        }
    }

    fn reference(&mut self, param: &'static str, value: &Value, patients_only: bool) {
        let Some(text) = reference_of(value) else { return };
        match Target::parse(text) {
            Some(found) if !patients_only || matches!(found.kind.as_str(), "Patient" | "") => {
                // What another server has is found by its whole address alone.
                let target = Target::local(text).unwrap_or(Target { kind: String::new(), id: text.to_owned() });
                self.push(Row::Reference { param, target });
            }
            _ => {}
        }
    }

    fn quantity(&mut self, param: &'static str, value: &Value) {
        let number = value.get("value").and_then(Value::as_number).and_then(|n| Some((width(n.as_str())?, n)));
        let Some(((mut low, mut high), number)) = number else { return };
        let exact = number.as_f64().unwrap_or(low);
        match str_of(value, "comparator") {
            Some("<" | "<=") => (low, high) = (f64::MIN, exact),
            Some(">" | ">=") => (low, high) = (exact, f64::MAX),
            _ => {}
        }
        let (system, code) = match str_of(value, "code") {
            Some(code) => (str_of(value, "system").unwrap_or_default(), code),
            // Money has a currency in place of a unit.
            None => match str_of(value, "currency") {
                Some(currency) => ("urn:iso:std:iso:4217", currency),
                None => ("", str_of(value, "unit").unwrap_or_default()),
            },
        };
        self.push(Row::Quantity { param, system: system.to_owned(), code: code.to_owned(), low, high });
    }

    fn priority(&mut self, composition: &Map<String, Value>) {
        each(composition, "extension", &mut |extension| {
            if str_of(extension, "url") == Some(PRIORITY_URL) {
                self.token("priority", "", str_of(extension, "valueCode").unwrap_or_default());
            }
        });
    }
}

/// The stretch a decimal stands for: half a unit of its last digit to either side (R4 search, 3.1.1.4.6). `None` for a
/// number no double can hold.
fn width(number: &str) -> Option<(f64, f64)> {
    let value: f64 = number.parse().ok().filter(|value: &f64| value.is_finite())?;
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let place = exponent.parse::<i32>().ok()?.checked_sub(i32::try_from(decimals).ok()?)?;
    let half = 0.5 * 10_f64.powi(place.clamp(-400, 300));
    Some((value - half, value + half))
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

    fn any(&mut self, map: &Map<String, Value>) {
        for (key, value) in map {
            if self.full() {
                return;
            }
            match value {
                Value::String(text) => match key.as_str() {
                    "div" => self.add(&narrative_text(text)),
                    "text" | "display" | "description" => self.add(text),
                    _ => {}
                },
                Value::Object(inner) => self.any(inner),
                Value::Array(items) => items.iter().filter_map(Value::as_object).for_each(|item| self.any(item)),
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

/// Any other resource: each text, display, description and narrative in it.
fn words_of_any(map: &Map<String, Value>) -> String {
    let mut words = Words(String::new());
    words.any(map);
    words.0
}
