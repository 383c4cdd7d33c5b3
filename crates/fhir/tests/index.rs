//! What resources are found by.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aroeira_fhir::{Index, Resource, Row, Target, index, text::narrative};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

fn of(value: Value) -> Index {
    index(&Resource::from_value(value).unwrap(), &TimeZone::get("America/Sao_Paulo").unwrap())
}

/// The rows of a parameter, each in a short form.
fn rows(index: &Index, param: &str) -> Vec<String> {
    let of = index.rows.iter().filter(|row| row.param() == param);
    of.map(|row| match row {
        Row::Text { value, .. } | Row::Uri { value, .. } => value.clone(),
        Row::Token { system, code, .. } => format!("{system}|{code}"),
        Row::Date { low, high, .. } => format!("{low} {high}"),
        Row::Reference { target, .. } => format!("{}/{}", target.kind, target.id),
        Row::Number { low, high, .. } => format!("{low} {high}"),
        Row::Quantity { system, code, low, high, .. } => format!("{system}|{code} {low} {high}"),
        row => format!("{row:?}"),
    })
    .collect()
}

#[test]
fn a_medical_record_is_found_by_all_it_says() {
    let index = of(json!({
        "resourceType": "Composition", "id": "c", "status": "final", "title": "Consulta de  Retorno",
        "meta": {"tag": [{"system": "t", "code": "x"}], "profile": ["http://p/1"]},
        "identifier": {"system": "s", "value": "9"},
        "extension": [{"url": "urn:aroeira:fhir:record-priority", "valueCode": "HIGH"}],
        "type": {"coding": [{"system": "http://loinc.org", "code": "34133-9"}]},
        "subject": {"reference": "Patient/p"}, "date": "2026-11-21",
        "author": [{"reference": "Practitioner/d"}], "attester": [{"party": {"reference": "Patient/q"}}],
        "event": [{"code": [{"coding": [{"system": "cid", "code": "I10", "display": "Hipertensão essencial"}], "text": "HAS"}]}],
        "section": [{"title": "Diagnóstico", "text": {"status": "generated", "div": narrative("pressão < 14\nestável")},
            "section": [{"title": "Dentro"}]}],
    }));
    for (param, expected) in [
        ("patient", "Patient/p"),
        ("subject", "Patient/p"),
        ("author", "Practitioner/d"),
        ("date", "2026-11-21T03:00:00.000Z 2026-11-22T03:00:00.000Z"),
        ("type", "http://loinc.org|34133-9"),
        ("status", "|final"),
        ("title", "consulta de retorno"),
        ("priority", "|HIGH"),
        ("context", "cid|I10"),
        ("identifier", "s|9"),
        ("_tag", "t|x"),
        ("_profile", "http://p/1"),
    ] {
        assert_eq!(rows(&index, param), [expected], "{param}");
    }
    assert_eq!(index.patients, ["p", "q"]);
    assert_eq!(
        index.text,
        "Consulta de  Retorno\nDiagnóstico\npressão < 14\nestável\nDentro\nHAS\nHipertensão essencial\nI10"
    );
}

