//! How long years are down, and why.

use askama::Template;

use super::canvas::{Canvas, Chart, Hold, colour, fit};
use super::{Problem, Reader, Study, words};
use crate::Language;
use crate::availability::Years;

const WIDTH: i32 = 400;
const HEIGHT: i32 = 250;
/// The plot within it.
const LEFT: i32 = 38;
const TOP: i32 = 30;
const BOTTOM: i32 = 200;

#[derive(Template)]
#[template(path = "report/availability.html", syntax = "page", escape = "html", whitespace = "preserve")]
struct AvailabilityPart {
    l: Language,
    years: Chart,
    causes: Option<Chart>,
    figures: Vec<(String, String)>,
    rows: Vec<Vec<String>>,
    workloads: Vec<Vec<String>>,
    assumed: String,
}

pub(super) fn html(study: &Study, reader: Reader) -> Result<String, Problem> {
    let (l, availability) = (reader.language, &study.availability);
    let rows = availability.causes.iter().filter(|cause| cause.minutes >= 0.05).map(|cause| {
        let without = cause.without.map_or_else(|| "–".to_owned(), |minutes| words::minutes(minutes, l));
        vec![words::sentence(cause.cause.text(l)), words::minutes(cause.minutes, l), without]
    });
    let workloads =
        availability.workloads.iter().map(|part| vec![part.name.clone(), format!("{} %", l.number(part.percent, 4))]);
    let page = AvailabilityPart {
        l,
        years: years(study, reader)?,
        causes: causes(study, reader)?,
        figures: figures(study, l),
        rows: rows.collect(),
        workloads: workloads.collect(),
        assumed: availability.assumed.join(", "),
    };
    Ok(page.render()?)
}

fn figures(study: &Study, l: Language) -> Vec<(String, String)> {
    let availability = &study.availability;
    let minutes = &availability.minutes;
    let of = |portuguese: &str, english: &str, value: String| (l.say(portuguese, english).to_owned(), value);
    let mut figures = vec![of(
        "No ar, em média",
        "Up on average",
        format!("{} % ± {}", l.number(availability.percent, 3), l.number(availability.error, 3)),
    )];
    if let Some(exact) = availability.exact_percent {
        figures.push(of("O mesmo, por fórmula", "The same, by formula", format!("{} %", l.number(exact, 3))));
    }
    figures.extend([
        of("Parado num ano médio", "Down in a mean year", words::minutes(minutes.mean, l)),
        of("Metade dos anos, até", "Half of the years, up to", words::minutes(minutes.p50, l)),
        of("9 de 10 anos, até", "9 of 10 years, up to", words::minutes(minutes.p90, l)),
        of("99 de 100 anos, até", "99 of 100 years, up to", words::minutes(minutes.p99, l)),
        of("O pior ano", "The worst year", words::minutes(minutes.worst, l)),
        of("Trabalho perdido por ano", "Work lost in a year", words::hours(availability.lost_hours, l)),
        of("Perdas de dados por ano", "Losses of data in a year", l.number(availability.losses, 4)),
        of("Anos simulados", "Years simulated", words::count(availability.years as u64, l)),
    ]);
    figures
}

/// The edge of a bin, as short as can be.
fn edge(minutes: f64, l: Language) -> String {
    match minutes {
        m if m < 60.0 => format!("{m:.0} min"),
        m if m < 1440.0 => format!("{:.0} h", m / 60.0),
        m => format!("{:.0} {}", m / 1440.0, l.say("d", "d")),
    }
}

