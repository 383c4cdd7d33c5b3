//! Histories as FHIR asks for them (R4 http, 3.1.0.15): of a resource, of a type, of everything; each version as its
//! reader may see it.

use std::sync::Arc;

use aroeira_fhir::{Instant, Period};
use aroeira_store::{Event, Past, Record, Touched, Version, View};
use bytes::Bytes;

use super::shown;
use crate::access::{Action, Grant};
use crate::error::Field;
use crate::{Desk, Error, Result};

/// Versions of a page where nobody says how many, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// What is asked of a history.
#[derive(Debug, Clone, Default)]
pub struct HistoryQuery {
    /// `_count`.
    pub count: Option<usize>,
    /// `_since`: written at this moment or later.
    pub since: Option<Instant>,
    /// `_at`, of one resource only: what was current in this time.
    pub at: Option<Period>,
    /// From the page before.
    pub cursor: Option<String>,
}

impl HistoryQuery {
    /// What a cursor goes on with.
    fn question(&self, of: &str) -> String {
        format!("history {of} {:?} {:?}", self.since, self.at)
    }
}

/// One version in a FHIR history.
#[derive(Debug, Clone)]
pub struct ServedVersion {
    /// Resource type.
    pub kind: String,
    /// Logical id.
    pub id: String,
    /// `None` for a deletion.
    pub resource: Option<Bytes>,
    /// Version.
    pub version: u32,
    /// When.
    pub updated: Instant,
    /// POST, PUT or DELETE.
    pub method: &'static str,
}

/// A page of a history, the newest first.
#[derive(Debug, Clone)]
pub struct HistoryPage {
    /// The versions.
    pub versions: Vec<ServedVersion>,
    /// Of all pages; `None` where that is not counted.
    pub total: Option<usize>,
    /// For the next page.
    pub next: Option<String>,
}

impl Desk {
    /// The history of a resource, the newest first.
    ///
    /// # Errors
    /// `NotFound`, `Denied`, `Invalid`.
    pub async fn fhir_history(&self, kind: &str, id: &str, query: &HistoryQuery) -> Result<HistoryPage> {
        let grant = self.authorise_fhir(Action::Read, kind).await?;
        let found = self.look(|view| Ok((self.find_versions(view, kind, id)?, self.narrowed(view, grant, kind, id)?)));
        let ((record, versions), grant) = self.settle(found, &[(kind, id)]).await?;
        let question = query.question(&format!("{kind}/{id}"));
        let before = match query.cursor.as_deref() {
            None => u32::MAX,
            Some(text) => self.unsealed(&question, text)?.parse().map_err(|_| Error::field("_cursor", "cursor"))?,
        };
        self.saw(Event::History, &[&record]).await?;
        let mut until = Instant(i64::MAX);
        let mut kept: Vec<&Version> = Vec::new();
        for version in &versions {
            // A version was current from when it was written until the next one was.
            let was_current = query.at.is_none_or(|at| version.updated <= at.high && until > at.low);
            until = version.updated;
            if was_current && query.since.is_none_or(|since| version.updated >= since) {
                kept.push(version);
            }
        }
        let total = kept.len();
        let limit = query.count.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let mut rest = kept.into_iter().filter(|version| version.version < before);
        let page: Vec<&Version> = rest.by_ref().take(limit).collect();
        let next = rest.next().and(page.last()).map(|last| self.sealed(&question, &last.version.to_string()));
        let versions = page.into_iter().map(|version| served(kind, id, version, &grant)).collect::<Result<_>>()?;
        Ok(HistoryPage { versions, total: Some(total), next })
    }

    /// The history of a type, or of everything, the newest first: what this actor may read of it.
    ///
    /// # Errors
    /// `Denied`, `Invalid`.
    pub async fn fhir_recent(&self, kind: Option<&str>, query: &HistoryQuery) -> Result<HistoryPage> {
        if let Some(kind) = kind {
            self.authorise_fhir(Action::Read, kind).await?;
        }
        if query.at.is_some() {
            let field = Field::new("_at", "search.unsupported").expecting("_since; _at is for one resource");
            return Err(Error::Invalid(vec![field]));
        }
        let question = query.question(kind.unwrap_or_default());
        let before = query.cursor.as_deref().map(|text| position(self.unsealed(&question, text)?)).transpose()?;
        let past = Past {
            kind: kind.map(str::to_owned),
            since: query.since,
            before,
            limit: query.count.unwrap_or(PAGE).clamp(1, LARGEST_PAGE),
        };
        let (versions, touched, next) = self
            .search(move |desk, view| {
                // What a reader may not see is no part of a page, not even as a place left empty.
                let mut grants = Vec::new();
                let (past, next) = view.past(&past, |record, version| {
                    let grant = desk.reads_past(view, record, version)?;
                    grants.extend(grant);
                    Ok::<bool, Error>(grant.is_some())
                })?;
                let (mut versions, mut touched) = (Vec::new(), Vec::new());
                for ((record, version), grant) in past.iter().zip(&grants) {
                    versions.push(served(&record.kind, &record.id, version, grant)?);
                    let (kind, id) = (record.kind.clone(), record.id.clone());
                    touched.push(Touched { kind, id, version: version.version, hash: None });
                }
                Ok((versions, touched, next))
            })
            .await?;
        let mut entry = self.entry(Event::History);
        entry.records = touched;
        self.clinic.store.append(entry).await?;
        let next = next.map(|(sequence, place)| self.sealed(&question, &format!("{sequence}.{place}")));
        Ok(HistoryPage { versions, total: None, next })
    }

    /// What the actor sees of a version of whatever record; `None` for nothing.
    fn reads_past(&self, view: &View<'_>, record: &Arc<Record>, version: &Version) -> Result<Option<Grant>> {
        let grant = self.grant(&record.kind);
        if !grant.allows(Action::Read) {
            return Ok(None);
        }
        let open = self.reach(view, record).and_then(|()| self.sees_version(view, record, version));
        match open {
            Ok(true) => self.narrowed(view, grant, &record.kind, &record.id).map(Some),
            Ok(false) | Err(Error::Denied(_) | Error::Gone) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

fn served(kind: &str, id: &str, version: &Version, grant: &Grant) -> Result<ServedVersion> {
    let method = match (version.deleted, version.version) {
        (true, _) => "DELETE",
        (false, 1) => "POST",
        (false, _) => "PUT",
    };
    let resource = if version.deleted { None } else { Some(shown(&version.body, grant)?.0) };
    let (kind, id) = (kind.to_owned(), id.to_owned());
    Ok(ServedVersion { kind, id, resource, version: version.version, updated: version.updated, method })
}

/// An entry of the journal and a place in it.
fn position(text: &str) -> Result<(u64, usize)> {
    let parts = text.split_once('.').and_then(|(entry, place)| Some((entry.parse().ok()?, place.parse().ok()?)));
    parts.filter(|(entry, _)| i64::try_from(*entry).is_ok()).ok_or_else(|| Error::field("_cursor", "cursor"))
}
