//! A Prometheus that scrapes the fleet: what is up, what machines have, what was used.

use std::collections::BTreeMap;

use aroeira_fleet::Spec;
use aroeira_fleet::status::{Machine, Observed, Replica};
use serde_json::Value;

use super::asking::{Asking, address};
use super::direct::plain;
use super::{GB, GIB};
use crate::failure::{Code, Failure, Result};

/// Series of one answer.
const MOST: usize = 50_000;
/// Jobs of those who watch: they are in no spec by that name.
const WATCHERS: [&str; 3] = ["prometheus", "alertmanager", "node"];
/// File systems that are no disk.
const REAL: &str = r#"fstype!~"tmpfs|overlay|squashfs|ramfs|fuse.*|nfs.*|iso9660",device=~"/dev/.*""#;

/// A duration as Prometheus writes it.
///
/// # Errors
/// What is none.
pub(super) fn window(text: &str) -> std::result::Result<String, String> {
    let number = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let (right, unit) = (number.parse::<u16>().is_ok_and(|number| number > 0), text.get(number.len()..));
    match unit {
        Some("s" | "m" | "h" | "d" | "w") if right => Ok(text.to_owned()),
        _ => Err("write it as 30m, 6h or 7d".to_owned()),
    }
}

pub(super) struct Prometheus<'a> {
    asking: &'a Asking,
    url: &'a str,
    window: &'a str,
}

/// What one series says: its labels and its last value.
struct Series {
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Series {
    fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn instance(&self) -> &str {
        self.label("instance").unwrap_or_default()
    }
}

impl<'a> Prometheus<'a> {
    /// # Errors
    /// An address that is none.
    pub(super) fn new(asking: &'a Asking, url: &'a str, window: &'a str) -> Result<Self> {
        Ok(Self { asking, url: address(url)?, window })
    }

    /// # Errors
    /// It does not answer, or scrapes nothing.
    pub(super) fn collect(&self, spec: &Spec, observed: &mut Observed) -> Result<()> {
        let up = self.ask("up")?;
        if up.is_empty() {
            let help = "`aroeira fleet render FILE --to prometheus` writes what it is to scrape";
            return Err(Failure::new(Code::Failed, format!("the Prometheus at {} scrapes nothing", self.url), help));
        }
        observed.all_workloads = true;
        observed.machines = Some(self.machines(&up)?);
        observed.replicas.extend(self.replicas(&up, spec)?);
        Ok(())
    }

    /// The value of each instance of a job.
    fn by_instance(&self, expression: &str, unit: f64) -> Result<BTreeMap<String, f64>> {
        let found = self.ask(expression)?;
        Ok(found.into_iter().map(|one| (one.instance().to_owned(), one.value / unit)).collect())
    }

