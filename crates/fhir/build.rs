//! Distils the official definitions of FHIR R4 (`definitions/`, an npm package) into the files that `src/`
//! embeds. Needs Node 20 and npm; nothing else is fetched or run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["distil.mjs", "structures.mjs", "terminology.mjs", "package.json", "package-lock.json"] {
        println!("cargo:rerun-if-changed=definitions/{name}");
    }
    let definitions = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("definitions");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    node_20()?;
    install(&definitions)?;
    run(Command::new("node").arg("distil.mjs").arg(&out).current_dir(&definitions), "node distil.mjs")
}

fn node_20() -> Result<(), Failure> {
    let advice = "Node 20 or newer is needed to distil the definitions of FHIR (https://nodejs.org, or `apt-get install nodejs npm`)";
    let told = Command::new("node").arg("--version").output().map_err(|_| format!("`node` was not found: {advice}"))?;
    let version = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        return Err(format!("`node` is {version}: {advice}").into());
    }
    Ok(())
}

/// `npm ci`, where the installed package is not that of the lock file. The lock's text is kept as a marker, because
/// times of files say little after a clone; a file beside the temporary ones keeps two builds from installing at once.
fn install(definitions: &Path) -> Result<(), Failure> {
    let lock = fs::read_to_string(definitions.join("package-lock.json"))?;
    let marker = definitions.join("node_modules/.installed-lock");
    let there = || fs::read_to_string(&marker).is_ok_and(|kept| kept == lock);
    if there() {
        return Ok(());
    }
    let guard = fs::File::create(env::temp_dir().join(format!("aroeira-definitions-{:x}.lock", key(definitions))))?;
    guard.lock()?;
    if there() {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let ci = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    run(Command::new(npm).args(ci).current_dir(definitions), "npm ci")?;
    fs::write(marker, lock)?;
    Ok(())
}

/// Tells checkouts apart in the name of the lock file.
fn key(path: &Path) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

fn run(command: &mut Command, what: &str) -> Result<(), Failure> {
    let done = command.output().map_err(|e| format!("`{what}` could not be started ({e}): is npm installed?"))?;
    if done.status.success() {
        return Ok(());
    }
    let told = [done.stdout, done.stderr].concat();
    Err(format!("`{what}` failed in crates/fhir/definitions/:\n{}", String::from_utf8_lossy(&told)).into())
}
