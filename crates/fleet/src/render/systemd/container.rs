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
    /// Options of podman.
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
    let recipe = recipe::of(process, |entry| machines.reach(entry));
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
        words: words(process, &recipe, address),
        command: recipe.words.iter().map(|text| word(text)).collect(),
    };
    Ok(container.render()?)
}

fn words(process: &Process<'_>, recipe: &recipe::Recipe<'_>, address: &str) -> Vec<String> {
    let mut words = Vec::new();
    if process.port > 0 {
        words.push(format!("--publish={address}:{}:{}", process.port, process.inner_port()));
    }
    words.extend(recipe.run.user.iter().map(|user| format!("--user={user}")));
    words.extend(recipe.capabilities.iter().map(|name| format!("--cap-add={name}")));
    words.extend(recipe.scratch.iter().map(|path| format!("--tmpfs={path}")));
    words.extend(recipe.data.iter().map(|path| format!("--volume={}:{path}", process.name)));
    words.extend(recipe.run.reads.iter().map(|path| format!("--volume={path}:{path}:ro")));
    words.extend(recipe.run.secrets.iter().map(|name| format!("--secret={name}")));
    words.extend(recipe.env.iter().map(|(name, value)| word(&format!("--env={name}={value}"))));
    if let Some(card) = process.card {
        words.push(format!("--device=nvidia.com/gpu={card}"));
    }
    words.extend(recipe.entrypoint.iter().map(|program| word(&format!("--entrypoint={program}"))));
    if !recipe.run.healthy.is_empty() {
        words.push(word(&format!("--health-cmd={}", recipe.run.healthy.join(" "))));
        words.push("--health-interval=10s --health-timeout=5s --health-start-period=60s".to_owned());
    }
    words
}

/// A word of `ExecStart`: a percent sign and a dollar mean nothing, and what has spaces stands in quotes.
fn word(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('%', "%%").replace('$', "$$").replace('"', "\\\"");
    if text.contains(|c: char| c.is_whitespace() || "'\"();".contains(c)) { format!("\"{text}\"") } else { text }
}
