use aroeira_fhir::search::{Compare, Filter, ParameterKind, Place, Rows, Words};
use aroeira_fhir::{Body, Index, Instant, Period, Row, Target};
use aroeira_store::{By, Change, Confines, Error, Event, Search, Sorting, Store, View};
use serde_json::json;

use crate::house::{House, entry, resource};

/// The same numbers in the same order, from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()].clone()
    }
}

const KINDS: [&str; 2] = ["Observation", "Encounter"];
const CODES: [&str; 4] = ["a", "b", "c", "d"];
const SYSTEMS: [&str; 3] = ["", "s1", "s2"];
const TEXTS: [&str; 6] = ["maria", "maria jose", "mario", "jose", "ana", "anamaria"];
/// Composites, by the type of their second part; the last is of three.
const PAIRS: [&str; 6] =
    ["code-quantity", "code-token", "code-string", "code-reference", "code-date", "code-number-number"];
const URIS: [&str; 4] = ["http://a/b", "http://a/b/c", "http://a/bc", "urn:x"];

/// What was written of a resource, as a test holds it.
#[derive(Clone)]
struct Held {
    kind: &'static str,
    id: String,
    rows: Vec<Row>,
    patients: Vec<String>,
    text: &'static str,
    narrative: &'static str,
    updated: Instant,
}

/// A time: an instant, a minute, a day, a month, a year, or without an end.
fn time(dice: &mut Dice) -> (Instant, Instant) {
    const DAY: i64 = 86_400_000;
    let low = i64::try_from(dice.roll(8)).unwrap() * dice.one(&[10, 45_000, DAY, 20 * DAY]);
    let width = dice.one(&[1, 11, 60_000, 60_001, DAY, 25 * DAY, 31 * DAY, 366 * DAY]);
    (Instant(low), if dice.roll(10) == 0 { Period::EVER.high } else { Instant(low + width) })
}

fn rows(dice: &mut Dice) -> Vec<Row> {
    let mut rows = Vec::new();
    for _ in 0..1 + dice.roll(5) / 3 {
        let (low, high) = time(dice);
        rows.push(Row::Date { param: "date", low, high });
    }
    for _ in 0..dice.roll(3) {
        rows.push(Row::Token { param: "code", system: dice.one(&SYSTEMS).into(), code: dice.one(&CODES).into() });
    }
    for _ in 0..dice.roll(3) {
        let written = dice.one(&["", "Maria", "MARIA"]).into();
        rows.push(Row::Text { param: "name", value: dice.one(&TEXTS).into(), written });
    }
    for _ in 0..dice.roll(3) {
        let param = dice.one(&PAIRS);
        let (system, code) = (dice.one(&SYSTEMS).into(), dice.one(&CODES).into());
        let low = dice.roll(4) as f64;
        let first = match param {
            "code-number-number" => Row::Quantity { param, system, code, low, high: low },
            _ => Row::Token { param, system, code },
        };
        rows.push(Row::Pair { param, parts: Box::new((first, part(dice, param))) });
    }
    if dice.roll(3) == 0 {
        let (latitude, longitude) = (dice.one(&[-90.0, -23.5, 0.0, 60.0]), dice.one(&[-179.99, -46.6, 0.0, 179.99]));
        rows.push(Row::Place { param: "near", latitude, longitude });
    }
    if dice.roll(2) == 0 {
        let value = dice.roll(6) as f64;
        rows.push(Row::Number { param: "probability", low: value, high: value });
        let (system, code) = (dice.one(&SYSTEMS).into(), dice.one(&["mg", "g"]).into());
        rows.push(Row::Quantity { param: "value-quantity", system, code, low: value, high: value });
    }
    if dice.roll(2) == 0 {
        rows.push(Row::Uri { param: "url", value: dice.one(&URIS).into() });
    }
    if dice.roll(3) > 0 {
        let target = Target { kind: dice.one(&KINDS).into(), id: format!("r{}", dice.roll(60)) };
        rows.push(Row::Reference { param: "focus", target });
    }
    let mut once = Vec::new();
    for row in rows {
        if !once.contains(&row) {
            once.push(row);
        }
    }
    once
}

