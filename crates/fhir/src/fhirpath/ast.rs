//! The form of an expression. Chains of operators and of steps are flat, so that only nesting makes it deep.

use regex::Regex;

use super::{Decimal, Temporal, function::Function};

/// An expression or a part of one.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    Literal(Literal),
    /// `{}`
    Empty,
    /// `$this`
    This,
    /// `$index`
    Index,
    /// `$total`
    Total,
    /// `%name`
    Variable(String),
    /// A name that no dot stands before: an element of the focus, or the type of the focus itself.
    Name(String),
    /// A call that no dot stands before: of the focus.
    Call(Box<Call>),
    /// What stands before the first dot or bracket, and what comes after it.
    Path(Box<Expr>, Vec<Step>),
    Negated(Box<Expr>),
    /// Operators of one precedence, from left to right.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    /// `is` and `as` with a type, from left to right.
    Typed(Box<Expr>, Vec<(TypeOperator, TypeSpecifier)>),
}

#[derive(Debug, Clone)]
pub(super) enum Literal {
    Boolean(bool),
    Text(String),
    Integer(i32),
    Decimal(Decimal),
    Temporal(Temporal),
    /// A quantity with a calendar unit or a code.
    Calendar(Decimal, &'static str),
    Coded(Decimal, String),
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// `.name`
    Child(String),
    /// `.name(...)`
    Call(Call),
    /// `[index]`
    At(Expr),
}

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) arguments: Vec<Expr>,
    /// The argument of `is`, `as` and `ofType`; it has a namespace only where one was written.
    pub(super) kind: Option<TypeSpecifier>,
    /// The pattern, where it is a literal.
    pub(super) pattern: Option<Regex>,
}

/// A type as written; without a namespace FHIR's is meant first.
#[derive(Debug, Clone)]
pub(super) struct TypeSpecifier {
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeOperator {
    Is,
    As,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    Equivalent,
    NotEqual,
    NotEquivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Union,
    Plus,
    Minus,
    Join,
    Times,
    Divide,
    Div,
    Mod,
}
