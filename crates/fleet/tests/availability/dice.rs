//! What must hold of any system and any spec.

use aroeira_fleet::availability::{
    Cause, Child, Outage, Rates, Step, System, Unit, availability, simulate, unavailability,
};
use aroeira_fleet::{Catalogue, Spec};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

struct Dice(Xoshiro256PlusPlus);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    fn below(&mut self, sides: u64) -> u64 {
        self.0.next_u64() % sides
    }

    fn of<'a>(&mut self, faces: &[&'a str]) -> &'a str {
        faces[self.below(faces.len() as u64) as usize]
    }

    /// Now and then nothing, or far too much.
    fn number(&mut self) -> f64 {
        match self.below(8) {
            0 => 0.0,
            1 => 1e12,
            _ => self.below(100_000) as f64 / 100.0,
        }
    }
}

/// Of `count` units alike, so many are needed; in series with something else.
fn pool(needed: usize, count: usize, rate: f64, hours: f64) -> System {
    let mut system = System::default();
    let unit = Unit::new("node", Cause::Machine, rate, Outage::Exponential(hours));
    let gate = system.redundant(needed, count, 0.0, 0.0, &unit);
    let link = system.unit(Unit::new("link", Cause::Link, 6.0, Outage::Exponential(4.0)));
    system.all(vec![gate, link]);
    system
}

#[test]
fn one_more_never_makes_it_worse() {
    let mut dice = Dice::new(1);
    for _ in 0..40 {
        let count = 1 + dice.below(5) as usize;
        let needed = 1 + dice.below(count as u64) as usize;
        let (rate, hours) = (1.0 + dice.below(30) as f64, 1.0 + dice.below(60) as f64);
        let (few, many) = (pool(needed, count, rate, hours), pool(needed, count + 1, rate, hours));
        assert!(unavailability(&many).unwrap() <= unavailability(&few).unwrap() + 1e-12);
        // With the same chance, in each single year.
        let (few, many) = (simulate(&few, 5, 30, 2), simulate(&many, 5, 30, 2));
        for (few, many) in few.years.iter().zip(&many.years) {
            assert!(*many <= few + 1e-6, "{needed} of {count}: {few} minutes, with one more {many}");
        }
    }
}

#[test]
fn a_longer_repair_never_makes_it_better() {
    let mut dice = Dice::new(2);
    for _ in 0..40 {
        let count = 1 + dice.below(5) as usize;
        let needed = 1 + dice.below(count as u64) as usize;
        let (rate, hours) = (1.0 + dice.below(30) as f64, 1.0 + dice.below(60) as f64);
        let (short, long) = (pool(needed, count, rate, hours), pool(needed, count, rate, hours * 1.5));
        assert!(unavailability(&short).unwrap() < unavailability(&long).unwrap());
        let (short, long) = (simulate(&short, 5, 60, 2), simulate(&long, 5, 60, 2));
        let allowed = 3.0 * (short.error() + long.error());
        assert!(long.availability() <= short.availability() + allowed);
    }
}

