//! What handlers of `/api` take in beside the session: an id of the path, a key against doing things twice, the members of
//! a small body, a reason.

use aroeira_clinic::{Error, Field};
use aroeira_fhir::types::is_id;
use axum::extract::{FromRequestParts, Path};
use http::HeaderName;
use http::request::Parts;
use serde_json::{Map, Value};

use crate::body::{Json, Query, printable};
use crate::error::Fault;
use crate::state::App;

/// The `{id}` of a path; what cannot be an id is found nowhere.
pub(crate) struct Id(pub(crate) String);

impl FromRequestParts<App> for Id {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        match Path::<String>::from_request_parts(parts, app).await {
            Ok(Path(id)) if is_id(&id) => Ok(Self(id)),
            _ => Err(Error::NotFound.into()),
        }
    }
}

/// What a draft is of: a record's id, or `new-` and a patient's id.
pub(crate) struct Target(pub(crate) String);

impl FromRequestParts<App> for Target {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        match Path::<String>::from_request_parts(parts, app).await {
            Ok(Path(target)) if is_id(target.strip_prefix("new-").unwrap_or(&target)) => Ok(Self(target)),
            _ => Err(Error::NotFound.into()),
        }
    }
}

/// `Idempotency-Key`: 1 to 255 visible ASCII characters, if it is sent.
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        let mut keys = parts.headers.get_all(IDEMPOTENCY_KEY).into_iter();
        let Some(key) = keys.next() else { return Ok(Self(None)) };
        let visible = (1..=255).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
        match key.to_str() {
            Ok(key) if visible && keys.next().is_none() => Ok(Self(Some(key.to_owned()))),
            _ => Err(Error::field("Idempotency-Key", "idempotency-key").into()),
        }
    }
}

/// The members of a small body, taken out one by one; all that is wrong is said at once.
pub(crate) struct Members {
    map: Map<String, Value>,
    wrong: Vec<Field>,
}

impl Members {
    /// Of a body; an empty one has none.
    pub(crate) fn of(json: &Json) -> Result<Self, Fault> {
        let map = if json.0.is_empty() { Map::new() } else { json.object()? };
        Ok(Self { map, wrong: Vec::new() })
    }

    /// A text that must be there, of at most so many characters.
    pub(crate) fn text(&mut self, name: &'static str, longest: usize) -> String {
        let text = self.optional_text(name, longest);
        if text.is_none() && !self.wrong.iter().any(|field| field.path == name) {
            self.wrong.push(Field::new(name, "required"));
        }
        text.unwrap_or_default()
    }

    /// A text that may be absent or null.
    pub(crate) fn optional_text(&mut self, name: &'static str, longest: usize) -> Option<String> {
        match self.map.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.chars().count() > longest => {
                self.wrong.push(Field::new(name, "too-long").expecting(longest.to_string()));
                None
            }
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.wrong.push(Field::new(name, "type.string"));
                None
            }
        }
    }

    /// A boolean; absent is false.
    pub(crate) fn flag(&mut self, name: &'static str) -> bool {
        match self.map.remove(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.wrong.push(Field::new(name, "type.boolean"));
                false
            }
        }
    }

    /// A whole number from 0; absent is 0.
    pub(crate) fn number(&mut self, name: &'static str) -> u32 {
        match self.map.remove(name) {
            None | Some(Value::Null) => 0,
            Some(value) => value.as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_else(|| {
                self.wrong.push(Field::new(name, "type.integer"));
                0
            }),
        }
    }

    /// An object that must be there.
    pub(crate) fn object(&mut self, name: &'static str) -> Value {
        match self.map.remove(name) {
            Some(object @ Value::Object(_)) => return object,
            None | Some(Value::Null) => self.wrong.push(Field::new(name, "required")),
            Some(_) => self.wrong.push(Field::new(name, "type.object")),
        }
        Value::Null
    }

    /// Nothing may be left.
    pub(crate) fn end(mut self) -> Result<(), Fault> {
        self.wrong.extend(self.map.into_iter().map(|(name, _)| Field::new(printable(&name), "unknown")));
        if self.wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(self.wrong).into()) }
    }
}

/// The reason of a DELETE: in the body, else in the query.
pub(crate) fn reason(mut query: Query, body: &Json) -> Result<Option<String>, Fault> {
    let asked = query.take("reason");
    query.end()?;
    let mut members = Members::of(body)?;
    let told = members.optional_text("reason", usize::MAX);
    members.end()?;
    Ok(told.or(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &'static str) -> Json {
        Json(text.into())
    }

    #[test]
    fn all_that_is_wrong_with_a_body_is_said_at_once() {
        let mut members = Members::of(&json(r#"{"a":1,"b":"x","c":"long","d":"no","e":-1,"z":0}"#)).unwrap();
        members.text("a", 10);
        assert_eq!(members.text("b", 10), "x");
        members.text("c", 3);
        members.flag("d");
        members.number("e");
        members.text("f", 1);
        let Err(Fault::Clinic(Error::Invalid(fields))) = members.end() else { panic!("nothing wrong") };
        let told: Vec<_> = fields.iter().map(|field| (field.path.as_str(), field.code)).collect();
        assert_eq!(
            told,
            [
                ("a", "type.string"),
                ("c", "too-long"),
                ("d", "type.boolean"),
                ("e", "type.integer"),
                ("f", "required"),
                ("z", "unknown"),
            ]
        );
    }

    #[test]
    fn a_reason_comes_in_the_body_or_the_query() {
        let told = |query: &str, body: &'static str| reason(Query::parse(query).unwrap(), &json(body));
        assert_eq!(told("reason=engano", "").unwrap().as_deref(), Some("engano"));
        assert_eq!(told("reason=a", r#"{"reason":"b"}"#).unwrap().as_deref(), Some("b"));
        assert_eq!(told("", "").unwrap(), None);
        assert!(told("why=x", "").is_err() && told("", r#"{"why":"x"}"#).is_err() && told("", "[]").is_err());
    }
}
