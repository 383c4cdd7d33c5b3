//! A list: which records, in which order, from where on. Turned into SQL whose values are all bound.

use std::fmt::Write;
use std::sync::Arc;

use aroeira_fhir::Instant;
use rusqlite::types::Value;

use crate::store::Record;

/// What a record must be to be listed. All of them must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Criterion {
    /// A token: `system` `None` is any.
    Token {
        /// Search parameter.
        param: &'static str,
        /// System of the code.
        system: Option<String>,
        /// The code.
        code: String,
    },
    /// Not this token.
    WithoutToken {
        /// Search parameter.
        param: &'static str,
        /// The code.
        code: &'static str,
    },
    /// A string that begins with this, folded.
    Prefix {
        /// Search parameter.
        param: &'static str,
        /// Folded.
        value: String,
    },
    /// A reference.
    Reference {
        /// Search parameter.
        param: &'static str,
        /// Type of the target.
        kind: &'static str,
        /// Id of the target.
        id: String,
    },
    /// A date that overlaps the period `[from, until)`.
    Date {
        /// Search parameter.
        param: &'static str,
        /// Inclusive.
        from: Option<Instant>,
        /// Exclusive.
        until: Option<Instant>,
    },
    /// Full text, in the words of [`words`].
    Words(String),
    /// Belongs to one of these patients.
    Patients(Vec<String>),
    /// One of these ids.
    Ids(Vec<String>),
}

/// The order of a list; ties by age of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Clinical date.
    Effective,
    /// Label, folded.
    Label,
    /// Last write.
    Updated,
    /// A token's place in a list of codes.
    Ranked(&'static str, &'static [&'static str]),
}

/// A list to be made.
#[derive(Debug, Clone)]
pub struct Query {
    /// Resource type.
    pub kind: &'static str,
    /// All must hold.
    pub criteria: Vec<Criterion>,
    /// Order.
    pub order: Order,
    /// The other way round.
    pub descending: bool,
    /// How many at most.
    pub limit: u32,
    /// From the page before.
    pub after: Option<Cursor>,
}

/// Where a page ended, and how many there were when the list began. Holds no text of a record: it travels in URLs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cursor {
    /// The last item's value in an order of numbers; in an order of labels its row says it.
    pub key: Option<i64>,
    /// Its row.
    pub rid: i64,
    /// All items.
    pub total: u64,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Hits {
    /// In order.
    pub records: Vec<Arc<Record>>,
    /// `None` on the last page.
    pub next: Option<Cursor>,
    /// All pages together.
    pub total: u64,
}

/// Turns what somebody typed into a full-text expression: words (all of them), `begin*`, `"a phrase"`. Nothing typed can
/// be an operator. `None` when there is nothing to look for.
#[must_use]
pub fn words(typed: &str) -> Option<String> {
    let mut out: Vec<String> = Vec::new();
    for (i, part) in typed.split('"').enumerate().take(64) {
        let quoted = i % 2 == 1;
        let pieces: Vec<&str> = if quoted { vec![part] } else { part.split_whitespace().collect() };
        for piece in pieces.into_iter().take(32) {
            let begins = !quoted && piece.ends_with('*');
            // An accent may stand behind its letter as a character of its own.
            let of_a_word = |c: char| c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c);
            let piece: String = piece.chars().map(|c| if of_a_word(c) { c } else { ' ' }).collect();
            let piece = piece.split_whitespace().collect::<Vec<_>>().join(" ");
            if !piece.is_empty() {
                out.push(format!("\"{piece}\"{}", if begins { "*" } else { "" }));
            }
        }
    }
    (!out.is_empty()).then(|| out.join(" "))
}

/// SQL and its values.
#[derive(Default)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

impl Statement {
    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn bind(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
    }
}

impl Query {
    /// The criterion whose rows are gone through: the one likely to have the fewest. `None` where every record of the kind
    /// is, in the order of an index.
    pub(crate) fn driver(&self) -> Option<usize> {
        let ranked = self.criteria.iter().enumerate().filter(|(_, one)| one.width() < Criterion::WIDEST);
        ranked.min_by_key(|(_, one)| one.width()).map(|(at, _)| at)
    }

    /// Whether words are looked for: that may take long within one of the steps that SQLite counts.
    pub(crate) fn reads_words(&self) -> bool {
        self.criteria.iter().any(|one| matches!(one, Criterion::Words(_)))
    }

    /// Whether an index has the records in this order.
    pub(crate) fn is_in_order(&self) -> bool {
        match self.driver() {
            None => !matches!(self.order, Order::Ranked(..)),
            Some(_) => self.is_a_chart(),
        }
    }

