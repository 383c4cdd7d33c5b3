//! FHIR search through the desk: what a role cannot see it cannot search, sort by, chain through, include or count; a
//! patient's questions stay in their own chart, a clinician's in the charts of their care.

use std::collections::HashSet;
use std::sync::Arc;

use aroeira_fhir::search::{Asker, Include, Request, Total, Wrong, elements};
use aroeira_store::{Confines, Ended, Record, Search, Transaction, View, hex};
use subtle::ConstantTimeEq;

use super::Served;
use crate::access::{Action, Fields, Grant, Role};
use crate::error::Field;
use crate::{Care, Desk, Error, Refusal, Result};

/// Matches of a page where nobody says how many.
const PAGE: u32 = 50;
/// Matches of a page at most; more than that is asked for page by page.
const LARGEST_PAGE: u32 = 1000;
/// Records that go with a page at most, and their bytes.
const WITH: usize = 1000;
const LARGEST: usize = 16 << 20;

/// Elements in which a CPF may stand: covered in an answer for whoever is not to see it.
const HOLD_CPF: &[&str] = &["identifier", "telecom", "contact", "class", "subscriberId"];

/// A resource of a page.
#[derive(Debug, Clone)]
pub struct SearchEntry {
    /// Resource type.
    pub kind: String,
    /// As its reader sees it.
    pub served: Served,
    /// It matches; else it goes with one that does.
    pub matches: bool,
}

/// A page of a search.
#[derive(Debug, Clone)]
pub struct SearchPage {
    /// Matches in order, then what goes with them.
    pub entries: Vec<SearchEntry>,
    /// Matches of all pages; `None` where nobody asked.
    pub total: Option<u64>,
    /// For the next page.
    pub next: Option<String>,
    /// The parameters as they were understood.
    pub understood: Vec<(String, String)>,
    /// Unknown parameters that were passed over.
    pub ignored: Vec<String>,
}

impl Desk {
    /// Searches a type. `pairs` are the parameters as they were sent; `lenient` passes over those nobody knows; `base` is
    /// where the server is, as the client calls it.
    ///
    /// # Errors
    /// `Invalid` naming every wrong parameter, `Denied(HiddenField)` for one the role cannot see.
    pub async fn fhir_search(
        &self,
        kind: &str,
        pairs: &[(String, String)],
        lenient: bool,
        base: &str,
    ) -> Result<SearchPage> {
        self.authorise_fhir(Action::Search, kind).await?;
        let asker = Asker { zone: self.clinic.zone(), now: self.now(), lenient, base };
        let request = Request::read(kind, pairs, asker).map_err(wrong)?;
        let allowed = self.check_searchable(&request);
        self.settle(allowed, &[]).await?;
        let after = request.cursor.as_deref().map(|text| self.ended(&request, text)).transpose()?;
        let question = format!("{kind}?{:?}", request.understood);
        let (page, touched) = self
            .search(move |desk, view| {
                let page = desk.page(view, &request, after)?;
                let touched = page.1.iter().map(|record| crate::desk::touched(record)).collect();
                Ok((page.0, touched))
            })
            .await?;
        self.searched(&question, touched).await?;
        Ok(page)
    }

    /// A search as part of a transaction, which it is journalled with.
    pub(super) fn search_within(&self, tx: &mut Transaction<'_>, kind: &str, query: &str) -> Result<SearchPage> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).map_err(|_| Error::Malformed("a search is no query".into()))?;
        let asker = Asker { zone: self.clinic.zone(), now: self.now(), lenient: false, base: "" };
        let request = Request::read(kind, &pairs, asker).map_err(wrong)?;
        self.check_searchable(&request)?;
        let (page, shown) = self.page(tx, &request, None)?;
        shown.iter().for_each(|record| tx.saw(record));
        Ok(page)
    }

    fn page(&self, view: &View<'_>, request: &Request, after: Option<Ended>) -> Result<(SearchPage, Vec<Arc<Record>>)> {
        let alone = request.total == Total::Alone;
        let search = Search {
            kind: request.kind.clone(),
            filter: request.filter.clone(),
            confines: self.confines(view)?,
            sort: request.sort.clone(),
            limit: if alone { 0 } else { request.count.unwrap_or(PAGE).min(LARGEST_PAGE) },
            after,
            counted: request.total != Total::Unsaid,
            explained: false,
        };
        let found = view.find(&search).map_err(question_error)?;
        let with = self.with(view, request, &found.records)?;
        let (mut entries, mut shown) = (Vec::new(), Vec::new());
        for (record, matches) in found.records.iter().map(|r| (r, true)).chain(with.iter().map(|r| (r, false))) {
            // The index is cut for very long resources: what is answered is held against the whole record once more.
            if matches && !self.is_within_reach(view, record)? {
                tracing::warn!("a match outside its reader's reach was left out");
                continue;
            }
            let grant = self.narrowed(view, self.grant(&record.kind), &record.kind, &record.id)?;
            entries.push(SearchEntry { kind: record.kind.clone(), served: Served::new(record, &grant)?, matches });
            shown.push(Arc::clone(record));
        }
        let page = SearchPage {
            entries,
            total: (request.total != Total::Unsaid).then_some(found.total),
            next: found.next.filter(|_| !alone).map(|ended| self.cursor(request, ended)),
            understood: request.understood.clone(),
            ignored: request.ignored.clone(),
        };
        Ok((page, shown))
    }

    /// Where a page ended, as it travels: sealed for this actor and this search, so that nobody asks about a row by its
    /// number.
    fn cursor(&self, request: &Request, ended: Ended) -> String {
        let Ended { rid, sequence, total } = ended;
        format!("{rid}.{sequence}.{total}.{}", self.seal(request, ended))
    }

