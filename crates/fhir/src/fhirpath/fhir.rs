//! The functions that FHIR R4 adds (R4, 2.9.1.5), and those that ask beyond the resource.

use serde_json::Value;

use super::{
    EvalError, Item, Node, Resolved,
    call::argument,
    eval::{Answer, Engine, boolean, single},
    function::Function,
    html,
    item::NULL,
};
use crate::types::is_resource_type;

/// Where the profiles of R4's own resources are.
const PROFILES: &str = "http://hl7.org/fhir/StructureDefinition/";

impl<'a> Engine<'_, 'a> {
    pub(super) fn fhir(&self, function: Function, input: &[Item<'a>], arguments: &[Vec<Item<'a>>]) -> Answer<'a> {
        let name = function.name();
        let url = match single(argument(arguments, 0), name)? {
            Some(item) => Some(item.text().ok_or(EvalError::Types(name))?),
            None => None,
        };
        match function {
            Function::Extension => {
                let Some(url) = url else { return Ok(Vec::new()) };
                let mut found = Vec::new();
                for item in input {
                    self.child(item, "extension", &mut found)?;
                }
                let is = |item: &Item<'a>| item.node().is_some_and(|node| text_of(node.value, "url") == Some(&*url));
                found.retain(is);
                Ok(found)
            }
            Function::HasValue => {
                let one = if let [one] = input { Some(one) } else { None };
                Ok(boolean(one.is_some_and(|item| item.node().is_none_or(|node| node.primitive().is_some()))))
            }
            Function::GetValue => Ok(match input {
                [Item::Node(node)] => node.primitive().into_iter().collect(),
                [one] => vec![one.clone()],
                _ => Vec::new(),
            }),
            Function::Resolve => self.resolve(input),
            Function::MemberOf | Function::ConformsTo => {
                let (Some(item), Some(url)) = (single(input, name)?, url) else { return Ok(Vec::new()) };
                self.asked(function, item, &url)
            }
            Function::HtmlChecks => Ok(match single(input, name)?.and_then(Item::text) {
                None => boolean(false),
                Some(text) => {
                    self.spend_text(text.len() * 4)?;
                    boolean(html::is_narrative(&text))
                }
            }),
            other => Err(EvalError::Unsupported(other.name())),
        }
    }

    /// What the resolver knows of terminology and profiles; the profile of a resource's own type is known here.
    fn asked(&self, function: Function, item: &Item<'a>, url: &str) -> Answer<'a> {
        let own;
        let value = match item {
            Item::Node(node) => node.value,
            other => {
                own = Value::String(other.text().ok_or(EvalError::Types(function.name()))?.into_owned());
                &own
            }
        };
        let resolver = self.context.resolver;
        if function == Function::MemberOf {
            return Ok(boolean(resolver.and_then(|resolver| resolver.member_of(value, url))));
        }
        let told = resolver.and_then(|resolver| resolver.conforms_to(value, url));
        let by_type = || {
            let kind = url.strip_prefix(PROFILES).filter(|kind| is_resource_type(kind))?;
            Some(Node::resource_type(value)? == kind)
        };
        Ok(boolean(told.or_else(by_type)))
    }

    fn resolve(&self, input: &[Item<'a>]) -> Answer<'a> {
        let mut found = Vec::new();
        for item in input {
            self.spend(1)?;
            let Some(node) = item.node() else {
                let Some(text) = item.text() else { continue };
                found.extend(self.resolved(&text)?);
                continue;
            };
            let reference = node.value.as_str().or_else(|| text_of(node.value, "reference"));
            if let Some(reference) = reference {
                found.extend(self.resolved(reference)?);
            }
        }
        Ok(found)
    }

    fn resolved(&self, reference: &str) -> Result<Option<Item<'a>>, EvalError> {
        let root = self.context.root.unwrap_or(self.context.resource);
        if let Some(id) = reference.strip_prefix('#') {
            if id.is_empty() {
                return Ok(Some(Item::Node(Node::of_resource(root))));
            }
            let contained = root.get("contained").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            self.spend(contained.len())?;
            let found = contained.iter().find(|resource| text_of(resource, "id") == Some(id));
            return Ok(found.map(|resource| Item::Node(Node::of_resource(resource))));
        }
        if let Some(found) = self.in_bundle(root, reference)? {
            return Ok(Some(found));
        }
        let resolved = self.context.resolver.and_then(|resolver| resolver.resolve(reference));
        Ok(resolved.map(|resolved| {
            Item::Node(match resolved {
                Resolved::Resource(resource) => Node::of_resource(resource),
                Resolved::Type(kind) => Node::new(&NULL, kind),
            })
        }))
    }

    /// An entry of the bundle that is evaluated, by its full URL or the end of it.
    fn in_bundle(&self, root: &'a Value, reference: &str) -> Result<Option<Item<'a>>, EvalError> {
        if Node::resource_type(root) != Some("Bundle") {
            return Ok(None);
        }
        let entries = root.get("entry").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        self.spend(entries.len())?;
        let fits =
            |url: &str| url == reference || url.strip_suffix(reference).is_some_and(|before| before.ends_with('/'));
        let found = entries.iter().find(|entry| text_of(entry, "fullUrl").is_some_and(fits));
        Ok(found.and_then(|entry| entry.get("resource")).map(|resource| Item::Node(Node::of_resource(resource))))
    }
}

fn text_of<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.as_object()?.get(key)?.as_str()
}
