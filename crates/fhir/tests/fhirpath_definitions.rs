//! Every expression of the official definitions: search parameters and constraints must be readable, and constraints
//! must run over the examples. Asks for the folder of the definitions' bundles in `AROEIRA_DEFINITIONS`, and for a
//! folder of examples in `AROEIRA_EXAMPLES`.

use std::{
    collections::{BTreeSet, HashMap},
    env, fs,
    path::{Path, PathBuf},
};

use aroeira_fhir::{
    Instant,
    fhirpath::{ByReference, Child, Context, Expression, Model, Node},
};
use serde_json::Value;

/// The types of all snapshots, as long as the test runs.
#[derive(Default)]
struct Definitions {
    children: HashMap<String, (&'static [&'static str], bool)>,
    bases: HashMap<String, &'static str>,
    /// Constraints by the path of their element.
    constraints: HashMap<String, Vec<(String, String)>>,
}

impl Model for Definitions {
    fn child<'m>(&'m self, parent: &str, name: &str) -> Option<Child<'m>> {
        let (types, choice) = self.children.get(&format!("{parent}.{name}"))?;
        Some(Child { types, choice: *choice, many: true })
    }

    fn base<'m>(&'m self, kind: &str) -> Option<&'m str> {
        self.bases.get(kind).copied()
    }
}

fn bundle(folder: &Path, name: &str) -> Value {
    let text = fs::read_to_string(folder.join(name)).expect("the bundle is there");
    serde_json::from_str(&text).expect("the bundle is JSON")
}

fn folder(variable: &str) -> Option<PathBuf> {
    let folder = env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: {variable} names no folder");
    }
    folder
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

impl Definitions {
    fn read(folder: &Path) -> Definitions {
        let mut all = Definitions::default();
        for file in ["profiles-types.json", "profiles-resources.json"] {
            for entry in list(&bundle(folder, file), "entry") {
                let structure = &entry["resource"];
                // Profiles on a type of the same file are none of their own: only SimpleQuantity and its like.
                if text(structure, "resourceType") == "StructureDefinition" && text(structure, "kind") != "logical" {
                    all.add(structure);
                }
            }
        }
        all
    }

    fn add(&mut self, structure: &Value) {
        let base = text(structure, "baseDefinition").rsplit('/').next().unwrap_or_default();
        self.bases.insert(text(structure, "name").to_owned(), leak(base));
        if text(structure, "derivation") == "constraint" {
            return;
        }
        let elements = list(&structure["snapshot"], "element");
        let inline: BTreeSet<&str> =
            elements.iter().filter_map(|e| text(e, "path").rsplit_once('.')).map(|(parent, _)| parent).collect();
        for element in elements {
            let path = text(element, "path");
            let mut types: Vec<&'static str> = list(element, "type").iter().map(|t| leak(text(t, "code"))).collect();
            if inline.contains(path) && path.contains('.') {
                self.bases.insert(path.to_owned(), types[0]);
                types = vec![leak(path)];
            } else if let Some((_, path)) = text(element, "contentReference").split_once('#') {
                types = vec![leak(path)];
            }
            let choice = path.ends_with("[x]");
            let name = path.trim_end_matches("[x]").to_owned();
            self.children.insert(name.clone(), (Vec::leak(types), choice));
            for constraint in list(element, "constraint") {
                let own = self.constraints.entry(name.clone()).or_default();
                own.push((text(constraint, "key").to_owned(), text(constraint, "expression").to_owned()));
            }
        }
    }

    /// Every constraint of an element and of what is in it: how many were asked, and those that were refused.
    fn check(&self, context: &Context<'_>, node: Node<'_>, path: &str, found: &mut Found) {
        for own in [path, node.kind] {
            for (key, expression) in self.constraints.get(own).into_iter().flatten() {
                let read = found.cache.entry(expression.clone());
                let read = read.or_insert_with(|| Expression::parse(expression).expect("every constraint is readable"));
                found.asked += 1;
                match read.holds(&context.clone().with_focus(node)) {
                    Ok(Some(false)) => found.broken.push(key.clone()),
                    Ok(_) => {}
                    Err(error) => found.errors.push(format!("{key} at {path}: {error}")),
                }
            }
            if path == node.kind {
                break;
            }
        }
        let Some(object) = node.value.as_object() else { return };
        for key in object.keys() {
            let name = key.strip_prefix('_').unwrap_or(key);
            let Some((types, false)) = self.children.get(&format!("{}.{name}", node.kind)).copied() else { continue };
            let kind = types[0];
            let Ok(children) = Expression::parse(&format!("`{name}`")) else { continue };
            for item in children.evaluate(&context.clone().with_focus(node)).expect("a child is no error") {
                let Some(child) = item.node() else { continue };
                let path = if kind.contains('.') { kind.to_owned() } else { format!("{}.{name}", node.kind) };
                if kind == "Resource" {
                    let mut inner = context.clone();
                    inner.root = (name == "contained").then_some(context.resource);
                    inner.resource = object[name].as_array().map_or(&object[name], |_| child.value);
                    self.check(&inner, *child, child.kind, found);
                } else {
                    self.check(context, *child, &path, found);
                }
            }
        }
    }
}

#[derive(Default)]
struct Found {
    cache: HashMap<String, Expression>,
    asked: usize,
    broken: Vec<String>,
    errors: Vec<String>,
}

#[test]
fn every_official_expression_is_readable() {
    let Some(folder) = folder("AROEIRA_DEFINITIONS") else { return };
    let mut expressions = BTreeSet::new();
    for entry in list(&bundle(&folder, "search-parameters.json"), "entry") {
        expressions.insert(text(&entry["resource"], "expression").to_owned());
    }
    let parameters = expressions.len();
    for constraint in Definitions::read(&folder).constraints.into_values().flatten() {
        expressions.insert(constraint.1);
    }
    expressions.remove("");
    for expression in &expressions {
        if let Err(error) = Expression::parse(expression) {
            panic!("{expression}: {error}");
        }
    }
    println!("{parameters} expressions of search parameters, {} in all", expressions.len());
    assert!(parameters > 1000 && expressions.len() > parameters + 150, "{parameters} {}", expressions.len());
}

#[test]
fn constraints_run_over_the_examples() {
    let (Some(definitions), Some(examples)) = (folder("AROEIRA_DEFINITIONS"), folder("AROEIRA_EXAMPLES")) else {
        return;
    };
    let definitions = Definitions::read(&definitions);
    let (mut files, mut found) = (0, Found::default());
    let mut names: Vec<_> =
        fs::read_dir(examples).expect("a folder").map(|file| file.expect("a file").path()).collect();
    names.sort();
    for path in names.iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let Ok(resource) = serde_json::from_slice::<Value>(&fs::read(path).expect("a file")) else { continue };
        let node = Node::of_resource(&resource);
        // The definitions themselves are large, and their constraints are of the same kind.
        if node.kind.is_empty() || fs::metadata(path).is_ok_and(|file| file.len() > 200_000) {
            continue;
        }
        files += 1;
        let context = Context::new(&resource, Instant(0)).with_model(&definitions).with_resolver(&ByReference);
        let before = found.broken.len();
        definitions.check(&context, node, node.kind, &mut found);
        if found.broken.len() > before {
            println!("{}: {:?}", path.file_name().unwrap_or_default().display(), &found.broken[before..]);
        }
    }
    println!("{files} examples, {} answers, {} broken", found.asked, found.broken.len());
    assert!(found.errors.is_empty(), "{}: {:#?}", found.errors.len(), &found.errors[..found.errors.len().min(40)]);
}
