//! A container as a unit of systemd, by `podman run`.

use askama::Template;

use crate::render::own::{Machines, Process};
use crate::render::scene::Scene;
use crate::render::{Problem, recipe};

#[derive(Template)]
#[template(path = "systemd/container.service", escape = "none")]
struct Container<'a> {
    scene: &'a Scene<'a>,
    mesh: bool,
    name: &'a str,
    entry: &'a str,
    notes: Vec<&'a str>,
    image: String,
    most: u64,
    cpus: String,
    words: Vec<String>,
    command: Vec<String>,
}

/// The unit of a process, published at an address of its machine.
pub(super) fn unit(
    scene: &Scene<'_>,
    machines: &Machines<'_>,
    process: &Process<'_>,
    address: &str,
    mesh: bool,
) -> Result<String, Problem> {
    let app = process.app;
    let recipe = recipe::of(app);
    let mut notes = Vec::new();
    if app.is_clustered() && app.asked.replicas > 1 {
        notes.push(scene.say(
            "Uma só cópia: as outras de um conjunto precisam de quem diga qual manda, e isso nada aqui faz.",
            "One copy alone: the others of a set need somebody to say which leads, and nothing here does.",
        ));
    }
    if app.entry.id == "websocket" {
        notes.push(scene.say(
            "A imagem traz só o Node: o programa é de quem hospeda.",
            "The image brings Node alone: the program is the provider's own.",
        ));
    }
    let container = Container {
        scene,
        mesh,
        name: &process.name,
        entry: &app.entry.id,
        notes,
        image: word(&recipe::whole_image(app)),
        most: app.most_mebibytes(),
        cpus: recipe::cpus(app),
        words: words(machines, process, &recipe, address),
        command: recipe.command.iter().map(|text| word(text)).collect(),
    };
    Ok(container.render()?)
}

fn words(machines: &Machines<'_>, process: &Process<'_>, recipe: &recipe::Recipe, address: &str) -> Vec<String> {
    let mut words = Vec::new();
    if process.port > 0 {
        words.push(format!("--publish={address}:{}:{}", process.port, process.inner_port()));
    }
    if !recipe.user.is_empty() {
        words.push(format!("--user={}", recipe.user));
    }
    words.extend(recipe.capabilities.iter().map(|name| format!("--cap-add={name}")));
    words.extend(recipe.temporary.iter().map(|path| format!("--tmpfs={path}")));
    if !process.app.entry.storage.is_empty() {
        words.push(format!("--volume={}:{}", process.name, recipe.data));
    }
    words.extend(recipe.secrets.iter().map(|name| format!("--secret={name}")));
    for (name, value) in recipe.environment {
        let value = place_of(machines, value).unwrap_or_else(|| (*value).to_owned());
        words.push(word(&format!("--env={name}={value}")));
    }
    if let Some(card) = process.card {
        words.push(format!("--device=nvidia.com/gpu={card}"));
    }
    if !recipe.healthy.is_empty() {
        words.push(word(&format!("--health-cmd={}", recipe.healthy.join(" "))));
        words.push("--health-interval=10s --health-timeout=5s --health-start-period=60s".to_owned());
    }
    words
}

/// Where another workload is reached, for a value that is its name.
fn place_of(machines: &Machines<'_>, entry: &str) -> Option<String> {
    let mut places = machines.all.iter().flat_map(|machine| {
        machine
            .containers
            .iter()
            .filter(|one| one.app.entry.id == entry)
            .map(|one| format!("{}:{}", machine.address, one.port))
    });
    places.next()
}

/// A word of `ExecStart`: a percent sign and a dollar mean nothing, and what has spaces stands in quotes.
fn word(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('%', "%%").replace('$', "$$").replace('"', "\\\"");
    if text.contains(|c: char| c.is_whitespace() || "'\"();".contains(c)) { format!("\"{text}\"") } else { text }
}
