//! The catalogue that comes with the program.

use std::collections::BTreeSet;

use aroeira_fleet::Catalogue;
use aroeira_fleet::catalogue::{Entry, Standing};

fn catalogue() -> Catalogue {
    Catalogue::built_in().expect("the entries that come with the program")
}

/// `of`, gigabytes and their range, growth a month and per unit.
type Row<Name = &'static str> = (Name, f64, Option<(f64, f64)>, f64, f64);

fn rows(entry: &Entry) -> Vec<Row<String>> {
    let range = |need: &aroeira_fleet::catalogue::StorageNeed| need.gb_range.map(|range| (range.low, range.high));
    let row = |need: &aroeira_fleet::catalogue::StorageNeed| {
        (need.of.clone(), need.gb.base, range(need), need.growth_gb_month.base, need.growth_gb_month.per_unit)
    };
    entry.storage.iter().map(row).collect()
}

#[test]
fn every_file_is_an_entry_of_its_name() {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue")).expect("the folder");
    let files: BTreeSet<String> = files
        .map(|file| file.expect("a file").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let ids: BTreeSet<String> = catalogue().all().map(|entry| entry.id.clone()).collect();
    assert_eq!(files, ids);
    assert_eq!(ids.len(), 27);
}

#[test]
fn every_dependency_exists_and_none_needs_itself() {
    let catalogue = catalogue();
    for entry in catalogue.all() {
        let (mut open, mut seen) = (entry.depends_on.clone(), BTreeSet::new());
        while let Some(id) = open.pop() {
            assert_ne!(id, entry.id, "{} needs itself", entry.id);
            let needed = catalogue.get(&id).unwrap_or_else(|| panic!("{} needs {id}, which is not there", entry.id));
            if seen.insert(id) {
                open.extend(needed.depends_on.iter().cloned());
            }
        }
    }
}

#[test]
fn every_figure_is_possible_and_says_where_it_is_from() {
    for entry in catalogue().all() {
        let id = &entry.id;
        assert!(!entry.source.text.is_empty() && entry.source.date.starts_with("202"), "{id}");
        assert!((1..=entry.replicas).contains(&entry.quorum), "{id} cannot have its quorum");
        assert!(entry.image.as_deref().is_none_or(|image| image.contains(':') && !image.ends_with(":latest")), "{id}");
        for need in &entry.storage {
            for (curve, range) in [(need.gb, need.gb_range), (need.growth_gb_month, need.growth_range)] {
                assert!(curve.base >= 0.0 && curve.per_unit >= 0.0, "{id} {}", need.of);
                assert!(
                    range.is_none_or(|range| range.low <= curve.base && curve.base <= range.high),
                    "{id} {}",
                    need.of
                );
            }
        }
        if let Some(limits) = entry.limits {
            assert!(limits.cores >= entry.cores.base / f64::from(entry.replicas), "{id}");
            assert!(limits.memory_gb >= entry.memory_gb.base, "{id}");
        }
    }
}

#[test]
fn the_seven_carry_the_figures_of_requirement_004() {
    let seven: [(&str, &[Row]); 7] = [
        (
            "quantum-studio",
            &[
                ("code", 0.5, None, 0.0, 0.0),
                ("models", 3.5, Some((2.0, 5.0)), 0.0, 0.0),
                ("embeddings", 2.0, Some((1.0, 3.0)), 0.0, 0.0),
                ("logs", 0.0, None, 0.0, 0.1),
            ],
        ),
        (
            "health-quantum",
            &[
                ("models", 1.5, Some((1.0, 2.0)), 0.0, 0.0),
                ("medical-records", 7.5, Some((5.0, 10.0)), 0.0, 0.0),
                ("reports", 0.0, None, 0.0, 0.05),
                ("images", 3.5, Some((2.0, 5.0)), 0.0, 0.0),
            ],
        ),
        (
            "edu-quantum",
            &[
                ("content", 5.5, Some((3.0, 8.0)), 0.0, 0.0),
                ("videos", 30.0, Some((10.0, 50.0)), 0.0, 0.0),
                ("exercises", 0.5, None, 0.0, 0.0),
                ("progress", 0.0, None, 0.0, 0.0),
            ],
        ),
        (
            "fin-quantum",
            &[
                ("history", 3.5, Some((2.0, 5.0)), 0.0, 0.0),
                ("models", 0.75, Some((0.5, 1.0)), 0.0, 0.0),
                ("open-finance-cache", 0.1, None, 0.0, 0.0),
                ("reports", 0.0, None, 0.0, 0.02),
            ],
        ),
        (
            "ener-quantum",
            &[
                ("readings", 12.5, Some((5.0, 20.0)), 0.0, 0.0),
                ("models", 2.0, Some((1.0, 3.0)), 0.0, 0.0),
                ("contracts", 0.05, None, 0.0, 0.0),
                ("metrics", 0.5, None, 0.0, 0.0),
            ],
        ),
        (
            "geo-quantum",
            &[
                ("satellite", 55.0, Some((10.0, 100.0)), 0.0, 0.0),
                ("models", 3.5, Some((2.0, 5.0)), 0.0, 0.0),
                ("maps", 10.0, Some((5.0, 15.0)), 0.0, 0.0),
                ("logs", 0.0, None, 0.2, 0.0),
            ],
        ),
        (
            "ai-governance",
            &[("audit", 0.0, None, 3.0, 0.0), ("metrics", 0.0, None, 0.1, 0.0), ("reports", 0.0, None, 0.05, 0.0)],
        ),
    ];
    let catalogue = catalogue();
    for (id, expected) in seven {
        let entry = catalogue.get(id).unwrap_or_else(|| panic!("{id} is not there"));
        let expected: Vec<_> = expected.iter().map(|row| (row.0.to_owned(), row.1, row.2, row.3, row.4)).collect();
        assert_eq!(rows(entry), expected, "{id}");
        assert_eq!(entry.source.standing, Standing::Required, "{id}");
    }
    let students = &catalogue.get("edu-quantum").expect("EduQuantum").storage[3];
    assert!((students.gb.per_unit - 0.01).abs() < 1e-12, "ten megabytes a student");
    let audit = catalogue.get("ai-governance").expect("AI Governance").storage[0].growth_range.expect("a range");
    assert_eq!((audit.low, audit.high), (1.0, 5.0));
}

#[test]
fn health_quantum_asks_for_what_its_deployment_says() {
    let catalogue = catalogue();
    let health = catalogue.get("health-quantum").expect("HealthQuantum");
    assert_eq!(health.replicas, 3);
    assert_eq!(health.cores.at(0.0) / 3.0, 1.0, "1000m each");
    assert_eq!(health.memory_gb.at(0.0), 2.0);
    let limits = health.limits.expect("limits");
    assert_eq!((limits.cores, limits.memory_gb), (2.0, 4.0));
    assert_eq!(health.ports.get("http"), Some(&8080));
}
