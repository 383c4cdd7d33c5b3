//! What a caller sends: a body read only after the preconditions were looked at, and those preconditions.

use aroeira_fhir::{Instant, Limits, Period};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::error::Field;
use crate::{Conflict, Error, Result};

/// A body not yet read. A stale `If-Match` is answered before anybody looks at it.
#[derive(Debug, Clone)]
pub enum Input {
    /// As it came over the wire.
    Bytes(Vec<u8>),
    /// From a form.
    Json(Value),
}

impl Input {
    /// The body as a JSON object.
    ///
    /// # Errors
    /// `Malformed` when it is not JSON, `Invalid` when it is no object.
    pub(crate) fn object(self) -> Result<Map<String, Value>> {
        let value = match self {
            Self::Json(value) => value,
            Self::Bytes(bytes) => aroeira_fhir::json::parse(&bytes, &Limits::default()).map_err(|problems| {
                let words: Vec<String> = problems.into_iter().take(5).map(|p| p.text).collect();
                Error::Malformed(words.join("; "))
            })?,
        };
        match value {
            Value::Object(map) => Ok(map),
            _ => Err(Error::field("", "type.object")),
        }
    }
}

/// Which version the caller believes to be the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precondition {
    /// Nothing said in the headers: `version` in the body must say it, where one is required.
    #[default]
    None,
    /// `If-Match: W/"n"`.
    Version(u32),
    /// `If-Match: *`: any version, but it must exist.
    Any,
    /// `If-None-Match: *`: it must not exist.
    Absent,
    /// `If-Match` with an entity tag that no version of ours ever had.
    Impossible,
}

/// Reads the fields of a body and collects what is wrong with them, all of it.
pub(crate) struct Reader {
    map: Map<String, Value>,
    prefix: String,
    pub(crate) problems: Vec<Field>,
}

impl Reader {
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self { map, prefix: String::new(), problems: Vec::new() }
    }

    pub(crate) fn nested(map: Map<String, Value>, prefix: String) -> Self {
        Self { map, prefix, problems: Vec::new() }
    }

    pub(crate) fn wrong(&mut self, name: &str, code: &'static str) {
        self.problems.push(Field::new(format!("{}{name}", self.prefix), code));
    }

    /// Refuses every field that is none of these.
    pub(crate) fn only(&mut self, known: &[&str]) {
        let unknown: Vec<String> = self.map.keys().filter(|key| !known.contains(&key.as_str())).cloned().collect();
        for name in unknown.iter().take(50) {
            // A name can be anything: what is echoed is cut.
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            self.wrong(&shown, "unknown");
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub(crate) fn raw(&self, name: &str) -> Option<&Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.map.shift_remove(name).filter(|value| !value.is_null())
    }

    /// Takes out what is sent as it was read: it is left as it is stored.
    pub(crate) fn leave_unsaid(&mut self, seen: &Map<String, Value>, names: &[&str]) {
        self.map.retain(|key, value| !(names.contains(&key.as_str()) && seen.get(key) == Some(value)));
    }

    /// A text of at most `most` characters without control characters but tab and line ends.
    pub(crate) fn text(&mut self, name: &str, most: usize) -> Option<String> {
        let value = self.raw(name)?.clone();
        let Value::String(text) = value else {
            self.wrong(name, "type.string");
            return None;
        };
        // An override of direction makes a dose read backwards.
        let harmful =
            |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || matches!(c, '\u{202d}' | '\u{202e}');
        if text.chars().any(harmful) {
            self.wrong(name, "control-characters");
            return None;
        }
        if text.chars().nth(most).is_some() {
            self.problems.push(Field::new(format!("{}{name}", self.prefix), "too-long").expecting(most.to_string()));
            return None;
        }
        Some(text)
    }

    /// A text that must be there and not be blank.
    pub(crate) fn required_text(&mut self, name: &str, most: usize) -> Option<String> {
        if self.raw(name).is_none() {
            self.wrong(name, "required");
            return None;
        }
        let text = self.text(name, most)?;
        if is_blank(&text) {
            self.wrong(name, "empty");
            return None;
        }
        Some(text)
    }

    pub(crate) fn one_of(&mut self, name: &str, allowed: &[&'static str]) -> Option<&'static str> {
        let text = self.text(name, 100)?;
        let found = allowed.iter().find(|word| **word == text).copied();
        if found.is_none() {
            self.problems.push(Field::new(format!("{}{name}", self.prefix), "one-of").expecting(allowed.join(", ")));
        }
        found
    }

    pub(crate) fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.raw(name)? {
            Value::Bool(value) => Some(*value),
            _ => {
                self.wrong(name, "type.boolean");
                None
            }
        }
    }

    /// A list of at most `most` objects.
    pub(crate) fn objects(&mut self, name: &str, most: usize) -> Option<Vec<Map<String, Value>>> {
        let value = self.raw(name)?.clone();
        let Value::Array(items) = value else {
            self.wrong(name, "type.array");
            return None;
        };
        if items.len() > most {
            self.problems.push(Field::new(format!("{}{name}", self.prefix), "too-many").expecting(most.to_string()));
            return None;
        }
        let mut objects = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            match item {
                Value::Object(map) => objects.push(map),
                _ => self.wrong(&format!("{name}[{i}]"), "type.object"),
            }
        }
        Some(objects)
    }

    /// `version` in a body, where a header says nothing.
    ///
    /// # Errors
    /// `Invalid` when it is no version: it must not pass for none.
    pub(crate) fn version(&self) -> Result<Option<u32>> {
        let Some(value) = self.raw("version") else { return Ok(None) };
        match value.as_u64().and_then(|v| u32::try_from(v).ok()).filter(|v| *v > 0) {
            Some(version) => Ok(Some(version)),
            None => Err(Error::field("version", "type.integer")),
        }
    }

    /// `reason`, 3 to 1,000 characters.
    pub(crate) fn reason(&mut self) -> Option<String> {
        let text = self.text("reason", 1000)?;
        if is_blank(&text) || text.trim().chars().count() < 3 {
            self.wrong("reason", "too-short");
            return None;
        }
        Some(text)
    }

    pub(crate) fn done(self) -> Result<()> {
        if self.problems.is_empty() { Ok(()) } else { Err(Error::Invalid(self.problems)) }
    }
}

