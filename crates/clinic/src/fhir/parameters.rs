//! Search parameters of the clinic's own: what a SearchParameter must be, how far its index is, and making it anew.

use aroeira_fhir::Resource;
use aroeira_fhir::search::{Definition, ParameterKind, Progress};
use aroeira_store::Event;

use super::validate::is_tagged;
use crate::access::Action;
use crate::error::Field;
use crate::{Desk, Error, Result};

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
    /// Records its expression did not work on: they are not found by it.
    pub failed: u64,
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

impl Desk {
    /// The search parameters of the clinic's own that answer this actor, by type and code.
    #[must_use]
    pub fn fhir_own_searches(&self) -> Vec<OwnSearch> {
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
        Ok(ParameterStatus { state: self.state_of(id), failed })
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
        Ok(ParameterStatus { state: self.state_of(id), failed: 0 })
    }

    fn state_of(&self, id: &str) -> ParameterState {
        match self.clinic.store.own_parameters().all().find(|(own, _)| own.id == id) {
            None => ParameterState::Unindexed,
            Some((_, Progress::Ready)) => ParameterState::Ready,
            Some((_, Progress::Indexing(percent))) => ParameterState::Indexing(percent),
        }
    }
}
