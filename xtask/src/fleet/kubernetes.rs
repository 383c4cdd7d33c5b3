//! Manifests, charts and applications of Argo CD: strict schemas, real Helm, kustomize, the schemas of operators, checkov.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Rendered, aroeira, call, of, python, told, waivers};
use crate::steps;

/// The strict schemas of Kubernetes, Helm's lint and its objects beside the manifests', kustomize, Argo CD's own consistency.
pub(super) fn objects(rendered: &[Rendered]) -> Result<(), String> {
    if of(rendered, "kubernetes").all(|one| one.files(".yaml").is_empty()) {
        return Err("nothing was rendered for Kubernetes".to_owned());
    }
    let out = rendered_charts();
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    }
    fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let mut check = python("kubernetes_check.py");
    check.arg(&out);
    check.args(of(rendered, "kubernetes").filter_map(|one| one.directory.parent()));
    told(&mut check, 1)?;
    let settings = fs::read_dir(out.join("settings")).map_err(|error| format!("{}: {error}", out.display()))?;
    for file in settings.flatten() {
        call(aroeira().args(["config", "--config"]).arg(file.path()))?;
    }
    watching(&out.join("watching"))?;
    let mut custom = Command::new("node");
    custom.arg(steps::root().join("xtask/fleet/kubernetes/custom.mjs")).arg(out.join("custom.json"));
    told(&mut custom, 1)
}

/// What Prometheus and Alertmanager read within a cluster, as they read it.
fn watching(folder: &Path) -> Result<(), String> {
    let mut read = 0;
    for preset in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?.flatten() {
        let at = |name: &str| preset.path().join(name);
        call(
            Command::new("promtool").args(["check", "config", "--lint=all", "--lint-fatal"]).arg(at("prometheus.yml")),
        )?;
        call(Command::new("amtool").arg("check-config").arg(at("alertmanager.yml")))?;
        read += 1;
    }
    if read == 0 { Err("no cluster has a Prometheus".to_owned()) } else { Ok(()) }
}

/// checkov over the manifests and over what the charts render to.
pub(super) fn checkov(rendered: &[Rendered]) -> Result<(), String> {
    let mut check = python("checkov_check.py");
    check.arg("kubernetes").arg(waivers("kubernetes"));
    check.args(of(rendered, "kubernetes").map(|one| &one.directory));
    check.args(of(rendered, "kubernetes").map(|one| rendered_charts().join(one.preset)));
    told(&mut check, 1)
}

/// A set of Valkey, run: the pods' own commands and settings in networks of their own, whose primaries are killed and cut off.
pub(super) fn valkey(rendered: &[Rendered]) -> Result<(), String> {
    let of_valkey = |one: &Rendered| Some(one.directory.join("data/valkey.yaml")).filter(|file| file.exists());
    let file = of(rendered, "kubernetes").find_map(of_valkey).ok_or("no cluster has a Valkey")?;
    let scratch = steps::target().join("fleet/valkey");
    fs::create_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
    let check = python("valkey_check.py");
    let mut apart = Command::new("unshare");
    apart.args(["--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    apart.arg(check.get_program()).args(check.get_args()).arg(file).arg(scratch);
    told(&mut apart, 6)
}

/// Where the first check leaves what charts render to.
fn rendered_charts() -> PathBuf {
    steps::target().join("fleet/charts")
}
