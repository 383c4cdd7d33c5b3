//! FHIR search as its clients meet it: what is found, page by page, and what stays hidden from whom.

mod own;
mod reach;

use serde_json::{Value, json};

use crate::harness::{Client, GENEROUS, Who, World, percent};

/// Puts resources there under ids of the test's own.
fn put(world: &World, resources: &[Value]) {
    for resource in resources {
        let path = format!("/fhir/{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
        world.doctor().request("PUT", &path).fhir(resource).send().is(201);
    }
}

fn patient(id: &str, family: &str, given: &str, birth: &str) -> Value {
    json!({ "resourceType": "Patient", "id": id, "birthDate": birth, "gender": "female",
        "name": [{ "family": family, "given": [given] }], "active": true })
}

fn observation(id: &str, patient: &str, code: &str, value: f64, date: &str) -> Value {
    json!({ "resourceType": "Observation", "id": id, "status": "final", "effectiveDateTime": date,
        "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
        "subject": { "reference": format!("Patient/{patient}") },
        "valueQuantity": { "value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]" } })
}

fn filled(environment: &[(&str, &str)]) -> World {
    let world = World::with(environment);
    put(
        &world,
        &[
            patient("pa", "Conceição", "Ângela", "1950-02-03"),
            patient("pb", "Conceicao", "Bruna", "1990-07-01"),
            patient("pc", "Souza", "Clara", "1990-07-15"),
            observation("o1", "pa", "8480-6", 150.0, "2026-01-10"),
            observation("o2", "pa", "8462-4", 95.0, "2026-01-10T10:00:00-03:00"),
            observation("o3", "pb", "8480-6", 120.0, "2026-02-01"),
            observation("o4", "pb", "8480-6", 160.5, "2025-12-31"),
            observation("o5", "pc", "2339-0", 88.0, "2026-03-01"),
        ],
    );
    world
}

/// The ids that match, in their order, all pages.
fn found(client: &Client, search: &str) -> Vec<String> {
    let mut path = if search.starts_with('?') { format!("/fhir{search}") } else { format!("/fhir/{search}") };
    let mut ids = Vec::new();
    loop {
        let bundle = client.get(&path).is(200).json();
        assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("searchset")));
        for entry in bundle["entry"].as_array().into_iter().flatten() {
            assert!(entry["fullUrl"].as_str().unwrap().ends_with(entry["resource"]["id"].as_str().unwrap()));
            if entry["search"]["mode"] == "match" {
                ids.push(entry["resource"]["id"].as_str().unwrap().to_owned());
            }
        }
        let links = bundle["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
            assert!(bundle["total"].is_null() || bundle["total"] == ids.len(), "{search}: {}", bundle["total"]);
            return ids;
        };
        path = next["url"].as_str().unwrap().split_once("/fhir").map(|(_, rest)| format!("/fhir{rest}")).unwrap();
    }
}

#[test]
fn every_type_of_parameter_finds_what_it_says() {
    let world = filled(&GENEROUS);
    let table: &[(&str, &[&str])] = &[
        ("Patient?family=conceicao", &["pa", "pb"]),
        ("Patient?name=%C3%82NGELA", &["pa"]),
        ("Patient?name:contains=ceic", &["pa", "pb"]),
        ("Patient?family=conceicao,souza&birthdate=1990-07", &["pb", "pc"]),
        ("Patient?family=conceicao&family=souza", &[]),
        ("Patient?_id=pb,pc&gender=female", &["pb", "pc"]),
        ("Patient?_id=pa,pb,pc&birthdate=lt1960", &["pa"]),
        ("Patient?_id=pa,pb,pc&birthdate=ge1990-07-15", &["pc"]),
        ("Patient?_id=pa,pb,pc&_sort=-birthdate", &["pc", "pb", "pa"]),
        ("Patient?_id=pa,pb,pc&_sort=family,-birthdate", &["pb", "pa", "pc"]),
        ("Patient?_id=pa,pb,pc&_sort=given&_count=1", &["pa", "pb", "pc"]),
        ("Patient?_id=pa,pb&deceased=false", &["pa", "pb"]),
        ("Patient?_id=pa,pb&general-practitioner:missing=true", &["pa", "pb"]),
        ("Patient?_id=pa,pb&general-practitioner:missing=false", &[]),
        ("Patient?_id=pa&active=true", &["pa"]),
        ("Observation?code=8480-6", &["o1", "o3", "o4"]),
        ("Observation?code=http://loinc.org%7C8480-6&_count=2", &["o1", "o3", "o4"]),
        ("Observation?code=http://snomed.info/sct%7C8480-6", &[]),
        ("Observation?code=%7C8480-6", &[]),
        ("Observation?code:not=8480-6", &["o2", "o5"]),
        ("Observation?code=8480-6,2339-0&value-quantity=gt130", &["o1", "o4"]),
        ("Observation?value-quantity=160.5", &["o4"]),
        ("Observation?value-quantity=160", &[]),
        ("Observation?value-quantity=le95%7Chttp://unitsofmeasure.org%7Cmm[Hg]", &["o2", "o5"]),
        ("Observation?value-quantity=12.66559%7Chttp://unitsofmeasure.org%7CkPa", &["o2"]),
        ("Observation?value-quantity=gt20%7Chttp://unitsofmeasure.org%7CkPa", &["o4"]),
        ("Observation?value-quantity=ge15.99864%7Chttp://unitsofmeasure.org%7CkPa", &["o1", "o3", "o4"]),
        ("Observation?value-quantity=lt1%7Chttp://unitsofmeasure.org%7Ckg", &[]),
        ("Observation?value-quantity=gt20%7Chttp://unitsofmeasure.org%7Cabsurdo", &[]),
        ("Observation?value-quantity=gt15000000", &[]),
        ("Observation?date=2026-01-10", &["o1", "o2"]),
        ("Observation?date=ge2026-01&date=lt2026-02", &["o1", "o2"]),
        ("Observation?date=sa2026-02-01", &["o5"]),
        ("Observation?date=eb2026-01-01", &["o4"]),
        ("Observation?subject=Patient/pa", &["o1", "o2"]),
        ("Observation?patient=pb", &["o3", "o4"]),
        ("Observation?subject:Patient=pb", &["o3", "o4"]),
        ("Observation?patient.family=conceicao&code=8480-6", &["o1", "o3", "o4"]),
        ("Observation?subject:Patient.birthdate=1990-07-15", &["o5"]),
        ("Patient?_has:Observation:patient:code=2339-0", &["pc"]),
        ("Patient?_has:Observation:patient:value-quantity=gt140", &["pa", "pb"]),
        ("Observation?_content=nada", &[]),
        ("Observation?_lastUpdated=lt2000", &[]),
        ("Observation?patient=pa&_total=none", &["o1", "o2"]),
    ];
    for (search, ids) in table {
        assert_eq!(&found(world.doctor(), search), ids, "{search}");
    }
    assert_eq!(found(world.doctor(), "Observation?_lastUpdated=gt2000").len(), 5);
}