/// A spec as a provider might write it, with numbers that none would.
fn spec(dice: &mut Dice) -> String {
    let mut text = format!(
        "name = \"dice\"\ncurrency = \"BRL\"\nprice_books = []\n[promises]\navailability_percent = {:?}\n[backup]\n{}\n",
        dice.number(),
        if dice.below(2) == 0 { String::new() } else { format!("every_hours = {:?}", dice.number()) }
    );
    let sites = 1 + dice.below(3);
    for site in 0..sites {
        let kind = dice.of(&["own-rack", "colocation", "cloud-region", "on-premises"]);
        let (country, routing) = (dice.of(&["BR", "US"]), dice.of(&["single", "dual-wan", "bgp"]));
        let edge = dice.of(&["host", "firewall", "firewall-pair", "cloud"]);
        text += &format!(
            "[[site]]\nid = \"s{site}\"\nkind = \"{kind}\"\ncountry = \"{country}\"\nzones = {}\n",
            dice.below(5)
        );
        text += &format!("addresses = {{ routing = \"{routing}\", edge = \"{edge}\" }}\n");
        if dice.below(2) == 0 {
            text += &format!("power = {{ ups_minutes = {:?}, generator = {} }}\n", dice.number(), dice.below(2) == 0);
        }
        for _ in 0..dice.below(4) {
            let kind = dice.of(&["dedicated", "residential", "mobile", "satellite"]);
            let carrier = dice.of(&["a", "b", "c"]);
            text += &format!("[[site.link]]\nkind = \"{kind}\"\ncarrier = \"{carrier}\"\nmbps = 1.0\n");
        }
    }
    for node in 0..dice.below(4) {
        let (site, count) = (dice.below(sites), [0, 1, 2, 3, 7, 1_000_000][dice.below(6) as usize]);
        text +=
            &format!("[[node]]\nid = \"n{node}\"\nsite = \"s{site}\"\ncount = {count}\ncores = 1.0\nmemory_gb = 1.0\n");
        for _ in 0..dice.below(3) {
            let (kind, raid) =
                (dice.of(&["hdd", "ssd", "nvme", "network"]), dice.of(&["none", "raid1", "raid5", "raid6", "raid10"]));
            let count = [0, 1, 2, 5, u32::MAX][dice.below(5) as usize];
            text += &format!("[[node.disk]]\nkind = \"{kind}\"\ngb = 1.0\ncount = {count}\nraid = \"{raid}\"\n");
        }
    }
    for service in 0..dice.below(3) {
        let (item, site) = (dice.of(&["aws.rds.db.t3.medium", "aws.alb", "nobody.knows"]), dice.below(sites));
        let provides = if dice.below(2) == 0 { "provides = \"postgresql\"\n" } else { "" };
        text += &format!("[[service]]\nid = \"v{service}\"\nitem = \"{item}\"\nsite = \"s{site}\"\n{provides}");
    }
    for storage in 0..dice.below(2) {
        let (class, site) = (dice.of(&["san", "nas", "object"]), dice.below(sites));
        text += &format!(
            "[[storage]]\nid = \"st{storage}\"\nsite = \"s{site}\"\nclass = \"{class}\"\ngb = {:?}\n",
            dice.number()
        );
    }
    if dice.below(3) > 0 {
        text += &format!(
            "[[clinics]]\nplan = \"enterprise\"\ncount = {}\ngb = {:?}\n",
            dice.below(1_000_000),
            dice.number()
        );
    }
    for workload in 0..dice.below(4) {
        let id = if workload == 0 { "aroeira" } else { dice.of(&["w1", "w2", "w3"]) };
        let replicas = [0, 1, 2, 5, 1_000_000][dice.below(5) as usize];
        let spread = dice.of(&["none", "node", "zone", "site"]);
        text += &format!("[[workload]]\nid = \"{id}\"\nreplicas = {replicas}\nplace = {{ spread = \"{spread}\" }}\n");
    }
    text
}

#[test]
fn any_spec_has_an_answer() {
    let (catalogue, mut dice) = (Catalogue::built_in().unwrap(), Dice::new(3));
    let mut answered = 0;
    // Most of what the dice write is refused when it is read: that is another test's matter.
    for _ in 0..5000 {
        if answered == 60 {
            break;
        }
        let text = spec(&mut dice);
        let Ok((spec, _)) = Spec::read(&text) else { continue };
        let mut rates = Rates::built_in().unwrap();
        if dice.below(3) == 0 {
            for rate in
                [&mut rates.link_failures, &mut rates.machine_hours, &mut rates.grid_hours_brazil, &mut rates.crew]
            {
                rate.value = [0.0, 1e-9, 50.0, 2000.0][dice.below(4) as usize];
            }
        }
        let answer = availability(&spec, &catalogue, &rates, 1, 3);
        assert!((0.0..=100.0 + 1e-9).contains(&answer.percent), "{}\n{text}", answer.percent);
        assert!(answer.exact_percent.is_none_or(|exact| (0.0..=100.0).contains(&exact)), "{text}");
        assert!(answer.lost_hours.is_finite() && answer.minutes.worst.is_finite(), "{text}");
        let json = serde_json::to_string(&answer).unwrap();
        assert!(!json.contains("null,\"error\""), "{json}");
        answered += 1;
    }
    assert_eq!(answered, 60);
}

