//! Conditions on the rows of one index, in SQL.

use std::fmt::Write;

use aroeira_fhir::search::{Compare, EARTH, Filter, Place, Rows, Words, vector};
use rusqlite::types::Value;

use super::words::words;
use super::{Builder, PARAM};

/// The columns a value stands in: those of its own table, or those of one part of a composite.
struct Columns<'a> {
    row: &'a str,
    /// `1` or `2` of a part; else nothing.
    part: &'a str,
}

impl Columns<'_> {
    /// A column by its name in the table of its own.
    fn of(&self, name: &str) -> String {
        let row = self.row;
        match (self.part, name) {
            ("", name) => format!("{row}.{name}"),
            (part, "value" | "target_id" | "code") => format!("{row}.code{part}"),
            (part, "target_kind" | "system") => format!("{row}.system{part}"),
            (part, name) => format!("{row}.{name}{part}"),
        }
    }
}

/// The table that has the rows of a condition.
pub(super) fn table(leaf: &Filter) -> &'static str {
    match leaf {
        Filter::Present { rows, .. } => match rows {
            Rows::Text => "index_string",
            Rows::Token => "index_token",
            Rows::Date => "index_date",
            Rows::Number => "index_number",
            Rows::Quantity => "index_quantity",
            Rows::Reference => "index_reference",
            Rows::Uri => "index_uri",
            Rows::Pair => "index_pair",
            Rows::Place => "index_place",
        },
        Filter::Text { .. } | Filter::Exact { .. } => "index_string",
        Filter::Token { .. } | Filter::Tokens { .. } => "index_token",
        Filter::Date { .. } => "index_date",
        Filter::Number { .. } => "index_number",
        Filter::Quantity { .. } => "index_quantity",
        Filter::Reference { .. } => "index_reference",
        Filter::Pair { .. } => "index_pair",
        Filter::Near { .. } => "index_place",
        _ => "index_uri",
    }
}

/// The search parameter of a condition on rows.
pub(super) fn param(leaf: &Filter) -> Option<&'static str> {
    match leaf {
        Filter::Present { param, .. }
        | Filter::Text { param, .. }
        | Filter::Exact { param, .. }
        | Filter::Token { param, .. }
        | Filter::Tokens { param, .. }
        | Filter::Date { param, .. }
        | Filter::Number { param, .. }
        | Filter::Quantity { param, .. }
        | Filter::Reference { param, .. }
        | Filter::Pair { param, .. }
        | Filter::Near { param, .. }
        | Filter::Uri { param, .. } => Some(param),
        _ => None,
    }
}

/// The test of a condition on a row of its table.
pub(super) fn rows(b: &mut Builder, leaf: &Filter, kind: &str, row: &str) {
    let _always = write!(b.statement.sql, "{row}.param = ({PARAM})");
    b.bind(kind.to_owned());
    b.bind(param(leaf).unwrap_or_default().to_owned());
    match leaf {
        Filter::Pair { parts, .. } => {
            test(b, &parts.0, &Columns { row, part: "1" });
            test(b, &parts.1, &Columns { row, part: "2" });
        }
        Filter::Near { latitude, longitude, metres, .. } => near(b, row, (*latitude, *longitude), *metres),
        Filter::Tokens { codes, .. } => {
            let _always = write!(
                b.statement.sql,
                " AND ({row}.code, {row}.system) IN (SELECT value ->> 1, value ->> 0 FROM json_each(?))"
            );
            b.bind(serde_json::json!(codes).to_string());
        }
        leaf => test(b, leaf, &Columns { row, part: "" }),
    }
}

/// The test of a condition on a date, on a row of its table.
pub(super) fn dates(b: &mut Builder, leaf: &Filter, row: &str) {
    test(b, leaf, &Columns { row, part: "" });
}

fn also(b: &mut Builder, column: &str, test: &str, value: impl Into<Value>) {
    let _always = write!(b.statement.sql, " AND {column} {test}");
    b.bind(value);
}

