//! Pages of lists and searches: where one ended travels sealed for its actor and its question, so that nobody asks about
//! a row by its number.

use aroeira_fhir::search::Filter;
use aroeira_store::{Confines, Ended, Search, Sorting, hex};
use subtle::ConstantTimeEq;

use crate::input::limit;
use crate::{Desk, Error, Field, Result};

/// Which page of a list.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// What the list asks, whatever page of it.
    pub(crate) question: &'a str,
    /// Items of a page.
    pub(crate) limit: Option<u32>,
    /// From the page before.
    pub(crate) cursor: Option<&'a str>,
}

impl Desk {
    /// A place where a page ended, sealed for this actor and this question.
    pub(crate) fn sealed(&self, question: &str, place: &str) -> String {
        format!("{place}.{}", self.seal(question, place))
    }

    /// The place of a cursor of FHIR.
    ///
    /// # Errors
    /// `Invalid` naming `_cursor`, as [`Desk::opened`].
    pub(crate) fn unsealed<'t>(&self, question: &str, text: &'t str) -> Result<&'t str> {
        self.opened(question, text).ok_or_else(|| Error::field("_cursor", "cursor"))
    }

    /// The place of a cursor; `None` for what was given to somebody else, for another question, or by nobody.
    pub(crate) fn opened<'t>(&self, question: &str, text: &'t str) -> Option<&'t str> {
        let (place, seal) = text.rsplit_once('.')?;
        let right: bool = self.seal(question, place).as_bytes().ct_eq(seal.as_bytes()).into();
        right.then_some(place)
    }

    fn seal(&self, question: &str, place: &str) -> String {
        let text = format!("cursor {} {question} {place}", self.actor_id());
        hex(&self.clinic.store.keyed_hash(text.as_bytes())[..16])
    }

    /// The cursor of a search.
    pub(crate) fn cursor(&self, question: &str, ended: Ended) -> String {
        let Ended { rid, sequence, total } = ended;
        self.sealed(question, &format!("{rid}.{sequence}.{total}"))
    }

    /// `None` as [`Desk::opened`].
    pub(crate) fn ended(&self, question: &str, text: &str) -> Option<Ended> {
        let mut parts = self.opened(question, text)?.splitn(3, '.');
        let mut number = || parts.next()?.parse::<u64>().ok();
        let (rid, sequence, total) = (number()?, number()?, number()?);
        Some(Ended { rid: i64::try_from(rid).ok()?, sequence, total })
    }

    /// One page of a list, of everybody's yet. `problems` are those of its other parameters.
    ///
    /// # Errors
    /// `Invalid` with all of them.
    pub(crate) fn list(
        &self,
        kind: &str,
        filters: Vec<Filter>,
        sorting: Sorting,
        asked: Asked<'_>,
        mut problems: Vec<Field>,
    ) -> Result<Search> {
        let limit = limit(asked.limit, &mut problems);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let ended = |text| self.ended(asked.question, text).ok_or_else(|| Error::field("cursor", "cursor"));
        Ok(Search {
            kind: kind.to_owned(),
            filter: Filter::All(filters),
            confines: Confines::None,
            sort: vec![sorting],
            limit,
            counted: true,
            explained: false,
            after: asked.cursor.map(ended).transpose()?,
        })
    }
}
