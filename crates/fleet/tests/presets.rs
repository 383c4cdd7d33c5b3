//! Presets, and specs from answers: what was answered stands in them, and nothing in them contradicts itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aroeira_fleet::check::Severity;
use aroeira_fleet::presets::{self, Answers, Where};
use aroeira_fleet::{Catalogue, Spec, check};

fn answers(place: Where) -> Answers {
    Answers {
        name: "norte".to_owned(),
        place,
        clinics: [7, 2, 0],
        models: false,
        availability_percent: 99.0,
        rto_hours: 12.0,
        rpo_hours: 0.5,
        in_brazil: true,
    }
}

fn read(text: &str) -> Spec {
    Spec::read(text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}")).0
}

#[test]
fn what_was_answered_is_written() {
    for place in Where::ALL {
        let text = answers(place).write();
        let spec = read(&text);
        assert_eq!(spec.name, "norte");
        assert_eq!(spec.promises.availability_percent, Some(99.0));
        assert_eq!((spec.promises.rto_hours, spec.promises.rpo_hours), (Some(12.0), Some(0.5)));
        assert_eq!(spec.residency.countries, ["BR"]);
        let clinics: Vec<u32> = spec.clinics.iter().map(|clinics| clinics.count).collect();
        assert_eq!(clinics, [7, 2], "{place:?}: a plan that nobody bought is not listed");
        assert!(text.starts_with("# Escrito por") && text.ends_with('\n') && !text.contains("\n\n\n"), "{text}");
    }
}

#[test]
fn models_run_where_they_are_asked_for() {
    for place in Where::ALL {
        for models in [true, false] {
            let spec = read(&Answers { models, ..answers(place) }.write());
            let runs = |ids: &[&str]| spec.workloads.iter().any(|workload| ids.contains(&workload.id.as_str()));
            assert_eq!(runs(&["whisper"]), models, "{place:?}");
            assert_eq!(runs(&["ollama", "vllm"]), models, "{place:?}");
            assert_eq!(spec.nodes.iter().any(|node| !node.gpus.is_empty()), models, "{place:?}");
        }
    }
}

#[test]
fn residency_is_not_promised_where_nobody_asks() {
    let spec = read(&Answers { in_brazil: false, ..answers(Where::Colocation) }.write());
    assert!(spec.residency.countries.is_empty());
}

#[test]
fn the_cloud_grows_with_the_clinics() {
    for (count, preset) in [(10, "aws-starter"), (11, "aws-professional"), (51, "aws-enterprise")] {
        let answers = Answers { clinics: [count, 0, 0], ..answers(Where::Cloud) };
        assert_eq!(answers.preset(), preset);
        assert_eq!(read(&answers.write()).clinics[0].count, count);
    }
    assert_eq!(Answers { clinics: [u32::MAX; 3], ..answers(Where::Cloud) }.preset(), "aws-enterprise");
}

#[test]
fn a_spec_from_answers_contradicts_nothing() {
    let catalogue = Catalogue::built_in().unwrap();
    for place in Where::ALL {
        for models in [true, false] {
            let text = Answers { models, ..answers(place) }.write();
            let (spec, places) = Spec::read(&text).unwrap();
            let wrong: Vec<_> = check(&spec, &places, &catalogue)
                .into_iter()
                .filter(|finding| finding.severity == Severity::Error)
                .collect();
            assert!(wrong.is_empty(), "{place:?}: {wrong:#?}");
        }
    }
}

/// The lines of the tables of requirements 001 and 004: a total comes out of them only if each is there as often as there.
#[test]
fn the_clouds_have_the_lines_of_the_documents() {
    let lines = |name: &str| {
        let spec = read(presets::get(name).unwrap());
        assert_eq!(spec.price_books, ["requirements-2025"]);
        let nodes = spec.nodes.iter().map(|node| (node.item.clone().unwrap(), f64::from(node.count)));
        let mut lines: Vec<_> =
            nodes.chain(spec.services.iter().map(|service| (service.item.clone(), service.count))).collect();
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        let lines: Vec<String> = lines.into_iter().map(|(item, count)| format!("{count} {item}")).collect();
        assert!(spec.storage.iter().all(|storage| storage.item.is_none()), "it would cost beside the table");
        lines.join(", ")
    };
    assert_eq!(
        lines("aws-health"),
        "1 aws.alb, 1 aws.ec2.g4dn.xlarge, 2 aws.ecs.t3.medium, 1 aws.elasticache.cache.t3.micro, \
         1 aws.rds.db.t3.medium, 1 aws.s3.standard-100gb"
    );
    assert_eq!(
        lines("aws-starter"),
        "1 aws.cloudfront.starter, 3 aws.ec2.t3.medium, 1 aws.eks, 1 aws.monitoring.starter, 1 aws.rds.db.t3.micro, \
         1 aws.s3.standard-500gb"
    );
    assert_eq!(
        lines("aws-professional"),
        "1 aws.cloudfront.professional, 6 aws.ec2.c5.large, 1 aws.eks, 1 aws.elasticache.professional, \
         1 aws.monitoring.professional, 1 aws.rds.db.r5.large, 1 aws.s3.standard-5tb"
    );
    assert_eq!(
        lines("aws-enterprise"),
        "1 aws.cloudfront.enterprise, 12 aws.ec2.c5.xlarge, 1 aws.eks.multi-az, 1 aws.elasticache.enterprise, \
         1 aws.monitoring.enterprise, 1 aws.rds.db.r5.2xlarge, 1 aws.s3.standard-20tb, 1 aws.sagemaker"
    );
}

/// Requirement 003: two servers for WordPress, one MySQL with two replicas, three of Redis, one for WebSocket.
#[test]
fn the_hybrid_has_the_topology_of_the_document() {
    let spec = read(presets::get("hybrid").unwrap());
    let machines = |id: &str| {
        let node = spec.nodes.iter().find(|node| node.id == id).unwrap();
        (node.count, node.cores, node.memory_gb, node.disks[0].gb)
    };
    assert_eq!(machines("wordpress"), (2, 8.0, 32.0, 500.0));
    assert_eq!(machines("mysql"), (3, 8.0, 64.0, 1000.0));
    assert_eq!(machines("websocket"), (1, 4.0, 16.0, 100.0));
    assert_eq!(machines("redis").0, 3);
    assert_eq!(spec.backup.keep_days, 30.0);
    let environments: Vec<&str> = spec.environments.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(environments, ["staging", "development"]);
}

#[test]
fn every_name_has_a_text_and_no_other() {
    for name in presets::NAMES {
        assert!(presets::get(name).unwrap().starts_with("# "), "{name} says what it is");
    }
    assert!(presets::get("palace").is_none());
}
