//! Transaction bundles: identities, links, and every reason to refuse one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aroeira_fhir::bundle::{self, Call, Entry, Settled};
use aroeira_fhir::{Problem, Resource};
use serde_json::{Value, json};

fn read(entries: &Value) -> Result<Vec<Entry>, Vec<Problem>> {
    bundle::transaction(
        Resource::from_value(json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})).unwrap(),
    )
}

/// With new ids for what has none; conditions are met by what `found` says.
fn settled(entries: &Value, found: &[(&str, &str)]) -> Result<Vec<Entry>, Vec<Problem>> {
    let mut entries = read(entries)?;
    let mut last = 0;
    let mut settle = |entry: &Entry| {
        let mut new = || {
            last += 1;
            format!("new-{last}")
        };
        let id = entry.own_id().map_or_else(&mut new, str::to_owned);
        Settled { id: Some(id), writes: !matches!(entry.call, Call::Read { .. }), made: false }
    };
    let settled: Vec<Settled> = entries.iter().map(&mut settle).collect();
    let found = found.iter().map(|(text, name)| ((*text).to_owned(), (*name).to_owned())).collect();
    bundle::link(&mut entries, &settled, &found)?;
    Ok(entries)
}

fn transaction(entries: &Value) -> Result<Vec<Entry>, Vec<Problem>> {
    settled(entries, &[])
}

fn resource(entry: &Entry) -> &Resource {
    entry.call.resource().unwrap()
}

fn post(full_url: &str, resource: &Value) -> Value {
    let kind = resource["resourceType"].clone();
    json!({"fullUrl": full_url, "resource": resource, "request": {"method": "POST", "url": kind}})
}

