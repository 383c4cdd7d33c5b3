//! Calls with a condition, and patches: what the headers and the body ask, as one call of the desk.

use aroeira_clinic::{Content, Error, Field, ImportedEntry};
use aroeira_fhir::Resource;
use aroeira_fhir::bundle::{Call, Entry, Place as Target};
use aroeira_fhir::patch::{JSON_PATCH, MERGE_PATCH};
use axum::extract::RawQuery;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use super::content::{self, Accepted, Prefer, Sent};
use super::search::Base;
use super::shape::Shape;
use super::{Kind, Place, common, outcome, saved};
use crate::body::Query;
use crate::context::Signed;
use crate::error::{Answer, Fault};
use crate::etag;

/// `If-None-Exist`.
const IF_NONE_EXIST: &str = "if-none-exist";

/// The condition under which something is made: `If-None-Exist`, or a query, as clients that search and make at once send it.
pub(super) fn if_none_exist(headers: &HeaderMap, query: Option<String>) -> Result<Option<String>, Fault> {
    let said = condition(query)?;
    let header = content::text_of(headers, IF_NONE_EXIST);
    match (said.is_empty(), header) {
        (true, header) => Ok(header),
        (false, None) => Ok(Some(said)),
        (false, Some(_)) => Err(Fault::Search(vec![Field::new(IF_NONE_EXIST, "repeated")])),
    }
}

fn entry(headers: &HeaderMap, kind: &str, call: Call) -> Entry {
    Entry {
        at: 0,
        full_url: None,
        kind: kind.to_owned(),
        call,
        if_match: content::text_of(headers, "if-match"),
        if_none_match: content::text_of(headers, "if-none-match"),
    }
}

/// Made only if nothing meets the condition.
pub(super) async fn create(
    signed: &Signed,
    accepted: Accepted,
    prefer: Prefer,
    base: &Base,
    resource: Resource,
    condition: String,
) -> Answer {
    let kind = resource.kind().to_owned();
    let call = Call::Create { resource, if_none_exist: Some(condition) };
    let done = signed.desk.fhir_call(entry(&HeaderMap::new(), &kind, call), &base.0).await?;
    Ok(answered(&kind, done, prefer, accepted, signed))
}

/// `PUT /fhir/{type}?condition`.
pub(super) async fn update(
    signed: Signed,
    accepted: Accepted,
    Kind(kind): Kind,
    prefer: Prefer,
    base: Base,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    sent: Sent,
) -> Answer {
    let place = Target::Criteria(condition(query)?);
    let resource = sent.resource_of(&kind, None).await?;
    let done = signed.desk.fhir_call(entry(&headers, &kind, Call::Update { place, resource }), &base.0).await?;
    Ok(answered(&kind, done, prefer, accepted, &signed))
}

/// `DELETE /fhir/{type}?condition`: the one that meets it.
pub(super) async fn delete(
    signed: Signed,
    Kind(kind): Kind,
    base: Base,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let call = Call::Delete { place: Target::Criteria(condition(query)?) };
    let done = signed.desk.fhir_call(entry(&headers, &kind, call), &base.0).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if done.version > 0 {
        response.headers_mut().insert(header::ETAG, etag::of(done.version));
    }
    Ok(response)
}

/// `PATCH /fhir/{type}/{id}`.
pub(super) async fn patch(
    signed: Signed,
    accepted: Accepted,
    place: Place,
    prefer: Prefer,
    base: Base,
    query: Query,
    headers: HeaderMap,
    sent: Sent,
) -> Answer {
    common(query)?;
    let patch = read_patch(&headers, sent).await?;
    let call = Call::Patch { place: Target::Id(place.id), patch };
    let done = signed.desk.fhir_call(entry(&headers, &place.kind, call), &base.0).await?;
    Ok(answered(&place.kind, done, prefer, accepted, &signed))
}

/// `PATCH /fhir/{type}?condition`.
pub(super) async fn patch_where(
    signed: Signed,
    accepted: Accepted,
    Kind(kind): Kind,
    prefer: Prefer,
    base: Base,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    sent: Sent,
) -> Answer {
    let place = Target::Criteria(condition(query)?);
    let patch = read_patch(&headers, sent).await?;
    let done = signed.desk.fhir_call(entry(&headers, &kind, Call::Patch { place, patch }), &base.0).await?;
    Ok(answered(&kind, done, prefer, accepted, &signed))
}

/// The query of a call with a condition, less the parameters that every call may have.
fn condition(query: Option<String>) -> Result<String, Fault> {
    let (mut pairs, _) = Shape::take(crate::body::pairs(query.unwrap_or_default().as_bytes())?)?;
    if let Some((_, format)) = pairs.iter().find(|(name, _)| name == "_format") {
        content::format(Some(format))?;
    }
    pairs.retain(|(name, _)| name != "_format");
    // Pairs of texts can always be written so.
    Ok(serde_urlencoded::to_string(pairs).unwrap_or_default())
}

/// A FHIRPath Patch as it is, a JSON Patch or a JSON Merge Patch in the resource that carries one in bundles.
async fn read_patch(headers: &HeaderMap, sent: Sent) -> Result<Resource, Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let named = [JSON_PATCH, MERGE_PATCH].into_iter().find(|kind| essence.eq_ignore_ascii_case(kind));
    let plain = || essence.eq_ignore_ascii_case("application/json") && sent.is_untyped();
    let Some(kind) = named.or_else(|| plain().then_some(MERGE_PATCH)) else {
        return Ok(sent.resource().await?);
    };
    let data = base64::engine::general_purpose::STANDARD.encode(sent.bytes());
    let binary = json!({ "resourceType": "Binary", "contentType": kind, "data": data });
    Resource::from_value(binary).map_err(|_| Error::Internal("a patch could not be carried".into()).into())
}

fn answered(kind: &str, done: ImportedEntry, prefer: Prefer, accepted: Accepted, signed: &Signed) -> Response {
    match done.content {
        Content::Resource(served) => saved(kind, served, prefer, accepted, signed),
        Content::Nothing | Content::Page(_) => {
            let status = StatusCode::from_u16(done.status).unwrap_or(StatusCode::OK);
            let mut response = outcome::fine(status, signed.language, accepted.0);
            if let Ok(place) = HeaderValue::from_str(&format!("/fhir/{kind}/{}", done.id)) {
                response.headers_mut().insert(HeaderName::from_static("content-location"), place);
            }
            response
        }
    }
}
