//! Loki: what it keeps where, and for how long.

use askama::Template;

use super::Problem;
use super::own::Process;
use super::scene::Scene;

/// The folder that its configuration lies in, and its name there.
pub(super) const FOLDER: &str = "/etc/loki";
pub(super) const NAME: &str = "loki.yaml";

#[derive(Template)]
#[template(path = "loki/loki.yaml", escape = "none")]
struct Loki<'a> {
    scene: &'a Scene<'a>,
}

pub(super) fn config(scene: &Scene<'_>) -> Result<String, Problem> {
    Ok(Loki { scene }.render()?)
}

/// Whether a process reads it.
pub(super) fn is(process: &Process<'_>) -> bool {
    process.app.entry.id == "loki"
}
