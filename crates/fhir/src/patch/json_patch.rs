//! JSON Patch (RFC 6902) over JSON Pointers (RFC 6901). Values keep their digits, and what is built up is bounded.

use serde_json::{Map, Value};

use super::{DEEPEST, MOST, VALUES, depth, values};
use crate::resource::Problem;

/// One operation.
#[derive(Debug, Clone)]
pub enum Operation {
    /// A value where none is, or between others.
    Add(Pointer, Value),
    /// What is there goes.
    Remove(Pointer),
    /// Another value where one is.
    Replace(Pointer, Value),
    /// From the first place to the second.
    Move(Pointer, Pointer),
    /// From the first place to the second, and stays.
    Copy(Pointer, Pointer),
    /// Goes on only if this value is there.
    Test(Pointer, Value),
}

/// The keys and places on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

impl Pointer {
    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self(Vec::new()));
        }
        let unescape = |token: &str| {
            let mut rest = token;
            while let Some(at) = rest.find('~') {
                if !matches!(rest.as_bytes().get(at + 1), Some(b'0' | b'1')) {
                    return None;
                }
                rest = &rest[at + 2..];
            }
            Some(token.replace("~1", "/").replace("~0", "~"))
        };
        text.strip_prefix('/')?.split('/').map(unescape).collect::<Option<Vec<_>>>().map(Self)
    }

    fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, token| match value {
            Value::Object(map) => map.get(token),
            Value::Array(items) => items.get(index(token)?),
            _ => None,
        })
    }

    /// What holds the value, and the last step to it.
    fn parent<'v, 'p>(&'p self, value: &'v mut Value) -> Option<(&'v mut Value, &'p str)> {
        let (last, before) = self.0.split_last()?;
        let holder = before.iter().try_fold(value, |value, token| match value {
            Value::Object(map) => map.get_mut(token),
            Value::Array(items) => items.get_mut(index(token)?),
            _ => None,
        })?;
        Some((holder, last))
    }
}

/// A place in an array, as RFC 6901 writes it: no sign, no leading zero.
fn index(token: &str) -> Option<usize> {
    let plain = !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit());
    if plain && (token == "0" || !token.starts_with('0')) { token.parse().ok() } else { None }
}

/// Reads the operations, all that is wrong at once.
pub(super) fn read(value: Value) -> Result<Vec<Operation>, Vec<Problem>> {
    let Value::Array(items) = value else {
        return Err(vec![Problem::new("Patch", "structure", "a JSON Patch is an array of operations")]);
    };
    if items.len() > MOST {
        return Err(vec![Problem::new("Patch", "too-long", format!("at most {MOST} operations"))]);
    }
    let (mut operations, mut problems) = (Vec::with_capacity(items.len()), Vec::new());
    for (at, item) in items.into_iter().enumerate() {
        let read = match item {
            Value::Object(map) => operation(map),
            _ => Err(("", "an operation is an object")),
        };
        match read {
            Ok(operation) => operations.push(operation),
            Err((key, text)) => problems.push(Problem::new(format!("Patch[{at}]{key}"), "structure", text)),
        }
    }
    if problems.is_empty() { Ok(operations) } else { Err(problems) }
}

fn operation(mut map: Map<String, Value>) -> Result<Operation, (&'static str, &'static str)> {
    let pointer = |key: &str| map.get(key).and_then(Value::as_str).and_then(Pointer::parse);
    let path = pointer("path").ok_or((".path", "a JSON Pointer is expected"));
    let from = pointer("from").ok_or((".from", "a JSON Pointer is expected"));
    let name = map.get("op").and_then(Value::as_str).unwrap_or_default().to_owned();
    let value = map.remove("value").ok_or((".value", "the value is missing"));
    match name.as_str() {
        "add" => Ok(Operation::Add(path?, value?)),
        "remove" => Ok(Operation::Remove(path?)),
        "replace" => Ok(Operation::Replace(path?, value?)),
        "move" => Ok(Operation::Move(from?, path?)),
        "copy" => Ok(Operation::Copy(from?, path?)),
        "test" => Ok(Operation::Test(path?, value?)),
        _ => Err((".op", "add, remove, replace, move, copy or test")),
    }
}

