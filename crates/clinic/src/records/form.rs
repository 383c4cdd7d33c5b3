//! What somebody writes of a record, read from the body of a request and put into the `Composition` that is kept.

use aroeira_fhir::{Resource, text};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::composition::{
    Each, LOINC, PRIORITIES, PRIORITY_URL, SECTIONS, STATUSES, TYPE_SYSTEM, TYPES, is_final, is_section, patient_of,
};
use super::{COMPOSITION, Code};
use crate::error::Field;
use crate::input::{Reader, is_date_or_instant};
use crate::{Error, Result};

/// What an amendment may say.
pub(crate) const WRITABLE: &[&str] =
    &["title", "type", "date", "diagnosis", "treatment", "notes", "priority", "status", "codes"];

/// What only a reader is told, and an amendment may carry back.
const TOLD: &[&str] = &["version", "reason", "id", "patientName", "authorId", "authorName", "updatedAt", "masked"];

/// The longest text of a section, in characters.
const LONGEST: usize = 65_536;

/// What may be written of a record; absent is unsaid.
#[derive(Clone, Default)]
struct Said {
    title: Option<String>,
    kind: Option<&'static str>,
    date: Option<String>,
    texts: [Option<String>; 3],
    priority: Option<&'static str>,
    status: Option<&'static str>,
    codes: Option<Vec<Code>>,
}

fn said(reader: &mut Reader, zone: &TimeZone) -> Said {
    let mut said = Said {
        title: reader.has("title").then(|| reader.required_text("title", 200)).flatten(),
        kind: reader.one_of("type", TYPES),
        texts: SECTIONS.each(|(field, ..)| reader.text(field, LONGEST)),
        priority: reader.one_of("priority", PRIORITIES),
        // What reads `amended` was final, and is sent back as it was read.
        status: match reader.raw("status").and_then(Value::as_str) {
            Some("amended") => Some("final"),
            _ => reader.one_of("status", STATUSES),
        },
        codes: codes(reader),
        date: None,
    };
    if let Some(date) = reader.text("date", 40) {
        if is_date_or_instant(&date, zone) {
            said.date = Some(with_seconds(date));
        } else {
            reader.wrong("date", "date");
        }
    }
    said
}

/// FHIR knows no time without seconds (R4 datatypes, `dateTime`); people do.
fn with_seconds(mut date: String) -> String {
    let to_the_minute = date.len() > 16 && date.as_bytes().get(16) != Some(&b':');
    if to_the_minute && date.is_char_boundary(16) {
        date.insert_str(16, ":00");
    }
    date
}

fn codes(reader: &mut Reader) -> Option<Vec<Code>> {
    let objects = reader.objects("codes", 50)?;
    let mut codes = Vec::with_capacity(objects.len());
    for (i, object) in objects.into_iter().enumerate() {
        let mut inner = Reader::nested(object, format!("codes[{i}]."));
        inner.only(&["system", "code", "display"]);
        let system = inner.required_text("system", 255);
        let code = inner.required_text("code", 100);
        let display = inner.text("display", 300).unwrap_or_default();
        if let (Some(system), Some(code)) = (system, code) {
            let is_uri = system.contains(':') && !system.contains(char::is_whitespace);
            let is_code = code.trim() == code;
            if !is_uri {
                inner.wrong("system", "uri");
            } else if !is_code {
                inner.wrong("code", "code");
            }
            codes.push(Code { system, code, display });
        }
        reader.problems.append(&mut inner.problems);
    }
    Some(codes)
}

/// A record to be made.
pub(crate) struct New {
    patient: String,
    said: Said,
}

impl New {
    /// Reads the body of `POST /api/medical-records`.
    pub(crate) fn read(mut reader: Reader, zone: &TimeZone) -> Result<Self> {
        reader.only(&[&["patientId"], WRITABLE].concat());
        let patient = reader.required_text("patientId", 64).filter(|id| aroeira_fhir::types::is_id(id));
        if patient.is_none() && !reader.problems.iter().any(|p| p.path == "patientId") {
            reader.wrong("patientId", "patient.unknown");
        }
        let said = said(&mut reader, zone);
        for name in ["title", "type", "date"] {
            if reader.raw(name).is_none() && !reader.problems.iter().any(|p| p.path == name) {
                reader.wrong(name, "required");
            }
        }
        reader.done()?;
        Ok(Self { patient: patient.unwrap_or_default(), said })
    }

    /// The `Composition`.
    pub(crate) fn into_resource(self, id: &str, author: &str) -> Resource {
        let mut fields = Map::new();
        fields.insert("status".into(), "final".into());
        fields.insert("type".into(), type_of("other"));
        fields.insert("subject".into(), json!({ "reference": format!("Patient/{}", self.patient) }));
        fields.insert("date".into(), "".into());
        fields.insert("author".into(), json!([{ "reference": format!("Practitioner/{author}") }]));
        fields.insert("title".into(), "".into());
        let mut resource = Resource::private(COMPOSITION, id, fields);
        let mut said = self.said;
        said.priority = said.priority.or(Some("NORMAL"));
        said.write(&mut resource);
        resource
    }
}

/// A record to be amended.
#[derive(Clone)]
pub(crate) struct Amendment {
    said: Said,
    patient: Option<String>,
    reason: Option<String>,
}

