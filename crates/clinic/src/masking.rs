//! What an actor sees of a resource: the elements their role reaches, the CPF covered where it must be, and the list of
//! what was left out. And the way back: a hidden element keeps its stored value when they save the rest.

mod align;
#[cfg(test)]
mod edits;
mod restore;

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
    cover_fields(resource, grant, &mut masked);
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

fn named(key: &str) -> &'static str {
    let name = key.trim_start_matches('_');
    NAMES.iter().find(|known| **known == name).copied().unwrap_or("other")
}

fn is_visible(key: &str, allowed: &[&str]) -> bool {
    matches!(key, "resourceType" | "id" | "meta") || allowed.contains(&key)
}

fn cover_fields(resource: &mut Resource, grant: &Grant, masked: &mut Vec<&'static str>) {
    let Fields::Only(allowed) = grant.fields else { return };
    let hidden: Vec<String> = resource.as_value().keys().filter(|key| !is_visible(key, allowed)).cloned().collect();
    for key in hidden {
        resource.remove(&key);
        push(masked, named(&key));
    }
    let record = resource.kind() == "Composition";
    if let Some(Value::Object(meta)) = resource.get_mut("meta") {
        let before = meta.len();
        // The profile of a record says which document it is.
        meta.retain(|key, _| matches!(key.as_str(), "versionId" | "lastUpdated") || (key == "profile" && !record));
        if meta.len() < before {
            push(masked, "meta");
        }
    }
    let keys: Vec<String> = resource.as_value().keys().filter(|key| *key != "meta").cloned().collect();
    for key in keys {
        let Some(value) = resource.get(&key) else { continue };
        let bare = if record { existence(&key, value) } else { administrative(resource.kind(), &key, value) };
        if bare.as_ref() != Some(value) {
            push(masked, if record { named(&key) } else { "extension" });
            match bare {
                Some(bare) => resource.insert(&key, bare),
                None => resource.remove(&key),
            };
        }
    }
}

/// What the existence of a record shows of an element: codes of our own list, local references, a status and a date, and
/// no word that a writer chose.
fn existence(key: &str, value: &Value) -> Option<Value> {
    let reference = |value: &Value| {
        let target = value["reference"].as_str().filter(|text| aroeira_fhir::Target::parse(text).is_some())?;
        Some(json!({ "reference": target }))
    };
    match key {
        "type" => {
            let ours: Vec<Value> = value["coding"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|coding| coding["system"] == crate::records::TYPE_SYSTEM)
                .filter_map(|coding| crate::records::TYPES.iter().find(|known| coding["code"] == **known))
                .map(|code| json!({ "system": crate::records::TYPE_SYSTEM, "code": code }))
                .collect();
            Some(json!({ "coding": ours }))
        }
        "subject" => reference(value),
        "author" => Some(value.as_array().into_iter().flatten().filter_map(reference).collect()),
        "status" => Some(value.clone()).filter(crate::records::is_status),
        "date" => Some(value.clone()).filter(crate::records::is_date),
        _ => Some(value.clone()),
    }
}

/// An administrative element without what may say anything: extensions but those of names and addresses, and the words
/// beside the code of a cancellation.
fn administrative(kind: &str, key: &str, value: &Value) -> Option<Value> {
    if kind == "Appointment" && key == "cancelationReason" {
        let codings = value["coding"].as_array().into_iter().flatten();
        let codes: Vec<Value> = codings
            .filter(|coding| is_cancellation(coding))
            .map(|coding| json!({ "system": CANCELLED, "code": coding["code"] }))
            .collect();
        return (!codes.is_empty()).then(|| json!({ "coding": codes }));
    }
    let mut value = value.clone();
    bare(&mut value);
    Some(value)
}

const CANCELLED: &str = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason";

/// A code of why an appointment was called off.
fn is_cancellation(coding: &Value) -> bool {
    coding["system"] == CANCELLED
}

fn bare(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| key != "modifierExtension" && !key.starts_with('_'));
            if let Some(extensions) = map.get_mut("extension") {
                if let Value::Array(items) = extensions {
                    items.retain(is_administrative_extension);
                }
                if extensions.as_array().is_none_or(Vec::is_empty) {
                    map.shift_remove("extension");
                }
            }
            map.values_mut().for_each(bare);
        }
        Value::Array(items) => items.iter_mut().for_each(bare),
        _ => {}
    }
}

/// Parts of a name or an address that R4 keeps in extensions, such as the district.
fn is_administrative_extension(extension: &Value) -> bool {
    let part = extension["url"].as_str().is_some_and(|url| {
        let name = url.strip_prefix("http://hl7.org/fhir/StructureDefinition/").unwrap_or_default();
        name.starts_with("iso21090-") || name.starts_with("humanname-")
    });
    part && extension.as_object().is_some_and(|map| {
        map.iter().all(|(key, value)| matches!(key.as_str(), "url" | "valueString" | "valueCode") && value.is_string())
    })
}

/// Whether an identifier is a CPF: by its system, or by its digits where the system is another or missing.
fn is_cpf(identifier: &Map<String, Value>) -> bool {
    let system = identifier.get("system").and_then(Value::as_str).unwrap_or_default();
    let telecom = matches!(system, "phone" | "fax" | "email" | "pager" | "url" | "sms" | "other");
    let value = identifier.get("value").and_then(Value::as_str);
    !telecom
        && value.is_some_and(|value| {
            system == brazil::CPF_SYSTEM
                || system.to_ascii_lowercase().ends_with("cpf")
                || system.ends_with("2.16.840.1.113883.13.237")
                || brazil::cpf_digits(value).is_some()
        })
}

