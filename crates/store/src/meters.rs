//! What the store counts of itself: commits, what is written into the journals, what the disk refuses. Counts alone: no
//! clinic, no record, no person.

use metrics::{Counter, Histogram};

use crate::Event;

const ENTRIES: &str = "aroeira_journal_entries_total";
const ERRORS: &str = "aroeira_store_errors_total";
const BATCH: &str = "aroeira_commit_batch_size";
const SECONDS: &str = "aroeira_commit_seconds";

/// What the disk refused.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// A group could not be committed.
    Commit,
    /// The head outside could not be written.
    Head,
    /// The log could not be begun anew: it goes on growing.
    Log,
}

impl Trouble {
    const ALL: [Self; 3] = [Self::Commit, Self::Head, Self::Log];

    fn kind(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Head => "head",
            Self::Log => "log",
        }
    }
}

/// Says what the store's metrics are, and shows its counters from zero: an alert sees the first of each.
pub fn describe_metrics() {
    metrics::describe_histogram!(BATCH, "Requests committed in one transaction");
    metrics::describe_histogram!(SECONDS, "Time of one durable commit");
    metrics::describe_counter!(ENTRIES, "Entries of all journals together that are on disk, by event");
    metrics::describe_counter!(ERRORS, "What the disk refused, by kind: commit, head, log");
    let _shown = Meters::new();
    for trouble in Trouble::ALL {
        errors(trouble).increment(0);
    }
}

fn errors(trouble: Trouble) -> Counter {
    metrics::counter!(ERRORS, "kind" => trouble.kind())
}

/// Counts what the disk refused.
pub(crate) fn failed(trouble: Trouble) {
    errors(trouble).increment(1);
}

/// The meters of one writer; all writers add to the same.
pub(crate) struct Meters {
    entries: [Counter; Event::ALL.len()],
    batch: Histogram,
    seconds: Histogram,
}

impl Meters {
    pub(crate) fn new() -> Self {
        Self {
            entries: Event::ALL.map(|event| metrics::counter!(ENTRIES, "event" => event.code())),
            batch: metrics::histogram!(BATCH),
            seconds: metrics::histogram!(SECONDS),
        }
    }

    /// A group was committed, or was not.
    pub(crate) fn commit(&self, size: usize, took: std::time::Duration) {
        self.batch.record(size as f64);
        self.seconds.record(took.as_secs_f64());
    }

    /// These stand in a journal now.
    pub(crate) fn journalled(&self, events: &[Event]) {
        for event in events {
            if let Some(counter) = Event::ALL.iter().position(|one| one == event).and_then(|at| self.entries.get(at)) {
                counter.increment(1);
            }
        }
    }
}
