//! `$validate`: everything that is wrong with a resource, and what is no error, as an `OperationOutcome`. Nothing is written.

use aroeira_clinic::{Error, Field, Finding, Validate, ValidateMode};
use axum::extract::RawQuery;
use axum::response::{IntoResponse, Response};
use http::header;
use serde_json::{Value, json};

use super::asked::Asked;
use super::content::{Accepted, Sent};
use super::{Kind, Place, outcome};
use crate::context::Signed;
use crate::error::{Answer, Fault, field_text};
use crate::language::Language;

/// Profiles that one call may name.
const PROFILES: usize = 20;

/// A resource that is sent, of a type.
pub(super) async fn of_type(
    signed: Signed,
    accepted: Accepted,
    Kind(kind): Kind,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Answer {
    let mut asked = Asked::about(&kind, query, sent).await?;
    let Some(resource) = asked.subject()? else { return Err(Error::field("resource", "required").into()) };
    let findings = signed.desk.fhir_validate(&kind, None, resource, &parameters(asked)?).await?;
    Ok(told(&findings, signed.language, accepted))
}

/// What is stored.
pub(super) async fn stored(signed: Signed, accepted: Accepted, place: Place, asked: Asked) -> Answer {
    let findings = signed.desk.fhir_validate_stored(&place.kind, &place.id, &parameters(asked)?).await?;
    Ok(told(&findings, signed.language, accepted))
}

/// What is to take the place of what is stored; that itself where nothing is sent.
pub(super) async fn of_instance(
    signed: Signed,
    accepted: Accepted,
    place: Place,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Answer {
    let mut asked = Asked::about(&place.kind, query, sent).await?;
    let (resource, validate) = (asked.subject()?, parameters(asked)?);
    let findings = match resource {
        Some(resource) => signed.desk.fhir_validate(&place.kind, Some(&place.id), resource, &validate).await?,
        None => signed.desk.fhir_validate_stored(&place.kind, &place.id, &validate).await?,
    };
    Ok(told(&findings, signed.language, accepted))
}

/// Every parameter but the resource.
fn parameters(mut asked: Asked) -> Result<Validate, Fault> {
    let mode = asked.text("mode");
    let profiles = asked.texts("profile");
    if profiles.len() > PROFILES {
        return Err(Error::Invalid(vec![Field::new("profile", "too-many").expecting(PROFILES.to_string())]).into());
    }
    asked.end()?;
    Ok(Validate { mode: mode.as_deref().map(mode_of).transpose()?, profiles })
}

fn mode_of(text: &str) -> Result<ValidateMode, Error> {
    ValidateMode::named(text)
        .ok_or_else(|| Error::Invalid(vec![Field::new("mode", "one-of").expecting("create, update, delete, profile")]))
}

/// What was found; that there is nothing, where there is.
fn told(findings: &[Finding], language: Language, accepted: Accepted) -> Response {
    let mut issues: Vec<Value> = findings
        .iter()
        .map(|Finding { severity, field }| {
            let mut issue = outcome::wrong(field, &field.path, &field_text(field, language));
            issue["severity"] = severity.name().into();
            issue
        })
        .collect();
    if issues.is_empty() {
        let text = language.text("validate-fine");
        issues.push(json!({ "severity": "information", "code": "informational", "details": { "text": text } }));
    }
    let outcome = json!({ "resourceType": "OperationOutcome", "language": language.tag(), "issue": issues });
    ([(header::CONTENT_TYPE, accepted.0)], outcome.to_string()).into_response()
}
