//! The way back through a mask: what somebody did not see of a resource goes back to where it was when they save the rest.
//! A hidden part stays with its item or the call is refused; it is neither lost on the way nor given to another item.

use serde_json::{Map, Value};

use super::align::{Kept, align};
use super::{is_administrative_extension, is_cancellation};
use crate::error::Field;

/// Puts back into `sent` what `seen` did not show of `stored`; all three are one resource of a type.
///
/// # Errors
/// A field `masked.items` for each list whose items cannot be told apart although parts of them are hidden.
pub(super) fn restore(
    kind: &str,
    mut sent: Map<String, Value>,
    seen: &Map<String, Value>,
    stored: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Field>> {
    // Many clients send no `meta` at all; what they were not shown of it is not theirs to take away.
    if stored.contains_key("meta") && !sent.contains_key("meta") {
        sent.insert("meta".to_owned(), Value::Object(Map::new()));
    }
    let mut restoring = Restoring::default();
    restoring.object(kind, &mut sent, seen, stored);
    if sent.get("meta").is_some_and(is_blank) {
        sent.shift_remove("meta");
    }
    if restoring.unclear.is_empty() { Ok(sent) } else { Err(restoring.unclear) }
}

/// Items of a list of which parts are hidden, and which is edited all the same.
const LONGEST: usize = 1000;

/// An item, and what stands beside it where it is a primitive.
type Item = (Value, Option<Value>);

/// A resource on its way back, with the lists in which it cannot be told where what was hidden belongs.
#[derive(Default)]
struct Restoring {
    unclear: Vec<Field>,
}

impl Restoring {
    /// Whole where it came back as it was seen, else member by member.
    fn value(&mut self, path: &str, sent: &mut Value, seen: &Value, stored: &Value) {
        if *sent == *seen {
            *sent = stored.clone();
        } else if let (Value::Object(sent), Value::Object(seen), Value::Object(stored)) = (sent, seen, stored) {
            self.object(path, sent, seen, stored);
        }
    }

    fn object(
        &mut self,
        path: &str,
        sent: &mut Map<String, Value>,
        seen: &Map<String, Value>,
        stored: &Map<String, Value>,
    ) {
        for (key, kept) in stored {
            if let Some(name) = hidden_shadow(key, seen) {
                match stored.get(name) {
                    // They go with the items of the list.
                    Some(Value::Array(_)) => {}
                    Some(_) if !sent.contains_key(name) => {}
                    // It says why there is no value, or what it is in place of one: beside one it would say something else.
                    None if sent.contains_key(name) => {
                        self.unclear.push(Field::new(format!("{path}.{name}"), "masked.items"));
                    }
                    _ => drop(sent.insert(key.clone(), kept.clone())),
                }
                continue;
            }
            let path = format!("{path}.{key}");
            let shown = seen.get(key);
            if sent.get(key).is_none() && shown.is_none_or(is_blank) {
                // Nothing of it was seen, at most that it is there.
                sent.insert(key.clone(), kept.clone());
                if let Some(shadows) = stored.get(&format!("_{key}")).filter(|_| kept.is_array()) {
                    sent.insert(format!("_{key}"), shadows.clone());
                }
                continue;
            }
            match (kept, sent.get_mut(key), shown) {
                (Value::Array(kept), None | Some(Value::Array(_)), None | Some(Value::Array(_))) => {
                    let shadows = stored.get(&format!("_{key}")).filter(|_| !seen.contains_key(&format!("_{key}")));
                    self.member(&path, (key, sent), shown, kept, shadows.and_then(Value::as_array));
                }
                (_, Some(said), Some(shown)) => self.value(&path, said, shown, kept),
                (Value::Object(kept), Some(Value::Object(said)), None) => self.object(&path, said, &Map::new(), kept),
                // Taken out by somebody who saw it, or written where nothing was.
                _ => {}
            }
        }
    }

    /// A list of an object, and what is hidden beside its items where these are primitives.
    fn member(
        &mut self,
        path: &str,
        (key, object): (&str, &mut Map<String, Value>),
        shown: Option<&Value>,
        kept: &[Value],
        shadows: Option<&Vec<Value>>,
    ) {
        let items = |value: Option<Value>| match value {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let seen = items(shown.cloned());
        let sent = items(object.get_mut(key).map(Value::take));
        let kept: Vec<Kept<'_>> = kept
            .iter()
            .enumerate()
            .map(|(at, value)| Kept {
                value,
                shadow: shadows.and_then(|all| all.get(at)).filter(|shadow| !shadow.is_null()),
            })
            .collect();
        // What stands beside no value hangs on nothing that was seen.
        let beyond = shadows.is_some_and(|all| all.len() > kept.len());
        let list = if beyond && sent != seen { None } else { self.list(path, key, &sent, &seen, &kept) };
        let Some(list) = list else {
            self.unclear.push(Field::new(path, "masked.items"));
            object.insert(key.to_owned(), sent.into());
            return;
        };
        let shadow = format!("_{key}");
        let (values, beside): (Vec<Value>, Vec<Option<Value>>) = list.into_iter().unzip();
        if beyond {
            object.insert(shadow, shadows.cloned().unwrap_or_default().into());
        } else if beside.iter().any(Option::is_some) {
            let beside: Vec<Value> = beside.into_iter().map(Option::unwrap_or_default).collect();
            object.insert(shadow, beside.into());
        }
        if values.is_empty() {
            object.shift_remove(key);
        } else {
            object.insert(key.to_owned(), values.into());
        }
    }

    /// The items as they are kept from now on, each with what stands beside it. Nothing where that cannot be told.
    fn list(&mut self, path: &str, key: &str, sent: &[Value], seen: &[Value], kept: &[Kept<'_>]) -> Option<Vec<Item>> {
        let whole = |kept: &Kept<'_>| (kept.value.clone(), kept.shadow.cloned());
        if sent == seen {
            return Some(kept.iter().map(whole).collect());
        }
        let hides = seen.len() != kept.len()
            || kept.iter().zip(seen).any(|(kept, seen)| kept.shadow.is_some() || kept.value != seen);
        if !hides {
            return Some(sent.iter().map(|item| (item.clone(), None)).collect());
        }
        if sent.len().max(kept.len()) > LONGEST {
            return None;
        }
        let shown = shown(key, seen, kept)?;
        let visible: Vec<Kept<'_>> = shown.iter().map(|at| kept[*at]).collect();
        let origins = align(key, sent, seen, &visible)?;
        let mut list: Vec<(Option<usize>, Item)> = Vec::with_capacity(sent.len());
        for (place, (item, origin)) in sent.iter().zip(&origins).enumerate() {
            let mut item = item.clone();
            let Some(origin) = *origin else {
                list.push((None, (item, None)));
                continue;
            };
            self.value(&format!("{path}[{place}]"), &mut item, &seen[origin], visible[origin].value);
            list.push((Some(shown[origin]), (item, visible[origin].shadow.cloned())));
        }
        // What nobody saw nobody took out: it follows the item that it followed.
        for (at, one) in kept.iter().enumerate() {
            let hidden = match shown.iter().position(|shown| *shown == at) {
                None => true,
                Some(place) => is_blank(&seen[place]) && !origins.contains(&Some(place)),
            };
            if hidden {
                let before = list.iter().enumerate().filter(|(_, (from, _))| from.is_some_and(|from| from < at));
                let place = before.max_by_key(|(_, (from, _))| *from).map_or(0, |(place, _)| place + 1);
                list.insert(place, (Some(at), whole(one)));
            }
        }
        Some(list.into_iter().map(|(_, item)| item).collect())
    }
}

/// The name of the primitive that a hidden member stands beside: `birthDate` of `_birthDate`.
fn hidden_shadow<'k>(key: &'k str, seen: &Map<String, Value>) -> Option<&'k str> {
    key.strip_prefix('_').filter(|_| !seen.contains_key(key))
}

/// Nothing of it was to be seen.
pub(super) fn is_blank(seen: &Value) -> bool {
    seen.is_null() || seen.as_object().is_some_and(Map::is_empty)
}

/// Which of the stored items were seen at all; nothing where that cannot be told.
fn shown(key: &str, seen: &[Value], kept: &[Kept<'_>]) -> Option<Vec<usize>> {
    if seen.len() == kept.len() {
        return Some((0..seen.len()).collect());
    }
    let visible: fn(&Value) -> bool = match key {
        "extension" => is_administrative_extension,
        "coding" => is_cancellation,
        _ if seen.is_empty() => |_| false,
        _ => return None,
    };
    let shown: Vec<usize> = (0..kept.len()).filter(|at| visible(kept[*at].value)).collect();
    (shown.len() == seen.len()).then_some(shown)
}
