//! FHIR search through the desk: what a role cannot see it cannot search, sort by, chain through, include or count; a
//! patient's questions stay in their own chart, a clinician's in the charts of their care.

mod link;
mod with;

use std::sync::Arc;

use aroeira_fhir::has_words;
use aroeira_fhir::search::{Asker, Request, Total, Wrong, compartment_types, elements};
use aroeira_fhir::terminology::{Closed, Page, expand, value_set};
use aroeira_store::{Confines, Ended, Plan, Record, Search, View};

use super::Served;
use crate::access::{Action, Fields, Grant, Role};
use crate::error::Field;
use crate::{Care, Desk, Error, Refusal, Result};

/// Matches of a page where nobody says how many.
pub const SEARCH_PAGE: u32 = 50;
/// Matches of a page at most; more than that is asked for page by page.
pub const LARGEST_SEARCH_PAGE: u32 = 1000;

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
    /// The parameters as they were understood; of a search that came in a body, the name it is kept under in their place.
    pub understood: Vec<(String, String)>,
    /// Unknown parameters that were passed over.
    pub ignored: Vec<String>,
    /// More would go with the matches than a page holds.
    pub cut: bool,
    /// How it was done, where that was asked for: parameters by their names, and no values.
    pub plan: Option<Plan>,
}

/// A search as it was sent.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The parameters in their order.
    pub pairs: &'a [(String, String)],
    /// `Prefer: handling=lenient`: unknown parameters are passed over.
    pub lenient: bool,
    /// Where the server is, as the client calls it.
    pub base: &'a str,
    /// The parameters came in a body, and are to stand in no link.
    pub in_body: bool,
    /// How it is done is wanted as well.
    pub explained: bool,
    /// Only what belongs to this record.
    pub within: Option<Compartment<'a>>,
}

/// A record whose compartment is searched.
#[derive(Debug, Clone, Copy)]
pub struct Compartment<'a> {
    /// One of the types that have a compartment.
    pub kind: &'a str,
    /// Its logical id; there need not be such a record.
    pub id: &'a str,
}

impl Asked<'_> {
    /// What is searched, as it stands in a URL before the parameters. `kind` is empty for several types.
    fn place(&self, kind: &str) -> String {
        match self.within {
            None => kind.to_owned(),
            Some(Compartment { kind: of, id }) if kind.is_empty() => format!("{of}/{id}/*"),
            Some(Compartment { kind: of, id }) => format!("{of}/{id}/{kind}"),
        }
    }

    /// The types that can be searched here: those of the compartment, or all.
    fn types(&self) -> Vec<&'static str> {
        self.within
            .map_or_else(|| aroeira_fhir::types::RESOURCE_TYPES.to_vec(), |within| compartment_types(within.kind))
    }

    /// That a type can be searched here.
    fn check_type(&self, name: &str, kind: &str) -> Result<()> {
        let types = self.types();
        if types.contains(&kind) {
            return Ok(());
        }
        let expected = types.join(", ");
        Err(Error::Invalid(vec![Field::new(name, "search.value").expecting(expected)]))
    }
}

