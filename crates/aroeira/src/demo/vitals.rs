//! The numbers of a visit: they follow the patient's age, weight and how well each disease is held.

use super::people::Profile;
use super::rng::Rng;
use super::text::{Values, comma, half};

/// Median weight and height by age in months, boys and girls together.
const GROWTH: [(f64, f64, f64); 16] = [
    (0.0, 3.4, 50.0),
    (1.0, 4.3, 54.0),
    (2.0, 5.3, 58.0),
    (4.0, 6.7, 63.0),
    (6.0, 7.6, 66.5),
    (9.0, 8.6, 71.0),
    (12.0, 9.4, 75.0),
    (18.0, 10.7, 81.5),
    (24.0, 12.0, 87.0),
    (36.0, 14.2, 95.5),
    (48.0, 16.2, 102.5),
    (72.0, 20.4, 115.5),
    (96.0, 25.5, 127.0),
    (120.0, 32.0, 138.0),
    (144.0, 41.0, 149.5),
    (180.0, 54.0, 163.0),
];

/// What changes from visit to visit besides the diseases.
pub(super) struct Body {
    /// Change of an adult's weight since the start, in kilograms.
    pub(super) drift: f64,
}

/// Weight in kilograms and height in centimetres at an age in months.
pub(super) fn size(profile: &Profile, body: &Body, months: f64) -> (f64, f64) {
    let adult = (profile.bmi * profile.height * profile.height, profile.height * 100.0);
    if months >= 216.0 {
        return (adult.0 + body.drift, adult.1);
    }
    let scale = |w: f64, h: f64| (w * profile.growth, h * (1.0 + (profile.growth - 1.0) / 3.0));
    for pair in GROWTH.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if months < b.0 {
            let t = (months - a.0) / (b.0 - a.0);
            return scale(a.1 + t * (b.1 - a.1), a.2 + t * (b.2 - a.2));
        }
    }
    let from = scale(54.0, 163.0);
    let t = (months - 180.0) / 36.0;
    (from.0 + t * (adult.0 - from.0), from.1.max(adult.1 * 0.97) + t * (adult.1 - from.1.max(adult.1 * 0.97)))
}

/// Activities (0 held, 1 wild) that move the numbers.
#[derive(Clone, Copy, Default)]
pub(super) struct Activity {
    pub(super) has: Option<f64>,
    pub(super) dm: Option<f64>,
    pub(super) dlp: Option<f64>,
    pub(super) tir: Option<f64>,
    pub(super) icc: bool,
}

/// Sets all numeric placeholders.
pub(super) fn set(v: &mut Values, rng: &mut Rng, profile: &Profile, body: &Body, months: f64, act: Activity) {
    let (weight, height) = size(profile, body, months);
    let weight = weight + rng.between(-0.3, 0.3) * (weight / 70.0);
    let kg = weight.max(2.6);
    v.set("peso", comma(kg, if months < 36.0 { 2 } else { 1 }));
    v.set("altura", format!("{height:.0}"));
    v.set("imc", comma(kg / (height / 100.0).powi(2), 1));
    let raise = act.has.map_or(0.0, |a| a * 58.0 - 2.0) + if act.icc { -4.0 } else { 0.0 };
    let child = if months < 216.0 { (216.0 - months) / 216.0 * 22.0 } else { 0.0 };
    let sys = profile.pressure.0 + raise - child + rng.between(-5.0, 5.0);
    let dia = (profile.pressure.1 + raise * 0.42 - child * 0.5 + rng.between(-4.0, 4.0)).min(sys - 32.0);
    v.set("pa", format!("{:.0}/{:.0}", even(sys), even(dia)));
    v.set("pacasa", format!("{:.0}/{:.0}", even(sys - rng.between(2.0, 7.0)), even(dia - 3.0)));
    rates(v, rng, months);
    labs(v, rng, months, act);
    doses(v, kg, months);
}

