//! Passwords: argon2id (RFC 9106; m = 19 MiB, t = 2, p = 1), the rules of NGS1, and a bound on how many are hashed at
//! once, so that memory is bounded however many sign in.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use tokio::sync::Semaphore;

use crate::error::Field;
use crate::{Error, Ids, Result};

/// The most that wait for a turn; more are told to come back.
const WAITING: usize = 64;

/// Hashes passwords, a few at a time.
#[derive(Clone)]
pub(crate) struct Hasher {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    ids: Ids,
    /// Of no password at all: checked when nobody has the e-mail, so that both answers take as long.
    nobody: Arc<str>,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

impl Hasher {
    pub(crate) fn new(at_once: usize, ids: Ids) -> Self {
        // A hash in the form of the others, of 32 zero bytes: no password has it.
        let nobody = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5aGFzdGhpcw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        Self {
            turns: Arc::new(Semaphore::new(at_once.max(1))),
            queue: Arc::new(Semaphore::new(WAITING)),
            ids,
            nobody: nobody.into(),
        }
    }

    /// A new hash, in PHC string format.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let mut salt = [0; 16];
        self.ids.fill(&mut salt)?;
        let password = zeroize::Zeroizing::new(password.to_owned());
        self.turn(move || {
            let hash = argon2()?
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map_err(|e| Error::Internal(format!("a password could not be hashed: {e}")))?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password has this hash; `None` takes as long and is no.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let password = zeroize::Zeroizing::new(password.to_owned());
        let right = self
            .turn(move || {
                let parsed = PasswordHash::new(&hash).map_err(|e| Error::Internal(format!("a stored hash: {e}")))?;
                Ok(argon2()?.verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await?;
        Ok(right && known)
    }

    async fn turn<R: Send + 'static>(&self, work: impl FnOnce() -> Result<R> + Send + 'static) -> Result<R> {
        let _queued = self.queue.try_acquire().map_err(|_| Error::Limited { retry_after: 2 })?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|e| Error::Internal(e.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|e| Error::Internal(format!("hashing ended: {e}")))?
    }

    /// A password to be told once: 16 characters without look-alikes.
    pub(crate) fn generate(&self) -> Result<String> {
        const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";
        let mut random = [0; 14];
        self.ids.fill(&mut random)?;
        let body: String = random.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
        // A letter and a digit are asked for.
        Ok(format!("{body}k7"))
    }

    /// 32 random bytes as text.
    pub(crate) fn secret(&self) -> Result<String> {
        let mut random = [0; 32];
        self.ids.fill(&mut random)?;
        Ok(base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(random))
    }
}

/// NGS1: eight characters or more, a letter and a digit.
pub(crate) fn check_rules(path: &str, password: &str) -> Vec<Field> {
    let count = password.chars().count();
    let good = (8..=200).contains(&count)
        && password.chars().any(char::is_alphabetic)
        && password.chars().any(|c| c.is_ascii_digit());
    if good { Vec::new() } else { vec![Field::new(path, "password.rules")] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_ask_for_length_letter_and_digit() {
        for bad in ["curta1", "semnumeros", "12345678", ""] {
            assert!(!check_rules("password", bad).is_empty(), "{bad}");
        }
        assert!(check_rules("password", "aroeira-demo-1").is_empty());
    }

    #[tokio::test]
    async fn a_hash_is_of_its_password_and_nobody_has_none() {
        let hasher = Hasher::new(1, Ids::seeded(1));
        let hash = hasher.hash("aroeira-demo-1").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.verify("aroeira-demo-1", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("aroeira-demo-2", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("aroeira-demo-1", None).await.unwrap());
    }
}
