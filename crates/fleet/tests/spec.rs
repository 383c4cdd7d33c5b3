//! Reading a spec: what is wrong is said where it stands, and what would be right; no text makes it panic.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aroeira_fleet::spec::{Place, SpecError};
use aroeira_fleet::{Catalogue, Language, Spec, check, presets};

const SMALL: &str = r#"name = "small"
currency = "BRL"
price_books = ["requirements-2025"]

[promises]
availability_percent = 99.5

[[site]]
id = "here"
kind = "own-rack"
country = "BR"

[[node]]
id = "tower"
site = "here"
cores = 8
memory_gb = 32

[[clinics]]
plan = "starter"
count = 2

[[workload]]
id = "aroeira"
"#;

fn errors(text: &str) -> Vec<SpecError> {
    Spec::read(text).unwrap_err()
}

/// What is wrong with the small spec after a change, of which there is one: `line:column`, problem, remedy.
fn one(from: &str, to: &str) -> (Place, String, String) {
    assert!(SMALL.contains(from), "{from}");
    let errors = errors(&SMALL.replacen(from, to, 1));
    assert_eq!(errors.len(), 1, "{errors:?}");
    let SpecError { place, problem, remedy } = errors.into_iter().next().unwrap();
    assert_ne!(problem.portuguese, problem.english);
    assert_ne!(remedy.portuguese, remedy.english);
    (place, problem.english, remedy.english)
}

fn at(line: usize, column: usize) -> Place {
    Place { line, column }
}

#[test]
fn a_spec_is_read_with_the_places_of_its_keys() {
    let (spec, places) = Spec::read(SMALL).unwrap();
    assert_eq!((spec.nodes.len(), spec.nodes[0].count, spec.promises.retention_years), (1, 1, 20.0));
    assert_eq!(places.find("node[0].cores"), at(16, 1));
    assert_eq!(places.find("node[0].ecc"), at(13, 1), "of what is not written, what is around it");
    assert_eq!(places.find("business.tax_percent"), at(1, 1));
}

#[test]
fn what_is_no_toml_is_told_where_it_ends() {
    let (place, problem, _) = one("cores = 8", "cores = ");
    assert_eq!(place.line, 16, "{problem}");
    let (place, _, _) = one("[promises]", "[promises");
    assert_eq!(place.line, 5);
    let (place, problem, _) = one("currency = \"BRL\"", "name = \"again\"");
    assert_eq!(place, at(2, 1), "{problem}");
}

#[test]
fn an_unknown_key_is_told_with_the_one_that_was_meant() {
    let (place, problem, remedy) = one("memory_gb", "memory_bg");
    assert_eq!(place, at(17, 1));
    assert!(problem.contains("`memory_bg`"), "{problem}");
    assert_eq!(remedy, "Is `memory_gb` meant?");
    let (_, _, remedy) = one("availability_percent", "colour");
    assert!(remedy.starts_with("There are: ") && remedy.contains("rpo_hours"), "{remedy}");
}

#[test]
fn an_unknown_word_is_told_with_those_there_are() {
    let (place, problem, remedy) = one("own-rack", "own-wreck");
    assert_eq!(place, at(10, 8));
    assert!(problem.contains("own-wreck"), "{problem}");
    assert!(remedy.contains("own-rack"), "{remedy}");
}

#[test]
fn a_missing_key_is_told_with_its_name() {
    let (place, problem, remedy) = one("cores = 8\n", "");
    assert_eq!(place.line, 13, "{problem}");
    assert_eq!(remedy, "Write `cores = ...` here");
}

#[test]
fn a_value_of_another_type_is_told_where_it_stands() {
    let (place, problem, _) = one("cores = 8", "cores = \"eight\"");
    assert_eq!(place, at(16, 9));
    assert!(problem.contains("string"), "{problem}");
    assert_eq!(one("count = 2", "count = -2").0, at(21, 9));
    assert_eq!(one("count = 2", "count = 2.5").0, at(21, 9));
}

