//! Manifests, chart and applications, by what they promise. `cargo xtask fleet` hands them to the tools that read them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use aroeira_fleet::catalogue::BackupClass;
use aroeira_fleet::plan::Finding;
use aroeira_fleet::render::{Files, Problem, Target, render};
use aroeira_fleet::{Catalogue, Language, Spec, plan, presets};

const HEAD: &str = "name = \"frota\"\ncurrency = \"BRL\"\nprice_books = []\n\
    [[site]]\nid = \"casa\"\nkind = \"colocation\"\ncountry = \"BR\"\n\
    [[node]]\nid = \"virt\"\nsite = \"casa\"\ncount = 40\ncores = 64\nmemory_gb = 512\n\
    [[node.disk]]\nkind = \"nvme\"\ngb = 100000\n";

fn read(text: &str) -> Spec {
    Spec::read(text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}")).0
}

fn tried(text: &str, target: Target) -> Result<Files, Problem> {
    let (spec, catalogue) = (read(text), Catalogue::built_in().unwrap());
    render(&spec, &catalogue, &plan::plan(&spec, &catalogue), target, Language::English)
}

fn rendered(text: &str, target: Target) -> Files {
    tried(text, target).unwrap()
}

/// All objects of some manifests, as texts.
fn objects(files: &Files) -> Vec<&str> {
    let yaml = files.iter().filter(|(path, _)| path.ends_with(".yaml") && !path.ends_with("kustomization.yaml"));
    yaml.flat_map(|(_, text)| text.split("---\n")).filter(|text| text.contains("kind:")).collect()
}

fn of<'a>(objects: &[&'a str], kind: &str) -> Vec<&'a str> {
    let line = format!("kind: {kind}");
    objects.iter().filter(|text| text.lines().any(|one| one == line)).copied().collect()
}

fn clinics(count: u32, isolation: &str) -> String {
    format!(
        "{HEAD}[[clinics]]\nplan = \"starter\"\ncount = {count}\ngb = 1\nisolation = \"{isolation}\"\n[[workload]]\nid = \"aroeira\"\n"
    )
}

#[test]
fn presets_of_three_machines_or_of_a_cloud_are_rendered_and_the_others_say_why() {
    for name in presets::NAMES {
        let small = matches!(name, "garage" | "local-provider");
        for target in [Target::Kubernetes, Target::Helm, Target::Argocd] {
            match tried(presets::get(name).unwrap(), target) {
                Ok(files) => {
                    assert!(!small && files.get("README.md").is_some() != (target == Target::Argocd), "{name}");
                }
                Err(Problem::Unsuited(why)) => assert!(small && why.english.contains("systemd"), "{name}: {why:?}"),
                Err(problem) => panic!("{name}: {problem:?}"),
            }
        }
    }
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    for target in [Target::Kubernetes, Target::Helm, Target::Argocd] {
        let text = presets::get("hospital").unwrap();
        assert_eq!(rendered(text, target), rendered(text, target));
    }
}

#[test]
fn aroeira_runs_once_on_each_volume_and_is_never_scaled_by_load() {
    for name in ["aws-enterprise", "colocation", "hospital", "aws-health"] {
        let files = rendered(presets::get(name).unwrap(), Target::Kubernetes);
        let objects = objects(&files);
        let sets: Vec<&str> =
            of(&objects, "StatefulSet").into_iter().filter(|one| one.contains("\"aroeira:0.1.0\"")).collect();
        assert!(!sets.is_empty());
        for one in sets {
            assert!(one.contains("\n  replicas: 1\n") && one.contains("volumeClaimTemplates:"), "{name}: {one}");
        }
        for one in of(&objects, "HorizontalPodAutoscaler") {
            assert!(!one.contains("aroeira-") && one.contains("averageUtilization: 70"), "{name}: {one}");
        }
    }
    // Four replicas of what clinics share are four shards, each with its address.
    let files = rendered(presets::get("aws-enterprise").unwrap(), Target::Kubernetes);
    let hosts: BTreeSet<&str> = files
        .get("clinics/aroeira.yaml")
        .unwrap()
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- host: "))
        .collect();
    assert_eq!(hosts.len(), 4, "{hosts:?}");
}

