//! Medical records: a FHIR `Composition` and the view of it that `/api/medical-records` and the pages show.

mod composition;
mod form;
mod list;
mod text;

use std::collections::HashMap;

use aroeira_fhir::Resource;
use aroeira_store::{Event, Record, Transaction, View};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use composition::{TYPE_SYSTEM, TYPES, is_date, is_final, is_open_to, is_status, patient_of, signers};
pub(crate) use list::question_error;
pub use text::RecordText;
use text::Remembered;

use crate::access::Action;
use crate::desk::{check, parse};
use crate::history::{Revision, fields, revisions};
use crate::input::{Reader, check_version, checked_reason};
use crate::once::Stop;
use crate::{Conflict, Desk, Error, Input, Precondition, Refusal, Result, Seen};

/// The FHIR type of a medical record.
pub(crate) const COMPOSITION: &str = "Composition";

/// A code of a terminology: `{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10", "display": "..."}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Canonical url of the code system.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its words; may be empty.
    #[serde(default)]
    pub display: String,
}

/// A medical record. A masked text is `"***"`, masked codes are `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MedicalRecord {
    /// Logical id.
    pub id: String,
    /// 1 for the first.
    pub version: u32,
    /// Whose record it is.
    pub patient_id: String,
    /// Social name first, as the patient's own record has it now.
    pub patient_name: String,
    /// What it is called; clinical.
    pub title: String,
    /// consultation, return, exam, procedure, hospitalization, telemedicine, other.
    #[serde(rename = "type")]
    pub kind: String,
    /// A date or an instant, as it was sent.
    pub date: String,
    /// Plain text; clinical.
    pub diagnosis: String,
    /// Plain text; clinical.
    pub treatment: String,
    /// Plain text; clinical.
    pub notes: String,
    /// CRITICAL, HIGH, NORMAL, LOW.
    pub priority: String,
    /// draft, final; amended once a final one was changed.
    pub status: String,
    /// Coded diagnoses and procedures; clinical.
    pub codes: Option<Vec<Code>>,
    /// The user who wrote it.
    pub author_id: String,
    /// Their name now.
    pub author_name: String,
    /// When this version was written.
    pub updated_at: aroeira_fhir::Instant,
    /// Why this version was written, where a reason was asked for; clinical.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Fields covered for this reader; absent when none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<&'static str>,
}

/// Which records, in which order.
#[derive(Debug, Clone, Default)]
pub struct RecordQuery {
    /// Only this patient's.
    pub patient_id: Option<String>,
    /// CRITICAL, HIGH, NORMAL, LOW.
    pub priority: Option<String>,
    /// As in [`MedicalRecord::kind`].
    pub kind: Option<String>,
    /// draft or final.
    pub status: Option<String>,
    /// First day, inclusive (a date or an instant).
    pub from: Option<String>,
    /// Last day, inclusive.
    pub to: Option<String>,
    /// Full text: words, prefix*, "a phrase".
    pub q: Option<String>,
    /// `-date` (default), `date`, `-updated`, `updated`, `title`, `-title`, `priority`, `-priority`.
    pub sort: Option<String>,
    /// 1 to 100; 20 when absent.
    pub limit: Option<u32>,
    /// From the page before.
    pub cursor: Option<String>,
}

/// Names that one answer has looked up.
#[derive(Default)]
pub(crate) struct Names {
    patients: HashMap<String, String>,
    authors: HashMap<String, String>,
}

impl Names {
    fn patient(&mut self, view: &View<'_>, id: &str) -> Result<String> {
        if let Some(name) = self.patients.get(id) {
            return Ok(name.clone());
        }
        let name = view.label("Patient", id)?.unwrap_or_default();
        self.patients.insert(id.to_owned(), name.clone());
        Ok(name)
    }

    fn author(&mut self, view: &View<'_>, id: &str) -> Result<String> {
        if let Some(name) = self.authors.get(id) {
            return Ok(name.clone());
        }
        let name = Desk::name_of(view, id)?;
        self.authors.insert(id.to_owned(), name.clone());
        Ok(name)
    }
}