/// The second part of a composite.
fn part(dice: &mut Dice, param: &'static str) -> Row {
    let value = dice.roll(6) as f64;
    match PAIRS.iter().position(|pair| *pair == param).unwrap() {
        0 => Row::Quantity { param, system: dice.one(&SYSTEMS).into(), code: "mg".into(), low: value, high: value },
        1 => Row::Token { param, system: dice.one(&SYSTEMS).into(), code: dice.one(&CODES).into() },
        2 => Row::Text { param, value: dice.one(&TEXTS).into(), written: String::new() },
        3 => Row::Reference { param, target: Target { kind: dice.one(&KINDS).into(), id: "r1".into() } },
        5 => Row::Number { param, low: value, high: value },
        _ => {
            let low = i64::try_from(dice.roll(10)).unwrap() * 10;
            Row::Date { param, low: Instant(low), high: Instant(low + 11) }
        }
    }
}

/// What is asked of the second part.
fn asked_part(dice: &mut Dice, param: &'static str) -> Filter {
    let compare = dice.one(&[Compare::Equal, Compare::NotEqual, Compare::Greater, Compare::LessOrEqual]);
    let asked = dice.roll(7) as f64 - 0.5;
    match PAIRS.iter().position(|pair| *pair == param).unwrap() {
        0 => Filter::Quantity { param, compare, low: asked, high: asked + 1.0, system: None, code: Some("mg".into()) },
        1 => Filter::Token {
            param,
            system: dice.one(&[None, Some("s1".to_owned())]),
            code: Some(dice.one(&CODES).into()),
        },
        2 => Filter::Text { param, how: dice.one(&[Words::Begins, Words::Contains]), value: "mari".into() },
        3 => Filter::Reference { param, kind: dice.one(&[None, Some("Encounter".to_owned())]), id: "r1".into() },
        5 => Filter::Number { param, compare, low: asked, high: asked + 1.0 },
        _ => {
            let low = i64::try_from(dice.roll(10)).unwrap() * 10;
            Filter::Date { param, compare, low: Instant(low), high: Instant(low + 21) }
        }
    }
}

const COMPARE: [Compare; 9] = [
    Compare::Equal,
    Compare::NotEqual,
    Compare::Greater,
    Compare::Less,
    Compare::GreaterOrEqual,
    Compare::LessOrEqual,
    Compare::StartsAfter,
    Compare::EndsBefore,
    Compare::Approximately,
];

fn leaf(dice: &mut Dice) -> Filter {
    let compare = dice.one(&COMPARE);
    let asked = dice.roll(7) as f64 - 0.5;
    match dice.roll(13) {
        9 => {
            let written = dice.one(&["", "Maria"]).into();
            Filter::Exact { param: "name", value: dice.one(&TEXTS).into(), written }
        }
        10 => {
            let codes = (0..dice.roll(4)).map(|_| (dice.one(&SYSTEMS).into(), dice.one(&CODES).into())).collect();
            Filter::Tokens { param: "code", codes }
        }
        11 => {
            let param = dice.one(&PAIRS);
            let system = dice.one(&[None, Some("s1".to_owned())]);
            let code = dice.one(&[Some("a".to_owned()), Some("b".to_owned()), None]);
            let first = match param {
                "code-number-number" => {
                    Filter::Quantity { param, compare, low: asked, high: asked + 1.0, system, code }
                }
                _ => Filter::Token { param, system, code },
            };
            Filter::Pair { param, parts: Box::new((first, asked_part(dice, param))) }
        }
        12 => Filter::Near {
            param: "near",
            latitude: dice.one(&[-89.9, -23.0, 0.0, 60.0]),
            longitude: dice.one(&[-46.0, 0.5, 180.0, -180.0]),
            metres: dice.one(&[0.0, 20_000.0, 100_000.0, 9_000_000.0, 30_000_000.0]),
        },
        0 => {
            let (low, high) = time(dice);
            Filter::Date { param: "date", compare, low, high }
        }
        1 | 2 => Filter::Token {
            param: "code",
            system: dice.one(&[None, Some(String::new()), Some("s1".to_owned())]),
            code: dice.one(&[Some("a".to_owned()), Some("b".to_owned()), Some("zz".to_owned())]),
        },
        3 => Filter::Text {
            param: "name",
            how: dice.one(&[Words::Begins, Words::Contains]),
            value: dice.one(&["mari", "jose", "ana", "x"]).into(),
        },
        4 => Filter::Number { param: "probability", compare, low: asked, high: asked + 1.0 },
        5 => Filter::Quantity {
            param: "value-quantity",
            compare,
            low: asked,
            high: asked + 1.0,
            system: dice.one(&[None, Some("s1".to_owned())]),
            code: dice.one(&[None, Some("mg".to_owned())]),
        },
        6 => Filter::Uri {
            param: "url",
            how: dice.one(&[Place::Is, Place::Below, Place::Above]),
            value: dice.one(&URIS).into(),
        },
        7 => Filter::Present { param: dice.one(&["code", "name"]), rows: Rows::Token },
        _ => Filter::Reference {
            param: "focus",
            kind: dice.one(&[None, Some("Encounter".to_owned())]),
            id: format!("r{}", dice.roll(60)),
        },
    }
}

