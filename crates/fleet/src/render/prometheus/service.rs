//! Alerts on Aroeira itself: whether it answers, how fast, what its disk and memory do.

use super::alert::{Alert, Group, Series, Severity, Trial};

const HERE: &[(&str, &str)] = &[("instance", "a:8080"), ("job", "aroeira")];
const INSTANCE: &[(&str, &str)] = &[("instance", "a:8080")];

/// A series of one server.
fn here(metric: &str, values: &'static str) -> Series {
    let more = metric.split_once('{').map(|(_, labels)| labels.trim_end_matches('}'));
    let name = metric.split('{').next().unwrap_or(metric);
    let more = more.map(|labels| format!(",{labels}")).unwrap_or_default();
    Series::new(format!("{name}{{job=\"aroeira\",instance=\"a:8080\"{more}}}"), values)
}

/// Buckets of a histogram: this many are at most `bound`, all are at most ten times that.
fn buckets(metric: &str, bound: &str, within: &'static str, all: &'static str) -> Vec<Series> {
    vec![
        here(&format!("{metric}_bucket{{le=\"{bound}\"}}"), within),
        here(&format!("{metric}_bucket{{le=\"10\"}}"), all),
        here(&format!("{metric}_bucket{{le=\"+Inf\"}}"), all),
    ]
}

pub(super) fn groups() -> Vec<Group> {
    vec![
        Group {
            name: "aroeira",
            area: "service",
            alerts: [answering(), serving_well()].into_iter().flatten().collect(),
        },
        Group {
            name: "aroeira-store",
            area: "service",
            alerts: [storing(), keeping_up(), having_room()].into_iter().flatten().collect(),
        },
        Group { name: "aroeira-process", area: "service", alerts: process() },
    ]
}

fn answering() -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraDown",
            severity: Severity::Page,
            expr: r#"up{job="aroeira"} == 0"#.into(),
            hold: "2m",
            summary: "Aroeira não responde em {{ $labels.instance }}",
            description: "O Prometheus não consegue ler /metrics há dois minutos: as clínicas deste servidor provavelmente estão sem sistema.",
            trial: Trial::new("5m", HERE, vec![here("up", "0x10")], vec![here("up", "1 1 0 0 1 0 1 1 1")]),
        },
        Alert {
            name: "AroeiraAbsent",
            severity: Severity::Page,
            expr: r#"absent(up{job="aroeira"})"#.into(),
            hold: "5m",
            summary: "Nenhum Aroeira está sendo observado",
            description: "Não há nenhum alvo do Aroeira: os outros alertas não podem disparar enquanto isso durar.",
            trial: Trial::new(
                "10m",
                &[("job", "aroeira")],
                vec![Series::new(r#"up{job="prometheus",instance="p:9090"}"#, "1x20")],
                vec![here("up", "0x20")],
            ),
        },
        Alert {
            name: "AroeiraNotReady",
            severity: Severity::Page,
            expr: "aroeira_ready == 0".into(),
            hold: "2m",
            summary: "Aroeira em {{ $labels.instance }} está no ar, mas não pode atender",
            description: "O diretório de dados não pode ser lido ou gravado: nada do que as clínicas escrevem é aceito.",
            trial: Trial::new(
                "5m",
                HERE,
                vec![here("aroeira_ready", "1 0x10")],
                vec![here("aroeira_ready", "1 1 0 0 1 1 1")],
            ),
        },
    ]
}

