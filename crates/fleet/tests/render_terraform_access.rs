//! Who reads which secrets of a cloud, and what stands before the ingress: as the manifests of Kubernetes ask for them.

use aroeira_fleet::render::{Files, Target, render};
use aroeira_fleet::{Catalogue, Language, Spec, plan, presets};

const GCP: &str = include_str!("../../../examples/fleet/gcp.toml");
const AZURE: &str = include_str!("../../../examples/fleet/azure.toml");

fn read(text: &str) -> Spec {
    Spec::read(text).expect("it is right").0
}

fn written(spec: &Spec, target: Target) -> Files {
    let catalogue = Catalogue::built_in().expect("the built-in entries are right");
    let plan = plan(spec, &catalogue);
    render(spec, &catalogue, &plan, target, Language::Portuguese).expect("it is written")
}

fn file<'a>(files: &'a Files, path: &str) -> &'a str {
    files.get(path).unwrap_or_else(|| panic!("{path} is not written"))
}

/// A database that runs in the cluster, in place of the one that is bought.
fn with_own_database(text: &str) -> Spec {
    let services = text.replace("provides = \"postgresql\"\n", "");
    read(&format!("{services}\n[[workload]]\nid = \"postgresql\"\nreplicas = 2\n"))
}

/// What stands between quotes after a word, in every file.
fn quoted(files: &Files, after: &str) -> Vec<String> {
    let ends = files.iter().flat_map(|(_, text)| text.split(after).skip(1));
    let mut all: Vec<String> = ends.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn master_keys_have_the_names_that_the_manifests_ask_for() {
    for (text, joined) in [(presets::get("aws-enterprise").expect("it is there"), "/"), (GCP, "-")] {
        let spec = read(text);
        let asked = quoted(&written(&spec, Target::Kubernetes), "extract:\n        key: \"");
        let space = format!("{0}{joined}{0}-clinics{joined}", spec.name);
        let asked: Vec<String> =
            asked.iter().map(|key| key.replace('/', joined)).filter(|key| key.starts_with(&space)).collect();
        let files = written(&spec, Target::Terraform);
        let secrets = file(&files, "sao-paulo/secrets.tf");
        assert!(!asked.is_empty(), "{}", spec.name);
        for key in &asked {
            assert!(secrets.contains(&format!("\"{key}\",")), "{key} in {secrets}");
        }
        assert_eq!(secrets.matches("\",\n").count(), asked.len(), "{secrets}");
        assert!(file(&files, "README.md").contains("`master-key`"));
    }
}

#[test]
fn every_namespace_of_the_fleet_and_no_other_reads_secrets() {
    for (text, joined) in [(GCP, "]\n"), (AZURE, "]\n")] {
        let spec = read(text);
        let spaces = quoted(&written(&spec, Target::Kubernetes), "name: secrets\n  namespace: \"");
        let files = written(&spec, Target::Terraform);
        let access = file(&files, "sao-paulo/access.tf");
        let listed = access.split("[\n").nth(1).and_then(|rest| rest.split(joined).next()).expect("there is a list");
        let runs = |space: &&String| !space.ends_with("-data");
        for space in spaces.iter().filter(runs) {
            assert!(listed.contains(&format!("\"{space}\",")), "{space} in {listed}");
        }
        // In `data` of these is only what is bought.
        assert_eq!(listed.matches(',').count(), spaces.iter().filter(runs).count(), "{listed}");
    }
    let aws = written(&read(presets::get("aws-enterprise").expect("it is there")), Target::Terraform);
    let access = file(&aws, "sao-paulo/access.tf");
    assert!(access.contains(":serviceaccount:aws-enterprise-*:secrets\""), "{access}");
    assert!(access.contains(":secret:aws-enterprise/aws-enterprise-*\""), "{access}");
}

#[test]
fn a_database_of_the_cluster_writes_its_copies_and_reads_no_secret() {
    for (text, subject) in [(GCP, "[clinicas-gcp-data/${each.value}]"), (AZURE, ":clinicas-azure-data:${each.value}")] {
        assert!(!file(&written(&read(text), Target::Terraform), "sao-paulo/access.tf").contains("backup"));
        let files = written(&with_own_database(text), Target::Terraform);
        let access = file(&files, "sao-paulo/access.tf");
        let backup = access.split("\"backup\" {").skip(1).collect::<String>();
        assert!(backup.contains(subject), "{backup}");
        assert!(backup.contains("objects-copias"), "{backup}");
        assert!(!backup.contains("vault") && !backup.contains("secretmanager"), "{backup}");
        assert!(file(&files, "sao-paulo/outputs.tf").contains("\"backup_"));
    }
}

#[test]
fn beside_own_machines_secrets_are_in_vault_and_not_in_a_cloud() {
    for name in ["hybrid", "colocation", "garage"] {
        let files = written(&read(presets::get(name).expect("it is there")), Target::Terraform);
        for (path, text) in files.iter() {
            assert!(!path.ends_with("access.tf") && !text.contains("secretsmanager"), "{name}: {path}");
        }
    }
}

#[test]
fn no_firewall_searches_bodies_or_takes_an_identifier_for_an_attack() {
    let aws = written(&read(presets::get("aws-enterprise").expect("it is there")), Target::Terraform);
    let edge = file(&aws, "sao-paulo/edge.tf");
    for part in ["CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_QUERYARGUMENTS", "SQLi_BODY"] {
        let rule = edge.split(&format!("name = \"{part}\"")).nth(1).expect("it is there");
        assert!(rule.split("rule_action_override").next().expect("its rest").contains("count {}"), "{part}");
    }
    assert!(!edge.contains("X-Forwarded-For\""), "its first address is the caller's to write");
    // Amazon's pattern for it: letters, digits, and few signs.
    let told = edge.split("\"aws_wafv2_web_acl\"").nth(1).and_then(|rest| rest.split("description = \"").nth(1));
    let told = told.and_then(|rest| rest.split('"').next()).expect("it is there");
    assert!(told.chars().all(|letter| letter.is_ascii_alphanumeric() || " +=:#@/-,._".contains(letter)), "{told}");
    let azure = written(&read(AZURE), Target::Terraform);
    assert!(file(&azure, "sao-paulo/edge.tf").contains("request_body_check       = false"));
    let gcp = written(&read(GCP), Target::Terraform);
    let edge = file(&gcp, "sao-paulo/edge.tf");
    let rules = edge.matches("evaluatePreconfiguredWaf").count();
    assert_eq!(edge.matches("request.method.matches('^(GET|HEAD|OPTIONS|DELETE)$') &&").count(), rules);
}

#[test]
fn the_ingress_is_asked_about_itself_at_a_port_that_is_open() {
    let aws = written(&read(presets::get("aws-enterprise").expect("it is there")), Target::Terraform);
    let gcp = written(&read(GCP), Target::Terraform);
    let azure = written(&read(AZURE), Target::Terraform);
    for files in [&aws, &gcp, &azure] {
        assert!(files.iter().all(|(_, text)| !text.contains("/healthz")));
    }
    for files in [&aws, &gcp] {
        assert!(file(files, "sao-paulo/edge.tf").contains("[tostring(var.ingress_port), tostring(var.health_port)]"));
    }
    for (files, part) in [(&aws, "TargetGroupBinding"), (&gcp, "cloud.google.com/neg"), (&azure, "--ping.entryPoint")] {
        let readme = file(files, "README.md");
        assert!(readme.contains(part) && readme.contains("DNS-01"), "{readme}");
    }
}

#[test]
fn nothing_is_locked_for_good_out_of_production() {
    for (text, part) in [(GCP, "is_locked        = var.environment == \"production\""), (AZURE, "var.environment == ")]
    {
        let files = written(&read(text), Target::Terraform);
        assert!(file(&files, "sao-paulo/storage.tf").contains(part));
    }
    let gcp = written(&read(GCP), Target::Terraform);
    let copies = file(&gcp, "sao-paulo/storage.tf").split("\"objects-copias\"").nth(1).expect("it is there");
    let copies = copies.split("resource ").next().expect("its text");
    assert!(copies.contains("retention_policy") && !copies.contains("versioning"), "{copies}");
    let mut deep = read(AZURE);
    let copies = deep.storage.iter_mut().find(|one| one.id == "copias").expect("there is one");
    copies.class = aroeira_fleet::spec::StorageClass::ObjectDeepArchive;
    copies.immutable = false;
    let files = written(&deep, Target::Terraform);
    let storage = file(&files, "sao-paulo/storage.tf");
    assert!(storage.contains("\"LRS\"") && storage.contains("tier_to_archive"), "{storage}");
    assert!(!file(&written(&read(AZURE), Target::Terraform), "sao-paulo/storage.tf").contains("tier_to_archive"));
}
