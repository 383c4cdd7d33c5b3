//! A fuzz target for FHIRPath: expressions of the table with bytes changed, cut, doubled and spliced are read and
//! evaluated with a small budget. Whatever comes in, the answer is items or an error: no panic, no runaway. The seed is
//! fixed; `LONG` runs a hundred times as many, `FUZZ_SEED` begins elsewhere.

mod fuzz;

use aroeira_fhir::{
    Instant,
    fhirpath::{ByReference, Context, Decimal, Expression, Node, Temporal},
};
use fuzz::{Dice, rounds};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{}",
    ".",
    ",",
    "'",
    "`",
    "@",
    "%",
    "$this",
    "$total",
    "\\u0041",
    "\\",
    " is ",
    " as ",
    " | ",
    " + ",
    " - ",
    " / ",
    " div ",
    " mod ",
    " & ",
    " ~ ",
    " < ",
    " in ",
    " contains ",
    " and ",
    " implies ",
    "-",
    "2147483647",
    "-2147483648",
    "0.0000000000000000000000000001",
    "99999999999999999999999999999999999999",
    "1e9",
    "@9999-12-31T23:59:59.999-14:00",
    "@0001-01-01",
    "@T23:59:59.999",
    " years",
    " milliseconds",
    "'mg'",
    "descendants()",
    "repeat($this)",
    "children()",
    ".repeat($this & $this)",
    ".replace('', 'aa')",
    ".toChars()",
    ".matches('(a*)*b')",
    ".replaceMatches('', '$0$0')",
    ".power(1000)",
    ".substring(-1, 2147483647)",
    ".round(28)",
    ".exp()",
    "é",
    "\u{10ffff}",
    "//",
    "/*",
    "\n",
];

fn mutate(text: &str, other: &str, dice: &mut Dice) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len() + 1);
        match dice.roll(7) {
            0 if at < bytes.len() => bytes[at] = b"abz019'().,+-*/|&<>=~ @%$\\"[dice.roll(26)],
            1 => bytes.truncate(at),
            2 if at < bytes.len() => {
                bytes.remove(at);
            }
            3 => {
                let part = bytes[at..(at + dice.roll(30)).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                let from = dice.roll(other.len());
                bytes.splice(at..at, other.bytes().skip(from));
            }
            _ => {
                bytes.splice(at..at, PIECES[dice.roll(PIECES.len())].bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A resource whose elements are not what their names say.
fn odd() -> Value {
    json!({"resourceType": "Patient", "id": 1, "name": "text", "birthDate": ["2020", null, {}], "_birthDate": [null, 1],
        "gender": {"_a": 1}, "active": "true", "value": [[["deep"]]], "valueQuantity": {"value": "1", "unit": 3},
        "contained": {"id": "o1"}, "extension": [null, 3, {"url": 4, "valueDecimal": 1.0e300}],
        "identifier": [{"assigner": {"reference": "#"}, "value": 1e-30}], "telecom": [{"rank": 99_999_999_999_u64}]})
}

#[test]
fn whatever_comes_in_the_answer_is_items_or_an_error() {
    let rounds = rounds(20_000, 2_000_000);
    let table: Vec<&str> = include_str!("fhirpath/table.txt")
        .lines()
        .filter_map(|line| line.split_once(" ==> ").map(|(expression, _)| expression))
        .collect();
    let patient: Value = serde_json::from_str(include_str!("fhirpath/patient.json")).unwrap();
    let observation: Value = serde_json::from_str(include_str!("fhirpath/observation.json")).unwrap();
    let resources = [patient, observation, odd()];
    let zone = TimeZone::get("America/Sao_Paulo").unwrap();
    let mut dice = Dice::seeded();
    let (mut read, mut answered) = (0, 0);
    for _ in 0..rounds {
        let (one, other) = (table[dice.roll(table.len())], table[dice.roll(table.len())]);
        let text = mutate(one, other, &mut dice);
        let Ok(expression) = Expression::parse(&text) else { continue };
        read += 1;
        let resource = &resources[dice.roll(resources.len())];
        let mut context = Context::new(resource, Instant(1_795_305_300_123)).with_resolver(&ByReference);
        context.zone = zone.clone();
        context.budget = 20_000;
        if dice.roll(4) == 0 {
            let kinds = ["Quantity", "date", "Reference", "string", "Extension", ""];
            context.focus = Some(Node::new(&resource["name"], kinds[dice.roll(kinds.len())]));
        }
        if let Ok(items) = expression.evaluate(&context) {
            answered += 1;
            assert!(items.len() <= 20_000, "{text}");
        }
    }
    assert!(read > rounds / 10 && answered > rounds / 20, "{read} {answered} of {rounds}");
}

#[test]
fn numbers_and_times_are_read_or_refused() {
    let mut dice = Dice(7);
    let texts =
        ["-1.50", "99999999999999999999999999999999999999.9", "1e-28", "2026-02-29T10:30:05.123-03:00", "23:59"];
    for _ in 0..50_000 {
        let text = mutate(texts[dice.roll(texts.len())], "0123456789:-+TZ.e", &mut dice);
        if let Ok(number) = text.parse::<Decimal>() {
            assert_eq!(number.to_string().parse(), Ok(number), "{text}");
            let (a, b) = (number, Decimal::from(dice.roll(1000) as i64 - 500));
            let _ = (
                a.checked_add(b),
                a.checked_mul(b),
                a.checked_div(b),
                b.checked_div(a),
                a.remainder(b),
                a.whole_quotient(b),
                a.floor(),
                a.ceiling(),
            );
            let _ = (a.round(dice.roll(30) as u32), a.whole_power(dice.roll(40) as u32), a.cmp(&b), a.truncate());
        }
        for it in [Temporal::date(&text), Temporal::date_time(&text), Temporal::time(&text)].into_iter().flatten() {
            let _ = it.to_string();
        }
    }
}
