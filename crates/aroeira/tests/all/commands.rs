//! The binary as an operator meets it: commands alone, beside a running server, after one that was killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::harness::{CLINIC, FIRST_PASSWORD, Home, Server, bare, done, err, failed, out};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn an_installation_is_made_and_looked_after_without_a_server() {
    let home = Home::new();
    failed(&home.run(&["clinic", "list"]), 3);
    assert!(!home.data().exists(), "asking makes nothing");
    let made = done(&home.add_clinic("saude-viva"));
    assert!(
        made.contains("saude-viva") && made.contains("ana@example.org") && !made.contains(FIRST_PASSWORD),
        "{made}"
    );
    assert_eq!(mode(&home.data()), 0o700);
    assert_eq!(mode(&home.data().join("master.key")), 0o600);
    assert_eq!(done(&home.run(&["clinic", "list"])), "saude-viva\n");

    let user = [
        "user",
        "add",
        "--clinic",
        "saude-viva",
        "--role",
        "DOCTOR",
        "--email",
        "rui@example.org",
        "--name",
        "Rui Prado",
    ];
    let made = done(&home.run(&user));
    assert!(made.contains("Password: "), "a generated password is shown: {made}");
    assert!(failed(&home.run(&user), 1).contains("email"));
    failed(
        &home.run(&["user", "add", "--clinic", "outra", "--role", "NURSE", "--email", "a@example.org", "--name", "A"]),
        3,
    );
    failed(&home.add_clinic("saude-viva"), 1);
    failed(&home.add_clinic("Saúde Viva"), 2);

    assert!(done(&home.run(&["audit", "verify"])).contains("saude-viva: ok, "));
    assert!(done(&home.run(&["doctor"])).contains("chain whole"));
    let key = std::fs::read_to_string(home.data().join("master.key")).unwrap();
    assert_eq!(done(&home.run(&["backup-key", "--reveal"])), key);
    assert!(!done(&home.run(&["backup-key"])).contains(key.trim()));
}

#[test]
fn a_lost_or_wrong_master_key_is_told_and_never_replaced() {
    let home = Home::new();
    done(&home.add_clinic("saude-viva"));
    let key = home.data().join("master.key");
    let kept = home.directory.path().join("kept");
    std::fs::rename(&key, &kept).unwrap();
    failed(&home.run(&["audit", "verify"]), 5);
    assert!(!key.exists(), "a new key would open nothing");
    assert!(
        done(&home.command(&["audit", "verify"]).env("AROEIRA_KEYS__MASTER_FILE", &kept).output().unwrap())
            .contains("ok")
    );
    let wrong = home.command(&["audit", "verify"]).env("AROEIRA_KEYS__MASTER", "A".repeat(43) + "=").output().unwrap();
    failed(&wrong, 5);
    assert_eq!(home.run(&["doctor"]).status.code(), Some(1));
}

