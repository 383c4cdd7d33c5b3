//! The dashboard of a server of clinics: what it is asked, how long it takes, what its disk and memory do.

use super::panel::{Dashboard, Panel, lines, number};

pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        uid: "aroeira-server",
        title: "Servidor de clínicas".into(),
        description: "Um servidor, ou vários: pedidos, gravações, memória e disco.",
        of_instance: true,
        panels: [heads(), requests(), disk(), process()].into_iter().flatten().collect(),
    }
}

fn heads() -> Vec<Panel> {
    vec![
        number(
            "Pronto para atender",
            "short",
            r#"min(aroeira_ready{instance=~"$instance"})"#,
            &[(0.0, "red"), (1.0, "green")],
            "1 enquanto o diretório de dados pode ser lido e gravado.",
        ),
        number(
            "No ar há",
            "s",
            r#"min(time() - process_start_time_seconds{job="aroeira",instance=~"$instance"})"#,
            &[(0.0, "orange"), (3600.0, "green")],
            "Tempo desde o último início do processo.",
        ),
        number(
            "Clínicas em uso",
            "short",
            r#"sum(aroeira_open_clinics{instance=~"$instance"})"#,
            &[(0.0, "blue")],
            "Clínicas com o arquivo aberto neste momento.",
        ),
        number(
            "Gravações em espera",
            "short",
            r#"sum(aroeira_queue_depth{instance=~"$instance"})"#,
            &[(0.0, "green"), (100.0, "orange"), (1000.0, "red")],
            "Leituras e gravações que esperam o disco. Acima de mil por cinco minutos o plantão é acordado.",
        ),
        number(
            "Erros de disco em 24 h",
            "short",
            r#"sum(increase(aroeira_store_errors_total{instance=~"$instance"}[24h]))"#,
            &[(0.0, "green"), (1.0, "red")],
            "Gravações, cabeças do diário e limpezas que o disco recusou.",
        ),
        number(
            "Disco livre",
            "bytes",
            r#"min(aroeira_disk_free_bytes{instance=~"$instance"})"#,
            &[(0.0, "red"), (10e9, "orange"), (50e9, "green")],
            "Espaço que ainda pode ser gravado no sistema de arquivos dos dados.",
        ),
    ]
}

fn requests() -> Vec<Panel> {
    vec![
        lines(
            "Pedidos por situação",
            "reqps",
            &[(
                r#"sum by (status) (rate(aroeira_http_requests_total{instance=~"$instance"}[$__rate_interval]))"#,
                "{{status}}",
            )],
            &[(0.0, "green")],
            "Respostas por segundo, pelo código HTTP.",
        ),
        lines(
            "Tempo de resposta",
            "s",
            &[
                (
                    r#"histogram_quantile(0.5, sum by (le) (rate(aroeira_http_request_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    "metade",
                ),
                (
                    r#"histogram_quantile(0.95, sum by (le) (rate(aroeira_http_request_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    "95 %",
                ),
                (
                    r#"histogram_quantile(0.99, sum by (le) (rate(aroeira_http_request_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    "99 %",
                ),
            ],
            &[(0.0, "green"), (1.0, "red")],
            "Do pedido à resposta, no servidor; a rede até a clínica não está contada.",
        ),
        lines(
            "Rotas mais usadas",
            "reqps",
            &[(
                r#"topk(10, sum by (method, route) (rate(aroeira_http_requests_total{instance=~"$instance"}[$__rate_interval])))"#,
                "{{method}} {{route}}",
            )],
            &[(0.0, "green")],
            "As dez rotas com mais pedidos.",
        ),
        lines(
            "Rotas que mais ocupam",
            "short",
            &[(
                r#"topk(10, sum by (method, route) (rate(aroeira_http_request_seconds_sum{instance=~"$instance"}[$__rate_interval])))"#,
                "{{method}} {{route}}",
            )],
            &[(0.0, "green")],
            "Segundos de espera por segundo: onde o tempo de quem atende é gasto.",
        ),
    ]
}

fn disk() -> Vec<Panel> {
    vec![
        lines(
            "Tempo de gravação em disco",
            "s",
            &[
                (
                    r#"histogram_quantile(0.5, sum by (le) (rate(aroeira_commit_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    "metade",
                ),
                (
                    r#"histogram_quantile(0.95, sum by (le) (rate(aroeira_commit_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    "95 %",
                ),
            ],
            &[(0.0, "green"), (0.25, "red")],
            "Quanto leva até uma gravação estar em disco. Toda leitura também espera por isso: ela deixa uma entrada no diário.",
        ),
        lines(
            "Pedidos por gravação",
            "short",
            &[(
                r#"sum by (instance) (rate(aroeira_commit_batch_size_sum{instance=~"$instance"}[$__rate_interval])) / (sum by (instance) (rate(aroeira_commit_batch_size_count{instance=~"$instance"}[$__rate_interval])) > 0) or sum by (instance) (0 * aroeira_queue_depth{instance=~"$instance"})"#,
                "{{instance}}",
            )],
            &[(0.0, "green")],
            "Quantos pedidos cada gravação leva junto: cresce com o movimento.",
        ),
        lines(
            "Entradas do diário",
            "ops",
            &[(
                r#"sum by (event) (rate(aroeira_journal_entries_total{instance=~"$instance"}[$__rate_interval])) > 0"#,
                "{{event}}",
            )],
            &[(0.0, "green")],
            "O que acontece nas clínicas, por tipo de evento.",
        ),
        lines(
            "Pedidos recusados por limite",
            "ops",
            &[(
                r#"sum by (class) (rate(aroeira_limits_hit_total{instance=~"$instance"}[$__rate_interval]))"#,
                "{{class}}",
            )],
            &[(0.0, "green"), (1.0, "red")],
            "Respostas 429 por segundo, pela classe do limite.",
        ),
    ]
}

fn process() -> Vec<Panel> {
    vec![
        lines(
            "Processador",
            "short",
            &[(
                r#"rate(process_cpu_seconds_total{job="aroeira",instance=~"$instance"}[$__rate_interval])"#,
                "{{instance}}",
            )],
            &[(0.0, "green")],
            "Núcleos em uso pelo processo.",
        ),
        lines(
            "Memória",
            "bytes",
            &[
                (r#"process_resident_memory_bytes{job="aroeira",instance=~"$instance"}"#, "{{instance}}"),
                (r#"aroeira_memory_limit_bytes{instance=~"$instance"}"#, "{{instance}}: o que pode ter"),
            ],
            &[(0.0, "green")],
            "Memória do processo, e a que ele pode ter.",
        ),
        lines(
            "Arquivos e conexões abertos",
            "short",
            &[
                (r#"process_open_fds{job="aroeira",instance=~"$instance"}"#, "{{instance}}"),
                (r#"process_max_fds{job="aroeira",instance=~"$instance"}"#, "{{instance}}: o que pode ter"),
            ],
            &[(0.0, "green")],
            "Cada conexão e cada arquivo de clínica aberto conta um.",
        ),
        lines(
            "Linhas de execução",
            "short",
            &[(r#"process_threads{instance=~"$instance",job="aroeira"}"#, "{{instance}}")],
            &[(0.0, "green")],
            "Linhas de execução (threads): uma por clínica em uso, mais as do servidor.",
        ),
    ]
}
