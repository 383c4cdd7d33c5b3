//! What proves something: predicates over a spec, its findings, its plan and what was seen; and tests of this repository.

use serde::Serialize;

use super::Facts;
use super::shown::TESTS;
use crate::check::Text;
use crate::spec::{Edge, Site, SiteKind};
use crate::status::Difference;

/// Something that was asked, and its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proof {
    /// Its name.
    pub name: String,
    /// Its answer.
    pub verdict: Verdict,
    /// What it says, in one sentence.
    pub text: Text,
    /// Where to look.
    pub links: Vec<Link>,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is so.
    Proven,
    /// It is otherwise.
    Refuted,
    /// Nothing tells.
    NotProven,
}

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// A key of the spec with its place, a finding's code, a file of this repository, or something seen running.
    pub to: String,
    /// What it is: `spec`, `finding`, `test`, `observation`.
    pub kind: &'static str,
}

/// What a predicate answers: whether, and which keys of the spec and codes of findings say so.
struct Told {
    verdict: Verdict,
    paths: Vec<String>,
    codes: Vec<&'static str>,
    seen: Vec<String>,
}

type Predicate = fn(&Facts<'_>) -> Told;

/// By name: what is proven, in both languages, and how.
const PREDICATES: &[(&str, &str, &str, Predicate)] = &[
    ("backup-encrypted", "as cópias são cifradas", "copies are encrypted", |f| {
        said(
            f,
            f.spec.backup.copies > 1,
            f.spec.backup.encrypted,
            &["backup.encrypted", "backup.copies"],
            &["copies-not-encrypted"],
        )
    }),
    (
        "backup-regular",
        "há cópias no ritmo que o RPO prometido exige",
        "copies are made as often as the promised RPO asks",
        |f| {
            let told = f.spec.backup.every_hours.is_some() && f.spec.promises.rpo_hours.is_some();
            said(f, told, true, &["backup.every_hours", "promises.rpo_hours"], &["rpo-shorter-than-backups"])
        },
    ),
    (
        "backup-elsewhere",
        "três cópias, em dois tipos de mídia, uma em outro lugar",
        "three copies on two sorts of media, one elsewhere",
        |f| {
            let backup = &f.spec.backup;
            let kept = backup.copies >= 3 && backup.media >= 2 && backup.offsite >= 1;
            said(f, true, kept, &["backup.copies", "backup.media", "backup.offsite"], &["three-two-one"])
        },
    ),
    (
        "backup-immutable",
        "uma cópia não pode ser apagada antes da hora",
        "a copy cannot be deleted before its time",
        |f| {
            let at = f.spec.storage.iter().position(|one| one.immutable);
            let path = at.map_or_else(|| "storage".to_owned(), |at| format!("storage[{at}].immutable"));
            said(f, at.is_some(), true, &[&path], &["objects-not-immutable"])
        },
    ),
    (
        "drill-planned",
        "a leitura de volta das cópias tem data marcada",
        "reading copies back is on the calendar",
        |f| said(f, f.spec.backup.drill_days.is_some(), true, &["backup.drill_days"], &["rto-without-drill"]),
    ),
    ("drill-done", "uma cópia foi lida de volta com sucesso", "a copy was read back with success", |_| {
        // The binary keeps no record of drills yet: nothing can show it.
        nothing()
    }),
    ("storage-encrypted", "todo armazenamento é cifrado", "all storage is encrypted", |f| {
        let paths: Vec<String> = (0..f.spec.storage.len()).map(|at| format!("storage[{at}].encrypted")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let all = f.spec.storage.iter().all(|one| one.encrypted);
        said(f, !paths.is_empty(), all, &paths, &["storage-not-encrypted"])
    }),
    ("residency-kept", "os dados ficam nos países permitidos", "data stay in the countries allowed", |f| {
        let codes = ["residency-broken", "region-not-in-country", "data-abroad"];
        said(f, !f.spec.residency.countries.is_empty(), true, &["residency.countries"], &codes)
    }),
    (
        "retention-kept",
        "prontuários são guardados pelo menos vinte anos",
        "records are kept for at least twenty years",
        |f| {
            said(
                f,
                true,
                f.spec.promises.retention_years >= 20.0,
                &["promises.retention_years"],
                &["retention-too-short"],
            )
        },
    ),
    (
        "failure-survived",
        "a falha de uma máquina é sobrevivida, pelo plano",
        "the failure of a machine is survived, by the plan",
        |f| {
            let holds = f.plan.fits && f.plan.survival.holds;
            said(
                f,
                f.spec.promises.spare_nodes > 0,
                holds,
                &["promises.spare_nodes"],
                &["no-spare-node", "replicas-share", "quorum-impossible"],
            )
        },
    ),
    (
        "capacity-planned",
        "o que se hospeda cabe nas máquinas, por pelo menos seis meses",
        "what is hosted fits the machines, for six months at least",
        |f| {
            let lasts = f.plan.exhaustion.month_50.is_none_or(|month| month >= 6);
            said(
                f,
                !f.spec.workloads.is_empty(),
                f.plan.fits && lasts,
                &["node", "workload", "growth"],
                &["nowhere-to-run"],
            )
        },
    ),
    (
        "power-backed",
        "todo lugar próprio tem energia de reserva e refrigeração",
        "every place of one's own has power in reserve and cooling",
        |f| {
            at_own_sites(
                f,
                "power",
                |site| site.power.as_ref().is_some_and(|power| power.ups_minutes > 0.0 && power.cooling_btu_hour > 0.0),
                &["no-power-backup", "too-many-watts", "cooling-too-small"],
            )
        },
    ),
    (
        "links-redundant",
        "todo lugar próprio tem dois links que se substituem",
        "every place of one's own has two links that take over",
        |f| {
            at_own_sites(
                f,
                "link",
                |site| site.links.len() > 1,
                &["no-link", "only-unsure-links", "links-of-one-carrier", "links-do-not-take-over"],
            )
        },
    ),
    (
        "edge-firewall",
        "há um firewall na borda de todo lugar próprio",
        "a firewall stands at the edge of every place of one's own",
        |f| {
            at_own_sites(
                f,
                "addresses.edge",
                |site| site.addresses.as_ref().is_some_and(|one| one.edge != Edge::Host),
                &["no-edge-firewall"],
            )
        },
    ),
    ("admin-vpn", "administradores entram só por VPN", "administrators come in by VPN alone", |f| {
        at_own_sites(
            f,
            "addresses.admin_vpn",
            |site| site.addresses.as_ref().is_some_and(|one| one.admin_vpn),
            &["no-admin-vpn"],
        )
    }),
    (
        "environments-apart",
        "há um ambiente separado da produção",
        "there is an environment apart from production",
        |f| said(f, !f.spec.environments.is_empty(), true, &["environment"], &[]),
    ),
    ("monitored", "um Prometheus faz parte da frota", "a Prometheus is part of the fleet", |f| {
        let at = f.spec.workloads.iter().position(|one| one.uses() == "prometheus");
        let path = at.map_or_else(|| "workload".to_owned(), |at| format!("workload[{at}].id"));
        said(f, at.is_some(), true, &[&path], &[])
    }),
    (
        "inventory",
        "a especificação lista sites, máquinas e o que roda nelas, e é o que roda",
        "the spec lists sites, machines and what runs on them, and it is what runs",
        |f| {
            seen(f, |difference| {
                matches!(
                    difference,
                    Difference::Unplanned { .. }
                        | Difference::NodeUnplanned { .. }
                        | Difference::NotRunning { .. }
                        | Difference::NodeMissing { .. }
                )
            })
        },
    ),
    ("running", "o que foi planejado responde e atende", "what was planned answers and serves", |f| {
        seen(f, |difference| {
            matches!(
                difference,
                Difference::NotRunning { .. } | Difference::NoAnswer { .. } | Difference::NotReady { .. }
            )
        })
    }),
    ("tls-seen", "todo Aroeira visto responde por TLS", "every Aroeira seen answers over TLS", |f| {
        let answering =
            || f.status.iter().flat_map(|status| &status.workloads).flat_map(|one| &one.replicas).filter(|one| one.up);
        let verdict = match (
            answering().any(|one| one.encrypted == Some(false)),
            answering().any(|one| one.encrypted == Some(true)),
        ) {
            (true, _) => Verdict::Refuted,
            (false, true) => Verdict::Proven,
            (false, false) => Verdict::NotProven,
        };
        Told {
            verdict,
            seen: answering().map(|one| format!("{} {}", one.workload, one.address)).take(20).collect(),
            ..nothing()
        }
    }),
    ("one-version", "todas as réplicas vistas são da mesma versão", "all replicas seen are of one version", |f| {
        let told = f
            .status
            .iter()
            .flat_map(|status| &status.workloads)
            .flat_map(|one| &one.replicas)
            .any(|one| one.version.is_some());
        if told { seen(f, |difference| matches!(difference, Difference::Drift { .. })) } else { nothing() }
    }),
];

/// All there are, by name.
pub fn names() -> impl Iterator<Item = &'static str> {
    PREDICATES.iter().map(|(name, ..)| *name).chain(TESTS.iter().map(|(name, ..)| *name))
}

pub(super) fn of(name: &str, facts: &Facts<'_>, file: &str) -> Proof {
    if let Some((_, pt, en, predicate)) = PREDICATES.iter().find(|(one, ..)| *one == name) {
        let told = predicate(facts);
        let mut links: Vec<Link> = Vec::new();
        links.extend(
            told.paths
                .iter()
                .map(|path| Link { to: format!("{file}:{} {path}", facts.places.find(path)), kind: "spec" }),
        );
        links.extend(told.codes.iter().map(|code| Link { to: (*code).to_owned(), kind: "finding" }));
        links.extend(told.seen.into_iter().map(|to| Link { to, kind: "observation" }));
        let text = Text { portuguese: (*pt).to_owned(), english: (*en).to_owned() };
        return Proof { name: name.to_owned(), verdict: told.verdict, text, links };
    }
    let test = TESTS.iter().find(|(one, ..)| *one == name);
    let (pt, en) = test.map_or((name, name), |(_, pt, en, ..)| (*pt, *en));
    let links = test.map(|(.., path, test)| Link { to: format!("{path} {test}"), kind: "test" });
    Proof {
        name: name.to_owned(),
        verdict: if test.is_some() && facts.aroeira { Verdict::Proven } else { Verdict::NotProven },
        text: Text { portuguese: pt.to_owned(), english: en.to_owned() },
        links: links.into_iter().collect(),
    }
}

fn nothing() -> Told {
    Told { verdict: Verdict::NotProven, paths: Vec::new(), codes: Vec::new(), seen: Vec::new() }
}

/// What the spec says: whether it says anything, whether that is right, at which keys; and codes that must not be found.
fn said(facts: &Facts<'_>, told: bool, right: bool, paths: &[&str], codes: &[&'static str]) -> Told {
    let found: Vec<&'static str> =
        codes.iter().copied().filter(|code| facts.findings.iter().any(|finding| finding.code == *code)).collect();
    let verdict = match (told, right && found.is_empty()) {
        (true, true) => Verdict::Proven,
        (true, false) => Verdict::Refuted,
        (false, _) => Verdict::NotProven,
    };
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    Told { verdict, paths, codes: found, seen: Vec::new() }
}

