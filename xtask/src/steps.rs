//! Steps one after the other: each is timed, the first that fails ends the run, and a summary closes it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What became of a step.
pub(crate) enum Outcome {
    Done,
    /// Not done, and why that is no failure.
    Skipped(String),
    Failed(String),
}

/// A run of steps.
pub(crate) struct Run {
    name: &'static str,
    steps: Vec<(&'static str, Duration, Outcome)>,
}

impl Run {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, steps: Vec::new() }
    }

    fn failed(&self) -> bool {
        matches!(self.steps.last(), Some((_, _, Outcome::Failed(_))))
    }

    /// Does a step, unless one before it failed.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Outcome) {
        if self.failed() {
            return;
        }
        println!("\n== {name}");
        let begun = Instant::now();
        let outcome = work();
        match &outcome {
            Outcome::Done => {}
            Outcome::Skipped(why) => println!("SKIPPED {name}: {why}"),
            Outcome::Failed(why) => eprintln!("FAILED {name}: {why}"),
        }
        self.steps.push((name, begun.elapsed(), outcome));
    }

    /// Prints the summary; whether nothing failed.
    pub(crate) fn finish(self) -> bool {
        println!("\n== {} summary", self.name);
        for (name, time, outcome) in &self.steps {
            let word = match outcome {
                Outcome::Done => "ok".to_owned(),
                Outcome::Skipped(why) => format!("SKIPPED: {why}"),
                Outcome::Failed(why) => format!("FAILED: {why}"),
            };
            println!("{:>8.1} s  {name:<18} {word}", time.as_secs_f64());
        }
        let total: Duration = self.steps.iter().map(|(_, time, _)| *time).sum();
        println!("{:>8.1} s  in all: {}", total.as_secs_f64(), if self.failed() { "FAILED" } else { "ok" });
        !self.failed()
    }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    // As `cargo xtask` says it; a program that was built elsewhere knows another place.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let here = Path::new(&here);
    here.parent().unwrap_or(here).to_owned()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => root().join(target),
        None => root().join("target"),
    }
}

/// Where downloads that outlive a checkout are kept.
pub(crate) fn cache() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(target).join("aroeira")
}

/// Cargo in the repository.
pub(crate) fn cargo<const N: usize>(words: [&str; N]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(words).current_dir(root());
    cargo
}

/// Runs a command, its output shown.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let words: Vec<_> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    let shown = words.join(" ");
    match command.status() {
        Ok(status) if status.success() => Outcome::Done,
        Ok(status) => Outcome::Failed(format!("`{shown}`: {status}")),
        Err(e) => Outcome::Failed(format!("`{shown}` cannot be run: {e}")),
    }
}