    fn machines(&self, up: &[Series]) -> Result<Vec<Machine>> {
        let window = self.window;
        let cores = self.by_instance(r#"count by (instance) (node_cpu_seconds_total{mode="idle"})"#, 1.0)?;
        let memory = self.by_instance("node_memory_MemTotal_bytes", GIB)?;
        // One device may be mounted at several places.
        let disk = self.by_instance(
            &format!("sum by (instance) (max by (instance, device) (node_filesystem_size_bytes{{{REAL}}}))"),
            GB,
        )?;
        let worked = format!(
            "quantile_over_time(0.95, sum by (instance) (rate(node_cpu_seconds_total{{mode!~\"idle|iowait\"}}[5m]))[{window}:1m])"
        );
        let worked = self.by_instance(&worked, 1.0)?;
        let held = format!("max_over_time((node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes)[{window}:1m])");
        let held = self.by_instance(&held, GIB)?;
        let filled = format!(
            "sum by (instance) (max by (instance, device) (node_filesystem_size_bytes{{{REAL}}} - node_filesystem_free_bytes{{{REAL}}}))"
        );
        let filled = self.by_instance(&filled, GB)?;
        let of = |one: &Series| {
            let at = |from: &BTreeMap<String, f64>| from.get(one.instance()).copied();
            let mut machine = Machine {
                name: plain(one.label("node").or_else(|| one.label("nodename")).unwrap_or_else(|| one.instance())),
                up: one.value > 0.0,
                ..Machine::default()
            };
            (machine.has.cores, machine.has.memory_gb, machine.has.disk_gb) = (at(&cores), at(&memory), at(&disk));
            (machine.used.cores, machine.used.memory_gb, machine.used.disk_gb) = (at(&worked), at(&held), at(&filled));
            machine
        };
        Ok(up.iter().filter(|one| one.label("job") == Some("node")).map(of).collect())
    }

    fn replicas(&self, up: &[Series], spec: &Spec) -> Result<Vec<Replica>> {
        let window = self.window;
        let worked = format!("quantile_over_time(0.95, rate(process_cpu_seconds_total[5m])[{window}:1m])");
        let worked = self.by_instance(&worked, 1.0)?;
        let held = self.by_instance(&format!("max_over_time(process_resident_memory_bytes[{window}])"), GIB)?;
        let data = self.by_instance("aroeira_data_bytes", GB)?;
        let ready = self.by_instance("aroeira_ready", 1.0)?;
        let clinics = self.by_instance("aroeira_clinics", 1.0)?;
        let versions = self.ask("aroeira_build_info")?;
        let of = |one: &Series| {
            let job = one.label("workload").or_else(|| one.label("job")).unwrap_or_default();
            let planned = spec.workloads.iter().any(|workload| workload.id == job);
            if WATCHERS.contains(&job) && !planned {
                return None;
            }
            let at = |from: &BTreeMap<String, f64>| from.get(one.instance()).copied();
            let version = versions.iter().find(|other| other.instance() == one.instance());
            let mut replica = Replica {
                workload: plain(job),
                address: plain(one.instance()),
                up: one.value > 0.0,
                ready: at(&ready).map(|ready| ready > 0.0),
                version: version.and_then(|one| one.label("version")).map(plain),
                clinics: at(&clinics),
                measured: true,
                ..Replica::default()
            };
            (replica.used.cores, replica.used.memory_gb, replica.used.disk_gb) = (at(&worked), at(&held), at(&data));
            Some(replica)
        };
        Ok(up.iter().filter_map(of).collect())
    }

    /// # Errors
    /// No answer, or one that is not Prometheus's.
    fn ask(&self, expression: &str) -> Result<Vec<Series>> {
        let failed = |why: String, help: &str| {
            Failure::new(Code::Failed, format!("the Prometheus at {}: {why}", self.url), help)
        };
        let answer = self
            .asking
            .get(&format!("{}/api/v1/query", self.url), &[("query", expression), ("timeout", "8s")])
            .map_err(|why| {
                failed(why, "start it, or correct the address; --ca names the authority of its certificate")
            })?;
        if matches!(answer.status, 401 | 403) {
            return Err(failed(
                format!("it answered {}", answer.status),
                "give its bearer token in a file with --token-file",
            ));
        }
        let told: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        if told["status"] != "success" {
            let why =
                told["error"].as_str().map_or_else(|| format!("it answered {} and no result", answer.status), plain);
            return Err(failed(why, "is this the address of a Prometheus? It is asked for /api/v1/query below it"));
        }
        let result = told["data"]["result"].as_array().map(Vec::as_slice).unwrap_or_default();
        if result.len() > MOST {
            return Err(failed(format!("more than {MOST} series"), "ask one that scrapes this fleet alone"));
        }
        Ok(result.iter().filter_map(series).collect())
    }
}

fn series(told: &Value) -> Option<Series> {
    let value = told["value"][1].as_str()?.parse::<f64>().ok().filter(|value| value.is_finite())?;
    let labels = told["metric"].as_object()?.iter();
    let labels = labels.filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned())));
    Some(Series { labels: labels.collect(), value })
}