#[test]
fn every_pod_is_confined_and_every_namespace_is_closed() {
    for name in presets::NAMES {
        let Ok(files) = tried(presets::get(name).unwrap(), Target::Kubernetes) else { continue };
        let objects = objects(&files);
        for pod in
            of(&objects, "StatefulSet").into_iter().chain(of(&objects, "Deployment")).chain(of(&objects, "DaemonSet"))
        {
            for line in [
                "runAsNonRoot: true",
                "readOnlyRootFilesystem: true",
                "allowPrivilegeEscalation: false",
                "type: RuntimeDefault",
                "drop: [ALL]",
                "automountServiceAccountToken: false",
                "livenessProbe:",
                "readinessProbe:",
                "limits:",
            ] {
                assert!(pod.contains(line), "{name}: no {line} in\n{pod}");
            }
        }
        let spaces = of(&objects, "Namespace");
        for kind in ["ResourceQuota", "LimitRange", "SecretStore"] {
            assert_eq!(of(&objects, kind).len(), spaces.len(), "{name}: {kind}");
        }
        assert_eq!(
            of(&objects, "NetworkPolicy").iter().filter(|one| one.contains("name: default-deny")).count(),
            spaces.len()
        );
        // Operators of databases begin as root; the collector alone reads what lies on its node.
        for space in spaces {
            let level = space.split("pod-security.kubernetes.io/enforce: ").nth(1).unwrap().lines().next().unwrap();
            let wider = [("baseline", "aroeira/part: data"), ("privileged", "aroeira/part: observability")];
            let may = wider.iter().any(|(wide, part)| level == *wide && space.contains(part));
            assert!(level == "restricted" || may, "{name}: {space}");
        }
        let mounted = objects.iter().filter(|one| one.contains("hostPath:"));
        assert!(
            mounted.into_iter().all(|one| one.contains("path: /var/log/pods")
                && one.contains("name: logs\n              mountPath: /var/log/pods\n              readOnly: true")),
            "{name}"
        );
    }
}

/// What of a workload is copied by somebody.
fn is_copied(files: &Files, workload: &str) -> bool {
    let objects = objects(files);
    let names = |kind: &str, line: &str| of(&objects, kind).iter().any(|one| one.contains(line));
    names("Schedule", &format!("\"{workload}\""))
        || names("ScheduledBackup", &format!("name: {workload}\n"))
        || names("CronJob", &format!("name: {workload}-copies\n"))
        || of(&objects, "InnoDBCluster").iter().any(|one| one.contains("backupSchedules:"))
            && names("InnoDBCluster", &format!("name: {workload}\n"))
}

#[test]
fn what_the_catalogue_says_is_copied_is_copied_as_often_as_promised() {
    let everything = std::fs::read_to_string("../../examples/fleet/rack-completo.toml").unwrap();
    let catalogue = Catalogue::built_in().unwrap();
    let mut seen = BTreeSet::new();
    for text in presets::NAMES.iter().map(|name| presets::get(name).unwrap().to_owned()).chain([everything.clone()]) {
        let Ok(files) = tried(&text, Target::Kubernetes) else { continue };
        let spec = read(&text);
        for asked in plan::plan(&spec, &catalogue).demand.iter().filter(|one| one.keeps_gb > 0.0) {
            let workload = spec.workloads.iter().find(|one| one.id == asked.workload).unwrap();
            let entry = catalogue.get(workload.entry.as_deref().unwrap_or(&workload.id)).unwrap();
            if entry.image.is_some() && entry.backup != BackupClass::None {
                assert!(is_copied(&files, &workload.id), "{}: nobody copies {}", spec.name, workload.id);
                seen.insert(entry.id.clone());
            }
        }
    }
    for id in ["aroeira", "mongodb", "mysql", "object-store", "postgresql", "wordpress"] {
        assert!(seen.contains(id), "{id} was never rendered");
    }
    // An hour may be lost: a copy each hour where nothing carries each change away.
    let files = rendered(&everything, Target::Kubernetes);
    for path in ["platform/copies.yaml", "data/mongodb.yaml", "data/object-store.yaml", "data/mysql.yaml"] {
        assert!(files.get(path).unwrap().contains("schedule: \"0 * * * *\""), "{path}");
    }
    let half = everything.replace("rpo_hours = 1\n", "rpo_hours = 0.5\n");
    assert!(rendered(&half, Target::Kubernetes).get("platform/copies.yaml").unwrap().contains("\"*/30 * * * *\""));
}

