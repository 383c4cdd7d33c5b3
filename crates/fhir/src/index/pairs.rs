//! Composites: the values of two or three parts that stand in one element, as one row.

use serde_json::{Map, Value};

use super::Row;
use super::rows::Rows;
use crate::search::Parameter;

/// Values of one part in one element that are paired.
const EACH: usize = 40;

impl Rows<'_> {
    /// Adds a row for every two or three values of the parts of a composite in an element that its paths lead to.
    pub(super) fn pairs(&mut self, parameter: &Parameter, map: &Map<String, Value>) {
        let whole = |element: &Map<String, Value>, rows: &mut Self| {
            let mut values = parameter.parts.iter().zip(parameter.components).map(|(paths, component)| {
                rows.apart(component.kind, |rows| {
                    for path in paths {
                        path.each_within(element, map, &mut |value| rows.add(value));
                    }
                })
            });
            let (Some(first), Some(second), third) = (values.next(), values.next(), values.next()) else { return };
            let joined_parts = third.is_some();
            let (first, second) = match third {
                Some(third) => (joined(&first, &second), third),
                None => (first, second),
            };
            // Of three parts the first two are as many as they are together.
            for one in first.iter().take(if joined_parts { EACH * EACH } else { EACH }) {
                for other in second.iter().take(EACH) {
                    // A quantity in base units stands in rows of its own, as where it stands alone.
                    let canonical = [one, other].iter().any(|part| part.param() != parameter.name);
                    let param = if canonical { parameter.canonical } else { parameter.name };
                    rows.push(Row::Pair { param, parts: Box::new((one.clone(), other.clone())) });
                }
            }
        };
        for path in &parameter.paths {
            if path.is_whole() {
                whole(map, self);
            } else {
                path.each(map, &mut |value| {
                    if let Value::Object(element) = value {
                        whole(element, self);
                    }
                });
            }
        }
    }
}

/// Every token with every number, as the quantity that has the token for its code: of three parts the first two.
fn joined(tokens: &[Row], numbers: &[Row]) -> Vec<Row> {
    let mut joined = Vec::new();
    for token in tokens.iter().take(EACH) {
        for number in numbers.iter().take(EACH) {
            let (Row::Token { param, system, code }, Row::Number { low, high, .. }) = (token, number) else { continue };
            let (system, code) = (system.clone(), code.clone());
            joined.push(Row::Quantity { param, system, code, low: *low, high: *high });
        }
    }
    joined
}
