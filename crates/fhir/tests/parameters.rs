//! Official examples of R4 (less their narratives) and every row each is found by, as reviewed texts beside them.
//! `REVIEW=1 cargo nextest run -p aroeira-fhir examples` writes them anew.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::HashSet, fmt::Write as _, fs, path::PathBuf};

use aroeira_fhir::{
    Limits, Resource, Row, index,
    search::{ParameterKind, parameter, parameters},
};
use jiff::tz::TimeZone;

/// A line for each row, in the order of the parameters.
fn listing(resource: &Resource) -> String {
    let mut text = String::new();
    for row in index(resource, &TimeZone::UTC).rows {
        writeln!(text, "{} {}", row.param(), line(&row)).unwrap();
    }
    text
}

fn line(row: &Row) -> String {
    match row {
        Row::Text { value, written, .. } if written.is_empty() => format!("string {value}"),
        Row::Text { value, written, .. } => format!("string {value} <- {written}"),
        Row::Token { system, code, .. } => format!("token {system}|{code}"),
        Row::Date { low, high, .. } => format!("date {low} {high}"),
        Row::Reference { target, .. } => format!("reference {}/{}", target.kind, target.id),
        Row::Number { low, high, .. } => format!("number {low:e} {high:e}"),
        Row::Quantity { system, code, low, high, .. } => format!("quantity {system}|{code} {low:e} {high:e}"),
        Row::Uri { value, .. } => format!("uri {value}"),
        Row::Pair { parts, .. } => format!("composite {} $ {}", line(&parts.0), line(&parts.1)),
        Row::Place { latitude, longitude, .. } => format!("special {latitude} {longitude}"),
    }
}

#[test]
fn the_examples_are_found_by_what_was_reviewed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/examples");
    let review = std::env::var_os("REVIEW").is_some();
    let mut seen = HashSet::new();
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|kind| kind != "json") {
            continue;
        }
        let resource = Resource::parse(&fs::read(&file).unwrap(), &Limits::default()).unwrap();
        let (found, kept) = (listing(&resource), file.with_extension("txt"));
        if review {
            fs::write(&kept, &found).unwrap();
        }
        assert_eq!(found, fs::read_to_string(&kept).unwrap(), "{}", file.display());
        // Each row is of a parameter of the type, and of its kind, but for the identifiers of references and what codes
        // are called.
        for line in found.lines() {
            let mut words = line.split(' ');
            let name = words.next().unwrap();
            let (name, modifier) = name.split_once(':').unwrap_or((name, ""));
            let kind = parameter(resource.kind(), name).unwrap().kind;
            let written = words.next().unwrap();
            let beside = [
                ("text", "string"),
                ("of-type", "token"),
                ("canonical", "quantity"),
                ("canonical", "composite"),
                ("sounds", "token"),
            ];
            let modified = beside.contains(&(modifier, written));
            let same = format!("{kind:?}").eq_ignore_ascii_case(written) || modified;
            assert!(same || (kind == ParameterKind::Reference && written == "token"), "{line}");
            seen.insert(kind);
        }
    }
    assert_eq!(seen.len(), 9, "every type of parameter: {seen:?}");
}

#[test]
fn what_a_bundle_holds_is_not_found_by_the_bundle() {
    let bundle = r#"{"resourceType":"Bundle","type":"document","timestamp":"2026-01-02T03:04:05Z","entry":[
        {"resource":{"resourceType":"Composition","status":"final","title":"Alta","identifier":{"value":"7"}}}]}"#;
    let bundle = Resource::parse(bundle.as_bytes(), &Limits::default()).unwrap();
    let expected = "timestamp date 2026-01-02T03:04:05.000Z 2026-01-02T03:04:06.000Z\ntype token |document\n";
    assert_eq!((listing(&bundle).as_str(), index(&bundle, &TimeZone::UTC).text.as_str()), (expected, ""));
    let name = |param: &'static aroeira_fhir::search::Parameter| param.name;
    let of_bundle: Vec<_> = parameters("Bundle").iter().map(name).collect();
    assert!(of_bundle.contains(&"composition") && of_bundle.contains(&"_profile"), "{of_bundle:?}");
}

#[test]
fn a_reference_counts_by_its_type_where_that_is_asked() {
    let observation = |subject: &str| {
        let text = format!(r#"{{"resourceType":"Observation","subject":{subject}}}"#);
        let listing = listing(&Resource::parse(text.as_bytes(), &Limits::default()).unwrap());
        (listing.contains("patient reference"), listing.contains("subject reference"))
    };
    for (subject, found) in [
        (r#"{"reference":"Patient/1"}"#, (true, true)),
        (r#"{"reference":"https://x.org/fhir/Patient/1"}"#, (true, true)),
        (r#"{"reference":"urn:uuid:1"}"#, (true, true)),
        (r#"{"reference":"urn:uuid:1","type":"Group"}"#, (false, true)),
        (r#"{"reference":"Group/1"}"#, (false, true)),
        (r##"{"reference":"#1"}"##, (false, false)),
        (r#"{"display":"somebody"}"#, (false, false)),
    ] {
        assert_eq!(observation(subject), found, "{subject}");
    }
}
