//! Search parameters of the clinic's own: what a SearchParameter must be, how far its index is, and making it anew; and their
//! rows of what is about to be written.

use std::sync::Arc;

use aroeira_fhir::Resource;
use aroeira_fhir::search::{Definition, OwnRows, ParameterKind, Progress};
use aroeira_store::{Change, Event};

use super::validate::is_tagged;
use crate::access::Action;
use crate::error::Field;
use crate::{Care, Desk, Error, Refusal, Result};

/// The type that says what a parameter is.
const KIND: &str = "SearchParameter";
/// Parameters of one clinic.
const MOST: usize = 100;

/// Whether a parameter answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterState {
    /// A draft, a retired one: it is kept, and not indexed.
    Unindexed,
    /// So many hundredths of the records have been gone through; a search by it is refused until all have.
    Indexing(u8),
    /// It answers.
    Ready,
}

/// How far the index of a SearchParameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParameterStatus {
    /// Whether it answers.
    pub state: ParameterState,
    /// Records its expression did not work on: they are not found by it. Said to who sees all records of its types.
    pub failed: Option<u64>,
}

/// A search parameter of the clinic's own, of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSearch {
    /// Resource type.
    pub kind: String,
    /// As it stands in a query.
    pub code: String,
    /// Of its values.
    pub values: ParameterKind,
    /// Id of the SearchParameter.
    pub id: String,
}

/// A resource as it is expected to be written, with its rows by the clinic's own parameters. Their expressions may take long,
/// and everybody who writes waits for the writer: they are evaluated beside it. Where the resource turns out to be another one,
/// or a parameter changed meanwhile, the writer does it again.
#[derive(Debug)]
pub(crate) struct Ahead {
    resource: Resource,
    pub(crate) rows: OwnRows,
}

impl Ahead {
    pub(crate) fn is_of(&self, resource: &Resource) -> bool {
        self.resource.as_value() == resource.as_value()
    }
}

impl Desk {
    /// The same desk, with the rows of what will be written, as the answer of `prepare` says; that is asked for only where the
    /// type has parameters of the clinic's own. What cannot be expected is refused by the writer.
    pub(crate) async fn expecting<E>(&self, kind: &str, prepare: impl FnOnce() -> E) -> Result<Self>
    where
        E: FnOnce(&Self) -> Result<Resource> + Send + 'static,
    {
        let mut desk = self.clone();
        if self.clinic.store.own_parameters().of(kind).next().is_some() {
            let expect = prepare();
            let evaluate = move || {
                if let Ok(mut resource) = expect(&desk) {
                    let rows = desk.own_rows(&mut resource);
                    desk.ahead = Some(Arc::new(Ahead { resource, rows }));
                }
                desk
            };
            let evaluated = tokio::task::spawn_blocking(evaluate).await;
            desk = evaluated.map_err(|e| Error::Internal(format!("evaluating search parameters ended: {e}")))?;
        }
        Ok(desk)
    }

    /// The change that writes a resource, whole: for where the work may take its time, beside the writer.
    pub(super) fn change_whole(&self, resource: &mut Resource) -> Change {
        let rows = self.own_rows(resource);
        let mut change = self.change(resource);
        change.index.own = rows;
        change
    }

    fn own_rows(&self, resource: &mut Resource) -> OwnRows {
        let (own, kind) = (self.clinic.store.own_parameters(), resource.kind().to_owned());
        resource.as_json(|value| own.rows(&kind, value, self.clinic.zone()))
    }

    /// The search parameters of the clinic's own that answer this actor, by type and code.
    #[must_use]
    pub fn fhir_own_searches(&self) -> Vec<OwnSearch> {
        if !self.grant(KIND).allows(Action::Read) {
            return Vec::new();
        }
        let own = self.clinic.store.own_parameters();
        let ready = own.all().filter(|(_, progress)| *progress == Progress::Ready);
        let each = ready.flat_map(|(own, _)| own.definition.base.iter().map(move |kind| (own, kind)));
        let open = each.filter(|(own, kind)| self.fhir_searches_by(kind, own.slot()));
        let mut searches: Vec<OwnSearch> = open
            .map(|(own, kind)| OwnSearch {
                kind: kind.clone(),
                code: own.definition.code.clone(),
                values: own.definition.kind,
                id: own.id.clone(),
            })
            .collect();
        searches.sort_unstable_by(|one, other| (&one.kind, &one.code).cmp(&(&other.kind, &other.code)));
        searches
    }

