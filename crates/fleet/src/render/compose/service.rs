//! A service of Compose: what its image, its recipe and the plan say of it.

use crate::render::own::Process;
use crate::render::recipe;
use crate::render::scene::{App, Scene};

/// A service.
pub(super) struct Service {
    pub(super) name: String,
    pub(super) notes: Vec<&'static str>,
    pub(super) image: String,
    pub(super) user: String,
    /// In place of what its image starts; empty where it is not said.
    pub(super) entrypoint: String,
    pub(super) command: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) capabilities: Vec<&'static str>,
    /// Fixed; empty where it need not be.
    pub(super) address: String,
    pub(super) volumes: Vec<String>,
    /// The one with its data.
    pub(super) volume: Option<String>,
    pub(super) temporary: Vec<String>,
    pub(super) secrets: Vec<String>,
    pub(super) healthy: Vec<String>,
    /// Whom it waits for, and until when.
    pub(super) after: Vec<(String, &'static str)>,
    pub(super) cpus: String,
    pub(super) mebibytes: u64,
    pub(super) most_mebibytes: u64,
    pub(super) gpu: bool,
    /// It speaks to the internet, as whoever carries alerts to people does.
    pub(super) outward: bool,
}

pub(super) fn of(scene: &Scene<'_>, process: &Process<'_>, all: &[&Process<'_>], fixed: Option<String>) -> Service {
    let app = process.app;
    let mut service = Service {
        name: process.name.clone(),
        notes: Vec::new(),
        image: recipe::image(app),
        user: String::new(),
        entrypoint: String::new(),
        command: Vec::new(),
        environment: Vec::new(),
        capabilities: Vec::new(),
        address: fixed.unwrap_or_default(),
        volumes: Vec::new(),
        volume: None,
        temporary: vec!["/tmp".to_owned()],
        secrets: Vec::new(),
        healthy: Vec::new(),
        after: after(process, all),
        cpus: recipe::cpus(app),
        mebibytes: app.mebibytes(),
        most_mebibytes: app.most_mebibytes(),
        gpu: app.entry.gpu.is_some(),
        outward: app.entry.id == "alertmanager",
    };
    if app.is_aroeira() {
        aroeira(scene, app, &mut service);
    } else {
        other(scene, process, all, &mut service);
    }
    service
}

/// Aroeira itself: its image has a user of its own, and can ask a running server whether it serves.
fn aroeira(scene: &Scene<'_>, app: &App<'_>, service: &mut Service) {
    let run = &app.entry.run;
    let name = service.name.clone();
    if scene.has("postgresql") || scene.has("valkey") {
        service.notes.push(scene.say(
            "Guarda cada clínica em um arquivo cifrado seu: PostgreSQL e Valkey ainda não são usados por este programa.",
            "It keeps each clinic in an encrypted file of its own: PostgreSQL and Valkey are not used by this program yet.",
        ));
    }
    // A roll-out says which in the file .env.
    service.image = format!("${{AROEIRA_IMAGE:-{}}}", scene.image(app));
    service.command.clone_from(&run.args);
    service.volumes.push(format!("{name}:{}", run.data));
    service.volumes.push(format!("./{name}/aroeira.toml:/etc/aroeira/aroeira.toml:ro"));
    service.volume = Some(name);
    service.secrets.push("aroeira-master-key".to_owned());
    service.healthy.clone_from(&run.healthy);
}

fn other(scene: &Scene<'_>, process: &Process<'_>, all: &[&Process<'_>], service: &mut Service) {
    if process.app.is_clustered() && process.app.asked.replicas > 1 {
        service.notes.push(scene.say(
            "Uma só cópia: as outras de um conjunto precisam de quem diga qual manda, e isso nada aqui faz.",
            "One copy alone: the others of a set need somebody to say which leads, and nothing here does.",
        ));
    }
    let at = |entry: &str| {
        let found = all.iter().find(|one| one.app.entry.id == entry)?;
        Some(format!("{}:{}", found.name, found.inner_port()))
    };
    let recipe = recipe::of(process, at);
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    service.user = recipe.run.user.clone().unwrap_or_default();
    service.entrypoint = recipe.entrypoint.unwrap_or_default();
    service.command = recipe.words;
    service.environment = recipe.env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(data) = recipe.data {
        service.volumes.push(format!("{}:{data}", service.name));
        service.volume = Some(service.name.clone());
    }
    service.volumes.extend(recipe.run.reads.iter().map(|folder| format!("{}:{folder}:ro", recipe::beside(folder))));
    service.temporary = owned(&recipe.scratch);
    service.secrets.clone_from(&recipe.run.secrets);
    service.healthy.clone_from(&recipe.run.healthy);
    service.capabilities = recipe.capabilities;
}

/// What it cannot run without, where that runs here: until it serves, or has at least begun.
fn after(process: &Process<'_>, all: &[&Process<'_>]) -> Vec<(String, &'static str)> {
    let wanted = &process.app.entry.depends_on;
    let mut after = Vec::new();
    for one in all.iter().filter(|one| wanted.contains(&one.app.entry.id)) {
        let told = one.app.is_aroeira() || !one.app.entry.run.healthy.is_empty();
        after.push((one.name.clone(), if told { "service_healthy" } else { "service_started" }));
    }
    after
}
