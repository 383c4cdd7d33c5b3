//! The languages that findings and reports are written in.

/// A language that people read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// pt-BR.
    #[default]
    Portuguese,
    /// English.
    English,
}
