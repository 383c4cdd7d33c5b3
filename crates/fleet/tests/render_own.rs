//! Compose and systemd: what a provider is promised of the machines they run themselves.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aroeira_fleet::render::{Files, Problem, Target, render};
use aroeira_fleet::{Catalogue, Language, Spec, plan, presets};

fn spec(text: &str) -> Spec {
    Spec::read(text).unwrap().0
}

fn rendered(text: &str, target: Target) -> Files {
    let (spec, catalogue) = (spec(text), Catalogue::built_in().unwrap());
    render(&spec, &catalogue, &plan(&spec, &catalogue), target, Language::Portuguese).unwrap()
}

fn preset(name: &str) -> &'static str {
    presets::get(name).unwrap()
}

fn named<'a>(files: &'a Files, ending: &str) -> Vec<(&'a str, &'a str)> {
    files.iter().filter(|(path, _)| path.ends_with(ending)).collect()
}

#[test]
fn a_target_that_does_not_suit_says_which_does() {
    let catalogue = Catalogue::built_in().unwrap();
    for name in presets::NAMES {
        let spec = spec(preset(name));
        let plan = plan(&spec, &catalogue);
        for target in [Target::Compose, Target::Systemd] {
            match render(&spec, &catalogue, &plan, target, Language::English) {
                Ok(files) => assert!(files.get("README.md").is_some(), "{name} {target:?}"),
                Err(Problem::Unsuited(why)) => assert!(why.english.contains("use kubernetes"), "{name}: {why:?}"),
                Err(problem) => panic!("{name}: {problem:?}"),
            }
        }
    }
    assert!(!named(&rendered(preset("garage"), Target::Compose), "compose.yaml").is_empty());
    for name in ["garage", "local-provider", "colocation", "hybrid", "hospital"] {
        assert!(!named(&rendered(preset(name), Target::Systemd), "nftables.conf").is_empty(), "{name}");
    }
}

#[test]
fn nothing_but_the_edge_is_published_and_everything_is_confined() {
    let files = rendered(preset("garage"), Target::Compose);
    let text = files.get("compose.yaml").unwrap();
    assert_eq!(text.matches("ports:").count(), 1, "{text}");
    assert_eq!(text.matches("image:").count(), text.matches("<<: *hardened").count());
    for line in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "internal: true"] {
        assert!(text.contains(line), "{line}");
    }
    assert!(files.get("aroeira/aroeira.toml").unwrap().contains(r#"trusted_proxies = ["172.30.0.2/32"]"#));
}

#[test]
fn each_clinic_of_its_own_has_one_process_on_one_machine() {
    let files = rendered(preset("colocation"), Target::Systemd);
    let settings = named(&files, "aroeira.toml");
    // Sixty, twenty and two clinics; the plan's second replicas are told of, not written.
    assert_eq!(settings.len(), 82);
    let mut places: Vec<&str> = settings.iter().map(|(_, text)| line(text, "data")).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 82, "no two processes share a directory");
    let map = named(&files, "hosts.map");
    assert_eq!(map.len(), 2, "two edges");
    assert_eq!(map[0].1, map[1].1, "and both know the same names");
    assert!(map[0].1.contains("\naroeira-enterprise-2 aroeira-enterprise-2\n"));
    assert!(files.get("README.md").unwrap().contains("`aroeira`: uma clínica tem um só processo"));
}

fn line<'a>(text: &'a str, key: &str) -> &'a str {
    text.lines().find(|line| line.starts_with(key)).unwrap()
}

