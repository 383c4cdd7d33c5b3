//! Points and stretches of time as FHIR writes them: an instant to the millisecond, and the interval that a date of any
//! precision stands for.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC with three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

/// A text that is no RFC 3339 instant between the years 0001 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 instant")]
pub struct NotAnInstant;

/// Length of a written [`Instant`].
const WRITTEN: usize = 24;
const DAY: i64 = 86_400_000;
/// 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what four digits of year can say.
const FIRST: i64 = -62_135_596_800_000;
const LAST: i64 = 253_402_300_799_999;

impl Instant {
    /// Appends the 24 characters of the instant. Outside the years 0001..9999 the nearest end is written.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.written());
    }

    fn written(self) -> [u8; WRITTEN] {
        let at = self.0.clamp(FIRST, LAST);
        let (days, of_day) = (at.div_euclid(DAY), at.rem_euclid(DAY));
        // Civil date from days: the well-known algorithm over 400-year eras that start in March.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);

        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text[0..4], year);
        put(&mut text[5..7], month);
        put(&mut text[8..10], day);
        put(&mut text[11..13], of_day / 3_600_000);
        put(&mut text[14..16], of_day / 60_000 % 60);
        put(&mut text[17..19], of_day / 1000 % 60);
        put(&mut text[20..23], of_day % 1000);
        text
    }
}

/// Writes a number right-aligned in decimal digits, zeros before.
fn put(digits: &mut [u8], mut number: i64) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.written()).unwrap_or_default())
    }
}

impl FromStr for Instant {
    type Err = NotAnInstant;

