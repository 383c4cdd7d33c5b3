//! What the official value sets hold.

use aroeira_fhir::terminology::member;

const FHIR: &str = "http://hl7.org/fhir/ValueSet/";
const V3: &str = "http://terminology.hl7.org/CodeSystem/";

fn of(set: &str, code: &str) -> Option<bool> {
    member(&format!("{FHIR}{set}"), None, code)
}

#[test]
fn a_whole_code_system_belongs_to_its_value_set() {
    assert_eq!(of("administrative-gender", "female"), Some(true));
    assert_eq!(of("administrative-gender|4.0.1", "male"), Some(true));
    assert_eq!(of("administrative-gender", "Female"), Some(false));
    assert_eq!(of("administrative-gender|3.0.0", "male"), None);
    assert_eq!(
        member(&format!("{FHIR}administrative-gender"), Some("http://hl7.org/fhir/administrative-gender"), "male"),
        Some(true)
    );
    assert_eq!(member(&format!("{FHIR}administrative-gender"), Some("http://example.org"), "male"), Some(false));
    assert_eq!(of("no-such-set", "male"), None);
}

#[test]
fn a_code_below_another_belongs_as_well() {
    assert_eq!(of("observation-status", "amended"), Some(true));
    assert_eq!(of("goal-status", "on-hold"), Some(true));
    assert_eq!(of("issue-type", "required"), Some(true));
}

#[test]
fn listed_codes_are_told_of_code_systems_held_elsewhere() {
    let snomed = Some("http://snomed.info/sct");
    assert_eq!(member(&format!("{FHIR}c80-practice-codes"), snomed, "408467006"), Some(true));
    assert_eq!(member(&format!("{FHIR}c80-practice-codes"), snomed, "1"), Some(false));
    assert_eq!(member(&format!("{FHIR}condition-code"), snomed, "38341003"), None);
    assert_eq!(member(&format!("{FHIR}condition-code"), Some("http://example.org"), "38341003"), Some(false));
}

#[test]
fn filters_follow_the_hierarchy() {
    let v3 = |set: &str, system: &str, code: &str| {
        member(&format!("http://terminology.hl7.org/ValueSet/{set}"), Some(&format!("{V3}{system}")), code)
    };
    assert_eq!(v3("v3-ActEncounterCode", "v3-ActCode", "AMB"), Some(true));
    assert_eq!(v3("v3-ActEncounterCode", "v3-ActCode", "COPAY"), Some(false));
    assert_eq!(v3("v3-ActEncounterCode", "v3-ActCode", "no-such-code"), Some(false));
    assert_eq!(v3("v3-ConfidentialityClassification", "v3-Confidentiality", "N"), Some(true));
    // Whatever is not below "O": an exclusion by a filter.
    assert_eq!(member(&format!("{FHIR}patient-contactrelationship"), Some(&format!("{V3}v2-0131")), "N"), Some(true));
}

#[test]
fn value_sets_within_value_sets_are_followed() {
    assert_eq!(of("all-types", "Patient"), Some(true));
    assert_eq!(of("all-types", "HumanName"), Some(true));
    assert_eq!(of("all-types", "Any"), Some(true));
    assert_eq!(of("all-types", "Dog"), Some(false));
    assert_eq!(of("defined-types", "Quantity"), Some(true));
    assert_eq!(of("resource-types", "Observation"), Some(true));
}

#[test]
fn codes_with_a_grammar_are_told_by_it() {
    assert_eq!(of("mimetypes", "application/fhir+json"), Some(true));
    assert_eq!(of("mimetypes", "not a type"), Some(false));
    assert_eq!(of("all-languages", "pt-BR"), Some(true));
    assert_eq!(of("all-languages", "pt_BR"), Some(false));
    assert_eq!(of("currencies", "BRL"), Some(true));
    assert_eq!(of("currencies", "BRX"), Some(false));
    assert_eq!(of("iso3166-1-3", "BRA"), None);
    assert_eq!(of("iso3166-1-3", "076"), Some(false));
}
