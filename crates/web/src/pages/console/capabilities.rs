//! The capability statement made readable: the same statement that `/fhir/metadata` sends, type by type, with what the
//! reader's role may do of it.

use aroeira_clinic::{Action, Error, LARGEST_SEARCH_PAGE, Role, SEARCH_PAGE, access};
use aroeira_fhir::search::parameters;
use askama::Template;
use axum::extract::{Path, State};
use serde_json::Value;

use crate::Options;
use crate::context::redirect;
use crate::error::{Answer, Fault};
use crate::fhir::metadata::statement_for;
use crate::routes::{Class, Routes};
use crate::state::App;

use super::super::form::{Form, Sheet};
use super::super::html;
use super::super::locale::Locale;
use super::super::shell::{Shell, View};
use super::HERE;

/// Registers the overview and the page of a type.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/console/capabilities", Class::Read, overview).post("/console/capabilities", Class::Read, chosen).get(
        "/console/capabilities/{type}",
        Class::Read,
        one,
    )
}

/// A type in the overview.
pub(in crate::pages) struct Kind {
    pub(in crate::pages) name: String,
    pub(in crate::pages) parameters: usize,
}

#[derive(Template)]
#[template(path = "capabilities.html")]
pub(in crate::pages) struct KindsPage {
    pub(in crate::pages) s: Shell,
    pub(in crate::pages) sheet: Sheet,
    pub(in crate::pages) choices: Vec<(String, String)>,
    /// What holds for the whole server: words and values.
    pub(in crate::pages) facts: Vec<(String, Vec<String>)>,
    pub(in crate::pages) limits: Vec<(String, String)>,
    /// The types the reader may search, and the others.
    pub(in crate::pages) open: Vec<Kind>,
    pub(in crate::pages) closed: Vec<Kind>,
}

impl KindsPage {
    pub(in crate::pages) fn new(s: Shell, sheet: Sheet, statement: &Value, options: &Options, open: &[&str]) -> Self {
        let rest = &statement["rest"][0];
        let kinds = list(rest, "resource")
            .map(|resource| Kind { name: text(&resource["type"]), parameters: list(resource, "searchParam").count() });
        let (open, closed) = kinds.partition(|kind| open.contains(&kind.name.as_str()));
        let choices = choices(&s.locale, statement);
        Self { sheet, choices, facts: facts(&s.locale, statement), limits: limits(&s.locale, options), open, closed, s }
    }
}

/// An interaction, its words, and whether the role may.
pub(in crate::pages) struct Interaction {
    pub(in crate::pages) code: String,
    pub(in crate::pages) words: String,
    pub(in crate::pages) allowed: bool,
}

/// A search parameter.
pub(in crate::pages) struct Parameter {
    pub(in crate::pages) name: String,
    pub(in crate::pages) kind: String,
    /// Where its values stand: the FHIRPath of the definition.
    pub(in crate::pages) reads: String,
    pub(in crate::pages) allowed: bool,
}

#[derive(Template)]
#[template(path = "capability.html")]
pub(in crate::pages) struct KindPage {
    pub(in crate::pages) s: Shell,
    pub(in crate::pages) sheet: Sheet,
    pub(in crate::pages) choices: Vec<(String, String)>,
    pub(in crate::pages) kind: String,
    pub(in crate::pages) interactions: Vec<Interaction>,
    /// What is said of the type in one word each.
    pub(in crate::pages) facts: Vec<(String, String)>,
    pub(in crate::pages) parameters: Vec<Parameter>,
    pub(in crate::pages) includes: Vec<String>,
    /// Name and definition.
    pub(in crate::pages) operations: Vec<(String, String)>,
    /// The elements the role sees, where those are not all.
    pub(in crate::pages) seen: Option<Vec<String>>,
}

impl KindPage {
    /// `by` says whether the reader searches by a parameter.
    pub(in crate::pages) fn new(
        s: Shell,
        sheet: Sheet,
        statement: &Value,
        kind: &str,
        role: Role,
        by: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let resource = list(&statement["rest"][0], "resource").find(|resource| resource["type"] == kind)?;
        let grant = access::grant(role, kind);
        let interactions = list(resource, "interaction").map(|one| {
            let code = text(&one["code"]);
            let allowed = grant.allows(action(&code));
            Interaction { words: s.t(format!("interaction-{code}")), code, allowed }
        });
        let own = parameters(kind);
        let searched = list(resource, "searchParam").map(|one| {
            let name = text(&one["name"]);
            let expression = own.iter().find(|own| own.name == name).map_or("", |own| own.expression);
            Parameter { kind: text(&one["type"]), reads: reads(expression, kind), allowed: by(&name), name }
        });
        let told = |key: &str| {
            let value = match &resource[key] {
                Value::Bool(yes) => s.t(if *yes { "yes" } else { "no" }),
                Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
                other => text(other),
            };
            (s.t(format!("capability-{key}")), value)
        };
        let seen = match grant.fields {
            access::Fields::Only(names) if !names.is_empty() => {
                Some(names.iter().map(|&name| name.to_owned()).collect())
            }
            _ => None,
        };
        Some(Self {
            choices: choices(&s.locale, statement),
            sheet,
            kind: kind.to_owned(),
            interactions: interactions.collect(),
            facts: FACTS.map(told).into(),
            parameters: searched.collect(),
            includes: list(resource, "searchInclude").map(text).collect(),
            operations: list(resource, "operation").map(|one| (text(&one["name"]), text(&one["definition"]))).collect(),
            seen,
            s,
        })
    }
}

