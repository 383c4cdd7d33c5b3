//! What references point at: a type they may, and where it is within the same JSON, something that is there.

use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Reason, walk::Walk};
use crate::types::{RESOURCE_TYPES, is_id, is_resource_type};

/// The entries of the bundle that is validated, by their full URL.
pub(super) struct Targets<'a> {
    bundle: Option<&'a Value>,
    found: OnceCell<HashMap<&'a str, &'a Value>>,
}

impl<'a> Targets<'a> {
    pub(super) fn of(resource: &'a Value) -> Targets<'a> {
        let bundle = Some(resource).filter(|resource| kind_of(resource) == Some("Bundle"));
        Targets { bundle, found: OnceCell::new() }
    }

    /// The type of the entry with this URL.
    fn get(&self, url: &str) -> Option<&'a str> {
        kind_of(self.resource(url)?)
    }

    /// The resource of the entry with this URL.
    pub(super) fn resource(&self, url: &str) -> Option<&'a Value> {
        let bundle = self.bundle?;
        let found = self.found.get_or_init(|| {
            let entries = bundle.get("entry").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            entries.iter().filter_map(|e| Some((e.get("fullUrl")?.as_str()?, e.get("resource")?))).collect()
        });
        found.get(url).copied()
    }
}

fn kind_of(resource: &Value) -> Option<&str> {
    resource.get("resourceType").and_then(Value::as_str)
}

/// The type that a relative or absolute reference names.
pub(super) fn named(reference: &str) -> Option<&'static str> {
    let known = |kind: &str| RESOURCE_TYPES.binary_search(&kind).ok().map(|at| RESOURCE_TYPES[at]);
    if let Some((kind, _)) = reference.split_once('?') {
        return known(kind);
    }
    let path = reference.split_once("/_history/").map_or(reference, |(path, _)| path);
    let (before, id) = path.rsplit_once('/')?;
    let kind = before.rsplit_once('/').map_or(before, |(_, kind)| kind);
    if is_id(id) { known(kind) } else { None }
}

impl<'a> Walk<'a, '_> {
    /// A reference, which may point at these types alone; at all where there are none.
    pub(super) fn reference(&mut self, map: &'a Map<String, Value>, targets: &[&'static str]) {
        let text = map.get("reference").and_then(Value::as_str);
        let said = map.get("type").and_then(Value::as_str);
        let kind = match text {
            None => None,
            Some("#") => kind_of(self.scope.root),
            Some(text) => match text.strip_prefix('#') {
                Some(id) => match self.contained_of(id) {
                    Some(resource) => kind_of(resource),
                    None => return self.error_at("reference", Reason::Contained, ""),
                },
                None => self.targets.get(text).or_else(|| named(text)),
            },
        };
        if let (Some(kind), Some(said)) = (kind, said)
            && is_resource_type(said)
            && kind != said
        {
            self.error_at("type", Reason::ReferenceType, "");
        }
        let kind = kind.or(said.filter(|said| is_resource_type(said)));
        if let Some(kind) = kind
            && !targets.is_empty()
            && !targets.contains(&kind)
        {
            let place = if text.is_some() { "reference" } else { "type" };
            self.error_at(place, Reason::Target, targets.join(", "));
        }
    }

    /// What is contained in the root under an id.
    pub(super) fn contained_of(&self, id: &str) -> Option<&'a Value> {
        let all = self.scope.root.get("contained")?.as_array()?;
        all.iter().find(|one| one.get("id").and_then(Value::as_str) == Some(id))
    }
}