    /// An active SearchParameter has a code, a type, base types and an expression that can be indexed, is no official one,
    /// and none that another of the clinic's has. One that is kept although it is not valid may be unfit: it is not indexed.
    pub(super) fn check_parameter(&self, next: &Resource) -> Result<()> {
        let unfit = |all: Vec<aroeira_fhir::search::Unfit>| {
            let field = |one: aroeira_fhir::search::Unfit| {
                Field::new(format!("{KIND}.{}", one.element), "search.value").expecting(one.expected)
            };
            Error::Invalid(all.into_iter().map(field).collect())
        };
        let wanted = match Definition::read(next.as_value()) {
            Ok(Some(wanted)) => wanted,
            Ok(None) => return Ok(()),
            Err(_) if is_tagged(next) => return Ok(()),
            Err(all) => return Err(unfit(all)),
        };
        if !wanted.base.iter().all(|kind| self.grant(kind).sees_all()) {
            return Err(Error::Denied(Refusal::HiddenField));
        }
        let own = self.clinic.store.own_parameters();
        let others = || own.all().map(|(own, _)| own).filter(|own| Some(own.id.as_str()) != next.id());
        if others().count() >= MOST {
            return Err(Error::field("", "too-many"));
        }
        let shares = |base: &Vec<String>| base.iter().any(|kind| wanted.base.contains(kind));
        let mut others = others().map(|own| &own.definition);
        if others.any(|other| other.code == wanted.code && shares(&other.base)) {
            return Err(Error::field(format!("{KIND}.code"), "duplicate"));
        }
        Ok(())
    }

    /// How far the index of a SearchParameter is.
    ///
    /// # Errors
    /// As [`Desk::fhir_read`].
    pub async fn parameter_status(&self, id: &str) -> Result<ParameterStatus> {
        self.authorise(Action::Read, KIND).await?;
        let found = self.look(|view| Ok((self.fetch(view, KIND, id)?, view.own_failed(id)?)));
        let (record, failed) = self.settle(found, &[(KIND, id)]).await?;
        self.saw(Event::Read, &[&record]).await?;
        Ok(ParameterStatus { state: self.state_of(id), failed: self.may_count(id).then_some(failed) })
    }

    /// Makes the index of a SearchParameter anew, in the background.
    ///
    /// # Errors
    /// As [`Desk::fhir_read`]; `Invalid` for one that is not indexed.
    pub async fn reindex_parameter(&self, id: &str) -> Result<ParameterStatus> {
        self.authorise(Action::Update, KIND).await?;
        let (desk, key) = (self.clone(), id.to_owned());
        let begun = self.clinic.store.write(Some(self.entry(Event::Read)), move |tx| {
            let record = desk.fetch(tx, KIND, &key)?;
            tx.saw(&record);
            if tx.index_again(&key)? { Ok(()) } else { Err(Error::field("SearchParameter.status", "one-of")) }
        });
        self.settle(begun.await, &[(KIND, id)]).await?;
        Ok(ParameterStatus { state: self.state_of(id), failed: None })
    }

    /// Whether they may be told on how many records an expression did not work: it can be one that does not work on those
    /// that say something, which only who sees all of them may know.
    fn may_count(&self, id: &str) -> bool {
        let confined = self.role().is_clinician() && self.clinic.care == Care::Team;
        let own = self.clinic.store.own_parameters();
        let found = own.all().find(|(own, _)| own.id == id);
        !confined && found.is_some_and(|(own, _)| own.definition.base.iter().all(|kind| self.grant(kind).sees_all()))
    }

    fn state_of(&self, id: &str) -> ParameterState {
        match self.clinic.store.own_parameters().all().find(|(own, _)| own.id == id) {
            None => ParameterState::Unindexed,
            Some((_, Progress::Ready)) => ParameterState::Ready,
            Some((_, Progress::Indexing(percent))) => ParameterState::Indexing(percent),
        }
    }
}
