//! Answers of `/api`: JSON with the headers that a record needs.

use aroeira_clinic::{Error, Page, Seen};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::error::Fault;
use crate::etag::{self, Have};

/// Says which fields are covered.
const LGPD_MASKED: HeaderName = HeaderName::from_static("lgpd-masked");

/// A JSON answer.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => {
            (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
        }
        Err(error) => Fault::from(Error::Internal(error.to_string())).into_response(),
    }
}

/// Done, with nothing to show (204).
pub(crate) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// A record with its `ETag` and what is covered of it; 304 where the reader has this version.
pub(crate) fn record<T: Serialize>(have: &Have, seen: &Seen<T>) -> Response {
    if have.has(seen.version) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag::of(seen.version))]).into_response();
    }
    written(StatusCode::OK, seen)
}

/// A record that was just written.
pub(crate) fn written<T: Serialize>(status: StatusCode, seen: &Seen<T>) -> Response {
    let mut response = json(status, &seen.value);
    response.headers_mut().insert(header::ETAG, etag::of(seen.version));
    masked(response.headers_mut(), &seen.masked);
    response
}

/// 201 with the place of the record.
pub(crate) fn created<T: Serialize>(place: &str, id: &str, seen: &Seen<T>) -> Response {
    let mut response = written(StatusCode::CREATED, seen);
    locate(response.headers_mut(), place, id);
    response
}

/// `Location`.
pub(crate) fn locate(headers: &mut HeaderMap, place: &str, id: &str) {
    if let Ok(location) = HeaderValue::from_str(&format!("{place}/{id}")) {
        headers.insert(header::LOCATION, location);
    }
}

/// A page of a list, whose header says what is covered in any item.
pub(crate) fn page<T: Serialize>(page: &Page<T>, covered: impl Fn(&T) -> &[&'static str]) -> Response {
    let mut fields: Vec<&'static str> = Vec::new();
    for field in page.items.iter().flat_map(covered) {
        if !fields.contains(field) {
            fields.push(field);
        }
    }
    let mut response = json(StatusCode::OK, page);
    masked(response.headers_mut(), &fields);
    response
}

/// A whole list as its only page.
pub(crate) fn whole<T: Serialize>(items: Vec<T>) -> Response {
    let total = items.len() as u64;
    json(StatusCode::OK, &Page { items, next_cursor: None, total })
}

/// `LGPD-Masked`, where something is covered.
pub(crate) fn masked(headers: &mut HeaderMap, fields: &[&'static str]) {
    if !fields.is_empty()
        && let Ok(value) = HeaderValue::from_str(&fields.join(","))
    {
        headers.insert(LGPD_MASKED, value);
    }
}
