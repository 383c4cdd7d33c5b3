//! Idempotency keys: the same request again within a day is answered with the first one's record. Kept in the
//! transaction it protects; id and version, never a body.

use aroeira_fhir::Instant;
use aroeira_store::{Event, Transaction, hex};
use serde_json::{Map, Value};

use crate::{Conflict, Desk, Error, Result};

const SPACE: &str = "idempotency";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Why a write inside the writer did not happen, or need not.
pub(crate) enum Stop {
    Error(Error),
    /// The same request was answered before: with this record at this version.
    Replay {
        id: String,
        version: u32,
    },
}

impl From<aroeira_store::Error> for Stop {
    fn from(error: aroeira_store::Error) -> Self {
        Self::Error(error.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// A request that shall happen once.
pub(crate) struct Once {
    key: String,
    user: String,
    body: String,
    now: Instant,
}

impl Desk {
    pub(crate) fn once(&self, route: &str, key: &str, body: &Map<String, Value>) -> Once {
        let hash = |parts: &[&str]| {
            let joined = parts.join("\0");
            hex(&self.clinic.store.keyed_hash(joined.as_bytes()))
        };
        Once {
            key: hash(&[self.actor_id(), route, key]),
            user: self.actor_id().to_owned(),
            body: hash(&[&Value::Object(body.clone()).to_string()]),
            now: self.now(),
        }
    }

    /// Writes a new record, which `make` answers with its version and what is shown of it; once, where that was asked for.
    pub(crate) async fn make<R: Send + 'static>(
        &self,
        id: &str,
        once: Option<Once>,
        make: impl FnOnce(&mut Transaction<'_>) -> Result<(u32, R)> + Send + 'static,
    ) -> std::result::Result<R, Stop> {
        let id = id.to_owned();
        let write = move |tx: &mut Transaction<'_>| {
            let before = once.as_ref().map(|once| once.before(tx)).transpose()?;
            if let Some((id, version)) = before.flatten() {
                return Err(Stop::Replay { id, version });
            }
            let (version, made) = make(tx)?;
            if let Some(once) = &once {
                once.remember(tx, &id, version)?;
            }
            Ok(made)
        };
        self.clinic.store.write(Some(self.entry(Event::Create)), write).await
    }
}

impl Once {
    /// The record of the first request, when there was one.
    fn before(&self, tx: &Transaction<'_>) -> Result<Option<(String, u32)>> {
        let Some(kept) = tx.kept(SPACE, &self.key, self.now)? else { return Ok(None) };
        let (body, id, version): (String, String, u32) =
            serde_json::from_slice(&kept).map_err(|e| Error::Internal(e.to_string()))?;
        if body == self.body { Ok(Some((id, version))) } else { Err(Error::Conflict(Conflict::IdempotencyKey)) }
    }

    fn remember(&self, tx: &mut Transaction<'_>, id: &str, version: u32) -> Result<()> {
        let value = serde_json::to_vec(&(&self.body, id, version)).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(tx.keep(SPACE, &self.key, &self.user, &value, Instant(self.now.0 + DAY))?)
    }
}
