//! Page one: what is promised and whether it is kept, what it costs, when it is outgrown, and the three largest risks.

use askama::Template;

use super::risks::{Risk, risks};
use super::words;
use super::{Problem, Study};
use crate::Language;

/// Of the simulated years, those that must keep the promise for it to count as kept.
const KEPT: f64 = 0.95;

#[derive(Template)]
#[template(path = "report/summary.html", syntax = "page", escape = "html", whitespace = "preserve")]
struct Summary {
    l: Language,
    headline: String,
    cards: Vec<Card>,
    risks: Vec<Risk>,
    assumed: usize,
}

/// One answer.
pub(super) struct Card {
    pub(super) question: String,
    pub(super) answer: String,
    pub(super) note: String,
    /// `ok`, `warn`, `bad`, or nothing.
    pub(super) tone: &'static str,
}

pub(super) fn html(study: &Study, l: Language) -> Result<String, Problem> {
    let mut risks = risks(study, l);
    risks.truncate(3);
    let assumed = study.availability.assumed.len();
    Ok(Summary { l, headline: headline(study, l), cards: cards(study, l), risks, assumed }.render()?)
}

/// Who is hosted where, in a line.
pub(super) fn subtitle(study: &Study, l: Language) -> String {
    let machines: u64 = study.spec.nodes.iter().map(|node| u64::from(node.count)).sum();
    [
        words::of(study.plan.clinics, l.say("clínica", "clinic"), l.say("clínicas", "clinics"), l),
        words::of(study.spec.sites.len() as u64, l.say("local", "site"), l.say("locais", "sites"), l),
        words::of(machines, l.say("máquina", "machine"), l.say("máquinas", "machines"), l),
    ]
    .join(" · ")
}

/// How a promise fares.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kept {
    Yes,
    Sometimes,
    No,
    Nothing,
}

pub(super) fn kept(study: &Study) -> Kept {
    match study.availability.keeps_promise {
        None => Kept::Nothing,
        Some(share) if share >= KEPT => Kept::Yes,
        Some(share) if share >= 0.5 => Kept::Sometimes,
        Some(_) => Kept::No,
    }
}

fn holds(study: &Study) -> bool {
    study.plan.fits && study.plan.survival.holds
}

fn headline(study: &Study, l: Language) -> String {
    let promise = match kept(study) {
        Kept::Yes => l.say("Esta frota fica no ar o quanto promete", "This fleet stays up as much as it promises"),
        Kept::Sometimes => l.say(
            "Esta frota nem sempre fica no ar o quanto promete",
            "This fleet does not always stay up as much as it promises",
        ),
        Kept::No => {
            l.say("Esta frota não fica no ar o quanto promete", "This fleet does not stay up as much as it promises")
        }
        Kept::Nothing => l.say("Esta frota não promete ficar no ar", "This fleet makes no promise to stay up"),
    };
    let cost = l.round_money(study.month().as_f64(), study.currency());
    let ends = &study.plan.exhaustion;
    let lasts = match (study.plan.fits, holds(study), ends.month_50) {
        (false, ..) => {
            l.say("e já é pequena para o que nela roda", "and is already too small for what runs on it").to_owned()
        }
        (true, false, _) => l
            .say(
                "e não aguenta a falha de máquina que promete aguentar",
                "and does not carry on through the failures it promises to",
            )
            .to_owned(),
        (true, true, Some(month)) => match l {
            Language::Portuguese => format!("e serve por cerca de {}", words::months(month, l)),
            Language::English => format!("and will do for about {}", words::months(month, l)),
        },
        (true, true, None) => match l {
            Language::Portuguese => format!("e serve por mais de {}", words::months(ends.horizon_months, l)),
            Language::English => format!("and will do for more than {}", words::months(ends.horizon_months, l)),
        },
    };
    match l {
        Language::Portuguese => format!("{promise}, custa {cost} por mês {lasts}."),
        Language::English => format!("{promise}, costs {cost} a month {lasts}."),
    }
}

