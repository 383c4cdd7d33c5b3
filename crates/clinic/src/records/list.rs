//! Lists of medical records.

use aroeira_fhir::Instant;
use aroeira_store::{Criterion, Order, Query, Touched, View};

use super::composition::{PRIORITIES, STATUSES, TYPE_SYSTEM, TYPES};
use super::{COMPOSITION, MedicalRecord, Names, RecordQuery};
use crate::access::Action;
use crate::error::Field;
use crate::input::{bound, cursor, limit};
use crate::{Desk, Error, Page, Refusal, Result, Role};

impl Desk {
    /// The records that match; each item masked as its reader needs.
    ///
    /// # Errors
    /// `Invalid` for a wrong parameter, `Denied(HiddenField)` for a search or sort on what the role cannot see.
    pub async fn records(&self, query: RecordQuery) -> Result<Page<MedicalRecord>> {
        self.authorise(Action::Search, COMPOSITION).await?;
        let question = format!("{query:?}");
        let allowed = self.check_visible(&query);
        self.settle(allowed, &[]).await?;
        let query = self.plan_records(&query)?;
        let (page, touched) = self.search(move |desk, view| desk.list_records(view, query.clone())).await?;
        self.searched(&question, touched).await?;
        Ok(page)
    }

    /// One page, confined to what the actor may reach, and what it shows.
    pub(crate) fn list_records(
        &self,
        view: &View<'_>,
        mut query: Query,
    ) -> Result<(Page<MedicalRecord>, Vec<Touched>)> {
        if let Some(patients) = self.confined_to(view, COMPOSITION)? {
            query.criteria.push(Criterion::Patients(patients));
        }
        if self.role() == Role::Patient {
            // Theirs is what speaks of them, not what they signed for somebody else.
            let own = self.context.actor.patient.clone().unwrap_or_default();
            query.criteria.push(Criterion::Reference { param: "patient", kind: "Patient", id: own });
            query.criteria.push(Criterion::WithoutToken { param: "status", code: "preliminary" });
        }
        let hits = view.list(&query).map_err(question_error)?;
        let mut names = Names::default();
        let mut items = Vec::with_capacity(hits.records.len());
        for record in &hits.records {
            items.push(self.view_among(view, record, &mut names)?.value);
        }
        let touched = hits.records.iter().map(|record| crate::desk::touched(record)).collect();
        let next_cursor = hits.next.as_ref().map(cursor::write);
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

    pub(crate) fn plan_records(&self, query: &RecordQuery) -> Result<Query> {
        let mut problems = Vec::new();
        let mut criteria = Vec::new();
        if let Some(patient) = &query.patient_id {
            criteria.push(Criterion::Reference { param: "patient", kind: "Patient", id: patient.clone() });
        }
        let mut token = |asked: &Option<String>,
                         name: &'static str,
                         param,
                         system: Option<&str>,
                         known: &[&'static str]| {
            let Some(asked) = asked else { return };
            match known.iter().find(|word| *word == asked) {
                Some(word) => {
                    let code = if *word == "draft" { "preliminary" } else { word };
                    criteria.push(Criterion::Token { param, system: system.map(str::to_owned), code: code.to_owned() });
                }
                None => problems.push(Field::new(name, "one-of").expecting(known.join(", "))),
            }
        };
        token(&query.priority, "priority", "priority", None, PRIORITIES);
        token(&query.kind, "type", "type", Some(TYPE_SYSTEM), TYPES);
        token(&query.status, "status", "status", None, STATUSES);
        if query.status.as_deref() == Some("final") {
            // An amended record is a final one.
            criteria.pop();
            criteria.push(Criterion::WithoutToken { param: "status", code: "preliminary" });
        }
        let from = self.day(query.from.as_deref(), "from", false, &mut problems);
        let until = self.day(query.to.as_deref(), "to", true, &mut problems);
        if from.is_some() || until.is_some() {
            criteria.push(Criterion::Date { param: "date", from, until });
        }
        if let Some(q) = &query.q {
            match aroeira_store::words(q) {
                Some(words) if q.len() <= 500 => criteria.push(Criterion::Words(words)),
                _ => problems.push(Field::new("q", "query")),
            }
        }
        let sort = query.sort.as_deref().unwrap_or("-date");
        let order = match sort.trim_start_matches('-') {
            "date" => Order::Effective,
            "updated" => Order::Updated,
            "title" => Order::Label,
            "priority" => Order::Ranked("priority", PRIORITIES),
            _ => {
                let known = "date, -date, updated, -updated, title, -title, priority, -priority";
                problems.push(Field::new("sort", "sort").expecting(known));
                Order::Effective
            }
        };
        let limit = limit(query.limit).unwrap_or_else(|error| {
            if let Error::Invalid(mut wrong) = error {
                problems.append(&mut wrong);
            }
            1
        });
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let after = cursor::read(query.cursor.as_deref())?;
        Ok(Query { kind: COMPOSITION, criteria, order, descending: sort.starts_with('-'), limit, after })
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

/// A question the store cannot answer is the asker's mistake.
pub(crate) fn question_error(error: aroeira_store::Error) -> Error {
    match error {
        aroeira_store::Error::Question(text) if text.contains("cursor") => Error::field("cursor", "cursor"),
        aroeira_store::Error::Question(_) => Error::field("q", "query"),
        other => other.into(),
    }
}
