//! Alerts on the certificates of the edge, where TLS ends: as the blackbox exporter sees them from outside, or as cert-manager tells.

use crate::render::scene::Scene;

use super::alert::{Alert, Group, Series, Severity, Trial};

/// Who tells when a certificate ends.
struct Teller {
    metric: &'static str,
    job: &'static str,
    instance: &'static str,
    labels: &'static [(&'static str, &'static str)],
}

const BLACKBOX: Teller = Teller {
    metric: "probe_ssl_earliest_cert_expiry",
    job: "blackbox",
    instance: "10.77.0.1:443",
    labels: &[("instance", "10.77.0.1:443"), ("job", "blackbox")],
};
const CERT_MANAGER: Teller = Teller {
    metric: "certmanager_certificate_expiration_timestamp_seconds",
    job: "cert-manager",
    instance: "clinics/aroeira-1-tls",
    labels: &[("instance", "clinics/aroeira-1-tls"), ("job", "cert-manager")],
};

impl Teller {
    fn tells(&self, values: &'static str) -> Series {
        Series::new(format!("{}{{job=\"{}\",instance=\"{}\"}}", self.metric, self.job, self.instance), values)
    }
}

pub(super) fn group(scene: &Scene<'_>, cluster: bool) -> Group {
    let teller = if cluster { &CERT_MANAGER } else { &BLACKBOX };
    let alerts = [ending(scene, teller), unseen(scene, teller)].into_iter().flatten().collect();
    Group { name: "edge", area: "service", alerts }
}

fn ending(scene: &Scene<'_>, teller: &Teller) -> Vec<Alert> {
    vec![
        Alert {
            name: "EdgeCertificateEndsSoon",
            severity: Severity::Ticket,
            expr: format!("{} - time() < 14 * 86400", teller.metric).into(),
            hold: "1h",
            summary: scene.say(
                "O certificado TLS de {{ $labels.instance }} vence em menos de duas semanas",
                "The TLS certificate of {{ $labels.instance }} expires in less than two weeks",
            ),
            description: scene.say(
                "A renovação automática deveria ter acontecido. Vencido, os navegadores recusam o sistema.",
                "It should have been renewed automatically. Once it has expired, browsers refuse the system.",
            ),
            trial: Trial::new("2h", teller.labels, vec![teller.tells("864000x200")], vec![teller.tells("3456000x200")]),
        },
        Alert {
            name: "EdgeCertificateEnds",
            severity: Severity::Page,
            expr: format!("{} - time() < 2 * 86400", teller.metric).into(),
            hold: "5m",
            summary: scene.say(
                "O certificado TLS de {{ $labels.instance }} vence em menos de dois dias",
                "The TLS certificate of {{ $labels.instance }} expires in less than two days",
            ),
            description: scene.say(
                "Vencido, nenhum navegador e nenhum programa entra: para as clínicas é uma queda completa.",
                "Once it has expired, no browser and no program gets in: for clinics it is a complete outage.",
            ),
            trial: Trial::new("10m", teller.labels, vec![teller.tells("86400x20")], vec![teller.tells("864000x20")]),
        },
    ]
}

/// An alert on what nobody tells is none.
fn unseen(scene: &Scene<'_>, teller: &Teller) -> Vec<Alert> {
    vec![Alert {
        name: "EdgeCertificateUnseen",
        severity: Severity::Ticket,
        expr: format!("absent({})", teller.metric).into(),
        hold: "1h",
        summary: scene.say("Ninguém vê quando os certificados vencem", "Nobody sees when certificates expire"),
        description: scene.say(
            "Nenhum certificado da borda está sendo observado: um que não se renova só seria notado depois de vencido.",
            "No certificate of the edge is being watched: one that is not renewed would be noticed only once it has expired.",
        ),
        trial: Trial::new(
            "2h",
            &[],
            vec![Series::new(r#"up{job="prometheus",instance="localhost:9090"}"#, "1x200")],
            vec![teller.tells("3456000x200")],
        ),
    }]
}
