//! Grafana: dashboards of what the binary tells, and where logs and traces go.

use super::scene::Scene;
use super::{Files, Problem};

pub(super) fn render(_: &Scene<'_>) -> Result<Files, Problem> {
    Err(super::unsuited("ainda não é escrito", "not written yet"))
}
