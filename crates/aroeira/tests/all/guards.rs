//! What stands before every handler: limits, sizes, types, headers, other origins; and health and metrics.

use serde_json::json;

use crate::harness::{Answer, CLINIC, Client, GENEROUS, Home, PASSWORD, Who, World, record};

fn tally(answer: &Answer) -> (u32, u32) {
    let number =
        |name: &str| answer.header(name).unwrap_or_else(|| panic!("{}: no {name}", answer.asked)).parse().unwrap();
    assert!(number("ratelimit-reset") <= 60);
    (number("ratelimit-limit"), number("ratelimit-remaining"))
}

fn limited(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}: {}", answer.asked, answer.text());
    let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(tally(answer).1, 0);
    let problem = answer.json();
    assert!(
        problem["type"] == "urn:aroeira:problem:limited" || problem["resourceType"] == "OperationOutcome",
        "{problem}"
    );
}

#[test]
fn an_address_may_sign_in_twenty_times_a_minute() {
    let home = Home::with_clinic();
    let server = home.serve(&[]);
    let nobody = server.client();
    let body = json!({ "clinic": "nenhuma", "email": "x@example.org", "password": "x" });
    for n in 1..=20 {
        let answer = nobody.post("/api/sessions", &body).is(401);
        let (limit, left) = tally(&answer);
        assert_eq!(limit, 20);
        // A little flows back while the passwords are checked.
        assert!(left <= 21 - n, "{left} left after {n}");
    }
    // What flows back within the test is 1 in 3 s: it cannot be many before one is refused.
    let refused = (0..20).map(|_| nobody.post("/api/sessions", &body)).find(|answer| answer.status == 429);
    limited(&refused.expect("twenty and no more"));
    // A page's form counts in the same place, and is answered as a page.
    let page = (0..20)
        .map(|_| {
            nobody.request("POST", "/login").form(&[("clinic", CLINIC), ("email", "x@x"), ("password", "x")]).send()
        })
        .find(|answer| answer.status == 429)
        .expect("the form is limited");
    assert!(page.header("retry-after").is_some() && page.header("content-type").unwrap().starts_with("text/html"));
    // Other calls of nobody are counted apart, and health is never counted.
    nobody.get("/api/me").is(401);
    for _ in 0..60 {
        nobody.get("/api/health/live").is(200);
        assert!(nobody.get("/api/health").is(200).header("ratelimit-limit").is_none());
    }
    nobody.get("/metrics").is(200);
    let metrics = nobody.get("/metrics").is(200).text();
    assert!(metrics.contains("aroeira_limits_hit_total{class=\"sign_in\"}"), "{metrics}");
}

#[test]
fn nobody_may_call_twenty_times_a_minute() {
    let home = Home::with_clinic();
    let server = home.serve(&[]);
    let nobody = server.client();
    let answers: Vec<_> = (0..30).map(|_| nobody.get("/api/me")).collect();
    assert!(answers[..20].iter().all(|answer| answer.status == 401));
    limited(answers.iter().find(|answer| answer.status == 429).expect("twenty and no more"));
    let fhir = nobody.get("/fhir/Patient/x");
    limited(&fhir);
    assert_eq!(fhir.json()["issue"][0]["code"], "throttled");
    nobody.get("/favicon.svg").is(200);
    nobody.get("/api/health/ready").is(200);
}

#[test]
fn a_user_has_a_quota_of_their_own_wherever_they_are() {
    let mut limits = GENEROUS.to_vec();
    limits.retain(|(name, _)| !name.ends_with("USER") && !name.ends_with("WRITE"));
    limits.extend([("AROEIRA_LIMITS__USER", "50"), ("AROEIRA_LIMITS__WRITE", "30")]);
    let world = World::with(&limits);
    let nurse = world.client(Who::Nurse);
    let refused = (0..200).map(|_| nurse.get("/api/me")).find(|answer| answer.status == 429).expect("a quota");
    limited(&refused);
    assert_eq!(tally(&refused).0, 50);
    // Another user of the same address goes on.
    world.client(Who::Reception).get("/api/me").is(200);
    let reception = world.client(Who::Reception);
    let refused = (0..60)
        .map(|_| reception.post("/api/patients", &json!({})))
        .find(|answer| answer.status == 429)
        .expect("writes have a quota within it");
    assert_eq!(tally(&refused).0, 30);
    reception.get("/api/me").is(200);
}

