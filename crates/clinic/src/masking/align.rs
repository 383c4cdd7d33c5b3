//! Which item of a stored list each item of an edited one is: by what was seen of it, by its id, by likeness, and by its
//! place between those that are known. Where a hidden part could go to the wrong item or be lost, there is no answer.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value};

use super::restore::is_blank;

/// Pairs of changed items that are compared at most: there are a handful in what people write.
const PAIRS: usize = 1_000;
/// So alike an item is known again wherever it stands, if nothing else comes within `AHEAD` of it.
const ALIKE: f64 = 0.6;
const AHEAD: f64 = 0.25;
/// An item that shares less than this with the one that stood there has taken its place.
const RELATED: f64 = 0.3;

/// A stored item.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Kept<'k> {
    /// The item.
    pub(super) value: &'k Value,
    /// What is hidden beside it, where it is a primitive.
    pub(super) shadow: Option<&'k Value>,
}

/// Items within an item that are compared with each other at most.
const FEW: usize = 16;

/// What is hidden of an item.
#[derive(Clone, Copy, PartialEq)]
enum Stake {
    Nothing,
    /// Digits of a value that was seen in part: whoever sends another value replaces it.
    Digits,
    /// Parts that stay when the rest is changed.
    Parts,
}

/// For each item of `sent` its place in `seen`; none for a new one. Nothing at all where it cannot be told and `kept` holds
/// more than was seen.
pub(super) fn align(key: &str, sent: &[Value], seen: &[Value], kept: &[Kept<'_>]) -> Option<Vec<Option<usize>>> {
    let stakes: Vec<Stake> = seen.iter().zip(kept).map(|(seen, kept)| stake(seen, kept)).collect();
    let mut origins = vec![None; sent.len()];
    if stakes.iter().all(|stake| *stake == Stake::Nothing) {
        return Some(origins);
    }
    unchanged(sent, seen, kept, &mut origins)?;
    by_id(sent, seen, &mut origins);
    let new: Vec<usize> = (0..sent.len()).filter(|at| origins[*at].is_none()).collect();
    let left = |origins: &[Option<usize>]| -> Vec<usize> {
        let taken: std::collections::HashSet<usize> = origins.iter().copied().flatten().collect();
        (0..seen.len()).filter(|at| !taken.contains(at) && !is_blank(&seen[*at])).collect()
    };
    let gone = left(&origins);
    if new.is_empty() || gone.iter().all(|at| stakes[*at] == Stake::Nothing) {
        return Some(origins);
    }
    if new.len().saturating_mul(gone.len()) > PAIRS {
        return None;
    }
    let changed = Changed::new(key, sent, seen, new, gone);
    changed.evident(&mut origins);
    changed.in_order(&stakes, &mut origins)?;
    Some(origins)
}

fn stake(seen: &Value, kept: &Kept<'_>) -> Stake {
    if kept.shadow.is_some() {
        return Stake::Parts;
    }
    match (seen, kept.value) {
        (seen, kept) if seen == kept => Stake::Nothing,
        (Value::Object(seen), Value::Object(kept)) => kept.iter().fold(Stake::Nothing, |worst, (key, kept)| {
            let one = seen.get(key).map_or(Stake::Parts, |seen| stake(seen, &Kept { value: kept, shadow: None }));
            if one == Stake::Parts || worst == Stake::Nothing { one } else { worst }
        }),
        (Value::Array(seen), Value::Array(kept)) if seen.len() == kept.len() => {
            let mut stakes = seen.iter().zip(kept).map(|(seen, kept)| stake(seen, &Kept { value: kept, shadow: None }));
            if stakes.any(|stake| stake == Stake::Parts) { Stake::Parts } else { Stake::Digits }
        }
        (Value::String(_), Value::String(_)) => Stake::Digits,
        _ => Stake::Parts,
    }
}

/// Items that look the same: one of them, their places in what was seen, and in what was sent.
type Alike<'v> = (&'v Value, Vec<usize>, Vec<usize>);

