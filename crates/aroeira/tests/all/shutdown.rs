//! How a server ends and comes back: no request cut, sessions kept; and how it speaks TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

use crate::harness::{Answer, CLINIC, Client, GENEROUS, Home, PASSWORD, Request, Server, Who, World, record};

#[test]
fn an_end_cuts_no_request() {
    let mut world = World::new();
    let doctor = world.doctor();
    // Requests of which the server has the head and half of the body.
    let begun: Vec<_> = (0..5)
        .map(|n| {
            let request =
                doctor.request("POST", "/api/medical-records").json(&record(&world.patient, &format!("Lento {n}")));
            let bytes = request.bytes();
            let mut stream = TcpStream::connect(doctor.address).unwrap();
            stream.write_all(&bytes[..bytes.len() / 2]).unwrap();
            stream.flush().unwrap();
            (stream, bytes)
        })
        .collect();
    // One that is answered after them: theirs have arrived.
    doctor.get("/api/me").is(200);
    let asked = Instant::now();
    world.server.ask_to_end();
    world.server.wait_for_log("ending");
    let ids: Vec<String> = begun
        .into_iter()
        .map(|(mut stream, bytes)| {
            stream.write_all(&bytes[bytes.len() / 2..]).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
            let id = answer.split("\"id\":\"").nth(1).unwrap();
            id.split('"').next().unwrap().to_owned()
        })
        .collect();
    world.server.wait();
    // The bound of the contract, not a measurement.
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    let server = world.home.serve(&GENEROUS);
    world.again(server);
    for id in ids {
        world.doctor().get(&format!("/api/medical-records/{id}")).is(200);
    }
    assert!(world.home.verify().contains("ok, "));
}

#[test]
fn a_client_that_never_ends_does_not_hold_the_server() {
    let world = World::new();
    let doctor = world.doctor();
    let bytes = doctor.request("POST", "/api/medical-records").json(&record(&world.patient, "Nunca")).bytes();
    let mut stream = TcpStream::connect(doctor.address).unwrap();
    stream.write_all(&bytes[..bytes.len() - 10]).unwrap();
    let idle = TcpStream::connect(doctor.address).unwrap();
    doctor.get("/api/me").is(200);
    let asked = Instant::now();
    world.server.ask_to_end();
    let World { server, home, .. } = world;
    assert_eq!(server.ended().0, Some(0));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    drop((stream, idle));
    assert!(home.verify().contains("ok, "));
}

#[test]
fn sessions_outlive_a_restart_and_a_kill() {
    let mut world = World::new();
    world.server.end();
    let server = world.home.serve(&GENEROUS);
    world.again(server);
    for who in [Who::Admin, Who::Doctor, Who::Nurse, Who::Reception, Who::Patient, Who::Auditor] {
        world.client(who).get("/api/me").is(200);
    }
    let fresh = world.client(Who::Nobody).signed_in("nurse@example.org", PASSWORD);
    let ended = world.client(Who::Nobody).signed_in("nurse@example.org", PASSWORD);
    ended.request("DELETE", "/api/sessions/current").send().is(204);
    let kill = std::process::Command::new("kill").args(["-KILL", &world.server.pid().to_string()]).status().unwrap();
    assert!(kill.success());
    let server = world.home.serve(&GENEROUS);
    world.again(server);
    world.client(Who::Doctor).get("/api/me").is(200);
    let here = |client: &Client| Client { address: world.server.address, token: client.token.clone() };
    here(&fresh).get("/api/me").is(200);
    here(&ended).get("/api/me").is(401);
}

/// TLS from certificate files.
struct Tls {
    address: std::net::SocketAddr,
    config: Arc<rustls::ClientConfig>,
}

impl Tls {
    fn new(server: &Server, certificate: &Path) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { address: server.address, config: Arc::new(config) }
    }

    fn send(&self, request: Request) -> Answer {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = rustls::ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        let stream = rustls::StreamOwned::new(connection, TcpStream::connect(self.address).unwrap());
        request.try_over(stream).unwrap()
    }
}

