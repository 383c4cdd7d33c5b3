//! The path of a discriminator (R4, 5.1.0.13): a little of FHIRPath, followed in data as in definitions.

/// A step of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hop {
    /// To an element.
    Name(String),
    /// To the extensions with this URL.
    Extension(String),
    /// To those that are of this type.
    OfType(String),
    /// To what a reference points at.
    Resolve,
}

/// Reads a path. What cannot be read is an element that nothing has.
pub(super) fn hops(path: &str) -> Vec<Hop> {
    let mut hops = Vec::new();
    for step in steps(path) {
        let argument = |name: &str| {
            let inner = step.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?;
            Some(inner.trim_matches(|c| c == '\'' || c == '"').to_owned())
        };
        if step == "$this" || step.is_empty() {
            continue;
        }
        hops.push(if let Some(url) = argument("extension") {
            Hop::Extension(url)
        } else if let Some(kind) = argument("ofType") {
            Hop::OfType(kind)
        } else if step == "resolve()" {
            Hop::Resolve
        } else {
            Hop::Name(step.trim_end_matches("[x]").to_owned())
        });
    }
    hops
}

/// The parts between the dots that stand in no brackets.
fn steps(path: &str) -> Vec<&str> {
    let (mut steps, mut from, mut open) = (Vec::new(), 0, 0_u32);
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'(' => open += 1,
            b')' => open = open.saturating_sub(1),
            b'.' if open == 0 => {
                steps.push(&path[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    steps.push(&path[from..]);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_step_by_step() {
        assert_eq!(hops("$this"), []);
        assert_eq!(
            hops("$this.extension('http://a.b/c').value.ofType(Coding).code"),
            [
                Hop::Extension("http://a.b/c".into()),
                Hop::Name("value".into()),
                Hop::OfType("Coding".into()),
                Hop::Name("code".into())
            ]
        );
        assert_eq!(hops("entity.resolve()"), [Hop::Name("entity".into()), Hop::Resolve]);
    }
}
