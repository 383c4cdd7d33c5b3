//! Clinics: sets that many share, a shard each, in one namespace; and sets of a clinic's own, in a namespace of its own, or of a
//! group where there are many.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::space::{Level, Quota, Space, Sum};
use super::work::{Amounts, Need, Seat, Work, most_replicas};
use super::{Kube, Part, Sheet, failover, peers};
use crate::render::scene::App;
use crate::render::{Problem, naming};
use crate::spec::{Clinics, Isolation};

/// Own sets from which clinics are grouped, and how many a namespace then holds.
const MANY: u32 = 1_000;
const GROUP: u32 = 50;

/// A namespace with what clinics have of their own.
struct Own {
    name: String,
    /// Names of its sets, with the host of each.
    sets: Vec<(String, String)>,
}

/// Whether clinics are grouped.
pub(super) fn grouped(k: &Kube<'_>) -> bool {
    k.scene.plan.demand.iter().filter(|one| one.own).map(|one| one.sets).sum::<u32>() > MANY
}

/// The name of some clinics alike, as names of Kubernetes go.
fn slug(clinics: &Clinics) -> String {
    let plan = serde_json::to_value(clinics.plan).ok().and_then(|plan| plan.as_str().map(str::to_owned));
    let slug = naming::label(clinics.name.as_deref().unwrap_or_default(), 16);
    if slug.is_empty() { plan.unwrap_or_default() } else { slug }
}

/// Of each own set of the plan, in its order: where its clinics are.
fn spaces<'a>(k: &'a Kube<'a>) -> Vec<(&'a App<'a>, Vec<Own>)> {
    let grouped = grouped(k);
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for app in k.scene.apps.iter().filter(|app| app.asked.own && app.entry.image.is_some()) {
        let serves = |one: &&Clinics| one.workload.as_deref().unwrap_or("aroeira") == app.id();
        let mut of = k.scene.spec.clinics.iter().filter(serves);
        let mut of = of.by_ref().filter(|one| one.isolation != Isolation::Pool && one.count > 0);
        let at = seen.entry(app.id()).or_default();
        let Some(clinics) = of.nth(*at) else { continue };
        *at += 1;
        let slug = slug(clinics);
        let first = numbers.get(&slug).copied().unwrap_or(0);
        numbers.insert(slug.clone(), first + app.asked.sets);
        let mut owns: Vec<Own> = Vec::new();
        for number in first + 1..=first + app.asked.sets {
            let host = format!("{slug}-{number:03}");
            if !grouped {
                owns.push(Own { name: format!("{}-{host}", k.fleet), sets: vec![(app.id().to_owned(), host)] });
                continue;
            }
            let group = format!("{}-{slug}-group-{:03}", k.fleet, (number - 1) / GROUP + 1);
            let set = (format!("{}-{number:03}", app.id()), host);
            match owns.last_mut().filter(|own| own.name == group) {
                Some(own) => own.sets.push(set),
                None => owns.push(Own { name: group, sets: vec![set] }),
            }
        }
        all.push((app, owns));
    }
    all
}

/// The first namespace of clinics that a workload serves.
pub(super) fn first(k: &Kube<'_>, app: &App<'_>) -> String {
    let all = spaces(k);
    let owns = all.iter().find(|(one, _)| one.id() == app.id()).map(|(_, owns)| owns);
    owns.and_then(|owns| owns.first()).map(|own| own.name.clone()).unwrap_or_default()
}

/// The names of the sets that clinics share.
fn shards(app: &App<'_>) -> Vec<String> {
    if app.is_aroeira() {
        (1..=app.asked.replicas).map(|number| format!("{}-{number}", app.id())).collect()
    } else {
        vec![app.id().to_owned()]
    }
}

