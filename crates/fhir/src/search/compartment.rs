//! The compartments of R4 (compartmentdefinition.html): what belongs to a record, by the search parameters that the
//! official definitions name.

use super::definitions::{distilled, parameter};
use super::filter::Filter;
use super::request::Request;
use crate::types::RESOURCE_TYPES;

/// The types that have a compartment, sorted, each with the name of its CompartmentDefinition.
pub const COMPARTMENTS: [(&str, &str); 5] = [
    ("Device", "device"),
    ("Encounter", "encounter"),
    ("Patient", "patient"),
    ("Practitioner", "practitioner"),
    ("RelatedPerson", "relatedPerson"),
];

/// The types that the compartment of `of` holds, sorted: those with parameters, and its own. Empty for what has none.
#[must_use]
pub fn compartment_types(of: &str) -> Vec<&'static str> {
    let Some(types) = distilled().compartments.get(of) else { return Vec::new() };
    let held = |kind: &&str| *kind == of || types.contains_key(*kind);
    RESOURCE_TYPES.iter().copied().filter(held).collect()
}

/// The parameters by which a resource of `kind` belongs to the compartment of `of`: one of them points there.
#[must_use]
pub fn compartment_parameters(of: &str, kind: &str) -> Vec<&'static str> {
    let names = distilled().compartments.get(of).and_then(|types| types.get(kind));
    names.into_iter().flatten().filter_map(|name| parameter(kind, name)).map(|found| found.name).collect()
}

impl Request {
    /// Adds the condition that a match belongs to a record: one of the compartment's parameters points there, or it is the
    /// record itself. A parameter that `sees` denies is left out. Answers false, and adds nothing, where none is left.
    #[must_use]
    pub fn within(&mut self, of: &str, id: &str, sees: impl Fn(&str) -> bool) -> bool {
        let seen = compartment_parameters(of, &self.kind).into_iter().filter(|param| sees(param));
        let mut any = Vec::new();
        for param in seen {
            any.push(Filter::Reference { param, kind: Some(of.to_owned()), id: id.to_owned() });
            self.used.insert((self.kind.clone(), param));
        }
        if self.kind == of {
            any.push(Filter::Id(vec![id.to_owned()]));
            self.used.insert((self.kind.clone(), "_id"));
        }
        if any.is_empty() {
            return false;
        }
        let one = if any.len() == 1 { any.remove(0) } else { Filter::Any(any) };
        match &mut self.filter {
            Filter::All(all) => all.push(one),
            other => {
                let before = std::mem::replace(other, Filter::All(Vec::new()));
                *other = Filter::All(vec![before, one]);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::ParameterKind;

    #[test]
    fn every_compartment_is_of_references_to_its_type() {
        assert_eq!(distilled().compartments.len(), COMPARTMENTS.len());
        assert!(COMPARTMENTS.is_sorted());
        for ((of, name), types) in COMPARTMENTS.iter().zip([32, 24, 66, 58, 31]) {
            assert!(of.eq_ignore_ascii_case(name));
            let named = &distilled().compartments[of];
            assert_eq!(named.len(), types, "{of}: the types its CompartmentDefinition names with a parameter");
            for (kind, params) in named {
                assert_eq!(compartment_parameters(of, kind).len(), params.len(), "{of}: {kind}");
                for param in params {
                    let found = parameter(kind, param).unwrap();
                    assert_eq!(found.kind, ParameterKind::Reference, "{of}: {kind}.{param}");
                    assert!(found.targets.contains(of), "{of}: {kind}.{param}");
                }
            }
            assert!(compartment_types(of).contains(of), "a record belongs to itself");
        }
        assert!(
            compartment_types("Observation").is_empty() && compartment_parameters("Patient", "Medication").is_empty()
        );
        assert_eq!(compartment_parameters("Patient", "Observation"), ["performer", "subject"]);
    }
}
