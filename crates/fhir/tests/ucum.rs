//! Units of measure, as UCUM has them.

use aroeira_fhir::fhirpath::Decimal;
use aroeira_fhir::terminology::value_set;
use aroeira_fhir::ucum::{canonical, comparable, convert, is_unit};

fn converted(value: &str, from: &str, to: &str) -> Option<String> {
    let value: Decimal = value.parse().expect("a decimal");
    convert(value, from, to).map(|found| found.to_string())
}

#[test]
fn a_unit_has_a_grammar() {
    for unit in [
        "mg",
        "kg/m2",
        "mm[Hg]",
        "mL/min/{1.73_m2}",
        "10*3/uL",
        "10*-6",
        "10^3",
        "/min",
        "{beats}/min",
        "{score}",
        "%",
        "1",
        "Cel",
        "[degF]",
        "mmol/L",
        "m.s-2",
        "kg.m/s2",
        "(kg.m)/s2",
        "/(m.s)",
        "[in_i'H2O]",
        "m[H2O]",
        "mo_s",
        "dB",
        "B[10.nV]",
        "[iU]/mL",
        "m+2",
        "ug/kg/h",
        "mol/kg{creat}",
        "100",
        "[m/s2/Hz^(1/2)]",
        "a_g",
        "daL",
        "KiBy",
        "umol/(24.h)",
        "g%",
        "meq/L",
        "u[IU]/mL",
        "[pH]",
        "d",
        "wk",
    ] {
        assert!(is_unit(unit), "{unit}");
    }
    for not in [
        "",
        " ",
        "mg ",
        "Kg",
        "kg/",
        "kg//m",
        "kg m",
        "m^2",
        "kg..m",
        "(kg",
        "(kg){open",
        "kg)",
        "m[hg]",
        "{open",
        "{é}",
        "mmHg",
        "xyz",
        "m-",
        "m0",
        "m2.3a",
        "k",
        "kkg",
        "k[in_i]",
        "beats/min",
        "0",
        "º",
        "[",
        "m99",
        "°C",
        "10*3x",
    ] {
        assert!(!is_unit(not), "{not}");
    }
    assert!(!is_unit(&"(".repeat(200)) && !is_unit(&"m.".repeat(100)) && !is_unit(&format!("{}m", "m.".repeat(100))));
}

#[test]
fn values_are_converted_exactly() {
    for (value, from, to, expected) in [
        ("5.4", "mg", "g", "0.0054"),
        ("1", "kg", "[lb_av]", "2.204622621848775807"),
        ("150", "[lb_av]", "kg", "68.0388555"),
        ("70", "[in_i]", "cm", "177.8"),
        ("120", "mm[Hg]", "kPa", "15.99864"),
        ("37", "Cel", "K", "310.15"),
        ("37", "Cel", "[degF]", "98.6"),
        ("98.6", "[degF]", "Cel", "37"),
        ("-40", "[degF]", "Cel", "-40"),
        ("36.6", "Cel", "mCel", "36600"),
        ("80", "[degRe]", "Cel", "100"),
        ("1", "d", "h", "24"),
        ("90", "min", "h", "1.5"),
        ("1", "a", "d", "365.25"),
        ("100", "mg/dL", "g/L", "1"),
        ("5", "10*3/uL", "10*9/L", "5"),
        ("7", "%", "1", "0.07"),
        ("2.5", "mmol/L", "umol/mL", "2.5"),
        ("1", "meq/L", "mmol/L", "1"),
        ("72", "{beats}/min", "/s", "1.2"),
        ("60", "/min", "Hz", "1"),
        ("1", "[car_m]", "mg", "200"),
        ("1", "L", "dm3", "1"),
        ("1", "deg", "rad", "0.017453292519943296"),
        ("3", "[iU]/L", "m[IU]/mL", "3"),
        ("1", "Cel/min", "K/s", "0.016666666666666667"),
        ("0", "mg", "kg", "0"),
        ("1", "KiBy", "bit", "8192"),
        ("1", "[gal_us]", "L", "3.785411784"),
        ("1", "cal_th", "J", "4.184"),
    ] {
        let found = converted(value, from, to).unwrap_or_else(|| panic!("{value} {from} in {to}"));
        let (found, expected): (f64, f64) = (found.parse().expect("a number"), expected.parse().expect("a number"));
        assert!((found - expected).abs() <= expected.abs() * 1e-15, "{value} {from} in {to}: {found} for {expected}");
    }
    assert_eq!(converted("5.4", "mg", "g").as_deref(), Some("0.0054"));
    assert_eq!(converted("37.0", "Cel", "[degF]").as_deref(), Some("98.6"));
}

#[test]
fn what_is_of_another_kind_is_not_converted() {
    for (from, to) in
        [("mg", "mL"), ("mg", "xyz"), ("[iU]", "mg"), ("[iU]", "[arb'U]"), ("Cel", "m"), ("[pH]", "mol/L"), ("dB", "1")]
    {
        assert_eq!(converted("1", from, to), None, "{from} in {to}");
    }
    assert_eq!(
        (comparable("mg", "kg"), comparable("mg", "mL"), comparable("mg", "x")),
        (Some(true), Some(false), None)
    );
    assert_eq!(
        (comparable("dB", "dB"), comparable("dB", "B"), comparable("[IU]", "[iU]")),
        (Some(true), Some(false), Some(true))
    );
    assert_eq!(converted("99999999999999999999999999999999999999", "Ym", "ym"), None);
}

#[test]
fn a_unit_is_written_in_base_units() {
    let written = |code: &str| canonical(code).map(|found| found.code);
    assert_eq!(written("mg/dL").as_deref(), Some("g.m-3"));
    assert_eq!(written("mm[Hg]").as_deref(), Some("g.m-1.s-2"));
    assert_eq!(written("{score}").as_deref(), Some("1"));
    assert_eq!(written("u[IU]/mL").as_deref(), Some("[iU].m-3"));
    assert_eq!((written("dB"), written("x")), (None, None));
    let value = |code: &str, value: f64| canonical(code).and_then(|found| found.value(value));
    assert_eq!(value("mg", 5.4), value("g", 0.0054));
    assert_eq!(value("Cel", 37.0), value("[degF]", 98.6));
    assert_eq!(value("mm[Hg]", 120.0), Some(15_998_640.0));
    assert_eq!((value("mg", f64::MAX), value("mg", 0.0), value("mg", -1.0)), (None, Some(0.0), Some(-0.001)));
}

#[test]
fn the_units_that_fhir_calls_common_are_units() {
    let set = value_set("http://hl7.org/fhir/ValueSet/ucum-common").expect("a value set of R4");
    let codes: Vec<&str> = set.include.iter().flat_map(|part| part.concepts.iter().map(|(code, _)| *code)).collect();
    assert!(codes.len() > 1_300);
    let not: Vec<&&str> = codes.iter().filter(|code| !is_unit(code)).collect();
    assert!(not.is_empty(), "{not:?}");
}