#[test]
fn the_entries_of_a_batch_count_as_calls() {
    let mut limits = GENEROUS.to_vec();
    limits.retain(|(name, _)| !name.ends_with("WRITE"));
    limits.push(("AROEIRA_LIMITS__WRITE", "30"));
    let world = World::with(&limits);
    let doctor = world.doctor();
    let entries: Vec<_> = (0..120)
        .map(|n| match n % 2 {
            0 => json!({ "resource": { "resourceType": "Basic", "code": { "text": format!("lote {n}") } },
                "request": { "method": "POST", "url": "Basic" } }),
            _ => json!({ "request": { "method": "GET", "url": format!("Patient/{}", world.patient) } }),
        })
        .collect();
    let batch = json!({ "resourceType": "Bundle", "type": "batch", "entry": entries });
    let answer = doctor.request("POST", "/fhir").fhir(&batch).send().is(200);
    let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let answers = answer.json();
    let (mut made, mut refused) = (0, 0);
    for (n, entry) in answers["entry"].as_array().unwrap().iter().enumerate() {
        let response = &entry["response"];
        match (n % 2, response["status"].as_str().unwrap()) {
            (1, "200 OK") => assert_eq!(entry["resource"]["id"], world.patient.as_str()),
            (0, "201 Created") => {
                assert_eq!(entry["resource"]["code"]["text"], format!("lote {n}"));
                made += 1;
            }
            (0, "429 Too Many Requests") => {
                let issue = &response["outcome"]["issue"][0];
                assert_eq!((&issue["code"], entry.get("resource")), (&json!("throttled"), None));
                assert!(issue["diagnostics"].as_str().unwrap().contains("Retry-After: "), "{issue}");
                refused += 1;
            }
            (_, other) => panic!("{n}: {other}"),
        }
    }
    // A few were used up before, some flow back while the batch is carried out.
    assert!((10..50).contains(&made) && made + refused == 60, "{made} made, {refused} refused");
    assert_eq!(doctor.get("/fhir/Basic?_summary=count").is(200).json()["total"], made, "what was refused was not done");
    // They are the calls of who sent them, and no other's.
    limited(&(0..60).map(|_| doctor.post("/api/patients", &json!({}))).find(|answer| answer.status == 429).unwrap());
    world.client(Who::Reception).post("/api/patients", &json!({})).is(422);
}

