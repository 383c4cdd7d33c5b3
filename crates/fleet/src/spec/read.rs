//! Reading a spec: what is wrong is said with its line and column, all that can be told at once, and what would be right.

use std::fmt;

use schemars::schema_for;
use toml::de::DeTable;

use super::position::{Place, Places, place_in};
use super::{Spec, examine};

/// Bytes of a spec.
const LONGEST: usize = 4 << 20;
/// Names of one message.
const NAMED: usize = 12;

/// Something wrong in a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.place, self.problem, self.remedy)
    }
}

impl std::error::Error for SpecError {}

impl Spec {
    /// Reads a spec, and where its keys stand. All its numbers are finite and from 0 to 10^12.
    ///
    /// # Errors
    /// All that is wrong with it: what is no TOML, keys and values that do not exist, names given twice, names of what is not
    /// there, numbers out of range.
    pub fn read(text: &str) -> Result<(Self, Places), Vec<SpecError>> {
        if text.len() > LONGEST {
            let problem = format!("the spec is longer than {LONGEST} bytes");
            let remedy = "List clinics by plan and count".to_owned();
            return Err(vec![SpecError { place: Place { line: 1, column: 1 }, problem, remedy }]);
        }
        let table = DeTable::parse(text).map_err(|error| vec![syntax(text, &error)])?;
        let places = Places::of(text, table.get_ref());
        let mut errors = examine::numbers(table.get_ref(), &places);
        match toml::from_str::<Self>(text) {
            Ok(spec) => {
                errors.extend(examine::examine(&spec, &places));
                if errors.is_empty() {
                    return Ok((spec, places));
                }
            }
            Err(error) => {
                let error = syntax(text, &error);
                if errors.iter().all(|other| other.place != error.place) {
                    errors.push(error);
                }
            }
        }
        errors.sort_by_key(|error| error.place);
        Err(errors)
    }

    /// The JSON Schema (2020-12) of a spec.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schema_for!(Spec).to_value()
    }
}

/// What is wrong with the text, or with its types.
fn syntax(text: &str, error: &toml::de::Error) -> SpecError {
    let place = place_in(text, error.span().map_or(0, |span| span.start));
    let message = error.message();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let remedy = match (quoted.split_first(), message.split_once(' ').map(|(first, _)| first)) {
        (Some((unknown, known)), Some("unknown")) => nearest(unknown, known.iter().copied()),
        (Some((missing, _)), Some("missing")) => format!("Write `{missing} = ...` here"),
        _ => "`aroeira fleet schema` says what may stand here".to_owned(),
    };
    SpecError { place, problem: message.lines().next().unwrap_or_default().to_owned(), remedy }
}

/// The name that was meant, or the names there are.
pub(super) fn nearest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<(usize, &str)> = known.map(|name| (strsim::damerau_levenshtein(unknown, name), name)).collect();
    known.sort_unstable();
    match known.first() {
        None => "Write one first".to_owned(),
        Some((distance, name)) if *distance <= 2 => format!("Is `{name}` meant?"),
        Some(_) => {
            let names: Vec<&str> = known.iter().map(|(_, name)| *name).take(NAMED).collect();
            let more = known.len().saturating_sub(NAMED);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("There are: {}{rest}", names.join(", "))
        }
    }
}
