//! The dashboard of a server of clinics: what it is asked, how long it takes, what its disk and memory do.

use crate::render::scene::Scene;

use super::panel::{Dashboard, Panel, lines, number};

pub(super) fn dashboard(scene: &Scene<'_>) -> Dashboard {
    Dashboard {
        uid: "aroeira-server",
        title: scene.say("Servidor de clínicas", "Clinic server").into(),
        description: scene.say(
            "Um servidor, ou vários: pedidos, gravações, memória e disco.",
            "One server, or several: requests, writes, memory and disk.",
        ),
        of_instance: true,
        panels: [heads(scene), requests(scene), disk(scene), journal(scene), process(scene)]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn heads(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        number(
            scene.say("Pronto para atender", "Ready to serve"),
            "short",
            r#"min(aroeira_ready{instance=~"$instance"})"#,
            &[(0.0, "red"), (1.0, "green")],
            scene.say(
                "1 enquanto o diretório de dados pode ser lido e gravado.",
                "1 while the data directory can be read and written.",
            ),
        ),
        number(
            scene.say("No ar há", "Uptime"),
            "s",
            r#"min(time() - process_start_time_seconds{job="aroeira",instance=~"$instance"})"#,
            &[(0.0, "orange"), (3600.0, "green")],
            scene.say("Tempo desde o último início do processo.", "Time since the process last started."),
        ),
        number(
            scene.say("Clínicas em uso", "Clinics in use"),
            "short",
            r#"sum(aroeira_open_clinics{instance=~"$instance"})"#,
            &[(0.0, "blue")],
            scene.say("Clínicas com o arquivo aberto neste momento.", "Clinics whose file is open right now."),
        ),
        number(
            scene.say("Gravações em espera", "Writes waiting"),
            "short",
            r#"sum(aroeira_queue_depth{instance=~"$instance"})"#,
            &[(0.0, "green"), (100.0, "orange"), (1000.0, "red")],
            scene.say(
                "Leituras e gravações que esperam o disco. Acima de mil por cinco minutos o plantão é acordado.",
                "Reads and writes that wait for the disk. Above a thousand for five minutes whoever is on call is woken.",
            ),
        ),
        number(
            scene.say("Erros de disco em 24 h", "Disk errors in 24 h"),
            "short",
            r#"sum(increase(aroeira_store_errors_total{instance=~"$instance"}[24h]))"#,
            &[(0.0, "green"), (1.0, "red")],
            scene.say(
                "Gravações, cabeças do diário e limpezas que o disco recusou.",
                "Writes, journal heads and clean-ups that the disk refused.",
            ),
        ),
        number(
            scene.say("Disco livre", "Free disk space"),
            "bytes",
            r#"min(aroeira_disk_free_bytes{instance=~"$instance"})"#,
            &[(0.0, "red"), (10e9, "orange"), (50e9, "green")],
            scene.say(
                "Espaço que ainda pode ser gravado no sistema de arquivos dos dados.",
                "Space that can still be written on the file system of the data.",
            ),
        ),
    ]
}

fn requests(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Pedidos por situação", "Requests by status"),
            "reqps",
            &[(
                r#"sum by (status) (rate(aroeira_http_requests_total{instance=~"$instance"}[$__rate_interval]))"#,
                "{{status}}",
            )],
            &[(0.0, "green")],
            scene.say("Respostas por segundo, pelo código HTTP.", "Responses per second, by HTTP status code."),
        ),
        lines(
            scene.say("Tempo de resposta", "Response time"),
            "s",
            &[
                (
                    r#"histogram_quantile(0.5, sum by (le) (rate(aroeira_http_request_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    scene.say("metade", "median"),
                ),
                (
                    r#"histogram_quantile(0.95, sum by (le) (rate(aroeira_http_request_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    scene.say("95 %", "95%"),
                ),
                (
                    r#"histogram_quantile(0.99, sum by (le) (rate(aroeira_http_request_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    scene.say("99 %", "99%"),
                ),
            ],
            &[(0.0, "green"), (1.0, "red")],
            scene.say(
                "Do pedido à resposta, no servidor; a rede até a clínica não está contada.",
                "From request to response, on the server; the network to the clinic is not counted.",
            ),
        ),
        lines(
            scene.say("Rotas mais usadas", "Most used routes"),
            "reqps",
            &[(
                r#"topk(10, sum by (method, route) (rate(aroeira_http_requests_total{instance=~"$instance"}[$__rate_interval])))"#,
                "{{method}} {{route}}",
            )],
            &[(0.0, "green")],
            scene.say("As dez rotas com mais pedidos.", "The ten routes with the most requests."),
        ),
        lines(
            scene.say("Rotas que mais ocupam", "Routes that take the most time"),
            "short",
            &[(
                r#"topk(10, sum by (method, route) (rate(aroeira_http_request_seconds_sum{instance=~"$instance"}[$__rate_interval])))"#,
                "{{method}} {{route}}",
            )],
            &[(0.0, "green")],
            scene.say(
                "Segundos de espera por segundo: onde o tempo de quem atende é gasto.",
                "Seconds of waiting per second: where staff time is spent.",
            ),
        ),
    ]
}

