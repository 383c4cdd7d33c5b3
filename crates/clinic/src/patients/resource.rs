//! Between a patient as people speak of them and the `Patient` and `AllergyIntolerance` resources that are kept.

use aroeira_fhir::{Instant, Resource, brazil};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::{ALLERGY, Address, Allergy, Contact, Patient};
use crate::error::Field;
use crate::input::{Reader, brazilian_date, is_blank};
use crate::masking::MASK;
use crate::{Error, Result};

const SEXES: &[&str] = &["female", "male", "other", "unknown"];
const SYSTEMS: &[&str] = &["phone", "email", "sms", "url", "fax", "pager", "other"];
const USES: &[&str] = &["home", "work", "mobile", "temp", "old"];
const STATES: &[&str] = &[
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR", "RJ",
    "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
];
const SNOMED: &str = "http://snomed.info/sct";
/// "No known allergy".
const NONE_KNOWN: &str = "716186003";

/// What a clinic says of a patient's allergies.
pub(super) enum Allergies {
    /// Nobody asked, or nothing is said any more.
    Unknown,
    /// Asked, and none known.
    None,
    /// These.
    Known(Vec<Allergy>),
}

impl Allergies {
    /// The resources there shall be.
    pub(super) fn to_keep(&self) -> Vec<Allergy> {
        match self {
            Self::Unknown => Vec::new(),
            // Told apart from a real one by its code, which `allergy` writes for an empty substance.
            Self::None => vec![Allergy { id: None, substance: String::new(), reaction: None, criticality: None }],
            Self::Known(list) => list.clone(),
        }
    }
}

/// The body of a write: what is absent is unsaid.
pub(super) struct Form {
    name: Option<String>,
    social_name: Option<Option<String>>,
    birth_date: Option<String>,
    sex: Option<&'static str>,
    pub(super) cpf: Option<String>,
    /// A CPF that came masked: the stored one, or a mistake.
    pub(super) masked_cpf: Option<String>,
    cns: Option<String>,
    contacts: Option<Vec<Contact>>,
    address: Option<Address>,
    pub(super) allergies: Option<Allergies>,
    pub(super) reason: Option<String>,
}

/// What a write may say.
pub(super) const FIELDS: &[&str] =
    &["name", "socialName", "birthDate", "sex", "cpf", "cns", "contacts", "address", "allergies", "allergyStatus"];
/// What only a reader is told, and an amendment may carry back.
const TOLD: &[&str] = &["version", "reason", "id", "updatedAt", "masked", "deceased"];

impl Form {
    /// Reads the body of POST (`name` is asked for) or PUT.
    pub(super) fn read(mut reader: Reader, amends: bool, today: Date) -> Result<Self> {
        let known: Vec<&str> = FIELDS.iter().chain(if amends { TOLD } else { &[] }).copied().collect();
        reader.only(&known);
        let name = if amends && !reader.has("name") { None } else { reader.required_text("name", 200) };
        let social_name = reader.has("socialName").then(|| reader.text("socialName", 200).filter(|n| !is_blank(n)));
        let masked_cpf =
            reader.raw("cpf").and_then(Value::as_str).filter(|text| is_masked_cpf(text)).map(str::to_owned);
        let form = Self {
            name,
            social_name,
            birth_date: birth_date(&mut reader, today),
            sex: reader.one_of("sex", SEXES),
            cpf: document(&mut reader, "cpf", brazil::cpf_digits),
            masked_cpf,
            cns: document(&mut reader, "cns", brazil::cns),
            contacts: contacts(&mut reader),
            address: address(&mut reader),
            allergies: allergies(&mut reader),
            reason: reader.reason(),
        };
        reader.done()?;
        Ok(form)
    }

