//! Dates, times of day and points in time as FHIRPath knows them: with the precision they were written in.

use std::fmt;

use jiff::{civil, tz::TimeZone};

use crate::Instant;

/// What a [`Temporal`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A day, month or year.
    Date,
    /// A day, month or year with or without a time of day and an offset.
    DateTime,
    /// A time of day.
    Time,
}

/// The last part that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Precision {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

/// A date, dateTime or time. Parts past the precision are those of the beginning: month and day 1, the rest 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Temporal {
    pub(super) kind: Kind,
    pub(super) precision: Precision,
    /// Civil parts as written; of a time the date is 0001-01-01.
    pub(super) at: civil::DateTime,
    /// Minutes east of UTC, where an offset was written.
    pub(super) offset: Option<i16>,
}

impl Temporal {
    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The last part that was written.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub fn date(text: &str) -> Option<Temporal> {
        let mut reader = Reader { rest: text.as_bytes() };
        let it = reader.date()?;
        reader.rest.is_empty().then_some(it)
    }

    /// Reads a date, or a date with `Thh[:mm[:ss[.fff]]]` and an optional offset. A `T` with nothing behind it is
    /// allowed, as literals have it.
    pub fn date_time(text: &str) -> Option<Temporal> {
        let mut reader = Reader { rest: text.as_bytes() };
        let mut it = reader.date()?;
        it.kind = Kind::DateTime;
        if reader.rest.is_empty() || reader.rest == b"T" {
            return Some(it);
        }
        if it.precision != Precision::Day {
            return None;
        }
        reader.expect(b'T')?;
        let (time, precision) = reader.time()?;
        it.at = it.at.date().to_datetime(time);
        it.precision = precision;
        it.offset = reader.offset()?;
        reader.rest.is_empty().then_some(it)
    }

    /// Reads `hh[:mm[:ss[.fff]]]`.
    pub fn time(text: &str) -> Option<Temporal> {
        let mut reader = Reader { rest: text.as_bytes() };
        let (time, precision) = reader.time()?;
        let at = civil::date(1, 1, 1).to_datetime(time);
        reader.rest.is_empty().then_some(Temporal { kind: Kind::Time, precision, at, offset: None })
    }

    /// An instant as the clock of the zone shows it, to the millisecond and with its offset.
    pub fn of_instant(at: Instant, zone: &TimeZone) -> Temporal {
        let zoned = jiff::Timestamp::from(at).to_zoned(zone.clone());
        let minutes = i16::try_from(zoned.offset().seconds() / 60).unwrap_or(0);
        Temporal {
            kind: Kind::DateTime,
            precision: Precision::Millisecond,
            at: zoned.datetime(),
            offset: Some(minutes),
        }
    }

    /// The day alone, where at least a day was written.
    pub(super) fn to_date(self) -> Option<Temporal> {
        if self.kind == Kind::Time {
            return None;
        }
        let precision = self.precision.min(Precision::Day);
        let at = self.at.date().to_datetime(civil::Time::midnight());
        Some(Temporal { kind: Kind::Date, precision, at, offset: None })
    }

    /// The same as a point in time of the same precision.
    pub(super) fn to_date_time(self) -> Option<Temporal> {
        (self.kind != Kind::Time).then_some(Temporal { kind: Kind::DateTime, ..self })
    }

    /// The time of day alone.
    pub(super) fn to_time(self) -> Temporal {
        let at = civil::date(1, 1, 1).to_datetime(self.at.time());
        Temporal { kind: Kind::Time, at, offset: None, ..self }
    }
}

impl fmt::Display for Temporal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, precision) = (self.at, self.precision);
        if self.kind != Kind::Time {
            write!(f, "{:04}", at.year())?;
            if precision >= Precision::Month {
                write!(f, "-{:02}", at.month())?;
            }
            if precision >= Precision::Day {
                write!(f, "-{:02}", at.day())?;
            }
        }
        if precision < Precision::Hour {
            return Ok(());
        }
        let before = if self.kind == Kind::Time { "" } else { "T" };
        write!(f, "{before}{:02}", at.hour())?;
        if precision >= Precision::Minute {
            write!(f, ":{:02}", at.minute())?;
        }
        if precision >= Precision::Second {
            write!(f, ":{:02}", at.second())?;
        }
        if precision >= Precision::Millisecond {
            write!(f, ".{:03}", at.subsec_nanosecond() / 1_000_000)?;
        }
        match self.offset {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(minutes) => {
                let (sign, of) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
                write!(f, "{sign}{:02}:{:02}", of / 60, of % 60)
            }
        }
    }
}

