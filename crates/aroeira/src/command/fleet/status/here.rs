//! This machine, as Linux tells of it.

use std::collections::HashSet;
use std::fs;

use aroeira_fleet::Plan;
use aroeira_fleet::status::{Machine, Seen};

use super::{GB, GIB};
use crate::failure::{Code, Failure, Result};

/// What this machine has and uses; cores on average since it was started.
///
/// # Errors
/// A system that does not tell, or nobody knows which machine of the plan this is.
pub(super) fn machine(name: &str, plan: &Plan) -> Result<Machine> {
    let name = called(name, plan)?;
    let text = |path: &str| fs::read_to_string(path).map_err(|error| Failure::file("the file", path.as_ref(), &error));
    let (stat, memory, mounts) = (text("/proc/stat")?, text("/proc/meminfo")?, text("/proc/self/mounts")?);
    let cores = stat.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count() as f64;
    let kib = |key: &str| {
        let line = memory.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|line| line.trim_start_matches(':').split_whitespace().next())
            .and_then(|kib| kib.parse::<f64>().ok())
    };
    let gib = |kib: f64| kib * 1024.0 / GIB;
    let (total, free) = (kib("MemTotal"), kib("MemAvailable"));
    let (size, used) = disks(&mounts);
    Ok(Machine {
        name,
        up: true,
        has: Seen { cores: Some(cores), memory_gb: total.map(gib), disk_gb: Some(size) },
        used: Seen {
            cores: busy(&stat).map(|busy| busy * cores),
            memory_gb: total.zip(free).map(|(total, free)| gib(total - free)),
            disk_gb: Some(used),
        },
    })
}

/// Which machine of the plan this is.
fn called(name: &str, plan: &Plan) -> Result<String> {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    let known = |name: &str| plan.nodes.iter().find(|node| node.name == name).map(|node| node.name.clone());
    let found = match name {
        "" => {
            known(host).or_else(|| plan.nodes.first().filter(|_| plan.nodes.len() == 1).map(|node| node.name.clone()))
        }
        name => known(name),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = plan.nodes.iter().map(|node| node.name.as_str()).take(12).collect();
        let shown = if name.is_empty() { host } else { name };
        let help = format!("say which it is: --here NODE, one of {}", names.join(", "));
        Failure::new(Code::Usage, format!("the plan has no machine called `{shown}`"), help)
    })
}

/// Of all time since the start, the share that was worked.
fn busy(stat: &str) -> Option<f64> {
    let all: Vec<f64> =
        stat.lines().next()?.split_whitespace().skip(1).take(8).filter_map(|ticks| ticks.parse().ok()).collect();
    let total: f64 = all.iter().sum();
    let idle = all.get(3)? + all.get(4)?;
    (total > 0.0).then(|| 1.0 - idle / total)
}

/// Gigabytes of all disks that are mounted, each once, and how many are in use.
fn disks(mounts: &str) -> (f64, f64) {
    let mut seen = HashSet::new();
    let (mut size, mut used) = (0.0, 0.0);
    for line in mounts.lines() {
        let mut words = line.split(' ');
        let (Some(device), Some(path)) = (words.next(), words.next()) else { continue };
        if !device.starts_with("/dev/") || device.starts_with("/dev/loop") || !seen.insert(device) {
            continue;
        }
        if let Ok(found) = rustix::fs::statvfs(path.replace("\\040", " ")) {
            let block = found.f_frsize as f64 / GB;
            size += found.f_blocks as f64 * block;
            used += found.f_blocks.saturating_sub(found.f_bfree) as f64 * block;
        }
    }
    (size, used)
}
