use std::sync::Arc;

use aroeira_fhir::search::{Asker, Filter, Own, Progress, Request};
use aroeira_fhir::{Body, Instant};
use aroeira_store::{Change, Confines, Error, Event, Search, Store, View};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::house::{House, SLUG, change, entry};

async fn put(store: &Store, value: Value) {
    let change = change(&value, "");
    store.write::<_, Error>(Some(entry(Event::Create, "dra")), move |t| t.put(&change)).await.unwrap();
}

fn parameter(expression: &str) -> Value {
    json!({ "resourceType": "SearchParameter", "id": "p", "status": "active", "code": "kind-of", "type": "token",
        "base": ["Observation"], "expression": expression })
}

/// A few thousand records, in two groups.
async fn fill(store: &Store, many: usize) {
    let all: Vec<Change> = (0..many)
        .map(|n| {
            let kind = if n % 2 == 0 { "Observation" } else { "Encounter" };
            change(&json!({ "resourceType": kind, "id": format!("r{n}"), "status": format!("s{}", n % 3) }), "")
        })
        .collect();
    let put = move |t: &mut aroeira_store::Transaction<'_>| all.iter().try_for_each(|one| t.put(one).map(|_| ()));
    store.write::<_, Error>(Some(entry(Event::Import, "dra")), put).await.unwrap();
}

fn search(own: &Own, value: &str) -> Search {
    let pairs = [("kind-of".to_owned(), value.to_owned())];
    let zone = TimeZone::UTC;
    let asker = Asker { zone: &zone, now: Instant(0), lenient: false, own, base: "" };
    let request = Request::read("Observation", &pairs, asker).unwrap();
    Search {
        kind: "Observation".into(),
        filter: request.filter,
        confines: Confines::None,
        sort: Vec::new(),
        limit: 10,
        after: None,
        counted: true,
        explained: false,
    }
}

/// Waits for the writer: every write makes it go on.
async fn ready(store: &Store) -> Arc<Own> {
    loop {
        let own = store.own_parameters();
        if own.all().all(|(_, progress)| progress == Progress::Ready) {
            return own;
        }
        store.index_journal().await.unwrap();
    }
}

fn count(store: &Store, value: &str) -> u64 {
    let search = search(&store.own_parameters(), value);
    store.look(|view: &View<'_>| view.find(&search)).unwrap().total
}

#[tokio::test]
async fn a_parameter_of_ones_own_goes_on_after_a_restart_and_misses_nothing() {
    let house = House::new();
    let (installation, store) = house.clinic();
    fill(&store, 6000).await;
    put(&store, parameter("Observation.status")).await;
    // Written while it is indexed, or after: an update, a new one, one that is deleted.
    put(&store, json!({ "resourceType": "Observation", "id": "r0", "status": "s1" })).await;
    put(&store, json!({ "resourceType": "Observation", "id": "new", "status": "s1" })).await;
    let body = Body::tombstone("Observation", "r4", None);
    let gone = Change { body, index: Default::default(), effective: None, label: String::new(), deleted: true };
    store.write::<_, Error>(Some(entry(Event::Delete, "dra")), move |t| t.put(&gone)).await.unwrap();
    store.close().await;
    drop((store, installation));
    let installation = house.installation();
    let (store, _) = installation.store(SLUG).unwrap();
    ready(&store).await;
    // Of 3,000 each third is s1; r0 became one, "new" is one, r4 was one.
    assert_eq!((count(&store, "s1"), count(&store, "s0")), (1000 + 1 + 1 - 1, 999));
    // Another expression: the old rows are taken away, the new ones are there.
    put(&store, parameter("Observation.id")).await;
    ready(&store).await;
    assert_eq!((count(&store, "s1"), count(&store, "new")), (0, 1));
    store.close().await;
}

#[tokio::test]
async fn what_is_not_whole_is_refused() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, parameter("Observation.status")).await;
    let own = ready(&store).await;
    let asked = search(&own, "s1");
    assert!(store.look(|view: &View<'_>| view.find(&asked)).is_ok());
    // The question was read before the parameter was redefined: its slot answers no more.
    put(&store, parameter("Observation.id")).await;
    let refused = store.look(|view: &View<'_>| view.find(&asked));
    assert!(matches!(refused, Err(Error::Question(text)) if text.contains("indexed")));
    let indexing = own.all().map(|(own, _)| (Arc::clone(own), Progress::Indexing(45))).collect();
    let zone = TimeZone::UTC;
    let own = Own::new(indexing);
    let asker = Asker { zone: &zone, now: Instant(0), lenient: true, own: &own, base: "" };
    let wrong = Request::read("Observation", &[("kind-of".into(), "x".into())], asker).unwrap_err();
    assert_eq!((wrong[0].code, wrong[0].expected.as_str()), ("indexing", "45 %"));
    let none = Search { filter: Filter::Token { param: "own:199", system: None, code: None }, ..asked };
    assert!(store.look(|view: &View<'_>| view.find(&none)).is_err());
}

#[tokio::test]
async fn what_was_undone_leaves_no_parameter() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let change = change(&parameter("Observation.status"), "");
    let undone = store.write::<(), Error>(Some(entry(Event::Create, "dra")), move |t| {
        t.put(&change)?;
        Err(Error::NotFound)
    });
    assert!(undone.await.is_err());
    put(&store, json!({ "resourceType": "Observation", "id": "a", "status": "s1" })).await;
    assert_eq!(store.own_parameters().all().count(), 0);
}

#[tokio::test]
async fn rows_made_ahead_are_taken_unless_the_parameter_changed() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, parameter("Observation.status")).await;
    let own = ready(&store).await;
    let ahead = |status: &str, written: &str| {
        let value = json!({ "resourceType": "Observation", "id": "a", "status": status });
        let mut change = change(&json!({ "resourceType": "Observation", "id": "a", "status": written }), "");
        change.index.own = own.rows("Observation", &value, &TimeZone::UTC);
        change
    };
    let write = async |change: Change| {
        let put = move |t: &mut aroeira_store::Transaction<'_>| t.put(&change);
        store.write::<_, Error>(Some(entry(Event::Create, "dra")), put).await.unwrap();
    };
    // Rows of another resource show which were taken.
    write(ahead("s1", "s2")).await;
    assert_eq!((count(&store, "s1"), count(&store, "s2")), (1, 0));
    // The same parameter says something else by the time of the write.
    put(&store, parameter("Observation.status | Observation.id")).await;
    ready(&store).await;
    write(ahead("s1", "s3")).await;
    assert_eq!((count(&store, "s1"), count(&store, "s3"), count(&store, "a")), (0, 1, 1));
    // What an expression may read of `meta` is known only in the writer.
    put(&store, parameter("Observation.meta.versionId")).await;
    let own = ready(&store).await;
    let mut change = change(&json!({ "resourceType": "Observation", "id": "b", "status": "s1" }), "");
    change.index.own = own.rows(
        "Observation",
        &json!({ "resourceType": "Observation", "meta": { "versionId": "7" } }),
        &TimeZone::UTC,
    );
    write(change).await;
    assert_eq!((count(&store, "7"), count(&store, "1")), (0, 1));
}