#[test]
fn commands_beside_a_running_server_go_through_it() {
    let home = Home::new();
    let server = home.serve(&[]);
    done(&home.add_clinic("saude-viva"));
    assert_eq!(mode(&home.data().join("aroeira.sock")), 0o600);
    assert!(server.client().get("/api/health/ready").status == 200);
    done(&home.run_with_password(&[
        "user",
        "add",
        "--clinic",
        "saude-viva",
        "--role",
        "AUDITOR",
        "--email",
        "a@example.org",
        "--name",
        "Ada",
    ]));
    failed(
        &home.run(&["user", "add", "--clinic", "outra", "--role", "ADMIN", "--email", "a@example.org", "--name", "A"]),
        3,
    );

    let bundle = home.directory.path().join("bundle.json.gz");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(
            br#"{"resourceType":"Bundle","type":"transaction","entry":[
                {"fullUrl":"urn:uuid:0b0f6f8e-0001-4000-8000-000000000001",
                 "resource":{"resourceType":"Patient","name":[{"text":"Rosa Lima"}]},
                 "request":{"method":"POST","url":"Patient"}},
                {"fullUrl":"urn:uuid:0b0f6f8e-0001-4000-8000-000000000002",
                 "resource":{"resourceType":"Observation","status":"final","code":{"text":"peso"},
                  "subject":{"reference":"urn:uuid:0b0f6f8e-0001-4000-8000-000000000001"}},
                 "request":{"method":"POST","url":"Observation"}}]}"#,
        )
        .unwrap();
    std::fs::write(&bundle, packed.finish().unwrap()).unwrap();
    let import = ["import", "--clinic", "saude-viva", bundle.to_str().unwrap()];
    assert!(done(&home.run(&import)).contains("2 created"));
    let again = done(&home.run(&import));
    assert!(again.contains("2 unchanged") && again.contains("nothing was changed"), "{again}");
    std::fs::write(&bundle, "{\"resourceType\":\"Bundle\"").unwrap();
    failed(&home.run(&import), 5);

    assert!(done(&home.run(&["audit", "verify"])).contains("ok, "));
    assert!(done(&home.run(&["doctor"])).contains("held by the running server"));
    let second = home.command(&["serve"]).env("AROEIRA_SERVER__LISTEN", "127.0.0.1:0").output().unwrap();
    failed(&second, 4);

    let (code, log) = server.terminate();
    assert_eq!(code, Some(0), "{log}");
    assert!(!home.data().join("aroeira.sock").exists());
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(line["level"].is_string() && line["timestamp"].is_string(), "{line}");
    }
    assert!(log.contains("\"message\":\"listening\""), "{log}");
    assert!(done(&home.run(&["audit", "verify"])).contains("ok, "));
}

#[test]
fn what_a_killed_server_leaves_does_not_stop_the_next() {
    let home = Home::new();
    done(&home.add_clinic("saude-viva"));
    home.serve(&[]).kill();
    assert!(home.data().join("aroeira.sock").exists(), "a killed server leaves its socket");
    assert!(done(&home.run(&["audit", "verify"])).contains("ok, "));
    let next = home.serve(&[]);
    assert!(done(&home.run(&["clinic", "list"])).contains("saude-viva"));
    assert_eq!(next.terminate().0, Some(0));
}

#[test]
fn an_address_that_is_taken_is_told() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let text = failed(&home.run(&["demo", "--port", &port]), 4);
    assert!(text.contains(&port) && text.contains("--port"), "{text}");
    assert!(!home.data().exists(), "nothing is filled for nobody");
}

#[test]
fn a_demo_never_takes_a_directory_that_is_none() {
    let home = Home::new();
    done(&home.add_clinic("saude-viva"));
    failed(&home.run(&["demo", "--port", "0", "--fresh"]), 4);
    assert!(done(&home.run(&["audit", "verify"])).contains("saude-viva: ok, "));
}

#[test]
fn traces_reach_the_collector_before_the_server_ends() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = collector.local_addr().unwrap();
    let endpoint = format!("http://{address}/v1/traces");
    let received = std::thread::spawn(move || {
        let (stream, _) = collector.accept().unwrap();
        let mut stream = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).unwrap() == 0 {
                return (head, Vec::new());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        (head, body)
    });
    let home = Home::new();
    let server = home.serve(&[("AROEIRA_TELEMETRY__OTLP_ENDPOINT", &endpoint)]);
    server.client().get("/api/health/live").is(200);
    assert_eq!(server.terminate().0, Some(0));
    // Ends the collector's wait where nothing was sent.
    drop(std::net::TcpStream::connect(address));
    let (head, body) = received.join().unwrap();
    assert!(head.starts_with("POST /v1/traces ") && head.contains("application/x-protobuf"), "{head}");
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("service.name") && body.contains("/api/health/live"), "{body}");
}

