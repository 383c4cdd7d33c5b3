//! The demo clinic's content: synthetic people and their courses, written in Brazilian Portuguese,
//! a pure function of a seed and a day. It knows nothing of FHIR or of the store.

mod acute;
mod chronic;
mod course;
mod names;
mod people;
mod preventive;
mod rng;
mod schedule;
mod text;
mod visits;
mod vitals;

#[cfg(test)]
mod tests;

use jiff::civil::{Date, DateTime};
use rng::Rng;

/// Patients in the demo clinic.
const PATIENTS: usize = 300;
/// Records in the demo clinic, all patients together.
const RECORDS: usize = 3_000;
/// Most records one patient may have.
const MOST_RECORDS: usize = 40;
/// Notes left as drafts, about one in a hundred.
const DRAFTS: usize = 30;

/// Everything the demo clinic starts with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Content {
    /// The clinic's name, as shown on screen.
    pub clinic_name: &'static str,
    /// Six doctors, then three nurses; the first is the demo's doctor.
    pub practitioners: Vec<Practitioner>,
    /// The patients; the first is the demo's patient login.
    pub patients: Vec<Patient>,
    /// The records, by patient and then by date.
    pub records: Vec<Record>,
}

/// A doctor or a nurse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Practitioner {
    /// Name with its form of address.
    pub name: String,
    /// `DOCTOR` or `NURSE`.
    pub role: &'static str,
    /// The council's number of a doctor, as `CRM-SP 123456`.
    pub crm: Option<String>,
    /// Specialty, in Portuguese.
    pub specialty: &'static str,
}

/// A synthetic patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patient {
    /// Full civil name.
    pub name: String,
    /// Given names.
    pub given: String,
    /// Surnames.
    pub family: String,
    /// The name the patient goes by, where it is not the civil one.
    pub social_name: Option<String>,
    /// Day of birth.
    pub birth_date: Date,
    /// A code of FHIR administrative-gender.
    pub sex: &'static str,
    /// CPF: 11 digits, check digits right.
    pub cpf: String,
    /// CNS: 15 digits, weighted sum right.
    pub cns: String,
    /// Mobile number in a range that no operator serves.
    pub phone: String,
    /// Address at a reserved domain.
    pub email: Option<String>,
    /// Home address.
    pub address: Address,
    /// What is known of allergies.
    pub allergies: Allergies,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Street, number and complement.
    pub line: String,
    /// Bairro.
    pub district: String,
    /// Municipality.
    pub city: String,
    /// Two letters.
    pub state: String,
    /// CEP, as `01234-567`.
    pub postal_code: String,
}

/// What is known of a patient's allergies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Allergies {
    /// Nobody asked yet.
    NotAsked,
    /// Asked, and denied.
    NoneKnown,
    /// At least one.
    Known(Vec<Allergy>),
}

/// One allergy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allergy {
    /// The substance or class.
    pub substance: String,
    /// What happened, where it is known.
    pub reaction: Option<String>,
    /// Whether the reaction was severe.
    pub severe: bool,
}

/// One entry of a patient's chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Index into [`Content::patients`].
    pub patient: usize,
    /// Index into [`Content::practitioners`].
    pub author: usize,
    /// `consultation`, `return`, `exam`, `procedure`, `hospitalization`, `telemedicine` or `other`.
    pub kind: &'static str,
    /// Wall time in São Paulo, always before the day the content is made for.
    pub date: DateTime,
    /// Short title.
    pub title: String,
    /// Diagnosis or reason.
    pub diagnosis: String,
    /// What was prescribed, done or advised, one item a line.
    pub treatment: String,
    /// The clinical note.
    pub notes: String,
    /// `CRITICAL`, `HIGH`, `NORMAL` or `LOW`.
    pub priority: &'static str,
    /// `final`, or `draft` for a few recent notes of the first practitioner.
    pub status: &'static str,
    /// Codes of the diagnoses.
    pub codes: Vec<Code>,
}

/// A coded diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// URI of the code system.
    pub system: &'static str,
    /// The code.
    pub code: &'static str,
    /// A short description in our own words.
    pub display: &'static str,
}

/// Makes the whole clinic. The same seed and day give the same content; another day moves the dates.
pub(crate) fn content(seed: u64, today: Date) -> Content {
    let mut rng = Rng::new(seed ^ 0xA20E_12A5);
    let practitioners = people::practitioners(&mut rng);
    let profiles = people::profiles(&mut rng, today, PATIENTS);
    let plans = schedule::plans(&mut rng, &profiles, today);
    let mut records = Vec::with_capacity(RECORDS);
    let mut patients = Vec::with_capacity(PATIENTS);
    for (i, (profile, plan)) in profiles.into_iter().zip(plans).enumerate() {
        course::write(Rng::new(rng.next()), i, &profile, plan, &mut records);
        patients.push(profile.patient);
    }
    leave_drafts(&mut records, today);
    Content { clinic_name: "Clínica Aroeira", practitioners, patients, records }
}

/// The newest notes of the first practitioner stay drafts; the demo's own patient has none.
fn leave_drafts(records: &mut [Record], today: Date) {
    let since = today.checked_sub(jiff::Span::new().days(60)).unwrap_or(today);
    let mut recent: Vec<usize> = (0..records.len())
        .filter(|&i| records[i].author == 0 && records[i].patient != 0 && records[i].date.date() >= since)
        .collect();
    recent.sort_by_key(|&i| std::cmp::Reverse((records[i].date, i)));
    for i in recent.into_iter().take(DRAFTS) {
        records[i].status = "draft";
    }
}
