//! Fragments become sentences: `[a|b]` picks one, `{name}` is a value of the visit, `{2-5}` a number, `@` agrees with the patient.

use super::rng::Rng;

/// Values of one visit, by placeholder name.
#[derive(Default)]
pub(super) struct Values(Vec<(&'static str, String)>);

impl Values {
    pub(super) fn set(&mut self, name: &'static str, value: String) {
        if let Some(v) = self.0.iter_mut().find(|v| v.0 == name) {
            v.1 = value;
        } else {
            self.0.push((name, value));
        }
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|v| v.0 == name).map_or("", |v| v.1.as_str())
    }
}

/// Expands a fragment; `feminine` chooses the ending that `@` stands for.
pub(super) fn spin(rng: &mut Rng, fragment: &str, values: &Values, feminine: bool) -> String {
    let mut out = String::with_capacity(fragment.len());
    expand(rng, fragment, values, feminine, &mut out);
    out
}

fn expand(rng: &mut Rng, source: &str, values: &Values, feminine: bool, out: &mut String) {
    let mut rest = source;
    while let Some(at) = rest.find(['[', '{', '@']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        rest = match rest.as_bytes()[at] {
            b'@' => {
                out.push(if feminine { 'a' } else { 'o' });
                tail
            }
            b'{' => {
                let end = tail.find('}').unwrap_or(tail.len());
                value(rng, &tail[..end], values, out);
                tail.get(end + 1..).unwrap_or("")
            }
            _ => {
                let (choices, end) = choices(tail);
                let chosen = choices[rng.below(choices.len())];
                expand(rng, chosen, values, feminine, out);
                tail.get(end + 1..).unwrap_or("")
            }
        };
    }
    out.push_str(rest);
}

fn value(rng: &mut Rng, name: &str, values: &Values, out: &mut String) {
    let bounds = name.split_once('-').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    if let Some((low, high)) = bounds {
        out.push_str(&rng.range(low, high).to_string());
    } else {
        out.push_str(values.get(name));
    }
}

/// The alternatives up to the closing bracket, and where that bracket stands.
fn choices(tail: &str) -> (Vec<&str>, usize) {
    let (mut found, mut depth, mut from) = (Vec::new(), 0, 0);
    for (i, c) in tail.char_indices() {
        match c {
            '[' => depth += 1,
            ']' if depth > 0 => depth -= 1,
            '|' if depth == 0 => {
                found.push(&tail[from..i]);
                from = i + 1;
            }
            ']' => {
                found.push(&tail[from..i]);
                return (found, i);
            }
            _ => {}
        }
    }
    found.push(&tail[from..]);
    (found, tail.len())
}

/// A number as Brazilians write it, with a decimal comma.
pub(super) fn comma(value: f64, places: usize) -> String {
    format!("{value:.places$}").replace('.', ",")
}

/// A dose in millilitres, to the half.
pub(super) fn half(value: f64) -> String {
    let v = (value * 2.0).round() / 2.0;
    if v.fract() == 0.0 { format!("{v:.0}") } else { comma(v, 1) }
}

/// The sentence with its first letter in upper case.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// "a", "a e b", "a, b e c".
pub(super) fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} e {last}", head.join(", ")),
    }
}

/// Lower case without accents, for an address.
pub(super) fn plain(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter_map(|c| match c {
            'á' | 'à' | 'â' | 'ã' => Some('a'),
            'é' | 'ê' => Some('e'),
            'í' => Some('i'),
            'ó' | 'ô' | 'õ' => Some('o'),
            'ú' | 'ü' => Some('u'),
            'ç' => Some('c'),
            c if c.is_ascii_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}
