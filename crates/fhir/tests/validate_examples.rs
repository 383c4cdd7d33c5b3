//! Every official example of R4 is valid, or stands in `validate_examples.txt` with what makes it invalid.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod official;

use std::collections::BTreeSet;

use aroeira_fhir::{
    Instant,
    validate::{Options, Reason, validate},
};

/// Without the indices of a path.
fn plain(path: &str) -> String {
    let mut inside = false;
    let outside = |c: &char| {
        inside = (inside && *c != ']') || *c == '[';
        !inside && *c != ']'
    };
    path.chars().filter(outside).collect()
}

#[test]
fn every_official_example_is_valid_or_is_listed() {
    let listed: BTreeSet<String> = include_str!("validate_examples.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once(" -- ").expect("an explanation").0.to_owned())
        .collect();
    let mut found = BTreeSet::new();
    let mut unlisted = Vec::new();
    let all = official::examples(|_| true);
    for (name, value) in &all {
        let mut options = Options::new(Instant(1_700_000_000_000));
        options.warnings = true;
        options.most = 50_000;
        // A rule that is not evaluated finds nothing wrong: there is none such.
        for issue in validate(value, &options).iter().filter(|i| i.is_error() || i.reason == Reason::Unevaluated) {
            let line = format!("{name} {} {}", plain(&issue.path), issue.reason.name());
            if !listed.contains(&line) {
                unlisted.push(format!("{line} -- {}: {}", issue.path, issue.text()));
            }
            found.insert(line);
        }
    }
    assert_eq!(all.len(), 5306);
    assert!(unlisted.is_empty(), "{}:\n{}", unlisted.len(), unlisted.join("\n"));
    let stale: Vec<_> = listed.difference(&found).collect();
    assert!(stale.is_empty(), "listed and valid: {stale:#?}");
}