fn filter(dice: &mut Dice, depth: u32) -> Filter {
    let leaf = leaf(dice);
    if depth == 0 {
        return leaf;
    }
    match dice.roll(11) {
        0 => Filter::All(vec![filter(dice, depth - 1), filter(dice, depth - 1)]),
        1 => Filter::Any(vec![leaf, filter(dice, depth - 1)]),
        2 => Filter::Not(Box::new(filter(dice, depth - 1))),
        3 => Filter::Chain { param: "focus", kind: dice.one(&KINDS).into(), filter: Box::new(filter(dice, depth - 1)) },
        4 => Filter::Has { kind: dice.one(&KINDS).into(), param: "focus", filter: Box::new(filter(dice, depth - 1)) },
        7 => Filter::Content { words: dice.one(&["dor", "febre", "dor febre"]).into(), narrative: dice.roll(2) == 0 },
        5 => Filter::Id((0..4).map(|_| format!("r{}", dice.roll(60))).collect()),
        6 => {
            let low = i64::try_from(dice.roll(60)).unwrap() * 1000;
            let (low, high) = (Instant(crate::house::START + low), Instant(crate::house::START + low + 5000));
            Filter::Updated { compare: dice.one(&[Compare::Equal, Compare::Greater, Compare::LessOrEqual]), low, high }
        }
        _ => leaf,
    }
}

/// Whether a search may speak of it.
fn open(held: &Held, confines: &Confines) -> bool {
    match confines {
        Confines::None => true,
        Confines::Chart(own) => held.patients == [own.clone()],
        Confines::Charts(patients) => held.patients.iter().any(|p| patients.contains(p)),
        Confines::Care(patients) => held.patients.is_empty() || held.patients.iter().any(|p| patients.contains(p)),
    }
}

