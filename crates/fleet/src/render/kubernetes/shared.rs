//! What clinics share beside Aroeira: databases, services of the provider, what watches. A namespace for each of these parts.

use super::space::{Level, Space, Sum};
use super::work::{Amounts, Need, Seat, Work, most_replicas};
use super::{Kube, Part, Sheet, collector, data, failover, peers};
use crate::catalogue::by_operator;
use crate::render::Problem;
use crate::render::scene::App;

/// What MongoDB's operator puts beside each replica.
const MONGODB_AGENT: Need =
    Need { millicores: 250, mebibytes: 400, most_millicores: 1000, most_mebibytes: 512, disk_gb: 2 };
/// What an operator puts beside each replica, and before all of them: what the LimitRange gives.
const BESIDE: Need = Need { millicores: 50, mebibytes: 128, most_millicores: 250, most_mebibytes: 512, disk_gb: 0 };

impl<'a> Kube<'a> {
    /// The namespace of a part.
    pub(super) fn namespace(&self, part: Part) -> String {
        format!("{}-{}", self.fleet, part.id())
    }

    /// What a part runs, each once.
    fn shared(&'a self, part: Part) -> impl Iterator<Item = &'a App<'a>> {
        let runs = move |app: &&App<'_>| Part::of(app) == part && app.entry.image.is_some() && !app.asked.own;
        self.scene.apps.iter().filter(runs)
    }

    /// Amounts of a shared workload.
    pub(super) fn amounts(&self, id: &str, need: Need) -> Amounts {
        let amounts = Amounts::of(need);
        let put = |key: &str, text: String| self.slots.put(&["workloads", id, key], text);
        Amounts {
            cpu: put("cpu", amounts.cpu),
            memory: put("memory", amounts.memory),
            cpu_most: put("mostCpu", amounts.cpu_most),
            memory_most: put("mostMemory", amounts.memory_most),
            disk: if need.disk_gb > 0 { put("disk", amounts.disk) } else { String::new() },
        }
    }
}

pub(super) fn sheets(k: &Kube<'_>) -> Result<Vec<Sheet>, Problem> {
    let mut sheets = Vec::new();
    for part in [Part::Data, Part::Provider, Part::Observability] {
        let apps: Vec<&App<'_>> = k.shared(part).collect();
        let bought = part == Part::Data && !data::bought(k).is_empty();
        let collects = part == Part::Observability && k.collects();
        if apps.is_empty() && !bought && !collects {
            continue;
        }
        let mut sum = Sum::default();
        for app in &apps {
            sum.add(failover::pod(app), u64::from(most_replicas(k, app).unwrap_or(app.asked.replicas)));
            sum.add(failover::PROXY, failover::proxies(app));
            if by_operator(&app.entry.id) {
                sum.add(BESIDE, u64::from(app.asked.replicas) + 2);
                if app.entry.id == "mongodb" {
                    // Its agent, and a volume for its log.
                    sum.add(MONGODB_AGENT, u64::from(app.asked.replicas));
                }
                if app.entry.id == "object-store" {
                    // Three masters, and two filers with their volumes.
                    sum.add(BESIDE, 3);
                    sum.add(Need { disk_gb: 10, ..BESIDE }, 2);
                }
            }
        }
        if collects {
            // A cloud's own machines beside them, and one more of each group while they are exchanged.
            sum.add(collector::NEED, k.scene.machines() + 3 + k.scene.spec.nodes.len() as u64);
        }
        let space = Space {
            k,
            name: k.namespace(part),
            part: part.id(),
            quota: sum.quota().put(k, &["namespaces", part.id()]),
            open: apps.iter().any(|app| peers::open(k, app)),
            level: level(k, &apps, collects),
        };
        sheets.push(Sheet { part, name: "namespace".to_owned(), text: space.write()? });
        if collects {
            sheets.push(Sheet { part, name: collector::NAME.to_owned(), text: collector::write(k)? });
        }
        for app in apps {
            let text = if by_operator(&app.entry.id) { data::write(k, app)? } else { one(k, app, part)? };
            sheets.push(Sheet { part, name: app.id().to_owned(), text });
        }
        if bought {
            sheets.push(Sheet { part, name: "bought".to_owned(), text: data::names(k)? });
        }
    }
    Ok(sheets)
}

/// What pods of a part may be; whether those that gather logs are among them.
fn level(k: &Kube<'_>, apps: &[&App<'_>], collects: bool) -> Level {
    if collects && k.collects_logs() {
        Level::Privileged
    } else if apps.iter().any(|app| matches!(app.entry.id.as_str(), "mysql" | "mongodb" | "object-store")) {
        Level::Baseline
    } else {
        Level::Restricted
    }
}

fn one(k: &Kube<'_>, app: &App<'_>, part: Part) -> Result<String, Problem> {
    let seat = Seat {
        name: app.id().to_owned(),
        namespace: k.namespace(part),
        host: app.id().to_owned(),
        replicas: k.slots.put(&["workloads", app.id(), "replicas"], app.asked.replicas),
        amounts: k.amounts(app.id(), Need::of(app)),
    };
    Work::of(k, app, seat)?.write()
}

/// Namespaces of parts that run something, what gathers logs and traces among it.
pub(super) fn names(k: &Kube<'_>) -> Vec<String> {
    let parts = [Part::Data, Part::Provider, Part::Observability].into_iter();
    let runs = |part: &Part| k.shared(*part).next().is_some() || *part == Part::Observability && k.collects();
    parts.filter(runs).map(|part| k.namespace(part)).collect()
}
