//! How a container is run on machines of one's own: its image by its whole name, and what the catalogue's `[run]` says, filled in.

use std::collections::{BTreeMap, BTreeSet};

use super::loki;
use super::own::Process;
use super::scene::{App, Scene};
use crate::catalogue::Run;

/// Where Compose and podman put secrets.
const SECRETS: &str = "/run/secrets";
/// What an entrypoint takes that gives its directory to its own user, and one more to listen below 1024.
const STEPS_DOWN: &[&str] = &["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];
const LOW_PORT: &str = "NET_BIND_SERVICE";

/// What a container is told.
pub(super) struct Recipe<'a> {
    pub(super) run: &'a Run,
    /// What its image starts is replaced by the first.
    pub(super) entrypoint: Option<String>,
    pub(super) words: Vec<String>,
    pub(super) env: BTreeMap<&'a str, String>,
    /// The folder of its volume, where it keeps something.
    pub(super) data: Option<&'a str>,
    /// Folders in memory.
    pub(super) scratch: Vec<&'a str>,
    pub(super) capabilities: Vec<&'static str>,
}

/// The recipe of a process; `at` says where an entry is reached.
pub(super) fn of<'a>(process: &Process<'a>, at: impl Fn(&str) -> Option<String>) -> Recipe<'a> {
    let (app, entry) = (process.app, process.app.entry);
    let run = &entry.run;
    let fill = |text: &String| Run::fill(text, SECRETS, &at);
    let mut words: Vec<String> = run.command.iter().chain(&run.args).map(fill).collect();
    let entrypoint = (!run.command.is_empty()).then(|| words.remove(0));
    // The root of its file system is read only: a program that keeps something at home finds a place.
    let mut env = BTreeMap::from([("HOME", "/tmp".to_owned())]);
    env.extend(run.env.iter().map(|(name, value)| (name.as_str(), fill(value))));
    let data = (!entry.storage.is_empty()).then_some(run.data.as_str());
    let scratch = ["/tmp"].into_iter().chain(run.scratch.iter().map(String::as_str));
    let mut capabilities = if run.steps_down { STEPS_DOWN.to_vec() } else { Vec::new() };
    if run.steps_down && app.port() < 1024 {
        capabilities.push(LOW_PORT);
        capabilities.sort_unstable();
    }
    Recipe {
        run,
        entrypoint,
        words,
        env,
        data,
        scratch: scratch.filter(|one| data != Some(*one)).collect(),
        capabilities,
    }
}

/// Folders of settings that containers read, each with what belongs into it.
pub(super) fn reads<'a>(
    scene: &Scene<'_>,
    containers: impl Iterator<Item = &'a Process<'a>>,
) -> Vec<(&'a str, String)> {
    let all: BTreeSet<&str> = containers.flat_map(|one| &one.app.entry.run.reads).map(String::as_str).collect();
    // Loki's is written beside it.
    let all = all.into_iter().filter(|folder| *folder != loki::FOLDER);
    let told = |folder: &&'a str| {
        let target = ["prometheus", "grafana"].into_iter().find(|target| folder.split('/').nth(2) == Some(target));
        match target {
            _ if *folder == "/etc/alertmanager" => scene
                .say(
                    "`alertmanager.yml` de `--to prometheus`, e em `secrets/` os arquivos que ele nomeia, legíveis pelo usuário 65534",
                    "`alertmanager.yml` from `--to prometheus`, and in `secrets/` the files that it names, readable for user 65534",
                )
                .to_owned(),
            Some(_) if folder.ends_with("/secrets") => scene
                .say("os segredos que o README do Grafana nomeia", "the secrets that Grafana's README names")
                .to_owned(),
            Some(target) => format!("{} `--to {target}`", scene.say("de", "from")),
            None => scene.say("as configurações da carga", "the workload's settings").to_owned(),
        }
    };
    all.map(|folder| (folder, told(&folder))).collect()
}

/// The same folder beside a Compose file.
pub(super) fn beside(folder: &str) -> String {
    format!(".{}", folder.strip_prefix("/etc").unwrap_or(folder))
}

/// The image, by its whole name. The one of CloudNativePG runs under its operator alone: elsewhere it is PostgreSQL's own.
pub(super) fn image(app: &App<'_>) -> String {
    let image = app.entry.image.as_deref().unwrap_or_default();
    if let Some(tag) = image.strip_prefix("ghcr.io/cloudnative-pg/postgresql:") {
        return format!("docker.io/library/postgres:{tag}");
    }
    image.to_owned()
}

/// The same with its registry, which podman does not guess. What nobody publishes is built or fetched by the provider.
pub(super) fn whole_image(app: &App<'_>) -> String {
    let image = image(app);
    let published = matches!(app.entry.id.as_str(), "mysql" | "mongodb" | "wordpress" | "websocket");
    match image.split_once('/') {
        Some((registry, _)) if registry.contains('.') => image,
        Some(_) => format!("docker.io/{image}"),
        None if published => format!("docker.io/library/{image}"),
        None => format!("localhost/{image}"),
    }
}

/// The most it may take, in thousandths of a core: never less than one, for what comes in bursts (signing in derives a key).
pub(super) fn cpu(app: &App<'_>) -> u64 {
    app.most_millicores().max(1000)
}

/// As `cpu`, in cores.
pub(super) fn cpus(app: &App<'_>) -> String {
    let most = cpu(app);
    format!("{}.{:02}", most / 1000, most % 1000 / 10)
}
