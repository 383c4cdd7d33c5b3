//! Conditions of calls (R4 http, 3.1.0.4.3 and 3.1.0.5.1): a query that at most one resource may meet, among those the
//! actor may know of.

use std::collections::{BTreeSet, HashMap};

use aroeira_fhir::search::Request;
use aroeira_store::{Search, View};

use super::search::question_error;
use crate::error::{Conflict, Field};
use crate::{Desk, Error, Result};

/// Different conditions of one bundle.
const MOST: usize = 2000;

/// A condition and what it met.
pub(super) struct Condition {
    request: Request,
    met: Option<String>,
}

/// The conditions of a bundle, each looked up once.
pub(super) struct Conditions {
    base: String,
    known: HashMap<(String, String), Condition>,
}

impl Conditions {
    pub(super) fn new(base: &str) -> Self {
        Self { base: base.to_owned(), known: HashMap::new() }
    }

    /// The id of the one resource of a type that meets the query; `None` where none does.
    ///
    /// # Errors
    /// `Conflict` where several do, `Invalid` for what is no query, `Denied` for one the actor may not ask.
    pub(super) fn meet(&mut self, desk: &Desk, view: &View<'_>, kind: &str, query: &str) -> Result<Option<String>> {
        let key = (kind.to_owned(), query.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.met.clone());
        }
        if self.known.len() == MOST {
            let field = Field::new("Bundle.entry", "too-many").expecting(format!("{MOST} different conditions"));
            return Err(Error::Invalid(vec![field]));
        }
        let request = desk.criteria(kind, query, &self.base)?;
        let met = desk.only_match(view, &request)?;
        self.known.insert(key, Condition { request, met: met.clone() });
        Ok(met)
    }

    /// What conditional references mean: each that exactly one resource meets, as `Type/id`.
    pub(super) fn references(
        &mut self,
        desk: &Desk,
        view: &View<'_>,
        references: &BTreeSet<String>,
    ) -> Result<HashMap<String, String>> {
        let mut found = HashMap::with_capacity(references.len());
        for text in references {
            let Some((kind, query)) = text.split_once('?') else { continue };
            match self.meet(desk, view, kind, query) {
                Ok(Some(id)) => {
                    found.insert(text.clone(), format!("{kind}/{id}"));
                }
                // The bundle says where: neither none nor several is a link.
                Ok(None) | Err(Error::Conflict(Conflict::Several)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(found)
    }

    /// All of them, to be held against what is so later.
    pub(super) fn looked_up(self) -> Vec<Condition> {
        self.known.into_values().collect()
    }
}

impl Condition {
    /// Whether it still meets what it met.
    pub(super) fn still_holds(&self, desk: &Desk, view: &View<'_>) -> Result<bool> {
        Ok(desk.only_match(view, &self.request)? == self.met)
    }
}

impl Desk {
    /// Reads a condition: at least one parameter, none that is unknown or that the actor may not ask.
    fn criteria(&self, kind: &str, query: &str, base: &str) -> Result<Request> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).map_err(|_| Error::Malformed("a condition is no query".into()))?;
        let request = self.read_search(kind, &pairs, false, base)?;
        if request.used.is_empty() {
            let field = Field::new("", "search.value").expecting("a condition says what is to be met");
            return Err(Error::Invalid(vec![field]));
        }
        self.check_searchable(&request)?;
        Ok(request)
    }

    fn only_match(&self, view: &View<'_>, request: &Request) -> Result<Option<String>> {
        let search = Search {
            kind: request.kind.clone(),
            filter: request.filter.clone(),
            confines: self.confines(view)?,
            sort: Vec::new(),
            limit: 2,
            counted: false,
            explained: false,
            after: None,
        };
        let found = view.find(&search).map_err(question_error)?;
        match found.records.as_slice() {
            [] => Ok(None),
            [one] => {
                self.reach(view, one)?;
                Ok(Some(one.id.clone()))
            }
            _ => Err(Error::Conflict(Conflict::Several)),
        }
    }
}
