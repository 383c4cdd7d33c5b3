//! Operations of R4 over records: everything of a patient, the latest of each kind of observation, the difference between
//! two versions.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aroeira_fhir::search::Request;
use aroeira_fhir::types::is_resource_type;
use aroeira_fhir::{Instant, Period, Resource, Target};
use aroeira_store::{Event, Record, Search, View};
use serde_json::Value;

use super::search::question_error;
use super::{SearchEntry, SearchPage, Served};
use crate::access::Action;
use crate::desk::parse;
use crate::error::Field;
use crate::masking::mask;
use crate::{Desk, Error, Result};

/// Records of a page of everything, and their bytes.
const PAGE: u32 = 1000;
const LARGEST: usize = 4 << 20;
/// Observations that are looked at for the latest ones.
const LOOKED_AT: usize = 10_000;
/// The types that go with a chart when it refers to them: who and where, and what was given.
const GO_WITH: &[&str] = &[
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Location",
    "HealthcareService",
    "Medication",
    "Substance",
    "Device",
];

/// What is asked of everything of a patient.
#[derive(Debug, Clone, Default)]
pub struct Everything {
    /// `start` and `end`: when it was of clinical concern.
    pub from: Option<Period>,
    /// See `from`.
    pub to: Option<Period>,
    /// `_since`: written at this moment or later.
    pub since: Option<Instant>,
    /// `_type`; empty for all.
    pub kinds: Vec<String>,
    /// `_count`.
    pub count: Option<u32>,
    /// From the page before.
    pub cursor: Option<String>,
}

impl Desk {
    /// `Patient/$everything` (R4, patient-operation-everything): the patient, the records of their chart as this actor may
    /// read them, and who and what these refer to.
    ///
    /// # Errors
    /// `NotFound`, `Gone`, `Denied`.
    pub async fn fhir_everything(&self, id: &str, asked: Everything) -> Result<SearchPage> {
        self.authorise_fhir(Action::Read, "Patient").await?;
        let Everything { from, to, since, kinds, .. } = &asked;
        let question = format!("everything {id} {from:?} {to:?} {since:?} {kinds:?}");
        let after = match asked.cursor.as_deref() {
            None => 0,
            Some(text) => {
                self.unsealed(&question, text)?.parse::<i64>().map_err(|_| Error::field("_cursor", "cursor"))?
            }
        };
        let (patient, about) = (id.to_owned(), [("Patient", id)]);
        let found = self
            .search(move |desk, view| {
                let record = desk.fetch(view, "Patient", &patient)?;
                let mut page = Gathered::default();
                if after == 0 && asked.takes(&record) {
                    page.take(desk, view, &record, true)?;
                }
                let limit = asked.count.unwrap_or(PAGE).clamp(1, PAGE);
                // What is hidden takes no place on a page: an empty one would tell of it.
                let keep =
                    |record: &Arc<Record>| Ok::<bool, Error>(asked.takes(record) && desk.is_readable(view, record)?);
                let (chart, next) = view.chart(&patient, after, (limit, LARGEST), keep)?;
                for record in &chart {
                    page.take(desk, view, record, true)?;
                }
                let mut readable = chart;
                readable.push(record);
                desk.gather_around(view, &mut page, &readable, &asked)?;
                Ok((page, next))
            })
            .await;
        let (page, next) = self.settle(found, &about).await?;
        self.saw(Event::Read, &page.shown.iter().map(AsRef::as_ref).collect::<Vec<_>>()).await?;
        Ok(SearchPage { next: next.map(|rid| self.sealed(&question, &rid.to_string())), ..page.into_page() })
    }

    /// Who and what the records of a page refer to, each once.
    fn gather_around(
        &self,
        view: &View<'_>,
        page: &mut Gathered,
        readable: &[Arc<Record>],
        asked: &Everything,
    ) -> Result<()> {
        let mut wanted: Vec<(String, String)> = Vec::new();
        for record in readable {
            // What its reader does not see of it leads nowhere.
            let mut shown = parse(&record.body)?;
            let grant = self.narrowed(view, self.grant(&record.kind), &record.kind, &record.id)?;
            mask(&mut shown, &grant);
            references(&shown.into_value(), &mut wanted);
        }
        let mut seen = HashSet::new();
        for (kind, id) in wanted {
            if !GO_WITH.contains(&kind.as_str()) || !seen.insert((kind.clone(), id.clone())) {
                continue;
            }
            if !(asked.kinds.is_empty() || asked.kinds.contains(&kind)) {
                continue;
            }
            if page.bytes > LARGEST {
                page.cut = true;
                break;
            }
            if let Some(record) = view.record(&kind, &id)?.filter(|record| !record.deleted)
                && self.is_readable(view, &record)?
            {
                page.take(self, view, &record, false)?;
            }
        }
        Ok(())
    }

