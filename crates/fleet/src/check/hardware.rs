//! Machines: what their licences allow, what keeps their data right, and whether the room carries them.

use super::{Found, Scene, comma, text};
use crate::spec::{DiskKind, Node, Raid, Site, SiteKind};

/// BTU an hour of one watt.
const BTU_HOUR: f64 = 3.412;

/// A card of NVIDIA's GeForce or Titan line: its driver's licence does not allow it in a data centre.
fn is_consumer(model: &str) -> bool {
    let model = model.to_ascii_uppercase();
    if ["GEFORCE", "GTX", "TITAN"].iter().any(|line| model.contains(line)) {
        return true;
    }
    // RTX 3060, 4090, 5070 are GeForce; RTX 4000, 5000, 6000 and A4000 are not.
    let numbers = model.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<u32>().ok());
    let geforce = |n: u32| (2000..6000).contains(&n) && (50..=90).contains(&(n % 100)) && n.is_multiple_of(10);
    (model.contains("RTX") || model.starts_with(|c: char| c.is_ascii_digit())) && numbers.into_iter().any(geforce)
}

pub(super) fn gpu_licence(scene: &Scene<'_>, found: &mut Found<'_>) {
    if !scene.hosts_others() {
        return;
    }
    for (at, node) in scene.spec.nodes.iter().enumerate() {
        if scene.site(&node.site).is_none_or(|site| site.kind == SiteKind::OnPremises) {
            continue;
        }
        for (n, gpu) in node.gpus.iter().enumerate().filter(|(_, gpu)| gpu.count > 0 && is_consumer(&gpu.model)) {
            found.error(
                format!("node[{at}].gpu[{n}].model"),
                text(
                    format!(
                        "a licença do driver da {} proíbe o uso em data center, e `{}` atende terceiros",
                        gpu.model, node.id
                    ),
                    format!(
                        "the driver's licence of the {} forbids use in a data centre, and `{}` serves others",
                        gpu.model, node.id
                    ),
                ),
                text(
                    "use uma placa profissional: L4, A4000, A5000, T4, A10",
                    "use a professional card: L4, A4000, A5000, T4, A10",
                ),
            );
        }
    }
}

/// Own machines, with their position in the list.
fn own<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = (usize, &'a Node)> {
    let nodes = scene.spec.nodes.iter().enumerate().filter(|(_, node)| node.count > 0 && node.instance.is_none());
    nodes.filter(|(_, node)| scene.site(&node.site).is_some_and(|site| site.kind != SiteKind::CloudRegion))
}

pub(super) fn ecc(scene: &Scene<'_>, found: &mut Found<'_>) {
    if !scene.hosts_others() {
        return;
    }
    for (at, node) in own(scene).filter(|(_, node)| !node.ecc) {
        found.warn(
            format!("node[{at}].ecc"),
            text(
                format!(
                    "a memória de `{}` não corrige erros: um bit virado estraga dados de terceiros sem que se note",
                    node.id
                ),
                format!("the memory of `{}` does not correct errors: a turned bit spoils others' data unseen", node.id),
            ),
            text("use memória ECC e escreva ecc = true", "use ECC memory and write ecc = true"),
        );
    }
}

pub(super) fn power(scene: &Scene<'_>, found: &mut Found<'_>) {
    if !scene.promises_something() || !scene.hosts_others() {
        return;
    }
    for (at, site) in scene.physical().filter(|(_, site)| site.kind == SiteKind::OwnRack) {
        let (minutes, generator) =
            site.power.as_ref().map_or((0.0, false), |power| (power.ups_minutes, power.generator));
        if minutes <= 0.0 {
            found.warn(
                format!("site[{at}].power.ups_minutes"),
                text(
                    format!("`{}` não tem nobreak: cada piscada da rede reinicia todas as máquinas", site.id),
                    format!("`{}` has no batteries: each flicker of the grid restarts all machines", site.id),
                ),
                text("instale um nobreak e escreva ups_minutes", "install a UPS and write ups_minutes"),
            );
        }
        if !generator {
            found.warn(
                format!("site[{at}].power.generator"),
                text(
                    format!("`{}` não tem gerador: sem luz, as clínicas param depois de {minutes} min, e algo lhes foi prometido", site.id, minutes = comma(minutes)),
                    format!("`{}` has no generator: without the grid the clinics stop after {minutes} min, and something was promised to them", site.id),
                ),
                text(
                    "instale um gerador automático (generator = true), ou alugue um rack em um data center",
                    "install a generator that starts by itself (generator = true), or rent a rack in a data centre",
                ),
            );
        }
    }
}

