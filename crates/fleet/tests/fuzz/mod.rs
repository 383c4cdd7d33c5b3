//! What the fuzz targets share: numbers from a seed, and how many rounds. The seed is fixed; `LONG` runs many times as
//! many, `FUZZ_SEED` begins elsewhere.

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// With the seed of this run.
    pub(crate) fn seeded() -> Self {
        Self(std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122))
    }

    /// Below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % sides.max(1) as u64) as usize
    }
}

/// How many rounds, and how many where `LONG` is set.
pub(crate) fn rounds(usual: usize, long: usize) -> usize {
    if std::env::var_os("LONG").is_some() { long } else { usual }
}
