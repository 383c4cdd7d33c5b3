//! What stands around every page: who is signed in, where they can go, how the page looks. And the extractors that
//! pages begin with.

use std::sync::Arc;

use aroeira_clinic::{Caller, Desk, Role};
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::HeaderMap;
use http::request::Parts;
use jiff::tz::TimeZone;

use crate::assets;
use crate::context::{Identity, Page, Pending, Signed, Visit, cookie, way_back};
use crate::error::Fault;
use crate::language::Language;
use crate::state::App;

use super::locale::{Locale, When};

/// The cookie that the choice between light and dark is kept in.
pub(crate) const THEME: &str = "aroeira_theme";

/// A signed-in reader of a page: whoever cannot go on was already sent elsewhere.
pub(crate) struct View {
    pub(crate) desk: Desk,
    pub(crate) caller: Arc<Caller>,
    pub(crate) request_id: String,
    pub(crate) locale: Locale,
    /// A part of the page is asked for, not the whole.
    pub(crate) part: bool,
    theme: &'static str,
    path: String,
}

/// As [`View`], for the pages that get one out of a locked screen, a password to change, terms to accept.
pub(crate) struct Waiting(pub(crate) View);

/// A reader who may be anybody.
pub(crate) struct Guest {
    pub(crate) visit: Visit,
    pub(crate) caller: Option<Arc<Caller>>,
    pub(crate) locale: Locale,
    theme: &'static str,
    path: String,
}

impl View {
    fn of(signed: Signed, parts: &Parts, app: &App) -> Self {
        let locale =
            Locale { language: signed.language, zone: signed.caller.clinic.zone().clone(), now: app.clock().now() };
        Self {
            desk: signed.desk,
            caller: signed.caller,
            request_id: signed.request_id,
            locale,
            part: parts.headers.contains_key("hx-request"),
            theme: theme(&parts.headers),
            path: way_back(parts),
        }
    }

    /// What the reader is here.
    pub(crate) fn role(&self) -> Role {
        self.caller.actor.role
    }

    /// The frame of a page; `here` is the tab it belongs to. Asks for running emergencies where the reader watches them,
    /// once for a page: every look is in the audit trail.
    pub(crate) async fn shell(&self, here: &str, title: &str) -> Shell {
        let mut shell = Shell::known(&self.locale, &self.caller, self.theme, &self.path, title);
        shell.here(here);
        if self.role() == Role::Admin
            && !self.part
            && let Ok(page) = self.desk.emergencies(Some(5), None).await
        {
            shell.emergencies = page.items.iter().filter(|access| access.until > self.locale.now).count() as u64;
        }
        shell
    }
}

impl FromRequestParts<App> for View {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Page(signed) = Page::from_request_parts(parts, app).await?;
        Ok(Self::of(signed, parts, app))
    }
}

impl FromRequestParts<App> for Waiting {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let Pending(signed) = Pending::from_request_parts(parts, app).await?;
        Ok(Self(View::of(signed, parts, app)))
    }
}

impl FromRequestParts<App> for Guest {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let caller = match parts.extensions.get::<Identity>() {
            Some(Identity::Known(caller, _)) => Some(Arc::clone(caller)),
            _ => None,
        };
        let zone = caller.as_ref().map_or(TimeZone::UTC, |caller| caller.clinic.zone().clone());
        let locale = Locale { language: visit.language, zone, now: app.clock().now() };
        let theme = visit.theme;
        Ok(Self { visit, caller, locale, theme, path: way_back(parts) })
    }
}

impl Guest {
    /// The bare frame of a page for somebody not (fully) signed in.
    pub(crate) fn shell(&self, title: &str) -> Shell {
        let mut shell = Shell::bare(&self.locale, self.theme, &self.path, title);
        shell.csrf = self.caller.as_ref().map(|caller| caller.csrf.clone()).unwrap_or_default();
        shell
    }
}

impl Waiting {
    /// The bare frame, with the forgery token of the session.
    pub(crate) fn shell(&self, title: &str) -> Shell {
        let mut shell = Shell::bare(&self.0.locale, self.0.theme, &self.0.path, title);
        shell.csrf.clone_from(&self.0.caller.csrf);
        shell
    }
}

