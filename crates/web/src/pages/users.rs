//! Accounts: the list, the form, a new password told once, and switching an account off and on.

use aroeira_clinic::{Error, Input, Precondition, Role, User, UserQuery};
use askama::Template;
use axum::extract::{Path, Query};
use http::StatusCode;
use serde_json::json;

use crate::error::{Answer, page_status, texts};
use crate::routes::{Class, Routes};

use super::form::{Form, Sheet};
use super::locale::{Locale, When};
use super::shell::{Shell, View};
use super::{Asked, Pager, Turning, done, html, html_as, id};

const SIZE: u32 = 50;

/// Registers the pages of accounts.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/users", Class::Read, list)
        .post("/users", Class::Read, search)
        .get("/users/new", Class::Read, new)
        .post("/users/new", Class::Write, create)
        .get("/users/{id}", Class::Read, edit)
        .post("/users/{id}", Class::Write, amend)
        .post("/users/{id}/password", Class::Write, reset)
        .post("/users/{id}/active", Class::Write, switch)
}

/// A row of the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: String,
    pub(super) council: String,
    pub(super) active: bool,
    pub(super) locked: bool,
    pub(super) totp: bool,
    pub(super) last: Option<When>,
}

impl Row {
    pub(super) fn new(locale: &Locale, user: &User) -> Self {
        Self {
            id: user.id.clone(),
            name: user.name.clone(),
            email: user.email.clone(),
            role: locale.t(&format!("role-{}", user.role.code())),
            council: user.council.clone().unwrap_or_default(),
            active: user.active,
            locked: user.locked_until.is_some_and(|until| until > locale.now),
            totp: user.totp,
            last: user.last_login_at.map(|at| locale.when(at)),
        }
    }
}

#[derive(Template)]
#[template(path = "users.html", blocks = ["rows"])]
pub(super) struct UsersPage {
    pub(super) s: Shell,
    pub(super) q: String,
    pub(super) rows: Vec<Row>,
    pub(super) turning: Turning,
    pub(super) may_edit: bool,
}

async fn list(view: View, Query(asked): Query<Asked>) -> Answer {
    shown(&view, &Form::default(), asked.done.as_deref()).await
}

async fn search(view: View, form: Form) -> Answer {
    shown(&view, &form, None).await
}

async fn shown(view: &View, form: &Form, told: Option<&str>) -> Answer {
    let pager = Pager::of(form);
    let query = UserQuery { q: form.opt("q"), limit: Some(SIZE), cursor: pager.cursor.clone() };
    let page = view.desk.users(query).await?;
    let locale = &view.locale;
    let mut s = view.shell("/users", &locale.t("tab-users")).await;
    s.after(told, "");
    let page = UsersPage {
        q: form.get("q").to_owned(),
        rows: page.items.iter().map(|user| Row::new(locale, user)).collect(),
        turning: Turning::new(locale, &pager, SIZE as usize, page.items.len(), page.next_cursor.as_ref(), page.total),
        may_edit: view.role() == Role::Admin,
        s,
    };
    if view.part { html(&page.as_rows()) } else { html(&page) }
}

#[derive(Template)]
#[template(path = "user-form.html")]
pub(super) struct UserPage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    pub(super) id: Option<String>,
    pub(super) row: Option<Row>,
    pub(super) roles: Vec<(String, String)>,
    /// Nobody changes their own role or switches themselves off.
    pub(super) own: bool,
}

fn roles(locale: &Locale) -> Vec<(String, String)> {
    let one = |role: Role| (role.code().to_owned(), locale.t(&format!("role-{}", role.code())));
    [Role::Doctor, Role::Nurse, Role::Reception, Role::Admin, Role::Auditor, Role::Patient].map(one).to_vec()
}

impl UserPage {
    pub(super) fn new(s: Shell, sheet: Sheet, user: Option<&User>, own: bool) -> Self {
        let locale = s.locale.clone();
        Self {
            id: user.map(|user| user.id.clone()),
            row: user.map(|user| Row::new(&locale, user)),
            roles: roles(&locale),
            own,
            s,
            sheet,
        }
    }
}

async fn new(view: View) -> Answer {
    if view.role() != Role::Admin {
        return Err(Error::Denied(aroeira_clinic::Refusal::Role).into());
    }
    let mut form = Form::default();
    form.push("role", "DOCTOR");
    let s = view.shell("/users", &view.locale.t("user-new")).await;
    html(&UserPage::new(s, Sheet::new(&view.locale, form), None, false))
}

/// A password that is told once.
#[derive(Template)]
#[template(path = "user-password.html")]
pub(super) struct PasswordPage {
    pub(super) s: Shell,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) password: String,
}

