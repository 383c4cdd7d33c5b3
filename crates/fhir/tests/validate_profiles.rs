//! Resources against profiles: the official ones over the official examples, and small ones for each thing that a profile
//! can say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod official;

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use aroeira_fhir::{
    Instant,
    validate::{Issue, NotAProfile, Options, Profile, validate},
};
use serde_json::{Value, json};

/// Definitions, read when they are asked for.
struct Known {
    definitions: HashMap<String, Value>,
    read: RefCell<HashMap<String, Option<Arc<Profile>>>>,
}

impl Known {
    fn of(definitions: Vec<Value>) -> Known {
        let url = |definition: &Value| definition["url"].as_str().unwrap().to_owned();
        let definitions = definitions.into_iter().map(|definition| (url(&definition), definition)).collect();
        Known { definitions, read: RefCell::default() }
    }

    fn find(&self, url: &str) -> Option<Arc<Profile>> {
        if let Some(known) = self.read.borrow().get(url) {
            return known.clone();
        }
        let read =
            self.definitions.get(url).map(|definition| Profile::read(definition, &|url| self.find(url)).unwrap());
        let read = read.map(Arc::new);
        self.read.borrow_mut().insert(url.to_owned(), read.clone());
        read
    }

    fn issues(&self, resource: &Value, asked: &[&str]) -> Vec<Issue> {
        let asked: Vec<String> = asked.iter().map(|url| (*url).to_owned()).collect();
        let find = |url: &str| self.find(url);
        let options = Options { profiles: &find, asked: &asked, ..Options::new(Instant(0)) };
        validate(resource, &options)
    }

    /// Path, reason and detail of each issue.
    fn told(&self, resource: &Value, asked: &[&str]) -> Vec<(String, &'static str, String)> {
        let issues = self.issues(resource, asked).into_iter();
        issues.map(|issue| (issue.path, issue.reason.name(), issue.detail)).collect()
    }
}

fn same(found: &[(String, &'static str, String)], wanted: &[(&str, &str, &str)]) {
    let found: Vec<_> = found.iter().map(|(path, reason, detail)| (path.as_str(), *reason, detail.as_str())).collect();
    assert_eq!(found, wanted);
}

const CORE: &str = "http://hl7.org/fhir/StructureDefinition";

#[test]
fn official_examples_follow_the_official_profiles_they_claim() {
    let all = official::examples(|name| !name.starts_with("Bundle-"));
    let constraint =
        |value: &Value| value["resourceType"] == "StructureDefinition" && value["derivation"] == "constraint";
    let (profiles, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, value)| constraint(value));
    let known = Known::of(profiles.into_iter().map(|(_, value)| value).collect());
    assert!(known.definitions.keys().all(|url| known.find(url).is_some()), "each can be read");
    let mut claimed = 0;
    for (name, value) in others.iter().filter(|(_, value)| !value["meta"]["profile"].is_null()) {
        assert_eq!(known.issues(value, &[]), [], "{name}");
        claimed += 1;
    }
    assert!(claimed > 1_900, "{claimed}");
    let example = |name: &str| others.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone()).unwrap();
    let bp = format!("{CORE}/bp");
    let pressure = example("Observation-blood-pressure.json");
    assert_eq!(known.issues(&pressure, &[&bp]), []);
    let mut broken = pressure.clone();
    broken["component"].as_array_mut().unwrap().pop();
    same(
        &known.told(&broken, &[&bp]),
        &[
            ("Observation", "fhir.required", "component (2x)"),
            ("Observation", "fhir.required", "component:DiastolicBP"),
        ],
    );
    let mut broken = pressure.clone();
    broken["category"][0]["coding"][0]["code"] = "survey".into();
    broken["component"][0]["valueQuantity"]["code"] = "kPa".into();
    broken["code"]["coding"][0]["code"] = "85354-8".into();
    let found = known.told(&broken, &[&bp]);
    for wanted in [
        ("Observation", "fhir.required", "category:VSCat"),
        ("Observation.code", "fhir.required", "coding:BPCode"),
        ("Observation.component[0].value.code", "fhir.fixed", bp.as_str()),
    ] {
        assert!(found.iter().any(|(p, r, d)| (p.as_str(), *r, d.as_str()) == wanted), "{wanted:?}: {found:#?}");
    }
}

