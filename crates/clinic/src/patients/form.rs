//! What somebody writes of a patient, read from the body of a request and put into the `Patient` that is kept.

use aroeira_fhir::{Resource, brazil};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::allergies::{self, Allergies};
use super::resource::{address_of, contact_of, name_text, names};
use super::{Address, Contact};
use crate::Result;
use crate::input::{Reader, brazilian_date, is_blank};
use crate::masking::MASK;

const SEXES: &[&str] = &["female", "male", "other", "unknown"];
const SYSTEMS: &[&str] = &["phone", "email", "sms", "url", "fax", "pager", "other"];
const USES: &[&str] = &["home", "work", "mobile", "temp", "old"];
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
            allergies: allergies::read(&mut reader),
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
    if !address.state.is_empty() && !brazil::STATES.contains(&address.state.as_str()) {
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

/// One `@`, something before it, a dot after it, no spaces: more is for the mail server to say.
pub(crate) fn is_email(text: &str) -> bool {
    let shape = |(name, host): (&str, &str)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    };
    text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && text.split_once('@').is_some_and(shape)
}

/// Sets the name of a use: `usual` is the nome social, as in Brazil's BRIndividuo.
fn set_name(patient: &mut Resource, usage: &str, name: Option<&str>) {
    let mut all = names(patient);
    let place = all.iter().position(|one| one["use"] == usage);
    if name.is_some_and(|name| place.is_some_and(|place| name_text(&all[place]) == name)) {
        return;
    }
    // What the view does not show of it stays: a prefix, a period, extensions; what stands beside the words goes with them.
    let stored = place.map(|place| all.remove(place));
    if let Some(name) = name {
        let words: Vec<&str> = name.split_whitespace().collect();
        let mut one = stored.filter(Value::is_object).unwrap_or_else(|| json!({ "use": usage }));
        if let Value::Object(one) = &mut one {
            for key in ["text", "family", "given", "_text", "_family", "_given"] {
                one.shift_remove(key);
            }
        }
        one["text"] = name.into();
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
    let was = address_of(patient);
    // What the view does not show of it stays: a use, a period, extensions; what stands beside a value goes with it.
    let mut home = match all.first() {
        Some(Value::Object(stored)) => stored.clone(),
        _ => Map::from_iter([("use".to_owned(), "home".into())]),
    };
    home.shift_remove("text");
    for (key, old, value) in [
        ("line", &was.line, &address.line),
        ("district", &was.district, &address.district),
        ("city", &was.city, &address.city),
        ("state", &was.state, &address.state),
        ("postalCode", &was.postal_code, &address.postal_code),
    ] {
        if old == value {
            continue;
        }
        home.shift_remove(key);
        home.shift_remove(&format!("_{key}"));
        if !value.is_empty() {
            home.insert(key.to_owned(), if key == "line" { json!([value]) } else { value.clone().into() });
        }
    }
    home.entry("country").or_insert_with(|| "BR".into());
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