impl Desk {
    /// The FHIR types that this actor may search, for a page that offers to.
    ///
    /// # Errors
    /// `Denied(Role)`, journalled, where there is none.
    pub async fn fhir_searchable(&self) -> Result<Vec<&'static str>> {
        let kinds = aroeira_fhir::types::RESOURCE_TYPES.iter().copied();
        let open: Vec<_> = kinds.filter(|kind| self.grant(kind).allows(Action::Search)).collect();
        self.settle(if open.is_empty() { Err(Error::Denied(Refusal::Role)) } else { Ok(open) }, &[]).await
    }

    /// Whether this actor may search a type by a parameter of it.
    #[must_use]
    pub fn fhir_searches_by(&self, kind: &str, param: &str) -> bool {
        self.grant(kind).allows(Action::Search) && self.sees_parameter(kind, param)
    }

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
        self.fhir_search_of(kind, Asked { pairs, lenient, base, in_body: false, explained: false, within: None }).await
    }

    /// Searches a type, as it was asked.
    ///
    /// # Errors
    /// As [`Desk::fhir_search`].
    pub async fn fhir_search_of(&self, kind: &str, asked: Asked<'_>) -> Result<SearchPage> {
        self.authorise_fhir(Action::Search, kind).await?;
        asked.check_type(kind, kind)?;
        let place = asked.place(kind);
        let kept = self.kept_search(&place, asked.pairs)?;
        let asked =
            Asked { pairs: kept.as_deref().unwrap_or(asked.pairs), in_body: asked.in_body || kept.is_some(), ..asked };
        let mut request = self.read_beside(kind, asked.pairs, asked).await?;
        let allowed = self.enclose(&mut request, asked).and_then(|()| self.check_searchable(&request));
        self.settle(allowed, &[]).await?;
        self.search_for(&place, vec![request], asked).await
    }

    /// Searches several types, or all that the role may search (`_type`). A parameter must be one of each type.
    ///
    /// # Errors
    /// As [`Desk::fhir_search`].
    pub async fn fhir_search_all(&self, asked: Asked<'_>) -> Result<SearchPage> {
        let place = asked.place("");
        let kept = self.kept_search(&place, asked.pairs)?;
        let asked =
            Asked { pairs: kept.as_deref().unwrap_or(asked.pairs), in_body: asked.in_body || kept.is_some(), ..asked };
        let kinds = Request::kinds(asked.pairs).map_err(|one| wrong(vec![one]))?;
        let pairs: Vec<_> = asked.pairs.iter().filter(|(name, _)| name != "_type").cloned().collect();
        kinds.iter().try_for_each(|kind| asked.check_type("_type", kind))?;
        let named = !kinds.is_empty();
        let all = if named { kinds } else { asked.types() };
        let wordless = !pairs.iter().any(|(name, _)| matches!(name.as_str(), "_content" | "_text"));
        let mut requests: Vec<Request> = Vec::new();
        for kind in all {
            // What a role may not see of everything is no part of everything, nor is what has no words where they are asked for.
            let open = self.grant(kind).allows(Action::Search) && (wordless || has_words(kind));
            if !named && !open {
                continue;
            }
            let mut request = self.read_beside(kind, &pairs, asked).await?;
            if let Some(key) = request.sort.iter().find(|sort| !sort.param.starts_with('_')) {
                let one = Field::new("_sort", "search.value").expecting("_id, _lastUpdated, _score");
                tracing::debug!(param = key.param, "an order that types do not share");
                return Err(Error::Invalid(vec![one]));
            }
            let allowed = self.enclose(&mut request, asked).and_then(|()| self.check_searchable(&request));
            if named || allowed.is_ok() {
                self.settle(allowed, &[]).await?;
                requests.push(request);
            }
        }
        if requests.is_empty() {
            self.settle(Err(Error::Denied(Refusal::Role)), &[]).await?;
        }
        let mut ignored: Vec<String> = requests.iter().flat_map(|request| request.ignored.clone()).collect();
        ignored.sort_unstable();
        ignored.dedup();
        let types = asked.pairs.iter().filter(|(name, _)| name == "_type").cloned();
        if let Some(first) = requests.first_mut() {
            first.understood.splice(0..0, types);
            first.ignored = ignored;
        }
        self.search_for(&place, requests, asked).await
    }

    /// Reads a search: what asks for terminology beside the threads that answer requests.
    async fn read_beside(&self, kind: &str, pairs: &[(String, String)], asked: Asked<'_>) -> Result<Request> {
        let Asked { lenient, base, .. } = asked;
        let meant = |name: &str| ["in", "above", "below"].iter().any(|one| name.ends_with(one)) || name == "_filter";
        if !pairs.iter().any(|(name, _)| meant(name)) {
            return self.read_search(kind, pairs, lenient, base);
        }
        let (desk, kind, pairs, base) = (self.clone(), kind.to_owned(), pairs.to_vec(), base.to_owned());
        let read = tokio::task::spawn_blocking(move || desk.read_search(&kind, &pairs, lenient, &base)).await;
        read.map_err(|_| Error::Internal("reading a search ended in a defect".into()))?
    }

    /// Reads the parameters of a search of a type, the clinic's own among them.
    pub(super) fn read_search(
        &self,
        kind: &str,
        pairs: &[(String, String)],
        lenient: bool,
        base: &str,
    ) -> Result<Request> {
        let own = self.clinic.store.own_parameters();
        let asker = Asker { zone: self.clinic.zone(), now: self.now(), lenient, own: &own, base };
        Request::read(kind, pairs, asker).map_err(|mut all| {
            for one in &mut all {
                one.expected = not_held(one, pairs).unwrap_or(std::mem::take(&mut one.expected));
            }
            wrong(all)
        })
    }

    /// Keeps a search within a compartment. Of the parameters that make something part of it those count that the role
    /// sees; with none of them there is no answer.
    fn enclose(&self, request: &mut Request, asked: Asked<'_>) -> Result<()> {
        let Some(Compartment { kind: of, id }) = asked.within else { return Ok(()) };
        let kind = request.kind.clone();
        if request.within(of, id, |param| self.sees_parameter(&kind, param)) {
            Ok(())
        } else {
            Err(Error::Denied(Refusal::HiddenField))
        }
    }

    /// `place` is what is searched, as it stands in a URL.
    async fn search_for(&self, place: &str, requests: Vec<Request>, asked: Asked<'_>) -> Result<SearchPage> {
        let Some(first) = requests.first() else { return Err(Error::Denied(Refusal::Role)) };
        let question = question(place, first);
        let ended = |text| self.ended(&question, text).ok_or_else(|| Error::field("_cursor", "cursor"));
        let after = first.cursor.as_deref().map(ended).transpose()?;
        let told = if asked.in_body { Some(self.keep_search(place, &first.understood).await?) } else { None };
        let (about, explained) = (place.to_owned(), asked.explained);
        let (mut page, touched) = self
            .search(move |desk, view| {
                let page = desk.page(view, &about, &requests, after, explained)?;
                let touched = page.1.iter().map(|record| crate::desk::touched(record)).collect();
                Ok((page.0, touched))
            })
            .await?;
        self.searched(&question, touched).await?;
        page.understood = told.unwrap_or(page.understood);
        Ok(page)
    }

    fn page(
        &self,
        view: &View<'_>,
        place: &str,
        requests: &[Request],
        after: Option<Ended>,
        explained: bool,
    ) -> Result<(SearchPage, Vec<Arc<Record>>)> {
        let [request, ..] = requests else { return Err(Error::Internal("a search of nothing".into())) };
        let alone = request.total == Total::Alone;
        let confines = self.confines(view)?;
        let search = |one: &Request| Search {
            kind: one.kind.clone(),
            filter: one.filter.clone(),
            confines: confines.clone(),
            sort: request.sort.iter().map(|sort| (*sort).into()).collect(),
            limit: if alone { 0 } else { request.count.unwrap_or(SEARCH_PAGE).min(LARGEST_SEARCH_PAGE) },
            after,
            counted: request.total != Total::Unsaid,
            explained,
        };
        let searches: Vec<Search> = requests.iter().map(search).collect();
        let found = view.find_among(&searches).map_err(question_error)?;
        let with = self.with(view, request, &found.records)?;
        let (mut entries, mut shown) = (Vec::new(), Vec::new());
        for (record, matches) in found.records.iter().map(|r| (r, true)).chain(with.records.iter().map(|r| (r, false)))
        {
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
            next: found.next.filter(|_| !alone).map(|ended| self.cursor(&question(place, request), ended)),
            understood: request.understood.clone(),
            ignored: request.ignored.clone(),
            cut: with.cut,
            plan: found.plan.map(|plan| self.told(plan, &confines)),
        };
        Ok((page, shown))
    }

    /// A plan as its reader may know it: the clinic's own parameters by their codes, and no count of rows outside of what
    /// they may search, nor what comes of comparing them.
    fn told(&self, mut plan: Plan, confines: &Confines) -> Plan {
        let own = self.clinic.store.own_parameters();
        let named = |name: &str| -> String {
            let mut parts = name.split("own:");
            let mut text = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let digits = part.bytes().take_while(u8::is_ascii_digit).count();
                let slot = format!("own:{}", &part[..digits]);
                let found = own.all().find(|(own, _)| own.slot() == slot);
                text.push_str(found.map_or("?", |(own, _)| own.definition.code.as_str()));
                text.push_str(&part[digits..]);
            }
            text
        };
        plan.driver = plan.driver.as_deref().map(named);
        for condition in &mut plan.conditions {
            condition.name = named(&condition.name);
            if *confines != Confines::None {
                (condition.rows, condition.more) = (None, false);
            }
        }
        if *confines != Confines::None {
            // Which condition has the fewest rows compares counts, of everybody's rows.
            (plan.driver, plan.looked_at) = (None, None);
        }
        plan
    }

    pub(super) fn is_within_reach(&self, view: &View<'_>, record: &Record) -> Result<bool> {
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

    pub(super) fn sees_parameter(&self, kind: &str, param: &str) -> bool {
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

/// What was asked, whatever page of it. `place` is what is searched, as it stands in a URL.
fn question(place: &str, request: &Request) -> String {
    format!("{place}?{:?}", request.understood)
}

/// Parameters that cannot be read.
fn wrong(wrong: Vec<Wrong>) -> Error {
    Error::Invalid(wrong.into_iter().map(|w| Field::new(w.param, code(w.code)).expecting(w.expected)).collect())
}

/// The value set of `:in` that is not known here, or what it draws on that is not, by canonical address.
fn not_held(one: &Wrong, pairs: &[(String, String)]) -> Option<String> {
    let asks = |name: &str| name.ends_with(":in") || name.ends_with(":not-in");
    // An address is repeated to whoever sent it if it can be nothing else.
    let address = |url: &&str| {
        let schemed = ["http://", "https://", "urn:"].iter().any(|scheme| url.starts_with(scheme));
        schemed && url.len() <= 200 && url.bytes().all(|b| b.is_ascii_alphanumeric() || b":/.-_|#~".contains(&b))
    };
    let said = pairs.iter().filter(|(name, _)| one.code == "unheld" && *name == one.param && asks(name));
    said.flat_map(|(_, value)| value.split(',')).filter(address).find_map(|url| {
        let Some(set) = value_set(url) else { return Some(format!("{url}: no such value set here")) };
        match expand(set, &Page { count: Some(0), ..Page::default() }) {
            Err(Closed::Unheld(system)) => Some(format!("{url}: draws on {system}")),
            Ok(found) if found.unclosed => Some(format!("{url}: has codes without end")),
            _ => None,
        }
    })
}

/// A question the store cannot answer is the asker's mistake.
pub(super) fn question_error(error: aroeira_store::Error) -> Error {
    match error {
        aroeira_store::Error::Question(text) if text.contains("cursor") => Error::field("_cursor", "cursor"),
        aroeira_store::Error::Question(text) if text.contains("full-text") => Error::field("_content", "search.value"),
        aroeira_store::Error::Question(text) if text.contains("indexed") => Error::field("", "search.indexing"),
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
        "indexing" => "search.indexing",
        "query" => "search.query",
        "unheld" => "terminology.unheld",
        "costly" => "terminology.work",
        _ => "search.value",
    }
}
