//! A workload as Kubernetes runs it: its pods, where they may sit, who may speak to them.

use std::collections::BTreeMap;

use askama::Template;

use super::peers::Peer;
use super::settings::Folder;
use super::{Kube, Part, failover};
use crate::catalogue::Run;
use crate::render::scene::App;
use crate::render::{Problem, filters};
use crate::spec::{Logs, Node, Spread, is_name};

/// What a pod takes.
#[derive(Clone, Copy, Default)]
pub(super) struct Need {
    pub(super) millicores: u64,
    pub(super) mebibytes: u64,
    pub(super) most_millicores: u64,
    pub(super) most_mebibytes: u64,
    pub(super) disk_gb: u64,
}

impl Need {
    /// Of each pod. The sealed engine of Aroeira runs once for a clinic of its own: that one takes what the plan counts for all.
    pub(super) fn of(app: &App<'_>) -> Self {
        let disk_gb = app.asked.keeps_gb.ceil() as u64;
        let once = if app.is_aroeira() && app.asked.own { u64::from(app.asked.replicas) } else { 1 };
        Self {
            millicores: app.millicores() * once,
            mebibytes: app.mebibytes() * once,
            most_millicores: app.most_millicores() * once,
            most_mebibytes: app.most_mebibytes() * once,
            disk_gb: disk_gb * once,
        }
    }
}

/// The same as Kubernetes writes it.
#[derive(Clone, Default)]
pub(super) struct Amounts {
    pub(super) cpu: String,
    pub(super) memory: String,
    pub(super) cpu_most: String,
    pub(super) memory_most: String,
    pub(super) disk: String,
}

impl Amounts {
    pub(super) fn of(need: Need) -> Self {
        Self {
            cpu: format!("{}m", need.millicores),
            memory: format!("{}Mi", need.mebibytes),
            cpu_most: format!("{}m", need.most_millicores),
            memory_most: format!("{}Mi", need.most_mebibytes),
            disk: format!("{}Gi", need.disk_gb),
        }
    }
}

/// A second container of each pod, of the same image, with the same settings and secrets.
pub(super) struct Beside {
    pub(super) name: &'static str,
    pub(super) command: Vec<String>,
    pub(super) port: u16,
    pub(super) amounts: Amounts,
}

/// Where pods may sit.
#[derive(Default)]
pub(super) struct Place<'a> {
    /// Our labels of nodes, with what is allowed.
    pub(super) needs: Vec<(&'static str, Vec<&'a str>)>,
    /// What no two of them share.
    pub(super) strict: Option<&'static str>,
    /// What they are spread over as far as it goes.
    pub(super) even: Option<&'static str>,
    /// Workloads they share no node with.
    pub(super) apart: Vec<&'a str>,
}

impl<'a> Place<'a> {
    pub(super) fn of(k: &Kube<'a>, app: &App<'a>) -> Self {
        let rule = &app.workload.place;
        let names = |list: &'a [String]| list.iter().map(String::as_str).collect::<Vec<_>>();
        let mut needs = Vec::new();
        let countries = &k.scene.spec.residency.countries;
        for (key, list) in [("node", &rule.nodes), ("site", &rule.sites), ("country", countries)] {
            if !list.is_empty() {
                needs.push((key, names(list)));
            }
        }
        let key = match rule.spread {
            Spread::None => None,
            Spread::Node => Some("kubernetes.io/hostname"),
            Spread::Zone => Some("topology.kubernetes.io/zone"),
            Spread::Site => Some("aroeira/site"),
        };
        // Shards of Aroeira do not stand in for each other: each must be allowed back wherever there is room.
        let strict = key.filter(|_| !app.is_aroeira() && app.asked.replicas > 1);
        Self { needs, strict, even: key, apart: names(&rule.apart_from) }
    }

    pub(super) fn any(&self) -> bool {
        !self.needs.is_empty() || self.strict.is_some() || !self.apart.is_empty()
    }
}

/// A workload.
#[derive(Template)]
#[template(path = "kubernetes/workload.yaml", escape = "none")]
pub(super) struct Work<'a> {
    pub(super) k: &'a Kube<'a>,
    pub(super) id: String,
    /// The catalogue's id: what it is, whatever the spec calls it.
    pub(super) program: &'a str,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) image: String,
    pub(super) stateful: bool,
    /// One of the set is written to, and they know each other by name.
    pub(super) primary: bool,
    /// What stands before it: whoever calls its name speaks to that.
    pub(super) door: Option<String>,
    pub(super) before: Option<Box<Work<'a>>>,
    pub(super) beside: Option<Beside>,
    pub(super) replicas: String,
    pub(super) most_replicas: Option<String>,
    pub(super) disruption: bool,
    pub(super) amounts: Amounts,
    pub(super) stores: bool,
    pub(super) class: String,
    pub(super) data: &'a str,
    pub(super) gpu: Option<String>,
    pub(super) ports: Vec<(&'a str, u16)>,
    pub(super) port: u16,
    pub(super) low_port: bool,
    pub(super) live: Option<&'a str>,
    pub(super) ready: Option<&'a str>,
    /// What says, inside it, that it can serve: in place of its path or port.
    pub(super) ready_command: Vec<String>,
    pub(super) command: Vec<String>,
    pub(super) args: Vec<String>,
    /// Folders beside `/tmp` that it writes to and that may be lost.
    pub(super) scratch: Vec<&'a str>,
    pub(super) settings: Vec<Folder>,
    pub(super) env: BTreeMap<&'a str, String>,
    /// What it is told of itself, in its environment.
    pub(super) told: BTreeMap<&'static str, String>,
    pub(super) secret: bool,
    /// The account of AWS that it is.
    pub(super) role: Option<String>,
    /// Its own, or of what it stands before.
    pub(super) secret_name: String,
    /// Where its secrets lie.
    pub(super) secrets_paths: Vec<String>,
    pub(super) place: Place<'a>,
    pub(super) from: Vec<Peer>,
    pub(super) to: Vec<Peer>,
    pub(super) host: Option<String>,
    pub(super) notes: Vec<String>,
}

