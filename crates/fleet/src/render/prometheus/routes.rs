//! Who is told of what, and when: Alertmanager's routes, with the trials that prove them.

use askama::Template;

use crate::render::scene::Scene;
use crate::render::{Problem, filters};
use crate::spec::{Channel, minutes};

#[derive(Template)]
#[template(path = "prometheus/alertmanager.yml", escape = "none")]
struct Alertmanager<'a> {
    scene: &'a Scene<'a>,
    receivers: Vec<Receiver>,
    email: bool,
    server: &'a str,
    from: &'a str,
    zone: &'a str,
    /// From, until; midnight apart.
    quiet: Vec<(String, String)>,
}

/// Who is told, and by what.
struct Receiver {
    name: &'static str,
    channels: Vec<Channel>,
    email: String,
    /// Without `#`.
    channel: String,
}

impl Receiver {
    fn has(&self, channel: &str) -> bool {
        self.channels.iter().any(|one| {
            channel
                == match one {
                    Channel::Slack => "slack",
                    Channel::Pagerduty => "pagerduty",
                    Channel::Email => "email",
                }
        })
    }

    fn pages(&self) -> bool {
        matches!(self.name, "page" | "escalation")
    }
}

/// The first wish that any channel of the spec meets.
fn channels(there: &[Channel], wishes: &[&[Channel]]) -> Vec<Channel> {
    let met = wishes.iter().map(|wish| wish.iter().copied().filter(|one| there.contains(one)).collect::<Vec<_>>());
    met.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

fn receivers(scene: &Scene<'_>, there: &[Channel]) -> Vec<Receiver> {
    use Channel::{Email, Pagerduty, Slack};
    let all: &[Channel] = &[Slack, Pagerduty, Email];
    let receiver = |name, wishes: &[&[Channel]], placeholder: &str| {
        let told = scene.spec.installation.receiver(name);
        Receiver {
            name,
            channels: channels(there, wishes),
            email: told.and_then(|told| told.email.clone()).unwrap_or_else(|| format!("{placeholder}@example.com")),
            channel: told.and_then(|told| told.channel.clone()).unwrap_or_else(|| placeholder.to_owned()),
        }
    };
    vec![
        receiver("page", &[&[Pagerduty, Slack], all], scene.say("plantao", "on-call")),
        receiver("escalation", &[&[Email], all], scene.say("responsaveis", "escalation")),
        receiver("ticket", &[&[Slack, Email], all], scene.say("operacao", "operations")),
        receiver("privacy", &[&[Email], all], scene.say("encarregado", "privacy")),
    ]
}

/// The stretches of a working day that are quiet.
fn quiet(from: &str, until: &str) -> Vec<(String, String)> {
    let stretch = |from: &str, until: &str| (from.to_owned(), until.to_owned());
    let stretches = if minutes(from) <= minutes(until) {
        vec![stretch(from, until)]
    } else {
        vec![stretch("00:00", until), stretch(from, "24:00")]
    };
    stretches.into_iter().filter(|(from, until)| from != until).collect()
}

pub(in crate::render) fn alertmanager(scene: &Scene<'_>) -> Result<String, Problem> {
    let watching = &scene.spec.watching;
    let receivers = receivers(scene, &watching.alerts);
    let page = Alertmanager {
        scene,
        email: watching.alerts.contains(&Channel::Email),
        server: scene.filled(|to| to.mail_server.as_deref(), "smtp.example.com:587"),
        from: scene.filled(|to| to.mail_from.as_deref(), scene.say("alertas@example.com", "alerts@example.com")),
        zone: &watching.zone,
        quiet: quiet(&watching.quiet_from, &watching.quiet_until),
        receivers,
    };
    Ok(page.render()?)
}

/// What `amtool config routes test` must answer, a line each: the receivers, then the labels.
pub(super) fn trials() -> String {
    [
        "page,escalation severity=page area=service",
        "page,escalation severity=page area=host",
        "privacy,page,escalation severity=page area=security alertname=SignInAttack",
        // The worst case reaches the data protection officer as well.
        "privacy,page,escalation severity=page area=security alertname=BreakGlassMany",
        "privacy,ticket severity=ticket area=security alertname=BreakGlass",
        "ticket severity=ticket area=service",
        "ticket severity=ticket area=host",
        "ticket severity=ticket area=watching",
        // Whatever carries no severity reaches somebody.
        "ticket alertname=Unknown",
    ]
    .join("\n")
}
