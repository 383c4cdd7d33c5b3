//! The one door. A desk is a clinic opened for one actor and one purpose; what goes through it is authorised, masked and
//! journalled.

use std::sync::Arc;

use aroeira_fhir::{Index, Instant, Limits, Resource, Row};
use aroeira_store::{Change, Confines, Entry, Event, Record, Store, Touched, Version, View};
use jiff::tz::TimeZone;

use crate::access::{self, Action, Grant, Role};
use crate::fhir::{Ahead, ProfileCache};
use crate::sessions::Sessions;
use crate::{Care, Clock, Context, Error, Ids, Precondition, Refusal, Result, Validation};

/// An open clinic.
#[derive(Debug)]
pub struct Clinic {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) care: Care,
    pub(crate) sessions: Sessions,
    pub(crate) profiles: ProfileCache,
}

impl Clinic {
    /// As it is shown and printed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The clinic's time zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        self.store.zone()
    }

    /// A desk for one request.
    #[must_use]
    pub fn desk(self: &Arc<Self>, context: Context) -> Desk {
        Desk { clinic: Arc::clone(self), context: Arc::new(context), validation: Validation::Strict, ahead: None }
    }
}

/// A clinic, for one actor and one purpose. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk {
    pub(crate) clinic: Arc<Clinic>,
    pub(crate) context: Arc<Context>,
    pub(crate) validation: Validation,
    /// What was made of the resource that is about to be written.
    pub(crate) ahead: Option<Arc<Ahead>>,
}

/// Why a link between a practitioner and a patient is care: (type, reference parameter).
const CARE_LINKS: &[(&str, &str)] =
    &[("CareTeam", "participant"), ("Encounter", "participant"), ("Composition", "author")];

impl Desk {
    pub(crate) fn role(&self) -> Role {
        self.context.actor.role
    }

    pub(crate) fn actor_id(&self) -> &str {
        &self.context.actor.user
    }

    pub(crate) fn now(&self) -> Instant {
        self.clinic.clock.now()
    }

    pub(crate) fn new_id(&self) -> Result<String> {
        Ok(self.clinic.ids.new_id(self.now())?)
    }

    pub(crate) fn grant(&self, kind: &str) -> Grant {
        access::grant(self.role(), kind)
    }

    /// The beginning of this request's journal entry.
    pub(crate) fn entry(&self, event: Event) -> Entry {
        let context = &self.context;
        Entry {
            event,
            user: context.actor.user.clone(),
            role: context.actor.role.code(),
            purpose: context.purpose.code(),
            address: context.address,
            request: context.request_id.clone(),
            query: None,
            records: Vec::new(),
        }
    }

    /// The grant, when it holds for the action; else a refusal, which is journalled.
    pub(crate) async fn authorise(&self, action: Action, kind: &str) -> Result<Grant> {
        let grant = self.grant(kind);
        if grant.allows(action) {
            return Ok(grant);
        }
        self.settle(Err(Error::Denied(Refusal::Role)), &[]).await
    }

    /// Journals a refusal before it is answered. Whoever may not know that a thing exists is told that it does not.
    pub(crate) async fn settle<T>(&self, result: Result<T>, about: &[(&str, &str)]) -> Result<T> {
        let Err(Error::Denied(refusal)) = result else { return result };
        let mut entry = self.entry(Event::Denied);
        entry.records = about
            .iter()
            .map(|(kind, id)| Touched { kind: (*kind).to_owned(), id: (*id).to_owned(), version: 0, hash: None })
            .collect();
        self.clinic.store.append(entry).await?;
        Err(if refusal == Refusal::OtherPatient { Error::NotFound } else { Error::Denied(refusal) })
    }