/// A certificate of `localhost` and its key.
fn certified(home: &Home) -> (std::path::PathBuf, std::path::PathBuf) {
    let (certificate, key) = (home.directory.path().join("cert.pem"), home.directory.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

#[test]
fn the_status_of_a_fleet_holds_certificates_to_the_authorities_it_is_given() {
    let home = Home::with_clinic();
    let (certificate, key) = certified(&home);
    let server = home.serve(&[
        ("AROEIRA_SERVER__TLS_CERTIFICATE", certificate.to_str().unwrap()),
        ("AROEIRA_SERVER__TLS_KEY", key.to_str().unwrap()),
    ]);
    let spec = home.directory.path().join("fleet.toml");
    let spec = spec.to_str().unwrap();
    let program = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aroeira"));
        command.args(["fleet"]).args(words).output().unwrap()
    };
    assert!(program(&["init", "--from", "garage", "--out", spec]).status.success());
    let url = format!("https://localhost:{}", server.address.port());
    let ask = |url: &str, more: &[&str]| program(&[&["status", spec, "--json", "--server", url], more].concat());
    let authority = ["--ca", certificate.to_str().unwrap()];

    let seen = ask(&url, &authority);
    let told: serde_json::Value = serde_json::from_slice(&seen.stdout).unwrap_or_else(|_| panic!("{seen:?}"));
    let replica = &told["workloads"][0]["replicas"][0];
    assert!(replica["up"] == true && replica["ready"] == true, "{told:#}");

    // Nobody vouches for it, or it is not the one that was asked for: nothing is believed of it.
    for (url, more) in [(url.as_str(), &[][..]), (&url.replace("localhost", "127.0.0.1"), &authority)] {
        let refused = ask(url, more);
        let why = crate::harness::err(&refused);
        assert!(refused.status.code() == Some(1) && why.contains("certificate") && why.contains("help: "), "{why}");
    }
}

#[test]
fn tls_comes_from_files_and_plain_http_is_sent_on() {
    let home = Home::with_clinic();
    let (certificate, key) = certified(&home);
    // A port for the redirect that was free a moment ago.
    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = home.serve(&[
        ("AROEIRA_SERVER__TLS_CERTIFICATE", certificate.to_str().unwrap()),
        ("AROEIRA_SERVER__TLS_KEY", key.to_str().unwrap()),
        ("AROEIRA_SERVER__REDIRECT_FROM", &plain.to_string()),
    ]);
    let tls = Tls::new(&server, &certificate);
    let nobody = server.client();
    let page = tls.send(nobody.request("GET", "/login")).is(200);
    assert_eq!(page.header("strict-transport-security"), Some("max-age=15552000"));
    let health = tls.send(nobody.request("GET", "/api/health/ready")).is(200);
    assert_eq!(health.header("strict-transport-security"), Some("max-age=15552000"));

    // Its certificate ends where rcgen lets it end: in the year 4096.
    let metrics = tls.send(nobody.request("GET", "/metrics")).is(200).text();
    assert!(metrics.contains("\naroeira_certificate_end_seconds 67090"), "{metrics}");

    let form = [("clinic", CLINIC), ("email", "ana@example.org"), ("password", crate::harness::FIRST_PASSWORD)];
    let signed = tls.send(nobody.request("POST", "/login").form(&form)).is(303);
    let cookie = signed.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-aroeira_session=") && cookie.contains("; Secure") && cookie.contains("HttpOnly"),
        "{cookie}"
    );

    let plain = Client { address: plain, token: None };
    let sent_on = plain.request("GET", "/patients?x=1").header("Host", "localhost:80").send().is(308);
    let https = format!("https://localhost:{}/patients?x=1", server.address.port());
    assert_eq!(sent_on.header("location"), Some(https.as_str()));
    // Plain words on the TLS port get no answer of ours.
    assert!(nobody.request("GET", "/api/health/live").try_send().map_or(true, |answer| answer.status >= 400));
    assert_eq!(server.terminate().0, Some(0));

    // Files that do not go together are told before anybody waits for a page.
    std::fs::write(&key, "x").unwrap();
    let mut command = home.command(&["serve"]);
    command.env("AROEIRA_SERVER__LISTEN", "127.0.0.1:0");
    command.env("AROEIRA_SERVER__TLS_CERTIFICATE", &certificate).env("AROEIRA_SERVER__TLS_KEY", &key);
    let told = command.output().unwrap();
    assert_ne!(told.status.code(), Some(0));
    let told = crate::harness::err(&told);
    assert!(told.contains("key.pem") && told.contains("help: "), "{told}");
}
