//! How long the validation of small resources takes: printed, never asserted.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod official;

use std::time::Instant as Clock;

use aroeira_fhir::{
    Instant,
    validate::{Options, validate},
};

#[test]
fn small_resources_are_timed() {
    let names = [
        "Patient-example.json",
        "Observation-example.json",
        "Observation-blood-pressure.json",
        "Condition-example.json",
        "Encounter-f001.json",
        "MedicationRequest-medrx0301.json",
        "Composition-example.json",
        "Claim-100150.json",
    ];
    let options = Options::new(Instant(1_700_000_000_000));
    for (name, value) in official::examples(|name| names.contains(&name)) {
        let first = Clock::now();
        let issues = validate(&value, &options).len();
        let first = first.elapsed();
        let start = Clock::now();
        for _ in 0..1000 {
            assert_eq!(validate(&value, &options).len(), issues);
        }
        println!("{name}: {:?} each, {first:?} the first time", start.elapsed() / 1000);
    }
}
