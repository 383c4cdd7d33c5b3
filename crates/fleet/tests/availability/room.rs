//! What a spec becomes: one room, one change at a time.

use aroeira_fleet::availability::{Availability, Cause, Gap, Model, Rates, availability, unavailability};
use aroeira_fleet::{Catalogue, Spec};

const YEAR: f64 = 8760.0;

fn read(text: &str) -> Spec {
    match Spec::read(text) {
        Ok((spec, _)) => spec,
        Err(errors) => panic!("{errors:?}\n{text}"),
    }
}

fn room(nodes: u32, site: &str, node: &str, rest: &str) -> Spec {
    read(&format!(
        "name = \"room\"\ncurrency = \"BRL\"\nprice_books = []\n{rest}\n[[site]]\nid = \"room\"\ncountry = \"BR\"\n{site}\n\
         [[node]]\nid = \"node\"\nsite = \"room\"\ncount = {nodes}\ncores = 16.0\nmemory_gb = 64.0\n{node}\n\
         [[clinics]]\nplan = \"starter\"\ncount = 10\ngb = 40\n[[workload]]\nid = \"aroeira\"\nreplicas = {nodes}\n"
    ))
}

fn down(spec: &Spec) -> f64 {
    let (catalogue, rates) = (Catalogue::built_in().expect("the catalogue"), Rates::built_in().expect("the rates"));
    unavailability(&Model::new(spec, &catalogue, &rates).system).expect("little is shared")
}

fn answer(spec: &Spec, years: u32) -> Availability {
    let (catalogue, rates) = (Catalogue::built_in().expect("the catalogue"), Rates::built_in().expect("the rates"));
    availability(spec, &catalogue, &rates, 4, years)
}

#[test]
fn each_node_more_helps_or_does_no_harm() {
    let downs: Vec<f64> = (1..=5).map(|nodes| down(&room(nodes, "kind = \"on-premises\"", "", ""))).collect();
    assert!(downs[1] < downs[0] * 0.9);
    // From the second on each further machine is one more to hand over from: seconds a year.
    assert!(downs.windows(2).all(|pair| pair[1] < pair[0] + 1.0 / YEAR / 60.0), "{downs:?}");
}

#[test]
fn batteries_generators_and_links_help() {
    let link = |carrier: &str| format!("[[site.link]]\nkind = \"dedicated\"\ncarrier = \"{carrier}\"\nmbps = 100.0\n");
    let site = |power: &str, routing: &str, links: &str| {
        format!("kind = \"own-rack\"\npower = {{ {power} }}\naddresses = {{ routing = \"{routing}\" }}\n{links}")
    };
    let (one, two) = (link("a"), link("a") + &link("b"));
    let none = down(&room(3, &site("", "single", &one), "", ""));
    let ups = down(&room(3, &site("ups_minutes = 30.0", "single", &one), "", ""));
    let generator = down(&room(3, &site("ups_minutes = 30.0, generator = true", "single", &one), "", ""));
    let unused = down(&room(3, &site("ups_minutes = 30.0, generator = true", "single", &two), "", ""));
    let both = down(&room(3, &site("ups_minutes = 30.0, generator = true", "dual-wan", &two), "", ""));
    assert!(ups < none && generator < ups && both < generator / 5.0);
    assert!((unused - generator).abs() < 1e-12, "a second link that nothing changes over to is none");
    let same =
        down(&room(3, &site("ups_minutes = 30.0, generator = true", "dual-wan", &(link("a") + &link("a"))), "", ""));
    assert!((same - generator).abs() < 1e-12, "links of one carrier fail together");
    let answer = answer(&room(3, &site("", "single", &two), "", ""), 20);
    assert!(answer.gaps.contains(&Gap::LinkUnused { site: "room".to_owned() }));
}

#[test]
fn what_is_lost_follows_from_disks_and_copies() {
    // Two hard disks that do not stand in for each other: 2 x 1.57 % a year, and 3 % of deletions; each costs 12 h.
    let disks = "[[node.disk]]\nkind = \"hdd\"\ngb = 4000.0\ncount = 2\n";
    let daily = "[promises]\nrto_hours = 4\nrpo_hours = 1\n[backup]\nevery_hours = 24\n";
    let answer = answer(&room(1, "kind = \"on-premises\"", disks, daily), 6000);
    let events = 2.0 * 0.0157 + 0.03;
    let error = (events / 6000.0_f64).sqrt();
    assert!((answer.losses - events).abs() < 3.0 * error, "{} a year, not {events}", answer.losses);
    assert!((answer.lost_hours - answer.losses * 12.0).abs() < 1e-9);
    // 400 GB at 200 GB an hour, and an hour before.
    assert!((answer.recovery.hours - 3.0).abs() < 1e-9);
    assert!(!answer.recovery.keeps_promise, "a promise of one hour with a copy a day");
    assert!(answer.causes.iter().any(|one| one.cause == Cause::Restore));
    let mirrored = disks.replace("count = 2", "count = 2\nraid = \"raid1\"");
    let mirrored = self::answer(&room(1, "kind = \"on-premises\"", &mirrored, daily), 2000);
    assert!(mirrored.losses < answer.losses);
    let replicated = self::answer(&room(3, "kind = \"on-premises\"", disks, daily), 2000);
    assert!((replicated.losses - 0.03).abs() < 3.0 * (0.03 / 2000.0_f64).sqrt(), "only what is deleted everywhere");
}

#[test]
fn an_answer_is_the_same_twice_and_has_all_its_parts_in_json() {
    let spec = room(2, "kind = \"own-rack\"", "", "[promises]\navailability_percent = 99.9\n");
    let (one, two) = (answer(&spec, 50), answer(&spec, 50));
    let json = serde_json::to_value(&one).expect("JSON");
    assert_eq!(json, serde_json::to_value(&two).expect("JSON"));
    for key in
        ["percent", "keeps_promise", "minutes", "causes", "lost_hours", "improvements", "gaps", "assumed", "recovery"]
    {
        assert!(!json[key].is_null(), "{key}");
    }
    assert_eq!(json["gaps"][0]["gap"], "no-power");
    assert!(json["improvements"][0]["step"].is_string());
}

#[test]
fn years_are_counted_by_their_length_and_made_of_their_months() {
    let (spec, _) = Spec::read(aroeira_fleet::presets::get("garage").expect("a preset")).expect("a spec");
    let answer = answer(&spec, 400);
    assert_eq!(answer.distribution.iter().map(|bin| bin.years).sum::<usize>(), answer.years);
    assert!(answer.distribution.windows(2).all(|two| two[0].to == Some(two[1].from)));
    assert_eq!(answer.months.len(), 12 * answer.years);
    let mean = answer.months.iter().sum::<f64>() / answer.years as f64;
    assert!((mean - answer.minutes.mean).abs() < 1e-6, "{mean}");
    assert!(answer.months.iter().all(|minutes| (0.0..=730.0 * 60.0 + 1e-6).contains(minutes)));
}
