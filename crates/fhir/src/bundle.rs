//! Transaction bundles: the entries as calls, each about one resource, and the links among them.

mod links;

use serde_json::{Map, Value};

pub use links::{Settled, conditional_references, link};

use crate::{
    resource::{Problem, Resource},
    types,
};

/// Which resource a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `Type/id`.
    Id(String),
    /// `Type?query`: the one resource that it matches. The query as it was sent.
    Criteria(String),
}

/// What an entry asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// POST: a new resource, unless the criteria match one.
    Create {
        /// As it is to be.
        resource: Resource,
        /// `ifNoneExist`: a query.
        if_none_exist: Option<String>,
    },
    /// PUT: the resource as it is to be.
    Update {
        /// Which.
        place: Place,
        /// As it is to be.
        resource: Resource,
    },
    /// PATCH.
    Patch {
        /// Which.
        place: Place,
        /// `Parameters` of a FHIRPath Patch, or a `Binary` with a JSON Patch.
        patch: Resource,
    },
    /// DELETE.
    Delete {
        /// Which.
        place: Place,
    },
    /// GET or HEAD, after everything else: a read, or a search.
    Read {
        /// What.
        place: Place,
    },
}

impl Call {
    /// What the call carries.
    pub fn resource(&self) -> Option<&Resource> {
        match self {
            Self::Create { resource, .. } | Self::Update { resource, .. } | Self::Patch { patch: resource, .. } => {
                Some(resource)
            }
            Self::Delete { .. } | Self::Read { .. } => None,
        }
    }

    fn resource_mut(&mut self) -> Option<&mut Resource> {
        match self {
            Self::Create { resource, .. } | Self::Update { resource, .. } | Self::Patch { patch: resource, .. } => {
                Some(resource)
            }
            Self::Delete { .. } | Self::Read { .. } => None,
        }
    }

    /// The order in which a transaction is carried out (R4 http, 3.1.0.11.2): deletions, creations, changes, reads.
    pub fn turn(&self) -> u8 {
        match self {
            Self::Delete { .. } => 0,
            Self::Create { .. } => 1,
            Self::Update { .. } | Self::Patch { .. } => 2,
            Self::Read { .. } => 3,
        }
    }
}

/// One call of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place in the bundle.
    pub at: usize,
    /// The `fullUrl` as it came.
    pub full_url: Option<String>,
    /// The resource type.
    pub kind: String,
    /// What is asked for.
    pub call: Call,
    /// `request.ifMatch`, an entity tag.
    pub if_match: Option<String>,
    /// `request.ifNoneMatch`, an entity tag or `*`.
    pub if_none_match: Option<String>,
}

impl Entry {
    /// The id that the entry itself names: that of the URL, or `x` of a new resource with the `fullUrl` `urn:uuid:x`.
    pub fn own_id(&self) -> Option<&str> {
        match &self.call {
            Call::Create { .. } => self.full_url.as_deref()?.strip_prefix("urn:uuid:").filter(|id| types::is_id(id)),
            Call::Update { place, .. } | Call::Patch { place, .. } | Call::Delete { place } | Call::Read { place } => {
                match place {
                    Place::Id(id) => Some(id),
                    Place::Criteria(_) => None,
                }
            }
        }
    }

    /// The query that says which resource it is about, if one does.
    pub fn criteria(&self) -> Option<&str> {
        match &self.call {
            Call::Create { if_none_exist, .. } => if_none_exist.as_deref(),
            Call::Update { place, .. } | Call::Patch { place, .. } | Call::Delete { place } => match place {
                Place::Id(_) => None,
                Place::Criteria(query) => Some(query),
            },
            Call::Read { .. } => None,
        }
    }
}

/// `Bundle.type` of a Bundle, such as `transaction` or `batch`; `None` for any other resource.
pub fn kind_of(bundle: &Resource) -> Option<&str> {
    if bundle.kind() == "Bundle" { bundle.get("type")?.as_str() } else { None }
}

/// The version that an entity tag names: of `W/"3"` 3; `None` where it was never ours.
pub fn version_of(tag: &str) -> Option<u32> {
    let quoted = tag.strip_prefix("W/").unwrap_or(tag);
    let digits = quoted.strip_prefix('"')?.strip_suffix('"')?;
    // Only as we write it: a sign or a leading zero was never ours.
    let ours = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    if ours { digits.parse().ok() } else { None }
}

