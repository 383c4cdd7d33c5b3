//! Patches: a JSON Patch (RFC 6902), a JSON Merge Patch (RFC 7396) or a FHIRPath Patch (R4, fhirpatch), read, bounded and
//! applied all or nothing; and the patch that leads from one version to another.

mod difference;
mod json_patch;
mod merge;
mod path_patch;

use serde_json::{Map, Value};

pub use difference::difference;

use crate::fhirpath::Model;
use crate::json;
use crate::resource::{Limits, Problem, Resource};

/// Operations of a patch.
const MOST: usize = 1000;
/// Values of a patched resource, so that copies of copies come to an end.
const VALUES: usize = 200_000;

/// The media type of a JSON Patch.
pub const JSON_PATCH: &str = "application/json-patch+json";
/// The media type of a JSON Merge Patch, which R4 does not know and clients send.
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// What is to be changed in a resource.
#[derive(Debug, Clone)]
pub enum Patch {
    /// A JSON Patch.
    Json(Vec<json_patch::Operation>),
    /// A JSON Merge Patch.
    Merge(Map<String, Value>),
    /// A FHIRPath Patch.
    Path(Vec<path_patch::Operation>),
}

impl Patch {
    /// Reads a JSON Patch.
    ///
    /// # Errors
    /// What is not JSON or within the limits, and every operation that is none.
    pub fn json(bytes: &[u8], limits: &Limits) -> Result<Self, Vec<Problem>> {
        json_patch::read(json::parse(bytes, limits)?).map(Self::Json)
    }

    /// Reads a FHIRPath Patch from `Parameters`, or a JSON Patch or JSON Merge Patch from a `Binary` that holds one.
    ///
    /// # Errors
    /// Every operation that is none; another resource.
    pub fn of(resource: &Resource, limits: &Limits) -> Result<Self, Vec<Problem>> {
        match resource.kind() {
            "Parameters" => path_patch::read(resource).map(Self::Path),
            "Binary" => {
                use base64::Engine;
                let said = |key: &str| resource.get(key).and_then(Value::as_str);
                let wrong = |text| vec![Problem::new("Binary.data", "value", text)];
                let kind = said("contentType").filter(|kind| [JSON_PATCH, MERGE_PATCH].contains(kind));
                let Some(kind) = kind else {
                    let text =
                        "a Binary with a patch is of application/json-patch+json or application/merge-patch+json";
                    return Err(vec![Problem::new("Binary.contentType", "value", text)]);
                };
                let data = said("data").ok_or_else(|| wrong("the patch is missing"))?;
                let bytes = base64::engine::general_purpose::STANDARD.decode(data);
                let bytes = bytes.map_err(|_| wrong("not base64"))?;
                if kind == JSON_PATCH {
                    return Self::json(&bytes, limits);
                }
                merge::read(json::parse(&bytes, limits)?).map(Self::Merge)
            }
            kind => {
                let text = "a patch is a Parameters, or a Binary that holds a JSON Patch";
                Err(vec![Problem::new(format!("{kind}.resourceType"), "value", text)])
            }
        }
    }

    /// The resource as the patch leaves it. `model` says which elements repeat.
    ///
    /// # Errors
    /// The first operation that cannot be carried out, named by its place in the patch; what is no resource any more, or
    /// one of another type or id.
    pub fn apply(&self, resource: &Resource, model: &dyn Model) -> Result<Resource, Vec<Problem>> {
        let mut value = resource.clone().into_value();
        match self {
            Self::Json(operations) => json_patch::apply(operations, &mut value),
            Self::Merge(members) => {
                merge::apply(members, &mut value);
                Ok(())
            }
            Self::Path(operations) => path_patch::apply(operations, &mut value, model),
        }
        .map_err(|problem| vec![problem])?;
        let patched = Resource::from_value(value)?;
        for (key, same) in [("resourceType", patched.kind() == resource.kind()), ("id", patched.id() == resource.id())]
        {
            if !same {
                let text = "a patch does not change it";
                return Err(vec![Problem::new(format!("{}.{key}", resource.kind()), "business-rule", text)]);
            }
        }
        Ok(patched)
    }
}

/// Levels of a patched resource: no operation may make it deeper, for what is deep is costly even to throw away.
const DEEPEST: usize = 64;

/// Levels within a value.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Values within a value, itself included.
fn values(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Object(map) => map.values().map(values).sum(),
        _ => 0,
    }
}
