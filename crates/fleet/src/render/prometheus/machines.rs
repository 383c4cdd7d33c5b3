//! Alerts on the machines and on the watching itself.

use crate::render::scene::Scene;

use super::alert::{Alert, Group, Series, Severity, Trial};

const NODE: &[(&str, &str)] = &[("instance", "virt-1:9100"), ("job", "node")];
const DISK: &[(&str, &str)] =
    &[("fstype", "ext4"), ("instance", "virt-1:9100"), ("job", "node"), ("mountpoint", "/var")];
const PROMETHEUS: &[(&str, &str)] = &[("instance", "localhost:9090"), ("job", "prometheus")];

fn node(metric: &str, values: &'static str) -> Series {
    Series::new(format!("{metric}{{job=\"node\",instance=\"virt-1:9100\"}}"), values)
}

fn disk(metric: &str, values: &'static str) -> Series {
    let labels = r#"job="node",instance="virt-1:9100",mountpoint="/var",fstype="ext4""#;
    Series::new(format!("{metric}{{{labels}}}"), values)
}

fn prometheus(metric: &str, values: &'static str) -> Series {
    Series::new(format!("{metric}{{job=\"prometheus\",instance=\"localhost:9090\"}}"), values)
}

/// Of machines that a node exporter runs on.
pub(super) fn hosts(scene: &Scene<'_>) -> Group {
    Group {
        name: "hosts",
        area: "host",
        alerts: [answering(scene), memory(scene), clock(scene), disks(scene)].into_iter().flatten().collect(),
    }
}

fn answering(scene: &Scene<'_>) -> Vec<Alert> {
    vec![Alert {
        name: "HostDown",
        severity: Severity::Page,
        expr: r#"up{job="node"} == 0"#.into(),
        hold: "5m",
        summary: scene
            .say("A máquina {{ $labels.instance }} não responde", "Machine {{ $labels.instance }} is not responding"),
        description: scene.say(
            "Sem luz, sem rede ou parada: o que ela hospeda está fora do ar, ou roda sem reserva.",
            "No power, no network or stopped: what it hosts is down, or runs without a spare.",
        ),
        trial: Trial::new("10m", NODE, vec![node("up", "0x20")], vec![node("up", "0 0 0 0 1 0 0 0 0 1 1 1")]),
    }]
}

fn memory(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "HostMemoryLow",
            severity: Severity::Ticket,
            expr: "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.05".into(),
            hold: "10m",
            summary: scene.say(
                "Restam menos de 5 % da memória de {{ $labels.instance }}",
                "Less than 5% of the memory of {{ $labels.instance }} is left",
            ),
            description: scene.say(
                "O próximo pico faz o sistema operacional encerrar processos.",
                "The next peak will make the operating system kill processes.",
            ),
            trial: Trial::new(
                "15m",
                NODE,
                vec![node("node_memory_MemAvailable_bytes", "4x20"), node("node_memory_MemTotal_bytes", "100x20")],
                vec![node("node_memory_MemAvailable_bytes", "6x20"), node("node_memory_MemTotal_bytes", "100x20")],
            ),
        },
        Alert {
            name: "HostOutOfMemory",
            severity: Severity::Ticket,
            expr: "increase(node_vmstat_oom_kill[10m]) > 0".into(),
            hold: "0m",
            summary: scene.say(
                "{{ $labels.instance }} encerrou processos por falta de memória",
                "{{ $labels.instance }} ran out of memory and killed processes",
            ),
            description: scene.say(
                "O que foi encerrado pode ter sido o Aroeira ou o banco de dados de uma clínica.",
                "What was killed may have been Aroeira or a clinic's database.",
            ),
            trial: Trial::new(
                "15m",
                NODE,
                vec![node("node_vmstat_oom_kill", "0x9 1x20")],
                vec![node("node_vmstat_oom_kill", "7x30")],
            ),
        },
    ]
}

fn clock(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "HostClockOff",
            severity: Severity::Ticket,
            expr: "abs(node_timex_offset_seconds) > 0.5 or node_timex_sync_status == 0".into(),
            hold: "10m",
            summary: scene.say(
                "O relógio de {{ $labels.instance }} não está certo",
                "The clock of {{ $labels.instance }} is wrong",
            ),
            description: scene.say(
                "A hora de cada entrada do diário e de cada prescrição vem deste relógio; senhas de uso único deixam de valer.",
                "The time of every journal entry and every prescription comes from this clock; one-time passwords stop working.",
            ),
            trial: Trial::new(
                "15m",
                NODE,
                vec![node("node_timex_offset_seconds", "0x20"), node("node_timex_sync_status", "0x20")],
                vec![node("node_timex_offset_seconds", "0.1x20"), node("node_timex_sync_status", "1x20")],
            ),
        },
    ]
}

