//! The official examples of R4, npm `hl7.fhir.r4.examples`; fetched once into the target directory.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{io::Read, path::PathBuf, process::Command};

use serde_json::Value;

const PACKAGE: &str = "hl7.fhir.r4.examples";
const VERSION: &str = "4.0.1";

fn package() -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = directory.join(format!("{PACKAGE}-{VERSION}.tgz"));
    if !file.exists() {
        let partial = directory.join(format!("examples-{}", std::process::id()));
        std::fs::create_dir_all(&partial).unwrap();
        let packed = Command::new("npm")
            .args(["pack", "--silent", &format!("{PACKAGE}@{VERSION}")])
            .current_dir(&partial)
            .output()
            .expect("this test needs npm, to fetch the examples");
        assert!(packed.status.success(), "npm cannot fetch: {}", String::from_utf8_lossy(&packed.stderr));
        std::fs::rename(partial.join(file.file_name().unwrap()), &file).unwrap();
        std::fs::remove_dir_all(partial).unwrap();
    }
    file
}

/// The files of a tar archive (POSIX ustar: blocks of 512 bytes, sizes in octal).
fn untar(bytes: &[u8]) -> Vec<(String, &[u8])> {
    let text = |field: &[u8]| String::from_utf8_lossy(field).trim_end_matches(['\0', ' ']).to_owned();
    let (mut files, mut at) = (Vec::new(), 0);
    while let Some(header) = bytes.get(at..at + 512).filter(|header| header[0] != 0) {
        let size = usize::from_str_radix(text(&header[124..136]).trim(), 8).unwrap();
        if matches!(header[156], b'0' | 0) {
            files.push((text(&header[..100]), &bytes[at + 512..at + 512 + size]));
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}

/// The text of these files of the package, with the name of the file, sorted by it.
pub(crate) fn texts(wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(package()).unwrap()).read_to_end(&mut tar).unwrap();
    let mut texts = Vec::new();
    for (name, bytes) in untar(&tar) {
        let file = name.rsplit('/').next().unwrap();
        if file.ends_with(".json") && file != "package.json" && file != ".index.json" && wanted(file) {
            texts
                .push((file.to_owned(), std::str::from_utf8(bytes).unwrap().trim_start_matches('\u{feff}').to_owned()));
        }
    }
    texts.sort_by(|a, b| a.0.cmp(&b.0));
    texts
}

/// The resources of the package in these files, with the name of the file, sorted by it.
#[allow(dead_code, reason = "where examples are sent as they are written, their texts are enough")]
pub(crate) fn examples(wanted: impl Fn(&str) -> bool) -> Vec<(String, Value)> {
    let read = |(file, text): (String, String)| {
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
        value.get("resourceType").is_some().then_some((file, value))
    };
    texts(wanted).into_iter().filter_map(read).collect()
}
