use std::collections::BTreeSet;
use std::sync::Arc;

use aroeira_fhir::Instant;
use aroeira_store::{Criterion, Error, Event, Order, Query, Store, words};

use crate::house::{House, START, change, entry, patient, put, query, record};

fn ids(store: &Store, criteria: Vec<Criterion>, kind: &'static str) -> Vec<String> {
    let mut search = query(kind);
    search.criteria = criteria;
    let hits = store.look(|view| view.list(&search)).unwrap();
    assert_eq!(hits.total as usize, hits.records.len());
    hits.records.iter().map(|record| record.id.clone()).collect()
}

#[tokio::test]
async fn full_text_reads_past_accents_and_case() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, record("c1", "p1", "Hipertensão arterial sistêmica", "2026-01-02")).await.unwrap();
    put(&store, record("c2", "p1", "Arterial hipertensão, NÃO controlada", "2026-01-03")).await.unwrap();
    // The same word with its accent as a character of its own.
    put(&store, record("c3", "p1", "Hipertensa\u{303}o gestacional (CID O13.9)", "2026-01-04")).await.unwrap();
    let found = |typed: &str| words(typed).map(|w| ids(&store, vec![Criterion::Words(w)], "Composition"));
    let all = || Some(vec!["c1".to_owned(), "c2".into(), "c3".into()]);
    for typed in ["hipertensao", "HIPERTENSÃO", "hipertensa\u{303}o", "hiper*", "Hípér*", "  hipertensão  "] {
        assert_eq!(found(typed), all(), "{typed}");
    }
    assert_eq!(found("\"hipertensao arterial\""), Some(vec!["c1".into()]));
    assert_eq!(found("arterial hipertensao"), Some(vec!["c1".into(), "c2".into()]));
    assert_eq!(found("hipertensao gesta*"), Some(vec!["c3".into()]));
    assert_eq!(found("O13.9"), Some(vec!["c3".into()]));
    assert_eq!(found("hiper"), Some(vec![]));
    assert_eq!(found("não"), Some(vec!["c2".into()]));
    for nothing in ["", "   ", "\"\"", "*", "-", "\u{0}", "😀", "()"] {
        assert_eq!(found(nothing), None, "{nothing:?}");
    }
}

#[tokio::test]
async fn nothing_typed_is_an_operator() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, record("c1", "p1", "Asma", "2026-01-02")).await.unwrap();
    let pieces = [
        "AND", "OR", "NOT", "NEAR", "NEAR(", "asma", "\"", "*", "^", "-", "+", ":", "text:", "{text}", "(", ")", ",",
        "'", ";", "--", "\\", "%", "_", "\u{0}", "½", "²", "日本", "\u{301}", "ß", "\u{200d}", "😀", "a*b", "**",
    ];
    for one in pieces {
        for two in pieces {
            for typed in
                [format!("{one} {two}"), format!("{one}{two}"), format!("\"{one} {two}"), format!("{one}\"{two}\"*")]
            {
                if let Some(words) = words(&typed) {
                    let mut search = query("Composition");
                    search.criteria = vec![Criterion::Words(words.clone())];
                    let found = store.look(|view| view.list(&search));
                    assert!(found.is_ok(), "{typed:?} -> {words:?}: {found:?}");
                }
            }
        }
    }
    // An expression that did not come from `words` is refused without repeating it.
    for wrong in ["asma AND", "\"", "nada:asma", "asma*)"] {
        let mut search = query("Composition");
        search.criteria = vec![Criterion::Words(wrong.into())];
        let refused = store.look(|view| view.list(&search)).unwrap_err();
        assert!(!refused.to_string().contains("asma") && !refused.to_string().contains("nada"), "{refused}");
    }
}

