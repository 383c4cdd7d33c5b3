//! Resources as FHIR clients see them: the stored bytes for whoever sees all, else parsed, masked and written again.

mod condition;
mod history;
mod matching;
mod operations;
mod parameters;
mod profiles;
mod rules;
mod search;
mod transaction;
mod validate;

use aroeira_fhir::{Instant, Resource};
use aroeira_store::{Event, Record, Transaction, View, Written};
use bytes::Bytes;
use serde::Serialize;

pub use history::{HistoryPage, HistoryQuery, ServedVersion};
pub use matching::Match;
pub use operations::Everything;
pub(crate) use parameters::Ahead;
pub use parameters::{OwnSearch, ParameterState, ParameterStatus};
pub(crate) use profiles::ProfileCache;
pub use search::{Asked, Compartment, LARGEST_SEARCH_PAGE, SEARCH_PAGE, SearchEntry, SearchPage};
use validate::Verdict;
pub use validate::{Finding, Validate, ValidateMode, Validation};

use crate::access::{Action, Grant, USER};
use crate::desk::{check, parse};
use crate::input::checked_reason;
use crate::masking::{mask, unmask};
use crate::records::signers;
use crate::{Care, Desk, Error, Precondition, Result};

/// A resource ready to be sent.
#[derive(Debug, Clone)]
pub struct Served {
    /// JSON.
    pub bytes: Bytes,
    /// `ETag: W/"n"`.
    pub version: u32,
    /// `Last-Modified`.
    pub updated: Instant,
    /// Fields covered: the header `LGPD-Masked`; `meta.security` says so too.
    pub masked: Vec<&'static str>,
    /// Logical id.
    pub id: String,
    /// The write made it (201).
    pub created: bool,
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// Entries read.
    pub entries: u64,
    /// Resources made.
    pub created: u64,
    /// Resources that got a new version.
    pub updated: u64,
    /// Resources whose content was there already.
    pub unchanged: u64,
    /// Resources deleted.
    pub deleted: u64,
}

impl Served {
    /// A stored version as a grant lets it be seen: the bytes themselves for whoever sees all.
    fn new(record: &Record, grant: &Grant) -> Result<Self> {
        let (bytes, masked) = shown(&record.body, grant)?;
        Ok(Self {
            bytes,
            version: record.version,
            updated: record.updated,
            masked,
            id: record.id.clone(),
            created: false,
        })
    }

    fn written(id: &str, written: &Written, grant: &Grant, created: bool) -> Result<Self> {
        let (bytes, masked) = shown(&written.body, grant)?;
        Ok(Self { bytes, version: written.version, updated: written.updated, masked, id: id.to_owned(), created })
    }
}

fn shown(body: &Bytes, grant: &Grant) -> Result<(Bytes, Vec<&'static str>)> {
    if grant.sees_all() {
        return Ok((body.clone(), Vec::new()));
    }
    let mut resource = parse(body)?;
    let masked = mask(&mut resource, grant);
    let bytes = serde_json::to_vec(resource.as_value()).map_err(|e| Error::Internal(e.to_string()))?;
    Ok((bytes.into(), masked))
}

impl Desk {
    /// FHIR create: the server gives the id.
    ///
    /// # Errors
    /// `Invalid`, `Denied`.
    pub async fn fhir_create(&self, kind: &str, mut resource: Resource) -> Result<Served> {
        let grant = self.authorise_fhir(Action::Create, kind).await?;
        if resource.kind() != kind {
            return Err(Error::field("resourceType", "reference"));
        }
        let id = self.new_id()?;
        resource.set_id(&id);
        let (resource, verdict) = self.validated(resource, &grant).await?;
        let mut resource = unmask(resource, None, &grant).map_err(Error::Invalid)?;
        verdict.tag(&mut resource, &grant);
        let expect = || {
            let resource = resource.clone();
            |_: &Self| Ok(resource)
        };
        let desk = self.expecting(kind, expect).await?;
        let change = desk.change(&resource);
        let (key, about) = (id.clone(), kind.to_owned());
        let written = self
            .clinic
            .store
            .write(Some(self.entry(Event::Create)), move |tx| {
                desk.check_fhir(tx, &resource, None)?;
                let written = tx.put(&change)?;
                Served::written(&key, &written, &grant, true)
            })
            .await;
        self.settle(written, &[(&about, &id)]).await
    }

