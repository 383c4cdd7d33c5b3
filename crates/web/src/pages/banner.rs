//! The patient's banner, always in sight: social name first, age, sex, documents as the role may see them, allergies in
//! their three states, death.

use aroeira_clinic::Patient;
use askama::Template;

use super::locale::Locale;

/// What is known of allergies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Allergies {
    /// Substance, reaction where it is known, and whether it endangers life.
    Known(Vec<(String, String, bool)>),
    /// Asked, and none.
    None,
    /// Nobody asked.
    Unasked,
    /// Not for this role.
    Covered,
}

/// The banner of one patient.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/banner.html")]
pub(crate) struct Banner {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The registered name, where the social name stands first.
    pub(crate) registered: Option<String>,
    pub(crate) birth: String,
    pub(crate) age: Option<String>,
    pub(crate) sex: String,
    pub(crate) cpf: String,
    pub(crate) cns: String,
    pub(crate) allergies: Allergies,
    pub(crate) deceased: Option<String>,
    pub(crate) locale: Locale,
    /// May write a record of this patient.
    pub(crate) writes: bool,
}

impl std::fmt::Debug for Locale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.language.tag())
    }
}

impl Banner {
    /// The banner of a patient as the reader sees them.
    pub(crate) fn new(locale: &Locale, patient: &Patient, writes: bool) -> Self {
        let name = patient.display_name().to_owned();
        let deceased = patient.deceased.as_deref().filter(|text| *text != "false");
        Self {
            id: patient.id.clone(),
            registered: (name != patient.name && !patient.name.is_empty()).then(|| patient.name.clone()),
            name,
            birth: locale.day(&patient.birth_date),
            age: locale.age(&patient.birth_date, deceased.filter(|text| *text != "true")),
            sex: sex(locale, &patient.sex),
            cpf: patient.cpf.clone(),
            cns: spaced(&patient.cns),
            allergies: allergies(patient),
            deceased: deceased.map(|text| if text == "true" { String::new() } else { locale.day(text) }),
            locale: locale.clone(),
            writes,
        }
    }

    fn t(&self, key: &str) -> String {
        self.locale.t(key)
    }

    fn covered(text: &str) -> bool {
        text == "***"
    }
}

/// The words for a sex; nothing where nobody said it.
pub(crate) fn sex(locale: &Locale, code: &str) -> String {
    match code {
        "female" | "male" | "other" | "unknown" => locale.t(&format!("sex-{code}")),
        "***" => locale.t("protected"),
        _ => locale.t("sex-unknown"),
    }
}

/// A CNS in its groups.
pub(crate) fn spaced(cns: &str) -> String {
    if cns.len() == 15 && cns.bytes().all(|b| b.is_ascii_digit()) {
        format!("{} {} {} {}", &cns[..3], &cns[3..7], &cns[7..11], &cns[11..])
    } else {
        cns.to_owned()
    }
}

fn allergies(patient: &Patient) -> Allergies {
    let Some(list) = &patient.allergies else { return Allergies::Covered };
    if !list.is_empty() {
        let one = |allergy: &aroeira_clinic::Allergy| {
            let high = allergy.criticality.as_deref() == Some("high");
            (allergy.substance.clone(), allergy.reaction.clone().unwrap_or_default(), high)
        };
        return Allergies::Known(list.iter().map(one).collect());
    }
    match patient.allergy_status.as_str() {
        "none" => Allergies::None,
        "***" => Allergies::Covered,
        _ => Allergies::Unasked,
    }
}

/// A believable patient for tests and for the gallery.
#[cfg(test)]
pub(crate) fn sample() -> Patient {
    let allergy = |substance: &str, reaction: &str, criticality: &str| aroeira_clinic::Allergy {
        id: Some("al".into()),
        substance: substance.into(),
        reaction: Some(reaction.into()),
        criticality: Some(criticality.into()),
    };
    Patient {
        id: "0190f3c2-7b9e-7c3a-9d5e-1f2a3b4c5d6e".into(),
        version: 3,
        name: "Marcos Vinícius Tavares de Albuquerque".into(),
        social_name: Some("Marina Tavares de Albuquerque".into()),
        birth_date: "1978-04-12".into(),
        sex: "female".into(),
        cpf: "529.982.247-25".into(),
        cns: "700000000000005".into(),
        contacts: vec![
            aroeira_clinic::Contact {
                system: "phone".into(),
                value: "(11) 98765-4321".into(),
                usage: Some("mobile".into()),
            },
            aroeira_clinic::Contact { system: "email".into(), value: "marina.tavares@exemplo.org".into(), usage: None },
        ],
        address: aroeira_clinic::Address {
            line: "Rua das Palmeiras, 210, ap. 32".into(),
            district: "Santa Cecília".into(),
            city: "São Paulo".into(),
            state: "SP".into(),
            postal_code: "01226010".into(),
        },
        allergies: Some(vec![allergy("Dipirona", "angioedema", "high"), allergy("Látex", "urticária", "low")]),
        allergy_status: "known".into(),
        deceased: None,
        updated_at: "2026-11-20T12:00:00Z".parse().expect("an instant"),
        masked: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::locale::sample as locale;
    use super::*;
    use crate::language::Language;

    #[test]
    fn the_social_name_stands_first_and_the_registered_one_beside_it() {
        let banner = Banner::new(&locale(Language::PtBr), &sample(), true);
        assert_eq!(banner.name, "Marina Tavares de Albuquerque");
        assert_eq!(banner.registered.as_deref(), Some("Marcos Vinícius Tavares de Albuquerque"));
        assert_eq!((banner.birth.as_str(), banner.age.as_deref()), ("12/04/1978", Some("48 anos")));
        assert_eq!(banner.cns, "700 0000 0000 0005");
        let plain = Patient { social_name: Some(String::new()), ..sample() };
        assert_eq!(Banner::new(&locale(Language::PtBr), &plain, true).registered, None);
    }

    #[test]
    fn no_known_allergy_is_told_from_not_asked_and_from_covered() {
        let with = |list: Option<Vec<aroeira_clinic::Allergy>>, status: &str| {
            let patient = Patient { allergies: list, allergy_status: status.into(), ..sample() };
            Banner::new(&locale(Language::PtBr), &patient, false)
        };
        assert_eq!(with(Some(vec![]), "none").allergies, Allergies::None);
        assert_eq!(with(Some(vec![]), "unknown").allergies, Allergies::Unasked);
        assert_eq!(with(None, "***").allergies, Allergies::Covered);
        let html = with(Some(vec![]), "unknown").render().unwrap();
        assert!(html.contains("Alergias: não perguntado"), "{html}");
        assert!(with(None, "***").render().unwrap().contains("protegidas para o seu perfil"));
    }

    #[test]
    fn death_is_said_and_stops_the_age() {
        let dead = Patient { deceased: Some("2020-05-01".into()), ..sample() };
        let banner = Banner::new(&locale(Language::PtBr), &dead, false);
        assert_eq!((banner.age.as_deref(), banner.deceased.as_deref()), (Some("42 anos"), Some("01/05/2020")));
        let fact = Patient { deceased: Some("true".into()), ..sample() };
        assert_eq!(Banner::new(&locale(Language::PtBr), &fact, false).deceased.as_deref(), Some(""));
    }
}
