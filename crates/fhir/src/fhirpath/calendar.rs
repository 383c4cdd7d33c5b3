//! Order and arithmetic of dates and times: partial precisions, offsets, and the units of the calendar.

use std::cmp::Ordering;

use jiff::{Span, civil, tz::TimeZone};

use super::{
    decimal::Decimal,
    temporal::{Kind, Precision, Temporal},
};

/// The keywords of the grammar for lengths of time, and the precision each is of. Weeks count as days.
const UNITS: &[(&str, &str, Precision)] = &[
    ("year", "years", Precision::Year),
    ("month", "months", Precision::Month),
    ("week", "weeks", Precision::Day),
    ("day", "days", Precision::Day),
    ("hour", "hours", Precision::Hour),
    ("minute", "minutes", Precision::Minute),
    ("second", "seconds", Precision::Second),
    ("millisecond", "milliseconds", Precision::Millisecond),
];

/// The singular of a calendar unit, where the word is one.
pub(super) fn unit(word: &str) -> Option<&'static str> {
    UNITS.iter().find(|(one, many, _)| *one == word || *many == word).map(|(one, _, _)| *one)
}

/// The calendar unit that a UCUM code stands for in FHIR quantities (R4, FHIRPath: use of System.Quantity).
pub(super) fn unit_of_code(code: &str) -> Option<&'static str> {
    Some(match code {
        "a" => "year",
        "mo" => "month",
        "wk" => "week",
        "d" => "day",
        "h" => "hour",
        "min" => "minute",
        "s" => "second",
        "ms" => "millisecond",
        _ => return None,
    })
}

/// Milliseconds of a unit that has a fixed length: a week and below.
pub(super) fn fixed_length(unit: &str) -> Option<i64> {
    Some(match unit {
        "week" => 604_800_000,
        "day" => 86_400_000,
        "hour" => 3_600_000,
        "minute" => 60_000,
        "second" => 1000,
        "millisecond" => 1,
        _ => return None,
    })
}

/// How `a` stands to `b`; nothing where their precisions do not tell. The outer `None` is for a time against a date.
/// Points in time without an offset are read in `zone`.
pub(super) fn compare(a: &Temporal, b: &Temporal, zone: &TimeZone) -> Option<Option<Ordering>> {
    if (a.kind == Kind::Time) != (b.kind == Kind::Time) {
        return None;
    }
    let (mut x, mut y) = (a.at, b.at);
    let timed = a.precision >= Precision::Hour && b.precision >= Precision::Hour;
    if a.kind != Kind::Time && timed && a.offset != b.offset {
        (x, y) = (in_utc(a, zone), in_utc(b, zone));
    }
    let shared = a.precision.min(b.precision);
    let order = parts(x, shared).cmp(&parts(y, shared));
    // Seconds and their fraction are one precision, a decimal of seconds.
    let same = a.precision == b.precision || shared == Precision::Second;
    if shared == Precision::Second {
        return Some(Some(x.cmp(&y)));
    }
    Some(if order == Ordering::Equal && !same { None } else { Some(order) })
}

/// Whether two are written alike: of one precision and at the same point.
pub(super) fn equivalent(a: &Temporal, b: &Temporal, zone: &TimeZone) -> bool {
    let fine = |t: &Temporal| t.precision.min(Precision::Second);
    fine(a) == fine(b) && compare(a, b, zone) == Some(Some(Ordering::Equal))
}

fn in_utc(it: &Temporal, zone: &TimeZone) -> civil::DateTime {
    let seconds = match it.offset {
        Some(minutes) => i64::from(minutes) * 60,
        None => zone
            .to_ambiguous_timestamp(it.at)
            .compatible()
            .map_or(0, |stamp| i64::from(zone.to_offset(stamp).seconds())),
    };
    it.at.checked_sub(Span::new().seconds(seconds)).unwrap_or(it.at)
}

fn parts(at: civil::DateTime, to: Precision) -> [i32; 7] {
    let all = [
        i32::from(at.year()),
        i32::from(at.month()),
        i32::from(at.day()),
        i32::from(at.hour()),
        i32::from(at.minute()),
        i32::from(at.second()),
        at.subsec_nanosecond(),
    ];
    let mut kept = [0; 7];
    let count = to as usize + 1;
    kept[..count].copy_from_slice(&all[..count]);
    kept
}