/// Items that came back as they were seen. Of several that looked the same some may be missing: then it cannot be told
/// which, unless they are the same.
fn unchanged(sent: &[Value], seen: &[Value], kept: &[Kept<'_>], origins: &mut [Option<usize>]) -> Option<()> {
    let mut classes: HashMap<u64, Vec<Alike<'_>>> = HashMap::new();
    for (at, item) in seen.iter().enumerate() {
        let all = classes.entry(hashed(item)).or_default();
        match all.iter_mut().find(|(one, ..)| *one == item) {
            Some((_, places, _)) => places.push(at),
            None => all.push((item, vec![at], Vec::new())),
        }
    }
    for (at, item) in sent.iter().enumerate() {
        let found = classes.get_mut(&hashed(item)).and_then(|all| all.iter_mut().find(|(one, ..)| *one == item));
        if let Some((_, _, sent)) = found {
            sent.push(at);
        }
    }
    for (_, was, is) in classes.values().flatten() {
        let alike = was.windows(2).all(|pair| kept[pair[0]] == kept[pair[1]]);
        if is.len() < was.len() && !is.is_empty() && !alike {
            return None;
        }
        // All of them gone, a few of them changed: as for one that is.
        for (at, origin) in is.iter().zip(was) {
            origins[*at] = Some(*origin);
        }
    }
    Some(())
}

/// A hash that is the same for equal values, whatever the order of their members.
fn hashed(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value {
        Value::Object(map) => {
            let members = map.iter().map(|(key, value)| {
                let mut hasher = DefaultHasher::new();
                (key, hashed(value)).hash(&mut hasher);
                hasher.finish()
            });
            members.fold(0, u64::wrapping_add).hash(&mut hasher);
        }
        Value::Array(items) => items.iter().for_each(|item| hashed(item).hash(&mut hasher)),
        other => other.hash(&mut hasher),
    }
    hasher.finish()
}

/// Items with an id that no other item of their list has.
fn by_id(sent: &[Value], seen: &[Value], origins: &mut [Option<usize>]) {
    let ids = |items: &[Value]| {
        let mut ids: HashMap<String, Option<usize>> = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            if let Some(id) = item.get("id").and_then(Value::as_str) {
                ids.entry(id.to_owned()).and_modify(|place| *place = None).or_insert(Some(at));
            }
        }
        ids
    };
    let was = ids(seen);
    for (id, place) in ids(sent) {
        if let (Some(at), Some(Some(origin))) = (place, was.get(&id))
            && !origins.contains(&Some(*origin))
        {
            origins[at] = Some(*origin);
        }
    }
}

/// The items of which nothing is known yet, and how alike each two are.
struct Changed {
    new: Vec<usize>,
    gone: Vec<usize>,
    /// By `new`, then `gone`; none for two that cannot be one.
    likeness: Vec<Vec<Option<f64>>>,
}

impl Changed {
    fn new(key: &str, sent: &[Value], seen: &[Value], new: Vec<usize>, gone: Vec<usize>) -> Self {
        let row = |at: &usize| gone.iter().map(|was| likeness(key, &sent[*at], &seen[*was])).collect();
        let likeness = new.iter().map(row).collect();
        Self { new, gone, likeness }
    }

    fn of(&self, new: usize, gone: usize) -> f64 {
        self.likeness[new][gone].unwrap_or_default()
    }

    /// How alike the item is to the one that is most like it, of those that are not `but`.
    fn next_best(&self, new: usize, gone: usize) -> f64 {
        let row = (0..self.gone.len()).filter(|other| *other != gone).map(|other| self.of(new, other));
        let column = (0..self.new.len()).filter(|other| *other != new).map(|other| self.of(other, gone));
        row.chain(column).fold(0.0, f64::max)
    }

    /// Those that are much alike, and like nothing else.
    fn evident(&self, origins: &mut [Option<usize>]) {
        for (new, at) in self.new.iter().enumerate() {
            let found = (0..self.gone.len()).find(|gone| {
                let alike = self.of(new, *gone);
                alike >= ALIKE && alike >= self.next_best(new, *gone) + AHEAD
            });
            if let Some(gone) = found {
                origins[*at] = Some(self.gone[gone]);
            }
        }
    }

