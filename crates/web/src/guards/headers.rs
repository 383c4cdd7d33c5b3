//! The headers that keep a browser from doing what no page of ours asks for, and anybody from keeping patient data.

use std::sync::Arc;

use aroeira_clinic::Ids;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::Surface;
use crate::Options;
use crate::context::Visit;

/// For what is no page: nothing may run, and of ours only the style of `/api/docs` is loaded.
const API_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// 128 random bits for a page's policy.
pub(super) fn nonce(ids: &Ids) -> Arc<str> {
    let mut bits = [0_u8; 16];
    // Without random bytes there is no nonce, and then no inline script runs at all.
    if ids.fill(&mut bits).is_err() {
        return Arc::default();
    }
    STANDARD.encode(bits).into()
}

fn policy(nonce: &str) -> HeaderValue {
    let scripts = if nonce.is_empty() { String::new() } else { format!(" 'nonce-{nonce}'") };
    let text = format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(API_POLICY))
}

/// Writes them on an answer. A `Cache-Control` of an asset stays as its handler set it.
pub(super) fn secure(headers: &mut HeaderMap, surface: Surface, visit: &Visit, options: &Options) {
    // Once for all of them: a map that grows hashes every name again.
    headers.reserve(ROOM);
    let policy = if surface == Surface::Page { policy(&visit.nonce) } else { HeaderValue::from_static(API_POLICY) };
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if surface != Surface::Asset || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if surface != Surface::Asset {
        headers
            .append(header::VARY, HeaderValue::from_static("Accept, Accept-Language, Authorization, Cookie, Origin"));
    }
    if visit.secure && options.hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=15552000"));
    }
}

/// More headers than an answer gets.
const ROOM: usize = 16;
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // The microphone is kept for the consultation scribe.
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn written(surface: Surface, secure_visit: bool, cache: Option<&'static str>) -> HeaderMap {
        let visit = Visit {
            request_id: "r".into(),
            address: None,
            secure: secure_visit,
            language: Language::PtBr,
            nonce: "bm9uY2U=".into(),
            theme: "",
        };
        let mut headers = HeaderMap::new();
        if let Some(cache) = cache {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        }
        secure(&mut headers, surface, &visit, &Options::default());
        headers
    }

    #[test]
    fn patient_data_is_never_kept_and_assets_may_be() {
        assert_eq!(written(Surface::Api, false, Some("public"))[header::CACHE_CONTROL], "no-store");
        assert_eq!(written(Surface::Page, false, None)[header::CACHE_CONTROL], "no-store");
        assert_eq!(written(Surface::Asset, false, Some("immutable"))[header::CACHE_CONTROL], "immutable");
        assert_eq!(written(Surface::Asset, false, None)[header::CACHE_CONTROL], "no-store");
    }

    #[test]
    fn only_pages_have_a_nonce_and_only_tls_has_hsts() {
        let page = written(Surface::Page, true, None);
        assert!(page[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("'nonce-bm9uY2U='"));
        assert_eq!(page[header::STRICT_TRANSPORT_SECURITY], "max-age=15552000");
        let api = written(Surface::Api, false, None);
        assert!(!api[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("script-src"));
        assert!(!api.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
