//! Reads one value of a search parameter, by the parameter's type.

use super::filter::{Compare, Filter, Place, Rows, Words};
use super::request::{Asker, Wrong, prefixed};
use super::{Parameter, ParameterKind};
use super::{concepts, near};
use crate::index::{ROW, WITHIN, texts, width};
use crate::instant::{Instant, Period};
use crate::text::fold;
use crate::types::{is_id, is_resource_type};
use crate::ucum;

/// The alternatives of a value: split at commas that are not escaped, and freed of their escapes where no further
/// delimiter can stand (`|` stays escaped until it is split at).
pub(super) fn alternatives(text: &str) -> Vec<String> {
    split(text, ',')
}

/// Splits at a delimiter that no backslash escapes; that escape is undone.
pub(super) fn split(text: &str, delimiter: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == delimiter {
            parts.push(String::new());
            continue;
        }
        let Some(part) = parts.last_mut() else { break };
        if c == '\\' {
            match chars.next() {
                Some(next) if next == delimiter => part.push(next),
                Some(next) => part.extend(['\\', next]),
                None => part.push('\\'),
            }
        } else {
            part.push(c);
        }
    }
    parts
}

/// Undoes what escapes are left.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

/// That there is a value of a parameter at all.
pub(super) fn present(found: &Parameter, name: &str) -> Result<Filter, Wrong> {
    let param = found.name;
    let present = Filter::Present { param, rows: rows(found, name)? };
    // Of what is referred to by its identifier alone there is no other row.
    Ok(match found.kind {
        ParameterKind::Reference => Filter::Any(vec![present, Filter::Present { param, rows: Rows::Token }]),
        // Nor of a concept that is a text alone.
        ParameterKind::Token if !found.calls.is_empty() => {
            Filter::Any(vec![present, Filter::Present { param: found.calls, rows: Rows::Text }])
        }
        _ => present,
    })
}

/// The table of a parameter's rows.
fn rows(found: &Parameter, name: &str) -> Result<Rows, Wrong> {
    Ok(match found.kind {
        ParameterKind::String => Rows::Text,
        ParameterKind::Token => Rows::Token,
        ParameterKind::Date => Rows::Date,
        ParameterKind::Number => Rows::Number,
        ParameterKind::Quantity => Rows::Quantity,
        ParameterKind::Reference => Rows::Reference,
        ParameterKind::Uri => Rows::Uri,
        ParameterKind::Composite if !found.parts.is_empty() => Rows::Pair,
        ParameterKind::Special if !found.paths.is_empty() => Rows::Place,
        ParameterKind::Composite | ParameterKind::Special => {
            return Err(Wrong::new(name, "unsupported", "a parameter of another type"));
        }
    })
}

