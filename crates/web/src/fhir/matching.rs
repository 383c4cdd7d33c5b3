//! `Patient/$match` over HTTP: a searchset in the order of likeness, each entry with its score and grade.

use std::io::Write;

use aroeira_clinic::Match;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::json;

use super::Kind;
use super::asked::Asked;
use super::content::Accepted;
use super::search::Base;
use crate::context::Signed;
use crate::error::{Answer, Fault};

/// The extension that says how sure a match is.
const GRADE: &str = "http://hl7.org/fhir/StructureDefinition/match-grade";

pub(super) async fn matched(
    signed: Signed,
    accepted: Accepted,
    Kind(kind): Kind,
    base: Base,
    mut asked: Asked,
) -> Answer {
    if kind != "Patient" {
        return Err(Fault::NoRoute);
    }
    let described = asked.resource("resource");
    let only_certain = asked.flag("onlyCertainMatches").unwrap_or(false);
    let count = asked.number("count");
    asked.require("resource", described.is_some());
    asked.end()?;
    let found = signed.desk.fhir_match(&described.unwrap_or_default(), only_certain, count).await?;
    let bytes = bundle(&found, &base.0).map_err(|e| aroeira_clinic::Error::Internal(e.to_string()))?;
    let mut response: Response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0));
    let mut masked: Vec<&'static str> = found.iter().flat_map(|one| one.served.masked.clone()).collect();
    masked.sort_unstable();
    masked.dedup();
    crate::api::answer::masked(response.headers_mut(), &masked);
    Ok(response)
}

fn bundle(found: &[Match], base: &str) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(256 + found.iter().map(|one| one.served.bytes.len() + 300).sum::<usize>());
    write!(out, r#"{{"resourceType":"Bundle","type":"searchset","total":{}"#, found.len())?;
    for (at, one) in found.iter().enumerate() {
        out.write_all(if at == 0 { br#","entry":["# } else { b"," })?;
        // Ids are of letters, digits, '-' and '.'; the base was looked at.
        write!(out, r#"{{"fullUrl":"{base}/Patient/{}","resource":"#, one.served.id)?;
        out.write_all(&one.served.bytes)?;
        let score = (one.score * 1000.0).round() / 1000.0;
        let grade = json!([{ "url": GRADE, "valueCode": one.grade.code() }]);
        write!(out, r#","search":{{"extension":{grade},"mode":"match","score":{score}}}}}"#)?;
    }
    out.write_all(if found.is_empty() { b"}" } else { b"]}" })?;
    Ok(out)
}
