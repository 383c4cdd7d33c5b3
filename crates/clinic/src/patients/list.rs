//! Finding patients: by part of a name, a CPF or CNS in any format, or a birth date.

use aroeira_fhir::{brazil, text};
use aroeira_store::{Criterion, Order, Query};

use super::{PATIENT, Patient, PatientQuery};
use crate::access::Action;
use crate::error::Field;
use crate::input::{bound, brazilian_date, cursor, limit};
use crate::records::question_error;
use crate::{Desk, Error, Page, Refusal, Result};

impl Desk {
    /// The patients that match.
    ///
    /// # Errors
    /// `Invalid`, `Denied`.
    pub async fn patients(&self, query: PatientQuery) -> Result<Page<Patient>> {
        self.authorise(Action::Search, PATIENT).await?;
        let question = format!("{query:?}");
        let planned = self.plan_patients(&query);
        let query = self.settle(planned, &[]).await?;
        let (page, touched) = self
            .search(move |desk, view| {
                let mut query = query.clone();
                if let Some(patients) = desk.confined_to(view, PATIENT)? {
                    query.criteria.push(Criterion::Patients(patients));
                }
                let hits = view.list(&query).map_err(question_error)?;
                let items = desk.view_patients(view, &hits.records)?;
                let touched = hits.records.iter().map(|record| crate::desk::touched(record)).collect();
                let next_cursor = hits.next.as_ref().map(cursor::write);
                Ok((Page { items, next_cursor, total: hits.total }, touched))
            })
            .await?;
        self.searched(&question, touched).await?;
        Ok(page)
    }

    fn plan_patients(&self, query: &PatientQuery) -> Result<Query> {
        let mut criteria = Vec::new();
        let mut problems = Vec::new();
        if let Some(q) = query.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
            if q.len() > 200 {
                problems.push(Field::new("q", "too-long").expecting("200"));
            } else {
                self.find_by(q, &mut criteria)?;
            }
        }
        let sort = query.sort.as_deref().unwrap_or("name");
        let order = match sort.trim_start_matches('-') {
            "name" => Order::Label,
            "updated" => Order::Updated,
            "birthDate" => Order::Effective,
            _ => {
                problems.push(
                    Field::new("sort", "sort").expecting("name, -name, birthDate, -birthDate, updated, -updated"),
                );
                Order::Label
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
        Ok(Query { kind: PATIENT, criteria, order, descending: sort.starts_with('-'), limit, after })
    }

    /// What was typed is a date, a document or words of a name.
    fn find_by(&self, q: &str, criteria: &mut Vec<Criterion>) -> Result<()> {
        let iso = brazilian_date(q).unwrap_or_else(|| q.to_owned());
        if iso.len() == 10 && iso.as_bytes().get(4) == Some(&b'-') {
            let zone = self.clinic.zone();
            if let (Some(from), Some(until)) = (bound(&iso, zone, false), bound(&iso, zone, true)) {
                criteria.push(Criterion::Date { param: "birthdate", from: Some(from), until: Some(until) });
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
            criteria.push(Criterion::Token { param: "identifier", system: Some(system.to_owned()), code: digits });
            return Ok(());
        }
        for word in text::fold(q).split(' ').filter(|word| !word.is_empty()).take(8) {
            criteria.push(Criterion::Prefix { param: "name", value: word.to_owned() });
        }
        Ok(())
    }
}
