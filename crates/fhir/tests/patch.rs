//! Patches over a resource: the examples of RFC 6902, what is refused, and differences that lead back.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aroeira_fhir::patch::{Patch, difference};
use aroeira_fhir::{Limits, Problem, Resource, definitions};
use serde_json::{Value, json};

fn resource(value: Value) -> Resource {
    Resource::from_value(value).unwrap()
}

/// Applies a JSON Patch to a Basic that holds `x`.
fn patched(x: &Value, operations: &Value) -> Result<Value, Vec<Problem>> {
    let patch = Patch::json(operations.to_string().as_bytes(), &Limits::default())?;
    let whole = patch.apply(&resource(json!({ "resourceType": "Basic", "x": x })), definitions())?;
    Ok(whole.get("x").cloned().unwrap_or_default())
}

#[test]
fn the_examples_of_rfc_6902_hold() {
    #[rustfmt::skip]
    let cases = [
        (json!({"foo": "bar"}), json!([{"op": "add", "path": "/x/baz", "value": "qux"}]), Some(json!({"baz": "qux", "foo": "bar"}))),
        (json!({"foo": ["bar", "baz"]}), json!([{"op": "add", "path": "/x/foo/1", "value": "qux"}]), Some(json!({"foo": ["bar", "qux", "baz"]}))),
        (json!({"baz": "qux", "foo": "bar"}), json!([{"op": "remove", "path": "/x/baz"}]), Some(json!({"foo": "bar"}))),
        (json!({"foo": ["bar", "qux", "baz"]}), json!([{"op": "remove", "path": "/x/foo/1"}]), Some(json!({"foo": ["bar", "baz"]}))),
        (json!({"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}}), json!([{"op": "move", "from": "/x/foo/waldo", "path": "/x/qux/thud"}]), Some(json!({"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}))),
        (json!({"foo": ["all", "grass", "cows", "eat"]}), json!([{"op": "move", "from": "/x/foo/1", "path": "/x/foo/3"}]), Some(json!({"foo": ["all", "cows", "eat", "grass"]}))),
        (json!({"/": 9, "~1": 10}), json!([{"op": "test", "path": "/x/~01", "value": 10}]), Some(json!({"/": 9, "~1": 10}))),
        (json!({"a": 1.0}), json!([{"op": "test", "path": "/x/a", "value": 1}]), Some(json!({"a": 1.0}))),
        (json!({"baz": "qux"}), json!([{"op": "test", "path": "/x/baz", "value": "bar"}]), None),
        (json!({"foo": "bar"}), json!([{"op": "add", "path": "/x/baz/bat", "value": "qux"}]), None),
        (json!({"foo": ["bar"]}), json!([{"op": "add", "path": "/x/foo/-", "value": ["abc"]}]), Some(json!({"foo": ["bar", ["abc"]]}))),
        (json!([1, 2]), json!([{"op": "add", "path": "/x/3", "value": 1}]), None),
        (json!([1, 2]), json!([{"op": "remove", "path": "/x/01"}]), None),
        (json!({"a": {"b": 1}}), json!([{"op": "move", "from": "/x/a", "path": "/x/a/b"}]), None),
        (json!({}), json!([{"op": "replace", "path": "/x/a", "value": 1}]), None),
        (json!({}), json!([{"op": "spam", "path": "/x/a", "value": 1}]), None),
        (json!({}), json!([{"op": "add", "path": "x/a", "value": 1}]), None),
        (json!({}), json!([{"op": "add", "path": "/x/a~2", "value": 1}]), None),
        (json!({}), json!([{"op": "add", "path": "/x/a"}]), None),
    ];
    for (before, operations, after) in cases {
        assert_eq!(patched(&before, &operations).ok(), after, "{operations}");
    }
}

