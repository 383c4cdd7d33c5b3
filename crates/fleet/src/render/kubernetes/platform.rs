//! What all the rest stands on: classes of disks, certificates, cards; and the page that says what to fill in.

use askama::Template;

use super::cards::Division;
use super::disks::Disk;
use super::{Kube, Part, Readme, Sheet, cards, clinics, collector, copies, data, disks};
use crate::catalogue::by_operator;
use crate::render::scene::App;
use crate::render::{Problem, filters, grafana};
use crate::spec::{Channel, Logs};
use crate::spec::{Edge, Site};

#[derive(Template)]
#[template(path = "kubernetes/storage-classes.yaml", escape = "none")]
struct Disks<'a> {
    k: &'a Kube<'a>,
    disks: Vec<Disk>,
}

#[derive(Template)]
#[template(path = "kubernetes/issuer.yaml", escape = "none")]
struct Issuer<'a> {
    k: &'a Kube<'a>,
    server: String,
    email: String,
    /// The cloud's DNS, where its balancer stands before the cluster.
    zone: Option<String>,
}

#[derive(Template)]
#[template(path = "kubernetes/cards.yaml", escape = "none")]
struct Cards<'a> {
    k: &'a Kube<'a>,
    divisions: Vec<Division>,
}

/// What stands for a subscription of Azure until somebody says which.
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

pub(super) fn sheets(k: &Kube<'_>) -> Result<Vec<Sheet>, Problem> {
    let mut sheets = Vec::new();
    let mut put = |name: &str, text| sheets.push(Sheet { part: Part::Platform, name: name.to_owned(), text });
    let disks = disks::all(k);
    if !disks.is_empty() {
        put("storage-classes", Disks { k, disks }.render()?);
    }
    let server = k.slots.put(&["certificates", "server"], "https://acme-v02.api.letsencrypt.org/directory");
    let email = k.scene.filled(|to| to.acme_email.as_deref(), "certificados@example.org");
    let email = k.slots.put(&["certificates", "email"], email);
    put("issuer", Issuer { k, server, email, zone: k.zone() }.render()?);
    let mut divisions: Vec<Division> = cards::nodes(k).into_iter().filter_map(|one| one.division).collect();
    divisions.sort_unstable();
    divisions.dedup_by_key(|one| one.config());
    if !divisions.is_empty() {
        put("cards", Cards { k, divisions }.render()?);
    }
    if let Some(text) = copies::volumes(k)? {
        put("copies", text);
    }
    Ok(sheets)
}

impl Kube<'_> {
    /// How a certificate is proven by the cloud's DNS.
    fn zone(&self) -> Option<String> {
        let (provider, region) = disks::cloud(self)?;
        let edge = |site: &Site| site.addresses.as_ref().is_some_and(|one| one.edge == Edge::Cloud);
        if !self.scene.spec.sites.iter().any(edge) {
            return None;
        }
        let put = |key: &str, value: &str| self.slots.put(&["certificates", key], value);
        let domain = self.domain();
        Some(match provider {
            "gcp" => {
                let project = self.scene.filled(|to| to.cloud_project.as_deref(), "project-000000");
                format!("          cloudDNS:\n            project: \"{}\"", put("project", project))
            }
            "azure" => format!(
                "          azureDNS:\n            hostedZoneName: \"{domain}\"\n            resourceGroupName: \"{}\"\n            \
                 subscriptionID: \"{}\"",
                put("resourceGroup", "dns"),
                put("subscription", self.scene.filled(|to| to.cloud_subscription.as_deref(), SUBSCRIPTION)),
            ),
            _ => format!("          route53:\n            region: \"{}\"", put("region", region)),
        })
    }

    /// Where objects lie, the copies among them.
    pub(super) fn objects(&self) -> String {
        self.slots.put(&["network", "objects"], "0.0.0.0/0")
    }

    /// Secrets of the fleet by their key, with what is in each.
    pub(in crate::render) fn secret_keys(&self) -> Vec<(String, String)> {
        secrets(self)
    }

    /// Whether a card is shared.
    pub(in crate::render) fn has_cards(&self) -> bool {
        cards::nodes(self).iter().any(|one| one.division.is_some())
    }

    pub(in crate::render) fn readme(&self, chart: bool) -> Result<String, Problem> {
        let bought = self.scene.spec.services.iter().filter(|one| one.provides.is_some());
        let bought = bought.map(|one| format!("`{}` ({})", one.id, one.provides.as_deref().unwrap_or_default()));
        Ok(Readme {
            k: self,
            chart,
            labels: labels(self),
            secrets: secrets(self),
            operators: operators(self),
            bought: bought.collect(),
            named: !data::bought(self).is_empty(),
            whole: cards::nodes(self)
                .iter()
                .any(|one| one.division.is_some() && one.whole > 0 && one.whole < one.node.count),
            grouped: clinics::grouped(self),
            watches: self.scene.apps.iter().any(|app| app.entry.id == "prometheus"),
            brought: collector::names(self),
        }
        .render()?
        .trim_start()
        .to_owned())
    }
}

