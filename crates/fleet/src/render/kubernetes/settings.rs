//! Files of settings that workloads read, as ConfigMaps hold them.

use askama::Template;

use super::{Kube, clinics};
use crate::render::scene::App;
use crate::render::settings::Settings;
use crate::render::watched::View;
use crate::render::{Files, Problem, grafana, loki, prometheus};

#[derive(Template)]
#[template(path = "kubernetes/nginx.conf", escape = "none")]
struct Nginx {
    /// Of what is called over websockets, and of everything else: `host:port`.
    websocket: Option<String>,
    pages: Option<String>,
}

/// A folder of settings, and the ConfigMap that holds it.
pub(super) struct Folder {
    /// After the workload's name: a ConfigMap holds a mebibyte, so that what may be large stands apart.
    pub(super) suffix: &'static str,
    pub(super) path: &'static str,
    pub(super) files: Vec<(String, String)>,
}

impl Folder {
    fn one(path: &'static str, name: &str, text: &str) -> Self {
        Self::new(path, &[(name, text.to_owned())])
    }

    pub(super) fn new(path: &'static str, files: &[(&str, String)]) -> Self {
        let file = |(name, text): &(&str, String)| ((*name).to_owned(), text.trim_end().to_owned());
        Self { suffix: "", path, files: files.iter().map(file).collect() }
    }

    /// Those of rendered files that lie right in a folder of theirs.
    fn of(files: &Files, folder: &str, suffix: &'static str, path: &'static str) -> Self {
        let below = |(path, text): (&str, &str)| {
            let name = path.strip_prefix(folder)?;
            (!name.contains('/')).then(|| (name.to_owned(), text.trim_end().to_owned()))
        };
        Self { suffix, path, files: files.iter().filter_map(below).collect() }
    }
}

/// What is written for a workload to read.
pub(super) fn of(k: &Kube<'_>, app: &App<'_>) -> Result<Vec<Folder>, Problem> {
    let folders = match app.entry.id.as_str() {
        "aroeira" => vec![Folder::one("/etc/aroeira", "aroeira.toml", &aroeira(k)?)],
        "nginx" => {
            let nginx = Nginx { websocket: upstream(k, "websocket"), pages: upstream(k, "wordpress") };
            vec![Folder::one("/etc/nginx/conf.d", "default.conf", &nginx.render()?)]
        }
        "prometheus" => {
            let files = inside(k, |view| prometheus::watching(k.scene, view))?;
            vec![
                Folder::of(&files, "", "", "/etc/prometheus"),
                Folder::of(&files, "rules/", "-rules", "/etc/prometheus/rules"),
            ]
        }
        "alertmanager" => {
            vec![Folder::one("/etc/alertmanager", "alertmanager.yml", &prometheus::routes::alertmanager(k.scene)?)]
        }
        "loki" => vec![Folder::one(loki::FOLDER, loki::NAME, &loki::config(k.scene)?)],
        "grafana" => {
            let files = inside(k, |view| grafana::seen(k.scene, view))?;
            vec![
                Folder::of(&files, "provisioning/datasources/", "-sources", "/etc/grafana/provisioning/datasources"),
                Folder::of(&files, "provisioning/dashboards/", "-folders", "/etc/grafana/provisioning/dashboards"),
                Folder::of(&files, "dashboards/", "-dashboards", "/etc/grafana/dashboards"),
            ]
        }
        _ => Vec::new(),
    };
    Ok(folders.into_iter().filter(|one| !one.files.is_empty()).collect())
}

/// What the renderers of Prometheus and Grafana write for pods of the cluster: the text that `--to` gives, with its own addresses.
pub(super) fn inside<T>(k: &Kube<'_>, write: impl FnOnce(View<'_>) -> Result<T, Problem>) -> Result<T, Problem> {
    let service = |entry: &str| {
        let app = k.scene.apps.iter().find(|app| app.entry.id == entry);
        app.map_or(entry, |app| app.id()).to_owned()
    };
    write(View::Inside { targets: &clinics::targets(k), service: &service })
}

fn aroeira(k: &Kube<'_>) -> Result<String, Problem> {
    let pods = k.pods();
    Settings {
        listen: "0.0.0.0:8080",
        proxies: &[&pods],
        metrics_from: &[&pods],
        data: "/var/lib/aroeira",
        master_key: "/run/secrets/aroeira/master-key",
        traces: &k.traced(),
    }
    .write()
}

/// A workload of this entry, as others reach it in whatever namespace it is.
pub(super) fn upstream(k: &Kube<'_>, entry: &str) -> Option<String> {
    let app = k.scene.apps.iter().find(|app| app.entry.id == entry)?;
    let namespace = if app.asked.own { clinics::first(k, app) } else { k.namespace(super::Part::of(app)) };
    Some(format!("{}.{namespace}.svc.cluster.local:{}", app.id(), super::peers::port(app)))
}
