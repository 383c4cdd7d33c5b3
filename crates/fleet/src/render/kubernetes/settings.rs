//! Files of settings that workloads read, as ConfigMaps hold them.

use askama::Template;

use super::{Kube, clinics};
use crate::render::Problem;
use crate::render::scene::App;
use crate::render::settings::Settings;

#[derive(Template)]
#[template(path = "kubernetes/nginx.conf", escape = "none")]
struct Nginx {
    /// Of what is called over websockets, and of everything else: `host:port`.
    websocket: Option<String>,
    pages: Option<String>,
}

#[derive(Template)]
#[template(path = "kubernetes/prometheus.yml", escape = "none")]
struct Prometheus {
    targets: String,
}

/// A file of settings.
pub(super) struct File {
    pub(super) folder: &'static str,
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// What is written for a workload to read, where something is.
pub(super) fn of(k: &Kube<'_>, app: &App<'_>) -> Result<Option<File>, Problem> {
    let (folder, name, text) = match app.entry.id.as_str() {
        "aroeira" => ("/etc/aroeira", "aroeira.toml", aroeira(k)?),
        "nginx" => {
            let nginx = Nginx { websocket: upstream(k, "websocket"), pages: upstream(k, "wordpress") };
            ("/etc/nginx/conf.d", "default.conf", nginx.render()?)
        }
        "prometheus" => ("/etc/prometheus", "prometheus.yml", Prometheus { targets: clinics::targets(k) }.render()?),
        _ => return Ok(None),
    };
    Ok(Some(File { folder, name, text: text.trim_end().to_owned() }))
}

fn aroeira(k: &Kube<'_>) -> Result<String, Problem> {
    let pods = k.pods();
    Settings {
        listen: "0.0.0.0:8080",
        proxies: &[&pods],
        metrics_from: &[&pods],
        data: "/var/lib/aroeira",
        master_key: "/run/secrets/aroeira/master-key",
        traces: "",
    }
    .write()
}

/// A workload of this entry, as nginx reaches it.
fn upstream(k: &Kube<'_>, entry: &str) -> Option<String> {
    let app = k.scene.apps.iter().find(|app| app.entry.id == entry)?;
    let namespace = if app.asked.own { clinics::first(k, app) } else { k.namespace(super::Part::of(app)) };
    Some(format!("{}.{namespace}.svc.cluster.local:{}", app.id(), super::peers::port(app)))
}
