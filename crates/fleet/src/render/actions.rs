//! GitHub Actions: build, test, image, scan, and a roll-out that goes back by itself; Terraform where something is rented.

mod checkov;

use askama::Template;

use super::filters;
use super::own::Machines;
use super::scene::{App, Platform, Scene};
use super::terraform::{environment_name, rents};
use super::{Files, Problem, watched};

/// Each action by its commit, which nobody can move, with the version it is.
const ACTIONS: &[(&str, &str)] = &[
    ("checkout", "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0"),
    ("buildx", "docker/setup-buildx-action@b5ca514318bd6ebac0fb2aedd5d36ec1b5c232a2 # v3.10.0"),
    ("login", "docker/login-action@74a5d142397b4f367a81961eba4e8cd7edddf772 # v3.4.0"),
    ("build", "docker/build-push-action@263435318d21b8e681c14492fe198d362a7d2c83 # v6.18.0"),
    ("trivy", "aquasecurity/trivy-action@b6643a29fecd7f34b3597bc6acb0a98b03d33ff8 # 0.33.1"),
    ("terraform", "hashicorp/setup-terraform@b9cd54a3c349d3f38e8881555d616ced269862dd # v3.1.2"),
    ("aws", "aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502 # v4.0.2"),
    ("google", "google-github-actions/auth@7c6bc770dae815cd3e89ee6cdf493a5fab2cc093 # v3.0.0"),
    ("attest", "actions/attest-build-provenance@977bb373ede98d70efdf65b84cb5f73e068dcc2a # v3.0.0"),
    ("upload", "actions/upload-artifact@330a01c490aca151604b8cf639adc76d48f6c5d4 # v5.0.0"),
    ("download", "actions/download-artifact@634f93cb2916e3fdff6788551b99b062d0335ce0 # v5.0.0"),
    ("azure", "azure/login@a457da9ea143d694b1b9c7c869ebb04ebe844ef5 # v2.3.0"),
];

/// What all files are filled from.
struct Pipeline<'a> {
    scene: &'a Scene<'a>,
    platform: Platform,
    /// On machines of one's own: every process of Aroeira, machine by machine.
    processes: Vec<Located>,
}

/// A process of Aroeira on a machine of one's own.
struct Located {
    machine: String,
    name: String,
    /// Where it listens; Prometheus calls it by that too.
    address: String,
}

#[derive(Template)]
#[template(path = "actions/verify.yml", escape = "none")]
struct Verify<'a> {
    a: &'a Pipeline<'a>,
}

#[derive(Template)]
#[template(path = "actions/image.yml", escape = "none")]
struct Image<'a> {
    a: &'a Pipeline<'a>,
}

#[derive(Template)]
#[template(path = "actions/roll-out.sh", escape = "none")]
struct RollOut<'a> {
    a: &'a Pipeline<'a>,
}

#[derive(Template)]
#[template(path = "actions/deploy.yml", escape = "none")]
struct Deploy<'a> {
    a: &'a Pipeline<'a>,
    environment: &'a str,
    /// The environment that proves an image for this one.
    before: &'a str,
    first: bool,
    processes: &'a [Located],
    minutes: u64,
}

#[derive(Template)]
#[template(path = "actions/terraform.yml", escape = "none")]
struct Terraform<'a> {
    a: &'a Pipeline<'a>,
    site: &'a str,
    provider: &'a str,
    region: &'a str,
    environments: &'a [String],
}

#[derive(Template)]
#[template(path = "actions/README.md", escape = "none")]
struct Readme<'a> {
    a: &'a Pipeline<'a>,
    environments: &'a [String],
    terraform: bool,
}