/// Carries them out in order.
pub(super) fn apply(operations: &[Operation], value: &mut Value) -> Result<(), Problem> {
    let mut left = VALUES.saturating_sub(values(value));
    for (at, operation) in operations.iter().enumerate() {
        step(operation, value, &mut left).map_err(|(code, text)| Problem::new(format!("Patch[{at}]"), code, text))?;
    }
    Ok(())
}

type Failed = (&'static str, &'static str);
const NOWHERE: Failed = ("not-found", "there is nothing at this path");

fn step(operation: &Operation, value: &mut Value, left: &mut usize) -> Result<(), Failed> {
    match operation {
        Operation::Add(path, new) => {
            spend(left, new)?;
            add(value, path, new.clone())
        }
        Operation::Remove(path) => remove(value, path).map(|_| ()),
        Operation::Replace(path, new) => {
            spend(left, new)?;
            fits(path, new)?;
            *place(value, path)? = new.clone();
            Ok(())
        }
        Operation::Move(from, path) => {
            if path.0.len() > from.0.len() && path.0.starts_with(&from.0) {
                return Err(("value", "nothing is moved into itself"));
            }
            let moved = remove(value, from)?;
            add(value, path, moved)
        }
        Operation::Copy(from, path) => {
            let copied = from.get(value).ok_or(NOWHERE)?;
            spend(left, copied)?;
            let copied = copied.clone();
            add(value, path, copied)
        }
        Operation::Test(path, expected) => {
            let same = path.get(value).is_some_and(|found| equal(found, expected));
            if same { Ok(()) } else { Err(("conflict", "the value tested for is not there")) }
        }
    }
}

fn spend(left: &mut usize, value: &Value) -> Result<(), Failed> {
    *left = left.checked_sub(values(value)).ok_or(("too-costly", "the patched resource grows too large"))?;
    Ok(())
}

fn place<'v>(value: &'v mut Value, path: &Pointer) -> Result<&'v mut Value, Failed> {
    if path.0.is_empty() {
        return Ok(value);
    }
    let (holder, last) = path.parent(value).ok_or(NOWHERE)?;
    match holder {
        Value::Object(map) => map.get_mut(last),
        Value::Array(items) => index(last).and_then(|at| items.get_mut(at)),
        _ => None,
    }
    .ok_or(NOWHERE)
}

fn fits(path: &Pointer, new: &Value) -> Result<(), Failed> {
    let deep = path.0.len() + depth(new) > DEEPEST;
    if deep { Err(("too-costly", "the patched resource is nested too deeply")) } else { Ok(()) }
}

fn add(value: &mut Value, path: &Pointer, new: Value) -> Result<(), Failed> {
    fits(path, &new)?;
    let Some((holder, last)) = path.parent(value) else {
        return if path.0.is_empty() {
            *value = new;
            Ok(())
        } else {
            Err(NOWHERE)
        };
    };
    match holder {
        Value::Object(map) => {
            map.insert(last.to_owned(), new);
            Ok(())
        }
        Value::Array(items) => {
            let at = if last == "-" { Some(items.len()) } else { index(last).filter(|at| *at <= items.len()) };
            items.insert(at.ok_or(NOWHERE)?, new);
            Ok(())
        }
        _ => Err(NOWHERE),
    }
}

fn remove(value: &mut Value, path: &Pointer) -> Result<Value, Failed> {
    let (holder, last) = path.parent(value).ok_or(NOWHERE)?;
    match holder {
        Value::Object(map) => map.shift_remove(last).ok_or(NOWHERE),
        Value::Array(items) => {
            let at = index(last).filter(|at| *at < items.len()).ok_or(NOWHERE)?;
            Ok(items.remove(at))
        }
        _ => Err(NOWHERE),
    }
}

/// As RFC 6902, 4.6 has it: numbers by their value.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let decimal = |number: &serde_json::Number| number.as_str().parse::<crate::fhirpath::Decimal>().ok();
            one == other || matches!((decimal(one), decimal(other)), (Some(one), Some(other)) if one == other)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => one == other,
    }
}
