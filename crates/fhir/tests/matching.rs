//! Whether two records speak of one person.

use aroeira_fhir::matching::{Grade, Person, near_dates};
use serde_json::{Value, json};

fn person(value: &Value) -> Person {
    Person::read(value.as_object().expect("an object"))
}

fn somebody(name: &str, birth: &str, gender: &str) -> Value {
    let (given, family) = name.rsplit_once(' ').unwrap_or((name, ""));
    let mut one = json!({ "name": [{ "given": given.split(' ').collect::<Vec<_>>(), "family": family }] });
    for (key, value) in [("birthDate", birth), ("gender", gender)] {
        if !value.is_empty() {
            one[key] = json!(value);
        }
    }
    one
}

fn with_cpf(mut one: Value, cpf: &str) -> Value {
    one["identifier"] = json!([{ "system": "http://rnds-fhir.saude.gov.br/NamingSystem/cpf", "value": cpf }]);
    one
}

fn grade(one: &Value, other: &Value) -> (Grade, f64) {
    let score = person(one).score(&person(other));
    let back = person(other).score(&person(one));
    assert!((score - back).abs() < 1e-9 && (0.0..=1.0).contains(&score), "{score} {back}");
    (Grade::of(score), score)
}

#[test]
fn the_more_agrees_the_surer_it_is() {
    let stored = somebody("Thays Conceição de Souza", "1990-07-12", "female");
    for (name, birth, gender, expected) in [
        ("Thays Conceição de Souza", "1990-07-12", "female", Grade::Certain),
        ("thays conceicao souza", "1990-07-12", "female", Grade::Certain),
        ("Taís Conceicao Sousa", "1990-07-12", "female", Grade::Probable),
        ("Thays Souza", "1990-07-12", "female", Grade::Probable),
        ("Thays Conceição de Souza", "1990-12-07", "female", Grade::Probable),
        ("Thays Conceição de Souza", "1990-07-13", "female", Grade::Probable),
        ("Thays Conceição de Souza", "", "", Grade::Possible),
        ("Thays Conceição de Souza", "1961-02-03", "female", Grade::Possible),
        ("Taís Sousa", "1990", "", Grade::Possible),
        ("Marcos Souza", "1961-02-03", "male", Grade::CertainlyNot),
        ("Marcos Aurélio Lima", "1990-07-12", "female", Grade::Possible),
        ("Marcos Aurélio Lima", "1990-07-12", "male", Grade::CertainlyNot),
        ("Marcos Aurélio Lima", "", "", Grade::CertainlyNot),
        ("Thays", "", "", Grade::CertainlyNot),
    ] {
        let told = grade(&somebody(name, birth, gender), &stored);
        assert_eq!(told.0, expected, "{name} {birth} {gender}: {}", told.1);
    }
}

#[test]
fn a_cpf_weighs_most_and_another_one_speaks_against() {
    let stored = with_cpf(somebody("João Batista Lima", "1980-01-31", "male"), "12345678909");
    let grade = |cpf: &str, name: &str, birth: &str| grade(&with_cpf(somebody(name, birth, "male"), cpf), &stored).0;
    assert_eq!(grade("123.456.789-09", "João Baptista Lima", "1980-01-31"), Grade::Certain);
    assert_eq!(grade("12345678909", "Joao Lima", ""), Grade::Certain);
    assert_eq!(grade("52998224725", "João Batista Lima", "1980-01-31"), Grade::Possible);
    assert_eq!(grade("12345678909", "Carla Dias", "1999-05-05"), Grade::Possible);
    // Digits that are no CPF say nothing.
    assert_eq!(grade("11111111111", "João Batista Lima", "1980-01-31"), Grade::Certain);
    let alone = json!({ "identifier": [{ "system": "http://rnds-fhir.saude.gov.br/NamingSystem/cpf", "value": "12345678909" }] });
    assert_eq!(Grade::of(person(&alone).score(&person(&stored))), Grade::Probable);
}

#[test]
fn a_telephone_helps_and_another_one_does_not_harm() {
    let phone = |name: &str, phone: &str| {
        let mut one = somebody(name, "", "");
        one["telecom"] = json!([{ "system": "phone", "value": phone }, { "system": "email", "value": "1133334444" }]);
        one
    };
    let stored = phone("Rita Moraes", "+55 (11) 98888-7777");
    let (same, other) = (phone("Rita Morais", "011 98888-7777"), phone("Rita Morais", "11 3333-4444"));
    assert!(grade(&same, &stored).1 > grade(&other, &stored).1 + 0.1);
    assert_eq!(grade(&other, &stored).0, Grade::Possible);
}

#[test]
fn dates_are_mistyped_in_known_ways() {
    let near = near_dates("1990-07-12");
    assert!(near.contains(&"1990-12-07".to_owned()) && near.contains(&"1990-07-13".to_owned()));
    assert!(near.contains(&"1980-07-12".to_owned()) && !near.contains(&"1990-07-12".to_owned()));
    assert_eq!((near.len(), near_dates("1990-07").len(), near_dates("x").len()), (73, 0, 0));
}

#[test]
fn nothing_and_nonsense_are_read() {
    assert!(
        person(&json!({})).is_empty() && person(&json!({ "name": "x", "birthDate": 3, "identifier": {} })).is_empty()
    );
    assert!(person(&json!({ "gender": "male" })).is_empty());
    let long = somebody(&"Ana ".repeat(10_000), "1990-99-99", "");
    assert_eq!(person(&long).names[0].len(), 12);
    assert_eq!(grade(&json!({}), &json!({})), (Grade::CertainlyNot, 0.0));
}
