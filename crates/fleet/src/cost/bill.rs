//! The whole bill of a fleet: a month, line by line, and what follows from it: three years beside a cloud, objects moved on,
//! what broken promises cost, and what other books of prices would say.

use serde::Serialize;

use super::difference::{Differences, difference};
use super::lifecycle::{Moved, moved};
use super::penalty::{Month, Penalty, penalty};
use super::price::Prices;
use super::years::{ThreeYears, three_years};
use super::{Cost, cost};
use crate::catalogue::Catalogue;
use crate::plan::Plan;
use crate::prices::Books;
use crate::spec::{SiteKind, Spec};

/// Lines that two books price alike to so many percent are not told one by one.
pub const TOLD_PERCENT: f64 = 2.0;

/// A month's cost, and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bill {
    /// A month of it.
    #[serde(flatten)]
    pub cost: Cost,
    /// Own machines beside clouds; nothing where no machine is own.
    pub three_years: Option<ThreeYears>,
    /// Objects that would cost less in other classes.
    pub lifecycles: Vec<Moved>,
    /// What broken promises cost; nothing where nothing is promised or given back.
    pub penalty: Option<Penalty>,
    /// The same fleet by the books that the spec does not name first; nothing where they have none of its prices.
    pub other_books: Option<OtherBooks>,
}

/// The same fleet by other books.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OtherBooks {
    /// Those that have a price of it, in their order.
    pub books: Vec<String>,
    /// Line by line.
    #[serde(flatten)]
    pub differences: Differences,
}

/// Reckons the whole bill. `months`: minutes down in each of many months, as a simulation gives them.
#[must_use]
pub fn bill(spec: &Spec, catalogue: &Catalogue, books: &Books, plan: &Plan, months: &[f64]) -> Bill {
    let cost = cost(spec, catalogue, books);
    let months: Vec<Month> = months.iter().map(|minutes| Month::down(*minutes)).collect();
    Bill {
        three_years: three_years(spec, books, &cost, load(spec, plan)),
        lifecycles: moved(&Prices::new(spec, books)),
        penalty: penalty(spec, &months),
        other_books: other_books(spec, catalogue, books, &cost),
        cost,
    }
}

/// The part of machines and storage that is used, of what most is used of: a cloud that is larger than that is paid for nothing,
/// one that is smaller does not hold what there is. 1 where a plan is none.
fn load(spec: &Spec, plan: &Plan) -> f64 {
    let machines = plan.headroom.iter().filter(|one| one.total > 0.0).map(|one| one.used / one.total);
    let own = |id: &str| spec.sites.iter().any(|site| site.id == id && site.kind != SiteKind::CloudRegion);
    let there: f64 = spec.storage.iter().filter(|storage| own(&storage.site)).map(|storage| storage.gb).sum();
    let kept: f64 = plan.storage.first().map_or(0.0, |now| {
        let objects = now.object_hot + now.object_infrequent + now.object_archive + now.object_deep_archive;
        now.block + now.files + objects
    });
    let storage = (there > 0.0).then(|| (kept / there).min(1.0));
    machines.chain(storage).fold(0.0, f64::max)
}

fn other_books(spec: &Spec, catalogue: &Catalogue, books: &Books, before: &Cost) -> Option<OtherBooks> {
    let others = books.all().map(|book| &book.id).filter(|id| !spec.price_books.contains(id));
    let order: Vec<String> = others.chain(&spec.price_books).cloned().collect();
    let after = cost(&Spec { price_books: order.clone(), ..spec.clone() }, catalogue, books);
    let used = |id: &String| after.lines.iter().any(|line| line.book.as_ref() == Some(id));
    let books: Vec<String> = order.into_iter().filter(|id| !spec.price_books.contains(id) && used(id)).collect();
    if books.is_empty() {
        return None;
    }
    Some(OtherBooks { books, differences: difference(before, &after, TOLD_PERCENT)? })
}
