//! The edge before own machines: nginx with the OWASP core rule set, and HAProxy before it where there is more than one.

use askama::Template;

use super::scene::Scene;
use super::{Files, Problem, filters};

/// Who serves a host name.
pub(super) struct Upstream {
    /// A label of a host name.
    pub(super) name: String,
    /// Addresses with their ports.
    pub(super) servers: Vec<String>,
}

/// A machine that people's browsers reach.
pub(super) struct EdgeHost {
    pub(super) name: String,
    pub(super) address: String,
}

/// What differs between a container and a host.
pub(super) struct Edge<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) container: bool,
    /// It speaks TLS itself: no HAProxy is before it.
    pub(super) tls: bool,
    /// Ports that it listens on: of http alone where it speaks TLS, and the other. With an address where it is not for all.
    pub(super) plain: &'a str,
    pub(super) secure: &'a str,
    pub(super) upstreams: &'a [Upstream],
    pub(super) served: &'a str,
    pub(super) ready: &'a str,
    pub(super) edges: &'a [EdgeHost],
}

#[derive(Template)]
#[template(path = "edge/nginx.conf", escape = "none")]
struct Nginx<'a> {
    scene: &'a Scene<'a>,
    container: bool,
    tls: bool,
    plain: &'a str,
    secure: &'a str,
    upstreams: &'a [Upstream],
    balancers: Vec<&'a str>,
    aroeira: bool,
    target: String,
    directory: &'static str,
    temporary: &'static str,
    pid: &'static str,
    error_log: &'static str,
    access_log: &'static str,
}

#[derive(Template)]
#[template(path = "edge/modsecurity.conf", escape = "none")]
struct Modsecurity<'a> {
    scene: &'a Scene<'a>,
    wordpress: bool,
    temporary: &'static str,
    audit_log: &'static str,
}

#[derive(Template)]
#[template(path = "edge/proxy.conf", escape = "none")]
struct Proxy<'a> {
    scene: &'a Scene<'a>,
}

#[derive(Template)]
#[template(path = "edge/haproxy.cfg", escape = "none")]
struct Haproxy<'a> {
    scene: &'a Scene<'a>,
    address: &'a str,
    upstreams: &'a [Upstream],
    ready: &'a str,
    edges: &'a [EdgeHost],
    cdn: bool,
}

#[derive(Template)]
#[template(path = "edge/cloudflare.json", escape = "none")]
struct CacheRules<'a> {
    scene: &'a Scene<'a>,
    assets: &'a str,
}

#[derive(Template)]
#[template(path = "edge/hosts.map", escape = "none")]
struct Hosts<'a> {
    scene: &'a Scene<'a>,
    upstreams: &'a [Upstream],
}

/// Where the edge's files are, on a host and in a container.
const DIRECTORY: &str = "/etc/nginx/edge";

impl Edge<'_> {
    /// nginx and its rules, below a folder that stands for `/etc/nginx`.
    pub(super) fn put_nginx(&self, files: &mut Files, folder: &str) -> Result<(), Problem> {
        let (temporary, pid) =
            if self.container { ("/tmp", "/tmp/nginx.pid") } else { ("/var/lib/nginx", "/run/nginx.pid") };
        let logs = |file: &'static str| if self.container { "/dev/stdout" } else { file };
        let target = match self.upstreams {
            [only] => format!("http://{}", only.name),
            _ => "http://$aroeira".to_owned(),
        };
        let nginx = Nginx {
            scene: self.scene,
            container: self.container,
            tls: self.tls,
            plain: self.plain,
            secure: self.secure,
            upstreams: self.upstreams,
            balancers: self.edges.iter().map(|one| one.address.as_str()).collect(),
            aroeira: self.served == "aroeira",
            target,
            directory: DIRECTORY,
            temporary,
            pid,
            error_log: if self.container { "stderr" } else { "/var/log/nginx/error.log" },
            access_log: logs("/var/log/nginx/access.log"),
        };
        files.put(format!("{folder}/nginx.conf"), nginx.render()?);
        let rules = Modsecurity {
            scene: self.scene,
            wordpress: self.served == "wordpress",
            temporary,
            audit_log: logs("/var/log/nginx/modsecurity.log"),
        };
        files.put(format!("{folder}/edge/modsecurity.conf"), rules.render()?);
        files.put(format!("{folder}/edge/proxy.conf"), Proxy { scene: self.scene }.render()?);
        Ok(())
    }

    /// HAProxy of the machine with this address, below a folder that stands for `/etc/haproxy`.
    pub(super) fn put_haproxy(&self, files: &mut Files, folder: &str, address: &str) -> Result<(), Problem> {
        let Self { scene, upstreams, ready, edges, .. } = *self;
        let cdn = has_cloudflare(scene);
        if cdn {
            files.put(format!("{folder}/cloudflare.lst"), CLOUDFLARE.to_owned());
        }
        files.put(format!("{folder}/haproxy.cfg"), Haproxy { scene, address, upstreams, ready, edges, cdn }.render()?);
        if upstreams.len() > 1 {
            files.put(format!("{folder}/hosts.map"), Hosts { scene, upstreams }.render()?);
        }
        Ok(())
    }
}

/// Path by which what people reach says that it serves.
pub(super) fn ready<'a>(scene: &Scene<'a>) -> &'a str {
    let served = scene.apps.iter().find(|app| scene.served() == Some(app.entry.id.as_str()));
    served.and_then(|app| app.entry.probes.ready.as_deref()).unwrap_or("/")
}

/// Who serves which host name: each of Aroeira's processes by its own, and replicas of anything else together.
pub(super) fn upstreams(scene: &Scene<'_>, served: Vec<(String, String)>) -> Vec<Upstream> {
    if scene.served() == Some("aroeira") {
        return served.into_iter().map(|(name, server)| Upstream { name, servers: vec![server] }).collect();
    }
    let servers: Vec<String> = served.into_iter().map(|(_, server)| server).collect();
    let name = scene.served().unwrap_or_default().to_owned();
    if servers.is_empty() { Vec::new() } else { vec![Upstream { name, servers }] }
}

/// The networks that Cloudflare says are its own.
const CLOUDFLARE: &str = include_str!("../../templates/edge/cloudflare.lst");

/// A CDN stands before own machines: of the price books only Cloudflare does.
fn has_cloudflare(scene: &Scene<'_>) -> bool {
    scene.spec.services.iter().any(|one| one.item == "brazil.edge.cloud")
}

/// What Cloudflare may keep, as its API for rule sets reads it; nothing where the spec has no CDN.
pub(super) fn put_cache_rules(files: &mut Files, scene: &Scene<'_>) -> Result<(), Problem> {
    if has_cloudflare(scene) {
        let assets = if scene.served() == Some("wordpress") { "wp-includes" } else { "assets" };
        files.put("cloudflare/cache-rules.json", CacheRules { scene, assets }.render()?);
    }
    Ok(())
}
