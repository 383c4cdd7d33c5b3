//! Reading a spec: what is wrong is said with its line and column, all that can be told at once, and what would be right.

use std::collections::{HashMap, HashSet};
use std::fmt;

use schemars::schema_for;
use toml::de::{DeTable, DeValue};

use super::Spec;

/// Bytes of a spec.
const LONGEST: usize = 4 << 20;
/// The largest number that means anything here.
const LARGEST: f64 = 1e12;
/// Machines, replicas or clinics of one entry.
const MOST: u32 = 1_000_000;

/// A place in the text of a spec, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Something wrong in a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.place, self.problem, self.remedy)
    }
}

impl std::error::Error for SpecError {}

/// Where each key of a spec stands in its text, by paths such as `node[2].cores`.
#[derive(Debug, Clone, Default)]
pub struct Places {
    offsets: HashMap<String, usize>,
    lines: Vec<usize>,
    text: String,
}

impl Places {
    fn of(text: &str, table: &DeTable<'_>) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut places = Self { offsets: HashMap::new(), lines, text: text.to_owned() };
        places.enter("", table);
        places
    }

    fn enter(&mut self, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = key.get_ref();
            let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            self.offsets.insert(path.clone(), key.span().start);
            self.value(&path, value.get_ref());
        }
    }

    fn value(&mut self, path: &str, value: &DeValue<'_>) {
        match value {
            DeValue::Table(table) => self.enter(path, table),
            DeValue::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let path = format!("{path}[{at}]");
                    self.offsets.insert(path.clone(), item.span().start);
                    self.value(&path, item.get_ref());
                }
            }
            _ => {}
        }
    }

    /// Where a path stands; of one that is not written, the nearest that is around it.
    #[must_use]
    pub fn find(&self, path: &str) -> Place {
        let mut rest = path;
        loop {
            if let Some(offset) = self.offsets.get(rest) {
                return self.at(*offset);
            }
            match rest.rfind(['.', '[']) {
                Some(end) => rest = &rest[..end],
                None => return Place { line: 1, column: 1 },
            }
        }
    }

    fn at(&self, offset: usize) -> Place {
        place_of(&self.text, &self.lines, offset)
    }
}

fn place_of(text: &str, lines: &[usize], offset: usize) -> Place {
    let line = lines.partition_point(|start| *start <= offset).max(1);
    let start = lines.get(line - 1).copied().unwrap_or_default();
    let column = text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
    Place { line, column }
}

impl Spec {
    /// Reads a spec, and where its keys stand.
    ///
    /// # Errors
    /// All that is wrong with it: what is no TOML, keys and values that do not exist, names given twice, names of what is not
    /// there, numbers out of range.
    pub fn read(text: &str) -> Result<(Self, Places), Vec<SpecError>> {
        if text.len() > LONGEST {
            let problem = format!("the spec is longer than {LONGEST} bytes");
            let remedy = "list clinics by plan and count".to_owned();
            return Err(vec![SpecError { place: Place { line: 1, column: 1 }, problem, remedy }]);
        }
        let table = DeTable::parse(text).map_err(|error| vec![syntax(text, &error)])?;
        let places = Places::of(text, table.get_ref());
        let spec: Self = toml::from_str(text).map_err(|error| vec![syntax(text, &error)])?;
        let mut errors = Vec::new();
        spec.examine(&places, &mut errors);
        errors.sort_by_key(|error: &SpecError| error.place);
        if errors.is_empty() { Ok((spec, places)) } else { Err(errors) }
    }

