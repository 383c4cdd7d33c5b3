//! The demo clinic's content as FHIR transaction bundles.

use aroeira_clinic::{Ids, Result};
use aroeira_fhir::{Instant, Resource, brazil, text};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::demo::{Allergies, Content, Patient, Practitioner, Record};

/// Patients whose charts travel in one bundle.
const PATIENTS_A_BUNDLE: usize = 25;
const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";

/// The content with an id for everybody in it.
pub(super) struct Charts<'a> {
    pub(super) content: &'a Content,
    /// Id of each practitioner; those with an account have its id.
    pub(super) practitioners: Vec<String>,
    /// Id of each patient.
    pub(super) patients: Vec<String>,
    pub(super) zone: TimeZone,
}

impl Charts<'_> {
    /// The practitioners without an account, then the charts, patient after patient.
    pub(super) fn bundles(&self, accounts: &[usize], ids: &Ids, at: Instant) -> Result<Vec<Resource>> {
        let colleagues = self.content.practitioners.iter().enumerate().filter(|(n, _)| !accounts.contains(n));
        let colleagues = colleagues.map(|(n, practitioner)| colleague(&self.practitioners[n], practitioner)).collect();
        let mut bundles = vec![bundle(colleagues)?];
        let mut records = self.content.records.as_slice();
        for first in (0..self.patients.len()).step_by(PATIENTS_A_BUNDLE) {
            let last = (first + PATIENTS_A_BUNDLE).min(self.patients.len());
            let mut resources = Vec::new();
            for n in first..last {
                let patient = &self.content.patients[n];
                resources.push(person(&self.patients[n], patient));
                for allergy in allergies(patient) {
                    resources.push(self.allergy(&ids.new_id(at)?, n, allergy));
                }
            }
            let (here, rest) = records.split_at(records.partition_point(|record| record.patient < last));
            records = rest;
            for record in here {
                resources.push(self.record(&ids.new_id(at)?, record));
            }
            bundles.push(bundle(resources)?);
        }
        Ok(bundles)
    }

    fn record(&self, id: &str, record: &Record) -> Value {
        let date = record.date.to_zoned(self.zone.clone());
        let date = date
            .map_or_else(|_| record.date.date().to_string(), |date| date.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
        let sections: Vec<Value> = [
            ("Diagnóstico", "29308-4", &record.diagnosis),
            ("Conduta", "18776-5", &record.treatment),
            ("Anotações", "34109-9", &record.notes),
        ]
        .into_iter()
        .filter(|(_, _, words)| !words.is_empty())
        .map(|(title, code, words)| {
            json!({
                "title": title,
                "code": {"coding": [{"system": LOINC, "code": code}]},
                "text": {"status": "generated", "div": text::narrative(words)},
            })
        })
        .collect();
        let codes: Vec<Value> = record
            .codes
            .iter()
            .map(|c| json!({"coding": [{"system": c.system, "code": c.code, "display": c.display}], "text": c.display}))
            .collect();
        let mut composition = json!({
            "resourceType": "Composition",
            "id": id,
            "extension": [{"url": "urn:aroeira:fhir:record-priority", "valueCode": record.priority}],
            "status": if record.status == "draft" { "preliminary" } else { "final" },
            "type": {"coding": [{"system": "urn:aroeira:fhir:record-type", "code": record.kind}]},
            "subject": {"reference": format!("Patient/{}", self.patients[record.patient])},
            "date": date,
            "author": [{"reference": format!("Practitioner/{}", self.practitioners[record.author])}],
            "title": record.title,
        });
        if !codes.is_empty() {
            composition["event"] = json!([{"code": codes}]);
        }
        if !sections.is_empty() {
            composition["section"] = Value::Array(sections);
        }
        composition
    }

    fn allergy(&self, id: &str, patient: usize, mut allergy: Value) -> Value {
        allergy["resourceType"] = "AllergyIntolerance".into();
        allergy["id"] = id.into();
        allergy["patient"] = json!({"reference": format!("Patient/{}", self.patients[patient])});
        let active = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
        allergy["clinicalStatus"] = json!({"coding": [{"system": active, "code": "active"}]});
        allergy
    }
}

