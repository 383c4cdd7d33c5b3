//! Watching: where logs, traces and alerts go, and when who is not paged is left in peace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where logs, traces and alerts go. Metrics go to Prometheus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Watching {
    /// Where logs are gathered.
    pub logs: Logs,
    /// Where traces are gathered.
    pub traces: Traces,
    /// Who is told of alerts: at least one.
    pub alerts: Vec<Channel>,
    /// When the quiet hours of working days begin: `20:00`. Saturdays and Sundays are quiet all day; what pages does so always.
    pub quiet_from: String,
    /// When they end: `07:00`.
    pub quiet_until: String,
    /// Time zone of the quiet hours, an IANA name.
    pub zone: String,
    /// Where whoever is woken finds the runbooks, without a slash at the end: an address with a copy of Aroeira's `docs/runbooks`.
    pub runbooks: String,
}

impl Default for Watching {
    fn default() -> Self {
        Self {
            logs: Logs::Loki,
            traces: Traces::Tempo,
            alerts: vec![Channel::Slack, Channel::Pagerduty, Channel::Email],
            quiet_from: "20:00".into(),
            quiet_until: "07:00".into(),
            zone: "America/Sao_Paulo".into(),
            runbooks: "docs/runbooks".into(),
        }
    }
}

/// Where logs are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Logs {
    /// Nowhere: they stay where they were written.
    None,
    /// Grafana Loki.
    Loki,
    /// Elasticsearch.
    Elasticsearch,
    /// Datadog: what it is sent leaves the provider's own places.
    Datadog,
    /// Amazon CloudWatch Logs.
    Cloudwatch,
}

/// Where traces are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Traces {
    /// Nowhere: none are made.
    None,
    /// Grafana Tempo.
    Tempo,
    /// Jaeger.
    Jaeger,
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A channel of Slack.
    Slack,
    /// Whoever is on call, by PagerDuty.
    Pagerduty,
    /// An address.
    Email,
}

/// Minutes since midnight of `HH:MM`.
#[must_use]
pub(crate) fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok());
    let (hours, minutes): (u32, u32) = (two(hours)??, two(minutes)??);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// Whether it has the shape of a zone's name.
pub(super) fn is_zone(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+".contains(&b))
    };
    text.len() <= 64 && text.split('/').all(part)
}