#[test]
fn copies_of_databases_go_to_the_objects_of_their_cloud_by_an_account_that_reads_no_secret() {
    let on = |provider: &str, region: &str| {
        let text = format!(
            "name = \"frota\"\ncurrency = \"BRL\"\nprice_books = []\n[[site]]\nid = \"nuvem\"\nkind = \"cloud-region\"\n\
             provider = \"{provider}\"\nregion = \"{region}\"\ncountry = \"BR\"\nzones = 3\n\
             [[node]]\nid = \"virt\"\nsite = \"nuvem\"\ncount = 4\ncores = 16\nmemory_gb = 64\n[[node.disk]]\nkind = \"network\"\ngb = 4000\n\
             [[clinics]]\nplan = \"starter\"\ncount = 2\ngb = 1\n[[workload]]\nid = \"aroeira\"\n[[workload]]\nid = \"postgresql\"\n"
        );
        rendered(&text, Target::Kubernetes)
    };
    for (provider, region, objects, access, key) in [
        ("aws", "sa-east-1", "\"s3://", "inheritFromIAMRole: true", "frota/frota-clinics/aroeira"),
        ("gcp", "southamerica-east1", "\"gs://", "gkeEnvironment: true", "frota-frota-clinics-aroeira"),
        ("azure", "brazilsouth", "\"https://", "inheritFromAzureAD: true", "frota-frota-clinics-aroeira"),
    ] {
        let files = on(provider, region);
        let database = files.get("data/postgresql.yaml").unwrap();
        assert!(database.contains(&format!("destinationPath: {objects}")) && database.contains(access), "{database}");
        let secrets = files.get("data/namespace.yaml").unwrap();
        let role = |text: &str| {
            let mut lines = text.lines().filter(|line| line.contains("-arn:") || line.contains("service-account:"));
            lines.next().map(|line| line.trim().to_owned())
        };
        assert!(provider == "azure" || role(database).is_some() && role(database) != role(secrets), "{provider}");
        // Google's and Azure's stores take no slash in a name.
        assert!(files.get("clinics/aroeira.yaml").unwrap().contains(key), "{provider}");
    }
}

#[test]
fn a_card_that_divides_in_hardware_is_divided_so_and_others_by_time() {
    let with = |model: &str, memory: u32, slices: u32| {
        format!(
            "{HEAD}[[node]]\nid = \"ia\"\nsite = \"casa\"\ncount = 2\ncores = 32\nmemory_gb = 128\n\
             [[node.gpu]]\nmodel = \"{model}\"\nmemory_gb = {memory}\nslices = {slices}\n\
             [[clinics]]\nplan = \"starter\"\ncount = 2\ngb = 1\n[[workload]]\nid = \"aroeira\"\n[[workload]]\nid = \"whisper\"\n"
        )
    };
    for (model, memory, slices, asked) in [
        ("H100", 80, 7, "nvidia.com/mig-1g.10gb: 1"),
        ("NVIDIA A100-SXM4", 40, 3, "nvidia.com/mig-2g.10gb: 1"),
        ("A30", 24, 4, "nvidia.com/mig-1g.6gb: 1"),
        ("H200", 141, 2, "nvidia.com/mig-3g.71gb: 1"),
        // Five parts are no profile of its maker's.
        ("H100", 80, 5, "nvidia.com/gpu.shared: 1"),
        ("L4", 24, 4, "nvidia.com/gpu.shared: 1"),
        ("L4", 24, 1, "nvidia.com/gpu: 1"),
    ] {
        let files = rendered(&with(model, memory, slices), Target::Kubernetes);
        let whisper = files.get("provider/whisper.yaml").unwrap();
        assert!(whisper.contains(asked), "{model} in {slices}: no {asked} in {whisper}");
        let divided = files.get("README.md").unwrap().contains("nvidia.com/mig.config=all-");
        assert_eq!(divided, asked.contains("mig-"), "{model} in {slices}");
    }
}

