use std::collections::BTreeSet;
use std::sync::Arc;

use aroeira_fhir::Instant;
use aroeira_fhir::search::{Compare, Filter, Words};
use aroeira_store::{By, Confines, Error, Event, Search, Sorting, Store};

use crate::house::{House, START, change, entry, patient, put, record, search, tombstone, words};

fn ids(store: &Store, search: &Search) -> Vec<String> {
    let found = store.look(|view| view.find(search)).unwrap();
    assert_eq!(found.total as usize, found.records.len());
    found.records.iter().map(|record| record.id.clone()).collect()
}

#[tokio::test]
async fn full_text_reads_past_accents_and_case() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    put(&store, record("c1", "p1", "Hipertensão arterial sistêmica", "2026-01-02")).await.unwrap();
    put(&store, record("c2", "p1", "Arterial hipertensão, NÃO controlada", "2026-01-03")).await.unwrap();
    // The same word with its accent as a character of its own.
    put(&store, record("c3", "p1", "Hipertensa\u{303}o gestacional (CID O13.9)", "2026-01-04")).await.unwrap();
    let found =
        |typed: &str| aroeira_store::words(typed).map(|_| ids(&store, &search("Composition", vec![words(typed)])));
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
                let found = store.look(|view| view.find(&search("Composition", vec![words(&typed)])));
                assert!(found.is_ok(), "{typed:?}: {found:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_lists_ask_for() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    for (id, family) in [("p1", "Araújo"), ("p2", "ARAUJO LIMA"), ("p3", "Brito")] {
        put(&store, patient(id, family)).await.unwrap();
    }
    put(&store, record("c1", "p1", "Asma", "2026-01-02")).await.unwrap();
    put(&store, record("c2", "p2", "Gripe", "2026-02-02")).await.unwrap();
    put(&store, record("c3", "p1", "Dengue", "2026-03")).await.unwrap();
    let found = |kind: &str, filters: Vec<Filter>| ids(&store, &search(kind, filters));
    let prefix = |value: &str| Filter::Text { param: "family", how: Words::Begins, value: value.into() };
    assert_eq!(found("Patient", vec![prefix("araujo")]), ["p1", "p2"]);
    assert_eq!(found("Patient", vec![prefix("araujo l")]), ["p2"]);
    assert_eq!(found("Patient", vec![prefix("%")]), [""; 0]);
    let token = |system: Option<&str>, code: &str| Filter::Token {
        param: "type",
        system: system.map(Into::into),
        code: Some(code.into()),
    };
    assert_eq!(found("Composition", vec![token(None, "consultation")]), ["c1", "c2", "c3"]);
    assert_eq!(found("Composition", vec![token(Some("urn:tipo"), "consultation")]).len(), 3);
    assert_eq!(found("Composition", vec![token(Some("urn:outro"), "consultation")]).len(), 0);
    let of = |id: &str| Filter::Reference { param: "subject", kind: Some("Patient".into()), id: id.into() };
    assert_eq!(found("Composition", vec![of("p1")]), ["c1", "c3"]);
    let date = |compare, from: &str, until: &str| Filter::Date {
        param: "date",
        compare,
        low: from.parse::<Instant>().unwrap(),
        high: until.parse::<Instant>().unwrap(),
    };
    let january = "2026-01-15T00:00:00Z";
    assert_eq!(found("Composition", vec![date(Compare::Greater, january, january)]), ["c2", "c3"]);
    let february = "2026-02-02T00:00:00Z";
    assert_eq!(found("Composition", vec![date(Compare::Less, february, february)]), ["c1"]);
    let march = date(Compare::Approximately, "2026-03-20T00:00:00Z", "2026-03-21T00:00:00Z");
    assert_eq!(found("Composition", vec![march.clone()]), ["c3"]);
    let charts = |all: &[&str], filters: Vec<Filter>| {
        let confines = Confines::Charts(all.iter().map(|id| (*id).to_owned()).collect());
        ids(&store, &Search { confines, ..search("Composition", filters) })
    };
    assert_eq!(charts(&["p2", "p9"], Vec::new()), ["c2"]);
    assert_eq!(charts(&["p1"], vec![token(None, "consultation"), words("dengue")]), ["c3"]);
    assert_eq!(charts(&["p2"], vec![of("p1")]), [""; 0]);
    assert_eq!(charts(&[], Vec::new()), [""; 0]);
    assert_eq!(found("Composition", vec![Filter::Id(vec!["c3".into(), "p1".into(), "'".into()])]), ["c3"]);
    assert_eq!(found("Composition", vec![of("p1"), march, words("dengue")]), ["c3"]);
    assert_eq!(
        store.look(|view| view.ids_by_token("Composition", "type", "urn:tipo", "consultation")).unwrap().len(),
        3
    );
}