fn profile(name: &str, kind: &str, base: &str, elements: &Value) -> Value {
    json!({ "resourceType": "StructureDefinition", "url": format!("http://x.y/{name}"), "name": name, "status": "active",
        "kind": "resource", "abstract": false, "type": kind, "baseDefinition": base, "derivation": "constraint",
        "differential": { "element": elements } })
}

fn on_core(name: &str, kind: &str, elements: &Value) -> Value {
    profile(name, kind, &format!("{CORE}/{kind}"), elements)
}

fn observation(more: &Value) -> Value {
    let mut observation = json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" } });
    observation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    observation
}

#[test]
fn a_differential_narrows_what_it_builds_on() {
    let first = on_core(
        "first",
        "Observation",
        &json!([
            { "path": "Observation" },
            { "path": "Observation.status", "fixedCode": "final" },
            { "path": "Observation.code", "patternCodeableConcept": { "coding": [{ "system": "http://loinc.org" }] } },
            { "path": "Observation.subject", "min": 1, "type": [{ "code": "Reference", "targetProfile": [format!("{CORE}/Patient")] }] },
            { "path": "Observation.performer", "max": "0" },
            { "path": "Observation.value[x]", "type": [{ "code": "Quantity" }, { "code": "string" }] },
            { "path": "Observation.interpretation", "binding": { "strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/administrative-gender" } },
            { "path": "Observation.method", "constraint": [{ "key": "x-1", "severity": "error", "human": "method has a text", "expression": "text.exists()" }] },
        ]),
    );
    let second = profile(
        "second",
        "Observation",
        "http://x.y/first",
        &json!([
            { "id": "Observation", "path": "Observation" },
            { "id": "Observation.value[x]", "path": "Observation.value[x]", "min": 1 },
            { "id": "Observation.valueQuantity.unit", "path": "Observation.valueQuantity.unit", "min": 1 },
        ]),
    );
    let known = Known::of(vec![first, second]);
    let good = observation(
        &json!({ "code": { "coding": [{ "code": "1" }, { "system": "http://loinc.org", "code": "2" }] },
        "subject": { "reference": "Patient/1" }, "valueQuantity": { "value": 1, "unit": "kg" }, "method": { "text": "a" } }),
    );
    same(&known.told(&good, &["http://x.y/second"]), &[]);
    let mut bad = good.clone();
    bad["status"] = "amended".into();
    bad["code"] = json!({ "text": "x" });
    bad["subject"]["reference"] = "Group/1".into();
    bad["performer"] = json!([{ "reference": "Patient/1" }]);
    bad["valueQuantity"].as_object_mut().unwrap().remove("unit");
    bad["interpretation"] = json!([{ "coding": [{ "code": "nothing" }] }]);
    bad["method"] = json!({ "coding": [{ "code": "x" }] });
    let first = "http://x.y/first";
    let told = known.told(&bad, &[first]);
    same(
        &told,
        &[
            ("Observation.status", "fhir.fixed", first),
            ("Observation.code", "fhir.pattern", first),
            ("Observation.subject.reference", "fhir.target", "Patient"),
            ("Observation.performer", "fhir.many", "0"),
            ("Observation.interpretation[0]", "fhir.code", "http://hl7.org/fhir/ValueSet/administrative-gender"),
            ("Observation.method", "fhir.invariant", "x-1: method has a text"),
        ],
    );
    // What builds on it says the same, and more; a version that is not there is not known.
    let told = known.told(&bad, &["http://x.y/second"]);
    assert_eq!(told.len(), 7, "{told:#?}");
    assert!(told.iter().any(|(path, _, detail)| path == "Observation.value" && detail == "unit"), "{told:#?}");
    let boolean = observation(&json!({ "valueBoolean": true }));
    assert!(known.told(&boolean, &[first]).iter().any(|(path, reason, detail)| {
        (path.as_str(), *reason, detail.as_str()) == ("Observation.value", "fhir.type", "Quantity, string")
    }));
    let mut claimed = good;
    claimed["meta"] = json!({ "profile": ["http://x.y/first|2.0"] });
    same(&known.told(&claimed, &[]), &[]);
    claimed["meta"] = json!({ "profile": ["http://hl7.org/fhir/StructureDefinition/Patient"] });
    same(&known.told(&claimed, &[]), &[("Observation.meta.profile[0]", "fhir.profile-type", "Patient")]);
    let patient = json!({ "resourceType": "Patient", "meta": { "profile": [first] } });
    same(&known.told(&patient, &[]), &[("Patient.meta.profile[0]", "fhir.profile-type", "Observation")]);
}

