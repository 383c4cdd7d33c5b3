//! Coming in, going out, the locked screen, the password and the terms of use; language and theme.

use aroeira_clinic::{Error, Refusal, SignIn, SignedIn};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::context::{own_path, redirect, session_cookie, through};
use crate::error::{Answer, Texts, page_status, texts};
use crate::language::{COOKIE, Language};
use crate::routes::{Class, Routes};
use crate::state::App;

use super::form::{Form, Sheet};
use super::shell::{Guest, Shell, THEME, Waiting};
use super::{Asked, html, html_as};

/// Registers what gets one in and out.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/login", Class::Anonymous, login)
        .post("/login", Class::SignIn, sign_in)
        .post("/logout", Class::Anonymous, sign_out)
        .post("/lock", Class::Anonymous, lock)
        .get("/locked", Class::Anonymous, locked)
        .post("/locked", Class::SignIn, unlock)
        .get("/password", Class::Anonymous, password)
        .post("/password", Class::SignIn, change_password)
        .get("/terms", Class::Anonymous, terms)
        .post("/terms", Class::Anonymous, accept_terms)
        .post("/language", Class::Anonymous, choose_language)
        .post("/theme", Class::Anonymous, choose_theme)
}

#[derive(Template)]
#[template(path = "login.html")]
pub(super) struct LoginPage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    pub(super) next: String,
    /// The password was right, a code is wanted.
    pub(super) otp: bool,
    /// One clinic only: nobody has to name it.
    pub(super) one_clinic: bool,
    /// Seconds until another try.
    pub(super) wait: Option<u32>,
    /// This browser forgot the session, and the server may not have ended it.
    pub(super) half_out: bool,
}

async fn login(State(app): State<App>, guest: Guest, Query(asked): Query<Asked>) -> Answer {
    let next = asked.next.as_deref().and_then(own_path).unwrap_or("/");
    if guest.caller.is_some() {
        return Ok(redirect(next));
    }
    let mut form = Form::default();
    form.push("next", next);
    html(&login_page(&app, &guest, Sheet::new(&guest.locale, form)))
}

fn login_page(app: &App, guest: &Guest, mut sheet: Sheet) -> LoginPage {
    let clinics = app.house().clinics().unwrap_or_default();
    let one_clinic = clinics.len() == 1;
    if one_clinic && let Some(only) = clinics.first() {
        sheet.values.set("clinic", only);
    }
    let next = own_path(sheet.value("next")).unwrap_or("/").to_owned();
    let mut s = guest.shell(&guest.locale.t("login"));
    s.path.clone_from(&next);
    LoginPage { s, sheet, next, otp: false, one_clinic, wait: None, half_out: false }
}

async fn sign_in(State(app): State<App>, guest: Guest, headers: HeaderMap, form: Form) -> Answer {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let given = SignIn {
        clinic: form.get("clinic").to_lowercase(),
        email: form.get("email").to_owned(),
        password: form.raw("password").to_owned(),
        otp: form.opt("otp").map(|otp| otp.replace(' ', "")),
        address: guest.visit.address,
        agent: agent.chars().take(200).collect(),
        request_id: guest.visit.request_id.as_ref().to_owned(),
    };
    match app.house().sign_in(given).await {
        Ok(signed) => {
            let next = own_path(form.get("next")).unwrap_or("/");
            Ok(with_cookie(redirect(next), &session(&app, &guest, &signed)))
        }
        Err(error) => refuse_login(&app, &guest, form, error),
    }
}

fn refuse_login(app: &App, guest: &Guest, form: Form, error: Error) -> Answer {
    let shown = matches!(error, Error::Unauthenticated(_) | Error::Limited { .. } | Error::Invalid(_));
    if !shown {
        return Err(error.into());
    }
    let otp = matches!(error, Error::Unauthenticated(Refusal::OtpRequired | Refusal::OtpWrong));
    let asks = matches!(error, Error::Unauthenticated(Refusal::OtpRequired));
    let told = texts(&error, guest.locale.language);
    let sheet = if asks { Sheet::new(&guest.locale, form) } else { Sheet::refused(&guest.locale, form, told) };
    let mut page = login_page(app, guest, sheet);
    page.otp = otp;
    let status = page_status(&error);
    if let Error::Limited { retry_after } = error {
        page.wait = Some(retry_after);
        let mut response = html_as(status, &page)?;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
        return Ok(response);
    }
    html_as(status, &page)
}

/// The session's cookie; it lives as long as the browser, and the server ends it earlier.
fn session(app: &App, guest: &Guest, signed: &SignedIn) -> String {
    let secure = guest.visit.secure || app.options().tls.is_some();
    let flag = if secure { "; Secure" } else { "" };
    format!("{}={}; Path=/; HttpOnly; SameSite=Lax{flag}", session_cookie(secure), signed.token)
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

async fn sign_out(State(app): State<App>, guest: Guest, waiting: Result<Waiting, crate::error::Fault>) -> Answer {
    let ended = match waiting {
        Ok(Waiting(view)) => view.desk.end_session(&view.caller.session).await,
        Err(_) => Ok(()),
    };
    let secure = guest.visit.secure || app.options().tls.is_some();
    let flag = if secure { "; Secure" } else { "" };
    let gone = format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{flag}", session_cookie(secure));
    let answer = match ended {
        Ok(()) => redirect("/login"),
        // The cookie goes all the same: whoever leaves must not stay signed in on this machine.
        Err(error) => {
            tracing::warn!(request = &*guest.visit.request_id, "a session was not ended: {error}");
            let mut page = login_page(&app, &guest, Sheet::new(&guest.locale, Form::default()));
            page.s.csrf.clear();
            page.half_out = true;
            html_as(page_status(&error), &page)?
        }
    };
    Ok(with_cookie(answer, &gone))
}

#[derive(Template)]
#[template(path = "locked.html")]
pub(super) struct LockedPage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    pub(super) name: String,
    pub(super) next: String,
    pub(super) wait: Option<u32>,
}

