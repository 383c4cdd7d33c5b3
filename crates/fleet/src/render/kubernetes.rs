//! Kubernetes: namespaces, what runs in them, who may speak to whom, and what happens when a node goes. `helm` is the same text
//! with references in place of values.

mod cards;
mod clinics;
mod collector;
mod copies;
mod data;
mod disks;
mod failover;
mod peers;
mod platform;
mod secrets;
mod settings;
mod shared;
mod slots;
mod space;
mod work;

use askama::Template;

use super::scene::{App, Scene};
use super::{Files, Problem};
use crate::spec::LEAST_OF_CLUSTER as LEAST;
pub(super) use collector::NAME as COLLECTOR;
pub(super) use slots::Slots;

/// What belongs together, and is rolled out together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Disks, certificates, cards.
    Platform,
    /// Databases and caches.
    Data,
    /// What clinics share, beside Aroeira.
    Provider,
    /// Aroeira, and what clinics have of their own.
    Clinics,
    /// What watches.
    Observability,
}

impl Part {
    /// In the order in which they are rolled out.
    pub(super) const ALL: [Part; 5] = [Part::Platform, Part::Data, Part::Provider, Part::Clinics, Part::Observability];

    pub(super) fn id(self) -> &'static str {
        match self {
            Part::Platform => "platform",
            Part::Data => "data",
            Part::Provider => "provider",
            Part::Clinics => "clinics",
            Part::Observability => "observability",
        }
    }

    /// Where a workload of the catalogue belongs.
    fn of(app: &App<'_>) -> Self {
        if app.asked.own { Part::Clinics } else { Part::of_entry(&app.entry.id) }
    }

    /// Where an entry belongs that clinics share.
    pub(super) fn of_entry(entry: &str) -> Self {
        match entry {
            "aroeira" => Part::Clinics,
            "postgresql" | "mysql" | "mongodb" | "valkey" | "object-store" => Part::Data,
            "prometheus" | "alertmanager" | "grafana" | "loki" => Part::Observability,
            _ => Part::Provider,
        }
    }
}

/// A file of manifests.
pub(super) struct Sheet {
    pub(super) part: Part,
    /// Without folder and ending.
    pub(super) name: String,
    pub(super) text: String,
}

/// A fleet as Kubernetes sees it.
pub(super) struct Kube<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) slots: Slots,
    /// Its name, as far as names of namespaces have room for it.
    pub(super) fleet: String,
}

impl<'a> Kube<'a> {
    /// # Errors
    /// Too few machines for a cluster of one's own, and no cloud that lends one.
    pub(super) fn new(scene: &'a Scene<'a>, slots: Slots) -> Result<Self, Problem> {
        if !scene.bears_cluster() {
            let machines = scene.machines();
            return Err(super::unsuited(
                format!(
                    "Kubernetes pede ao menos {LEAST} máquinas, e esta frota tem {machines}; use compose ou systemd"
                ),
                format!(
                    "Kubernetes asks for at least {LEAST} machines, and this fleet has {machines}; use compose or systemd"
                ),
            ));
        }
        if !scene.apps.iter().any(|app| app.entry.image.is_some()) {
            return Err(super::unsuited(
                "nenhuma carga desta frota tem imagem",
                "no workload of this fleet has an image",
            ));
        }
        let fleet: String = scene.spec.name.chars().take(30).collect();
        Ok(Self { scene, slots, fleet: fleet.trim_end_matches('-').to_owned() })
    }

    pub(super) fn say<'t>(&self, portuguese: &'t str, english: &'t str) -> &'t str {
        self.scene.say(portuguese, english)
    }

    /// Where names of clinics live.
    pub(super) fn domain(&self) -> String {
        self.slots.put(&["domain"], self.scene.filled(|to| to.domain.as_deref(), "clinica.example.org"))
    }

    pub(super) fn ingress_class(&self) -> String {
        self.slots.put(&["ingress", "class"], "traefik")
    }

    pub(super) fn ingress_namespace(&self) -> String {
        self.slots.put(&["ingress", "namespace"], "traefik")
    }

