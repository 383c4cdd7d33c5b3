//! Two specs side by side.

use askama::Template;

use super::summary::{self, Card};
use super::{Page, Problem, Reader, Study, chapters};
use crate::Language;
use crate::cost::{TOLD_PERCENT, difference};

#[derive(Template)]
#[template(path = "report/pair.html", syntax = "page", escape = "html", whitespace = "preserve")]
struct Both {
    l: Language,
    names: [String; 2],
    rows: Vec<[Card; 2]>,
    differences: Vec<Vec<String>>,
    same_currency: bool,
}

/// The page of two specs: page one of both, then each chapter in two columns.
///
/// # Errors
/// As [`super::page`].
pub fn pair(one: &Study, other: &Study, language: Language) -> Result<String, Problem> {
    let l = language;
    let rows = summary::cards(one, l).into_iter().zip(summary::cards(other, l)).map(|(one, other)| [one, other]);
    let found = difference(&one.bill.cost, &other.bill.cost, TOLD_PERCENT);
    let differences = found.iter().flat_map(|found| {
        found.lines.iter().map(|line| {
            vec![
                format!("{} {}", line.what.text(l), line.of),
                l.money(line.before, &found.currency),
                l.money(line.after, &found.currency),
                line.reason.text(l).to_owned(),
            ]
        })
    });
    let both = Both {
        l,
        names: [one.spec.name.clone(), other.spec.name.clone()],
        rows: rows.collect(),
        differences: differences.collect(),
        same_currency: found.is_some(),
    };
    let sides = [(one, Reader { language, side: "a-" }), (other, Reader { language, side: "b-" })];
    let subtitles = [one, other].map(|study| format!("{}: {}", study.spec.name, summary::subtitle(study, l)));
    let page = Page {
        l,
        name: format!("{} {} {}", one.spec.name, l.say("e", "and"), other.spec.name),
        subtitle: subtitles.join(" — "),
        first: both.render()?,
        chapters: chapters(&sides, None)?,
    };
    Ok(page.render()?)
}