    /// What refers to one record, by clinical date: an index has just that.
    fn is_a_chart(&self) -> bool {
        self.order == Order::Effective && matches!(self.criteria.as_slice(), [Criterion::Reference { .. }])
    }

    /// How many there are, where they are read in the order of an index.
    pub(crate) fn count(&self) -> Statement {
        if self.criteria.is_empty() {
            let sql = "SELECT ifnull((SELECT live FROM tally WHERE kind = ?), 0)".into();
            return Statement { sql, values: vec![Value::Text(self.kind.to_owned())] };
        }
        let mut statement = Statement::default();
        statement.push("SELECT count(*)");
        self.in_order_from(&mut statement);
        statement
    }

    /// Row and key of every record that fits, in no order; a row may come more than once.
    pub(crate) fn all(&self) -> Statement {
        let mut statement = Statement::default();
        statement.push("SELECT r.rid, ");
        statement.push(&self.key_sql());
        self.from(&mut statement, self.driver());
        statement
    }

    /// Row and key of the records of a page and one more, in the order of an index. `after` is the key of the row where
    /// the page before ended, with that row.
    pub(crate) fn page(&self, after: Option<(Value, i64)>) -> Statement {
        let row = if self.is_a_chart() { "d" } else { "r" };
        let way = if self.descending { "DESC" } else { "ASC" };
        let key = if self.is_a_chart() { "d.effective".to_owned() } else { self.key_sql() };
        let mut statement = Statement::default();
        let _always = write!(statement.sql, "SELECT {row}.rid, {key}");
        self.in_order_from(&mut statement);
        if let Some((value, rid)) = after {
            let than = if self.descending { '<' } else { '>' };
            let _always = write!(statement.sql, " AND ({key}, {row}.rid) {than} (?, ?)");
            statement.bind(value);
            statement.bind(rid);
        }
        let _always = write!(statement.sql, " ORDER BY {key} {way}, {row}.rid {way} LIMIT ?");
        statement.bind(i64::from(self.limit) + 1);
        statement
    }

    /// `FROM` and `WHERE` of what an index has in order.
    fn in_order_from(&self, statement: &mut Statement) {
        if let ([chart], true) = (self.criteria.as_slice(), self.is_a_chart()) {
            // A deleted record has no row there.
            let _always = write!(statement.sql, " FROM {} WHERE ", chart.table("d"));
            chart.conditions(self.kind, "d", statement);
        } else {
            self.from(statement, None);
        }
    }

    /// `FROM` and `WHERE`: the driver's rows first, each of them held against the other criteria.
    fn from(&self, statement: &mut Statement, driver: Option<usize>) {
        match driver {
            // Through the narrow index: bodies are wide and are read for one page only.
            Some(at) => {
                let _always = write!(
                    statement.sql,
                    " FROM {} CROSS JOIN resource r INDEXED BY resource_page ON r.rid = d.{} WHERE ",
                    self.criteria[at].table("d"),
                    self.criteria[at].row()
                );
                self.criteria[at].conditions(self.kind, "d", statement);
                statement.push(" AND ");
            }
            None => statement.push(" FROM resource r WHERE "),
        }
        statement.push("r.kind = ? AND r.deleted = 0");
        statement.bind(self.kind.to_owned());
        for (_, criterion) in self.criteria.iter().enumerate().filter(|(at, _)| Some(*at) != driver) {
            criterion.also(self.kind, statement);
        }
    }

    fn key_sql(&self) -> String {
        match self.order {
            Order::Effective => "r.effective".into(),
            Order::Label => "r.sort".into(),
            Order::Updated => "r.sequence".into(),
            Order::Ranked(param, codes) => {
                // The codes are constants of the program.
                let ranks: String =
                    codes.iter().enumerate().map(|(rank, code)| format!(" WHEN '{code}' THEN {rank}")).collect();
                format!(
                    "ifnull((SELECT CASE t.code{ranks} ELSE {last} END FROM index_token t WHERE t.rid = r.rid AND t.param = \
                     (SELECT ref FROM param WHERE kind = r.kind AND name = '{param}') LIMIT 1), {last})",
                    last = codes.len()
                )
            }
        }
    }
}

impl Criterion {
    /// Of what cannot be gone through: it says which records not to take.
    const WIDEST: u32 = 100;

