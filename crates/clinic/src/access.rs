//! Who may do what: one readable table of role x action x resource x field, default deny.

use serde::{Deserialize, Serialize};

/// What somebody is in a clinic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    /// Runs the clinic: accounts, settings, restoring. Sees no clinical data.
    Admin,
    /// Writes every record.
    Doctor,
    /// Reads every chart, writes what nursing writes.
    Nurse,
    /// Registers patients, knows that records exist.
    Reception,
    /// Sees their own chart.
    Patient,
    /// Reads the journal.
    Auditor,
    /// The operator's own commands on the machine; nobody signs in as this.
    System,
}

impl Role {
    /// The roles a person can have.
    pub const ALL: [Self; 6] = [Self::Admin, Self::Doctor, Self::Nurse, Self::Reception, Self::Patient, Self::Auditor];

    /// `ADMIN`, `DOCTOR` ...
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Doctor => "DOCTOR",
            Self::Nurse => "NURSE",
            Self::Reception => "RECEPTION",
            Self::Patient => "PATIENT",
            Self::Auditor => "AUDITOR",
            Self::System => "SYSTEM",
        }
    }

    /// The role of a code; `SYSTEM` is nobody's.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Cares for patients: `access.care` is about them.
    #[must_use]
    pub fn is_clinician(self) -> bool {
        matches!(self, Self::Doctor | Self::Nurse)
    }
}

/// What is done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make.
    Create,
    /// Look at one, its versions and its history.
    Read,
    /// Look for.
    Search,
    /// Write the next version.
    Update,
    /// Mark deleted.
    Delete,
    /// Bring back.
    Restore,
}

impl Action {
    fn letter(self) -> char {
        match self {
            Self::Create => 'c',
            Self::Read => 'r',
            Self::Search => 's',
            Self::Update => 'u',
            Self::Delete => 'd',
            Self::Restore => 'x',
        }
    }
}

/// Which fields of a resource a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fields {
    /// Every one: stored bytes may be served as they are.
    All,
    /// These elements of the resource and nothing else, wherever that is nested.
    Only(&'static [&'static str]),
}

/// What a role may do with a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Letters: Create, Read, Search, Update, Delete, `x` restore.
    actions: &'static str,
    /// What is seen of it.
    pub fields: Fields,
    /// The CPF in full, or its middle only.
    pub full_cpf: bool,
}

const NOTHING: Grant = Grant { actions: "", fields: Fields::Only(&[]), full_cpf: false };

/// Accounts: not a FHIR type, so that no FHIR route reaches it.
pub const USER: &str = "User";
/// Uses of break-glass: as above.
pub const EMERGENCY: &str = "EmergencyAccess";
/// The journal: as above.
pub const JOURNAL: &str = "Journal";

/// Of a medical record, that it exists.
const EXISTENCE: &[&str] = &["status", "type", "subject", "date", "author"];
/// Of a patient, what a desk needs.
const REGISTRATION: &[&str] = &[
    "identifier",
    "active",
    "name",
    "telecom",
    "gender",
    "birthDate",
    "deceasedBoolean",
    "deceasedDateTime",
    "address",
    "maritalStatus",
    "multipleBirthBoolean",
    "multipleBirthInteger",
    "contact",
    "communication",
    "generalPractitioner",
    "managingOrganization",
    "link",
];
/// Of an appointment, when and who; not why, but for a code of why it was called off.
const AGENDA: &[&str] = &[
    "identifier",
    "status",
    "cancelationReason",
    "serviceCategory",
    "specialty",
    "appointmentType",
    "start",
    "end",
    "minutesDuration",
    "slot",
    "created",
    "participant",
    "requestedPeriod",
];
/// Of an encounter, when, where and who; not why.
const ATTENDANCE: &[&str] = &[
    "identifier",
    "status",
    "statusHistory",
    "class",
    "classHistory",
    "subject",
    "participant",
    "appointment",
    "period",
    "length",
    "location",
    "serviceProvider",
];
/// Of a coverage, what billing needs.
const COVERAGE: &[&str] = &[
    "identifier",
    "status",
    "type",
    "policyHolder",
    "subscriber",
    "subscriberId",
    "beneficiary",
    "dependent",
    "relationship",
    "period",
    "payor",
    "class",
    "order",
    "network",
];

