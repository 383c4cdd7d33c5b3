//! What the types of a spec cannot say: names given twice, names of what is not there, numbers out of range.

use std::collections::HashSet;

use toml::de::{DeTable, DeValue};

use super::position::{Places, join};
use super::read::{SpecError, nearest};
use super::watching::{is_zone, minutes};
use super::{Spec, installed};
use crate::language::{Text, text};

/// The largest number that means anything here.
const LARGEST: f64 = 1e12;
/// Machines, replicas or clinics of one entry.
const MOST: u32 = 1_000_000;
/// Numbers that have a bound of their own, by the last key of their path.
const BOUNDS: &[(&str, f64, f64)] = &[
    ("availability_percent", 0.0, 100.0),
    ("sla_percent", 0.0, 100.0),
    ("penalty_percent", 0.0, 100.0),
    ("clinics_percent_month", 0.0, 1000.0),
    ("data_percent_month", 0.0, 1000.0),
    ("tax_percent", 0.0, 1000.0),
    ("scale", 0.0, 1.0),
    ("ipv4_prefix", 0.0, 32.0),
    ("zones", 1.0, 64.0),
    ("slices", 1.0, 64.0),
    ("spare_nodes", 0.0, 1000.0),
];
/// Letters of what somebody wrote that are said again.
const SHOWN: usize = 80;

/// Every number that is none (`nan`), not finite, negative, or beyond what it may be.
pub(super) fn numbers(table: &DeTable<'_>, places: &Places) -> Vec<SpecError> {
    let mut errors = Vec::new();
    for (key, value) in table {
        visit(&join("", key.get_ref()), value.get_ref(), value.span().start, places, &mut errors);
    }
    errors
}

fn visit(path: &str, value: &DeValue<'_>, offset: usize, places: &Places, errors: &mut Vec<SpecError>) {
    let (written, number): (&str, f64) = match value {
        DeValue::Table(table) => {
            for (key, value) in table {
                visit(&join(path, key.get_ref()), value.get_ref(), value.span().start, places, errors);
            }
            return;
        }
        DeValue::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                visit(&format!("{path}[{at}]"), item.get_ref(), item.span().start, places, errors);
            }
            return;
        }
        DeValue::Integer(number) => {
            let digits = number.as_str().trim_start_matches("0x").trim_start_matches("0o").trim_start_matches("0b");
            (
                number.as_str(),
                i64::from_str_radix(&digits.replace('_', ""), number.radix()).map_or(f64::NAN, |n| n as f64),
            )
        }
        DeValue::Float(number) => (number.as_str(), number.as_str().replace('_', "").parse().unwrap_or(f64::NAN)),
        _ => return,
    };
    let key = path.rsplit('.').next().unwrap_or(path);
    let (least, most) = BOUNDS.iter().find(|(name, ..)| *name == key).map_or((0.0, LARGEST), |(_, a, b)| (*a, *b));
    if !(least..=most).contains(&number) {
        let most = if most == LARGEST { "10^12".to_owned() } else { most.to_string() };
        errors.push(SpecError {
            place: places.at(offset),
            problem: text(
                format!("{} está fora do que `{key}` pode ser", shown(written)),
                format!("{} is out of range for `{key}`", shown(written)),
            ),
            remedy: text(
                format!("Escreva um número de {least} a {most}"),
                format!("Write a number from {least} to {most}"),
            ),
        });
    }
}

/// What is wrong with a spec whose types are right.
pub(super) fn examine(spec: &Spec, places: &Places) -> Vec<SpecError> {
    let mut wrong = Wrong { places, errors: Vec::new() };
    codes(spec, &mut wrong);
    let lists = lists(spec);
    if !is_name(&spec.name) {
        wrong.say("name", no_name(&spec.name), name_like());
    }
    for (list, ids) in &lists {
        unique(list, ids, &mut wrong);
    }
    references(spec, &lists, &mut wrong);
    counts(spec, &mut wrong);
    watching(spec, &mut wrong);
    installed::examine(spec, &mut wrong);
    wrong.errors
}

