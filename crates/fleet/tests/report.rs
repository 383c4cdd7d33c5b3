//! The report: one page that needs nothing beside it, says page one in plain words, and lets no name of a spec out of its place.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aroeira_fleet::availability::Rates;
use aroeira_fleet::report::{Basis, Section, Study, page, pair};
use aroeira_fleet::{Books, Catalogue, Language, Spec, presets};

const BOTH: [Language; 2] = [Language::Portuguese, Language::English];

fn study(text: &str) -> Study {
    let (catalogue, books, rates) =
        (Catalogue::built_in().unwrap(), Books::built_in().unwrap(), Rates::built_in().unwrap());
    let (spec, places) = Spec::read(text).unwrap();
    let basis = Basis { catalogue: &catalogue, books: &books, rates: &rates, seed: 1, years: 200 };
    Study::new(spec, &places, &basis)
}

fn preset(name: &str) -> Study {
    study(presets::get(name).unwrap())
}

/// Nothing is fetched, nothing runs, every element is closed, and no id stands twice.
fn sound(html: &str) {
    for foreign in ["http://", "https://", "url(", "@import", "<script", "<link", "<img", "javascript:", " onload"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    let mut open = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    let mut rest = html.split_once("</style>").unwrap().1;
    open.extend(["html", "head"]);
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').unwrap();
        rest = after;
        if let Some((_, id)) = tag.split_once(" id=\"") {
            assert!(ids.insert(id.split('"').next().unwrap().to_owned()), "{tag}");
        }
        let name = tag.split([' ', '/', '\n']).next().unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && !matches!(name, "br" | "meta") {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn every_preset_has_a_page_in_both_languages() {
    for name in presets::NAMES.into_iter().filter(|name| *name != "hybrid") {
        let study = preset(name);
        for language in BOTH {
            let html = page(&study, Section::Cost, language).unwrap();
            sound(&html);
            assert!(html.contains(&format!("<html lang=\"{}\">", language.tag())), "{name}");
            assert_eq!(html.matches("<details class=\"fold\"").count(), 6, "every chapter, whoever asks");
            assert_eq!(html.matches("<details class=\"fold\" open>").count(), 1, "and one of them open");
            assert!(html.matches("<svg role=\"img\"").count() >= 4 && !html.contains("NaN"), "{name}");
            assert_eq!(html.matches("<svg").count(), html.matches("<desc id=").count(), "each is described");
        }
    }
}

#[test]
fn page_one_says_promise_cost_end_and_risks_in_plain_words() {
    let study = preset("aws-enterprise");
    let html = page(&study, Section::Check, Language::Portuguese).unwrap();
    let first = html.split_once("<nav").unwrap().0;
    for said in ["R$ 14.700", "99,9 % do ano no ar", "É cumprido?", "Quando fica pequena", "Os três maiores riscos"] {
        assert!(first.contains(said), "{said}");
    }
    let risks = first.split_once("<ol class=\"risks\">").unwrap().1;
    assert!(risks.contains("há uma cópia a cada 6 h"), "what contradicts itself comes first");
    assert_eq!(risks.matches("<li>").count(), 3);
    let english = page(&study, Section::Check, Language::English).unwrap();
    assert!(english.contains("The three largest risks") && english.contains("R$ 14,700"));
}

#[test]
fn the_same_spec_gives_the_same_page() {
    let one = page(&preset("garage"), Section::Plan, Language::Portuguese).unwrap();
    assert_eq!(one, page(&preset("garage"), Section::Plan, Language::Portuguese).unwrap());
}

#[test]
fn no_text_of_a_spec_breaks_out() {
    const EVIL: &str = "</title></text><script>alert(1)</script><x y='\\\"z\\\"'>&lt;";
    let text = presets::get("garage").unwrap();
    let quoted = format!("\"{EVIL}\"");
    let mut changed = text.to_owned();
    for key in ["carrier", "region", "item", "model", "name"] {
        let lines = changed.lines().map(|line| match line.split_once('=') {
            Some((name, _)) if name.trim() == key && !line.starts_with("name") => format!("{name}= {quoted}"),
            _ => line.to_owned(),
        });
        changed = lines.collect::<Vec<_>>().join("\n");
    }
    changed += &format!("\n[[service]]\nid = \"evil\"\nsite = \"garagem\"\nitem = {quoted}\nprovides = {quoted}\n");
    let site = Spec::read(text).unwrap().0.sites[0].id.clone();
    let study = study(&changed.replace("site = \"garagem\"", &format!("site = \"{site}\"")));
    for html in
        [page(&study, Section::Plan, Language::Portuguese).unwrap(), pair(&study, &study, Language::English).unwrap()]
    {
        sound(&html);
        assert!(html.contains("&#60;script") || html.contains("&lt;script"), "it is shown as it was written");
    }
}

#[test]
fn two_specs_stand_side_by_side() {
    let html = pair(&preset("aws-starter"), &preset("aws-professional"), Language::Portuguese).unwrap();
    sound(&html);
    assert!(html.contains("R$ 1.650") && html.contains("R$ 4.900"));
    assert_eq!(html.matches("<details class=\"fold\" open>").count(), 6);
    assert_eq!(html.matches("<h3 class=\"whose\">").count(), 12);
}

#[test]
fn nothing_but_a_name_has_a_page_too() {
    let study = study("name = \"empty\"\ncurrency = \"BRL\"\nprice_books = []\n");
    for language in BOTH {
        sound(&page(&study, Section::Growth, language).unwrap());
    }
}
