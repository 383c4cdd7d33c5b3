//! Risks in order of money and minutes, and what one improvement would buy.

use askama::Template;

use super::words;
use super::{Problem, Reader, Study};
use crate::availability::{Cause, Improvement, Step};
use crate::check::Severity;
use crate::plan::Finding;
use crate::{Language, Money};

/// Minutes a year below which a cause or an improvement is not told.
const LEAST: f64 = 1.0;

#[derive(Template)]
#[template(path = "report/risks.html", syntax = "page", escape = "html", whitespace = "preserve")]
struct Risks {
    l: Language,
    risks: Vec<Risk>,
    notes: Vec<String>,
    improvements: Vec<Better>,
    /// What improvements are measured by.
    hundred: String,
}

/// A risk, as people read it.
pub(super) struct Risk {
    rank: Rank,
    money: Option<Money>,
    minutes: Option<f64>,
    pub(super) kind: &'static str,
    pub(super) text: String,
    pub(super) remedy: String,
    pub(super) shown_money: String,
    pub(super) shown_minutes: String,
}

/// What is certain comes before what is measured, and that before what is only known of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Certain,
    Measured,
    Known,
}

/// What an improvement brings.
struct Better {
    text: String,
    minutes: String,
    keeps: String,
    lost: String,
    money: String,
    each: String,
}

pub(super) fn html(study: &Study, reader: Reader) -> Result<String, Problem> {
    let l = reader.language;
    let notes = study.findings.iter().filter(|finding| finding.severity == Severity::Note);
    let mut notes: Vec<String> = notes
        .map(|finding| words::printed(&format!("{} → {}", finding.text.in_language(l), finding.remedy.in_language(l))))
        .collect();
    notes.extend(study.availability.gaps.iter().map(|gap| gap.text(l)));
    let hundred = l.round_money(100.0, study.currency());
    Ok(Risks { l, risks: risks(study, l), notes, improvements: improvements(study, l), hundred }.render()?)
}

/// All of them, the worst first.
pub(super) fn risks(study: &Study, l: Language) -> Vec<Risk> {
    let mut risks = Vec::new();
    found(study, l, &mut risks);
    planned(study, l, &mut risks);
    money(study, l, &mut risks);
    causes(study, l, &mut risks);
    risks.sort_by(|one, other| {
        let minutes = |risk: &Risk| risk.minutes.unwrap_or_default();
        one.rank
            .cmp(&other.rank)
            .then(other.money.unwrap_or_default().cmp(&one.money.unwrap_or_default()))
            .then(minutes(other).total_cmp(&minutes(one)))
    });
    let currency = study.currency();
    for risk in &mut risks {
        if let Some(money) = risk.money.filter(|money| money.as_cents() > 0) {
            risk.shown_money = l.round_money(money.as_f64(), currency);
        }
        if let Some(minutes) = risk.minutes {
            risk.shown_minutes = words::minutes(minutes, l);
        }
    }
    risks
}

