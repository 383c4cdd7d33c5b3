//! Regular expressions that run in linear time and small space.

use regex::{Regex, RegexBuilder};

use super::EvalError;

/// Bytes of a compiled pattern.
const COMPILED: usize = 1 << 20;

/// Compiles a pattern: it matches anywhere unless `full`, and the dot stands for line ends too (N1, 5.6.9).
pub(super) fn compile(pattern: &str, full: bool) -> Result<Regex, EvalError> {
    let whole;
    let text = if full {
        whole = format!("^(?:{pattern})$");
        &whole
    } else {
        pattern
    };
    let built = RegexBuilder::new(text).size_limit(COMPILED).dot_matches_new_line(true).build();
    built.map_err(|_| EvalError::Regex)
}

/// A substitution of FHIRPath for the crate: `$1` ends after its digits there too, and `${name}` is the same.
pub(super) fn substitution(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            out.push_str("${");
            out.push_str(&rest[..digits]);
            out.push('}');
            rest = &rest[digits..];
        } else if rest.starts_with('{') {
            out.push('$');
        } else {
            out.push_str("$$");
            rest = rest.strip_prefix('$').unwrap_or(rest);
        }
    }
    out.push_str(rest);
    out
}
