//! The one clock and the one source of ids and random bytes. Everything else is given them, so that tests are exact.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aroeira_fhir::Instant;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use crate::{Error, Result};

/// Tells the time, to the millisecond.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Instant + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(|| {
            #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        }))
    }

    /// A clock that stands still until its handle moves it.
    #[must_use]
    pub fn manual(start: Instant) -> (Self, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(start.0));
        let seen = Arc::clone(&hand);
        (Self(Arc::new(move || Instant(seen.load(Ordering::SeqCst)))), hand)
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Instant {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Fills a slice with random bytes.
type Fill = dyn Fn(&mut [u8]) -> Result<()> + Send + Sync;

/// Makes ids and random bytes.
#[derive(Clone)]
pub struct Ids(Arc<Fill>);

impl Ids {
    /// The machine's secure source.
    #[must_use]
    pub fn system() -> Self {
        let random = SystemRandom::new();
        Self(Arc::new(move |bytes| {
            random.fill(bytes).map_err(|_| Error::Internal("the system gave no random bytes".into()))
        }))
    }

    /// The same ids in the same order for the same seed: for tests and demo content, never for keys or tokens.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let state = parking_lot::Mutex::new(seed);
        Self(Arc::new(move |bytes| {
            let mut state = state.lock();
            for chunk in bytes.chunks_mut(8) {
                // SplitMix64 (Steele, Lea and Flood, 2014).
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^= z >> 31;
                chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
            }
            Ok(())
        }))
    }

    /// A new id: UUID version 7 (RFC 9562), so that ids made later sort later.
    ///
    /// # Errors
    /// `Internal` when the system gives no random bytes.
    pub fn new_id(&self, now: Instant) -> Result<String> {
        let mut random = [0_u8; 10];
        self.fill(&mut random)?;
        let millis = u64::try_from(now.0).unwrap_or(0);
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string())
    }

    /// Fills a slice with random bytes.
    ///
    /// # Errors
    /// `Internal` when the system gives none.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        (self.0)(bytes)
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}
