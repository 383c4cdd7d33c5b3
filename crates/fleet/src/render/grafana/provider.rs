//! The provider's dashboard: is what was promised kept, how full is the fleet, what grows.

use super::panel::{Dashboard, Panel, lines, number};

pub(super) fn dashboard(fleet: &str, promise: Option<f64>, hosts: bool) -> Dashboard {
    let mut panels = heads();
    if let Some(percent) = promise {
        panels.extend(kept(percent));
    }
    panels.extend(traffic());
    if promise.is_some() {
        panels.push(burning());
    }
    panels.extend(room());
    if hosts {
        panels.extend(machines());
    }
    Dashboard {
        uid: "aroeira-provider",
        title: format!("Provedor: {fleet}"),
        description: "A frota inteira: disponibilidade prometida, uso, espaço.",
        of_instance: false,
        panels,
    }
}

fn heads() -> Vec<Panel> {
    vec![
        number(
            "Servidores no ar",
            "short",
            r#"count(up{job="aroeira"} == 1) or vector(0)"#,
            &[(0.0, "red"), (1.0, "green")],
            "Processos do Aroeira que respondem ao Prometheus.",
        ),
        number(
            "Servidores fora do ar",
            "short",
            r#"count(up{job="aroeira"} == 0) or vector(0)"#,
            &[(0.0, "green"), (1.0, "red")],
            "Processos do Aroeira que não respondem ao Prometheus.",
        ),
        number(
            "Alertas abertos",
            "short",
            r#"count(ALERTS{alertstate="firing"}) or vector(0)"#,
            &[(0.0, "green"), (1.0, "orange")],
            "Alertas que disparam agora, de qualquer gravidade.",
        ),
        number(
            "Clínicas",
            "short",
            "sum(aroeira_clinics)",
            &[(0.0, "blue")],
            "Clínicas nos diretórios de dados, abertas ou não. Medido a cada minuto.",
        ),
        number(
            "Clínicas em uso",
            "short",
            "sum(aroeira_open_clinics)",
            &[(0.0, "blue")],
            "Clínicas com o arquivo aberto neste momento.",
        ),
        number(
            "Dados guardados",
            "bytes",
            "sum(aroeira_data_bytes)",
            &[(0.0, "blue")],
            "Tamanho dos arquivos de todas as clínicas, com diário e índices.",
        ),
    ]
}

/// Of a fleet that promises so many percent.
fn kept(percent: f64) -> Vec<Panel> {
    let promised = percent / 100.0;
    vec![
        number(
            "Disponibilidade em 30 dias",
            "percentunit",
            "1 - aroeira:unavailable:ratio30d",
            &[(0.0, "red"), (promised, "green")],
            "Parte dos pedidos que foram atendidos, menos o tempo fora do ar. Verde enquanto a promessa é mantida.",
        ),
        number(
            "Falhas que a promessa ainda permite",
            "percentunit",
            "1 - aroeira:unavailable:ratio30d / aroeira:unavailable:budget",
            &[(0.0, "red"), (0.1, "orange"), (0.5, "green")],
            "O que resta do orçamento de falhas dos últimos 30 dias. Abaixo de zero a promessa foi quebrada.",
        ),
    ]
}

fn traffic() -> Vec<Panel> {
    vec![
        lines(
            "Pedidos por segundo",
            "reqps",
            &[("aroeira:requests:rate5m", "todos")],
            &[(0.0, "green")],
            "Pedidos respondidos, sem sondas de saúde nem leituras de métricas.",
        ),
        lines(
            "Pedidos que falharam",
            "percentunit",
            &[(
                "(sum(rate(aroeira_http_requests_total{status=~\"5..|other\",route!~\"/metrics|/api/health.*\"}[$__rate_interval])) or vector(0)) / (sum(rate(aroeira_http_requests_total{route!~\"/metrics|/api/health.*\"}[$__rate_interval])) > 0) or vector(0)",
                "erros do servidor",
            )],
            &[(0.0, "green"), (0.01, "red")],
            "Parte das respostas com erro do servidor (5xx).",
        ),
        lines(
            "Tempo de resposta, 95 %",
            "s",
            &[("aroeira:request_seconds:p95_5m", "p95")],
            &[(0.0, "green"), (1.0, "red")],
            "Dezenove em vinte respostas saem até este tempo.",
        ),
    ]
}

fn burning() -> Panel {
    lines(
        "Ritmo de queima da promessa",
        "short",
        &[
            ("aroeira:unavailable:ratio1h / aroeira:unavailable:budget", "1 h"),
            ("aroeira:unavailable:ratio6h / aroeira:unavailable:budget", "6 h"),
            ("aroeira:unavailable:ratio3d / aroeira:unavailable:budget", "3 d"),
        ],
        &[(0.0, "green"), (1.0, "orange"), (14.4, "red")],
        "1 gasta o orçamento de falhas exatamente no prazo; 14,4 o gasta em dois dias e acorda o plantão.",
    )
}

fn room() -> Vec<Panel> {
    vec![
        lines(
            "Disco livre dos dados",
            "percentunit",
            &[("aroeira_disk_free_bytes / aroeira_disk_size_bytes", "{{instance}}")],
            &[(0.0, "red"), (0.05, "orange"), (0.4, "green")],
            "Parte livre do sistema de arquivos que guarda os dados. Abaixo de 5 % o plantão é acordado.",
        ),
        lines(
            "Dados por servidor",
            "bytes",
            &[("aroeira_data_bytes", "{{instance}}")],
            &[(0.0, "green")],
            "Tamanho dos arquivos das clínicas de cada servidor.",
        ),
        lines(
            "Memória",
            "percentunit",
            &[("process_resident_memory_bytes{job=\"aroeira\"} / aroeira_memory_limit_bytes", "{{instance}}")],
            &[(0.0, "green"), (0.9, "red")],
            "Memória do processo, do que ele pode ter.",
        ),
        lines(
            "Versões",
            "short",
            &[("sum by (version) (aroeira_build_info)", "{{version}}")],
            &[(0.0, "green")],
            "Quantos servidores rodam cada versão: mais de uma linha só durante uma atualização.",
        ),
    ]
}

fn machines() -> Vec<Panel> {
    vec![
        lines(
            "Processador das máquinas",
            "percentunit",
            &[(
                "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[$__rate_interval]))",
                "{{instance}}",
            )],
            &[(0.0, "green"), (0.9, "red")],
            "Parte do tempo em que os núcleos trabalham.",
        ),
        lines(
            "Memória livre das máquinas",
            "percentunit",
            &[("node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}")],
            &[(0.0, "red"), (0.05, "orange"), (0.2, "green")],
            "Memória que ainda pode ser dada a quem pedir.",
        ),
        lines(
            "Discos das máquinas",
            "percentunit",
            &[(
                "node_filesystem_avail_bytes{fstype!~\"tmpfs|ramfs|overlay|squashfs\"} / node_filesystem_size_bytes",
                "{{instance}} {{mountpoint}}",
            )],
            &[(0.0, "red"), (0.1, "orange"), (0.3, "green")],
            "Parte livre de cada sistema de arquivos.",
        ),
        lines(
            "Relógio das máquinas",
            "s",
            &[("abs(node_timex_offset_seconds)", "{{instance}}")],
            &[(0.0, "green"), (0.5, "red")],
            "Quanto o relógio se afasta da hora certa: a hora de cada entrada do diário vem dele.",
        ),
    ]
}
