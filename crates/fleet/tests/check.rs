//! Every rule: a spec in which it finds something, and its nearest neighbour in which it does not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aroeira_fleet::check::{Finding, Severity, codes};
use aroeira_fleet::{Catalogue, Language, Spec, check, presets};

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

type Changes = &'static [(&'static str, &'static str)];
use Severity::{Error, Note, Warning};

/// Of each rule: its severity, the key it points at, what makes it find, and what just does not.
const CASES: &[(&str, Severity, &str, Changes, Changes)] = &[
    (
        "rpo-shorter-than-backups",
        Error,
        "promises.rpo_hours",
        &[("every_hours = 1", "every_hours = 6")],
        &[("every_hours = 1", "every_hours = 0")],
    ),
    (
        "rpo-shorter-than-backups",
        Error,
        "promises.rpo_hours",
        &[("every_hours = 1\n", "")],
        &[("every_hours = 1\n", ""), ("rpo_hours = 1\n", "")],
    ),
    (
        "rto-without-drill",
        Warning,
        "promises.rto_hours",
        &[("drill_days = 30\n", "")],
        &[("drill_days = 30", "drill_days = 365")],
    ),
    (
        "retention-too-short",
        Error,
        "promises.retention_years",
        &[("rto_hours = 4", "rto_hours = 4\nretention_years = 19.9")],
        &[("rto_hours = 4", "rto_hours = 4\nretention_years = 20")],
    ),
    (
        "promise-above-sla",
        Error,
        "site[0].link",
        &[("availability_percent = 99.9", "availability_percent = 99.95")],
        &[
            ("mbps = 50", "mbps = 50\nsla_percent = 90"),
            ("availability_percent = 99.9", "availability_percent = 99.95"),
        ],
    ),
    (
        "no-spare-node",
        Error,
        "promises.spare_nodes",
        &[("spare_nodes = 1", "spare_nodes = 3")],
        &[("spare_nodes = 1", "spare_nodes = 2")],
    ),
    (
        "no-spare-node",
        Warning,
        "promises.availability_percent",
        &[
            ("spare_nodes = 1", "spare_nodes = 0"),
            ("count = 3", "count = 1"),
            ("replicas = 3", "replicas = 1"),
            ("id = \"database\"\nuse = \"voting\"\nreplicas = 3", "id = \"aroeira2\"\nuse = \"aroeira\"\nreplicas = 1"),
        ],
        &[],
    ),
    ("three-two-one", Warning, "backup.copies", &[("copies = 3", "copies = 2")], &[("copies = 3", "copies = 4")]),
    ("three-two-one", Warning, "backup.media", &[("media = 2", "media = 1")], &[]),
    ("three-two-one", Error, "backup.offsite", &[("offsite = 1", "offsite = 3")], &[("offsite = 1", "offsite = 2")]),
    (
        "copies-not-encrypted",
        Error,
        "backup.encrypted",
        &[("encrypted = true", "encrypted = false")],
        &[("encrypted = true\n", "")],
    ),
    (
        "storage-not-encrypted",
        Error,
        "storage[0].encrypted",
        &[("encrypted = true\nimmutable", "encrypted = false\nimmutable")],
        &[],
    ),
    (
        "objects-not-immutable",
        Warning,
        "storage[0].immutable",
        &[("immutable = true", "immutable = false")],
        &[("immutable = true", "immutable = false"), ("class = \"object\"", "class = \"nas\"")],
    ),
    (
        "residency-broken",
        Error,
        "site[0].country",
        &[("country = \"BR\"", "country = \"PY\"")],
        &[("country = \"BR\"", "country = \"PY\""), ("[\"BR\"]", "[\"BR\", \"PY\"]")],
    ),
    ("residency-broken", Error, "site[1].region", &[("sa-east-1", "us-east-1")], &[]),
    (
        "region-not-in-country",
        Error,
        "site[1].country",
        &[("sa-east-1", "us-east-1"), ("countries = [\"BR\"]\n", "")],
        &[("sa-east-1", "brazilsouth")],
    ),
    ("region-not-in-country", Note, "site[1].region", &[("sa-east-1", "moon-1")], &[]),
    ("region-not-in-country", Warning, "site[1]", &[("region = \"sa-east-1\"\n", "")], &[]),
    (
        "replicas-share",
        Error,
        "workload[0].place.spread",
        &[("replicas = 3", "replicas = 4")],
        &[("replicas = 3", "replicas = 4\nplace = { spread = \"none\" }")],
    ),
    (
        "replicas-share",
        Error,
        "workload[0].place.spread",
        &[("replicas = 3", "replicas = 2\nplace = { spread = \"zone\" }")],
        &[("replicas = 3", "replicas = 1\nplace = { spread = \"zone\" }")],
    ),
    (
        "replicas-share",
        Error,
        "workload[0].place.spread",
        &[("replicas = 3", "replicas = 2\nplace = { spread = \"site\" }")],
        &[
            ("site = \"rack\"\ncount = 3", "site = \"rack\"\ncount = 4"),
            ("replicas = 3", "replicas = 4"),
            ("watts = 1800", "watts = 2400"),
            ("6142", "9000"),
            ("rack_units = 7", "rack_units = 8"),
        ],
    ),
    (
        "quorum-impossible",
        Error,
        "workload[1].replicas",
        &[("use = \"voting\"\nreplicas = 3", "use = \"voting\"\nreplicas = 1")],
        &[("use = \"voting\"\nreplicas = 3", "use = \"voting\"")],
    ),
    (
        "quorum-impossible",
        Error,
        "workload[1].replicas",
        &[("use = \"voting\"\nreplicas = 3", "use = \"voting\"\nreplicas = 2")],
        &[],
    ),
    (
        "quorum-impossible",
        Warning,
        "workload[1].place.spread",
        &[("use = \"voting\"\nreplicas = 3", "use = \"voting\"\nreplicas = 3\nplace = { spread = \"none\" }")],
        &[],
    ),
    (
        "nowhere-to-run",
        Error,
        "workload[1].place",
        &[("use = \"voting\"", "use = \"voting\"\nplace = { sites = [\"cloud\"] }")],
        &[
            ("use = \"voting\"", "use = \"voting\"\nplace = { sites = [\"cloud\"] }"),
            (
                "[[clinics]]",
                "[[service]]\nid = \"bought\"\nitem = \"x\"\nsite = \"cloud\"\nprovides = \"database\"\n[[clinics]]",
            ),
        ],
    ),
    (
        "unknown-entry",
        Error,
        "workload[1].use",
        &[("use = \"voting\"", "use = \"votign\"")],
        &[("id = \"database\"\nuse = \"voting\"", "id = \"voting\"")],
    ),
    ("unknown-entry", Error, "workload[1].id", &[("use = \"voting\"\n", "")], &[]),
    (
        "unknown-entry",
        Warning,
        "workload[1].use",
        &[("use = \"voting\"", "use = \"mine\"\ncores = 1\nmemory_gb = 1")],
        &[],
    ),
    (
        "dependency-missing",
        Error,
        "workload[1]",
        &[("use = \"voting\"", "use = \"leaning\"")],
        &[("id = \"database\"\nuse = \"voting\"", "id = \"voting\"\nreplicas = 3\n[[workload]]\nid = \"leaning\"")],
    ),
    ("gpu-licence", Error, "node[0].gpu[0].model", &[("\"L4\"", "\"RTX 4090\"")], &[("\"L4\"", "\"RTX 4000 Ada\"")]),
    (
        "gpu-licence",
        Error,
        "node[0].gpu[0].model",
        &[("\"L4\"", "\"NVIDIA GeForce GTX 1080 Ti\"")],
        &[("\"L4\"", "\"RTX A5000\"")],
    ),
    (
        "gpu-licence",
        Error,
        "node[0].gpu[0].model",
        &[("\"L4\"", "\"rtx3060\"")],
        &[("\"L4\"", "\"RTX 4090\""), ("count = 10", "count = 0")],
    ),
    (
        "memory-without-ecc",
        Warning,
        "node[0].ecc",
        &[("ecc = true", "ecc = false")],
        &[("ecc = true", "ecc = false"), ("count = 10", "count = 0")],
    ),
    ("no-power-backup", Warning, "site[0].power.ups_minutes", &[("ups_minutes = 30", "ups_minutes = 0")], &[]),
    (
        "no-power-backup",
        Warning,
        "site[0].power.generator",
        &[("generator = true", "generator = false")],
        &[("generator = true", "generator = false"), ("own-rack", "colocation")],
    ),
    (
        "too-many-watts",
        Error,
        "site[0].power.watts",
        &[("watts = 1800", "watts = 1799")],
        &[("watts = 1800", "watts = 1801")],
    ),
    ("cooling-too-small", Error, "site[0].power.cooling_btu_hour", &[("6142", "6141")], &[]),
    (
        "cooling-too-small",
        Warning,
        "site[0].power.cooling_btu_hour",
        &[("6142", "0")],
        &[("6142", "0"), ("own-rack", "colocation")],
    ),
    (
        "rack-too-small",
        Error,
        "site[0].power.rack_units",
        &[("rack_units = 7", "rack_units = 5")],
        &[("rack_units = 7", "rack_units = 6")],
    ),
    (
        "disks-not-redundant",
        Error,
        "node[0].disk[0].raid",
        &[("\"raid1\"", "\"raid6\"")],
        &[("count = 2, raid = \"raid1\"", "count = 4, raid = \"raid6\"")],
    ),
    ("disks-not-redundant", Warning, "node[0].disk[0].raid", &[(", raid = \"raid1\"", "")], &[]),
    ("only-unsure-links", Error, "site[0].link[0].kind", &[("\"dedicated\"", "\"residential\"")], &[]),
    (
        "no-link",
        Warning,
        "site[0]",
        &[
            (
                "[[site.link]]\nkind = \"dedicated\"\ncarrier = \"A\"\nmbps = 100\nsla_percent = 99.9\n[[site.link]]\nkind = \"mobile\"\ncarrier = \"B\"\nmbps = 50\n",
                "",
            ),
            ("routing = \"dual-wan\", ", ""),
        ],
        &[],
    ),
    ("links-of-one-carrier", Error, "site[0].link[1].carrier", &[("\"B\"", "\" a\"")], &[]),
    (
        "links-do-not-take-over",
        Warning,
        "site[0].addresses.routing",
        &[("routing = \"dual-wan\", ", "")],
        &[("\"dual-wan\"", "\"bgp\""), ("= 29", "= 24")],
    ),
    (
        "links-do-not-take-over",
        Error,
        "site[0].addresses.routing",
        &[("[[site.link]]\nkind = \"mobile\"\ncarrier = \"B\"\nmbps = 50\n", "")],
        &[("[[site.link]]\nkind = \"mobile\"\ncarrier = \"B\"\nmbps = 50\n", ""), ("routing = \"dual-wan\", ", "")],
    ),
    ("address-block-too-small", Error, "site[0].addresses.ipv4_prefix", &[("= 29", "= 30")], &[("= 29", "= 28")]),
    ("address-block-too-small", Note, "site[0].addresses.ipv4_prefix", &[("\"dual-wan\"", "\"bgp\"")], &[]),
    ("no-admin-vpn", Warning, "site[0].addresses.admin_vpn", &[("admin_vpn = true", "admin_vpn = false")], &[]),
    (
        "no-edge-firewall",
        Warning,
        "site[0].addresses.edge",
        &[("edge = \"firewall\", ", "")],
        &[("\"firewall\"", "\"firewall-pair\"")],
    ),
    (
        "unknown-workload",
        Error,
        "clinics[0]",
        &[("id = \"aroeira\"", "id = \"records\"\nuse = \"voting\"")],
        &[("id = \"aroeira\"", "id = \"records\"\nuse = \"aroeira\"")],
    ),
    (
        "unknown-workload",
        Error,
        "clinics[0]",
        &[("id = \"aroeira\"", "id = \"records\"\nuse = \"voting\"")],
        &[("id = \"aroeira\"", "id = \"records\"\nuse = \"voting\""), ("gb = 50", "gb = 50\nworkload = \"records\"")],
    ),
    (
        "many-namespaces",
        Warning,
        "clinics[0].isolation",
        &[("count = 10\n", "count = 8000\n")],
        &[("count = 10\n", "count = 7999\n")],
    ),
    (
        "many-namespaces",
        Error,
        "clinics[0].isolation",
        &[("count = 10\n", "count = 10001\n")],
        &[("count = 10\nisolation = \"namespace\"", "count = 10001\nisolation = \"pool\"")],
    ),
    ("clinic-outside-plan", Warning, "clinics[0].gb", &[("gb = 50", "gb = 51")], &[("gb = 50", "gb = 20")]),
];

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
