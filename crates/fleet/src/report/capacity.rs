//! What is used and what is left: of the whole fleet, and of each kind of machine.

use askama::Template;

use super::canvas::{Canvas, Chart, Hold, colour, fit};
use super::{Problem, Reader, Study, words};
use crate::Language;
use crate::plan::{Dimension, Takes};

const WIDTH: i32 = 400;
/// Rows that are drawn; the table has all.
const MOST: usize = 32;

#[derive(Template)]
#[template(path = "report/capacity.html", syntax = "page", escape = "html", whitespace = "preserve")]
struct Capacity {
    l: Language,
    whole: Option<Chart>,
    groups: Option<Chart>,
    left_out: usize,
    rows: Vec<Vec<String>>,
    sentences: Vec<String>,
    findings: Vec<String>,
    changes: Vec<String>,
}

pub(super) fn html(study: &Study, reader: Reader) -> Result<String, Problem> {
    let l = reader.language;
    let bars = groups(study, l);
    let rows = bars.iter().map(Bar::row).collect();
    let left_out = bars.len().saturating_sub(MOST);
    let plan = &study.plan;
    let page = Capacity {
        l,
        whole: whole(study, reader)?,
        groups: if bars.is_empty() {
            None
        } else {
            let title = l.say("Uso de cada tipo de máquina", "Use of each kind of machine");
            Some(chart(&bars[..bars.len().min(MOST)], reader.id("groups"), title, l)?)
        },
        left_out,
        rows,
        sentences: sentences(study, l),
        findings: plan.findings.iter().map(|finding| super::words::printed(&finding.text(l))).collect(),
        changes: plan.changes.iter().map(|change| super::words::printed(&change.step.text(l))).collect(),
    };
    Ok(page.render()?)
}

/// One bar: from 0 to 1 of what there is.
struct Bar {
    name: String,
    of: &'static str,
    used: f64,
    reserved: f64,
    said: String,
    free: String,
}

impl Bar {
    fn row(&self) -> Vec<String> {
        vec![self.name.clone(), self.of.to_owned(), self.said.clone(), self.free.clone()]
    }
}

fn unit(of: Dimension) -> &'static str {
    match of {
        Dimension::Memory | Dimension::Gpu => " GiB",
        Dimension::Disk => " GB",
        Dimension::Cores | Dimension::Rules => "",
    }
}

fn said(used: f64, total: f64, of: Dimension, l: Language) -> String {
    let (used_said, total_said) = (words::amount(used, l), words::amount(total, l));
    format!("{} % ({used_said} {} {total_said}{})", l.number(used / total * 100.0, 0), l.say("de", "of"), unit(of))
}

fn whole(study: &Study, reader: Reader) -> Result<Option<Chart>, Problem> {
    let l = reader.language;
    let bar = |left: &crate::plan::Headroom| Bar {
        name: left.of.text(l).to_owned(),
        of: left.of.text(l),
        used: left.used / left.total,
        reserved: left.reserved / left.total,
        said: said(left.used, left.total, left.of, l),
        free: String::new(),
    };
    let bars: Vec<Bar> = study.plan.headroom.iter().filter(|left| left.total > 0.0).map(bar).collect();
    if bars.is_empty() {
        return Ok(None);
    }
    let title = l.say("Uso da frota inteira", "Use of the whole fleet");
    Ok(Some(chart(&bars, reader.id("whole"), title, l)?))
}

/// One of the amounts.
type Of = fn(&Takes) -> f64;

