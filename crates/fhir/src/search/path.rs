//! Where the values of a search parameter stand: the FHIRPath of search parameters - and of them alone - compiled into
//! steps that walk JSON without allocating.

use serde_json::{Map, Value};

use super::definitions::Choices;
use crate::index::reference_kind;

/// One part of an expression, between its `|`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    steps: Vec<Step>,
    /// It asks not for the value but whether there is one and it is not false.
    truth: bool,
    /// It begins at the resource, wherever it stands (`%resource`).
    rooted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The element of this name, through an array.
    Element(&'static str),
    /// The element of this name, and of an array one item.
    Item(&'static str, usize),
    /// The elements of an element with a choice of types: `valueQuantity`, `valueString` ...
    Choice(Vec<&'static str>),
    /// Only what has this string as its element: `where(system='phone')`.
    Is(&'static str, &'static str),
    /// Only references to this type, or to nobody knows what: `where(resolve() is Patient)`.
    Points(&'static str),
}

static TRUE: Value = Value::Bool(true);
static FALSE: Value = Value::Bool(false);

impl Path {
    /// It leads to the resource itself.
    pub(crate) fn is_whole(&self) -> bool {
        self.steps.is_empty()
    }

    /// Visits every value there is in an element of a resource.
    pub(crate) fn each_within<'v>(
        &self,
        element: &'v Map<String, Value>,
        resource: &'v Map<String, Value>,
        visit: &mut dyn FnMut(&'v Value),
    ) {
        self.each(if self.rooted { resource } else { element }, visit);
    }

    /// Visits every value there is.
    pub(crate) fn each<'v>(&self, map: &'v Map<String, Value>, visit: &mut dyn FnMut(&'v Value)) {
        if self.truth {
            let mut truth = false;
            walk(&self.steps, map, &mut |value| truth |= *value != FALSE);
            visit(if truth { &TRUE } else { &FALSE });
        } else {
            walk(&self.steps, map, visit);
        }
    }
}

/// From an object on.
fn walk<'v>(steps: &[Step], map: &'v Map<String, Value>, visit: &mut dyn FnMut(&'v Value)) {
    let Some((step, rest)) = steps.split_first() else { return };
    match step {
        Step::Element(name) => {
            if let Some(value) = map.get(*name) {
                go_on(rest, value, visit);
            }
        }
        Step::Item(name, at) => match map.get(*name) {
            Some(Value::Array(items)) => items.get(*at).map_or((), |value| go_on(rest, value, visit)),
            Some(value) if *at == 0 => go_on(rest, value, visit),
            _ => {}
        },
        Step::Choice(names) => {
            for value in names.iter().filter_map(|name| map.get(*name)) {
                go_on(rest, value, visit);
            }
        }
        Step::Is(..) | Step::Points(_) => {}
    }
}

/// From a value on: each item of an array, as far as the conditions that come next let it.
fn go_on<'v>(mut steps: &[Step], value: &'v Value, visit: &mut dyn FnMut(&'v Value)) {
    if let Value::Array(items) = value {
        return items.iter().for_each(|item| go_on(steps, item, visit));
    }
    while let Some((step, rest)) = steps.split_first() {
        let passes = match step {
            Step::Is(name, wanted) => value.get(*name).and_then(Value::as_str) == Some(wanted),
            Step::Points(kind) => points_at(value, kind),
            _ => break,
        };
        if !passes {
            return;
        }
        steps = rest;
    }
    match value {
        Value::Null => {}
        value if steps.is_empty() => visit(value),
        Value::Object(map) => walk(steps, map, visit),
        _ => {}
    }
}

/// Whether a reference is to the type: as its address or, for want of one there, its `type` says. One that says nothing
/// may be.
fn points_at(value: &Value, kind: &str) -> bool {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    match text("reference").or(value.as_str()).and_then(reference_kind) {
        Some("") | None => text("type").is_none_or(|said| said == kind),
        Some(found) => found == kind,
    }
}

/// The parts of an expression that are for a type. `None` if it cannot be read.
pub(super) fn compile(kind: &str, expression: &'static str, choices: &Choices) -> Option<Vec<Path>> {
    let mut paths = Vec::new();
    for part in top_level(expression, '|') {
        let part = part.trim();
        let base = part.trim_start_matches('(');
        let base = &base[..base.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(base.len())];
        // An expression that begins with an element is for whatever type it is asked of.
        let relative = base.starts_with(|c: char| c.is_ascii_lowercase());
        if relative || base == kind || matches!(base, "Resource" | "DomainResource") {
            let mut reading = Reading { choices, walked: String::new(), steps: Vec::new() };
            if relative {
                reading.walked.push_str(kind);
            }
            let truth = reading.condition(part)?;
            paths.push(Path { steps: reading.steps, truth, rooted: false });
        }
    }
    paths.dedup();
    Some(paths)
}

/// What leads from an element on, of an expression of its own: a part of a composite. The element is of a type, at a path
/// as the definitions name it; `%resource` is what it stands in.
pub(super) fn compile_within(walked: &str, expression: &'static str, choices: &Choices) -> Option<Vec<Path>> {
    let parts = top_level(expression, '|').map(|part| {
        let root = part.trim().strip_prefix("%resource.");
        let from = if root.is_some() { walked.split('.').next().unwrap_or_default() } else { walked };
        let mut reading = Reading { choices, walked: from.to_owned(), steps: Vec::new() };
        reading.path(root.unwrap_or(part))?;
        Some(Path { steps: reading.steps, truth: false, rooted: root.is_some() })
    });
    parts.collect()
}

/// The parts of a text between separators that stand in no brackets.
fn top_level(text: &'static str, separator: char) -> impl Iterator<Item = &'static str> {
    let mut depth = 0_usize;
    text.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == separator && depth == 0
    })
}

/// An expression while it is read.
struct Reading<'c> {
    choices: &'c Choices,
    /// The path so far, as the definitions name it: `Observation.component`.
    walked: String,
    steps: Vec<Step>,
}

impl Reading<'_> {
    /// A path, or `x.exists() and x != false`; says which.
    fn condition(&mut self, text: &'static str) -> Option<bool> {
        let Some((exists, differs)) = text.split_once(" and ") else {
            self.path(text)?;
            return Some(false);
        };
        let path = exists.strip_suffix(".exists()")?;
        (differs.strip_suffix(" != false")? == path).then_some(())?;
        self.path(path)?;
        Some(true)
    }

    fn path(&mut self, text: &'static str) -> Option<()> {
        let text = text.trim();
        let mut segments = top_level(text, '.');
        let first = segments.next()?;
        if let Some(inner) = first.strip_prefix('(') {
            self.path(inner.strip_suffix(')')?)?;
        } else if let Some((path, kind)) = text.rsplit_once(" as ") {
            self.path(path)?;
            return self.narrow(kind);
        } else {
            self.segment(first)?;
        }
        segments.try_for_each(|segment| self.segment(segment))
    }

    fn segment(&mut self, text: &'static str) -> Option<()> {
        let within = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(kind) = within("as").or_else(|| within("ofType")) {
            return self.narrow(kind);
        }
        if let Some(condition) = within("where") {
            self.steps.push(match condition.strip_prefix("resolve() is ") {
                Some(kind) => Step::Points(kind),
                None => {
                    let (name, wanted) = condition.split_once('=')?;
                    Step::Is(name.trim(), wanted.trim().strip_prefix('\'')?.strip_suffix('\'')?)
                }
            });
            return Some(());
        }
        let (name, item) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            Some((name, at)) => (name, Some(at.parse().ok()?)),
            None => (text, None),
        };
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
        is_name.then_some(())?;
        if self.walked.is_empty() {
            self.walked.push_str(name);
            return item.is_none().then_some(());
        }
        self.walked.push('.');
        self.walked.push_str(name);
        self.steps.push(match (item, self.choices.get(self.walked.as_str())) {
            (Some(at), _) => Step::Item(name, at),
            (None, Some(kinds)) => Step::Choice(kinds.iter().map(|kind| of_type(name, kind)).collect()),
            (None, None) => Step::Element(name),
        });
        Some(())
    }

    /// Of the element just read, only the values of one type.
    fn narrow(&mut self, kind: &str) -> Option<()> {
        let name = self.walked.rsplit('.').next()?;
        let narrowed = match self.steps.pop()? {
            Step::Choice(mut names) => {
                names.retain(|found| is_a(&found[name.len()..], kind));
                (!names.is_empty()).then_some(Step::Choice(names))?
            }
            Step::Element(element) => Step::Element(of_type(element, kind)),
            _ => return None,
        };
        self.steps.push(narrowed);
        Some(())
    }
}

