//! The parameters of an operation, from a query or a Parameters resource. Handlers take the ones they know; what is left
//! is an error, and all that is wrong is said at once.

use aroeira_clinic::{Error, Field};
use aroeira_fhir::Resource;
use axum::extract::{FromRequest, Request};
use http::Method;
use serde_json::{Map, Value};

use crate::body::{pairs, printable};
use crate::error::Fault;
use crate::fhir::content::{self, Sent};
use crate::fhir::shape;
use crate::state::App;

/// More parameters than any operation has.
const MOST: usize = 200;

/// The parameters as they came.
pub(in crate::fhir) struct Asked {
    sent: Vec<(String, Value)>,
    /// What was sent in place of parameters, where an operation is about one resource.
    whole: Option<Resource>,
    wrong: Vec<Field>,
}

/// A code with its code system and what the client calls it.
pub(in crate::fhir) struct Coding {
    pub(in crate::fhir) system: Option<String>,
    pub(in crate::fhir) code: String,
    pub(in crate::fhir) display: Option<String>,
}

impl FromRequest<App> for Asked {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let is_post = request.method() == Method::POST;
        let sent = if is_post { Some(Sent::from_request(request, app).await?) } else { None };
        let mut asked = Self::of_query(&query)?;
        if let Some(sent) = sent.filter(|sent| !sent.bytes().is_empty()) {
            let resource = sent.resource().await?;
            asked.add(resource.kind(), resource.as_value())?;
        }
        asked.general()
    }
}

impl Asked {
    /// Of an operation about a resource of a type: one that is sent by itself is the parameter `resource`. So is a Parameters
    /// resource, if that is the type and it holds no other.
    pub(in crate::fhir) async fn about(kind: &str, query: Option<String>, sent: Sent) -> Result<Self, Fault> {
        let mut asked = Self::of_query(&query.unwrap_or_default())?;
        if !sent.bytes().is_empty() {
            let resource = sent.resource().await?;
            let parameters = resource.get("parameter").and_then(Value::as_array);
            let holds = || parameters.into_iter().flatten().any(|one| one["name"] == "resource");
            if resource.kind() == "Parameters" && (kind != "Parameters" || holds()) {
                asked.add("Parameters", resource.as_value())?;
            } else {
                asked.whole = Some(resource);
            }
        }
        asked.general()
    }

    fn of_query(query: &str) -> Result<Self, Fault> {
        let said: Vec<(String, String)> = pairs(query.as_bytes())?;
        let sent = said.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        Ok(Self { sent, whole: None, wrong: Vec::new() })
    }

    /// Takes out what any call may say.
    fn general(mut self) -> Result<Self, Fault> {
        if self.sent.len() > MOST {
            return Err(Fault::Search(vec![Field::new("parameter", "too-many").expecting(MOST.to_string())]));
        }
        content::format(self.text("_format").as_deref())?;
        self.sent.retain(|(name, value)| !shape::PARAMETERS.contains(&name.as_str()) || value == "count");
        Ok(self)
    }

    /// The resource that the operation is about, if there is one.
    pub(in crate::fhir) fn subject(&mut self) -> Result<Option<Resource>, Fault> {
        if let Some(whole) = self.whole.take() {
            return Ok(Some(whole));
        }
        let found = self.resource("resource").map(|map| Resource::from_value(Value::Object(map))).transpose();
        found.map_err(|problems| {
            let fields = problems.into_iter().map(|problem| Field::new(problem.path, "fhir").expecting(problem.text));
            Error::Invalid(fields.collect()).into()
        })
    }

    /// The parameters of a Parameters resource; a ValueSet alone is the parameter `valueSet`, a Patient `resource`.
    fn add(&mut self, kind: &str, resource: &Map<String, Value>) -> Result<(), Fault> {
        if let Some(name) = [("ValueSet", "valueSet"), ("Patient", "resource")].iter().find(|(own, _)| *own == kind) {
            self.sent.push((name.1.to_owned(), Value::Object(resource.clone())));
            return Ok(());
        }
        if kind != "Parameters" {
            let field = Field::new("resourceType", "fhir").expecting("Parameters are expected here");
            return Err(Error::Invalid(vec![field]).into());
        }
        for parameter in resource.get("parameter").and_then(Value::as_array).into_iter().flatten() {
            let Some(name) = parameter.get("name").and_then(Value::as_str) else {
                self.wrong.push(Field::new("Parameters.parameter.name", "required"));
                continue;
            };
            let members = parameter.as_object().into_iter().flatten();
            let value = members.into_iter().find(|(key, _)| key.starts_with("value") || *key == "resource");
            match value {
                Some((_, value)) => self.sent.push((name.to_owned(), value.clone())),
                None => self.wrong.push(Field::new(printable(name), "required")),
            }
        }
        Ok(())
    }

    /// Takes a parameter out; one that comes again is wrong.
    pub(in crate::fhir) fn take(&mut self, name: &str) -> Option<Value> {
        let mut found = self.all(name);
        if found.len() > 1 {
            self.wrong.push(Field::new(name, "repeated"));
        }
        (!found.is_empty()).then(|| found.swap_remove(0))
    }