fn chromosome(code: &str) -> Value {
    json!({ "chromosome": { "coding": [{ "system": "urn:c", "code": code }] }, "genomeBuild": "GRCh 37" })
}

/// A sequence of what is referred to, from 100 on, with what varies in it.
fn sequence(id: &str, of: &Value, until: u32, variants: &[(u32, u32)]) -> Value {
    let mut reference = of.clone();
    (reference["windowStart"], reference["windowEnd"], reference["strand"]) =
        (100.into(), until.into(), "watson".into());
    let mut sequence = json!({ "resourceType": "MolecularSequence", "id": id, "coordinateSystem": 0, "type": "dna", "referenceSeq": reference });
    if !variants.is_empty() {
        let variants = variants.iter().map(|(start, end)| json!({ "start": start, "end": end }));
        sequence["variant"] = variants.collect();
    }
    sequence
}

#[test]
fn modifiers_composites_and_places_find_what_they_say() {
    let world = filled(&GENEROUS);
    let loinc = "http://loinc.org";
    let part = |code: &str, name: &str, value: f64| {
        json!({ "code": { "coding": [{ "system": loinc, "code": code, "display": name }] },
            "valueQuantity": { "value": value, "system": "http://unitsofmeasure.org", "code": "mm[Hg]" } })
    };
    put(
        &world,
        &[
            json!({ "resourceType": "Observation", "id": "bp", "status": "final", "subject": { "identifier": { "system": "urn:s", "value": "77" } },
                "performer": [{ "display": "Alguém" }],
                "code": { "text": "Pressão Arterial", "coding": [{ "system": loinc, "code": "85354-9", "display": "Painel" }] },
                "component": [part("8480-6", "Sistólica", 150.0), part("8462-4", "Diastólica", 80.0)] }),
            json!({ "resourceType": "Patient", "id": "pt", "name": [{ "family": "Assunção", "given": ["Zoé"] }],
                "identifier": [{ "system": "urn:s", "value": "77", "type": { "text": "Prontuário",
                    "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR" }] } }] }),
            sequence("s1", &chromosome("1"), 900, &[(128, 129), (500, 600)]),
            sequence("s2", &chromosome("2"), 400, &[]),
            sequence(
                "s3",
                &json!({ "referenceSeqId": { "coding": [{ "system": "urn:r", "code": "NC_000009.11" }] } }),
                900,
                &[(128, 129)],
            ),
            json!({ "resourceType": "DocumentReference", "id": "dr", "status": "current", "content": [{ "attachment": { "title": "Alta" } }],
                "relatesTo": [{ "code": "replaces", "target": { "reference": "DocumentReference/old" } }, { "code": "appends", "target": { "reference": "DocumentReference/other" } }] }),
            json!({ "resourceType": "Location", "id": "sp", "name": "Sé", "position": { "latitude": -23.5503, "longitude": -46.6339 } }),
            json!({ "resourceType": "Location", "id": "rj", "name": "Centro", "position": { "latitude": -22.9035, "longitude": -43.1772 } }),
            json!({ "resourceType": "Location", "id": "fj", "name": "Taveuni", "position": { "latitude": -16.8, "longitude": 179.99 } }),
        ],
    );
    let table: &[(&str, &[&str])] = &[
        ("Patient?family:exact=Assun%C3%A7%C3%A3o", &["pt"]),
        ("Patient?family:exact=assuncao", &[]),
        ("Patient?family:exact=Assun", &[]),
        ("Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203%7CMR%7C77", &["pt"]),
        ("Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203%7CPPN%7C77", &[]),
        ("Patient?identifier:text=prontuario", &["pt"]),
        ("Observation?code:text=pressao", &["bp"]),
        ("Observation?code:text=PAIN", &["bp"]),
        ("Observation?code:text=arterial", &[]),
        ("Observation?combo-code:text=sistolica", &["bp"]),
        ("Observation?subject:identifier=urn:s%7C77", &["bp"]),
        ("Observation?subject:identifier=urn:x%7C77", &[]),
        ("Observation?_id=bp&subject:missing=false&performer:missing=false", &["bp"]),
        ("Observation?_id=bp&subject:missing=true", &[]),
        ("Observation?component-code-value-quantity=8480-6$gt140", &["bp"]),
        ("Observation?component-code-value-quantity=8462-4$gt140", &[]),
        (
            "Observation?component-code-value-quantity=http://loinc.org%7C8462-4$lt90%7Chttp://unitsofmeasure.org%7Cmm[Hg]",
            &["bp"],
        ),
        ("Observation?code-value-quantity=8480-6$160.5", &["o4"]),
        ("Observation?code-value-quantity=8480-6$ge16.05%7Chttp://unitsofmeasure.org%7Ccm[Hg]", &["o4"]),
        ("Observation?combo-code-value-quantity=8462-4$lt8.1%7Chttp://unitsofmeasure.org%7Ccm[Hg]", &["bp"]),
        ("Observation?code-value-quantity=8480-6$gt20%7Chttp://unitsofmeasure.org%7CkPa", &["o4"]),
        ("Observation?component-code-value-quantity=8480-6$gt18%7Chttp://unitsofmeasure.org%7CkPa", &["bp"]),
        ("Observation?component-code-value-quantity=8480-6$gt15000000", &[]),
        ("Observation?combo-code-value-quantity=8480-6$gt145", &["bp", "o1", "o4"]),
        ("Observation?combo-code-value-quantity:missing=true", &[]),
        ("Observation?component-code-value-quantity:missing=true&patient=pa", &["o1", "o2"]),
        ("MolecularSequence?chromosome-window-coordinate=1$ge100$le900", &["s1"]),
        ("MolecularSequence?chromosome-window-coordinate=urn:c%7C2$100$lt900", &["s2"]),
        ("MolecularSequence?chromosome-window-coordinate=urn:x%7C2$100$lt900", &[]),
        ("MolecularSequence?chromosome-window-coordinate=1$100$lt900", &[]),
        ("MolecularSequence?chromosome-variant-coordinate=urn:c%7C1$gt400$600", &["s1"]),
        // Of one variant, not of two.
        ("MolecularSequence?chromosome-variant-coordinate=1$128$600", &[]),
        ("MolecularSequence?chromosome-variant-coordinate=2$gt0$gt0", &[]),
        ("MolecularSequence?referenceseqid-variant-coordinate=NC_000009.11$128$129", &["s3"]),
        ("MolecularSequence?referenceseqid-window-coordinate=NC_000009.11$lt128$ge128", &["s3"]),
        ("MolecularSequence?chromosome-variant-coordinate:missing=true", &["s2", "s3"]),
        ("DocumentReference?relationship=DocumentReference/old$replaces", &["dr"]),
        ("DocumentReference?relationship=DocumentReference/old$appends", &[]),
        ("DocumentReference?relationship:missing=false", &["dr"]),
        ("Location?near=-23.55%7C-46.63", &["sp"]),
        ("Location?near=-23.55%7C-46.63%7C0.3%7Ckm", &[]),
        ("Location?near=-23.55%7C-46.63%7C250%7C[mi_us]", &["rj", "sp"]),
        ("Location?near=-16.8%7C-179.99%7C3000%7Cm", &["fj"]),
    ];
    for (search, ids) in table {
        let mut got = found(world.doctor(), search);
        got.sort_unstable();
        assert_eq!(&got, ids, "{search}");
    }
}