#[test]
fn numbers_that_are_none_or_out_of_range_are_told() {
    for number in ["nan", "inf", "-inf", "-nan", "-1", "1e13", "0x7fffffffffffffff", "1_000_000_000_001"] {
        let (place, problem, remedy) = one("cores = 8", &format!("cores = {number}"));
        assert_eq!(place, at(16, 9), "{number}");
        assert!(problem.contains("out of range for `cores`"), "{problem}");
        assert_eq!(remedy, "Write a number from 0 to 10^12");
    }
    let (place, _, remedy) = one("99.5", "100.1");
    assert_eq!((place, remedy.as_str()), (at(6, 24), "Write a number from 0 to 100"));
    assert!(Spec::read(&SMALL.replace("cores = 8", "cores = 0x10")).is_ok());
}

#[test]
fn too_many_of_one_are_told() {
    assert_eq!(one("count = 2", "count = 1000001").2, "Write at most a million");
}

#[test]
fn names_must_be_names_and_each_its_own() {
    let (place, problem, _) = one("name = \"small\"", "name = \"Small fleet\"");
    assert_eq!(place, at(1, 1));
    assert!(problem.contains("`Small fleet` is no name"), "{problem}");
    assert!(one("id = \"tower\"", "id = \"9tower\"").2.contains("a letter first"));
    let twice = format!("{SMALL}\n[[workload]]\nid = \"aroeira\"\n");
    let errors = errors(&twice);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].to_string(), "27:1: `aroeira` is the name of another workload. Give each a name of its own");
}

#[test]
fn names_of_what_is_not_there_are_told_with_the_nearest() {
    let (place, problem, remedy) = one("site = \"here\"", "site = \"heer\"");
    assert_eq!(place, at(15, 1));
    assert_eq!((problem.as_str(), remedy.as_str()), ("there is no site called `heer`", "Is `here` meant?"));
    let workload =
        "id = \"aroeira\"\nplace = { sites = [\"there\"], nodes = [\"nowhere\"], apart_from = [\"nobody\"] }";
    let errors = errors(&SMALL.replace("id = \"aroeira\"", workload));
    let told: Vec<&str> = errors.iter().map(|error| error.problem.english.as_str()).collect();
    assert_eq!(
        told,
        [
            "there is no site called `there`",
            "there is no node called `nowhere`",
            "there is no workload called `nobody`"
        ]
    );
    assert!(errors.iter().all(|error| error.place.line == 25));
    assert!(one("count = 2", "count = 2\nworkload = \"wordpress\"").1.contains("`wordpress`"));
}

#[test]
fn watching_names_hours_zones_and_somebody_to_tell() {
    let watching = |line: &str| {
        let text = format!("{SMALL}\n[watching]\n{line}\n");
        errors(&text).remove(0).to_string()
    };
    for time in ["25:00", "7:00", "07:60", "noon", "07:00:00", "+7:00"] {
        let told = watching(&format!("quiet_until = \"{time}\""));
        assert!(told.contains(&format!("`{time}` is no time of a day. Write hours and minutes: 20:00")), "{told}");
    }
    assert!(watching("zone = \"Sao Paulo\"").contains("is no time zone"));
    assert!(watching("alerts = []").contains("alerts that reach nobody are none"));
    assert!(watching("alerts = [\"email\", \"email\"]").contains("it is named twice"));
    assert!(watching("alerts = [\"telegram\"]").contains("There are: "));
    assert!(watching("logs = \"lokki\"").contains("Is `loki` meant?"));
    for address in ["https://example.org/{{ .Evil }}", "a b", "x\\\" y"] {
        assert!(watching(&format!("runbooks = \"{address}\"")).contains("is no address"), "{address}");
    }
}

#[test]
fn codes_must_be_codes() {
    assert_eq!(one("\"BRL\"", "\"reais\"").0, at(2, 1));
    assert_eq!(one("country = \"BR\"", "country = \"Brasil\"").0, at(11, 1));
    assert_eq!(one("[promises]", "[residency]\ncountries = [\"BR\", \"br\"]\n[promises]").0, at(6, 20));
}

#[test]
fn all_that_can_be_told_is_told_at_once_in_its_order() {
    let text = SMALL
        .replace("\"BRL\"", "\"R$\"")
        .replace("cores = 8", "cores = -8")
        .replace("site = \"here\"", "site = \"x\"");
    let places: Vec<usize> = errors(&text).iter().map(|error| error.place.line).collect();
    assert_eq!(places, [2, 15, 16]);
}

