//! What an actor sees of a resource: the elements their role reaches, the CPF covered where it must be, and the list of
//! what was left out. And the way back: a hidden element keeps its stored value when they save the rest.

use aroeira_fhir::{Resource, brazil};
use serde_json::{Map, Value, json};

use crate::access::{Fields, Grant};
use crate::error::Field;

/// A masked text in the views of `/api`.
pub(crate) const MASK: &str = "***";

const MASKED_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

/// A value as one actor sees it.
#[derive(Debug, Clone)]
pub struct Seen<T> {
    /// The value, masked.
    pub value: T,
    /// Version of the record: the `ETag`.
    pub version: u32,
    /// When that version was written.
    pub updated: aroeira_fhir::Instant,
    /// Names of the fields covered: the header `LGPD-Masked`. Empty for whoever sees all.
    pub masked: Vec<&'static str>,
}

/// The elements of a resource that may be covered, as `LGPD-Masked` names them; every other name is `other`.
const NAMES: &[&str] = &[
    "title",
    "section",
    "event",
    "text",
    "extension",
    "contained",
    "category",
    "confidentiality",
    "attester",
    "custodian",
    "relatesTo",
    "encounter",
    "identifier",
    "photo",
    "reasonCode",
    "reasonReference",
    "description",
    "comment",
    "patientInstruction",
    "supportingInformation",
    "basedOn",
    "serviceType",
    "priority",
    "type",
    "diagnosis",
    "hospitalization",
    "episodeOfCare",
    "account",
    "partOf",
    "implicitRules",
    "language",
    "meta",
];

/// Takes out of a resource what a grant does not reach; answers the names of what was there.
pub(crate) fn mask(resource: &mut Resource, grant: &Grant) -> Vec<&'static str> {
    let mut masked = Vec::new();
    if let Fields::Only(allowed) = grant.fields {
        let hidden: Vec<String> =
            resource.as_value().keys().filter(|key| !is_visible(key, allowed)).map(String::clone).collect();
        for key in hidden {
            resource.remove(&key);
            let name = key.trim_start_matches('_');
            push(&mut masked, NAMES.iter().find(|known| **known == name).copied().unwrap_or("other"));
        }
        if let Some(Value::Object(meta)) = resource.get_mut("meta") {
            let before = meta.len();
            meta.retain(|key, _| matches!(key.as_str(), "versionId" | "lastUpdated" | "profile"));
            if meta.len() < before {
                push(&mut masked, "meta");
            }
        }
        if resource.kind() == "Composition" {
            bare_type(resource);
            bare_references(resource);
        }
    }
    if !grant.full_cpf && cover_cpf(resource) {
        push(&mut masked, "cpf");
    }
    if !masked.is_empty() {
        label(resource);
    }
    masked
}

fn push(masked: &mut Vec<&'static str>, name: &'static str) {
    if !masked.contains(&name) {
        masked.push(name);
    }
}

fn is_visible(key: &str, allowed: &[&str]) -> bool {
    matches!(key, "resourceType" | "id" | "meta") || allowed.contains(&key)
}

/// A record's type may carry free words beside its code: only codes of our own list are administrative.
fn bare_type(resource: &mut Resource) {
    if let Some(kind) = resource.get_mut("type") {
        let ours: Vec<Value> = kind["coding"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|coding| coding["system"] == crate::records::TYPE_SYSTEM)
            .map(|coding| json!({ "system": coding["system"], "code": coding["code"] }))
            .collect();
        *kind = json!({ "coding": ours });
    }
}

/// Nested extensions and displays of references may say anything, and whoever sees only that a record exists writes none.
fn bare_references(resource: &mut Resource) {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.shift_remove("extension");
                map.shift_remove("modifierExtension");
                if map.contains_key("reference") {
                    map.shift_remove("display");
                }
                map.values_mut().for_each(walk);
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    let keys: Vec<String> = resource.as_value().keys().cloned().collect();
    for key in keys {
        if let Some(value) = resource.get_mut(&key) {
            walk(value);
        }
    }
}

/// Covers every CPF in a resource, wherever it stands. Answers whether there was one.
fn cover_cpf(resource: &mut Resource) -> bool {
    fn walk(value: &mut Value) -> bool {
        match value {
            Value::Object(map) => {
                let mut found = false;
                if map.get("system").and_then(Value::as_str) == Some(brazil::CPF_SYSTEM)
                    && let Some(Value::String(cpf)) = map.get_mut("value")
                {
                    *cpf = brazil::mask_cpf(cpf);
                    found = true;
                }
                map.values_mut().fold(found, |found, value| walk(value) || found)
            }
            Value::Array(items) => items.iter_mut().fold(false, |found, value| walk(value) || found),
            _ => false,
        }
    }
    let keys: Vec<String> = resource.as_value().keys().cloned().collect();
    let mut found = false;
    for key in keys {
        if let Some(value) = resource.get_mut(&key) {
            found |= walk(value);
        }
    }
    found
}

/// Says in `meta.security` that something was covered.
fn label(resource: &mut Resource) {
    let said = json!({ "system": MASKED_SYSTEM, "code": "MASKED", "display": "masked" });
    match resource.get_mut("meta") {
        Some(Value::Object(meta)) => match meta.get_mut("security") {
            Some(Value::Array(labels)) => labels.push(said),
            _ => {
                meta.insert("security".into(), json!([said]));
            }
        },
        _ => {
            resource.insert("meta", json!({ "security": [said] }));
        }
    }
}

