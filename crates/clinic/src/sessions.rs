//! Signing in and what follows: sessions, the second factor, the locked screen. A session is not a record: it is never
//! restored, but it outlives a restart.

mod live;
mod own;
mod sign_in;

use std::net::IpAddr;
use std::sync::Arc;

use aroeira_fhir::Instant;
use aroeira_store::{Transaction, View};
use serde::{Deserialize, Serialize};

pub(crate) use live::Sessions;

use crate::{Actor, Clinic, Error, Result, User};

/// Where sessions are kept.
pub(crate) const SESSIONS: &str = "session";
/// Where is kept what happens at sign-in: failures, locks, last times.
pub(crate) const ATTEMPTS: &str = "attempts";
/// Ten years: what is kept of sign-ins goes with the account, not by age.
const LONG: i64 = 10 * 366 * 24 * 60 * 60 * 1000;

/// The rules of NGS1, as configured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) session_hours: u32,
    pub(crate) idle_minutes: u32,
    pub(crate) lock_after: u32,
    pub(crate) lock_minutes: u32,
}

/// What somebody gives to sign in.
#[derive(Clone)]
pub struct SignIn {
    /// Slug of the clinic.
    pub clinic: String,
    /// Case does not matter.
    pub email: String,
    /// Never logged.
    pub password: String,
    /// Six digits of the second factor.
    pub otp: Option<String>,
    /// From where.
    pub address: Option<IpAddr>,
    /// `User-Agent`, cut to 200 characters: shown in the list of one's sessions.
    pub agent: String,
    /// Stands in the journal entry.
    pub request_id: String,
}

/// A session that has begun.
#[derive(Clone)]
pub struct SignedIn {
    /// The bearer token; only its hash is kept.
    pub token: String,
    /// When it ends at the latest.
    pub expires_at: Instant,
    /// Who.
    pub user: User,
    /// The sign-in before this one: shown to the user (NGS1).
    pub previous_login: Option<Instant>,
    /// The terms of use were not accepted yet.
    pub must_accept_terms: bool,
}

/// Who a token belongs to, found on every request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The open clinic.
    pub clinic: Arc<Clinic>,
    /// Slug of the clinic.
    pub slug: String,
    /// For the desk's context.
    pub actor: Actor,
    /// As it is shown.
    pub name: String,
    /// Public id of the session, not its token.
    pub session: String,
    /// Must be sent with every unsafe request of a cookie session.
    pub csrf: String,
    /// The screen is locked: pages ask for the password again.
    pub screen_locked: bool,
    /// The password must be changed before anything else.
    pub must_change_password: bool,
    /// The terms of use are to be accepted before anything else.
    pub must_accept_terms: bool,
    /// When the session ends.
    pub expires_at: Instant,
    /// The sign-in before this one.
    pub previous_login: Option<Instant>,
    /// Minutes without a key until the screen locks.
    pub idle_minutes: u32,
}

/// One of the caller's sessions.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Public id.
    pub id: String,
    /// When it began.
    pub created_at: Instant,
    /// Last request, to the minute.
    pub seen_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// From where it began.
    pub address: Option<String>,
    /// The browser or program.
    pub agent: String,
    /// The one asking.
    pub current: bool,
}

/// A second factor that waits to be confirmed with its first code.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TotpEnrolment {
    /// Base32, for typing.
    pub secret: String,
    /// `otpauth://` for a QR code.
    pub uri: String,
}

/// A session as it is kept: the secret of its token only as a hash.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    secret: String,
    user: String,
    created: Instant,
    seen: Instant,
    expires: Instant,
    address: Option<String>,
    agent: String,
    locked: bool,
    previous_login: Option<Instant>,
}

impl Kept {
    fn write(&self, tx: &mut Transaction<'_>, id: &str) -> Result<()> {
        let value = serde_json::to_vec(self).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(tx.keep(SESSIONS, id, &self.user, &value, self.expires)?)
    }

    fn read(view: &View<'_>, id: &str, now: Instant) -> Result<Option<Self>> {
        view.kept(SESSIONS, id, now)?.map(|value| parse(&value)).transpose()
    }
}

/// What happened at the sign-ins of an account.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Attempts {
    failures: u32,
    pub(crate) locked_until: Option<Instant>,
    pub(crate) last_login: Option<Instant>,
    /// The step of the last one-time password taken: none is taken twice.
    otp_step: u64,
}

impl Attempts {
    pub(crate) fn of(view: &View<'_>, user: &str, now: Instant) -> Result<Self> {
        Ok(view.kept(ATTEMPTS, user, now)?.map(|value| parse(&value)).transpose()?.unwrap_or_default())
    }

    fn write(&self, tx: &mut Transaction<'_>, user: &str) -> Result<()> {
        let value = serde_json::to_vec(self).map_err(|e| Error::Internal(e.to_string()))?;
        let expires = Instant(tx.now().0 + LONG);
        Ok(tx.keep(ATTEMPTS, user, user, &value, expires)?)
    }

    /// One more failure; locks at the limit, and says so.
    fn fail(&mut self, rules: Rules, now: Instant) -> bool {
        self.failures += 1;
        let locks = self.failures >= rules.lock_after;
        if locks {
            self.failures = 0;
            self.locked_until = Some(Instant(now.0 + i64::from(rules.lock_minutes) * 60_000));
        }
        locks
    }
}

fn parse<T: serde::de::DeserializeOwned>(value: &[u8]) -> Result<T> {
    serde_json::from_slice(value).map_err(|e| Error::Internal(format!("what was kept cannot be read: {e}")))
}

/// SHA-256, hex: secrets of 256 random bits need no slow hash.
fn digest(text: &str) -> String {
    aroeira_store::hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref())
}
