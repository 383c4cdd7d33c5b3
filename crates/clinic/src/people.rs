//! The people who sign in: accounts, their roles and the rules NGS1 puts on them. An account is a versioned record.

mod account;

use aroeira_fhir::brazil::COUNCIL_SYSTEM;
use aroeira_fhir::{Resource, text};
use aroeira_store::{Event, Transaction, View};
use serde::Serialize;
use serde_json::json;

pub(crate) use account::{Account, Totp};

use crate::access::{Action, Role, USER};
use crate::desk::{check, touched};
use crate::input::{Reader, check_version, limit};
use crate::passwords::check_rules;
use crate::patients::is_email;
use crate::{Conflict, Desk, Error, Field, Input, Page, Precondition, Refusal, Result, Seen};

/// An account, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Also the id of the user's `Practitioner`, for everyone but patients.
    pub id: String,
    /// 1 for the first.
    pub version: u32,
    /// Unique in the clinic; case does not matter.
    pub email: String,
    /// As it is shown and printed.
    pub name: String,
    /// What they are here.
    pub role: Role,
    /// For a doctor or nurse: council, number and state, `CRM-SP 123456`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub council: Option<String>,
    /// For a patient: their `Patient`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<String>,
    /// Inactive accounts cannot sign in; nothing deletes one that acted.
    pub active: bool,
    /// Locked until then after too many failures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked_until: Option<aroeira_fhir::Instant>,
    /// A second factor is set.
    pub totp: bool,
    /// The password must be changed at the next sign-in.
    pub must_change_password: bool,
    /// When they last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login_at: Option<aroeira_fhir::Instant>,
    /// When this version was written.
    pub updated_at: aroeira_fhir::Instant,
}

/// What a new account is made of.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Unique in the clinic.
    pub email: String,
    /// As it is shown.
    pub name: String,
    /// What they will be.
    pub role: Role,
    /// `None`: one is made and told once, and must be changed at the first sign-in.
    pub password: Option<String>,
    /// `CRM-SP 123456`.
    pub council: Option<String>,
    /// For a patient: their `Patient`.
    pub patient_id: Option<String>,
    /// Whether the password given must be changed at the first sign-in.
    pub must_change_password: bool,
}

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /// Part of a name or an e-mail.
    pub q: Option<String>,
    /// 1 to 100; 20 when absent.
    pub limit: Option<u32>,
    /// From the page before.
    pub cursor: Option<String>,
}

