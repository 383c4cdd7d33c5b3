//! From ten clinics to ten thousand: what each costs, what ends first, what must be built differently.

use askama::Template;

use super::canvas::{Canvas, Chart, Hold, colour};
use super::{Problem, Reader, Study, words};
use crate::Language;
use crate::growth::Stage;
use crate::plan::Dimension;

const WIDTH: i32 = 400;
const HEIGHT: i32 = 270;
const LEFT: i32 = 62;
const RIGHT: i32 = 386;
const TOP: i32 = 14;
const BOTTOM: i32 = 208;

#[derive(Template)]
#[template(path = "report/growth.html", syntax = "page", escape = "html", whitespace = "preserve")]
struct GrowthPart {
    l: Language,
    chart: Option<Chart>,
    rows: Vec<Vec<String>>,
    changes: Vec<String>,
    stopped: Option<String>,
    findings: Vec<String>,
}

pub(super) fn html(study: &Study, reader: Reader) -> Result<String, Problem> {
    let l = reader.language;
    let stages = &study.growth.stages;
    let money =
        |amount: Option<f64>| amount.map_or_else(|| "–".to_owned(), |amount| l.round_money(amount, study.currency()));
    let row = |stage: &Stage| {
        let nodes = words::count(stage.nodes_total, l);
        vec![
            words::count(stage.clinics, l),
            if stage.holds { nodes } else { l.say("não cabe", "does not fit").to_owned() },
            money(stage.month.filter(|_| stage.holds)),
            money(stage.month_per_clinic.filter(|_| stage.holds)),
            stage.bottleneck.map_or("–", |of| of.text(l)).to_owned(),
        ]
    };
    let mut told = Vec::new();
    let mut changes = Vec::new();
    for stage in stages {
        for (what, _) in &stage.passed {
            if !told.contains(what) {
                told.push(*what);
                let clinics = words::count(stage.clinics, l);
                changes.push(format!("{clinics} {}: {}", l.say("clínicas", "clinics"), what.text(l)));
            }
        }
    }
    let stuck = stages.iter().find(|stage| !stage.holds);
    let stopped = stuck.map(|stage| {
        let clinics = words::of(
            stage.clinics,
            l.say("clínica não cabe", "clinic does not fit"),
            l.say("clínicas não cabem", "clinics do not fit"),
            l,
        );
        format!("{clinics} {}", l.say("em mais máquinas como estas:", "on more machines like these:"))
    });
    let findings = stuck.map(|stage| {
        stage.findings.iter().filter(|finding| finding.stops()).take(3).map(|finding| finding.text(l)).collect()
    });
    let page = GrowthPart {
        l,
        chart: chart(study, reader)?,
        rows: stages.iter().map(row).collect(),
        changes,
        stopped,
        findings: findings.unwrap_or_default(),
    };
    Ok(page.render()?)
}

fn letter(of: Option<Dimension>) -> &'static str {
    match of {
        Some(Dimension::Cores) => "C",
        Some(Dimension::Memory) => "M",
        Some(Dimension::Disk) => "D",
        Some(Dimension::Gpu) => "V",
        Some(Dimension::Rules) => "R",
        None => "",
    }
}

/// 1, 2, 5, 10 … from below the least to above the most.
fn ticks(least: f64, most: f64) -> Vec<f64> {
    let mut ticks = Vec::new();
    let mut decade = 10f64.powf(least.log10().floor());
    while decade <= most * 10.0 {
        ticks.extend([1.0, 2.0, 5.0].map(|times| times * decade));
        decade *= 10.0;
    }
    let first = ticks.iter().rposition(|tick| *tick <= least).unwrap_or(0);
    let last = ticks.iter().position(|tick| *tick >= most).unwrap_or(ticks.len() - 1);
    ticks[first..=last.max(first + 1).min(ticks.len() - 1)].to_vec()
}

fn chart(study: &Study, reader: Reader) -> Result<Option<Chart>, Problem> {
    let l = reader.language;
    let held = study.growth.stages.iter().filter(|stage| stage.holds);
    let points: Vec<(&Stage, f64)> =
        held.filter_map(|stage| Some((stage, stage.month_per_clinic.filter(|cost| *cost > 0.0)?))).collect();
    if points.is_empty() {
        return Ok(None);
    }
    let (least, most) =
        points.iter().fold((f64::INFINITY, 0.0f64), |(least, most), (_, cost)| (least.min(*cost), most.max(*cost)));
    let all = ticks(least, most);
    let (low, high) = (all.first().copied().unwrap_or(1.0).ln(), all.last().copied().unwrap_or(10.0).ln());
    let y = |cost: f64| BOTTOM - (f64::from(BOTTOM - TOP) * (cost.ln() - low) / (high - low).max(1e-9)) as i32;
    let x = |clinics: f64| LEFT + 8 + (f64::from(RIGHT - LEFT - 16) * (clinics.max(1.0).log10() - 1.0) / 3.0) as i32;
    let mut canvas = Canvas::new(WIDTH);
    // Decades alone where there are many.
    let shown = |tick: &f64| all.len() <= 8 || (tick.log10().fract().abs() < 1e-9);
    for tick in all.iter().filter(|tick| shown(tick)) {
        canvas.line(&[(LEFT, y(*tick)), (RIGHT, y(*tick))], colour::GRID, 1);
        let said = if *tick < 1.0 {
            l.money(crate::Money::of(*tick), study.currency())
        } else {
            l.round_money(*tick, study.currency())
        };
        canvas.tell((LEFT - 4, y(*tick)), said, 11.0, Hold::Right, colour::MUTED, false);
    }
    for clinics in [10.0, 100.0, 1000.0, 10_000.0] {
        canvas.line(&[(x(clinics), BOTTOM), (x(clinics), BOTTOM + 5)], colour::LINE, 1);
        canvas.tell((x(clinics), BOTTOM + 14), l.number(clinics, 0), 11.0, Hold::Middle, colour::MUTED, false);
    }
    canvas.line(&[(LEFT, BOTTOM), (RIGHT, BOTTOM)], colour::LINE, 1);
    canvas.tell(
        (i32::midpoint(LEFT, RIGHT), BOTTOM + 31),
        l.say("clínicas", "clinics"),
        11.5,
        Hold::Middle,
        colour::INK,
        false,
    );
    let line: Vec<(i32, i32)> = points.iter().map(|(stage, cost)| (x(stage.clinics as f64), y(*cost))).collect();
    canvas.line(&line, colour::ACCENT, 2);
    let mut told = Vec::new();
    for ((stage, cost), at) in points.iter().zip(&line) {
        canvas.dot(*at, 9, colour::ACCENT);
        canvas.tell(*at, letter(stage.bottleneck), 11.0, Hold::Middle, colour::SURFACE, true);
        told.push(format!("{}: {}", words::count(stage.clinics, l), l.round_money(*cost, study.currency())));
    }
    let legend = l.say(
        "C núcleos  M memória  D disco  V placa de vídeo  R regras",
        "C cores  M memory  D disk  V graphics card  R rules",
    );
    canvas.tell((WIDTH / 2, HEIGHT - 12), legend, 11.0, Hold::Middle, colour::MUTED, false);
    let title = l.say(
        "Custo de cada clínica por mês, e o que acaba primeiro",
        "Cost of each clinic a month, and what ends first",
    );
    Ok(Some(canvas.finish(HEIGHT, reader.id("growth"), title, told.join("; "))?))
}
