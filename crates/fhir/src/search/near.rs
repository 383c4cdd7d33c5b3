//! Places on earth, for `near`.

use super::filter::Filter;
use super::value::{plain, split};

/// The mean radius of the earth, in metres.
pub const EARTH: f64 = 6_371_008.8;

/// How far is near where nobody says.
const NEAR: f64 = 10_000.0;

/// Where a place stands on a globe of radius 1. Two are as far apart on the ground as the haversine says, and that grows
/// with the straight line between them: what compares places needs no trigonometry, and no date line.
#[must_use]
pub fn vector(latitude: f64, longitude: f64) -> [f64; 3] {
    let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

/// `[latitude]|[longitude]|[distance]|[units]` (R4, Location search): units of UCUM, km where there is none.
pub(super) fn read(param: &'static str, text: &str) -> Option<Filter> {
    let parts: Vec<String> = split(text, '|').iter().map(|part| plain(part)).collect();
    let number = |at: usize| parts.get(at)?.parse().ok().filter(|number: &f64| number.is_finite());
    let (latitude, longitude): (f64, f64) = (number(0)?, number(1)?);
    let unit = match parts.get(3).map_or("km", String::as_str) {
        "" | "km" => 1000.0,
        "m" => 1.0,
        "[mi_i]" | "mi" => 1609.344,
        "[mi_us]" => 6_336_000.0 / 3937.0,
        "[nmi_i]" => 1852.0,
        "[ft_i]" => 0.3048,
        _ => return None,
    };
    let metres = match parts.get(2).map_or("", String::as_str) {
        "" => NEAR,
        _ => number(2)? * unit,
    };
    let right = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && metres >= 0.0 && parts.len() <= 4;
    right.then_some(Filter::Near { param, latitude, longitude, metres })
}
