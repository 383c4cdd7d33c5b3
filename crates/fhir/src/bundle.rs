//! Transaction bundles: the entries as changes to resources, with the references among them resolved.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::{
    resource::{Problem, Resource},
    types,
};

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// POST: a new resource.
    Create,
    /// PUT: the resource as it is to be.
    Update,
    /// DELETE.
    Delete,
}

/// One change of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What is done.
    pub method: Method,
    /// The resource with its id; of a deletion only type and id.
    pub resource: Resource,
    /// The `fullUrl` as it came.
    pub full_url: Option<String>,
    /// The resource type.
    pub kind: String,
    /// The logical id.
    pub id: String,
}

/// `Bundle.type` of a Bundle, such as `transaction` or `batch`; `None` for any other resource.
pub fn kind_of(bundle: &Resource) -> Option<&str> {
    if bundle.kind() == "Bundle" { bundle.get("type")?.as_str() } else { None }
}

/// Takes a bundle of type `transaction` apart, in its order.
///
/// A POST with the `fullUrl` `urn:uuid:x` becomes the resource `x`; any other takes its id from `new_id`. References to
/// the `fullUrl` of an entry become `Type/id` (R4 http, 3.1.0.11.2); those to no entry are left as they are.
///
/// # Errors
/// All problems at once, with paths such as `Bundle.entry[3].request.url`: another type of bundle, GET, HEAD and PATCH,
/// conditional requests and references, malformed entries, and two entries of one identity.
pub fn transaction(bundle: Resource, new_id: &mut dyn FnMut() -> String) -> Result<Vec<Entry>, Vec<Problem>> {
    match kind_of(&bundle) {
        Some("transaction") => {}
        Some("batch") => {
            return Err(vec![Problem::new("Bundle.type", "not-supported", "a batch is no transaction")]);
        }
        _ => return Err(vec![Problem::new("Bundle.type", "value", "a bundle of type transaction is expected")]),
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
        match entry(item, &format!("Bundle.entry[{at}]"), new_id) {
            Ok(entry) => entries.push((at, entry)),
            Err(found) => problems.extend(found),
        }
    }
    let names = names(&entries, &mut problems);
    for (at, entry) in &mut entries {
        let base = entry.full_url.as_deref().filter(|url| is_http(url)).and_then(base_of).map(str::to_owned);
        let mut links = Links { names: &names, base: base.as_deref(), problems: &mut problems };
        let mut path = format!("Bundle.entry[{at}].resource");
        for (key, value) in entry.resource.iter_mut() {
            links.member(key, value, &mut path);
        }
    }
    if problems.is_empty() { Ok(entries.into_iter().map(|(_, entry)| entry).collect()) } else { Err(problems) }
}

