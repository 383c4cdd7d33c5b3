//! A medical record as the text that `/api` answers with. What one doctor reads another reads soon after: to whoever sees all
//! of it, the text is given as it was written, for as long as the version stands and its people are called as they were.

use std::sync::Arc;

use aroeira_store::{Record, View};
use parking_lot::Mutex;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::{COMPOSITION, MedicalRecord, composition};
use crate::desk::{Desk, parse};
use crate::{Error, Result, Seen};

/// A medical record as JSON, in the shape of [`MedicalRecord`].
#[derive(Debug, Clone)]
pub struct RecordText(Arc<Written>);

#[derive(Debug)]
struct Written {
    patient_name: String,
    author_name: String,
    json: Box<RawValue>,
}

impl Serialize for RecordText {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.0.json.serialize(serializer)
    }
}

/// What is made of a record's bytes.
pub(super) struct Remembered {
    /// Without names: those change when somebody is called otherwise.
    pub(super) view: MedicalRecord,
    text: Mutex<Option<RecordText>>,
}

impl Remembered {
    pub(super) fn of(record: &Record) -> Result<Arc<Self>> {
        record.made(|| {
            let view = composition::view(&record.id, record.version, record.updated, &parse(&record.body)?);
            Ok(Self { view, text: Mutex::default() })
        })
    }
}

impl Desk {
    pub(super) fn text_of(&self, view: &View<'_>, record: &Record) -> Result<Seen<RecordText>> {
        if !self.grant(COMPOSITION).sees_all() {
            let seen = self.view_record(view, record)?;
            let text = RecordText::write(&seen.value)?;
            return Ok(Seen { value: text, version: seen.version, updated: seen.updated, masked: seen.masked });
        }
        let remembered = Remembered::of(record)?;
        let bare = &remembered.view;
        let patient_name = view.label("Patient", &bare.patient_id)?.unwrap_or_default();
        let author_name = Self::name_of(view, &bare.author_id)?;
        let kept = remembered.text.lock().clone();
        let named = |text: &RecordText| text.0.patient_name == patient_name && text.0.author_name == author_name;
        let value = match kept.filter(named) {
            Some(text) => text,
            None => {
                let text = RecordText::write(&MedicalRecord { patient_name, author_name, ..bare.clone() })?;
                *remembered.text.lock() = Some(text.clone());
                text
            }
        };
        Ok(Seen { value, version: bare.version, updated: bare.updated_at, masked: Vec::new() })
    }
}

impl RecordText {
    fn write(record: &MedicalRecord) -> Result<Self> {
        let json = to_raw_value(record).map_err(|error| Error::Internal(error.to_string()))?;
        let (patient_name, author_name) = (record.patient_name.clone(), record.author_name.clone());
        Ok(Self(Arc::new(Written { patient_name, author_name, json })))
    }
}
