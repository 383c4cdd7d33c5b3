//! An installation to measure: clinics made by the command, and a doctor in each.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::load::request;
use crate::{Done, ask};

const PASSWORD: &str = "Vereda-Calma-731";

/// A clinic with its first administrator.
pub(crate) fn clinic(target: &Path, home: &Path, slug: &str) -> Done<()> {
    std::fs::create_dir_all(home)?;
    let mut command = Command::new(target.join("release/aroeira"));
    command.args(["clinic", "add", slug, "--name", "Clínica da Banca", "--admin", "ana@example.org"]);
    command.args(["--password-stdin", "--data"]).arg(home.join("data"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    child.stdin.take().ok_or("no standard input")?.write_all(PASSWORD.as_bytes())?;
    if child.wait()?.success() { Ok(()) } else { Err("the clinic could not be made".into()) }
}

/// A doctor's token: the administrator changes the first password, as everybody does, and makes the account.
pub(crate) async fn doctor(address: SocketAddr, slug: &str) -> Done<String> {
    let sign_in = async |email: &str, password: &str| -> Done<String> {
        let body = json!({ "clinic": slug, "email": email, "password": password }).to_string();
        let (status, answer) = ask(address, &request("POST", "/api/sessions", "", &body)).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        answer["token"].as_str().map(str::to_owned).ok_or_else(|| format!("{email}: no session: {status}").into())
    };
    let admin = sign_in("ana@example.org", PASSWORD).await?;
    let changed = "Trilha-Serena-482";
    let change = json!({ "current": PASSWORD, "new": changed }).to_string();
    ask(address, &request("PUT", "/api/me/password", &admin, &change)).await?;
    let account = json!({ "email": "rui@example.org", "name": "Rui Prado", "role": "DOCTOR", "password": PASSWORD });
    ask(address, &request("POST", "/api/users", &admin, &account.to_string())).await?;
    let first = sign_in("rui@example.org", PASSWORD).await?;
    let change = json!({ "current": PASSWORD, "new": changed }).to_string();
    ask(address, &request("PUT", "/api/me/password", &first, &change)).await?;
    sign_in("rui@example.org", changed).await
}
