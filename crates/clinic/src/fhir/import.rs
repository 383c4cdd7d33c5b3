//! Transaction bundles: all or nothing, ids kept, the same content again is no new version. The work is prepared outside
//! the writer and committed alone.

use aroeira_fhir::bundle::{Method, transaction};
use aroeira_fhir::{Instant, Resource};
use aroeira_store::{Change, Event, Transaction};

use super::profiles::Profiles;
use super::validate::Verdict;
use super::{ImportReport, ImportedEntry, rules};
use crate::access::Action;
use crate::desk::parse;
use crate::error::Field;
use crate::masking::unmask;
use crate::{Desk, Error, Refusal, Result};

/// Problems of a bundle that are told.
const MOST: usize = 100;

/// An entry made ready.
struct Prepared {
    resource: Resource,
    verdict: Verdict,
    change: Change,
    delete: bool,
}

/// A field of a resource, as one of the bundle that it came in.
fn within(at: usize, kind: &str, mut field: Field) -> Field {
    let below = field.path.strip_prefix(kind).unwrap_or_default();
    field.path = format!("Bundle.entry[{at}].resource{below}");
    field
}

impl Desk {
    /// A transaction bundle, all or nothing. Ids are kept; the same content again is no new version. Also answers
    /// `Type/id` and version of each entry, in order.
    ///
    /// # Errors
    /// `Invalid` with every problem at once, `Denied`.
    pub async fn import(&self, bundle: Resource) -> Result<(ImportReport, Vec<ImportedEntry>)> {
        let desk = self.clone();
        let prepared = tokio::task::spawn_blocking(move || desk.prepare(bundle))
            .await
            .map_err(|e| Error::Internal(format!("preparing a bundle ended: {e}")))?;
        let prepared = self.settle(prepared, &[]).await?;
        let desk = self.clone();
        let done = self
            .clinic
            .store
            .write_alone(Some(self.entry(Event::Import)), move |tx| {
                let mut report = ImportReport { entries: prepared.len() as u64, ..ImportReport::default() };
                let mut entries = Vec::with_capacity(prepared.len());
                for one in prepared {
                    let entry = if one.delete {
                        desk.import_delete(tx, &one, &mut report)?
                    } else {
                        desk.import_one(tx, one, &mut report)?
                    };
                    entries.push(entry);
                }
                Ok((report, entries))
            })
            .await;
        self.settle(done, &[]).await
    }

    /// Reads the bundle and authorises every entry of it.
    fn prepare(&self, bundle: Resource) -> Result<Vec<Prepared>> {
        let now = self.now();
        // An id that cannot be made leaves its entry without one, and the bundle is refused for that.
        let mut new_id = || self.clinic.ids.new_id(now).unwrap_or_default();
        let entries = transaction(bundle, &mut new_id).map_err(|problems| {
            let fields = problems.into_iter().map(|p| Field::new(p.path, "fhir").expecting(p.text));
            Error::Invalid(fields.take(100).collect())
        })?;
        let mut prepared = Vec::with_capacity(entries.len());
        let mut wrong = Vec::new();
        let profiles = Profiles::of(self);
        for (at, entry) in entries.into_iter().enumerate() {
            let grant = self.grant(&entry.kind);
            let needed: &[Action] = match entry.method {
                Method::Create => &[Action::Create],
                Method::Update => &[Action::Create, Action::Update],
                Method::Delete => &[Action::Delete],
            };
            if !needed.iter().all(|action| grant.allows(*action)) {
                return Err(Error::Denied(Refusal::Role));
            }
            let delete = matches!(entry.method, Method::Delete);
            let mut resource = entry.resource;
            let verdict = if delete { Ok(Verdict::Valid) } else { self.judge(&mut resource, &grant, &profiles) };
            let verdict = match verdict {
                Ok(verdict) => verdict,
                Err(Error::Invalid(fields)) => {
                    wrong.extend(fields.into_iter().map(|field| within(at, &entry.kind, field)));
                    if wrong.len() >= MOST {
                        break;
                    }
                    continue;
                }
                Err(other) => return Err(other),
            };
            if grant.sees_all() && !delete {
                verdict.tag(&mut resource, &grant);
            }
            let change = self.change(&resource);
            prepared.push(Prepared { resource, verdict, change, delete });
        }
        wrong.truncate(MOST);
        if wrong.is_empty() { Ok(prepared) } else { Err(Error::Invalid(wrong)) }
    }

    fn import_one(&self, tx: &mut Transaction<'_>, one: Prepared, report: &mut ImportReport) -> Result<ImportedEntry> {
        let Prepared { mut resource, verdict, mut change, .. } = one;
        let kind = resource.kind().to_owned();
        let id = resource.id().unwrap_or_default().to_owned();
        let grant = self.grant(&kind);
        let grant = if tx.record(&kind, &id)?.is_some() { self.narrowed(tx, grant, &kind, &id)? } else { grant };
        let Some(record) = tx.record(&kind, &id)? else {
            if !grant.sees_all() {
                resource = unmask(resource, None, &grant).map_err(Error::Invalid)?;
                verdict.tag(&mut resource, &grant);
                change = self.change(&resource);
            }
            self.check_fhir(tx, &resource, None)?;
            let written = tx.put(&change)?;
            report.created += 1;
            return Ok(ImportedEntry { kind, id, version: written.version, status: 201, updated: written.updated });
        };
        self.reach(tx, &record)?;
        if record.deleted {
            return Err(Error::Gone);
        }
        if !grant.allows(Action::Update) {
            return Err(Error::Denied(Refusal::Role));
        }
        let stored = parse(&record.body)?;
        if !grant.sees_all() {
            resource = unmask(resource, Some(&stored), &grant).map_err(Error::Invalid)?;
            verdict.tag(&mut resource, &grant);
            change = self.change(&resource);
        }
        if stored.same_content(&resource) {
            report.unchanged += 1;
            return Ok(ImportedEntry { kind, id, version: record.version, status: 200, updated: record.updated });
        }
        self.check_fhir(tx, &resource, Some((&record, &stored)))?;
        if kind == "Composition" {
            rules::follow_on(&mut resource, &stored);
            change = self.change(&resource);
        }
        let written = tx.put(&change)?;
        report.updated += 1;
        Ok(ImportedEntry { kind, id, version: written.version, status: 200, updated: written.updated })
    }

    fn import_delete(
        &self,
        tx: &mut Transaction<'_>,
        one: &Prepared,
        report: &mut ImportReport,
    ) -> Result<ImportedEntry> {
        let (kind, id) = (one.change.body.kind().to_owned(), one.change.body.id().to_owned());
        let gone = |version, updated: Instant| ImportedEntry {
            kind: kind.clone(),
            id: id.clone(),
            version,
            status: 204,
            updated,
        };
        let record = self.find(tx, &kind, &id)?;
        if record.deleted {
            report.unchanged += 1;
            return Ok(gone(record.version, record.updated));
        }
        let version = self.delete_fhir(tx, &record, one.resource.reason())?;
        report.deleted += 1;
        Ok(gone(version, tx.now()))
    }
}
