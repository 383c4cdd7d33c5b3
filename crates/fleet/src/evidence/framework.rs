//! The frameworks as data: each control with the names of what would prove it.

use serde::Deserialize;

use crate::check::Text;

/// Their names, as they are typed.
pub const NAMES: [&str; 4] = ["lgpd", "iso27001", "soc2", "pci-dss"];
const TEXTS: [&str; 4] = [
    include_str!("../../evidence/lgpd.toml"),
    include_str!("../../evidence/iso27001.toml"),
    include_str!("../../evidence/soc2.toml"),
    include_str!("../../evidence/pci-dss.toml"),
];

/// A framework.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// As it is typed.
    pub id: String,
    /// Its name with its edition.
    pub title: Words,
    /// What it is held against here.
    pub scope: Words,
    /// Where its text is.
    pub source: String,
    /// When that was looked at, ISO 8601.
    pub date: String,
    /// Its controls.
    pub controls: Vec<Control>,
}

/// A control.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// As the framework numbers it.
    pub id: String,
    /// What it is about, in words of our own.
    pub pt: String,
    /// As `pt`, in English.
    pub en: String,
    /// It is a matter of people and papers: no software shows it.
    #[serde(default)]
    pub duty: bool,
    /// Names of what proves it, all of them together.
    #[serde(default)]
    pub proofs: Vec<String>,
    /// What stays with people when all of that is proven: it is then proven in part.
    #[serde(default)]
    pub rest: Option<Words>,
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pt: String,
    en: String,
}

impl From<Words> for Text {
    fn from(words: Words) -> Self {
        Self { portuguese: words.pt, english: words.en }
    }
}

impl Framework {
    /// One of those that come with the program.
    ///
    /// # Errors
    /// A name that is none, or data that cannot be read: only a broken build has it.
    pub fn named(name: &str) -> Result<Self, String> {
        let at = NAMES.iter().position(|one| *one == name).ok_or_else(|| format!("there is no framework {name}"))?;
        toml::from_str(TEXTS[at]).map_err(|error| format!("{name}: {error}"))
    }
}
