//! The journal: one append-only chain a clinic. An entry names records by id and version and holds no clinical or
//! identifying datum; its hash covers the entry and the hash before it (SHA-256).

use std::borrow::Cow;
use std::net::IpAddr;

use aroeira_fhir::Instant;
use aws_lc_rs::digest::{Context, SHA256};
use serde::Deserialize;
use serde::de::{SeqAccess, Visitor};

use crate::keys::{Key, hex};
use crate::{Error, Result};

/// What happened. The numbers are stored: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the codes below are the documentation")]
pub enum Event {
    Create = 1,
    Read = 2,
    Search = 3,
    Update = 4,
    Delete = 5,
    Restore = 6,
    History = 7,
    Import = 8,
    Export = 9,
    Print = 10,
    Login = 11,
    LoginFailed = 12,
    Logout = 13,
    Denied = 14,
    Emergency = 15,
    Password = 16,
    SecondFactor = 17,
    UserManagement = 18,
    Audit = 19,
    Verify = 20,
    Lock = 21,
    Unlock = 22,
    Terms = 23,
    SessionEnd = 24,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 24] = [
        Self::Create,
        Self::Read,
        Self::Search,
        Self::Update,
        Self::Delete,
        Self::Restore,
        Self::History,
        Self::Import,
        Self::Export,
        Self::Print,
        Self::Login,
        Self::LoginFailed,
        Self::Logout,
        Self::Denied,
        Self::Emergency,
        Self::Password,
        Self::SecondFactor,
        Self::UserManagement,
        Self::Audit,
        Self::Verify,
        Self::Lock,
        Self::Unlock,
        Self::Terms,
        Self::SessionEnd,
    ];

    /// The code as it stands in entries and in `/api/audit`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Search => "search",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::History => "history",
            Self::Import => "import",
            Self::Export => "export",
            Self::Print => "print",
            Self::Login => "login",
            Self::LoginFailed => "login-failed",
            Self::Logout => "logout",
            Self::Denied => "denied",
            Self::Emergency => "emergency",
            Self::Password => "password",
            Self::SecondFactor => "second-factor",
            Self::UserManagement => "user-management",
            Self::Audit => "audit",
            Self::Verify => "verify",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Terms => "terms",
            Self::SessionEnd => "session-end",
        }
    }

    /// The event of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.code() == code)
    }

    pub(crate) fn number(self) -> i64 {
        self as u8 as i64
    }
}

/// A record an entry speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Resource type, or the kind of an internal record.
    pub kind: String,
    /// Logical id.
    pub id: String,
    /// The version seen or written.
    pub version: u32,
    /// Keyed hash of the body, for a version that was written.
    pub hash: Option<[u8; 32]>,
}

/// An entry before it has its place in the chain.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// Id of the user, `system` or `anonymous`.
    pub user: String,
    /// Role at that time.
    pub role: &'static str,
    /// HL7 PurposeOfUse.
    pub purpose: &'static str,
    /// From where.
    pub address: Option<IpAddr>,
    /// The request.
    pub request: String,
    /// Keyed hash of a search's question.
    pub query: Option<[u8; 32]>,
    /// The records; a writing transaction adds its own.
    pub records: Vec<Touched>,
}

/// Position and hash of the last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) sequence: i64,
    pub(crate) hash: [u8; 32],
    pub(crate) at: Instant,
}

impl Head {
    /// Before the first entry.
    pub(crate) const START: Self = Self { sequence: 0, hash: [0; 32], at: Instant(0) };

    /// The head after `entry`.
    pub(crate) fn next(&self, at: Instant, entry: &[u8]) -> Self {
        Self { sequence: self.sequence + 1, hash: chain(&self.hash, entry), at }
    }
}

