//! Clinics: who serves them, how they are kept apart, and what they bought.

use super::{Found, Scene, comma, text};
use crate::spec::Isolation;

/// What serves clinics where nothing else is said.
const USUAL: &str = "aroeira";
/// Kubernetes' own thresholds of one cluster: 10,000 namespaces, 10,000 services.
const MOST_NAMESPACES: u64 = 10_000;
/// From where one should begin to think of it.
const MANY_NAMESPACES: u64 = 8_000;

pub(super) fn workload(scene: &Scene<'_>, found: &mut Found<'_>) {
    let usual = scene.spec.workloads.iter().any(|one| one.id == USUAL || one.entry.as_deref() == Some(USUAL));
    for (at, clinics) in scene.spec.clinics.iter().enumerate() {
        if clinics.count > 0 && clinics.workload.is_none() && !usual {
            found.error(
                format!("clinics[{at}]"),
                text(
                    format!("nada atende estas {} clínicas: não há carga `{USUAL}`", clinics.count),
                    format!("nothing serves these {} clinics: there is no workload `{USUAL}`", clinics.count),
                ),
                text(
                    format!("acrescente [[workload]] com id = \"{USUAL}\", ou escreva aqui workload = \"...\""),
                    format!("add a [[workload]] with id = \"{USUAL}\", or write workload = \"...\" here"),
                ),
            );
        }
    }
}

pub(super) fn namespaces(scene: &Scene<'_>, found: &mut Found<'_>) {
    let of = scene.spec.clinics.iter().enumerate().filter(|(_, clinics)| clinics.isolation == Isolation::Namespace);
    let (mut all, mut first) = (0_u64, None);
    for (at, clinics) in of {
        all += u64::from(clinics.count);
        first = first.or(Some(at));
    }
    let Some(at) = first.filter(|_| all >= MANY_NAMESPACES) else { return };
    let message = text(
        format!("{all} espaços de nomes, um por clínica: um cluster de Kubernetes aguenta cerca de {MOST_NAMESPACES}"),
        format!("{all} namespaces, one a clinic: a cluster of Kubernetes bears about {MOST_NAMESPACES}"),
    );
    let remedy = text(
        "agrupe clínicas (isolation = \"pool\"), ou divida-as entre clusters",
        "group clinics (isolation = \"pool\"), or divide them among clusters",
    );
    let path = format!("clinics[{at}].isolation");
    if all > MOST_NAMESPACES {
        found.error(path, message, remedy);
    } else {
        found.warn(path, message, remedy);
    }
}

pub(super) fn plan(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, clinics) in scene.spec.clinics.iter().enumerate() {
        let (least, most) = clinics.plan.gb();
        let Some(gb) = clinics.gb.filter(|gb| *gb > most) else { continue };
        found.warn(
            format!("clinics[{at}].gb"),
            text(
                format!(
                    "{gb} GB por clínica passam do plano, que vai de {least} a {most} GB",
                    gb = comma(gb),
                    least = comma(least),
                    most = comma(most)
                ),
                format!("{gb} GB a clinic are beyond the plan, which goes from {least} to {most} GB"),
            ),
            text(
                "venda um plano maior, ou escreva os gigabytes do plano",
                "sell a larger plan, or write the plan's gigabytes",
            ),
        );
    }
}
