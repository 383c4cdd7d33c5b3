//! What GitHub Actions are written for a spec: actions by their commit, no key that lasts, one set first and back by itself.

use aroeira_fleet::render::{Files, Target, render};
use aroeira_fleet::{Catalogue, Language, Spec, plan, presets};

fn spec(name: &str) -> Spec {
    Spec::read(presets::get(name).expect("there is such a preset")).expect("presets are right").0
}

fn written(spec: &Spec) -> Files {
    let catalogue = Catalogue::built_in().expect("the built-in entries are right");
    let plan = plan(spec, &catalogue);
    render(spec, &catalogue, &plan, Target::GithubActions, Language::English).expect("it is written")
}

#[test]
fn every_action_is_pinned_and_every_job_bounded() {
    for name in presets::NAMES {
        let files = written(&spec(name));
        assert_eq!(files, written(&spec(name)), "{name}: twice the same");
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".yml")) {
            for line in text.lines().filter(|line| line.contains("uses: ")) {
                let commit = line.split('@').nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
                assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{path}: {line}");
            }
            assert!(text.contains("\npermissions: {}\n") && text.contains("\nconcurrency:\n"), "{path}");
            assert_eq!(text.matches("runs-on:").count(), text.matches("timeout-minutes:").count(), "{path}");
            assert!(!text.contains("secrets."), "{path}: nothing that lasts");
        }
    }
}

#[test]
fn what_is_rented_has_a_plan_and_an_apply_by_oidc() {
    let files = written(&spec("aws-enterprise"));
    let text = files.get(".github/workflows/terraform-sao-paulo.yml").expect("it rents");
    assert!(text.contains("id-token: write # ") && text.contains("role-to-assume: ${{ vars.TERRAFORM_ROLE }}"));
    let apply = text.split("  apply-production:").nth(1).expect("it is applied");
    assert!(apply.contains("needs: plan-production") && apply.contains("environment: production"));
    // The very plan that was approved, made by a role that cannot lock.
    assert!(apply.contains("terraform apply -lock-timeout=10m plan.tfplan") && !apply.contains("-auto-approve"));
    assert!(text.contains("terraform plan -lock=false ") && text.contains("retention-days: 3"));
    assert!(text.contains("group: terraform-sao-paulo-${{ github.event_name == 'push' && 'main' || github.ref }}"));
}

#[test]
fn production_takes_only_what_staging_served() {
    let mut both = spec("aws-starter");
    let staging = aroeira_fleet::spec::Environment {
        name: "staging".to_owned(),
        scale: 0.5,
        hours: aroeira_fleet::spec::Hours::Always,
    };
    both.environments = vec![staging];
    let files = written(&both);
    let staging = files.get(".github/workflows/deploy-staging.yml").expect("written");
    assert!(!staging.contains("gh run list"));
    let production = files.get(".github/workflows/deploy-production.yml").expect("written");
    assert!(production.contains("--workflow deploy-staging.yml"));
    for text in [staging, production] {
        assert!(text.contains("needs: proven") && text.contains("gh attestation verify"));
    }
    // And what is rented changes there first.
    let terraform = files.get(".github/workflows/terraform-sao-paulo.yml").expect("it rents");
    assert!(terraform.contains("needs: [plan-production, apply-staging]"), "{terraform}");
    assert!(terraform.contains("needs: plan-staging"), "{terraform}");
}

#[test]
fn the_limit_of_a_roll_out_is_the_promise() {
    let files = written(&spec("aws-enterprise"));
    assert!(files.get(".github/workflows/deploy-production.yml").expect("written").contains("BUDGET: \"0.001\""));
    let script = files.get(".github/scripts/roll-out.sh").expect("written");
    assert!(script.contains("rollout status") && script.contains("aroeira_http_requests_total"));
    // On one machine there is no cluster.
    let garage = written(&spec("garage"));
    let script = garage.get(".github/scripts/roll-out.sh").expect("written");
    assert!(script.contains("docker compose") && !script.contains("kubectl"));
    // Nor on several, where nobody asks for one.
    let several = written(&spec("local-provider"));
    let script = several.get(".github/scripts/roll-out.sh").expect("written");
    assert!(script.contains("systemctl restart") && !script.contains("kubectl") && !script.contains("docker compose"));
}

#[test]
fn an_image_is_attested_after_its_scan_alone() {
    let files = written(&spec("aws-starter"));
    let image = files.get(".github/workflows/image.yml").expect("written");
    let (before, after) = image.split_once("\n  attest:\n").expect("it is attested");
    assert!(!before.contains("tags:") && before.contains("push-by-digest=true"), "{before}");
    assert!(after.contains("needs: [image, scan]") && after.contains("--tag"), "{after}");
}

#[test]
fn what_is_rolled_out_is_watched_by_the_labels_that_prometheus_has() {
    for name in presets::NAMES {
        let (one, catalogue) = (spec(name), Catalogue::built_in().expect("right"));
        let Some(deploy) = written(&one).get(".github/workflows/deploy-production.yml").map(str::to_owned) else {
            continue;
        };
        let plan = plan(&one, &catalogue);
        let watched = render(&one, &catalogue, &plan, Target::Prometheus, Language::English).expect("it is written");
        let scraped = watched.get("prometheus.yml").expect("written");
        assert_eq!(scraped.contains("kubernetes_sd_configs"), deploy.contains("cluster's network"), "{name}");
        let lines = deploy.split_once("PROCESSES: |-\n").map_or("", |(_, lines)| lines);
        for line in lines.lines() {
            let address = line.split(' ').next_back().expect("it has an address");
            assert!(scraped.contains(&format!("targets: [\"{address}\"]")), "{name}: {address}\n{scraped}");
        }
    }
}

#[test]
fn a_fleet_without_aroeira_rolls_out_none() {
    let files = written(&spec("hybrid"));
    assert!(files.get(".github/workflows/verify.yml").is_some());
    assert!(files.iter().all(|(path, _)| !path.contains("deploy") && !path.contains("image")));
}