/// Bars of each kind of machine in each dimension that it has.
fn groups(study: &Study, l: Language) -> Vec<Bar> {
    let dimensions: [(Dimension, Of); 4] = [
        (Dimension::Cores, |takes| takes.cores),
        (Dimension::Memory, |takes| takes.memory_gb),
        (Dimension::Disk, |takes| takes.disk_gb),
        (Dimension::Gpu, |takes| takes.gpu_gb),
    ];
    let mut bars = Vec::new();
    for node in &study.spec.nodes {
        let mine: Vec<_> = study.plan.nodes.iter().filter(|planned| planned.node == node.id).collect();
        for (of, get) in dimensions {
            let sum =
                |takes: &dyn Fn(&crate::plan::Planned) -> f64| mine.iter().map(|planned| takes(planned)).sum::<f64>();
            let (total, used) = (sum(&|planned| get(&planned.capacity)), sum(&|planned| get(&planned.used)));
            if total > 0.0 {
                let times = if node.count > 1 { format!(" × {}", node.count) } else { String::new() };
                bars.push(Bar {
                    name: format!("{}{times}", node.id),
                    of: of.text(l),
                    used: used / total,
                    reserved: 0.0,
                    said: said(used, total, of, l),
                    free: format!("{}{}", words::amount(total - used, l), unit(of)),
                });
            }
        }
    }
    bars
}

fn chart(bars: &[Bar], id: String, title: &str, l: Language) -> Result<Chart, Problem> {
    let mut canvas = Canvas::new(WIDTH);
    let mut y = 4;
    let across = |share: f64| (f64::from(WIDTH - 2) * share.clamp(0.0, 1.0)) as i32 + 1;
    for bar in bars {
        let name = if bar.name == bar.of { bar.name.clone() } else { format!("{}: {}", bar.name, bar.of) };
        canvas.tell((1, y + 8), fit(&name, 215, 12.0), 12.0, Hold::Left, colour::INK, true);
        canvas.tell((WIDTH - 1, y + 8), &bar.said, 11.5, Hold::Right, colour::MUTED, false);
        y += 19;
        canvas.frame(usize::MAX, (1, y), (WIDTH - 1, y + 14), colour::SURFACE, colour::LINE);
        if bar.reserved > 0.0 {
            canvas.fill((across(1.0 - bar.reserved), y + 1), (WIDTH - 2, y + 13), colour::SPARE);
        }
        let fill = if bar.used + bar.reserved > 1.0 + 1e-9 { colour::DANGER } else { colour::ACCENT };
        canvas.fill((1, y), (across(bar.used), y + 14), fill);
        y += 26;
    }
    let told: Vec<String> = bars.iter().map(|bar| format!("{} {}: {}", bar.name, bar.of, bar.said)).collect();
    let what = l.say("Usado, em parte do que há.", "Used, as a part of what there is.");
    canvas.finish(y, id, title, format!("{what} {}", told.join("; ")))
}

fn sentences(study: &Study, l: Language) -> Vec<String> {
    let plan = &study.plan;
    let mut sentences = Vec::new();
    if let Some(first) = plan.bottleneck {
        sentences.push(format!("{}: {}.", l.say("O primeiro limite", "What ends first"), first.text(l)));
    }
    let survival = &plan.survival;
    sentences.push(match l {
        Language::Portuguese => format!(
            "Falhas de máquinas superadas: {} de {} (a promessa é de {} ao mesmo tempo).",
            survival.survived, survival.tried, survival.promised
        ),
        Language::English => format!(
            "Failures of machines survived: {} of {} ({} at once are promised).",
            survival.survived, survival.tried, survival.promised
        ),
    });
    if let (Some((next, from)), true) = (plan.next_phase, plan.clinics > 0) {
        let name = match next {
            crate::plan::Phase::Garage => l.say("garagem", "garage"),
            crate::plan::Phase::LocalProvider => l.say("provedor local", "local provider"),
            crate::plan::Phase::Colocation => "colocation",
        };
        sentences.push(match l {
            Language::Portuguese => {
                format!("A próxima fase, {name}, começa com {from} clínicas; hoje há {}.", plan.clinics)
            }
            Language::English => {
                format!("The next phase, {name}, begins at {from} clinics; there are {} today.", plan.clinics)
            }
        });
    }
    sentences
}