#[test]
fn every_rate_says_where_it_is_from() {
    let rates = Rates::built_in().unwrap();
    for (name, rate) in rates.all() {
        assert!(rate.source.text.len() > 5 && rate.source.date.len() == 10, "{name}");
        assert!(rate.low <= rate.value && rate.value <= rate.high, "{name}");
    }
    assert!(rates.assumed().contains(&"failover_seconds") || !rates.assumed().is_empty());
    let own = "[crew]\nvalue = 2\nlow = 1\nhigh = 3\nsource = { standing = \"measured\", text = \"we are two\", date = \"2026-01-01\" }";
    assert_eq!(Rates::read(own).unwrap().crew.value, 2.0);
    assert!(Rates::read("[crews]\nvalue = 2").unwrap_err().contains("crews"));
    assert!(Rates::read(&own.replace("high = 3", "high = 1")).unwrap_err().contains("crew"));
}

#[test]
fn an_improvement_is_the_change_and_not_luck() {
    let text = "name = \"room\"\ncurrency = \"BRL\"\nprice_books = []\n[promises]\navailability_percent = 99.9\n\
        [backup]\nevery_hours = 24\n[[site]]\nid = \"room\"\nkind = \"own-rack\"\ncountry = \"BR\"\n\
        power = { ups_minutes = 15.0 }\n[[site.link]]\nkind = \"dedicated\"\ncarrier = \"a\"\nmbps = 500.0\n\
        [[node]]\nid = \"tower\"\nsite = \"room\"\ncores = 16.0\nmemory_gb = 64.0\n\
        [[node.disk]]\nkind = \"hdd\"\ngb = 4000.0\n[[clinics]]\nplan = \"starter\"\ncount = 3\n\
        [[workload]]\nid = \"aroeira\"\nreplicas = 1\n";
    let (spec, _) = Spec::read(text).unwrap();
    let answer = availability(&spec, &Catalogue::built_in().unwrap(), &Rates::built_in().unwrap(), 1, 400);
    let of = |wanted: &dyn Fn(&Step) -> bool| answer.improvements.iter().find(|one| wanted(&one.step)).unwrap();
    let link = of(&|step| matches!(step, Step::SecondLink { .. }));
    let generator = of(&|step| matches!(step, Step::Generator { .. }));
    let node = of(&|step| matches!(step, Step::OneMoreNode { .. }));
    let spare = of(&|step| matches!(step, Step::SparePart));
    let copies = of(&|step| matches!(step, Step::ContinuousBackup));
    assert!(link.minutes > generator.minutes && generator.minutes > node.minutes && node.minutes > spare.minutes);
    assert!(spare.minutes > 0.0 && copies.lost_hours > 0.0 && copies.minutes.abs() < 1e-6);
    assert_eq!(answer.keeps_promise, Some(0.0));
    assert_eq!(link.spec.sites[0].links.len(), 2);
    assert_eq!(answer.causes[0].cause, Cause::Link);
}

#[test]
fn a_system_of_nothing_is_always_up() {
    let mut system = System::default();
    assert_eq!(simulate(&system, 1, 5, 2).availability(), 1.0);
    let none: Vec<Child> = Vec::new();
    system.all(none);
    assert_eq!(simulate(&system, 1, 5, 2).availability(), 1.0);
    assert_eq!(unavailability(&system), Some(0.0));
}
