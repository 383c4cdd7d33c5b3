//! `_filter`: its grammar (R4, 3.1.3) read into the same tree of conditions as every other parameter. As the
//! specification has it, `and` and `or` bind alike, from left to right; brackets say otherwise.

use super::ParameterKind;
use super::condition::refused;
use super::definitions::Parameter;
use super::filter::{Compare, Filter, Words};
use super::request::{Reading, Wrong};
use super::value;

/// Brackets within brackets.
const DEEPEST: usize = 16;
/// Steps of a path.
const LONGEST: usize = 4;
/// Tests of one expression.
const TESTS: usize = 100;

/// What follows the name of a reference.
enum Step<'t> {
    /// `name.`: what the reference points at.
    Of(&'t str),
    /// `name[filter].`: what it points at, if that satisfies the filter.
    Where(&'t str, Box<Expression<'t>>),
}

enum Expression<'t> {
    All(Vec<Expression<'t>>),
    Any(Vec<Expression<'t>>),
    Not(Box<Expression<'t>>),
    /// A path, an operator, a value.
    Test(Vec<Step<'t>>, &'t str, &'t str, String),
}

/// Reads the value of `_filter` for a type.
pub(super) fn read(reading: &mut Reading<'_>, kind: &str, name: &str, text: &str) -> Result<Filter, Wrong> {
    let mut parser = Parser { rest: text, tests: TESTS };
    let parsed = parser.expression(0).filter(|_| parser.rest.trim().is_empty());
    if parsed.is_none() && parser.tests == 0 {
        return Err(Wrong::new(name, "limit", format!("at most {TESTS} tests")));
    }
    let wrong =
        || Wrong::new(name, "value", "tests as `name co \"x\"`, with and, or, not(..) and brackets between them");
    compile(reading, kind, name, &parsed.ok_or_else(wrong)?, 0)
}

struct Parser<'t> {
    rest: &'t str,
    tests: usize,
}

impl<'t> Parser<'t> {
    fn expression(&mut self, depth: usize) -> Option<Expression<'t>> {
        let mut left = self.one(depth)?;
        loop {
            let all = match self.word_ahead() {
                "and" => true,
                "or" => false,
                _ => return Some(left),
            };
            self.word();
            let right = self.one(depth)?;
            left = match (left, all) {
                (Expression::All(mut tests), true) => {
                    tests.push(right);
                    Expression::All(tests)
                }
                (Expression::Any(mut tests), false) => {
                    tests.push(right);
                    Expression::Any(tests)
                }
                (left, true) => Expression::All(vec![left, right]),
                (left, false) => Expression::Any(vec![left, right]),
            };
        }
    }

    fn one(&mut self, depth: usize) -> Option<Expression<'t>> {
        if depth == DEEPEST {
            return None;
        }
        let not = self.word_ahead() == "not" && self.rest.trim_start()[3..].trim_start().starts_with('(');
        if not {
            self.word();
        }
        if not || self.rest.trim_start().starts_with('(') {
            self.sign('(')?;
            let inner = self.expression(depth + 1)?;
            self.sign(')')?;
            return Some(if not { Expression::Not(Box::new(inner)) } else { inner });
        }
        self.tests = self.tests.checked_sub(1)?;
        let mut steps = Vec::new();
        let mut name = self.name()?;
        loop {
            if self.rest.starts_with('[') {
                self.sign('[')?;
                let inner = self.expression(depth + 1)?;
                self.sign(']')?;
                self.sign('.')?;
                steps.push(Step::Where(name, Box::new(inner)));
            } else if self.rest.starts_with('.') {
                self.sign('.')?;
                steps.push(Step::Of(name));
            } else {
                break;
            }
            name = self.name()?;
        }
        let operator = self.word();
        let value = self.value()?;
        Some(Expression::Test(steps, name, operator, value))
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }

    /// The name of a parameter; of a reference also its type, after a colon.
    fn name(&mut self) -> Option<&'t str> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "_-:".contains(c))).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }

    fn word_ahead(&self) -> &'t str {
        let text = self.rest.trim_start();
        &text[..text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len())]
    }

    fn word(&mut self) -> &'t str {
        let word = self.word_ahead();
        self.rest = &self.rest.trim_start()[word.len()..];
        word
    }

    /// A JSON string, or whatever stands before the next white space or closing bracket.
    fn value(&mut self) -> Option<String> {
        let text = self.rest.strip_prefix(char::is_whitespace)?.trim_start();
        if text.starts_with('"') {
            let mut read = serde_json::Deserializer::from_str(text).into_iter::<String>();
            let value = read.next()?.ok()?;
            self.rest = &text[read.byte_offset()..];
            return Some(value);
        }
        let end = text.find(|c: char| c.is_whitespace() || c == ')' || c == ']').unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        self.rest = rest;
        (!value.is_empty()).then(|| value.to_owned())
    }
}

fn compile(
    reading: &mut Reading<'_>,
    kind: &str,
    name: &str,
    expression: &Expression<'_>,
    depth: usize,
) -> Result<Filter, Wrong> {
    let several = |reading: &mut Reading<'_>, all: &[Expression<'_>]| {
        all.iter().map(|one| compile(reading, kind, name, one, depth)).collect::<Result<Vec<_>, _>>()
    };
    match expression {
        Expression::All(all) => Ok(Filter::All(several(reading, all)?)),
        Expression::Any(any) => Ok(Filter::Any(several(reading, any)?)),
        Expression::Not(inner) => Ok(Filter::Not(Box::new(compile(reading, kind, name, inner, depth)?))),
        Expression::Test(steps, param, operator, value) => {
            reading.tested(kind, name, steps, &Asked { param, operator, value }, depth)
        }
    }
}

