//! A live edge before a live demo: HAProxy, then nginx with the core rule set, then Aroeira. What clinics send goes through it;
//! what attackers send does not.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::super::{Rendered, call};
use super::edge::{Nginx, haproxy};
use super::scratch;
use crate::server::Server;

/// Ends a program when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// What a request asks, and the status that answers it.
struct Ask<'a> {
    words: &'a [&'a str],
    path: String,
    status: &'a str,
}

pub(crate) fn waf(all: &[Rendered]) -> Result<(), String> {
    let [nginx_port, tls_port, plain_port, watched_port] = free_ports()?;
    // The demo believes the nginx before it, as the rendered settings do.
    let server = Server::start_with(&[("AROEIRA_SERVER__TRUSTED_PROXIES", "127.0.0.1")])?;
    let token = server.sign_in("medica")?;
    let target = server.url.trim_start_matches("http://").to_owned();
    let one = all.iter().find(|one| one.preset == "local-provider" && one.target == "systemd");
    let one = one.ok_or("local-provider was not rendered to systemd")?;
    let first = |ending: &str| one.files(ending).into_iter().next().ok_or(format!("there is no {ending}"));
    let changes = [
        ("10.77.0.1:8101", target.clone()),
        ("listen 10.77.0.1:8081", format!("listen 127.0.0.1:{nginx_port}")),
        ("set_real_ip_from 10.77.0.1", "set_real_ip_from 127.0.0.1".to_owned()),
        ("http {", "daemon off;\nhttp {".to_owned()),
    ];
    let nginx = Nginx::copy(&first("nginx.conf")?, &scratch("waf-nginx")?, &changes)?;
    let _nginx = Running(nginx.command().spawn().map_err(|e| format!("nginx: {e}"))?);
    let changes = [
        ("10.77.0.1:8404", format!("127.0.0.1:{watched_port}")),
        ("10.77.0.1:8081", format!("127.0.0.1:{nginx_port}")),
        ("10.77.0.2:8081", format!("127.0.0.1:{nginx_port}")),
        ("maxconn 20000", "maxconn 200".to_owned()),
        ("bind :443", format!("bind 127.0.0.1:{tls_port}")),
        ("bind :80", format!("bind 127.0.0.1:{plain_port}")),
        ("    bind :::443 v6only ssl", "    # bind :::443 v6only ssl".to_owned()),
        ("    bind :::80 v6only", "    # bind :::80 v6only".to_owned()),
        ("    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n", String::new()),
        ("    stats socket /run/haproxy/admin.sock mode 600 level admin\n", String::new()),
    ];
    let copy = haproxy(&first("haproxy.cfg")?, &scratch("waf-haproxy")?, &changes)?;
    let mut balancer = Command::new("/usr/sbin/haproxy");
    balancer.args(["-db", "-f"]).arg(copy).stdout(Stdio::null());
    let _balancer = Running(balancer.spawn().map_err(|e| format!("haproxy: {e}"))?);
    let base = format!("https://127.0.0.1:{tls_port}");
    wait(&format!("{base}/api/health/ready"))?;
    ask_all(&base, &token)?;
    headers(&base)?;
    let redirect = curl(&["--head"], &format!("http://127.0.0.1:{plain_port}/login"))?;
    expect(redirect.starts_with("HTTP/1.1 308"), "plain http is sent on to https", &redirect)
}