/// The plain meaning of a filter.
fn fits(filter: &Filter, one: &Held, all: &[Held], confines: &Confines) -> bool {
    let any = |test: &dyn Fn(&Row) -> bool| one.rows.iter().any(test);
    match filter {
        Filter::All(inner) => inner.iter().all(|inner| fits(inner, one, all, confines)),
        Filter::Any(inner) => inner.iter().any(|inner| fits(inner, one, all, confines)),
        Filter::Not(inner) => !fits(inner, one, all, confines),
        Filter::Present { param, rows: Rows::Token } => any(&|row| matches!(row, Row::Token { param: p, .. } if p == param)),
        Filter::Present { .. } => false,
        Filter::Content { words, narrative } => {
            let text = if *narrative { one.narrative.to_owned() } else { format!("{} {}", one.text, one.narrative) };
            words.split(' ').all(|word| text.split(' ').any(|held| held == word))
        }
        Filter::Id(ids) => ids.contains(&one.id),
        Filter::Updated { compare, low, high } => compare.holds((one.updated.0, one.updated.0 + 1), (low.0, high.0)),
        Filter::Chain { kind, filter, .. } => any(&|row| match row {
            Row::Reference { target, .. } if target.kind == *kind => all.iter().any(|other| {
                other.kind == target.kind && other.id == target.id && open(other, confines) && fits(filter, other, all, confines)
            }),
            _ => false,
        }),
        Filter::Has { kind, filter, .. } => all.iter().any(|other| {
            let points = |row: &Row| matches!(row, Row::Reference { target, .. } if target.kind == one.kind && target.id == one.id);
            other.kind == *kind && other.rows.iter().any(points) && open(other, confines) && fits(filter, other, all, confines)
        }),
        leaf => any(&|row| fits_row(leaf, row)),
    }
}

/// Metres between two places, by the haversine.
fn haversine(one: (f64, f64), other: (f64, f64)) -> f64 {
    let half = |a: f64, b: f64| ((a - b).to_radians() / 2.0).sin().powi(2);
    let h = half(one.0, other.0) + one.0.to_radians().cos() * other.0.to_radians().cos() * half(one.1, other.1);
    2.0 * 6_371_008.8 * h.sqrt().min(1.0).asin()
}

/// The plain meaning of a condition on one row.
fn fits_row(filter: &Filter, row: &Row) -> bool {
    let same = |asked: &Option<String>, held: &String| asked.as_ref().is_none_or(|asked| asked == held);
    match (filter, row) {
        (Filter::Text { how: Words::Begins, value, .. }, Row::Text { value: text, .. }) => {
            text.starts_with(value.as_str())
        }
        (Filter::Text { value, .. }, Row::Text { value: text, .. }) => text.contains(value.as_str()),
        (Filter::Exact { value, written, .. }, Row::Text { value: v, written: w, .. }) => value == v && written == w,
        (Filter::Token { system, code, .. }, Row::Token { system: s, code: c, .. }) => same(system, s) && same(code, c),
        (Filter::Tokens { codes, .. }, Row::Token { system, code, .. }) => {
            codes.contains(&(system.clone(), code.clone()))
        }
        (Filter::Date { compare, low, high, .. }, Row::Date { low: l, high: h, .. }) => {
            compare.holds((l.0, h.0), (low.0, high.0))
        }
        (Filter::Number { compare, low, high, .. }, Row::Number { low: l, high: h, .. }) => {
            compare.holds_number((*l, *h), (*low, *high))
        }
        (
            Filter::Quantity { compare, low, high, system, code, .. },
            Row::Quantity { low: l, high: h, system: s, code: c, .. },
        ) => same(system, s) && same(code, c) && compare.holds_number((*l, *h), (*low, *high)),
        (Filter::Reference { kind, id, .. }, Row::Reference { target, .. }) => {
            target.id == *id && same(kind, &target.kind)
        }
        (Filter::Uri { how, value, .. }, Row::Uri { value: uri, .. }) => match how {
            Place::Is => uri == value,
            Place::Below => uri == value || uri.starts_with(&format!("{value}/")),
            Place::Above => uri == value || value.starts_with(&format!("{uri}/")),
        },
        (Filter::Pair { parts: asked, .. }, Row::Pair { parts, .. }) => {
            asked.0.names() == row.param() && fits_row(&asked.0, &parts.0) && fits_row(&asked.1, &parts.1)
        }
        (Filter::Near { latitude, longitude, metres, .. }, Row::Place { latitude: la, longitude: lo, .. }) => {
            haversine((*latitude, *longitude), (*la, *lo)) <= *metres
        }
        _ => false,
    }
}