/// Whether a type is another, or a kind of it. Types are told apart by their names whatever the case: a component of R4
/// says `DateTime`.
fn is_a(kind: &str, wanted: &str) -> bool {
    let kinds: &[&str] = match wanted {
        "uri" => &["canonical", "oid", "url", "uuid"],
        "string" => &["code", "id", "markdown"],
        "integer" => &["positiveInt", "unsignedInt"],
        "Quantity" => &["Age", "Count", "Distance", "Duration"],
        _ => &[],
    };
    [wanted].iter().chain(kinds).any(|one| one.eq_ignore_ascii_case(kind))
}

/// The name in JSON of an element with a choice of types: `value` as `string` is `valueString`. It stays for good, as
/// the definitions do.
fn of_type(name: &str, kind: &str) -> &'static str {
    let (first, rest) = kind.split_at(kind.len().min(1));
    format!("{name}{}{rest}", first.to_ascii_uppercase()).leak()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(expression: &'static str) -> Option<Vec<Path>> {
        let choices = [("Observation.value", vec!["Quantity", "dateTime", "string"])];
        compile("Observation", expression, &choices.into_iter().collect())
    }

    /// The values at an expression, as JSON.
    fn values(expression: &'static str, resource: &Value) -> Vec<String> {
        let mut found = Vec::new();
        for path in read(expression).unwrap() {
            path.each(resource.as_object().unwrap(), &mut |value| found.push(value.to_string()));
        }
        found
    }

    #[test]
    fn steps_lead_to_values() {
        let resource = json!({
            "code": "a", "codeNote": "b", "valueString": "s", "valueQuantity": {"value": 1}, "valueSet": "no",
            "item": [{"on": [{"x": 1}, {"x": null}]}, {"on": {"x": 2}}, 7],
            "contact": [{"system": "phone", "value": "1"}, {"system": "email", "value": "2"}],
            "who": [{"reference": "Patient/1"}, {"reference": "Group/1"}, {"type": "Group"}],
        });
        for (expression, expected) in [
            ("Observation.code", vec!["\"a\""]),
            ("Observation.code | Patient.code | Resource.code", vec!["\"a\""]),
            ("code | Observation.codeNote", vec!["\"a\"", "\"b\""]),
            ("Observation.value", vec![r#"{"value":1}"#, "\"s\""]),
            ("(Observation.value as string)", vec!["\"s\""]),
            ("Observation.value.as(Quantity).value", vec!["1"]),
            ("(Observation.value as DateTime)", vec![]),
            ("(Observation.note as string)", vec![]),
            ("Observation.item.on.x", vec!["1", "2"]),
            ("Observation.item[1].on.x", vec!["2"]),
            ("Observation.item[9].on", vec![]),
            ("Observation.contact.where(system='email').value", vec!["\"2\""]),
            ("Observation.who.where(resolve() is Patient).reference", vec!["\"Patient/1\""]),
            ("Observation.code.exists() and Observation.code != false", vec!["true"]),
            ("Observation.gone.exists() and Observation.gone != false", vec!["false"]),
            ("Patient.code", vec![]),
        ] {
            assert_eq!(values(expression, &resource), expected, "{expression}");
        }
    }

    #[test]
    fn what_is_no_such_expression_is_refused() {
        for expression in [
            "Observation.value as Range",
            "Observation.code.first()",
            "Observation.code.where(x > 1)",
            "(Observation.code",
            "Observation.code[x]",
            "Observation..code",
            "Observation.a.exists() and Observation.b != false",
            "Observation.code and Observation.code",
            "as(Quantity).Observation",
        ] {
            assert_eq!(read(expression), None, "{expression}");
        }
    }

    #[test]
    fn a_type_holds_its_kinds() {
        assert!(is_a("Canonical", "uri") && is_a("Age", "Quantity") && is_a("DateTime", "dateTime"));
        assert!(!is_a("Uri", "canonical") && !is_a("Money", "Quantity"));
    }
}