/// Every command there is, as `--help` of the ones above it lists them.
fn every_command() -> Vec<Vec<String>> {
    fn below(words: &[String], all: &mut Vec<Vec<String>>) {
        let mut asked: Vec<&str> = words.iter().map(String::as_str).collect();
        asked.push("--help");
        let help = done(&bare(&asked).output().unwrap());
        let Some(commands) = help.split("Commands:\n").nth(1) else { return all.push(words.to_vec()) };
        for line in commands.lines().take_while(|line| line.starts_with("  ")) {
            // A line that begins deeper goes on with the words of the one before.
            let name = line.trim().split(' ').next().unwrap();
            if line.starts_with("   ") || name == "help" {
                continue;
            }
            below(&[words, &[name.to_owned()]].concat(), all);
        }
    }
    let mut all = Vec::new();
    below(&[], &mut all);
    all
}

#[test]
fn the_help_of_every_command_has_an_example_that_it_takes() {
    let commands = every_command();
    let names: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
    assert_eq!(
        names,
        [
            "demo",
            "serve",
            "doctor",
            "config",
            "clinic add",
            "clinic list",
            "user add",
            "import",
            "audit verify",
            "backup-key",
            "fleet init",
            "fleet check",
            "fleet plan",
            "fleet cost",
            "fleet availability",
            "fleet growth",
            "fleet compare",
            "fleet render",
            "fleet status",
            "fleet evidence",
            "fleet schema"
        ]
    );
    for words in &commands {
        let mut asked: Vec<&str> = words.iter().map(String::as_str).collect();
        asked.push("--help");
        let help = done(&bare(&asked).output().unwrap());
        let example = format!("  aroeira {}", words.join(" "));
        let piped = format!("aroeira {}", words.join(" "));
        assert!(help.contains("Example") && (help.contains(&example) || help.contains(&piped)), "{help}");
        // What is on paper has no clinics.
        assert_eq!(help.contains("--data"), words[0] != "fleet", "{help}");
    }
    let help = done(&bare(&["--help"]).output().unwrap());
    for code in 0..=5 {
        assert!(help.contains(&format!("\n  {code}  ")), "exit code {code} is not told: {help}");
    }
    assert_eq!(bare(&["nonsense"]).output().unwrap().status.code(), Some(2));
    assert_eq!(bare(&[]).output().unwrap().status.code(), Some(2));
    assert!(done(&bare(&["--version"]).output().unwrap()).starts_with("aroeira "));
}

#[test]
fn what_is_wrong_with_the_configuration_is_named_with_its_remedy() {
    let home = Home::new();
    let with = |name: &str, value: &str| home.command(&["config"]).env(name, value).output().unwrap();
    let unknown = failed(&with("AROEIRA_LIMITS__USERS", "9"), 2);
    assert!(unknown.contains("AROEIRA_LIMITS__USERS") && unknown.contains("AROEIRA_LIMITS__USER?"), "{unknown}");
    for (name, value, key) in [
        ("AROEIRA_LIMITS__USER", "many", "limits.user"),
        ("AROEIRA_SERVER__LISTEN", "here", "server.listen"),
        ("AROEIRA_ACCESS__CARE", "closed", "access.care"),
        ("AROEIRA_ACCESS__IDLE_MINUTES", "0", "access.idle_minutes"),
        ("AROEIRA_SERVER__TLS_KEY", "a.key", "server.tls_key"),
        ("AROEIRA_CLINIC__ZONE", "Brazil", "clinic.zone"),
    ] {
        let told = failed(&with(name, value), 2);
        assert!(told.contains(key) && told.contains(name), "{told}");
    }
    let file = home.directory.path().join("clinic.toml");
    std::fs::write(&file, "[limits]\nuser = 700\n[acess]\ncare = \"team\"\n").unwrap();
    let path = file.to_str().unwrap();
    let told = failed(&bare(&["config", "--config", path]).output().unwrap(), 2);
    assert!(told.contains("acess.care") && told.contains("access.care") && told.contains("clinic.toml"), "{told}");
    std::fs::write(&file, "[limits]\nuser = 700\n").unwrap();
    let shown = done(&bare(&["config", "--config", path]).env("AROEIRA_LIMITS__WRITE", "9").output().unwrap());
    assert!(shown.contains("user = 700  # from ") && shown.contains("write = 9  # from the environment"), "{shown}");
    let told = failed(&bare(&["serve", "--config", "/nowhere/clinic.toml"]).output().unwrap(), 3);
    assert!(told.contains("/nowhere/clinic.toml"), "{told}");
    // What `--default` prints is a file that is taken.
    std::fs::write(&file, done(&bare(&["config", "--default"]).output().unwrap())).unwrap();
    let shown = done(&bare(&["config", "--config", path]).output().unwrap());
    assert!(shown.contains("[server]"), "{shown}");
    // A secret is never shown, wherever it came from.
    let secret = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=";
    let shown = done(&home.command(&["config"]).env("AROEIRA_KEYS__MASTER", secret).output().unwrap());
    assert!(!shown.contains(secret) && shown.contains("\"***\""), "{shown}");
}

