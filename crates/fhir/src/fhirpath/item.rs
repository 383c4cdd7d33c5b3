//! What expressions evaluate to: nodes of a resource, and the values of FHIRPath's own types.

use std::borrow::Cow;

use serde_json::Value;

use super::{Decimal, Temporal, calendar, temporal::Kind};

/// One member of a collection. What comes from the resource borrows from it.
#[derive(Debug, Clone)]
pub enum Item<'a> {
    /// An element or resource.
    Node(Node<'a>),
    /// `System.Boolean`.
    Boolean(bool),
    /// `System.String`.
    String(Cow<'a, str>),
    /// `System.Integer`, 32 bits.
    Integer(i32),
    /// `System.Decimal`.
    Decimal(Decimal),
    /// `System.Date`, `System.DateTime` or `System.Time`.
    Temporal(Temporal),
    /// `System.Quantity`.
    Quantity(Quantity<'a>),
    /// What `type()` answers.
    Type(TypeName<'a>),
}

/// An element of a resource: its JSON, its type, and the object with its id and extensions.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// The JSON of it; `null` where a primitive has extensions only.
    pub value: &'a Value,
    /// Of a primitive: the object under the key with `_` before it.
    pub sibling: Option<&'a Value>,
    /// The FHIR type, the path of an inline structure (`Patient.contact`), or empty where it is not known.
    pub kind: &'a str,
}

/// A number with its unit.
#[derive(Debug, Clone)]
pub struct Quantity<'a> {
    /// The number.
    pub value: Decimal,
    /// What it counts.
    pub unit: Unit<'a>,
}

/// The unit of a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit<'a> {
    /// A UCUM code; `1` for none.
    Code(Cow<'a, str>),
    /// A length of time of the calendar, in the singular: `year`, `month`, ... `millisecond`.
    Calendar(&'static str),
}

/// The name of a type and the model it belongs to, `FHIR` or `System`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName<'a> {
    /// `FHIR` or `System`.
    pub namespace: &'static str,
    /// The name within it.
    pub name: Cow<'a, str>,
}

pub(super) static NULL: Value = Value::Null;

/// What is not an object of elements but one value, by its FHIR type.
fn primitive<'a>(kind: &str, value: &'a Value) -> Option<Item<'a>> {
    match value {
        Value::Bool(is) => Some(Item::Boolean(*is)),
        Value::Number(number) => {
            let text = number.as_str();
            if kind != "decimal"
                && let Ok(whole) = text.parse::<i32>()
            {
                return Some(Item::Integer(whole));
            }
            text.parse().ok().map(Item::Decimal)
        }
        Value::String(text) => {
            let temporal = match kind {
                "date" => Temporal::date(text),
                "dateTime" | "instant" => Temporal::date_time(text),
                "time" => Temporal::time(text),
                _ => None,
            };
            Some(temporal.map_or(Item::String(Cow::Borrowed(text)), Item::Temporal))
        }
        _ => None,
    }
}

impl<'a> Node<'a> {
    /// A node of a resource or element whose type is given.
    pub fn new(value: &'a Value, kind: &'a str) -> Node<'a> {
        Node { value, sibling: None, kind }
    }

    /// The type name that a resource carries in itself.
    pub(super) fn resource_type(value: &'a Value) -> Option<&'a str> {
        value.as_object()?.get("resourceType")?.as_str()
    }

    /// The value of a primitive in FHIRPath's own types; nothing for structures and for primitives without a value.
    pub fn primitive(&self) -> Option<Item<'a>> {
        primitive(self.kind, self.value)
    }

    /// The name of its FHIR type; what the JSON shows where the type is not known.
    pub(super) fn type_name(&self) -> &'a str {
        match self.value {
            _ if !self.kind.is_empty() => self.kind,
            Value::Bool(_) => "boolean",
            Value::String(_) => "string",
            Value::Number(number) if number.as_str().parse::<i32>().is_ok() => "integer",
            Value::Number(_) => "decimal",
            _ => "",
        }
    }

    /// A FHIR Quantity as `System.Quantity` (R4, FHIRPath): one without a comparator, in UCUM or without a system.
    pub(super) fn quantity(&self) -> Option<Quantity<'a>> {
        let object = self.value.as_object()?;
        if object.contains_key("comparator") {
            return None;
        }
        let value = object.get("value").filter(|v| v.is_number())?;
        let value = value.as_number()?.as_str().parse().ok()?;
        let text = |key: &str| object.get(key).and_then(Value::as_str);
        let unit = match (text("system"), text("code")) {
            (Some(UCUM), Some(code)) => calendar::unit_of_code(code).map_or(Unit::Code(code.into()), Unit::Calendar),
            (Some(UCUM), None) => Unit::Code("1".into()),
            (Some(_), _) => return None,
            (None, code) => Unit::Code(code.or_else(|| text("unit")).unwrap_or("1").into()),
        };
        Some(Quantity { value, unit })
    }
}

/// The system of UCUM's codes.
pub(super) const UCUM: &str = "http://unitsofmeasure.org";

impl<'a> Item<'a> {
    /// The node, where it is one.
    pub fn node(&self) -> Option<&Node<'a>> {
        match self {
            Item::Node(node) => Some(node),
            _ => None,
        }
    }

    /// A primitive element as a value of FHIRPath's own types; everything else as it is.
    #[must_use]
    pub fn system(&self) -> Item<'a> {
        match self {
            Item::Node(node) => node.primitive().unwrap_or(Item::Node(*node)),
            other => other.clone(),
        }
    }

    /// The text, of a String or a primitive that is one.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self {
            Item::String(text) => Some(text.clone()),
            Item::Node(node) => node.value.as_str().map(Cow::Borrowed),
            _ => None,
        }
    }

    /// The truth, of a Boolean or a primitive that is one.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Item::Boolean(is) => Some(*is),
            Item::Node(node) => node.value.as_bool(),
            _ => None,
        }
    }

    /// The namespace and name of its type. An inline structure is a `BackboneElement` or `Element`.
    pub fn type_name(&self) -> TypeName<'a> {
        let system = |name: &'static str| TypeName { namespace: "System", name: name.into() };
        match self {
            Item::Node(node) => {
                let name = node.type_name();
                let name = if name.contains('.') { super::model::base(name).unwrap_or(name) } else { name };
                TypeName { namespace: "FHIR", name: name.into() }
            }
            Item::Boolean(_) => system("Boolean"),
            Item::String(_) => system("String"),
            Item::Integer(_) => system("Integer"),
            Item::Decimal(_) => system("Decimal"),
            Item::Temporal(it) => system(match it.kind() {
                Kind::Date => "Date",
                Kind::DateTime => "DateTime",
                Kind::Time => "Time",
            }),
            Item::Quantity(_) => system("Quantity"),
            Item::Type(_) => system("TypeInfo"),
        }
    }
}

impl Unit<'_> {
    /// The unit as a literal has it: the calendar's word, or the code in quotes.
    pub(super) fn written(&self) -> String {
        match self {
            Unit::Code(code) => format!("'{code}'"),
            Unit::Calendar(word) => (*word).to_owned(),
        }
    }
}
