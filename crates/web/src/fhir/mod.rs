//! FHIR R4 over REST: create, read, update, patch, delete, vread, histories, transactions and batches, for every type.

mod asked;
mod batch;
mod bundle;
mod call;
pub(crate) mod console;
mod content;
mod matching;
pub(crate) mod metadata;
mod operations;
pub(crate) mod outcome;
mod parameters;
pub(crate) mod search;
mod shape;
mod terminology;
mod validate;
mod written;

use aroeira_clinic::{Compartment, Error, Served};
use aroeira_fhir::search::COMPARTMENTS;
use aroeira_fhir::types::{is_id, is_resource_type};
use axum::extract::{FromRequestParts, Path, RawQuery};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::api::answer;
use crate::body::Query;
use crate::context::Signed;
use crate::error::{Answer, Fault};
use crate::etag::{self, Have, Match};
use crate::routes::{Class, Routes};
use crate::state::App;
use call::Client;
use content::{Accepted, Prefer, Sent};

/// FHIR JSON, in UTF-8 as all JSON is.
pub(crate) const MEDIA_TYPE: &str = "application/fhir+json";

/// Registers everything under `/fhir`.
pub(crate) fn routes(routes: Routes) -> Routes {
    terminology::routes(routes)
        .get("/fhir", Class::Read, search::get_all)
        .post("/fhir", Class::Import, bundle::transaction)
        .post("/fhir/_search", Class::Read, search::post_all)
        .get("/fhir/metadata", Class::Anonymous, metadata::get)
        .get("/fhir/_history", Class::Read, bundle::history_of_all)
        .get("/fhir/{type}", Class::Read, search::get)
        .post("/fhir/{type}", Class::Write, create)
        .put("/fhir/{type}", Class::Write, call::update)
        .patch("/fhir/{type}", Class::Write, call::patch_where)
        .delete("/fhir/{type}", Class::Write, call::delete)
        .get("/fhir/{type}/_history", Class::Read, bundle::history_of_type)
        .post("/fhir/{type}/_search", Class::Read, search::post)
        .post("/fhir/{type}/$validate", Class::Read, validate::of_type)
        .get("/fhir/{type}/{id}/$validate", Class::Read, validate::stored)
        .post("/fhir/{type}/{id}/$validate", Class::Read, validate::of_instance)
        .get("/fhir/{type}/{id}", Class::Read, read)
        .put("/fhir/{type}/{id}", Class::Write, update)
        .patch("/fhir/{type}/{id}", Class::Write, call::patch)
        .delete("/fhir/{type}/{id}", Class::Write, delete)
        .get("/fhir/SearchParameter/{id}/$reindex", Class::Read, parameters::status)
        .post("/fhir/SearchParameter/{id}/$reindex", Class::Write, parameters::begin)
        .get("/fhir/{type}/$lastn", Class::Read, operations::lastn)
        .post("/fhir/{type}/$lastn", Class::Read, operations::lastn)
        .post("/fhir/{type}/$match", Class::Read, matching::matched)
        .get("/fhir/{type}/{id}/$everything", Class::Read, operations::everything)
        .post("/fhir/{type}/{id}/$everything", Class::Read, operations::everything)
        .get("/fhir/{type}/{id}/$diff", Class::Read, operations::diff)
        .get("/fhir/{type}/{id}/_history", Class::Read, bundle::history)
        .get("/fhir/{type}/{id}/_history/{vid}", Class::Read, vread)
        .get("/fhir/{type}/{id}/{member}", Class::Read, search::get_within)
        .post("/fhir/{type}/{id}/{member}/_search", Class::Read, search::post_within)
}

pub(crate) use shape::shaped;

/// The `{type}` of a path: one of R4.
struct Kind(String);

/// The `{type}/{id}` of a path.
struct Place {
    kind: String,
    id: String,
}

/// The `{type}/{id}/{member}` of a path: a record with a compartment, and a type of what belongs to it, or `*`.
struct Chart {
    of: &'static str,
    id: String,
    /// Empty for all types.
    kind: String,
}

impl Chart {
    fn of(&self) -> Compartment<'_> {
        Compartment { kind: self.of, id: &self.id }
    }
}

/// The `{type}/{id}/_history/{vid}` of a path.
struct VersionPlace {
    kind: String,
    id: String,
    version: u32,
}

impl FromRequestParts<App> for Kind {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        match Path::<String>::from_request_parts(parts, app).await {
            Ok(Path(kind)) if is_resource_type(&kind) => Ok(Self(kind)),
            _ => Err(Fault::NoSuchType),
        }
    }
}

impl FromRequestParts<App> for Place {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        match Path::<(String, String)>::from_request_parts(parts, app).await {
            Ok(Path((kind, _))) if !is_resource_type(&kind) => Err(Fault::NoSuchType),
            Ok(Path((kind, id))) if is_id(&id) => Ok(Self { kind, id }),
            _ => Err(Error::NotFound.into()),
        }
    }
}

