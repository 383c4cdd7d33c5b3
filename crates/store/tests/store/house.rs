//! A data directory for one test, gone at its end, with a clock that stands still and ids from a seed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use aroeira_fhir::search::Filter;
use aroeira_fhir::{Instant, Limits, Resource};
use aroeira_store::{
    By, Change, Clock, Confines, Entry, Error, Event, Ids, Installation, MasterKey, Options, Record, Result, Search,
    Sorting, Store, Transaction, Written,
};
use jiff::tz::TimeZone;

pub(crate) const SLUG: &str = "jatoba";
/// 2026-11-21T12:00:00Z
pub(crate) const START: i64 = 1_795_262_400_000;
const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

pub(crate) struct House {
    pub(crate) data: PathBuf,
    pub(crate) hand: Arc<AtomicI64>,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
}

impl House {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("aroeira-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let data = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&data).unwrap();
        Self::at(data)
    }

    pub(crate) fn at(data: PathBuf) -> Self {
        let (clock, hand) = Clock::manual(Instant(START));
        Self { data, hand, clock, ids: Ids::seeded(7) }
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            data: self.data.clone(),
            master_key: MasterKey::parse(KEY).unwrap(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            cache_kb: 2048,
            zone: TimeZone::get("America/Sao_Paulo").unwrap(),
        }
    }

    pub(crate) fn installation(&self) -> Installation {
        Installation::open(self.options()).unwrap()
    }

    /// With one clinic.
    pub(crate) fn clinic(&self) -> (Installation, Store) {
        let installation = self.installation();
        installation.create(SLUG, "Clínica Jatobá").unwrap();
        let (store, name) = installation.store(SLUG).unwrap();
        assert_eq!(name, "Clínica Jatobá");
        (installation, store)
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.data.join("clinics").join(SLUG)
    }

    pub(crate) fn tick(&self, millis: i64) {
        self.hand.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _left = std::fs::remove_dir_all(&self.data);
    }
}

pub(crate) fn entry(event: Event, user: &str) -> Entry {
    Entry {
        event,
        user: user.to_owned(),
        role: "DOCTOR",
        purpose: "TREAT",
        address: Some([127, 0, 0, 1].into()),
        request: "r-1".into(),
        query: None,
        records: Vec::new(),
    }
}

pub(crate) fn resource(value: &serde_json::Value) -> Resource {
    Resource::parse(value.to_string().as_bytes(), &Limits::default()).unwrap()
}

/// The change that writes this JSON.
pub(crate) fn change(value: &serde_json::Value, label: &str) -> Change {
    let resource = resource(value);
    let zone = TimeZone::get("America/Sao_Paulo").unwrap();
    let index = aroeira_fhir::index(&resource, &zone);
    let effective = index.rows.iter().find_map(|row| match row {
        aroeira_fhir::Row::Date { param: "date", low, .. } => Some(*low),
        _ => None,
    });
    Change { body: aroeira_fhir::Body::new(&resource), index, effective, label: label.to_owned(), deleted: false }
}

pub(crate) fn patient(id: &str, family: &str) -> Change {
    change(
        &serde_json::json!({"resourceType": "Patient", "id": id, "name": [{"family": family, "given": ["Ana"]}]}),
        family,
    )
}

/// A record of a patient: its text is the title.
pub(crate) fn record(id: &str, patient: &str, title: &str, date: &str) -> Change {
    change(
        &serde_json::json!({
            "resourceType": "Composition", "id": id, "status": "final", "date": date, "title": title,
            "subject": {"reference": format!("Patient/{patient}")},
            "author": [{"reference": "Practitioner/dra"}],
            "type": {"coding": [{"system": "urn:tipo", "code": "consultation"}]},
            "section": [{"title": "Diagnóstico", "text": {"status": "generated",
                "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{title}</div>")}}]
        }),
        title,
    )
}

pub(crate) fn tombstone(record: &Record) -> Change {
    Change {
        body: aroeira_fhir::Body::tombstone(&record.kind, &record.id, Some("engano")),
        index: aroeira_fhir::Index::default(),
        effective: Some(record.effective),
        label: record.label.clone(),
        deleted: true,
    }
}

pub(crate) async fn put(store: &Store, change: Change) -> Result<Written> {
    store.write::<_, Error>(Some(entry(Event::Create, "dra")), move |t: &mut Transaction<'_>| t.put(&change)).await
}

/// A search of a type, the oldest writes first.
pub(crate) fn search(kind: &str, filters: Vec<Filter>) -> Search {
    Search {
        kind: kind.into(),
        filter: Filter::All(filters),
        confines: Confines::None,
        sort: vec![Sorting { by: By::Updated, descending: false }],
        limit: 100,
        counted: true,
        explained: false,
        after: None,
    }
}

/// Full text, as somebody typed it.
pub(crate) fn words(typed: &str) -> Filter {
    Filter::Content { words: typed.into(), narrative: false }
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