#[test]
fn slices_are_told_apart_by_what_a_profile_says() {
    let slicing = |kind: &str, path: &str, rules: &str| json!({ "discriminator": [{ "type": kind, "path": path }], "rules": rules });
    let names = on_core(
        "names",
        "Patient",
        &json!([
            { "path": "Patient.identifier", "slicing": { "discriminator": [{ "type": "value", "path": "system" }], "rules": "openAtEnd", "ordered": true } },
            { "path": "Patient.identifier", "sliceName": "cpf", "min": 1, "max": "1" },
            { "path": "Patient.identifier.system", "fixedUri": "urn:cpf" },
            { "path": "Patient.identifier.value", "min": 1 },
            { "path": "Patient.identifier", "sliceName": "cns" },
            { "path": "Patient.identifier.system", "fixedUri": "urn:cns" },
            { "path": "Patient.name", "slicing": slicing("exists", "period", "closed") },
            { "path": "Patient.name", "sliceName": "former" },
            { "path": "Patient.name.period", "min": 1 },
            { "path": "Patient.name.text", "min": 1 },
            { "path": "Patient.name", "sliceName": "now", "max": "1" },
            { "path": "Patient.name.period", "max": "0" },
            { "path": "Patient.deceased[x]", "slicing": slicing("type", "$this", "closed") },
            { "path": "Patient.deceased[x]", "sliceName": "deceasedDateTime", "type": [{ "code": "dateTime" }] },
            { "path": "Patient.maritalStatus.coding", "slicing": slicing("pattern", "$this", "closed") },
            { "path": "Patient.maritalStatus.coding", "sliceName": "married", "patternCoding": { "code": "M" } },
            { "path": "Patient.generalPractitioner", "slicing": slicing("type", "resolve()", "closed") },
            { "path": "Patient.generalPractitioner", "sliceName": "house", "max": "1",
              "type": [{ "code": "Reference", "targetProfile": [format!("{CORE}/Organization")] }] },
            { "path": "Patient.contact", "slicing": slicing("profile", "name", "closed") },
            { "path": "Patient.contact", "sliceName": "whole" },
            { "path": "Patient.contact.name", "type": [{ "code": "HumanName", "profile": ["http://x.y/whole"] }] },
        ]),
    );
    let whole = on_core("whole", "HumanName", &json!([{ "path": "HumanName.family", "min": 1 }]));
    let known = Known::of(vec![names, whole]);
    let url = "http://x.y/names";
    let good = json!({ "resourceType": "Patient",
        "identifier": [{ "system": "urn:cpf", "value": "1" }, { "system": "urn:cns", "value": "2" }, { "value": "3" }],
        "name": [{ "text": "a", "period": { "start": "2020" } }, { "family": "b" }],
        "deceasedDateTime": "2020", "maritalStatus": { "coding": [{ "code": "M", "display": "casada" }] },
        "generalPractitioner": [{ "reference": "Organization/1" }], "contact": [{ "name": { "family": "c" } }] });
    same(&known.told(&good, &[url]), &[]);
    let mut bad = good;
    bad["identifier"] = json!([{ "value": "3" }, { "system": "urn:cns" }, { "system": "urn:cpf" }]);
    bad["name"] = json!([{ "family": "a", "period": { "start": "2020" } }, { "family": "b" }, { "family": "c" }]);
    bad.as_object_mut().unwrap().remove("deceasedDateTime");
    bad["deceasedBoolean"] = true.into();
    bad["maritalStatus"]["coding"][0]["code"] = "S".into();
    bad["generalPractitioner"] = json!([{ "reference": "Organization/1" }, { "reference": "Practitioner/1" }, { "reference": "Organization/2" }]);
    bad["contact"][0]["name"] = json!({ "given": ["c"] });
    same(
        &known.told(&bad, &[url]),
        &[
            ("Patient.identifier[1]", "fhir.order", url),
            ("Patient.identifier[2]", "fhir.order", url),
            ("Patient.identifier[2]", "fhir.required", "value"),
            ("Patient.name[0]", "fhir.required", "text"),
            ("Patient.name", "fhir.many", "1"),
            ("Patient.deceased", "fhir.slice", url),
            ("Patient.maritalStatus.coding[0]", "fhir.slice", url),
            ("Patient.generalPractitioner[1]", "fhir.slice", url),
            ("Patient.generalPractitioner", "fhir.many", "1"),
            ("Patient.contact[0]", "fhir.slice", url),
        ],
    );
    let none = json!({ "resourceType": "Patient" });
    same(&known.told(&none, &[url]), &[("Patient", "fhir.required", "identifier:cpf")]);
}

