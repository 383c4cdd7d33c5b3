//! The rules of a clinic: who may do what with which record, and what is written down about it.
//! Everything above reaches patient data through a [`Desk`]; nothing above sees a row.

pub mod access;
mod audit;
mod chart;
mod context;
mod desk;
mod drafts;
mod emergency;
mod error;
mod fhir;
mod history;
mod house;
mod input;
mod masking;
mod meters;
mod once;
mod page;
mod passwords;
mod patients;
mod people;
mod records;
mod sessions;

pub use access::{Action, Role};
pub use aroeira_store::{Plan, Room, Weighed};
pub use audit::{AuditEntry, AuditQuery, AuditRecord, Verification};
pub use chart::{Chart, Printout};
pub use context::{Actor, Context, Purpose};
pub use desk::{Clinic, Desk};
pub use drafts::Draft;
pub use emergency::EmergencyAccess;
pub use error::{Conflict, Error, Field, Refusal};
pub use fhir::{
    Asked, Compartment, Content, Everything, Finding, HistoryPage, HistoryQuery, ImportReport, ImportedEntry,
    LARGEST_SEARCH_PAGE, Match, OwnSearch, ParameterState, ParameterStatus, SEARCH_PAGE, SearchEntry, SearchPage,
    Served, ServedVersion, Validate, ValidateMode, Validation,
};
pub use history::{FieldChange, Revision};
pub use house::{Care, Health, House, Options, Vitals};
pub use input::{Input, Precondition};
pub use masking::Seen;
pub use meters::describe_metrics;
pub use patients::{Address, Allergy, Contact, Patient, PatientQuery};
pub use people::{NewUser, User, UserQuery};
pub use records::{Code, MedicalRecord, RecordQuery, RecordText};
pub use sessions::{Caller, Session, SignIn, SignedIn, TotpEnrolment};

pub use aroeira_store::{Clock, Ids, MasterKey};

/// What every call of this room answers.
pub type Result<T> = std::result::Result<T, Error>;

/// One page of a list: `items`, where the next page begins, and how many there are in all.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items, in the order asked for.
    pub items: Vec<T>,
    /// Opaque; `None` on the last page.
    pub next_cursor: Option<String>,
    /// How many items match, all pages together.
    pub total: u64,
}
