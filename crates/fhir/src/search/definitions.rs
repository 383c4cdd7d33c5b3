//! The search parameters of R4, from the official definitions that `build.rs` has distilled. They are inflated at their
//! first use, and the parameters of a type compiled when the type is first asked for; both then stay.

use std::{borrow::Cow, collections::HashMap, io::Read, sync::OnceLock};

use serde::{Deserialize, Serialize};

use super::path::{self, Path};
use crate::index::has_words;
use crate::types::RESOURCE_TYPES;

/// Gzip of `{"compartments": {..}, "parameters": [..], "choices": {..}}`, as `definitions/distil.mjs` writes it.
const DISTILLED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/search.json.gz"));

/// How urgent a medical record is: the one parameter of ours, where R4 has none.
const PRIORITY: &str = "(Composition.extension.where(url='urn:aroeira:fhir:record-priority').value as code)";

/// What the store keeps in columns of its own, and not in an index.
const COLUMNS: [&str; 2] = ["_id", "_lastUpdated"];

/// `combo-code` and its like: what `code` finds and what `component-code` does.
pub(crate) const TOGETHER: &str = "combo-";

/// The types that are resources but no domain resources.
const BARE: [&str; 3] = ["Binary", "Bundle", "Parameters"];

/// The type of a search parameter (R4, 3.1.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum ParameterKind {
    Number,
    Date,
    String,
    Token,
    Reference,
    Composite,
    Quantity,
    Uri,
    Special,
}

/// A search parameter of one resource type.
#[derive(Debug)]
pub struct Parameter {
    /// As it stands in a query: `value-quantity`.
    pub name: &'static str,
    /// The type of its values. `_text`, `_content` and `_query`, which have no expression, and `_id` and `_lastUpdated`,
    /// the store's own columns, have no rows in an index; nor have the composites of an Observation that only put two others
    /// together.
    pub kind: ParameterKind,
    /// Of a reference, the types it may point at, sorted.
    pub targets: Cow<'static, [&'static str]>,
    /// Of a composite, its parts in order.
    pub components: &'static [Component],
    /// The FHIRPath expression of the definition, with the parts for other types; empty where there is none.
    pub expression: &'static str,
    /// Whether several values may be given, with commas between.
    pub multiple_or: bool,
    /// Whether it may be given several times.
    pub multiple_and: bool,
    /// The prefixes the definition names (`eq`, `ne` and so on); empty where it names none.
    pub comparators: &'static [&'static str],
    /// Where its values stand.
    pub(crate) paths: Vec<Path>,
    /// Of a composite of two or three parts, where the values of each stand in what `paths` lead to.
    pub(crate) parts: Vec<Vec<Path>>,
    /// `name:text`, where what its codes are called has rows; else empty.
    pub(crate) calls: &'static str,
    /// `name:of-type`, where identifiers have rows by their type; else empty.
    pub(crate) of_type: &'static str,
    /// `name:canonical`, where quantities, or composites of one, have rows in base units; else empty.
    pub(crate) canonical: &'static str,
    /// `name:rest`, where long strings, or what codes are called, go on; else empty.
    pub(crate) rest: &'static str,
}

impl Parameter {
    /// Whether a search of a type by it is answered. Not by named queries, nor for the words of what has none.
    #[must_use]
    pub fn is_searchable(&self, kind: &str) -> bool {
        match self.name {
            "_query" => false,
            "_content" | "_text" => has_words(kind),
            _ => true,
        }
    }

    /// A part of a composite, as a parameter of its own.
    pub(super) fn part(&self, component: &Component) -> Parameter {
        let canonical = if component.kind == ParameterKind::Quantity { self.canonical } else { "" };
        Parameter {
            expression: component.expression,
            ..Self::of_slot(self.name, component.kind, ["", "", canonical, ""])
        }
    }

    /// One without an expression of the definitions; with the names of the rows that stand beside its own: what codes are
    /// called, identifiers by their type, quantities in base units, how long texts go on. An empty one has none.
    pub(super) fn of_slot(name: &'static str, kind: ParameterKind, names: [&'static str; 4]) -> Parameter {
        let [calls, of_type, canonical, rest] = names;
        Parameter {
            name,
            kind,
            targets: Cow::Borrowed(RESOURCE_TYPES),
            components: &[],
            expression: "",
            multiple_or: true,
            multiple_and: true,
            comparators: &[],
            paths: Vec::new(),
            parts: Vec::new(),
            calls,
            of_type,
            canonical,
            rest,
        }
    }
}