fn test(b: &mut Builder, leaf: &Filter, columns: &Columns<'_>) {
    let at = |name: &str| columns.of(name);
    match leaf {
        Filter::Text { how: Words::Begins, value, .. } => {
            also(b, &at("value"), ">= ?", value.clone());
            also(b, &at("value"), "< ?", format!("{value}\u{10FFFF}"));
        }
        Filter::Text { how: Words::Contains, value, .. } => {
            let _always = write!(b.statement.sql, " AND instr({}, ?) > 0", at("value"));
            b.bind(value.clone());
        }
        Filter::Text { how: Words::Ends, value, .. } => {
            let _always = write!(b.statement.sql, " AND substr({}, -length(?)) = ?", at("value"));
            b.bind(value.clone());
            b.bind(value.clone());
        }
        Filter::Text { how: Words::Is, value, .. } => also(b, &at("value"), "= ?", value.clone()),
        Filter::Exact { value, written, .. } => {
            also(b, &at("value"), "= ?", value.clone());
            also(b, &at("written"), "= ?", written.clone());
        }
        Filter::Token { system, code, .. } => coded(b, columns, system.as_ref(), code.as_ref()),
        Filter::Date { compare, low, high, .. } if columns.part.is_empty() => {
            interval(b, *compare, columns, &Value::Integer(low.0), &Value::Integer(high.0), false);
        }
        Filter::Date { compare, low, high, .. } => {
            interval(b, *compare, columns, &Value::Real(low.0 as f64), &Value::Real(high.0 as f64), false);
        }
        Filter::Number { compare, low, high, .. } => {
            interval(b, *compare, columns, &Value::Real(*low), &Value::Real(*high), true);
        }
        Filter::Quantity { compare, low, high, system, code, .. } => {
            coded(b, columns, system.as_ref(), code.as_ref());
            interval(b, *compare, columns, &Value::Real(*low), &Value::Real(*high), true);
        }
        Filter::Reference { kind, id, .. } => {
            also(b, &at("target_id"), "= ?", id.clone());
            match kind {
                Some(kind) => also(b, &at("target_kind"), "= ?", kind.clone()),
                None => {
                    let _always = write!(b.statement.sql, " AND {} <> ''", at("target_kind"));
                }
            }
        }
        Filter::Uri { how: Place::Is, value, .. } => also(b, &at("value"), "= ?", value.clone()),
        Filter::Uri { how: Place::Below, value, .. } => below(b, &at("value"), value),
        Filter::Uri { how: Place::Above, value, .. } => above(b, &at("value"), value),
        _ => {}
    }
}

fn coded(b: &mut Builder, columns: &Columns<'_>, system: Option<&String>, code: Option<&String>) {
    if let Some(code) = code {
        also(b, &columns.of("code"), "= ?", code.clone());
    }
    if let Some(system) = system {
        also(b, &columns.of("system"), "= ?", system.clone());
    }
}

/// The straight line between two places on a globe of radius 1 is as long as the distance on the ground says; the band of
/// latitude, and the box around it, are what an index can be asked for.
fn near(b: &mut Builder, row: &str, (latitude, longitude): (f64, f64), metres: f64) {
    let half = (metres / EARTH / 2.0).min(std::f64::consts::FRAC_PI_2);
    // A hair more: a place at the very distance is near.
    let chord = 2.0 * half.sin() * (1.0 + 1e-12) + 1e-12;
    let [x, y, z] = vector(latitude, longitude);
    for (column, value) in [("z", z), ("x", x), ("y", y)] {
        let _always = write!(b.statement.sql, " AND {row}.{column} BETWEEN ? AND ?");
        b.bind(value - chord);
        b.bind(value + chord);
    }
    let square = |column: &str| format!("({row}.{column} - ?) * ({row}.{column} - ?)");
    let _always = write!(b.statement.sql, " AND {} + {} + {} <= ?", square("x"), square("y"), square("z"));
    for value in [x, x, y, y, z, z] {
        b.bind(value);
    }
    b.bind(chord * chord);
}

/// The URI itself, or one whose path is under it.
fn below(b: &mut Builder, column: &str, value: &str) {
    let under = format!("{}/", value.trim_end_matches('/'));
    let _always = write!(b.statement.sql, " AND ({column} = ? OR ({column} >= ? AND {column} < ?))");
    b.bind(value.to_owned());
    b.bind(under.clone());
    b.bind(format!("{under}\u{10FFFF}"));
}