impl Amendment {
    /// Reads the body of `PUT /api/medical-records/{id}`: what is absent stays. What only a reader is told (names, times)
    /// may come back and is not looked at.
    pub(crate) fn read(mut reader: Reader, zone: &TimeZone) -> Result<Self> {
        reader.only(&[&["patientId"], WRITABLE, TOLD].concat());
        let patient = reader.text("patientId", 64);
        let reason = reader.reason();
        let said = said(&mut reader, zone);
        reader.done()?;
        Ok(Self { said, patient, reason })
    }

    /// The next version of what is stored.
    pub(crate) fn apply(self, mut resource: Resource) -> Result<Resource> {
        if self.patient.is_some_and(|patient| patient != patient_of(&resource)) {
            return Err(Error::field("patientId", "reference"));
        }
        let was_final = is_final(&resource);
        if was_final && self.reason.is_none() {
            return Err(Error::field("reason", "reason.required"));
        }
        if was_final && self.said.status == Some("draft") {
            return Err(Error::Invalid(vec![Field::new("status", "one-of").expecting("final")]));
        }
        let stays_final = was_final && self.said.status != Some("draft");
        self.said.write(&mut resource);
        if stays_final {
            resource.insert("status", "amended".into());
        }
        resource.set_reason(self.reason.as_deref());
        Ok(resource)
    }
}

impl Said {
    fn write(self, resource: &mut Resource) {
        if let Some(title) = self.title {
            resource.insert("title", title.into());
        }
        if let Some(kind) = self.kind {
            set_type(resource, kind);
        }
        if let Some(date) = self.date {
            resource.insert("date", date.into());
        }
        if let Some(status) = self.status {
            resource.insert("status", if status == "draft" { "preliminary" } else { "final" }.into());
        }
        if let Some(priority) = self.priority {
            set_priority(resource, priority);
        }
        if let Some(codes) = self.codes {
            set_codes(resource, &codes);
        }
        for ((_, code, title), text) in SECTIONS.iter().zip(self.texts) {
            if let Some(text) = text {
                set_section(resource, code, title, &text);
            }
        }
    }
}

fn type_of(kind: &str) -> Value {
    json!({ "coding": [{ "system": TYPE_SYSTEM, "code": kind }] })
}

/// Sets our coding of the type, beside codings of others.
fn set_type(resource: &mut Resource, kind: &str) {
    let ours = json!({ "system": TYPE_SYSTEM, "code": kind });
    match resource.get_mut("type").and_then(|t| t.get_mut("coding")).and_then(Value::as_array_mut) {
        Some(codings) => {
            codings.retain(|coding| coding["system"] != TYPE_SYSTEM);
            codings.insert(0, ours);
        }
        None => {
            resource.insert("type", type_of(kind));
        }
    }
}

fn set_priority(resource: &mut Resource, priority: &str) {
    let ours = json!({ "url": PRIORITY_URL, "valueCode": priority });
    match resource.get_mut("extension").and_then(Value::as_array_mut) {
        Some(extensions) => {
            extensions.retain(|extension| extension["url"] != PRIORITY_URL);
            extensions.push(ours);
        }
        None => {
            resource.insert("extension", json!([ours]));
        }
    }
}

fn set_codes(resource: &mut Resource, codes: &[Code]) {
    let coded: Vec<Value> = codes
        .iter()
        .map(|code| {
            let mut coding = json!({ "system": code.system, "code": code.code });
            if !code.display.is_empty() {
                coding["display"] = code.display.clone().into();
            }
            json!({ "coding": [coding] })
        })
        .collect();
    // The view shows the codes of all events as one list: they are kept in the first.
    for event in resource.get_mut("event").and_then(Value::as_array_mut).into_iter().flatten().skip(1) {
        if let Value::Object(event) = event {
            event.shift_remove("code");
        }
    }
    match resource.get_mut("event").and_then(Value::as_array_mut).and_then(|events| events.first_mut()) {
        Some(event) if codes.is_empty() => {
            if let Value::Object(event) = event {
                event.shift_remove("code");
            }
        }
        Some(event) => event["code"] = coded.into(),
        None if codes.is_empty() => {}
        None => {
            resource.insert("event", json!([{ "code": coded }]));
        }
    }
    let empty = resource
        .get("event")
        .and_then(Value::as_array)
        .is_some_and(|events| events.iter().all(|event| event.as_object().is_some_and(Map::is_empty)));
    if empty {
        resource.remove("event");
    }
}

/// Sets the text of a section of ours; sections of others stay. An empty text is no section.
fn set_section(resource: &mut Resource, code: &str, title: &str, words: &str) {
    let mut sections = match resource.remove("section") {
        Some(Value::Array(sections)) => sections,
        _ => Vec::new(),
    };
    let place = sections.iter().position(|section| is_section(section, code));
    if words.is_empty() {
        if let Some(place) = place {
            sections.remove(place);
        }
    } else {
        let narrative = json!({ "status": "generated", "div": text::narrative(words) });
        match place {
            Some(place) => sections[place]["text"] = narrative,
            None => sections.push(json!({
                "title": title, "code": { "coding": [{ "system": LOINC, "code": code }] }, "text": narrative
            })),
        }
    }
    if !sections.is_empty() {
        resource.insert("section", sections.into());
    }
}
