//! Databases that an operator runs, and names for those that are bought.

use askama::Template;

use super::work::{Amounts, Need, Place};
use super::{Kube, Part, copies, disks, peers};
use crate::render::scene::App;
use crate::render::{Problem, filters};
use crate::spec::Service;

#[derive(Template)]
#[template(path = "kubernetes/postgresql.yaml", escape = "none")]
struct Postgresql<'a> {
    k: &'a Kube<'a>,
    base: Base<'a>,
    copies: Copies,
}

#[derive(Template)]
#[template(path = "kubernetes/mysql.yaml", escape = "none")]
struct Mysql<'a> {
    k: &'a Kube<'a>,
    base: Base<'a>,
    copies: Copies,
}

#[derive(Template)]
#[template(path = "kubernetes/mongodb.yaml", escape = "none")]
pub(super) struct Mongodb<'a> {
    pub(super) k: &'a Kube<'a>,
    pub(super) base: Base<'a>,
    pub(super) copies: Copies,
}

#[derive(Template)]
#[template(path = "kubernetes/object-store.yaml", escape = "none")]
pub(super) struct Objects<'a> {
    /// Its volume servers.
    pub(super) planned: u32,
    pub(super) k: &'a Kube<'a>,
    pub(super) base: Base<'a>,
    pub(super) copies: Copies,
}

/// What all of them have.
pub(super) struct Base<'a> {
    pub(super) name: &'a str,
    namespace: String,
    pub(super) image: String,
    /// Of the image's tag.
    version: String,
    replicas: String,
    amounts: Amounts,
    class: String,
    place: Place<'a>,
    from: Vec<super::peers::Peer>,
    /// A job of ours copies it.
    copied: bool,
}

impl<'a> Base<'a> {
    fn of(k: &Kube<'a>, app: &App<'a>) -> Self {
        let id = &app.workload.id;
        let image = app.entry.image.as_deref().unwrap_or_default();
        let mut need = Need::of(app);
        need.disk_gb = need.disk_gb.max(1);
        let version = image.rsplit(':').next().unwrap_or_default();
        Self {
            name: id,
            namespace: k.namespace(Part::of(app)),
            image: k.slots.put(&["workloads", id, "image"], image),
            version: k.slots.put(&["workloads", id, "version"], version),
            replicas: k.slots.put(&["workloads", id, "replicas"], app.asked.replicas),
            amounts: k.amounts(id, need),
            class: format!("{}-{}", k.fleet, disks::kind_for(k, app)),
            place: Place::of(k, app),
            from: peers::from(k, app),
            copied: matches!(app.entry.id.as_str(), "mongodb" | "object-store"),
        }
    }
}

pub(super) fn write<'a>(k: &'a Kube<'a>, app: &'a App<'a>) -> Result<String, Problem> {
    let base = Base::of(k, app);
    let copies = Copies::of(k, app);
    Ok(match app.entry.id.as_str() {
        "postgresql" => Postgresql { k, base, copies }.render()?,
        "mysql" => Mysql { k, base, copies }.render()?,
        "mongodb" => Mongodb { k, base, copies }.render()?,
        _ => Objects { planned: app.asked.replicas, k, base, copies }.render()?,
    })
}

/// Where copies of a database go, and when.
pub(super) struct Copies {
    /// The cloud whose objects they are; an S3 of anybody's elsewhere.
    cloud: &'static str,
    /// Minutes, hours, days, months, weekdays.
    schedule: String,
    pub(super) keep_days: u64,
    /// A bucket or container, without its folder.
    bucket: String,
    folder: String,
    /// Of an S3 that is not AWS's.
    endpoint: Option<String>,
    port: u16,
    /// Access by the account of a pod, not by a key.
    role: Option<(&'static str, String)>,
}

impl Copies {
    fn of(k: &Kube<'_>, app: &App<'_>) -> Self {
        let backup = &k.scene.spec.backup;
        let cloud = match disks::cloud(k).map(|(provider, _)| provider) {
            None => "",
            Some("gcp") => "gcp",
            Some("azure") => "azure",
            Some(_) => "aws",
        };
        let bucket = match cloud {
            "azure" => {
                let placeholder = "https://account.blob.core.windows.net/copias";
                k.scene.filled(|to| to.backup_store.as_deref(), placeholder).to_owned()
            }
            _ => {
                let placeholder = format!("{}-{}", k.fleet, k.scene.spec.copies().map_or("copias", |kept| kept.id));
                k.scene.filled(|to| to.backup_bucket.as_deref(), &placeholder).to_owned()
            }
        };
        let endpoint = match cloud {
            "aws" | "azure" => None,
            "gcp" => Some("https://storage.googleapis.com"),
            _ => Some(k.scene.filled(|to| to.backup_store.as_deref(), "https://copias.example.org")),
        };
        Self {
            cloud,
            schedule: k.slots.put(&["backup", "schedule"], copies::schedule(k.scene.spec)),
            keep_days: backup.keep_days.ceil().max(1.0) as u64,
            bucket: k.slots.put(&["backup", "bucket"], bucket),
            folder: app.id().to_owned(),
            endpoint: endpoint.map(|url| k.slots.put(&["backup", "endpoint"], url)),
            port: if cloud.is_empty() { k.scene.spec.installation.backup_port() } else { 443 },
            role: k.backup_role(),
        }
    }

    /// As Azure calls it, without its account.
    fn container(&self) -> &str {
        self.bucket.rsplit('/').next().unwrap_or_default()
    }

    /// As CloudNativePG names it.
    fn url(&self) -> String {
        let scheme = match self.cloud {
            "gcp" => "gs://",
            "azure" => "",
            _ => "s3://",
        };
        format!("{scheme}{}/{}", self.bucket, self.folder)
    }
}

/// What is bought in place of a workload that pods call by name.
pub(super) fn bought<'a>(k: &Kube<'a>) -> Vec<(&'a Service, &'a str)> {
    let called = ["postgresql", "mysql", "mongodb", "valkey"];
    let of = |one: &'a Service| {
        let provides = one.provides.as_deref().filter(|provides| called.contains(provides))?;
        let run = k.scene.apps.iter().any(|app| app.id() == provides);
        (!run).then_some((one, provides))
    };
    let mut all: Vec<_> = k.scene.spec.services.iter().filter_map(of).collect();
    all.sort_by_key(|(_, provides)| *provides);
    all.dedup_by_key(|(_, provides)| *provides);
    all
}

#[derive(Template)]
#[template(path = "kubernetes/bought.yaml", escape = "none")]
struct Bought<'a> {
    k: &'a Kube<'a>,
    namespace: String,
    /// The name pods call, the spec's id, the host.
    services: Vec<(&'a str, &'a str, String)>,
}

pub(super) fn names(k: &Kube<'_>) -> Result<String, Problem> {
    let service = |(one, provides): (&'_ Service, &'_ str)| {
        let filled = k.scene.spec.installation.services.get(&one.id).cloned();
        let host = filled.unwrap_or_else(|| format!("{}.example.org", one.id));
        let host = k.slots.put(&["services", one.id.as_str()], host);
        (provides.to_owned(), one.id.clone(), host)
    };
    let owned: Vec<(String, String, String)> = bought(k).into_iter().map(service).collect();
    let services = owned.iter().map(|(name, id, host)| (name.as_str(), id.as_str(), host.clone())).collect();
    Ok(Bought { k, namespace: k.namespace(Part::Data), services }.render()?)
}
