//! How often somebody may ask: token buckets (GCRA) by class, keyed by user for who is signed in and else by address.
//! Memory is bounded: full buckets are dropped every minute, and past a mark newcomers share one bucket.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};

use aroeira_clinic::Error;
use governor::clock::{Clock, QuantaClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Limits;
use crate::context::Identity;
use crate::error::Fault;
use crate::metrics;
use crate::routes::Class;

/// Buckets of one class; the key is a keyed hash, so that an entry costs 16 bytes whoever it is of.
type Limiter = RateLimiter<u64, DashMapStateStore<u64>, QuantaClock, StateInformationMiddleware>;

/// Past so many buckets in a class newcomers share one until the next sweep.
const CROWD: usize = 100_000;
const SHARED: u64 = 0;

/// What is left of a limit, for `RateLimit-*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    limit: u32,
    remaining: u32,
    /// Seconds until all of it is there again.
    reset: u32,
}

impl Tally {
    fn new(limit: u32, remaining: u32) -> Self {
        let missing = u64::from(limit - remaining.min(limit)) * 60;
        let reset = missing.div_ceil(u64::from(limit.max(1)));
        Self { limit, remaining, reset: u32::try_from(reset).unwrap_or(60) }
    }

    /// `RateLimit-Limit`, `-Remaining` and `-Reset`.
    pub(super) fn write(self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static("ratelimit-limit"), HeaderValue::from(self.limit));
        headers.insert(HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(self.remaining));
        headers.insert(HeaderName::from_static("ratelimit-reset"), HeaderValue::from(self.reset));
    }
}

struct Bucket {
    class: &'static str,
    limiter: Option<Limiter>,
    limit: u32,
    crowded: AtomicBool,
}

impl Bucket {
    fn new(class: &'static str, limit: u32) -> Self {
        metrics::limits(class);
        let limiter =
            NonZeroU32::new(limit).map(|limit| RateLimiter::dashmap(Quota::per_minute(limit)).with_middleware());
        Self { class, limiter, limit, crowded: AtomicBool::new(false) }
    }

    /// Takes one. `Err` holds the seconds to wait; without a limit there is nothing to tell.
    fn take(&self, key: u64) -> (Option<Tally>, Result<(), u32>) {
        let Some(limiter) = &self.limiter else { return (None, Ok(())) };
        let key = if self.crowded.load(Ordering::Relaxed) { SHARED } else { key };
        match limiter.check_key(&key) {
            Ok(state) => (Some(Tally::new(self.limit, state.remaining_burst_capacity())), Ok(())),
            Err(until) => {
                metrics::limited(self.class);
                let wait = until.wait_time_from(limiter.clock().now()).as_secs() + 1;
                (Some(Tally::new(self.limit, 0)), Err(u32::try_from(wait).unwrap_or(60)))
            }
        }
    }

    fn sweep(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
            self.crowded.store(limiter.len() > CROWD, Ordering::Relaxed);
        }
    }

    fn watch(&self) {
        if self.limiter.as_ref().is_some_and(|limiter| limiter.len() > CROWD) {
            self.crowded.store(true, Ordering::Relaxed);
        }
    }
}

/// The buckets of all classes.
pub(crate) struct Buckets {
    hasher: RandomState,
    sign_in: Bucket,
    anonymous: Bucket,
    user: Bucket,
    write: Bucket,
    import: Bucket,
}

