//! Grafana: dashboards of what the binary tells, and where logs and traces go.

mod panel;
mod provider;
mod security;
mod server;

use askama::Template;

use super::own::Machines;
use super::scene::Scene;
use super::watched::{self, View};
use super::{Files, Problem, filters};
use crate::spec::{Logs, Traces};

#[derive(Template)]
#[template(path = "grafana/datasources.yml", escape = "none")]
struct Sources<'a> {
    scene: &'a Scene<'a>,
    to: To<'a>,
}

#[derive(Template)]
#[template(path = "grafana/dashboards.yml", escape = "none")]
struct Folder<'a> {
    fleet: &'a str,
}

#[derive(Template)]
#[template(path = "grafana/collector.yaml", escape = "none")]
struct Collector<'a> {
    scene: &'a Scene<'a>,
    to: To<'a>,
}

#[derive(Template)]
#[template(path = "grafana/README.md", escape = "none")]
struct Readme<'a> {
    scene: &'a Scene<'a>,
    to: To<'a>,
}

/// Where logs and traces go, as templates ask for it.
#[derive(Clone, Copy)]
struct To<'a> {
    logs: &'a str,
    traces: &'a str,
    view: View<'a>,
    kubernetes: bool,
    region: Option<&'a str>,
}

impl To<'_> {
    /// Where the collector sends to. Of an own machine what runs elsewhere is a name: the collector is on all of them.
    fn sent(self, scene: &Scene<'_>, entry: &str, port: u16) -> String {
        match self.view {
            View::Machines => Machines::of(scene).reach(entry).unwrap_or_else(|| format!("{entry}:{port}")),
            view => view.host(scene, entry, port),
        }
    }

    /// What the collector reads a secret from: a file where we write its unit or its pod.
    fn secret(self, file: &str, variable: &str) -> String {
        match self.view {
            View::Inside { .. } => format!("${{file:{COLLECTOR_SECRETS}/{file}}}"),
            View::Machines => format!("${{file:/run/credentials/otel-collector.service/{file}}}"),
            View::Beside => format!("${{env:{variable}}}"),
        }
    }
}

/// Where the collector of an own machine is sent traces.
pub(super) const TRACES: &str = "http://127.0.0.1:4318/v1/traces";
/// The collector's folder of secrets in a cluster.
pub(super) const COLLECTOR_SECRETS: &str = "/run/secrets/otel-collector";

/// The secret that the collector reads, by its file.
pub(super) fn collector_secret(scene: &Scene<'_>) -> Option<&'static str> {
    match scene.spec.watching.logs {
        Logs::Elasticsearch => Some("elasticsearch-password"),
        Logs::Datadog => Some("datadog-key"),
        _ => None,
    }
}

impl<'a> To<'a> {
    fn new(scene: &Scene<'a>, view: View<'a>) -> Self {
        let watching = &scene.spec.watching;
        Self {
            logs: match watching.logs {
                Logs::None => "",
                Logs::Loki => "loki",
                Logs::Elasticsearch => "elasticsearch",
                Logs::Datadog => "datadog",
                Logs::Cloudwatch => "cloudwatch",
            },
            traces: match watching.traces {
                Traces::None => "",
                Traces::Tempo => "tempo",
                Traces::Jaeger => "jaeger",
            },
            view,
            kubernetes: view.is_cluster(),
            region: scene
                .spec
                .sites
                .iter()
                .find_map(|site| site.region.as_deref().filter(|_| site.provider.as_deref() == Some("aws"))),
        }
    }

    fn is_empty(self) -> bool {
        self.logs.is_empty() && self.traces.is_empty()
    }
}

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    if !watched::has_aroeira(scene) {
        return Err(super::unsuited(
            "os painéis são do Aroeira, e nesta frota não há nenhum: acrescente a carga `aroeira`",
            "the dashboards are Aroeira's, and this fleet has none: add the workload `aroeira`",
        ));
    }
    let view = View::of(scene);
    let to = To::new(scene, view);
    let mut files = seen(scene, view)?;
    if let Some(text) = collector(scene, view)? {
        files.put("collector.yaml", text);
    }
    if !to.traces.is_empty() {
        let address = if to.kubernetes { "http://otel-collector:4318/v1/traces" } else { TRACES };
        let text = format!("[telemetry]\notlp_endpoint = \"{address}\"");
        files.put("aroeira-traces.toml", text);
    }
    files.put("README.md", Readme { scene, to }.render()?);
    Ok(files)
}

/// What Grafana reads: its sources, and dashboards of Aroeira where there is one.
pub(super) fn seen(scene: &Scene<'_>, view: View<'_>) -> Result<Files, Problem> {
    let to = To::new(scene, view);
    let mut files = Files::default();
    files.put("provisioning/datasources/aroeira.yml", Sources { scene, to }.render()?);
    if !watched::has_aroeira(scene) {
        return Ok(files);
    }
    files.put("provisioning/dashboards/aroeira.yml", Folder { fleet: &scene.spec.name }.render()?);
    let hosts = !watched::hosts(scene, view).is_empty();
    let promise = scene.spec.promises.availability_percent.filter(|percent| *percent > 0.0);
    let dashboards = [provider::dashboard(scene, promise, hosts), server::dashboard(scene), security::dashboard(scene)];
    for dashboard in dashboards {
        files.put(format!("dashboards/{}.json", dashboard.uid), dashboard.write(scene));
    }
    Ok(files)
}

/// What gathers logs and traces, where the spec wants any.
pub(super) fn collector(scene: &Scene<'_>, view: View<'_>) -> Result<Option<String>, Problem> {
    let to = To::new(scene, view);
    if to.is_empty() { Ok(None) } else { Ok(Some(Collector { scene, to }.render()?)) }
}
