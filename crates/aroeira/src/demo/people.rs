//! Who works at the demo clinic and who is seen there, with identifiers whose check digits are right.

use super::rng::Rng;
use super::text::plain;
use super::{Address, Allergies, Allergy, Patient, Practitioner, names};
use jiff::{Span, civil::Date};
use std::collections::HashSet;

/// A patient and the traits their course depends on.
pub(super) struct Profile {
    pub(super) patient: Patient,
    /// Age in days on the content's day.
    pub(super) age_days: i64,
    /// Adult height in metres.
    pub(super) height: f64,
    /// Adult body mass index at the start of the course.
    pub(super) bmi: f64,
    /// Ratio of a child's weight to the median for the age.
    pub(super) growth: f64,
    /// Resting systolic and diastolic pressure when nothing raises it.
    pub(super) pressure: (f64, f64),
}

/// Name, role, specialty.
const STAFF: [(&str, &str, &str); 9] = [
    ("Dra. Helena Duarte", "DOCTOR", "Clínica médica"),
    ("Dr. Rafael Nogueira", "DOCTOR", "Medicina de família e comunidade"),
    ("Dr. Sérgio Vasconcelos", "DOCTOR", "Cardiologia"),
    ("Dra. Patrícia Moraes", "DOCTOR", "Ginecologia e obstetrícia"),
    ("Dra. Camila Andrade", "DOCTOR", "Pediatria"),
    ("Dr. Tiago Brandão", "DOCTOR", "Psiquiatria"),
    ("Enf. Luciana Prates", "NURSE", "Enfermagem em saúde da família"),
    ("Enf. Jorge Amaral", "NURSE", "Enfermagem clínica"),
    ("Enf. Simone Rezende", "NURSE", "Enfermagem em saúde da mulher e da criança"),
];

pub(super) fn practitioners(rng: &mut Rng) -> Vec<Practitioner> {
    STAFF
        .iter()
        .enumerate()
        .map(|(i, &(name, role, specialty))| Practitioner {
            name: name.to_owned(),
            role,
            // Steps of 9,000 keep the numbers apart whatever is drawn.
            crm: (role == "DOCTOR").then(|| format!("CRM-SP {}", 98_000 + i as i64 * 9_000 + rng.range(0, 8_999))),
            specialty,
        })
        .collect()
}

/// The patients; index 0 is always the adult with hypertension and diabetes.
pub(super) fn profiles(rng: &mut Rng, today: Date, count: usize) -> Vec<Profile> {
    let mut seen = HashSet::new();
    (0..count).map(|i| profile(rng, i, today, &mut seen)).collect()
}

fn profile(rng: &mut Rng, index: usize, today: Date, seen: &mut HashSet<String>) -> Profile {
    let (low, high) = if index == 0 {
        (56, 58)
    } else {
        [(0, 2), (3, 9), (10, 17), (18, 39), (40, 59), (60, 74), (75, 92)][rng.weighted(&[9, 8, 6, 27, 25, 17, 8])]
    };
    let age_days = (rng.range(low, high) * 365 + rng.range(25, 364)).max(25);
    let birth_date = today.checked_sub(Span::new().days(age_days)).unwrap_or(today);
    let woman = index == 0 || rng.chance(57);
    let sex = match (index, rng.below(100)) {
        (0, _) | (_, 3..) => {
            if woman {
                "female"
            } else {
                "male"
            }
        }
        (_, 0) => "other",
        _ => "unknown",
    };
    let (given, family) = if index == 0 {
        ("Marta Aparecida".to_owned(), "Oliveira Campos".to_owned())
    } else {
        name(rng, woman, age_days < 16 * 365, seen)
    };
    let full = format!("{given} {family}");
    seen.insert(full.clone());
    let social_name = (index != 0 && age_days > 17 * 365 && (sex == "other" || rng.chance(2))).then(|| {
        let list = if sex == "other" || !woman { names::WOMEN } else { names::MEN };
        format!("{} {}", rng.pick(list), family)
    });
    let cpf = unique(seen, || cpf(rng));
    let cns = unique(seen, || cns(rng));
    let patient = Patient {
        email: (index == 0 || rng.chance(62)).then(|| email(&given, &family, index)),
        name: full,
        given,
        family,
        social_name,
        birth_date,
        sex,
        cpf,
        cns,
        phone: format!("(11) 90{:03}-{:04}", rng.range(100, 999), rng.range(0, 9_999)),
        address: address(rng),
        allergies: if index == 0 {
            known(vec![("dipirona", Some("urticária e angioedema"), true)])
        } else {
            allergies(rng, age_days)
        },
    };
    Profile {
        age_days,
        height: if woman { rng.between(1.51, 1.71) } else { rng.between(1.63, 1.86) },
        bmi: if index == 0 { 30.4 } else { rng.between(20.5, 31.5) },
        growth: rng.between(0.88, 1.14),
        pressure: (rng.between(106.0, 120.0), rng.between(64.0, 76.0)),
        patient,
    }
}