/// Namespaces of clinics: the shared one first.
pub(super) fn names(k: &Kube<'_>) -> Vec<String> {
    let pool = (!shared(k).is_empty()).then(|| k.namespace(Part::Clinics));
    let own = spaces(k).into_iter().flat_map(|(_, owns)| owns).map(|own| own.name);
    pool.into_iter().chain(own).collect()
}

/// Of each set of Aroeira that clinics share, its namespace and its name.
pub(super) fn shared_sets(k: &Kube<'_>) -> Vec<(String, String)> {
    let apps = shared(k).into_iter().filter(|app| app.is_aroeira());
    apps.flat_map(shards).map(|name| (k.namespace(Part::Clinics), name)).collect()
}

fn shared<'a>(k: &'a Kube<'a>) -> Vec<&'a App<'a>> {
    let here = |app: &&App<'_>| Part::of(app) == Part::Clinics && !app.asked.own && app.entry.image.is_some();
    k.scene.apps.iter().filter(here).collect()
}

/// What Prometheus asks: lines of a list.
pub(super) fn targets(k: &Kube<'_>) -> String {
    let mut text = String::new();
    let line = |text: &mut String, name: &str, namespace: &str| {
        let _ = writeln!(text, "          - \"{name}.{namespace}.svc:8080\"");
    };
    for app in shared(k).into_iter().filter(|app| app.is_aroeira()) {
        let namespace = k.namespace(Part::Clinics);
        if k.slots.is_chart() {
            text.push_str(&k.slots.action(&format!("range $name := index $.Values.shards \"{}\"", app.id())));
            line(&mut text, &k.slots.of("$name"), &namespace);
            text.push_str(&k.slots.action("end"));
        } else {
            shards(app).iter().for_each(|name| line(&mut text, name, &namespace));
        }
    }
    for (at, (app, owns)) in spaces(k).iter().enumerate().filter(|(_, (app, _))| app.is_aroeira()) {
        if k.slots.is_chart() {
            text.push_str(
                &k.slots.action(&format!("range $space := (index $.Values.own \"{}\").namespaces", key(app, at))),
            );
            text.push_str(&k.slots.action("range $set := $space.sets"));
            line(&mut text, &k.slots.of("$set.name"), &k.slots.of("$space.name"));
            text.push_str(&k.slots.action("end"));
            text.push_str(&k.slots.action("end"));
        } else {
            owns.iter().for_each(|own| own.sets.iter().for_each(|(name, _)| line(&mut text, name, &own.name)));
        }
    }
    if text.is_empty() { "          []".to_owned() } else { text.trim_end().to_owned() }
}

/// Own sets alike, among the values.
fn key(app: &App<'_>, at: usize) -> String {
    format!("{}-{}", app.id(), at + 1)
}

pub(super) fn sheets(k: &Kube<'_>) -> Result<Vec<Sheet>, Problem> {
    let mut sheets = Vec::new();
    let apps = shared(k);
    if !apps.is_empty() {
        let mut sum = Sum::default();
        for app in &apps {
            sum.add(Need::of(app), u64::from(most_replicas(k, app).unwrap_or(app.asked.replicas)));
        }
        let space = Space {
            k,
            name: k.namespace(Part::Clinics),
            part: Part::Clinics.id(),
            quota: sum.quota().put(k, &["namespaces", Part::Clinics.id()]),
            open: true,
            level: Level::Restricted,
        };
        sheets.push(Sheet { part: Part::Clinics, name: "namespace".to_owned(), text: space.write()? });
    }
    for app in apps {
        sheets.push(Sheet { part: Part::Clinics, name: app.id().to_owned(), text: pool(k, app)? });
    }
    for (at, (app, owns)) in spaces(k).into_iter().enumerate() {
        own(k, at, app, owns, &mut sheets)?;
    }
    Ok(sheets)
}