impl FromRequestParts<App> for Chart {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let Ok(Path((of, id, kind))) = Path::<(String, String, String)>::from_request_parts(parts, app).await else {
            return Err(Fault::NoRoute);
        };
        if !is_resource_type(&of) {
            return Err(Fault::NoSuchType);
        }
        let of = COMPARTMENTS.iter().find(|(kind, _)| *kind == of).map(|(kind, _)| *kind);
        match of {
            Some(of) if kind == "*" || is_resource_type(&kind) => {
                let kind = if kind == "*" { String::new() } else { kind };
                if is_id(&id) { Ok(Self { of, id, kind }) } else { Err(Error::NotFound.into()) }
            }
            // An operation that there is none of, or a record without a compartment.
            _ => Err(Fault::NoRoute),
        }
    }
}

impl FromRequestParts<App> for VersionPlace {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        match Path::<(String, String, String)>::from_request_parts(parts, app).await {
            Ok(Path((kind, ..))) if !is_resource_type(&kind) => Err(Fault::NoSuchType),
            Ok(Path((kind, id, version))) if is_id(&id) && version.bytes().all(|b| b.is_ascii_digit()) => {
                let version = version.parse().map_err(|_| Error::NotFound)?;
                Ok(Self { kind, id, version })
            }
            _ => Err(Error::NotFound.into()),
        }
    }
}

/// What every call may say beside its own: the format, as a parameter.
fn common(mut query: Query) -> Result<(), Fault> {
    content::format(query.take("_format").as_deref())?;
    for shape in shape::PARAMETERS {
        query.take(shape);
    }
    query.end()
}

async fn create(client: Client, Kind(kind): Kind, headers: HeaderMap, RawQuery(query): RawQuery, sent: Sent) -> Answer {
    let condition = call::if_none_exist(&headers, query)?;
    let resource = sent.resource_of(&kind, None).await?;
    if let Some(condition) = condition {
        return call::create(&client, resource, condition).await;
    }
    let served = client.signed.desk.fhir_create(&kind, resource).await?;
    Ok(saved(&kind, served, &client))
}

async fn read(
    signed: Signed,
    accepted: Accepted,
    place: Place,
    have: Have,
    since: content::Since,
    query: Query,
) -> Answer {
    common(query)?;
    let served = signed.desk.fhir_read(&place.kind, &place.id).await?;
    let known = if have.said() { have.has(served.version) } else { since.covers(served.updated) };
    if known {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        stamp(response.headers_mut(), &served);
        return Ok(response);
    }
    Ok(shown(StatusCode::OK, served, accepted))
}

async fn vread(signed: Signed, accepted: Accepted, place: VersionPlace, query: Query) -> Answer {
    common(query)?;
    let served = signed.desk.fhir_vread(&place.kind, &place.id, place.version).await?;
    Ok(shown(StatusCode::OK, served, accepted))
}

async fn update(client: Client, place: Place, Match(precondition): Match, query: Query, sent: Sent) -> Answer {
    common(query)?;
    let reader = sent.reader(&place.kind, &place.id).await;
    let served = client.signed.desk.fhir_update(&place.kind, &place.id, precondition, reader).await?;
    Ok(saved(&place.kind, served, &client))
}

async fn delete(signed: Signed, place: Place, Match(precondition): Match, mut query: Query) -> Answer {
    let reason = query.take("reason");
    common(query)?;
    let version = signed.desk.fhir_delete(&place.kind, &place.id, precondition, reason.as_deref()).await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, etag::of(version))]).into_response())
}

/// A resource as it is.
fn shown(status: StatusCode, served: Served, accepted: Accepted) -> Response {
    let mut response = status.into_response();
    stamp(response.headers_mut(), &served);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0));
    *response.body_mut() = served.bytes.into();
    response
}

/// A resource just written: 201 with its place where it was made, and as much of it as was asked for.
fn saved(kind: &str, served: Served, client: &Client) -> Response {
    let Client { signed, accepted, prefer, .. } = client;
    let status = if served.created { StatusCode::CREATED } else { StatusCode::OK };
    let place = format!("/fhir/{kind}/{}/_history/{}", served.id, served.version);
    let mut response = match prefer {
        Prefer::Representation => shown(status, served, *accepted),
        Prefer::Minimal => {
            let mut response = status.into_response();
            stamp(response.headers_mut(), &served);
            response
        }
        Prefer::Outcome => {
            let mut response = outcome::fine(status, signed.language, accepted.0);
            stamp(response.headers_mut(), &served);
            response
        }
    };
    if let Ok(place) = HeaderValue::from_str(&place) {
        let name = if status == StatusCode::CREATED { header::LOCATION } else { header::CONTENT_LOCATION };
        response.headers_mut().insert(name, place);
    }
    response
}

/// `ETag`, `Last-Modified` and what is covered.
fn stamp(headers: &mut HeaderMap, served: &Served) {
    headers.insert(header::ETAG, etag::of(served.version));
    headers.insert(header::LAST_MODIFIED, content::http_date(served.updated));
    answer::masked(headers, &served.masked);
}