/// What is found on the way.
pub(super) struct Wrong<'a> {
    places: &'a Places,
    errors: Vec<SpecError>,
}

impl Wrong<'_> {
    pub(super) fn say(&mut self, path: &str, problem: Text, remedy: Text) {
        self.errors.push(SpecError { place: self.places.find(path), problem, remedy });
    }
}

fn no_name(id: &str) -> Text {
    text(format!("`{}` não serve de nome", shown(id)), format!("`{}` is no name", shown(id)))
}

fn name_like() -> Text {
    text(
        "Escreva de 1 a 50 letras minúsculas sem acento, algarismos e hífens, com uma letra no começo",
        "Write 1 to 50 small letters, digits and hyphens, a letter first",
    )
}

/// Names by their list: `site`, `node`, `storage`, `service`, `workload`.
type Lists<'a> = [(&'static str, Vec<&'a str>); 5];

fn lists(spec: &Spec) -> Lists<'_> {
    [
        ("site", spec.sites.iter().map(|one| one.id.as_str()).collect()),
        ("node", spec.nodes.iter().map(|one| one.id.as_str()).collect()),
        ("storage", spec.storage.iter().map(|one| one.id.as_str()).collect()),
        ("service", spec.services.iter().map(|one| one.id.as_str()).collect()),
        ("workload", spec.workloads.iter().map(|one| one.id.as_str()).collect()),
    ]
}

fn codes(spec: &Spec, wrong: &mut Wrong<'_>) {
    if spec.currency.len() != 3 || !spec.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        let written = shown(&spec.currency);
        let problem = text(format!("`{written}` não é uma moeda"), format!("`{written}` is no currency"));
        let remedy = text("Escreva as três letras da ISO 4217: BRL, USD", "Write three letters of ISO 4217: BRL, USD");
        wrong.say("currency", problem, remedy);
    }
    let named = spec.residency.countries.iter().enumerate();
    let named = named.map(|(at, country)| (format!("residency.countries[{at}]"), country));
    let sites = spec.sites.iter().enumerate().map(|(at, site)| (format!("site[{at}].country"), &site.country));
    for (path, country) in named.chain(sites) {
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            let written = shown(country);
            let problem = text(format!("`{written}` não é um país"), format!("`{written}` is no country"));
            let remedy =
                text("Escreva as duas letras da ISO 3166-1: BR, US", "Write two letters of ISO 3166-1: BR, US");
            wrong.say(&path, problem, remedy);
        }
    }
}

fn unique(list: &str, ids: &[&str], wrong: &mut Wrong<'_>) {
    let mut seen = HashSet::new();
    for (at, id) in ids.iter().enumerate() {
        let path = format!("{list}[{at}].id");
        if !is_name(id) {
            wrong.say(&path, no_name(id), name_like());
        } else if !seen.insert(*id) {
            let problem = text(
                format!("`{id}` já é o nome de outro item de `{list}`"),
                format!("`{id}` is the name of another {list}"),
            );
            wrong.say(&path, problem, text("Dê a cada um o seu nome", "Give each a name of its own"));
        }
    }
}

fn references(spec: &Spec, lists: &Lists<'_>, wrong: &mut Wrong<'_>) {
    let mut unknown = |path: String, list: &str, id: &str| {
        let Some((_, ids)) = lists.iter().find(|(name, _)| *name == list) else { return };
        if !ids.contains(&id) {
            let written = shown(id);
            let problem = text(
                format!("não há em `{list}` nenhum item chamado `{written}`"),
                format!("there is no {list} called `{written}`"),
            );
            wrong.say(&path, problem, nearest(id, ids.iter().copied()));
        }
    };
    for (at, node) in spec.nodes.iter().enumerate() {
        unknown(format!("node[{at}].site"), "site", &node.site);
    }
    for (at, storage) in spec.storage.iter().enumerate() {
        unknown(format!("storage[{at}].site"), "site", &storage.site);
    }
    for (at, service) in spec.services.iter().enumerate() {
        unknown(format!("service[{at}].site"), "site", &service.site);
    }
    for (at, workload) in spec.workloads.iter().enumerate() {
        let place = &workload.place;
        for (key, list, ids) in [
            ("sites", "site", &place.sites),
            ("nodes", "node", &place.nodes),
            ("apart_from", "workload", &place.apart_from),
        ] {
            for (n, id) in ids.iter().enumerate() {
                unknown(format!("workload[{at}].place.{key}[{n}]"), list, id);
            }
        }
    }
    for (at, clinics) in spec.clinics.iter().enumerate() {
        if let Some(workload) = &clinics.workload {
            unknown(format!("clinics[{at}].workload"), "workload", workload);
        }
    }
}