    /// The others by their order, where as many stand between two known ones as stood there, and likeness does not speak
    /// against it. Nothing where parts of one are hidden that may be another.
    fn in_order(&self, stakes: &[Stake], origins: &mut [Option<usize>]) -> Option<()> {
        let taken: Vec<usize> = origins.iter().copied().flatten().collect();
        let gone: Vec<usize> = (0..self.gone.len()).filter(|gone| !taken.contains(&self.gone[*gone])).collect();
        let new: Vec<usize> = (0..self.new.len()).filter(|new| origins[self.new[*new]].is_none()).collect();
        let fixed = in_sequence(origins);
        let hides = |gone: usize| stakes[self.gone[gone]] == Stake::Parts;
        let (mut rest_new, mut rest_gone) = (new.clone(), gone.clone());
        for pair in fixed.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let is: Vec<usize> = new.iter().copied().filter(|n| inside(self.new[*n], from.0, to.0)).collect();
            let was: Vec<usize> = gone.iter().copied().filter(|g| inside(self.gone[*g], from.1, to.1)).collect();
            if is.len() != was.len() {
                // One may have come while another went, or one of them be the other.
                if !is.is_empty() && was.iter().any(|gone| hides(*gone) && self.may_be_any(&is, *gone)) {
                    return None;
                }
                continue;
            }
            for (n, g) in is.into_iter().zip(was) {
                let Some(alike) = self.likeness[n][g] else { continue };
                let other = |other: &usize| *other != n && self.of(*other, g) > alike;
                let others = |other: &usize| *other != g && self.of(n, *other) > alike && (hides(g) || hides(*other));
                let another = alike < RELATED;
                if (hides(g) && (another || new.iter().any(other))) || gone.iter().any(others) {
                    return None;
                }
                origins[self.new[n]] = Some(self.gone[g]);
                rest_new.retain(|rest| *rest != n);
                rest_gone.retain(|rest| *rest != g);
            }
        }
        // Of what stands elsewhere now something may have been moved and changed at once.
        let moved = |gone: &usize| hides(*gone) && rest_new.iter().any(|new| self.of(*new, *gone) > 0.0);
        if rest_gone.iter().any(moved) { None } else { Some(()) }
    }

    fn may_be_any(&self, new: &[usize], gone: usize) -> bool {
        new.iter().any(|new| self.likeness[*new][gone].is_some())
    }
}

/// Whether a place lies between two others; `None` is before the first and after the last.
fn inside(place: usize, from: Option<usize>, to: Option<usize>) -> bool {
    from.is_none_or(|from| place > from) && to.is_none_or(|to| place < to)
}

