//! Dates between two times: a stretch of their index, short dates by where they begin, longer ones by how long they are.
//! Conditions on one parameter are one stretch together.

use std::fmt::Write;

use aroeira_fhir::search::{Compare, Filter};

use super::{Builder, PARAM};

/// What the name of a parameter ends with under which stands, of a record with several of its dates, the time from the
/// first to the last.
pub(crate) const SPAN: &str = ":span";

/// Milliseconds that the dates of each class last at most; the last class has no end. As `index_date_long` parts them.
const CLASSES: [Option<i64>; 4] = [Some(60_000), Some(90_000_000), Some(2_764_800_000), None];
const LENGTH: &str = "(i.high - i.low > 60000) + (i.high - i.low > 90000000) + (i.high - i.low > 2764800000)";

/// Dates that end after one time and begin before another; all that satisfy a condition are among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    /// They end after it.
    after: Option<i64>,
    /// They begin before it.
    before: Option<i64>,
}

impl Stretch {
    /// Of one condition on a date; `None` where it leaves everything open.
    pub(super) fn of(filter: &Filter) -> Option<(&'static str, Self)> {
        let Filter::Date { param, compare, low, high } = filter else { return None };
        let (after, before) = match compare {
            Compare::NotEqual => return None,
            Compare::Equal | Compare::Approximately => (Some(low.0), Some(high.0)),
            Compare::Greater | Compare::StartsAfter => (Some(high.0), None),
            Compare::GreaterOrEqual => (Some(low.0), None),
            Compare::Less | Compare::EndsBefore => (None, Some(low.0)),
            Compare::LessOrEqual => (None, Some(high.0)),
        };
        Some((param, Self { after, before }))
    }

    /// What is in both.
    fn within(self, other: Self) -> Self {
        Self {
            after: self.after.max(other.after),
            before: match (self.before, other.before) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
        }
    }

    /// The stretch of all conditions on a parameter, and how many they are.
    pub(super) fn of_all(conditions: &[Filter], wanted: &str) -> Option<(Self, usize)> {
        let all = conditions.iter().filter_map(Stretch::of).filter(|(param, _)| *param == wanted);
        all.map(|(_, stretch)| (stretch, 1)).reduce(|(one, n), (other, m)| (one.within(other), n + m))
    }

    /// Writes the `SELECT`s of its records, each with what `also` adds; with the spans of several dates where conditions
    /// may hold of different ones.
    pub(super) fn selects(self, b: &mut Builder, kind: &str, param: &str, spans: bool, also: &dyn Fn(&mut Builder)) {
        // Where nothing bounds the end, where they begin says all.
        let classes = if self.after.is_some() { CLASSES.as_slice() } else { &[None] };
        for (class, longest) in classes.iter().enumerate() {
            b.push(if class == 0 {
                "SELECT i.rid AS rid FROM index_date i"
            } else {
                " UNION ALL SELECT i.rid AS rid FROM index_date i"
            });
            match (self.after, class) {
                (None, _) => b.push(" WHERE "),
                (_, 0) => b.push(" WHERE i.high - i.low <= 60000 AND "),
                (_, class) => {
                    let _always = write!(
                        b.statement.sql,
                        " INDEXED BY index_date_long WHERE i.high - i.low > 60000 AND {LENGTH} = {class} AND "
                    );
                }
            }
            self.rows(b, *longest, kind, param, spans);
            also(b);
        }
    }

    fn rows(self, b: &mut Builder, longest: Option<i64>, kind: &str, param: &str, spans: bool) {
        if spans {
            let _always = write!(b.statement.sql, "i.param IN (({PARAM}), ({PARAM}))");
            b.bind(kind.to_owned());
            b.bind(format!("{param}{SPAN}"));
        } else {
            let _always = write!(b.statement.sql, "i.param = ({PARAM})");
        }
        b.bind(kind.to_owned());
        b.bind(param.to_owned());
        if let Some(after) = self.after {
            if let Some(longest) = longest {
                b.push(" AND i.low > ?");
                b.bind(after.saturating_sub(longest));
            }
            b.push(" AND i.high > ?");
            b.bind(after);
        }
        if let Some(before) = self.before {
            b.push(" AND i.low < ?");
            b.bind(before);
        }
    }
}
