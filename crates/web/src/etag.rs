//! Entity tags: `W/"n"` is version n, and what a caller says about versions in `If-Match` and `If-None-Match`.

use std::convert::Infallible;

use aroeira_clinic::Precondition;
use aroeira_fhir::bundle::version_of;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The tag of a version.
pub(crate) fn of(version: u32) -> HeaderValue {
    HeaderValue::from_str(&format!("W/\"{version}\"")).unwrap_or(HeaderValue::from_static("W/\"0\""))
}

/// What a header of entity tags says.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    /// The header is not there.
    Absent,
    /// `*`.
    Any,
    /// The versions of the tags that are ours. Weak and strong ones count alike: a tag names a version, not bytes.
    Versions(Vec<u32>),
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Tags {
    if !headers.contains_key(name) {
        return Tags::Absent;
    }
    let mut versions = Vec::new();
    for value in headers.get_all(name) {
        for tag in value.to_str().unwrap_or("?").split(',').map(str::trim) {
            if tag == "*" {
                return Tags::Any;
            }
            versions.extend(version_of(tag));
        }
    }
    Tags::Versions(versions)
}

/// What `If-Match` and `If-None-Match: *` ask of a write.
pub(crate) struct Match(pub(crate) Precondition);

impl<S: Sync> FromRequestParts<S> for Match {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(precondition(&parts.headers)))
    }
}

/// Of several tags the newest version is the one that may be current, for versions only grow.
fn precondition(headers: &HeaderMap) -> Precondition {
    match tags(headers, &header::IF_MATCH) {
        Tags::Any => Precondition::Any,
        Tags::Versions(versions) => versions.into_iter().max().map_or(Precondition::Impossible, Precondition::Version),
        Tags::Absent if tags(headers, &header::IF_NONE_MATCH) == Tags::Any => Precondition::Absent,
        Tags::Absent => Precondition::None,
    }
}

/// The versions a reader has already.
pub(crate) struct Have(Tags);

impl Have {
    /// Whether the reader says anything about versions.
    pub(crate) fn said(&self) -> bool {
        self.0 != Tags::Absent
    }

    /// Whether the reader has this version (304).
    pub(crate) fn has(&self, current: u32) -> bool {
        match &self.0 {
            Tags::Absent => false,
            Tags::Any => true,
            Tags::Versions(versions) => versions.contains(&current),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Have {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(tags(&parts.headers, &header::IF_NONE_MATCH)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_precondition_is_read_from_weak_and_strong_tags_and_lists() {
        let of = |values: &[&'static str]| precondition(&headers(&header::IF_MATCH, values));
        assert_eq!(of(&["W/\"3\""]), Precondition::Version(3));
        assert_eq!(of(&["\"3\""]), Precondition::Version(3));
        assert_eq!(of(&["\"2\", W/\"3\",\"x\""]), Precondition::Version(3));
        assert_eq!(of(&["\"2\"", "\"7\""]), Precondition::Version(7));
        assert_eq!(of(&["*"]), Precondition::Any);
        for never in ["3", "\"03\"", "\"+3\"", "\"\"", "W/3", "", "\"99999999999\"", "\"3", "\"a\""] {
            assert_eq!(of(&[never]), Precondition::Impossible, "{never}");
        }
        assert_eq!(precondition(&HeaderMap::new()), Precondition::None);
        assert_eq!(precondition(&headers(&header::IF_NONE_MATCH, &["*"])), Precondition::Absent);
        assert_eq!(precondition(&headers(&header::IF_NONE_MATCH, &["\"1\""])), Precondition::None);
    }

    #[test]
    fn a_reader_who_has_the_version_gets_it_not_again() {
        let has = |values: &[&'static str]| {
            Have(tags(&headers(&header::IF_NONE_MATCH, values), &header::IF_NONE_MATCH)).has(3)
        };
        assert!(has(&["W/\"3\""]));
        assert!(has(&["\"1\", \"3\""]));
        assert!(has(&["*"]));
        assert!(!has(&["W/\"2\""]));
        assert!(!has(&["x"]));
        assert!(!has(&[]));
    }
}