#[test]
fn bodies_are_bounded_in_size_depth_and_type() {
    let world = World::new();
    let doctor = world.doctor();
    let place = "/api/medical-records";
    let mut large = record(&world.patient, "Grande");
    large["notes"] = "a".repeat(2 << 20).into();
    doctor.post(place, &large).is(413);
    let chunked = format!(
        "POST {place} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n200000\r\n{}\r\n0\r\n\r\n",
        doctor.token.as_deref().unwrap(),
        "a".repeat(2 << 20)
    );
    assert!(raw(doctor, &chunked).starts_with("HTTP/1.1 413"));
    let deep = format!("{{\"codes\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    doctor.request("POST", place).body("application/json", deep.clone()).send().is(400);
    let fhir = doctor.request("POST", "/fhir/Observation").body("application/fhir+json", deep).send();
    assert!(matches!(fhir.status, 400 | 422), "{}", fhir.status);
    assert_eq!(fhir.json()["resourceType"], "OperationOutcome");
    doctor.request("POST", place).body("text/plain", "{}").send().is(415);
    doctor.request("POST", place).form(&[("title", "x")]).send().is(415);
    doctor.request("POST", "/fhir/Observation").body("application/fhir+xml", "<Observation/>").send().is(415);
    doctor.request("GET", "/fhir/Patient/x").header("Accept", "application/fhir+xml").send().is(406);
    doctor.request("POST", place).body("application/json", b"{\"title\":\"\xff\"}".to_vec()).send().is(400);
    let mut many = doctor.request("GET", "/api/me");
    for n in 0..80 {
        many = many.header(&format!("X-Header-{n}"), "x");
    }
    many.send().is(431);
    // The largest body that a clinic sends is a bundle.
    let mut notes = record(&world.patient, "Longo");
    notes["notes"] = "ã".repeat(60_000).into();
    assert_eq!(doctor.post(place, &notes).is(201).json()["notes"], notes["notes"]);
}

fn raw(client: &Client, text: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(client.address).unwrap();
    // The server may have answered and closed before it was sent all of it.
    let _ = stream.write_all(text.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn what_is_no_request_of_ours_is_refused_in_words() {
    let world = World::new();
    let doctor = world.doctor();
    let unknown = doctor.get("/api/nothing").is(404);
    assert_eq!(unknown.header("content-type"), Some("application/problem+json"));
    let method = doctor.request("PATCH", "/api/patients").send().is(405);
    assert_eq!(method.header("content-type"), Some("application/problem+json"));
    assert!(method.header("allow").unwrap().contains("GET"), "{:?}", method.headers);
    doctor.request("DELETE", "/api/audit/verify").send().is(405);
    doctor.request("BREW", "/api/patients").send().is(405);
    let page = doctor.get("/nothing").is(404);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(doctor.get("/fhir/Nothing/x").is(404).json()["resourceType"], "OperationOutcome");
    doctor.get("/api/patients/%2e%2e").is(404);
    doctor.get("/api/patients/%ff").is(404);
    let head = doctor.request("HEAD", "/api/me").send().is(200);
    assert!(head.body.is_empty());
    for garbage in ["nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /api/me HTTP/1.1\r\nContent-Length: x\r\n\r\n"] {
        let answer = raw(doctor, garbage);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4"), "{answer}");
    }
    doctor.get("/api/health/live").is(200);
}

#[test]
fn every_kind_of_answer_carries_the_headers() {
    let world = World::new();
    let (nobody, doctor) = (world.client(Who::Nobody), world.doctor());
    let page = doctor.get("/patients").is(200);
    let asset = page.text();
    let asset = asset[asset.find("/assets/").unwrap()..].split('"').next().unwrap().to_owned();
    let answers = [
        doctor.get("/api/me").is(200),
        doctor.get("/api/medical-records/none").is(404),
        nobody.get("/api/me").is(401),
        doctor.get("/api/nothing").is(404),
        doctor.request("PATCH", "/api/me").send().is(405),
        doctor.post("/api/patients", &json!({ "name": 1 })).is(422),
        doctor.get(&format!("/fhir/Patient/{}", world.patient)).is(200),
        doctor.get("/fhir/Patient/none").is(404),
        page,
        nobody.get("/patients").is(303),
        nobody.get("/login").is(200),
        doctor.get("/nothing").is(404),
        nobody.get(&asset).is(200),
        nobody.get("/assets/none.js").is(404),
        nobody.get("/api/health").is(200),
        nobody.get("/metrics").is(200),
        nobody.get("/api/docs").is(200),
    ];
    for answer in &answers {
        let header = |name: &str| answer.header(name).unwrap_or_else(|| panic!("{}: no {name}", answer.asked));
        assert_eq!(header("x-frame-options"), "DENY", "{}", answer.asked);
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert!(header("permissions-policy").contains("camera=()"));
        assert!(header("x-request-id").len() >= 8);
        let policy = header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(answer.header("strict-transport-security").is_none(), "only over TLS");
        assert!(answer.header("server").is_none());
        let cache = header("cache-control");
        if answer.asked.contains("/assets/") && answer.status == 200 {
            assert!(cache.contains("immutable") && cache.contains("max-age=31536000"), "{cache}");
        } else if !answer.asked.contains("/assets/") {
            assert_eq!(cache, "no-store", "{}", answer.asked);
        }
    }
    let page = &answers[8];
    assert!(
        !page.text().contains("<script>") && !page.text().contains(" onclick=") && !page.text().contains(" style=")
    );
    let packed = doctor.request("GET", "/patients").header("Accept-Encoding", "gzip").send().is(200);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
}

#[test]
fn only_named_origins_may_call() {
    let mut settings = GENEROUS.to_vec();
    settings.push(("AROEIRA_SERVER__CORS", "https://app.example.org"));
    let world = World::with(&settings);
    let doctor = world.doctor();
    let from = |origin: &str| doctor.request("GET", "/api/me").header("Origin", origin).send().is(200);
    let allowed = from("https://app.example.org");
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example.org"));
    assert!(allowed.header("access-control-expose-headers").unwrap().contains("ETag"));
    assert!(allowed.header("access-control-allow-credentials").is_none());
    assert!(from("https://app.example.org.evil.example").header("access-control-allow-origin").is_none());
    let preflight = |origin: &str| {
        doctor
            .request("OPTIONS", "/api/medical-records")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "PUT")
            .send()
    };
    let asked = preflight("https://app.example.org").is(204);
    assert!(asked.header("access-control-allow-methods").unwrap().contains("PUT"));
    assert!(asked.header("access-control-allow-headers").unwrap().contains("If-Match"));
    assert_eq!(preflight("https://evil.example").is(405).header("access-control-allow-origin"), None);
}

/// A browser's session: a cookie, and a token in every form.
#[test]
fn a_cookie_alone_changes_nothing() {
    let world = World::new();
    let nobody = world.client(Who::Nobody);
    let signed = nobody
        .request("POST", "/login")
        .form(&[("clinic", CLINIC), ("email", "doctor@example.org"), ("password", PASSWORD)])
        .send()
        .is(303);
    let cookie = signed.header("set-cookie").unwrap().to_owned();
    assert!(
        cookie.starts_with("aroeira_session=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert!(!cookie.contains("Secure"), "no TLS here");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let with_cookie = |method: &str, path: &str| nobody.request(method, path).header("Cookie", &cookie);
    // The terms first, in a browser.
    let terms = with_cookie("GET", "/patients").send().is(303);
    assert_eq!(terms.header("location"), Some("/terms"));
    let page = with_cookie("GET", "/terms").send().is(200).text();
    let token = page
        .split("name=\"_csrf\"")
        .nth(1)
        .unwrap()
        .split("value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    with_cookie("POST", "/terms").form(&[]).send().is(403);
    with_cookie("POST", "/terms").form(&[("_csrf", "outro")]).send().is(403);
    with_cookie("POST", "/terms").form(&[("_csrf", &token)]).send().is(303);
    with_cookie("GET", "/patients").send().is(200);
    let body = json!({ "name": "Nova Pessoa" });
    with_cookie("POST", "/api/patients").json(&body).send().is(403);
    with_cookie("POST", "/api/patients").header("X-CSRF-Token", "outro").json(&body).send().is(403);
    with_cookie("POST", "/api/patients").header("X-CSRF-Token", &token).json(&body).send().is(201);
    for (name, value) in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Origin", "null")] {
        with_cookie("POST", "/api/patients")
            .header("X-CSRF-Token", &token)
            .header(name, value)
            .json(&body)
            .send()
            .is(403);
        nobody.request("POST", "/login").header(name, value).form(&[("clinic", CLINIC)]).send().is(403);
    }
    // The language of the pages is the visitor's.
    let english = nobody.request("GET", "/login").header("Accept-Language", "en").send().is(200);
    assert!(english.text().contains("lang=\"en\""));
    assert!(nobody.get("/login").is(200).text().contains("lang=\"pt-BR\""));
}

#[test]
fn health_and_metrics_say_what_matters_and_no_secret() {
    let world = World::new();
    let nobody = world.client(Who::Nobody);
    assert_eq!(nobody.get("/api/health/live").is(200).json(), json!({ "live": true }));
    for path in ["/api/health", "/api/health/ready"] {
        assert_eq!(nobody.get(path).is(200).json(), json!({ "ready": true, "problems": [] }));
    }
    world.doctor().get("/api/medical-records/none").is(404);
    let metrics = nobody.get("/metrics").is(200);
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain"));
    let text = metrics.text();
    for wanted in [
        "aroeira_http_requests_total{method=\"POST\",route=\"/api/medical-records\",status=\"201\"} 2",
        "aroeira_http_requests_total{method=\"GET\",route=\"/api/medical-records/{id}\",status=\"404\"} 1",
        "aroeira_http_request_seconds_bucket{method=\"POST\",route=\"/api/sessions\"",
        "aroeira_commit_batch_size_bucket",
        "aroeira_commit_seconds_bucket",
        "aroeira_queue_depth 0",
        "aroeira_open_clinics 1",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    assert!(nobody.request("GET", "/metrics").header("X-Forwarded-For", "203.0.113.9").send().is(404).body.len() > 2);
    // A data directory that went away is told, without its path.
    let data = world.home.data();
    let away = data.with_extension("away");
    std::fs::rename(&data, &away).unwrap();
    let ready = nobody.get("/api/health/ready").is(503);
    assert_eq!(ready.json()["ready"], false);
    assert!(!ready.json()["problems"].as_array().unwrap().is_empty());
    assert!(!ready.text().contains(data.to_str().unwrap()));
    nobody.get("/api/health/live").is(200);
    std::fs::rename(&away, &data).unwrap();
    nobody.get("/api/health/ready").is(200);
}
