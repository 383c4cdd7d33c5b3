//! What a plan says beside who sits where: what is missing, what would help, when it is outgrown, what is stored.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aroeira_fleet::growth::{Watched, growth};
use aroeira_fleet::plan::{Dimension, Finding, Measured, PHASES, Phase, Plan, Step, Terms, plan, plan_with};
use aroeira_fleet::spec::{Spec, Spread};
use aroeira_fleet::{Catalogue, Language};

const HEAD: &str = "name = \"frota\"\ncurrency = \"BRL\"\nprice_books = []\n";
const RACK: &str = "[[site]]\nid = \"casa\"\nkind = \"own-rack\"\ncountry = \"BR\"\n";
const AROEIRA: &str = "[[workload]]\nid = \"aroeira\"\nuse = \"prontuario\"\n";

/// A record of a clinic: one core for ten clinics, a gibibyte each, half of its data as objects.
const ENTRY: &str = r#"
id = "prontuario"
name = "Prontuário"
unit = "clinic"
cores = { base = 0.5, per_unit = 0.1 }
memory_gb = { base = 1.0, per_unit = 1.0 }
units_per_replica = 20
[[storage]]
of = "records"
kind = "block"
gb = { base = 0.0, per_unit = 1.0 }
growth_gb_month = { base = 0.0, per_unit = 0.5 }
[[storage]]
of = "audio"
kind = "object"
gb = { base = 0.0, per_unit = 1.0 }
growth_gb_month = { base = 0.0, per_unit = 2.0 }
[source]
standing = "assumed"
text = "a test"
date = "2026-11-22"
"#;

fn read(text: &str) -> Spec {
    Spec::read(text).unwrap_or_else(|errors| panic!("{errors:?}")).0
}

fn catalogue(more: &str) -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.add(ENTRY).unwrap();
    if !more.is_empty() {
        catalogue.add(more).unwrap();
    }
    catalogue
}

fn nodes(count: u32, memory: u32) -> String {
    format!(
        "[[node]]\nid = \"no\"\nsite = \"casa\"\ncount = {count}\ncores = 128\nmemory_gb = {memory}\n\
         [[node.disk]]\nkind = \"ssd\"\ngb = 4000\ncount = 4\nraid = \"raid6\"\n"
    )
}

fn clinics(plan: &str, count: u32, isolation: &str) -> String {
    format!("[[clinics]]\nplan = \"{plan}\"\ncount = {count}\nisolation = \"{isolation}\"\n")
}

fn holds(plan: &Plan) -> bool {
    plan.fits && plan.survival.holds
}

#[test]
fn the_demand_follows_the_clinics_and_their_plans() {
    let (starters, silos) = (clinics("starter", 30, "pool"), clinics("professional", 4, "silo"));
    let spec = read(&format!("{HEAD}{RACK}{}{starters}{silos}{AROEIRA}", nodes(4, 128)));
    let plan = plan(&spec, &catalogue(""));
    // Pooled: 30 clinics, 20 for each replica: two, each with 15 and a whole base; 30 of 35 GB, half of it objects, all on
    // the nodes.
    let pooled = plan.demand.iter().find(|one| !one.own).unwrap();
    assert_eq!((pooled.sets, pooled.replicas, pooled.units), (1, 2, 30.0));
    assert!((pooled.takes.cores - 2.0).abs() < 0.01 && (pooled.takes.memory_gb - 16.0).abs() < 0.01);
    assert!((pooled.takes.disk_gb - 525.0).abs() < 0.01);
    let own = plan.demand.iter().find(|one| one.own).unwrap();
    assert_eq!((own.sets, own.replicas, own.units), (4, 1, 1.0));
    assert!((own.takes.cores - 0.6).abs() < 0.01 && (own.takes.disk_gb - 200.0).abs() < 0.01);
    assert!(holds(&plan), "{:?}", plan.findings);
    assert_eq!((plan.clinics, plan.phase, plan.next_phase), (34, Phase::LocalProvider, Some(PHASES[2])));
}

#[test]
fn what_is_missing_is_told() {
    let asr = "id = \"escriba\"\nname = \"Escriba\"\nunit = \"fixed\"\ncores = { base = 1 }\nmemory_gb = { base = 1 }\n\
               depends_on = [\"whisper\"]\n[source]\nstanding = \"assumed\"\ntext = \"a test\"\ndate = \"2026-11-22\"\n";
    let workloads = "[[workload]]\nid = \"escriba\"\n[[workload]]\nid = \"sumiu\"\n";
    let text = format!("{HEAD}{RACK}{}{workloads}", nodes(2, 64));
    let plan_of = |text: &str| plan(&read(text), &catalogue(asr));
    let missing = Finding::MissingDependency { workload: "escriba".into(), depends_on: "whisper".into() };
    let unknown = Finding::UnknownEntry { workload: "sumiu".into(), entry: "sumiu".into() };
    let plan = plan_of(&text);
    assert!(!plan.fits && plan.findings.contains(&missing) && plan.findings.contains(&unknown));
    assert!(missing.text(Language::Portuguese).contains("não funciona sem `whisper`"));
    let service = "[[service]]\nid = \"voz\"\nitem = \"voz\"\nsite = \"casa\"\nprovides = \"whisper\"\n";
    assert!(!plan_of(&format!("{text}{service}")).findings.contains(&missing));
}

