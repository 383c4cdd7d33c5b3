//! Profiles: a `StructureDefinition` with derivation `constraint`, read into a tree of what it asks of each element.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    binding::plain,
    definitions::{self, ANY, structure},
    hops::{Hop, hops},
    invariant::Invariant,
};

/// Elements that a profile may have.
const ELEMENTS: usize = 20_000;

/// Where the definitions of R4's own types are.
const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Finds a profile by its canonical URL, which has no version.
pub type Lookup<'l> = dyn Fn(&str) -> Option<Arc<Profile>> + 'l;

/// A profile, ready to be held against a resource.
#[derive(Debug)]
pub struct Profile {
    /// Its canonical URL, without a version.
    pub url: String,
    /// `StructureDefinition.version`.
    pub version: Option<String>,
    /// The type it constrains: `Patient`, `Extension`.
    pub kind: String,
    pub(super) root: Element,
}

/// Why a `StructureDefinition` is no profile that can be used. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAProfile {
    /// No URL, no type of R4, or another derivation.
    #[error("it is not a constraint on a type of R4")]
    Kind,
    /// Neither a snapshot nor a differential, or elements that cannot be read.
    #[error("its elements cannot be read")]
    Elements,
    /// A limit of a time that is relative to the clock (`minValueQuantity` of a date).
    #[error("it limits a time relative to the clock, which is not supported")]
    Relative,
    /// It builds on a profile that is not there, with a differential alone.
    #[error("the profile it builds on is not known")]
    Base,
}

/// What a profile asks of an element, or of those of it that are of a slice.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    /// Of a choice its stem.
    pub(super) name: String,
    /// The name of the slice.
    pub(super) slice: Option<String>,
    pub(super) min: u32,
    pub(super) max: Option<u32>,
    pub(super) types: Vec<Allowed>,
    pub(super) fixed: Option<Value>,
    pub(super) pattern: Option<Value>,
    /// `minValue[x]` and `maxValue[x]`.
    pub(super) least: Option<Value>,
    pub(super) most: Option<Value>,
    /// `maxLength`, in characters.
    pub(super) longest: Option<usize>,
    /// The value set of a required binding.
    pub(super) binding: Option<String>,
    pub(super) invariants: Vec<Arc<Invariant>>,
    pub(super) slicing: Option<Slicing>,
    pub(super) children: Vec<Element>,
    pub(super) slices: Vec<Element>,
}

/// A type that a profile allows.
#[derive(Debug, Clone)]
pub(super) struct Allowed {
    pub(super) code: String,
    /// Profiles of the type; one of them has to be followed.
    pub(super) profiles: Vec<String>,
    /// Of a reference, profiles of what it points at.
    pub(super) targets: Vec<String>,
}

/// How items are told apart.
#[derive(Debug, Clone)]
pub(super) struct Slicing {
    pub(super) by: Vec<Discriminator>,
    pub(super) rules: Rules,
    pub(super) ordered: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    Open,
    Closed,
    OpenAtEnd,
}

