//! Processes that are measured: their CPU time and memory as the kernel counts them (proc(5)).

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A server under measurement; ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a command that writes its address into the file `ready`.
    pub(crate) fn start(command: &mut Command, ready: &Path) -> io::Result<Self> {
        let _ = std::fs::remove_file(ready);
        let mut child = command.spawn()?;
        let begun = Instant::now();
        loop {
            if let Some(address) = std::fs::read_to_string(ready).ok().and_then(|text| text.trim().parse().ok()) {
                return Ok(Self { child, address });
            }
            if let Some(status) = child.try_wait()? {
                return Err(io::Error::other(format!("the server ended: {status}")));
            }
            if begun.elapsed() > Duration::from_secs(60) {
                child.kill()?;
                return Err(io::ErrorKind::TimedOut.into());
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }

    /// User and system time so far.
    pub(crate) fn cpu(&self) -> Duration {
        cpu(&self.child.id().to_string())
    }

    /// Resident memory in megabytes.
    pub(crate) fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kb = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
        kb.unwrap_or(f64::NAN) / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().is_ok_and(|status| status.success());
        if !asked {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// User and system time of a process (`self` for this one), in clock ticks of 10 ms.
pub(crate) fn cpu(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in brackets, may hold spaces; utime and stime are the 12th and 13th after it.
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
