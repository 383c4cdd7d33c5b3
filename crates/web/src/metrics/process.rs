//! What the system says of this process, under the names that every Prometheus client uses.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// What is known of the process; what the system does not tell is left out.
#[derive(Debug, Default, PartialEq)]
struct Process {
    cpu_seconds: Option<f64>,
    start_seconds: Option<f64>,
    threads: Option<f64>,
    resident_bytes: Option<f64>,
    open_files: Option<f64>,
    most_files: Option<f64>,
    /// The bound of its control group, or the machine's memory.
    memory_limit_bytes: Option<f64>,
}

/// Lines of the exposition.
pub(super) fn exposition() -> String {
    Process::read().write()
}

impl Process {
    fn read() -> Self {
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let page = rustix::param::page_size() as f64;
        let stat = text("/proc/self/stat");
        let of_stat = |at: usize| numbers_after_name(&stat).and_then(|mut fields| fields.nth(at));
        let booted = field(&text("/proc/stat"), "btime");
        Self {
            cpu_seconds: of_stat(11).zip(of_stat(12)).map(|(user, system)| (user + system) / ticks),
            threads: of_stat(17),
            start_seconds: of_stat(19).zip(booted).map(|(started, booted)| booted + started / ticks),
            resident_bytes: number(text("/proc/self/statm").split(' ').nth(1)).map(|pages| pages * page),
            open_files: fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as f64),
            most_files: field(&text("/proc/self/limits"), "Max open files"),
            memory_limit_bytes: group_limit()
                .or_else(|| field(&text("/proc/meminfo"), "MemTotal:").map(|kib| kib * 1024.0)),
        }
    }

    fn write(&self) -> String {
        let mut out = String::new();
        for (name, kind, help, value) in [
            ("process_cpu_seconds_total", "counter", "CPU time taken, in user and system mode", self.cpu_seconds),
            ("process_start_time_seconds", "gauge", "When the process was started, since 1970", self.start_seconds),
            ("process_threads", "gauge", "Threads of the process", self.threads),
            ("process_resident_memory_bytes", "gauge", "Memory that the process holds", self.resident_bytes),
            ("process_open_fds", "gauge", "Files and sockets that are open", self.open_files),
            ("process_max_fds", "gauge", "How many may be open", self.most_files),
            (
                "aroeira_memory_limit_bytes",
                "gauge",
                "Memory that the process may hold: its control group's bound, or the machine's memory",
                self.memory_limit_bytes,
            ),
        ] {
            if let Some(value) = value {
                let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
            }
        }
        out
    }
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn number(text: Option<&str>) -> Option<f64> {
    text?.trim().parse().ok()
}

/// The first number behind a line's name.
fn field(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| number(line.strip_prefix(name)?.split_whitespace().next()))
}

/// Fields of `/proc/PID/stat` behind the name of the program, which may hold anything: the state is the first.
fn numbers_after_name(stat: &str) -> Option<impl Iterator<Item = f64> + '_> {
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.split_whitespace().map(|field| field.parse().unwrap_or(f64::NAN)))
}

/// What the control group of the process may hold; nothing where it has no bound.
fn group_limit() -> Option<f64> {
    let groups = text("/proc/self/cgroup");
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    number(Some(&text(Path::new("/sys/fs/cgroup").join(own).join("memory.max"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_told() {
        let process = Process::read();
        assert!(process.resident_bytes.unwrap() > 100_000.0);
        assert!(process.open_files.unwrap() >= 3.0);
        assert!(process.memory_limit_bytes.unwrap() > process.resident_bytes.unwrap());
        // Later than this line was written, and not in the future of the machine.
        assert!(process.start_seconds.unwrap() > 1.7e9);
        assert!(process.write().contains("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total "));
    }

    #[test]
    fn a_name_with_brackets_moves_no_field() {
        let fields: Vec<f64> = numbers_after_name("7 (a) b) S 1 2 3").unwrap().skip(1).collect();
        assert_eq!(fields, [1.0, 2.0, 3.0]);
        assert!(numbers_after_name("").is_none());
        assert_eq!(Process::default().write(), "");
    }
}
