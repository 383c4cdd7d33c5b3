//! Hosts, hardened: who may come in, how administrators do, what is updated by itself and what is written down.

use askama::Template;

use super::own::{self, Machines, Why};
use super::scene::Scene;
use super::{Files, Problem};

/// What differs between hosts.
pub(super) struct Host<'a> {
    pub(super) containers: bool,
    pub(super) edge: bool,
    /// Of several machines: how this one speaks to the others.
    pub(super) mesh: Option<Mesh<'a>>,
}

/// A machine among others.
pub(super) struct Mesh<'a> {
    pub(super) machines: &'a Machines<'a>,
    pub(super) address: &'a str,
    /// Ports of Aroeira's processes.
    pub(super) aroeira: Vec<String>,
    /// A container here reads metrics.
    pub(super) watches: bool,
    /// The blackbox exporter runs here.
    pub(super) probes: bool,
    /// Machines that read metrics.
    pub(super) watchers: Vec<&'a str>,
}

macro_rules! file {
    ($name:ident, $path:literal) => {
        #[derive(Template)]
        #[template(path = $path, escape = "none")]
        struct $name<'a> {
            scene: &'a Scene<'a>,
        }
    };
}
file!(Sshd, "host/sshd.conf");
file!(Sysctl, "host/sysctl.conf");
file!(Upgrades, "host/upgrades.conf");
file!(Audit, "host/audit.rules");

#[derive(Template)]
#[template(path = "host/journald.conf", escape = "none")]
struct Journald;

#[derive(Template)]
#[template(path = "host/nftables.conf", escape = "none")]
struct Nftables<'a> {
    scene: &'a Scene<'a>,
    host: &'a Host<'a>,
    vpn: bool,
    machines: Vec<&'a str>,
    edges: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "host/wg-admin.conf", escape = "none")]
struct Administrators<'a> {
    scene: &'a Scene<'a>,
    address: String,
}

#[derive(Template)]
#[template(path = "host/wg-nodes.conf", escape = "none")]
struct Nodes<'a> {
    scene: &'a Scene<'a>,
    address: &'a str,
    peers: Vec<(&'a str, &'a str)>,
}

/// What every host has, and then what is its own. `folder` stands for `/`.
pub(super) fn put(files: &mut Files, scene: &Scene<'_>, folder: &str, host: &Host<'_>) -> Result<(), Problem> {
    put_common(files, scene, folder)?;
    put_own(files, scene, folder, host)
}

/// What is the same on all of them.
pub(super) fn put_common(files: &mut Files, scene: &Scene<'_>, folder: &str) -> Result<(), Problem> {
    files.put(format!("{folder}/etc/ssh/sshd_config.d/10-aroeira.conf"), Sshd { scene }.render()?);
    files.put(format!("{folder}/etc/sysctl.d/90-aroeira.conf"), Sysctl { scene }.render()?);
    files.put(format!("{folder}/etc/systemd/journald.conf.d/10-aroeira.conf"), Journald.render()?);
    files.put(format!("{folder}/etc/apt/apt.conf.d/52aroeira-upgrades"), Upgrades { scene }.render()?);
    files.put(format!("{folder}/etc/sysusers.d/aroeira-admin.conf"), "g aroeira-admin - -\n".to_owned());
    files.put(format!("{folder}/etc/audit/rules.d/50-aroeira.rules"), Audit { scene }.render()?);
    Ok(())
}

/// Who may come in.
pub(super) fn put_own(files: &mut Files, scene: &Scene<'_>, folder: &str, host: &Host<'_>) -> Result<(), Problem> {
    let mesh = host.mesh.as_ref();
    let vpn = own::has_vpn(scene.spec);
    let addresses = |edge: bool| -> Vec<&str> {
        let all = mesh.into_iter().flat_map(|mesh| &mesh.machines.all);
        all.filter(|one| one.edge || !edge).map(|one| one.address.as_str()).collect()
    };
    let nftables = Nftables { scene, host, vpn, machines: addresses(false), edges: addresses(true) };
    files.put(format!("{folder}/etc/nftables.conf"), nftables.render()?);
    if vpn {
        let address = mesh.map_or("10.78.0.1".to_owned(), |mesh| mesh.address.replacen("10.77.", "10.78.", 1));
        files.put(format!("{folder}/etc/wireguard/wg-admin.conf"), Administrators { scene, address }.render()?);
    }
    if let Some(mesh) = mesh {
        let others = mesh.machines.all.iter().filter(|one| one.address != mesh.address);
        let peers = others.map(|one| (one.name, one.address.as_str())).collect();
        let nodes = Nodes { scene, address: mesh.address, peers };
        files.put(format!("{folder}/etc/wireguard/wg-nodes.conf"), nodes.render()?);
    }
    Ok(())
}

/// What the plan asks for and nothing is written for, in words.
pub(super) fn left(scene: &Scene<'_>, machines: &Machines<'_>) -> Vec<String> {
    let words = |why: Why| match why {
        Why::Sealed => scene.say(
            "uma clínica tem um só processo, que é dono dos arquivos dela; uma segunda réplica vem com o PostgreSQL",
            "a clinic has one process, which owns its files; a second replica comes with PostgreSQL",
        ),
        Why::Cluster => scene.say(
            "só a primeira cópia: as outras precisam de quem diga qual delas manda, e isso nada aqui faz",
            "the first copy alone: the others need somebody to say which of them leads, and nothing here does",
        ),
        Why::Image => {
            scene.say("não tem imagem: é comprado como serviço", "it has no image: it is bought as a service")
        }
    };
    machines.left.iter().map(|one| format!("`{}`: {}", one.workload, words(one.why))).collect()
}
