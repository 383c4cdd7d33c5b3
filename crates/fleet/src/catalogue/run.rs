//! How an image is run where nothing may be written but its volumes: where its data lies, what it is told, which secrets it reads.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// In a text of `[run]`: the folder in which the secrets of this workload lie as files.
const SECRETS: &str = "{secrets}";
/// In a text of `[run]`, before the id of an entry and a closing brace: where that is reached, `host:port`.
const AT: &str = "{at:";

/// How an image is run. Texts of `command`, `args` and `env` may hold `{secrets}`, the folder with the workload's secrets, and
/// `{at:mysql}`, where an entry it depends on is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Run {
    /// The folder that its volume is mounted at.
    pub data: String,
    /// In place of what its image starts.
    pub command: Vec<String>,
    /// Words after that.
    pub args: Vec<String>,
    /// Variables of its environment.
    pub env: BTreeMap<String, String>,
    /// Folders beside `/tmp` that it writes to and that may be lost.
    pub scratch: Vec<String>,
    /// Folders with settings that somebody else writes: on machines of one's own they are those of the machine.
    pub reads: Vec<String>,
    /// Secrets, each a file.
    pub secrets: Vec<String>,
    /// What says that it serves, run inside of it; nothing where its image has nothing that could.
    pub healthy: Vec<String>,
    /// User and group outside of Kubernetes, `65534:65534`; its image's own where it is not said. In Kubernetes all run as 10001.
    pub user: Option<String>,
    /// It begins as root, gives its folder to its own user and steps down, outside of Kubernetes.
    pub steps_down: bool,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            data: "/data".to_owned(),
            command: Vec::new(),
            args: Vec::new(),
            env: BTreeMap::new(),
            scratch: Vec::new(),
            reads: Vec::new(),
            secrets: Vec::new(),
            healthy: Vec::new(),
            user: None,
            steps_down: false,
        }
    }
}

impl Run {
    /// Names stand bare in manifests: they are held to what every target takes.
    pub(super) fn check(&self) -> Result<(), String> {
        let path = |text: &str| {
            text.len() > 1
                && text.len() <= 200
                && text.starts_with('/')
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b))
        };
        if let Some(wrong) = [&self.data].into_iter().chain(&self.scratch).chain(&self.reads).find(|one| !path(one)) {
            return Err(format!("{wrong:?} is no absolute path of letters, digits, `.`, `_` and `-`"));
        }
        let variable = |text: &str| {
            text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && !text.starts_with(|c: char| c.is_ascii_digit())
        };
        if let Some(wrong) = self.env.keys().find(|name| name.is_empty() || !variable(name)) {
            return Err(format!("{wrong:?} is no name of a variable: letters, digits and `_`"));
        }
        if let Some(wrong) = self.secrets.iter().find(|name| !crate::spec::is_name(name)) {
            return Err(format!("{wrong:?} is no name of a secret: small letters, digits and `-`"));
        }
        let numbers = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b':') && !text.is_empty();
        if let Some(wrong) = self.user.as_deref().filter(|user| !numbers(user)) {
            return Err(format!("user {wrong:?} is no number, nor two with a colon"));
        }
        Ok(())
    }

    /// A text with its places filled in: the folder of secrets, and where another entry is reached.
    pub(crate) fn fill(text: &str, secrets: &str, at: impl Fn(&str) -> Option<String>) -> String {
        let text = text.replace(SECRETS, secrets);
        let Some((before, rest)) = text.split_once(AT) else { return text };
        let Some((entry, after)) = rest.split_once('}') else { return text };
        format!("{before}{}{}", at(entry).unwrap_or_else(|| entry.to_owned()), Self::fill(after, secrets, at))
    }
}
