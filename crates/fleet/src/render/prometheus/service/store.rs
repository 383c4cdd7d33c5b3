//! Alerts on what holds the records: what the disk refuses, how long it takes, how much of it is left.

use super::{HERE, INSTANCE, buckets, here};
use crate::render::prometheus::alert::{Alert, Severity, Trial};
use crate::render::scene::Scene;

pub(super) fn storing(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraCommitFails",
            severity: Severity::Page,
            expr: r#"increase(aroeira_store_errors_total{kind="commit"}[10m]) > 0"#.into(),
            hold: "0m",
            summary: scene.say(
                "O disco de {{ $labels.instance }} recusou gravações",
                "The disk of {{ $labels.instance }} refused writes",
            ),
            description: scene.say(
                "Um registro não pôde ser confirmado em disco e foi recusado a quem o escreveu. Nada confirmado se perde, mas a clínica não consegue registrar.",
                "A record could not be committed to disk and was refused; whoever wrote it was told. Nothing committed is lost, but the clinic cannot record anything.",
            ),
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
            summary: scene.say(
                "{{ $labels.instance }} não consegue cuidar dos seus arquivos ({{ $labels.kind }})",
                "{{ $labels.instance }} cannot maintain its files ({{ $labels.kind }})",
            ),
            description: scene.say(
                "head: a cópia assinada do fim do diário não é gravada, e um corte dele não seria notado. log: o arquivo de gravações cresce sem ser encurtado.",
                "head: the signed copy of the journal's end is not being written, and nobody would notice if the journal were cut short. log: the write log keeps growing and is not being shortened.",
            ),
            trial: Trial::new(
                "30m",
                &[("instance", "a:8080"), ("job", "aroeira"), ("kind", "head")],
                vec![here("aroeira_store_errors_total{kind=\"head\"}", "0+1x40")],
                vec![here("aroeira_store_errors_total{kind=\"head\"}", "0x20 1x20")],
            ),
        },
    ]
}

pub(super) fn keeping_up(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraCommitSlow",
            severity: Severity::Ticket,
            expr: "histogram_quantile(0.95, sum by (instance, le) (rate(aroeira_commit_seconds_bucket[5m]))) > 0.25"
                .into(),
            hold: "10m",
            summary: scene.say(
                "Gravar em disco leva mais de um quarto de segundo em {{ $labels.instance }}",
                "Writing to disk takes more than a quarter of a second on {{ $labels.instance }}",
            ),
            description: scene.say(
                "Toda leitura e toda gravação espera o diário chegar ao disco: um disco lento deixa o sistema inteiro lento.",
                "Every read and every write waits until the journal is on disk: a slow disk makes the whole system slow.",
            ),
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
            summary: scene.say(
                "Mais de mil gravações esperam há cinco minutos em {{ $labels.instance }}",
                "More than a thousand writes have been waiting for five minutes on {{ $labels.instance }}",
            ),
            description: scene.say(
                "O disco não acompanha. Com 4.096 em espera numa clínica, as seguintes são recusadas.",
                "The disk is not keeping up. With 4,096 waiting in one clinic, further ones are refused.",
            ),
            trial: Trial::new(
                "10m",
                HERE,
                vec![here("aroeira_queue_depth", "1500x20")],
                vec![here("aroeira_queue_depth", "1500 1500 1500 1500 1500 1500 900 1500x20")],
            ),
        },
    ]
}

pub(super) fn having_room(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "AroeiraDiskFills",
            severity: Severity::Ticket,
            expr: "predict_linear(aroeira_disk_free_bytes[6h], 4 * 86400) < 0 and aroeira_disk_free_bytes / aroeira_disk_size_bytes < 0.4".into(),
            hold: "1h",
            summary: scene.say(
                "O disco dos dados de {{ $labels.instance }} enche em menos de quatro dias",
                "The data disk of {{ $labels.instance }} will be full in less than four days",
            ),
            description: scene.say(
                "No ritmo das últimas seis horas não haverá onde gravar. Há tempo para agir de dia.",
                "At the rate of the last six hours there will be nowhere left to write. There is time to act in working hours.",
            ),
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
            summary: scene.say(
                "Restam menos de 5 % do disco dos dados de {{ $labels.instance }}",
                "Less than 5% of the data disk of {{ $labels.instance }} is left",
            ),
            description: scene.say(
                "Quando o disco enche, nada mais é gravado nem lido: toda leitura deixa uma entrada no diário.",
                "Once the disk is full, nothing more is written or read: every read leaves an entry in the journal.",
            ),
            trial: Trial::new(
                "10m",
                HERE,
                vec![here("aroeira_disk_size_bytes", "1000x20"), here("aroeira_disk_free_bytes", "49x20")],
                vec![here("aroeira_disk_size_bytes", "1000x20"), here("aroeira_disk_free_bytes", "51x20")],
            ),
        },
    ]
}
