//! Graphics cards. Kubernetes lends whole devices: a card that several share is offered in as many parts as the spec says, on
//! machines set aside for it, and what needs more than one part gets a whole card on the others. A card that can be divided in
//! hardware (MIG) is; others are shared by time, and their memory is not kept apart.

use super::Kube;
use crate::render::scene::App;
use crate::spec::{Gpu, Node};

/// A card shared by time.
const SHARED: &str = "nvidia.com/gpu.shared";
/// A whole card.
const WHOLE: &str = "nvidia.com/gpu";

/// How a card is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Division {
    /// By time, into so many parts.
    Time(u32),
    /// In hardware, each part of this profile: `1g.10gb`.
    Mig(&'static str),
}

impl Division {
    /// Of a card; nothing of one that is lent whole.
    fn of(gpu: &Gpu) -> Option<Self> {
        if gpu.slices < 2 {
            return None;
        }
        Some(profile(gpu).map_or(Self::Time(gpu.slices), Self::Mig))
    }

    /// As the device plugin's configuration is called.
    pub(super) fn config(self) -> String {
        match self {
            Self::Time(parts) => format!("parts-{parts}"),
            Self::Mig(_) => "mig".to_owned(),
        }
    }

    /// What a pod asks for.
    fn resource(self) -> String {
        match self {
            Self::Time(_) => SHARED.to_owned(),
            Self::Mig(profile) => format!("nvidia.com/mig-{profile}"),
        }
    }
}

/// The profile that divides a card into its parts, for cards that have any (NVIDIA MIG user guide, supported profiles).
fn profile(gpu: &Gpu) -> Option<&'static str> {
    let model = gpu.model.to_uppercase();
    let named = |name: &str| model.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == name);
    let profiles: &[(u32, &'static str)] = if named("A30") {
        &[(2, "2g.12gb"), (4, "1g.6gb")]
    } else if named("A100") && gpu.memory_gb <= 40.0 {
        &[(2, "3g.20gb"), (3, "2g.10gb"), (7, "1g.5gb")]
    } else if named("A100") || named("H100") {
        &[(2, "3g.40gb"), (3, "2g.20gb"), (4, "1g.20gb"), (7, "1g.10gb")]
    } else if named("H200") {
        &[(2, "3g.71gb"), (3, "2g.35gb"), (4, "1g.35gb"), (7, "1g.18gb")]
    } else {
        &[]
    };
    profiles.iter().find(|(parts, _)| *parts == gpu.slices).map(|(_, profile)| *profile)
}

fn may(app: &App<'_>, node: &Node) -> bool {
    app.workload.place.allows(node)
}

/// The first card that a workload may run on.
fn card<'a>(k: &Kube<'a>, app: &App<'_>) -> Option<&'a Gpu> {
    k.scene.spec.nodes.iter().filter(|node| may(app, node)).flat_map(|node| &node.gpus).next()
}

/// The part of a card that a replica asks for, where one is enough.
pub(super) fn part(k: &Kube<'_>, app: &App<'_>) -> Option<Division> {
    let need = app.entry.gpu?.memory_gb;
    let card = card(k, app)?;
    Division::of(card).filter(|_| need <= card.memory_gb / f64::from(card.slices))
}

/// What a replica asks for.
pub(super) fn asked(k: &Kube<'_>, app: &App<'_>) -> Option<String> {
    app.entry.gpu?;
    card(k, app)?;
    Some(part(k, app).map_or_else(|| WHOLE.to_owned(), Division::resource))
}

/// Machines alike with cards.
pub(super) struct Cards<'a> {
    pub(super) node: &'a Node,
    /// How many of them offer whole cards: the last ones.
    pub(super) whole: u32,
    /// How the others divide theirs.
    pub(super) division: Option<Division>,
}

/// Of each kind of node with cards, who divides them.
pub(super) fn nodes<'a>(k: &Kube<'a>) -> Vec<Cards<'a>> {
    let mut all = Vec::new();
    for node in &k.scene.spec.nodes {
        let slices = node.gpus.iter().map(|gpu| gpu.slices).max().unwrap_or(0);
        let cards: u64 = node.gpus.iter().map(|gpu| u64::from(gpu.count)).sum();
        if cards == 0 {
            continue;
        }
        let mut want = [0u64, 0];
        for app in k.scene.apps.iter().filter(|app| app.entry.gpu.is_some() && may(app, node)) {
            let pods = u64::from(app.asked.sets) * u64::from(app.asked.replicas);
            if part(k, app).is_some() {
                want[0] += pods.div_ceil(cards.saturating_mul(u64::from(slices.max(1))));
            } else {
                want[1] += pods.div_ceil(cards);
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
        all.push(Cards { node, whole, division: node.gpus.iter().find_map(Division::of) });
    }
    all
}
