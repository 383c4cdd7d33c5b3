use aroeira_fhir::Instant;
use aroeira_store::{Error, Event, JournalFilter};

use crate::house::{House, START, entry, patient, put};

#[tokio::test]
async fn entries_say_who_and_what_and_nothing_of_the_record() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let mut searched = entry(Event::Search, "dra");
    searched.query = Some(store.keyed_hash(b"q=hipertensao"));
    put(&store, patient("p1", "Araújo")).await.unwrap();
    store.append(searched).await.unwrap();
    let (rows, total) =
        store.look_at_journal(|view| view.journal(&JournalFilter { limit: 10, ..Default::default() })).unwrap();
    assert_eq!((rows.len(), total), (2, 2));
    let created = &rows[1];
    assert_eq!((created.sequence, created.at, created.event.as_str()), (1, Instant(START), "create"));
    assert_eq!((created.user.as_str(), created.role.as_str(), created.purpose.as_str()), ("dra", "DOCTOR", "TREAT"));
    assert_eq!((created.address.as_deref(), created.request.as_str()), (Some("127.0.0.1"), "r-1"));
    let touched = &created.records[0];
    assert_eq!((touched.kind.as_str(), touched.id.as_str(), touched.version), ("Patient", "p1", 1));
    // The hash is keyed: that of the same body elsewhere is another.
    let other = House::new();
    let installation = other.installation();
    installation.create("ipe", "Ipê").unwrap();
    installation.create(crate::house::SLUG, "Jatobá").unwrap();
    let (elsewhere, _) = installation.store(crate::house::SLUG).unwrap();
    put(&elsewhere, patient("p1", "Araújo")).await.unwrap();
    let (rows, _) =
        elsewhere.look_at_journal(|view| view.journal(&JournalFilter { limit: 1, ..Default::default() })).unwrap();
    assert!(touched.hash.is_some() && rows[0].records[0].hash.is_some());
    assert_ne!(rows[0].records[0].hash, touched.hash);
    assert_ne!(elsewhere.keyed_hash(b"q=hipertensao"), store.keyed_hash(b"q=hipertensao"));
    assert_eq!(store.keyed_hash(b"q=a"), store.keyed_hash(b"q=a"));
}

#[tokio::test]
async fn filters_and_pages() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    for i in 0..30_i64 {
        house.tick(1000);
        let user = if i % 2 == 0 { "dra" } else { "drb" };
        if i % 3 == 0 {
            let change = patient(&format!("p{}", i % 6), "Araújo");
            store
                .write::<_, Error>(Some(entry(Event::Create, user)), move |t| t.put(&change).map(|_| ()))
                .await
                .unwrap();
        } else {
            store.append(entry(Event::Read, user)).await.unwrap();
        }
    }
    store.index_journal().await.unwrap();
    let total = |filter: JournalFilter| store.look_at_journal(move |view| view.journal(&filter)).unwrap().1;
    let all = || JournalFilter { limit: 100, ..Default::default() };
    let at = |second: i64| Some(Instant(START + second * 1000));
    assert_eq!(total(all()), 30);
    assert_eq!(total(JournalFilter { event: Some(Event::Create), ..all() }), 10);
    assert_eq!(total(JournalFilter { user: Some("dra".into()), ..all() }), 15);
    assert_eq!(total(JournalFilter { user: Some("nobody".into()), ..all() }), 0);
    assert_eq!(total(JournalFilter { event: Some(Event::Create), user: Some("dra".into()), ..all() }), 5);
    assert_eq!(total(JournalFilter { from: at(5), until: at(8), ..all() }), 3);
    assert_eq!(total(JournalFilter { from: at(5), ..all() }), 26);
    assert_eq!(total(JournalFilter { until: at(5), ..all() }), 4);
    assert_eq!(total(JournalFilter { from: at(8), until: at(5), ..all() }), 0);
    assert_eq!(total(JournalFilter { from: at(999), ..all() }), 0);
    assert_eq!(total(JournalFilter { until: at(-1), ..all() }), 0);
    assert_eq!(total(JournalFilter { from: at(5), until: at(8), event: Some(Event::Create), ..all() }), 1);

    let record = Some(("Patient".to_owned(), "p3".to_owned()));
    let (rows, found) =
        store.look_at_journal(|view| view.journal(&JournalFilter { record: record.clone(), ..all() })).unwrap();
    assert_eq!((rows.len(), found), (5, 5));
    assert!(rows.iter().all(|row| row.records.iter().any(|r| r.id == "p3")));
    // Indexing goes on where it ended.
    let mut seen = entry(Event::Read, "dra");
    seen.records = rows[0].records.clone();
    store.append(seen).await.unwrap();
    store.index_journal().await.unwrap();
    assert_eq!(total(JournalFilter { record, ..all() }), 6);

    let mut pages = Vec::new();
    let mut before = None;
    loop {
        let filter = JournalFilter { before, limit: 7, ..Default::default() };
        let (rows, total) = store.look_at_journal(move |view| view.journal(&filter)).unwrap();
        assert_eq!(total, 31);
        let Some(last) = rows.last() else { break };
        before = Some(last.sequence);
        pages.extend(rows.iter().map(|row| row.sequence));
    }
    assert_eq!(pages, (1..=31).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn time_never_runs_backwards() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    house.tick(5000);
    store.append(entry(Event::Read, "dra")).await.unwrap();
    house.tick(-4000);
    let written = put(&store, patient("p1", "Araújo")).await.unwrap();
    assert_eq!(written.updated, Instant(START + 5000));
    assert_eq!(store.verify().await.unwrap().problem, None);
}

#[tokio::test]
async fn the_head_outside_follows_by_itself() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    for _ in 0..5 {
        store.append(entry(Event::Read, "dra")).await.unwrap();
    }
    // Nobody asks for it and nobody closes the clinic.
    let newest = || {
        let text = std::fs::read_to_string(house.folder().join("head")).unwrap();
        text.lines().map(|line| line.split(' ').next().unwrap().parse::<u64>().unwrap()).max()
    };
    while newest() != Some(5) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_long_journal_is_walked_in_stretches() {
    let house = House::new();
    let (installation, store) = house.clinic();
    let store = std::sync::Arc::new(store);
    for _ in 0..3 {
        let sent: Vec<_> = (0..4000)
            .map(|_| {
                let own = std::sync::Arc::clone(&store);
                tokio::spawn(async move { own.append(entry(Event::Read, "dra")).await })
            })
            .collect();
        for one in sent {
            one.await.unwrap().unwrap();
        }
    }
    let verified = store.verify().await.unwrap();
    assert_eq!((verified.entries, verified.problem), (12_000, None));
    assert_eq!(installation.verify(crate::house::SLUG).unwrap().head, verified.head);
}
