//! Values as rows, by the type of the search parameter that leads to them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::tz::TimeZone;
use serde_json::{Map, Number, Value};

use super::texts::Filed;
use super::{Row, Target, each, is_absolute, reference_of, str_of};
use crate::{
    instant::Period,
    search::{Parameter, ParameterKind},
    ucum,
};

/// Rows of one resource, three quarters of them of one parameter: beyond, a search does not find it, and the others still do.
const ROWS: usize = 5_000;
/// Of those that list things.
const ROWS_OF_LISTS: usize = 20_000;
const LISTS: [&str; 6] = ["CodeSystem", "ConceptMap", "Group", "List", "NamingSystem", "ValueSet"];
/// Rows of a parameter that are compared one by one.
const FEW: usize = 64;
/// Bytes of the texts of one resource's rows, as they are folded and as they are written.
const TEXTS: usize = 4 << 20;
/// Bytes of a code, a system or an address; what is longer is data, and nobody searches by it.
const LONGEST: usize = 2 << 10;

/// The parts of a HumanName or an Address that are searched.
#[rustfmt::skip]
const PARTS: [&str; 11] = [
    "text", "given", "family", "prefix", "suffix", "line", "district", "city", "state", "postalCode", "country",
];

/// The rows of a resource as they are gathered, one parameter after the other.
pub(super) struct Rows<'z> {
    rows: Vec<Row>,
    zone: &'z TimeZone,
    name: &'static str,
    kind: ParameterKind,
    /// Names of the rows that stand beside those of the parameter; empty where it has none.
    calls: &'static str,
    of_type: &'static str,
    canonical: &'static str,
    rest: &'static str,
    /// Rows it may have.
    most: usize,
    /// Bytes left for texts.
    texts_left: usize,
    /// Where the rows of the parameter begin.
    start: usize,
    /// Where those of a hash stand, once they are more than [`FEW`].
    seen: HashMap<u64, Vec<usize>>,
}

