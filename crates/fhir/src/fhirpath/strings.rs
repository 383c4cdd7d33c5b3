//! The functions over texts (N1, 5.6), and those of the additional ones that FHIR servers know.

use std::borrow::Cow;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use regex::Regex;

use super::{
    EvalError, Item,
    call::argument,
    eval::{Answer, Engine, boolean, single},
    function::Function,
    regexes,
};

type Text<'a> = Cow<'a, str>;

fn one_text<'a>(items: &[Item<'a>], what: &'static str) -> Result<Option<Text<'a>>, EvalError> {
    match single(items, what)? {
        None => Ok(None),
        Some(item) => match item.text() {
            Some(text) => Ok(Some(text)),
            // An element with extensions in place of a value.
            None if item.node().is_some_and(|node| node.value.is_null()) => Ok(None),
            None => Err(EvalError::Types(what)),
        },
    }
}

fn one_integer(items: &[Item<'_>], what: &'static str) -> Result<Option<i32>, EvalError> {
    match single(items, what)?.map(Item::system) {
        None => Ok(None),
        Some(Item::Integer(number)) => Ok(Some(number)),
        Some(_) => Err(EvalError::Types(what)),
    }
}

fn item<'a>(text: impl Into<Text<'a>>) -> Vec<Item<'a>> {
    vec![Item::String(text.into())]
}

/// A part of a text that borrows as the text does.
fn part<'a>(text: &Text<'a>, from: usize, to: usize) -> Text<'a> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..to]),
        Cow::Owned(text) => Cow::Owned(text[from..to].to_owned()),
    }
}

fn characters<'a>(count: usize) -> Vec<Item<'a>> {
    i32::try_from(count).map(Item::Integer).into_iter().collect()
}

/// From a character, for a number of them; nothing where it begins outside of the text.
fn substring<'a>(text: &Text<'a>, start: i32, length: Option<i32>) -> Vec<Item<'a>> {
    let Some((from, _)) = usize::try_from(start).ok().and_then(|start| text.char_indices().nth(start)) else {
        return Vec::new();
    };
    let to = match length {
        None => text.len(),
        Some(length) => {
            let length = usize::try_from(length).unwrap_or(0);
            text[from..].char_indices().nth(length).map_or(text.len(), |(at, _)| from + at)
        }
    };
    item(part(text, from, to))
}

impl<'a> Engine<'_, 'a> {
    /// The function's result, where it is one over texts.
    pub(super) fn string(
        &self,
        function: Function,
        pattern: Option<&Regex>,
        input: &[Item<'a>],
        arguments: &[Vec<Item<'a>>],
    ) -> Result<Option<Vec<Item<'a>>>, EvalError> {
        let name = function.name();
        if function == Function::Join {
            return self.join(input, argument(arguments, 0)).map(Some);
        }
        if !is_string(function) {
            return Ok(None);
        }
        let Some(text) = one_text(input, name)? else { return Ok(Some(Vec::new())) };
        self.spend_text(text.len())?;
        Ok(Some(match function {
            Function::Length => characters(text.chars().count()),
            Function::Upper => item(text.to_uppercase()),
            Function::Lower => item(text.to_lowercase()),
            Function::Trim => {
                let from = text.len() - text.trim_start().len();
                item(part(&text, from, from + text.trim().len()))
            }
            Function::ToChars => {
                self.spend(text.len())?;
                text.chars().map(|c| Item::String(Cow::Owned(c.to_string()))).collect()
            }
            Function::Substring => {
                let start = one_integer(argument(arguments, 0), name)?;
                let length = one_integer(argument(arguments, 1), name)?;
                // A length that is asked for and empty is as none given (N1, 5.6.2).
                start.map_or(Vec::new(), |start| substring(&text, start, length))
            }
            _ => {
                let Some(other) = one_text(argument(arguments, 0), name)? else { return Ok(Some(Vec::new())) };
                return self.with_other(function, pattern, &text, &other, argument(arguments, 1)).map(Some);
            }
        }))
    }

    /// Functions of a text and another one.
    fn with_other(
        &self,
        function: Function,
        pattern: Option<&Regex>,
        text: &Text<'a>,
        other: &str,
        last: &[Item<'a>],
    ) -> Answer<'a> {
        self.spend_text(other.len())?;
        let position = |at: Option<usize>| match at {
            Some(at) => characters(text[..at].chars().count()),
            None => vec![Item::Integer(-1)],
        };
        Ok(match function {
            Function::StartsWith => boolean(text.starts_with(other)),
            Function::EndsWith => boolean(text.ends_with(other)),
            Function::Contains => boolean(text.contains(other)),
            Function::IndexOf => position(text.find(other)),
            Function::LastIndexOf => position(text.rfind(other)),
            Function::Split => {
                let parts: Vec<_> = text.split(other).map(|part| Item::String(Cow::Owned(part.to_owned()))).collect();
                self.spend(parts.len())?;
                parts
            }
            Function::Encode => encode(text, other).map_or(Vec::new(), item),
            Function::Decode => decode(text, other).map_or(Vec::new(), item),
            Function::Escape => escape(text, other).map_or(Vec::new(), item),
            Function::Unescape => unescape(text, other).map_or(Vec::new(), item),
            Function::Replace => match one_text(last, "replace")? {
                Some(by) => item(self.replace(text, other, &by)?),
                None => Vec::new(),
            },
            Function::ReplaceMatches => match one_text(last, "replaceMatches")? {
                // An empty pattern finds nothing to replace.
                Some(_) if other.is_empty() => item(text.clone()),
                Some(by) => item(self.replace_matches(text, &*self.regex(pattern, other, false, text)?, &by)?),
                None => Vec::new(),
            },
            _ => boolean(self.regex(pattern, other, function == Function::MatchesFull, text)?.is_match(text)),
        })
    }

    /// The pattern compiled, and paid for with the text it will run over.
    fn regex<'r>(
        &self,
        ready: Option<&'r Regex>,
        pattern: &str,
        full: bool,
        text: &str,
    ) -> Result<Cow<'r, Regex>, EvalError> {
        self.spend(text.len() / 16 * (1 + pattern.len() / 32))?;
        if let Some(regex) = ready {
            return Ok(Cow::Borrowed(regex));
        }
        self.spend(1_000 + pattern.len() * 80)?;
        regexes::compile(pattern, full).map(Cow::Owned)
    }

    /// An empty pattern stands between all characters.
    fn replace(&self, text: &str, what: &str, by: &str) -> Result<String, EvalError> {
        self.spend_text(text.matches(what).count() * by.len())?;
        Ok(text.replace(what, by))
    }

    fn replace_matches(&self, text: &str, regex: &Regex, by: &str) -> Result<String, EvalError> {
        let by = regexes::substitution(by);
        let mut out = String::new();
        let mut from = 0;
        for found in regex.captures_iter(text) {
            let Some(whole) = found.get(0) else { continue };
            let before = out.len();
            out.push_str(&text[from..whole.start()]);
            found.expand(&by, &mut out);
            from = whole.end();
            self.spend_text(out.len() - before)?;
        }
        out.push_str(&text[from..]);
        Ok(out)
    }

    fn join(&self, input: &[Item<'a>], separator: &[Item<'a>]) -> Answer<'a> {
        let separator = one_text(separator, "join")?.unwrap_or_default();
        let mut out = String::new();
        for (at, item) in input.iter().enumerate() {
            let text = item.text().ok_or(EvalError::Types("join"))?;
            self.spend_text(text.len() + separator.len())?;
            if at > 0 {
                out.push_str(&separator);
            }
            out.push_str(&text);
        }
        Ok(if input.is_empty() { Vec::new() } else { item(out) })
    }
}