/// Visits every CPF in a value, wherever it stands.
fn each_cpf(value: &mut Value, visit: &mut dyn FnMut(&mut String)) {
    match value {
        Value::Object(map) => {
            if is_cpf(map)
                && let Some(Value::String(cpf)) = map.get_mut("value")
            {
                visit(cpf);
            }
            map.values_mut().for_each(|value| each_cpf(value, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| each_cpf(value, visit)),
        _ => {}
    }
}

/// Whether a CPF stands in it with all its digits.
fn has_cpf_in_full(resource: &Resource) -> bool {
    let mut found = false;
    each_cpf_of(&mut resource.clone(), &mut |cpf| found |= brazil::cpf_digits(cpf).is_some());
    found
}

/// Visits every object in a resource that may be an identifier.
fn each_identifier(map: &Map<String, Value>, visit: &mut dyn FnMut(&Map<String, Value>)) {
    fn within(value: &Value, visit: &mut dyn FnMut(&Map<String, Value>)) {
        match value {
            Value::Object(map) => each_identifier(map, visit),
            Value::Array(items) => items.iter().for_each(|item| within(item, visit)),
            _ => {}
        }
    }
    visit(map);
    map.values().for_each(|value| within(value, visit));
}

fn each_cpf_of(resource: &mut Resource, visit: &mut dyn FnMut(&mut String)) {
    let keys: Vec<String> = resource.as_value().keys().cloned().collect();
    for key in keys {
        if let Some(value) = resource.get_mut(&key) {
            each_cpf(value, visit);
        }
    }
}

/// Covers every CPF in a resource. Answers whether there was one.
fn cover_cpf(resource: &mut Resource) -> bool {
    let mut found = false;
    each_cpf_of(resource, &mut |cpf| {
        *cpf = brazil::mask_cpf(cpf);
        found = true;
    });
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
/// its digits. Why it is changed is theirs to say.
///
/// # Errors
/// A field for each hidden element that was sent with a value (`masked`), and for each list of which it cannot be told where
/// its hidden parts belong (`masked.items`).
pub(crate) fn unmask(mut sent: Resource, stored: Option<&Resource>, grant: &Grant) -> Result<Resource, Vec<Field>> {
    if grant.sees_all() {
        return Ok(sent);
    }
    unlabel(&mut sent);
    let reason = sent.reason().map(str::to_owned);
    sent.set_reason(None);
    let mut problems = sent_though_hidden(&sent, grant);
    if !grant.full_cpf && has_cpf_in_full(&sent) {
        // Also the right one: an answer that tells it from the others would be asked for each in turn.
        problems.push(Field::new(format!("{}.identifier", sent.kind()), "masked"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let Some(stored) = stored else {
        refuse_unknown_cpf(&mut sent, None, grant)?;
        sent.set_reason(reason.as_deref());
        return Ok(sent);
    };
    let mut kept = stored.clone();
    kept.set_reason(None);
    let mut seen = kept.clone();
    cover_fields(&mut seen, grant, &mut Vec::new());
    if !grant.full_cpf {
        cover_cpf(&mut seen);
    }
    let restored = restore::restore(sent.kind(), sent.as_value().clone(), seen.as_value(), kept.as_value())?;
    let emptied: Vec<String> = sent.as_value().keys().filter(|key| !restored.contains_key(*key)).cloned().collect();
    for key in emptied {
        sent.remove(&key);
    }
    for (key, value) in restored {
        sent.insert(&key, value);
    }
    refuse_unknown_cpf(&mut sent, Some(&kept), grant)?;
    if reason.is_none() && sent.same_content(&kept) {
        return Ok(stored.clone());
    }
    sent.set_reason(reason.as_deref());
    Ok(sent)
}

/// The elements that were sent with something the sender cannot see.
fn sent_though_hidden(sent: &Resource, grant: &Grant) -> Vec<Field> {
    let mut bare = sent.clone();
    cover_fields(&mut bare, grant, &mut Vec::new());
    let wrong = sent.as_value().iter().filter(|(key, value)| bare.get(key) != Some(value));
    // A name can be anything: what is echoed is cut.
    wrong
        .map(|(key, _)| Field::new(format!("{}.{}", sent.kind(), key.chars().take(60).collect::<String>()), "masked"))
        .collect()
}

/// Who sees no CPF sets none and takes none away.
fn refuse_unknown_cpf(sent: &mut Resource, stored: Option<&Resource>, grant: &Grant) -> Result<(), Vec<Field>> {
    if grant.full_cpf {
        return Ok(());
    }
    let identifiers =
        |resource: &Resource| resource.get("identifier").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_one = |identifier: &Value| identifier.as_object().is_some_and(is_cpf);
    let mut all = identifiers(sent);
    if let Some(kept) = stored
        && !all.iter().any(is_one)
    {
        let before = all.len();
        all.extend(identifiers(kept).into_iter().filter(is_one));
        if all.len() > before {
            sent.insert("identifier", all.into());
        }
    }
    let all = |resource: &Resource| {
        let mut all = Vec::new();
        each_cpf_of(&mut resource.clone(), &mut |cpf| all.push(cpf.clone()));
        all.sort_unstable();
        all
    };
    let (before, after) = (stored.map(all).unwrap_or_default(), all(sent));
    // What the mask leaves of one is no value: its item could not be told.
    let mut covered = false;
    each_identifier(sent.as_value(), &mut |identifier| {
        let value = identifier.get("value").and_then(Value::as_str);
        covered |= value.is_some_and(brazil::is_masked_cpf);
    });
    if before != after || covered {
        Err(vec![Field::new(format!("{}.identifier", sent.kind()), "masked")])
    } else {
        Ok(())
    }
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