#[test]
fn long_strings_are_searched_to_their_end() {
    let world = filled(&GENEROUS);
    let words: String = (1000..3000).map(|n| format!("Ação {n}; ")).collect();
    let told = |id: &str, text: &str| {
        json!({ "resourceType": "Observation", "id": id, "status": "final", "code": { "text": text },
            "valueString": text, "subject": { "reference": "Patient/pa" } })
    };
    // Of 300 letters, as R4's own descriptions have them, and of twenty thousand.
    let medium = format!("{}FIM", "Laudo extenso. ".repeat(20));
    put(&world, &[told("medium", &medium), told("long", &words), told("short", "Laudo")]);
    let exact = |text: &str| format!("Observation?value-string:exact={}", percent(text));
    let within = |text: &str| format!("Observation?value-string:contains={}", percent(text));
    let filter = |text: &str| format!("Observation?_filter={}", percent(text));
    // Where one row ends and the next begins, wherever that is.
    for n in (1000..2999).step_by(83) {
        assert_eq!(found(world.doctor(), &within(&format!("acao {n}; acao {}", n + 1))), ["long"], "{n}");
    }
    let table: &[(String, &[&str])] = &[
        (exact(&medium), &["medium"]),
        (exact(&medium[..250]), &[]),
        (exact(&medium.to_lowercase()), &[]),
        (within("fim"), &["medium"]),
        (within("ação 2999;"), &["long"]),
        (within("ação 3000"), &[]),
        (within(&"laudo extenso. ".repeat(20)), &["medium"]),
        (within(&"laudo extenso. ".repeat(21)), &[]),
        (format!("Observation?value-string={}", percent(&medium[..280])), &["medium"]),
        (format!("Observation?value-string={}", percent(&words[..1500])), &["long"]),
        (format!("Observation?value-string={}", percent(&format!("{}x", &words[..1500]))), &[]),
        (format!("Observation?code:text={}", percent(&medium[..280])), &["medium"]),
        (filter("value-string ew \"acao 2999;\""), &["long"]),
        (filter("value-string ew \"acao 2998;\""), &[]),
        (filter("value-string ew laudo"), &["short"]),
        (filter("value-string eq laudo"), &["short"]),
        (filter(&format!("value-string eq \"{medium}\"")), &["medium"]),
        (filter("code co \"acao 2500\""), &["long"]),
        (
            "Observation?patient=pa&value-string:missing=false&_sort=value-string".to_owned(),
            &["long", "short", "medium"],
        ),
    ];
    for (search, ids) in table {
        assert_eq!(&found(world.doctor(), search), ids, "{search:.120}");
    }
    for search in [within(&"x".repeat(501)), filter(&format!("value-string ew {}", "x".repeat(501)))] {
        let outcome = world.doctor().get(&format!("/fhir/{search}")).is(400).json();
        assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], "search.limit");
        assert!(outcome["issue"][0]["details"]["text"].as_str().unwrap().contains("500"), "{outcome}");
    }
    // What is no longer said is no longer found.
    let short = told("long", "Curto");
    world.doctor().request("PUT", "/fhir/Observation/long").header("If-Match", "W/\"1\"").fhir(&short).send().is(200);
    assert!(found(world.doctor(), &within("ação 2999;")).is_empty());
}

