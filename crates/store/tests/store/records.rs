use aroeira_fhir::Instant;
use aroeira_store::{Confines, Error, Event, Search};

use crate::house::{House, START, change, entry, patient, put, record, search, tombstone, words};

#[tokio::test]
async fn every_version_is_kept_with_who_wrote_it() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let first = put(&store, patient("p1", "Araújo")).await.unwrap();
    house.tick(60_000);
    let update = patient("p1", "Lima");
    let second = store.write::<_, Error>(Some(entry(Event::Update, "drb")), move |t| t.put(&update)).await.unwrap();
    assert_eq!((first.version, first.updated, second.version), (1, Instant(START), 2));
    assert_eq!(second.updated, Instant(START + 60_000));
    let found = store.look(|view| view.record("Patient", "p1")).unwrap().unwrap();
    assert_eq!((found.body.clone(), found.label.as_str(), found.deleted), (second.body.clone(), "Lima", false));
    let gone = tombstone(&found);
    store.write::<_, Error>(Some(entry(Event::Delete, "dra")), move |t| t.put(&gone)).await.unwrap();

    let versions = store.look(|view| view.versions("Patient", "p1")).unwrap();
    let said: Vec<_> = versions.iter().map(|v| (v.version, v.user.as_str(), v.event.as_str(), v.deleted)).collect();
    assert_eq!(said, [(3, "dra", "delete", true), (2, "drb", "update", false), (1, "dra", "create", false)]);
    assert_eq!((&versions[1].body, &versions[2].body), (&second.body, &first.body));
    let body: serde_json::Value = serde_json::from_slice(&first.body).unwrap();
    assert_eq!(body["meta"]["versionId"], "1");
    assert_eq!(body["meta"]["lastUpdated"], "2026-11-21T12:00:00.000Z");
    assert!(matches!(store.look(|view| view.versions("Patient", "p9")), Err(Error::NotFound)));
    assert!(store.look(|view| view.record("Patient", "p9")).unwrap().is_none());
    assert_eq!(store.verify().await.unwrap().problem, None);
}

#[tokio::test]
async fn a_deleted_record_is_found_by_nothing_and_comes_back_whole() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, record("c1", "p1", "Hipertensão", "2026-01-02")).await.unwrap();
    let of_words = search("Composition", vec![words("hipertensao")]);
    let found = |search: &Search| store.look(|view| view.find(search)).unwrap().total;
    assert_eq!(found(&of_words), 1);
    let here = store.look(|view| view.record("Composition", "c1")).unwrap().unwrap();
    let gone = tombstone(&here);
    store.write::<_, Error>(Some(entry(Event::Delete, "dra")), move |t| t.put(&gone)).await.unwrap();
    assert_eq!(found(&of_words), 0);
    assert_eq!(found(&search("Composition", Vec::new())), 0);
    assert_eq!(store.look(|view| view.label("Composition", "c1")).unwrap(), None);
    assert!(store.look(|view| view.all("Composition")).unwrap().is_empty());
    put(&store, record("c1", "p1", "Hipertensão", "2026-01-02")).await.unwrap();
    assert_eq!(found(&of_words), 1);
    assert_eq!(store.verify().await.unwrap().problem, None);
}

#[tokio::test]
async fn an_update_leaves_nothing_of_the_old_values_in_the_index() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, record("c1", "p1", "Asma", "2026-01-02")).await.unwrap();
    put(&store, record("c1", "p2", "Gripe", "2026-03-02")).await.unwrap();
    let found = |search: Search| store.look(|view| view.find(&search)).unwrap().total;
    let chart = |id: &str| Search { confines: Confines::Charts(vec![id.into()]), ..search("Composition", Vec::new()) };
    assert_eq!(found(chart("p1")), 0);
    assert_eq!(found(chart("p2")), 1);
    assert_eq!(found(search("Composition", vec![words("asma")])), 0);
    assert_eq!(found(search("Composition", vec![words("gripe")])), 1);
    let here = store.look(|view| view.record("Composition", "c1")).unwrap().unwrap();
    assert_eq!(store.look(|view| view.patients(&here)).unwrap(), ["p2"]);
    assert!(store.look(|view| view.belongs(&here, "p2")).unwrap());
    assert!(!store.look(|view| view.belongs(&here, "p1")).unwrap());
}