    /// FHIR read.
    ///
    /// # Errors
    /// `NotFound`, `Gone`, `Denied`.
    pub async fn fhir_read(&self, kind: &str, id: &str) -> Result<Served> {
        let grant = self.authorise_fhir(Action::Read, kind).await?;
        let found = self.look(|view| Ok((self.fetch(view, kind, id)?, self.narrowed(view, grant, kind, id)?)));
        let (record, grant) = self.settle(found, &[(kind, id)]).await?;
        self.saw(Event::Read, &[&record]).await?;
        Served::new(&record, &grant)
    }

    /// Outside their care a clinician sees the registration of a patient alone.
    fn narrowed(&self, view: &View<'_>, grant: Grant, kind: &str, id: &str) -> Result<Grant> {
        if kind != "Patient" {
            return Ok(grant);
        }
        match self.in_care_of_any(view, &[id.to_owned()]) {
            Ok(()) => Ok(grant),
            Err(Error::Denied(_)) => Ok(grant.registration_only()),
            Err(other) => Err(other),
        }
    }

    /// FHIR vread.
    ///
    /// # Errors
    /// As [`Desk::fhir_read`].
    pub async fn fhir_vread(&self, kind: &str, id: &str, version: u32) -> Result<Served> {
        let grant = self.authorise_fhir(Action::Read, kind).await?;
        let found = self.look(|view| {
            let (record, versions) = self.find_versions(view, kind, id)?;
            let mut record = Record::clone(&record);
            let wanted = versions.into_iter().find(|v| v.version == version).ok_or(Error::NotFound)?;
            if wanted.deleted {
                return Err(Error::Gone);
            }
            record.version = wanted.version;
            record.updated = wanted.updated;
            record.body = wanted.body;
            Ok((record, self.narrowed(view, grant, kind, id)?))
        });
        let (record, grant) = self.settle(found, &[(kind, id)]).await?;
        self.saw(Event::Read, &[&record]).await?;
        Served::new(&record, &grant)
    }

    /// FHIR update, or create with a client's id. `body` is read after the precondition was looked at.
    ///
    /// # Errors
    /// `Conflict`, `Invalid`, `Denied`, `Gone`.
    pub async fn fhir_update(
        &self,
        kind: &str,
        id: &str,
        precondition: Precondition,
        body: impl FnOnce() -> Result<Resource> + Send,
    ) -> Result<Served> {
        if !aroeira_fhir::types::is_id(id) {
            return Err(Error::field("id", "reference"));
        }
        let known = self.look(|view| Ok(view.record(kind, id)?.is_some()))?;
        let grant = self.authorise_fhir(if known { Action::Update } else { Action::Create }, kind).await?;
        if known {
            let found = self.look(|view| self.fetch(view, kind, id));
            let record = self.settle(found, &[(kind, id)]).await?;
            check(precondition, record.version, false)?;
        } else if !matches!(precondition, Precondition::None | Precondition::Absent) {
            return Err(Error::Conflict(crate::Conflict::Stale { current: 0 }));
        }
        let mut resource = body()?;
        if resource.kind() != kind {
            return Err(Error::field("resourceType", "reference"));
        }
        if resource.id().is_some_and(|said| said != id) {
            return Err(Error::field("id", "reference"));
        }
        resource.set_id(id);
        let sent = self.validated(resource, &grant).await?;
        let expect = || {
            let (key, sent) = (id.to_owned(), sent.clone());
            move |desk: &Self| desk.expected(&key, sent, &grant)
        };
        let desk = self.expecting(kind, expect).await?;
        let key = id.to_owned();
        let event = if known { Event::Update } else { Event::Create };
        let written = self
            .clinic
            .store
            .write(Some(self.entry(event)), move |tx| desk.update_in(tx, &key, sent, precondition, &grant))
            .await;
        self.settle(written, &[(kind, id)]).await
    }

