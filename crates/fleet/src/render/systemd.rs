//! Units of systemd for own machines, with the hardening of their hosts and the edge before them.

use super::scene::Scene;
use super::{Files, Problem};

pub(super) fn render(_: &Scene<'_>) -> Result<Files, Problem> {
    Err(super::unsuited("ainda não é escrito", "not written yet"))
}
