//! Two bills of one fleet, line by line: by other books, or before and after a change.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Cost;
use super::line::{Line, What};
use crate::language::Language;
use crate::money::{Amount, Money};

/// What differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Differences {
    /// The first, a month.
    pub before: Amount,
    /// The second, a month, in the first's currency.
    pub after: Amount,
    /// Of both.
    pub currency: String,
    /// Lines that differ by more than the threshold, those that differ most first.
    pub lines: Vec<Difference>,
    /// What the other lines differ by, together.
    pub rest: Money,
}

/// A line that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// What it is.
    pub what: What,
    /// What the spec calls it.
    pub of: String,
    /// Where.
    pub site: Option<String>,
    /// In the first.
    pub before: Money,
    /// In the second.
    pub after: Money,
    /// The second less the first, in percent of the first; nothing where the first is nothing.
    pub percent: Option<f64>,
    /// Why.
    pub reason: Reason,
    /// Where the first price is from.
    pub before_source: Option<String>,
    /// Where the second is from.
    pub after_source: Option<String>,
}

/// Why a line differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The first bill has no such line.
    Added,
    /// The second has no such line.
    Removed,
    /// The first's books have no price of it.
    NoPriceBefore,
    /// The second's have none.
    NoPriceAfter,
    /// There are more or fewer.
    Count,
    /// It has another price, in another book or in the same.
    Price,
}

/// What is called alike in two bills.
type Key = (What, String, Option<String>);

/// The lines of two bills that differ by more than so many percent of the first's. Nothing where their currencies are not the
/// same: price both in one.
#[must_use]
pub fn difference(before: &Cost, after: &Cost, percent: f64) -> Option<Differences> {
    if before.monthly.currency != after.monthly.currency {
        return None;
    }
    let (first, second) = (by_key(before), by_key(after));
    let mut lines = Vec::new();
    let mut rest = Money::default();
    let keys: std::collections::BTreeSet<&Key> = first.keys().chain(second.keys()).collect();
    for key in keys {
        let (old, new) =
            (first.get(key).map_or(&[][..], Vec::as_slice), second.get(key).map_or(&[][..], Vec::as_slice));
        let sum = |lines: &[&Line]| lines.iter().map(|line| line.month.total).sum::<Money>();
        let (from, to) = (sum(old), sum(new));
        let share = (from.as_cents() != 0).then(|| 100.0 * (to - from).as_f64() / from.as_f64());
        let unpriced = |lines: &[&Line]| lines.iter().any(|line| line.is_missing());
        let differs = share.map_or(to != from, |share| share.abs() > percent);
        if !differs && unpriced(old) == unpriced(new) && old.is_empty() == new.is_empty() {
            rest += to - from;
            continue;
        }
        let count = |lines: &[&Line]| lines.iter().map(|line| line.count).sum::<f64>();
        let units = |lines: &[&Line]| lines.iter().map(|line| line.unit).collect::<Vec<_>>();
        let reason = match (old, new) {
            ([], _) => Reason::Added,
            (_, []) => Reason::Removed,
            _ if unpriced(old) && !unpriced(new) => Reason::NoPriceBefore,
            _ if unpriced(new) && !unpriced(old) => Reason::NoPriceAfter,
            _ if (count(old) - count(new)).abs() > 1e-9 && units(old) == units(new) => Reason::Count,
            _ => Reason::Price,
        };
        let source = |lines: &[&Line]| {
            let line = lines.iter().find(|line| !line.is_missing())?;
            let (book, text) = (line.book.as_deref()?, line.source.as_deref().unwrap_or_default());
            Some(format!("{book}: {text}").trim_end_matches([':', ' ']).to_owned())
        };
        let (what, of, site) = key.clone();
        let (before_source, after_source) = (source(old), source(new));
        lines.push(Difference {
            what,
            of,
            site,
            before: from,
            after: to,
            percent: share,
            reason,
            before_source,
            after_source,
        });
    }
    lines
        .sort_by_key(|line| (std::cmp::Reverse((line.after - line.before).as_cents().unsigned_abs()), line.of.clone()));
    let (before, after, currency) = (before.monthly.amount, after.monthly.amount, before.monthly.currency.clone());
    Some(Differences { before, after, currency, lines, rest })
}

fn by_key(cost: &Cost) -> BTreeMap<Key, Vec<&Line>> {
    let mut lines: BTreeMap<Key, Vec<&Line>> = BTreeMap::new();
    for line in &cost.lines {
        lines.entry((line.what, line.of.clone(), line.site.clone())).or_default().push(line);
    }
    lines
}

impl Reason {
    /// For people.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        let (portuguese, english) = match self {
            Reason::Added => ("só existe na segunda conta", "only in the second bill"),
            Reason::Removed => ("só existe na primeira conta", "only in the first bill"),
            Reason::NoPriceBefore => ("sem preço nas listas da primeira", "no price in the books of the first"),
            Reason::NoPriceAfter => ("sem preço nas listas da segunda", "no price in the books of the second"),
            Reason::Count => ("a quantidade mudou", "there are more or fewer"),
            Reason::Price => ("o preço é outro", "it has another price"),
        };
        match language {
            Language::Portuguese => portuguese,
            Language::English => english,
        }
    }
}

impl Difference {
    /// One sentence for people: what, by how much and why.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let percent = self.percent.map_or_else(String::new, |percent| format!(" ({percent:+.1} %)"));
        let reason = self.reason.text(language);
        let mut text =
            format!("{} `{}`: {} -> {}{percent}: {reason}", self.what.text(language), self.of, self.before, self.after);
        if let (Some(before), Some(after)) = (&self.before_source, &self.after_source)
            && before != after
        {
            text.push_str(&format!(" [{before}] -> [{after}]"));
        }
        text
    }
}
