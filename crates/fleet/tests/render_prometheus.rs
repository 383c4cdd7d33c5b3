//! What watches a fleet, as Prometheus, Alertmanager and Grafana get it. The tools themselves read it in `cargo xtask fleet`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aroeira_fleet::render::{Files, Problem, Target, render};
use aroeira_fleet::{Catalogue, Language, Spec, plan, presets};

fn read(text: &str) -> Spec {
    Spec::read(text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}")).0
}

fn try_to(text: &str, target: Target, language: Language) -> Result<Files, Problem> {
    let (spec, catalogue) = (read(text), Catalogue::built_in().unwrap());
    render(&spec, &catalogue, &plan(&spec, &catalogue), target, language)
}

fn to(text: &str, target: Target) -> Files {
    try_to(text, target, Language::Portuguese).unwrap_or_else(|problem| panic!("{problem:?}"))
}

fn preset(name: &str) -> &'static str {
    presets::get(name).unwrap()
}

fn presets() -> impl Iterator<Item = (&'static str, &'static str)> {
    presets::NAMES.iter().map(|name| (*name, preset(name)))
}

fn with(name: &str, watching: &str) -> String {
    format!("{}\n[watching]\n{watching}\n", preset(name))
}

/// Names of alerts.
fn alerts(files: &Files) -> Vec<String> {
    let rules = files.iter().filter(|(path, _)| path.starts_with("rules/"));
    let lines = rules.flat_map(|(_, text)| text.lines());
    lines.filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::to_owned).collect()
}

#[test]
fn own_machines_are_scraped_where_the_plan_puts_aroeira_and_clusters_by_their_pods() {
    let own = to(preset("garage"), Target::Prometheus);
    let own = own.get("prometheus.yml").unwrap();
    assert!(own.contains("targets: [\"172.30.0.10:8080\"]") && own.contains("targets: [\"127.0.0.1:9100\"]"), "{own}");
    assert!(!own.contains("kubernetes_sd_configs"));
    let cluster = to(preset("aws-starter"), Target::Prometheus);
    let rented = cluster.get("prometheus.yml").unwrap();
    assert!(rented.contains("kubernetes_sd_configs") && !rented.contains(":9100"), "{rented}");
    // No rule on what nobody exports.
    assert!(!alerts(&cluster).iter().any(|name| name.starts_with("Host")));
    // A pod that no node takes is no target: the plan's count tells.
    assert!(alerts(&cluster).contains(&"AroeiraMissing".to_owned()));
    assert!(cluster.get("rules/records.yml").unwrap().contains("record: aroeira:sets:planned"));
    // Own machines under a cluster are watched as machines.
    let both = to(preset("colocation"), Target::Prometheus);
    let scraped = both.get("prometheus.yml").unwrap();
    assert!(scraped.contains("kubernetes_sd_configs") && scraped.contains("virt-1:9100"), "{scraped}");
    assert!(alerts(&both).contains(&"HostDown".to_owned()));
}

#[test]
fn what_is_scraped_is_where_aroeira_listens_and_lets_who_reads_it_in() {
    for name in ["local-provider", "hospital"] {
        let text = preset(name);
        let scraped = to(text, Target::Prometheus).get("prometheus.yml").unwrap().to_owned();
        let machines = to(text, Target::Systemd);
        let mut seen = 0;
        for (path, settings) in machines.iter().filter(|(path, _)| path.ends_with("/aroeira.toml")) {
            let listen = settings.lines().find_map(|line| line.strip_prefix("listen = ")).unwrap();
            assert!(scraped.contains(&format!("targets: {listen}")), "{name}: {path} listens at {listen}: {scraped}");
            let readers = settings.lines().find_map(|line| line.strip_prefix("metrics_from = ")).unwrap();
            assert!(readers.contains("10.77."), "{name}: nobody of the machines reads {path}: {readers}");
            let node = path.split('/').nth(1).unwrap();
            let doors = machines.get(&format!("nodes/{node}/etc/nftables.conf")).unwrap();
            let port = listen.trim_matches(['[', ']', '"']).rsplit(':').next().unwrap();
            let read =
                doors.lines().find(|line| line.contains("9100 }") && line.contains("wg-nodes")).unwrap_or_default();
            assert!(read.contains(port), "{name}: {node} shuts {port} out: {doors}");
            seen += 1;
        }
        assert!(seen > 0, "{name} runs no Aroeira");
    }
}

