//! Two people wrote at once: what each of them changed since the version both began with, field by field.

use serde_json::Value;

use aroeira_clinic::Revision;

/// A field of a form after somebody else saved first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Both say the same, or only one of them changed it: nothing to choose.
    Settled(String),
    /// Both changed it, and differently.
    Open {
        /// As this doctor wrote it.
        mine: String,
        /// As it was saved meanwhile.
        theirs: String,
    },
}

/// What a field said at version `base`, found by walking back from what it says now: the oldest change made after `base`
/// knows what stood before it.
pub(crate) fn at_base(field: &str, base: u32, theirs: &str, history: &[Revision]) -> String {
    let since = history.iter().filter(|revision| revision.version > base);
    let changes = since.flat_map(|revision| revision.changes.iter().map(move |change| (revision.version, change)));
    let first = changes.filter(|(_, change)| change.field == field).min_by_key(|(version, _)| *version);
    first.map_or_else(|| theirs.to_owned(), |(_, change)| plain(&change.before))
}

/// Who wins a field. `base` is what both began with.
pub(crate) fn settle(base: &str, mine: &str, theirs: &str) -> Outcome {
    if mine == theirs || mine == base {
        Outcome::Settled(theirs.to_owned())
    } else if theirs == base {
        Outcome::Settled(mine.to_owned())
    } else {
        Outcome::Open { mine: mine.to_owned(), theirs: theirs.to_owned() }
    }
}

/// A value of a change as text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aroeira_clinic::FieldChange;
    use aroeira_fhir::Instant;

    fn revision(version: u32, field: &str, before: &str, after: &str) -> Revision {
        let change = FieldChange { field: field.into(), before: before.into(), after: after.into() };
        Revision {
            version,
            at: Instant(0),
            author_id: "a".into(),
            author_name: "A".into(),
            event: "update".into(),
            reason: None,
            changes: vec![change],
        }
    }

    #[test]
    fn a_field_only_one_of_them_changed_is_settled() {
        assert_eq!(settle("a", "a", "b"), Outcome::Settled("b".into()), "theirs");
        assert_eq!(settle("a", "b", "a"), Outcome::Settled("b".into()), "mine");
        assert_eq!(settle("a", "b", "b"), Outcome::Settled("b".into()), "both the same");
        assert_eq!(settle("a", "b", "c"), Outcome::Open { mine: "b".into(), theirs: "c".into() });
    }

    #[test]
    fn the_text_both_began_with_is_found_in_the_history() {
        let history = [
            revision(4, "notes", "três", "quatro"),
            revision(3, "notes", "dois", "três"),
            revision(2, "notes", "um", "dois"),
        ];
        assert_eq!(at_base("notes", 2, "quatro", &history), "dois");
        assert_eq!(at_base("notes", 4, "quatro", &history), "quatro");
        assert_eq!(at_base("treatment", 1, "igual", &history), "igual", "never changed");
    }
}