    /// Takes every value of a parameter out.
    pub(in crate::fhir) fn all(&mut self, name: &str) -> Vec<Value> {
        self.sent.extract_if(.., |(other, _)| other == name).map(|(_, value)| value).collect()
    }

    /// A value that `read` understands of its text; what it does not is wrong, with what would be right.
    pub(in crate::fhir) fn read<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = as_text(&self.take(name)?);
        let value = text.as_deref().and_then(read);
        if value.is_none() {
            self.wrong.push(Field::new(name, "search.value").expecting(expected));
        }
        value
    }

    /// What has not been taken yet, as it would stand in a query.
    pub(in crate::fhir) fn said(&self) -> Vec<(String, String)> {
        let texts = self.sent.iter().filter_map(|(name, value)| Some((name.clone(), as_text(value)?)));
        texts.collect()
    }

    /// The rest as the parameters of a search.
    pub(in crate::fhir) fn rest(mut self) -> Result<Vec<(String, String)>, Fault> {
        let said = self.said();
        self.sent.retain(|(_, value)| as_text(value).is_none());
        self.end().map(|()| said)
    }

    /// A text, not empty.
    pub(in crate::fhir) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => {
                self.wrong.push(Field::new(name, "type.string"));
                None
            }
        }
    }

    /// Every value of a parameter that is a text.
    pub(in crate::fhir) fn texts(&mut self, name: &str) -> Vec<String> {
        let all = self.all(name);
        let texts: Vec<String> =
            all.iter().filter_map(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned).collect();
        if texts.len() < all.len() {
            self.wrong.push(Field::new(name, "type.string"));
        }
        texts
    }

    /// A whole number from zero.
    pub(in crate::fhir) fn number(&mut self, name: &str) -> Option<usize> {
        let found = match self.take(name)? {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64().and_then(|number| usize::try_from(number).ok()),
        };
        if found.is_none() {
            self.wrong.push(Field::new(name, "type.integer"));
        }
        found
    }

    /// A yes or no.
    pub(in crate::fhir) fn flag(&mut self, name: &str) -> Option<bool> {
        let found = match self.take(name)? {
            Value::String(text) => text.parse().ok(),
            value => value.as_bool(),
        };
        if found.is_none() {
            self.wrong.push(Field::new(name, "type.boolean"));
        }
        found
    }

    /// A resource.
    pub(in crate::fhir) fn resource(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.take(name)? {
            Value::Object(map) => Some(map),
            _ => {
                self.wrong.push(Field::new(name, "type.object"));
                None
            }
        }
    }

    /// A canonical address, with the version that another parameter may say.
    pub(in crate::fhir) fn canonical(&mut self, name: &str, version: &str) -> Option<String> {
        let (url, version) = (self.text(name), self.text(version));
        match (url, version) {
            (Some(url), Some(version)) if !url.contains('|') => Some(format!("{url}|{version}")),
            (url, _) => url,
        }
    }

    /// A Coding, by GET as `system|code`.
    pub(in crate::fhir) fn coding(&mut self, name: &str) -> Option<Coding> {
        let found = match self.take(name)? {
            Value::String(text) => match text.split_once('|') {
                Some((system, code)) => coding(Some(system), Some(code), None),
                None => coding(None, Some(&text), None),
            },
            value => of_object(&value),
        };
        if found.is_none() {
            self.wrong.push(Field::new(name, "type.object"));
        }
        found
    }

    /// The codings asked about: `code` with its system, `coding`, or those of `codeableConcept`.
    pub(in crate::fhir) fn codings(&mut self, system: Option<String>) -> Vec<Coding> {
        let (code, display) = (self.text("code"), self.text("display"));
        let mut found: Vec<Coding> = self.coding("coding").into_iter().collect();
        if let Some(Value::Object(concept)) = self.take("codeableConcept") {
            let list = concept.get("coding").and_then(Value::as_array).into_iter().flatten();
            found.extend(list.filter_map(of_object));
        }
        found.extend(code.map(|code| Coding { system, code, display }));
        if found.is_empty() {
            self.wrong.push(Field::new("code", "required"));
        }
        found
    }

    /// That a parameter must be there.
    pub(in crate::fhir) fn require(&mut self, name: &str, there: bool) {
        if !there {
            self.wrong.push(Field::new(name, "required"));
        }
    }

    /// Nothing may be left, and nothing wrong.
    pub(in crate::fhir) fn end(mut self) -> Result<(), Fault> {
        self.wrong.extend(self.sent.iter().map(|(name, _)| Field::new(printable(name), "unknown")));
        if self.wrong.is_empty() { Ok(()) } else { Err(Fault::Search(self.wrong)) }
    }
}

/// A primitive as it stands in a query.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn of_object(value: &Value) -> Option<Coding> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    coding(text("system"), text("code"), text("display"))
}

fn coding(system: Option<&str>, code: Option<&str>, display: Option<&str>) -> Option<Coding> {
    let own = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    Some(Coding { system: own(system), code: own(code)?, display: own(display) })
}