#[test]
fn extensions_follow_their_profiles() {
    let races = json!([
        { "id": "Extension.extension:code", "path": "Extension.extension", "sliceName": "code", "min": 1, "max": "1" },
        { "id": "Extension.extension:code.url", "path": "Extension.extension.url", "fixedUri": "code" },
        { "id": "Extension.extension:code.value[x]", "path": "Extension.extension.value[x]", "min": 1, "type": [{ "code": "Coding" }] },
        { "id": "Extension.url", "path": "Extension.url", "fixedUri": "http://x.y/race" },
        { "id": "Extension.value[x]", "path": "Extension.value[x]", "max": "0" },
    ]);
    let race = on_core("race", "Extension", &races);
    let patient = on_core(
        "patient",
        "Patient",
        &json!([
            { "id": "Patient.extension", "path": "Patient.extension", "slicing": { "discriminator": [{ "type": "value", "path": "url" }], "rules": "open" } },
            { "id": "Patient.extension:race", "path": "Patient.extension", "sliceName": "race", "min": 1, "max": "1",
              "type": [{ "code": "Extension", "profile": ["http://x.y/race"] }] },
            { "id": "Patient.birthDate.extension:time", "path": "Patient.birthDate.extension", "sliceName": "time", "max": "0",
              "type": [{ "code": "Extension", "profile": ["http://x.y/time"] }] },
        ]),
    );
    let known = Known::of(vec![race, patient]);
    let url = "http://x.y/patient";
    let with = |extension: Value| json!({ "resourceType": "Patient", "extension": extension });
    let good = with(json!([{ "url": "http://x.y/other", "valueString": "a" },
        { "url": "http://x.y/race", "extension": [{ "url": "code", "valueCoding": { "code": "1" } }] }]));
    same(&known.told(&good, &[url]), &[]);
    let bad = with(
        json!([{ "url": "http://x.y/race", "extension": [{ "url": "code", "valueString": "1" }, { "url": "code", "valueCoding": { "code": "1" } }] }]),
    );
    same(
        &known.told(&bad, &[url]),
        &[
            ("Patient.extension[0].extension[0].value", "fhir.type", "Coding"),
            ("Patient.extension[0].extension", "fhir.many", "1"),
        ],
    );
    let mut none = with(json!([{ "url": "http://x.y/race", "valueString": "x" }]));
    same(
        &known.told(&none, &[url]),
        &[
            ("Patient.extension[0]", "fhir.required", "extension:code"),
            ("Patient.extension[0].value", "fhir.many", "0"),
        ],
    );
    none["extension"] = json!([{ "url": "http://x.y/other", "valueString": "a" }]);
    none["_birthDate"] = json!({ "extension": [{ "url": "http://x.y/time", "valueString": "x" }] });
    same(
        &known.told(&none, &[url]),
        &[("Patient", "fhir.required", "extension:race"), ("Patient.birthDate.extension", "fhir.many", "0")],
    );
}

