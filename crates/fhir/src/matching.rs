//! Whether two records may speak of one person: by name as it sounds in Brazil, birth date, sex, CPF and telephone. How
//! alike they are is a number; nothing here finds the records.

mod phonetic;

use serde_json::{Map, Value};

use crate::brazil;
use crate::text::fold;

/// The parameter of the rows that say how the words of a patient's names sound. No search can name it.
pub const SOUNDS: &str = "name:sounds";

/// Names of a record, and words of a name, at most.
const NAMES: usize = 8;
const WORDS: usize = 12;
/// What stands between names and tells nothing.
const PARTICLES: [&str; 8] = ["de", "da", "do", "das", "dos", "e", "del", "di"];
/// What stands after the family name.
const SUFFIXES: [&str; 6] = ["junior", "jr", "filho", "neto", "sobrinho", "segundo"];

/// How much each thing says when it agrees. A name alone is a possibility; name and birth date are probable.
const NAME: f64 = 0.5;
const BIRTH: f64 = 0.4;
const GENDER: f64 = 0.05;
const PHONE: f64 = 0.15;
const CPF: f64 = 0.8;

/// What of a Patient is compared. Whoever may not see a thing takes it out before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// Each name, as words.
    pub names: Vec<Vec<Word>>,
    /// `YYYY-MM-DD`, or less of it.
    pub birth: Option<String>,
    /// `male`, `female` ...
    pub gender: Option<String>,
    /// CPFs with right check digits.
    pub cpfs: Vec<String>,
    /// Telephones, digits without the country.
    pub phones: Vec<String>,
}

/// A word of a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    folded: String,
    /// How it sounds: keys that spellings of one name share.
    pub sounds: Vec<String>,
}

/// How sure a match is (`http://terminology.hl7.org/CodeSystem/match-grade`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum Grade {
    Certain,
    Probable,
    Possible,
    CertainlyNot,
}

impl Grade {
    /// The grade of a score.
    pub fn of(score: f64) -> Grade {
        match score {
            score if score >= 0.945 => Grade::Certain,
            score if score >= 0.75 => Grade::Probable,
            score if score >= 0.42 => Grade::Possible,
            _ => Grade::CertainlyNot,
        }
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Grade::Certain => "certain",
            Grade::Probable => "probable",
            Grade::Possible => "possible",
            Grade::CertainlyNot => "certainly-not",
        }
    }
}

impl Person {
    /// Reads a Patient.
    pub fn read(patient: &Map<String, Value>) -> Person {
        let text = |name: &str| patient.get(name).and_then(Value::as_str).map(str::to_owned);
        let list = |name: &str| patient.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let cpf = |it: &Value| {
            let own = it.get("system")?.as_str()? == brazil::CPF_SYSTEM;
            brazil::cpf_digits(it.get("value")?.as_str()?).filter(|_| own)
        };
        let phone = |it: &Value| {
            let own = matches!(it.get("system").and_then(Value::as_str), Some("phone" | "sms"));
            local(it.get("value")?.as_str()?).filter(|_| own)
        };
        Person {
            names: list("name").iter().take(NAMES).map(words).filter(|words| !words.is_empty()).collect(),
            birth: text("birthDate").filter(|date| is_date(date)),
            gender: text("gender"),
            cpfs: list("identifier").iter().filter_map(cpf).collect(),
            phones: list("telecom").iter().filter_map(phone).collect(),
        }
    }

    /// Whether there is nothing to tell a person by.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.birth.is_none() && self.cpfs.is_empty() && self.phones.is_empty()
    }

    /// How alike two people are, from 0 to 1: what agrees, by how much it says, against all that both records have.
    pub fn score(&self, other: &Person) -> f64 {
        let (mut agrees, mut held) = (0.0, 0.0);
        let mut count = |weight: f64, likeness: Option<f64>| {
            if let Some(likeness) = likeness {
                agrees += weight * likeness;
                held += weight;
            }
        };
        let pairs = self.names.iter().flat_map(|own| other.names.iter().map(move |theirs| (own, theirs)));
        let name = pairs.map(|(own, theirs)| names_alike(own, theirs)).reduce(f64::max);
        // A single word is no whole name.
        let whole = [self, other].iter().all(|one| one.names.iter().any(|words| words.len() > 1));
        count(if whole { NAME } else { NAME * 0.6 }, name);
        let births = self.birth.as_deref().zip(other.birth.as_deref());
        count(BIRTH, births.map(|(own, theirs)| dates_alike(own, theirs)));
        let genders = self.gender.as_ref().zip(other.gender.as_ref());
        count(GENDER, genders.map(|(own, theirs)| if own == theirs { 1.0 } else { 0.0 }));
        let shares = |own: &[String], theirs: &[String]| {
            let both = !own.is_empty() && !theirs.is_empty();
            both.then(|| own.iter().any(|one| theirs.contains(one)))
        };
        count(CPF, shares(&self.cpfs, &other.cpfs).map(|same| if same { 1.0 } else { 0.0 }));
        // Telephones change, and are shared by families: another one says nothing.
        count(PHONE, shares(&self.phones, &other.phones).filter(|same| *same).map(|_| 1.0));
        (agrees / held.max(1.0)).min(1.0)
    }
}

/// A date of R4: year, month and day, or less.
fn is_date(text: &str) -> bool {
    matches!(text.len(), 4 | 7 | 10)
        && text.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
}

