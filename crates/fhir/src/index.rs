//! What a resource is found by: typed rows for the search parameters of its type, the patients whose chart it is part
//! of, and the words of it.

mod pairs;
mod rows;
mod texts;
mod words;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::{compartment, instant::Instant, matching, resource::Resource, search, types};

/// Raised whenever [`index`] answers otherwise for the same resource: stores with an older number index anew.
pub const INDEX_VERSION: u32 = 8;

/// All that a store indexes of a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Index {
    /// A row for each value of each parameter, none twice; at most 20,000, and 15,000 of one parameter.
    pub rows: Vec<Row>,
    /// Ids of the patients it belongs to, sorted, each once; a Patient belongs to itself.
    pub patients: Vec<String>,
    /// What the full-text search reads beside the narrative, as written; at most 32 KiB. Empty for a Bundle and Parameters.
    pub text: String,
    /// The narrative (`text.div`) as it is read, at most 32 KiB; empty for the same.
    pub narrative: String,
    /// Rows by search parameters of the clinic's own, where they were made before the writer is asked.
    pub own: search::OwnRows,
}

/// One value of a search parameter.
#[expect(missing_docs, reason = "each variant says what its fields are")]
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A string: folded, and as it is written where that is something else; at most 4,000 characters of each. A longer one
    /// ends in U+0001, is not kept as it is written, and goes on in rows under `name:rest`. Under `name:text` stands what a
    /// code is called.
    Text { param: &'static str, value: String, written: String },
    /// A code with its system; the system is empty where there is none. Of a reference, the identifier it is known by, or
    /// nothing at all where it is there and leads nowhere. Under `name:of-type` the value of an identifier, with the system
    /// and code of its type, `|` between them.
    Token { param: &'static str, system: String, code: String },
    /// From `low` to before `high`.
    Date { param: &'static str, low: Instant, high: Instant },
    /// A reference to another resource, or a canonical address: whole, and without its version.
    Reference { param: &'static str, target: Target },
    /// A number, or what a Range spans; both ends count.
    Number { param: &'static str, low: f64, high: f64 },
    /// A number, or what a Range spans, with its unit: the code and system of it, or its text with an empty system.
    Quantity { param: &'static str, system: String, code: String, low: f64, high: f64 },
    /// A URI, character by character.
    Uri { param: &'static str, value: String },
    /// The two parts of a composite that stand in one element. Of three parts - a token, a number and another - the first
    /// two stand as one quantity, whose code is the token.
    Pair { param: &'static str, parts: Box<(Row, Row)> },
    /// A place on earth, in degrees.
    Place { param: &'static str, latitude: f64, longitude: f64 },
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
            | Row::Uri { param, .. }
            | Row::Pair { param, .. }
            | Row::Place { param, .. } => param,
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
        if is_absolute(reference) { None } else { Self::parse(reference) }
    }

    /// Reads `Type/id`, `Type/id/_history/2`, an absolute http(s) URL that ends so, or `urn:uuid:x`. `None` for anything
    /// else: a contained resource, a conditional or logical reference.
    pub fn parse(reference: &str) -> Option<Target> {
        let (kind, id) = split(reference)?;
        Some(Target { kind: kind.to_owned(), id: id.to_owned() })
    }
}

/// The type and id of a reference, as [`Target::parse`] reads it.
fn split(reference: &str) -> Option<(&str, &str)> {
    if let Some(id) = reference.strip_prefix("urn:uuid:") {
        return types::is_id(id).then_some(("", id));
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
    (types::is_resource_type(kind) && types::is_id(id)).then_some((kind, id))
}

/// The type a reference names; empty for `urn:uuid:x`, which names none.
pub(crate) fn reference_kind(reference: &str) -> Option<&str> {
    split(reference).map(|(kind, _)| kind)
}

fn is_absolute(reference: &str) -> bool {
    reference.starts_with("http://") || reference.starts_with("https://")
}

/// Indexes a resource by every search parameter of its type. Dates without an offset are read in `zone`.
pub fn index(resource: &Resource, zone: &TimeZone) -> Index {
    let (kind, map) = (resource.kind(), resource.as_value());
    let mut rows = rows::Rows::new(kind, zone);
    for parameter in search::parameters(kind) {
        rows.begin(parameter);
        if parameter.parts.is_empty() {
            for path in &parameter.paths {
                path.each(map, &mut |value| rows.add(value));
            }
        } else {
            rows.pairs(parameter, map);
        }
    }
    let mut rows = rows.finish();
    if kind == "Patient" {
        let sounds = matching::sounds(map).into_iter();
        rows.extend(sounds.map(|code| Row::Token { param: matching::SOUNDS, system: String::new(), code }));
    }
    let (text, narrative) = words::of(kind, map);
    let patients = compartment::patients(kind, resource.id(), map);
    Index { rows, patients, text, narrative, own: search::OwnRows::default() }
}

/// The rows of values that a parameter of a clinic's own leads to.
pub(crate) fn own_rows(parameter: &search::Parameter, values: &[Value], zone: &TimeZone) -> Vec<Row> {
    let mut rows = rows::Rows::new("", zone);
    rows.begin(parameter);
    values.iter().for_each(|value| rows.add(value));
    rows.finish()
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

pub(crate) use texts::{ROW, WITHIN, texts};
pub use words::has_words;

/// The stretch a decimal stands for: half a unit of its last digit to either side (R4 search, 3.1.1.4.6). `None` for a
/// number no double can hold.
pub(crate) fn width(number: &str) -> Option<(f64, f64)> {
    let value: f64 = number.parse().ok().filter(|value: &f64| value.is_finite())?;
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let place = exponent.parse::<i32>().ok()?.checked_sub(i32::try_from(decimals).ok()?)?;
    let half = 0.5 * 10_f64.powi(place.clamp(-400, 300));
    Some((value - half, value + half))
}
