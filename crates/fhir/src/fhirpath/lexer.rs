//! The words of an expression.

use super::{Decimal, SyntaxError, Temporal, calendar};

/// A word with the byte it begins at.
#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) at: usize,
    pub(super) word: Word<'t>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word<'t> {
    /// An identifier or a keyword.
    Name(&'t str),
    /// An identifier between back quotes (or the older double ones), unescaped.
    Delimited(String),
    /// `%name`, `%'name'` or %`name`.
    External(String),
    Text(String),
    Number(&'t str),
    Temporal(Temporal),
    /// `$this`, `$index` or `$total`, without the sign.
    Special(&'t str),
    Sign(&'static str),
    End,
}

/// Longer ones first.
const SIGNS: &[&str] =
    &["<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "&", "|", "=", "~", "<", ">"];

/// All words of a text, with an [`Word::End`] at the end.
pub(super) fn words(text: &str) -> Result<Vec<Token<'_>>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut all = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let at = lexer.at;
        let word = lexer.word()?;
        let end = word == Word::End;
        all.push(Token { at, word });
        if end {
            return Ok(all);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn error<T>(&self, message: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError { position: self.at, message: message.into() })
    }

    fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                match trimmed.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return self.error("the comment has no end"),
                }
            } else {
                return Ok(());
            }
        }
    }

    /// Takes the longest prefix whose characters all fit.
    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn name(&mut self) -> &'t str {
        self.take(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn word(&mut self) -> Result<Word<'t>, SyntaxError> {
        let Some(first) = self.rest().chars().next() else { return Ok(Word::End) };
        match first {
            'A'..='Z' | 'a'..='z' | '_' => Ok(Word::Name(self.name())),
            '0'..='9' => Ok(Word::Number(self.number())),
            '\'' => Ok(Word::Text(self.quoted('\'')?)),
            '`' | '"' => Ok(Word::Delimited(self.quoted(first)?)),
            '@' => self.temporal(),
            '$' => {
                self.at += 1;
                match self.name() {
                    name @ ("this" | "index" | "total") => Ok(Word::Special(name)),
                    _ => self.error("expected $this, $index or $total"),
                }
            }
            '%' => self.external(),
            _ => match SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
                Some(sign) => {
                    self.at += sign.len();
                    Ok(Word::Sign(sign))
                }
                None => self.error("no word begins with this character"),
            },
        }
    }

    /// `1` or `1.5`; the point of `1.abs()` is no part of the number.
    fn number(&mut self) -> &'t str {
        let from = self.at;
        self.take(|c| c.is_ascii_digit());
        let rest = self.rest().as_bytes();
        if rest.first() == Some(&b'.') && rest.get(1).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
            self.take(|c| c.is_ascii_digit());
        }
        &self.text[from..self.at]
    }

    fn external(&mut self) -> Result<Word<'t>, SyntaxError> {
        self.at += 1;
        match self.rest().chars().next() {
            Some(quote @ ('\'' | '`' | '"')) => Ok(Word::External(self.quoted(quote)?)),
            Some('A'..='Z' | 'a'..='z' | '_') => {
                // %vs-name and %ext-name are also written without quotes.
                let dashes = self.rest().starts_with("vs-") || self.rest().starts_with("ext-");
                let name = self.take(|c| c.is_ascii_alphanumeric() || c == '_' || (dashes && c == '-'));
                Ok(Word::External(name.to_owned()))
            }
            _ => self.error("expected a name after %"),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, SyntaxError> {
        let from = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            text.push_str(self.take(|c| c != quote && c != '\\'));
            match self.rest().chars().next() {
                None => {
                    self.at = from;
                    return self.error("the quote has no end");
                }
                Some('\\') => text.push(self.escape()?),
                Some(_) => {
                    self.at += 1;
                    return Ok(text);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let Some(sign) = self.rest().chars().nth(1) else { return self.error("the quote has no end") };
        let plain = match sign {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\u{c}',
            '\'' | '"' | '`' | '\\' | '/' => sign,
            'u' => return self.unicode(),
            _ => return self.error("no such escape"),
        };
        self.at += 2;
        Ok(plain)
    }

    /// `\uXXXX`, also as a pair of surrogates.
    fn unicode(&mut self) -> Result<char, SyntaxError> {
        let unit = |from: usize| {
            let rest = self.rest();
            let digits = rest.get(from..from + 6)?.strip_prefix("\\u")?;
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
        };
        let Some(first) = unit(0) else { return self.error("expected four hexadecimal digits") };
        let (code, length) = match (first, unit(6)) {
            (0xD800..0xDC00, Some(low @ 0xDC00..0xE000)) => (0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00), 12),
            _ => (first, 6),
        };
        let Some(character) = char::from_u32(code) else { return self.error("a surrogate without its pair") };
        self.at += length;
        Ok(character)
    }

    fn temporal(&mut self) -> Result<Word<'t>, SyntaxError> {
        let from = self.at;
        self.at += 1;
        let mut text = self.take(|c| c.is_ascii_alphanumeric() || c == '-' || c == '+' || c == ':').to_owned();
        // A point is a part of it only before digits: `@T10:00.hour` would be a path.
        if text.contains(':')
            && self.rest().as_bytes().get(1).is_some_and(u8::is_ascii_digit)
            && self.rest().starts_with('.')
        {
            self.at += 1;
            text.push('.');
            text.push_str(self.take(|c| c.is_ascii_digit() || matches!(c, 'Z' | '+' | '-' | ':')));
        }
        let it = if let Some(time) = text.strip_prefix('T') {
            Temporal::time(time)
        } else if text.contains('T') {
            Temporal::date_time(&text)
        } else {
            self.date(from + 1, &text)
        };
        let Some(it) = it else {
            self.at = from;
            return self.error("no date or time");
        };
        Ok(Word::Temporal(it))
    }

    /// A date goes as far as its digits do: in `@2012-1` it is the year alone.
    fn date(&mut self, from: usize, text: &str) -> Option<Temporal> {
        let two = |at: usize| {
            let part = text.as_bytes().get(at..at + 3);
            part.is_some_and(|part| part[0] == b'-' && part[1..].iter().all(u8::is_ascii_digit))
        };
        let length = if !two(4) {
            4
        } else if !two(7) {
            7
        } else {
            10
        };
        self.at = from + length.min(text.len());
        Temporal::date(text.get(..length)?)
    }
}

/// The number of a literal: an Integer, or a Decimal where it has a point or is out of an Integer's range.
pub(super) fn number(text: &str) -> Option<Result<i32, Decimal>> {
    text.parse().map(Ok).or_else(|_| text.parse().map(Err)).ok()
}

/// The calendar unit that a word after a number stands for.
pub(super) fn calendar_unit(word: &Word<'_>) -> Option<&'static str> {
    match word {
        Word::Name(name) => calendar::unit(name),
        _ => None,
    }
}
