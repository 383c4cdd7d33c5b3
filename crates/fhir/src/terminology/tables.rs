//! The distilled definitions in memory: one text, and sorted tables of slices of it. Inflated when first asked for.

use std::{io::Read, sync::OnceLock};

use super::compose::{Rule, Stated, ValueSet};

/// Gzip of the lines that `definitions/terminology.mjs` writes.
const DISTILLED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/terminology.txt.gz"));

/// How much of a code system is held here (`CodeSystem.content`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum Content {
    Complete,
    Fragment,
    Example,
    NotPresent,
}

/// A code system and its concepts.
#[derive(Debug)]
pub struct CodeSystem {
    /// Canonical address.
    pub url: &'static str,
    /// Empty where there is none.
    pub version: &'static str,
    /// Name for computers.
    pub name: &'static str,
    /// Title for people; may be empty.
    pub title: &'static str,
    /// How much of it is held.
    pub content: Content,
    pub(super) case_sensitive: bool,
    /// In the order of the definition, each after the one it is under.
    pub(super) concepts: Vec<Concept>,
    /// Places in `concepts`, sorted by code.
    by_code: Vec<u32>,
    /// Places of a concept and of one that it is under, sorted.
    parents: Vec<(u32, u32)>,
    /// Places of a concept and of one that is under it, sorted.
    children: Vec<(u32, u32)>,
    /// Properties by the place of their concept, sorted.
    properties: Vec<(u32, Property)>,
}

/// A code and what it is called.
#[derive(Debug, Clone, Copy)]
pub struct Concept {
    /// The code.
    pub code: &'static str,
    /// In English; may be empty.
    pub display: &'static str,
    /// Groups others and is not meant to be used by itself.
    pub is_abstract: bool,
    /// No longer in use.
    pub inactive: bool,
}

#[derive(Debug, Clone, Copy)]
struct Property {
    name: &'static str,
    value: PropertyValue,
}

