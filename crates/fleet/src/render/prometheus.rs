//! Prometheus and Alertmanager: what is scraped, what is recorded, what wakes whom.

mod alert;
mod machines;
mod promise;
mod routes;
mod security;
mod service;

use askama::Template;

use super::scene::Scene;
use super::watched::{self, Watched};
use super::{Files, Problem, filters};
use alert::Group;
use promise::{Budget, LONG, WINDOWS};

#[derive(Template)]
#[template(path = "prometheus/prometheus.yml", escape = "none")]
struct Scraping<'a> {
    scene: &'a Scene<'a>,
    kubernetes: bool,
    aroeiras: Vec<Watched<'a>>,
    hosts: Vec<Watched<'a>>,
}

#[derive(Template)]
#[template(path = "prometheus/records.yml", escape = "none")]
struct Records<'a> {
    scene: &'a Scene<'a>,
    budget: Option<String>,
    windows: &'a [&'a str],
    long: &'a [&'a str],
}

#[derive(Template)]
#[template(path = "prometheus/rules.yml", escape = "none")]
struct Rules<'a> {
    groups: &'a [Group],
    runbooks: &'a str,
}

#[derive(Template)]
#[template(path = "prometheus/trials.yml", escape = "none")]
struct Trials<'a> {
    scene: &'a Scene<'a>,
    name: &'a str,
    /// They are on what is recorded.
    recorded: bool,
    /// Between two evaluations.
    every: &'a str,
    groups: &'a [Group],
    runbooks: &'a str,
}

#[derive(Template)]
#[template(path = "prometheus/README.md", escape = "none")]
struct Readme<'a> {
    scene: &'a Scene<'a>,
    kubernetes: bool,
    hosts: bool,
}

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    let kubernetes = watched::in_kubernetes(scene);
    let hosts = watched::hosts(scene);
    if !watched::has_aroeira(scene) && hosts.is_empty() {
        return Err(super::unsuited(
            "nesta frota não há nem Aroeira nem máquina própria para observar",
            "this fleet has neither Aroeira nor an own machine to watch",
        ));
    }
    let budget = scene.spec.promises.availability_percent.and_then(Budget::of);
    let promise: Vec<Group> = budget
        .map(|budget| promise::group(scene, budget))
        .filter(|_| watched::has_aroeira(scene))
        .into_iter()
        .collect();
    let groups = groups(scene, !hosts.is_empty());
    let runbooks = scene.spec.watching.runbooks.trim_end_matches('/');
    let with_hosts = !hosts.is_empty();
    let mut files = Files::default();
    let scraping = Scraping { scene, kubernetes, aroeiras: watched::aroeiras(scene), hosts };
    files.put("prometheus.yml", scraping.render()?);
    let budget = budget.map(Budget::written);
    if watched::has_aroeira(scene) {
        files.put("rules/records.yml", Records { scene, budget, windows: &WINDOWS, long: &LONG }.render()?);
    }
    for (name, groups, every) in [("promise", &promise, "10m"), ("alerts", &groups, "1m")] {
        if !groups.is_empty() {
            files.put(format!("rules/{name}.yml"), Rules { groups, runbooks }.render()?);
            let trials = Trials { scene, name, recorded: name == "promise", every, groups, runbooks };
            files.put(format!("tests/{name}.yml"), trials.render()?);
        }
    }
    files.put("alertmanager.yml", routes::alertmanager(scene)?);
    files.put("tests/routes.txt", routes::trials());
    files.put("README.md", Readme { scene, kubernetes, hosts: with_hosts }.render()?);
    Ok(files)
}

/// Alerts beside those on the promise: only on what is scraped.
fn groups(scene: &Scene<'_>, hosts: bool) -> Vec<Group> {
    let mut groups = Vec::new();
    if watched::has_aroeira(scene) {
        groups.extend(service::groups(scene));
        groups.extend(security::groups(scene));
    }
    if hosts {
        groups.push(machines::hosts(scene));
    }
    groups.push(machines::watching(scene));
    groups
}
