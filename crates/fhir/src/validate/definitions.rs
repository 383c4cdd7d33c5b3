//! The types and resources of R4 as the build has distilled them. They are inflated at their first use, and a type is
//! read when it is first asked for; both then stay.

use std::{collections::HashMap, io::Read, sync::OnceLock};

use serde::Deserialize;

use super::invariant::Invariant;
use crate::fhirpath::{Child, Model};

/// Gzip of lines, as `definitions/structures.mjs` writes them.
const DISTILLED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/structures.txt.gz"));

/// No upper bound.
pub(super) const ANY: u32 = u32::MAX;

/// What sort of type a structure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Class {
    Primitive,
    Complex,
    Resource,
}

/// An object with elements: a type, a resource, or a structure inside of one.
#[derive(Debug)]
pub(super) struct Structure {
    /// `Patient`, `Patient.contact`, `HumanName`.
    pub(super) path: &'static str,
    pub(super) class: Class,
    /// Has no instances of its own.
    pub(super) is_abstract: bool,
    /// In the order of the definition, inherited ones first; at most 128.
    pub(super) fields: Vec<Field>,
    /// Every key of the JSON, sorted, with the field and the type of it.
    keys: Vec<(&'static str, u8, u8)>,
    /// The fields that must be there, a bit for each.
    pub(super) required: u128,
    /// What must hold of the whole.
    pub(super) invariants: Vec<&'static Invariant>,
}

/// An element.
#[derive(Debug)]
pub(super) struct Field {
    /// Of a choice its stem: `value`.
    pub(super) name: &'static str,
    pub(super) choice: bool,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) types: Vec<Type>,
    /// Their names, as FHIRPath asks for them.
    kinds: Vec<&'static str>,
    pub(super) binding: Option<Binding>,
    pub(super) invariants: Vec<&'static Invariant>,
    /// Of a summary.
    summary: bool,
    /// Changes what others mean.
    modifier: bool,
}

/// An element as those ask of it who write part of a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element {
    /// Of a choice its stem.
    pub(crate) name: &'static str,
    /// Its type; of an inline structure its path.
    pub(crate) kind: &'static str,
    /// Must be there.
    pub(crate) mandatory: bool,
    /// `isSummary`.
    pub(crate) summary: bool,
    /// `isModifier`.
    pub(crate) modifier: bool,
}

impl Definitions {
    /// The element of a key in the JSON of a type, or of a path inside of one.
    pub(crate) fn element(parent: &str, key: &str) -> Option<Element> {
        let (_, field, kind) = structure(parent)?.key(key)?;
        let Field { name, min, summary, modifier, .. } = *field;
        Some(Element { name, kind: kind.name, mandatory: min > 0, summary, modifier })
    }
}

/// A type that an element may have.
#[derive(Debug)]
pub(super) struct Type {
    /// Of an inline structure its path.
    pub(super) name: &'static str,
    /// Of a reference, the types it may point at; empty where all may be.
    pub(super) targets: Vec<&'static str>,
    /// How a value of it is checked.
    pub(super) shape: Shape,
    found: OnceLock<Option<&'static Structure>>,
}

/// How a value is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Primitive(super::primitive::Primitive),
    /// A structure of the definitions.
    Structure,
    /// Any resource.
    Resource,
}

/// The value set that the codes of an element are from.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) required: bool,
    pub(super) value_set: &'static str,
}

#[derive(Deserialize)]
struct Line<'a> {
    kind: Class,
    #[serde(borrow)]
    base: Option<&'a str>,
    #[serde(default, rename = "abstract")]
    is_abstract: bool,
    #[serde(borrow)]
    inline: HashMap<&'a str, Inline<'a>>,
}

#[derive(Deserialize)]
struct Inline<'a> {
    #[serde(default)]
    i: Vec<u16>,
    #[serde(borrow)]
    f: Vec<Described<'a>>,
}

#[derive(Deserialize)]
struct Described<'a> {
    n: &'a str,
    #[serde(default)]
    m: u32,
    #[serde(borrow)]
    x: Option<&'a str>,
    #[serde(default, borrow)]
    t: Vec<Vec<&'a str>>,
    #[serde(borrow)]
    r: Option<&'a str>,
    #[serde(borrow)]
    b: Option<(&'a str, &'a str)>,
    #[serde(default)]
    i: Vec<u16>,
    #[serde(default)]
    s: bool,
    #[serde(default)]
    d: bool,
}

struct Entry {
    name: &'static str,
    line: &'static str,
    read: OnceLock<Option<Loaded>>,
}

/// A type with the structures inside of it.
struct Loaded {
    base: Option<&'static str>,
    /// The type itself first, the others sorted by their path.
    structures: Vec<Structure>,
}

