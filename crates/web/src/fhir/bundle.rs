//! Bundles: a transaction or batch as it is sent and answered, and histories.

use std::io::Write;

use aroeira_clinic::{Content, Error, Field, HistoryPage, HistoryQuery, ImportedEntry, ServedVersion};
use aroeira_fhir::{Instant, Period, bundle};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::call::Client;
use super::content::{Accepted, Prefer, Sent};
use super::search::{self, Base};
use super::written::Written;
use super::{Kind, Place, batch, common, outcome};
use crate::body::Query;
use crate::context::Signed;
use crate::error::{Answer, Fault};
use crate::state::App;

/// All the entries of a transaction, or none; or every entry of a batch on its own.
pub(super) async fn transaction(
    State(app): State<App>,
    client: Client,
    asker: batch::Asker,
    query: Query,
    sent: Sent,
) -> Answer {
    common(query)?;
    let Client { signed, accepted, prefer, base } = client;
    let resource = sent.resource().await?;
    if resource.kind() != "Bundle" {
        let field =
            Field::new(format!("{}.resourceType", resource.kind()), "fhir").expecting("a Bundle is expected here");
        return Err(Error::Invalid(vec![field]).into());
    }
    if bundle::kind_of(&resource) == Some("batch") {
        let done = batch::run(&app, asker, resource).await?;
        let mut response = json(done.bytes.into_body(), accepted);
        if let Some(seconds) = done.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        return Ok(response);
    }
    let (_, entries) = signed.desk.import(resource, &base.0).await?;
    if prefer == Prefer::Outcome {
        return Ok(outcome::fine(StatusCode::OK, signed.language, accepted.0));
    }
    answered(transaction_response(&entries, &base.0), accepted)
}

/// Every version of a resource, the newest first; a deletion is an entry without a resource.
pub(super) async fn history(signed: Signed, accepted: Accepted, place: Place, base: Base, query: Query) -> Answer {
    let asked = asked(query, &signed)?;
    let page = signed.desk.fhir_history(&place.kind, &place.id, &asked).await?;
    answered(history_bundle(&format!("{}/{}/_history", place.kind, place.id), &asked, &page, &base.0), accepted)
}

/// Every version of every resource of a type.
pub(super) async fn history_of_type(
    signed: Signed,
    accepted: Accepted,
    Kind(kind): Kind,
    base: Base,
    query: Query,
) -> Answer {
    let asked = asked(query, &signed)?;
    let page = signed.desk.fhir_recent(Some(&kind), &asked).await?;
    answered(history_bundle(&format!("{kind}/_history"), &asked, &page, &base.0), accepted)
}

/// Every version of every resource.
pub(super) async fn history_of_all(signed: Signed, accepted: Accepted, base: Base, query: Query) -> Answer {
    let asked = asked(query, &signed)?;
    let page = signed.desk.fhir_recent(None, &asked).await?;
    answered(history_bundle("_history", &asked, &page, &base.0), accepted)
}

fn asked(mut query: Query, signed: &Signed) -> Result<HistoryQuery, Fault> {
    let mut wrong = Vec::new();
    let mut fault = |name: &str, expected: &str| wrong.push(Field::new(name, "search.value").expecting(expected));
    let count = query.take("_count").and_then(|text| {
        let count = text.parse().ok();
        if count.is_none() {
            fault("_count", "a whole number");
        }
        count
    });
    let since = query.take("_since").and_then(|text| {
        let since = text.parse::<Instant>().ok();
        if since.is_none() {
            fault("_since", "an instant, such as 2026-01-31T10:00:00-03:00");
        }
        since
    });
    let at = query.take("_at").and_then(|text| {
        let at = Period::parse(&text, signed.caller.clinic.zone());
        if at.is_none() {
            fault("_at", "a date or an instant");
        }
        at
    });
    let cursor = query.take("_cursor");
    common(query)?;
    if wrong.is_empty() { Ok(HistoryQuery { count, since, at, cursor }) } else { Err(Fault::Search(wrong)) }
}

fn answered(written: std::io::Result<Written>, accepted: Accepted) -> Answer {
    let bytes = written.map_err(|error| Fault::from(Error::Internal(error.to_string())))?;
    Ok(json(bytes.into_body(), accepted))
}

fn json(bytes: impl IntoResponse, accepted: Accepted) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0))], bytes).into_response()
}

fn status_line(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    format!("{status} {}", reason.unwrap_or_default())
}

