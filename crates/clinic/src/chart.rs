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
        let plan = self.plan_records(&query)?;
        let id = patient.to_owned();
        let found = self
            .search(move |desk, view| {
                let record = desk.fetch(view, "Patient", &id)?;
                desk.in_care_of_any(view, std::slice::from_ref(&id))?;
                let seen = desk.view_patient(view, &record)?;
                let (timeline, mut records) = desk.list_records(view, plan.clone())?;
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

    /// A record under its patient's banner: what the pages of one record show. `print` journals it as a print.
    ///
    /// # Errors
    /// As [`Desk::record`].
    pub async fn record_in_chart(&self, id: &str, print: bool) -> Result<(Seen<MedicalRecord>, Seen<Patient>)> {
        self.authorise(Action::Read, "Composition").await?;
        self.authorise(Action::Read, "Patient").await?;
        let found = self.look(|view| {
            let record = self.fetch(view, "Composition", id)?;
            let seen = self.view_record(view, &record)?;
            let patient = self.fetch(view, "Patient", &seen.value.patient_id)?;
            let banner = self.view_patient(view, &patient)?;
            Ok((record, seen, patient, banner))
        });
        let (record, seen, patient, banner) = self.settle(found, &[("Composition", id)]).await?;
        self.saw(if print { Event::Print } else { Event::Read }, &[&record, &patient]).await?;
        Ok((seen, banner))
    }
}