#[test]
fn a_patient_is_found_by_any_part_of_any_name() {
    let index = of(json!({
        "resourceType": "Patient", "id": "p", "active": true, "gender": "female", "birthDate": "1980-05",
        "identifier": [{"system": "http://rnds-fhir.saude.gov.br/NamingSystem/cpf", "value": "52998224725"}],
        "name": [{"given": ["Maria", "José"], "family": "da Conceição"}, {"use": "nickname", "text": "Zezé da Silva"}],
        "telecom": [{"system": "phone", "value": "(11) 98888-7777"}, {"system": "email", "value": "m@exemplo.org"}],
        "link": [{"other": {"reference": "Patient/a"}}],
        "text": {"div": "<div>Maria</div>"},
    }));
    assert_eq!(rows(&index, "name"), ["maria", "jose", "da conceicao", "maria jose da conceicao", "zeze da silva"]);
    assert_eq!((rows(&index, "family"), rows(&index, "given").len()), (vec!["da conceicao".to_owned()], 2));
    assert_eq!(rows(&index, "phone"), ["|(11) 98888-7777", "|11988887777"]);
    assert_eq!(rows(&index, "email"), ["|m@exemplo.org"]);
    assert_eq!(rows(&index, "active"), ["|true"]);
    assert_eq!(rows(&index, "birthdate"), ["1980-05-01T03:00:00.000Z 1980-06-01T03:00:00.000Z"]);
    assert_eq!(rows(&index, "identifier"), ["http://rnds-fhir.saude.gov.br/NamingSystem/cpf|52998224725"]);
    let words = "52998224725\nMaria\nJosé\nda Conceição\nZezé da Silva\n(11) 98888-7777\nm@exemplo.org";
    assert_eq!((index.patients, index.text.as_str()), (vec!["a".to_owned(), "p".to_owned()], words));
}