impl Desk {
    /// Writes a new record. With an idempotency key, the same body again answers the first one's record.
    ///
    /// # Errors
    /// `Invalid` naming every wrong field, `Denied`, `Conflict(IdempotencyKey)`.
    pub async fn create_record(&self, input: Input, idempotency_key: Option<&str>) -> Result<Seen<MedicalRecord>> {
        self.authorise(Action::Create, COMPOSITION).await?;
        let object = input.object()?;
        let once = idempotency_key.map(|key| self.once("medical-records", key, &object));
        let draft = form::New::read(Reader::new(object), self.clinic.zone())?;
        let id = self.new_id()?;
        let resource = draft.into_resource(&id, self.actor_id());
        let expect = || {
            let resource = resource.clone();
            |_: &Self| Ok(resource)
        };
        let desk = self.expecting(COMPOSITION, expect).await?;
        let change = desk.change(&resource);
        let written = self
            .make(&id, once, move |tx| {
                desk.check_new_record(tx, &resource)?;
                let written = tx.put(&change)?;
                let seen = desk.view_resource(tx, change.body.id(), written.version, written.updated, &resource)?;
                Ok((written.version, seen))
            })
            .await;
        match written {
            Ok(seen) => Ok(seen),
            Err(Stop::Replay { id, version }) => self.record_at(&id, version).await,
            Err(Stop::Error(error)) => self.settle(Err(error), &[(COMPOSITION, &id)]).await,
        }
    }

    /// What a new record must satisfy: its patient exists, and is in the writer's care.
    pub(crate) fn check_new_record(&self, view: &View<'_>, resource: &Resource) -> Result<()> {
        let patient = composition::patient_of(resource);
        if !patient.is_empty() {
            if view.label("Patient", &patient)?.is_none() {
                return Err(Error::field("patientId", "patient.unknown"));
            }
            self.in_care_of_any(view, &[patient])?;
        }
        Ok(())
    }

    /// One record.
    ///
    /// # Errors
    /// `NotFound`, `Gone`, `Denied`.
    pub async fn record(&self, id: &str) -> Result<Seen<MedicalRecord>> {
        self.read(id, |view, record| self.view_record(view, record)).await
    }

    /// One record, as text.
    ///
    /// # Errors
    /// As [`Desk::record`].
    pub async fn record_text(&self, id: &str) -> Result<Seen<RecordText>> {
        self.read(id, |view, record| self.text_of(view, record)).await
    }

