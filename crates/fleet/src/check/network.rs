//! Ways to the internet, addresses and what guards them.

use std::collections::BTreeSet;

use super::{Found, Scene, text};
use crate::language::counted;
use crate::spec::{Edge, LinkKind, Routing, SiteKind};

/// The longest prefix that networks take from each other.
const LONGEST_ANNOUNCED: u8 = 24;

pub(super) fn unsure(scene: &Scene<'_>, found: &mut Found<'_>) {
    if scene.spec.promises.availability_percent.is_none() {
        return;
    }
    for (at, site) in scene.physical().filter(|(_, site)| site.kind != SiteKind::OnPremises) {
        if site.links.is_empty() || site.links.iter().any(|link| link.kind == LinkKind::Dedicated) {
            continue;
        }
        found.error(
            format!("site[{at}].link[0].kind"),
            text(
                format!("`{}` só tem link residencial, móvel ou de satélite, e a disponibilidade é prometida", site.id),
                format!("`{}` has residential, mobile or satellite links alone, and availability is promised", site.id),
            ),
            text(
                "contrate um link dedicado com SLA; este serve de segundo",
                "buy a dedicated link with an SLA; this one serves as the second",
            ),
        );
    }
}

pub(super) fn none(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, site) in scene.physical().filter(|(_, site)| site.links.is_empty()) {
        if site.kind == SiteKind::OnPremises {
            continue;
        }
        found.warn(
            format!("site[{at}]"),
            text(
                format!("de `{}` não se diz nenhum link de internet", site.id),
                format!("no way to the internet is said of `{}`", site.id),
            ),
            text("escreva [[site.link]]", "write [[site.link]]"),
        );
    }
}

pub(super) fn carriers(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, site) in scene.physical().filter(|(_, site)| site.links.len() > 1) {
        let carriers: BTreeSet<String> = site.links.iter().map(|link| link.carrier.trim().to_lowercase()).collect();
        if carriers.len() == 1 {
            found.error(
                format!("site[{at}].link[1].carrier"),
                text(
                    format!("todos os links de `{}` são da mesma operadora, e falham juntos", site.id),
                    format!("all links of `{}` are of one carrier, and fail together", site.id),
                ),
                text("contrate o segundo link de outra operadora", "buy the second link from another carrier"),
            );
        }
    }
}

pub(super) fn routing(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, site) in scene.physical() {
        let routing = site.addresses.as_ref().map(|addresses| addresses.routing).unwrap_or_default();
        let path = format!("site[{at}].addresses.routing");
        if site.links.len() > 1 && routing == Routing::Single {
            found.warn(
                path,
                text(
                    format!("`{}` tem {} links, mas nenhum assume quando o outro cai", site.id, site.links.len()),
                    format!("`{}` has {} links, but none takes over when the other fails", site.id, site.links.len()),
                ),
                text("escreva routing = \"dual-wan\" ou \"bgp\"", "write routing = \"dual-wan\" or \"bgp\""),
            );
        } else if site.links.len() < 2 && routing != Routing::Single {
            found.error(
                path,
                text(
                    format!("`{}` troca de link quando um cai, mas tem {}", site.id, site.links.len()),
                    format!("`{}` changes links when one fails, but has {}", site.id, site.links.len()),
                ),
                text(
                    "acrescente um segundo [[site.link]], de outra operadora",
                    "add a second [[site.link]] of another carrier",
                ),
            );
        }
    }
}

pub(super) fn block(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, site) in scene.spec.sites.iter().enumerate() {
        let Some(addresses) = &site.addresses else { continue };
        let Some(prefix) = addresses.ipv4_prefix else { continue };
        // The network's own, the broadcast's and the carrier's router.
        let usable = (1_u64 << (32 - u32::from(prefix.min(32)))).saturating_sub(3);
        let needed = match addresses.edge {
            Edge::Host | Edge::Cloud => 1,
            // The firewall's own, the services', the VPN's.
            Edge::Firewall => 3,
            // One more firewall and the address that they share.
            Edge::FirewallPair => 5,
        };
        let path = format!("site[{at}].addresses.ipv4_prefix");
        if usable < needed {
            let right = (0..=32).rev().find(|p| (1_u64 << (32 - p)).saturating_sub(3) >= needed).unwrap_or(29).min(29);
            found.error(
                path,
                text(
                    format!(
                        "um bloco /{prefix} deixa {}, e `{}` precisa de {needed}",
                        counted(usable, "endereço livre", "endereços livres"),
                        site.id
                    ),
                    format!(
                        "a block /{prefix} leaves {}, and `{}` needs {needed}",
                        counted(usable, "address", "addresses"),
                        site.id
                    ),
                ),
                text(format!("contrate um bloco /{right}"), format!("order a block /{right}")),
            );
        } else if addresses.routing == Routing::Bgp && prefix > LONGEST_ANNOUNCED {
            found.note(
                path,
                text(
                    format!("um bloco /{prefix} não se anuncia por duas operadoras: a internet não aceita nada menor que /24"),
                    format!("a block /{prefix} cannot be announced by two carriers: the internet takes nothing smaller than /24"),
                ),
                text(
                    "peça ao Registro.br um /24 e um número de AS, ou escreva routing = \"dual-wan\"",
                    "ask the registry for a /24 and an AS number, or write routing = \"dual-wan\"",
                ),
            );
        }
    }
}

pub(super) fn vpn(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, site) in scene.spec.sites.iter().enumerate() {
        let machines = scene.spec.nodes.iter().any(|node| node.site == site.id && node.count > 0);
        if machines && !site.addresses.as_ref().is_some_and(|addresses| addresses.admin_vpn) {
            found.warn(
                format!("site[{at}].addresses.admin_vpn"),
                text(
                    format!("administradores entram em `{}` sem VPN: a porta deles fica aberta a todos", site.id),
                    format!("administrators reach `{}` without a VPN: their door is open to all", site.id),
                ),
                text("use WireGuard e escreva admin_vpn = true", "use WireGuard and write admin_vpn = true"),
            );
        }
    }
}

pub(super) fn edge(scene: &Scene<'_>, found: &mut Found<'_>) {
    if !scene.hosts_others() {
        return;
    }
    for (at, site) in scene.physical().filter(|(_, site)| site.kind != SiteKind::OnPremises) {
        if site.addresses.as_ref().is_none_or(|addresses| addresses.edge == Edge::Host) {
            found.warn(
                format!("site[{at}].addresses.edge"),
                text(
                    format!("nada fica entre a internet e as máquinas de `{}`", site.id),
                    format!("nothing stands between the internet and the machines of `{}`", site.id),
                ),
                text(
                    "ponha um firewall na borda e escreva edge = \"firewall\"",
                    "put a firewall at the edge and write edge = \"firewall\"",
                ),
            );
        }
    }
}