/// Takes a bundle of type `transaction` apart, in its order.
///
/// # Errors
/// All problems at once, with paths such as `Bundle.entry[3].request.url`: another type of bundle, malformed entries,
/// calls that no transaction can hold.
pub fn transaction(bundle: Resource) -> Result<Vec<Entry>, Vec<Problem>> {
    if kind_of(&bundle) != Some("transaction") {
        return Err(vec![Problem::new("Bundle.type", "value", "a bundle of type transaction is expected")]);
    }
    let Value::Object(mut bundle) = bundle.into_value() else { return Ok(Vec::new()) };
    let items = match bundle.remove("entry") {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(vec![Problem::new("Bundle.entry", "structure", "entry is an array")]),
    };
    let mut problems = Vec::new();
    let mut entries = Vec::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        match entry(item, at) {
            Ok(entry) => entries.push(entry),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Create,
    Update,
    Patch,
    Delete,
    Read,
}

/// Reads one entry.
fn entry(item: Value, at: usize) -> Result<Entry, Vec<Problem>> {
    let path = format!("Bundle.entry[{at}]");
    let problem = |at: &str, code, text: &str| Problem::new(format!("{path}{at}"), code, text);
    let Value::Object(mut item) = item else { return Err(vec![problem("", "structure", "an entry is an object")]) };
    let full_url = match item.remove("fullUrl") {
        None => None,
        Some(Value::String(url)) => Some(url),
        Some(_) => return Err(vec![problem(".fullUrl", "structure", "fullUrl is a string")]),
    };
    let request = match item.remove("request") {
        Some(Value::Object(request)) => request,
        Some(_) => return Err(vec![problem(".request", "structure", "request is an object")]),
        None => return Err(vec![problem(".request", "required", "a transaction's entry says what it requests")]),
    };
    let mut problems = Vec::new();
    let mut text = |key: &str| match request.get(key) {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            problems.push(problem(&format!(".request.{key}"), "structure", "this is a string"));
            None
        }
    };
    let [url, if_match, if_none_match, if_none_exist] = ["url", "ifMatch", "ifNoneMatch", "ifNoneExist"].map(&mut text);
    let method = method(&request, &path).map_err(|found| problems.push(found)).ok();
    if url.is_none() && problems.iter().all(|problem| !problem.path.ends_with(".url")) {
        problems.push(problem(".request.url", "required", "the URL of the request is missing"));
    }
    let resource = match (item.remove("resource"), method) {
        (_, Some(Method::Delete | Method::Read) | None) => None,
        (Some(value), _) => {
            Resource::at_path(value, Some(&format!("{path}.resource"))).map_err(|p| problems.extend(p)).ok()
        }
        (None, _) => {
            problems.push(problem(".resource", "required", "a POST, PUT or PATCH carries a resource"));
            None
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    // Without problems both are there.
    let (Some(method), Some(url)) = (method, url) else { return Err(problems) };
    let (kind, call) =
        call(method, &url, resource, if_none_exist).map_err(|(at, code, text)| vec![problem(at, code, text)])?;
    Ok(Entry { at, full_url, kind, call, if_match, if_none_match })
}

fn method(request: &Map<String, Value>, path: &str) -> Result<Method, Problem> {
    let (code, text) = match request.get("method").and_then(Value::as_str) {
        Some("POST") => return Ok(Method::Create),
        Some("PUT") => return Ok(Method::Update),
        Some("PATCH") => return Ok(Method::Patch),
        Some("DELETE") => return Ok(Method::Delete),
        Some("GET" | "HEAD") => return Ok(Method::Read),
        Some(_) => ("value", "not a method of a bundle"),
        None => ("required", "the method is missing"),
    };
    Err(Problem::new(format!("{path}.request.method"), code, text))
}

/// Where in the entry, an issue code, and what is wrong.
type Wrong = (&'static str, &'static str, &'static str);

/// What a method, a URL and a resource ask for, or where and why they cannot be carried out.
fn call(
    method: Method,
    url: &str,
    resource: Option<Resource>,
    if_none_exist: Option<String>,
) -> Result<(String, Call), Wrong> {
    let at = ".request.url";
    let (kind, place) = match (url.split_once('?'), url.split_once('/')) {
        (Some((kind, query)), _) if !kind.contains('/') => (kind, Some(Place::Criteria(query.to_owned()))),
        (None, Some((kind, id))) if types::is_id(id) => (kind, Some(Place::Id(id.to_owned()))),
        (None, None) => (url, None),
        _ => return Err((at, "value", "the URL is Type, Type/id or Type?condition")),
    };
    if !types::is_resource_type(kind) {
        return Err((at, "value", "not a resource type of FHIR R4"));
    }
    let call = match (method, place, resource) {
        (Method::Create, None, Some(resource)) => Call::Create { resource, if_none_exist },
        (Method::Create, ..) => return Err((at, "value", "the URL of a POST is a resource type")),
        (Method::Update, Some(place), Some(resource)) => Call::Update { place, resource },
        (Method::Patch, Some(place), Some(patch)) => Call::Patch { place, patch },
        (Method::Delete, Some(place), _) => Call::Delete { place },
        (Method::Read, Some(place), _) => Call::Read { place },
        (Method::Read, None, _) => Call::Read { place: Place::Criteria(String::new()) },
        _ => return Err((at, "value", "the URL of a PUT, PATCH or DELETE is Type/id or Type?condition")),
    };
    match &call {
        Call::Create { resource, .. } | Call::Update { resource, .. } if resource.kind() != kind => {
            Err((at, "value", "the resource is of another type"))
        }
        Call::Update { place: Place::Id(id), resource } if resource.id() != Some(id.as_str()) => {
            Err((".resource.id", "value", "the resource has another id than the URL, or none"))
        }
        Call::Patch { patch, .. } if !matches!(patch.kind(), "Parameters" | "Binary") => {
            Err((".resource", "value", "a patch is a Parameters, or a Binary that holds a JSON Patch"))
        }
        _ => Ok((kind.to_owned(), call)),
    }
}