    /// Looks at records where it stands.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        self.clinic.store.look(|view| Ok(look(view)))?
    }

    /// Looks at records for a list or a search; `look` may be called twice.
    pub(crate) async fn search<R: Send + 'static>(
        &self,
        look: impl Fn(&Self, &View<'_>) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let desk = self.clone();
        self.clinic.store.search(move |view| Ok(look(&desk, view))).await?
    }

    /// A record this actor may reach, deleted or not.
    pub(crate) fn find(&self, view: &View<'_>, kind: &str, id: &str) -> Result<Arc<Record>> {
        let record = view.record(kind, id)?.ok_or(Error::NotFound)?;
        self.reach(view, &record)?;
        Ok(record)
    }

    /// A record this actor may reach and that is not deleted.
    pub(crate) fn fetch(&self, view: &View<'_>, kind: &str, id: &str) -> Result<Arc<Record>> {
        let record = self.find(view, kind, id)?;
        if record.deleted { Err(Error::Gone) } else { Ok(record) }
    }

    /// Whether this actor may reach a record their role has a grant for: a patient their own chart only, a clinician the
    /// charts in their care.
    pub(crate) fn reach(&self, view: &View<'_>, record: &Record) -> Result<()> {
        match self.role() {
            Role::Patient => {
                if access::is_directory(&record.kind) {
                    return Ok(());
                }
                let own = self.context.actor.patient.as_deref().unwrap_or_default();
                let theirs = !own.is_empty() && is_own(view, record, own)?;
                if theirs { Ok(()) } else { Err(Error::Denied(Refusal::OtherPatient)) }
            }
            Role::Doctor | Role::Nurse if self.clinic.care == Care::Team && record.kind != "Patient" => {
                let patients = view.patients(record)?;
                // What holds other resources belongs to the patients of those.
                let patients = if patients.is_empty() && is_container(&record.kind) {
                    self.patients_of_container(view, record)?
                } else {
                    patients
                };
                self.in_care_of_any(view, &patients)
            }
            _ => Ok(()),
        }
    }

    /// Whom a container speaks of; a deleted one, whom its last version spoke of.
    fn patients_of_container(&self, view: &View<'_>, record: &Record) -> Result<Vec<String>> {
        if !record.deleted {
            return Ok(self.patients_within(&parse(&record.body)?));
        }
        match view.versions(&record.kind, &record.id)?.into_iter().find(|version| !version.deleted) {
            Some(last) => Ok(self.patients_within(&parse(&last.body)?)),
            None => Ok(Vec::new()),
        }
    }

    /// Whether a clinician cares for one of the patients; of what belongs to nobody, everybody does.
    pub(crate) fn in_care_of_any(&self, view: &View<'_>, patients: &[String]) -> Result<()> {
        if self.clinic.care == Care::Open || !self.role().is_clinician() || patients.is_empty() {
            return Ok(());
        }
        for patient in patients {
            if view.linked(patient, self.actor_id(), CARE_LINKS)? || self.broke_glass(view, patient)? {
                return Ok(());
            }
        }
        Err(Error::Denied(Refusal::NotInCare))
    }

    /// For writes: whether a clinician cares for every one of the patients. One would not do: a record that names a second
    /// patient beside one's own would open that one's chart.
    pub(crate) fn in_care_of_all(&self, view: &View<'_>, patients: &[String]) -> Result<()> {
        patients.iter().try_for_each(|patient| self.in_care_of_any(view, std::slice::from_ref(patient)))
    }

    /// A record with the versions this actor may see, the newest first. What was deleted is closed to the patient, an old
    /// version that was a draft or spoke of somebody else as well.
    pub(crate) fn find_versions(&self, view: &View<'_>, kind: &str, id: &str) -> Result<(Arc<Record>, Vec<Version>)> {
        let record = self.find(view, kind, id)?;
        if record.deleted && self.role() == Role::Patient && !access::is_directory(kind) {
            return Err(Error::Gone);
        }
        let mut versions = Vec::new();
        for version in view.versions(kind, id)? {
            if self.sees_version(view, &record, &version)? {
                versions.push(version);
            }
        }
        Ok((record, versions))
    }

    /// Whether this actor may see a version of a record that they may reach.
    pub(crate) fn sees_version(&self, view: &View<'_>, record: &Record, version: &Version) -> Result<bool> {
        if record.deleted && self.role() == Role::Patient && !access::is_directory(&record.kind) {
            return Ok(false);
        }
        Ok(version.version == record.version || self.reaches_version(view, &record.kind, version)?)
    }

    fn reaches_version(&self, view: &View<'_>, kind: &str, version: &Version) -> Result<bool> {
        let confined = match self.role() {
            Role::Patient => !access::is_directory(kind),
            role => role.is_clinician() && self.clinic.care == Care::Team,
        };
        if !confined || version.deleted || kind == "Patient" {
            return Ok(true);
        }
        let resource = parse(&version.body)?;
        let mut patients = aroeira_fhir::index(&resource, self.clinic.zone()).patients;
        if patients.is_empty() && is_container(kind) {
            patients = self.patients_within(&resource);
        }
        if self.role() != Role::Patient {
            return Ok(self.in_care_of_any(view, &patients).is_ok());
        }
        let own = self.context.actor.patient.as_deref().unwrap_or_default();
        Ok(if kind == "Composition" {
            crate::records::is_open_to(&resource, own)
        } else {
            patients.iter().all(|patient| patient == own)
        })
    }

    /// The patients of the resources that a Bundle or Parameters holds, or that a Binary is kept for. The index knows none
    /// of a container.
    pub(crate) fn patients_within(&self, resource: &Resource) -> Vec<String> {
        fn walk(value: &serde_json::Value, found: &mut dyn FnMut(&serde_json::Value)) {
            match value {
                serde_json::Value::Object(map) => {
                    if map.contains_key("resourceType") {
                        found(value);
                    }
                    map.values().for_each(|value| walk(value, found));
                }
                serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
                _ => {}
            }
        }
        let mut patients = Vec::new();
        for value in resource.as_value().values() {
            walk(value, &mut |inner| {
                if let Ok(inner) = Resource::from_value(inner.clone()) {
                    patients.extend(aroeira_fhir::index(&inner, self.clinic.zone()).patients);
                }
            });
        }
        let context = resource.get("securityContext").and_then(|context| context["reference"].as_str());
        patients.extend(context.and_then(|text| text.strip_prefix("Patient/")).map(str::to_owned));
        patients
    }

    /// For lists: the patients this actor's questions are confined to; `None` is everybody.
    pub(crate) fn confined_to(&self, view: &View<'_>, kind: &str) -> Result<Option<Vec<String>>> {
        match self.role() {
            Role::Patient if !access::is_directory(kind) => {
                Ok(Some(self.context.actor.patient.iter().cloned().collect()))
            }
            Role::Doctor | Role::Nurse if self.clinic.care == Care::Team && kind != "Patient" => {
                let mut patients = view.linked_patients(self.actor_id(), CARE_LINKS)?;
                patients.extend(self.broken_glasses(view)?);
                Ok(Some(patients))
            }
            _ => Ok(None),
        }
    }

    /// For lists: the charts this actor's questions are confined to.
    pub(crate) fn charts_of(&self, view: &View<'_>, kind: &str) -> Result<Confines> {
        Ok(self.confined_to(view, kind)?.map_or(Confines::None, Confines::Charts))
    }

    /// Journals that records were seen, before they are answered.
    pub(crate) async fn saw(&self, event: Event, records: &[&Record]) -> Result<()> {
        let mut entry = self.entry(event);
        entry.records = records.iter().map(|record| touched(record)).collect();
        Ok(self.clinic.store.append(entry).await?)
    }

    /// Journals a search: a keyed hash of the question and the ids it showed.
    pub(crate) async fn searched(&self, question: &str, records: Vec<Touched>) -> Result<()> {
        let mut entry = self.entry(Event::Search);
        entry.query = Some(self.clinic.store.keyed_hash(question.as_bytes()));
        entry.records = records;
        Ok(self.clinic.store.append(entry).await?)
    }

    /// A resource made ready for the store.
    pub(crate) fn change(&self, resource: &Resource) -> Change {
        let mut index = aroeira_fhir::index(resource, self.clinic.zone());
        if let Some(ahead) = self.ahead.as_ref().filter(|ahead| ahead.is_of(resource)) {
            index.own = ahead.rows.clone();
        }
        let effective = index.rows.iter().find_map(|row| match row {
            Row::Date { param: "date" | "birthdate", low, .. } => Some(*low),
            _ => None,
        });
        Change { body: aroeira_fhir::Body::new(resource), index, effective, label: label(resource), deleted: false }
    }

    /// The version that says a record is deleted.
    pub(crate) fn tombstone(&self, view: &View<'_>, record: &Record, reason: Option<&str>) -> Result<Change> {
        Ok(Change {
            body: aroeira_fhir::Body::tombstone(&record.kind, &record.id, reason),
            index: Index { patients: view.patients(record)?, ..Index::default() },
            effective: Some(record.effective),
            label: record.label.clone(),
            deleted: true,
        })
    }
}

