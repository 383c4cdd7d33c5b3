//! What can go wrong on the disk. Texts are for the operator; none holds a value of a record.

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such clinic, record or entry.
    #[error("not found")]
    NotFound,
    /// The clinic exists already.
    #[error("exists already")]
    Exists,
    /// The writer's queue is full, or the clinic is being closed and opened again: try again in a second.
    #[error("the clinic is busy")]
    Busy,
    /// The disk did not confirm a commit: it may or may not be there. Never retried into a yes.
    #[error("the disk did not confirm the commit")]
    Unknown,
    /// The installation cannot be used now; the text says what to do.
    #[error("{0}")]
    Unavailable(String),
    /// A question that cannot be asked: a cursor of another list, a wrong full-text expression.
    #[error("cannot be asked: {0}")]
    Question(&'static str),
    /// A defect, or a broken file.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// A look was cut off before it was whole.
    pub(crate) const TOO_MUCH: Self = Self::Question("it is too much work; ask for less");
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::OperationInterrupted;
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
            rusqlite::Error::SqliteFailure(code, _) if code.code == OperationInterrupted => Self::TOO_MUCH,
            // Repeats the whole statement.
            rusqlite::Error::SqlInputError { .. } => Self::Internal("sqlite: a statement cannot be read".into()),
            // Full text repeats what was typed, in errors of this general code.
            rusqlite::Error::SqliteFailure(code, Some(words))
                if code.extended_code == 1 && !words.starts_with("no such savepoint") =>
            {
                Self::Question("the full-text expression is wrong")
            }
            // SQLite's other words name tables and columns, never values.
            other => Self::Internal(format!("sqlite: {other}")),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(format!("file: {error}"))
    }
}
