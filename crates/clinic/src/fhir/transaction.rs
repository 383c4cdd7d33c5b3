//! Transactions, patches and calls with a condition. Conditions are looked up and changes prepared outside the writer;
//! inside it every condition must still mean the same, or all of it is prepared once more.

mod execute;
mod plan;

use aroeira_fhir::Resource;
use aroeira_fhir::bundle::{self, Call, Entry, Place};
use aroeira_store::{Change, Event, Touched, Transaction};

use super::condition::Condition;
use super::search::Asked;
use super::validate::Verdict;
use super::{Content, ImportReport, ImportedEntry};
use crate::access::{Action, Grant};
use crate::error::Field;
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
    Patched { resource: Resource, verdict: Verdict, change: Option<Box<Change>>, version: u32, whole: bool },
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

/// What was done: in all, and of each entry by its place in the bundle.
type Done = (ImportReport, Vec<(usize, ImportedEntry)>);

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
        let searches = self.searches(&entries, base);
        let searches = self.settle(searches, &[]).await?;
        let total = entries.len() as u64;
        let entries = entries.into_iter().filter(|entry| !is_search(entry)).collect();
        let (mut report, mut done) = self.carry_out(entries, base, Event::Import, false).await?;
        report.entries = total;
        // After everything else, beside the writer, and journalled as the searches they are.
        for (at, kind, pairs) in searches {
            let asked = Asked { pairs: &pairs, lenient: false, base, in_body: false, explained: false, within: None };
            let mut entry = ImportedEntry::new(kind.clone(), String::new(), 0, self.now(), 200);
            match self.fhir_search_of(&kind, asked).await {
                Ok(page) => entry.content = Content::Page(page),
                // What was written stays written: the entry says that it has no answer, and why.
                Err(error) => entry.status = unanswered(&error),
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
    async fn carry_out(&self, entries: Vec<Entry>, base: &str, event: Event, alone: bool) -> Result<Done> {
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
    ) -> Result<Done> {
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

    /// The grant for a type of R4; others are reached through their own calls only.
    pub(super) fn fhir_grant(&self, kind: &str) -> Result<Grant> {
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

/// The status of a search that came to nothing after what it stood beside was written.
fn unanswered(error: &Error) -> u16 {
    match error {
        Error::Denied(_) => 403,
        Error::Invalid(_) | Error::Malformed(_) => 400,
        Error::Limited { .. } => 429,
        other => {
            tracing::error!("a search of a transaction was not answered: {other}");
            503
        }
    }
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

fn problems(problems: Vec<aroeira_fhir::Problem>) -> Error {
    let fields = problems.into_iter().map(|p| Field::new(p.path, "fhir").expecting(p.text));
    Error::Invalid(fields.take(100).collect())
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