    /// Whether this actor may read a record they come across. Accounts and such are none of FHIR's.
    pub(super) fn is_readable(&self, view: &View<'_>, record: &Record) -> Result<bool> {
        if !is_resource_type(&record.kind) || !self.grant(&record.kind).allows(Action::Read) {
            return Ok(false);
        }
        match self.reach(view, record) {
            Ok(()) => Ok(true),
            Err(Error::Denied(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// `Observation/$lastn` (R4, observation-operation-lastn): of each code the latest `max`, among what a search finds.
    ///
    /// # Errors
    /// `Invalid` naming every wrong parameter, and where neither a patient nor a code or category is said; `Denied`.
    pub async fn fhir_lastn(&self, pairs: &[(String, String)], max: usize, base: &str) -> Result<SearchPage> {
        self.authorise_fhir(Action::Search, "Observation").await?;
        let mut pairs = pairs.to_vec();
        let names = |wanted: &[&str]| {
            pairs.iter().any(|(name, _)| wanted.contains(&name.split([':', '.']).next().unwrap_or_default()))
        };
        let mut missing = Vec::new();
        if !names(&["patient", "subject"]) {
            missing.push(Field::new("patient", "required"));
        }
        if !names(&["category", "code"]) {
            missing.push(Field::new("code", "required"));
        }
        if !missing.is_empty() {
            return Err(Error::Invalid(missing));
        }
        pairs.retain(|(name, _)| !matches!(name.as_str(), "_sort" | "_count" | "_total"));
        pairs.push(("_sort".to_owned(), "-date".to_owned()));
        let request = self.read_search("Observation", &pairs, false, base)?;
        let allowed = self.check_searchable(&request);
        self.settle(allowed, &[]).await?;
        let question = format!("Observation/$lastn?{max}&{:?}", request.understood);
        let page = self.search(move |desk, view| desk.latest(view, &request, max)).await?;
        let touched = page.shown.iter().map(|record| crate::desk::touched(record)).collect();
        self.searched(&question, touched).await?;
        Ok(page.into_page())
    }

    fn latest(&self, view: &View<'_>, request: &Request, max: usize) -> Result<Gathered> {
        let mut search = Search {
            kind: request.kind.clone(),
            filter: request.filter.clone(),
            confines: self.confines(view)?,
            sort: request.sort.iter().map(|sort| (*sort).into()).collect(),
            limit: 1000,
            counted: false,
            explained: false,
            after: None,
        };
        let (mut groups, mut looked_at, mut bytes) = (Groups::default(), 0, 0);
        loop {
            let found = view.find(&search).map_err(question_error)?;
            looked_at += found.records.len();
            for record in &found.records {
                if self.is_readable(view, record)? {
                    bytes += groups.place(record, max)?;
                }
                if bytes > LARGEST {
                    return Err(Error::field("", "search.work"));
                }
            }
            match found.next {
                Some(_) if looked_at >= LOOKED_AT => return Err(Error::field("", "search.work")),
                Some(ended) => search.after = Some(ended),
                None => break,
            }
        }
        let mut page = Gathered::default();
        for record in groups.all.iter().flat_map(|group| &group.latest) {
            page.take(self, view, record, true)?;
        }
        Ok(page)
    }

    /// `$diff`: the FHIRPath Patch from one version of a record to another, as this actor sees both.
    ///
    /// # Errors
    /// `NotFound`, `Denied`, `Invalid` where a version is a deletion.
    pub async fn fhir_difference(&self, kind: &str, id: &str, from: Option<u32>, to: Option<u32>) -> Result<Resource> {
        let grant = self.authorise_fhir(Action::Read, kind).await?;
        let found = self.look(|view| Ok((self.find_versions(view, kind, id)?, self.narrowed(view, grant, kind, id)?)));
        let ((record, versions), grant) = self.settle(found, &[(kind, id)]).await?;
        self.saw(Event::History, &[&record]).await?;
        let last = versions.first().map_or(1, |version| version.version);
        let to = to.unwrap_or(last);
        let from = from.unwrap_or_else(|| to.saturating_sub(1).max(1));
        let of = |number: u32, name: &str| {
            let version = versions.iter().find(|version| version.version == number).ok_or(Error::NotFound)?;
            if version.deleted {
                let field = Field::new(name, "search.value").expecting("a version that is no deletion");
                return Err(Error::Invalid(vec![field]));
            }
            let mut resource = parse(&version.body)?;
            mask(&mut resource, &grant);
            Ok(resource)
        };
        let (from, to) = (of(from, "fromVersion")?, of(to, "toVersion")?);
        Ok(aroeira_fhir::patch::difference(&from, &to, aroeira_fhir::definitions()))
    }
}

impl Everything {
    fn takes(&self, record: &Record) -> bool {
        let when = record.effective;
        (self.kinds.is_empty() || self.kinds.contains(&record.kind))
            && self.since.is_none_or(|since| record.updated >= since)
            && (record.kind == "Patient"
                || (self.from.is_none_or(|from| when >= from.low) && self.to.is_none_or(|to| when < to.high)))
    }
}

/// A page as it is put together.
#[derive(Default)]
struct Gathered {
    entries: Vec<SearchEntry>,
    shown: Vec<Arc<Record>>,
    bytes: usize,
    /// More would go along than a page holds.
    cut: bool,
}

impl Gathered {
    fn take(&mut self, desk: &Desk, view: &View<'_>, record: &Arc<Record>, matches: bool) -> Result<()> {
        let grant = desk.narrowed(view, desk.grant(&record.kind), &record.kind, &record.id)?;
        let served = Served::new(record, &grant)?;
        self.bytes += served.bytes.len();
        self.entries.push(SearchEntry { kind: record.kind.clone(), served, matches });
        self.shown.push(Arc::clone(record));
        Ok(())
    }

    fn into_page(self) -> SearchPage {
        SearchPage {
            entries: self.entries,
            total: None,
            next: None,
            understood: Vec::new(),
            ignored: Vec::new(),
            cut: self.cut,
            plan: None,
        }
    }
}

/// Observations of one code, however many codings say so.
struct Group {
    latest: Vec<Arc<Record>>,
    /// When the last of them was: others of the same moment belong to them as well.
    last: Instant,
}

#[derive(Default)]
struct Groups {
    all: Vec<Group>,
    /// The group of each coding.
    by_coding: HashMap<(String, String), usize>,
}

impl Groups {
    /// Puts an observation to those of its code, while there are fewer than `max` later ones; answers the bytes kept.
    fn place(&mut self, record: &Arc<Record>, max: usize) -> Result<usize> {
        let resource = parse(&record.body)?;
        let code = resource.get("code");
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let codings = code.and_then(|code| code.get("coding")).and_then(Value::as_array);
        let mut codings: Vec<(String, String)> =
            codings.into_iter().flatten().map(|coding| (text(coding, "system"), text(coding, "code"))).collect();
        if codings.is_empty() {
            codings.push((String::new(), code.map(|code| text(code, "text")).unwrap_or_default()));
        }
        let known = codings.iter().find_map(|coding| self.by_coding.get(coding).copied());
        let when = record.effective;
        let at = known.unwrap_or(self.all.len());
        if known.is_none() {
            self.all.push(Group { latest: Vec::new(), last: when });
        }
        for coding in codings {
            self.by_coding.entry(coding).or_insert(at);
        }
        let group = &mut self.all[at];
        if group.latest.len() < max || when == group.last {
            group.latest.push(Arc::clone(record));
            group.last = when;
            return Ok(record.body.len());
        }
        Ok(0)
    }
}

/// Every literal reference within a value, as type and id.
fn references(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "reference" => {
                        found.extend(Target::local(text).map(|target| (target.kind, target.id)));
                    }
                    value => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