fn ask_all(base: &str, token: &str) -> Result<(), String> {
    let bearer = format!("authorization: Bearer {token}");
    let bearer = bearer.as_str();
    let found = curl(&["--header", bearer], &format!("{base}/fhir/Patient?_count=1"))?;
    let found: serde_json::Value = serde_json::from_str(&found).map_err(|e| format!("no bundle: {e}: {found}"))?;
    let id = found["entry"][0]["resource"]["id"].as_str().ok_or("the demo has no patient")?;
    let note = format!(
        r#"{{"resourceType":"Observation","status":"final","subject":{{"reference":"Patient/{id}"}},
        "code":{{"text":"dor; select * from dual; <b>forte</b> rm -rf /"}}}}"#
    );
    let patch = r#"[{"op":"add","path":"/active","value":true}]"#;
    let (json, fhir) = ("content-type: application/json-patch+json", "content-type: application/fhir+json");
    let form = ["--header", bearer, "--data", "name=silva&_count=2"];
    let signed = ["--header", bearer];
    let patched = ["--header", bearer, "--header", json, "--request", "PATCH", "--data", patch];
    let posted = ["--header", bearer, "--header", fhir, "--data", &note];
    let path = |words: &[&'static str]| words.concat();
    let pass = |words, path, status| Ask { words, path, status };
    let asks = [
        pass(&[], path(&["/login"]), "200"),
        pass(&signed, format!("/fhir/Patient/{id}"), "200"),
        pass(&signed, format!("/fhir/Patient/{id}/_history/1"), "200"),
        pass(&signed, format!("/fhir/Patient/{id}/$everything"), "200"),
        pass(&patched, format!("/fhir/Patient/{id}"), "200"),
        pass(&posted, path(&["/fhir/Observation"]), "201"),
        pass(&form, path(&["/fhir/Patient/_search"]), "200"),
        pass(&signed, path(&["/fhir/Patient?name=D'%C3%81vila"]), "200"),
        pass(&signed, path(&["/fhir/Patient?identifier=https://saude.gov.br/fhir/sid/cpf%7C12345678909"]), "200"),
        pass(&signed, path(&["/fhir/Observation?code=http://loinc.org%7C8867-4&date=ge2020-01-01&_sort=-date"]), "200"),
        pass(
            &signed,
            path(&["/fhir/Patient?_filter=name%20co%20%22ana%22%20and%20birthdate%20ge%201980-01-01"]),
            "200",
        ),
        // Not for the outside, though the demo would tell whoever comes from here.
        pass(&[], path(&["/metrics"]), "404"),
        pass(&signed, path(&["/fhir/Patient?name=x'%20OR%20'1'='1'--%20-"]), "403"),
        pass(&signed, path(&["/records?q=1%20UNION%20SELECT%20password%20FROM%20users--"]), "403"),
        pass(&[], path(&["/login?next=../../../../etc/passwd"]), "403"),
        pass(&[], path(&["/assets/..%2f..%2f..%2fetc/passwd"]), "400"),
        pass(&[], path(&["/login?next=<script>alert(1)</script>"]), "403"),
        pass(&[], path(&["/login?next=${jndi:ldap://x/a}"]), "403"),
        pass(&["--user-agent", "sqlmap/1.8"], path(&["/login"]), "403"),
        pass(&["--header", "content-type: text/xml", "--data", "<a/>"], path(&["/fhir/Patient"]), "403"),
    ];
    for ask in asks {
        let words = [ask.words, &["--output", "/dev/null", "--write-out", "%{http_code}"]].concat();
        let status = curl(&words, &format!("{base}{}", ask.path))?;
        expect(status == ask.status, &format!("{} answers {}", ask.path, ask.status), &status)?;
    }
    Ok(())
}

/// The address that a browser made up is replaced, browsers are told to come by https, and only assets may be kept.
fn headers(base: &str) -> Result<(), String> {
    let page = curl(&["--include", "--header", "x-forwarded-for: 203.0.113.9"], &format!("{base}/login"))?;
    let lower = page.to_lowercase();
    expect(lower.contains("strict-transport-security: max-age="), "Aroeira knows of TLS at the edge", &page)?;
    expect(lower.contains("cache-control: no-store"), "a page is never kept", &page)?;
    let asset = page.split('"').find(|text| text.starts_with("/assets/") && text.ends_with(".css"));
    let asset = asset.ok_or("the page has no style sheet")?;
    let asset = curl(&["--head"], &format!("{base}{asset}"))?.to_lowercase();
    expect(asset.contains("immutable"), "an asset may be kept for ever", &asset)
}

fn curl(words: &[&str], url: &str) -> Result<String, String> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--insecure", "--globoff", "--path-as-is", "--max-time", "20"]);
    let said = curl.args(words).arg(url).output().map_err(|e| format!("curl: {e}"))?;
    if !said.status.success() {
        return Err(format!("{url}: {}", String::from_utf8_lossy(&said.stderr)));
    }
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}

fn expect(is: bool, what: &str, said: &str) -> Result<(), String> {
    if is { Ok(()) } else { Err(format!("not so: {what}; but {said}")) }
}

/// Until HAProxy has seen, through nginx, that Aroeira serves.
fn wait(url: &str) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        if call(Command::new("curl").args(["--silent", "--insecure", "--fail", "--output", "/dev/null", url])).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Err(format!("{url} does not answer"))
}

fn free_ports() -> Result<[u16; 4], String> {
    let listeners: Vec<TcpListener> =
        (0..4).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    let mut ports = [0; 4];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr().map_err(|e| e.to_string())?.port();
    }
    Ok(ports)
}
