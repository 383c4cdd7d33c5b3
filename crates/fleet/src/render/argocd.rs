//! Argo CD: an application of applications, one for each part and environment. Each installs its part of the chart.

use askama::Template;

use super::helm::environments;
use super::kubernetes::{Kube, Part, Slots};
use super::scene::{App, Scene};
use super::{Files, Problem, filters};

#[derive(Template)]
#[template(path = "argocd/root.yaml", escape = "none")]
struct Root<'a> {
    k: &'a Kube<'a>,
}

#[derive(Template)]
#[template(path = "argocd/project.yaml", escape = "none")]
struct Project<'a> {
    k: &'a Kube<'a>,
    clusters: Vec<&'a str>,
    /// What lies outside of namespaces, and within: group and kind.
    wide: Vec<(String, String)>,
    within: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "argocd/application.yaml", escape = "none")]
struct Application<'a> {
    k: &'a Kube<'a>,
    /// Of its cluster, as Argo CD knows it.
    environment: &'a str,
    /// It has a file of values beside production's.
    beside: bool,
    part: &'static str,
    wave: usize,
    /// What is gone from the chart goes from the cluster.
    prune: bool,
    /// It holds Aroeira, whose image is replaced set by set.
    rolls_out: bool,
    /// Every part of the chart, and whether it is this one.
    parts: Vec<(&'static str, bool)>,
}

/// The cluster that Argo CD itself runs in.
const PRODUCTION: &str = "in-cluster";
/// Kinds that lie outside of namespaces.
const WIDE: [&str; 3] = ["Namespace", "StorageClass", "ClusterIssuer"];

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    let k = Kube::new(scene, Slots::literal())?;
    let sheets = k.sheets()?;
    let has = |part: &Part| sheets.iter().any(|sheet| sheet.part == *part);
    let parts: Vec<Part> = Part::ALL.into_iter().filter(has).collect();
    let kinds = kinds(sheets.iter().map(|sheet| sheet.text.as_str()));
    let (wide, within) = kinds.into_iter().partition(|(_, kind)| WIDE.contains(&kind.as_str()));
    let mut clusters = vec![PRODUCTION];
    clusters.extend(environments(scene).map(|one| one.name.as_str()));
    let mut files = Files::default();
    files.put("root.yaml", Root { k: &k }.render()?);
    files.put("apps/project.yaml", Project { k: &k, clusters: clusters.clone(), wide, within }.render()?);
    for cluster in clusters {
        for (wave, part) in parts.iter().enumerate() {
            let application = Application {
                k: &k,
                environment: cluster,
                beside: cluster != PRODUCTION,
                part: part.id(),
                wave,
                prune: !matches!(part, Part::Platform | Part::Data | Part::Clinics),
                rolls_out: *part == Part::Clinics && scene.apps.iter().any(App::is_aroeira),
                parts: parts.iter().map(|one| (one.id(), one == part)).collect(),
            };
            let name = if cluster == PRODUCTION { "production" } else { cluster };
            files.put(format!("apps/{name}-{}.yaml", part.id()), application.render()?);
        }
    }
    Ok(files)
}

/// Groups and kinds of all objects, each once.
fn kinds<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for text in texts {
        let mut group = "";
        for line in text.lines() {
            if let Some(version) = line.strip_prefix("apiVersion: ") {
                group = version.split_once('/').map_or("", |(group, _)| group);
            } else if let Some(kind) = line.strip_prefix("kind: ") {
                all.push((group.to_owned(), kind.to_owned()));
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}