    /// What an update will write, as things stand.
    fn expected(&self, id: &str, (resource, verdict): (Resource, Verdict), grant: &Grant) -> Result<Resource> {
        let kind = resource.kind().to_owned();
        self.look(|view| {
            let Some(record) = view.record(&kind, id)? else {
                let mut resource = unmask(resource, None, grant).map_err(Error::Invalid)?;
                verdict.tag(&mut resource, grant);
                return Ok(resource);
            };
            let grant = &self.narrowed(view, *grant, &kind, id)?;
            let stored = parse(&record.body)?;
            let mut next = unmask(resource, Some(&stored), grant).map_err(Error::Invalid)?;
            verdict.tag(&mut next, grant);
            rules::follow_on(&mut next, &stored);
            Ok(next)
        })
    }

    fn update_in(
        &self,
        tx: &mut Transaction<'_>,
        id: &str,
        (resource, verdict): (Resource, Verdict),
        precondition: Precondition,
        grant: &Grant,
    ) -> Result<Served> {
        let kind = resource.kind().to_owned();
        let Some(record) = tx.record(&kind, id)? else {
            if matches!(precondition, Precondition::Version(_) | Precondition::Any | Precondition::Impossible) {
                return Err(Error::Conflict(crate::Conflict::Stale { current: 0 }));
            }
            let mut resource = unmask(resource, None, grant).map_err(Error::Invalid)?;
            verdict.tag(&mut resource, grant);
            self.check_fhir(tx, &resource, None)?;
            let written = tx.put(&self.change(&resource))?;
            return Served::written(id, &written, grant, true);
        };
        self.reach(tx, &record)?;
        let grant = &self.narrowed(tx, *grant, &kind, id)?;
        if record.deleted {
            return Err(Error::Gone);
        }
        check(precondition, record.version, false)?;
        let stored = parse(&record.body)?;
        let mut next = unmask(resource, Some(&stored), grant).map_err(Error::Invalid)?;
        verdict.tag(&mut next, grant);
        if stored.same_content(&next) {
            tx.saw(&record);
            return Served::new(&record, grant);
        }
        self.check_fhir(tx, &next, Some((&record, &stored)))?;
        rules::follow_on(&mut next, &stored);
        let written = tx.put(&self.change(&next))?;
        Served::written(id, &written, grant, false)
    }

    /// FHIR delete; deleting what is deleted answers the same again.
    ///
    /// # Errors
    /// `NotFound`, `Denied`, `Conflict`, `Invalid` where a reason is asked for.
    pub async fn fhir_delete(
        &self,
        kind: &str,
        id: &str,
        precondition: Precondition,
        reason: Option<&str>,
    ) -> Result<u32> {
        self.authorise_fhir(Action::Delete, kind).await?;
        let found = self.look(|view| self.find(view, kind, id));
        let record = self.settle(found, &[(kind, id)]).await?;
        if record.deleted {
            self.saw(Event::Delete, &[&record]).await?;
            return Ok(record.version);
        }
        let (desk, about, key) = (self.clone(), kind.to_owned(), id.to_owned());
        let reason = reason.map(str::to_owned);
        let done = self
            .clinic
            .store
            .write(Some(self.entry(Event::Delete)), move |tx| {
                let record = desk.fetch(tx, &about, &key)?;
                check(precondition, record.version, false)?;
                desk.delete_fhir(tx, &record, reason.as_deref())
            })
            .await;
        self.settle(done, &[(kind, id)]).await
    }

