//! What would be too much: it ends in a clear answer, and the server stays small.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::harness::World;

/// The most memory that the server ever had, in megabytes.
fn peak(world: &World) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", world.server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap() >> 10
}

#[test]
fn what_is_too_much_ends_and_the_server_stays_small() {
    let world = World::new();
    let doctor = world.doctor();

    // A bundle of 100 MB is refused by its length, and by what comes where it says none.
    let mut large = String::from(r#"{"resourceType":"Bundle","type":"transaction","entry":["#);
    large.push_str(&" ".repeat(100 << 20));
    large.push_str("]}");
    let refused = doctor.request("POST", "/fhir").body("application/fhir+json", large).send().is(413).json();
    assert_eq!(refused["issue"][0]["code"], "too-long");
    let mut chunked = String::new();
    for _ in 0..100 {
        write!(chunked, "{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20)).unwrap();
    }
    let answer = doctor.request("POST", "/fhir").chunked("application/fhir+json", chunked + "0\r\n\r\n").send();
    assert_eq!(answer.status, 413);

    // Nested deeply, and many small values.
    let deep = format!(r#"{{"resourceType":"Basic","x":{}1{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
    let refused = doctor.request("POST", "/fhir/Basic").body("application/fhir+json", deep).send();
    assert!(matches!(refused.status, 400 | 422), "{}", refused.status);
    let many = format!(r#"{{"resourceType":"Basic","x":[{}0]}}"#, "0,".repeat(15_000_000));
    let refused = doctor.request("POST", "/fhir/Basic").body("application/fhir+json", many).send().is(422).json();
    assert_eq!(refused["issue"][0]["expression"][0].as_str().map(|text| &text[..5]), Some("Basic"));
    for many in [
        format!(r#""x":[{}{{}}]"#, r#"{"a":0},"#.repeat(3_600_000)),
        (0..900_000).fold(String::new(), |all, n| all + &format!("\"{n}\":0,")) + "\"x\":0",
        format!(r#""x":[{}{{}}]"#, r#"{"a":[{"b":0}]}, "#.repeat(1_700_000)),
    ] {
        let many = format!(r#"{{"resourceType":"Basic",{many}}}"#);
        doctor.request("POST", "/fhir/Basic").body("application/fhir+json", many).send().is(422);
    }

    // Expressions that would never end.
    let body = json!({ "resourceType": "Patient", "id": "bomba", "name": [{ "given": vec!["a".repeat(2000); 50] }] });
    doctor.request("PUT", "/fhir/Patient/bomba").fhir(&body).send().is(201);
    // What elsewhere never ends takes here as long as the text is (200), or as many steps as there are (422).
    let explode = "Patient.descendants().select(%resource.descendants().select(%resource.descendants()))";
    for (path, status) in [
        ("Patient.name.given.where(matches('(a|aa)+(a|aa)+(a|aa)+b'))", 200),
        ("Patient.name.given.where(matches('((((a{1,100}){1,100}){1,100}){1,100}){1,100}'))", 422),
        (explode, 422),
        (&format!("Patient.name.where({}true{})", "(".repeat(5000), ")".repeat(5000)), 422),
    ] {
        let operation = json!({ "name": "operation", "part": [
            { "name": "type", "valueCode": "delete" }, { "name": "path", "valueString": path } ] });
        let patch = json!({ "resourceType": "Parameters", "parameter": [operation] });
        let answer = doctor.request("PATCH", "/fhir/Patient/bomba").fhir(&patch).send();
        assert_eq!(answer.status, status, "{path}: {:.300}", answer.text());
    }

    // More than a page holds.
    for part in 0..4 {
        let entry = |n: usize| {
            let id = format!("b{part}-{n}");
            json!({ "resource": { "resourceType": "Basic", "id": id, "code": { "text": "x".repeat(100) } },
                "request": { "method": "PUT", "url": format!("Basic/{id}") } })
        };
        let entries: Vec<Value> = (0..3000).map(entry).collect();
        let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
        doctor.request("POST", "/fhir").fhir(&bundle).send().is(200);
    }
    let page = doctor.get("/fhir/Basic?_count=1000000").is(200).json();
    assert_eq!((page["total"].as_u64(), page["entry"].as_array().unwrap().len()), (Some(12_000), 1000));
    assert!(page["link"].as_array().unwrap().iter().any(|link| link["relation"] == "next"));
    let history = doctor.get("/fhir/_history?_count=1000000").is(200).json();
    assert_eq!(history["entry"].as_array().unwrap().len(), 1000);

    // A batch of as many searches answers no more than a batch may.
    let entries = vec![json!({ "request": { "method": "GET", "url": "Basic?_count=1000" } }); 150];
    let batch = json!({ "resourceType": "Bundle", "type": "batch", "entry": entries });
    let answers = doctor.request("POST", "/fhir").fhir(&batch).send().is(200).json();
    let answers = answers["entry"].as_array().unwrap();
    assert_eq!(answers.len(), 150);
    assert!(answers.iter().any(|answer| answer["response"]["status"].as_str().unwrap().starts_with("413")));

    let peak = peak(&world);
    assert!(peak < 300, "{peak} MB at most");
    println!("{peak} MB at most");
}

#[test]
fn large_bodies_and_answers_of_many_at_once_wait_their_turn() {
    let world = World::new();
    let doctor = world.doctor();
    let text = "x".repeat(200_000);
    let entry = |n: usize| {
        json!({ "resource": { "resourceType": "Basic", "id": format!("g{n}"), "code": { "text": text } },
            "request": { "method": "PUT", "url": format!("Basic/g{n}") } })
    };
    let entries: Vec<Value> = (0..100).map(entry).collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
    doctor.request("POST", "/fhir").fhir(&bundle).send().is(200);
    let dense = format!(r#"{{"resourceType":"Basic","x":[{}{{}}]}}"#, r#"{"a":0},"#.repeat(3_600_000));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                doctor.request("POST", "/fhir/Basic").body("application/fhir+json", dense.clone()).send().is(422);
            });
            // A page ends early where its resources are large, and the next one goes on: nothing is missing.
            scope.spawn(|| {
                let (mut path, mut ids) = ("/fhir/Basic?_count=1000".to_owned(), Vec::new());
                loop {
                    let page = doctor.get(&path).is(200).json();
                    ids.extend(page["entry"].as_array().unwrap().iter().map(|entry| entry["fullUrl"].to_string()));
                    let links = page["link"].as_array().unwrap();
                    let Some(next) = links.iter().find(|link| link["relation"] == "next") else { break };
                    let next = next["url"].as_str().unwrap();
                    path = next[next.find("/fhir").unwrap()..].to_owned();
                }
                ids.sort_unstable();
                ids.dedup();
                assert_eq!(ids.len(), 100);
            });
        }
    });
    let peak = peak(&world);
    assert!(peak < 450, "{peak} MB at most");
    println!("{peak} MB at most");
}