/// Of a professional, what a patient may know: not where they live, nor how to reach them at home.
const PROFESSIONAL: &[&str] = &["identifier", "active", "name", "qualification", "communication"];

/// One line of the table: types, then what each role may do with them.
struct Line {
    kinds: &'static [&'static str],
    admin: (&'static str, Fields),
    doctor: &'static str,
    nurse: &'static str,
    reception: (&'static str, Fields),
    patient: &'static str,
    auditor: &'static str,
}

use Fields::{All, Only};

/// The table. The first line that names a type counts; `*` is every other FHIR type. What no line grants is denied.
/// Letters: c create, r read, s search, u update, d delete, x restore. A PATIENT's letters hold for their own chart; of
/// what belongs to no patient they read the lines marked `DIRECTORY`.
#[rustfmt::skip]
const TABLE: &[Line] = &[
    //     types                                     ADMIN                        DOCTOR   NURSE   RECEPTION                     PATIENT  AUDITOR
    Line { kinds: &["Composition"],          admin: ("rsx", Only(EXISTENCE)),     doctor: "crsud", nurse: "crsud", reception: ("rs", Only(EXISTENCE)),      patient: "rs", auditor: "" },
    Line { kinds: &["Patient"],              admin: ("rsux", Only(REGISTRATION)), doctor: "crsud", nurse: "crsu",  reception: ("crsud", Only(REGISTRATION)), patient: "r",  auditor: "" },
    Line { kinds: &["Appointment"],          admin: ("rs", Only(AGENDA)),         doctor: "crsud", nurse: "crsu",  reception: ("crsud", Only(AGENDA)),      patient: "rs", auditor: "" },
    Line { kinds: &["Encounter"],            admin: ("rs", Only(ATTENDANCE)),     doctor: "crsud", nurse: "crsu",  reception: ("crsu", Only(ATTENDANCE)),   patient: "rs", auditor: "" },
    Line { kinds: &["Coverage"],             admin: ("rs", Only(COVERAGE)),       doctor: "crsud", nurse: "rs",    reception: ("crsud", Only(COVERAGE)),    patient: "rs", auditor: "" },
    Line { kinds: DIRECTORY,                 admin: ("crsud", All),               doctor: "crsud", nurse: "rs",    reception: ("rs", All),                  patient: "r",  auditor: "" },
    Line { kinds: &["SearchParameter"],      admin: ("crsud", All),               doctor: "crsud", nurse: "rs",    reception: ("", Only(&[])),              patient: "rs", auditor: "" },
    Line { kinds: &["Schedule", "Slot"],     admin: ("crsud", All),               doctor: "crsud", nurse: "rs",    reception: ("crsud", All),               patient: "",   auditor: "" },
    Line { kinds: NURSING,                   admin: ("", Only(&[])),              doctor: "crsud", nurse: "crsu",  reception: ("", Only(&[])),              patient: "rs", auditor: "" },
    Line { kinds: &[USER],                   admin: ("crsu", All),                doctor: "",      nurse: "",      reception: ("", Only(&[])),              patient: "",   auditor: "rs" },
    Line { kinds: &[EMERGENCY],              admin: ("rs", All),                  doctor: "c",     nurse: "c",     reception: ("", Only(&[])),              patient: "",   auditor: "rs" },
    Line { kinds: &[JOURNAL],                admin: ("", Only(&[])),              doctor: "",      nurse: "",      reception: ("", Only(&[])),              patient: "",   auditor: "rs" },
    Line { kinds: &["*"],                    admin: ("", Only(&[])),              doctor: "crsud", nurse: "rs",    reception: ("", Only(&[])),              patient: "rs", auditor: "" },
];

/// Who works here and where: belongs to no patient.
const DIRECTORY: &[&str] = &["Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService"];

/// What nursing writes beside its own records.
const NURSING: &[&str] = &[
    "AllergyIntolerance",
    "Observation",
    "Immunization",
    "MedicationAdministration",
    "Procedure",
    "QuestionnaireResponse",
    "DocumentReference",
    "Task",
    "Communication",
    "Flag",
    "List",
    "Consent",
];

/// What a role may do with a type.
#[must_use]
pub fn grant(role: Role, kind: &str) -> Grant {
    if role == Role::System {
        return Grant { actions: "crsud", fields: All, full_cpf: true };
    }
    let named = TABLE.iter().find(|line| line.kinds.contains(&kind));
    let line = match named {
        Some(line) => Some(line),
        None if aroeira_fhir::types::is_resource_type(kind) => TABLE.iter().find(|line| line.kinds == ["*"]),
        None => None,
    };
    let Some(line) = line else { return NOTHING };
    let (actions, fields) = match role {
        Role::Admin => line.admin,
        Role::Doctor => (line.doctor, All),
        Role::Nurse => (line.nurse, All),
        Role::Reception => line.reception,
        Role::Patient if kind == "Practitioner" => (line.patient, Only(PROFESSIONAL)),
        Role::Patient => (line.patient, All),
        Role::Auditor => (line.auditor, All),
        // Answered above.
        Role::System => ("", Only(&[])),
    };
    // A patient's own CPF is theirs to see, that of a professional is not.
    let full_cpf = match role {
        Role::Admin | Role::Auditor => false,
        Role::Patient => !is_directory(kind),
        _ => true,
    };
    Grant { actions, fields, full_cpf }
}

impl Grant {
    /// The same, but of a patient only the registration: for a clinician outside the patient's care.
    pub(crate) fn registration_only(self) -> Self {
        Self { fields: Only(REGISTRATION), ..self }
    }

    /// Whether the action is granted at all.
    #[must_use]
    pub fn allows(&self, action: Action) -> bool {
        self.actions.contains(action.letter())
    }

    /// Whether the stored bytes may be served without a parse.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.fields == All && self.full_cpf
    }
}