/// One alternative of a value.
pub(super) fn read(
    found: &Parameter,
    name: &str,
    modifier: Option<&str>,
    text: &str,
    asker: Asker<'_>,
) -> Result<Filter, Wrong> {
    let param = found.name;
    let wrong = |expected: &str| Wrong::new(name, "value", expected);
    let refuse = |allowed: &str| Err(Wrong::new(name, "modifier", allowed));
    match (found.kind, modifier) {
        (ParameterKind::String, None | Some("contains")) => {
            let how = if modifier.is_none() { Words::Begins } else { Words::Contains };
            worded(param, found.rest, name, how, &plain(text))
        }
        (ParameterKind::String, Some("exact")) => {
            let (value, written) = texts(&plain(text));
            if value.is_empty() { Err(wrong("letters or digits")) } else { Ok(Filter::Exact { param, value, written }) }
        }
        (ParameterKind::String, _) => refuse("contains, exact, missing"),
        (ParameterKind::Token, None | Some("not")) => token(param, text).ok_or_else(|| wrong("[system]|code")),
        (ParameterKind::Token, Some("text")) if !found.calls.is_empty() => {
            worded(found.calls, found.rest, name, Words::Begins, &plain(text))
        }
        (ParameterKind::Token, Some("of-type")) if !found.of_type.is_empty() => {
            of_type(found.of_type, text).ok_or_else(|| wrong("[system]|[code]|[value]"))
        }
        (ParameterKind::Token, Some("in" | "not-in")) => concepts::within(param, name, &plain(text)),
        (ParameterKind::Token, Some("below")) => concepts::related(param, name, text, true),
        (ParameterKind::Token, Some("above")) => concepts::related(param, name, text, false),
        (ParameterKind::Token, _) => refuse("not, text, in, not-in, above, below, missing; of-type for identifiers"),
        (ParameterKind::Date, None) => {
            let (compare, period) = date(text, asker).ok_or_else(|| wrong("a date, with or without a prefix"))?;
            Ok(Filter::Date { param, compare, low: period.low, high: period.high })
        }
        (ParameterKind::Number, None) => {
            let (compare, low, high) = number(text).ok_or_else(|| wrong("a number, with or without a prefix"))?;
            Ok(Filter::Number { param, compare, low, high })
        }
        (ParameterKind::Quantity, None) => quantity(found, text).ok_or_else(|| wrong("[number]|[system]|[code]")),
        (ParameterKind::Reference, modifier) => match modifier {
            None => reference(param, None, text, asker).ok_or_else(|| wrong("[Type]/[id], an id or a URL")),
            Some(kind) if found.targets.contains(&kind) => {
                reference(param, Some(kind), text, asker).ok_or_else(|| wrong("an id"))
            }
            Some("identifier") => token(param, text).ok_or_else(|| wrong("[system]|[value]")),
            Some(_) => refuse("a type of the reference, identifier, missing"),
        },
        (ParameterKind::Uri, modifier) => {
            let how = match modifier {
                None => Place::Is,
                Some("below") => Place::Below,
                Some("above") => Place::Above,
                Some(_) => return refuse("above, below, missing"),
            };
            Ok(Filter::Uri { param, how, value: plain(text) })
        }
        (ParameterKind::Date | ParameterKind::Number | ParameterKind::Quantity, Some(_)) => refuse("missing"),
        (ParameterKind::Composite, None) if !found.parts.is_empty() => pair(found, name, text, asker),
        (ParameterKind::Special, None) if !found.paths.is_empty() => {
            near::read(param, text).ok_or_else(|| wrong("[latitude]|[longitude]|[distance]|[units: km, m, [mi_us]]"))
        }
        (ParameterKind::Composite | ParameterKind::Special, Some(_)) => refuse("missing"),
        (ParameterKind::Composite | ParameterKind::Special, None) => {
            Err(Wrong::new(name, "unsupported", "a parameter of another type"))
        }
    }
}

/// Letters in a string, or in what a code is called: also in the rows where a long one goes on, of which each has the end
/// of the one before.
pub(super) fn worded(
    param: &'static str,
    rest: &'static str,
    name: &str,
    how: Words,
    text: &str,
) -> Result<Filter, Wrong> {
    let value = fold(text);
    let anywhere = matches!(how, Words::Contains | Words::Ends);
    let most = if anywhere { WITHIN } else { ROW };
    if value.is_empty() {
        return Err(Wrong::new(name, "value", "letters or digits"));
    }
    if value.chars().count() > most {
        return Err(Wrong::new(name, "limit", format!("at most {most} characters")));
    }
    let here = Filter::Text { param, how, value: value.clone() };
    if !anywhere || rest.is_empty() {
        return Ok(here);
    }
    Ok(Filter::Any(vec![here, Filter::Text { param: rest, how, value }]))
}

/// The parts of a composite, `$` between them.
fn pair(found: &Parameter, name: &str, text: &str, asker: Asker<'_>) -> Result<Filter, Wrong> {
    let expected = || {
        let parts: Vec<&str> = found.components.iter().map(|part| part.name).collect();
        Wrong::new(name, "value", parts.join("$"))
    };
    let texts = split(text, '$');
    if texts.len() != found.components.len() {
        return Err(expected());
    }
    let parts = found.components.iter().zip(&texts).map(|(component, text)| {
        let part = found.part(component);
        read(&part, name, None, text, asker)
    });
    let (one, other) = match <[Filter; 2]>::try_from(parts.collect::<Result<Vec<_>, _>>()?) {
        Ok([one, other]) => (one, other),
        Err(three) => three_as_two(three).ok_or_else(expected)?,
    };
    // A part in base units is found in the rows that are.
    let is_canonical = |part: &Filter| matches!(part, Filter::Quantity { param, .. } if *param != found.name);
    let param = if is_canonical(&one) || is_canonical(&other) { found.canonical } else { found.name };
    Ok(Filter::Pair { param, parts: Box::new((one, other)) })
}

/// A token and a number are asked for as they stand: as a quantity, whose code is the token.
fn three_as_two(parts: Vec<Filter>) -> Option<(Filter, Filter)> {
    let Ok([Filter::Token { param, system, code }, Filter::Number { compare, low, high, .. }, third]) =
        <[Filter; 3]>::try_from(parts)
    else {
        return None;
    };
    Some((Filter::Quantity { param, compare, low, high, system, code }, third))
}