    /// The JSON Schema (2020-12) of a spec.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schema_for!(Spec).to_value()
    }

    /// What the types cannot say.
    fn examine(&self, places: &Places, errors: &mut Vec<SpecError>) {
        let mut wrong = |path: String, problem: String, remedy: &str| {
            errors.push(SpecError { place: places.find(&path), problem, remedy: remedy.to_owned() });
        };
        numbers("", &serde_json::to_value(self).unwrap_or_default(), &mut |path, value| {
            wrong(path.to_owned(), format!("{value} is out of range"), "write a number from 0 to 10^12");
        });
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            let problem = format!("`{}` is no currency", self.currency);
            wrong("currency".into(), problem, "write three letters of ISO 4217: BRL, USD");
        }
        let lists: [(&str, Vec<&str>); 5] = [
            ("site", self.sites.iter().map(|one| one.id.as_str()).collect()),
            ("node", self.nodes.iter().map(|one| one.id.as_str()).collect()),
            ("storage", self.storage.iter().map(|one| one.id.as_str()).collect()),
            ("service", self.services.iter().map(|one| one.id.as_str()).collect()),
            ("workload", self.workloads.iter().map(|one| one.id.as_str()).collect()),
        ];
        for (list, ids) in &lists {
            let mut seen = HashSet::new();
            for (at, id) in ids.iter().enumerate() {
                let path = format!("{list}[{at}].id");
                if !is_id(id) {
                    let problem = format!("`{}` is no name", id.chars().take(80).collect::<String>());
                    wrong(path, problem, "write 1 to 50 small letters, digits and hyphens, a letter first");
                } else if !seen.insert(*id) {
                    wrong(path, format!("there are two {list}s called `{id}`"), "give each a name of its own");
                }
            }
        }
        if !is_id(&self.name) {
            wrong(
                "name".into(),
                "this is no name".into(),
                "write 1 to 50 small letters, digits and hyphens, a letter first",
            );
        }
        let known = |list: usize, id: &str| lists[list].1.contains(&id);
        let sites = self.nodes.iter().enumerate().map(|(at, one)| (format!("node[{at}].site"), &one.site));
        let sites =
            sites.chain(self.storage.iter().enumerate().map(|(at, one)| (format!("storage[{at}].site"), &one.site)));
        let sites =
            sites.chain(self.services.iter().enumerate().map(|(at, one)| (format!("service[{at}].site"), &one.site)));
        let mut unknown = |path: String, list: usize, id: &str| {
            if !known(list, id) {
                let (list, ids) = &lists[list];
                let problem = format!("there is no {list} called `{}`", id.chars().take(80).collect::<String>());
                wrong(path, problem, &nearest(id, ids.iter().copied()));
            }
        };
        for (path, site) in sites {
            unknown(path, 0, site);
        }
        for (at, workload) in self.workloads.iter().enumerate() {
            for (n, site) in workload.place.sites.iter().enumerate() {
                unknown(format!("workload[{at}].place.sites[{n}]"), 0, site);
            }
            for (n, node) in workload.place.nodes.iter().enumerate() {
                unknown(format!("workload[{at}].place.nodes[{n}]"), 1, node);
            }
            for (n, other) in workload.place.apart_from.iter().enumerate() {
                unknown(format!("workload[{at}].place.apart_from[{n}]"), 4, other);
            }
        }
        for (at, clinics) in self.clinics.iter().enumerate() {
            if let Some(workload) = &clinics.workload {
                unknown(format!("clinics[{at}].workload"), 4, workload);
            }
        }
        let counts = self.nodes.iter().enumerate().map(|(at, one)| (format!("node[{at}].count"), one.count));
        let counts =
            counts.chain(self.clinics.iter().enumerate().map(|(at, one)| (format!("clinics[{at}].count"), one.count)));
        let replicas = self.workloads.iter().enumerate();
        let replicas = replicas.map(|(at, one)| (format!("workload[{at}].replicas"), one.replicas.unwrap_or(0)));
        for (path, count) in counts.chain(replicas).filter(|(_, count)| *count > MOST) {
            wrong(path, format!("{count} are too many"), "write at most a million");
        }
    }
}

/// Whether it can be part of a name in DNS, Kubernetes and Terraform.
fn is_id(id: &str) -> bool {
    let letters = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (1..=50).contains(&id.len()) && letters && id.as_bytes()[0].is_ascii_lowercase() && !id.ends_with('-')
}

/// Visits every number that is none, negative or too large; what is not finite is `null` in JSON.
fn numbers(path: &str, value: &serde_json::Value, wrong: &mut dyn FnMut(&str, &str)) {
    match value {
        serde_json::Value::Number(number)
            if !number.as_f64().is_some_and(|number| (0.0..=LARGEST).contains(&number)) =>
        {
            wrong(path, &number.to_string());
        }
        serde_json::Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                numbers(&format!("{path}[{at}]"), item, wrong);
            }
        }
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                numbers(&if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value, wrong);
            }
        }
        _ => {}
    }
}

/// What is wrong with the text, or with its types.
fn syntax(text: &str, error: &toml::de::Error) -> SpecError {
    let lines: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let place = place_of(text, &lines, error.span().map_or(0, |span| span.start));
    let message = error.message();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let remedy = match (quoted.split_first(), message.split_once(' ').map(|(first, _)| first)) {
        (Some((unknown, known)), Some("unknown")) => nearest(unknown, known.iter().copied()),
        (Some((missing, _)), Some("missing")) => format!("Write `{missing} = ...` here"),
        _ => "`aroeira fleet schema` says what may stand here".to_owned(),
    };
    SpecError { place, problem: message.lines().next().unwrap_or_default().to_owned(), remedy }
}

/// The name that was meant, or the names there are.
fn nearest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<(usize, &str)> = known.map(|name| (strsim::damerau_levenshtein(unknown, name), name)).collect();
    known.sort_unstable();
    match known.first() {
        None => "Write one first".to_owned(),
        Some((distance, name)) if *distance <= 2 => format!("Is `{name}` meant?"),
        Some(_) => {
            let names: Vec<&str> = known.iter().map(|(_, name)| *name).take(12).collect();
            format!("There are: {}", names.join(", "))
        }
    }
}
