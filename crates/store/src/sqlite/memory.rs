//! Records as they stand, remembered beside the file: what is read again and again costs no look into it. A look says which
//! entry of the journal is the last it sees, and takes and adds only what stands at that entry: from the one that changed a
//! record last to the one before those of a commit on its way. So nobody sees a record of another moment than the rest of
//! their look.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::store::Record;

/// A larger body is not remembered.
const LARGEST: usize = 16 << 10;
/// Patients, and labels, of one kind in memory.
const PATIENTS: usize = 10_000;
/// What a record costs beside its body and what is made of it: a view and a text, each about as long.
const BESIDE: usize = 400;

fn bytes(record: &Record) -> usize {
    3 * record.body.len() + BESIDE
}

/// A row that is not what it was.
pub(crate) struct Changed {
    pub(crate) rid: i64,
    pub(crate) kind: String,
}

/// The memory of one clinic, bounded in bytes; records not used for a while are forgotten.
pub(crate) struct Memory {
    held: Mutex<Held>,
    /// Bytes of one generation; there are two.
    most: usize,
}

struct Held {
    /// The entry that changed a record last: what is held stands since then.
    since: i64,
    /// The first entry of a commit on its way, which may change it.
    until: i64,
    young: Generation,
    old: Generation,
    /// By kind, then by patient: which rows of the kind are of the patient. Dropped when any row of the kind changes.
    charts: HashMap<String, HashMap<String, Arc<[i64]>>>,
    /// By kind, then by id: labels of records that are not remembered whole. Dropped as `charts` are.
    labels: HashMap<String, HashMap<String, Arc<str>>>,
}

#[derive(Default)]
struct Generation {
    rows: HashMap<i64, Arc<Record>>,
    /// By kind, then by id: a look-up allocates nothing.
    names: HashMap<String, HashMap<String, i64>>,
    bytes: usize,
}

impl Generation {
    fn put(&mut self, record: &Arc<Record>) {
        if let Some(names) = self.names.get_mut(&record.kind) {
            names.insert(record.id.clone(), record.rid);
        } else {
            self.names.insert(record.kind.clone(), HashMap::from([(record.id.clone(), record.rid)]));
        }
        if self.rows.insert(record.rid, Arc::clone(record)).is_none() {
            self.bytes += bytes(record);
        }
    }

    fn drop_one(&mut self, rid: i64) {
        if let Some(record) = self.rows.remove(&rid) {
            self.bytes -= bytes(&record);
            if let Some(names) = self.names.get_mut(&record.kind) {
                names.remove(&record.id);
            }
        }
    }
}

impl Held {
    fn stands_at(&self, entry: i64) -> bool {
        self.since <= entry && entry < self.until
    }

    fn row(&mut self, rid: i64, most: usize) -> Option<Arc<Record>> {
        if let Some(record) = self.young.rows.get(&rid) {
            return Some(Arc::clone(record));
        }
        let record = Arc::clone(self.old.rows.get(&rid)?);
        self.put(&record, most);
        Some(record)
    }

    fn named(&self, kind: &str, id: &str) -> Option<i64> {
        let of = |generation: &Generation| generation.names.get(kind)?.get(id).copied();
        of(&self.young).or_else(|| of(&self.old))
    }

    fn put(&mut self, record: &Arc<Record>, most: usize) {
        if self.young.bytes >= most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.put(record);
    }
}

impl Memory {
    /// A memory of at most `kb`, of a clinic whose last entry is `head`.
    pub(crate) fn new(kb: u32, head: i64) -> Self {
        let generation = Generation::default;
        let held = Held {
            since: head,
            until: i64::MAX,
            young: generation(),
            old: generation(),
            charts: HashMap::new(),
            labels: HashMap::new(),
        };
        Self { held: Mutex::new(held), most: (kb as usize) << 9 }
    }

    /// A record by its row, for a look that stands at `entry`.
    pub(crate) fn row(&self, entry: i64, rid: i64) -> Option<Arc<Record>> {
        let mut held = self.held.lock();
        held.stands_at(entry).then(|| held.row(rid, self.most)).flatten()
    }

    /// A record by its name, for a look that stands at `entry`.
    pub(crate) fn named(&self, entry: i64, kind: &str, id: &str) -> Option<Arc<Record>> {
        let mut held = self.held.lock();
        if !held.stands_at(entry) {
            return None;
        }
        let rid = held.named(kind, id)?;
        held.row(rid, self.most)
    }

    /// Remembers what a look that stands at `entry` read.
    pub(crate) fn put(&self, entry: i64, record: &Arc<Record>) {
        if record.body.len() > LARGEST {
            return;
        }
        let mut held = self.held.lock();
        if held.stands_at(entry) {
            held.put(record, self.most);
        }
    }

    /// The rows of a kind that are of a patient, for a look that stands at `entry`.
    pub(crate) fn of_patient(&self, entry: i64, kind: &str, patient: &str) -> Option<Arc<[i64]>> {
        let held = self.held.lock();
        held.stands_at(entry).then(|| held.charts.get(kind)?.get(patient).cloned()).flatten()
    }