impl Buckets {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            hasher: RandomState::new(),
            sign_in: Bucket::new("sign_in", limits.sign_in),
            anonymous: Bucket::new("anonymous", limits.anonymous),
            user: Bucket::new("user", limits.user),
            write: Bucket::new("write", limits.write),
            import: Bucket::new("import", limits.import),
        }
    }

    /// Counts a request. The tally is the tightest of the limits that count it, and is there for a refusal too.
    pub(super) fn take(
        &self,
        class: Class,
        identity: &Identity,
        address: Option<IpAddr>,
    ) -> (Option<Tally>, Result<(), Fault>) {
        let caller = match identity {
            Identity::Known(caller, _) => Some(caller),
            Identity::Nobody => None,
        };
        let (tally, taken) = match (class, caller) {
            (Class::Exempt, _) => (None, Ok(())),
            (Class::SignIn, _) => self.sign_in.take(self.by_address(address)),
            (_, None) => self.anonymous.take(self.by_address(address)),
            (_, Some(caller)) => {
                let key = self.hasher.hash_one((&caller.slug, &caller.actor.user)).max(1);
                let narrow = match class {
                    Class::Write => self.write.take(key),
                    Class::Import => self.import.take(key),
                    _ => (None, Ok(())),
                };
                if narrow.1.is_err() { narrow } else { tightest(narrow.0, self.user.take(key)) }
            }
        };
        (tally, taken.map_err(|retry_after| Error::Limited { retry_after }.into()))
    }

    /// An address, or the network of 64 bits that one subscriber has of IPv6.
    fn by_address(&self, address: Option<IpAddr>) -> u64 {
        let bits = match address {
            Some(IpAddr::V4(address)) => u64::from(address.to_bits()),
            Some(IpAddr::V6(address)) => u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX),
            None => 0,
        };
        self.hasher.hash_one((address.is_some_and(|address| address.is_ipv6()), bits)).max(1)
    }

    fn all(&self) -> [&Bucket; 5] {
        [&self.sign_in, &self.anonymous, &self.user, &self.write, &self.import]
    }

    /// Drops the buckets that are full again. Called once a minute.
    pub(crate) fn sweep(&self) {
        self.all().iter().for_each(|bucket| bucket.sweep());
    }

    /// Notices a crowd before the next sweep. Called every second.
    pub(crate) fn watch(&self) {
        self.all().iter().for_each(|bucket| bucket.watch());
    }
}

fn tightest(narrow: Option<Tally>, wide: (Option<Tally>, Result<(), u32>)) -> (Option<Tally>, Result<(), u32>) {
    match (narrow, wide) {
        (Some(narrow), (Some(wide), Ok(()))) if narrow.remaining < wide.remaining => (Some(narrow), Ok(())),
        (Some(narrow), (None, taken)) => (Some(narrow), taken),
        (_, wide) => wide,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(buckets: &Buckets, class: Class, address: &str) -> (Option<Tally>, Result<(), Fault>) {
        buckets.take(class, &Identity::Nobody, Some(address.parse().unwrap()))
    }

    #[test]
    fn an_address_has_so_many_and_no_more() {
        let buckets = Buckets::new(&Limits { sign_in: 2, anonymous: 1, ..Limits::default() });
        let (tally, taken) = take(&buckets, Class::SignIn, "192.0.2.1");
        assert!(taken.is_ok());
        assert_eq!(tally, Some(Tally { limit: 2, remaining: 1, reset: 30 }));
        assert!(take(&buckets, Class::SignIn, "192.0.2.1").1.is_ok());
        let (tally, refused) = take(&buckets, Class::SignIn, "192.0.2.1");
        assert_eq!(tally, Some(Tally { limit: 2, remaining: 0, reset: 60 }));
        assert!(matches!(refused, Err(Fault::Clinic(Error::Limited { retry_after: 1..=31 }))));
        assert!(take(&buckets, Class::SignIn, "192.0.2.2").1.is_ok());
        assert!(take(&buckets, Class::Read, "192.0.2.1").1.is_ok());
        assert!(take(&buckets, Class::Write, "192.0.2.1").1.is_err());
        assert!(take(&buckets, Class::Exempt, "192.0.2.1").1.is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_subscriber() {
        let buckets = Buckets::new(&Limits { anonymous: 1, ..Limits::default() });
        assert!(take(&buckets, Class::Anonymous, "2001:db8::1").1.is_ok());
        assert!(take(&buckets, Class::Anonymous, "2001:db8::ffff").1.is_err());
        assert!(take(&buckets, Class::Anonymous, "2001:db8:0:1::1").1.is_ok());
    }

    #[test]
    fn zero_switches_a_limit_off() {
        let buckets = Buckets::new(&Limits { anonymous: 0, ..Limits::default() });
        for _ in 0..100 {
            let (tally, taken) = take(&buckets, Class::Anonymous, "192.0.2.1");
            assert!(taken.is_ok() && tally.is_none());
        }
    }
}