impl Work<'_> {
    pub(super) fn write(&self) -> Result<String, Problem> {
        let before = self.before.as_ref().map_or_else(|| Ok(String::new()), |before| before.write())?;
        Ok(self.render()? + "\n" + &before)
    }

    /// It stands before another, whose name and secrets it answers with.
    fn is_door(&self) -> bool {
        self.secret_name != self.name
    }

    fn nodes_meta(&self) -> String {
        self.meta(&format!("{}-nodes", self.name))
    }

    fn settings_meta(&self, folder: &Folder) -> String {
        self.meta(&format!("{}{}", self.name, folder.suffix))
    }

    fn meta(&self, name: &str) -> String {
        format!(
            "  name: \"{name}\"\n  namespace: \"{}\"\n  labels:\n    app.kubernetes.io/name: \"{}\"\n    \
             app.kubernetes.io/part-of: \"{}\"",
            self.namespace, self.program, self.k.fleet
        )
    }

    /// Whether it can serve.
    fn readiness(&self) -> String {
        if self.ready_command.is_empty() {
            return self.probe(&self.ready, &self.port);
        }
        format!("            exec:\n              command: {}", serde_json::Value::from(self.ready_command.clone()))
    }

    /// Asks a path where the catalogue has one, and else whether the port is open.
    fn probe(&self, path: &Option<&str>, port: &u16) -> String {
        match path {
            Some(path) => {
                let path = serde_json::Value::from(super::slots::clean(path));
                format!("            httpGet:\n              path: {path}\n              port: {port}")
            }
            None => format!("            tcpSocket:\n              port: {port}"),
        }
    }
}

/// Where a work runs, and as what.
#[derive(Clone)]
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) namespace: String,
    /// Before the domain.
    pub(super) host: String,
    pub(super) replicas: String,
    pub(super) amounts: Amounts,
}

/// Replicas up to which a set grows under load; nothing where that makes no sense: with data of its own, a card, alone, or without
/// a node more that its rules allow.
pub(super) fn most_replicas(k: &Kube<'_>, app: &App<'_>) -> Option<u32> {
    let grows = app.asked.keeps_gb <= 0.0
        && app.asked.replicas > 1
        && app.entry.gpu.is_none()
        && matches!(Part::of_entry(&app.entry.id), Part::Provider | Part::Clinics)
        && !app.is_aroeira();
    let place = &app.workload.place;
    let may = |node: &&Node| place.allows(node);
    let machines: u32 = k.scene.spec.nodes.iter().filter(may).map(|node| node.count).sum();
    let most = app.asked.replicas.saturating_mul(2);
    let most = if place.spread == Spread::None { most } else { most.min(machines) };
    (grows && most > app.asked.replicas).then_some(most)
}

impl<'a> Work<'a> {
    pub(super) fn of(k: &'a Kube<'a>, app: &'a App<'a>, seat: Seat) -> Result<Self, Problem> {
        if failover::has(app) {
            return failover::with(Self::alone(k, app, seat.clone())?, Self::alone(k, app, seat)?);
        }
        Self::alone(k, app, seat)
    }

