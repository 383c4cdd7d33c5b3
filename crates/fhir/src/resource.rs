//! One resource as its JSON object, checked only as far as the rooms above rely on it.

use serde_json::{Map, Value};

use crate::{json, types};

/// The extension of `meta` that says why a version was written.
pub const REASON_URL: &str = "urn:aroeira:fhir:reason";

/// How much one resource may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Objects and arrays within each other.
    pub depth: usize,
    /// Bytes of JSON.
    pub bytes: usize,
    /// JSON values, containers included; each may take 80 bytes of memory, one with another.
    pub nodes: usize,
}

impl Limits {
    /// Of what is stored: it was weighed when it came.
    pub const STORED: Limits = Limits { depth: 64, bytes: usize::MAX, nodes: usize::MAX };
}

impl Default for Limits {
    /// 64 levels, 32 MiB, 1.2 million values and 107 MiB in memory, about: a large bundle and not more.
    fn default() -> Limits {
        Limits { depth: 64, bytes: 32 << 20, nodes: 1_200_000 }
    }
}

/// One thing wrong with a resource. Its words never repeat a value of the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A FHIRPath-like expression, such as `Patient.name[0].family`.
    pub path: String,
    /// A code of `http://hl7.org/fhir/issue-type`: structure, value, required, not-supported, too-long and so on.
    pub code: &'static str,
    /// What is wrong, in English.
    pub text: String,
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, code: &'static str, text: impl Into<String>) -> Problem {
        Problem { path: path.into(), code, text: text.into() }
    }
}

/// An R4 resource. Its `resourceType` is a known type, its `id`, if any, a valid one, its `meta`, if any, an object.
/// Numbers keep their digits, and keys their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    map: Map<String, Value>,
}

impl Resource {
    /// Reads a resource from UTF-8 JSON.
    ///
    /// # Errors
    /// Every problem found: what is not JSON or beyond the limits, a key given twice at any level, a NUL character, an
    /// unknown `resourceType`, a malformed `id` or `meta`.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Resource, Vec<Problem>> {
        Resource::at_path(json::parse(bytes, limits)?, None)
    }

    /// Takes a JSON value as a resource.
    ///
    /// # Errors
    /// As [`Resource::parse`], with the default limit of depth; keys cannot be double here.
    pub fn from_value(value: Value) -> Result<Resource, Vec<Problem>> {
        let root = value.get("resourceType").and_then(Value::as_str).filter(|kind| types::is_resource_type(kind));
        let mut path = root.unwrap_or("Resource").to_owned();
        let mut problems = Vec::new();
        look_through(&value, &mut path, Limits::default().depth, &mut problems);
        if problems.is_empty() { Resource::at_path(value, None) } else { Err(problems) }
    }

    /// Checks the root of a resource that stands at `path`; its own type when none is given.
    pub(crate) fn at_path(value: Value, path: Option<&str>) -> Result<Resource, Vec<Problem>> {
        let Value::Object(map) = value else {
            return Err(vec![Problem::new(path.unwrap_or("Resource"), "structure", "a resource is a JSON object")]);
        };
        let kind = map.get("resourceType").and_then(Value::as_str).filter(|kind| types::is_resource_type(kind));
        let path = path.or(kind).unwrap_or("Resource");
        let mut problems = Vec::new();
        match map.get("resourceType") {
            None => problems.push(Problem::new(format!("{path}.resourceType"), "required", "resourceType is missing")),
            Some(_) if kind.is_none() => {
                problems.push(Problem::new(format!("{path}.resourceType"), "value", "not a resource type of FHIR R4"));
            }
            Some(_) => {}
        }
        if map.get("id").is_some_and(|id| !id.as_str().is_some_and(types::is_id)) {
            let text = "an id is a string of 1 to 64 characters: letters, digits, '-' and '.'";
            problems.push(Problem::new(format!("{path}.id"), "value", text));
        }
        if map.get("meta").is_some_and(|meta| !meta.is_object()) {
            problems.push(Problem::new(format!("{path}.meta"), "structure", "meta is an object"));
        }
        if problems.is_empty() { Ok(Resource { map }) } else { Err(problems) }
    }

    /// A resource that says only its type and id.
    pub(crate) fn bare(kind: &str, id: &str) -> Resource {
        let mut map = Map::new();
        map.insert("resourceType".to_owned(), kind.into());
        map.insert("id".to_owned(), id.into());
        Resource { map }
    }

    /// `Parameters` made here.
    pub(crate) fn parameters(map: Map<String, Value>) -> Resource {
        Resource { map }
    }

    /// A record that is kept as resources are but is none, such as an account: its kind is not a type of R4, so that no
    /// FHIR route reaches it.
    pub fn private(kind: &str, id: &str, fields: Map<String, Value>) -> Resource {
        let mut resource = Resource::bare(kind, id);
        resource.map.extend(fields);
        resource
    }

    /// The resource type.
    pub fn kind(&self) -> &str {
        self.map.get("resourceType").and_then(Value::as_str).unwrap_or_default()
    }

    /// The logical id.
    pub fn id(&self) -> Option<&str> {
        self.map.get("id").and_then(Value::as_str)
    }

    /// Gives the resource an id, which the caller has checked ([`types::is_id`]).
    pub fn set_id(&mut self, id: &str) {
        self.map.insert("id".to_owned(), id.into());
    }

    /// The whole object.
    pub fn as_value(&self) -> &Map<String, Value> {
        &self.map
    }

    /// A member of the object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.map.get(key)
    }

    /// A member of the object, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.map.get_mut(key)
    }

    /// The members, to change their values.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&String, &mut Value)> {
        self.map.iter_mut()
    }

    /// Sets a member and returns the one it replaces.
    pub fn insert(&mut self, key: &str, value: Value) -> Option<Value> {
        self.map.insert(key.to_owned(), value)
    }

    /// Takes a member out; the order of the others stays.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.map.shift_remove(key)
    }

    /// Looks at the resource as a JSON value, which it is not kept as.
    pub fn as_json<T>(&mut self, look: impl FnOnce(&Value) -> T) -> T {
        let whole = Value::Object(std::mem::take(&mut self.map));
        let found = look(&whole);
        if let Value::Object(map) = whole {
            self.map = map;
        }
        found
    }

    /// The object as a JSON value.
    pub fn into_value(self) -> Value {
        Value::Object(self.map)
    }

    /// Whether both say the same, whatever `meta.versionId` and `meta.lastUpdated` are; an empty `meta` is as none. The
    /// order of keys does not matter, the digits of numbers do.
    pub fn same_content(&self, other: &Resource) -> bool {
        let rest = |map: &Map<String, Value>| map.len() - usize::from(map.contains_key("meta"));
        rest(&self.map) == rest(&other.map)
            && self.map.iter().all(|(key, value)| key == "meta" || other.map.get(key) == Some(value))
            && same_meta(self.meta(), other.meta())
    }

    /// `meta.versionId` as the number our versions are.
    pub fn version_id(&self) -> Option<u32> {
        self.meta()?.get("versionId")?.as_str()?.parse().ok()
    }

    /// Why this version was written: `meta.extension` with [`REASON_URL`].
    pub fn reason(&self) -> Option<&str> {
        let extensions = self.meta()?.get("extension")?.as_array()?;
        extensions.iter().find(|e| is_reason(e))?.get("valueString")?.as_str()
    }

    /// Sets or takes away the reason; other extensions stay.
    pub fn set_reason(&mut self, reason: Option<&str>) {
        let had_meta = self.map.contains_key("meta");
        if !had_meta && reason.is_none() {
            return;
        }
        let meta = self.map.entry("meta").or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(meta) = meta else { return };
        let mut extensions = match meta.shift_remove("extension") {
            Some(Value::Array(extensions)) => extensions,
            _ => Vec::new(),
        };
        extensions.retain(|e| !is_reason(e));
        if let Some(reason) = reason {
            let mut extension = Map::new();
            extension.insert("url".to_owned(), REASON_URL.into());
            extension.insert("valueString".to_owned(), reason.into());
            extensions.push(Value::Object(extension));
        }
        if !extensions.is_empty() {
            meta.insert("extension".to_owned(), Value::Array(extensions));
        }
        if meta.is_empty() {
            self.map.shift_remove("meta");
        }
    }

    fn meta(&self) -> Option<&Map<String, Value>> {
        self.map.get("meta")?.as_object()
    }
}