/// A test at the end of its path.
struct Asked<'t> {
    param: &'t str,
    operator: &'t str,
    value: &'t str,
}

impl Reading<'_> {
    fn tested(
        &mut self,
        kind: &str,
        name: &str,
        steps: &[Step<'_>],
        asked: &Asked<'_>,
        depth: usize,
    ) -> Result<Filter, Wrong> {
        let Some((step, rest)) = steps.split_first() else { return self.leaf(kind, name, asked) };
        let (head, within) = match step {
            Step::Of(head) => (*head, None),
            Step::Where(head, within) => (*head, Some(within)),
        };
        if depth == LONGEST {
            return Err(Wrong::new(name, "chain", format!("at most {LONGEST} steps")));
        }
        self.ways(kind, name, head, &mut |reading, target| {
            let last = reading.tested(target, name, rest, asked, depth + 1)?;
            let Some(within) = within else { return Ok(last) };
            Ok(Filter::All(vec![compile(reading, target, name, within, depth + 1)?, last]))
        })
    }

    fn leaf(&mut self, kind: &str, name: &str, asked: &Asked<'_>) -> Result<Filter, Wrong> {
        let Asked { param, operator, value } = *asked;
        self.count(name)?;
        if matches!(param, "_id" | "_lastUpdated" | "_text" | "_content" | "_list") {
            let right = match param {
                "_lastUpdated" => Compare::of(operator).is_some(),
                "_id" => matches!(operator, "eq" | "ne"),
                _ => operator == "eq",
            };
            if !right {
                return Err(Wrong::new(name, "modifier", "eq; ne of _id; comparisons of _lastUpdated"));
            }
            let text = if param == "_lastUpdated" { format!("{operator}{value}") } else { value.to_owned() };
            let found = self.condition(kind, name, param, &text, 0)?;
            return Ok(if param == "_id" && operator == "ne" { Filter::Not(Box::new(found)) } else { found });
        }
        let found = self.parameter(kind, param)?.ok_or_else(|| self.unknown(kind, name))?;
        if !found.is_searchable(kind) {
            return Err(refused(found, name));
        }
        self.used.push((kind.to_owned(), found.name));
        if operator == "pr" {
            let present = value::present(found, name)?;
            return match value {
                "true" => Ok(present),
                "false" => Ok(Filter::Not(Box::new(present))),
                _ => Err(Wrong::new(name, "value", "true, false")),
            };
        }
        self.compared(found, name, operator, value)
    }

    fn compared(&mut self, found: &Parameter, name: &str, operator: &str, text: &str) -> Result<Filter, Wrong> {
        use ParameterKind as Kind;
        let wrong = |code, expected: &str| Wrong::new(name, code, expected);
        let read = |modifier, text: &str| value::read(found, name, modifier, text, self.asker);
        let not = |filter| Filter::Not(Box::new(filter));
        let how = match operator {
            "eq" | "ne" => Words::Is,
            "sw" => Words::Begins,
            "ew" => Words::Ends,
            _ => Words::Contains,
        };
        match (found.kind, operator) {
            (Kind::String, "eq" | "ne" | "co" | "sw" | "ew") => {
                let filter = value::worded(found.name, found.rest, name, how, text)?;
                Ok(if operator == "ne" { not(filter) } else { filter })
            }
            (Kind::String, _) => Err(wrong("modifier", "eq, ne, co, sw, ew, pr of a string")),
            (Kind::Date | Kind::Number | Kind::Quantity, operator) if Compare::of(operator).is_some() => {
                read(None, &format!("{operator}{text}"))
            }
            (Kind::Date, "po") => match read(None, text)? {
                Filter::Date { param, compare: Compare::Equal, low, high } => {
                    Ok(Filter::Date { param, compare: Compare::Approximately, low, high })
                }
                _ => Err(wrong("value", "a date or a period of one, without a prefix")),
            },
            (Kind::Date | Kind::Number | Kind::Quantity, _) => {
                Err(wrong("modifier", "eq, ne, gt, lt, ge, le, ap, sa, eb, pr; po of a date"))
            }
            (Kind::Token, "in" | "ni" | "ss" | "sb") => {
                let modifier = match operator {
                    "in" | "ni" => "in",
                    "ss" => "below",
                    _ => "above",
                };
                let filter = read(Some(modifier), text)?;
                self.weigh(name, &filter)?;
                Ok(if operator == "ni" { not(filter) } else { filter })
            }
            (Kind::Token | Kind::Reference | Kind::Uri, "eq") | (Kind::Reference, "re") => read(None, text),
            (Kind::Token | Kind::Reference | Kind::Uri, "ne") => Ok(not(read(None, text)?)),
            (Kind::Token, "co" | "sw") if !found.calls.is_empty() => {
                value::worded(found.calls, found.rest, name, how, text)
            }
            (Kind::Uri, "ss") => read(Some("below"), text),
            (Kind::Uri, "sb") => read(Some("above"), text),
            (Kind::Token, _) => Err(wrong("modifier", "eq, ne, co, sw, in, ni, ss, sb, pr of a token")),
            (Kind::Reference, _) => Err(wrong("modifier", "eq, ne, re, pr of a reference")),
            (Kind::Uri, _) => Err(wrong("modifier", "eq, ne, ss, sb, pr of a uri")),
            (Kind::Composite | Kind::Special, _) => Err(wrong("unsupported", "a parameter of another type")),
        }
    }
}
