//! The search index beside that of an independent evaluator: npm `fhirpath` walks the official expression of every
//! parameter over every official example, `compare/compare.mjs` makes of what it finds the rows that R4 asks for, and the
//! differences are those of `compare.txt`. Run by `cargo xtask compare`; with `REVIEW=1` the file is written anew.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod official;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{collections::BTreeSet, fs};

use aroeira_fhir::search::{Parameter, parameters};
use aroeira_fhir::{Period, Resource, Row, index};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// A row as the evaluator's are written: strings before they are folded.
fn line(row: &Row) -> Value {
    match row {
        Row::Text { value, written, .. } => json!(["string", if written.is_empty() { value } else { written }]),
        Row::Token { system, code, .. } => json!(["token", system, code]),
        Row::Date { low, high, .. } => json!(["date", low.0, high.0]),
        Row::Reference { target, .. } => json!(["reference", target.kind, target.id]),
        Row::Number { low, high, .. } => json!(["number", low, high]),
        Row::Quantity { system, code, low, high, .. } => json!(["quantity", system, code, low, high]),
        Row::Uri { value, .. } => json!(["uri", value]),
        Row::Pair { parts, .. } => match (&parts.0, &parts.1) {
            // The first two of three parts.
            (Row::Quantity { system, code, low, high, .. }, third @ Row::Number { .. }) => {
                json!(["composite", ["token", system, code], ["number", low, high], line(third)])
            }
            (one, other) => json!(["composite", line(one), line(other)]),
        },
        Row::Place { latitude, longitude, .. } => json!(["special", latitude, longitude]),
    }
}

/// A parameter as the definitions have it.
fn definition(parameter: &Parameter) -> Value {
    let part = |part: &aroeira_fhir::search::Component| json!({ "kind": part.kind, "expression": part.expression });
    let parts: Vec<Value> = parameter.components.iter().map(part).collect();
    json!({ "name": parameter.name, "kind": parameter.kind, "expression": parameter.expression, "parts": parts })
}

/// Every example with its rows, a line each, after one with the parameters of their types.
fn write(file: &Path) {
    let mut out = BufWriter::new(fs::File::create(file).unwrap());
    let read = |(name, mut value): (String, Value)| {
        // Some of the parameters' own definitions have ids longer than R4 allows.
        if value["id"].as_str().is_some_and(|id| id.len() > 64) {
            value.as_object_mut().unwrap().shift_remove("id");
        }
        let resource = Resource::from_value(value).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        (name, resource)
    };
    let all: Vec<(String, Resource)> = official::examples(|_| true).into_iter().map(read).collect();
    let kinds: BTreeSet<&str> = all.iter().map(|(_, resource)| resource.kind()).collect();
    let of = |kind: &&str| ((*kind).to_owned(), Value::Array(parameters(kind).iter().map(definition).collect()));
    let known: Map<String, Value> = kinds.iter().map(of).collect();
    writeln!(out, "{}", json!({ "parameters": known, "ever": [Period::EVER.low.0, Period::EVER.high.0] })).unwrap();
    for (name, resource) in &all {
        let mut rows: Map<String, Value> = Map::new();
        for row in index(resource, &TimeZone::UTC).rows {
            let of = rows.entry(row.param()).or_insert_with(|| json!([]));
            of.as_array_mut().unwrap().push(line(&row));
        }
        writeln!(out, "{}", json!({ "file": name, "resource": resource.as_value(), "rows": rows })).unwrap();
    }
    out.flush().unwrap();
}

#[test]
#[ignore = "needs the packages of tests/compare: `cargo xtask compare` installs them and runs it"]
fn the_index_differs_from_an_independent_one_as_was_reviewed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/compare");
    let rows = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compare.ndjson");
    write(&rows);
    let told = Command::new("node").arg(folder.join("compare.mjs")).arg(&rows).output().unwrap();
    fs::remove_file(rows).unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let (found, kept) = (String::from_utf8(told.stdout).unwrap(), folder.join("../compare.txt"));
    if std::env::var_os("REVIEW").is_some() {
        fs::write(&kept, &found).unwrap();
    }
    assert!(!found.contains("UNEXPLAINED"), "{found}");
    assert_eq!(found, fs::read_to_string(&kept).unwrap());
}
