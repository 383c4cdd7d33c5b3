//! The OpenAPI 3.1 document: one row of a table for each route, made into JSON once. A test holds the table against the
//! router, in both directions.

mod fhir;
mod operations;

use std::sync::OnceLock;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use operations::{Body, Flag, Shape};
pub(crate) use operations::{Operation, operations};

const SCHEMAS: &str = include_str!("openapi/schemas.json");

/// The document as it is served.
pub(crate) fn bytes() -> Bytes {
    static BYTES: OnceLock<Bytes> = OnceLock::new();
    BYTES.get_or_init(|| Bytes::from(document().to_string())).clone()
}

/// The document.
pub(crate) fn document() -> Value {
    let mut paths = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.to_ascii_lowercase()] = described(operation);
    }
    let tags: Vec<Value> = TAGS.iter().map(|(name, text)| json!({ "name": name, "description": text })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Aroeira",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only" },
            "description": DESCRIPTION,
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "schemas": serde_json::from_str::<Value>(SCHEMAS).unwrap_or(Value::Null),
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "The token of POST /api/sessions." },
            },
        },
    })
}

const DESCRIPTION: &str = "Medical records of a clinic. Sign in with POST /api/sessions and send the token as a bearer \
    token. Every answer carries X-Request-Id, which also stands in the audit trail. A record has a version: its ETag is \
    W/\"version\", and a change names the version it was made on. What a role may not see is masked, and the header \
    LGPD-Masked names the fields. Errors are problem+json; under /fhir they are OperationOutcome.";

const TAGS: [(&str, &str); 9] = [
    ("medical-records", "Medical records, every version kept"),
    ("patients", "Patients with contacts and allergies"),
    ("users", "Accounts of the clinic, for its administrators"),
    ("sessions", "Signing in and out"),
    ("me", "One's own account"),
    ("drafts", "Half-written text of one's own"),
    ("audit", "The journal, and break-glass"),
    ("fhir", "FHIR R4"),
    ("health", "For whoever watches the installation"),
];

fn described(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": responses(operation),
    });
    let parameters = parameters(operation);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = &operation.body {
        described["requestBody"] = request_body(operation, body);
    }
    if operation.has(Flag::Open) {
        described["security"] = json!([]);
    }
    described
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn is_fhir(operation: &Operation) -> bool {
    operation.path.starts_with("/fhir")
}

