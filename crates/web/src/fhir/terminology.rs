//! The terminology operations of R4 (4.9.17, 4.8.20): over the code systems and value sets of the official definitions,
//! for whoever is signed in, because nothing in them is of the clinic. A value set by its id is the clinic's own record.

mod codes;

use aroeira_clinic::{Error, Field};
use aroeira_fhir::terminology::{Closed, Expansion, Listed, Page, ValueSet, expand, value_set};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::{Map, Value, json};

use super::content::Accepted;
use crate::api::request::Id;
use crate::context::Signed;
use crate::error::{Answer, Fault};
use crate::fhir::asked::Asked;
use crate::routes::{Class, Routes};
use crate::state::App;

/// Registers the operations, each for GET and POST.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/fhir/ValueSet/$expand", Class::Read, expanded)
        .post("/fhir/ValueSet/$expand", Class::Read, expanded)
        .get("/fhir/ValueSet/{id}/$expand", Class::Read, expanded_by_id)
        .get("/fhir/ValueSet/$validate-code", Class::Read, codes::in_value_set)
        .post("/fhir/ValueSet/$validate-code", Class::Read, codes::in_value_set)
        .get("/fhir/CodeSystem/$validate-code", Class::Read, codes::in_code_system)
        .post("/fhir/CodeSystem/$validate-code", Class::Read, codes::in_code_system)
        .get("/fhir/CodeSystem/$lookup", Class::Read, codes::looked_up)
        .post("/fhir/CodeSystem/$lookup", Class::Read, codes::looked_up)
        .get("/fhir/CodeSystem/$subsumes", Class::Read, codes::subsumed)
        .post("/fhir/CodeSystem/$subsumes", Class::Read, codes::subsumed)
}

fn answered(value: &Value, accepted: Accepted) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0))], value.to_string()).into_response()
}

/// The question is understood, and the answer is not to be had here.
fn closed(name: &str, closed: &Closed) -> Fault {
    let code = if *closed == Closed::TooCostly { "terminology.work" } else { "terminology.unheld" };
    Error::Invalid(vec![Field::new(name, code)]).into()
}

/// Terminology is read, and looked through, beside the threads that answer requests: a first look inflates it.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Error::Internal("a terminology operation ended early".into()).into()))
}

/// What of an expansion is wanted.
struct Wanted {
    filter: String,
    offset: usize,
    count: Option<usize>,
    active_only: bool,
}

impl Wanted {
    fn take(asked: &mut Asked) -> Self {
        // What these ask for is either how it is anyway or nothing the definitions have.
        for name in ["includeDesignations", "includeDefinition", "excludeNested", "excludeNotForUI"] {
            asked.take(name);
        }
        asked.take("excludePostCoordinated");
        asked.take("displayLanguage");
        Self {
            filter: asked.text("filter").unwrap_or_default(),
            offset: asked.number("offset").unwrap_or(0),
            count: asked.number("count"),
            active_only: asked.flag("activeOnly").unwrap_or(false),
        }
    }
}

async fn expanded(_signed: Signed, State(app): State<App>, accepted: Accepted, mut asked: Asked) -> Answer {
    let (url, sent) = (asked.canonical("url", "valueSetVersion"), asked.resource("valueSet"));
    let wanted = Wanted::take(&mut asked);
    asked.end()?;
    let now = app.clock().now().to_string();
    let found = beside(move || match (&sent, &url) {
        (Some(sent), _) => expansion(&read(sent)?, &wanted, &now),
        (None, Some(url)) => expansion(value_set(url).ok_or(Error::NotFound)?, &wanted, &now),
        (None, None) => Err(required("url")),
    });
    Ok(answered(&found.await?, accepted))
}

/// A value set that is a record of the clinic, read through the desk.
async fn expanded_by_id(
    signed: Signed,
    State(app): State<App>,
    accepted: Accepted,
    Id(id): Id,
    mut asked: Asked,
) -> Answer {
    let wanted = Wanted::take(&mut asked);
    asked.end()?;
    let served = signed.desk.fhir_read("ValueSet", &id).await?;
    let now = app.clock().now().to_string();
    let found = beside(move || {
        let stored: Value = serde_json::from_slice(&served.bytes).map_err(|e| Error::Internal(e.to_string()))?;
        let stored = stored.as_object().ok_or(Error::NotFound)?;
        expansion(&read(stored)?, &wanted, &now)
    });
    Ok(answered(&found.await?, accepted))
}

fn required(name: &str) -> Fault {
    Fault::Search(vec![Field::new(name, "required")])
}

fn read(resource: &Map<String, Value>) -> Result<ValueSet<'_>, Fault> {
    let wrong = || {
        Field::new("ValueSet.compose", "fhir").expecting("a ValueSet with a composition of limited size is expected")
    };
    Ok(ValueSet::read(resource).ok_or_else(|| Error::Invalid(vec![wrong()]))?)
}

fn expansion(set: &ValueSet<'_>, wanted: &Wanted, now: &str) -> Result<Value, Fault> {
    let Wanted { filter, offset, count, active_only } = wanted;
    let page = Page { filter, offset: *offset, count: *count, active_only: *active_only };
    let found = expand(set, &page).map_err(|why| closed("url", &why))?;
    let mut answer = json!({ "resourceType": "ValueSet" });
    let told = [("id", set.id), ("url", set.url), ("version", set.version), ("name", set.name), ("title", set.title)];
    for (name, text) in told.iter().filter(|(_, text)| !text.is_empty()) {
        answer[*name] = json!(text);
    }
    answer["status"] = json!(if set.status.is_empty() { "unknown" } else { set.status });
    answer["expansion"] = listing(&found, wanted, now);
    Ok(answer)
}

fn listing(found: &Expansion<'_>, wanted: &Wanted, now: &str) -> Value {
    let mut parameter = Vec::new();
    if !wanted.filter.is_empty() {
        parameter.push(json!({ "name": "filter", "valueString": wanted.filter }));
    }
    if let Some(count) = wanted.count {
        parameter.push(json!({ "name": "count", "valueInteger": count }));
    }
    if wanted.active_only {
        parameter.push(json!({ "name": "activeOnly", "valueBoolean": true }));
    }
    let mut listing = json!({ "timestamp": now, "total": found.total, "offset": wanted.offset });
    if found.unclosed {
        let url = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed";
        listing["extension"] = json!([{ "url": url, "valueBoolean": true }]);
    }
    if !parameter.is_empty() {
        listing["parameter"] = parameter.into();
    }
    let contains: Vec<Value> = found.codes.iter().map(listed).collect();
    if !contains.is_empty() {
        listing["contains"] = contains.into();
    }
    listing
}

fn listed(it: &Listed<'_>) -> Value {
    let mut one = json!({ "system": it.system, "code": it.code });
    for (name, is) in [("abstract", it.is_abstract), ("inactive", it.inactive)] {
        if is {
            one[name] = json!(true);
        }
    }
    if !it.display.is_empty() {
        one["display"] = json!(it.display);
    }
    one
}
