//! FHIRPath Patch (R4, fhirpatch): operations whose places are FHIRPath expressions, as `Parameters`.

use serde_json::{Map, Value};

use super::{DEEPEST, MOST, VALUES, depth, values};
use crate::fhirpath::{Context, Expression, Item, Model, Node};
use crate::instant::Instant;
use crate::resource::{Problem, Resource};

/// Steps of the expressions of one patch together.
const STEPS: u64 = 2_000_000;
/// Parts within parts of a value.
const PARTS: usize = 16;

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    path: Expression,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Add(String, Fragment),
    Insert(usize, Fragment),
    Delete,
    Replace(Fragment),
    Move(usize, usize),
}

/// A value as a parameter carries it.
#[derive(Debug, Clone)]
enum Fragment {
    /// `value[x]`: the type as its key has it (`CodeableConcept`), the JSON, and the object beside a primitive.
    Value { suffix: String, json: Value, beside: Option<Value> },
    /// `part`: an inline structure, element by element.
    Parts(Vec<(String, Fragment)>),
    /// `resource`.
    Resource(Value),
}

/// Where an element is: under a key of an object, perhaps at a place in an array.
struct Location {
    holder: Vec<Step>,
    key: String,
    at: Option<usize>,
    kind: String,
}

#[derive(Clone, PartialEq)]
enum Step {
    Key(String),
    At(usize),
}

type Failed = (&'static str, &'static str);

/// Reads the operations, all that is wrong at once.
pub(super) fn read(resource: &Resource) -> Result<Vec<Operation>, Vec<Problem>> {
    let items = resource.get("parameter").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if items.len() > MOST {
        let text = format!("at most {MOST} operations");
        return Err(vec![Problem::new("Parameters.parameter", "too-long", text)]);
    }
    let (mut operations, mut problems) = (Vec::with_capacity(items.len()), Vec::new());
    for (at, item) in items.iter().enumerate() {
        match operation(item) {
            Ok(operation) => operations.push(operation),
            Err(text) => problems.push(Problem::new(format!("Parameters.parameter[{at}]"), "value", text)),
        }
    }
    if problems.is_empty() { Ok(operations) } else { Err(problems) }
}

fn operation(item: &Value) -> Result<Operation, String> {
    if item["name"] != "operation" {
        return Err("each parameter of a patch is named operation".to_owned());
    }
    let parts = item["part"].as_array().map_or(&[][..], Vec::as_slice);
    let part = |name: &str| parts.iter().find(|part| part["name"] == name);
    let text = |name: &str| {
        let part = part(name)?.as_object()?;
        part.iter().find(|(key, _)| key.starts_with("value"))?.1.as_str()
    };
    let number = |name: &str| {
        let part = part(name).and_then(Value::as_object);
        let value = part.and_then(|part| part.iter().find(|(key, _)| key.starts_with("value")));
        let number = value.and_then(|(_, value)| value.as_u64()).and_then(|n| usize::try_from(n).ok());
        number.ok_or_else(|| format!("part {name}: a whole number is expected"))
    };
    let value = || {
        let part = part("value").ok_or("part value is missing")?;
        fragment(part, PARTS).ok_or_else(|| "part value: one value, resource or parts are expected".to_owned())
    };
    let path = text("path").ok_or("part path is missing")?;
    let path = Expression::parse(path).map_err(|error| format!("part path: {error}"))?;
    let what = match text("type") {
        Some("add") => {
            let name = text("name").ok_or("part name is missing")?;
            What::Add(name.to_owned(), value()?)
        }
        Some("insert") => What::Insert(number("index")?, value()?),
        Some("delete") => What::Delete,
        Some("replace") => What::Replace(value()?),
        Some("move") => What::Move(number("source")?, number("destination")?),
        _ => return Err("part type: add, insert, delete, replace or move".to_owned()),
    };
    Ok(Operation { path, what })
}

fn fragment(part: &Value, depth: usize) -> Option<Fragment> {
    let map = part.as_object()?;
    let depth = depth.checked_sub(1)?;
    if let Some(resource) = map.get("resource") {
        return Some(Fragment::Resource(resource.clone()));
    }
    let mut found = map.keys().filter_map(|key| key.trim_start_matches('_').strip_prefix("value"));
    if let Some(suffix) = found.next() {
        // A primitive and the object beside it have one name.
        if suffix.is_empty() || found.any(|other| other != suffix) {
            return None;
        }
        let json = map.get(&format!("value{suffix}")).cloned().unwrap_or(Value::Null);
        let beside = map.get(&format!("_value{suffix}")).cloned();
        return Some(Fragment::Value { suffix: suffix.to_owned(), json, beside });
    }
    let parts = map.get("part")?.as_array()?.iter();
    let named = parts.map(|part| Some((part["name"].as_str()?.to_owned(), fragment(part, depth)?)));
    named.collect::<Option<Vec<_>>>().map(Fragment::Parts)
}