fn name(rng: &mut Rng, woman: bool, child: bool, seen: &HashSet<String>) -> (String, String) {
    loop {
        let list = match (woman, child) {
            (true, true) => names::GIRLS,
            (true, false) => names::WOMEN,
            (false, true) => names::BOYS,
            (false, false) => names::MEN,
        };
        let mut given = rng.pick(list).to_owned();
        if !given.contains(' ') && rng.chance(if child { 10 } else { 38 }) {
            let second = rng.pick(if woman { names::SECOND_F } else { names::SECOND_M });
            if second != given {
                given = format!("{given} {second}");
            }
        }
        let (one, two) = (surname(rng), surname(rng));
        let family = match rng.below(10) {
            0..=5 if one != two => format!("{one} {two}"),
            6..=8 => format!("{}{one}", particle(one)),
            _ => one.to_owned(),
        };
        if !seen.contains(&format!("{given} {family}")) {
            return (given, family);
        }
    }
}

/// The particle a surname usually takes, with its space; none for most.
fn particle(surname: &str) -> &'static str {
    match surname {
        "Silva" | "Costa" | "Rocha" => "da ",
        "Santos" | "Reis" => "dos ",
        "Nascimento" | "Prado" => "do ",
        "Souza" | "Oliveira" | "Lima" | "Almeida" | "Araújo" | "Carvalho" | "Freitas" | "Castro" => "de ",
        _ => "",
    }
}

/// The square pulls the draw to the head of the list, as in the census.
fn surname(rng: &mut Rng) -> &'static str {
    let u = rng.unit();
    names::SURNAMES[((u * u * names::SURNAMES.len() as f64) as usize).min(names::SURNAMES.len() - 1)]
}

fn email(given: &str, family: &str, index: usize) -> String {
    let first = plain(given.split(' ').next().unwrap_or(given));
    let last = plain(family.split(' ').next_back().unwrap_or(family));
    let domain = if index.is_multiple_of(3) { "example.org" } else { "example.com" };
    if index.is_multiple_of(2) { format!("{first}.{last}{index}@{domain}") } else { format!("{first}{index}@{domain}") }
}

fn address(rng: &mut Rng) -> Address {
    let (district, city, prefix) = names::PLACES[rng.weighted(&[4; 25])];
    let mut line = format!("{}, {}", rng.pick(names::STREETS), rng.range(12, 1_890));
    match rng.below(10) {
        0..=2 => line.push_str(&format!(", apto {}", rng.range(1, 18) * 10 + rng.range(1, 4))),
        3 => line.push_str(", casa 2"),
        4 => line.push_str(", fundos"),
        _ => {}
    }
    let postal_code = format!("{prefix}-{:03}", rng.range(0, 899));
    Address { line, district: district.into(), city: city.into(), state: "SP".into(), postal_code }
}

fn known(list: Vec<(&str, Option<&str>, bool)>) -> Allergies {
    Allergies::Known(
        list.into_iter()
            .map(|(s, r, severe)| Allergy { substance: s.to_owned(), reaction: r.map(str::to_owned), severe })
            .collect(),
    )
}

