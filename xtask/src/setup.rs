//! Installs what the tests need and the machine lacks. What is there already is left as it is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::steps::{self, Outcome, cargo};

const SCHEMATHESIS: &str = "4.32.5";

fn answers(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// A cargo subcommand from the registry.
pub(crate) fn cargo_tool(name: &str, version: &str, needed: bool) -> Outcome {
    if answers(name) {
        return Outcome::Done;
    }
    match steps::run(&mut cargo(["install", "--locked", "--quiet", "--version", version, name])) {
        Outcome::Failed(why) if !needed => Outcome::Skipped(format!("it cannot be installed here: {why}")),
        other => other,
    }
}

/// Runs a cargo subcommand that may be missing.
pub(crate) fn if_installed(name: &str, mut command: Command) -> Outcome {
    if answers(name) {
        steps::run(&mut command)
    } else {
        Outcome::Skipped(format!("{name} is not installed; `cargo install --locked {name}` gets it"))
    }
}

/// The packages that a lock file names.
pub(crate) fn npm_ci(directory: &str) -> Outcome {
    let directory = steps::root().join(directory);
    let lock = directory.join("package-lock.json");
    if !lock.exists() {
        return Outcome::Skipped(format!("there is no {}", lock.display()));
    }
    let age = |path: PathBuf| path.metadata().and_then(|m| m.modified()).ok();
    // npm writes this file when it is done.
    if age(directory.join("node_modules/.package-lock.json")) >= age(lock) {
        return Outcome::Done;
    }
    steps::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(directory))
}

/// The browser of the machine: its whole path, which is what its driver asks for.
pub(crate) fn found_chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.into_iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}

/// A browser for the end-to-end tests.
pub(crate) fn chromium() -> Outcome {
    if found_chromium().is_some() {
        return Outcome::Done;
    }
    debian(&[("chromium", "chromium"), ("", "fonts-dejavu-core")])
}

/// Packages of Debian, each with a program that is there when it is installed.
pub(crate) fn debian(packages: &[(&str, &str)]) -> Outcome {
    let missing: Vec<&str> =
        packages.iter().filter(|(program, _)| !program.is_empty() && !found(program)).map(|(_, name)| *name).collect();
    if missing.is_empty() {
        return Outcome::Done;
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0");
    if !root || !answers("apt-get") {
        let names = missing.join(" ");
        return Outcome::Failed(format!("these are missing: {names} (Debian: `apt-get install {names}`)"));
    }
    let with: Vec<&str> = packages.iter().filter(|(program, _)| program.is_empty()).map(|(_, name)| *name).collect();
    let mut apt = Command::new("apt-get");
    apt.args(["install", "--yes", "--no-install-recommends"]).args(missing).args(with);
    // A server that a package would start is nobody's wish here.
    apt.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    match steps::run(&mut apt) {
        Outcome::Done => Outcome::Done,
        // The lists of a fresh machine are old or missing.
        _ => match steps::run(Command::new("apt-get").arg("update")) {
            Outcome::Done => steps::run(&mut apt),
            failed => failed,
        },
    }
}

/// Whether a program can be found, also where only root looks.
pub(crate) fn found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(program)).any(|file| file.is_file())
}

fn venv() -> PathBuf {
    steps::cache().join(format!("schemathesis-{SCHEMATHESIS}"))
}

/// The fuzzer's executable, installed or not.
pub(crate) fn schemathesis_bin() -> PathBuf {
    venv().join("bin/schemathesis")
}

/// The fuzzer of the API, in an environment of its own.
pub(crate) fn schemathesis() -> Outcome {
    let bin = schemathesis_bin();
    if bin.to_str().is_some_and(answers) {
        return Outcome::Done;
    }
    python_packages(&venv(), &[format!("schemathesis=={SCHEMATHESIS}").as_ref()])
}

fn clients() -> PathBuf {
    steps::cache().join("clients")
}

/// The Python that has the FHIR clients, installed or not.
pub(crate) fn clients_python() -> PathBuf {
    clients().join("bin/python")
}

/// The FHIR clients of Python that the tests are run with.
pub(crate) fn python_clients() -> Outcome {
    python_list(&clients(), "clients/requirements.txt")
}

/// A program of Python that checks what fleets are rendered to, installed or not.
pub(crate) fn fleet_tool(name: &str) -> PathBuf {
    steps::cache().join("fleet/bin").join(name)
}

/// Programs of Python that check what fleets are rendered to.
pub(crate) fn python_fleet() -> Outcome {
    python_list(&steps::cache().join("fleet"), "xtask/fleet/requirements.txt")
}

/// The packages of npm with the schemas of Terraform's providers: HashiCorp's own, made from the providers themselves.
const PROVIDERS: [(&str, &str); 3] = [("aws", "21.22.1"), ("google", "16.12.1"), ("azurerm", "14.23.1")];

/// Where the distilled schemas of Terraform's providers are, there or not.
pub(crate) fn terraform_schemas() -> PathBuf {
    let versions = PROVIDERS.map(|(_, version)| version).join("-");
    steps::cache().join(format!("terraform-{versions}"))
}

/// Distils them: a package has 30 MB and is not kept.
pub(crate) fn terraform_providers() -> Outcome {
    let folder = terraform_schemas();
    let script = steps::root().join("xtask/fleet/terraform_schema.py");
    // A schema is as old as the script that distilled it.
    let age = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    for (name, version) in PROVIDERS {
        let schema = folder.join(format!("{name}.json"));
        if age(&schema) >= age(&script) {
            continue;
        }
        if let Err(e) = std::fs::create_dir_all(&folder) {
            return Outcome::Failed(format!("{}: {e}", folder.display()));
        }
        let package = format!("@cdktf/provider-{name}@{version}");
        let mut pack = Command::new("npm");
        pack.args(["pack", "--silent", &package, "--pack-destination"]).arg(&folder);
        let archive = folder.join(format!("cdktf-provider-{name}-{version}.tgz"));
        let mut distil = Command::new("python3");
        distil.arg(&script).arg(&archive).arg(&schema);
        for command in [&mut pack, &mut distil] {
            match steps::run(command) {
                Outcome::Done => {}
                other => return other,
            }
        }
        if let Err(e) = std::fs::remove_file(&archive) {
            return Outcome::Failed(format!("{}: {e}", archive.display()));
        }
    }
    Outcome::Done
}

/// The packages of a list, in an environment of their own: made anew when the list changes.
fn python_list(environment: &Path, list: &str) -> Outcome {
    let list = steps::root().join(list);
    let installed = environment.join("requirements.txt");
    let read = |file: &Path| std::fs::read(file).ok();
    if read(&installed).is_some_and(|text| Some(text) == read(&list)) {
        return Outcome::Done;
    }
    match python_packages(environment, &["--requirement".as_ref(), list.as_os_str()]) {
        Outcome::Done => match std::fs::copy(&list, &installed) {
            Ok(_) => Outcome::Done,
            Err(e) => Outcome::Failed(format!("{}: {e}", installed.display())),
        },
        other => other,
    }
}

/// A new environment with these packages.
fn python_packages(environment: &Path, packages: &[&OsStr]) -> Outcome {
    match steps::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment)) {
        Outcome::Done => {
            let mut pip = Command::new(environment.join("bin/pip"));
            steps::run(pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages))
        }
        Outcome::Failed(why) => Outcome::Failed(format!("{why}; on Debian, `apt-get install python3-venv` is needed")),
        other => other,
    }
}
