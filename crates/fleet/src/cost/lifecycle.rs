//! Where objects are kept best: the cheapest class for each part of them, by how often it is read and who can wait.

use serde::Serialize;

use super::line::What;
use super::machine::storage_of;
use super::price::{Ask, Prices};
use crate::money::Amount;
use crate::prices::{Books, Group};
use crate::spec::{Spec, StorageClass};

/// How objects are read.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessPattern {
    /// Parts of them; shares are divided by their sum.
    pub portions: Vec<Portion>,
}

/// A part of what is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Portion {
    /// Of all gigabytes, how many: 0.4.
    pub share: f64,
    /// How often a month all of it is read: 0.1 where a tenth is.
    pub reads_month: f64,
    /// How long one can wait for it.
    pub wait: Wait,
}

/// How long one can wait for an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// Not at all.
    Moment,
    /// Some hours.
    Hours,
    /// A day.
    Day,
}

/// Where a part is kept best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kept {
    /// The class.
    pub class: StorageClass,
    /// Gigabytes.
    pub gb: f64,
    /// A month of it, reading with it.
    pub month: Amount,
}

/// What moving objects on as they age saves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lifecycle {
    /// A month with all of it in the class that is read at once.
    pub before: Amount,
    /// A month with each part where it is kept best.
    pub after: Amount,
    /// The parts.
    pub parts: Vec<Kept>,
}

/// The objects of a storage or a service, and what moving them on saves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// As the spec calls it.
    pub of: String,
    /// What it saves.
    #[serde(flatten)]
    pub lifecycle: Lifecycle,
}

impl AccessPattern {
    /// Images and recordings of a clinic: read in their first weeks, then hardly ever, and kept for twenty years. Assumed.
    #[must_use]
    pub fn of_clinics() -> Self {
        let part = |share, reads_month, wait| Portion { share, reads_month, wait };
        let portions = vec![
            part(0.1, 1.0, Wait::Moment),
            part(0.2, 0.1, Wait::Moment),
            part(0.3, 0.01, Wait::Hours),
            part(0.4, 0.001, Wait::Day),
        ];
        Self { portions }
    }
}

impl StorageClass {
    /// How long it lets one wait; nothing of what is no class of objects.
    fn wait(self) -> Option<Wait> {
        match self {
            StorageClass::Object | StorageClass::ObjectInfrequent => Some(Wait::Moment),
            StorageClass::ObjectArchive => Some(Wait::Hours),
            StorageClass::ObjectDeepArchive => Some(Wait::Day),
            StorageClass::San | StorageClass::Nas | StorageClass::SharedFiles => None,
        }
    }
}

/// What so many gigabytes of objects cost at a provider (`aws`), and what they would cost if each part were kept where that is
/// cheapest. Nothing where the spec's books have no price of the class that is read at once, or the pattern has no share.
#[must_use]
pub fn lifecycle(spec: &Spec, books: &Books, provider: &str, gb: f64, pattern: &AccessPattern) -> Option<Lifecycle> {
    use StorageClass::{Object, ObjectArchive, ObjectDeepArchive, ObjectInfrequent};
    let prices = Prices::new(spec, books);
    let shares: f64 = pattern.portions.iter().map(|portion| portion.share.max(0.0)).sum();
    if !shares.is_finite() || shares <= 0.0 {
        return None;
    }
    let month = |class: StorageClass, gb: f64, reads: f64| {
        let item = storage_of(provider, class);
        let mut kept = Ask::new(Group::Storage, What::Storage, "objects", item.as_str());
        kept.gb = Some(gb);
        let read = Ask::new(Group::Storage, What::Storage, "objects", format!("{item}.read")).times(gb * reads);
        let (kept, read) = (prices.line(&kept), prices.line(&read));
        (!kept.is_missing() && !read.is_missing()).then(|| kept.month + read.month)
    };
    let (mut before, mut after, mut parts) = (Amount::default(), Amount::default(), Vec::new());
    for portion in pattern.portions.iter().filter(|portion| portion.share > 0.0) {
        let gb = gb * portion.share / shares;
        let classes = [Object, ObjectInfrequent, ObjectArchive, ObjectDeepArchive].into_iter();
        let classes = classes.filter(|class| class.wait().is_some_and(|wait| wait <= portion.wait));
        let priced = classes.filter_map(|class| month(class, gb, portion.reads_month).map(|month| (class, month)));
        let (class, best) = priced.min_by_key(|(_, month)| month.total)?;
        before += month(Object, gb, portion.reads_month)?;
        after += best;
        parts.push(Kept { class, gb, month: best });
    }
    Some(Lifecycle { before, after, parts })
}

/// Of all objects that a spec keeps in the class that is read at once, by [`AccessPattern::of_clinics`].
pub(super) fn moved(prices: &Prices<'_>) -> Vec<Moved> {
    let spec = prices.spec;
    let storages = spec.storage.iter().filter(|storage| storage.class == StorageClass::Object);
    let storages = storages.map(|storage| (&storage.id, &storage.site, storage.gb, None));
    let services = spec.services.iter().map(|one| (&one.id, &one.site, one.count, Some(one.item.as_str())));
    let found = storages.chain(services).filter_map(|(of, site, gb, item)| {
        let provider = prices.site(site)?.provider.as_deref()?;
        if item.is_some_and(|item| item != storage_of(provider, StorageClass::Object)) {
            return None;
        }
        let lifecycle = lifecycle(spec, prices.books, provider, gb, &AccessPattern::of_clinics())?;
        Some(Moved { of: of.clone(), lifecycle })
    });
    found.collect()
}
