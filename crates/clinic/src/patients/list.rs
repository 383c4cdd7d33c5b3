//! Finding patients: by part of a name, a CPF or CNS in any format, or a birth date.

use aroeira_fhir::search::{Compare, Filter, Words};
use aroeira_fhir::{brazil, text};
use aroeira_store::{By, Search, Sorting};

use super::{PATIENT, Patient, PatientQuery};
use crate::access::Action;
use crate::error::Field;
use crate::input::{bound, brazilian_date};
use crate::page::Asked;
use crate::records::question_error;
use crate::{Desk, Error, Page, Refusal, Result};

impl PatientQuery {
    /// What is asked, whatever page of it.
    fn question(&self) -> String {
        format!("{:?}", Self { limit: None, cursor: None, ..self.clone() })
    }
}

impl Desk {
    /// The patients that match.
    ///
    /// # Errors
    /// `Invalid`, `Denied`.
    pub async fn patients(&self, query: PatientQuery) -> Result<Page<Patient>> {
        self.authorise(Action::Search, PATIENT).await?;
        let question = query.question();
        let planned = self.plan_patients(&query, &question);
        let search = self.settle(planned, &[]).await?;
        let asked = question.clone();
        let (page, touched) = self
            .search(move |desk, view| {
                let confines = desk.charts_of(view, PATIENT)?;
                let found = view.find(&Search { confines, ..search.clone() }).map_err(question_error)?;
                let items = desk.view_patients(view, &found.records)?;
                let touched = found.records.iter().map(|record| crate::desk::touched(record)).collect();
                let next_cursor = found.next.map(|ended| desk.cursor(&asked, ended));
                Ok((Page { items, next_cursor, total: found.total }, touched))
            })
            .await?;
        self.searched(&question, touched).await?;
        Ok(page)
    }

    fn plan_patients(&self, query: &PatientQuery, question: &str) -> Result<Search> {
        let mut filters = Vec::new();
        let mut problems = Vec::new();
        if let Some(q) = query.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
            if q.len() > 200 {
                problems.push(Field::new("q", "too-long").expecting("200"));
            } else {
                self.find_by(q, &mut filters)?;
            }
        }
        let sort = query.sort.as_deref().unwrap_or("name");
        let by = match sort.trim_start_matches('-') {
            "name" => By::Label,
            "updated" => By::Updated,
            "birthDate" => By::Effective,
            _ => {
                problems.push(
                    Field::new("sort", "sort").expecting("name, -name, birthDate, -birthDate, updated, -updated"),
                );
                By::Label
            }
        };
        let sorting = Sorting { by, descending: sort.starts_with('-') };
        let asked = Asked { question, limit: query.limit, cursor: query.cursor.as_deref() };
        self.list(PATIENT, filters, sorting, asked, problems)
    }

    /// What was typed is a date, a document or words of a name.
    fn find_by(&self, q: &str, filters: &mut Vec<Filter>) -> Result<()> {
        let iso = brazilian_date(q).unwrap_or_else(|| q.to_owned());
        if iso.len() == 10 && iso.as_bytes().get(4) == Some(&b'-') {
            let zone = self.clinic.zone();
            if let (Some(from), Some(until)) = (bound(&iso, zone, false), bound(&iso, zone, true)) {
                filters.push(Filter::Date {
                    param: "birthdate",
                    compare: Compare::Approximately,
                    low: from,
                    high: until,
                });
                return Ok(());
            }
        }
        let digits: String = q.chars().filter(char::is_ascii_digit).collect();
        if !digits.is_empty() && q.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | ' ' | '/' | '*')) {
            // Who cannot read a CPF cannot look for one either.
            if !self.grant(PATIENT).full_cpf && digits.len() != 15 {
                return Err(Error::Denied(Refusal::HiddenField));
            }
            let system = if digits.len() == 15 { brazil::CNS_SYSTEM } else { brazil::CPF_SYSTEM };
            filters.push(Filter::Token { param: "identifier", system: Some(system.to_owned()), code: Some(digits) });
            return Ok(());
        }
        for word in text::fold(q).split(' ').filter(|word| !word.is_empty()).take(8) {
            filters.push(Filter::Text { param: "name", how: Words::Begins, value: word.to_owned() });
        }
        Ok(())
    }
}