/// Reads one entry; its resource gets its id.
fn entry(item: Value, path: &str, new_id: &mut dyn FnMut() -> String) -> Result<Entry, Vec<Problem>> {
    let problem = |at: &str, code, text: &str| Problem::new(format!("{path}{at}"), code, text);
    let Value::Object(mut item) = item else { return Err(vec![problem("", "structure", "an entry is an object")]) };
    let full_url = match item.remove("fullUrl") {
        None => None,
        Some(Value::String(url)) => Some(url),
        Some(_) => return Err(vec![problem(".fullUrl", "structure", "fullUrl is a string")]),
    };
    let request = match item.get("request") {
        Some(Value::Object(request)) => request,
        Some(_) => return Err(vec![problem(".request", "structure", "request is an object")]),
        None => return Err(vec![problem(".request", "required", "a transaction's entry says what it requests")]),
    };
    let mut problems = conditions(request, path);
    let method = method(request, path).map_err(|found| problems.push(found)).ok();
    let url = match request.get("url").and_then(Value::as_str) {
        Some(url) if url.contains('?') => {
            problems.push(problem(".request.url", "not-supported", "conditional requests are not supported"));
            None
        }
        Some(url) => Some(url.to_owned()),
        None => {
            problems.push(problem(".request.url", "required", "the URL of the request is missing"));
            None
        }
    };
    let resource = match (item.remove("resource"), method) {
        (_, Some(Method::Delete) | None) => None,
        (Some(value), _) => {
            Resource::at_path(value, Some(&format!("{path}.resource"))).map_err(|p| problems.extend(p)).ok()
        }
        (None, _) => {
            problems.push(problem(".resource", "required", "a POST or PUT carries a resource"));
            None
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    // Without problems both are there.
    let (Some(method), Some(url)) = (method, url) else { return Err(problems) };
    identify(method, &url, resource, full_url, new_id).map_err(|(at, code, text)| vec![problem(at, code, text)])
}

/// Conditions of a request that the store would have to look up.
fn conditions(request: &Map<String, Value>, path: &str) -> Vec<Problem> {
    ["ifNoneExist", "ifMatch", "ifNoneMatch", "ifModifiedSince"]
        .into_iter()
        .filter(|key| request.contains_key(*key))
        .map(|key| {
            Problem::new(format!("{path}.request.{key}"), "not-supported", "conditional requests are not supported")
        })
        .collect()
}

fn method(request: &Map<String, Value>, path: &str) -> Result<Method, Problem> {
    let (code, text) = match request.get("method").and_then(Value::as_str) {
        Some("POST") => return Ok(Method::Create),
        Some("PUT") => return Ok(Method::Update),
        Some("DELETE") => return Ok(Method::Delete),
        Some("GET" | "HEAD" | "PATCH") => ("not-supported", "only POST, PUT and DELETE are supported in a transaction"),
        Some(_) => ("value", "not a method of a bundle"),
        None => ("required", "the method is missing"),
    };
    Err(Problem::new(format!("{path}.request.method"), code, text))
}

/// Settles which resource an entry is about, or says where and why that cannot be.
fn identify(
    method: Method,
    url: &str,
    resource: Option<Resource>,
    full_url: Option<String>,
    new_id: &mut dyn FnMut() -> String,
) -> Result<Entry, (&'static str, &'static str, &'static str)> {
    let url_at = ".request.url";
    let (kind, id) = match (method, url.split_once('/')) {
        (Method::Create, None) => {
            let urn = full_url.as_deref().and_then(|url| url.strip_prefix("urn:uuid:")).filter(|id| types::is_id(id));
            (url, urn.map_or_else(&mut *new_id, str::to_owned))
        }
        (Method::Create, Some(_)) => return Err((url_at, "value", "the URL of a POST is a resource type")),
        (_, Some((kind, id))) if types::is_id(id) => (kind, id.to_owned()),
        _ => return Err((url_at, "value", "the URL of a PUT or DELETE is Type/id")),
    };
    if !types::is_resource_type(kind) {
        return Err((url_at, "value", "not a resource type of FHIR R4"));
    }
    let mut resource = match resource {
        Some(resource) if resource.kind() != kind => return Err((url_at, "value", "the resource is of another type")),
        Some(resource) if method == Method::Update && resource.id() != Some(id.as_str()) => {
            return Err((".resource.id", "value", "the resource has another id than the URL, or none"));
        }
        Some(resource) => resource,
        None => Resource::bare(kind, &id),
    };
    resource.set_id(&id);
    Ok(Entry { method, resource, full_url, kind: kind.to_owned(), id })
}

/// What references call the entries, each with the `Type/id` it becomes. Two entries of one name are problems.
fn names(entries: &[(usize, Entry)], problems: &mut Vec<Problem>) -> HashMap<String, String> {
    let mut names = HashMap::with_capacity(entries.len());
    let mut identities = HashSet::with_capacity(entries.len());
    for (at, entry) in entries {
        if !identities.insert((entry.kind.as_str(), entry.id.as_str())) {
            let text = "another entry is about the same resource";
            problems.push(Problem::new(format!("Bundle.entry[{at}]"), "duplicate", text));
        }
        if let Some(url) = &entry.full_url
            && names.insert(url.clone(), format!("{}/{}", entry.kind, entry.id)).is_some()
        {
            problems.push(Problem::new(
                format!("Bundle.entry[{at}].fullUrl"),
                "duplicate",
                "another entry has this URL",
            ));
        }
    }
    names
}

fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// `http://host/base` of `http://host/base/Type/id`.
fn base_of(url: &str) -> Option<&str> {
    let (before, _) = url.rsplit_once('/')?;
    Some(before.rsplit_once('/')?.0)
}

/// Rewrites the links of one entry's resource.
struct Links<'a> {
    names: &'a HashMap<String, String>,
    /// What relative references of this entry are relative to.
    base: Option<&'a str>,
    problems: &'a mut Vec<Problem>,
}

impl Links<'_> {
    /// Looks at a member of an object. `path` is as it was when the call returns.
    fn member(&mut self, key: &str, value: &mut Value, path: &mut String) {
        let length = path.len();
        match value {
            Value::String(text) => match key {
                "reference" => self.reference(text, path),
                "url" | "uri" | "valueUri" | "valueUrl" | "valueUuid" if text.starts_with("urn:") => {
                    if let Some(name) = self.names.get(text.as_str()) {
                        name.clone_into(text);
                    }
                }
                "div" if text.contains("urn:") => self.narrative(text),
                _ => {}
            },
            Value::Object(map) => {
                path.push('.');
                path.push_str(key);
                map.iter_mut().for_each(|(key, value)| self.member(key, value, path));
            }
            Value::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    match item {
                        Value::Object(map) => {
                            path.push_str(&format!(".{key}[{at}]"));
                            map.iter_mut().for_each(|(key, value)| self.member(key, value, path));
                            path.truncate(length);
                        }
                        item => self.member(key, item, path),
                    }
                }
            }
            _ => {}
        }
        path.truncate(length);
    }

    fn reference(&mut self, text: &mut String, path: &str) {
        if let Some(name) = self.names.get(text.as_str()) {
            name.clone_into(text);
        } else if text.split_once('?').is_some_and(|(kind, _)| types::is_resource_type(kind)) {
            let text = "conditional references are not supported";
            self.problems.push(Problem::new(format!("{path}.reference"), "not-supported", text));
        } else if let Some(base) = self.base
            && !text.contains(':')
            && let Some(name) = self.names.get(&format!("{base}/{text}"))
        {
            name.clone_into(text);
        }
    }

    /// `href` and `src` of a narrative.
    fn narrative(&self, div: &mut String) {
        let mut rewritten = String::with_capacity(div.len());
        let mut rest = div.as_str();
        while let Some(open) = rest.find("=\"") {
            let (before, after) = rest.split_at(open + 2);
            rewritten.push_str(before);
            let Some(close) = after.find('"') else {
                rest = after;
                break;
            };
            let link = before.ends_with("href=\"") || before.ends_with("src=\"");
            let name = self.names.get(&after[..close]).filter(|_| link && after.starts_with("urn:"));
            rewritten.push_str(name.map_or(&after[..close], String::as_str));
            rest = &after[close..];
        }
        rewritten.push_str(rest);
        *div = rewritten;
    }
}
