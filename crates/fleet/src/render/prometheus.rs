//! Prometheus and Alertmanager: what is scraped, what is recorded, what wakes whom.

use super::scene::Scene;
use super::{Files, Problem};

pub(super) fn render(_: &Scene<'_>) -> Result<Files, Problem> {
    Err(super::unsuited("ainda não é escrito", "not written yet"))
}
