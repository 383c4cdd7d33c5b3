//! An account as it is kept: a versioned record whose secrets never leave this room.

use aroeira_fhir::{Body, Index, Instant, Resource, Row, text};
use aroeira_store::{Change, Record, View};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::User;
use crate::access::{Role, USER};
use crate::sessions::Attempts;
use crate::{Error, Result};

/// A second factor.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Totp {
    /// Base32.
    pub(crate) secret: String,
    /// Its first code was given.
    pub(crate) confirmed: bool,
}

/// Everything kept about an account but what happens at sign-in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) council: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) patient: Option<String>,
    pub(crate) active: bool,
    /// argon2id, PHC string format.
    pub(crate) password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) previous_password: Option<String>,
    pub(crate) must_change_password: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) totp: Option<Totp>,
    /// Begun and not yet confirmed; the one before holds until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_totp: Option<Totp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) terms_accepted_at: Option<Instant>,
}

impl Account {
    pub(crate) fn parse(record: &Record) -> Result<Self> {
        serde_json::from_slice(&record.body).map_err(|e| Error::Internal(format!("an account cannot be read: {e}")))
    }

    /// The next version.
    pub(crate) fn change(&self, id: &str) -> Result<Change> {
        let Ok(Value::Object(fields)) = serde_json::to_value(self) else {
            return Err(Error::Internal("an account is no object".into()));
        };
        let rows = vec![
            Row::Token { param: "email", system: String::new(), code: self.email.clone() },
            Row::Text { param: "name", value: text::fold(&self.name), written: String::new() },
        ];
        Ok(Change {
            body: Body::new(&Resource::private(USER, id, fields)),
            index: Index { rows, ..Index::default() },
            effective: None,
            label: self.name.clone(),
            deleted: false,
        })
    }

    /// The account without its secrets, with what is known of its sign-ins.
    pub(crate) fn user(&self, view: &View<'_>, record: &Record, now: Instant) -> Result<User> {
        let attempts = Attempts::of(view, &record.id, now)?;
        Ok(User {
            id: record.id.clone(),
            version: record.version,
            email: self.email.clone(),
            name: self.name.clone(),
            role: self.role,
            council: self.council.clone(),
            patient_id: self.patient.clone(),
            active: self.active,
            locked_until: attempts.locked_until.filter(|until| *until > now),
            totp: self.totp.as_ref().is_some_and(|totp| totp.confirmed),
            must_change_password: self.must_change_password,
            last_login_at: attempts.last_login,
            updated_at: record.updated,
        })
    }
}
