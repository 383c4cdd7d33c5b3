//! What only the installation itself knows: names, addresses, accounts, keys that are public. They stand where placeholders would.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What only the installation knows, in place of the placeholders of what is rendered (`example.org`, `000000000000`). Whatever is
/// not said stays a placeholder. No secret belongs here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Installation {
    /// What runs the fleet, where the rest of the spec leaves that open.
    pub platform: Option<RunBy>,
    /// Where names of clinics live: `clinica.com.br`.
    pub domain: Option<String>,
    /// Whom the issuer of certificates writes to.
    pub acme_email: Option<String>,
    /// The provider's own repository, as Argo CD fetches it: `https://…` or `git@host:path`.
    pub git_repository: Option<String>,
    /// Where Aroeira's image lies, without tag: `ghcr.io/provider/aroeira`.
    pub registry: Option<String>,
    /// Address of Vault, or of Azure's Key Vault: `https://vault.provider.com.br:8200`.
    pub vault: Option<String>,
    /// Account that may read secrets: a role's ARN, an account of Google Cloud, a client's id of Azure.
    pub secrets_role: Option<String>,
    /// Account that copies of databases are written by, in the same way.
    pub backup_role: Option<String>,
    /// Account that the collector writes logs by, where they go to CloudWatch.
    pub logs_role: Option<String>,
    /// Account that Grafana reads them by.
    pub logs_reader_role: Option<String>,
    /// Where copies of databases are written to: objects (S3) outside of own racks, `https://copias.provider.com.br`, or the
    /// container of an account of Azure.
    pub backup_store: Option<String>,
    /// Bucket of those copies, as `terraform output` names it; not at Azure.
    pub backup_bucket: Option<String>,
    /// Google Cloud's project with the secrets.
    pub cloud_project: Option<String>,
    /// Azure's subscription with the zone of names.
    pub cloud_subscription: Option<String>,
    /// Addresses of pods: `10.244.0.0/16`.
    pub cidr_pods: Option<String>,
    /// Addresses of what is bought, and of the cluster's own interface: `10.0.0.0/8`.
    pub cidr_private: Option<String>,
    /// Driver (CSI) of the shared storage of own racks.
    pub storage_driver: Option<String>,
    /// Server that alerts are mailed by: `smtp.provider.com.br:587`.
    pub mail_server: Option<String>,
    /// Whom alerts come from, who also signs in there.
    pub mail_from: Option<String>,
    /// Public WireGuard keys of administrators.
    pub administrators: Vec<String>,
    /// Whoever is on call.
    pub page: Told,
    /// Those responsible, when nobody answers.
    pub escalation: Told,
    /// Who works through what can wait.
    pub ticket: Told,
    /// The data protection officer.
    pub privacy: Told,
    /// Of each service that is bought, by the spec's id: its host.
    pub services: BTreeMap<String, String>,
    /// Of each own machine, by its name in the plan: how the others reach it.
    pub machines: BTreeMap<String, Peer>,
}

/// What runs a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunBy {
    /// Docker Compose, on the one machine.
    Compose,
    /// systemd, on own machines.
    Systemd,
    /// A cluster.
    Kubernetes,
}

impl Installation {
    /// The port that copies of databases go to: of objects outside of own racks, where their address says one.
    pub(crate) fn backup_port(&self) -> u16 {
        self.backup_store.as_deref().and_then(port).unwrap_or(443)
    }

    /// The port that alerts are mailed through.
    pub(crate) fn mail_port(&self) -> u16 {
        self.mail_server.as_deref().and_then(port).unwrap_or(587)
    }
}

/// The port of `host:port`, or of `https://host:port/path`.
fn port(place: &str) -> Option<u16> {
    let host = place.strip_prefix("https://").unwrap_or(place).split('/').next()?;
    host.rsplit_once(':')?.1.parse().ok()
}

/// Who is told of alerts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Told {
    /// An address.
    pub email: Option<String>,
    /// A channel of Slack, without `#`.
    pub channel: Option<String>,
}

/// A machine, as others reach it over WireGuard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Of its network of machines (`wg pubkey`).
    pub public_key: String,
    /// Name or address, without port.
    pub endpoint: String,
}

/// What a value has to look like. What stands in YAML, HCL, nginx and shell has only letters that mean nothing there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Domain,
    Email,
    Address,
    Repository,
    Registry,
    Account,
    Project,
    Network,
    HostAndPort,
    Channel,
    Key,
    Host,
}