    /// With nothing beside it nor before it.
    fn alone(k: &'a Kube<'a>, app: &'a App<'a>, seat: Seat) -> Result<Self, Problem> {
        let entry = app.entry;
        let primary = entry.id == "valkey";
        let most = most_replicas(k, app);
        let port = super::peers::port(app);
        let run = &entry.run;
        let stores = app.asked.keeps_gb > 0.0;
        let secrets_paths = secrets_paths(k, app);
        let secrets_path = secrets_paths.first().cloned().unwrap_or_default();
        let fill = |text: &String| Run::fill(text, &secrets_path, |entry| at(k, entry));
        let pods = if app.is_aroeira() { 1 } else { app.asked.replicas };
        let image = k.scene.image(app);
        Ok(Self {
            k,
            id: app.id().to_owned(),
            program: &entry.id,
            image: k.slots.put(&["workloads", app.id(), "image"], image),
            stateful: primary || stores,
            primary,
            door: None,
            before: None,
            beside: None,
            replicas: seat.replicas,
            most_replicas: most.map(|most| k.slots.put(&["workloads", app.id(), "mostReplicas"], most)),
            disruption: pods > 1,
            amounts: seat.amounts,
            class: format!("{}-{}", k.fleet, super::disks::kind_for(k, app)),
            data: &run.data,
            gpu: super::cards::asked(k, app),
            ports: entry.ports.iter().map(|(name, port)| (port_name(name), *port)).collect(),
            port,
            low_port: entry.ports.values().any(|port| *port < 1024),
            live: entry.probes.live.as_deref(),
            ready: entry.probes.ready.as_deref(),
            ready_command: Vec::new(),
            command: run.command.clone(),
            args: run.args.iter().map(fill).collect(),
            scratch: run.scratch.iter().map(String::as_str).filter(|one| !(stores && *one == run.data)).collect(),
            settings: super::settings::of(k, app)?,
            env: env(app, fill),
            told: BTreeMap::new(),
            secret: has_secret(app),
            role: k.reads_logs_as(app),
            secret_name: seat.name.clone(),
            stores,
            secrets_paths,
            place: Place::of(k, app),
            from: super::peers::from(k, app),
            to: super::peers::to(k, app),
            host: super::peers::open(k, app).then_some(seat.host),
            notes: notes(k, app),
            name: seat.name,
            namespace: seat.namespace,
        })
    }
}

/// A port's name, where Kubernetes takes it.
fn port_name(name: &str) -> &str {
    if is_name(name) && name.len() <= 15 { name } else { "port" }
}

/// Whether it is given secrets: those that its entry names; one that names none and calls others is given what its image asks for.
pub(super) fn has_secret(app: &App<'_>) -> bool {
    !app.entry.run.secrets.is_empty() || !app.entry.depends_on.is_empty() || app.entry.id == "alertmanager"
}

/// Where its settings look for them.
fn secrets_paths(k: &Kube<'_>, app: &App<'_>) -> Vec<String> {
    let usual = format!("/run/secrets/{}", app.entry.id);
    match app.entry.id.as_str() {
        "alertmanager" => vec!["/etc/alertmanager/secrets".to_owned()],
        "grafana" if k.scene.spec.watching.logs == Logs::Elasticsearch => {
            vec![usual, "/etc/grafana/secrets".to_owned()]
        }
        _ => vec![usual],
    }
}

/// Its environment.
fn env<'a>(app: &'a App<'a>, fill: impl Fn(&String) -> String) -> BTreeMap<&'a str, String> {
    let mut env = BTreeMap::from([("HOME", "/tmp".to_owned())]);
    env.extend(app.entry.run.env.iter().map(|(name, value)| (name.as_str(), fill(value))));
    env
}

/// Where another entry is reached, run or bought.
fn at(k: &Kube<'_>, entry: &str) -> Option<String> {
    let bought = || format!("{entry}.{}:{}", k.namespace(Part::Data), super::peers::bought(entry));
    Some(super::settings::upstream(k, entry).unwrap_or_else(bought))
}

/// What a reader of the manifest would wonder about.
fn notes(k: &Kube<'_>, app: &App<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut say = |pt: &str, en: &str| notes.push(k.say(pt, en).to_owned());
    if app.is_aroeira() {
        say(
            "Um processo por volume: o motor selado não divide seus arquivos. Por isso nem réplicas nem HPA: cresce-se com mais conjuntos.",
            "One process a volume: the sealed engine shares its files with nobody. So neither replicas nor an HPA: more sets make it grow.",
        );
        if app.asked.own && app.asked.replicas > 1 {
            say(
                "O plano conta mais de uma réplica; esta usa o que ele conta para todas.",
                "The plan counts more than one replica; this one takes what it counts for all.",
            );
        }
        if k.scene.has("postgresql") {
            say(
                "O PostgreSQL desta frota ainda não é usado: o binário de hoje só tem o motor selado.",
                "The PostgreSQL of this fleet is not used yet: today's binary has the sealed engine alone.",
            );
        }
    }
    match app.entry.id.as_str() {
        "websocket" => say(
            "A imagem do catálogo é só a base: ponha a sua, com o programa dentro.",
            "The catalogue's image is a base alone: put yours here, with the program in it.",
        ),
        "whisper" | "vllm" => say(
            "O modelo fica no volume: copie-o para /models antes.",
            "The model lies on the volume: copy it to /models beforehand.",
        ),
        _ => {}
    }
    match super::cards::part(k, app) {
        Some(super::cards::Division::Time(_)) => say(
            "Uma parte de uma placa: a divisão é de tempo, e a memória não é guardada por partes.",
            "A part of a card: it is divided by time, and its memory is not kept apart.",
        ),
        Some(super::cards::Division::Mig(_)) => say(
            "Uma parte de uma placa, dividida no próprio hardware: a memória de cada uma é só dela.",
            "A part of a card, divided in hardware: the memory of each is its own.",
        ),
        None => {}
    }
    notes
}