#[test]
fn what_cannot_be_read_is_named_and_never_passed_over() {
    let world = filled(&GENEROUS);
    for (search, code, expression) in [
        ("Patient?nonsense=1", "not-supported", "nonsense"),
        ("Patient?birthdate=ontem", "value", "birthdate"),
        ("Patient?birthdate:exact=2020", "not-supported", "birthdate:exact"),
        ("Patient?general-practitioner:Device=x", "not-supported", "general-practitioner:Device"),
        ("Observation?code-value-quantity=x$y", "value", "code-value-quantity"),
        ("Observation?code-value-quantity=x", "value", "code-value-quantity"),
        ("Observation?code:of-type=a%7Cb%7Cc", "not-supported", "code:of-type"),
        ("Patient?identifier:of-type=MR%7C1", "value", "identifier:of-type"),
        ("Location?near=91%7C0", "value", "near"),
        ("Location?near=1%7C2%7C3%7Cparsec", "value", "near"),
        ("MolecularSequence?chromosome-window-coordinate=1$2", "value", "chromosome-window-coordinate"),
        ("MolecularSequence?chromosome-window-coordinate=1$x$2", "value", "chromosome-window-coordinate"),
        ("Patient?_query=dor", "not-supported", "_query"),
        ("Observation?code.text=x", "value", "code.text"),
        ("Patient?_has:Observation:code:status=final", "value", "_has:Observation:code:status"),
        ("Patient?_include=Patient:name", "value", "_include"),
        ("Patient?_sort=nonsense", "value", "_sort"),
        ("Patient?_count=-1", "value", "_count"),
        ("Patient?_id=a/b", "value", "_id"),
        ("Patient?family=", "value", "family"),
        ("Observation?value-quantity=1e", "value", "value-quantity"),
    ] {
        let outcome = world.doctor().get(&format!("/fhir/{search}")).is(400).json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{search}");
        let issue = &outcome["issue"][0];
        assert_eq!(
            (&issue["code"], &issue["expression"][0]),
            (&json!(code), &json!(expression)),
            "{search}: {outcome}"
        );
    }
    // All that is wrong at once.
    let outcome = world.doctor().get("/fhir/Patient?a=1&b=2&birthdate=x").is(400).json();
    assert_eq!(outcome["issue"].as_array().unwrap().len(), 3);
    let lenient = world.doctor().request("GET", "/fhir/Patient?_id=pa&nonsense=1").header("Prefer", "handling=lenient");
    let bundle = lenient.send().is(200).json();
    assert_eq!(bundle["total"], 1);
    assert_eq!(bundle["entry"][1]["search"]["mode"], "outcome");
    assert!(!bundle["link"][0]["url"].as_str().unwrap().contains("nonsense"), "the link says what was searched");
    let many = vec!["lt2000"; 1500].join(",");
    let ways = "Library?derived-from.derived-from.derived-from.derived-from._id=x".to_owned();
    let long = format!("ValueSet?url:above=http://h{}", "/".repeat(3000));
    for (search, code) in [
        (format!("Patient?_lastUpdated={many}"), "search.limit"),
        (ways, "search.limit"),
        (long, "search.limit"),
        ("Observation?_content=dor&_content=febre".to_owned(), "search.limit"),
        ("Observation?_content=a*".to_owned(), "search.limit"),
        ("Patient?_sort=name,family,given,birthdate,gender,active".to_owned(), "search.limit"),
    ] {
        let outcome = world.doctor().get(&format!("/fhir/{search}")).is(400).json();
        assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], code, "{}", &search[..40]);
    }
    let form: Vec<(&str, &str)> = vec![("code", "s|a,s|b,s|c,s|d,s|e,s|f,s|g,s|h,s|i,s|j"); 100];
    let answer = world.doctor().request("POST", "/fhir/Observation/_search").form(&form).send();
    assert!([200, 400].contains(&answer.status), "{}", answer.status);
    world.doctor().get("/fhir/Nonsense?name=x").is(404);
    world.doctor().get("/fhir/Patient?_cursor=x").is(400);
}

