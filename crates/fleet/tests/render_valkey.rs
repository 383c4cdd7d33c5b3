//! A set of Valkey in Kubernetes: sentinels beside it, proxies before it. `cargo xtask fleet valkey` runs what is rendered.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aroeira_fleet::render::{Files, Target, render};
use aroeira_fleet::{Catalogue, Language, Spec, plan};

fn planned(replicas: u32) -> (Spec, plan::Plan) {
    let text = format!(
        "name = \"frota\"\ncurrency = \"BRL\"\nprice_books = []\n\
         [[site]]\nid = \"casa\"\nkind = \"colocation\"\ncountry = \"BR\"\n\
         [[node]]\nid = \"virt\"\nsite = \"casa\"\ncount = 40\ncores = 64\nmemory_gb = 512\n\
         [[node.disk]]\nkind = \"nvme\"\ngb = 100000\n\
         [[workload]]\nid = \"valkey\"\nreplicas = {replicas}\n[[workload]]\nid = \"wordpress\"\n\
         [[workload]]\nid = \"mysql\"\n[[workload]]\nid = \"object-store\"\n"
    );
    let spec = Spec::read(&text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}")).0;
    let plan = plan::plan(&spec, &Catalogue::built_in().unwrap());
    (spec, plan)
}

fn rendered(replicas: u32, target: Target) -> Files {
    let (spec, plan) = planned(replicas);
    render(&spec, &Catalogue::built_in().unwrap(), &plan, target, Language::English).unwrap()
}

/// An object of a file, by its kind and name.
fn object<'a>(text: &'a str, kind: &str, name: &str) -> Option<&'a str> {
    let lines = [format!("kind: {kind}"), format!("  name: \"{name}\"")];
    text.split("---\n").find(|one| lines.iter().all(|line| one.lines().any(|own| own == line)))
}

#[test]
fn whoever_calls_a_set_reaches_its_proxies_and_they_alone_reach_it() {
    let files = rendered(3, Target::Kubernetes);
    let valkey = files.get("data/valkey.yaml").unwrap();
    let get = |kind: &str, name: &str| object(valkey, kind, name).unwrap_or_else(|| panic!("no {kind} {name}"));
    assert!(get("Service", "valkey").contains("app.kubernetes.io/instance: \"valkey-proxy\""));
    assert!(object(valkey, "Service", "valkey-proxy").is_none());
    let nodes = get("Service", "valkey-nodes");
    assert!(nodes.contains("publishNotReadyAddresses: true") && nodes.contains("port: 26379"));
    let set = get("NetworkPolicy", "valkey");
    let (inward, outward) = set.split_once("  egress:").unwrap();
    assert!(!set.contains("wordpress") && !set.contains("namespaceSelector"), "{set}");
    assert_eq!((inward.matches("port: 6379").count(), inward.matches("port: 26379").count()), (2, 1), "{set}");
    assert_eq!((outward.matches("port: 6379").count(), outward.matches("port: 26379").count()), (1, 1), "{set}");
    let proxy = get("NetworkPolicy", "valkey-proxy");
    assert!(proxy.contains("aroeira/workload: \"wordpress\"") && !proxy.contains("26379"), "{proxy}");
    let wordpress = files.get("provider/wordpress.yaml").unwrap();
    let policy = object(wordpress, "NetworkPolicy", "wordpress").unwrap();
    assert!(
        policy.contains("aroeira/workload: \"valkey-proxy\"") && !policy.contains("aroeira/workload: \"valkey\"\n")
    );
}

#[test]
fn a_set_has_its_sentinels_its_two_proxies_and_one_secret() {
    let files = rendered(3, Target::Kubernetes);
    let valkey = files.get("data/valkey.yaml").unwrap();
    let set = object(valkey, "StatefulSet", "valkey").unwrap();
    assert!(set.contains("command: [\"sh\",\"/etc/valkey/ready.sh\"]"), "{set}");
    assert!(set.contains("- name: sentinel\n") && set.contains("[\"sh\", \"/etc/valkey/sentinel.sh\"]"), "{set}");
    assert!(set.contains("- name: REPLICAS\n              value: \"3\"") && !set.contains("PRIMARY"), "{set}");
    let proxy = object(valkey, "Deployment", "valkey-proxy").unwrap();
    assert!(proxy.contains("  replicas: 2\n") && proxy.contains("secretName: \"valkey\"\n"), "{proxy}");
    assert!(proxy.contains("- topologyKey: kubernetes.io/hostname") && proxy.contains("path: \"/ready\""), "{proxy}");
    assert_eq!(valkey.matches("kind: ExternalSecret").count(), 1);
    assert_eq!(valkey.matches("kind: PodDisruptionBudget").count(), 2);
    let settings = object(valkey, "ConfigMap", "valkey-proxy").unwrap();
    assert!(settings.contains("AUTH ${PASSWORD}") && settings.contains("init-state fully-down"), "{settings}");
    // A chart that is scaled tells every script.
    let chart = rendered(3, Target::Helm);
    let chart = chart.get("templates/data-valkey.yaml").unwrap();
    assert_eq!(
        chart.matches("- name: REPLICAS\n              value: \"{{ $.Values.workloads.valkey.replicas }}\"").count(),
        3
    );
}

