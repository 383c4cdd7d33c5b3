//! The profiles that a clinic has loaded: `StructureDefinition` records, found by their URL and read once for each version.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use aroeira_fhir::search::{Filter, Place};
use aroeira_fhir::validate::Profile;
use aroeira_store::{Confines, Record, Search, View};
use parking_lot::Mutex;

use crate::desk::parse;
use crate::{Desk, Error, Result};

const KIND: &str = "StructureDefinition";

/// Profiles that stay read.
const KEPT: usize = 256;

/// The records that a profile was made of: its own, and those of the profiles it builds on.
type Sources = Vec<(String, u32)>;

/// A profile with its sources; nothing where there is none, or one that cannot be used.
type Read = Option<(Arc<Profile>, Sources)>;

/// Profiles as they were read, by the id of their record.
#[derive(Debug, Default)]
pub(crate) struct ProfileCache(Mutex<HashMap<String, (Arc<Profile>, Sources)>>);

/// The profiles that one validation asks for, each looked up once.
pub(super) struct Profiles<'d> {
    desk: &'d Desk,
    found: RefCell<HashMap<String, Read>>,
    failure: RefCell<Option<Error>>,
}

impl<'d> Profiles<'d> {
    pub(super) fn of(desk: &'d Desk) -> Self {
        Self { desk, found: RefCell::default(), failure: RefCell::default() }
    }

    /// The profile with a canonical URL. What cannot be read from the disk is kept for [`Profiles::failed`].
    pub(super) fn find(&self, url: &str) -> Option<Arc<Profile>> {
        self.read(url).map(|(profile, _)| profile)
    }

    /// Whether a look-up went wrong.
    pub(super) fn failed(&self) -> Result<()> {
        self.failure.borrow_mut().take().map_or(Ok(()), Err)
    }

    fn read(&self, url: &str) -> Read {
        if let Some(known) = self.found.borrow().get(url) {
            return known.clone();
        }
        // Profiles that build on each other in a circle find nothing the second time.
        self.found.borrow_mut().insert(url.to_owned(), None);
        let read = self.load(url).unwrap_or_else(|error| {
            self.failure.borrow_mut().get_or_insert(error);
            None
        });
        self.found.borrow_mut().insert(url.to_owned(), read.clone());
        read
    }

    fn load(&self, url: &str) -> Result<Read> {
        let cache = &self.desk.clinic.profiles;
        let look = |view: &View<'_>| {
            let Some(record) = latest(view, url)? else { return Ok(None) };
            let kept = cache.0.lock().get(&record.id).cloned();
            let current = kept.as_ref().is_some_and(|(_, sources)| is_current(view, sources));
            Ok(Some((record, kept.filter(|_| current))))
        };
        let looked = self.desk.look(look)?;
        let Some((record, kept)) = looked else { return Ok(None) };
        if kept.is_some() {
            return Ok(kept);
        }
        let mut sources = vec![(record.id.clone(), record.version)];
        let below = RefCell::new(Vec::new());
        let base = |url: &str| {
            let (profile, sources) = self.read(url)?;
            below.borrow_mut().extend(sources);
            Some(profile)
        };
        let read = parse(&record.body)?.as_json(|definition| Profile::read(definition, &base));
        let Ok(profile) = read else { return Ok(None) };
        sources.append(&mut below.borrow_mut());
        let read = (Arc::new(profile), sources);
        let mut cache = cache.0.lock();
        if cache.len() >= KEPT {
            cache.clear();
        }
        cache.insert(record.id.clone(), read.clone());
        Ok(Some(read))
    }
}

/// The definition with a URL; of several the one that was made last.
fn latest(view: &View<'_>, url: &str) -> Result<Option<Arc<Record>>> {
    let search = Search {
        kind: KIND.to_owned(),
        filter: Filter::Uri { param: "url", how: Place::Is, value: url.to_owned() },
        confines: Confines::None,
        sort: Vec::new(),
        limit: 20,
        counted: false,
        explained: false,
        after: None,
    };
    Ok(view.find(&search)?.records.into_iter().max_by_key(|record| record.updated))
}

/// What cannot be looked at is read once more.
fn is_current(view: &View<'_>, sources: &Sources) -> bool {
    sources.iter().all(|(id, version)| {
        let record = view.record(KIND, id).ok().flatten();
        record.is_some_and(|record| !record.deleted && record.version == *version)
    })
}
