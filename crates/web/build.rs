//! Builds the front end (style sheet and islands) with Node and writes the table of embedded files that `assets.rs`
//! includes.

#[path = "../../build/npm.rs"]
mod npm;

use std::path::{Path, PathBuf};
use std::{env, fmt::Write as _, fs};

use npm::Failure;

fn main() -> Result<(), Failure> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let front = here.join("../../front").canonicalize().map_err(|_| "the folder front/ is missing beside crates/")?;
    for name in ["src", "style", "static", "package.json", "package-lock.json", "build.mjs"] {
        println!("cargo:rerun-if-changed={}", front.join(name).display());
    }
    for name in ["build.rs", "../../build/npm.rs", "templates", "i18n"] {
        println!("cargo:rerun-if-changed={name}");
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let dist = out.join("front");
    let front =
        npm::Package { folder: front, name: "front/", purpose: "to build the pages' scripts and styles", flags: &[] };
    front.run("build.mjs", &dist)?;
    fs::write(out.join("assets.rs"), table(&dist)?)?;
    Ok(())
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
