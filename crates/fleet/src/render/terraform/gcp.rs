//! Google Cloud.
use super::rented::Rented;
use super::{Files, Problem};

pub(super) fn render(_: &Rented<'_>, _: &mut Files) -> Result<(), Problem> {
    Ok(())
}