pub(super) fn cards(study: &Study, l: Language) -> Vec<Card> {
    vec![
        promised(study, l),
        fulfilled(study, l),
        month(study, l),
        outgrown(study, l),
        disaster(study, l),
        failure(study, l),
    ]
}

fn card(question: &str, answer: impl Into<String>, note: impl Into<String>, tone: &'static str) -> Card {
    Card { question: question.to_owned(), answer: answer.into(), note: note.into(), tone }
}

fn promised(study: &Study, l: Language) -> Card {
    let question = l.say("O que se promete", "What is promised");
    let Some(promise) = study.availability.promise_percent else {
        let note = l.say(
            "a especificação não diz quanto tempo por ano o sistema fica no ar",
            "the spec does not say how much of a year it is up",
        );
        return card(question, l.say("nada", "nothing"), note, "warn");
    };
    let down = words::minutes((1.0 - promise / 100.0) * 525_600.0, l);
    let answer = match l {
        Language::Portuguese => format!("{} do ano no ar", words::percent(promise, l)),
        Language::English => format!("up {} of the year", words::percent(promise, l)),
    };
    let note = match l {
        Language::Portuguese => format!("pode parar no máximo {down} por ano"),
        Language::English => format!("it may be down {down} a year at most"),
    };
    card(question, answer, note, "")
}

fn fulfilled(study: &Study, l: Language) -> Card {
    let question = l.say("É cumprido?", "Is it kept?");
    let minutes = &study.availability.minutes;
    let (mean, bad) = (words::minutes(minutes.mean, l), words::minutes(minutes.p95, l));
    let years = match l {
        Language::Portuguese => format!("para {mean} num ano médio; 1 ano em cada 20 para mais de {bad}"),
        Language::English => format!("down {mean} in a mean year; 1 year in 20 is down more than {bad}"),
    };
    let (answer, tone) = match kept(study) {
        Kept::Yes => (l.say("Sim", "Yes"), "ok"),
        Kept::Sometimes => (l.say("Nem sempre", "Not always"), "warn"),
        Kept::No => (l.say("Não", "No"), "bad"),
        Kept::Nothing => (l.say("Nada se promete", "Nothing is promised"), "warn"),
    };
    let share = study.availability.keeps_promise.map(|share| words::years_of(share, l) + "; ");
    card(question, answer, share.unwrap_or_default() + &years, tone)
}

fn month(study: &Study, l: Language) -> Card {
    let cost = &study.bill.cost;
    let shown = |money: crate::Money| l.round_money(money.as_f64(), study.currency());
    let amount = cost.monthly.amount;
    let mut notes = Vec::new();
    if amount.low != amount.high {
        notes.push(match l {
            Language::Portuguese => format!("entre {} e {}", shown(amount.low), shown(amount.high)),
            Language::English => format!("between {} and {}", shown(amount.low), shown(amount.high)),
        });
    }
    if let Some(clinic) = cost.per_clinic {
        notes.push(format!("{} {}", shown(clinic.total), l.say("por clínica", "each clinic")));
    }
    if cost.bought.total.as_cents() > 0 {
        notes.push(match l {
            Language::Portuguese => format!("{} de compra no início, já diluídos na conta", shown(cost.bought.total)),
            Language::English => {
                format!("{} bought at the beginning, spread over the months", shown(cost.bought.total))
            }
        });
    }
    if cost.without_price > 0 {
        let without = cost.without_price as u64;
        notes.push(words::of(
            without,
            l.say("item sem preço", "item without a price"),
            l.say("itens sem preço", "items without a price"),
            l,
        ));
    }
    let tone = if cost.without_price > 0 { "warn" } else { "" };
    card(l.say("Custo por mês", "Cost a month"), shown(amount.total), notes.join("; "), tone)
}

