//! The walk over a resource along the definitions of its types.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    Issue, Options, Profile, Reason, Severity,
    definitions::{Class, Definitions, Field, Shape, Structure, Type, structure},
    invariant::Invariant,
    path::{Step, written},
    primitive::{Primitive, Wrong},
    reference::Targets,
};
use crate::fhirpath::{ByReference, Context, EvalError, Node};

/// Objects and arrays within each other: as many as are read.
const DEEPEST: usize = 128;

static DEFINITIONS: Definitions = Definitions;
static BY_REFERENCE: ByReference = ByReference;
pub(super) static NULL: Value = Value::Null;

/// The resource that the walk is in.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// `%resource`.
    pub(super) resource: &'a Value,
    /// `%rootResource`: the same, or what it is contained in.
    pub(super) root: &'a Value,
}

/// How a resource stands in another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the one that is validated.
    Root,
    Contained,
    /// In an entry of a bundle, or a parameter.
    Inside,
}

pub(super) struct Walk<'a, 'o> {
    pub(super) options: &'o Options<'o>,
    pub(super) issues: Vec<Issue>,
    /// No more issues are told, so no more are looked for.
    pub(super) full: bool,
    pub(super) path: Vec<Step<'a>>,
    pub(super) scope: Scope<'a>,
    /// What the bundle that is validated holds.
    pub(super) targets: Targets<'a>,
    steps: u64,
    depth: usize,
    pub(super) within_profiles: usize,
    /// What references point at, while it is held against profiles.
    pub(super) targets_under_way: Vec<(Arc<Profile>, &'a Value)>,
    resource: &'a Value,
}

impl<'a, 'o> Walk<'a, 'o> {
    pub(super) fn new(resource: &'a Value, options: &'o Options<'o>) -> Walk<'a, 'o> {
        Walk {
            options,
            issues: Vec::new(),
            full: false,
            path: Vec::with_capacity(16),
            scope: Scope { resource, root: resource },
            targets: Targets::of(resource),
            steps: options.steps,
            depth: 0,
            within_profiles: 0,
            targets_under_way: Vec::new(),
            resource,
        }
    }

    pub(super) fn whole(mut self) -> Vec<Issue> {
        let name = self.resource.get("resourceType").and_then(Value::as_str);
        let known = name.filter(|name| crate::types::is_resource_type(name)).unwrap_or("Resource");
        self.path.push(Step::Name(known));
        self.resource(self.resource, Place::Root);
        if self.full {
            let most = self.options.most.to_string();
            self.issues.push(Issue {
                severity: Severity::Error,
                reason: Reason::More,
                path: known.to_owned(),
                detail: most,
            });
        }
        self.issues
    }

    /// Notes an error where the walk stands.
    pub(super) fn error(&mut self, reason: Reason, detail: impl Into<String>) {
        self.note(Severity::Error, reason, detail);
    }

    pub(super) fn note(&mut self, severity: Severity, reason: Reason, detail: impl Into<String>) {
        if self.full || (severity != Severity::Error && !self.options.warnings) {
            return;
        }
        if self.issues.len() >= self.options.most {
            self.full = true;
            return;
        }
        let issue = Issue { severity, reason, path: written(&self.path), detail: detail.into() };
        // A profile repeats what the type asks for.
        if self.within_profiles == 0 || !self.issues.contains(&issue) {
            self.issues.push(issue);
        }
    }

    /// Notes an error of an element below where the walk stands.
    pub(super) fn error_at(&mut self, name: &'a str, reason: Reason, detail: impl Into<String>) {
        self.path.push(Step::Name(name));
        self.error(reason, detail);
        self.path.pop();
    }

    /// A resource, with its own rules.
    pub(super) fn resource(&mut self, value: &'a Value, place: Place) {
        let Value::Object(map) = value else { return self.error(Reason::Type, "a resource") };
        let kind = map.get("resourceType").and_then(Value::as_str).unwrap_or_default();
        let Some(found) = structure(kind).filter(|s| s.class == Class::Resource && !s.is_abstract) else {
            return self.error(Reason::ResourceType, "");
        };
        let outer = self.scope;
        self.scope = Scope { resource: value, root: if place == Place::Contained { outer.root } else { value } };
        if map.contains_key("contained") {
            self.contained(map, place);
        }
        self.structure(found, value, map, true);
        let asked = if place == Place::Root { self.options.asked } else { &[] };
        self.profiles(Node::new(value, found.path), asked);
        if self.options.warnings
            && place != Place::Contained
            && !has_narrative(map)
            && found.field("contained").is_some()
        {
            self.note(Severity::Warning, Reason::Invariant, super::contained::DOM_6);
        }
        self.scope = outer;
    }

