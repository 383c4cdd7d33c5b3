//! The rooms depend downwards only: what the crate graph forbids, nobody has to look for.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::harness::root;

/// What each room may name, tests included.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("aroeira-fhir", &[]),
    // On paper: nothing of a clinic.
    ("aroeira-fleet", &[]),
    ("aroeira-store", &["aroeira-fhir"]),
    ("aroeira-clinic", &["aroeira-store", "aroeira-fhir"]),
    // Never the store: a handler cannot read what nobody authorised and nobody will hear of.
    ("aroeira-web", &["aroeira-clinic", "aroeira-fhir"]),
    ("aroeira", &["aroeira-web", "aroeira-clinic", "aroeira-fhir", "aroeira-fleet"]),
];

#[test]
fn rooms_name_only_those_below_them() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut rooms = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let named: Vec<String> = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .filter(|name| name.starts_with("aroeira"))
            .collect();
        rooms.insert(package["name"].as_str().unwrap().to_owned(), named);
    }
    // Chores are no room, and stand beside them.
    rooms.remove("xtask");
    let known: Vec<&str> = MAY_NAME.iter().map(|(room, _)| *room).collect();
    for (room, named) in &rooms {
        let Some((_, may)) = MAY_NAME.iter().find(|(name, _)| name == room) else {
            panic!("{room} is a new room: say here what it may name ({known:?} are there)");
        };
        for other in named {
            assert!(may.contains(&other.as_str()), "{room} names {other}");
        }
    }
    assert_eq!(rooms.len(), MAY_NAME.len(), "a room that is named here is gone: {:?}", rooms.keys());
}

/// Names are not all: nobody says `store` in the sources of `web` either.
#[test]
fn the_web_does_not_speak_of_the_store() {
    fn walk(directory: &std::path::Path, told: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, told);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && std::fs::read_to_string(&path).unwrap().contains("aroeira_store")
            {
                told.push(path.display().to_string());
            }
        }
    }
    let mut told = Vec::new();
    walk(&root().join("crates/web"), &mut told);
    assert!(told.is_empty(), "{told:?}");
}