fn disk(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Tempo de gravação em disco", "Time to write to disk"),
            "s",
            &[
                (
                    r#"histogram_quantile(0.5, sum by (le) (rate(aroeira_commit_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    scene.say("metade", "median"),
                ),
                (
                    r#"histogram_quantile(0.95, sum by (le) (rate(aroeira_commit_seconds_bucket{instance=~"$instance"}[$__rate_interval])))"#,
                    scene.say("95 %", "95%"),
                ),
            ],
            &[(0.0, "green"), (0.25, "red")],
            scene.say(
                "Quanto leva até uma gravação estar em disco. Toda leitura também espera por isso: ela deixa uma entrada no diário.",
                "How long until a write is on disk. Every read waits for it as well: it leaves an entry in the journal.",
            ),
        ),
        lines(
            scene.say("Pedidos por gravação", "Requests per write"),
            "short",
            &[(
                r#"sum by (instance) (rate(aroeira_commit_batch_size_sum{instance=~"$instance"}[$__rate_interval])) / (sum by (instance) (rate(aroeira_commit_batch_size_count{instance=~"$instance"}[$__rate_interval])) > 0) or sum by (instance) (0 * aroeira_queue_depth{instance=~"$instance"})"#,
                "{{instance}}",
            )],
            &[(0.0, "green")],
            scene.say(
                "Quantos pedidos cada gravação leva junto: cresce com o movimento.",
                "How many requests each write takes along: it grows with the traffic.",
            ),
        ),
    ]
}

fn journal(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Entradas do diário", "Journal entries"),
            "ops",
            &[(
                r#"sum by (event) (rate(aroeira_journal_entries_total{instance=~"$instance"}[$__rate_interval])) > 0"#,
                "{{event}}",
            )],
            &[(0.0, "green")],
            scene.say(
                "O que acontece nas clínicas, por tipo de evento.",
                "What happens in the clinics, by kind of event.",
            ),
        ),
        lines(
            scene.say("Pedidos recusados por limite", "Requests refused by limits"),
            "ops",
            &[(
                r#"sum by (class) (rate(aroeira_limits_hit_total{instance=~"$instance"}[$__rate_interval]))"#,
                "{{class}}",
            )],
            &[(0.0, "green"), (1.0, "red")],
            scene.say(
                "Respostas 429 por segundo, pela classe do limite.",
                "429 responses per second, by class of limit.",
            ),
        ),
    ]
}

fn process(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Processador", "CPU"),
            "short",
            &[(
                r#"rate(process_cpu_seconds_total{job="aroeira",instance=~"$instance"}[$__rate_interval])"#,
                "{{instance}}",
            )],
            &[(0.0, "green")],
            scene.say("Núcleos em uso pelo processo.", "Cores that the process uses."),
        ),
        lines(
            scene.say("Memória", "Memory"),
            "bytes",
            &[
                (r#"process_resident_memory_bytes{job="aroeira",instance=~"$instance"}"#, "{{instance}}"),
                (
                    r#"aroeira_memory_limit_bytes{instance=~"$instance"}"#,
                    scene.say("{{instance}}: o que pode ter", "{{instance}}: what it may have"),
                ),
            ],
            &[(0.0, "green")],
            scene.say("Memória do processo, e a que ele pode ter.", "Memory of the process, and what it may have."),
        ),
        lines(
            scene.say("Arquivos e conexões abertos", "Open files and connections"),
            "short",
            &[
                (r#"process_open_fds{job="aroeira",instance=~"$instance"}"#, "{{instance}}"),
                (
                    r#"process_max_fds{job="aroeira",instance=~"$instance"}"#,
                    scene.say("{{instance}}: o que pode ter", "{{instance}}: what it may have"),
                ),
            ],
            &[(0.0, "green")],
            scene.say(
                "Cada conexão e cada arquivo de clínica aberto conta um.",
                "Each connection and each open clinic file counts as one.",
            ),
        ),
        lines(
            scene.say("Linhas de execução", "Threads"),
            "short",
            &[(r#"process_threads{instance=~"$instance",job="aroeira"}"#, "{{instance}}")],
            &[(0.0, "green")],
            scene.say(
                "Linhas de execução (threads): uma por clínica em uso, mais as do servidor.",
                "Threads: one per clinic in use, plus the server's.",
            ),
        ),
    ]
}
