//! Reading a spec: what is wrong is said with its line and column, all that can be told at once, and what would be right.

use std::fmt;

use schemars::schema_for;
use toml::de::DeTable;

use super::position::{Place, Places, place_in};
use super::{Spec, examine};
use crate::language::{Language, Text, text};

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
    pub problem: Text,
    /// What would be right.
    pub remedy: Text,
}

impl SpecError {
    /// All of it in a line: `27:1: what is wrong. What would be right`.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        format!("{}: {}. {}", self.place, self.problem.in_language(language), self.remedy.in_language(language))
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::English))
    }
}

impl std::error::Error for SpecError {}

impl Spec {
    /// Reads a spec, and where its keys stand. All its numbers are finite and from 0 to 10^12.
    ///
    /// # Errors
    /// All that is wrong with it: what is no TOML, keys and values that do not exist, names given twice, names of what is not
    /// there, numbers out of range.
    pub fn read(written: &str) -> Result<(Self, Places), Vec<SpecError>> {
        if written.len() > LONGEST {
            let problem = text(
                format!("a especificação tem mais de {LONGEST} bytes"),
                format!("the spec is longer than {LONGEST} bytes"),
            );
            let remedy = text("Liste as clínicas por plano e quantidade", "List clinics by plan and count");
            return Err(vec![SpecError { place: Place { line: 1, column: 1 }, problem, remedy }]);
        }
        let table = DeTable::parse(written).map_err(|error| vec![syntax(written, &error)])?;
        let places = Places::of(written, table.get_ref());
        let mut errors = examine::numbers(table.get_ref(), &places);
        match toml::from_str::<Self>(written) {
            Ok(spec) => {
                errors.extend(examine::examine(&spec, &places));
                if errors.is_empty() {
                    return Ok((spec, places));
                }
            }
            Err(error) => {
                let error = syntax(written, &error);
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
fn syntax(written: &str, error: &toml::de::Error) -> SpecError {
    let place = place_in(written, error.span().map_or(0, |span| span.start));
    let message = error.message();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let remedy = match (quoted.split_first(), message.split_once(' ').map(|(first, _)| first)) {
        (Some((unknown, known)), Some("unknown")) => nearest(unknown, known.iter().copied()),
        (Some((missing, _)), Some("missing")) => {
            text(format!("Escreva `{missing} = ...` aqui"), format!("Write `{missing} = ...` here"))
        }
        _ => {
            text("`aroeira fleet schema` diz o que pode estar aqui", "`aroeira fleet schema` says what may stand here")
        }
    };
    let first = message.lines().next().unwrap_or_default();
    SpecError { place, problem: text(translated(first), first), remedy }
}

/// How the messages of the parser begin, and the same in Portuguese: what follows are names, or what was found and expected.
const MESSAGES: &[(&str, &str)] = &[
    ("unknown field ", "campo desconhecido "),
    ("unknown variant ", "valor desconhecido "),
    ("missing field ", "falta o campo "),
    ("duplicate field ", "campo repetido "),
    ("duplicate key", "chave repetida"),
    ("invalid type: ", "tipo errado: "),
    ("invalid value: ", "valor errado: "),
    ("invalid length ", "comprimento errado: "),
];
/// Words within those messages.
const WORDS: &[(&str, &str)] = &[
    (", expected one of ", "; pode ser "),
    (", expected ", "; espera-se "),
    (", there are no fields", "; não há campos"),
    ("floating point ", "o número "),
    ("integer ", "o inteiro "),
    ("boolean ", "o valor lógico "),
    ("string ", "o texto "),
    ("a sequence", "uma lista"),
    ("sequence", "uma lista"),
    ("a map", "uma tabela"),
    ("map", "uma tabela"),
    ("a string", "um texto"),
    ("a boolean", "true ou false"),
];

/// A message of the parser in Portuguese; one that is not known is quoted as it is.
fn translated(message: &str) -> String {
    let Some((beginning, begins)) = MESSAGES.iter().find(|(english, _)| message.starts_with(english)) else {
        return format!("isto não é TOML ({message})");
    };
    // What stands in backquotes is a name, and in quotes what somebody wrote: both stay as they are.
    let mut parts = Vec::new();
    for (at, part) in message[beginning.len()..].split_inclusive(['`', '"']).enumerate() {
        let mut part = part.to_owned();
        if at % 2 == 0 {
            for (english, portuguese) in WORDS {
                part = replaced(&part, english, portuguese);
            }
        }
        parts.push(part);
    }
    format!("{begins}{}", parts.concat())
}

/// A text with the whole words of another replaced.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut rest = text;
    let mut done = String::new();
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        let within = letter(before.chars().next_back()) && letter(from.chars().next())
            || letter(from.chars().next_back()) && letter(after.chars().next());
        done.push_str(before);
        done.push_str(if within { from } else { to });
        rest = after;
    }
    done + rest
}

/// The name that was meant, or the names there are.
pub(super) fn nearest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Text {
    let mut known: Vec<(usize, &str)> = known.map(|name| (strsim::damerau_levenshtein(unknown, name), name)).collect();
    known.sort_unstable();
    match known.first() {
        None => text("Escreva um antes", "Write one first"),
        Some((distance, name)) if *distance <= 2 => {
            text(format!("Quis dizer `{name}`?"), format!("Is `{name}` meant?"))
        }
        Some(_) => {
            let names: Vec<&str> = known.iter().map(|(_, name)| *name).take(NAMED).collect();
            let names = names.join(", ");
            let more = known.len().saturating_sub(NAMED);
            if more > 0 {
                text(format!("Há: {names} e mais {more}"), format!("There are: {names} and {more} more"))
            } else {
                text(format!("Há: {names}"), format!("There are: {names}"))
            }
        }
    }
}
