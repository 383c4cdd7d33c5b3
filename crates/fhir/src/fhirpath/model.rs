//! What an evaluation asks of the world outside the resource: the types of elements, other resources, terminology.

use serde_json::Value;

use super::Decimal;
use crate::types::{RESOURCE_TYPES, is_resource_type};

/// An element as its definition has it.
#[derive(Debug, Clone, Copy)]
pub struct Child<'m> {
    /// Names of the types it may have. A structure defined inline is named by its path: `Patient.contact`; one that
    /// refers to another inline structure by the path of that: `Questionnaire.item`. A contained or bundled resource
    /// is `Resource`.
    pub types: &'m [&'m str],
    /// Whether the name is the stem of a choice: `value` for `valueQuantity`, `valueString`, ...
    pub choice: bool,
    /// Whether it may repeat.
    pub many: bool,
}

/// The definitions of types.
pub trait Model: Sync {
    /// The element `name` of the type `parent`, inherited ones included. `parent` is a type name or the path of an
    /// inline structure. Nothing where the type has no such element: then the element is not read.
    fn child<'m>(&'m self, parent: &str, name: &str) -> Option<Child<'m>>;

    /// The type that a type specialises. As provided: that of R4's own types.
    fn base<'m>(&'m self, kind: &str) -> Option<&'m str> {
        base(kind)
    }
}

/// What a reference was resolved to.
#[derive(Debug, Clone, Copy)]
pub enum Resolved<'s> {
    /// The resource itself.
    Resource(&'s Value),
    /// Only its type is known, which is enough for `resolve() is Patient`.
    Type(&'s str),
}

/// Answers what a resource alone cannot. Every method has an answer for "unknown", which is also the provided one.
pub trait Resolver: Sync {
    /// The resource a literal reference or canonical URL points at. References to contained resources do not come here.
    fn resolve<'s>(&'s self, reference: &str) -> Option<Resolved<'s>>;

    /// Whether the code is in the value set; `coded` is a code, Coding or CodeableConcept.
    fn member_of(&self, coded: &Value, value_set: &str) -> Option<bool> {
        let _ = (coded, value_set);
        None
    }

    /// Whether the element conforms to the profile.
    fn conforms_to(&self, element: &Value, profile: &str) -> Option<bool> {
        let _ = (element, profile);
        None
    }

    /// The value in another UCUM unit. Not asked for equal units.
    fn convert(&self, value: Decimal, from: &str, to: &str) -> Option<Decimal> {
        crate::ucum::convert(value, from, to)
    }
}

/// Reads the type of the target out of a relative or absolute reference (`Patient/1`) and fetches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByReference;

impl Resolver for ByReference {
    fn resolve<'s>(&'s self, reference: &str) -> Option<Resolved<'s>> {
        let path = reference.split_once("/_history/").map_or(reference, |(path, _)| path);
        let mut parts = path.rsplit('/');
        let (_, kind) = (parts.next()?, parts.next()?);
        RESOURCE_TYPES.binary_search(&kind).ok().map(|at| Resolved::Type(RESOURCE_TYPES[at]))
    }
}

/// Data types of R4 by name, each with the one it specialises. Sorted.
#[rustfmt::skip]
const DATA_TYPES: &[(&str, &str)] = &[
    ("Address", "Element"), ("Age", "Quantity"), ("Annotation", "Element"), ("Attachment", "Element"),
    ("BackboneElement", "Element"), ("CodeableConcept", "Element"), ("Coding", "Element"),
    ("ContactDetail", "Element"), ("ContactPoint", "Element"), ("Contributor", "Element"), ("Count", "Quantity"),
    ("DataRequirement", "Element"), ("Distance", "Quantity"), ("DomainResource", "Resource"),
    ("Dosage", "BackboneElement"), ("Duration", "Quantity"), ("ElementDefinition", "BackboneElement"),
    ("Expression", "Element"), ("Extension", "Element"), ("HumanName", "Element"), ("Identifier", "Element"),
    ("MarketingStatus", "BackboneElement"), ("Meta", "Element"), ("Money", "Element"), ("MoneyQuantity", "Quantity"),
    ("Narrative", "Element"), ("ParameterDefinition", "Element"), ("Period", "Element"),
    ("Population", "BackboneElement"), ("ProdCharacteristic", "BackboneElement"),
    ("ProductShelfLife", "BackboneElement"), ("Quantity", "Element"), ("Range", "Element"), ("Ratio", "Element"),
    ("Reference", "Element"), ("RelatedArtifact", "Element"), ("SampledData", "Element"), ("Signature", "Element"),
    ("SimpleQuantity", "Quantity"), ("SubstanceAmount", "BackboneElement"), ("Timing", "BackboneElement"),
    ("TriggerDefinition", "Element"), ("UsageContext", "Element"), ("base64Binary", "Element"),
    ("boolean", "Element"), ("canonical", "uri"), ("code", "string"), ("date", "Element"), ("dateTime", "Element"),
    ("decimal", "Element"), ("id", "string"), ("instant", "Element"), ("integer", "Element"),
    ("markdown", "string"), ("oid", "uri"), ("positiveInt", "integer"), ("string", "Element"), ("time", "Element"),
    ("unsignedInt", "integer"), ("uri", "Element"), ("url", "uri"), ("uuid", "uri"), ("xhtml", "Element"),
];

