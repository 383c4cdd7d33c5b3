//! Searches as they are read: what they look at, what they cost, and that nothing anybody types brings the reading down.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aroeira_fhir::Instant;
use aroeira_fhir::search::{Asker, Definition, Filter, Own, OwnParameter, Progress, Request, Wrong};
use jiff::tz::TimeZone;
use serde_json::json;

fn read_with(own: &Own, kind: &str, pairs: &[(&str, &str)]) -> Result<Request, Vec<Wrong>> {
    let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let asker = Asker { zone: &TimeZone::UTC, now: Instant(0), lenient: false, own, base: "http://h/fhir" };
    Request::read(kind, &pairs, asker)
}

fn read(kind: &str, pairs: &[(&str, &str)]) -> Result<Request, Vec<Wrong>> {
    read_with(&Own::default(), kind, pairs)
}

/// What a search looks at, as `Type.parameter`.
fn used(request: &Request) -> Vec<String> {
    request.used.iter().map(|(kind, param)| format!("{kind}.{param}")).collect()
}

#[test]
fn whatever_is_looked_at_is_said() {
    for (kind, name, value, expected) in [
        (
            "Observation",
            "_filter",
            "subject:Patient[name co x].birthdate gt 2000",
            vec!["Observation.subject", "Patient.birthdate", "Patient.name"],
        ),
        ("Observation", "_list", "a", vec!["List._id", "List.item"]),
        ("Observation", "combo-code-value-quantity", "a$gt1", vec!["Observation.combo-code-value-quantity"]),
        ("Observation", "code:text", "x", vec!["Observation.code"]),
        ("Patient", "identifier:of-type", "a|b|c", vec!["Patient.identifier"]),
        ("Condition", "_text", "x", vec!["Condition._text"]),
        ("Patient", "_include:iterate", "Organization:partof", vec!["Organization.partof"]),
        ("Location", "near", "1|2", vec!["Location.near"]),
        ("Patient", "gender:in", "http://hl7.org/fhir/ValueSet/administrative-gender", vec!["Patient.gender"]),
    ] {
        assert_eq!(used(&read(kind, &[(name, value)]).unwrap()), expected, "{name}={value}");
    }
}

#[test]
fn both_parts_of_a_composite_are_read_as_their_types_are() {
    let request =
        read("Observation", &[("code-value-quantity", r"http://loinc.org|8480-6$ge9.0|http://unitsofmeasure.org|g\$")]);
    let Filter::All(all) = request.unwrap().filter else { panic!() };
    let [Filter::Pair { parts, .. }] = all.as_slice() else { panic!("{all:?}") };
    let Filter::Token { system, code, .. } = &parts.0 else { panic!("{parts:?}") };
    assert_eq!((system.as_deref(), code.as_deref()), (Some("http://loinc.org"), Some("8480-6")));
    let Filter::Quantity { low, code, .. } = &parts.1 else { panic!("{parts:?}") };
    assert_eq!((*low, code.as_deref()), (9.0, Some("g$")));
}

#[test]
fn a_search_costs_what_it_lists() {
    // Seven hundred codes, each time.
    let url = "http://terminology.hl7.org/ValueSet/v3-ActCode";
    let pairs = vec![("class:in", url); 100];
    let wrong = read("Encounter", &pairs).unwrap_err();
    assert_eq!(wrong[0].code, "limit");
    assert!(read("Encounter", &pairs[..2]).is_ok());
}

#[test]
fn a_parameter_of_ones_own_is_read_as_any_other() {
    let definition = json!({ "status": "active", "code": "weight", "type": "quantity", "base": ["Observation"],
        "expression": "Observation.value.as(Quantity)" });
    let definition = Definition::read(definition.as_object().unwrap()).unwrap().unwrap();
    let one = OwnParameter::new("w", definition, 3).unwrap();
    let own = Own::new(vec![(one.into(), Progress::Ready)]);
    let request = read_with(&own, "Observation", &[("weight", "gt5"), ("_sort", "-weight")]).unwrap();
    assert_eq!(used(&request), ["Observation.own:3"]);
    assert_eq!(request.filter.names(), "own:3");
    assert_eq!(read_with(&own, "Patient", &[("weight", "gt5")]).unwrap_err()[0].code, "unknown");
    assert_eq!(read_with(&own, "Observation", &[("weight:exact", "5")]).unwrap_err()[0].code, "modifier");
    // What nobody may name is no name: the slot is none of its own.
    assert_eq!(read_with(&own, "Observation", &[("own:3", "gt5")]).unwrap_err()[0].code, "unknown");
}

/// The same numbers in the same order, from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[test]
fn nothing_that_is_typed_brings_the_reading_down() {
    const PIECES: [&str; 34] = [
        "(",
        ")",
        "[",
        "]",
        ".",
        " ",
        "  ",
        "\"",
        "\\",
        "|",
        "$",
        ",",
        ":",
        "and",
        "or",
        "not",
        "eq",
        "co",
        "po",
        "pr",
        "in",
        "name",
        "family",
        "general-practitioner",
        "birthdate",
        "2000",
        "-1e9",
        "é",
        "\u{301}",
        "\u{0}",
        "9999-99",
        "organization",
        "_id",
        "true",
    ];
    const NAMES: [&str; 12] = [
        "_filter",
        "name",
        "birthdate",
        "identifier:of-type",
        "name:exact",
        "general-practitioner:identifier",
        "_list",
        "_sort",
        "_include",
        "_has:Observation:patient:code-value-quantity",
        "organization.name:text",
        "_text",
    ];
    let mut dice = Dice(5);
    let mut fine = 0;
    for _ in 0..20_000 {
        let name = NAMES[dice.roll(NAMES.len())];
        let text: String = (0..dice.roll(14)).map(|_| PIECES[dice.roll(PIECES.len())]).collect();
        fine += u32::from(read("Patient", &[(name, &text)]).is_ok());
        let spaced: Vec<&str> = (0..dice.roll(12)).map(|_| PIECES[dice.roll(PIECES.len())]).collect();
        fine += u32::from(read("Patient", &[("_filter", &spaced.join(" "))]).is_ok());
    }
    assert!(fine > 1000, "{fine} could be read");
}
