//! What `aroeira fleet render` writes, in the hands of the tools that will read it: every preset, and every spec of
//! `examples/fleet`, to every target, below `target/fleet/PRESET/TARGET`. Each kind of file has its checks in a file here.

mod cloud;
mod kubernetes;
mod oscal;
mod own;
mod scraper;
mod status;
mod watching;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::setup;
use crate::steps::{self, Outcome};

/// As `aroeira fleet render --to` names them.
const TARGETS: [&str; 9] =
    ["compose", "systemd", "kubernetes", "helm", "argocd", "terraform", "prometheus", "grafana", "github-actions"];

/// What was rendered of a preset for a target.
pub(crate) struct Rendered {
    /// Or the name of an example.
    pub(crate) preset: &'static str,
    pub(crate) target: &'static str,
    pub(crate) directory: PathBuf,
}

impl Rendered {
    /// Files below with this ending, in order.
    pub(crate) fn files(&self, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.directory.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().ends_with(ending) {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

/// The program that renders; built before.
pub(crate) fn aroeira() -> Command {
    let mut aroeira = Command::new(steps::target().join("debug/aroeira"));
    aroeira.current_dir(steps::root());
    aroeira
}

/// Renders all of it anew. A target that a preset does not suit says why, and is left out.
///
/// # Errors
/// What could not be rendered.
pub(crate) fn render() -> Result<Vec<Rendered>, String> {
    let root = steps::target().join("fleet");
    if root.exists() {
        fs::remove_dir_all(&root).map_err(|error| format!("{}: {error}", root.display()))?;
    }
    let mut all = Vec::new();
    for preset in specs("crates/fleet/src/presets")? {
        let name = name(&preset);
        let spec = root.join(name).join("fleet.toml");
        fs::create_dir_all(root.join(name)).map_err(|error| format!("{name}: {error}"))?;
        call(aroeira().args(["fleet", "init", "--from", name, "--out"]).arg(&spec))?;
        render_spec(name, &spec, &mut all)?;
    }
    for spec in specs("examples/fleet")? {
        let name = name(&spec);
        fs::create_dir_all(root.join(name)).map_err(|error| format!("{name}: {error}"))?;
        render_spec(name, &spec, &mut all)?;
    }
    Ok(all)
}

/// A spec's, which is its file's; it lives as long as the program.
fn name(spec: &Path) -> &'static str {
    spec.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default().leak()
}

/// The specs of a folder of the repository, by name.
fn specs(folder: &str) -> Result<Vec<PathBuf>, String> {
    let folder = steps::root().join(folder);
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut specs: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    specs.sort();
    Ok(specs)
}

/// Renders a spec to every target that it suits.
fn render_spec(name: &'static str, spec: &Path, all: &mut Vec<Rendered>) -> Result<(), String> {
    let folder = steps::target().join("fleet").join(name);
    for target in TARGETS {
        let directory = folder.join(target);
        let mut words = aroeira();
        words.args(["fleet", "render", "--to", target]).arg(spec).arg("--out").arg(&directory);
        match call(&mut words) {
            Ok(()) => all.push(Rendered { preset: name, target, directory }),
            Err(why) if why.contains("choose another target") => println!("{name}: {}", first_line(&why)),
            Err(why) => return Err(why),
        }
    }
    Ok(())
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Runs a command in silence.
///
/// # Errors
/// What it said, where it failed.
pub(crate) fn call(command: &mut Command) -> Result<(), String> {
    let said = command.output().map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    if said.status.success() {
        return Ok(());
    }
    let text = [said.stderr, said.stdout].concat();
    Err(String::from_utf8_lossy(&text).into_owned())
}

/// What was rendered for a target.
fn of<'a>(rendered: &'a [Rendered], target: &'a str) -> impl Iterator<Item = &'a Rendered> {
    rendered.iter().filter(move |one| one.target == target)
}

/// A script of ours.
fn python(script: &str) -> Command {
    let mut python = Command::new(setup::fleet_tool("python"));
    python.arg(steps::root().join("xtask/fleet").join(script));
    python
}

/// What checkov is not asked, each with its reason; `aroeira fleet render --to github-actions` writes it for providers.
fn waivers(list: &str) -> PathBuf {
    steps::root().join("crates/fleet/templates/checkov").join(format!("{list}.toml"))
}

/// Runs a check, and shows its closing lines.
fn told(command: &mut Command, closing: usize) -> Result<(), String> {
    let said = command.output().map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    if !said.status.success() {
        return Err(format!("{}{text}", String::from_utf8_lossy(&said.stderr)));
    }
    let lines: Vec<&str> = text.trim().lines().collect();
    lines.iter().skip(lines.len().saturating_sub(closing)).for_each(|line| println!("        {line}"));
    Ok(())
}

/// A check of one kind of what was rendered.
type Check = fn(&[Rendered]) -> Result<(), String>;

/// All checks, by name.
const CHECKS: &[(&str, Check)] = &[
    ("settings", own::settings),
    ("compose", own::compose),
    ("dockerfiles", own::dockerfiles),
    ("units", own::units),
    ("hosts", own::hosts),
    ("edge", own::edge),
    ("waf", own::waf),
    ("kubernetes", kubernetes::objects),
    ("checkov-kubernetes", kubernetes::checkov),
    ("valkey", kubernetes::valkey),
    ("terraform", cloud::terraform),
    ("checkov-terraform", cloud::checkov),
    ("github-actions", cloud::workflows),
    ("watching", watching::files),
    ("watching-live", watching::live),
    ("oscal", oscal::run),
    ("status", status::run),
];

/// Renders, and hands what came out to every tool. One word runs the checks of that name alone.
pub(crate) fn run(only: Option<&str>) -> Outcome {
    if let Some(unknown) = only.filter(|only| CHECKS.iter().all(|(name, _)| name != only)) {
        let names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        return Outcome::Failed(format!("no check is called {unknown}: {}", names.join(", ")));
    }
    let rendered = match render() {
        Ok(rendered) => rendered,
        Err(why) => return Outcome::Failed(why),
    };
    println!("{} of presets and targets are rendered", rendered.len());
    let mut failed = Vec::new();
    for (name, check) in CHECKS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        let begun = std::time::Instant::now();
        match check(&rendered) {
            Ok(()) => println!("ok      {name} ({:.1} s)", begun.elapsed().as_secs_f64()),
            Err(why) => {
                eprintln!("FAILED  {name}: {why}");
                failed.push(*name);
            }
        }
    }
    if failed.is_empty() { Outcome::Done } else { Outcome::Failed(failed.join(", ")) }
}
