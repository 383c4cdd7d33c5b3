//! Units of systemd for own machines, with the hardening of their hosts and the edge before them.

mod container;

use std::collections::BTreeSet;

use askama::Template;

use super::edge::{self, Edge, EdgeHost, Upstream};
use super::own::{self, MESH, Machine, Machines, Process};
use super::scene::Scene;
use super::settings::Settings;
use super::watched::View;
use super::{Files, Problem, grafana, host, loki, recipe};
use crate::spec::{Edge as EdgeKind, Logs, Traces};

#[derive(Template)]
#[template(path = "systemd/aroeira@.service", escape = "none")]
struct Unit<'a> {
    scene: &'a Scene<'a>,
    mesh: bool,
    /// Those it may speak to, each after a space.
    networks: String,
}

#[derive(Template)]
#[template(path = "systemd/verify@.service", escape = "none")]
struct Verify<'a> {
    scene: &'a Scene<'a>,
}

#[derive(Template)]
#[template(path = "systemd/verify@.timer", escape = "none")]
struct Timer<'a> {
    scene: &'a Scene<'a>,
}

#[derive(Template)]
#[template(path = "systemd/limits.conf", escape = "none")]
struct Limits<'a> {
    scene: &'a Scene<'a>,
    high: u64,
    most: u64,
    percent: u64,
}

#[derive(Template)]
#[template(path = "systemd/sysusers.conf", escape = "none")]
struct Users;

#[derive(Template)]
#[template(path = "systemd/tmpfiles.conf", escape = "none")]
struct Directories {
    aroeira: bool,
    edge: bool,
}

#[derive(Template)]
#[template(path = "systemd/after.conf", escape = "none")]
struct After<'a> {
    scene: &'a Scene<'a>,
}

#[derive(Template)]
#[template(path = "systemd/otel-collector.service", escape = "none")]
struct Collector<'a> {
    scene: &'a Scene<'a>,
    mesh: bool,
    /// All that it sends to is in the network of the machines.
    inside: bool,
    networks: &'a str,
    secret: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "systemd/README.md", escape = "none")]
struct Readme<'a> {
    scene: &'a Scene<'a>,
    machines: &'a [Machine<'a>],
    aroeira: bool,
    balanced: bool,
    /// Where certificates are looked at from.
    prober: Option<&'a str>,
    pair: bool,
    secrets: BTreeSet<&'a str>,
    /// Logs or traces are gathered, and the secret that takes.
    collector: bool,
    collector_secret: Option<&'a str>,
    /// Folders with settings that other targets write.
    reads: Vec<(&'a str, String)>,
    left: Vec<String>,
}

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    let machines = Machines::of(scene);
    if machines.all.is_empty() {
        return Err(super::unsuited(
            "todas as máquinas são de uma nuvem; use kubernetes e terraform",
            "all machines are a cloud's; use kubernetes and terraform",
        ));
    }
    if machines.too_many {
        return Err(super::unsuited(
            "são mais de 250 máquinas iguais ou 250 grupos delas; use kubernetes",
            "these are more than 250 machines alike, or 250 groups of them; use kubernetes",
        ));
    }
    let mut files = Files::default();
    host::put_common(&mut files, scene, "host")?;
    edge::put_cache_rules(&mut files, scene)?;
    let front = Front::of(scene, &machines);
    for machine in &machines.all {
        put_machine(&mut files, scene, &machines, machine, &front)?;
    }
    let containers = machines.all.iter().flat_map(|one| &one.containers);
    let readme = Readme {
        scene,
        machines: &machines.all,
        aroeira: machines.all.iter().any(|one| !one.aroeira.is_empty()),
        balanced: front.edges.len() > 1,
        prober: machines.watchers().first().map(|one| one.name).filter(|_| !front.upstreams.is_empty()),
        pair: own::edge_of(scene.spec) == EdgeKind::FirewallPair,
        secrets: containers.clone().flat_map(|one| one.app.entry.run.secrets.iter().map(String::as_str)).collect(),
        collector: files.iter().any(|(path, _)| path.ends_with("/otel-collector.service")),
        collector_secret: grafana::collector_secret(scene),
        reads: recipe::reads(scene, containers),
        left: host::left(scene, &machines),
    };
    files.put("README.md", readme.render()?);
    Ok(files)
}

