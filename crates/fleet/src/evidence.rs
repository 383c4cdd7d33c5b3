//! What of a framework's controls is proven: by the spec and the findings on it, by what was seen running, by tests of this
//! repository. What nothing proves is not proven; what no software can show is said to be somebody's duty.

mod framework;
mod oscal;
mod page;
mod proof;
mod shown;

use serde::Serialize;

use crate::check::{self, Text};
use crate::plan::plan;
use crate::spec::Places;
use crate::status::{Observed, Status, status};
use crate::{Catalogue, Spec};

pub use framework::{Control, Framework, NAMES};
pub use oscal::{assessment_results, component_definition};
pub use page::page;
pub use proof::{Link, Proof, Verdict, names};
pub use shown::tests;

/// What is proven of a framework.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// The fleet.
    pub fleet: String,
    /// The framework: `lgpd`.
    pub framework: String,
    /// Its name with its edition.
    pub title: Text,
    /// What it is held against here.
    pub scope: Text,
    /// The day of it, ISO 8601.
    pub date: String,
    /// Where its controls are from.
    pub source: String,
    /// Something running was looked at.
    pub observed: bool,
    /// Controls of each state.
    pub totals: Totals,
    /// All of them, in the order of the framework.
    pub controls: Vec<Outcome>,
}

/// Controls of each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Proven.
    pub met: usize,
    /// Proven in part.
    pub partly: usize,
    /// Not proven.
    pub not: usize,
    /// Somebody's duty that no software shows.
    pub customer: usize,
}

/// A control and what is proven of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// As the framework numbers it.
    pub id: String,
    /// What it is about, in words of our own.
    pub about: Text,
    /// How far it is proven.
    pub state: State,
    /// What proves it, or does not.
    pub proofs: Vec<Proof>,
    /// What is left to people, where proofs do not reach.
    pub rest: Option<Text>,
}

/// How far a control is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// All that it asks for.
    Met,
    /// Some of it.
    Partly,
    /// None of it: not proven, or shown to be otherwise.
    Not,
    /// It is a duty of the customer: of who runs the fleet, or of the clinics.
    Customer,
}

impl State {
    /// As data has it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            State::Met => "met",
            State::Partly => "partly",
            State::Not => "not",
            State::Customer => "customer",
        }
    }
}

/// What predicates look at.
struct Facts<'a> {
    spec: &'a Spec,
    places: &'a Places,
    findings: Vec<check::Finding>,
    plan: crate::Plan,
    status: Option<Status>,
    /// The spec runs Aroeira: what its tests show is so here.
    aroeira: bool,
}

/// Holds a fleet against a framework. `file`: how the spec is called in links; `date`: the day this is.
#[must_use]
pub fn evidence(
    framework: &Framework,
    (spec, places): (&Spec, &Places),
    catalogue: &Catalogue,
    observed: Option<&Observed>,
    (file, date): (&str, &str),
) -> Evidence {
    let facts = Facts {
        spec,
        places,
        findings: check::check(spec, places, catalogue),
        plan: plan(spec, catalogue),
        status: observed.map(|observed| status(spec, catalogue, observed)),
        aroeira: spec.workloads.iter().any(|one| one.uses() == "aroeira"),
    };
    let controls: Vec<Outcome> = framework.controls.iter().map(|control| outcome(control, &facts, file)).collect();
    let count = |state| controls.iter().filter(|one| one.state == state).count();
    Evidence {
        fleet: spec.name.clone(),
        framework: framework.id.clone(),
        title: framework.title.clone().into(),
        scope: framework.scope.clone().into(),
        date: date.to_owned(),
        source: framework.source.clone(),
        observed: observed.is_some(),
        totals: Totals {
            met: count(State::Met),
            partly: count(State::Partly),
            not: count(State::Not),
            customer: count(State::Customer),
        },
        controls,
    }
}

fn outcome(control: &Control, facts: &Facts<'_>, file: &str) -> Outcome {
    let proofs: Vec<Proof> = control.proofs.iter().map(|name| proof::of(name, facts, file)).collect();
    let proven = proofs.iter().filter(|proof| proof.verdict == Verdict::Proven).count();
    let state = match proven {
        _ if control.duty => State::Customer,
        0 => State::Not,
        _ if proven == proofs.len() && control.rest.is_none() => State::Met,
        _ => State::Partly,
    };
    Outcome {
        id: control.id.clone(),
        about: Text { portuguese: control.pt.clone(), english: control.en.clone() },
        state,
        proofs,
        rest: control.rest.clone().map(Into::into),
    }
}
