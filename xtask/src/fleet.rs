//! What `aroeira fleet render` writes, in the hands of the tools that will read it: every preset to every target, below
//! `target/fleet/PRESET/TARGET`. Each kind of file has its checks in a file here.

mod oscal;
mod status;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::steps::{self, Outcome};

/// As `aroeira fleet init --from` and `aroeira fleet render --to` name them.
pub(crate) const PRESETS: [&str; 9] = [
    "garage",
    "local-provider",
    "colocation",
    "aws-health",
    "aws-starter",
    "aws-professional",
    "aws-enterprise",
    "hybrid",
    "hospital",
];
const TARGETS: [&str; 9] =
    ["compose", "systemd", "kubernetes", "helm", "argocd", "terraform", "prometheus", "grafana", "github-actions"];

/// What was rendered of a preset for a target.
pub(crate) struct Rendered {
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
    for preset in PRESETS {
        let folder = root.join(preset);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let spec = folder.join("fleet.toml");
        call(aroeira().args(["fleet", "init", "--from", preset, "--out"]).arg(&spec))?;
        for target in TARGETS {
            let directory = folder.join(target);
            let mut words = aroeira();
            words.args(["fleet", "render", "--to", target]).arg(&spec).arg("--out").arg(&directory);
            match call(&mut words) {
                Ok(()) => all.push(Rendered { preset, target, directory }),
                Err(why) if why.contains("choose another target") => println!("{preset}: {}", first_line(&why)),
                Err(why) => return Err(why),
            }
        }
    }
    Ok(all)
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

/// A check of one kind of what was rendered.
type Check = fn(&[Rendered]) -> Result<(), String>;

/// All checks, by name.
const CHECKS: &[(&str, Check)] = &[("oscal", oscal::run), ("status", status::run)];

/// Renders, and hands what came out to every tool. One word runs the checks of that name alone.
pub(crate) fn run(only: Option<&str>) -> Outcome {
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