fn is_string(function: Function) -> bool {
    matches!(
        function,
        Function::Length
            | Function::Upper
            | Function::Lower
            | Function::Trim
            | Function::ToChars
            | Function::Substring
            | Function::StartsWith
            | Function::EndsWith
            | Function::Contains
            | Function::IndexOf
            | Function::LastIndexOf
            | Function::Split
            | Function::Encode
            | Function::Decode
            | Function::Escape
            | Function::Unescape
            | Function::Replace
            | Function::ReplaceMatches
            | Function::Matches
            | Function::MatchesFull
    )
}

fn encode(text: &str, form: &str) -> Option<String> {
    Some(match form {
        "hex" => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        "base64" => STANDARD.encode(text),
        "urlbase64" => URL_SAFE.encode(text),
        _ => return None,
    })
}

fn decode(text: &str, form: &str) -> Option<String> {
    let bytes = match form {
        "hex" => {
            let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
            pairs.map(|pair| u8::from_str_radix(pair.filter(|p| p.len() == 2)?, 16).ok()).collect::<Option<_>>()?
        }
        "base64" => STANDARD.decode(text).ok()?,
        "urlbase64" => URL_SAFE.decode(text).ok()?,
        _ => return None,
    };
    String::from_utf8(bytes).ok()
}

const ENTITIES: &[(&str, &str)] =
    &[("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'")];

fn escape(text: &str, form: &str) -> Option<String> {
    match form {
        "html" => {
            let mut out = String::with_capacity(text.len());
            for c in text.chars() {
                match ENTITIES.iter().find(|(_, plain)| plain.starts_with(c)) {
                    Some((entity, _)) => out.push_str(entity),
                    None => out.push(c),
                }
            }
            Some(out)
        }
        "json" => {
            let quoted = serde_json::to_string(text).ok()?;
            Some(quoted[1..quoted.len() - 1].to_owned())
        }
        _ => None,
    }
}

fn unescape(text: &str, form: &str) -> Option<String> {
    match form {
        "html" => {
            let mut out = String::with_capacity(text.len());
            let mut rest = text;
            while let Some(at) = rest.find('&') {
                out.push_str(&rest[..at]);
                rest = &rest[at..];
                let (entity, plain) =
                    ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity)).copied().unwrap_or(("&", "&"));
                out.push_str(plain);
                rest = &rest[entity.len()..];
            }
            out.push_str(rest);
            Some(out)
        }
        "json" => serde_json::from_str(&format!("\"{text}\"")).ok(),
        _ => None,
    }
}
