//! From an element to its children, with their types; and what type an item is.

use serde_json::{Map, Value};

use super::{
    Child, EvalError, Item, Model, Node,
    ast::TypeSpecifier,
    eval::{Answer, Engine, boolean, single},
    item::NULL,
    model::{base, is_choice_key, type_of_suffix},
};

/// How definitions name the types of ids and URLs.
const SYSTEM: &str = "http://hl7.org/fhirpath/System.";

impl<'a> Node<'a> {
    /// A resource, whose type is in its JSON.
    pub fn of_resource(value: &'a Value) -> Node<'a> {
        Node::new(value, Node::resource_type(value).unwrap_or_default())
    }

    /// Where the elements of it are: of a primitive those beside it.
    fn elements(&self) -> Option<&'a Map<String, Value>> {
        self.value.as_object().or_else(|| self.sibling?.as_object())
    }

    /// An element of the type that was found, or that it names itself where that is any resource.
    fn typed(value: &'a Value, sibling: Option<&'a Value>, kind: &'a str) -> Node<'a> {
        let kind = match kind {
            "" | "Resource" | "DomainResource" => Node::resource_type(value).unwrap_or(kind),
            _ if kind.starts_with(SYSTEM) => "string",
            _ => kind,
        };
        Node { value, sibling, kind }
    }
}

/// Adds the items under a key: an array is flattened, and what stands beside its members goes with them.
fn push<'a>(value: Option<&'a Value>, beside: Option<&'a Value>, kind: &'a str, out: &mut Vec<Item<'a>>) {
    let present = |value: &&Value| !value.is_null();
    let mut one = |value: Option<&'a Value>, beside: Option<&'a Value>| {
        let (value, beside) = (value.filter(present), beside.filter(present));
        if value.is_some() || beside.is_some() {
            out.push(Item::Node(Node::typed(value.unwrap_or(&NULL), beside, kind)));
        }
    };
    match (value, beside) {
        (Some(Value::Array(values)), beside) => {
            let beside = beside.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            for at in 0..values.len().max(beside.len()) {
                one(values.get(at), beside.get(at));
            }
        }
        (None, Some(Value::Array(beside))) => beside.iter().for_each(|beside| one(None, Some(beside))),
        (value, beside) => one(value, beside),
    }
}

/// What stands beside a primitive: the value under its key with `_` before it.
pub(crate) fn beside<'a>(elements: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    let mut buffer = [0; 64];
    let Some(room) = buffer.get_mut(1..=key.len()) else { return elements.get(&format!("_{key}")) };
    room.copy_from_slice(key.as_bytes());
    buffer[0] = b'_';
    elements.get(std::str::from_utf8(&buffer[..=key.len()]).ok()?)
}

/// Adds what is under a key, unless nothing is.
fn push_key<'a>(elements: &'a Map<String, Value>, key: &str, kind: &'a str, out: &mut Vec<Item<'a>>) -> bool {
    let before = out.len();
    match elements.get(key) {
        // Nothing stands beside structures.
        Some(value) if is_structure(value) => push(Some(value), None, kind, out),
        value => push(value, beside(elements, key), kind, out),
    }
    out.len() > before
}

fn is_structure(value: &Value) -> bool {
    match value {
        Value::Array(all) => matches!(all.first(), Some(Value::Object(_))),
        value => value.is_object(),
    }
}

/// The key of a choice that is present, without the `_` of a value that has extensions only.
fn choice<'a>(
    elements: &'a Map<String, Value>,
    stem: &str,
    kind: impl Fn(&'a str) -> Option<&'a str>,
) -> Option<(&'a str, &'a str)> {
    elements.keys().find_map(|key| {
        let key = key.strip_prefix('_').unwrap_or(key);
        kind(key.strip_prefix(stem)?).map(|kind| (key, kind))
    })
}

