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
    pub(crate) fn cursor(&self, question: &str, ended: Ended) -> String {
        let Ended { rid, sequence, total } = ended;
        format!("{rid}.{sequence}.{total}.{}", self.seal(question, ended))
    }

    fn seal(&self, question: &str, ended: Ended) -> String {
        let text = format!("cursor {} {question} {ended:?}", self.actor_id());
        hex(&self.clinic.store.keyed_hash(text.as_bytes())[..16])
    }

    /// `None` for what was given to somebody else, for another question, or by nobody.
    pub(crate) fn ended(&self, question: &str, text: &str) -> Option<Ended> {
        let mut parts = text.splitn(4, '.');
        let mut number = || parts.next()?.parse::<u64>().ok();
        let (rid, sequence, total) = (number()?, number()?, number()?);
        let ended = Ended { rid: i64::try_from(rid).ok()?, sequence, total };
        let seal = parts.next()?;
        let right: bool = self.seal(question, ended).as_bytes().ct_eq(seal.as_bytes()).into();
        right.then_some(ended)
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
