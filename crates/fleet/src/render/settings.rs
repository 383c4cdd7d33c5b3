//! Aroeira's own settings, as `aroeira config` reads them: only what the binary has.

use askama::Template;

use super::Problem;
use super::filters;

/// A file of settings.
#[derive(Template)]
#[template(path = "aroeira.toml", escape = "none")]
pub(super) struct Settings<'a> {
    /// Where it listens: an address with its port.
    pub(super) listen: &'a str,
    /// Who stands before it, in CIDR.
    pub(super) proxies: &'a [&'a str],
    /// Who may read its metrics, in CIDR.
    pub(super) metrics_from: &'a [&'a str],
    /// Where it keeps its files.
    pub(super) data: &'a str,
    /// The file with the master key.
    pub(super) master_key: &'a str,
    /// Where traces go; empty for nowhere.
    pub(super) traces: &'a str,
}

impl Settings<'_> {
    pub(super) fn write(&self) -> Result<String, Problem> {
        Ok(self.render()?)
    }
}
