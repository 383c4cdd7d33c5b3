//! The plan beside what is there: every way in which they differ is told once, and nothing where they agree.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aroeira_fleet::plan::plan;
use aroeira_fleet::status::{Difference, Machine, Observed, Replica, Seen, Status, status};
use aroeira_fleet::{Catalogue, Language, Spec, presets};

fn spec() -> Spec {
    Spec::read(presets::get("garage").unwrap()).unwrap().0
}

fn replica() -> Replica {
    Replica {
        workload: "aroeira".to_owned(),
        address: "10.0.0.5:8080".to_owned(),
        up: true,
        ready: Some(true),
        version: Some("0.1.0".to_owned()),
        clinics: Some(3.0),
        ..Replica::default()
    }
}

fn machine() -> Machine {
    Machine {
        name: "torre.example.org:9100".to_owned(),
        up: true,
        // Nominal sizes are never met: firmware and file systems take their part.
        has: Seen { cores: Some(16.0), memory_gb: Some(62.7), disk_gb: Some(1880.0) },
        used: Seen::default(),
    }
}

fn held(replicas: Vec<Replica>, machines: Option<Vec<Machine>>) -> Status {
    let observed = Observed { machines, replicas, all_workloads: true };
    status(&spec(), &Catalogue::built_in().unwrap(), &observed)
}

fn only(status: &Status) -> &Difference {
    assert_eq!(status.differences.len(), 1, "{:?}", status.differences);
    assert!(!status.as_planned);
    for language in [Language::Portuguese, Language::English] {
        assert!(status.differences[0].text(language).len() > 10);
    }
    &status.differences[0]
}

#[test]
fn what_is_as_planned_differs_in_nothing() {
    let status = held(vec![replica()], Some(vec![machine()]));
    assert!(status.as_planned, "{:?}", status.differences);
    assert_eq!((status.workloads[0].planned, status.workloads[0].running), (1, 1));
}

#[test]
fn what_is_missing_or_unplanned_is_told() {
    assert!(matches!(only(&held(Vec::new(), None)), Difference::NotSeen { planned: 1, .. }));
    let down = Replica { up: false, clinics: None, version: None, ready: None, ..replica() };
    let down = held(vec![down], None);
    assert!(matches!(down.differences[0], Difference::NotRunning { planned: 1, running: 0, .. }));
    assert!(matches!(down.differences[1], Difference::NoAnswer { .. }));
    assert!(matches!(only(&held(vec![replica()], Some(Vec::new()))), Difference::NodeMissing { .. }));
    let other = Machine { name: "outra".to_owned(), ..machine() };
    assert!(matches!(only(&held(vec![replica()], Some(vec![machine(), other]))), Difference::NodeUnplanned { .. }));
    let stranger = Replica { workload: "minecraft".to_owned(), clinics: None, ..replica() };
    assert!(matches!(only(&held(vec![replica(), stranger], None)), Difference::Unplanned { .. }));
    let second = Replica { address: "10.0.0.6:8080".to_owned(), clinics: Some(0.0), ..replica() };
    assert!(matches!(
        only(&held(vec![replica(), second.clone()], None)),
        Difference::TooMany { planned: 1, running: 2, .. }
    ));
    let newer = Replica { version: Some("0.2.0".to_owned()), ..second };
    let drift = held(vec![replica(), newer], None);
    assert!(
        drift.differences.iter().any(|one| matches!(one, Difference::Drift { versions, .. } if versions.len() == 2))
    );
    let sick = Replica { ready: Some(false), problems: vec!["data-directory-not-writable".to_owned()], ..replica() };
    assert!(only(&held(vec![sick], None)).text(Language::English).contains("data-directory-not-writable"));
    assert!(matches!(
        only(&held(vec![Replica { clinics: Some(5.0), ..replica() }], None)),
        Difference::Clinics { planned: 3, seen: 5 }
    ));
}

#[test]
fn machines_of_another_size_are_told() {
    let small = Machine { has: Seen { memory_gb: Some(31.0), ..machine().has }, ..machine() };
    assert!(matches!(only(&held(vec![replica()], Some(vec![small]))), Difference::NodeSmaller { .. }));
    let large = Machine { has: Seen { cores: Some(32.0), ..machine().has }, ..machine() };
    assert!(matches!(only(&held(vec![replica()], Some(vec![large]))), Difference::NodeLarger { .. }));
}

#[test]
fn use_beyond_the_plan_gives_other_sizes_that_are_planned_again() {
    let planned = plan(&spec(), &Catalogue::built_in().unwrap()).demand[0].takes;
    let hungry = Seen { cores: Some(planned.cores * 2.0), memory_gb: Some(planned.memory_gb * 2.0), disk_gb: None };
    let status = held(vec![Replica { used: hungry, measured: true, ..replica() }], None);
    assert_eq!(status.differences.iter().filter(|one| matches!(one, Difference::OverUse { .. })).count(), 2);
    assert!(status.advice[0].too_small && status.advice[0].cores > planned.cores * 2.0);
    assert!(status.resized.unwrap().fits);
    // What was not measured over time says nothing of sizes.
    let status = held(vec![Replica { used: hungry, ..replica() }], None);
    assert!(status.advice.is_empty() && status.resized.is_none());
    let idle = Seen { cores: Some(planned.cores / 100.0), memory_gb: Some(planned.memory_gb / 100.0), disk_gb: None };
    let status = held(vec![Replica { used: idle, measured: true, ..replica() }], None);
    assert!(!status.advice[0].too_small && status.advice[0].memory_gb < planned.memory_gb);
}