fn allergies(rng: &mut Rng, age_days: i64) -> Allergies {
    match rng.below(100) {
        0..=17 => return Allergies::NotAsked,
        18..=71 => return Allergies::NoneKnown,
        _ => {}
    }
    let adult: &[(&str, &[&str], u64)] = &[
        ("dipirona", &["urticária", "angioedema labial", "exantema pruriginoso"], 20),
        ("penicilina", &["urticária generalizada", "anafilaxia na adolescência", "exantema"], 30),
        ("sulfametoxazol", &["exantema maculopapular", "síndrome de Stevens-Johnson"], 40),
        ("ácido acetilsalicílico", &["broncoespasmo", "urticária"], 30),
        ("ibuprofeno", &["angioedema palpebral", "urticária"], 20),
        ("enalapril", &["angioedema", "tosse seca persistente"], 20),
        ("contraste iodado", &["urticária", "broncoespasmo leve"], 25),
        ("camarão", &["prurido oral", "urticária"], 15),
        ("látex", &["dermatite de contato"], 5),
        ("ácaros da poeira", &["rinite"], 0),
        ("veneno de abelha", &["anafilaxia"], 80),
    ];
    let child: &[(&str, &[&str], u64)] = &[
        ("proteína do leite de vaca", &["sangue nas fezes", "urticária e vômitos"], 15),
        ("ovo", &["urticária"], 10),
        ("amendoim", &["angioedema", "anafilaxia"], 60),
        ("dipirona", &["urticária"], 10),
        ("penicilina", &["exantema", "urticária"], 15),
        ("ácaros da poeira", &["rinite", "sibilância"], 0),
        ("picada de inseto", &["prurigo estrófulo"], 0),
    ];
    let list = if age_days < 14 * 365 { child } else { adult };
    let first = rng.below(list.len());
    let mut found = vec![first];
    if rng.chance(18) {
        let other = rng.below(list.len());
        if other != first {
            found.push(other);
        }
    }
    let drawn = found.into_iter().map(|i| {
        let (substance, reactions, severe) = list[i];
        let reaction = (!rng.chance(15)).then(|| rng.pick(reactions));
        let grave = reaction.is_some_and(|r| r.contains("anafilaxia") || r.contains("Stevens"));
        (substance, reaction, grave || (reaction != Some("rinite") && rng.chance(severe / 2)))
    });
    known(drawn.collect())
}

/// Terms that must not be prescribed to someone allergic to the substance, in lower case.
pub(super) fn cross_reactive(substance: &str) -> &'static [&'static str] {
    match substance {
        "dipirona" => &["dipirona"],
        "penicilina" => &["penicilina", "amoxicilina", "ampicilina"],
        "sulfametoxazol" => &["sulfametoxazol"],
        "ácido acetilsalicílico" | "ibuprofeno" => NSAID,
        "enalapril" => &["enalapril", "captopril"],
        "contraste iodado" => &["contraste"],
        _ => &[],
    }
}

/// Anti-inflammatory drugs, in lower case.
pub(super) const NSAID: &[&str] =
    &["acetilsalicílico", "ibuprofeno", "naproxeno", "diclofenaco", "cetoprofeno", "nimesulida", "meloxicam"];

fn unique(seen: &mut HashSet<String>, mut make: impl FnMut() -> String) -> String {
    loop {
        let made = make();
        if seen.insert(made.clone()) {
            return made;
        }
    }
}

fn digits(list: &[u32]) -> String {
    list.iter().filter_map(|d| char::from_digit(*d, 10)).collect()
}

/// Eleven digits: nine drawn (the ninth is São Paulo's, 8) and two check digits, modulo 11.
fn cpf(rng: &mut Rng) -> String {
    let mut d: Vec<u32> = (0..8).map(|_| rng.range(0, 9) as u32).collect();
    d.push(8);
    d[0] = if d[0] == 8 { 3 } else { d[0] };
    for _ in 0..2 {
        let first = d.len() as u32 + 1;
        let sum: u32 = d.iter().zip((2..=first).rev()).map(|(x, w)| x * w).sum();
        d.push(match sum * 10 % 11 {
            10 => 0,
            r => r,
        });
    }
    digits(&d)
}

/// Fifteen digits whose sum weighted 15..1 is a multiple of 11: definitive (1, 2) or provisional (7 to 9).
fn cns(rng: &mut Rng) -> String {
    let weigh = |d: &[u32]| d.iter().zip((1..=15u32).rev()).map(|(x, w)| x * w).sum::<u32>();
    if rng.chance(55) {
        let mut d: Vec<u32> = vec![rng.range(1, 2) as u32];
        d.extend((0..10).map(|_| rng.range(0, 9) as u32));
        let check = (11 - weigh(&d) % 11) % 11;
        // A check of 10 has no digit: the routine of the Ministry puts 001 before it, which adds two.
        d.extend(if check == 10 { [0, 0, 1, 8] } else { [0, 0, 0, check] });
        return digits(&d);
    }
    loop {
        let mut d: Vec<u32> = vec![rng.range(7, 9) as u32];
        d.extend((0..13).map(|_| rng.range(0, 9) as u32));
        let check = (11 - weigh(&d) % 11) % 11;
        if check < 10 {
            d.push(check);
            return digits(&d);
        }
    }
}
