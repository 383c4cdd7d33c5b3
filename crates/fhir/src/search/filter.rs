//! What a search asks of a resource, as a tree over the rows it is indexed by. Pure data: a store turns it into its own
//! language, a test into a loop.

use crate::Instant;

/// A condition on one resource.
#[expect(missing_docs, reason = "each variant says what its fields are")]
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of them hold; with none, always.
    All(Vec<Filter>),
    /// One of them holds; with none, never.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// There is a row of the parameter at all.
    Present { param: &'static str, rows: Rows },
    /// A string; `value` is folded.
    Text { param: &'static str, how: Words, value: String },
    /// A string as it is written: `value` is it folded, `written` is empty where that is the same.
    Exact { param: &'static str, value: String, written: String },
    /// A token. `None` is any system or any code; an empty system is none.
    Token { param: &'static str, system: Option<String>, code: Option<String> },
    /// One of these tokens, by system and code.
    Tokens { param: &'static str, codes: Vec<(String, String)> },
    /// A date against the period of the value asked for.
    Date { param: &'static str, compare: Compare, low: Instant, high: Instant },
    /// A number, or a range, against what was asked for: for `eq` and `ne` from `low` to before `high`, the stretch that
    /// its digits stand for; for the others `low` is `high`, the number itself; for `ap` from `low` to `high`.
    Number { param: &'static str, compare: Compare, low: f64, high: f64 },
    /// A quantity, as a number; `None` is any system or any code.
    Quantity {
        param: &'static str,
        compare: Compare,
        low: f64,
        high: f64,
        system: Option<String>,
        code: Option<String>,
    },
    /// A reference; `None` is any type.
    Reference { param: &'static str, kind: Option<String>, id: String },
    /// A URI.
    Uri { param: &'static str, how: Place, value: String },
    /// One of these logical ids.
    Id(Vec<String>),
    /// When the version in force was written.
    Updated { compare: Compare, low: Instant, high: Instant },
    /// Both hold of the parts of a composite in one element; of three parts the first two are one quantity. Each is of the same parameter, and one of `Text`, `Token`,
    /// `Date`, `Number`, `Quantity`, `Reference` and `Uri`.
    Pair { param: &'static str, parts: Box<(Filter, Filter)> },
    /// A place so many metres away at most; degrees.
    Near { param: &'static str, latitude: f64, longitude: f64, metres: f64 },
    /// Full text, as typed: of all words, or of the narrative alone.
    Content { words: String, narrative: bool },
    /// What the reference points at is of this type and satisfies the filter.
    Chain { param: &'static str, kind: String, filter: Box<Filter> },
    /// A resource of the type points here by the parameter and satisfies the filter.
    Has { kind: String, param: &'static str, filter: Box<Filter> },
}

impl Filter {
    /// Visits every parameter that a condition asks for on its way.
    pub fn each_param(&self, visit: &mut dyn FnMut(&'static str)) {
        match self {
            Filter::All(all) | Filter::Any(all) => all.iter().for_each(|one| one.each_param(visit)),
            Filter::Not(inner) => inner.each_param(visit),
            Filter::Present { param, .. }
            | Filter::Text { param, .. }
            | Filter::Exact { param, .. }
            | Filter::Token { param, .. }
            | Filter::Tokens { param, .. }
            | Filter::Date { param, .. }
            | Filter::Number { param, .. }
            | Filter::Quantity { param, .. }
            | Filter::Reference { param, .. }
            | Filter::Uri { param, .. }
            | Filter::Pair { param, .. }
            | Filter::Near { param, .. } => visit(param),
            Filter::Id(_) | Filter::Updated { .. } | Filter::Content { .. } => {}
            Filter::Chain { param, filter, .. } | Filter::Has { param, filter, .. } => {
                visit(param);
                filter.each_param(visit);
            }
        }
    }

    /// The parameters a condition asks for, with the way there, and none of its values: `patient:Patient.name`.
    #[must_use]
    pub fn names(&self) -> String {
        match self {
            Filter::All(all) => joined(all, " and "),
            Filter::Any(any) => joined(any, " or "),
            Filter::Not(inner) => format!("not {}", inner.names()),
            Filter::Present { param, .. }
            | Filter::Text { param, .. }
            | Filter::Exact { param, .. }
            | Filter::Token { param, .. }
            | Filter::Tokens { param, .. }
            | Filter::Date { param, .. }
            | Filter::Number { param, .. }
            | Filter::Quantity { param, .. }
            | Filter::Reference { param, .. }
            | Filter::Uri { param, .. }
            | Filter::Pair { param, .. }
            | Filter::Near { param, .. } => param.strip_suffix(":rest").unwrap_or(param).to_owned(),
            Filter::Id(_) => "_id".to_owned(),
            Filter::Updated { .. } => "_lastUpdated".to_owned(),
            Filter::Content { narrative, .. } => if *narrative { "_text" } else { "_content" }.to_owned(),
            Filter::Chain { param, kind, filter } => format!("{param}:{kind}.{}", filter.names()),
            Filter::Has { kind, param, filter } => format!("_has:{kind}:{param}:{}", filter.names()),
        }
    }
}

/// Names of several conditions, each once.
fn joined(all: &[Filter], word: &str) -> String {
    let mut names: Vec<String> = all.iter().map(Filter::names).collect();
    names.dedup();
    if names.len() > 1 { format!("({})", names.join(word)) } else { names.concat() }
}

/// Which rows a parameter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum Rows {
    Text,
    Token,
    Date,
    Number,
    Quantity,
    Reference,
    Uri,
    Pair,
    Place,
}

/// How a string is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// It begins so.
    Begins,
    /// It has this somewhere.
    Contains,
    /// It ends so.
    Ends,
    /// It is this.
    Is,
}

/// How a URI is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is this one.
    Is,
    /// It is this one or under it.
    Below,
    /// It is this one or one above it.
    Above,
}

/// The prefixes of FHIR search (R4, 3.1.1.4.5), between the interval of a value and that of the value asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `eq`: within it.
    Equal,
    /// `ne`: not within it.
    NotEqual,
    /// `gt`: reaches above it.
    Greater,
    /// `lt`: reaches below it.
    Less,
    /// `ge`: `gt` or `eq`.
    GreaterOrEqual,
    /// `le`: `lt` or `eq`.
    LessOrEqual,
    /// `sa`: begins after it.
    StartsAfter,
    /// `eb`: ends before it.
    EndsBefore,
    /// `ap`: overlaps it; whoever asks has widened it.
    Approximately,
}

impl Compare {
    /// The comparison a prefix stands for.
    #[must_use]
    pub fn of(prefix: &str) -> Option<Self> {
        Some(match prefix {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "gt" => Self::Greater,
            "lt" => Self::Less,
            "ge" => Self::GreaterOrEqual,
            "le" => Self::LessOrEqual,
            "sa" => Self::StartsAfter,
            "eb" => Self::EndsBefore,
            "ap" => Self::Approximately,
            _ => return None,
        })
    }

    /// Whether the interval from `low` to before `high` compares so with the one asked for, from `asked.0` to before
    /// `asked.1`.
    pub fn holds<N: PartialOrd + Copy>(self, (low, high): (N, N), (from, until): (N, N)) -> bool {
        let within = from <= low && high <= until;
        match self {
            Self::Equal => within,
            Self::NotEqual => !within,
            Self::Greater => high > until,
            Self::Less => low < from,
            Self::GreaterOrEqual => high > until || within,
            Self::LessOrEqual => low < from || within,
            Self::StartsAfter => low >= until,
            Self::EndsBefore => high <= from,
            Self::Approximately => low < until && high > from,
        }
    }

    /// As [`Compare::holds`] for numbers, which are points or closed ranges.
    #[must_use]
    pub fn holds_number(self, (low, high): (f64, f64), (from, until): (f64, f64)) -> bool {
        let within = from <= low && high < until;
        match self {
            Self::Equal => within,
            Self::NotEqual => !within,
            Self::Greater => high > until,
            Self::Less => low < from,
            Self::GreaterOrEqual => high >= until,
            Self::LessOrEqual => low <= from,
            Self::StartsAfter => low > until,
            Self::EndsBefore => high < from,
            Self::Approximately => low <= until && high >= from,
        }
    }
}
