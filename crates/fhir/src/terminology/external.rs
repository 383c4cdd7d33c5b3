//! Code systems that nobody lists whole because their codes follow a grammar, and small ones of other houses.

use super::compose::Rule;
use crate::ucum;

/// Whether such a code system admits a code: outside `None` where it is none of them, inside `None` where it cannot be
/// told.
pub(super) fn admits(system: &str, code: &str, filters: &[Rule<'_>]) -> Option<Option<bool>> {
    let well_formed = match system {
        "urn:ietf:bcp:13" => is_media_type(code),
        "urn:ietf:bcp:47" => is_language(code),
        "urn:iso:std:iso:4217" => CURRENCIES.binary_search(&code).is_ok(),
        "urn:iso:std:iso:3166" => return Some(country(code, filters)),
        "urn:ietf:rfc:3986" => !code.is_empty() && !code.contains(char::is_whitespace),
        ucum::SYSTEM => return Some(unit(code, filters)),
        _ => return None,
    };
    Some(if filters.is_empty() { Some(well_formed) } else { None })
}

/// A unit of UCUM; the one filter in use is on what it is canonically (R4, 4.3.4.6).
fn unit(code: &str, filters: &[Rule<'_>]) -> Option<bool> {
    if !ucum::is_unit(code) {
        return Some(false);
    }
    let passes = |rule: &Rule<'_>| match (rule.property, rule.op) {
        ("canonical", "=") => ucum::comparable(code, rule.value),
        _ => None,
    };
    super::members::all(filters.iter().map(passes))
}

/// The codes of such a code system, where they are few.
pub(super) fn all(system: &str) -> Option<&'static [&'static str]> {
    (system == "urn:iso:std:iso:4217").then_some(CURRENCIES)
}

/// `type/subtype` with parameters (RFC 6838, 4.2), and the short forms that FHIR takes for its own formats (R4, 3.1.0.1.11).
fn is_media_type(code: &str) -> bool {
    let (kind, parameters) = code.split_once(';').map_or((code, None), |(kind, rest)| (kind, Some(rest)));
    let name = |text: &str| {
        (1..=127).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let parameter = |text: &str| {
        let (key, value) = text.trim().split_once('=').unwrap_or_default();
        let quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
        name(key) && (quoted || (!value.is_empty() && !value.contains([' ', '"', ';', ','])))
    };
    let short = matches!(code, "xml" | "json" | "ttl");
    let whole = kind.trim_end().split_once('/').is_some_and(|(family, subtype)| name(family) && name(subtype));
    short || (whole && parameters.is_none_or(|list| list.split(';').all(parameter)))
}

/// A language tag as RFC 5646 has it, by form: its subtags are not looked up.
fn is_language(code: &str) -> bool {
    let mut subtags = code.split('-').peekable();
    let letters =
        |text: &str, sizes: &[usize]| sizes.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic());
    let alphanumeric = |text: &str| (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let Some(first) = subtags.next() else { return false };
    if matches!(first, "x" | "i") {
        return subtags.peek().is_some() && subtags.all(alphanumeric);
    }
    if !letters(first, &[2, 3, 4, 5, 6, 7, 8]) {
        return false;
    }
    if first.len() <= 3 {
        for _ in 0..3 {
            subtags.next_if(|text| letters(text, &[3]));
        }
    }
    subtags.next_if(|text| letters(text, &[4]));
    subtags.next_if(|text| letters(text, &[2]) || (text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit())));
    let variant = |text: &&str| {
        alphanumeric(text) && (text.len() >= 5 || (text.len() == 4 && text.as_bytes()[0].is_ascii_digit()))
    };
    while subtags.next_if(|text| variant(text)).is_some() {}
    // Extensions and what is private: a singleton, then subtags.
    while let Some(singleton) = subtags.next() {
        let shortest = if singleton.eq_ignore_ascii_case("x") { 1 } else { 2 };
        let mut any = false;
        while subtags.next_if(|text| alphanumeric(text) && text.len() >= shortest).is_some() {
            any = true;
        }
        if singleton.len() != 1 || !alphanumeric(singleton) || !any {
            return false;
        }
    }
    true
}

/// A code of ISO 3166-1: what has none of its three forms is no code; whether a country has it is not told here.
fn country(code: &str, filters: &[Rule<'_>]) -> Option<bool> {
    let upper = |size: usize| code.len() == size && code.bytes().all(|b| b.is_ascii_uppercase());
    let digits = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
    let admitted = |rule: &Rule<'_>| match (rule.property, rule.op, rule.value) {
        ("code", "regex", "[A-Z]{2}") => upper(2),
        ("code", "regex", "[A-Z]{3}") => upper(3),
        ("code", "regex", "[0-9]{3}") => digits,
        _ => true,
    };
    let formed = upper(2) || upper(3) || digits;
    if formed && filters.iter().all(admitted) { None } else { Some(false) }
}

/// The currencies and funds of ISO 4217 (list one, and those it dropped since 2015 that records still hold), sorted.
#[rustfmt::skip]
const CURRENCIES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
    "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BYR", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW",
    "CLF", "CLP", "CNY", "COP", "COU", "CRC", "CUC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN",
    "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG",
    "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW",
    "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP",
    "MRO", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR",
    "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG",
    "SEK", "SGD", "SHP", "SLE", "SLL", "SOS", "SRD", "SSP", "STD", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT",
    "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "USN", "UYI", "UYU", "UYW", "UZS", "VED", "VEF",
    "VES", "VND", "VUV", "WST", "XAF", "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XCD", "XCG", "XDR", "XOF", "XPD",
    "XPF", "XPT", "XSU", "XTS", "XUA", "XXX", "YER", "ZAR", "ZMW", "ZWG", "ZWL",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_have_a_form() {
        for right in
            ["application/fhir+json", "text/plain", "text/plain; charset=utf-8", "image/svg+xml", "xml", "json"]
        {
            assert!(is_media_type(right), "{right}");
        }
        for wrong in ["", "text", "text/", "/plain", "a b/c", "text/plain;", "text/plain; charset", "text/pl ain"] {
            assert!(!is_media_type(wrong), "{wrong}");
        }
    }

    #[test]
    fn languages_have_a_form() {
        for right in [
            "pt",
            "pt-BR",
            "en-US",
            "zh-Hant-TW",
            "nl",
            "sl-rozaj-biske",
            "de-CH-1996",
            "x-clinic",
            "en-a-bbb-x-c",
            "es-419",
            "i-klingon",
        ] {
            assert!(is_language(right), "{right}");
        }
        for wrong in ["", "p", "pt_BR", "pt-", "-BR", "português", "en--US", "en-a", "1a", "x"] {
            assert!(!is_language(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_currencies_are_sorted() {
        assert!(CURRENCIES.is_sorted_by(|a, b| a < b));
    }
}