#[test]
fn what_goes_with_a_match_comes_once_and_post_is_get() {
    let world = filled(&GENEROUS);
    let modes = |search: &str| -> Vec<String> {
        let bundle = world.doctor().get(&format!("/fhir/{search}")).is(200).json();
        let entries = bundle["entry"].as_array().unwrap().iter();
        entries
            .map(|e| format!("{} {}", e["search"]["mode"].as_str().unwrap(), e["resource"]["id"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(
        modes("Observation?patient=pa&_include=Observation:patient&_include=Observation:subject:Patient"),
        ["match o1", "match o2", "include pa"]
    );
    assert_eq!(modes("Observation?patient=pa&_include=Observation:subject:Group"), ["match o1", "match o2"]);
    assert_eq!(modes("Patient?_id=pb&_revinclude=Observation:patient"), ["match pb", "include o3", "include o4"]);
    // An address of ours is a reference of ours.
    let bundle = world.doctor().get("/fhir/Patient?_id=pa").is(200).json();
    let address = bundle["entry"][0]["fullUrl"].as_str().unwrap().to_owned();
    assert_eq!(found(world.doctor(), &format!("Observation?subject={}", percent(&address))), ["o1", "o2"]);
    // A cursor is good for who was given it, for that search, and as it was given.
    let page = world.doctor().get("/fhir/Observation?_count=1&_sort=value-quantity").is(200).json();
    let next = page["link"][1]["url"].as_str().unwrap().split_once("/fhir/").unwrap().1.to_owned();
    world.doctor().get(&format!("/fhir/{next}")).is(200);
    let (before, seal) = next.rsplit_once('.').unwrap();
    let (_, cursor) = next.rsplit_once("_cursor=").unwrap();
    for forged in [
        format!("{before}.{}", "0".repeat(seal.len())),
        next.replace("_cursor=", "_cursor=1"),
        format!("Observation?_count=1&_sort=code&_cursor={cursor}"),
    ] {
        world.doctor().get(&format!("/fhir/{forged}")).is(400);
    }
    world.client(Who::Nurse).get(&format!("/fhir/{next}")).is(400);
    let count = world.doctor().get("/fhir/Observation?_summary=count").is(200).json();
    assert_eq!((&count["total"], count.get("entry")), (&json!(5), None));
    let posted = world.doctor().request("POST", "/fhir/Observation/_search?code=8480-6").form(&[("patient", "pa")]);
    let bundle = posted.send().is(200).json();
    assert_eq!((&bundle["total"], &bundle["entry"][0]["resource"]["id"]), (&json!(1), &json!("o1")));
    // Deleted is not found, and neither is what an older version said.
    world.doctor().request("DELETE", "/fhir/Observation/o1").send().is(204);
    let mut other = observation("o2", "pb", "9999-9", 1.0, "2026-01-10");
    other["id"] = "o2".into();
    world.doctor().request("PUT", "/fhir/Observation/o2").header("If-Match", "W/\"1\"").fhir(&other).send().is(200);
    assert!(found(world.doctor(), "Observation?patient=pa").is_empty());
    assert_eq!(found(world.doctor(), "Observation?patient=pb&code=9999-9"), ["o2"]);
}

#[test]
fn a_filter_is_read_as_the_specification_has_it() {
    let world = filled(&GENEROUS);
    let table: &[(&str, &str, &[&str])] = &[
        ("Patient", "family eq \"Conceição\"", &["pa", "pb"]),
        ("Patient", "family eq Concei", &[]),
        ("Patient", "family sw Concei", &["pa", "pb"]),
        ("Patient", "family ew ICAO and given co run", &["pb"]),
        ("Patient", "family eq souza or family eq Conceicao and birthdate ge 1990", &["pb", "pc"]),
        ("Patient", "family eq souza or (family eq Conceicao and birthdate lt 1990)", &["pa", "pc"]),
        ("Patient", "_id eq pa and not (family eq souza)", &["pa"]),
        ("Patient", "family co a and not(gender eq female)", &[]),
        ("Patient", "birthdate po 1990-07 and _id ne pb", &["pc"]),
        ("Observation", "code eq http://loinc.org|8480-6 and value-quantity gt 130", &["o1", "o4"]),
        ("Observation", "code ne 8480-6", &["o2", "o5"]),
        ("Observation", "subject.name co \"ngel\"", &["o1", "o2"]),
        ("Observation", "subject:Patient[birthdate lt 1960].family sw conc", &["o1", "o2"]),
        ("Observation", "patient eq pb or patient re Patient/pc and date ge 2026", &["o3", "o5"]),
        ("Observation", "performer pr false and status eq final and value-quantity lt 90", &["o5"]),
    ];
    for (kind, filter, ids) in table {
        let mut got = found(world.doctor(), &format!("{kind}?_filter={}", percent(filter)));
        got.retain(|id| id.len() == 2);
        got.sort_unstable();
        assert_eq!(&got, ids, "{filter}");
    }
    for (filter, code) in [
        ("family", "search.value"),
        ("family eq", "search.value"),
        ("family eq a)", "search.value"),
        ("(family eq a", "search.value"),
        ("not family eq a", "search.value"),
        ("family is a", "search.modifier"),
        ("family gt a", "search.modifier"),
        ("nonsense eq 1", "search.unknown"),
        ("family.name eq a", "search.chain"),
        ("birthdate eq gt2000", "search.value"),
        (&format!("{}family eq a{}", "(".repeat(20), ")".repeat(20)), "search.value"),
        (&vec!["_id eq a"; 110].join(" and "), "search.limit"),
    ] {
        let outcome = world.doctor().get(&format!("/fhir/Patient?_filter={}", percent(filter))).is(400).json();
        assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], code, "{filter}: {outcome}");
    }
    // A role finds nothing out by it.
    let desk = world.client(Who::Reception);
    desk.get(&format!("/fhir/Composition?_filter={}", percent("title co a"))).is(403);
    desk.get(&format!("/fhir/Encounter?_filter={}", percent("diagnosis.code eq x"))).is(403);
}

#[test]
fn lists_narratives_and_several_types_are_searched() {
    let world = filled(&GENEROUS);
    put(
        &world,
        &[
            json!({ "resourceType": "List", "id": "l", "status": "current", "mode": "working",
                "entry": [{ "item": { "reference": "Observation/o2" } }, { "item": { "reference": "Observation/o5" } }] }),
            json!({ "resourceType": "Condition", "id": "told", "subject": { "reference": "Patient/pa" }, "code": { "text": "enxaqueca" },
                "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">dor de cabeça, náusea</div>" } }),
            json!({ "resourceType": "Condition", "id": "noted", "subject": { "reference": "Patient/pb" }, "code": { "text": "dor, dor e mais dor" } }),
        ],
    );
    assert_eq!(found(world.doctor(), "Observation?_list=l"), ["o2", "o5"]);
    assert!(found(world.doctor(), "Observation?_list=other").is_empty());
    assert_eq!(found(world.doctor(), "Condition?_text=cabeca"), ["told"]);
    assert!(found(world.doctor(), "Condition?_text=enxaqueca").is_empty());
    assert_eq!(found(world.doctor(), "Condition?_content=enxaqueca%20nausea"), ["told"]);
    let mut both = found(world.doctor(), "Condition?_content=dor");
    both.sort_unstable();
    assert_eq!(both, ["noted", "told"]);
    assert_eq!(found(world.doctor(), "Condition?_content=dor&_sort=-_score&_count=1"), ["noted", "told"]);
    assert_eq!(found(world.doctor(), "Condition?_content=dor&_sort=_score&_count=1"), ["told", "noted"]);
    let outcome = world.doctor().get("/fhir/Condition?_list=$current-problems").is(400).json();
    assert_eq!(outcome["issue"][0]["code"], "not-supported");
    world.doctor().get("/fhir/Condition?_sort=_score").is(400);

    assert_eq!(found(world.doctor(), "?_type=Condition,List&_count=1"), ["l", "told", "noted"]);
    assert_eq!(found(world.doctor(), "?_type=Condition,List&_sort=-_id&_count=2"), ["told", "noted", "l"]);
    assert_eq!(found(world.doctor(), "?_type=Condition,Observation&patient=pa"), ["o1", "o2", "told"]);
    assert!(found(world.doctor(), "?_id=pa,l,o1&_sort=_id&_total=none") == ["l", "o1", "pa"]);
    let mut everywhere = found(world.doctor(), "?_content=dor");
    everywhere.sort_unstable();
    assert_eq!(everywhere, ["noted", "told"]);
    for kind in ["Bundle", "Parameters"] {
        let outcome = world.doctor().get(&format!("/fhir/{kind}?_content=dor")).is(400).json();
        assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], "search.unsupported");
    }
    let outcome = world.doctor().get("/fhir/Patient?_query=dor").is(400).json();
    assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], "search.query");
    assert!(outcome["issue"][0]["details"]["text"].as_str().unwrap().contains("_query"), "{outcome}");
    let lenient = world.doctor().request("GET", "/fhir/Patient?_query=dor").header("Prefer", "handling=lenient");
    lenient.send().is(400);
    world.doctor().get("/fhir?_type=Condition,Dog").is(400);
    world.doctor().get("/fhir?_type=Condition,List&patient=pa&nonsense=1").is(400);
    world.doctor().get("/fhir?_type=Condition,List&_sort=code").is(400);
    let desk = world.client(Who::Reception);
    desk.get("/fhir?_type=Patient,Observation").is(403);
    assert_eq!(found(desk, "?_id=pa,o1"), ["pa"], "of everything, what the role may search");
}

