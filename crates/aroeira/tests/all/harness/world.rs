//! A clinic with somebody of every role, and what they begin with.

use serde_json::{Value, json};

use super::{Client, FIRST_PASSWORD, Home, Server};

/// What every account of a [`World`] has.
pub(crate) const PASSWORD: &str = "Vereda-Calma-731";

/// The six roles, and nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    Admin,
    Doctor,
    Nurse,
    Reception,
    Patient,
    Auditor,
}

impl Who {
    pub(crate) const ALL: [Self; 7] =
        [Self::Nobody, Self::Admin, Self::Doctor, Self::Nurse, Self::Reception, Self::Patient, Self::Auditor];
}

/// A clinic with somebody of every role signed in, and a patient with a chart.
pub(crate) struct World {
    pub(crate) home: Home,
    pub(crate) server: Server,
    clients: Vec<Client>,
    ids: Vec<String>,
    /// The chart of the PATIENT.
    pub(crate) patient: String,
    /// A final record in it, by the DOCTOR.
    pub(crate) record: String,
    /// Somebody else's chart, and a record in it.
    pub(crate) other_patient: String,
    pub(crate) other_record: String,
}

/// Limits out of the way of tests that are not about limits.
pub(crate) const GENEROUS: [(&str, &str); 5] = [
    ("AROEIRA_LIMITS__SIGN_IN", "0"),
    ("AROEIRA_LIMITS__ANONYMOUS", "0"),
    ("AROEIRA_LIMITS__USER", "0"),
    ("AROEIRA_LIMITS__WRITE", "0"),
    ("AROEIRA_LIMITS__IMPORT", "0"),
];

impl World {
    pub(crate) fn new() -> Self {
        Self::with(&GENEROUS)
    }

    pub(crate) fn with(environment: &[(&str, &str)]) -> Self {
        let home = Home::with_clinic();
        let server = home.serve(environment);
        let nobody = server.client();
        let admin = nobody.signed_in("ana@example.org", FIRST_PASSWORD);
        let mut world = Self {
            home,
            server,
            clients: vec![nobody, admin],
            ids: vec![String::new()],
            patient: String::new(),
            record: String::new(),
            other_patient: String::new(),
            other_record: String::new(),
        };
        world
            .ids
            .push(world.client(Who::Admin).get("/api/me").is(200).json()["user"]["id"].as_str().unwrap().to_owned());
        for (role, name) in [("DOCTOR", "Rui Prado"), ("NURSE", "Bia Lopes"), ("RECEPTION", "Tainá Moreira")] {
            world.add(role, name, None);
        }
        world.patient = world.new_patient("João da Silva", Some("52998224725"));
        world.other_patient = world.new_patient("Rosa Lima", None);
        let patient = world.patient.clone();
        world.add("PATIENT", "João da Silva", Some(&patient));
        world.add("AUDITOR", "Otávio Lins", None);
        world.record = world.new_record(&world.patient, "Retorno de hipertensão");
        world.other_record = world.new_record(&world.other_patient, "Consulta de rotina");
        world
    }

    fn add(&mut self, role: &str, name: &str, patient: Option<&str>) {
        let email = format!("{}@example.org", role.to_lowercase());
        let mut body = json!({ "email": email, "name": name, "role": role, "password": PASSWORD });
        if let Some(patient) = patient {
            body["patientId"] = patient.into();
        }
        self.ids.push(self.client(Who::Admin).post("/api/users", &body).is(201).id());
        let client = self.client(Who::Nobody).signed_in(&email, PASSWORD);
        self.clients.push(client);
    }

    pub(crate) fn client(&self, who: Who) -> &Client {
        &self.clients[who as usize]
    }

    pub(crate) fn doctor(&self) -> &Client {
        self.client(Who::Doctor)
    }

    pub(crate) fn user(&self, who: Who) -> &str {
        &self.ids[who as usize]
    }

    /// The same people, of a server that was started again.
    pub(crate) fn again(&mut self, server: Server) {
        for client in &mut self.clients {
            client.address = server.address;
        }
        self.server = server;
    }

    pub(crate) fn new_patient(&self, name: &str, cpf: Option<&str>) -> String {
        let mut body = json!({ "name": name, "birthDate": "1980-05-17", "sex": "male" });
        if let Some(cpf) = cpf {
            body["cpf"] = cpf.into();
        }
        self.doctor().post("/api/patients", &body).is(201).id()
    }

    pub(crate) fn new_record(&self, patient: &str, title: &str) -> String {
        self.doctor().post("/api/medical-records", &record(patient, title)).is(201).id()
    }
}

/// The body of a record.
pub(crate) fn record(patient: &str, title: &str) -> Value {
    json!({
        "patientId": patient, "title": title, "type": "consultation", "date": "2026-03-04T10:30:00-03:00",
        "diagnosis": "Hipertensão arterial sistêmica.", "treatment": "Losartana 50 mg.", "notes": "Sem queixas.",
        "priority": "HIGH", "codes": [{ "system": "http://hl7.org/fhir/sid/icd-10", "code": "I10", "display": "Hipertensão" }],
    })
}
