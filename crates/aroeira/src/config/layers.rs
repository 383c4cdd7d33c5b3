//! Values laid over values: the embedded defaults, a file, variables, the command line. The default file is the schema.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{DEFAULT, PREFIX};
use crate::failure::{Code, Failure, Result};

/// Keys that are numbers within bounds.
const BOUNDS: [(&str, i64, i64); 6] = [
    ("access.session_hours", 1, 168),
    ("access.idle_minutes", 1, 60),
    ("access.lock_after", 3, 10),
    ("access.lock_minutes", 1, 1440),
    ("store.open_clinics", 1, 100_000),
    ("store.cache_mb", 1, 4096),
];
/// Keys that are one of a few words.
const WORDS: [(&str, &[&str]); 3] =
    [("access.care", &["open", "team"]), ("store.audit", &["strict"]), ("log.format", &["json", "text"])];

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    File(PathBuf),
    Environment(String),
    CommandLine(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "from {}", path.display()),
            Self::Environment(name) => write!(f, "from the environment: {name}"),
            Self::CommandLine(flag) => write!(f, "from the command line: {flag}"),
        }
    }
}

/// The values so far.
pub(super) struct Layers {
    pub(super) values: Table,
    pub(super) origins: BTreeMap<String, Origin>,
}

impl Layers {
    /// The defaults alone.
    pub(super) fn new() -> Result<Self> {
        Ok(Self { values: defaults()?, origins: BTreeMap::new() })
    }

    pub(super) fn file(&mut self, path: &Path, text: &str) -> Result<()> {
        // Not the parser's own words: they quote the line, which may hold a secret.
        let table: Table = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
            let error = format!("configuration: {}, line {line}: {}", path.display(), e.message());
            Failure::new(Code::Usage, error, "`aroeira config --default` prints a file that works")
        })?;
        let origin = Origin::File(path.to_owned());
        for (name, section) in table {
            let Value::Table(section) = section else {
                return Err(self.unknown(&name, &origin));
            };
            if section.is_empty() && !self.values.contains_key(&name) {
                return Err(self.unknown(&name, &origin));
            }
            for (key, value) in section {
                self.set(&format!("{name}.{key}"), value, origin.clone())?;
            }
        }
        Ok(())
    }

    pub(super) fn variable(&mut self, name: &str, text: &str) -> Result<()> {
        let origin = Origin::Environment(name.to_owned());
        let key = name.trim_start_matches(PREFIX).to_ascii_lowercase().replacen("__", ".", 1);
        let Some(default) = self.get(&key) else {
            return Err(self.unknown(&key, &origin));
        };
        let text = text.trim();
        let value = match default {
            Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
            Value::Integer(_) => text.parse().ok().map(Value::Integer),
            Value::Array(_) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
            }
            _ => Some(Value::String(text.to_owned())),
        };
        let value = value.ok_or_else(|| mistyped(&key, default, &origin))?;
        self.set(&key, value, origin)
    }

    fn get(&self, key: &str) -> Option<&Value> {
        let (section, key) = key.split_once('.')?;
        self.values.get(section)?.get(key)
    }

    pub(super) fn set(&mut self, key: &str, mut value: Value, origin: Origin) -> Result<()> {
        let place =
            key.split_once('.').and_then(|(section, key)| self.values.get_mut(section)?.as_table_mut()?.get_mut(key));
        let Some(place) = place else {
            return Err(self.unknown(key, &origin));
        };
        if place.is_array() && value.is_str() {
            value = Value::Array(vec![value]);
        }
        let alike = match (&*place, &value) {
            (Value::Array(_), Value::Array(items)) => items.iter().all(Value::is_str),
            (a, b) => a.same_type(b),
        };
        if !alike {
            return Err(mistyped(key, place, &origin));
        }
        *place = value;
        self.origins.insert(key.to_owned(), origin);
        Ok(())
    }

    /// Whether every value is within its bounds.
    pub(super) fn bounded(&self) -> Result<()> {
        for (key, least, most) in BOUNDS {
            if !self.get(key).and_then(Value::as_integer).is_some_and(|value| (least..=most).contains(&value)) {
                let what = format!("is not between {least} and {most}");
                return Err(wrong(&self.origins, key, &what, "`aroeira config --default` explains it"));
            }
        }
        for (key, words) in WORDS {
            if !self.get(key).and_then(Value::as_str).is_some_and(|value| words.contains(&value)) {
                let help = format!("give {}", words.join(" or "));
                return Err(wrong(&self.origins, key, "is none of its words", &help));
            }
        }
        Ok(())
    }

    /// Names the key and the nearest one there is.
    fn unknown(&self, key: &str, origin: &Origin) -> Failure {
        let known = self.values.iter().flat_map(|(section, table)| {
            table.as_table().into_iter().flat_map(move |table| table.keys().map(move |key| format!("{section}.{key}")))
        });
        let nearest = known.max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
        let nearest = nearest.unwrap_or_default();
        let (error, nearest) = match origin {
            Origin::Environment(name) => (
                format!("configuration: the environment variable {name} names no key"),
                format!("{PREFIX}{}", nearest.replacen('.', "__", 1).to_ascii_uppercase()),
            ),
            origin => (format!("configuration: there is no key {key} ({origin})"), nearest),
        };
        Failure::new(Code::Usage, error, format!("did you mean {nearest}? `aroeira config --default` lists every key"))
    }
}

/// A failure that names the key, what is wrong with it, where it was set and the remedy.
pub(super) fn wrong(origins: &BTreeMap<String, Origin>, key: &str, what: &str, help: &str) -> Failure {
    let origin = origins.get(key).map_or_else(String::new, |origin| format!(" ({origin})"));
    Failure::new(Code::Usage, format!("configuration: {key} {what}{origin}"), help)
}

fn defaults() -> Result<Table> {
    toml::from_str(DEFAULT).map_err(|e| {
        Failure::new(Code::Usage, format!("the embedded defaults are broken: {e}"), "report this as a defect")
    })
}

fn mistyped(key: &str, default: &Value, origin: &Origin) -> Failure {
    let (wanted, example) = match default {
        Value::Boolean(_) => ("true or false", default.to_string()),
        Value::Integer(_) => ("a whole number", default.to_string()),
        Value::Array(_) => ("a list of texts", default.to_string()),
        _ => ("a text", default.to_string()),
    };
    Failure::new(
        Code::Usage,
        format!("configuration: {key} is not {wanted} ({origin})"),
        format!("give {wanted}, such as the default {example}"),
    )
}