/// SHA-256 over the hash before and the entry.
pub(crate) fn chain(before: &[u8; 32], entry: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(entry);
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Keyed hash of a version: its body, and whether it says that the record is deleted.
pub(crate) fn body_hash(salt: &Key, deleted: bool, body: &[u8]) -> [u8; 32] {
    salt.mac(&[&[u8::from(deleted)], body])
}

impl Entry {
    /// The bytes that are stored and hashed: compact JSON with fixed key order.
    pub(crate) fn encode(&self, sequence: i64, at: Instant) -> Result<Vec<u8>> {
        use std::io::Write;
        let mut out = Vec::with_capacity(256 + self.records.len() * 72);
        write!(out, "{{\"seq\":{sequence},\"at\":\"")?;
        at.write_to(&mut out);
        write!(out, "\",\"event\":\"{}\",\"user\":", self.event.code())?;
        string(&mut out, &self.user)?;
        write!(out, ",\"role\":\"{}\",\"purpose\":\"{}\"", self.role, self.purpose)?;
        if let Some(address) = self.address {
            write!(out, ",\"address\":\"{address}\"")?;
        }
        out.extend_from_slice(b",\"request\":");
        string(&mut out, &self.request)?;
        if let Some(query) = &self.query {
            write!(out, ",\"query\":\"{}\"", hex(query))?;
        }
        out.extend_from_slice(b",\"records\":[");
        for (i, record) in self.records.iter().enumerate() {
            out.extend_from_slice(if i == 0 { b"[" } else { b",[" });
            string(&mut out, &record.kind)?;
            out.push(b',');
            string(&mut out, &record.id)?;
            write!(out, ",{}", record.version)?;
            if let Some(hash) = &record.hash {
                write!(out, ",\"{}\"", hex(hash))?;
            }
            out.push(b']');
        }
        out.extend_from_slice(b"]}");
        Ok(out)
    }
}

fn string(out: &mut Vec<u8>, text: &str) -> Result<()> {
    serde_json::to_writer(out, text).map_err(|e| Error::Internal(e.to_string()))
}

/// An entry as it is read back.
#[derive(Debug, Clone)]
pub struct JournalRow {
    /// Position, from 1.
    pub sequence: u64,
    /// When.
    pub at: Instant,
    /// Code of the event.
    pub event: String,
    /// Id of the user.
    pub user: String,
    /// Role at that time.
    pub role: String,
    /// HL7 PurposeOfUse.
    pub purpose: String,
    /// From where.
    pub address: Option<String>,
    /// The request.
    pub request: String,
    /// The records.
    pub records: Vec<Touched>,
    /// Hash, hex.
    pub hash: String,
}

impl JournalRow {
    pub(crate) fn decode(sequence: i64, bytes: &[u8], hash: &[u8]) -> Result<Self> {
        let broken = || Error::Internal(format!("journal entry {sequence} cannot be read"));
        let stored: Stored = serde_json::from_slice(bytes).map_err(|_| broken())?;
        Ok(Self {
            sequence: u64::try_from(sequence).map_err(|_| broken())?,
            at: stored.at.parse().map_err(|_| broken())?,
            event: stored.event,
            user: stored.user,
            role: stored.role,
            purpose: stored.purpose,
            address: stored.address,
            request: stored.request,
            records: stored.records,
            hash: hex(hash),
        })
    }
}

/// The bytes of [`Entry::encode`], read back.
#[derive(Deserialize)]
struct Stored<'a> {
    #[serde(borrow)]
    at: Cow<'a, str>,
    event: String,
    user: String,
    role: String,
    purpose: String,
    address: Option<String>,
    request: String,
    records: Vec<Touched>,
}

impl<'de> Deserialize<'de> for Touched {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_seq(TouchedVisitor)
    }
}

/// Reads `["Type","id",version]`, with the hash behind where it was written.
struct TouchedVisitor;

impl<'de> Visitor<'de> for TouchedVisitor {
    type Value = Touched;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("type, id, version and perhaps a hash")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Touched, A::Error> {
        let short = |n| serde::de::Error::invalid_length(n, &self);
        let kind = seq.next_element()?.ok_or_else(|| short(0))?;
        let id = seq.next_element()?.ok_or_else(|| short(1))?;
        let version = seq.next_element()?.ok_or_else(|| short(2))?;
        let hash: Option<Cow<'_, str>> = seq.next_element()?;
        let hash = hash.map(|hash| unhex(&hash).ok_or_else(|| serde::de::Error::custom("a hash"))).transpose()?;
        Ok(Touched { kind, id, version, hash })
    }
}

/// 32 bytes from 64 hex digits.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, i) in out.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[i..i + 2], 16).ok()?;
    }
    Some(out)
}

/// Which entries, the newest first.
#[derive(Debug, Clone, Default)]
pub struct JournalFilter {
    /// Not before.
    pub from: Option<Instant>,
    /// Before.
    pub until: Option<Instant>,
    /// Only this event.
    pub event: Option<Event>,
    /// Only this user's.
    pub user: Option<String>,
    /// Only those that speak of this record: kind and id.
    pub record: Option<(String, String)>,
    /// Only entries before this sequence number: the cursor.
    pub before: Option<u64>,
    /// How many at most.
    pub limit: u32,
}

impl JournalFilter {
    /// It asks for a stretch of time and nothing else.
    pub(crate) fn is_plain(&self) -> bool {
        self.event.is_none() && self.user.is_none() && self.record.is_none()
    }
}