#[test]
fn links_among_entries_are_resolved() {
    let entries = transaction(&json!([
        post("urn:uuid:p-1", &json!({"resourceType": "Patient", "id": "old",
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:p-1"}]})),
        post("urn:oid:1.2.3", &json!({"resourceType": "Observation",
            "subject": {"reference": "urn:uuid:p-1", "display": "urn:uuid:p-1"},
            "focus": [{"reference": "urn:uuid:gone"}, {"reference": "Patient/x"}],
            "extension": [{"url": "urn:x", "valueReference": {"reference": "urn:oid:1.2.3"}}, {"url": "urn:y", "valueUri": "urn:uuid:p-1"}],
            "text": {"status": "generated", "div": "<div><a href=\"urn:uuid:p-1\">urn:uuid:p-1</a><img src=\"urn:uuid:gone\"/></div>"}})),
    ]))
    .unwrap();
    assert_eq!((resource(&entries[0]).id(), resource(&entries[1]).id()), (Some("p-1"), Some("new-1")));
    assert_eq!(resource(&entries[0]).get("identifier").unwrap()[0]["value"], "urn:uuid:p-1");
    let observation = resource(&entries[1]).clone().into_value();
    assert_eq!(observation["subject"], json!({"reference": "Patient/p-1", "display": "urn:uuid:p-1"}));
    assert_eq!(observation["focus"], json!([{"reference": "urn:uuid:gone"}, {"reference": "Patient/x"}]));
    assert_eq!(observation["extension"][0]["valueReference"]["reference"], "Observation/new-1");
    assert_eq!(observation["extension"][1]["valueUri"], "Patient/p-1");
    assert_eq!(
        observation["text"]["div"],
        "<div><a href=\"Patient/p-1\">urn:uuid:p-1</a><img src=\"urn:uuid:gone\"/></div>"
    );
}

#[test]
fn relative_links_follow_the_base_of_their_entry() {
    let entries = transaction(&json!([
        post("http://a/fhir/Patient/1", &json!({"resourceType": "Patient"})),
        post("http://a/fhir/Basic/2", &json!({"resourceType": "Basic", "subject": {"reference": "Patient/1"}})),
        post("http://b/fhir/Basic/2", &json!({"resourceType": "Basic", "subject": {"reference": "Patient/1"}})),
        post("urn:uuid:x", &json!({"resourceType": "Basic", "subject": {"reference": "http://a/fhir/Patient/1"}})),
    ]))
    .unwrap();
    let subject = |at: usize| resource(&entries[at]).get("subject").unwrap()["reference"].as_str().unwrap().to_owned();
    assert_eq!([subject(1), subject(2), subject(3)], ["Patient/new-1", "Patient/1", "Patient/new-1"]);
}

#[test]
fn every_call_names_its_resource() {
    let patch = json!({"resourceType": "Parameters"});
    let entries = read(&json!([
        {"resource": {"resourceType": "Patient", "id": "a"}, "request": {"method": "PUT", "url": "Patient/a", "ifMatch": "W/\"2\""}},
        {"request": {"method": "DELETE", "url": "Patient/b"}},
        {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient", "ifNoneExist": "name=x"}},
        {"resource": {"resourceType": "Patient"}, "request": {"method": "PUT", "url": "Patient?identifier=a|b"}},
        {"resource": patch, "request": {"method": "PATCH", "url": "Patient/c"}},
        {"request": {"method": "GET", "url": "Patient?name=x", "ifNoneMatch": "*"}},
        {"request": {"method": "GET", "url": "Patient"}},
    ]))
    .unwrap();
    let said: Vec<_> = entries.iter().map(|entry| (entry.call.turn(), entry.own_id(), entry.criteria())).collect();
    assert_eq!(
        said,
        [
            (2, Some("a"), None),
            (0, Some("b"), None),
            (1, None, Some("name=x")),
            (2, None, Some("identifier=a|b")),
            (2, Some("c"), None),
            (3, None, None),
            (3, None, None),
        ]
    );
    assert!(entries.iter().all(|entry| entry.kind == "Patient"));
    assert_eq!((entries[0].if_match.as_deref(), entries[5].if_none_match.as_deref()), (Some("W/\"2\""), Some("*")));
    assert_eq!(read(&json!([])), Ok(Vec::new()));
}

#[test]
fn a_condition_is_replaced_by_what_meets_it() {
    let bundle = json!([post(
        "urn:uuid:x",
        &json!({"resourceType": "Encounter",
        "participant": [{"individual": {"reference": "Practitioner?identifier=a|b"}}], "serviceProvider": {"reference": "Organization?name=c"}})
    )]);
    let found = bundle::conditional_references(&read(&bundle).unwrap());
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Organization?name=c", "Practitioner?identifier=a|b"]);
    let found = [("Practitioner?identifier=a|b", "Practitioner/p")];
    let problems = settled(&bundle, &found).unwrap_err();
    assert_eq!((problems.len(), problems[0].path.as_str()), (1, "Bundle.entry[0].resource.serviceProvider.reference"));
    let entries = settled(&bundle, &[found[0], ("Organization?name=c", "Organization/o")]).unwrap();
    assert_eq!(resource(&entries[0]).get("participant").unwrap()[0]["individual"]["reference"], "Practitioner/p");
}

#[test]
fn all_problems_are_told_at_once() {
    let patient = json!({"resourceType": "Patient", "id": "a"});
    let request = |method: &str, url: &str| json!({"method": method, "url": url});
    let cases = [
        (json!(1), "", "structure"),
        (json!({}), ".request", "required"),
        (json!({"request": request("GET", "Patient/a/$everything")}), ".request.url", "value"),
        (json!({"request": request("PATCH", "Patient/a")}), ".resource", "required"),
        (json!({"resource": patient, "request": request("PATCH", "Patient/a")}), ".resource", "value"),
        (json!({"request": request("FETCH", "Patient/a")}), ".request.method", "value"),
        (json!({"request": {"url": "Patient"}}), ".request.method", "required"),
        (json!({"request": {"method": "DELETE"}}), ".request.url", "required"),
        (json!({"request": request("DELETE", "Patient/a?name=x")}), ".request.url", "value"),
        (json!({"request": request("DELETE", "Patient")}), ".request.url", "value"),
        (json!({"request": request("DELETE", "Dog/a")}), ".request.url", "value"),
        (json!({"request": request("POST", "Patient")}), ".resource", "required"),
        (json!({"resource": patient, "request": request("POST", "Patient/a")}), ".request.url", "value"),
        (json!({"resource": patient, "request": request("POST", "Basic")}), ".request.url", "value"),
        (json!({"resource": patient, "request": request("PUT", "Patient/other")}), ".resource.id", "value"),
        (
            json!({"resource": {"resourceType": "Dog"}, "request": request("POST", "Dog")}),
            ".resource.resourceType",
            "value",
        ),
        (
            json!({"resource": patient, "request": {"method": "POST", "url": "Patient", "ifNoneExist": 1}}),
            ".request.ifNoneExist",
            "structure",
        ),
    ];
    let found = transaction(&cases.iter().map(|case| case.0.clone()).collect()).unwrap_err();
    let mut found: Vec<_> = found.into_iter().map(|problem| (problem.path, problem.code)).collect();
    found.sort();
    let mut expected: Vec<_> =
        cases.iter().enumerate().map(|(at, case)| (format!("Bundle.entry[{at}]{}", case.1), case.2)).collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn no_two_entries_are_one() {
    let patient = json!({"resourceType": "Patient", "id": "a"});
    let put = json!({"resource": patient, "request": {"method": "PUT", "url": "Patient/a"}});
    let found = transaction(&json!([put, {"request": {"method": "DELETE", "url": "Patient/a"}}])).unwrap_err();
    assert_eq!((found.len(), found[0].path.as_str(), found[0].code), (1, "Bundle.entry[1]", "duplicate"));
    let found = transaction(&json!([post("urn:x:1", &patient), post("urn:x:1", &json!({"resourceType": "Basic"}))]))
        .unwrap_err();
    assert_eq!((found.len(), found[0].path.as_str()), (1, "Bundle.entry[1].fullUrl"));
}

#[test]
fn other_bundles_are_told_apart() {
    let of = |value: Value| Resource::from_value(value).unwrap();
    let batch = of(json!({"resourceType": "Bundle", "type": "batch", "entry": []}));
    assert_eq!(bundle::kind_of(&batch), Some("batch"));
    assert_eq!(bundle::kind_of(&of(json!({"resourceType": "Patient", "type": "batch"}))), None);
    for other in [batch, of(json!({"resourceType": "Bundle"})), of(json!({"resourceType": "Patient"}))] {
        assert_eq!(bundle::transaction(other).unwrap_err()[0].path, "Bundle.type");
    }
}