/// `light`, `dark` or nothing: the system decides.
pub(crate) fn theme(headers: &HeaderMap) -> &'static str {
    match cookie(headers, THEME) {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "",
    }
}

/// A place in the navigation.
pub(crate) struct Tab {
    pub(crate) href: &'static str,
    pub(crate) label: String,
    pub(crate) icon: &'static str,
    pub(crate) keys: &'static str,
    pub(crate) current: bool,
}

/// The frame of a page.
pub(crate) struct Shell {
    pub(crate) locale: Locale,
    pub(crate) title: String,
    pub(crate) theme: &'static str,
    pub(crate) path: String,
    pub(crate) csrf: String,
    pub(crate) signed_in: bool,
    pub(crate) clinic: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) idle_minutes: u32,
    pub(crate) tabs: Vec<Tab>,
    /// May look for patients.
    pub(crate) finds: bool,
    /// Tries calls of an integration.
    pub(crate) integrates: bool,
    /// Uses of break-glass that run now, for who watches them.
    pub(crate) emergencies: u64,
    pub(crate) previous_login: Option<When>,
    /// What was just done: a key, and the drafts that are no longer needed.
    pub(crate) done: Option<(String, String)>,
}

impl Shell {
    /// The frame for nobody.
    pub(crate) fn bare(locale: &Locale, theme: &'static str, path: &str, title: &str) -> Self {
        Self {
            locale: locale.clone(),
            title: title.to_owned(),
            theme,
            path: path.to_owned(),
            csrf: String::new(),
            signed_in: false,
            clinic: String::new(),
            name: String::new(),
            role: String::new(),
            idle_minutes: 0,
            tabs: Vec::new(),
            finds: false,
            integrates: false,
            emergencies: 0,
            previous_login: None,
            done: None,
        }
    }

    fn known(locale: &Locale, caller: &Caller, theme: &'static str, path: &str, title: &str) -> Self {
        let role = caller.actor.role;
        let mut shell = Self::bare(locale, theme, path, title);
        caller.csrf.clone_into(&mut shell.csrf);
        shell.idle_minutes = caller.idle_minutes;
        shell.previous_login = caller.previous_login.map(|at| locale.when(at));
        shell.sign(caller.clinic.name(), &caller.name, role);
        shell
    }

    /// Says whose page it is.
    pub(crate) fn sign(&mut self, clinic: &str, name: &str, role: Role) {
        self.signed_in = true;
        clinic.clone_into(&mut self.clinic);
        name.clone_into(&mut self.name);
        self.role = self.t(format!("role-{}", role.code()));
        self.finds = matches!(role, Role::Doctor | Role::Nurse | Role::Reception | Role::Admin);
        self.integrates = self.finds;
        self.tabs = places(role).iter().map(|place| self.tab(place)).collect();
    }

    fn tab(&self, &(href, label, icon, keys): &(&'static str, &str, &'static str, &'static str)) -> Tab {
        Tab { href, label: self.t(label), icon, keys, current: false }
    }

    /// Marks the tab a page belongs to.
    pub(crate) fn here(&mut self, href: &str) {
        self.tabs.iter_mut().for_each(|tab| tab.current = tab.href == href);
    }

    /// The text of a key.
    pub(crate) fn t(&self, key: impl AsRef<str>) -> String {
        self.locale.t(key.as_ref())
    }

    /// The text of a key with one value in it.
    pub(crate) fn tw(&self, key: &str, name: &'static str, value: &str) -> String {
        self.locale.tw(key, name, value)
    }

    /// The text of a key for a number of things.
    pub(crate) fn count(&self, key: &str, n: &u64) -> String {
        self.locale.count(key, *n)
    }

    /// `pt-BR` or `en`.
    pub(crate) fn tag(&self) -> &'static str {
        self.locale.language.tag()
    }

    /// The language this page is not in.
    pub(crate) fn other_language(&self) -> &'static str {
        if self.locale.language == Language::PtBr { "en" } else { "pt-BR" }
    }

    /// Where a file of the front end is.
    pub(crate) fn asset(&self, name: &str) -> &'static str {
        assets::path(name)
    }

    /// Of this build.
    pub(crate) fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Words the scripts need, as JSON.
    pub(crate) fn words(&self) -> String {
        let words = SCRIPT_WORDS.iter().map(|key| ((*key).to_owned(), self.t(format!("js-{key}")).into()));
        serde_json::Value::Object(words.collect()).to_string()
    }

    /// Says what was done before this page: `done` comes from our own redirect, so only known words are shown.
    pub(crate) fn after(&mut self, done: Option<&str>, drafts: impl Into<String>) {
        let known = done.and_then(|done| DONE.iter().find(|known| **known == done));
        self.done = known.map(|done| (self.t(format!("done-{done}")), drafts.into()));
    }
}

