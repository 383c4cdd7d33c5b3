//! The languages that findings and reports are written in, and how each writes numbers and money.

use serde::Serialize;

use crate::money::Money;

/// A language that people read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// pt-BR.
    #[default]
    Portuguese,
    /// English.
    English,
}

impl Language {
    /// One of two texts.
    #[must_use]
    pub fn say<'t>(self, portuguese: &'t str, english: &'t str) -> &'t str {
        match self {
            Language::Portuguese => portuguese,
            Language::English => english,
        }
    }

    /// Its tag in BCP 47.
    #[must_use]
    pub fn tag(self) -> &'static str {
        self.say("pt-BR", "en")
    }

    /// A number as people of the language write it, with so many decimals.
    #[must_use]
    pub fn number(self, value: f64, decimals: usize) -> String {
        let text = format!("{value:.decimals$}");
        let (whole, rest) = text.split_once('.').unwrap_or((text.as_str(), ""));
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
        let (group, point) = match self {
            Language::Portuguese => ('.', ','),
            Language::English => (',', '.'),
        };
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                grouped.push(group);
            }
            grouped.push(digit);
        }
        if rest.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}{point}{rest}") }
    }

    /// An amount with its currency, to the cent.
    #[must_use]
    pub fn money(self, money: Money, currency: &str) -> String {
        format!("{} {}", sign(currency), self.number(money.as_f64(), 2))
    }

    /// An amount with its currency, without the cents.
    #[must_use]
    pub fn round_money(self, amount: f64, currency: &str) -> String {
        format!("{} {}", sign(currency), self.number(amount, 0))
    }
}

/// What is written before an amount.
fn sign(currency: &str) -> &str {
    match currency {
        "BRL" => "R$",
        "USD" => "US$",
        other => other,
    }
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// pt-BR.
    #[serde(rename = "pt-BR")]
    pub portuguese: String,
    /// English.
    #[serde(rename = "en")]
    pub english: String,
}

impl Text {
    /// In one of them.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        language.say(&self.portuguese, &self.english)
    }
}

pub(crate) fn text(portuguese: impl Into<String>, english: impl Into<String>) -> Text {
    Text { portuguese: portuguese.into(), english: english.into() }
}

/// A number with what it counts.
pub(crate) fn counted(number: impl Into<u64>, one: &str, many: &str) -> String {
    let number = number.into();
    format!("{number} {}", if number == 1 { one } else { many })
}
