//! Until when a certificate may be used: the one date of it that somebody must be told of in time.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Seconds since 1970 at which a certificate (DER) ends.
pub(super) fn ends(certificate: &[u8]) -> Option<i64> {
    let (_, certificate, _) = element(certificate)?;
    let (_, signed, _) = element(certificate)?;
    // version (may be missing), serial, algorithm, issuer, then the two dates.
    let (tag, _, after) = element(signed)?;
    let mut rest = if tag == VERSION { element(after)?.2 } else { after };
    for _ in 0..2 {
        rest = element(rest)?.2;
    }
    let (tag, dates, _) = element(rest)?;
    let (_, _, last) = element(dates).filter(|_| tag == SEQUENCE)?;
    let (tag, text, _) = element(last)?;
    let text = std::str::from_utf8(text).ok()?;
    // RFC 5280: two digits of the year mean 1950 to 2049.
    let text = match tag {
        UTC_TIME if text.get(..2)? >= "50" => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let time: DateTime = strtime::parse("%Y%m%d%H%M%SZ", text).ok()?.to_datetime().ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Tag, content and what follows of the first element.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, der) = der.split_first()?;
    let (&first, mut der) = der.split_first()?;
    let mut length = usize::from(first);
    if first & 0x80 != 0 {
        let (bytes, rest) = der.split_at_checked(usize::from(first & 0x7f)).filter(|(bytes, _)| bytes.len() <= 4)?;
        length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        der = rest;
    }
    let (content, rest) = der.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate's outer parts, with these dates.
    fn certificate(version: bool, tag: u8, until: &str) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        let dates = [wrap(UTC_TIME, b"200101000000Z"), wrap(tag, until.as_bytes())].concat();
        let head = if version { wrap(VERSION, &[2, 1, 2]) } else { Vec::new() };
        let signed = [head, wrap(2, &[7]), wrap(SEQUENCE, &[]), wrap(SEQUENCE, &[]), wrap(SEQUENCE, &dates)].concat();
        wrap(SEQUENCE, &wrap(SEQUENCE, &signed))
    }

    #[test]
    fn the_end_is_read_in_both_ways_of_writing_it() {
        for version in [true, false] {
            assert_eq!(ends(&certificate(version, UTC_TIME, "261122123456Z")), Some(1_795_350_896));
            assert_eq!(ends(&certificate(version, GENERALIZED_TIME, "20261122123456Z")), Some(1_795_350_896));
        }
        assert_eq!(ends(&certificate(true, UTC_TIME, "700101000000Z")), Some(0));
    }

    #[test]
    fn what_is_cut_has_no_end_and_does_no_harm() {
        let whole = certificate(true, UTC_TIME, "261122123456Z");
        for length in 0..whole.len() {
            assert_eq!(ends(&whole[..length]), None, "{length}");
        }
    }
}