#[test]
fn a_garage_survives_nothing_and_is_told_the_smallest_change() {
    let spec = read(&format!("{HEAD}{RACK}{}{}{AROEIRA}", nodes(1, 64), clinics("starter", 3, "pool")));
    let plan = plan(&spec, &catalogue(""));
    assert!(plan.fits && !plan.survival.holds && plan.phase == Phase::Garage);
    let fallen = Finding::NotSurvived { nodes: vec!["no".into()], workload: "aroeira".into() };
    assert!(plan.findings.contains(&fallen));
    assert_eq!(plan.changes[0].step, Step::AddNodes { node: "no".into(), count: 1 });
    assert_eq!(plan.exhaustion.month_50, Some(0));
}

#[test]
fn changes_that_are_told_work_and_less_does_not() {
    let crowd = clinics("starter", 200, "silo");
    let spec = read(&format!("{HEAD}{RACK}{}{crowd}{AROEIRA}", nodes(3, 128)));
    let catalogue = catalogue("");
    let before = plan(&spec, &catalogue);
    assert!(!holds(&before) && before.bottleneck == Some(Dimension::Memory), "{:?}", before.findings);
    let mut added = 0;
    for change in &before.changes {
        let mut better = spec.clone();
        match &change.step {
            Step::AddNodes { count, .. } => {
                added = *count;
                better.nodes[0].count += count;
                let mut less = better.clone();
                less.nodes[0].count -= 1;
                assert!(!holds(&plan(&less, &catalogue)), "one less does as well");
            }
            Step::MoreMemory { memory_gb, .. } => better.nodes[0].memory_gb = *memory_gb,
            other => panic!("{other:?} is no help against too little memory"),
        }
        assert!(holds(&plan(&better, &catalogue)), "{change:?}");
    }
    assert!(added > 0 && before.changes.len() == 2);
    // Two gibibytes of each silo: 60 to a node of 121.6, so that five hold 200 with one of them gone.
    assert_eq!(added, 2);
}

#[test]
fn a_rule_that_cannot_be_kept_is_named_and_may_be_relaxed() {
    let spread = "[[workload]]\nid = \"aroeira\"\nuse = \"prontuario\"\nreplicas = 3\nplace = { spread = \"site\" }\n";
    let spec = read(&format!("{HEAD}{RACK}{}{}{spread}", nodes(4, 64), clinics("starter", 3, "pool")));
    let plan = plan(&spec, &catalogue(""));
    let rule = |one: &Finding| matches!(one, Finding::Unplaced { bound: Dimension::Rules, replicas: 2, .. });
    assert!(!plan.fits && plan.findings.iter().any(rule), "{:?}", plan.findings);
    let relax = |one: &Step| matches!(one, Step::Relax { spread: Spread::Node | Spread::Zone, .. });
    assert!(plan.changes.iter().any(|change| relax(&change.step)), "{:?}", plan.changes);
}

#[test]
fn cards_are_given_by_slices() {
    let asr = "id = \"voz\"\nname = \"Voz\"\nunit = \"fixed\"\ncores = { base = 1 }\nmemory_gb = { base = 1 }\n\
               gpu = { memory_gb = 7 }\n[source]\nstanding = \"assumed\"\ntext = \"a test\"\ndate = \"2026-11-22\"\n";
    let text = |replicas: u32| {
        format!(
            "{HEAD}[promises]\nspare_nodes = 0\n{RACK}{}[[node.gpu]]\nmodel = \"L4\"\nmemory_gb = 24\nslices = 4\n\
             [[workload]]\nid = \"voz\"\nreplicas = {replicas}\nplace = {{ spread = \"none\" }}\n",
            nodes(1, 64)
        )
    };
    // Slices of 6: each of 7 takes two of the four.
    let two = plan(&read(&text(2)), &catalogue(asr));
    assert!(two.fits && (two.nodes[0].used.gpu_gb - 24.0).abs() < 1e-9);
    let three = plan(&read(&text(3)), &catalogue(asr));
    assert!(!three.fits && three.bottleneck == Some(Dimension::Gpu), "{:?}", three.findings);
}