/// What stands before all of them.
struct Front {
    upstreams: Vec<Upstream>,
    edges: Vec<EdgeHost>,
}

impl Front {
    fn of(scene: &Scene<'_>, machines: &Machines<'_>) -> Self {
        let mut served = Vec::new();
        for machine in &machines.all {
            for process in machine.all().filter(|one| scene.served().is_some_and(|id| one.app.entry.id == id)) {
                served.push((process.name.clone(), format!("{}:{}", machines.listen(machine), process.port)));
            }
        }
        let edges = machines.edges().map(|one| EdgeHost { name: one.name.to_owned(), address: one.address.clone() });
        Self { upstreams: edge::upstreams(scene, served), edges: edges.collect() }
    }
}

fn put_machine(
    files: &mut Files,
    scene: &Scene<'_>,
    machines: &Machines<'_>,
    machine: &Machine<'_>,
    front: &Front,
) -> Result<(), Problem> {
    let folder = format!("nodes/{}", machine.name);
    let mesh = machines.is_mesh();
    let watchers: Vec<&str> = machines.watchers().iter().map(|one| one.address.as_str()).collect();
    let aroeira = !machine.aroeira.is_empty();
    let is_edge = machine.edge && !front.upstreams.is_empty();
    let own = host::Host {
        containers: !machine.containers.is_empty(),
        edge: is_edge,
        mesh: mesh.then(|| host::Mesh {
            machines,
            address: &machine.address,
            aroeira: machine.aroeira.iter().map(|one| one.port.to_string()).collect(),
            watches: machine.runs("prometheus"),
            probes: !front.upstreams.is_empty() && watchers.first() == Some(&machine.address.as_str()),
            watchers: watchers.clone(),
        }),
    };
    host::put_own(files, scene, &folder, &own)?;
    if aroeira || is_edge {
        let text = Directories { aroeira, edge: is_edge }.render()?;
        files.put(format!("{folder}/etc/tmpfiles.d/aroeira.conf"), text.trim_start().to_owned());
    }
    if aroeira {
        files.put(format!("{folder}/etc/sysusers.d/aroeira.conf"), Users.render()?);
        put_aroeira(files, scene, &folder, mesh, machine)?;
        put_collector(files, scene, machines, &folder)?;
    }
    for process in &machine.aroeira {
        put_process(files, scene, machines, machine, process, front)?;
    }
    if machine.containers.iter().any(loki::is) {
        files.put(format!("{folder}{}/{}", loki::FOLDER, loki::NAME), loki::config(scene)?);
    }
    for process in &machine.containers {
        let text = container::unit(scene, machines, process, machines.listen(machine), mesh)?;
        files.put(format!("{folder}/etc/systemd/system/{}.service", process.name), text);
    }
    if is_edge { put_edge(files, scene, machine, &folder, front, mesh) } else { Ok(()) }
}

fn put_aroeira(
    files: &mut Files,
    scene: &Scene<'_>,
    folder: &str,
    mesh: bool,
    machine: &Machine<'_>,
) -> Result<(), Problem> {
    let units = format!("{folder}/etc/systemd/system");
    files.put(format!("{units}/aroeira@.service"), Unit { scene, mesh, networks: networks(mesh, machine) }.render()?);
    files.put(format!("{units}/aroeira-verify@.service"), Verify { scene }.render()?);
    files.put(format!("{units}/aroeira-verify@.timer"), Timer { scene }.render()?);
    Ok(())
}

