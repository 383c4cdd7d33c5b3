//! Every nginx and HAProxy that is rendered, read by nginx and HAProxy, with a certificate of the hour.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::{Rendered, call};
use super::{scratch, some};

/// `nginx -t` and `haproxy -c`.
pub(crate) fn edge(all: &[Rendered]) -> Result<(), String> {
    let (mut count, mut seen) = (Vec::new(), BTreeSet::new());
    for one in all.iter().filter(|one| matches!(one.target, "compose" | "systemd")) {
        for (at, file) in one.files("nginx.conf").into_iter().enumerate() {
            // The rules take their time to load: machines that differ in their address alone are one.
            let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            let text: Vec<&str> = text.lines().filter(|line| !line.contains("listen 10.77.")).collect();
            if !seen.insert(text.join("\n")) {
                continue;
            }
            let nginx = Nginx::copy(&file, &scratch(&format!("nginx-{}-{}-{at}", one.preset, one.target))?, &[])?;
            nginx.test().map_err(|why| format!("{}: {why}", file.display()))?;
            count.push(file);
        }
        for (at, file) in one.files("haproxy.cfg").into_iter().enumerate() {
            let folder = scratch(&format!("haproxy-{}-{at}", one.preset))?;
            let copy = haproxy(&file, &folder, &[])?;
            call(Command::new("/usr/sbin/haproxy").args(["-c", "-V", "-f"]).arg(copy))
                .map_err(|why| format!("{}: {why}", file.display()))?;
            count.push(file);
        }
    }
    some(&count, "nginx.conf")
}

/// An nginx of a directory of its own: paths, and whatever else is given, are replaced in a copy.
pub(super) struct Nginx {
    folder: PathBuf,
}

impl Nginx {
    pub(super) fn copy(file: &Path, folder: &Path, changes: &[(&str, String)]) -> Result<Self, String> {
        let from = file.parent().unwrap_or(file);
        let own = folder.to_string_lossy().into_owned();
        fs::create_dir_all(folder.join("edge/tls")).map_err(|e| e.to_string())?;
        fs::create_dir_all(folder.join("temporary")).map_err(|e| e.to_string())?;
        certificate(&folder.join("edge/tls/fullchain.pem"), &folder.join("edge/tls/privkey.pem"))?;
        for name in ["nginx.conf", "edge/modsecurity.conf", "edge/proxy.conf"] {
            let mut text = fs::read_to_string(from.join(name)).map_err(|e| format!("{name}: {e}"))?;
            for (was, is) in changes {
                text = text.replace(was, is);
            }
            let text = text
                .replace("/etc/nginx/edge", &format!("{own}/edge"))
                .replace("/run/nginx.pid", &format!("{own}/nginx.pid"))
                .replace("/tmp/nginx.pid", &format!("{own}/nginx.pid"))
                .replace("_path /tmp/", &format!("_path {own}/temporary/"))
                .replace("_path /var/lib/nginx/", &format!("_path {own}/temporary/"))
                .replace("Dir /tmp", &format!("Dir {own}/temporary"))
                .replace("Dir /var/lib/nginx", &format!("Dir {own}/temporary"))
                .replace("/dev/stdout", &format!("{own}/log"))
                .replace("/var/log/nginx", &own)
                .replace("error_log stderr", &format!("error_log {own}/error.log"))
                .replace("user www-data;\n", "")
                // Where it is tested, root may be the only user there is.
                .replace("worker_processes auto;", "user root;\nworker_processes 1;");
            fs::write(folder.join(name), text).map_err(|e| format!("{name}: {e}"))?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    pub(super) fn command(&self) -> Command {
        let mut nginx = Command::new("/usr/sbin/nginx");
        nginx.arg("-e").arg(self.folder.join("error.log")).arg("-c").arg(self.folder.join("nginx.conf"));
        nginx
    }

    /// In a network of its own, where any address may be listened at: `nginx -t` tries them.
    fn test(&self) -> Result<(), String> {
        let nginx = self.command();
        let mut apart = Command::new("unshare");
        let text = "echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind && exec \"$@\" -t";
        apart
            .args(["--map-root-user", "--net", "sh", "-c", text, "sh"])
            .arg(nginx.get_program())
            .args(nginx.get_args());
        call(&mut apart)
    }
}

/// A copy of a configuration of HAProxy, with its certificate and its map beside it.
pub(super) fn haproxy(file: &Path, folder: &Path, changes: &[(&str, String)]) -> Result<PathBuf, String> {
    let tls = folder.join("tls");
    fs::create_dir_all(&tls).map_err(|e| e.to_string())?;
    let (certificate_file, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    certificate(&certificate_file, &key)?;
    let read = |path: &Path| fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()));
    fs::write(tls.join("site.pem"), read(&certificate_file)? + &read(&key)?).map_err(|e| e.to_string())?;
    for name in ["hosts.map", "cloudflare.lst"] {
        let beside = file.with_file_name(name);
        if beside.exists() {
            fs::copy(&beside, folder.join(name)).map_err(|e| e.to_string())?;
        }
    }
    let own = folder.to_string_lossy().into_owned();
    let mut text = read(file)?.replace("/etc/haproxy/", &format!("{own}/"));
    for (was, is) in changes {
        text = text.replace(was, is);
    }
    let copy = folder.join("haproxy.cfg");
    fs::write(&copy, text).map_err(|e| e.to_string())?;
    Ok(copy)
}

fn certificate(certificate: &Path, key: &Path) -> Result<(), String> {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    call(openssl.args(["-subj", "/CN=localhost", "-keyout"]).arg(key).arg("-out").arg(certificate))
}
