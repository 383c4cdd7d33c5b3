//! A constraint of a definition: its expression is read once, at the first use, and the commonest are Rust.

use std::sync::OnceLock;

use super::{
    by_hand::{self, Check},
    errata,
};
use crate::fhirpath::Expression;

/// A constraint.
#[derive(Debug)]
pub(super) struct Invariant {
    /// As the specification calls it: `pat-1`.
    pub(super) key: String,
    /// An error where it is broken, else a warning.
    pub(super) error: bool,
    /// What it says.
    pub(super) human: String,
    text: String,
    read: OnceLock<Option<Expression>>,
    /// The same in Rust.
    pub(super) by_hand: Option<Check>,
}

impl Invariant {
    /// `text` is the expression as its definition has it.
    pub(super) fn new(key: String, error: bool, human: String, text: String) -> Invariant {
        let by_hand = by_hand::of(&key, &text);
        Invariant { key, error, human, text, read: OnceLock::new(), by_hand }
    }

    /// The expression; nothing where it cannot be read.
    pub(super) fn expression(&self) -> Option<&Expression> {
        let meant = || errata::corrected(&self.key, &self.text).unwrap_or(&self.text);
        self.read.get_or_init(|| Expression::parse(meant()).ok()).as_ref()
    }

    /// Whether this is the expression.
    pub(super) fn said(&self, expression: &str) -> bool {
        self.text == expression
    }

    /// As it is told: its key and its words.
    pub(super) fn told(&self) -> String {
        format!("{}: {}", self.key, self.human)
    }
}