    fn seal(&self, request: &Request, ended: Ended) -> String {
        let text = format!("cursor {} {} {:?} {ended:?}", self.actor_id(), request.kind, request.understood);
        hex(&self.clinic.store.keyed_hash(text.as_bytes())[..16])
    }

    fn ended(&self, request: &Request, text: &str) -> Result<Ended> {
        let wrong = || Error::field("_cursor", "cursor");
        let mut parts = text.splitn(4, '.');
        let mut number = || parts.next()?.parse::<u64>().ok();
        let numbers = (number(), number(), number());
        let (Some(rid), Some(sequence), Some(total)) = numbers else { return Err(wrong()) };
        let ended = Ended { rid: i64::try_from(rid).map_err(|_| wrong())?, sequence, total };
        let seal = parts.next().unwrap_or_default();
        let right: bool = self.seal(request, ended).as_bytes().ct_eq(seal.as_bytes()).into();
        if right { Ok(ended) } else { Err(wrong()) }
    }

    /// What goes with the matches and is open to this actor, each once.
    fn with(&self, view: &View<'_>, request: &Request, matches: &[Arc<Record>]) -> Result<Vec<Arc<Record>>> {
        let mut seen: HashSet<(String, String)> = matches.iter().map(|r| (r.kind.clone(), r.id.clone())).collect();
        let (mut with, mut bytes) = (Vec::new(), 0);
        for (n, Include { kind, param, target }) in request.include.iter().chain(&request.revinclude).enumerate() {
            let left = WITH - with.len();
            let found = if n < request.include.len() {
                view.referred(matches, kind, param, target.as_deref(), left)?
            } else {
                view.referring(matches, kind, param, left)?
            };
            for record in found {
                let open = self.grant(&record.kind).allows(Action::Read) && self.is_within_reach(view, &record)?;
                bytes += record.body.len();
                if bytes > LARGEST {
                    return Ok(with);
                }
                if open && seen.insert((record.kind.clone(), record.id.clone())) {
                    with.push(record);
                }
            }
        }
        Ok(with)
    }

    fn is_within_reach(&self, view: &View<'_>, record: &Record) -> Result<bool> {
        match self.reach(view, record) {
            Ok(()) => Ok(true),
            Err(Error::Denied(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Whom this actor's searches are confined to.
    pub(super) fn confines(&self, view: &View<'_>) -> Result<Confines> {
        Ok(match self.role() {
            Role::Patient => Confines::Chart(self.context.actor.patient.clone().unwrap_or_default()),
            Role::Doctor | Role::Nurse if self.clinic.care == Care::Team => {
                Confines::Care(self.confined_to(view, "Observation")?.unwrap_or_default())
            }
            _ => Confines::None,
        })
    }

    /// Counts leak: every parameter that is looked at must be one the role sees, of a type it searches.
    pub(super) fn check_searchable(&self, request: &Request) -> Result<()> {
        let kinds = request.used.iter().map(|(kind, _)| kind.as_str()).chain([request.kind.as_str()]);
        for kind in kinds {
            if !self.grant(kind).allows(Action::Search) {
                return Err(Error::Denied(Refusal::Role));
            }
            // What holds other resources belongs to the patients of those, which no index knows.
            if self.clinic.care == Care::Team
                && self.role().is_clinician()
                && matches!(kind, "Bundle" | "Parameters" | "Binary")
            {
                return Err(Error::Denied(Refusal::NotInCare));
            }
        }
        for (kind, param) in &request.used {
            if !self.sees_parameter(kind, param) {
                return Err(Error::Denied(Refusal::HiddenField));
            }
        }
        Ok(())
    }

    fn sees_parameter(&self, kind: &str, param: &str) -> bool {
        let mut grant: Grant = self.grant(kind);
        if kind == "Patient" && self.clinic.care == Care::Team && self.role().is_clinician() {
            grant = grant.registration_only();
        }
        if grant.sees_all() || matches!(param, "_id" | "_lastUpdated") {
            return true;
        }
        // Of a record's type its existence shows one coding of several.
        if kind == "Composition" && param == "type" {
            return false;
        }
        let read = elements(kind, param);
        let sees = |element: &&str| match grant.fields {
            Fields::All => true,
            Fields::Only(allowed) => allowed.iter().any(|name| is_of(name, element)),
        };
        !read.is_empty()
            && read.iter().all(sees)
            && (grant.full_cpf || !read.iter().any(|element| HOLD_CPF.contains(element)))
    }
}

/// Whether an element is this one, or a type of this choice: `deceasedBoolean` of `deceased`.
fn is_of(name: &str, element: &str) -> bool {
    name.strip_prefix(element).is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Parameters that cannot be read.
pub(super) fn wrong(wrong: Vec<Wrong>) -> Error {
    Error::Invalid(wrong.into_iter().map(|w| Field::new(w.param, code(w.code)).expecting(w.expected)).collect())
}

/// A question the store cannot answer is the asker's mistake.
pub(super) fn question_error(error: aroeira_store::Error) -> Error {
    match error {
        aroeira_store::Error::Question(text) if text.contains("cursor") => Error::field("_cursor", "cursor"),
        aroeira_store::Error::Question(text) if text.contains("full-text") => Error::field("_content", "search.value"),
        aroeira_store::Error::Question(_) => Error::field("", "search.work"),
        other => other.into(),
    }
}

fn code(code: &str) -> &'static str {
    match code {
        "unknown" => "search.unknown",
        "modifier" => "search.modifier",
        "unsupported" => "search.unsupported",
        "chain" => "search.chain",
        "limit" => "search.limit",
        _ => "search.value",
    }
}
