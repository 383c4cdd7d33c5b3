//! Graphics cards. Kubernetes lends whole devices: a card that several share is offered in as many parts as the spec says, on
//! machines set aside for it, and what needs more than one part gets a whole card on the others.

use super::Kube;
use crate::render::scene::App;
use crate::spec::{Gpu, Node};

/// A card in parts.
pub(super) const PART: &str = "nvidia.com/gpu.shared";
/// A whole card.
pub(super) const WHOLE: &str = "nvidia.com/gpu";

fn may(app: &App<'_>, node: &Node) -> bool {
    let place = &app.workload.place;
    (place.nodes.is_empty() || place.nodes.contains(&node.id))
        && (place.sites.is_empty() || place.sites.contains(&node.site))
}

/// The first card that a workload may run on.
fn card<'a>(k: &Kube<'a>, app: &App<'_>) -> Option<&'a Gpu> {
    k.scene.spec.nodes.iter().filter(|node| may(app, node)).flat_map(|node| &node.gpus).next()
}

/// What a replica asks for.
pub(super) fn asked(k: &Kube<'_>, app: &App<'_>) -> Option<&'static str> {
    let need = app.entry.gpu?.memory_gb;
    let card = card(k, app)?;
    let part = card.memory_gb / f64::from(card.slices.max(1));
    Some(if card.slices > 1 && need <= part { PART } else { WHOLE })
}

/// Of each kind of node with cards: how many of its machines offer whole cards, the last ones; and into how many parts the others
/// divide theirs.
pub(super) fn nodes<'a>(k: &Kube<'a>) -> Vec<(&'a Node, u32, u32)> {
    let mut all = Vec::new();
    for node in &k.scene.spec.nodes {
        let slices = node.gpus.iter().map(|gpu| gpu.slices).max().unwrap_or(0);
        let cards: u64 = node.gpus.iter().map(|gpu| u64::from(gpu.count)).sum();
        if cards == 0 {
            continue;
        }
        let mut want = [0u64, 0];
        for app in k.scene.apps.iter().filter(|app| may(app, node)) {
            let pods = u64::from(app.asked.sets) * u64::from(app.asked.replicas);
            match asked(k, app) {
                Some(PART) => want[0] += pods.div_ceil(cards.saturating_mul(u64::from(slices.max(1)))),
                Some(_) => want[1] += pods.div_ceil(cards),
                None => {}
            }
        }
        let whole = match want {
            [0, _] => node.count,
            [_, 0] => 0,
            // Each side at least one machine; what is left to those that divide.
            [parts, whole] => {
                let count = u64::from(node.count);
                let left = whole.min(count.saturating_sub(parts)).max(1).min(count.saturating_sub(1));
                u32::try_from(left).unwrap_or(node.count)
            }
        };
        all.push((node, whole, slices.max(1)));
    }
    all
}
