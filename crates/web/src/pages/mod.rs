//! The pages: server-rendered, complete without script. One shape: extract, ask the desk, render.

mod audit;
mod banner;
mod charts;
mod conflict;
mod console;
mod diff;
mod emergency;
mod faults;
mod form;
mod history;
mod icons;
mod locale;
mod merge;
mod patients;
mod records;
mod registration;
mod sessions;
mod shell;
mod sign_in;
mod users;
mod writing;

#[cfg(test)]
mod gallery;

use aroeira_clinic::{Error, Role};
use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use crate::context::redirect;
use crate::error::{Answer, Fault};
use crate::routes::{Class, Routes};

pub(crate) use faults::fault;
pub(crate) use icons::icon;
pub(crate) use shell::theme;

use shell::View;

/// Registers every page.
pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = routes.get("/", Class::Read, home);
    let routes = sessions::routes(sign_in::routes(routes));
    let routes = charts::routes(registration::routes(patients::routes(routes)));
    let routes = history::routes(writing::routes(records::routes(routes)));
    console::routes(emergency::routes(audit::routes(users::routes(routes))))
}

/// Each role begins where its work is.
async fn home(view: View) -> Answer {
    Ok(match view.role() {
        Role::Auditor => redirect("/audit"),
        Role::Admin => redirect("/users"),
        Role::Patient => match &view.caller.actor.patient {
            Some(patient) => redirect(&format!("/patients/{patient}")),
            None => redirect("/records"),
        },
        Role::Doctor | Role::Nurse | Role::Reception | Role::System => redirect("/patients"),
    })
}

/// A page as an answer.
fn html(page: &impl Template) -> Answer {
    html_as(StatusCode::OK, page)
}

/// A page with another status: a form that was refused.
fn html_as(status: StatusCode, page: &impl Template) -> Answer {
    match page.render() {
        Ok(text) => Ok((status, Html(text)).into_response()),
        Err(error) => Err(Error::Internal(format!("a template failed: {error}")).into()),
    }
}

/// 303 to a page that says what was done.
fn done(path: &str, what: &str) -> Response {
    redirect(&format!("{path}?done={what}"))
}

/// An id as it may stand in a path; anything else is nothing we know.
fn id(text: &str) -> Result<&str, Fault> {
    let plain =
        !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    if plain { Ok(text) } else { Err(Error::NotFound.into()) }
}

/// Codes with their words, for choices: the text of `code` is that of `prefix-code`.
fn options(locale: &locale::Locale, prefix: &str, codes: &[&str]) -> Vec<(String, String)> {
    codes.iter().map(|code| ((*code).to_owned(), locale.t(&format!("{prefix}-{code}")))).collect()
}

/// The same, with "all" before them.
fn filters(locale: &locale::Locale, prefix: &str, codes: &[&str]) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), locale.t("all"))];
    all.extend(options(locale, prefix, codes));
    all
}

/// What a page was asked with that is no patient's datum.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Asked {
    /// What was just done.
    done: Option<String>,
    /// Whose record is to be written.
    patient: Option<String>,
    /// A path of ours to go back to.
    next: Option<String>,
}

/// Where a list stands: the cursor of this page and those of the pages before it, all posted, never in an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Pager {
    cursor: Option<String>,
    before: Vec<String>,
}

impl Pager {
    /// From a posted form: the button pressed is named `_page` and says `cursor|cursors before`. `-` stands for the first.
    fn of(form: &form::Form) -> Self {
        let (cursor, before) = form.get("_page").split_once('|').unwrap_or_default();
        let before = before.split(' ').filter(|text| !text.is_empty()).take(200).map(str::to_owned).collect();
        Self { cursor: Some(cursor.to_owned()).filter(|cursor| !cursor.is_empty() && cursor != "-"), before }
    }

    /// What the button that leads on says.
    fn next(&self, next: Option<&String>) -> Option<(String, String)> {
        let mut before = self.before.clone();
        before.push(self.cursor.clone().unwrap_or_else(|| "-".into()));
        next.map(|next| (next.clone(), before.join(" ")))
    }

    /// What the button that leads back says.
    fn previous(&self) -> Option<(String, String)> {
        let (last, rest) = self.before.split_last()?;
        Some((last.clone(), rest.join(" ")))
    }

    /// Of the first row on this page, counted from 1.
    fn first(&self, size: usize) -> u64 {
        (self.before.len() * size + 1) as u64
    }
}

/// The foot of a list: which rows of how many, and the buttons that lead on and back.
struct Turning {
    text: String,
    next: Option<(String, String)>,
    previous: Option<(String, String)>,
}

impl Turning {
    /// Of what has no pages.
    fn none() -> Self {
        Self { text: String::new(), next: None, previous: None }
    }

    fn new(
        locale: &locale::Locale,
        pager: &Pager,
        size: usize,
        shown: usize,
        next: Option<&String>,
        total: u64,
    ) -> Self {
        let first = pager.first(size);
        let last = (first + shown as u64).saturating_sub(1);
        let text = locale.language.text_with(
            "rows-of",
            &[
                ("first", &locale.number(first.min(total))),
                ("last", &locale.number(last)),
                ("total", &locale.number(total)),
            ],
        );
        Self { text, next: pager.next(next), previous: pager.previous() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_can_be_walked_there_and_back() {
        let first = Pager::default();
        let (cursor, before) = first.next(Some(&"c2".to_owned())).unwrap();
        let mut form = form::Form::default();
        form.push("_page", format!("{cursor}|{before}"));
        let second = Pager::of(&form);
        assert_eq!((second.cursor.as_deref(), second.first(20)), (Some("c2"), 21));
        let (cursor, before) = second.previous().unwrap();
        let mut form = form::Form::default();
        form.push("_page", format!("{cursor}|{before}"));
        assert_eq!(Pager::of(&form), first);
        assert!(first.previous().is_none() && first.next(None).is_none());
    }

    #[test]
    fn what_is_no_id_is_not_found() {
        assert!(id("0190f3c2-7b9e").is_ok());
        for no in ["", "a/b", "a b", "á", "a?b"] {
            assert!(id(no).is_err(), "{no}");
        }
    }
}
