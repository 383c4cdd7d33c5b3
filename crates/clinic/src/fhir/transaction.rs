//! Transactions, patches and calls with a condition. Conditions are looked up and changes prepared outside the writer;
//! inside it every condition must still mean the same, or all of it is prepared once more.

use std::sync::Arc;

use aroeira_fhir::bundle::{self, Call, Entry, Place, Settled};
use aroeira_fhir::patch::Patch;
use aroeira_fhir::{Instant, Limits, Resource};
use aroeira_store::{Change, Event, Record, Touched, Transaction, View};

use super::condition::{Condition, Conditions};
use super::profiles::Profiles;
use super::search::Asked;
use super::validate::Verdict;
use super::{Content, ImportReport, ImportedEntry, Served, rules};
use crate::access::{Action, Grant};
use crate::desk::{check, parse};
use crate::error::{Conflict, Field};
use crate::masking::{mask, unmask};
use crate::{Desk, Error, Precondition, Refusal, Result};

/// Problems of a bundle that are told.
const MOST: usize = 100;
/// Searches of one transaction, and bytes of what its reads answer.
const SEARCHES: usize = 20;
const ANSWERED: usize = 32 << 20;
/// How often a call is prepared while others change what its conditions meet.
const ATTEMPTS: usize = 4;

/// What is to be done in the writer.
enum Step {
    /// A conditional deletion of nothing.
    Nothing,
    /// A conditional creation that met a resource.
    There,
    /// A creation or an update.
    Put { resource: Resource, verdict: Verdict, change: Option<Box<Change>>, precondition: Precondition },
    /// A resource as a patch leaves the version it was made for.
    Patched { resource: Resource, verdict: Verdict, version: u32, whole: bool },
    /// A deletion.
    Delete(Precondition),
    /// A read, with the version that the reader has.
    Read(Option<u32>),
}

/// An entry made ready.
struct Prepared {
    at: usize,
    turn: u8,
    kind: String,
    id: String,
    step: Step,
}

/// Everything made ready: the entries in their turn, and what must still be so when they are carried out.
struct Plan {
    entries: Vec<Prepared>,
    conditions: Vec<Condition>,
}

/// A search: its place in the bundle, the type, the parameters.
type Query = (usize, String, Vec<(String, String)>);

