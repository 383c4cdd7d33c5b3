//! The Patient compartment of R4: which elements of which types make a resource part of a patient's chart
//! (CompartmentDefinition/patient, with the search parameters it names written as paths).

use serde_json::{Map, Value};

use crate::index::{each, reference_of};

/// Type, then the paths of the references that count; sorted by type. A Patient belongs to itself besides.
#[rustfmt::skip]
const PATIENT: &[(&str, &[&str])] = &[
    ("Account", &["subject"]),
    ("AdverseEvent", &["subject"]),
    ("AllergyIntolerance", &["patient", "recorder", "asserter"]),
    ("Appointment", &["participant.actor"]),
    ("AppointmentResponse", &["actor"]),
    ("AuditEvent", &["agent.who", "entity.what"]),
    ("Basic", &["subject", "author"]),
    ("BodyStructure", &["patient"]),
    ("CarePlan", &["subject", "activity.detail.performer"]),
    ("CareTeam", &["subject", "participant.member"]),
    ("ChargeItem", &["subject"]),
    ("Claim", &["patient", "payee.party"]),
    ("ClaimResponse", &["patient"]),
    ("ClinicalImpression", &["subject"]),
    ("Communication", &["subject", "sender", "recipient"]),
    ("CommunicationRequest", &["subject", "sender", "recipient", "requester"]),
    ("Composition", &["subject", "author", "attester.party"]),
    ("Condition", &["subject", "asserter"]),
    ("Consent", &["patient"]),
    ("Coverage", &["policyHolder", "subscriber", "beneficiary", "payor"]),
    ("CoverageEligibilityRequest", &["patient"]),
    ("CoverageEligibilityResponse", &["patient"]),
    ("DetectedIssue", &["patient"]),
    ("DeviceRequest", &["subject", "performer"]),
    ("DeviceUseStatement", &["subject"]),
    ("DiagnosticReport", &["subject"]),
    ("DocumentManifest", &["subject", "author", "recipient"]),
    ("DocumentReference", &["subject", "author"]),
    ("Encounter", &["subject"]),
    ("EnrollmentRequest", &["candidate"]),
    ("EpisodeOfCare", &["patient"]),
    ("ExplanationOfBenefit", &["patient", "payee.party"]),
    ("FamilyMemberHistory", &["patient"]),
    ("Flag", &["subject"]),
    ("Goal", &["subject"]),
    ("Group", &["member.entity"]),
    ("ImagingStudy", &["subject"]),
    ("Immunization", &["patient"]),
    ("ImmunizationEvaluation", &["patient"]),
    ("ImmunizationRecommendation", &["patient"]),
    ("Invoice", &["subject", "recipient"]),
    ("List", &["subject", "source"]),
    ("MeasureReport", &["subject"]),
    ("Media", &["subject"]),
    ("MedicationAdministration", &["subject", "performer.actor"]),
    ("MedicationDispense", &["subject", "receiver"]),
    ("MedicationRequest", &["subject"]),
    ("MedicationStatement", &["subject"]),
    ("MolecularSequence", &["patient"]),
    ("NutritionOrder", &["patient"]),
    ("Observation", &["subject", "performer"]),
    ("Patient", &["link.other"]),
    ("Person", &["link.target"]),
    ("Procedure", &["subject", "performer.actor"]),
    ("Provenance", &["target"]),
    ("QuestionnaireResponse", &["subject", "author"]),
    ("RelatedPerson", &["patient"]),
    ("RequestGroup", &["subject", "action.participant"]),
    ("ResearchSubject", &["individual"]),
    ("RiskAssessment", &["subject"]),
    ("Schedule", &["actor"]),
    ("ServiceRequest", &["subject", "performer"]),
    ("Specimen", &["subject"]),
    ("SupplyDelivery", &["patient"]),
    ("SupplyRequest", &["deliverTo"]),
    ("VisionPrescription", &["patient"]),
];

/// The ids of the patients whose compartments the resource belongs to, sorted and each once.
///
/// Only relative references count: `https://elsewhere/Patient/1` is somebody else's patient, and must not open this
/// resource to ours of the same id.
pub(crate) fn patients(kind: &str, id: Option<&str>, map: &Map<String, Value>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if kind == "Patient" {
        found.extend(id.map(str::to_owned));
    }
    if let Ok(at) = PATIENT.binary_search_by_key(&kind, |row| row.0) {
        for path in PATIENT[at].1 {
            each(map, path, &mut |value| {
                if let Some(id) = reference_of(value).and_then(local_patient) {
                    found.push(id.to_owned());
                }
            });
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// `x` of `Patient/x` or `Patient/x/_history/2`.
fn local_patient(reference: &str) -> Option<&str> {
    let rest = reference.strip_prefix("Patient/")?;
    let (id, version) = rest.split_once('/').map_or((rest, None), |(id, version)| (id, Some(version)));
    let version_fits = version.is_none_or(|v| v.starts_with("_history/"));
    (version_fits && crate::types::is_id(id)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_types() {
        assert!(PATIENT.is_sorted_by(|a, b| a.0 < b.0));
        assert!(PATIENT.iter().all(|(kind, paths)| crate::types::is_resource_type(kind) && !paths.is_empty()));
        assert_eq!(PATIENT.len(), 66, "the types CompartmentDefinition/patient names with a parameter");
    }
}