/// The text of a ConfigMap's file, as it was before it was indented.
fn file(objects: &[&str], map: &str, name: &str) -> String {
    let maps = of(objects, "ConfigMap");
    let map = maps.iter().find(|one| one.contains(&format!("  name: \"{map}\"\n"))).unwrap();
    let text = map.split(&format!("  {name}: |\n")).nth(1).unwrap();
    let lines = text.lines().take_while(|line| line.is_empty() || line.starts_with("    "));
    lines.map(|line| line.strip_prefix("    ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_cluster_watches_by_the_very_rules_routes_and_dashboards_of_their_own_targets() {
    let text = include_str!("../../../examples/fleet/rack-completo.toml");
    let (manifests, prometheus) = (rendered(text, Target::Kubernetes), rendered(text, Target::Prometheus));
    let grafana = rendered(text, Target::Grafana);
    let objects = objects(&manifests);
    let same = |map: &str, name: &str, wanted: &str| {
        assert_eq!(file(&objects, map, name).trim_end(), wanted.trim_end(), "{map}: {name}");
    };
    same("prometheus-rules", "promise.yml", prometheus.get("rules/promise.yml").unwrap());
    same("alertmanager", "alertmanager.yml", prometheus.get("alertmanager.yml").unwrap());
    for (path, text) in grafana.iter().filter(|(path, _)| path.starts_with("dashboards/")) {
        same("grafana-dashboards", path.strip_prefix("dashboards/").unwrap(), text);
    }
    same("grafana-sources", "aroeira.yml", grafana.get("provisioning/datasources/aroeira.yml").unwrap());
    same("grafana-folders", "aroeira.yml", grafana.get("provisioning/dashboards/aroeira.yml").unwrap());
    let scraping = file(&objects, "prometheus", "prometheus.yml");
    assert!(scraping.contains("targets: [\"alertmanager:9093\"]") && scraping.contains("virt-1:9100"), "{scraping}");
    // A set without a pod is a target, and one that does not answer: nothing need be counted.
    assert!(!scraping.contains("kubernetes_sd_configs"));
    assert_eq!(scraping.matches(".svc:8080").count(), 82);
    assert!(!file(&objects, "prometheus-rules", "alerts.yml").contains("AroeiraMissing"));
    assert!(prometheus.get("rules/records.yml").unwrap().contains("expr: vector(82)"));
    for map in of(&objects, "ConfigMap") {
        assert!(map.len() < 1 << 20, "a ConfigMap holds a mebibyte");
    }
}

/// The policy of pods of this name, in and out.
fn policy<'a>(objects: &[&'a str], name: &str) -> (&'a str, &'a str) {
    let all = of(objects, "NetworkPolicy");
    let named =
        |one: &&&str| one.contains(&format!("  name: {name}\n")) || one.contains(&format!("  name: \"{name}\"\n"));
    all.iter().find(named).unwrap().split_once("  egress:").unwrap()
}

