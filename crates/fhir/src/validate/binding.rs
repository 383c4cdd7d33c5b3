//! Required bindings: the codes of an element against its value set, as far as that is known.

use serde_json::Value;

use super::{Reason, Terms, definitions::Binding, walk::Walk};

impl<'a> Walk<'a, '_> {
    /// The value of a bound element.
    pub(super) fn bound(&mut self, binding: &Binding, kind: &str, value: &'a Value) {
        if binding.required && fits(self.options.terms, binding.value_set, kind, value) == Some(false) {
            self.error(Reason::Code, plain(binding.value_set));
        }
    }
}

/// A canonical URL without its version.
pub(super) fn plain(url: &str) -> &str {
    url.split_once('|').map_or(url, |(url, _)| url)
}

/// Whether a code, Coding, CodeableConcept or Quantity is of a value set. Of a CodeableConcept one coding has to be; what
/// has no code at all is not for us to say.
pub(super) fn fits(terms: &dyn Terms, value_set: &str, kind: &str, value: &Value) -> Option<bool> {
    let text = |value: &'_ Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let coding = |value: &Value| {
        let code = text(value, "code")?;
        terms.member(value_set, text(value, "system").as_deref(), &code)
    };
    match kind {
        "CodeableConcept" => {
            let codings = value.get("coding")?.as_array()?;
            let mut unknown = codings.is_empty();
            for one in codings {
                match coding(one) {
                    Some(true) => return Some(true),
                    None => unknown = true,
                    Some(false) => {}
                }
            }
            if unknown { None } else { Some(false) }
        }
        "Coding" | "Quantity" => coding(value),
        _ => terms.member(value_set, None, value.as_str()?),
    }
}
