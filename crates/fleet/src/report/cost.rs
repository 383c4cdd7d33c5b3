//! The bill: by kind, by plan, line by line, beside a cloud, by other books, and what could be saved.

use askama::Template;

use super::canvas::{Canvas, Chart, Hold, colour, fit};
use super::{Problem, Reader, Study, words};
use crate::catalogue::Standing;
use crate::cost::Line;
use crate::spec::ClinicPlan;
use crate::{Amount, Language, Money};

const WIDTH: i32 = 400;

#[derive(Template)]
#[template(path = "report/cost.html", syntax = "page", escape = "html", whitespace = "preserve")]
struct CostPart {
    l: Language,
    groups: Option<Chart>,
    sentences: Vec<String>,
    plans: Vec<Vec<String>>,
    lines: Vec<Vec<String>>,
    savings: Vec<Vec<String>>,
    years: Vec<Vec<String>>,
    load: bool,
    books: String,
    differences: Vec<Vec<String>>,
    rest: String,
}

pub(super) fn html(study: &Study, reader: Reader) -> Result<String, Problem> {
    let l = reader.language;
    let cost = &study.bill.cost;
    let shown = |money: Money| l.money(money, study.currency());
    let plans = cost.plans.iter().map(|plan| {
        vec![
            plan_name(plan.plan).to_owned(),
            words::count(plan.clinics, l),
            shown(plan.month.total),
            shown(plan.clinic.total),
        ]
    });
    let savings = cost.savings.iter().map(|saving| {
        vec![
            saving.kind.text(l).to_owned(),
            saving.of.clone(),
            format!("{}{}", shown(saving.month.total), star(Some(saving.standing))),
        ]
    });
    let (books, differences, rest) = differences(study, l);
    let page = CostPart {
        l,
        groups: chart(study, reader)?,
        sentences: sentences(study, l),
        plans: plans.collect(),
        lines: cost.lines.iter().map(|line| row(line, study.currency(), l)).collect(),
        savings: savings.collect(),
        years: years(study, l),
        load: study.bill.three_years.is_some(),
        books,
        differences,
        rest,
    };
    Ok(page.render()?)
}

fn star(standing: Option<Standing>) -> &'static str {
    if standing == Some(Standing::Assumed) { "*" } else { "" }
}

pub(super) fn plan_name(plan: ClinicPlan) -> &'static str {
    match plan {
        ClinicPlan::Starter => "Starter",
        ClinicPlan::Professional => "Professional",
        ClinicPlan::Enterprise => "Enterprise",
    }
}

fn row(line: &Line, currency: &str, l: Language) -> Vec<String> {
    let month = if line.is_missing() {
        l.say("sem preço", "no price").to_owned()
    } else {
        format!("{}{}", l.money(line.month.total, currency), star(line.standing))
    };
    vec![
        format!("{} {}", line.what.text(l), line.of),
        line.site.clone().unwrap_or_default(),
        words::amount(line.count, l),
        month,
        line.book.clone().unwrap_or_default(),
    ]
}

fn chart(study: &Study, reader: Reader) -> Result<Option<Chart>, Problem> {
    let (l, cost) = (reader.language, &study.bill.cost);
    let mut groups: Vec<_> = cost.groups.iter().filter(|group| group.month.total.as_cents() > 0).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.month.total));
    let total = cost.monthly.amount.total.as_f64();
    let most = groups.first().map_or(0.0, |group| group.month.total.as_f64());
    if groups.is_empty() || most <= 0.0 {
        return Ok(None);
    }
    let mut canvas = Canvas::new(WIDTH);
    let mut y = 4;
    let mut told = Vec::new();
    for group in groups {
        let amount = group.month.total.as_f64();
        let said = format!("{} · {} %", l.round_money(amount, study.currency()), l.number(amount / total * 100.0, 0));
        canvas.tell((1, y + 8), fit(group.group.text(l), 200, 12.0), 12.0, Hold::Left, colour::INK, true);
        canvas.tell((WIDTH - 1, y + 8), &said, 12.0, Hold::Right, colour::MUTED, false);
        let width = (f64::from(WIDTH - 2) * amount / most).max(2.0) as i32;
        canvas.fill((1, y + 19), (1 + width, y + 33), colour::ACCENT);
        told.push(format!("{}: {said}", group.group.text(l)));
        y += 45;
    }
    let title = l.say("Custo por mês, por tipo", "Cost a month, by kind");
    Ok(Some(canvas.finish(y, reader.id("cost-groups"), title, told.join("; "))?))
}

