//! Where workloads may run: enough machines, zones or sites for their replicas, a majority that survives, entries that exist.

use std::collections::BTreeMap;

use super::{Found, Scene, text};
use crate::language::counted;
use crate::spec::{Node, Spread, Workload};

/// Bought as a service: it needs no machine.
fn provided(scene: &Scene<'_>, name: &str) -> bool {
    scene.spec.services.iter().any(|service| service.provides.as_deref() == Some(name))
}

fn bought(scene: &Scene<'_>, workload: &Workload) -> bool {
    provided(scene, &workload.id) || provided(scene, workload.uses())
}

/// Nodes that a workload may run on.
fn candidates<'a>(scene: &'a Scene<'_>, workload: &'a Workload) -> impl Iterator<Item = &'a Node> {
    scene.spec.nodes.iter().filter(move |node| node.count > 0 && workload.place.allows(node))
}

fn replicas(scene: &Scene<'_>, workload: &Workload) -> u32 {
    workload.replicas.unwrap_or_else(|| scene.entry(workload).map_or(1, |entry| entry.replicas))
}

/// Nodes, zones and sites that replicas can be spread over. A zone without a machine is none.
fn rooms(scene: &Scene<'_>, workload: &Workload) -> (u64, u64, u64) {
    let mut machines: BTreeMap<&str, u64> = BTreeMap::new();
    for node in candidates(scene, workload) {
        *machines.entry(node.site.as_str()).or_default() += u64::from(node.count);
    }
    let zones = machines.iter().map(|(site, machines)| {
        let zones = scene.site(site).map_or(1, |site| site.zones.max(1));
        u64::from(zones).min(*machines)
    });
    (machines.values().sum(), zones.sum(), machines.len() as u64)
}

pub(super) fn spread(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, workload) in scene.spec.workloads.iter().enumerate().filter(|(_, one)| !bought(scene, one)) {
        let replicas = replicas(scene, workload);
        let (nodes, zones, sites) = rooms(scene, workload);
        let (there, portuguese, english) = match workload.place.spread {
            Spread::None => continue,
            Spread::Node => (nodes, ["máquina", "máquinas"], ["node", "nodes"]),
            Spread::Zone => (zones, ["zona", "zonas"], ["zone", "zones"]),
            Spread::Site => (sites, ["local", "locais"], ["site", "sites"]),
        };
        if there == 0 || u64::from(replicas) <= there {
            continue;
        }
        found.error(
            format!("workload[{at}].place.spread"),
            text(
                format!(
                    "as {replicas} réplicas de `{}` não devem dividir nada, mas só há {} para elas",
                    workload.id,
                    counted(there, portuguese[0], portuguese[1])
                ),
                format!(
                    "the {replicas} replicas of `{}` shall share none, but there are only {} for them",
                    workload.id,
                    counted(there, english[0], english[1])
                ),
            ),
            text(
                format!("acrescente {}, ou escreva replicas = {there}", portuguese[1]),
                format!("add {}, or write replicas = {there}", english[1]),
            ),
        );
    }
}

pub(super) fn quorum(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, workload) in scene.spec.workloads.iter().enumerate().filter(|(_, one)| !bought(scene, one)) {
        let Some(entry) = scene.entry(workload) else { continue };
        let replicas = replicas(scene, workload);
        let (quorum, id) = (entry.quorum, &workload.id);
        let path = format!("workload[{at}].replicas");
        if replicas < quorum {
            found.error(
                path,
                text(
                    format!("`{id}` só serve com {quorum} réplicas de pé, e teria {replicas}"),
                    format!("`{id}` serves with {quorum} replicas up, and would have {replicas}"),
                ),
                text(format!("escreva replicas = {}", entry.replicas), format!("write replicas = {}", entry.replicas)),
            );
        } else if quorum > 1 && replicas == quorum {
            found.error(
                path,
                text(
                    format!("`{id}` para quando uma só das {replicas} réplicas falha: precisa de {quorum}"),
                    format!("`{id}` stops when one of its {replicas} replicas fails: it needs {quorum}"),
                ),
                text(format!("escreva replicas = {}", quorum + 1), format!("write replicas = {}", quorum + 1)),
            );
        } else if quorum > 1 && workload.place.spread == Spread::None {
            found.warn(
                format!("workload[{at}].place.spread"),
                text(
                    format!("as réplicas de `{id}` podem ficar todas na mesma máquina: a maioria cairia com ela"),
                    format!("the replicas of `{id}` may all share a node: the majority would fail with it"),
                ),
                text("escreva place = { spread = \"node\" }", "write place = { spread = \"node\" }"),
            );
        }
    }
}

pub(super) fn nowhere(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, workload) in scene.spec.workloads.iter().enumerate() {
        if bought(scene, workload) || replicas(scene, workload) == 0 || candidates(scene, workload).next().is_some() {
            continue;
        }
        found.error(
            format!("workload[{at}].place"),
            text(
                format!("`{}` não tem máquina em que rodar, nem é comprado como serviço", workload.id),
                format!("`{}` has no node to run on, and is not bought as a service", workload.id),
            ),
            text(
                "acrescente um [[node]], alargue place, ou escreva provides em um [[service]]",
                "add a [[node]], widen place, or write provides in a [[service]]",
            ),
        );
    }
}

pub(super) fn unknown_entry(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, workload) in scene.spec.workloads.iter().enumerate() {
        let name = workload.uses();
        if scene.catalogue.get(name).is_some() {
            continue;
        }
        let path = if workload.entry.is_some() { format!("workload[{at}].use") } else { format!("workload[{at}].id") };
        let message = text(format!("o catálogo não conhece `{name}`"), format!("the catalogue does not know `{name}`"));
        if workload.cores.is_some() && workload.memory_gb.is_some() {
            let remedy = text(
                "vale o que está escrito em cores e memory_gb; o que ele guarda não se conta",
                "what cores and memory_gb say holds; what it keeps is not counted",
            );
            found.warn(path, message, remedy);
        } else {
            let near = nearest(name, scene.catalogue.all().map(|entry| entry.id.as_str()));
            let (portuguese, english) = match near {
                Some(near) => (format!("seria use = \"{near}\"? "), format!("is use = \"{near}\" meant? ")),
                None => (String::new(), String::new()),
            };
            let remedy = text(
                format!("{portuguese}Senão, acrescente-o ao catálogo, ou escreva cores e memory_gb"),
                format!("{english}If not, add it to the catalogue, or write cores and memory_gb"),
            );
            found.error(path, message, remedy);
        }
    }
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|one| (strsim::damerau_levenshtein(name, one), one))
        .filter(|(far, _)| *far <= 2)
        .min()
        .map(|(_, one)| one)
}

pub(super) fn dependency(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, workload) in scene.spec.workloads.iter().enumerate() {
        let Some(entry) = scene.entry(workload) else { continue };
        for needed in &entry.depends_on {
            if provided(scene, needed)
                || scene.spec.workloads.iter().any(|one| one.uses() == needed || one.id == *needed)
            {
                continue;
            }
            found.error(
                format!("workload[{at}]"),
                text(
                    format!("`{}` não roda sem `{needed}`, que não está aqui", workload.id),
                    format!("`{}` does not run without `{needed}`, which is not here", workload.id),
                ),
                text(
                    format!(
                        "acrescente [[workload]] com id = \"{needed}\", ou um [[service]] com provides = \"{needed}\""
                    ),
                    format!("add a [[workload]] with id = \"{needed}\", or a [[service]] with provides = \"{needed}\""),
                ),
            );
        }
    }
}
