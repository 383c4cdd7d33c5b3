//! The place where a search that came in a body is kept, so that nothing of it stands in a URL.

use aroeira_store::hex;
use subtle::ConstantTimeEq;

use crate::{Desk, Error, Result};

/// Where a search that came in a body is kept, and for how long.
const SPACE: &str = "search";
const KEPT: i64 = 24 * 60 * 60 * 1000;
/// Bytes of one that can be kept, and places of one actor: a new search takes the place of an old one.
const LONGEST: usize = 80 << 10;
const PLACES: u16 = 1024;

impl Desk {
    /// The name a search is kept under: the same search of the same actor has the same.
    fn name_kept(&self, place: &str, pairs: &[(String, String)]) -> String {
        let text = format!("kept {} {place} {pairs:?}", self.actor_id());
        hex(&self.clinic.store.keyed_hash(text.as_bytes())[..16])
    }

    /// Where a search of a name is kept: one of so many places of its actor, so that nobody fills the file.
    fn place_of(&self, name: &str) -> String {
        let place = name.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok()).unwrap_or_default() % PLACES;
        format!("{} {place}", self.actor_id())
    }

    /// Keeps the parameters of a search for a day. Answers what stands in a URL in their place.
    pub(super) async fn keep_search(&self, place: &str, pairs: &[(String, String)]) -> Result<Vec<(String, String)>> {
        let name = self.name_kept(place, pairs);
        let value = serde_json::to_vec(pairs).map_err(|error| Error::Internal(error.to_string()))?;
        if value.len() > LONGEST {
            return Err(Error::Invalid(vec![
                crate::Field::new("", "search.limit").expecting("at most 80 KiB of parameters"),
            ]));
        }
        let (key, owner, expires) = (self.place_of(&name), self.actor_id().to_owned(), self.now());
        let expires = aroeira_fhir::Instant(expires.0 + KEPT);
        let kept =
            self.clinic.store.write(None, move |tx| Ok::<_, Error>(tx.keep(SPACE, &key, &owner, &value, expires)?));
        kept.await?;
        Ok(vec![("_search".to_owned(), name)])
    }

    /// The parameters in whose place a name stands, and what was said beside it.
    pub(super) fn kept_search(&self, place: &str, pairs: &[(String, String)]) -> Result<Option<Vec<(String, String)>>> {
        let Some((_, name)) = pairs.iter().find(|(name, _)| name == "_search") else { return Ok(None) };
        let wrong = || Error::field("_search", "cursor");
        let key = self.place_of(name);
        let kept = self.look(|view| Ok(view.kept(SPACE, &key, self.now())?))?.ok_or_else(wrong)?;
        let kept: Vec<(String, String)> = serde_json::from_slice(&kept).map_err(|_| wrong())?;
        let right: bool = self.name_kept(place, &kept).as_bytes().ct_eq(name.as_bytes()).into();
        // Nothing but the page may be said beside it.
        let alone =
            pairs.iter().all(|(name, _)| matches!(name.as_str(), "_search" | "_cursor" | "_format" | "_pretty"));
        if !right || !alone {
            return Err(wrong());
        }
        let cursor = pairs.iter().filter(|(name, _)| name == "_cursor").cloned();
        Ok(Some(kept.into_iter().chain(cursor).collect()))
    }
}
