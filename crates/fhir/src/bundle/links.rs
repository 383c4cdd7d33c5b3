//! The links among the entries of a transaction: what they call each other by becomes `Type/id` (R4 http, 3.1.0.11.2).

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::{Call, Entry};
use crate::resource::Problem;
use crate::types;

/// Which resource an entry is about, as it was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The logical id; `None` where a condition matched nothing and nothing is done.
    pub id: Option<String>,
    /// Whether the entry writes it: no two may write one.
    pub writes: bool,
    /// An update whose condition nothing met: it makes what must not be there.
    pub made: bool,
}

/// The conditional references of the entries, such as `Practitioner?identifier=a|b`, each once.
pub fn conditional_references(entries: &[Entry]) -> BTreeSet<String> {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            Value::Object(map) => {
                for (key, value) in map {
                    match value {
                        Value::String(text) if key == "reference" && is_conditional(text) => {
                            found.insert(text.clone());
                        }
                        Value::String(_) => {}
                        value => walk(value, found),
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for entry in entries {
        if let Some(resource) = entry.call.resource() {
            resource.as_value().values().for_each(|value| walk(value, &mut found));
        }
    }
    found
}

fn is_conditional(text: &str) -> bool {
    text.split_once('?').is_some_and(|(kind, _)| types::is_resource_type(kind))
}

/// Gives every entry its id, and makes its links say where they lead: those to the `fullUrl` of an entry, and those
/// with a condition, which `found` has by their text. Links to no entry are left as they are.
///
/// # Errors
/// All problems at once: two entries of one name or about one resource, conditional references that were not found.
pub fn link(entries: &mut [Entry], settled: &[Settled], found: &HashMap<String, String>) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let names = names(entries, settled, &mut problems);
    for (entry, settled) in entries.iter_mut().zip(settled) {
        let at = entry.at;
        let base = entry.full_url.as_deref().filter(|url| is_http(url)).and_then(base_of).map(str::to_owned);
        let id = settled.id.as_deref().filter(|_| !matches!(entry.call, Call::Patch { .. }));
        let Some(resource) = entry.call.resource_mut() else { continue };
        if let Some(id) = id {
            resource.set_id(id);
        }
        let mut links = Links { names: &names, found, base: base.as_deref(), problems: &mut problems };
        let mut path = format!("Bundle.entry[{at}].resource");
        for (key, value) in resource.iter_mut() {
            links.member(key, value, &mut path);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// What references call the entries, each with the `Type/id` it becomes. Two entries of one name are problems.
fn names(entries: &[Entry], settled: &[Settled], problems: &mut Vec<Problem>) -> HashMap<String, String> {
    let mut names = HashMap::with_capacity(entries.len());
    let mut written = HashSet::with_capacity(entries.len());
    for (entry, Settled { id, writes, .. }) in entries.iter().zip(settled) {
        let at = entry.at;
        let Some(id) = id else { continue };
        if *writes && !written.insert((entry.kind.as_str(), id.as_str())) {
            let text = "another entry is about the same resource";
            problems.push(Problem::new(format!("Bundle.entry[{at}]"), "duplicate", text));
        }
        if let Some(url) = &entry.full_url
            && !matches!(entry.call, Call::Read { .. })
            && names.insert(url.clone(), format!("{}/{id}", entry.kind)).is_some()
        {
            let text = "another entry has this URL";
            problems.push(Problem::new(format!("Bundle.entry[{at}].fullUrl"), "duplicate", text));
        }
    }
    names
}

fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// `http://host/base` of `http://host/base/Type/id`.
fn base_of(url: &str) -> Option<&str> {
    let (before, _) = url.rsplit_once('/')?;
    Some(before.rsplit_once('/')?.0)
}

/// Rewrites the links of one entry's resource.
struct Links<'a> {
    names: &'a HashMap<String, String>,
    /// What conditional references were found to mean.
    found: &'a HashMap<String, String>,
    /// What relative references of this entry are relative to.
    base: Option<&'a str>,
    problems: &'a mut Vec<Problem>,
}

impl Links<'_> {
    /// Looks at a member of an object. `path` is as it was when the call returns.
    fn member(&mut self, key: &str, value: &mut Value, path: &mut String) {
        let length = path.len();
        match value {
            Value::String(text) => match key {
                "reference" => self.reference(text, path),
                "url" | "uri" | "valueUri" | "valueUrl" | "valueUuid" if text.starts_with("urn:") => {
                    if let Some(name) = self.names.get(text.as_str()) {
                        name.clone_into(text);
                    }
                }
                "div" if text.contains("urn:") => self.narrative(text),
                _ => {}
            },
            Value::Object(map) => {
                path.push('.');
                path.push_str(key);
                map.iter_mut().for_each(|(key, value)| self.member(key, value, path));
            }
            Value::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    match item {
                        Value::Object(map) => {
                            path.push_str(&format!(".{key}[{at}]"));
                            map.iter_mut().for_each(|(key, value)| self.member(key, value, path));
                            path.truncate(length);
                        }
                        item => self.member(key, item, path),
                    }
                }
            }
            _ => {}
        }
        path.truncate(length);
    }

    fn reference(&mut self, text: &mut String, path: &str) {
        if let Some(name) = self.names.get(text.as_str()) {
            name.clone_into(text);
        } else if is_conditional(text) {
            match self.found.get(text.as_str()) {
                Some(name) => name.clone_into(text),
                None => {
                    let text = "the condition is met by no resource, or by several";
                    self.problems.push(Problem::new(format!("{path}.reference"), "not-found", text));
                }
            }
        } else if let Some(base) = self.base
            && !text.contains(':')
            && let Some(name) = self.names.get(&format!("{base}/{text}"))
        {
            name.clone_into(text);
        }
    }

    /// `href` and `src` of a narrative.
    fn narrative(&self, div: &mut String) {
        let mut rewritten = String::with_capacity(div.len());
        let mut rest = div.as_str();
        while let Some(open) = rest.find("=\"") {
            let (before, after) = rest.split_at(open + 2);
            rewritten.push_str(before);
            let Some(close) = after.find('"') else {
                rest = after;
                break;
            };
            let link = before.ends_with("href=\"") || before.ends_with("src=\"");
            let name = self.names.get(&after[..close]).filter(|_| link && after.starts_with("urn:"));
            rewritten.push_str(name.map_or(&after[..close], String::as_str));
            rest = &after[close..];
        }
        rewritten.push_str(rest);
        *div = rewritten;
    }
}
