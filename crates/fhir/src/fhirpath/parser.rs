//! Reads expressions: a Pratt parser over the grammar of FHIRPath N1 (2.0.0), whose levels are below.

use std::borrow::Cow;

use super::{
    Decimal, SyntaxError,
    ast::{Call, Expr, Literal, Operator, Step, TypeOperator, TypeSpecifier},
    function::Function,
    lexer::{Token, Word, calendar_unit, number, words},
    regexes,
};

/// Bytes of an expression.
pub(super) const MAX_LENGTH: usize = 16 << 10;
/// Brackets, calls and signs within each other.
pub(super) const MAX_DEPTH: usize = 64;

/// How tightly an operator binds, from `implies` to `*`. Types stand between `|` and `+`.
const TYPES: u8 = 9;
const TIGHTEST: u8 = 11;

fn operator(word: &Word<'_>) -> Option<(u8, Operator)> {
    Some(match word {
        Word::Name("implies") => (1, Operator::Implies),
        Word::Name("or") => (2, Operator::Or),
        Word::Name("xor") => (2, Operator::Xor),
        Word::Name("and") => (3, Operator::And),
        Word::Name("in") => (4, Operator::In),
        Word::Name("contains") => (4, Operator::Contains),
        Word::Sign("=") => (5, Operator::Equal),
        Word::Sign("~") => (5, Operator::Equivalent),
        Word::Sign("!=") => (5, Operator::NotEqual),
        Word::Sign("!~") => (5, Operator::NotEquivalent),
        Word::Sign("<") => (6, Operator::Less),
        Word::Sign("<=") => (6, Operator::LessOrEqual),
        Word::Sign(">") => (6, Operator::Greater),
        Word::Sign(">=") => (6, Operator::GreaterOrEqual),
        Word::Sign("|") => (7, Operator::Union),
        Word::Sign("+") => (10, Operator::Plus),
        Word::Sign("-") => (10, Operator::Minus),
        Word::Sign("&") => (10, Operator::Join),
        Word::Sign("*") => (11, Operator::Times),
        Word::Sign("/") => (11, Operator::Divide),
        Word::Name("div") => (11, Operator::Div),
        Word::Name("mod") => (11, Operator::Mod),
        _ => return None,
    })
}

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<Expr, SyntaxError> {
    if text.len() > MAX_LENGTH {
        return Err(SyntaxError { position: MAX_LENGTH, message: "the expression is longer than 16 KiB".into() });
    }
    let mut parser = Parser { tokens: words(text)?, next: 0, depth: 0 };
    let expr = parser.expression(0)?;
    match parser.peek() {
        Word::End => Ok(expr),
        _ => parser.error("expected an operator or the end"),
    }
}

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    next: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> &Word<'t> {
        self.tokens.get(self.next).map_or(&Word::End, |token| &token.word)
    }

    fn position(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    fn error<T>(&self, message: impl Into<Cow<'static, str>>) -> Result<T, SyntaxError> {
        Err(SyntaxError { position: self.position(), message: message.into() })
    }

    fn accept(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek(), Word::Sign(own) if *own == sign);
        self.next += usize::from(is);
        is
    }

    fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.accept(sign) { Ok(()) } else { self.error(format!("expected {sign}")) }
    }

    /// An expression whose operators bind at least as tightly as `least`.
    fn expression(&mut self, least: u8) -> Result<Expr, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.error("nested more than 64 deep");
        }
        let mut left = self.signed()?;
        // The level may only fall: what bound tighter is complete.
        let mut level = TIGHTEST;
        while let Some(found) = self.level().filter(|found| *found >= least && *found <= level) {
            left = if found == TYPES { self.types(left)? } else { self.chain(left, found)? };
            // A type ends what it is asked of: `a as b * c` goes on with the whole.
            level = if found == TYPES { TIGHTEST } else { found };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn level(&self) -> Option<u8> {
        match self.peek() {
            Word::Name("is" | "as") => Some(TYPES),
            word => operator(word).map(|(level, _)| level),
        }
    }

    fn chain(&mut self, first: Expr, level: u8) -> Result<Expr, SyntaxError> {
        let mut rest = Vec::new();
        while let Some((_, operator)) = operator(self.peek()).filter(|(own, _)| *own == level) {
            self.next += 1;
            rest.push((operator, self.expression(level + 1)?));
        }
        Ok(Expr::Chain(Box::new(first), rest))
    }

    fn types(&mut self, first: Expr) -> Result<Expr, SyntaxError> {
        let mut rest = Vec::new();
        loop {
            let operator = match self.peek() {
                Word::Name("is") => TypeOperator::Is,
                Word::Name("as") => TypeOperator::As,
                _ => return Ok(Expr::Typed(Box::new(first), rest)),
            };
            self.next += 1;
            rest.push((operator, self.type_specifier()?));
        }
    }

    fn type_specifier(&mut self) -> Result<TypeSpecifier, SyntaxError> {
        let mut name = self.identifier()?;
        let mut namespace = None;
        if self.accept(".") {
            namespace = Some(name);
            name = self.identifier()?;
        }
        Ok(TypeSpecifier { namespace, name })
    }

    fn identifier(&mut self) -> Result<String, SyntaxError> {
        let name = match self.peek() {
            Word::Name(name) => (*name).to_owned(),
            Word::Delimited(name) => name.clone(),
            _ => return self.error("expected a name"),
        };
        self.next += 1;
        Ok(name)
    }

    /// Signs before a term, and what follows it.
    fn signed(&mut self) -> Result<Expr, SyntaxError> {
        let mut minus = None;
        while let Word::Sign(sign @ ("+" | "-")) = *self.peek() {
            minus = Some(minus.unwrap_or(false) != (sign == "-"));
            self.next += 1;
        }
        let term = self.path()?;
        Ok(match minus {
            None => term,
            Some(false) => Expr::Negated(Box::new(Expr::Negated(Box::new(term)))),
            Some(true) => Expr::Negated(Box::new(term)),
        })
    }

    fn path(&mut self) -> Result<Expr, SyntaxError> {
        let head = self.term()?;
        let mut steps = Vec::new();
        loop {
            if self.accept(".") {
                let at = self.position();
                let name = self.identifier()?;
                steps.push(if self.accept("(") { Step::Call(self.call(&name, at)?) } else { Step::Child(name) });
            } else if self.accept("[") {
                steps.push(Step::At(self.expression(0)?));
                self.expect("]")?;
            } else {
                break;
            }
        }
        Ok(if steps.is_empty() { head } else { Expr::Path(Box::new(head), steps) })
    }

    fn term(&mut self) -> Result<Expr, SyntaxError> {
        let at = self.position();
        let expr = match self.peek().clone() {
            Word::Sign("(") => {
                self.next += 1;
                let inner = self.expression(0)?;
                self.expect(")")?;
                return Ok(inner);
            }
            Word::Sign("{") => {
                self.next += 1;
                self.expect("}")?;
                return Ok(Expr::Empty);
            }
            Word::Name("true") => Expr::Literal(Literal::Boolean(true)),
            Word::Name("false") => Expr::Literal(Literal::Boolean(false)),
            Word::Name("and" | "or" | "xor" | "implies" | "div" | "mod") => return self.error("expected a term"),
            Word::Name(name) => return self.named(name.to_owned(), at),
            Word::Delimited(name) => return self.named(name, at),
            Word::Number(text) => return self.number(text),
            Word::Text(text) => Expr::Literal(Literal::Text(text)),
            Word::Temporal(it) => Expr::Literal(Literal::Temporal(it)),
            Word::Special("this") => Expr::This,
            Word::Special("index") => Expr::Index,
            Word::Special(_) => Expr::Total,
            Word::External(name) => Expr::Variable(name),
            Word::Sign(_) | Word::End => return self.error("expected a term"),
        };
        self.next += 1;
        Ok(expr)
    }

    fn named(&mut self, name: String, at: usize) -> Result<Expr, SyntaxError> {
        self.next += 1;
        if self.accept("(") { Ok(Expr::Call(Box::new(self.call(&name, at)?))) } else { Ok(Expr::Name(name)) }
    }

    fn number(&mut self, text: &str) -> Result<Expr, SyntaxError> {
        let Some(number) = number(text) else { return self.error("the number is out of range") };
        self.next += 1;
        let decimal = || match number {
            Ok(whole) => Decimal::from(whole),
            Err(decimal) => decimal,
        };
        let literal = if let Some(unit) = calendar_unit(self.peek()) {
            Literal::Calendar(decimal(), unit)
        } else if let Word::Text(unit) = self.peek() {
            Literal::Coded(decimal(), unit.clone())
        } else {
            return Ok(Expr::Literal(match number {
                Ok(whole) => Literal::Integer(whole),
                Err(decimal) => Literal::Decimal(decimal),
            }));
        };
        self.next += 1;
        Ok(Expr::Literal(literal))
    }

    /// The rest of a call after its opening bracket.
    fn call(&mut self, name: &str, at: usize) -> Result<Call, SyntaxError> {
        let Some((function, least, most)) = Function::find(name) else {
            return Err(SyntaxError { position: at, message: format!("there is no function {name}").into() });
        };
        let mut call = Call { function, arguments: Vec::new(), kind: None, pattern: None };
        if function.takes_type() {
            call.kind = Some(self.type_specifier()?);
            self.expect(")")?;
            return Ok(call);
        }
        if !self.accept(")") {
            call.arguments.push(self.expression(0)?);
            while self.accept(",") {
                call.arguments.push(self.expression(0)?);
            }
            self.expect(")")?;
        }
        if !(least..=most).contains(&call.arguments.len()) {
            return Err(SyntaxError {
                position: at,
                message: format!("{name} takes another number of arguments").into(),
            });
        }
        if let (
            Function::Matches | Function::ReplaceMatches | Function::MatchesFull,
            [Expr::Literal(Literal::Text(pattern)), ..],
        ) = (function, &call.arguments[..])
        {
            // One that cannot be compiled is an error of the evaluation.
            call.pattern = regexes::compile(pattern, function == Function::MatchesFull).ok();
        }
        Ok(call)
    }
}