#[test]
fn logs_and_traces_pass_every_policy_on_their_way() {
    let text = include_str!("../../../examples/fleet/rack-completo.toml");
    let manifests = rendered(text, Target::Kubernetes);
    let objects = objects(&manifests);
    let settings = of(&objects, "ConfigMap").into_iter().find(|one| one.contains("aroeira.toml: |")).unwrap();
    let address = "otlp_endpoint = \"http://otel-collector.rack-completo-observability:4318/v1/traces\"";
    assert!(settings.contains(address), "{settings}");
    let (aroeira, collector, loki) =
        (policy(&objects, "aroeira"), policy(&objects, "otel-collector"), policy(&objects, "loki"));
    let speaks = |to: &str, whom: &str, port: u16| {
        to.split("- to:")
            .chain(to.split("- from:"))
            .any(|one| one.contains(whom) && one.contains(&format!("port: {port}")))
    };
    assert!(speaks(aroeira.1, "aroeira/workload: \"otel-collector\"", 4318), "{}", aroeira.1);
    assert!(speaks(collector.0, "aroeira/workload: \"aroeira\"", 4318), "{}", collector.0);
    assert!(speaks(collector.1, "aroeira/workload: \"loki\"", 3100), "{}", collector.1);
    assert!(speaks(loki.0, "aroeira/workload: \"otel-collector\"", 3100), "{}", loki.0);
    assert!(speaks(collector.1, "app.kubernetes.io/name: tempo", 4318), "{}", collector.1);
    // Logs outlive the pod that keeps them.
    let loki = of(&objects, "StatefulSet").into_iter().find(|one| one.contains("-config.file=/etc/loki/loki.yaml"));
    assert!(loki.unwrap().contains("mountPath: \"/loki\""), "{loki:?}");
    assert!(file(&objects, "loki", "loki.yaml").contains("retention_enabled: true"));
    // Whom alerts are carried to is of the internet.
    let alerts = policy(&objects, "alertmanager");
    assert!(speaks(alerts.1, "0.0.0.0/0", 443) && speaks(alerts.1, "0.0.0.0/0", 587), "{}", alerts.1);
    let none = rendered(
        &text.replace("logs = \"loki\"\ntraces = \"tempo\"", "logs = \"none\"\ntraces = \"none\""),
        Target::Kubernetes,
    );
    assert!(none.iter().all(|(_, text)| !text.contains("otel") && !text.contains("enforce: privileged")));
}

#[test]
fn no_secret_is_written() {
    for name in presets::NAMES {
        for target in [Target::Kubernetes, Target::Helm] {
            let Ok(files) = tried(presets::get(name).unwrap(), target) else { continue };
            assert!(files.iter().all(|(_, text)| !text.lines().any(|line| line == "kind: Secret")), "{name}");
        }
    }
}

#[test]
fn a_clinic_more_is_a_file_more() {
    let (before, after) = (clinics(82, "namespace"), clinics(83, "namespace"));
    let (before, after) = (rendered(&before, Target::Kubernetes), rendered(&after, Target::Kubernetes));
    let changed: Vec<&str> =
        after.iter().filter(|(path, text)| before.get(path) != Some(text)).map(|(path, _)| path).collect();
    assert_eq!(changed, ["clinics/frota-starter-083.yaml", "clinics/kustomization.yaml"]);
    assert!(before.iter().all(|(path, _)| after.get(path).is_some()));
}

#[test]
fn many_clinics_share_namespaces_in_groups() {
    let files = rendered(&clinics(1_001, "silo"), Target::Kubernetes);
    let objects = objects(&files);
    // And one for what gathers their logs.
    assert_eq!(of(&objects, "Namespace").len(), 22);
    assert_eq!(of(&objects, "StatefulSet").len(), 1_001);
    assert!(files.get("README.md").unwrap().contains("50 share a namespace"));
}

#[test]
fn the_plan_says_when_a_cluster_comes_near_its_bounds() {
    let catalogue = Catalogue::built_in().unwrap();
    let many = |count| {
        let plan = plan::plan(&read(&clinics(count, "namespace")), &catalogue);
        plan.findings.iter().any(|one| matches!(one, Finding::ManySets { .. }) && !one.stops())
    };
    assert!(!many(5_000) && many(5_001));
}

