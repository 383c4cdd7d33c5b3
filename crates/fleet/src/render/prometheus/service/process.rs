//! Alerts on the process: its memory, its files, its certificate.

use super::{HERE, here};
use crate::render::prometheus::alert::{Alert, Severity, Trial};
use crate::render::scene::Scene;

pub(super) fn limits(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraMemoryHigh",
            severity: Severity::Ticket,
            expr: r#"process_resident_memory_bytes{job="aroeira"} / aroeira_memory_limit_bytes > 0.9"#.into(),
            hold: "10m",
            summary: scene.say(
                "Aroeira em {{ $labels.instance }} usa mais de 90 % da memória que pode ter",
                "Aroeira on {{ $labels.instance }} uses more than 90% of the memory that it may have",
            ),
            description: scene.say(
                "Acima do limite o sistema operacional encerra o processo, e as clínicas caem por segundos.",
                "Above the limit the operating system kills the process, and clinics are down for seconds.",
            ),
            trial: Trial::new(
                "15m",
                HERE,
                vec![here("process_resident_memory_bytes", "92x20"), here("aroeira_memory_limit_bytes", "100x20")],
                vec![here("process_resident_memory_bytes", "88x20"), here("aroeira_memory_limit_bytes", "100x20")],
            ),
        },
        Alert {
            name: "AroeiraFilesRunOut",
            severity: Severity::Ticket,
            expr: r#"process_open_fds{job="aroeira"} / process_max_fds > 0.8"#.into(),
            hold: "10m",
            summary: scene.say(
                "Aroeira em {{ $labels.instance }} tem 80 % dos arquivos que pode abrir",
                "Aroeira on {{ $labels.instance }} has opened 80% of the files that it may open",
            ),
            description: scene.say(
                "Sem arquivos livres não entram conexões novas nem se abrem clínicas.",
                "When none are left, no new connection is accepted and no clinic can be opened.",
            ),
            trial: Trial::new(
                "15m",
                HERE,
                vec![here("process_open_fds", "850x20"), here("process_max_fds", "1000x20")],
                vec![here("process_open_fds", "750x20"), here("process_max_fds", "1000x20")],
            ),
        },
    ]
}

pub(super) fn certificate(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraCertificateEndsSoon",
            severity: Severity::Ticket,
            expr: "aroeira_certificate_end_seconds - time() < 14 * 86400".into(),
            hold: "1h",
            summary: scene.say(
                "O certificado TLS de {{ $labels.instance }} vence em menos de duas semanas",
                "The TLS certificate of {{ $labels.instance }} expires in less than two weeks",
            ),
            description: scene.say(
                "A renovação automática deveria ter acontecido. Vencido, os navegadores recusam o sistema.",
                "It should have been renewed automatically. Once it has expired, browsers refuse the system.",
            ),
            trial: Trial::new(
                "2h",
                HERE,
                vec![here("aroeira_certificate_end_seconds", "864000x200")],
                vec![here("aroeira_certificate_end_seconds", "3456000x200")],
            ),
        },
        Alert {
            name: "AroeiraCertificateEnds",
            severity: Severity::Page,
            expr: "aroeira_certificate_end_seconds - time() < 2 * 86400".into(),
            hold: "5m",
            summary: scene.say(
                "O certificado TLS de {{ $labels.instance }} vence em menos de dois dias",
                "The TLS certificate of {{ $labels.instance }} expires in less than two days",
            ),
            description: scene.say(
                "Vencido, nenhum navegador e nenhum programa entra: para as clínicas é uma queda completa.",
                "Once it has expired, no browser and no program gets in: for clinics it is a complete outage.",
            ),
            trial: Trial::new(
                "10m",
                HERE,
                vec![here("aroeira_certificate_end_seconds", "86400x20")],
                vec![here("aroeira_certificate_end_seconds", "864000x20")],
            ),
        },
    ]
}
