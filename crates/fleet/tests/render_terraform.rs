//! What Terraform is written for a spec: only what it uses, where it says, and nothing that a name could break.

use aroeira_fleet::render::{Files, Problem, Target, render};
use aroeira_fleet::{Catalogue, Language, Spec, plan, presets};

fn spec(name: &str) -> Spec {
    Spec::read(presets::get(name).expect("there is such a preset")).expect("presets are right").0
}

fn written(spec: &Spec) -> Result<Files, Problem> {
    let catalogue = Catalogue::built_in().expect("the built-in entries are right");
    let plan = plan(spec, &catalogue);
    render(spec, &catalogue, &plan, Target::Terraform, Language::Portuguese)
}

fn file<'a>(files: &'a Files, path: &str) -> &'a str {
    files.get(path).unwrap_or_else(|| panic!("{path} is not written"))
}

#[test]
fn every_preset_is_written_and_twice_the_same() {
    for name in
        ["garage", "local-provider", "colocation", "aws-health", "aws-starter", "aws-enterprise", "hybrid", "hospital"]
    {
        let spec = spec(name);
        assert_eq!(written(&spec), written(&spec), "{name}");
        assert!(written(&spec).is_ok(), "{name}");
    }
}

#[test]
fn a_place_for_copies_is_a_locked_bucket_and_no_network() {
    let files = written(&spec("garage")).expect("it is written");
    let storage = file(&files, "nuvem/storage.tf");
    for part in [
        "object_lock_enabled = true",
        "mode = var.environment == \"production\" ? \"COMPLIANCE\" : \"GOVERNANCE\"",
        "storage_class = \"STANDARD_IA\"",
        "aws:SecureTransport",
    ] {
        assert!(storage.contains(part), "{part}");
    }
    for unused in ["network.tf", "cluster.tf", "database.tf", "cache.tf", "edge.tf", "cdn.tf", "secrets.tf"] {
        assert_eq!(files.get(&format!("nuvem/{unused}")), None, "{unused}");
    }
}

#[test]
fn a_database_is_encrypted_kept_and_as_many_zones_as_were_bought() {
    let files = written(&spec("aws-enterprise")).expect("it is written");
    let database = file(&files, "sao-paulo/database.tf");
    for part in
        ["multi_az       = true", "storage_encrypted     = true", "deletion_protection       = true", "rds.force_ssl"]
    {
        assert!(database.contains(part), "{part}");
    }
    assert!(file(&files, "sao-paulo/variables.tf").contains("default     = \"db.r5.2xlarge\""));
    let starter = written(&spec("aws-starter")).expect("it is written");
    assert!(file(&starter, "sao-paulo/database.tf").contains("multi_az       = false"));
}

#[test]
fn data_of_patients_is_never_cached_at_the_edge() {
    let files = written(&spec("aws-enterprise")).expect("it is written");
    let cdn = file(&files, "sao-paulo/cdn.tf");
    let behaviour = cdn.split("default_cache_behavior").nth(1).and_then(|rest| rest.split("\n  }").next());
    assert!(behaviour.is_some_and(|text| text.contains("aws_cloudfront_cache_policy.nothing")));
    assert_eq!(cdn.matches("aws_cloudfront_cache_policy.assets.id").count(), 1);
    assert!(cdn.contains("path_pattern               = \"/assets/*\""));
}

#[test]
fn the_budget_is_what_the_site_costs() {
    let starter = spec("aws-starter");
    let (catalogue, books) =
        (Catalogue::built_in().expect("entries"), aroeira_fleet::prices::Books::built_in().expect("books"));
    let cost = aroeira_fleet::cost::cost(&starter, &catalogue, &books);
    let month = cost.monthly.amount.total.as_f64();
    let files = written(&starter).expect("it is written");
    assert!(file(&files, "sao-paulo/variables.tf").contains(&format!("default     = {month:.2}")), "{month}");
    let budget = file(&files, "sao-paulo/budget.tf");
    assert!(budget.contains("[80, 100, 120]"));
}

#[test]
fn another_region_than_the_specs_is_refused() {
    let files = written(&spec("aws-starter")).expect("it is written");
    assert!(file(&files, "sao-paulo/variables.tf").contains("contains([\"sa-east-1\"], var.region)"));
}

#[test]
fn one_machine_more_is_one_line() {
    let before = spec("aws-enterprise");
    let mut after = before.clone();
    after.nodes[0].count += 1;
    let (before, after) = (written(&before).expect("written"), written(&after).expect("written"));
    let changed: Vec<_> = before.iter().filter(|(path, text)| after.get(path) != Some(text)).collect();
    // The cluster, and what it costs.
    assert_eq!(
        changed.iter().map(|(path, _)| *path).collect::<Vec<_>>(),
        ["sao-paulo/cluster.tf", "sao-paulo/variables.tf"]
    );
    for (path, text) in changed {
        let other = file(&after, path);
        assert_eq!(text.lines().zip(other.lines()).filter(|(a, b)| a != b).count(), 1, "{path}");
    }
}

#[test]
fn a_hostile_kind_of_machine_stays_within_its_quotes() {
    let mut hostile = spec("aws-enterprise");
    let instance = hostile.nodes[0].instance.as_mut().expect("it is rented");
    instance.kind = "x\" }\n${file(\"/etc/passwd\")} %{ if true } \u{8}".to_owned();
    let files = written(&hostile).expect("it is written");
    let line = file(&files, "sao-paulo/cluster.tf").lines().find(|line| line.contains("passwd")).expect("it is there");
    assert_eq!(
        line.trim(),
        r#"type     = "x\" }\u000a$${file(\"/etc/passwd\")} %%{ if true } \u0008""#,
        "one line, no template, no end of the text"
    );
}

#[test]
fn what_rents_nothing_says_so() {
    let mut own = spec("garage");
    own.storage.retain(|one| one.site != "nuvem");
    assert!(matches!(written(&own), Err(Problem::Unsuited(_))));
}

#[test]
fn names_of_environments_are_names_of_files() {
    let mut many = spec("aws-starter");
    let environment = |name: &str, scale| aroeira_fleet::spec::Environment {
        name: name.to_owned(),
        scale,
        hours: aroeira_fleet::spec::Hours::Always,
    };
    many.environments = vec![environment("../../Homologação", 0.5), environment("none", 0.0)];
    let files = written(&many).expect("it is written");
    assert!(file(&files, "sao-paulo/homologacao.tfvars").contains("scale       = 0.5"));
    assert!(files.iter().all(|(path, _)| !path.contains("..") && !path.contains("none")));
}
