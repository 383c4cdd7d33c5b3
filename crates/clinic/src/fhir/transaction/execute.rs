//! Carrying a transaction out, inside the writer: what was made ready, if it still means the same.

use aroeira_fhir::Resource;
use aroeira_store::{Change, Record, Transaction};

use super::super::validate::Verdict;
use super::super::{Content, ImportReport, ImportedEntry, Served, rules};
use super::{ANSWERED, Done, Plan, Prepared, Step, Undone, within};
use crate::access::Action;
use crate::desk::{check, parse};
use crate::error::Conflict;
use crate::masking::unmask;
use crate::{Desk, Error, Precondition, Refusal, Result};

impl Desk {
    pub(super) fn execute(
        &self,
        tx: &mut Transaction<'_>,
        plan: Plan,
        alone: bool,
    ) -> std::result::Result<Done, Undone> {
        let hold = tx.bounded(|view| {
            for condition in &plan.conditions {
                if !condition.still_holds(self, view)? {
                    return Ok(false);
                }
            }
            Ok::<bool, Error>(true)
        });
        if !hold? {
            return Err(Undone::Moved);
        }
        let mut left = ANSWERED;
        let mut report = ImportReport::default();
        let mut done = Vec::with_capacity(plan.entries.len());
        for one in plan.entries {
            let at = one.at;
            let entry = self.one(tx, one, &mut report, alone).map_err(|undone| match undone {
                Undone::Failed(Error::Invalid(fields)) if !alone => {
                    Undone::Failed(Error::Invalid(fields.into_iter().map(|field| within(field, at)).collect()))
                }
                undone => undone,
            })?;
            let bytes = match &entry.content {
                Content::Resource(served) => served.bytes.len(),
                _ => 0,
            };
            left = left.checked_sub(bytes).ok_or_else(|| Error::field("Bundle.entry", "search.work"))?;
            done.push((at, entry));
        }
        Ok((report, done))
    }

    fn one(
        &self,
        tx: &mut Transaction<'_>,
        one: Prepared,
        report: &mut ImportReport,
        alone: bool,
    ) -> std::result::Result<ImportedEntry, Undone> {
        let Prepared { kind, id, step, .. } = one;
        Ok(match step {
            Step::Nothing => {
                report.unchanged += 1;
                ImportedEntry::new(kind, id, 0, tx.now(), 204)
            }
            Step::There => {
                let record = self.fetch(tx, &kind, &id)?;
                tx.saw(&record);
                report.unchanged += 1;
                self.kept(tx, &record, alone)?
            }
            Step::Put { resource, verdict, change, precondition } => {
                self.put(tx, (resource, verdict), change, precondition, report, alone)?
            }
            Step::Patched { resource, verdict, change, version, whole } => {
                // Who sees more by now than when it was patched would save a part as the whole.
                if self.narrowed(tx, self.fhir_grant(&kind)?, &kind, &id)?.sees_all() != whole {
                    return Err(Undone::Moved);
                }
                match self.put(tx, (resource, verdict), change, Precondition::Version(version), report, alone) {
                    Err(Error::Conflict(Conflict::Stale { .. })) => return Err(Undone::Moved),
                    other => other?,
                }
            }
            Step::Delete(precondition) => self.import_delete(tx, &kind, &id, precondition, report)?,
            Step::Read(had) => {
                let record = self.fetch(tx, &kind, &id)?;
                tx.saw(&record);
                if had == Some(record.version) {
                    ImportedEntry::new(kind, id, record.version, record.updated, 304)
                } else {
                    self.kept(tx, &record, true)?
                }
            }
        })
    }

    /// A resource that stays as it is.
    fn kept(&self, tx: &Transaction<'_>, record: &Record, whole: bool) -> Result<ImportedEntry> {
        let mut entry = ImportedEntry::new(record.kind.clone(), record.id.clone(), record.version, record.updated, 200);
        if whole {
            let grant = self.narrowed(tx, self.fhir_grant(&record.kind)?, &record.kind, &record.id)?;
            entry.content = Content::Resource(Served::new(record, &grant)?);
        }
        Ok(entry)
    }

    fn put(
        &self,
        tx: &mut Transaction<'_>,
        (mut resource, verdict): (Resource, Verdict),
        change: Option<Box<Change>>,
        precondition: Precondition,
        report: &mut ImportReport,
        whole: bool,
    ) -> Result<ImportedEntry> {
        let kind = resource.kind().to_owned();
        let id = resource.id().unwrap_or_default().to_owned();
        let grant = self.fhir_grant(&kind)?;
        let known = tx.record(&kind, &id)?;
        let grant = if known.is_some() { self.narrowed(tx, grant, &kind, &id)? } else { grant };
        let mut change = change.filter(|_| grant.sees_all());
        let (written, created) = if let Some(record) = known {
            self.reach(tx, &record)?;
            if record.deleted {
                return Err(Error::Gone);
            }
            if !grant.allows(Action::Update) {
                return Err(Error::Denied(Refusal::Role));
            }
            check(precondition, record.version, false)?;
            let stored = parse(&record.body)?;
            if !grant.sees_all() {
                resource = unmask(resource, Some(&stored), &grant).map_err(Error::Invalid)?;
            }
            if change.is_none() {
                verdict.tag(&mut resource, &grant);
            }
            if stored.same_content(&resource) {
                tx.saw(&record);
                report.unchanged += 1;
                return self.kept(tx, &record, whole);
            }
            self.check_fhir(tx, &resource, Some((&record, &stored)))?;
            if kind == "Composition" {
                rules::follow_on(&mut resource, &stored);
                change = None;
            }
            report.updated += 1;
            (tx.put(&change.unwrap_or_else(|| Box::new(self.change(&resource))))?, false)
        } else {
            if matches!(precondition, Precondition::Version(_) | Precondition::Any | Precondition::Impossible) {
                return Err(Error::Conflict(Conflict::Stale { current: 0 }));
            }
            if !grant.sees_all() {
                resource = unmask(resource, None, &grant).map_err(Error::Invalid)?;
                verdict.tag(&mut resource, &grant);
            }
            self.check_fhir(tx, &resource, None)?;
            report.created += 1;
            (tx.put(&change.unwrap_or_else(|| Box::new(self.change(&resource))))?, true)
        };
        let status = if created { 201 } else { 200 };
        let content = match whole {
            true => Content::Resource(Served::written(&id, &written, &grant, created)?),
            false => Content::Nothing,
        };
        Ok(ImportedEntry { content, ..ImportedEntry::new(kind, id, written.version, written.updated, status) })
    }

    fn import_delete(
        &self,
        tx: &mut Transaction<'_>,
        kind: &str,
        id: &str,
        precondition: Precondition,
        report: &mut ImportReport,
    ) -> Result<ImportedEntry> {
        let gone = |version, updated| ImportedEntry::new(kind.to_owned(), id.to_owned(), version, updated, 204);
        let record = self.find(tx, kind, id)?;
        if record.deleted {
            report.unchanged += 1;
            return Ok(gone(record.version, record.updated));
        }
        check(precondition, record.version, false)?;
        let version = self.delete_fhir(tx, &record, None)?;
        report.deleted += 1;
        Ok(gone(version, tx.now()))
    }
}
