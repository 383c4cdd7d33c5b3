//! Reading JSON without losing anything: a key given twice, a number's digits, a text's odd characters. serde_json keeps
//! the last of two equal keys and reads a magic key as a number, so resources are read here.

use serde_json::{Map, Number, Value};

use crate::resource::{Limits, Problem};

/// After so many problems no more are looked for.
pub(crate) const ENOUGH: usize = 100;

/// Members of an object: no type of R4 has a hundred.
const MEMBERS: usize = 1000;
/// Bytes in memory, about, of a value under a key or in an array that grows, and of an object with members.
const MEMBER: usize = 128;
const ITEM: usize = 192;
const OBJECT: usize = 320;
/// Bytes in memory for each byte read, and for the first: large official examples and Synthea take 8 to 13. What takes more
/// is made to be costly.
const DENSITY: usize = 16;
const SMALL: usize = 16 << 20;

/// Reads one JSON value: RFC 8259 in UTF-8, within the limits, no key twice in an object, no NUL character.
///
/// # Errors
/// Every problem found, each with its path.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, Vec<Problem>> {
    if bytes.len() > limits.bytes {
        return Err(vec![Problem::new("Resource", "too-long", format!("longer than {} bytes", limits.bytes))]);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(vec![Problem::new("Resource", "structure", "not UTF-8")]);
    };
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        nodes: 0,
        bytes: 0,
        limits,
        kind: None,
        path: Vec::new(),
        problems: Vec::new(),
    };
    let value = reader.value().and_then(|value| {
        reader.space();
        if reader.at == text.len() { Some(value) } else { reader.syntax("more after the end of the value") }
    });
    match value {
        Some(value) if reader.problems.is_empty() => Ok(value),
        _ => Err(reader.problems),
    }
}

/// Where the reader stands. A method that answers `None` has left a problem and ends the reading.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    nodes: usize,
    /// In memory, about.
    bytes: usize,
    limits: &'a Limits,
    kind: Option<String>,
    path: Vec<Step>,
    problems: Vec<Problem>,
}

enum Step {
    Key(String),
    Item(usize),
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// The FHIRPath of where the reader stands; names that are no element names are not repeated.
    fn here(&self) -> String {
        let mut path = self.kind.clone().unwrap_or_else(|| "Resource".to_owned());
        for step in &self.path {
            match step {
                Step::Key(key) if element_name(key) => {
                    path.push('.');
                    path.push_str(key);
                }
                Step::Key(_) => path.push_str(".?"),
                Step::Item(item) => path.push_str(&format!("[{item}]")),
            }
        }
        path
    }

    /// Notes a problem; `None` when there are enough of them.
    fn note(&mut self, code: &'static str, text: impl Into<String>) -> Option<()> {
        let problem = Problem::new(self.here(), code, text);
        self.problems.push(problem);
        (self.problems.len() < ENOUGH).then_some(())
    }

    fn stop<T>(&mut self, code: &'static str, text: impl Into<String>) -> Option<T> {
        self.note(code, text);
        None
    }

    fn syntax<T>(&mut self, text: &str) -> Option<T> {
        let at = self.at;
        self.stop("structure", format!("not JSON at byte {at}: {text}"))
    }

