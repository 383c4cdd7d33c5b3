//! Specs to begin with, one for each way of hosting that the requirements describe, commented in Portuguese.

mod answers;

pub use answers::{Answers, Where};

/// Their names and texts, the smallest first.
const PRESETS: &[(&str, &str)] = &[
    ("garage", include_str!("presets/garage.toml")),
    ("local-provider", include_str!("presets/local-provider.toml")),
    ("colocation", include_str!("presets/colocation.toml")),
    ("aws-health", include_str!("presets/aws-health.toml")),
    ("aws-starter", include_str!("presets/aws-starter.toml")),
    ("aws-professional", include_str!("presets/aws-professional.toml")),
    ("aws-enterprise", include_str!("presets/aws-enterprise.toml")),
    ("hybrid", include_str!("presets/hybrid.toml")),
    ("hospital", include_str!("presets/hospital.toml")),
];

/// The names of all of them.
pub const NAMES: [&str; 9] = [
    "garage",
    "local-provider",
    "colocation",
    "aws-health",
    "aws-starter",
    "aws-professional",
    "aws-enterprise",
    "hybrid",
    "hospital",
];

/// The text of one.
#[must_use]
pub fn get(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(one, _)| *one == name).map(|(_, text)| *text)
}