#[test]
fn the_words_of_a_patient_are_found_by_who_sees_all_of_them() {
    let mut world = filled(&GENEROUS);
    put(
        &world,
        &[
            json!({ "resourceType": "Patient", "id": "pw", "name": [{ "family": "Quaresma", "given": ["Zilá", "Maria"] }],
            "identifier": [{ "system": "urn:prontuario", "value": "PX77" }], "telecom": [{ "system": "email", "value": "zila@example.org" }],
            "address": [{ "line": ["Rua das Acácias, 12"], "city": "Olinda" }], "contact": [{ "name": { "text": "Tia Jurema" } }],
            "communication": [{ "language": { "text": "Libras" } }],
            "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">moradora antiga</div>" } }),
        ],
    );
    for words in ["quaresma", "zila%20maria", "PX77", "acacias", "olinda", "jurema", "libras", "antiga", "quar*"] {
        assert_eq!(found(world.doctor(), &format!("Patient?_content={words}")), ["pw"], "{words}");
    }
    assert_eq!(found(world.doctor(), "Patient?_text=moradora"), ["pw"]);
    assert!(found(world.doctor(), "Patient?_text=quaresma").is_empty());
    assert_eq!(found(world.doctor(), "?_content=olinda"), ["pw"]);
    put(&world, &[observation("ow", "pw", "8480-6", 130.0, "2026-01-01")]);
    assert_eq!(found(world.doctor(), "Observation?patient._content=olinda"), ["ow"]);
    // Whoever sees a part of a patient - or a covered number - finds nothing by the whole, not by a way round either.
    for who in [Who::Admin, Who::Reception, Who::Patient] {
        let client = world.client(who);
        for search in ["Patient?_content=libras", "Patient?_text=antiga", "Appointment?patient._content=libras"] {
            client.get(&format!("/fhir/{search}")).is(403);
        }
        let all = client.get("/fhir?_content=libras").json();
        assert!(!all.to_string().contains("\"pw\""), "{who:?}: {all}");
    }
    let mut environment = GENEROUS.to_vec();
    environment.push(("AROEIRA_ACCESS__CARE", "team"));
    world.server.end();
    let server = world.home.serve(&environment);
    world.again(server);
    world.client(Who::Nurse).get("/fhir/Patient?_content=libras").is(403);
}

#[test]
fn what_came_in_a_body_stands_in_no_link() {
    let world = filled(&GENEROUS);
    let post = |client: &Client, path: &str, form: &[(&str, &str)]| {
        client.request("POST", path).form(form).send().is(200).json()
    };
    let relation = |bundle: &Value, name: &str| {
        let links = bundle["link"].as_array().unwrap().clone();
        let url =
            links.iter().find(|link| link["relation"] == name).map(|link| link["url"].as_str().unwrap().to_owned());
        url.map(|url| url.split_once("/fhir").unwrap().1.to_owned())
    };
    for (path, form) in [
        ("/fhir/Patient/_search", [("name", "conceicao"), ("_count", "1")]),
        ("/fhir/_search", [("_id", "pa,pb"), ("_count", "1")]),
    ] {
        let first = post(world.doctor(), path, &form);
        assert_eq!((&first["total"], &first["entry"][0]["resource"]["id"]), (&json!(2), &json!("pa")));
        let next = relation(&first, "next").unwrap();
        assert!(!first["link"].to_string().contains(form[0].1), "{}", first["link"]);
        let second = world.doctor().get(&format!("/fhir{next}")).is(200).json();
        assert_eq!(second["entry"][0]["resource"]["id"], "pb");
        assert_eq!(relation(&second, "next"), None);
        assert!(!second["link"].to_string().contains(form[0].1));
        let again = world.doctor().get(&format!("/fhir{}", relation(&second, "self").unwrap())).is(200).json();
        assert_eq!(again["entry"][0]["resource"]["id"], "pa", "the link of the search is the search");
        // Nobody else's, and nothing may be added to it.
        world.client(Who::Nurse).get(&format!("/fhir{next}")).is(400);
        world.doctor().get(&format!("/fhir{next}&gender=male")).is(400);
        world.doctor().get(&format!("/fhir{}", next.replace("_search=", "_search=0"))).is(400);
    }
}

#[test]
fn what_goes_along_comes_in_rounds_and_cycles_end() {
    let world = filled(&GENEROUS);
    put(
        &world,
        &[
            json!({ "resourceType": "Organization", "id": "a", "name": "a", "partOf": { "reference": "Organization/c" } }),
            json!({ "resourceType": "Organization", "id": "b", "name": "b", "partOf": { "reference": "Organization/a" } }),
            json!({ "resourceType": "Organization", "id": "c", "name": "c", "partOf": { "reference": "Organization/b" } }),
            json!({ "resourceType": "Location", "id": "l", "managingOrganization": { "reference": "Organization/c" } }),
        ],
    );
    let with = |search: &str| -> Vec<String> {
        let bundle = world.doctor().get(&format!("/fhir/{search}")).is(200).json();
        let mut ids: Vec<String> = bundle["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| format!("{} {}", e["search"]["mode"].as_str().unwrap(), e["resource"]["id"].as_str().unwrap()))
            .collect();
        ids.sort_unstable();
        ids
    };
    let table: &[(&str, &[&str])] = &[
        ("Location?_id=l&_include=Location:organization", &["include c", "match l"]),
        ("Location?_id=l&_include=Location:organization&_include=Organization:partof", &["include c", "match l"]),
        (
            "Location?_id=l&_include=Location:organization&_include:iterate=Organization:partof",
            &["include a", "include b", "include c", "match l"],
        ),
        ("Organization?_id=a&_include:iterate=Organization:partof", &["include b", "include c", "match a"]),
        ("Organization?_id=a&_revinclude:iterate=Organization:partof", &["include b", "include c", "match a"]),
        ("Location?_id=l&_include=*", &["include c", "match l"]),
        ("Location?_id=l&_include=Location:*", &["include c", "match l"]),
        ("Patient?_id=pc&_revinclude=Observation:*", &["include o5", "match pc"]),
    ];
    for (search, ids) in table {
        assert_eq!(&with(search), ids, "{search}");
    }
    world.doctor().get("/fhir/Patient?_revinclude=*").is(400);
    world.doctor().get("/fhir/Patient?_include:recurse=Patient:link").is(400);
    // Every reference of a type is every one that the role sees.
    let desk = world.client(Who::Reception);
    desk.get("/fhir/Patient?_id=pa&_revinclude=Observation:*").is(200);
    let bundle = desk.get("/fhir/Patient?_id=pa&_revinclude=Observation:*").is(200).json();
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 1);
    // A thousand records go with a page, and the bundle says that there are more.
    let many: Vec<Value> = (0..1010)
        .map(|n| {
            let mut one = observation(&format!("m{n}"), "pa", "1-1", 1.0, "2026-01-01");
            one["id"] = format!("m{n}").into();
            json!({ "fullUrl": format!("http://x/Observation/m{n}"), "resource": one, "request": { "method": "PUT", "url": format!("Observation/m{n}") } })
        })
        .collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": many });
    world.doctor().request("POST", "/fhir").fhir(&bundle).send().is(200);
    let bundle = world.doctor().get("/fhir/Patient?_id=pa&_revinclude=Observation:patient").is(200).json();
    let entries = bundle["entry"].as_array().unwrap();
    assert_eq!(entries.len(), 1 + 1000 + 1);
    assert_eq!(entries.last().unwrap()["resource"]["issue"][0]["code"], "too-costly");
}

#[test]
fn codes_are_found_by_what_they_mean() {
    let world = filled(&GENEROUS);
    let reaction = |id: &str, system: &str, code: &str| json!({ "resourceType": "Encounter", "id": id, "status": "finished", "class": { "system": system, "code": code } });
    let acts = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    put(
        &world,
        &[
            reaction("e1", acts, "AMB"),
            reaction("e2", acts, "ACUTE"),
            reaction("e3", acts, "IMP"),
            reaction("e4", "urn:x", "ACUTE"),
        ],
    );
    let table: &[(&str, &[&str])] = &[
        (
            "Encounter?_id=e1,e2,e3,e4&class:in=http://terminology.hl7.org/ValueSet/v3-ActEncounterCode",
            &["e1", "e2", "e3"],
        ),
        ("Encounter?_id=e1,e2,e3,e4&class:not-in=http://terminology.hl7.org/ValueSet/v3-ActEncounterCode", &["e4"]),
        ("Encounter?class:below=http://terminology.hl7.org/CodeSystem/v3-ActCode%7CIMP", &["e2", "e3"]),
        ("Encounter?class:above=http://terminology.hl7.org/CodeSystem/v3-ActCode%7CACUTE", &["e2", "e3"]),
        ("Patient?_id=pa&gender:in=http://hl7.org/fhir/ValueSet/administrative-gender", &["pa"]),
        ("Patient?_id=pa&gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender", &[]),
        ("Encounter?_filter=class%20ss%20http://terminology.hl7.org/CodeSystem/v3-ActCode%7CIMP", &["e2", "e3"]),
        (
            "Encounter?_filter=_id%20eq%20e1%20and%20class%20ni%20http://hl7.org/fhir/ValueSet/administrative-gender",
            &["e1"],
        ),
    ];
    for (search, ids) in table {
        let mut got = found(world.doctor(), search);
        got.sort_unstable();
        assert_eq!(&got, ids, "{search}");
    }
    for (search, code) in [
        ("Encounter?class:in=http://nobody/vs", "terminology.unheld"),
        ("Observation?code:in=http://hl7.org/fhir/ValueSet/observation-codes", "terminology.unheld"),
        ("Observation?code:below=http://loinc.org%7C8480-6", "terminology.unheld"),
        ("Encounter?class:below=AMB", "search.value"),
    ] {
        let outcome = world.doctor().get(&format!("/fhir/{search}")).is(400).json();
        assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], code, "{search}: {outcome}");
    }
    // Which value set, and what of it, is not known.
    for (search, told) in [
        ("Encounter?class:in=http://nobody/vs", "http://nobody/vs: no such value set here"),
        (
            "Observation?code:not-in=http://hl7.org/fhir/ValueSet/observation-codes",
            "http://hl7.org/fhir/ValueSet/observation-codes: draws on http://loinc.org",
        ),
    ] {
        let outcome = world.doctor().get(&format!("/fhir/{search}")).is(400).json();
        let text = outcome["issue"][0]["details"]["text"].as_str().unwrap();
        assert!(text.contains(told), "{outcome}");
    }
}
