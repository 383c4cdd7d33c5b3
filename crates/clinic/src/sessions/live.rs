//! Sessions in use, held in memory beside what is kept of them: looking one up on every request reads no disk.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use aroeira_fhir::Instant;
use parking_lot::Mutex;
use subtle::ConstantTimeEq;

use super::{Caller, Kept, Rules, digest};
use crate::access::USER;
use crate::passwords::Hasher;
use crate::people::Account;
use crate::{Actor, Clinic, Error, Refusal, Result};

/// The most sessions held; beyond it all are read again when they are next used.
const MOST: usize = 20_000;
/// How old the kept time of the last request may be.
const MINUTE: i64 = 60_000;

/// The sessions of a clinic.
#[derive(Debug)]
pub(crate) struct Sessions {
    hasher: Hasher,
    pub(super) rules: Rules,
    live: Mutex<Held>,
}

/// Who is signed in, and how often somebody was forgotten.
#[derive(Debug, Default)]
struct Held {
    sessions: HashMap<String, Arc<Live>>,
    forgotten: u64,
}

/// A session in use.
#[derive(Debug)]
pub(super) struct Live {
    secret: String,
    csrf: String,
    actor: Actor,
    name: String,
    expires: Instant,
    previous_login: Option<Instant>,
    must_change_password: bool,
    must_accept_terms: bool,
    seen: AtomicI64,
    written: AtomicI64,
    locked: AtomicBool,
}

impl Sessions {
    pub(crate) fn new(hasher: Hasher, rules: Rules) -> Self {
        Self { hasher, rules, live: Mutex::default() }
    }

    pub(crate) fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    /// Forgets a user's sessions: the next request reads what is kept.
    pub(crate) fn forget(&self, user: &str) {
        let mut held = self.live.lock();
        held.forgotten += 1;
        held.sessions.retain(|_, live| live.actor.user != user);
    }

    /// A session that is held, or how often somebody was forgotten before it is read.
    fn held(&self, id: &str) -> std::result::Result<Arc<Live>, u64> {
        let held = self.live.lock();
        held.sessions.get(id).cloned().ok_or(held.forgotten)
    }

    /// Holds a session that was read, unless somebody was forgotten meanwhile: what was read may be of before.
    fn hold(&self, id: &str, live: &Arc<Live>, forgotten: u64) {
        let mut held = self.live.lock();
        if held.forgotten != forgotten {
            return;
        }
        if held.sessions.len() >= MOST {
            held.sessions.clear();
        }
        held.sessions.insert(id.to_owned(), Arc::clone(live));
    }
}

impl Clinic {
    /// Whose session this is. The secret is compared in constant time, by its hash.
    pub(crate) fn caller(self: &Arc<Self>, id: &str, secret: &str) -> Result<Caller> {
        let now = self.clock.now();
        let live = match self.sessions.held(id) {
            Ok(live) => live,
            Err(forgotten) => {
                let live = Arc::new(self.read_session(id, now)?);
                let right: bool = digest(secret).as_bytes().ct_eq(live.secret.as_bytes()).into();
                if right {
                    self.sessions.hold(id, &live, forgotten);
                }
                live
            }
        };
        let right: bool = digest(secret).as_bytes().ct_eq(live.secret.as_bytes()).into();
        if !right || live.expires <= now {
            return Err(Error::Unauthenticated(Refusal::NoSession));
        }
        self.touch(id, &live, now);
        Ok(Caller {
            clinic: Arc::clone(self),
            slug: self.slug.clone(),
            actor: live.actor.clone(),
            name: live.name.clone(),
            session: id.to_owned(),
            csrf: live.csrf.clone(),
            screen_locked: live.locked.load(Ordering::Relaxed),
            must_change_password: live.must_change_password,
            must_accept_terms: live.must_accept_terms,
            expires_at: live.expires,
            previous_login: live.previous_login,
            idle_minutes: self.sessions.rules.idle_minutes,
        })
    }

    /// Notes that a session was used, or that it lay idle for too long.
    fn touch(self: &Arc<Self>, id: &str, live: &Arc<Live>, now: Instant) {
        let idle = i64::from(self.sessions.rules.idle_minutes) * MINUTE;
        if now.0 - live.seen.load(Ordering::Relaxed) > idle {
            live.locked.store(true, Ordering::Relaxed);
        }
        live.seen.store(now.0, Ordering::Relaxed);
        let written = live.written.load(Ordering::Relaxed);
        let due = now.0 - written >= MINUTE;
        if due && live.written.compare_exchange(written, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            let (clinic, id, live) = (Arc::clone(self), id.to_owned(), Arc::clone(live));
            tokio::spawn(async move {
                let done = clinic
                    .store
                    .write(None, move |tx| {
                        let Some(mut kept) = Kept::read(tx, &id, now)? else { return Ok(()) };
                        kept.seen = now;
                        // Never opens what was locked meanwhile: the password alone does.
                        kept.locked |= live.locked.load(Ordering::Relaxed);
                        kept.write(tx, &id)
                    })
                    .await;
                if let Err(error) = done {
                    tracing::warn!(error = %error, "the time of a session's last request was not kept");
                }
            });
        }
    }

    fn read_session(&self, id: &str, now: Instant) -> Result<Live> {
        let found = self.store.look(|view| {
            let read = || -> Result<Option<(Kept, Account)>> {
                let Some(kept) = Kept::read(view, id, now)? else { return Ok(None) };
                let Some(record) = view.record(USER, &kept.user)? else { return Ok(None) };
                Ok(Some((kept, Account::parse(&record)?)))
            };
            Ok(read())
        })??;
        let Some((kept, account)) = found.filter(|(_, account)| account.active) else {
            return Err(Error::Unauthenticated(Refusal::NoSession));
        };
        Ok(Live {
            csrf: digest(&format!("csrf {}", kept.secret)),
            secret: kept.secret,
            actor: Actor { user: kept.user, role: account.role, patient: account.patient },
            name: account.name,
            expires: kept.expires,
            previous_login: kept.previous_login,
            must_change_password: account.must_change_password,
            must_accept_terms: account.terms_accepted_at.is_none(),
            seen: AtomicI64::new(kept.seen.0),
            written: AtomicI64::new(kept.seen.0),
            locked: AtomicBool::new(kept.locked),
        })
    }
}
