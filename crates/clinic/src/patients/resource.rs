//! A `Patient` that is kept, as people speak of them.

use aroeira_fhir::{Instant, Resource, brazil};
use serde_json::Value;

use super::{Address, Contact, Patient};
use crate::error::Field;
use crate::masking::MASK;

pub(super) fn names(patient: &Resource) -> Vec<Value> {
    patient.get("name").and_then(Value::as_array).cloned().unwrap_or_default()
}

pub(super) fn name_text(name: &Value) -> String {
    if let Some(text) = name["text"].as_str() {
        return text.to_owned();
    }
    let given = name["given"].as_array().into_iter().flatten().filter_map(Value::as_str);
    given.chain(name["family"].as_str()).collect::<Vec<_>>().join(" ")
}

fn name_of(names: &[Value], usage: &str) -> Option<String> {
    names.iter().find(|name| name["use"] == usage).map(name_text).filter(|text| !text.is_empty())
}

/// What somebody is called: nome social, official name, any name.
pub(crate) fn human_name(resource: &Resource) -> String {
    let all = names(resource);
    name_of(&all, "usual")
        .or_else(|| name_of(&all, "official"))
        .or_else(|| all.first().map(name_text))
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}

/// The values of an identifier of which there may be several.
pub(super) fn identifiers(patient: &Resource, system: &str) -> Vec<String> {
    let all = patient.get("identifier").and_then(Value::as_array);
    let of_system = all.into_iter().flatten().filter(|one| one["system"] == system);
    of_system.filter_map(|one| one["value"].as_str()).map(str::to_owned).collect()
}

/// The value of an identifier; empty where there is none.
pub(super) fn identifier(patient: &Resource, system: &str) -> String {
    identifiers(patient, system).into_iter().next().unwrap_or_default()
}

/// The view of a `Patient`; allergies still covered.
pub(super) fn view(id: &str, version: u32, updated: Instant, resource: &Resource) -> Patient {
    let string = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let all = names(resource);
    let official = name_of(&all, "official").or_else(|| all.iter().find(|n| n["use"] != "usual").map(name_text));
    let deceased = match (resource.get("deceasedDateTime"), resource.get("deceasedBoolean")) {
        (Some(when), _) => when.as_str().map(str::to_owned),
        (None, Some(Value::Bool(true))) => Some("true".to_owned()),
        _ => None,
    };
    let cpf = identifier(resource, brazil::CPF_SYSTEM);
    Patient {
        id: id.to_owned(),
        version,
        name: official.unwrap_or_default(),
        social_name: name_of(&all, "usual"),
        birth_date: string("birthDate"),
        sex: resource.get("gender").and_then(Value::as_str).unwrap_or("unknown").to_owned(),
        cpf: if cpf.len() == 11 { brazil::format_cpf(&cpf) } else { cpf },
        cns: identifier(resource, brazil::CNS_SYSTEM),
        contacts: contacts_of(resource),
        address: address_of(resource),
        allergies: None,
        allergy_status: MASK.to_owned(),
        deceased,
        updated_at: updated,
        masked: Vec::new(),
    }
}

fn contacts_of(resource: &Resource) -> Vec<Contact> {
    let points = resource.get("telecom").and_then(Value::as_array);
    points.into_iter().flatten().map(contact_of).collect()
}

pub(super) fn contact_of(point: &Value) -> Contact {
    let string = |key: &str| point[key].as_str().map(str::to_owned);
    Contact {
        system: string("system").unwrap_or_else(|| "other".into()),
        value: string("value").unwrap_or_default(),
        usage: string("use"),
    }
}

pub(super) fn address_of(resource: &Resource) -> Address {
    let Some(first) = resource.get("address").and_then(|a| a.get(0)) else { return Address::default() };
    let string = |key: &str| first[key].as_str().unwrap_or_default().to_owned();
    Address {
        line: first["line"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        district: string("district"),
        city: string("city"),
        state: string("state"),
        postal_code: string("postalCode"),
    }
}

/// A date of FHIR: a year, a month or a day.
fn is_date(text: &str) -> bool {
    matches!(text.len(), 4 | 7 | 10) && aroeira_fhir::Period::parse(text, &jiff::tz::TimeZone::UTC).is_some()
}

/// Problems of a FHIR `Patient` that the clinic's own rules find: the documents' check digits.
pub(crate) fn document_problems(resource: &Resource) -> Vec<Field> {
    let all = resource.get("identifier").and_then(Value::as_array);
    let mut problems = Vec::new();
    for key in ["identifier", "name", "telecom", "address"] {
        if resource.get(key).is_some_and(|value| !value.is_array()) {
            problems.push(Field::new(format!("Patient.{key}"), "type.array"));
        }
    }
    if resource.get("birthDate").is_some_and(|date| !date.as_str().is_some_and(is_date)) {
        problems.push(Field::new("Patient.birthDate", "birth-date"));
    }
    for (i, one) in all.into_iter().flatten().enumerate() {
        let value = one["value"].as_str().unwrap_or_default();
        let wrong = match one["system"].as_str() {
            Some(brazil::CPF_SYSTEM) if brazil::cpf_digits(value).as_deref() != Some(value) => Some("cpf"),
            Some(brazil::CNS_SYSTEM) if brazil::cns(value).as_deref() != Some(value) => Some("cns"),
            _ => None,
        };
        // One person, one CPF; several would each be looked up and only one shown.
        let again = one["system"] == brazil::CPF_SYSTEM
            && all.into_iter().flatten().take(i).any(|o| o["system"] == brazil::CPF_SYSTEM);
        if let Some(code) = wrong.or(again.then_some("cpf")) {
            problems.push(Field::new(format!("Patient.identifier[{i}].value"), code));
        }
    }
    problems
}