#[derive(Debug, Clone)]
pub(super) struct Discriminator {
    pub(super) kind: Discriminates,
    pub(super) path: Vec<Hop>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Discriminates {
    Value,
    Exists,
    Type,
    Profile,
}

/// The type of R4 that a canonical URL stands for.
pub(super) fn core_type(url: &str) -> Option<&str> {
    plain(url).strip_prefix(CORE).filter(|name| structure(name).is_some())
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl Profile {
    /// Reads a profile from its `StructureDefinition`: by its snapshot, or by its differential on what it builds on,
    /// which `lookup` finds where it is a profile itself.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn read(definition: &Value, lookup: &Lookup<'_>) -> Result<Profile, NotAProfile> {
        let url = text(definition, "url").ok_or(NotAProfile::Kind)?;
        let kind = text(definition, "type").filter(|kind| structure(kind).is_some()).ok_or(NotAProfile::Kind)?;
        let profile = text(definition, "resourceType") == Some("StructureDefinition")
            && text(definition, "derivation") == Some("constraint");
        if !profile {
            return Err(NotAProfile::Kind);
        }
        let whole = definition.get("snapshot").map_or(&[][..], |snapshot| list(snapshot, "element"));
        let part = definition.get("differential").map_or(&[][..], |differential| list(differential, "element"));
        let (mut root, elements) = match (whole, text(definition, "baseDefinition")) {
            ([], Some(base)) if core_type(base).is_none() => {
                let base = lookup(plain(base)).ok_or(NotAProfile::Base)?;
                (base.root.clone(), part)
            }
            ([], _) => (Element::default(), part),
            (whole, _) => (Element::default(), whole),
        };
        if elements.is_empty() || elements.len() > ELEMENTS {
            return Err(NotAProfile::Elements);
        }
        if elements.iter().any(|element| relative_limit(element).is_some()) {
            return Err(NotAProfile::Relative);
        }
        let mut ids: Vec<(String, String)> = Vec::new();
        for element in elements {
            let id = id_of(element, &mut ids).ok_or(NotAProfile::Elements)?;
            root.place(kind, &id).ok_or(NotAProfile::Elements)?.overlay(element);
        }
        let version = text(definition, "version").map(str::to_owned);
        Ok(Profile { url: plain(url).to_owned(), version, kind: kind.to_owned(), root })
    }
}

/// The limits of a definition's elements that are relative to the clock: `differential.element[2].minValueQuantity`. They
/// cannot be checked, because what is valid today would not be tomorrow.
#[must_use]
pub fn relative_limits(definition: &Map<String, Value>) -> Vec<String> {
    let of = |view: &'static str| {
        let elements = definition.get(view).map_or(&[][..], |view| list(view, "element"));
        let found = elements.iter().enumerate().filter_map(|(at, element)| Some((at, relative_limit(element)?)));
        found.map(move |(at, key)| format!("{view}.element[{at}].{key}"))
    };
    of("differential").chain(of("snapshot")).collect()
}

/// The key of a limit that is a duration where the element is a moment.
fn relative_limit(element: &Value) -> Option<&'static str> {
    let key = ["minValueQuantity", "maxValueQuantity"].into_iter().find(|key| element.get(key).is_some())?;
    let said: Vec<&str> = list(element, "type").iter().filter_map(|one| text(one, "code")).collect();
    let is_moment = |kind: &str| matches!(kind, "date" | "dateTime" | "instant" | "time");
    let moment = if said.is_empty() {
        types_at(text(element, "path")?).iter().all(|kind| is_moment(kind))
    } else {
        said.iter().all(|kind| is_moment(kind))
    };
    moment.then_some(key)
}

/// The types of an element by its path in the definition of a type: `Patient.birthDate`.
fn types_at(path: &str) -> Vec<&'static str> {
    let mut steps = path.split('.');
    let mut within: Vec<&str> = steps.next().into_iter().collect();
    let mut found = Vec::new();
    for step in steps {
        let field = within.iter().filter_map(|kind| structure(kind)).find_map(|one| {
            one.field(step.trim_end_matches("[x]"))
                .map(|field| field.types.iter().map(|kind| kind.name).collect::<Vec<_>>())
                .or_else(|| one.key(step).map(|(_, _, kind)| vec![kind.name]))
        });
        found = field.unwrap_or_default();
        within.clone_from(&found);
    }
    found
}

/// The id of an element, `Observation.category:lab.coding`; made of path and slice name where there is none. `ids` has
/// those of the elements around it, by their path.
fn id_of(element: &Value, ids: &mut Vec<(String, String)>) -> Option<String> {
    let path = text(element, "path")?;
    ids.retain(|(own, _)| path.strip_prefix(own.as_str()).is_some_and(|rest| rest.starts_with('.')));
    let id = text(element, "id").filter(|id| id.split('.').count() == path.split('.').count());
    let made = || {
        let (around, name) = path.rsplit_once('.').unwrap_or(("", path));
        let before = ids.iter().rfind(|(own, _)| own == around).map_or(around, |(_, id)| id.as_str());
        let dot = if before.is_empty() { "" } else { "." };
        let slice = text(element, "sliceName").map(|slice| format!(":{slice}")).unwrap_or_default();
        format!("{before}{dot}{name}{slice}")
    };
    let id = id.map_or_else(made, str::to_owned);
    ids.push((path.to_owned(), id.clone()));
    Some(id)
}