/// Why nothing was done.
enum Undone {
    /// A condition means something else now: prepare it again.
    Moved,
    Failed(Error),
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<aroeira_store::Error> for Undone {
    fn from(error: aroeira_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Desk {
    /// A transaction bundle, all or nothing, in the order of R4 (http, 3.1.0.11.2). Ids are kept; the same content again is
    /// no new version. Also answers what became of each entry, in order. `base` is where the server is, as the client
    /// calls it.
    ///
    /// # Errors
    /// `Invalid` with every problem at once, `Denied`, `Conflict`.
    pub async fn import(&self, bundle: Resource, base: &str) -> Result<(ImportReport, Vec<ImportedEntry>)> {
        let entries = bundle::transaction(bundle).map_err(problems)?;
        let asked = self.allowed(&entries);
        self.settle(asked, &[]).await?;
        let searches = self.searches(&entries, base)?;
        let total = entries.len() as u64;
        let entries = entries.into_iter().filter(|entry| !is_search(entry)).collect();
        let (mut report, mut done) = self.carry_out(entries, base, Event::Import, false).await?;
        report.entries = total;
        // After everything else, beside the writer, and journalled as the searches they are.
        for (at, kind, pairs) in searches {
            let asked = Asked { pairs: &pairs, lenient: false, base, in_body: false, explained: false };
            let mut entry = ImportedEntry::new(kind.clone(), String::new(), 0, self.now(), 200);
            match self.fhir_search_of(&kind, asked).await {
                Ok(page) => entry.content = Content::Page(page),
                // What was written stays written: the entry says that it has no answer.
                Err(_) => entry.status = 503,
            }
            done.push((at, entry));
        }
        done.sort_by_key(|(at, _)| *at);
        Ok((report, done.into_iter().map(|(_, entry)| entry).collect()))
    }

    /// The searches of a transaction, read before anything is done.
    fn searches(&self, entries: &[Entry], base: &str) -> Result<Vec<Query>> {
        let mut searches = Vec::new();
        for entry in entries {
            let Call::Read { place: Place::Criteria(query) } = &entry.call else { continue };
            let pairs: Vec<(String, String)> =
                serde_urlencoded::from_str(query).map_err(|_| Error::Malformed("a search is no query".into()))?;
            let request = self.read_search(&entry.kind, &pairs, false, base)?;
            self.check_searchable(&request)?;
            if searches.len() == SEARCHES {
                let field = Field::new("Bundle.entry", "too-many").expecting(format!("{SEARCHES} searches"));
                return Err(Error::Invalid(vec![field]));
            }
            searches.push((entry.at, entry.kind.clone(), pairs));
        }
        Ok(searches)
    }

    /// One call with a condition, or a patch.
    ///
    /// # Errors
    /// `Invalid`, `Denied`, `NotFound`, `Gone`, `Conflict`.
    pub async fn fhir_call(&self, entry: Entry, base: &str) -> Result<ImportedEntry> {
        let event = match entry.call {
            Call::Create { .. } => Event::Create,
            Call::Delete { .. } => Event::Delete,
            _ => Event::Update,
        };
        let entries = vec![entry];
        let asked = self.allowed(&entries);
        self.settle(asked, &[]).await?;
        let (_, mut done) = self.carry_out(entries, base, event, true).await?;
        done.pop().map(|(_, entry)| entry).ok_or_else(|| Error::Internal("a call was lost".into()))
    }

    /// Whether the role may do what every entry asks, before any condition is looked up.
    fn allowed(&self, entries: &[Entry]) -> Result<()> {
        for entry in entries {
            let grant = self.fhir_grant(&entry.kind)?;
            let mut needed: Vec<Action> = match &entry.call {
                Call::Create { .. } => vec![Action::Create],
                Call::Update { .. } => vec![Action::Create, Action::Update],
                Call::Patch { .. } => vec![Action::Read, Action::Update],
                Call::Delete { .. } => vec![Action::Delete],
                Call::Read { place: Place::Id(_) } => vec![Action::Read],
                Call::Read { place: Place::Criteria(_) } => vec![Action::Search],
            };
            needed.extend(entry.criteria().map(|_| Action::Search));
            if !needed.iter().all(|action| grant.allows(*action)) {
                return Err(Error::Denied(Refusal::Role));
            }
        }
        Ok(())
    }

    /// Prepares and does it, until nobody has changed between what it rests on. `alone`: a call of its own, which is
    /// answered with the resource.
    async fn carry_out(
        &self,
        entries: Vec<Entry>,
        base: &str,
        event: Event,
        alone: bool,
    ) -> Result<(ImportReport, Vec<(usize, ImportedEntry)>)> {
        let asked = question_of(&entries);
        let done = self.attempt(&entries, base, event, alone, asked.as_deref()).await;
        // What was looked at is journalled also where nothing came of it.
        if let (Err(error), Some(asked)) = (&done, asked)
            && !matches!(error, Error::Denied(_))
        {
            self.searched(&asked, patched_places(&entries)).await?;
        }
        done
    }

    async fn attempt(
        &self,
        entries: &[Entry],
        base: &str,
        event: Event,
        alone: bool,
        asked: Option<&str>,
    ) -> Result<(ImportReport, Vec<(usize, ImportedEntry)>)> {
        for _ in 0..ATTEMPTS {
            let (desk, again, base) = (self.clone(), entries.to_vec(), base.to_owned());
            let plan = tokio::task::spawn_blocking(move || desk.plan(again, &base, alone))
                .await
                .map_err(|e| Error::Internal(format!("preparing a bundle ended: {e}")))?;
            let plan = self.settle(plan, &[]).await?;
            let about: Vec<(String, String)> =
                plan.entries.iter().take(1).map(|one| (one.kind.clone(), one.id.clone())).collect();
            let (desk, mut entry) = (self.clone(), self.entry(event));
            entry.query = asked.map(|asked| self.clinic.store.keyed_hash(asked.as_bytes()));
            let work = move |tx: &mut Transaction<'_>| desk.execute(tx, plan, alone);
            let store = &self.clinic.store;
            let done = match alone {
                true => store.write(Some(entry), work).await,
                false => store.write_alone(Some(entry), work).await,
            };
            match done {
                Ok(done) => return Ok(done),
                Err(Undone::Moved) => {}
                Err(Undone::Failed(error)) => {
                    let about: Vec<(&str, &str)> =
                        about.iter().filter(|_| alone).map(|(kind, id)| (kind.as_str(), id.as_str())).collect();
                    return self.settle(Err(error), &about).await;
                }
            }
        }
        Err(Error::Unavailable("what the conditions of the request meet keeps changing".into()))
    }

    /// Looks up what every condition meets, gives ids, links the entries and makes the changes ready.
    fn plan(&self, mut entries: Vec<Entry>, base: &str, alone: bool) -> Result<Plan> {
        let now = self.now();
        let (settled, found, conditions, patched) = self.look(|view| {
            let mut conditions = Conditions::new(base);
            let (mut settled, mut patched) = (Vec::with_capacity(entries.len()), Vec::new());
            for entry in &entries {
                let met = match entry.criteria() {
                    Some(query) => conditions.meet(self, view, &entry.kind, query)?,
                    None => None,
                };
                let one = self.settled(entry, met, now)?;
                patched.push(match (&entry.call, &one.id) {
                    (Call::Patch { .. }, Some(id)) => Some(self.patchable(view, entry, id)?),
                    _ => None,
                });
                settled.push(one);
            }
            let found = conditions.references(self, view, &bundle::conditional_references(&entries))?;
            Ok((settled, found, conditions.looked_up(), patched))
        })?;
        bundle::link(&mut entries, &settled, &found).map_err(problems)?;
        let (mut prepared, mut wrong) = (Vec::with_capacity(entries.len()), Vec::new());
        let profiles = Profiles::of(self);
        for ((entry, settled), patched) in entries.into_iter().zip(settled).zip(patched) {
            let at = entry.at;
            match self.prepare(entry, settled, patched, &profiles) {
                Ok(one) => prepared.push(one),
                Err(Error::Invalid(fields)) if !alone => wrong.extend(fields.into_iter().map(|f| within(f, at))),
                Err(other) => return Err(other),
            }
            if wrong.len() >= MOST {
                break;
            }
        }
        if !wrong.is_empty() {
            wrong.truncate(MOST);
            return Err(Error::Invalid(wrong));
        }
        prepared.sort_by_key(|one| one.turn);
        Ok(Plan { entries: prepared, conditions })
    }

    /// The resource that a patch is for, and what its writer sees of it.
    fn patchable(&self, view: &View<'_>, entry: &Entry, id: &str) -> Result<(Arc<Record>, Grant)> {
        let record = self.fetch(view, &entry.kind, id)?;
        check(precondition(entry)?, record.version, false)?;
        let grant = self.narrowed(view, self.fhir_grant(&entry.kind)?, &entry.kind, id)?;
        Ok((record, grant))
    }

    /// Which resource an entry is about.
    fn settled(&self, entry: &Entry, met: Option<String>, now: Instant) -> Result<Settled> {
        let new_id = || Ok::<_, Error>(self.clinic.ids.new_id(now)?);
        let (conditional, unmet) = (entry.criteria().is_some(), met.is_none());
        let id = match (&entry.call, met) {
            (Call::Create { .. }, Some(id)) => return Ok(Settled { id: Some(id), writes: false, made: false }),
            (Call::Update { resource, .. }, Some(id)) => {
                if resource.id().is_some_and(|said| said != id) {
                    return Err(Error::field(format!("{}.id", entry.kind), "reference"));
                }
                Some(id)
            }
            (_, Some(id)) => Some(id),
            // An update that meets nothing creates: under the id of the body, or a new one (R4 http, 3.1.0.4.3).
            (Call::Update { resource, .. }, None) if conditional => {
                Some(resource.id().map_or_else(new_id, |id| Ok(id.to_owned()))?)
            }
            (Call::Patch { .. }, None) if conditional => return Err(Error::NotFound),
            (Call::Create { .. }, None) => Some(entry.own_id().map_or_else(new_id, |id| Ok(id.to_owned()))?),
            (_, None) => entry.own_id().map(str::to_owned),
        };
        let made = conditional && unmet && matches!(entry.call, Call::Update { .. });
        Ok(Settled { id, writes: !matches!(entry.call, Call::Read { .. }), made })
    }

    fn prepare(
        &self,
        mut entry: Entry,
        settled: Settled,
        patchable: Option<(Arc<Record>, Grant)>,
        profiles: &Profiles<'_>,
    ) -> Result<Prepared> {
        // What is made because nothing met the condition takes no other's place.
        if matches!(entry.call, Call::Update { .. }) && settled.made {
            (entry.if_match, entry.if_none_match) = (None, Some("*".to_owned()));
        }
        let precondition = precondition(&entry)?;
        let (turn, at, kind) = (entry.call.turn(), entry.at, entry.kind);
        let id = settled.id.unwrap_or_default();
        let step = match entry.call {
            Call::Create { .. } if !settled.writes => Step::There,
            Call::Create { mut resource, .. } | Call::Update { mut resource, .. } => {
                let grant = self.fhir_grant(&kind)?;
                let verdict = self.judge(&mut resource, &grant, profiles)?;
                let change = grant.sees_all().then(|| {
                    verdict.tag(&mut resource, &grant);
                    Box::new(self.change(&resource))
                });
                Step::Put { resource, verdict, change, precondition }
            }
            Call::Patch { patch, .. } => {
                let (record, grant) = patchable.ok_or(Error::NotFound)?;
                let mut resource = patched(&record, &patch, &grant)?;
                let verdict = self.judge(&mut resource, &grant, profiles)?;
                Step::Patched { resource, verdict, version: record.version, whole: grant.sees_all() }
            }
            Call::Delete { .. } if id.is_empty() => Step::Nothing,
            Call::Delete { .. } => Step::Delete(precondition),
            Call::Read { place: Place::Id(_) } => {
                Step::Read(entry.if_none_match.as_deref().and_then(bundle::version_of))
            }
            Call::Read { place: Place::Criteria(_) } => Step::Nothing,
        };
        Ok(Prepared { at, turn, kind, id, step })
    }

    fn execute(
        &self,
        tx: &mut Transaction<'_>,
        plan: Plan,
        alone: bool,
    ) -> std::result::Result<(ImportReport, Vec<(usize, ImportedEntry)>), Undone> {
        let hold = tx.bounded(|view| {
            for condition in &plan.conditions {
                if !condition.still_holds(self, view)? {
                    return Ok(false);
                }
            }
            Ok::<bool, Error>(true)
        });
        if !hold? {
            return Err(Undone::Moved);
        }
        let mut left = ANSWERED;
        let mut report = ImportReport::default();
        let mut done = Vec::with_capacity(plan.entries.len());
        for one in plan.entries {
            let at = one.at;
            let entry = self.one(tx, one, &mut report, alone).map_err(|undone| match undone {
                Undone::Failed(Error::Invalid(fields)) if !alone => {
                    Undone::Failed(Error::Invalid(fields.into_iter().map(|field| within(field, at)).collect()))
                }
                undone => undone,
            })?;
            let bytes = match &entry.content {
                Content::Resource(served) => served.bytes.len(),
                _ => 0,
            };
            left = left.checked_sub(bytes).ok_or_else(|| Error::field("Bundle.entry", "search.work"))?;
            done.push((at, entry));
        }
        Ok((report, done))
    }

    fn one(
        &self,
        tx: &mut Transaction<'_>,
        one: Prepared,
        report: &mut ImportReport,
        alone: bool,
    ) -> std::result::Result<ImportedEntry, Undone> {
        let Prepared { kind, id, step, .. } = one;
        Ok(match step {
            Step::Nothing => {
                report.unchanged += 1;
                ImportedEntry::new(kind, id, 0, tx.now(), 204)
            }
            Step::There => {
                let record = self.fetch(tx, &kind, &id)?;
                tx.saw(&record);
                report.unchanged += 1;
                self.kept(tx, &record, alone)?
            }
            Step::Put { resource, verdict, change, precondition } => {
                self.put(tx, (resource, verdict), change, precondition, report, alone)?
            }
            Step::Patched { resource, verdict, version, whole } => {
                // Who sees more by now than when it was patched would save a part as the whole.
                if self.narrowed(tx, self.fhir_grant(&kind)?, &kind, &id)?.sees_all() != whole {
                    return Err(Undone::Moved);
                }
                match self.put(tx, (resource, verdict), None, Precondition::Version(version), report, alone) {
                    Err(Error::Conflict(Conflict::Stale { .. })) => return Err(Undone::Moved),
                    other => other?,
                }
            }
            Step::Delete(precondition) => self.import_delete(tx, &kind, &id, precondition, report)?,
            Step::Read(had) => {
                let record = self.fetch(tx, &kind, &id)?;
                tx.saw(&record);
                if had == Some(record.version) {
                    ImportedEntry::new(kind, id, record.version, record.updated, 304)
                } else {
                    self.kept(tx, &record, true)?
                }
            }
        })
    }

    /// A resource that stays as it is.
    fn kept(&self, tx: &Transaction<'_>, record: &Record, whole: bool) -> Result<ImportedEntry> {
        let mut entry = ImportedEntry::new(record.kind.clone(), record.id.clone(), record.version, record.updated, 200);
        if whole {
            let grant = self.narrowed(tx, self.fhir_grant(&record.kind)?, &record.kind, &record.id)?;
            entry.content = Content::Resource(Served::new(record, &grant)?);
        }
        Ok(entry)
    }

    fn put(
        &self,
        tx: &mut Transaction<'_>,
        (mut resource, verdict): (Resource, Verdict),
        change: Option<Box<Change>>,
        precondition: Precondition,
        report: &mut ImportReport,
        whole: bool,
    ) -> Result<ImportedEntry> {
        let kind = resource.kind().to_owned();
        let id = resource.id().unwrap_or_default().to_owned();
        let grant = self.fhir_grant(&kind)?;
        let known = tx.record(&kind, &id)?;
        let grant = if known.is_some() { self.narrowed(tx, grant, &kind, &id)? } else { grant };
        let mut change = change.filter(|_| grant.sees_all());
        let (written, created) = if let Some(record) = known {
            self.reach(tx, &record)?;
            if record.deleted {
                return Err(Error::Gone);
            }
            if !grant.allows(Action::Update) {
                return Err(Error::Denied(Refusal::Role));
            }
            check(precondition, record.version, false)?;
            let stored = parse(&record.body)?;
            if !grant.sees_all() {
                resource = unmask(resource, Some(&stored), &grant).map_err(Error::Invalid)?;
            }
            if change.is_none() {
                verdict.tag(&mut resource, &grant);
            }
            if stored.same_content(&resource) {
                tx.saw(&record);
                report.unchanged += 1;
                return self.kept(tx, &record, whole);
            }
            self.check_fhir(tx, &resource, Some((&record, &stored)))?;
            if kind == "Composition" {
                rules::follow_on(&mut resource, &stored);
                change = None;
            }
            report.updated += 1;
            (tx.put(&change.unwrap_or_else(|| Box::new(self.change(&resource))))?, false)
        } else {
            if matches!(precondition, Precondition::Version(_) | Precondition::Any | Precondition::Impossible) {
                return Err(Error::Conflict(Conflict::Stale { current: 0 }));
            }
            if !grant.sees_all() {
                resource = unmask(resource, None, &grant).map_err(Error::Invalid)?;
                verdict.tag(&mut resource, &grant);
            }
            self.check_fhir(tx, &resource, None)?;
            report.created += 1;
            (tx.put(&change.unwrap_or_else(|| Box::new(self.change(&resource))))?, true)
        };
        let status = if created { 201 } else { 200 };
        let content = match whole {
            true => Content::Resource(Served::written(&id, &written, &grant, created)?),
            false => Content::Nothing,
        };
        Ok(ImportedEntry { content, ..ImportedEntry::new(kind, id, written.version, written.updated, status) })
    }

    fn import_delete(
        &self,
        tx: &mut Transaction<'_>,
        kind: &str,
        id: &str,
        precondition: Precondition,
        report: &mut ImportReport,
    ) -> Result<ImportedEntry> {
        let gone = |version, updated| ImportedEntry::new(kind.to_owned(), id.to_owned(), version, updated, 204);
        let record = self.find(tx, kind, id)?;
        if record.deleted {
            report.unchanged += 1;
            return Ok(gone(record.version, record.updated));
        }
        check(precondition, record.version, false)?;
        let version = self.delete_fhir(tx, &record, None)?;
        report.deleted += 1;
        Ok(gone(version, tx.now()))
    }

    /// The grant for a type of R4; others are reached through their own calls only.
    fn fhir_grant(&self, kind: &str) -> Result<Grant> {
        if aroeira_fhir::types::is_resource_type(kind) {
            Ok(self.grant(kind))
        } else {
            Err(Error::Denied(Refusal::Role))
        }
    }
}

fn is_search(entry: &Entry) -> bool {
    matches!(entry.call, Call::Read { place: Place::Criteria(_) })
}

fn problems(problems: Vec<aroeira_fhir::Problem>) -> Error {
    let fields = problems.into_iter().map(|p| Field::new(p.path, "fhir").expecting(p.text));
    Error::Invalid(fields.take(100).collect())
}

/// What the conditions ask, and which records are patched: looking is something to be journalled.
fn question_of(entries: &[Entry]) -> Option<String> {
    let of = |entry: &Entry| match (entry.criteria(), &entry.call) {
        (Some(query), _) => Some(format!("{}?{query}", entry.kind)),
        (None, Call::Patch { .. }) => Some(format!("{}/{}", entry.kind, entry.own_id().unwrap_or_default())),
        _ => None,
    };
    let asked: Vec<String> = entries.iter().filter_map(of).collect();
    if asked.is_empty() { None } else { Some(asked.join("\n")) }
}

/// The records that are patched by their id.
fn patched_places(entries: &[Entry]) -> Vec<Touched> {
    let patches = entries.iter().filter(|entry| matches!(entry.call, Call::Patch { .. }));
    let places = patches.filter_map(|entry| Some((entry.kind.clone(), entry.own_id()?.to_owned())));
    places.map(|(kind, id)| Touched { kind, id, version: 0, hash: None }).collect()
}

/// A field of a resource as one of the bundle it came in.
fn within(mut field: Field, at: usize) -> Field {
    if field.path.starts_with("Bundle.entry") {
        return field;
    }
    let below = field.path.find(['.', '[']).map_or("", |place| &field.path[place..]);
    field.path = format!("Bundle.entry[{at}].resource{below}");
    field
}

/// What the entry says of versions.
fn precondition(entry: &Entry) -> Result<Precondition> {
    let at = |key: &str| format!("Bundle.entry[{}].request.{key}", entry.at);
    Ok(match (entry.if_match.as_deref(), entry.if_none_match.as_deref()) {
        (Some("*"), _) => Precondition::Any,
        (Some(tag), _) => bundle::version_of(tag).map_or(Precondition::Impossible, Precondition::Version),
        (None, Some("*")) => Precondition::Absent,
        (None, Some(_)) if entry.call.turn() < 3 => {
            return Err(Error::Invalid(vec![Field::new(at("ifNoneMatch"), "fhir").expecting("* is expected")]));
        }
        (None, _) => Precondition::None,
    })
}

/// The resource as the patch leaves it, for the eyes of the one who patches: what they do not see cannot be tested for.
fn patched(record: &Record, patch: &Resource, grant: &Grant) -> Result<Resource> {
    let patch = Patch::of(patch, &Limits::default()).map_err(problems)?;
    let mut stored = parse(&record.body)?;
    mask(&mut stored, grant);
    patch.apply(&stored, aroeira_fhir::definitions()).map_err(problems)
}