    /// The next version of a resource.
    pub(super) fn apply(&self, mut patient: Resource, reason: Option<&str>) -> Result<Resource> {
        if let Some(name) = &self.name {
            set_name(&mut patient, "official", Some(name));
        }
        if let Some(social) = &self.social_name {
            set_name(&mut patient, "usual", social.as_deref());
        }
        let mut set = |key: &str, value: Option<Value>| match value {
            Some(Value::String(text)) if text.is_empty() => {
                patient.remove(key);
            }
            Some(value) => {
                patient.insert(key, value);
            }
            None => {}
        };
        set("birthDate", self.birth_date.clone().map(Value::from));
        set("gender", self.sex.map(Value::from));
        for (system, digits) in [(brazil::CPF_SYSTEM, &self.cpf), (brazil::CNS_SYSTEM, &self.cns)] {
            if let Some(digits) = digits {
                set_identifier(&mut patient, system, digits);
            }
        }
        if let Some(contacts) = &self.contacts {
            set_contacts(&mut patient, contacts);
        }
        if let Some(address) = &self.address {
            set_address(&mut patient, address);
        }
        if patient.get("active").is_none() {
            patient.insert("active", true.into());
        }
        patient.set_reason(reason);
        Ok(patient)
    }
}

fn birth_date(reader: &mut Reader, today: Date) -> Option<String> {
    let text = reader.text("birthDate", 10)?;
    let text = brazilian_date(&text).unwrap_or(text);
    if text.is_empty() {
        return Some(text);
    }
    // Written exactly so: jiff reads other forms of ISO 8601 as well.
    let whole = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    if whole.is_none_or(|date| date.year() < 1870 || date > today) {
        reader.wrong("birthDate", "birth-date");
        return None;
    }
    Some(text)
}

/// Digits of a checked document; empty to take it away; `None` unsaid or masked.
fn document(reader: &mut Reader, name: &str, digits: fn(&str) -> Option<String>) -> Option<String> {
    let text = reader.text(name, 20)?;
    if text.trim().is_empty() {
        return Some(String::new());
    }
    if text.contains('*') {
        return masked_document(reader, name, &text);
    }
    let found = digits(&text);
    if found.is_none() {
        reader.wrong(name, if name == "cpf" { "cpf" } else { "cns" });
    }
    found
}

/// A masked CPF that comes back as it was read is unsaid; whether it is the stored one is looked at where that is known.
fn masked_document(reader: &mut Reader, name: &str, text: &str) -> Option<String> {
    if !(name == "cpf" && is_masked_cpf(text)) && text != MASK {
        reader.wrong(name, "masked");
    }
    None
}

fn is_masked_cpf(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "***.000.000-**"
}

fn contacts(reader: &mut Reader) -> Option<Vec<Contact>> {
    let objects = reader.objects("contacts", 20)?;
    let mut contacts = Vec::with_capacity(objects.len());
    for (i, object) in objects.into_iter().enumerate() {
        let mut inner = Reader::nested(object, format!("contacts[{i}]."));
        inner.only(&["system", "value", "use"]);
        if inner.raw("system").is_none() {
            inner.wrong("system", "required");
        }
        let system = inner.one_of("system", SYSTEMS);
        let value = inner.required_text("value", 200);
        let usage = inner.one_of("use", USES).map(str::to_owned);
        if let (Some(system), Some(value)) = (system, value) {
            let digits = value.chars().filter(char::is_ascii_digit).count();
            if system == "email" && !is_email(&value) {
                inner.wrong("value", "email");
            } else if matches!(system, "phone" | "sms") && !(8..=15).contains(&digits) {
                inner.wrong("value", "phone");
            }
            contacts.push(Contact { system: system.to_owned(), value, usage });
        }
        reader.problems.append(&mut inner.problems);
    }
    Some(contacts)
}

/// One `@`, something before it, a dot after it, no spaces: more is for the mail server to say.
pub(crate) fn is_email(text: &str) -> bool {
    let shape = |(name, host): (&str, &str)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    };
    text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && text.split_once('@').is_some_and(shape)
}

