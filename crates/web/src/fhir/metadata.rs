//! `/fhir/metadata`: the CapabilityStatement, made from the tables that the server itself goes by. A test walks it, and a
//! page of the console shows it to people.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::OnceLock;

use aroeira_clinic::{Desk, Error, Field, OwnSearch};
use aroeira_fhir::search::{COMPARTMENTS, ParameterKind, parameters};
use aroeira_fhir::types::RESOURCE_TYPES;
use axum::extract::State;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderValue, header};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::common;
use super::content::Accepted;
use super::search::Base;
use crate::body::Query;
use crate::context::Signed;
use crate::error::{Answer, Fault};
use crate::state::App;

/// Where an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// On every type, and on each resource of it.
    Every,
    /// On this type, or on a resource of it.
    Only(&'static str),
}

/// The operations: name, definition, where.
pub(super) const OPERATIONS: &[(&str, &str, On)] = &[
    ("everything", "http://hl7.org/fhir/OperationDefinition/Patient-everything", On::Only("Patient")),
    ("lastn", "http://hl7.org/fhir/OperationDefinition/Observation-lastn", On::Only("Observation")),
    ("validate", "http://hl7.org/fhir/OperationDefinition/Resource-validate", On::Every),
    ("expand", "http://hl7.org/fhir/OperationDefinition/ValueSet-expand", On::Only("ValueSet")),
    ("validate-code", "http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code", On::Only("ValueSet")),
    ("validate-code", "http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code", On::Only("CodeSystem")),
    ("lookup", "http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup", On::Only("CodeSystem")),
    ("subsumes", "http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes", On::Only("CodeSystem")),
    ("reindex", "urn:aroeira:fhir:operation:reindex", On::Only("SearchParameter")),
    ("match", "http://hl7.org/fhir/OperationDefinition/Patient-match", On::Only("Patient")),
    ("diff", "urn:aroeira:fhir:operation:diff", On::Every),
];

/// What `meta.profile` and such are searched by, on every type.
const COMMON: &[(&str, &str)] = &[
    ("_id", "token"),
    ("_lastUpdated", "date"),
    ("_tag", "token"),
    ("_profile", "uri"),
    ("_security", "token"),
    ("_list", "string"),
];

pub(super) async fn get(
    State(app): State<App>,
    signed: Result<Signed, Fault>,
    accepted: Accepted,
    base: Base,
    mut query: Query,
) -> Answer {
    if !matches!(query.take("mode").as_deref(), None | Some("full" | "normative")) {
        return Err(Fault::Search(vec![Field::new("mode", "search.value").expecting("full, normative")]));
    }
    common(query)?;
    // Whoever is not signed in is told of what every clinic has.
    let rest = match signed {
        Ok(signed) => rest_for(&app, &signed.desk)?,
        Err(_) => rest(&app).clone(),
    };
    // The address is the only part that differs from caller to caller.
    let place = json!({ "description": "Aroeira", "url": base.0 });
    let mut bytes = format!(r#"{{"resourceType":"CapabilityStatement","implementation":{place},"#).into_bytes();
    bytes.extend_from_slice(&rest[1..]);
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0))], bytes).into_response())
}

/// As [`rest`], with the search parameters of the clinic's own that answer whoever asks. The last few are remembered: of a
/// clinic they are the same for most.
fn rest_for(app: &App, desk: &Desk) -> Result<Bytes, Error> {
    const REMEMBERED: usize = 4;
    static LAST: Mutex<VecDeque<(Vec<OwnSearch>, Bytes)>> = Mutex::new(VecDeque::new());
    let own = desk.fhir_own_searches();
    if own.is_empty() {
        return Ok(rest(app).clone());
    }
    if let Some((_, bytes)) = LAST.lock().iter().find(|(known, _)| *known == own) {
        return Ok(bytes.clone());
    }
    let written = serde_json::to_vec(&with_own(app, &own)).map_err(|error| Error::Internal(error.to_string()))?;
    let bytes = Bytes::from(written);
    let mut last = LAST.lock();
    last.truncate(REMEMBERED - 1);
    last.push_front((own, bytes.clone()));
    Ok(bytes)
}

/// The statement with the search parameters of the clinic's own that answer whoever asks.
pub(crate) fn statement_for(app: &App, desk: &Desk) -> Cow<'static, Value> {
    let own = desk.fhir_own_searches();
    if own.is_empty() { Cow::Borrowed(statement(app)) } else { Cow::Owned(with_own(app, &own)) }
}

