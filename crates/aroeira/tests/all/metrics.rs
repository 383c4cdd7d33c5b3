//! What `/metrics` of a running server tells: all that `docs/metrics.md` names, and no more; and the runbooks of the alerts on it.

use std::collections::BTreeMap;

use serde_json::json;

use crate::harness::{CLINIC, Client, PASSWORD, Who, World, bare, root};

/// The value of one series.
fn value(client: &Client, series: &str) -> f64 {
    let text = client.get("/metrics").is(200).text();
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not in\n{text}")).parse().unwrap()
}

#[test]
fn each_metric_is_documented_and_each_documented_one_is_there() {
    let world = World::new();
    let nobody = world.client(Who::Nobody);
    // One whose answer was counted before it is asked for.
    nobody.get("/metrics").is(200);
    let text = nobody.get("/metrics").is(200).text();
    let kinds = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let mut there: BTreeMap<&str, &str> = kinds.collect();
    // The servers of the tests speak no TLS but one: see shutdown.rs.
    there.insert("aroeira_certificate_end_seconds", "gauge");
    let page = std::fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let documented: BTreeMap<&str, &str> = rows.map(|(name, rest)| (name, rest.split_once(' ').unwrap().0)).collect();
    assert_eq!(there, documented);
    for name in there.keys().filter(|name| **name != "aroeira_certificate_end_seconds") {
        assert!(text.contains(&format!("# HELP {name} ")), "{name} has no help");
    }
}

#[test]
fn what_happens_at_the_doors_is_counted() {
    let world = World::with(&[("AROEIRA_ACCESS__LOCK_AFTER", "3"), ("AROEIRA_LIMITS__SIGN_IN", "0")]);
    let nobody = world.client(Who::Nobody);
    let entries = |event: &str| value(nobody, &format!("aroeira_journal_entries_total{{event=\"{event}\"}}"));
    let (failed, denied, reads) = (entries("login-failed"), entries("denied"), entries("read"));
    assert_eq!(entries("emergency"), 0.0, "shown before the first");
    let wrong = json!({ "clinic": CLINIC, "email": "nurse@example.org", "password": "not-the-password" });
    for _ in 0..3 {
        nobody.post("/api/sessions", &wrong).is(401);
    }
    assert_eq!(entries("login-failed"), failed + 3.0);
    assert_eq!(value(nobody, "aroeira_lockouts_total"), 1.0);
    // Locked: refused, counted, and not locked once more.
    nobody.sign_in("nurse@example.org", PASSWORD).is(401);
    assert_eq!((entries("login-failed"), value(nobody, "aroeira_lockouts_total")), (failed + 4.0, 1.0));
    world.client(Who::Reception).get("/api/audit").is(403);
    assert_eq!(entries("denied"), denied + 1.0);
    let patient = world.new_patient("Ana", None);
    world.doctor().get(&format!("/api/patients/{patient}")).is(200);
    assert_eq!(entries("read"), reads + 1.0);
}

#[test]
fn the_disk_and_the_process_are_told_and_no_clinic_is_named() {
    let world = World::new();
    let nobody = world.client(Who::Nobody);
    let told = |series: &str| value(nobody, series);
    assert_eq!(told("aroeira_ready"), 1.0);
    assert!(told("aroeira_clinics") >= 1.0);
    assert!(told("aroeira_data_bytes") > 100_000.0);
    assert!(told("aroeira_disk_free_bytes") < told("aroeira_disk_size_bytes"));
    assert!(told("process_resident_memory_bytes") < told("aroeira_memory_limit_bytes"));
    let before = told("process_cpu_seconds_total");
    assert!(told("process_cpu_seconds_total") >= before);
    let text = nobody.get("/metrics").is(200).text();
    assert!(!text.contains(CLINIC) && !text.contains("example.org"), "{text}");
    // A directory that went away is told here as well as by its health.
    let data = world.home.data();
    let away = data.with_extension("away");
    std::fs::rename(&data, &away).unwrap();
    let ready = told("aroeira_ready");
    std::fs::rename(&away, &data).unwrap();
    assert_eq!(ready, 0.0);
}

/// At three in the morning a command that there is not is worse than none.
#[test]
fn runbooks_name_commands_that_there_are() {
    let mut named = 0;
    for file in std::fs::read_dir(root().join("docs/runbooks")).unwrap() {
        let file = file.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        for heading in ["## O que significa", "## Olhe primeiro", "## Faça", "## Acorde"] {
            assert!(text.contains(heading), "{}: {heading}", file.display());
        }
        for other in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            assert!(file.with_file_name(other).exists(), "{} leads to {other}", file.display());
        }
        for command in text.split('`').skip(1).step_by(2).filter(|quoted| quoted.starts_with("aroeira ")) {
            let words: Vec<&str> = command.split(' ').skip(1).collect();
            let verbs = words.iter().take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()));
            let help: Vec<&str> = verbs.copied().chain(["--help"]).collect();
            let output = bare(&help).output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{}: {command}", file.display());
            for flag in words.iter().filter(|word| word.starts_with("--")) {
                assert!(told.contains(flag), "{}: {command}: {flag}", file.display());
            }
            named += 1;
        }
    }
    assert!(named > 20, "{named}");
}