/// Commands that give nodes our labels.
fn labels(k: &Kube<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let cards = cards::nodes(k);
    for node in &k.scene.spec.nodes {
        let country = k.scene.site_of(node).map_or("", |site| site.country.as_str());
        let name = |number: u32| if node.count > 1 { format!("{}-{number}", node.id) } else { node.id.clone() };
        let names: Vec<String> = (1..=node.count).map(name).collect();
        lines.push(format!(
            "kubectl label node {} aroeira/node={} aroeira/site={} aroeira/country={country}",
            names.join(" "),
            node.id,
            node.site
        ));
        let Some(cards) = cards.iter().find(|one| one.node.id == node.id) else { continue };
        let Some(division) = cards.division else { continue };
        let (parts, whole) = names.split_at((node.count - cards.whole) as usize);
        for (names, config) in [(parts, division.config()), (whole, "whole".to_owned())] {
            if !names.is_empty() {
                lines.push(format!("kubectl label node {} nvidia.com/device-plugin.config={config}", names.join(" ")));
            }
        }
        if let Division::Mig(profile) = division {
            for (names, config) in [(parts, format!("all-{profile}")), (whole, "all-disabled".to_owned())] {
                if !names.is_empty() {
                    lines.push(format!("kubectl label node {} nvidia.com/mig.config={config}", names.join(" ")));
                }
            }
        }
    }
    lines
}

/// Secrets of the fleet by their key, with what is in each.
fn secrets(k: &Kube<'_>) -> Vec<(String, String)> {
    let secret = |app: &App<'_>| {
        let keys = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let named: Vec<&str> = app.entry.run.secrets.iter().map(String::as_str).collect();
        let (ending, what) = match app.entry.id.as_str() {
            "postgresql" if k.backup_role().is_some() => return None,
            "postgresql" => ("-backup", keys(&["access-key-id", "secret-access-key"])),
            "mysql" => ("-root", keys(&["rootUser", "rootHost", "rootPassword"])),
            "mongodb" => ("-app", keys(&["password"])),
            "object-store" => ("-identities", format!("{} (SeaweedFS)", keys(&["s3.json"]))),
            "valkey" => ("", format!("{} (`requirepass`, `masterauth`)", keys(&named))),
            "alertmanager" => ("", keys(&channels(k))),
            "grafana" if k.scene.spec.watching.logs == Logs::Elasticsearch => {
                ("", keys(&["grafana-password", "elasticsearch-password"]))
            }
            _ if !named.is_empty() => ("", keys(&named)),
            _ if !app.entry.depends_on.is_empty() => {
                ("", k.say("o que a imagem pede", "what the image asks for").to_owned())
            }
            _ => return None,
        };
        let namespace = if app.asked.own { "*".to_owned() } else { k.namespace(Part::of(app)) };
        let number = if app.is_aroeira() && (!app.asked.own || clinics::grouped(k)) { "-N" } else { "" };
        Some((k.secret_key(&namespace, &format!("{}{number}{ending}", app.id())), what))
    };
    let mut all: Vec<_> = k.scene.apps.iter().filter(|app| app.entry.image.is_some()).filter_map(secret).collect();
    for (entry, ending, what) in [
        ("mysql", "-copies", "`credentials`, `config` (AWS CLI; Azure: `config`)"),
        (
            "mongodb",
            "-backup",
            "`repository`, `password` (restic), `environment` (`AWS_ACCESS_KEY_ID=…`, `AZURE_ACCOUNT_NAME=…`)",
        ),
        ("object-store", "-backup", "`rclone.conf` (`objects`, `copies`: crypt)"),
    ] {
        for app in k.scene.apps.iter().filter(|app| app.entry.id == entry && !app.asked.own) {
            let key = k.secret_key(&k.namespace(Part::of(app)), &format!("{}{ending}", app.id()));
            all.push((key, what.to_owned()));
        }
    }
    if let Some(name) = grafana::collector_secret(k.scene).filter(|_| k.collects()) {
        all.push((k.secret_key(&k.namespace(Part::Observability), collector::NAME), format!("`{name}`")));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// What `alertmanager.yml` reads, by channel.
fn channels(k: &Kube<'_>) -> Vec<&'static str> {
    let secret = |one: &Channel| match one {
        Channel::Slack => "slack-url",
        Channel::Pagerduty => "pagerduty-key",
        Channel::Email => "smtp-password",
    };
    k.scene.spec.watching.alerts.iter().map(secret).collect()
}

/// What has to be in the cluster beforehand.
fn operators(k: &Kube<'_>) -> Vec<&'static str> {
    let mut all = vec!["cert-manager", "External Secrets", "Traefik", "metrics-server"];
    let runs = |entry: &str| k.scene.apps.iter().any(|app| app.entry.id == entry && by_operator(entry));
    for (entry, operators) in [
        ("postgresql", "CloudNativePG + plugin-barman-cloud"),
        ("mysql", "MySQL Operator (Oracle)"),
        ("mongodb", "MongoDB Controllers for Kubernetes"),
        ("object-store", "SeaweedFS Operator"),
    ] {
        if runs(entry) {
            all.push(operators);
        }
    }
    if k.has_volumes() {
        all.push("Velero (CSI, node agent)");
    }
    if !cards::nodes(k).is_empty() {
        let mig = cards::nodes(k).iter().any(|one| matches!(one.division, Some(Division::Mig(_))));
        all.push(if mig { "NVIDIA device plugin + MIG manager" } else { "NVIDIA device plugin" });
    }
    all
}