/// Carries them out in order.
pub(super) fn apply(operations: &[Operation], value: &mut Value, model: &dyn Model) -> Result<(), Problem> {
    let budget = STEPS / u64::try_from(operations.len().max(1)).unwrap_or(STEPS);
    let mut left = VALUES.saturating_sub(values(value));
    for (at, operation) in operations.iter().enumerate() {
        step(operation, value, model, budget, &mut left)
            .map_err(|(code, text)| Problem::new(format!("Parameters.parameter[{at}]"), code, text))?;
    }
    Ok(())
}

fn step(
    operation: &Operation,
    root: &mut Value,
    model: &dyn Model,
    budget: u64,
    left: &mut usize,
) -> Result<(), Failed> {
    let places = places(&operation.path, root, model, budget)?;
    let deepest = places.iter().flatten().map(|at| at.holder.len() + 2).max().unwrap_or(0);
    let mut spend = |built: &Value| {
        if deepest + 1 + depth(built) > DEEPEST {
            return Err(("too-costly", "the patched resource is nested too deeply"));
        }
        *left = left.checked_sub(values(built)).ok_or(("too-costly", "the patched resource grows too large"))?;
        Ok::<(), Failed>(())
    };
    match &operation.what {
        What::Add(name, fragment) => {
            let [holder] = places.as_slice() else {
                return Err(("not-found", "the path of an add leads to one element"));
            };
            let kind = holder.as_ref().map_or_else(|| root_kind(root), |at| at.kind.clone());
            let (key, many, kind) = element(model, &kind, name, fragment)?;
            let (built, beside) = build(fragment, &kind, model)?;
            spend(&built)?;
            let holder = match holder {
                None => root,
                Some(at) => at.element(root)?,
            };
            let Value::Object(map) = holder else { return Err(("structure", "a primitive has no elements to add to")) };
            add(map, &key, many, built, beside)
        }
        What::Insert(index, fragment) => {
            let at = list(&places)?;
            let (built, beside) = build(fragment, &at.kind, model)?;
            spend(&built)?;
            let length = at.array(root)?.len();
            if *index > length {
                return Err(("value", "the index is beyond the end of the list"));
            }
            at.array(root)?.insert(*index, built);
            at.beside(root, beside.is_some(), length, |items| items.insert(*index, beside.unwrap_or_default()))
        }
        What::Delete => match places.as_slice() {
            [] => Ok(()),
            [Some(one)] => one.delete(root),
            [None] => Err(("value", "a resource is not deleted by a patch of it")),
            _ => Err(("value", "the path of a delete leads to one element")),
        },
        What::Replace(fragment) => {
            let [Some(at)] = places.as_slice() else {
                return Err(("not-found", "the path of a replace leads to one element"));
            };
            let (built, beside) = build(fragment, &at.kind, model)?;
            spend(&built)?;
            at.replace(root, fragment, built, beside)
        }
        What::Move(from, to) => relocate(list(&places)?, root, *from, *to),
    }
}

/// Moves an item of a list, with what stands beside it.
fn relocate(at: &Location, root: &mut Value, from: usize, to: usize) -> Result<(), Failed> {
    let length = at.array(root)?.len();
    if from >= length || to >= length {
        return Err(("value", "source or destination is beyond the end of the list"));
    }
    let put = |items: &mut Vec<Value>| {
        let moved = items.remove(from);
        items.insert(to, moved);
    };
    put(at.array(root)?);
    at.beside(root, false, length, put)
}

fn root_kind(root: &Value) -> String {
    root["resourceType"].as_str().unwrap_or_default().to_owned()
}