/// Whether a type holds other resources, whose patients no index knows.
fn is_container(kind: &str) -> bool {
    matches!(kind, "Bundle" | "Parameters" | "Binary")
}

pub(crate) fn touched(record: &Record) -> Touched {
    Touched { kind: record.kind.clone(), id: record.id.clone(), version: record.version, hash: None }
}

/// Stored bytes as a resource. They were checked when they came in.
pub(crate) fn parse(record: &[u8]) -> Result<Resource> {
    Resource::parse(record, &Limits::STORED).map_err(|_| Error::Internal("a stored body cannot be read".into()))
}

/// Whether a record is of this patient's chart and of nobody else's, and no draft. What names several patients, as a
/// group does, would show each of them the others.
fn is_own(view: &View<'_>, record: &Record, own: &str) -> Result<bool> {
    if record.kind == "Patient" {
        return Ok(record.id == own);
    }
    if !view.belongs(record, own)? {
        return Ok(false);
    }
    if record.kind != "Composition" {
        return Ok(view.patients(record)?.iter().all(|patient| patient == own));
    }
    if !record.deleted {
        return Ok(crate::records::is_open_to(&parse(&record.body)?, own));
    }
    // Of a deleted record the version before it counts: a draft thrown away was never theirs to know of.
    match view.versions(&record.kind, &record.id)?.into_iter().find(|version| !version.deleted) {
        Some(last) => Ok(crate::records::is_open_to(&parse(&last.body)?, own)),
        None => Ok(false),
    }
}

/// What a resource is called in lists: social name first.
pub(crate) fn label(resource: &Resource) -> String {
    let text = |key: &str| resource.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    match resource.kind() {
        "Patient" | "Practitioner" | "RelatedPerson" | "Person" => crate::patients::human_name(resource),
        "Composition" => text("title").chars().take(200).collect(),
        _ => text("name").chars().take(200).collect(),
    }
}

/// Looks at a precondition against the version there is.
///
/// # Errors
/// `Conflict`; `PreconditionRequired` only where `required`.
pub(crate) fn check(precondition: Precondition, current: u32, required: bool) -> Result<()> {
    use crate::Conflict;
    match precondition {
        Precondition::Any => Ok(()),
        Precondition::Version(version) if version == current => Ok(()),
        Precondition::Version(_) | Precondition::Impossible => Err(Error::Conflict(Conflict::Stale { current })),
        Precondition::Absent => Err(Error::Conflict(Conflict::Exists)),
        Precondition::None if required => Err(Error::Conflict(Conflict::PreconditionRequired)),
        Precondition::None => Ok(()),
    }
}
