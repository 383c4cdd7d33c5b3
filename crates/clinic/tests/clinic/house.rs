//! An installation in a directory of its own, gone at the end of the test, with a clinic, one user per role and two
//! patients. The clock stands still until it is moved, ids come from a seed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use aroeira_clinic::{
    Actor, AuditQuery, Care, Clinic, Clock, Context, Desk, Error, House, Ids, Input, MasterKey, NewUser, Options,
    Precondition, Purpose, Role, SignIn,
};
use aroeira_fhir::{Instant, Limits, Resource};
use serde_json::{Value, json};

pub(crate) const SLUG: &str = "jatoba";
pub(crate) const PASSWORD: &str = "aroeira-demo-1";
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// 2026-11-21T12:00:00Z
const START: i64 = 1_795_262_400_000;
const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
pub(crate) const CPF: &str = "52998224725";

pub(crate) struct Place {
    pub(crate) data: PathBuf,
    pub(crate) hand: Arc<AtomicI64>,
    clock: Clock,
    ids: Ids,
}

impl Place {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("aroeira-clinic-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let data = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&data).unwrap();
        let (clock, hand) = Clock::manual(Instant(START));
        Self { data, hand, clock, ids: Ids::seeded(7) }
    }

    pub(crate) fn open(&self, care: Care, open_clinics: usize) -> House {
        House::open(Options {
            data: self.data.clone(),
            master_key: MasterKey::parse(KEY).unwrap(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            open_clinics,
            cache_mb: 2,
            care,
            zone: "America/Sao_Paulo".into(),
            session_hours: 12,
            idle_minutes: 15,
            lock_after: 3,
            lock_minutes: 30,
            hashers: 2,
        })
        .unwrap()
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.hand.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _left = std::fs::remove_dir_all(&self.data);
    }
}

/// A clinic with its people.
pub(crate) struct Cast {
    pub(crate) house: House,
    pub(crate) clinic: Arc<Clinic>,
    pub(crate) admin: Desk,
    pub(crate) doctor: Desk,
    pub(crate) other_doctor: Desk,
    pub(crate) nurse: Desk,
    pub(crate) reception: Desk,
    pub(crate) auditor: Desk,
    /// Signed in as Ana.
    pub(crate) patient: Desk,
    pub(crate) admin_id: String,
    pub(crate) doctor_id: String,
    pub(crate) other_doctor_id: String,
    pub(crate) ana: String,
    pub(crate) bia: String,
    pub(crate) place: Place,
}

pub(crate) fn new_user(email: &str, role: Role, patient_id: Option<&str>) -> NewUser {
    NewUser {
        email: email.into(),
        name: format!("Pessoa {email}"),
        role,
        password: Some(PASSWORD.into()),
        council: None,
        patient_id: patient_id.map(str::to_owned),
        must_change_password: false,
    }
}

pub(crate) fn desk(clinic: &Arc<Clinic>, user: &str, role: Role, patient: Option<&str>) -> Desk {
    clinic.desk(Context {
        actor: Actor { user: user.into(), role, patient: patient.map(str::to_owned) },
        purpose: Purpose::Treatment,
        request_id: "r-1".into(),
        address: None,
    })
}

impl Cast {
    pub(crate) async fn new() -> Self {
        Self::with(Care::Open).await
    }