struct Library {
    entries: Vec<Entry>,
    invariants: Vec<Invariant>,
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let mut text = String::new();
        let read = flate2::read::GzDecoder::new(DISTILLED).read_to_string(&mut text);
        read.expect("the build has written it");
        // Names and expressions are parts of the text, which therefore stays.
        let text: &'static str = text.leak();
        let mut lines = text.lines();
        let constraints: Vec<(String, String, String, String)> =
            serde_json::from_str(lines.next().unwrap_or_default()).expect("the build has written it");
        let invariants = constraints
            .into_iter()
            .map(|(key, severity, human, expression)| Invariant::new(key, severity == "error", human, expression));
        let invariants = invariants.collect();
        let entry = |line: &'static str| {
            let (name, line) = line.split_once('\t').unwrap_or_default();
            Entry { name, line, read: OnceLock::new() }
        };
        let mut entries: Vec<Entry> = lines.map(entry).collect();
        entries.sort_unstable_by_key(|entry| entry.name);
        Library { entries, invariants }
    })
}

fn loaded(name: &str) -> Option<&'static Loaded> {
    let library = library();
    let at = library.entries.binary_search_by(|entry| entry.name.cmp(name)).ok()?;
    let entry = &library.entries[at];
    entry.read.get_or_init(|| load(library, entry)).as_ref()
}

/// The structure of a type or of a path inside of one.
pub(super) fn structure(path: &str) -> Option<&'static Structure> {
    let name = path.split_once('.').map_or(path, |(name, _)| name);
    let loaded = loaded(name)?;
    if name.len() == path.len() {
        return loaded.structures.first();
    }
    let inline = loaded.structures.get(1..)?;
    inline.binary_search_by(|one| one.path.cmp(path)).ok().map(|at| &inline[at])
}

/// Whether R4 itself has a constraint, for whatever element.
pub(super) fn has_invariant(key: &str, expression: &str) -> bool {
    let universal = matches!(key, "ele-1" | "ext-1" | "dom-2" | "dom-3" | "dom-4" | "dom-5" | "dom-6");
    universal || library().invariants.iter().any(|own| own.key == key && own.said(expression))
}

/// The type that a type specialises.
pub(super) fn base(name: &str) -> Option<&'static str> {
    loaded(name)?.base
}

/// Whether a type is, or specialises, another.
pub(super) fn is(name: &str, other: &str) -> bool {
    let mut name = name;
    loop {
        if name == other {
            return true;
        }
        let Some(base) = base(name) else { return false };
        name = base;
    }
}

fn load(library: &'static Library, entry: &Entry) -> Option<Loaded> {
    let mut line: Line<'static> = serde_json::from_str(entry.line).expect("the build has written it");
    let root = entry.name;
    // A profile of the same file, such as SimpleQuantity, has the path of its type.
    let own = if line.inline.contains_key(root) { root } else { line.base? };
    let inline: Vec<&'static str> = line.inline.keys().copied().filter(|path| *path != own).collect();
    let whole = line.inline.remove(own)?;
    let inherited = if own == root { line.base } else { None };
    let mut first = build(library, root, line.kind, inherited, whole, &inline);
    first.is_abstract = line.is_abstract;
    let parent = if line.kind == Class::Resource { "BackboneElement" } else { "Element" };
    let mut structures: Vec<Structure> = line
        .inline
        .into_iter()
        .map(|(path, parts)| build(library, path, Class::Complex, Some(parent), parts, &inline))
        .collect();
    structures.sort_unstable_by_key(|structure| structure.path);
    structures.insert(0, first);
    Some(Loaded { base: line.base, structures })
}

fn build(
    library: &'static Library,
    path: &'static str,
    class: Class,
    base: Option<&'static str>,
    parts: Inline<'static>,
    inline: &[&'static str],
) -> Structure {
    let inherited = base.and_then(structure).map_or(&[][..], |base| &base.fields);
    let mut fields: Vec<Field> = inherited.iter().map(Field::again).collect();
    // SimpleQuantity repeats what Quantity has, and is built without it.
    if path == "SimpleQuantity" || path == "MoneyQuantity" {
        fields = structure("Element").map_or(&[][..], |base| &base.fields).iter().map(Field::again).collect();
    }
    let stated = |numbers: &[u16]| -> Vec<&'static Invariant> {
        numbers.iter().filter_map(|at| library.invariants.get(usize::from(*at))).collect()
    };
    fields.extend(parts.f.into_iter().map(|part| field(path, &part, inline, &stated)));
    let mut keys = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let at = u8::try_from(at).unwrap_or(u8::MAX);
        for (number, kind) in field.types.iter().enumerate() {
            let number = u8::try_from(number).unwrap_or(u8::MAX);
            let key = if field.choice { choice_key(field.name, plain(kind.name)).leak() } else { field.name };
            keys.push((key, at, number));
            if !field.choice {
                break;
            }
        }
    }
    keys.sort_unstable();
    let required = fields.iter().enumerate().filter(|(_, field)| field.min > 0).map(|(at, _)| 1 << at).sum();
    Structure { path, class, is_abstract: false, fields, keys, required, invariants: stated(&parts.i) }
}