/// The value of a concept's property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum PropertyValue {
    Code(&'static str),
    String(&'static str),
    Boolean(bool),
    DateTime(&'static str),
    Integer(&'static str),
}

impl PropertyValue {
    fn read(letter: &str, text: &'static str) -> PropertyValue {
        match letter {
            "s" => PropertyValue::String(text),
            "b" => PropertyValue::Boolean(text == "true"),
            "d" => PropertyValue::DateTime(text),
            "i" => PropertyValue::Integer(text),
            _ => PropertyValue::Code(text),
        }
    }

    /// As a filter compares it.
    pub fn text(self) -> &'static str {
        match self {
            PropertyValue::Boolean(true) => "true",
            PropertyValue::Boolean(false) => "false",
            PropertyValue::Code(text)
            | PropertyValue::String(text)
            | PropertyValue::DateTime(text)
            | PropertyValue::Integer(text) => text,
        }
    }
}

impl CodeSystem {
    /// The place of a code among the concepts.
    pub(super) fn place(&self, code: &str) -> Option<u32> {
        let found = self.by_code.binary_search_by(|at| self.at(*at).code.cmp(code)).ok().map(|at| self.by_code[at]);
        if found.is_some() || self.case_sensitive {
            return found;
        }
        self.by_code.iter().copied().find(|at| self.at(*at).code.eq_ignore_ascii_case(code))
    }

    pub(super) fn at(&self, place: u32) -> &Concept {
        &self.concepts[place as usize]
    }

    /// The concept of a code.
    pub fn concept(&self, code: &str) -> Option<&Concept> {
        self.place(code).map(|place| self.at(place))
    }

    /// How many concepts are held.
    pub fn len(&self) -> usize {
        self.concepts.len()
    }

    /// Whether no concept is held.
    pub fn is_empty(&self) -> bool {
        self.concepts.is_empty()
    }

    fn beside(pairs: &[(u32, u32)], place: u32) -> impl Iterator<Item = u32> {
        let start = pairs.partition_point(|(own, _)| *own < place);
        pairs[start..].iter().take_while(move |(own, _)| *own == place).map(|(_, other)| *other)
    }

    /// The concepts a code is directly under.
    pub fn parents(&self, code: &str) -> impl Iterator<Item = &Concept> {
        let places = self.place(code).into_iter().flat_map(|place| Self::beside(&self.parents, place));
        places.map(|place| self.at(place))
    }

    /// The concepts directly under a code.
    pub fn children(&self, code: &str) -> impl Iterator<Item = &Concept> {
        let places = self.place(code).into_iter().flat_map(|place| Self::beside(&self.children, place));
        places.map(|place| self.at(place))
    }

    /// Whether a concept is under another, however far.
    pub(super) fn is_under(&self, place: u32, above: u32) -> bool {
        // Each place is gone through once: a circle in a hierarchy must end.
        let mut open = vec![place];
        let mut seen = vec![place];
        while let Some(at) = open.pop() {
            for parent in Self::beside(&self.parents, at) {
                if parent == above {
                    return true;
                }
                if !seen.contains(&parent) {
                    seen.push(parent);
                    open.push(parent);
                }
            }
        }
        false
    }

    pub(super) fn properties_at(&self, place: u32) -> impl Iterator<Item = (&'static str, PropertyValue)> {
        let start = self.properties.partition_point(|(own, _)| *own < place);
        let own = self.properties[start..].iter().take_while(move |(own, _)| *own == place);
        own.map(|(_, property)| (property.name, property.value))
    }

    /// The properties of a code, by name.
    pub fn properties(&self, code: &str) -> impl Iterator<Item = (&'static str, PropertyValue)> {
        self.place(code).into_iter().flat_map(|place| self.properties_at(place))
    }

    fn begin(fields: [&'static str; 6]) -> CodeSystem {
        let [url, version, name, title, content, case] = fields;
        let content = match content {
            "complete" => Content::Complete,
            "fragment" => Content::Fragment,
            "example" => Content::Example,
            _ => Content::NotPresent,
        };
        CodeSystem {
            url,
            version,
            name,
            title,
            content,
            case_sensitive: case != "i",
            concepts: Vec::new(),
            by_code: Vec::new(),
            parents: Vec::new(),
            children: Vec::new(),
            properties: Vec::new(),
        }
    }

    /// Adds a concept under the last one of the depth before.
    fn add(&mut self, path: &mut Vec<u32>, depth: usize, code: &'static str, display: &'static str) {
        let place = u32::try_from(self.concepts.len()).unwrap_or(u32::MAX);
        path.truncate(depth);
        if let Some(parent) = path.last() {
            self.parents.push((place, *parent));
        }
        path.push(place);
        self.concepts.push(Concept { code, display, is_abstract: false, inactive: false });
    }

    fn add_property(&mut self, name: &'static str, value: PropertyValue) {
        let Some(last) = self.concepts.last_mut() else { return };
        match (name, value.text()) {
            ("notSelectable" | "abstract", "true") => last.is_abstract = true,
            ("inactive", "true") | ("status", "retired" | "inactive") => {
                last.inactive = true;
            }
            _ => {}
        }
        let place = u32::try_from(self.concepts.len() - 1).unwrap_or(u32::MAX);
        self.properties.push((place, Property { name, value }));
    }

    /// Sorts what was added, and takes up the hierarchy that stands in properties.
    fn finish(&mut self) {
        let mut by_code: Vec<u32> = (0..u32::try_from(self.concepts.len()).unwrap_or(u32::MAX)).collect();
        by_code.sort_by_key(|place| self.at(*place).code);
        self.by_code = by_code;
        let mut told = Vec::new();
        for (place, Property { name, value }) in &self.properties {
            let Some(other) = self.place(value.text()) else { continue };
            match *name {
                "parent" | "subsumedBy" => told.push((*place, other)),
                "child" => told.push((other, *place)),
                _ => {}
            }
        }
        self.parents.extend(told);
        self.parents.sort_unstable();
        self.parents.dedup();
        self.children = self.parents.iter().map(|(place, parent)| (*parent, *place)).collect();
        self.children.sort_unstable();
        self.parents.shrink_to_fit();
        self.concepts.shrink_to_fit();
        self.properties.shrink_to_fit();
    }
}

/// All of it, each list sorted by address.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) systems: Vec<CodeSystem>,
    pub(super) value_sets: Vec<ValueSet<'static>>,
}

impl Tables {
    fn read(text: &'static str) -> Tables {
        let mut tables = Tables::default();
        let mut path = Vec::new();
        for line in text.lines() {
            let mut fields = line.split('\t');
            let mut next = || fields.next().unwrap_or_default();
            match next() {
                "S" => tables.systems.push(CodeSystem::begin([next(), next(), next(), next(), next(), next()])),
                "V" => tables.value_sets.push(ValueSet::begin([next(), next(), next(), next(), next(), next()])),
                "K" => {
                    let (depth, code, display) = (next().parse().unwrap_or(0), next(), next());
                    let Some(system) = tables.systems.last_mut() else { continue };
                    system.add(&mut path, depth, code, display);
                }
                "P" => {
                    let (name, letter, value) = (next(), next(), next());
                    let Some(system) = tables.systems.last_mut() else { continue };
                    system.add_property(name, PropertyValue::read(letter, value));
                }
                letter => {
                    let Some(set) = tables.value_sets.last_mut() else { continue };
                    set.add(letter, next(), next(), next());
                }
            }
        }
        tables.systems.iter_mut().for_each(CodeSystem::finish);
        tables.value_sets.iter_mut().for_each(ValueSet::finish);
        tables
    }
}

impl ValueSet<'static> {
    fn begin(fields: [&'static str; 6]) -> ValueSet<'static> {
        let [url, version, id, name, title, status] = fields;
        ValueSet { url, version, id, name, title, status, include: Vec::new(), exclude: Vec::new() }
    }

    fn add(&mut self, letter: &str, first: &'static str, second: &'static str, third: &'static str) {
        let new = || Stated { system: first, version: second, ..Stated::default() };
        match letter {
            "I" => return self.include.push(new()),
            "X" => return self.exclude.push(new()),
            _ => {}
        }
        // What is excluded comes after all that is included.
        let last = if self.exclude.is_empty() { self.include.last_mut() } else { self.exclude.last_mut() };
        let Some(last) = last else { return };
        match letter {
            "c" => last.concepts.push((first, second)),
            "f" => last.filters.push(Rule { property: first, op: second, value: third }),
            "v" => last.value_sets.push(first),
            _ => {}
        }
    }

    fn finish(&mut self) {
        for stated in self.include.iter_mut().chain(&mut self.exclude) {
            stated.concepts.shrink_to_fit();
            stated.filters.shrink_to_fit();
            stated.value_sets.shrink_to_fit();
        }
        self.include.shrink_to_fit();
        self.exclude.shrink_to_fit();
    }
}

pub(super) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables::read(inflated(DISTILLED)))
}

/// The text of what the build has compressed; the tables are slices of it, so that it stays.
pub(super) fn inflated(distilled: &[u8]) -> &'static str {
    let mut text = String::new();
    let read = flate2::read::GzDecoder::new(distilled).read_to_string(&mut text);
    read.expect("the build has written it");
    text.shrink_to_fit();
    text.leak()
}