fn even(x: f64) -> f64 {
    (x / 2.0).round() * 2.0
}

fn rates(v: &mut Values, rng: &mut Rng, months: f64) {
    let (fc, fr) = match months {
        m if m < 12.0 => (rng.range(122, 146), rng.range(36, 44)),
        m if m < 36.0 => (rng.range(104, 124), rng.range(26, 32)),
        m if m < 96.0 => (rng.range(88, 106), rng.range(20, 24)),
        _ => (rng.range(64, 86), rng.range(14, 18)),
    };
    v.set("fc", fc.to_string());
    v.set("fr", fr.to_string());
    v.set("fralta", (fr + 8).to_string());
    v.set("temp", comma(rng.between(36.0, 36.9), 1));
    v.set("febre", comma(rng.between(38.1, 39.4), 1));
    v.set("sat", rng.range(96, 99).to_string());
    v.set("satb", rng.range(93, 95).to_string());
}

fn labs(v: &mut Values, rng: &mut Rng, months: f64, act: Activity) {
    let dm = act.dm.unwrap_or(-0.35);
    let a1c = (6.2 + dm * 2.7 + rng.between(-0.15, 0.15)).max(5.0);
    let before = v.get("lido").to_owned();
    v.set("a1c0", if before.is_empty() { String::new() } else { format!(" (anterior {before}%)") });
    v.set("a1c", comma(a1c, 1));
    let mean = 28.7 * a1c - 46.7;
    v.set("gj", format!("{:.0}", mean * rng.between(0.84, 0.92)));
    v.set("dx", format!("{:.0}", mean * rng.between(0.9, 1.12)));
    v.set("ldl", format!("{:.0}", 88.0 + act.dlp.unwrap_or(0.15) * 92.0 + rng.between(-6.0, 6.0)));
    v.set("hdl", rng.range(38, 62).to_string());
    v.set("tg", format!("{:.0}", 110.0 + act.dlp.unwrap_or(0.1) * 120.0 + rng.between(-18.0, 30.0)));
    let tir = act.tir.unwrap_or(0.05);
    v.set("tsh", comma(1.7 + tir * 9.5 + rng.between(-0.4, 0.6), 2));
    v.set("t4", comma(1.22 - tir * 0.6, 2));
    // CKD-EPI shape, near enough: falls with age and moves against creatinine.
    let years = months / 12.0;
    let tfg = (118.0 - 0.62 * years + rng.between(-6.0, 6.0)).clamp(52.0, 119.0);
    v.set("tfg", format!("{tfg:.0}"));
    v.set("creat", comma((0.78 + (100.0 - tfg) * 0.0075).clamp(0.6, 1.3), 2));
    v.set("k", comma(rng.between(3.9, 4.8), 1));
    v.set("hb", comma(rng.between(11.4, 13.9), 1));
}

/// Paediatric doses by weight, with the ceiling of each drug.
fn doses(v: &mut Values, kg: f64, months: f64) {
    v.set("par", format!("{:.0}", kg.floor().min(35.0)));
    v.set("dip", format!("{:.0}", (kg * 0.5).round().clamp(3.0, 20.0)));
    v.set("amox", half((kg * 0.3125).min(11.0)));
    v.set("azi", half((kg * 0.25).min(12.5)));
    v.set(
        "ond",
        if kg < 15.0 {
            "2 mg"
        } else if kg < 30.0 {
            "4 mg"
        } else {
            "8 mg"
        }
        .to_owned(),
    );
    v.set("sro", if months < 24.0 { "50 a 100" } else { "100 a 200" }.to_owned());
    let drug = if months >= 144.0 {
        "Loratadina 10 mg, 1 comprimido ao dia por 10 dias"
    } else if kg >= 30.0 {
        "Loratadina 1 mg/mL, 10 mL ao dia por 10 dias"
    } else {
        "Loratadina 1 mg/mL, 5 mL ao dia por 10 dias"
    };
    v.set("antiH", drug.to_owned());
}