/// Why a length of time cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The unit is none of the calendar's.
    Unit,
    /// The result is outside the years 0001 to 9999.
    Range,
}

/// `it` plus `amount` of the calendar unit `unit`. An amount finer than the precision of `it` is converted to that
/// precision and cut (N1, 6.6.7); all but seconds count whole.
pub(super) fn add(it: &Temporal, amount: Decimal, unit: &str) -> Result<Temporal, Refusal> {
    let precision = UNITS.iter().find(|(one, ..)| *one == unit).map(|(_, _, p)| *p).ok_or(Refusal::Unit)?;
    if it.kind == Kind::Time {
        return add_time(it, amount, unit);
    }
    let millis = match unit {
        "second" => amount.checked_mul(Decimal::from(1000)).ok_or(Refusal::Range)?.truncate(),
        _ => amount.truncate(),
    };
    let whole: i64 = millis.to_string().parse().map_err(|_| Refusal::Range)?;
    let span = if precision > it.precision && precision > Precision::Year {
        coarser(whole, unit, it.precision)
    } else {
        span(whole, unit)
    };
    let at = span.and_then(|span| it.at.checked_add(span).ok()).filter(|at| at.year() > 0).ok_or(Refusal::Range)?;
    let precision = match (it.precision, precision) {
        (Precision::Second, Precision::Millisecond) => Precision::Millisecond,
        (Precision::Second, _) if at.subsec_nanosecond() != 0 => Precision::Millisecond,
        (own, _) => own,
    };
    Ok(Temporal { at, precision, ..*it })
}

fn span(whole: i64, unit: &str) -> Option<Span> {
    let span = Span::new();
    match unit {
        "year" => span.try_years(whole),
        "month" => span.try_months(whole),
        "week" => span.try_weeks(whole),
        "day" => span.try_days(whole),
        "hour" => span.try_hours(whole),
        "minute" => span.try_minutes(whole),
        _ => span.try_milliseconds(whole),
    }
    .ok()
}

/// The amount in the unit of a coarser precision, cut: 24 months are 2 years, 30 days a month, 365 days a year.
fn coarser(whole: i64, unit: &str, to: Precision) -> Option<Span> {
    if to == Precision::Second {
        return span(whole, unit);
    }
    if unit == "month" {
        return span(whole / 12, "year");
    }
    let millis = match unit {
        "second" => whole,
        _ => whole.checked_mul(fixed_length(unit)?)?,
    };
    let day = 86_400_000;
    match to {
        Precision::Year => span(millis / day / 365, "year"),
        Precision::Month => span(millis / day / 30, "month"),
        Precision::Day => span(millis / day, "day"),
        Precision::Hour => span(millis / 3_600_000, "hour"),
        _ => span(millis / 60_000, "minute"),
    }
}

/// A time of day goes round at midnight.
fn add_time(it: &Temporal, amount: Decimal, unit: &str) -> Result<Temporal, Refusal> {
    let length = match unit {
        "hour" | "minute" | "second" | "millisecond" => fixed_length(unit).ok_or(Refusal::Unit)?,
        _ => return Err(Refusal::Unit),
    };
    let amount = if unit == "second" { amount } else { amount.truncate() };
    let millis = amount.checked_mul(Decimal::from(length)).ok_or(Refusal::Range)?.truncate();
    let mut millis: i64 = millis.to_string().parse().map_err(|_| Refusal::Range)?;
    let (step, precision) = match it.precision {
        Precision::Hour => (3_600_000, it.precision),
        Precision::Minute => (60_000, it.precision),
        _ if millis % 1000 != 0 => (1, Precision::Millisecond),
        _ => (1, it.precision),
    };
    millis = millis / step * step % 86_400_000;
    let at = it.at.time().wrapping_add(Span::new().milliseconds(millis));
    Ok(Temporal { at: it.at.date().to_datetime(at), precision, ..*it })
}
