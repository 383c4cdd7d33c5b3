//! Patients: a FHIR `Patient` with its `AllergyIntolerance` resources, and the view `/api/patients` and the pages show.

mod allergies;
mod form;
mod list;
mod resource;

use std::sync::Arc;

use aroeira_fhir::{Resource, brazil};
use aroeira_store::{Event, Record, Transaction, View, Written};
use serde::{Deserialize, Serialize};

use allergies::Allergies;
pub(crate) use form::is_email;
pub(crate) use resource::{document_problems, human_name};

use crate::access::Action;
use crate::desk::{check, parse};
use crate::history::{fields, revisions};
use crate::input::{Reader, check_version, checked_reason};
use crate::once::Stop;
use crate::records::restore_reason;
use crate::{Conflict, Desk, Error, Input, Precondition, Result, Revision, Seen};

const PATIENT: &str = "Patient";
const ALLERGY: &str = "AllergyIntolerance";

/// How to reach somebody: a FHIR `ContactPoint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// phone, email, sms, url, other.
    pub system: String,
    /// The number or address.
    pub value: String,
    /// home, work, mobile; absent when not said.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
}

/// A postal address; every field may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// Street, number, complement.
    pub line: String,
    /// Bairro.
    pub district: String,
    /// Município.
    pub city: String,
    /// Two letters.
    pub state: String,
    /// CEP, 8 digits.
    pub postal_code: String,
}

/// An allergy: an `AllergyIntolerance` resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Allergy {
    /// Id of the resource; absent when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// To what.
    pub substance: String,
    /// What happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    /// low, high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criticality: Option<String>,
}

/// A patient. Masked texts are `"***"` (the CPF keeps its middle: `***.456.789-**`), masked lists `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patient {
    /// Logical id.
    pub id: String,
    /// 1 for the first.
    pub version: u32,
    /// Registered name.
    pub name: String,
    /// Nome social; shown first where there is one.
    pub social_name: Option<String>,
    /// `YYYY-MM-DD`; empty where unknown.
    pub birth_date: String,
    /// female, male, other, unknown.
    pub sex: String,
    /// Formatted `123.456.789-09`; empty where there is none.
    pub cpf: String,
    /// 15 digits; empty where there is none.
    pub cns: String,
    /// Telephone, e-mail ...
    pub contacts: Vec<Contact>,
    /// Home address.
    pub address: Address,
    /// `null` when masked.
    pub allergies: Option<Vec<Allergy>>,
    /// unknown (nobody asked), none (none known), known; `***` when masked.
    pub allergy_status: String,
    /// Date or instant of death, `true` as text where only the fact is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deceased: Option<String>,
    /// When this version was written.
    pub updated_at: aroeira_fhir::Instant,
    /// Fields covered for this reader; absent when none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<&'static str>,
}

/// Which patients, in which order.
#[derive(Debug, Clone, Default)]
pub struct PatientQuery {
    /// Part of a name, a CPF or CNS in any format, or a birth date (`dd/mm/aaaa` or `YYYY-MM-DD`).
    pub q: Option<String>,
    /// `name` (default), `-name`, `birthDate`, `-birthDate`, `-updated`, `updated`.
    pub sort: Option<String>,
    /// 1 to 100; 20 when absent.
    pub limit: Option<u32>,
    /// From the page before.
    pub cursor: Option<String>,
}

impl Patient {
    /// Social name where there is one, else the registered one.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.social_name.as_deref().filter(|n| !n.is_empty()).unwrap_or(&self.name)
    }
}