    /// Addresses of pods: of a cloud's own network, where that gives them; AKS's lie over it (`pod_cidr`).
    pub(super) fn pods(&self) -> String {
        let overlay = matches!(disks::cloud(self), Some(("azure", _)));
        let network = self.rented_network().filter(|_| !overlay).unwrap_or_else(|| "10.244.0.0/16".to_owned());
        self.slots.put(&["network", "pods"], self.scene.filled(|to| to.cidr_pods.as_deref(), &network))
    }

    /// Addresses of what is bought, and of the cluster's own interface.
    pub(super) fn private(&self) -> String {
        let network = self.rented_network().unwrap_or_else(|| "10.0.0.0/8".to_owned());
        self.slots.put(&["network", "private"], self.scene.filled(|to| to.cidr_private.as_deref(), &network))
    }

    /// The provider's own repository.
    pub(super) fn repository(&self) -> String {
        self.scene.repository(&self.fleet)
    }

    /// Addresses of own machines, where their node exporters answer.
    pub(super) fn machines(&self) -> String {
        self.slots.put(&["network", "machines"], "10.0.0.0/8")
    }

    /// The network that `--to terraform` makes for the cluster.
    fn rented_network(&self) -> Option<String> {
        disks::cloud(self)?;
        let node = self.scene.spec.nodes.first()?;
        let at = self.scene.spec.sites.iter().position(|site| site.id == node.site)?;
        Some(super::terraform::network(at))
    }

    /// Namespaces whose pods ask for secrets: those of parts, then those of clinics' own.
    pub(super) fn namespaces(&self) -> Vec<String> {
        shared::names(self).into_iter().chain(clinics::names(self)).collect()
    }

    /// Sets of Aroeira that clinics share, with their namespace; each has a master key.
    pub(super) fn shared_sets(&self) -> Vec<(String, String)> {
        clinics::shared_sets(self)
    }

    /// All files.
    ///
    /// # Errors
    /// A template that failed.
    pub(super) fn sheets(&self) -> Result<Vec<Sheet>, Problem> {
        let mut sheets = platform::sheets(self)?;
        sheets.extend(shared::sheets(self)?);
        sheets.extend(clinics::sheets(self)?);
        for sheet in &mut sheets {
            sheet.text = self.slots.finish(sheet.text.trim_start().trim_start_matches("---\n"));
        }
        Ok(sheets)
    }
}

#[derive(Template)]
#[template(path = "kubernetes/kustomization.yaml", escape = "none")]
struct Kustomization {
    files: Vec<String>,
}

#[derive(Template)]
#[template(path = "kubernetes/README.md", escape = "none")]
pub(super) struct Readme<'a> {
    pub(super) k: &'a Kube<'a>,
    pub(super) chart: bool,
    pub(super) labels: Vec<String>,
    pub(super) secrets: Vec<(String, String)>,
    pub(super) operators: Vec<&'static str>,
    pub(super) bought: Vec<String>,
    /// Some of it is called by a name of the cluster.
    pub(super) named: bool,
    pub(super) whole: bool,
    pub(super) grouped: bool,
    /// Prometheus runs here.
    pub(super) watches: bool,
    /// What logs and traces go to, and the spec does not run.
    pub(super) brought: Vec<&'static str>,
}

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    let k = Kube::new(scene, Slots::literal())?;
    let mut files = Files::default();
    let mut parts: Vec<(Part, Vec<String>)> = Vec::new();
    for sheet in k.sheets()? {
        files.put(format!("{}/{}.yaml", sheet.part.id(), sheet.name), sheet.text);
        let file = format!("{}.yaml", sheet.name);
        match parts.iter_mut().find(|(part, _)| *part == sheet.part) {
            Some((_, files)) => files.push(file),
            None => parts.push((sheet.part, vec![file])),
        }
    }
    parts.sort_by_key(|(part, _)| *part);
    let folders = parts.iter().map(|(part, _)| part.id().to_owned()).collect();
    files.put("kustomization.yaml", Kustomization { files: folders }.render()?);
    for (part, of) in parts {
        files.put(format!("{}/kustomization.yaml", part.id()), Kustomization { files: of }.render()?);
    }
    files.put("README.md", k.readme(false)?);
    Ok(files)
}
