//! A set of Valkey: sentinels beside its pods agree on who is written to, and proxies before them lead clients there.

use std::collections::BTreeMap;

use askama::Template;

use super::Kube;
use super::peers::Peer;
use super::settings::Folder;
use super::work::{Amounts, Beside, Need, Work};
use crate::render::Problem;
use crate::render::scene::App;

const PROXY_IMAGE: &str = "haproxy:3.2.22-alpine";
/// `haproxy.cfg` answers there whether it has a primary.
const PROXY_HEALTH: u16 = 8405;
const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
/// What each sentinel takes, and each proxy: `beside` of the catalogue's entry counts them.
const SENTINEL: Need = Need { millicores: 20, mebibytes: 48, most_millicores: 100, most_mebibytes: 48, disk_gb: 0 };
pub(super) const PROXY: Need =
    Need { millicores: 50, mebibytes: 128, most_millicores: 500, most_mebibytes: 128, disk_gb: 0 };
const PROXIES: u8 = 2;

#[derive(Template)]
#[template(path = "kubernetes/valkey/primary.sh", escape = "none")]
struct Primary<'a> {
    k: &'a Kube<'a>,
}

#[derive(Template)]
#[template(path = "kubernetes/valkey/start.sh", escape = "none")]
struct Start<'a> {
    k: &'a Kube<'a>,
}

#[derive(Template)]
#[template(path = "kubernetes/valkey/ready.sh", escape = "none")]
struct Ready<'a> {
    k: &'a Kube<'a>,
}

#[derive(Template)]
#[template(path = "kubernetes/valkey/sentinel.sh", escape = "none")]
struct Sentinel<'a> {
    k: &'a Kube<'a>,
}

#[derive(Template)]
#[template(path = "kubernetes/valkey/haproxy.cfg", escape = "none")]
struct Haproxy<'a> {
    k: &'a Kube<'a>,
}

/// Whether another of its pods takes over from the one that is written to: one alone has no other.
pub(super) fn has(app: &App<'_>) -> bool {
    app.entry.id == "valkey" && app.asked.replicas > 1
}

/// What stands before a set of this name.
pub(super) fn proxy(name: &str) -> String {
    format!("{name}-proxy")
}

/// The proxies of each set: none where there is nothing to lead to.
pub(super) fn proxies(app: &App<'_>) -> u64 {
    if has(app) { PROXIES.into() } else { 0 }
}

/// A pod's need, with its sentinel's.
pub(super) fn pod(app: &App<'_>) -> Need {
    let mut need = Need::of(app);
    if has(app) {
        need.millicores += SENTINEL.millicores;
        need.mebibytes += SENTINEL.mebibytes;
        need.most_millicores += SENTINEL.most_millicores;
        need.most_mebibytes += SENTINEL.most_mebibytes;
    }
    need
}

/// A work with all that makes it fail over; `before` is the same once more, and becomes the proxies before it.
pub(super) fn with<'a>(mut work: Work<'a>, before: Work<'a>) -> Result<Work<'a>, Problem> {
    work.told = BTreeMap::from([
        ("NODES", format!("{}-nodes.{}.svc.cluster.local", work.name, work.namespace)),
        ("REPLICAS", work.replicas.clone()),
    ]);
    let own = |port| Peer::Instance { name: work.name.clone(), port };
    let among = [own(PORT), own(SENTINEL_PORT)];
    let before = proxies_of(Work { told: work.told.clone(), to: vec![own(PORT)], ..before })?;
    work.from = vec![Peer::Instance { name: before.name.clone(), port: PORT }];
    work.from.extend(among.clone());
    work.to.extend(among);
    work.command = words(&["sh", "/etc/valkey/start.sh"]);
    work.args = Vec::new();
    work.ready_command = words(&["sh", "/etc/valkey/ready.sh"]);
    work.settings = vec![scripts(work.k)?];
    work.beside = Some(Beside {
        name: "sentinel",
        command: words(&["sh", "/etc/valkey/sentinel.sh"]),
        port: SENTINEL_PORT,
        amounts: Amounts::of(SENTINEL),
    });
    work.door = Some(before.name.clone());
    work.before = Some(Box::new(before));
    Ok(work)
}

/// What their pods read when they begin.
fn scripts(k: &Kube<'_>) -> Result<Folder, Problem> {
    let files = [
        ("primary.sh", Primary { k }.render()?),
        ("ready.sh", Ready { k }.render()?),
        ("sentinel.sh", Sentinel { k }.render()?),
        ("start.sh", Start { k }.render()?),
    ];
    Ok(Folder::new("/etc/valkey", &files))
}

/// The proxies: whom clients call, and all that is said of places holds for them as well.
fn proxies_of(work: Work<'_>) -> Result<Work<'_>, Problem> {
    let k = work.k;
    // Its own configuration reads variables, not a file of Valkey's.
    // How many copies are too few for writes, from none up: a digit of `min-replicas-to-write` less one.
    let script = "PASSWORD=\"$(sed -n 's/^requirepass //p' /run/secrets/valkey/valkey-conf)\"; \
                  FEW=$(((REPLICAS - 1) / 2)); FEW=$((FEW > 0 ? FEW - 1 : 0)); export PASSWORD FEW; \
                  exec haproxy -W -db -f /usr/local/etc/haproxy/haproxy.cfg";
    Ok(Work {
        program: "haproxy",
        name: proxy(&work.name),
        image: k.slots.put(&["workloads", &work.id, "proxyImage"], PROXY_IMAGE),
        id: proxy(&work.id),
        stateful: false,
        primary: false,
        replicas: PROXIES.to_string(),
        most_replicas: None,
        amounts: Amounts::of(PROXY),
        ports: vec![("health", PROXY_HEALTH), ("redis", PORT)],
        port: PROXY_HEALTH,
        ready: Some("/ready"),
        command: words(&["sh", "-c"]),
        args: vec![script.to_owned()],
        settings: vec![Folder::new("/usr/local/etc/haproxy", &[("haproxy.cfg", Haproxy { k }.render()?)])],
        ..work
    })
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
