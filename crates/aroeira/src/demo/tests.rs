use super::people::cross_reactive;
use super::*;
use jiff::civil::date;
use std::collections::{BTreeSet, HashSet};

const TODAY: Date = date(2026, 11, 22);

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

#[test]
fn same_seed_same_clinic() {
    let one = content(7, TODAY);
    assert_eq!(one, content(7, TODAY));
    assert_ne!(one.patients, content(8, TODAY).patients);
}

#[test]
fn counts_hold_for_any_seed() {
    for seed in [0, 1, 7, 42, 2_026, u64::MAX] {
        let c = content(seed, TODAY);
        assert_eq!((c.patients.len(), c.records.len(), c.practitioners.len()), (300, 3_000, 9));
        assert_eq!(c.practitioners.iter().filter(|p| p.role == "DOCTOR" && p.crm.is_some()).count(), 6);
        for i in 0..300 {
            let n = c.records.iter().filter(|r| r.patient == i).count();
            assert!((1..=40).contains(&n), "seed {seed} patient {i}: {n}");
        }
    }
}

#[test]
fn identifiers_are_valid_and_unique() {
    let c = content(7, TODAY);
    let mut seen = HashSet::new();
    for p in &c.patients {
        let d = digits(&p.cpf);
        assert_eq!(d.len(), 11);
        for n in [9, 10] {
            let sum: u32 = (0..n).map(|i| d[i] * (n as u32 + 1 - i as u32)).sum();
            let rest = sum % 11;
            assert_eq!(d[n], if rest < 2 { 0 } else { 11 - rest }, "{}", p.cpf);
        }
        let d = digits(&p.cns);
        assert_eq!(d.len(), 15);
        assert!([1, 2, 7, 8, 9].contains(&d[0]));
        assert_eq!((0..15).map(|i| d[i] * (15 - i as u32)).sum::<u32>() % 11, 0, "{}", p.cns);
        assert!(seen.insert(&p.cpf) && seen.insert(&p.cns) && seen.insert(&p.name));
        let reserved = |e: &String| e.is_ascii() && (e.ends_with("@example.com") || e.ends_with("@example.org"));
        assert!(p.email.as_ref().is_none_or(reserved));
    }
}

#[test]
fn dates_stay_between_birth_and_yesterday_within_ten_years() {
    for today in [TODAY, date(2024, 2, 29), date(2027, 1, 4), date(2026, 11, 23)] {
        let c = content(3, today);
        for r in &c.records {
            let day = r.date.date();
            assert!(day < today && day >= c.patients[r.patient].birth_date, "{today} {}", r.date);
            assert!(day.year() >= today.year() - 10);
        }
    }
}

#[test]
fn every_kind_priority_and_status_is_there() {
    let c = content(7, TODAY);
    let kinds: BTreeSet<&str> = c.records.iter().map(|r| r.kind).collect();
    let all = ["consultation", "exam", "hospitalization", "other", "procedure", "return", "telemedicine"];
    assert_eq!(kinds, BTreeSet::from(all));
    let share = |p: &str| c.records.iter().filter(|r| r.priority == p).count() as f64 / 3_000.0;
    assert!((0.005..0.06).contains(&share("CRITICAL")), "{}", share("CRITICAL"));
    assert!((0.05..0.25).contains(&share("HIGH")), "{}", share("HIGH"));
    assert!(share("NORMAL") > 0.3 && share("LOW") > 0.1);
    let drafts: Vec<&Record> = c.records.iter().filter(|r| r.status == "draft").collect();
    assert!((15..=45).contains(&drafts.len()), "{}", drafts.len());
    assert!(drafts.iter().all(|r| r.author == 0 && r.date.date() > date(2026, 9, 20)));
    assert!(c.records.iter().all(|r| r.status == "final" || r.status == "draft"));
}

#[test]
fn texts_are_whole_and_varied() {
    let c = content(7, TODAY);
    let mut notes = HashSet::new();
    for r in &c.records {
        for t in [&r.title, &r.diagnosis, &r.treatment, &r.notes] {
            assert!(!t.trim().is_empty(), "{r:?}");
            assert!(!t.contains(['{', '}', '[', ']', '@', '|']) && !t.contains(";;") && !t.contains("  "), "{t}");
            assert!(!t.contains("..") && !t.contains(" ,") && !t.contains(" ."), "{t}");
        }
        assert!(!r.codes.is_empty() && r.codes.iter().all(|k| !k.code.is_empty() && !k.display.is_empty()));
        notes.insert(&r.notes);
    }
    assert!(notes.len() > 2_950, "{}", notes.len());
    assert!(c.records.iter().flat_map(|r| &r.codes).map(|k| k.code).collect::<HashSet<_>>().len() >= 45);
}

#[test]
fn nobody_is_prescribed_what_they_are_allergic_to() {
    let mut checked = 0;
    for seed in [1, 7, 99] {
        let c = content(seed, TODAY);
        for r in &c.records {
            if let Allergies::Known(list) = &c.patients[r.patient].allergies {
                let given = r.treatment.to_lowercase();
                for term in list.iter().flat_map(|a| cross_reactive(&a.substance)) {
                    assert!(!given.contains(term), "{term}: {given}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 1_000);
}

#[test]
fn the_demo_patient_has_a_long_course() {
    let c = content(7, TODAY);
    let p = &c.patients[0];
    assert!(matches!(&p.allergies, Allergies::Known(a) if a[0].substance == "dipirona"));
    let own: Vec<&Record> = c.records.iter().filter(|r| r.patient == 0).collect();
    assert!(own.len() >= 15 && own.iter().all(|r| r.status == "final"));
    for code in ["I10", "E11.9"] {
        assert!(own.iter().any(|r| r.codes.iter().any(|k| k.code == code)), "{code}");
    }
}