/// What carries logs and traces from a machine, where the spec says where to.
fn put_collector(files: &mut Files, scene: &Scene<'_>, machines: &Machines<'_>, folder: &str) -> Result<(), Problem> {
    let Some(config) = grafana::collector(scene, View::Machines)? else { return Ok(()) };
    let watching = &scene.spec.watching;
    let logs = watching.logs == Logs::None || watching.logs == Logs::Loki && machines.reach("loki").is_some();
    let unit = Collector {
        scene,
        mesh: machines.is_mesh(),
        inside: logs && watching.traces == Traces::None,
        networks: MESH,
        secret: grafana::collector_secret(scene),
    };
    files.put(format!("{folder}/etc/otelcol/collector.yaml"), config);
    files.put(format!("{folder}/etc/systemd/system/otel-collector.service"), unit.render()?);
    Ok(())
}

/// Networks that Aroeira speaks to beside its own machine; a Prometheus in a container here comes from podman's.
fn networks(mesh: bool, machine: &Machine<'_>) -> String {
    let podman = machine.runs("prometheus").then_some(own::PODMAN);
    mesh.then_some(MESH).into_iter().chain(podman).map(|network| format!(" {network}")).collect()
}

/// One of Aroeira's processes: its settings, and what the plan gives it.
fn put_process(
    files: &mut Files,
    scene: &Scene<'_>,
    machines: &Machines<'_>,
    machine: &Machine<'_>,
    process: &Process<'_>,
    front: &Front,
) -> Result<(), Problem> {
    let folder = format!("nodes/{}/etc", machine.name);
    let name = &process.name;
    let local = ["127.0.0.0/8".to_owned()];
    let of_edges: Vec<String> = front.edges.iter().map(|one| format!("{}/32", one.address)).collect();
    let mut of_watchers = local.to_vec();
    if machines.is_mesh() {
        of_watchers = machines.watchers().iter().map(|one| format!("{}/32", one.address)).collect();
        of_watchers.extend(machine.runs("prometheus").then(|| own::PODMAN.to_owned()));
    }
    let proxies = if machines.is_mesh() { &of_edges[..] } else { &local[..] };
    let settings = Settings {
        listen: &format!("{}:{}", machines.listen(machine), process.port),
        proxies: &proxies.iter().map(String::as_str).collect::<Vec<_>>(),
        metrics_from: &of_watchers.iter().map(String::as_str).collect::<Vec<_>>(),
        data: &format!("/var/lib/aroeira/{name}"),
        master_key: &format!("/run/credentials/aroeira@{name}.service/master-key"),
        traces: if scene.spec.watching.traces == Traces::None { "" } else { grafana::TRACES },
    };
    files.put(format!("{folder}/aroeira/{name}/aroeira.toml"), settings.write()?);
    let most = process.app.most_mebibytes();
    let limits = Limits { scene, high: most * 9 / 10, most, percent: recipe::cpu(process.app).div_ceil(10) };
    files.put(format!("{folder}/systemd/system/aroeira@{name}.service.d/10-plan.conf"), limits.render()?);
    Ok(())
}

fn put_edge(
    files: &mut Files,
    scene: &Scene<'_>,
    machine: &Machine<'_>,
    folder: &str,
    front: &Front,
    mesh: bool,
) -> Result<(), Problem> {
    let tls = front.edges.len() == 1;
    let inner = format!("{}:8081", machine.address);
    let edge = Edge {
        scene,
        container: false,
        tls,
        plain: "80",
        secure: if tls { "443" } else { &inner },
        upstreams: &front.upstreams,
        served: scene.served().unwrap_or_default(),
        ready: edge::ready(scene),
        edges: &front.edges,
    };
    edge.put_nginx(files, &format!("{folder}/etc/nginx"))?;
    let balancer = (!tls).then_some("haproxy");
    for unit in ["nginx"].into_iter().chain(balancer).filter(|_| mesh) {
        let path = format!("{folder}/etc/systemd/system/{unit}.service.d/10-aroeira.conf");
        files.put(path, After { scene }.render()?);
    }
    if tls { Ok(()) } else { edge.put_haproxy(files, &format!("{folder}/etc/haproxy"), &machine.address) }
}