async fn lock(Waiting(view): Waiting, form: Form) -> Answer {
    view.desk.lock_screen(&view.caller.session).await?;
    Ok(redirect(&through("/locked", form.get("next"))))
}

async fn locked(waiting: Result<Waiting, crate::error::Fault>, Query(asked): Query<Asked>) -> Answer {
    let Ok(waiting) = waiting else { return Ok(redirect("/login")) };
    let next = asked.next.as_deref().and_then(own_path).unwrap_or("/").to_owned();
    if !waiting.0.caller.screen_locked {
        return Ok(redirect(&next));
    }
    let mut form = Form::default();
    form.push("next", next);
    html(&locked_page(&waiting, Sheet::new(&waiting.0.locale, form)))
}

fn locked_page(waiting: &Waiting, sheet: Sheet) -> LockedPage {
    let next = own_path(sheet.value("next")).unwrap_or("/").to_owned();
    let mut s = waiting.shell(&waiting.0.locale.t("locked"));
    s.path.clone_from(&next);
    LockedPage { s, name: waiting.0.caller.name.clone(), next, sheet, wait: None }
}

async fn unlock(waiting: Waiting, form: Form) -> Answer {
    let view = &waiting.0;
    match view.desk.unlock_screen(&view.caller.session, form.raw("password")).await {
        Ok(()) => Ok(redirect(own_path(form.get("next")).unwrap_or("/"))),
        Err(error @ (Error::Unauthenticated(Refusal::Credentials) | Error::Limited { .. })) => {
            let mut told = texts(&error, view.locale.language);
            told.fields.clear();
            if matches!(error, Error::Unauthenticated(_)) {
                told.detail = view.locale.t("password-wrong");
            }
            let mut page = locked_page(&waiting, Sheet::refused(&view.locale, form, told));
            if let Error::Limited { retry_after } = error {
                page.wait = Some(retry_after);
            }
            html_as(page_status(&error), &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "password.html")]
pub(super) struct PasswordPage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    /// Before anything else: there is no way around.
    pub(super) forced: bool,
}

async fn password(waiting: Result<Waiting, crate::error::Fault>) -> Answer {
    let Ok(waiting) = waiting else { return Ok(redirect("/login")) };
    let sheet = Sheet::new(&waiting.0.locale, Form::default());
    html(&password_page(&waiting, sheet))
}

fn password_page(waiting: &Waiting, sheet: Sheet) -> PasswordPage {
    let shell = waiting.shell(&waiting.0.locale.t("password-change"));
    PasswordPage { s: shell, sheet, forced: waiting.0.caller.must_change_password }
}

async fn change_password(waiting: Waiting, form: Form) -> Answer {
    let view = &waiting.0;
    let language = view.locale.language;
    let (current, new) = (form.raw("current"), form.raw("new"));
    let outcome = if new == form.raw("again") {
        view.desk.change_password(&view.caller.session, current, new).await
    } else {
        let told = Texts {
            code: "invalid",
            title: String::new(),
            detail: view.locale.t("form-look"),
            fields: vec![("again".into(), view.locale.t("password-differs"))],
        };
        let page = password_page(&waiting, Sheet::refused(&view.locale, form, told));
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    match outcome {
        Ok(()) => Ok(redirect("/sessions?done=password")),
        Err(error @ (Error::Invalid(_) | Error::Unauthenticated(Refusal::Credentials))) => {
            let mut told = texts(&error, language);
            if matches!(error, Error::Unauthenticated(_)) {
                told.detail = view.locale.t("form-look");
                told.fields = vec![("current".into(), view.locale.t("password-wrong"))];
            }
            let page = password_page(&waiting, Sheet::refused(&view.locale, Form::default(), told));
            html_as(page_status(&error), &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "terms.html")]
pub(super) struct TermsPage {
    pub(super) s: Shell,
    /// Not yet accepted.
    pub(super) asks: bool,
}

async fn terms(guest: Guest) -> Answer {
    let asks = guest.caller.as_ref().is_some_and(|caller| caller.must_accept_terms);
    html(&TermsPage { s: guest.shell(&guest.locale.t("terms")), asks })
}

async fn accept_terms(Waiting(view): Waiting) -> Answer {
    view.desk.accept_terms().await?;
    Ok(redirect("/"))
}

async fn choose_language(guest: Guest, form: Form) -> Answer {
    let language = Language::from_tag(form.get("language")).unwrap_or_default();
    let back = redirect(own_path(form.get("next")).unwrap_or("/"));
    Ok(with_cookie(back, &preference(COOKIE, language.tag(), &guest)))
}

async fn choose_theme(guest: Guest, form: Form) -> Answer {
    let theme = match form.get("theme") {
        theme @ ("light" | "dark") => theme,
        _ => "system",
    };
    let back = redirect(own_path(form.get("next")).unwrap_or("/"));
    Ok(with_cookie(back, &preference(THEME, theme, &guest)))
}

/// A choice that is no secret, kept for a year.
fn preference(name: &str, value: &str, guest: &Guest) -> String {
    let flag = if guest.visit.secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; SameSite=Lax; Max-Age=31536000{flag}")
}