#[test]
fn one_alone_has_nothing_to_fail_over_to() {
    let files = rendered(1, Target::Kubernetes);
    let valkey = files.get("data/valkey.yaml").unwrap();
    assert!(!valkey.contains("sentinel") && !valkey.contains("proxy") && !valkey.contains("ConfigMap"), "{valkey}");
    assert!(valkey.contains("statefulset.kubernetes.io/pod-name: \"valkey-0\""));
    let policy = object(files.get("provider/wordpress.yaml").unwrap(), "NetworkPolicy", "wordpress").unwrap();
    assert!(policy.contains("aroeira/workload: \"valkey\"\n"));
}

#[test]
fn elsewhere_a_set_is_one_as_before() {
    let files = rendered(3, Target::Systemd);
    assert!(files.iter().any(|(_, text)| text.contains("exec valkey-server")));
    assert!(files.iter().all(|(_, text)| !text.contains("sentinel") && !text.contains("replicaof")));
}

#[test]
fn a_cache_of_a_clinic_s_own_answers_no_internet() {
    let text = "name = \"frota\"\ncurrency = \"BRL\"\nprice_books = []\n\
         [[site]]\nid = \"casa\"\nkind = \"colocation\"\ncountry = \"BR\"\n\
         [[node]]\nid = \"virt\"\nsite = \"casa\"\ncount = 4\ncores = 64\nmemory_gb = 512\n\
         [[node.disk]]\nkind = \"nvme\"\ngb = 100000\n\
         [[clinics]]\nplan = \"enterprise\"\ncount = 2\nisolation = \"silo\"\nworkload = \"valkey\"\n\
         [[clinics]]\nplan = \"enterprise\"\ncount = 2\nisolation = \"silo\"\n\
         [[workload]]\nid = \"valkey\"\n[[workload]]\nid = \"aroeira\"\n";
    let spec = Spec::read(text).unwrap_or_else(|errors| panic!("{errors:#?}")).0;
    let catalogue = Catalogue::built_in().unwrap();
    let plan = plan::plan(&spec, &catalogue);
    let files = render(&spec, &catalogue, &plan, Target::Kubernetes, Language::English).unwrap();
    let objects: Vec<&str> = files.iter().flat_map(|(_, text)| text.split("\n---\n")).collect();
    let of = |kind: &str| -> Vec<&str> {
        let line = format!("kind: {kind}");
        objects.iter().copied().filter(|one| one.lines().any(|own| own == line)).collect()
    };
    let open = of("Ingress");
    assert_eq!(open.len(), 2, "{open:#?}");
    assert!(open.iter().all(|one| !one.contains("valkey")), "{open:#?}");
    let sets = of("StatefulSet");
    let sets: Vec<&&str> = sets.iter().filter(|one| one.contains("/etc/valkey/start.sh")).collect();
    assert_eq!(sets.len(), 2);
    // Its replicas are a primary and its copies: more of them are no more room, and fewer are no majority.
    assert!(sets.iter().all(|one| one.contains("\n  replicas: 3\n")), "{sets:#?}");
    let doors: Vec<&str> = of("Deployment").into_iter().filter(|one| one.contains("haproxy.cfg")).collect();
    assert!(doors.len() == 2 && doors.iter().all(|one| one.contains("\n  replicas: 2\n")), "{doors:#?}");
    assert!(of("HorizontalPodAutoscaler").iter().all(|one| !one.contains("valkey")));
}

/// Thousandths of cores and mebibytes that the containers of an object ask for.
fn asked(object: &str) -> (u64, u64) {
    let mut sum = (0, 0);
    let mut inside = false;
    for line in object.lines().map(str::trim) {
        inside = line == "requests:" || inside && !line.starts_with("limits:");
        let amount = |key: &str| line.strip_prefix(key).map(|rest| rest.trim().trim_matches('"').to_owned());
        if let Some(cpu) = amount("cpu:").filter(|_| inside) {
            sum.0 += cpu.strip_suffix('m').unwrap().parse::<u64>().unwrap();
        }
        if let Some(memory) = amount("memory:").filter(|_| inside) {
            sum.1 += memory.strip_suffix("Mi").unwrap().parse::<u64>().unwrap();
        }
    }
    sum
}

