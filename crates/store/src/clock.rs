//! The one clock and the one source of ids and random bytes. Everything else is given them, so that tests are exact.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aroeira_fhir::Instant;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use parking_lot::Mutex;

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
pub struct Ids {
    fill: Arc<Fill>,
    stock: Arc<Mutex<Stock>>,
}

/// Random bytes for ids, fetched for many at once: asking the system costs more than an id. Keys and tokens never come
/// from here.
struct Stock {
    bytes: [u8; 640],
    used: usize,
    /// How many are fetched at once.
    fetched: usize,
}

impl Ids {
    /// The machine's secure source.
    #[must_use]
    pub fn system() -> Self {
        let random = SystemRandom::new();
        let fill = move |bytes: &mut [u8]| {
            random.fill(bytes).map_err(|_| Error::Internal("the system gave no random bytes".into()))
        };
        Self::of(fill, 640)
    }

    fn of(fill: impl Fn(&mut [u8]) -> Result<()> + Send + Sync + 'static, fetched: usize) -> Self {
        let stock = Stock { bytes: [0; 640], used: fetched, fetched };
        Self { fill: Arc::new(fill), stock: Arc::new(Mutex::new(stock)) }
    }

    /// The same ids in the same order for the same seed: for tests and demo content, never for keys or tokens.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let state = Mutex::new(seed);
        let fill = move |bytes: &mut [u8]| {
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
        };
        Self::of(fill, 10)
    }

    /// A new id: UUID version 7 (RFC 9562), so that ids made later sort later.
    ///
    /// # Errors
    /// `Internal` when the system gives no random bytes.
    pub fn new_id(&self, now: Instant) -> Result<String> {
        let mut random = [0_u8; 10];
        {
            let mut stock = self.stock.lock();
            if stock.used == stock.fetched {
                let fetched = stock.fetched;
                self.fill(&mut stock.bytes[..fetched])?;
                stock.used = 0;
            }
            let used = stock.used;
            random.copy_from_slice(&stock.bytes[used..used + 10]);
            stock.used += 10;
        }
        let millis = u64::try_from(now.0).unwrap_or(0);
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string())
    }

    /// Fills a slice with random bytes.
    ///
    /// # Errors
    /// `Internal` when the system gives none.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        (self.fill)(bytes)
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}