fn serving_well() -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraRestarting",
            severity: Severity::Ticket,
            expr: r#"changes(process_start_time_seconds{job="aroeira"}[30m]) > 2"#.into(),
            hold: "0m",
            summary: "Aroeira em {{ $labels.instance }} reiniciou mais de duas vezes em meia hora",
            description: "Cada reinício encerra consultas em andamento e faz esperar quem está na tela.",
            trial: Trial::new(
                "30m",
                HERE,
                vec![here("process_start_time_seconds", "1x5 2x5 3x5 4x20")],
                vec![here("process_start_time_seconds", "1x5 2x5 3x25")],
            ),
        },
        Alert {
            name: "AroeiraSlow",
            severity: Severity::Ticket,
            expr: "histogram_quantile(0.95, sum by (instance, le) (rate(aroeira_http_request_seconds_bucket{route!~\"/metrics|/api/health.*\"}[5m]))) > 1".into(),
            hold: "10m",
            summary: "Uma em cada vinte respostas de {{ $labels.instance }} leva mais de um segundo",
            description: "O sistema responde, mas quem atende espera a cada tela.",
            trial: Trial::new(
                "25m",
                INSTANCE,
                buckets("aroeira_http_request_seconds", "1", "0+90x30", "0+100x30"),
                buckets("aroeira_http_request_seconds", "1", "0+98x30", "0+100x30"),
            ),
        },
        Alert {
            name: "AroeiraRefusals",
            severity: Severity::Ticket,
            expr: "sum by (instance, class) (rate(aroeira_limits_hit_total[10m])) > 1".into(),
            hold: "10m",
            summary: "{{ $labels.instance }} recusa pedidos acima do limite {{ $labels.class }}",
            description: "Mais de um pedido por segundo recebe 429 há dez minutos: um programa insiste demais, ou o limite é baixo para esta clínica.",
            trial: Trial::new(
                "30m",
                &[("class", "user"), ("instance", "a:8080")],
                vec![here("aroeira_limits_hit_total{class=\"user\"}", "0+90x40")],
                vec![here("aroeira_limits_hit_total{class=\"user\"}", "0+50x40")],
            ),
        },
    ]
}

fn storing() -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraCommitFails",
            severity: Severity::Page,
            expr: r#"increase(aroeira_store_errors_total{kind="commit"}[10m]) > 0"#.into(),
            hold: "0m",
            summary: "O disco de {{ $labels.instance }} recusou gravações",
            description: "Um registro não pôde ser confirmado em disco e foi recusado a quem o escreveu. Nada confirmado se perde, mas a clínica não consegue registrar.",
            trial: Trial::new(
                "12m",
                &[("instance", "a:8080"), ("job", "aroeira"), ("kind", "commit")],
                vec![here("aroeira_store_errors_total{kind=\"commit\"}", "0x9 1x10")],
                vec![
                    here("aroeira_store_errors_total{kind=\"commit\"}", "3x20"),
                    here("aroeira_store_errors_total{kind=\"log\"}", "0x9 1x10"),
                ],
            ),
        },
        Alert {
            name: "AroeiraStoreTrouble",
            severity: Severity::Ticket,
            expr: r#"increase(aroeira_store_errors_total{kind=~"head|log"}[30m]) > 2"#.into(),
            hold: "0m",
            summary: "{{ $labels.instance }} não consegue cuidar dos seus arquivos ({{ $labels.kind }})",
            description: "head: a cópia assinada do fim do diário não é gravada, e um corte dele não seria notado. log: o arquivo de gravações cresce sem ser encurtado.",
            trial: Trial::new(
                "30m",
                &[("instance", "a:8080"), ("job", "aroeira"), ("kind", "head")],
                vec![here("aroeira_store_errors_total{kind=\"head\"}", "0+1x40")],
                vec![here("aroeira_store_errors_total{kind=\"head\"}", "0x20 1x20")],
            ),
        },
    ]
}

fn keeping_up() -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraCommitSlow",
            severity: Severity::Ticket,
            expr: "histogram_quantile(0.95, sum by (instance, le) (rate(aroeira_commit_seconds_bucket[5m]))) > 0.25"
                .into(),
            hold: "10m",
            summary: "Gravar em disco leva mais de um quarto de segundo em {{ $labels.instance }}",
            description: "Toda leitura e toda gravação espera o diário chegar ao disco: um disco lento deixa o sistema inteiro lento.",
            trial: Trial::new(
                "25m",
                INSTANCE,
                buckets("aroeira_commit_seconds", "0.25", "0+90x30", "0+100x30"),
                buckets("aroeira_commit_seconds", "0.25", "0+97x30", "0+100x30"),
            ),
        },
        Alert {
            name: "AroeiraQueueGrows",
            severity: Severity::Page,
            expr: "min_over_time(aroeira_queue_depth[5m]) > 1000".into(),
            hold: "0m",
            summary: "Mais de mil gravações esperam há cinco minutos em {{ $labels.instance }}",
            description: "O disco não acompanha. Com 4.096 em espera numa clínica, as seguintes são recusadas.",
            trial: Trial::new(
                "10m",
                HERE,
                vec![here("aroeira_queue_depth", "1500x20")],
                vec![here("aroeira_queue_depth", "1500 1500 1500 1500 1500 1500 900 1500x20")],
            ),
        },
    ]
}