/// Whether a type belongs to no patient and is open to patients all the same.
#[must_use]
pub(crate) fn is_directory(kind: &str) -> bool {
    DIRECTORY.contains(&kind)
}

/// Whether a role may do this at all: what pages ask before they show a button. The desk asks again.
#[must_use]
pub fn allows(role: Role, action: Action, kind: &str) -> bool {
    grant(role, kind).allows(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_granted_that_no_line_grants() {
        for role in Role::ALL {
            assert_eq!(grant(role, "Nonsense"), NOTHING);
        }
        for kind in ["Condition", "Observation", "MedicationRequest", "DiagnosticReport", "Binary", "Bundle"] {
            for role in [Role::Admin, Role::Reception, Role::Auditor] {
                assert!(!allows(role, Action::Read, kind), "{role:?} {kind}");
            }
        }
    }

    #[test]
    fn only_administrators_restore_and_only_auditors_read_the_journal() {
        for role in Role::ALL {
            assert_eq!(allows(role, Action::Restore, "Composition"), role == Role::Admin);
            assert_eq!(allows(role, Action::Read, JOURNAL), role == Role::Auditor);
            assert_eq!(allows(role, Action::Create, USER), role == Role::Admin);
        }
    }

    #[test]
    fn doctors_write_every_fhir_type() {
        for kind in aroeira_fhir::types::RESOURCE_TYPES {
            assert!(allows(Role::Doctor, Action::Create, kind), "{kind}");
            assert!(!allows(Role::Patient, Action::Update, kind), "{kind}");
            assert!(!allows(Role::Auditor, Action::Read, kind), "{kind}");
        }
    }

    #[test]
    fn the_full_cpf_is_not_for_administrators() {
        let full: Vec<_> = Role::ALL.into_iter().filter(|role| grant(*role, "Patient").full_cpf).collect();
        assert_eq!(full, [Role::Doctor, Role::Nurse, Role::Reception, Role::Patient]);
    }
}