fn colleague(id: &str, practitioner: &Practitioner) -> Value {
    let mut resource = json!({
        "resourceType": "Practitioner",
        "id": id,
        "active": true,
        "name": [{"text": practitioner.name}],
        "qualification": [{"code": {"text": practitioner.specialty}}],
    });
    if let Some(council) = &practitioner.crm {
        resource["identifier"] = json!([{"use": "official", "system": brazil::COUNCIL_SYSTEM, "value": council}]);
    }
    resource
}

fn person(id: &str, patient: &Patient) -> Value {
    let given: Vec<&str> = patient.given.split_whitespace().collect();
    let mut names = vec![json!({"use": "official", "text": patient.name, "family": patient.family, "given": given})];
    if let Some(social) = &patient.social_name {
        names.push(json!({"use": "usual", "text": social}));
    }
    let mut contacts = vec![json!({"system": "phone", "value": patient.phone, "use": "mobile"})];
    if let Some(email) = &patient.email {
        contacts.push(json!({"system": "email", "value": email}));
    }
    let address = &patient.address;
    json!({
        "resourceType": "Patient",
        "id": id,
        "identifier": [
            {"use": "official", "system": brazil::CPF_SYSTEM, "value": patient.cpf},
            {"use": "official", "system": brazil::CNS_SYSTEM, "value": patient.cns},
        ],
        "active": true,
        "name": names,
        "telecom": contacts,
        "gender": patient.sex,
        "birthDate": patient.birth_date.to_string(),
        "address": [{
            "use": "home",
            "line": [address.line],
            "district": address.district,
            "city": address.city,
            "state": address.state,
            "postalCode": address.postal_code.replace('-', ""),
            "country": "BR",
        }],
    })
}

/// What is known of allergies, the parts that differ.
fn allergies(patient: &Patient) -> Vec<Value> {
    match &patient.allergies {
        Allergies::NotAsked => Vec::new(),
        Allergies::NoneKnown => {
            let code = json!({"system": SNOMED, "code": "716186003", "display": "No known allergy"});
            vec![json!({"code": {"coding": [code], "text": "Sem alergias conhecidas"}})]
        }
        Allergies::Known(known) => known
            .iter()
            .map(|allergy| {
                let mut resource = json!({
                    "criticality": if allergy.severe { "high" } else { "low" },
                    "code": {"text": allergy.substance},
                });
                if let Some(reaction) = &allergy.reaction {
                    resource["reaction"] = json!([{"manifestation": [{"text": reaction}]}]);
                }
                resource
            })
            .collect(),
    }
}

fn bundle(resources: Vec<Value>) -> Result<Resource> {
    let entries: Vec<Value> = resources
        .into_iter()
        .map(|resource| {
            let url = format!(
                "{}/{}",
                resource["resourceType"].as_str().unwrap_or_default(),
                resource["id"].as_str().unwrap_or_default()
            );
            json!({"resource": resource, "request": {"method": "PUT", "url": url}})
        })
        .collect();
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
    Resource::from_value(bundle).map_err(|problems| {
        let first = problems.first().map(|p| p.path.clone()).unwrap_or_default();
        aroeira_clinic::Error::Internal(format!("the demo's content is no FHIR: {first}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_patient_and_record_is_in_a_bundle_once() {
        let content = crate::demo::content(1, jiff::civil::date(2026, 11, 20));
        let charts = Charts {
            content: &content,
            practitioners: (0..content.practitioners.len()).map(|n| format!("pr-{n}")).collect(),
            patients: (0..content.patients.len()).map(|n| format!("pa-{n}")).collect(),
            zone: TimeZone::get("America/Sao_Paulo").unwrap(),
        };
        let bundles = charts.bundles(&[0], &Ids::seeded(1), Instant(0)).unwrap();
        let count = |kind: &str| {
            let entries = bundles.iter().flat_map(|b| b.get("entry").and_then(Value::as_array).unwrap());
            entries.filter(|entry| entry["resource"]["resourceType"] == kind).count()
        };
        assert_eq!(count("Patient"), content.patients.len());
        assert_eq!(count("Composition"), content.records.len());
        assert_eq!(count("Practitioner"), content.practitioners.len() - 1);
        assert!(count("AllergyIntolerance") > 0);
    }
}
