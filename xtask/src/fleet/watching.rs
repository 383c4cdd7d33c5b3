//! Rules, routes and dashboards in the hands of Prometheus, Alertmanager and Grafana's own models; and every expression asked of
//! a Prometheus that scrapes a running Aroeira.

mod live;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Rendered, call};
use crate::setup;

/// What Prometheus, Alertmanager and the models of Grafana say of the files.
///
/// # Errors
/// What they said, with the preset.
pub(super) fn files(rendered: &[Rendered]) -> Result<(), String> {
    let mut alerts = 0;
    // Rules that are alike are tried once: a promise of three days takes its seconds.
    let mut tried = BTreeSet::new();
    for one in rendered.iter().filter(|one| one.target == "prometheus") {
        let named = |why: String| format!("{}: {why}", one.preset);
        let at = |path: &str| one.directory.join(path);
        configuration(&at("prometheus.yml")).map_err(named)?;
        let rules = one.files(".yml").into_iter().filter(|file| file.starts_with(at("rules")));
        call(Command::new("promtool").args(["check", "rules", "--lint=all", "--lint-fatal"]).args(rules))
            .map_err(named)?;
        for trials in one.files(".yml").into_iter().filter(|file| file.starts_with(at("tests"))) {
            let rules = at("rules").join(trials.file_name().unwrap_or_default());
            alerts += every_alert_is_tried(&rules, &trials).map_err(named)?;
            if tried.insert(fs::read(&trials).map_err(|error| error.to_string()).map_err(named)?) {
                call(Command::new("promtool").args(["test", "rules"]).arg(&trials)).map_err(named)?;
            }
        }
        let probes = at("blackbox.yml");
        if probes.exists() {
            let mut check = Command::new("prometheus-blackbox-exporter");
            call(check.arg("--config.check").arg(format!("--config.file={}", probes.display()))).map_err(named)?;
        }
        let alertmanager = at("alertmanager.yml");
        if tried.insert(fs::read(&alertmanager).map_err(|error| error.to_string()).map_err(named)?) {
            call(Command::new("amtool").arg("check-config").arg(&alertmanager)).map_err(named)?;
            routes(&one.directory).map_err(named)?;
        }
    }
    println!("{alerts} alerts fire when they should, and are quiet when they should be");
    dashboards(rendered)
}

/// The configuration, all of it but how pods are found: Debian builds Prometheus without Kubernetes.
fn configuration(file: &Path) -> Result<(), String> {
    const PODS: &str = "    kubernetes_sd_configs:\n      - role: pod\n";
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    // Beside it, where its rules are found.
    let checked = file.with_extension("without-kubernetes");
    fs::write(&checked, text.replace(PODS, "    static_configs: []\n"))
        .map_err(|error| format!("{}: {error}", checked.display()))?;
    let said = call(Command::new("promtool").args(["check", "config", "--lint=all", "--lint-fatal"]).arg(&checked));
    let _ = fs::remove_file(&checked);
    said
}

/// Each alert has its trial of firing, its trial of being quiet, and its runbook.
fn every_alert_is_tried(rules: &Path, trials: &Path) -> Result<usize, String> {
    let read = |file: &Path| fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()));
    let (rules, trials) = (read(rules)?, read(trials)?);
    let names: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    for name in &names {
        for wanted in [format!("  - name: {name}\n"), format!("  - name: {name}, quiet\n")] {
            if !trials.contains(&wanted) {
                return Err(format!("the alert {name} is not tried: {} is missing", wanted.trim()));
            }
        }
        let runbook = crate::steps::root().join("docs/runbooks").join(format!("{name}.md"));
        if !runbook.exists() {
            return Err(format!("the alert {name} has no {}", runbook.display()));
        }
    }
    if names.is_empty() { Err("there are no alerts".into()) } else { Ok(names.len()) }
}

/// Alertmanager sends each kind of alert to whom the trials name.
fn routes(directory: &Path) -> Result<(), String> {
    let file = directory.join("tests/routes.txt");
    let trials = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    for trial in trials.lines() {
        let mut words = trial.split(' ');
        let receivers = words.next().unwrap_or_default();
        let mut amtool = Command::new("amtool");
        amtool.args(["config", "routes", "test", "--config.file"]).arg(directory.join("alertmanager.yml"));
        amtool.arg(format!("--verify.receivers={receivers}")).args(words);
        call(&mut amtool).map_err(|why| format!("{trial}: {why}"))?;
    }
    Ok(())
}

/// Dashboards through the models that Grafana Labs generates from Grafana's own schemas, and the collector's pipelines.
fn dashboards(rendered: &[Rendered]) -> Result<(), String> {
    let folders: BTreeMap<&str, &Path> = rendered
        .iter()
        .filter(|one| one.target == "grafana")
        .map(|one| (one.preset, one.directory.as_path()))
        .collect();
    let script = crate::steps::root().join("xtask/fleet/dashboards.py");
    call(Command::new(setup::fleet_tool("python")).arg(script).args(folders.values()))?;
    let settings = rendered.iter().flat_map(|one| one.files("aroeira-traces.toml"));
    for file in settings {
        call(super::aroeira().args(["config", "--config"]).arg(&file))
            .map_err(|why| format!("{}: {why}", file.display()))?;
    }
    Ok(())
}

/// Every expression of every dashboard and rule, asked of a Prometheus that scrapes a running Aroeira.
///
/// # Errors
/// What is no PromQL, finds nothing where a dashboard wants something, or names a metric that nobody has.
pub(super) fn live(rendered: &[Rendered]) -> Result<(), String> {
    live::run(rendered)
}
