//! Half-written text, kept so that a crash loses nothing. Only its writer sees a draft; it is no record, and expires.

use aroeira_fhir::Instant;
use serde_json::Value;

use crate::access::Action;
use crate::{Desk, Error, Refusal, Result};

const DRAFTS: &str = "draft";
/// Thirty days.
const KEPT: i64 = 30 * 24 * 60 * 60 * 1000;
const LONGEST: usize = 256 * 1024;
/// The most drafts one user keeps.
const MOST: usize = 200;

/// A draft as its writer finds it again.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Record id, or `new-` and a patient id.
    pub target: String,
    /// The fields as they stood in the form.
    pub fields: Value,
    /// Version of the record it was begun on; 0 for a new one.
    pub base_version: u32,
    /// When it was kept.
    pub saved_at: Instant,
}

impl Desk {
    /// The caller's draft for a target.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn draft(&self, target: &str) -> Result<Draft> {
        let key = self.draft_key(target)?;
        let now = self.now();
        let kept = self.look(|view| Ok(view.kept(DRAFTS, &key, now)?))?.ok_or(Error::NotFound)?;
        serde_json::from_slice(&kept).map_err(|e| Error::Internal(format!("a draft cannot be read: {e}")))
    }

    /// Keeps a draft (at most 256 KiB, 30 days); replaces the one before.
    ///
    /// # Errors
    /// `Invalid`, `Denied` for roles that write no records.
    pub async fn keep_draft(&self, target: &str, base_version: u32, fields: Value) -> Result<Draft> {
        let key = self.draft_key(target)?;
        let draft = Draft { target: target.to_owned(), fields, base_version, saved_at: self.now() };
        let value = serde_json::to_vec(&draft).map_err(|e| Error::Internal(e.to_string()))?;
        if value.len() > LONGEST {
            return Err(Error::field("fields", "too-long"));
        }
        let user = self.actor_id().to_owned();
        self.clinic
            .store
            .write(None, move |tx| {
                let now = tx.now();
                let others = tx.kept_by(DRAFTS, &user, now)?;
                if others.len() >= MOST && !others.iter().any(|(other, _)| *other == key) {
                    return Err(Error::field("target", "too-many"));
                }
                Ok(tx.keep(DRAFTS, &key, &user, &value, Instant(now.0 + KEPT))?)
            })
            .await?;
        Ok(draft)
    }

    /// Throws a draft away; none there is fine.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn drop_draft(&self, target: &str) -> Result<()> {
        let key = self.draft_key(target)?;
        self.clinic.store.write(None, move |tx| Ok::<(), Error>(tx.drop_kept(DRAFTS, &key)?)).await
    }

    /// A draft is its writer's: the key begins with the user.
    fn draft_key(&self, target: &str) -> Result<String> {
        if !self.grant("Composition").allows(Action::Create) {
            return Err(Error::Denied(Refusal::Role));
        }
        if !aroeira_fhir::types::is_id(target.strip_prefix("new-").unwrap_or(target)) {
            return Err(Error::field("target", "reference"));
        }
        Ok(format!("{}/{target}", self.actor_id()))
    }
}