fn data_type(name: &str) -> Option<&'static (&'static str, &'static str)> {
    DATA_TYPES.binary_search_by(|(own, _)| (*own).cmp(name)).ok().map(|at| &DATA_TYPES[at])
}

/// The type that an R4 type specialises; of an inline structure of a resource `BackboneElement`, of a data type
/// `Element`.
pub(crate) fn base(kind: &str) -> Option<&'static str> {
    if let Some((_, base)) = data_type(kind) {
        return Some(base);
    }
    if let Some((owner, _)) = kind.split_once('.') {
        return Some(if is_resource_type(owner) { "BackboneElement" } else { "Element" });
    }
    match kind {
        "Bundle" | "Binary" | "Parameters" => Some("Resource"),
        _ => is_resource_type(kind).then_some("DomainResource"),
    }
}

/// The data type that the end of a choice's key stands for: `Quantity` of `valueQuantity`, `dateTime` of
/// `valueDateTime`.
pub(super) fn type_of_suffix(suffix: &str) -> Option<&'static str> {
    if let Some((name, _)) = data_type(suffix) {
        return name.starts_with(|c: char| c.is_ascii_uppercase()).then_some(name);
    }
    let first = suffix.chars().next().filter(char::is_ascii_uppercase)?;
    let lower: String = std::iter::once(first.to_ascii_lowercase()).chain(suffix.chars().skip(1)).collect();
    data_type(&lower).map(|(name, _)| *name)
}

/// Whether the key of an object is `stem` with the type name `kind` behind it, its first letter in upper case.
pub(super) fn is_choice_key(key: &str, stem: &str, kind: &str) -> bool {
    let Some(rest) = key.strip_prefix(stem) else { return false };
    let (rest, kind) = (rest.as_bytes(), kind.as_bytes());
    rest.len() == kind.len()
        && rest.first().zip(kind.first()).is_some_and(|(r, k)| *r == k.to_ascii_uppercase())
        && rest[1..] == kind[1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_know_their_base() {
        assert!(DATA_TYPES.is_sorted_by(|a, b| a.0 < b.0));
        for (kind, of) in [
            ("Age", Some("Quantity")),
            ("code", Some("string")),
            ("Patient", Some("DomainResource")),
            ("Bundle", Some("Resource")),
            ("Patient.contact", Some("BackboneElement")),
            ("Timing.repeat", Some("Element")),
            ("Resource", None),
            ("Nothing", None),
        ] {
            assert_eq!(base(kind), of, "{kind}");
        }
        assert_eq!(type_of_suffix("DateTime"), Some("dateTime"));
        assert_eq!(type_of_suffix("Quantity"), Some("Quantity"));
        assert_eq!(type_of_suffix("quantity"), None);
        assert_eq!(type_of_suffix("Setx"), None);
        assert!(is_choice_key("valueDateTime", "value", "dateTime") && !is_choice_key("value", "value", ""));
    }

    #[test]
    fn a_reference_tells_its_type() {
        let kind = |text: &str| match ByReference.resolve(text) {
            Some(Resolved::Type(kind)) => Some(kind),
            _ => None,
        };
        assert_eq!(kind("Patient/1"), Some("Patient"));
        assert_eq!(kind("https://example.org/fhir/Group/2/_history/3"), Some("Group"));
        assert_eq!(kind("urn:uuid:1"), None);
        assert_eq!(kind("Nobody/1"), None);
    }
}
