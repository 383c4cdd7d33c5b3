//! Every rule: a spec in which it finds something, and its nearest neighbour in which it does not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cases;

use aroeira_fleet::check::{Finding, Severity, codes};
use aroeira_fleet::{Catalogue, Language, Spec, check, presets};

use Severity::{Error, Note, Warning};
use cases::CASES;

/// A fleet in which nothing is found.
const SOUND: &str = r#"name = "sound"
currency = "BRL"
price_books = ["requirements-2025"]
[promises]
availability_percent = 99.9
rto_hours = 4
rpo_hours = 1
spare_nodes = 1
[backup]
every_hours = 1
copies = 3
media = 2
offsite = 1
encrypted = true
drill_days = 30
[residency]
countries = ["BR"]
[[site]]
id = "rack"
kind = "own-rack"
country = "BR"
power = { ups_minutes = 30, generator = true, rack_units = 7, cooling_btu_hour = 6142, watts = 1800 }
addresses = { ipv4_prefix = 29, routing = "dual-wan", edge = "firewall", admin_vpn = true }
[[site.link]]
kind = "dedicated"
carrier = "A"
mbps = 100
sla_percent = 99.9
[[site.link]]
kind = "mobile"
carrier = "B"
mbps = 50
[[site]]
id = "cloud"
kind = "cloud-region"
country = "BR"
provider = "aws"
region = "sa-east-1"
zones = 3
[[node]]
id = "virt"
site = "rack"
count = 3
cores = 16
memory_gb = 64
ecc = true
rack_units = 2
watts = 600
disk = [{ kind = "ssd", gb = 960, count = 2, raid = "raid1" }]
gpu = [{ model = "L4", memory_gb = 24 }]
[[storage]]
id = "copies"
site = "cloud"
class = "object"
gb = 100
encrypted = true
immutable = true
[[clinics]]
plan = "starter"
count = 10
isolation = "namespace"
gb = 50
[[workload]]
id = "aroeira"
replicas = 3
[[workload]]
id = "database"
use = "voting"
replicas = 3
"#;

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::built_in().unwrap();
    let source = "source = { standing = \"assumed\", text = \"a test\", date = \"2026-11-22\" }";
    let voting = "replicas = 3\nquorum = 2\nunit = \"fixed\"\ncores = { base = 1.0 }\nmemory_gb = { base = 1.0 }";
    catalogue.add(&format!("id = \"voting\"\nname = \"Voting\"\n{voting}\n{source}")).unwrap();
    catalogue
        .add(&format!("id = \"leaning\"\nname = \"Leaning\"\ndepends_on = [\"voting\"]\n{voting}\n{source}"))
        .unwrap();
    catalogue
}

fn found(text: &str) -> Vec<Finding> {
    let (spec, places) = Spec::read(text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    check(&spec, &places, &catalogue())
}

fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SOUND.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

#[test]
fn a_sound_spec_is_left_alone() {
    assert_eq!(found(SOUND), []);
}

#[test]
fn every_rule_finds_at_its_key_and_nothing_beside_it() {
    for (code, severity, path, makes, does_not) in CASES {
        let text = changed(makes);
        let findings = found(&text);
        let finding = findings.iter().find(|finding| finding.code == *code && finding.path == *path);
        let Some(finding) = finding else { panic!("{code} with {makes:?}: {findings:#?}") };
        assert_eq!(finding.severity, *severity, "{code}");
        let (_, places) = Spec::read(&text).unwrap();
        assert_eq!(finding.place, places.find(path), "{code}");
        let beside = found(&changed(does_not));
        assert!(beside.iter().all(|finding| finding.code != *code), "{code} with {does_not:?}: {beside:#?}");
    }
}

#[test]
fn every_rule_has_a_case() {
    for code in codes() {
        assert!(CASES.iter().any(|(one, ..)| *one == code), "{code}");
    }
}

#[test]
fn findings_speak_both_languages_and_come_worst_first() {
    let mut severities = Vec::new();
    for (_, _, _, makes, _) in CASES {
        for finding in found(&changed(makes)) {
            for sentence in [&finding.text, &finding.remedy] {
                let (portuguese, english) =
                    (sentence.in_language(Language::Portuguese), sentence.in_language(Language::English));
                assert!(!portuguese.is_empty() && !english.is_empty() && portuguese != english, "{}", finding.code);
            }
        }
        let all: Vec<Severity> = found(&changed(makes)).iter().map(|finding| finding.severity).collect();
        assert!(all.is_sorted());
        severities.extend(all);
    }
    assert!([Error, Warning, Note].iter().all(|one| severities.contains(one)));
}

#[test]
fn numbers_are_written_as_each_language_writes_them() {
    let findings = found(&changed(&[("every_hours = 1", "every_hours = 1.5")]));
    assert!(findings[0].text.portuguese.contains("a cada 1,5 h"), "{findings:?}");
    assert!(findings[0].text.english.contains("every 1.5 h"), "{findings:?}");
    assert!(findings[0].remedy.portuguese.ends_with("RPO de 1,5 h"), "{findings:?}");
}

#[test]
fn two_links_with_contracts_are_surer_than_each() {
    let two = changed(&[("mbps = 50", "mbps = 50\nsla_percent = 99"), ("99.9\nrto", "99.998\nrto")]);
    assert!(found(&two).iter().all(|finding| finding.code != "promise-above-sla"), "1 - 0.001 x 0.01 = 99.999 %");
}

/// What a preset says of itself: nothing is wrong but what its document itself contains.
#[test]
fn presets_contradict_nothing_but_what_their_documents_contradict() {
    for name in presets::NAMES {
        let (spec, places) =
            Spec::read(presets::get(name).unwrap()).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let findings = check(&spec, &places, &Catalogue::built_in().unwrap());
        let wrong: Vec<&str> =
            findings.iter().filter(|finding| finding.severity == Error).map(|finding| finding.code).collect();
        let expected: &[&str] = match name {
            // Requirement 004: RPO 1 h, a copy every 6 h.
            "aws-starter" | "aws-professional" | "aws-enterprise" => &["rpo-shorter-than-backups"],
            _ => &[],
        };
        assert_eq!(wrong, expected, "{name}: {findings:#?}");
    }
}

#[test]
fn unknown_presets_are_none() {
    assert!(presets::get("palace").is_none());
}