    fn delete_fhir(&self, tx: &mut Transaction<'_>, record: &Record, reason: Option<&str>) -> Result<u32> {
        let asked = matches!(record.kind.as_str(), "Composition" | "Patient");
        let reason = if asked || reason.is_some() { Some(checked_reason(reason)?) } else { None };
        if record.kind == "Composition" {
            self.check_amendable(tx, &parse(&record.body)?, record)?;
        }
        let tombstone = self.tombstone(tx, record, reason.as_deref())?;
        Ok(tx.put(&tombstone)?.version)
    }

    /// Nobody writes in a colleague's name: who has an account here signs for themselves. Authors of other houses may
    /// stand in what is taken over from there.
    fn check_signers(&self, view: &View<'_>, next: &Resource, stored: Option<&Resource>) -> Result<()> {
        if self.role() == crate::Role::System {
            return Ok(());
        }
        let before = stored.map(signers).unwrap_or_default();
        for signer in signers(next) {
            let own = signer == self.actor_id() || before.contains(&signer);
            if !own && view.record(USER, &signer)?.is_some() {
                return Err(Error::field("Composition.author", "reference"));
            }
        }
        Ok(())
    }

    /// The grant for a type of R4. Accounts, break-glass and the journal are none: whoever may reach them does so through
    /// their own calls, which leave the secrets out.
    async fn authorise_fhir(&self, action: Action, kind: &str) -> Result<Grant> {
        if aroeira_fhir::types::is_resource_type(kind) {
            return self.authorise(action, kind).await;
        }
        self.settle(Err(Error::Denied(crate::Refusal::Role)), &[]).await
    }

    /// What a resource must satisfy beyond its shape: the clinic's rules hold whichever door it came through.
    fn check_fhir(&self, view: &View<'_>, next: &Resource, stored: Option<(&Record, &Resource)>) -> Result<()> {
        if self.clinic.care == Care::Team && next.kind() != "Patient" {
            self.in_care_of_all(view, &aroeira_fhir::index(next, self.clinic.zone()).patients)?;
            if matches!(next.kind(), "Bundle" | "Parameters" | "Binary") {
                self.in_care_of_all(view, &self.patients_within(next))?;
            }
        }
        rules::check_whole(next, stored.map(|(_, stored)| stored))?;
        match next.kind() {
            "Patient" => {
                let problems = crate::patients::document_problems(next);
                if !problems.is_empty() {
                    return Err(Error::Invalid(problems));
                }
                self.check_unique_cpf(view, next)
            }
            "SearchParameter" => self.check_parameter(next),
            "StructureDefinition" if self.validation == Validation::Strict => rules::check_limits(next),
            "Composition" => {
                rules::check_shape(next)?;
                if let Some((record, stored)) = stored {
                    self.check_amendable(view, stored, record)?;
                    rules::check_amendment(stored, next)?;
                }
                self.check_signers(view, next, stored.map(|(_, stored)| stored))
            }
            _ => Ok(()),
        }
    }
}

/// What became of one entry of a bundle, or of one call.
#[derive(Debug, Clone)]
pub struct ImportedEntry {
    /// Resource type.
    pub kind: String,
    /// Logical id; empty where there was nothing to delete.
    pub id: String,
    /// Version now; 0 where there is none.
    pub version: u32,
    /// HTTP status of the entry: 200, 201, 204 or 304.
    pub status: u16,
    /// When.
    pub updated: Instant,
    /// What is answered with it.
    pub content: Content,
}

/// What a call is answered with.
#[derive(Debug, Clone)]
pub enum Content {
    /// Nothing but what became of it.
    Nothing,
    /// A resource.
    Resource(Served),
    /// A search.
    Page(SearchPage),
}

impl ImportedEntry {
    fn new(kind: String, id: String, version: u32, updated: Instant, status: u16) -> Self {
        Self { kind, id, version, status, updated, content: Content::Nothing }
    }
}