struct Reader<'t> {
    rest: &'t [u8],
}

impl Reader<'_> {
    fn digits(&mut self, count: usize) -> Option<i16> {
        let digits = self.rest.get(..count)?;
        let number =
            digits.iter().try_fold(0_i16, |sum, d| d.is_ascii_digit().then(|| sum * 10 + i16::from(d - b'0')))?;
        self.rest = &self.rest[count..];
        Some(number)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn two(&mut self) -> Option<i8> {
        i8::try_from(self.digits(2)?).ok()
    }

    fn date(&mut self) -> Option<Temporal> {
        let (mut month, mut day, mut precision) = (1, 1, Precision::Year);
        let year = self.digits(4)?;
        if self.rest.first() == Some(&b'-') {
            self.expect(b'-')?;
            (month, precision) = (self.two()?, Precision::Month);
            if self.rest.first() == Some(&b'-') {
                self.expect(b'-')?;
                (day, precision) = (self.two()?, Precision::Day);
            }
        }
        let at = civil::Date::new(year, month, day).ok()?.to_datetime(civil::Time::midnight());
        (year > 0).then_some(Temporal { kind: Kind::Date, precision, at, offset: None })
    }

    fn time(&mut self) -> Option<(civil::Time, Precision)> {
        let (mut minute, mut second, mut nano, mut precision) = (0, 0, 0, Precision::Hour);
        let hour = self.two()?;
        if self.rest.first() == Some(&b':') {
            self.expect(b':')?;
            (minute, precision) = (self.two()?, Precision::Minute);
            if self.rest.first() == Some(&b':') {
                self.expect(b':')?;
                (second, precision) = (self.two()?, Precision::Second);
                if self.rest.first() == Some(&b'.') {
                    self.expect(b'.')?;
                    (nano, precision) = (self.fraction()?, Precision::Millisecond);
                }
            }
        }
        // A leap second is the last second of its minute here, as POSIX has it.
        let second = if second == 60 { 59 } else { second };
        Some((civil::Time::new(hour, minute, second, nano).ok()?, precision))
    }

    /// Digits of a second; those past the millisecond are cut.
    fn fraction(&mut self) -> Option<i32> {
        let count = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 || count > 18 {
            return None;
        }
        let millis = (0..3).fold(0, |sum, place| {
            sum * 10 + self.rest.get(place).filter(|_| place < count).map_or(0, |d| i32::from(d - b'0'))
        });
        self.rest = &self.rest[count..];
        Some(millis * 1_000_000)
    }

    /// Outer: nothing where what follows is no offset. Inner: nothing where no offset is written.
    fn offset(&mut self) -> Option<Option<i16>> {
        match self.rest {
            [] => Some(None),
            b"Z" => {
                self.rest = &[];
                Some(Some(0))
            }
            [sign @ (b'+' | b'-'), ..] => {
                let negative = *sign == b'-';
                self.rest = &self.rest[1..];
                let hours = self.digits(2)?;
                self.expect(b':')?;
                let minutes = self.digits(2)?;
                let of = (hours <= 14 && minutes < 60).then_some(hours * 60 + minutes)?;
                Some(Some(if negative { -of } else { of }))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["2012", "2012-02", "2012-02-29"] {
            assert_eq!(Temporal::date(text).map(|t| t.to_string()).as_deref(), Some(text));
        }
        for text in ["2012-02-29T10", "2012-02-29T10:30", "2012-02-29T10:30:05.120-03:00", "2012-02-29T10:30:05Z"] {
            assert_eq!(Temporal::date_time(text).map(|t| t.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Temporal::time("14:30").map(|t| t.to_string()).as_deref(), Some("14:30"));
        for no in ["", "12", "2012-13", "2011-02-29", "2012T10:00", "2012-02-29T", "2012-1-1", "0000"] {
            assert!(Temporal::date(no).is_none(), "{no}");
        }
        for no in ["2012-02-29T25:00", "2012-02-29T10:30:05+15:00", "2012T10", "2012-02-29T10:30:05.Z", "é"] {
            assert!(Temporal::date_time(no).is_none(), "{no}");
        }
        for no in ["24:00", "1:00", "10:00Z", "10:", ""] {
            assert!(Temporal::time(no).is_none(), "{no}");
        }
    }
}
