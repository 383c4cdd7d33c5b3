//! Own machines: Compose and systemd, with their hosts, their edge and Aroeira's own settings, read by the tools that will.

mod edge;
mod waf;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Rendered, aroeira, call};
use crate::{setup, steps};

pub(crate) use edge::edge;
pub(crate) use waf::waf;

/// Exposure that `systemd-analyze security` may find in a unit of Aroeira's or of the collector, in tenths.
const EXPOSURE: &str = "17";

/// `aroeira config` accepts every file of settings, of any target.
pub(crate) fn settings(all: &[Rendered]) -> Result<(), String> {
    let files: Vec<PathBuf> = all.iter().flat_map(|one| one.files("aroeira.toml")).collect();
    some(&files, "aroeira.toml")?;
    files.iter().try_for_each(|file| {
        call(aroeira().args(["config", "--config"]).arg(file)).map_err(|why| format!("{}: {why}", file.display()))
    })
}

/// Compose against the schema of its specification.
pub(crate) fn compose(all: &[Rendered]) -> Result<(), String> {
    let files = of(all, "compose", "compose.yaml");
    some(&files, "compose.yaml")?;
    call(
        Command::new(setup::fleet_tool("check-jsonschema"))
            .args(["--builtin-schema", "vendor.compose-spec"])
            .args(&files),
    )
}

/// Our Dockerfile, and those that are rendered. Nothing is waived but by a line with its reason in the file itself.
pub(crate) fn dockerfiles(all: &[Rendered]) -> Result<(), String> {
    let mut files = of(all, "compose", "Dockerfile");
    some(&files, "Dockerfile")?;
    files.push(steps::root().join("Dockerfile"));
    call(Command::new(setup::fleet_tool("hadolint")).args(["--failure-threshold", "style"]).args(&files))
}

/// Units: what systemd says of them, and how much of the system Aroeira's can still reach.
pub(crate) fn units(all: &[Rendered]) -> Result<(), String> {
    let folders = machines(all, "systemd", "etc/systemd/system");
    some(&folders, "etc/systemd/system")?;
    folders.iter().try_for_each(|(name, folder)| unit_folder(&scratch(name)?, folder))
}

fn unit_folder(scratch: &Path, folder: &Path) -> Result<(), String> {
    let mut units = Vec::new();
    for entry in read(folder)? {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(process) = name.strip_suffix(".service.d") else {
            units.push(copy_unit(&entry, &scratch.join(&name))?);
            continue;
        };
        // Debian's own units are not ours to verify.
        if !process.contains('@') {
            continue;
        }
        // A drop-in is read with the instance that it belongs to.
        units.push(copy_unit(&folder.join("aroeira@.service"), &scratch.join(format!("{process}.service")))?);
        fs::create_dir_all(scratch.join(&name)).map_err(|e| e.to_string())?;
        for part in read(&entry)? {
            copy_unit(&part, &scratch.join(&name).join(part.file_name().unwrap_or_default()))?;
        }
    }
    if units.is_empty() {
        return Ok(());
    }
    let mut verify = Command::new("systemd-analyze");
    let said = verify.args(["verify", "--man=no", "--recursive-errors=no"]).args(&units).output();
    let said = said.map_err(|e| format!("systemd-analyze: {e}"))?;
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    let ours: Vec<&str> = text.lines().filter(|line| line.contains(&*scratch.to_string_lossy())).collect();
    if !said.status.success() || !ours.is_empty() {
        return Err(format!("{}: {text}", folder.display()));
    }
    let own = |unit: &&PathBuf| {
        let name = unit.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("aroeira") && name.ends_with("@.service") || name == "otel-collector.service"
    };
    let mut security = Command::new("systemd-analyze");
    security.args(["security", "--no-pager", "--offline=true", &format!("--threshold={EXPOSURE}")]);
    if units.iter().any(|unit| own(&unit)) { call(security.args(units.iter().filter(own))) } else { Ok(()) }
}

/// A unit, with programs that are here in place of those that will be there.
fn copy_unit(from: &Path, to: &Path) -> Result<PathBuf, String> {
    let text = fs::read_to_string(from).map_err(|e| format!("{}: {e}", from.display()))?;
    let binary = steps::target().join("debug/aroeira");
    let text =
        text.replace("/usr/local/bin/aroeira", &binary.to_string_lossy()).replace("/usr/bin/podman", "/bin/true");
    let text = text.replace("/usr/local/bin/otelcol-contrib", "/bin/true");
    fs::write(to, text).map_err(|e| format!("{}: {e}", to.display()))?;
    Ok(to.to_owned())
}

/// Hosts: nftables, sshd, WireGuard and APT read their files.
pub(crate) fn hosts(all: &[Rendered]) -> Result<(), String> {
    let mut files = of(all, "compose", "nftables.conf");
    files.extend(of(all, "systemd", "nftables.conf"));
    some(&files, "nftables.conf")?;
    for file in &files {
        // In a network of its own: nft asks the kernel, and nobody's filters are touched.
        let mut nft = Command::new("unshare");
        nft.args(["--map-root-user", "--net", "/usr/sbin/nft", "--check", "--file"]).arg(file);
        call(&mut nft).map_err(|why| format!("{}: {why}", file.display()))?;
    }
    let scratch = scratch("hosts")?;
    let key = scratch.join("key");
    call(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key))?;
    // `sshd -t` asks for the directory that its unit makes.
    for one in all.iter().filter(|one| matches!(one.target, "compose" | "systemd")) {
        for file in one.files("sshd_config.d/10-aroeira.conf") {
            let mut sshd = Command::new("unshare");
            let text =
                "mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec /usr/sbin/sshd -t -f \"$1\" -h \"$2\"";
            sshd.args(["--map-root-user", "--mount", "sh", "-c", text, "sh"]).arg(&file).arg(&key);
            call(&mut sshd).map_err(|why| format!("{}: {why}", file.display()))?;
        }
        for file in one.files("52aroeira-upgrades") {
            call(Command::new("apt-config").arg("--config-file").arg(&file).arg("dump"))?;
        }
        for file in [one.files("wg-admin.conf"), one.files("wg-nodes.conf")].concat() {
            call(Command::new("wg-quick").arg("strip").arg(&file))
                .map_err(|why| format!("{}: {why}", file.display()))?;
        }
    }
    Ok(())
}

/// Files of a target, with this ending.
fn of(all: &[Rendered], target: &str, ending: &str) -> Vec<PathBuf> {
    all.iter().filter(|one| one.target == target).flat_map(|one| one.files(ending)).collect()
}

/// Folders of this path below each machine of a target, each with a name for its scratch directory.
fn machines(all: &[Rendered], target: &str, path: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for one in all.iter().filter(|one| one.target == target) {
        for machine in read(&one.directory.join("nodes")).unwrap_or_default() {
            let name = machine.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let folder = machine.join(path);
            if folder.is_dir() {
                found.push((format!("{}-{target}-{name}", one.preset), folder));
            }
        }
    }
    found
}

/// A check of nothing is none.
fn some<T>(found: &[T], what: &str) -> Result<(), String> {
    if found.is_empty() { Err(format!("nothing with {what} was rendered")) } else { Ok(()) }
}

fn read(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// An empty directory to try something in.
fn scratch(name: &str) -> Result<PathBuf, String> {
    let folder = steps::target().join("fleet-own").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}
