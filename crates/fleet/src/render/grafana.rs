//! Grafana: dashboards of what the binary tells, and where logs and traces go.

mod panel;
mod provider;
mod security;
mod server;

use askama::Template;

use super::own::Machines;
use super::scene::Scene;
use super::watched;
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
    kubernetes: bool,
    region: Option<&'a str>,
}

impl To<'_> {
    /// Where Grafana reaches what it reads from: a service of the cluster, a container beside it, or its own machine.
    fn host(self, scene: &Scene<'_>, entry: &str, port: u16) -> String {
        if self.kubernetes {
            return format!("{entry}:{port}");
        }
        Machines::of(scene).reach(entry).unwrap_or_else(|| format!("localhost:{port}"))
    }
}

impl<'a> To<'a> {
    fn new(scene: &Scene<'a>) -> Self {
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
            kubernetes: scene.in_kubernetes(),
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
    let to = To::new(scene);
    let mut files = Files::default();
    files.put("provisioning/datasources/aroeira.yml", Sources { scene, to }.render()?);
    files.put("provisioning/dashboards/aroeira.yml", Folder { fleet: &scene.spec.name }.render()?);
    let hosts = !watched::hosts(scene).is_empty();
    let promise = scene.spec.promises.availability_percent.filter(|percent| *percent > 0.0);
    let dashboards = [provider::dashboard(scene, promise, hosts), server::dashboard(scene), security::dashboard(scene)];
    for dashboard in dashboards {
        files.put(format!("dashboards/{}.json", dashboard.uid), dashboard.write(scene));
    }
    if !to.is_empty() {
        files.put("collector.yaml", Collector { scene, to }.render()?);
    }
    if !to.traces.is_empty() {
        let host = if to.kubernetes { "otel-collector" } else { "127.0.0.1" };
        let text = format!("[telemetry]\notlp_endpoint = \"http://{host}:4318/v1/traces\"");
        files.put("aroeira-traces.toml", text);
    }
    files.put("README.md", Readme { scene, to }.render()?);
    Ok(files)
}
