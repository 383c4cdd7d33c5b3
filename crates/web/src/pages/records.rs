//! The list of medical records: filters, full text, order and paging. What is looked for is posted, never in an address.

use aroeira_clinic::{Action, Error, RecordQuery, Role, access};
use askama::Template;
use axum::extract::Query;

use crate::error::{Answer, texts};
use crate::routes::{Class, Routes};

use super::charts::{Entry, RECORD};
use super::form::{Form, Sheet};
use super::locale::Locale;
use super::shell::{Shell, View};
use super::{Asked, Pager, Turning, filters, html};

const SIZE: u32 = 25;

pub(super) const KINDS: &[&str] =
    &["consultation", "return", "exam", "procedure", "hospitalization", "telemedicine", "other"];
pub(super) const PRIORITIES: &[&str] = &["CRITICAL", "HIGH", "NORMAL", "LOW"];

/// Registers the list.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/records", Class::Read, list).post("/records", Class::Read, search)
}

#[derive(Template)]
#[template(path = "records.html", blocks = ["rows"])]
pub(super) struct RecordsPage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    pub(super) rows: Vec<Entry>,
    pub(super) turning: Turning,
    pub(super) kinds: Vec<(String, String)>,
    pub(super) priorities: Vec<(String, String)>,
    pub(super) statuses: Vec<(String, String)>,
    pub(super) sorts: Vec<(String, String)>,
    /// The reader sees clinical fields, and so may filter by them.
    pub(super) clinical: bool,
    pub(super) filtered: bool,
}

/// Names of the fields that narrow the list.
const FILTERS: &[&str] = &["q", "kind", "priority", "status", "from", "to"];

impl RecordsPage {
    pub(super) fn new(s: Shell, sheet: Sheet, rows: Vec<Entry>, turning: Turning, clinical: bool) -> Self {
        let locale = s.locale.clone();
        Self {
            kinds: filters(&locale, "kind", KINDS),
            priorities: filters(&locale, "priority", PRIORITIES),
            statuses: filters(&locale, "status", &["draft", "final"]),
            sorts: sorts(&locale, clinical),
            filtered: FILTERS.iter().any(|name| !sheet.value(name).is_empty()),
            s,
            sheet,
            rows,
            turning,
            clinical,
        }
    }
}

fn sorts(locale: &Locale, clinical: bool) -> Vec<(String, String)> {
    let all = [
        ("-date", "sort-newest", false),
        ("date", "sort-first", false),
        ("-updated", "sort-updated", false),
        ("-priority", "sort-priority", true),
        ("title", "sort-title", true),
    ];
    let shown = all.into_iter().filter(|(_, _, hidden)| clinical || !hidden);
    shown.map(|(code, key, _)| (code.to_owned(), locale.t(key))).collect()
}

async fn list(view: View, Query(asked): Query<Asked>) -> Answer {
    shown(&view, Form::default(), asked.done.as_deref()).await
}

async fn search(view: View, form: Form) -> Answer {
    shown(&view, form, None).await
}

async fn shown(view: &View, form: Form, told: Option<&str>) -> Answer {
    let clinical = access::grant(view.role(), RECORD).sees_all();
    let pager = Pager::of(&form);
    let day = |name: &str| form.opt(name).map(|text| Locale::typed_day(&text));
    let query = RecordQuery {
        q: form.opt("q").filter(|_| clinical),
        kind: form.opt("kind"),
        priority: form.opt("priority").filter(|_| clinical),
        status: form.opt("status"),
        from: day("from"),
        to: day("to"),
        sort: form.opt("sort"),
        limit: Some(SIZE),
        cursor: pager.cursor.clone(),
        ..RecordQuery::default()
    };
    let locale = &view.locale;
    let (page, sheet) = match view.desk.records(query).await {
        Ok(page) => (page, Sheet::new(locale, form)),
        Err(error @ Error::Invalid(_)) => {
            let none = aroeira_clinic::Page { items: Vec::new(), next_cursor: None, total: 0 };
            (none, Sheet::refused(locale, form, texts(&error, locale.language)))
        }
        Err(error) => return Err(error.into()),
    };
    let mut s = view.shell("/records", &locale.t("tab-records")).await;
    s.after(told, "");
    let turning = Turning::new(locale, &pager, SIZE as usize, page.items.len(), page.next_cursor.as_ref(), page.total);
    let rows = page.items.iter().map(|record| Entry::new(locale, record)).collect();
    let page = RecordsPage::new(s, sheet, rows, turning, clinical);
    if view.part { html(&page.as_rows()) } else { html(&page) }
}

/// Whether a role writes records at all.
pub(super) fn writes(role: Role) -> bool {
    access::allows(role, Action::Create, RECORD)
}