/// Splits `address|version`; an empty version where none is asked for.
pub(super) fn canonical(url: &str) -> (&str, &str) {
    url.split_once('|').unwrap_or((url, ""))
}

/// The value set of a canonical address, with or without `|version`; `None` where it is not held in that version.
pub fn value_set(url: &str) -> Option<&'static ValueSet<'static>> {
    let (url, version) = canonical(url);
    let all = &tables().value_sets;
    let found = &all[all.binary_search_by(|set| set.url.cmp(url)).ok()?];
    (version.is_empty() || found.version == version).then_some(found)
}

/// The value set with a logical id in the specification.
pub fn value_set_by_id(id: &str) -> Option<&'static ValueSet<'static>> {
    tables().value_sets.iter().find(|set| set.id == id)
}

/// The code system of a canonical address, with or without `|version`; `None` where it is not held in that version.
pub fn code_system(url: &str) -> Option<&'static CodeSystem> {
    let (url, version) = canonical(url);
    let all = &tables().systems;
    let found = &all[all.binary_search_by(|system| system.url.cmp(url)).ok()?];
    (version.is_empty() || found.version == version).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole_and_sorted() {
        let Tables { systems, value_sets } = tables();
        assert_eq!((systems.len(), value_sets.len()), (1062, 1317));
        assert!(systems.is_sorted_by(|a, b| a.url < b.url));
        assert!(value_sets.is_sorted_by(|a, b| a.url < b.url));
        assert_eq!(systems.iter().map(CodeSystem::len).sum::<usize>(), 20_726);
        assert!(value_sets.iter().all(|set| !set.include.is_empty()));
    }

    #[test]
    fn every_code_is_found_by_its_code() {
        for system in &tables().systems {
            for concept in &system.concepts {
                assert_eq!(system.concept(concept.code).map(|found| found.code), Some(concept.code), "{}", system.url);
            }
        }
    }
}
