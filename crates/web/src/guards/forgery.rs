//! Requests that another site made a browser send. A cookie is sent unasked, so an unsafe request that carries one must
//! also carry the session's token, and may not say that it comes from elsewhere. The one place where this is checked.

use aroeira_clinic::{Error, Refusal};
use axum::body::Body;
use axum::extract::Request;
use http::{HeaderMap, Uri, header};

use super::Surface;
use crate::body;
use crate::context::{Identity, Proof};
use crate::error::Fault;
use crate::state::App;

/// The header of the token; a form sends the field [`FIELD`] instead.
pub(crate) const HEADER: &str = "x-csrf-token";
/// The form's field.
pub(crate) const FIELD: &str = "_csrf";

/// Lets a request through, or refuses it. A form's body is read for its token and put back.
pub(super) async fn check(
    app: &App,
    surface: Surface,
    identity: &Identity,
    request: Request,
) -> Result<Request, Fault> {
    let by_cookie = match identity {
        Identity::Known(caller, Proof::Cookie) => Some(caller),
        _ => None,
    };
    if request.method().is_safe() || (by_cookie.is_none() && surface != Surface::Page) {
        return Ok(request);
    }
    if !same_origin(request.uri(), request.headers()) {
        return Err(Error::Denied(Refusal::Forgery).into());
    }
    let Some(caller) = by_cookie else { return Ok(request) };
    if let Some(token) = request.headers().get(HEADER) {
        return if equal(token.as_bytes(), &caller.csrf) { Ok(request) } else { Err(forged()) };
    }
    if !body::is_form(request.headers()) {
        return Err(forged());
    }
    let (parts, form) = request.into_parts();
    let bytes = body::read(&parts.headers, form, app.options().limits.api_bytes).await?;
    let pairs: Vec<(String, String)> = body::pairs(&bytes)?;
    let token = pairs.iter().find(|(name, _)| name == FIELD).map(|(_, value)| value.as_bytes());
    if token.is_some_and(|token| equal(token, &caller.csrf)) {
        Ok(Request::from_parts(parts, Body::from(bytes)))
    } else {
        Err(forged())
    }
}

fn forged() -> Fault {
    Error::Denied(Refusal::Forgery).into()
}

fn equal(sent: &[u8], kept: &str) -> bool {
    !kept.is_empty() && aws_lc_rs::constant_time::verify_slices_are_equal(sent, kept.as_bytes()).is_ok()
}

/// Whether the request says nothing of coming from elsewhere. `Sec-Fetch-Site` and `Origin` are written by the browser.
fn same_origin(uri: &Uri, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes);
    if let Some(site) = site {
        return matches!(site, b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = uri.authority().map(http::uri::Authority::as_str);
    let host = host.or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()));
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn says(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("clinic.example:8080"));
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        same_origin(&Uri::from_static("/patients"), &headers)
    }

    #[test]
    fn a_request_that_says_it_comes_from_elsewhere_is_refused() {
        assert!(says(&[]));
        assert!(says(&[("sec-fetch-site", "same-origin"), ("origin", "http://clinic.example:8080")]));
        assert!(says(&[("sec-fetch-site", "none")]));
        assert!(says(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(!says(&[("sec-fetch-site", "cross-site")]));
        assert!(!says(&[("sec-fetch-site", "same-site")]));
        assert!(!says(&[("origin", "http://evil.example")]));
        assert!(!says(&[("origin", "http://clinic.example")]));
        assert!(!says(&[("origin", "null")]));
    }

    #[test]
    fn a_token_is_right_or_wrong_and_an_empty_one_is_wrong() {
        assert!(equal(b"abc", "abc"));
        assert!(!equal(b"abd", "abc") && !equal(b"ab", "abc") && !equal(b"", ""));
    }
}
