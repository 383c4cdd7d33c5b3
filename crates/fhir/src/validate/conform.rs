//! A resource or element against a profile.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Profile, Reason, Severity,
    binding::{fits, plain},
    definitions::{self, Shape, structure},
    path::Step,
    profile::{Allowed, Element, Rules, Slicing, core_type},
    walk::{Scope, Walk},
};
use crate::fhirpath::{Node, beside};

/// Profiles within profiles: a circle of them ends here.
const DEEPEST: usize = 24;

/// An element of the resource, with its place in an array.
pub(super) type Found<'a> = (Option<usize>, Node<'a>);

impl<'a> Walk<'a, '_> {
    /// The profiles that a resource claims, and those it is asked to follow.
    pub(super) fn profiles(&mut self, node: Node<'a>, asked: &[String]) {
        let claimed = node.value.get("meta").and_then(|meta| meta.get("profile")).and_then(Value::as_array);
        for (at, url) in claimed.into_iter().flatten().enumerate() {
            let Some(url) = url.as_str() else { continue };
            self.path.extend([Step::Name("meta"), Step::Name("profile"), Step::At(at)]);
            let profile = self.profile(url, node.kind, Severity::Warning);
            self.path.truncate(self.path.len() - 3);
            if let Some(profile) = profile {
                self.conform(&profile, node);
            }
        }
        for url in asked {
            // What was asked for and cannot be checked is not valid as far as anybody knows.
            if let Some(profile) = self.profile(url, node.kind, Severity::Error) {
                self.conform(&profile, node);
            }
        }
    }

    /// The profile with a URL, where it is known, of this version and for this type; else that is noted.
    fn profile(&mut self, url: &str, kind: &str, unknown: Severity) -> Option<Arc<Profile>> {
        if let Some(core) = core_type(url) {
            if !definitions::is(kind, core) {
                self.error(Reason::ProfileType, core);
            }
            return None;
        }
        let version = url.split_once('|').map(|(_, version)| version);
        let found = (self.options.profiles)(plain(url))
            .filter(|found| version.is_none_or(|version| found.version.as_deref() == Some(version)));
        let Some(found) = found else {
            self.note(unknown, Reason::UnknownProfile, "");
            return None;
        };
        if !definitions::is(kind, &found.kind) {
            self.error(Reason::ProfileType, found.kind.as_str());
            return None;
        }
        Some(found)
    }

    /// Everything a profile asks of an element.
    pub(super) fn conform(&mut self, profile: &Profile, node: Node<'a>) {
        if self.within_profiles == DEEPEST {
            return self.error(Reason::Deep, "");
        }
        self.within_profiles += 1;
        let outer = self.scope;
        if node.value.get("resourceType").is_some() && !std::ptr::eq(node.value, outer.resource) {
            let contained = matches!(self.path.iter().rev().nth(1), Some(Step::Name("contained")));
            self.scope = Scope { resource: node.value, root: if contained { outer.root } else { node.value } };
        }
        self.element(&profile.root, node, profile);
        self.scope = outer;
        self.within_profiles -= 1;
    }

    /// Whether an element conforms; nothing is noted.
    pub(super) fn conforms(&mut self, profile: &Profile, node: Node<'a>) -> bool {
        let kept = (std::mem::take(&mut self.issues), std::mem::replace(&mut self.full, false));
        self.conform(profile, node);
        let conforms = !self.issues.iter().any(super::Issue::is_error);
        (self.issues, self.full) = kept;
        conforms
    }

    /// What is asked of one item.
    pub(super) fn element(&mut self, asked: &Element, node: Node<'a>, profile: &Profile) {
        if self.full || !self.spend(1) {
            return;
        }
        self.itself(asked, node, profile);
        self.content(asked, node, profile);
    }

    /// What is asked of an item, but of what stands in it.
    fn itself(&mut self, asked: &Element, node: Node<'a>, profile: &Profile) {
        let url = profile.url.as_str();
        if asked.fixed.as_ref().is_some_and(|fixed| !same(fixed, node.value)) {
            self.error(Reason::Fixed, url);
        }
        if asked.pattern.as_ref().is_some_and(|pattern| !follows(pattern, node.value)) {
            self.error(Reason::Pattern, url);
        }
        self.limits(asked, node);
        if !asked.types.is_empty() {
            self.types(&asked.types, node);
        }
        if let Some(value_set) = &asked.binding
            && fits(self.options.terms, value_set, node.kind, node.value) == Some(false)
        {
            self.error(Reason::Code, plain(value_set));
        }
    }

    fn rules(&mut self, asked: &Element, node: Node<'a>) {
        for invariant in &asked.invariants {
            if invariant.error || self.options.warnings {
                self.invariant(invariant, node);
            }
        }
    }

    /// What is asked of what stands in an item.
    fn content(&mut self, asked: &Element, node: Node<'a>, profile: &Profile) {
        self.rules(asked, node);
        for child in &asked.children {
            self.child(child, node, profile);
        }
        for (name, of) in content_references(node.kind).filter(|(name, _)| asked.child(name).is_none()) {
            let (Some(of), Some((name, items))) = (profile.root.at(of), items(node, name)) else { continue };
            self.path.push(Step::Name(name));
            for (at, item) in items {
                if self.full || !self.spend(1) {
                    break;
                }
                self.at(at, |walk| walk.content(of, item, profile));
            }
            self.path.pop();
        }
    }

    /// The items of an element of that name: how many, each of them, and their slices.
    fn child(&mut self, asked: &Element, node: Node<'a>, profile: &Profile) {
        let Some((name, items)) = items(node, &asked.name) else { return };
        if !self.spend(1 + items.len() as u64) {
            return;
        }
        self.count(asked, name, items.len());
        self.path.push(Step::Name(name));
        // What is asked of the content of another element is asked of this one's (R4, `ElementDefinition.contentReference`).
        let referred = content_references(node.kind).find(|(own, _)| *own == name && asked.children.is_empty());
        let referred = referred.and_then(|(_, of)| profile.root.at(of));
        for (at, item) in &items {
            self.at(*at, |walk| match referred {
                None => walk.element(asked, *item, profile),
                Some(of) => {
                    walk.itself(asked, *item, profile);
                    walk.rules(asked, *item);
                    walk.content(of, *item, profile);
                }
            });
        }
        if !asked.slices.is_empty() {
            self.slices(asked, &asked.told_apart(), name, &items, profile);
        }
        self.path.pop();
    }

    /// Too few are missing in the whole, too many are too many of the element.
    fn count(&mut self, asked: &Element, name: &'static str, count: usize) {
        if count < asked.min as usize {
            let slice = asked.slice.as_ref().map(|slice| format!(":{slice}")).unwrap_or_default();
            let times = if asked.min > 1 { format!(" ({}x)", asked.min) } else { String::new() };
            self.error(Reason::Required, format!("{name}{slice}{times}"));
        }
        if asked.max.is_some_and(|max| count > max as usize) {
            let most = asked.max.unwrap_or_default().to_string();
            self.error_at(name, Reason::Many, most);
        }
    }

    pub(super) fn at(&mut self, at: Option<usize>, look: impl FnOnce(&mut Self)) {
        let Some(at) = at else { return look(self) };
        self.path.push(Step::At(at));
        look(self);
        self.path.pop();
    }

    /// Each item goes to the first slice it is of, and there to the slices of that.
    fn slices(&mut self, asked: &Element, apart: &Slicing, name: &'static str, items: &[Found<'a>], profile: &Profile) {
        let mut own: Vec<Vec<Found<'a>>> = vec![Vec::new(); asked.slices.len()];
        let (mut last, mut others) = (0, false);
        for (at, item) in items {
            let mut of = None;
            for (number, slice) in asked.slices.iter().enumerate() {
                if !self.spend(1) {
                    return;
                }
                if self.is_of(slice, &apart.by, *item) {
                    of = Some(number);
                    break;
                }
            }
            let Some(of) = of else {
                others = true;
                if apart.rules == Rules::Closed {
                    self.at(*at, |walk| walk.error(Reason::Slice, profile.url.as_str()));
                }
                continue;
            };
            if (apart.rules == Rules::OpenAtEnd && others) || (apart.ordered && of < last) {
                self.at(*at, |walk| walk.error(Reason::Order, profile.url.as_str()));
            }
            last = last.max(of);
            own[of].push((*at, *item));
            self.at(*at, |walk| walk.element(&asked.slices[of], *item, profile));
        }
        let here = self.path.pop();
        for (slice, own) in asked.slices.iter().zip(&own) {
            self.count(slice, name, own.len());
        }
        self.path.extend(here);
        for (slice, own) in asked.slices.iter().zip(&own).filter(|(slice, _)| !slice.slices.is_empty()) {
            // One that does not say how is parted as what it is a slice of.
            let said = slice.slicing.as_ref().is_some_and(|slicing| !slicing.by.is_empty());
            let again = if said { slice.told_apart() } else { Slicing { by: apart.by.clone(), ..slice.told_apart() } };
            self.slices(slice, &again, name, own, profile);
        }
    }

    /// The type of an item is one of those allowed, and follows a profile of it.
    fn types(&mut self, allowed: &[Allowed], node: Node<'a>) {
        let of: Vec<&Allowed> = allowed.iter().filter(|one| is_type(node.kind, &one.code)).collect();
        if of.is_empty() {
            let names: Vec<&str> = allowed.iter().map(|one| one.code.as_str()).collect();
            return self.error(Reason::Type, names.join(", "));
        }
        if node.kind == "Reference" {
            self.target(&of, node);
        }
        if of.iter().any(|one| one.profiles.is_empty()) {
            return;
        }
        let urls: Vec<&str> = of.iter().flat_map(|one| one.profiles.iter().map(String::as_str)).collect();
        if let [url] = urls[..] {
            if let Some(profile) = self.profile(url, node.kind, Severity::Warning) {
                self.conform(&profile, node);
            }
            return;
        }
        let mut known = Vec::new();
        for url in &urls {
            match (self.options.profiles)(url) {
                Some(profile) => known.push(profile),
                // What cannot be looked at may be the one that is followed.
                None => return,
            }
        }
        if !known.iter().any(|profile| definitions::is(node.kind, &profile.kind) && self.conforms(profile, node)) {
            self.error(Reason::Type, urls.join(", "));
        }
    }

    /// A reference points at a type that one of the profiles of its targets is for; what is contained or in the same bundle
    /// follows one of them.
    fn target(&mut self, of: &[&Allowed], node: Node<'a>) {
        if of.iter().any(|one| one.targets.is_empty()) {
            return;
        }
        let targets: Vec<&str> = of.iter().flat_map(|one| one.targets.iter().map(String::as_str)).collect();
        let Some(kind) = self.pointed_at(node) else { return };
        let there = self.resolved(node).filter(|target| target.value.is_object());
        let (mut names, mut profiles) = (Vec::new(), Vec::new());
        for url in targets {
            match self.kind_of(url) {
                Some(own) if definitions::is(kind, &own) => match (there, (self.options.profiles)(plain(url))) {
                    (Some(target), Some(profile)) if core_type(url).is_none() => {
                        if self.target_conforms(&profile, target, is_contained(node)) {
                            return;
                        }
                        profiles.push(profile.url.clone());
                    }
                    // Elsewhere only its type is known.
                    _ => return,
                },
                Some(own) => names.push(own),
                None => return,
            }
        }
        if !profiles.is_empty() {
            return self.error_at("reference", Reason::TargetProfile, profiles.join(", "));
        }
        names.sort_unstable();
        names.dedup();
        self.error_at("reference", Reason::Target, names.join(", "));
    }

    /// Whether what a reference points at follows a profile. While that is found out it is taken for granted: resources that
    /// point at each other in a circle follow their profiles if nothing else speaks against it.
    pub(super) fn target_conforms(&mut self, profile: &Arc<Profile>, target: Node<'a>, contained: bool) -> bool {
        let same =
            |(own, value): &(Arc<Profile>, &Value)| Arc::ptr_eq(own, profile) && std::ptr::eq(*value, target.value);
        if self.targets_under_way.iter().any(same) {
            return true;
        }
        self.targets_under_way.push((Arc::clone(profile), target.value));
        let outer = self.scope;
        self.scope = Scope { resource: target.value, root: if contained { outer.root } else { target.value } };
        let conforms = self.conforms(profile, target);
        self.scope = outer;
        self.targets_under_way.pop();
        conforms
    }

    /// The type that a profile is for.
    pub(super) fn kind_of(&self, url: &str) -> Option<String> {
        core_type(url)
            .map(str::to_owned)
            .or_else(|| (self.options.profiles)(plain(url)).map(|found| found.kind.clone()))
    }
}

