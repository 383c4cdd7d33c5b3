//! What gathers logs and traces: a pod on each node, and who may speak to it. Its configuration is the one of `--to grafana`.

use askama::Template;

use super::peers::{Peer, peer};
use super::work::{Amounts, Need};
use super::{Kube, Part, disks, settings};
use crate::render::scene::App;
use crate::render::{Problem, filters, grafana, watched};
use crate::spec::{Logs, Traces};

const IMAGE: &str = "otel/opentelemetry-collector-contrib:0.139.0";
pub(in crate::render) const NAME: &str = "otel-collector";
/// Where it is sent traces, by HTTP.
pub(super) const PORT: u16 = 4318;
/// What each pod takes: `memory_limiter` of its configuration begins to refuse at 256 MiB.
pub(super) const NEED: Need =
    Need { millicores: 50, mebibytes: 128, most_millicores: 500, most_mebibytes: 384, disk_gb: 0 };

#[derive(Template)]
#[template(path = "kubernetes/collector.yaml", escape = "none")]
struct Collector<'a> {
    k: &'a Kube<'a>,
    namespace: &'a str,
    image: String,
    config: String,
    amounts: Amounts,
    role: Option<String>,
    secret: Option<&'static str>,
    secrets_path: &'static str,
    logs: bool,
    traces: bool,
    from: Vec<Peer>,
    to: Vec<Peer>,
    brought: Vec<Brought>,
}

impl Collector<'_> {
    fn meta(&self, name: &str) -> String {
        format!(
            "  name: {name}\n  namespace: \"{}\"\n  labels:\n    app.kubernetes.io/name: {name}\n    \
             app.kubernetes.io/part-of: \"{}\"",
            self.namespace, self.k.fleet
        )
    }
}

/// What is spoken to and the spec does not run: Tempo, and Loki where somebody else looks after it.
struct Brought {
    name: &'static str,
    from: Vec<Peer>,
}

/// Where logs and traces go within the cluster: the entry, its port for the collector, and the one for Grafana.
fn stores(k: &Kube<'_>) -> Vec<(&'static str, u16, u16)> {
    let watching = &k.scene.spec.watching;
    let logs = match watching.logs {
        Logs::Loki => Some(("loki", 3100, 3100)),
        Logs::Elasticsearch => Some(("elasticsearch", 9200, 9200)),
        Logs::None | Logs::Datadog | Logs::Cloudwatch => None,
    };
    let traces = match watching.traces {
        Traces::Tempo => Some(("tempo", PORT, 3200)),
        Traces::Jaeger => Some(("jaeger", PORT, 16686)),
        Traces::None => None,
    };
    logs.into_iter().chain(traces).collect()
}

impl Kube<'_> {
    /// Whether logs or traces are gathered: there is an Aroeira that makes some, and the spec says where they go.
    pub(super) fn collects(&self) -> bool {
        self.collects_logs() || self.collects_traces()
    }

    pub(super) fn collects_logs(&self) -> bool {
        watched::has_aroeira(self.scene) && self.scene.spec.watching.logs != Logs::None
    }

    pub(super) fn collects_traces(&self) -> bool {
        watched::has_aroeira(self.scene) && self.scene.spec.watching.traces != Traces::None
    }

    /// Whether logs go to AWS's own store, by accounts that it knows pods by.
    pub(in crate::render) fn keeps_logs_at_aws(&self) -> bool {
        let aws = disks::cloud(self).is_some_and(|(name, _)| name == "aws");
        aws && self.collects_logs() && self.scene.spec.watching.logs == Logs::Cloudwatch
    }

    /// Where what watches runs.
    pub(in crate::render) fn watching_namespace(&self) -> String {
        self.namespace(Part::Observability)
    }

    /// What Grafana reads logs by.
    pub(super) fn reads_logs_as(&self, app: &App<'_>) -> Option<String> {
        let placeholder = "arn:aws:iam::000000000000:role/logs-reader";
        let role = self.scene.filled(|to| to.logs_reader_role.as_deref(), placeholder);
        let reads = app.entry.id == "grafana" && self.keeps_logs_at_aws();
        reads.then(|| self.slots.put(&["workloads", app.id(), "role"], role))
    }

    /// Where Aroeira sends traces; empty for nowhere.
    pub(super) fn traced(&self) -> String {
        let namespace = self.namespace(Part::Observability);
        if self.collects_traces() { format!("http://{NAME}.{namespace}:{PORT}/v1/traces") } else { String::new() }
    }
}

