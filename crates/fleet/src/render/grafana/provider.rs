//! The provider's dashboard: is what was promised kept, how full is the fleet, what grows.

use crate::render::scene::Scene;

use super::panel::{Dashboard, Panel, lines, number};

pub(super) fn dashboard(scene: &Scene<'_>, promise: Option<f64>, hosts: bool) -> Dashboard {
    let mut panels = servers(scene);
    panels.extend(clinics(scene));
    if let Some(percent) = promise {
        panels.extend(kept(scene, percent));
    }
    panels.extend(traffic(scene));
    if promise.is_some() {
        panels.push(burning(scene));
    }
    panels.extend(room(scene));
    if hosts {
        panels.extend(machines(scene));
    }
    Dashboard {
        uid: "aroeira-provider",
        title: format!("{}: {}", scene.say("Provedor", "Provider"), scene.spec.name),
        description: scene.say(
            "A frota inteira: disponibilidade prometida, uso, espaço.",
            "The whole fleet: promised availability, use, space.",
        ),
        of_instance: false,
        panels,
    }
}

fn servers(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        number(
            scene.say("Servidores no ar", "Servers up"),
            "short",
            r#"count(up{job="aroeira"} == 1) or vector(0)"#,
            &[(0.0, "red"), (1.0, "green")],
            scene.say(
                "Processos do Aroeira que respondem ao Prometheus.",
                "Aroeira processes that respond to Prometheus.",
            ),
        ),
        number(
            scene.say("Servidores fora do ar", "Servers down"),
            "short",
            r#"count(up{job="aroeira"} == 0) or vector(0)"#,
            &[(0.0, "green"), (1.0, "red")],
            scene.say(
                "Processos do Aroeira que não respondem ao Prometheus.",
                "Aroeira processes that do not respond to Prometheus.",
            ),
        ),
        number(
            scene.say("Alertas abertos", "Open alerts"),
            "short",
            r#"count(ALERTS{alertstate="firing"}) or vector(0)"#,
            &[(0.0, "green"), (1.0, "orange")],
            scene.say(
                "Alertas que disparam agora, de qualquer gravidade.",
                "Alerts that are firing now, of any severity.",
            ),
        ),
    ]
}

fn clinics(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        number(
            scene.say("Clínicas", "Clinics"),
            "short",
            "sum(aroeira_clinics)",
            &[(0.0, "blue")],
            scene.say(
                "Clínicas nos diretórios de dados, abertas ou não. Medido a cada minuto.",
                "Clinics in the data directories, open or not. Measured every minute.",
            ),
        ),
        number(
            scene.say("Clínicas em uso", "Clinics in use"),
            "short",
            "sum(aroeira_open_clinics)",
            &[(0.0, "blue")],
            scene.say("Clínicas com o arquivo aberto neste momento.", "Clinics whose file is open right now."),
        ),
        number(
            scene.say("Dados guardados", "Data stored"),
            "bytes",
            "sum(aroeira_data_bytes)",
            &[(0.0, "blue")],
            scene.say(
                "Tamanho dos arquivos de todas as clínicas, com diário e índices.",
                "Size of the files of all clinics, with journals and indexes.",
            ),
        ),
    ]
}

/// Of a fleet that promises so many percent.
fn kept(scene: &Scene<'_>, percent: f64) -> Vec<Panel> {
    let promised = percent / 100.0;
    vec![
        number(
            scene.say("Disponibilidade em 30 dias", "Availability over 30 days"),
            "percentunit",
            "1 - aroeira:unavailable:ratio30d",
            &[(0.0, "red"), (promised, "green")],
            scene.say(
                "Parte dos pedidos que foram atendidos, menos o tempo fora do ar. Verde enquanto a promessa é mantida.",
                "Share of requests that were served, minus the time down. Green while the promise is kept.",
            ),
        ),
        number(
            scene.say("Falhas que a promessa ainda permite", "Failures the promise still allows"),
            "percentunit",
            "1 - aroeira:unavailable:ratio30d / aroeira:unavailable:budget",
            &[(0.0, "red"), (0.1, "orange"), (0.5, "green")],
            scene.say(
                "O que resta do orçamento de falhas dos últimos 30 dias. Abaixo de zero a promessa foi quebrada.",
                "What is left of the error budget of the last 30 days. Below zero the promise is broken.",
            ),
        ),
    ]
}