/// What a type says of itself, beside its lists.
const FACTS: [&str; 8] = [
    "versioning",
    "readHistory",
    "updateCreate",
    "conditionalCreate",
    "conditionalRead",
    "conditionalUpdate",
    "conditionalDelete",
    "referencePolicy",
];

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value[key].as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What the right to an interaction is.
fn action(code: &str) -> Action {
    match code {
        "create" => Action::Create,
        "update" | "patch" => Action::Update,
        "delete" => Action::Delete,
        "search-type" => Action::Search,
        _ => Action::Read,
    }
}

/// The part of an expression that speaks of a type; all of it where none does.
fn reads(expression: &str, kind: &str) -> String {
    let parts = || expression.split(" | ").map(str::trim);
    let own: Vec<&str> = parts()
        .filter(|part| part.trim_start_matches('(').strip_prefix(kind).is_some_and(|rest| rest.starts_with(['.', ' '])))
        .collect();
    if own.is_empty() { expression.to_owned() } else { own.join(" | ") }
}

fn choices(locale: &Locale, statement: &Value) -> Vec<(String, String)> {
    let kinds = list(&statement["rest"][0], "resource").map(|resource| text(&resource["type"]));
    let mut all = vec![(String::new(), locale.t("capability-choose"))];
    all.extend(kinds.map(|kind| (kind.clone(), kind)));
    all
}

fn facts(locale: &Locale, statement: &Value) -> Vec<(String, Vec<String>)> {
    let rest = &statement["rest"][0];
    let said = |value: &Value, key: &str| list(value, key).map(text).collect::<Vec<_>>();
    let interactions = list(rest, "interaction").map(|one| text(&one["code"])).collect();
    let all = [
        ("capability-version", vec![text(&statement["fhirVersion"])]),
        ("capability-format", said(statement, "format")),
        ("capability-patch", said(statement, "patchFormat")),
        ("capability-system", interactions),
    ];
    all.into_iter().map(|(key, values)| (locale.t(key), values)).collect()
}

fn limits(locale: &Locale, options: &Options) -> Vec<(String, String)> {
    let limits = &options.limits;
    let number = |n: usize| locale.number(n as u64);
    let rate = |n: u32| if n == 0 { locale.t("limit-none") } else { locale.tw("limit-rate", "n", &number(n as usize)) };
    let all = [
        ("limit-page", number(SEARCH_PAGE as usize)),
        ("limit-largest-page", number(LARGEST_SEARCH_PAGE as usize)),
        ("limit-body", locale.tw("limit-mib", "n", &number(limits.fhir_bytes >> 20))),
        ("limit-depth", number(limits.depth)),
        ("limit-time", locale.tw("limit-seconds", "n", &locale.number(limits.fhir_seconds))),
        ("limit-calls", rate(limits.user)),
        ("limit-writes", rate(limits.write)),
    ];
    all.into_iter().map(|(key, value)| (locale.t(key), value)).collect()
}

async fn overview(State(app): State<App>, view: View) -> Answer {
    let open = view.desk.fhir_searchable().await?;
    let s = view.shell(HERE, &view.locale.t("capabilities")).await;
    let sheet = Sheet::new(&view.locale, Form::default());
    html(&KindsPage::new(s, sheet, &statement_for(&app, &view.desk), app.options(), &open))
}

/// Leads to the page of the type that was chosen.
async fn chosen(view: View, form: Form) -> Answer {
    view.desk.fhir_searchable().await?;
    let known = aroeira_fhir::types::RESOURCE_TYPES.iter().find(|kind| **kind == form.get("type"));
    Ok(redirect(
        &known.map_or_else(|| "/console/capabilities".to_owned(), |kind| format!("/console/capabilities/{kind}")),
    ))
}

async fn one(State(app): State<App>, view: View, Path(kind): Path<String>) -> Answer {
    view.desk.fhir_searchable().await?;
    let s = view.shell(HERE, &kind).await;
    let mut form = Form::default();
    form.push("type", kind.as_str());
    let sheet = Sheet::new(&view.locale, form);
    let by = |name: &str| view.desk.fhir_searches_by(&kind, name);
    let page = KindPage::new(s, sheet, &statement_for(&app, &view.desk), &kind, view.role(), by);
    html(&page.ok_or_else(|| Fault::from(Error::NotFound))?)
}

#[cfg(test)]
pub(in crate::pages) use tests::statement_sample;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A statement for the gallery.
    pub(in crate::pages) fn statement_sample() -> Value {
        let codes = |all: &[&str]| all.iter().map(|code| json!({ "code": code })).collect::<Vec<_>>();
        json!({ "fhirVersion": "4.0.1", "format": ["json"], "patchFormat": ["application/json-patch+json"], "rest": [{
            "interaction": codes(&["transaction", "batch"]),
            "resource": [
                { "type": "Observation", "searchParam": [{ "name": "code", "type": "token" }] },
                { "type": "Patient", "interaction": codes(&["read", "vread", "update", "patch", "delete", "create", "search-type"]),
                  "versioning": "versioned-update", "readHistory": true, "updateCreate": true, "conditionalCreate": true,
                  "conditionalRead": "full-support", "conditionalUpdate": true, "conditionalDelete": "single", "referencePolicy": ["literal"],
                  "searchParam": [{ "name": "family", "type": "string" }, { "name": "organization", "type": "reference" }],
                  "searchInclude": ["Patient:organization"],
                  "operation": [{ "name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything" }] },
            ] }] })
    }

    #[test]
    fn an_expression_is_cut_to_its_type() {
        let both = "Patient.name.family | Practitioner.name.family";
        assert_eq!(reads(both, "Patient"), "Patient.name.family");
        assert_eq!(reads("(Patient.deceased as dateTime) | Person.x", "Patient"), "(Patient.deceased as dateTime)");
        assert_eq!(reads("Resource.meta.tag", "Patient"), "Resource.meta.tag");
    }
}
