//! Reads a unit (UCUM 2.2, §§ 4 to 14): terms of components with `.` and `/`, prefixes, powers, annotations, parentheses.

use super::atoms::{Atom, atom, prefix};
use super::ratio::Ratio;
use super::{Scale, Unit};

/// Parentheses within parentheses, and components, at most.
const DEPTH: u32 = 16;
const COMPONENTS: u32 = 64;
/// The largest power.
const POWER: i32 = 60;

/// The unit of a whole code.
pub(super) fn parse(code: &str) -> Option<Unit> {
    let mut reader = Reader { rest: code, left: COMPONENTS };
    let unit = reader.main(DEPTH)?;
    reader.rest.is_empty().then_some(unit)
}

struct Reader<'c> {
    rest: &'c str,
    left: u32,
}

impl<'c> Reader<'c> {
    fn next_if(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A term, which may begin with a stroke.
    fn main(&mut self, depth: u32) -> Option<Unit> {
        if self.next_if('/') {
            let first = inverse(self.component(depth)?)?;
            return self.more(first, depth);
        }
        let first = self.component(depth)?;
        self.more(first, depth)
    }

    fn more(&mut self, mut so_far: Unit, depth: u32) -> Option<Unit> {
        loop {
            so_far = if self.next_if('.') {
                product(so_far, self.component(depth)?)?
            } else if self.next_if('/') {
                product(so_far, inverse(self.component(depth)?)?)?
            } else {
                return Some(so_far);
            };
        }
    }

    fn component(&mut self, depth: u32) -> Option<Unit> {
        self.left = self.left.checked_sub(1)?;
        if self.next_if('(') {
            let inner = self.main(depth.checked_sub(1)?)?;
            // The grammar has no annotation here; FHIR's own list of common units has: `g/(8.h){shift}`.
            return (self.next_if(')') && self.annotation().is_some()).then_some(inner);
        }
        let word = self.word();
        let unit = if word.is_empty() { None } else { Some(simple(word)?) };
        let annotated = self.annotation()?;
        match unit {
            Some(unit) => Some(unit),
            // An annotation alone stands for one.
            None if annotated => Some(one()),
            None => None,
        }
    }

    /// What stands up to the next sign of the grammar; in brackets no character is one.
    fn word(&mut self) -> &'c str {
        let mut within = false;
        let end = self.rest.find(|c: char| {
            match c {
                '[' => within = true,
                ']' => within = false,
                _ => return !within && matches!(c, '.' | '/' | '(' | ')' | '{' | '}'),
            }
            false
        });
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    /// Passes over an annotation of ASCII, with spaces as FHIR's list has them; `None` for one that does not end.
    fn annotation(&mut self) -> Option<bool> {
        let Some(rest) = self.rest.strip_prefix('{') else { return Some(false) };
        let (text, rest) = rest.split_once('}')?;
        self.rest = rest;
        text.bytes().all(|b| (32..=126).contains(&b) && b != b'{').then_some(true)
    }
}

fn one() -> Unit {
    Unit { dimension: Vec::new(), factor: Ratio::ONE, scale: Scale::Linear }
}

/// A number, or an atom with prefix and power.
fn simple(word: &str) -> Option<Unit> {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        let number = word.parse::<i64>().ok().filter(|number| *number > 0)?;
        return Some(Unit { factor: Ratio::whole(number), ..one() });
    }
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let (name, digits) = word.split_at(name.len());
    let (name, sign) = match name.strip_suffix(['+', '-']) {
        Some(short) if !digits.is_empty() => (short, &name[short.len()..]),
        _ => (name, ""),
    };
    let unit = prefixed(name)?;
    if digits.is_empty() {
        return Some(unit);
    }
    let power = digits.parse::<i32>().ok().filter(|power| (1..=POWER).contains(power))?;
    raised(unit, if sign == "-" { -power } else { power })
}

/// An atom, or a metric one after a prefix.
fn prefixed(name: &str) -> Option<Unit> {
    if let Some(Atom { unit, .. }) = atom(name) {
        return Some(unit.clone());
    }
    // No prefix is longer than two letters, and what remains is one atom at most.
    [1, 2].into_iter().filter(|size| name.is_char_boundary(*size) && name.len() > *size).find_map(|size| {
        let (front, back) = name.split_at(size);
        let (times, found) = (prefix(front)?, atom(back).filter(|atom| atom.metric)?);
        let mut unit = found.unit.clone();
        if let Scale::From(start) = unit.scale {
            // A thousandth of a degree counts in thousandths from the same start.
            unit.scale = Scale::From(start.over(times)?);
        }
        unit.factor = unit.factor.times(times)?;
        Some(unit)
    })
}

/// Within a product a degree is a step of temperature and no place on its scale.
fn step(unit: Unit) -> Unit {
    let scale = if unit.scale == Scale::Curved { Scale::Curved } else { Scale::Linear };
    Unit { scale, ..unit }
}

fn product(a: Unit, b: Unit) -> Option<Unit> {
    let (a, b) = (step(a), step(b));
    let mut dimension = a.dimension;
    for (name, power) in b.dimension {
        match dimension.iter_mut().find(|(other, _)| *other == name) {
            Some((_, own)) => *own += power,
            None => dimension.push((name, power)),
        }
    }
    dimension.retain(|(_, power)| *power != 0);
    dimension.sort_unstable();
    let curved = a.scale == Scale::Curved || b.scale == Scale::Curved;
    let scale = if curved { Scale::Curved } else { Scale::Linear };
    Some(Unit { dimension, factor: a.factor.times(b.factor)?, scale })
}

fn inverse(unit: Unit) -> Option<Unit> {
    raised(unit, -1)
}

fn raised(unit: Unit, power: i32) -> Option<Unit> {
    let mut unit = step(unit);
    for (_, own) in &mut unit.dimension {
        *own = own.checked_mul(power).filter(|power| power.abs() <= 1_000)?;
    }
    unit.factor = unit.factor.power(power)?;
    Some(unit)
}
