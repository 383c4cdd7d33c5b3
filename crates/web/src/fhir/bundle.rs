//! Bundles: a transaction as it is sent and answered, and the history of one resource.

use std::io::Write;

use aroeira_clinic::{Error, Field, ImportedEntry, ServedVersion};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::content::{Accepted, Prefer, Sent};
use super::{Place, common, outcome};
use crate::body::Query;
use crate::context::Signed;
use crate::error::{Answer, Fault};

/// All the entries of a transaction, or none.
pub(super) async fn transaction(
    signed: Signed,
    accepted: Accepted,
    prefer: Prefer,
    query: Query,
    sent: Sent,
) -> Answer {
    common(query)?;
    let bundle = sent.resource().await?;
    if bundle.kind() != "Bundle" {
        let field =
            Field::new(format!("{}.resourceType", bundle.kind()), "fhir").expecting("a Bundle is expected here");
        return Err(Error::Invalid(vec![field]).into());
    }
    let (_, entries) = signed.desk.import(bundle).await?;
    if prefer == Prefer::Outcome {
        return Ok(outcome::fine(StatusCode::OK, signed.language, accepted.0));
    }
    answered(transaction_response(&entries), accepted)
}

/// Every version of a resource, the newest first; a deletion is an entry without a resource.
pub(super) async fn history(signed: Signed, accepted: Accepted, place: Place, query: Query) -> Answer {
    common(query)?;
    let versions = signed.desk.fhir_history(&place.kind, &place.id).await?;
    answered(history_bundle(&place.kind, &place.id, &versions), accepted)
}

fn answered(written: std::io::Result<Vec<u8>>, accepted: Accepted) -> Answer {
    let bytes = written.map_err(|error| Fault::from(Error::Internal(error.to_string())))?;
    Ok(json(bytes, accepted))
}

fn json(bytes: Vec<u8>, accepted: Accepted) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0))], bytes).into_response()
}

fn status_line(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    format!("{status} {}", reason.unwrap_or_default())
}

// Types, ids and statuses are of letters, digits, '-' and '.', so nothing here needs escaping.
fn transaction_response(entries: &[ImportedEntry]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(64 + entries.len() * 160);
    out.write_all(br#"{"resourceType":"Bundle","type":"transaction-response""#)?;
    for (at, entry) in entries.iter().enumerate() {
        out.write_all(if at == 0 { br#","entry":["# } else { b"," })?;
        let ImportedEntry { kind, id, version, status, updated } = entry;
        let status = status_line(*status);
        write!(
            out,
            r#"{{"response":{{"status":"{status}","location":"{kind}/{id}/_history/{version}","etag":"W/\"{version}\"","lastModified":"{updated}"}}}}"#
        )?;
    }
    out.write_all(if entries.is_empty() { b"}" } else { b"]}" })?;
    Ok(out)
}

/// Puts the stored bytes of each version into the bundle as they are.
fn history_bundle(kind: &str, id: &str, versions: &[ServedVersion]) -> std::io::Result<Vec<u8>> {
    let bytes: usize =
        versions.iter().map(|version| version.resource.as_ref().map_or(0, bytes::Bytes::len) + 200).sum();
    let mut out = Vec::with_capacity(bytes + 128);
    write!(out, r#"{{"resourceType":"Bundle","type":"history","total":{}"#, versions.len())?;
    for (at, version) in versions.iter().enumerate() {
        out.write_all(if at == 0 { br#","entry":[{"# } else { b",{" })?;
        if let Some(resource) = &version.resource {
            out.write_all(br#""resource":"#)?;
            out.write_all(resource)?;
            out.push(b',');
        }
        let ServedVersion { version, updated, method, .. } = version;
        let url = if *method == "POST" { kind.to_owned() } else { format!("{kind}/{id}") };
        let status = match *method {
            "POST" => "201 Created",
            "DELETE" => "204 No Content",
            _ => "200 OK",
        };
        write!(
            out,
            r#""request":{{"method":"{method}","url":"{url}"}},"response":{{"status":"{status}","etag":"W/\"{version}\"","lastModified":"{updated}"}}}}"#
        )?;
    }
    out.write_all(if versions.is_empty() { b"}" } else { b"]}" })?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aroeira_fhir::Instant;
    use serde_json::{Value, json};

    #[test]
    fn a_history_holds_the_stored_bytes_and_a_deletion_none() {
        let stored = br#"{"resourceType":"Patient","id":"a","n":1.50}"#.to_vec();
        let versions = [
            ServedVersion { resource: None, version: 2, updated: Instant(0), method: "DELETE" },
            ServedVersion { resource: Some(stored.into()), version: 1, updated: Instant(0), method: "POST" },
        ];
        let text = String::from_utf8(history_bundle("Patient", "a", &versions).unwrap()).unwrap();
        assert!(text.contains("1.50"));
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bundle["total"], 2);
        assert_eq!(bundle["entry"][0]["request"], json!({ "method": "DELETE", "url": "Patient/a" }));
        assert_eq!(bundle["entry"][0].get("resource"), None);
        assert_eq!(bundle["entry"][1]["response"]["etag"], "W/\"1\"");
        let empty: Value = serde_json::from_slice(&history_bundle("Patient", "a", &[]).unwrap()).unwrap();
        assert_eq!(empty.get("entry"), None);
    }

    #[test]
    fn a_transaction_is_answered_entry_by_entry() {
        let entry =
            |status| ImportedEntry { kind: "Patient".into(), id: "a".into(), version: 3, status, updated: Instant(0) };
        let bundle: Value = serde_json::from_slice(&transaction_response(&[entry(201), entry(200)]).unwrap()).unwrap();
        assert_eq!(bundle["type"], "transaction-response");
        assert_eq!(bundle["entry"][0]["response"]["status"], "201 Created");
        assert_eq!(bundle["entry"][1]["response"]["location"], "Patient/a/_history/3");
        assert_eq!(bundle["entry"][1]["response"]["lastModified"], "1970-01-01T00:00:00.000Z");
    }
}
