//! Databases that an operator runs, and names for those that are bought.

use askama::Template;

use super::work::{Amounts, Need, Place};
use super::{Kube, Part, disks, peers};
use crate::render::scene::App;
use crate::render::{Problem, filters};
use crate::spec::{Service, StorageClass};

#[derive(Template)]
#[template(path = "kubernetes/postgresql.yaml", escape = "none")]
struct Postgresql<'a> {
    k: &'a Kube<'a>,
    base: Base<'a>,
    /// Seconds, minutes, hours, days, months, weekdays.
    schedule: String,
    keep_days: u64,
    destination: String,
    /// Access by the machine's own role, not by a key.
    role: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "kubernetes/mysql.yaml", escape = "none")]
struct Mysql<'a> {
    k: &'a Kube<'a>,
    base: Base<'a>,
}

#[derive(Template)]
#[template(path = "kubernetes/mongodb.yaml", escape = "none")]
struct Mongodb<'a> {
    k: &'a Kube<'a>,
    base: Base<'a>,
}

#[derive(Template)]
#[template(path = "kubernetes/object-store.yaml", escape = "none")]
struct Objects<'a> {
    k: &'a Kube<'a>,
    base: Base<'a>,
}

/// What all of them have.
struct Base<'a> {
    name: &'a str,
    namespace: String,
    image: String,
    /// Of the image's tag.
    version: String,
    replicas: String,
    amounts: Amounts,
    class: String,
    place: Place<'a>,
    from: Vec<super::peers::Peer>,
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
        }
    }
}

pub(super) fn write<'a>(k: &'a Kube<'a>, app: &'a App<'a>) -> Result<String, Problem> {
    let base = Base::of(k, app);
    Ok(match app.entry.id.as_str() {
        "postgresql" => {
            let backup = &k.scene.spec.backup;
            let destination = format!("s3://{}-{}/{}", k.fleet, bucket(k), app.id());
            Postgresql {
                k,
                base,
                schedule: schedule(backup.every_hours),
                keep_days: backup.keep_days.ceil().max(1.0) as u64,
                destination: k.slots.put(&["backup", "destination"], destination),
                role: k.secrets_role(),
            }
            .render()?
        }
        "mysql" => Mysql { k, base }.render()?,
        "mongodb" => Mongodb { k, base }.render()?,
        _ => Objects { k, base }.render()?,
    })
}

/// When whole copies are made: each change is copied at once anyhow.
fn schedule(every_hours: Option<f64>) -> String {
    match every_hours {
        Some(hours) if (1.0..24.0).contains(&hours) => format!("0 0 */{} * * *", hours.floor()),
        _ => "0 0 3 * * *".to_owned(),
    }
}

/// The first storage of objects that copies may lie on.
fn bucket<'a>(k: &Kube<'a>) -> &'a str {
    let objects = [StorageClass::ObjectInfrequent, StorageClass::Object];
    let mut all =
        objects.into_iter().flat_map(|class| k.scene.spec.storage.iter().filter(move |one| one.class == class));
    all.next().map_or("copias", |one| one.id.as_str())
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
