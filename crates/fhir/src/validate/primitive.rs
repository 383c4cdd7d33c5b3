//! How the primitive types of R4 are written (R4, 2.24.0.1). By hand: the expressions of the definitions say the same,
//! but where they err, as that of base64Binary does.

use serde_json::Value;

use crate::types::is_id;

/// A primitive type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Primitive {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
    Xhtml,
}

use Primitive as P;

const NAMES: [(&str, Primitive); 20] = [
    ("base64Binary", P::Base64Binary),
    ("boolean", P::Boolean),
    ("canonical", P::Canonical),
    ("code", P::Code),
    ("date", P::Date),
    ("dateTime", P::DateTime),
    ("decimal", P::Decimal),
    ("id", P::Id),
    ("instant", P::Instant),
    ("integer", P::Integer),
    ("markdown", P::Markdown),
    ("oid", P::Oid),
    ("positiveInt", P::PositiveInt),
    ("string", P::String),
    ("time", P::Time),
    ("unsignedInt", P::UnsignedInt),
    ("uri", P::Uri),
    ("url", P::Url),
    ("uuid", P::Uuid),
    ("xhtml", P::Xhtml),
];

/// Characters of a string at most (R4, `string`).
const LONGEST: usize = 1 << 20;

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// JSON of another kind; what it should be.
    Kind(&'static str),
    /// Not written so.
    Form,
    /// An empty text.
    Empty,
}

impl Primitive {
    pub(super) fn named(name: &str) -> Option<Primitive> {
        NAMES.binary_search_by(|(own, _)| (*own).cmp(name)).ok().map(|at| NAMES[at].1)
    }

    pub(super) fn name(self) -> &'static str {
        NAMES[self as usize].0
    }

    /// Whether the value is one of the type.
    pub(super) fn check(self, value: &Value) -> Result<(), Wrong> {
        match self {
            P::Boolean => kind(value.is_boolean(), "true or false"),
            P::Decimal => kind(value.is_number(), "a number (decimal)"),
            P::Integer | P::PositiveInt | P::UnsignedInt => self.whole(value),
            _ => self.text(value),
        }
    }

    fn whole(self, value: &Value) -> Result<(), Wrong> {
        let Value::Number(number) = value else { return Err(Wrong::Kind("a number (integer)")) };
        let least = match self {
            P::PositiveInt => 1,
            P::UnsignedInt => 0,
            _ => i32::MIN,
        };
        form(number.as_str().parse::<i32>().is_ok_and(|number| number >= least))
    }

    fn text(self, value: &Value) -> Result<(), Wrong> {
        let Value::String(text) = value else { return Err(Wrong::Kind(self.as_text())) };
        if text.is_empty() {
            return Err(Wrong::Empty);
        }
        form(match self {
            P::Base64Binary => is_base64(text),
            P::Code => is_code(text),
            P::Date => date(text.as_bytes()) == Some(text.len()),
            P::DateTime => is_date_time(text.as_bytes()),
            P::Instant => is_instant(text.as_bytes()),
            P::Time => time(text.as_bytes()) == Some(text.len()),
            P::Id => is_id(text),
            P::Oid => text.strip_prefix("urn:oid:").is_some_and(is_oid),
            P::Uuid => text.strip_prefix("urn:uuid:").is_some_and(is_uuid),
            P::Uri | P::Url | P::Canonical => !text.bytes().any(is_blank),
            P::String | P::Markdown => {
                (text.len() <= LONGEST || text.chars().count() <= LONGEST) && !text.bytes().any(is_control)
            }
            _ => true,
        })
    }

    /// What a value of the type must be, in words.
    fn as_text(self) -> &'static str {
        match self {
            P::Base64Binary => "a text (base64Binary)",
            P::Canonical => "a text (canonical)",
            P::Code => "a text (code)",
            P::Date => "a text (date)",
            P::DateTime => "a text (dateTime)",
            P::Id => "a text (id)",
            P::Instant => "a text (instant)",
            P::Markdown => "a text (markdown)",
            P::Oid => "a text (oid)",
            P::Time => "a text (time)",
            P::Uri => "a text (uri)",
            P::Url => "a text (url)",
            P::Uuid => "a text (uuid)",
            P::Xhtml => "a text (xhtml)",
            _ => "a text (string)",
        }
    }
}

fn kind(is: bool, what: &'static str) -> Result<(), Wrong> {
    if is { Ok(()) } else { Err(Wrong::Kind(what)) }
}

fn form(is: bool) -> Result<(), Wrong> {
    if is { Ok(()) } else { Err(Wrong::Form) }
}

/// Unicode has them, and R4 only tab, line feed and carriage return.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// What XML counts as one: a no-break space is none.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// No blank at an end, and no two of them together.
fn is_code(text: &str) -> bool {
    let mut before = true;
    for byte in text.bytes() {
        let blank = is_blank(byte);
        if blank && before {
            return false;
        }
        before = blank;
    }
    !before
}

/// Groups of four, blanks anywhere; only the last may be padded.
fn is_base64(text: &str) -> bool {
    let (mut letters, mut padding) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => letters += 1,
            b'=' if padding < 2 => padding += 1,
            b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => return false,
        }
    }
    letters > 0 && (letters + padding).is_multiple_of(4)
}

