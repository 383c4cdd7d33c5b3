//! What a value set is made of (`ValueSet.compose`), of the official ones and of one that is sent.

use serde_json::{Map, Value};

/// A value set: what it includes, less what it excludes.
#[derive(Debug, Default)]
pub struct ValueSet<'a> {
    /// Canonical address; may be empty in one that is sent.
    pub url: &'a str,
    /// Empty where there is none.
    pub version: &'a str,
    /// Logical id in the specification.
    pub id: &'a str,
    /// Name for computers.
    pub name: &'a str,
    /// Title for people.
    pub title: &'a str,
    /// Publication status.
    pub status: &'a str,
    /// A code belongs to one of these at least...
    pub include: Vec<Stated<'a>>,
    /// ...and to none of these.
    pub exclude: Vec<Stated<'a>>,
}

/// One `include` or `exclude`: all that it states must hold of a code.
#[derive(Debug, Default)]
pub struct Stated<'a> {
    /// Code system, empty where other value sets say it.
    pub system: &'a str,
    /// Of the code system; empty where any will do.
    pub version: &'a str,
    /// Codes with what they are called there; none for all of the code system.
    pub concepts: Vec<(&'a str, &'a str)>,
    /// Conditions on the concepts of the code system.
    pub filters: Vec<Rule<'a>>,
    /// Value sets that a code belongs to as well.
    pub value_sets: Vec<&'a str>,
}

/// A condition on a concept (`ValueSet.compose.include.filter`).
#[derive(Debug, Clone, Copy)]
pub struct Rule<'a> {
    /// A property of the code system, or `concept`.
    pub property: &'a str,
    /// `=`, `is-a`, `descendent-of`, `is-not-a`, `regex`, `in`, `not-in`, `generalizes` or `exists`.
    pub op: &'a str,
    /// What it is compared with.
    pub value: &'a str,
}

/// The most codes, filters and value sets that a value set may state when it is sent.
const STATEMENTS: usize = 20_000;

impl<'a> ValueSet<'a> {
    /// Reads the composition of a ValueSet resource; `None` where it has none, is misshapen or states more than 20,000
    /// codes, filters and value sets.
    pub fn read(resource: &'a Map<String, Value>) -> Option<ValueSet<'a>> {
        let text = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default();
        let compose = resource.get("compose")?.as_object()?;
        let parts = |name: &str| match compose.get(name) {
            None => Some(Vec::new()),
            Some(parts) => parts.as_array()?.iter().map(Stated::read).collect(),
        };
        let set = ValueSet {
            url: text("url"),
            version: text("version"),
            id: text("id"),
            name: text("name"),
            title: text("title"),
            status: text("status"),
            include: parts("include")?,
            exclude: parts("exclude")?,
        };
        let stated = set.include.iter().chain(&set.exclude);
        let statements = stated.map(|s| 1 + s.concepts.len() + s.filters.len() + s.value_sets.len()).sum::<usize>();
        (statements <= STATEMENTS && !set.include.is_empty()).then_some(set)
    }
}

impl<'a> Stated<'a> {
    fn read(part: &'a Value) -> Option<Stated<'a>> {
        let part = part.as_object()?;
        let text = |map: &'a Map<String, Value>, name: &str| map.get(name).and_then(Value::as_str).unwrap_or_default();
        let list = |name: &str| part.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let concept = |it: &'a Value| {
            let it = it.as_object()?;
            Some((it.get("code")?.as_str()?, text(it, "display")))
        };
        let rule = |it: &'a Value| {
            let it = it.as_object()?;
            let part = |name: &str| it.get(name)?.as_str();
            Some(Rule { property: part("property")?, op: part("op")?, value: part("value")? })
        };
        let stated = Stated {
            system: text(part, "system"),
            version: text(part, "version"),
            concepts: list("concept").iter().map(concept).collect::<Option<_>>()?,
            filters: list("filter").iter().map(rule).collect::<Option<_>>()?,
            value_sets: list("valueSet").iter().map(Value::as_str).collect::<Option<_>>()?,
        };
        (!stated.system.is_empty() || !stated.value_sets.is_empty()).then_some(stated)
    }
}