    /// Remembers all the rows of a kind that are of a patient.
    pub(crate) fn put_of_patient(&self, entry: i64, kind: &str, patient: &str, rows: Arc<[i64]>) {
        let mut held = self.held.lock();
        if !held.stands_at(entry) {
            return;
        }
        let charts = held.charts.entry(kind.to_owned()).or_default();
        if charts.len() >= PATIENTS {
            charts.clear();
        }
        charts.insert(patient.to_owned(), rows);
    }

    /// The label of a record, for a look that stands at `entry`.
    pub(crate) fn label(&self, entry: i64, kind: &str, id: &str) -> Option<Arc<str>> {
        let held = self.held.lock();
        held.stands_at(entry).then(|| held.labels.get(kind)?.get(id).cloned()).flatten()
    }

    /// Remembers the label of a record.
    pub(crate) fn put_label(&self, entry: i64, kind: &str, id: &str, label: &str) {
        let mut held = self.held.lock();
        if !held.stands_at(entry) {
            return;
        }
        let labels = held.labels.entry(kind.to_owned()).or_default();
        if labels.len() >= PATIENTS {
            labels.clear();
        }
        labels.insert(id.to_owned(), label.into());
    }

    /// A commit is on its way that changes records; `first` is its first entry.
    pub(crate) fn expect(&self, first: i64) {
        self.held.lock().until = first;
    }

    /// The clinic stands at `entry`, and these rows are not what they were.
    pub(crate) fn change(&self, entry: i64, changed: &[Changed]) {
        let mut held = self.held.lock();
        for Changed { rid, kind } in changed {
            held.young.drop_one(*rid);
            held.old.drop_one(*rid);
            held.charts.remove(kind);
            held.labels.remove(kind);
        }
        held.since = entry;
        held.until = i64::MAX;
    }

    /// Nobody knows what became of a commit: everything is forgotten. `head` is the last entry where that is known again.
    pub(crate) fn forget(&self, head: Option<i64>) {
        let mut held = self.held.lock();
        held.since = head.unwrap_or(i64::MAX);
        held.until = i64::MAX;
        held.young = Generation::default();
        held.old = Generation::default();
        held.charts.clear();
        held.labels.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aroeira_fhir::Instant;

    fn record(rid: i64, version: u32, bytes: usize) -> Arc<Record> {
        Arc::new(Record {
            rid,
            kind: "Patient".into(),
            id: format!("p{rid}"),
            version,
            updated: Instant(0),
            sequence: 1,
            deleted: false,
            effective: Instant(0),
            label: String::new(),
            body: vec![0; bytes].into(),
            made: crate::store::Made::default(),
        })
    }

    #[test]
    fn a_look_of_another_moment_neither_takes_nor_adds() {
        let memory = Memory::new(1024, 10);
        let changed = |rid, kind: &str| [Changed { rid, kind: kind.to_owned() }];
        memory.put(10, &record(1, 1, 10));
        memory.put_of_patient(10, "Patient", "p1", [1].into());
        assert!(memory.row(9, 1).is_none(), "before it was written");
        assert_eq!(memory.row(12, 1).map(|r| r.version), Some(1), "reads were journalled since");
        memory.expect(13);
        assert!(memory.row(12, 1).is_some(), "the commit is not seen yet");
        assert!(memory.row(15, 1).is_none(), "it is seen, and not known yet");
        memory.put(15, &record(2, 1, 10));
        memory.change(15, &changed(1, "Patient"));
        memory.put(12, &record(1, 1, 10));
        assert!(memory.named(15, "Patient", "p1").is_none() && memory.named(15, "Patient", "p2").is_none());
        assert!(memory.of_patient(15, "Patient", "p1").is_none());
        memory.put(15, &record(1, 2, 10));
        memory.put_of_patient(15, "Patient", "p1", [1].into());
        memory.put_label(15, "User", "u1", "Ana");
        memory.expect(16);
        memory.change(16, &changed(7, "Observation"));
        assert_eq!(memory.named(16, "Patient", "p1").map(|r| r.version), Some(2));
        assert!(memory.of_patient(16, "Patient", "p1").is_some(), "a row of another kind");
        assert!(memory.label(16, "User", "u1").is_some_and(|label| &*label == "Ana"));
        memory.expect(17);
        memory.change(17, &changed(9, "User"));
        assert!(memory.label(17, "User", "u1").is_none());
        memory.forget(None);
        memory.put(20, &record(1, 2, 10));
        assert!(memory.row(20, 1).is_none(), "nobody knows what there is");
        memory.forget(Some(17));
        memory.put(17, &record(1, 3, 10));
        assert!(memory.row(17, 1).is_some() && memory.row(16, 1).is_none());
    }

    #[test]
    fn it_is_bounded_and_forgets_what_nobody_uses() {
        let memory = Memory::new(64, 0);
        for rid in 0..200 {
            memory.put(0, &record(rid, 1, 1000));
            assert!(memory.row(0, 0).is_some(), "what is used stays");
        }
        let held = memory.held.lock();
        assert!(held.young.bytes + held.old.bytes <= 2 * (32 << 10) + 2 * 2400);
        drop(held);
        assert!(memory.row(0, 1).is_none());
        memory.put(0, &record(900, 1, LARGEST + 1));
        assert!(memory.row(0, 900).is_none());
        memory.forget(Some(0));
        assert!(memory.row(0, 0).is_none());
    }
}
