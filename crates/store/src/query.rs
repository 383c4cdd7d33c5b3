//! A list: which records, in which order, from where on. Turned into one SQL statement whose values are all bound.

use aroeira_fhir::Instant;
use rusqlite::types::Value;

use crate::store::Record;
use crate::{Error, Result};

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

/// A record of a list.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The record.
    pub record: Record,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Hits {
    /// In order.
    pub hits: Vec<Hit>,
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
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

impl Query {
    fn filter(&self) -> Statement {
        let mut sql = String::from("r.kind = ? AND r.deleted = 0");
        let mut values = vec![Value::Text(self.kind.to_owned())];
        for criterion in &self.criteria {
            let negated = matches!(criterion, Criterion::WithoutToken { .. });
            sql.push_str(if negated { " AND r.rid NOT IN (" } else { " AND r.rid IN (" });
            criterion.write(self.kind, &mut sql, &mut values);
            sql.push(')');
        }
        Statement { sql, values }
    }

    /// The table, read through its narrow index where criteria name rows: bodies are wide and are read for one page only.
    fn table(&self) -> &'static str {
        let named = self.criteria.iter().any(|criterion| !matches!(criterion, Criterion::WithoutToken { .. }));
        if named { "resource r INDEXED BY resource_page" } else { "resource r" }
    }

    pub(crate) fn count(&self) -> Statement {
        match self.criteria.as_slice() {
            [] => Statement {
                sql: "SELECT ifnull((SELECT live FROM tally WHERE kind = ?), 0)".into(),
                values: vec![Value::Text(self.kind.to_owned())],
            },
            // The rows of such an index are all of the kind, and a deleted record has none.
            [one] if one.is_of_its_kind() => {
                let (mut sql, mut values) = (String::from("SELECT count(DISTINCT rid) FROM ("), Vec::new());
                one.write(self.kind, &mut sql, &mut values);
                sql.push(')');
                Statement { sql, values }
            }
            _ => {
                let Statement { sql, values } = self.filter();
                Statement { sql: format!("SELECT count(*) FROM {} WHERE {sql}", self.table()), values }
            }
        }
    }

    pub(crate) fn page(&self) -> Result<Statement> {
        let Statement { sql: filter, mut values } = self.filter();
        let mut sql = format!(
            "SELECT w.rid, w.id, w.version, w.updated, w.sequence, w.deleted, w.effective, w.label, w.body, x.k FROM (\
             SELECT r.rid AS rid, {} AS k FROM {} WHERE {filter}",
            self.key_sql(),
            self.table()
        );
        if let Some(after) = &self.after {
            let than = if self.descending { '<' } else { '>' };
            let (key, value) = match (after.key, self.order) {
                (Some(key), Order::Effective | Order::Updated | Order::Ranked(..)) => ("?", Value::Integer(key)),
                (None, Order::Label) => ("(SELECT sort FROM resource WHERE rid = ?)", Value::Integer(after.rid)),
                _ => return Err(Error::Question("the cursor belongs to another list")),
            };
            sql.push_str(&format!(" AND ({}, r.rid) {than} ({key}, ?)", self.key_sql()));
            values.push(value);
            values.push(Value::Integer(after.rid));
        }
        let way = if self.descending { "DESC" } else { "ASC" };
        sql.push_str(&format!(
            " ORDER BY k {way}, r.rid {way} LIMIT {}) x JOIN resource w ON w.rid = x.rid ORDER BY x.k {way}, x.rid {way}",
            self.limit.saturating_add(1)
        ));
        Ok(Statement { sql, values })
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
    /// Its rows speak of records of one kind, none of them deleted.
    fn is_of_its_kind(&self) -> bool {
        matches!(self, Self::Token { .. } | Self::Prefix { .. } | Self::Reference { .. } | Self::Date { .. })
    }

    fn write(&self, kind: &str, sql: &mut String, values: &mut Vec<Value>) {
        const PARAM: &str = "param = (SELECT ref FROM param WHERE kind = ? AND name = ?)";
        let mut param = |sql: &mut String, table: &str, name: &str| {
            sql.push_str(&format!("SELECT rid FROM {table} WHERE {PARAM}"));
            values.push(Value::Text(kind.to_owned()));
            values.push(Value::Text(name.to_owned()));
        };
        match self {
            Self::Token { param: name, system, code } => {
                param(sql, "index_token", name);
                sql.push_str(" AND code = ?");
                values.push(Value::Text(code.clone()));
                if let Some(system) = system {
                    sql.push_str(" AND system = ?");
                    values.push(Value::Text(system.clone()));
                }
            }
            Self::WithoutToken { param: name, code } => {
                param(sql, "index_token", name);
                sql.push_str(" AND code = ?");
                values.push(Value::Text((*code).to_owned()));
            }
            Self::Prefix { param: name, value } => {
                param(sql, "index_string", name);
                sql.push_str(" AND value >= ? AND value < ?");
                values.push(Value::Text(value.clone()));
                values.push(Value::Text(format!("{value}\u{10FFFF}")));
            }
            Self::Reference { param: name, kind: target, id } => {
                param(sql, "index_reference", name);
                sql.push_str(" AND target_id = ? AND target_kind = ?");
                values.push(Value::Text(id.clone()));
                values.push(Value::Text((*target).to_owned()));
            }
            Self::Date { param: name, from, until } => {
                param(sql, "index_date", name);
                if let Some(from) = from {
                    sql.push_str(" AND high > ?");
                    values.push(Value::Integer(from.0));
                }
                if let Some(until) = until {
                    sql.push_str(" AND low < ?");
                    values.push(Value::Integer(until.0));
                }
            }
            Self::Words(words) => {
                sql.push_str("SELECT rowid FROM narrative WHERE narrative MATCH ?");
                values.push(Value::Text(words.clone()));
            }
            Self::Patients(ids) => {
                sql.push_str("SELECT rid FROM compartment WHERE patient IN (SELECT value FROM json_each(?))");
                values.push(Value::Text(serde_json::json!(ids).to_string()));
            }
            Self::Ids(ids) => {
                sql.push_str("SELECT rid FROM resource WHERE kind = ? AND id IN (SELECT value FROM json_each(?))");
                values.push(Value::Text(kind.to_owned()));
                values.push(Value::Text(serde_json::json!(ids).to_string()));
            }
        }
    }
}
