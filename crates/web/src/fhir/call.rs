//! Calls with a condition, and patches: what the headers and the body ask, as one call of the desk.

use aroeira_clinic::{Content, Error, Field};
use aroeira_fhir::Resource;
use aroeira_fhir::bundle::{Call, Entry, Place as Target};
use aroeira_fhir::patch::{JSON_PATCH, MERGE_PATCH};
use axum::extract::{FromRequestParts, RawQuery};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::content::{self, Accepted, Prefer, Sent};
use super::search::Base;
use super::shape::Shape;
use super::{Kind, Place, common, outcome, saved};
use crate::body::Query;
use crate::context::Signed;
use crate::error::{Answer, Fault};
use crate::etag;
use crate::state::App;

/// Who writes, where they find the server, and what they want back.
pub(super) struct Client {
    pub(super) signed: Signed,
    pub(super) accepted: Accepted,
    pub(super) prefer: Prefer,
    pub(super) base: Base,
}

impl FromRequestParts<App> for Client {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let signed = Signed::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let accepted = Accepted::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let Ok(prefer) = Prefer::from_request_parts(parts, app).await;
        let base = Base::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        Ok(Self { signed, accepted, prefer, base })
    }
}

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
pub(super) async fn create(client: &Client, resource: Resource, condition: String) -> Answer {
    let kind = resource.kind().to_owned();
    let call = Call::Create { resource, if_none_exist: Some(condition) };
    client.done(entry(&HeaderMap::new(), &kind, call)).await
}

/// `PUT /fhir/{type}?condition`.
pub(super) async fn update(
    client: Client,
    Kind(kind): Kind,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    sent: Sent,
) -> Answer {
    let place = Target::Criteria(condition(query)?);
    let resource = sent.resource_of(&kind, None).await?;
    client.done(entry(&headers, &kind, Call::Update { place, resource })).await
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
pub(super) async fn patch(client: Client, place: Place, query: Query, headers: HeaderMap, sent: Sent) -> Answer {
    common(query)?;
    let patch = read_patch(&headers, sent).await?;
    let call = Call::Patch { place: Target::Id(place.id), patch };
    client.done(entry(&headers, &place.kind, call)).await
}

/// `PATCH /fhir/{type}?condition`.
pub(super) async fn patch_where(
    client: Client,
    Kind(kind): Kind,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    sent: Sent,
) -> Answer {
    let place = Target::Criteria(condition(query)?);
    let patch = read_patch(&headers, sent).await?;
    client.done(entry(&headers, &kind, Call::Patch { place, patch })).await
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

impl Client {
    /// Carries out a call and answers as much of what became of it as was asked for.
    async fn done(&self, entry: Entry) -> Answer {
        let done = self.signed.desk.fhir_call(entry, &self.base.0).await?;
        Ok(match done.content {
            Content::Resource(served) => saved(&done.kind, served, self),
            Content::Nothing | Content::Page(_) => {
                let status = StatusCode::from_u16(done.status).unwrap_or(StatusCode::OK);
                outcome::fine(status, self.signed.language, self.accepted.0)
            }
        })
    }
}
