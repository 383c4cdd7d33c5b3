//! The room for large bodies: how many of them are held, and how many worked on, at once. Those that find none wait their
//! turn for a while, so that a server's memory does not grow with the number of its clients. Who sends slowly is let go, and
//! nobody takes all the room alone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aroeira_clinic::{Caller, Error};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use bytes::BytesMut;
use http::header;
use http_body_util::BodyExt;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::error::Fault;
use crate::state::App;

/// A shorter body waits for nothing.
const SMALL: usize = 64 << 10;
/// Bodies as they come in, together: two of the longest.
const HELD: usize = 64 << 20;
/// Of these, those of one account.
const HELD_BY_ONE: usize = HELD / 2;
/// Bodies as they are worked on, together. In memory a resource takes some ten times its text.
const WORKED_ON: usize = 16 << 20;
/// How long the next part of a body may let wait for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a body waits for room.
const WAIT: Duration = Duration::from_secs(30);
/// Accounts whose shares are remembered.
const ACCOUNTS: usize = 1000;
/// How much has to come in each stretch of time: 17 KiB a second.
const STRETCH: (usize, Duration) = (1 << 20, Duration::from_secs(60));

/// The places there are.
pub(crate) struct Room {
    held: Arc<Semaphore>,
    worked_on: Arc<Semaphore>,
    /// The share of each account that has sent something large of late.
    accounts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A request's places; free again when it is dropped.
pub(super) struct Places {
    _all: [OwnedSemaphorePermit; 3],
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { held: places(HELD), worked_on: places(WORKED_ON), accounts: Mutex::default() }
    }

    /// An account's share of what is held.
    fn share(&self, account: String) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock();
        if accounts.len() >= ACCOUNTS {
            // Nobody waits at one that only this table knows, and it is as it was when it was made.
            accounts.retain(|_, share| Arc::strong_count(share) > 1);
        }
        Arc::clone(accounts.entry(account).or_insert_with(|| places(HELD_BY_ONE)))
    }
}

fn places(bytes: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(bytes >> 10))
}

/// Places for so many bytes; for as many as there are where they are fewer.
async fn take(places: &Arc<Semaphore>, bytes: usize, all: usize) -> Result<OwnedSemaphorePermit, Fault> {
    let wanted = u32::try_from(bytes.min(all) >> 10).unwrap_or(u32::MAX);
    match timeout(WAIT, Arc::clone(places).acquire_many_owned(wanted)).await {
        Ok(Ok(permit)) => Ok(permit),
        Ok(Err(_)) => Err(Error::Internal("the room is closed".into()).into()),
        Err(_) => Err(Error::Unavailable("too many large bodies at once".into()).into()),
    }
}

/// Reads the body of a FHIR request of an account that is not short once there is room for it, and gives it its places. One
/// that is too long is left as it is: its handler refuses it.
pub(super) async fn enter(app: &App, caller: &Caller, request: Request) -> Result<(Request, Option<Places>), Fault> {
    let limit = app.options().limits.fhir_bytes;
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let is_short = announced.is_some_and(|bytes| bytes <= SMALL || bytes > limit);
    if is_short || request.body().is_end_stream() {
        return Ok((request, None));
    }
    let (room, most) = (app.room(), announced.unwrap_or(limit));
    let (parts, mut body) = request.into_parts();
    let (mut held, mut bytes) = (None, BytesMut::new());
    let (mut stretch, mut begun) = (STRETCH.0, Instant::now());
    loop {
        let Ok(frame) = timeout(PATIENCE, body.frame()).await else { return Err(Fault::Timeout) };
        let Some(frame) = frame else { break };
        let Ok(frame) = frame else { return Err(Error::Malformed("the body ended early".into()).into()) };
        let Ok(data) = frame.into_data() else { continue };
        let length = bytes.len() + data.len();
        if length > limit {
            return Err(Fault::TooLarge);
        }
        if held.is_none() && length > SMALL {
            let share = room.share(format!("{}/{}", caller.slug, caller.actor.user));
            let share = take(&share, most, HELD_BY_ONE).await?;
            held = Some((share, take(&room.held, most, HELD).await?));
            bytes.reserve(most.min(STRETCH.0));
            // Who waited for room is not slow.
            begun = Instant::now();
        }
        if length >= stretch {
            (stretch, begun) = (length + STRETCH.0, Instant::now());
        } else if begun.elapsed() > STRETCH.1 {
            return Err(Fault::Timeout);
        }
        bytes.extend_from_slice(&data);
    }
    let length = bytes.len();
    let request = Request::from_parts(parts, Body::from(bytes.freeze()));
    let Some((share, held)) = held else { return Ok((request, None)) };
    let worked_on = take(&room.worked_on, length, WORKED_ON).await?;
    Ok((request, Some(Places { _all: [share, held, worked_on] })))
}