#[test]
fn a_secret_may_come_from_a_file() {
    let home = Home::with_clinic();
    let kept = home.directory.path().join("chave");
    std::fs::rename(home.data().join("master.key"), &kept).unwrap();
    let mut verify = home.command(&["audit", "verify"]);
    assert!(done(&verify.env("AROEIRA_KEYS__MASTER_FILE", &kept).output().unwrap()).contains("ok, "));
    let mut missing = home.command(&["audit", "verify"]);
    let told = failed(&missing.env("AROEIRA_KEYS__MASTER_FILE", "/nowhere/key").output().unwrap(), 5);
    assert!(told.contains("/nowhere/key"), "{told}");
}

#[test]
fn a_command_says_what_was_wrong_with_its_words() {
    let home = Home::with_clinic();
    let add = |words: &[&str]| home.run_with_password(&[&["user", "add", "--clinic", CLINIC][..], words].concat());
    failed(&add(&["--role", "PATIENT", "--email", "a@example.org", "--name", "A"]), 2);
    failed(&add(&["--role", "NURSE", "--email", "a@example.org", "--name", "A", "--patient", "x"]), 2);
    let told = failed(&add(&["--role", "PATIENT", "--email", "a@example.org", "--name", "A", "--patient", "x"]), 2);
    assert!(told.contains("patientId"), "{told}");
    let told = failed(&add(&["--role", "NURSE", "--email", "sem arroba", "--name", "A"]), 2);
    assert!(told.contains("email"), "{told}");
    let role = add(&["--role", "KING", "--email", "a@example.org", "--name", "A"]);
    assert_eq!(role.status.code(), Some(2));
    assert!(err(&role).contains("RECEPTION"), "{}", err(&role));
    // No password where one was promised.
    let mut silent = home.command(&[
        "user",
        "add",
        "--clinic",
        CLINIC,
        "--role",
        "NURSE",
        "--email",
        "a@example.org",
        "--name",
        "A",
    ]);
    failed(&silent.arg("--password-stdin").stdin(std::process::Stdio::null()).output().unwrap(), 2);
    done(&add(&["--role", "nurse", "--email", "a@example.org", "--name", "A"]));
    failed(&home.run(&["audit", "verify", "--clinic", "nenhuma"]), 3);
    failed(&home.run(&["audit", "verify", "--clinic", "../saude-viva"]), 3);
}