/// Pods of the collector, as others name them.
pub(super) fn pods(port: u16) -> Peer {
    Peer::Work { part: Part::Observability, id: Some(NAME.to_owned()), port }
}

fn run<'a>(k: &'a Kube<'_>, entry: &str) -> Option<&'a App<'a>> {
    k.scene.apps.iter().find(|app| app.entry.id == entry)
}

/// Where logs of others are kept: addresses of the internet.
fn kept_outside(k: &Kube<'_>) -> Peer {
    Peer::Network { cidr: k.slots.put(&["network", "logs"], "0.0.0.0/0"), port: 443 }
}

/// Whom Grafana asks beside what the catalogue says of it.
pub(super) fn asked_by_grafana(k: &Kube<'_>) -> Vec<Peer> {
    let brought = stores(k).into_iter().filter(|(entry, _, _)| run(k, entry).is_none());
    let brought = brought.map(|(entry, _, port)| Peer::Brought { name: entry, port });
    brought.chain((k.scene.spec.watching.logs == Logs::Cloudwatch).then(|| kept_outside(k))).collect()
}

/// Whom it sends to.
fn to(k: &Kube<'_>) -> Vec<Peer> {
    let send = |(entry, port, _)| match run(k, entry) {
        Some(app) => peer(app),
        None => Peer::Brought { name: entry, port },
    };
    let mut peers: Vec<Peer> = stores(k).into_iter().map(send).collect();
    if matches!(k.scene.spec.watching.logs, Logs::Datadog | Logs::Cloudwatch) {
        peers.push(kept_outside(k));
    }
    peers
}

/// What is brought, with who may speak to it.
fn brought(k: &Kube<'_>) -> Vec<Brought> {
    let one = |(name, collected, asked)| {
        let mut from = vec![pods(collected)];
        let grafana = run(k, "grafana").map(|app| app.id().to_owned());
        from.extend(grafana.map(|id| Peer::Work { part: Part::Observability, id: Some(id), port: asked }));
        Brought { name, from }
    };
    stores(k).into_iter().filter(|(entry, _, _)| run(k, entry).is_none()).map(one).collect()
}

/// Names of what is brought.
pub(super) fn names(k: &Kube<'_>) -> Vec<&'static str> {
    if k.collects() { brought(k).into_iter().map(|one| one.name).collect() } else { Vec::new() }
}

pub(super) fn write(k: &Kube<'_>) -> Result<String, Problem> {
    let config = settings::inside(k, |view| grafana::collector(k.scene, view))?.unwrap_or_default();
    let aroeiras = k.scene.apps.iter().filter(|app| app.is_aroeira());
    let mut from: Vec<Peer> = Vec::new();
    for app in aroeiras.filter(|_| k.collects_traces()) {
        let peer = Peer::Work { part: Part::of(app), id: Some(app.id().to_owned()), port: PORT };
        if !from.contains(&peer) {
            from.push(peer);
        }
    }
    let placeholder = "arn:aws:iam::000000000000:role/logs";
    let role = k.scene.filled(|to| to.logs_role.as_deref(), placeholder);
    let role = k.keeps_logs_at_aws().then(|| k.slots.put(&["collector", "role"], role));
    let collector = Collector {
        k,
        namespace: &k.namespace(Part::Observability),
        image: k.slots.put(&["collector", "image"], IMAGE),
        config: config.trim_end().to_owned(),
        amounts: Amounts::of(NEED),
        role,
        secret: grafana::collector_secret(k.scene),
        secrets_path: grafana::COLLECTOR_SECRETS,
        logs: k.collects_logs(),
        traces: k.collects_traces(),
        from,
        to: to(k),
        brought: brought(k),
    };
    Ok(collector.render()? + "\n")
}