    fn value(&mut self) -> Option<Value> {
        self.space();
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return self.stop("too-costly", format!("more than {} values", self.limits.nodes));
        }
        self.weigh(MEMBER)?;
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(_) => self.syntax("no value begins so"),
            None => self.syntax("it ends too early"),
        }
    }

    /// Counts what a value takes in memory, before it takes it.
    fn weigh(&mut self, bytes: usize) -> Option<()> {
        self.bytes += bytes;
        if self.limits.nodes == usize::MAX {
            return Some(());
        }
        let most = self.text.len().saturating_mul(DENSITY).min(self.limits.nodes.saturating_mul(80));
        let most = most.saturating_add(SMALL);
        if self.bytes > most {
            return self.stop("too-costly", "too many values at once: send it in parts");
        }
        Some(())
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<Value>) -> Option<Value> {
        if self.depth == self.limits.depth {
            return self.stop("structure", format!("nested deeper than {} levels", self.limits.depth));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Some(value)
    }

    fn object(&mut self) -> Option<Value> {
        let mut map = Map::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Some(Value::Object(map));
        }
        self.weigh(OBJECT)?;
        loop {
            self.space();
            if map.len() >= MEMBERS && self.limits.nodes < usize::MAX {
                return self.stop("too-costly", format!("more than {MEMBERS} elements in one"));
            }
            if self.peek() != Some(b'"') {
                return self.syntax("a key is expected");
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return self.syntax("a colon is expected");
            }
            self.at += 1;
            self.path.push(Step::Key(key.clone()));
            let value = self.value()?;
            if self.depth == 1 && key == "resourceType" {
                self.kind = value.as_str().filter(|kind| crate::types::is_resource_type(kind)).map(str::to_owned);
            }
            if key.starts_with("$serde_json::") {
                self.note("structure", "no element has this name")?;
            }
            if map.insert(key, value).is_some() {
                self.note("structure", "this element is given twice: one of its values would be lost")?;
            }
            self.path.pop();
            if !self.more(b'}')? {
                return Some(Value::Object(map));
            }
        }
    }

    fn array(&mut self) -> Option<Value> {
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Some(Value::Array(items));
        }
        loop {
            self.path.push(Step::Item(items.len()));
            self.weigh(ITEM - MEMBER)?;
            items.push(self.value()?);
            self.path.pop();
            if !self.more(b']')? {
                return Some(Value::Array(items));
            }
        }
    }

    /// A comma (true) or the given end (false).
    fn more(&mut self, end: u8) -> Option<bool> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Some(true)
            }
            Some(b) if b == end => {
                self.at += 1;
                Some(false)
            }
            _ => self.syntax("a comma or an end is expected"),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return self.syntax("no value begins so");
        }
        self.at += word.len();
        Some(value)
    }

    fn number(&mut self) -> Option<Value> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = self.digits();
        let leading_zero = whole > 1 && self.text.as_bytes()[self.at - whole] == b'0';
        let mut fits = whole > 0 && !leading_zero;
        if self.peek() == Some(b'.') {
            self.at += 1;
            fits &= self.digits() > 0;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            fits &= self.digits() > 0;
        }
        let number = self.text[start..self.at].parse::<Number>();
        match number {
            Ok(number) if fits => Some(Value::Number(number)),
            _ => self.syntax("a number is written otherwise"),
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at - start
    }

    /// A string from its opening quote to after its closing one.
    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let Some(run) = rest.iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20) else {
                return self.syntax("a string does not end");
            };
            // The bytes that end a run are ASCII, so both ends are character boundaries.
            text.push_str(&self.text[self.at..self.at + run]);
            self.at += run + 1;
            match rest[run] {
                b'"' => return Some(text),
                b'\\' => text.push(self.escape()?),
                _ => return self.syntax("a control character in a string must be escaped"),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let escaped = self.peek();
        self.at += 1;
        match escaped {
            Some(same @ (b'"' | b'\\' | b'/')) => Some(char::from(same)),
            Some(b'b') => Some('\u{8}'),
            Some(b'f') => Some('\u{c}'),
            Some(b'n') => Some('\n'),
            Some(b'r') => Some('\r'),
            Some(b't') => Some('\t'),
            Some(b'u') => self.unicode(),
            _ => self.syntax("no such escape"),
        }
    }

    /// The four digits after `\u`, and those of the other half of a surrogate pair.
    fn unicode(&mut self) -> Option<char> {
        let mut unit = self.hex()?;
        if (0xD800..0xDC00).contains(&unit) && self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hex()?;
            if !(0xDC00..0xE000).contains(&low) {
                return self.syntax("half a surrogate pair");
            }
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }
        match char::from_u32(unit) {
            Some('\0') => {
                self.note("value", "a NUL character")?;
                Some(' ')
            }
            Some(char) => Some(char),
            None => self.syntax("half a surrogate pair"),
        }
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let unit = digits.and_then(|digits| {
            digits.iter().try_fold(0, |sum, &digit| Some(sum * 16 + char::from(digit).to_digit(16)?))
        });
        match unit {
            Some(unit) => {
                self.at += 4;
                Some(unit)
            }
            None => self.syntax("four hexadecimal digits are expected"),
        }
    }
}

/// Whether a key may be repeated in a path: letters and digits, perhaps an underscore before (R4, 2.6.2).
pub(crate) fn element_name(key: &str) -> bool {
    let name = key.strip_prefix('_').unwrap_or(key);
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Value> {
        parse(text.as_bytes(), &Limits::default()).ok()
    }

    #[test]
    fn what_is_json_is_read_as_serde_json_reads_it() {
        for text in [
            "0",
            "-0",
            "1.50",
            "-1.5e+10",
            "1E5",
            "\"\"",
            "\"a\\u00e9\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
            "[]",
            "{}",
            " [ 1 , { \"a\" : null } , true , false ] ",
            "\"ção\"",
            "123456789012345678901234567890.10",
        ] {
            assert_eq!(read(text), Some(serde_json::from_str(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "tru",
            "nul",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\n\"",
            "1 2",
            "[",
            "{",
            "\u{feff}1",
            "NaN",
            "\"\\",
            "\"\\u",
            "\"\\u00é\"",
            "-01",
            "--1",
        ] {
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_that_serde_json_would_read_as_a_number_is_refused() {
        assert_eq!(read(r#"{"a":{"$serde_json::private::Number":"1"}}"#), None);
    }
}