#[test]
fn certificates_are_watched_where_tls_ends() {
    for name in ["garage", "local-provider", "hospital", "hybrid"] {
        let (files, machines) = (to(preset(name), Target::Prometheus), to(preset(name), Target::Systemd));
        let text = files.get("prometheus.yml").unwrap();
        let job = text.split("job_name: blackbox").nth(1).unwrap();
        let edges = machines.iter().filter(|(path, _)| path.ends_with("/etc/nginx/nginx.conf")).count();
        assert_eq!(job.matches(":443\"]").count(), edges, "{name}: {job}");
        assert!(files.get("blackbox.yml").unwrap().contains("  tls:\n"), "{name}");
        assert!(alerts(&files).contains(&"EdgeCertificateEnds".to_owned()), "{name}");
        let doors = machines.iter().filter(|(path, text)| path.ends_with("nftables.conf") && text.contains("9115"));
        assert_eq!(doors.count(), usize::from(job.contains("10.77.")), "{name}: whoever probes lets in who reads it");
    }
    for name in ["colocation", "aws-starter"] {
        let files = to(preset(name), Target::Prometheus);
        assert!(files.get("prometheus.yml").unwrap().contains("job_name: cert-manager"), "{name}");
        assert!(
            files.get("rules/alerts.yml").unwrap().contains("certmanager_certificate_expiration_timestamp_seconds")
        );
        assert!(files.get("blackbox.yml").is_none(), "{name}");
    }
}

#[test]
fn alerts_go_to_where_alertmanager_runs() {
    for (name, address) in [("garage", "localhost:9093"), ("colocation", "alertmanager:9093")] {
        let files = to(preset(name), Target::Prometheus);
        let text = files.get("prometheus.yml").unwrap();
        assert_eq!(text.matches(&format!("targets: [\"{address}\"]")).count(), 2, "{name}: {text}");
    }
    let units = to(preset("hospital"), Target::Systemd);
    let unit = units.iter().find(|(path, _)| path.ends_with("/alertmanager.service")).unwrap().1;
    let published = unit.split("--publish=").nth(1).unwrap().split_whitespace().next().unwrap();
    let address = published.strip_suffix(":9093").unwrap();
    assert!(to(preset("hospital"), Target::Prometheus).get("prometheus.yml").unwrap().contains(address), "{published}");
    assert!(unit.contains("--volume=/etc/alertmanager:/etc/alertmanager:ro"), "{unit}");
}

#[test]
fn the_promise_decides_when_somebody_is_woken() {
    for (percent, fast, slow, drip) in [("99.9", "0.0144", "0.006", "0.001"), ("99.99", "0.00144", "0.0006", "0.0001")]
    {
        let text = preset("local-provider")
            .replace("availability_percent = 99.5", &format!("availability_percent = {percent}"));
        let files = to(&text, Target::Prometheus);
        let rules = files.get("rules/promise.yml").unwrap();
        for (long, short, above) in [("1h", "5m", fast), ("6h", "30m", slow), ("3d", "6h", drip)] {
            let wanted =
                format!("aroeira:unavailable:ratio{long} > {above} and aroeira:unavailable:ratio{short} > {above}\"");
            assert!(rules.contains(&wanted), "{percent}: {wanted} is not in\n{rules}");
        }
    }
    // Where nothing was promised nothing burns; the rest is watched all the same.
    let text = preset("garage").replace("availability_percent = 99.0\n", "");
    let files = to(&text, Target::Prometheus);
    assert!(files.get("rules/promise.yml").is_none() && files.get("tests/promise.yml").is_none());
    assert!(!files.get("rules/records.yml").unwrap().contains("unavailable"));
    assert!(alerts(&files).contains(&"AroeiraDown".to_owned()));
    let drawn = to(&text, Target::Grafana);
    assert!(!drawn.get("dashboards/aroeira-provider.json").unwrap().contains("unavailable"));
}

#[test]
fn each_alert_has_a_severity_a_runbook_and_both_trials() {
    for (name, text) in presets() {
        let files = to(text, Target::Prometheus);
        let names = alerts(&files);
        assert!(names.len() > 8, "{name}");
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("rules/") && *path != "rules/records.yml")
        {
            let trials = files.get(&path.replace("rules/", "tests/")).unwrap();
            for alert in text.split("- alert: ").skip(1) {
                let name = alert.lines().next().unwrap();
                for wanted in
                    ["severity: ", "summary: ", "description: ", &format!("runbook_url: \"docs/runbooks/{name}.md\"")]
                {
                    assert!(alert.contains(wanted), "{name}: {wanted}");
                }
                assert!(trials.contains(&format!("- name: {name}\n")), "{name}");
                assert!(trials.contains(&format!("- name: {name}, quiet\n")), "{name}");
            }
        }
    }
}

