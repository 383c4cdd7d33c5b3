//! A table that was simulated elsewhere, from the same figures.
