//! How long copies are kept that nobody may delete.

use super::{Bucket, Rented};

impl Rented<'_> {
    /// Some of its objects nobody deletes before their time.
    pub(in crate::render::terraform) fn locks(&self) -> bool {
        self.buckets.iter().any(|bucket| bucket.immutable)
    }

    /// When a copy that nobody may delete goes by itself: a week after its time.
    pub(in crate::render::terraform) fn last_day(&self) -> u64 {
        self.keep_days() + 7
    }
}

impl Bucket<'_> {
    /// When objects go to which class, as long as they are kept: Amazon refuses a move after the end.
    pub(in crate::render::terraform) fn moves(&self, rented: &Rented<'_>) -> Vec<(u32, &'static str)> {
        let kept = |days: u32| !self.immutable || u64::from(days) < rented.last_day();
        self.transitions.iter().copied().filter(|(days, _)| kept(*days)).collect()
    }
}