impl Desk {
    /// Registers a patient.
    ///
    /// # Errors
    /// `Invalid` naming every wrong field, `Conflict(Duplicate)` for a CPF the clinic has, `Denied`.
    pub async fn create_patient(&self, input: Input, idempotency_key: Option<&str>) -> Result<Seen<Patient>> {
        self.authorise(Action::Create, PATIENT).await?;
        let object = input.object()?;
        let once = idempotency_key.map(|key| self.once("patients", key, &object));
        let form = form::Form::read(Reader::new(object), false, self.today())?;
        self.check_covered(&form, None, self.grant(ALLERGY).allows(Action::Read))?;
        let id = self.new_id()?;
        let form = Arc::new(form);
        let expect = || {
            let (form, key) = (Arc::clone(&form), id.clone());
            move |_: &Self| form.apply(Resource::private(PATIENT, &key, serde_json::Map::new()), None)
        };
        let (desk, key) = (self.expecting(PATIENT, expect).await?, id.clone());
        let written = self
            .make(&id, once, move |tx| {
                let new = form.apply(Resource::private(PATIENT, &key, serde_json::Map::new()), None)?;
                desk.check_unique_cpf(tx, &new)?;
                let written = tx.put(&desk.change(&new))?;
                desk.put_allergies(tx, &key, form.allergies.as_ref())?;
                Ok((written.version, desk.seen_patient(tx, &key, &written, &new)?))
            })
            .await;
        match written {
            Ok(seen) => Ok(seen),
            Err(Stop::Replay { id, .. }) => self.patient(&id).await,
            Err(Stop::Error(error)) => self.settle(Err(error), &[(PATIENT, &id)]).await,
        }
    }