/// Whether a reference points into its own resource.
pub(super) fn is_contained(reference: Node<'_>) -> bool {
    reference.value.get("reference").and_then(Value::as_str).is_some_and(|text| text.starts_with('#'))
}

/// The elements of a structure whose content is that of another one, with the path of that.
fn content_references(kind: &str) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
    let own = structure(kind);
    own.into_iter().flat_map(|own| &own.fields).filter_map(move |field| {
        let [one] = &field.types[..] else { return None };
        let below = one.name.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.'));
        (one.name.contains('.') && below != Some(field.name)).then_some((field.name, one.name))
    })
}

/// Whether a node is of a type that a definition names. What is inline has no type of its own to be wrong about.
pub(super) fn is_type(kind: &str, code: &str) -> bool {
    kind.contains('.') || code.contains('/') || definitions::is(kind, code)
}

/// The items under an element's name, of a choice whatever type they are of, and the name as the definitions have it.
pub(super) fn items<'a>(node: Node<'a>, name: &str) -> Option<(&'static str, Vec<Found<'a>>)> {
    let kind = if node.value.is_object() { node.kind } else { "Element" };
    let own = structure(kind)?;
    let field = own.field(name)?;
    let mut found = Vec::new();
    let Some(map) = node.value.as_object().or_else(|| node.sibling?.as_object()) else {
        return Some((field.name, found));
    };
    for key in map.keys() {
        let key = key.strip_prefix('_').filter(|plain| !map.contains_key(*plain)).unwrap_or(key);
        if !key.starts_with(field.name) {
            continue;
        }
        let Some((_, of, kind)) = own.key(key).filter(|(_, of, _)| of.name == field.name) else { continue };
        let primitive = matches!(kind.shape, Shape::Primitive(_));
        let beside = if primitive { beside(map, key) } else { None };
        let one = |value: Option<&'a Value>, beside: Option<&'a Value>| {
            let there = |value: &&Value| !value.is_null();
            let (value, beside) = (value.filter(there), beside.filter(there));
            if value.is_none() && beside.is_none() {
                return None;
            }
            let value = value.unwrap_or(&super::walk::NULL);
            let node =
                if kind.shape == Shape::Resource { Node::of_resource(value) } else { Node::new(value, kind.name) };
            Some(Node { sibling: beside, ..node })
        };
        match (map.get(key), beside) {
            (value, beside) if of.many() => {
                let values = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let besides = beside.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                for at in 0..values.len().max(besides.len()) {
                    found.extend(one(values.get(at), besides.get(at)).map(|node| (Some(at), node)));
                }
            }
            (value, beside) => found.extend(one(value, beside).map(|node| (None, node))),
        }
    }
    Some((field.name, found))
}

/// Whether two values are the same; numbers by what they are worth.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            let worth = |number: &serde_json::Number| number.as_str().parse::<crate::fhirpath::Decimal>().ok();
            a == b || worth(a).is_some_and(|a| Some(a) == worth(b))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

/// Whether a value has at least what a pattern has (R4, `ElementDefinition.pattern`).
pub(super) fn follows(pattern: &Value, value: &Value) -> bool {
    match (pattern, value) {
        (Value::Object(pattern), Value::Object(value)) => {
            pattern.iter().all(|(key, asked)| value.get(key).is_some_and(|value| follows(asked, value)))
        }
        (Value::Array(pattern), Value::Array(items)) => {
            pattern.iter().all(|asked| items.iter().any(|item| follows(asked, item)))
        }
        _ => same(pattern, value),
    }
}
