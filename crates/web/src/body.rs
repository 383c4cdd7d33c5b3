//! Bodies: read within their limit, checked for depth before anybody parses them, refused when of another type.

use aroeira_clinic::{Error, Field, Input};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::error::Fault;
use crate::state::App;

/// Reads a body within a limit of bytes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Fault> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > limit) {
        return Err(Fault::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Fault::TooLarge),
        Err(_) => Err(Error::Malformed("the body ended early".into()).into()),
    }
}

fn essence(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().unwrap_or("?");
    Some(value.split(';').next().unwrap_or_default().trim())
}

/// Whether the body is a form of a page.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    essence(headers).is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// Whether a `Content-Type` names JSON of any kind: `application/json`, `application/fhir+json`.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    essence(headers).is_some_and(|kind| {
        let kind = kind.to_ascii_lowercase();
        kind == "application/json"
            || kind == "text/json"
            || (kind.starts_with("application/") && kind.ends_with("+json"))
    })
}

/// Whether the nesting of a JSON text stays within a depth. Looks at brackets outside of strings only.
pub(crate) fn within_depth(json: &[u8], most: usize) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in json {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > most {
                    return false;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

/// A JSON body of `/api`, not yet parsed: preconditions are looked at before it.
pub(crate) struct Json(pub(crate) Bytes);

impl Json {
    /// For the desk, which parses it.
    pub(crate) fn input(self) -> Input {
        Input::Bytes(self.0.into())
    }

    /// The members of an object, each a text, a boolean or a number of the names allowed; all that is wrong at once.
    pub(crate) fn object(&self) -> Result<serde_json::Map<String, serde_json::Value>, Fault> {
        let value = serde_json::from_slice(&self.0)
            .map_err(|e| Error::Malformed(format!("not JSON: line {}, column {}", e.line(), e.column())))?;
        match value {
            serde_json::Value::Object(map) => Ok(map),
            _ => Err(Error::field("", "type.object").into()),
        }
    }
}

impl FromRequest<App> for Json {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let limits = &app.options().limits;
        let bytes = read(&parts.headers, body, limits.api_bytes).await?;
        if !bytes.is_empty() && !is_json(&parts.headers) {
            return Err(Fault::MediaType);
        }
        if !within_depth(&bytes, limits.depth) {
            return Err(Error::Malformed("nested too deeply".into()).into());
        }
        Ok(Self(bytes))
    }
}

/// A form of a page, within the limits; its `_csrf` was checked by the gate.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body, app.options().limits.api_bytes).await?;
        if !bytes.is_empty() && !is_form(&parts.headers) {
            return Err(Fault::MediaType);
        }
        pairs(&bytes).map(Self)
    }
}

/// The pairs of a form or a query.
pub(crate) fn pairs<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    serde_urlencoded::from_bytes(bytes).map_err(|_| Error::Malformed("not a form".into()).into())
}

/// The parameters of a query, none of them twice. Handlers take the ones they know; any other is an error, and all that
/// is wrong is said at once.
pub(crate) struct Query {
    pairs: Vec<(String, Option<String>)>,
    wrong: Vec<Field>,
}

impl FromRequestParts<App> for Query {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl Query {
    /// Reads a query string.
    pub(crate) fn parse(query: &str) -> Result<Self, Fault> {
        let sent: Vec<(String, String)> = pairs(query.as_bytes())?;
        let mut read = Self { pairs: Vec::with_capacity(sent.len()), wrong: Vec::new() };
        for (name, value) in sent {
            if read.pairs.iter().any(|(other, _)| *other == name) {
                read.wrong.push(Field::new(printable(&name), "repeated"));
            } else {
                read.pairs.push((name, Some(value)));
            }
        }
        Ok(read)
    }

    /// Takes a parameter out.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.pairs.iter_mut().find(|(other, _)| other == name).and_then(|(_, value)| value.take())
    }

    /// Takes `limit`, a whole number; the desk knows its bounds.
    pub(crate) fn take_limit(&mut self) -> Option<u32> {
        let text = self.take("limit")?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let limit = if digits { text.parse().ok() } else { None };
        if limit.is_none() {
            self.wrong.push(Field::new("limit", "limit").expecting("1..100"));
        }
        limit
    }

    /// Nothing may be left, and nothing wrong.
    pub(crate) fn end(mut self) -> Result<(), Fault> {
        let left = self.pairs.into_iter().filter(|(_, value)| value.is_some());
        self.wrong.extend(left.map(|(name, _)| Field::new(printable(&name), "unknown")));
        if self.wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(self.wrong).into()) }
    }
}

/// A name of the caller's making, short and plain enough to be said back.
pub(crate) fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert!(within_depth(br#"[[{"a":"[[[[\"[["}]]"#, 3));
        assert!(!within_depth(b"[[[[", 3));
        assert!(within_depth(b"[][][][]", 1));
        assert!(within_depth(b"", 0) && within_depth(b"]]]1", 0));
    }

    #[test]
    fn a_parameter_that_is_unknown_or_repeated_is_named() {
        let mut query = Query::parse("q=jo%C3%A3o&limit=5").unwrap();
        assert_eq!(query.take("q").as_deref(), Some("joão"));
        assert_eq!(query.take_limit(), Some(5));
        assert!(query.end().is_ok());
        let Err(Fault::Clinic(Error::Invalid(fields))) = Query::parse("a=1&b=2").unwrap().end() else { panic!() };
        assert_eq!(fields, [Field::new("a", "unknown"), Field::new("b", "unknown")]);
        let mut query = Query::parse("a=1&a=2&limit=x&b=").unwrap();
        assert_eq!((query.take("a").as_deref(), query.take_limit()), (Some("1"), None));
        let Err(Fault::Clinic(Error::Invalid(fields))) = query.end() else { panic!() };
        let told: Vec<_> = fields.iter().map(|field| (field.path.as_str(), field.code)).collect();
        assert_eq!(told, [("a", "repeated"), ("limit", "limit"), ("b", "unknown")]);
        for limit in ["", "-1", "x", "+5", "99999999999"] {
            let mut query = Query::parse(&format!("limit={limit}")).unwrap();
            assert_eq!(query.take_limit(), None, "{limit}");
            assert!(query.end().is_err(), "{limit}");
        }
    }

    #[test]
    fn json_is_known_by_its_type() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(text));
            (is_json(&headers), is_form(&headers))
        };
        assert_eq!(of("application/json; charset=utf-8"), (true, false));
        assert_eq!(of("application/fhir+json"), (true, false));
        assert_eq!(of("application/fhir+xml"), (false, false));
        assert_eq!(of("application/x-www-form-urlencoded"), (false, true));
        assert_eq!((is_json(&HeaderMap::new()), is_form(&HeaderMap::new())), (false, false));
    }
}