impl Desk {
    /// The accounts; ADMIN, and AUDITOR to read.
    ///
    /// # Errors
    /// `Denied`, `Invalid`.
    pub async fn users(&self, query: UserQuery) -> Result<Page<User>> {
        self.authorise(Action::Search, USER).await?;
        let mut problems = Vec::new();
        let limit = limit(query.limit, &mut problems) as usize;
        let wanted = text::fold(query.q.as_deref().unwrap_or_default());
        let question = format!("users {wanted}");
        let after = query.cursor.as_deref().map(|text| self.opened(&question, text));
        if after == Some(None) {
            problems.push(Field::new("cursor", "cursor"));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let after = after.flatten().map(str::to_owned);
        let now = self.now();
        let (page, touched, last) = self
            .search(move |_, view| {
                let mut found = Vec::new();
                for record in view.all(USER)? {
                    let account = Account::parse(&record)?;
                    if text::fold(&account.name).contains(&wanted) || account.email.contains(&wanted) {
                        found.push((account.user(view, &record, now)?, touched(&record)));
                    }
                }
                let total = found.len();
                // After the account that the page before ended with: those that came since move nobody.
                let start = match &after {
                    None => 0,
                    Some(last) => {
                        let at = found.iter().position(|(user, _)| user.id == *last);
                        at.ok_or_else(|| Error::field("cursor", "cursor"))? + 1
                    }
                };
                let end = total.min(start.saturating_add(limit));
                let (items, records): (Vec<_>, Vec<_>) = found.drain(start..end).unzip();
                let last = items.last().filter(|_| end < total).map(|user| user.id.clone());
                Ok((Page { items, next_cursor: None, total: total as u64 }, records, last))
            })
            .await?;
        self.searched(&format!("{query:?}"), touched).await?;
        let next_cursor = last.map(|id| self.sealed(&question, &id));
        Ok(Page { next_cursor, ..page })
    }

    /// One account.
    ///
    /// # Errors
    /// `Denied`, `NotFound`.
    pub async fn user(&self, id: &str) -> Result<Seen<User>> {
        self.authorise(Action::Read, USER).await?;
        let now = self.now();
        let (record, value) = self.look(|view| {
            let record = self.fetch(view, USER, id)?;
            let value = Account::parse(&record)?.user(view, &record, now)?;
            Ok((record, value))
        })?;
        self.saw(Event::Read, &[&record]).await?;
        Ok(Seen { version: record.version, updated: record.updated, value, masked: Vec::new() })
    }

    /// Makes an account from `{email, name, role, password?, council?, patientId?}`; answers the password where one was
    /// made.
    ///
    /// # Errors
    /// `Denied`, `Invalid`, `Conflict(Duplicate)`.
    pub async fn create_user(&self, input: Input) -> Result<(Seen<User>, Option<String>)> {
        self.authorise(Action::Create, USER).await?;
        let mut reader = Reader::new(input.object()?);
        reader.only(&["email", "name", "role", "password", "council", "patientId"]);
        let email = reader.required_text("email", 254);
        let name = reader.required_text("name", 200);
        if reader.raw("role").is_none() {
            reader.wrong("role", "required");
        }
        let role = reader.one_of("role", &Role::ALL.map(Role::code)).and_then(Role::from_code);
        let new = NewUser {
            email: email.unwrap_or_default(),
            name: name.unwrap_or_default(),
            role: role.unwrap_or(Role::Patient),
            password: reader.text("password", 200),
            council: reader.text("council", 40).filter(|c| !c.trim().is_empty()),
            patient_id: reader.text("patientId", 64).filter(|p| !p.is_empty()),
            must_change_password: false,
        };
        reader.done()?;
        self.add_user(new).await
    }

    /// Makes an account from a typed value: for commands.
    ///
    /// # Errors
    /// As [`Desk::create_user`].
    pub async fn add_user(&self, new: NewUser) -> Result<(Seen<User>, Option<String>)> {
        if self.role() != Role::System {
            self.authorise(Action::Create, USER).await?;
        }
        let email = check_new(&new)?;
        let generated = match &new.password {
            Some(_) => None,
            None => Some(self.clinic.sessions.hasher().generate()?),
        };
        let password = new.password.as_deref().or(generated.as_deref()).unwrap_or_default();
        let hash = self.clinic.sessions.hasher().hash(password).await?;
        let id = self.new_id()?;
        let account = Account {
            email,
            name: new.name,
            role: new.role,
            council: new.council,
            patient: new.patient_id,
            active: true,
            password: hash,
            previous_password: None,
            must_change_password: new.must_change_password || generated.is_some(),
            totp: None,
            next_totp: None,
            terms_accepted_at: None,
        };
        let desk = self.clone();
        let seen = self
            .clinic
            .store
            .write(Some(self.entry(Event::UserManagement)), move |tx| {
                desk.check_email(tx, &account.email, &id)?;
                if let Some(patient) = &account.patient
                    && tx.record("Patient", patient)?.is_none_or(|record| record.deleted)
                {
                    return Err(Error::field("patientId", "patient.unknown"));
                }
                desk.put_account(tx, &id, &account)?;
                desk.put_practitioner(tx, &id, &account)?;
                desk.seen_user(tx, &id)
            })
            .await?;
        Ok((seen, generated))
    }

    fn check_email(&self, view: &View<'_>, email: &str, id: &str) -> Result<()> {
        let holders = view.ids_by_token(USER, "email", "", email)?;
        if holders.iter().any(|holder| holder != id) {
            return Err(Error::Conflict(Conflict::Duplicate { field: "email" }));
        }
        Ok(())
    }

    pub(crate) fn put_account(&self, tx: &mut Transaction<'_>, id: &str, account: &Account) -> Result<()> {
        tx.put(&account.change(id)?)?;
        Ok(())
    }

    /// Everyone who works here is a `Practitioner` with the account's id, so that records have an author to name.
    fn put_practitioner(&self, tx: &mut Transaction<'_>, id: &str, account: &Account) -> Result<()> {
        if account.role == Role::Patient {
            return Ok(());
        }
        let mut practitioner = match tx.record("Practitioner", id)? {
            Some(record) if !record.deleted => crate::desk::parse(&record.body)?,
            _ => Resource::private("Practitioner", id, serde_json::Map::new()),
        };
        let before = practitioner.clone();
        practitioner.insert("active", account.active.into());
        practitioner.insert("name", json!([{ "use": "official", "text": account.name }]));
        set_council(&mut practitioner, account.council.as_deref());
        if !before.same_content(&practitioner) {
            tx.put(&self.change(&practitioner))?;
        }
        Ok(())
    }

    /// The council's number somebody signs under, which is public: their account's, and a practitioner's only where there
    /// is no account. Any doctor may write a `Practitioner`, and nobody shall sign under a number a colleague gave them.
    pub(crate) fn council_of(view: &View<'_>, user: &str) -> Result<Option<String>> {
        if let Some(account) = view.record(USER, user)? {
            return Ok(Account::parse(&account)?.council);
        }
        let practitioner = view.record("Practitioner", user)?.filter(|record| !record.deleted);
        practitioner.map_or(Ok(None), |record| Ok(council_in(&crate::desk::parse(&record.body)?)))
    }

    fn seen_user(&self, view: &View<'_>, id: &str) -> Result<Seen<User>> {
        let record = view.record(USER, id)?.ok_or(Error::NotFound)?;
        let value = Account::parse(&record)?.user(view, &record, self.now())?;
        Ok(Seen { version: record.version, updated: record.updated, value, masked: Vec::new() })
    }

    /// Changes `{name?, role?, council?, active?}`.
    ///
    /// # Errors
    /// `Denied(OwnAccount)`, `Denied(LastAdministrator)`, `Conflict`, `Invalid`.
    pub async fn amend_user(&self, id: &str, precondition: Precondition, input: Input) -> Result<Seen<User>> {
        self.authorise(Action::Update, USER).await?;
        let before = self.look(|view| {
            let record = self.fetch(view, USER, id)?;
            check(precondition, record.version, false)?;
            Ok(record.version)
        })?;
        let mut reader = Reader::new(input.object()?);
        let said = reader.version()?;
        check_version(precondition, said, before)?;
        reader.only(&["name", "role", "council", "active", "version", "reason"]);
        let name = if reader.has("name") { reader.required_text("name", 200) } else { None };
        let role = reader.one_of("role", &Role::ALL.map(Role::code)).and_then(Role::from_code);
        let council = reader.text("council", 40);
        let active = reader.boolean("active");
        reader.done()?;
        let (desk, key) = (self.clone(), id.to_owned());
        let done = self
            .clinic
            .store
            .write(Some(self.entry(Event::UserManagement)), move |tx| {
                let record = desk.fetch(tx, USER, &key)?;
                check(precondition, record.version, false)?;
                check_version(precondition, said, record.version)?;
                let mut account = Account::parse(&record)?;
                let was = account.clone();
                account.name = name.unwrap_or(account.name);
                account.role = role.unwrap_or(account.role);
                account.active = active.unwrap_or(account.active);
                if let Some(council) = council {
                    account.council = Some(council).filter(|council| !council.trim().is_empty());
                }
                desk.check_account_change(tx, &key, &was, &account)?;
                desk.put_account(tx, &key, &account)?;
                desk.put_practitioner(tx, &key, &account)?;
                if !account.active || account.role != was.role {
                    tx.drop_kept_by(crate::sessions::SESSIONS, &key, "")?;
                }
                desk.seen_user(tx, &key)
            })
            .await;
        self.clinic.sessions.forget(id);
        self.settle(done, &[(USER, id)]).await
    }

    /// NGS1: nobody grants themselves, one active administrator stays.
    fn check_account_change(&self, view: &View<'_>, id: &str, was: &Account, next: &Account) -> Result<()> {
        if id == self.actor_id() && (was.role != next.role || was.active != next.active) {
            return Err(Error::Denied(Refusal::OwnAccount));
        }
        if was.role == Role::Patient && next.role != Role::Patient
            || next.role == Role::Patient && next.patient.is_none()
        {
            return Err(Error::field("role", "one-of"));
        }
        let stays = next.role == Role::Admin && next.active;
        if was.role == Role::Admin && was.active && !stays {
            let others = view
                .all(USER)?
                .iter()
                .filter(|record| record.id != id)
                .map(Account::parse)
                .collect::<Result<Vec<_>>>()?;
            if !others.iter().any(|account| account.role == Role::Admin && account.active) {
                return Err(Error::Denied(Refusal::LastAdministrator));
            }
        }
        Ok(())
    }

    /// Gives an account a new password, told once and to be changed at the next sign-in; ends its sessions, its lock and,
    /// when asked, its second factor.
    ///
    /// # Errors
    /// `Denied`, `NotFound`.
    pub async fn reset_password(&self, id: &str, drop_totp: bool) -> Result<String> {
        self.authorise(Action::Update, USER).await?;
        if id == self.actor_id() {
            // One's own is changed by who knows it: an unattended screen must not do.
            return self.settle(Err(Error::Denied(Refusal::OwnAccount)), &[(USER, id)]).await;
        }
        let password = self.clinic.sessions.hasher().generate()?;
        let hash = self.clinic.sessions.hasher().hash(&password).await?;
        let (desk, key) = (self.clone(), id.to_owned());
        self.clinic
            .store
            .write(Some(self.entry(Event::Password)), move |tx| {
                let record = desk.fetch(tx, USER, &key)?;
                let mut account = Account::parse(&record)?;
                account.previous_password = Some(std::mem::replace(&mut account.password, hash));
                account.must_change_password = true;
                if drop_totp {
                    account.totp = None;
                    account.next_totp = None;
                }
                desk.put_account(tx, &key, &account)?;
                tx.drop_kept_by(crate::sessions::SESSIONS, &key, "")?;
                tx.drop_kept(crate::sessions::ATTEMPTS, &key)?;
                Ok::<(), Error>(())
            })
            .await?;
        self.clinic.sessions.forget(id);
        Ok(password)
    }
}

/// The professional council's number, beside the identifiers of others.
fn set_council(practitioner: &mut Resource, council: Option<&str>) {
    let mut all = match practitioner.remove("identifier") {
        Some(serde_json::Value::Array(all)) => all,
        _ => Vec::new(),
    };
    all.retain(|one| one["system"] != COUNCIL_SYSTEM);
    if let Some(council) = council {
        all.push(json!({ "use": "official", "system": COUNCIL_SYSTEM, "value": council }));
    }
    if !all.is_empty() {
        practitioner.insert("identifier", all.into());
    }
}

/// The council's number that a practitioner's resource gives.
fn council_in(practitioner: &Resource) -> Option<String> {
    let all = practitioner.get("identifier")?.as_array()?;
    let current = all.iter().find(|one| one["system"] == COUNCIL_SYSTEM && one["use"] != "old")?;
    current["value"].as_str().filter(|value| !value.trim().is_empty()).map(str::to_owned)
}

/// What a new account must be; answers its e-mail as it is kept.
fn check_new(new: &NewUser) -> Result<String> {
    let mut problems = Vec::new();
    let email = new.email.trim().to_lowercase();
    // `admin@demo` has no dot: hosts of a clinic's own network are fine.
    // ASCII alone: `admin` with a Cyrillic first letter would be somebody else of the same look.
    if !is_email(&email) || !email.is_ascii() {
        problems.push(crate::Field::new("email", "email"));
    }
    if crate::input::is_blank(&new.name) || new.name.chars().count() > 200 || new.name.contains(char::is_control) {
        problems.push(crate::Field::new("name", "required"));
    }
    if let Some(password) = &new.password {
        problems.extend(check_rules("password", password));
    }
    if new.role == Role::System {
        problems.push(crate::Field::new("role", "one-of"));
    }
    if (new.role == Role::Patient) != new.patient_id.is_some() {
        problems.push(crate::Field::new("patientId", if new.role == Role::Patient { "required" } else { "unknown" }));
    }
    if problems.is_empty() { Ok(email) } else { Err(Error::Invalid(problems)) }
}
