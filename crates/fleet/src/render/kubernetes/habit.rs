//! How images of the catalogue want to be started where nothing of theirs may be written but their volumes.

/// What an image needs beside its ports.
#[derive(Clone, Copy, Default)]
pub(super) struct Habit {
    /// Where it keeps its data; `/var/lib/WORKLOAD` where it is not said.
    pub(super) data: Option<&'static str>,
    pub(super) command: &'static [&'static str],
    pub(super) args: &'static [&'static str],
    pub(super) env: &'static [(&'static str, &'static str)],
    /// Folders beside `/tmp` that it writes to and that may be lost.
    pub(super) scratch: &'static [&'static str],
    /// Where its settings lie, and the file.
    pub(super) settings: Option<(&'static str, &'static str)>,
}

pub(super) fn of(entry: &str) -> Habit {
    let none = Habit::default();
    match entry {
        "aroeira" => Habit {
            data: Some("/var/lib/aroeira"),
            args: &["serve", "--config", "/etc/aroeira/aroeira.toml"],
            settings: Some(("/etc/aroeira", "aroeira.toml")),
            ..none
        },
        "nginx" => Habit { settings: Some(("/etc/nginx/conf.d", "default.conf")), ..none },
        "wordpress" => Habit { data: Some("/var/www/html"), scratch: &["/var/run/apache2"], ..none },
        "whisper" => Habit {
            data: Some("/models"),
            command: &["/app/build/bin/whisper-server"],
            args: &["--host", "0.0.0.0", "--port", "8080", "--model", "/models/modelo.bin"],
            ..none
        },
        "ollama" => Habit {
            data: Some("/models"),
            env: &[("OLLAMA_HOST", "0.0.0.0:11434"), ("OLLAMA_MODELS", "/models")],
            ..none
        },
        "vllm" => Habit {
            data: Some("/models"),
            args: &["--model", "/models/modelo", "--port", "8000"],
            env: &[("HF_HUB_OFFLINE", "1")],
            ..none
        },
        "valkey" => Habit { command: &["sh", "-c"], args: &[VALKEY], env: &[], ..none },
        "prometheus" => Habit {
            data: Some("/prometheus"),
            args: &["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
            settings: Some(("/etc/prometheus", "prometheus.yml")),
            ..none
        },
        "grafana" => Habit {
            env: &[("GF_SECURITY_ADMIN_PASSWORD__FILE", "/run/secrets/grafana/admin-password")],
            scratch: &["/var/lib/grafana", "/var/log/grafana"],
            ..none
        },
        "loki" => Habit { args: &["-config.file=/etc/loki/local-config.yaml"], scratch: &["/loki"], ..none },
        _ => none,
    }
}

/// The first of the set takes what is written, the others copy it. The password is a line of a file.
const VALKEY: &str = "set -- /run/secrets/valkey/valkey.conf --dir /tmp --save ''; \
[ \"${HOSTNAME##*-}\" = 0 ] || set -- \"$@\" --replicaof \"$PRIMARY\" 6379; exec valkey-server \"$@\"";
