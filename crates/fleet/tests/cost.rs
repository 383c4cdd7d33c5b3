//! What fleets cost: the tables of the requirements, and what follows from changes.

// Amounts are written in cents, the last two digits apart.
#![allow(clippy::inconsistent_digit_grouping)]

use aroeira_fleet::catalogue::Standing;
use aroeira_fleet::cost::{
    AccessPattern, Month, Reason, SavingKind, What, difference, lifecycle, penalty, price_for, three_years,
};
use aroeira_fleet::prices::{Group, Unit};
use aroeira_fleet::spec::StorageClass;
use aroeira_fleet::{Amount, Books, Catalogue, Cost, Language, Money, Spec};

fn read(text: &str) -> Spec {
    match Spec::read(text) {
        Ok((spec, _)) => spec,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

fn books() -> Books {
    Books::built_in().expect("the books that come with the program")
}

fn cost(text: &str) -> Cost {
    aroeira_fleet::cost(&read(text), &Catalogue::built_in().expect("the catalogue"), &books())
}

fn head(currency: &str, books: &str) -> String {
    format!(
        "name = \"it\"\ncurrency = \"{currency}\"\nprice_books = [{books}]\n\n[[site]]\nid = \"aws\"\nkind = \"cloud-region\"\n\
         country = \"BR\"\nprovider = \"aws\"\nregion = \"sa-east-1\"\n"
    )
}

fn node(id: &str, count: u32, kind: &str, item: Option<&str>) -> String {
    let item = item.map_or_else(String::new, |item| format!("item = \"{item}\"\n"));
    format!(
        "\n[[node]]\nid = \"{id}\"\nsite = \"aws\"\ncount = {count}\ncores = 2\nmemory_gb = 4\n{item}\n[node.instance]\nkind = \"{kind}\"\n"
    )
}

fn service(id: &str, item: &str) -> String {
    format!("\n[[service]]\nid = \"{id}\"\nsite = \"aws\"\nitem = \"{item}\"\nmulti_zone = true\n")
}

/// Requirement 001.
fn health(currency: &str, books: &str) -> String {
    [
        head(currency, books),
        node("app", 2, "t3.medium", Some("aws.ecs.t3.medium")),
        node("gpu", 1, "g4dn.xlarge", None),
        service("balancer", "aws.alb"),
        service("database", "aws.rds.db.t3.medium"),
        service("cache", "aws.elasticache.cache.t3.micro"),
        service("files", "aws.s3.standard-100gb"),
    ]
    .concat()
}

/// A scenario of requirement 004.
fn scenario(machines: (u32, &str), services: &[&str]) -> String {
    let mut text = head("BRL", "\"requirements-2025\"") + &node("app", machines.0, machines.1, None);
    for (at, item) in services.iter().enumerate() {
        text += &service(&format!("s{at}"), item);
    }
    text
}

const STARTER: (u32, &str) = (3, "t3.medium");
const STARTER_SERVICES: [&str; 5] =
    ["aws.rds.db.t3.micro", "aws.s3.standard-500gb", "aws.cloudfront.starter", "aws.eks", "aws.monitoring.starter"];
const PROFESSIONAL: (u32, &str) = (6, "c5.large");
const PROFESSIONAL_SERVICES: [&str; 6] = [
    "aws.rds.db.r5.large",
    "aws.s3.standard-5tb",
    "aws.cloudfront.professional",
    "aws.eks",
    "aws.elasticache.professional",
    "aws.monitoring.professional",
];
const ENTERPRISE: (u32, &str) = (12, "c5.xlarge");
const ENTERPRISE_SERVICES: [&str; 7] = [
    "aws.rds.db.r5.2xlarge",
    "aws.s3.standard-20tb",
    "aws.cloudfront.enterprise",
    "aws.eks.multi-az",
    "aws.elasticache.enterprise",
    "aws.sagemaker",
    "aws.monitoring.enterprise",
];

/// Machines, services, reais of each line and of all.
type Case = ((u32, &'static str), &'static [&'static str], &'static [i64], i64);

/// Cents of each line, in the order of the table.
fn table(cost: &Cost) -> Vec<i64> {
    cost.lines.iter().map(|line| line.month.total.as_cents()).collect()
}

#[test]
fn the_table_of_001_comes_out_to_the_cent() {
    let cost = cost(&health("USD", "\"requirements-2025\""));
    let lines: Vec<(&str, i64)> =
        cost.lines.iter().map(|line| (line.of.as_str(), line.month.total.as_cents())).collect();
    let expected =
        [("app", 60_00), ("gpu", 380_00), ("balancer", 20_00), ("database", 60_00), ("cache", 15_00), ("files", 5_00)];
    assert_eq!(lines, expected);
    assert_eq!(cost.monthly.amount, Amount::exact(Money::cents(540_00)));
    assert!(cost.lines.iter().all(|line| line.standing == Some(Standing::Required)));
    assert_eq!(cost.without_price, 0);
}

#[test]
fn the_three_tables_of_004_come_out_to_the_cent() {
    let cases: [Case; 3] = [
        (STARTER, &STARTER_SERVICES, &[800, 200, 100, 150, 300, 100], 1_650),
        (PROFESSIONAL, &PROFESSIONAL_SERVICES, &[2_400, 800, 500, 400, 300, 300, 200], 4_900),
        (ENTERPRISE, &ENTERPRISE_SERVICES, &[7_200, 2_400, 1_500, 800, 600, 800, 1_000, 400], 14_700),
    ];
    for (machines, services, lines, total) in cases {
        let cost = cost(&scenario(machines, services));
        assert_eq!(table(&cost), lines.iter().map(|reais| reais * 100).collect::<Vec<_>>());
        assert_eq!(cost.monthly.amount, Amount::exact(Money::cents(total * 100)));
        let groups: Money = cost.groups.iter().map(|group| group.month.total).sum();
        assert_eq!(groups, cost.monthly.amount.total);
    }
}

#[test]
fn json_has_the_total_as_a_number_of_the_currency() {
    let json = serde_json::to_value(cost(&health("USD", "\"requirements-2025\""))).expect("JSON");
    assert_eq!(json["monthly"]["total"], serde_json::json!(540.0));
    assert_eq!(json["monthly"]["currency"], "USD");
    assert_eq!(json["lines"][1]["book"], "requirements-2025");
    assert_eq!(json["lines"][1]["standing"], "required");
}

#[test]
fn a_month_of_the_sourced_hours_is_what_was_read() {
    let services = ["aws.alb", "aws.rds.db.t4g.medium", "aws.elasticache.cache.t4g.micro", "aws.nat"];
    let mut text = head("USD", "\"aws-2026-11\"") + &node("gpu", 1, "g4dn.xlarge", None);
    for (at, item) in services.iter().enumerate() {
        text += &service(&format!("s{at}"), item).replace("multi_zone = true\n", "");
    }
    let many = |id: &str, item: &str, count: u32| {
        format!("\n[[service]]\nid = \"{id}\"\nsite = \"aws\"\nitem = \"{item}\"\ncount = {count}\n")
    };
    text += &many("rds-disk", "aws.rds.storage", 100);
    text += &many("objects", "aws.s3.standard", 500);
    text += &many("disk", "aws.ebs", 100);
    text += &many("addresses", "aws.ipv4", 3);
    let cost = cost(&text);
    assert_eq!(table(&cost), [383_98, 22_27, 47_45, 11_68, 32_85, 11_50, 11_50, 8_00, 10_95]);
    assert_eq!(cost.monthly.amount.total, Money::cents(540_18));
    assert!(cost.lines.iter().all(|line| line.standing == Some(Standing::Sourced)));
}

#[test]
fn one_line_of_the_spec_changes_one_line_of_the_bill() {
    let before = cost(&scenario(PROFESSIONAL, &PROFESSIONAL_SERVICES));
    let after = cost(&scenario((7, "c5.large"), &PROFESSIONAL_SERVICES));
    let found = difference(&before, &after, 2.0).expect("one currency");
    assert_eq!(found.lines.len(), 1);
    let line = &found.lines[0];
    assert_eq!((line.what, line.of.as_str(), line.reason), (What::Node, "app", Reason::Count));
    assert_eq!((line.before, line.after), (Money::cents(2_400_00), Money::cents(2_800_00)));
    assert_eq!(found.rest, Money::default());
    assert_eq!(found.after.total - found.before.total, Money::cents(400_00));
}

#[test]
fn a_report_names_every_line_that_differs_between_two_books() {
    let before = cost(&health("USD", "\"requirements-2025\""));
    let after = cost(&health("USD", "\"aws-2026-11\""));
    let found = difference(&before, &after, 2.0).expect("one currency");
    let named: Vec<&str> = found.lines.iter().map(|line| line.of.as_str()).collect();
    for (old, new) in before.lines.iter().zip(&after.lines) {
        let (from, to) = (old.month.total.as_f64(), new.month.total.as_f64());
        assert_eq!(((to - from) / from).abs() > 0.02, named.contains(&old.of.as_str()), "{}: {from} {to}", old.of);
    }
    assert!(named.contains(&"balancer") && !named.contains(&"gpu"), "{named:?}");
    let differing: Money = found.lines.iter().map(|line| line.after - line.before).sum();
    assert_eq!(found.before.total + differing + found.rest, found.after.total, "all of the difference is explained");
    for line in &found.lines {
        assert_eq!(line.reason, Reason::Price);
        let english = line.text(Language::English);
        assert!(english.contains("requirements-2025") && english.contains("aws-2026-11"), "{english}");
        assert!(line.text(Language::Portuguese).contains("o preço é outro"));
    }
}

#[test]
fn the_enterprise_scenario_is_explained_by_the_dated_book_and_rate() {
    let text = scenario(ENTERPRISE, &ENTERPRISE_SERVICES);
    let before = cost(&text);
    let after = cost(&text.replace("requirements-2025", "aws-2026-11"));
    assert_eq!(after.without_price, 0);
    let found = difference(&before, &after, 2.0).expect("both in reais");
    assert_eq!(found.currency, "BRL");
    let differing: Money = found.lines.iter().map(|line| line.after - line.before).sum();
    assert_eq!(found.before.total + differing + found.rest, found.after.total);
    assert!(found.lines.is_sorted_by_key(|line| -(line.after - line.before).as_cents().abs()), "the largest first");
    let dollars = cost(&health("USD", "\"requirements-2025\""));
    assert_eq!(difference(&before, &dollars, 2.0), None, "two currencies are not compared");
}

#[test]
fn what_has_no_price_is_a_line_that_says_so() {
    let text = scenario(STARTER, &["aws.eks", "aws.nothing"]);
    let cost = cost(&text.replace("[\"requirements-2025\"]", "[\"requirements-2025\", \"nobody\"]"));
    let line = cost.lines.iter().find(|line| line.item == "aws.nothing").expect("the line");
    assert!(line.is_missing() && line.month == Amount::default());
    assert_eq!(line.standing, Some(Standing::Assumed));
    assert_eq!(cost.without_price, 1);
    assert_eq!(cost.unknown_books, ["nobody"]);
    let json = serde_json::to_value(line).expect("JSON");
    assert!(json["price"].is_null());
}

#[test]
fn another_currency_takes_the_dated_rate_with_its_range() {
    let text = health("BRL", "\"aws-2026-11\", \"exchange-2026-11\"");
    let cost = cost(&text);
    let gpu = cost.lines.iter().find(|line| line.of == "gpu").expect("the line");
    // 0.526 x 730 h x 5.40, 4.90 and 6.00: multiplied first, rounded once.
    assert_eq!(gpu.month.total, Money::cents(2_073_49));
    assert_eq!(gpu.month.low, Money::cents(1_881_50));
    assert_eq!(gpu.month.high, Money::cents(2_303_88));
    assert_eq!(gpu.standing, Some(Standing::Assumed), "the rate is known less than the price");
    assert_eq!(gpu.currency.as_deref(), Some("USD"));
}

#[test]
fn the_twenty_clients_of_004_must_pay_this() {
    let invested = books()
        .get("requirements-2025")
        .expect("the book")
        .items
        .iter()
        .find(|item| item.id == "investment.initial")
        .cloned();
    let invested = invested.expect("the investment");
    assert_eq!((invested.low, invested.high), (Some(50_000.0), Some(100_000.0)));
    let invested = Amount { low: Money::of(50_000.0), total: Money::of(invested.price), high: Money::of(100_000.0) };
    let month = |machines, services: &[&str]| cost(&scenario(machines, services)).monthly.amount;
    let starter = month(STARTER, &STARTER_SERVICES);
    let professional = month(PROFESSIONAL, &PROFESSIONAL_SERVICES);
    let alone = |month| price_for(month, Amount::default(), 1, 20).total.as_cents();
    assert_eq!(alone(starter), 82_50);
    assert_eq!(alone(professional), 245_00);
    assert_eq!(alone(month(ENTERPRISE, &ENTERPRISE_SERVICES)), 735_00);
    // The three people that it calls the least there can be, of 160 hours each: nine times what the machines cost.
    let staff = "\n[business]\nstaff_hours_month = 480\n";
    let text = (scenario(PROFESSIONAL, &PROFESSIONAL_SERVICES) + staff)
        .replace("[\"requirements-2025\"]", "[\"requirements-2025\", \"brazil-2026-11\"]");
    let people = cost(&text).monthly.amount;
    assert_eq!(people.total - professional.total, Money::cents(45_600_00));
    assert_eq!(alone(people), 2_525_00);
    let whole = price_for(professional, invested, 36, 20);
    assert_eq!((whole.low.as_cents(), whole.total.as_cents(), whole.high.as_cents()), (314_44, 349_17, 383_89));
}

#[test]
fn the_break_even_is_where_payments_cover_the_bill() {
    let business = "\n[business]\nprice_starter = 100.0\nprice_professional = 300.0\n";
    let clinics = "\n[[clinics]]\nplan = \"starter\"\ncount = 15\n\n[[clinics]]\nplan = \"professional\"\ncount = 5\n";
    let cost = cost(&(scenario(PROFESSIONAL, &PROFESSIONAL_SERVICES) + business + clinics));
    let found = cost.break_even.expect("prices of all plans");
    // 3,000 of twenty clinics are 150 of each: 4,900 takes 33.
    assert_eq!((found.hosted, found.revenue), (20, Money::cents(3_000_00)));
    assert_eq!((found.low, found.clinics, found.high), (33, 33, 33));
    assert_eq!(found.profit, Money::cents(-1_900_00));
    assert_eq!(found.price_needed.total, Money::cents(245_00));
    assert_eq!(cost.per_clinic.expect("clinics").total, Money::cents(245_00));
}

#[test]
fn plans_share_storage_by_gigabytes_and_the_rest_by_load() {
    let clinics = "\n[[clinics]]\nplan = \"starter\"\ncount = 9\ngb = 10\nconsultations_day = 10\n\
                   \n[[clinics]]\nplan = \"enterprise\"\ncount = 1\ngb = 910\nconsultations_day = 10\n";
    let cost = cost(&(scenario(PROFESSIONAL, &PROFESSIONAL_SERVICES) + clinics));
    // Of 500 of storage 9 and 91 %, of the other 4,400 nine tenths and one.
    let months: Vec<i64> = cost.plans.iter().map(|plan| plan.month.total.as_cents()).collect();
    assert_eq!(months, [45_00 + 3_960_00, 455_00 + 440_00]);
    assert_eq!(cost.plans[0].clinic.total, Money::cents(445_00));
    let sum: Amount = cost.plans.iter().map(|plan| plan.month).sum();
    assert_eq!(sum, cost.monthly.amount);
}

#[test]
fn penalties_follow_the_distribution_of_months() {
    let text = "name = \"it\"\ncurrency = \"BRL\"\nprice_books = []\n[promises]\navailability_percent = 99.9\n\
                [business]\nprice_starter = 100.0\npenalty_percent = 10.0\n[[clinics]]\nplan = \"starter\"\ncount = 10\n";
    let spec = read(text);
    let month = |availability_percent, weight| Month { availability_percent, weight };
    // Kept; exactly a tenth below; a started second tenth; a lost month gives back all and no more.
    let months = [month(99.9, 7.0), month(99.8, 1.0), month(99.75, 1.0), month(0.0, 1.0)];
    let found = penalty(&spec, &months).expect("a promise, a penalty and a price");
    assert_eq!(found.expected, Money::cents(130_00), "1,000 x (10 + 20 + 100) % of three in ten months");
    assert_eq!(found.worst, Money::cents(1_000_00));
    assert!((found.months_percent - 30.0).abs() < 1e-9);
    assert_eq!(penalty(&spec, &[]), None);
    assert_eq!(penalty(&read(&text.replace("99.9", "0.0").replace("penalty_percent = 10.0", "")), &months), None);
}

#[test]
fn environments_run_in_office_hours_and_keep_their_storage() {
    let environment = "\n[[environment]]\nname = \"staging\"\nscale = 0.5\n";
    let always = cost(&(scenario(PROFESSIONAL, &PROFESSIONAL_SERVICES) + environment));
    let of = |cost: &Cost| cost.groups.iter().find(|group| group.group == Group::Environments).expect("it").month.total;
    assert_eq!(of(&always), Money::cents(2_450_00));
    let saved = always.savings.iter().find(|saving| saving.kind == SavingKind::OfficeHours).expect("a saving");
    let office = cost(&(scenario(PROFESSIONAL, &PROFESSIONAL_SERVICES) + environment + "hours = \"office\"\n"));
    // Machines, database, cluster, cache and monitoring stop; objects and the CDN do not.
    assert_eq!(of(&always) - saved.month.total, of(&office));
    assert_eq!(of(&office), Money::cents(1_164_29));
    assert!(office.savings.iter().all(|saving| saving.kind != SavingKind::OfficeHours));
}

#[test]
fn reserved_and_spot_save_what_004_says() {
    let workload = "\n[[workload]]\nid = \"whisper\"\nplace = { nodes = [\"gpu\"] }\n\n[[workload]]\nid = \"aroeira\"\nplace = { nodes = [\"app\"] }\n";
    let text = health("USD", "\"requirements-2025\"") + workload;
    let cost = cost(&text);
    let of = |kind: SavingKind| {
        let all = cost.savings.iter().filter(move |saving| saving.kind == kind);
        all.map(|saving| (saving.of.as_str(), saving.month.low.as_cents(), saving.month.high.as_cents()))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(SavingKind::Spot), [("gpu", 266_00, 342_00)], "70 to 90 %; what keeps records is never on spot");
    let reserved = of(SavingKind::Reserved);
    assert!(reserved.contains(&("gpu", 114_00, 228_00)), "30 to 60 %: {reserved:?}");
    let ids: Vec<&str> = reserved.iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids, ["app", "gpu", "database", "cache"], "objects and balancers cannot be reserved");
    let spot =
        self::cost(&text.replacen("kind = \"g4dn.xlarge\"\n", "kind = \"g4dn.xlarge\"\npayment = \"spot\"\n", 1));
    let gpu = spot.lines.iter().find(|line| line.of == "gpu").expect("the line");
    let month = [gpu.month.low, gpu.month.total, gpu.month.high].map(Money::as_cents);
    assert_eq!(month, [38_00, 76_00, 114_00]);
}

#[test]
fn objects_are_kept_where_their_reading_is_cheapest() {
    let spec = read(&head("USD", "\"aws-2026-11\""));
    let found = lifecycle(&spec, &books(), "aws", 1000.0, &AccessPattern::of_clinics()).expect("prices");
    assert_eq!(found.before.total, Money::cents(23_00));
    let classes: Vec<StorageClass> = found.parts.iter().map(|part| part.class).collect();
    // Read wholly each month, the first class is cheaper than reading out of the second: 0.0125 + 0.01 is less than 0.023.
    assert_eq!(
        classes[1..],
        [StorageClass::ObjectInfrequent, StorageClass::ObjectArchive, StorageClass::ObjectDeepArchive]
    );
    let parts: Amount = found.parts.iter().map(|part| part.month).sum();
    assert_eq!(parts, found.after);
    assert!(found.after.total < found.before.total);
    assert_eq!(lifecycle(&spec, &books(), "nobody", 1000.0, &AccessPattern::of_clinics()), None);
}

/// Three own machines, with electricity that one can reckon by hand.
const RACK: &str = r#"
name = "rack"
currency = "BRL"
price_books = ["mine"]

[business]
staff_hours_month = 10
depreciation_years = 5
tax_percent = 10

[[site]]
id = "room"
kind = "own-rack"
country = "BR"

[[site.link]]
kind = "dedicated"
carrier = "one"
mbps = 100

[[node]]
id = "virt"
site = "room"
count = 3
cores = 16
memory_gb = 128
watts = 500
item = "server"
"#;

const MINE: &str = r#"
id = "mine"
name = "A provider's own bills"
date = "2026-11-22"
currency = "BRL"

[[item]]
id = "server"
price = 40000.0
unit = "once"
source = { standing = "sourced", text = "invoice", date = "2026-11-22" }

[[item]]
id = "brazil.kwh"
price = 1.0
unit = "kwh"
source = { standing = "sourced", text = "bill", date = "2026-11-22" }

[[item]]
id = "brazil.pue"
price = 1.5
unit = "factor"
source = { standing = "sourced", text = "meter", date = "2026-11-22" }

[[item]]
id = "brazil.link.dedicated.mbps"
price = 10.0
unit = "month"
source = { standing = "sourced", text = "contract", date = "2026-11-22" }

[[item]]
id = "brazil.staff.hour"
price = 100.0
unit = "work-hour"
source = { standing = "sourced", text = "payroll", date = "2026-11-22" }

[[item]]
id = "hardware.switch"
price = 6000.0
unit = "once"
source = { standing = "sourced", text = "invoice", date = "2026-11-22" }
"#;

#[test]
fn three_years_of_an_own_rack_stand_beside_the_clouds() {
    let mut books = books();
    books.add(MINE).expect("the book");
    let spec = read(RACK);
    let cost = aroeira_fleet::cost(&spec, &Catalogue::built_in().expect("the catalogue"), &books);
    let line = |what: What| cost.lines.iter().find(|line| line.what == what).expect("the line").month.total.as_cents();
    assert_eq!(line(What::Node), 2_000_00, "three of 40,000 through sixty months");
    assert_eq!(line(What::Power), 1_095_00, "1.5 kW x 730 h x 1.00");
    assert_eq!(line(What::Cooling), 547_50, "half as much again");
    assert_eq!(line(What::Link), 1_000_00);
    assert_eq!(line(What::Switch), 200_00);
    assert_eq!(line(What::Staff), 1_000_00);
    assert_eq!(line(What::Tax), 484_25, "a tenth of all but work");
    assert_eq!(cost.monthly.amount.total, Money::cents(6_326_75));
    assert_eq!(cost.bought.total, Money::cents(132_000_00));
    let years = three_years(&spec, &books, &cost, 1.0).expect("own machines");
    assert_eq!(years.own.total, Money::cents(36 * 6_326_75));
    assert_eq!(years.bought.total, Money::cents(145_200_00), "with the tax on it");
    assert_eq!(years.clouds.len(), 3);
    assert!(years.clouds.is_sorted_by_key(|cloud| cloud.on_demand.total));
    for cloud in &years.clouds {
        assert!(cloud.without.is_empty() && cloud.reserved.total < cloud.on_demand.total, "{}", cloud.provider);
        let find = |id: &str| books.all().flat_map(|book| &book.items).find(|item| item.id == id);
        let found = find(&cloud.matches[0].item).expect("the machine");
        let (cores, memory) = (found.cores.expect("cores"), found.memory_gb.expect("memory"));
        assert!(cores * cloud.matches[0].count >= 96.0 && memory * cloud.matches[0].count >= 384.0, "{}", found.id);
        assert!(cores >= 8.0 && !found.shared_cores && found.unit == Unit::Hour, "{}", found.id);
    }
    let half = three_years(&spec, &books, &cost, 0.5).expect("own machines");
    assert!(half.clouds[0].on_demand.total < years.clouds[0].on_demand.total);
    assert_eq!(half.own, years.own);
}

#[test]
fn an_own_machine_without_an_item_is_priced_by_its_parts() {
    let text = RACK.replace("\"mine\"", "\"brazil-2026-11\"")
        + "\n[[node.disk]]\nkind = \"ssd\"\ngb = 1000\ncount = 2\n\n[[node.gpu]]\nmodel = \"L4\"\nmemory_gb = 24\n";
    let cost = cost(&text);
    let parts = [What::Chassis, What::Cores, What::Memory, What::Disk, What::Card];
    for what in parts {
        let line = cost.lines.iter().find(|line| line.what == what).unwrap_or_else(|| panic!("{what:?}"));
        assert!(!line.is_missing(), "{what:?}: {}", line.item);
        assert_eq!(line.instead_of.as_deref(), Some("server"));
        assert!(line.month.low < line.month.total && line.month.total < line.month.high, "an assumed range");
    }
    assert_eq!(cost.without_price, 0, "{:#?}", cost.lines.iter().filter(|line| line.is_missing()).collect::<Vec<_>>());
}

#[test]
fn every_price_says_where_it_is_from_and_no_book_has_two_of_a_currency() {
    for book in books().all() {
        let mut seen = std::collections::BTreeSet::new();
        for item in &book.items {
            let currency = item.currency.as_ref().unwrap_or(&book.currency);
            assert!(seen.insert((&item.id, currency)), "{}: {} twice in {currency}", book.id, item.id);
            assert!(!item.source.text.is_empty() && item.source.date.starts_with("202"), "{}", item.id);
            let range = item.low.is_some() && item.high.is_some();
            assert!(range || item.source.standing != Standing::Assumed, "{}: assumed without a range", item.id);
        }
        for rate in &book.rates {
            assert!(rate.low.is_some() && rate.high.is_some() || rate.source.standing != Standing::Assumed);
        }
    }
}

#[test]
fn the_dated_book_has_every_item_of_the_documents() {
    let books = books();
    let dated = ["aws-2026-11".to_owned()];
    for item in &books.get("requirements-2025").expect("the book").items {
        if item.id.starts_with("aws.") {
            assert!(books.find(&dated, &item.id, "USD").is_some(), "{}", item.id);
        }
    }
}

#[test]
fn a_book_that_cannot_be_is_refused() {
    let mut books = Books::default();
    for (from, to) in [
        ("price = 1.5", "price = -1.5"),
        ("price = 1.5", "price = nan"),
        ("price = 1.5", "price = 1.5\nlow = 2.0"),
        ("unit = \"factor\"", "unit = \"factor\"\nper = 0.0"),
    ] {
        assert!(books.add(&MINE.replace(from, to)).is_err(), "{to}");
    }
    assert!(books.add(MINE).is_ok());
}

#[test]
fn money_is_rounded_once_and_shared_to_the_cent() {
    assert_eq!(Money::product(0.0305, 730.0, 1.0, 1.0), Money::cents(22_27), "22.265 is rounded up");
    assert_eq!(Money::product(800.0, 1.0, 1.0, 3.0), Money::cents(266_67));
    assert_eq!(Money::product(f64::NAN, 1.0, 1.0, 1.0), Money::default());
    assert_eq!(Money::product(1e12, 1e12, 1e12, 1.0), Money::cents(i64::MAX), "what is too large stays the largest");
    let parts = Money::cents(100).shared(&[1.0, 1.0, 1.0]);
    assert_eq!(parts, [34, 33, 33].map(Money::cents));
    assert_eq!(Money::cents(7).shared(&[0.0, 0.0]).into_iter().sum::<Money>(), Money::cents(7));
    assert!(Money::cents(7).shared(&[]).is_empty());
    assert_eq!(Money::cents(-5).to_string(), "-0.05");
}

/// Numbers at the edges of what `Spec::read` lets in.
#[test]
fn no_number_of_a_spec_breaks_it() {
    let texts = [RACK.replace("\"mine\"", "\"brazil-2026-11\""), health("BRL", "\"aws-2026-11\"")];
    let business = "price_starter = 1\npenalty_percent = 1\n";
    for text in texts {
        for number in ["0", "0.000001", "1000000000000"] {
            let mut text = if text.contains("[business]") {
                text.replace("[business]\n", &format!("[business]\n{business}"))
            } else {
                text.clone()
            };
            text += "\n[[clinics]]\nplan = \"starter\"\ncount = 3\ngb = 7\n\n[[environment]]\nname = \"staging\"\nscale = 1\n";
            let keys = [
                "cores",
                "memory_gb",
                "watts",
                "mbps",
                "staff_hours_month",
                "depreciation_years",
                "tax_percent",
                "price_starter",
                "penalty_percent",
                "gb",
                "scale",
            ];
            for key in keys {
                let lines = text.lines().map(|line| {
                    // What a spec may say at most.
                    let number = match (key, number) {
                        ("scale", "1000000000000") => "1",
                        ("penalty_percent", "1000000000000") => "100",
                        ("tax_percent", "1000000000000") => "1000",
                        _ => number,
                    };
                    if line.starts_with(&format!("{key} =")) { format!("{key} = {number}") } else { line.to_owned() }
                });
                text = lines.collect::<Vec<_>>().join("\n");
            }
            let spec = read(&text);
            let cost = aroeira_fleet::cost(&spec, &Catalogue::built_in().expect("the catalogue"), &books());
            let (low, total, high) = (cost.monthly.amount.low, cost.monthly.amount.total, cost.monthly.amount.high);
            assert!(Money::default() <= low && low <= total && total <= high, "{number}: {low} {total} {high}");
            for line in &cost.lines {
                assert!(line.month.low <= line.month.total && line.month.total <= line.month.high, "{line:?}");
            }
            let years = three_years(&spec, &books(), &cost, f64::NAN);
            assert!(years.is_none_or(|years| years.own.low <= years.own.high));
            let months = [Month { availability_percent: f64::NAN, weight: f64::INFINITY }];
            assert_eq!(penalty(&spec, &months), None);
            serde_json::to_string(&cost).expect("JSON");
        }
    }
}