fn years(study: &Study, reader: Reader) -> Result<Chart, Problem> {
    let (l, availability) = (reader.language, &study.availability);
    let bins = &availability.distribution;
    let mut canvas = Canvas::new(WIDTH);
    let whole = availability.years.max(1) as f64;
    let share = |bin: &Years| bin.years as f64 / whole;
    let most = bins.iter().map(share).fold(0.05, f64::max);
    let top = (most * 10.0).ceil() / 10.0;
    let step = f64::from(WIDTH - LEFT - 6) / bins.len().max(1) as f64;
    let x = |at: f64| LEFT + (step * at) as i32;
    let y = |share: f64| BOTTOM - (f64::from(BOTTOM - TOP) * share / top) as i32;
    for line in 0..=2 {
        let at = top * f64::from(line) / 2.0;
        canvas.line(&[(LEFT, y(at)), (WIDTH - 6, y(at))], colour::GRID, 1);
        canvas.tell(
            (LEFT - 4, y(at)),
            format!("{} %", l.number(at * 100.0, 0)),
            11.0,
            Hold::Right,
            colour::MUTED,
            false,
        );
    }
    let mut told = Vec::new();
    for (at, bin) in bins.iter().enumerate() {
        let kept = availability.promise_percent.is_none_or(|promise| bin.from < limit(promise));
        let fill = if kept { colour::ACCENT } else { colour::DANGER };
        canvas.fill((x(at as f64) + 2, y(share(bin))), (x(at as f64 + 1.0) - 2, BOTTOM), fill);
        if let Some(to) = bin.to {
            // One row would be too narrow for all of them.
            let row = BOTTOM + 11 + 14 * (at as i32 % 2);
            canvas.line(&[(x(at as f64 + 1.0), BOTTOM), (x(at as f64 + 1.0), row - 6)], colour::LINE, 1);
            canvas.tell((x(at as f64 + 1.0), row), edge(to, l), 11.0, Hold::Middle, colour::MUTED, false);
        }
        if bin.years > 0 {
            let to = bin.to.map_or_else(|| l.say("mais", "more").to_owned(), |to| edge(to, l));
            told.push(format!("{}–{to}: {} %", edge(bin.from, l), l.number(share(bin) * 100.0, 1)));
        }
    }
    canvas.line(&[(LEFT, BOTTOM), (WIDTH - 6, BOTTOM)], colour::LINE, 1);
    canvas.tell(
        (f64::midpoint(f64::from(LEFT), f64::from(WIDTH)) as i32, HEIGHT - 8),
        l.say("tempo parado no ano", "time down in the year"),
        11.5,
        Hold::Middle,
        colour::INK,
        false,
    );
    if let Some(promise) = availability.promise_percent {
        let at = place(limit(promise), bins);
        canvas.dashed(x(at), 18, BOTTOM, colour::INK);
        let said = format!("{} {}", l.say("promessa:", "promise:"), words::minutes(limit(promise), l));
        let (hold, shift) = if x(at) > WIDTH / 2 { (Hold::Right, 4) } else { (Hold::Left, -4) };
        canvas.tell((x(at) + shift, 9), &said, 11.5, hold, colour::INK, true);
        told.insert(0, said);
    }
    let title =
        l.say("De cada 100 anos simulados, quantos param quanto", "Of 100 simulated years, how many are down how long");
    canvas.finish(HEIGHT, reader.id("years"), title, told.join("; "))
}

/// Minutes a year that a promise leaves.
fn limit(promise: f64) -> f64 {
    (1.0 - promise / 100.0) * 525_600.0
}

/// Where so many minutes lie, counted in bins: within one by their share of it.
fn place(minutes: f64, bins: &[Years]) -> f64 {
    let at = bins.iter().position(|bin| bin.to.is_none_or(|to| minutes <= to)).unwrap_or(0);
    let within = bins.get(at).map_or(0.0, |bin| match bin.to {
        Some(to) if to > bin.from => (minutes - bin.from) / (to - bin.from),
        _ => 0.5,
    });
    at as f64 + within.clamp(0.0, 1.0)
}

fn causes(study: &Study, reader: Reader) -> Result<Option<Chart>, Problem> {
    let l = reader.language;
    let causes: Vec<_> = study.availability.causes.iter().filter(|cause| cause.minutes >= 0.05).collect();
    let Some(most) = causes.first().map(|cause| cause.minutes) else { return Ok(None) };
    let mut canvas = Canvas::new(WIDTH);
    let (mut y, mut told) = (4, Vec::new());
    for cause in causes {
        let said = words::minutes(cause.minutes, l);
        canvas.tell((1, y + 8), fit(cause.cause.text(l), 230, 12.0), 12.0, Hold::Left, colour::INK, true);
        canvas.tell((WIDTH - 1, y + 8), &said, 12.0, Hold::Right, colour::MUTED, false);
        let width = (f64::from(WIDTH - 2) * cause.minutes / most).max(2.0) as i32;
        canvas.fill((1, y + 18), (1 + width, y + 28), colour::ACCENT);
        told.push(format!("{}: {said}", cause.cause.text(l)));
        y += 39;
    }
    let title = l.say("Tempo parado por ano, por causa", "Time down in a year, by cause");
    Ok(Some(canvas.finish(y, reader.id("causes"), title, told.join("; "))?))
}
