//! One Aroeira, asked by itself: whether it can serve, and what it uses.

use std::collections::HashMap;

use aroeira_clinic::Clock;
use aroeira_fleet::status::{Replica, Seen};
use serde_json::Value;

use super::asking::{Asking, address};
use super::{GB, GIB};
use crate::failure::{Code, Failure, Result};

/// Asks it. One that does not answer is a replica that is not up, with why.
///
/// # Errors
/// An address that is none.
pub(super) fn ask(asking: &Asking, workload: &str, url: &str) -> Result<(Replica, Option<Failure>)> {
    let url = address(url)?;
    let shown = url.trim_start_matches("http://").trim_start_matches("https://").to_owned();
    let mut replica = Replica {
        workload: workload.to_owned(),
        address: shown,
        encrypted: Some(url.starts_with("https://")),
        ..Replica::default()
    };
    let silent = |why: String| {
        let help = "start it (`aroeira serve`), or correct the address: `server.listen` says where it listens";
        Some(Failure::new(Code::Failed, format!("{url} does not answer as Aroeira does: {why}"), help))
    };
    let health = match asking.get(&format!("{url}/api/health"), &[]) {
        Ok(answer) => answer,
        Err(why) => return Ok((replica, silent(why))),
    };
    let told: Value = serde_json::from_str(&health.text).unwrap_or_default();
    let Some(ready) = told["ready"].as_bool() else {
        return Ok((replica, silent(format!("{} without a health", health.status))));
    };
    replica.up = true;
    replica.ready = Some(ready);
    let problems = told["problems"].as_array().into_iter().flatten();
    // Codes: what else a stranger might send is not shown in a terminal.
    replica.problems = problems.filter_map(Value::as_str).map(plain).take(20).collect();
    if let Ok(answer) = asking.get(&format!("{url}/metrics"), &[])
        && answer.status == 200
    {
        read(&answer.text, &mut replica);
    }
    Ok((replica, None))
}

fn read(text: &str, replica: &mut Replica) {
    let mut numbers: HashMap<&str, f64> = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(labels) = line.strip_prefix("aroeira_build_info{") {
            replica.version = labels.split("version=\"").nth(1).and_then(|rest| rest.split('"').next()).map(plain);
        } else if let Some((name, value)) = line.split_once(' ').filter(|(name, _)| !name.contains('{')) {
            let value =
                value.split(' ').next().and_then(|value| value.parse().ok()).filter(|value: &f64| value.is_finite());
            numbers.extend(value.map(|value| (name, value)));
        }
    }
    let number = |name: &str| numbers.get(name).copied();
    let now = Clock::system().now().0 as f64 / 1000.0;
    let runs = number("process_start_time_seconds").map(|start| now - start).filter(|seconds| *seconds >= 1.0);
    replica.clinics = number("aroeira_clinics");
    replica.used = Seen {
        // On average since it started: what is exceeded now and then only Prometheus remembers.
        cores: number("process_cpu_seconds_total").zip(runs).map(|(used, runs)| used / runs),
        memory_gb: number("process_resident_memory_bytes").map(|bytes| bytes / GIB),
        disk_gb: number("aroeira_data_bytes").map(|bytes| bytes / GB),
    };
}

/// Letters that no terminal takes for anything else.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
