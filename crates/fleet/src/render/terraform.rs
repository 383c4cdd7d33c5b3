//! Terraform for what is rented: networks, clusters, databases, objects, edges, keys and alarms of a budget.

use super::scene::Scene;
use super::{Files, Problem};

pub(super) fn render(_: &Scene<'_>) -> Result<Files, Problem> {
    Err(super::unsuited("ainda não é escrito", "not written yet"))
}