async fn fill(house: &House, store: &Store, dice: &mut Dice) -> Vec<Held> {
    let mut all: Vec<Held> = Vec::new();
    for n in 0..90_u64 {
        house.tick(1000);
        let (kind, id) = (dice.one(&KINDS), format!("r{}", n % 60));
        let patients: Vec<String> = match dice.roll(4) {
            0 => Vec::new(),
            1 => vec!["p1".into(), "p2".into()],
            n => vec![format!("p{n}")],
        };
        let body = Body::new(&resource(&json!({ "resourceType": kind, "id": id, "status": format!("s{n}") })));
        let deleted = dice.roll(8) == 0 && all.iter().any(|held| held.kind == kind && held.id == id);
        let rows = if deleted { Vec::new() } else { rows(dice) };
        let (text, narrative) = (dice.one(&["", "dor", "dor febre"]), dice.one(&["", "febre", "dor"]));
        let index = Index {
            rows: rows.clone(),
            patients: patients.clone(),
            text: text.into(),
            narrative: narrative.into(),
            ..Index::default()
        };
        let change = Change { body, index, effective: None, label: String::new(), deleted };
        let put = store.write::<_, Error>(Some(entry(Event::Create, "dra")), move |t| t.put(&change));
        let written = put.await.unwrap();
        all.retain(|held| (held.kind, held.id.as_str()) != (kind, id.as_str()));
        if !deleted {
            // An update keeps its row: its place among those made in order.
            all.push(Held { kind, id, rows, patients, text, narrative, updated: written.updated });
        }
    }
    all
}

