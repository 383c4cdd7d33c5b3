//! Search parameters of a clinic's own: what a SearchParameter resource must be to become one, and the rows that its
//! FHIRPath expression leads to. Each has a numbered slot, whose name its rows stand under.

use std::sync::{Arc, OnceLock};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};

use super::definitions::{Parameter, ParameterKind, parameter};
use crate::fhirpath::{Context, EvalError, Expression, Item, Unit};
use crate::index::{Row, own_rows};
use crate::instant::Instant;
use crate::types::RESOURCE_TYPES;

/// Slots of a clinic: those in use, and those whose rows are still being taken away.
pub const SLOTS: usize = 200;
/// Types of one parameter, characters of its code, bytes of its expression.
const BASES: usize = 20;
const CODE: usize = 64;
const EXPRESSION: usize = 4 << 10;
/// Steps of an expression over one resource: at times it is evaluated where every write of the clinic waits.
const BUDGET: u64 = 5_000;

/// What a SearchParameter says that its index depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// As it stands in a query.
    pub code: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// The types it is of, sorted.
    pub base: Vec<String>,
    /// Of a reference, the types it may point at; empty for all.
    pub target: Vec<String>,
    /// FHIRPath.
    pub expression: String,
}

/// Why a SearchParameter cannot be one: the element, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// Name of the element.
    pub element: &'static str,
    /// What would be right.
    pub expected: String,
}

impl Definition {
    /// Reads an active SearchParameter; `None` of one that is a draft or retired: it is kept, and nothing is indexed.
    ///
    /// # Errors
    /// Every element that is wrong.
    pub fn read(resource: &Map<String, Value>) -> Result<Option<Self>, Vec<Unfit>> {
        let text = |key: &str| resource.get(key).and_then(Value::as_str);
        if text("status") != Some("active") {
            return Ok(None);
        }
        let mut unfit = Vec::new();
        let mut wrong = |element, expected: String| unfit.push(Unfit { element, expected });
        let types = |key: &str| -> Option<Vec<String>> {
            let mut types: Vec<String> = resource.get(key).map_or(Some(Vec::new()), |value| {
                value.as_array()?.iter().map(|one| one.as_str().map(str::to_owned)).collect()
            })?;
            types.sort_unstable();
            types.dedup();
            types.iter().all(|kind| RESOURCE_TYPES.contains(&kind.as_str())).then_some(types)
        };
        let code = text("code").unwrap_or_default().to_owned();
        let is_code = code.starts_with(|c: char| c.is_ascii_alphabetic())
            && code.len() <= CODE
            && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !is_code {
            wrong("code", format!("a letter, then letters, digits and hyphens: at most {CODE}"));
        }
        let base = types("base").filter(|base| !base.is_empty() && base.len() <= BASES).unwrap_or_default();
        if base.is_empty() {
            wrong("base", format!("1 to {BASES} types of R4"));
        }
        for kind in base.iter().filter(|kind| parameter(kind, &code).is_some()) {
            wrong("code", format!("another code: {kind} has an official parameter of this one"));
        }
        let target = types("target");
        if target.is_none() {
            wrong("target", "types of R4".to_owned());
        }
        let kind = text("type").and_then(|kind| serde_json::from_value(json!(kind)).ok());
        let kind = kind.filter(|kind| !matches!(kind, ParameterKind::Composite | ParameterKind::Special));
        if kind.is_none() {
            wrong("type", "number, date, string, token, reference, quantity, uri".to_owned());
        }
        let expression = text("expression").unwrap_or_default().to_owned();
        if expression.is_empty() || expression.len() > EXPRESSION {
            wrong("expression", format!("FHIRPath of at most {EXPRESSION} bytes"));
        } else if let Err(error) = Expression::parse(&expression) {
            wrong("expression", format!("FHIRPath: {error}"));
        }
        match (kind, target) {
            (Some(kind), Some(target)) if unfit.is_empty() => Ok(Some(Self { code, kind, base, target, expression })),
            _ => Err(unfit),
        }
    }
}

/// How far a parameter's index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It answers.
    Ready,
    /// So many hundredths of the records have been gone through: it does not answer yet.
    Indexing(u8),
}

/// A search parameter of a clinic's own.
#[derive(Debug)]
pub struct OwnParameter {
    /// Id of the SearchParameter.
    pub id: String,
    /// What it says.
    pub definition: Definition,
    parameter: Parameter,
    expression: Expression,
}

impl OwnParameter {
    /// One in a slot, from 1 to [`SLOTS`]. `None` if its expression is none.
    #[must_use]
    pub fn new(id: &str, definition: Definition, slot: usize) -> Option<Self> {
        let [name, calls, of_type, canonical, rest] = *names().get(slot.checked_sub(1)?)?;
        let beside = match definition.kind {
            ParameterKind::Token => [calls, of_type, "", rest],
            ParameterKind::Quantity => ["", "", canonical, ""],
            ParameterKind::String => ["", "", "", rest],
            _ => [""; 4],
        };
        let named = definition.target.iter();
        let targets = named.filter_map(|kind| RESOURCE_TYPES.iter().find(|known| *known == kind).copied()).collect();
        let expression = Expression::parse(&definition.expression).ok()?;
        let parameter = Parameter {
            targets: if definition.target.is_empty() { RESOURCE_TYPES.into() } else { Vec::into(targets) },
            ..Parameter::of_slot(name, definition.kind, beside)
        };
        Some(Self { id: id.to_owned(), definition, parameter, expression })
    }

