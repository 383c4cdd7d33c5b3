//! A fuzz target for the importer: bundles with bytes changed, cut, doubled and spliced are read, resolved and indexed.
//! Whatever comes in, the answer is entries or problems: no panic, no runaway. The seed is fixed; `LONG` runs a hundred
//! times as many, `FUZZ_SEED` begins elsewhere.

mod fuzz;

use std::collections::HashMap;

use aroeira_fhir::bundle::{self, Entry, Settled};
use aroeira_fhir::{Body, Instant, Limits, Resource, index};
use fuzz::{Dice, rounds};
use jiff::tz::TimeZone;

const SMALL: &str = r#"{"resourceType":"Bundle","type":"transaction","entry":[
 {"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":"Patient","name":[{"use":"official",
  "family":"Araújo","given":["Ana"]}],"birthDate":"1980-02-29","identifier":[{"system":"urn:x","value":"1"}],
  "telecom":[{"system":"phone","value":"+55 11 90000-0000"}]},"request":{"method":"POST","url":"Patient"}},
 {"fullUrl":"urn:uuid:1c3151bd-1cbf-4d64-b04d-cd9187a4c6e1","resource":{"resourceType":"Observation",
  "id":"1c3151bd-1cbf-4d64-b04d-cd9187a4c6e1","status":"final",
  "code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120.50,"unit":"mmHg"},
  "effectiveDateTime":"2026-01-02T03:04:05-03:00","subject":{"reference":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}},
  "request":{"method":"PUT","url":"Observation/1c3151bd-1cbf-4d64-b04d-cd9187a4c6e1"}},
 {"request":{"method":"DELETE","url":"Condition/x"}}]}"#;

const PIECES: &[&str] = &[
    "null",
    "{}",
    "[]",
    "[[",
    "{{",
    "\"\"",
    "\"urn:uuid:\"",
    "\"Patient/x\"",
    "-0.0e999",
    "1e400",
    "\\u0000",
    "\\ud800",
    "\u{202e}",
    "\"resourceType\":",
    "\"id\":\"..\"",
    "\"9999-99-99T99:99:99Z\"",
    "\"0001-01-01\"",
    ",",
    ":",
    "\u{7f}",
    "é",
];

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len());
        match dice.roll(9) {
            0 => bytes[at] = dice.roll(256) as u8,
            // Another letter or digit: mostly still JSON.
            6.. if bytes[at].is_ascii_alphanumeric() => bytes[at] = b"aZ09x-T"[dice.roll(7)],
            1 => bytes.truncate(at.max(1)),
            2 => {
                let to = (at + dice.roll(40)).min(bytes.len());
                bytes.drain(at..to);
            }
            3 => {
                let to = (at + dice.roll(200)).min(bytes.len());
                let part = bytes[at..to].to_vec();
                let place = dice.roll(bytes.len());
                bytes.splice(place..place, part);
            }
            4 => {
                bytes.splice(at..at, PIECES[dice.roll(PIECES.len())].bytes());
            }
            _ => {
                let to = (at + 1 + dice.roll(12)).min(bytes.len());
                bytes.splice(at..to, PIECES[dice.roll(PIECES.len())].bytes());
            }
        }
        if bytes.is_empty() {
            bytes.push(b'{');
        }
    }
}

/// Everything the importer does before the writer. Answers how many entries came through.
fn import(bytes: &[u8]) -> usize {
    let limits = Limits { bytes: 1 << 20, nodes: 50_000, ..Limits::default() };
    let Ok(resource) = Resource::parse(bytes, &limits) else { return 0 };
    let linked = bundle::transaction(resource).and_then(|mut entries| {
        let settle = |entry: &Entry| Settled {
            id: Some(entry.own_id().map_or_else(|| format!("made-{}", entry.at), str::to_owned)),
            writes: true,
            made: false,
        };
        let settled: Vec<Settled> = entries.iter().map(settle).collect();
        bundle::link(&mut entries, &settled, &HashMap::new())?;
        Ok(entries)
    });
    match linked {
        Ok(entries) => {
            for resource in entries.iter().filter_map(|entry| entry.call.resource()) {
                let stamped = Body::new(resource).stamp(1, Instant(0));
                let again = Resource::parse(&stamped, &limits).expect("what was stamped is a resource");
                assert!(again.same_content(resource), "a value was lost");
                let found = index(resource, &TimeZone::UTC);
                assert!(found.text.len() <= 64 << 10, "the index grew beyond its bound");
            }
            entries.len()
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a word");
            0
        }
    }
}

#[test]
fn whatever_comes_in_is_answered() {
    let rounds = rounds(20_000, 2_000_000);
    let mut dice = Dice::seeded();
    assert_eq!(import(SMALL.as_bytes()), 3);
    let (mut taken, mut bytes) = (0, SMALL.as_bytes().to_vec());
    for round in 0..rounds {
        if dice.roll(4) > 0 || round == 0 || bytes.len() > 64 << 10 {
            bytes = SMALL.as_bytes().to_vec();
        }
        mutate(&mut bytes, &mut dice);
        taken += usize::from(import(&bytes) > 0);
    }
    assert!(taken > rounds / 200, "the fuzzer must also reach what lies behind the parser: {taken} of {rounds}");
}
