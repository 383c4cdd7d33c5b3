//! A fuzz target for the validation: official examples and profiles with parts changed, cut, doubled, renamed and put
//! elsewhere. Whatever comes in, the answer is a bounded list of issues that repeats no value: no panic, no runaway. The
//! seed is fixed; `LONG` runs two hundred times as many, `FUZZ_SEED` begins elsewhere.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fuzz;
mod official;

use std::sync::Arc;

use aroeira_fhir::{
    Instant,
    validate::{Issue, MOST, Options, Profile, validate},
};
use fuzz::{Dice, rounds};
use serde_json::{Value, json};

/// Stands in values alone, and so in no issue.
const MARK: &str = "zqx marca";

fn strange(dice: &mut Dice) -> Value {
    let all = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1.5e300),
        json!(99_999_999_999_u64),
        json!(MARK),
        json!(""),
        json!("#"),
        json!("#x"),
        json!("Patient/1"),
        json!("2020-02-30"),
        json!([]),
        json!({}),
        json!([null]),
        json!([[MARK]]),
        json!({ "id": MARK }),
        json!({ "resourceType": "Patient" }),
        json!({ "resourceType": MARK }),
        json!({ "reference": "#x", "type": "Group" }),
        json!({ "extension": [{ "url": MARK }] }),
        json!({ "coding": [{ "system": MARK, "code": MARK }] }),
    ];
    all[dice.roll(all.len())].clone()
}

/// A place somewhere in the value.
fn somewhere<'v>(value: &'v mut Value, dice: &mut Dice) -> &'v mut Value {
    let size = match value {
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    };
    if size == 0 || dice.roll(5) == 0 {
        return value;
    }
    let at = dice.roll(size);
    match value {
        Value::Array(items) => somewhere(&mut items[at], dice),
        Value::Object(map) => somewhere(map.values_mut().nth(at).unwrap(), dice),
        other => other,
    }
}

fn mutate(value: &mut Value, other: &mut Value, dice: &mut Dice) {
    for _ in 0..=dice.roll(4) {
        let part = match dice.roll(3) {
            0 => somewhere(other, dice).clone(),
            _ => strange(dice),
        };
        let place = somewhere(value, dice);
        match (dice.roll(6), &mut *place) {
            (0, Value::Object(map)) if !map.is_empty() => {
                let key = map.keys().nth(dice.roll(map.len())).unwrap().clone();
                map.shift_remove(&key);
            }
            (1, Value::Object(map)) if !map.is_empty() => {
                let key = map.keys().nth(dice.roll(map.len())).unwrap().clone();
                let own = map.shift_remove(&key).unwrap();
                let names =
                    ["_id", "extension", "contained", "valueString", "value", "resourceType", "meta", "url", "_value"];
                let key = if dice.roll(2) == 0 { format!("_{key}") } else { names[dice.roll(names.len())].to_owned() };
                map.insert(key, own);
            }
            (2, Value::Array(items)) if !items.is_empty() => {
                let own = items[dice.roll(items.len())].clone();
                items.push(own);
            }
            (3, Value::Array(items)) => items.push(part),
            (4, place) => *place = json!([place.take()]),
            (_, place) => *place = part,
        }
    }
}

#[test]
fn whatever_comes_in_is_answered() {
    let rounds = rounds(1_500, 300_000);
    let wanted = [
        "Patient-example.json",
        "Observation-blood-pressure.json",
        "Bundle-father.json",
        "Claim-100150.json",
        "Questionnaire-3141.json",
        "Parameters-example.json",
        "MedicationRequest-medrx0301.json",
        "StructureDefinition-bp.json",
        "ValueSet-example-extensional.json",
        "Condition-example.json",
        "StructureDefinition-lipidprofile.json",
        "DiagnosticReport-lipids.json",
        "Timing-example.json",
        "Appointment-example.json",
        "StructureDefinition-vitalsigns.json",
    ];
    let all: Vec<Value> =
        official::examples(|name| wanted.contains(&name)).into_iter().map(|(_, value)| value).collect();
    assert!(all.len() >= 12, "{}", all.len());
    let profiles: Vec<&Value> = all.iter().filter(|value| value["resourceType"] == "StructureDefinition").collect();
    let mut dice = Dice::seeded();
    let (mut valid, mut read) = (0, 0);
    for round in 0..rounds {
        let mut value = all[dice.roll(all.len())].clone();
        mutate(&mut value, &mut all[dice.roll(all.len())].clone(), &mut dice);
        let mut definition = profiles[dice.roll(profiles.len())].clone();
        if dice.roll(3) == 0 {
            mutate(&mut definition, &mut value.clone(), &mut dice);
        }
        if let Value::Object(map) = &mut definition
            && dice.roll(2) == 0
        {
            map.shift_remove("snapshot");
        }
        let profile = Profile::read(&definition, &|_| None).ok().map(Arc::new);
        read += usize::from(profile.is_some());
        let found = |_: &str| profile.clone();
        let asked = [String::from("http://x.y/any")];
        let options =
            Options { profiles: &found, asked: &asked, warnings: true, steps: 200_000, ..Options::new(Instant(0)) };
        let issues = validate(&value, &options);
        assert!(issues.len() <= MOST + 1, "round {round}");
        valid += usize::from(!issues.iter().any(Issue::is_error));
        let mark = |text: &str| text.contains(MARK) && !definition.to_string().contains(MARK);
        assert!(!issues.iter().any(|issue| mark(&issue.path) || mark(&issue.text())), "round {round}: {issues:#?}");
    }
    assert!(valid > 0 && valid < rounds / 2 && read > rounds / 2, "{valid} valid, {read} profiles of {rounds}");
}

/// What is nested as deeply as can be read, and as widely.
#[test]
fn a_bomb_ends_in_an_issue() {
    let mut deep = json!({ "url": "a", "valueString": "b" });
    for _ in 0..500 {
        deep = json!({ "url": "a", "extension": [deep] });
    }
    let patient = json!({ "resourceType": "Patient", "extension": [deep] });
    let issues = validate(&patient, &Options::new(Instant(0)));
    assert!(issues.iter().any(|issue| issue.reason.name() == "fhir.deep"), "{issues:#?}");
    let many: Vec<Value> = (0..50_000).map(|_| json!({ "use": 1, "nothing": 2 })).collect();
    let issues = validate(&json!({ "resourceType": "Patient", "name": many }), &Options::new(Instant(0)));
    assert_eq!((issues.len(), issues.last().map(|issue| issue.reason.name())), (MOST + 1, Some("fhir.more")));
}
