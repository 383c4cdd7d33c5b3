//! Terraform for what is rented: networks, clusters, databases, objects, edges, keys and alarms of a budget. A folder for each
//! site of a cloud, a file for each part of it; only what the spec uses.

mod aws;
mod azure;
mod gcp;
mod parts;
mod rented;

use askama::Template;

use super::naming;
use super::scene::Scene;
use super::{Files, Problem};
use crate::Spec;
use crate::cost::Cost;
use crate::spec::{Environment, Hours, Site, SiteKind};
use rented::{Provider, Rented};

#[derive(Template)]
#[template(path = "terraform/environment.tfvars", escape = "none")]
struct Variables<'a> {
    r: &'a Rented<'a>,
    name: &'a str,
    scale: String,
    office: bool,
}

#[derive(Template)]
#[template(path = "terraform/README.md", escape = "none")]
struct Readme<'a> {
    scene: &'a Scene<'a>,
    sites: &'a [Rented<'a>],
}

pub(super) fn render(scene: &Scene<'_>, cost: &Cost) -> Result<Files, Problem> {
    let sites: Vec<Rented<'_>> = scene
        .spec
        .sites
        .iter()
        .enumerate()
        .filter(|(_, site)| rents(scene.spec, site))
        .filter_map(|(at, site)| Rented::of(scene, cost, at, site))
        .collect();
    if sites.is_empty() {
        return Err(super::unsuited(
            "a especificação não aluga nada em uma nuvem que se conheça (aws, gcp ou azure, com provider e region)",
            "the spec rents nothing of a cloud that is known (aws, gcp or azure, with provider and region)",
        ));
    }
    let mut files = Files::default();
    files.put("README.md", Readme { scene, sites: &sites }.render()?);
    for rented in &sites {
        match rented.provider {
            Provider::Aws => aws::render(rented, &mut files)?,
            Provider::Google => gcp::render(rented, &mut files)?,
            Provider::Azure => azure::render(rented, &mut files)?,
        }
        let whole = Environment { name: "production".to_owned(), scale: 1.0, hours: Hours::Always };
        for environment in std::iter::once(&whole).chain(&scene.spec.environments) {
            // Of nothing there is nothing to rent.
            if environment.scale > 0.0 {
                let name = environment_name(&environment.name);
                let office = environment.hours == Hours::Office;
                let text =
                    Variables { r: rented, name: &name, scale: environment.scale.to_string(), office }.render()?;
                files.put(format!("{}/{name}.tfvars", rented.site.id), text);
            }
        }
    }
    Ok(files)
}

/// The addresses of a rented site, by its place among the spec's.
pub(super) fn network(at: usize) -> String {
    format!("10.{}.0.0/16", 20 + at % 200)
}

/// Whether something of a cloud that is known is rented at a site.
pub(super) fn rents(spec: &Spec, site: &Site) -> bool {
    let known = matches!(site.provider.as_deref(), Some("aws" | "gcp" | "azure")) && site.region.is_some();
    let used = spec.nodes.iter().any(|one| one.site == site.id)
        || spec.storage.iter().any(|one| one.site == site.id)
        || spec.services.iter().any(|one| one.site == site.id);
    site.kind == SiteKind::CloudRegion && known && used
}

/// An environment's name, as names of clouds and of files take it: 2 to 16 small letters, digits and hyphens.
pub(super) fn environment_name(name: &str) -> String {
    let parts = name.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty());
    let plain = |part: &str| part.chars().map(|letter| naming::plain(letter).unwrap_or('x')).collect::<String>();
    let name = parts.map(plain).collect::<Vec<_>>().join("-");
    let name = name.trim_start_matches(|letter: char| !letter.is_ascii_lowercase());
    if name.len() < 2 { format!("env-{name}").trim_end_matches('-').to_owned() } else { short(name, 16) }
}

/// A name that is cut where it is longer than a cloud takes; a hash of the whole keeps two of them apart.
fn short(name: &str, most: usize) -> String {
    if name.len() <= most {
        return name.to_owned();
    }
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let begun: String = name.chars().take(most - 5).collect();
    format!("{}-{:04x}", begun.trim_end_matches('-'), hash & 0xffff)
}

/// A template of one file, filled from a site.
macro_rules! files {
    ($($name:ident $path:literal),* $(,)?) => {
        $(
            #[derive(askama::Template)]
            #[template(path = $path, escape = "none")]
            struct $name<'a> {
                r: &'a super::rented::Rented<'a>,
            }
        )*
    };
}
use files;
