//! What is taken as a resource and what is refused, and how resources are compared.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aroeira_fhir::{Body, Instant, Limits, Problem, Resource, types};
use serde_json::{Value, json};

fn parse(text: &str) -> Result<Resource, Vec<Problem>> {
    Resource::parse(text.as_bytes(), &Limits::default())
}

fn good(text: &str) -> Resource {
    parse(text).unwrap()
}

/// The paths and codes of what is wrong.
fn wrong(text: &str) -> Vec<(String, &'static str)> {
    parse(text).unwrap_err().into_iter().map(|problem| (problem.path, problem.code)).collect()
}

#[test]
fn a_key_given_twice_is_refused_at_any_level() {
    let at = |path: &str| vec![(path.to_owned(), "structure")];
    assert_eq!(wrong(r#"{"resourceType":"Patient","active":true,"active":true}"#), at("Patient.active"));
    assert_eq!(
        wrong(r#"{"resourceType":"Patient","name":[{"given":["A"]},{"family":"B","family":"C"}]}"#),
        at("Patient.name[1].family")
    );
    assert_eq!(wrong(r#"{"resourceType":"Patient","a":1,"\u0061":2}"#), at("Patient.a"));
}

#[test]
fn a_bomb_of_depth_or_size_is_refused() {
    for bomb in ["[".repeat(5_000_000), "{\"a\":".repeat(5_000_000)] {
        assert_eq!(wrong(&bomb).len(), 1);
    }
    let nested = |levels: usize| {
        format!("{{\"resourceType\":\"Basic\",\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
    };
    assert!(parse(&nested(64)).is_ok());
    assert!(parse(&nested(65)).is_err());
    let value: Value = serde_json::from_str(&nested(65)).unwrap();
    assert!(Resource::from_value(value).is_err());

    let limits = Limits { nodes: 5, ..Limits::default() };
    assert!(Resource::parse(br#"{"resourceType":"Basic","a":[1,2]}"#, &limits).is_ok());
    assert_eq!(Resource::parse(br#"{"resourceType":"Basic","a":[1,2,3]}"#, &limits).unwrap_err()[0].code, "too-costly");
    let limits = Limits { bytes: 24, ..Limits::default() };
    assert!(Resource::parse(br#"{"resourceType":"Basic"}"#, &limits).is_ok());
    assert_eq!(Resource::parse(br#"{"resourceType":"Basic"} "#, &limits).unwrap_err()[0].code, "too-long");
}

#[test]
fn the_root_says_what_it_is() {
    assert_eq!(wrong("{}"), [("Resource.resourceType".to_owned(), "required")]);
    assert_eq!(wrong(r#"{"resourceType":"Dog","id":"a/b","meta":[]}"#).len(), 3);
    assert_eq!(wrong(r#"{"resourceType":"Patient","id":7}"#), [("Patient.id".to_owned(), "value")]);
    assert_eq!(wrong("[]"), [("Resource".to_owned(), "structure")]);
    assert!(Resource::parse(b"{\"resourceType\":\"Patient\",\"a\":\"\xff\"}", &Limits::default()).is_err());
}

#[test]
fn nul_characters_are_refused() {
    assert_eq!(wrong(r#"{"resourceType":"Patient","a":["x","\u0000"]}"#), [("Patient.a[1]".to_owned(), "value")]);
    let value = json!({"resourceType": "Patient", "a": {"b": "\0"}});
    assert_eq!(Resource::from_value(value).unwrap_err()[0].path, "Patient.a.b");
}

#[test]
fn problems_never_repeat_values() {
    for text in [
        r#"{"resourceType":"Segredo","id":"Segredo!"}"#,
        r#"{"resourceType":"Patient","Segredo de alguem":1,"Segredo de alguem":2}"#,
        r#"{"resourceType":"Patient","a":"Segredo"#,
        r#"{"resourceType":"Patient","a":Segredo}"#,
    ] {
        for problem in parse(text).unwrap_err() {
            assert!(!format!("{problem:?}").contains("Segredo"), "{problem:?}");
        }
    }
}

#[test]
fn content_is_compared_without_the_stamp() {
    let one = good(r#"{"resourceType":"Basic","id":"a","n":1.50,"b":{"x":1,"y":2}}"#);
    let stamped = |version| {
        Resource::parse(&Body::new(&one).stamp(version, Instant(i64::from(version))), &Limits::default()).unwrap()
    };
    assert!(one.same_content(&stamped(1)) && stamped(1).same_content(&one) && stamped(1).same_content(&stamped(2)));
    assert!(one.same_content(&good(r#"{"b":{"y":2,"x":1},"meta":{},"id":"a","n":1.50,"resourceType":"Basic"}"#)));
    for other in [
        r#"{"resourceType":"Basic","id":"a","n":1.5,"b":{"x":1,"y":2}}"#,
        r#"{"resourceType":"Basic","id":"b","n":1.50,"b":{"x":1,"y":2}}"#,
        r#"{"resourceType":"Basic","id":"a","n":1.50}"#,
        r#"{"resourceType":"Basic","id":"a","n":1.50,"b":{"x":1,"y":2},"c":null}"#,
        r#"{"resourceType":"Basic","id":"a","n":1.50,"b":{"x":1,"y":2},"meta":{"tag":[]}}"#,
    ] {
        assert!(!one.same_content(&good(other)) && !good(other).same_content(&one), "{other}");
    }
    assert_eq!((one.version_id(), stamped(7).version_id()), (None, Some(7)));
}

#[test]
fn a_reason_stands_beside_other_extensions() {
    let mut basic = good(r#"{"resourceType":"Basic","meta":{"extension":[{"url":"urn:other","valueCode":"x"}]}}"#);
    let before = basic.clone();
    basic.set_reason(Some("um"));
    basic.set_reason(Some("dois"));
    assert_eq!(basic.reason(), Some("dois"));
    assert_eq!(basic.as_value()["meta"]["extension"].as_array().map(Vec::len), Some(2));
    basic.set_reason(None);
    assert_eq!(basic, before);

    let mut bare = good(r#"{"resourceType":"Basic"}"#);
    bare.set_reason(Some("por quê"));
    assert_eq!(bare.reason(), Some("por quê"));
    bare.set_reason(None);
    assert_eq!(bare, good(r#"{"resourceType":"Basic"}"#));
}

#[test]
fn every_type_is_taken() {
    for kind in types::RESOURCE_TYPES {
        assert_eq!(good(&format!("{{\"resourceType\":\"{kind}\"}}")).kind(), *kind);
    }
}
