//! Configuration: the embedded defaults, then a file, then the environment, then the command line. The default file is
//! the schema as well: a key that is not in it is refused, and a value has the type that its default has.

mod layers;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aroeira_clinic::Care;
use serde::Deserialize;
use toml::{Table, Value};

use layers::{Layers, Origin, wrong};

use crate::failure::{Code, Failure, Result};

/// The commented file with every key.
pub(crate) const DEFAULT: &str = include_str!("../default.toml");
/// What the name of every variable begins with.
const PREFIX: &str = "AROEIRA_";
/// Keys whose value is never printed.
const SECRETS: [&str; 1] = ["keys.master"];

/// Where a command finds its installation.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Place {
    /// Directory of the installation; everything else as configured
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file (TOML); `aroeira config --default` prints one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// The configuration in force, and where each value came from.
pub(crate) struct Config {
    values: Table,
    origins: BTreeMap<String, Origin>,
    pub(crate) access: Access,
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    pub(crate) log: Log,
    pub(crate) telemetry: Telemetry,
    pub(crate) clinic: Clinic,
}

impl std::fmt::Debug for Config {
    // The table holds secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").finish_non_exhaustive()
    }
}

/// Section `access`.
#[derive(Debug, Deserialize)]
pub(crate) struct Access {
    pub(crate) care: Care,
    pub(crate) session_hours: u32,
    pub(crate) idle_minutes: u32,
    pub(crate) lock_after: u32,
    pub(crate) lock_minutes: u32,
}

/// Section `store`.
#[derive(Debug, Deserialize)]
pub(crate) struct Store {
    pub(crate) data: PathBuf,
    pub(crate) open_clinics: usize,
    pub(crate) cache_mb: u32,
}

/// Section `keys`.
#[derive(Deserialize)]
pub(crate) struct Keys {
    pub(crate) master: String,
    pub(crate) master_file: PathBuf,
}

/// Section `log`.
#[derive(Debug, Deserialize)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) format: Format,
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Json,
    Text,
}

/// Section `telemetry`.
#[derive(Debug, Deserialize)]
pub(crate) struct Telemetry {
    pub(crate) otlp_endpoint: String,
}

/// Section `clinic`.
#[derive(Debug, Deserialize)]
pub(crate) struct Clinic {
    pub(crate) zone: String,
}

impl Config {
    /// The configuration for a place, with this process's environment.
    pub(crate) fn load(place: &Place) -> Result<Self> {
        let file = match &place.config {
            None => None,
            Some(path) => Some((
                path.as_path(),
                std::fs::read_to_string(path).map_err(|e| Failure::file("the configuration file", path, &e))?,
            )),
        };
        Self::layered(file.as_ref().map(|(path, text)| (*path, text.as_str())), environment(), &directory(place))
    }

    /// The same for commands that look after an installation there is: where nothing is said and the default directory is
    /// not there, the demo of this directory.
    pub(crate) fn load_or_demo(place: &Place) -> Result<Self> {
        let config = Self::load(place)?;
        let demo = Path::new("demo-data");
        let untold = !config.origins.contains_key("store.data");
        if untold && !config.store.data.exists() && demo.join("demo-installation").exists() {
            return Self::load(&Place { data: Some(demo.to_owned()), config: None });
        }
        Ok(config)
    }