    async fn read<T>(&self, id: &str, show: impl Fn(&View<'_>, &Record) -> Result<Seen<T>>) -> Result<Seen<T>> {
        self.authorise(Action::Read, COMPOSITION).await?;
        let found = self.look(|view| {
            let record = self.fetch(view, COMPOSITION, id)?;
            let seen = show(view, &record)?;
            Ok((record, seen))
        });
        let (record, seen) = self.settle(found, &[(COMPOSITION, id)]).await?;
        self.saw(Event::Read, &[&record]).await?;
        Ok(seen)
    }

    async fn record_at(&self, id: &str, version: u32) -> Result<Seen<MedicalRecord>> {
        let found = self.look(|view| {
            let mut record = Record::clone(&*self.find(view, COMPOSITION, id)?);
            if let Some(old) = view.versions(COMPOSITION, id)?.into_iter().find(|v| v.version == version) {
                record.version = old.version;
                record.updated = old.updated;
                record.body = old.body;
            }
            let seen = self.view_record(view, &record)?;
            Ok((record, seen))
        });
        let (record, seen) = self.settle(found, &[(COMPOSITION, id)]).await?;
        self.saw(Event::Read, &[&record]).await?;
        Ok(seen)
    }

    /// Writes the next version. The precondition is looked at before the body.
    ///
    /// # Errors
    /// `Conflict`, `Invalid`, `Denied(NotAuthor)`, `Gone`, `NotFound`.
    pub async fn amend_record(
        &self,
        id: &str,
        precondition: Precondition,
        input: Input,
    ) -> Result<Seen<MedicalRecord>> {
        self.authorise(Action::Update, COMPOSITION).await?;
        let before = self.look(|view| {
            let record = self.fetch(view, COMPOSITION, id)?;
            check(precondition, record.version, false)?;
            let seen = self.view_record(view, &record)?;
            Ok((record.version, fields(&seen.value, &[])?))
        });
        let (before, seen) = self.settle(before, &[(COMPOSITION, id)]).await?;
        let mut reader = Reader::new(input.object()?);
        let said = reader.version()?;
        check_version(precondition, said, before)?;
        // What comes back as it was read changes nothing: not the words of others, nor their markup.
        reader.leave_unsaid(&seen, form::WRITABLE);
        let amendment = form::Amendment::read(reader, self.clinic.zone())?;
        let expect = || {
            let (key, amendment) = (id.to_owned(), amendment.clone());
            move |desk: &Self| desk.look(|view| amendment.apply(parse(&desk.fetch(view, COMPOSITION, &key)?.body)?))
        };
        let (desk, key) = (self.expecting(COMPOSITION, expect).await?, id.to_owned());
        let written = self
            .clinic
            .store
            .write(Some(self.entry(Event::Update)), move |tx| {
                let record = desk.fetch(tx, COMPOSITION, &key)?;
                check(precondition, record.version, false)?;
                check_version(precondition, said, record.version)?;
                let stored = parse(&record.body)?;
                desk.check_amendable(tx, &stored, &record)?;
                let next = amendment.apply(stored)?;
                let written = tx.put(&desk.change(&next))?;
                desk.view_resource(tx, &key, written.version, written.updated, &next)
            })
            .await;
        self.settle(written, &[(COMPOSITION, id)]).await
    }

    /// Only its author amends or deletes a record, draft or final. Others' additions are records of their own.
    pub(crate) fn check_amendable(&self, view: &View<'_>, stored: &Resource, record: &Record) -> Result<()> {
        if self.role() == crate::Role::System || composition::is_author(stored, self.actor_id()) {
            return Ok(());
        }
        let first = view.versions(COMPOSITION, &record.id)?.pop();
        let made_it = first.is_some_and(|version| version.user == self.actor_id());
        if made_it && !composition::has_practitioner_author(stored) {
            return Ok(());
        }
        Err(Error::Denied(Refusal::NotAuthor))
    }

    /// Marks a record deleted.
    ///
    /// # Errors
    /// `Invalid` without a reason; else as for [`Desk::amend_record`].
    pub async fn delete_record(&self, id: &str, precondition: Precondition, reason: Option<&str>) -> Result<()> {
        self.authorise(Action::Delete, COMPOSITION).await?;
        let (desk, key, reason) = (self.clone(), id.to_owned(), reason.map(str::to_owned));
        let done = self
            .clinic
            .store
            .write(Some(self.entry(Event::Delete)), move |tx| desk.delete_in(tx, &key, precondition, reason.as_deref()))
            .await;
        self.settle(done, &[(COMPOSITION, id)]).await
    }

    fn delete_in(
        &self,
        tx: &mut Transaction<'_>,
        id: &str,
        precondition: Precondition,
        reason: Option<&str>,
    ) -> Result<()> {
        let record = self.fetch(tx, COMPOSITION, id)?;
        check(precondition, record.version, true)?;
        let reason = checked_reason(reason)?;
        self.check_amendable(tx, &parse(&record.body)?, &record)?;
        let tombstone = self.tombstone(tx, &record, Some(&reason))?;
        tx.put(&tombstone)?;
        Ok(())
    }

    /// Brings a deleted record back. ADMIN alone.
    ///
    /// # Errors
    /// `Conflict(NotDeleted)`, `Denied`, `Invalid` without a reason.
    pub async fn restore_record(&self, id: &str, input: Input) -> Result<Seen<MedicalRecord>> {
        self.authorise(Action::Restore, COMPOSITION).await?;
        let reason = restore_reason(input)?;
        let (desk, key) = (self.clone(), id.to_owned());
        let written = self
            .clinic
            .store
            .write(Some(self.entry(Event::Restore)), move |tx| {
                let written = desk.restore_in(tx, COMPOSITION, &key, &reason)?;
                desk.seen_record(tx, &key, &written)
            })
            .await;
        self.settle(written, &[(COMPOSITION, id)]).await
    }

    /// Writes the last version before the deletion once more.
    pub(crate) fn restore_in(
        &self,
        tx: &mut Transaction<'_>,
        kind: &str,
        id: &str,
        reason: &str,
    ) -> Result<aroeira_store::Written> {
        let record = self.find(tx, kind, id)?;
        if !record.deleted {
            return Err(Error::Conflict(Conflict::NotDeleted));
        }
        let last = tx.versions(kind, id)?.into_iter().find(|version| !version.deleted);
        let last = last.ok_or_else(|| Error::Internal("a deleted record had no version before".into()))?;
        let mut resource = parse(&last.body)?;
        resource.set_reason(Some(reason));
        if kind == "Patient" {
            self.check_unique_cpf(tx, &resource)?;
        }
        Ok(tx.put(&self.change(&resource))?)
    }

    /// Every version, the newest first. Answers for deleted records too.
    ///
    /// # Errors
    /// `NotFound`, `Denied`.
    pub async fn record_history(&self, id: &str) -> Result<Seen<Vec<Revision>>> {
        let grant = self.authorise(Action::Read, COMPOSITION).await?;
        let found = self.look(|view| {
            let (record, versions) = self.find_versions(view, COMPOSITION, id)?;
            let revisions = revisions(view, &versions, !grant.sees_all(), |version| {
                let mut at = Record::clone(&record);
                at.version = version.version;
                at.updated = version.updated;
                at.body.clone_from(&version.body);
                let seen = self.view_record(view, &at)?;
                fields(&seen.value, &seen.masked)
            })?;
            Ok((record, revisions))
        });
        let (record, value) = self.settle(found, &[(COMPOSITION, id)]).await?;
        self.saw(Event::History, &[&record]).await?;
        let masked = if grant.sees_all() { Vec::new() } else { composition::CLINICAL.to_vec() };
        Ok(Seen { value, version: record.version, updated: record.updated, masked })
    }

    /// The view of a version that was just written.
    pub(crate) fn seen_record(
        &self,
        view: &View<'_>,
        id: &str,
        written: &aroeira_store::Written,
    ) -> Result<Seen<MedicalRecord>> {
        let resource = parse(&written.body)?;
        self.view_resource(view, id, written.version, written.updated, &resource)
    }

    pub(crate) fn view_record(&self, view: &View<'_>, record: &Record) -> Result<Seen<MedicalRecord>> {
        self.view_among(view, record, &mut Names::default())
    }

    /// The view of one record among others: names that were looked up for another are not looked up again.
    pub(crate) fn view_among(
        &self,
        view: &View<'_>,
        record: &Record,
        names: &mut Names,
    ) -> Result<Seen<MedicalRecord>> {
        self.finish_view(view, Remembered::of(record)?.view.clone(), names)
    }

    fn view_resource(
        &self,
        view: &View<'_>,
        id: &str,
        version: u32,
        updated: aroeira_fhir::Instant,
        resource: &Resource,
    ) -> Result<Seen<MedicalRecord>> {
        self.finish_view(view, composition::view(id, version, updated, resource), &mut Names::default())
    }

    /// Names as they are now, and what the role does not see covered.
    fn finish_view(&self, view: &View<'_>, mut value: MedicalRecord, names: &mut Names) -> Result<Seen<MedicalRecord>> {
        value.patient_name = names.patient(view, &value.patient_id)?;
        value.author_name = names.author(view, &value.author_id)?;
        let masked = if self.grant(COMPOSITION).sees_all() { Vec::new() } else { composition::mask(&mut value) };
        value.masked.clone_from(&masked);
        Ok(Seen { version: value.version, updated: value.updated_at, value, masked })
    }

    /// What somebody is called now: the name of their account, else a practitioner's. Any doctor may write a
    /// `Practitioner`, and nobody shall sign under a name that a colleague gave them.
    pub(crate) fn name_of(view: &View<'_>, user: &str) -> Result<String> {
        match view.label(crate::access::USER, user)? {
            Some(name) if !name.is_empty() => Ok(name),
            _ => Ok(view.label("Practitioner", user)?.unwrap_or_default()),
        }
    }
}

/// The reason of a restore: the only field of its body.
pub(crate) fn restore_reason(input: Input) -> Result<String> {
    let mut reader = Reader::new(input.object()?);
    reader.only(&["reason"]);
    let given = reader.raw("reason").and_then(Value::as_str).map(str::to_owned);
    reader.done()?;
    checked_reason(given.as_deref())
}
