//! Builds the front end (style sheet and islands) with Node and writes the table of embedded files that `assets.rs`
//! includes. Needs Node 20 and npm; nothing else is fetched or run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt::Write as _, fs};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let front = here.join("../../front").canonicalize().map_err(|_| "the folder front/ is missing beside crates/")?;
    for name in ["src", "style", "static", "package.json", "package-lock.json", "build.mjs"] {
        println!("cargo:rerun-if-changed={}", front.join(name).display());
    }
    for name in ["build.rs", "templates", "i18n"] {
        println!("cargo:rerun-if-changed={name}");
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    node_20()?;
    install(&front)?;
    let dist = out.join("front");
    run(Command::new("node").arg("build.mjs").arg(&dist).current_dir(&front), "node build.mjs")?;
    fs::write(out.join("assets.rs"), table(&dist)?)?;
    Ok(())
}

fn node_20() -> Result<(), Failure> {
    let advice = "Node 20 or newer is needed to build the pages' scripts and styles (https://nodejs.org, or `apt-get install nodejs npm`)";
    let told = Command::new("node").arg("--version").output().map_err(|_| format!("`node` was not found: {advice}"))?;
    let version = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        return Err(format!("`node` is {version}: {advice}").into());
    }
    Ok(())
}

/// `npm ci`, where the installed packages are not those of the lock file. The lock's text is kept as a marker, because
/// times of files say little after a clone; a folder beside it keeps two builds from installing at once.
fn install(front: &Path) -> Result<(), Failure> {
    let lock = fs::read_to_string(front.join("package-lock.json"))?;
    let marker = front.join("node_modules/.installed-lock");
    let there = || fs::read_to_string(&marker).is_ok_and(|kept| kept == lock);
    if there() {
        return Ok(());
    }
    let guard = fs::File::create(env::temp_dir().join(format!("aroeira-front-{:x}.lock", key(front))))?;
    guard.lock()?;
    if there() {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(Command::new(npm).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(front), "npm ci")?;
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
    Err(format!("`{what}` failed in front/:\n{}", String::from_utf8_lossy(&told)).into())
}

/// A Rust table of the built files, in the order of the manifest.
fn table(dist: &Path) -> Result<String, Failure> {
    let manifest: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(dist.join("manifest.json"))?)?;
    let mut table = String::from("&[\n");
    for file in &manifest {
        let text = |name: &str| file[name].as_str().ok_or(format!("the manifest has no {name}"));
        let path = dist.join(text("file")?);
        let at = |suffix: &str| format!("include_bytes!({:?})", format!("{}{suffix}", path.display()));
        writeln!(
            table,
            "    Asset {{ name: {:?}, path: {:?}, hash: {:?}, plain: {}, gzip: {}, brotli: {} }},",
            text("name")?,
            format!("/assets/{}", text("file")?),
            text("hash")?,
            at(""),
            at(".gz"),
            at(".br"),
        )?;
    }
    table.push(']');
    Ok(table)
}
