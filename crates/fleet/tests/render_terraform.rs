//! What Terraform is written for a spec: only what it uses, where it says, and nothing that a name could break.

use aroeira_fleet::render::{Files, Problem, Target, render};
use aroeira_fleet::{Catalogue, Language, Spec, plan, presets};

fn spec(name: &str) -> Spec {
    Spec::read(presets::get(name).expect("there is such a preset")).expect("presets are right").0
}

fn example(name: &str) -> Spec {
    let path = format!("{}/../../examples/fleet/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    Spec::read(&std::fs::read_to_string(path).expect("there is such an example")).expect("examples are right").0
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

/// The block of a resource, to the brace that ends it.
fn resource<'a>(text: &'a str, named: &str) -> &'a str {
    let rest = text.split(&format!("resource {named} {{")).nth(1).unwrap_or_else(|| panic!("{named} is not written"));
    rest.split("\n}").next().expect("it ends")
}

#[test]
fn of_what_google_and_azure_serve_assets_alone_are_cached() {
    let google = written(&example("gcp")).expect("it is written");
    let cdn = file(&google, "sao-paulo/cdn.tf");
    let edge = file(&google, "sao-paulo/edge.tf");
    assert!(!resource(edge, "\"google_compute_backend_service\" \"ingress\"").contains("cdn"));
    assert_eq!((cdn.matches("cdn_policy {").count(), edge.matches("cdn_policy {").count()), (1, 0));
    assert!(resource(cdn, "\"google_compute_backend_service\" \"assets\"").contains("USE_ORIGIN_HEADERS"));
    assert!(edge.contains("paths   = [\"/assets/*\"]"));
    let azure = written(&example("azure")).expect("it is written");
    let cdn = file(&azure, "sao-paulo/cdn.tf");
    assert!(!resource(cdn, "\"azurerm_cdn_frontdoor_route\" \"pages\"").contains("cache {"));
    assert_eq!(cdn.matches("cache {").count(), 1);
    assert!(resource(cdn, "\"azurerm_cdn_frontdoor_firewall_policy\" \"main\"").contains("\"Prevention\""));
    assert!(file(&azure, "sao-paulo/edge.tf").contains("X-Azure-FDID"));
}

#[test]
fn without_a_cdn_the_edge_is_open_to_all_and_nothing_is_cached() {
    for (name, kind) in [("gcp", "cdn"), ("azure", "frontdoor")] {
        let mut spec = example(name);
        spec.services.retain(|one| !one.item.ends_with(kind));
        let files = written(&spec).expect("it is written");
        assert_eq!(files.get("sao-paulo/cdn.tf"), None, "{name}");
        assert!(!file(&files, "sao-paulo/edge.tf").contains("FDID"), "{name}");
        assert!(!file(&files, "sao-paulo/edge.tf").contains("assets"), "{name}");
        assert!(!file(&files, "sao-paulo/variables.tf").contains("origin_domain"), "{name}");
    }
}

#[test]
fn shared_files_are_as_large_as_each_cloud_sells_them() {
    let mut google = example("gcp");
    for (asked, sold) in [(1.0, 1024), (1025.0, 1280), (10_241.0, 12_800)] {
        google.storage.iter_mut().find(|one| one.id == "modelos").expect("it has files").gb = asked;
        let files = written(&google).expect("it is written");
        assert!(file(&files, "sao-paulo/files.tf").contains(&format!("capacity_gb = {sold}\n")), "{asked}");
    }
    let azure = written(&example("azure")).expect("it is written");
    let share = file(&azure, "sao-paulo/files.tf");
    assert!(share.contains("quota              = 200"));
    assert!(share.contains("https_traffic_only_enabled        = true"));
    google.storage.retain(|one| one.id != "modelos");
    assert_eq!(written(&google).expect("it is written").get("sao-paulo/files.tf"), None);
}

#[test]
fn a_model_is_served_within_the_network_and_named_by_who_has_it() {
    let files = written(&example("aws-completo")).expect("it is written");
    let models = file(&files, "sao-paulo/models.tf");
    assert!(models.contains("enable_network_isolation = true"));
    assert!(models.contains("aws_kms_key.main.arn"));
    assert!(!models.contains("data_capture_config"));
    let variables = file(&files, "sao-paulo/variables.tf").split("variable \"model_").skip(1);
    let named: Vec<_> = variables.filter_map(|rest| rest.split("\n}").next()).collect();
    assert_eq!(named.len(), 3);
    assert!(named.iter().all(|variable| !variable.contains("default")));
    assert!(!file(&files, "README.md").contains("modelos-treinados"));
    assert_eq!(written(&spec("aws-starter")).expect("it is written").get("sao-paulo/models.tf"), None);
}

#[test]
fn machines_of_an_environment_in_office_hours_stop_at_every_cloud() {
    for (name, path, stops) in [
        ("aws-completo", "cluster.tf", "0 19 * * 1-5"),
        ("gcp", "office.tf", "0 19 * * 1-5"),
        ("azure", "office.tf", "19:00:00"),
    ] {
        let mut spec = example(name);
        let files = written(&spec).expect("it is written");
        let hours = file(&files, &format!("sao-paulo/{path}"));
        assert!(hours.contains(stops) && hours.contains("America/Sao_Paulo"), "{name}");
        assert!(file(&files, "sao-paulo/development.tfvars").contains("office_hours = true"), "{name}");
        assert!(!file(&files, "sao-paulo/production.tfvars").contains("office_hours"), "{name}");
        spec.environments.clear();
        let files = written(&spec).expect("it is written");
        assert_eq!(files.get("sao-paulo/office.tf"), None, "{name}");
        assert!(files.iter().all(|(_, text)| !text.contains("office_hours")), "{name}");
    }
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