    /// How many records it is likely to leave, as a rank.
    fn width(&self) -> u32 {
        match self {
            Self::Ids(ids) if ids.len() <= 100 => 0,
            Self::Reference { .. } => 1,
            Self::Token { system: Some(_), param: "identifier", .. } => 2,
            Self::Patients(patients) if patients.len() <= 10 => 3,
            Self::Words(_) => 4,
            Self::Prefix { value, .. } => 20 - u32::try_from(value.chars().count()).unwrap_or(15).min(15),
            Self::Date { from: Some(_), until: Some(_), .. } => 21,
            Self::Ids(_) | Self::Patients(_) => 22,
            Self::Token { .. } => 23,
            Self::Date { .. } => 24,
            Self::WithoutToken { .. } => Self::WIDEST,
        }
    }

    /// Whether a record may have several rows of it.
    pub(crate) fn repeats(&self) -> bool {
        !matches!(self, Self::Ids(_) | Self::Words(_))
    }

    fn table(&self, name: &str) -> String {
        let table = match self {
            Self::Token { .. } | Self::WithoutToken { .. } => "index_token",
            Self::Prefix { .. } => "index_string",
            Self::Reference { .. } => "index_reference",
            Self::Date { .. } => "index_date",
            Self::Words(_) => "narrative",
            Self::Patients(_) => "compartment",
            Self::Ids(_) => "resource",
        };
        format!("{table} {name}")
    }

    fn row(&self) -> &'static str {
        if matches!(self, Self::Words(_)) { "rowid" } else { "rid" }
    }

    /// Holds a record against it.
    fn also(&self, kind: &str, statement: &mut Statement) {
        // What lists rows by itself is listed once; the others are looked up by row.
        if matches!(self, Self::Words(_) | Self::Ids(_)) {
            let _always =
                write!(statement.sql, " AND r.rid IN (SELECT i.{} FROM {} WHERE ", self.row(), self.table("i"));
            self.conditions(kind, "i", statement);
        } else {
            let not = if matches!(self, Self::WithoutToken { .. }) { "NOT " } else { "" };
            let _always =
                write!(statement.sql, " AND {not}EXISTS (SELECT 1 FROM {} WHERE i.rid = r.rid AND ", self.table("i"));
            self.conditions(kind, "i", statement);
        }
        statement.push(")");
    }

    fn conditions(&self, kind: &str, row: &str, statement: &mut Statement) {
        let param = |statement: &mut Statement, name: &str| {
            let _always = write!(statement.sql, "{row}.param = (SELECT ref FROM param WHERE kind = ? AND name = ?)");
            statement.bind(kind.to_owned());
            statement.bind(name.to_owned());
        };
        let compare = |statement: &mut Statement, with: &str, value: Value| {
            let _always = write!(statement.sql, " AND {row}.{with}");
            statement.bind(value);
        };
        match self {
            Self::Token { param: name, system, code } => {
                param(statement, name);
                compare(statement, "code = ?", Value::Text(code.clone()));
                if let Some(system) = system {
                    compare(statement, "system = ?", Value::Text(system.clone()));
                }
            }
            Self::WithoutToken { param: name, code } => {
                param(statement, name);
                compare(statement, "code = ?", Value::Text((*code).to_owned()));
            }
            Self::Prefix { param: name, value } => {
                param(statement, name);
                compare(statement, "value >= ?", Value::Text(value.clone()));
                compare(statement, "value < ?", Value::Text(format!("{value}\u{10FFFF}")));
            }
            Self::Reference { param: name, kind: target, id } => {
                param(statement, name);
                compare(statement, "target_id = ?", Value::Text(id.clone()));
                compare(statement, "target_kind = ?", Value::Text((*target).to_owned()));
            }
            Self::Date { param: name, from, until } => {
                param(statement, name);
                if let Some(from) = from {
                    compare(statement, "high > ?", Value::Integer(from.0));
                }
                if let Some(until) = until {
                    compare(statement, "low < ?", Value::Integer(until.0));
                }
            }
            Self::Words(words) => {
                let _always = write!(statement.sql, "{row}.narrative MATCH ?");
                statement.bind(words.clone());
            }
            Self::Patients(ids) => match ids.as_slice() {
                [one] => {
                    let _always = write!(statement.sql, "{row}.patient = ?");
                    statement.bind(one.clone());
                }
                ids => {
                    let _always = write!(statement.sql, "{row}.patient IN (SELECT value FROM json_each(?))");
                    statement.bind(serde_json::json!(ids).to_string());
                }
            },
            Self::Ids(ids) => {
                let _always = write!(statement.sql, "{row}.kind = ? AND {row}.id IN (SELECT value FROM json_each(?))");
                statement.bind(kind.to_owned());
                statement.bind(serde_json::json!(ids).to_string());
            }
        }
    }
}
