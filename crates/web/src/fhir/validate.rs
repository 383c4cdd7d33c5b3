//! `$validate`: everything that is wrong with a resource, and what is no error, as an `OperationOutcome`. Nothing is written.

use aroeira_clinic::{Error, Field, Finding, Validate, ValidateMode};
use aroeira_fhir::Resource;
use axum::response::{IntoResponse, Response};
use http::header;
use serde_json::{Value, json};

use super::content::{Accepted, Sent};
use super::{Kind, Place, common, outcome};
use crate::body::Query;
use crate::context::Signed;
use crate::error::{Answer, field_text};
use crate::language::Language;

/// Profiles that one call may name.
const PROFILES: usize = 20;

/// What is asked, by parameters of the query or of a `Parameters` resource.
struct Asked {
    resource: Option<Resource>,
    validate: Validate,
}

/// A resource that is sent, of a type.
pub(super) async fn of_type(signed: Signed, accepted: Accepted, Kind(kind): Kind, query: Query, sent: Sent) -> Answer {
    let asked = asked(&kind, query, sent).await?;
    let Some(resource) = asked.resource else { return Err(Error::field("resource", "required").into()) };
    let findings = signed.desk.fhir_validate(&kind, None, resource, &asked.validate).await?;
    Ok(told(&findings, signed.language, accepted))
}

/// What is stored.
pub(super) async fn stored(signed: Signed, accepted: Accepted, place: Place, query: Query) -> Answer {
    let validate = parameters(query)?;
    let findings = signed.desk.fhir_validate_stored(&place.kind, &place.id, &validate).await?;
    Ok(told(&findings, signed.language, accepted))
}

/// What is to take the place of what is stored; that itself where nothing is sent.
pub(super) async fn of_instance(signed: Signed, accepted: Accepted, place: Place, query: Query, sent: Sent) -> Answer {
    let Asked { resource, validate } = asked(&place.kind, query, sent).await?;
    let findings = match resource {
        Some(resource) => signed.desk.fhir_validate(&place.kind, Some(&place.id), resource, &validate).await?,
        None => signed.desk.fhir_validate_stored(&place.kind, &place.id, &validate).await?,
    };
    Ok(told(&findings, signed.language, accepted))
}

fn parameters(mut query: Query) -> Result<Validate, crate::error::Fault> {
    let mode = query.take("mode");
    let profiles = query.take("profile").into_iter().collect();
    common(query)?;
    Ok(Validate { mode: mode.as_deref().map(mode_of).transpose()?, profiles })
}

fn mode_of(text: &str) -> Result<ValidateMode, Error> {
    ValidateMode::named(text)
        .ok_or_else(|| Error::Invalid(vec![Field::new("mode", "one-of").expecting("create, update, delete, profile")]))
}

async fn asked(kind: &str, query: Query, sent: Sent) -> Result<Asked, crate::error::Fault> {
    let mut validate = parameters(query)?;
    if sent.bytes().is_empty() {
        return Ok(Asked { resource: None, validate });
    }
    let sent = sent.resource().await?;
    let holds = |name: &str| parameter(&sent, name).is_some();
    let wrapped = sent.kind() == "Parameters" && (kind != "Parameters" || holds("resource"));
    if !wrapped {
        return Ok(Asked { resource: Some(sent), validate });
    }
    let text = |one: &Value| {
        let values = one.as_object()?.iter().filter(|(key, _)| key.starts_with("value"));
        values.filter_map(|(_, value)| value.as_str()).next().map(str::to_owned)
    };
    if let Some(mode) = parameter(&sent, "mode").and_then(text) {
        validate.mode = Some(mode_of(&mode)?);
    }
    let profiles = named(&sent, "profile").filter_map(text);
    validate.profiles.extend(profiles);
    if validate.profiles.len() > PROFILES {
        return Err(Error::Invalid(vec![Field::new("profile", "too-many").expecting(PROFILES.to_string())]).into());
    }
    let resource = parameter(&sent, "resource").and_then(|one| one.get("resource")).cloned();
    let resource = resource.map(Resource::from_value).transpose().map_err(|problems| {
        let fields = problems.into_iter().map(|problem| Field::new(problem.path, "fhir").expecting(problem.text));
        Error::Invalid(fields.collect())
    })?;
    Ok(Asked { resource, validate })
}

fn named<'r>(parameters: &'r Resource, name: &'r str) -> impl Iterator<Item = &'r Value> {
    let all = parameters.get("parameter").and_then(Value::as_array).into_iter().flatten();
    all.filter(move |one| one.get("name").and_then(Value::as_str) == Some(name))
}

fn parameter<'r>(parameters: &'r Resource, name: &'r str) -> Option<&'r Value> {
    named(parameters, name).next()
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