#[test]
fn what_is_no_profile_is_refused() {
    let read = |value: Value| Profile::read(&value, &|_| None).map(|_| ());
    let good = on_core("good", "Patient", &json!([{ "path": "Patient.name", "min": 1 }]));
    assert_eq!(read(good.clone()), Ok(()));
    let with = |key: &str, value: Value| {
        let mut other = good.clone();
        other[key] = value;
        read(other)
    };
    assert_eq!(with("derivation", "specialization".into()), Err(NotAProfile::Kind));
    assert_eq!(with("type", "Dog".into()), Err(NotAProfile::Kind));
    assert_eq!(with("url", Value::Null), Err(NotAProfile::Kind));
    assert_eq!(with("baseDefinition", "http://x.y/none".into()), Err(NotAProfile::Base));
    assert_eq!(with("differential", json!({})), Err(NotAProfile::Elements));
    for path in ["Observation.code", "Patient..name", ""] {
        assert_eq!(
            with("differential", json!({ "element": [{ "path": path }] })),
            Err(NotAProfile::Elements),
            "{path}"
        );
    }
    let deep = format!("Patient{}", ".contact".repeat(1000));
    assert_eq!(with("differential", json!({ "element": [{ "path": deep }] })), Err(NotAProfile::Elements));
}

#[test]
fn profiles_that_go_in_circles_end() {
    let circle = on_core(
        "circle",
        "Extension",
        &json!([
            { "path": "Extension.extension", "type": [{ "code": "Extension", "profile": ["http://x.y/circle"] }] },
        ]),
    );
    let endless = on_core(
        "endless",
        "Patient",
        &json!([
            { "path": "Patient.name", "type": [{ "code": "HumanName", "profile": ["http://x.y/a"] }] },
        ]),
    );
    let wide: Vec<Value> = (0..2_000)
        .map(|at| json!({ "id": format!("HumanName.given:s{at}"), "path": "HumanName.given", "sliceName": format!("s{at}"), "fixedString": "x" }))
        .collect();
    let known = Known::of(vec![circle, endless, on_core("a", "HumanName", &Value::Array(wide))]);
    let many: Vec<Value> = (0..20_000).map(|at| json!(format!("n{at}"))).collect();
    let patient = json!({ "resourceType": "Patient", "name": [{ "given": many }] });
    let told = known.told(&patient, &["http://x.y/endless"]);
    assert!(told.iter().any(|(_, reason, _)| *reason == "fhir.costly"), "{told:#?}");
}

