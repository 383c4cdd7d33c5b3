//! Where a walk stands in a resource, written as FHIRPath when an issue asks for it.

use std::fmt::Write;

/// A step from the root.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// To an element.
    Name(&'a str),
    /// To one of several.
    At(usize),
}

/// The path as FHIRPath. A key that can be no element's name is not repeated.
pub(super) fn written(steps: &[Step<'_>]) -> String {
    let mut path = String::with_capacity(steps.len() * 12);
    for step in steps {
        match step {
            Step::Name(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(if crate::json::element_name(name) { name } else { "?" });
            }
            Step::At(at) => {
                let _ = write!(path, "[{at}]");
            }
        }
    }
    path
}