    /// The same over a command's own defaults instead of a file, with values of its command line:
    /// `("server.listen", "--port", value)`.
    pub(crate) fn load_over(own: &str, place: &Place, given: &[(&str, &'static str, Value)]) -> Result<Self> {
        let given = [given, &directory(place)].concat();
        Self::layered(Some((Path::new("the command's defaults"), own)), environment(), &given)
    }

    fn layered(
        file: Option<(&Path, &str)>,
        environment: impl IntoIterator<Item = (String, String)>,
        given: &[(&str, &'static str, Value)],
    ) -> Result<Self> {
        let mut layers = Layers::new()?;
        if let Some((path, text)) = file {
            layers.file(path, text)?;
        }
        for (name, value) in environment {
            layers.variable(&name, &value)?;
        }
        for (key, flag, value) in given {
            layers.set(key, value.clone(), Origin::CommandLine(flag))?;
        }
        let config = Self::typed(layers)?;
        config.check()?;
        Ok(config)
    }

    fn typed(layers: Layers) -> Result<Self> {
        layers.bounded()?;
        let Layers { values, origins } = layers;
        Ok(Self {
            access: section(&values, "access")?,
            store: section(&values, "store")?,
            keys: section(&values, "keys")?,
            log: section(&values, "log")?,
            telemetry: section(&values, "telemetry")?,
            clinic: section(&values, "clinic")?,
            values,
            origins,
        })
    }

    /// Sections `server` and `limits` as the web server takes them.
    pub(crate) fn web(&self) -> Result<aroeira_web::Options> {
        let mut server: Table = section(&self.values, "server")?;
        let mut take = |key: &str| server.remove(key).filter(|value| value.as_str() != Some(""));
        let (certificate, tls_key, redirect) = (take("tls_certificate"), take("tls_key"), take("redirect_from"));
        match (certificate, tls_key) {
            (Some(certificate), Some(key)) => {
                let tls = Table::from_iter([("certificate".to_owned(), certificate), ("key".to_owned(), key)]);
                server.insert("tls".into(), Value::Table(tls));
            }
            (None, None) => {}
            (None, Some(_)) => {
                let help = "give server.tls_certificate as well, or leave both out";
                return Err(self.wrong("server.tls_key", "has no certificate", help));
            }
            (Some(_), None) => {
                let help = "give server.tls_key as well, or leave both out";
                return Err(self.wrong("server.tls_certificate", "has no key", help));
            }
        }
        if let Some(address) = redirect {
            if !server.contains_key("tls") {
                let help = "give server.tls_certificate and server.tls_key as well, or leave it out";
                return Err(self.wrong("server.redirect_from", "needs TLS", help));
            }
            server.insert("redirect".into(), address);
        }
        let limits: Table = section(&self.values, "limits")?;
        self.each_fits::<aroeira_web::Options>("server", &server)?;
        self.each_fits::<aroeira_web::Limits>("limits", &limits)?;
        server.insert("limits".into(), Value::Table(limits));
        Value::Table(server).try_into().map_err(|e: toml::de::Error| self.wrong("server", e.message(), ""))
    }

    /// One key at a time, so that the key of a value that cannot be used can be named.
    fn each_fits<T: serde::de::DeserializeOwned>(&self, name: &str, section: &Table) -> Result<()> {
        for (key, value) in section {
            let alone = Value::Table(Table::from_iter([(key.clone(), value.clone())]));
            if let Err(e) = alone.try_into::<T>() {
                let key = if key == "redirect" { "redirect_from" } else { key };
                let what = format!("cannot be used: {}", e.message());
                return Err(self.wrong(
                    &format!("{name}.{key}"),
                    &what,
                    "`aroeira config --default` shows what it may be",
                ));
            }
        }
        Ok(())
    }

    /// What no type says. Each error names the key and the remedy.
    fn check(&self) -> Result<()> {
        let wrong = |key: &str, what: &str, help: &str| Err(self.wrong(key, what, help));
        if self.store.data.as_os_str().is_empty() {
            return wrong("store.data", "is empty", "give the directory of the installation, here or with --data");
        }
        if !self.keys.master.is_empty() && !self.keys.master_file.as_os_str().is_empty() {
            return wrong("keys.master", "and keys.master_file are both given", "keep one of them, better the file");
        }
        self.web()?;
        if jiff::tz::TimeZone::get(&self.clinic.zone).is_err() {
            let help = "give one such as \"America/Sao_Paulo\" or \"America/Manaus\"";
            return wrong("clinic.zone", "is no IANA time zone", help);
        }
        if tracing_subscriber::EnvFilter::try_new(&self.log.level).is_err() {
            let help = "give error, warn, info, debug or trace, or directives such as \"info,aroeira_web=debug\"";
            return wrong("log.level", "is no level", help);
        }
        let endpoint = &self.telemetry.otlp_endpoint;
        if !endpoint.is_empty() && !endpoint.starts_with("http://") {
            let help = "give a collector beside this server, such as \"http://127.0.0.1:4318/v1/traces\"; it may send on with TLS";
            return wrong("telemetry.otlp_endpoint", "is no http:// address", help);
        }
        Ok(())
    }

    /// A failure that names the key, what is wrong with it, where it was set and the remedy.
    pub(crate) fn wrong(&self, key: &str, what: &str, help: &str) -> Failure {
        wrong(&self.origins, key, what, help)
    }

    /// Every value in force as TOML, secrets hidden, each with where it came from where that is not the default.
    pub(crate) fn print(&self) -> String {
        let mut out = String::from("# The configuration in force; a value without a note is the default.\n");
        for (name, section) in &self.values {
            let _ = write!(out, "\n[{name}]\n");
            for (key, value) in section.as_table().into_iter().flatten() {
                let path = format!("{name}.{key}");
                let set = value.as_str().is_none_or(|text| !text.is_empty());
                let shown =
                    if SECRETS.contains(&path.as_str()) && set { "\"***\"".to_owned() } else { value.to_string() };
                let note = self.origins.get(&path).map_or_else(String::new, |origin| format!("  # {origin}"));
                let _ = writeln!(out, "{key} = {shown}{note}");
            }
        }
        out
    }
}

/// This process's variables that are meant for us.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.starts_with(PREFIX).then(|| (name, value.to_string_lossy().into_owned()))
    })
}

/// What `--data` sets.
fn directory(place: &Place) -> Vec<(&'static str, &'static str, Value)> {
    let data = place.data.as_ref().map(|data| Value::String(data.to_string_lossy().into_owned()));
    data.map(|data| ("store.data", "--data", data)).into_iter().collect()
}

/// A section whose values were found to be of their types and within their bounds.
fn section<T: serde::de::DeserializeOwned>(values: &Table, name: &str) -> Result<T> {
    let section = values.get(name).cloned().unwrap_or_else(|| Value::Table(Table::new()));
    section.try_into().map_err(|e: toml::de::Error| {
        let error = format!("configuration: [{name}] cannot be used: {}", e.message());
        Failure::new(Code::Usage, error, "`aroeira config --default` shows what each key may be")
    })
}

#[cfg(test)]
mod tests;
