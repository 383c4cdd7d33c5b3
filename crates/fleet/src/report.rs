//! The report: all that follows from a spec on one page that needs nothing beside it. Page one is for who decides, the rest for
//! who builds. Charts are drawn as SVG by plotters; the text is in `templates/report`.

mod availability;
mod canvas;
mod capacity;
mod cost;
mod growth;
mod pair;
mod risks;
mod sites;
mod summary;
mod words;

use askama::Template;

use crate::availability::{Availability, Rates, availability};
use crate::check::Finding;
use crate::cost::{Bill, bill};
use crate::growth::Growth;
use crate::plan::{Plan, Terms};
use crate::spec::Places;
use crate::{Books, Catalogue, Language, Money, Spec};

pub use pair::pair;

/// What a study is made from, beside the spec.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// What can be run.
    pub catalogue: &'a Catalogue,
    /// What it costs.
    pub books: &'a Books,
    /// How often it fails.
    pub rates: &'a Rates,
    /// Where the dice begin.
    pub seed: u64,
    /// Years to simulate.
    pub years: u32,
}

/// All that follows from a spec.
#[derive(Debug, Clone)]
pub struct Study {
    /// The spec.
    pub spec: Spec,
    /// What it contradicts or forgets.
    pub findings: Vec<Finding>,
    /// Where everything sits.
    pub plan: Plan,
    /// What it costs.
    pub bill: Bill,
    /// How surely it runs.
    pub availability: Availability,
    /// What each improvement would cost more a month; nothing where that is not known.
    pub dearer: Vec<Option<Money>>,
    /// From ten clinics to ten thousand.
    pub growth: Growth,
}

impl Study {
    /// Works all of it out.
    #[must_use]
    pub fn new(spec: Spec, places: &Places, basis: &Basis<'_>) -> Self {
        let Basis { catalogue, books, rates, seed, years } = *basis;
        let plan = crate::plan(&spec, catalogue);
        let availability = availability(&spec, catalogue, rates, seed, years);
        let bill = bill(&spec, catalogue, books, &plan, &availability.months);
        let price = |spec: &Spec| {
            let cost = crate::cost(spec, catalogue, books);
            (cost.without_price == 0).then(|| cost.monthly.amount.total.as_f64())
        };
        let month = bill.cost.monthly.amount.total;
        let dearer = availability.improvements.iter().map(|better| {
            // What changes no line of the spec has a price that nobody said.
            (better.spec != spec).then(|| crate::cost(&better.spec, catalogue, books).monthly.amount.total - month)
        });
        let dearer = dearer.collect();
        Self {
            findings: crate::check(&spec, places, catalogue),
            growth: crate::growth::growth(&spec, catalogue, &Terms::default(), &price),
            plan,
            bill,
            availability,
            dearer,
            spec,
        }
    }

    fn currency(&self) -> &str {
        &self.bill.cost.monthly.currency
    }

    fn month(&self) -> Money {
        self.bill.cost.monthly.amount.total
    }
}

/// A part of the report: the one that a command asks for is open from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Risks.
    Check,
    /// Sites and capacity.
    Plan,
    /// Cost.
    Cost,
    /// Downtime.
    Availability,
    /// Growth.
    Growth,
}

/// Why there is no page: a defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub String);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self(error.to_string())
    }
}

/// The whole page.
#[derive(Template)]
#[template(path = "report/page.html", syntax = "page", escape = "html", whitespace = "preserve")]
struct Page {
    l: Language,
    name: String,
    subtitle: String,
    /// HTML of page one.
    first: String,
    chapters: Vec<Chapter>,
}

/// What can be unfolded.
struct Chapter {
    id: &'static str,
    title: &'static str,
    open: bool,
    columns: Vec<Column>,
}

/// One spec's part of a chapter.
struct Column {
    /// Whose it is, where there are two.
    name: Option<String>,
    html: String,
}

/// Who is told what, and how the names of their drawings begin.
#[derive(Clone, Copy)]
struct Reader {
    language: Language,
    side: &'static str,
}

impl Reader {
    fn id(self, name: &str) -> String {
        format!("{}{name}", self.side)
    }
}

/// The page of one spec.
///
/// # Errors
/// A defect in what is drawn or filled in.
pub fn page(study: &Study, opened: Section, language: Language) -> Result<String, Problem> {
    let reader = Reader { language, side: "" };
    let page = Page {
        l: language,
        name: study.spec.name.clone(),
        subtitle: summary::subtitle(study, language),
        first: summary::html(study, language)?,
        chapters: chapters(&[(study, reader)], Some(opened))?,
    };
    Ok(page.render()?)
}

/// A chapter's html of one spec.
type Html = fn(&Study, Reader) -> Result<String, Problem>;

fn chapters(sides: &[(&Study, Reader)], opened: Option<Section>) -> Result<Vec<Chapter>, Problem> {
    let Some((_, Reader { language, .. })) = sides.first().copied() else { return Ok(Vec::new()) };
    let several = sides.len() > 1;
    let chapter = |id, section, title, html: Html| -> Result<Chapter, Problem> {
        let column = |(study, reader): &(&Study, Reader)| -> Result<Column, Problem> {
            let name = several.then(|| study.spec.name.clone());
            Ok(Column { name, html: html(study, *reader)? })
        };
        let columns = sides.iter().map(column).collect::<Result<_, _>>()?;
        Ok(Chapter { id, title, open: opened.is_none_or(|opened| opened == section), columns })
    };
    Ok(vec![
        chapter("risks", Section::Check, language.say("Riscos", "Risks"), risks::html)?,
        chapter("sites", Section::Plan, language.say("Locais e máquinas", "Sites and machines"), sites::html)?,
        chapter(
            "capacity",
            Section::Plan,
            language.say("Capacidade e folga", "Capacity and headroom"),
            capacity::html,
        )?,
        chapter("cost", Section::Cost, language.say("Custos", "Costs"), cost::html)?,
        chapter(
            "availability",
            Section::Availability,
            language.say("Disponibilidade", "Availability"),
            availability::html,
        )?,
        chapter("growth", Section::Growth, language.say("Crescimento", "Growth"), growth::html)?,
    ])
}