#[test]
fn numbers_are_points_and_ranges_what_they_span() {
    let quantity = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        rows(&of(json!({"resourceType": "Observation", "valueQuantity": value})), "value-quantity")
    };
    assert_eq!(quantity(r#"{"value":100,"unit":"mg"}"#), ["|mg 100 100"]);
    assert_eq!(quantity(r#"{"value":5.50,"code":"kg","system":"u"}"#), ["u|kg 5.5 5.5"]);
    assert_eq!(quantity(r#"{"value":1e2}"#), ["| 100 100"]);
    assert_eq!(quantity(r#"{"value":3,"comparator":"<"}"#), [format!("| {} 3", f64::MIN)]);
    assert_eq!(quantity(r#"{"value":1e999}"#), [""; 0]);
    assert_eq!(quantity(r#"{"value":"3"}"#), [""; 0]);
    let risk = of(json!({"resourceType": "RiskAssessment", "prediction": [{"probabilityDecimal": 1}]}));
    assert_eq!(rows(&risk, "probability"), ["1 1"]);
}

#[test]
fn dates_of_every_shape_are_found() {
    let date = |key: &str, value: Value| rows(&of(json!({"resourceType": "Observation", key: value})), "date");
    assert_eq!(
        date("effectiveDateTime", json!("2026-01-01T10:00:00Z")),
        ["2026-01-01T10:00:00.000Z 2026-01-01T10:00:01.000Z"]
    );
    // An open end is the first millisecond after all that can be written, which is written as the last that can.
    assert_eq!(
        date("effectivePeriod", json!({"start": "2026"})),
        ["2026-01-01T03:00:00.000Z 9999-12-31T23:59:59.999Z"]
    );
    assert_eq!(
        date("effectiveTiming", json!({"event": ["2026-01-02", "2026-01-01"]})),
        ["2026-01-01T03:00:00.000Z 2026-01-03T03:00:00.000Z"]
    );
    assert_eq!(date("effectivePeriod", json!({"start": "ontem", "end": "2026"})), [""; 0]);
    assert_eq!(date("effectivePeriod", json!({})), [""; 0]);
}

#[test]
fn a_chart_holds_what_the_compartment_says() {
    let patients = |value: Value| of(value).patients;
    let p = json!({"reference": "Patient/p"});
    for value in [
        json!({"resourceType": "Appointment", "participant": [{"actor": {"reference": "Practitioner/x"}}, {"actor": p}]}),
        json!({"resourceType": "Group", "member": [{"entity": p}]}),
        json!({"resourceType": "List", "subject": p}),
        json!({"resourceType": "Person", "link": [{"target": p}]}),
        json!({"resourceType": "RelatedPerson", "patient": {"reference": "Patient/p/_history/3"}}),
        json!({"resourceType": "Provenance", "target": [p, p]}),
        json!({"resourceType": "Observation", "performer": [p]}),
        json!({"resourceType": "CarePlan", "activity": [{"detail": {"performer": [p]}}]}),
    ] {
        assert_eq!(patients(value.clone()), ["p"], "{value}");
    }
    for value in [
        json!({"resourceType": "Observation", "subject": {"reference": "Group/p"}}),
        json!({"resourceType": "Observation", "subject": {"reference": "https://elsewhere/fhir/Patient/p"}}),
        json!({"resourceType": "Observation", "subject": {"reference": "Patient/p/x"}}),
        json!({"resourceType": "Observation", "focus": [p]}),
        json!({"resourceType": "Organization", "subject": p}),
    ] {
        assert_eq!(patients(value.clone()), [""; 0], "{value}");
    }
}

#[test]
fn references_name_their_target() {
    let parse = |text: &str| Target::parse(text).map(|target| format!("{}/{}", target.kind, target.id));
    for text in
        ["Patient/1", "Patient/1/_history/2", "https://x.org/fhir/Patient/1", "http://x.org/Patient/1/_history/2"]
    {
        assert_eq!(parse(text).as_deref(), Some("Patient/1"), "{text}");
    }
    assert_eq!(parse("urn:uuid:abc").as_deref(), Some("/abc"));
    for text in [
        "",
        "#contained",
        "Patient",
        "Patient/",
        "Dog/1",
        "Patient?name=x",
        "a/Patient/1",
        "urn:oid:1",
        "http://Patient/1",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn words_end_at_the_limit_and_within_characters() {
    let long = "ção ".repeat(20_000);
    let index = of(json!({"resourceType": "Condition", "note": [{"text": long}, {"text": "nunca"}]}));
    assert!(index.text.len() <= 32 << 10 && index.text.len() > (32 << 10) - 4);
    assert!(!index.text.contains("nunca"));
    let long: String = (10_000..20_000).map(|n| format!("ção {n} ")).collect();
    let title = of(json!({"resourceType": "Composition", "title": long}));
    let (first, rest) = (rows(&title, "title"), rows(&title, "title:rest"));
    // The letters of the first row and the sign that it goes on; of the next, all but what it has of the first.
    assert_eq!((first.len(), first[0].chars().count(), rest.len()), (1, 4_001, 28));
    let all: usize = rest.iter().map(|row| row.chars().filter(|c| *c != '\u{1}').count()).sum();
    assert_eq!(all + 4_000 - 28 * 500, 10_000 * 10 - 1);
    assert_eq!(rest.iter().filter(|row| row.ends_with('\u{1}')).count(), 27);
    // Longer than any string of R4 may be: so much that the rest of the resource is found as ever.
    let endless = of(json!({"resourceType": "Composition", "title": "a".repeat(8 << 20), "status": "final"}));
    let bytes: usize = endless.rows.iter().map(|row| format!("{row:?}").len()).sum();
    assert!(bytes < 5 << 20, "{bytes}");
    assert_eq!(rows(&endless, "status"), ["|final"]);
}

#[test]
fn many_rows_are_each_there_once_and_not_too_many() {
    let group = |different: usize| {
        let member = |at| json!({"entity": {"reference": format!("Patient/{}", at % different)}});
        let members: Vec<Value> = (0..20_000).map(member).collect();
        of(json!({"resourceType": "Group", "member": members, "type": "person"}))
    };
    let index = group(1_000);
    assert_eq!((rows(&index, "member").len(), index.patients.len()), (1_000, 1_000));
    // Who has very many values of one parameter is still found by the others.
    let index = group(20_000);
    assert_eq!((rows(&index, "member").len(), index.patients.len()), (15_000, 20_000));
    assert_eq!(rows(&index, "type"), ["|person"]);
    let coding = |at| json!({"system": "s", "code": format!("c{at}")});
    let codings: Vec<Value> = (0..19_900).map(coding).collect();
    let index = of(json!({"resourceType": "Observation", "code": {"coding": codings}, "status": "final"}));
    assert_eq!((index.rows.len(), rows(&index, "code").len()), (5_000, 3_750));
}