impl<'z> Rows<'z> {
    /// Of a resource of a type.
    pub(super) fn new(kind: &str, zone: &'z TimeZone) -> Rows<'z> {
        Rows {
            rows: Vec::with_capacity(32),
            zone,
            name: "",
            kind: ParameterKind::Special,
            calls: "",
            of_type: "",
            canonical: "",
            rest: "",
            most: if LISTS.contains(&kind) { ROWS_OF_LISTS } else { ROWS },
            texts_left: TEXTS,
            start: 0,
            seen: HashMap::new(),
        }
    }

    /// What is added from now on is of this parameter.
    pub(super) fn begin(&mut self, parameter: &Parameter) {
        (self.name, self.kind, self.start) = (parameter.name, parameter.kind, self.rows.len());
        (self.calls, self.of_type, self.canonical) = (parameter.calls, parameter.of_type, parameter.canonical);
        self.rest = parameter.rest;
        self.seen.clear();
    }

    pub(super) fn finish(self) -> Vec<Row> {
        self.rows
    }

    /// Adds the rows of one value, of whatever FHIR type it is; none for a type that the parameter has no use for.
    pub(super) fn add(&mut self, value: &Value) {
        if self.full() {
            return;
        }
        match self.kind {
            ParameterKind::String => self.texts(value),
            ParameterKind::Token => self.tokens(value),
            ParameterKind::Date => self.date(value),
            ParameterKind::Reference => self.reference(value),
            ParameterKind::Number => self.number(value),
            ParameterKind::Quantity => self.quantity(value),
            ParameterKind::Uri => self.uri(value),
            ParameterKind::Special => self.place(value),
            ParameterKind::Composite => {}
        }
    }

    /// The rows of a parameter's values, taken out again: of a part of a composite, which is compared as any other.
    pub(super) fn apart(&mut self, kind: ParameterKind, add: impl FnOnce(&mut Self)) -> Vec<Row> {
        let (whole, start, seen) = (self.kind, self.start, std::mem::take(&mut self.seen));
        (self.kind, self.start) = (kind, self.rows.len());
        add(self);
        let rows = self.rows.split_off(self.start);
        (self.kind, self.start, self.seen) = (whole, start, seen);
        rows
    }

    fn full(&self) -> bool {
        self.rows.len() >= self.most || self.rows.len() - self.start >= self.most / 4 * 3
    }

    /// Adds a row unless the parameter has it.
    pub(super) fn push(&mut self, row: Row) {
        if self.full() {
            return;
        }
        if !self.is_known(&row) {
            if let Row::Text { value, written, .. } = &row {
                let Some(left) = self.texts_left.checked_sub(value.len() + written.len()) else { return };
                self.texts_left = left;
            }
            if !self.seen.is_empty() {
                self.seen.entry(hash(&row)).or_default().push(self.rows.len());
            }
            self.rows.push(row);
        }
    }

    fn is_known(&mut self, row: &Row) -> bool {
        let own = &self.rows[self.start..];
        if own.len() < FEW {
            return own.contains(row);
        }
        if self.seen.is_empty() {
            for (at, known) in own.iter().enumerate() {
                self.seen.entry(hash(known)).or_default().push(self.start + at);
            }
        }
        self.seen.get(&hash(row)).is_some_and(|places| places.iter().any(|at| self.rows[*at] == *row))
    }

    fn text(&mut self, text: &str) {
        let Filed { value, written, rest } = Filed::new(text);
        if let Some(value) = value {
            self.push(Row::Text { param: self.name, value, written });
            self.go_on(rest);
        }
    }

    /// The rows of a text after its first. A part of a composite has none: it is asked for by how it begins.
    fn go_on(&mut self, rest: Vec<String>) {
        for value in rest {
            if self.rest.is_empty() {
                return;
            }
            self.push(Row::Text { param: self.rest, value, written: String::new() });
        }
    }

    /// What a code is called; how that is written is never asked for.
    fn called(&mut self, text: Option<&str>) {
        if let Some(text) = text.filter(|_| !self.calls.is_empty()) {
            let Filed { value, rest, .. } = Filed::new(text);
            if let Some(value) = value {
                self.push(Row::Text { param: self.calls, value, written: String::new() });
                self.go_on(rest);
            }
        }
    }

    /// A string, or every part of a HumanName or an Address, or the text of an Annotation; of a name also "given family"
    /// as one.
    fn texts(&mut self, value: &Value) {
        let map = match value {
            Value::String(text) => return self.text(text),
            Value::Object(map) => map,
            _ => return,
        };
        for part in PARTS {
            each(map, part, &mut |part| self.text(part.as_str().unwrap_or_default()));
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
        self.text(&whole);
    }

    fn token(&mut self, system: &str, code: &str) {
        if !code.is_empty() && code.len() <= LONGEST && system.len() <= LONGEST {
            self.push(Row::Token { param: self.name, system: system.to_owned(), code: code.to_owned() });
        }
    }

    /// A code, a boolean, a Coding, a CodeableConcept, an Identifier or a ContactPoint.
    fn tokens(&mut self, value: &Value) {
        match value {
            Value::String(code) => self.token("", code),
            Value::Bool(yes) => self.token("", if *yes { "true" } else { "false" }),
            Value::Object(map) => {
                let text = |key: &str| map.get(key).and_then(Value::as_str);
                let system = text("system").unwrap_or_default();
                match (text("code"), text("value")) {
                    (Some(code), _) => {
                        self.token(system, code);
                        self.called(text("display"));
                    }
                    (None, Some(value)) => match self.name {
                        "phone" | "email" => self.contact("", system, value),
                        "telecom" => self.contact(system, system, value),
                        _ => {
                            self.token(system, value);
                            self.typed(map.get("type"), value);
                        }
                    },
                    (None, None) => {
                        each(map, "coding", &mut |coding| self.tokens(coding));
                        self.called(text("text"));
                        self.called(text("display"));
                    }
                }
            }
            _ => {}
        }
    }

    /// The value of an Identifier under each code of its type, and what the type is called.
    fn typed(&mut self, kind: Option<&Value>, value: &str) {
        let Some(Value::Object(kind)) = kind.filter(|_| !self.of_type.is_empty() && value.len() <= LONGEST) else {
            return;
        };
        each(kind, "coding", &mut |coding| {
            let (system, code) = (str_of(coding, "system").unwrap_or_default(), str_of(coding, "code"));
            if let Some(code) = code.filter(|code| system.len() + code.len() < LONGEST) {
                let (system, code) = (format!("{system}|{code}"), value.to_owned());
                self.push(Row::Token { param: self.of_type, system, code });
            }
        });
        self.called(kind.get("text").and_then(Value::as_str));
    }

    /// The value of a ContactPoint, filed under a system; of a telephone number its digits as well.
    fn contact(&mut self, system: &str, contact: &str, value: &str) {
        self.token(system, value);
        if contact == "phone" && value.len() <= LONGEST {
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            self.token(system, &digits);
        }
    }

    fn period(&self, text: &str) -> Option<Period> {
        Period::parse(text, self.zone)
    }

    fn push_date(&mut self, Period { low, high }: Period) {
        self.push(Row::Date { param: self.name, low, high });
    }

    /// A date of any precision, a Period or a Timing.
    fn date(&mut self, value: &Value) {
        let found = match value {
            Value::String(text) => self.period(text),
            Value::Object(map) if map.contains_key("event") || map.contains_key("repeat") => return self.timing(map),
            Value::Object(map) => {
                let (start, end) = (map.get("start").and_then(Value::as_str), map.get("end").and_then(Value::as_str));
                let (low, high) = (start.and_then(|text| self.period(text)), end.and_then(|text| self.period(text)));
                // An end that cannot be read is no open end.
                let readable = start.is_some() == low.is_some() && end.is_some() == high.is_some();
                let given = low.is_some() || high.is_some();
                // One that ends before it begins is kept by who asks for leniency, and found between its two ends.
                let (low, high) = match (low, high) {
                    (Some(start), Some(end)) if end.high <= start.low => (Some(end), Some(start)),
                    ends => ends,
                };
                (readable && given).then(|| Period {
                    low: low.map_or(Period::EVER.low, |period| period.low),
                    high: high.map_or(Period::EVER.high, |period| period.high),
                })
            }
            _ => None,
        };
        if let Some(period) = found {
            self.push_date(period);
        }
    }

    /// From the first event of a Timing to the last, or the period it repeats in.
    fn timing(&mut self, timing: &Map<String, Value>) {
        let mut span: Option<Period> = None;
        each(timing, "event", &mut |event| {
            if let Some(event) = event.as_str().and_then(|text| self.period(text)) {
                let so_far = span.get_or_insert(event);
                so_far.low = so_far.low.min(event.low);
                so_far.high = so_far.high.max(event.high);
            }
        });
        match span {
            Some(period) => self.push_date(period),
            None => each(timing, "repeat.boundsPeriod", &mut |bounds| self.date(bounds)),
        }
    }

    /// A Reference, a canonical or a uri. What another server has is found by its whole address alone.
    fn reference(&mut self, value: &Value) {
        let before = self.rows.len();
        self.reference_or_identifier(value);
        // It is there, although nobody can follow it: `:missing` counts it.
        let reference = value.is_object() && value.get("resourceType").is_none();
        if reference && self.rows.len() == before && self.start == before && !self.full() {
            self.rows.push(Row::Token { param: self.name, system: String::new(), code: String::new() });
        }
    }

    fn reference_or_identifier(&mut self, value: &Value) {
        if let Some(identifier) = value.get("identifier").filter(|_| value.get("resourceType").is_none()) {
            self.token(
                str_of(identifier, "system").unwrap_or_default(),
                str_of(identifier, "value").unwrap_or_default(),
            );
        }
        let Some(text) = reference_of(value).filter(|text| text.len() <= LONGEST) else { return };
        if let Some(target) = Target::local(text) {
            self.push(Row::Reference { param: self.name, target });
        } else if is_absolute(text) || text.starts_with("urn:") || (value.is_string() && !text.starts_with('#')) {
            let mut whole = |id: &str| {
                let target = Target { kind: String::new(), id: id.to_owned() };
                self.push(Row::Reference { param: self.name, target });
            };
            whole(text);
            if let Some((address, _)) = text.split_once('|').filter(|_| value.is_string()) {
                whole(address);
            }
        }
    }

    /// A number, or a Range as one.
    fn number(&mut self, value: &Value) {
        let found = match value {
            Value::Number(number) => point(number),
            Value::Object(range) => Limits::of(range).map(|limits| (limits.low, limits.high)),
            _ => None,
        };
        if let Some((low, high)) = found {
            self.push(Row::Number { param: self.name, low, high });
        }
    }

    /// A Quantity, a Money or a Range. SampledData has no one value.
    fn quantity(&mut self, value: &Value) {
        let Value::Object(map) = value else { return };
        let Some(Limits { low, high, unit }) = Limits::of(map) else { return };
        let text = |key: &str| unit.get(key).and_then(Value::as_str);
        let (system, code) = match (text("code"), text("currency")) {
            (Some(code), _) => (text("system").unwrap_or_default(), code),
            // Money has a currency in place of a unit.
            (None, Some(currency)) => ("urn:iso:std:iso:4217", currency),
            (None, None) => ("", text("unit").unwrap_or_default()),
        };
        if code.len() <= LONGEST && system.len() <= LONGEST {
            let (system, code) = (system.to_owned(), code.to_owned());
            if system == ucum::SYSTEM {
                self.canonical(&code, low, high);
            }
            self.push(Row::Quantity { param: self.name, system, code, low, high });
        }
    }

    /// The same in base units, so that it is found whatever unit is asked in.
    fn canonical(&mut self, code: &str, low: f64, high: f64) {
        if self.canonical.is_empty() {
            return;
        }
        let Some(unit) = ucum::canonical(code) else { return };
        let end = |value: f64| if value == f64::MIN || value == f64::MAX { Some(value) } else { unit.value(value) };
        if let (Some(low), Some(high)) = (end(low), end(high)) {
            let (param, system) = (self.canonical, ucum::SYSTEM.to_owned());
            self.push(Row::Quantity { param, system, code: unit.code, low, high });
        }
    }

    /// A place with both its degrees (`Location.position`).
    fn place(&mut self, value: &Value) {
        let degrees = |key: &str, most: f64| {
            let (degrees, _) = point(value.get(key)?.as_number()?)?;
            (degrees.abs() <= most).then_some(degrees)
        };
        if let (Some(latitude), Some(longitude)) = (degrees("latitude", 90.0), degrees("longitude", 180.0)) {
            self.push(Row::Place { param: self.name, latitude, longitude });
        }
    }

    fn uri(&mut self, value: &Value) {
        if let Some(text) = value.as_str().filter(|text| !text.is_empty() && text.len() <= LONGEST) {
            self.push(Row::Uri { param: self.name, value: text.to_owned() });
        }
    }
}

/// A number as it is filed: a point. The stretch that digits stand for is that of what is asked for (R4, 3.1.1.4.6).
fn point(number: &Number) -> Option<(f64, f64)> {
    let value = number.as_str().parse().ok().filter(|value: &f64| value.is_finite())?;
    Some((value, value))
}

/// Between what a Quantity or a Range is, and the object that names its unit.
struct Limits<'v> {
    low: f64,
    high: f64,
    unit: &'v Map<String, Value>,
}

impl<'v> Limits<'v> {
    fn of(map: &'v Map<String, Value>) -> Option<Limits<'v>> {
        let end = |key: &str| map.get(key).and_then(Value::as_object).and_then(Limits::of_quantity);
        match (end("low"), end("high")) {
            (None, None) => Limits::of_quantity(map),
            (Some(low), Some(high)) => Some(Limits { low: low.low, high: high.high, unit: low.unit }),
            (Some(low), None) => Some(Limits { high: f64::MAX, ..low }),
            (None, Some(high)) => Some(Limits { low: f64::MIN, ..high }),
        }
    }

    fn of_quantity(map: &'v Map<String, Value>) -> Option<Limits<'v>> {
        let number: &Number = map.get("value")?.as_number()?;
        let (mut low, mut high) = point(number)?;
        let exact = low;
        match map.get("comparator").and_then(Value::as_str) {
            Some("<" | "<=") => (low, high) = (f64::MIN, exact),
            Some(">" | ">=") => (low, high) = (exact, f64::MAX),
            _ => {}
        }
        Some(Limits { low, high, unit: map })
    }
}

/// A hash of what a row says.
fn hash(row: &Row) -> u64 {
    struct Into<'h>(&'h mut DefaultHasher);
    impl std::fmt::Write for Into<'_> {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            text.hash(self.0);
            Ok(())
        }
    }
    let mut hasher = DefaultHasher::new();
    // Writing into a hasher cannot fail; rows with numbers have no hash of their own.
    let _always = std::fmt::write(&mut Into(&mut hasher), format_args!("{row:?}"));
    hasher.finish()
}