/// The URI itself, or one of those that its path is under.
fn above(b: &mut Builder, column: &str, value: &str) {
    const STEPS: usize = 64;
    let mut all = vec![value.to_owned()];
    let host = value.find("://").map_or(0, |at| at + 3);
    let mut rest = value;
    while let Some(at) = rest.rfind('/').filter(|at| *at > host && all.len() < STEPS) {
        rest = &rest[..at];
        all.push(rest.to_owned());
    }
    let _always = write!(b.statement.sql, " AND {column} IN (SELECT value FROM json_each(?))");
    b.bind(serde_json::json!(all).to_string());
}

/// [`Compare::holds`] in SQL, or [`Compare::holds_number`] where the intervals are `closed`.
fn interval(b: &mut Builder, compare: Compare, columns: &Columns<'_>, from: &Value, until: &Value, closed: bool) {
    let (low, high) = (columns.of("low"), columns.of("high"));
    let under = if closed { "<" } else { "<=" };
    let test = match compare {
        Compare::Equal => format!("({low} >= ?1 AND {high} {under} ?2)"),
        Compare::NotEqual => format!("NOT ({low} >= ?1 AND {high} {under} ?2)"),
        Compare::Greater => format!("{high} > ?2"),
        Compare::Less => format!("{low} < ?1"),
        Compare::GreaterOrEqual if closed => format!("{high} >= ?2"),
        Compare::LessOrEqual if closed => format!("{low} <= ?1"),
        Compare::GreaterOrEqual => format!("({high} > ?2 OR ({low} >= ?1 AND {high} <= ?2))"),
        Compare::LessOrEqual => format!("({low} < ?1 OR ({low} >= ?1 AND {high} <= ?2))"),
        Compare::StartsAfter if closed => format!("{low} > ?2"),
        Compare::StartsAfter => format!("{low} >= ?2"),
        Compare::EndsBefore if closed => format!("{high} < ?1"),
        Compare::EndsBefore => format!("{high} <= ?1"),
        Compare::Approximately if closed => format!("({low} <= ?2 AND {high} >= ?1)"),
        Compare::Approximately => format!("({low} < ?2 AND {high} > ?1)"),
    };
    b.push(" AND ");
    bound(b, &test, from, until);
}

/// Writes a test whose `?1` and `?2` are these values, in the order they stand in it.
fn bound(b: &mut Builder, test: &str, first: &Value, second: &Value) {
    let mut rest = test;
    while let Some(at) = rest.find('?') {
        b.push(&rest[..=at]);
        b.statement.values.push(if rest[at + 1..].starts_with('1') { first.clone() } else { second.clone() });
        rest = &rest[at + 2..];
    }
    b.push(rest);
}

/// Conditions on what a record has in columns of its own, and on its words.
pub(super) fn columns(b: &mut Builder, filter: &Filter, row: &str) {
    match filter {
        Filter::Id(ids) => {
            let _always = write!(
                b.statement.sql,
                "(SELECT id FROM resource u WHERE u.rid = {row}.rid) IN (SELECT value FROM json_each(?))"
            );
            b.bind(serde_json::json!(ids).to_string());
        }
        Filter::Updated { compare, low, high } => {
            // An instant is a period of a millisecond.
            let _always = write!(
                b.statement.sql,
                "EXISTS (SELECT 1 FROM (SELECT updated AS low, updated + 1 AS high FROM resource u WHERE u.rid = {row}.rid) m WHERE 1"
            );
            let columns = Columns { row: "m", part: "" };
            interval(b, *compare, &columns, &Value::Integer(low.0), &Value::Integer(high.0), false);
            b.push(")");
        }
        Filter::Content { words, narrative } => {
            let _always = write!(b.statement.sql, "{row}.rid IN (SELECT rowid FROM narrative WHERE narrative MATCH ?)");
            b.bind(matched(words, *narrative));
        }
        _ => b.push("1"),
    }
}

/// A full-text expression for what was typed; of the narrative alone, or of all words.
pub(super) fn matched(typed: &str, narrative: bool) -> String {
    match words(typed) {
        None => "\"\"".to_owned(),
        Some(words) if narrative => format!("{{story}} : ({words})"),
        Some(words) => words,
    }
}
