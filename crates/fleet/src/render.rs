//! What runs a fleet, written from its spec: manifests, units, dashboards, alerts, pipelines. The same spec gives the same bytes,
//! and a small change of it a small difference. Each target has its file here, and its text in `templates/`.

mod actions;
mod argocd;
mod compose;
mod edge;
mod grafana;
mod helm;
mod host;
mod kubernetes;
mod loki;
mod naming;
mod own;
mod prometheus;
mod recipe;
mod scene;
mod settings;
mod systemd;
mod terraform;
mod watched;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::check::Text;
use crate::plan::Plan;
use crate::prices::Books;
use crate::{Catalogue, Language, Spec};
use scene::Scene;

/// What a spec can be rendered to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Docker Compose for one server, with its host and its edge.
    Compose,
    /// Units for own machines, with their hosts and their edge.
    Systemd,
    /// Manifests of Kubernetes.
    Kubernetes,
    /// The same as a chart.
    Helm,
    /// Argo CD's applications, an app of apps.
    Argocd,
    /// What is rented of AWS, Google Cloud or Azure.
    Terraform,
    /// Scraping, rules, tests of the rules, and Alertmanager's routes.
    Prometheus,
    /// Dashboards and data sources, with the pipelines of logs and traces.
    Grafana,
    /// Build, test, image, scan and roll-out.
    GithubActions,
}

impl Target {
    /// All of them, in the order in which help names them.
    pub const ALL: [Target; 9] = [
        Target::Compose,
        Target::Systemd,
        Target::Kubernetes,
        Target::Helm,
        Target::Argocd,
        Target::Terraform,
        Target::Prometheus,
        Target::Grafana,
        Target::GithubActions,
    ];

    /// As it is typed.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Target::Compose => "compose",
            Target::Systemd => "systemd",
            Target::Kubernetes => "kubernetes",
            Target::Helm => "helm",
            Target::Argocd => "argocd",
            Target::Terraform => "terraform",
            Target::Prometheus => "prometheus",
            Target::Grafana => "grafana",
            Target::GithubActions => "github-actions",
        }
    }
}

/// Files by their path, `/` between its parts: never absolute, never upward.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Files(BTreeMap<String, String>);

impl Files {
    /// Puts a file there; every text ends with a line's end.
    fn put(&mut self, path: impl Into<String>, mut text: String) {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        self.0.insert(path.into(), text);
    }

    /// All of them, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }
}

/// Why nothing is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The target does not suit the spec: why, and what would.
    Unsuited(Text),
    /// A template failed: a defect.
    Template(String),
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::Template(error.to_string())
    }
}

/// Renders a spec, priced by the books that come with the program. What people read of it (comments, alerts, dashboards) is in this language; names and keys are those of the tools.
///
/// # Errors
/// A target that does not suit the spec, with the reason.
pub fn render(
    spec: &Spec,
    catalogue: &Catalogue,
    plan: &Plan,
    target: Target,
    language: Language,
) -> Result<Files, Problem> {
    let books = Books::built_in().map_err(Problem::Template)?;
    render_priced(spec, catalogue, &books, plan, target, language)
}

/// As [`render`], priced by these books: what is rented gets a budget.
///
/// # Errors
/// As [`render`].
pub fn render_priced(
    spec: &Spec,
    catalogue: &Catalogue,
    books: &Books,
    plan: &Plan,
    target: Target,
    language: Language,
) -> Result<Files, Problem> {
    let scene = Scene::new(spec, catalogue, plan, language);
    bounded(&scene)?;
    match target {
        Target::Compose => compose::render(&scene),
        Target::Systemd => systemd::render(&scene),
        Target::Kubernetes => kubernetes::render(&scene),
        Target::Helm => helm::render(&scene),
        Target::Argocd => argocd::render(&scene),
        Target::Terraform => terraform::render(&scene, &crate::cost::cost(spec, catalogue, books)),
        Target::Prometheus => prometheus::render(&scene),
        Target::Grafana => grafana::render(&scene),
        Target::GithubActions => actions::render(&scene),
    }
}

/// More machines or replicas than anybody writes one by one.
const MOST: u64 = 200_000;

fn bounded(scene: &Scene<'_>) -> Result<(), Problem> {
    let replicas: u64 = scene.apps.iter().map(|app| u64::from(app.asked.sets) * u64::from(app.asked.replicas)).sum();
    let cards = scene.spec.nodes.iter().flat_map(|node| &node.gpus).map(|card| u64::from(card.count)).sum();
    let most = replicas.max(scene.machines()).max(cards);
    if most <= MOST {
        return Ok(());
    }
    Err(unsuited(
        format!(
            "a frota tem {most} máquinas, placas ou réplicas, e escrevem-se no máximo {MOST}; divida o spec em frotas menores"
        ),
        format!(
            "the fleet has {most} machines, cards or replicas, and at most {MOST} are written; divide the spec into smaller fleets"
        ),
    ))
}

/// A target that does not suit, with the reason and what would.
fn unsuited(portuguese: impl Into<String>, english: impl Into<String>) -> Problem {
    Problem::Unsuited(Text { portuguese: portuguese.into(), english: english.into() })
}

/// A text between quotes as HCL reads it, which knows no `\b` nor `\f`, and takes `${` and `%{` for templates.
fn hcl(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '$' | '%' if letters.peek() == Some(&'{') => quoted.extend([letter, letter]),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Filters of the templates.
#[expect(unreachable_pub, reason = "the macro makes public items")]
mod filters {
    /// A text between quotes, as YAML, JSON, TOML and PromQL all read it.
    #[askama::filter_fn]
    pub fn quoted(text: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(serde_json::Value::String(text.to_string()).to_string())
    }

    /// A text between quotes of a Compose file, which reads `$NAME` as a variable of its own.
    #[askama::filter_fn]
    pub fn compose(text: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(serde_json::Value::String(text.to_string().replace('$', "$$")).to_string())
    }

    /// A text between quotes as HCL reads it: nothing in it is a template.
    #[askama::filter_fn]
    pub fn hcl(text: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(super::hcl(&text.to_string()))
    }
}