fn risk(rank: Rank, kind: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Risk {
    let text = words::printed(&words::sentence(&text.into()));
    let remedy = words::printed(&remedy.into());
    Risk {
        rank, money: None, minutes: None, kind, text, remedy, shown_money: "–".into(), shown_minutes: "–".into()
    }
}

fn found(study: &Study, l: Language, risks: &mut Vec<Risk>) {
    for finding in &study.findings {
        let (rank, kind) = match finding.severity {
            Severity::Error => (Rank::Certain, l.say("contradição", "contradiction")),
            Severity::Warning => (Rank::Known, l.say("aviso", "warning")),
            Severity::Note => continue,
        };
        risks.push(risk(rank, kind, finding.text.in_language(l), finding.remedy.in_language(l)));
    }
}

fn planned(study: &Study, l: Language, risks: &mut Vec<Risk>) {
    let none =
        l.say("nenhuma mudança sozinha resolve: veja a capacidade", "no change by itself would do: see the capacity");
    let change = study.plan.changes.first().map_or_else(|| none.to_owned(), |change| change.step.text(l));
    for finding in study.plan.findings.iter().filter(|finding| finding.stops()) {
        let kind = match finding {
            Finding::NotSurvived { .. } => l.say("falha não superada", "failure not survived"),
            _ => l.say("não cabe", "does not fit"),
        };
        risks.push(risk(Rank::Certain, kind, finding.text(l), change.clone()));
    }
    let recovery = &study.availability.recovery;
    for (promise, takes, portuguese, english, remedy) in [
        (
            recovery.promise_hours,
            recovery.hours,
            "ler de volta todas as cópias leva",
            "reading all copies back takes",
            l.say(
                "prometa mais tempo, ou leia de mais de um lugar ao mesmo tempo",
                "promise more time, or read from several places at once",
            ),
        ),
        (
            recovery.promise_lost_hours,
            recovery.lost_hours,
            "num desastre perdem-se até",
            "a disaster loses up to",
            l.say("copie com mais frequência", "copy more often"),
        ),
    ] {
        // Where the spec's own figures contradict each other, that was found already.
        let said = study.findings.iter().any(|finding| finding.code == "rpo-shorter-than-backups");
        if let Some(promise) = promise.filter(|promise| takes > *promise)
            && !(said && promise == recovery.promise_lost_hours.unwrap_or(-1.0) && takes == recovery.lost_hours)
        {
            let (takes, promise) = (words::hours(takes, l), words::hours(promise, l));
            let text = match l {
                Language::Portuguese => format!("{portuguese} {takes}; prometem-se {promise}"),
                Language::English => format!("{english} {takes}; {promise} is promised"),
            };
            risks.push(risk(Rank::Certain, l.say("promessa", "promise"), text, remedy));
        }
    }
}

fn money(study: &Study, l: Language, risks: &mut Vec<Risk>) {
    let cost = &study.bill.cost;
    let kind = l.say("dinheiro", "money");
    let mut add = |money: Money, text: String, remedy: String| {
        risks.push(Risk { money: Some(money), ..risk(Rank::Measured, kind, text, remedy) });
    };
    if let Some(even) = &cost.break_even
        && even.profit.as_cents() < 0
    {
        let (needed, price) = (words::count(even.clinics, l), l.money(even.price_needed.total, study.currency()));
        let text = l.say("o que as clínicas pagam não cobre o custo", "what the clinics pay does not cover the cost");
        let remedy = match l {
            Language::Portuguese => format!("ter {needed} clínicas, ou cobrar {price} de cada uma"),
            Language::English => format!("have {needed} clinics, or charge each {price}"),
        };
        add(Money::default() - even.profit, text.to_owned(), remedy);
    }
    let amount = cost.monthly.amount;
    let more = amount.high - amount.total;
    if more.as_f64() > 0.2 * amount.total.as_f64() {
        let text =
            l.say("os preços são incertos: a conta pode ser maior", "prices are uncertain: the bill may be larger");
        let remedy = l.say(
            "peça orçamentos e escreva-os numa tabela de preços própria",
            "ask for quotations, and write them into a book of prices of your own",
        );
        add(more, text.to_owned(), remedy.to_owned());
    }
    if cost.without_price > 0 {
        let count = words::of(cost.without_price as u64, l.say("item", "item"), l.say("itens", "items"), l);
        let text =
            format!("{count} {}", l.say("sem preço: o custo real é maior", "without a price: the real cost is higher"));
        risks.push(risk(Rank::Measured, kind, text, l.say("acrescente uma tabela de preços", "add a book of prices")));
    }
    if let Some(month) = study.plan.exhaustion.month_50.filter(|month| study.plan.survival.holds && *month <= 12) {
        let ends = study.plan.bottleneck.map_or("", |of| of.text(l));
        let text = match l {
            Language::Portuguese => {
                format!("a frota fica pequena em cerca de {}; primeiro acaba: {ends}", words::months(month, l))
            }
            Language::English => {
                format!("the fleet is outgrown in about {}; first to end: {ends}", words::months(month, l))
            }
        };
        risks.push(risk(
            Rank::Known,
            l.say("crescimento", "growth"),
            text,
            l.say("planeje a ampliação", "plan what comes next"),
        ));
    }
}

fn causes(study: &Study, l: Language, risks: &mut Vec<Risk>) {
    let availability = &study.availability;
    let whole = availability.minutes.mean.max(1e-9);
    for cause in availability.causes.iter().filter(|cause| cause.minutes >= LEAST) {
        let text = plain(cause.cause, l);
        let better =
            availability.improvements.iter().find(|better| helps(cause.cause, better) && better.minutes >= LEAST);
        let remedy = better.map(|better| better.step.text(l)).unwrap_or_default();
        let money = study.bill.penalty.map(|penalty| penalty.expected.scaled(cause.minutes / whole));
        let minutes = Some(cause.minutes);
        risks.push(Risk { money, minutes, ..risk(Rank::Measured, l.say("parada", "downtime"), text, remedy) });
    }
}

/// A cause as who is no engineer says it.
fn plain(cause: Cause, l: Language) -> &'static str {
    match cause {
        Cause::Power => l.say("queda de energia", "the electricity is cut"),
        Cause::Link => l.say("queda da internet", "the internet is cut"),
        Cause::Edge => l.say("falha do firewall", "the firewall fails"),
        Cause::Machine => l.say("quebra de máquina", "a machine breaks"),
        Cause::Disk => l.say("quebra de discos", "disks break"),
        Cause::Storage => l.say("falha do armazenamento central", "the shared storage fails"),
        Cause::CommonCause => {
            l.say("falha que atinge várias máquinas de uma vez", "a failure strikes several machines at once")
        }
        Cause::Software => l.say("travamento de programas", "programs crash"),
        Cause::Failover => {
            l.say("demora até outra máquina assumir", "it takes a while until another machine takes over")
        }
        Cause::Maintenance => l.say("manutenção planejada", "planned maintenance"),
        Cause::HumanError => l.say("erro humano", "human error"),
        Cause::Restore => {
            l.say("leitura das cópias depois de perda de dados", "copies are read back after data was lost")
        }
        Cause::Provider => l.say("falha da nuvem ou do data center", "the cloud or the data centre fails"),
    }
}