#[test]
fn values_have_limits() {
    let limits = on_core(
        "limits",
        "Observation",
        &json!([
            { "path": "Observation.effective[x]", "minValueDateTime": "2000-01-01", "maxValueDateTime": "2030-12-31" },
            { "id": "Observation.valueQuantity", "path": "Observation.valueQuantity", "minValueQuantity": { "value": 1, "code": "g" },
              "maxValueQuantity": { "value": 2.5, "unit": "kg", "code": "kg" } },
            { "path": "Observation.component.value[x]", "minValueInteger": 3, "maxValueInteger": 5 },
            { "path": "Observation.code.text", "maxLength": 4 },
        ]),
    );
    let url = "http://x.y/limits";
    let known = Known::of(vec![limits]);
    let told = |more: Value| known.told(&observation(&more), &[url]);
    let kg = |value: f64| json!({ "valueQuantity": { "value": value, "code": "kg", "system": "http://unitsofmeasure.org" } });
    let component = |value: i32| json!({ "component": [{ "code": { "text": "x" }, "valueInteger": value }] });
    for fine in [
        json!({ "effectiveDateTime": "2000-01-01T00:00:00-03:00" }),
        // A year that may lie within is no error.
        json!({ "effectiveDateTime": "2030" }),
        kg(2.5),
        kg(0.001),
        json!({ "valueQuantity": { "value": 9000, "unit": "m" } }),
        component(3),
        component(5),
        json!({ "code": { "text": "ação" } }),
    ] {
        same(&told(fine), &[]);
    }
    same(&told(json!({ "effectiveDateTime": "1999" })), &[("Observation.effective", "fhir.min-value", "2000-01-01")]);
    let late = json!({ "effectiveDateTime": "2031-01-01T00:00:00Z" });
    same(&told(late), &[("Observation.effective", "fhir.max-value", "2030-12-31")]);
    same(&told(kg(2.6)), &[("Observation.value", "fhir.max-value", "2.5 kg")]);
    same(&told(kg(0.0001)), &[("Observation.value", "fhir.min-value", "1 g")]);
    same(&told(component(2)), &[("Observation.component[0].value", "fhir.min-value", "3")]);
    same(&told(component(6)), &[("Observation.component[0].value", "fhir.max-value", "5")]);
    same(&told(json!({ "code": { "text": "longo" } })), &[("Observation.code.text", "fhir.max-length", "4")]);
    // Relative to the clock: what is valid today would not be tomorrow.
    let age = json!({ "path": "Patient.birthDate", "maxValueQuantity": { "value": 18, "code": "a" } });
    let relative = on_core("relative", "Patient", &json!([{ "path": "Patient" }, age]));
    assert_eq!(Profile::read(&relative, &|_| None).map(|_| ()), Err(NotAProfile::Relative));
    assert_eq!(
        aroeira_fhir::validate::relative_limits(relative.as_object().unwrap()),
        ["differential.element[1].maxValueQuantity"]
    );
}

#[test]
fn a_slice_has_slices() {
    let sliced = on_core(
        "resliced",
        "Patient",
        &json!([
            { "path": "Patient.identifier", "slicing": { "discriminator": [{ "type": "value", "path": "use" }], "rules": "open" } },
            { "path": "Patient.identifier", "sliceName": "official",
              "slicing": { "discriminator": [{ "type": "value", "path": "system" }], "rules": "closed" } },
            { "path": "Patient.identifier.use", "fixedCode": "official" },
            { "path": "Patient.identifier", "sliceName": "official/cpf", "min": 1, "max": "1" },
            { "path": "Patient.identifier.system", "fixedUri": "urn:cpf" },
            { "path": "Patient.identifier.value", "min": 1 },
            { "path": "Patient.identifier", "sliceName": "official/cns" },
            { "path": "Patient.identifier.system", "fixedUri": "urn:cns" },
        ]),
    );
    let url = "http://x.y/resliced";
    let known = Known::of(vec![sliced]);
    let with = |identifiers: Value| json!({ "resourceType": "Patient", "identifier": identifiers });
    let good = with(json!([
        { "use": "official", "system": "urn:cpf", "value": "1" }, { "use": "official", "system": "urn:cns" },
        { "use": "old", "system": "urn:cpf" }, { "use": "usual", "system": "urn:x" }
    ]));
    same(&known.told(&good, &[url]), &[]);
    let bad = with(json!([{ "use": "official", "system": "urn:x" }, { "use": "official", "system": "urn:cpf" }]));
    same(
        &known.told(&bad, &[url]),
        &[("Patient.identifier[0]", "fhir.slice", url), ("Patient.identifier[1]", "fhir.required", "value")],
    );
    let elsewhere = with(json!([{ "use": "old", "system": "urn:cpf", "value": "1" }]));
    same(&known.told(&elsewhere, &[url]), &[("Patient", "fhir.required", "identifier:official/cpf")]);
}

