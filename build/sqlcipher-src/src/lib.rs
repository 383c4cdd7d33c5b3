//! The interface libsqlite3-sys expects of `sqlcipher-src`, pointing at SQLite3 Multiple Ciphers.

use std::path::Path;

/// The C file to compile, inside [`source_dir`].
pub const SOURCE_FILE: &str = "sqlcipher.c";

/// The public header, inside [`source_dir`].
pub const HEADER_FILE: &str = "sqlite3.h";

/// Where the build script put them.
#[must_use]
pub fn source_dir() -> &'static Path {
    Path::new(env!("OUT_DIR"))
}
