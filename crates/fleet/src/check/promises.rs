//! What customers are promised, against what the spec says of itself.

use super::{Found, Scene, comma, text};
use crate::catalogue::{BackupClass, StorageKind};
use crate::language::counted;
use crate::spec::{Backup, Payment, SiteKind, Workload};

/// Law 13.787/2018, art. 6: records may be destroyed twenty years after the last entry.
const RETENTION_YEARS: f64 = 20.0;

pub(super) fn rpo(scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some(rpo) = scene.spec.promises.rpo_hours else { return };
    match scene.spec.backup.every_hours {
        Some(every) if every <= rpo => {}
        Some(every) => found.error(
            "promises.rpo_hours",
            text(
                format!(
                    "promete-se perder no máximo {rpo} h de trabalho, mas há uma cópia a cada {every} h",
                    rpo = comma(rpo),
                    every = comma(every)
                ),
                format!("at most {rpo} h of work may be lost by the promise, but a copy is made every {every} h"),
            ),
            text(
                format!(
                    "copie a cada alteração (backup.every_hours = 0) ou prometa RPO de {every} h",
                    every = comma(every)
                ),
                format!("copy each change (backup.every_hours = 0), or promise an RPO of {every} h"),
            ),
        ),
        None => found.error(
            "promises.rpo_hours",
            text(
                format!(
                    "promete-se RPO de {rpo} h, mas não se diz de quanto em quanto tempo é feita uma cópia",
                    rpo = comma(rpo)
                ),
                format!("an RPO of {rpo} h is promised, but nothing says how often a copy is made"),
            ),
            text(
                "escreva backup.every_hours; 0 copia a cada alteração",
                "write backup.every_hours; 0 copies each change",
            ),
        ),
    }
}

/// PostgreSQL copies each change; volumes are copied whole.
pub(super) fn rpo_of_volumes(scene: &Scene<'_>, found: &mut Found<'_>) {
    let least = Backup::LEAST_MINUTES;
    if scene.spec.promises.rpo_hours.is_none_or(|rpo| rpo * 60.0 >= least) {
        return;
    }
    let whole = |one: &&Workload| {
        scene.entry(one).is_some_and(|entry| {
            entry.image.is_some()
                && entry.id != "postgresql"
                && entry.backup != BackupClass::None
                && entry.storage.iter().any(|one| one.kind != StorageKind::Object)
        })
    };
    let ids: Vec<String> = scene.spec.workloads.iter().filter(whole).map(|one| format!("`{}`", one.id)).collect();
    if !ids.is_empty() {
        let ids = ids.join(", ");
        found.warn(
            "promises.rpo_hours",
            text(
                format!("promete-se um RPO abaixo de {least} min, mas só o PostgreSQL copia cada alteração: de {ids} a cópia mais frequente é a cada {least} min"),
                format!("an RPO below {least} min is promised, but PostgreSQL alone copies each change: of {ids} the most frequent copy is every {least} min"),
            ),
            text(
                format!("prometa um RPO de {} h, ou mais", comma(least / 60.0)),
                format!("promise an RPO of {} h, or more", least / 60.0),
            ),
        );
    }
}

pub(super) fn rto(scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some(rto) = scene.spec.promises.rto_hours else { return };
    if scene.spec.backup.drill_days.is_none_or(|days| days <= 0.0) {
        found.warn(
            "promises.rto_hours",
            text(
                format!("promete-se voltar em {rto} h, mas nunca se treina a restauração", rto = comma(rto)),
                format!("{rto} h to run again are promised, but reading a copy back is never tried"),
            ),
            text(
                "escreva backup.drill_days = 30: uma restauração de teste por mês",
                "write backup.drill_days = 30: a trial a month",
            ),
        );
    }
}

pub(super) fn retention(scene: &Scene<'_>, found: &mut Found<'_>) {
    let years = scene.spec.promises.retention_years;
    if years < RETENTION_YEARS {
        found.error(
            "promises.retention_years",
            text(
                format!("prontuários seriam guardados por {years} anos; a Lei 13.787/2018, art. 6º, manda 20 anos a partir do último registro", years = comma(years)),
                format!("records would be kept for {years} years; law 13.787/2018 of Brazil, art. 6, asks for 20 from the last entry"),
            ),
            text("escreva promises.retention_years = 20 ou mais", "write promises.retention_years = 20 or more"),
        );
    }
}

