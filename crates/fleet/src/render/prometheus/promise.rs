//! What was promised, as a budget of failures that alerts watch the burning of: fast, slow, and drop by drop.

use crate::render::scene::Scene;

use super::alert::{Alert, Group, Series, Severity, Trial};

/// Windows over which availability is recorded: of what is scraped, and of what those recorded. The longest is why Prometheus
/// keeps more than its fifteen days (`catalogue/prometheus.toml`).
pub(super) const WINDOWS: [&str; 3] = ["5m", "30m", "1h"];
pub(super) const LONG: [&str; 3] = ["6h", "3d", "30d"];

/// The part of requests that may fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Budget(f64);

/// A pace of burning: a long window says that it matters, a short one that it still goes on.
struct Pace {
    name: &'static str,
    severity: Severity,
    times: f64,
    long: &'static str,
    short: &'static str,
    hold: &'static str,
    step: &'static str,
    at: &'static str,
    /// Steps of the trial, with some to spare.
    steps: u32,
    summary: &'static str,
    description: &'static str,
}

fn fast(scene: &Scene<'_>) -> Pace {
    Pace {
        name: "PromiseBurnsFast",
        severity: Severity::Page,
        times: 14.4,
        long: "1h",
        short: "5m",
        hold: "2m",
        step: "2m",
        at: "90m",
        steps: 60,
        summary: scene.say(
            "A disponibilidade prometida se esgota em dois dias neste ritmo",
            "At this rate the promised availability is used up in two days",
        ),
        description: scene.say(
            "Na última hora falharam 14 vezes mais pedidos do que a promessa permite: as clínicas percebem agora.",
            "In the last hour 14 times as many requests failed as the promise allows: clinics are noticing it now.",
        ),
    }
}

fn slowly(scene: &Scene<'_>) -> Pace {
    Pace {
        name: "PromiseBurnsSlowly",
        severity: Severity::Page,
        times: 6.0,
        long: "6h",
        short: "30m",
        hold: "15m",
        step: "2m",
        at: "8h",
        steps: 260,
        summary: scene.say(
            "A disponibilidade prometida se esgota em cinco dias neste ritmo",
            "At this rate the promised availability is used up in five days",
        ),
        description: scene.say(
            "Há seis horas falham 6 vezes mais pedidos do que a promessa permite.",
            "For six hours 6 times as many requests have been failing as the promise allows.",
        ),
    }
}

fn drips(scene: &Scene<'_>) -> Pace {
    Pace {
        name: "PromiseDrips",
        severity: Severity::Ticket,
        times: 1.0,
        long: "3d",
        short: "6h",
        hold: "1h",
        step: "2m",
        at: "80h",
        steps: 2500,
        summary: scene.say(
            "A disponibilidade prometida do mês não será cumprida neste ritmo",
            "At this rate the availability promised for the month will not be kept",
        ),
        description: scene.say(
            "Há três dias falham mais pedidos do que a promessa permite, pouco a pouco.",
            "For three days more requests have been failing than the promise allows, a few at a time.",
        ),
    }
}

impl Budget {
    /// Of a promise in percent; none where all of it may fail.
    pub(crate) fn of(percent: f64) -> Option<Self> {
        let part = (100.0 - percent) / 100.0;
        (part < 1.0).then_some(Self(part.max(0.0)))
    }

    /// A number of times the budget, as a part; it stays a part that can be exceeded.
    fn times(self, times: f64) -> f64 {
        (self.0 * times).min(0.9)
    }

    /// As it is written.
    pub(crate) fn written(self) -> String {
        decimal(self.0)
    }
}

/// Without an exponent, and without the noise of a division.
pub(crate) fn decimal(number: f64) -> String {
    let text = format!("{number:.10}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The alerts of a budget.
pub(super) fn group(scene: &Scene<'_>, budget: Budget) -> Group {
    let paces = [fast(scene), slowly(scene), drips(scene)];
    Group { name: "promise", area: "service", alerts: paces.iter().map(|pace| alert(budget, pace)).collect() }
}

fn alert(budget: Budget, pace: &Pace) -> Alert {
    let above = budget.times(pace.times);
    let over = |window: &str| format!("aroeira:unavailable:ratio{window} > {}", decimal(above));
    Alert {
        name: pace.name,
        severity: pace.severity,
        expr: format!("{} and {}", over(pace.long), over(pace.short)).into(),
        hold: pace.hold,
        summary: pace.summary,
        description: pace.description,
        trial: Trial {
            step: pace.step,
            at: pace.at,
            labels: &[],
            // Between it and all of them; half of it.
            fires: requests(pace.steps, above + (1.0 - above) / 2.0),
            quiet: requests(pace.steps, above / 2.0),
        },
    }
}

/// A server that answers ten million requests a minute, of which this part fails.
fn requests(steps: u32, failing: f64) -> Vec<Series> {
    const ALL: u64 = 10_000_000;
    let failed = (ALL as f64 * failing) as u64;
    let series = |status: &str, each: u64| {
        let labels = r#"job="aroeira",instance="a:8080",method="GET",route="/api/patients""#;
        let name = format!("aroeira_http_requests_total{{{labels},status=\"{status}\"}}");
        Series::new(name, format!("0+{each}x{steps}"))
    };
    vec![
        Series::new(r#"up{job="aroeira",instance="a:8080"}"#, format!("1x{steps}")),
        series("200", ALL - failed),
        series("500", failed),
    ]
}
