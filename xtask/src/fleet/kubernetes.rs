//! Manifests, charts and applications of Argo CD: strict schemas, real Helm, kustomize, the schemas of operators, checkov.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{Rendered, aroeira, call};
use crate::{setup, steps};

/// The strict schemas of Kubernetes, Helm's lint and its objects beside the manifests', kustomize, Argo CD's own consistency.
pub(super) fn objects(rendered: &[Rendered]) -> Result<(), String> {
    if of(rendered).all(|one| one.files(".yaml").is_empty()) {
        return Err("nothing was rendered for Kubernetes".to_owned());
    }
    let out = rendered_charts();
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    }
    fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let mut check = Command::new(setup::fleet_tool("python"));
    check.arg(steps::root().join("xtask/fleet/kubernetes_check.py")).arg(&out);
    check.args(of(rendered).filter_map(|one| one.directory.parent()));
    told(&mut check)?;
    let settings = fs::read_dir(out.join("settings")).map_err(|error| format!("{}: {error}", out.display()))?;
    for file in settings.flatten() {
        call(aroeira().args(["config", "--config"]).arg(file.path()))?;
    }
    let mut custom = Command::new("node");
    custom.arg(steps::root().join("xtask/fleet/kubernetes/custom.mjs")).arg(out.join("custom.json"));
    told(&mut custom)
}

/// checkov over the manifests and over what the charts render to.
pub(super) fn checkov(rendered: &[Rendered]) -> Result<(), String> {
    let mut check = Command::new(setup::fleet_tool("python"));
    check.arg(steps::root().join("xtask/fleet/checkov_check.py")).arg("kubernetes");
    check.arg(steps::root().join("xtask/fleet/checkov-kubernetes.yaml"));
    check.args(of(rendered).map(|one| &one.directory));
    check.args(of(rendered).map(|one| rendered_charts().join(one.preset)));
    told(&mut check)
}

/// Where the first check leaves what charts render to.
fn rendered_charts() -> PathBuf {
    steps::target().join("fleet/charts")
}

fn of(rendered: &[Rendered]) -> impl Iterator<Item = &Rendered> {
    rendered.iter().filter(|one| one.target == "kubernetes")
}

/// Runs a check, and shows its closing line.
fn told(command: &mut Command) -> Result<(), String> {
    let said = command.output().map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    if said.status.success() {
        println!("        {}", text.trim().lines().last().unwrap_or_default());
        return Ok(());
    }
    Err(format!("{}{}", String::from_utf8_lossy(&said.stderr), text))
}