#[test]
fn two_failures_at_once_take_one_more_node() {
    let least = |spare: u32| {
        (1..20).find(|count| {
            let crowd = clinics("starter", 100, "silo");
            let promise = format!("[promises]\nspare_nodes = {spare}\n");
            let spec = read(&format!("{HEAD}{promise}{RACK}{}{crowd}{AROEIRA}", nodes(*count, 64)));
            holds(&plan(&spec, &catalogue("")))
        })
    };
    // 30 silos of two gibibytes to a node of 60.8: four, and those that may fail.
    assert_eq!((least(0), least(1), least(2)), (Some(4), Some(5), Some(6)));
}

#[test]
fn it_is_outgrown_within_a_range_that_follows_the_growth() {
    let at = |growth: &str| {
        let growth = format!("[growth]\n{growth}\n");
        let spec = read(&format!("{HEAD}{growth}{RACK}{}{}{AROEIRA}", nodes(3, 128), clinics("starter", 20, "silo")));
        plan(&spec, &catalogue("")).exhaustion
    };
    let sure = at("clinics_percent_month = 5.0\nclinics_deviation = 0.0");
    assert_eq!((sure.month_10, sure.month_90), (sure.month_50, sure.month_50));
    // 120 silos fit with one node gone, six times as many as now: 37 months at five percent.
    assert!((115..=120).contains(&sure.clinics_most), "{sure:?}");
    assert!(sure.month_50.is_some_and(|month| (30..=37).contains(&month)), "{sure:?}");
    let unsure = at("clinics_percent_month = 5.0\nclinics_deviation = 3.0");
    assert!(unsure.month_10 < sure.month_50 && unsure.month_90.is_none_or(|month| Some(month) > sure.month_50));
    assert_eq!(unsure, at("clinics_percent_month = 5.0\nclinics_deviation = 3.0"));
    assert!(at("clinics_percent_month = 20.0\nclinics_deviation = 3.0").month_50 < unsure.month_50);
}

#[test]
fn objects_move_to_cheaper_classes_and_none_is_lost() {
    let bucket = "[[storage]]\nid = \"balde\"\nsite = \"casa\"\nclass = \"object\"\ngb = 1000000\nencrypted = true\n";
    let growth = "[growth]\nclinics_percent_month = 0.0\nclinics_deviation = 0.0\n";
    let spec =
        read(&format!("{HEAD}{growth}{RACK}{}{bucket}{}{AROEIRA}", nodes(3, 128), clinics("starter", 10, "pool")));
    let plan = plan(&spec, &catalogue(""));
    // Half of 10 x 35 GB are objects, and 20 GB come each month.
    for row in &plan.storage {
        let objects = row.object_hot + row.object_infrequent + row.object_archive + row.object_deep_archive;
        assert!((objects - (175.0 + 20.0 * f64::from(row.month))).abs() < 1e-6, "{row:?}");
        assert!((row.block - (175.0 + 5.0 * f64::from(row.month))).abs() < 1e-6, "{row:?}");
    }
    let last = plan.storage.last().unwrap();
    assert_eq!((last.month, last.object_hot, last.object_deep_archive), (36, 60.0, 175.0));
    assert!((plan.demand[0].takes.disk_gb - 175.0).abs() < 0.01, "objects do not lie on the nodes");
    let mut small = spec;
    small.storage[0].gb = 100.0;
    let short = plan_with(&small, &catalogue(""), &Terms::default());
    assert!(short.findings.iter().any(|one| matches!(one, Finding::StorageShort { .. })) && !short.fits);
}

#[test]
fn replicas_that_use_less_or_more_than_planned_get_advice() {
    let spec = read(&format!("{HEAD}{RACK}{}{}{AROEIRA}", nodes(3, 128), clinics("starter", 19, "pool")));
    let advice = |cores: f64, memory_gb: f64| {
        let measured = vec![Measured { workload: "aroeira".into(), cores, memory_gb }];
        plan_with(&spec, &catalogue(""), &Terms { measured, ..Terms::default() }).advice
    };
    // Planned: 2.4 cores and 20 GiB.
    assert!(advice(2.0, 16.0).is_empty());
    let large = advice(1.0, 5.0);
    assert!(!large[0].too_small && (large[0].memory_gb - 6.0).abs() < 1e-9);
    assert!(advice(3.0, 16.0)[0].too_small);
}

#[test]
fn the_same_spec_gives_the_same_plan_and_too_large_a_one_an_answer() {
    let text = format!("{HEAD}{RACK}{}{}{AROEIRA}", nodes(5, 64), clinics("starter", 60, "silo"));
    let json = |text: &str| serde_json::to_string(&plan(&read(text), &catalogue(""))).unwrap();
    assert_eq!(json(&text), json(&text));
    let huge = format!("{HEAD}{RACK}{}{}{AROEIRA}", nodes(9, 64), clinics("starter", 1_000_000, "silo"));
    let plan = plan(&read(&huge), &catalogue(""));
    assert_eq!(plan.findings, [Finding::TooLarge { machines: 9, replicas: 1_000_000 }]);
    assert!(!plan.fits && !plan.survival.holds);
    let bare = aroeira_fleet::plan(&read(HEAD), &catalogue(""));
    assert!(bare.fits && bare.nodes.is_empty());
}

