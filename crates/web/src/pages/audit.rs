//! The audit trail in words, and the walk of its chain.

use aroeira_clinic::{AuditEntry, AuditQuery, Error, Page, Verification};
use askama::Template;

use crate::error::{Answer, texts};
use crate::routes::{Class, Routes};

use super::form::{Form, Sheet};
use super::locale::{Locale, When};
use super::shell::{Shell, View};
use super::{Pager, Turning, filters, html};

const SIZE: u32 = 50;

/// Registers the trail.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/audit", Class::Read, list).post("/audit", Class::Read, search).post(
        "/audit/verify",
        Class::Read,
        verify,
    )
}

/// What can have happened.
const EVENTS: &[&str] = &[
    "create",
    "read",
    "search",
    "update",
    "delete",
    "restore",
    "history",
    "import",
    "export",
    "print",
    "login",
    "login-failed",
    "logout",
    "denied",
    "emergency",
    "password",
    "second-factor",
    "user-management",
    "audit",
    "verify",
    "lock",
    "unlock",
    "terms",
    "session-end",
];

/// An entry in words.
pub(super) struct Line {
    pub(super) sequence: String,
    pub(super) at: When,
    pub(super) event: String,
    pub(super) tone: &'static str,
    pub(super) user: String,
    pub(super) role: String,
    pub(super) purpose: String,
    pub(super) address: String,
    pub(super) request: String,
    /// What it was done with: words, `Type/id`, version.
    pub(super) records: Vec<(String, String, u32)>,
    pub(super) more: u64,
    pub(super) hash: String,
}

/// How many records of an entry are named.
const NAMED: usize = 4;

impl Line {
    pub(super) fn new(locale: &Locale, entry: &AuditEntry) -> Self {
        let known = |prefix: &str, code: &str| {
            let key = format!("{prefix}-{code}");
            Some(locale.t(&key)).filter(|text| *text != key).unwrap_or_else(|| code.to_owned())
        };
        let user = match entry.user_id.as_str() {
            "system" => locale.t("user-system"),
            "anonymous" => locale.t("user-anonymous"),
            _ => entry.user_name.clone(),
        };
        Self {
            sequence: locale.number(entry.sequence),
            at: locale.when(entry.at),
            event: known("audit", &entry.event),
            tone: tone(&entry.event),
            user,
            role: known("role", &entry.role),
            purpose: known("purpose", &entry.purpose),
            address: entry.address.clone().unwrap_or_default(),
            request: entry.request_id.clone(),
            records: entry
                .records
                .iter()
                .take(NAMED)
                .map(|record| (known("type", &record.kind), format!("{}/{}", record.kind, record.id), record.version))
                .collect(),
            more: entry.records.len().saturating_sub(NAMED) as u64,
            hash: entry.hash.chars().take(16).collect(),
        }
    }
}

fn tone(event: &str) -> &'static str {
    match event {
        "denied" | "login-failed" => "warn",
        "emergency" | "delete" => "danger",
        "create" | "update" | "restore" | "import" => "info",
        _ => "plain",
    }
}

#[derive(Template)]
#[template(path = "audit.html", blocks = ["rows"])]
pub(super) struct AuditPage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    pub(super) lines: Vec<Line>,
    pub(super) turning: Turning,
    pub(super) events: Vec<(String, String)>,
    pub(super) users: Vec<(String, String)>,
    pub(super) filtered: bool,
}

impl AuditPage {
    pub(super) fn new(
        s: Shell,
        sheet: Sheet,
        lines: Vec<Line>,
        turning: Turning,
        users: Vec<(String, String)>,
    ) -> Self {
        let events = filters(&s.locale, "audit", EVENTS);
        let filtered = ["from", "to", "event", "user", "record"].iter().any(|name| !sheet.value(name).is_empty());
        Self { s, sheet, lines, turning, events, users, filtered }
    }
}

async fn list(view: View) -> Answer {
    shown(&view, Form::default()).await
}

async fn search(view: View, form: Form) -> Answer {
    shown(&view, form).await
}