    pub(crate) async fn with(care: Care) -> Self {
        let place = Place::new();
        let house = place.open(care, 4);
        let (admin, none) =
            house.add_clinic(SLUG, "Clínica Jatobá", new_user("admin@demo", Role::Admin, None)).await.unwrap();
        assert_eq!(none, None);
        let operator = house.operator(SLUG).await.unwrap();
        let clinic = house.clinic(SLUG).await.unwrap();
        let new = json!({"name": "Ana Souza", "birthDate": "1980-02-29", "sex": "female", "cpf": CPF});
        let ana = operator.create_patient(Input::Json(new), None).await.unwrap().value.id;
        let bia = operator.create_patient(Input::Json(json!({"name": "Bia Lima"})), None).await.unwrap().value.id;
        let mut ids = Vec::new();
        for (email, role, patient) in [
            ("medica@demo", Role::Doctor, None),
            ("medico@demo", Role::Doctor, None),
            ("enfermagem@demo", Role::Nurse, None),
            ("recepcao@demo", Role::Reception, None),
            ("auditoria@demo", Role::Auditor, None),
            ("paciente@demo", Role::Patient, Some(ana.as_str())),
        ] {
            ids.push(operator.add_user(new_user(email, role, patient)).await.unwrap().0.value.id);
        }
        let of = |i: usize, role, patient| desk(&clinic, &ids[i], role, patient);
        Self {
            admin: desk(&clinic, &admin.id, Role::Admin, None),
            doctor: of(0, Role::Doctor, None),
            other_doctor: of(1, Role::Doctor, None),
            nurse: of(2, Role::Nurse, None),
            reception: of(3, Role::Reception, None),
            auditor: of(4, Role::Auditor, None),
            patient: of(5, Role::Patient, Some(&ana)),
            admin_id: admin.id,
            doctor_id: ids[0].clone(),
            other_doctor_id: ids[1].clone(),
            ana,
            bia,
            clinic,
            house,
            place,
        }
    }

    /// Entries in the journal; looking adds one.
    pub(crate) async fn entries(&self) -> u64 {
        self.auditor.audit(AuditQuery { limit: Some(1), ..AuditQuery::default() }).await.unwrap().total
    }

    /// Event and records of the newest entry.
    pub(crate) async fn last_entry(&self) -> (String, Vec<String>) {
        let page = self.auditor.audit(AuditQuery { limit: Some(1), ..AuditQuery::default() }).await.unwrap();
        let entry = &page.items[0];
        (entry.event.clone(), entry.records.iter().map(|r| format!("{}/{}", r.kind, r.id)).collect())
    }

    /// A record of Ana, by the doctor.
    pub(crate) async fn record(&self) -> String {
        self.doctor.create_record(Input::Json(record(&self.ana)), None).await.unwrap().value.id
    }

    pub(crate) async fn draft(&self) -> String {
        let mut body = record(&self.ana);
        body["status"] = "draft".into();
        self.doctor.create_record(Input::Json(body), None).await.unwrap().value.id
    }

    pub(crate) fn sign_in(&self, email: &str, password: &str, otp: Option<&str>) -> SignIn {
        sign_in(SLUG, email, password, otp)
    }
}

pub(crate) fn sign_in(clinic: &str, email: &str, password: &str, otp: Option<&str>) -> SignIn {
    SignIn {
        clinic: clinic.into(),
        email: email.into(),
        password: password.into(),
        otp: otp.map(str::to_owned),
        address: None,
        agent: "teste".into(),
        request_id: "r-2".into(),
    }
}

pub(crate) fn record(patient: &str) -> Value {
    json!({
        "patientId": patient, "title": "Consulta", "type": "consultation", "date": "2026-11-20",
        "diagnosis": "Hipertensão", "treatment": "Losartana", "notes": "Retorno em 30 dias", "priority": "HIGH",
        "codes": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10", "display": "Hipertensão essencial"}]
    })
}

pub(crate) fn input(value: Value) -> Input {
    Input::Json(value)
}

pub(crate) fn resource(value: &Value) -> Resource {
    Resource::parse(value.to_string().as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

pub(crate) const V1: Precondition = Precondition::Version(1);

/// The codes of the wrong fields by their paths.
pub(crate) fn fields(error: &Error) -> Vec<(String, &'static str)> {
    match error {
        Error::Invalid(fields) => fields.iter().map(|f| (f.path.clone(), f.code)).collect(),
        other => panic!("not invalid: {other:?}"),
    }
}