#[test]
fn alerts_reach_whom_the_spec_names_and_no_secret_is_written() {
    let all = to(preset("garage"), Target::Prometheus);
    let all = all.get("alertmanager.yml").unwrap();
    for file in ["smtp_auth_password_file:", "routing_key_file:", "api_url_file:"] {
        assert!(all.contains(file), "{file}");
    }
    for secret in ["smtp_auth_password:", "routing_key:", "api_url:", "hooks.slack.com"] {
        assert!(!all.contains(secret), "{secret}");
    }
    let one = to(&with("garage", "alerts = [\"email\"]"), Target::Prometheus);
    let one = one.get("alertmanager.yml").unwrap();
    assert!(!one.contains("slack") && !one.contains("pagerduty"), "{one}");
    // Every receiver still reaches somebody.
    assert_eq!(one.matches("email_configs:").count(), one.matches("- name: ").count() - 1, "{one}");
}

#[test]
fn the_data_protection_officer_hears_of_everything_that_is_security() {
    for (name, text) in presets().filter(|(name, _)| *name != "hybrid") {
        let files = to(text, Target::Prometheus);
        let routes = files.get("alertmanager.yml").unwrap();
        let first = routes.split("    - receiver: ").nth(1).unwrap();
        assert!(first.starts_with("privacy") && first.contains("continue: true"), "{name}: {first}");
        // What is inhibited reaches nobody, whoever the receiver is.
        let inhibited = routes.split("inhibit_rules:").nth(1).unwrap().split("receivers:").next().unwrap();
        let security =
            files.get("rules/alerts.yml").unwrap().split("  - name: ").find(|one| one.starts_with("security"));
        for alert in security.unwrap().lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
            assert!(!inhibited.contains(alert), "{name}: {alert} may be inhibited");
            assert!(!alert.starts_with("Aroeira"), "{name}: {alert} is inhibited with its host");
        }
        for wanted in
            ["privacy,page,escalation severity=page area=security alertname=BreakGlassMany", "privacy,ticket "]
        {
            assert!(files.get("tests/routes.txt").unwrap().contains(wanted), "{name}: {wanted}");
        }
    }
}

#[test]
fn quiet_hours_may_pass_midnight_and_never_hold_for_pages() {
    let files = to(
        &with("garage", "quiet_from = \"12:00\"\nquiet_until = \"13:30\"\nzone = \"America/Manaus\""),
        Target::Prometheus,
    );
    let text = files.get("alertmanager.yml").unwrap();
    assert!(text.contains("{ start_time: \"12:00\", end_time: \"13:30\" }") && !text.contains("24:00"), "{text}");
    assert!(text.contains("location: \"America/Manaus\"") && !text.contains("Sao_Paulo"));
    let night = to(preset("garage"), Target::Prometheus);
    let night = night.get("alertmanager.yml").unwrap();
    for stretch in ["{ start_time: \"00:00\", end_time: \"07:00\" }", "{ start_time: \"20:00\", end_time: \"24:00\" }"]
    {
        assert!(night.contains(stretch), "{night}");
    }
    let muted: Vec<&str> = night.split("- receiver: ").filter(|route| route.contains("mute_time_intervals")).collect();
    assert_eq!(muted.len(), 1);
    assert!(muted[0].starts_with("ticket"));
}

#[test]
fn logs_and_traces_go_where_the_spec_says() {
    for (logs, exporter) in [
        ("loki", "otlphttp/loki:"),
        ("elasticsearch", "elasticsearch:"),
        ("datadog", "datadog:"),
        ("cloudwatch", "awscloudwatchlogs:"),
    ] {
        for traces in ["tempo", "jaeger"] {
            let text = with("garage", &format!("logs = \"{logs}\"\ntraces = \"{traces}\""));
            let files = to(&text, Target::Grafana);
            let collector = files.get("collector.yaml").unwrap();
            assert!(collector.contains(exporter) && collector.contains(&format!("otlphttp/{traces}:")), "{collector}");
            assert_eq!(collector.matches("endpoint: http://").count(), 1 + usize::from(logs == "loki"), "{collector}");
        }
    }
    let none = to(&with("garage", "logs = \"none\"\ntraces = \"none\""), Target::Grafana);
    assert!(none.get("collector.yaml").is_none() && none.get("aroeira-traces.toml").is_none());
}

#[test]
fn a_fleet_without_aroeira_has_its_machines_watched_and_no_dashboards_drawn() {
    let files = to(preset("hybrid"), Target::Prometheus);
    assert!(files.get("rules/records.yml").is_none());
    assert!(alerts(&files).iter().all(|name| ["Host", "Edge", "Watching"].iter().any(|root| name.starts_with(root))));
    assert!(!files.get("prometheus.yml").unwrap().contains("job_name: aroeira"));
    let Err(Problem::Unsuited(why)) = try_to(preset("hybrid"), Target::Grafana, Language::Portuguese) else {
        panic!("there is nothing to draw")
    };
    assert!(why.portuguese.contains("acrescente a carga `aroeira`"));
}