/// Whether a change is aimed at a cause.
fn helps(cause: Cause, better: &Improvement) -> bool {
    match better.step {
        Step::SecondLink { .. } => cause == Cause::Link,
        Step::SecondFirewall { .. } => cause == Cause::Edge,
        Step::Generator { .. } => cause == Cause::Power,
        Step::OneMoreNode { .. } => {
            matches!(cause, Cause::Machine | Cause::Disk | Cause::Maintenance | Cause::Software)
        }
        Step::MultiZone { .. } => cause == Cause::Provider,
        Step::ContinuousBackup => cause == Cause::Restore,
        Step::SparePart => matches!(cause, Cause::Machine | Cause::Disk),
    }
}

/// Improvements by what each coin buys: what is free first, what has no price last.
fn improvements(study: &Study, l: Language) -> Vec<Better> {
    let currency = study.currency();
    let all = study.availability.improvements.iter().zip(&study.dearer);
    let mut all: Vec<(&Improvement, Option<Money>, f64)> = all
        .filter(|(better, _)| better.minutes >= LEAST || better.lost_hours >= 0.01)
        .map(|(better, more)| {
            let each = match more {
                Some(more) if more.as_cents() <= 0 => f64::INFINITY,
                Some(more) => better.minutes / more.as_f64() * 100.0,
                None => f64::NEG_INFINITY,
            };
            (better, *more, each)
        })
        .collect();
    all.sort_by(|one, other| other.2.total_cmp(&one.2));
    let row = |(better, more, each): (&Improvement, Option<Money>, f64)| Better {
        text: words::printed(&words::sentence(&better.step.text(l))),
        minutes: words::minutes(better.minutes, l),
        keeps: better.keeps_promise.map_or_else(|| "–".to_owned(), |keeps| format!("{} %", l.number(keeps * 100.0, 1))),
        lost: words::hours(better.lost_hours, l),
        money: more.map_or_else(|| l.say("não se sabe", "not known").to_owned(), |more| l.money(more, currency)),
        each: if each == f64::INFINITY {
            l.say("sem custo a mais", "nothing to pay").to_owned()
        } else if each.is_finite() {
            words::minutes(each, l)
        } else {
            "–".to_owned()
        },
    };
    all.into_iter().map(row).collect()
}
