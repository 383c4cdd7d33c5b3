//! What people do with their own sessions, password and second factor.

use aroeira_store::{Event, Transaction};

use super::sign_in::otp_step;
use super::{Attempts, Kept, SESSIONS, Session, TotpEnrolment, parse};
use crate::access::USER;
use crate::passwords::check_rules;
use crate::people::{Account, Totp};
use crate::{Desk, Error, Refusal, Result, User, meters};

impl Desk {
    /// The caller's own sessions.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sessions(&self, current: &str) -> Result<Vec<Session>> {
        let now = self.now();
        self.look(|view| {
            let kept = view.kept_by(SESSIONS, self.actor_id(), now)?;
            kept.into_iter()
                .map(|(id, value)| {
                    let kept: Kept = parse(&value)?;
                    Ok(Session {
                        current: id == current,
                        id,
                        created_at: kept.created,
                        seen_at: kept.seen,
                        expires_at: kept.expires,
                        address: kept.address,
                        agent: kept.agent,
                    })
                })
                .collect()
        })
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn end_session(&self, id: &str) -> Result<()> {
        let (user, key, now) = (self.actor_id().to_owned(), id.to_owned(), self.now());
        let done = self
            .clinic
            .store
            .write(Some(self.entry(Event::Logout)), move |tx| {
                let kept = Kept::read(tx, &key, now)?.filter(|kept| kept.user == user);
                if kept.is_none() {
                    return Err(Error::NotFound);
                }
                Ok(tx.drop_kept(SESSIONS, &key)?)
            })
            .await;
        self.clinic.sessions.forget(self.actor_id());
        done
    }

