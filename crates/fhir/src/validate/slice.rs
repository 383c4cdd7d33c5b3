//! Which slice an item is of: its discriminators in the data, against what the slice says at the same place.

use serde_json::Value;

use super::{
    binding::fits,
    conform::{follows, is_contained, is_type, items, same},
    hops::Hop,
    profile::{Discriminates, Discriminator, Element},
    reference::named,
    walk::{NULL, Walk},
};
use crate::fhirpath::Node;

impl<'a> Walk<'a, '_> {
    /// Whether an item is of a slice.
    pub(super) fn is_of(&mut self, slice: &Element, by: &[Discriminator], item: Node<'a>) -> bool {
        by.iter().all(|one| {
            self.spend(1)
                && match one.kind {
                    Discriminates::Value => self.by_value(slice, &one.path, item),
                    Discriminates::Exists => self.by_existence(slice, &one.path, item),
                    Discriminates::Type => self.by_type(slice, &one.path, item),
                    Discriminates::Profile => self.by_profile(slice, &one.path, item),
                }
        })
    }

    /// Whether the data has what the slice fixes on the way, at the end of it, or below.
    fn by_value(&mut self, slice: &Element, path: &[Hop], item: Node<'a>) -> bool {
        let mut elements = vec![slice];
        let mut nodes = vec![item];
        let mut said = false;
        for (deep, hop) in path.iter().enumerate() {
            match self.all_fix(&elements, &nodes) {
                Some(false) => return false,
                Some(true) => said = true,
                None => {}
            }
            // An extension is known by its URL, which its profile is named after.
            if deep + 1 == path.len() && *hop == Hop::Name("url".to_owned()) {
                let unsaid = elements.iter().filter(|element| element.child("url").is_none());
                let urls: Vec<&str> = unsaid
                    .flat_map(|element| &element.types)
                    .flat_map(|one| one.profiles.iter().map(String::as_str))
                    .collect();
                if !urls.is_empty() {
                    return item_text(&nodes, "url").is_some_and(|url| urls.contains(&url));
                }
            }
            elements = next(&elements, hop);
            nodes = self.hop(&nodes, hop);
        }
        if let Some(fixes) = self.all_fix(&elements, &nodes) {
            return fixes;
        }
        if elements.iter().any(|element| states(element, 0)) {
            let stated = elements.iter().filter(|element| states(element, 0));
            return stated.into_iter().all(|element| nodes.iter().any(|node| self.holds(element, *node, 0)));
        }
        let sets: Vec<&String> = elements.iter().filter_map(|element| element.binding.as_ref()).collect();
        if sets.is_empty() {
            return said;
        }
        let terms = self.options.terms;
        sets.iter().all(|set| nodes.iter().any(|node| fits(terms, set, node.kind, node.value) == Some(true)))
    }

    /// Whether each of the elements that fix something is so in one of the nodes; nothing where none does.
    fn all_fix(&self, elements: &[&Element], nodes: &[Node<'a>]) -> Option<bool> {
        let mut told = None;
        for element in elements {
            match self.fixes(element, nodes) {
                Some(false) => return Some(false),
                Some(true) => told = Some(true),
                None => {}
            }
        }
        told
    }

    /// Whether one of the nodes is what the element fixes; nothing where it fixes nothing.
    fn fixes(&self, element: &Element, nodes: &[Node<'a>]) -> Option<bool> {
        let fixed = element.fixed.as_ref().map(|fixed| nodes.iter().any(|node| same(fixed, node.value)));
        let pattern = element.pattern.as_ref().map(|pattern| nodes.iter().any(|node| follows(pattern, node.value)));
        match (fixed, pattern) {
            (None, None) => None,
            (fixed, pattern) => Some(fixed != Some(false) && pattern != Some(false)),
        }
    }

    /// Whether one node has what the element and everything below it fixes.
    fn holds(&mut self, element: &Element, node: Node<'a>, deep: usize) -> bool {
        if !self.spend(1) || self.fixes(element, &[node]) == Some(false) {
            return false;
        }
        // The items of a sliced element are told apart by their slices, not by what those fix.
        element.children.iter().filter(|child| states(child, deep)).all(|child| {
            let below = items(node, &child.name).map_or(Vec::new(), |(_, all)| all);
            below.iter().any(|(_, node)| self.holds(child, *node, deep + 1))
        })
    }

    fn by_existence(&mut self, slice: &Element, path: &[Hop], item: Node<'a>) -> bool {
        let there = !self.follow(item, path).is_empty();
        match follow(slice, path).first() {
            Some(element) if element.max == Some(0) => !there,
            Some(element) if element.min > 0 => there,
            _ => true,
        }
    }

    fn by_type(&mut self, slice: &Element, path: &[Hop], item: Node<'a>) -> bool {
        let nodes = self.follow(item, path);
        let resolves = path.last() == Some(&Hop::Resolve);
        let upto = if resolves { &path[..path.len() - 1] } else { path };
        let elements = follow(slice, upto);
        let types = elements.iter().flat_map(|element| &element.types);
        let kinds: Vec<String> = if resolves {
            types.flat_map(|one| &one.targets).filter_map(|url| self.kind_of(url)).collect()
        } else {
            types.map(|one| one.code.clone()).collect()
        };
        nodes.iter().any(|node| kinds.iter().any(|kind| is_type(node.kind, kind)))
    }

    fn by_profile(&mut self, slice: &Element, path: &[Hop], item: Node<'a>) -> bool {
        let nodes = self.follow(item, path);
        let resolves = path.last() == Some(&Hop::Resolve);
        let upto = if resolves { &path[..path.len() - 1] } else { path };
        let within = resolves && self.follow(item, upto).into_iter().all(is_contained);
        let elements = follow(slice, upto);
        let types = elements.iter().flat_map(|element| &element.types);
        let urls: Vec<String> =
            types.flat_map(|one| if resolves { &one.targets } else { &one.profiles }).cloned().collect();
        for url in urls {
            let own = self.kind_of(&url);
            let profile = (self.options.profiles)(&url);
            for node in &nodes {
                let kind = own.as_deref().is_some_and(|own| super::definitions::is(node.kind, own));
                // Of a target that is elsewhere only its type is known.
                let conforms = match &profile {
                    Some(profile) if resolves && !node.value.is_null() => {
                        kind && self.target_conforms(profile, *node, within)
                    }
                    Some(profile) if !node.value.is_null() => kind && self.conforms(profile, *node),
                    _ => kind,
                };
                if conforms {
                    return true;
                }
            }
        }
        false
    }

    fn follow(&mut self, item: Node<'a>, path: &[Hop]) -> Vec<Node<'a>> {
        path.iter().fold(vec![item], |nodes, hop| self.hop(&nodes, hop))
    }

    /// One step in the data.
    fn hop(&mut self, nodes: &[Node<'a>], hop: &Hop) -> Vec<Node<'a>> {
        if !self.spend(1 + nodes.len() as u64) {
            return Vec::new();
        }
        let children = |name: &str| -> Vec<Node<'a>> {
            nodes.iter().filter_map(|node| items(*node, name)).flat_map(|(_, all)| all).map(|(_, node)| node).collect()
        };
        match hop {
            Hop::Name(name) => children(name),
            Hop::Extension(url) => {
                let mut all = children("extension");
                all.retain(|node| node.value.get("url").and_then(Value::as_str) == Some(url));
                all
            }
            Hop::OfType(kind) => nodes.iter().copied().filter(|node| is_type(node.kind, kind)).collect(),
            Hop::Resolve => nodes.iter().filter_map(|node| self.resolved(*node)).collect(),
        }
    }

    /// What a reference points at; where that is elsewhere, only its type.
    pub(super) fn resolved(&self, node: Node<'a>) -> Option<Node<'a>> {
        let text = node.value.get("reference").and_then(Value::as_str)?;
        if let Some(id) = text.strip_prefix('#') {
            let found = if id.is_empty() { Some(self.scope.root) } else { self.contained_of(id) };
            return found.map(Node::of_resource);
        }
        self.targets.resource(text).map(Node::of_resource).or_else(|| Some(Node::new(&NULL, named(text)?)))
    }

    /// The type of what a reference points at, as far as it says.
    pub(super) fn pointed_at(&self, node: Node<'a>) -> Option<&'a str> {
        let said =
            || node.value.get("type").and_then(Value::as_str).filter(|kind| crate::types::is_resource_type(kind));
        self.resolved(node).map(|target| target.kind).or_else(said)
    }
}

/// Whether an element, or one below it, fixes anything.
fn states(element: &Element, deep: usize) -> bool {
    element.fixed.is_some()
        || element.pattern.is_some()
        || (deep < 8 && element.children.iter().any(|child| states(child, deep + 1)))
}

/// The elements at the end of a path in the definition of a slice.
fn follow<'e>(slice: &'e Element, path: &[Hop]) -> Vec<&'e Element> {
    path.iter().fold(vec![slice], |elements, hop| next(&elements, hop))
}

/// One step in the definition of a slice. Of an element that is sliced itself, the slices that must be there count too.
fn next<'e>(elements: &[&'e Element], hop: &Hop) -> Vec<&'e Element> {
    let mut found = Vec::new();
    for element in elements {
        match hop {
            Hop::Name(name) => {
                let Some(child) = element.child(name) else { continue };
                found.push(child);
                found.extend(child.slices.iter().filter(|slice| slice.min > 0));
            }
            Hop::Extension(url) => {
                let all = element.child("extension").map_or(&[][..], |all| &all.slices);
                found.extend(all.iter().find(|slice| {
                    let fixed = slice.child("url").and_then(|own| own.fixed.as_ref()).and_then(Value::as_str);
                    fixed == Some(url) || slice.types.iter().any(|one| one.profiles.contains(url))
                }));
            }
            Hop::OfType(kind) => {
                let of = |slice: &&Element| slice.types.iter().any(|one| one.code == *kind);
                found.push(element.slices.iter().find(of).unwrap_or(element));
            }
            Hop::Resolve => found.push(element),
        }
    }
    found
}

fn item_text<'a>(nodes: &[Node<'a>], key: &str) -> Option<&'a str> {
    nodes.first()?.value.get(key)?.as_str()
}
