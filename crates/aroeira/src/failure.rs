//! Why a command did not do what it was asked: an exit code that means something, what went wrong and what to do next.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};

/// The exit codes, as `--help` documents them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Code {
    /// 1: a check or an operation failed.
    Failed = 1,
    /// 2: the command line or the configuration is wrong.
    Usage = 2,
    /// 3: no such clinic, user or file.
    NotFound = 3,
    /// 4: refused, another process holds the installation or the address.
    Refused = 4,
    /// 5: the data are not as they should be: a broken chain, a wrong key, a newer schema.
    Data = 5,
}

/// What `--help` says of the codes.
pub(crate) const CODES: &str = "\
Exit codes:
  0  done
  1  a check or an operation failed
  2  the command line or the configuration is wrong
  3  no such clinic, user or file
  4  refused: another process holds the installation or the address
  5  a problem in the data: a broken chain, a wrong key, a newer schema";

/// A failure as the operator reads it: `error: ...` and `help: ...`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) error: String,
    pub(crate) help: String,
}

/// What a command answers.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: Code, error: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, error: error.into(), help: help.into() }
    }

    /// A file or directory that could not be used.
    pub(crate) fn file(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let code = if error.kind() == std::io::ErrorKind::NotFound { Code::NotFound } else { Code::Failed };
        let help = match error.kind() {
            std::io::ErrorKind::NotFound => "check the path",
            std::io::ErrorKind::PermissionDenied => "run as the user who owns it, or change its permissions",
            std::io::ErrorKind::StorageFull => "make room on the disk and run the command again",
            _ => "run `aroeira doctor` to look at the installation",
        };
        Self::new(code, format!("{what} {}: {error}", path.display()), help)
    }

    /// Prints the failure and gives the process's exit code.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("error: {}", self.error);
        if !self.help.is_empty() {
            eprintln!("help: {}", self.help);
        }
        ExitCode::from(self.code as u8)
    }
}

impl From<aroeira_clinic::Error> for Failure {
    fn from(error: aroeira_clinic::Error) -> Self {
        use aroeira_clinic::{Conflict, Error};
        match error {
            Error::NotFound | Error::Gone => {
                Self::new(Code::NotFound, "no such clinic or user", "`aroeira clinic list` shows the clinics there are")
            }
            Error::Conflict(Conflict::Duplicate { field }) => Self::new(
                Code::Failed,
                format!("the {field} is taken already"),
                format!("choose another {field}; nothing was changed"),
            ),
            Error::Conflict(Conflict::Exists) => {
                Self::new(Code::Failed, "it exists already", "choose another name; nothing was changed")
            }
            Error::Conflict(other) => Self::new(Code::Failed, format!("conflict: {other:?}"), "nothing was changed"),
            Error::Invalid(fields) => {
                Self::new(Code::Usage, invalid(&fields), "correct these and run the command again")
            }
            Error::Malformed(text) => {
                Self::new(Code::Data, text, "the file is not what it says it is; nothing was changed")
            }
            Error::Limited { retry_after } => {
                Self::new(Code::Failed, "too much at once", format!("try again in {retry_after} s"))
            }
            Error::Unavailable(text) => Self::new(Code::Data, text, "run `aroeira doctor` to look at the installation"),
            Error::Denied(why) | Error::Unauthenticated(why) => {
                Self::new(Code::Failed, format!("the clinic refused this: {why:?}"), "nothing was changed")
            }
            Error::Internal(text) => Self::new(
                Code::Failed,
                format!("internal error: {text}"),
                "run `aroeira doctor`; if it finds nothing, report this as a defect",
            ),
        }
    }
}

/// All wrong fields in one line; never a value.
fn invalid(fields: &[aroeira_clinic::Field]) -> String {
    let mut text = String::from("not valid: ");
    for (n, field) in fields.iter().take(20).enumerate() {
        if n > 0 {
            text.push_str("; ");
        }
        text.push_str(&field.path);
        text.push_str(" (");
        text.push_str(field.code);
        if let Some(expected) = &field.expected {
            text.push_str(": ");
            text.push_str(expected);
        }
        text.push(')');
    }
    if fields.len() > 20 {
        text.push_str(&format!("; and {} more", fields.len() - 20));
    }
    text
}
