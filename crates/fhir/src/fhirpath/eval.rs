//! The walk over an expression: scopes, paths, operators and the budget.

use std::{borrow::Cow, cell::Cell, slice};

use super::{
    Context, EvalError, Item, Node, Quantity, Unit,
    ast::{Expr, Literal, Operator, Step, TypeOperator},
    item::UCUM,
};

/// A collection, or why there is none.
pub(super) type Answer<'a> = Result<Vec<Item<'a>>, EvalError>;

/// What `$this`, `$index` and `$total` stand for.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'a> {
    pub(super) this: &'s [Item<'a>],
    pub(super) index: Option<usize>,
    pub(super) total: Option<&'s [Item<'a>]>,
}

/// One evaluation.
pub(super) struct Engine<'c, 'a> {
    pub(super) context: &'c Context<'a>,
    left: Cell<u64>,
}

/// The single item, nothing for none; `what` is named where there are more.
pub(super) fn single<'s, 'a>(items: &'s [Item<'a>], what: &'static str) -> Result<Option<&'s Item<'a>>, EvalError> {
    match items {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(EvalError::Single(what)),
    }
}

/// A collection as a truth value: a single item that is no Boolean is true (N1, 4.5).
pub(super) fn truth(items: &[Item<'_>], what: &'static str) -> Result<Option<bool>, EvalError> {
    Ok(single(items, what)?.map(|item| item.truth().unwrap_or(true)))
}

/// A truth value as a collection.
pub(super) fn boolean<'a>(is: impl Into<Option<bool>>) -> Vec<Item<'a>> {
    is.into().map(Item::Boolean).into_iter().collect()
}

impl<'c, 'a> Engine<'c, 'a> {
    pub(super) fn new(context: &'c Context<'a>) -> Engine<'c, 'a> {
        Engine { context, left: Cell::new(context.budget) }
    }

    /// The steps that are left.
    pub(super) fn left(&self) -> u64 {
        self.left.get()
    }

    /// Takes steps off the budget.
    pub(super) fn spend(&self, steps: usize) -> Result<(), EvalError> {
        let Some(left) = self.left.get().checked_sub(steps as u64) else {
            self.left.set(0);
            return Err(EvalError::Budget);
        };
        self.left.set(left);
        Ok(())
    }

    /// The same for the bytes of a text that was read or made.
    pub(super) fn spend_text(&self, bytes: usize) -> Result<(), EvalError> {
        self.spend(1 + bytes / 16)
    }

    pub(super) fn whole(&self, expr: &'a Expr) -> Answer<'a> {
        let start = [Item::Node(self.context.start())];
        self.eval(expr, Scope { this: &start, index: None, total: None })
    }

    pub(super) fn eval(&self, expr: &'a Expr, scope: Scope<'_, 'a>) -> Answer<'a> {
        self.spend(1)?;
        match expr {
            Expr::Literal(literal) => Ok(vec![literal_item(literal)]),
            Expr::Empty => Ok(Vec::new()),
            Expr::This => {
                self.spend(scope.this.len())?;
                Ok(scope.this.to_vec())
            }
            Expr::Index => {
                Ok(scope.index.and_then(|index| i32::try_from(index).ok()).map(Item::Integer).into_iter().collect())
            }
            Expr::Total => {
                let total = scope.total.unwrap_or_default();
                self.spend(total.len())?;
                Ok(total.to_vec())
            }
            Expr::Variable(name) => self.variable(name),
            Expr::Name(name) => self.name(name, scope.this),
            Expr::Call(call) => self.call(call, Cow::Borrowed(scope.this), scope),
            Expr::Path(head, steps) => self.path(head, steps, scope),
            Expr::Negated(inner) => self.negated(&self.eval(inner, scope)?),
            Expr::Chain(first, rest) => self.chain(first, rest, scope),
            Expr::Typed(first, rest) => {
                let mut items = self.eval(first, scope)?;
                for (operator, kind) in rest {
                    items = match operator {
                        TypeOperator::Is => self.is(&items, kind)?,
                        TypeOperator::As => self.of_type(items, kind)?,
                    };
                }
                Ok(items)
            }
        }
    }

    fn variable(&self, name: &'a str) -> Answer<'a> {
        let context = self.context;
        if let Some((_, items)) = context.variables.iter().find(|(own, _)| *own == name) {
            self.spend(items.len())?;
            return Ok(items.clone());
        }
        let text = |text: String| Ok(vec![Item::String(Cow::Owned(text))]);
        match name {
            "resource" => Ok(vec![Item::Node(Node::of_resource(context.resource))]),
            "rootResource" => Ok(vec![Item::Node(Node::of_resource(context.root.unwrap_or(context.resource)))]),
            "context" => Ok(vec![Item::Node(context.start())]),
            "ucum" => text(UCUM.to_owned()),
            "sct" => text("http://snomed.info/sct".to_owned()),
            "loinc" => text("http://loinc.org".to_owned()),
            _ => match (name.strip_prefix("vs-"), name.strip_prefix("ext-")) {
                (Some(rest), _) => text(format!("http://hl7.org/fhir/ValueSet/{rest}")),
                (_, Some(rest)) => text(format!("http://hl7.org/fhir/StructureDefinition/{rest}")),
                _ => Err(EvalError::Variable(name.to_owned())),
            },
        }
    }

    fn path(&self, head: &'a Expr, steps: &'a [Step], scope: Scope<'_, 'a>) -> Answer<'a> {
        let mut items = self.eval(head, scope)?;
        for step in steps {
            self.spend(1)?;
            items = match step {
                Step::Child(name) => {
                    let mut found = Vec::new();
                    for item in &items {
                        self.child(item, name, &mut found)?;
                    }
                    found
                }
                Step::Call(call) => self.call(call, Cow::Owned(items), scope)?,
                Step::At(index) => {
                    let index = self.eval(index, scope)?;
                    match single(&index, "an index")?.map(Item::system) {
                        None => Vec::new(),
                        Some(Item::Integer(at)) => {
                            usize::try_from(at).ok().and_then(|at| items.get(at).cloned()).into_iter().collect()
                        }
                        Some(_) => return Err(EvalError::Types("an index")),
                    }
                }
            };
        }
        Ok(items)
    }

    fn chain(&self, first: &'a Expr, rest: &'a [(Operator, Expr)], scope: Scope<'_, 'a>) -> Answer<'a> {
        let mut left = self.eval(first, scope)?;
        for (operator, right) in rest {
            left = match operator {
                Operator::And | Operator::Or | Operator::Xor | Operator::Implies => {
                    self.logic(*operator, &left, right, scope)?
                }
                _ => {
                    let right = self.eval(right, scope)?;
                    self.operate(*operator, left, right)?
                }
            };
        }
        Ok(left)
    }

    /// Three-valued logic. The right side is not evaluated where the left one decides.
    fn logic(&self, operator: Operator, left: &[Item<'a>], right: &'a Expr, scope: Scope<'_, 'a>) -> Answer<'a> {
        let left = truth(left, "a logical operator")?;
        match (operator, left) {
            (Operator::And, Some(false)) => return Ok(boolean(false)),
            (Operator::Or, Some(true)) | (Operator::Implies, Some(false)) => return Ok(boolean(true)),
            _ => {}
        }
        let right = truth(&self.eval(right, scope)?, "a logical operator")?;
        Ok(boolean(match (operator, left, right) {
            (Operator::And, _, Some(false)) => Some(false),
            (Operator::Or | Operator::Implies, _, Some(true)) => Some(true),
            (_, None, _) | (_, _, None) => None,
            (Operator::And, Some(a), Some(b)) => Some(a && b),
            (Operator::Or, Some(a), Some(b)) => Some(a || b),
            (Operator::Xor, Some(a), Some(b)) => Some(a != b),
            (_, Some(a), Some(b)) => Some(!a || b),
        }))
    }

    fn operate(&self, operator: Operator, left: Vec<Item<'a>>, right: Vec<Item<'a>>) -> Answer<'a> {
        let not = |is: Option<bool>| is.map(|is| !is);
        Ok(match operator {
            Operator::Equal => boolean(self.all_equal(&left, &right)?),
            Operator::NotEqual => boolean(not(self.all_equal(&left, &right)?)),
            Operator::Equivalent => boolean(self.all_equivalent(&left, &right)?),
            Operator::NotEquivalent => boolean(!self.all_equivalent(&left, &right)?),
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                boolean(self.ordered(operator, &left, &right)?)
            }
            Operator::In => self.membership(&left, &right, "in")?,
            Operator::Contains => self.membership(&right, &left, "contains")?,
            Operator::Union => {
                let mut all = left;
                all.extend(right);
                self.distinct(all)?
            }
            _ => return self.arithmetic(operator, &left, &right),
        })
    }

    fn membership(&self, one: &[Item<'a>], all: &[Item<'a>], what: &'static str) -> Answer<'a> {
        match single(one, what)? {
            None => Ok(Vec::new()),
            Some(one) => Ok(boolean(self.has(all, one)?)),
        }
    }

    /// Evaluates an argument for one item.
    pub(super) fn per_item(&self, expr: &'a Expr, item: &Item<'a>, index: usize, scope: Scope<'_, 'a>) -> Answer<'a> {
        self.eval(expr, Scope { this: slice::from_ref(item), index: Some(index), total: scope.total })
    }
}

fn literal_item(literal: &Literal) -> Item<'_> {
    match literal {
        Literal::Boolean(is) => Item::Boolean(*is),
        Literal::Text(text) => Item::String(Cow::Borrowed(text)),
        Literal::Integer(number) => Item::Integer(*number),
        Literal::Decimal(number) => Item::Decimal(*number),
        Literal::Temporal(it) => Item::Temporal(*it),
        Literal::Calendar(value, unit) => Item::Quantity(Quantity { value: *value, unit: Unit::Calendar(unit) }),
        Literal::Coded(value, code) => {
            Item::Quantity(Quantity { value: *value, unit: Unit::Code(Cow::Borrowed(code)) })
        }
    }
}