const RANKS: By = By::Ranked("status", &["final", "amended"]);

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
fn pages(store: &Store, mut search: Search, mut between: impl FnMut()) -> Vec<(String, i64, String, u64)> {
    let mut all = Vec::new();
    loop {
        let page = store.look(|view| view.find(&search)).unwrap();
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
    for by in [By::Effective, By::Label, By::Updated, RANKS] {
        for descending in [false, true] {
            for limit in [1, 7, 60] {
                let sort = vec![Sorting { by, descending }];
                let search = Search { sort, limit, ..search("Composition", Vec::new()) };
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
                assert_eq!((kept.len(), &once), (60, &first), "{by:?} {descending} {limit}");
                assert_eq!(seen.iter().map(|s| &s.0).collect::<BTreeSet<_>>().len(), seen.len());
                let sorted = seen.windows(2).all(|two| {
                    let (a, b) = if descending { (&two[1], &two[0]) } else { (&two[0], &two[1]) };
                    match by {
                        By::Effective => a.1 <= b.1,
                        By::Label => a.2 <= b.2,
                        By::Updated => a.3 < b.3,
                        _ => true,
                    }
                });
                assert!(sorted, "{by:?} {descending} {limit}");
            }
        }
    }
}

#[tokio::test]
async fn a_chart_is_read_in_its_order_as_if_it_were_sorted() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    for i in 0..40_usize {
        let (id, day) = (format!("c{i}"), format!("2026-01-{:02}", 1 + i * 7 % 9));
        put(&store, record(&id, ["p1", "p2"][i % 2], "Consulta", &day)).await.unwrap();
    }
    let here = store.look(|view| view.record("Composition", "c4")).unwrap().unwrap();
    let gone = tombstone(&here);
    store.write::<_, Error>(Some(entry(Event::Delete, "dra")), move |t| t.put(&gone)).await.unwrap();
    let of = |id: &str| Filter::Reference { param: "subject", kind: Some("Patient".into()), id: id.into() };
    for (descending, limit) in [(false, 3), (true, 3), (true, 100)] {
        let sort = vec![Sorting { by: By::Effective, descending }];
        let chart = Search { sort, limit, ..search("Composition", vec![of("p1")]) };
        // The same with a condition that always holds is sorted.
        let sorted = Search { filter: Filter::All(vec![of("p1"), Filter::All(Vec::new())]), ..chart.clone() };
        let walked = pages(&store, chart, || {});
        assert_eq!(walked.len(), 19);
        assert_eq!(walked, pages(&store, sorted, || {}));
    }
}

#[tokio::test]
async fn a_list_goes_on_behind_a_row_that_was_amended_or_deleted() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    for by in [By::Effective, By::Label, By::Updated] {
        for i in 0..9 {
            put(&store, ranked(&format!("r{i}"), None, &format!("n{i}"), START + i)).await.unwrap();
        }
        let sort = vec![Sorting { by, descending: false }];
        let mut search = Search { sort, limit: 3, ..search("Composition", Vec::new()) };
        for ids in [["r0", "r1", "r2"], ["r3", "r4", "r5"], ["r6", "r7", "r8"]] {
            let page = store.look(|view| view.find(&search)).unwrap();
            assert_eq!(page.records.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ids, "{by:?}");
            assert_eq!(page.total, 9);
            let last = page.records.last().unwrap();
            let amended = ranked(&last.id, Some("amended"), &last.label, last.effective.0);
            put(&store, if last.id == "r5" { tombstone(last) } else { amended }).await.unwrap();
            search.after = page.next;
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
    let sort = vec![Sorting { by: RANKS, descending: false }];
    let search = Search { sort, limit: 1, ..search("Composition", Vec::new()) };
    let said: Vec<_> = pages(&store, search.clone(), || {}).into_iter().map(|s| s.0).collect();
    assert_eq!(said, ["d", "b", "a", "c"]);
    let first = store.look(|view| view.find(&search)).unwrap();
    assert_eq!((first.total, first.records.len()), (4, 1));
    // A row whose rank is another, or that is gone, does not say where the page ended.
    let next = Search { after: first.next, ..search };
    put(&store, ranked("d", Some("preliminary"), "d", START)).await.unwrap();
    assert!(matches!(store.look(|view| view.find(&next)), Err(Error::Question(_))));
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
    let sort = vec![Sorting { by: RANKS, descending: false }];
    let search = Search { sort, limit: 1, ..search("Composition", Vec::new()) };
    let mut lists = 0;
    let refused = store.look(|view| {
        loop {
            view.find(&search)?;
            lists += 1;
        }
        #[expect(unreachable_code, reason = "gives the closure its type")]
        Ok(())
    });
    assert!(matches!(refused, Err(Error::Question(_))), "{refused:?}");
    assert!(lists > 100, "{lists}");
    // The next look has its own measure, and the walk of the chain none.
    store.look(|view| view.find(&search)).unwrap();
    assert_eq!(store.verify().await.unwrap().problem, None);
}
