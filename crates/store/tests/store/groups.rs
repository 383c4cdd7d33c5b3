use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};

use aroeira_fhir::search::Filter;
use aroeira_store::{Error, Event, JournalFilter, Store};
use tokio::task::JoinHandle;

use crate::house::{House, change, entry, patient, put, record, search, tombstone, words};

/// Holds the writer in a write of its own until the sender is dropped, so that what is sent meanwhile is one group.
async fn hold(store: &Arc<Store>) -> (Sender<()>, JoinHandle<()>) {
    let (free, held) = channel::<()>();
    let (started, running) = tokio::sync::oneshot::channel();
    let store = Arc::clone(store);
    let task = tokio::spawn(async move {
        store
            .write_alone::<_, Error>(None, move |_| {
                started.send(()).unwrap();
                assert!(held.recv().is_err());
                Ok(())
            })
            .await
            .unwrap();
    });
    running.await.unwrap();
    (free, task)
}

async fn queued(store: &Store, depth: usize) {
    while store.vitals().queue_depth < depth {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_a_group_has_its_own_answer() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let store = Arc::new(store);
    let (free, held) = hold(&store).await;
    let tasks: Vec<_> = (0..200)
        .map(|i| {
            let (store, hand) = (Arc::clone(&store), Arc::clone(&house.hand));
            tokio::spawn(async move {
                let change = patient(&format!("p{i}"), "Araújo");
                let write = move |t: &mut aroeira_store::Transaction<'_>| {
                    // Time goes on, the group's does not.
                    hand.fetch_add(10, std::sync::atomic::Ordering::SeqCst);
                    let written = t.put(&change)?;
                    match i % 10 {
                        3 => Err(Error::Question("refused")),
                        7 => panic!("a defect"),
                        _ => Ok((i, written)),
                    }
                };
                (i, store.write::<_, Error>(Some(entry(Event::Create, "dra")), write).await)
            })
        })
        .collect();
    queued(&store, 200).await;
    drop(free);
    held.await.unwrap();
    let mut times = std::collections::BTreeSet::new();
    for task in tasks {
        let (i, answer) = task.await.unwrap();
        match (i % 10, answer) {
            (3, Err(Error::Question("refused"))) | (7, Err(Error::Internal(_))) => {}
            (n, Ok((own, written))) if n != 3 && n != 7 => {
                assert_eq!((own, written.version), (i, 1));
                times.insert(written.updated.0);
            }
            (_, other) => panic!("{i}: {other:?}"),
        }
        let there = store.look(|view| view.record("Patient", &format!("p{i}"))).unwrap();
        assert_eq!(there.is_some(), i % 10 != 3 && i % 10 != 7, "{i}");
    }
    assert_eq!(times.len(), 1, "one group, one time");
    let verified = store.verify().await.unwrap();
    assert_eq!((verified.entries, verified.problem), (160, None));
    assert_eq!(store.vitals().queue_depth, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refused_write_taught_is_forgotten() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let store = Arc::new(store);
    let of = |kind: &str, id: &str, code: &str| {
        change(
            &serde_json::json!({"resourceType": kind, "id": id, "status": "final",
                "code": {"coding": [{"system": "s", "code": code}]}, "subject": {"reference": "Patient/p1"}}),
            id,
        )
    };
    let (free, held) = hold(&store).await;
    let mut tasks = Vec::new();
    // The first of their types and by their users: small numbers are given, taken back, and given to others.
    for (i, (kind, user, fails)) in [
        ("Observation", "ana", true),
        ("Condition", "bia", false),
        ("Observation", "ana", false),
        ("Procedure", "eva", true),
        ("DiagnosticReport", "leo", false),
        ("Procedure", "eva", false),
    ]
    .into_iter()
    .enumerate()
    {
        let (own, change) = (Arc::clone(&store), of(kind, &format!("x{i}"), kind));
        tasks.push(tokio::spawn(async move {
            own.write::<_, Error>(Some(entry(Event::Create, user)), move |t| {
                t.put(&change)?;
                if fails { Err(Error::Exists) } else { Ok(()) }
            })
            .await
        }));
        queued(&store, i + 1).await;
    }
    drop(free);
    held.await.unwrap();
    for task in tasks {
        let _either = task.await.unwrap();
    }
    for kind in ["Observation", "Condition", "Procedure", "DiagnosticReport"] {
        for code in ["Observation", "Condition", "Procedure", "DiagnosticReport"] {
            let coded = Filter::Token { param: "code", system: None, code: Some(code.into()) };
            let total = store.look(|view| view.find(&search(kind, vec![coded]))).unwrap().total;
            assert_eq!(total, u64::from(kind == code), "{kind} {code}");
        }
    }
    store.index_journal().await.unwrap();
    for user in ["ana", "bia", "leo", "eva"] {
        let filter = JournalFilter { user: Some(user.into()), limit: 10, ..Default::default() };
        assert_eq!(store.look_at_journal(|view| view.journal(&filter)).unwrap().1, 1, "{user}");
    }
    assert_eq!(store.verify().await.unwrap().problem, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_leaves_the_work_done() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let store = Arc::new(store);
    let (free, held) = hold(&store).await;
    let own = Arc::clone(&store);
    let task = tokio::spawn(async move { put(&own, patient("p1", "Araújo")).await });
    queued(&store, 1).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    drop(free);
    held.await.unwrap();
    store.append(entry(Event::Read, "dra")).await.unwrap();
    assert!(store.look(|view| view.record("Patient", "p1")).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_so_and_close_waits_for_its_place() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let store = Arc::new(store);
    let (free, held) = hold(&store).await;
    let mut answers = Vec::new();
    for _ in 0..4096 {
        let own = Arc::clone(&store);
        answers.push(tokio::spawn(async move { own.append(entry(Event::Read, "dra")).await }));
    }
    queued(&store, 4096).await;
    assert!(matches!(store.append(entry(Event::Read, "dra")).await, Err(Error::Busy)));
    let own = Arc::clone(&store);
    let closing = tokio::spawn(async move { own.close().await });
    queued(&store, 4097).await;
    drop(free);
    held.await.unwrap();
    closing.await.unwrap();
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    assert!(matches!(store.append(entry(Event::Read, "dra")).await, Err(Error::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_stand_still_while_the_writer_goes_on() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let store = Arc::new(store);
    put(&store, patient("p1", "Araújo")).await.unwrap();
    let (go, wait) = channel::<()>();
    let (ready, readied) = tokio::sync::oneshot::channel();
    let own = Arc::clone(&store);
    let reader = tokio::spawn(async move {
        own.search_journal(move |view| {
            let before = view.record("Patient", "p1")?.map(|r| r.version);
            ready.send(()).unwrap();
            assert!(wait.recv().is_err());
            Ok((before, view.record("Patient", "p1")?.map(|r| r.version), view.all("Patient")?.len()))
        })
        .await
    });
    readied.await.unwrap();
    put(&store, patient("p1", "Lima")).await.unwrap();
    put(&store, patient("p2", "Brito")).await.unwrap();
    drop(go);
    assert_eq!(reader.await.unwrap().unwrap(), (Some(1), Some(1), 1));
    assert_eq!(store.look(|view| view.record("Patient", "p1")).unwrap().unwrap().version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_leave_room_for_looks_and_a_defect_costs_no_connection() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let store = Arc::new(store);
    put(&store, patient("p1", "Araújo")).await.unwrap();
    for _ in 0..20 {
        let ended = store
            .search_journal(|view| {
                view.record("Patient", "p1")?;
                if view.all("Patient")?.len() == 1 { panic!("a defect") } else { Ok(()) }
            })
            .await;
        assert!(matches!(ended, Err(Error::Internal(_))));
    }
    let mut ends = Vec::new();
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let (go, wait) = channel::<()>();
        ends.push(go);
        let own = Arc::clone(&store);
        waiting.push(tokio::spawn(async move { own.search_journal(move |_| Ok(wait.recv().is_err())).await }));
    }
    // Twenty lists that never end, and a look is answered all the same, with what was written last.
    put(&store, patient("p1", "Lima")).await.unwrap();
    assert_eq!(store.look(|view| view.record("Patient", "p1")).unwrap().unwrap().version, 2);
    drop(ends);
    for one in waiting {
        assert!(one.await.unwrap().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_takes_long_is_asked_again_and_answered_whole() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, patient("p1", "Araújo")).await.unwrap();
    put(&store, record("c1", "p1", "Asma", "2026-01-02")).await.unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let long = store.search(move |view| {
        count.fetch_add(1, Ordering::SeqCst);
        (0..20_000).try_for_each(|n| view.record("Patient", &format!("x{n}")).map(|none| assert!(none.is_none())))?;
        Ok(view.all("Patient")?.len())
    });
    assert_eq!(long.await.unwrap(), 1);
    assert_eq!(asked.swap(0, Ordering::SeqCst), 2, "tried where it stood, and done where there is time");
    let count = Arc::clone(&asked);
    let of_words = store.search(move |view| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(view.find(&search("Composition", vec![words("asm*")]))?.total)
    });
    assert_eq!(of_words.await.unwrap(), 1);
    assert_eq!(asked.swap(0, Ordering::SeqCst), 2, "words are never looked for in passing");
    let count = Arc::clone(&asked);
    let short = store.search(move |view| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(view.find(&search("Patient", Vec::new()))?.total)
    });
    assert_eq!((short.await.unwrap(), asked.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_in_a_search_costs_no_connection() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let store = Arc::new(store);
    put(&store, patient("p1", "Araújo")).await.unwrap();
    for _ in 0..20 {
        let own = Arc::clone(&store);
        let ended = tokio::spawn(async move {
            own.search(|view| {
                view.record("Patient", "p1")?;
                if view.all("Patient")?.len() == 1 { panic!("a defect") } else { Ok(()) }
            })
            .await
        });
        assert!(ended.await.unwrap_err().is_panic());
    }
    assert_eq!(store.search(|view| Ok(view.all("Patient")?.len())).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_is_what_stands_there() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let mut stands: HashMap<String, (u32, bool)> = HashMap::new();
    let mut seed = 7_u32;
    for turn in 0..300_u32 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let id = format!("p{}", (seed >> 8) % 5);
        let next = patient(&id, &format!("Araújo {turn}"));
        let known = stands.get(&id).copied();
        match (seed >> 16) % 4 {
            0 => store.append(entry(Event::Read, "dra")).await.unwrap(),
            1 => {
                let refused = store.write::<(), Error>(Some(entry(Event::Update, "dra")), move |t| {
                    t.put(&next)?;
                    Err(Error::NotFound)
                });
                assert!(matches!(refused.await, Err(Error::NotFound)));
            }
            2 if known.is_some_and(|(_, deleted)| !deleted) => {
                let gone = tombstone(&store.look(|view| view.record("Patient", &id)).unwrap().unwrap());
                store.write::<_, Error>(Some(entry(Event::Delete, "dra")), move |t| t.put(&gone)).await.unwrap();
                stands.insert(id, (known.unwrap().0 + 1, true));
            }
            _ => {
                put(&store, next).await.unwrap();
                stands.insert(id, (known.map_or(1, |(version, _)| version + 1), false));
            }
        }
        for id in (0..5).map(|n| format!("p{n}")) {
            let found = store.look(|view| view.record("Patient", &id)).unwrap();
            assert_eq!(found.map(|r| (r.version, r.deleted)), stands.get(&id).copied(), "{id} after {turn}");
        }
    }
}
