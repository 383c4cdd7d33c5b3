//! The bytes of a resource with gaps where its version and time go, so that the store's one writer only joins them.

use serde_json::{Map, Value};

use crate::{
    instant::Instant,
    resource::{Resource, is_stamp},
};

const VERSION: &[u8] = b"{\"versionId\":\"";
const TIME: &[u8] = b"\",\"lastUpdated\":\"";
/// Characters of a written [`Instant`].
const INSTANT: usize = 24;

/// A serialised resource: `resourceType`, `id`, `meta`, then the rest in its order; in `meta` the version and time first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    before: Vec<u8>,
    after: Vec<u8>,
    kind: String,
    id: String,
}

impl Body {
    /// Serialises a resource. Its own `meta.versionId` and `meta.lastUpdated` are dropped, every other value is kept.
    pub fn new(resource: &Resource) -> Body {
        let (kind, id) = (resource.kind().to_owned(), resource.id().unwrap_or_default().to_owned());
        let map = resource.as_value();
        let mut before = Vec::with_capacity(160);
        before.extend_from_slice(b"{\"resourceType\":");
        string(&kind, &mut before);
        if !id.is_empty() {
            before.extend_from_slice(b",\"id\":");
            string(&id, &mut before);
        }
        before.extend_from_slice(b",\"meta\":");
        before.extend_from_slice(VERSION);

        let mut after = Vec::with_capacity(1024);
        after.push(b'"');
        let meta = map.get("meta").and_then(Value::as_object);
        members(meta, is_stamp, &mut after);
        after.push(b'}');
        members(Some(map), |key| matches!(key, "resourceType" | "id" | "meta"), &mut after);
        after.push(b'}');
        Body { before, after, kind, id }
    }

    /// The body of a version that says the resource is deleted: type, id, and the reason if one is given.
    pub fn tombstone(kind: &str, id: &str, reason: Option<&str>) -> Body {
        let mut resource = Resource::bare(kind, id);
        resource.set_reason(reason);
        Body::new(&resource)
    }

    /// The bytes of the resource as the given version, written at the given time.
    pub fn stamp(&self, version: u32, at: Instant) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len() + 9);
        bytes.extend_from_slice(&self.before);
        number(version, &mut bytes);
        bytes.extend_from_slice(TIME);
        at.write_to(&mut bytes);
        bytes.extend_from_slice(&self.after);
        bytes
    }

    /// The resource type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The logical id; empty if the resource had none.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Bytes of the first nine versions; each further digit of the version is one more.
    #[expect(clippy::len_without_is_empty, reason = "a body is never empty")]
    pub fn len(&self) -> usize {
        self.before.len() + 1 + TIME.len() + INSTANT + self.after.len()
    }
}

/// Appends `,"key":value` for each member that is not left out.
fn members(map: Option<&Map<String, Value>>, left_out: impl Fn(&str) -> bool, out: &mut Vec<u8>) {
    for (key, value) in map.into_iter().flatten().filter(|(key, _)| !left_out(key)) {
        out.push(b',');
        string(key, out);
        out.push(b':');
        serde_json::to_writer(&mut *out, value).expect("a Value has only string keys and a Vec takes every byte");
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a Vec takes every byte");
}

fn number(number: u32, out: &mut Vec<u8>) {
    if number >= 10 {
        self::number(number / 10, out);
    }
    out.push(b"0123456789"[(number % 10) as usize]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Limits;

    fn resource(text: &str) -> Resource {
        Resource::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn version_and_time_come_first_in_a_meta_that_is_third() {
        let body = Body::new(&resource(
            r#"{"active":true,"meta":{"tag":[{"code":"x"}],"versionId":"9","lastUpdated":"2001"},"id":"a","resourceType":"Patient","n":1.50}"#,
        ));
        let stamped = String::from_utf8(body.stamp(12, Instant(1_795_305_300_123))).unwrap();
        assert_eq!(
            stamped,
            r#"{"resourceType":"Patient","id":"a","meta":{"versionId":"12","lastUpdated":"2026-11-21T23:55:00.123Z","tag":[{"code":"x"}]},"active":true,"n":1.50}"#
        );
        assert_eq!((body.kind(), body.id(), body.len()), ("Patient", "a", stamped.len() - 1));
    }

    #[test]
    fn a_tombstone_says_what_and_why() {
        let body = Body::tombstone("Patient", "a", Some("aberto em \"duplicidade\""));
        let stamped = resource(&String::from_utf8(body.stamp(u32::MAX, Instant(0))).unwrap());
        assert_eq!((stamped.kind(), stamped.id(), stamped.version_id()), ("Patient", Some("a"), Some(u32::MAX)));
        assert_eq!(stamped.reason(), Some("aberto em \"duplicidade\""));
        let body = Body::tombstone("Patient", "a", None);
        assert_eq!(resource(&String::from_utf8(body.stamp(1, Instant(0))).unwrap()).reason(), None);
    }
}
