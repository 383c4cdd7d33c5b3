//! An alert with the series that prove it: some on which it fires, some, close by, on which it does not.

use std::borrow::Cow;

/// Whether somebody is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Now.
    Page,
    /// In working hours.
    Ticket,
}

impl Severity {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

/// An alert.
pub(crate) struct Alert {
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
    pub(crate) expr: Cow<'static, str>,
    /// How long it must be so before it counts.
    pub(crate) hold: &'static str,
    /// One line, as it stands on a telephone.
    pub(crate) summary: &'static str,
    /// What it means for the clinics.
    pub(crate) description: &'static str,
    pub(crate) trial: Trial,
}

/// What proves an alert.
pub(crate) struct Trial {
    /// Time between two samples.
    pub(crate) step: &'static str,
    /// When it is looked at.
    pub(crate) at: &'static str,
    /// Labels of the alert that fires, beside its own.
    pub(crate) labels: &'static [(&'static str, &'static str)],
    pub(crate) fires: Vec<Series>,
    pub(crate) quiet: Vec<Series>,
}

impl Trial {
    /// With a sample a minute.
    pub(crate) fn new(
        at: &'static str,
        labels: &'static [(&'static str, &'static str)],
        fires: Vec<Series>,
        quiet: Vec<Series>,
    ) -> Self {
        Self { step: "1m", at, labels, fires, quiet }
    }

    /// Over hours, with a sample every five minutes.
    pub(crate) fn slow(self) -> Self {
        Self { step: "5m", ..self }
    }
}

/// A series in promtool's notation.
pub(crate) struct Series {
    pub(crate) name: Cow<'static, str>,
    pub(crate) values: Cow<'static, str>,
}

impl Series {
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, values: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), values: values.into() }
    }
}

impl Alert {
    /// Where its runbook is.
    pub(crate) fn runbook(&self, folder: &str) -> String {
        format!("{folder}/{}.md", self.name)
    }

    /// A text as it is when the trial's alert fires.
    pub(crate) fn said(&self, text: &str) -> String {
        let labels = self.trial.labels.iter();
        labels.fold(text.to_owned(), |text, (label, value)| text.replace(&format!("{{{{ $labels.{label} }}}}"), value))
    }
}

/// Alerts that are evaluated together.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    /// The label by which Alertmanager tells whom they concern.
    pub(crate) area: &'static str,
    pub(crate) alerts: Vec<Alert>,
}
