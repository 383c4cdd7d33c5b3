//! Docker Compose for one server: every workload a service, one network inside, an edge that speaks TLS.

mod service;

use std::collections::BTreeSet;

use askama::Template;

use super::edge::{self, Edge, Upstream};
use super::own::{Machine, Machines, Process};
use super::scene::Scene;
use super::settings::Settings;
use super::{Files, Problem, filters, host, loki, recipe};
use service::Service;

/// The first fixed address; the edge has the one before all.
const FIRST_ADDRESS: usize = 10;
/// Fixed addresses there are.
const MOST: usize = 110;
/// The edge's own address: it alone is believed about where a request comes from.
const EDGE: &str = "172.30.0.2/32";
const INSIDE: &str = "172.30.0.0/24";

#[derive(Template)]
#[template(path = "compose/compose.yaml", escape = "none")]
struct Compose<'a> {
    scene: &'a Scene<'a>,
    has_edge: bool,
    /// Something speaks to the internet.
    outward: bool,
    served: Vec<&'a str>,
    services: &'a [Service],
    volumes: BTreeSet<&'a str>,
    secrets: BTreeSet<&'a str>,
}

#[derive(Template)]
#[template(path = "compose/Dockerfile", escape = "none")]
struct EdgeImage<'a> {
    scene: &'a Scene<'a>,
}

#[derive(Template)]
#[template(path = "compose/README.md", escape = "none")]
struct Readme<'a> {
    scene: &'a Scene<'a>,
    has_edge: bool,
    secrets: BTreeSet<&'a str>,
    aroeira: Vec<&'a str>,
    /// Folders with settings that other targets write.
    reads: Vec<(&'a str, String)>,
    /// Where this machine reads Aroeira's metrics.
    metrics: Vec<String>,
    left: Vec<String>,
}

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    let machines = Machines::of(scene);
    let [machine] = machines.all.as_slice() else { return Err(unsuited(scene, machines.all.len())) };
    if scene.machines() != 1 {
        return Err(unsuited(scene, machines.all.len()));
    }
    let served = |one: &&Process<'_>| scene.served().is_some_and(|id| one.app.entry.id == id);
    let all: Vec<&Process<'_>> = machine.all().collect();
    if all.len() > MOST {
        return Err(super::unsuited(
            format!("são {} processos em uma máquina; use systemd ou kubernetes", all.len()),
            format!("these are {} processes on one machine; use systemd or kubernetes", all.len()),
        ));
    }
    let services: Vec<Service> = all
        .iter()
        .enumerate()
        .map(|(at, process)| {
            let fixed = served(process).then(|| address(at));
            service::of(scene, process, &all, fixed)
        })
        .collect();
    let mut files = Files::default();
    put_settings(&mut files, scene, machine)?;
    let upstreams = upstreams(scene, &services, &all);
    let has_edge = !upstreams.is_empty();
    if has_edge {
        put_edge(&mut files, scene, &upstreams)?;
    }
    let compose = Compose {
        scene,
        has_edge,
        outward: has_edge || services.iter().any(|one| one.outward),
        served: services.iter().filter(|one| !one.address.is_empty()).map(|one| one.name.as_str()).collect(),
        services: &services,
        volumes: services.iter().filter_map(|one| one.volume.as_deref()).collect(),
        secrets: secrets(&services),
    };
    files.put("compose.yaml", compose.render()?);
    host::put(&mut files, scene, "host", &host::Host { containers: true, edge: has_edge, mesh: None })?;
    let readme = Readme {
        scene,
        has_edge,
        secrets: secrets(&services),
        aroeira: machine.aroeira.iter().map(|one| one.name.as_str()).collect(),
        reads: recipe::reads(scene, machine.containers.iter()),
        metrics: services
            .iter()
            .zip(&all)
            .filter(|(service, process)| process.app.is_aroeira() && !service.address.is_empty())
            .map(|(service, process)| format!("`{}:{}`", service.address, process.inner_port()))
            .collect(),
        left: host::left(scene, &machines),
    };
    files.put("README.md", readme.render()?);
    Ok(files)
}

/// The fixed address of the service at this place; Aroeira's are before all others.
pub(super) fn address(at: usize) -> String {
    format!("172.30.0.{}", FIRST_ADDRESS + at)
}

fn secrets(services: &[Service]) -> BTreeSet<&str> {
    services.iter().flat_map(|one| one.secrets.iter().map(String::as_str)).collect()
}

/// Who serves people: each of Aroeira's processes by its own name, and replicas of anything else together.
fn upstreams(scene: &Scene<'_>, services: &[Service], all: &[&Process<'_>]) -> Vec<Upstream> {
    let port = |at: usize| all.get(at).map_or(0, |one| one.inner_port());
    let served: Vec<(String, String)> = services
        .iter()
        .enumerate()
        .filter(|(_, one)| !one.address.is_empty())
        .map(|(at, one)| (one.name.clone(), format!("{}:{}", one.address, port(at))))
        .collect();
    super::edge::upstreams(scene, served)
}

/// Aroeira's settings, a file a process, and Loki's.
fn put_settings(files: &mut Files, scene: &Scene<'_>, machine: &Machine<'_>) -> Result<(), Problem> {
    if machine.containers.iter().any(loki::is) {
        files.put(format!("loki/{}", loki::NAME), loki::config(scene)?);
    }
    for process in &machine.aroeira {
        let settings = Settings {
            listen: "0.0.0.0:8080",
            proxies: &[EDGE],
            metrics_from: &[INSIDE],
            data: "/var/lib/aroeira",
            master_key: "/run/secrets/aroeira-master-key",
            traces: "",
        };
        files.put(format!("{}/aroeira.toml", process.name), settings.write()?);
    }
    Ok(())
}

fn put_edge(files: &mut Files, scene: &Scene<'_>, upstreams: &[Upstream]) -> Result<(), Problem> {
    let edge = Edge {
        scene,
        container: true,
        tls: true,
        plain: "8080",
        secure: "8443",
        upstreams,
        served: scene.served().unwrap_or_default(),
        ready: edge::ready(scene),
        edges: &[],
    };
    edge.put_nginx(files, "edge")?;
    files.put("edge/Dockerfile", EdgeImage { scene }.render()?);
    Ok(())
}

fn unsuited(scene: &Scene<'_>, own: usize) -> Problem {
    let machines = scene.machines();
    if machines == 1 && own == 0 {
        return super::unsuited(
            "a única máquina é alugada em uma nuvem; use terraform e kubernetes",
            "the only machine is rented in a cloud; use terraform and kubernetes",
        );
    }
    super::unsuited(
        format!("Compose serve a uma máquina, e esta frota tem {machines}; use kubernetes, helm ou systemd"),
        format!("Compose is for one machine, and this fleet has {machines}; use kubernetes, helm or systemd"),
    )
}