/// A site cannot be reached more surely than its links together are: one minus the product of what each may fail.
pub(super) fn above_links(scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some(promise) = scene.spec.promises.availability_percent else { return };
    for (at, site) in scene.physical().filter(|(_, site)| !site.links.is_empty()) {
        if site.kind == SiteKind::OnPremises {
            continue;
        }
        let assured: Vec<f64> = site.links.iter().filter_map(|link| link.sla_percent).collect();
        let failing: f64 = assured.iter().map(|percent| 1.0 - percent / 100.0).product();
        let together = if assured.is_empty() { 0.0 } else { (1.0 - failing) * 100.0 };
        if together + 1e-9 < promise {
            let (portuguese, english) = if assured.is_empty() {
                ("nada".to_owned(), "nothing".to_owned())
            } else {
                (format!("{together:.3} %").replace('.', ","), format!("{together:.3}%"))
            };
            found.error(
                format!("site[{at}].link"),
                text(
                    format!("promete-se {promise} % de disponibilidade, mas os contratos dos links de `{}` juntos garantem {portuguese}", site.id, promise = comma(promise)),
                    format!("{promise}% availability is promised, but the contracts of the links of `{}` together assure {english}", site.id),
                ),
                text(
                    "contrate um segundo link com SLA, de outra operadora, ou prometa menos",
                    "buy a second link with an SLA from another carrier, or promise less",
                ),
            );
        }
    }
}

pub(super) fn spare(scene: &Scene<'_>, found: &mut Found<'_>) {
    let spec = scene.spec;
    let Some(promise) = spec.promises.availability_percent else { return };
    let machines: u64 = spec.nodes.iter().map(|node| u64::from(node.count)).sum();
    let needed = u64::from(spec.promises.spare_nodes) + 1;
    if machines > 0 && machines < needed {
        found.error(
            "promises.spare_nodes",
            text(
                format!(
                    "promete-se aguentar a falha de {}, mas há só {machines}",
                    counted(spec.promises.spare_nodes, "máquina", "máquinas")
                ),
                format!(
                    "the failure of {} is to do no harm, but there is only {machines}",
                    counted(spec.promises.spare_nodes, "machine", "machines")
                ),
            ),
            text(
                format!("tenha ao menos {needed} máquinas, ou escreva promises.spare_nodes = {}", machines - 1),
                format!("have at least {needed} machines, or write promises.spare_nodes = {}", machines - 1),
            ),
        );
    } else if machines == 1 && promise >= 99.9 {
        found.warn(
            "promises.availability_percent",
            text(
                format!("promete-se {promise} % com uma máquina só: sua troca leva mais que os minutos prometidos", promise = comma(promise)),
                format!("{promise}% is promised of one machine: replacing it takes longer than the minutes that are promised"),
            ),
            text("tenha uma segunda máquina, ou prometa menos", "have a second machine, or promise less"),
        );
    }
}

/// From here on a year has less than nine hours to spare: a zone that fails takes more.
const SURE_PERCENT: f64 = 99.9;

fn promised(scene: &Scene<'_>) -> Option<f64> {
    scene.spec.promises.availability_percent.filter(|promise| *promise >= SURE_PERCENT)
}

pub(super) fn one_zone(scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some(promise) = promised(scene) else { return };
    for (at, service) in scene.spec.services.iter().enumerate() {
        let Some(provides) = service.provides.as_deref().filter(|_| !service.multi_zone) else { continue };
        found.warn(
            format!("service[{at}].multi_zone"),
            text(
                format!(
                    "`{}` ({provides}) fica em uma zona só: se ela falha, tudo para, e se promete {promise} %",
                    service.id,
                    promise = comma(promise)
                ),
                format!(
                    "`{}` ({provides}) is in one zone: if that fails, all stops, and {promise}% is promised",
                    service.id
                ),
            ),
            text(
                "compre-o em várias zonas (Multi-AZ) e escreva multi_zone = true",
                "buy it in several zones (Multi-AZ) and write multi_zone = true",
            ),
        );
    }
}

pub(super) fn spot(scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some(promise) = promised(scene) else { return };
    let nodes = scene.spec.nodes.iter().enumerate().filter_map(|(at, node)| {
        let payment = node.instance.as_ref()?.payment;
        Some((format!("node[{at}].instance.payment"), &node.id, payment))
    });
    let services = scene.spec.services.iter().enumerate();
    let services = services.map(|(at, service)| (format!("service[{at}].payment"), &service.id, service.payment));
    for (path, id, _) in nodes.chain(services).filter(|(_, _, payment)| *payment == Payment::Spot) {
        found.warn(
            path,
            text(
                format!(
                    "`{id}` pode ser tirado a qualquer momento (spot), e se promete {promise} %",
                    promise = comma(promise)
                ),
                format!("`{id}` may be taken away at any moment (spot), and {promise}% is promised"),
            ),
            text(
                "deixe em spot só o que pode esperar, como ambientes de teste",
                "leave on spot only what can wait, such as environments for trials",
            ),
        );
    }
}