#[test]
fn a_small_change_is_a_small_difference_and_the_same_spec_gives_the_same_bytes() {
    let text = preset("hospital");
    for target in [Target::Prometheus, Target::Grafana] {
        assert_eq!(to(text, target), to(text, target));
    }
    let before = to(text, Target::Prometheus);
    let after = to(&text.replacen("count = 3", "count = 4", 1), Target::Prometheus);
    let changed: Vec<&str> =
        before.iter().filter(|(path, text)| after.get(path) != Some(text)).map(|(path, _)| path).collect();
    assert_eq!(changed, ["prometheus.yml"], "one machine more is scraped, and nothing else changes");
}

#[test]
fn dashboards_speak_of_what_there_is() {
    for (name, text) in presets().filter(|(name, _)| *name != "hybrid") {
        let files = to(text, Target::Grafana);
        let boards: Vec<_> = files.iter().filter(|(path, _)| path.starts_with("dashboards/")).collect();
        assert_eq!(boards.len(), 3, "{name}");
        for (path, text) in boards {
            let board: serde_json::Value = serde_json::from_str(text).unwrap();
            for panel in board["panels"].as_array().unwrap() {
                let said = |key: &str| !panel[key].as_str().unwrap_or_default().is_empty();
                assert!(said("title") && said("description"), "{path}: {panel}");
                assert_ne!(panel["fieldConfig"]["defaults"]["unit"], serde_json::Value::Null, "{path}: {panel}");
            }
            for later in ["postgres", "pg_", "redis", "backup", "whisper", "ollama"] {
                assert!(!text.contains(later), "{path}: {later} is not exported yet");
            }
        }
    }
}

/// Renders in both languages, Portuguese first; nothing where the target does not suit.
fn in_both(text: &str, target: Target) -> Option<(Files, Files)> {
    let portuguese = try_to(text, target, Language::Portuguese).ok()?;
    Some((portuguese, try_to(text, target, Language::English).unwrap()))
}

fn has_accents(text: &str) -> bool {
    text.chars().any(|letter| letter.is_alphabetic() && !letter.is_ascii())
}

/// What somebody reads who was woken or looks at a dashboard; the rest of a fleet's files is for machines.
fn is_read(path: &str) -> bool {
    path.starts_with("dashboards/") || path.starts_with("tests/") || path.starts_with("rules/")
}

#[test]
fn alerts_and_dashboards_speak_the_language_that_is_asked_for() {
    for (name, text) in presets() {
        for target in [Target::Prometheus, Target::Grafana] {
            let Some((portuguese, english)) = in_both(text, target) else { continue };
            for (path, text) in english.iter() {
                let wrong = text.lines().find(|line| has_accents(line));
                assert_eq!(wrong, None, "{name}: {path}");
            }
            let spoken = portuguese.iter().filter(|(path, _)| is_read(path) && !path.ends_with("routes.txt"));
            for (path, text) in spoken {
                assert!(has_accents(text), "{name}: {path}");
            }
        }
    }
    let english = try_to(preset("garage"), Target::Prometheus, Language::English).unwrap();
    assert!(
        english.get("rules/alerts.yml").unwrap().contains("\"Aroeira is not responding on {{ $labels.instance }}\"")
    );
    assert!(english.get("tests/alerts.yml").unwrap().contains("\"Aroeira is not responding on a:8080\""));
}

#[test]
fn a_language_changes_every_text_and_no_name() {
    for (name, text) in presets() {
        for target in [Target::Prometheus, Target::Grafana] {
            let Some((portuguese, english)) = in_both(text, target) else { continue };
            for (path, text) in portuguese.iter().filter(|(path, _)| is_read(path)) {
                let other = english.get(path).unwrap();
                assert_eq!(text.lines().count(), other.lines().count(), "{name}: {path}");
                for (line, other) in text.lines().zip(other.lines()) {
                    let key = line.split(':').next().unwrap_or_default().trim_matches([' ', '"']);
                    // The title of the links is a name.
                    let text = ["summary", "description", "title"].contains(&key) && !line.contains("\"Aroeira\"");
                    let may = text || ["legendFormat", "label"].contains(&key) || line.trim().starts_with('#');
                    assert!(if text { line != other } else { may || line == other }, "{name}: {path}: {line}");
                }
            }
        }
    }
}
