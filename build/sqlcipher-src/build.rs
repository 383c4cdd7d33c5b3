//! Writes the two files libsqlite3-sys looks for: the untouched SQLite3 Multiple Ciphers amalgamation, behind
//! a preamble that undoes the SQLCipher definitions which the caller's build script passes to the compiler.

use std::{env, fs, path::PathBuf};

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let source = sqlite3mc_src::source_dir();
    let preamble = "#undef SQLITE_EXTRA_INIT\n#undef SQLITE_EXTRA_SHUTDOWN\n#undef SQLITE_HAS_CODEC\n";
    let amalgamation = source.join(sqlite3mc_src::SOURCE_FILE);
    fs::write(out.join("sqlcipher.c"), format!("{preamble}#include \"{}\"\n", amalgamation.display()))?;
    fs::copy(source.join(sqlite3mc_src::HEADER_FILE), out.join("sqlite3.h"))?;
    fs::copy(source.join(sqlite3mc_src::EXTENSION_HEADER_FILE), out.join("sqlite3ext.h"))?;
    Ok(())
}