    /// Reads any RFC 3339 instant; digits past the millisecond are cut.
    fn from_str(text: &str) -> Result<Instant, NotAnInstant> {
        match Moment::parse(text.as_bytes()) {
            Some(Moment::Instant { low, .. }) => Ok(Instant(low)),
            _ => Err(NotAnInstant),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The nearest that jiff can hold, which is the same but in the last hours of the year 9999.
impl From<Instant> for Timestamp {
    fn from(at: Instant) -> Timestamp {
        Timestamp::from_millisecond(at.0).unwrap_or(if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Instant {
        Instant(at.as_millisecond())
    }
}

/// The stretch of time a FHIR date, dateTime or instant stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The first millisecond of it.
    pub low: Instant,
    /// The first millisecond after it.
    pub high: Instant,
}

impl Period {
    /// Before everything that can be written, and after: the ends of an open period.
    pub const EVER: Period = Period { low: Instant(FIRST), high: Instant(LAST + 1) };

    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD` (whole days of `zone`) or a dateTime to the minute, the second or a part of
    /// one; a dateTime without an offset is read in `zone`. Years 0001 to 9999. Nothing else is a FHIR date (R4
    /// datatypes, 2.24.0.1); the missing seconds and offset are leniency for search values.
    pub fn parse(text: &str, zone: &TimeZone) -> Option<Period> {
        let (low, high) = match Moment::parse(text.as_bytes())? {
            Moment::Instant { low, span } => (low, low + span),
            Moment::Days { from, to } => {
                let high = to.map_or(LAST + 1, |to| local(to.at(0, 0, 0, 0), zone));
                (local(from.at(0, 0, 0, 0), zone), high)
            }
            Moment::Local { at, span } => {
                let low = local(at, zone);
                (low, low + span)
            }
        };
        Some(Period { low: Instant(low), high: Instant(high) })
    }
}

/// A civil time in a zone as milliseconds. In a gap or fold of the clock the offset before it counts (RFC 5545).
fn local(at: civil::DateTime, zone: &TimeZone) -> i64 {
    use jiff::tz::AmbiguousOffset::{Fold, Gap, Unambiguous};
    let (Unambiguous { offset } | Gap { before: offset, .. } | Fold { before: offset, .. }) =
        zone.to_ambiguous_timestamp(at).offset();
    utc(at) - i64::from(offset.seconds()) * 1000
}

/// A civil time of UTC as milliseconds. jiff's own timestamps end a day before the year 9999 does.
fn utc(at: civil::DateTime) -> i64 {
    let (year, month, day) = (i64::from(at.year()), i64::from(at.month()), i64::from(at.day()));
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second());
    days * DAY + seconds * 1000 + i64::from(at.subsec_nanosecond()) / 1_000_000
}

/// What a date text says before a zone is applied. `span` is in milliseconds; `to` is absent past the year 9999.
enum Moment {
    Days { from: civil::Date, to: Option<civil::Date> },
    Local { at: civil::DateTime, span: i64 },
    Instant { low: i64, span: i64 },
}

impl Moment {
    fn parse(text: &[u8]) -> Option<Moment> {
        let year = number(text.get(..4)?)?;
        if year == 0 {
            return None;
        }
        let year = i16::try_from(year).ok()?;
        if text.len() == 4 {
            let to = if year == 9999 { None } else { civil::Date::new(year + 1, 1, 1).ok() };
            return Some(Moment::Days { from: civil::Date::new(year, 1, 1).ok()?, to });
        }
        let month = two(text, 4, b'-')?;
        if text.len() == 7 {
            let from = civil::Date::new(year, month, 1).ok()?;
            return Some(Moment::Days { from, to: from.last_of_month().tomorrow().ok() });
        }
        let date = civil::Date::new(year, month, two(text, 7, b'-')?).ok()?;
        if text.len() == 10 {
            return Some(Moment::Days { from: date, to: date.tomorrow().ok() });
        }
        Moment::time(date, text)
    }

    /// The rest after the date: `Thh:mm[:ss[.fff]][Z|+hh:mm|-hh:mm]`.
    fn time(date: civil::Date, text: &[u8]) -> Option<Moment> {
        let hour = two(text, 10, b'T')?;
        let minute = two(text, 13, b':')?;
        let (mut second, mut milli, mut span, mut rest) = (0, 0, 60_000, &text[16..]);
        if rest.first() == Some(&b':') {
            (second, span, rest) = (two(text, 16, b':')?, 1000, &text[19..]);
            if let Some(fraction) = rest.strip_prefix(b".") {
                let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
                if digits == 0 || digits > 18 {
                    return None;
                }
                for place in 0..3 {
                    milli =
                        milli * 10 + fraction.get(place).filter(|_| place < digits).map_or(0, |d| i32::from(d - b'0'));
                }
                span = [100, 10, 1][digits.min(3) - 1];
                rest = &fraction[digits..];
            }
        }
        // A leap second is the last second of its minute here, as POSIX has it.
        let second = if second == 60 { 59 } else { second };
        let at = civil::DateTime::new(date.year(), date.month(), date.day(), hour, minute, second, milli * 1_000_000)
            .ok()?;
        let offset = match rest {
            [] => return Some(Moment::Local { at, span }),
            b"Z" => 0,
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let (hours, minutes) = (number(&rest[1..3])?, number(&rest[4..6])?);
                if hours > 14 || minutes > 59 {
                    return None;
                }
                let minutes = i64::from(hours * 60 + minutes) * 60_000;
                if *sign == b'-' { -minutes } else { minutes }
            }
            _ => return None,
        };
        let low = utc(at) - offset;
        Some(Moment::Instant { low, span })
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, d| d.is_ascii_digit().then(|| sum * 10 + u32::from(d - b'0')))
}

/// Two digits after the given separator at `at`.
fn two(text: &[u8], at: usize, separator: u8) -> Option<i8> {
    let part = text.get(at..at + 3)?;
    if part[0] != separator {
        return None;
    }
    i8::try_from(number(&part[1..])?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Option<(String, String)> {
        let zone = TimeZone::get("America/Sao_Paulo").expect("bundled zone");
        Period::parse(text, &zone).map(|p| (p.low.to_string(), p.high.to_string()))
    }

    #[test]
    fn an_instant_is_written_in_24_characters_and_read_back() {
        for (millis, text) in [
            (1_795_305_300_123, "2026-11-21T23:55:00.123Z"),
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (FIRST, "0001-01-01T00:00:00.000Z"),
            (LAST, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Instant(millis).to_string(), text);
            assert_eq!(text.parse(), Ok(Instant(millis)));
        }
        for step in 0..200_000_i64 {
            let at = Instant(FIRST + step * 1_577_000_313);
            assert_eq!(at.to_string(), format!("{:.3}", Timestamp::from(at)));
            assert_eq!(at.to_string().parse(), Ok(at));
        }
        assert!("2026-11-21".parse::<Instant>().is_err());
        assert!("2026-11-21T10:00:00".parse::<Instant>().is_err());
    }

    #[test]
    fn an_instant_is_a_json_string() {
        let at: Instant = serde_json::from_str("\"2026-11-21T20:55:00.1-03:00\"").unwrap();
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-11-21T23:55:00.100Z\"");
    }

    #[test]
    fn dates_stand_for_whole_stretches() {
        let of = |low: &str, high: &str| Some((low.to_owned(), high.to_owned()));
        assert_eq!(period("2026"), of("2026-01-01T03:00:00.000Z", "2027-01-01T03:00:00.000Z"));
        assert_eq!(period("2026-12"), of("2026-12-01T03:00:00.000Z", "2027-01-01T03:00:00.000Z"));
        assert_eq!(period("2024-02-29"), of("2024-02-29T03:00:00.000Z", "2024-03-01T03:00:00.000Z"));
        assert_eq!(period("2026-11-21T10:00:00-03:00"), of("2026-11-21T13:00:00.000Z", "2026-11-21T13:00:01.000Z"));
        assert_eq!(period("2026-11-21T10:00:00.25Z"), of("2026-11-21T10:00:00.250Z", "2026-11-21T10:00:00.260Z"));
        assert_eq!(period("2026-11-21T10:00"), of("2026-11-21T13:00:00.000Z", "2026-11-21T13:01:00.000Z"));
        assert_eq!(period("9999").map(|p| p.0), Some("9999-01-01T03:00:00.000Z".to_owned()));
        assert_eq!(period("9999-12-31").map(|p| p.0), Some("9999-12-31T03:00:00.000Z".to_owned()));
        // Summer time began at midnight of this day: it starts an hour later.
        assert_eq!(period("2018-11-04"), of("2018-11-04T03:00:00.000Z", "2018-11-05T02:00:00.000Z"));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "20",
            "0000",
            "2026-",
            "2026-13",
            "2026-02-29",
            "2026-1-1",
            "2026-11-21T",
            "2026-11-21T25:00:00Z",
            "2026-11-21T10:00:00+15:00",
            "2026-11-21T10:00:00.Z",
            "2026-11-21T10:00:00z",
            "2026-11-21 10:00:00Z",
            "10000",
            "ab26",
            "2026-11-21T10:00:00Zé",
            "２０２６",
        ] {
            assert_eq!(period(text), None, "{text}");
        }
    }
}