#[test]
fn the_examples_of_rfc_7396_hold() {
    use base64::Engine;
    #[rustfmt::skip]
    let cases = [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ];
    let read = |members: &Value| {
        let data = base64::engine::general_purpose::STANDARD.encode(members.to_string());
        let carried = json!({"resourceType": "Binary", "contentType": "application/merge-patch+json", "data": data});
        Patch::of(&resource(carried), &Limits::default())
    };
    for (before, members, after) in cases {
        let whole = resource(json!({ "resourceType": "Basic", "x": before }));
        let led = read(&json!({ "x": members })).unwrap().apply(&whole, definitions()).unwrap();
        assert_eq!(led.get("x"), Some(&after), "{members}");
    }
    assert_eq!(read(&json!([])).unwrap_err()[0].code, "structure");
    let whole = resource(json!({ "resourceType": "Basic", "id": "a" }));
    for members in [json!({ "id": "b" }), json!({ "id": null }), json!({ "resourceType": "Patient" })] {
        assert!(read(&members).unwrap().apply(&whole, definitions()).is_err(), "{members}");
    }
}

#[test]
fn copies_of_copies_come_to_an_end() {
    let mut operations = vec![json!({"op": "add", "path": "/x/a", "value": [1, 2, 3, 4, 5, 6, 7, 8]})];
    operations.extend((0..60).map(|n| json!({"op": "copy", "from": "/x", "path": format!("/x/b{n}")})));
    let problems = patched(&json!({}), &Value::Array(operations)).unwrap_err();
    assert_eq!(problems[0].code, "too-costly");
    let many = Value::Array(vec![json!({"op": "test", "path": "/x", "value": {}}); 1001]);
    assert_eq!(patched(&json!({}), &many).unwrap_err()[0].code, "too-long");
}

/// The patch from one to the other does what it says, both ways.
#[track_caller]
fn leads(one: &Value, other: &Value) {
    for (from, to) in [(one, other), (other, one)] {
        let (from, to) = (resource(from.clone()), resource(to.clone()));
        let patch = difference(&from, &to, definitions());
        let read = Patch::of(&patch, &Limits::default()).unwrap();
        let led = read
            .apply(&from, definitions())
            .unwrap_or_else(|p| panic!("{p:?}\n{:#}", Value::Object(patch.as_value().clone())));
        assert!(led.same_content(&to), "{:#}\n{led:?}\n{to:?}", Value::Object(patch.as_value().clone()));
    }
}

#[test]
fn a_difference_leads_from_one_to_the_other() {
    let whole = json!({
        "resourceType": "Patient", "id": "a", "meta": { "tag": [{ "code": "x" }] },
        "contained": [{ "resourceType": "Organization", "id": "o", "name": "A" }],
        "extension": [{ "url": "http://a", "valueCodeableConcept": { "text": "x" } }],
        "name": [{ "family": "Silva", "given": ["Ana", "Bia"], "_given": [null, { "id": "g" }] }, { "text": "Aninha" }],
        "birthDate": "1980-01-01", "_birthDate": { "extension": [{ "url": "http://t", "valueDateTime": "1980-01-01T10:00:00Z" }] },
        "deceasedBoolean": false, "multipleBirthInteger": 2,
        "contact": [{ "relationship": [{ "coding": [{ "code": "N" }] }], "name": { "family": "Silva" } }],
        "communication": [{ "language": { "coding": [{ "code": "pt-BR" }] }, "preferred": true }],
    });
    leads(&whole, &json!({ "resourceType": "Patient", "id": "a" }));
    let mut other = whole.clone();
    other["deceasedDateTime"] = "2020-01-01".into();
    other.as_object_mut().unwrap().shift_remove("deceasedBoolean");
    other["name"][0]["given"] = json!(["Bia", "Clara", "Ana"]);
    other["name"][0].as_object_mut().unwrap().shift_remove("_given");
    other["contact"] = json!([{ "gender": "female" }, { "name": { "text": "Mãe" }, "telecom": [{ "value": "1" }] }]);
    other["contained"][0]["name"] = "B".into();
    other["extension"] = json!([{ "url": "http://b", "valueQuantity": { "value": 1.50 } }, { "url": "http://a", "valueCodeableConcept": { "text": "x" } }]);
    other["_birthDate"] = json!({ "id": "n" });
    leads(&whole, &other);
    assert_eq!(difference(&resource(whole.clone()), &resource(whole), definitions()).get("parameter"), None);
}