/// The digits of a Brazilian number with its area; without the country and leading zeros.
fn local(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(20).collect();
    let digits = digits.trim_start_matches('0');
    let digits = digits.strip_prefix("55").filter(|rest| matches!(rest.len(), 10 | 11)).unwrap_or(digits);
    (digits.len() >= 8).then(|| digits.to_owned())
}

/// The words of a HumanName that tell something, given names first.
fn words(name: &Value) -> Vec<Word> {
    let mut whole = String::new();
    let given = name.get("given").and_then(Value::as_array).into_iter().flatten();
    for part in given.chain(name.get("family")).filter_map(Value::as_str) {
        whole.push_str(part);
        whole.push(' ');
    }
    if whole.trim().is_empty() {
        whole = name.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    }
    let end = whole.floor_char_boundary(400);
    let parts = whole[..end].split(|c: char| c.is_whitespace() || matches!(c, '-' | '.' | ','));
    let word = |part: &str| {
        let folded = fold(part);
        let tells = !folded.is_empty() && !PARTICLES.contains(&folded.as_str());
        tells.then(|| Word { folded, sounds: phonetic::keys(part) })
    };
    parts.filter_map(word).take(WORDS).collect()
}

/// How the words of a Patient's names sound, each key once: what [`SOUNDS`] is indexed by.
pub(crate) fn sounds(patient: &Map<String, Value>) -> Vec<String> {
    let mut sounds: Vec<String> =
        Person::read(patient).names.into_iter().flatten().flat_map(|word| word.sounds).collect();
    sounds.sort_unstable();
    sounds.dedup();
    sounds
}

/// The words a person is first looked for by: of the first name and of the last one.
pub fn ends(name: &[Word]) -> Option<(&Word, &Word)> {
    let last = name.iter().rfind(|word| !SUFFIXES.contains(&word.folded.as_str())).or(name.last())?;
    Some((name.first()?, last))
}

/// How alike two names are. First and last words count twice; a word that the other lacks costs less than one that
/// differs.
fn names_alike(own: &[Word], theirs: &[Word]) -> f64 {
    let (one, other) = (covered(own, theirs), covered(theirs, own));
    0.8 * one.max(other) + 0.2 * one.min(other)
}

/// How well the words of a name are found in another.
fn covered(own: &[Word], theirs: &[Word]) -> f64 {
    let last = ends(own).map(|(_, last)| last);
    let (mut found, mut all) = (0.0, 0.0);
    for (at, word) in own.iter().enumerate() {
        let weight = if at == 0 || last.is_some_and(|last| std::ptr::eq(last, word)) { 2.0 } else { 1.0 };
        let best = theirs.iter().enumerate().map(|(place, their)| {
            // A first name is looked for among first names.
            if (at == 0) == (place == 0) { words_alike(word, their) } else { words_alike(word, their) * 0.6 }
        });
        found += weight * best.fold(0.0, f64::max);
        all += weight;
    }
    if all == 0.0 { 0.0 } else { found / all }
}

fn words_alike(own: &Word, theirs: &Word) -> f64 {
    if own.folded == theirs.folded {
        return 1.0;
    }
    let longer = own.folded.chars().count().max(theirs.folded.chars().count());
    let apart = distance(&own.folded, &theirs.folded);
    if own.sounds.iter().any(|sound| theirs.sounds.contains(sound)) {
        return if apart * 2 <= longer { 0.95 } else { 0.85 };
    }
    let initial = own.folded.len() == 1 || theirs.folded.len() == 1;
    if initial && own.folded.chars().next() == theirs.folded.chars().next() {
        return 0.7;
    }
    if apart == 1 && longer >= 5 { 0.8 } else { 0.0 }
}

/// Letters to change, to put in or to leave out.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(40).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(40).enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let change = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

/// How alike two birth dates are: the same, day and month changed about, or one digit wrong.
fn dates_alike(own: &str, theirs: &str) -> f64 {
    if own == theirs {
        return 1.0;
    }
    if own.len() != theirs.len() {
        let shorter = own.len().min(theirs.len());
        return if own[..shorter] == theirs[..shorter] { 0.6 } else { 0.0 };
    }
    if own.len() < 10 {
        return 0.0;
    }
    if turned(own) == theirs {
        return 0.8;
    }
    let wrong = own.bytes().zip(theirs.bytes()).filter(|(a, b)| a != b).count();
    if wrong == 1 { 0.7 } else { 0.0 }
}

/// A whole date with day and month changed about.
fn turned(date: &str) -> String {
    format!("{}-{}-{}", &date[..4], &date[8..], &date[5..7])
}

/// The dates that a birth date may have been meant as: day and month changed about, and each with one digit changed. Some
/// of them are no dates.
pub fn near_dates(date: &str) -> Vec<String> {
    if date.len() != 10 || !is_date(date) {
        return Vec::new();
    }
    let mut near = vec![turned(date)];
    for at in [0, 1, 2, 3, 5, 6, 8, 9] {
        for digit in '0'..='9' {
            let mut changed = date.to_owned();
            changed.replace_range(at..=at, digit.encode_utf8(&mut [0; 4]));
            if changed != date {
                near.push(changed);
            }
        }
    }
    near
}

/// The forms in which a telephone's digits may be filed: with the country and without.
pub fn phone_forms(phone: &str) -> [String; 3] {
    [phone.to_owned(), format!("55{phone}"), format!("0{phone}")]
}
