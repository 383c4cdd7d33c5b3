//! Where data may be, against where it is.

use super::{Found, Scene, text};
use crate::spec::{Site, SiteKind};

/// Where the clinics are.
const HOME: &str = "BR";

pub(super) fn countries(scene: &Scene<'_>, found: &mut Found<'_>) {
    let may = &scene.spec.residency.countries;
    if may.is_empty() {
        return;
    }
    for (at, site) in scene.spec.sites.iter().enumerate().filter(|(_, site)| scene.used(&site.id)) {
        if !may.contains(&site.country) {
            outside(found, &format!("site[{at}].country"), &site.id, &site.country, may);
        } else if let Some(country) = region_country(site.region.as_deref())
            && !may.iter().any(|one| one == country)
        {
            outside(found, &format!("site[{at}].region"), &site.id, country, may);
        }
    }
}

fn outside(found: &mut Found<'_>, path: &str, site: &str, country: &str, may: &[String]) {
    let may = may.join(", ");
    found.error(
        path,
        text(
            format!("os dados só podem estar em {may}, mas `{site}` fica em {country}"),
            format!("data may be in {may} alone, but `{site}` is in {country}"),
        ),
        text(
            "use um local desse país, ou mude residency.countries, que é o que se prometeu (LGPD, art. 33)",
            "use a site of that country, or change residency.countries, which is what was promised (LGPD, art. 33)",
        ),
    );
}

pub(super) fn regions(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, site) in scene.spec.sites.iter().enumerate().filter(|(_, site)| site.kind == SiteKind::CloudRegion) {
        let Some(region) = site.region.as_deref() else {
            found.warn(
                format!("site[{at}]"),
                text(
                    format!("de `{}` não se diz a região", site.id),
                    format!("the region of `{}` is not said", site.id),
                ),
                text(
                    "escreva provider e region: \"aws\", \"sa-east-1\"",
                    "write provider and region: \"aws\", \"sa-east-1\"",
                ),
            );
            continue;
        };
        match region_country(Some(region)) {
            Some(country) if country != site.country => found.error(
                format!("site[{at}].country"),
                text(
                    format!("a região {region} fica em {country}, não em {}", site.country),
                    format!("the region {region} is in {country}, not in {}", site.country),
                ),
                text(format!("escreva country = \"{country}\""), format!("write country = \"{country}\"")),
            ),
            Some(_) => {}
            None => found.note(
                format!("site[{at}].region"),
                text(
                    format!("não se conhece a região {region}: vale o país que está escrito, {}", site.country),
                    format!("the region {region} is not known: the country that is written holds, {}", site.country),
                ),
                text("confira o país com o provedor", "ask the provider for the country"),
            ),
        }
    }
}

/// Where no residency is promised, data of Brazilian clinics may still be abroad only under LGPD, art. 33.
pub(super) fn abroad(scene: &Scene<'_>, found: &mut Found<'_>) {
    if !scene.spec.residency.countries.is_empty() || !scene.hosts_others() {
        return;
    }
    let abroad = |site: &Site| site.country != HOME && scene.used(&site.id);
    for (at, site) in scene.spec.sites.iter().enumerate().filter(|(_, site)| abroad(site)) {
        found.note(
            format!("site[{at}].country"),
            text(
                format!("dados de pacientes ficariam em `{}`, fora do Brasil ({})", site.id, site.country),
                format!("data of patients would be at `{}`, outside Brazil ({})", site.id, site.country),
            ),
            text(
                "use uma região no Brasil, ou tenha a base legal da LGPD, art. 33, nos contratos",
                "use a region in Brazil, or have a legal basis of LGPD, art. 33, in the contracts",
            ),
        );
    }
}

/// The country of a region of AWS, Google Cloud or Azure.
fn region_country(region: Option<&str>) -> Option<&'static str> {
    let region = region?;
    REGIONS.iter().find(|(_, regions)| regions.contains(&region)).map(|(country, _)| *country)
}

/// Regions by country, as their providers list them.
const REGIONS: &[(&str, &[&str])] = &[
    ("BR", &["sa-east-1", "southamerica-east1", "brazilsouth", "brazilsoutheast"]),
    ("CL", &["southamerica-west1", "chilecentral"]),
    (
        "US",
        &[
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "us-gov-east-1",
            "us-gov-west-1",
            "us-central1",
            "us-east1",
            "us-east4",
            "us-east5",
            "us-west1",
            "us-west2",
            "us-west3",
            "us-west4",
            "us-south1",
            "eastus",
            "eastus2",
            "centralus",
            "northcentralus",
            "southcentralus",
            "westcentralus",
            "westus",
            "westus2",
            "westus3",
        ],
    ),
    (
        "CA",
        &[
            "ca-central-1",
            "ca-west-1",
            "northamerica-northeast1",
            "northamerica-northeast2",
            "canadacentral",
            "canadaeast",
        ],
    ),
    ("MX", &["mx-central-1", "northamerica-south1", "mexicocentral"]),
    ("IE", &["eu-west-1", "northeurope"]),
    ("GB", &["eu-west-2", "europe-west2", "uksouth", "ukwest"]),
    ("FR", &["eu-west-3", "europe-west9", "francecentral", "francesouth"]),
    ("DE", &["eu-central-1", "europe-west3", "europe-west10", "germanywestcentral", "germanynorth"]),
    ("CH", &["eu-central-2", "europe-west6", "switzerlandnorth", "switzerlandwest"]),
    ("IT", &["eu-south-1", "europe-west8", "europe-west12", "italynorth"]),
    ("ES", &["eu-south-2", "europe-southwest1", "spaincentral"]),
    ("SE", &["eu-north-1", "europe-north2", "swedencentral"]),
    ("FI", &["europe-north1"]),
    ("BE", &["europe-west1"]),
    ("NL", &["europe-west4", "westeurope"]),
    ("PL", &["europe-central2", "polandcentral"]),
    ("NO", &["norwayeast", "norwaywest"]),
    ("ZA", &["af-south-1", "africa-south1", "southafricanorth", "southafricawest"]),
    ("IN", &["ap-south-1", "ap-south-2", "asia-south1", "asia-south2", "centralindia", "southindia", "westindia"]),
    ("JP", &["ap-northeast-1", "ap-northeast-3", "asia-northeast1", "asia-northeast2", "japaneast", "japanwest"]),
    ("KR", &["ap-northeast-2", "asia-northeast3", "koreacentral", "koreasouth"]),
    ("SG", &["ap-southeast-1", "asia-southeast1", "southeastasia"]),
    (
        "AU",
        &[
            "ap-southeast-2",
            "ap-southeast-4",
            "australia-southeast1",
            "australia-southeast2",
            "australiaeast",
            "australiasoutheast",
        ],
    ),
    ("ID", &["ap-southeast-3", "asia-southeast2"]),
    ("HK", &["ap-east-1", "asia-east2", "eastasia"]),
    ("TW", &["asia-east1"]),
    ("IL", &["il-central-1", "me-west1", "israelcentral"]),
    ("AE", &["me-central-1", "uaenorth", "uaecentral"]),
    ("BH", &["me-south-1"]),
    ("QA", &["me-central1", "qatarcentral"]),
    ("SA", &["me-central2"]),
];
