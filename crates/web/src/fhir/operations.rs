//! Operations of R4 on records: `$everything`, `$lastn`, `$diff`.

use aroeira_clinic::{Error, Everything, Field};
use aroeira_fhir::types::is_resource_type;
use aroeira_fhir::{Instant, Period};
use axum::extract::RawQuery;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::Value;

use super::content::{Accepted, Sent};
use super::search::{self, Base};
use super::{Kind, Place, content, shape};
use crate::body::pairs;
use crate::context::Signed;
use crate::error::{Answer, Fault};

/// Versions of a code at most.
const LATEST: usize = 100;

/// The parameters of an operation, from the query or from `Parameters` in the body.
struct Asked {
    pairs: Vec<(String, String)>,
    wrong: Vec<Field>,
}

impl Asked {
    fn of_query(query: Option<String>) -> Result<Self, Fault> {
        let mut pairs: Vec<(String, String)> = pairs(query.unwrap_or_default().as_bytes())?;
        let format = pairs.iter().find(|(name, _)| name == "_format").map(|(_, value)| value.as_str());
        content::format(format)?;
        pairs.retain(|(name, value)| {
            name != "_format" && (!shape::PARAMETERS.contains(&name.as_str()) || value == "count")
        });
        Ok(Self { pairs, wrong: Vec::new() })
    }

    /// Values of every type are read as they would stand in a query.
    async fn of_body(sent: Sent, query: Option<String>) -> Result<Self, Fault> {
        let mut asked = Self::of_query(query)?;
        if sent.bytes().is_empty() {
            return Ok(asked);
        }
        let resource = sent.resource().await?;
        if resource.kind() != "Parameters" {
            let field = Field::new("resourceType", "fhir").expecting("Parameters are expected here");
            return Err(Error::Invalid(vec![field]).into());
        }
        for (at, part) in resource.get("parameter").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let name = part["name"].as_str();
            let value = part.as_object().and_then(|map| map.iter().find(|(key, _)| key.starts_with("value")));
            match (name, value) {
                (Some(name), Some((_, Value::String(text)))) => asked.pairs.push((name.to_owned(), text.clone())),
                (Some(name), Some((_, value @ (Value::Number(_) | Value::Bool(_))))) => {
                    asked.pairs.push((name.to_owned(), value.to_string()));
                }
                _ => asked.wrong.push(
                    Field::new(format!("Parameters.parameter[{at}]"), "search.value")
                        .expecting("a name and a primitive value"),
                ),
            }
        }
        Ok(asked)
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.pairs.iter().position(|(own, _)| own == name)?;
        Some(self.pairs.remove(at).1)
    }

    /// A parameter that `read` understands; what it does not is noted, with what would be right.
    fn read<T>(&mut self, name: &str, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.take(name)?;
        let value = read(&text);
        if value.is_none() {
            self.wrong.push(Field::new(name, "search.value").expecting(expected));
        }
        value
    }

    fn end(mut self) -> Result<(), Fault> {
        let unknown = self.pairs.iter().map(|(name, _)| {
            let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            Field::new(name, "search.unknown")
        });
        self.wrong.extend(unknown.collect::<Vec<_>>());
        if self.wrong.is_empty() { Ok(()) } else { Err(Fault::Search(self.wrong)) }
    }
}

pub(super) async fn everything(
    signed: Signed,
    accepted: Accepted,
    place: Place,
    base: Base,
    RawQuery(query): RawQuery,
) -> Answer {
    gather(&signed, accepted, &place, &base, Asked::of_query(query)?).await
}

pub(super) async fn everything_by_body(
    signed: Signed,
    accepted: Accepted,
    place: Place,
    base: Base,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Answer {
    gather(&signed, accepted, &place, &base, Asked::of_body(sent, query).await?).await
}

async fn gather(signed: &Signed, accepted: Accepted, place: &Place, base: &Base, mut asked: Asked) -> Answer {
    if place.kind != "Patient" {
        return Err(Fault::NoRoute);
    }
    let zone = signed.caller.clinic.zone().clone();
    let said: Vec<(String, String)> = asked.pairs.iter().filter(|(name, _)| name != "_cursor").cloned().collect();
    let mut everything = Everything {
        from: asked.read("start", "a date", |text| Period::parse(text, &zone)),
        to: asked.read("end", "a date", |text| Period::parse(text, &zone)),
        since: asked.read("_since", "an instant", |text| text.parse::<Instant>().ok()),
        count: asked.read("_count", "a whole number", |text| text.parse().ok()),
        cursor: asked.take("_cursor"),
        kinds: Vec::new(),
    };
    while let Some(kinds) = asked.read("_type", "resource types", |text| {
        let kinds: Vec<String> = text.split(',').map(|kind| kind.trim().to_owned()).collect();
        kinds.iter().all(|kind| is_resource_type(kind)).then_some(kinds)
    }) {
        everything.kinds.extend(kinds);
    }
    asked.end()?;
    let mut page = signed.desk.fhir_everything(&place.id, everything).await?;
    page.understood = said;
    bundle(&format!("Patient/{}/$everything", place.id), &page, base, accepted)
}

pub(super) async fn lastn(
    signed: Signed,
    accepted: Accepted,
    Kind(kind): Kind,
    base: Base,
    RawQuery(query): RawQuery,
) -> Answer {
    latest(&signed, accepted, &kind, &base, Asked::of_query(query)?).await
}

pub(super) async fn lastn_by_body(
    signed: Signed,
    accepted: Accepted,
    Kind(kind): Kind,
    base: Base,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Answer {
    latest(&signed, accepted, &kind, &base, Asked::of_body(sent, query).await?).await
}

async fn latest(signed: &Signed, accepted: Accepted, kind: &str, base: &Base, mut asked: Asked) -> Answer {
    if kind != "Observation" {
        return Err(Fault::NoRoute);
    }
    let said = asked.pairs.clone();
    let in_range = |text: &str| text.parse().ok().filter(|max| (1..=LATEST).contains(max));
    let max = asked.read("max", "1 to 100", in_range).unwrap_or(1);
    if !asked.wrong.is_empty() {
        return Err(Fault::Search(asked.wrong));
    }
    let mut page = signed.desk.fhir_lastn(&asked.pairs, max, &base.0).await.map_err(|error| match error {
        Error::Invalid(fields) => Fault::Search(fields),
        other => other.into(),
    })?;
    page.understood = said;
    bundle("Observation/$lastn", &page, base, accepted)
}

pub(super) async fn diff(signed: Signed, accepted: Accepted, place: Place, RawQuery(query): RawQuery) -> Answer {
    let mut asked = Asked::of_query(query)?;
    let version = |text: &str| text.parse::<u32>().ok().filter(|version| *version > 0);
    let from = asked.read("fromVersion", "a version", version);
    let to = asked.read("toVersion", "a version", version);
    asked.end()?;
    let patch = signed.desk.fhir_difference(&place.kind, &place.id, from, to).await?;
    let bytes = serde_json::to_vec(patch.as_value()).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0))], bytes).into_response())
}

fn bundle(path: &str, page: &aroeira_clinic::SearchPage, base: &Base, accepted: Accepted) -> Answer {
    let bytes = search::bundle(path, page, &base.0).map_err(|e| Error::Internal(e.to_string()))?;
    let mut response: Response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0));
    search::mark(response.headers_mut(), page);
    Ok(response)
}