fn address(reader: &mut Reader) -> Option<Address> {
    let value = reader.take("address")?;
    let Value::Object(object) = value else {
        reader.wrong("address", "type.object");
        return None;
    };
    let mut inner = Reader::nested(object, "address.".into());
    inner.only(&["line", "district", "city", "state", "postalCode"]);
    let mut text = |name: &str, most| inner.text(name, most).unwrap_or_default();
    let mut address = Address {
        line: text("line", 300),
        district: text("district", 100),
        city: text("city", 100),
        state: text("state", 2).to_uppercase(),
        postal_code: text("postalCode", 10).chars().filter(char::is_ascii_digit).collect(),
    };
    if !address.state.is_empty() && !STATES.contains(&address.state.as_str()) {
        inner.wrong("state", "state");
    }
    let asked = inner.raw("postalCode").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if asked && address.postal_code.len() != 8 {
        inner.wrong("postalCode", "postal-code");
        address.postal_code.clear();
    }
    reader.problems.append(&mut inner.problems);
    Some(address)
}

fn allergies(reader: &mut Reader) -> Option<Allergies> {
    let status = match reader.raw("allergyStatus").and_then(Value::as_str) {
        Some(MASK) => None,
        _ => reader.one_of("allergyStatus", &["unknown", "none", "known"]),
    };
    let list = reader.objects("allergies", 100).map(|objects| {
        let mut list = Vec::with_capacity(objects.len());
        for (i, object) in objects.into_iter().enumerate() {
            let mut inner = Reader::nested(object, format!("allergies[{i}]."));
            inner.only(&["id", "substance", "reaction", "criticality"]);
            let id = inner.text("id", 64);
            let substance = inner.required_text("substance", 200);
            let reaction = inner.text("reaction", 500).filter(|text| !text.is_empty());
            let criticality = inner.one_of("criticality", &["low", "high", "unable-to-assess"]).map(str::to_owned);
            if let Some(substance) = substance {
                list.push(Allergy { id, substance, reaction, criticality });
            }
            reader.problems.append(&mut inner.problems);
        }
        list
    });
    match (status, list) {
        (Some("none"), None) => Some(Allergies::None),
        (Some("none"), Some(list)) if list.is_empty() => Some(Allergies::None),
        (Some("unknown"), None) => Some(Allergies::Unknown),
        (Some("unknown"), Some(list)) if list.is_empty() => Some(Allergies::Unknown),
        (Some("none" | "unknown"), Some(_)) => {
            reader.wrong("allergyStatus", "one-of");
            None
        }
        (_, Some(list)) if list.is_empty() => Some(Allergies::Unknown),
        (_, Some(list)) => Some(Allergies::Known(list)),
        (_, None) => None,
    }
}