    /// The elements of an object, and what must hold of it as a whole.
    fn structure(
        &mut self,
        structure: &'static Structure,
        value: &'a Value,
        map: &'a Map<String, Value>,
        resource: bool,
    ) {
        if self.depth == DEEPEST {
            return self.error(Reason::Deep, "");
        }
        self.depth += 1;
        let (mut seen, mut some) = (0_u128, false);
        for (key, value) in map {
            if self.full {
                break;
            }
            if resource && key == "resourceType" {
                continue;
            }
            let (plain, value, beside) = match key.strip_prefix('_') {
                // What stands beside a value is looked at with it.
                Some(plain) if map.contains_key(plain) => continue,
                Some(plain) => (plain, None, Some(value)),
                None => (key.as_str(), Some(value), None),
            };
            let Some((at, field, kind)) = structure.key(plain) else {
                self.error_at(key, Reason::Unknown, structure.path);
                continue;
            };
            let primitive = matches!(kind.shape, Shape::Primitive(_));
            let beside = if primitive && value.is_some() { beside_of(map, plain) } else { beside };
            if beside.is_some() && !primitive {
                self.error_at(key, Reason::Unknown, structure.path);
                continue;
            }
            some |= resource || plain != "id";
            let bit = 1_u128 << at;
            if field.choice && seen & bit != 0 {
                self.error_at(field.name, Reason::Choice, "");
            }
            seen |= bit;
            self.path.push(Step::Name(field.name));
            self.field(field, kind, value, beside);
            self.path.pop();
        }
        if !some && !resource {
            self.error(Reason::Empty, "");
        }
        self.required(structure, seen);
        if structure.path == "Extension" {
            self.extension(map);
        }
        let node = Node::new(value, structure.path);
        self.invariants(&structure.invariants, node);
        self.depth -= 1;
    }

    fn required(&mut self, structure: &'static Structure, seen: u128) {
        let mut missing = structure.required & !seen;
        while missing != 0 {
            let at = missing.trailing_zeros() as usize;
            missing &= missing - 1;
            self.error(Reason::Required, structure.fields[at].name);
        }
    }

    /// An extension has a value or extensions of its own (ext-1).
    fn extension(&mut self, map: &Map<String, Value>) {
        let value = map.keys().any(|key| key.strip_prefix('_').unwrap_or(key).starts_with("value"));
        if value == map.contains_key("extension") {
            self.error(Reason::Invariant, "ext-1: Must have either extensions or value[x], not both");
        }
    }

    /// What is under a key: one value, or an array of them.
    fn field(
        &mut self,
        field: &'static Field,
        kind: &'static Type,
        value: Option<&'a Value>,
        beside: Option<&'a Value>,
    ) {
        if !field.many() {
            if value.is_some_and(Value::is_array) || beside.is_some_and(Value::is_array) {
                return self.error(Reason::Single, "");
            }
            return self.value(field, kind, value, beside);
        }
        let array = |value: Option<&'a Value>| match value {
            None => Some(&[][..]),
            Some(value) => value.as_array().map(Vec::as_slice),
        };
        let (Some(values), Some(besides)) = (array(value), array(beside)) else {
            return self.error(Reason::Array, "");
        };
        let count = values.len().max(besides.len());
        if count == 0 {
            return self.error(Reason::Empty, "");
        }
        if value.is_some() && beside.is_some() && values.len() != besides.len() {
            self.error(Reason::Alignment, "");
        }
        if count > field.max as usize {
            self.error(Reason::Many, field.max.to_string());
        }
        for at in 0..count {
            if self.full {
                return;
            }
            self.path.push(Step::At(at));
            // A null beside a value, or for it, keeps the place.
            let there = |value: &&Value| !value.is_null();
            let (value, beside) = (values.get(at).filter(there), besides.get(at).filter(there));
            if value.is_none() && beside.is_none() {
                self.error(Reason::Null, "");
            } else {
                self.value(field, kind, value, beside);
            }
            self.path.pop();
        }
    }

