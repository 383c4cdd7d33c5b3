//! Collections as literals of FHIRPath, structures as JSON, for tests to compare.

use aroeira_fhir::fhirpath::{Item, Kind, Precision, Unit};

/// The items with commas between; `{}` for none.
pub(crate) fn written(items: &[Item<'_>]) -> String {
    if items.is_empty() {
        return "{}".to_owned();
    }
    items.iter().map(item).collect::<Vec<_>>().join(", ")
}

fn item(item: &Item<'_>) -> String {
    match item.system() {
        Item::Boolean(is) => is.to_string(),
        Item::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Item::Integer(number) => number.to_string(),
        Item::Decimal(number) => number.to_string(),
        Item::Temporal(it) => {
            let before = if it.kind() == Kind::Time { "T" } else { "" };
            let short = it.kind() == Kind::DateTime && it.precision() < Precision::Hour;
            format!("@{before}{it}{}", if short { "T" } else { "" })
        }
        Item::Quantity(it) => match it.unit {
            Unit::Code(code) => format!("{} '{code}'", it.value),
            Unit::Calendar(word) => format!("{} {word}", it.value),
        },
        Item::Type(kind) => format!("{}.{}", kind.namespace, kind.name),
        Item::Node(node) if node.value.is_null() => node.sibling.map(ToString::to_string).unwrap_or_default(),
        Item::Node(node) => node.value.to_string(),
    }
}
