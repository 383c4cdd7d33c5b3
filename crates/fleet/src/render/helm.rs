//! The manifests of Kubernetes as a Helm chart: what differs between installations stands in `values.yaml`, and what differs
//! between environments of the spec in a file of values of each.

use askama::Template;
use serde_json::{Map, Value, json};

use super::kubernetes::{Kube, Part, Slots};
use super::scene::Scene;
use super::{Files, Problem, filters};
use crate::spec::Environment;

#[derive(Template)]
#[template(path = "helm/Chart.yaml", escape = "none")]
struct Chart<'a> {
    k: &'a Kube<'a>,
    name: &'a str,
}

#[derive(Template)]
#[template(path = "helm/NOTES.txt", escape = "none")]
struct Notes<'a> {
    k: &'a Kube<'a>,
}

pub(super) fn render(scene: &Scene<'_>) -> Result<Files, Problem> {
    let k = Kube::new(scene, Slots::chart())?;
    let mut files = Files::default();
    let sheets = k.sheets()?;
    let mut parts = Map::new();
    for part in Part::ALL.into_iter().filter(|part| sheets.iter().any(|sheet| sheet.part == *part)) {
        parts.insert(part.id().to_owned(), true.into());
    }
    for sheet in sheets {
        let part = sheet.part.id();
        let text = format!("{{{{- if $.Values.parts.{part} }}}}\n{}\n{{{{- end }}}}\n", sheet.text.trim_end());
        files.put(format!("templates/{part}-{}.yaml", sheet.name), text);
    }
    let notes = Notes { k: &k }.render()?;
    files.put("templates/NOTES.txt", k.slots.finish(&notes));
    files.put("Chart.yaml", Chart { k: &k, name: &k.fleet }.render()?);
    files.put("README.md", k.readme(true)?);
    let mut values = k.slots.values();
    values["parts"] = parts.into();
    let title = k.say(
        "O que difere entre instalações. `parts` diz o que é escrito: o Argo CD leva uma parte por vez.",
        "What differs between installations. `parts` says what is written: Argo CD takes a part at a time.",
    );
    files.put("values.yaml", format!("# {title}\n{}", yaml(&values)));
    files.put("values.schema.json", pretty(&schema(&values)));
    for environment in environments(scene) {
        let title = k.say("O que difere de produção:", "What differs from production:");
        let text = format!("# {title} {}\n{}", environment.name, yaml(&scaled(&values, environment)));
        files.put(format!("values-{}.yaml", environment.name), text);
    }
    Ok(files)
}

/// Environments that have machines of their own and a name that a file can have.
pub(super) fn environments<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Environment> + use<'a> {
    scene.spec.environments.iter().filter(|one| one.scale > 0.0 && crate::spec::is_name(&one.name))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A value as YAML: maps in blocks, whatever else as JSON writes it.
fn yaml(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, depth: usize, text: &mut String) {
    let pad = "  ".repeat(depth);
    for (key, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push_str(&format!("{pad}{key}:\n"));
                block(value, depth + 1, text);
            }
            Value::Array(items) if !items.is_empty() => {
                text.push_str(&format!("{pad}{key}:\n"));
                for item in items {
                    text.push_str(&format!("{pad}  - {item}\n"));
                }
            }
            other => text.push_str(&format!("{pad}{key}: {other}\n")),
        }
    }
}

/// A smaller copy: fewer replicas, shards and clinics, a domain of its own.
fn scaled(values: &Value, environment: &Environment) -> Value {
    let fewer = |count: f64| (count * environment.scale).ceil().max(1.0) as u64;
    let mut out = Map::new();
    if let Some(domain) = values["domain"].as_str() {
        out.insert("domain".to_owned(), format!("{}.{domain}", environment.name).into());
    }
    let mut put = |path: [&str; 3], value: Value| {
        let first = out.entry(path[0]).or_insert_with(|| json!({}));
        if path[2].is_empty() {
            first[path[1]] = value;
        } else {
            first[path[1]][path[2]] = value;
        }
    };
    for (id, workload) in values["workloads"].as_object().into_iter().flatten() {
        for key in ["replicas", "mostReplicas"] {
            if let Some(count) = workload[key].as_f64() {
                put(["workloads", id, key], fewer(count).into());
            }
        }
    }
    let some = |list: &[Value]| Value::from(&list[..list.len().min(fewer(list.len() as f64) as usize)]);
    for (id, names) in values["shards"].as_object().into_iter().flatten() {
        put(["shards", id, ""], some(names.as_array().map_or(&[], Vec::as_slice)));
    }
    for (id, own) in values["own"].as_object().into_iter().flatten() {
        put(["own", id, "namespaces"], some(own["namespaces"].as_array().map_or(&[], Vec::as_slice)));
        if let Some(count) = own["replicas"].as_f64() {
            put(["own", id, "replicas"], fewer(count).into());
        }
    }
    out.into()
}

/// What values may be: the types of those there are, and texts that cannot break out of the quotes they stand between.
fn schema(values: &Value) -> Value {
    let mut schema = of(values);
    schema["$schema"] = "https://json-schema.org/draft-07/schema#".into();
    schema
}

fn of(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let properties: Map<String, Value> = fields.iter().map(|(key, value)| (key.clone(), of(value))).collect();
            let required: Vec<&String> = fields.keys().collect();
            json!({ "type": "object", "properties": properties, "required": required })
        }
        Value::Array(items) => json!({ "type": "array", "items": items.first().map_or(json!({}), of) }),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(_) => json!({ "type": "integer", "minimum": 0 }),
        Value::String(_) => json!({ "type": "string", "pattern": "^[^\"\\\\\\r\\n]*$" }),
        Value::Null => json!({}),
    }
}
