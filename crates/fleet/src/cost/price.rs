//! Looking prices up: from a wish to a line.

use super::line::{Line, What};
use super::weakness;
use crate::catalogue::Standing;
use crate::money::{Amount, Money};
use crate::prices::{Books, Exchange, Found, Group, MONTH_HOURS, Spread, Unit};
use crate::spec::{Payment, Site, SiteKind, Spec};

/// Months over which hardware is written off where the spec does not say it.
const DEPRECIATION_YEARS: f64 = 5.0;

/// The books of a spec.
pub(super) struct Prices<'a> {
    pub(super) spec: &'a Spec,
    pub(super) books: &'a Books,
}

/// What is to be priced.
pub(super) struct Ask<'a> {
    pub(super) group: Group,
    pub(super) what: What,
    pub(super) of: &'a str,
    pub(super) site: Option<&'a str>,
    /// Items it may be called, the best first.
    pub(super) items: Vec<String>,
    /// How many.
    pub(super) count: Spread,
    /// Gigabytes, of what is priced by them.
    pub(super) gb: Option<f64>,
    pub(super) payment: Option<Payment>,
    pub(super) multi_zone: bool,
}

impl<'a> Ask<'a> {
    /// One of an item.
    pub(super) fn new(group: Group, what: What, of: &'a str, item: impl Into<String>) -> Self {
        let items = vec![item.into()];
        Self { group, what, of, site: None, items, count: Spread::ONE, gb: None, payment: None, multi_zone: false }
    }

    pub(super) fn at(mut self, site: &'a str) -> Self {
        self.site = Some(site);
        self
    }

    pub(super) fn times(mut self, count: f64) -> Self {
        self.count = Spread { low: count, likely: count, high: count };
        self
    }
}

impl<'a> Prices<'a> {
    pub(super) fn new(spec: &'a Spec, books: &'a Books) -> Self {
        Self { spec, books }
    }

    /// An item of the spec's books.
    pub(super) fn find(&self, id: &str) -> Option<Found<'a>> {
        self.books.find(&self.spec.price_books, id, &self.spec.currency)
    }

    /// A figure that is no price: of the spec's books, else of any.
    pub(super) fn figure(&self, id: &str) -> Option<Found<'a>> {
        self.books.find_anywhere(&self.spec.price_books, id, &self.spec.currency)
    }

    /// What an item's currency is worth in the spec's.
    pub(super) fn exchange(&self, found: Found<'_>) -> Option<Exchange> {
        self.books.exchange(&self.spec.price_books, found.currency(), &self.spec.currency)
    }

    /// Months over which what is bought is written off.
    pub(super) fn months(&self) -> f64 {
        let years = self.spec.business.depreciation_years.unwrap_or(DEPRECIATION_YEARS);
        12.0 * if years > 0.0 { years } else { DEPRECIATION_YEARS }
    }

    /// The site of that id.
    pub(super) fn site(&self, id: &str) -> Option<&'a Site> {
        self.spec.sites.iter().find(|site| site.id == id)
    }

    /// Whether a site is a region of a cloud.
    pub(super) fn is_cloud(&self, id: &str) -> bool {
        self.site(id).is_some_and(|site| site.kind == SiteKind::CloudRegion)
    }

    /// The line of what is asked for; one without a price where no book of the spec has it.
    pub(super) fn line(&self, ask: &Ask<'_>) -> Line {
        let found = ask.items.iter().find_map(|item| self.find(item));
        let found = found.filter(|found| !matches!(found.item.unit, Unit::Percent | Unit::Factor));
        let priced = found.and_then(|found| self.exchange(found).map(|exchange| (found, exchange)));
        let Some((found, exchange)) = priced else { return missing(ask) };
        let item = found.item;
        let (discount, discounted) = self.discount(ask.payment);
        let price = item.spread();
        let zones = if ask.multi_zone { item.multi_zone } else { 1.0 };
        let effective = Spread {
            low: price.low * discount.low * zones,
            likely: price.likely * discount.likely * zones,
            high: price.high * discount.high * zones,
        };
        let gb = matches!(item.unit, Unit::GbMonth | Unit::GbOnce).then_some(ask.gb).flatten();
        let count = gb.map_or(ask.count, |gb| Spread { low: gb, likely: gb, high: gb });
        let hours = if item.unit == Unit::Hour { MONTH_HOURS } else { 1.0 };
        let whole = |per: f64| Amount {
            low: Money::product(effective.low, count.low * hours, exchange.rate.low, per),
            total: Money::product(effective.likely, count.likely * hours, exchange.rate.likely, per),
            high: Money::product(effective.high, count.high * hours, exchange.rate.high, per),
        };
        let once = matches!(item.unit, Unit::Once | Unit::GbOnce);
        let standings = [Some(item.source.standing), exchange.standing, discounted];
        Line {
            group: item.group.filter(|_| ask.what == What::Service).unwrap_or(ask.group),
            what: ask.what,
            of: ask.of.to_owned(),
            site: ask.site.map(str::to_owned),
            item: item.id.clone(),
            instead_of: None,
            count: count.likely,
            unit: Some(item.unit),
            price: Some(effective.likely),
            per: item.per,
            currency: Some(found.currency().to_owned()),
            book: Some(found.book.id.clone()),
            standing: standings.into_iter().flatten().max_by_key(|standing| weakness(*standing)),
            source: Some(item.source.text.clone()),
            payment: ask.payment.filter(|_| !once),
            bought: once.then(|| whole(item.per)),
            month: whole(item.per * if once { self.months() } else { 1.0 }),
        }
    }

    /// What a way of paying leaves of a price, and how that is known.
    fn discount(&self, payment: Option<Payment>) -> (Spread, Option<Standing>) {
        let id = match payment {
            None | Some(Payment::OnDemand) => return (Spread::ONE, None),
            Some(Payment::ReservedOneYear) => "discount.reserved-one-year",
            Some(Payment::ReservedThreeYears) => "discount.reserved-three-years",
            Some(Payment::Spot) => "discount.spot",
        };
        let Some(found) = self.figure(id).filter(|found| found.item.unit == Unit::Percent) else {
            return (Spread::ONE, None);
        };
        let percent = found.item.spread();
        let left = |percent: f64| (1.0 - percent / 100.0).clamp(0.0, 1.0);
        let left = Spread { low: left(percent.high), likely: left(percent.likely), high: left(percent.low) };
        (left, Some(found.item.source.standing))
    }
}

/// The line of what no book has.
fn missing(ask: &Ask<'_>) -> Line {
    let item = ask.items.first().cloned().unwrap_or_default();
    let mut line = Line::of_spec(ask.group, ask.what, ask.of, 0.0);
    line.site = ask.site.map(str::to_owned);
    line.item = item;
    line.count = ask.gb.unwrap_or(ask.count.likely);
    line.price = None;
    line.book = None;
    line.standing = Some(Standing::Assumed);
    line.payment = ask.payment;
    line
}

/// What items of a place are called after.
pub(super) fn country(site: &Site) -> String {
    if site.country == "BR" { "brazil".to_owned() } else { site.country.to_ascii_lowercase() }
}
