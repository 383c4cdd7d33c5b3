//! The 14 synthetic charts in `shared/data/synthea`: real bundles of a few megabytes each, read, resolved, written and
//! indexed whole.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{HashMap, HashSet},
    io::Read,
    path::PathBuf,
};

use aroeira_fhir::bundle::{self, Settled};
use aroeira_fhir::{Body, Instant, Limits, Resource, Row, index};
use jiff::tz::TimeZone;
use serde_json::Value;

/// Each bundle's bytes; none, with the reason printed, where the folder is not there.
fn bundles() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/synthea");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no folder {}", folder.display());
        return Vec::new();
    };
    let mut bundles: Vec<_> = files
        .map(|file| file.unwrap())
        .filter(|file| file.file_name().to_string_lossy().ends_with(".json.gz"))
        .map(|file| {
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(std::fs::File::open(file.path()).unwrap()).read_to_end(&mut bytes).unwrap();
            (file.file_name().to_string_lossy().into_owned(), bytes)
        })
        .collect();
    bundles.sort();
    assert_eq!(bundles.len(), 14);
    bundles
}

/// A resource of a bundle with what it is called by.
struct Loaded {
    full_url: Option<String>,
    kind: String,
    id: String,
    resource: Resource,
}

fn entries(bytes: &[u8]) -> Vec<Loaded> {
    let bundle = Resource::parse(bytes, &Limits::default()).unwrap();
    let mut entries = bundle::transaction(bundle).unwrap();
    let ids: Vec<String> = entries.iter().map(|entry| entry.own_id().unwrap().to_owned()).collect();
    let settled: Vec<_> = ids.iter().map(|id| Settled { id: Some(id.clone()), writes: true, made: false }).collect();
    bundle::link(&mut entries, &settled, &HashMap::new()).unwrap();
    let loaded = entries.into_iter().zip(ids).map(|(entry, id)| {
        let resource = entry.call.resource().unwrap().clone();
        Loaded { full_url: entry.full_url, kind: entry.kind, id, resource }
    });
    loaded.collect()
}

/// Visits every string of a value with the name of its member.
fn strings<'v>(key: &'v str, value: &'v Value, visit: &mut dyn FnMut(&'v str, &'v str)) {
    match value {
        Value::String(text) => visit(key, text),
        Value::Array(items) => items.iter().for_each(|item| strings(key, item, visit)),
        Value::Object(map) => map.iter().for_each(|(key, value)| strings(key, value, visit)),
        _ => {}
    }
}

#[test]
fn every_bundle_resolves_and_every_value_survives() {
    let mut count = 0;
    let bundles = bundles();
    for (name, bytes) in &bundles {
        let raw: Value = serde_json::from_slice(bytes).unwrap();
        let entries = entries(bytes);
        count += entries.len();
        let known: HashSet<String> = entries.iter().map(|entry| format!("{}/{}", entry.kind, entry.id)).collect();
        let raw = raw["entry"].as_array().unwrap();
        assert_eq!(raw.len(), entries.len(), "{name}");
        for (was, entry) in raw.iter().zip(&entries) {
            assert_eq!(was["fullUrl"].as_str(), entry.full_url.as_deref());
            assert_eq!(was["fullUrl"], format!("urn:uuid:{}", entry.id));
            let stamped = Body::new(&entry.resource).stamp(3, Instant(1_795_305_300_123));
            let mut now: Value = serde_json::from_slice(&stamped).unwrap();
            strings("", &now, &mut |key, text| {
                assert!(!text.starts_with("urn:uuid:") || key != "reference", "{name}: {text}");
                assert!(key != "reference" || text.starts_with('#') || known.contains(text), "{name}: {text}");
            });
            assert_eq!(now["meta"]["versionId"], "3");
            assert_eq!(now["meta"]["lastUpdated"], "2026-11-21T23:55:00.123Z");
            // Put the links back, and nothing may differ: serde_json compares numbers digit by digit.
            let mut was = was["resource"].clone();
            was["id"] = entry.id.as_str().into();
            for meta in [&mut was, &mut now]
                .map(|value| value.get_mut("meta").and_then(Value::as_object_mut))
                .into_iter()
                .flatten()
            {
                meta.shift_remove("versionId");
                meta.shift_remove("lastUpdated");
            }
            same(&was, &now, "");
        }
    }
    assert!(bundles.is_empty() || count == 31_436, "{count} entries");
}

/// Equal but for a `urn:uuid:x` that has become `Type/x`, and an empty `meta`.
fn same(was: &Value, now: &Value, path: &str) {
    match (was, now) {
        (Value::Object(was), Value::Object(now)) => {
            for (key, value) in now {
                if key == "meta" && !was.contains_key("meta") {
                    assert_eq!(value, &Value::Object(serde_json::Map::new()), "{path}.meta");
                    continue;
                }
                same(was.get(key).unwrap_or(&Value::Null), value, &format!("{path}.{key}"));
            }
            assert!(was.keys().all(|key| now.contains_key(key)), "{path} lost a member");
        }
        (Value::Array(was), Value::Array(now)) => {
            assert_eq!(was.len(), now.len(), "{path}");
            was.iter().zip(now).for_each(|(was, now)| same(was, now, path));
        }
        (Value::String(was), Value::String(now)) if was.starts_with("urn:uuid:") && path.ends_with(".reference") => {
            assert_eq!(was.strip_prefix("urn:uuid:"), now.split_once('/').map(|(_, id)| id), "{path}");
        }
        _ => assert_eq!(was, now, "{path}"),
    }
}

#[test]
fn every_resource_is_found_by_its_patient() {
    let zone = TimeZone::UTC;
    for (name, bytes) in bundles() {
        let entries = entries(&bytes);
        let patient = entries.iter().find(|entry| entry.kind == "Patient").unwrap().id.clone();
        let mut rows = 0;
        for entry in &entries {
            let index = index(&entry.resource, &zone);
            rows += index.rows.len();
            let outside = ["Organization", "Practitioner", "PractitionerRole", "Location", "Device"]
                .contains(&entry.kind.as_str());
            let expected = if outside { Vec::new() } else { vec![patient.clone()] };
            assert_eq!(index.patients, expected, "{name}: {}", entry.kind);
            assert!(index.text.len() <= 32 << 10);
            if entry.kind == "Observation" {
                let has = |param: &str| index.rows.iter().any(|row| row.param() == param);
                assert!(has("patient") && has("code") && has("date") && has("status") && has("category"), "{name}");
                let quantity = entry.resource.get("valueQuantity").is_some();
                let found = |row: &Row| matches!(row, Row::Quantity { param: "value-quantity", .. });
                assert_eq!(quantity, index.rows.iter().any(found), "{name}");
            }
        }
        assert!(rows > entries.len() * 4, "{name}: {rows} rows");
    }
}