fn pool(k: &Kube<'_>, app: &App<'_>) -> Result<String, Problem> {
    let names = shards(app);
    let amounts = k.amounts(app.id(), Need::of(app));
    let replicas = if app.is_aroeira() { 1 } else { app.asked.replicas };
    let seat = |name: String| Seat {
        host: name.clone(),
        name,
        namespace: k.namespace(Part::Clinics),
        replicas: replicas.to_string(),
        amounts: amounts.clone(),
    };
    if !k.slots.is_chart() {
        return names.into_iter().map(|name| Work::of(k, app, seat(name))?.write()).collect();
    }
    k.slots.put(&["shards", app.id()], names);
    let begin = k.slots.action(&format!("range $name := index $.Values.shards \"{}\"", app.id()));
    Ok(format!("{begin}{}{}", Work::of(k, app, seat(k.slots.of("$name")))?.write()?, k.slots.action("end")))
}

fn own(k: &Kube<'_>, at: usize, app: &App<'_>, owns: Vec<Own>, sheets: &mut Vec<Sheet>) -> Result<(), Problem> {
    let need = Need::of(app);
    let pods = if app.is_aroeira() { 1 } else { app.asked.replicas };
    let most = u64::from(most_replicas(k, app).unwrap_or(pods));
    let amounts = Amounts::of(need);
    let largest = owns.iter().map(|own| own.sets.len()).max().unwrap_or(1) as u64;
    let mut sum = Sum::default();
    sum.add(failover::pod(app), most * largest);
    sum.add(failover::PROXY, failover::proxies(app) * largest);
    let quota = sum.quota();
    let open = peers::open(k, app);
    let (part, level) = (Part::Clinics.id(), Level::Restricted);
    let space = |name: String, quota: Quota| Space { k, name, part, quota, open, level };
    if k.slots.is_chart() {
        let key = key(app, at);
        k.slots.put(&["own", &key], values(&owns, &amounts, &quota, pods));
        let field = |name: &str| k.slots.of(format!("$own.{name}"));
        let amounts = Amounts {
            cpu: field("cpu"),
            memory: field("memory"),
            cpu_most: field("mostCpu"),
            memory_most: field("mostMemory"),
            disk: field("disk"),
        };
        let seat = Seat {
            name: k.slots.of("$set.name"),
            namespace: k.slots.of("$space.name"),
            host: k.slots.of("$set.host"),
            replicas: field("replicas"),
            amounts,
        };
        let text = [
            k.slots.action(&format!("$own := index $.Values.own \"{key}\"")),
            k.slots.action("range $space := $own.namespaces"),
            space(k.slots.of("$space.name"), quota.of(k, "$own.quota")).write()?,
            k.slots.action("range $set := $space.sets"),
            Work::of(k, app, seat)?.write()?,
            k.slots.action("end"),
            k.slots.action("end"),
        ];
        sheets.push(Sheet { part: Part::Clinics, name: format!("own-{key}"), text: text.concat() });
        return Ok(());
    }
    for own in owns {
        let mut text = space(own.name.clone(), quota.clone()).write()?;
        for (name, host) in own.sets {
            let (namespace, amounts) = (own.name.clone(), amounts.clone());
            let seat = Seat { name, namespace, host, replicas: pods.to_string(), amounts };
            text.push_str(&Work::of(k, app, seat)?.write()?);
        }
        sheets.push(Sheet { part: Part::Clinics, name: own.name, text });
    }
    Ok(())
}

fn values(owns: &[Own], amounts: &Amounts, quota: &Quota, pods: u32) -> Value {
    let sets =
        |own: &Own| own.sets.iter().map(|(name, host)| json!({ "name": name, "host": host })).collect::<Vec<_>>();
    let namespaces: Vec<Value> = owns.iter().map(|own| json!({ "name": own.name, "sets": sets(own) })).collect();
    json!({
        "cpu": amounts.cpu,
        "memory": amounts.memory,
        "mostCpu": amounts.cpu_most,
        "mostMemory": amounts.memory_most,
        "disk": amounts.disk,
        "replicas": pods,
        "quota": quota.clone().object(),
        "namespaces": namespaces,
    })
}