// Types, ids and statuses are of letters, digits, '-' and '.', so nothing here needs escaping.
fn transaction_response(entries: &[ImportedEntry], base: &str) -> std::io::Result<Written> {
    let mut out = Written::with_capacity(64 + entries.len() * 160);
    out.write_all(br#"{"resourceType":"Bundle","type":"transaction-response""#)?;
    for (at, entry) in entries.iter().enumerate() {
        out.write_all(if at == 0 { br#","entry":[{"# } else { b",{" })?;
        let ImportedEntry { kind, id, version, status, updated, content } = entry;
        match content {
            Content::Nothing => {}
            Content::Resource(served) => {
                out.write_all(br#""resource":"#)?;
                out.resource(&served.bytes);
                out.write_all(b",")?;
            }
            Content::Page(page) => {
                out.write_all(br#""resource":"#)?;
                search::write_bundle(&mut out, kind, page, base)?;
                out.write_all(b",")?;
            }
        }
        write!(out, r#""response":{{"status":"{}""#, status_line(*status))?;
        if *version > 0 {
            write!(
                out,
                r#","location":"{kind}/{id}/_history/{version}","etag":"W/\"{version}\"","lastModified":"{updated}""#
            )?;
        }
        out.write_all(b"}}")?;
    }
    out.write_all(if entries.is_empty() { b"}" } else { b"]}" })?;
    Ok(out)
}

/// Puts the stored bytes of each version into the bundle as they are.
fn history_bundle(path: &str, asked: &HistoryQuery, page: &HistoryPage, base: &str) -> std::io::Result<Written> {
    let bytes: usize =
        page.versions.iter().map(|version| version.resource.as_ref().map_or(0, bytes::Bytes::len) + 300).sum();
    let mut out = Written::with_capacity(bytes + 256);
    out.write_all(br#"{"resourceType":"Bundle","type":"history""#)?;
    if let Some(total) = page.total {
        write!(out, r#","total":{total}"#)?;
    }
    let mut links = vec![json!({ "relation": "self", "url": address(path, asked, None, base) })];
    if let Some(next) = &page.next {
        links.push(json!({ "relation": "next", "url": address(path, asked, Some(next), base) }));
    }
    write!(out, r#","link":{}"#, serde_json::Value::Array(links))?;
    for (at, version) in page.versions.iter().enumerate() {
        out.write_all(if at == 0 { br#","entry":[{"# } else { b",{" })?;
        let ServedVersion { kind, id, resource, version, updated, method } = version;
        write!(out, r#""fullUrl":"{base}/{kind}/{id}","#)?;
        if let Some(resource) = resource {
            out.write_all(br#""resource":"#)?;
            out.resource(resource);
            out.write_all(b",")?;
        }
        let url = if *method == "POST" { kind.clone() } else { format!("{kind}/{id}") };
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
    out.write_all(if page.versions.is_empty() { b"}" } else { b"]}" })?;
    Ok(out)
}

fn address(path: &str, asked: &HistoryQuery, cursor: Option<&str>, base: &str) -> String {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    pairs.extend(asked.count.map(|count| ("_count", count.to_string())));
    pairs.extend(asked.since.map(|since| ("_since", since.to_string())));
    pairs.extend(cursor.map(|cursor| ("_cursor", cursor.to_owned())));
    // Pairs of texts can always be written so.
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    if query.is_empty() { format!("{base}/{path}") } else { format!("{base}/{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn version(resource: Option<bytes::Bytes>, version: u32, method: &'static str) -> ServedVersion {
        ServedVersion { kind: "Patient".into(), id: "a".into(), resource, version, updated: Instant(0), method }
    }

    #[test]
    fn a_history_holds_the_stored_bytes_and_a_deletion_none() {
        let stored = br#"{"resourceType":"Patient","id":"a","n":1.50}"#.to_vec();
        let versions = [version(None, 2, "DELETE"), version(Some(stored.into()), 1, "POST")];
        let asked = HistoryQuery::default();
        let page = HistoryPage { versions: versions.to_vec(), total: Some(2), next: Some("1".into()) };
        let write = |page| history_bundle("Patient/a/_history", &asked, page, "http://x/fhir").unwrap().into_vec();
        let text = String::from_utf8(write(&page)).unwrap();
        assert!(text.contains("1.50"));
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bundle["total"], 2);
        assert_eq!(bundle["entry"][0]["request"], json!({ "method": "DELETE", "url": "Patient/a" }));
        assert_eq!(bundle["entry"][0].get("resource"), None);
        assert_eq!(bundle["entry"][1]["response"]["etag"], "W/\"1\"");
        assert_eq!(bundle["link"][1]["url"], "http://x/fhir/Patient/a/_history?_cursor=1");
        let page = HistoryPage { versions: Vec::new(), total: None, next: None };
        let empty: Value = serde_json::from_slice(&write(&page)).unwrap();
        assert_eq!(empty.get("entry"), None);
    }

    #[test]
    fn a_transaction_is_answered_entry_by_entry() {
        let entry = |status| ImportedEntry {
            kind: "Patient".into(),
            id: "a".into(),
            version: 3,
            status,
            updated: Instant(0),
            content: Content::Nothing,
        };
        let written = transaction_response(&[entry(201), entry(200)], "http://x/fhir").unwrap().into_vec();
        let bundle: Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(bundle["type"], "transaction-response");
        assert_eq!(bundle["entry"][0]["response"]["status"], "201 Created");
        assert_eq!(bundle["entry"][1]["response"]["location"], "Patient/a/_history/3");
        assert_eq!(bundle["entry"][1]["response"]["lastModified"], "1970-01-01T00:00:00.000Z");
    }
}
