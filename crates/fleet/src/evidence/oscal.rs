//! The evidence as OSCAL 1.1 JSON. Identifiers are of their content (version 5): the same evidence gives the same bytes.

use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use uuid::{Builder, Uuid};

use super::{Evidence, Outcome, State, Verdict};

const VERSION: &str = "1.1.2";
/// Of names that are not of OSCAL itself.
const NAMESPACE: &str = "https://aroeira.example/oscal";

/// An identifier of what is named, of no other.
fn id(parts: &[&str]) -> String {
    let mut hash = Sha1::new();
    hash.update(Uuid::NAMESPACE_URL.as_bytes());
    hash.update(NAMESPACE);
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Builder::from_sha1_bytes(bytes).into_uuid().to_string()
}

fn metadata(evidence: &Evidence, title: &str) -> Value {
    json!({
        "title": format!("{title}: {} ({})", evidence.fleet, evidence.title.english),
        "last-modified": format!("{}T00:00:00Z", evidence.date),
        "version": evidence.date,
        "oscal-version": VERSION,
    })
}

/// A control's number as a token of OSCAL.
fn token(outcome: &Outcome) -> String {
    let text = outcome.id.to_lowercase();
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) { text } else { format!("req-{text}") }
}

fn told(outcome: &Outcome) -> String {
    let mut text = match outcome.state {
        State::Met => "Proven.".to_owned(),
        State::Partly => "Proven in part.".to_owned(),
        State::Not => "Not proven.".to_owned(),
        State::Customer => "A duty of the customer: no software shows it.".to_owned(),
    };
    for proof in &outcome.proofs {
        let verdict = match proof.verdict {
            Verdict::Proven => "proven",
            Verdict::Refuted => "refuted",
            Verdict::NotProven => "not proven",
        };
        text.push_str(&format!(" {}: {verdict}.", proof.text.english));
    }
    if let Some(rest) = &outcome.rest {
        text.push_str(&format!(" Left to people: {}.", rest.english));
    }
    text
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "ns": NAMESPACE, "value": value })
}

/// What the fleet does for each control.
#[must_use]
pub fn component_definition(evidence: &Evidence) -> Value {
    let of = |outcome: &Outcome| {
        json!({
            "uuid": id(&[&evidence.fleet, &evidence.framework, &outcome.id, "requirement", &told(outcome)]),
            "control-id": token(outcome),
            "description": told(outcome),
            "props": [property("state", outcome.state.id())],
        })
    };
    let requirements: Vec<Value> = evidence.controls.iter().map(of).collect();
    let content = Value::from(requirements.clone()).to_string();
    json!({ "component-definition": {
        "uuid": id(&[&evidence.fleet, &evidence.framework, &evidence.date, "component-definition", &content]),
        "metadata": metadata(evidence, "What the fleet does"),
        "components": [{
            "uuid": component(evidence),
            "type": "service",
            "title": evidence.fleet,
            "description": "The fleet, by its spec",
            "control-implementations": [{
                "uuid": id(&[&evidence.fleet, &evidence.framework, "implementation", &content]),
                "source": evidence.source,
                "description": evidence.scope.english,
                "implemented-requirements": requirements,
            }],
        }],
    }})
}

fn component(evidence: &Evidence) -> String {
    id(&[&evidence.fleet, "component"])
}

/// What was found of each control.
#[must_use]
pub fn assessment_results(evidence: &Evidence) -> Value {
    let when = format!("{}T00:00:00Z", evidence.date);
    let assessed = evidence.controls.iter().filter(|one| one.state != State::Customer);
    let mut observations = Vec::new();
    let mut findings = Vec::new();
    for outcome in assessed.clone() {
        let observation = id(&[&evidence.fleet, &evidence.framework, &outcome.id, "observation", &told(outcome)]);
        if !outcome.proofs.is_empty() {
            observations.push(observed(outcome, &observation, &when));
        }
        let mut finding = json!({
            "uuid": id(&[&evidence.fleet, &evidence.framework, &outcome.id, "finding", &told(outcome)]),
            "title": outcome.about.english,
            "description": told(outcome),
            "props": [property("state", outcome.state.id())],
            "target": {
                "type": "objective-id",
                "target-id": token(outcome),
                "status": { "state": if outcome.state == State::Met { "satisfied" } else { "not-satisfied" } },
            },
        });
        if !outcome.proofs.is_empty() {
            finding["related-observations"] = json!([{ "observation-uuid": observation }]);
        }
        findings.push(finding);
    }
    let controls: Vec<Value> = assessed.map(|outcome| json!({ "control-id": token(outcome) })).collect();
    let content = Value::from(findings.clone()).to_string();
    let plan = id(&[&evidence.framework, "plan"]);
    let mut result = json!({
        "uuid": id(&[&evidence.fleet, &evidence.framework, &evidence.date, "result", &content]),
        "title": evidence.title.english,
        "description": evidence.scope.english,
        "start": when,
        "reviewed-controls": { "control-selections": [{ "include-controls": controls }] },
        "findings": findings,
    });
    if !observations.is_empty() {
        result["observations"] = Value::from(observations);
    }
    json!({ "assessment-results": {
        "uuid": id(&[&evidence.fleet, &evidence.framework, &evidence.date, "assessment-results", &content]),
        "metadata": metadata(evidence, "What is proven"),
        "import-ap": { "href": format!("#{plan}") },
        "results": [result],
        "back-matter": { "resources": [{
            "uuid": plan,
            "title": evidence.title.english,
            "description": "No plan of an assessor: each control is held against the predicates that its data names.",
            "rlinks": [{ "href": evidence.source }],
        }] },
    }})
}

fn observed(outcome: &Outcome, uuid: &str, when: &str) -> Value {
    let links = outcome.proofs.iter().flat_map(|proof| &proof.links);
    let relevant: Vec<Value> =
        links.map(|link| json!({ "description": link.to, "props": [property("kind", link.kind)] })).collect();
    let seen = outcome.proofs.iter().flat_map(|proof| &proof.links).any(|link| link.kind == "observation");
    let mut observation = json!({
        "uuid": uuid,
        "description": told(outcome),
        "methods": [if seen { "TEST" } else { "EXAMINE" }],
        "types": ["finding"],
        "collected": when,
    });
    if !relevant.is_empty() {
        observation["relevant-evidence"] = Value::from(relevant);
    }
    observation
}