fn traffic(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Pedidos por segundo", "Requests per second"),
            "reqps",
            &[("aroeira:requests:rate5m", scene.say("todos", "all"))],
            &[(0.0, "green")],
            scene.say(
                "Pedidos respondidos, sem sondas de saúde nem leituras de métricas.",
                "Requests answered, without health probes and scrapes of metrics.",
            ),
        ),
        lines(
            scene.say("Pedidos que falharam", "Failed requests"),
            "percentunit",
            &[(
                "(sum(rate(aroeira_http_requests_total{status=~\"5..|other\",route!~\"/metrics|/api/health.*\"}[$__rate_interval])) or vector(0)) / (sum(rate(aroeira_http_requests_total{route!~\"/metrics|/api/health.*\"}[$__rate_interval])) > 0) or vector(0)",
                scene.say("erros do servidor", "server errors"),
            )],
            &[(0.0, "green"), (0.01, "red")],
            scene.say(
                "Parte das respostas com erro do servidor (5xx).",
                "Share of responses with a server error (5xx).",
            ),
        ),
        lines(
            scene.say("Tempo de resposta, 95 %", "Response time, 95%"),
            "s",
            &[("aroeira:request_seconds:p95_5m", "p95")],
            &[(0.0, "green"), (1.0, "red")],
            scene.say(
                "Dezenove em vinte respostas saem até este tempo.",
                "Nineteen in twenty responses take no longer than this.",
            ),
        ),
    ]
}

fn burning(scene: &Scene<'_>) -> Panel {
    lines(
        scene.say("Ritmo de queima da promessa", "Burn rate of the promise"),
        "short",
        &[
            ("aroeira:unavailable:ratio1h / aroeira:unavailable:budget", "1 h"),
            ("aroeira:unavailable:ratio6h / aroeira:unavailable:budget", "6 h"),
            ("aroeira:unavailable:ratio3d / aroeira:unavailable:budget", "3 d"),
        ],
        &[(0.0, "green"), (1.0, "orange"), (14.4, "red")],
        scene.say(
            "1 gasta o orçamento de falhas exatamente no prazo; 14,4 o gasta em dois dias e acorda o plantão.",
            "1 spends the error budget exactly on time; 14.4 spends it in two days and wakes whoever is on call.",
        ),
    )
}

fn room(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Disco livre dos dados", "Free space on the data disk"),
            "percentunit",
            &[("aroeira_disk_free_bytes / aroeira_disk_size_bytes", "{{instance}}")],
            &[(0.0, "red"), (0.05, "orange"), (0.4, "green")],
            scene.say(
                "Parte livre do sistema de arquivos que guarda os dados. Abaixo de 5 % o plantão é acordado.",
                "Free share of the file system that holds the data. Below 5% whoever is on call is woken.",
            ),
        ),
        lines(
            scene.say("Dados por servidor", "Data by server"),
            "bytes",
            &[("aroeira_data_bytes", "{{instance}}")],
            &[(0.0, "green")],
            scene.say(
                "Tamanho dos arquivos das clínicas de cada servidor.",
                "Size of the clinics' files on each server.",
            ),
        ),
        lines(
            scene.say("Memória", "Memory"),
            "percentunit",
            &[("process_resident_memory_bytes{job=\"aroeira\"} / aroeira_memory_limit_bytes", "{{instance}}")],
            &[(0.0, "green"), (0.9, "red")],
            scene.say(
                "Memória do processo, do que ele pode ter.",
                "Memory of the process, as a share of what it may have.",
            ),
        ),
        lines(
            scene.say("Versões", "Versions"),
            "short",
            &[("sum by (version) (aroeira_build_info)", "{{version}}")],
            &[(0.0, "green")],
            scene.say(
                "Quantos servidores rodam cada versão: mais de uma linha só durante uma atualização.",
                "How many servers run each version: more than one line only during an upgrade.",
            ),
        ),
    ]
}

fn machines(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Processador das máquinas", "CPU of the machines"),
            "percentunit",
            &[(
                "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[$__rate_interval]))",
                "{{instance}}",
            )],
            &[(0.0, "green"), (0.9, "red")],
            scene.say("Parte do tempo em que os núcleos trabalham.", "Share of the time in which the cores are busy."),
        ),
        lines(
            scene.say("Memória livre das máquinas", "Free memory of the machines"),
            "percentunit",
            &[("node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}")],
            &[(0.0, "red"), (0.05, "orange"), (0.2, "green")],
            scene.say(
                "Memória que ainda pode ser dada a quem pedir.",
                "Memory that can still be given to whatever asks for it.",
            ),
        ),
        lines(
            scene.say("Discos das máquinas", "Disks of the machines"),
            "percentunit",
            &[(
                "node_filesystem_avail_bytes{fstype!~\"tmpfs|ramfs|overlay|squashfs\"} / node_filesystem_size_bytes",
                "{{instance}} {{mountpoint}}",
            )],
            &[(0.0, "red"), (0.1, "orange"), (0.3, "green")],
            scene.say("Parte livre de cada sistema de arquivos.", "Free share of each file system."),
        ),
        lines(
            scene.say("Relógio das máquinas", "Clock of the machines"),
            "s",
            &[("abs(node_timex_offset_seconds)", "{{instance}}")],
            &[(0.0, "green"), (0.5, "red")],
            scene.say(
                "Quanto o relógio se afasta da hora certa: a hora de cada entrada do diário vem dele.",
                "How far the clock is off the right time: the time of every journal entry comes from it.",
            ),
        ),
    ]
}
