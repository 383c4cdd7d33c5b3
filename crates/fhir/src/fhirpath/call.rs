//! Calls of functions: existence, filters, parts of collections and control; the rest is in files of its own.

use std::borrow::Cow;

use super::{
    EvalError, Item, Temporal,
    ast::{Call, Expr},
    distinct::Seen,
    eval::{Answer, Engine, Scope, boolean, single, truth},
    function::Function,
};

/// The first arguments as they are; missing ones are empty collections.
pub(super) fn argument<'s, 'a>(arguments: &'s [Vec<Item<'a>>], at: usize) -> &'s [Item<'a>] {
    arguments.get(at).map_or(&[], Vec::as_slice)
}

impl<'a> Engine<'_, 'a> {
    pub(super) fn call(&self, call: &'a Call, input: Cow<'_, [Item<'a>]>, scope: Scope<'_, 'a>) -> Answer<'a> {
        self.spend(1)?;
        if let Some(kind) = &call.kind {
            return match call.function {
                Function::Is => self.is(&input, kind),
                _ => self.of_type(input.into_owned(), kind),
            };
        }
        if call.function.is_per_item() {
            return self.call_per_item(call, input, scope);
        }
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for expr in &call.arguments {
            arguments.push(self.eval(expr, scope)?);
        }
        self.spend(input.len() / 8)?;
        match call.function {
            Function::AllTrue => self.truths(&input, |all| all.iter().all(|is| *is)),
            Function::AnyTrue => self.truths(&input, |all| all.iter().any(|is| *is)),
            Function::AllFalse => self.truths(&input, |all| all.iter().all(|is| !*is)),
            Function::AnyFalse => self.truths(&input, |all| all.iter().any(|is| !*is)),
            Function::Not => Ok(boolean(truth(&input, "not")?.map(|is| !is))),
            Function::Type => Ok(input.iter().map(|item| Item::Type(item.type_name())).collect()),
            Function::Now | Function::Today | Function::TimeOfDay => self.clock(call.function),
            Function::Children => {
                let mut found = Vec::new();
                for item in input.iter() {
                    self.children(item, &mut found)?;
                }
                Ok(found)
            }
            Function::Descendants => self.descendants(&input),
            function if is_of_collection(function) => self.of_collection(function, input, arguments),
            function => match self.string(function, call.pattern.as_ref(), &input, &arguments)? {
                Some(found) => Ok(found),
                None => self.conversion_math_or_fhir(function, &input, &arguments),
            },
        }
    }

    fn conversion_math_or_fhir(
        &self,
        function: Function,
        input: &[Item<'a>],
        arguments: &[Vec<Item<'a>>],
    ) -> Answer<'a> {
        if let Some(found) = self.conversion(function, input, argument(arguments, 0))? {
            return Ok(found);
        }
        match self.math(function, input, argument(arguments, 0))? {
            Some(found) => Ok(found),
            None => self.fhir(function, input, arguments),
        }
    }

    fn call_per_item(&self, call: &'a Call, input: Cow<'_, [Item<'a>]>, scope: Scope<'_, 'a>) -> Answer<'a> {
        let first = call.arguments.first();
        let (Some(expr), true) = (first, call.function != Function::Trace) else {
            // `trace` writes nothing here: what it would write are data of patients.
            return match call.function {
                Function::Exists => Ok(boolean(!input.is_empty())),
                _ => Ok(input.into_owned()),
            };
        };
        match call.function {
            Function::Iif => self.iif(call, &input, scope),
            Function::Repeat => self.repeat(expr, &input, scope),
            Function::Aggregate => self.aggregate(call, expr, &input, scope),
            _ => self.filter(call.function, expr, &input, scope),
        }
    }

    fn filter(&self, function: Function, expr: &'a Expr, input: &[Item<'a>], scope: Scope<'_, 'a>) -> Answer<'a> {
        let mut found = Vec::new();
        for (index, item) in input.iter().enumerate() {
            let result = self.per_item(expr, item, index, scope)?;
            if function == Function::Select {
                found.extend(result);
                continue;
            }
            let is = truth(&result, "a criterion")? == Some(true);
            match function {
                Function::Where if is => found.push(item.clone()),
                Function::Exists if is => return Ok(boolean(true)),
                Function::All if !is => return Ok(boolean(false)),
                _ => {}
            }
        }
        Ok(match function {
            Function::Exists => boolean(false),
            Function::All => boolean(true),
            _ => found,
        })
    }

    fn iif(&self, call: &'a Call, input: &[Item<'a>], scope: Scope<'_, 'a>) -> Answer<'a> {
        let inner = Scope { this: input, ..scope };
        let mut arguments = call.arguments.iter();
        let Some(criterion) = arguments.next() else { return Ok(Vec::new()) };
        let is = truth(&self.eval(criterion, inner)?, "iif")? == Some(true);
        match if is { arguments.next() } else { arguments.nth(1) } {
            Some(branch) => self.eval(branch, inner),
            None => Ok(Vec::new()),
        }
    }

    /// What the projection finds, and what it finds in that, until there is nothing new.
    fn repeat(&self, expr: &'a Expr, input: &[Item<'a>], scope: Scope<'_, 'a>) -> Answer<'a> {
        let mut seen = Seen::default();
        for (index, item) in input.iter().enumerate() {
            for found in self.per_item(expr, item, index, scope)? {
                seen.add(self, found)?;
            }
        }
        let mut next = 0;
        while let Some(item) = seen.items.get(next).cloned() {
            for found in self.per_item(expr, &item, next, scope)? {
                seen.add(self, found)?;
            }
            next += 1;
        }
        Ok(seen.items)
    }

    fn aggregate(&self, call: &'a Call, expr: &'a Expr, input: &[Item<'a>], scope: Scope<'_, 'a>) -> Answer<'a> {
        let mut total = match call.arguments.get(1) {
            Some(start) => self.eval(start, scope)?,
            None => Vec::new(),
        };
        for (index, item) in input.iter().enumerate() {
            let inner = Scope { this: std::slice::from_ref(item), index: Some(index), total: Some(&total) };
            total = self.eval(expr, inner)?;
        }
        Ok(total)
    }

    fn truths(&self, input: &[Item<'a>], test: impl Fn(&[bool]) -> bool) -> Answer<'a> {
        let all: Option<Vec<bool>> = input.iter().map(Item::truth).collect();
        Ok(boolean(test(&all.ok_or(EvalError::Types("a test of Booleans"))?)))
    }

    fn clock(&self, function: Function) -> Answer<'a> {
        let now = Temporal::of_instant(self.context.now, &self.context.zone);
        Ok(match function {
            Function::Now => vec![Item::Temporal(now)],
            Function::TimeOfDay => vec![Item::Temporal(now.to_time())],
            _ => now.to_date().map(Item::Temporal).into_iter().collect(),
        })
    }

    fn of_collection(
        &self,
        function: Function,
        input: Cow<'_, [Item<'a>]>,
        mut arguments: Vec<Vec<Item<'a>>>,
    ) -> Answer<'a> {
        let other = arguments.pop().unwrap_or_default();
        let count = |items: &[Item<'a>]| match single(items, function.name())?.map(Item::system) {
            None => Ok(None),
            Some(Item::Integer(count)) => Ok(Some(usize::try_from(count).unwrap_or(0))),
            Some(_) => Err(EvalError::Types(function.name())),
        };
        Ok(match function {
            Function::Empty => boolean(input.is_empty()),
            Function::Count => i32::try_from(input.len()).map(Item::Integer).into_iter().collect(),
            Function::Single => single(&input, "single")?.cloned().into_iter().collect(),
            Function::First => input.first().cloned().into_iter().collect(),
            Function::Last => input.last().cloned().into_iter().collect(),
            Function::Tail => input.iter().skip(1).cloned().collect(),
            Function::Skip => match count(&other)? {
                None => Vec::new(),
                Some(count) => input.iter().skip(count).cloned().collect(),
            },
            Function::Take => match count(&other)? {
                None => Vec::new(),
                Some(count) => input.iter().take(count).cloned().collect(),
            },
            Function::Distinct => self.distinct(input.into_owned())?,
            Function::IsDistinct => {
                let all = input.len();
                boolean(self.distinct(input.into_owned())?.len() == all)
            }
            Function::SubsetOf => boolean(self.is_subset(&input, &other)?),
            Function::SupersetOf => boolean(self.is_subset(&other, &input)?),
            Function::Combine => [input.into_owned(), other].concat(),
            Function::Union => self.distinct([input.into_owned(), other].concat())?,
            Function::Exclude => self.sifted(&input, &other, false)?,
            _ => {
                let both = self.sifted(&input, &other, true)?;
                self.distinct(both)?
            }
        })
    }

    fn is_subset(&self, part: &[Item<'a>], all: &[Item<'a>]) -> Result<bool, EvalError> {
        for item in part {
            if !self.has(all, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Those that are, or are not, in the other collection.
    fn sifted(&self, items: &[Item<'a>], other: &[Item<'a>], within: bool) -> Answer<'a> {
        let mut found = Vec::new();
        for item in items {
            if self.has(other, item)? == within {
                found.push(item.clone());
            }
        }
        Ok(found)
    }
}

fn is_of_collection(function: Function) -> bool {
    matches!(
        function,
        Function::Empty
            | Function::Count
            | Function::Single
            | Function::First
            | Function::Last
            | Function::Tail
            | Function::Skip
            | Function::Take
            | Function::Distinct
            | Function::IsDistinct
            | Function::SubsetOf
            | Function::SupersetOf
            | Function::Combine
            | Function::Union
            | Function::Exclude
            | Function::Intersect
    )
}