/// Watts and units of rack of all the machines at a site.
fn load(scene: &Scene<'_>, site: &Site) -> (f64, u64) {
    let nodes = scene.spec.nodes.iter().filter(|node| node.site == site.id);
    nodes.fold((0.0, 0), |(watts, units), node| {
        (watts + node.watts * f64::from(node.count), units + u64::from(node.rack_units) * u64::from(node.count))
    })
}

pub(super) fn watts(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, site) in scene.physical() {
        let Some(power) = site.power.as_ref().filter(|power| power.watts > 0.0) else { continue };
        let (needed, _) = load(scene, site);
        if needed > power.watts {
            found.error(
                format!("site[{at}].power.watts"),
                text(
                    format!("as máquinas de `{}` pedem {needed:.0} W, e o circuito dá {:.0} W", site.id, power.watts),
                    format!(
                        "the machines at `{}` take {needed:.0} W, and the circuit gives {:.0} W",
                        site.id, power.watts
                    ),
                ),
                text(
                    format!("contrate um circuito de ao menos {needed:.0} W, ou tire máquinas"),
                    format!("order a circuit of at least {needed:.0} W, or take machines away"),
                ),
            );
        }
    }
}

pub(super) fn cooling(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, site) in scene.physical() {
        let heat = load(scene, site).0 * BTU_HOUR;
        let cooling = site.power.as_ref().map_or(0.0, |power| power.cooling_btu_hour);
        let path = format!("site[{at}].power.cooling_btu_hour");
        let remedy = text(
            format!("instale ar-condicionado dedicado de ao menos {heat:.0} BTU/h, com reserva"),
            format!("install air conditioning of its own, of at least {heat:.0} BTU/h, with some to spare"),
        );
        if cooling > 0.0 && heat > cooling {
            let message = text(
                format!("as máquinas de `{}` aquecem {heat:.0} BTU/h, e a climatização tira {cooling:.0}", site.id),
                format!(
                    "the machines at `{}` give {heat:.0} BTU/h of heat, and the cooling takes {cooling:.0} away",
                    site.id
                ),
            );
            found.error(path, message, remedy);
        } else if cooling <= 0.0 && heat > 0.0 && site.kind == SiteKind::OwnRack {
            let message = text(
                format!("de `{}` não se diz a climatização, e as máquinas aquecem {heat:.0} BTU/h", site.id),
                format!("the cooling of `{}` is not said, and the machines give {heat:.0} BTU/h of heat", site.id),
            );
            found.warn(path, message, remedy);
        }
    }
}

pub(super) fn rack(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, site) in scene.physical() {
        let Some(power) = site.power.as_ref().filter(|power| power.rack_units > 0) else { continue };
        let (_, units) = load(scene, site);
        if units > u64::from(power.rack_units) {
            found.error(
                format!("site[{at}].power.rack_units"),
                text(
                    format!("as máquinas de `{}` ocupam {units} U, e o rack tem {} U", site.id, power.rack_units),
                    format!("the machines at `{}` take {units} units, and the rack has {}", site.id, power.rack_units),
                ),
                text("acrescente um rack, ou use máquinas mais baixas", "add a rack, or use flatter machines"),
            );
        }
    }
}

pub(super) fn disks(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, node) in own(scene) {
        for (n, disk) in node.disks.iter().enumerate().filter(|(_, disk)| disk.kind != DiskKind::Network) {
            let path = format!("node[{at}].disk[{n}].raid");
            let least = match disk.raid {
                Raid::None => 1,
                Raid::Raid1 => 2,
                Raid::Raid5 => 3,
                Raid::Raid6 | Raid::Raid10 => 4,
            };
            if disk.count < least {
                found.error(
                    path,
                    text(
                        format!("esse RAID precisa de {least} discos, e `{}` tem {}", node.id, disk.count),
                        format!("this RAID takes {least} disks, and `{}` has {}", node.id, disk.count),
                    ),
                    text(format!("escreva count = {least}"), format!("write count = {least}")),
                );
            } else if disk.raid == Raid::None && scene.hosts_others() {
                found.warn(
                    path,
                    text(
                        format!("um disco de `{}` que falha leva o que está nele: não há RAID", node.id),
                        format!("a disk of `{}` that fails takes what is on it: there is no RAID", node.id),
                    ),
                    text(
                        "ponha um segundo disco e escreva raid = \"raid1\"",
                        "add a second disk and write raid = \"raid1\"",
                    ),
                );
            }
        }
    }
}