    /// One value of an element.
    fn value(
        &mut self,
        field: &'static Field,
        kind: &'static Type,
        value: Option<&'a Value>,
        beside: Option<&'a Value>,
    ) {
        match kind.shape {
            Shape::Primitive(primitive) => {
                if let Some(value) = value {
                    if !self.primitive(primitive, value) {
                        return;
                    }
                    if let Some(binding) = &field.binding {
                        self.bound(binding, kind.name, value);
                    }
                }
                if let Some(beside) = beside {
                    self.beside(kind, beside, value.is_some());
                }
            }
            Shape::Structure => {
                let (Some(value), Some(structure)) = (value, kind.structure()) else { return };
                let Value::Object(map) = value else {
                    return self.error(Reason::Type, format!("an object ({})", kind.name));
                };
                self.structure(structure, value, map, false);
                if kind.name == "Reference" {
                    self.reference(map, &kind.targets);
                }
                if let Some(binding) = &field.binding {
                    self.bound(binding, kind.name, value);
                }
            }
            Shape::Resource => {
                let Some(value) = value else { return };
                if kind.name != "Resource" && value.get("resourceType").is_some_and(|own| own != kind.name) {
                    return self.error(Reason::Type, kind.name);
                }
                let place = if field.name == "contained" { Place::Contained } else { Place::Inside };
                return self.resource(value, place);
            }
        }
        if !field.invariants.is_empty() {
            let node = Node { value: value.unwrap_or(&NULL), sibling: beside, kind: kind.name };
            self.invariants(&field.invariants, node);
        }
    }

    /// Whether a primitive is written as its type is.
    pub(super) fn primitive(&mut self, primitive: Primitive, value: &Value) -> bool {
        match primitive.check(value) {
            Ok(()) => return true,
            Err(Wrong::Empty) => self.error(Reason::Empty, ""),
            Err(Wrong::Form) => self.error(Reason::Form, primitive.name()),
            Err(Wrong::Kind(what)) => self.error(Reason::Type, what),
        }
        false
    }

    /// The id and extensions of a primitive. An id says nothing where there is no value.
    fn beside(&mut self, kind: &'static Type, beside: &'a Value, valued: bool) {
        let (Value::Object(map), Some(structure)) = (beside, kind.structure()) else {
            return self.error(Reason::Type, "an object (Element)");
        };
        if map.is_empty() || (valued && map.keys().all(|key| key == "id" || key == "_id")) {
            if map.is_empty() {
                return self.error(Reason::Empty, "");
            }
            return self.only_id(map);
        }
        self.structure(structure, beside, map, false);
    }

    fn only_id(&mut self, map: &'a Map<String, Value>) {
        let Some(id) = map.get("id") else { return };
        self.path.push(Step::Name("id"));
        self.primitive(Primitive::String, id);
        self.path.pop();
    }

    /// What must hold of an element.
    pub(super) fn invariants(&mut self, invariants: &[&'static Invariant], node: Node<'a>) {
        for invariant in invariants {
            if invariant.error || self.options.warnings {
                self.invariant(invariant, node);
            }
        }
    }

    pub(super) fn invariant(&mut self, invariant: &Invariant, node: Node<'a>) {
        let severity = if invariant.error { Severity::Error } else { Severity::Warning };
        let by_hand = invariant.by_hand.and_then(|check| check(node.value));
        let holds = match (by_hand, invariant.expression()) {
            (Some(holds), _) => Ok(Some(holds)),
            (None, Some(expression)) => {
                let mut context = Context::new(self.scope.resource, self.options.now)
                    .with_model(&DEFINITIONS)
                    .with_resolver(&BY_REFERENCE)
                    .with_focus(node);
                context.root = Some(self.scope.root);
                expression.holds_within(&context, &mut self.steps)
            }
            (None, None) => return self.note(Severity::Warning, Reason::Unevaluated, invariant.key.as_str()),
        };
        match holds {
            // R4's own expressions are empty where they do not apply: only what is false is broken.
            Ok(Some(true) | None) => {}
            Ok(Some(false)) => self.note(severity, Reason::Invariant, invariant.told()),
            Err(EvalError::Budget) => self.costly(),
            Err(_) => self.note(Severity::Warning, Reason::Unevaluated, invariant.key.as_str()),
        }
    }

    /// Takes steps of profiles off the budget; whether there were as many.
    pub(super) fn spend(&mut self, steps: u64) -> bool {
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(0);
        if left.is_none() {
            self.costly();
        }
        left.is_some()
    }

    /// The steps are used up: said once, and what needs none goes on.
    fn costly(&mut self) {
        if !self.issues.iter().any(|issue| issue.reason == Reason::Costly) {
            self.error(Reason::Costly, "");
        }
    }
}

fn has_narrative(map: &Map<String, Value>) -> bool {
    map.get("text").is_some_and(|text| text.get("div").is_some())
}

/// What stands beside the value of a key.
fn beside_of<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    crate::fhirpath::beside(map, key)
}
