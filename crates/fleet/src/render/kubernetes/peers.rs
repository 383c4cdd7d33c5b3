//! Who speaks to whom: what the catalogue says a workload cannot run without, the edge, and what watches.

use std::fmt::Write;

use super::{Kube, Part, collector, failover};
use crate::catalogue::by_operator;
use crate::render::scene::App;
use crate::render::{own, watched};
use crate::spec::{Channel, Logs};

/// Somebody on the other side.
#[derive(Clone, PartialEq)]
pub(super) enum Peer {
    /// Pods of a workload of ours; all of its part where an operator names them.
    Work { part: Part, id: Option<String>, port: u16 },
    /// Pods of one set of ours, in its own namespace.
    Instance { name: String, port: u16 },
    /// Pods that the provider brings into our namespace of what watches.
    Brought { name: &'static str, port: u16 },
    /// A namespace that is not ours.
    Namespace { name: String, port: u16 },
    /// Addresses.
    Network { cidr: String, port: u16 },
}

impl Peer {
    pub(super) fn write(&self) -> String {
        let mut text = String::new();
        let port = match self {
            Peer::Work { part, id, port } => {
                let _ = write!(
                    text,
                    "        - namespaceSelector:\n            matchLabels:\n              aroeira/part: {}\n",
                    part.id()
                );
                if let Some(id) = id {
                    let _ = write!(
                        text,
                        "          podSelector:\n            matchLabels:\n              aroeira/workload: \"{id}\"\n"
                    );
                }
                port
            }
            Peer::Instance { name, port } => {
                let _ = write!(
                    text,
                    "        - podSelector:\n            matchLabels:\n              app.kubernetes.io/instance: \"{name}\"\n"
                );
                port
            }
            Peer::Brought { name, port } => {
                let _ = write!(
                    text,
                    "        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: {name}\n"
                );
                port
            }
            Peer::Namespace { name, port } => {
                let _ = write!(
                    text,
                    "        - namespaceSelector:\n            matchLabels:\n              \
                     kubernetes.io/metadata.name: \"{name}\"\n"
                );
                port
            }
            Peer::Network { cidr, port } => {
                let _ = write!(text, "        - ipBlock:\n            cidr: \"{cidr}\"\n");
                port
            }
        };
        let _ = write!(text, "      ports:\n        - protocol: TCP\n          port: {port}");
        text
    }
}

/// Ports of what is bought.
pub(super) fn bought(entry: &str) -> u16 {
    match entry {
        "postgresql" => 5432,
        "mysql" => 3306,
        "mongodb" => 27017,
        "valkey" => 6379,
        _ => 443,
    }
}

/// The port that a workload is called at.
pub(super) fn port(app: &App<'_>) -> u16 {
    app.entry.ports.get("http").or_else(|| app.entry.ports.values().next()).copied().unwrap_or(8080)
}

/// The port that its pods answer at: MySQL's router stands before the database.
fn pod_port(app: &App<'_>) -> u16 {
    if app.entry.id == "mysql" { 6446 } else { port(app) }
}

pub(super) fn peer(app: &App<'_>) -> Peer {
    let id = (!by_operator(&app.entry.id)).then(|| app.id().to_owned());
    let id = if failover::has(app) { id.map(|id| failover::proxy(&id)) } else { id };
    Peer::Work { part: Part::of(app), id, port: pod_port(app) }
}

/// Entries that a workload calls.
fn calls<'a>(app: &'a App<'_>) -> Vec<&'a str> {
    let mut calls: Vec<&str> = app.entry.depends_on.iter().map(String::as_str).collect();
    match app.entry.id.as_str() {
        "nginx" => calls.extend(["wordpress", "websocket"]),
        "grafana" => calls.extend(["prometheus", "loki"]),
        "prometheus" => calls.extend(["aroeira", "alertmanager"]),
        _ => {}
    }
    calls
}

/// Whether it answers the internet: not what others stand before, nor what only pods call.
pub(super) fn open(k: &Kube<'_>, app: &App<'_>) -> bool {
    let behind_nginx = matches!(app.entry.id.as_str(), "wordpress" | "websocket")
        && k.scene.apps.iter().any(|one| one.entry.id == "nginx");
    // A clinic's own database is no less inside.
    let inside = matches!(Part::of_entry(&app.entry.id), Part::Data | Part::Observability) || app.entry.gpu.is_some();
    !behind_nginx && !inside && !app.entry.ports.is_empty()
}

fn add(peers: &mut Vec<Peer>, peer: Peer) {
    if !peers.contains(&peer) {
        peers.push(peer);
    }
}

/// Who calls it.
pub(super) fn from(k: &Kube<'_>, app: &App<'_>) -> Vec<Peer> {
    let port = pod_port(app);
    let mut peers = Vec::new();
    if open(k, app) {
        peers.push(Peer::Namespace { name: k.ingress_namespace(), port });
    }
    for other in &k.scene.apps {
        if calls(other).contains(&app.entry.id.as_str()) {
            add(&mut peers, Peer::Work { part: Part::of(other), id: Some(other.id().to_owned()), port });
        }
    }
    if app.entry.id == "loki" && k.collects() && k.scene.spec.watching.logs == Logs::Loki {
        add(&mut peers, collector::pods(port));
    }
    peers
}

/// Whom it calls.
pub(super) fn to(k: &Kube<'_>, app: &App<'_>) -> Vec<Peer> {
    let mut peers = Vec::new();
    for entry in calls(app) {
        for other in k.scene.apps.iter().filter(|other| other.entry.id == entry) {
            add(&mut peers, peer(other));
        }
        let run = k.scene.apps.iter().any(|other| other.entry.id == entry);
        if !run && entry == "object-store" {
            // Objects of a cloud have addresses of the internet.
            add(&mut peers, Peer::Network { cidr: k.objects(), port: 443 });
        } else if !run && k.scene.has(entry) {
            add(&mut peers, Peer::Network { cidr: k.private(), port: bought(entry) });
        }
    }
    watching(k, app, &mut peers);
    peers
}

/// Whom else those who watch call: machines for their node exporter, and whoever carries an alert to people.
fn watching(k: &Kube<'_>, app: &App<'_>, peers: &mut Vec<Peer>) {
    match app.entry.id.as_str() {
        "prometheus" => {
            if k.scene.spec.nodes.iter().any(|node| own::is_own(k.scene.spec, &node.site)) {
                add(peers, Peer::Network { cidr: k.machines(), port: watched::HOST });
            }
            if k.scene.served().is_some() {
                add(peers, Peer::Namespace { name: "cert-manager".to_owned(), port: 9402 });
            }
        }
        "grafana" if k.collects() => collector::asked_by_grafana(k).into_iter().for_each(|one| add(peers, one)),
        "aroeira" if k.collects_traces() => add(peers, collector::pods(collector::PORT)),
        "alertmanager" => {
            let channels = &k.scene.spec.watching.alerts;
            let cidr = || k.slots.put(&["network", "alerts"], "0.0.0.0/0");
            if channels.iter().any(|one| *one != Channel::Email) {
                add(peers, Peer::Network { cidr: cidr(), port: 443 });
            }
            if channels.contains(&Channel::Email) {
                add(peers, Peer::Network { cidr: cidr(), port: k.scene.spec.installation.mail_port() });
            }
        }
        _ => {}
    }
}