    /// The name its rows stand under.
    #[must_use]
    pub fn slot(&self) -> &'static str {
        self.parameter.name
    }

    /// Whether its expression may come upon the version or the time of the resource.
    fn reads_meta(&self) -> bool {
        // A name in backticks may be written with escapes.
        ["meta", "children", "descendants", "`"].iter().any(|name| self.definition.expression.contains(name))
    }

    /// Its rows of one resource of its types. Dates without an offset are read in `zone`. `now()` in an expression is the
    /// beginning of 1970: an index does not change with the clock.
    ///
    /// # Errors
    /// An expression that does not work on this resource, or takes too many steps.
    pub fn rows(&self, resource: &Value, zone: &TimeZone) -> Result<Vec<Row>, EvalError> {
        let mut context = Context::new(resource, Instant(0));
        context.zone = zone.clone();
        context.budget = BUDGET;
        let mut found = Vec::new();
        for item in self.expression.evaluate(&context)? {
            match item {
                Item::Node(node) => found.push(node.value.clone()),
                other => found.extend(value_of(&other)),
            }
        }
        Ok(own_rows(&self.parameter, &found, zone))
    }
}

/// Rows of one resource by parameters of a clinic's own, made before it is written: beside the writer.
#[derive(Debug, Clone, Default)]
pub struct OwnRows(Vec<(Arc<OwnParameter>, Option<Vec<Row>>)>);

impl OwnRows {
    /// Those of a parameter, if they were made by this very one: after another was put in its place they were not. `Some`
    /// of nothing says that its expression did not work.
    #[must_use]
    pub fn by(&self, own: &Arc<OwnParameter>) -> Option<Option<&[Row]>> {
        let (_, rows) = self.0.iter().find(|(made_by, _)| Arc::ptr_eq(made_by, own))?;
        Some(rows.as_deref())
    }
}

impl PartialEq for OwnRows {
    fn eq(&self, other: &Self) -> bool {
        let same = |((own, rows), (other, others)): (&(Arc<OwnParameter>, _), &(Arc<OwnParameter>, _))| {
            Arc::ptr_eq(own, other) && rows == others
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}

/// A value of FHIRPath's own types, as a resource would have it.
fn value_of(item: &Item<'_>) -> Option<Value> {
    let number = |text: String| text.parse::<Number>().ok().map(Value::Number);
    match item {
        Item::Boolean(is) => Some(Value::Bool(*is)),
        Item::String(text) => Some(Value::String(text.clone().into_owned())),
        Item::Integer(whole) => Some((*whole).into()),
        Item::Decimal(decimal) => number(decimal.to_string()),
        Item::Temporal(at) => Some(Value::String(at.to_string())),
        Item::Quantity(quantity) => {
            let unit = match &quantity.unit {
                Unit::Code(code) => code.clone().into_owned(),
                Unit::Calendar(word) => (*word).to_owned(),
            };
            let value = number(quantity.value.to_string())?;
            Some(json!({ "value": value, "code": unit, "system": "http://unitsofmeasure.org" }))
        }
        Item::Node(_) | Item::Type(_) => None,
    }
}

/// The names of every slot: of its rows, of what its codes are called, of identifiers by their type, of quantities in base
/// units, of how long texts go on.
fn names() -> &'static [[&'static str; 5]] {
    static NAMES: OnceLock<Vec<[&'static str; 5]>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let name = |slot: usize, of: &str| -> &'static str { format!("own:{slot}{of}").leak() };
        let all = |slot| ["", ":text", ":of-type", ":canonical", ":rest"].map(|of| name(slot, of));
        (1..=SLOTS).map(all).collect()
    })
}

/// The number of a slot by one of its names; `None` of an official parameter.
#[must_use]
pub fn slot_of(name: &str) -> Option<i64> {
    name.strip_prefix("own:")?.split(':').next()?.parse().ok()
}

/// The search parameters of a clinic's own, and how far each is.
#[derive(Debug, Clone, Default)]
pub struct Own {
    all: Vec<(Arc<OwnParameter>, Progress)>,
}

impl Own {
    /// All of them.
    #[must_use]
    pub fn new(all: Vec<(Arc<OwnParameter>, Progress)>) -> Self {
        Self { all }
    }

    /// All of them, each with its progress.
    pub fn all(&self) -> impl Iterator<Item = (&Arc<OwnParameter>, Progress)> {
        self.all.iter().map(|(own, progress)| (own, *progress))
    }

    /// Those of a type.
    pub fn of<'o>(&'o self, kind: &'o str) -> impl Iterator<Item = &'o Arc<OwnParameter>> {
        self.all.iter().map(|(own, _)| own).filter(move |own| own.definition.base.iter().any(|base| base == kind))
    }

    /// The rows of a resource by those of its type. What an expression may read of `meta` is known only when the resource is
    /// written: such parameters are left out.
    #[must_use]
    pub fn rows(&self, kind: &str, resource: &Value, zone: &TimeZone) -> OwnRows {
        let known = self.of(kind).filter(|own| !own.reads_meta());
        OwnRows(known.map(|own| (Arc::clone(own), own.rows(resource, zone).ok())).collect())
    }

    /// One of a type by its code, and how far it is.
    #[must_use]
    pub fn find(&self, kind: &str, code: &str) -> Option<(&Parameter, Progress)> {
        let (own, progress) = self
            .all
            .iter()
            .find(|(own, _)| own.definition.code == code && own.definition.base.iter().any(|base| base == kind))?;
        Some((&own.parameter, *progress))
    }
}