fn disks(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "HostDiskFills",
            severity: Severity::Ticket,
            expr: "predict_linear(node_filesystem_avail_bytes{fstype!~\"tmpfs|ramfs|overlay|squashfs\"}[6h], 4 * 86400) < 0 and node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.3".into(),
            hold: "1h",
            summary: scene.say(
                "{{ $labels.mountpoint }} de {{ $labels.instance }} enche em menos de quatro dias",
                "{{ $labels.mountpoint }} on {{ $labels.instance }} will be full in less than four days",
            ),
            description: scene.say(
                "No ritmo das últimas seis horas não haverá espaço. Há tempo para agir de dia.",
                "At the rate of the last six hours no space will be left. There is time to act in working hours.",
            ),
            trial: Trial::new(
                "8h",
                DISK,
                vec![
                    disk("node_filesystem_avail_bytes", "29000000000-50000000x120"),
                    disk("node_filesystem_size_bytes", "100000000000x120"),
                ],
                vec![
                    disk("node_filesystem_avail_bytes", "29000000000-5000000x120"),
                    disk("node_filesystem_size_bytes", "100000000000x120"),
                ],
            ).slow(),
        },
        Alert {
            name: "HostReadOnly",
            severity: Severity::Page,
            expr: "node_filesystem_readonly{fstype=~\"ext4|xfs|btrfs\",mountpoint!~\"/(boot|usr|snap).*\"} == 1".into(),
            hold: "1m",
            summary: scene.say(
                "{{ $labels.mountpoint }} de {{ $labels.instance }} só aceita leitura",
                "{{ $labels.mountpoint }} on {{ $labels.instance }} is read-only",
            ),
            description: scene.say(
                "O sistema operacional desistiu de um disco com erros: nada mais é gravado nele.",
                "The operating system gave up on a disk with errors: nothing more is written to it.",
            ),
            trial: Trial::new(
                "5m",
                DISK,
                vec![disk("node_filesystem_readonly", "1x10")],
                vec![disk("node_filesystem_readonly", "0x10")],
            ),
        },
    ]
}

/// Of the watching itself.
pub(super) fn watching(scene: &Scene<'_>) -> Group {
    let alertmanager = |values| Series::new(r#"up{job="alertmanager",instance="localhost:9093"}"#, values);
    let alerts = vec![
        Alert {
            name: "WatchingRulesFail",
            severity: Severity::Ticket,
            expr: "sum by (job, instance) (increase(prometheus_rule_evaluation_failures_total[10m])) > 0".into(),
            hold: "0m",
            summary: scene.say("O Prometheus não consegue avaliar regras", "Prometheus cannot evaluate rules"),
            description: scene.say(
                "Uma regra que não é avaliada é um alerta que não dispara.",
                "A rule that is not evaluated is an alert that does not fire.",
            ),
            trial: Trial::new(
                "15m",
                PROMETHEUS,
                vec![prometheus("prometheus_rule_evaluation_failures_total", "0+1x20")],
                vec![prometheus("prometheus_rule_evaluation_failures_total", "5x20")],
            ),
        },
        Alert {
            name: "WatchingAlertsLost",
            severity: Severity::Ticket,
            expr: "increase(prometheus_notifications_dropped_total[10m]) > 0".into(),
            hold: "0m",
            summary: scene.say(
                "O Prometheus perdeu alertas a caminho do Alertmanager",
                "Prometheus lost alerts on the way to Alertmanager",
            ),
            description: scene.say(
                "Alguém pode não ter sido avisado: veja em /alerts do Prometheus o que está aberto.",
                "Somebody may not have been told: see what is open under /alerts in Prometheus.",
            ),
            trial: Trial::new(
                "15m",
                PROMETHEUS,
                vec![prometheus("prometheus_notifications_dropped_total", "0+1x20")],
                vec![prometheus("prometheus_notifications_dropped_total", "5x20")],
            ),
        },
        Alert {
            name: "WatchingAlertmanagerDown",
            severity: Severity::Ticket,
            expr: r#"up{job="alertmanager"} == 0"#.into(),
            hold: "5m",
            summary: scene.say("O Alertmanager não responde", "Alertmanager is not responding"),
            description: scene.say(
                "Enquanto durar, ninguém é acordado. Este aviso aparece no Grafana e no Prometheus; por mensagem só chega quando ele volta.",
                "While this lasts, nobody is woken. This alert shows in Grafana and Prometheus; as a message it arrives only once Alertmanager is back.",
            ),
            trial: Trial::new(
                "10m",
                &[("instance", "localhost:9093"), ("job", "alertmanager")],
                vec![alertmanager("0x20")],
                vec![alertmanager("1x20")],
            ),
        },
    ];
    Group { name: "watching", area: "watching", alerts }
}