fn names(patient: &Resource) -> Vec<Value> {
    patient.get("name").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Sets the name of a use: `usual` is the nome social, as in Brazil's BRIndividuo.
fn set_name(patient: &mut Resource, usage: &str, name: Option<&str>) {
    let mut all = names(patient);
    let place = all.iter().position(|one| one["use"] == usage);
    if name.is_some_and(|name| place.is_some_and(|place| name_text(&all[place]) == name)) {
        return;
    }
    if let Some(place) = place {
        all.remove(place);
    }
    if let Some(name) = name {
        let words: Vec<&str> = name.split_whitespace().collect();
        let mut one = json!({ "use": usage, "text": name });
        if let [given @ .., family] = words.as_slice()
            && !given.is_empty()
        {
            one["family"] = (*family).into();
            // A name a word, so that each of them is found by its beginning.
            one["given"] = json!(given);
        }
        all.insert(place.unwrap_or(if usage == "official" { 0 } else { all.len() }), one);
    }
    if all.is_empty() {
        patient.remove("name");
    } else {
        patient.insert("name", all.into());
    }
}

fn name_text(name: &Value) -> String {
    if let Some(text) = name["text"].as_str() {
        return text.to_owned();
    }
    let given = name["given"].as_array().into_iter().flatten().filter_map(Value::as_str);
    given.chain(name["family"].as_str()).collect::<Vec<_>>().join(" ")
}

fn name_of(names: &[Value], usage: &str) -> Option<String> {
    names.iter().find(|name| name["use"] == usage).map(name_text).filter(|text| !text.is_empty())
}

/// What somebody is called: nome social, official name, any name.
pub(crate) fn human_name(resource: &Resource) -> String {
    let all = names(resource);
    name_of(&all, "usual")
        .or_else(|| name_of(&all, "official"))
        .or_else(|| all.first().map(name_text))
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}

/// The values of an identifier of which there may be several.
pub(super) fn identifiers(patient: &Resource, system: &str) -> Vec<String> {
    let all = patient.get("identifier").and_then(Value::as_array);
    let of_system = all.into_iter().flatten().filter(|one| one["system"] == system);
    of_system.filter_map(|one| one["value"].as_str()).map(str::to_owned).collect()
}

/// The value of an identifier; empty where there is none.
pub(super) fn identifier(patient: &Resource, system: &str) -> String {
    identifiers(patient, system).into_iter().next().unwrap_or_default()
}

fn set_identifier(patient: &mut Resource, system: &str, digits: &str) {
    let mut all = patient.get("identifier").and_then(Value::as_array).cloned().unwrap_or_default();
    let place = all.iter().position(|one| one["system"] == system);
    match (place, digits.is_empty()) {
        (Some(place), true) => {
            all.remove(place);
        }
        (Some(place), false) => all[place]["value"] = digits.into(),
        (None, true) => {}
        (None, false) => all.push(json!({ "use": "official", "system": system, "value": digits })),
    }
    if all.is_empty() {
        patient.remove("identifier");
    } else {
        patient.insert("identifier", all.into());
    }
}

fn set_contacts(patient: &mut Resource, contacts: &[Contact]) {
    let stored = patient.get("telecom").and_then(Value::as_array).cloned().unwrap_or_default();
    let points: Vec<Value> = contacts
        .iter()
        .map(|contact| {
            // One that stays keeps what the view does not show: rank, period, extensions.
            if let Some(point) = stored.iter().find(|point| contact_of(point) == *contact) {
                return point.clone();
            }
            let mut point = json!({ "system": contact.system, "value": contact.value });
            if let Some(usage) = &contact.usage {
                point["use"] = usage.clone().into();
            }
            point
        })
        .collect();
    if points.is_empty() {
        patient.remove("telecom");
    } else {
        patient.insert("telecom", points.into());
    }
}

fn set_address(patient: &mut Resource, address: &Address) {
    if address_of(patient) == *address {
        return;
    }
    let mut all = patient.get("address").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut home = Map::new();
    home.insert("use".into(), "home".into());
    if !address.line.is_empty() {
        home.insert("line".into(), json!([address.line]));
    }
    for (key, value) in [
        ("district", &address.district),
        ("city", &address.city),
        ("state", &address.state),
        ("postalCode", &address.postal_code),
    ] {
        if !value.is_empty() {
            home.insert(key.into(), value.clone().into());
        }
    }
    if *address != Address::default() {
        home.insert("country".into(), "BR".into());
    }
    if all.is_empty() {
        all.push(Value::Null);
    }
    all[0] = Value::Object(home);
    if *address == Address::default() {
        all.remove(0);
    }
    if all.is_empty() {
        patient.remove("address");
    } else {
        patient.insert("address", all.into());
    }
}

/// An `AllergyIntolerance`: what a write says over what is stored.
pub(super) fn allergy(id: &str, patient: &str, said: &Allergy, stored: Option<&Resource>) -> Resource {
    let mut resource = stored.cloned().unwrap_or_else(|| {
        let mut fields = Map::new();
        let clinical = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
        fields.insert("clinicalStatus".into(), json!({ "coding": [{ "system": clinical, "code": "active" }] }));
        Resource::private(ALLERGY, id, fields)
    });
    let unchanged = stored.is_some_and(|stored| substance(stored) == said.substance);
    if said.substance.is_empty() {
        resource.insert(
            "code",
            json!({ "coding": [{ "system": SNOMED, "code": NONE_KNOWN }], "text": "Nenhuma alergia conhecida" }),
        );
    } else if !unchanged {
        resource.insert("code", json!({ "text": said.substance }));
    }
    resource.insert("patient", json!({ "reference": format!("Patient/{patient}") }));
    match &said.criticality {
        Some(criticality) => resource.insert("criticality", criticality.clone().into()),
        None => resource.remove("criticality"),
    };
    let before = stored.and_then(reaction);
    if said.reaction != before {
        match &said.reaction {
            Some(words) => resource.insert("reaction", json!([{ "manifestation": [{ "text": words }] }])),
            None => resource.remove("reaction"),
        };
    }
    resource
}

fn coded(concept: &Value) -> String {
    let display = || concept["coding"].as_array().and_then(|c| c.iter().find_map(|c| c["display"].as_str()));
    concept["text"].as_str().or_else(display).unwrap_or_default().to_owned()
}

/// To what; never empty, so that a patient whose allergy has no words can be saved as they were read.
fn substance(resource: &Resource) -> String {
    let code = |concept: &Value| {
        let words = coded(concept);
        let code = || concept["coding"].as_array().and_then(|c| c.iter().find_map(|c| c["code"].as_str()));
        if words.is_empty() { code().unwrap_or_default().to_owned() } else { words }
    };
    let reactions = resource.get("reaction").and_then(Value::as_array);
    let substances = reactions.into_iter().flatten().map(|reaction| code(&reaction["substance"]));
    let mut said = resource.get("code").map(code).into_iter().chain(substances);
    said.find(|words| !words.is_empty()).unwrap_or_else(|| "não informada".to_owned())
}

/// Whether an allergy is said of the patient: one entered in error or refuted is not.
pub(super) fn is_stated(resource: &Resource) -> bool {
    let codings = resource.get("verificationStatus").and_then(|status| status["coding"].as_array());
    !codings.into_iter().flatten().any(|coding| coding["code"] == "entered-in-error" || coding["code"] == "refuted")
}

fn reaction(resource: &Resource) -> Option<String> {
    let reactions = resource.get("reaction")?.as_array()?;
    let words: Vec<String> = reactions
        .iter()
        .flat_map(|one| one["manifestation"].as_array().cloned().unwrap_or_default())
        .map(|concept| coded(&concept))
        .filter(|words| !words.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

pub(super) fn says_none(resource: &Resource) -> bool {
    let codings = resource.get("code").and_then(|code| code["coding"].as_array());
    codings.into_iter().flatten().any(|coding| coding["system"] == SNOMED && coding["code"] == NONE_KNOWN)
}

/// Adds what is known of allergies to a view.
pub(super) fn add_allergies(patient: &mut Patient, resources: &[&Resource]) {
    let none_said = resources.is_empty();
    let known: Vec<Allergy> = resources
        .iter()
        .filter(|resource| !says_none(resource))
        .map(|resource| Allergy {
            id: resource.id().map(str::to_owned),
            substance: substance(resource),
            reaction: reaction(resource),
            criticality: resource.get("criticality").and_then(Value::as_str).map(str::to_owned),
        })
        .collect();
    let status = match (known.is_empty(), none_said) {
        (false, _) => "known",
        (true, false) => "none",
        (true, true) => "unknown",
    };
    status.clone_into(&mut patient.allergy_status);
    patient.allergies = Some(known);
}

/// The view of a `Patient`; allergies still covered.
pub(super) fn view(id: &str, version: u32, updated: Instant, resource: &Resource) -> Patient {
    let string = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let all = names(resource);
    let official = name_of(&all, "official").or_else(|| all.iter().find(|n| n["use"] != "usual").map(name_text));
    let deceased = match (resource.get("deceasedDateTime"), resource.get("deceasedBoolean")) {
        (Some(when), _) => when.as_str().map(str::to_owned),
        (None, Some(Value::Bool(true))) => Some("true".to_owned()),
        _ => None,
    };
    let cpf = identifier(resource, brazil::CPF_SYSTEM);
    Patient {
        id: id.to_owned(),
        version,
        name: official.unwrap_or_default(),
        social_name: name_of(&all, "usual"),
        birth_date: string("birthDate"),
        sex: resource.get("gender").and_then(Value::as_str).unwrap_or("unknown").to_owned(),
        cpf: if cpf.len() == 11 { brazil::format_cpf(&cpf) } else { cpf },
        cns: identifier(resource, brazil::CNS_SYSTEM),
        contacts: contacts_of(resource),
        address: address_of(resource),
        allergies: None,
        allergy_status: MASK.to_owned(),
        deceased,
        updated_at: updated,
        masked: Vec::new(),
    }
}

fn contacts_of(resource: &Resource) -> Vec<Contact> {
    let points = resource.get("telecom").and_then(Value::as_array);
    points.into_iter().flatten().map(contact_of).collect()
}

fn contact_of(point: &Value) -> Contact {
    let string = |key: &str| point[key].as_str().map(str::to_owned);
    Contact {
        system: string("system").unwrap_or_else(|| "other".into()),
        value: string("value").unwrap_or_default(),
        usage: string("use"),
    }
}

fn address_of(resource: &Resource) -> Address {
    let Some(first) = resource.get("address").and_then(|a| a.get(0)) else { return Address::default() };
    let string = |key: &str| first[key].as_str().unwrap_or_default().to_owned();
    Address {
        line: first["line"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        district: string("district"),
        city: string("city"),
        state: string("state"),
        postal_code: string("postalCode"),
    }
}

/// The view as fields, without those that are covered: for comparing versions.
pub(super) fn fields(patient: &Patient, masked: &[&str]) -> Result<Map<String, Value>> {
    match serde_json::to_value(patient) {
        Ok(Value::Object(mut map)) => {
            map.retain(|key, _| !masked.contains(&key.as_str()));
            Ok(map)
        }
        _ => Err(Error::Internal("a view is no object".into())),
    }
}

/// A date of FHIR: a year, a month or a day.
fn is_date(text: &str) -> bool {
    matches!(text.len(), 4 | 7 | 10) && aroeira_fhir::Period::parse(text, &jiff::tz::TimeZone::UTC).is_some()
}

/// Problems of a FHIR `Patient` that the clinic's own rules find: the documents' check digits.
pub(crate) fn document_problems(resource: &Resource) -> Vec<Field> {
    let all = resource.get("identifier").and_then(Value::as_array);
    let mut problems = Vec::new();
    for key in ["identifier", "name", "telecom", "address"] {
        if resource.get(key).is_some_and(|value| !value.is_array()) {
            problems.push(Field::new(format!("Patient.{key}"), "type.array"));
        }
    }
    if resource.get("birthDate").is_some_and(|date| !date.as_str().is_some_and(is_date)) {
        problems.push(Field::new("Patient.birthDate", "birth-date"));
    }
    for (i, one) in all.into_iter().flatten().enumerate() {
        let value = one["value"].as_str().unwrap_or_default();
        let wrong = match one["system"].as_str() {
            Some(brazil::CPF_SYSTEM) if brazil::cpf_digits(value).as_deref() != Some(value) => Some("cpf"),
            Some(brazil::CNS_SYSTEM) if brazil::cns(value).as_deref() != Some(value) => Some("cns"),
            _ => None,
        };
        // One person, one CPF; several would each be looked up and only one shown.
        let again = one["system"] == brazil::CPF_SYSTEM
            && all.into_iter().flatten().take(i).any(|o| o["system"] == brazil::CPF_SYSTEM);
        if let Some(code) = wrong.or(again.then_some("cpf")) {
            problems.push(Field::new(format!("Patient.identifier[{i}].value"), code));
        }
    }
    problems
}
