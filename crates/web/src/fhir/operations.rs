//! Operations of R4 on records: `$everything`, `$lastn`, `$diff`.

use aroeira_clinic::{Error, Everything};
use aroeira_fhir::types::is_resource_type;
use aroeira_fhir::{Instant, Period};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use super::asked::Asked;
use super::content::Accepted;
use super::search::{self, Base};
use super::{Kind, Place};
use crate::context::Signed;
use crate::error::{Answer, Fault};

/// Versions of a code at most.
const LATEST: usize = 100;

pub(super) async fn everything(
    signed: Signed,
    accepted: Accepted,
    place: Place,
    base: Base,
    mut asked: Asked,
) -> Answer {
    if place.kind != "Patient" {
        return Err(Fault::NoRoute);
    }
    let zone = signed.caller.clinic.zone().clone();
    let mut said = asked.said();
    said.retain(|(name, _)| name != "_cursor");
    let kinds = |text: &str| {
        let kinds: Vec<String> = text.split(',').map(|kind| kind.trim().to_owned()).collect();
        kinds.iter().all(|kind| is_resource_type(kind)).then_some(kinds)
    };
    let everything = Everything {
        from: asked.read("start", "a date", |text| Period::parse(text, &zone)),
        to: asked.read("end", "a date", |text| Period::parse(text, &zone)),
        since: asked.read("_since", "an instant", |text| text.parse::<Instant>().ok()),
        count: asked.read("_count", "a whole number", |text| text.parse().ok()),
        kinds: asked.read("_type", "resource types", kinds).unwrap_or_default(),
        cursor: asked.text("_cursor"),
    };
    asked.end()?;
    let mut page = signed.desk.fhir_everything(&place.id, everything).await?;
    page.understood = said;
    bundle(&format!("Patient/{}/$everything", place.id), &page, &base, accepted)
}

pub(super) async fn lastn(
    signed: Signed,
    accepted: Accepted,
    Kind(kind): Kind,
    base: Base,
    mut asked: Asked,
) -> Answer {
    if kind != "Observation" {
        return Err(Fault::NoRoute);
    }
    let said = asked.said();
    let in_range = |text: &str| text.parse().ok().filter(|max| (1..=LATEST).contains(max));
    let max = asked.read("max", "1 to 100", in_range).unwrap_or(1);
    let pairs = asked.rest()?;
    let mut page = signed.desk.fhir_lastn(&pairs, max, &base.0).await.map_err(|error| match error {
        Error::Invalid(fields) => Fault::Search(fields),
        other => other.into(),
    })?;
    page.understood = said;
    bundle("Observation/$lastn", &page, &base, accepted)
}

pub(super) async fn diff(signed: Signed, accepted: Accepted, place: Place, mut asked: Asked) -> Answer {
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
    let mut response = Response::new(bytes.into_body());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0));
    search::mark(response.headers_mut(), page);
    Ok(response)
}
