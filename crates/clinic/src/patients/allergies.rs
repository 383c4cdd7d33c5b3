//! A patient's allergies: as somebody writes them, and the `AllergyIntolerance` resources that are kept.

use aroeira_fhir::Resource;
use serde_json::{Map, Value, json};

use super::{ALLERGY, Allergy, Patient};
use crate::input::Reader;
use crate::masking::MASK;

const SNOMED: &str = "http://snomed.info/sct";
/// "No known allergy".
const NONE_KNOWN: &str = "716186003";

/// What a clinic says of a patient's allergies.
pub(super) enum Allergies {
    /// Nobody asked, or nothing is said any more.
    Unknown,
    /// Asked, and none known.
    None,
    /// These.
    Known(Vec<Allergy>),
}

impl Allergies {
    /// The resources there shall be.
    pub(super) fn to_keep(&self) -> Vec<Allergy> {
        match self {
            Self::Unknown => Vec::new(),
            // Told apart from a real one by its code, which `allergy` writes for an empty substance.
            Self::None => vec![Allergy { id: None, substance: String::new(), reaction: None, criticality: None }],
            Self::Known(list) => list.clone(),
        }
    }
}

pub(super) fn read(reader: &mut Reader) -> Option<Allergies> {
    let status = match reader.raw("allergyStatus").and_then(Value::as_str) {
        Some(MASK) => None,
        _ => reader.one_of("allergyStatus", &["unknown", "none", "known"]),
    };
    let list = reader.objects("allergies", 100).map(|objects| {
        let mut list = Vec::with_capacity(objects.len());
        for (i, object) in objects.into_iter().enumerate() {
            let mut inner = Reader::nested(object, format!("allergies[{i}]."));
            inner.only(&["id", "substance", "reaction", "criticality"]);
            let id = inner.text("id", 64);
            let substance = inner.required_text("substance", 200);
            let reaction = inner.text("reaction", 500).filter(|text| !text.is_empty());
            let criticality = inner.one_of("criticality", &["low", "high", "unable-to-assess"]).map(str::to_owned);
            if let Some(substance) = substance {
                list.push(Allergy { id, substance, reaction, criticality });
            }
            reader.problems.append(&mut inner.problems);
        }
        list
    });
    match (status, list) {
        (Some("none"), None) => Some(Allergies::None),
        (Some("none"), Some(list)) if list.is_empty() => Some(Allergies::None),
        (Some("unknown"), None) => Some(Allergies::Unknown),
        (Some("unknown"), Some(list)) if list.is_empty() => Some(Allergies::Unknown),
        (Some("none" | "unknown"), Some(_)) => {
            reader.wrong("allergyStatus", "one-of");
            None
        }
        (_, Some(list)) if list.is_empty() => Some(Allergies::Unknown),
        (_, Some(list)) => Some(Allergies::Known(list)),
        (_, None) => None,
    }
}

/// An `AllergyIntolerance`: what a write says over what is stored.
pub(super) fn allergy(id: &str, patient: &str, said: &Allergy, stored: Option<&Resource>) -> Resource {
    let mut resource = stored.cloned().unwrap_or_else(|| {
        let mut fields = Map::new();
        let clinical = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
        fields.insert("clinicalStatus".into(), json!({ "coding": [{ "system": clinical, "code": "active" }] }));
        Resource::private(ALLERGY, id, fields)
    });
    let unchanged = stored.is_some_and(|stored| substance(stored) == said.substance);
    if said.substance.is_empty() {
        resource.insert(
            "code",
            json!({ "coding": [{ "system": SNOMED, "code": NONE_KNOWN }], "text": "Nenhuma alergia conhecida" }),
        );
    } else if !unchanged {
        resource.insert("code", json!({ "text": said.substance }));
    }
    resource.insert("patient", json!({ "reference": format!("Patient/{patient}") }));
    match &said.criticality {
        Some(criticality) => resource.insert("criticality", criticality.clone().into()),
        None => resource.remove("criticality"),
    };
    let before = stored.and_then(reaction);
    if said.reaction != before {
        match &said.reaction {
            Some(words) => resource.insert("reaction", json!([{ "manifestation": [{ "text": words }] }])),
            None => resource.remove("reaction"),
        };
    }
    resource
}

fn coded(concept: &Value) -> String {
    let display = || concept["coding"].as_array().and_then(|c| c.iter().find_map(|c| c["display"].as_str()));
    concept["text"].as_str().or_else(display).unwrap_or_default().to_owned()
}

/// To what; never empty, so that a patient whose allergy has no words can be saved as they were read.
fn substance(resource: &Resource) -> String {
    let code = |concept: &Value| {
        let words = coded(concept);
        let code = || concept["coding"].as_array().and_then(|c| c.iter().find_map(|c| c["code"].as_str()));
        if words.is_empty() { code().unwrap_or_default().to_owned() } else { words }
    };
    let reactions = resource.get("reaction").and_then(Value::as_array);
    let substances = reactions.into_iter().flatten().map(|reaction| code(&reaction["substance"]));
    let mut said = resource.get("code").map(code).into_iter().chain(substances);
    said.find(|words| !words.is_empty()).unwrap_or_else(|| "não informada".to_owned())
}

/// Whether an allergy is said of the patient: one entered in error or refuted is not.
pub(super) fn is_stated(resource: &Resource) -> bool {
    let codings = resource.get("verificationStatus").and_then(|status| status["coding"].as_array());
    !codings.into_iter().flatten().any(|coding| coding["code"] == "entered-in-error" || coding["code"] == "refuted")
}

fn reaction(resource: &Resource) -> Option<String> {
    let reactions = resource.get("reaction")?.as_array()?;
    let words: Vec<String> = reactions
        .iter()
        .flat_map(|one| one["manifestation"].as_array().cloned().unwrap_or_default())
        .map(|concept| coded(&concept))
        .filter(|words| !words.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

pub(super) fn says_none(resource: &Resource) -> bool {
    let codings = resource.get("code").and_then(|code| code["coding"].as_array());
    codings.into_iter().flatten().any(|coding| coding["system"] == SNOMED && coding["code"] == NONE_KNOWN)
}

/// Adds what is known of allergies to a view.
pub(super) fn add_to(patient: &mut Patient, resources: &[&Resource]) {
    let none_said = resources.is_empty();
    let known: Vec<Allergy> = resources
        .iter()
        .filter(|resource| !says_none(resource))
        .map(|resource| Allergy {
            id: resource.id().map(str::to_owned),
            substance: substance(resource),
            reaction: reaction(resource),
            criticality: resource.get("criticality").and_then(Value::as_str).map(str::to_owned),
        })
        .collect();
    let status = match (known.is_empty(), none_said) {
        (false, _) => "known",
        (true, false) => "none",
        (true, true) => "unknown",
    };
    status.clone_into(&mut patient.allergy_status);
    patient.allergies = Some(known);
}