#[test]
fn a_plan_counts_what_stands_beside_a_set_and_before_it() {
    let counted = |replicas: u32| {
        let (spec, plan) = planned(replicas);
        let of = plan.demand.iter().find(|one| one.workload == "valkey").unwrap();
        let each = f64::from(replicas);
        let used: f64 = plan.nodes.iter().map(|node| node.used.memory_gb).sum();
        let all = plan.demand.iter().map(|one| f64::from(one.replicas) * (one.takes.memory_gb + one.beside.memory_gb));
        assert!((all.sum::<f64>() - used).abs() < 0.01, "{} nodes hold other than what is asked for", spec.name);
        ((of.takes.cores + of.beside.cores) * each * 1000.0, (of.takes.memory_gb + of.beside.memory_gb) * each * 1024.0)
    };
    for replicas in 2..=5 {
        let files = rendered(replicas, Target::Kubernetes);
        let valkey = files.get("data/valkey.yaml").unwrap();
        let (set, proxy) = (object(valkey, "StatefulSet", "valkey"), object(valkey, "Deployment", "valkey-proxy"));
        let (set, proxy) = (asked(set.unwrap()), asked(proxy.unwrap()));
        assert!(set.0 > 0 && set.1 > 0 && proxy.0 > 0 && proxy.1 > 0);
        let each = u64::from(replicas);
        let (cores, memory) = counted(replicas);
        let asks = ((set.0 * each + proxy.0 * 2) as f64, (set.1 * each + proxy.1 * 2) as f64);
        // Each replica's own is rounded up, and its share of the proxies again.
        let near = |asks: f64, counted: f64| (asks - counted).abs() <= 2.0 * each as f64;
        assert!(near(asks.0, cores) && near(asks.1, memory), "{replicas}: {asks:?}, counted ({cores}, {memory})");
    }
    assert_eq!(planned(1).1.demand.iter().find(|one| one.workload == "valkey").unwrap().beside.cores, 0.0);
}

#[test]
fn agents_of_operators_are_counted_where_there_is_a_cluster_and_not_on_one_machine() {
    let planned = |machines: u32, clinics: &str| {
        let text = format!(
            "name = \"frota\"\ncurrency = \"BRL\"\nprice_books = []\n\
             [[site]]\nid = \"casa\"\nkind = \"colocation\"\ncountry = \"BR\"\n\
             [[node]]\nid = \"virt\"\nsite = \"casa\"\ncount = {machines}\ncores = 64\nmemory_gb = 512\n\
             [[node.disk]]\nkind = \"nvme\"\ngb = 100000\n\
             [[workload]]\nid = \"mongodb\"\nreplicas = 1\n{clinics}"
        );
        let spec = Spec::read(&text).unwrap_or_else(|errors| panic!("{errors:#?}")).0;
        let plan = plan::plan(&spec, &Catalogue::built_in().unwrap());
        (spec, plan)
    };
    let (spec, plan) = planned(3, "");
    let beside = plan.demand[0].beside;
    let files = render(&spec, &Catalogue::built_in().unwrap(), &plan, Target::Kubernetes, Language::English).unwrap();
    let text = files.get("data/mongodb.yaml").unwrap();
    let agent = text.split("- name: mongodb-agent").nth(1).and_then(|rest| rest.split("volumeClaimTemplates").next());
    let (cores, memory) = asked(agent.unwrap());
    assert!(cores > 0 && (beside.cores * 1000.0 - cores as f64).abs() < 1.0, "{cores} {beside:?}");
    assert!(beside.memory_gb * 1024.0 >= memory as f64, "{memory} {beside:?}");
    assert_eq!(planned(1, "").1.demand[0].beside.cores, 0.0);
    // A clinic's own is run by no operator.
    let own = "[[clinics]]\nplan = \"starter\"\ncount = 2\nisolation = \"silo\"\nworkload = \"mongodb\"\n";
    let (spec, plan) = planned(3, own);
    assert!(plan.demand[0].own && plan.demand[0].beside.cores == 0.0, "{:?}", plan.demand);
    let files = render(&spec, &Catalogue::built_in().unwrap(), &plan, Target::Kubernetes, Language::English).unwrap();
    assert!(files.iter().all(|(_, text)| !text.contains("mongodb-agent")));
}