/// Takes the label off again: who reads a masked resource sends it back with it.
fn unlabel(resource: &mut Resource) {
    let mut empty = false;
    if let Some(Value::Object(meta)) = resource.get_mut("meta") {
        if let Some(Value::Array(labels)) = meta.get_mut("security") {
            labels.retain(|label| label["code"] != "MASKED" || label["system"] != MASKED_SYSTEM);
            empty = labels.is_empty();
        }
        if empty {
            meta.shift_remove("security");
        }
    }
}

/// What is stored after somebody who does not see all saved `sent`: hidden elements keep their stored value, a masked CPF
/// its digits.
///
/// # Errors
/// A field for each hidden element that was sent with a value.
pub(crate) fn unmask(mut sent: Resource, stored: Option<&Resource>, grant: &Grant) -> Result<Resource, Vec<Field>> {
    unlabel(&mut sent);
    let mut problems = Vec::new();
    if let Fields::Only(allowed) = grant.fields {
        for key in sent.as_value().keys().filter(|key| !is_visible(key, allowed)) {
            problems.push(Field::new(format!("{}.{key}", sent.kind()), "masked"));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if let (Fields::Only(allowed), Some(stored)) = (grant.fields, stored) {
        for (key, value) in stored.as_value() {
            if !is_visible(key, allowed) {
                sent.insert(key, value.clone());
            }
        }
        restore_meta(&mut sent, stored);
    }
    if !grant.full_cpf {
        restore_cpf(&mut sent, stored)?;
    }
    Ok(sent)
}

fn restore_meta(sent: &mut Resource, stored: &Resource) {
    let Some(Value::Object(kept)) = stored.get("meta") else { return };
    let mut meta = match sent.remove("meta") {
        Some(Value::Object(meta)) => meta,
        _ => Map::new(),
    };
    for (key, value) in kept {
        if matches!(key.as_str(), "tag" | "security" | "source") {
            meta.insert(key.clone(), value.clone());
        }
    }
    sent.insert("meta", Value::Object(meta));
}

fn restore_cpf(sent: &mut Resource, stored: Option<&Resource>) -> Result<(), Vec<Field>> {
    let is_cpf = |identifier: &Value| identifier["system"] == brazil::CPF_SYSTEM;
    let list = |resource: &Resource| resource.get("identifier").and_then(Value::as_array).cloned().unwrap_or_default();
    let kept = stored.map(list).unwrap_or_default().into_iter().find(|identifier| is_cpf(identifier));
    let kind = sent.kind().to_owned();
    let Some(Value::Array(identifiers)) = sent.get_mut("identifier") else { return Ok(()) };
    for identifier in identifiers.iter_mut().filter(|identifier| is_cpf(identifier)) {
        let value = identifier["value"].as_str().unwrap_or_default();
        match &kept {
            Some(kept) if kept["value"].as_str().is_some_and(|cpf| brazil::mask_cpf(cpf) == value) => {
                identifier["value"] = kept["value"].clone();
            }
            _ => return Err(vec![Field::new(format!("{kind}.identifier"), "masked")]),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Role, grant};

    fn composition() -> Resource {
        Resource::from_value(json!({
            "resourceType": "Composition", "id": "c", "status": "final", "title": "Hipertensão",
            "type": { "coding": [{ "system": crate::records::TYPE_SYSTEM, "code": "consultation", "display": "x" },
                                 { "system": "http://loinc.org", "code": "11503-0" }], "text": "segredo" },
            "subject": { "reference": "Patient/p", "display": "Maria" }, "date": "2026-01-02",
            "author": [{ "reference": "Practitioner/d", "extension": [{ "url": "x", "valueString": "segredo" }] }],
            "section": [{ "title": "Diagnóstico", "text": { "status": "generated", "div": "segredo" } }],
            "meta": { "versionId": "1", "extension": [{ "url": aroeira_fhir::REASON_URL, "valueString": "segredo" }] }
        }))
        .unwrap()
    }

    #[test]
    fn reception_learns_that_a_record_exists_and_no_more() {
        let mut seen = composition();
        let masked = mask(&mut seen, &grant(Role::Reception, "Composition"));
        let text = seen.into_value().to_string();
        for word in ["segredo", "Hipertensão", "Diagnóstico", "11503-0", "Maria"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
        assert!(text.contains("MASKED") && masked.contains(&"title") && masked.contains(&"section"));
    }

    #[test]
    fn who_sees_all_gets_the_resource_untouched() {
        let mut seen = composition();
        assert!(mask(&mut seen, &grant(Role::Doctor, "Composition")).is_empty());
        assert_eq!(seen, composition());
    }

    #[test]
    fn a_masked_patient_sent_back_changes_nothing() {
        let stored = Resource::from_value(json!({
            "resourceType": "Patient", "id": "p", "text": { "div": "segredo" }, "name": [{ "text": "Ana" }],
            "identifier": [{ "system": brazil::CPF_SYSTEM, "value": "52998224725" }]
        }))
        .unwrap();
        let admin = grant(Role::Admin, "Patient");
        let mut seen = stored.clone();
        mask(&mut seen, &admin);
        assert!(!seen.clone().into_value().to_string().contains("52998224725"));
        assert!(unmask(seen.clone(), Some(&stored), &admin).unwrap().same_content(&stored));
        seen.insert("text", json!({ "div": "outro" }));
        assert_eq!(unmask(seen, Some(&stored), &admin).unwrap_err()[0].code, "masked");
    }
}
