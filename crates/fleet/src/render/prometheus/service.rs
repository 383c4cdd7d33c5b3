//! Alerts on Aroeira itself: whether it answers and how fast; its store and its process have files of their own.

mod process;
mod store;

use crate::render::scene::Scene;

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

/// `found`: a cluster is asked for the pods.
pub(super) fn groups(scene: &Scene<'_>, found: bool) -> Vec<Group> {
    let missing = if found { missing(scene) } else { Vec::new() };
    vec![
        Group {
            name: "aroeira",
            area: "service",
            alerts: [answering(scene), missing, serving_well(scene), refusing(scene)].into_iter().flatten().collect(),
        },
        Group {
            name: "aroeira-store",
            area: "service",
            alerts: [store::storing(scene), store::keeping_up(scene), store::having_room(scene)]
                .into_iter()
                .flatten()
                .collect(),
        },
        Group {
            name: "aroeira-process",
            area: "service",
            alerts: [process::limits(scene), process::certificate(scene)].into_iter().flatten().collect(),
        },
    ]
}

fn answering(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraDown",
            severity: Severity::Page,
            expr: r#"up{job="aroeira"} == 0"#.into(),
            hold: "2m",
            summary: scene.say(
                "Aroeira não responde em {{ $labels.instance }}",
                "Aroeira is not responding on {{ $labels.instance }}",
            ),
            description: scene.say(
                "O Prometheus não consegue ler /metrics há dois minutos: as clínicas deste servidor provavelmente estão sem sistema.",
                "Prometheus has not been able to read /metrics for two minutes: the clinics of this server are probably without their system.",
            ),
            trial: Trial::new("5m", HERE, vec![here("up", "0x10")], vec![here("up", "1 1 0 0 1 0 1 1 1")]),
        },
        Alert {
            name: "AroeiraAbsent",
            severity: Severity::Page,
            expr: r#"absent(up{job="aroeira"})"#.into(),
            hold: "5m",
            summary: scene.say("Nenhum Aroeira está sendo observado", "No Aroeira is being watched"),
            description: scene.say(
                "Não há nenhum alvo do Aroeira: os outros alertas não podem disparar enquanto isso durar.",
                "Prometheus has no Aroeira target: the other alerts cannot fire while this lasts.",
            ),
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
            summary: scene.say(
                "Aroeira em {{ $labels.instance }} está no ar, mas não pode atender",
                "Aroeira on {{ $labels.instance }} is up, but cannot serve",
            ),
            description: scene.say(
                "O diretório de dados não pode ser lido ou gravado: nada do que as clínicas escrevem é aceito.",
                "The data directory cannot be read or written: nothing that clinics write is accepted.",
            ),
            trial: Trial::new(
                "5m",
                HERE,
                vec![here("aroeira_ready", "1 0x10")],
                vec![here("aroeira_ready", "1 1 0 0 1 1 1")],
            ),
        },
    ]
}

/// A pod that no node takes is no target, and so `up` of nothing.
fn missing(scene: &Scene<'_>) -> Vec<Alert> {
    let planned = |values| Series::new("aroeira:sets:planned", values);
    let set = |name: &str, values: &'static str| {
        Series::new(format!("up{{job=\"aroeira\",instance=\"clinics/{name}\"}}"), values)
    };
    vec![Alert {
        name: "AroeiraMissing",
        severity: Severity::Page,
        expr: r#"count(up{job="aroeira"}) < on () aroeira:sets:planned"#.into(),
        hold: "5m",
        summary: scene.say("Há menos Aroeiras do que o plano conta", "There are fewer Aroeiras than the plan counts"),
        description: scene.say(
            "Algum conjunto não tem pod, ou o seu não coube em nenhum nó: as clínicas dele estão sem sistema, e ele não aparece em nenhum outro alerta.",
            "Some set has no pod, or no node has room for it: its clinics are without their system, and no other alert shows it.",
        ),
        trial: Trial::new(
            "10m",
            &[],
            vec![planned("3x20"), set("a-1", "1x20"), set("a-2", "1x20")],
            vec![planned("3x20"), set("a-1", "1x20"), set("a-2", "0x20"), set("a-3", "1 1 _ _ 1x20")],
        ),
    }]
}

fn serving_well(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraRestarting",
            severity: Severity::Ticket,
            expr: r#"changes(process_start_time_seconds{job="aroeira"}[30m]) > 2"#.into(),
            hold: "0m",
            summary: scene.say(
                "Aroeira em {{ $labels.instance }} reiniciou mais de duas vezes em meia hora",
                "Aroeira on {{ $labels.instance }} restarted more than twice in half an hour",
            ),
            description: scene.say(
                "Cada reinício encerra consultas em andamento e faz esperar quem está na tela.",
                "Each restart breaks off work in progress and keeps people waiting at their screens.",
            ),
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
            summary: scene.say(
                "Uma em cada vinte respostas de {{ $labels.instance }} leva mais de um segundo",
                "One in twenty responses from {{ $labels.instance }} takes more than a second",
            ),
            description: scene.say(
                "O sistema responde, mas quem atende espera a cada tela.",
                "The system responds, but staff wait at every screen.",
            ),
            trial: Trial::new(
                "25m",
                INSTANCE,
                buckets("aroeira_http_request_seconds", "1", "0+90x30", "0+100x30"),
                buckets("aroeira_http_request_seconds", "1", "0+98x30", "0+100x30"),
            ),
        },
    ]
}

fn refusing(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraRefusals",
            severity: Severity::Ticket,
            expr: "sum by (instance, class) (rate(aroeira_limits_hit_total[10m])) > 1".into(),
            hold: "10m",
            summary: scene.say(
                "{{ $labels.instance }} recusa pedidos acima do limite {{ $labels.class }}",
                "{{ $labels.instance }} is refusing requests above the limit {{ $labels.class }}",
            ),
            description: scene.say(
                "Mais de um pedido por segundo recebe 429 há dez minutos: um programa insiste demais, ou o limite é baixo para esta clínica.",
                "For ten minutes more than one request a second has been answered with 429: a program is asking too often, or the limit is too low for this clinic.",
            ),
            trial: Trial::new(
                "30m",
                &[("class", "user"), ("instance", "a:8080")],
                vec![here("aroeira_limits_hit_total{class=\"user\"}", "0+90x40")],
                vec![here("aroeira_limits_hit_total{class=\"user\"}", "0+50x40")],
            ),
        },
    ]
}