fn with_own(app: &App, own: &[OwnSearch]) -> Value {
    let mut statement = statement(app).clone();
    let resources = statement["rest"][0]["resource"].as_array_mut();
    for resource in resources.into_iter().flatten() {
        let kind = resource["type"].as_str().unwrap_or_default().to_owned();
        for OwnSearch { code, values, id, .. } in own.iter().filter(|one| one.kind == kind) {
            let param =
                json!({ "name": code, "type": type_of(*values), "documentation": format!("SearchParameter/{id}") });
            push(resource, "searchParam", param);
            if *values == ParameterKind::Reference {
                push(resource, "searchInclude", json!(format!("{kind}:{code}")));
            }
        }
    }
    statement
}

/// Adds to a list of an object, which need not be there.
fn push(object: &mut Value, key: &str, value: Value) {
    match object.get_mut(key).and_then(Value::as_array_mut) {
        Some(list) => list.push(value),
        None => object[key] = json!([value]),
    }
}

/// The statement but for its type and address, as it is sent.
fn rest(app: &App) -> &'static Bytes {
    static REST: OnceLock<Bytes> = OnceLock::new();
    // A value made of texts can always be written.
    REST.get_or_init(|| serde_json::to_vec(statement(app)).unwrap_or_default().into())
}

/// The statement but for its type and address, as every clinic has it.
fn statement(app: &App) -> &'static Value {
    static STATEMENT: OnceLock<Value> = OnceLock::new();
    STATEMENT.get_or_init(|| {
        json!({
            "status": "active",
            "date": app.clock().now().to_string(),
            "kind": "instance",
            "software": { "name": "Aroeira", "version": env!("CARGO_PKG_VERSION") },
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json", "json", "application/fhir+ndjson"],
            "patchFormat": ["application/json-patch+json", "application/merge-patch+json", "application/fhir+json"],
            "rest": [{
                "mode": "server",
                "documentation": "Every answer is masked by the role of whoever asks, and journalled before it is given.",
                "security": {
                    "cors": true,
                    "description": "Authorization: Bearer, with a token from POST /api/sessions",
                },
                "resource": RESOURCE_TYPES.iter().map(|kind| resource(kind)).collect::<Vec<_>>(),
                "interaction": [
                    { "code": "transaction" }, { "code": "batch" }, { "code": "search-system" }, { "code": "history-system" },
                ],
                "compartment": COMPARTMENTS.map(|(_, name)| format!("http://hl7.org/fhir/CompartmentDefinition/{name}")),
            }],
        })
    })
}

fn resource(kind: &str) -> Value {
    let interactions =
        ["read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"];
    let own = parameters(kind);
    let searched = own.iter().filter(|own| own.is_searchable(kind));
    let mut names: Vec<(String, &str)> = searched.map(|own| (own.name.to_owned(), type_of(own.kind))).collect();
    names.extend(COMMON.iter().map(|(name, kind)| ((*name).to_owned(), *kind)));
    names.sort_unstable();
    names.dedup_by(|one, other| one.0 == other.0);
    let includes = own.iter().filter(|own| own.kind == ParameterKind::Reference);
    let includes: Vec<String> = includes.map(|own| format!("{kind}:{}", own.name)).collect();
    let operations = OPERATIONS.iter().filter(|(.., on)| *on == On::Every || *on == On::Only(kind_of(kind)));
    let operations: Vec<Value> =
        operations.map(|(name, definition, _)| json!({ "name": name, "definition": definition })).collect();
    let mut resource = json!({
        "type": kind,
        "interaction": interactions.map(|code| json!({ "code": code })),
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "conditionalCreate": true,
        "conditionalRead": "full-support",
        "conditionalUpdate": true,
        "conditionalDelete": "single",
        "referencePolicy": ["literal", "logical", "local"],
        "searchParam": names.into_iter().map(|(name, kind)| json!({ "name": name, "type": kind })).collect::<Vec<_>>(),
    });
    for (key, list) in [("searchInclude", json!(includes)), ("operation", json!(operations))] {
        if list.as_array().is_some_and(|list| !list.is_empty()) {
            resource[key] = list;
        }
    }
    resource
}

/// The name as the tables have it.
fn kind_of(kind: &str) -> &'static str {
    RESOURCE_TYPES.iter().find(|own| **own == kind).copied().unwrap_or_default()
}

fn type_of(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Number => "number",
        ParameterKind::Date => "date",
        ParameterKind::String => "string",
        ParameterKind::Token => "token",
        ParameterKind::Reference => "reference",
        ParameterKind::Composite => "composite",
        ParameterKind::Quantity => "quantity",
        ParameterKind::Uri => "uri",
        ParameterKind::Special => "special",
    }
}