#[tokio::test]
async fn criteria_of_each_kind() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    for (id, family) in [("p1", "Araújo"), ("p2", "ARAUJO LIMA"), ("p3", "Brito")] {
        put(&store, patient(id, family)).await.unwrap();
    }
    put(&store, record("c1", "p1", "Asma", "2026-01-02")).await.unwrap();
    put(&store, record("c2", "p2", "Gripe", "2026-02-02")).await.unwrap();
    put(&store, record("c3", "p1", "Dengue", "2026-03")).await.unwrap();
    let prefix = |value: &str| Criterion::Prefix { param: "family", value: value.into() };
    assert_eq!(ids(&store, vec![prefix("araujo")], "Patient"), ["p1", "p2"]);
    assert_eq!(ids(&store, vec![prefix("araujo l")], "Patient"), ["p2"]);
    assert_eq!(ids(&store, vec![prefix("%")], "Patient"), [""; 0]);
    let token = |system: Option<&str>, code: &str| Criterion::Token {
        param: "type",
        system: system.map(Into::into),
        code: code.into(),
    };
    assert_eq!(ids(&store, vec![token(None, "consultation")], "Composition"), ["c1", "c2", "c3"]);
    assert_eq!(ids(&store, vec![token(Some("urn:tipo"), "consultation")], "Composition").len(), 3);
    assert_eq!(ids(&store, vec![token(Some("urn:outro"), "consultation")], "Composition").len(), 0);
    let of = |id: &str| Criterion::Reference { param: "subject", kind: "Patient", id: id.into() };
    assert_eq!(ids(&store, vec![of("p1")], "Composition"), ["c1", "c3"]);
    let date = |from: Option<&str>, until: Option<&str>| Criterion::Date {
        param: "date",
        from: from.map(|t| t.parse::<Instant>().unwrap()),
        until: until.map(|t| t.parse::<Instant>().unwrap()),
    };
    assert_eq!(ids(&store, vec![date(Some("2026-01-15T00:00:00Z"), None)], "Composition"), ["c2", "c3"]);
    assert_eq!(ids(&store, vec![date(None, Some("2026-02-02T00:00:00Z"))], "Composition"), ["c1"]);
    let march = date(Some("2026-03-20T00:00:00Z"), Some("2026-03-21T00:00:00Z"));
    assert_eq!(ids(&store, vec![march.clone()], "Composition"), ["c3"]);
    assert_eq!(ids(&store, vec![Criterion::Patients(vec!["p2".into(), "p9".into()])], "Composition"), ["c2"]);
    assert_eq!(ids(&store, vec![Criterion::Patients(vec![])], "Composition").len(), 0);
    assert_eq!(ids(&store, vec![Criterion::Ids(vec!["c3".into(), "p1".into(), "'".into()])], "Composition"), ["c3"]);
    assert_eq!(ids(&store, vec![of("p1"), march, Criterion::Words("\"dengue\"".into())], "Composition"), ["c3"]);
    assert_eq!(
        store.look(|view| view.ids_by_token("Composition", "type", "urn:tipo", "consultation")).unwrap().len(),
        3
    );
}

const RANKS: Order = Order::Ranked("status", &["final", "amended"]);

fn ranked(id: &str, status: Option<&str>, label: &str, at: i64) -> aroeira_store::Change {
    let mut body = serde_json::json!({"resourceType": "Composition", "id": id});
    if let Some(status) = status {
        body["status"] = status.into();
    }
    let mut change = change(&body, label);
    change.effective = Some(Instant(at));
    change
}