fn having_room() -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraDiskFills",
            severity: Severity::Ticket,
            expr: "predict_linear(aroeira_disk_free_bytes[6h], 4 * 86400) < 0 and aroeira_disk_free_bytes / aroeira_disk_size_bytes < 0.4".into(),
            hold: "1h",
            summary: "O disco dos dados de {{ $labels.instance }} enche em menos de quatro dias",
            description: "No ritmo das últimas seis horas não haverá onde gravar. Há tempo para agir de dia.",
            trial: Trial::new(
                "8h",
                HERE,
                vec![
                    here("aroeira_disk_size_bytes", "100000000000x120"),
                    here("aroeira_disk_free_bytes", "39000000000-50000000x120"),
                ],
                vec![
                    here("aroeira_disk_size_bytes", "100000000000x120"),
                    here("aroeira_disk_free_bytes", "39000000000-5000000x120"),
                ],
            ).slow(),
        },
        Alert {
            name: "AroeiraDiskFull",
            severity: Severity::Page,
            expr: "aroeira_disk_free_bytes / aroeira_disk_size_bytes < 0.05".into(),
            hold: "5m",
            summary: "Restam menos de 5 % do disco dos dados de {{ $labels.instance }}",
            description: "Quando o disco enche, nada mais é gravado nem lido: toda leitura deixa uma entrada no diário.",
            trial: Trial::new(
                "10m",
                HERE,
                vec![here("aroeira_disk_size_bytes", "1000x20"), here("aroeira_disk_free_bytes", "49x20")],
                vec![here("aroeira_disk_size_bytes", "1000x20"), here("aroeira_disk_free_bytes", "51x20")],
            ),
        },
    ]
}

fn process() -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraMemoryHigh",
            severity: Severity::Ticket,
            expr: r#"process_resident_memory_bytes{job="aroeira"} / aroeira_memory_limit_bytes > 0.9"#.into(),
            hold: "10m",
            summary: "Aroeira em {{ $labels.instance }} usa mais de 90 % da memória que pode ter",
            description: "Acima do limite o sistema operacional encerra o processo, e as clínicas caem por segundos.",
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
            summary: "Aroeira em {{ $labels.instance }} tem 80 % dos arquivos que pode abrir",
            description: "Sem arquivos livres não entram conexões novas nem se abrem clínicas.",
            trial: Trial::new(
                "15m",
                HERE,
                vec![here("process_open_fds", "850x20"), here("process_max_fds", "1000x20")],
                vec![here("process_open_fds", "750x20"), here("process_max_fds", "1000x20")],
            ),
        },
        Alert {
            name: "AroeiraCertificateEndsSoon",
            severity: Severity::Ticket,
            expr: "aroeira_certificate_end_seconds - time() < 14 * 86400".into(),
            hold: "1h",
            summary: "O certificado TLS de {{ $labels.instance }} vence em menos de duas semanas",
            description: "A renovação automática deveria ter acontecido. Vencido, os navegadores recusam o sistema.",
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
            summary: "O certificado TLS de {{ $labels.instance }} vence em menos de dois dias",
            description: "Vencido, nenhum navegador e nenhum programa entra: para as clínicas é uma queda completa.",
            trial: Trial::new(
                "10m",
                HERE,
                vec![here("aroeira_certificate_end_seconds", "86400x20")],
                vec![here("aroeira_certificate_end_seconds", "864000x20")],
            ),
        },
    ]
}
