//! Questions about single codes: whether they are right, what they mean, how one stands to another.

use aroeira_clinic::{Error, Field};
use aroeira_fhir::terminology::{Closed, CodeSystem, PropertyValue, code_system, contains, is_code, value_set};
use serde_json::{Value, json};

use super::{Accepted, Answer, Fault, Signed, answered, beside, closed, read};
use crate::fhir::asked::{Asked, Coding};
use crate::language::Language;

fn parameters(list: &[Value]) -> Value {
    json!({ "resourceType": "Parameters", "parameter": list })
}

fn unheld(name: &str) -> Fault {
    closed(name, &Closed::Unheld(String::new()))
}

/// `ValueSet/$validate-code`.
pub(super) async fn in_value_set(signed: Signed, accepted: Accepted, mut asked: Asked) -> Answer {
    let (url, sent) = (asked.canonical("url", "valueSetVersion"), asked.resource("valueSet"));
    let system = asked.canonical("system", "systemVersion");
    let codings = asked.codings(system);
    let abstracts = asked.flag("abstract").unwrap_or(true);
    asked.take("inferSystem");
    asked.take("displayLanguage");
    asked.require("url", url.is_some() || sent.is_some());
    asked.end()?;
    let language = signed.language;
    let found = beside(move || {
        let (stored, own);
        let set = match (&sent, &url) {
            (Some(sent), _) => {
                own = read(sent)?;
                &own
            }
            (None, url) => {
                stored = value_set(url.as_deref().unwrap_or_default()).ok_or(Error::NotFound)?;
                stored
            }
        };
        let belongs = |it: &Coding| contains(set, it.system.as_deref().map(bare), &it.code);
        verdict(&codings, belongs, abstracts, "terminology-not-member", language)
    });
    Ok(answered(&found.await?, accepted))
}

/// `CodeSystem/$validate-code`.
pub(super) async fn in_code_system(signed: Signed, accepted: Accepted, mut asked: Asked) -> Answer {
    let url = asked.canonical("url", "version");
    let mut codings = asked.codings(url.clone());
    let abstracts = asked.flag("abstract").unwrap_or(true);
    asked.take("displayLanguage");
    for coding in &mut codings {
        coding.system = coding.system.take().or_else(|| url.clone());
    }
    asked.require("url", codings.iter().all(|it| it.system.is_some()));
    asked.end()?;
    let language = signed.language;
    let found = beside(move || {
        let belongs = |it: &Coding| {
            let system = it.system.as_deref().unwrap_or_default();
            let asked_for = url.as_deref().is_none_or(|url| bare(url) == bare(system));
            if asked_for { is_code(system, &it.code) } else { Some(false) }
        };
        verdict(&codings, belongs, abstracts, "terminology-not-code", language)
    });
    Ok(answered(&found.await?, accepted))
}

fn bare(canonical: &str) -> &str {
    canonical.split_once('|').map_or(canonical, |(url, _)| url)
}

/// Whether one of the codings is right, and is called what it is said to be called.
fn verdict(
    codings: &[Coding],
    belongs: impl Fn(&Coding) -> Option<bool>,
    abstracts: bool,
    no: &str,
    language: Language,
) -> Result<Value, Fault> {
    let answers: Vec<Option<bool>> = codings.iter().map(belongs).collect();
    let right = codings.iter().zip(&answers).find(|(_, answer)| **answer == Some(true)).map(|(coding, _)| coding);
    let Some(right) = right else {
        if answers.contains(&None) {
            return Err(unheld("code"));
        }
        return Ok(parameters(&[told(false), message(no, language)]));
    };
    let system = right.system.as_deref().and_then(code_system);
    let concept = system.and_then(|system| system.concept(&right.code));
    let display = concept.map(|concept| concept.display).filter(|display| !display.is_empty());
    let is_called = |said: &str| system.is_none_or(|system| display.is_none() || system.is_called(&right.code, said));
    let mut list = if !abstracts && concept.is_some_and(|concept| concept.is_abstract) {
        vec![told(false), message("terminology-abstract", language)]
    } else if right.display.as_deref().is_some_and(|said| !is_called(said)) {
        vec![told(false), message("terminology-display", language)]
    } else {
        vec![told(true)]
    };
    list.extend(display.map(|display| json!({ "name": "display", "valueString": display })));
    Ok(parameters(&list))
}

fn told(result: bool) -> Value {
    json!({ "name": "result", "valueBoolean": result })
}

fn message(key: &str, language: Language) -> Value {
    json!({ "name": "message", "valueString": language.text(key) })
}

