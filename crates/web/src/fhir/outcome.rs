//! What went wrong as a FHIR `OperationOutcome`.

use aroeira_clinic::{Conflict, Error, Field};
use aroeira_fhir::validate::Reason;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::error::{Fault, Texts};
use crate::fhir::MEDIA_TYPE;
use crate::language::Language;

/// The answer for a fault, in words already chosen.
pub(crate) fn render(fault: &Fault, texts: &Texts, language: Language) -> Response {
    let issues: Vec<Value> = match fault {
        Fault::Clinic(Error::Invalid(fields)) | Fault::Search(fields) if !fields.is_empty() => {
            fields.iter().zip(&texts.fields).map(|(field, (path, text))| wrong(field, path, text)).collect()
        }
        _ => vec![json!({
            "severity": "error",
            "code": issue_type(fault),
            "details": { "coding": [{ "system": "urn:aroeira:problem", "code": texts.code }], "text": texts.title },
            "diagnostics": texts.detail,
        })],
    };
    let outcome = json!({ "resourceType": "OperationOutcome", "language": language.tag(), "issue": issues });
    (fault.status(), [(header::CONTENT_TYPE, MEDIA_TYPE)], outcome.to_string()).into_response()
}

/// That nothing went wrong, for who asked to be told so.
pub(super) fn fine(status: StatusCode, language: Language, media_type: &'static str) -> Response {
    let outcome = json!({
        "resourceType": "OperationOutcome",
        "language": language.tag(),
        "issue": [{ "severity": "information", "code": "informational", "details": { "text": language.text("error-fine") } }],
    });
    (status, [(header::CONTENT_TYPE, media_type)], outcome.to_string()).into_response()
}

/// A wrong field as an issue.
pub(super) fn wrong(field: &Field, path: &str, text: &str) -> Value {
    let mut issue = json!({
        "severity": "error",
        "code": field_issue(field.code),
        "details": { "coding": [{ "system": "urn:aroeira:field", "code": field.code }], "text": text },
    });
    if !path.is_empty() {
        issue["expression"] = json!([path]);
    }
    issue
}

/// Codes of `http://hl7.org/fhir/issue-type`.
fn issue_type(fault: &Fault) -> &'static str {
    match fault {
        Fault::Clinic(error) => match error {
            Error::NotFound => "not-found",
            Error::Gone => "deleted",
            Error::Unauthenticated(_) => "login",
            Error::Denied(_) => "forbidden",
            Error::Conflict(Conflict::Duplicate { .. } | Conflict::Exists) => "duplicate",
            Error::Conflict(_) => "conflict",
            Error::Malformed(_) => "structure",
            Error::Invalid(_) => "invalid",
            Error::Limited { .. } => "throttled",
            Error::Unavailable(_) => "transient",
            Error::Internal(_) => "exception",
        },
        Fault::NoRoute => "not-found",
        Fault::Search(_) => "invalid",
        Fault::NoSuchType | Fault::Method | Fault::NotAcceptable | Fault::MediaType => "not-supported",
        Fault::Timeout => "timeout",
        Fault::TooLarge | Fault::Headers => "too-long",
        Fault::Panicked => "exception",
    }
}

fn field_issue(code: &str) -> &'static str {
    match code {
        "required" | "reason.required" | "empty" => "required",
        "unknown" | "repeated" => "structure",
        "search.unknown" | "search.unsupported" | "search.modifier" | "search.query" => "not-supported",
        "search.indexing" => "transient",
        "reference" | "patient.unknown" | "user.unknown" => "not-found",
        "duplicate" => "duplicate",
        "masked" | "masked.items" => "security",
        "too-long" | "too-many" => "too-long",
        "fhir" => "invalid",
        "relative-limit" => "not-supported",
        "terminology.unheld" => "not-supported",
        "terminology.work" => "too-costly",
        code if code.starts_with("fhir.") => Reason::named(code).map_or("invalid", Reason::code),
        code if code.starts_with("type.") => "structure",
        _ => "value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn an_outcome_has_an_issue_for_each_field() {
        let fields = vec![Field::new("Patient.id", "fhir").expecting("an id is a string"), Field::new("x", "required")];
        let fault = Fault::Clinic(Error::Invalid(fields));
        let response = render(&fault, &fault.texts(Language::En), Language::En);
        assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let outcome: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(outcome["resourceType"], "OperationOutcome");
        assert_eq!(outcome["issue"][0]["expression"][0], "Patient.id");
        assert_eq!(outcome["issue"][0]["details"]["text"], "an id is a string");
        assert_eq!(outcome["issue"][1]["code"], "required");
    }
}
