//! Signing in: one answer for an unknown e-mail, a wrong password and an inactive account, as fast as each other.

use std::sync::Arc;

use aroeira_fhir::Instant;
use aroeira_store::{Entry, Event, Touched};
use totp_rs::{Algorithm, Builder, Secret};

use super::{Attempts, Kept, SignIn, SignedIn, digest};
use crate::access::USER;
use crate::people::Account;
use crate::{Clinic, Error, Purpose, Refusal, Result, meters};

/// What is known of whoever tries to sign in.
struct Known {
    id: String,
    account: Account,
    attempts: Attempts,
}

impl Clinic {
    pub(crate) async fn sign_in(self: &Arc<Self>, sign_in: SignIn) -> Result<SignedIn> {
        let now = self.clock.now();
        let email = sign_in.email.trim().to_lowercase();
        let known = self.known(&email, now)?;
        let hash = known.as_ref().map(|known| known.account.password.as_str());
        let right = self.sessions.hasher().verify(&sign_in.password, hash).await?;
        let Some(known) = known.filter(|known| known.account.active) else {
            self.failed(&sign_in, None, None).await?;
            return Err(Error::Unauthenticated(Refusal::Credentials));
        };
        let locked = known.attempts.locked_until.is_some_and(|until| until > now);
        if locked || !right {
            self.failed(&sign_in, Some(&known), (!locked).then_some(now)).await?;
            // Only who knows the password learns that the account is locked.
            let refusal = if locked && right { Refusal::Locked } else { Refusal::Credentials };
            return Err(Error::Unauthenticated(refusal));
        }
        let step = match self.check_otp(&known, sign_in.otp.as_deref(), now) {
            Ok(step) => step,
            Err(Refusal::OtpRequired) => return Err(Error::Unauthenticated(Refusal::OtpRequired)),
            Err(refusal) => {
                self.failed(&sign_in, Some(&known), Some(now)).await?;
                return Err(Error::Unauthenticated(refusal));
            }
        };
        self.begin(sign_in, known, step).await
    }

    fn known(&self, email: &str, now: Instant) -> Result<Option<Known>> {
        self.store.look(|view| {
            let read = || -> Result<Option<Known>> {
                let Some(id) = view.ids_by_token(USER, "email", "", email)?.pop() else { return Ok(None) };
                let Some(record) = view.record(USER, &id)? else { return Ok(None) };
                let attempts = Attempts::of(view, &id, now)?;
                Ok(Some(Known { account: Account::parse(&record)?, attempts, id }))
            };
            Ok(read())
        })?
    }

    fn check_otp(&self, known: &Known, otp: Option<&str>, now: Instant) -> std::result::Result<u64, Refusal> {
        let Some(totp) = known.account.totp.as_ref().filter(|totp| totp.confirmed) else {
            return Ok(known.attempts.otp_step);
        };
        let otp = otp.map(str::trim).filter(|otp| !otp.is_empty()).ok_or(Refusal::OtpRequired)?;
        let step = otp_step(&totp.secret, otp, now).ok_or(Refusal::OtpWrong)?;
        if step > known.attempts.otp_step { Ok(step) } else { Err(Refusal::OtpWrong) }
    }

    /// Journals a failure; counts it against the account unless that is locked already.
    async fn failed(&self, sign_in: &SignIn, known: Option<&Known>, count_at: Option<Instant>) -> Result<()> {
        let entry = self.sign_in_entry(Event::LoginFailed, sign_in, known);
        let rules = self.sessions.rules;
        let counted = known.filter(|_| count_at.is_some()).map(|known| known.id.clone());
        let locked = self
            .store
            .write(Some(entry), move |tx| {
                let Some(id) = counted else { return Ok::<bool, Error>(false) };
                let mut attempts = Attempts::of(tx, &id, tx.now())?;
                let locked = attempts.fail(rules, tx.now());
                attempts.write(tx, &id)?;
                Ok(locked)
            })
            .await?;
        if locked {
            meters::locked_out();
        }
        Ok(())
    }

    fn sign_in_entry(&self, event: Event, sign_in: &SignIn, known: Option<&Known>) -> Entry {
        Entry {
            event,
            user: known.map_or_else(|| "anonymous".to_owned(), |known| known.id.clone()),
            role: known.map_or("", |known| known.account.role.code()),
            purpose: Purpose::Operations.code(),
            address: sign_in.address,
            request: sign_in.request_id.clone(),
            query: None,
            records: known
                .map(|known| Touched { kind: USER.into(), id: known.id.clone(), version: 0, hash: None })
                .into_iter()
                .collect(),
        }
    }

    async fn begin(self: &Arc<Self>, sign_in: SignIn, known: Known, otp_step: u64) -> Result<SignedIn> {
        let entry = self.sign_in_entry(Event::Login, &sign_in, Some(&known));
        let id = self.ids.new_id(self.clock.now())?;
        let secret = self.sessions.hasher().secret()?;
        let token = format!("{}.{id}.{secret}", self.slug);
        let hours = i64::from(self.sessions.rules.session_hours);
        let agent: String = sign_in.agent.chars().filter(|c| !c.is_control()).take(200).collect();
        let must_accept_terms = known.account.terms_accepted_at.is_none();
        self.store
            .write(Some(entry), move |tx| {
                let now = tx.now();
                let mut attempts = Attempts::of(tx, &known.id, now)?;
                let record = tx.record(USER, &known.id)?.ok_or(Error::NotFound)?;
                still_good(&known, &Account::parse(&record)?, &attempts, otp_step, now)?;
                let previous_login = attempts.last_login.replace(now);
                attempts.failures = 0;
                attempts.locked_until = None;
                attempts.otp_step = otp_step;
                attempts.write(tx, &known.id)?;
                let kept = Kept {
                    secret: digest(&secret),
                    user: known.id.clone(),
                    created: now,
                    seen: now,
                    expires: Instant(now.0 + hours * 3_600_000),
                    address: sign_in.address.map(|address| address.to_string()),
                    agent,
                    locked: false,
                    previous_login,
                };
                kept.write(tx, &id)?;
                let user = known.account.user(tx, &record, now)?;
                Ok::<_, Error>(SignedIn { token, expires_at: kept.expires, user, previous_login, must_accept_terms })
            })
            .await
    }
}

/// What was true before the password was hashed must still be: guesses made side by side do not outrun the lock, and a
/// one-time password sent twice at once is taken once.
fn still_good(known: &Known, account: &Account, attempts: &Attempts, otp_step: u64, now: Instant) -> Result<()> {
    let refused = |refusal| Err(Error::Unauthenticated(refusal));
    if attempts.locked_until.is_some_and(|until| until > now) {
        return refused(Refusal::Locked);
    }
    if !account.active || account.password != known.account.password {
        return refused(Refusal::Credentials);
    }
    let factor = account.totp.as_ref().is_some_and(|totp| totp.confirmed);
    if factor && otp_step <= attempts.otp_step { refused(Refusal::OtpWrong) } else { Ok(()) }
}

/// The step of a one-time password that is right now, a step early or late (RFC 6238, 30 s, SHA-1, six digits).
pub(super) fn otp_step(secret: &str, otp: &str, now: Instant) -> Option<u64> {
    let secret = Secret::try_from_base32(secret).ok()?;
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret).with_skew(1).build().ok()?;
    let seconds = u64::try_from(now.0 / 1000).ok()?;
    totp.check(otp, seconds)
}
