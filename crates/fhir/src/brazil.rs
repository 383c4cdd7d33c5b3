//! Brazilian identifiers: their check digits and how they are shown. Nothing here says to whom a number belongs.

/// The identifier system of the CPF in the national health data network.
pub const CPF_SYSTEM: &str = "http://rnds-fhir.saude.gov.br/NamingSystem/cpf";
/// The identifier system of the CNS (Cartão Nacional de Saúde) in the national health data network.
pub const CNS_SYSTEM: &str = "http://rnds-fhir.saude.gov.br/NamingSystem/cns";
/// The identifier system of a professional's council with its number and state (`CRM-SP 123456`). Each council numbers
/// for itself and the network has no one system for all of them, so this one is ours.
pub const COUNCIL_SYSTEM: &str = "urn:aroeira:fhir:professional-council";

/// The federation's units: 26 states and the federal district.
pub const STATES: &[&str] = &[
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR", "RJ",
    "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
];

/// The 11 digits of a CPF, written with or without its punctuation, if its check digits are right.
pub fn cpf_digits(text: &str) -> Option<String> {
    let digits = plain(text, 11)?;
    if !digits.iter().all(u8::is_ascii_digit) || digits.iter().all(|d| *d == digits[0]) {
        return None;
    }
    let right = check(&digits[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[9]
        && check(&digits[..10], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[10];
    right.then(|| digits.iter().map(|b| char::from(*b)).collect())
}

/// The 11 digits of a CPF as `123.456.789-09`; any other text as it is.
pub fn format_cpf(digits: &str) -> String {
    match split(digits) {
        Some([a, b, c, d]) => format!("{a}.{b}.{c}-{d}"),
        None => digits.to_owned(),
    }
}

/// A CPF, with or without punctuation, with its first three and last two digits hidden: `***.456.789-**`. Any other text
/// is hidden whole.
pub fn mask_cpf(text: &str) -> String {
    let digits = plain(text, 11).and_then(|digits| String::from_utf8(digits).ok());
    match digits.as_deref().and_then(split) {
        Some([_, b, c, _]) => format!("***.{b}.{c}-**"),
        None => "***.***.***-**".to_owned(),
    }
}

/// Whether a text is what [`mask_cpf`] leaves of a CPF.
pub fn is_masked_cpf(text: &str) -> bool {
    let middle = text.strip_prefix("***.").and_then(|rest| rest.strip_suffix("-**"));
    let group = |part: &str| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit() || b == b'*');
    middle.and_then(|middle| middle.split_once('.')).is_some_and(|(b, c)| group(b) && group(c))
}

/// The 15 digits of a CNS, spaces allowed between them, if it begins with 1, 2, 7, 8 or 9 and its weighted sum fits.
pub fn cns(text: &str) -> Option<String> {
    let digits = plain(text, 15)?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(digits[0], b'1' | b'2' | b'7' | b'8' | b'9') {
        return None;
    }
    let sum: u32 = digits.iter().zip((1..=15).rev()).map(|(d, weight)| u32::from(d - b'0') * weight).sum();
    sum.is_multiple_of(11).then(|| digits.iter().map(|b| char::from(*b)).collect())
}

/// The 14 characters of a CNPJ in capitals, written with or without its punctuation, if its check digits are right. The
/// first twelve may be letters since July 2026; a character counts as its ASCII code less 48.
pub fn cnpj(text: &str) -> Option<String> {
    let signs: Vec<u8> = plain(text, 14)?.iter().map(u8::to_ascii_uppercase).collect();
    let formed = signs[..12].iter().all(u8::is_ascii_alphanumeric) && signs[12..].iter().all(u8::is_ascii_digit);
    if !formed || signs.iter().all(|sign| *sign == signs[0]) {
        return None;
    }
    let right = check(&signs[..12], &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == signs[12]
        && check(&signs[..13], &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == signs[13];
    right.then(|| signs.iter().map(|b| char::from(*b)).collect())
}

/// The characters of a number without the signs it is written with, if there are exactly so many.
fn plain(text: &str, length: usize) -> Option<Vec<u8>> {
    if text.len() > 32 {
        return None;
    }
    let bytes: Vec<u8> = text.trim().bytes().filter(|b| !matches!(b, b'.' | b'-' | b'/' | b' ')).collect();
    (bytes.len() == length && bytes.is_ascii()).then_some(bytes)
}

/// The check digit of the signs by modulus 11: a remainder under 2 gives 0.
fn check(signs: &[u8], weights: &[u32]) -> u8 {
    let sum: u32 = signs.iter().zip(weights).map(|(sign, weight)| u32::from(sign - b'0') * weight).sum();
    match sum % 11 {
        0 | 1 => b'0',
        remainder => b'0' + (11 - remainder) as u8,
    }
}

/// The four groups of a CPF's digits.
fn split(digits: &str) -> Option<[&str; 4]> {
    let fits = digits.len() == 11 && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| [&digits[..3], &digits[3..6], &digits[6..9], &digits[9..]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpf_is_known_by_its_check_digits() {
        assert_eq!(cpf_digits(" 529.982.247-25 ").as_deref(), Some("52998224725"));
        assert_eq!(cpf_digits("52998224725").as_deref(), Some("52998224725"));
        for no in
            ["52998224724", "52998224735", "11111111111", "5299822472", "529982247255", "", "5299822472a", "５２９"]
        {
            assert_eq!(cpf_digits(no), None, "{no}");
        }
    }

    #[test]
    fn a_cpf_is_shown_whole_or_masked() {
        assert_eq!(format_cpf("52998224725"), "529.982.247-25");
        assert_eq!(format_cpf("x"), "x");
        assert_eq!(mask_cpf("529.982.247-25"), "***.982.247-**");
        assert_eq!(mask_cpf("52998224725"), "***.982.247-**");
        assert_eq!(mask_cpf("529982247"), "***.***.***-**");
        assert!(is_masked_cpf("***.982.247-**") && is_masked_cpf("***.***.***-**"));
        assert!(!is_masked_cpf("529.982.247-25") && !is_masked_cpf("***.98.247-**") && !is_masked_cpf(""));
    }

    #[test]
    fn a_cns_is_known_by_its_sum() {
        assert_eq!(cns("700 0000 0000 0005").as_deref(), Some("700000000000005"));
        assert_eq!(cns("700000000000006"), None);
        assert_eq!(cns("300000000000004"), None, "begins with 3");
        assert_eq!(cns("70000000000000"), None);
    }

    #[test]
    fn a_cnpj_may_have_letters() {
        assert_eq!(cnpj("12.ABC.345/01DE-35").as_deref(), Some("12ABC34501DE35"));
        assert_eq!(cnpj("12abc34501de35").as_deref(), Some("12ABC34501DE35"));
        assert_eq!(cnpj("11.222.333/0001-81").as_deref(), Some("11222333000181"));
        for no in ["12ABC34501DE36", "11222333000182", "00000000000000", "12ABC34501DEA5", ""] {
            assert_eq!(cnpj(no), None, "{no}");
        }
    }
}
