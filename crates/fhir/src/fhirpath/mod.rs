//! FHIRPath over the JSON of resources: the normative release N1 (2.0.0) with the additions of FHIR R4. Pure and
//! bounded: the clock, definitions and other resources are passed in, and every evaluation has a budget of steps.

mod arithmetic;
mod ast;
mod calendar;
mod call;
mod compare;
mod convert;
mod decimal;
mod distinct;
mod eval;
mod fhir;
mod function;
pub(crate) mod html;
mod item;
mod lexer;
mod math;
mod model;
mod navigate;
mod parser;
mod regexes;
mod strings;
mod temporal;
mod units;

use std::{borrow::Cow, fmt, str::FromStr};

use jiff::tz::TimeZone;
use serde_json::Value;

pub use decimal::{Decimal, NotADecimal};
pub use item::{Item, Node, Quantity, TypeName, Unit};
pub(crate) use model::base;
pub use model::{ByReference, Child, Model, Resolved, Resolver};
pub(crate) use navigate::beside;
pub use temporal::{Kind, Precision, Temporal};

use crate::Instant;

/// An expression, read and ready to be evaluated any number of times.
#[derive(Clone)]
pub struct Expression {
    text: String,
    root: ast::Expr,
}

/// Why a text is no expression, and the byte where that shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at byte {position})")]
pub struct SyntaxError {
    /// Bytes before the place.
    pub position: usize,
    /// What was expected or is wrong. Holds nothing of the text but names of functions.
    pub message: Cow<'static, str>,
}

/// Why an evaluation has no result. Holds no value of the resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// The steps of the context are used up.
    #[error("the evaluation takes too many steps")]
    Budget,
    /// One item was needed and there were more.
    #[error("{0} needs a single item")]
    Single(&'static str),
    /// An operator or function was given items it is not for.
    #[error("{0} is not defined for these types")]
    Types(&'static str),
    /// A pattern that is no regular expression, or too large a one.
    #[error("not a regular expression, or one that is too large")]
    Regex,
    /// A variable that the context does not have.
    #[error("there is no variable %{0}")]
    Variable(String),
    /// A function that needs what this server does not keep.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}

/// Steps of a context that sets no other budget: enough for every constraint of R4 over a resource of several thousand
/// elements.
pub const BUDGET: u64 = 2_000_000;

/// What an expression is evaluated over.
#[derive(Clone)]
pub struct Context<'a> {
    /// `%resource`: the resource that holds the focus; a contained resource where the focus is in one.
    pub resource: &'a Value,
    /// `%rootResource`: the resource that contains `resource`, where it is contained.
    pub root: Option<&'a Value>,
    /// `%context` and the first `$this`; the resource where there is none.
    pub focus: Option<Node<'a>>,
    /// The definitions of types. Without them types are guessed from resource types and the keys of choices.
    pub model: Option<&'a dyn Model>,
    /// Other resources, terminology and units.
    pub resolver: Option<&'a dyn Resolver>,
    /// Further variables, without the `%`. They go before the ones of the specification.
    pub variables: Vec<(&'a str, Vec<Item<'a>>)>,
    /// What `now()` answers, and what `today()` and `timeOfDay()` are taken from in `zone`.
    pub now: Instant,
    /// Where dates and times without an offset are read.
    pub zone: TimeZone,
    /// The most steps: each item visited or made is at least one.
    pub budget: u64,
}

impl<'a> Context<'a> {
    /// A whole resource, without definitions or other resources, in UTC.
    pub fn new(resource: &'a Value, now: Instant) -> Context<'a> {
        Context {
            resource,
            root: None,
            focus: None,
            model: None,
            resolver: None,
            variables: Vec::new(),
            now,
            zone: TimeZone::UTC,
            budget: BUDGET,
        }
    }

    /// The same with the definitions of types.
    #[must_use]
    pub fn with_model(mut self, model: &'a dyn Model) -> Context<'a> {
        self.model = Some(model);
        self
    }

    /// The same with other resources.
    #[must_use]
    pub fn with_resolver(mut self, resolver: &'a dyn Resolver) -> Context<'a> {
        self.resolver = Some(resolver);
        self
    }

    /// The same with an element as its focus.
    #[must_use]
    pub fn with_focus(mut self, focus: Node<'a>) -> Context<'a> {
        self.focus = Some(focus);
        self
    }

    fn start(&self) -> Node<'a> {
        self.focus.unwrap_or(Node::of_resource(self.resource))
    }
}

impl Expression {
    /// Reads an expression of at most 16 KiB, nested at most 64 deep. Unknown functions are refused here.
    pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
        Ok(Expression { text: text.to_owned(), root: parser::parse(text)? })
    }

    /// The collection that the expression stands for.
    pub fn evaluate<'a>(&'a self, context: &Context<'a>) -> Result<Vec<Item<'a>>, EvalError> {
        eval::Engine::new(context).whole(&self.root)
    }

    /// Whether the expression holds, as a constraint or criterion is asked: nothing where its result is empty, true for
    /// a single item that is no Boolean.
    pub fn holds(&self, context: &Context<'_>) -> Result<Option<bool>, EvalError> {
        eval::truth(&self.evaluate(context)?, "a criterion")
    }

    /// As [`Expression::holds`], with the steps of the evaluation taken off `left`, which is its budget.
    ///
    /// # Errors
    /// As that of it; nothing is left where the budget was too small.
    pub fn holds_within(&self, context: &Context<'_>, left: &mut u64) -> Result<Option<bool>, EvalError> {
        let context = Context { budget: *left, ..context.clone() };
        let engine = eval::Engine::new(&context);
        let found = engine.whole(&self.root);
        *left = engine.left();
        eval::truth(&found?, "a criterion")
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.text)
    }
}

impl FromStr for Expression {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Expression, SyntaxError> {
        Expression::parse(text)
    }
}
