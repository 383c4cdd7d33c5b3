//! Lists of medical records.

use aroeira_fhir::Instant;
use aroeira_fhir::search::{Compare, Filter};
use aroeira_store::{By, Search, Sorting, Touched, View};

use super::composition::{PRIORITIES, STATUSES, TYPE_SYSTEM, TYPES};
use super::{COMPOSITION, MedicalRecord, Names, RecordQuery};
use crate::access::Action;
use crate::error::Field;
use crate::input::bound;
use crate::page::Asked;
use crate::{Desk, Error, Page, Refusal, Result, Role};

impl Desk {
    /// The records that match; each item masked as its reader needs.
    ///
    /// # Errors
    /// `Invalid` for a wrong parameter, `Denied(HiddenField)` for a search or sort on what the role cannot see.
    pub async fn records(&self, query: RecordQuery) -> Result<Page<MedicalRecord>> {
        self.authorise(Action::Search, COMPOSITION).await?;
        let question = query.question();
        let allowed = self.check_visible(&query);
        self.settle(allowed, &[]).await?;
        let search = self.plan_records(&query, &question)?;
        let asked = question.clone();
        let (page, touched) = self.search(move |desk, view| desk.list_records(view, search.clone(), &asked)).await?;
        self.searched(&question, touched).await?;
        Ok(page)
    }

    /// One page, confined to what the actor may reach, and what it shows.
    pub(crate) fn list_records(
        &self,
        view: &View<'_>,
        mut search: Search,
        question: &str,
    ) -> Result<(Page<MedicalRecord>, Vec<Touched>)> {
        search.confines = self.charts_of(view, COMPOSITION)?;
        if self.role() == Role::Patient {
            // Theirs is what speaks of them, not what they signed for somebody else.
            let own = self.context.actor.patient.clone().unwrap_or_default();
            search.filter = Filter::All(vec![search.filter, of_patient(own), no_draft()]);
        }
        let hits = view.find(&search).map_err(question_error)?;
        let mut names = Names::default();
        let mut items = Vec::with_capacity(hits.records.len());
        for record in &hits.records {
            items.push(self.view_among(view, record, &mut names)?.value);
        }
        let touched = hits.records.iter().map(|record| crate::desk::touched(record)).collect();
        let next_cursor = hits.next.map(|ended| self.cursor(question, ended));
        Ok((Page { items, next_cursor, total: hits.total }, touched))
    }

    /// Counts leak: what a role cannot see it cannot look for, sort by or count.
    pub(crate) fn check_visible(&self, query: &RecordQuery) -> Result<()> {
        let sorts_hidden =
            query.sort.as_deref().is_some_and(|sort| matches!(sort.trim_start_matches('-'), "title" | "priority"));
        let hidden = query.q.is_some() || query.priority.is_some() || sorts_hidden;
        if hidden && !self.grant(COMPOSITION).sees_all() {
            return Err(Error::Denied(Refusal::HiddenField));
        }
        Ok(())
    }

    pub(crate) fn plan_records(&self, query: &RecordQuery, question: &str) -> Result<Search> {
        let mut problems = Vec::new();
        let mut filters = Vec::new();
        if let Some(patient) = &query.patient_id {
            filters.push(of_patient(patient.clone()));
        }
        let mut token =
            |asked: &Option<String>, name: &'static str, param, system: Option<&str>, known: &[&'static str]| {
                let Some(asked) = asked else { return };
                match known.iter().find(|word| *word == asked) {
                    Some(word) => {
                        let code = if *word == "draft" { "preliminary" } else { word };
                        let (system, code) = (system.map(str::to_owned), Some(code.to_owned()));
                        filters.push(Filter::Token { param, system, code });
                    }
                    None => problems.push(Field::new(name, "one-of").expecting(known.join(", "))),
                }
            };
        token(&query.priority, "priority", "priority", None, PRIORITIES);
        token(&query.kind, "type", "type", Some(TYPE_SYSTEM), TYPES);
        token(&query.status, "status", "status", None, STATUSES);
        if query.status.as_deref() == Some("final") {
            // An amended record is a final one.
            filters.pop();
            filters.push(no_draft());
        }
        let from = self.day(query.from.as_deref(), "from", false, &mut problems);
        let until = self.day(query.to.as_deref(), "to", true, &mut problems);
        let date = |compare, low, high| Filter::Date { param: "date", compare, low, high };
        match (from, until) {
            (Some(from), Some(until)) => filters.push(date(Compare::Approximately, from, until)),
            (Some(from), None) => filters.push(date(Compare::Greater, from, from)),
            (None, Some(until)) => filters.push(date(Compare::Less, until, until)),
            (None, None) => {}
        }
        if let Some(q) = &query.q {
            match aroeira_store::words(q) {
                Some(_) if q.len() <= 500 => filters.push(Filter::Content { words: q.clone(), narrative: false }),
                _ => problems.push(Field::new("q", "query")),
            }
        }
        let sort = query.sort.as_deref().unwrap_or("-date");
        let by = match sort.trim_start_matches('-') {
            "date" => By::Effective,
            "updated" => By::Updated,
            "title" => By::Label,
            "priority" => By::Ranked("priority", PRIORITIES),
            _ => {
                let known = "date, -date, updated, -updated, title, -title, priority, -priority";
                problems.push(Field::new("sort", "sort").expecting(known));
                By::Effective
            }
        };
        let sorting = Sorting { by, descending: sort.starts_with('-') };
        let asked = Asked { question, limit: query.limit, cursor: query.cursor.as_deref() };
        self.list(COMPOSITION, filters, sorting, asked, problems)
    }

    pub(crate) fn day(
        &self,
        text: Option<&str>,
        name: &'static str,
        end: bool,
        problems: &mut Vec<Field>,
    ) -> Option<Instant> {
        let text = text?;
        let bound = bound(text, self.clinic.zone(), end);
        if bound.is_none() {
            problems.push(Field::new(name, "date"));
        }
        bound
    }
}

impl RecordQuery {
    /// What is asked, whatever page of it.
    pub(crate) fn question(&self) -> String {
        format!("{:?}", Self { limit: None, cursor: None, ..self.clone() })
    }
}

fn of_patient(id: String) -> Filter {
    Filter::Reference { param: "patient", kind: Some("Patient".to_owned()), id }
}

fn no_draft() -> Filter {
    let draft = Filter::Token { param: "status", system: None, code: Some("preliminary".to_owned()) };
    Filter::Not(Box::new(draft))
}

/// A question the store cannot answer is the asker's mistake.
pub(crate) fn question_error(error: aroeira_store::Error) -> Error {
    match error {
        aroeira_store::Error::Question(text) if text.contains("cursor") => Error::field("cursor", "cursor"),
        aroeira_store::Error::Question(_) => Error::field("q", "query"),
        other => other.into(),
    }
}