impl Shape {
    /// An example of it.
    pub(super) fn example(self) -> &'static str {
        match self {
            Shape::Domain => "clinica.com.br",
            Shape::Email => "certificados@clinica.com.br",
            Shape::Address => "https://vault.clinica.com.br:8200",
            Shape::Repository => "https://github.com/clinica/frota.git",
            Shape::Registry => "ghcr.io/clinica/aroeira",
            Shape::Account => "arn:aws:iam::123456789012:role/secrets",
            Shape::Project => "clinica-producao",
            Shape::Network => "10.244.0.0/16",
            Shape::HostAndPort => "smtp.clinica.com.br:587",
            Shape::Channel => "plantao",
            Shape::Key => "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
            Shape::Host => "203.0.113.7",
        }
    }

    fn fits(self, text: &str) -> bool {
        match self {
            Shape::Domain => is_domain(text),
            Shape::Email => text
                .split_once('@')
                .is_some_and(|(name, host)| only(name, 64, "._+-") && !name.starts_with('-') && is_domain(host)),
            Shape::Address => text.strip_prefix("https://").is_some_and(is_place),
            Shape::Repository => {
                let by_ssh = || text.strip_prefix("ssh://git@").is_some_and(is_place);
                let short = || text.strip_prefix("git@").and_then(|rest| rest.split_once(':'));
                Shape::Address.fits(text)
                    || by_ssh()
                    || short().is_some_and(|(host, path)| is_domain(host) && is_path(path))
            }
            Shape::Registry => {
                let lower = text.bytes().all(|b| !b.is_ascii_uppercase());
                lower && text.contains('/') && is_place(text) && !text.ends_with('/')
            }
            Shape::Account => only(text, 200, ":/_@.+=-") && text.starts_with(|c: char| c.is_ascii_alphanumeric()),
            Shape::Project => super::is_name(text),
            Shape::Network => text.split_once('/').is_some_and(|(address, bits)| {
                let most = address.parse().map(|address| if matches!(address, IpAddr::V4(_)) { 32 } else { 128 });
                most.is_ok_and(|most| bits.parse::<u8>().is_ok_and(|bits| bits <= most) && !bits.starts_with('+'))
            }),
            Shape::HostAndPort => is_host_and_port(text),
            Shape::Channel => only(text, 80, "_-") && text.bytes().all(|b| !b.is_ascii_uppercase()),
            Shape::Key => text.len() == 44 && text.ends_with('=') && only(&text[..43], 43, "+/"),
            Shape::Host => text.parse::<std::net::Ipv4Addr>().is_ok() || is_domain(text),
        }
    }
}

/// Letters and digits of ASCII, and these.
fn only(text: &str, most: usize, others: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || others.as_bytes().contains(&b);
    !text.is_empty() && text.len() <= most && text.bytes().all(fits)
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| only(label, 63, "-") && !label.starts_with('-') && !label.ends_with('-');
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_host_and_port(text: &str) -> bool {
    text.split_once(':').is_some_and(|(host, port)| is_domain(host) && is_port(port))
}

fn is_path(text: &str) -> bool {
    only(text, 200, "/._~-") && !text.starts_with(['/', '-']) && !text.split('/').any(|part| part == "..")
}

/// A host, perhaps with a port and a path.
fn is_place(text: &str) -> bool {
    let (host, path) = text.split_once('/').unwrap_or((text, ""));
    (is_domain(host) || is_host_and_port(host)) && (path.is_empty() || is_path(path))
}

impl Installation {
    /// Every value, with its path below `installation` and what it has to look like.
    fn values(&self) -> Vec<(String, &str, Shape)> {
        let mut values: Vec<(String, &str, Shape)> = [
            ("domain", &self.domain, Shape::Domain),
            ("acme_email", &self.acme_email, Shape::Email),
            ("git_repository", &self.git_repository, Shape::Repository),
            ("registry", &self.registry, Shape::Registry),
            ("vault", &self.vault, Shape::Address),
            ("secrets_role", &self.secrets_role, Shape::Account),
            ("backup_role", &self.backup_role, Shape::Account),
            ("logs_role", &self.logs_role, Shape::Account),
            ("logs_reader_role", &self.logs_reader_role, Shape::Account),
            ("backup_store", &self.backup_store, Shape::Address),
            ("backup_bucket", &self.backup_bucket, Shape::Project),
            ("cloud_project", &self.cloud_project, Shape::Project),
            ("cloud_subscription", &self.cloud_subscription, Shape::Account),
            ("cidr_pods", &self.cidr_pods, Shape::Network),
            ("cidr_private", &self.cidr_private, Shape::Network),
            ("storage_driver", &self.storage_driver, Shape::Domain),
            ("mail_server", &self.mail_server, Shape::HostAndPort),
            ("mail_from", &self.mail_from, Shape::Email),
        ]
        .into_iter()
        .filter_map(|(key, value, shape)| Some((key.to_owned(), value.as_deref()?, shape)))
        .collect();
        for (key, told) in self.told() {
            let email = told.email.as_deref().map(|one| (format!("{key}.email"), one, Shape::Email));
            let channel = told.channel.as_deref().map(|one| (format!("{key}.channel"), one, Shape::Channel));
            values.extend(email.into_iter().chain(channel));
        }
        values.extend(self.services.iter().map(|(id, host)| (format!("services.{id}"), host.as_str(), Shape::Domain)));
        let administrators = self.administrators.iter().enumerate();
        values.extend(administrators.map(|(at, key)| (format!("administrators[{at}]"), key.as_str(), Shape::Key)));
        for (name, peer) in &self.machines {
            values.push((format!("machines.{name}.public_key"), &peer.public_key, Shape::Key));
            values.push((format!("machines.{name}.endpoint"), &peer.endpoint, Shape::Host));
        }
        values
    }

    /// Values that are not what they have to be.
    pub(super) fn misshapen(&self) -> impl Iterator<Item = (String, &str, Shape)> {
        self.values().into_iter().filter(|(_, value, shape)| !shape.fits(value))
    }

    fn told(&self) -> [(&'static str, &Told); 4] {
        [("page", &self.page), ("escalation", &self.escalation), ("ticket", &self.ticket), ("privacy", &self.privacy)]
    }

    /// Who is told, by the name of Alertmanager's receiver.
    pub(crate) fn receiver(&self, name: &str) -> Option<&Told> {
        self.told().into_iter().find(|(key, _)| *key == name).map(|(_, told)| told)
    }
}