/// The elements that a path leads to; `None` is the resource itself.
fn places(path: &Expression, root: &Value, model: &dyn Model, budget: u64) -> Result<Vec<Option<Location>>, Failed> {
    let mut context = Context::new(root, Instant(0)).with_model(model);
    context.budget = budget;
    let items = path.evaluate(&context).map_err(|_| ("invalid", "the path cannot be evaluated, or takes too long"))?;
    let mut found = Vec::with_capacity(items.len());
    for item in &items {
        let Item::Node(node) = item else { return Err(("value", "the path leads to no element of the resource")) };
        if std::ptr::eq(node.value, root) {
            found.push(None);
            continue;
        }
        let mut steps = Vec::new();
        if !locate(root, node, &mut steps) {
            return Err(("value", "the path leads to no element of the resource"));
        }
        found.push(Location::of(steps, node.kind));
    }
    Ok(found)
}

/// The way to a node: that of its value, or that of the object beside it.
fn locate(value: &Value, node: &Node<'_>, steps: &mut Vec<Step>) -> bool {
    let is = |value: &Value| {
        std::ptr::eq(value, node.value) || node.sibling.is_some_and(|beside| std::ptr::eq(value, beside))
    };
    match value {
        Value::Object(map) => map.iter().any(|(key, inner)| {
            steps.push(Step::Key(key.clone()));
            is(inner) || locate(inner, node, steps) || {
                steps.pop();
                false
            }
        }),
        Value::Array(items) => items.iter().enumerate().any(|(at, inner)| {
            steps.push(Step::At(at));
            is(inner) || locate(inner, node, steps) || {
                steps.pop();
                false
            }
        }),
        _ => false,
    }
}

impl Location {
    fn of(mut steps: Vec<Step>, kind: &str) -> Option<Self> {
        let mut last = steps.pop()?;
        let at = match last {
            Step::At(at) => {
                last = steps.pop()?;
                Some(at)
            }
            Step::Key(_) => None,
        };
        let Step::Key(key) = last else { return None };
        let key = key.strip_prefix('_').map(str::to_owned).unwrap_or(key);
        Some(Self { holder: steps, key, at, kind: kind.to_owned() })
    }