#[test]
fn from_outside_only_the_edge_answers_and_ssh_is_behind_the_vpn() {
    let files = rendered(preset("hospital"), Target::Systemd);
    for (path, text) in named(&files, "nftables.conf") {
        let edge = files.get(&path.replace("nftables.conf", "haproxy/haproxy.cfg")).is_some();
        assert_eq!(text.contains("tcp dport { 80, 443 } accept"), edge, "{path}");
        assert!(text.contains("policy drop"));
        let ssh: Vec<&str> = text.lines().filter(|line| line.contains("dport 22")).collect();
        assert!(ssh.len() == 1 && ssh[0].contains(r#"iifname "wg-admin""#), "{ssh:?}");
    }
    let open = preset("hospital").replace("admin_vpn = true", "admin_vpn = false");
    assert!(named(&rendered(&open, Target::Systemd), "wg-admin.conf").is_empty());
}

#[test]
fn no_secret_is_written() {
    for (name, target) in [("garage", Target::Compose), ("garage", Target::Systemd), ("hybrid", Target::Systemd)] {
        let files = rendered(preset(name), target);
        for (path, text) in files.iter() {
            assert!(!text.contains("PrivateKey ="), "{path}");
            assert!(!text.contains("PASSWORD=") && !text.contains("master = "), "{path}");
        }
    }
}

#[test]
fn the_same_spec_gives_the_same_bytes_and_a_small_change_a_small_difference() {
    let text = preset("colocation");
    let before = rendered(text, Target::Systemd);
    assert_eq!(before, rendered(text, Target::Systemd));
    let mut more =
        rendered(&text.replace("availability_percent = 99.9", "availability_percent = 99.5"), Target::Systemd);
    assert_eq!(before, more, "a promise changes no machine");
    more = rendered(&text.replace("prefix = 28", "prefix = 27").replace("admin_vpn = true", ""), Target::Systemd);
    let differing: Vec<&str> =
        before.iter().filter(|(path, text)| more.get(path) != Some(*text)).map(|(path, _)| path).collect();
    assert!(differing.iter().all(|path| path.ends_with("nftables.conf") || path.contains("wg-admin")), "{differing:?}");
}

#[test]
fn a_hostile_name_stays_a_name() {
    let hostile = r#"name = "x\"; } server { listen 1; }\n[Service]\nExecStart=/bin/sh""#;
    let files = rendered(&preset("hospital").replace(r#"name = "Hospital""#, hostile), Target::Systemd);
    assert!(files.iter().all(|(path, text)| !path.contains("..") && !text.contains("ExecStart=/bin/sh")));
    assert!(files.iter().all(|(_, text)| !text.contains("listen 1;")));
    assert_eq!(named(&files, "aroeira.toml").len(), 1);
}

#[test]
fn behind_a_cdn_its_own_addresses_alone_are_believed_and_it_keeps_no_patient() {
    let files = rendered(preset("hybrid"), Target::Systemd);
    let rules: serde_json::Value = serde_json::from_str(files.get("cloudflare/cache-rules.json").unwrap()).unwrap();
    assert_eq!(rules["rules"][0]["expression"], "true");
    assert_eq!(rules["rules"][0]["action_parameters"]["cache"], false);
    assert!(named(&files, "haproxy.cfg").iter().all(|(_, text)| text.contains("cloudflare.lst")));
    let without = rendered(preset("hospital"), Target::Systemd);
    assert!(named(&without, "haproxy.cfg").iter().all(|(_, text)| !text.contains("CF-Connecting-IP")));
}

#[test]
fn logs_are_kept_and_gathered_on_own_machines() {
    let hybrid = rendered(preset("hybrid"), Target::Systemd);
    let [(path, loki)] = named(&hybrid, "etc/loki/loki.yaml")[..] else { panic!("Loki has one file") };
    assert!(loki.contains("retention_enabled: true") && loki.contains("object_store: filesystem"), "{loki}");
    let unit = hybrid.get(&path.replace("loki/loki.yaml", "systemd/system/loki.service")).unwrap();
    assert!(unit.contains("--volume=loki:/loki") && unit.contains("--volume=/etc/loki:/etc/loki:ro"), "{unit}");
    // Nobody writes logs of Aroeira where there is none.
    assert!(named(&hybrid, "otel-collector.service").is_empty());
    let hospital = rendered(preset("hospital"), Target::Systemd);
    let machines = named(&hospital, "etc/systemd/system/aroeira@.service").len();
    assert_eq!(named(&hospital, "otel-collector.service").len(), machines);
    for (path, settings) in named(&hospital, "/aroeira.toml") {
        assert!(settings.contains("otlp_endpoint = \"http://127.0.0.1:4318/v1/traces\""), "{path}: {settings}");
    }
    // Whoever carries alerts to people, and nobody else of those inside, speaks outward.
    let alerts = "\n[[workload]]\nid = \"alertmanager\"\n\n[[workload]]\nid = \"loki\"\n";
    let compose = rendered(&format!("{}{alerts}", preset("garage")), Target::Compose);
    let text = compose.get("compose.yaml").unwrap();
    assert_eq!(text.matches("      outside: {}").count(), 2, "{text}");
    assert!(text.contains("./alertmanager:/etc/alertmanager:ro"), "{text}");
    assert!(compose.get("loki/loki.yaml").is_some());
}