#[test]
fn growth_goes_from_ten_to_ten_thousand_clinics() {
    let text = format!("{HEAD}{RACK}{}{}{AROEIRA}", nodes(3, 256), clinics("starter", 10, "namespace"));
    let (spec, price) = (read(&text), |spec: &Spec| Some(f64::from(spec.nodes[0].count) * 100.0));
    let growth = growth(&spec, &catalogue(""), &Terms::default(), &price);
    let steps: Vec<u64> = growth.stages.iter().map(|stage| stage.clinics).collect();
    assert_eq!(steps, [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]);
    assert!(growth.stages.iter().all(|stage| stage.holds), "{:?}", growth.stages);
    assert!(growth.stages.is_sorted_by_key(|stage| stage.nodes_total));
    let last = growth.stages.last().unwrap();
    // 10,000 clinics of 2 GiB on nodes of 243: at least 83 and one to spare, and at most two in a hundred more.
    assert!((84..=86).contains(&last.nodes_total), "{}", last.nodes_total);
    assert_eq!(last.month, Some(last.nodes_total as f64 * 100.0));
    let passed: Vec<Watched> = last.passed.iter().map(|(of, _)| *of).collect();
    assert!(passed.contains(&Watched::Namespaces) && passed.contains(&Watched::ClinicsPerSite), "{passed:?}");
    let pooled = format!("{HEAD}{RACK}{}{}{AROEIRA}", nodes(3, 256), clinics("starter", 10, "pool"));
    let database = "[[service]]\nid = \"banco\"\nitem = \"x\"\nsite = \"casa\"\nprovides = \"postgresql\"\n";
    let partitioned = |text: &str| {
        let stages = aroeira_fleet::growth::growth(&read(text), &catalogue(""), &Terms::default(), &|_| None).stages;
        stages.into_iter().find(|stage| stage.passed.iter().any(|(of, _)| *of == Watched::RecordsPerMemory))
    };
    // 35 GB each: beyond ten times 256 GB from 74 on.
    assert_eq!(partitioned(&format!("{pooled}{database}")).map(|stage| stage.clinics), Some(100));
    assert_eq!(partitioned(&pooled), None);
    assert!(growth.stages[0].passed.is_empty(), "{:?}", growth.stages[0].passed);
}

#[test]
fn odd_numbers_get_an_answer() {
    let odd = ["0", "1", "3", "1000000000000", "0.0000001"];
    for (at, value) in odd.iter().enumerate() {
        for other in odd {
            let (zones, growth) = (at.max(1), if value.len() > 4 && at == 3 { "1000" } else { value });
            let text = format!(
                "{HEAD}[promises]\nspare_nodes = {at}\n[growth]\nclinics_percent_month = {growth}\nclinics_deviation = {other}\n\
                 {RACK}zones = {zones}\n[[node]]\nid = \"no\"\nsite = \"casa\"\ncount = {at}\ncores = {other}\nmemory_gb = {value}\n\
                 [[node.disk]]\nkind = \"hdd\"\ngb = {value}\nraid = \"raid6\"\n\
                 [[node.gpu]]\nmodel = \"L4\"\ncount = {at}\nmemory_gb = {value}\nslices = {zones}\n\
                 [[clinics]]\nplan = \"enterprise\"\ncount = {at}\nisolation = \"silo\"\ngb = {value}\n\
                 [[clinics]]\nplan = \"starter\"\ncount = 7\nconsultations_day = {other}\n\
                 [[workload]]\nid = \"aroeira\"\nuse = \"prontuario\"\nmemory_gb = {other}\nload = {value}\n"
            );
            let plan = plan(&read(&text), &catalogue(""));
            assert!(
                plan.fits == plan.findings.iter().all(|one| !one.stops() || matches!(one, Finding::NotSurvived { .. }))
            );
            assert!(plan.headroom.iter().all(|one| one.used_percent.is_finite() && one.used <= one.total));
        }
    }
}

#[test]
fn what_is_too_large_for_a_node_is_shared_out() {
    let text = format!("{HEAD}{RACK}{}{}{AROEIRA}", nodes(5, 128), clinics("enterprise", 16, "pool"));
    let plan = plan(&read(&text), &catalogue(""));
    // Twenty would go into one replica, but 16 x 1.25 TB do not go onto a node of 8 TB.
    assert_eq!((plan.demand[0].replicas, plan.demand[0].quorum), (3, 3));
    assert!(holds(&plan), "{:?}", plan.findings);
}