/// Of places that are not a cloud's. Of a cloud's its own reports tell, and those are not here.
fn at_own_sites(facts: &Facts<'_>, key: &str, right: fn(&Site) -> bool, codes: &[&'static str]) -> Told {
    let used = |site: &Site| facts.spec.nodes.iter().any(|node| node.site == site.id && node.count > 0);
    let own =
        || facts.spec.sites.iter().enumerate().filter(|(_, site)| site.kind != SiteKind::CloudRegion && used(site));
    let clouds = facts.spec.sites.iter().any(|site| site.kind == SiteKind::CloudRegion && used(site));
    let paths: Vec<String> = own().map(|(at, _)| format!("site[{at}].{key}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let all = own().all(|(_, site)| right(site));
    let told = !paths.is_empty() && (!clouds || !all);
    said(facts, told, all, &paths, codes)
}

/// What was seen running, without differences of a kind.
fn seen(facts: &Facts<'_>, wrong: fn(&Difference) -> bool) -> Told {
    let Some(status) = &facts.status else { return nothing() };
    let replicas = || status.workloads.iter().flat_map(|one| &one.replicas);
    let found: Vec<String> =
        status.differences.iter().filter(|one| wrong(one)).map(|one| one.text(crate::Language::English)).collect();
    // What nobody looked for may be missing as well.
    let looked = facts
        .spec
        .workloads
        .iter()
        .all(|one| status.workloads.iter().any(|other| other.workload == one.id && !other.replicas.is_empty()));
    let verdict = match (found.is_empty(), looked && replicas().next().is_some()) {
        (false, _) => Verdict::Refuted,
        (true, true) => Verdict::Proven,
        (true, false) => Verdict::NotProven,
    };
    let answers = replicas().filter(|one| one.up).map(|one| format!("{} {}", one.workload, one.address)).take(20);
    Told {
        verdict,
        paths: Vec::new(),
        codes: Vec::new(),
        seen: if found.is_empty() { answers.collect() } else { found },
    }
}
