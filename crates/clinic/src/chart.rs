//! A patient's chart: banner and timeline in one look, and one journal entry for it.

use aroeira_store::Event;

use crate::access::Action;
use crate::desk::touched;
use crate::{Desk, MedicalRecord, Page, Patient, RecordQuery, Result, Seen};

/// What the first screen of a chart shows.
#[derive(Debug, Clone)]
pub struct Chart {
    /// The banner.
    pub patient: Seen<Patient>,
    /// The newest records first.
    pub timeline: Page<MedicalRecord>,
}

/// A record as it goes on paper.
#[derive(Debug, Clone)]
pub struct Printout {
    /// What is printed.
    pub record: Seen<MedicalRecord>,
    /// Whom it is about.
    pub patient: Seen<Patient>,
    /// The author's council, number and state (`CRM-SP 123456`), where they have one. It is public, whoever prints.
    pub council: Option<String>,
}

impl Desk {
    /// The chart of a patient; `query.patient_id` is set to the patient.
    ///
    /// # Errors
    /// `NotFound`, `Gone`, `Denied(NotInCare)`.
    pub async fn chart(&self, patient: &str, mut query: RecordQuery) -> Result<Chart> {
        self.authorise(Action::Read, "Patient").await?;
        self.authorise(Action::Search, "Composition").await?;
        let allowed = self.check_visible(&query);
        self.settle(allowed, &[]).await?;
        query.patient_id = Some(patient.to_owned());
        let question = query.question();
        let plan = self.plan_records(&query, &question)?;
        let id = patient.to_owned();
        let found = self
            .search(move |desk, view| {
                let record = desk.fetch(view, "Patient", &id)?;
                desk.in_care_of_any(view, std::slice::from_ref(&id))?;
                let seen = desk.view_patient(view, &record)?;
                let (timeline, mut records) = desk.list_records(view, plan.clone(), &question)?;
                records.insert(0, touched(&record));
                Ok((Chart { patient: seen, timeline }, records))
            })
            .await;
        let (chart, records) = self.settle(found, &[("Patient", patient)]).await?;
        let mut entry = self.entry(Event::Read);
        entry.records = records;
        self.clinic.store.append(entry).await?;
        Ok(chart)
    }

    /// A record under its patient's banner: what the pages of one record show.
    ///
    /// # Errors
    /// As [`Desk::record`].
    pub async fn record_in_chart(&self, id: &str) -> Result<(Seen<MedicalRecord>, Seen<Patient>)> {
        let paper = self.under_banner(id, Event::Read).await?;
        Ok((paper.record, paper.patient))
    }

    /// A record for paper, under its author's name and council; journalled as a print.
    ///
    /// # Errors
    /// As [`Desk::record`].
    pub async fn print_record(&self, id: &str) -> Result<Printout> {
        self.under_banner(id, Event::Print).await
    }

    async fn under_banner(&self, id: &str, event: Event) -> Result<Printout> {
        self.authorise(Action::Read, "Composition").await?;
        self.authorise(Action::Read, "Patient").await?;
        let found = self.look(|view| {
            let record = self.fetch(view, "Composition", id)?;
            let seen = self.view_record(view, &record)?;
            let patient = self.fetch(view, "Patient", &seen.value.patient_id)?;
            let banner = self.view_patient(view, &patient)?;
            let council = Self::council_of(view, &seen.value.author_id)?;
            Ok((record, patient, Printout { record: seen, patient: banner, council }))
        });
        let (record, patient, paper) = self.settle(found, &[("Composition", id)]).await?;
        self.saw(event, &[&record, &patient]).await?;
        Ok(paper)
    }
}