fn field(
    path: &'static str,
    part: &Described<'static>,
    inline: &[&'static str],
    stated: &dyn Fn(&[u16]) -> Vec<&'static Invariant>,
) -> Field {
    let choice = part.n.ends_with("[x]");
    let name = part.n.trim_end_matches("[x]");
    let below = inline
        .iter()
        .copied()
        .find(|one: &&'static str| one.strip_prefix(path).is_some_and(|rest| rest.strip_prefix('.') == Some(name)));
    let types: Vec<Type> = match (below, part.r) {
        (Some(path), _) | (None, Some(path)) => vec![Type::of(path, Vec::new())],
        _ => part.t.iter().filter_map(|one| Some(typed(path, name, one.split_first()?))).collect(),
    };
    let mut kinds: Vec<&'static str> = types.iter().map(|kind| kind.name).collect();
    kinds.shrink_to_fit();
    let max = part.x.map_or(1, |max| max.parse().unwrap_or(ANY));
    let binding = part.b.map(|(strength, value_set)| Binding { required: strength == "required", value_set });
    let (summary, modifier) = (part.s, part.d);
    Field { name, choice, min: part.m, max, types, kinds, binding, invariants: stated(&part.i), summary, modifier }
}

fn typed(path: &str, name: &str, (kind, targets): (&&'static str, &[&'static str])) -> Type {
    // R4 has the id of a resource as a string, and its own text as an id.
    let kind = if (path, name) == ("Resource", "id") { "id" } else { kind };
    let targets = if targets.contains(&"Resource") { Vec::new() } else { targets.to_vec() };
    Type::of(kind, targets)
}

/// A type without the profile on it: keys know of the type alone.
fn plain(kind: &str) -> &str {
    match kind {
        "SimpleQuantity" | "MoneyQuantity" => "Quantity",
        kind => kind,
    }
}

/// The key of a choice in JSON: its stem with the name of the type, the first letter of that in upper case.
pub(super) fn choice_key(stem: &str, kind: &str) -> String {
    let mut key = stem.to_owned();
    let mut letters = kind.chars();
    key.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    key.push_str(letters.as_str());
    key
}

impl Type {
    fn of(name: &'static str, targets: Vec<&'static str>) -> Type {
        let shape = match super::primitive::Primitive::named(name) {
            Some(primitive) => Shape::Primitive(primitive),
            // The outcome of an entry of a bundle is a resource of one type; the others are of any.
            None if name == "Resource" || crate::types::is_resource_type(name) => Shape::Resource,
            None => Shape::Structure,
        };
        Type { name, targets, shape, found: OnceLock::new() }
    }

    /// Its structure; of a primitive that of what stands beside it.
    pub(super) fn structure(&self) -> Option<&'static Structure> {
        *self.found.get_or_init(|| match self.shape {
            Shape::Primitive(_) => structure("Element"),
            Shape::Structure => structure(self.name),
            Shape::Resource => None,
        })
    }
}

impl Field {
    /// An inherited field.
    fn again(&self) -> Field {
        Field {
            name: self.name,
            choice: self.choice,
            min: self.min,
            max: self.max,
            types: self.types.iter().map(|kind| Type::of(kind.name, kind.targets.clone())).collect(),
            kinds: self.kinds.clone(),
            binding: self.binding.as_ref().map(|b| Binding { required: b.required, value_set: b.value_set }),
            invariants: self.invariants.clone(),
            summary: self.summary,
            modifier: self.modifier,
        }
    }

    /// Whether the JSON of it is an array.
    pub(super) fn many(&self) -> bool {
        self.max > 1
    }
}

impl Structure {
    /// The field of a key in JSON, its place among the fields, and the type that the key says.
    pub(super) fn key(&self, key: &str) -> Option<(usize, &Field, &Type)> {
        let at = self.keys.binary_search_by(|(own, ..)| (*own).cmp(key)).ok()?;
        let (_, field, kind) = self.keys[at];
        let place = usize::from(field);
        let field = self.fields.get(place)?;
        Some((place, field, field.types.get(usize::from(kind))?))
    }

    /// The field of a name, which of a choice is its stem.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The definitions as FHIRPath asks for them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Definitions;

impl Model for Definitions {
    fn child<'m>(&'m self, parent: &str, name: &str) -> Option<Child<'m>> {
        let parent = structure(parent)?;
        if parent.class == Class::Primitive && name == "value" {
            return None;
        }
        let field = parent.field(name)?;
        Some(Child { types: &field.kinds, choice: field.choice, many: field.many() })
    }

    fn base<'m>(&'m self, kind: &str) -> Option<&'m str> {
        crate::fhirpath::base(kind)
    }
}