async fn shown(view: &View, form: Form) -> Answer {
    let pager = Pager::of(&form);
    let day = |name: &str| form.opt(name).map(|text| Locale::typed_day(&text));
    let query = AuditQuery {
        from: day("from"),
        to: day("to"),
        event: form.opt("event"),
        user: form.opt("user"),
        record: form.opt("record"),
        limit: Some(SIZE),
        cursor: pager.cursor.clone(),
    };
    let locale = &view.locale;
    let (page, sheet) = match view.desk.audit(query).await {
        Ok(page) => (page, Sheet::new(locale, form)),
        Err(error @ Error::Invalid(_)) => {
            let none = Page { items: Vec::new(), next_cursor: None, total: 0 };
            (none, Sheet::refused(locale, form, texts(&error, locale.language)))
        }
        Err(error) => return Err(error.into()),
    };
    let turning = Turning::new(locale, &pager, SIZE as usize, page.items.len(), page.next_cursor.as_ref(), page.total);
    let lines = page.items.iter().map(|entry| Line::new(locale, entry)).collect();
    if view.part {
        let page = AuditPage::new(view.shell("/audit", "").await, sheet, lines, turning, Vec::new());
        return html(&page.as_rows());
    }
    let mut users = vec![(String::new(), locale.t("all"))];
    let query = aroeira_clinic::UserQuery { limit: Some(100), ..aroeira_clinic::UserQuery::default() };
    users.extend(view.desk.users(query).await?.items.into_iter().map(|user| (user.id, user.name)));
    let s = view.shell("/audit", &locale.t("tab-audit")).await;
    html(&AuditPage::new(s, sheet, lines, turning, users))
}

#[derive(Template)]
#[template(path = "audit-verified.html", blocks = ["result"])]
pub(super) struct VerifiedPage {
    pub(super) s: Shell,
    pub(super) found: Verification,
    pub(super) entries: String,
    pub(super) at: String,
}

impl VerifiedPage {
    pub(super) fn new(s: Shell, found: Verification) -> Self {
        Self { entries: s.locale.number(found.entries), at: s.locale.moment(s.locale.now), found, s }
    }
}

async fn verify(view: View) -> Answer {
    let found = view.desk.verify().await?;
    let page = VerifiedPage::new(view.shell("/audit", &view.locale.t("verify-title")).await, found);
    if view.part { html(&page.as_result()) } else { html(&page) }
}

/// Entries for tests and for the gallery.
#[cfg(test)]
pub(super) fn samples() -> Vec<AuditEntry> {
    let entry = |sequence: u64, event: &str, user: &str, role: &str, records: usize| AuditEntry {
        sequence,
        at: aroeira_fhir::Instant(
            "2026-11-21T17:20:00Z".parse::<aroeira_fhir::Instant>().expect("an instant").0
                - (9 - sequence as i64) * 600_000,
        ),
        event: event.into(),
        user_id: if user.is_empty() { "anonymous".into() } else { "u2".into() },
        user_name: user.into(),
        role: role.into(),
        purpose: if role == "DOCTOR" { "TREAT".into() } else { "HOPERAT".into() },
        address: Some("192.0.2.14".into()),
        request_id: "0190f3c2-7b9e-7c3a".into(),
        records: (0..records)
            .map(|n| aroeira_clinic::AuditRecord {
                kind: if n == 0 { "Composition".into() } else { "Patient".into() },
                id: format!("0190f3c2-7b9e-7c3a-9d5e-{n:012}"),
                version: 2,
            })
            .collect(),
        hash: "9f2c4be1a07d6c55".repeat(4),
    };
    vec![
        entry(9, "update", "Dra. Helena Prado", "DOCTOR", 1),
        entry(8, "read", "Dra. Helena Prado", "DOCTOR", 2),
        entry(7, "search", "Joana Meireles", "RECEPTION", 9),
        entry(6, "denied", "Joana Meireles", "RECEPTION", 0),
        entry(5, "emergency", "Dra. Helena Prado", "DOCTOR", 1),
        entry(4, "login-failed", "", "", 0),
        entry(3, "login", "Cecília Rangel", "AUDITOR", 0),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::locale::sample as locale;
    use super::*;
    use crate::language::Language;

    #[test]
    fn entries_read_as_sentences() {
        let lines: Vec<Line> = samples().iter().map(|entry| Line::new(&locale(Language::PtBr), entry)).collect();
        assert_eq!((lines[0].event.as_str(), lines[0].records[0].0.as_str()), ("Alterou", "Registro"));
        assert_eq!((lines[2].records.len(), lines[2].more), (4, 5));
        assert_eq!(lines[5].user, "Pessoa não identificada");
        assert_eq!(lines[6].event, "Entrou no sistema");
    }

    #[test]
    fn every_event_has_words() {
        for language in [Language::PtBr, Language::En] {
            for event in EVENTS {
                assert!(language.has(&format!("audit-{event}")), "{event}");
            }
        }
    }

    #[test]
    fn an_unknown_event_is_shown_as_it_is() {
        let mut entry = samples().remove(0);
        entry.event = "something-new".into();
        assert_eq!(Line::new(&locale(Language::PtBr), &entry).event, "something-new");
    }
}