/// A part of a composite search parameter.
#[derive(Debug, Deserialize)]
pub struct Component {
    /// The name of the parameter it is like.
    pub name: &'static str,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// Its FHIRPath expression, from what the expression of the composite leads to.
    pub expression: &'static str,
}

/// The elements with a choice of types that the expressions pass, by their path, and the types: `Observation.value`.
pub(super) type Choices = HashMap<&'static str, Vec<&'static str>>;

#[derive(Debug, Deserialize)]
pub(super) struct Distilled {
    /// By the type that has one, then by the types of what belongs to it: the parameters that point there.
    #[serde(borrow)]
    pub(super) compartments: HashMap<&'static str, HashMap<&'static str, Vec<&'static str>>>,
    parameters: Vec<Definition>,
    #[serde(borrow)]
    choices: HashMap<&'static str, Vec<&'static str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    name: &'static str,
    #[serde(rename = "type")]
    kind: ParameterKind,
    /// Types that have it, `Resource` and `DomainResource` among them.
    base: Vec<&'static str>,
    #[serde(default)]
    expression: &'static str,
    #[serde(default)]
    target: Vec<&'static str>,
    #[serde(default)]
    component: Vec<Component>,
    #[serde(default = "yes")]
    multiple_or: bool,
    #[serde(default = "yes")]
    multiple_and: bool,
    #[serde(default)]
    comparator: Vec<&'static str>,
}

fn yes() -> bool {
    true
}

impl Definition {
    fn priority() -> Definition {
        Definition {
            name: "priority",
            kind: ParameterKind::Token,
            base: vec!["Composition"],
            expression: PRIORITY,
            target: Vec::new(),
            component: Vec::new(),
            multiple_or: true,
            multiple_and: true,
            comparator: Vec::new(),
        }
    }

    fn is_of(&self, kind: &str) -> bool {
        self.base.iter().any(|base| match *base {
            "Resource" => true,
            "DomainResource" => !BARE.contains(&kind),
            base => base == kind,
        })
    }

    /// As a parameter of one type. What cannot be read leads nowhere; a test sees that every expression can.
    fn of(&'static self, kind: &'static str, choices: &'static Choices) -> Parameter {
        // What puts two parameters of an Observation together has their rows.
        let put_together = kind == "Observation" && self.name.starts_with(TOGETHER);
        let nowhere = self.expression.is_empty() || COLUMNS.contains(&self.name);
        let named = |modifier: &str, has: bool| -> &'static str {
            if has { format!("{}:{modifier}", self.name).leak() } else { "" }
        };
        let is_token = self.kind == ParameterKind::Token && !COLUMNS.contains(&self.name);
        let composite = self.kind == ParameterKind::Composite;
        let parts = if composite && !put_together { self.parts(kind, choices) } else { Vec::new() };
        let nowhere = nowhere || (composite && parts.is_empty());
        let has_quantity = !parts.is_empty() && self.component.iter().any(|part| part.kind == ParameterKind::Quantity);
        Parameter {
            parts,
            calls: named("text", is_token && !put_together),
            of_type: named("of-type", is_token && self.expression.contains("dentifier")),
            name: self.name,
            kind: self.kind,
            targets: Cow::Borrowed(if self.target == ["Resource"] { RESOURCE_TYPES } else { &self.target }),
            components: &self.component,
            expression: self.expression,
            multiple_or: self.multiple_or,
            multiple_and: self.multiple_and,
            comparators: &self.comparator,
            paths: if nowhere { Vec::new() } else { path::compile(kind, self.expression, choices).unwrap_or_default() },
            // Rows of their own: a search without a unit must not meet them. No parameter has such a name.
            rest: named("rest", (is_token && !put_together) || self.kind == ParameterKind::String),
            canonical: named("canonical", self.kind == ParameterKind::Quantity || has_quantity),
        }
    }
}

impl Definition {
    /// Where the parts of a composite stand, in the element that it leads to for this type.
    fn parts(&'static self, kind: &str, choices: &'static Choices) -> Vec<Vec<Path>> {
        let own = self.expression.split('|').map(str::trim);
        let mut own =
            own.filter(|part| part.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
        let Some(element) = own.next() else { return Vec::new() };
        let paths = self.component.iter().map(|part| path::compile_within(element, part.expression, choices));
        paths.collect::<Option<_>>().unwrap_or_default()
    }
}

pub(super) fn distilled() -> &'static Distilled {
    static DEFINITIONS: OnceLock<Distilled> = OnceLock::new();
    DEFINITIONS.get_or_init(|| {
        let mut text = String::new();
        let read = flate2::read::GzDecoder::new(DISTILLED).read_to_string(&mut text);
        read.expect("the build has written it");
        // The names and expressions are parts of the text, which therefore stays.
        let mut found: Distilled = serde_json::from_str(text.leak()).expect("the build has written it");
        found.parameters.push(Definition::priority());
        found
    })
}

