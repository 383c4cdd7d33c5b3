//! Prometheus and Alertmanager: what is scraped, what is recorded, what wakes whom.

mod alert;
mod edge;
mod machines;
mod promise;
pub(super) mod routes;
mod security;
mod service;

use askama::Template;

use super::scene::Scene;
use super::watched::{self, View, Watched};
use super::{Files, Problem, filters};
use alert::Group;
use promise::{Budget, LONG, WINDOWS};

#[derive(Template)]
#[template(path = "prometheus/prometheus.yml", escape = "none")]
struct Scraping<'a> {
    scene: &'a Scene<'a>,
    alertmanager: String,
    /// It asks a cluster for its pods.
    beside: bool,
    /// Targets of a cluster's own.
    inside: Option<&'a str>,
    aroeiras: Vec<Watched<'a>>,
    /// Where TLS ends, and who looks at it.
    edges: Vec<Watched<'a>>,
    prober: String,
    /// Certificates are those of cert-manager.
    managed: bool,
    hosts: Vec<Watched<'a>>,
}

#[derive(Template)]
#[template(path = "prometheus/blackbox.yml", escape = "none")]
struct Probing<'a> {
    scene: &'a Scene<'a>,
}

#[derive(Template)]
#[template(path = "prometheus/records.yml", escape = "none")]
struct Records<'a> {
    scene: &'a Scene<'a>,
    /// How many of it there must be, where pods are found and one that never began is not.
    planned: Option<u32>,
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
    /// It is told of certificates by this one.
    certificates: bool,
    prober: String,
}

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    let view = View::of(scene);
    let hosts = !watched::hosts(scene, view).is_empty();
    if !watched::has_aroeira(scene) && !hosts {
        return Err(super::unsuited(
            "nesta frota não há nem Aroeira nem máquina própria para observar",
            "this fleet has neither Aroeira nor an own machine to watch",
        ));
    }
    let mut files = watching(scene, view)?;
    files.put("alertmanager.yml", routes::alertmanager(scene)?);
    files.put("tests/routes.txt", routes::trials());
    let kubernetes = view.is_cluster();
    let (edges, prober) = watched::edges(scene, view);
    let certificates = !edges.is_empty();
    files.put("README.md", Readme { scene, kubernetes, hosts, certificates, prober }.render()?);
    Ok(files)
}

/// What Prometheus reads, and the trials of its rules.
pub(super) fn watching(scene: &Scene<'_>, view: View<'_>) -> Result<Files, Problem> {
    let hosts = watched::hosts(scene, view);
    let budget = scene.spec.promises.availability_percent.and_then(Budget::of);
    let promise: Vec<Group> = budget
        .map(|budget| promise::group(scene, budget))
        .filter(|_| watched::has_aroeira(scene))
        .into_iter()
        .collect();
    let groups = groups(scene, view, !hosts.is_empty());
    let runbooks = scene.spec.watching.runbooks.trim_end_matches('/');
    let mut files = Files::default();
    let (edges, prober) = watched::edges(scene, view);
    let beside = matches!(view, View::Beside) && watched::has_aroeira(scene);
    let scraping = Scraping {
        scene,
        alertmanager: view.host(scene, "alertmanager", 9093),
        beside,
        inside: match view {
            View::Inside { targets, .. } if watched::has_aroeira(scene) => Some(targets),
            _ => None,
        },
        aroeiras: if view.is_cluster() { Vec::new() } else { watched::aroeiras(scene) },
        managed: view.is_cluster() && scene.served().is_some(),
        edges,
        prober,
        hosts,
    };
    if !scraping.edges.is_empty() {
        files.put("blackbox.yml", Probing { scene }.render()?);
    }
    files.put("prometheus.yml", scraping.render()?);
    if watched::has_aroeira(scene) {
        let planned = beside.then(|| watched::planned(scene));
        let budget = budget.map(Budget::written);
        files.put("rules/records.yml", Records { scene, planned, budget, windows: &WINDOWS, long: &LONG }.render()?);
    }
    for (name, groups, every) in [("promise", &promise, "10m"), ("alerts", &groups, "1m")] {
        if !groups.is_empty() {
            files.put(format!("rules/{name}.yml"), Rules { groups, runbooks }.render()?);
            let trials = Trials { scene, name, recorded: name == "promise", every, groups, runbooks };
            files.put(format!("tests/{name}.yml"), trials.render()?);
        }
    }
    Ok(files)
}

/// Alerts beside those on the promise: only on what is scraped.
fn groups(scene: &Scene<'_>, view: View<'_>, hosts: bool) -> Vec<Group> {
    let mut groups = Vec::new();
    if watched::has_aroeira(scene) {
        groups.extend(service::groups(scene, matches!(view, View::Beside)));
        groups.extend(security::groups(scene));
    }
    if hosts {
        groups.push(machines::hosts(scene));
    }
    if scene.served().is_some() {
        groups.push(edge::group(scene, view.is_cluster()));
    }
    groups.push(machines::watching(scene));
    groups
}