/// Every page of a list, with what runs between two pages.
fn pages(store: &Store, mut search: Query, mut between: impl FnMut()) -> Vec<(String, i64, String, u64)> {
    let mut all = Vec::new();
    loop {
        let page = store.look(|view| view.list(&search)).unwrap();
        all.extend(page.records.iter().map(|record| {
            (record.id.clone(), record.effective.0, aroeira_fhir::text::fold(&record.label), record.sequence)
        }));
        let Some(next) = page.next else { return all };
        search.after = Some(next);
        between();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_neither_repeat_nor_leave_out_while_others_write() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let store = Arc::new(store);
    let statuses = [Some("final"), Some("amended"), Some("preliminary"), None];
    for i in 0..60_usize {
        // Many ties.
        let label = ["Ágata", "agata", "Bia", "Érica"][i % 4];
        let one =
            ranked(&format!("r{i}"), statuses[i % 3 + usize::from(i % 7 == 0)], label, START + (i as i64 * 37) % 5);
        put(&store, one).await.unwrap();
    }
    let first: BTreeSet<String> = (0..60).map(|i| format!("r{i}")).collect();
    let mut added = 0;
    for order in [Order::Effective, Order::Label, Order::Updated, RANKS] {
        for descending in [false, true] {
            for limit in [1, 7, 60] {
                let mut search = query("Composition");
                (search.order, search.descending, search.limit) = (order, descending, limit);
                let mut writes = Vec::new();
                let seen = pages(&store, search, || {
                    // A list that grows at its end as fast as it is read has none.
                    if writes.len() == 10 {
                        return;
                    }
                    added += 1;
                    let own = Arc::clone(&store);
                    let label = ["Aaron", "Ágata", "Zé"][added % 3];
                    let one = ranked(&format!("n{added}"), statuses[added % 4], label, START + (added as i64) % 9 - 2);
                    writes.push(tokio::spawn(async move { put(&own, one).await }));
                });
                for write in writes {
                    write.await.unwrap().unwrap();
                }
                let kept: Vec<&String> = seen.iter().map(|s| &s.0).filter(|id| id.starts_with('r')).collect();
                let once: BTreeSet<String> = kept.iter().map(|id| (*id).clone()).collect();
                assert_eq!((kept.len(), &once), (60, &first), "{order:?} {descending} {limit}");
                assert_eq!(seen.iter().map(|s| &s.0).collect::<BTreeSet<_>>().len(), seen.len());
                let sorted = seen.windows(2).all(|two| {
                    let (a, b) = if descending { (&two[1], &two[0]) } else { (&two[0], &two[1]) };
                    match order {
                        Order::Effective => a.1 <= b.1,
                        Order::Label => a.2 <= b.2,
                        Order::Updated => a.3 < b.3,
                        Order::Ranked(..) => true,
                    }
                });
                assert!(sorted, "{order:?} {descending} {limit}");
            }
        }
    }
}

#[tokio::test]
async fn codes_in_their_rank_and_those_without_last() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    for (id, status) in [("a", None), ("b", Some("amended")), ("c", Some("preliminary")), ("d", Some("final"))] {
        put(&store, ranked(id, status, id, START)).await.unwrap();
    }
    let mut search = query("Composition");
    (search.order, search.limit) = (RANKS, 1);
    let said: Vec<_> = pages(&store, search.clone(), || {}).into_iter().map(|s| s.0).collect();
    assert_eq!(said, ["d", "b", "a", "c"]);
    let first = store.look(|view| view.list(&search)).unwrap();
    assert_eq!((first.total, first.records.len()), (4, 1));
    // A cursor of another order is refused or at least harmless; none is a defect.
    for order in [Order::Label, Order::Effective, Order::Updated] {
        let other = Query { order, after: first.next.clone(), ..query("Composition") };
        let answer = store.look(|view| view.list(&other));
        assert!(matches!(answer, Ok(_) | Err(Error::Question(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn no_look_runs_for_ever() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let many: Vec<_> = (0..3000).map(|i| ranked(&format!("r{i}"), Some("final"), "Ágata", START + i)).collect();
    store
        .write_alone::<_, Error>(Some(entry(Event::Import, "dra")), move |t| {
            many.iter().try_for_each(|one| t.put(one).map(|_| ()))
        })
        .await
        .unwrap();
    let mut search = query("Composition");
    (search.order, search.limit) = (RANKS, 1);
    let mut lists = 0;
    let refused = store.look(|view| {
        loop {
            view.list(&search)?;
            lists += 1;
        }
        #[expect(unreachable_code, reason = "gives the closure its type")]
        Ok(())
    });
    assert!(matches!(refused, Err(Error::Question(_))), "{refused:?}");
    assert!(lists > 100, "{lists}");
    // The next look has its own measure, and the walk of the chain none.
    store.look(|view| view.list(&search)).unwrap();
    assert_eq!(store.verify().await.unwrap().problem, None);
}