/// `CodeSystem/$lookup`.
pub(super) async fn looked_up(_signed: Signed, accepted: Accepted, mut asked: Asked) -> Answer {
    let system = asked.canonical("system", "version");
    let coding = asked.coding("coding");
    let code = asked.text("code");
    let wanted: Vec<String> = asked.all("property").iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
    for name in ["displayLanguage", "date"] {
        asked.take(name);
    }
    let coding = coding.or(code.map(|code| Coding { system, code, display: None }));
    asked.require("code", coding.is_some());
    asked.require("system", coding.as_ref().is_none_or(|coding| coding.system.is_some()));
    asked.end()?;
    let found = beside(move || {
        let Some(Coding { system: Some(system), code, .. }) = coding else { return Err(Error::NotFound.into()) };
        match code_system(&system) {
            Some(held) if held.concept(&code).is_some() => Ok(concept(held, &code, &wanted)),
            // What follows a grammar is called as it is written.
            None if is_code(&system, &code) == Some(true) => Ok(parameters(&[
                json!({ "name": "name", "valueString": system }),
                json!({ "name": "display", "valueString": code }),
            ])),
            _ => Err(Error::NotFound.into()),
        }
    });
    Ok(answered(&found.await?, accepted))
}

/// What is held about a code; of its properties those that are wanted, or all.
fn concept(system: &CodeSystem, code: &str, wanted: &[String]) -> Value {
    let Some(found) = system.concept(code) else { return parameters(&[]) };
    let named = if system.title.is_empty() { system.name } else { system.title };
    let mut list = vec![json!({ "name": "name", "valueString": named })];
    if !system.version.is_empty() {
        list.push(json!({ "name": "version", "valueString": system.version }));
    }
    let display = if found.display.is_empty() { found.code } else { found.display };
    list.push(json!({ "name": "display", "valueString": display }));
    for (language, name) in system.names(found.code) {
        list.push(json!({ "name": "designation", "part": [
            { "name": "language", "valueCode": language }, { "name": "value", "valueString": name },
        ] }));
    }
    let mut property = |name: &str, key: &str, value: Value, description: &str| {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name || one == "*") {
            return;
        }
        let mut part = vec![json!({ "name": "code", "valueCode": name }), json!({ "name": "value", key: value })];
        if !description.is_empty() {
            part.push(json!({ "name": "description", "valueString": description }));
        }
        list.push(json!({ "name": "property", "part": part }));
    };
    if let Some(text) = system.definition(found.code) {
        property("definition", "valueString", json!(text), "");
    }
    property("inactive", "valueBoolean", json!(found.inactive), "");
    property("abstract", "valueBoolean", json!(found.is_abstract), "");
    for parent in system.parents(found.code) {
        property("parent", "valueCode", json!(parent.code), parent.display);
    }
    for child in system.children(found.code) {
        property("child", "valueCode", json!(child.code), child.display);
    }
    for (name, value) in
        system.properties(found.code).filter(|(name, _)| !["child", "parent", "abstract"].contains(name))
    {
        let (key, value) = match value {
            PropertyValue::Code(text) => ("valueCode", json!(text)),
            PropertyValue::String(text) => ("valueString", json!(text)),
            PropertyValue::Boolean(is) => ("valueBoolean", json!(is)),
            PropertyValue::DateTime(text) => ("valueDateTime", json!(text)),
            PropertyValue::Integer(text) => ("valueInteger", json!(text.parse::<i64>().unwrap_or_default())),
        };
        property(name, key, value, "");
    }
    parameters(&list)
}

/// `CodeSystem/$subsumes`.
pub(super) async fn subsumed(_signed: Signed, accepted: Accepted, mut asked: Asked) -> Answer {
    let mut system = asked.canonical("system", "version");
    let mut side = |code: &str, coding: &str| {
        let found = asked.coding(coding);
        if let Some(own) = found.as_ref().and_then(|found| found.system.clone()) {
            system.get_or_insert(own);
        }
        let found = found.or_else(|| asked.text(code).map(|code| Coding { system: None, code, display: None }));
        asked.require(code, found.is_some());
        found
    };
    let (a, b) = (side("codeA", "codingA"), side("codeB", "codingB"));
    asked.require("system", system.is_some());
    asked.end()?;
    let found = beside(move || {
        let (Some(system), Some(a), Some(b)) = (system, a, b) else { return Err(Error::NotFound.into()) };
        if [&a, &b].iter().any(|it| it.system.as_deref().is_some_and(|own| bare(own) != bare(&system))) {
            return Err(Fault::Search(vec![Field::new("codingB", "code")]));
        }
        let held = code_system(&system).ok_or(Error::NotFound)?;
        let outcome = held.subsumption(&a.code, &b.code).ok_or(Error::NotFound)?;
        Ok(parameters(&[json!({ "name": "outcome", "valueCode": outcome.code() })]))
    });
    Ok(answered(&found.await?, accepted))
}