/// The longest run of known items that stand in the order in which they stood, with an open end on either side: their places
/// now and then.
fn in_sequence(origins: &[Option<usize>]) -> Vec<(Option<usize>, Option<usize>)> {
    let known: Vec<(usize, usize)> =
        origins.iter().enumerate().filter_map(|(at, origin)| origin.map(|origin| (at, origin))).collect();
    // Of every length of run, where the one that ends lowest ends.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::with_capacity(known.len()));
    for (index, (_, origin)) in known.iter().enumerate() {
        let length = ends.partition_point(|end| known[*end].1 < *origin);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut run = vec![(None, None)];
    let mut next = ends.last().copied();
    while let Some(index) = next {
        run.push((Some(known[index].0), Some(known[index].1)));
        next = before[index];
    }
    run.push((None, None));
    run.reverse();
    run
}

/// How much of two items is the same, of 1; none where they are certainly two: by id, or by a code.
fn likeness(key: &str, one: &Value, other: &Value) -> Option<f64> {
    let both = |name: &str| Some((one.get(name)?, other.get(name)?));
    if both("id").is_some_and(|(one, other)| one != other) {
        return None;
    }
    if key == "coding" && (one.get("system"), one.get("code")) != (other.get("system"), other.get("code")) {
        return None;
    }
    let (same, all) = compared(one, other);
    Some(if all > 0.0 { same / all } else { 0.0 })
}

/// What is the same in two values, and how much there is.
fn compared(one: &Value, other: &Value) -> (f64, f64) {
    let plus = |(same, all): (f64, f64), (s, a): (f64, f64)| (same + s, all + a);
    match (one, other) {
        // Many clients drop extensions they do not know.
        (Value::Object(one), Value::Object(other)) => {
            let shared = members(one).map(|(key, value)| match other.get(key) {
                Some(other) => compared(value, other),
                None => (0.0, size(value)),
            });
            let added = members(other).filter(|(key, _)| !one.contains_key(*key)).map(|(_, value)| (0.0, size(value)));
            shared.chain(added).fold((0.0, 0.0), plus)
        }
        // What stands in both counts wherever it stands, the others in their order.
        (Value::Array(one), Value::Array(other)) => {
            let mut rest: Vec<&Value> = other.iter().collect();
            let (mut sum, mut changed) = ((0.0, 0.0), Vec::new());
            for item in one {
                match rest.iter().take(FEW).position(|other| *other == item) {
                    Some(at) => {
                        rest.remove(at);
                        sum = plus(sum, (size(item), size(item)));
                    }
                    None => changed.push(item),
                }
            }
            let pairs = changed.len().min(rest.len());
            let alone = changed[pairs..].iter().chain(&rest[pairs..]).map(|value| (0.0, size(value)));
            let both = changed.iter().zip(&rest).map(|(one, other)| compared(one, other));
            both.chain(alone).fold(sum, plus)
        }
        (Value::String(one), Value::String(other)) => (closeness(one, other), 1.0),
        (one, other) if one == other => (1.0, 1.0),
        (one, other) => (0.0, size(one).max(size(other))),
    }
}

fn members(map: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    map.iter().filter(|(key, _)| *key != "extension")
}

fn size(value: &Value) -> f64 {
    match value {
        Value::Object(map) => members(map).map(|(_, value)| size(value)).sum(),
        Value::Array(items) => items.iter().map(size).sum(),
        _ => 1.0,
    }
}

/// How much of two texts begins and ends the same, where that is half of the longer one at least.
fn closeness(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    let begins = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let ends = one.chars().rev().zip(other.chars().rev()).take_while(|(one, other)| one == other).count();
    let (short, long) = {
        let (one, other) = (one.chars().count(), other.chars().count());
        (one.min(other), one.max(other))
    };
    let same = u32::try_from((begins + ends).min(short)).unwrap_or(u32::MAX);
    let share = f64::from(same) / f64::from(u32::try_from(long).unwrap_or(u32::MAX));
    if share >= 0.5 { share } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn aligned(key: &str, sent: &Value, seen: &Value, hidden: &[usize]) -> Option<Vec<Option<usize>>> {
        let (sent, seen) = (sent.as_array().unwrap(), seen.as_array().unwrap());
        let values: Vec<Value> = seen
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let mut item = item.clone();
                if hidden.contains(&at) {
                    item["hidden"] = at.into();
                }
                item
            })
            .collect();
        let kept: Vec<Kept<'_>> = values.iter().map(|value| Kept { value, shadow: None }).collect();
        align(key, sent, seen, &kept)
    }

    #[test]
    fn one_is_changed_while_another_goes() {
        let seen = json!([{ "use": "home", "city": "Recife", "line": ["Rua A, 1"] }, { "use": "work", "city": "Olinda", "line": ["Rua B, 2"] }]);
        let sent = json!([{ "use": "work", "city": "Olinda", "line": ["Rua B, 22"] }]);
        assert_eq!(aligned("address", &sent, &seen, &[0, 1]), Some(vec![Some(1)]));
        let turned = json!([{ "use": "work", "city": "Olinda", "line": ["Rua C, 3"] }, { "use": "home", "city": "Recife", "line": ["Rua D, 4"] }]);
        assert_eq!(aligned("address", &turned, &seen, &[0, 1]), Some(vec![Some(1), Some(0)]));
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        let seen = json!([{ "system": "phone", "value": "1" }, { "system": "phone", "value": "2" }]);
        for sent in [
            json!([{ "system": "phone", "value": "3" }]),
            json!([{ "system": "phone", "value": "2" }, { "system": "phone", "value": "3" }]),
        ] {
            assert_eq!(aligned("telecom", &sent, &seen, &[0]), None, "{sent}");
        }
        // In their places they are known, and where nothing is hidden nothing is asked.
        let both = json!([{ "system": "phone", "value": "3" }, { "system": "phone", "value": "4" }]);
        assert_eq!(aligned("telecom", &both, &seen, &[0]), Some(vec![Some(0), Some(1)]));
        assert_eq!(aligned("telecom", &json!([{ "value": "9" }]), &seen, &[]), Some(vec![None]));
        // What took a place has nothing of what stood there.
        assert_eq!(
            aligned(
                "telecom",
                &json!([{ "system": "email", "value": "a@b" }]),
                &json!([{ "system": "phone", "value": "1" }]),
                &[0]
            ),
            None
        );
        // Two that look the same, and one of them gone.
        let twins = json!([{ "value": "1" }, { "value": "1" }]);
        assert_eq!(aligned("telecom", &json!([{ "value": "1" }]), &twins, &[0]), None);
        assert_eq!(aligned("telecom", &json!([{ "value": "1" }]), &twins, &[]), Some(vec![None]));
    }

    #[test]
    fn an_id_says_which_it_is() {
        let seen = json!([{ "id": "a", "value": "1" }, { "id": "b", "value": "2" }]);
        let sent = json!([{ "id": "b", "value": "5" }]);
        assert_eq!(aligned("telecom", &sent, &seen, &[0, 1]), Some(vec![Some(1)]));
        let other = json!([{ "id": "c", "value": "1" }, { "id": "b", "value": "2" }]);
        assert_eq!(aligned("telecom", &other, &seen, &[0, 1]), Some(vec![None, Some(1)]));
    }
}
