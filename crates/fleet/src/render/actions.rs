//! GitHub Actions: build, test, image, scan, and a roll-out that goes back by itself.

use super::scene::Scene;
use super::{Files, Problem};

pub(super) fn render(_: &Scene<'_>) -> Result<Files, Problem> {
    Err(super::unsuited("ainda não é escrito", "not written yet"))
}