/// The search parameters of a resource type, sorted by name, with those of every resource; empty for what is no type of
/// R4.
pub fn parameters(kind: &str) -> &'static [Parameter] {
    static BY_KIND: [OnceLock<Vec<Parameter>>; RESOURCE_TYPES.len()] =
        [const { OnceLock::new() }; RESOURCE_TYPES.len()];
    let Ok(at) = RESOURCE_TYPES.binary_search(&kind) else { return &[] };
    BY_KIND[at].get_or_init(|| {
        let Distilled { parameters, choices, .. } = distilled();
        let mut found: Vec<Parameter> = parameters
            .iter()
            .filter(|definition| definition.is_of(RESOURCE_TYPES[at]))
            .map(|definition| definition.of(RESOURCE_TYPES[at], choices))
            .collect();
        found.sort_unstable_by_key(|parameter| parameter.name);
        found.shrink_to_fit();
        found
    })
}

/// The search parameter of a resource type with a name.
pub fn parameter(kind: &str, name: &str) -> Option<&'static Parameter> {
    let all = parameters(kind);
    all.binary_search_by(|parameter| parameter.name.cmp(name)).ok().map(|at| &all[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_official_expression_compiles() {
        let Distilled { parameters, choices, .. } = distilled();
        assert_eq!(parameters.len(), 1378 + 1);
        let mut compiled = 0;
        for definition in parameters.iter().filter(|definition| !definition.expression.is_empty()) {
            for kind in RESOURCE_TYPES.iter().filter(|kind| definition.is_of(kind)) {
                let paths = path::compile(kind, definition.expression, choices);
                assert!(paths.is_some_and(|paths| !paths.is_empty()), "{kind}: {}", definition.expression);
                compiled += 1;
            }
        }
        assert!(compiled > 2_500, "{compiled}");
    }

    #[test]
    fn each_type_has_its_parameters_sorted_and_each_once() {
        for kind in RESOURCE_TYPES {
            let all = parameters(kind);
            assert!(all.is_sorted_by(|a, b| a.name < b.name), "{kind}");
            assert_eq!(all.iter().any(|parameter| parameter.name == "_text"), !BARE.contains(kind), "{kind}");
            for parameter in all {
                let indexed = !parameter.paths.is_empty();
                let apart = parameter.name.starts_with('_') && parameter.name != "_tag";
                let pair = parameter.kind == ParameterKind::Composite;
                let together = kind == &"Observation" && parameter.name.starts_with(TOGETHER);
                let unindexed = pair && together;
                assert!(indexed != unindexed || apart, "{kind}: {}", parameter.name);
                let parts = if pair && !unindexed { parameter.components.len() } else { 0 };
                let kinds: Vec<ParameterKind> = parameter.components.iter().map(|part| part.kind).collect();
                // Of three, the first two stand as one.
                let three = [ParameterKind::Token, ParameterKind::Number, ParameterKind::Number];
                assert!(matches!(kinds.len(), 0 | 2) || kinds == three, "{kind}: {}", parameter.name);
                assert_eq!(parameter.parts.len(), parts, "{kind}: {}", parameter.name);
                assert_eq!(parameter.components.is_empty(), parameter.kind != ParameterKind::Composite);
                assert!(parameter.targets.iter().all(|target| RESOURCE_TYPES.contains(target)), "{}", parameter.name);
            }
        }
        assert!(parameters("Dog").is_empty() && parameters("Resource").is_empty());
    }

    #[test]
    fn a_parameter_says_what_its_definition_says() {
        let found = parameter("Observation", "value-quantity").unwrap();
        assert_eq!(found.kind, ParameterKind::Quantity);
        assert_eq!(found.expression, "(Observation.value as Quantity) | (Observation.value as SampledData)");
        assert_eq!(found.comparators.len(), 9);
        let pair = parameter("Observation", "code-value-quantity").unwrap();
        assert_eq!(
            (pair.multiple_or, pair.components[0].name, pair.components[1].kind),
            (false, "code", ParameterKind::Quantity)
        );
        assert_eq!(parameter("Composition", "priority").map(|found| found.kind), Some(ParameterKind::Token));
        assert_eq!(parameter("Patient", "general-practitioner").map(|found| found.targets.len()), Some(3));
        assert_eq!(parameter("Library", "composed-of").map(|found| found.targets.len()), Some(RESOURCE_TYPES.len()));
        assert!(parameter("Patient", "value-quantity").is_none());
    }
}