/// `[system]|[code]|[value]` of an identifier's type and its value.
fn of_type(param: &'static str, text: &str) -> Option<Filter> {
    let parts: Vec<String> = split(text, '|').iter().map(|part| plain(part)).collect();
    let [system, code, value] = parts.as_slice() else { return None };
    let full = !code.is_empty() && !value.is_empty();
    full.then(|| Filter::Token { param, system: Some(format!("{system}|{code}")), code: Some(value.clone()) })
}

fn token(param: &'static str, text: &str) -> Option<Filter> {
    let parts = split(text, '|');
    let (system, code) = match parts.as_slice() {
        [code] => (None, Some(plain(code))),
        [system, code] => (Some(plain(system)), Some(plain(code)).filter(|code| !code.is_empty())),
        _ => return None,
    };
    // Neither a code nor a system asks for nothing.
    let nothing = code.as_deref().is_none_or(str::is_empty) && system.as_deref().is_none_or(str::is_empty);
    (!nothing).then_some(Filter::Token { param, system, code })
}

/// A date with its prefix; `ap` is widened by a tenth of its distance from now, a day at least.
pub(super) fn date(text: &str, asker: Asker<'_>) -> Option<(Compare, Period)> {
    let (compare, text) = prefixed(text);
    let mut period = Period::parse(text, asker.zone)?;
    if compare == Compare::Approximately {
        let around = ((asker.now.0 - period.low.0).abs() / 10).max(24 * 60 * 60 * 1000);
        period = Period { low: Instant(period.low.0 - around), high: Instant(period.high.0 + around) };
    }
    Some((compare, period))
}

/// A number with its prefix: the stretch its digits stand for, or the number itself.
fn number(text: &str) -> Option<(Compare, f64, f64)> {
    let (compare, text) = prefixed(text);
    // Rust reads more than FHIR does: `inf`, `+1`, `1.`.
    let plain = text.strip_prefix('-').unwrap_or(text);
    if !plain.starts_with(|c: char| c.is_ascii_digit())
        || !plain.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b))
    {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    let (low, high) = width(text)?;
    Some(match compare {
        Compare::Equal | Compare::NotEqual => (compare, low, high),
        Compare::Approximately => (compare, value - value.abs() / 10.0, value + value.abs() / 10.0),
        _ => (compare, value, value),
    })
}

/// A quantity; one with a unit of UCUM is looked for in base units, in which every other is filed too.
fn quantity(found: &Parameter, text: &str) -> Option<Filter> {
    let parts = split(text, '|');
    let (value, system, code) = match parts.as_slice() {
        [value] => (value, None, None),
        [value, system, code] => {
            let code = Some(plain(code)).filter(|code| !code.is_empty());
            (value, Some(plain(system)).filter(|system| !system.is_empty()), code)
        }
        _ => return None,
    };
    let (compare, low, high) = number(value)?;
    let is_ucum = system.as_deref() == Some(ucum::SYSTEM) && !found.canonical.is_empty();
    let unit = code.as_deref().filter(|_| is_ucum).and_then(ucum::canonical);
    if let Some(unit) = unit
        && let (Some(low), Some(high)) = (unit.value(low), unit.value(high))
    {
        let param = found.canonical;
        return Some(Filter::Quantity { param, compare, low, high, system, code: Some(unit.code) });
    }
    Some(Filter::Quantity { param: found.name, compare, low, high, system, code })
}

fn reference(param: &'static str, kind: Option<&str>, text: &str, asker: Asker<'_>) -> Option<Filter> {
    let text = plain(text);
    let own = text.strip_prefix(asker.base).and_then(|rest| rest.strip_prefix('/')).filter(|_| !asker.base.is_empty());
    let text = own.map_or_else(|| text.clone(), str::to_owned);
    if text.starts_with("http://") || text.starts_with("https://") || text.starts_with("urn:") {
        let id = text.strip_prefix("urn:uuid:").unwrap_or(&text).to_owned();
        return Some(Filter::Reference { param, kind: Some(String::new()), id });
    }
    let (found, id) = text.split_once('/').map_or((None, text.as_str()), |(kind, id)| (Some(kind), id));
    let right = found.is_none_or(|found| is_resource_type(found) && kind.is_none_or(|kind| kind == found));
    let kind = found.or(kind).map(str::to_owned);
    (right && is_id(id)).then(|| Filter::Reference { param, kind, id: id.to_owned() })
}
