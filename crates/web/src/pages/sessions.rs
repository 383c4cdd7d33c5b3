//! One's own sessions, password and second factor.

use aroeira_clinic::{Error, Refusal, Session, TotpEnrolment, User};
use askama::Template;
use axum::extract::Query;
use http::StatusCode;
use qrcode::{EcLevel, QrCode, render::svg};

use crate::error::{Answer, Texts};
use crate::routes::{Class, Routes};

use super::form::{Form, Sheet};
use super::locale::{Locale, When};
use super::shell::{Shell, View};
use super::{Asked, done, html, html_as, id};

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/sessions", Class::Read, list)
        .post("/sessions/end", Class::Write, end)
        .post("/sessions/totp", Class::SignIn, enrol)
        .post("/sessions/totp/confirm", Class::SignIn, confirm)
        .post("/sessions/totp/drop", Class::SignIn, drop)
}

/// A session as it is shown.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) agent: String,
    pub(super) address: String,
    pub(super) began: When,
    pub(super) seen: When,
    pub(super) until: String,
    pub(super) current: bool,
}

impl Row {
    pub(super) fn new(locale: &Locale, session: &Session) -> Self {
        Self {
            id: session.id.clone(),
            agent: agent(locale, &session.agent),
            address: session.address.clone().unwrap_or_default(),
            began: locale.when(session.created_at),
            seen: locale.when(session.seen_at),
            until: locale.moment(session.expires_at),
            current: session.current,
        }
    }
}

/// Browser and system of a `User-Agent`, as people call them; else its first word.
fn agent(locale: &Locale, text: &str) -> String {
    let first =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name);
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ => text
            .split(['/', ' '])
            .find(|word| !word.is_empty())
            .map_or_else(|| locale.t("agent-unknown"), str::to_owned),
    }
}

#[derive(Template)]
#[template(path = "sessions.html")]
pub(super) struct SessionsPage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    pub(super) rows: Vec<Row>,
    pub(super) user: User,
    pub(super) role: String,
    /// A second factor that waits for its first code.
    pub(super) enrolment: Option<Enrolment>,
}

/// What a telephone is shown.
pub(super) struct Enrolment {
    pub(super) secret: String,
    pub(super) uri: String,
    /// Inline SVG; nothing where the text does not fit a code.
    pub(super) picture: String,
}

impl Enrolment {
    pub(super) fn new(enrolment: &TotpEnrolment) -> Self {
        let grouped = enrolment.secret.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
        Self { secret: grouped, uri: enrolment.uri.clone(), picture: picture(&enrolment.uri) }
    }
}

/// A QR code as SVG with no declaration before it: it stands inside a page.
fn picture(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return String::new() };
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(192, 192).build();
    drawn.split_once("?>").map_or_else(|| drawn.clone(), |(_, svg)| svg.to_owned())
}

async fn list(view: View, Query(asked): Query<Asked>) -> Answer {
    let sheet = Sheet::new(&view.locale, Form::default());
    html(&page(&view, sheet, None, asked.done.as_deref()).await?)
}

async fn page(
    view: &View,
    sheet: Sheet,
    enrolment: Option<Enrolment>,
    told: Option<&str>,
) -> Result<SessionsPage, crate::error::Fault> {
    let sessions = view.desk.sessions(&view.caller.session).await?;
    let user = view.desk.me().await?;
    let mut s = view.shell("", &view.locale.t("tab-sessions")).await;
    s.after(told, "");
    let rows = sessions.iter().map(|session| Row::new(&view.locale, session)).collect();
    Ok(SessionsPage { role: s.role.clone(), s, sheet, rows, user, enrolment })
}

async fn end(view: View, form: Form) -> Answer {
    if form.get("id") == "others" {
        for session in view.desk.sessions(&view.caller.session).await?.iter().filter(|session| !session.current) {
            view.desk.end_session(&session.id).await?;
        }
    } else {
        view.desk.end_session(id(form.get("id"))?).await?;
    }
    Ok(done("/sessions", "session-ended"))
}

/// A refused password or code is said beside its field.
async fn refuse(view: &View, error: Error, field: &str, enrolment: Option<Enrolment>) -> Answer {
    let key = match error {
        Error::Unauthenticated(Refusal::Credentials) => "password-wrong",
        Error::Unauthenticated(Refusal::OtpWrong) => "otp-wrong",
        error => return Err(error.into()),
    };
    let text = view.locale.t(key);
    let told = Texts {
        code: "invalid",
        title: String::new(),
        detail: view.locale.t("form-look"),
        fields: vec![(field.to_owned(), text)],
    };
    let sheet = Sheet::refused(&view.locale, Form::default(), told);
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &page(view, sheet, enrolment, None).await?)
}

async fn enrol(view: View, form: Form) -> Answer {
    match view.desk.enrol_totp(form.raw("password")).await {
        Ok(enrolment) => {
            let sheet = Sheet::new(&view.locale, Form::default());
            html(&page(&view, sheet, Some(Enrolment::new(&enrolment)), None).await?)
        }
        Err(error) => refuse(&view, error, "password", None).await,
    }
}

async fn confirm(view: View, form: Form) -> Answer {
    match view.desk.confirm_totp(&form.get("code").replace(' ', "")).await {
        Ok(()) => Ok(done("/sessions", "totp-on")),
        Err(error) => {
            let uri = form.get("uri").to_owned();
            let secret = form.get("secret").replace(' ', "");
            let again = Enrolment::new(&TotpEnrolment { secret, uri });
            refuse(&view, error, "code", Some(again)).await
        }
    }
}

async fn drop(view: View, form: Form) -> Answer {
    match view.desk.drop_totp(form.raw("password")).await {
        Ok(()) => Ok(done("/sessions", "totp-off")),
        Err(error) => refuse(&view, error, "password", None).await,
    }
}

/// Sessions for tests and for the gallery.
#[cfg(test)]
pub(super) fn samples() -> Vec<Session> {
    let at = |text: &str| text.parse().expect("an instant");
    let session = |id: &str, agent: &str, seen: &str, current: bool| Session {
        id: id.into(),
        created_at: at("2026-11-21T10:58:00Z"),
        seen_at: at(seen),
        expires_at: at("2026-11-21T22:58:00Z"),
        address: Some("192.0.2.14".into()),
        agent: agent.into(),
        current,
    };
    vec![
        session(
            "s1",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
            "2026-11-21T17:31:00Z",
            true,
        ),
        session(
            "s2",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "2026-11-20T20:00:00Z",
            false,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::locale::sample as locale;
    use super::*;
    use crate::language::Language;

    #[test]
    fn a_browser_is_called_by_its_name() {
        let locale = locale(Language::PtBr);
        let rows: Vec<Row> = samples().iter().map(|session| Row::new(&locale, session)).collect();
        assert_eq!(rows[0].agent, "Chrome, Linux");
        assert_eq!(rows[1].agent, "Safari, iPhone");
        assert_eq!(agent(&locale, "curl/8.5.0"), "curl");
        assert_eq!(agent(&locale, ""), locale.t("agent-unknown"));
    }

    #[test]
    fn the_code_is_a_picture_inside_the_page() {
        let made = Enrolment::new(&TotpEnrolment {
            secret: "JBSWY3DPEHPK3PXP".into(),
            uri: "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP".into(),
        });
        assert!(made.picture.starts_with("<svg") && !made.picture.contains("style="), "{}", &made.picture[..80]);
        assert_eq!(made.secret, "JBSW Y3DP EHPK 3PXP");
    }
}
