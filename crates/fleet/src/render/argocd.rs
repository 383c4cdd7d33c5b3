//! Argo CD: an application of applications, one for each part and environment.

use super::scene::Scene;
use super::{Files, Problem};

pub(super) fn render(_: &Scene<'_>) -> Result<Files, Problem> {
    Err(super::unsuited("ainda não é escrito", "not written yet"))
}