fn counts(spec: &Spec, wrong: &mut Wrong<'_>) {
    let nodes = spec.nodes.iter().enumerate().map(|(at, one)| (format!("node[{at}].count"), one.count));
    let clinics = spec.clinics.iter().enumerate().map(|(at, one)| (format!("clinics[{at}].count"), one.count));
    let replicas = spec.workloads.iter().enumerate();
    let replicas = replicas.map(|(at, one)| (format!("workload[{at}].replicas"), one.replicas.unwrap_or(0)));
    for (path, count) in nodes.chain(clinics).chain(replicas).filter(|(_, count)| *count > MOST) {
        let problem = text(format!("{count} são demais"), format!("{count} are too many"));
        wrong.say(&path, problem, text("Escreva no máximo um milhão", "Write at most a million"));
    }
}

fn watching(spec: &Spec, wrong: &mut Wrong<'_>) {
    let watching = &spec.watching;
    for (key, time) in [("quiet_from", &watching.quiet_from), ("quiet_until", &watching.quiet_until)] {
        if minutes(time).is_none() {
            let time = shown(time);
            let problem = text(format!("`{time}` não é uma hora do dia"), format!("`{time}` is no time of a day"));
            let remedy = text("Escreva horas e minutos: 20:00", "Write hours and minutes: 20:00");
            wrong.say(&format!("watching.{key}"), problem, remedy);
        }
    }
    if !is_zone(&watching.zone) {
        let zone = shown(&watching.zone);
        let problem = text(format!("`{zone}` não é um fuso horário"), format!("`{zone}` is no time zone"));
        let remedy = text("Escreva um nome da IANA: America/Sao_Paulo", "Write an IANA name: America/Sao_Paulo");
        wrong.say("watching.zone", problem, remedy);
    }
    // Prometheus fills in what stands between braces.
    let plain = |c: char| c.is_ascii_graphic() && !"{}\"'`\\<>".contains(c);
    if watching.runbooks.is_empty() || watching.runbooks.len() > 500 || !watching.runbooks.chars().all(plain) {
        let address = shown(&watching.runbooks);
        let problem = text(format!("`{address}` não é um endereço"), format!("`{address}` is no address"));
        let remedy = text(
            "Escreva um caminho ou endereço sem espaços: https://docs.example.com/runbooks",
            "Write a path or an address without spaces: https://docs.example.com/runbooks",
        );
        wrong.say("watching.runbooks", problem, remedy);
    }
    if watching.alerts.is_empty() {
        let problem = text("alertas que não chegam a ninguém não são alertas", "alerts that reach nobody are none");
        let remedy =
            text("Nomeie ao menos um: slack, pagerduty ou email", "Name at least one of slack, pagerduty and email");
        wrong.say("watching.alerts", problem, remedy);
    }
    for (at, channel) in watching.alerts.iter().enumerate() {
        if watching.alerts[..at].contains(channel) {
            let problem = text("está nomeado duas vezes", "it is named twice");
            let remedy = text("Nomeie cada um uma só vez", "Name each of them once");
            wrong.say(&format!("watching.alerts[{at}]"), problem, remedy);
        }
    }
}

/// Whether it can be a name of a spec: part of one in DNS, Kubernetes and Terraform.
#[must_use]
pub fn is_name(id: &str) -> bool {
    let letters = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    letters && id.len() <= 50 && id.starts_with(|c: char| c.is_ascii_lowercase()) && !id.ends_with('-')
}

pub(super) fn shown(written: &str) -> String {
    written.chars().take(SHOWN).collect()
}
