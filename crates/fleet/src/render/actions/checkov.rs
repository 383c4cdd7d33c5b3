//! What checkov finds in what is rendered and stays as it is. The project's own checks read the same lists.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::render::Problem;
use crate::render::scene::Scene;

const LISTS: [&str; 3] = [
    include_str!("../../../templates/checkov/actions.toml"),
    include_str!("../../../templates/checkov/kubernetes.toml"),
    include_str!("../../../templates/checkov/terraform.toml"),
];

/// Why a check is not asked.
#[derive(Deserialize)]
struct Reason {
    portuguese: String,
    english: String,
}

fn all() -> Result<&'static BTreeMap<String, Reason>, Problem> {
    static ALL: OnceLock<Result<BTreeMap<String, Reason>, String>> = OnceLock::new();
    let read = || {
        let mut all = BTreeMap::new();
        for list in LISTS {
            all.append(&mut toml::from_str(list).map_err(|error| error.to_string())?);
        }
        Ok(all)
    };
    ALL.get_or_init(read).as_ref().map_err(|why| Problem::Template(why.clone()))
}

/// Those that touch what this fleet can be rendered to, with the reason.
pub(super) fn skips(scene: &Scene<'_>) -> Result<Vec<(&'static str, &'static str)>, Problem> {
    let rents = |provider: &str| scene.spec.sites.iter().any(|site| site.provider.as_deref() == Some(provider));
    let touches = |check: &str| match check.split('_').nth(1) {
        Some("AWS") => rents("aws"),
        Some("GCP") => rents("gcp"),
        Some("AZURE") => rents("azure"),
        Some("K8S") => scene.bears_cluster(),
        _ => true,
    };
    let told = |reason: &'static Reason| scene.say(&reason.portuguese, &reason.english);
    Ok(all()?
        .iter()
        .filter(|(check, _)| touches(check))
        .map(|(check, reason)| (check.as_str(), told(reason)))
        .collect())
}
