//! What the templates are filled from: the spec, the catalogue and the plan, as the manifests need them.

use crate::catalogue::Entry;
use crate::plan::{Demanded, Plan};
use crate::spec::{Installation, Isolation, Node, RunBy, Site, SiteKind, Workload};
use crate::{Catalogue, Language, Spec};

/// What runs a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Platform {
    /// The one machine.
    Compose,
    /// Several of one's own.
    Systemd,
    /// A cluster, rented or own.
    Kubernetes,
}

/// A spec with all that follows from it.
pub(super) struct Scene<'a> {
    pub(super) spec: &'a Spec,
    pub(super) plan: &'a Plan,
    pub(super) language: Language,
    /// What runs on the nodes, in the spec's order; a workload twice where some clinics share it and some have their own.
    pub(super) apps: Vec<App<'a>>,
}

/// A workload as it is run.
pub(super) struct App<'a> {
    pub(super) workload: &'a Workload,
    pub(super) entry: &'a Entry,
    /// How many sets, with how many replicas, and what each replica takes.
    pub(super) asked: &'a Demanded,
    /// Which of `Plan::demand` that is.
    pub(super) at: usize,
    /// Of sets that are a clinic's own: which of the spec's entries of such clinics.
    pub(super) own_entry: usize,
}

impl<'a> Scene<'a> {
    pub(super) fn new(spec: &'a Spec, catalogue: &'a Catalogue, plan: &'a Plan, language: Language) -> Self {
        let app = |(at, asked): (usize, &'a Demanded)| {
            let workload = spec.workloads.iter().find(|one| one.id == asked.workload)?;
            let entry = catalogue.get(workload.uses())?;
            let before = plan.demand.iter().take(at).filter(|one| one.own && one.workload == asked.workload);
            Some(App { workload, entry, asked, at, own_entry: before.count() })
        };
        Self { spec, plan, language, apps: plan.demand.iter().enumerate().filter_map(app).collect() }
    }

    /// One of two texts, by the language asked for.
    pub(super) fn say<'t>(&self, portuguese: &'t str, english: &'t str) -> &'t str {
        self.language.say(portuguese, english)
    }

    /// Machines, all together.
    pub(super) fn machines(&self) -> u64 {
        self.spec.machines()
    }

    /// What the installation says of itself, or a placeholder.
    pub(super) fn filled<'t>(&self, key: fn(&Installation) -> Option<&str>, placeholder: &'t str) -> &'t str
    where
        'a: 't,
    {
        let spec: &'a Spec = self.spec;
        key(&spec.installation).unwrap_or(placeholder)
    }

    /// The provider's own repository.
    pub(super) fn repository(&self, fleet: &str) -> String {
        let placeholder = format!("https://git.example.org/{fleet}.git");
        self.filled(|to| to.git_repository.as_deref(), &placeholder).to_owned()
    }

    pub(super) fn site_of(&self, node: &Node) -> Option<&'a Site> {
        self.spec.sites.iter().find(|site| site.id == node.site)
    }

    /// Whether any machine stands at such a place.
    pub(super) fn runs_at(&self, kind: SiteKind) -> bool {
        self.spec.runs_at(kind)
    }

    /// Whether a cluster can be made of it at all.
    pub(super) fn bears_cluster(&self) -> bool {
        self.spec.bears_cluster()
    }

    /// What runs it: what the spec says; else Kubernetes where machines are a cloud's, one is bought, or clinics have namespaces of
    /// it; else the machines themselves.
    pub(super) fn platform(&self) -> Platform {
        match self.spec.installation.platform {
            Some(RunBy::Compose) => return Platform::Compose,
            Some(RunBy::Systemd) => return Platform::Systemd,
            Some(RunBy::Kubernetes) => return Platform::Kubernetes,
            None => {}
        }
        let bought = |item: &str| item.split('.').any(|part| ["eks", "gke", "aks"].contains(&part));
        let asked = self.spec.services.iter().any(|one| bought(&one.item))
            || self.spec.clinics.iter().any(|one| one.isolation == Isolation::Namespace);
        if self.runs_at(SiteKind::CloudRegion) || asked && self.bears_cluster() {
            Platform::Kubernetes
        } else if self.machines() == 1 {
            Platform::Compose
        } else {
            Platform::Systemd
        }
    }

    pub(super) fn in_kubernetes(&self) -> bool {
        self.platform() == Platform::Kubernetes
    }

    /// Whether the catalogue's entry is run, or bought as a service.
    pub(super) fn has(&self, entry: &str) -> bool {
        self.apps.iter().any(|app| app.entry.id == entry)
            || self.spec.services.iter().any(|one| one.provides.as_deref() == Some(entry))
    }
}

impl Scene<'_> {
    /// The entry that people's browsers reach: Aroeira, or else WordPress.
    pub(super) fn served(&self) -> Option<&'static str> {
        ["aroeira", "wordpress"].into_iter().find(|id| self.apps.iter().any(|app| app.entry.id == *id))
    }
}

impl Scene<'_> {
    /// The image of a workload; Aroeira's from the installation's own registry.
    pub(super) fn image(&self, app: &App<'_>) -> String {
        let image = app.entry.image.as_deref().unwrap_or_default();
        match (&self.spec.installation.registry, image.rsplit_once(':')) {
            (Some(registry), Some((_, tag))) if app.is_aroeira() && !tag.contains('/') => format!("{registry}:{tag}"),
            _ => image.to_owned(),
        }
    }
}

impl App<'_> {
    /// A workload's id, which is its name everywhere.
    pub(super) fn id(&self) -> &str {
        &self.workload.id
    }

    /// Thousandths of a core that each replica asks for.
    pub(super) fn millicores(&self) -> u64 {
        (self.asked.takes.cores * 1000.0).ceil().max(10.0) as u64
    }

    /// Mebibytes that each replica asks for.
    pub(super) fn mebibytes(&self) -> u64 {
        (self.asked.takes.memory_gb * 1024.0).ceil().max(16.0) as u64
    }

    /// The most each replica may take, in thousandths of a core: the catalogue's, or twice what it asks for.
    pub(super) fn most_millicores(&self) -> u64 {
        let most = self.entry.limits.map_or(0, |most| (most.cores * 1000.0) as u64);
        if most == 0 { self.millicores() * 2 } else { most.max(self.millicores()) }
    }

    /// The most each replica may take, in mebibytes: the catalogue's, or what it asks for. Memory is never overcommitted.
    pub(super) fn most_mebibytes(&self) -> u64 {
        let most = self.entry.limits.map_or(0, |most| (most.memory_gb * 1024.0) as u64);
        most.max(self.mebibytes())
    }

    /// It is Aroeira itself.
    pub(super) fn is_aroeira(&self) -> bool {
        self.entry.id == "aroeira"
    }

    /// The first of its ports; 0 of what listens nowhere.
    pub(super) fn port(&self) -> u16 {
        self.entry.ports.values().next().copied().unwrap_or_default()
    }

    /// Its replicas are copies of each other, and must be told who leads.
    pub(super) fn is_clustered(&self) -> bool {
        matches!(self.entry.id.as_str(), "postgresql" | "valkey" | "mysql" | "mongodb" | "object-store")
    }
}
