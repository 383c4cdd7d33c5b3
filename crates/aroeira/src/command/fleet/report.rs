//! `--html`: the whole report of a spec on one page, from any of the commands that tell a part of it.

use std::path::Path;

use aroeira_fleet::availability::Rates;
use aroeira_fleet::report::{Basis, Problem, Section, Study, page};
use aroeira_fleet::{Books, Language};

use super::Fleet;
use crate::failure::{Code, Failure, Result};

/// Years and seed where a command has no words for them.
pub(super) const YEARS: u32 = 4000;
pub(super) const SEED: u64 = 1;

/// What a report is made from beside the spec.
pub(super) struct Figures {
    pub(super) books: Books,
    pub(super) rates: Rates,
    pub(super) seed: u64,
    pub(super) years: u32,
}

impl Figures {
    /// Those that come with the program.
    ///
    /// # Errors
    /// A broken build.
    pub(super) fn built_in() -> Result<Self> {
        Self::with(super::cost::Prices::default().read()?)
    }

    /// Prices of one's own, and the built-in rates.
    ///
    /// # Errors
    /// As [`Figures::built_in`].
    pub(super) fn with(books: Books) -> Result<Self> {
        Ok(Self { books, rates: super::availability::rates(None)?, seed: SEED, years: YEARS })
    }

    /// Works everything out.
    pub(super) fn study(&self, fleet: Fleet) -> Study {
        let Fleet { spec, places, catalogue } = fleet;
        let (books, rates) = (&self.books, &self.rates);
        let basis = Basis { catalogue: &catalogue, books, rates, seed: self.seed, years: self.years };
        Study::new(spec, &places, &basis)
    }
}

/// Writes the page of a spec, with a command's section open.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(fleet: Fleet, figures: &Figures, opened: Section, file: &Path, language: Language) -> Result<()> {
    put_page(page(&figures.study(fleet), opened, language), file)
}

/// Writes a page over what is there, or prints it.
///
/// # Errors
/// As [`write`].
pub(super) fn put_page(page: std::result::Result<String, Problem>, file: &Path) -> Result<()> {
    let page = page
        .map_err(|problem| Failure::new(Code::Failed, format!("the report: {problem}"), "report this as a defect"))?;
    if file == Path::new("-") {
        put!("{}", page.trim_end());
        return Ok(());
    }
    std::fs::write(file, page).map_err(|error| Failure::file("the report", file, &error))?;
    put!("{}", file.display());
    Ok(())
}