#[test]
fn columns_count_characters() {
    let (place, _, _) = one("kind = \"own-rack\"", "power = { \"ups_minutes\" = 1 } # é\nkind = \"ã\"");
    assert_eq!(place, at(11, 8));
    assert_eq!(one("\"requirements-2025\"", "\"ação\", -1").0, at(3, 24));
}

#[test]
fn what_is_wrong_is_told_in_portuguese_too() {
    for (from, to, told) in [
        ("cores = 8", "coers = 8", "campo desconhecido `coers`; pode ser "),
        ("cores = 8\n", "", "falta o campo `cores`"),
        ("cores = 8", "cores = \"string map\"", "tipo errado: o texto \"string map\"; espera-se f64"),
        ("own-rack", "own-wreck", "valor desconhecido `own-wreck`; pode ser "),
        ("cores = 8", "cores = ", "isto não é TOML"),
        ("cores = 8", "cores = -1", "-1 está fora do que `cores` pode ser"),
        ("site = \"here\"", "site = \"heer\"", "não há em `site` nenhum item chamado `heer`"),
    ] {
        let errors = errors(&SMALL.replacen(from, to, 1));
        let problem = errors[0].problem.in_language(Language::Portuguese);
        assert!(problem.starts_with(told), "{problem}");
    }
    let twice = format!("{SMALL}\n[[workload]]\nid = \"aroeira\"\n");
    assert!(errors(&twice)[0].text(Language::Portuguese).ends_with("Dê a cada um o seu nome"));
}

#[test]
fn long_and_deep_texts_are_refused() {
    assert!(errors(&"#".repeat((4 << 20) + 1))[0].problem.english.contains("longer"));
    for deep in [format!("a = {}", "[".repeat(100_000)), "a.".repeat(100_000) + "a = 1", "a = {a".repeat(50_000)] {
        assert!(!errors(&deep).is_empty());
    }
    assert!(!errors("").is_empty());
}

#[test]
fn the_schema_names_every_key() {
    let schema = Spec::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for key in ["site", "node", "storage", "service", "clinics", "workload", "environment", "promises"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}

/// Any one byte changed, removed or inserted: an answer, and each error within the text.
fn shaken(name: &str) {
    const BYTES: &[u8] = b"\"'[]{}=.,-#\n\r\t 09zaZ_\\\0\x7f\xc3\xff";
    let catalogue = Catalogue::built_in().unwrap();
    let original = presets::get(name).unwrap().as_bytes();
    let look = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        match Spec::read(&text) {
            Ok((spec, places)) => {
                let _ = check(&spec, &places, &catalogue);
            }
            Err(errors) => {
                assert!(!errors.is_empty());
                let lines = text.split('\n').count();
                for error in errors {
                    assert!((1..=lines).contains(&error.place.line) && error.place.column >= 1, "{error}");
                    for text in [&error.problem, &error.remedy] {
                        assert!(!text.portuguese.is_empty() && !text.english.is_empty());
                    }
                }
            }
        }
    };
    let mut bytes = original.to_vec();
    for at in 0..original.len() {
        for n in 0..3 {
            bytes[at] = BYTES[(at * 3 + n) % BYTES.len()];
            look(&bytes);
        }
        bytes[at] = original[at];
        let without = [&original[..at], &original[at + 1..]].concat();
        look(&without);
        let with = [&original[..at], &BYTES[at % BYTES.len()..][..1], &original[at..]].concat();
        look(&with);
    }
}

macro_rules! shaken {
    ($($test:ident: $name:literal),*) => {
        $(#[test] fn $test() { shaken($name); })*
        #[test]
        fn every_preset_is_shaken() {
            assert_eq!([$($name),*], presets::NAMES);
        }
    };
}

shaken! {
    garage_shaken: "garage", local_provider_shaken: "local-provider", colocation_shaken: "colocation",
    aws_health_shaken: "aws-health", aws_starter_shaken: "aws-starter", aws_professional_shaken: "aws-professional",
    aws_enterprise_shaken: "aws-enterprise", hybrid_shaken: "hybrid", hospital_shaken: "hospital"
}