fn request_body(operation: &Operation, body: &Body) -> Value {
    let media = match operation.path {
        path if path.ends_with("/_search") => "application/x-www-form-urlencoded",
        _ if body.schema == "Patch" => "application/json-patch+json",
        _ if is_fhir(operation) => "application/fhir+json",
        _ => "application/json",
    };
    json!({ "required": body.required, "content": { (media): { "schema": reference(body.schema) } } })
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let mut parameters = Vec::new();
    for part in operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        let schema = match part {
            "type" => json!({ "type": "string", "enum": aroeira_fhir::types::RESOURCE_TYPES }),
            "member" => json!({ "type": "string", "pattern": "^([A-Z][A-Za-z]+|\\*)$" }),
            "vid" => json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX }),
            "target" => json!({ "type": "string", "pattern": "^(new-)?[A-Za-z0-9.-]{1,64}$" }),
            _ => reference("Id"),
        };
        parameters.push(json!({ "name": part, "in": "path", "required": true, "schema": schema }));
    }
    for name in operation.query {
        let schema = match *name {
            "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 }),
            "priority" => reference("Priority"),
            "type" => reference("RecordType"),
            "status" => json!({ "type": "string", "enum": ["draft", "final"] }),
            "patientId" => reference("Id"),
            "reason" => json!({ "type": "string", "minLength": 3, "maxLength": 1000 }),
            "_count" => json!({ "type": "integer", "minimum": 0 }),
            "_total" => json!({ "type": "string", "enum": ["none", "estimate", "accurate"] }),
            "_summary" => json!({ "type": "string", "enum": ["true", "text", "data", "count", "false"] }),
            "_format" => {
                json!({ "type": "string", "enum": ["json", "application/fhir+json", "application/json", "ndjson"] })
            }
            _ => json!({ "type": "string" }),
        };
        parameters.push(json!({ "name": name, "in": "query", "schema": schema }));
    }
    let mut header = |name: &str, description: &str| {
        parameters
            .push(json!({ "name": name, "in": "header", "description": description, "schema": { "type": "string" } }));
    };
    if operation.has(Flag::Tagged) {
        header("If-None-Match", "ETags the reader has; 304 where one is current.");
    }
    if operation.has(Flag::Guarded) {
        header("If-Match", "The ETag that was read, or *.");
    }
    if operation.has(Flag::Conditional) {
        header("If-None-Exist", "A search: nothing is made where one resource meets it.");
    }
    if operation.has(Flag::Once) {
        let schema = json!({ "type": "string", "pattern": "^[!-~]{1,255}$" });
        let text = "The same key with the same body answers the same record again, for a day.";
        parameters.push(json!({ "name": "Idempotency-Key", "in": "header", "description": text, "schema": schema }));
    }
    parameters
}

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    let (status, text) = match operation.answer {
        Shape::Created(_) => ("201", "Made"),
        Shape::Nothing => ("204", "Done"),
        _ => ("200", "The answer"),
    };
    let mut answer = json!({ "description": text, "headers": headers(operation) });
    if let Some(content) = content(operation) {
        answer["content"] = content;
    }
    if operation.has(Flag::Conditional) {
        let mut met = answer.clone();
        met["description"] = "The one that meets the condition".into();
        responses.insert("200".into(), met);
    }
    if operation.has(Flag::Upsert) {
        let mut made = answer.clone();
        made["description"] = "Made with the id given".into();
        responses.insert("201".into(), made);
    }
    responses.insert(status.into(), answer);
    if operation.has(Flag::Tagged) {
        responses.insert("304".into(), json!({ "description": "The reader has this version" }));
    }
    for (status, text, when) in ERRORS {
        if when(operation) {
            responses.insert((*status).to_owned(), error(operation, text));
        }
    }
    if operation.path.starts_with("/api/health") {
        let content = json!({ "application/json": { "schema": reference("Health") } });
        responses.insert("503".into(), json!({ "description": "Not ready", "content": content }));
    }
    Value::Object(responses)
}

fn headers(operation: &Operation) -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let mut headers = json!({ "X-Request-Id": text("Names the request in logs and in the audit trail.") });
    if operation.has(Flag::Tagged) || operation.has(Flag::Guarded) && !matches!(operation.answer, Shape::Nothing) {
        headers["ETag"] = text("W/\"version\"");
    }
    if matches!(operation.answer, Shape::Created(_)) && operation.has(Flag::Located) {
        headers["ETag"] = text("W/\"version\"");
        headers["Location"] = text("Where it is");
    }
    if operation.has(Flag::Masks) {
        headers["LGPD-Masked"] = text("Names of the fields covered for this reader, where there are any.");
    }
    headers
}

fn content(operation: &Operation) -> Option<Value> {
    let media = if is_fhir(operation) { "application/fhir+json" } else { "application/json" };
    match operation.answer {
        Shape::One(schema) | Shape::Created(schema) => {
            let mut content = json!({ (media): { "schema": reference(schema) } });
            if is_fhir(operation) {
                // Resources, each on a line.
                content["application/fhir+ndjson"] = json!({});
            }
            Some(content)
        }
        Shape::Page(schema) => Some(json!({ (media): { "schema": {
            "type": "object",
            "required": ["items", "nextCursor", "total"],
            "properties": {
                "items": { "type": "array", "items": reference(schema) },
                "nextCursor": { "type": ["string", "null"], "description": "Send it as cursor; null on the last page." },
                "total": { "type": "integer" },
            },
        } } })),
        Shape::Text(media) => Some(json!({ (media): { "schema": { "type": "string" } } })),
        Shape::Nothing => None,
    }
}