    /// Who the caller is.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn me(&self) -> Result<User> {
        let now = self.now();
        self.look(|view| {
            let record = view.record(USER, self.actor_id())?.ok_or(Error::NotFound)?;
            Account::parse(&record)?.user(view, &record, now)
        })
    }

    fn own_account(&self) -> Result<Account> {
        self.look(|view| Account::parse(&*view.record(USER, self.actor_id())?.ok_or(Error::NotFound)?))
    }

    /// Writes the next version of the caller's own account.
    async fn amend_own(
        &self,
        event: Event,
        amend: impl FnOnce(&mut Account, &mut Transaction<'_>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let desk = self.clone();
        let done = self
            .clinic
            .store
            .write(Some(self.entry(event)), move |tx| {
                let record = tx.record(USER, desk.actor_id())?.ok_or(Error::NotFound)?;
                let mut account = Account::parse(&record)?;
                amend(&mut account, tx)?;
                desk.put_account(tx, desk.actor_id(), &account)
            })
            .await;
        self.clinic.sessions.forget(self.actor_id());
        done
    }

    /// Proves the caller's password once more; a failure counts like one at sign-in.
    async fn prove(&self, password: &str) -> Result<Account> {
        let now = self.now();
        let account = self.own_account()?;
        let locked = self
            .look(|view| Ok(Attempts::of(view, self.actor_id(), now)?.locked_until.is_some_and(|until| until > now)))?;
        let right = self.clinic.sessions.hasher().verify(password, Some(&account.password)).await?;
        if right && !locked {
            return Ok(account);
        }
        let (user, rules) = (self.actor_id().to_owned(), self.clinic.sessions.rules);
        let locks = self
            .clinic
            .store
            .write(Some(self.entry(Event::LoginFailed)), move |tx| {
                let mut attempts = Attempts::of(tx, &user, tx.now())?;
                let locks = !locked && attempts.fail(rules, tx.now());
                attempts.write(tx, &user)?;
                Ok::<bool, Error>(locks)
            })
            .await?;
        if locks {
            meters::locked_out();
        }
        Err(Error::Unauthenticated(if locked { Refusal::Locked } else { Refusal::Credentials }))
    }

    /// Changes the caller's own password; ends their other sessions.
    ///
    /// # Errors
    /// `Invalid` (`password.rules`, `password.reused`), `Unauthenticated(Credentials)`.
    pub async fn change_password(&self, session: &str, current: &str, new: &str) -> Result<()> {
        let account = self.prove(current).await?;
        let problems = check_rules("newPassword", new);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let hasher = self.clinic.sessions.hasher();
        for used in [Some(&account.password), account.previous_password.as_ref()].into_iter().flatten() {
            if hasher.verify(new, Some(used)).await? {
                return Err(Error::field("newPassword", "password.reused"));
            }
        }
        let hash = hasher.hash(new).await?;
        let session = session.to_owned();
        let user = self.actor_id().to_owned();
        self.amend_own(Event::Password, move |account, tx| {
            account.previous_password = Some(std::mem::replace(&mut account.password, hash));
            account.must_change_password = false;
            Ok(tx.drop_kept_by(SESSIONS, &user, &session)?)
        })
        .await
    }

    /// The caller accepts the terms of use.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn accept_terms(&self) -> Result<()> {
        self.amend_own(Event::Terms, |account, tx| {
            account.terms_accepted_at = Some(tx.now());
            Ok(())
        })
        .await
    }

    /// Hides the screen of a session until the password opens it again.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn lock_screen(&self, session: &str) -> Result<()> {
        self.set_locked(session, true, Event::Lock).await
    }

    /// Opens a locked screen.
    ///
    /// # Errors
    /// `Unauthenticated(Credentials)`; counts as a failed sign-in.
    pub async fn unlock_screen(&self, session: &str, password: &str) -> Result<()> {
        self.prove(password).await?;
        self.set_locked(session, false, Event::Unlock).await
    }

    async fn set_locked(&self, session: &str, locked: bool, event: Event) -> Result<()> {
        let (user, key) = (self.actor_id().to_owned(), session.to_owned());
        let done = self
            .clinic
            .store
            .write(Some(self.entry(event)), move |tx| {
                let now = tx.now();
                let kept = Kept::read(tx, &key, now)?.filter(|kept| kept.user == user);
                let mut kept = kept.ok_or(Error::NotFound)?;
                kept.locked = locked;
                kept.seen = now;
                kept.write(tx, &key)
            })
            .await;
        self.clinic.sessions.forget(self.actor_id());
        done
    }

    /// Begins a second factor; it counts once confirmed.
    ///
    /// # Errors
    /// `Unauthenticated(Credentials)`.
    pub async fn enrol_totp(&self, password: &str) -> Result<TotpEnrolment> {
        let account = self.prove(password).await?;
        let mut random = [0; 20];
        self.clinic.ids.fill(&mut random)?;
        let secret = totp_rs::Secret::from(random.to_vec()).to_base32();
        let label =
            |text: &str| -> String {
                text.bytes()
                    .map(|byte| {
                        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
                    })
                    .collect()
            };
        let uri = format!("otpauth://totp/Aroeira:{}?secret={secret}&issuer=Aroeira", label(&account.email));
        let kept = secret.clone();
        self.amend_own(Event::SecondFactor, move |account, _| {
            account.next_totp = Some(Totp { secret: kept, confirmed: false });
            Ok(())
        })
        .await?;
        Ok(TotpEnrolment { secret, uri })
    }

    /// Confirms it with its first code.
    ///
    /// # Errors
    /// `Unauthenticated(OtpWrong)`.
    pub async fn confirm_totp(&self, code: &str) -> Result<()> {
        let (code, user, now) = (code.trim().to_owned(), self.actor_id().to_owned(), self.now());
        self.amend_own(Event::SecondFactor, move |account, tx| {
            let wrong = Error::Unauthenticated(Refusal::OtpWrong);
            let Some(mut totp) = account.next_totp.take() else { return Err(wrong) };
            let Some(step) = otp_step(&totp.secret, &code, now) else { return Err(wrong) };
            totp.confirmed = true;
            account.totp = Some(totp);
            let mut attempts = Attempts::of(tx, &user, now)?;
            attempts.otp_step = step;
            attempts.write(tx, &user)
        })
        .await
    }

    /// Drops the second factor.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub async fn drop_totp(&self, password: &str) -> Result<()> {
        self.prove(password).await?;
        self.amend_own(Event::SecondFactor, |account, _| {
            account.totp = None;
            account.next_totp = None;
            Ok(())
        })
        .await
    }
}
