//! Orders: what matches are sorted by, and the pages that an index has in order already.

use std::fmt::Write;

use aroeira_fhir::search::{Filter, ParameterKind, Sort};
use rusqlite::types::Value;

use super::leaf::{rows, table};
use super::{Builder, Confines, Driver, PARAM, Search, Statement};

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sorting {
    /// Of what.
    pub by: By,
    /// The other way round.
    pub descending: bool,
}

/// What a key of an order is of. What has no value comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The values of a search parameter.
    Parameter(&'static str, ParameterKind),
    /// The logical id.
    Id,
    /// The last write.
    Updated,
    /// How well the words that were asked for fit.
    Score,
    /// The clinical date.
    Effective,
    /// The name in lists, folded.
    Label,
    /// The place of a token of this parameter in a list of codes, which are constants of the program; what has none of them
    /// comes behind them.
    Ranked(&'static str, &'static [&'static str]),
}

impl By {
    /// The search parameter it reads.
    pub(super) fn param(self) -> Option<&'static str> {
        match self {
            Self::Parameter(param, _) | Self::Ranked(param, _) => Some(param),
            _ => None,
        }
    }

    /// The column of a record that says it, by which an index has the records of a type in order.
    fn column(self) -> Option<&'static str> {
        match self {
            Self::Updated => Some("sequence"),
            Self::Effective => Some("effective"),
            Self::Label => Some("sort"),
            _ => None,
        }
    }
}

impl From<Sort> for Sorting {
    fn from(sort: Sort) -> Self {
        let by = match sort.param {
            "_id" => By::Id,
            "_lastUpdated" => By::Updated,
            "_score" => By::Score,
            param => By::Parameter(param, sort.kind),
        };
        Self { by, descending: sort.descending }
    }
}

impl Search {
    /// The rank of the words among the matches is asked for.
    pub(crate) fn is_scored(&self) -> bool {
        self.sort.iter().any(|sort| sort.by == By::Score)
    }

    /// Whether of equals the last made is the first: so an index of a column runs backwards.
    pub(crate) fn newest_first(&self) -> bool {
        self.is_by_column() && self.sort.last().is_some_and(|sort| sort.descending)
    }

    /// Whether a row says its own place in the order, and does so when it is deleted too.
    pub(crate) fn is_by_column(&self) -> bool {
        match self.sort.as_slice() {
            [] => true,
            [one] => one.by.column().is_some(),
            _ => false,
        }
    }

    /// Whether an index has the matches in their order, so that a page can be read without the others.
    pub(crate) fn is_in_order(&self, driver: Option<&Driver>) -> bool {
        self.chart().is_some() || driver.is_none() && self.is_by_column()
    }

    /// What refers to one record, by clinical date: an index has just that, and nothing that is deleted.
    fn chart(&self) -> Option<&Filter> {
        match (self.conditions(), self.sort.as_slice(), &self.confines) {
            (
                [refers @ Filter::Reference { kind: Some(_), .. }],
                [Sorting { by: By::Effective, .. }],
                Confines::None,
            ) => Some(refers),
            _ => None,
        }
    }

    /// How many there are, where they are read in the order of an index.
    pub(crate) fn count(&self) -> Statement {
        let mut b = Builder::new();
        b.push("SELECT count(*)");
        self.in_order_from(&mut b);
        b.statement
    }

    /// Row and key of the first matches, in the order of an index. `after` is the key and the row where the page before
    /// ended.
    pub(crate) fn page(&self, after: Option<(Option<Value>, i64)>, most: i64) -> Statement {
        let row = if self.chart().is_some() { "d" } else { "r" };
        let key = self.sort.first().and_then(|sort| sort.by.column()).map(|column| format!("{row}.{column}, "));
        let key = key.unwrap_or_default();
        let (than, way) = if self.newest_first() { ('<', "DESC") } else { ('>', "ASC") };
        let mut b = Builder::new();
        let _always = write!(b.statement.sql, "SELECT {row}.rid");
        if let Some(key) = key.strip_suffix(", ") {
            let _always = write!(b.statement.sql, ", {key}");
        }
        self.in_order_from(&mut b);
        match after {
            Some((Some(value), rid)) => {
                let _always = write!(b.statement.sql, " AND ({key}{row}.rid) {than} (?, ?)");
                b.bind(value);
                b.bind(rid);
            }
            Some((None, rid)) => {
                let _always = write!(b.statement.sql, " AND {row}.rid > ?");
                b.bind(rid);
            }
            None => {}
        }
        let key = key.replace(", ", &format!(" {way}, "));
        let _always = write!(b.statement.sql, " ORDER BY {key}{row}.rid {way} LIMIT ?");
        b.bind(most);
        b.statement
    }

    fn in_order_from(&self, b: &mut Builder) {
        match self.chart() {
            Some(refers) => {
                let _always = write!(b.statement.sql, " FROM {} d WHERE ", table(refers));
                rows(b, refers, &self.kind, "d");
            }
            None => self.from(b, None),
        }
    }

    /// The values a record is ordered by; a rank as its driver says it, or as it is looked up.
    pub(crate) fn keys(&self, driven: bool) -> Builder {
        let mut b = Builder::new();
        for sort in &self.sort {
            b.push(", ");
            match sort.by {
                By::Updated => b.push("r.sequence"),
                By::Effective => b.push("r.effective"),
                By::Label => b.push("r.sort"),
                By::Id => b.push("(SELECT id FROM resource u WHERE u.rid = r.rid)"),
                By::Score if driven => b.push("d.score"),
                By::Score => match self.scored() {
                    Some(Driver { selects, .. }) => {
                        let _always =
                            write!(b.statement.sql, "(SELECT score FROM ({}) s WHERE s.rid = r.rid)", selects.sql);
                        b.statement.values.extend(selects.values);
                    }
                    None => b.push("NULL"),
                },
                By::Parameter(param, kind) => {
                    let values = values(kind, sort.descending);
                    let _always =
                        write!(b.statement.sql, "(SELECT {values} i WHERE i.rid = r.rid AND i.param = ({PARAM}))");
                    b.bind(self.kind.clone());
                    b.bind(param.to_owned());
                }
                By::Ranked(param, codes) => {
                    let ranks: String =
                        codes.iter().enumerate().map(|(rank, code)| format!(" WHEN '{code}' THEN {rank}")).collect();
                    let last = codes.len();
                    let _always = write!(
                        b.statement.sql,
                        "ifnull((SELECT min(CASE i.code{ranks} ELSE {last} END) FROM index_token i WHERE i.rid = r.rid \
                         AND i.param = ({PARAM})), {last})"
                    );
                    b.bind(self.kind.clone());
                    b.bind(param.to_owned());
                }
            }
        }
        b
    }
}

/// What is the first of the values of a parameter, and where they are.
fn values(kind: ParameterKind, descending: bool) -> &'static str {
    match kind {
        ParameterKind::Date if descending => "max(high) FROM index_date",
        ParameterKind::Date => "min(low) FROM index_date",
        ParameterKind::Number => "min(low) FROM index_number",
        ParameterKind::Quantity => "min(low) FROM index_quantity",
        ParameterKind::Token => "min(code) FROM index_token",
        ParameterKind::Reference => "min(target_id) FROM index_reference",
        ParameterKind::Uri => "min(value) FROM index_uri",
        _ if descending => "max(value) FROM index_string",
        _ => "min(value) FROM index_string",
    }
}