impl Element {
    /// The element with this id, made where it is not there; nothing for an id that is none.
    fn place(&mut self, kind: &str, id: &str) -> Option<&mut Element> {
        let mut steps = id.split('.');
        let first = steps.next()?;
        let own = first.split(':').next()?;
        if own != kind && !definitions::is(kind, own) {
            return None;
        }
        let mut at = self;
        let mut within = vec![kind.to_owned()];
        for (deep, step) in steps.enumerate() {
            if deep > 32 || step.is_empty() {
                return None;
            }
            let (name, mut slice) = step.split_once(':').map_or((step, None), |(name, slice)| (name, Some(slice)));
            let mut stem = name.trim_end_matches("[x]");
            // `valueQuantity` is short for the slice of that name.
            let found = within.iter().filter_map(|kind| structure(kind)).find_map(|s| s.key(name));
            if let Some((_, field, _)) = found.filter(|(_, field, _)| field.choice && field.name != name) {
                (stem, slice) = (field.name, slice.or(Some(name)));
            }
            let field = within.iter().filter_map(|kind| structure(kind)).find_map(|s| s.field(stem));
            let short = found.filter(|_| stem != name).map(|(_, _, kind)| kind.name);
            within = field.map_or(Vec::new(), |field| field.types.iter().map(|kind| kind.name.to_owned()).collect());
            at = at.child_mut(stem);
            if let Some(slice) = slice {
                at = at.slice_mut(stem, slice);
                if let Some(kind) = short.filter(|_| at.types.is_empty()) {
                    at.types.push(Allowed { code: kind.to_owned(), profiles: Vec::new(), targets: Vec::new() });
                }
            }
        }
        Some(at)
    }

    fn child_mut(&mut self, name: &str) -> &mut Element {
        let at = self.children.iter().position(|child| child.name == name).unwrap_or_else(|| {
            self.children.push(Element { name: name.to_owned(), ..Element::default() });
            self.children.len() - 1
        });
        &mut self.children[at]
    }

    fn slice_mut(&mut self, name: &str, slice: &str) -> &mut Element {
        // `a/b` is a slice of the slice `a` (R4, 5.1.0.14).
        if let Some((of, _)) = slice.rsplit_once('/')
            && self.has_slice(of)
        {
            return self.slice_mut(name, of).own_slice_mut(name, slice);
        }
        self.own_slice_mut(name, slice)
    }

    fn has_slice(&self, slice: &str) -> bool {
        let own = |name: &str| self.slices.iter().find(|one| one.slice.as_deref() == Some(name));
        match slice.rsplit_once('/') {
            _ if own(slice).is_some() => true,
            Some((of, _)) => own(of).is_some_and(|of| of.has_slice(slice)),
            None => false,
        }
    }

    fn own_slice_mut(&mut self, name: &str, slice: &str) -> &mut Element {
        let at = self.slices.iter().position(|own| own.slice.as_deref() == Some(slice)).unwrap_or_else(|| {
            self.slices.push(Element { name: name.to_owned(), slice: Some(slice.to_owned()), ..Element::default() });
            self.slices.len() - 1
        });
        &mut self.slices[at]
    }

