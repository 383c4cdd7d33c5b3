//! `Patient/$match`: who of the clinic's patients somebody may be. What a role cannot search by neither finds nor counts.

use std::collections::HashSet;
use std::sync::Arc;

use aroeira_fhir::Period;
use aroeira_fhir::brazil::CPF_SYSTEM;
use aroeira_fhir::matching::{Grade, Person, SOUNDS, Word, ends, near_dates, phone_forms};
use aroeira_fhir::search::{Compare, Filter};
use aroeira_store::{Record, Search, View};
use serde_json::{Map, Value};

use super::Served;
use super::search::question_error;
use crate::access::Action;
use crate::desk::{parse, touched};
use crate::{Desk, Error, Result};

const PATIENT: &str = "Patient";
/// Records that are looked at for one question about them.
const CANDIDATES: u32 = 200;
/// Names of the person sought that are asked about.
const NAMES: usize = 3;
/// Matches of an answer, and the most.
const COUNT: usize = 10;
const MOST: usize = 100;

/// A patient that somebody may be.
#[derive(Debug, Clone)]
pub struct Match {
    /// As its reader sees it.
    pub served: Served,
    /// From 0 to 1.
    pub score: f64,
    /// How sure that is.
    pub grade: Grade,
}

impl Desk {
    /// `Patient/$match` (R4, patient-operation-match): the patients that the person described may be, the likeliest first.
    /// `only_certain` answers one, or none where it is not certain or several are. `count` is 10 where nobody says, and 100
    /// at most.
    ///
    /// # Errors
    /// `Denied`; `Invalid` where there is nothing to tell a person by.
    pub async fn fhir_match(
        &self,
        described: &Map<String, Value>,
        only_certain: bool,
        count: Option<usize>,
    ) -> Result<Vec<Match>> {
        self.authorise_fhir(Action::Search, PATIENT).await?;
        let mut sought = Person::read(described);
        if sought.is_empty() {
            return Err(Error::field("resource", "required"));
        }
        self.hide(&mut sought);
        let question = format!("Patient/$match?{sought:?}&{only_certain}");
        let count = count.unwrap_or(COUNT).min(MOST);
        let (found, shown) = self
            .search(move |desk, view| {
                let mut ranked = desk.ranked(view, &sought)?;
                if only_certain {
                    ranked.retain(|(score, _)| Grade::of(*score) == Grade::Certain);
                    if ranked.len() > 1 {
                        ranked.clear();
                    }
                }
                ranked.truncate(count);
                let serve = |(score, record): &(f64, Arc<Record>)| {
                    let grant = desk.narrowed(view, desk.grant(PATIENT), PATIENT, &record.id)?;
                    Ok(Match { served: Served::new(record, &grant)?, score: *score, grade: Grade::of(*score) })
                };
                let found = ranked.iter().map(serve).collect::<Result<Vec<_>>>()?;
                Ok((found, ranked.iter().map(|(_, record)| touched(record)).collect::<Vec<_>>()))
            })
            .await?;
        self.searched(&question, shown).await?;
        Ok(found)
    }

    /// Takes out what this actor could not search by.
    fn hide(&self, sought: &mut Person) {
        let sees = |param: &str| self.sees_parameter(PATIENT, param);
        if !sees("name") {
            sought.names.clear();
        }
        if !sees("birthdate") {
            sought.birth = None;
        }
        if !sees("gender") {
            sought.gender = None;
        }
        if !sees("identifier") {
            sought.cpfs.clear();
        }
        if !sees("phone") {
            sought.phones.clear();
        }
    }

    /// Those that may be meant, the likeliest first; of equal ones, those that were there first.
    fn ranked(&self, view: &View<'_>, sought: &Person) -> Result<Vec<(f64, Arc<Record>)>> {
        let confines = self.confines(view)?;
        let (mut seen, mut ranked) = (HashSet::new(), Vec::new());
        for filter in self.questions(sought) {
            let search = Search {
                kind: PATIENT.to_owned(),
                filter,
                confines: confines.clone(),
                sort: Vec::new(),
                limit: CANDIDATES,
                counted: false,
                explained: false,
                after: None,
            };
            for record in view.find(&search).map_err(question_error)?.records {
                if !seen.insert(record.id.clone()) || !self.is_within_reach(view, &record)? {
                    continue;
                }
                let score = sought.score(&Person::read(parse(&record.body)?.as_value()));
                if Grade::of(score) != Grade::CertainlyNot {
                    ranked.push((score, record));
                }
            }
        }
        ranked.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.id.cmp(&b.id)));
        Ok(ranked)
    }

    /// What is asked of the index, the surest first: each question is answered from few rows.
    fn questions(&self, sought: &Person) -> Vec<Filter> {
        let mut questions = Vec::new();
        if !sought.cpfs.is_empty() {
            let codes = sought.cpfs.iter().map(|cpf| (CPF_SYSTEM.to_owned(), cpf.clone())).collect();
            questions.push(Filter::Tokens { param: "identifier", codes });
        }
        if !sought.phones.is_empty() {
            let forms = sought.phones.iter().flat_map(|phone| phone_forms(phone));
            questions.push(Filter::Tokens { param: "phone", codes: forms.map(|form| (String::new(), form)).collect() });
        }
        let born = sought.birth.as_deref().and_then(|date| self.born(date));
        if let (true, Some(born)) = (sought.names.is_empty(), &born) {
            questions.push(born.clone());
        }
        let near: Vec<Filter> =
            sought.birth.iter().flat_map(|date| near_dates(date)).filter_map(|date| self.born(&date)).collect();
        for name in sought.names.iter().take(NAMES) {
            if let Some(born) = &born {
                questions.push(Filter::All(vec![born.clone(), sounding(name.iter())]));
            }
            let Some((first, last)) = ends(name) else { continue };
            if name.len() > 1 {
                let both = [sounding([first].into_iter()), sounding([last].into_iter())];
                if !near.is_empty() {
                    let [first, last] = both.clone();
                    questions.push(Filter::All(vec![first, last, Filter::Any(near.clone())]));
                }
                questions.push(Filter::All(both.to_vec()));
            }
        }
        questions
    }

    fn born(&self, date: &str) -> Option<Filter> {
        let Period { low, high } = Period::parse(date, self.clinic.zone())?;
        Some(Filter::Date { param: "birthdate", compare: Compare::Equal, low, high })
    }
}

/// A name has a word that sounds like one of these.
fn sounding<'w>(words: impl Iterator<Item = &'w Word>) -> Filter {
    let codes = words.flat_map(|word| &word.sounds).map(|sound| (String::new(), sound.clone())).collect();
    Filter::Tokens { param: SOUNDS, codes }
}
