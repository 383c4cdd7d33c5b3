//! What a spec contradicts or forgets: promises that its own figures break, laws, licences, single points of failure. Each
//! rule is a small function in the table; what it finds stands at a key of the spec.

mod copies;
mod hardware;
mod network;
mod placement;
mod promises;
mod residency;
mod tenancy;

use serde::Serialize;

use crate::catalogue::Entry;
pub use crate::language::Text;
use crate::language::text;
use crate::spec::{Place, Places, Site, SiteKind, Workload};
use crate::{Catalogue, Spec};

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of the rule, always the same: `rpo-shorter-than-backups`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands in the text.
    pub place: Place,
    /// The key: `node[2].gpu[0].model`.
    pub path: String,
    /// What is wrong, in one sentence.
    pub text: Text,
    /// What would be right.
    pub remedy: Text,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The spec contradicts itself, a law or a licence.
    Error,
    /// A risk that somebody should know of and decide on.
    Warning,
    /// Worth knowing.
    Note,
}

/// A number as it is written in Portuguese: 99,9.
fn comma(number: f64) -> String {
    number.to_string().replace('.', ",")
}

/// What a rule looks at.
struct Scene<'a> {
    spec: &'a Spec,
    catalogue: &'a Catalogue,
}

impl Scene<'_> {
    fn site(&self, id: &str) -> Option<&Site> {
        self.spec.sites.iter().find(|site| site.id == id)
    }

    fn entry(&self, workload: &Workload) -> Option<&Entry> {
        self.catalogue.get(workload.uses())
    }

    /// Records of others are kept here: the spec lists clinics.
    fn hosts_others(&self) -> bool {
        self.spec.clinics.iter().any(|clinics| clinics.count > 0)
    }

    /// Sites where machines, storage or services are.
    fn used(&self, id: &str) -> bool {
        let spec = self.spec;
        spec.nodes.iter().any(|node| node.site == id && node.count > 0)
            || spec.storage.iter().any(|storage| storage.site == id)
            || spec.services.iter().any(|service| service.site == id)
    }

    /// Sites that are not a cloud's, with their position in the list.
    fn physical(&self) -> impl Iterator<Item = (usize, &Site)> {
        self.spec.sites.iter().enumerate().filter(|(_, site)| site.kind != SiteKind::CloudRegion && self.used(&site.id))
    }

    fn promises_something(&self) -> bool {
        let promises = &self.spec.promises;
        promises.availability_percent.is_some_and(|percent| percent > 0.0) || promises.rto_hours.is_some()
    }
}

/// What a rule tells of.
struct Found<'a> {
    code: &'static str,
    places: &'a Places,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn tell(&mut self, severity: Severity, path: impl Into<String>, text: Text, remedy: Text) {
        let path = path.into();
        self.findings.push(Finding { code: self.code, severity, place: self.places.find(&path), path, text, remedy });
    }

    fn error(&mut self, path: impl Into<String>, text: Text, remedy: Text) {
        self.tell(Severity::Error, path, text, remedy);
    }

    fn warn(&mut self, path: impl Into<String>, text: Text, remedy: Text) {
        self.tell(Severity::Warning, path, text, remedy);
    }

    fn note(&mut self, path: impl Into<String>, text: Text, remedy: Text) {
        self.tell(Severity::Note, path, text, remedy);
    }
}

type Rule = fn(&Scene<'_>, &mut Found<'_>);

/// All the rules, by the code of what they find.
const RULES: &[(&str, Rule)] = &[
    ("rpo-shorter-than-backups", promises::rpo),
    ("rpo-below-volume-copies", promises::rpo_of_volumes),
    ("rto-without-drill", promises::rto),
    ("retention-too-short", promises::retention),
    ("promise-above-sla", promises::above_links),
    ("no-spare-node", promises::spare),
    ("service-in-one-zone", promises::one_zone),
    ("may-be-taken-away", promises::spot),
    ("three-two-one", copies::three_two_one),
    ("copies-not-encrypted", copies::copies_encrypted),
    ("storage-not-encrypted", copies::storage_encrypted),
    ("objects-not-immutable", copies::immutable),
    ("copies-may-be-deleted", copies::deletable),
    ("residency-broken", residency::countries),
    ("region-not-in-country", residency::regions),
    ("data-abroad", residency::abroad),
    ("replicas-share", placement::spread),
    ("quorum-impossible", placement::quorum),
    ("nowhere-to-run", placement::nowhere),
    ("unknown-entry", placement::unknown_entry),
    ("dependency-missing", placement::dependency),
    ("gpu-licence", hardware::gpu_licence),
    ("memory-without-ecc", hardware::ecc),
    ("no-power-backup", hardware::power),
    ("too-many-watts", hardware::watts),
    ("cooling-too-small", hardware::cooling),
    ("rack-too-small", hardware::rack),
    ("disks-not-redundant", hardware::disks),
    ("only-unsure-links", network::unsure),
    ("no-link", network::none),
    ("links-of-one-carrier", network::carriers),
    ("links-do-not-take-over", network::routing),
    ("address-block-too-small", network::block),
    ("no-admin-vpn", network::vpn),
    ("no-edge-firewall", network::edge),
    ("unknown-workload", tenancy::workload),
    ("many-namespaces", tenancy::namespaces),
    ("clinic-outside-plan", tenancy::plan),
];

/// All that is found, the worst first, then by where it stands.
#[must_use]
pub fn check(spec: &Spec, places: &Places, catalogue: &Catalogue) -> Vec<Finding> {
    let scene = Scene { spec, catalogue };
    let mut findings = Vec::new();
    for (code, rule) in RULES {
        let mut found = Found { code, places, findings: Vec::new() };
        rule(&scene, &mut found);
        findings.append(&mut found.findings);
    }
    findings.sort_by(|a, b| (a.severity, a.place, a.code).cmp(&(b.severity, b.place, b.code)));
    findings
}

/// The codes of all that can be found.
pub fn codes() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(code, _)| *code)
}
