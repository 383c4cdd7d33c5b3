//! Distils the official definitions of FHIR R4 (`definitions/`, an npm package) into the files that `src/`
//! embeds.

#[path = "../../build/npm.rs"]
mod npm;

use std::env;
use std::path::PathBuf;

fn main() -> Result<(), npm::Failure> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../build/npm.rs");
    for name in ["distil.mjs", "structures.mjs", "terminology.mjs", "package.json", "package-lock.json"] {
        println!("cargo:rerun-if-changed=definitions/{name}");
    }
    let definitions = npm::Package {
        folder: PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("definitions"),
        name: "crates/fhir/definitions/",
        purpose: "to distil the definitions of FHIR",
        flags: &["--ignore-scripts"],
    };
    definitions.run("distil.mjs", &PathBuf::from(env::var("OUT_DIR")?))
}