    fn holder<'v>(&self, root: &'v mut Value) -> Result<&'v mut Map<String, Value>, Failed> {
        let found = self.holder.iter().try_fold(root, |value, step| match step {
            Step::Key(key) => value.get_mut(key),
            Step::At(at) => value.get_mut(*at),
        });
        found.and_then(Value::as_object_mut).ok_or(("not-found", "the element is gone"))
    }

    fn element<'v>(&self, root: &'v mut Value) -> Result<&'v mut Value, Failed> {
        let value = self.holder(root)?.get_mut(&self.key);
        match self.at {
            Some(at) => value.and_then(|value| value.get_mut(at)),
            None => value,
        }
        .ok_or(("not-found", "the element is gone"))
    }

    fn array<'v>(&self, root: &'v mut Value) -> Result<&'v mut Vec<Value>, Failed> {
        let value = self.holder(root)?.get_mut(&self.key).and_then(Value::as_array_mut);
        value.ok_or(("value", "the path leads to no list"))
    }

    /// Does to the objects beside a list of primitives what was done to the list; `make` where there were none.
    fn beside(
        &self,
        root: &mut Value,
        make: bool,
        length: usize,
        change: impl FnOnce(&mut Vec<Value>),
    ) -> Result<(), Failed> {
        let map = self.holder(root)?;
        let key = format!("_{}", self.key);
        if make && !map.contains_key(&key) {
            map.insert(key.clone(), Value::Array(vec![Value::Null; length]));
        }
        if let Some(Value::Array(items)) = map.get_mut(&key)
            && items.len() == length
        {
            change(items);
            if items.iter().all(Value::is_null) {
                map.shift_remove(&key);
            }
        }
        Ok(())
    }

    fn delete(&self, root: &mut Value) -> Result<(), Failed> {
        let map = self.holder(root)?;
        for key in [self.key.clone(), format!("_{}", self.key)] {
            match (map.get_mut(&key), self.at) {
                (Some(Value::Array(items)), Some(at)) if at < items.len() => {
                    items.remove(at);
                    if items.iter().all(Value::is_null) {
                        map.shift_remove(&key);
                    }
                }
                (Some(_), None) => {
                    map.shift_remove(&key);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn replace(
        &self,
        root: &mut Value,
        fragment: &Fragment,
        built: Value,
        beside: Option<Value>,
    ) -> Result<(), Failed> {
        let map = self.holder(root)?;
        let mut key = self.key.clone();
        // A choice is named by its type.
        if let (Fragment::Value { suffix, .. }, None) = (fragment, self.at)
            && let Some(stem) = key.strip_suffix(&capital(&self.kind)).filter(|stem| !stem.is_empty())
            && *suffix != capital(&self.kind)
        {
            let renamed = format!("{stem}{suffix}");
            let moved = std::mem::take(map).into_iter();
            *map = moved.map(|(k, v)| if k == key { (renamed.clone(), v) } else { (k, v) }).collect();
            map.shift_remove(&format!("_{key}"));
            key = renamed;
        }
        let under = format!("_{key}");
        match self.at {
            None => {
                for (key, value) in [(key, Some(built).filter(|value| !value.is_null())), (under, beside)] {
                    match value {
                        Some(value) => map.insert(key, value),
                        None => map.shift_remove(&key),
                    };
                }
                Ok(())
            }
            Some(at) => {
                let length = self.array(root)?.len();
                *self.element(root)? = built;
                self.beside(root, beside.is_some(), length, |items| items[at] = beside.unwrap_or_default())
            }
        }
    }
}

/// The one list that all of the elements are in.
fn list(places: &[Option<Location>]) -> Result<&Location, Failed> {
    let first = places.first().and_then(Option::as_ref).ok_or(("not-found", "the path leads to no list"))?;
    let is_its = |at: &Option<Location>| at.as_ref().is_some_and(|at| at.key == first.key && at.holder == first.holder);
    match first.at {
        None => Err(("value", "the path leads to no list")),
        Some(_) if !places.iter().all(is_its) => Err(("value", "the path leads to more than one list")),
        Some(_) => Ok(first),
    }
}

/// `Quantity` of `Quantity`, `DateTime` of `dateTime`.
pub(super) fn capital(kind: &str) -> String {
    let mut chars = kind.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// The key, whether it repeats, and the type of an element that is to be made.
fn element(model: &dyn Model, kind: &str, name: &str, fragment: &Fragment) -> Result<(String, bool, String), Failed> {
    let child = model.child(kind, name).ok_or(("structure", "the type has no element of this name"))?;
    let first = child.types.first().copied().unwrap_or_default();
    match fragment {
        Fragment::Value { suffix, .. } if child.choice => {
            let is = |kind: &&&str| capital(kind) == *suffix;
            let kind = child.types.iter().find(is).ok_or(("structure", "the element cannot be of this type"))?;
            Ok((format!("{name}{suffix}"), child.many, (*kind).to_owned()))
        }
        _ if child.choice => Err(("structure", "the element is a choice of types: a value is expected")),
        _ => Ok((name.to_owned(), child.many, first.to_owned())),
    }
}

/// The JSON of a fragment, and the object beside it where it is a primitive.
fn build(fragment: &Fragment, kind: &str, model: &dyn Model) -> Result<(Value, Option<Value>), Failed> {
    match fragment {
        Fragment::Value { json, beside, .. } => Ok((json.clone(), beside.clone())),
        Fragment::Resource(json) => Ok((json.clone(), None)),
        Fragment::Parts(parts) => {
            let mut map = Map::new();
            for (name, part) in parts {
                let (key, many, kind) = element(model, kind, name, part)?;
                let (built, beside) = build(part, &kind, model)?;
                add(&mut map, &key, many, built, beside)?;
            }
            Ok((Value::Object(map), None))
        }
    }
}

/// Puts a value under a key: behind those there where it repeats, else only where none is.
fn add(map: &mut Map<String, Value>, key: &str, many: bool, built: Value, beside: Option<Value>) -> Result<(), Failed> {
    let under = format!("_{key}");
    if !many {
        if map.contains_key(key) || map.contains_key(&under) {
            return Err(("conflict", "the element is there already: replace it"));
        }
        if !built.is_null() {
            map.insert(key.to_owned(), built);
        }
        if let Some(beside) = beside {
            map.insert(under, beside);
        }
        return Ok(());
    }
    let not = ("structure", "the element is no list in this resource");
    let Value::Array(items) = map.entry(key.to_owned()).or_insert_with(|| Value::Array(Vec::new())) else {
        return Err(not);
    };
    let length = items.len();
    items.push(built);
    if beside.is_some() || map.contains_key(&under) {
        let Value::Array(items) = map.entry(under).or_insert_with(|| Value::Array(Vec::new())) else {
            return Err(not);
        };
        items.resize(length, Value::Null);
        items.push(beside.unwrap_or_default());
    }
    Ok(())
}
