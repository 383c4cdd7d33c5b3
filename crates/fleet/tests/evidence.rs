//! Compliance evidence: nothing is claimed that nothing proves, and what breaks a control shows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::Path;

use aroeira_fleet::evidence::{
    Evidence, Framework, NAMES, State, Verdict, assessment_results, component_definition, evidence, names, page, tests,
};
use aroeira_fleet::status::{Observed, Replica};
use aroeira_fleet::{Catalogue, Language, Spec, presets};

fn of(text: &str, framework: &str, observed: Option<&Observed>) -> Evidence {
    let (spec, places) = Spec::read(text).unwrap();
    let framework = Framework::named(framework).unwrap();
    let catalogue = Catalogue::built_in().unwrap();
    evidence(&framework, (&spec, &places), &catalogue, observed, ("fleet.toml", "2026-11-22"))
}

fn state(evidence: &Evidence, id: &str) -> State {
    evidence.controls.iter().find(|one| one.id == id).unwrap().state
}

fn verdict(evidence: &Evidence, name: &str) -> Verdict {
    evidence.controls.iter().flat_map(|one| &one.proofs).find(|one| one.name == name).unwrap().verdict
}

#[test]
fn data_and_predicates_name_each_other() {
    let mut used = BTreeSet::new();
    for name in NAMES {
        let framework = Framework::named(name).unwrap();
        let mut ids = BTreeSet::new();
        assert!(framework.source.starts_with("https://") && framework.date.len() == 10, "{name}");
        for control in framework.controls {
            assert!(ids.insert(control.id.clone()), "{name}: {} twice", control.id);
            assert!(!control.pt.is_empty() && !control.en.is_empty(), "{name}: {}", control.id);
            assert!(!control.duty || control.proofs.is_empty(), "{name}: {} is a duty and proven", control.id);
            used.extend(control.proofs);
        }
    }
    let there: BTreeSet<String> = names().map(str::to_owned).collect();
    assert_eq!(used, there);
}

#[test]
fn every_test_that_proves_something_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (file, test) in tests() {
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let at = text.find(&format!("fn {test}(")).unwrap_or_else(|| panic!("{file} has no {test}"));
        let before = &text[..at];
        let marked = before
            .rfind("test]")
            .is_some_and(|mark| !before[mark..].contains("\nfn ") && !before[mark..].contains('}'));
        assert!(marked, "{file}: {test} is no test");
    }
}

#[test]
fn a_change_that_breaks_a_control_shows() {
    let text = presets::get("hospital").unwrap();
    let before = of(text, "iso27001", None);
    assert_eq!(verdict(&before, "backup-encrypted"), Verdict::Proven);
    assert_eq!(state(&before, "a.7.10"), State::Partly);
    let open = text.replacen("keep_days", "encrypted = false\nkeep_days", 1).replacen(
        "encrypted = true\nencrypted",
        "encrypted",
        1,
    );
    let after = of(&open, "iso27001", None);
    assert_eq!(verdict(&after, "backup-encrypted"), Verdict::Refuted);
    assert_eq!(state(&after, "a.7.10"), State::Not);
    // The evidence stands at its place in the spec.
    let control = after.controls.iter().find(|one| one.id == "a.7.10").unwrap();
    let line = open.lines().position(|line| line == "encrypted = false").unwrap() + 1;
    assert_eq!(control.proofs[0].links[0].to, format!("fleet.toml:{line}:1 backup.encrypted"));
    assert_eq!(state(&before, "a.7.11"), State::Met);
    let dark = of(
        &text.replacen("ups_minutes = 60", "ups_minutes = 0", 1).replacen("generator = true", "generator = false", 1),
        "iso27001",
        None,
    );
    assert_eq!(state(&dark, "a.7.11"), State::Not);
}

#[test]
fn what_nothing_proves_is_not_claimed() {
    for framework in NAMES {
        for preset in presets::NAMES {
            let evidence = of(presets::get(preset).unwrap(), framework, None);
            for name in ["drill-done", "running", "one-version", "inventory", "tls-seen"] {
                let found = evidence.controls.iter().flat_map(|one| &one.proofs).filter(|one| one.name == name);
                assert!(found.into_iter().all(|one| one.verdict == Verdict::NotProven), "{framework} {preset} {name}");
            }
            for one in &evidence.controls {
                let proven = one.proofs.iter().filter(|proof| proof.verdict == Verdict::Proven).count();
                match one.state {
                    State::Met => assert!(proven > 0 && proven == one.proofs.len() && one.rest.is_none(), "{one:?}"),
                    State::Partly => assert!(proven > 0, "{one:?}"),
                    State::Not => assert_eq!(proven, 0, "{one:?}"),
                    State::Customer => assert!(one.proofs.is_empty(), "{one:?}"),
                }
            }
            let sum = evidence.totals;
            assert_eq!(sum.met + sum.partly + sum.not + sum.customer, evidence.controls.len());
        }
    }
    // Without Aroeira its tests show nothing.
    let other = "name = \"x\"\ncurrency = \"BRL\"\nprice_books = []\n";
    assert_eq!(of(other, "lgpd", None).totals.met, 0);
    assert_eq!(verdict(&of(other, "lgpd", None), "files-encrypted"), Verdict::NotProven);
}

#[test]
fn what_is_seen_running_counts() {
    let text = presets::get("garage").unwrap();
    let replica = Replica {
        workload: "aroeira".to_owned(),
        address: "10.0.0.5:443".to_owned(),
        up: true,
        encrypted: Some(true),
        ready: Some(true),
        version: Some("0.1.0".to_owned()),
        ..Replica::default()
    };
    let seen = Observed { replicas: vec![replica.clone()], ..Observed::default() };
    let proven = of(text, "iso27001", Some(&seen));
    for name in ["running", "one-version", "tls-seen"] {
        assert_eq!(verdict(&proven, name), Verdict::Proven, "{name}");
    }
    let sick = Observed {
        replicas: vec![Replica { ready: Some(false), encrypted: Some(false), ..replica }],
        ..Observed::default()
    };
    let refuted = of(text, "iso27001", Some(&sick));
    for name in ["running", "tls-seen"] {
        assert_eq!(verdict(&refuted, name), Verdict::Refuted, "{name}");
    }
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let text = presets::get("hospital").unwrap();
    let (one, other) = (of(text, "soc2", None), of(text, "soc2", None));
    assert_eq!(assessment_results(&one), assessment_results(&other));
    assert_eq!(component_definition(&one), component_definition(&other));
    let changed = of(&text.replacen("drill_days = 30", "", 1), "soc2", None);
    let uuid = |evidence: &Evidence| assessment_results(evidence)["assessment-results"]["uuid"].clone();
    assert_ne!(uuid(&one), uuid(&changed));
    for language in [Language::Portuguese, Language::English] {
        let page = page(&one, language).unwrap();
        assert!(page.contains("hospital") && page.contains("cc6.1") && !page.contains("<script"), "{page}");
    }
}