impl<'a> Engine<'_, 'a> {
    /// A name that no dot stands before: the focus itself where it is the name of its type, else its elements.
    pub(super) fn name(&self, name: &'a str, focus: &[Item<'a>]) -> Answer<'a> {
        let mut found = Vec::new();
        let may_be_type = name.starts_with(|c: char| c.is_ascii_uppercase());
        for item in focus {
            if may_be_type && item.node().is_some_and(|node| self.node_is(node, name)) {
                found.push(item.clone());
            } else {
                self.child(item, name, &mut found)?;
            }
        }
        Ok(found)
    }

    /// Adds the elements of that name.
    pub(super) fn child(&self, item: &Item<'a>, name: &'a str, out: &mut Vec<Item<'a>>) -> Result<(), EvalError> {
        let before = out.len();
        match item {
            Item::Node(node) => {
                if let Some(elements) = node.elements() {
                    self.node_child(node, elements, name, out);
                }
            }
            Item::Type(kind) if name == "name" => out.push(Item::String(kind.name.clone())),
            Item::Type(kind) if name == "namespace" => out.push(Item::String(kind.namespace.into())),
            _ => {}
        }
        self.spend(1 + out.len() - before)
    }

    fn node_child(&self, node: &Node<'a>, elements: &'a Map<String, Value>, name: &str, out: &mut Vec<Item<'a>>) {
        let Some(model) = self.context.model.filter(|_| !node.kind.is_empty()) else {
            return untyped_child(elements, name, out);
        };
        let Some(child) = model.child(node.kind, name) else { return };
        if !child.choice {
            push_key(elements, name, child.types.first().copied().unwrap_or_default(), out);
            return;
        }
        let of = |key: &str| child.types.iter().find(|kind| is_choice_key(key, "", kind)).copied();
        if let Some((key, kind)) = choice(elements, name, of) {
            push_key(elements, key, kind, out);
        }
    }

    /// All elements of an item, in the order of the JSON.
    pub(super) fn children(&self, item: &Item<'a>, out: &mut Vec<Item<'a>>) -> Result<(), EvalError> {
        let Some((node, elements)) = item.node().and_then(|node| Some((node, node.elements()?))) else {
            return Ok(());
        };
        let before = out.len();
        for key in elements.keys() {
            let plain = key.strip_prefix('_').unwrap_or(key);
            if key == "resourceType" || key == "fhir_comments" || (plain != key && elements.contains_key(plain)) {
                continue;
            }
            push_key(elements, plain, self.kind_of_key(node.kind, plain), out);
        }
        self.spend(1 + out.len() - before)
    }

    /// The type of what is under a key of the JSON, which for a choice ends with it.
    fn kind_of_key(&self, parent: &str, key: &'a str) -> &'a str {
        let Some(model) = self.context.model.filter(|_| !parent.is_empty()) else {
            let suffix = key.strip_prefix("value").and_then(type_of_suffix);
            return suffix.unwrap_or(untyped_kind(key));
        };
        if let Some(Child { types, choice: false, .. }) = model.child(parent, key) {
            return types.first().copied().unwrap_or_default();
        }
        let capitals = key.char_indices().rev().filter(|(at, c)| *at > 0 && c.is_ascii_uppercase());
        for (at, _) in capitals {
            if let Some(Child { types, choice: true, .. }) = model.child(parent, &key[..at]) {
                let kind = types.iter().find(|kind| is_choice_key(&key[at..], "", kind));
                return kind.copied().unwrap_or_default();
            }
        }
        ""
    }

    pub(super) fn descendants(&self, focus: &[Item<'a>]) -> Answer<'a> {
        let mut found = Vec::new();
        for item in focus {
            self.children(item, &mut found)?;
        }
        let mut next = 0;
        while let Some(item) = found.get(next).cloned() {
            self.children(&item, &mut found)?;
            next += 1;
        }
        Ok(found)
    }

    fn base(&self, kind: &str) -> Option<&'a str> {
        self.context.model.map_or_else(|| base(kind), |model: &'a dyn Model| model.base(kind))
    }

    /// Whether the type of a node is, or specialises, the FHIR type of that name.
    pub(super) fn node_is(&self, node: &Node<'a>, name: &str) -> bool {
        let mut kind = node.type_name();
        // No chain of R4 is longer; a model that goes in circles ends here too.
        for _ in 0..8 {
            if kind == name {
                return !kind.is_empty();
            }
            let Some(base) = self.base(kind) else { return false };
            kind = base;
        }
        false
    }

    fn item_is(&self, item: &Item<'a>, kind: &TypeSpecifier) -> bool {
        let namespace = kind.namespace.as_deref();
        match item {
            Item::Node(node) => namespace.is_none_or(|n| n == "FHIR") && self.node_is(node, &kind.name),
            other => namespace.is_none_or(|n| n == "System") && other.type_name().name == kind.name,
        }
    }

    /// `is`: empty for nothing.
    pub(super) fn is(&self, items: &[Item<'a>], kind: &TypeSpecifier) -> Answer<'a> {
        self.spend(1)?;
        Ok(boolean(single(items, "is")?.map(|item| self.item_is(item, kind))))
    }

    /// `ofType` and `as`. The specification has `as` for a single item, and constraints of R4 that use it for many.
    pub(super) fn of_type(&self, mut items: Vec<Item<'a>>, kind: &TypeSpecifier) -> Answer<'a> {
        self.spend(items.len())?;
        items.retain(|item| self.item_is(item, kind));
        Ok(items)
    }
}

/// What a key says of its type where nothing else does.
fn untyped_kind(key: &str) -> &'static str {
    match key {
        "extension" | "modifierExtension" => "Extension",
        _ => "",
    }
}

/// Without definitions: the key as it is, or a choice whose key ends with the name of a type.
fn untyped_child<'a>(elements: &'a Map<String, Value>, name: &str, out: &mut Vec<Item<'a>>) {
    if push_key(elements, name, untyped_kind(name), out) {
        return;
    }
    if let Some((key, kind)) = choice(elements, name, suffix_type) {
        push_key(elements, key, kind, out);
    }
}

/// [`type_of_suffix`] for one lifetime.
fn suffix_type(suffix: &str) -> Option<&str> {
    type_of_suffix(suffix)
}
