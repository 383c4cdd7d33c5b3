//! Which other origins' scripts may read an answer: those the operator named, with a bearer token and never a cookie.

use http::{HeaderMap, HeaderValue, Method, header};

use super::Surface;
use crate::Options;

/// What a script of another origin may read beside the body.
const EXPOSED: &str =
    "ETag, Location, LGPD-Masked, X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset";
const SENDABLE: &str = "Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, If-Modified-Since, Idempotency-Key, Prefer, X-Request-Id";

/// The origin, if it is one of those allowed.
pub(super) fn allowed(options: &Options, surface: Surface, headers: &HeaderMap) -> Option<HeaderValue> {
    if options.cors.is_empty() || !matches!(surface, Surface::Api | Surface::Fhir) {
        return None;
    }
    let origin = headers.get(header::ORIGIN)?;
    options.cors.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// Whether a browser asks before it sends the real request.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The headers for an allowed origin.
pub(super) fn write(headers: &mut HeaderMap, origin: HeaderValue, method: &Method) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if *method == Method::OPTIONS {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(SENDABLE));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_that_were_named_are_allowed_and_only_for_the_api() {
        let options = Options { cors: vec!["https://app.example.org".into()], ..Options::default() };
        let mut headers = HeaderMap::new();
        assert_eq!(allowed(&options, Surface::Api, &headers), None);
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://app.example.org"));
        assert!(allowed(&options, Surface::Api, &headers).is_some());
        assert!(allowed(&options, Surface::Fhir, &headers).is_some());
        assert_eq!(allowed(&options, Surface::Page, &headers), None);
        assert_eq!(allowed(&Options::default(), Surface::Api, &headers), None);
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://app.example.org.evil.example"));
        assert_eq!(allowed(&options, Surface::Api, &headers), None);
    }
}