fn outgrown(study: &Study, l: Language) -> Card {
    let question = l.say("Quando fica pequena", "When it is outgrown");
    let ends = &study.plan.exhaustion;
    if !holds(study) {
        let note = study.plan.findings.iter().find(|finding| finding.stops()).map(|finding| finding.text(l));
        let answer = if study.plan.fits {
            l.say("já, se uma máquina falha", "now, when a machine fails")
        } else {
            l.say("já está pequena", "it is too small now")
        };
        return card(question, answer, note.unwrap_or_default(), "bad");
    }
    let month = |month: Option<u32>| match month {
        Some(month) => words::months(month, l),
        None => format!("{} {}", l.say("mais de", "more than"), words::months(ends.horizon_months, l)),
    };
    let most = words::of(ends.clinics_most, l.say("clínica", "clinic"), l.say("clínicas", "clinics"), l);
    let answer = match ends.month_50 {
        Some(soon) => format!("{} {}", l.say("em cerca de", "in about"), words::months(soon, l)),
        None => format!("{} {}", l.say("não nos próximos", "not in the next"), words::months(ends.horizon_months, l)),
    };
    let (soon, late) = (month(ends.month_10), month(ends.month_90));
    let range = if soon == late {
        String::new()
    } else {
        format!("{} {soon} {} {late}; ", l.say("entre", "between"), l.say("e", "and"))
    };
    let now = words::count(study.plan.clinics, l);
    let tone = if ends.month_50.is_some_and(|month| month <= 12) { "warn" } else { "ok" };
    card(
        question,
        answer,
        format!("{range}{} {most} ({} {now})", l.say("cabem até", "room for"), l.say("hoje", "today")),
        tone,
    )
}

fn disaster(study: &Study, l: Language) -> Card {
    let recovery = &study.availability.recovery;
    let promised = |hours: Option<f64>| {
        hours.map_or_else(String::new, |hours| {
            format!(" ({} {})", l.say("prometido:", "promised:"), words::hours(hours, l))
        })
    };
    let answer = format!("{} {}", l.say("volta em", "back in"), words::hours(recovery.hours, l));
    let lost = words::hours(recovery.lost_hours, l);
    let note = match l {
        Language::Portuguese => format!(
            "tempo de ler de volta as cópias{}; perdem-se até {lost} de trabalho{}",
            promised(recovery.promise_hours),
            promised(recovery.promise_lost_hours)
        ),
        Language::English => format!(
            "the time to read the copies back{}; up to {lost} of work are lost{}",
            promised(recovery.promise_hours),
            promised(recovery.promise_lost_hours)
        ),
    };
    let tone = if recovery.keeps_promise { "ok" } else { "bad" };
    card(l.say("Depois de um desastre", "After a disaster"), answer, note, tone)
}

fn failure(study: &Study, l: Language) -> Card {
    let survival = &study.plan.survival;
    let question = l.say("Se uma máquina falha", "When a machine fails");
    if survival.tried == 0 {
        let note = match (study.spec.nodes.is_empty(), study.plan.fits) {
            (true, _) => l.say(
                "não há máquinas: tudo é comprado como serviço",
                "there are no machines: all is bought as a service",
            ),
            (false, true) => l.say(
                "a especificação não promete aguentar nenhuma falha",
                "the spec promises to carry on through none",
            ),
            (false, false) => l.say("nem tudo cabe, mesmo sem falhas", "not everything fits, even without a failure"),
        };
        return card(
            question,
            l.say("não foi testado", "it was not tried"),
            note,
            if study.spec.nodes.is_empty() { "" } else { "warn" },
        );
    }
    let (answer, tone) = match survival.holds {
        true => (l.say("tudo continua", "all runs on"), "ok"),
        false => (l.say("algo para", "something stops"), "bad"),
    };
    let note = match l {
        Language::Portuguese => format!("{} de {} falhas calculadas são superadas", survival.survived, survival.tried),
        Language::English => format!("{} of {} failures worked out are survived", survival.survived, survival.tried),
    };
    card(question, answer, note, tone)
}