/// What scripts say.
pub(crate) const SCRIPT_WORDS: &[&str] = &[
    "close",
    "limited",
    "ended",
    "broken",
    "offline",
    "online",
    "saving",
    "saved",
    "kept",
    "sending",
    "found",
    "take",
    "leave",
    "keys",
    "find",
    "find-hint",
    "palette-foot",
    "patients",
    "actions",
    "nothing",
    "rows",
    "send",
    "bad-cpf",
    "bad-cns",
];

/// What can have been done.
pub(crate) const DONE: &[&str] = &[
    "created",
    "amended",
    "deleted",
    "restored",
    "discarded",
    "kept",
    "unchanged",
    "user-saved",
    "password",
    "totp-on",
    "totp-off",
    "session-ended",
    "patient-created",
    "patient-amended",
    "patient-deleted",
    "patient-restored",
];

/// Where a role can go, and the keys that lead there.
fn places(role: Role) -> &'static [(&'static str, &'static str, &'static str, &'static str)] {
    const PATIENTS: (&str, &str, &str, &str) = ("/patients", "tab-patients", "people", "g p");
    const RECORDS: (&str, &str, &str, &str) = ("/records", "tab-records", "file", "g r");
    const USERS: (&str, &str, &str, &str) = ("/users", "tab-users", "badge", "g u");
    const AUDIT: (&str, &str, &str, &str) = ("/audit", "tab-audit", "shield", "g a");
    const EMERGENCY: (&str, &str, &str, &str) = ("/emergency", "tab-emergencies", "alert", "g e");
    const OWN: (&str, &str, &str, &str) = ("/", "tab-own", "file", "g p");
    match role {
        Role::Doctor | Role::Nurse | Role::Reception => &[PATIENTS, RECORDS],
        Role::Admin => &[USERS, PATIENTS, RECORDS, EMERGENCY],
        Role::Auditor => &[AUDIT, USERS, EMERGENCY],
        Role::Patient => &[OWN, RECORDS],
        Role::System => &[],
    }
}

/// What `now` is for tests that build shells.
#[cfg(test)]
pub(crate) fn sample(language: Language, role: Role, here: &str, title: &str) -> Shell {
    let locale = super::locale::sample(language);
    let mut shell = Shell::bare(&locale, "", "/patients", title);
    shell.csrf = "token".into();
    shell.idle_minutes = 15;
    let name = match role {
        Role::Doctor => "Dra. Helena Prado",
        Role::Admin => "Otávio Lemos",
        Role::Auditor => "Cecília Rangel",
        _ => "Joana Meireles",
    };
    shell.sign("Clínica Aroeira de Demonstração", name, role);
    shell.previous_login = Some(locale.when(aroeira_fhir::Instant(locale.now.0 - 86_400_000)));
    shell.here(here);
    shell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_somewhere_to_go() {
        for role in Role::ALL {
            assert!(!places(role).is_empty(), "{}", role.code());
        }
    }

    #[test]
    fn the_console_is_offered_to_staff_who_may_search() {
        use aroeira_clinic::{Action, access};
        for role in Role::ALL {
            let searches =
                aroeira_fhir::types::RESOURCE_TYPES.iter().any(|kind| access::allows(role, Action::Search, kind));
            let offered = sample(Language::PtBr, role, "/", "x").integrates;
            // A patient who knows of it may use it; it is nothing to put before every patient.
            assert_eq!(offered, searches && role != Role::Patient, "{}", role.code());
        }
    }

    #[test]
    fn only_known_deeds_are_told() {
        let mut shell = sample(Language::PtBr, Role::Doctor, "/patients", "x");
        shell.after(Some("<script>"), "");
        assert!(shell.done.is_none());
        shell.after(Some("created"), "new-1");
        assert_eq!(shell.done.as_ref().map(|(_, drafts)| drafts.as_str()), Some("new-1"));
    }
}
