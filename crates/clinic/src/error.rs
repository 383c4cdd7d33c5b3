//! The one ladder of errors above the store. A code names what went wrong, `web` has the words; `Internal` holds text
//! for the operator only, and no variant ever holds a value a patient gave.

use std::borrow::Cow;

/// Why a call did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such thing, or nothing this actor may know of.
    #[error("not found")]
    NotFound,
    /// It was deleted (410).
    #[error("deleted")]
    Gone,
    /// Nobody is signed in, or the proof was not accepted (401).
    #[error("not signed in: {0:?}")]
    Unauthenticated(Refusal),
    /// The actor may not do this (403).
    #[error("denied: {0:?}")]
    Denied(Refusal),
    /// The state is another one than the caller believes.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// The body is not JSON at all (400); the text names line and column, never content.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Some fields are wrong (422): all of them, not the first.
    #[error("invalid: {0:?}")]
    Invalid(Vec<Field>),
    /// Too many, come back later (429).
    #[error("limited")]
    Limited {
        /// Seconds until it is worth trying again.
        retry_after: u32,
    },
    /// The write may or may not have happened, or cannot be tried now (503).
    #[error("unavailable: {0}")]
    Unavailable(Cow<'static, str>),
    /// A defect or a broken disk (500). The text is for the log.
    #[error("internal: {0}")]
    Internal(String),
}

/// Why somebody was refused. The code is stable and is what the texts hang on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No session, an expired or an ended one.
    NoSession,
    /// Clinic, e-mail or password is wrong: which one is not said (NGS1).
    Credentials,
    /// The password was right, the second factor is missing.
    OtpRequired,
    /// The second factor is wrong.
    OtpWrong,
    /// Too many failures: locked for a while.
    Locked,
    /// The session's screen is locked; the password opens it again.
    ScreenLocked,
    /// The password must be changed before anything else.
    MustChangePassword,
    /// The terms of use are to be accepted first.
    MustAcceptTerms,
    /// The role has no such right.
    Role,
    /// A field the role cannot see was searched, sorted by or asked for.
    HiddenField,
    /// Only the author amends a final record.
    NotAuthor,
    /// Outside the care team: break-glass opens it.
    NotInCare,
    /// Somebody else's chart.
    OtherPatient,
    /// A rule on accounts: nobody changes their own role, one administrator stays.
    OwnAccount,
    /// The last active administrator stays.
    LastAdministrator,
    /// The request forgery token is missing or wrong.
    Forgery,
}

/// How the state differs from what the caller believes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// `If-Match` names another version (412).
    Stale {
        /// The current version.
        current: u32,
    },
    /// `version` in the body is another one (409).
    Version {
        /// The current version.
        current: u32,
    },
    /// Neither `If-Match` nor `version` (428).
    PreconditionRequired,
    /// The value is taken (409), for instance a CPF.
    Duplicate {
        /// The field that must be unique.
        field: &'static str,
    },
    /// `If-None-Match: *` and it exists (412).
    Exists,
    /// Several resources meet the condition of a call (412).
    Several,
    /// The same `Idempotency-Key` with another body (422).
    IdempotencyKey,
    /// It is not deleted, so there is nothing to restore (409).
    NotDeleted,
}

/// One wrong field of a body or a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where, as the caller wrote it: `codes[0].system`.
    pub path: String,
    /// What is wrong, a stable code: `required`, `unknown`, `type.string`, `cpf`, `date`, `one-of`, `too-long` ...
    pub code: &'static str,
    /// What would be right, where that is short: the allowed values, the greatest length. Never the value sent.
    pub expected: Option<String>,
}

impl Field {
    /// A wrong field with nothing more to say than its code.
    #[must_use]
    pub fn new(path: impl Into<String>, code: &'static str) -> Self {
        Self { path: path.into(), code, expected: None }
    }

    /// The same, with what would be right.
    #[must_use]
    pub fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }
}

impl From<aroeira_store::Error> for Error {
    fn from(error: aroeira_store::Error) -> Self {
        use aroeira_store::Error as Store;
        match error {
            Store::NotFound => Self::NotFound,
            // What cannot be asked, or is too much work, is the asker's to change.
            Store::Question(_) => Self::field("q", "query"),
            Store::Busy => Self::Limited { retry_after: 1 },
            Store::Unknown => {
                Self::Unavailable("the disk did not confirm the write; it may or may not have happened".into())
            }
            Store::Unavailable(text) => Self::Unavailable(text.into()),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl Error {
    /// `Invalid` with one field.
    #[must_use]
    pub fn field(path: impl Into<String>, code: &'static str) -> Self {
        Self::Invalid(vec![Field::new(path, code)])
    }
}