/// Files of a clinic as they were at one moment.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_tail_that_was_cut_is_found_and_the_clinic_is_not_served() {
    let home = Home::with_clinic();
    let (clinic, kept) = (home.clinic_directory(), home.directory.path().join("kept"));
    copy(&clinic, &kept);
    let user = ["user", "add", "--clinic", CLINIC, "--role", "NURSE", "--email", "bia@example.org", "--name", "Bia"];
    done(&home.run(&user));
    assert!(home.verify().contains("ok, "));
    // The journal of before, with the head of now: what was done since was cut off.
    std::fs::copy(kept.join("clinic.db"), clinic.join("clinic.db")).unwrap();
    let _ = std::fs::remove_file(clinic.join("clinic.db-wal"));
    let _ = std::fs::remove_file(clinic.join("clinic.db-shm"));
    let found = home.run(&["audit", "verify"]);
    assert_eq!(found.status.code(), Some(5), "{}{}", out(&found), err(&found));
    assert!(out(&found).contains("BROKEN") && out(&found).contains("tail"), "{}", out(&found));
    assert!(err(&found).contains("help: "), "{}", err(&found));
    assert_eq!(home.run(&["doctor"]).status.code(), Some(1));
    let told = failed(&home.run(&user), 5);
    assert!(told.contains("tail") || told.contains("head"), "{told}");
    // Beside a server it is found as well, and nobody is let in.
    let server = home.serve(&[]);
    assert_eq!(server.client().sign_in("ana@example.org", FIRST_PASSWORD).status, 503);
    assert_eq!(home.run(&["audit", "verify"]).status.code(), Some(5));
    server.client().get("/api/health/live").is(200);
    drop(server);
    // The whole of before is an older clinic, put in the place of a newer one: its own head agrees.
    copy(&kept, &clinic);
    assert!(home.verify().contains("ok, "));
    // Pages are authenticated: a file with a flipped byte in each of them does not open.
    let database = clinic.join("clinic.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes.iter_mut().skip(2000).step_by(4096).for_each(|byte| *byte ^= 0xff);
    std::fs::write(&database, &bytes).unwrap();
    let found = home.run(&["audit", "verify"]);
    assert!(matches!(found.status.code(), Some(1 | 5)), "{}{}", out(&found), err(&found));
    copy(&kept, &clinic);
    std::fs::write(clinic.join("head"), "").unwrap();
    assert_eq!(home.run(&["audit", "verify"]).status.code(), Some(5));
    std::fs::remove_file(clinic.join("head")).unwrap();
    assert_eq!(home.run(&["audit", "verify"]).status.code(), Some(5));
}

#[test]
fn a_clinic_of_another_installation_opens_with_no_key_but_its_own() {
    let (home, other) = (Home::with_clinic(), Home::with_clinic());
    std::fs::remove_dir_all(home.clinic_directory()).unwrap();
    copy(&other.clinic_directory(), &home.clinic_directory());
    failed(&home.run(&["audit", "verify"]), 5);
}

#[test]
fn a_demo_is_filled_once_and_made_again_when_asked() {
    let home = Home::new();
    let start = |words: &[&str]| Server::start(home.command(&[&["demo", "--port", "0"][..], words].concat()));
    let patients = |server: &Server| {
        let body = serde_json::json!({ "clinic": "demo", "email": "medica@demo", "password": "aroeira-demo-1" });
        let token = server.client().post("/api/sessions", &body).is(201).json()["token"].as_str().unwrap().to_owned();
        let doctor = server.client().with_token(&token);
        let total = |path: &str| doctor.get(path).is(200).json()["total"].as_u64().unwrap();
        let extra = serde_json::json!({ "name": "Mais Uma Pessoa" });
        let before = (total("/api/patients"), total("/api/medical-records"));
        doctor.post("/api/patients", &extra).is(201);
        before
    };
    let first = start(&[]);
    assert_eq!(patients(&first), (300, 3000));
    for (email, role) in [
        ("admin@demo", "ADMIN"),
        ("recepcao@demo", "RECEPTION"),
        ("paciente@demo", "PATIENT"),
        ("auditoria@demo", "AUDITOR"),
    ] {
        let body = serde_json::json!({ "clinic": "demo", "email": email, "password": "aroeira-demo-1" });
        assert_eq!(first.client().post("/api/sessions", &body).is(201).json()["role"], role);
    }
    failed(&home.run(&["demo", "--port", "0", "--fresh"]), 4);
    assert_eq!(first.terminate().0, Some(0));
    let second = start(&[]);
    assert_eq!(patients(&second), (301, 3000), "what was there is kept");
    assert_eq!(second.terminate().0, Some(0));
    let third = start(&["--fresh"]);
    assert_eq!(patients(&third), (300, 3000), "and made again when asked");
    assert_eq!(third.terminate().0, Some(0));
    assert!(done(&home.run(&["audit", "verify"])).contains("demo: ok, "));
}
