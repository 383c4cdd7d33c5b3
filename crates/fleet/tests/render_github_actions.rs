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
    assert!(!files.get(".github/workflows/deploy-staging.yml").expect("written").contains("proven"));
    let production = files.get(".github/workflows/deploy-production.yml").expect("written");
    assert!(production.contains("needs: proven") && production.contains("--workflow deploy-staging.yml"));
}

#[test]
fn the_limit_of_a_roll_out_is_the_promise() {
    let files = written(&spec("aws-enterprise"));
    assert!(files.get(".github/workflows/deploy-production.yml").expect("written").contains("BUDGET: \"0.001\""));
    let script = files.get(".github/scripts/roll-out.sh").expect("written");
    assert!(script.contains("rollout undo") && script.contains("aroeira_http_requests_total"));
    // On one machine there is no cluster.
    let garage = written(&spec("garage"));
    let script = garage.get(".github/scripts/roll-out.sh").expect("written");
    assert!(script.contains("docker compose") && !script.contains("kubectl"));
}

#[test]
fn a_fleet_without_aroeira_rolls_out_none() {
    let files = written(&spec("hybrid"));
    assert!(files.get(".github/workflows/verify.yml").is_some());
    assert!(files.iter().all(|(path, _)| !path.contains("deploy") && !path.contains("image")));
}