/// `[0-2](\.(0|[1-9][0-9]*))+`
fn is_oid(text: &str) -> bool {
    let mut parts = text.split('.');
    let first = parts.next().is_some_and(|first| matches!(first, "0" | "1" | "2"));
    let mut more = 0;
    let rest = parts.all(|part| {
        more += 1;
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    });
    first && rest && more > 0
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// A number of so many digits at the start.
fn digits(text: &[u8], many: usize) -> Option<u32> {
    let digits = text.get(..many)?;
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
}

fn in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD` at the start: how long it is.
fn date(text: &[u8]) -> Option<usize> {
    let year = digits(text, 4).filter(|year| *year > 0)?;
    if text.get(4) != Some(&b'-') {
        return Some(4);
    }
    let month = digits(&text[5..], 2).filter(|month| (1..=12).contains(month))?;
    if text.get(7) != Some(&b'-') {
        return Some(7);
    }
    digits(&text[8..], 2).filter(|day| (1..=in_month(year, month)).contains(day))?;
    Some(10)
}

/// `hh:mm:ss`, perhaps with a fraction, at the start: how long it is.
fn time(text: &[u8]) -> Option<usize> {
    digits(text, 2).filter(|hour| *hour < 24)?;
    (text.get(2) == Some(&b':')).then_some(())?;
    digits(&text[3..], 2).filter(|minute| *minute < 60)?;
    (text.get(5) == Some(&b':')).then_some(())?;
    // A leap second is one.
    digits(&text[6..], 2).filter(|second| *second <= 60)?;
    if text.get(8) != Some(&b'.') {
        return Some(8);
    }
    let fraction = text[9..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    (fraction > 0).then_some(9 + fraction)
}

/// `Z` or an offset of 14 hours at most, and nothing after it.
fn is_offset(text: &[u8]) -> bool {
    match text {
        [b'Z'] => true,
        [b'+' | b'-', _, _, b':', _, _] => {
            let (hours, minutes) = (digits(&text[1..], 2), digits(&text[4..], 2));
            hours.zip(minutes).is_some_and(|(h, m)| (h < 14 && m < 60) || (h == 14 && m == 0))
        }
        _ => false,
    }
}

fn is_instant(text: &[u8]) -> bool {
    if date(text) != Some(10) || text.get(10) != Some(&b'T') {
        return false;
    }
    time(&text[11..]).is_some_and(|length| is_offset(&text[11 + length..]))
}

fn is_date_time(text: &[u8]) -> bool {
    date(text) == Some(text.len()) || is_instant(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fits(name: &str, value: &Value) -> bool {
        Primitive::named(name).unwrap().check(value).is_ok()
    }

    #[test]
    fn names_and_types_go_together() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        for (name, primitive) in NAMES {
            assert_eq!((primitive.name(), Primitive::named(name)), (name, Some(primitive)));
        }
        assert_eq!(Primitive::named("HumanName"), None);
    }

    #[test]
    fn what_is_written_as_its_type_is_fits() {
        let long = "x".repeat(LONGEST);
        for (name, good, bad) in [
            ("boolean", json!([true, false]), json!(["true", 1])),
            ("integer", json!([0, -1, 2_147_483_647]), json!(["1", 1.0, 1e3, 2_147_483_648_u32, true])),
            ("positiveInt", json!([1]), json!([0, -1])),
            ("unsignedInt", json!([0]), json!([-1, 1.5])),
            ("decimal", json!([1.50, -0.1e-3, 7]), json!(["1"])),
            ("string", json!([" ", "a\tb\nc", long]), json!(["", "a\u{1}", format!("{long}x"), 1])),
            ("code", json!(["a", "a b", "a\u{a0}"]), json!(["", " a", "a ", "a  b"])),
            ("uri", json!(["urn:x", "a"]), json!(["", "a b"])),
            ("id", json!(["a-1.B"]), json!(["a_b", "é"])),
            (
                "oid",
                json!(["urn:oid:1.2.0", "urn:oid:2.16"]),
                json!(["1.2", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.02"]),
            ),
            (
                "uuid",
                json!(["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"]),
                json!(["urn:uuid:C757873D-ec9a-4326-a141-556f43239520", "c757873d-ec9a-4326-a141-556f43239520"]),
            ),
            ("base64Binary", json!(["QUJD", "QU\n/+", "QQ=="]), json!(["QUJ", "Q===", "QQ=A", "=", "*AAA"])),
            (
                "date",
                json!(["2024", "2024-02", "2024-02-29"]),
                json!(["0000", "2023-02-29", "2024-13", "24", "2024-1"]),
            ),
            (
                "dateTime",
                json!(["2024", "2024-02-29T23:59:60Z", "2024-01-01T00:00:00.123-03:00"]),
                json!([
                    "2024-01-01T00:00",
                    "2024-01-01T00:00:00",
                    "2024-01-01T24:00:00Z",
                    "2024-01-01T00:00:00+14:30",
                    "2024-01T00:00:00Z"
                ]),
            ),
            ("instant", json!(["2024-01-01T00:00:00Z"]), json!(["2024-01-01", "2024-01-01T00:00:00.Z"])),
            ("time", json!(["23:59:00", "00:00:00.5"]), json!(["23:59", "1:00:00", "00:00:00Z"])),
        ] {
            for value in good.as_array().unwrap() {
                assert!(fits(name, value), "{name}: {value:.40}");
            }
            for value in bad.as_array().unwrap() {
                assert!(!fits(name, value), "{name}: {value:.40}");
            }
        }
    }
}