#[tokio::test]
async fn reads_within_a_write_see_what_it_wrote() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let (one, two) = (patient("p1", "Araújo"), patient("p1", "Lima"));
    let versions = store
        .write::<_, Error>(Some(entry(Event::Import, "dra")), move |t| {
            t.put(&one)?;
            assert_eq!(t.record("Patient", "p1")?.map(|r| r.version), Some(1));
            t.put(&two)?;
            Ok(t.versions("Patient", "p1")?.len())
        })
        .await
        .unwrap();
    assert_eq!(versions, 2);
    let (rows, _) = store
        .look_at_journal(|view| view.journal(&aroeira_store::JournalFilter { limit: 9, ..Default::default() }))
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].records.iter().map(|r| r.version).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(store.verify().await.unwrap().problem, None);
}

#[tokio::test]
async fn nothing_is_written_without_an_entry() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let one = patient("p1", "Araújo");
    let refused = store.write::<_, Error>(None, move |t| t.put(&one)).await.unwrap_err();
    assert!(matches!(refused, Error::Internal(_)));
    assert!(store.look(|view| view.record("Patient", "p1")).unwrap().is_none());
}

#[tokio::test]
async fn numbers_keep_their_digits_and_text_its_bytes() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let text = r#"{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"ímpar \u0001 \"'; DROP TABLE"},"valueQuantity":{"value":1.2300000000000000000001,"unit":"mg"}}"#;
    put(&store, change(&serde_json::from_str(text).unwrap(), "o")).await.unwrap();
    let body = store.look(|view| view.record("Observation", "o1")).unwrap().unwrap().body.to_vec();
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains("1.2300000000000000000001") && body.contains("DROP TABLE"), "{body}");
}

#[tokio::test]
async fn what_is_kept_for_a_while_ends() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let until = Instant(START + 1000);
    store
        .write::<_, Error>(None, move |t| {
            t.keep("session", "a", "dra", b"1", until)?;
            t.keep("session", "b", "dra", b"2", Instant(START + 9000))?;
            t.keep("session", "c", "drb", b"3", Instant(START + 9000))?;
            t.keep("draft", "a", "dra", b"4", Instant(START + 9000))
        })
        .await
        .unwrap();
    let get = |space: &'static str, key: &'static str, now: i64| {
        store.look(move |view| view.kept(space, key, Instant(now))).unwrap()
    };
    assert_eq!(get("session", "a", START + 999), Some(b"1".to_vec()));
    assert_eq!(get("session", "a", START + 1000), None);
    assert_eq!(get("draft", "a", START), Some(b"4".to_vec()));
    let by = |now: i64| store.look(move |view| view.kept_by("session", "dra", Instant(now))).unwrap();
    assert_eq!(by(START), [("a".to_owned(), b"1".to_vec()), ("b".to_owned(), b"2".to_vec())]);
    assert_eq!(by(START + 1000).len(), 1);
    // An idle writer drops what has ended: then it is not there for an earlier moment either.
    house.tick(1000);
    while get("session", "a", START).is_some() {
        tokio::task::yield_now().await;
    }
    store
        .write::<_, Error>(None, |t| {
            t.keep("session", "b", "dra", b"new", Instant(START + 9000))?;
            t.keep("session", "d", "dra", b"5", Instant(START + 9000))?;
            t.drop_kept("draft", "a")?;
            t.drop_kept_by("session", "dra", "b")
        })
        .await
        .unwrap();
    assert_eq!(by(START), [("b".to_owned(), b"new".to_vec())]);
    assert_eq!(get("draft", "a", START), None);
    assert_eq!(get("session", "c", START), Some(b"3".to_vec()));
}

#[tokio::test]
async fn who_is_linked_to_whom() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, patient("p1", "Araújo")).await.unwrap();
    put(&store, record("c1", "p1", "Asma", "2026-01-02")).await.unwrap();
    let by = [("Encounter", "practitioner"), ("Composition", "author")];
    assert!(store.look(|view| view.linked("p1", "dra", &by)).unwrap());
    assert!(!store.look(|view| view.linked("p1", "drb", &by)).unwrap());
    assert!(!store.look(|view| view.linked("p2", "dra", &by)).unwrap());
    assert_eq!(store.look(|view| view.linked_patients("dra", &by)).unwrap(), ["p1"]);
    for _remembered in [false, true] {
        let found = |view: &aroeira_store::View<'_>| {
            let all = view.of_patients("Composition", &["p2", "p1"])?;
            Ok(all.iter().map(|(patient, record)| format!("{patient} {}", record.id)).collect::<Vec<_>>())
        };
        assert_eq!(store.look(found).unwrap(), ["p1 c1"]);
    }
    put(&store, record("c2", "p2", "Asma", "2026-01-03")).await.unwrap();
    assert_eq!(store.look(|view| view.of_patients("Composition", &["p2"])).unwrap().len(), 1);
}
