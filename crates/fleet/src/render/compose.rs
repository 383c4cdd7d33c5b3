//! Docker Compose for one server: every workload a service, one network inside, an edge that speaks TLS.

use askama::Template;

use super::filters;
use super::scene::{App, Scene};
use super::settings::Settings;
use super::{Files, Problem};

#[derive(Template)]
#[template(path = "compose/compose.yaml", escape = "none")]
struct Compose<'a> {
    name: &'a str,
    apps: Vec<&'a App<'a>>,
}

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    if scene.machines() != 1 {
        return Err(unsuited(scene));
    }
    let mut files = Files::default();
    let apps = scene.apps.iter().filter(|app| app.entry.image.is_some()).collect();
    files.put("compose.yaml", Compose { name: &scene.spec.name, apps }.render()?);
    let settings = Settings {
        listen: "0.0.0.0:8080",
        proxies: &["172.30.0.0/24"],
        metrics_from: &["172.30.0.0/24"],
        data: "/var/lib/aroeira",
        master_key: "/run/secrets/aroeira-master-key",
        traces: "",
    };
    files.put("aroeira.toml", settings.write()?);
    Ok(files)
}

fn unsuited(scene: &Scene<'_>) -> Problem {
    let machines = scene.machines();
    super::unsuited(
        format!("Compose serve a uma máquina, e esta frota tem {machines}; use kubernetes, helm ou systemd"),
        format!("Compose is for one machine, and this fleet has {machines}; use kubernetes, helm or systemd"),
    )
}