#[test]
fn what_a_spec_says_of_places_reaches_the_scheduler() {
    let text = format!(
        "{HEAD}[[workload]]\nid = \"valkey\"\nplace = {{ spread = \"zone\", nodes = [\"virt\"], apart_from = [\"nginx\"] }}\n\
         [[workload]]\nid = \"nginx\"\nplace = {{ spread = \"node\", sites = [\"casa\"] }}\n"
    );
    let files = rendered(&text, Target::Kubernetes);
    let valkey = files.get("data/valkey.yaml").unwrap();
    assert!(
        valkey
            .contains("- key: aroeira/node\n                    operator: In\n                    values: [\"virt\"]")
    );
    assert!(valkey.contains("- topologyKey: topology.kubernetes.io/zone") && valkey.contains("values: [\"nginx\"]"));
    let nginx = files.get("provider/nginx.yaml").unwrap();
    assert!(nginx.contains("- key: aroeira/site") && nginx.contains("- topologyKey: kubernetes.io/hostname"));
    // Two of it on forty machines may become four.
    assert!(nginx.contains("minReplicas: 2\n  maxReplicas: 4"), "{nginx}");
}

#[test]
fn what_a_card_cannot_be_cut_for_gets_a_whole_one() {
    let files = rendered(presets::get("hospital").unwrap(), Target::Kubernetes);
    assert!(files.get("provider/whisper.yaml").unwrap().contains("nvidia.com/gpu.shared: 1\n"));
    assert!(files.get("provider/vllm.yaml").unwrap().contains("nvidia.com/gpu: 1\n"));
    assert!(files.get("platform/cards.yaml").unwrap().contains("replicas: 4"));
}

#[test]
fn what_a_spec_calls_things_is_never_a_template_nor_a_key() {
    let name = "{{ .Values.x }}\\\"\\nkind: Secret\\u0000 \u{E000} fail \u{E001} Clínica";
    let region = "sa{{ fail }}\\\"\\n  injected: true\u{E000}fail\u{E001}";
    let text = format!(
        "name = \"frota\"\ncurrency = \"BRL\"\nprice_books = []\n[[site]]\nid = \"nuvem\"\nkind = \"cloud-region\"\ncountry = \"BR\"\n\
         provider = \"aws\"\nregion = \"{region}\"\n[[node]]\nid = \"n\"\nsite = \"nuvem\"\ncount = 3\ncores = 8\nmemory_gb = 32\n\
         [[clinics]]\nplan = \"starter\"\ncount = 1\nname = \"{name}\"\nisolation = \"silo\"\n[[workload]]\nid = \"aroeira\"\n\
         [[environment]]\nname = \"../../etc\"\nscale = 0.5\n"
    );
    let _ = read(&text);
    for target in [Target::Kubernetes, Target::Helm, Target::Argocd] {
        let files = rendered(&text, target);
        for (path, text) in files.iter() {
            assert!(!path.contains(".."), "{path}");
            assert!(
                !text.lines().any(|line| line.trim() == "injected: true" || line == "kind: Secret"),
                "{path}: {text}"
            );
            assert!(!text.contains(['\u{E000}', '\u{E001}']), "{path}: {text}");
            if path.starts_with("templates/") {
                assert!(!text.contains("{{ fail") && !text.contains("{{ .Values.x"), "{path}: {text}");
            }
        }
    }
}

#[test]
fn environments_are_smaller_copies_of_the_same_chart() {
    let text = format!(
        "{}[[environment]]\nname = \"staging\"\nscale = 0.2\n[[environment]]\nname = \"laptop\"\nscale = 0.0\n",
        clinics(30, "namespace")
    );
    let chart = rendered(&text, Target::Helm);
    let staging = chart.get("values-staging.yaml").unwrap();
    assert_eq!(staging.matches("\"host\"").count(), 6);
    assert!(staging.contains("domain: \"staging.clinica.example.org\"") && chart.get("values-laptop.yaml").is_none());
    let argo = rendered(&text, Target::Argocd);
    assert!(argo.get("apps/staging-clinics.yaml").unwrap().contains("values-staging.yaml"));
    assert!(argo.get("apps/production-clinics.yaml").unwrap().contains("prune: false"));
    assert!(argo.iter().all(|(path, _)| !path.contains("laptop")));
}