#[derive(Template)]
#[template(path = "actions/checkov.yaml", escape = "none")]
struct Checkov<'a> {
    a: &'a Pipeline<'a>,
    skips: Vec<(&'static str, &'static str)>,
}

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    let platform = scene.platform();
    let processes = if platform == Platform::Kubernetes { Vec::new() } else { processes(scene) };
    let a = &Pipeline { scene, platform, processes };
    let environments = environments(scene);
    let sites: Vec<_> = scene.spec.sites.iter().filter(|site| rents(scene.spec, site)).collect();
    let mut files = Files::default();
    let readme = Readme { a, environments: &environments, terraform: !sites.is_empty() };
    files.put(".github/README.md", readme.render()?);
    files.put(".checkov.yaml", Checkov { a, skips: checkov::skips(scene)? }.render()?);
    files.put(".github/workflows/verify.yml", Verify { a }.render()?);
    for site in sites {
        let (Some(provider), Some(region)) = (site.provider.as_deref(), site.region.as_deref()) else { continue };
        let text = Terraform { a, site: &site.id, provider, region, environments: &environments }.render()?;
        files.put(format!(".github/workflows/terraform-{}.yml", site.id), text);
    }
    // Without Aroeira there is no image of it to build or to roll out.
    if a.aroeira().is_some() {
        files.put(".github/workflows/image.yml", Image { a }.render()?);
        files.put(".github/scripts/roll-out.sh", RollOut { a }.render()?);
        for environment in &environments {
            let minutes = a.minutes();
            // Staging proves an image for production; the others are nobody's gate.
            let before = environments.first().filter(|_| environment == "production").map_or("", String::as_str);
            let first = before.is_empty() || before == "production";
            let processes = a.processes_at(environment);
            let text = Deploy { a, environment, before, first, processes, minutes }.render()?;
            files.put(format!(".github/workflows/deploy-{environment}.yml"), text);
        }
    }
    Ok(files)
}

/// What proves an image comes first: staging before all others, production last. Development is nobody's gate.
fn environments(scene: &Scene<'_>) -> Vec<String> {
    let running = scene.spec.environments.iter().filter(|one| one.scale > 0.0);
    let mut names: Vec<String> = running.map(|one| environment_name(&one.name)).collect();
    names.retain(|name| name != "production");
    names.sort_by_key(|name| name != "staging");
    names.push("production".to_owned());
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Aroeira's processes on machines of one's own; machines that run none are left alone.
fn processes(scene: &Scene<'_>) -> Vec<Located> {
    let machines = Machines::of(scene);
    let mut found = Vec::new();
    for machine in &machines.all {
        found.extend(watched::listening(scene, &machines, machine).into_iter().map(|(address, one)| Located {
            machine: machine.name.to_owned(),
            name: one.name.clone(),
            address,
        }));
    }
    found
}

impl Terraform<'_> {
    /// The environment whose apply this one waits for: production for what comes first.
    fn gate(&self, environment: &str) -> Option<&str> {
        let first = self.environments.first().filter(|first| *first != environment)?;
        (environment == "production").then_some(first)
    }
}

impl Pipeline<'_> {
    fn say<'t>(&self, portuguese: &'t str, english: &'t str) -> &'t str {
        self.scene.say(portuguese, english)
    }

    fn name(&self) -> &str {
        &self.scene.spec.name
    }

    /// What runners are labelled with.
    fn runner(&self) -> &str {
        self.name()
    }

    fn action(&self, name: &str) -> &'static str {
        ACTIONS.iter().find(|(one, _)| *one == name).map_or("", |(_, action)| action)
    }

    /// The workload that is Aroeira.
    fn aroeira(&self) -> Option<&str> {
        self.scene.apps.iter().find(|app| app.is_aroeira()).map(App::id)
    }

    /// The part of requests that the promise lets fail; a hundredth of a percent at least.
    fn budget(&self) -> String {
        let promised = self.scene.spec.promises.availability_percent.unwrap_or(99.5);
        let digits = format!("{:.6}", ((100.0 - promised) / 100.0).clamp(0.0001, 1.0));
        digits.trim_end_matches('0').to_owned()
    }

    /// What an environment runs of it: a smaller one, the first machines.
    fn processes_at(&self, environment: &str) -> &[Located] {
        let named = |one: &&crate::spec::Environment| environment_name(&one.name) == environment;
        let scale = self.scene.spec.environments.iter().find(named).map_or(1.0, |one| one.scale);
        let mut machines: Vec<&str> = self.processes.iter().map(|one| one.machine.as_str()).collect();
        machines.dedup();
        let most = (machines.len() as f64 * scale).ceil() as usize;
        let past = machines.get(most).and_then(|next| self.processes.iter().position(|one| one.machine == *next));
        &self.processes[..past.unwrap_or(self.processes.len())]
    }

    /// Minutes that a roll-out may take: each set is watched for ten, and may take ten to start and ten to go back. GitHub
    /// ends a job of one's own runner after five days.
    fn minutes(&self) -> u64 {
        let sets = u64::from(watched::planned(self.scene));
        (20 + 30 * sets.max(1)).min(7200)
    }
}