fn is_reason(extension: &Value) -> bool {
    extension.get("url").and_then(Value::as_str) == Some(REASON_URL)
}

/// Whether a member of `meta` is the store's own.
pub(crate) fn is_stamp(key: &str) -> bool {
    key == "versionId" || key == "lastUpdated"
}

fn same_meta(one: Option<&Map<String, Value>>, other: Option<&Map<String, Value>>) -> bool {
    let members =
        |map: Option<&Map<String, Value>>| map.map_or(0, |map| map.keys().filter(|key| !is_stamp(key)).count());
    members(one) == members(other)
        && one.is_none_or(|map| {
            map.iter().all(|(key, value)| is_stamp(key) || other.and_then(|other| other.get(key)) == Some(value))
        })
}

/// Finds NUL characters and what is nested too deeply. `path` is as it was when the call returns.
fn look_through(value: &Value, path: &mut String, depth: usize, problems: &mut Vec<Problem>) {
    let length = path.len();
    match value {
        _ if problems.len() >= json::ENOUGH => {}
        Value::String(text) if text.contains('\0') => {
            problems.push(Problem::new(path.clone(), "value", "a NUL character"));
        }
        Value::Array(_) | Value::Object(_) if depth == 0 => {
            problems.push(Problem::new(path.clone(), "structure", "nested too deeply"));
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push_str(&format!("[{at}]"));
                look_through(item, path, depth - 1, problems);
                path.truncate(length);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                path.push('.');
                path.push_str(if json::element_name(key) { key } else { "?" });
                if key.contains('\0') {
                    problems.push(Problem::new(path.clone(), "value", "a NUL character"));
                }
                look_through(value, path, depth - 1, problems);
                path.truncate(length);
            }
        }
        _ => {}
    }
}
