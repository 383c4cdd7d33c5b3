//! The room for large bodies: how many of them are held, and how many worked on, at once. Those that find none wait their
//! turn, so that a server's memory does not grow with the number of its clients.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use bytes::BytesMut;
use http::header;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use aroeira_clinic::Error;

use crate::error::Fault;
use crate::state::App;

/// A shorter body waits for nothing.
const SMALL: usize = 64 << 10;
/// Bodies as they come in, together: two of the longest.
const HELD: usize = 64 << 20;
/// Bodies as they are worked on, together. In memory a resource takes some ten times its text.
const WORKED_ON: usize = 16 << 20;

/// The places there are.
pub(crate) struct Room {
    held: Arc<Semaphore>,
    worked_on: Arc<Semaphore>,
}

/// A request's places; free again when it is dropped.
pub(super) struct Places {
    _all: [OwnedSemaphorePermit; 2],
}

impl Room {
    pub(crate) fn new() -> Self {
        let places = |bytes: usize| Arc::new(Semaphore::new(bytes >> 10));
        Self { held: places(HELD), worked_on: places(WORKED_ON) }
    }

    /// Places for so many bytes; for as many as there are where they are fewer.
    async fn take(places: &Arc<Semaphore>, bytes: usize, all: usize) -> Result<OwnedSemaphorePermit, Fault> {
        let wanted = u32::try_from(bytes.min(all) >> 10).unwrap_or(u32::MAX);
        let closed = |_| Fault::from(Error::Internal("the room is closed".into()));
        Arc::clone(places).acquire_many_owned(wanted).await.map_err(closed)
    }
}

/// Reads the body of a FHIR request that is not short once there is room for it, and gives it its places. One that is too
/// long is left as it is: its handler refuses it.
pub(super) async fn enter(app: &App, request: Request) -> Result<(Request, Option<Places>), Fault> {
    let limit = app.options().limits.fhir_bytes;
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let is_short = announced.is_some_and(|bytes| bytes <= SMALL || bytes > limit);
    if is_short || axum::body::HttpBody::is_end_stream(request.body()) {
        return Ok((request, None));
    }
    let room = app.room();
    let (parts, mut body) = request.into_parts();
    let mut held = None;
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Error::Malformed("the body ended early".into()).into()) };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(Fault::TooLarge);
        }
        if held.is_none() && bytes.len() + data.len() > SMALL {
            let most = announced.unwrap_or(limit);
            held = Some(Room::take(&room.held, most, HELD).await?);
            bytes.reserve(announced.unwrap_or(0));
        }
        bytes.extend_from_slice(&data);
    }
    let length = bytes.len();
    let request = Request::from_parts(parts, Body::from(bytes.freeze()));
    let Some(held) = held else { return Ok((request, None)) };
    let worked_on = Room::take(&room.worked_on, length, WORKED_ON).await?;
    Ok((request, Some(Places { _all: [held, worked_on] })))
}