/// Whether nothing of a text can be seen: spaces, and signs without width.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{3164}')
    })
}

/// The version a writer believes in must be named by header or body, and be the current one.
pub(crate) fn check_version(precondition: Precondition, said: Option<u32>, current: u32) -> Result<()> {
    match (precondition, said) {
        (Precondition::None, None) => Err(Error::Conflict(Conflict::PreconditionRequired)),
        (_, Some(version)) if version != current => Err(Error::Conflict(Conflict::Version { current })),
        _ => Ok(()),
    }
}

/// A reason given outside a body.
pub(crate) fn checked_reason(reason: Option<&str>) -> Result<String> {
    let mut map = Map::new();
    map.insert("reason".into(), reason.map_or(Value::Null, Value::from));
    let mut reader = Reader::new(map);
    let reason = reader.reason();
    match reason {
        Some(reason) => Ok(reason),
        None if reader.problems.is_empty() => Err(Error::field("reason", "reason.required")),
        None => Err(Error::Invalid(reader.problems)),
    }
}

/// A date `YYYY-MM-DD` or an instant with its zone, as FHIR writes them.
pub(crate) fn is_date_or_instant(text: &str, zone: &TimeZone) -> bool {
    let shape = text.len() == 10 || (text.len() > 16 && text.as_bytes().get(10) == Some(&b'T') && has_zone(text));
    shape && Period::parse(text, zone).is_some()
}

fn has_zone(text: &str) -> bool {
    text.ends_with('Z') || text.get(11..).is_some_and(|time| time.contains(['+', '-']))
}

/// The first moment of a date or instant, or the first after it.
pub(crate) fn bound(text: &str, zone: &TimeZone, end: bool) -> Option<Instant> {
    let text = text.trim();
    let iso = brazilian_date(text);
    let period = Period::parse(iso.as_deref().unwrap_or(text), zone)?;
    Some(if end { period.high } else { period.low })
}

/// `dd/mm/aaaa` as `YYYY-MM-DD`.
pub(crate) fn brazilian_date(text: &str) -> Option<String> {
    let mut parts = text.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let number = |text: &str| text.parse::<i8>().ok();
    let year = year.parse::<i16>().ok()?;
    jiff::civil::Date::new(year, number(month)?, number(day)?).ok().map(|date| date.to_string())
}

/// How many items of a list: 1 to 100, 20 when nobody says.
pub(crate) fn limit(asked: Option<u32>, problems: &mut Vec<Field>) -> u32 {
    let limit = asked.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        problems.push(Field::new("limit", "limit").expecting("1..100"));
    }
    limit
}