#[test]
fn content_that_is_that_of_another_element_follows_it() {
    let asked = on_core(
        "form",
        "Questionnaire",
        &json!([
            { "path": "Questionnaire.item", "constraint": [{ "key": "i-1", "severity": "error", "human": "no prefix", "expression": "prefix.empty()" }] },
            { "path": "Questionnaire.item.text", "min": 1, "maxLength": 5 },
            { "path": "Questionnaire.item.item", "max": "1" },
        ]),
    );
    let url = "http://x.y/form";
    let known = Known::of(vec![asked]);
    let form = |item: Value| json!({ "resourceType": "Questionnaire", "status": "draft", "item": item });
    let item =
        |id: &str, text: Value, below: Value| json!({ "linkId": id, "type": "group", "text": text, "item": below });
    let leaf = |id: &str| json!({ "linkId": id, "type": "display", "text": "c" });
    let good = form(json!([item("1", "a".into(), json!([item("2", "b".into(), json!([leaf("3")]))]))]));
    same(&known.told(&good, &[url]), &[]);
    let mut deep = leaf("3");
    deep.as_object_mut().unwrap().remove("text");
    deep["prefix"] = "x".into();
    let bad = form(json!([item("1", "a".into(), json!([item("2", "comprido".into(), json!([deep])), leaf("4")]))]));
    same(
        &known.told(&bad, &[url]),
        &[
            ("Questionnaire.item[0].item", "fhir.many", "1"),
            ("Questionnaire.item[0].item[0].text", "fhir.max-length", "5"),
            ("Questionnaire.item[0].item[0].item[0]", "fhir.invariant", "i-1: no prefix"),
            ("Questionnaire.item[0].item[0].item[0]", "fhir.required", "text"),
        ],
    );
}

#[test]
fn what_a_reference_points_at_is_looked_at_where_it_is_there() {
    let named = on_core(
        "named",
        "Patient",
        &json!([{ "path": "Patient.name", "min": 1 }, { "path": "Patient.link.other",
        "type": [{ "code": "Reference", "targetProfile": ["http://x.y/named"] }] }]),
    );
    let about = on_core(
        "about",
        "Observation",
        &json!([{ "path": "Observation.subject", "type": [{ "code": "Reference", "targetProfile": ["http://x.y/named", format!("{CORE}/Group")] }] }]),
    );
    let known = Known::of(vec![named, about]);
    let url = "http://x.y/about";
    let contained = |patient: Value| {
        let mut patient = patient;
        patient["resourceType"] = "Patient".into();
        patient["id"] = "p".into();
        observation(&json!({ "contained": [patient], "subject": { "reference": "#p" } }))
    };
    same(&known.told(&contained(json!({ "name": [{ "text": "a" }] })), &[url]), &[]);
    let broken = [("Observation.subject.reference", "fhir.target-profile", "http://x.y/named")];
    same(&known.told(&contained(json!({ "active": true })), &[url]), &broken);
    // Elsewhere, only the type is known.
    same(&known.told(&observation(&json!({ "subject": { "reference": "Patient/1" } })), &[url]), &[]);
    let device = observation(&json!({ "subject": { "reference": "Device/1" } }));
    same(&known.told(&device, &[url]), &[("Observation.subject.reference", "fhir.target", "Group, Patient")]);
    // In a bundle, and in a circle.
    let bundle = |named: bool| {
        let patient = |own: &str, other: &str, named: bool| {
            let mut patient = json!({ "resourceType": "Patient", "link": [{ "type": "seealso", "other": { "reference": format!("urn:uuid:{other}") } }] });
            if named {
                patient["name"] = json!([{ "text": "a" }]);
            }
            json!({ "fullUrl": format!("urn:uuid:{own}"), "resource": patient })
        };
        let (a, b) = ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b");
        let mut observation = observation(&json!({ "subject": { "reference": format!("urn:uuid:{a}") } }));
        observation["meta"] = json!({ "profile": [url] });
        json!({ "resourceType": "Bundle", "type": "collection", "entry": [
            { "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001", "resource": observation }, patient(a, b, true), patient(b, a, named) ] })
    };
    same(&known.told(&bundle(true), &[]), &[]);
    let told = known.told(&bundle(false), &[]);
    same(&told, &[("Bundle.entry[0].resource.subject.reference", "fhir.target-profile", "http://x.y/named")]);
}