fn sentences(study: &Study, l: Language) -> Vec<String> {
    let (bill, currency) = (&study.bill, study.currency());
    let shown = |money: Money| l.money(money, currency);
    let mut sentences = Vec::new();
    if let Some(even) = &bill.cost.break_even {
        let (clinics, hosted) = (words::count(even.clinics, l), words::count(even.hosted, l));
        let (revenue, price) = (shown(even.revenue), shown(even.price_needed.total));
        let left = shown(if even.profit < Money::default() { Money::default() - even.profit } else { even.profit });
        sentences.push(match (l, even.profit < Money::default()) {
            (Language::Portuguese, false) => format!("As {hosted} clínicas pagam {revenue} por mês: sobram {left}. A conta fecha com {clinics} clínicas, ou a {price} cada."),
            (Language::Portuguese, true) => format!("As {hosted} clínicas pagam {revenue} por mês: faltam {left}. A conta fecharia com {clinics} clínicas, ou a {price} cada."),
            (Language::English, false) => format!("The {hosted} clinics pay {revenue} a month: {left} remain. It pays from {clinics} clinics on, or at {price} each."),
            (Language::English, true) => format!("The {hosted} clinics pay {revenue} a month: {left} are missing. It would pay from {clinics} clinics on, or at {price} each."),
        });
    }
    if let Some(penalty) = &bill.penalty {
        let (expected, worst, months) =
            (shown(penalty.expected), shown(penalty.worst), l.number(penalty.months_percent, 1));
        sentences.push(match l {
            Language::Portuguese => format!("Multas por parada: {expected} por mês em média; {months} % dos meses têm alguma, o pior {worst}."),
            Language::English => format!("Given back for downtime: {expected} a month on average; in {months} % of the months something, in the worst {worst}."),
        });
    }
    for moved in &bill.lifecycles {
        let (before, after) = (shown(moved.lifecycle.before.total), shown(moved.lifecycle.after.total));
        sentences.push(match l {
            Language::Portuguese => format!("Objetos de {}: {before} por mês se todos ficam à mão, {after} se os antigos vão para classes mais baratas (suposição: um décimo é lido todo mês).", moved.of),
            Language::English => format!("Objects of {}: {before} a month with all of them at hand, {after} with the old ones in cheaper classes (assumed: a tenth is read each month).", moved.of),
        });
    }
    for book in &bill.cost.unknown_books {
        sentences.push(format!("{}: {book}.", l.say("Tabela de preços desconhecida", "Unknown book of prices")));
    }
    sentences
}

/// Three years: own, and each cloud.
fn years(study: &Study, l: Language) -> Vec<Vec<String>> {
    let Some(years) = &study.bill.three_years else { return Vec::new() };
    let shown = |amount: Amount| l.round_money(amount.total.as_f64(), study.currency());
    let own = match l {
        Language::Portuguese => format!("próprio (dos quais {} de compra)", shown(years.bought)),
        Language::English => format!("own (of which {} bought)", shown(years.bought)),
    };
    let mut rows = vec![vec![own, shown(years.own), "–".to_owned(), "–".to_owned()]];
    rows.extend(years.clouds.iter().map(|cloud| {
        let without = if cloud.without.is_empty() { "–".to_owned() } else { cloud.without.join(", ") };
        vec![cloud.provider.clone(), shown(cloud.on_demand), shown(cloud.reserved), without]
    }));
    rows
}

/// The books, the lines that differ, and what the others differ by.
fn differences(study: &Study, l: Language) -> (String, Vec<Vec<String>>, String) {
    let Some(other) = &study.bill.other_books else { return Default::default() };
    let shown = |money: Money| l.money(money, &other.differences.currency);
    let rows = other.differences.lines.iter().map(|line| {
        vec![
            format!("{} {}", line.what.text(l), line.of),
            shown(line.before),
            shown(line.after),
            line.percent.map_or_else(|| "–".to_owned(), |percent| format!("{} %", l.number(percent, 1))),
            line.reason.text(l).to_owned(),
            line.after_source.clone().unwrap_or_default(),
        ]
    });
    let totals =
        (shown(other.differences.before.total), shown(other.differences.after.total), shown(other.differences.rest));
    let rest = match l {
        Language::Portuguese => {
            format!("De {} para {}; as outras linhas somam {} de diferença.", totals.0, totals.1, totals.2)
        }
        Language::English => {
            format!("From {} to {}; the other lines together differ by {}.", totals.0, totals.1, totals.2)
        }
    };
    (other.books.join(", "), rows.collect(), rest)
}
