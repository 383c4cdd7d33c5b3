//! Who in the cluster reads which secrets, and writes which copies: by the names that the manifests of Kubernetes ask for.

use super::{Bucket, Rented};
use crate::render::kubernetes::{COLLECTOR, Kube, Slots};
use crate::render::scene::App;
use crate::spec::SiteKind;

/// Identities of pods that Azure takes for one of its own.
const AZURE_FEDERATED: usize = 20;

/// A group of logs, and the accounts of the cluster that write to it and read it.
pub(in crate::render::terraform) struct Logs<'a> {
    pub(in crate::render::terraform) group: &'a str,
    pub(in crate::render::terraform) namespace: String,
    pub(in crate::render::terraform) writer: &'static str,
    pub(in crate::render::terraform) reader: Option<&'a str>,
}

impl<'a> Rented<'a> {
    /// Nothing where nothing runs in Kubernetes.
    fn kube(&self) -> Option<Kube<'a>> {
        Kube::new(self.scene, Slots::literal()).ok()
    }

    /// The fleet, as names of namespaces and of secrets begin.
    pub(in crate::render::terraform) fn fleet(&self) -> String {
        self.kube().map(|k| k.fleet).unwrap_or_default()
    }

    /// External Secrets reads here; where any machine is one's own it reads from Vault.
    pub(in crate::render::terraform) fn keeps_secrets(&self) -> bool {
        let own = [SiteKind::OwnRack, SiteKind::Colocation, SiteKind::OnPremises];
        !self.groups.is_empty()
            && !own.into_iter().any(|kind| self.scene.runs_at(kind))
            && !self.secret_spaces().is_empty()
    }

    /// Namespaces whose account `secrets` reads.
    pub(in crate::render::terraform) fn secret_spaces(&self) -> Vec<String> {
        self.kube().map(|k| k.namespaces()).unwrap_or_default()
    }

    /// They are more than one identity of Azure takes.
    pub(in crate::render::terraform) fn many_identities(&self) -> bool {
        self.secret_spaces().len() > AZURE_FEDERATED
    }

    /// Master keys of the sets that clinics share, by their name.
    pub(in crate::render::terraform) fn master_keys(&self) -> Vec<String> {
        let Some(k) = self.kube().filter(|_| self.keeps_secrets()) else { return Vec::new() };
        k.shared_sets().into_iter().map(|(space, set)| k.secret_key(&space, &set)).collect()
    }

    /// A secret that there is, for an example.
    pub(in crate::render::terraform) fn secret_example(&self) -> String {
        let made = self.master_keys().into_iter().next();
        made.or_else(|| self.secret_keys().into_iter().next().map(|(name, _)| name)).unwrap_or_default()
    }

    /// All secrets by their name, `*` and `N` where there are many, with what is in each.
    pub(in crate::render::terraform) fn secret_keys(&self) -> Vec<(String, String)> {
        self.kube().map(|k| k.secret_keys()).unwrap_or_default()
    }

    /// Aroeira's logs, where they are kept here.
    pub(in crate::render::terraform) fn cloudwatch(&self) -> Option<Logs<'a>> {
        let k = self.kube().filter(|k| self.is_aws() && self.keeps_secrets() && k.keeps_logs_at_aws())?;
        Some(Logs {
            group: &self.spec.name,
            namespace: k.watching_namespace(),
            writer: COLLECTOR,
            reader: self.scene.apps.iter().find(|app| app.entry.id == "grafana").map(|app| app.workload.id.as_str()),
        })
    }

    /// Databases that run in the cluster and copy themselves away, by their account there.
    pub(in crate::render::terraform) fn copied(&self) -> Vec<&'a str> {
        let runs = |app: &&App<'_>| app.entry.id == "postgresql" && !app.asked.own && app.entry.image.is_some();
        if self.groups.is_empty() || !self.keeps_secrets() || self.copies().is_none() {
            return Vec::new();
        }
        self.scene.apps.iter().filter(runs).map(|app| app.workload.id.as_str()).collect()
    }

    /// Where those copies lie, as the manifests choose it.
    pub(in crate::render::terraform) fn copies(&self) -> Option<&Bucket<'a>> {
        let kept = self.spec.copies_at(&self.site.id)?;
        self.buckets.iter().find(|bucket| bucket.id == kept.id)
    }
}
