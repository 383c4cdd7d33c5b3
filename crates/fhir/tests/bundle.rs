//! Transaction bundles: identities, links, and every reason to refuse one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aroeira_fhir::{Entry, Method, Problem, Resource, bundle};
use serde_json::{Value, json};

fn transaction(entries: &Value) -> Result<Vec<Entry>, Vec<Problem>> {
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
    let mut last = 0;
    bundle::transaction(Resource::from_value(bundle).unwrap(), &mut || {
        last += 1;
        format!("new-{last}")
    })
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
    assert_eq!((entries[0].id.as_str(), entries[1].id.as_str()), ("p-1", "new-1"));
    assert_eq!(entries[0].resource.id(), Some("p-1"));
    assert_eq!(entries[0].resource.get("identifier").unwrap()[0]["value"], "urn:uuid:p-1");
    let observation = entries[1].resource.clone().into_value();
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
    let subject = |at: usize| entries[at].resource.get("subject").unwrap()["reference"].as_str().unwrap().to_owned();
    assert_eq!([subject(1), subject(2), subject(3)], ["Patient/new-1", "Patient/1", "Patient/new-1"]);
}

#[test]
fn updates_and_deletions_name_their_resource() {
    let entries = transaction(&json!([
        {"resource": {"resourceType": "Patient", "id": "a"}, "request": {"method": "PUT", "url": "Patient/a"}},
        {"request": {"method": "DELETE", "url": "Patient/b"}},
        {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}},
    ]))
    .unwrap();
    let said: Vec<_> = entries.iter().map(|entry| (entry.method, entry.kind.as_str(), entry.id.as_str())).collect();
    assert_eq!(
        said,
        [(Method::Update, "Patient", "a"), (Method::Delete, "Patient", "b"), (Method::Create, "Patient", "new-1")]
    );
    assert!(entries.iter().all(|entry| entry.resource.id() == Some(entry.id.as_str())));
    assert_eq!(transaction(&json!([])), Ok(Vec::new()));
}

#[test]
fn all_problems_are_told_at_once() {
    let patient = json!({"resourceType": "Patient", "id": "a"});
    let request = |method: &str, url: &str| json!({"method": method, "url": url});
    let cases = [
        (json!(1), "", "structure"),
        (json!({}), ".request", "required"),
        (json!({"request": request("GET", "Patient/a")}), ".request.method", "not-supported"),
        (json!({"request": request("PATCH", "Patient/a")}), ".request.method", "not-supported"),
        (json!({"request": request("FETCH", "Patient/a")}), ".request.method", "value"),
        (json!({"request": {"url": "Patient"}}), ".request.method", "required"),
        (json!({"request": {"method": "DELETE"}}), ".request.url", "required"),
        (json!({"request": request("DELETE", "Patient?name=x")}), ".request.url", "not-supported"),
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
            json!({"resource": patient, "request": {"method": "POST", "url": "Patient", "ifNoneExist": "x"}}),
            ".request.ifNoneExist",
            "not-supported",
        ),
        (
            json!({"resource": patient, "request": {"method": "PUT", "url": "Patient/a", "ifMatch": "W/\"1\""}}),
            ".request.ifMatch",
            "not-supported",
        ),
        (
            json!({"resource": {"resourceType": "Basic", "a": [{"b": {"reference": "Patient?name=x"}}]}, "request": request("POST", "Basic")}),
            ".resource.a[0].b.reference",
            "not-supported",
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
        assert_eq!(bundle::transaction(other, &mut String::new).unwrap_err()[0].path, "Bundle.type");
    }
}