async fn told_once(view: &View, user: &User, password: String) -> Answer {
    let s = view.shell("/users", &view.locale.t("user-password")).await;
    html(&PasswordPage { s, name: user.name.clone(), email: user.email.clone(), password })
}

async fn create(view: View, form: Form) -> Answer {
    let mut body = json!({"email": form.get("email"), "name": form.get("name"), "role": form.get("role")});
    for name in ["council", "patientId"] {
        if let Some(value) = form.opt(name) {
            body[name] = value.into();
        }
    }
    match view.desk.create_user(Input::Json(body)).await {
        Ok((seen, Some(password))) => told_once(&view, &seen.value, password).await,
        Ok((_, None)) => Ok(done("/users", "user-saved")),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let s = view.shell("/users", &view.locale.t("user-new")).await;
            let sheet = Sheet::refused(&view.locale, form, texts(&error, view.locale.language));
            html_as(page_status(&error), &UserPage::new(s, sheet, None, false))
        }
        Err(error) => Err(error.into()),
    }
}

async fn edit(view: View, Path(user): Path<String>) -> Answer {
    let user = view.desk.user(id(&user)?).await?.value;
    let sheet = Sheet::new(&view.locale, filled(&user));
    editor(&view, &user, sheet, StatusCode::OK).await
}

/// The form of an account as it is.
pub(super) fn filled(user: &User) -> Form {
    let mut form = Form::default();
    form.push("version", user.version.to_string())
        .push("name", &*user.name)
        .push("email", &*user.email)
        .push("role", user.role.code())
        .push("council", user.council.clone().unwrap_or_default());
    form
}

async fn editor(view: &View, user: &User, sheet: Sheet, status: StatusCode) -> Answer {
    let s = view.shell("/users", &view.locale.t("user-edit")).await;
    html_as(status, &UserPage::new(s, sheet, Some(user), user.id == view.caller.actor.user))
}

async fn amend(view: View, Path(user): Path<String>, form: Form) -> Answer {
    let mut body = json!({"name": form.get("name")});
    for name in ["role", "council"] {
        if let Some(value) = form.opt(name) {
            body[name] = value.into();
        }
    }
    change(&view, id(&user)?, form, body).await
}

async fn switch(view: View, Path(user): Path<String>, form: Form) -> Answer {
    let body = json!({"active": form.get("active") == "yes"});
    change(&view, id(&user)?, form, body).await
}

async fn change(view: &View, user: &str, form: Form, body: serde_json::Value) -> Answer {
    let precondition = form.get("version").parse().map_or(Precondition::None, Precondition::Version);
    match view.desk.amend_user(user, precondition, Input::Json(body)).await {
        Ok(_) => Ok(done("/users", "user-saved")),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let now = view.desk.user(user).await?.value;
            let mut form = form;
            form.set("version", &now.version.to_string());
            let sheet = Sheet::refused(&view.locale, form, texts(&error, view.locale.language));
            editor(view, &now, sheet, page_status(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn reset(view: View, Path(user): Path<String>, form: Form) -> Answer {
    let user = id(&user)?;
    let password = view.desk.reset_password(user, form.get("totp") == "drop").await?;
    let user = view.desk.user(user).await?.value;
    told_once(&view, &user, password).await
}

/// Accounts for tests and for the gallery.
#[cfg(test)]
pub(super) fn samples() -> Vec<User> {
    let user = |id: &str, name: &str, email: &str, role: Role, council: Option<&str>, active: bool| User {
        id: id.into(),
        version: 1,
        email: email.into(),
        name: name.into(),
        role,
        council: council.map(str::to_owned),
        patient_id: None,
        active,
        locked_until: (id == "u3").then(|| "2026-11-21T18:00:00Z".parse().expect("an instant")),
        totp: role == Role::Admin,
        must_change_password: false,
        last_login_at: active.then(|| "2026-11-21T11:05:00Z".parse().expect("an instant")),
        updated_at: "2026-11-01T11:05:00Z".parse().expect("an instant"),
    };
    vec![
        user("u1", "Otávio Lemos", "admin@demo", Role::Admin, None, true),
        user("u2", "Dra. Helena Prado", "medica@demo", Role::Doctor, Some("CRM-SP 123456"), true),
        user("u3", "Joana Meireles", "recepcao@demo", Role::Reception, None, true),
        user("u4", "Enf. Caio Batista", "enfermagem@demo", Role::Nurse, Some("COREN-SP 654321"), false),
        user("u5", "Cecília Rangel", "auditoria@demo", Role::Auditor, None, true),
    ]
}