    /// The element at a path of the definition, `Questionnaire.item`, below a root.
    pub(super) fn at(&self, path: &str) -> Option<&Element> {
        path.split('.').skip(1).try_fold(self, |at, name| at.child(name))
    }

    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// What an `ElementDefinition` says, over what was known of the element.
    fn overlay(&mut self, element: &Value) {
        if let Some(min) = element.get("min").and_then(Value::as_u64) {
            self.min = u32::try_from(min).unwrap_or(ANY);
        }
        if let Some(max) = text(element, "max") {
            self.max = if max == "*" { None } else { max.parse().ok() };
        }
        let types = list(element, "type");
        if !types.is_empty() {
            self.types = types.iter().filter_map(allowed).collect();
        }
        let value = |stem: &str| {
            let mut all = element.as_object()?.iter();
            all.find(|(key, _)| key.strip_prefix(stem).is_some_and(|rest| !rest.is_empty()))
                .map(|(_, value)| value.clone())
        };
        self.fixed = value("fixed").or(self.fixed.take());
        self.pattern = value("pattern").or(self.pattern.take());
        self.least = value("minValue").or(self.least.take());
        self.most = value("maxValue").or(self.most.take());
        if let Some(longest) = element.get("maxLength").and_then(Value::as_u64) {
            self.longest = usize::try_from(longest).ok();
        }
        if let Some(binding) = element.get("binding")
            && text(binding, "strength") == Some("required")
        {
            self.binding = text(binding, "valueSet").map(str::to_owned);
        }
        for constraint in list(element, "constraint") {
            self.constrain(constraint);
        }
        if let Some(slicing) = element.get("slicing") {
            self.slicing = Some(slicing_of(slicing));
        }
    }

    /// A constraint that R4 itself has is evaluated with R4's own.
    fn constrain(&mut self, constraint: &Value) {
        let (Some(key), Some(expression)) = (text(constraint, "key"), text(constraint, "expression")) else { return };
        let known = self.invariants.iter().any(|own| own.key == key && own.said(expression));
        if known || definitions::has_invariant(key, expression) {
            return;
        }
        let human = text(constraint, "human").unwrap_or_default().to_owned();
        let error = text(constraint, "severity") != Some("warning");
        self.invariants.push(Arc::new(Invariant::new(key.to_owned(), error, human, expression.to_owned())));
    }

    /// How the slices of it are told apart: as it says, or as is usual for extensions and choices.
    pub(super) fn told_apart(&self) -> Slicing {
        let usual = |kind, path: &str| Slicing {
            by: vec![Discriminator { kind, path: hops(path) }],
            rules: self.slicing.as_ref().map_or(Rules::Open, |slicing| slicing.rules),
            ordered: self.slicing.as_ref().is_some_and(|slicing| slicing.ordered),
        };
        match &self.slicing {
            Some(slicing) if !slicing.by.is_empty() => slicing.clone(),
            _ if matches!(self.name.as_str(), "extension" | "modifierExtension") => usual(Discriminates::Value, "url"),
            _ if self.slices.iter().all(|slice| !slice.types.is_empty()) => usual(Discriminates::Type, "$this"),
            _ => usual(Discriminates::Value, "$this"),
        }
    }
}

fn allowed(kind: &Value) -> Option<Allowed> {
    let urls = |key| list(kind, key).iter().filter_map(Value::as_str).map(|url| plain(url).to_owned()).collect();
    Some(Allowed { code: text(kind, "code")?.to_owned(), profiles: urls("profile"), targets: urls("targetProfile") })
}

fn slicing_of(slicing: &Value) -> Slicing {
    let by = list(slicing, "discriminator").iter().filter_map(|one| {
        let kind = match text(one, "type")? {
            "value" | "pattern" => Discriminates::Value,
            "exists" => Discriminates::Exists,
            "type" => Discriminates::Type,
            "profile" => Discriminates::Profile,
            _ => return None,
        };
        Some(Discriminator { kind, path: hops(text(one, "path")?) })
    });
    Slicing {
        by: by.collect(),
        rules: match text(slicing, "rules") {
            Some("closed") => Rules::Closed,
            Some("openAtEnd") => Rules::OpenAtEnd,
            _ => Rules::Open,
        },
        ordered: slicing.get("ordered").and_then(Value::as_bool) == Some(true),
    }
}
