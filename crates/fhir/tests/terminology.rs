//! What the official value sets hold.

use aroeira_fhir::terminology::{Closed, Page, Subsumption, ValueSet, code_system, expand, is_code, member, value_set};
use serde_json::{Value, json};

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
    assert_eq!((of("ucum-units", "mm[Hg]"), of("ucum-units", "mmHg")), (Some(true), Some(false)));
    assert_eq!((of("all-time-units", "mo"), of("all-time-units", "kg")), (Some(true), Some(false)));
}

fn codes(set: &str, filter: &str) -> Vec<String> {
    let set = value_set(&format!("{FHIR}{set}")).expect("a value set of R4");
    let page = Page { filter, ..Page::default() };
    expand(set, &page).expect("is held whole").codes.iter().map(|it| it.code.to_owned()).collect()
}

#[test]
fn a_value_set_is_listed_in_the_order_of_its_definition() {
    assert_eq!(codes("administrative-gender", ""), ["male", "female", "other", "unknown"]);
    assert_eq!(codes("administrative-gender", "MALE"), ["male", "female"]);
    assert_eq!(codes("administrative-gender", "fémale"), ["female"]);
    assert_eq!(codes("administrative-gender", "male zz"), Vec::<String>::new());
    assert!(codes("all-types", "").len() > 200);
    let set = value_set(&format!("{FHIR}marital-status")).unwrap();
    let all = expand(set, &Page::default()).unwrap();
    let page = expand(set, &Page { offset: 2, count: Some(3), ..Page::default() }).unwrap();
    assert_eq!((page.total, page.codes.len(), page.unclosed), (all.codes.len(), 3, false));
    assert_eq!(page.codes[0].code, all.codes[2].code);
    assert_eq!(all.codes.last().map(|it| (it.code, it.display)), Some(("UNK", "unknown")));
}

#[test]
fn what_is_listed_belongs_and_what_cannot_be_listed_whole_is_not() {
    let mut closed = 0;
    for name in [
        "all-types",
        "marital-status",
        "patient-contactrelationship",
        "currencies",
        "c80-doc-typecodes",
        "v3-ActReason",
    ] {
        let url = if name.starts_with("v3") {
            format!("http://terminology.hl7.org/ValueSet/{name}")
        } else {
            format!("{FHIR}{name}")
        };
        for it in expand(value_set(&url).unwrap(), &Page::default()).unwrap().codes {
            assert_eq!(member(&url, Some(it.system), it.code), Some(true), "{url} {}", it.code);
        }
    }
    for name in ["condition-code", "all-languages", "mimetypes", "iso3166-1-3"] {
        let told = expand(value_set(&format!("{FHIR}{name}")).unwrap(), &Page::default());
        assert!(matches!(told, Err(Closed::Unheld(_))), "{name}");
        closed += 1;
    }
    assert_eq!(closed, 4);
}

#[test]
fn a_value_set_that_is_sent_is_read_and_limited() {
    let act = format!("{V3}v3-ActCode");
    let sent = |compose: Value| json!({ "resourceType": "ValueSet", "status": "draft", "compose": compose });
    let listed = |compose: Value| {
        let resource = sent(compose);
        let set = ValueSet::read(resource.as_object().unwrap())?;
        expand(&set, &Page::default())
            .ok()
            .map(|found| found.codes.iter().map(|it| it.code.to_owned()).collect::<Vec<_>>())
    };
    let encounters =
        json!([{ "system": act, "filter": [{ "property": "concept", "op": "is-a", "value": "_ActEncounterCode" }] }]);
    let found =
        listed(json!({ "include": encounters, "exclude": [{ "system": act, "concept": [{ "code": "AMB" }] }] }))
            .unwrap();
    assert!(
        found.contains(&"IMP".to_owned()) && !found.contains(&"AMB".to_owned()) && found.contains(&"ACUTE".to_owned())
    );
    let pattern = |value: &str| json!({ "include": [{ "system": "http://hl7.org/fhir/administrative-gender", "filter": [{ "property": "code", "op": "regex", "value": value }] }] });
    assert_eq!(listed(pattern(".*male")).unwrap(), ["male", "female"]);
    assert_eq!(listed(pattern("male")).unwrap(), ["male"]);
    assert_eq!(listed(pattern("(")), None);
    assert_eq!(listed(pattern(&"(a{1,1000}){1,1000}".repeat(2))), None);
    assert_eq!(listed(json!({ "include": [] })), None);
    assert_eq!(listed(json!({ "include": [{ "concept": [{ "code": "a" }] }] })), None);
    let many: Vec<Value> = (0..6000)
        .map(|n| json!({ "system": act, "filter": [{ "property": "code", "op": "regex", "value": format!("x{n}") }] }))
        .collect();
    let resource = sent(json!({ "include": many }));
    let set = ValueSet::read(resource.as_object().unwrap()).unwrap();
    assert!(expand(&set, &Page::default()).is_err());
}

#[test]
fn a_code_is_looked_up() {
    let gender = code_system("http://hl7.org/fhir/administrative-gender").unwrap();
    assert_eq!(gender.concept("male").map(|it| it.display), Some("Male"));
    assert!(gender.definition("male").is_some());
    let act = code_system(&format!("{V3}v3-ActCode")).unwrap();
    assert_eq!(act.parents("ACUTE").map(|it| it.code).collect::<Vec<_>>(), ["IMP"]);
    assert!(act.children("IMP").any(|it| it.code == "NONAC"));
    assert_eq!(act.subsumption("IMP", "ACUTE"), Some(Subsumption::Subsumes));
    assert_eq!(act.subsumption("ACUTE", "_ActEncounterCode"), Some(Subsumption::SubsumedBy));
    assert_eq!(act.subsumption("ACUTE", "AMB"), Some(Subsumption::NotSubsumed));
    assert_eq!(act.subsumption("ACUTE", "ACUTE"), Some(Subsumption::Equivalent));
    assert_eq!(act.subsumption("ACUTE", "x"), None);
    let marital = code_system(&format!("{V3}v2-0002")).unwrap();
    assert!(marital.concept("D").is_some() && marital.is_called("D", "DIVORCED") && !marital.is_called("D", "Married"));
    assert!(marital.names("D").iter().any(|(tag, _)| *tag == "de" || *tag == "nl"));
    assert_eq!(
        (is_code("urn:ietf:bcp:47", "pt-BR"), is_code("http://snomed.info/sct", "1"), is_code(gender.url, "x")),
        (Some(true), None, Some(false))
    );
}