#[tokio::test]
async fn the_answer_of_a_search_is_that_of_a_plain_filter() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let mut dice = Dice(2026);
    let all = fill(&house, &store, &mut dice).await;
    let mut found_some = 0;
    for turn in 0..1500 {
        let kind = dice.one(&KINDS);
        let mut conditions: Vec<Filter> = (0..dice.roll(4)).map(|_| filter(&mut dice, 3)).collect();
        for _ in 0..dice.roll(8) / 3 {
            let (low, high) = time(&mut dice);
            conditions.push(Filter::Date { param: "date", compare: dice.one(&COMPARE), low, high });
        }
        let confines = match dice.roll(4) {
            0 => Confines::Chart("p2".into()),
            1 => Confines::Care(vec!["p2".into(), "p3".into()]),
            2 => Confines::Charts(vec!["p2".into(), "p3".into()]),
            _ => Confines::None,
        };
        let sort = match dice.roll(6) {
            2 => vec![Sorting { by: By::Ranked("code", &["c", "a"]), descending: dice.roll(2) == 0 }],
            3 => {
                vec![Sorting { by: dice.one(&[By::Updated, By::Effective, By::Label]), descending: dice.roll(2) == 0 }]
            }
            0 => vec![Sorting { by: By::Parameter("date", ParameterKind::Date), descending: dice.roll(2) == 0 }],
            1 => vec![
                Sorting { by: By::Parameter("code", ParameterKind::Token), descending: dice.roll(2) == 0 },
                Sorting { by: By::Updated, descending: dice.roll(2) == 0 },
            ],
            _ => Vec::new(),
        };
        let mut search = Search {
            kind: kind.into(),
            filter: Filter::All(conditions),
            confines,
            sort,
            limit: 1 + u32::try_from(dice.roll(20)).unwrap(),
            after: None,
            counted: dice.roll(4) > 0,
            explained: dice.roll(4) == 0,
        };
        let mut wanted: Vec<&str> = all
            .iter()
            .filter(|one| {
                one.kind == kind && open(one, &search.confines) && fits(&search.filter, one, &all, &search.confines)
            })
            .map(|one| one.id.as_str())
            .collect();
        wanted.sort_unstable();
        let mut got = Vec::new();
        loop {
            let page = store.look(|view: &View<'_>| view.find(&search)).unwrap();
            if search.counted {
                assert_eq!(page.total, wanted.len() as u64, "turn {turn}: {search:?}");
            }
            assert_eq!(page.plan.is_some(), search.explained);
            got.extend(page.records.iter().map(|record| record.id.clone()));
            let Some(next) = page.next else { break };
            search.after = Some(next);
        }
        found_some += u32::from(!got.is_empty());
        if let [Sorting { by: By::Parameter("date", _), descending }] = search.sort.as_slice() {
            let key = |id: &String| -> i64 {
                let held = all.iter().find(|one| one.kind == kind && one.id == *id).unwrap();
                let dates = held.rows.iter().filter_map(|row| match row {
                    Row::Date { low, high, .. } => Some(if *descending { -high.0 } else { low.0 }),
                    _ => None,
                });
                dates.min().unwrap()
            };
            assert!(got.is_sorted_by_key(key), "turn {turn}: {search:?}");
        }
        got.sort_unstable();
        assert_eq!(got, wanted, "turn {turn}: {search:?}");
    }
    assert!(found_some > 300, "{found_some} searches found something");
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_while_others_write() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let mut dice = Dice(7);
    let all = fill(&house, &store, &mut dice).await;
    let mut search = Search {
        kind: "Observation".into(),
        filter: Filter::All(Vec::new()),
        confines: Confines::None,
        sort: Vec::new(),
        limit: 3,
        after: None,
        counted: true,
        explained: false,
    };
    let mut wanted: Vec<String> =
        all.iter().filter(|one| one.kind == "Observation").map(|one| one.id.clone()).collect();
    let mut got = Vec::new();
    let mut n = 0;
    while let Some(page) = Some(store.look(|view: &View<'_>| view.find(&search)).unwrap()) {
        assert_eq!(page.total, wanted.len() as u64, "the total is that of the beginning");
        got.extend(page.records.iter().map(|record| record.id.clone()));
        let Some(next) = page.next else { break };
        search.after = Some(next);
        // One that was seen already is amended, another is new.
        n += 1;
        for id in [got[0].clone(), format!("new{n}")] {
            let body = Body::new(&resource(
                &json!({ "resourceType": "Observation", "id": id, "status": format!("later{n}") }),
            ));
            let index = Index::default();
            let change = Change { body, index, effective: None, label: String::new(), deleted: false };
            store.write::<_, Error>(Some(entry(Event::Update, "dra")), move |t| t.put(&change)).await.unwrap();
        }
    }
    got.retain(|id| !id.starts_with("new"));
    got.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(got, wanted);
}

#[tokio::test]
async fn several_types_are_searched_as_one() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let mut dice = Dice(11);
    let all = fill(&house, &store, &mut dice).await;
    for turn in 0..300 {
        let descending = dice.roll(2) == 0;
        let sort = match dice.roll(3) {
            0 => vec![Sorting { by: By::Id, descending }],
            1 => vec![Sorting { by: By::Updated, descending }],
            _ => Vec::new(),
        };
        let confines = dice.one(&[Confines::None, Confines::Chart("p2".into())]);
        let limit = 1 + u32::try_from(dice.roll(9)).unwrap();
        let mut searches: Vec<Search> = KINDS
            .iter()
            .map(|kind| Search {
                kind: (*kind).into(),
                filter: Filter::All((0..dice.roll(3)).map(|_| filter(&mut dice, 1)).collect()),
                confines: confines.clone(),
                sort: sort.clone(),
                limit,
                after: None,
                counted: true,
                explained: false,
            })
            .collect();
        let fitting = |one: &&Held| {
            let search = searches.iter().find(|search| search.kind == one.kind).unwrap();
            open(one, &confines) && fits(&search.filter, one, &all, &confines)
        };
        let mut wanted: Vec<(&str, &str)> = all.iter().filter(fitting).map(|one| (one.id.as_str(), one.kind)).collect();
        let mut got = Vec::new();
        loop {
            let page = store.look(|view: &View<'_>| view.find_among(&searches)).unwrap();
            assert_eq!(page.total, wanted.len() as u64, "turn {turn}: {searches:?}");
            got.extend(page.records.iter().map(|record| (record.id.clone(), record.kind.clone())));
            let Some(next) = page.next else { break };
            searches.iter_mut().for_each(|search| search.after = Some(next));
        }
        if let [Sorting { by: By::Id, descending }] = sort.as_slice() {
            assert!(got.is_sorted_by(|a, b| if *descending { a.0 >= b.0 } else { a.0 <= b.0 }), "turn {turn}");
        }
        got.sort_unstable();
        wanted.sort_unstable();
        let got: Vec<(&str, &str)> = got.iter().map(|(id, kind)| (id.as_str(), kind.as_str())).collect();
        assert_eq!(got, wanted, "turn {turn}: {searches:?}");
    }
}

#[tokio::test]
async fn the_narrowest_condition_is_gone_through_also_where_a_chain_leads_to_it() {
    let house = House::new();
    let (_installation, store) = house.clinic();
    let row = |param, code: &str| Row::Token { param, system: String::new(), code: code.into() };
    let to = |id: &str| Row::Reference { param: "patient", target: Target { kind: "Patient".into(), id: id.into() } };
    let mut changes = Vec::new();
    let mut add = |kind: &str, id: String, rows: Vec<Row>, text: &str| {
        let body = Body::new(&resource(&json!({ "resourceType": kind, "id": id })));
        let index = Index { rows, text: text.into(), ..Index::default() };
        changes.push(Change { body, index, effective: None, label: String::new(), deleted: false });
    };
    for n in 0..40 {
        let name =
            Row::Text { param: "family", value: if n == 7 { "rara" } else { "silva" }.into(), written: String::new() };
        add("Patient", format!("p{n}"), vec![name], "");
    }
    for n in 0..1200 {
        let text = if n == 47 { "unica palavra" } else { "palavra" };
        add("Observation", format!("o{n}"), vec![row("code", "a"), to(&format!("p{}", n % 40))], text);
    }
    let put = move |t: &mut aroeira_store::Transaction<'_>| changes.iter().try_for_each(|one| t.put(one).map(|_| ()));
    store.write::<_, Error>(Some(entry(Event::Import, "dra")), put).await.unwrap();
    let code = Filter::Token { param: "code", system: None, code: Some("a".into()) };
    let family = |value: &str| Filter::Text { param: "family", how: Words::Begins, value: value.into() };
    let chain =
        |value: &str| Filter::Chain { param: "patient", kind: "Patient".into(), filter: Box::new(family(value)) };
    let words = |text: &str| Filter::Content { words: text.into(), narrative: false };
    let plan = |kind: &str, filters: Vec<Filter>| {
        let search = Search {
            kind: kind.into(),
            filter: Filter::All(filters),
            confines: Confines::None,
            sort: Vec::new(),
            limit: 5,
            after: None,
            counted: true,
            explained: true,
        };
        let found = store.look(|view: &View<'_>| view.find(&search)).unwrap();
        let plan = found.plan.unwrap();
        let rows: Vec<_> = plan.conditions.iter().map(|one| (one.name.clone(), one.rows, one.more)).collect();
        (found.total, plan.driver, plan.looked_at.unwrap(), rows)
    };
    let all = ("code".to_owned(), Some(1000), true);
    let name = |text: &str| Some(text.to_owned());
    assert_eq!(
        plan("Observation", vec![code.clone(), chain("rara")]),
        (30, name("patient:Patient.family"), 30, vec![all.clone(), ("patient:Patient.family".into(), Some(30), false)])
    );
    assert_eq!(
        plan("Observation", vec![code.clone(), words("unica")]),
        (1, name("_content"), 1, vec![all.clone(), ("_content".into(), Some(1), false)])
    );
    let not = Filter::Not(Box::new(code.clone()));
    assert_eq!(plan("Observation", vec![not]), (0, None, 1200, vec![("not code".into(), None, false)]));
    let has = Filter::Has { kind: "Observation".into(), param: "patient", filter: Box::new(words("unica")) };
    assert_eq!(
        plan("Patient", vec![has, family("silva")]),
        (
            0,
            name("_has:Observation:patient:_content"),
            1,
            vec![("_has:Observation:patient:_content".into(), Some(1), false), ("family".into(), Some(39), false)]
        )
    );
}
