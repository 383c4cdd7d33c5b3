//! Who asks, for what purpose, from where: what a desk is opened with and what a journal entry begins with.

use std::net::IpAddr;

use crate::access::Role;

/// The person (or the installation itself) behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Id of the user; `system` for commands of the operator.
    pub user: String,
    /// What they are here.
    pub role: Role,
    /// For a patient: the id of their own `Patient`.
    pub patient: Option<String>,
}

impl Actor {
    /// The operator's own commands: import and the seed of a demo clinic.
    #[must_use]
    pub fn system() -> Self {
        Self { user: "system".into(), role: Role::System, patient: None }
    }
}

/// Purpose of use, after HL7 v3 PurposeOfUse: TREAT, HOPERAT, PATRQT, ETREAT, SYSADMIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// Care of the patient.
    #[default]
    Treatment,
    /// Running the clinic.
    Operations,
    /// The patient looks at their own data.
    PatientRequest,
    /// Break-glass.
    Emergency,
    /// The operator's commands.
    SystemAdministration,
}

impl Purpose {
    /// The HL7 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Treatment => "TREAT",
            Self::Operations => "HOPERAT",
            Self::PatientRequest => "PATRQT",
            Self::Emergency => "ETREAT",
            Self::SystemAdministration => "SYSADMIN",
        }
    }
}

/// Everything a desk needs to know of the request it serves.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who.
    pub actor: Actor,
    /// For what.
    pub purpose: Purpose,
    /// Comes back as `X-Request-Id` and stands in the journal entry.
    pub request_id: String,
    /// From where; `None` for local commands.
    pub address: Option<IpAddr>,
}