    /// Refuses what the actor could not have seen: an allergy sent by somebody to whom allergies are covered.
    fn check_covered(&self, form: &form::Form, stored: Option<&Resource>, sees_allergies: bool) -> Result<()> {
        let mut problems = Vec::new();
        if form.allergies.is_some() && !sees_allergies {
            problems.push(crate::Field::new("allergies", "masked"));
        }
        let cpf = stored.map(|stored| resource::identifier(stored, brazil::CPF_SYSTEM)).unwrap_or_default();
        // Even the right digits: the answer would tell who guesses that they are.
        let guesses =
            !self.grant(PATIENT).full_cpf && form.cpf.as_ref().is_some_and(|said| !(said.is_empty() && cpf.is_empty()));
        let other = form.masked_cpf.as_ref().is_some_and(|said| cpf.is_empty() || brazil::mask_cpf(&cpf) != *said);
        if guesses || other {
            problems.push(crate::Field::new("cpf", "masked"));
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }

    /// A CPF belongs to one patient of the clinic.
    pub(crate) fn check_unique_cpf(&self, view: &View<'_>, patient: &Resource) -> Result<()> {
        for cpf in resource::identifiers(patient, brazil::CPF_SYSTEM) {
            let holders = view.ids_by_token(PATIENT, "identifier", brazil::CPF_SYSTEM, &cpf)?;
            if holders.iter().any(|id| Some(id.as_str()) != patient.id()) {
                return Err(Error::Conflict(Conflict::Duplicate { field: "cpf" }));
            }
        }
        Ok(())
    }

    /// One patient.
    ///
    /// # Errors
    /// `NotFound`, `Gone`, `Denied`.
    pub async fn patient(&self, id: &str) -> Result<Seen<Patient>> {
        self.authorise(Action::Read, PATIENT).await?;
        let found = self.look(|view| {
            let record = self.fetch(view, PATIENT, id)?;
            let seen = self.view_patient(view, &record)?;
            Ok((record, seen))
        });
        let (record, seen) = self.settle(found, &[(PATIENT, id)]).await?;
        self.saw(Event::Read, &[&record]).await?;
        Ok(seen)
    }

    /// Writes the next version; absent fields stay as they are, a list of allergies replaces them.
    ///
    /// # Errors
    /// As [`Desk::amend_record`](crate::Desk::amend_record).
    pub async fn amend_patient(&self, id: &str, precondition: Precondition, input: Input) -> Result<Seen<Patient>> {
        self.authorise(Action::Update, PATIENT).await?;
        let before = self.look(|view| {
            let record = self.fetch(view, PATIENT, id)?;
            check(precondition, record.version, false)?;
            let seen = self.view_patient(view, &record)?;
            Ok((record.version, fields(&seen.value, &[])?))
        });
        let (before, seen) = self.settle(before, &[(PATIENT, id)]).await?;
        let mut reader = Reader::new(input.object()?);
        let said = reader.version()?;
        check_version(precondition, said, before)?;
        // What comes back as it was read changes nothing, whatever more is kept of it than the view shows.
        reader.leave_unsaid(&seen, &form::FIELDS[..form::FIELDS.len() - 2]);
        // A list and what is said of it are one: half of it unsaid would mean another thing.
        if ["allergies", "allergyStatus"]
            .iter()
            .all(|name| !reader.has(name) || reader.raw(name) == seen.get(*name).filter(|v| !v.is_null()))
        {
            reader.leave_unsaid(&seen, &["allergies", "allergyStatus"]);
        }
        let form = Arc::new(form::Form::read(reader, true, self.today())?);
        let expect = || {
            let (form, key) = (Arc::clone(&form), id.to_owned());
            move |desk: &Self| {
                let stored = desk.look(|view| parse(&desk.fetch(view, PATIENT, &key)?.body))?;
                let mut next = form.apply(stored, form.reason.as_deref())?;
                next.set_id(&key);
                Ok(next)
            }
        };
        let (desk, key) = (self.expecting(PATIENT, expect).await?, id.to_owned());
        let written = self
            .clinic
            .store
            .write(Some(self.entry(Event::Update)), move |tx| {
                let record = desk.fetch(tx, PATIENT, &key)?;
                check(precondition, record.version, false)?;
                check_version(precondition, said, record.version)?;
                let stored = parse(&record.body)?;
                desk.check_covered(&form, Some(&stored), desk.sees_allergies(tx, &key)?)?;
                let mut next = form.apply(stored, form.reason.as_deref())?;
                next.set_id(&key);
                desk.check_unique_cpf(tx, &next)?;
                let written = tx.put(&desk.change(&next))?;
                desk.put_allergies(tx, &key, form.allergies.as_ref())?;
                desk.seen_patient(tx, &key, &written, &next)
            })
            .await;
        self.settle(written, &[(PATIENT, id)]).await
    }

    /// Makes the patient's allergies what was said of them: new ones are written, missing ones deleted, others amended.
    fn put_allergies(&self, tx: &mut Transaction<'_>, patient: &str, said: Option<&Allergies>) -> Result<()> {
        let Some(said) = said else { return Ok(()) };
        let stored = stated_allergies(tx, &[patient], &|record| Ok(Arc::new(parse(&record.body)?)))?;
        let stored: Vec<_> = stored.into_iter().map(|(_, record, resource)| (record, resource)).collect();
        let mut kept = Vec::new();
        // Said again that there are none: what says so stays.
        if matches!(said, Allergies::None)
            && let Some((_, none)) =
                stored.iter().map(|(record, resource)| (resource, record)).find(|(r, _)| allergies::says_none(r))
        {
            kept.push(none.id.clone());
        }
        let to_keep = if kept.is_empty() { said.to_keep() } else { Vec::new() };
        for allergy in to_keep {
            let known = allergy.id.as_deref().and_then(|id| stored.iter().find(|(record, _)| record.id == id));
            let id = match (known, &allergy.id) {
                (Some((record, _)), _) => record.id.clone(),
                (None, Some(_)) => return Err(Error::field("allergies", "reference")),
                (None, None) => self.new_id()?,
            };
            let before = known.map(|(_, resource)| &**resource);
            let next = allergies::allergy(&id, patient, &allergy, before);
            if !before.is_some_and(|before| before.same_content(&next)) {
                tx.put(&self.change(&next))?;
            }
            kept.push(id);
        }
        for (record, resource) in stored.iter().filter(|(record, _)| !kept.contains(&record.id)) {
            if !self.grant(ALLERGY).allows(Action::Delete) && !allergies::says_none(resource) {
                return Err(Error::Denied(crate::Refusal::Role));
            }
            let tombstone = self.tombstone(tx, record, None)?;
            tx.put(&tombstone)?;
        }
        Ok(())
    }

    /// Marks a patient deleted.
    ///
    /// # Errors
    /// `Invalid` without a reason; `Conflict` when stale.
    pub async fn delete_patient(&self, id: &str, precondition: Precondition, reason: Option<&str>) -> Result<()> {
        self.authorise(Action::Delete, PATIENT).await?;
        let (desk, key, reason) = (self.clone(), id.to_owned(), reason.map(str::to_owned));
        let done = self
            .clinic
            .store
            .write(Some(self.entry(Event::Delete)), move |tx| {
                let record = desk.fetch(tx, PATIENT, &key)?;
                check(precondition, record.version, true)?;
                let reason = checked_reason(reason.as_deref())?;
                let tombstone = desk.tombstone(tx, &record, Some(&reason))?;
                tx.put(&tombstone)?;
                Ok(())
            })
            .await;
        self.settle(done, &[(PATIENT, id)]).await
    }

    /// Brings a deleted patient back. ADMIN alone.
    ///
    /// # Errors
    /// `Conflict(NotDeleted)`, `Denied`.
    pub async fn restore_patient(&self, id: &str, input: Input) -> Result<Seen<Patient>> {
        self.authorise(Action::Restore, PATIENT).await?;
        let reason = restore_reason(input)?;
        let (desk, key) = (self.clone(), id.to_owned());
        let written = self
            .clinic
            .store
            .write(Some(self.entry(Event::Restore)), move |tx| {
                let written = desk.restore_in(tx, PATIENT, &key, &reason)?;
                desk.seen_patient(tx, &key, &written, &parse(&written.body)?)
            })
            .await;
        self.settle(written, &[(PATIENT, id)]).await
    }

    /// Every version, the newest first.
    ///
    /// # Errors
    /// `NotFound`, `Denied`.
    pub async fn patient_history(&self, id: &str) -> Result<Seen<Vec<Revision>>> {
        let grant = self.authorise(Action::Read, PATIENT).await?;
        let found = self.look(|view| {
            let (record, versions) = self.find_versions(view, PATIENT, id)?;
            let revisions = revisions(view, &versions, !grant.sees_all(), |version| {
                let resource = parse(&version.body)?;
                let mut value = resource::view(id, version.version, version.updated, &resource);
                // Allergies are records with histories of their own.
                let mut masked = self.mask_patient(&mut value);
                masked.extend(["allergies", "allergyStatus"]);
                fields(&value, &masked)
            })?;
            Ok((record, revisions))
        });
        let (record, value) = self.settle(found, &[(PATIENT, id)]).await?;
        self.saw(Event::History, &[&record]).await?;
        let mut masked = if grant.sees_all() { Vec::new() } else { vec!["reason"] };
        if !grant.full_cpf {
            masked.push("cpf");
        }
        Ok(Seen { value, version: record.version, updated: record.updated, masked })
    }

    /// The view of a version that was just written, inside its transaction.
    fn seen_patient(&self, view: &View<'_>, id: &str, written: &Written, resource: &Resource) -> Result<Seen<Patient>> {
        let value = resource::view(id, written.version, written.updated, resource);
        let mut values = vec![value];
        self.add_allergies(view, &mut values, &|record| Ok(Arc::new(parse(&record.body)?)))?;
        self.covered(values).pop().ok_or(Error::NotFound)
    }

    /// The view of a committed version.
    pub(crate) fn view_patient(&self, view: &View<'_>, record: &Record) -> Result<Seen<Patient>> {
        let mut values = vec![bare(record)?];
        self.add_allergies(view, &mut values, &|record| record.made(|| parse(&record.body)))?;
        self.covered(values).pop().ok_or(Error::NotFound)
    }

    /// The views of committed versions: the allergies of all of them are looked up at once.
    fn view_patients(&self, view: &View<'_>, records: &[Arc<Record>]) -> Result<Vec<Patient>> {
        let mut values = records.iter().map(|record| bare(record)).collect::<Result<Vec<_>>>()?;
        self.add_allergies(view, &mut values, &|record| record.made(|| parse(&record.body)))?;
        Ok(self.covered(values).into_iter().map(|seen| seen.value).collect())
    }

    /// Allergies as they are now, for whom this actor may know them of.
    fn add_allergies(&self, view: &View<'_>, patients: &mut [Patient], read: Read<'_>) -> Result<()> {
        let mut open = Vec::with_capacity(patients.len());
        for patient in &mut *patients {
            if self.sees_allergies(view, &patient.id)? {
                open.push(patient.id.clone());
                patient.allergies = Some(Vec::new());
            }
        }
        let ids: Vec<&str> = open.iter().map(String::as_str).collect();
        let stated = stated_allergies(view, &ids, read)?;
        for patient in patients.iter_mut().filter(|patient| patient.allergies.is_some()) {
            let theirs = stated.iter().filter(|(id, ..)| *id == patient.id);
            let theirs: Vec<&Resource> = theirs.map(|(.., resource)| &**resource).collect();
            allergies::add_to(patient, &theirs);
        }
        Ok(())
    }

    /// What the role does not see covered.
    fn covered(&self, patients: Vec<Patient>) -> Vec<Seen<Patient>> {
        let cover = |mut value: Patient| {
            let masked = self.mask_patient(&mut value);
            value.masked.clone_from(&masked);
            Seen { version: value.version, updated: value.updated_at, value, masked }
        };
        patients.into_iter().map(cover).collect()
    }

    /// Allergies are part of the chart: outside their care a clinician sees the registration alone.
    fn sees_allergies(&self, view: &View<'_>, patient: &str) -> Result<bool> {
        let granted = self.grant(ALLERGY).allows(Action::Read);
        Ok(granted && self.in_care_of_any(view, &[patient.to_owned()]).is_ok())
    }

    /// The civil day in the clinic's zone.
    fn today(&self) -> jiff::civil::Date {
        jiff::Timestamp::from(self.now()).to_zoned(self.clinic.zone().clone()).date()
    }

    /// Covers what the role does not reach; answers the names of what was covered.
    fn mask_patient(&self, patient: &mut Patient) -> Vec<&'static str> {
        let mut masked = Vec::new();
        if !self.grant(PATIENT).full_cpf && !patient.cpf.is_empty() {
            patient.cpf = brazil::mask_cpf(&patient.cpf);
            masked.push("cpf");
        }
        if patient.allergies.is_none() {
            masked.push("allergies");
            masked.push("allergyStatus");
        }
        masked
    }
}

/// The view of a version, allergies still covered.
fn bare(record: &Record) -> Result<Patient> {
    let make = || Ok(resource::view(&record.id, record.version, record.updated, &parse(&record.body)?));
    Ok(Patient::clone(&*record.made::<_, Error>(make)?))
}

/// A patient's id, and an allergy of theirs.
type Stated<'p> = (&'p str, Arc<Record>, Arc<Resource>);

/// How the body of an allergy is read.
type Read<'a> = &'a dyn Fn(&Record) -> Result<Arc<Resource>>;

/// The allergies that are said of patients of ours, each with its patient's id; what was entered in error or refuted is
/// not said.
fn stated_allergies<'p>(view: &View<'_>, patients: &[&'p str], read: Read<'_>) -> Result<Vec<Stated<'p>>> {
    let mut stated = Vec::new();
    for (patient, record) in view.of_patients(ALLERGY, patients)? {
        let resource = read(&record)?;
        if allergies::is_stated(&resource) {
            stated.push((patient, record, resource));
        }
    }
    Ok(stated)
}