fn error(operation: &Operation, text: &str) -> Value {
    let (media, schema) = if is_fhir(operation) {
        ("application/fhir+json", "OperationOutcome")
    } else {
        ("application/problem+json", "Problem")
    };
    json!({ "description": text, "content": { (media): { "schema": reference(schema) } } })
}

/// Every error that the gate, the extractors or the desk may answer, and for which operations.
type ErrorRow = (&'static str, &'static str, fn(&Operation) -> bool);

const ERRORS: &[ErrorRow] = &[
    ("400", "What was sent cannot be read", |_| true),
    ("401", "Nobody is signed in, or the proof was not accepted", |o| !o.has(Flag::Open) || o.id == "signIn"),
    ("403", "The caller may not do this", |o| !o.has(Flag::Open)),
    ("404", "Not found", |o| {
        o.path.contains(['{', '$'])
            || is_fhir(o) && o.has(Flag::Conflicts)
            || o.has(Flag::Hidden)
            || o.id == "me"
            || o.id == "openEmergencyAccess"
    }),
    ("406", "Only JSON is spoken", is_fhir),
    ("408", "It took too long", |_| true),
    ("409", "The state is another one", |o| o.has(Flag::Guarded) || o.has(Flag::Conflicts)),
    ("410", "Deleted", |o| {
        is_fhir(o) && !o.has(Flag::Open) || o.path.contains("{id}") && (o.has(Flag::Guarded) || o.has(Flag::Tagged))
    }),
    ("412", "Another version is the current one, or several meet the condition", |o| {
        o.has(Flag::Guarded) || is_fhir(o) && o.has(Flag::Conflicts)
    }),
    ("413", "Too large", |o| o.body.is_some()),
    ("415", "Not JSON", |o| o.body.is_some()),
    ("422", "Fields or parameters are wrong", |_| true),
    ("428", "Neither If-Match nor version was sent", |o| o.has(Flag::Guarded)),
    ("429", "Too many requests", |o| !o.path.starts_with("/api/health") && o.path != "/metrics"),
    ("431", "Too many headers", |_| true),
    ("500", "A defect", |_| true),
    ("503", "It may or may not have happened", |o| !o.path.starts_with("/api/health")),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(path: &str) -> bool {
        path.starts_with("/api") || path.starts_with("/fhir") || path == "/metrics"
    }

    #[test]
    fn the_document_lists_every_route_and_no_other() {
        let routes: Vec<_> = crate::table().into_iter().filter(|route| listed(route.path)).collect();
        for route in &routes {
            let known = operations().any(|o| o.method == route.method && o.path == route.path);
            assert!(known, "{} {} is not in the document", route.method, route.path);
        }
        for operation in operations() {
            let known = routes.iter().any(|route| route.method == operation.method && route.path == operation.path);
            assert!(known, "{} {} is no route", operation.method, operation.path);
        }
        assert_eq!(routes.len(), operations().count());
    }

    #[test]
    fn an_operation_has_an_id_of_its_own() {
        let mut ids: Vec<_> = operations().map(|operation| operation.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), operations().count());
    }

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_schema_named_is_there_and_every_one_there_is_named() {
        let document = document();
        let schemas = document["components"]["schemas"].as_object().expect("schemas are JSON");
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in &found {
            let name = reference.strip_prefix("#/components/schemas/").expect("a schema");
            assert!(schemas.contains_key(name), "{name}");
        }
        for name in schemas.keys() {
            assert!(found.iter().any(|reference| reference.ends_with(&format!("/{name}"))), "{name} is never used");
        }
    }

    #[test]
    fn every_tag_is_described() {
        for operation in operations() {
            assert!(TAGS.iter().any(|(tag, _)| *tag == operation.tag), "{}", operation.tag);
        }
    }
}
